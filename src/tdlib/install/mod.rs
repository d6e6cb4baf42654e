//! Obtains the pinned TDLib with an ordinary registry client, checks it, and puts it into the data directory.
//!
//! The archive and every file taken from it must have the checksums of `tdlib/pin.toml`. What is installed appears
//! complete or not at all; two processes that install at once do it one after the other, and the second finds it done.

mod archive;
mod download;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use self::archive::PackageError;
pub use self::download::{DOWNLOAD_VARIABLE, PackageDownloadError};

use super::checksum;
use super::library::library_directory;
use super::pin::{Member, PIN, Package, platform};
use crate::disk::{Aside, create_private};

/// What an installation is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstallStep {
    /// The library is there already, and has the right checksum.
    Present,
    /// Another process may be installing; its end is awaited.
    Waiting,
    /// A registry client fetches a package (about 17 MB).
    Downloading {
        /// The program.
        client: String,
        /// The package and its version.
        package: String,
    },
    /// The archive's checksum is computed, then its files are taken out.
    Verifying,
    /// Everything is in its place.
    Installed,
}

/// Why TDLib was not installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// No package is known for this platform.
    #[error("no TDLib package is known for {platform}: build TDLib 1.8.61 and name its file in TDLIB_PATH")]
    UnknownPlatform {
        /// Architecture and system.
        platform: String,
    },
    /// No package could be fetched.
    #[error(transparent)]
    Download(#[from] PackageDownloadError),
    /// What was fetched is not what was pinned.
    #[error(transparent)]
    Archive(#[from] PackageError),
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Installs the pinned TDLib below this data directory, if it is not there, and gives its path.
///
/// Blocks, for as long as a download takes; asynchronous callers use `spawn_blocking`.
///
/// # Errors
///
/// [`InstallError`]; what was installed before is as it was.
pub fn install(
    data_directory: &Path,
    mut progress: impl FnMut(InstallStep),
) -> Result<PathBuf, InstallError> {
    let directory = library_directory(data_directory);
    let packages: Vec<&Package> = PIN.packages().collect();
    if packages.is_empty() {
        return Err(InstallError::UnknownPlatform { platform: platform() });
    }
    if let Some(path) = present(&directory, &packages) {
        progress(InstallStep::Present);
        return Ok(path);
    }
    create_private(&directory).map_err(io_error(&directory))?;
    let lock = directory.join(".lock");
    let lock_file = File::create(&lock).map_err(io_error(&lock))?;
    progress(InstallStep::Waiting);
    // Held until the file is closed.
    lock_file.lock().map_err(io_error(&lock))?;
    if let Some(path) = present(&directory, &packages) {
        progress(InstallStep::Present);
        return Ok(path);
    }
    let aside = tempfile::Builder::new().prefix(".download").tempdir_in(&directory);
    let aside = aside.map_err(io_error(&directory))?;
    let (package, archive) = download::download(&packages, aside.path(), &mut progress)?;
    progress(InstallStep::Verifying);
    let files = archive::extract(package, &archive)?;
    // The library last: where it is, everything it needs is.
    for (member, contents) in &files {
        put(&directory, member, contents)?;
    }
    progress(InstallStep::Installed);
    Ok(directory.join(&package.library.file))
}

/// The library of the first package that is installed and as it should be.
fn present(directory: &Path, packages: &[&Package]) -> Option<PathBuf> {
    let intact = |member: &Member| {
        checksum::sha256_of_file(&directory.join(&member.file)).is_ok_and(|sha256| sha256 == member.sha256)
    };
    let package = packages.iter().find(|package| package.beside.iter().chain([&package.library]).all(intact));
    package.map(|package| directory.join(&package.library.file))
}

fn put(directory: &Path, member: &Member, contents: &[u8]) -> Result<(), InstallError> {
    let path = directory.join(&member.file);
    let write = || {
        let mut aside = Aside::in_folder(directory)?;
        aside.write_all(contents)?;
        io::Result::Ok(aside.put(&path)?)
    };
    write().map_err(io_error(&path))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> InstallError + use<> {
    let path = path.to_owned();
    move |source| InstallError::Io { path, source }
}
