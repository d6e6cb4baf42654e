//! Where everything lies that outlives a run: accounts, TDLib and its copies.

use std::env;
use std::path::PathBuf;

use crate::failure::Failure;

/// The environment variable that names the directory.
const HOME_VARIABLE: &str = "TGPASSPORT_HOME";

/// `TGPASSPORT_HOME`, else `telegram-passport` in the user's data directory.
pub(crate) fn data() -> Result<PathBuf, Failure> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = || {
        if cfg!(windows) {
            set("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            set("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            // A relative XDG path is invalid, as the specification says.
            set("XDG_DATA_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        }
    };
    set(HOME_VARIABLE).or_else(|| Some(base()?.join("telegram-passport"))).ok_or_else(|| {
        Failure::failed(format!("there is no directory for data: neither {HOME_VARIABLE} nor HOME is set"))
            .remedy(format!("Set {HOME_VARIABLE} to a directory."))
    })
}
