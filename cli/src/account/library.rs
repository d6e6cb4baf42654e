//! TDLib, found or fetched, turned to a sandbox if need be, and loaded.

use std::path::{Path, PathBuf};

use telegram_passport::tdlib::{
    self, InstallError, InstallStep, Library, LoadError, NotFound, Server, TDLIB_VERSION,
};
use telegram_passport_sandbox::{Description, SandboxLibraryError};

use super::data_directory::data;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;
use crate::running;

/// TDLib as its publisher made it, loaded for Telegram.
///
/// Where there is none, it is fetched, which the progress says.
pub(crate) fn telegram_library(progress: &Progress) -> Result<&'static Library, Failure> {
    let path = original(&data()?, progress)?;
    progress.step("loading TDLib");
    let library = Library::load(&path).map_err(|error| not_loaded(&error))?;
    if *library.server() == Server::Telegram {
        library.on_fatal(running::given_up);
        return Ok(library);
    }
    Err(for_another_server(&format!("{} was made for a sandbox, and not for Telegram", path.display())))
}

/// TDLib for this sandbox: a copy that is made in `place` if it is not there, loaded.
pub(crate) fn sandbox_library(
    sandbox: &Description,
    place: &Path,
    progress: &Progress,
) -> Result<&'static Library, Failure> {
    let original = original(&data()?, progress)?;
    progress.step("turning a copy of TDLib to the sandbox");
    match sandbox.library(&original, place) {
        Ok(library) => {
            library.on_fatal(running::given_up);
            Ok(library)
        }
        Err(SandboxLibraryError::Patch(error)) => Err(Failure::failed(sentence(&error))),
        Err(SandboxLibraryError::Load(error)) => Err(not_loaded(&error)),
        // Named by the person, for another sandbox.
        Err(error) => Err(for_another_server(&error)),
    }
}

/// Makes sure that TDLib is here, fetched if need be; gives the reason where it is not to be had.
///
/// # Errors
/// TDLIB_PATH names nothing, or what was fetched is not the TDLib that is pinned: neither is passed over.
pub(crate) fn obtain(progress: &Progress) -> Result<Option<String>, Failure> {
    match original(&data()?, progress) {
        Ok(_) => Ok(None),
        Err(Lacking::NotToBeHad(why)) => Ok(Some(why.to_string())),
        Err(lacking) => Err(lacking.into()),
    }
}

/// Where the copies for sandboxes are kept: they are the same for every session.
pub(crate) fn copies() -> Result<PathBuf, Failure> {
    Ok(data()?.join("tdlib").join(TDLIB_VERSION).join("sandboxes"))
}

fn not_loaded(error: &LoadError) -> Failure {
    Failure::failed(sentence(error)).remedy("`tgpassport tdlib install` fetches the right one.")
}

fn for_another_server(why: &impl ToString) -> Failure {
    Failure::refused(why.to_string()).remedy("TDLIB_PATH names the TDLib of its publisher, or none at all.")
}

/// There is no TDLib here.
enum Lacking {
    /// Nothing on this machine can fetch one, or none is published for it.
    NotToBeHad(Failure),
    /// Something is wrong that must not be passed over.
    Amiss(Failure),
}

impl From<Lacking> for Failure {
    fn from(lacking: Lacking) -> Self {
        match lacking {
            Lacking::NotToBeHad(why) | Lacking::Amiss(why) => why,
        }
    }
}

/// TDLib as its publisher made it.
fn original(data: &Path, progress: &Progress) -> Result<PathBuf, Lacking> {
    let passed_over = |path: &Path| {
        progress.note(&format!("{} is not TDLib {TDLIB_VERSION}, and is passed over.", path.display()));
    };
    match tdlib::find_telling(None, Some(data), passed_over) {
        Ok((path, _)) => Ok(path),
        Err(missing @ NotFound::Named(_)) => {
            let why =
                Failure::failed(sentence(&missing)).remedy("TDLIB_PATH names a file that is not there.");
            Err(Lacking::Amiss(why))
        }
        Err(_) => {
            progress
                .note("TDLib, Telegram's own client library, is not here yet: it is fetched and verified.");
            fetched(data, progress, |_| {}).map_err(|error| match error {
                InstallError::Download(_) | InstallError::UnknownPlatform { .. } => {
                    Lacking::NotToBeHad(not_installed(&error))
                }
                _ => Lacking::Amiss(not_installed(&error)),
            })
        }
    }
}

/// Installs TDLib below the data directory, telling what goes on.
pub(crate) fn install(
    data: &Path,
    progress: &Progress,
    told: impl FnMut(&InstallStep),
) -> Result<PathBuf, Failure> {
    fetched(data, progress, told).map_err(|error| not_installed(&error))
}

fn fetched(
    data: &Path,
    progress: &Progress,
    mut told: impl FnMut(&InstallStep),
) -> Result<PathBuf, InstallError> {
    tdlib::install(data, |step| {
        told(&step);
        match step {
            InstallStep::Waiting => progress.step("waiting for another installation"),
            InstallStep::Downloading { client, package } => {
                progress.step(format!("{client} fetches {package}"));
            }
            InstallStep::Verifying => progress.step("verifying"),
            _ => {}
        }
    })
}

fn not_installed(error: &InstallError) -> Failure {
    match error {
        // A package with another checksum than the pinned one is refused; everything else did not work.
        InstallError::Archive(_) => Failure::refused(sentence(error)),
        _ => Failure::failed(sentence(error)),
    }
}
