//! What Telegram's servers know of accounts, bots and their Passports, and no more.
//!
//! [`State`] is a handle that can be cloned; all clones share one world behind one lock, which no method keeps
//! across a wait. The RPCs are methods named as in [`SecureCloud`](telegram_passport::cloud::SecureCloud), with the caller's
//! id before the arguments; whoever plays the server (in process or over a socket) calls them and sends on
//! what they answer, which is a result or a [`CloudError`](telegram_passport::cloud::CloudError). Bad input is answered,
//! never a panic, and changes nothing.
//!
//! A world is in memory, or [in a directory](State::open) that outlives the process. [`State::records`] is every
//! byte of it.
//!
//! From the ground up: `refusal` (how a call is refused), `model` (data, each kind with all that can be done to it),
//! `contact` (whose a number or an address is), `world` (all of it), `shared` (the lock), `calls` (what is asked).
//!
//! Besides, a tester can do here what Telegram does not offer: register accounts and bots, read the codes
//! that were sent, move the clock, see what is stored, let a call fail, speak as a person to a bot.
//!
//! # Where Telegram's behaviour is not known
//!
//! | question | answer here |
//! | --- | --- |
//! | removal, recovery or reset of the password | deletes every value, file and objection, and the secret: the documentation calls the data lost |
//! | change of the password without the secret | keeps the wrapped secret as it is, which the new password will not open |
//! | reset or replacement of the secret | keeps the values, which the new secret will not open; until there is one, reading them is `SECURE_SECRET_REQUIRED` |
//! | new recovery e-mail | the whole change waits for the code, a new password and secret in the same call included |
//! | files of one element in another | may be moved, within the account |
//! | files that no element holds any more | are deleted, but for the bots they were shared with |
//! | a share with a row missing, or an objection unresolved | refused: `SECURE_VALUE_REQUIRED`, `SECURE_VALUE_ERRORS_UNRESOLVED` |
//! | an objection to one field | is resolved by new data (the server cannot see which field changed) |
//! | objections by the same bot | the last call replaces those before it |
//! | ids of messages | are counted by bot, the same on both sides of its chats |
//! | whom a bot may write to | who has written to it, or shared something with it |
//! | public keys | are compared with line ends and outer white space normalised |
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use telegram_passport::element::{PhoneNumber, UnixTime};
//! use telegram_passport_sandbox::State;
//! use telegram_passport_sandbox::state::{Clock, CodePurpose, Registration};
//!
//! let state = State::new(Clock::standing_at(UnixTime::from_seconds(1_800_000_000)), "{}");
//! let own = PhoneNumber("12025550123".to_owned());
//! let user_id = state.register_account(Registration::new(own, "Ada"))?;
//! state.send_verify_phone_code(user_id, "12025550124")?;
//! assert!(state.last_code(user_id, CodePurpose::VerifyPhone).is_some()); // what the phone would show
//! state.clock().advance(Duration::from_secs(3600)); // and it is an hour later
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calls;
mod contact;
mod model;
mod refusal;
mod shared;
#[cfg(test)]
mod tests;
mod world;

pub use model::account::Profile;
pub use model::bot::Bot;
pub use model::bot_profile::{BotCommand, BotProfile, CommandScope};
pub use model::callback::{CallbackAnswer, CallbackQuery};
pub use model::chat::{Author, Chat, ChatMessage, Content, Edit, Outgoing};
pub use model::clock::Clock;
pub use model::delivery::{Delivery, Sender, Share};
pub use model::file::{BotFile, FileName};
pub use model::keyboard::{ButtonAction, InlineButton, ReplyButton, ReplyMarkup};
pub use model::login::SignInOutcome;
pub use model::message::{CodePurpose, Recipient, SentMessage};
pub use model::registration::{RegisteredPassword, Registration, RegistrationError};
pub use model::summary::{AccountSummary, PartSummary, SecretSummary, ValueSummary};
pub use model::text::{Entity, FormattedText};
pub use model::update::{PendingUpdate, UpdateContent};
pub use model::uploaded_file::UploadedFile;
pub use model::webhook::{FailedDelivery, Webhook};
pub use refusal::ChatRefusal;
pub use shared::State;
