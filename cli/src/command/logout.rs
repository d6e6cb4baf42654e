//! `logout [--only-here]`.

use std::fmt;

use serde::Serialize;
use telegram_passport::cloud;

use crate::account::{Account, Keys, Opening, end_channel, end_channel_left};
use crate::answer::{Answer, Warnings};
use crate::arguments::Logout;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;

#[derive(Serialize)]
struct SignedOut {
    account: String,
    /// Whether this command has had the server forget the session, too.
    signed_out: bool,
    /// Whether it had ended before.
    #[serde(skip)]
    had_ended: bool,
}

pub(crate) async fn run(options: &Logout) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.account.password_stdin);
    if options.only_here {
        let account = Account::named(&options.account.account_name()?)?;
        Keys::forget_unread(&account.existing()?).await?;
        account.forget()?;
        let account = account.name.to_string();
        return Ok(Box::new(SignedOut { account, signed_out: false, had_ended: false }));
    }
    let mut warnings = Warnings::default();
    let mut had_ended = false;
    let (account, keys, signed_out) = match Opening::begin(&options.account, asker).await? {
        Opening::SignedIn(signed_in) => {
            warnings.note(end_channel(&signed_in.session).await.map(drop).map_err(left));
            Deed::log_out().run(signed_in.session.log_out(), |error| error.into()).await?;
            (signed_in.account, signed_in.keys, true)
        }
        Opening::SignedOut(known) => {
            match &known.why {
                Some(reason) if !reason.is_certain() => return Err(uncertain(reason)),
                _ => {}
            }
            had_ended = known.why.is_some();
            warnings.note(end_channel_left(known.place()).await.map(drop).map_err(left));
            (known.account, known.keys, false)
        }
    };
    keys.forget().await?;
    account.forget()?;
    Ok(warnings.beside(SignedOut { account: account.name.to_string(), signed_out, had_ended }))
}

/// Nobody is certain that the session has ended: what would end it is kept.
fn uncertain(reason: &cloud::SignedOut) -> Failure {
    match reason {
        cloud::SignedOut::Ending => Deed::log_out().unknown(reason),
        reason => Failure::signed_out(reason).remedy(
            "Nothing was deleted. `tgpassport logout --only-here` forgets the account here all the same.",
        ),
    }
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
        } else if self.had_ended {
            writeln!(f, "Its session had ended before.")
        } else {
            writeln!(f, "Nobody was told; another device ends the session, if there is one.")
        }
    }
}
