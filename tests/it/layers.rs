//! The walls of the house, read off its sources: each room uses the rooms before it only, the server is blind,
//! the ground floor is quiet, primitives are called from one file.
//!
//! It reads what is written, without a compiler: paths through `use`, through `crate::`, `super::` or the
//! crate's own name, and the names of packages. That is enough to notice a mistake; who wants to get round it
//! can. `the_checker_notices_every_kind_of_breach` shows that it would notice.

use std::fmt;
use std::fs;
use std::path::Path;

/// The rooms, each of which may use those before it.
const ROOMS: [&str; 13] = [
    "disk", "element", "vault", "request", "scan", "cloud", "passport", "archive", "mtproto", "tdlib",
    "keychain", "sandbox", "bin",
];

/// Rooms that know no runtime and no client of Telegram.
const QUIET: [&str; 5] = ["disk", "element", "vault", "request", "scan"];
const NOISE: [&str; 8] =
    ["tokio", "futures", "futures_util", "async_trait", "tdlib", "tdlib_rs", "grammers", "grammers_client"];

/// Places that hold what Telegram's servers hold, and no more.
const BLIND: [&str; 4] = ["sandbox/state", "sandbox/bot_api", "sandbox/dc", "sandbox/store"];

/// Packages of cryptographic primitives, and where they may be named. Unit tests may name them anywhere: there they
/// are a second opinion.
const PRIMITIVES: [&str; 15] = [
    "aead_stream",
    "argon2",
    "chacha20poly1305",
    "aes",
    "cbc",
    "sha1",
    "sha2",
    "hmac",
    "pbkdf2",
    "rsa",
    "crypto_bigint",
    "md5",
    "getrandom",
    "openssl",
    "ring",
];
/// The last knows a downloaded file by its SHA-256; no secret passes there.
const PRIMITIVE_FILES: [&str; 4] =
    ["vault/primitives.rs", "mtproto/primitives.rs", "sandbox/primitives.rs", "tdlib/checksum.rs"];
/// The system's randomness, which the program may ask for: a nonce and a seed are no business of the vault.
const RANDOMNESS: &str = "getrandom";
/// What the data centre needs of its own lies below the sandbox's file.
const PRIMITIVE_FOLDER: &str = "sandbox/primitives/";

/// Where `unsafe_code` is lifted: where TDLib's C functions are called.
const UNSAFE_FILES: [&str; 1] = ["tdlib/library/symbols.rs"];

#[test]
fn the_house_keeps_its_walls() {
    let sources = sources();
    // An empty reading would hold every wall.
    for room in ROOMS {
        let inside = |(file, _): &(String, String)| file.starts_with(&format!("{room}/"));
        assert!(sources.iter().any(inside), "no sources of {room} were read");
    }
    let breaches: Vec<String> =
        sources.iter().flat_map(|(file, text)| check(file, text)).map(|breach| breach.to_string()).collect();
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// A `#[test]` cannot say that a program is not there: tests that start one are cases of `tests/outside` or `tests/td`.
#[test]
fn no_plain_test_starts_a_program_from_outside() {
    let mut plain: Vec<(String, String)> = sources();
    for (_, text) in &mut plain {
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        text.drain(..tests);
    }
    plain.extend(["tests/it", "tests/conformance", "examples/app/src"].into_iter().flat_map(sources_below));
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
        let elsewhere = !file.starts_with("disk/");
        let ways = ["NamedTempFile", ".persist(", ".persist_noclobber(", "tempfile_in(", "fs::rename("];
        for way in ways.into_iter().filter(|way| text.contains(way)) {
            // A store's first file, which is made by the database itself; and sessions moved aside, which are there already.
            let moved = way == "fs::rename("
                && ["sandbox/store/disk.rs", "bin/tgpassport/account/set_aside.rs"].contains(&file.as_str());
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
        ("element/mod.rs", "use crate::vault::Vault;", Wall::Upward("vault")),
        ("vault/mod.rs", "fn f() -> crate::request::Scope { todo() }", Wall::Upward("request")),
        ("vault/kdf.rs", "use super::super::cloud::CloudError;", Wall::Upward("cloud")),
        ("vault/deep/er.rs", "use super::super::super::scan;", Wall::Upward("scan")),
        ("vault/mod.rs", "mod inner { use super::super::scan::f; }", Wall::Upward("scan")),
        ("request/form.rs", "use crate::{element::Date, passport::Progress};", Wall::Upward("passport")),
        (
            "request/form.rs",
            "use crate::{\n    element::{Date, Part},\n    scan as s,\n};",
            Wall::Upward("scan"),
        ),
        ("request/form.rs", "use super::{super::cloud::X, Held};", Wall::Upward("cloud")),
        ("request/form.rs", "use crate :: cloud;", Wall::Upward("cloud")),
        ("cloud/mod.rs", "use telegram_passport_sandbox::State;", Wall::Upward("sandbox")),
        ("scan/mod.rs", "pub(in crate::passport) fn f() {}", Wall::Upward("passport")),
        ("element/mod.rs", "use crate::*;", Wall::Everything),
        ("lib.rs", "mod bin; use crate::passport::Passport; extern crate clap;", Wall::Named("clap")),
        ("sandbox/state/mod.rs", "use crate::vault::Vault;", Wall::Blind),
        ("sandbox/state/files.rs", "use crate::{cloud::X, vault};", Wall::Blind),
        ("sandbox/bot_api/mod.rs", "let key = super::super::vault::x();", Wall::Blind),
        ("sandbox/bot_api/mod.rs", "use crate::sandbox::person::Person;", Wall::BlindPerson),
        ("sandbox/dc/mod.rs", "use super::{person, state};", Wall::BlindPerson),
        ("element/date.rs", "use tokio::time::sleep;", Wall::Named("tokio")),
        ("scan/jpeg.rs", "let s: futures::stream::Iter<()>;", Wall::Named("futures")),
        ("request/mod.rs", "extern crate tdlib_rs;", Wall::Named("tdlib_rs")),
        ("vault/lock.rs", "use {grammers_client, std::fmt};", Wall::Named("grammers_client")),
        ("vault/value.rs", "use sha2::Sha256;", Wall::Named("sha2")),
        ("mtproto/cloud.rs", "use sha1::Sha1;", Wall::Named("sha1")),
        ("mtproto/mod.rs", "use crate::tdlib::Client;", Wall::Upward("tdlib")),
        ("vault/value.rs", "mod tests { use sha2::Sha256; }", Wall::Named("sha2")),
        ("vault/value.rs", "#[cfg(test)] mod tests {} use sha2::Sha256;", Wall::Named("sha2")),
        ("vault/value.rs", "#[cfg(test)] mod tests { use crate::scan; }", Wall::Upward("scan")),
        ("bin/tgpassport/main.rs", "sha2::Sha256::digest(b)", Wall::Named("sha2")),
        ("vault/primitives/fast.rs", "use aes::Aes256;", Wall::Named("aes")),
        ("vault/value.rs", "let d = ::aes::Aes256::new();", Wall::Named("aes")),
        ("cloud/mod.rs", "use md5 as m;", Wall::Named("md5")),
        ("passport/upload.rs", "let x = hmac::Hmac::new();", Wall::Named("hmac")),
        ("sandbox/person/mod.rs", "getrandom::fill(&mut b)", Wall::Named("getrandom")),
        ("sandbox/state/mod.rs", "use {rsa::Oaep, std::fmt};", Wall::Named("rsa")),
        ("bin/tgpassport/main.rs", "use crypto_bigint::BoxedUint;", Wall::Named("crypto_bigint")),
        ("passport/mod.rs", "use clap::Parser;", Wall::Named("clap")),
        ("sandbox/mod.rs", "#[derive(clap::Args)]", Wall::Named("clap")),
        ("vault/mod.rs", "#![allow(unsafe_code)]", Wall::Unsafe),
        ("vault/mod.rs", "#[expect(\n    unsafe_code, reason = \"fast\")]", Wall::Unsafe),
        ("cloud/mod.rs", "#![warn(unsafe_code)]", Wall::Unsafe),
        ("vault/mod.rs", "/* use a; */ use crate::scan; // b", Wall::Upward("scan")),
        ("vault/mod.rs", "const A: &str = \"\\\"\"; use crate::scan;", Wall::Upward("scan")),
        (
            "vault/mod.rs",
            "const A: char = '\"'; use crate::scan; const B: char = '\"';",
            Wall::Upward("scan"),
        ),
        ("vault/mod.rs", "fn f<'a>(x: &'a str) {} use crate::scan;", Wall::Upward("scan")),
        ("vault/mod.rs", "use r#crate::scan; use crate::r#scan;", Wall::Upward("scan")),
    ] {
        let breaches = check(file, text);
        assert!(breaches.iter().any(|breach| breach.wall == wall), "{file}: {text}\nfound {breaches:?}");
    }
}

#[test]
fn the_checker_lets_everything_else_pass() {
    for (file, text) in [
        ("vault/value.rs", "use crate::element::Part; use super::primitives::sha256;"),
        ("vault/primitives.rs", "use sha2::{Digest, Sha256}; use ::rsa::Oaep;"),
        ("sandbox/primitives.rs", "use crypto_bigint::BoxedUint;"),
        ("sandbox/state/srp.rs", "#[cfg(test)]\nmod tests { fn f() { use sha2::Sha512; { rsa::x() } } }"),
        ("bin/tgpassport/command/new.rs", "getrandom::fill(&mut nonce)"),
        ("sandbox/primitives/mtproto.rs", "use aes::Aes256;"),
        ("sandbox/person/sign_up.rs", "use crate::vault::Password;"),
        ("sandbox/state/mod.rs", "use crate::cloud::SecureCloud; use crate::element::ElementType;"),
        ("bin/tgpassport/main.rs", "use clap::Parser; use telegram_passport::{vault, sandbox::State};"),
        ("bin/tgpassport/main.rs", "mod request; use crate::request::show; use super::args;"),
        ("passport/mod.rs", "use tokio::sync::Mutex; use futures_util::StreamExt;"),
        (
            "element/mod.rs",
            "//! See crate::vault and tokio.\n/* use crate::scan; /* nested */ use sha2::X; */",
        ),
        (
            "element/mod.rs",
            "const A: &str = \"use crate::scan;\"; const B: &str = r#\"crate::vault \"x\"\"#;",
        ),
        ("element/mod.rs", "mod scan; use scan::x; use self::scan::y; let rsa = 1; x.aes();"),
        ("element/deep/mod.rs", "use super::super::element::Part; use super::scan;"),
        ("element/deep/mod.rs", "mod tests { use super::super::cloud; }"),
        ("vault/mod.rs", "#![deny(unsafe_code)] #![forbid(unsafe_code)]"),
        ("vault/md5.rs", "pub use primitives::sha1; mod rsa;"),
        ("lib.rs", "pub mod passport; pub use passport::Passport; pub use crate::sandbox::State;"),
    ] {
        assert_eq!(check(file, text), [], "{file}: {text}");
    }
}

/// What was found, and where.
#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: String,
    line: usize,
    wall: Wall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wall {
    /// A room after this one is used.
    Upward(&'static str),
    /// Everything is used at once.
    Everything,
    /// A blind place uses the vault.
    Blind,
    /// A blind place uses what may use the vault.
    BlindPerson,
    /// A package is named where it must not be.
    Named(&'static str),
    /// `unsafe_code` is lifted.
    Unsafe,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: ", self.file, self.line)?;
        match self.wall {
            Wall::Upward(room) => write!(f, "uses the room {room}, which comes after it"),
            Wall::Everything => f.write_str("uses every room at once"),
            Wall::Blind => f.write_str("uses the vault: the server is blind"),
            Wall::BlindPerson => {
                f.write_str("uses sandbox::person, which knows the vault: the server is blind")
            }
            Wall::Named(package) => write!(f, "names the package {package}"),
            Wall::Unsafe => f.write_str("lifts the ban on unsafe code"),
        }
    }
}

/// Every breach in one file, whose path is relative to `src/` and has `/` between its parts.
fn check(file: &str, text: &str) -> Vec<Breach> {
    let tokens = tokens(text);
    let mut breaches = Vec::new();
    for path in paths(&tokens) {
        let mut found: Vec<Wall> = Vec::new();
        match own(file, &path) {
            Some(inside) => found.extend(check_rooms(file, &inside)),
            None => found.extend(check_package(file, &path)),
        }
        breaches.extend(found.into_iter().map(|wall| Breach { file: file.into(), line: path.line, wall }));
    }
    let lifted = lifted_unsafe(&tokens).filter(|_| !UNSAFE_FILES.contains(&file));
    breaches.extend(lifted.map(|line| Breach { file: file.into(), line, wall: Wall::Unsafe }));
    breaches
}

/// A path through this crate, as its segments from the crate's root; `None` if it starts elsewhere.
fn own(file: &str, path: &PathUse) -> Option<Vec<String>> {
    let in_program = file.starts_with("bin/");
    let first = path.segments.first()?.as_str();
    if first == "telegram_passport" {
        return Some(path.segments[1..].to_vec());
    }
    // The program is a crate of its own: its `crate` and `super` are the program's.
    if in_program || !(path.qualified && matches!(first, "crate" | "super" | "self")) {
        return None;
    }
    if first == "crate" {
        return Some(path.segments[1..].to_vec());
    }
    let mut here = module(file);
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

/// The module of a file, from the crate's root.
fn module(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

fn check_rooms(file: &str, inside: &[String]) -> Option<Wall> {
    let used = inside.first()?.as_str();
    let blind = BLIND.iter().any(|place| {
        file.strip_prefix(place).is_some_and(|rest| rest.starts_with('/') || rest.starts_with('.'))
    });
    if blind && used == "vault" {
        return Some(Wall::Blind);
    }
    if blind && used == "sandbox" && inside.get(1).is_some_and(|room| room == "person") {
        return Some(Wall::BlindPerson);
    }
    let room = room_of(file)?;
    if used == "*" {
        return Some(Wall::Everything);
    }
    let used = ROOMS.iter().position(|name| *name == used)?;
    (used > room).then(|| Wall::Upward(ROOMS[used]))
}

/// The room a file belongs to; `lib.rs`, the front page, belongs to none.
fn room_of(file: &str) -> Option<usize> {
    let room = file.split('/').next()?.trim_end_matches(".rs");
    ROOMS.iter().position(|name| *name == room)
}

fn check_package(file: &str, path: &PathUse) -> Option<Wall> {
    let package = path.segments[0].as_str();
    let room = room_of(file).map(|room| ROOMS[room]);
    let find = |list: &[&'static str]| list.iter().copied().find(|name| *name == package);
    let allowed = path.in_test
        || PRIMITIVE_FILES.contains(&file)
        || file.starts_with(PRIMITIVE_FOLDER)
        || (room == Some("bin") && package == RANDOMNESS);
    if let Some(primitive) = find(&PRIMITIVES).filter(|_| !allowed) {
        return Some(Wall::Named(primitive));
    }
    if let Some(noise) = find(&NOISE).filter(|_| room.is_some_and(|room| QUIET.contains(&room))) {
        return Some(Wall::Named(noise));
    }
    let clap = ["clap", "clap_complete", "clap_mangen"];
    find(&clap).filter(|_| room != Some("bin")).map(Wall::Named)
}

/// A path as it is used somewhere, groups in braces taken apart.
#[derive(Debug)]
struct PathUse {
    line: usize,
    /// Modules written out in the file around it.
    inside: Vec<String>,
    /// Whether one of them is there for tests only.
    in_test: bool,
    /// At least one segment.
    segments: Vec<String>,
    /// Whether there is a `::` in it; `self` alone is no path to a room.
    qualified: bool,
}

/// A module written out in the file, while it is being read.
struct OpenModule {
    name: String,
    /// How many braces are open inside.
    depth: usize,
    of_tests: bool,
}

/// The modules around a place.
struct Around {
    inside: Vec<String>,
    in_test: bool,
}

impl Around {
    fn path(&self, line: usize, segments: Vec<String>, qualified: bool) -> PathUse {
        PathUse { line, inside: self.inside.clone(), in_test: self.in_test, segments, qualified }
    }
}

/// Whether `#[cfg(test)]` stands right before the token.
fn is_for_tests(tokens: &[Token], at: usize) -> bool {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    at.checked_sub(attribute.len())
        .is_some_and(|start| (0..attribute.len()).all(|i| text(tokens, start + i) == attribute[i]))
}

/// Every path with a `::` in it, and every path of a `use` or `extern crate`, except those that start at a module
/// declared in the same file.
fn paths(tokens: &[Token]) -> Vec<PathUse> {
    let mut found = Vec::new();
    let mut modules: Vec<OpenModule> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let around = Around {
            inside: modules.iter().map(|module| module.name.clone()).collect(),
            in_test: modules.iter().any(|module| module.of_tests),
        };
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                modules.retain(|module| module.depth <= depth);
            }
            "mod" if text(tokens, at + 2) == "{" => {
                depth += 1;
                let name = text(tokens, at + 1).to_owned();
                modules.push(OpenModule { name, depth, of_tests: is_for_tests(tokens, at) });
                at += 2;
            }
            "use" => {
                let end = tree(tokens, at + 1, &[], &around, true, &mut found);
                at = end.saturating_sub(1).max(at);
            }
            "extern" if text(tokens, at + 1) == "crate" => {
                let segments = vec![text(tokens, at + 2).to_owned()];
                found.push(around.path(token.line, segments, false));
                at += 2;
            }
            "::" if text(tokens, at.wrapping_sub(1)) == ">" => {
                // `<T as Trait>::method` goes on from a type.
                at += 1;
            }
            word if is_word(word) || word == "::" => {
                let end = tree(tokens, at, &[], &around, false, &mut found);
                at = end.saturating_sub(1).max(at);
            }
            _ => {}
        }
        at += 1;
    }
    let declared: Vec<String> =
        tokens.windows(2).filter(|pair| pair[0].text == "mod").map(|pair| pair[1].text.clone()).collect();
    found.retain(|path| {
        let first = &path.segments[0];
        !path.inside.is_empty() || path.segments.is_empty() || !declared.contains(first)
    });
    found
}

/// Reads one path or one tree of a `use` from `at`, adds its paths, and says where it ends.
fn tree(
    tokens: &[Token],
    mut at: usize,
    before: &[String],
    around: &Around,
    of_use: bool,
    found: &mut Vec<PathUse>,
) -> usize {
    let mut segments = before.to_vec();
    let mut qualified = !before.is_empty();
    let line = tokens.get(at).map_or(0, |token| token.line);
    if text(tokens, at) == "::" {
        at += 1;
        qualified = true;
    }
    loop {
        match text(tokens, at) {
            "{" if of_use => {
                at += 1;
                while !matches!(text(tokens, at), "}" | "") {
                    at = tree(tokens, at, &segments, around, true, found);
                    if text(tokens, at) == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "*" if of_use => {
                segments.push("*".to_owned());
                at += 1;
            }
            word if is_word(word) => {
                segments.push(word.to_owned());
                at += 1;
            }
            // Something that is no tree, such as a turbofish: the path ends here.
            _ => break,
        }
        if text(tokens, at) != "::" {
            break;
        }
        qualified = true;
        at += 1;
    }
    if of_use && text(tokens, at) == "as" {
        at += 2;
    }
    if !segments.is_empty() && (of_use || qualified) {
        found.push(around.path(line, segments, qualified));
    }
    // Always past the first token, so that whoever calls in a loop gets on.
    at
}

/// Lines where an attribute allows, expects or merely warns of `unsafe_code`.
fn lifted_unsafe(tokens: &[Token]) -> impl Iterator<Item = usize> {
    tokens.iter().enumerate().filter(|(_, token)| token.text == "unsafe_code").filter_map(|(at, token)| {
        let level = tokens[..at]
            .iter()
            .rev()
            .map(|token| token.text.as_str())
            .find(|text| matches!(*text, "allow" | "expect" | "warn" | "deny" | "forbid" | "#" | ";"));
        matches!(level, Some("allow" | "expect" | "warn")).then_some(token.line)
    })
}

/// A word or a mark of the source, without comments, strings, characters and lifetimes.
#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(c) = rest.chars().next() {
        let length = if let Some(skipped) = skipped(rest) {
            skipped
        } else if is_word(rest) {
            let raw = if rest.starts_with("r#") { 2 } else { 0 };
            let end = raw
                + rest[raw..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - raw);
            tokens.push(Token { line, text: rest[raw..end].to_owned() });
            end
        } else {
            let length = if rest.starts_with("::") { 2 } else { c.len_utf8() };
            if !c.is_whitespace() {
                tokens.push(Token { line, text: rest[..length].to_owned() });
            }
            length
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// The length of the comment, string, character or lifetime at the start, if there is one.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|after| {
            let unfenced = after.trim_start_matches('#');
            unfenced.starts_with('"') && (unfenced.len() == after.len() || prefix.ends_with('r'))
        })
    });
    if let Some(prefix) = prefix {
        let after = &rest[prefix.len()..];
        let fence = after.len() - after.trim_start_matches('#').len();
        let start = prefix.len() + fence + 1;
        return Some(if prefix.ends_with('r') {
            let end = format!("\"{}", "#".repeat(fence));
            rest[start..].find(&end).map_or(rest.len(), |found| start + found + end.len())
        } else {
            start + quoted(&rest[start..], '"')
        });
    }
    let after = rest.strip_prefix('\'')?;
    let mut chars = after.chars();
    match (chars.next()?, chars.next()) {
        ('\\', _) => Some(1 + quoted(after, '\'')),
        (c, Some('\'')) => Some(1 + c.len_utf8() + 1),
        // A lifetime: its name is no path.
        _ => Some(1 + after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())),
    }
}

/// The length up to and with the closing mark, backslashes considered.
fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Every file below `src/`, by its path there.
fn sources() -> Vec<(String, String)> {
    sources_below("src")
}

fn sources_below(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let parts: Vec<_> =
                    path.strip_prefix(&root).unwrap().iter().map(|part| part.to_string_lossy()).collect();
                sources.push((parts.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}
