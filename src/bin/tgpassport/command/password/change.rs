//! `password change`.

use telegram_passport::passport::Passport;
use telegram_passport::vault::Password;

use super::{Outcome, new_password};
use crate::account::{unlock, unlock_failure};
use crate::answer::{Answer, Warnings};
use crate::arguments::password::Change;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;

pub(super) async fn run(options: &Change) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    // Unlocked first: a secret that cannot be opened could not be wrapped anew, and what is stored would be lost.
    let unlocked = unlock(&options.unlock, asker).await?;
    let new = new_password(asker).await?;
    let changed = unlocked.passport.set_password(
        Some(unlocked.password()),
        Password::from(new.as_str()),
        &options.hint,
    );
    Deed::password().run(changed, unlock_failure).await?;
    let mut warnings = Warnings::default();
    if unlocked.signed_in.record.password_kept {
        warnings.note(unlocked.signed_in.keys.keep_password(&new).await);
    }
    warnings.and(unlocked.close().await);
    Ok(warnings.beside(Outcome::Changed.done()))
}
