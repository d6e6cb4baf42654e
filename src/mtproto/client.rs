//! One account's keys and links, data centre by data centre.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grammers_tl_types as tl;
use tl::{Deserializable, Identifiable, RemoteCall, Serializable, enums, functions};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::sleep;

use super::envelope::AuthKey;
use super::key_exchange::{Agreed, exchange};
use super::link::Link;
use super::session::Repeat;
use super::{Application, ChannelError, Network, transport};
use crate::cloud::CloudError;

/// The layer spoken: TDLib 1.8.61's, so that both engines speak one.
pub(super) const LAYER: i32 = 222;

/// How often the servers may send us from one to another before that is no answer any more.
const MOST_MIGRATIONS: usize = 3;

/// How often a key exchange is begun before a broken connection is taken for an answer.
const EXCHANGES: usize = 3;

/// How many files are remembered to be elsewhere.
const MOST_FILES: usize = 4096;

/// A key at one data centre, as it is kept.
#[derive(Clone, Debug)]
pub(super) struct KeptKey {
    pub(super) key: AuthKey,
    pub(super) salt: i64,
    pub(super) time_offset: i64,
    /// Whether the account is signed in under it.
    pub(super) authorised: bool,
}

/// One data centre, and what is settled with it.
struct Centre {
    link: Link,
    key: AuthKey,
    time_offset: i64,
    /// Whether it has heard who we are.
    introduced: AtomicBool,
    authorised: AsyncMutex<bool>,
}

/// A client of one network.
pub(super) struct Client {
    network: Network,
    application: Application,
    home: AtomicI32,
    /// Held while a key is agreed on, so that two who need one do not make two.
    centres: AsyncMutex<BTreeMap<i32, Arc<Centre>>>,
    /// Files that are not at home, by id.
    files: Mutex<HashMap<i64, i32>>,
}

impl Client {
    pub(super) fn new(network: Network, application: Application, home: Option<i32>) -> Self {
        let home = AtomicI32::new(home.unwrap_or_else(|| network.first()));
        Self { network, application, home, centres: AsyncMutex::default(), files: Mutex::default() }
    }

    pub(super) fn network(&self) -> &Network {
        &self.network
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

    /// Takes a key that was kept.
    pub(super) async fn restore(&self, dc_id: i32, kept: KeptKey) -> Result<(), ChannelError> {
        let KeptKey { key, salt, time_offset, authorised } = kept;
        let patience = self.application.patience;
        let link = Link::open(&self.network, dc_id, key.clone(), (salt, time_offset), patience, None)?;
        let centre = Centre {
            link,
            key,
            time_offset,
            introduced: AtomicBool::new(false),
            authorised: AsyncMutex::new(authorised),
        };
        self.centres.lock().await.insert(dc_id, Arc::new(centre));
        Ok(())
    }

    /// The keys there are, to be kept.
    pub(super) async fn keys(&self) -> BTreeMap<i32, KeptKey> {
        let mut keys = BTreeMap::new();
        // Not under the lock: who carries the account elsewhere holds the other one, and needs this.
        let centres = self.centres.lock().await.clone();
        for (dc_id, centre) in &centres {
            let kept = KeptKey {
                key: centre.key.clone(),
                salt: centre.link.salt(),
                time_offset: centre.time_offset,
                authorised: *centre.authorised.lock().await,
            };
            keys.insert(*dc_id, kept);
        }
        keys
    }

    /// Closes all connections; nobody is signed out by that.
    pub(super) async fn close(&self) {
        self.centres.lock().await.clear();
    }

    /// By how many seconds the home's clock is ahead of ours.
    pub(super) async fn time_offset(&self) -> Result<i64, CloudError> {
        Ok(self.centre(self.home()).await?.time_offset)
    }

    /// Waits until the home tells of an approved login.
    pub(super) async fn login_token(&self) -> Result<(), CloudError> {
        self.centre(self.home()).await?.link.login_token().await;
        Ok(())
    }

    /// The link to a data centre; the first one takes a key exchange.
    async fn centre(&self, dc_id: i32) -> Result<Arc<Centre>, CloudError> {
        let mut centres = self.centres.lock().await;
        if let Some(centre) = centres.get(&dc_id) {
            return Ok(Arc::clone(centre));
        }
        let mut attempts = 1;
        let centre = loop {
            match self.agree(dc_id).await {
                Err(ChannelError::Connection(_) | ChannelError::Proxy { .. }) if attempts < EXCHANGES => {
                    attempts += 1
                }
                agreed => break Arc::new(agreed?),
            }
        };
        centres.insert(dc_id, Arc::clone(&centre));
        Ok(centre)
    }

    async fn agree(&self, dc_id: i32) -> Result<Centre, ChannelError> {
        let address = self.network.address(dc_id).ok_or(ChannelError::UnknownDataCentre { dc_id })?;
        let patience = self.application.patience;
        let (mut reader, mut writer) =
            transport::connect(address, self.network.proxy(), patience.connect).await?;
        let number = self.network.exchange_id(dc_id);
        let agreed = exchange(&mut reader, &mut writer, self.network.key(), number, patience.connect).await?;
        let Agreed { key, salt, time_offset } = agreed;
        let connection = Some((reader, writer));
        let link = Link::open(&self.network, dc_id, key.clone(), (salt, time_offset), patience, connection)?;
        Ok(Centre {
            link,
            key,
            time_offset,
            introduced: AtomicBool::new(false),
            authorised: AsyncMutex::new(false),
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

    /// Asks the data centre that has a file, wherever that is.
    pub(super) async fn ask_for_file<F: RemoteCall + Identifiable>(
        &self,
        file_id: i64,
        function: &F,
    ) -> Result<F::Return, CloudError> {
        let mut dc_id = self.files().get(&file_id).copied().unwrap_or_else(|| self.home());
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
                        files.insert(file_id, dc_id);
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
            let mut authorised = centre.authorised.lock().await;
            if !*authorised {
                let export = functions::auth::ExportAuthorization { dc_id };
                let enums::auth::ExportedAuthorization::Authorization(exported) =
                    self.ask(&export, Repeat::Harmless).await?;
                let import = functions::auth::ImportAuthorization { id: exported.id, bytes: exported.bytes };
                match self.ask_there(dc_id, &import, Repeat::Spent).await {
                    Ok(_) => *authorised = true,
                    Err(CloudError::SignedOut(_)) if again => {
                        again = false;
                        drop(authorised);
                        self.leave(dc_id, &centre).await;
                        continue;
                    }
                    Err(CloudError::SignedOut(_)) => return Err(ChannelError::NotLetIn { dc_id }.into()),
                    Err(why) => return Err(why),
                }
            }
            drop(authorised);
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
        *centre.authorised.lock().await = true;
        Ok(())
    }

    async fn ask_at<F: RemoteCall>(
        &self,
        dc_id: i32,
        function: &F,
        repeat: Repeat,
    ) -> Result<Vec<u8>, CloudError> {
        let query = function.to_bytes();
        let mut patience = self.application.patience.flood_wait;
        loop {
            let answer = self.ask_once(dc_id, query.clone(), repeat).await;
            let Err(CloudError::FloodWait { seconds }) = answer else { return answer };
            let wait = Duration::from_secs(seconds.max(1).into());
            let Some(left) = patience.checked_sub(wait) else { return answer };
            patience = left;
            // It was refused undone, so that even what may not be done twice may be asked again.
            sleep(wait).await;
        }
    }

    async fn ask_once(&self, dc_id: i32, query: Vec<u8>, repeat: Repeat) -> Result<Vec<u8>, CloudError> {
        let centre = self.centre(dc_id).await?;
        let introduced = centre.introduced.load(Ordering::Relaxed);
        let body = if introduced { query.clone() } else { self.introduce(query.clone()) };
        match centre.link.ask(body, repeat).await {
            Err(why @ CloudError::Transport(_)) => Err(why),
            Err(CloudError::Other { message, .. }) if introduced && message == "CONNECTION_NOT_INITED" => {
                centre.link.ask(self.introduce(query), repeat).await
            }
            answer => {
                centre.introduced.store(true, Ordering::Relaxed);
                answer
            }
        }
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
            .field("network", &self.network)
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
