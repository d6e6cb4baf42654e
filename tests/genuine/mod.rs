//! What targets over the genuine TDLib share.
//!
//! A process loads one TDLib, which trusts one key: so all cases share a library, patched for the key of this run, and
//! each has data centres and accounts of its own. The library is found, or obtained and installed, before anything
//! else; then the program starts itself again in a network namespace with nothing but loopback in it, if the system
//! lets it. The copy knows no address but loopback ones anyway. What a case needs besides stands with its name.

pub(crate) mod namespace;
mod original;
#[allow(dead_code)] // no target needs all of it
pub(crate) mod stage;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::Arguments;
use telegram_passport::tdlib::{self, Client, Library, TDLIB_VERSION};
use telegram_passport_sandbox::dc::ServerIdentity;

use crate::cases::{self, Case, TIME_OUT, Unmet};

/// Names the directory with the library and the key, in the process that runs the cases.
pub(crate) const STAGE_VARIABLE: &str = "TELEGRAM_PASSPORT_TD_STAGE";

/// Runs the cases over a copy of TDLib made for this run; in a namespace for what is mounted, too, if that is wanted.
pub(crate) fn conclude(all_cases: fn() -> Vec<Case>, run: fn(&Case), mounts: bool) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Most of them wait most of the time: for TDLib, which waits for what goes wrong on purpose.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(cores * 3);
    match env::var_os(STAGE_VARIABLE).map(PathBuf::from) {
        // Nobody may wait for a download, or a key, to see what there is.
        None if arguments.list => cases::conclude(&arguments, Ok(()), all_cases(), run),
        None => match original::library().and_then(|original| prepare(&original)) {
            Ok(stage) => {
                let code = namespace::start_again(STAGE_VARIABLE, stage.as_os_str(), mounts);
                let _ = fs::remove_dir_all(stage);
                code
            }
            Err(missing) => cases::conclude(&arguments, Err(missing), all_cases(), run),
        },
        Some(stage) => {
            let opened = stage::open(&stage).map_err(|why| useless(&why));
            let code = cases::conclude(&arguments, opened, all_cases(), run);
            if Client::wait_until_none(TIME_OUT) {
                return code;
            }
            eprintln!("clients of TDLib are still open after all cases");
            ExitCode::FAILURE
        }
    }
}

/// Makes the copy for this run's key; gives the directory with both.
fn prepare(original: &Path) -> Result<PathBuf, Unmet> {
    let stage = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("td-{}", std::process::id()));
    let identity = ServerIdentity::generate();
    let copy = tdlib::patch(original, &identity.public_key(), &stage).map_err(|why| useless(&why))?;
    fs::rename(copy, stage.join(stage::LIBRARY)).unwrap();
    fs::write(stage.join(stage::KEY), identity.to_der()).unwrap();
    fs::write(stage.join(stage::ORIGINAL), original.to_str().expect("the path of TDLib is text")).unwrap();
    Ok(stage)
}

/// What was found is not the TDLib that the cases are about.
fn useless(why: &dyn std::fmt::Display) -> Unmet {
    Unmet::missing(
        why.to_string(),
        format!("name TDLib {TDLIB_VERSION} as its publisher made it in TDLIB_PATH"),
    )
}

/// The library of this run.
#[allow(dead_code)] // a program that is started has its own
pub(crate) fn library() -> &'static Library {
    Library::loaded().expect("loaded before the first case")
}
