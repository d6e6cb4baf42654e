//! An account's directory, and for whom it was made.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::OpenError;
use crate::disk::{self, Aside, create_private, sync_names};
use crate::tdlib::server::Server;

/// The file that names the server.
const SERVER_FILE: &str = "server";

/// Where in an account's directory TDLib keeps what.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) database: String,
    pub(super) files: String,
}

/// Creates an account's directory, or makes sure that it was made for this server.
pub(super) fn open(directory: &Path, server: &Server) -> Result<Places, OpenError> {
    let io = |source| OpenError::Directory { path: directory.into(), source };
    let expected = line(server);
    let file = directory.join(SERVER_FILE);
    match fs::read_to_string(&file) {
        Ok(made_for) if made_for == expected => {}
        // Written by nobody: its contents were lost with the power before they were on the disk.
        Ok(nothing) if nothing.is_empty() && is_empty(directory).map_err(io)? => {
            mark(directory, &expected).map_err(io)?;
        }
        Ok(_) => return Err(OpenError::WrongServer { path: directory.into() }),
        Err(why) if why.kind() == io::ErrorKind::NotFound => {
            create_private(directory).map_err(io)?;
            // A database without the file is somebody else's, made for nobody knows whom.
            if !is_empty(directory).map_err(io)? {
                return Err(OpenError::WrongServer { path: directory.into() });
            }
            mark(directory, &expected).map_err(io)?;
        }
        Err(why) => return Err(io(why)),
    }
    // TDLib takes no relative paths for granted, and no paths that are not text.
    let absolute = directory.canonicalize().map_err(io)?;
    let absolute = absolute.to_str().ok_or_else(|| OpenError::DirectoryName { path: directory.into() })?;
    let place = |name: &str| format!("{absolute}{}{name}", std::path::MAIN_SEPARATOR);
    Ok(Places { database: place("database"), files: place("files") })
}

/// Says in a directory without a mark for whom it is made, for good: the mark is on the disk before TDLib writes
/// anything there.
fn mark(directory: &Path, expected: &str) -> io::Result<()> {
    let mut aside = Aside::in_folder(directory)?;
    aside.write_all(expected.as_bytes())?;
    aside.put(&directory.join(SERVER_FILE))?;
    directory.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_names)
}

/// Whether nothing is in a directory but marks that were begun by who was killed over it; they are removed.
fn is_empty(directory: &Path) -> io::Result<bool> {
    disk::sweep(directory)?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let empty_mark = entry.file_name() == SERVER_FILE && entry.metadata()?.len() == 0;
        if !empty_mark && !disk::is_unfinished(&entry.path()) {
            return Ok(false);
        }
    }
    Ok(true)
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
    use crate::tdlib::server::Fingerprint;

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
                assert!(matches!(open(&directory, other), Err(OpenError::WrongServer { .. })));
            }
        }
    }

    #[test]
    fn a_kill_while_the_mark_is_written_leaves_a_directory_that_opens() {
        for left in [".tgpassport-Ab1c2D", "server"] {
            let root = tempfile::tempdir().unwrap();
            fs::write(root.path().join(left), "").unwrap();
            open(root.path(), &Server::Telegram).unwrap();
            open(root.path(), &Server::Telegram).unwrap();
            assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "{left}");
            // It has a mark now, and another server is refused.
            let other = Server::Sandbox(Fingerprint::of("another"));
            assert!(matches!(open(root.path(), &other), Err(OpenError::WrongServer { .. })), "{left}");
        }
    }

    /// Names the folder to the process that is killed.
    const MARKING: &str = "TELEGRAM_PASSPORT_TEST_MARKING";

    /// A process that does nothing but make directories is killed, again and again, wherever it is.
    #[test]
    fn a_kill_at_any_moment_leaves_directories_that_open() {
        use std::io::Read as _;
        use std::process::{Command, Stdio};
        const NAME: &str = "tdlib::login::home::tests::a_kill_at_any_moment_leaves_directories_that_open";
        if let Some(root) = std::env::var_os(MARKING) {
            for number in 0.. {
                open(&Path::new(&root).join(number.to_string()), &Server::Telegram).unwrap();
                io::stdout().write_all(b"\n").unwrap();
            }
        }
        let (mut made, mut begun) = (0, 0);
        for round in 0..40 {
            let root = tempfile::tempdir().unwrap();
            let mut marking = Command::new(std::env::current_exe().unwrap())
                .args([NAME, "--exact", "--nocapture"])
                .env(MARKING, root.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdout = marking.stdout.take().unwrap();
            while !root.path().join("2").exists() {
                stdout.read_exact(&mut [0]).unwrap();
            }
            std::thread::sleep(std::time::Duration::from_micros(50 * round));
            marking.kill().unwrap();
            assert!(!marking.wait().unwrap().success());
            for entry in fs::read_dir(root.path()).unwrap() {
                let directory = entry.unwrap().path();
                (made, begun) = (made + 1, begun + usize::from(!directory.join(SERVER_FILE).exists()));
                open(&directory, &Server::Telegram).unwrap();
                let other = Server::Sandbox(Fingerprint::of("another"));
                assert!(matches!(open(&directory, &other), Err(OpenError::WrongServer { .. })));
            }
        }
        // Not all of them were killed between two directories.
        assert!(begun > 0, "{made} directories, each with its mark");
    }

    #[test]
    fn an_empty_mark_beside_a_database_says_nothing() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("server"), "").unwrap();
        fs::create_dir(root.path().join("database")).unwrap();
        assert!(matches!(open(root.path(), &Server::Telegram), Err(OpenError::WrongServer { .. })));
    }

    #[test]
    fn a_directory_with_something_else_in_it_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("td.binlog"), "").unwrap();
        assert!(matches!(open(root.path(), &Server::Telegram), Err(OpenError::WrongServer { .. })));
    }
}
