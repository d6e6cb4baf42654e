//! What a sandbox knows, on the disk: it outlives the process, whenever and however that ends.
//!
//! Everything that has to last is a record: a name like `account/5000000001/file/77`, and bytes. Records are kept in
//! `Table`s, maps that note which of their entries were touched. The tables of a room are behind one lock,
//! `Kept`, and that lock is the one seam: before it is free again, the records touched under it are written in one
//! transaction, so nobody sees, and nobody is answered by, what a kill could take back. Without a directory the same code
//! runs and nothing is written.
//!
//! What is written is what the servers hold in memory, and as blind: this room never uses the vault. Every record
//! carries a checksum; a directory that is damaged is refused and left as it is.
//!
//! ```
//! use telegram_passport::element::PhoneNumber;
//! use telegram_passport_sandbox::state::{Clock, Registration};
//! use telegram_passport_sandbox::{State, Store};
//!
//! # let place = tempfile::tempdir()?;
//! let directory = place.path().join("sandbox");
//! let user_id = {
//!     let state = State::open(Clock::system(), "{}", &Store::open(&directory)?)?;
//!     state.register_account(Registration::new(PhoneNumber("12025550123".to_owned()), "Ada"))?
//! };
//! // Another process, another day:
//! let state = State::open(Clock::system(), "{}", &Store::open(&directory)?)?;
//! assert_eq!(state.user_id_of("12025550123"), Some(user_id));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod bytes;
mod disk;
mod error;
mod handle;
mod holding;
mod kept;
mod record;
mod table;

pub use self::error::StoreError;
pub use self::handle::Store;
pub use self::holding::Holding;
pub(crate) use self::holding::gather;
pub use self::kept::Watch;
pub(crate) use self::kept::{Durable, Inspect, Kept, KeptGuard};
pub use self::record::DamagedRecord;
pub(crate) use self::record::{Changes, Records};
pub(crate) use self::table::Table;
