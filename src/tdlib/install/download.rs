//! Has `pip` or `npm` fetch a package.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::InstallStep;
use crate::tdlib::pin::{Package, RegistryClient};

/// The environment variable that forbids the download, whatever its value.
pub const DOWNLOAD_VARIABLE: &str = "TDLIB_NO_DOWNLOAD";

/// Why no package could be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageDownloadError {
    /// The user forbade it.
    #[error(
        "TDLib is not installed, and {DOWNLOAD_VARIABLE} forbids to download it: name its file in TDLIB_PATH"
    )]
    Forbidden,
    /// None of the programs that could fetch it exists.
    #[error("TDLib is not installed: install {} to have it fetched, or name its file in TDLIB_PATH", clients.join(" or "))]
    NoClient {
        /// The programs that were looked for.
        clients: Vec<&'static str>,
    },
    /// Those that exist all failed.
    #[error("TDLib could not be downloaded: {}", failures.join("; "))]
    Failed {
        /// What each program said last.
        failures: Vec<String>,
    },
    /// A program succeeded without leaving a package.
    #[error("{client} succeeded without leaving {package}")]
    NothingThere {
        /// The program.
        client: &'static str,
        /// What it was asked for.
        package: String,
    },
}

/// Fetches the first package that can be had into an empty directory, and gives its archive.
pub(super) fn download<'a>(
    packages: &[&'a Package],
    directory: &Path,
    progress: &mut impl FnMut(InstallStep),
) -> Result<(&'a Package, PathBuf), PackageDownloadError> {
    if env::var_os(DOWNLOAD_VARIABLE).is_some() {
        return Err(PackageDownloadError::Forbidden);
    }
    let mut failures = Vec::new();
    for package in packages {
        for (client, mut command) in commands(package, directory) {
            if !has_pip(client) {
                continue;
            }
            match run(&mut command, || {
                let step =
                    InstallStep::Downloading { client: client.to_owned(), package: package.name.clone() };
                progress(step);
            }) {
                Ok(None) => return only_file(directory, client, package).map(|archive| (*package, archive)),
                Ok(Some(failure)) => failures.push(format!("{client} says: {failure}")),
                // It does not exist.
                Err(why) if why.kind() == io::ErrorKind::NotFound => {}
                Err(why) => failures.push(format!("{client} cannot be started: {why}")),
            }
        }
    }
    if failures.is_empty() {
        let name = |package: &&Package| match package.client {
            RegistryClient::Pip => "Python's pip",
            RegistryClient::Npm => "npm",
        };
        return Err(PackageDownloadError::NoClient { clients: packages.iter().map(name).collect() });
    }
    Err(PackageDownloadError::Failed { failures })
}

/// Whether a program that is to run pip can: Python comes without it, too. Of others that is not asked.
fn has_pip(program: &str) -> bool {
    !program.starts_with("python")
        || Command::new(program)
            .args(["-m", "pip", "--version"])
            .stdin(Stdio::null())
            .output()
            .is_ok_and(|output| output.status.success())
}

/// The ways to fetch a package, in the order in which they are tried.
fn commands(package: &Package, directory: &Path) -> Vec<(&'static str, Command)> {
    match package.client {
        RegistryClient::Pip => ["python3", "python", "pip3", "pip"]
            .into_iter()
            .map(|program| {
                let mut command = Command::new(program);
                if program.starts_with("python") {
                    command.args(["-m", "pip"]);
                }
                command.args([
                    "download",
                    "--quiet",
                    "--no-input",
                    "--disable-pip-version-check",
                    "--no-deps",
                ]);
                command.args(["--only-binary=:all:", "--python-version=3.11"]);
                command.args(["--implementation=cp", "--abi=cp311", "--platform"]);
                command.arg(package.tag.as_deref().unwrap_or("any")).arg("--dest").arg(directory);
                command.arg(&package.name);
                (program, command)
            })
            .collect(),
        RegistryClient::Npm => {
            let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
            command.args(["pack", "--silent", "--pack-destination"]).arg(directory).arg(&package.name);
            vec![("npm", command)]
        }
    }
}

/// Runs a program; if it fails, the last line that it wrote.
fn run(command: &mut Command, before: impl FnOnce()) -> io::Result<Option<String>> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    before();
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    Ok(Some(last.map_or_else(|| output.status.to_string(), str::to_owned)))
}

/// The archive that a program left in an empty directory.
fn only_file(
    directory: &Path,
    client: &'static str,
    package: &Package,
) -> Result<PathBuf, PackageDownloadError> {
    let nothing = || PackageDownloadError::NothingThere { client, package: package.name.clone() };
    let entries = fs::read_dir(directory).map_err(|_| nothing())?;
    entries.flatten().map(|entry| entry.path()).find(|path| path.is_file()).ok_or_else(nothing)
}
