//! Whether the server still knows an account's session.

use std::pin::pin;
use std::time::Duration;

use telegram_passport::cloud::SignedOut;
use telegram_passport::login::LoginError;
use telegram_passport::passport::Refusal;
use telegram_passport::tdlib::Session;
use tokio::time::timeout;

use super::Server;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;

/// A server that knows the session answers within this time, mostly.
const AT_ONCE: Duration = Duration::from_secs(4);

/// How long it may take to agree on a key, to see whether anybody is there.
const PROBE: Duration = Duration::from_secs(8);

/// How long the session may still take to be answered when somebody is.
const AFTER: Duration = Duration::from_secs(6);

/// Why the session is signed in no more; `None` if it is signed in.
///
/// TDLib tells nobody that a server knows its key no more (-404), and goes on trying. So a server that agrees on a key
/// with us, and gives this session no answer, is taken to have forgotten it: nothing is deleted for that.
pub(super) async fn ended(session: &Session, server: &Server) -> Result<Option<SignedOut>, Failure> {
    let _progress = Progress::start("asking the server whether it knows the session");
    let mut checking = pin!(session.check());
    if let Ok(answer) = timeout(AT_ONCE, &mut checking).await {
        return judged(answer);
    }
    let network = server.network()?;
    let there = tokio::select! {
        biased;
        answer = &mut checking => return judged(answer),
        there = network.answers(PROBE) => there,
    };
    match (timeout(AFTER, checking).await, there) {
        (Ok(answer), _) => judged(answer),
        (Err(_), Ok(())) => Ok(Some(SignedOut::KeyUnknown)),
        (Err(_), Err(why)) => Err(Failure::failed(format!("no answer from {server}: {}", sentence(&why)))
            .remedy("Nothing was changed. Try again when it can be reached.")),
    }
}

fn judged(answer: Result<(), LoginError>) -> Result<Option<SignedOut>, Failure> {
    match answer {
        Ok(()) => Ok(None),
        Err(LoginError::Refused(Refusal::SignedOut(reason))) => Ok(Some(reason)),
        Err(error) => Err(Failure::from(error)),
    }
}
