//! A person's Passport: stored elements with typed contents, and the bots that ask for them.
//!
//! [`Passport`] is the one interface, at the level of elements, forms, files and verification codes. Ciphertext
//! never crosses it, so that an engine may leave the sealing to somebody else. [`Vaulted`] is the engine that
//! seals with our own [`vault`](crate::vault), over any [`SecureCloud`](crate::cloud::SecureCloud).
//!
//! What is stored is never hidden: an element with flaws, or one that cannot be opened, is a [`SavedElement`] that
//! says so. And it is never lost without a word: a passport secret is created by
//! [`create_secret`](Passport::create_secret) only, where there is none, and replaced by
//! [`Vaulted::reset_secret`] only, which takes [`AcceptLoss`], as does everything in [`Recovery`] that ends a password.
//!
//! A share goes: [`form`](Passport::form), [`Form::assess`], the person fills gaps with
//! [`save`](Passport::save) and gets the form anew, makes a [`Selection`](crate::request::Selection), looks at what is
//! [leaving](Form::leaving) by it, consents, and [`send`](Passport::send) shares exactly that.
//!
//! # What holds for every engine
//!
//! **What an engine gives out** is of use to engines of its kind, in any session of the account: a [`SavedFile`], a
//! [`Form`]. An engine of another kind refuses it before anything is sent, in [`DownloadError::OtherEngine`],
//! [`SaveError::OtherEngine`] or [`SendError::OtherForm`]; but TDLib's, with the vault's channel beside it, takes the vault's
//! files too. A [`SentPhoneCode`] is for the engine that had it sent; to any other it may have expired.
//!
//! **[`lock`](Passport::lock) during work**: what has begun goes on to its end, and says how it ended. What still waits for
//! its turn ends in [`Refusal::Locked`], and so does what comes after. An [`unlock`](Passport::unlock) that is under way
//! opens it again.
//!
//! **Saves at once**: those of different kinds go at the same time. Saves and deletions of one kind through one engine go
//! one after the other, in the order in which they were called; over TDLib, through all engines over one client. Between
//! devices, Telegram keeps what comes last: a [`Draft`] is stored over nothing that nobody has looked at.
//!
//! **Without a network** nothing waits without end. A question to Telegram is given up after a minute, and most calls ask a
//! few; a file, when nothing of it has moved for a minute. [`list`](Passport::list) and [`get`](Passport::get) take
//! [`LIST_TIME_OUT`] in all, and who waits for a turn waits for [`TURN_TIME_OUT`], but for a save, which waits for those of
//! its kind before it as long as somebody does. What changes nothing, or was not sent, ends in [`Refusal::Offline`]; what was
//! sent and may be done, in [`Refusal::OutcomeUnknown`]. (A minute is what TDLib's engine and `mtproto::Cloud` allow by
//! themselves; `mtproto::TimeOuts` says otherwise, and [`Vaulted`] over another cloud waits as that one does.)
//! [`is_locked`](Passport::is_locked) and [`lock`](Passport::lock) ask nobody.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//!
//! use telegram_passport::passport::{OperationError, Passport, Refusal, Retry, SecretState, Vaulted};
//! use telegram_passport::vault::Password;
//! # use telegram_passport::element::PhoneNumber;
//! # use telegram_passport_sandbox::state::{Clock, Registration};
//! # use telegram_passport_sandbox::{InProcessCloud, State};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let state = State::new(Clock::system(), "{}");
//! # let user_id = state.register_account(Registration::new(PhoneNumber("12025550123".to_owned()), "Ada"))?;
//! # let cloud = InProcessCloud::signed_in(state, user_id);
//! # let password = Password::from("correct horse");
//! # Vaulted::new(cloud.clone()).set_password(None, &password, "").await?;
//! # Vaulted::new(cloud.clone()).create_secret(&password).await?;
//! let passport: Arc<dyn Passport> = Arc::new(Vaulted::new(cloud));
//! let error = passport.list().await.expect_err("it is locked");
//! assert!(matches!(error.refusal(), Some(Refusal::Locked)));
//! assert_eq!((error.code(), error.retry()), ("locked", Retry::Never)); // never, until something else is done
//!
//! assert_eq!(passport.unlock(&password).await?, SecretState::Unlocked);
//! assert!(passport.list().await?.is_empty());
//! # Ok(())
//! # }
//! ```

mod account;
mod alteration;
pub(crate) mod cancel;
pub(crate) mod changes;
mod convert;
mod draft;
pub(crate) mod handle;
mod interface;
mod leaving;
mod new_password;
mod progress;
mod reading;
pub(crate) mod recovery;
pub(crate) mod refusal;
mod saved;
pub(crate) mod saving;
pub(crate) mod sealed;
mod share;
mod vaulted;
mod verification;

pub use account::{AcceptLoss, AccountDefaults, PasswordError, PasswordState, SecretState};
pub use alteration::Alteration;
pub use cancel::Cancel;
pub use changes::TURN_TIME_OUT;
pub use draft::Draft;
pub use interface::Passport;
pub use leaving::{Leaving, LeavingElement, OtherForm, Readers};
pub use new_password::{HintRemark, judge_new_password};
pub use progress::{Progress, Transferred};
pub(crate) use reading::in_time;
pub use reading::{DownloadError, LIST_TIME_OUT, ListError, TamperedAnswer};
pub use recovery::{Recovery, RecoveryEmail, Reset};
pub use refusal::{OperationError, Refusal, Retry};
pub(crate) use saved::ToldOfFile;
pub use saved::{
    FileSource, RestoredFile, SavedContent, SavedElement, SavedFile, SavedFlaw, Sight, Unreadable,
};
pub use saving::{DeleteError, SaveError, SaveOptions, SaveProblem};
pub use share::{Form, FormError, SendError};
pub(crate) use share::{SeenObjections, Versions};
pub use vaulted::Vaulted;
pub use verification::{SentEmailCode, SentPhoneCode, VerificationError};
