//! TDLib, loaded at run time; or linked by `build.rs`, where nothing may be loaded.
//!
//! [`find`] says where it is, [`Library::load`] loads it. A process loads one TDLib and keeps it; a [`Library`] can
//! only be had by loading, so nothing here can be called too early.

mod search;
mod symbols;

use std::ffi::{CStr, CString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

pub(super) use search::library_directory;
pub use search::{LIBRARY_VARIABLE, LibraryPlace, NotFound, find, find_telling};
pub use symbols::Fatal;
pub(super) use symbols::Receiver;
use symbols::Symbols;

use super::patch;
use super::pin::TDLIB_VERSION;
use super::server::Server;

static LOADED: OnceLock<Library> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

/// TDLib, loaded into this process for good.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    server: Server,
    symbols: Symbols,
}

impl Library {
    /// Loads TDLib from this file; the one that is loaded already, if it is the same file.
    ///
    /// Its logging is turned down to fatal errors before anything else, because from INFO on TDLib writes
    /// credentials into its log.
    ///
    /// # Errors
    ///
    /// [`LoadError`]; nothing is loaded then.
    pub fn load(path: &Path) -> Result<&'static Self, LoadError> {
        let path =
            path.canonicalize().map_err(|source| LoadError::Unreadable { path: path.into(), source })?;
        let _loading = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = LOADED.get() {
            return if loaded.path == path {
                Ok(loaded)
            } else {
                Err(LoadError::AlreadyLoaded { loaded: loaded.path.clone(), asked: path })
            };
        }
        // It has one, which was linked into it.
        if cfg!(tdlib_linked) {
            return Err(LoadError::AlreadyLoaded { loaded: this_program(), asked: path });
        }
        let server =
            patch::server_of(&path).map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
        let symbols =
            Symbols::load(&path).map_err(|source| LoadError::NotLoadable { path: path.clone(), source })?;
        Self { path, server, symbols }.taken_into_use()
    }

    /// The TDLib that was linked into this program; the one that is in use already, if that is it.
    ///
    /// That is so where the program was built with the environment variable `TDLIB_LINK_DIR`, which names the folder of a
    /// library: for iOS, Android, or a static program. It talks to Telegram, for it was made by no [`patch`](super::patch()).
    ///
    /// # Errors
    ///
    /// [`LoadError::NotLinked`] where it was not; [`LoadError::WrongVersion`] and [`LoadError::NotTdlib`] if it is not
    /// the TDLib that this crate speaks to.
    pub fn linked() -> Result<&'static Self, LoadError> {
        #[cfg(not(tdlib_linked))]
        return Err(LoadError::NotLinked);
        #[cfg(tdlib_linked)]
        {
            let _loading = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(loaded) = LOADED.get() {
                return Ok(loaded);
            }
            let library = Self { path: this_program(), server: Server::Telegram, symbols: Symbols::linked() };
            library.taken_into_use()
        }
    }

    /// Asks a library what it is, and keeps it for good. Its logging is turned down first.
    fn taken_into_use(self) -> Result<&'static Self, LoadError> {
        let library = self;
        library.pin_log().ok_or_else(|| LoadError::NotTdlib { path: library.path.clone() })?;
        match library.stated_version() {
            Some(version) if version == TDLIB_VERSION => {}
            Some(version) => return Err(LoadError::WrongVersion { path: library.path, version }),
            None => return Err(LoadError::NotTdlib { path: library.path }),
        }
        Ok(LOADED.get_or_init(|| library))
    }

    /// The library that this process has loaded.
    #[must_use]
    pub fn loaded() -> Option<&'static Self> {
        LOADED.get()
    }

    /// The file it was loaded from, or the program that it was linked into.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whom it talks to.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Has this function called when TDLib cannot go on, as where the disk of a session's directory is full: it would abort
    /// the process. It is called on a thread of TDLib's, and the process ends with the exit code that it gives,
    /// at once and without anything else being run. Of several functions the first is called.
    pub fn on_fatal(&self, hook: fn(Fatal) -> u8) {
        self.symbols.on_fatal(hook);
        // What is told by the function is not written on standard error besides.
        self.execute(r#"{"@type":"setLogStream","log_stream":{"@type":"logStreamEmpty"}}"#);
    }

    /// A number for a new client.
    pub(super) fn create_client_id(&self) -> i32 {
        self.symbols.create_client_id()
    }

    /// Hands a request to a client.
    pub(super) fn send(&self, client_id: i32, request: &CStr) {
        self.symbols.send(client_id, request);
    }

    /// The right to receive, which is given out once.
    pub(super) fn receiver(&'static self) -> Option<Receiver> {
        self.symbols.receiver()
    }

    fn pin_log(&self) -> Option<()> {
        let answer = self.execute(r#"{"@type":"setLogVerbosityLevel","new_verbosity_level":0}"#)?;
        (answer.get("@type")?.as_str()? == "ok").then_some(())
    }

    fn stated_version(&self) -> Option<String> {
        let answer = self.execute(r#"{"@type":"getOption","name":"version"}"#)?;
        Some(answer.get("value")?.as_str()?.to_owned())
    }

    fn execute(&self, request: &str) -> Option<Value> {
        let request = CString::new(request).ok()?;
        serde_json::from_slice(&self.symbols.execute(&request)?).ok()
    }
}

/// The file of this program.
fn this_program() -> PathBuf {
    std::env::current_exe().unwrap_or_default()
}

/// Why TDLib was not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// This process has loaded another one; it can have one only.
    #[error("this process runs TDLib from {} and cannot load {} as well", loaded.display(), asked.display())]
    AlreadyLoaded {
        /// Where the one in use is.
        loaded: PathBuf,
        /// What was asked for.
        asked: PathBuf,
    },
    /// No TDLib was linked into this program; one can be loaded.
    #[error("no TDLib is linked into this program")]
    NotLinked,
    /// The file cannot be read.
    #[error("TDLib cannot be read from {}", path.display())]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system refuses to load it.
    #[error("{} cannot be loaded", path.display())]
    NotLoadable {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        source: libloading::Error,
    },
    /// It loads but does not answer as TDLib does.
    #[error("{} is not TDLib", path.display())]
    NotTdlib {
        /// The file.
        path: PathBuf,
    },
    /// It is another version of TDLib.
    #[error("{} is TDLib {version}; this program speaks to {TDLIB_VERSION} only", path.display())]
    WrongVersion {
        /// The file.
        path: PathBuf,
        /// What it says it is.
        version: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_library_is_not_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing");
        assert!(matches!(Library::load(&missing), Err(LoadError::Unreadable { .. })));
        let text = directory.path().join("text");
        std::fs::write(&text, "no library").unwrap();
        assert!(matches!(Library::load(&text), Err(LoadError::NotLoadable { .. })));
        assert!(Library::loaded().is_none());
    }
}
