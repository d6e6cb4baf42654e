//! `password email`.

use telegram_passport::element::EmailAddress;
use telegram_passport::passport::{MailedCode, PasswordError, Recovery, RecoveryEmail};
use telegram_passport::vault::Password;

use super::Outcome;
use crate::account::{locked, unlock_failure};
use crate::answer::Answer;
use crate::arguments::password::Email;
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::Failure;
use crate::{printable, running};

pub(super) async fn run(options: &Email) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let outcome = match &options.address {
        Some(address) => name(&passport, address, asker).await?,
        None if options.cancel => {
            Deed::recovery_email().run(passport.cancel_recovery_email(), unlock_failure).await?;
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
            let mut wrong = false;
            let set = passport.set_recovery_email(Password::from(password.as_str()), &address);
            // An address that waits for its code changes nothing yet.
            let confirmed = |set: &RecoveryEmail| *set == RecoveryEmail::Confirmed;
            let set = Deed::recovery_email().run_if(set, confirmed, |error| {
                wrong = matches!(error, PasswordError::WrongPassword);
                unlock_failure(error)
            });
            match set.await {
                Ok(set) => Ok(Answered::Well(set)),
                Err(failure) if wrong => Ok(Answered::Wrong(failure)),
                Err(failure) => Err(failure),
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
                Err(ended) if ended.is_usage() || running::is_interrupted() => {
                    Ok(Outcome::RecoveryEmailWaits)
                }
                confirmed => confirmed,
            }
        }
    }
}

async fn confirm(passport: &impl Recovery, asker: Asker) -> Result<Outcome, Failure> {
    asker
        .until("Code", true, async |code| {
            let code = code.trim();
            if code.is_empty() {
                let sent = passport.resend_recovery_email_code().await;
                return sent.map(|()| Answered::Again).map_err(|error| unlock_failure(&error));
            }
            let mut wrong = false;
            let confirmed = Deed::recovery_email().run(passport.confirm_recovery_email(code), |error| {
                wrong = matches!(error, PasswordError::WrongCode);
                unlock_failure(error)
            });
            match confirmed.await {
                Ok(()) => Ok(Answered::Well(Outcome::RecoveryEmailConfirmed)),
                Err(failure) if wrong => Ok(Answered::Wrong(failure)),
                Err(failure) => Err(failure),
            }
        })
        .await
}
