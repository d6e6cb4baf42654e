//! From an account's directory to a session that is signed in.

use std::time::Duration;

use telegram_passport::cloud;
use telegram_passport::login::{LoginError, LoginSteps as _, Step};
use telegram_passport::passport::Refusal;
use telegram_passport::tdlib::{Client, Login, OpenError, Session, SessionOptions};
use tokio::task::spawn_blocking;

use super::set_aside::SetAside;
use super::{Account, KeptPassword, Keys, Record, Server, library, session_known};
use crate::answer::Warnings;
use crate::arguments::AccountOptions;
use crate::asking::Asker;
use crate::failure::Failure;
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
            Opening::SignedOut(known) => Err(match &known.why {
                Some(reason) => Failure::signed_out(reason),
                None => Failure::failed(format!("the account {} is not signed in", known.account.name))
                    .remedy("`tgpassport login` signs in."),
            }),
        }
    }

    /// Closes the session, so that TDLib writes what it knows. The command's work is done by then.
    pub(crate) async fn close(self) -> Warnings {
        let mut warnings = self.kept.warnings();
        warnings.note(self.session.close().await.map_err(Failure::from));
        warnings
    }
}

/// An account that is known here, and whose session has ended or has never begun.
pub(crate) struct SignedOut {
    pub(crate) account: Account,
    pub(crate) record: Record,
    pub(crate) server: Server,
    pub(crate) keys: Keys,
    /// Why the session ended, if that was seen just now.
    pub(crate) why: Option<cloud::SignedOut>,
}

impl SignedOut {
    pub(crate) fn place(&self) -> Place<'_> {
        Place { account: &self.account, keys: &self.keys, server: &self.server }
    }
}

/// Where an account's sessions are, here and there, and what opens them.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) account: &'a Account,
    pub(crate) keys: &'a Keys,
    pub(crate) server: &'a Server,
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
        let session = match opened(Place { account: &account, keys: &keys, server: &server }).await? {
            SignedInOrNot::Yes(session) => session,
            SignedInOrNot::Not(login, _) => {
                login.close().await?;
                return Ok(Self::SignedOut(Box::new(SignedOut { account, record, server, keys, why: None })));
            }
            SignedInOrNot::Ended(reason) => {
                let known = SignedOut { account, record, server, keys, why: Some(reason) };
                return Ok(Self::SignedOut(Box::new(known)));
            }
        };
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

/// What became of a session that a directory had.
enum SignedInOrNot {
    /// The server knows it.
    Yes(Session),
    /// There is none: this is how far a login has come.
    Not(Login, Step),
    /// It has ended, and is closed.
    Ended(cloud::SignedOut),
}

/// Starts TDLib in an account's directory, and sees what became of the session there.
async fn opened(place: Place<'_>) -> Result<SignedInOrNot, Failure> {
    match begin(place).await? {
        Ok((login, step)) => signed_in(login, step, place.server).await,
        // TDLib heard of its end while it was starting, and removes it as long as it is let.
        Err(OpenError::Refused(Refusal::SignedOut(reason))) => {
            let _ = spawn_blocking(|| Client::wait_until_none(REMOVAL)).await;
            // Without a reason from the server it may be a log-out that the server has not answered.
            Ok(SignedInOrNot::Ended(match reason {
                cloud::SignedOut::Untold => cloud::SignedOut::Ending,
                told => told,
            }))
        }
        Err(error) => Err(Failure::from(error)),
    }
}

/// Whether the session that TDLib found is signed in, which the server alone can say.
async fn signed_in(login: Login, step: Step, server: &Server) -> Result<SignedInOrNot, Failure> {
    let session = match step {
        Step::Ready => match login.finish().await {
            Ok(session) => session,
            Err((LoginError::Refused(Refusal::SignedOut(reason)), login)) => {
                removed(login).await?;
                return Ok(SignedInOrNot::Ended(reason));
            }
            Err((error, _)) => return Err(Failure::from(error)),
        },
        Step::LoggingOut | Step::Closed => {
            // TDLib goes on with a log-out that was under way, and removes the session when the server has answered.
            let is_removed = removed(login).await?;
            let reason = if is_removed { cloud::SignedOut::Untold } else { cloud::SignedOut::Ending };
            return Ok(SignedInOrNot::Ended(reason));
        }
        step => return Ok(SignedInOrNot::Not(login, step)),
    };
    match session_known::ended(&session, server).await {
        Ok(None) => Ok(SignedInOrNot::Yes(session)),
        Ok(Some(reason)) => {
            session.close().await?;
            Ok(SignedInOrNot::Ended(reason))
        }
        Err(failure) => {
            // What does not close in time closes later.
            let _ = session.close().await;
            Err(failure)
        }
    }
}

/// Gives TDLib the time to remove what is left of a session that has ended, and closes it; false if it has not.
async fn removed(login: Login) -> Result<bool, Failure> {
    // What it has not removed by then stays, and is set aside by whoever signs in.
    let is_removed = login.changed(&Step::LoggingOut, REMOVAL).await.is_ok();
    login.close().await?;
    Ok(is_removed)
}

/// A session to go on with.
pub(crate) enum Begun {
    /// It is signed in, and the server knows it.
    SignedIn(Session),
    /// It is to be signed in.
    Login(Login, Step),
}

/// How long TDLib may take to remove a session that has ended; it asks the server once more before.
const REMOVAL: Duration = Duration::from_secs(10);

/// How often TDLib is let at a session that has ended: the first time it may hear of it, the second time it removes it.
const TO_REMOVE: usize = 2;

/// Starts TDLib in an account's directory to sign in there. A session that has ended does not stand in the way: what
/// TDLib has not removed itself, told for certain, is set aside.
pub(crate) async fn begin_to_sign_in(place: Place<'_>) -> Result<(Begun, Option<SetAside>), Failure> {
    let mut aside = None;
    for attempt in 0..TO_REMOVE + 2 {
        match opened(place).await? {
            SignedInOrNot::Yes(session) => return Ok((Begun::SignedIn(session), aside)),
            SignedInOrNot::Not(login, step) => return Ok((Begun::Login(login, step), aside)),
            SignedInOrNot::Ended(reason) if is_being_removed(&reason) && attempt < TO_REMOVE => {}
            SignedInOrNot::Ended(_) => aside = Some(SetAside::put(&place.account.session_directory())?),
        }
    }
    Err(Failure::failed("the session that has ended is not removed")
        .remedy("`tgpassport logout --only-here` forgets the account; then sign in anew."))
}

/// Whether TDLib removes a session by itself, if it is given the time.
fn is_being_removed(reason: &cloud::SignedOut) -> bool {
    reason.is_certain() || *reason == cloud::SignedOut::Ending
}

/// How an account's session is opened. The vault's channel is kept beside it, and stays where that is set aside.
pub(super) async fn options(place: Place<'_>) -> Result<SessionOptions, Failure> {
    let Place { account, keys, server } = place;
    let key = keys.database_key().await?;
    let mut options = server.session_options(&account.session_directory(), key)?;
    options.channel.directory = Some(account.directory().to_owned());
    Ok(options)
}

/// Starts TDLib in an account's directory; the inner error is why it does not start there.
async fn begin(place: Place<'_>) -> Result<Result<(Login, Step), OpenError>, Failure> {
    let server = place.server;
    let options = options(place).await?;
    let progress = Progress::start("looking for TDLib");
    let library = match server.sandbox() {
        Some(sandbox) => library::sandbox_library(sandbox.description(), &library::copies()?, &progress)?,
        None => library::telegram_library(&progress)?,
    };
    progress.step(format!("opening the session on {server}"));
    Ok(Login::begin(library, &options).await)
}
