//! `logout [--only-here]`.

use std::fmt;

use serde::Serialize;

use crate::account::{Account, Keys, Opening, end_channel, login_failure};
use crate::answer::{Answer, Warnings};
use crate::arguments::Logout;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;

#[derive(Serialize)]
struct SignedOut {
    account: String,
    /// Whether the server has forgotten the session, too.
    signed_out: bool,
}

pub(crate) async fn run(options: &Logout) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.account.password_stdin);
    if options.only_here {
        let account = Account::named(&options.account.account_name()?)?;
        Keys::forget_unread(&account.existing()?).await?;
        account.forget()?;
        return Ok(Box::new(SignedOut { account: account.name.to_string(), signed_out: false }));
    }
    let mut warnings = Warnings::default();
    let (account, keys, signed_out) = match Opening::begin(&options.account, asker).await? {
        Opening::SignedIn(signed_in) => {
            let channel = end_channel(signed_in.place(), Some(&signed_in.session)).await;
            warnings.note(channel.map(drop).map_err(left));
            Deed::log_out().run(signed_in.session.log_out(), login_failure).await?;
            (signed_in.account, signed_in.keys, true)
        }
        Opening::SignedOut(known) => {
            if let Some(reason) = known.why.as_ref().filter(|reason| !reason.is_certain()) {
                return Err(Failure::signed_out(reason).remedy(
                    "Nothing was deleted. `tgpassport logout --only-here` forgets the account here all the same.",
                ));
            }
            warnings.note(end_channel(known.place(), None).await.map(drop).map_err(left));
            (known.account, known.keys, false)
        }
    };
    keys.forget().await?;
    account.forget()?;
    Ok(warnings.beside(SignedOut { account: account.name.to_string(), signed_out }))
}

/// What is told of the vault's own session where it could not be ended: it does not keep the account from being
/// forgotten.
fn left(failure: Failure) -> Failure {
    Failure::failed(format!(
        "the vault's own session could not be ended ({failure}); it is \"telegram-passport vault\" among the \
         account's devices, where another device ends it"
    ))
}

impl fmt::Display for SignedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The account {} is forgotten here.", self.account)?;
        if self.signed_out {
            writeln!(f, "The server has ended its session.")
        } else {
            writeln!(f, "Nobody was told; another device ends the session, if there is one.")
        }
    }
}
