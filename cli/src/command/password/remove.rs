//! `password remove`.

use telegram_passport::passport::{Passport, Recovery};

use super::{Done, Loss, Outcome};
use crate::account::unlock;
use crate::answer::Answer;
use crate::arguments::password::Remove;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;

pub(super) async fn run(options: &Remove) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    let unlocked = unlock(&options.unlock, asker).await?;
    let stored = unlocked.passport.list().await?;
    let kinds = stored.iter().map(|saved| saved.kind).collect();
    let loss = Loss::of_listed(kinds, &unlocked.passport).await?;
    let word = loss.accept(asker).await?;
    let password = unlocked.password();
    let removed = unlocked.passport.remove_password(&password, word);
    Deed::password().run(removed, |error| error.into()).await?;
    unlocked.password_is_now(None).await;
    Ok(unlocked.close().await.beside(Done { lost: loss.is_any(), ..Outcome::Removed.done() }))
}
