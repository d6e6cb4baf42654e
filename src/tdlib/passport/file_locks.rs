use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// One download of a file at a time: TDLib has one copy of it for all who ask.
#[derive(Default)]
pub(super) struct FileLocks(Mutex<HashMap<i32, Weak<tokio::sync::Mutex<()>>>>);

impl FileLocks {
    pub(super) fn of(&self, file_id: i32) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(&file_id).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(file_id, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_who_want_one_file_take_turns() {
        let turns = FileLocks::default();
        let (one, other) = (turns.of(1), turns.of(2));
        let held = one.try_lock().unwrap();
        assert!(turns.of(1).try_lock().is_err() && other.try_lock().is_ok());
        drop(held);
        assert!(turns.of(1).try_lock().is_ok());
        drop((one, other));
        assert_eq!((turns.of(3), turns.0.lock().unwrap().len()).1, 1, "what nobody wants is forgotten");
    }
}
