//! Where the data centres listened last: a sandbox that starts again is where its clients look for it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::primitives;
use crate::store::{Changes, DamagedRecord, Durable, Inspect, Kept, Records, Store, StoreError, Table};

/// The key of the one entry with the proxy's secret.
const SECRET: u8 = 0;

/// Addresses by data centre, and the secret of the MTProto proxy.
#[derive(Debug)]
pub(super) struct LastAddresses(Kept<Inner>);

#[derive(Debug, Default)]
struct Inner {
    addresses: Table<i32, SocketAddr>,
    /// One entry at most, [`SECRET`].
    proxy_secret: Table<u8, [u8; 16]>,
}

impl LastAddresses {
    /// The addresses in a store.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        Kept::open(store, "dc/place").map(Self)
    }

    /// Where they were; empty for a new sandbox.
    pub(super) fn addresses(&self) -> BTreeMap<i32, SocketAddr> {
        self.0.lock().addresses.clone()
    }

    /// Where a data centre is to listen that may listen at this address: on port 0, where it was.
    pub(super) fn resume(&self, dc_id: i32, at: SocketAddr) -> SocketAddr {
        let before = self.0.lock().addresses.get(&dc_id).copied();
        before.filter(|before| at.port() == 0 && before.ip() == at.ip()).unwrap_or(at)
    }

    /// Notes where they are now.
    pub(super) fn set(&self, addresses: &BTreeMap<i32, SocketAddr>) {
        let mut inner = self.0.lock();
        inner.addresses.retain(|dc_id, _| addresses.contains_key(dc_id));
        for (dc_id, address) in addresses {
            if inner.addresses.get(dc_id) != Some(address) {
                inner.addresses.insert(*dc_id, *address);
            }
        }
    }

    /// The proxy's secret: drawn once.
    pub(super) fn proxy_secret(&self) -> [u8; 16] {
        let mut inner = self.0.lock();
        if let Some(secret) = inner.proxy_secret.get(&SECRET) {
            return *secret;
        }
        let drawn = primitives::random();
        inner.proxy_secret.insert(SECRET, drawn);
        drawn
    }

    /// All of it, as it is written.
    pub(super) fn kept(&self) -> &dyn Inspect {
        &self.0
    }
}

impl Durable for Inner {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self {
            addresses: Table::load(records, &format!("{place}/address"))?,
            proxy_secret: Table::load(records, &format!("{place}/proxy-secret"))?,
        })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.addresses.collect(&format!("{place}/address"), changes);
        self.proxy_secret.collect(&format!("{place}/proxy-secret"), changes);
    }
}
