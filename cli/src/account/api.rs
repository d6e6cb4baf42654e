//! What Telegram knows this program by: the person's own api_id and api_hash.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use telegram_passport::login::Application;
use zeroize::Zeroizing;

use super::data_directory::data;
use crate::failure::Failure;

const ID_VARIABLE: &str = "TGPASSPORT_API_ID";
const HASH_VARIABLE: &str = "TGPASSPORT_API_HASH";
const FILE: &str = "api.toml";

/// The file holds two short lines.
const LARGEST: u64 = 4096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    api_id: i32,
    api_hash: String,
}

/// The program as the person has registered it, from the environment or the file.
pub(super) fn application() -> Result<Application, Failure> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    if let (Some(id), Some(hash)) = (set(ID_VARIABLE), set(HASH_VARIABLE)) {
        let id = id.parse().map_err(|_| Failure::usage(format!("{ID_VARIABLE} is no number")))?;
        return checked(id, hash, HASH_VARIABLE);
    }
    let path = data()?.join(FILE);
    match File::open(&path) {
        Ok(file) => read(&path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Failure::usage("Telegram wants to know the program by an api_id and api_hash of your own")
                .remedy(format!(
                    "Get them on my.telegram.org, and set {ID_VARIABLE} and {HASH_VARIABLE}, or write \
                     api_id = … and api_hash = \"…\" into {}, mode 0600.",
                    path.display()
                )))
        }
        Err(error) => Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
    }
}

fn read(path: &Path, file: File) -> Result<Application, Failure> {
    if readable_by_others(&file) {
        return Err(Failure::refused(format!("{} can be read by others", path.display()))
            .remedy(format!("chmod 600 {}", path.display())));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST)
        .read_to_string(&mut text)
        .map_err(|error| Failure::failed(format!("{} cannot be read: {error}", path.display())))?;
    let written: Written = toml::from_str(&text)
        .map_err(|error| Failure::failed(format!("{}: {}", path.display(), error.message())))?;
    checked(written.api_id, written.api_hash, "api_hash")
}

fn checked(id: i32, hash: String, name: &str) -> Result<Application, Failure> {
    if hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) && id > 0 {
        Ok(Application::new(id, hash))
    } else {
        Err(Failure::usage(format!("an api_id is positive, and {name} has 32 hexadecimal digits")))
    }
}

#[cfg(unix)]
fn readable_by_others(file: &File) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // What cannot be asked is not trusted.
    file.metadata().map_or(true, |found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &File) -> bool {
    false
}
