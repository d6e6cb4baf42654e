//! A messenger's Passport screen: what an app writes around `telegram-passport`.
//!
//! The app brings what only it has, a [`Person`] to ask and a directory for the account; [`open_session`] gives a
//! TDLib session, [`Screen`] keeps documents and answers bots. The test beside it runs all of it against the sandbox.

use std::future::Future;
use std::sync::Arc;

use telegram_passport::element::Element;
use telegram_passport::login::{LoginError, LoginSteps, Step};
use telegram_passport::passport::{
    FileSource, FormError, Leaving, Passport, PasswordError, SaveError, SaveOptions, SavedElement,
    SecretState, SendError,
};
use telegram_passport::request::{LinkError, PassportLink, SelectionError};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::tdlib::{
    Engine, Library, Login, OpenError, Session, SessionOptions, VaultChannelError,
};
use telegram_passport::vault::Password;

/// Whoever holds the device: the app's dialogues.
pub trait Person: Send + Sync {
    /// The account's phone number.
    fn phone_number(&self) -> impl Future<Output = String> + Send;
    /// The code that Telegram sent.
    fn code(&self) -> impl Future<Output = String> + Send;
    /// The password of two-step verification, with the hint for it.
    fn password(&self, hint: &str) -> impl Future<Output = Password> + Send;
    /// Whether exactly this may leave, to the service that is named there.
    fn consents(&self, leaving: &Leaving) -> impl Future<Output = bool> + Send;
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// TDLib does not open the account's directory.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Telegram said no.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The account wants something that this app does not offer, registration for example.
    #[error("this app cannot answer {0:?}")]
    Unsupported(Step),
}

/// Opens the account's session over TDLib, signing in if need be.
///
/// # Errors
///
/// [`SignInError`].
pub async fn open_session(
    library: &'static Library,
    options: &SessionOptions,
    person: &impl Person,
) -> Result<Session, SignInError> {
    let (login, _) = Login::begin(library, options).await?;
    sign_in(&login, person).await?;
    login.finish().await.map_err(|(error, _)| error.into())
}

/// Answers what a login wants until the account is signed in, whichever client is beneath; asks the person again after a
/// mistyped code or password.
///
/// # Errors
///
/// [`SignInError`].
pub async fn sign_in(login: &dyn LoginSteps, person: &impl Person) -> Result<(), SignInError> {
    let mut step = login.step().await?;
    loop {
        let next = match &step {
            Step::PhoneNumber => login.set_phone_number(&person.phone_number().await).await,
            Step::Code(_) => login.check_code(&person.code().await).await,
            Step::Password { hint, .. } => {
                let hint = hint.as_deref().unwrap_or_default();
                login.check_password(&person.password(hint).await).await
            }
            Step::Ready => return Ok(()),
            other => return Err(SignInError::Unsupported(other.clone())),
        };
        step = match next {
            Ok(next) => next,
            Err(error) if error.is_wrong_answer() => step,
            Err(error) => return Err(error.into()),
        };
    }
}

/// How a bot's request ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The bot has what it asked for.
    Shared,
    /// The person said no; nothing left.
    Declined,
}

/// Why a bot's request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The link is no request for a Passport.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Telegram shows no form for it.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Something is missing, or in the way.
    #[error(transparent)]
    Incomplete(#[from] SelectionError),
    /// It was not accepted.
    #[error(transparent)]
    Send(#[from] SendError),
}

/// Why the Passport stays closed.
#[derive(Debug, thiserror::Error)]
pub enum OpenScreenError {
    /// The vault has no session of its own.
    #[error(transparent)]
    Channel(#[from] VaultChannelError),
    /// It does not unlock.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// The person's Passport, unlocked.
#[derive(Debug)]
pub struct Screen {
    passport: Arc<dyn Passport>,
}

impl Screen {
    /// Opens the Passport of a session with the password of two-step verification; a new one for an account that
    /// has none. The vault looks at what is stored before TDLib may touch it.
    ///
    /// # Errors
    ///
    /// [`OpenScreenError`].
    pub async fn open(session: &Session, password: &Password) -> Result<Self, OpenScreenError> {
        let vault = session.vault_channel(Some(password)).await?;
        let passport: Arc<dyn Passport> = Arc::new(Engine::new(session.client().clone()).beside(vault));
        if passport.unlock(password).await? == SecretState::Missing {
            passport.create_secret(password).await?;
        }
        Ok(Self { passport })
    }

    /// Stores an element with its scans; `scan::prepare` makes one of any picture.
    ///
    /// # Errors
    ///
    /// [`SaveError`], which tells every problem with its field or part.
    pub async fn save(&self, element: Element<PassportJpeg>) -> Result<SavedElement, SaveError> {
        let element = element.map_files(|_, scan| FileSource::New(scan));
        self.passport.save(element, &SaveOptions::default()).await
    }

    /// Answers a bot's link, if the person consents to what leaves with it.
    ///
    /// # Errors
    ///
    /// [`AnswerError`]; nothing is shared then.
    pub async fn answer(&self, link: &str, person: &impl Person) -> Result<Answer, AnswerError> {
        let request = PassportLink::parse(link)?.request;
        let form = self.passport.form(&request).await?;
        let selection = form.assess().select()?;
        let leaving = form.leaving(&selection).map_err(SendError::from)?;
        if !person.consents(&leaving).await {
            return Ok(Answer::Declined);
        }
        self.passport.send(&form, &selection).await?;
        Ok(Answer::Shared)
    }
}

/// The listings of the guide for authors of apps.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/app.md")]
struct Guide;
