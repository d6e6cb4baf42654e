//! Signing in: by a code sent to the phone, or by the approval of a session that is signed in.

use std::error::Error;
use std::fmt;
use std::future::{Future, pending};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use grammers_tl_types as tl;
use tl::{enums, functions, types};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};

use super::Network;
use super::client::Client;
use super::clock::unix_time;
use super::cloud::Cloud;
use super::convert;
use super::devices::log_out;
use super::saved::Draft;
use super::session::Repeat;
use crate::cloud::{AccountPassword, CloudError, InputCheckPassword, PasswordKdfAlgo, SentCodeType};
use crate::element::PhoneNumber;
use crate::login::{Application, LoginError, LoginLink, LoginSteps, Step};
use crate::passport::recovery::recovery_settings;
use crate::passport::sealed::Sealed;
use crate::passport::{AcceptLoss, PasswordError, Refusal, SentPhoneCode, judge_new_password};
use crate::vault::at_rest::StorageKey;
use crate::vault::{Password, PasswordAlgorithm, SrpChallenge, prove};

/// For how many seconds a link is taken to hold, whatever a server says: at least, and at most.
const LINK_LIFETIME: (i64, i64) = (1, 600);

/// How often a word is exchanged while a link waits for its approval, so that the connection stays.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// What a person does not panic for is a bug here.
const NO_PANIC: &str = "the vault does not panic";

/// A login under way, over the vault's own connection.
///
/// [`LoginSteps`] answers what it wants; at [`Step::Ready`] there is a [`Cloud`]. Nothing that goes out here shows the
/// password.
#[derive(Debug)]
pub struct Login {
    client: Arc<Client>,
    reached: Mutex<Reached>,
    /// Where it is kept until it is signed in.
    draft: Option<Draft>,
}

/// How far a login has come.
struct Reached {
    step: Step,
    /// What codes were sent for.
    flow: Option<Flow>,
    /// The link that waits for its approval.
    shown: Option<Shown>,
    /// Whose account it is signed in to.
    user_id: Option<i64>,
}

/// A login by codes.
#[derive(Clone)]
struct Flow {
    phone_number: String,
    /// What names it.
    phone_code_hash: String,
    /// The address that is to become the account's login e-mail address, while that is being proved.
    new_email: Option<String>,
}

/// A link that waits for its approval.
#[derive(Clone)]
struct Shown {
    token: Vec<u8>,
    over: Instant,
    /// Changes with every approved login that Telegram tells of since the link was asked for.
    told: watch::Receiver<u64>,
}

impl fmt::Debug for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reached").field("step", &self.step).finish_non_exhaustive()
    }
}

impl Login {
    /// A session to sign in with, and what it wants first. It connects when it is first used.
    #[must_use]
    pub fn begin(network: Network, application: Application) -> (Self, Step) {
        let client = Arc::new(Client::new(network, application, None));
        let reached = Reached { step: Step::PhoneNumber, flow: None, shown: None, user_id: None };
        (Self { client, reached: Mutex::new(reached), draft: None }, Step::PhoneNumber)
    }

    /// Keeps the session in a file from now on, sealed, before anybody has let it in: whoever is cut short while it signs
    /// in [opens](Cloud::open_from) it there and [ends](Cloud::log_out) it, whatever became of it. Once it is signed in,
    /// [`Cloud::save_to`] keeps it, and the file is for the caller to remove.
    ///
    /// # Errors
    ///
    /// [`LoginError::Unkept`]; [`LoginError::Refused`] if there is no connection, which the session's key takes.
    pub async fn keep_in(&mut self, path: &Path, key: &StorageKey) -> Result<(), LoginError> {
        let draft = self.draft.insert(Draft::new(path, key));
        self.client.time_offset().await?;
        draft.write(&self.client).await.map_err(LoginError::Unkept)
    }

    /// Ends the session, however far it has come: `auth.logOut#3e72ba19`.
    ///
    /// # Errors
    ///
    /// Any [`CloudError`]; it may not have ended, then. That it was never let in is none.
    pub async fn log_out(&self) -> Result<(), CloudError> {
        log_out(&self.client).await
    }

    /// The account's cloud, at [`Step::Ready`].
    ///
    /// # Errors
    ///
    /// [`LoginError::NotReady`] otherwise, with the login to go on with.
    pub async fn finish(self) -> Result<Cloud, (LoginError, Self)> {
        self.cloud().ok_or((LoginError::NotReady, self))
    }

    /// The account's cloud, if it is signed in.
    pub(crate) fn cloud(&self) -> Option<Cloud> {
        self.reached().user_id.map(|user_id| Cloud::new(Arc::clone(&self.client), user_id))
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
    /// [`LoginError::Approval`] with what `approve` gave, [`LoginError::LinkNotApproved`] when the link's time (half
    /// a minute) is over, [`LoginError::LinkExpired`], [`LoginError::LinkInvalid`] if it let a session in already;
    /// [`LoginError::Refused`].
    pub async fn by_approval<A, F, E>(&self, approve: A) -> Result<Step, LoginError>
    where
        A: FnOnce(LoginLink) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let step = self.request_link().await?;
        let Step::OtherDevice(link) = &step else { return Ok(step) };
        let mut approving = pin!(approve(link.clone()));
        let mut changing = pin!(self.link_changed(None));
        let mut approved = false;
        let outcome = loop {
            tokio::select! {
                outcome = &mut approving, if !approved => {
                    outcome.map_err(|why| LoginError::Approval(why.into()))?;
                    // Who asks before Telegram tells of it is given another link, and the approved one is void.
                    approved = true;
                }
                outcome = &mut changing => break outcome,
            }
        };
        match outcome {
            Ok(Step::OtherDevice(_)) => Err(LoginError::LinkNotApproved),
            // What was approved may let this session in, whether or not that is heard.
            Err(LoginError::Refused(Refusal::Offline(why))) if approved => {
                Err(Refusal::OutcomeUnknown(why).into())
            }
            outcome => outcome,
        }
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wanted from now on.
    fn now(&self, step: Step) -> Step {
        self.reached().step = step.clone();
        step
    }

    /// The login by codes, if one of these steps is what it wants.
    fn flow(&self, wanted: impl FnOnce(&Step) -> bool) -> Result<Flow, LoginError> {
        let reached = self.reached();
        let flow = reached.flow.clone().filter(|_| wanted(&reached.step));
        flow.ok_or(LoginError::OtherStep)
    }

    /// That the password is wanted.
    fn at_password(&self) -> Result<(), LoginError> {
        match self.reached().step {
            Step::Password { .. } => Ok(()),
            _ => Err(LoginError::OtherStep),
        }
    }

    /// Notes a code that was sent, or what took its place.
    async fn sent(&self, phone_number: &str, sent: enums::auth::SentCode) -> Result<Step, LoginError> {
        let sent = match sent {
            enums::auth::SentCode::Success(success) => return self.signed_in(success.authorization).await,
            enums::auth::SentCode::PaymentRequired(_) => {
                return Ok(self.now(Step::Unknown("auth.sentCodePaymentRequired".to_owned())));
            }
            sent => convert::sent_code(sent, "auth.sendCode")?,
        };
        self.reached().flow = Some(Flow {
            phone_number: phone_number.to_owned(),
            phone_code_hash: sent.phone_code_hash.clone(),
            new_email: None,
        });
        Ok(self.now(match sent.code_type {
            SentCodeType::Email { pattern, length } => Step::EmailCode(convert::mailed(pattern, length)),
            SentCodeType::SetUpEmailRequired => Step::EmailAddress,
            way => Step::Code(SentPhoneCode {
                // As TDLib tells it, however it was written.
                phone_number: PhoneNumber(phone_number.chars().filter(char::is_ascii_digit).collect()),
                way,
                next_way: sent.next_type,
                resend_after: sent.timeout,
                phone_code_hash: sent.phone_code_hash,
            }),
        }))
    }

    /// Sends a code to an address that is to be the login e-mail address.
    async fn send_to_new_email(&self, flow: Flow, address: &str) -> Result<Step, LoginError> {
        let request = functions::account::SendVerifyEmailCode {
            purpose: login_set_up(&flow),
            email: address.to_owned(),
        };
        let sent = convert::sent_email_code(self.client.ask(&request, Repeat::Never).await?)?;
        self.reached().flow = Some(Flow { new_email: Some(address.to_owned()), ..flow });
        Ok(self.now(Step::EmailCode(sent)))
    }

    /// `auth.signIn#8d52a951`
    async fn sign_in(
        &self,
        flow: Flow,
        phone_code: Option<String>,
        email_verification: Option<enums::EmailVerification>,
    ) -> Result<Step, LoginError> {
        let Flow { phone_number, phone_code_hash, .. } = flow;
        let request =
            functions::auth::SignIn { phone_number, phone_code_hash, phone_code, email_verification };
        match self.client.ask(&request, Repeat::Never).await {
            Ok(authorization) => self.signed_in(authorization).await,
            Err(why) => self.password_or(why).await,
        }
    }

    async fn account_password(&self) -> Result<AccountPassword, CloudError> {
        convert::account_password(
            self.client.ask(&functions::account::GetPassword {}, Repeat::Harmless).await?,
        )
    }

    /// `auth.exportLoginToken#b7e085fe`
    async fn export_token(&self) -> Result<enums::auth::LoginToken, CloudError> {
        let application = self.client.application();
        let request = functions::auth::ExportLoginToken {
            api_id: application.api_id,
            api_hash: application.api_hash.to_string(),
            except_ids: Vec::new(),
        };
        self.client.ask(&request, Repeat::Harmless).await
    }

    /// Notes a link that waits for its approval from now on.
    async fn shown(
        &self,
        shown: types::auth::LoginToken,
        told: watch::Receiver<u64>,
    ) -> Result<Step, LoginError> {
        let link = LoginLink::of_token(&shown.token)
            .map_err(|_| CloudError::UnexpectedAnswer { method: "auth.exportLoginToken" })?;
        let lifetime = i64::from(shown.expires) - unix_time() - self.client.time_offset().await?;
        let (shortest, longest) = LINK_LIFETIME;
        let lifetime = lifetime.clamp(shortest, longest).unsigned_abs();
        let over = Instant::now() + Duration::from_secs(lifetime);
        self.reached().shown = Some(Shown { token: shown.token, over, told });
        Ok(self.now(Step::OtherDevice(link)))
    }

    /// Waits for the approval of the link, and for Telegram to tell of it; gives another link if its time is over before.
    async fn link_changed(&self, time_out: Option<Duration>) -> Result<Step, LoginError> {
        let Shown { token, over, mut told } = self.reached().shown.clone().ok_or(LoginError::OtherStep)?;
        let mut given_up = pin!(async move {
            match time_out {
                Some(time_out) => {
                    sleep(time_out).await;
                    time_out
                }
                None => pending().await,
            }
        });
        loop {
            let is_over = tokio::select! {
                Ok(()) = told.changed() => false,
                () = sleep(KEEP_ALIVE) => {
                    self.client.ask_bare(&functions::Ping { ping_id: 0 }, Repeat::Harmless).await?;
                    continue;
                }
                // What was told may have been lost on the way; nothing is made void any more by looking.
                () = sleep_until(over) => true,
                after = &mut given_up => return Err(LoginError::NothingHappened { after }),
            };
            match self.export_token().await {
                // Not yet, whoever told us what.
                Ok(enums::auth::LoginToken::Token(again)) if again.token == token && !is_over => {}
                Ok(enums::auth::LoginToken::Token(another)) => return self.shown(another, told).await,
                answer => return self.take_in(answer).await,
            }
        }
    }

    /// What an approved link leads to: here, or to the account's data centre.
    async fn take_in(
        &self,
        mut answer: Result<enums::auth::LoginToken, CloudError>,
    ) -> Result<Step, LoginError> {
        if let Ok(enums::auth::LoginToken::MigrateTo(elsewhere)) = answer {
            self.client.set_home(elsewhere.dc_id);
            if let Some(draft) = &self.draft {
                self.client.time_offset().await?;
                draft.write(&self.client).await.map_err(LoginError::Unkept)?;
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

    /// The step that asks for the password, if that is what the server says.
    async fn password_or(&self, why: CloudError) -> Result<Step, LoginError> {
        match &why {
            CloudError::Other { message, .. } if message == "SESSION_PASSWORD_NEEDED" => {
                let account = self.account_password().await?;
                Ok(self.now(Step::Password {
                    hint: account.hint,
                    has_recovery_email: account.has_recovery,
                    has_passport_data: account.has_secure_values,
                    recovery_email_pattern: None,
                }))
            }
            _ => Err(why.into()),
        }
    }

    async fn signed_in(&self, authorization: enums::auth::Authorization) -> Result<Step, LoginError> {
        match authorization {
            enums::auth::Authorization::Authorization(types::auth::Authorization { user, .. }) => {
                self.client.signed_in().await?;
                self.reached().user_id = Some(user.id());
                Ok(self.now(Step::Ready))
            }
            enums::auth::Authorization::SignUpRequired(required) => {
                let terms_of_service = required.terms_of_service.map(|terms| {
                    let enums::help::TermsOfService::Service(terms) = terms;
                    terms.text
                });
                Ok(self.now(Step::Registration { terms_of_service }))
            }
        }
    }
}

impl Sealed for Login {}

impl LoginSteps for Login {
    fn step(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(async move { Ok(self.reached().step.clone()) })
    }

    fn changed<'a>(&'a self, from: &'a Step, time_out: Duration) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let until = Instant::now() + time_out;
            loop {
                let now = self.reached().step.clone();
                if now != *from {
                    return Ok(now);
                }
                let left = until.saturating_duration_since(Instant::now());
                match now {
                    Step::OtherDevice(_) if !left.is_zero() => match self.link_changed(Some(left)).await {
                        Err(LoginError::NothingHappened { .. }) => {}
                        changed => drop(changed?),
                    },
                    // Nothing else changes by itself.
                    _ => {
                        sleep(left).await;
                        return Err(LoginError::NothingHappened { after: time_out });
                    }
                }
            }
        })
    }

    /// `auth.sendCode#a677244f`
    fn set_phone_number<'a>(&'a self, phone_number: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            if self.reached().user_id.is_some() {
                return Err(LoginError::OtherStep);
            }
            let application = self.client.application();
            let request = functions::auth::SendCode {
                phone_number: phone_number.to_owned(),
                api_id: application.api_id,
                api_hash: application.api_hash.to_string(),
                settings: convert::code_settings(),
            };
            let sent = self.client.ask_migrating(&request, Repeat::Never).await?;
            self.sent(phone_number, sent).await
        })
    }

    /// `auth.resendCode#cae47523`; a code to a new address is sent there once more.
    fn resend_code(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(async move {
            let flow = self.flow(|step| matches!(step, Step::Code(_) | Step::EmailCode(_)))?;
            if let Some(address) = flow.new_email.clone() {
                return self.send_to_new_email(flow, &address).await;
            }
            let Flow { phone_number, phone_code_hash, .. } = flow;
            let request = functions::auth::ResendCode {
                phone_number: phone_number.clone(),
                phone_code_hash,
                reason: None,
            };
            let sent = self.client.ask(&request, Repeat::Never).await?;
            self.sent(&phone_number, sent).await
        })
    }

    fn check_code<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let flow = self.flow(|step| matches!(step, Step::Code(_)))?;
            self.sign_in(flow, Some(code.to_owned()), None).await
        })
    }

    /// `account.sendVerifyEmailCode#98e037bb`, purpose `emailVerifyPurposeLoginSetup#4345be73`
    fn set_email_address<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let flow = self.flow(|step| *step == Step::EmailAddress)?;
            self.send_to_new_email(flow, address).await
        })
    }

    /// `auth.signIn#8d52a951`; for a new address, `account.verifyEmail#032da4cf`: it is the account's login e-mail address
    /// from then on, and a login code is on its way.
    fn check_email_code<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let flow = self.flow(|step| matches!(step, Step::EmailCode(_)))?;
            let verification =
                enums::EmailVerification::Code(types::EmailVerificationCode { code: code.to_owned() });
            if flow.new_email.is_none() {
                return self.sign_in(flow, None, Some(verification)).await;
            }
            let purpose = login_set_up(&flow);
            let request = functions::account::VerifyEmail { purpose, verification };
            match self.client.ask(&request, Repeat::Never).await? {
                enums::account::EmailVerified::Login(verified) => {
                    self.sent(&flow.phone_number, verified.sent_code).await
                }
                enums::account::EmailVerified::Verified(_) => {
                    Err(CloudError::UnexpectedAnswer { method: "account.verifyEmail" }.into())
                }
            }
        })
    }

    /// `auth.signUp#aac7b717`
    fn register<'a>(
        &'a self,
        first_name: &'a str,
        last_name: &'a str,
    ) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let flow = self.flow(|step| matches!(step, Step::Registration { .. }))?;
            let request = functions::auth::SignUp {
                no_joined_notifications: true,
                phone_number: flow.phone_number,
                phone_code_hash: flow.phone_code_hash,
                first_name: first_name.to_owned(),
                last_name: last_name.to_owned(),
            };
            let authorization = self.client.ask(&request, Repeat::Never).await?;
            self.signed_in(authorization).await
        })
    }

    /// `auth.checkPassword#d18b4d16`, by SRP, which does not show it.
    ///
    /// # Errors
    ///
    /// [`LoginError::PasswordInvalid`], [`LoginError::Srp`].
    fn check_password<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            self.at_password()?;
            let current = self.account_password().await?.current.ok_or(CloudError::PasswordMissing)?;
            let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
                current.algorithm
            else {
                return Err(Refusal::UpdateRequired.into());
            };
            let algorithm = PasswordAlgorithm { salt1, salt2, g, p };
            let challenge = SrpChallenge { algorithm, srp_b: current.srp_b, srp_id: current.srp_id };
            let password = password.copy();
            let proof = spawn_blocking(move || prove(&password, &challenge)).await.expect(NO_PANIC)?;
            let proof = InputCheckPassword::Srp { srp_id: proof.srp_id, a: proof.a, m1: proof.m1 };
            let request = functions::auth::CheckPassword { password: convert::check_password(proof) };
            let authorization = self.client.ask(&request, Repeat::Never).await?;
            self.signed_in(authorization).await
        })
    }

    /// `auth.requestPasswordRecovery#d897bc66`
    fn request_password_recovery(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(async move {
            self.at_password()?;
            let enums::auth::PasswordRecovery::Recovery(recovery) =
                self.client.ask(&functions::auth::RequestPasswordRecovery {}, Repeat::Never).await?;
            let mut reached = self.reached();
            if let Step::Password { recovery_email_pattern, .. } = &mut reached.step {
                *recovery_email_pattern = Some(recovery.email_pattern);
            }
            Ok(reached.step.clone())
        })
    }

    /// `auth.checkRecoveryPassword#0d36bf79` and `auth.recoverPassword#37096c70`
    fn recover_password<'a>(
        &'a self,
        code: &'a str,
        new: Option<(&'a Password, &'a str)>,
        _: AcceptLoss,
    ) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            if let Some((new, hint)) = new {
                judge_new_password(new, hint).map_err(LoginError::Unfit)?;
            }
            self.at_password()?;
            let check = functions::auth::CheckRecoveryPassword { code: code.to_owned() };
            if !self.client.ask(&check, Repeat::Harmless).await? {
                return Err(CloudError::UnexpectedAnswer { method: "auth.checkRecoveryPassword" }.into());
            }
            let new_settings = match new {
                None => None,
                Some(new) => {
                    let offered = self.account_password().await?.new_algo;
                    Some(recovery_settings(new, &offered).await.map_err(unset)?)
                }
            };
            let request = functions::auth::RecoverPassword {
                code: code.to_owned(),
                new_settings: new_settings.map(convert::new_settings_to_tl),
            };
            let authorization = self.client.ask(&request, Repeat::Never).await?;
            self.signed_in(authorization).await
        })
    }

    /// `auth.exportLoginToken#b7e085fe`
    fn request_link(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(async move {
            if self.reached().user_id.is_some() {
                return Err(LoginError::OtherStep);
            }
            match self.export_token().await {
                Ok(enums::auth::LoginToken::Token(token)) => {
                    let told = self.client.login_tokens().await?;
                    self.shown(token, told).await
                }
                answer => self.take_in(answer).await,
            }
        })
    }
}

/// What a login e-mail address is set up for.
fn login_set_up(flow: &Flow) -> enums::EmailVerifyPurpose {
    enums::EmailVerifyPurpose::LoginSetup(types::EmailVerifyPurposeLoginSetup {
        phone_number: flow.phone_number.clone(),
        phone_code_hash: flow.phone_code_hash.clone(),
    })
}

/// Why a new password is not set.
fn unset(why: PasswordError) -> LoginError {
    match why {
        PasswordError::Srp(why) => LoginError::Srp(why),
        PasswordError::Refused(why) => LoginError::Refused(why),
        why => LoginError::Unfit(why),
    }
}
