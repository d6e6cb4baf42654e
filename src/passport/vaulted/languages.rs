use std::sync::{Arc, Mutex, PoisonError};

use super::Vaulted;
use crate::cloud::{CloudError, PassportConfig, SecureCloud};
use crate::request::CountryLanguages;

/// The server's map of languages as last fetched, and the number that names its version.
#[derive(Default)]
pub(super) struct Languages(Mutex<Option<(i32, Arc<CountryLanguages>)>>);

impl<C: SecureCloud> Vaulted<C> {
    /// The language of each country, from memory as long as the server says that it still holds
    /// (`help.getPassportConfig`).
    ///
    /// A map that cannot be read counts as empty: every country's native names are asked for then.
    pub(super) async fn country_languages(&self) -> Result<Arc<CountryLanguages>, CloudError> {
        let known = self.languages.get();
        let hash = known.as_ref().map_or(0, |(hash, _)| *hash);
        match (self.cloud.passport_config(hash).await?, known) {
            (PassportConfig::NotModified, Some((_, languages))) => Ok(languages),
            (PassportConfig::NotModified, None) => {
                Err(CloudError::UnexpectedAnswer { method: "help.getPassportConfig" })
            }
            (PassportConfig::Config { hash, countries_langs }, _) => {
                let languages = Arc::new(CountryLanguages::parse(&countries_langs).unwrap_or_default());
                self.languages.set(hash, Arc::clone(&languages));
                Ok(languages)
            }
        }
    }
}

impl Languages {
    fn get(&self) -> Option<(i32, Arc<CountryLanguages>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, hash: i32, languages: Arc<CountryLanguages>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((hash, languages));
    }
}
