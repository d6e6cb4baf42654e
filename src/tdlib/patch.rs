//! A copy of TDLib that knows the sandbox in place of Telegram, and nobody else.
//!
//! TDLib carries the public keys of Telegram's data centres as PEM text, their addresses as text, and the names of a
//! few hosts where it asks for other addresses when it cannot connect. In the copy the keys are the sandbox's, the
//! addresses are loopback ones, and the names end in `.invalid`: it has nowhere else to go. Everything is found by its
//! text, of which exactly as much must be there as `tdlib/pin.toml` says; else nothing is written.
//!
//! A mark at the copy's end says which sandbox it is for, so that it is never taken for the real one.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::pin::{PIN, Telegram};
use super::server::{Fingerprint, Server};
use crate::disk::{Aside, create_private};

/// Stands before the fingerprint at the end of every copy. A loader does not look beyond what the headers name.
const MARK: &[u8] = b"\0telegram-passport sandbox ";
const FINGERPRINT_DIGITS: usize = 64;

const PEM_BEGIN: &[u8] = b"-----BEGIN RSA PUBLIC KEY-----";
const PEM_END: &[u8] = b"-----END RSA PUBLIC KEY-----";

/// Why no copy for a sandbox was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// The sandbox's key has another length or layout than Telegram's, so it cannot take their place: it must be an
    /// RSA key of 2048 bits with the exponent 65537, as PKCS#1 PEM.
    #[error("the sandbox's key is not laid out as Telegram's are")]
    KeyLayout,
    /// This build of TDLib is not laid out as expected.
    #[error("this TDLib cannot be turned to a sandbox: {what} occurs {found} times in it, not {expected}")]
    Unexpected {
        /// What was looked for.
        what: String,
        /// How often it should be there.
        expected: usize,
        /// How often it is.
        found: usize,
    },
    /// The library is such a copy already.
    #[error("this TDLib was made for a sandbox already; a copy is made from the original only")]
    AlreadyPatched,
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes a copy of the library at `original` that trusts the sandbox with this public key, and gives its path.
///
/// The copy's name contains the key's fingerprint; one that is there already is made anew. `directory` is created
/// for the user alone if it does not exist, and the copy appears in it complete or not at all.
///
/// # Errors
///
/// [`PatchError`]; nothing is written then.
pub fn patch(original: &Path, public_key: &str, directory: &Path) -> Result<PathBuf, PatchError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| PatchError::Io { path, source }
    };
    let mut library = fs::read(original).map_err(io(original))?;
    if mark_of(&library).is_some() {
        return Err(PatchError::AlreadyPatched);
    }
    turn(&mut library, public_key, &PIN.telegram)?;
    let fingerprint = Fingerprint::of(public_key);
    library.extend_from_slice(MARK);
    library.extend_from_slice(fingerprint.as_str().as_bytes());

    create_private(directory).map_err(io(directory))?;
    let path = copy_of(original, &fingerprint, directory);
    let write = || {
        let mut aside = Aside::in_folder(directory)?;
        aside.write_all(&library)?;
        io::Result::Ok(aside.put(&path)?)
    };
    write().map_err(io(&path))?;
    Ok(path)
}

/// The copy that [`patch()`] made earlier, or makes now.
///
/// The directory is to hold copies of one original only: which one a copy was made from, it does not say.
///
/// # Errors
///
/// [`PatchError`]; nothing is written then.
pub fn patch_once(original: &Path, public_key: &str, directory: &Path) -> Result<PathBuf, PatchError> {
    let fingerprint = Fingerprint::of(public_key);
    let path = copy_of(original, &fingerprint, directory);
    match server_of(&path) {
        Ok(Server::Sandbox(made_for)) if made_for == fingerprint => Ok(path),
        _ => patch(original, public_key, directory),
    }
}

fn copy_of(original: &Path, fingerprint: &Fingerprint, directory: &Path) -> PathBuf {
    let extension = original.extension().unwrap_or_default().to_string_lossy();
    directory.join(format!("tdlib-sandbox-{}.{extension}", &fingerprint.as_str()[..16]))
}

/// Whom the library in this file talks to.
pub(super) fn server_of(path: &Path) -> io::Result<Server> {
    let mut file = File::open(path)?;
    let length = (MARK.len() + FINGERPRINT_DIGITS) as u64;
    let from = file.metadata()?.len().saturating_sub(length);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(length).read_to_end(&mut tail)?;
    Ok(mark_of(&tail).map_or(Server::Telegram, Server::Sandbox))
}

/// The fingerprint at the end of a copy.
fn mark_of(library: &[u8]) -> Option<Fingerprint> {
    let (rest, digits) = library.split_last_chunk::<FINGERPRINT_DIGITS>()?;
    let digits = rest.ends_with(MARK).then(|| std::str::from_utf8(digits).ok())??;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| Fingerprint(digits.to_owned()))
}

/// Puts the sandbox in Telegram's place, in memory.
fn turn(library: &mut [u8], public_key: &str, telegram: &Telegram) -> Result<(), PatchError> {
    let key = public_key.trim().as_bytes();
    if !(key.starts_with(PEM_BEGIN) && key.ends_with(PEM_END) && has_lines(key, &telegram.key_lines)) {
        return Err(PatchError::KeyLayout);
    }
    let keys = keys(library, &telegram.key_lines);
    expect("a data centre's public key", telegram.keys, keys.len())?;
    for at in keys {
        library[at..at + key.len()].copy_from_slice(key);
    }
    for ipv4 in &telegram.ipv4 {
        replace_text(library, &ipv4.address, &ipv4.becomes)?;
    }
    for address in &telegram.ipv6 {
        replace_text(library, address, &loopback_of_length(address.len()))?;
    }
    for host in &telegram.hosts {
        let found = positions(library, host.name.as_bytes());
        expect(&host.name, host.times, found.len())?;
        let invalid = invalid_name_of_length(host.name.len());
        for at in found {
            library[at..at + invalid.len()].copy_from_slice(invalid.as_bytes());
        }
    }
    Ok(())
}

/// Replaces a text that stands alone between zero bytes, once, by one of its length.
fn replace_text(library: &mut [u8], old: &str, new: &str) -> Result<(), PatchError> {
    let alone = |text: &str| [b"\0", text.as_bytes(), b"\0"].concat();
    let (old_alone, new_alone) = (alone(old), alone(new));
    let found = positions(library, &old_alone);
    let [at] = found[..] else {
        return Err(PatchError::Unexpected { what: old.to_owned(), expected: 1, found: found.len() });
    };
    library[at..at + old_alone.len()].copy_from_slice(&new_alone);
    Ok(())
}

fn expect(what: &str, expected: usize, found: usize) -> Result<(), PatchError> {
    if expected == found {
        Ok(())
    } else {
        Err(PatchError::Unexpected { what: what.to_owned(), expected, found })
    }
}

/// Where public keys with lines of these lengths begin.
fn keys(library: &[u8], lines: &[usize]) -> Vec<usize> {
    let length = lines.iter().sum::<usize>() + lines.len() - 1;
    let laid_out = |at: &usize| {
        library.get(*at..*at + length).is_some_and(|pem| pem.ends_with(PEM_END) && has_lines(pem, lines))
    };
    positions(library, PEM_BEGIN).into_iter().filter(laid_out).collect()
}

fn has_lines(pem: &[u8], lengths: &[usize]) -> bool {
    pem.split(|byte| *byte == b'\n').map(<[u8]>::len).eq(lengths.iter().copied())
}

/// Where a text occurs; occurrences do not overlap.
fn positions(library: &[u8], text: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(library, text).collect()
}

/// `::1`, written with as many zeros as it takes.
fn loopback_of_length(length: usize) -> String {
    let zeros = (0..length - "::1".len()).map(|at| if at % 5 == 4 { ':' } else { '0' });
    zeros.chain("::1".chars()).collect()
}

/// A name that no resolver knows (RFC 6761).
fn invalid_name_of_length(length: usize) -> String {
    let suffix = ".invalid";
    format!("{}{suffix}", "x".repeat(length - suffix.len()))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    /// A key of the right layout whose every character of content is this one.
    fn pem(filling: char) -> String {
        let lines = &PIN.telegram.key_lines;
        let content: Vec<String> =
            lines[1..lines.len() - 1].iter().map(|length| filling.to_string().repeat(*length)).collect();
        format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----", content.join("\n"))
    }

    /// What of Telegram's is in a library, and something around it.
    fn library() -> Vec<u8> {
        let telegram = &PIN.telegram;
        let mut text = format!("\x7fELF\0{}\0{}\0{}x\0", pem('A'), pem('B'), pem('C').replace("\nC", "\nCC"));
        for address in telegram.ipv4.iter().map(|ipv4| &ipv4.address).chain(&telegram.ipv6) {
            text += &format!("{address}\0");
        }
        for host in &telegram.hosts {
            text += &format!("https://{}/path\0", host.name).repeat(host.times);
        }
        text.into_bytes()
    }

    fn refused(library: &[u8], key: &str) -> PatchError {
        let directory = tempfile::tempdir().unwrap();
        let original = directory.path().join("libtdjson.so");
        fs::write(&original, library).unwrap();
        let copies = directory.path().join("copies");
        let error = patch(&original, key, &copies).unwrap_err();
        assert!(!copies.exists());
        error
    }

    #[test]
    fn nothing_of_telegram_is_left_and_the_rest_is_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let original = directory.path().join("libtdjson.so");
        fs::write(&original, library()).unwrap();
        let copy = patch(&original, &format!("{}\n", pem('S')), &directory.path().join("copies")).unwrap();
        let copied = fs::read(&copy).unwrap();
        let telegram = &PIN.telegram;
        for text in
            telegram.ipv4.iter().map(|ipv4| &ipv4.address).chain(telegram.hosts.iter().map(|host| &host.name))
        {
            assert!(positions(&copied, text.as_bytes()).is_empty(), "{text}");
        }
        for text in telegram.ipv6.iter().cloned().chain([pem('A'), pem('B')]) {
            assert!(positions(&copied, text.as_bytes()).is_empty(), "{text}");
        }
        assert_eq!(positions(&copied, pem('S').as_bytes()).len(), 2);
        assert_eq!(positions(&copied, pem('C').replace("\nC", "\nCC").as_bytes()).len(), 1);
        assert_eq!(copied.len(), library().len() + MARK.len() + FINGERPRINT_DIGITS);
        assert_eq!(fs::read(&original).unwrap(), library());
        assert_eq!(server_of(&original).unwrap(), Server::Telegram);
        assert_eq!(server_of(&copy).unwrap(), Server::Sandbox(Fingerprint::of(&pem('S'))));
    }

    #[test]
    fn a_library_with_anything_missing_or_twice_is_refused() {
        let telegram = &PIN.telegram;
        let addresses = telegram.ipv4.iter().map(|ipv4| &ipv4.address).chain(&telegram.ipv6);
        for text in addresses.chain(telegram.hosts.iter().map(|host| &host.name)) {
            let alone = positions(&library(), format!("\0{text}\0").as_bytes());
            let at = alone.first().map_or_else(|| positions(&library(), text.as_bytes())[0], |at| at + 1);
            let mut missing = library();
            missing[at] = b'!';
            let error = refused(&missing, &pem('S'));
            assert!(matches!(&error, PatchError::Unexpected { what, .. } if what == text), "{error}");
            let twice = [library(), format!("\0{text}\0").into_bytes()].concat();
            let error = refused(&twice, &pem('S'));
            assert!(matches!(&error, PatchError::Unexpected { what, .. } if what == text), "{error}");
        }
        for keys in ["", "AB"] {
            let mut library = library();
            let first = positions(&library, pem('A').as_bytes())[0];
            match keys {
                "" => library[first + 1] = b'!',
                _ => library.extend_from_slice(pem('D').as_bytes()),
            }
            let found = if keys.is_empty() { 1 } else { 3 };
            let error = refused(&library, &pem('S'));
            assert!(
                matches!(error, PatchError::Unexpected { expected: 2, found: is, .. } if is == found),
                "{error}"
            );
        }
    }

    #[test]
    fn a_key_of_another_layout_and_a_copy_of_a_copy_are_refused() {
        for key in [
            "",
            "-----BEGIN RSA PUBLIC KEY-----\nAA\n-----END RSA PUBLIC KEY-----",
            &pem('S').replace("RSA", "DSA"),
        ] {
            assert!(matches!(refused(&library(), key), PatchError::KeyLayout));
        }
        let mut copy = library();
        copy.extend_from_slice(MARK);
        copy.extend_from_slice(Fingerprint::of("k").as_str().as_bytes());
        assert!(matches!(refused(&copy, &pem('S')), PatchError::AlreadyPatched));
    }

    #[test]
    fn replacements_lead_nowhere_and_fit() {
        for address in &PIN.telegram.ipv6 {
            let loopback = loopback_of_length(address.len());
            assert_eq!(loopback.len(), address.len());
            assert_eq!(loopback.parse::<Ipv6Addr>().unwrap(), Ipv6Addr::LOCALHOST);
        }
        for host in &PIN.telegram.hosts {
            let name = invalid_name_of_length(host.name.len());
            assert_eq!(name.len(), host.name.len());
            assert!(name.ends_with(".invalid") && !name.starts_with('.'));
        }
    }
}
