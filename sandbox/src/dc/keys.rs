//! The keys clients made with this data centre, and who is signed in under each.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::primitives::mtproto::sha1;
use crate::primitives::random_id;
use crate::store::{
    Changes, DamagedRecord, Durable, Inspect, Kept, KeptGuard, Records, Store, StoreError, Table, bytes,
};

/// How many keys are remembered; beyond that the one used longest ago goes.
const REMEMBERED: usize = 8192;

/// The key of a client: 2048 bits, from one key exchange.
pub(super) struct AuthKey {
    bytes: Zeroizing<[u8; 256]>,
    id: i64,
}

impl AuthKey {
    /// The key with these bytes; its id is the tail of their SHA-1.
    pub(super) fn new(bytes: Zeroizing<[u8; 256]>) -> Self {
        let hash = sha1(&[bytes.as_slice()]);
        let mut id = [0; 8];
        id.copy_from_slice(&hash[12..]);
        Self { bytes, id: i64::from_le_bytes(id) }
    }

    /// `auth_key_id`, the lower 64 bits of the key's SHA-1.
    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// The upper 64 bits of the key's SHA-1, which the key exchange ends with.
    pub(super) fn auxiliary_hash(&self) -> [u8; 8] {
        let hash = sha1(&[self.bytes.as_slice()]);
        let mut upper = [0; 8];
        upper.copy_from_slice(&hash[..8]);
        upper
    }

    /// The 256 bytes.
    pub(super) fn bytes(&self) -> &[u8; 256] {
        &self.bytes
    }
}

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How long a key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Lifetime {
    /// Until it is destroyed.
    Permanent,
    /// Until this Unix time, for a permanent key it is bound to.
    Temporary {
        /// Seconds since 1970.
        expires_at: i64,
    },
}

/// What a finished key exchange gives.
#[derive(Debug)]
pub(super) struct NewKey {
    pub(super) key: AuthKey,
    pub(super) lifetime: Lifetime,
    /// The first server salt.
    pub(super) salt: i64,
}

/// Every key this data centre knows.
#[derive(Debug, Default)]
pub(super) struct Keys(Kept<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: Table<i64, Entry>,
    /// Which use of each key was the last; a process starts anew.
    last_use: HashMap<i64, u64>,
    /// Counts what is done with keys.
    uses: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(serialize_with = "write_key", deserialize_with = "read_key")]
    key: Arc<AuthKey>,
    lifetime: Lifetime,
    salt: i64,
    /// Whether messages with other salts are refused: since the salt was changed.
    strict: bool,
    /// For a temporary key, the permanent one.
    bound_to: Option<i64>,
}

/// A key as a connection uses it.
#[derive(Clone, Debug)]
pub(super) struct KnownKey {
    pub(super) key: Arc<AuthKey>,
    pub(super) salt: i64,
    /// Whose authorisation holds: the key itself, or the permanent one behind a temporary key.
    pub(super) identity: i64,
}

impl Keys {
    /// The keys of this data centre, as a store has them.
    pub(super) fn open(store: &Store, dc_id: i32) -> Result<Self, StoreError> {
        Kept::open(store, format!("dc/{dc_id}/key")).map(Self)
    }

    /// Every key, as it is written.
    pub(super) fn kept(&self) -> &dyn Inspect {
        &self.0
    }

    /// Keeps a key from a finished exchange; gives the ids of those that had to go for it, expired at `now` (Unix
    /// seconds) or used longest ago.
    pub(super) fn insert(&self, NewKey { key, lifetime, salt }: NewKey, now: i64) -> Vec<i64> {
        let mut inner = self.lock();
        let mut gone: Vec<i64> =
            inner.entries.iter().filter(|(_, entry)| entry.expired(now)).map(|(id, _)| *id).collect();
        if inner.entries.len() - gone.len() >= REMEMBERED {
            let oldest = inner.entries.keys().min_by_key(|id| inner.last_use.get(id)).copied();
            gone.extend(oldest);
        }
        inner.entries.retain(|id, _| !gone.contains(id));
        inner.last_use.retain(|id, _| !gone.contains(id));
        inner.used(key.id());
        let entry = Entry { lifetime, salt, strict: false, bound_to: None, key: Arc::new(key) };
        inner.entries.insert(entry.key.id(), entry);
        gone
    }

    /// The key with this id, if it is known and has not expired at `now` (Unix seconds).
    pub(super) fn find(&self, id: i64, now: i64) -> Option<KnownKey> {
        let mut inner = self.lock();
        let entry = inner.entries.get(&id).filter(|entry| !entry.expired(now))?;
        let known = KnownKey {
            key: Arc::clone(&entry.key),
            salt: entry.salt,
            identity: entry.bound_to.unwrap_or(id),
        };
        inner.used(id);
        Some(known)
    }

    /// Whether a message under this key may carry this salt: any, until the salt is changed.
    pub(super) fn takes_salt(&self, id: i64, salt: i64) -> bool {
        self.lock().entries.get(&id).is_none_or(|entry| !entry.strict || entry.salt == salt)
    }

    /// Gives a key another salt, from now on the only one taken.
    pub(super) fn change_salt(&self, id: i64) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            entry.salt = random_id();
            entry.strict = true;
        }
    }

    /// Binds a temporary key to a permanent one (`auth.bindTempAuthKey`); false if either is not what it must be.
    pub(super) fn bind(&self, temporary: i64, permanent: i64) -> bool {
        let mut inner = self.lock();
        let entries = &mut inner.entries;
        if !entries.get(&permanent).is_some_and(|entry| entry.lifetime == Lifetime::Permanent) {
            return false;
        }
        match entries.get_mut(&temporary) {
            Some(entry) if entry.lifetime != Lifetime::Permanent => {
                entry.bound_to = Some(permanent);
                true
            }
            _ => false,
        }
    }

    /// Forgets a key and the temporary ones bound to it; gives the ids of all that are gone.
    pub(super) fn remove(&self, id: i64) -> Vec<i64> {
        let mut inner = self.lock();
        let gone: Vec<i64> = inner
            .entries
            .iter()
            .filter(|(known, entry)| **known == id || entry.bound_to == Some(id))
            .map(|(known, _)| *known)
            .collect();
        inner.entries.retain(|known, _| !gone.contains(known));
        inner.last_use.retain(|known, _| !gone.contains(known));
        gone
    }

    fn lock(&self) -> KeptGuard<'_, Inner> {
        self.0.lock()
    }
}

impl Inner {
    fn used(&mut self, id: i64) {
        self.uses += 1;
        self.last_use.insert(id, self.uses);
    }
}

fn write_key<S: Serializer>(key: &Arc<AuthKey>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes::serialize(key.bytes(), serializer)
}

fn read_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<AuthKey>, D::Error> {
    let bytes: [u8; 256] = bytes::deserialize(deserializer)?;
    Ok(Arc::new(AuthKey::new(Zeroizing::new(bytes))))
}

impl Durable for Inner {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self { entries: Table::load(records, place)?, ..Self::default() })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.entries.collect(place, changes);
    }
}

impl Entry {
    fn expired(&self, now: i64) -> bool {
        matches!(self.lifetime, Lifetime::Temporary { expires_at } if expires_at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> AuthKey {
        AuthKey::new(Zeroizing::new([byte; 256]))
    }

    fn permanent(key: AuthKey) -> NewKey {
        NewKey { key, lifetime: Lifetime::Permanent, salt: 7 }
    }

    fn temporary(key: AuthKey) -> NewKey {
        NewKey { key, lifetime: Lifetime::Temporary { expires_at: 100 }, salt: 8 }
    }

    #[test]
    fn a_temporary_key_stands_for_its_permanent_one_until_it_expires() {
        let keys = Keys::default();
        let (long, short) = (key(1).id(), key(2).id());
        keys.insert(permanent(key(1)), 0);
        keys.insert(temporary(key(2)), 0);
        assert!(!keys.bind(long, short));
        assert!(keys.bind(short, long));
        assert_eq!(keys.find(short, 99).unwrap().identity, long);
        assert!(keys.find(short, 100).is_none());
        assert_eq!(keys.insert(permanent(key(3)), 100), [short]);
    }

    #[test]
    fn a_removed_key_takes_its_temporary_keys_along() {
        let keys = Keys::default();
        keys.insert(permanent(key(1)), 0);
        keys.insert(temporary(key(2)), 0);
        assert!(keys.bind(key(2).id(), key(1).id()));
        let mut gone = keys.remove(key(1).id());
        gone.sort_unstable();
        let mut both = [key(1).id(), key(2).id()];
        both.sort_unstable();
        assert_eq!(gone, both);
        assert!(keys.find(key(2).id(), 0).is_none());
        assert!(keys.remove(key(1).id()).is_empty());
    }

    #[test]
    fn the_key_used_longest_ago_is_dropped() {
        let numbered = |number: u32| {
            let mut bytes = [0; 256];
            bytes[..4].copy_from_slice(&number.to_le_bytes());
            AuthKey::new(Zeroizing::new(bytes))
        };
        let keys = Keys::default();
        for number in 0..REMEMBERED as u32 {
            assert!(keys.insert(permanent(numbered(number)), 0).is_empty());
        }
        assert!(keys.find(numbered(0).id(), 0).is_some());
        assert_eq!(keys.insert(permanent(key(1)), 0), [numbered(1).id()]);
    }

    #[test]
    fn a_changed_salt_is_the_only_one_taken() {
        let keys = Keys::default();
        let id = key(1).id();
        keys.insert(permanent(key(1)), 0);
        assert!(keys.takes_salt(id, 0));
        keys.change_salt(id);
        let salt = keys.find(id, 0).unwrap().salt;
        assert!(salt != 7 && keys.takes_salt(id, salt) && !keys.takes_salt(id, 7));
    }
}
