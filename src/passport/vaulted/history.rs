//! What has been seen of each element: a version that was replaced does not come back, and data does not change its
//! kind.
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
    /// The data hash of the present version, by kind.
    current: HashMap<ElementType, Vec<u8>>,
}

struct Seen {
    kind: ElementType,
    replaced_at: Option<u64>,
}

/// When something was asked: what is replaced later may still be in the answer.
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

    /// This is stored now.
    pub(super) fn saved(&self, value: &SecureValue) {
        self.inner().note(value);
    }

    /// These are not stored any more.
    pub(super) fn deleted(&self, kinds: &[ElementType]) {
        let mut inner = self.inner();
        for kind in kinds {
            inner.replace(*kind);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each entry stands for itself, so a panic elsewhere cannot have broken them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn note(&mut self, value: &SecureValue) {
        let Some(hash) = data_hash(value) else { return };
        // A late answer may show what was replaced while it was on its way.
        let replaced = self.seen.get(hash).is_some_and(|seen| seen.replaced_at.is_some());
        if replaced || self.current.get(&value.kind).is_some_and(|current| current == hash) {
            return;
        }
        self.replace(value.kind);
        self.seen.insert(hash.to_vec(), Seen { kind: value.kind, replaced_at: None });
        self.current.insert(value.kind, hash.to_vec());
    }

    fn replace(&mut self, kind: ElementType) {
        let Some(before) = self.current.remove(&kind) else { return };
        self.now += 1;
        if let Some(seen) = self.seen.get_mut(&before) {
            seen.replaced_at = Some(self.now);
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

    fn value(kind: ElementType, version: u8) -> SecureValue {
        let data = SecureData { data: vec![1; 32], data_hash: vec![version; 32], secret: vec![3; 32] };
        SecureValue {
            kind,
            data: Some(data),
            front_side: None,
            reverse_side: None,
            selfie: None,
            translation: Vec::new(),
            files: Vec::new(),
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
        history.saved(&value(Passport, 2));
        assert_eq!(check(value(Passport, 1)), Err(TamperedAnswer::Replayed(Passport)));
        assert_eq!(check(value(Passport, 2)), Ok(()));
        // Another device has saved one.
        assert_eq!(check(value(Passport, 3)), Ok(()));
        assert_eq!(check(value(Passport, 2)), Err(TamperedAnswer::Replayed(Passport)));
        history.deleted(&[Passport, Address]);
        assert_eq!(check(value(Passport, 3)), Err(TamperedAnswer::Replayed(Passport)));
    }

    #[test]
    fn an_answer_may_be_overtaken_by_a_save() {
        use ElementType::Passport;
        let history = History::default();
        history.saved(&value(Passport, 1));
        let asked = history.asks();
        history.saved(&value(Passport, 2));
        assert_eq!(history.check(asked, &[value(Passport, 1)]), Ok(()), "it was on its way");
        assert_eq!(
            history.check(history.asks(), &[value(Passport, 2)]),
            Ok(()),
            "and is not taken for the newest"
        );
    }

    #[test]
    fn data_does_not_change_its_kind() {
        use ElementType::{InternalPassport, Passport};
        let history = History::default();
        history.saved(&value(Passport, 1));
        let swapped = history.check(history.asks(), &[value(InternalPassport, 1)]);
        assert_eq!(swapped, Err(TamperedAnswer::Swapped { kind: InternalPassport, was: Passport }));
    }
}
