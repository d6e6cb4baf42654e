use tokio::sync::{Mutex, MutexGuard};

use crate::element::ElementType;
use crate::passport::changes::{Busy, in_turn};

/// Where saves and deletions of one kind stand in line: of two on their way at once, the network would choose which stays.
#[derive(Default)]
pub(super) struct Lines([Mutex<()>; ElementType::ALL.len()]);

impl Lines {
    /// Waits for those before it as long as somebody waits for them.
    pub(super) async fn to_save(&self, kind: ElementType) -> MutexGuard<'_, ()> {
        self.of(kind).lock().await
    }

    /// Waits a bounded time for each kind.
    pub(super) async fn to_delete(&self, kinds: &[ElementType]) -> Result<Vec<MutexGuard<'_, ()>>, Busy> {
        let mut places = Vec::new();
        // Each once, and always in the same order: so nobody waits for who waits for them.
        for kind in ElementType::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
            places.push(in_turn(self.of(kind).lock()).await?);
        }
        Ok(places)
    }

    /// Kinds are numbered from 0.
    fn of(&self, kind: ElementType) -> &Mutex<()> {
        &self.0[kind as usize]
    }
}
