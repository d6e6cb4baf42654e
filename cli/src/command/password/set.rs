//! `password set`.

use telegram_passport::passport::{Passport, PasswordError};
use telegram_passport::vault::Password;

use super::{Outcome, new_password};
use crate::account::locked;
use crate::answer::Answer;
use crate::arguments::password::Set;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;

pub(super) async fn run(options: &Set) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let failed = |error: PasswordError| Failure::from(error);
    if passport.password_state().await.map_err(failed)?.has_password {
        return Err(
            Failure::denied("the account has a password").remedy("`tgpassport password change` changes it.")
        );
    }
    let new = new_password(asker, &options.hint).await?;
    let password = Password::from(new.text.as_str());
    let set = passport.set_password(None, &password, &options.hint);
    Deed::password().run(set, |error| error.into()).await?;
    signed_in.kept.is_now(&new.text).await;
    let mut warnings = signed_in.close().await;
    warnings.and(new.warnings());
    Ok(warnings.beside(Outcome::Set.done()))
}
