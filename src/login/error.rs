#[cfg(feature = "mtproto")]
use std::error::Error;
#[cfg(feature = "mtproto")]
use std::io;
use std::time::Duration;

use crate::cloud::CloudError;
use crate::passport::refusal::operation_error;
use crate::passport::{PasswordError, Refusal};
#[cfg(feature = "mtproto")]
use crate::vault::SrpError;

/// Why a login does not go on. What was reached before stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// Not a phone number that Telegram takes.
    #[error("Telegram does not take this phone number")]
    PhoneNumberInvalid,
    /// The account may not be used any more.
    #[error("Telegram has banned this phone number")]
    PhoneNumberBanned,
    /// Not an e-mail address that Telegram takes.
    #[error("Telegram does not take this e-mail address")]
    EmailInvalid,
    /// Not a name that Telegram takes for a new account.
    #[error("Telegram does not take this name")]
    NameInvalid,
    /// A wrong code, of login or of recovery.
    #[error("the code is wrong")]
    CodeInvalid,
    /// The code was right once; a new one is needed.
    #[error("the code has expired")]
    CodeExpired,
    /// A code is not sent again yet, or there is no other way to send it.
    #[error("the code cannot be sent again now")]
    TooEarly,
    /// A wrong password of two-step verification.
    #[error("the password is wrong")]
    PasswordInvalid,
    /// A password that cannot be proved through TDLib, or a new one that is not set.
    #[error("this password does not do")]
    Unfit(#[source] PasswordError),
    /// The server's challenge is not safe to answer.
    #[cfg(feature = "mtproto")]
    #[error("the server's challenge to the password is not safe")]
    Srp(#[from] SrpError),
    /// The password cannot be recovered.
    #[error("the account has no recovery e-mail address")]
    NoRecoveryEmail,
    /// Not the token of a bot.
    #[cfg(feature = "tdlib")]
    #[error("Telegram knows no bot with this token")]
    BotTokenInvalid,
    /// The link is not one, or was used already.
    #[error("the login link is wrong, or was used already")]
    LinkInvalid,
    /// The link has expired; the other device shows a new one.
    #[error("the login link has expired")]
    LinkExpired,
    /// Nobody approved the link while it held.
    #[cfg(feature = "mtproto")]
    #[error("nobody approved the link in time")]
    LinkNotApproved,
    /// Whoever was to approve the link did not.
    #[cfg(feature = "mtproto")]
    #[error("the link was not approved")]
    Approval(#[source] Box<dyn Error + Send + Sync>),
    /// Telegram does not know the application.
    #[error("Telegram does not know this application")]
    ApplicationUnknown,
    /// The file that keeps the session until it is signed in cannot be written.
    #[cfg(feature = "mtproto")]
    #[error("the session cannot be kept")]
    Unkept(#[source] io::Error),
    /// Nothing came while something was waited for.
    #[error("nothing happened within {} seconds", after.as_secs())]
    NothingHappened {
        /// How long was waited.
        after: Duration,
    },
    /// The login wants something else now: [`step`](super::LoginSteps::step) says what.
    #[error("the login wants something else now")]
    OtherStep,
    /// There is more to do before the account is signed in.
    #[error("the login is not finished")]
    NotReady,
    /// A reason that is none of the login's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    LoginError {
        Self::PhoneNumberInvalid => "phone_number_invalid" Never,
        Self::PhoneNumberBanned => "phone_number_banned" Never,
        Self::EmailInvalid => "email_invalid" Never,
        Self::NameInvalid => "name_invalid" Never,
        Self::CodeInvalid => "code_invalid" Never,
        Self::CodeExpired => "code_expired" Never,
        Self::TooEarly => "too_early" Never,
        Self::PasswordInvalid => "password_invalid" Never,
        #[cfg(feature = "mtproto")]
        Self::Srp(_) => "unsafe_parameters" Never,
        Self::NoRecoveryEmail => "no_recovery_email" Never,
        #[cfg(feature = "tdlib")]
        Self::BotTokenInvalid => "bot_token_invalid" Never,
        Self::LinkInvalid => "link_invalid" Never,
        Self::LinkExpired => "link_expired" Never,
        #[cfg(feature = "mtproto")]
        Self::LinkNotApproved => "link_not_approved" Now,
        #[cfg(feature = "mtproto")]
        Self::Approval(_) => "not_approved" Never,
        Self::ApplicationUnknown => "application_unknown" Never,
        #[cfg(feature = "mtproto")]
        Self::Unkept(_) => "not_kept" Never,
        Self::NothingHappened { .. } => "nothing_happened" Now,
        Self::OtherStep => "other_step" Never,
        Self::NotReady => "not_ready" Never,
        ; Self::Unfit(reason) => reason "unfit"
    }
}

impl LoginError {
    /// Whether the person's answer was wrong: the step stays, and may be answered again.
    #[must_use]
    pub fn is_wrong_answer(&self) -> bool {
        matches!(
            self,
            Self::PhoneNumberInvalid
                | Self::EmailInvalid
                | Self::NameInvalid
                | Self::CodeInvalid
                | Self::PasswordInvalid
        )
    }
}

/// What Telegram says of a login, by whichever client it comes.
impl From<CloudError> for LoginError {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::PhoneNumberInvalid => Self::PhoneNumberInvalid,
            CloudError::EmailInvalid | CloudError::EmailNotAllowed => Self::EmailInvalid,
            CloudError::PhoneCodeInvalid | CloudError::PhoneCodeEmpty | CloudError::CodeInvalid => {
                Self::CodeInvalid
            }
            CloudError::PhoneCodeExpired
            | CloudError::EmailVerifyExpired
            | CloudError::PasswordRecoveryExpired => Self::CodeExpired,
            CloudError::PasswordHashInvalid => Self::PasswordInvalid,
            CloudError::PasswordRecoveryNa => Self::NoRecoveryEmail,
            CloudError::Other { code, message } => {
                Self::named(&message).unwrap_or(Self::Refused(CloudError::Other { code, message }.into()))
            }
            other => Self::Refused(other.into()),
        }
    }
}

impl LoginError {
    /// Telegram's names that mean something to a login only.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "PHONE_NUMBER_BANNED" => Self::PhoneNumberBanned,
            "EMAIL_CODE_INVALID" | "EMAIL_VERIFICATION_INVALID" => Self::CodeInvalid,
            "FIRSTNAME_INVALID" | "LASTNAME_INVALID" => Self::NameInvalid,
            "SEND_CODE_UNAVAILABLE" => Self::TooEarly,
            #[cfg(feature = "tdlib")]
            "ACCESS_TOKEN_INVALID" | "ACCESS_TOKEN_EXPIRED" | "BOT_TOKEN_INVALID" => Self::BotTokenInvalid,
            "AUTH_TOKEN_INVALID" | "AUTH_TOKEN_ALREADY_ACCEPTED" => Self::LinkInvalid,
            "AUTH_TOKEN_EXPIRED" => Self::LinkExpired,
            "API_ID_INVALID" => Self::ApplicationUnknown,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passport::OperationError;
    use crate::passport::refusal::tests::are_told_well;

    #[test]
    fn every_error_is_told_in_words_and_has_a_code() {
        let errors = [
            LoginError::PhoneNumberInvalid,
            LoginError::PhoneNumberBanned,
            LoginError::EmailInvalid,
            LoginError::NameInvalid,
            LoginError::CodeInvalid,
            LoginError::CodeExpired,
            LoginError::TooEarly,
            LoginError::PasswordInvalid,
            LoginError::Unfit(PasswordError::NewPasswordEmpty),
            #[cfg(feature = "mtproto")]
            LoginError::Srp(SrpError::NotSafePrime),
            LoginError::NoRecoveryEmail,
            #[cfg(feature = "tdlib")]
            LoginError::BotTokenInvalid,
            LoginError::LinkInvalid,
            LoginError::LinkExpired,
            #[cfg(feature = "mtproto")]
            LoginError::LinkNotApproved,
            #[cfg(feature = "mtproto")]
            LoginError::Approval("it is not mine".into()),
            LoginError::ApplicationUnknown,
            #[cfg(feature = "mtproto")]
            LoginError::Unkept(io::ErrorKind::StorageFull.into()),
            LoginError::NothingHappened { after: Duration::from_secs(7) },
            LoginError::OtherStep,
            LoginError::NotReady,
            LoginError::from(CloudError::FloodWait(Duration::from_secs(7))),
        ];
        let all: Vec<&dyn OperationError> = errors.iter().map(|error| error as &dyn OperationError).collect();
        are_told_well(LoginError::CODES, &all);
    }

    #[test]
    fn telegrams_names_are_the_same_facts_by_whichever_client_they_come() {
        let of = |code, name| LoginError::from(CloudError::from_rpc(code, name));
        assert!(matches!(of(400, "PHONE_NUMBER_BANNED"), LoginError::PhoneNumberBanned));
        assert!(matches!(of(400, "LASTNAME_INVALID"), LoginError::NameInvalid));
        assert!(matches!(of(400, "PHONE_CODE_EMPTY"), LoginError::CodeInvalid));
        assert!(matches!(of(400, "SEND_CODE_UNAVAILABLE"), LoginError::TooEarly));
        let unknown = of(406, "SOMETHING_NEW");
        assert!(matches!(unknown, LoginError::Refused(Refusal::Server(CloudError::Other { code: 406, .. }))));
    }
}
