//! Why TDLib does not open an account's directory, and what it says to a login.

use std::io;
use std::path::PathBuf;

use crate::login::LoginError;
use crate::passport::Refusal;
use crate::passport::refusal::operation_error;
use crate::tdlib::client::RequestError;
use crate::tdlib::passport::fact;

/// Why an account's directory is not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
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
    /// TDLib was still starting when it had had its time.
    #[error("TDLib does not start")]
    Starting,
    /// A reason that is none of its own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    OpenError {
        Self::WrongServer { .. } => "wrong_server" Never,
        Self::DatabaseKeyInvalid => "database_key_invalid" Never,
        Self::InUse => "in_use" Now,
        Self::Directory { .. } => "directory" Never,
        Self::DirectoryName { .. } => "directory_name" Never,
        Self::Thread(_) => "no_thread" Now,
        Self::Starting => "starting" Now,
    }
}

/// What TDLib says about its parameters.
impl From<RequestError> for OpenError {
    fn from(error: RequestError) -> Self {
        match &error {
            RequestError::Refused { code: 401, .. } => Self::DatabaseKeyInvalid,
            RequestError::Refused { message, .. } if message.contains("already in use") => Self::InUse,
            _ => Self::Refused(fact(error).into()),
        }
    }
}

/// What TDLib says in words of its own; Telegram's names are facts.
impl From<RequestError> for LoginError {
    fn from(error: RequestError) -> Self {
        let RequestError::Refused { message, .. } = &error else { return fact(error).into() };
        match message.as_str() {
            "Phone number must be non-empty" => Self::PhoneNumberInvalid,
            "Email address must be non-empty" => Self::EmailInvalid,
            "First name must be non-empty" => Self::NameInvalid,
            "Authentication code can't be resend" | "Authentication code can't be resent" => Self::TooEarly,
            other if other.starts_with("Call to ") && other.ends_with(" unexpected") => Self::OtherStep,
            _ => fact(error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::passport::OperationError;
    use crate::passport::refusal::tests::are_told_well;

    #[test]
    fn every_error_is_told_in_words_and_has_a_code() {
        let path = || PathBuf::from("accounts");
        let errors = [
            OpenError::WrongServer { path: path() },
            OpenError::DatabaseKeyInvalid,
            OpenError::InUse,
            OpenError::Directory { path: path(), source: io::ErrorKind::PermissionDenied.into() },
            OpenError::DirectoryName { path: path() },
            OpenError::Thread(io::ErrorKind::OutOfMemory.into()),
            OpenError::Starting,
            RequestError::TimedOut { function: "getMe", after: Duration::from_secs(7) }.into(),
        ];
        let all: Vec<&dyn OperationError> = errors.iter().map(|error| error as &dyn OperationError).collect();
        are_told_well(OpenError::CODES, &all);
    }

    #[test]
    fn tdlibs_own_words_are_the_facts_that_they_mean() {
        let of = |message: &str| {
            let (function, code) = ("setAuthenticationPhoneNumber", 400);
            LoginError::from(RequestError::Refused { function, code, message: message.to_owned() })
        };
        assert!(matches!(of("Phone number must be non-empty"), LoginError::PhoneNumberInvalid));
        assert!(matches!(of("PHONE_NUMBER_INVALID"), LoginError::PhoneNumberInvalid));
        assert!(matches!(of("Call to checkAuthenticationCode unexpected"), LoginError::OtherStep));
        assert!(matches!(of("AUTH_TOKEN_ALREADY_ACCEPTED"), LoginError::LinkInvalid));
        assert!(matches!(of("Wrong"), LoginError::Refused(Refusal::Server(_))));
    }
}
