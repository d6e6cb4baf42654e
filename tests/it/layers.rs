//! The walls of the house that no compiler holds, read off the sources of its three packages: each room of the
//! library uses the rooms before it only, the server is blind, the ground floor is quiet, primitives are called from
//! one file.
//!
//! What a package does not depend on it cannot name: the library knows neither the sandbox nor clap, and without
//! features neither TDLib nor grammers; the command line has no primitives.
//!
//! Paths are read through `use`, through `crate::`, `super::` or a package's own name. That is enough to notice a
//! mistake; who wants to get round it can. `the_checker_notices_every_kind_of_breach` shows that it would notice.

mod paths;

use std::fmt;
use std::fs;
use std::path::Path;

use paths::{PathUse, paths};

/// The rooms of the library, each of which may use those before it.
const ROOMS: [&str; 12] = [
    "disk", "element", "vault", "request", "scan", "cloud", "passport", "archive", "login", "mtproto",
    "tdlib", "keychain",
];

/// Rooms of the library that know no runtime.
const QUIET: [&str; 5] = ["disk", "element", "vault", "request", "scan"];
const NOISE: [&str; 2] = ["tokio", "futures_util"];

/// Rooms of the sandbox that hold what Telegram's servers hold, and no more.
const BLIND: [&str; 5] = ["bot_api", "dc", "primitives", "state", "store"];
/// What those may use of the library; everything else of it can open what a person sealed, or knows who can.
const SEEN_BY_THE_BLIND: [&str; 4] = ["cloud", "disk", "element", "request"];
/// The room of the sandbox that may use the vault.
const PERSON: &str = "person";

/// Packages of cryptographic primitives, and where they may be named. Unit tests may name them anywhere: there they
/// are a second opinion.
const PRIMITIVES: [&str; 16] = [
    "aead_stream",
    "aes",
    "argon2",
    "cbc",
    "chacha20poly1305",
    "crypto_bigint",
    "crypto_primes",
    "ctr",
    "getrandom",
    "hmac",
    "ige",
    "md5",
    "pbkdf2",
    "rsa",
    "sha1",
    "sha2",
];
/// The last knows a downloaded file by its SHA-256; no secret passes there.
const PRIMITIVE_FILES: [&str; 5] = [
    "src/vault/primitives.rs",
    "src/mtproto/primitives.rs",
    "sandbox/src/primitives.rs",
    "sandbox/src/primitives/mtproto.rs",
    "src/tdlib/checksum.rs",
];

/// Where TDLib's C functions are called; without its feature the library forbids unsafe code altogether.
const UNSAFE_FILE: &str = "src/tdlib/library/symbols.rs";

#[test]
fn the_house_keeps_its_walls() {
    let sources = sources();
    // An empty reading would hold every wall.
    let rooms = ROOMS.iter().map(|room| format!("src/{room}/"));
    let blind = BLIND.iter().chain([&PERSON]).map(|room| format!("sandbox/src/{room}"));
    for room in rooms.chain(blind) {
        assert!(sources.iter().any(|(file, _)| file.starts_with(&room)), "no sources of {room} were read");
    }
    let breaches: Vec<String> =
        sources.iter().flat_map(|(file, text)| check(file, text)).map(|breach| breach.to_string()).collect();
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn unsafe_code_stands_in_one_file() {
    let sources = sources();
    let lifting = |(_, text): &&(String, String)| text.contains("allow(unsafe_code)");
    let files: Vec<&str> = sources.iter().filter(lifting).map(|(file, _)| file.as_str()).collect();
    assert_eq!(files, [UNSAFE_FILE]);
    for (root, forbidden) in [
        ("src/lib.rs", "#![cfg_attr(not(feature = \"tdlib\"), forbid(unsafe_code))]"),
        ("sandbox/src/lib.rs", "#![forbid(unsafe_code)]"),
        ("cli/src/main.rs", "#![forbid(unsafe_code)]"),
    ] {
        assert!(sources.iter().any(|(file, text)| file == root && text.contains(forbidden)), "{root}");
    }
}

/// A `#[test]` cannot say that a program is not there: tests that start one are cases of `tests/td`, or of
/// `cli/tests/outside` or `cli/tests/td`.
#[test]
fn no_plain_test_starts_a_program_from_outside() {
    let mut plain: Vec<(String, String)> = sources();
    for (_, text) in &mut plain {
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        text.drain(..tests);
    }
    let folders = ["tests/it", "tests/conformance", "sandbox/tests/it", "cli/tests/it", "examples/app/src"];
    plain.extend(folders.into_iter().flat_map(sources_below));
    let started: Vec<String> = plain
        .iter()
        .flat_map(|(file, text)| named(text).map(move |name| format!("{file} starts {name}")))
        .collect();
    assert!(started.is_empty(), "{}", started.join("\n"));
    let made = concat!("Command::new", "(\"dog\").arg(1); Command::new", "(env!(\"CARGO_BIN_EXE_x\"))");
    assert_eq!(named(made).collect::<Vec<_>>(), ["dog"]);
}

/// What a file holds has to be on the disk before it gets its name, and its name after that: one place sees to both.
#[test]
fn files_get_their_names_in_one_place() {
    let mut named: Vec<String> = Vec::new();
    for (file, text) in sources() {
        let text = &text[..text.find("#[cfg(test)]").unwrap_or(text.len())];
        let elsewhere = !file.starts_with("src/disk/");
        let ways = ["NamedTempFile", ".persist(", ".persist_noclobber(", "tempfile_in(", "fs::rename("];
        for way in ways.into_iter().filter(|way| text.contains(way)) {
            // A store's first file, which is made by the database itself; and sessions moved aside, which are there already.
            let moved = way == "fs::rename("
                && ["sandbox/src/store/disk.rs", "cli/src/account/set_aside.rs"].contains(&file.as_str());
            if elsewhere && !moved {
                named.push(format!("{file}: {way}"));
            }
        }
    }
    assert!(named.is_empty(), "{}", named.join("\n"));
}

/// The programs that are started by their names.
fn named(text: &str) -> impl Iterator<Item = &str> {
    const START: &str = concat!("Command::new", "(\"");
    text.match_indices(START).filter_map(|(at, _)| text[at + START.len()..].split('"').next())
}

#[test]
fn the_checker_notices_every_kind_of_breach() {
    for (file, text, wall) in [
        ("src/element/mod.rs", "use crate::vault::Vault;", Wall::Upward("vault")),
        ("src/vault/mod.rs", "fn f() -> crate::request::Scope { todo() }", Wall::Upward("request")),
        ("src/vault/kdf.rs", "use super::super::cloud::CloudError;", Wall::Upward("cloud")),
        ("src/vault/deep/er.rs", "use super::super::super::scan;", Wall::Upward("scan")),
        ("src/vault/mod.rs", "mod inner { use super::super::scan::f; }", Wall::Upward("scan")),
        ("src/request/form.rs", "use crate::{element::Date, passport::Progress};", Wall::Upward("passport")),
        (
            "src/request/form.rs",
            "use crate::{\n    element::{Date, Part},\n    scan as s,\n};",
            Wall::Upward("scan"),
        ),
        ("src/request/form.rs", "use super::{super::cloud::X, Held};", Wall::Upward("cloud")),
        ("src/request/form.rs", "use crate :: cloud;", Wall::Upward("cloud")),
        ("src/scan/mod.rs", "pub(in crate::passport) fn f() {}", Wall::Upward("passport")),
        ("src/element/mod.rs", "use crate::*;", Wall::Everything),
        ("sandbox/src/state/mod.rs", "use telegram_passport::vault::hazmat::Vault;", Wall::Blind),
        ("sandbox/src/state/files.rs", "use telegram_passport::{cloud::X, vault};", Wall::Blind),
        ("sandbox/src/bot_api/mod.rs", "let key = telegram_passport::vault::x();", Wall::Blind),
        ("sandbox/src/primitives.rs", "use telegram_passport::vault::hazmat;", Wall::Blind),
        ("sandbox/src/store/mod.rs", "use telegram_passport::*;", Wall::Blind),
        ("sandbox/src/store/mod.rs", "use telegram_passport::passport::Vaulted;", Wall::Blind),
        ("sandbox/src/bot_api/mod.rs", "use crate::person::Person;", Wall::BlindPerson),
        ("sandbox/src/dc/mod.rs", "use super::{person, state};", Wall::BlindPerson),
        ("sandbox/src/state/calls/form.rs", "use super::super::super::person::x;", Wall::BlindPerson),
        ("src/element/date.rs", "use tokio::time::sleep;", Wall::Named("tokio")),
        ("src/scan/jpeg.rs", "let s: futures_util::stream::Iter<()>;", Wall::Named("futures_util")),
        ("src/request/mod.rs", "extern crate tokio;", Wall::Named("tokio")),
        ("src/vault/vault.rs", "use {tokio, std::fmt};", Wall::Named("tokio")),
        ("src/vault/value.rs", "use sha2::Sha256;", Wall::Named("sha2")),
        ("src/mtproto/cloud.rs", "use sha1::Sha1;", Wall::Named("sha1")),
        ("src/mtproto/mod.rs", "use crate::tdlib::Client;", Wall::Upward("tdlib")),
        ("src/vault/value.rs", "mod tests { use sha2::Sha256; }", Wall::Named("sha2")),
        ("src/vault/value.rs", "#[cfg(test)] mod tests {} use sha2::Sha256;", Wall::Named("sha2")),
        ("src/vault/value.rs", "#[cfg(test)] mod tests { use crate::scan; }", Wall::Upward("scan")),
        ("src/lib.rs", "sha2::Sha256::digest(b)", Wall::Named("sha2")),
        ("src/vault/primitives/fast.rs", "use aes::Aes256;", Wall::Named("aes")),
        ("src/vault/value.rs", "let d = ::aes::Aes256::new();", Wall::Named("aes")),
        ("src/cloud/mod.rs", "use md5 as m;", Wall::Named("md5")),
        ("src/passport/upload.rs", "let x = hmac::Hmac::new();", Wall::Named("hmac")),
        ("sandbox/src/person/mod.rs", "getrandom::fill(&mut b)", Wall::Named("getrandom")),
        ("sandbox/src/state/mod.rs", "use {rsa::Oaep, std::fmt};", Wall::Named("rsa")),
        ("sandbox/src/dc/mod.rs", "use crypto_bigint::BoxedUint;", Wall::Named("crypto_bigint")),
        ("src/vault/mod.rs", "/* use a; */ use crate::scan; // b", Wall::Upward("scan")),
        ("src/vault/mod.rs", "const A: &str = \"\\\"\"; use crate::scan;", Wall::Upward("scan")),
        (
            "src/vault/mod.rs",
            "const A: char = '\"'; use crate::scan; const B: char = '\"';",
            Wall::Upward("scan"),
        ),
        ("src/vault/mod.rs", "fn f<'a>(x: &'a str) {} use crate::scan;", Wall::Upward("scan")),
        ("src/vault/mod.rs", "use crate::r#scan;", Wall::Upward("scan")),
    ] {
        let breaches = check(file, text);
        assert!(breaches.iter().any(|breach| breach.wall == wall), "{file}: {text}\nfound {breaches:?}");
    }
}

#[test]
fn the_checker_lets_everything_else_pass() {
    for (file, text) in [
        ("src/vault/value.rs", "use crate::element::Part; use super::primitives::sha256;"),
        ("src/vault/primitives.rs", "use sha2::{Digest, Sha256}; use ::rsa::Oaep;"),
        ("sandbox/src/primitives.rs", "use crypto_bigint::BoxedUint;"),
        ("sandbox/src/state/srp.rs", "#[cfg(test)]\nmod tests { fn f() { use sha2::Sha512; { rsa::x() } } }"),
        ("cli/src/command/new.rs", "getrandom::fill(&mut nonce)"),
        ("sandbox/src/primitives/mtproto.rs", "use aes::Aes256;"),
        ("sandbox/src/person/sign_up.rs", "use telegram_passport::vault::Password; use tokio::x;"),
        (
            "sandbox/src/state/mod.rs",
            "use telegram_passport::cloud::SecureCloud; use telegram_passport::element::ElementType;",
        ),
        ("sandbox/src/lib.rs", "pub mod person; pub use person::Person;"),
        ("cli/src/main.rs", "use telegram_passport::vault; use telegram_passport_sandbox::State;"),
        ("cli/src/main.rs", "mod request; use crate::request::show; use super::args;"),
        ("src/passport/mod.rs", "use tokio::sync::Mutex; use futures_util::StreamExt;"),
        (
            "src/element/mod.rs",
            "//! See crate::vault and tokio.\n/* use crate::scan; /* nested */ use sha2::X; */",
        ),
        (
            "src/element/mod.rs",
            "const A: &str = \"use crate::scan;\"; const B: &str = r#\"crate::vault \"x\"\"#;",
        ),
        ("src/element/mod.rs", "mod scan; use scan::x; use self::scan::y; let rsa = 1; x.aes();"),
        ("src/element/deep/mod.rs", "use super::super::element::Part; use super::scan;"),
        ("src/element/deep/mod.rs", "mod tests { use super::super::cloud; }"),
        ("src/vault/md5.rs", "pub use primitives::sha1; mod rsa;"),
        ("src/lib.rs", "pub mod passport; pub use passport::Passport; pub use crate::vault::Vault;"),
    ] {
        assert_eq!(check(file, text), [], "{file}: {text}");
    }
}

/// What was found, and where.
#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: String,
    path: String,
    wall: Wall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wall {
    /// A room after this one is used.
    Upward(&'static str),
    /// Everything is used at once.
    Everything,
    /// A blind room uses more of the library than it may see.
    Blind,
    /// A blind room uses what may use the vault.
    BlindPerson,
    /// A package is named where it must not be.
    Named(&'static str),
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ", self.file, self.path)?;
        match self.wall {
            Wall::Upward(room) => write!(f, "uses the room {room}, which comes after it"),
            Wall::Everything => f.write_str("uses every room at once"),
            Wall::Blind => write!(
                f,
                "uses more of the library than {}: the server is blind",
                SEEN_BY_THE_BLIND.join(", ")
            ),
            Wall::BlindPerson => write!(f, "uses {PERSON}, which knows the vault: the server is blind"),
            Wall::Named(package) => write!(f, "names the package {package}"),
        }
    }
}

/// Every breach in one file, whose path is relative to the workspace and has `/` between its parts.
fn check(file: &str, text: &str) -> Vec<Breach> {
    let (package, inside) = match file.split_once("src/") {
        Some(("", inside)) => (Package::Library, inside),
        Some(("sandbox/", inside)) => (Package::Sandbox, inside),
        _ => (Package::CommandLine, file),
    };
    let mut breaches = Vec::new();
    for path in paths(text) {
        let wall = match own(inside, &path) {
            Some(used) => check_rooms(package, inside, &used),
            None => check_foreign(package, file, inside, &path),
        };
        breaches.extend(wall.map(|wall| Breach { file: file.into(), path: path.segments.join("::"), wall }));
    }
    breaches
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Package {
    Library,
    Sandbox,
    CommandLine,
}

/// A path through the file's own package, as its segments from the package's root; `None` if it starts elsewhere.
fn own(inside: &str, path: &PathUse) -> Option<Vec<String>> {
    let first = path.segments.first()?.as_str();
    if !(path.qualified && matches!(first, "crate" | "super" | "self")) {
        return None;
    }
    if first == "crate" {
        return Some(path.segments[1..].to_vec());
    }
    let mut here = module(inside);
    here.extend(path.inside.iter().cloned());
    let mut rest = path.segments.as_slice();
    while let [head, tail @ ..] = rest {
        match head.as_str() {
            "super" => drop(here.pop()),
            "self" => {}
            _ => break,
        }
        rest = tail;
    }
    here.extend(rest.iter().cloned());
    Some(here)
}

/// The module of a file, from its package's root.
fn module(inside: &str) -> Vec<String> {
    let mut parts: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

/// The room a file belongs to; `lib.rs`, the front page, is in none of the lists.
fn room_of(inside: &str) -> &str {
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn check_rooms(package: Package, inside: &str, used: &[String]) -> Option<Wall> {
    let used = used.first()?.as_str();
    let room = room_of(inside);
    match package {
        Package::Library => {
            let room = ROOMS.iter().position(|name| *name == room)?;
            if used == "*" {
                return Some(Wall::Everything);
            }
            let used = ROOMS.iter().position(|name| *name == used)?;
            (used > room).then(|| Wall::Upward(ROOMS[used]))
        }
        Package::Sandbox => (BLIND.contains(&room) && used == PERSON).then_some(Wall::BlindPerson),
        Package::CommandLine => None,
    }
}

/// A path that starts at another package.
fn check_foreign(package: Package, file: &str, inside: &str, path: &PathUse) -> Option<Wall> {
    let room = room_of(inside);
    let foreign = path.segments[0].as_str();
    if package == Package::Sandbox && BLIND.contains(&room) && foreign == "telegram_passport" {
        let seen = path.segments.get(1).is_some_and(|used| SEEN_BY_THE_BLIND.contains(&used.as_str()));
        return (!seen).then_some(Wall::Blind);
    }
    let find = |list: &[&'static str]| list.iter().copied().find(|name| *name == foreign);
    let allowed = path.in_test || package == Package::CommandLine || PRIMITIVE_FILES.contains(&file);
    if let Some(primitive) = find(&PRIMITIVES).filter(|_| !allowed) {
        return Some(Wall::Named(primitive));
    }
    find(&NOISE).filter(|_| package == Package::Library && QUIET.contains(&room)).map(Wall::Named)
}

/// Every file of the three packages' sources, by its path from the workspace.
fn sources() -> Vec<(String, String)> {
    ["src", "sandbox/src", "cli/src"].into_iter().flat_map(sources_below).collect()
}

pub(crate) fn sources_below(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let parts: Vec<_> =
                    path.strip_prefix(root).unwrap().iter().map(|part| part.to_string_lossy()).collect();
                sources.push((parts.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}
