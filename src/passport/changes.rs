//! Waiting for others of this process: for whoever is between a look and the write that is right for what was seen.

use std::future::Future;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use super::refusal::refused;
use super::{DeleteError, FormError, PasswordError, Refusal, SaveError, SendError};

/// How long anything waits for its turn, where another task of this process is at what must not be disturbed. What has
/// not begun by then ends as [`Refusal::Busy`], and nothing was done. [`list`](super::Passport::list) and
/// [`get`](super::Passport::get) have a bound of their own ([`LIST_TIME_OUT`](super::LIST_TIME_OUT)).
pub const TURN_TIME_OUT: Duration = Duration::from_secs(60);

/// It was not its turn in time, and nothing was done.
#[derive(Debug)]
pub(crate) struct Busy;

/// Waits for a turn, [`TURN_TIME_OUT`] at most.
pub(crate) async fn in_turn<T>(turn: impl Future<Output = T>) -> Result<T, Busy> {
    tokio::time::timeout(TURN_TIME_OUT, turn).await.map_err(|_| Busy)
}

/// Of the whole process, for two engines may be over the same account.
static CHANGES: Mutex<()> = Mutex::const_new(());

/// Waits until nobody else of this process is between looking at a passport secret and writing one. It is held
/// across calls.
pub(crate) async fn alone() -> Result<MutexGuard<'static, ()>, Busy> {
    in_turn(CHANGES.lock()).await
}

impl From<Busy> for Refusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

refused!(PasswordError: Busy);
refused!(SaveError: Busy);
refused!(DeleteError: Busy);
refused!(FormError: Busy);
refused!(SendError: Busy);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_turn_without_end() {
        let (held, begun) = (Mutex::new(()), tokio::time::Instant::now());
        let holding = held.lock().await;
        assert!(in_turn(held.lock()).await.is_err());
        assert_eq!(begun.elapsed(), TURN_TIME_OUT);
        drop(holding);
        assert!(in_turn(held.lock()).await.is_ok());
    }
}
