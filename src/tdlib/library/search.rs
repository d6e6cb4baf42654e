//! Where TDLib may be, in order.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::tdlib::pin::{PIN, TDLIB_VERSION};

/// The environment variable that names the library's file.
pub const LIBRARY_VARIABLE: &str = "TDLIB_PATH";

/// The environment variable that names the directory for everything this crate keeps.
const HOME_VARIABLE: &str = "TGPASSPORT_HOME";

/// Where the library was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where the caller said.
    Explicit,
    /// Where [`LIBRARY_VARIABLE`] says.
    Variable,
    /// Beside the program, or in the `lib` beside the program's folder.
    BesideProgram,
    /// Where [`install`](crate::tdlib::install()) puts it.
    DataDirectory,
    /// Where the system keeps its libraries.
    System,
}

/// There is no TDLib in any of the places.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotFound {
    /// What the caller or the environment names does not exist.
    #[error("there is no TDLib at {}", .0.display())]
    Named(PathBuf),
    /// None of the usual places has it.
    #[error("TDLib {TDLIB_VERSION} was not found: install it, or name its file in {LIBRARY_VARIABLE}")]
    Nowhere,
}

/// The library's file and where it was found: the explicit path, [`LIBRARY_VARIABLE`], beside the program, the data
/// directory, the system's folders.
///
/// A path that is named must exist: what somebody asked for is not silently replaced by something else.
///
/// # Errors
///
/// [`NotFound`].
pub fn find(explicit: Option<&Path>) -> Result<(PathBuf, Place), NotFound> {
    let program = env::current_exe().ok();
    search(
        explicit,
        env::var_os(LIBRARY_VARIABLE).as_deref(),
        program.as_deref(),
        data_directory().as_deref(),
        SYSTEM_FOLDERS,
    )
}

#[cfg(target_os = "linux")]
const SYSTEM_FOLDERS: &[&str] = &[
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
];
#[cfg(target_os = "macos")]
const SYSTEM_FOLDERS: &[&str] = &["/opt/homebrew/lib", "/usr/local/lib"];
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
const SYSTEM_FOLDERS: &[&str] = &[];

fn search(
    explicit: Option<&Path>,
    variable: Option<&OsStr>,
    program: Option<&Path>,
    data: Option<&Path>,
    system: &[&str],
) -> Result<(PathBuf, Place), NotFound> {
    let named = explicit.map(|path| (path, Place::Explicit));
    let named =
        named.or(variable.filter(|path| !path.is_empty()).map(|path| (path.as_ref(), Place::Variable)));
    if let Some((path, place)) = named {
        return if path.is_file() { Ok((path.into(), place)) } else { Err(NotFound::Named(path.into())) };
    }
    let beside = program.and_then(Path::parent).map(|folder| [folder.to_owned(), folder.join("../lib")]);
    let beside = beside.into_iter().flatten().map(|folder| (folder, Place::BesideProgram));
    let data = data.map(|data| (library_directory(data), Place::DataDirectory));
    let system = system.iter().map(|folder| (PathBuf::from(folder), Place::System));
    beside
        .chain(data)
        .chain(system)
        .flat_map(|(folder, place)| names().into_iter().map(move |name| (folder.join(name), place)))
        .find(|(path, _)| path.is_file())
        .ok_or(NotFound::Nowhere)
}

/// What the library's file may be called here, the most telling name first.
fn names() -> Vec<String> {
    let packaged = PIN.packages().map(|package| package.library.file.clone());
    let usual = if cfg!(windows) {
        vec!["tdjson.dll".to_owned()]
    } else if cfg!(target_os = "macos") {
        vec![format!("libtdjson.{TDLIB_VERSION}.dylib"), "libtdjson.dylib".to_owned()]
    } else {
        vec![format!("libtdjson.so.{TDLIB_VERSION}"), "libtdjson.so".to_owned()]
    };
    let mut names: Vec<String> = packaged.collect();
    names.extend(usual.into_iter().filter(|usual| !names.contains(usual)).collect::<Vec<_>>());
    names
}

/// The directory for what outlives a run: `TGPASSPORT_HOME`, else the user's data directory.
#[must_use]
pub fn data_directory() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(home) = set(HOME_VARIABLE) {
        return Some(home);
    }
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        // A relative XDG path is invalid, as the specification says.
        set("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("telegram-passport"))
}

/// Where in a data directory the pinned library lives.
pub(in crate::tdlib) fn library_directory(data: &Path) -> PathBuf {
    data.join("tdlib").join(TDLIB_VERSION)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn places_are_searched_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let name = names().pop().unwrap();
        let data = root.join("data");
        let system = root.join("system");
        let program = root.join("bin/program");
        let places = [
            (system.join(&name), Place::System),
            (library_directory(&data).join(&name), Place::DataDirectory),
            (root.join("bin").join(&name), Place::BesideProgram),
            (root.join("variable"), Place::Variable),
            (root.join("explicit"), Place::Explicit),
        ];
        let system = [system.to_str().unwrap()];
        let find = |explicit: Option<&Path>, variable: Option<&OsStr>| {
            search(explicit, variable, Some(&program), Some(&data), &system)
        };
        assert!(matches!(find(None, None), Err(NotFound::Nowhere)));
        for (path, place) in &places {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
            let explicit = (*place == Place::Explicit).then_some(path.as_path());
            let variable =
                matches!(place, Place::Explicit | Place::Variable).then(|| places[3].0.as_os_str());
            assert_eq!(find(explicit, variable).unwrap(), (path.clone(), *place));
        }
    }

    #[test]
    fn a_named_library_that_is_missing_is_not_replaced_by_another() {
        let root = tempfile::tempdir().unwrap();
        let name = names().pop().unwrap();
        fs::write(root.path().join(name), "").unwrap();
        let system = [root.path().to_str().unwrap()];
        let missing = root.path().join("missing");
        let by_path = search(Some(&missing), None, None, None, &system);
        assert!(matches!(by_path, Err(NotFound::Named(path)) if path == missing));
        let by_variable = search(None, Some(missing.as_os_str()), None, None, &system);
        assert!(matches!(by_variable, Err(NotFound::Named(_))));
    }
}
