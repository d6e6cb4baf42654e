//! The engines that a command may work with, as one type.

use std::sync::Arc;

use telegram_passport::element::{Element, ElementType, EmailAddress, PhoneNumber};
use telegram_passport::mtproto;
use telegram_passport::passport::{
    AcceptLoss, AccountDefaults, DeleteError, DownloadError, FileSource, Form, FormError, ListError,
    MailedCode, Passport, PasswordError, PasswordState, Progress, Recovery, RecoveryEmail, Reset, SaveError,
    SaveOptions, SavedElement, SavedFile, SecretState, SendError, SentEmailCode, SentPhoneCode, Vaulted,
    VerificationError,
};
use telegram_passport::request::{PassportRequest, Selection};
use telegram_passport::tdlib::{self, RiskAccepted, Session};
use telegram_passport::vault::{FileContents, Password};
use telegram_passport_sandbox::Cloud;

/// A Passport, whichever engine it is over.
#[derive(Debug)]
pub(crate) enum Engine {
    /// TDLib seals and talks to the server.
    Tdlib(Box<tdlib::Engine>),
    /// Our vault seals, over a session of its own.
    Mtproto(Arc<Vaulted<mtproto::Cloud>>),
    /// Our vault seals, and Telegram is played in this process.
    InProcess(Box<Vaulted<Cloud>>),
}

impl Engine {
    /// TDLib's engine over a session.
    pub(crate) fn over_tdlib(session: &Session, risk_accepted: bool) -> Self {
        let engine = tdlib::Engine::new(session.client().clone());
        Self::Tdlib(Box::new(if risk_accepted { engine.accepting_risk(RiskAccepted) } else { engine }))
    }

    /// The same with the vault's own session beside it.
    pub(crate) fn beside(session: &Session, vault: Arc<Vaulted<mtproto::Cloud>>) -> Self {
        Self::Tdlib(Box::new(tdlib::Engine::new(session.client().clone()).beside(vault)))
    }

    /// The vault's engine over a session of its own.
    pub(crate) fn over_mtproto(vault: Arc<Vaulted<mtproto::Cloud>>) -> Self {
        Self::Mtproto(vault)
    }

    /// The vault's engine over a sandbox in this process.
    pub(crate) fn in_process(cloud: Cloud) -> Self {
        Self::InProcess(Box::new(Vaulted::new(cloud)))
    }
}

/// Hands each method on to the engine there is.
macro_rules! handed_on {
    ($(async fn $name:ident($($argument:ident: $of:ty),*) -> $answer:ty;)+) => {
        $(async fn $name(&self, $($argument: $of),*) -> $answer {
            match self {
                Self::Tdlib(engine) => engine.$name($($argument),*).await,
                Self::Mtproto(engine) => engine.$name($($argument),*).await,
                Self::InProcess(engine) => engine.$name($($argument),*).await,
            }
        })+
    };
}

impl Passport for Engine {
    fn lock(&self) {
        match self {
            Self::Tdlib(engine) => engine.lock(),
            Self::Mtproto(engine) => engine.lock(),
            Self::InProcess(engine) => engine.lock(),
        }
    }

    handed_on! {
        async fn password_state() -> Result<PasswordState, PasswordError>;
        async fn unlock(password: Password) -> Result<SecretState, PasswordError>;
        async fn create_secret(password: Password) -> Result<(), PasswordError>;
        async fn set_password(current: Option<Password>, new: Password, hint: &str) -> Result<(), PasswordError>;
        async fn defaults(password: Password) -> Result<AccountDefaults, PasswordError>;
        async fn list() -> Result<Vec<SavedElement>, ListError>;
        async fn get(kind: ElementType) -> Result<Option<SavedElement>, ListError>;
        async fn save(element: Element<FileSource>, options: &SaveOptions) -> Result<SavedElement, SaveError>;
        async fn delete(kinds: &[ElementType]) -> Result<(), DeleteError>;
        async fn download(file: &SavedFile, progress: &Progress) -> Result<FileContents, DownloadError>;
        async fn send_phone_code(phone_number: &PhoneNumber) -> Result<SentPhoneCode, VerificationError>;
        async fn resend_phone_code(sent: &SentPhoneCode) -> Result<SentPhoneCode, VerificationError>;
        async fn check_phone_code(sent: &SentPhoneCode, code: &str) -> Result<(), VerificationError>;
        async fn send_email_code(email: &EmailAddress) -> Result<SentEmailCode, VerificationError>;
        async fn resend_email_code(sent: &SentEmailCode) -> Result<SentEmailCode, VerificationError>;
        async fn check_email_code(sent: &SentEmailCode, code: &str) -> Result<(), VerificationError>;
        async fn form(request: &PassportRequest) -> Result<Form, FormError>;
        async fn send(form: &Form, selection: &Selection) -> Result<(), SendError>;
    }
}

impl Recovery for Engine {
    handed_on! {
        async fn remove_password(current: Password, loss: AcceptLoss) -> Result<(), PasswordError>;
        async fn set_recovery_email(current: Password, email: &EmailAddress) -> Result<RecoveryEmail, PasswordError>;
        async fn remove_recovery_email(current: Password) -> Result<(), PasswordError>;
        async fn confirm_recovery_email(code: &str) -> Result<(), PasswordError>;
        async fn resend_recovery_email_code() -> Result<(), PasswordError>;
        async fn cancel_recovery_email() -> Result<(), PasswordError>;
        async fn request_recovery() -> Result<MailedCode, PasswordError>;
        async fn recover_password(
            code: &str,
            new: Option<(Password, &str)>,
            loss: AcceptLoss
        ) -> Result<(), PasswordError>;
        async fn reset_password(loss: AcceptLoss) -> Result<Reset, PasswordError>;
        async fn decline_reset() -> Result<(), PasswordError>;
    }
}
