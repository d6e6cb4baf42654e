//! TDLib: Telegram's own client library, loaded at run time.
//!
//! [`find`] it or [`install`] it, [`Library::load`] it, [`Login::begin`] with an account's directory, answer its
//! [steps](crate::login), and there is a [`Session`], whose [`Client`] calls TDLib's functions. [`patch()`] makes the copy
//! that a sandbox needs.
//!
//! Nothing is linked at build time: programs build, test and document without TDLib, and one that never logs in never
//! loads it. The library's own sharp edges end here. One thread of the process receives (`hub`), for any number of
//! clients; requests time out and may be dropped; what cannot be read is an error of whoever waits for it and stays
//! out of every log; TDLib's own log is turned down to fatal errors, as it would show credentials.
//!
//! The binding is `tdlib-rs`, made from the schema of exactly this TDLib: its types are what answers and updates are
//! read as, one at a time. Its functions and its receiving are not used: they panic on an answer that does not fit, in the task that
//! waits, with the answer's contents in the message; they log what nobody waits for, whole; and nothing in them ends
//! a wait. What they would do is a page of `client.rs`.
//!
//! ```no_run
//! use telegram_passport::login::Step;
//! use telegram_passport::tdlib::{self, Engine, Library, Login, SessionOptions};
//!
//! # async fn passport(options: &SessionOptions) -> Result<(), Box<dyn std::error::Error>> {
//! let (path, _) = tdlib::find(None, None)?;
//! let (login, step) = Login::begin(Library::load(&path)?, options).await?;
//! if step == Step::Ready {
//!     let session = login.finish().await.map_err(|(error, _)| error)?;
//!     let passport = Engine::new(session.client().clone());
//! #     let _ = passport;
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "mtproto")]
mod channel;
mod checksum;
mod client;
mod function;
mod hub;
mod install;
mod library;
mod login;
mod passport;
mod passport_locks;
mod patch;
mod pin;
mod plain_files;
mod server;

#[cfg(feature = "mtproto")]
pub use channel::{ChannelOptions, LogOutError, VaultChannel, VaultChannelError};
pub use client::{
    Client, MissedUpdates, REQUEST_TIME_OUT, RequestError, TdlibUpdate, UnreadableUpdate, Updates,
};
pub use function::{Done, Function};
pub use install::{
    DOWNLOAD_VARIABLE, InstallError, InstallStep, PackageDownloadError, PackageError, install,
};
pub use library::{Fatal, LIBRARY_VARIABLE, Library, LibraryPlace, LoadError, NotFound, find, find_telling};
pub use login::{Login, Me, OpenError, OtherSession, OwnSession, Proxy, ProxyKind, Session, SessionOptions};
pub use passport::{Engine, RiskAccepted};
pub use patch::{PatchError, patch, patch_once};
pub use pin::TDLIB_VERSION;
pub use server::{Fingerprint, Server};
