use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::key_exchange;
use crate::primitives::mtproto::ServerKey;
use telegram_passport::disk::Aside;

/// The RSA key by which clients know a sandbox: one for all its data centres, and for as many sandboxes as wish.
#[derive(Clone, Debug)]
pub struct ServerIdentity(pub(super) Arc<ServerKey>);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something else. It was left as it is.
    #[error("{} holds no RSA key of 2048 bits", path.display())]
    NoKey {
        /// Which.
        path: PathBuf,
    },
}

impl ServerIdentity {
    /// The usual name of the file that keeps a key, for [`open`](Self::open).
    pub const FILE_NAME: &str = "server-key.der";

    /// A new key of 2048 bits; takes a second or so.
    #[must_use]
    pub fn generate() -> Self {
        Self(Arc::new(ServerKey::generate()))
    }

    /// The key in this file; if there is none, a new one, written there whole or not at all, mode 0600.
    ///
    /// Clients trust a sandbox for its key, so what stands there is never replaced. A key that clients trust already
    /// is put there, as [`to_der`](Self::to_der) gives it, before the sandbox starts.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn open(path: &Path) -> Result<Self, IdentityError> {
        let io = |source| IdentityError::Io { path: path.to_owned(), source };
        match fs::read(path).map(Zeroizing::new) {
            Ok(der) => Self::from_der(&der).ok_or_else(|| IdentityError::NoKey { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = Self::generate();
                made.write(path).map_err(io)?;
                Ok(made)
            }
            Err(error) => Err(io(error)),
        }
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut aside = Aside::beside(path)?;
        aside.write_all(&self.to_der())?;
        Ok(aside.put_new(path)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_never_replaced() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join(ServerIdentity::FILE_NAME);
        let made = ServerIdentity::open(&path).expect("a new key");
        let read = ServerIdentity::open(&path).expect("the same key");
        assert_eq!(read.public_key(), made.public_key());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, b"something else").expect("written");
        assert!(matches!(ServerIdentity::open(&path), Err(IdentityError::NoKey { .. })));
        assert_eq!(fs::read(&path).expect("there"), b"something else");
    }
}
