//! What a bot gets to see of the sandbox, in the Bot API's JSON: an [`Update`] for each share in its inbox, and
//! its files' ciphertext by `file_id`.
//!
//! It is built from what the blind server holds. Field names and their order are the Bot API's; base64 is the
//! standard alphabet with padding.
//!
//! ```
//! use telegram_passport::element::{Element, ElementType, PhoneNumber};
//! use telegram_passport::passport::{Passport, SaveOptions, Vaulted};
//! use telegram_passport::request::{PassportRequest, RequiredElement, Scope, ScopeForm, SuitableElement};
//! use telegram_passport::vault::Password;
//! use telegram_passport::vault::bot::BotPrivateKey;
//! use telegram_passport_sandbox::bot_api::updates;
//! use telegram_passport_sandbox::state::{Bot, Clock, Registration};
//! use telegram_passport_sandbox::{InProcessCloud, State};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let wanted = vec![RequiredElement::from(SuitableElement::new(ElementType::PhoneNumber))];
//! let scope = Scope::new(wanted, ScopeForm::Long)?;
//! let key = BotPrivateKey::generate(2048)?;
//! let request = PassportRequest::new(7_500_000_001, scope.as_str(), &key.public_key().to_pem(), "a nonce")?;
//!
//! let state = State::new(Clock::system(), "{}");
//! state.register_bot(Bot::new(request.bot_id(), "bank_bot", "A bank", request.public_key()))?;
//! let number = PhoneNumber("12025550123".to_owned());
//! let user_id = state.register_account(Registration::new(number.clone(), "Ada"))?;
//! let passport = Vaulted::new(InProcessCloud::signed_in(state.clone(), user_id));
//! passport.set_password(None, &Password::from("correct horse"), "").await?;
//! passport.create_secret(&Password::from("correct horse")).await?;
//! passport.save(Element::PhoneNumber(number), &SaveOptions::default()).await?;
//! let form = passport.form(&request).await?;
//! passport.send(&form, &form.assess().select()?).await?;
//!
//! let body = serde_json::to_value(&updates(&state, request.bot_id())[0])?; // what the bot's webhook gets
//! assert_eq!(body["message"]["passport_data"]["data"][0]["phone_number"], "12025550123");
//! # Ok(())
//! # }
//! ```

mod file;
mod keyboard;
mod log;
mod message;
mod overrides;
mod passport_data;
mod update;

pub use file::{File, download};
pub use log::{Log, LogEntry, LogEvent};
pub use message::{Body, ChatJson, EntityJson, FileJson, Message, UserJson};
pub use overrides::{Outcome, Override, Overrides};
pub use passport_data::{
    EncryptedCredentialsJson, EncryptedPassportElementJson, PassportDataJson, PassportFileJson,
};
pub use update::{CallbackQueryJson, Update, UpdateJson, updates};
