//! `logout`.

use std::fmt;

use serde::Serialize;

use crate::account::{Opening, login_failure};
use crate::answer::Answer;
use crate::arguments::Logout;
use crate::asking::Asker;
use crate::failure::Failure;

#[derive(Serialize)]
struct SignedOut {
    account: String,
    server: String,
    /// Whether the server has forgotten the session, too.
    signed_out: bool,
}

pub(crate) async fn run(options: &Logout) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.account.password_stdin);
    let (account, server, keys, signed_out) = match Opening::begin(&options.account, asker).await? {
        Opening::SignedIn(signed_in) => {
            signed_in.session.log_out().await.map_err(|error| login_failure(&error))?;
            (signed_in.account, signed_in.server, signed_in.keys, true)
        }
        Opening::SignedOut { account, server, keys, .. } => (account, server, keys, false),
    };
    keys.forget().await?;
    account.forget()?;
    Ok(Box::new(SignedOut { account: account.name.to_string(), server: server.to_string(), signed_out }))
}

impl fmt::Display for SignedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.signed_out {
            writeln!(f, "The account {} is signed out of {}, and forgotten here.", self.account, self.server)
        } else {
            writeln!(
                f,
                "The account {} was not signed in to {}; it is forgotten here.",
                self.account, self.server
            )
        }
    }
}
