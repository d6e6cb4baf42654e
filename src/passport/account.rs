use super::refusal::operation_error;
use super::{Alteration, Refusal};
use crate::cloud::CloudError;
use crate::element::{EmailAddress, PhoneNumber, UnixTime};
use crate::vault::{SrpError, UnlockError};

/// What Telegram says about the account's two-step verification password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordState {
    /// Whether there is one; Passport needs it.
    pub has_password: bool,
    /// Whether elements are stored (`has_secure_values`): they are lost with the password.
    pub has_passport_data: bool,
    /// Whether a recovery e-mail address is confirmed.
    pub has_recovery_email: bool,
    /// The hint the person chose, if there is one.
    pub hint: Option<String>,
    /// A recovery address that waits for its code, most of it hidden.
    pub unconfirmed_email: Option<String>,
    /// When a reset that somebody asked for may be carried out.
    pub pending_reset: Option<UnixTime>,
}

/// Whether the account has a passport secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretState {
    /// There is one, and it is unlocked.
    Unlocked,
    /// It is unlocked, but wrapped by the old key derivation (`securePasswordKdfAlgoSHA512`), which is fast
    /// to guess: [`upgrade_secret`](super::Passport::upgrade_secret) wraps the same secret anew.
    UnlockedLegacy,
    /// There is none yet: nothing can be read, and [`create_secret`](super::Passport::create_secret) comes
    /// before the first save.
    Missing,
}

/// What the account offers for `phone_number` and `email`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDefaults {
    /// The account's own phone number.
    pub phone_number: Option<PhoneNumber>,
    /// The confirmed recovery e-mail address.
    pub email: Option<EmailAddress>,
}

/// The caller's word that everything stored under the present passport secret may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptLoss;

/// Why something that needs the password did not happen: unlocking, or a change of password or secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The account has no two-step verification password; Passport needs one.
    #[error("the account has no password for two-step verification; Passport needs one")]
    PasswordRequired,
    /// Not the account's password.
    #[error("wrong password")]
    WrongPassword,
    /// The password is right, but the passport secret does not open with it: the password was changed by a
    /// client that did not wrap it anew, or the secret is damaged. What is stored under it is lost unless the
    /// old password is found. Nothing replaces the secret without an explicit word.
    #[error("the passport secret cannot be opened with this password, although the password is right")]
    SecretUnreadable,
    /// Elements are stored, and nothing has shown that their passport secret can be opened. If it cannot, TDLib
    /// replaces it without asking, and everything stored is lost; so TDLib is not asked unless the caller accepts
    /// that risk.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error(
        "elements are stored, and TDLib would replace their passport secret without asking if it could not open it; \
         everything stored would be lost"
    )]
    SecretUnproven,
    /// TDLib holds a passport secret that is lost, and the account has another by now. It forgets the lost one within
    /// an hour, or when its session is closed and opened anew.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("the session still holds a passport secret that is lost; open it anew")]
    SecretStale,
    /// TDLib alone cannot do this. [`Vaulted`](super::Vaulted) can, also beside TDLib.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("this takes a session of the vault's own beside TDLib's")]
    VaultRequired,
    /// TDLib would send another password than this. [`Vaulted`](super::Vaulted) can prove it.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("TDLib does not send this password as it is: it has {0}")]
    PasswordAltered(Alteration),
    /// The new password would lock every client that is built on TDLib out: they would send another one.
    #[error("the new password has {0}, which clients built on TDLib do not send as it is")]
    NewPasswordAltered(Alteration),
    /// The hint would not be the one that was written.
    #[error("the hint has {0}, which clients built on TDLib do not send as it is")]
    HintAltered(Alteration),
    /// Whoever logs in with the number sees the hint.
    #[error("the hint is the password itself")]
    HintIsPassword,
    /// The passport secret opens: there is no reason to give it up, and everything stored would be lost.
    #[error("the passport secret opens; to give it up would lose what is stored")]
    SecretOpens,
    /// Somebody else changed the passport secret meanwhile; nothing was changed here.
    #[error("the passport secret was changed elsewhere at the same time; nothing was changed here")]
    ChangedMeanwhile,
    /// The account has a passport secret already; creating another would lose everything stored.
    #[error("the account has a passport secret already")]
    SecretExists,
    /// The new password is empty; Telegram has no such passwords.
    #[error("the new password is empty")]
    NewPasswordEmpty,
    /// Telegram's password parameters are unsafe: someone may be tampering.
    #[error("Telegram's password parameters are not acceptable")]
    Srp(#[from] SrpError),
    /// The password has no confirmed recovery address.
    #[error("the password has no recovery e-mail address")]
    NoRecoveryEmail,
    /// No address: it has no `@`, no dot after it, nothing before it, or spaces.
    #[error("this is not an e-mail address")]
    NotAnAddress,
    /// Telegram does not take this for an e-mail address.
    #[error("Telegram does not accept this e-mail address")]
    Unacceptable,
    /// The code is wrong; the right one may still be entered.
    #[error("this is not the code that was sent")]
    WrongCode,
    /// The code is no longer valid; another must be sent.
    #[error("the code has expired; ask for another one")]
    CodeExpired,
    /// No address waits for a code, or nobody has asked for a reset.
    #[error("there is nothing to confirm, send again or withdraw")]
    NothingPending,
    /// The new settings are stored, but wait for a confirmation of the recovery e-mail address.
    #[error("the recovery e-mail address must be confirmed first")]
    EmailUnconfirmed {
        /// Of how many characters the mailed code is, if Telegram said so.
        code_length: Option<u32>,
    },
    /// A first step is done and stays so, the next one failed.
    #[error("{done}, and what was to follow failed")]
    InPart {
        /// What is done, in a sentence.
        done: &'static str,
        /// Why it did not go on.
        #[source]
        reason: Box<PasswordError>,
    },
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    PasswordError {
        Self::PasswordRequired => "password_required" Never,
        Self::WrongPassword => "wrong_password" Never,
        Self::SecretUnreadable => "secret_unreadable" Never,
        #[cfg(feature = "tdlib")]
        Self::SecretUnproven => "secret_unproven" Never,
        #[cfg(feature = "tdlib")]
        Self::SecretStale => "secret_stale" Never,
        #[cfg(feature = "tdlib")]
        Self::VaultRequired => "vault_required" Never,
        #[cfg(feature = "tdlib")]
        Self::PasswordAltered(_) => "password_altered" Never,
        Self::NewPasswordAltered(_) => "new_password_altered" Never,
        Self::HintAltered(_) => "hint_altered" Never,
        Self::HintIsPassword => "hint_is_password" Never,
        Self::SecretOpens => "secret_opens" Never,
        Self::ChangedMeanwhile => "changed_meanwhile" Now,
        Self::SecretExists => "secret_exists" Never,
        Self::NewPasswordEmpty => "new_password_empty" Never,
        Self::Srp(_) => "unsafe_parameters" Never,
        Self::NoRecoveryEmail => "no_recovery_email" Never,
        Self::NotAnAddress => "not_an_address" Never,
        Self::Unacceptable => "unacceptable" Never,
        Self::WrongCode => "wrong_code" Never,
        Self::CodeExpired => "code_expired" Never,
        Self::NothingPending => "nothing_pending" Never,
        Self::EmailUnconfirmed { .. } => "email_unconfirmed" Never,
        Self::InPart { .. } => "in_part" LookFirst,
    }
}

impl PasswordError {
    /// After a first step that is done.
    pub(crate) fn after(self, done: &'static str) -> Self {
        Self::InPart { done, reason: Box::new(self) }
    }
}

impl From<CloudError> for PasswordError {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::PasswordHashInvalid | CloudError::SrpPasswordChanged => Self::WrongPassword,
            CloudError::PasswordRequired | CloudError::PasswordMissing | CloudError::PasswordEmpty => {
                Self::PasswordRequired
            }
            CloudError::PasswordRecoveryNa => Self::NoRecoveryEmail,
            CloudError::EmailInvalid | CloudError::EmailNotAllowed => Self::Unacceptable,
            CloudError::CodeInvalid => Self::WrongCode,
            CloudError::PasswordRecoveryExpired => Self::CodeExpired,
            CloudError::EmailHashExpired | CloudError::ResetRequestMissing => Self::NothingPending,
            CloudError::EmailUnconfirmed { code_length } => Self::EmailUnconfirmed { code_length },
            other => Self::Refused(other.into()),
        }
    }
}

impl From<UnlockError> for PasswordError {
    fn from(error: UnlockError) -> Self {
        match error {
            UnlockError::UnknownKdf => Self::Refused(Refusal::UpdateRequired),
            // The server has accepted the password before anyone tries it on the secret.
            UnlockError::Length { .. } | UnlockError::Checksum | UnlockError::Id => Self::SecretUnreadable,
        }
    }
}
