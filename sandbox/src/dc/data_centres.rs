use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::debug;

use super::authorisations::{Authorisation, Authorisations};
use super::clients::Clients;
use super::faults::Faults;
use super::homes::Homes;
use super::identity::ServerIdentity;
use super::key_exchange::KeyExchange;
use super::keys::Keys;
use super::last_addresses::LastAddresses;
use super::shared::Shared;
use super::traffic::UnansweredMethod;
use super::transport::ProxySecret;
use super::{connection, rpc};
use crate::state::State;
use crate::store::{Holding, Inspect, StoreError};
use telegram_passport::cloud::{CloudError, SignedOut};

/// No data centre of the sandbox has this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox has no data centre {0}")]
pub struct UnknownDataCentre(pub i32);

/// Why no data centre runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// None was named.
    #[error("a sandbox has a data centre")]
    NoDataCentre,
    /// One would listen elsewhere than on loopback.
    #[error("a data centre of the sandbox is on loopback, not at {address}")]
    NotLoopback {
        /// Where it would listen.
        address: SocketAddr,
    },
    /// A port cannot be had.
    #[error("data centre {dc_id} cannot listen at {address}")]
    Bind {
        /// Which.
        dc_id: i32,
        /// Where it would listen.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The keys and logins in the state's directory cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The running data centres of one sandbox; they stop when this is dropped.
pub struct DataCentres {
    /// At least one.
    pub(super) all: Arc<BTreeMap<i32, Arc<Shared>>>,
    last_addresses: LastAddresses,
    proxy_secret: [u8; 16],
    accepting: Vec<JoinHandle<()>>,
}

impl DataCentres {
    /// Starts data centre 1 on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(state: State, identity: &ServerIdentity) -> Result<Self, StartError> {
        Self::start_at(state, identity, &BTreeMap::from([(1, (Ipv4Addr::LOCALHOST, 0).into())])).await
    }

    /// Where the data centres that last served this state listened, by id: nowhere, if it is new or only in memory.
    /// [`start_at`](Self::start_at) there, and their clients find them again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_addresses(state: &State) -> Result<BTreeMap<i32, SocketAddr>, StoreError> {
        Ok(LastAddresses::open(state.store())?.addresses())
    }

    /// Starts the data centres with these ids at these addresses, which must be loopback. Port 0 is the one it had
    /// last with this state, or a free one.
    ///
    /// The header of an obfuscated connection names the one it is for; every other connection is for the data centre
    /// whose address it came to.
    ///
    /// Keys and logins are where the state is: in memory, or in the directory of its
    /// [`Store`](crate::Store).
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start_at(
        state: State,
        identity: &ServerIdentity,
        at: &BTreeMap<i32, SocketAddr>,
    ) -> Result<Self, StartError> {
        if at.is_empty() {
            return Err(StartError::NoDataCentre);
        }
        let store = state.store().clone();
        let last_addresses = LastAddresses::open(&store)?;
        let mut listeners = Vec::new();
        let mut addresses = BTreeMap::new();
        for (dc_id, address) in at {
            if !address.ip().is_loopback() {
                return Err(StartError::NotLoopback { address: *address });
            }
            let address = last_addresses.resume(*dc_id, *address);
            let unavailable = |source| StartError::Bind { dc_id: *dc_id, address, source };
            let listener = TcpListener::bind(address).await.map_err(unavailable)?;
            addresses.insert(*dc_id, listener.local_addr().map_err(unavailable)?);
            listeners.push((*dc_id, listener));
        }
        last_addresses.set(&addresses);
        let proxy_secret = last_addresses.proxy_secret();
        let authorisations = Arc::new(Authorisations::open(&store)?);
        let (clients, homes) = (Arc::new(Clients::open(&store)?), Arc::new(Homes::open(&store)?));
        let (sessions, login_tokens, faults) = (Arc::default(), Arc::default(), Faults::default());
        let (received_parts, traffic) = (Arc::default(), Arc::default());
        let mut all = BTreeMap::new();
        for dc_id in at.keys() {
            let shared = Shared {
                dc_id: *dc_id,
                addresses: addresses.clone(),
                state: state.clone(),
                keys: Keys::open(&store, *dc_id)?,
                authorisations: Arc::clone(&authorisations),
                login_tokens: Arc::clone(&login_tokens),
                sessions: Arc::clone(&sessions),
                clients: Arc::clone(&clients),
                homes: Arc::clone(&homes),
                traffic: Arc::clone(&traffic),
                faults: faults.clone(),
                received_parts: Arc::clone(&received_parts),
                key_exchange: KeyExchange::new(Arc::clone(&identity.0)),
                proxy_secrets: vec![ProxySecret(proxy_secret)],
            };
            all.insert(*dc_id, Arc::new(shared));
        }
        let all = Arc::new(all);
        let accepting = listeners
            .into_iter()
            .map(|(dc_id, listener)| tokio::spawn(accept(listener, dc_id, Arc::clone(&all))))
            .collect();
        Ok(Self { all, last_addresses, proxy_secret, accepting })
    }

    /// Everything that is kept here, by name, as it would be written: keys, logins, what clients announced of themselves.
    /// What accounts hold is in [`State::records`].
    #[must_use]
    pub fn records(&self) -> BTreeMap<String, Vec<u8>> {
        self.kept().into_iter().flat_map(Inspect::records).collect()
    }

    /// All that is kept, record by record.
    fn kept(&self) -> Vec<&dyn Inspect> {
        let Shared { authorisations, clients, homes, .. } = self.any();
        let shared = [self.last_addresses.kept(), authorisations.kept(), clients.kept(), homes.kept()];
        shared.into_iter().chain(self.all.values().map(|own| own.keys.kept())).collect()
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

    /// For how long a QR login's token may be approved (30 seconds, as Telegram's), from the next one on.
    pub fn set_login_token_lifetime(&self, lifetime: Duration) {
        self.any().login_tokens.set_lifetime(lifetime);
    }

    /// Has a person approve a login by its link, as they do who scan the QR code with a phone that is signed in.
    /// To be called within the runtime that the data centres run in.
    ///
    /// # Errors
    /// `AUTH_TOKEN_INVALID`, also for what is no such link; `AUTH_TOKEN_EXPIRED`, `AUTH_TOKEN_ALREADY_ACCEPTED`.
    pub fn approve_login(&self, link: &str, user_id: i64) -> Result<(), CloudError> {
        let token = link.strip_prefix("tg://login?token=");
        let token = token.and_then(|token| BASE64_URL_SAFE_NO_PAD.decode(token).ok()).unwrap_or_default();
        rpc::login_token::accept(self.any(), &token, user_id).map(drop)
    }

    /// How often each part of an upload has come, by file and part, heeded or not (`upload.saveFilePart` and
    /// `upload.saveBigFilePart`).
    #[must_use]
    pub fn received_parts(&self) -> BTreeMap<(i64, i32), u32> {
        self.any().received_parts.counts()
    }

    /// How often each method was called so far, by its name in the schema, whoever called it; refused and unknown
    /// ones count too.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.any().traffic.calls()
    }

    /// The methods that clients have called and that are not modelled here, each once: they are answered by
    /// `METHOD_NOT_IMPLEMENTED`.
    #[must_use]
    pub fn unanswered(&self) -> watch::Receiver<Vec<UnansweredMethod>> {
        self.any().traffic.unanswered()
    }

    /// Every text and every string of bytes that the sandbox holds: what is in the [records](Self::records) and in the
    /// state's ([`State::holdings`]); and in memory alone, the answers that clients have not acknowledged yet, and values
    /// that a fault might bring back.
    #[must_use]
    pub fn holdings(&self) -> Vec<Holding> {
        let Shared { state, sessions, faults, .. } = self.any();
        let mut all = state.holdings();
        all.extend(self.kept().into_iter().flat_map(Inspect::holdings));
        all.extend(sessions.holdings());
        all.extend(faults.holdings());
        all
    }

    /// Ends every session of a person or a bot, as another device or Telegram itself does, and gives how many there
    /// were. What is asked under their keys from now on is refused for this reason; one without an RPC error
    /// ([`SignedOut::to_rpc`]) counts as `AUTH_KEY_UNREGISTERED`.
    pub fn end_sessions(&self, account_id: i64, reason: &SignedOut) -> usize {
        let reason = if reason.to_rpc().is_some() { reason } else { &SignedOut::KeyUnregistered };
        self.any().authorisations.end(account_id, reason)
    }

    /// How many sessions of a person or a bot there are. One that has still to prove the password is none.
    #[must_use]
    pub fn sessions(&self, account_id: i64) -> usize {
        let of_account = [Authorisation::User(account_id), Authorisation::Bot(account_id)];
        let authorisations = &self.any().authorisations;
        of_account.into_iter().map(|signed_in| authorisations.identities(signed_in).len()).sum()
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
    pub(super) fn any(&self) -> &Shared {
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
