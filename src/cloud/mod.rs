//! The encrypted store as a client sees it: one method for each RPC that Passport needs, plain types that
//! mirror the TL constructors, and RPC errors as facts.
//!
//! Everything here is ciphertext, or what Telegram itself may read: verified phone numbers, e-mail addresses,
//! and the password's verifier. No type of the vault appears, because the sandbox's blind server speaks this
//! language too; whoever joins the two (`passport/convert.rs`) checks lengths and kinds on the way.
//!
//! - [`value`](SecureValue): stored elements, as saved and as returned
//! - [`password`](AccountPassword): 2FA, its proof, and the wrapped passport secret beside it
//! - [`form`](SecureForm): what a bot asks for, objects to and is given
//! - [`verification`](SentCode): codes for phone numbers and e-mail addresses, the countries' languages
//! - [`transfer`](FileRange): parts of files, up and down
//!
//! Implementations live elsewhere: `sandbox::InProcessCloud` in process, and adapters over MTProto.
//! The schema is layer 222; nothing used here differs up to layer 228.
//!
//! What a client asks first, of the sandbox in process:
//!
//! ```
//! use telegram_passport::cloud::SecureCloud;
//! use telegram_passport::element::PhoneNumber;
//! use telegram_passport_sandbox::state::{Clock, Registration};
//! use telegram_passport_sandbox::{InProcessCloud, State};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let state = State::new(Clock::system(), "{}");
//! let user_id = state.register_account(Registration::new(PhoneNumber("12025550123".to_owned()), "Ada"))?;
//! let cloud = InProcessCloud::signed_in(state, user_id);
//!
//! let password = cloud.account_password().await?;
//! assert!(password.current.is_none(), "nothing is sealed before there is a password");
//! assert!(cloud.all_secure_values().await?.is_empty());
//! # Ok(())
//! # }
//! ```

mod error;
mod form;
mod password;
mod secure_cloud;
mod signed_out;
mod transfer;
mod value;
mod verification;

pub use error::CloudError;
pub use form::{
    SecureCredentialsEncrypted, SecureForm, SecureRequiredType, SecureValueError, SecureValueHash, User,
};
pub use password::{
    AccountPassword, CurrentPassword, InputCheckPassword, NewPassword, PasswordInputSettings,
    PasswordKdfAlgo, PasswordRecovery, PasswordSettings, ResetPasswordResult, SecurePasswordKdfAlgo,
    SecureSecretSettings,
};
pub use secure_cloud::SecureCloud;
pub use signed_out::SignedOut;
pub use transfer::{FileChunk, FileLocation, FileRange};
pub use value::{InputSecureFile, InputSecureValue, SecureData, SecureFile, SecurePlainData, SecureValue};
pub use verification::{CodeType, MailedCode, PassportConfig, SentCode, SentCodeType};
