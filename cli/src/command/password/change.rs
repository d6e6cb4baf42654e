//! `password change`.

use telegram_passport::passport::Passport;
use telegram_passport::vault::Password;

use super::{Outcome, new_password};
use crate::account::unlock_by_hand;
use crate::answer::Answer;
use crate::arguments::password::Change;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;

pub(super) async fn run(options: &Change) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    // Unlocked first: a secret that cannot be opened could not be wrapped anew, and what is stored would be lost.
    let unlocked = unlock_by_hand(&options.unlock, asker).await?;
    let new = new_password(asker, &options.hint).await?;
    let (from, to) = (unlocked.password(), Password::from(new.text.as_str()));
    let changed = unlocked.passport.set_password(Some(&from), &to, &options.hint);
    Deed::password().run(changed, |error| error.into()).await?;
    unlocked.password_is_now(Some(&new.text)).await;
    let mut warnings = unlocked.close().await;
    warnings.and(new.warnings());
    Ok(warnings.beside(Outcome::Changed.done()))
}
