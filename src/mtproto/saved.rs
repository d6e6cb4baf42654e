//! A session on a disk: the keys that make it, sealed under a key of the caller's.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::client::{Client, KeptKey};
use super::envelope::AuthKey;
use super::{Application, Cloud, Network};
use crate::vault::at_rest::{BoxError, StorageKey};

/// What the sealed bytes are, and in which form.
const ASSOCIATED: &[u8] = b"telegram-passport MTProto session, form 1";

/// A session has a few keys of 256 bytes: what is far larger is none.
const LARGEST: u64 = 64 * 1024;

/// Why a saved session was not taken up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedSessionError {
    /// It cannot be read.
    #[error("the saved session cannot be read")]
    Io(#[from] io::Error),
    /// It does not open.
    #[error(transparent)]
    Sealed(#[from] BoxError),
    /// It opens, and is none.
    #[error("the saved session is malformed")]
    Malformed,
    /// It was made with other servers: Telegram, its test servers, this sandbox, or another.
    #[error("the session was made with other servers, and is not used with these")]
    OtherServer,
}

impl Cloud {
    /// The session as bytes that only this key opens, authenticated: whoever has it is the account's owner.
    pub async fn seal(&self, key: &StorageKey) -> Vec<u8> {
        let keys = self.client.keys().await;
        let mut plain = Zeroizing::new(Vec::with_capacity(24 + keys.len() * 269));
        plain.extend(self.client.network().key().fingerprint.to_le_bytes());
        plain.extend(self.client.home().to_le_bytes());
        plain.extend(self.user_id().to_le_bytes());
        for (dc_id, kept) in &keys {
            plain.extend(dc_id.to_le_bytes());
            plain.push(u8::from(kept.authorised));
            plain.extend(kept.salt.to_le_bytes());
            plain.extend(kept.key.bytes());
        }
        key.seal(&plain, ASSOCIATED)
    }

    /// Takes up a session that was [sealed](Self::seal). It connects when it is first used.
    ///
    /// # Errors
    ///
    /// See [`SavedSessionError`]. Whether the account still knows the session, the first call tells
    /// ([`SignedOut`](crate::cloud::CloudError::SignedOut)).
    pub async fn open(
        network: Network,
        application: Application,
        sealed: &[u8],
        key: &StorageKey,
    ) -> Result<Self, SavedSessionError> {
        let plain = key.open(sealed, ASSOCIATED)?;
        let saved = Saved::parse(&plain).ok_or(SavedSessionError::Malformed)?;
        if saved.fingerprint != network.key().fingerprint {
            return Err(SavedSessionError::OtherServer);
        }
        let client = Arc::new(Client::new(network, application, Some(saved.home)));
        for (dc_id, kept) in saved.keys {
            // A sandbox may have fewer data centres the next time.
            client.restore(dc_id, kept).await.map_err(|_| SavedSessionError::OtherServer)?;
        }
        Ok(Self::new(client, saved.user_id))
    }

    /// Saves the [sealed](Self::seal) session in a file, for the user alone; one that is there is replaced whole.
    ///
    /// # Errors
    ///
    /// What the file system answered. A file that was there is as it was, then.
    pub async fn save_to(&self, path: &Path, key: &StorageKey) -> io::Result<()> {
        let sealed = self.seal(key).await;
        let path = path.to_owned();
        let writing = spawn_blocking(move || {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            // Readable and writable for its owner only.
            let mut aside = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            aside.write_all(&sealed)?;
            aside.as_file().sync_all()?;
            aside.persist(&path)?;
            Ok(())
        });
        writing.await.map_err(io::Error::other)?
    }

    /// Takes up a session from a file.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), and [`SavedSessionError::Io`].
    pub async fn open_from(
        network: Network,
        application: Application,
        path: &Path,
        key: &StorageKey,
    ) -> Result<Self, SavedSessionError> {
        let path = path.to_owned();
        let reading = spawn_blocking(move || {
            let mut sealed = Vec::new();
            File::open(path)?.take(LARGEST).read_to_end(&mut sealed)?;
            io::Result::Ok(sealed)
        });
        let sealed = reading.await.map_err(io::Error::other)??;
        Self::open(network, application, &sealed, key).await
    }
}

struct Saved {
    fingerprint: i64,
    home: i32,
    user_id: i64,
    keys: Vec<(i32, KeptKey)>,
}

impl Saved {
    fn parse(mut rest: &[u8]) -> Option<Self> {
        let fingerprint = i64::from_le_bytes(*take(&mut rest)?);
        let home = i32::from_le_bytes(*take(&mut rest)?);
        let user_id = i64::from_le_bytes(*take(&mut rest)?);
        let mut keys = Vec::new();
        while !rest.is_empty() {
            let dc_id = i32::from_le_bytes(*take(&mut rest)?);
            let authorised = *take::<1>(&mut rest)? != [0];
            let salt = i64::from_le_bytes(*take(&mut rest)?);
            let key = AuthKey::new(Zeroizing::new(*take(&mut rest)?));
            // The server tells if our clock is wrong.
            keys.push((dc_id, KeptKey { key, salt, time_offset: 0, authorised }));
        }
        Some(Self { fingerprint, home, user_id, keys })
    }
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(first)
}
