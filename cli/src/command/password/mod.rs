//! `password set|change|remove|email|recover|reset`.

mod change;
mod email;
mod loss;
mod recover;
mod remove;
mod reset;
mod set;

use std::fmt;

use serde::Serialize;
use telegram_passport::element::UnixTime;
use telegram_passport::passport::{HintRemark, judge_new_password};
use telegram_passport::vault::Password;
use zeroize::Zeroizing;

use crate::answer::{Answer, Warnings};
use crate::arguments::PasswordCommand;
use crate::asking::{Answered, Asker};
use crate::failure::Failure;

pub(super) use loss::Loss;

/// What became of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Set,
    Changed,
    Removed,
    Recovered,
    ResetRequested,
    ResetRefused,
    ResetDeclined,
    RecoveryEmailConfirmed,
    RecoveryEmailWaits,
    RecoveryEmailDropped,
    RecoveryEmailRemoved,
}

#[derive(Serialize)]
struct Done {
    outcome: Outcome,
    /// When a reset may be carried out, or asked for again.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<UnixTime>,
    /// Whether everything stored was lost with it.
    lost: bool,
}

pub(crate) async fn run(command: &PasswordCommand) -> Result<Box<dyn Answer>, Failure> {
    match command {
        PasswordCommand::Set(options) => set::run(options).await,
        PasswordCommand::Change(options) => change::run(options).await,
        PasswordCommand::Remove(options) => remove::run(options).await,
        PasswordCommand::Email(options) => email::run(options).await,
        PasswordCommand::Recover(options) => recover::run(options).await,
        PasswordCommand::Reset(options) => reset::run(options).await,
    }
}

/// A password that may become the account's.
pub(super) struct NewPassword {
    pub(super) text: Zeroizing<String>,
    remark: Option<HintRemark>,
}

impl NewPassword {
    /// What is to be said once it is set.
    fn warnings(&self) -> Warnings {
        Warnings::of(match self.remark {
            Some(HintRemark::ContainsPassword) => Err(Failure::failed(
                "the hint contains the password, and whoever logs in with the number sees it: \
                 `tgpassport password change` sets another",
            )),
            _ => Ok(()),
        })
    }
}

/// A new password with this hint; a person types it twice.
pub(super) async fn new_password(asker: Asker, hint: &str) -> Result<NewPassword, Failure> {
    asker
        .until("New password", true, async |password| {
            if password.is_empty() {
                return Ok(Answered::Wrong(Failure::usage("the new password is empty")));
            }
            let remark = match judge_new_password(&Password::from(password.as_str()), hint) {
                Ok(remark) => remark,
                Err(error) => return Ok(Answered::Wrong(Failure::from(error))),
            };
            if asker.is_terminal() && *asker.secret("The same again").await? != *password {
                return Ok(Answered::Wrong(Failure::usage("these are two passwords")));
            }
            Ok(Answered::Well(NewPassword { text: password, remark }))
        })
        .await
}

impl Outcome {
    /// With nothing lost, and nothing to wait for.
    fn done(self) -> Done {
        Done { outcome: self, date: None, lost: false }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = || self.date.map(|date| date.to_string()).unwrap_or_default();
        match self.outcome {
            Outcome::Set => writeln!(f, "The password is set.")?,
            Outcome::Changed => writeln!(f, "The password is changed; what is stored stays readable.")?,
            Outcome::Removed => writeln!(f, "The account has no password any more.")?,
            Outcome::Recovered => writeln!(f, "The password is replaced.")?,
            Outcome::ResetRequested => writeln!(
                f,
                "Telegram waits until {}; asked again after that, it drops the password. `password reset --decline` \
                 withdraws the request.",
                date()
            )?,
            Outcome::ResetRefused => {
                writeln!(f, "A reset was declined lately; another may be asked for after {}.", date())?;
            }
            Outcome::ResetDeclined => writeln!(f, "The request for a reset is withdrawn.")?,
            Outcome::RecoveryEmailConfirmed => writeln!(f, "The recovery address is confirmed.")?,
            Outcome::RecoveryEmailWaits => {
                writeln!(f, "The recovery address waits for its code: `password email --confirm` goes on.")?;
            }
            Outcome::RecoveryEmailRemoved => writeln!(
                f,
                "The account has no recovery address any more: a password that is forgotten cannot be recovered."
            )?,
            Outcome::RecoveryEmailDropped => writeln!(f, "The address that waited for its code is dropped.")?,
        }
        if self.lost {
            writeln!(f, "Everything that was stored is lost.")?;
        }
        Ok(())
    }
}
