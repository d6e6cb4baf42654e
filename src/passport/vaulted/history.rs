//! What has been seen of each element: a version that was replaced or deleted from here does not come back, and data
//! does not change its kind.
//!
//! The data of an element is sealed anew at each save, with random padding, so its hash names one version of one
//! element. What has no data (papers of pages alone, phone number, e-mail address) cannot be followed so: the same
//! files, or the same number, may rightly be stored again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::cloud::SecureValue;
use crate::element::{ElementType, PartKind, Presence};
use crate::passport::TamperedAnswer;

/// The versions that one engine has seen.
#[derive(Default)]
pub(super) struct History(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Counts what was asked and what was replaced.
    now: u64,
    /// By data hash.
    seen: HashMap<Vec<u8>, Seen>,
}

struct Seen {
    kind: ElementType,
    seen_at: u64,
    replaced_at: Option<u64>,
}

/// When something was asked: what is replaced later may still be in the answer, and what is seen first later need not
/// be older than what was saved.
#[derive(Clone, Copy)]
pub(super) struct Asked(u64);

impl History {
    /// Before a request is sent.
    pub(super) fn asks(&self) -> Asked {
        let mut inner = self.inner();
        inner.now += 1;
        Asked(inner.now)
    }

    /// Judges what came back, and takes note of it.
    pub(super) fn check(&self, asked: Asked, values: &[SecureValue]) -> Result<(), TamperedAnswer> {
        let mut inner = self.inner();
        for value in values {
            let Some(hash) = data_hash(value) else { continue };
            match inner.seen.get(hash) {
                Some(seen) if seen.kind != value.kind => {
                    return Err(TamperedAnswer::Swapped { kind: value.kind, was: seen.kind });
                }
                Some(Seen { replaced_at: Some(when), .. }) if *when < asked.0 => {
                    return Err(TamperedAnswer::Replayed(value.kind));
                }
                _ => {}
            }
        }
        for value in values {
            inner.note(value);
        }
        Ok(())
    }

    /// This is stored now, and nothing else of its kind.
    pub(super) fn saved(&self, asked: Asked, value: &SecureValue) {
        let mut inner = self.inner();
        inner.replace(asked, value.kind);
        inner.note(value);
    }

    /// These are not stored any more.
    pub(super) fn deleted(&self, asked: Asked, kinds: &[ElementType]) {
        let mut inner = self.inner();
        for kind in kinds {
            inner.replace(asked, *kind);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each entry stands for itself, so a panic elsewhere cannot have broken them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn note(&mut self, value: &SecureValue) {
        if let Some(hash) = data_hash(value) {
            self.now += 1;
            let seen = Seen { kind: value.kind, seen_at: self.now, replaced_at: None };
            self.seen.entry(hash.to_vec()).or_insert(seen);
        }
    }

    fn replace(&mut self, asked: Asked, kind: ElementType) {
        self.now += 1;
        for seen in self.seen.values_mut().filter(|seen| seen.kind == kind && seen.seen_at <= asked.0) {
            seen.replaced_at.get_or_insert(self.now);
        }
    }
}

/// What names this version, if it has data that it may have.
fn data_hash(value: &SecureValue) -> Option<&[u8]> {
    if value.kind.presence(PartKind::Data) == Presence::MustNot {
        return None;
    }
    value.data.as_ref().filter(|data| !data.is_empty()).map(|data| data.data_hash.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::SecureData;
    use crate::element::Parts;

    fn value(kind: ElementType, version: u8) -> SecureValue {
        let data = SecureData { data: vec![1; 32], data_hash: vec![version; 32], secret: vec![3; 32] };
        SecureValue {
            kind,
            data: Some(data),
            parts: Parts::default(),
            plain_data: None,
            hash: vec![version; 32],
        }
    }

    #[test]
    fn what_was_replaced_or_deleted_does_not_come_back() {
        use ElementType::{Address, Passport};
        let history = History::default();
        let check = |value: SecureValue| history.check(history.asks(), &[value]);
        assert_eq!(check(value(Passport, 1)), Ok(()));
        assert_eq!(check(value(Passport, 1)), Ok(()));
        history.saved(history.asks(), &value(Passport, 2));
        assert_eq!(check(value(Passport, 1)), Err(TamperedAnswer::Replayed(Passport)));
        assert_eq!(check(value(Passport, 2)), Ok(()));
        // What another device has saved, or somebody spoilt on the way, replaces nothing that is known to be genuine.
        assert_eq!(check(value(Passport, 3)), Ok(()));
        assert_eq!(check(value(Passport, 2)), Ok(()));
        history.deleted(history.asks(), &[Passport, Address]);
        assert_eq!(check(value(Passport, 3)), Err(TamperedAnswer::Replayed(Passport)));
        assert_eq!(check(value(Passport, 2)), Err(TamperedAnswer::Replayed(Passport)));
    }

    #[test]
    fn answers_may_overtake_each_other() {
        use ElementType::Passport;
        let history = History::default();
        history.saved(history.asks(), &value(Passport, 1));
        let (listing, saving) = (history.asks(), history.asks());
        // Another device's, seen while ours is on its way, may be the newer one.
        assert_eq!(history.check(history.asks(), &[value(Passport, 3)]), Ok(()));
        history.saved(saving, &value(Passport, 2));
        assert_eq!(history.check(listing, &[value(Passport, 1)]), Ok(()), "it was on its way");
        assert_eq!(history.check(history.asks(), &[value(Passport, 3)]), Ok(()));
        let replayed = history.check(history.asks(), &[value(Passport, 1)]);
        assert_eq!(replayed, Err(TamperedAnswer::Replayed(Passport)));
    }

    #[test]
    fn data_does_not_change_its_kind() {
        use ElementType::{InternalPassport, Passport};
        let history = History::default();
        history.saved(history.asks(), &value(Passport, 1));
        let swapped = history.check(history.asks(), &[value(InternalPassport, 1)]);
        assert_eq!(swapped, Err(TamperedAnswer::Swapped { kind: InternalPassport, was: Passport }));
    }
}
