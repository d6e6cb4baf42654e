//! The Bot API: over HTTP, as [`BotApi`] serves it to bots that are pointed at it, and without sockets, as an [`Update`] for
//! each share and its files' ciphertext by `file_id`.
//!
//! It is built from what the blind server holds. Field names and their order are the Bot API's; base64 is the
//! standard alphabet with padding. Calls are read, checked and answered as the official server does; where that lets
//! something pass that a tester wants to know, the [`Log`] has a [notice](LogEvent::Noticed).
//!
//! From the wire inwards: `server` (connections), `routes` (addresses, and what every call goes through), `parameters`,
//! `methods` (by subject), `polls` and `webhooks` (how updates reach a bot), `message` and `update` (what JSON they are).
//!
//! # Where it differs from the official server
//!
//! | subject | here |
//! | --- | --- |
//! | webhooks | over http too; to loopback, and to hosts named in [`Options`] |
//! | waits between deliveries | by the sandbox's clock, which a tester may move |
//! | `parse_mode` Markdown | the text is kept with its marks, and a notice says so |
//! | files by address | refused: the sandbox goes to no address |
//! | the test environment | refused: a bot there is another one |
//! | flood limits | none, unless a tester [overrides](Overrides) an answer with 429 |
//! | methods that are not modelled | 400, and the method's name |
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

mod answer;
mod call;
mod file;
mod hosts;
mod keyboard;
mod log;
mod memory;
mod message;
mod methods;
mod overrides;
mod parameters;
mod passport_data;
mod polls;
mod routes;
mod server;
mod shared;
mod update;
mod webhooks;

pub use file::{File, download};
pub use log::{Log, LogEntry, LogEvent};
pub use message::{Body, ChatJson, EntityJson, FileJson, Message, UserJson};
pub use overrides::{Outcome, Override, Overrides};
pub use passport_data::{
    EncryptedCredentialsJson, EncryptedPassportElementJson, PassportDataJson, PassportFileJson,
};
pub use server::{BotApi, Options, ServeError};
pub use update::{CallbackQueryJson, Update, UpdateJson, updates};
