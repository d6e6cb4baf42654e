//! `status`.

use std::fmt;

use serde::Serialize;
use telegram_passport::passport::{Passport, PasswordState};
use telegram_passport::tdlib::TDLIB_VERSION;

use super::login::User;
use crate::account::{KeyringKind, Opening, has_channel};
use crate::answer::Answer;
use crate::arguments;
use crate::asking::Asker;
use crate::engine;
use crate::failure::Failure;
use crate::printable;

#[derive(Serialize)]
struct Status {
    account: String,
    server: ServerFacts,
    signed_in: bool,
    /// Why the session has ended, if that was seen just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<PasswordFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passport: Option<PassportFacts>,
    keyring: KeyringKind,
    password_kept: bool,
    /// Whether the vault has a session of its own.
    channel: bool,
    tdlib: &'static str,
}

#[derive(Serialize)]
struct ServerFacts {
    name: String,
    sandbox: bool,
}

/// Two-step verification.
#[derive(Serialize)]
struct PasswordFacts {
    set: bool,
    hint: String,
    recovery_email: bool,
}

/// What can be known of a Passport that is locked.
#[derive(Serialize)]
struct PassportFacts {
    /// Whether elements are stored, and with them a passport secret.
    elements_stored: bool,
}

pub(crate) async fn run(options: &arguments::Status) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.account.password_stdin);
    let opening = Opening::begin(&options.account, asker).await?;
    let (account, record, server) = opening.facts();
    let mut status = Status {
        account: account.name.to_string(),
        server: ServerFacts { name: server.to_string(), sandbox: server.sandbox().is_some() },
        signed_in: false,
        signed_out: None,
        user: None,
        password: None,
        passport: None,
        keyring: record.keyring,
        password_kept: record.password_kept,
        channel: has_channel(account),
        tdlib: TDLIB_VERSION,
    };
    let signed_in = match opening {
        Opening::SignedIn(signed_in) => Some(signed_in),
        Opening::SignedOut(known) => {
            status.signed_out = known.why.map(|reason| printable::line(&reason.to_string()));
            None
        }
    };
    if let Some(signed_in) = signed_in {
        let me = signed_in.session.me().await?;
        let passport = engine::over_tdlib(&signed_in.session, false);
        let password = passport.password_state().await?;
        status.signed_in = true;
        status.user = Some(User::new(&me));
        status.passport = Some(PassportFacts { elements_stored: password.has_passport_data });
        status.password = Some(PasswordFacts::new(&password));
        return Ok(signed_in.close().await.beside(status));
    }
    Ok(Box::new(status))
}

impl PasswordFacts {
    fn new(state: &PasswordState) -> Self {
        Self {
            set: state.has_password,
            hint: state.hint.as_deref().map(printable::line).unwrap_or_default(),
            recovery_email: state.has_recovery_email,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Account   {} on {}", self.account, self.server.name)?;
        match &self.user {
            Some(user) => writeln!(f, "Signed in {}, +{}, id {}", user.name, user.phone_number, user.id)?,
            None => match &self.signed_out {
                Some(why) => writeln!(f, "Signed in nobody: {why}; `tgpassport login` signs in anew")?,
                None => writeln!(f, "Signed in nobody: `tgpassport login` signs in")?,
            },
        }
        if let Some(password) = &self.password {
            write!(f, "Password  ")?;
            match (password.set, password.recovery_email) {
                (false, _) => write!(f, "none for two-step verification, and Passport needs one")?,
                (true, true) => write!(f, "set, with a recovery e-mail address")?,
                (true, false) => write!(f, "set, without a recovery e-mail address")?,
            }
            if password.hint.is_empty() {
                writeln!(f)?;
            } else {
                writeln!(f, "; hint: {}", password.hint)?;
            }
        }
        match &self.passport {
            Some(passport) if passport.elements_stored => {
                writeln!(
                    f,
                    "Passport  elements are stored; locked: `tgpassport list` unlocks and lists them"
                )?;
            }
            Some(_) => writeln!(f, "Passport  nothing is stored")?,
            None => {}
        }
        writeln!(f, "Key       in {}", self.keyring.words())?;
        if self.password_kept {
            writeln!(f, "          and the password with it")?;
        }
        if self.channel {
            writeln!(f, "Vault     has a session of its own: `tgpassport sessions` lists and ends it")?;
        }
        writeln!(f, "TDLib     {}", self.tdlib)
    }
}
