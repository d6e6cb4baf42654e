//! `password email`.

use telegram_passport::cloud::MailedCode;
use telegram_passport::element::{Element, EmailAddress};
use telegram_passport::passport::{PasswordError, Recovery, RecoveryEmail};
use telegram_passport::vault::Password;

use super::Outcome;
use crate::account::locked;
use crate::answer::Answer;
use crate::arguments::password::Email;
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::Failure;
use crate::{interrupt, printable};

pub(super) async fn run(options: &Email) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    let address = options.address.as_deref().map(address).transpose()?;
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let outcome = match &address {
        Some(address) => name(&passport, address, asker).await?,
        None if options.cancel => {
            Deed::recovery_email().run(passport.cancel_recovery_email(), |error| error.into()).await?;
            Outcome::RecoveryEmailDropped
        }
        None if options.remove => remove(&passport, asker).await?,
        None => confirm(&passport, asker).await?,
    };
    Ok(signed_in.close().await.beside(outcome.done()))
}

/// An address typed in, before anybody is asked about it.
fn address(text: &str) -> Result<EmailAddress, Failure> {
    let address = EmailAddress(text.to_owned());
    if Element::<()>::Email(address.clone()).validate().is_empty() {
        Ok(address)
    } else {
        Err(Failure::from(&PasswordError::NotAnAddress))
    }
}

async fn remove(passport: &dyn Recovery, asker: Asker) -> Result<Outcome, Failure> {
    asker.tell(
        "Without a recovery address a password that is forgotten cannot be recovered: it can only be reset, which takes\n\
         a week and everything stored along.",
    );
    asker
        .until("Password", true, async |password| {
            let mut wrong = false;
            let password = Password::from(password);
            let removal = passport.remove_recovery_email(&password);
            let removed = Deed::recovery_email().run(removal, |error| {
                wrong = matches!(error, PasswordError::WrongPassword);
                Failure::from(error)
            });
            let removed = removed.await;
            Answered::of(removed.map(|()| Outcome::RecoveryEmailRemoved), wrong)
        })
        .await
}

async fn name(passport: &dyn Recovery, address: &EmailAddress, asker: Asker) -> Result<Outcome, Failure> {
    let set = asker
        .until("Password", true, async |password| {
            let mut wrong = false;
            let password = Password::from(password);
            let set = passport.set_recovery_email(&password, address);
            // An address that waits for its code changes nothing yet.
            let confirmed = |set: &RecoveryEmail| *set == RecoveryEmail::Confirmed;
            let set = Deed::recovery_email().run_if(set, confirmed, |error| {
                wrong = matches!(error, PasswordError::WrongPassword);
                Failure::from(error)
            });
            let set = set.await;
            Answered::of(set, wrong)
        })
        .await?;
    match set {
        RecoveryEmail::Confirmed => Ok(Outcome::RecoveryEmailConfirmed),
        RecoveryEmail::Mailed(MailedCode { email_pattern, .. }) => {
            let to = email_pattern.as_deref().map_or_else(|| "the new address".to_owned(), printable::line);
            asker.tell(&format!("A code was mailed to {to}. An empty line has it sent again."));
            // The address is named; whoever has no code yet comes back with it.
            match confirm(passport, asker).await {
                Err(ended) if ended.is_usage() || interrupt::is_interrupted() => {
                    Ok(Outcome::RecoveryEmailWaits)
                }
                confirmed => confirmed,
            }
        }
    }
}

async fn confirm(passport: &dyn Recovery, asker: Asker) -> Result<Outcome, Failure> {
    asker
        .until("Code", true, async |code| {
            let code = code.trim();
            if code.is_empty() {
                let sent = passport.resend_recovery_email_code().await;
                return sent.map(|()| Answered::Again).map_err(Failure::from);
            }
            let mut wrong = false;
            let confirmed = Deed::recovery_email().run(passport.confirm_recovery_email(code), |error| {
                wrong = matches!(error, PasswordError::WrongCode);
                Failure::from(error)
            });
            let confirmed = confirmed.await;
            Answered::of(confirmed.map(|()| Outcome::RecoveryEmailConfirmed), wrong)
        })
        .await
}
