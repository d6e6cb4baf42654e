//! Python, as `python3` or named by `PYTHON`.

use std::env;
use std::process::Command;

use crate::cases::Unmet;

/// Its version, as in `3.13`, if it is one that the scripts are written for.
pub(crate) fn version() -> Result<String, Unmet> {
    const TELL: &str =
        "import sys; print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 10))";
    let told = command().args(["-c", TELL]).output().ok().filter(|output| output.status.success());
    match told {
        Some(told) => Ok(String::from_utf8_lossy(&told.stdout).trim().to_owned()),
        None => {
            Err(Unmet::install("there is no Python 3.10 or later, as python3 or named by PYTHON", "python3"))
        }
    }
}

/// What starts it.
pub(crate) fn command() -> Command {
    Command::new(env::var_os("PYTHON").unwrap_or_else(|| "python3".into()))
}
