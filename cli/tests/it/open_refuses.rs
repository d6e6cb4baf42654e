//! `tgpassport open`, given shares with one fault each: every one is refused with its own words and code 3, and
//! nothing is written.

use std::collections::BTreeMap;

use base64::Engine;
use serde_json::{Value, json};

use crate::forge::{self, Delivered, NONCE, RsaPadding, Share};
use crate::tool::{self, Ended};

/// Delivers a share, opens it with the expected nonce and answers how that ended; checks what is true of every
/// refusal.
fn refused(fault: &str, delivered: &Delivered) -> String {
    let place = tempfile::tempdir().expect("a folder");
    delivered.write(place.path());
    let ended = open(place.path(), &["--nonce", NONCE]);
    assert_eq!(ended.code, 3, "{fault}: {}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout, "", "{fault}: nothing is shown");
    assert!(ended.stderr.lines().count() <= 2, "{fault}: a sentence and a remedy, not {}", ended.stderr);
    assert!(!place.path().join("out").exists(), "{fault}: nothing is written");
    ended.stderr
}

fn open(place: &std::path::Path, more: &[&str]) -> Ended {
    let path = |name: &str| place.join(name).display().to_string();
    let (update, key, files, out) = (path("update.json"), path("key.pem"), path("files"), path("out"));
    let mut arguments = vec!["open", &update, "--key", &key, "--files", &files, "--out", &out];
    arguments.extend_from_slice(more);
    tool::run(&arguments)
}

fn spoilt(spoil: impl FnOnce(&mut Share)) -> Delivered {
    let mut share = Share::honest();
    spoil(&mut share);
    share.deliver()
}

fn delivered(spoil: impl FnOnce(&mut Delivered)) -> Delivered {
    let mut delivered = Share::honest().deliver();
    spoil(&mut delivered);
    delivered
}

fn element<'a>(elements: &'a mut Value, kind: &str) -> &'a mut Value {
    let elements = elements.as_array_mut().expect("an array");
    elements.iter_mut().find(|element| element["type"] == kind).expect("the honest share has it")
}

fn remove(object: &mut Value, key: &str) {
    object.as_object_mut().expect("an object").remove(key).expect("the honest share has it");
}

/// Seals the passport's data anew, with what `make` says about the prefix and the secret.
fn reseal(share: &mut Share, secret: [u8; 32], said: impl Fn(u8) -> u8) {
    let sealed = forge::seal_with_prefix(br#"{"document_no":"X1","expiry_date":""}"#, &secret, said);
    element(&mut share.elements, "passport")["data"] = forge::base64(&sealed.ciphertext).into();
    share.credentials["secure_data"]["passport"]["data"] =
        json!({"data_hash": forge::base64(&sealed.hash), "secret": forge::base64(&secret)});
}

/// Every fault the reference opener must notice.
fn faults() -> Vec<(&'static str, Delivered)> {
    vec![
        (
            "a bit flipped in data",
            spoilt(|share| {
                forge::flip_base64(&mut element(&mut share.elements, "passport")["data"]);
            }),
        ),
        (
            "a bit flipped in a file",
            delivered(|share| {
                forge::flip(share.files.get_mut("front").expect("there"));
            }),
        ),
        (
            "a bit flipped in the credentials",
            delivered(|share| {
                forge::flip_base64(&mut share.passport_data()["credentials"]["data"]);
            }),
        ),
        (
            "a bit flipped in the encrypted secret",
            delivered(|share| {
                forge::flip_base64(&mut share.passport_data()["credentials"]["secret"]);
            }),
        ),
        (
            "a wrong data hash",
            spoilt(|share| {
                forge::flip_base64(
                    &mut share.credentials["secure_data"]["personal_details"]["data"]["data_hash"],
                );
            }),
        ),
        ("a prefix that says 31", spoilt(|share| reseal(share, forge::secret(1), |_| 31))),
        ("a prefix past the end", spoilt(|share| reseal(share, forge::secret(1), |_| 255))),
        (
            "a secret with a wrong checksum",
            spoilt(|share| {
                let mut secret = forge::secret(1);
                secret[5] ^= 1;
                reseal(share, secret, |length| length);
            }),
        ),
        ("a credentials secret with a wrong checksum", spoilt(|share| share.secret[9] ^= 1)),
        ("OAEP with SHA-256", spoilt(|share| share.padding = RsaPadding::OaepSha256)),
        ("PKCS#1 v1.5", spoilt(|share| share.padding = RsaPadding::Pkcs1v15)),
        ("no element hash", spoilt(|share| remove(element(&mut share.elements, "passport"), "hash"))),
        (
            "no file_unique_id",
            spoilt(|share| {
                remove(&mut element(&mut share.elements, "passport")["selfie"], "file_unique_id");
            }),
        ),
        (
            "no file_size",
            spoilt(|share| {
                remove(&mut element(&mut share.elements, "passport")["selfie"], "file_size");
            }),
        ),
        ("no nonce", spoilt(|share| remove(&mut share.credentials, "nonce"))),
        ("another nonce", spoilt(|share| share.credentials["nonce"] = "somebody else's".into())),
        (
            "an element without credentials",
            spoilt(|share| {
                remove(&mut share.credentials["secure_data"], "utility_bill");
            }),
        ),
        (
            "credentials without an element",
            spoilt(|share| {
                share
                    .elements
                    .as_array_mut()
                    .expect("an array")
                    .retain(|element| element["type"] != "utility_bill");
            }),
        ),
        (
            "more files than credentials",
            spoilt(|share| {
                share.credentials["secure_data"]["utility_bill"]["files"]
                    .as_array_mut()
                    .expect("an array")
                    .pop();
            }),
        ),
        (
            "fewer files than credentials",
            spoilt(|share| {
                element(&mut share.elements, "utility_bill")["files"].as_array_mut().expect("an array").pop();
            }),
        ),
        (
            "a selfie without credentials",
            spoilt(|share| {
                remove(&mut share.credentials["secure_data"]["passport"], "selfie");
            }),
        ),
        (
            "base64 in the URL alphabet",
            spoilt(|share| {
                let data = &mut element(&mut share.elements, "passport")["data"];
                let bytes =
                    base64::prelude::BASE64_STANDARD.decode(data.as_str().expect("text")).expect("base64");
                // A byte that needs the 63rd letter makes sure the alphabets differ.
                let text =
                    base64::prelude::BASE64_URL_SAFE.encode([&[0xff, 0xef, 0xbf], &bytes[3..]].concat());
                assert!(text.contains(['-', '_']));
                *data = text.into();
            }),
        ),
        (
            "base64 without padding",
            delivered(|share| {
                let hash = &mut share.passport_data()["credentials"]["hash"];
                *hash = hash.as_str().expect("text").trim_end_matches('=').into();
            }),
        ),
        (
            "swapped element types",
            spoilt(|share| {
                element(&mut share.elements, "personal_details")["type"] = "address".into();
            }),
        ),
        (
            "a file over its stated size",
            spoilt(|share| {
                element(&mut share.elements, "passport")["front_side"]["file_size"] = 16.into();
            }),
        ),
        (
            "a truncated file",
            delivered(|share| {
                share.files.get_mut("bill-2").expect("there").truncate(64);
            }),
        ),
        (
            "a file that is not whole blocks",
            delivered(|share| {
                let file = share.files.get_mut("bill-1").expect("there");
                file.pop();
            }),
        ),
        ("an empty file", delivered(|share| share.files.get_mut("bill-1").expect("there").clear())),
    ]
}

#[test]
fn every_fault_is_refused_with_words_of_its_own() {
    let mut said: BTreeMap<String, &str> = BTreeMap::new();
    for (fault, delivered) in faults() {
        let words = refused(fault, &delivered);
        let other = said.insert(words.clone(), fault);
        assert_eq!(other, None, "told like {fault:?}: {words}");
    }
}

#[test]
fn an_honest_share_opens() {
    let place = tempfile::tempdir().expect("a folder");
    Share::honest().deliver().write(place.path());
    let ended = open(place.path(), &["--nonce", NONCE, "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(answer["nonce"], NONCE);
    assert_eq!(answer["elements"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        std::fs::read(place.path().join("out/passport-front_side.jpg")).expect("there"),
        forge::picture()
    );
}

#[test]
fn a_missing_file_size_can_be_allowed() {
    let share = spoilt(|share| remove(&mut element(&mut share.elements, "passport")["selfie"], "file_size"));
    let place = tempfile::tempdir().expect("a folder");
    share.write(place.path());
    assert_eq!(open(place.path(), &["--allow", "missing-file-size"]).code, 0);
}

#[test]
fn what_only_looks_odd_is_remarked() {
    let mut share = Share::honest();
    reseal(&mut share, forge::secret(1), |length| length);
    let secret = forge::secret(0x44);
    let sealed = forge::seal(b"no picture at all", &secret);
    share.files.insert("front".into(), sealed.ciphertext.clone());
    element(&mut share.elements, "passport")["front_side"]["file_size"] = sealed.ciphertext.len().into();
    share.credentials["secure_data"]["passport"]["front_side"] =
        json!({"file_hash": forge::base64(&sealed.hash), "secret": forge::base64(&secret)});
    let data = br#"{"document_no":"X1","expiry_date":"01.01.2001"}"#;
    let resealed = forge::seal(data, &secret);
    element(&mut share.elements, "passport")["data"] = forge::base64(&resealed.ciphertext).into();
    share.credentials["secure_data"]["passport"]["data"] =
        json!({"data_hash": forge::base64(&resealed.hash), "secret": forge::base64(&secret)});
    let place = tempfile::tempdir().expect("a folder");
    share.deliver().write(place.path());
    let ended = open(place.path(), &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let remarks = answer["remarks"].to_string();
    assert!(remarks.contains("front_side"), "{remarks}");
    assert!(remarks.contains("expir"), "{remarks}");
    assert!(!remarks.contains("Passport: Passport"), "{remarks}");
}

#[test]
fn missing_fields_are_remarked_with_the_element_named_once() {
    let secret = forge::secret(0x44);
    let sealed = forge::seal(b"{}", &secret);
    let mut share = Share::honest();
    element(&mut share.elements, "passport")["data"] = forge::base64(&sealed.ciphertext).into();
    share.credentials["secure_data"]["passport"]["data"] =
        json!({"data_hash": forge::base64(&sealed.hash), "secret": forge::base64(&secret)});
    let place = tempfile::tempdir().expect("a folder");
    share.deliver().write(place.path());
    let answer: Value = serde_json::from_str(&open(place.path(), &["--json"]).stdout).expect("JSON");
    let remarks = answer["remarks"].as_array().expect("a list");
    assert_eq!(remarks[1..], [json!("Passport: the document number (document_no) is missing")]);
    assert!(remarks[0].as_str().is_some_and(|text| text.starts_with("no nonce was compared")), "{remarks:?}");
}

#[test]
fn the_key_is_doubted_only_when_nothing_decrypts() {
    let place = tempfile::tempdir().expect("a folder");
    let wrong_padding = spoilt(|share| share.padding = RsaPadding::OaepSha256);
    wrong_padding.write(place.path());
    let ended = open(place.path(), &[]);
    assert!(ended.stderr.contains("SHA-256"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("private key"), "{}", ended.stderr);
}

#[test]
fn what_was_verified_is_told_and_a_nonce_that_was_not_compared() {
    let place = tempfile::tempdir().expect("a folder");
    Share::honest().deliver().write(place.path());
    let compared = open(place.path(), &["--nonce", NONCE, "--json"]);
    let answer: Value = serde_json::from_str(&compared.stdout).expect("JSON");
    assert_eq!(answer["nonce_compared"], true);
    assert!(!answer["remarks"].to_string().contains("nonce"), "{}", answer["remarks"]);
    let unknown = open(place.path(), &["--json"]);
    let answer: Value = serde_json::from_str(&unknown.stdout).expect("JSON");
    assert_eq!(answer["nonce_compared"], false);
    assert!(answer["remarks"].to_string().contains("no nonce was compared"), "{}", answer["remarks"]);
    // Whoever has the public key can make such a share: it is not called more than it is.
    for ended in [open(place.path(), &[]), open(place.path(), &["--nonce", NONCE])] {
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(!ended.stdout.contains("genuine"), "{}", ended.stdout);
        assert!(ended.stdout.contains("matches its hash"), "{}", ended.stdout);
    }
}

/// The honest share, and in it an element of a kind that nobody knows yet.
fn with_an_unknown_element() -> Share {
    let mut share = Share::honest();
    let unknown =
        json!({"type": "library_card", "hash": "AAAA", "data": "AAAA", "front_side": {"file_id": "x"}});
    share.elements.as_array_mut().expect("an array").insert(1, unknown);
    share
}

#[test]
fn an_element_that_nobody_knows_is_named_and_the_rest_opened() {
    let mut share = with_an_unknown_element();
    share.credentials["secure_data"]["library_card"] =
        json!({"data": {"data_hash": "AAAA", "secret": "AAAA"}});
    for delivered in [with_an_unknown_element().deliver(), share.deliver()] {
        let place = tempfile::tempdir().expect("a folder");
        delivered.write(place.path());
        let ended = open(place.path(), &["--nonce", NONCE, "--json"]);
        assert_eq!(ended.code, 0, "{}", ended.stdout);
        let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        assert_eq!(answer["unknown"], json!(["library_card"]));
        assert_eq!(answer["elements"].as_array().map(Vec::len), Some(4));
        assert!(answer["remarks"].to_string().contains("library_card"), "{}", answer["remarks"]);
    }
    // The rest is opened as strictly as without it.
    let mut share = with_an_unknown_element();
    forge::flip_base64(&mut element(&mut share.elements, "passport")["data"]);
    refused("a flipped bit beside an unknown element", &share.deliver());
    let mut share = Share::honest();
    share.credentials["secure_data"]["library_card"] = json!({});
    let words = refused("credentials for an unknown element that was not shared", &share.deliver());
    assert!(words.contains("library_card"), "{words}");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let place = tempfile::tempdir().expect("a folder");
    Share::honest().deliver().write(place.path());
    let update = place.path().join("update.json");
    let marked = format!("\u{feff}{}", std::fs::read_to_string(&update).expect("there"));
    std::fs::write(&update, marked).expect("a file");
    assert_eq!(open(place.path(), &[]).code, 0);
}

#[test]
fn a_file_id_is_never_a_path() {
    let share = spoilt(|share| {
        element(&mut share.elements, "passport")["front_side"]["file_id"] = "../key.pem".into();
    });
    let words = refused("a file_id with dots and a slash", &share);
    assert!(words.contains("file_id"), "{words}");
}
