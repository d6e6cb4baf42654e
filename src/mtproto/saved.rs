//! A session on a disk: the keys that make it, sealed under a key of the caller's.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::client::{Client, Keeper, KeptKey};
use super::envelope::AuthKey;
use super::{Cloud, Network};
use crate::disk::Aside;
use crate::login::Application;
use crate::vault::at_rest::{BoxError, StorageKey};

/// What the sealed bytes are, and in which form.
const FORM_1: &[u8] = b"telegram-passport MTProto session, form 1";

/// The form that holds the addresses that were learned, too.
const FORM_2: &[u8] = b"telegram-passport MTProto session, form 2";

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
        seal(&self.client, self.user_id(), key).await
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
        let saved = Saved::open(sealed, key)?;
        if saved.fingerprint != network.key().fingerprint {
            return Err(SavedSessionError::OtherServer);
        }
        let client = Arc::new(Client::new(network, application, Some(saved.home)));
        client.addresses().learn(saved.addresses);
        for (dc_id, kept) in saved.keys {
            // A sandbox may have fewer data centres the next time.
            client.restore(dc_id, kept).await.map_err(|_| SavedSessionError::OtherServer)?;
        }
        Ok(Self::new(client, saved.user_id))
    }

    /// Saves the [sealed](Self::seal) session in a file, for the user alone; one that is there is replaced whole.
    ///
    /// From then on the file follows the session: a key that is agreed on with another data centre, or another address
    /// that is learned, is saved there too, as long as this session is what the file has.
    ///
    /// # Errors
    ///
    /// What the file system answered. A file that was there is as it was, then.
    pub async fn save_to(&self, path: &Path, key: &StorageKey) -> io::Result<()> {
        let keeper = FileKeeper::new(path, key, self.user_id());
        let sealed = self.seal(key).await;
        let path = path.to_owned();
        spawn_blocking(move || write(&path, &sealed)).await.map_err(io::Error::other)??;
        self.client.set_keeper(keeper);
        Ok(())
    }

    /// Takes up a session from a file, which follows it from then on, as after [`save_to`](Self::save_to).
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
        let file = path.to_owned();
        let sealed = spawn_blocking(move || read(&file)).await.map_err(io::Error::other)??;
        let cloud = Self::open(network, application, &sealed, key).await?;
        cloud.client.set_keeper(FileKeeper::new(path, key, cloud.user_id()));
        Ok(cloud)
    }
}

/// Has a session's file follow it.
struct FileKeeper {
    path: PathBuf,
    key: StorageKey,
    user_id: i64,
    /// Held while it is written.
    writing: AsyncMutex<()>,
}

impl FileKeeper {
    fn new(path: &Path, key: &StorageKey, user_id: i64) -> Self {
        Self { path: path.to_owned(), key: copy(key), user_id, writing: AsyncMutex::default() }
    }

    /// Writes the session as it is now, where the file still has it: one that was removed, or replaced by another
    /// session, stays so.
    async fn write(&self, client: &Client) -> io::Result<()> {
        let _writing = self.writing.lock().await;
        let path = self.path.clone();
        let there = match spawn_blocking(move || read(&path)).await.map_err(io::Error::other)? {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            there => there?,
        };
        let Ok(saved) = Saved::open(&there, &self.key) else { return Ok(()) };
        let keys = client.keys().await;
        let same = saved.keys.iter().any(|(dc_id, kept)| {
            *dc_id == saved.home && keys.get(dc_id).is_some_and(|own| own.key.bytes() == kept.key.bytes())
        });
        if saved.home != client.home() || saved.user_id != self.user_id || !same {
            return Ok(());
        }
        let (sealed, path) = (seal(client, self.user_id, &self.key).await, self.path.clone());
        spawn_blocking(move || write(&path, &sealed)).await.map_err(io::Error::other)?
    }
}

impl Keeper for FileKeeper {
    fn keep<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(self.write(client))
    }
}

/// Where a session is kept that is not signed in yet, so that whoever is cut short finds it again.
pub(super) struct Draft {
    path: PathBuf,
    key: StorageKey,
}

impl Draft {
    pub(super) fn new(path: &Path, key: &StorageKey) -> Self {
        Self { path: path.to_owned(), key: copy(key) }
    }

    /// Writes the session as it is now; nobody's yet.
    pub(super) async fn write(&self, client: &Client) -> io::Result<()> {
        let (sealed, path) = (seal(client, NOBODY, &self.key).await, self.path.clone());
        spawn_blocking(move || write(&path, &sealed)).await.map_err(io::Error::other)?
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").finish_non_exhaustive()
    }
}

/// Stands for the account of a session that is not signed in.
const NOBODY: i64 = 0;

fn copy(key: &StorageKey) -> StorageKey {
    StorageKey::try_from(key.as_bytes().as_slice()).expect("a key has a key's length")
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut sealed = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut sealed)?;
    Ok(sealed)
}

fn write(path: &Path, sealed: &[u8]) -> io::Result<()> {
    let mut aside = Aside::beside(path)?;
    aside.write_all(sealed)?;
    Ok(aside.put(path)?)
}

async fn seal(client: &Client, user_id: i64, key: &StorageKey) -> Vec<u8> {
    let (keys, addresses) = (client.keys().await, client.addresses().all_learned());
    let mut plain = Zeroizing::new(Vec::with_capacity(24 + keys.len() * 269 + addresses.len() * 23));
    plain.extend(client.network().key().fingerprint.to_le_bytes());
    plain.extend(client.home().to_le_bytes());
    plain.extend(user_id.to_le_bytes());
    plain.extend(u32::try_from(keys.len()).expect("data centres are few").to_le_bytes());
    for (dc_id, kept) in &keys {
        plain.extend(dc_id.to_le_bytes());
        plain.push(u8::from(kept.authorised));
        plain.extend(kept.salt.to_le_bytes());
        plain.extend(kept.key.bytes());
    }
    for (dc_id, address) in &addresses {
        plain.extend(dc_id.to_le_bytes());
        match address.ip() {
            IpAddr::V4(ip) => {
                plain.push(4);
                plain.extend(ip.octets());
            }
            IpAddr::V6(ip) => {
                plain.push(6);
                plain.extend(ip.octets());
            }
        }
        plain.extend(address.port().to_le_bytes());
    }
    key.seal(&plain, FORM_2)
}

struct Saved {
    fingerprint: i64,
    home: i32,
    user_id: i64,
    keys: Vec<(i32, KeptKey)>,
    addresses: Vec<(i32, SocketAddr)>,
}

impl Saved {
    fn open(sealed: &[u8], key: &StorageKey) -> Result<Self, SavedSessionError> {
        let saved = match key.open(sealed, FORM_2) {
            Ok(plain) => Self::parse(&plain),
            Err(_) => Self::parse_form_1(&key.open(sealed, FORM_1)?),
        };
        saved.ok_or(SavedSessionError::Malformed)
    }

    /// Keys to the end.
    fn parse_form_1(mut rest: &[u8]) -> Option<Self> {
        let mut saved = Self::begin(&mut rest)?;
        while !rest.is_empty() {
            saved.keys.push(kept_key(&mut rest)?);
        }
        Some(saved)
    }

    /// A number of keys, and addresses to the end.
    fn parse(mut rest: &[u8]) -> Option<Self> {
        let mut saved = Self::begin(&mut rest)?;
        for _ in 0..u32::from_le_bytes(*take(&mut rest)?) {
            saved.keys.push(kept_key(&mut rest)?);
        }
        while !rest.is_empty() {
            let dc_id = i32::from_le_bytes(*take(&mut rest)?);
            let ip = match *take::<1>(&mut rest)? {
                [4] => IpAddr::from(*take::<4>(&mut rest)?),
                [6] => IpAddr::from(*take::<16>(&mut rest)?),
                _ => return None,
            };
            saved.addresses.push((dc_id, SocketAddr::new(ip, u16::from_le_bytes(*take(&mut rest)?))));
        }
        Some(saved)
    }

    fn begin(rest: &mut &[u8]) -> Option<Self> {
        let fingerprint = i64::from_le_bytes(*take(rest)?);
        let home = i32::from_le_bytes(*take(rest)?);
        let user_id = i64::from_le_bytes(*take(rest)?);
        Some(Self { fingerprint, home, user_id, keys: Vec::new(), addresses: Vec::new() })
    }
}

fn kept_key(rest: &mut &[u8]) -> Option<(i32, KeptKey)> {
    let dc_id = i32::from_le_bytes(*take(rest)?);
    let authorised = *take::<1>(rest)? != [0];
    let salt = i64::from_le_bytes(*take(rest)?);
    let key = AuthKey::new(Zeroizing::new(*take(rest)?));
    Some((dc_id, KeptKey { key, salt, authorised }))
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Vec<u8> {
        let mut plain = 7_i64.to_le_bytes().to_vec();
        plain.extend(2_i32.to_le_bytes());
        plain.extend(9_i64.to_le_bytes());
        plain
    }

    fn one_key() -> Vec<u8> {
        let mut plain = 2_i32.to_le_bytes().to_vec();
        plain.push(1);
        plain.extend(5_i64.to_le_bytes());
        plain.extend([3; 256]);
        plain
    }

    #[test]
    fn sessions_of_the_form_before_are_taken_up() {
        let key = StorageKey::generate();
        let sealed = key.seal(&[begun(), one_key(), one_key()].concat(), FORM_1);
        let saved = Saved::open(&sealed, &key).unwrap();
        assert_eq!((saved.fingerprint, saved.home, saved.user_id), (7, 2, 9));
        assert_eq!((saved.keys.len(), saved.addresses.len()), (2, 0));
        assert_eq!((saved.keys[1].1.salt, saved.keys[1].1.authorised), (5, true));
    }

    #[test]
    fn what_is_cut_or_longer_is_malformed() {
        let key = StorageKey::generate();
        let whole = [
            begun(),
            1_u32.to_le_bytes().to_vec(),
            one_key(),
            [2, 0, 0, 0, 4, 127, 0, 0, 1, 9, 0].to_vec(),
            [2, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0].to_vec(),
        ]
        .concat();
        let open = |plain: &[u8]| Saved::open(&key.seal(plain, FORM_2), &key);
        let addresses = open(&whole).unwrap().addresses;
        assert_eq!(addresses, [(2, "127.0.0.1:9".parse().unwrap()), (2, "[::1]:9".parse().unwrap())]);
        let ends = [begun().len() + 4 + one_key().len(), whole.len() - 23, whole.len()];
        for length in 0..whole.len() {
            let taken = ends.contains(&length);
            assert_eq!(open(&whole[..length]).is_ok(), taken, "{length} bytes");
        }
        assert!(open(&[&whole[..], &[0]].concat()).is_err());
    }
}
