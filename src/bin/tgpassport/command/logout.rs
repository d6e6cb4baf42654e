//! `logout [--only-here]`.

use std::fmt;

use serde::Serialize;

use crate::account::{Account, Keys, Opening, end_channel, login_failure};
use crate::answer::Answer;
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
    let (account, keys, signed_out) = match Opening::begin(&options.account, asker).await? {
        Opening::SignedIn(signed_in) => {
            end_channel(&signed_in).await?;
            Deed::log_out().run(signed_in.session.log_out(), login_failure).await?;
            (signed_in.account, signed_in.keys, true)
        }
        Opening::SignedOut(known) => (known.account, known.keys, false),
    };
    keys.forget().await?;
    account.forget()?;
    Ok(Box::new(SignedOut { account: account.name.to_string(), signed_out }))
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
