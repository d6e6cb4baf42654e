//! `login [--phone NUMBER | --qr] [--keyring PLACE] [--remember-password]`.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use telegram_passport::cloud::MailedCode;
use telegram_passport::login::{LoginError, LoginLink, LoginSteps, Step};
use telegram_passport::passport::{AcceptLoss, SentPhoneCode};
use telegram_passport::tdlib::Me;
use telegram_passport::vault::Password;
use telegram_passport_sandbox::state::CodePurpose;
use zeroize::Zeroizing;

use crate::account::{self, Account, Begun, KeptPassword, KeyringKind, Keys, Place, Record, Server};
use crate::answer::Answer;
use crate::arguments;
use crate::asking::{Answered, Asker};
use crate::command::password::new_password;
use crate::deed::{self, Deed};
use crate::failure::Failure;
use crate::printable;
use crate::sandbox_codes::SandboxCodes;

/// How long a QR code is shown before nobody seems to come.
const QR_TIME_OUT: Duration = Duration::from_secs(300);

/// The word that lets a forgotten password take the Passport with it.
const LOSE: &str = "lose my documents";

/// A password that is set while signing in has no hint; `password change` gives it one.
const NO_HINT: &str = "";

#[derive(Serialize)]
struct SignedIn {
    account: String,
    server: String,
    user: User,
    keyring: KeyringKind,
    password_kept: bool,
    /// Whether it was signed in before.
    already: bool,
    /// What became of a password that was forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<Forgotten>,
    /// Whether everything stored was lost with the password before, which was recovered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lost: bool,
}

/// What became of a password that was forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Forgotten {
    Replaced,
    Removed,
}

/// Who is signed in.
#[derive(Serialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) phone_number: String,
}

impl User {
    pub(crate) fn new(me: &Me) -> Self {
        let name = format!("{} {}", me.first_name, me.last_name);
        Self { id: me.id, name: printable::line(name.trim()), phone_number: me.phone_number.clone() }
    }
}

pub(crate) async fn run(options: &arguments::Login) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.account.password_stdin);
    let account = Account::named(&options.account.account_name()?)?;
    let known = account.record()?;
    let server = match &known {
        Some(record) => Server::of(&account.name, record, options.account.sandbox.as_deref())?,
        None => Server::choose(options.account.sandbox.as_deref())?,
    };
    server.must_listen()?;
    let codes = options.sandbox_codes.then(|| SandboxCodes::from_now(&server)).transpose()?;
    let is_new = known.is_none();
    let (record, keys) = match known {
        Some(record) => {
            if options.keyring.is_some_and(|wished| wished != record.keyring) {
                return Err(Failure::usage(format!(
                    "the account keeps its key in {}",
                    record.keyring.words()
                ))
                .remedy("To keep it elsewhere, `tgpassport logout` and sign in anew."));
            }
            may_keep(record.keyring, options)?;
            let keys = Keys::of(&account, &record, asker).await?;
            (record, keys)
        }
        None => make(&account, &server, options, asker).await?,
    };
    let place = Place { account: &account, keys: &keys, server: &server };
    let (begun, aside) = match account::begin_to_sign_in(place).await {
        Ok((begun, aside)) => (Ok(begun), aside),
        Err(failure) => (Err(failure), None),
    };
    let ended = match begun {
        Ok(Begun::SignedIn(session)) => Ok((session, None)),
        Ok(Begun::Login(login, step)) => {
            let mut dialogue = Dialogue { login: &login, asker, options, codes, seen: Seen::default() };
            let outcome = dialogue.run(step).await;
            let seen = dialogue.seen;
            match outcome {
                Ok(()) => match login.finish().await {
                    Ok(session) => Ok((session, Some(seen))),
                    Err((error, _)) => Err(Failure::from(error)),
                },
                Err(failure) => {
                    // What was reached stays; what does not close in time closes later.
                    let _ = login.close().await;
                    Err(failure)
                }
            }
        }
        Err(failure) => Err(failure),
    };
    let (session, seen) = match ended {
        Ok(ended) => ended,
        Err(failure) => {
            let nobody_signed_in = !failure.is_unknown() && deed::none();
            if let Some(aside) = aside.filter(|_| nobody_signed_in) {
                aside.back()?;
            }
            // So there is no account, and no key of one. Where that is not certain, the next login finds what there is.
            if is_new && nobody_signed_in {
                keys.forget().await?;
                account.forget()?;
            }
            return Err(failure);
        }
    };
    let already = seen.is_none();
    if !already {
        Deed::sign_in().note();
    }
    let me = session.me().await?;
    let kept = KeptPassword::new(&account, &keys, &record);
    if options.remember_password {
        kept.wished();
    }
    let Seen { password, lost } = seen.unwrap_or_default();
    let forgotten = match password {
        SeenPassword::Unasked => None,
        SeenPassword::Is(password) => {
            kept.is_now(&password).await;
            None
        }
        SeenPassword::Replaced(password) => {
            kept.is_now(&password).await;
            Some(Forgotten::Replaced)
        }
        SeenPassword::Removed => {
            kept.is_not_it().await;
            Some(Forgotten::Removed)
        }
    };
    let password_kept = kept.is_there();
    let mut warnings = kept.warnings();
    warnings.note(session.set_unknown_vault_channel_aside().await.map_err(Failure::from));
    warnings.note(session.close().await.map_err(Failure::from));
    Ok(warnings.beside(SignedIn {
        account: account.name.to_string(),
        server: server.to_string(),
        user: User::new(&me),
        keyring: record.keyring,
        password_kept,
        already,
        password: forgotten,
        lost,
    }))
}

/// The record and the key of an account that is new here.
async fn make(
    account: &Account,
    server: &Server,
    options: &arguments::Login,
    asker: Asker,
) -> Result<(Record, Keys), Failure> {
    let usual = if server.sandbox().is_some() { KeyringKind::Beside } else { KeyringKind::Os };
    let keyring = options.keyring.unwrap_or(usual);
    if keyring == KeyringKind::Beside && server.sandbox().is_none() {
        return Err(Failure::usage(
            "--keyring beside is for sandboxes: a real account's key lies nowhere unlocked",
        ));
    }
    may_keep(keyring, options)?;
    let sandbox = server.sandbox().map(|sandbox| sandbox.record());
    let keyring_name = Keys::new_name(account)?;
    let record = Record { keyring, keyring_name, password_kept: false, remember_password: false, sandbox };
    let made = match Keys::make(account, &record, asker).await {
        Ok(keys) => account.remember(&record).map(|()| keys),
        Err(failure) => Err(failure),
    };
    match made {
        Ok(keys) => Ok((record, keys)),
        Err(failure) => {
            account.forget()?;
            Err(failure)
        }
    }
}

/// A password is kept where it is locked up, or not at all.
fn may_keep(keyring: KeyringKind, options: &arguments::Login) -> Result<(), Failure> {
    if keyring == KeyringKind::Beside && options.remember_password {
        return Err(Failure::usage("--remember-password needs a keyring: --keyring os or --keyring file"));
    }
    Ok(())
}

/// A login, question by question.
struct Dialogue<'a> {
    login: &'a dyn LoginSteps,
    asker: Asker,
    options: &'a arguments::Login,
    /// Where the code is taken from in place of asking.
    codes: Option<SandboxCodes>,
    seen: Seen,
}

/// What a login has seen on its way.
#[derive(Default)]
struct Seen {
    password: SeenPassword,
    /// Everything that was stored went with a password that was forgotten.
    lost: bool,
}

/// The account's password.
#[derive(Default)]
enum SeenPassword {
    /// Nobody asked for it.
    #[default]
    Unasked,
    /// It is this one.
    Is(Zeroizing<String>),
    /// It was forgotten, and is this one now.
    Replaced(Zeroizing<String>),
    /// There is none any more.
    Removed,
}

impl Dialogue<'_> {
    async fn run(&mut self, first: Step) -> Result<(), Failure> {
        let mut step = first;
        loop {
            step = match step {
                Step::Ready => return Ok(()),
                Step::PhoneNumber if self.options.qr => self.login.request_link().await?,
                Step::PhoneNumber => self.phone_number().await?,
                Step::Code(sent) => self.code(sent).await?,
                Step::EmailAddress => self.email_address().await?,
                Step::EmailCode(sent) => self.email_code(&sent).await?,
                Step::OtherDevice(link) => self.other_device(link).await?,
                Step::Registration { terms_of_service } => {
                    self.registration(terms_of_service.as_deref()).await?
                }
                Step::Password { .. } => self.two_step(&step).await?,
                Step::Unknown(state) => {
                    return Err(Failure::failed(format!(
                        "Telegram wants something that this program does not offer ({state})"
                    ))
                    .remedy(
                        "With --qr a device that is signed in lets this one in; an official app is one.",
                    ));
                }
                _ => {
                    return Err(Failure::failed("the session was ended while signing in")
                        .remedy("`tgpassport login` begins anew."));
                }
            };
        }
    }

    async fn phone_number(&self) -> Result<Step, Failure> {
        if let Some(number) = &self.options.phone {
            return self.login.set_phone_number(number).await.map_err(Failure::from);
        }
        self.asker
            .until("Phone number", false, async |number| judged(self.login.set_phone_number(&number).await))
            .await
    }

    async fn code(&mut self, sent: SentPhoneCode) -> Result<Step, Failure> {
        if let Some(codes) = &mut self.codes {
            let code = codes.next(&sent.phone_number.0, CodePurpose::LogIn).await?;
            return signing_in(self.login.check_code(&code), |error| error.into()).await;
        }
        self.asker.tell(&announcement(&sent));
        self.asker
            .until("Code", true, async |code| {
                if !code.trim().is_empty() {
                    return answered(self.login.check_code(code.trim())).await;
                }
                Ok(match self.login.resend_code().await {
                    Ok(Step::Code(sent)) => {
                        self.asker.tell(&announcement(&sent));
                        Answered::Again
                    }
                    Ok(step) => Answered::Well(step),
                    Err(error) => Answered::Wrong(Failure::from(error)),
                })
            })
            .await
    }

    async fn email_address(&self) -> Result<Step, Failure> {
        self.asker
            .tell("Telegram wants an e-mail address for this account: the codes of later logins go there.");
        self.asker
            .until("E-mail address", false, async |address| {
                judged(self.login.set_email_address(address.trim()).await)
            })
            .await
    }

    async fn email_code(&self, sent: &MailedCode) -> Result<Step, Failure> {
        let to = sent.email_pattern.as_deref().map_or_else(|| "your address".to_owned(), printable::line);
        self.asker.tell(&format!("A code was mailed to {to}."));
        let code = async |code: Zeroizing<String>| answered(self.login.check_email_code(code.trim())).await;
        self.asker.until("Code", true, code).await
    }

    async fn other_device(&self, link: LoginLink) -> Result<Step, Failure> {
        // The link is for whoever sits here, and is worth nothing soon.
        let shown = writeln!(
            io::stderr(),
            "{}\nScan this in Telegram: Settings, Devices, Link Desktop Device. Or, on a machine that is signed in:\n\
             tgpassport approve '{}'",
            link.to_terminal(),
            link.as_str()
        );
        shown.map_err(|error| Failure::failed(format!("the QR code cannot be shown: {error}")))?;
        let from = Step::OtherDevice(link);
        self.login.changed(&from, QR_TIME_OUT).await.map_err(Failure::from)
    }

    async fn registration(&self, terms: Option<&str>) -> Result<Step, Failure> {
        self.asker.tell("This number has no account yet: Telegram makes one.");
        if let Some(terms) = terms {
            let terms = terms.lines().map(printable::line).collect::<Vec<_>>().join("\n");
            self.asker.tell(&format!("{terms}\nBy going on you accept these terms."));
        }
        self.asker
            .until("First name", false, async |first_name| {
                let last_name = self.asker.line("Last name (may be empty)").await?;
                let mut wrong = false;
                let registered = Deed::sign_up().run(self.login.register(&first_name, &last_name), |error| {
                    wrong = error.is_wrong_answer();
                    Failure::from(error)
                });
                let registered = registered.await;
                Answered::of(registered, wrong)
            })
            .await
    }

    async fn two_step(&mut self, step: &Step) -> Result<Step, Failure> {
        let Step::Password { hint, has_recovery_email, has_passport_data, .. } = step else {
            return Ok(step.clone());
        };
        let what = match hint {
            None => "Password".to_owned(),
            Some(hint) => format!("Password (hint: {})", printable::line(hint)),
        };
        if *has_recovery_email {
            self.asker.tell("If it is forgotten, an empty line has a code mailed to the recovery address.");
        }
        let login = self.login;
        let recoverable = *has_recovery_email;
        let known = self
            .asker
            .until(&what, true, async |password| {
                if password.is_empty() && recoverable {
                    return Ok(Answered::Well(None));
                }
                Ok(match answered(login.check_password(&Password::from(password.as_str()))).await? {
                    Answered::Well(step) => Answered::Well(Some((step, password))),
                    Answered::Again => Answered::Again,
                    Answered::Wrong(reason) => Answered::Wrong(reason),
                })
            })
            .await?;
        match known {
            Some((step, password)) => {
                self.seen.password = SeenPassword::Is(password);
                Ok(step)
            }
            None => self.recover(*has_passport_data).await,
        }
    }

    /// A forgotten password takes the passport secret with it.
    async fn recover(&mut self, has_passport_data: bool) -> Result<Step, Failure> {
        // Where nothing is stored, nothing can be lost.
        if has_passport_data {
            self.asker.tell("Whoever forgot the password loses everything stored in Telegram Passport.");
            let word = self.asker.line(&format!("To go on, type: {LOSE}")).await?;
            if *word != LOSE {
                return Err(Failure::declined("the password was not recovered, and nothing is lost"));
            }
        }
        let asked = self.login.request_password_recovery().await?;
        if let Step::Password { recovery_email_pattern: Some(address), .. } = &asked {
            let address = printable::line(address);
            self.asker.tell(&format!("A code was mailed to {address}."));
        }
        self.asker
            .tell("Without a password whoever gets the code signs in, and Telegram Passport stores nothing.");
        let remove = self.asker.agrees("Have no password any more, in place of a new one?").await?;
        let new = if remove { None } else { Some(new_password(self.asker, NO_HINT).await?) };
        let password = new.as_ref().map(|new| Password::from(new.text.as_str()));
        let with = password.as_ref().map(|new| (new, NO_HINT));
        let login = self.login;
        let step = self
            .asker
            .until("Code", true, async |code| {
                let mut wrong = false;
                let recovered =
                    Deed::password().run(login.recover_password(code.trim(), with, AcceptLoss), |error| {
                        wrong = matches!(error, LoginError::CodeInvalid);
                        Failure::from(error)
                    });
                let recovered = recovered.await;
                Answered::of(recovered, wrong)
            })
            .await?;
        self.seen = Seen {
            password: new.map_or(SeenPassword::Removed, |new| SeenPassword::Replaced(new.text)),
            lost: has_passport_data,
        };
        Ok(step)
    }
}

/// What may sign in, and has where nothing is asked for after it.
async fn signing_in(
    step: impl Future<Output = Result<Step, LoginError>>,
    failure: impl FnOnce(&LoginError) -> Failure,
) -> Result<Step, Failure> {
    Deed::sign_in().run_if(step, |step| *step == Step::Ready, failure).await
}

/// What came of an answer that may be wrong.
async fn answered(step: impl Future<Output = Result<Step, LoginError>>) -> Result<Answered<Step>, Failure> {
    let mut wrong = false;
    let step = signing_in(step, |error| {
        wrong = error.is_wrong_answer();
        Failure::from(error)
    });
    let step = step.await;
    Answered::of(step, wrong)
}

/// A wrong answer is asked for again, everything else ends the login.
fn judged(step: Result<Step, LoginError>) -> Result<Answered<Step>, Failure> {
    match step {
        Ok(step) => Ok(Answered::Well(step)),
        Err(error) if error.is_wrong_answer() => Ok(Answered::Wrong(Failure::from(error))),
        Err(error) => Err(Failure::from(error)),
    }
}

fn announcement(sent: &SentPhoneCode) -> String {
    let again = match (sent.next_way, sent.resend_after) {
        (None, _) => String::new(),
        (Some(_), None) => " An empty line has it sent another way.".to_owned(),
        (Some(_), Some(wait)) => {
            let seconds = wait.as_secs();
            format!(" An empty line has it sent another way, in {seconds} seconds at the earliest.")
        }
    };
    printable::line(&format!("A code was sent to +{} {}.{again}", sent.phone_number.0, sent.way))
}

impl fmt::Display for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.already { "was signed in already" } else { "is signed in" };
        writeln!(f, "{} {state} to {}, as the account {}.", self.user.name, self.server, self.account)?;
        writeln!(f, "The session is encrypted; its key is kept in {}.", self.keyring.words())?;
        if self.password_kept {
            writeln!(f, "The password is kept there too.")?;
        }
        let lost = if self.lost { ", and everything that was stored is lost" } else { "" };
        match self.password {
            Some(Forgotten::Replaced) => writeln!(f, "The password is replaced{lost}.")?,
            Some(Forgotten::Removed) => writeln!(f, "The account has no password any more{lost}.")?,
            None => {}
        }
        Ok(())
    }
}
