//! What lies on a disk of the person's own: sealed under a key or a passphrase, authenticated throughout.
//!
//! Telegram's formats have no part in this. Everything is XChaCha20-Poly1305:
//!
//! - [`StorageKey`] is a key of 32 bytes; it seals small things in one piece.
//! - [`PassphraseLock`] makes such a key out of a [`Passphrase`], by Argon2id, slowly on purpose. It stands in the
//!   clear before what it locks, and tells a wrong passphrase from damage.
//! - [`SealedWriter`] and [`SealedReader`] seal and open large things in chunks, in constant memory.
//!
//! Nothing decrypted is handed out before its tag matched, and what was cut off, moved, flipped or added is noticed.
//! Files are neither written nor found here: bytes in, bytes out.
//!
//! ```
//! use telegram_passport::vault::at_rest::{Passphrase, PassphraseCost, PassphraseLock};
//!
//! let passphrase = Passphrase::try_from("correct horse battery staple")?;
//! let (lock, key) = PassphraseLock::generate(&passphrase, PassphraseCost::default());
//! let stored = [&lock.to_bytes()[..], &key.seal(b"a small thing", b"what it is for")].concat();
//!
//! let (lock, sealed) = stored.split_first_chunk().expect("longer than a lock");
//! let key = PassphraseLock::parse(lock)?.unlock(&passphrase)?;
//! assert_eq!(key.open(sealed, b"what it is for")?.as_slice(), b"a small thing");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod key;
mod passphrase;
mod stream;

pub use key::{BoxError, StorageKey};
pub use passphrase::{
    CostError, EmptyPassphrase, Passphrase, PassphraseCost, PassphraseLock, WrongPassphrase,
};
pub use stream::{SealedReader, SealedWriter, StreamError};
