//! What a session is opened with.

use std::fmt;
use std::path::{Path, PathBuf};

use tdlib_rs::{enums, types};

use super::functions::SetTdlibParameters;
use super::home::Places;
use crate::login::Application;
#[cfg(feature = "mtproto")]
use crate::tdlib::channel::ChannelOptions;
use crate::vault::at_rest::StorageKey;

/// A proxy between TDLib and Telegram, in use before the first packet.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// A host name or an address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// What it speaks.
    pub kind: ProxyKind,
}

/// What a proxy speaks.
#[derive(Clone, PartialEq, Eq)]
pub enum ProxyKind {
    /// SOCKS5; both texts may be empty.
    Socks5 {
        /// The user's name.
        username: String,
        /// The user's password.
        password: String,
    },
    /// HTTP with `CONNECT`; both texts may be empty.
    Http {
        /// The user's name.
        username: String,
        /// The user's password.
        password: String,
    },
    /// Telegram's own protocol.
    Mtproto {
        /// Hexadecimal digits: 16 bytes, `dd` before them for padded packets.
        secret: String,
    },
}

impl Proxy {
    /// A SOCKS5 proxy without a password.
    #[must_use]
    pub fn socks5(server: impl Into<String>, port: u16) -> Self {
        let kind = ProxyKind::Socks5 { username: String::new(), password: String::new() };
        Self { server: server.into(), port, kind }
    }

    pub(super) fn to_tdlib(&self) -> enums::Proxy {
        let kind = match self.kind.clone() {
            ProxyKind::Socks5 { username, password } => {
                enums::ProxyType::Socks5(types::ProxyTypeSocks5 { username, password })
            }
            ProxyKind::Http { username, password } => {
                enums::ProxyType::Http(types::ProxyTypeHttp { username, password, http_only: false })
            }
            ProxyKind::Mtproto { secret } => enums::ProxyType::Mtproto(types::ProxyTypeMtproto { secret }),
        };
        enums::Proxy::Proxy(types::Proxy {
            server: self.server.clone(),
            port: self.port.into(),
            r#type: kind,
        })
    }

    /// A proxy of which TDLib says that it is there; none if its port is none.
    #[cfg(feature = "mtproto")]
    pub(in crate::tdlib) fn of_tdlib(proxy: types::Proxy) -> Option<Self> {
        let kind = match proxy.r#type {
            enums::ProxyType::Socks5(types::ProxyTypeSocks5 { username, password }) => {
                ProxyKind::Socks5 { username, password }
            }
            enums::ProxyType::Http(types::ProxyTypeHttp { username, password, .. }) => {
                ProxyKind::Http { username, password }
            }
            enums::ProxyType::Mtproto(types::ProxyTypeMtproto { secret }) => ProxyKind::Mtproto { secret },
        };
        Some(Self { server: proxy.server, port: proxy.port.try_into().ok()?, kind })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("server", &self.server)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ProxyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Socks5 { .. } => "Socks5",
            Self::Http { .. } => "Http",
            Self::Mtproto { .. } => "Mtproto",
        })
    }
}

/// Everything a session is opened with.
#[derive(Debug)]
pub struct SessionOptions {
    /// The account's own directory; it is created, for the user alone.
    pub directory: PathBuf,
    /// What Telegram knows the application by, and how the session shows up elsewhere.
    pub application: Application,
    /// The key that TDLib's database in the directory is encrypted with, which the caller keeps: the same each time.
    pub database_key: StorageKey,
    /// What to reach Telegram through. `None` leaves what the directory remembers.
    pub proxy: Option<Proxy>,
    /// Whether to use Telegram's test servers.
    pub test_servers: bool,
    /// Where the vault's channel is kept, and whom it talks to, where that is not plain.
    #[cfg(feature = "mtproto")]
    pub channel: ChannelOptions,
}

impl SessionOptions {
    /// Options with no proxy, and the production servers.
    #[must_use]
    pub fn new(directory: &Path, application: Application, database_key: StorageKey) -> Self {
        let directory = directory.to_owned();
        Self {
            directory,
            application,
            database_key,
            proxy: None,
            test_servers: false,
            #[cfg(feature = "mtproto")]
            channel: ChannelOptions::default(),
        }
    }

    /// Goes through this proxy.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Nothing but the account itself is kept: no chats, no messages.
    pub(super) fn parameters<'a>(
        &'a self,
        places: &'a Places,
        database_key: &'a str,
    ) -> SetTdlibParameters<'a> {
        let Application { api_id, api_hash, device } = &self.application;
        SetTdlibParameters {
            use_test_dc: self.test_servers,
            database_directory: &places.database,
            files_directory: &places.files,
            database_encryption_key: database_key,
            use_file_database: false,
            use_chat_info_database: false,
            use_message_database: false,
            use_secret_chats: false,
            api_id: *api_id,
            api_hash,
            system_language_code: &device.language,
            device_model: &device.model,
            system_version: &device.system_version,
            application_version: &device.application_version,
        }
    }
}
