//! The one lock of this room that is held across calls: whoever changes a passport secret looks, and writes what is
//! right for what was seen. Between the two, no other task of this process may do the same.

use tokio::sync::{Mutex, MutexGuard};

/// Of the whole process, for two engines may be over the same account.
static CHANGES: Mutex<()> = Mutex::const_new(());

/// Waits until nobody else of this process is between looking at a passport secret and writing one.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    CHANGES.lock().await
}
