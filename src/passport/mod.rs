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
//! [`save`](Passport::save) and gets the form anew, looks at the
//! [`Selection`](crate::request::Selection), consents, and [`send`](Passport::send) shares exactly that.

mod account;
mod alteration;
pub(crate) mod cancel;
mod changes;
mod convert;
mod interface;
mod new_password;
mod progress;
mod reading;
mod recovery;
mod saved;
mod saving;
mod share;
mod vaulted;
mod verification;

pub use account::{AcceptLoss, AccountDefaults, PasswordError, PasswordState, SecretState};
pub use alteration::Alteration;
#[cfg(feature = "tdlib")]
pub(crate) use alteration::is_kept;
pub use cancel::Cancel;
pub use changes::TURN_TIME_OUT;
#[cfg(feature = "tdlib")]
pub(crate) use changes::{Busy, alone, in_turn};
pub use interface::Passport;
pub(crate) use interface::sealed;
pub use new_password::{HintRemark, judge_new_password};
pub use progress::{Progress, Transferred};
pub(crate) use reading::in_time;
pub use reading::{DownloadError, LIST_TIME_OUT, ListError, TamperedAnswer};
#[cfg(feature = "tdlib")]
pub(crate) use recovery::must_be_address;
pub use recovery::{MailedCode, Recovery, RecoveryEmail, Reset};
#[cfg(feature = "tdlib")]
pub(crate) use saved::TdlibFile;
pub use saved::{
    FileSource, RestoredFile, SavedContent, SavedElement, SavedFile, SavedFlaw, Sight, Unreadable,
};
pub use saving::{DeleteError, SaveError, SaveOptions, SaveProblem};
pub(crate) use share::SeenObjections;
pub use share::{Form, FormError, SendError};
pub use vaulted::Vaulted;
pub(crate) use vaulted::save_problems;
pub use verification::{SentEmailCode, SentPhoneCode, VerificationError};
