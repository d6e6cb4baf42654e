//! The keys clients made with this data centre, and who is signed in under each.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::sandbox::primitives::mtproto::sha1;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// Until it is destroyed.
    Permanent,
    /// Until this Unix time, for a permanent key it is bound to.
    Temporary {
        /// Seconds since 1970.
        expires_at: i64,
    },
}

/// Every key this data centre knows.
#[derive(Debug, Default)]
pub(super) struct Keys(Mutex<HashMap<i64, Entry>>);

#[derive(Debug)]
struct Entry {
    key: std::sync::Arc<AuthKey>,
    lifetime: Lifetime,
    salt: i64,
    /// For a temporary key, the permanent one.
    bound_to: Option<i64>,
}

/// A key as a connection uses it.
#[derive(Clone, Debug)]
pub(super) struct KnownKey {
    pub(super) key: std::sync::Arc<AuthKey>,
    pub(super) salt: i64,
    /// Whose authorisation holds: the key itself, or the permanent one behind a temporary key.
    pub(super) identity: i64,
}

impl Keys {
    /// Keeps a key from a finished exchange.
    pub(super) fn insert(&self, key: AuthKey, lifetime: Lifetime, salt: i64) {
        let id = key.id();
        self.lock().insert(id, Entry { key: std::sync::Arc::new(key), lifetime, salt, bound_to: None });
    }

    /// The key with this id, if it is known and has not expired at `now` (Unix seconds).
    pub(super) fn find(&self, id: i64, now: i64) -> Option<KnownKey> {
        let mut keys = self.lock();
        let entry = keys.get(&id)?;
        if matches!(entry.lifetime, Lifetime::Temporary { expires_at } if expires_at <= now) {
            keys.remove(&id);
            return None;
        }
        let identity = entry.bound_to.unwrap_or(id);
        Some(KnownKey { key: entry.key.clone(), salt: entry.salt, identity })
    }

    /// Binds a temporary key to a permanent one (`auth.bindTempAuthKey`); false if either is not what it must be.
    pub(super) fn bind(&self, temporary: i64, permanent: i64) -> bool {
        let mut keys = self.lock();
        if !keys.get(&permanent).is_some_and(|entry| entry.lifetime == Lifetime::Permanent) {
            return false;
        }
        match keys.get_mut(&temporary) {
            Some(entry) if entry.lifetime != Lifetime::Permanent => {
                entry.bound_to = Some(permanent);
                true
            }
            _ => false,
        }
    }

    /// Forgets a key and the temporary ones bound to it; false if it was not known.
    pub(super) fn remove(&self, id: i64) -> bool {
        let mut keys = self.lock();
        keys.retain(|_, entry| entry.bound_to != Some(id));
        keys.remove(&id).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> AuthKey {
        AuthKey::new(Zeroizing::new([byte; 256]))
    }

    #[test]
    fn a_temporary_key_speaks_for_its_permanent_one_until_it_expires() {
        let keys = Keys::default();
        let (permanent, temporary) = (key(1).id(), key(2).id());
        keys.insert(key(1), Lifetime::Permanent, 7);
        keys.insert(key(2), Lifetime::Temporary { expires_at: 100 }, 8);
        assert!(!keys.bind(permanent, temporary));
        assert!(keys.bind(temporary, permanent));
        assert_eq!(keys.find(temporary, 99).unwrap().identity, permanent);
        assert!(keys.find(temporary, 100).is_none());
    }

    #[test]
    fn a_removed_key_takes_its_temporary_keys_along() {
        let keys = Keys::default();
        keys.insert(key(1), Lifetime::Permanent, 7);
        keys.insert(key(2), Lifetime::Temporary { expires_at: 100 }, 8);
        assert!(keys.bind(key(2).id(), key(1).id()));
        assert!(keys.remove(key(1).id()));
        assert!(keys.find(key(2).id(), 0).is_none());
        assert!(!keys.remove(key(1).id()));
    }
}
