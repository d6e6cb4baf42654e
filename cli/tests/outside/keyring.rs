//! A real gnome-keyring on a bus of its own, with a home of its own.
//!
//! Whether there is a keyring is found out once in a process, so what happens inside a session is a scene, which this
//! program plays when a case starts it again in that session.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use telegram_passport::keychain::{EntryName, Keychain, KeychainError, Purpose};
use telegram_passport::vault::Password;

use crate::cases::Unmet;
use crate::program;

/// Names the scene, in sessions that were started here: elsewhere the keyring is a person's own.
pub(crate) const SCENE_VARIABLE: &str = "TGPASSPORT_TEST_KEYRING";

/// What happens inside a session, by its name.
const SCENES: [(&str, fn()); 3] = [
    ("unlocked", inside_an_unlocked_keyring),
    ("locked", inside_a_locked_keyring),
    ("none", without_a_keyring),
];

/// Plays the scene with this name.
pub(crate) fn play(name: &OsStr) {
    let (_, scene) = SCENES.into_iter().find(|(of, _)| *of == name).expect("a scene of this program");
    scene();
    print!("{PLAYED}");
}

/// Said at the end of a scene.
const PLAYED: &str = "played to its end";

/// Needs a bus, a keyring on it, and two tools that look at it from elsewhere.
pub(crate) fn gnome() -> Result<(), Unmet> {
    program::all(&[
        ("dbus-run-session", "dbus"),
        ("gnome-keyring-daemon", "gnome-keyring"),
        ("secret-tool", "libsecret-tools"),
        ("gdbus", "libglib2.0-bin"),
    ])
}

/// Needs a bus.
pub(crate) fn bus() -> Result<(), Unmet> {
    program::all(&[("dbus-run-session", "dbus")])
}

pub(crate) fn gnome_keyring_keeps_what_secret_tool_finds_and_the_reverse() {
    session(UNLOCKED, "unlocked");
}

pub(crate) fn a_locked_keyring_is_said_to_be_locked() {
    session(&format!("{UNLOCKED}\n{LOCK}"), "locked");
}

pub(crate) fn a_bus_without_a_keyring_is_no_keyring() {
    session("", "none");
}

pub(crate) fn no_bus_is_no_keyring() {
    let home = tempfile::tempdir().unwrap();
    passes(&mut inside("none", home.path()));
}

fn inside_an_unlocked_keyring() {
    let keychain = Keychain::system().unwrap();
    let name = |account, purpose| EntryName::new(account, purpose).unwrap();
    let password = name("main", Purpose::Password);
    let key = name("Änna B.", Purpose::DatabaseKey);

    assert_eq!(keychain.get(&password).unwrap(), None);
    assert!(!keychain.remove(&password).unwrap());
    keychain.set_password(&password, &Password::from("pässword")).unwrap();
    let generated = keychain.key_or_generate(&key).unwrap();
    assert_eq!(keychain.key_or_generate(&key).unwrap().as_bytes(), generated.as_bytes());

    // What is kept, the tool of libsecret finds, byte by byte.
    assert_eq!(lookup("main/password"), "pässword".as_bytes());
    assert_eq!(lookup("Änna B./database-key"), generated.as_bytes());
    keychain.set_password(&password, &Password::from("another")).unwrap();
    assert_eq!(lookup("main/password"), b"another");

    // What the tool keeps, is found here; that it is no key is said without a word of it.
    store("other/database-key", b"no key, but hunter2");
    let other = name("other", Purpose::DatabaseKey);
    assert_eq!(keychain.get(&other).unwrap().unwrap().as_slice(), b"no key, but hunter2");
    let damaged = keychain.key_or_generate(&other).unwrap_err();
    assert!(matches!(&damaged, KeychainError::Damaged { name } if *name == other));
    assert!(!format!("{damaged:?} {damaged}").contains("hunter2"));
    let binary: Vec<u8> = (0..=255).collect();
    keychain.set(&other, &binary).unwrap();
    assert_eq!(lookup("other/database-key"), binary);
    assert!(matches!(keychain.password(&other), Err(KeychainError::Damaged { .. })));
    keychain.set(&other, &[7; 2048]).unwrap();
    assert_eq!(keychain.get(&other).unwrap().unwrap().as_slice(), [7; 2048]);

    for name in [password, key, other] {
        assert!(keychain.remove(&name).unwrap());
        assert!(!keychain.remove(&name).unwrap());
        assert_eq!(keychain.get(&name).unwrap(), None);
        assert_eq!(lookup(&name.to_string()), b"");
    }
}

fn inside_a_locked_keyring() {
    let keychain = Keychain::system().unwrap();
    let kept = EntryName::new("kept", Purpose::Password).unwrap();
    let other = EntryName::new("other", Purpose::Password).unwrap();
    let locked = |result: Result<(), KeychainError>| {
        assert!(matches!(result, Err(KeychainError::Locked)), "{result:?}");
    };
    locked(keychain.get(&kept).map(drop));
    locked(keychain.set(&kept, b"x"));
    locked(keychain.remove(&kept).map(drop));
    locked(keychain.set(&other, b"x"));
}

fn without_a_keyring() {
    assert!(matches!(Keychain::system(), Err(KeychainError::NoKeyring)));
}

/// The keyring's daemon, whose login collection opens with an empty password.
const UNLOCKED: &str = r#"
printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
gnome-keyring-daemon --start --components=secrets >/dev/null
"#;

/// Keeps something, then locks the collection.
const LOCK: &str = r#"
printf kept | secret-tool store --label kept service telegram-passport username kept/password
gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
    --method org.freedesktop.Secret.Service.Lock '[objectpath "/org/freedesktop/secrets/aliases/default"]' >/dev/null
"#;

/// Plays a scene on a bus of its own, after these commands.
fn session(commands: &str, scene: &str) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join(".local/share");
    std::fs::create_dir_all(data.join("keyrings")).unwrap();
    // A bus on which services are not started on demand: it has the keyring it is given, or none.
    let configuration = home.path().join("bus.conf");
    std::fs::write(&configuration, BUS).unwrap();
    let program = inside(scene, home.path());
    let mut command = Command::new("dbus-run-session");
    command.arg("--config-file").arg(&configuration).args(["--", "sh", "-euc"]);
    command.arg(format!("{commands}\nexec \"$@\"")).arg("sh").arg(program.get_program());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    passes(&mut command);
}

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A scene, in this home and without a bus.
fn inside(scene: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(SCENE_VARIABLE, scene).env("HOME", home).env("XDG_RUNTIME_DIR", home);
    command.env("XDG_DATA_HOME", home.join(".local/share"));
    command.env("XDG_CACHE_HOME", home.join(".cache")).env("XDG_CONFIG_HOME", home.join(".config"));
    for unset in ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(unset);
    }
    command
}

fn passes(command: &mut Command) {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success() && stdout == PLAYED, "{stdout}\n{stderr}");
}

fn lookup(name: &str) -> Vec<u8> {
    Command::new("secret-tool")
        .args(["lookup", "service", "telegram-passport", "username", name])
        .output()
        .unwrap()
        .stdout
}

fn store(name: &str, secret: &[u8]) {
    let mut child = Command::new("secret-tool")
        .args(["store", "--label", "made by a test", "service", "telegram-passport", "username", name])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(secret).unwrap();
    assert!(child.wait().unwrap().success());
}
