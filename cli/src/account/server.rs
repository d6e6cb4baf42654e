//! Where an account is: on Telegram, or on a sandbox that described itself in a file.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use telegram_passport::login::Application;
use telegram_passport::mtproto::Network;
use telegram_passport::tdlib::{Fingerprint, Proxy};
use telegram_passport_sandbox::Description;

use super::record::{Record, SandboxRecord};
use super::{AccountName, api};
use crate::failure::{Failure, sentence};

/// On loopback somebody answers at once, or nobody listens.
const CONNECT_TIME_OUT: Duration = Duration::from_secs(2);

/// Where an account is.
#[derive(Debug)]
pub(crate) enum Server {
    /// On Telegram, where the person's own program is known by this.
    Telegram(Application),
    /// On a sandbox.
    Sandbox(SandboxServer),
}

/// A sandbox, as it described itself.
#[derive(Debug)]
pub(crate) struct SandboxServer {
    description: PathBuf,
    public_key: String,
    data_centres: BTreeMap<i32, SocketAddr>,
    socks5: SocketAddr,
    codes: PathBuf,
}

impl Server {
    /// Telegram, with the person's credentials; or the sandbox described in this file.
    pub(crate) fn choose(sandbox: Option<&Path>) -> Result<Self, Failure> {
        match sandbox {
            None => api::application().map(Self::Telegram),
            Some(path) => SandboxServer::read(path).map(Self::Sandbox),
        }
    }

    /// The server of an account: the one it was made on, and no other.
    ///
    /// A sandbox may describe itself elsewhere than when the account was made; what counts is its key.
    pub(crate) fn of(name: &AccountName, record: &Record, sandbox: Option<&Path>) -> Result<Self, Failure> {
        let another = "Use another account name for another server: --account.";
        match (&record.sandbox, sandbox) {
            (None, None) => Self::choose(None),
            (None, Some(_)) => {
                Err(Failure::refused(format!("{name} is an account on Telegram, not on a sandbox"))
                    .remedy(another))
            }
            (Some(made_on), given) => {
                let server = SandboxServer::read(given.unwrap_or(&made_on.description))?;
                if server.fingerprint() == made_on.fingerprint {
                    Ok(Self::Sandbox(server))
                } else {
                    Err(Failure::refused(format!("{name} was made on another sandbox than this one")).remedy(
                        format!("{another} If that sandbox is gone, `tgpassport logout --only-here` forgets what is here."),
                    ))
                }
            }
        }
    }

    pub(crate) fn application(&self) -> Application {
        match self {
            Self::Telegram(application) => application.clone(),
            Self::Sandbox(_) => api::for_sandbox(),
        }
    }

    /// The way there; a sandbox is its own.
    pub(crate) fn proxy(&self) -> Option<Proxy> {
        match self {
            Self::Telegram(_) => None,
            Self::Sandbox(sandbox) => {
                Some(Proxy::socks5(sandbox.socks5.ip().to_string(), sandbox.socks5.port()))
            }
        }
    }

    /// The servers, as they are reached without TDLib.
    pub(crate) fn network(&self) -> Result<Network, Failure> {
        Ok(self.sandbox_network()?.unwrap_or_else(Network::telegram))
    }

    /// The same of a sandbox; none for Telegram.
    pub(crate) fn sandbox_network(&self) -> Result<Option<Network>, Failure> {
        let Self::Sandbox(sandbox) = self else { return Ok(None) };
        let network = Network::sandbox(&sandbox.data_centres, &sandbox.public_key);
        network.map(Some).map_err(|error| Failure::refused(sentence(&error)))
    }

    pub(crate) fn sandbox_key(&self) -> Option<&str> {
        self.sandbox().map(|sandbox| sandbox.public_key.as_str())
    }

    pub(crate) fn sandbox(&self) -> Option<&SandboxServer> {
        match self {
            Self::Telegram(_) => None,
            Self::Sandbox(sandbox) => Some(sandbox),
        }
    }

    /// Fails at once where TDLib would try for ever.
    pub(crate) fn must_listen(&self) -> Result<(), Failure> {
        let Self::Sandbox(sandbox) = self else { return Ok(()) };
        match TcpStream::connect_timeout(&sandbox.socks5, CONNECT_TIME_OUT) {
            Ok(_) => Ok(()),
            Err(_) => {
                Err(Failure::failed(format!("no sandbox listens at {}", sandbox.socks5)).remedy(format!(
                    "`tgpassport sandbox` starts one; {} describes one that has ended.",
                    sandbox.description.display()
                )))
            }
        }
    }
}

impl SandboxServer {
    fn read(path: &Path) -> Result<Self, Failure> {
        let unusable = |message: String| {
            Failure::failed(message)
                .remedy("`tgpassport sandbox` starts a sandbox and writes its sandbox.json.")
        };
        let description = Description::read(path)
            .map_err(|error| unusable(format!("{}: {}", path.display(), sentence(&error))))?;
        // Remembered, it has to be found from anywhere.
        let path = path.canonicalize().map_err(|error| unusable(format!("{}: {error}", path.display())))?;
        Ok(Self {
            description: path,
            public_key: description.public_key,
            data_centres: description.data_centres,
            socks5: description.socks5,
            codes: description.codes,
        })
    }

    fn fingerprint(&self) -> String {
        Fingerprint::of(&self.public_key).to_string()
    }

    /// Where its codes appear.
    pub(crate) fn codes(&self) -> &Path {
        &self.codes
    }

    pub(crate) fn record(&self) -> SandboxRecord {
        SandboxRecord { description: self.description.clone(), fingerprint: self.fingerprint() }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Telegram(_) => f.write_str("Telegram"),
            Self::Sandbox(sandbox) => write!(f, "the sandbox at {}", sandbox.socks5),
        }
    }
}
