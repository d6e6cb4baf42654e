//! The vault's channel beside TDLib: a session of its own, which TDLib's approves, kept sealed beside TDLib's database.
//!
//! It sees what TDLib hides, and looks at the passport secret before TDLib may load it. Among the account's devices it is
//! [`VaultChannel::DEVICE`]. [`Session::vault_channel`] gives the vault over it, and is all that an app needs.
//!
//! Three files make it up, in the account's directory unless [`ChannelOptions`] says otherwise:
//!
//! - `channel.session`: the session, sealed
//! - `channel.begun`: the same while it is being signed in, before anybody has let it in; whoever is cut short then is found
//!   by it, and the session is ended before another is begun
//! - `channel.number`: what names it among the account's sessions, by which TDLib's can end it where it cannot end itself
//!
//! They are sealed under a key that is derived from the database's ([`StorageKey::derive`] with the label
//! `telegram-passport vault channel`), so that there is one key to keep. What is left there when the account is signed out
//! opens with that key only.
//!
//! Nothing is called failed that may have happened: a session that is not kept is ended, and where that is not certain the
//! error says that one may be left ([`VaultChannelError::Left`]).

mod ending;
mod error;
mod sign_in;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tdlib_rs::types;
use tokio::sync::MutexGuard as AsyncMutexGuard;

use crate::cloud::CloudError;
use crate::login::{Application, Device, LoginError};
use crate::mtproto::{Cloud, Network, SavedSessionError, Socks5};
use crate::passport::Vaulted;
use crate::tdlib::function::functions;
use crate::tdlib::login::{OpenError, Proxy, ProxyKind, Session, SessionOptions};
use crate::tdlib::server::Server;
use crate::vault::Password;
use crate::vault::at_rest::StorageKey;

pub use error::{LogOutError, VaultChannelError};

/// The sealed session.
const FILE: &str = "channel.session";

/// The session while it is being signed in.
const BEGUN_FILE: &str = "channel.begun";

/// What names it among the account's sessions.
const NUMBER_FILE: &str = "channel.number";

/// What its key is derived for.
const KEY_LABEL: &str = "telegram-passport vault channel";

/// Where the vault's channel is kept, and whom it talks to, where that is not plain.
#[derive(Clone, Debug, Default)]
pub struct ChannelOptions {
    /// The folder of its files; the account's own directory if none is named.
    pub directory: Option<PathBuf>,
    /// The servers, and the way there, where they are a sandbox's.
    pub network: Option<Network>,
}

/// Where an account's channel is kept, and how it is reached: for accounts without a signed-in [`Session`], which has its
/// own.
pub struct VaultChannel {
    directory: PathBuf,
    key: StorageKey,
    application: Application,
    servers: Servers,
    /// What TDLib reaches them through.
    proxy: Option<Proxy>,
}

/// Whom it talks to.
enum Servers {
    Telegram,
    TelegramTest,
    Given(Box<Network>),
    /// A sandbox that nobody has described.
    Untold,
}

impl VaultChannel {
    /// What the session is called among the account's devices.
    pub const DEVICE: &str = "telegram-passport vault";

    /// The channel of the account that is opened with these options.
    #[must_use]
    pub fn new(options: &SessionOptions) -> Self {
        let device = Device { model: Self::DEVICE.to_owned(), ..options.application.device.clone() };
        Self {
            directory: options.channel.directory.clone().unwrap_or_else(|| options.directory.clone()),
            key: options.database_key.derive(KEY_LABEL),
            application: options.application.clone().on(device),
            servers: match &options.channel.network {
                Some(network) => Servers::Given(Box::new(network.clone())),
                None if options.test_servers => Servers::TelegramTest,
                None => Servers::Telegram,
            },
            proxy: options.proxy.clone(),
        }
    }

    /// The same beside a library that talks to this server. A sandbox is never taken for Telegram, nor the other way round.
    pub(in crate::tdlib) fn beside(server: &Server, options: &SessionOptions) -> Result<Self, OpenError> {
        let channel = Self::new(options);
        match (server, &channel.servers) {
            (Server::Telegram, Servers::Given(network)) if network.is_sandbox() => {
                Err(OpenError::WrongServer { path: options.directory.clone() })
            }
            (Server::Sandbox(_), Servers::Given(network)) if !network.is_sandbox() => {
                Err(OpenError::WrongServer { path: options.directory.clone() })
            }
            (Server::Sandbox(_), Servers::Telegram | Servers::TelegramTest) => {
                Ok(Self { servers: Servers::Untold, ..channel })
            }
            _ => Ok(channel),
        }
    }

    /// Whether there is one, signed in, whatever has become of it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        Self::is_kept_in(&self.directory)
    }

    /// Whether there is one in this folder.
    #[must_use]
    pub fn is_kept_in(directory: &Path) -> bool {
        directory.join(FILE).is_file()
    }

    fn file(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    fn begun_file(&self) -> PathBuf {
        self.directory.join(BEGUN_FILE)
    }

    fn number_file(&self) -> PathBuf {
        self.directory.join(NUMBER_FILE)
    }

    /// The servers, by the way that TDLib takes, or by none.
    fn network(&self) -> Result<Network, VaultChannelError> {
        let telegram = match &self.servers {
            Servers::Given(network) => return Ok((**network).clone()),
            Servers::Untold => return Err(VaultChannelError::NetworkUnknown),
            Servers::Telegram => Network::telegram(),
            Servers::TelegramTest => Network::telegram_test(),
        };
        match &self.proxy {
            None => Ok(telegram),
            Some(Proxy { server, port, kind: ProxyKind::Socks5 { username, password } }) => {
                let socks5 = Socks5 {
                    username: username.clone(),
                    password: password.clone().into(),
                    ..Socks5::new(server, *port)
                };
                Ok(telegram.through(socks5).map_err(|_| VaultChannelError::ProxyUnfit)?)
            }
            Some(_) => Err(VaultChannelError::ProxyUnfit),
        }
    }

    /// The session that is kept, if the server still knows it. One that has ended for certain is none, and is removed.
    async fn saved(&self) -> Result<Option<Cloud>, VaultChannelError> {
        let Some(cloud) = self.open(&self.file()).await? else { return Ok(None) };
        match cloud.active_sessions().await {
            Ok(_) => Ok(Some(cloud)),
            Err(CloudError::SignedOut(reason)) if reason.is_certain() => {
                self.remove()?;
                Ok(None)
            }
            Err(why) => Err(why.into()),
        }
    }

    /// The session in this file, whatever has become of it.
    async fn open(&self, path: &Path) -> Result<Option<Cloud>, VaultChannelError> {
        if !path.is_file() {
            return Ok(None);
        }
        let opened = Cloud::open_from(self.network()?, self.application.clone(), path, &self.key).await;
        opened.map(Some).map_err(|source| match source {
            SavedSessionError::OtherServer => VaultChannelError::OtherServer,
            source => VaultChannelError::Unreadable { path: path.to_owned(), source },
        })
    }
}

impl fmt::Debug for VaultChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultChannel").field("directory", &self.directory).finish_non_exhaustive()
    }
}

functions! {
    /// The proxies that the database knows, and which of them is in use.
    GetProxies, "getProxies", {} -> types::AddedProxies;
}

/// The vault's channel of this account. One thing after the other: who wants it while it is being signed in waits.
impl Session {
    /// The vault over its channel beside this session, locked: an engine by itself, and what
    /// [`Engine::beside`](crate::tdlib::Engine::beside) takes.
    ///
    /// One that is kept is taken up. Where there is none, where it has ended for certain, or where it was another
    /// account's, another is signed in, approved by this session, and kept; that wants the account's password, if it has one. What
    /// was cut short in the middle is ended first. Nobody types a code; the person sees the session among their devices
    /// as [`VaultChannel::DEVICE`], and the app should say so. It reaches Telegram as TDLib does: by the same SOCKS5
    /// proxy, if there is one.
    ///
    /// The future may be dropped: what it had begun is ended by the next.
    ///
    /// # Errors
    ///
    /// See [`VaultChannelError`]; among them [`PasswordInvalid`](VaultChannelError::PasswordInvalid), and
    /// [`Left`](VaultChannelError::Left), after which a session may be among the account's devices that nobody has here.
    pub async fn vault_channel(
        &self,
        password: Option<&Password>,
    ) -> Result<Arc<Vaulted<Cloud>>, VaultChannelError> {
        let channel = self.channel().await?;
        let cloud = match self.saved_or_retired(&channel).await? {
            Some(cloud) => cloud,
            None => channel.sign_in(self, password).await?,
        };
        Ok(Arc::new(Vaulted::new(cloud)))
    }

    /// The vault over the channel that is kept; `None` if there is none, or none any more. It needs no password.
    ///
    /// # Errors
    ///
    /// [`VaultChannelError::Unreadable`], [`VaultChannelError::Refused`].
    pub async fn saved_vault_channel(&self) -> Result<Option<Arc<Vaulted<Cloud>>>, VaultChannelError> {
        let channel = self.channel().await?;
        Ok(self.saved_or_retired(&channel).await?.map(|cloud| Arc::new(Vaulted::new(cloud))))
    }

    /// Ends a channel that somebody was cut short over while it was being signed in. [`vault_channel`](Self::vault_channel)
    /// does so before it begins.
    ///
    /// # Errors
    ///
    /// [`VaultChannelError::Refused`]: it may still be among the account's devices.
    pub async fn end_begun_vault_channel(&self) -> Result<(), VaultChannelError> {
        self.channel().await?.end_begun().await
    }

    /// Ends the channel, on the server and here; false if there was none. Where it cannot end itself, this session does.
    ///
    /// # Errors
    ///
    /// [`VaultChannelError::Refused`]; it may not have ended, and is kept.
    pub async fn end_vault_channel(&self) -> Result<bool, VaultChannelError> {
        self.channel().await?.end(Some(self)).await
    }

    /// Sets the channel aside if the server says not to know its key, which anybody on the way could say: nothing is
    /// deleted, and another is signed in when it is wanted. For the first moment after a login.
    ///
    /// # Errors
    ///
    /// [`VaultChannelError::Unreadable`], [`VaultChannelError::Unkept`].
    pub async fn set_unknown_vault_channel_aside(&self) -> Result<(), VaultChannelError> {
        self.channel().await?.set_aside_if_unknown().await
    }

    /// Signs out and leaves nothing behind: the channel is ended, then the server forgets this session, and TDLib deletes
    /// its database.
    ///
    /// # Errors
    ///
    /// [`LogOutError::ChannelLeft`] if this session has ended, and the channel has not; any other, and this one may not have.
    pub async fn log_out_with_channel(self) -> Result<(), LogOutError> {
        let ended = self.end_vault_channel().await;
        self.log_out().await?;
        ended.map(drop).map_err(LogOutError::ChannelLeft)
    }

    /// The channel, the way that TDLib goes now; nobody else is at it.
    async fn channel(&self) -> Result<AsyncMutexGuard<'_, VaultChannel>, LoginError> {
        let mut channel = self.channel.lock().await;
        let known = self.client().call(&GetProxies {}).await?.proxies;
        let in_use = known.into_iter().find(|known| known.is_enabled);
        channel.proxy = in_use.and_then(|known| Proxy::of_tdlib(known.proxy));
        Ok(channel)
    }

    /// The channel that is kept for the account of this session. One for another account, which was signed in here before,
    /// is ended.
    async fn saved_or_retired(&self, channel: &VaultChannel) -> Result<Option<Cloud>, VaultChannelError> {
        let Some(cloud) = channel.saved().await? else { return Ok(None) };
        if cloud.user_id() == self.me().await?.id {
            return Ok(Some(cloud));
        }
        cloud.log_out().await?;
        channel.remove()?;
        Ok(None)
    }
}

/// What ends one of TDLib's own calls ends the channel's.
impl From<LoginError> for VaultChannelError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::PasswordInvalid => Self::PasswordInvalid,
            LoginError::Unkept(why) => Self::Unkept(why),
            LoginError::Refused(why) => Self::Refused(why),
            other => Self::Login(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mtproto::PRODUCTION_KEY;
    use crate::tdlib::server::Fingerprint;

    fn options() -> SessionOptions {
        SessionOptions::new(Path::new("account"), Application::new(1, "0".repeat(32)), StorageKey::generate())
    }

    fn sandbox() -> Network {
        // Any key of the right form will do.
        Network::sandbox(&BTreeMap::from([(1, "127.0.0.1:1".parse().unwrap())]), PRODUCTION_KEY).unwrap()
    }

    #[test]
    fn it_goes_the_way_that_tdlib_goes_or_not_at_all() {
        let mut channel = VaultChannel::new(&options());
        assert!(format!("{:?}", channel.network().unwrap()).contains("proxy: None"));
        channel.proxy = Some(Proxy::socks5("proxy.example", 1080));
        assert!(format!("{:?}", channel.network().unwrap()).contains("proxy.example"));
        let mtproto = ProxyKind::Mtproto { secret: "00".repeat(16) };
        channel.proxy = Some(Proxy { kind: mtproto, ..Proxy::socks5("proxy.example", 443) });
        assert!(matches!(channel.network(), Err(VaultChannelError::ProxyUnfit)));
    }

    #[test]
    fn a_sandbox_is_not_taken_for_telegram_nor_the_other_way_round() {
        let on_sandbox = Server::Sandbox(Fingerprint::of("a key"));
        let with = |network| SessionOptions {
            channel: ChannelOptions { directory: None, network: Some(network) },
            ..options()
        };
        for (server, network) in [(&Server::Telegram, sandbox()), (&on_sandbox, Network::telegram())] {
            let refused = VaultChannel::beside(server, &with(network));
            assert!(matches!(refused, Err(OpenError::WrongServer { .. })), "{server:?}: {refused:?}");
        }
        let untold = VaultChannel::beside(&on_sandbox, &options()).unwrap().network();
        assert!(matches!(untold, Err(VaultChannelError::NetworkUnknown)), "{untold:?}");
        let told = VaultChannel::beside(&on_sandbox, &with(sandbox())).unwrap();
        assert!(format!("{:?}", told.network().unwrap()).contains("127.0.0.1:1"));
    }
}
