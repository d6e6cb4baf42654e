//! The genuine TDLib, found or installed below `target/`.

use std::path::{Path, PathBuf};

use telegram_passport::tdlib::{self, InstallError, NotFound, PackageDownloadError};

use crate::cases::Unmet;

/// The library as its publisher made it.
pub(crate) fn library() -> Result<PathBuf, Unmet> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("data");
    match tdlib::find(None, Some(&root)) {
        Ok((path, place)) => {
            eprintln!("TDLib: {} ({place:?})", path.display());
            Ok(path)
        }
        Err(NotFound::Nowhere) => {
            tdlib::install(&root, |step| eprintln!("TDLib: {step:?}")).map_err(|why| not_installed(&why))
        }
        Err(missing) => Err(Unmet::missing(missing.to_string(), "let TDLIB_PATH name it, or unset it")),
    }
}

fn not_installed(why: &InstallError) -> Unmet {
    match why {
        InstallError::Download(PackageDownloadError::NoClient { .. }) => {
            Unmet::missing(why.to_string(), "on Debian `apt-get install python3-pip`, or npm")
        }
        InstallError::Download(PackageDownloadError::Failed { .. }) => {
            Unmet::missing(why.to_string(), "let pip or npm reach its registry this once")
        }
        other => Unmet::missing(other.to_string(), "name TDLib's file in TDLIB_PATH"),
    }
}
