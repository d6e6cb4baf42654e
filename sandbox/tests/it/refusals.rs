//! What the strict opening of a share refuses, each with its own fact, and what it does not refuse.

use std::collections::HashMap;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use serde_json::{Value, json};
use telegram_passport::element::{ElementType, Part, PartKind};
use telegram_passport::vault::bot::{
    Allow, BotPrivateKey, ContentsError, CredentialsError, CredentialsSecretError, JsonError, OpenedShare,
    PassportData, PassportDataError, ShareError, SharedPart,
};
use telegram_passport::vault::hazmat::{SecretPadding, encrypt_secret, seal_unchecked};
use telegram_passport::vault::{NonceName, OpenError, SecretError};

const KEY: &str = include_str!("../../../tests/vectors/throwaway_bot_pkcs8.pem");
const OTHER_KEY: &str = include_str!("../../../tests/vectors/throwaway_other.pem");
const NONCE: &str = "n-0S6_WzA2Mj";
const JPEG: &[u8] =
    b"\xff\xd8\xff\xe0 not a picture, but it begins and ends like one, which is enough here \xff\xd9";

/// A share under construction: everything in it can be bent before it is sealed.
struct Share {
    passport_data: Value,
    credentials: Value,
    files: HashMap<String, Vec<u8>>,
    credentials_prefix: Vec<u8>,
    credentials_secret: [u8; 32],
    padding: SecretPadding,
    /// Changes the sealed credentials.
    bend: fn(&mut Value),
}

fn secret(seed: u8) -> [u8; 32] {
    let mut bytes = [seed; 32];
    let sum: u32 = bytes[1..].iter().map(|byte| u32::from(*byte)).sum();
    bytes[0] = u8::try_from((255 + 239 - sum % 255) % 255).unwrap();
    bytes
}

fn prefix(contents: &[u8]) -> Vec<u8> {
    let length = 32 + (16 - contents.len() % 16) % 16;
    let mut prefix = vec![7; length];
    prefix[0] = u8::try_from(length).unwrap();
    prefix
}

/// Ciphertext, and the credentials of it.
fn seal(contents: &[u8], seed: u8, hash_name: &str) -> (Vec<u8>, Value) {
    seal_with(contents, &secret(seed), &prefix(contents), hash_name)
}

fn seal_with(contents: &[u8], secret: &[u8; 32], prefix: &[u8], hash_name: &str) -> (Vec<u8>, Value) {
    let (ciphertext, hash) = seal_unchecked(contents, secret, prefix).unwrap();
    (ciphertext, json!({ hash_name: STANDARD.encode(hash.0), "secret": STANDARD.encode(secret) }))
}

impl Share {
    /// Personal details, an identity card with everything, a utility bill, and a phone number.
    fn honest() -> Self {
        let mut files = HashMap::new();
        let mut file = |seed: u8| {
            let id = format!("file-{seed}");
            let (ciphertext, credentials) = seal(&[JPEG, &[seed], b"\xff\xd9"].concat(), seed, "file_hash");
            let object = json!({
                "file_id": id, "file_unique_id": format!("unique-{seed}"),
                "file_size": ciphertext.len(), "file_date": 1_700_000_000,
            });
            files.insert(id, ciphertext);
            (object, credentials)
        };
        let (front, front_credentials) = file(1);
        let (reverse, reverse_credentials) = file(2);
        let (selfie, selfie_credentials) = file(3);
        let (translation_0, translation_0_credentials) = file(4);
        let (translation_1, translation_1_credentials) = file(5);
        let (bill_0, bill_0_credentials) = file(6);
        let (bill_1, bill_1_credentials) = file(7);
        let (details, details_credentials) =
            seal(br#"{"first_name":"Ada","birth_date":"1.2.1990","gender":"x"}"#, 20, "data_hash");
        let (card, card_credentials) =
            seal(br#"{"document_no":"A1","expiry_date":"31.12.1999"}"#, 21, "data_hash");
        let element_hash = STANDARD.encode([9; 32]);
        let passport_data = json!({
            "data": [
                { "type": "personal_details", "data": STANDARD.encode(details), "hash": element_hash },
                {
                    "type": "identity_card", "data": STANDARD.encode(card), "front_side": front,
                    "reverse_side": reverse, "selfie": selfie,
                    "translation": [translation_0, translation_1], "hash": element_hash,
                },
                { "type": "utility_bill", "files": [bill_0, bill_1], "hash": element_hash },
                { "type": "phone_number", "phone_number": "12025550123", "hash": element_hash },
            ],
        });
        let credentials = json!({
            "secure_data": {
                "personal_details": { "data": details_credentials },
                "identity_card": {
                    "data": card_credentials, "front_side": front_credentials,
                    "reverse_side": reverse_credentials, "selfie": selfie_credentials,
                    "translation": [translation_0_credentials, translation_1_credentials],
                },
                "utility_bill": { "files": [bill_0_credentials, bill_1_credentials] },
            },
            "nonce": NONCE,
        });
        Self {
            passport_data,
            credentials,
            files,
            credentials_prefix: Vec::new(),
            credentials_secret: secret(30),
            padding: SecretPadding::OaepSha1,
            bend: |_| {},
        }
    }

    fn element(&mut self, index: usize) -> &mut Value {
        &mut self.passport_data["data"][index]
    }

    fn secure_data(&mut self, kind: &str) -> &mut Value {
        &mut self.credentials["secure_data"][kind]
    }

    /// The body a webhook would get.
    fn update(&self) -> String {
        let key = BotPrivateKey::from_pem(KEY).unwrap().public_key();
        let contents = self.credentials.to_string().into_bytes();
        let prefix = match self.credentials_prefix.as_slice() {
            [] => prefix(&contents),
            chosen => chosen.to_vec(),
        };
        let missing = (16 - (contents.len() + prefix.len()) % 16) % 16;
        let contents = [contents, vec![b' '; missing]].concat();
        let (data, hash) = seal_unchecked(&contents, &self.credentials_secret, &prefix).unwrap();
        let mut passport_data = self.passport_data.clone();
        passport_data["credentials"] = json!({
            "data": STANDARD.encode(data),
            "hash": STANDARD.encode(hash.0),
            "secret": STANDARD.encode(encrypt_secret(&key, self.padding, &self.credentials_secret)),
        });
        (self.bend)(&mut passport_data);
        json!({ "update_id": 1, "message": { "message_id": 2, "passport_data": passport_data } }).to_string()
    }

    fn parse(&self) -> Result<PassportData, PassportDataError> {
        PassportData::parse(&self.update(), &[])
    }

    fn open_expecting(&self, nonce: Option<&str>) -> Result<OpenedShare, ShareError> {
        let key = BotPrivateKey::from_pem(KEY).unwrap();
        self.parse().unwrap().open(&key, nonce, |file| {
            self.files.get(&file.file_id).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    fn open(&self) -> Result<OpenedShare, ShareError> {
        self.open_expecting(Some(NONCE))
    }
}

/// Opens an honest share that was bent, and wants a refusal.
#[track_caller]
fn refused(bend: impl FnOnce(&mut Share)) -> ShareError {
    let mut share = Share::honest();
    bend(&mut share);
    share.open().expect_err("refused")
}

#[track_caller]
fn misparsed(bend: impl FnOnce(&mut Share)) -> PassportDataError {
    let mut share = Share::honest();
    bend(&mut share);
    share.parse().expect_err("refused")
}

fn data_of(kind: ElementType) -> SharedPart {
    SharedPart { kind, file: None }
}

fn file_of(kind: ElementType, part: Part) -> SharedPart {
    SharedPart { kind, file: Some(part) }
}

/// Changes base64 text by flipping one bit of what it encodes.
fn flip(value: &mut Value, bit: usize) {
    let mut bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    *value = STANDARD.encode(bytes).into();
}

#[test]
fn an_honest_share_opens() {
    let share = Share::honest();
    let opened = share.open().unwrap();
    assert_eq!(opened.credentials.nonce(), NONCE);
    assert_eq!(opened.credentials.nonce_name(), NonceName::Nonce);
    let kinds: Vec<_> = opened.elements.iter().map(|element| element.kind().name()).collect();
    assert_eq!(kinds, ["personal_details", "identity_card", "utility_bill", "phone_number"]);
    let card = &opened.elements[1];
    assert_eq!(card.files.len(), 5);
    let selfie = card.element.file(Part::Selfie).unwrap();
    assert_eq!(selfie.as_bytes(), [JPEG, &[3], b"\xff\xd9"].concat());
    let last = card.element.file(Part::Translation(1)).unwrap();
    assert_eq!(last.as_bytes(), [JPEG, &[5], b"\xff\xd9"].concat());
    assert_eq!(opened.elements[3].element.plain(), Some("12025550123"));
    assert_eq!(opened.elements[0].hash, [9; 32]);
}

#[test]
fn odd_contents_are_remarks() {
    let share = Share::honest();
    let opened = share.open().unwrap();
    let details = opened.elements[0].data.as_ref().unwrap();
    assert_eq!(details.flaws.len(), 2, "an unpadded date, and a gender that is none");
    assert!(details.json.contains("1.2.1990"));
    assert!(!opened.elements[0].element.validate().is_empty());
    assert!(!format!("{opened:?}").contains("Ada"));
    assert!(!format!("{:?}", share.parse().unwrap()).contains("12025550123"));
}

#[test]
fn payload_is_the_old_name() {
    let mut share = Share::honest();
    let nonce = share.credentials.as_object_mut().unwrap().remove("nonce").unwrap();
    share.credentials["payload"] = nonce;
    assert_eq!(share.open().unwrap().credentials.nonce_name(), NonceName::Payload);
}

#[test]
fn message_and_passport_data_themselves_are_found() {
    let update: Value = serde_json::from_str(&Share::honest().update()).unwrap();
    let message = &update["message"];
    let whole = PassportData::parse(&update.to_string(), &[]).unwrap();
    assert_eq!(PassportData::parse(&message.to_string(), &[]).unwrap(), whole);
    assert_eq!(PassportData::parse(&message["passport_data"].to_string(), &[]).unwrap(), whole);
}

#[test]
fn every_kind_of_message_is_looked_into() {
    let update: Value = serde_json::from_str(&Share::honest().update()).unwrap();
    let whole = PassportData::parse(&update.to_string(), &[]).unwrap();
    for name in [
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_message",
        "edited_business_message",
    ] {
        let other = json!({"update_id": 1, name: update["message"]});
        assert_eq!(PassportData::parse(&other.to_string(), &[]).unwrap(), whole, "{name}");
    }
}

#[test]
fn one_share_among_the_answers_of_get_updates_is_found() {
    let update: Value = serde_json::from_str(&Share::honest().update()).unwrap();
    let whole = PassportData::parse(&update.to_string(), &[]).unwrap();
    let chatter = json!({"update_id": 2, "message": {"text": "hello"}});
    for one in [json!({"ok": true, "result": [chatter, update, chatter]}), json!([update])] {
        assert_eq!(PassportData::parse(&one.to_string(), &[]).unwrap(), whole);
    }
    let two = json!({"ok": true, "result": [update, chatter, update]});
    assert_eq!(PassportData::parse(&two.to_string(), &[]), Err(PassportDataError::Several { count: 2 }));
    for none in [json!({"ok": true, "result": [chatter]}), json!([]), json!({"ok": true, "result": true})] {
        assert_eq!(PassportData::parse(&none.to_string(), &[]), Err(PassportDataError::NotFound), "{none}");
    }
}

#[test]
fn one_element_opens_alone() {
    let share = Share::honest();
    let data = share.parse().unwrap();
    let credentials = data.open_credentials(&BotPrivateKey::from_pem(KEY).unwrap()).unwrap();
    let bill = data.elements[2].open(&credentials, |file| Ok(share.files[&file.file_id].clone())).unwrap();
    assert_eq!(bill.kind(), ElementType::UtilityBill);
}

#[test]
fn flipped_bit_in_data() {
    for bit in [0, 300, 500, 767] {
        match refused(|share| flip(&mut share.element(0)["data"], bit)) {
            ShareError::Contents { place, reason: ContentsError::Altered } => {
                assert_eq!(place, data_of(ElementType::PersonalDetails));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn flipped_bit_in_a_file() {
    for bit in [0, 7, 300, 800] {
        let error = refused(|share| share.files.get_mut("file-5").unwrap()[bit / 8] ^= 1 << (bit % 8));
        match error {
            ShareError::Contents { place, reason: ContentsError::Altered } => {
                assert_eq!(place, file_of(ElementType::IdentityCard, Part::Translation(1)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn flipped_bit_in_credentials() {
    for bend in [(|data| flip(&mut data["credentials"]["data"], 0)) as fn(&mut Value), |data| {
        flip(&mut data["credentials"]["data"], 3000)
    }] {
        let error = refused(|share| share.bend = bend);
        assert!(matches!(error, ShareError::CredentialsContents(ContentsError::Altered)), "{error:?}");
    }
    let error = refused(|share| share.bend = |data| flip(&mut data["credentials"]["secret"], 1000));
    assert!(
        matches!(error, ShareError::CredentialsSecret(CredentialsSecretError::Undecryptable)),
        "{error:?}"
    );
}

#[test]
fn wrong_hashes() {
    match refused(|share| flip(&mut share.secure_data("personal_details")["data"]["data_hash"], 9)) {
        ShareError::Contents { place, reason: ContentsError::WrongKey } => {
            assert_eq!(place, data_of(ElementType::PersonalDetails));
        }
        other => panic!("{other:?}"),
    }
    match refused(|share| flip(&mut share.secure_data("utility_bill")["files"][1]["file_hash"], 9)) {
        ShareError::Contents { place, reason: ContentsError::Open(OpenError::HashMismatch) } => {
            assert_eq!(place, file_of(ElementType::UtilityBill, Part::File(1)));
        }
        other => panic!("{other:?}"),
    }
    let error = refused(|share| share.bend = |data| flip(&mut data["credentials"]["hash"], 9));
    assert!(matches!(error, ShareError::CredentialsContents(ContentsError::WrongKey)), "{error:?}");
}

#[test]
fn prefix_too_short_or_past_the_end() {
    for (length, first, is_short) in [(16, 16, true), (32, 31, true), (48, 0, true), (32, 129, false)] {
        let mut prefix = vec![5; length];
        prefix[0] = first;
        let mut contents = b"{\"document_no\":\"".to_vec();
        contents.resize(94, b'1');
        contents.extend(b"\"}");
        let error = refused(|share| {
            let (data, credentials) = seal_with(&contents, &secret(21), &prefix, "data_hash");
            share.element(1)["data"] = STANDARD.encode(data).into();
            share.secure_data("identity_card")["data"] = credentials;
        });
        match error {
            ShareError::Contents {
                reason: ContentsError::Open(OpenError::PrefixTooShort { prefix }),
                ..
            } => assert!(is_short && prefix == first),
            ShareError::Contents {
                reason: ContentsError::Open(OpenError::PrefixPastEnd { prefix, length: 128 }),
                ..
            } => assert!(!is_short && prefix == first),
            other => panic!("{other:?}"),
        }
    }
    let error = refused(|share| share.credentials_prefix = vec![31; 31]);
    assert!(
        matches!(
            error,
            ShareError::CredentialsContents(ContentsError::Open(OpenError::PrefixTooShort { prefix: 31 }))
        ),
        "{error:?}"
    );
}

#[test]
fn wrong_checksums() {
    let error = refused(|share| flip(&mut share.secure_data("utility_bill")["files"][0]["secret"], 0));
    match error {
        ShareError::Credentials(CredentialsError::Secret { at, error: SecretError::Checksum }) => {
            assert_eq!(at, "credentials.secure_data.utility_bill.files[0].secret");
        }
        other => panic!("{other:?}"),
    }
    let error = refused(|share| share.credentials_secret[0] ^= 1);
    assert!(
        matches!(error, ShareError::CredentialsSecret(CredentialsSecretError::Secret(SecretError::Checksum))),
        "{error:?}"
    );
}

#[test]
fn secrets_and_hashes_of_other_lengths() {
    let short = || Value::from(STANDARD.encode([0; 31]));
    let error = refused(|share| share.secure_data("personal_details")["data"]["secret"] = short());
    assert!(
        matches!(
            error,
            ShareError::Credentials(CredentialsError::Secret {
                error: SecretError::Length { length: 31 },
                ..
            })
        ),
        "{error:?}"
    );
    let error = refused(|share| share.secure_data("personal_details")["data"]["data_hash"] = short());
    assert!(matches!(error, ShareError::Credentials(CredentialsError::Hash { .. })), "{error:?}");
    let error = misparsed(|share| {
        share.bend = |data| data["credentials"]["hash"] = STANDARD.encode([0; 33]).into();
    });
    assert_eq!(
        error,
        PassportDataError::HashLength { at: "passport_data.credentials.hash".into(), length: 33 }
    );
}

#[test]
fn other_paddings_are_named() {
    for (padding, expected) in [
        (SecretPadding::OaepSha256, CredentialsSecretError::OaepSha256),
        (SecretPadding::OaepSha256Mgf1Sha1, CredentialsSecretError::OaepSha256),
        (SecretPadding::Pkcs1V15, CredentialsSecretError::Pkcs1V15),
    ] {
        match refused(|share| share.padding = padding) {
            ShareError::CredentialsSecret(error) => assert_eq!(error, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn another_key() {
    let data = Share::honest().parse().unwrap();
    let error = data.open_credentials(&BotPrivateKey::from_pem(OTHER_KEY).unwrap()).unwrap_err();
    assert!(
        matches!(error, ShareError::CredentialsSecret(CredentialsSecretError::Undecryptable)),
        "{error:?}"
    );
    let error = refused(|share| {
        share.bend = |data| data["credentials"]["secret"] = STANDARD.encode([1; 128]).into();
    });
    assert!(
        matches!(
            error,
            ShareError::CredentialsSecret(CredentialsSecretError::Length { length: 128, expected: 256 })
        ),
        "{error:?}"
    );
}

#[test]
fn missing_members() {
    fn remove(value: &mut Value, name: &str) {
        value.as_object_mut().unwrap().remove(name).unwrap();
    }
    for (bend, at) in [
        ((|share| remove(share.element(1), "hash")) as fn(&mut Share), "passport_data.data[1].hash"),
        (|share| remove(share.element(0), "type"), "passport_data.data[0].type"),
        (|share| remove(share.element(3), "phone_number"), "passport_data.data[3].phone_number"),
        (
            |share| remove(&mut share.element(1)["selfie"], "file_unique_id"),
            "passport_data.data[1].selfie.file_unique_id",
        ),
        (
            |share| remove(&mut share.element(2)["files"][1], "file_size"),
            "passport_data.data[2].files[1].file_size",
        ),
        (
            |share| remove(&mut share.element(2)["files"][0], "file_id"),
            "passport_data.data[2].files[0].file_id",
        ),
        (
            |share| remove(&mut share.element(2)["files"][0], "file_date"),
            "passport_data.data[2].files[0].file_date",
        ),
        (|share| remove(&mut share.passport_data, "data"), "passport_data.data"),
        (|share| share.bend = |data| remove(data, "credentials"), "passport_data.credentials"),
        (
            |share| share.bend = |data| remove(&mut data["credentials"], "secret"),
            "passport_data.credentials.secret",
        ),
    ] {
        assert_eq!(misparsed(bend), JsonError::Missing { at: at.into() }.into());
    }
}

#[test]
fn missing_file_size_can_be_allowed() {
    let mut share = Share::honest();
    share.element(2)["files"][1].as_object_mut().unwrap().remove("file_size");
    let data = PassportData::parse(&share.update(), &[Allow::MissingFileSize]).unwrap();
    assert_eq!(data.elements[2].parts.files[1].file_size, None);
    assert!(data.elements[2].parts.files[0].file_size.is_some());
    let key = BotPrivateKey::from_pem(KEY).unwrap();
    data.open(&key, None, |file| Ok(share.files[&file.file_id].clone())).unwrap();
}

#[test]
fn nonces() {
    let error = Share::honest().open_expecting(Some("n-0S6_WzA2Mk")).unwrap_err();
    assert!(matches!(error, ShareError::OtherNonce { name: NonceName::Nonce }), "{error:?}");
    assert!(!error.to_string().contains("WzA2Mk") && !error.to_string().contains(NONCE));
    Share::honest().open_expecting(None).unwrap();
    let error = refused(|share| {
        share.credentials.as_object_mut().unwrap().remove("nonce").unwrap();
    });
    assert!(matches!(error, ShareError::Credentials(CredentialsError::NonceMissing)), "{error:?}");
    let error = refused(|share| share.credentials["payload"] = NONCE.into());
    assert!(matches!(error, ShareError::Credentials(CredentialsError::NonceTwice)), "{error:?}");
    let error = refused(|share| share.credentials["nonce"] = 7.into());
    assert!(
        matches!(error, ShareError::Credentials(CredentialsError::Json(JsonError::Type { .. }))),
        "{error:?}"
    );
}

#[test]
fn elements_and_credentials_differ() {
    let remove = |value: &mut Value, name: &str| value.as_object_mut().unwrap().remove(name).unwrap();
    let error = refused(|share| {
        remove(&mut share.credentials["secure_data"], "utility_bill");
    });
    assert!(matches!(error, ShareError::NoCredentials { kind: ElementType::UtilityBill }), "{error:?}");
    let error = refused(|share| {
        share.passport_data["data"].as_array_mut().unwrap().remove(0);
    });
    assert!(matches!(error, ShareError::NotShared { kind: ElementType::PersonalDetails }), "{error:?}");
    let error = refused(|share| share.credentials["secure_data"]["phone_number"] = json!({}));
    assert!(
        matches!(
            error,
            ShareError::Credentials(CredentialsError::PlainKind { kind: ElementType::PhoneNumber })
        ),
        "{error:?}"
    );
    let error = refused(|share| share.credentials["secure_data"]["library_card"] = json!({}));
    assert!(matches!(&error, ShareError::UnknownNotShared { name } if name == "library_card"), "{error:?}");
    let error = refused(|share| share.credentials["secure_data"]["a\u{1b}b"] = json!({}));
    assert!(matches!(error, ShareError::Credentials(CredentialsError::NoType)), "{error:?}");
    let error = refused(|share| {
        remove(share.secure_data("identity_card"), "selfie");
    });
    let selfie = file_of(ElementType::IdentityCard, Part::Selfie);
    assert!(matches!(error, ShareError::NoPartCredentials { place } if place == selfie), "{error:?}");
    let error = refused(|share| {
        remove(share.element(1), "selfie");
    });
    assert!(matches!(error, ShareError::PartNotShared { place } if place == selfie), "{error:?}");
}

#[test]
fn more_or_fewer_files_than_credentials() {
    let error = refused(|share| {
        share.secure_data("utility_bill")["files"].as_array_mut().unwrap().pop();
    });
    assert!(
        matches!(
            error,
            ShareError::MoreFiles {
                kind: ElementType::UtilityBill,
                part: PartKind::Files,
                files: 2,
                credentials: 1
            }
        ),
        "{error:?}"
    );
    let error = refused(|share| {
        share.element(1)["translation"].as_array_mut().unwrap().remove(0);
    });
    assert!(
        matches!(
            error,
            ShareError::FewerFiles {
                kind: ElementType::IdentityCard,
                part: PartKind::Translation,
                files: 1,
                credentials: 2
            }
        ),
        "{error:?}"
    );
}

#[test]
fn base64_must_be_standard() {
    let url_safe = |value: &mut Value| {
        let bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
        *value = URL_SAFE.encode([&[0xff, 0xff, 0xfe], bytes.as_slice()].concat()).into();
    };
    let unpadded = |value: &mut Value| {
        let mut bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
        bytes.truncate(bytes.len() / 3 * 3 - 1);
        *value = STANDARD_NO_PAD.encode(bytes).into();
    };
    let with_newline = |value: &mut Value| *value = format!("{}\n", value.as_str().unwrap()).into();
    let at = "passport_data.data[0].data".to_owned();
    for bend in [&url_safe as &dyn Fn(&mut Value), &unpadded, &with_newline] {
        let error = misparsed(|share| bend(&mut share.element(0)["data"]));
        assert_eq!(error, JsonError::Base64 { at: at.clone() }.into());
        let error = refused(|share| bend(&mut share.secure_data("personal_details")["data"]["secret"]));
        assert!(
            matches!(error, ShareError::Credentials(CredentialsError::Json(JsonError::Base64 { .. }))),
            "{error:?}"
        );
    }
}

#[test]
fn exchanged_types() {
    // The types of the elements alone, so that each meets the other's credentials.
    let error = misparsed(|share| {
        share.element(1)["type"] = "utility_bill".into();
        share.element(2)["type"] = "identity_card".into();
    });
    assert!(matches!(error, PassportDataError::PartNotAllowed { .. }), "{error:?}");
    let error = refused(|share| {
        share.element(0)["type"] = "address".into();
        let (data, credentials) = seal(br#"{"city":"Ulm"}"#, 22, "data_hash");
        share.credentials["secure_data"]["address"] = json!({ "data": credentials });
        share.passport_data["data"][3] =
            json!({ "type": "personal_details", "data": STANDARD.encode(data), "hash": "AAAA" });
    });
    match error {
        ShareError::Contents { place, reason: ContentsError::Exchanged(owner) } => {
            assert_eq!(place, data_of(ElementType::Address));
            assert_eq!(owner, data_of(ElementType::PersonalDetails));
        }
        other => panic!("{other:?}"),
    }
    let error = misparsed(|share| share.element(3)["email"] = "a@b.example".into());
    assert!(matches!(error, PassportDataError::PartNotAllowed { part: PartKind::Plain, .. }), "{error:?}");
}

#[test]
fn exchanged_files() {
    let error = refused(|share| {
        let (front, selfie) = (share.files["file-1"].clone(), share.files["file-3"].clone());
        share.files.insert("file-1".into(), selfie);
        share.files.insert("file-3".into(), front);
    });
    match error {
        ShareError::Contents { place, reason: ContentsError::Exchanged(owner) } => {
            assert_eq!(place, file_of(ElementType::IdentityCard, Part::FrontSide));
            assert_eq!(owner, file_of(ElementType::IdentityCard, Part::Selfie));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn file_sizes() {
    for (change, delta) in [(-16, 16), (16, -16), (1, -1)] {
        let error = refused(|share| {
            let size = &mut share.element(2)["files"][0]["file_size"];
            *size = (size.as_i64().unwrap() + change).into();
        });
        match error {
            ShareError::FileSize { place, stated, actual } => {
                assert_eq!(place, file_of(ElementType::UtilityBill, Part::File(0)));
                assert_eq!(i64::try_from(actual).unwrap() - i64::try_from(stated).unwrap(), delta);
            }
            other => panic!("{other:?}"),
        }
    }
    for size in [json!("100"), json!(-1), json!(1.5)] {
        let error = misparsed(|share| share.element(2)["files"][0]["file_size"] = size);
        assert!(matches!(error, PassportDataError::Json(JsonError::Type { .. })), "{error:?}");
    }
}

#[test]
fn cut_or_missing_files() {
    let error = refused(|share| {
        share.files.remove("file-7");
    });
    assert!(matches!(error, ShareError::FileUnavailable { .. }), "{error:?}");
    for (length, expected) in [(0, OpenError::Empty), (17, OpenError::PartialBlock { length: 17 })] {
        let error = refused(|share| {
            share.files.get_mut("file-7").unwrap().truncate(length);
            share.element(2)["files"][1]["file_size"] = length.into();
        });
        match error {
            ShareError::Contents { reason: ContentsError::Open(error), .. } => assert_eq!(error, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn data_that_is_no_object() {
    for contents in [&b"[1]"[..], b"\xff", b"", b"{", b"null"] {
        let error = refused(|share| {
            let (data, credentials) = seal(contents, 21, "data_hash");
            share.element(1)["data"] = STANDARD.encode(data).into();
            share.secure_data("identity_card")["data"] = credentials;
        });
        assert!(
            matches!(error, ShareError::DataUnreadable { kind: ElementType::IdentityCard, .. }),
            "{error:?}"
        );
    }
}

#[test]
fn structures_that_are_none() {
    for text in ["", "{", "[]", "7", "{}", r#"{"message":{}}"#, r#"{"message":{"passport_data":null}}"#] {
        assert!(PassportData::parse(text, &[]).is_err(), "{text}");
    }
    assert_eq!(
        misparsed(|share| share.element(0)["type"] = "".into()),
        PassportDataError::NoType { at: "passport_data.data[0].type".into() }
    );
    assert_eq!(
        misparsed(|share| {
            let again = share.element(0).clone();
            share.passport_data["data"].as_array_mut().unwrap().push(again);
        }),
        PassportDataError::Duplicate { at: "passport_data.data[4]".into(), kind: "personal_details".into() }
    );
}
