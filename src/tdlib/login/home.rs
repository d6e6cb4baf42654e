//! An account's directory, and for whom it was made.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::LoginError;
use crate::tdlib::library::Server;
use crate::tdlib::patch::create_private;

/// The file that names the server.
const SERVER_FILE: &str = "server";

/// Where in an account's directory TDLib keeps what.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) database: String,
    pub(super) files: String,
}

/// Creates an account's directory, or makes sure that it was made for this server.
pub(super) fn open(directory: &Path, server: &Server) -> Result<Places, LoginError> {
    let io = |source| LoginError::Directory { path: directory.into(), source };
    let expected = line(server);
    let file = directory.join(SERVER_FILE);
    match fs::read_to_string(&file) {
        Ok(made_for) if made_for == expected => {}
        Ok(_) => return Err(LoginError::WrongServer { path: directory.into() }),
        Err(why) if why.kind() == io::ErrorKind::NotFound => {
            create_private(directory).map_err(io)?;
            // A database without the file is somebody else's, made for nobody knows whom.
            if fs::read_dir(directory).map_err(io)?.next().is_some() {
                return Err(LoginError::WrongServer { path: directory.into() });
            }
            let write = || {
                let mut aside = tempfile::NamedTempFile::new_in(directory)?;
                aside.write_all(expected.as_bytes())?;
                aside.persist(&file).map_err(|failed| failed.error)
            };
            write().map_err(io)?;
        }
        Err(why) => return Err(io(why)),
    }
    // TDLib takes no relative paths for granted, and no paths that are not text.
    let absolute = directory.canonicalize().map_err(io)?;
    let absolute = absolute.to_str().ok_or_else(|| LoginError::DirectoryName { path: directory.into() })?;
    let place = |name: &str| format!("{absolute}{}{name}", std::path::MAIN_SEPARATOR);
    Ok(Places { database: place("database"), files: place("files") })
}

fn line(server: &Server) -> String {
    match server {
        Server::Telegram => "telegram\n".to_owned(),
        Server::Sandbox(fingerprint) => format!("sandbox {fingerprint}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tdlib::patch::Fingerprint;

    #[test]
    fn a_directory_belongs_to_the_server_it_was_made_for() {
        let root = tempfile::tempdir().unwrap();
        let servers = [
            Server::Telegram,
            Server::Sandbox(Fingerprint::of("one key")),
            Server::Sandbox(Fingerprint::of("another")),
        ];
        for (number, server) in servers.iter().enumerate() {
            let directory = root.path().join(number.to_string());
            for again in 0..2 {
                let places = open(&directory, server).unwrap();
                assert!(Path::new(&places.database).starts_with(root.path()), "{again}");
            }
            for other in servers.iter().filter(|other| *other != server) {
                assert!(matches!(open(&directory, other), Err(LoginError::WrongServer { .. })));
            }
        }
    }

    #[test]
    fn a_directory_with_something_else_in_it_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("td.binlog"), "").unwrap();
        assert!(matches!(open(root.path(), &Server::Telegram), Err(LoginError::WrongServer { .. })));
    }
}
