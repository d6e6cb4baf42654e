//! What a command reads: a file, or `-` for standard input, never more than a bound.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use telegram_passport::request::{LinkError, PassportLink};
use telegram_passport::vault::FileContents;
use zeroize::Zeroizing;

use crate::failure::{Failure, sentence};

/// The most that any input may hold; an update with all 13 elements has about 30 kB, a file 10 MB.
const LIMIT: u64 = 64 * 1024 * 1024;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text in a file, or on standard input for `-`.
pub(crate) fn text(path: &Path, what: &str) -> Result<Zeroizing<String>, Failure> {
    let bytes = if path == Path::new("-") {
        limited(io::stdin().lock()).map_err(|error| unreadable(what, "standard input", &error))?
    } else {
        let shown = path.display().to_string();
        File::open(path).and_then(limited).map_err(|error| unreadable(what, &shown, &error))?
    };
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::failed(format!("{what} is larger than 64 MiB")));
    }
    // Both the text and, when it is none, the rejected bytes are wiped.
    let mut bytes = bytes;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => {
            let mut text = Zeroizing::new(text);
            // Editors and shells of Windows mark UTF-8 so.
            if text.starts_with(BYTE_ORDER_MARK) {
                text.remove(0);
            }
            Ok(text)
        }
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(Failure::failed(format!("{what} is not UTF-8 text")))
        }
    }
}

/// A request given as a link, as a file that holds one, or as `-`.
pub(crate) fn request(given: &str) -> Result<PassportLink, Failure> {
    let not_a_link = match PassportLink::parse(given) {
        Ok(link) => return Ok(link),
        Err(error @ LinkError::NotAPassportLink) => error,
        Err(error) => return Err(Failure::usage(sentence(&error))),
    };
    let path = Path::new(given);
    if given == "-" || path.is_file() {
        let text = text(path, "the request")?;
        return PassportLink::parse(text.trim()).map_err(|error| Failure::failed(sentence(&error)));
    }
    let looks_like_a_link = given.contains("://") || given.starts_with("tg:");
    Err(if looks_like_a_link {
        Failure::usage(sentence(&not_a_link))
    } else {
        Failure::usage(format!("{given} is neither a passport link nor a file"))
    })
}

/// A file's bytes: ciphertext, which is nobody's secret. No file of a Passport comes near the bound.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = limited(File::open(path)?)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 64 MiB"));
    }
    Ok(std::mem::take(&mut *bytes))
}

/// A picture's bytes, which are wiped.
pub(crate) fn picture(path: &Path, limit: u64) -> io::Result<FileContents> {
    let file = File::open(path)?;
    // A pipe or a device is not waited for.
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024 * 1024));
    if file.take(limit + 1).read_to_end(&mut bytes)? as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes.into())
}

fn limited(reader: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    reader.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(what: &str, place: &str, error: &io::Error) -> Failure {
    Failure::failed(format!("{what} cannot be read from {place}: {error}"))
}
