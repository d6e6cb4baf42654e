//! Where TDLib may be, in order.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use memchr::memmem;

use crate::tdlib::pin::{PIN, TDLIB_VERSION};

/// The environment variable that names the library's file.
pub const LIBRARY_VARIABLE: &str = "TDLIB_PATH";

/// Where the library was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryPlace {
    /// Where the caller said.
    Explicit,
    /// Where [`LIBRARY_VARIABLE`] says.
    Variable,
    /// Beside the program, or in the `lib` beside the program's folder.
    BesideProgram,
    /// In the caller's data directory, where [`install`](crate::tdlib::install()) puts it.
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

/// The library's file and where it was found: the explicit path, [`LIBRARY_VARIABLE`], the pinned one below the
/// caller's data directory ([`install`](crate::tdlib::install())), beside the program, the system's folders.
///
/// A path that is named must exist: what somebody asked for is not silently replaced by something else. What is called
/// like the library beside the program or in the system, and is another version or something else, is passed over.
///
/// # Errors
///
/// [`NotFound`].
pub fn find(
    explicit: Option<&Path>,
    data_directory: Option<&Path>,
) -> Result<(PathBuf, LibraryPlace), NotFound> {
    find_telling(explicit, data_directory, |_| {})
}

/// [`find`], which tells of each file that it passes over because it is not TDLib of this version.
///
/// # Errors
///
/// [`NotFound`].
pub fn find_telling(
    explicit: Option<&Path>,
    data_directory: Option<&Path>,
    passed_over: impl FnMut(&Path),
) -> Result<(PathBuf, LibraryPlace), NotFound> {
    let program = env::current_exe().ok();
    let variable = env::var_os(LIBRARY_VARIABLE);
    let places = Places {
        variable: variable.as_deref(),
        program: program.as_deref(),
        data: data_directory,
        system: SYSTEM_FOLDERS,
    };
    places.search(explicit, passed_over)
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

/// Where it may be.
struct Places<'a> {
    variable: Option<&'a OsStr>,
    program: Option<&'a Path>,
    data: Option<&'a Path>,
    system: &'a [&'a str],
}

impl Places<'_> {
    fn search(
        &self,
        explicit: Option<&Path>,
        mut passed_over: impl FnMut(&Path),
    ) -> Result<(PathBuf, LibraryPlace), NotFound> {
        let variable = self.variable.filter(|path| !path.is_empty());
        let named = explicit.map(|path| (path, LibraryPlace::Explicit));
        if let Some((path, place)) = named.or(variable.map(|path| (path.as_ref(), LibraryPlace::Variable))) {
            return if path.is_file() { Ok((path.into(), place)) } else { Err(NotFound::Named(path.into())) };
        }
        // First the one that was checked when it was installed: nothing that lies about takes its place.
        let data = self.data.map(|data| (library_directory(data), LibraryPlace::DataDirectory));
        let beside = self.program.and_then(Path::parent);
        let beside = beside.map(|folder| [folder.to_owned(), folder.join("../lib")]).into_iter().flatten();
        let beside = beside.map(|folder| (folder, LibraryPlace::BesideProgram));
        let system = self.system.iter().map(|folder| (PathBuf::from(folder), LibraryPlace::System));
        data.into_iter()
            .chain(beside)
            .chain(system)
            .flat_map(|(folder, place)| names().into_iter().map(move |name| (folder.join(name), place)))
            .filter(|(path, _)| path.is_file())
            .find(|(path, place)| {
                let fits = *place == LibraryPlace::DataDirectory || has_this_version(path);
                if !fits {
                    passed_over(path);
                }
                fits
            })
            .ok_or(NotFound::Nowhere)
    }
}

/// Whether a file has this version's number as a text of its own, as TDLib has: it is looked into before any of it runs.
fn has_this_version(path: &Path) -> bool {
    let version = format!("\0{TDLIB_VERSION}\0");
    fs::read(path).is_ok_and(|bytes| memmem::find(&bytes, version.as_bytes()).is_some())
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

/// Where in a data directory the pinned library lives.
pub(in crate::tdlib) fn library_directory(data: &Path) -> PathBuf {
    data.join("tdlib").join(TDLIB_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that could be TDLib of this version.
    fn library() -> String {
        format!("ELF\0{TDLIB_VERSION}\0")
    }

    #[test]
    fn places_are_searched_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let name = names().pop().unwrap();
        let data = root.join("data");
        let system = root.join("system");
        let program = root.join("bin/program");
        let places = [
            (system.join(&name), LibraryPlace::System),
            (root.join("bin").join(&name), LibraryPlace::BesideProgram),
            (library_directory(&data).join(&name), LibraryPlace::DataDirectory),
            (root.join("variable"), LibraryPlace::Variable),
            (root.join("explicit"), LibraryPlace::Explicit),
        ];
        let system = [system.to_str().unwrap()];
        let find = |explicit: Option<&Path>, variable: Option<&OsStr>| {
            let data = Some(data.as_path());
            Places { variable, program: Some(&program), data, system: &system }.search(explicit, |_| {})
        };
        assert!(matches!(find(None, None), Err(NotFound::Nowhere)));
        for (path, place) in &places {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, library()).unwrap();
            let explicit = (*place == LibraryPlace::Explicit).then_some(path.as_path());
            let variable = matches!(place, LibraryPlace::Explicit | LibraryPlace::Variable)
                .then(|| places[3].0.as_os_str());
            assert_eq!(find(explicit, variable).unwrap(), (path.clone(), *place));
        }
    }

    #[test]
    fn a_named_library_that_is_missing_is_not_replaced_by_another() {
        let root = tempfile::tempdir().unwrap();
        let name = names().pop().unwrap();
        fs::write(root.path().join(name), library()).unwrap();
        let system = [root.path().to_str().unwrap()];
        let missing = root.path().join("missing");
        let places = |variable| Places { variable, program: None, data: None, system: &system };
        let by_path = places(None).search(Some(&missing), |_| {});
        assert!(matches!(by_path, Err(NotFound::Named(path)) if path == missing));
        let by_variable = places(Some(missing.as_os_str())).search(None, |_| {});
        assert!(matches!(by_variable, Err(NotFound::Named(_))));
    }

    #[test]
    fn what_is_not_this_version_is_passed_over_and_told() {
        let root = tempfile::tempdir().unwrap();
        let name = names().pop().unwrap();
        let (foreign, good) = (root.path().join("bin"), root.path().join("system"));
        fs::create_dir(&foreign).unwrap();
        fs::create_dir(&good).unwrap();
        let program = foreign.join("program");
        let system = [good.to_str().unwrap()];
        let places = Places { variable: None, program: Some(&program), data: None, system: &system };
        for other in ["", "no library", "ELF\x001.8.5\0", "ELF\x001.8.610\0"] {
            fs::write(foreign.join(&name), other).unwrap();
            let mut told = Vec::new();
            let found = places.search(None, |path| told.push(path.to_owned()));
            assert!(matches!(found, Err(NotFound::Nowhere)), "{other:?}");
            assert_eq!(told, [foreign.join(&name)], "{other:?}");
        }
        fs::write(good.join(&name), library()).unwrap();
        assert_eq!(places.search(None, |_| {}).unwrap(), (good.join(&name), LibraryPlace::System));
    }
}
