//! One account's keys and links, data centre by data centre.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use grammers_tl_types as tl;
use tl::{Deserializable, Identifiable, RemoteCall, Serializable, enums, functions};
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::debug;

use super::addresses::{Addresses, named_in};
use super::envelope::AuthKey;
use super::key_exchange::{Agreed, exchange};
use super::layer::LAYER;
use super::link::{Link, Route};
use super::session::Repeat;
use super::{ChannelError, KeyExchangeError, Network, transport};
use crate::cloud::{CloudError, FileLocation};
use crate::login::Application;

/// Keeps a session somewhere, whenever it has news.
pub(super) trait Keeper: Send + Sync + 'static {
    /// Writes the session as it is now.
    fn keep<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, io::Result<()>>;
}

/// How often the servers may send us from one to another before that is no answer any more.
const MOST_MIGRATIONS: usize = 3;

/// How often a key exchange is begun at every address before what stopped it is taken for an answer.
const EXCHANGES: usize = 3;

/// How often a question is put to a data centre that is in trouble of its own.
const MOST_TROUBLES: usize = 4;

/// Before it is tried again, by either of these: doubled from one time to the next.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How many files are remembered to be elsewhere than they say.
const MOST_FILES: usize = 4096;

/// A key at one data centre, as it is kept.
#[derive(Clone, Debug)]
pub(super) struct KeptKey {
    pub(super) key: AuthKey,
    pub(super) salt: i64,
    /// Whether the account is signed in under it.
    pub(super) authorised: bool,
}

/// One data centre, and what is settled with it.
struct Centre {
    link: Link,
    key: AuthKey,
    /// By how many seconds its clock is ahead, if the key was agreed on now.
    time_offset: Option<i64>,
    /// Whether it was told who we are.
    introduced: AtomicBool,
    /// Whether the account is signed in there.
    authorised: AtomicBool,
    /// Held while it is carried there.
    carrying: AsyncMutex<()>,
}

/// A client of one network.
pub(super) struct Client {
    network: Network,
    addresses: Arc<Addresses>,
    application: Application,
    home: AtomicI32,
    /// Held while a key is agreed on, so that two who need one do not make two.
    centres: AsyncMutex<BTreeMap<i32, Arc<Centre>>>,
    /// Files that are not where they say, by id.
    files: Mutex<HashMap<i64, i32>>,
    /// Whether the network's configuration was asked for.
    configured: AtomicBool,
    /// Whether something is new that belongs to the session as it is kept.
    news: Arc<AtomicBool>,
    /// Who keeps it.
    keeper: Mutex<Option<Arc<dyn Keeper>>>,
}

impl Client {
    pub(super) fn new(network: Network, application: Application, home: Option<i32>) -> Self {
        let home = AtomicI32::new(home.unwrap_or_else(|| network.first()));
        Self {
            addresses: Arc::new(Addresses::new(network.clone())),
            network,
            application,
            home,
            centres: AsyncMutex::default(),
            files: Mutex::default(),
            configured: AtomicBool::new(false),
            news: Arc::default(),
            keeper: Mutex::default(),
        }
    }

    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    pub(super) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub(super) fn application(&self) -> &Application {
        &self.application
    }

    /// The account's data centre.
    pub(super) fn home(&self) -> i32 {
        self.home.load(Ordering::Relaxed)
    }

    pub(super) fn set_home(&self, dc_id: i32) {
        self.home.store(dc_id, Ordering::Relaxed);
    }

    /// Whoever keeps the session, from now on.
    pub(super) fn set_keeper(&self, keeper: impl Keeper) {
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keeper));
    }

    /// Has the session kept as it is now, if anything is new. What cannot be kept is made again the next time.
    async fn keep(&self) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(keeper) = keeper else { return };
        if self.news.swap(false, Ordering::Relaxed)
            && let Err(why) = keeper.keep(self).await
        {
            debug!(%why, "the session's news are not kept");
        }
    }

    /// Takes a key that was kept.
    pub(super) async fn restore(&self, dc_id: i32, kept: KeptKey) -> Result<(), ChannelError> {
        let KeptKey { key, salt, authorised } = kept;
        if self.addresses.of(dc_id).is_empty() {
            return Err(ChannelError::UnknownDataCentre { dc_id });
        }
        // The server tells if our clock is wrong.
        let time_offset = None;
        let time_outs = self.network.time_outs();
        let link = Link::open(self.route(dc_id, 0), key.clone(), (salt, time_offset), time_outs, None);
        let centre = Centre {
            link,
            key,
            time_offset,
            introduced: AtomicBool::new(false),
            authorised: AtomicBool::new(authorised),
            carrying: AsyncMutex::default(),
        };
        self.centres.lock().await.insert(dc_id, Arc::new(centre));
        Ok(())
    }

    fn route(&self, dc_id: i32, turn: usize) -> Route {
        Route { dc_id, addresses: Arc::clone(&self.addresses), proxy: self.network.proxy().cloned(), turn }
    }

    /// The keys there are, to be kept.
    pub(super) async fn keys(&self) -> BTreeMap<i32, KeptKey> {
        let mut keys = BTreeMap::new();
        let centres = self.centres.lock().await;
        for (dc_id, centre) in centres.iter() {
            let kept = KeptKey {
                key: centre.key.clone(),
                salt: centre.link.salt(),
                authorised: centre.authorised.load(Ordering::Relaxed),
            };
            keys.insert(*dc_id, kept);
        }
        keys
    }

    /// Closes all connections; nobody is signed out by that.
    pub(super) async fn close(&self) {
        self.centres.lock().await.clear();
    }

    /// By how many seconds the home's clock is ahead of ours, as far as is known.
    pub(super) async fn time_offset(&self) -> Result<i64, CloudError> {
        Ok(self.centre(self.home()).await?.time_offset.unwrap_or(0))
    }

    /// Changes with every approved login that the home tells of from now on.
    pub(super) async fn login_tokens(&self) -> Result<watch::Receiver<u64>, CloudError> {
        Ok(self.centre(self.home()).await?.link.login_tokens())
    }

    /// Until when what is begun now is waited for.
    fn deadline(&self) -> Instant {
        Instant::now() + self.network.time_outs().answer
    }

    /// The link to a data centre; the first one takes a key exchange.
    async fn centre(&self, dc_id: i32) -> Result<Arc<Centre>, CloudError> {
        let opening = async {
            let mut centres = self.centres.lock().await;
            if let Some(centre) = centres.get(&dc_id) {
                return Ok(Arc::clone(centre));
            }
            let centre = Arc::new(self.agree(dc_id).await?);
            centres.insert(dc_id, Arc::clone(&centre));
            self.news.store(true, Ordering::Relaxed);
            Ok(centre)
        };
        timeout_at(self.deadline(), opening)
            .await
            .unwrap_or(Err(ChannelError::TimedOut))
            .map_err(CloudError::from)
    }

    /// Agrees on a key with a data centre, at whichever of its addresses that works.
    async fn agree(&self, dc_id: i32) -> Result<Centre, ChannelError> {
        let mut pause = FIRST_PAUSE;
        let mut rounds = 1;
        loop {
            let mut failure = ChannelError::UnknownDataCentre { dc_id };
            for (turn, address) in self.addresses.of(dc_id).into_iter().enumerate() {
                match self.agree_at(dc_id, address, turn).await {
                    Err(why) if passes(&why) => failure = why,
                    agreed => return agreed,
                }
            }
            if rounds == EXCHANGES || !passes(&failure) {
                return Err(failure);
            }
            debug!(%failure, "the key exchange is begun anew");
            rounds += 1;
            sleep(pause).await;
            pause *= 2;
        }
    }

    async fn agree_at(&self, dc_id: i32, address: SocketAddr, turn: usize) -> Result<Centre, ChannelError> {
        let time_outs = self.network.time_outs();
        let (mut reader, mut writer) =
            transport::connect(address, self.network.proxy(), time_outs.connect).await?;
        let number = self.network.exchange_id(dc_id);
        let agreed =
            exchange(&mut reader, &mut writer, self.network.key(), number, time_outs.connect).await?;
        let Agreed { key, salt, time_offset } = agreed;
        let (time_offset, connection) = (Some(time_offset), Some((reader, writer)));
        let link =
            Link::open(self.route(dc_id, turn), key.clone(), (salt, time_offset), time_outs, connection);
        Ok(Centre {
            link,
            key,
            time_offset,
            introduced: AtomicBool::new(false),
            authorised: AtomicBool::new(false),
            carrying: AsyncMutex::default(),
        })
    }

    /// Asks the account's data centre; gives the bare answer.
    pub(super) async fn ask_bare<F: RemoteCall>(
        &self,
        function: &F,
        repeat: Repeat,
    ) -> Result<Vec<u8>, CloudError> {
        self.ask_at(self.home(), function, repeat).await
    }

    /// Asks the account's data centre.
    pub(super) async fn ask<F: RemoteCall + Identifiable>(
        &self,
        function: &F,
        repeat: Repeat,
    ) -> Result<F::Return, CloudError> {
        read_of::<F>(&self.ask_bare(function, repeat).await?, repeat)
    }

    /// Asks for something that whole accounts are sent elsewhere with, and goes along.
    pub(super) async fn ask_migrating<F: RemoteCall + Identifiable>(
        &self,
        function: &F,
        repeat: Repeat,
    ) -> Result<F::Return, CloudError> {
        for _ in 0..MOST_MIGRATIONS {
            match self.ask(function, repeat).await {
                Err(why) => match migration(&why, &["PHONE", "USER", "NETWORK"]) {
                    Some(dc_id) => self.set_home(dc_id),
                    None => return Err(why),
                },
                answer => return answer,
            }
        }
        Err(ChannelError::Hostile("the data centres send one another's clients in circles").into())
    }

    /// Asks the data centre that has a file: where it was sent on to, where the file says that it is, at home.
    pub(super) async fn ask_for_file<F: RemoteCall + Identifiable>(
        &self,
        file: FileLocation,
        function: &F,
    ) -> Result<F::Return, CloudError> {
        // What a server says of a file may be nothing.
        let said = Some(file.dc_id).filter(|dc_id| !self.addresses.of(*dc_id).is_empty());
        let moved = self.files().get(&file.id).copied();
        let mut dc_id = moved.or(said).unwrap_or_else(|| self.home());
        let mut again = true;
        for _ in 0..=MOST_MIGRATIONS {
            let centre = self.authorise(dc_id).await?;
            match self.ask_at(dc_id, function, Repeat::Harmless).await {
                // It forgot us there, which is no news of the account.
                Err(CloudError::SignedOut(_)) if dc_id != self.home() => {
                    if !std::mem::take(&mut again) {
                        return Err(ChannelError::NotLetIn { dc_id }.into());
                    }
                    self.leave(dc_id, &centre).await;
                }
                Err(why) => match migration(&why, &["FILE"]) {
                    Some(elsewhere) => {
                        dc_id = elsewhere;
                        let mut files = self.files();
                        if files.len() == MOST_FILES {
                            files.clear();
                        }
                        files.insert(file.id, dc_id);
                    }
                    None => return Err(why),
                },
                Ok(answer) => return read::<F>(&answer),
            }
        }
        Err(ChannelError::Hostile("the data centres send one another's clients in circles").into())
    }

    /// Asks a data centre under the key there, whoever that is signed in for.
    pub(super) async fn ask_there<F: RemoteCall + Identifiable>(
        &self,
        dc_id: i32,
        function: &F,
        repeat: Repeat,
    ) -> Result<F::Return, CloudError> {
        read_of::<F>(&self.ask_at(dc_id, function, repeat).await?, repeat)
    }

    /// Carries the account to another data centre, where it is not yet. What home says of the session stands; a key
    /// that the other one does not take is replaced once.
    async fn authorise(&self, dc_id: i32) -> Result<Arc<Centre>, CloudError> {
        let mut again = true;
        loop {
            let centre = self.centre(dc_id).await?;
            if dc_id == self.home() {
                return Ok(centre);
            }
            let carrying = centre.carrying.lock().await;
            if !centre.authorised.load(Ordering::Relaxed) {
                let export = functions::auth::ExportAuthorization { dc_id };
                let enums::auth::ExportedAuthorization::Authorization(exported) =
                    self.ask(&export, Repeat::Harmless).await?;
                let import = functions::auth::ImportAuthorization { id: exported.id, bytes: exported.bytes };
                match self.ask_there(dc_id, &import, Repeat::Spent).await {
                    Ok(_) => {
                        centre.authorised.store(true, Ordering::Relaxed);
                        self.news.store(true, Ordering::Relaxed);
                        self.keep().await;
                    }
                    Err(CloudError::SignedOut(_)) if again => {
                        again = false;
                        drop(carrying);
                        self.leave(dc_id, &centre).await;
                        continue;
                    }
                    Err(CloudError::SignedOut(_)) => return Err(ChannelError::NotLetIn { dc_id }.into()),
                    Err(why) => return Err(why),
                }
            }
            drop(carrying);
            return Ok(centre);
        }
    }

    /// Forgets the key at a data centre, if it is still this one: another is agreed on when it is wanted.
    async fn leave(&self, dc_id: i32, left: &Arc<Centre>) {
        let mut centres = self.centres.lock().await;
        if centres.get(&dc_id).is_some_and(|centre| Arc::ptr_eq(centre, left)) {
            centres.remove(&dc_id);
        }
    }

    /// The account is signed in at home from now on.
    pub(super) async fn signed_in(&self) -> Result<(), CloudError> {
        let centre = self.centre(self.home()).await?;
        centre.authorised.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn ask_at<F: RemoteCall>(
        &self,
        dc_id: i32,
        function: &F,
        repeat: Repeat,
    ) -> Result<Vec<u8>, CloudError> {
        let query = function.to_bytes();
        let mut remaining = self.network.time_outs().flood_wait;
        let centre = self.centre(dc_id).await?;
        let mut until = self.deadline();
        let (mut pause, mut troubles) = (FIRST_PAUSE, 0);
        loop {
            let answer = self.ask_once(&centre, query.clone(), repeat, until).await;
            match &answer {
                Err(CloudError::FloodWait(asked)) => {
                    let wait = (*asked).max(Duration::from_secs(1));
                    let Some(left) = remaining.checked_sub(wait) else { return answer };
                    remaining = left;
                    // It was refused undone, so that even what may not be done twice may be asked again.
                    sleep(wait).await;
                    until += wait;
                }
                Err(why) if is_trouble(why) => {
                    debug!(%why, "the data centre is in trouble");
                    troubles += 1;
                    let goes_on =
                        repeat.is_allowed() && troubles < MOST_TROUBLES && Instant::now() + pause < until;
                    if !goes_on {
                        // It was worked on, and nobody says how far.
                        let unknown = repeat.changes();
                        return if unknown { Err(ChannelError::OutcomeUnknown.into()) } else { answer };
                    }
                    sleep(pause).await;
                    pause *= 2;
                }
                _ => return answer,
            }
        }
    }

    async fn ask_once(
        &self,
        centre: &Centre,
        query: Vec<u8>,
        repeat: Repeat,
        until: Instant,
    ) -> Result<Vec<u8>, CloudError> {
        let introduced = centre.introduced.load(Ordering::Relaxed);
        let body = if introduced { query.clone() } else { self.introduce(query.clone()) };
        let answer = match centre.link.ask(body, repeat, until).await {
            Err(CloudError::Other { message, .. }) if introduced && message == "CONNECTION_NOT_INITED" => {
                centre.link.ask(self.introduce(query), repeat, until).await
            }
            answer => answer,
        };
        if !matches!(answer, Err(CloudError::Transport(_))) {
            centre.introduced.store(true, Ordering::Relaxed);
            self.configure(&centre.link);
            self.keep().await;
        }
        answer
    }

    /// Asks a data centre that answers where all of them are, once, and waits for nothing.
    fn configure(&self, link: &Link) {
        if self.configured.swap(true, Ordering::Relaxed) {
            return;
        }
        let answered = link.ask_aside(functions::help::GetConfig {}.to_bytes());
        let (addresses, news) = (Arc::clone(&self.addresses), Arc::clone(&self.news));
        let time_out = self.network.time_outs().answer;
        tokio::spawn(async move {
            let Ok(Ok(Ok(answer))) = timeout(time_out, answered).await else { return };
            match read::<functions::help::GetConfig>(&answer) {
                Ok(config) => {
                    if addresses.learn(named_in(config)) {
                        news.store(true, Ordering::Relaxed);
                    }
                }
                Err(why) => debug!(%why, "the configuration does not read"),
            }
        });
    }

    /// `invokeWithLayer{initConnection{…}}`, in which the person recognises the session.
    fn introduce(&self, query: Vec<u8>) -> Vec<u8> {
        let device = &self.application.device;
        let connection = functions::InitConnection {
            api_id: self.application.api_id,
            device_model: device.model.clone(),
            system_version: device.system_version.clone(),
            app_version: device.application_version.clone(),
            system_lang_code: device.language.clone(),
            lang_pack: String::new(),
            lang_code: device.language.clone(),
            proxy: None,
            params: None,
            query: Bare(query),
        };
        functions::InvokeWithLayer { layer: LAYER, query: connection }.to_bytes()
    }

    fn files(&self) -> std::sync::MutexGuard<'_, HashMap<i64, i32>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("addresses", &self.addresses)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// A query that is written already.
struct Bare(Vec<u8>);

impl Serializable for Bare {
    fn serialize(&self, buffer: &mut impl Extend<u8>) {
        buffer.extend(self.0.iter().copied());
    }
}

impl RemoteCall for Bare {
    type Return = bool;
}

/// The answer to a query that may change something.
fn read_of<F: RemoteCall + Identifiable>(answer: &[u8], repeat: Repeat) -> Result<F::Return, CloudError> {
    read::<F>(answer).map_err(|why| if repeat.changes() { why.of_change() } else { why })
}

/// An answer as the function's schema has it.
pub(super) fn read<F: RemoteCall + Identifiable>(answer: &[u8]) -> Result<F::Return, CloudError> {
    let method = tl::name_for_id(F::CONSTRUCTOR_ID);
    F::Return::from_bytes(answer).map_err(|_| CloudError::UnexpectedAnswer { method })
}

/// Whether what stopped a key exchange may be gone the next time: not so what only somebody says who is not the server,
/// or is not an honest one.
fn passes(why: &ChannelError) -> bool {
    matches!(
        why,
        ChannelError::Connection(_)
            | ChannelError::Proxy { .. }
            | ChannelError::TimedOut
            | ChannelError::Refused { .. }
            | ChannelError::KeyExchange(KeyExchangeError::Refused { .. })
    )
}

/// Whether a data centre tells of trouble of its own (500 `INTERNAL`, -503 `Timeout`), which may be over the next time.
fn is_trouble(why: &CloudError) -> bool {
    matches!(why, CloudError::Other { code, message } if CloudError::is_trouble(*code, message))
}

/// The data centre that a refusal sends us to: `PHONE_MIGRATE_n` and its like, by their first words.
fn migration(why: &CloudError, names: &[&str]) -> Option<i32> {
    let CloudError::Other { code: 303, message } = why else { return None };
    let (name, dc_id) = message.split_once("_MIGRATE_")?;
    names.contains(&name).then(|| dc_id.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_answer_causes_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), id in 0..4_usize) {
            use tl::Identifiable as _;
            let first = [
                tl::types::account::AuthorizationForm::CONSTRUCTOR_ID,
                tl::types::account::Password::CONSTRUCTOR_ID,
                0x1cb5_c415,
                tl::types::auth::Authorization::CONSTRUCTOR_ID,
            ][id];
            let mut answer = first.to_bytes();
            answer.extend(bytes);
            let _ = read::<functions::account::GetAuthorizationForm>(&answer);
            let _ = read::<functions::account::GetAllSecureValues>(&answer);
            let _ = read::<functions::account::GetPassword>(&answer);
            let _ = read::<functions::auth::SignIn>(&answer);
            let _ = read::<functions::users::GetUsers>(&answer);
        }
    }

    #[test]
    fn only_a_303_of_the_right_name_sends_elsewhere() {
        let refusal = |code, message: &str| CloudError::Other { code, message: message.to_owned() };
        assert_eq!(migration(&refusal(303, "PHONE_MIGRATE_4"), &["PHONE"]), Some(4));
        for why in [
            refusal(303, "FILE_MIGRATE_4"),
            refusal(400, "PHONE_MIGRATE_4"),
            refusal(303, "PHONE_MIGRATE_x"),
            refusal(303, "PHONE_MIGRATE_"),
            refusal(303, "PHONE"),
        ] {
            assert_eq!(migration(&why, &["PHONE"]), None);
        }
    }
}
