//! From an account's directory to a session that is signed in.

use telegram_passport::tdlib::{DatabaseKey, Login, LoginError, RequestError, Session, SessionOptions, Step};

use super::{Account, KeptPassword, Keys, Record, Server, library, unlock_failure};
use crate::answer::Warnings;
use crate::arguments::AccountOptions;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::{Failure, sentence, signed_out};
use crate::progress::Progress;

/// An account that is signed in, and what is known of it here.
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) record: Record,
    pub(crate) server: Server,
    pub(crate) keys: Keys,
    pub(crate) kept: KeptPassword,
    pub(crate) session: Session,
}

impl SignedIn {
    /// Opens the session of an account that has signed in.
    pub(crate) async fn open(options: &AccountOptions, asker: Asker) -> Result<Self, Failure> {
        match Opening::begin(options, asker).await? {
            Opening::SignedIn(signed_in) => Ok(*signed_in),
            Opening::SignedOut(known) => {
                Err(Failure::failed(format!("the account {} is not signed in", known.account.name))
                    .remedy("`tgpassport login` signs in."))
            }
        }
    }

    /// Closes the session, so that TDLib writes what it knows. The command's work is done by then.
    pub(crate) async fn close(self) -> Warnings {
        let mut warnings = self.kept.warnings();
        warnings.note(self.session.close().await.map_err(|error| login_failure(&error)));
        warnings
    }
}

/// An account that is known here, and whose session has ended or has never begun.
pub(crate) struct SignedOut {
    pub(crate) account: Account,
    pub(crate) record: Record,
    pub(crate) server: Server,
    pub(crate) keys: Keys,
}

/// An account's session, signed in or not.
pub(crate) enum Opening {
    SignedIn(Box<SignedIn>),
    SignedOut(Box<SignedOut>),
}

impl Opening {
    /// Opens an account that is known here, and says whether it is signed in.
    pub(crate) async fn begin(options: &AccountOptions, asker: Asker) -> Result<Self, Failure> {
        let account = Account::named(&options.account_name()?)?;
        let record = account.existing()?;
        let server = Server::of(&account.name, &record, options.sandbox.as_deref())?;
        server.must_listen()?;
        let keys = Keys::of(&account, &record, asker).await?;
        let key = keys.database_key().await?;
        let (login, step) = begin(&account, &server, key).await?;
        if step != Step::Ready {
            login.close().await.map_err(|error| login_failure(&error))?;
            return Ok(Self::SignedOut(Box::new(SignedOut { account, record, server, keys })));
        }
        let session = login.finish().await.map_err(|(error, _)| login_failure(&error))?;
        let kept = KeptPassword::new(&account, &keys, &record);
        Ok(Self::SignedIn(Box::new(SignedIn { account, record, server, keys, kept, session })))
    }
}

impl Opening {
    /// The account, what is remembered of it, and where it is.
    pub(crate) fn facts(&self) -> (&Account, &Record, &Server) {
        match self {
            Self::SignedIn(signed_in) => (&signed_in.account, &signed_in.record, &signed_in.server),
            Self::SignedOut(known) => (&known.account, &known.record, &known.server),
        }
    }
}

/// Starts TDLib in an account's directory.
pub(crate) async fn begin(
    account: &Account,
    server: &Server,
    key: DatabaseKey,
) -> Result<(Login, Step), Failure> {
    let progress = Progress::start("looking for TDLib");
    let library = match server.sandbox_key() {
        Some(public_key) => library::sandbox_library(public_key, &library::copies()?, &progress)?,
        None => library::telegram_library(&progress)?,
    };
    progress.step(format!("opening the session on {server}"));
    let mut options = SessionOptions::new(&account.session_directory(), server.api(), key);
    options.proxy = server.proxy();
    Login::begin(library, &options).await.map_err(|error| login_failure(&error))
}

/// Why a session does not open or a login does not go on, and what would help.
pub(crate) fn login_failure(error: &LoginError) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    let text = sentence(error);
    match error {
        LoginError::Unfit(error) => unlock_failure(error),
        LoginError::WrongServer { .. } => {
            Failure::refused(text).remedy("Use another account name for another server: --account.")
        }
        LoginError::InUse => {
            Failure::failed(text).remedy("Another program is at it; wait until it has ended.")
        }
        LoginError::DatabaseKeyInvalid => Failure::failed(text)
            .remedy("`tgpassport logout --only-here` forgets the account; then sign in anew."),
        LoginError::PhoneNumberInvalid
        | LoginError::PhoneNumberBanned
        | LoginError::CodeInvalid
        | LoginError::CodeExpired
        | LoginError::PasswordInvalid
        | LoginError::NoRecoveryEmail
        | LoginError::BotTokenInvalid
        | LoginError::LinkInvalid
        | LoginError::LinkExpired
        | LoginError::TooEarly
        | LoginError::TooManyRequests { .. }
        | LoginError::ApiCredentialsInvalid
        | LoginError::Request(RequestError::Refused { .. }) => Failure::denied(text),
        LoginError::Request(RequestError::OutcomeUnknown { .. }) => Deed::sign_in().unknown(error),
        _ => Failure::failed(text),
    }
}
