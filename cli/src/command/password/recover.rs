//! `password recover`.

use telegram_passport::passport::{PasswordError, Recovery};
use telegram_passport::vault::Password;

use super::{Done, Loss, Outcome, new_password};
use crate::account::locked;
use crate::answer::Answer;
use crate::arguments::password::Recover;
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::Failure;
use crate::printable;

pub(super) async fn run(options: &Recover) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let failed = |error: PasswordError| Failure::from(error);
    let loss = Loss::without_password(&signed_in, &passport).await?;
    let word = loss.accept(asker).await?;
    let mailed = passport.request_recovery().await.map_err(failed)?;
    let to =
        mailed.email_pattern.as_deref().map_or_else(|| "the recovery address".to_owned(), printable::line);
    asker.tell(&format!("A code was mailed to {to}."));
    let new = if options.remove { None } else { Some(new_password(asker, &options.hint).await?) };
    asker
        .until("Code", true, async |code| {
            let password = new.as_ref().map(|new| Password::from(new.text.as_str()));
            let new = password.as_ref().map(|new| (new, options.hint.as_str()));
            let mut wrong = false;
            let recovered =
                Deed::password().run(passport.recover_password(code.trim(), new, word), |error| {
                    wrong = matches!(error, PasswordError::WrongCode);
                    Failure::from(error)
                });
            let recovered = recovered.await;
            Answered::of(recovered, wrong)
        })
        .await?;
    match &new {
        Some(new) => signed_in.kept.is_now(&new.text).await,
        None => signed_in.kept.is_not_it().await,
    }
    let mut warnings = signed_in.close().await;
    if let Some(new) = &new {
        warnings.and(new.warnings());
    }
    let outcome = if new.is_some() { Outcome::Recovered } else { Outcome::Removed };
    Ok(warnings.beside(Done { lost: loss.is_any(), ..outcome.done() }))
}
