//! A clock that stands still until a case moves it: nothing times out because the machine is busy, and how long
//! something waits is read off this clock.

use std::pin::pin;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, advance};

/// How far the clock goes at a time.
pub(super) const STEP: Duration = Duration::from_millis(50);

/// Runs a case by such a clock, both sides of it.
pub(super) fn standing_still<T>(case: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    // Without this it would run ahead whenever everybody waits, for a packet that is on its way, too.
    let (over, is_over) = std::sync::mpsc::channel::<()>();
    runtime.spawn_blocking(move || is_over.recv());
    let outcome = runtime.block_on(case);
    drop(over);
    outcome
}

/// Lets the network do its part, which takes no time on that clock.
pub(super) async fn moment() {
    spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
}

/// Waits for what comes about without the clock.
pub(super) async fn until(mut reached: impl FnMut() -> bool) {
    while !reached() {
        moment().await;
    }
}

/// Moves the clock on until this is done; gives how far.
pub(super) async fn passing<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let begin = Instant::now();
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return (done, begin.elapsed()),
            () = moment() => advance(STEP).await,
        }
    }
}
