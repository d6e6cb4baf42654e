//! Why a login does not go on.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::passport::refusal::operation_error;
use crate::passport::{PasswordError, Refusal};
use crate::tdlib::client::RequestError;
use crate::tdlib::passport::fact;

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
    /// The password cannot be recovered.
    #[error("the account has no recovery e-mail address")]
    NoRecoveryEmail,
    /// Not the token of a bot.
    #[error("Telegram knows no bot with this token")]
    BotTokenInvalid,
    /// The link is not one, was used, or has expired.
    #[error("the login link is wrong, or was used already")]
    LinkInvalid,
    /// The link has expired; the other device shows a new one.
    #[error("the login link has expired")]
    LinkExpired,
    /// Telegram does not know the application.
    #[error("Telegram does not know this application")]
    ApiCredentialsInvalid,
    /// The directory belongs to another server: Telegram, this sandbox, or another.
    #[error("{} was made for another server, and is not used with this one", path.display())]
    WrongServer {
        /// The account's directory.
        path: PathBuf,
    },
    /// The database was made with another key.
    #[error("the account's database does not open with this key")]
    DatabaseKeyInvalid,
    /// Another process, or another client of this one, uses the directory.
    #[error("the account is in use already")]
    InUse,
    /// The directory cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Directory {
        /// The account's directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// TDLib takes text for paths.
    #[error("the name of {} is not valid Unicode", path.display())]
    DirectoryName {
        /// The account's directory.
        path: PathBuf,
    },
    /// The system gives no thread.
    #[error("no thread can be had to receive with")]
    Thread(#[source] io::Error),
    /// Nothing came while something was waited for.
    #[error("nothing happened within {} seconds", after.as_secs())]
    NothingHappened {
        /// How long was waited.
        after: Duration,
    },
    /// There is more to do before there is a session.
    #[error("the login is not finished")]
    NotReady,
    /// A reason that is none of the login's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<RequestError> for LoginError {
    fn from(error: RequestError) -> Self {
        let RequestError::Refused { message, .. } = &error else { return Self::Refused(fact(error).into()) };
        match message.as_str() {
            "PHONE_NUMBER_INVALID" | "Phone number must be non-empty" => Self::PhoneNumberInvalid,
            "PHONE_NUMBER_BANNED" => Self::PhoneNumberBanned,
            "PHONE_CODE_INVALID"
            | "PHONE_CODE_EMPTY"
            | "CODE_INVALID"
            | "EMAIL_CODE_INVALID"
            | "EMAIL_VERIFICATION_INVALID" => Self::CodeInvalid,
            "EMAIL_INVALID" | "EMAIL_NOT_ALLOWED" | "Email address must be non-empty" => Self::EmailInvalid,
            "FIRSTNAME_INVALID" | "LASTNAME_INVALID" | "First name must be non-empty" => Self::NameInvalid,
            "PHONE_CODE_EXPIRED" | "EMAIL_VERIFY_EXPIRED" => Self::CodeExpired,
            "Authentication code can't be resend"
            | "Authentication code can't be resent"
            | "SEND_CODE_UNAVAILABLE" => Self::TooEarly,
            "PASSWORD_HASH_INVALID" => Self::PasswordInvalid,
            "PASSWORD_RECOVERY_NA" => Self::NoRecoveryEmail,
            "ACCESS_TOKEN_INVALID" | "ACCESS_TOKEN_EXPIRED" | "BOT_TOKEN_INVALID" => Self::BotTokenInvalid,
            "AUTH_TOKEN_INVALID" | "AUTH_TOKEN_ALREADY_ACCEPTED" => Self::LinkInvalid,
            "AUTH_TOKEN_EXPIRED" => Self::LinkExpired,
            "API_ID_INVALID" => Self::ApiCredentialsInvalid,
            _ => Self::Refused(fact(error).into()),
        }
    }
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
        Self::NoRecoveryEmail => "no_recovery_email" Never,
        Self::BotTokenInvalid => "bot_token_invalid" Never,
        Self::LinkInvalid => "link_invalid" Never,
        Self::LinkExpired => "link_expired" Never,
        Self::ApiCredentialsInvalid => "api_credentials_invalid" Never,
        Self::WrongServer { .. } => "wrong_server" Never,
        Self::DatabaseKeyInvalid => "database_key_invalid" Never,
        Self::InUse => "in_use" Now,
        Self::Directory { .. } => "directory" Never,
        Self::DirectoryName { .. } => "directory_name" Never,
        Self::Thread(_) => "no_thread" Now,
        Self::NothingHappened { .. } => "nothing_happened" Now,
        Self::NotReady => "not_ready" Never,
        ; Self::Unfit(reason) => reason "unfit"
    }
}

impl LoginError {
    /// What TDLib says about its parameters.
    pub(super) fn of_parameters(error: RequestError) -> Self {
        match &error {
            RequestError::Refused { code: 401, .. } => Self::DatabaseKeyInvalid,
            RequestError::Refused { message, .. } if message.contains("already in use") => Self::InUse,
            _ => Self::from(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passport::OperationError;
    use crate::passport::refusal::tests::are_told_well;

    #[test]
    fn every_error_is_told_in_words_and_has_a_code() {
        let path = || PathBuf::from("accounts");
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
            LoginError::NoRecoveryEmail,
            LoginError::BotTokenInvalid,
            LoginError::LinkInvalid,
            LoginError::LinkExpired,
            LoginError::ApiCredentialsInvalid,
            LoginError::WrongServer { path: path() },
            LoginError::DatabaseKeyInvalid,
            LoginError::InUse,
            LoginError::Directory { path: path(), source: io::ErrorKind::PermissionDenied.into() },
            LoginError::DirectoryName { path: path() },
            LoginError::Thread(io::ErrorKind::OutOfMemory.into()),
            LoginError::NothingHappened { after: Duration::from_secs(7) },
            LoginError::NotReady,
            RequestError::TimedOut { function: "getMe", after: Duration::from_secs(7) }.into(),
        ];
        let mut all: Vec<&dyn OperationError> = Vec::new();
        all.extend(errors.iter().map(|error| error as &dyn OperationError));
        // To a person it says what was told wrong of the person's own password.
        are_told_well(LoginError::CODES, &all);
    }
}
