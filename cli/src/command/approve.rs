//! `approve LINK`.

use std::fmt;

use serde::Serialize;
use telegram_passport::login::LoginLink;

use crate::account::SignedIn;
use crate::answer::Answer;
use crate::arguments::Approve;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::{Failure, sentence};
use crate::printable;

#[derive(Serialize)]
struct LetIn {
    device: String,
    application: String,
    location: String,
    /// Whether it still has to prove the password.
    password_pending: bool,
}

pub(crate) async fn run(options: &Approve) -> Result<Box<dyn Answer>, Failure> {
    let link = LoginLink::parse(&options.link).map_err(|error| Failure::usage(sentence(&error)))?;
    let asker = Asker::new(options.account.password_stdin);
    let signed_in = SignedIn::open(&options.account, asker).await?;
    let other = Deed::approve().run(signed_in.session.confirm_login(&link), |error| error.into()).await?;
    let let_in = LetIn {
        device: printable::line(&other.device_model),
        application: printable::line(&other.application_name),
        location: printable::line(&other.location),
        password_pending: other.is_password_pending,
    };
    Ok(signed_in.close().await.beside(let_in))
}

impl fmt::Display for LetIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {} ({}) is let in.", self.application, self.device, self.location)?;
        if self.password_pending {
            writeln!(f, "It still has to prove the password.")?;
        }
        Ok(())
    }
}
