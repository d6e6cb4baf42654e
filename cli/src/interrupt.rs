//! Whether a signal has come that ends a command: Ctrl-C, SIGTERM or SIGHUP.

use std::sync::LazyLock;

use tokio::sync::watch;

/// Whether a signal has come.
static INTERRUPTED: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Notes that one has.
pub(crate) fn note() {
    INTERRUPTED.send_replace(true);
}

/// Whether a signal has come: nothing new is begun any more.
pub(crate) fn is_interrupted() -> bool {
    *INTERRUPTED.borrow()
}

/// Waits for a signal.
pub(crate) async fn interrupted() {
    // The sender is never dropped.
    let _ = INTERRUPTED.subscribe().wait_for(|interrupted| *interrupted).await;
}

/// Goes on with something, and tells it when a signal comes.
pub(crate) async fn telling<T>(work: impl Future<Output = T>, tell: impl FnOnce()) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        value = &mut work => return value,
        () = interrupted() => tell(),
    }
    work.await
}
