//! How often each method was called, and which of them nobody answers here.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// A method that was called and is not modelled here, as it was called first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnansweredMethod {
    /// The constructor's id.
    pub id: u32,
    /// Its name in the schema of layer 222; `None` if that has none of this id.
    pub name: Option<&'static str>,
    /// The layer that the client speaks, 0 before it has said so.
    pub layer: i32,
}

/// Calls of everybody who is served, signed in or not.
#[derive(Debug)]
pub(super) struct Traffic {
    calls: Mutex<BTreeMap<&'static str, u64>>,
    unanswered: watch::Sender<Vec<UnansweredMethod>>,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { calls: Mutex::default(), unanswered: watch::Sender::new(Vec::new()) }
    }
}

/// What a client may make a sandbox remember.
const MOST_UNANSWERED: usize = 4096;

impl Traffic {
    pub(super) fn count(&self, method: &'static str) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(method).or_default() += 1;
    }

    pub(super) fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a method that is not modelled, once.
    pub(super) fn note_unanswered(&self, method: UnansweredMethod) {
        self.unanswered.send_if_modified(|known| {
            let is_new = known.len() < MOST_UNANSWERED && known.iter().all(|one| one.id != method.id);
            if is_new {
                known.push(method);
            }
            is_new
        });
    }

    pub(super) fn unanswered(&self) -> watch::Receiver<Vec<UnansweredMethod>> {
        self.unanswered.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_without_an_answer_is_noted_once() {
        let traffic = Traffic::default();
        let mut told = traffic.unanswered();
        for (id, layer) in [(1, 222), (2, 230), (1, 230)] {
            traffic.note_unanswered(UnansweredMethod { id, name: None, layer });
        }
        let noted: Vec<_> = told.borrow_and_update().iter().map(|one| (one.id, one.layer)).collect();
        assert_eq!(noted, [(1, 222), (2, 230)]);
        traffic.note_unanswered(UnansweredMethod { id: 2, name: None, layer: 1 });
        assert!(!told.has_changed().expect("the traffic is there"));
    }
}
