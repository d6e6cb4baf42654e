//! `password reset`.

use telegram_passport::passport::{Recovery, Reset};

use super::{Done, Loss, Outcome};
use crate::account::locked;
use crate::answer::Answer;
use crate::arguments::password;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;

pub(super) async fn run(options: &password::Reset) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let done = if options.decline {
        Deed::reset().run(passport.decline_reset(), |error| error.into()).await?;
        Outcome::ResetDeclined.done()
    } else {
        let loss = Loss::without_password(&signed_in, &passport).await?;
        let word = loss.accept(asker).await?;
        match Deed::reset().run(passport.reset_password(word), |error| error.into()).await? {
            Reset::Done => {
                signed_in.kept.is_not_it().await;
                Done { lost: loss.is_any(), ..Outcome::Removed.done() }
            }
            Reset::WaitsUntil(date) => Done { date: Some(date), ..Outcome::ResetRequested.done() },
            Reset::RefusedUntil(date) => Done { date: Some(date), ..Outcome::ResetRefused.done() },
        }
    };
    Ok(signed_in.close().await.beside(done))
}
