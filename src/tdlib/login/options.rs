//! What a session is opened with.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tdlib_rs::{enums, types};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::functions::SetTdlibParameters;
use super::home::Places;

/// The key that TDLib's database is encrypted with: 32 random bytes, which the caller keeps.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DatabaseKey(Zeroizing<String>);

impl DatabaseKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(BASE64_STANDARD.encode(bytes)))
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseKey").finish_non_exhaustive()
    }
}

/// What Telegram knows an application by, from its author's account there.
#[derive(Clone)]
pub struct ApiCredentials {
    /// `api_id`, positive.
    pub id: i32,
    /// `api_hash`, 32 hexadecimal digits.
    pub hash: String,
}

impl fmt::Debug for ApiCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiCredentials").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How a session shows up in the account's list of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What runs it.
    pub model: String,
    /// Two letters, or a language tag.
    pub language: String,
    /// The application's version.
    pub application_version: String,
}

impl Default for Device {
    fn default() -> Self {
        Self {
            model: format!("telegram-passport on {}", std::env::consts::OS),
            language: "en".to_owned(),
            application_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

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
    /// What Telegram knows the application by. A sandbox takes any.
    pub api: ApiCredentials,
    /// The key of the database in the directory: the same each time.
    pub database_key: DatabaseKey,
    /// What to reach Telegram through. `None` leaves what the directory remembers.
    pub proxy: Option<Proxy>,
    /// How the session shows up elsewhere.
    pub device: Device,
    /// Whether to use Telegram's test servers.
    pub test_servers: bool,
}

impl SessionOptions {
    /// Options with no proxy, the usual device and the production servers.
    #[must_use]
    pub fn new(directory: &Path, api: ApiCredentials, database_key: DatabaseKey) -> Self {
        let directory = directory.to_owned();
        Self { directory, api, database_key, proxy: None, device: Device::default(), test_servers: false }
    }

    /// Goes through this proxy.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Nothing but the account itself is kept: no chats, no messages.
    pub(super) fn parameters<'a>(&'a self, places: &'a Places) -> SetTdlibParameters<'a> {
        SetTdlibParameters {
            use_test_dc: self.test_servers,
            database_directory: &places.database,
            files_directory: &places.files,
            database_encryption_key: &self.database_key.0,
            use_file_database: false,
            use_chat_info_database: false,
            use_message_database: false,
            use_secret_chats: false,
            api_id: self.api.id,
            api_hash: &self.api.hash,
            system_language_code: &self.device.language,
            device_model: &self.device.model,
            system_version: "",
            application_version: &self.device.application_version,
        }
    }
}
