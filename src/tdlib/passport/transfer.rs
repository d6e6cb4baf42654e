//! Calls that move files: as long as something moves, they may take their time.

use std::pin::pin;
use std::time::Duration;

use tdlib_rs::types;
use tokio::time::{Instant, sleep_until};

use crate::tdlib::client::{Client, RequestError, after_sending};
use crate::tdlib::function::Function;

/// How long nothing may move.
const QUIET: Duration = Duration::from_secs(60);
/// How long a transfer may take at all.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Calls a function and tells how its files move on; `moved` says whether a file is one of them.
pub(super) async fn transfer<F: Function>(
    client: &Client,
    function: &F,
    mut moved: impl FnMut(&types::File) -> bool,
) -> Result<F::Answer, RequestError> {
    let mut updates = client.updates();
    let mut answer = pin!(client.call_within(function, LONGEST));
    let mut patience = pin!(sleep_until(Instant::now() + QUIET));
    loop {
        tokio::select! {
            biased;
            answer = &mut answer => return answer,
            update = updates.next() => match update {
                Some(Ok(update)) => {
                    if update.name() == "updateFile"
                        && let Ok(update) = update.read::<types::UpdateFile>()
                        && moved(&update.file)
                    {
                        patience.as_mut().reset(Instant::now() + QUIET);
                    }
                }
                Some(Err(_)) => {}
                None => return answer.await,
            },
            () = &mut patience => {
                return Err(after_sending::<F>(RequestError::TimedOut { function: F::NAME, after: QUIET }));
            }
        }
    }
}
