//! Who is signed in under which key, at every data centre of one sandbox.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::primitives;
use crate::store::{
    Changes, DamagedRecord, Durable, Inspect, Kept, KeptGuard, Records, Store, StoreError, Table,
};
use telegram_passport::cloud::SignedOut;

/// How far a key's login has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Authorisation {
    /// The code or the QR approval was right; the 2FA password is still to come.
    PasswordNeeded(i64),
    /// A person.
    User(i64),
    /// A bot.
    Bot(i64),
}

/// How long an exported authorisation may be imported, in seconds.
const EXPORT_LIFETIME: i64 = 60;

/// The authorisations of a sandbox; identities are ids of permanent keys.
#[derive(Debug, Default)]
pub(super) struct Authorisations(Kept<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_identity: Table<i64, Authorisation>,
    /// These live for a minute, and not beyond the process.
    exported: Vec<Exported>,
    /// Keys whose session was ended for a reason that a tester gave: it is told as long as the process lives.
    ended: HashMap<i64, SignedOut>,
}

#[derive(Debug)]
struct Exported {
    user_id: i64,
    dc_id: i32,
    token: [u8; 32],
    expires_at: i64,
}

impl Authorisations {
    /// The authorisations in a store.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        Kept::open(store, "dc/authorisation").map(Self)
    }

    /// Every one, as it is written.
    pub(super) fn kept(&self) -> &dyn Inspect {
        &self.0
    }

    /// Signs a key in, or notes how far it came.
    pub(super) fn set(&self, identity: i64, authorisation: Authorisation) {
        let mut inner = self.lock();
        inner.ended.remove(&identity);
        inner.by_identity.insert(identity, authorisation);
    }

    /// Ends every session of a person or a bot, for this reason; gives how many.
    pub(super) fn end(&self, account_id: i64, reason: &SignedOut) -> usize {
        let of_account = [Authorisation::User(account_id), Authorisation::Bot(account_id)];
        let mut inner = self.lock();
        let held = inner.by_identity.iter().filter(|(_, held)| of_account.contains(held));
        let identities: Vec<i64> = held.map(|(identity, _)| *identity).collect();
        for identity in &identities {
            inner.by_identity.remove(identity);
            inner.ended.insert(*identity, reason.clone());
        }
        identities.len()
    }

    /// Why nobody is signed in under a key.
    pub(super) fn ended(&self, identity: i64) -> SignedOut {
        self.lock().ended.get(&identity).cloned().unwrap_or(SignedOut::KeyUnregistered)
    }

    /// Signs a key out; true if anybody was signed in.
    pub(super) fn remove(&self, identity: i64) -> bool {
        self.lock().by_identity.remove(&identity).is_some()
    }

    /// What holds for a key.
    pub(super) fn find(&self, identity: i64) -> Option<Authorisation> {
        self.lock().by_identity.get(&identity).copied()
    }

    /// The person signed in under a key.
    pub(super) fn user(&self, identity: i64) -> Option<i64> {
        match self.find(identity) {
            Some(Authorisation::User(user_id)) => Some(user_id),
            _ => None,
        }
    }

    /// The bot signed in under a key.
    pub(super) fn bot(&self, identity: i64) -> Option<i64> {
        match self.find(identity) {
            Some(Authorisation::Bot(bot_id)) => Some(bot_id),
            _ => None,
        }
    }

    /// The person whose password is still to come under a key.
    pub(super) fn password_needed(&self, identity: i64) -> Option<i64> {
        match self.find(identity) {
            Some(Authorisation::PasswordNeeded(user_id)) => Some(user_id),
            _ => None,
        }
    }

    /// The keys a person or a bot is signed in under.
    pub(super) fn identities(&self, signed_in: Authorisation) -> Vec<i64> {
        let inner = self.lock();
        inner
            .by_identity
            .iter()
            .filter(|(_, held)| **held == signed_in)
            .map(|(identity, _)| *identity)
            .collect()
    }

    /// A token with which a key at another data centre becomes this person's (`auth.exportAuthorization`).
    pub(super) fn export(&self, user_id: i64, dc_id: i32, now: i64) -> [u8; 32] {
        let token = primitives::random();
        let mut inner = self.lock();
        inner.exported.retain(|exported| exported.expires_at > now);
        inner.exported.push(Exported { user_id, dc_id, token, expires_at: now + EXPORT_LIFETIME });
        token
    }

    /// Uses a token up (`auth.importAuthorization`); false if it is not one for this person and data centre.
    pub(super) fn import(&self, user_id: i64, dc_id: i32, token: &[u8], now: i64) -> bool {
        let mut inner = self.lock();
        let place = inner.exported.iter().position(|exported| {
            exported.user_id == user_id
                && exported.dc_id == dc_id
                && exported.expires_at > now
                && primitives::equal(&exported.token, token)
        });
        place.map(|place| inner.exported.swap_remove(place)).is_some()
    }

    fn lock(&self) -> KeptGuard<'_, Inner> {
        self.0.lock()
    }
}

impl Durable for Inner {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self { by_identity: Table::load(records, place)?, ..Self::default() })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.by_identity.collect(place, changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exported_authorisation_is_good_once_there_and_soon() {
        let authorisations = Authorisations::default();
        let token = authorisations.export(7, 2, 100);
        assert!(!authorisations.import(7, 1, &token, 100));
        assert!(!authorisations.import(8, 2, &token, 100));
        assert!(!authorisations.import(7, 2, &token, 100 + EXPORT_LIFETIME));
        assert!(authorisations.import(7, 2, &token, 101));
        assert!(!authorisations.import(7, 2, &token, 101));
    }
}
