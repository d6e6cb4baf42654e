//! Signing in: by a code sent to the phone, or by the approval of a session that is signed in.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use grammers_tl_types as tl;
use tl::{enums, functions, types};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};
use zeroize::Zeroizing;

use super::client::Client;
use super::clock::unix_time;
use super::cloud::Cloud;
use super::convert;
use super::devices::log_out;
use super::saved::Draft;
use super::session::Repeat;
use super::{Application, Network};
use crate::cloud::{CloudError, InputCheckPassword, PasswordKdfAlgo, SentCode, SentCodeType, SentEmailCode};
use crate::passport::Refusal;
use crate::passport::refusal::operation_error;
use crate::vault::at_rest::StorageKey;
use crate::vault::{Password, PasswordAlgorithm, SrpChallenge, SrpError, prove};

/// No server's link holds longer, whatever it says.
const LONGEST_LINK: i64 = 600;

/// How often a word is exchanged while a link waits for its approval, so that the connection stays.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A session that is not signed in yet.
#[derive(Debug)]
pub struct SignIn {
    client: Arc<Client>,
    sent: Option<Sent>,
    /// Where it is kept until it is signed in.
    draft: Option<Draft>,
}

/// A code that is on its way.
#[derive(Clone)]
struct Sent {
    phone_number: String,
    /// What names the flow.
    phone_code_hash: String,
    way: Way,
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("way", &self.way).finish_non_exhaustive()
    }
}

/// What it proves that it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// That the phone number is the person's.
    Phone,
    /// That the account's login e-mail address is.
    Email,
    /// Nothing was sent: the account needs such an address first.
    EmailToBeSetUp,
}

/// Where a login stands.
#[derive(Debug)]
pub enum Step {
    /// The account's password is wanted: [`SignIn::check_password`].
    Password {
        /// What the person wrote to remember it by.
        hint: Option<String>,
    },
    /// Signed in.
    Ready(Cloud),
}

/// Why a login does not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Not a phone number that Telegram takes.
    #[error("Telegram does not take this phone number")]
    PhoneNumberInvalid,
    /// Not an e-mail address that Telegram takes.
    #[error("Telegram does not take this e-mail address")]
    EmailInvalid,
    /// A wrong code; the right one may still be entered.
    #[error("the code is wrong")]
    CodeInvalid,
    /// The code was right once; a new one is needed.
    #[error("the code has expired")]
    CodeExpired,
    /// A wrong password of two-step verification.
    #[error("the password is wrong")]
    PasswordInvalid,
    /// The file that keeps it until it is signed in cannot be written.
    #[error("the session cannot be kept")]
    Unkept(#[source] io::Error),
    /// A code is checked, or asked for again, before any was sent.
    #[error("no code was sent yet")]
    NoCodeSent,
    /// A login e-mail address must be set up first, by [`SignIn::set_up_email`]; then the code is sent.
    #[error("Telegram wants a login e-mail address for this account before it sends a code")]
    EmailRequired,
    /// A login e-mail address is set up where none is wanted.
    #[error("Telegram wants no login e-mail address now")]
    EmailNotWanted,
    /// The number belongs to no account.
    #[error("no account has this phone number")]
    SignUpRequired,
    /// The account's code goes a way that this client has not.
    #[error("Telegram sends this account's code in a way that is not known here")]
    OtherWay,
    /// The server's challenge is not safe to answer.
    #[error("the server's challenge to the password is not safe")]
    Srp(#[from] SrpError),
    /// Whoever was to approve the link did not.
    #[error("the link was not approved")]
    Approval(#[source] Box<dyn Error + Send + Sync>),
    /// Nobody approved the link while it held.
    #[error("nobody approved the link in time")]
    LinkNotApproved,
    /// The link was approved too late (`AUTH_TOKEN_EXPIRED`).
    #[error("the link has expired")]
    LinkExpired,
    /// The link let a session in already (`AUTH_TOKEN_ALREADY_ACCEPTED`, `AUTH_TOKEN_INVALID`).
    #[error("the link was used already")]
    LinkUsed,
    /// A reason that is none of the login's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    SignInError {
        Self::PhoneNumberInvalid => "phone_number_invalid" Never,
        Self::EmailInvalid => "email_invalid" Never,
        Self::CodeInvalid => "code_invalid" Never,
        Self::CodeExpired => "code_expired" Never,
        Self::PasswordInvalid => "password_invalid" Never,
        Self::Unkept(_) => "not_kept" Never,
        Self::NoCodeSent => "no_code_sent" Never,
        Self::EmailRequired => "email_required" Never,
        Self::EmailNotWanted => "email_not_wanted" Never,
        Self::SignUpRequired => "sign_up_required" Never,
        Self::OtherWay => "other_way" Never,
        Self::Srp(_) => "unsafe_parameters" Never,
        Self::Approval(_) => "not_approved" Never,
        Self::LinkNotApproved => "link_not_approved" Now,
        Self::LinkExpired => "link_expired" Now,
        Self::LinkUsed => "link_used" Never,
    }
}

impl From<CloudError> for SignInError {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::PhoneNumberInvalid => Self::PhoneNumberInvalid,
            CloudError::EmailInvalid | CloudError::EmailNotAllowed => Self::EmailInvalid,
            CloudError::PhoneCodeInvalid | CloudError::PhoneCodeEmpty | CloudError::CodeInvalid => {
                Self::CodeInvalid
            }
            CloudError::PhoneCodeExpired | CloudError::EmailVerifyExpired => Self::CodeExpired,
            CloudError::PasswordHashInvalid => Self::PasswordInvalid,
            other => Self::Refused(other.into()),
        }
    }
}

/// A link that signs this session in when a signed-in one approves it: `tg://login?token=…`.
///
/// Whoever has it may be let in instead, so it is shown to the person and to nobody else.
#[derive(Clone)]
pub struct LoginLink(Zeroizing<String>);

impl LoginLink {
    fn new(token: &[u8]) -> Self {
        let token = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(token));
        Self(Zeroizing::new(format!("tg://login?token={}", *token)))
    }

    /// The link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LoginLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginLink").finish_non_exhaustive()
    }
}

fn email_code(code: &str) -> enums::EmailVerification {
    enums::EmailVerification::Code(types::EmailVerificationCode { code: code.to_owned() })
}

impl SignIn {
    /// A session to sign in with. It connects when it is first used.
    #[must_use]
    pub fn begin(network: Network, application: Application) -> Self {
        Self { client: Arc::new(Client::new(network, application, None)), sent: None, draft: None }
    }

    /// Keeps the session in a file from now on, sealed, before anybody has let it in: whoever is cut short while it signs
    /// in [opens](Cloud::open_from) it there and [ends](Cloud::log_out) it, whatever became of it. Once it is signed in,
    /// [`Cloud::save_to`] keeps it, and the file is for the caller to remove.
    ///
    /// # Errors
    ///
    /// [`SignInError::Unkept`]; [`SignInError::Refused`] if there is no connection, which the session's key takes.
    pub async fn keep_in(&mut self, path: &Path, key: &StorageKey) -> Result<(), SignInError> {
        let draft = self.draft.insert(Draft::new(path, key));
        self.client.time_offset().await?;
        draft.write(&self.client).await.map_err(SignInError::Unkept)
    }

    /// Ends the session, however far it has come: `auth.logOut#3e72ba19`.
    ///
    /// # Errors
    ///
    /// Any [`CloudError`]; it may not have ended, then. That it was never let in is none.
    pub async fn log_out(&self) -> Result<(), CloudError> {
        log_out(&self.client).await
    }

    /// Sends a code to the account with this phone number: `auth.sendCode#a677244f`. How it travels is in the answer;
    /// for an account that must have a login e-mail address first
    /// ([`SentCodeType::SetUpEmailRequired`](crate::cloud::SentCodeType::SetUpEmailRequired)), none is sent, and
    /// [`set_up_email`](Self::set_up_email) comes next.
    ///
    /// # Errors
    ///
    /// [`SignInError::PhoneNumberInvalid`], [`SignInError::Refused`].
    pub async fn send_code(&mut self, phone_number: &str) -> Result<SentCode, SignInError> {
        let application = self.client.application();
        let request = functions::auth::SendCode {
            phone_number: phone_number.to_owned(),
            api_id: application.api_id,
            api_hash: application.api_hash.clone(),
            settings: convert::code_settings(),
        };
        let sent = self.client.ask_migrating(&request, Repeat::Never).await?;
        self.note(phone_number, sent)
    }

    /// Sends another one, by the next means: `auth.resendCode#cae47523`.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoCodeSent`]; [`SignInError::Refused`].
    pub async fn resend_code(&mut self) -> Result<SentCode, SignInError> {
        let Sent { phone_number, phone_code_hash, .. } = self.sent.clone().ok_or(SignInError::NoCodeSent)?;
        let request =
            functions::auth::ResendCode { phone_number: phone_number.clone(), phone_code_hash, reason: None };
        let sent = self.client.ask(&request, Repeat::Never).await?;
        self.note(&phone_number, sent)
    }

    fn note(&mut self, phone_number: &str, sent: enums::auth::SentCode) -> Result<SentCode, SignInError> {
        let sent = convert::sent_code(sent, "auth.sendCode").map_err(|_| SignInError::OtherWay)?;
        let way = match sent.code_type {
            SentCodeType::Email { .. } => Way::Email,
            SentCodeType::SetUpEmailRequired => Way::EmailToBeSetUp,
            _ => Way::Phone,
        };
        let phone_code_hash = sent.phone_code_hash.clone();
        self.sent = Some(Sent { phone_number: phone_number.to_owned(), phone_code_hash, way });
        Ok(sent)
    }

    /// Sends a code to an address that is to be the account's login e-mail address:
    /// `account.sendVerifyEmailCode#98e037bb`, purpose `emailVerifyPurposeLoginSetup#4345be73`. Sending again is the same
    /// call.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoCodeSent`], [`SignInError::EmailNotWanted`]; [`SignInError::EmailInvalid`],
    /// [`SignInError::Refused`].
    pub async fn set_up_email(&mut self, email: &str) -> Result<SentEmailCode, SignInError> {
        let (purpose, _) = self.email_set_up()?;
        let request = functions::account::SendVerifyEmailCode { purpose, email: email.to_owned() };
        Ok(convert::sent_email_code(self.client.ask(&request, Repeat::Never).await?)?)
    }

    /// Proves that address: `account.verifyEmail#032da4cf`. It is the account's login e-mail address from then on, and
    /// a login code is on its way, as the answer says, for [`check_code`](Self::check_code).
    ///
    /// # Errors
    ///
    /// [`SignInError::NoCodeSent`], [`SignInError::EmailNotWanted`]; [`SignInError::CodeInvalid`],
    /// [`SignInError::CodeExpired`], [`SignInError::Refused`].
    pub async fn confirm_email(&mut self, code: &str) -> Result<SentCode, SignInError> {
        let (purpose, phone_number) = self.email_set_up()?;
        let request = functions::account::VerifyEmail { purpose, verification: email_code(code) };
        match self.client.ask(&request, Repeat::Never).await? {
            enums::account::EmailVerified::Login(verified) => self.note(&phone_number, verified.sent_code),
            enums::account::EmailVerified::Verified(_) => {
                Err(CloudError::UnexpectedAnswer { method: "account.verifyEmail" }.into())
            }
        }
    }

    /// What a login e-mail address is set up for, and the phone number.
    fn email_set_up(&self) -> Result<(enums::EmailVerifyPurpose, String), SignInError> {
        let Sent { phone_number, phone_code_hash, way } = self.sent.clone().ok_or(SignInError::NoCodeSent)?;
        if way != Way::EmailToBeSetUp {
            return Err(SignInError::EmailNotWanted);
        }
        let login =
            types::EmailVerifyPurposeLoginSetup { phone_number: phone_number.clone(), phone_code_hash };
        Ok((enums::EmailVerifyPurpose::LoginSetup(login), phone_number))
    }

    /// Signs in with the code, wherever it was sent: `auth.signIn#8d52a951`.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoCodeSent`], [`SignInError::EmailRequired`], [`SignInError::SignUpRequired`];
    /// [`SignInError::CodeInvalid`], [`SignInError::Refused`].
    pub async fn check_code(&mut self, code: &str) -> Result<Step, SignInError> {
        let Sent { phone_number, phone_code_hash, way } = self.sent.clone().ok_or(SignInError::NoCodeSent)?;
        let (phone_code, email_verification) = match way {
            Way::Phone => (Some(code.to_owned()), None),
            Way::Email => (None, Some(email_code(code))),
            Way::EmailToBeSetUp => return Err(SignInError::EmailRequired),
        };
        let request =
            functions::auth::SignIn { phone_number, phone_code_hash, phone_code, email_verification };
        match self.client.ask(&request, Repeat::Never).await {
            Ok(authorization) => self.signed_in(authorization).await,
            Err(why) => self.password_or(why).await,
        }
    }

    /// Signs in with the account's password: `auth.checkPassword#d18b4d16`, by SRP, which does not show it.
    ///
    /// # Errors
    ///
    /// [`SignInError::PasswordInvalid`], [`SignInError::Srp`], [`SignInError::Refused`].
    pub async fn check_password(&mut self, password: &Password) -> Result<Step, SignInError> {
        let state = self.client.ask(&functions::account::GetPassword {}, Repeat::Harmless).await?;
        let state = convert::account_password(state)?;
        let current = state.current.ok_or(CloudError::PasswordMissing)?;
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
            current.algorithm
        else {
            return Err(Refusal::UpdateRequired.into());
        };
        let algorithm = PasswordAlgorithm { salt1, salt2, g, p };
        let challenge = SrpChallenge { algorithm, srp_b: current.srp_b, srp_id: current.srp_id };
        let password = password.copy();
        let proof = spawn_blocking(move || prove(&password, &challenge)).await;
        let proof = proof.expect("the vault does not panic")?;
        let proof = InputCheckPassword::Srp { srp_id: proof.srp_id, a: proof.a, m1: proof.m1 };
        let request = functions::auth::CheckPassword { password: convert::check_password(proof) };
        let authorization = self.client.ask(&request, Repeat::Never).await?;
        self.signed_in(authorization).await
    }

    /// Signs in by the approval of a session that is signed in, with no code to type.
    ///
    /// `approve` is given the link: it has another session accept it (`auth.acceptLoginToken`), or shows it to the
    /// person as a QR code. The login goes on as soon as Telegram tells of the approval (`updateLoginToken`), whether
    /// `approve` is done by then or was long before; an account with a password then wants it: [`Step::Password`].
    ///
    /// Whoever approves it lets the session in to *their* account: who expects a certain one compares
    /// [`Cloud::user_id`].
    ///
    /// # Errors
    ///
    /// [`SignInError::Approval`] with what `approve` gave, [`SignInError::LinkNotApproved`] when the link's time (half
    /// a minute) is over, [`SignInError::LinkExpired`], [`SignInError::LinkUsed`]; [`SignInError::Refused`].
    pub async fn by_approval<A, F, E>(&mut self, approve: A) -> Result<Step, SignInError>
    where
        A: FnOnce(LoginLink) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let shown = match self.export_token().await {
            Ok(enums::auth::LoginToken::Token(token)) => token,
            answer => return self.take_in(answer).await,
        };
        let lifetime = i64::from(shown.expires) - unix_time() - self.client.time_offset().await?;
        let lifetime = u64::try_from(lifetime.clamp(0, LONGEST_LINK)).expect("not negative");
        let over = Instant::now() + Duration::from_secs(lifetime);
        let mut approved = false;
        let outcome = self.until_approved(&shown.token, over, approve, &mut approved).await;
        // What was approved may let this session in, whether or not that is heard.
        outcome.map_err(|error| match error {
            SignInError::Refused(Refusal::Offline(why)) if approved => {
                SignInError::Refused(Refusal::OutcomeUnknown(why))
            }
            error => error,
        })
    }

    /// Waits for the approval of a link that is good until then, and for Telegram to tell of it.
    async fn until_approved<A, F, E>(
        &mut self,
        token: &[u8],
        over: Instant,
        approve: A,
        approved: &mut bool,
    ) -> Result<Step, SignInError>
    where
        A: FnOnce(LoginLink) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut told = self.client.login_tokens().await?;
        let mut approving = pin!(approve(LoginLink::new(token)));
        loop {
            let is_over = tokio::select! {
                outcome = &mut approving, if !*approved => {
                    outcome.map_err(|why| SignInError::Approval(why.into()))?;
                    // Who asks before Telegram tells of it is given another link, and the approved one is void.
                    *approved = true;
                    continue;
                }
                Ok(()) = told.changed() => false,
                () = sleep(KEEP_ALIVE) => {
                    self.client.ask_bare(&functions::Ping { ping_id: 0 }, Repeat::Harmless).await?;
                    continue;
                }
                // What was told may have been lost on the way; nothing is made void any more by looking.
                () = sleep_until(over) => true,
            };
            match self.export_token().await {
                // Not yet, whoever told us what.
                Ok(enums::auth::LoginToken::Token(again)) if again.token == token && !is_over => {}
                Ok(enums::auth::LoginToken::Token(_)) => return Err(SignInError::LinkNotApproved),
                answer => return self.take_in(answer).await,
            }
        }
    }

    /// `auth.exportLoginToken#b7e085fe`
    async fn export_token(&self) -> Result<enums::auth::LoginToken, CloudError> {
        let application = self.client.application();
        let request = functions::auth::ExportLoginToken {
            api_id: application.api_id,
            api_hash: application.api_hash.clone(),
            except_ids: Vec::new(),
        };
        self.client.ask(&request, Repeat::Harmless).await
    }

    /// What an approved link leads to: here, or to the account's data centre.
    async fn take_in(
        &self,
        mut answer: Result<enums::auth::LoginToken, CloudError>,
    ) -> Result<Step, SignInError> {
        if let Ok(enums::auth::LoginToken::MigrateTo(elsewhere)) = answer {
            self.client.set_home(elsewhere.dc_id);
            if let Some(draft) = &self.draft {
                self.client.time_offset().await?;
                draft.write(&self.client).await.map_err(SignInError::Unkept)?;
            }
            let import = functions::auth::ImportLoginToken { token: elsewhere.token };
            answer = self.client.ask(&import, Repeat::Never).await;
        }
        match answer {
            Ok(enums::auth::LoginToken::Success(success)) => self.signed_in(success.authorization).await,
            Ok(_) => Err(CloudError::UnexpectedAnswer { method: "auth.importLoginToken" }.into()),
            Err(why) => self.password_or(why).await,
        }
    }

    async fn password_or(&self, why: CloudError) -> Result<Step, SignInError> {
        let CloudError::Other { message, .. } = &why else { return Err(why.into()) };
        match message.as_str() {
            "SESSION_PASSWORD_NEEDED" => {
                let state = self.client.ask(&functions::account::GetPassword {}, Repeat::Harmless).await?;
                Ok(Step::Password { hint: convert::account_password(state)?.hint })
            }
            "AUTH_TOKEN_EXPIRED" => Err(SignInError::LinkExpired),
            "AUTH_TOKEN_ALREADY_ACCEPTED" | "AUTH_TOKEN_INVALID" => Err(SignInError::LinkUsed),
            _ => Err(why.into()),
        }
    }

    async fn signed_in(&self, authorization: enums::auth::Authorization) -> Result<Step, SignInError> {
        let enums::auth::Authorization::Authorization(types::auth::Authorization { user, .. }) =
            authorization
        else {
            return Err(SignInError::SignUpRequired);
        };
        self.client.signed_in().await?;
        Ok(Step::Ready(Cloud::new(Arc::clone(&self.client), user.id())))
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
            SignInError::PhoneNumberInvalid,
            SignInError::EmailInvalid,
            SignInError::CodeInvalid,
            SignInError::CodeExpired,
            SignInError::PasswordInvalid,
            SignInError::Unkept(io::ErrorKind::StorageFull.into()),
            SignInError::NoCodeSent,
            SignInError::EmailRequired,
            SignInError::EmailNotWanted,
            SignInError::SignUpRequired,
            SignInError::OtherWay,
            SignInError::Srp(SrpError::NotSafePrime),
            SignInError::Approval("it is not mine".into()),
            SignInError::LinkNotApproved,
            SignInError::LinkExpired,
            SignInError::LinkUsed,
            SignInError::from(CloudError::FloodWait { seconds: 7 }),
        ];
        let all: Vec<&dyn OperationError> = errors.iter().map(|error| error as &dyn OperationError).collect();
        are_told_well(SignInError::CODES, &all);
    }
}
