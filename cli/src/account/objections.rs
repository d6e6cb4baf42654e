//! What bots objected to, as this account has seen it: a server cannot see whether a field has changed, and drops an
//! objection to it with the next save. It is personal data, so it lies sealed, under a key of its own that the database's makes.

use std::fs;
use std::io;

use telegram_passport::passport::Form;
use telegram_passport::request::RememberedObjections;

use super::SignedIn;
use crate::failure::Failure;
use crate::writing::Folder;

const FILE: &str = "objections.sealed";

/// What the sealed bytes are.
const ASSOCIATED: &[u8] = b"telegram-passport objections 1";

/// What the key is derived for.
const KEY_LABEL: &str = "tgpassport objections";

/// The objections that are remembered.
pub(crate) struct Objections {
    remembered: RememberedObjections,
    /// Whether any were kept before.
    kept: bool,
}

impl Objections {
    /// What was kept. What cannot be opened any more is nothing to go by.
    pub(crate) async fn read(signed_in: &SignedIn) -> Result<Self, Failure> {
        let path = signed_in.account.directory().join(FILE);
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { remembered: RememberedObjections::default(), kept: false });
            }
            Err(error) => return Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
        };
        let key = signed_in.keys.database_key().await?.derive(KEY_LABEL);
        let remembered = key.open(&sealed, ASSOCIATED).map(|json| RememberedObjections::from_json(&json));
        Ok(Self { remembered: remembered.unwrap_or_default(), kept: true })
    }

    /// Takes note of what the form says, and adds to it what still stands although the server does not say so.
    pub(crate) fn recall(&mut self, form: &mut Form) {
        form.recall(&mut self.remembered);
    }

    /// Keeps them.
    pub(crate) async fn keep(&self, signed_in: &SignedIn) -> Result<(), Failure> {
        if self.remembered.is_empty() && !self.kept {
            return Ok(());
        }
        let key = signed_in.keys.database_key().await?.derive(KEY_LABEL);
        let sealed = key.seal(&self.remembered.to_json(), ASSOCIATED);
        Folder::create(signed_in.account.directory())?.write(FILE, &sealed)
    }
}
