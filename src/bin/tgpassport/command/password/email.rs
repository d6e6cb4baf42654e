//! `password email`.

use telegram_passport::element::EmailAddress;
use telegram_passport::passport::{MailedCode, PasswordError, Recovery, RecoveryEmail};
use telegram_passport::vault::Password;

use super::Outcome;
use crate::account::{locked, unlock_failure};
use crate::answer::Answer;
use crate::arguments::password::Email;
use crate::asking::{Answered, Asker};
use crate::failure::Failure;
use crate::printable;

pub(super) async fn run(options: &Email) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let outcome = match &options.address {
        Some(address) => name(&passport, address, asker).await?,
        None if options.cancel => {
            passport.cancel_recovery_email().await.map_err(|error| unlock_failure(&error))?;
            Outcome::RecoveryEmailDropped
        }
        None => confirm(&passport, asker).await?,
    };
    Ok(signed_in.close().await.beside(outcome.done()))
}

async fn name(passport: &impl Recovery, address: &str, asker: Asker) -> Result<Outcome, Failure> {
    let address = EmailAddress(address.to_owned());
    let set = asker
        .until("Password", true, async |password| {
            match passport.set_recovery_email(Password::from(password.as_str()), &address).await {
                Ok(set) => Ok(Answered::Well(set)),
                Err(error @ PasswordError::WrongPassword) => Ok(Answered::Wrong(unlock_failure(&error))),
                Err(error) => Err(unlock_failure(&error)),
            }
        })
        .await?;
    match set {
        RecoveryEmail::Confirmed => Ok(Outcome::RecoveryEmailConfirmed),
        RecoveryEmail::Mailed(MailedCode { email_pattern, .. }) => {
            let to = printable::line(&email_pattern);
            asker.tell(&format!("A code was mailed to {to}. An empty line has it sent again."));
            // The address is named; whoever has no code yet comes back with it.
            match confirm(passport, asker).await {
                Err(ended) if ended.is_usage() => Ok(Outcome::RecoveryEmailWaits),
                confirmed => confirmed,
            }
        }
    }
}

async fn confirm(passport: &impl Recovery, asker: Asker) -> Result<Outcome, Failure> {
    asker
        .until("Code", true, async |code| {
            let code = code.trim();
            let checked = if code.is_empty() {
                passport.resend_recovery_email_code().await
            } else {
                passport.confirm_recovery_email(code).await
            };
            match checked {
                Ok(()) if code.is_empty() => Ok(Answered::Again),
                Ok(()) => Ok(Answered::Well(Outcome::RecoveryEmailConfirmed)),
                Err(error @ PasswordError::WrongCode) => Ok(Answered::Wrong(unlock_failure(&error))),
                Err(error) => Err(unlock_failure(&error)),
            }
        })
        .await
}
