//! MTProto data centres on loopback, which Telegram's own clients log in to.
//!
//! From the wire inwards: `transport` (packets on TCP), `key_exchange` and `envelope` (what makes them
//! secret), `session` (who said what), `wire` (what is wrapped around a query), `rpc` (what is answered).
//! It serves [`State`], which stays blind: no file here uses the vault.
//!
//! It listens on loopback and names no other address, so a client that believes it goes nowhere else. What goes wrong
//! on the way, a tester says ([`Faults`]).

mod authorisations;
mod clients;
mod connection;
mod convert;
mod delivery;
mod envelope;
mod faults;
mod homes;
mod key_exchange;
mod keys;
mod login_tokens;
mod rpc;
mod session;
#[cfg(test)]
mod tests;
mod transport;
mod users;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tracing::debug;
use zeroize::Zeroizing;

pub use self::faults::{Fault, Faults};

use self::authorisations::Authorisations;
use self::clients::Clients;
use self::convert::{FileSizes, FileView};
use self::homes::Homes;
use self::key_exchange::KeyExchange;
pub(super) use self::key_exchange::fingerprint_of;
use self::keys::Keys;
use self::login_tokens::LoginTokens;
use self::session::Sessions;
use self::transport::ProxySecret;
use crate::sandbox::primitives;
use crate::sandbox::primitives::mtproto::ServerKey;
use crate::sandbox::state::State;

/// What one data centre's connections share.
#[derive(Debug)]
struct Shared {
    dc_id: i32,
    /// Every data centre of the sandbox, by id.
    addresses: BTreeMap<i32, SocketAddr>,
    state: State,
    keys: Keys,
    authorisations: Arc<Authorisations>,
    login_tokens: Arc<LoginTokens>,
    sessions: Arc<Sessions>,
    clients: Arc<Clients>,
    homes: Arc<Homes>,
    faults: Faults,
    key_exchange: KeyExchange,
    proxy_secrets: Vec<ProxySecret>,
}

impl Shared {
    /// Forgets a key, its sessions and who was signed in under it.
    fn forget_key(&self, identity: i64) {
        self.forget(&self.keys.remove(identity));
    }

    /// Forgets what hung on keys that are gone.
    fn forget(&self, gone: &[i64]) {
        for identity in gone {
            self.authorisations.remove(*identity);
        }
        self.clients.remove(gone);
        self.sessions.destroy_all(gone);
    }

    /// How this data centre shows files.
    fn file_view(&self, sizes: FileSizes) -> FileView {
        FileView { sizes, dc_id: self.homes.of_files(self.dc_id) }
    }
}

/// The RSA key by which clients know a sandbox: one for all its data centres, and for as many sandboxes as wish.
#[derive(Clone, Debug)]
pub struct ServerIdentity(Arc<ServerKey>);

impl ServerIdentity {
    /// A new key of 2048 bits; takes a second or so.
    #[must_use]
    pub fn generate() -> Self {
        Self(Arc::new(ServerKey::generate()))
    }

    /// The public key, which a client must know to trust the sandbox: `-----BEGIN RSA PUBLIC KEY-----`, with the line
    /// lengths of Telegram's own.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.0.public_pem()
    }

    /// The fingerprint in `resPQ`.
    #[must_use]
    pub fn fingerprint(&self) -> i64 {
        key_exchange::fingerprint(&self.0)
    }

    /// The key in this PKCS#1 DER, as [`to_der`](Self::to_der) wrote it; `None` if it is no RSA key of 2048 bits.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        ServerKey::from_der(der).map(Arc::new).map(Self)
    }

    /// PKCS#1 DER of the private key, to be kept beside a sandbox's state.
    #[must_use]
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_der()
    }
}

/// No data centre of the sandbox has this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox has no data centre {0}")]
pub struct UnknownDataCentre(pub i32);

/// The running data centres of one sandbox; they stop when this is dropped.
pub struct DataCentres {
    /// At least one.
    all: Arc<BTreeMap<i32, Arc<Shared>>>,
    proxy_secret: [u8; 16],
    accepting: Vec<JoinHandle<()>>,
}

impl DataCentres {
    /// Starts data centre 1 on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(state: State, identity: &ServerIdentity) -> io::Result<Self> {
        Self::start_at(state, identity, &BTreeMap::from([(1, (Ipv4Addr::LOCALHOST, 0).into())])).await
    }

    /// Starts the data centres with these ids at these addresses, which must be loopback; port 0 is a free one.
    ///
    /// Which of them an obfuscated connection is for, its header says; every other one is for the data centre
    /// whose address it came to.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for an address that is not loopback, or for none; whatever binding gave.
    pub async fn start_at(
        state: State,
        identity: &ServerIdentity,
        at: &BTreeMap<i32, SocketAddr>,
    ) -> io::Result<Self> {
        if at.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a sandbox has a data centre"));
        }
        let mut listeners = Vec::new();
        let mut addresses = BTreeMap::new();
        for (dc_id, address) in at {
            if !address.ip().is_loopback() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a data centre of the sandbox is on loopback",
                ));
            }
            let listener = TcpListener::bind(address).await?;
            addresses.insert(*dc_id, listener.local_addr()?);
            listeners.push((*dc_id, listener));
        }
        let proxy_secret = primitives::random();
        let (authorisations, login_tokens, homes) = (Arc::default(), Arc::default(), Arc::default());
        let (sessions, clients, faults) = (Arc::default(), Arc::default(), Faults::default());
        let all: BTreeMap<i32, Arc<Shared>> = at
            .keys()
            .map(|dc_id| {
                let shared = Shared {
                    dc_id: *dc_id,
                    addresses: addresses.clone(),
                    state: state.clone(),
                    keys: Keys::default(),
                    authorisations: Arc::clone(&authorisations),
                    login_tokens: Arc::clone(&login_tokens),
                    sessions: Arc::clone(&sessions),
                    clients: Arc::clone(&clients),
                    homes: Arc::clone(&homes),
                    faults: faults.clone(),
                    key_exchange: KeyExchange::new(Arc::clone(&identity.0)),
                    proxy_secrets: vec![ProxySecret(proxy_secret)],
                };
                (*dc_id, Arc::new(shared))
            })
            .collect();
        let all = Arc::new(all);
        let accepting = listeners
            .into_iter()
            .map(|(dc_id, listener)| tokio::spawn(accept(listener, dc_id, Arc::clone(&all))))
            .collect();
        Ok(Self { all, proxy_secret, accepting })
    }

    /// Where the first data centre listens: for MTProto, for SOCKS5 and as an MTProto proxy alike.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let (_, first) = self.addresses().first_key_value().expect("there is at least one data centre");
        *first
    }

    /// Where each data centre listens, by its id.
    #[must_use]
    pub fn addresses(&self) -> &BTreeMap<i32, SocketAddr> {
        &self.any().addresses
    }

    /// The 16-byte secret with which each is an MTProto proxy to all.
    #[must_use]
    pub fn proxy_secret(&self) -> [u8; 16] {
        self.proxy_secret
    }

    /// What is to go wrong, at all data centres of this sandbox.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.any().faults.clone()
    }

    /// Moves a person or a bot to a data centre: any other one sends who logs in there, with `PHONE_MIGRATE_n`,
    /// `USER_MIGRATE_n` or `auth.loginTokenMigrateTo`. Who is signed in elsewhere already stays so.
    ///
    /// # Errors
    /// [`UnknownDataCentre`] if it was not started: clients would look for it for ever.
    pub fn set_home(&self, account_id: i64, dc_id: i32) -> Result<(), UnknownDataCentre> {
        self.known(dc_id).map(|()| self.any().homes.set(account_id, dc_id))
    }

    /// Moves all files to a data centre (`secureFile.dc_id`), which clients reach by `auth.exportAuthorization`.
    ///
    /// # Errors
    /// [`UnknownDataCentre`] if it was not started.
    pub fn set_home_of_files(&self, dc_id: i32) -> Result<(), UnknownDataCentre> {
        self.known(dc_id).map(|()| self.any().homes.set_files(dc_id))
    }

    fn known(&self, dc_id: i32) -> Result<(), UnknownDataCentre> {
        self.all.contains_key(&dc_id).then_some(()).ok_or(UnknownDataCentre(dc_id))
    }

    /// One of the data centres, for what they have in common.
    fn any(&self) -> &Shared {
        self.all.values().next().expect("there is at least one data centre")
    }
}

impl Drop for DataCentres {
    fn drop(&mut self) {
        for accepting in &self.accepting {
            accepting.abort();
        }
    }
}

impl fmt::Debug for DataCentres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataCentres").field("addresses", self.addresses()).finish_non_exhaustive()
    }
}

/// Takes connections until it is stopped, and then ends them all.
async fn accept(listener: TcpListener, dc_id: i32, all: Arc<BTreeMap<i32, Arc<Shared>>>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection::serve(Arc::clone(&all), dc_id, stream));
                }
                Err(why) => {
                    debug!(%why, "a connection could not be taken");
                    // Out of file descriptors, most likely: some of them will be closed.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
