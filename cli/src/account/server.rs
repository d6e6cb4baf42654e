//! Where an account is: on Telegram, or on a sandbox that described itself in a file.

use std::fmt;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use telegram_passport::login::Application;
use telegram_passport::mtproto::Network;
use telegram_passport::tdlib::{Fingerprint, SessionOptions};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::{Description, DescriptionError};

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

/// A sandbox, as it described itself in a file.
#[derive(Debug)]
pub(crate) struct SandboxServer {
    path: PathBuf,
    description: Description,
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

    /// How TDLib opens an account's session there, and the vault its channel.
    pub(crate) fn session_options(
        &self,
        directory: &Path,
        database_key: StorageKey,
    ) -> Result<SessionOptions, Failure> {
        match self {
            Self::Telegram(application) => {
                Ok(SessionOptions::new(directory, application.clone(), database_key))
            }
            Self::Sandbox(sandbox) => sandbox
                .description
                .session_options(directory, database_key)
                .map_err(|error| misdescribed(&error)),
        }
    }

    /// The servers, as they are reached without TDLib.
    pub(crate) fn network(&self) -> Result<Network, Failure> {
        match self {
            Self::Telegram(_) => Ok(Network::telegram()),
            Self::Sandbox(sandbox) => sandbox.description.network().map_err(|error| misdescribed(&error)),
        }
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
        let socks5 = sandbox.description.socks5;
        match TcpStream::connect_timeout(&socks5, CONNECT_TIME_OUT) {
            Ok(_) => Ok(()),
            Err(_) => Err(Failure::failed(format!("no sandbox listens at {socks5}")).remedy(format!(
                "`tgpassport sandbox` starts one; {} describes one that has ended.",
                sandbox.path.display()
            ))),
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
        Ok(Self { path, description })
    }

    fn fingerprint(&self) -> String {
        Fingerprint::of(&self.description.public_key).to_string()
    }

    /// As it described itself.
    pub(crate) fn description(&self) -> &Description {
        &self.description
    }

    /// Where its codes appear.
    pub(crate) fn codes(&self) -> &Path {
        &self.description.codes
    }

    pub(crate) fn record(&self) -> SandboxRecord {
        SandboxRecord { description: self.path.clone(), fingerprint: self.fingerprint() }
    }
}

/// A description that was read is right.
fn misdescribed(error: &DescriptionError) -> Failure {
    Failure::refused(sentence(error))
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Telegram(_) => f.write_str("Telegram"),
            Self::Sandbox(sandbox) => write!(f, "the sandbox at {}", sandbox.description.socks5),
        }
    }
}
