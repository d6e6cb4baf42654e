//! Why contents do not match their hash, as far as it can be told.

use zeroize::Zeroizing;

use super::opened_credentials::OpenedCredentials;
use super::share_error::{ContentsError, ShareError, SharedPart};
use crate::vault::credentials::PartCredentials;
use crate::vault::open_error::OpenError;
use crate::vault::value::{self, check_length, decrypt_unverified};

/// What contents look like when they are whole, to tell damage from a wrong key.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    Json,
    Jpeg,
}

impl Expected {
    fn begins(self, contents: &[u8]) -> bool {
        match self {
            Self::Json => contents.starts_with(b"{\""),
            Self::Jpeg => contents.starts_with(&[0xff, 0xd8, 0xff]),
        }
    }

    fn ends(self, contents: &[u8]) -> bool {
        match self {
            Self::Json => contents.ends_with(b"\"}"),
            Self::Jpeg => contents.ends_with(&[0xff, 0xd9]),
        }
    }
}

pub(super) fn open_contents(
    ciphertext: &[u8],
    part: &PartCredentials,
    expected: Expected,
) -> Result<Zeroizing<Vec<u8>>, ContentsError> {
    value::open(ciphertext, &part.hash, &part.secret).map_err(|error| match error {
        OpenError::HashMismatch => judge_mismatch(ciphertext, part, expected),
        other => other.into(),
    })
}

/// Ciphertext of the right key shows its beginning or its end, whichever is undamaged.
fn judge_mismatch(ciphertext: &[u8], part: &PartCredentials, expected: Expected) -> ContentsError {
    if check_length(ciphertext.len() as u64).is_err() {
        return OpenError::HashMismatch.into();
    }
    let decrypted = decrypt_unverified(ciphertext, &part.hash, &part.secret);
    let contents = decrypted.get(usize::from(decrypted[0])..).unwrap_or_default();
    match expected {
        _ if expected.begins(contents) || expected.ends(&decrypted) => ContentsError::Altered,
        Expected::Json => ContentsError::WrongKey,
        // A file need not be a JPEG for its hash to match, so one that is none proves nothing.
        Expected::Jpeg => OpenError::HashMismatch.into(),
    }
}

/// Looks among all credentials for those that do open the contents.
pub(super) fn contents_error(
    place: SharedPart,
    reason: ContentsError,
    ciphertext: &[u8],
    credentials: &OpenedCredentials,
) -> ShareError {
    let opens = |part: &PartCredentials| value::open(ciphertext, &part.hash, &part.secret).is_ok();
    let owner = credentials.kinds().filter_map(|kind| Some((kind, credentials.element(kind)?))).find_map(
        |(kind, element)| match place.file {
            None => element.data.as_ref().filter(|part| opens(part)).map(|_| SharedPart { kind, file: None }),
            Some(_) => element
                .parts
                .iter()
                .find(|(_, part)| opens(part))
                .map(|(file, _)| SharedPart { kind, file: Some(file) }),
        },
    );
    match owner {
        Some(owner) => ShareError::Contents { place, reason: ContentsError::Exchanged(owner) },
        None => ShareError::Contents { place, reason },
    }
}
