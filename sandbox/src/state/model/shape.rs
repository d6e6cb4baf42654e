use std::iter;

use crate::state::refusal::{PartFault, ServerRefusal};
use telegram_passport::cloud::{CloudError, InputSecureFile, InputSecureValue, SecureData, SecurePlainData};
use telegram_passport::element::{ElementType, PartKind, Presence};

/// Hashes are SHA-256.
const HASH: usize = 32;

/// Secrets of values are wrapped without padding.
const SECRET: usize = 32;

/// The largest `data`, in bytes: far above what the fields of any kind can hold.
const LARGEST_DATA: usize = 256 * 1024;

/// The largest file: 10 MiB of plaintext under the largest padding, in whole blocks.
pub(in crate::state) const LARGEST_FILE: usize = 10 * 1024 * 1024 + 240;

/// The most files in `files` and in `translation`.
const MOST_FILES: usize = 20;

/// Checks that a value has the parts its kind must have and no others, each of the right size.
///
/// What TDLib sends for the five proofs of address, a `secureData` of three empty strings, counts as none.
///
/// The errors are the sandbox's own, in Telegram's manner: `SECURE_VALUE_FRONT_SIDE_REQUIRED`,
/// `SECURE_VALUE_SELFIE_NOT_ALLOWED`, `SECURE_VALUE_DATA_INVALID`, `SECURE_VALUE_TRANSLATION_TOO_MUCH`.
pub(in crate::state) fn check(value: &InputSecureValue) -> Result<(), CloudError> {
    let data = value.data.as_ref().filter(|data| !data.is_empty());
    let files = PartKind::FILES.map(|part| (part, value.parts.of(part).len()));
    let present = iter::once((PartKind::Data, usize::from(data.is_some())))
        .chain(files)
        .chain(iter::once((PartKind::Plain, usize::from(value.plain_data.is_some()))));
    for (part, count) in present {
        match value.kind.presence(part) {
            Presence::Must if count == 0 => return Err(fault(part, PartFault::Required)),
            Presence::MustNot if count > 0 => return Err(fault(part, PartFault::NotAllowed)),
            _ if count > MOST_FILES => return Err(fault(part, PartFault::TooMuch)),
            _ => {}
        }
    }
    if data.is_some_and(|data| !sound_data(data)) {
        return Err(fault(PartKind::Data, PartFault::Invalid));
    }
    if let Some((part, _)) = value.parts.iter().find(|(_, file)| !sound_file(file)) {
        return Err(fault(part.kind(), PartFault::Invalid));
    }
    match (value.kind, &value.plain_data) {
        (ElementType::PhoneNumber, Some(SecurePlainData::Email(_)))
        | (ElementType::Email, Some(SecurePlainData::Phone(_))) => {
            Err(fault(PartKind::Plain, PartFault::Invalid))
        }
        _ => Ok(()),
    }
}

fn fault(part: PartKind, fault: PartFault) -> CloudError {
    ServerRefusal::Part(part, fault).into()
}

fn sound_data(data: &SecureData) -> bool {
    sound_ciphertext(&data.data, LARGEST_DATA) && data.data_hash.len() == HASH && data.secret.len() == SECRET
}

fn sound_file(file: &InputSecureFile) -> bool {
    match file {
        InputSecureFile::Uploaded { file_hash, secret, .. } => {
            file_hash.len() == HASH && secret.len() == SECRET
        }
        InputSecureFile::Stored { .. } => true,
    }
}

/// Whether these are whole blocks of AES, not none and not too many.
pub(in crate::state) fn sound_ciphertext(bytes: &[u8], largest: usize) -> bool {
    !bytes.is_empty() && bytes.len().is_multiple_of(16) && bytes.len() <= largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use telegram_passport::element::{EmailAddress, Parts, PhoneNumber};

    fn data() -> SecureData {
        SecureData { data: vec![1; 48], data_hash: vec![2; 32], secret: vec![3; 32] }
    }

    fn file() -> InputSecureFile {
        InputSecureFile::Stored { id: 1, access_hash: 2 }
    }

    /// A value of this kind with what it must have and what it may have.
    fn full(kind: ElementType) -> InputSecureValue {
        let has = |part| kind.presence(part) != Presence::MustNot;
        InputSecureValue {
            kind,
            data: has(PartKind::Data).then(data),
            parts: Parts {
                front_side: has(PartKind::FrontSide).then(file),
                reverse_side: has(PartKind::ReverseSide).then(file),
                selfie: has(PartKind::Selfie).then(file),
                translation: if has(PartKind::Translation) { vec![file(); MOST_FILES] } else { vec![] },
                files: if has(PartKind::Files) { vec![file(); MOST_FILES] } else { vec![] },
            },
            plain_data: match kind {
                ElementType::PhoneNumber => {
                    Some(SecurePlainData::Phone(PhoneNumber("12025550123".to_owned())))
                }
                ElementType::Email => Some(SecurePlainData::Email(EmailAddress("a@b.de".to_owned()))),
                _ => None,
            },
        }
    }

    fn message(value: &InputSecureValue) -> String {
        check(value).err().and_then(|error| error.to_rpc()).map(|(_, message)| message).unwrap_or_default()
    }

    #[test]
    fn every_kind_is_accepted_with_all_its_parts() {
        for kind in ElementType::ALL {
            assert_eq!(message(&full(kind)), "", "{kind}");
        }
    }

    #[test]
    fn parts_that_must_or_must_not_be_there_are_named() {
        let without = |kind, spoil: fn(&mut InputSecureValue)| {
            let mut value = full(kind);
            spoil(&mut value);
            message(&value)
        };
        use ElementType::{DriverLicense, Passport, PersonalDetails, UtilityBill};
        assert_eq!(
            without(Passport, |value| value.parts.front_side = None),
            "SECURE_VALUE_FRONT_SIDE_REQUIRED"
        );
        assert_eq!(without(Passport, |value| value.data = None), "SECURE_VALUE_DATA_REQUIRED");
        assert_eq!(
            without(Passport, |value| value.parts.reverse_side = Some(file())),
            "SECURE_VALUE_REVERSE_SIDE_NOT_ALLOWED"
        );
        assert_eq!(
            without(DriverLicense, |value| value.parts.reverse_side = None),
            "SECURE_VALUE_REVERSE_SIDE_REQUIRED"
        );
        assert_eq!(
            without(PersonalDetails, |value| value.parts.selfie = Some(file())),
            "SECURE_VALUE_SELFIE_NOT_ALLOWED"
        );
        assert_eq!(without(UtilityBill, |value| value.parts.files.clear()), "SECURE_VALUE_FILES_REQUIRED");
        assert_eq!(without(UtilityBill, |value| value.data = Some(data())), "SECURE_VALUE_DATA_NOT_ALLOWED");
        assert_eq!(
            without(UtilityBill, |value| value.parts.files.push(file())),
            "SECURE_VALUE_FILES_TOO_MUCH"
        );
        assert_eq!(
            without(ElementType::PhoneNumber, |value| value.plain_data = None),
            "SECURE_VALUE_PLAIN_DATA_REQUIRED"
        );
        let email = |value: &mut InputSecureValue| {
            value.plain_data = Some(SecurePlainData::Phone(PhoneNumber("12025550123".to_owned())));
        };
        assert_eq!(without(ElementType::Email, email), "SECURE_VALUE_PLAIN_DATA_INVALID");
    }

    #[test]
    fn sizes_are_checked() {
        for spoil in [
            |data: &mut SecureData| data.data.truncate(47),
            |data: &mut SecureData| data.data.clear(),
            |data: &mut SecureData| data.data_hash.truncate(31),
            |data: &mut SecureData| data.secret.push(0),
            |data: &mut SecureData| data.data.resize(LARGEST_DATA + 16, 0),
        ] {
            let mut value = full(ElementType::Address);
            spoil(value.data.as_mut().expect("an address has data"));
            assert_eq!(message(&value), "SECURE_VALUE_DATA_INVALID");
        }
        let mut value = full(ElementType::Passport);
        let uploaded = |hash, secret| InputSecureFile::Uploaded {
            id: 1,
            parts: 1,
            md5_checksum: String::new(),
            file_hash: vec![0; hash],
            secret: vec![0; secret],
        };
        value.parts.selfie = Some(uploaded(32, 32));
        assert_eq!(message(&value), "");
        value.parts.selfie = Some(uploaded(31, 32));
        assert_eq!(message(&value), "SECURE_VALUE_SELFIE_INVALID");
        value.parts.translation = vec![uploaded(32, 33)];
        value.parts.selfie = None;
        assert_eq!(message(&value), "SECURE_VALUE_TRANSLATION_INVALID");
    }

    #[test]
    fn empty_data_beside_files_counts_as_none() {
        let mut value = full(ElementType::UtilityBill);
        value.data = Some(SecureData { data: vec![], data_hash: vec![], secret: vec![] });
        assert_eq!(message(&value), "");
    }

    #[test]
    fn ten_mebibytes_fit_under_any_padding() {
        for size in [0, 1, 15, 16, 10 * 1024 * 1024 - 15, 10 * 1024 * 1024 - 1, 10 * 1024 * 1024_usize] {
            let longest = (32..=255).rev().find(|padding| (padding + size).is_multiple_of(16));
            let sealed = size + longest.expect("one in sixteen fits");
            assert!(sealed <= LARGEST_FILE, "{size}");
        }
    }
}
