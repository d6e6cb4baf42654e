//! What clients are pointed at a sandbox with, so that nobody works out the way by himself.

/// Clients that speak MTProto themselves.
#[cfg(feature = "mtproto")]
mod over_mtproto {
    use telegram_passport::mtproto::Network;

    use crate::{Description, DescriptionError};

    impl Description {
        /// The sandbox as a network: for `mtproto::Login::begin`, and `Cloud::open_from` after that.
        ///
        /// # Errors
        /// As [`parse`](Description::parse), if a field was set to something else.
        pub fn network(&self) -> Result<Network, DescriptionError> {
            self.check()?;
            Network::sandbox(&self.data_centres, &self.public_key).map_err(|_| DescriptionError::KeyDamaged)
        }
    }
}

/// Clients built on TDLib.
#[cfg(feature = "tdlib")]
mod over_tdlib {
    use std::path::{Path, PathBuf};

    use telegram_passport::login::Application;
    use telegram_passport::tdlib::{
        self, Fingerprint, Library, LoadError, PatchError, Proxy, Server, SessionOptions,
    };
    use telegram_passport::vault::at_rest::StorageKey;

    use crate::{Description, DescriptionError};

    /// Why there is no TDLib for a sandbox.
    #[derive(Debug, thiserror::Error)]
    #[non_exhaustive]
    pub enum SandboxLibraryError {
        /// No copy can be made.
        #[error(transparent)]
        Patch(#[from] PatchError),
        /// The copy cannot be loaded.
        #[error(transparent)]
        Load(#[from] LoadError),
        /// The library was turned to another sandbox already.
        #[error("{} was made for another sandbox than this one", path.display())]
        OtherSandbox {
            /// The library.
            path: PathBuf,
        },
    }

    impl Description {
        /// TDLib for this sandbox, loaded: a copy that trusts its key and knows no address but loopback ones, made in
        /// `folder` from the library that its publisher made, unless it is there already. One that was turned to this
        /// sandbox before is loaded as it is.
        ///
        /// # Errors
        /// [`SandboxLibraryError`].
        pub fn library(
            &self,
            original: &Path,
            folder: &Path,
        ) -> Result<&'static Library, SandboxLibraryError> {
            let path = match tdlib::patch_once(original, &self.public_key, folder) {
                Err(PatchError::AlreadyPatched) => original.to_owned(),
                made => made?,
            };
            let library = Library::load(&path)?;
            if *library.server() == self.server() {
                Ok(library)
            } else {
                Err(SandboxLibraryError::OtherSandbox { path })
            }
        }

        /// How TDLib opens an account's session on this sandbox; with the feature `mtproto`, the vault's channel too. The
        /// application is nobody's, for a sandbox takes any.
        ///
        /// # Errors
        /// As [`parse`](Description::parse), if a field was set to something else.
        pub fn session_options(
            &self,
            directory: &Path,
            database_key: StorageKey,
        ) -> Result<SessionOptions, DescriptionError> {
            self.check()?;
            let nobodys = Application::new(1, "0".repeat(32));
            let options = SessionOptions::new(directory, nobodys, database_key).proxy(self.proxy());
            #[cfg(feature = "mtproto")]
            let options = {
                let network = Some(self.network()?);
                SessionOptions { channel: tdlib::ChannelOptions { network, ..Default::default() }, ..options }
            };
            Ok(options)
        }

        /// What TDLib reaches the sandbox through.
        #[must_use]
        pub fn proxy(&self) -> Proxy {
            Proxy::socks5(self.socks5.ip().to_string(), self.socks5.port())
        }

        /// The sandbox, as a library's server.
        #[must_use]
        pub fn server(&self) -> Server {
            Server::Sandbox(Fingerprint::of(&self.public_key))
        }
    }
}

#[cfg(feature = "tdlib")]
pub use over_tdlib::SandboxLibraryError;
