//! Another client of the same account, which writes what it likes into the data of an element.

use telegram_passport::cloud::{
    InputSecureFile, InputSecureValue, SecureCloud, SecureData, SecureFile, SecureSecretSettings,
};
use telegram_passport::element::ElementType;
use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport::vault::hazmat::{PassportSecret, SecretKdf, Vault};
use telegram_passport_sandbox::InProcessCloud;

use super::PASSWORD;
use super::stage::Stage;

/// It knows the account's passport secret.
pub(crate) struct OtherClient {
    secret: Vault,
    cloud: InProcessCloud,
    secret_id: i64,
}

impl OtherClient {
    /// A stage whose account has a password, and a passport secret of this client's making.
    pub(crate) async fn with_stage() -> (Self, Stage) {
        let stage = Stage::new();
        let owner = Vaulted::new(stage.cloud());
        owner.set_password(None, &PASSWORD.into(), "").await.unwrap();
        stage.remember_password(PASSWORD);
        let other = Self::of(&stage);
        (other, stage)
    }

    /// Another client of this stage's account, which has a password; its passport secret is replaced.
    pub(crate) fn of(stage: &Stage) -> Self {
        let secret = Vault::new(PassportSecret::generate());
        let wrapped = secret.wrap_secret(&PASSWORD.into(), &[8; 8]).unwrap();
        let SecretKdf::Pbkdf2HmacSha512Iter100000 { salt } = wrapped.kdf else {
            panic!("another derivation")
        };
        let secret_id = wrapped.id.0;
        let settings = SecureSecretSettings {
            secure_algo: telegram_passport::cloud::SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt },
            secure_secret: wrapped.encrypted,
            secure_secret_id: secret_id,
        };
        stage.state.replace_secure_settings(stage.user_id, Some(settings)).unwrap();
        Self { secret, cloud: stage.cloud(), secret_id }
    }

    /// Stores this as the data of an element; its files stay.
    pub(crate) async fn writes(&self, kind: ElementType, json: &str) {
        let sealed = self.secret.seal_data(json.as_bytes()).unwrap();
        let keep = |file: SecureFile| InputSecureFile::Stored { id: file.id, access_hash: file.access_hash };
        let mut value = InputSecureValue::empty(kind);
        value.data = Some(SecureData {
            data: sealed.ciphertext,
            data_hash: sealed.hash.0.to_vec(),
            secret: sealed.secret.0.to_vec(),
        });
        if let Some(stored) = self.cloud.secure_values(&[kind]).await.unwrap().pop() {
            value.parts.front_side = stored.parts.front_side.map(keep);
            value.parts.reverse_side = stored.parts.reverse_side.map(keep);
            value.parts.selfie = stored.parts.selfie.map(keep);
            value.parts.translation = stored.parts.translation.into_iter().map(keep).collect();
        }
        self.cloud.save_secure_value(value, self.secret_id).await.unwrap();
    }
}
