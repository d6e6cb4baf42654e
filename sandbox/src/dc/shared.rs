use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::authorisations::Authorisations;
use super::clients::Clients;
use super::faults::Faults;
use super::file_view::{FileSizes, FileView};
use super::homes::Homes;
use super::key_exchange::KeyExchange;
use super::keys::Keys;
use super::login_tokens::LoginTokens;
use super::received_parts::ReceivedParts;
use super::session::Sessions;
use super::traffic::Traffic;
use super::transport::ProxySecret;
use crate::state::State;

/// What one data centre's connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) dc_id: i32,
    /// Every data centre of the sandbox, by id.
    pub(super) addresses: BTreeMap<i32, SocketAddr>,
    pub(super) state: State,
    pub(super) keys: Keys,
    pub(super) authorisations: Arc<Authorisations>,
    pub(super) login_tokens: Arc<LoginTokens>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) clients: Arc<Clients>,
    pub(super) homes: Arc<Homes>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) faults: Faults,
    pub(super) received_parts: Arc<ReceivedParts>,
    pub(super) key_exchange: KeyExchange,
    pub(super) proxy_secrets: Vec<ProxySecret>,
}

impl Shared {
    /// Forgets a key, its sessions and who was signed in under it.
    pub(super) fn forget_key(&self, identity: i64) {
        self.forget(&self.keys.remove(identity));
    }

    /// Forgets what hung on keys that are gone.
    pub(super) fn forget(&self, gone: &[i64]) {
        for identity in gone {
            self.authorisations.remove(*identity);
        }
        self.clients.remove(gone);
        self.sessions.destroy_all(gone);
    }

    /// How this data centre shows files.
    pub(super) fn file_view(&self, sizes: FileSizes) -> FileView {
        let sizes = if self.faults.tells_sizes() { FileSizes::True } else { sizes };
        FileView { sizes, dc_id: self.homes.of_files(self.dc_id) }
    }
}
