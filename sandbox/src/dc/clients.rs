//! What clients announced of themselves, by identity: their layer and the device they run on.

use serde::{Deserialize, Serialize};

use crate::store::{
    Changes, DamagedRecord, Durable, Inspect, Kept, KeptGuard, Records, Store, StoreError, Table,
};

/// The device that a client announced with `initConnection`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Device {
    pub(super) api_id: i32,
    pub(super) device_model: String,
    pub(super) system_version: String,
    pub(super) app_version: String,
}

/// What a client announces around a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Announcement {
    /// From `invokeWithLayer`.
    pub(super) layer: Option<i32>,
    /// From `initConnection`.
    pub(super) device: Option<Device>,
}

/// What is known of the client behind a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Client {
    /// The data centre its key is for.
    pub(super) dc_id: i32,
    /// The layer it announced, 0 before it did.
    pub(super) layer: i32,
    pub(super) device: Device,
    /// When it first announced anything, in Unix seconds.
    pub(super) created: i64,
    /// When it announced something last.
    pub(super) active: i64,
}

/// The clients of a sandbox; identities are ids of permanent keys, or of temporary ones not bound yet.
#[derive(Debug, Default)]
pub(super) struct Clients(Kept<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_identity: Table<i64, Client>,
}

impl Clients {
    /// The clients in a store.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        Kept::open(store, "dc/client").map(Self)
    }

    /// Every one, as it is written.
    pub(super) fn kept(&self) -> &dyn Inspect {
        &self.0
    }

    /// Notes what a client announces at a data centre; what it leaves out stays.
    pub(super) fn announce(&self, identity: i64, dc_id: i32, announced: Announcement, now: i64) {
        if announced == Announcement::default() {
            return;
        }
        let mut clients = self.lock();
        let fresh = || Client { dc_id, created: now, ..Client::default() };
        let client = clients.by_identity.get_or_insert_with(identity, fresh);
        client.active = now;
        client.layer = announced.layer.unwrap_or(client.layer);
        if let Some(device) = announced.device {
            client.device = device;
        }
    }

    /// The layer it announced, 0 before it did.
    pub(super) fn layer(&self, identity: i64) -> i32 {
        self.lock().by_identity.get(&identity).map_or(0, |client| client.layer)
    }

    /// What is known of a client.
    pub(super) fn find(&self, identity: i64) -> Option<Client> {
        self.lock().by_identity.get(&identity).cloned()
    }

    /// A temporary key was bound: what its client announced, the permanent key's did.
    pub(super) fn bind(&self, temporary: i64, permanent: i64) {
        let clients = &mut self.lock().by_identity;
        if let Some(client) = clients.remove(&temporary) {
            let created = clients.get(&permanent).map_or(client.created, |known| known.created);
            clients.insert(permanent, Client { created, ..client });
        }
    }

    /// Forgets clients whose keys are gone.
    pub(super) fn remove(&self, identities: &[i64]) {
        self.lock().by_identity.retain(|identity, _| !identities.contains(identity));
    }

    fn lock(&self) -> KeptGuard<'_, Inner> {
        self.0.lock()
    }
}

impl Durable for Inner {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self { by_identity: Table::load(records, place)? })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.by_identity.collect(place, changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_what_it_announced_last() {
        let clients = Clients::default();
        let layer = |layer| Announcement { layer: Some(layer), ..Announcement::default() };
        clients.announce(1, 2, Announcement::default(), 100);
        assert_eq!(clients.find(1), None);
        let device = Device { device_model: "a telephone".to_owned(), ..Device::default() };
        clients.announce(1, 2, Announcement { device: Some(device.clone()), ..layer(222) }, 100);
        clients.announce(1, 2, layer(230), 105);
        assert_eq!(clients.find(1), Some(Client { dc_id: 2, layer: 230, device, created: 100, active: 105 }));

        clients.announce(2, 2, layer(222), 200);
        clients.bind(2, 1);
        assert_eq!((clients.layer(1), clients.layer(2)), (222, 0));
        assert_eq!(clients.find(1).map(|client| client.created), Some(100));
        clients.remove(&[1]);
        assert_eq!(clients.find(1), None);
    }
}
