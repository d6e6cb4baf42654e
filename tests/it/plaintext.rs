//! That the search for plaintext finds it, in every writing and wherever the server may hold it.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use telegram_passport::cloud::{InputSecureValue, SecureData};
use telegram_passport::element::{ElementType, Part};
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::state::{Clock, Registration, State};

use crate::conformance::plaintext::{Finding, Search, Wanted};
use crate::conformance::stage::Stage;
use crate::conformance::{self, element_of, person};

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn escaped(text: &str, capitals: bool) -> Vec<u8> {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        if capitals { write!(escaped, "\\u{unit:04X}") } else { write!(escaped, "\\u{unit:04x}") }.unwrap();
    }
    escaped.into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut stream = GzEncoder::new(Vec::new(), Compression::best());
    stream.write_all(bytes).unwrap();
    stream.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::fast());
    stream.write_all(bytes).unwrap();
    stream.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut stream = DeflateEncoder::new(Vec::new(), Compression::default());
    stream.write_all(bytes).unwrap();
    stream.finish().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The codings of bytes which are neither text nor picture in particular, by name.
fn coded(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = vec![
        ("themselves".to_owned(), bytes.to_vec()),
        ("small digits".to_owned(), hex(bytes).into_bytes()),
        ("capital digits".to_owned(), hex(bytes).to_uppercase().into_bytes()),
        ("digits half a byte off".to_owned(), format!("f{}", hex(bytes)).into_bytes()),
        ("gzip".to_owned(), gzip(bytes)),
        ("zlib".to_owned(), zlib(bytes)),
        ("base64 of gzip".to_owned(), STANDARD.encode(gzip(bytes)).into_bytes()),
        ("gzip of base64 of zlib".to_owned(), gzip(STANDARD.encode(zlib(bytes)).as_bytes())),
    ];
    for offset in 0..3 {
        let shifted = [&random::<3>()[..offset], bytes, &random::<2>()].concat();
        all.push((format!("base64 at {offset}"), STANDARD.encode(&shifted).into_bytes()));
        all.push((format!("base64 for URLs at {offset}"), URL_SAFE_NO_PAD.encode(&shifted).into_bytes()));
        let lines: Vec<u8> =
            STANDARD.encode(&shifted).as_bytes().chunks(64).collect::<Vec<_>>().join(&b"\r\n"[..]);
        all.push((format!("base64 in lines at {offset}"), lines));
    }
    all
}

fn planted(coded: &[u8]) -> Vec<u8> {
    // Marks around it, as there are around texts, so that what lies beside does not lengthen its run.
    [&random::<10_001>()[..], b"\"", coded, b"\"", &random::<20_000>()].concat()
}

fn finds(search: &Search, bytes: &[u8], what: &str) -> bool {
    search.in_bytes(bytes).iter().any(|found| found.what == what)
}

#[test]
fn texts_are_found_in_every_writing() {
    for text in ["Kovalenko", "Шевченко", "14.03.1987", "AB123456", "Ωmega 🔑"] {
        let mut wanted = Wanted::default();
        assert!(wanted.text("it", text));
        let search = wanted.search();
        let mut writings = vec![
            ("small escapes", escaped(text, false)),
            ("capital escapes", escaped(text, true)),
            ("escapes in base64", STANDARD.encode(escaped(text, false)).into_bytes()),
        ];
        writings.push(("escapes in gzip", gzip(&escaped(text, true))));
        for (writing, bytes) in writings {
            assert!(finds(&search, &planted(&bytes), "it"), "{text} as {writing}");
        }
        let writings =
            [text.as_bytes().to_vec(), utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)];
        for (number, writing) in writings.iter().enumerate() {
            for (coding, bytes) in coded(writing) {
                assert!(finds(&search, &planted(&bytes), "it"), "{text}, writing {number}, as {coding}");
            }
            // A raw stream has no header: found at the start of a string, or anywhere in a short one.
            assert!(finds(&search, &deflate(writing), "it"), "{text}, writing {number}, deflated");
            let within = [&random::<700>()[..], &deflate(writing), &random::<30>()].concat();
            assert!(finds(&search, &within, "it"), "{text}, writing {number}, deflated within");
        }
    }
    let mut wanted = Wanted::default();
    wanted.text("it", "Kovalenko");
    assert!(finds(&wanted.search(), b"P<UKRKOVALENKO<<", "it"), "capitals");
}

#[test]
fn any_64_bytes_of_a_picture_are_found() {
    let passport = element_of(&person(), ElementType::Passport);
    let picture = passport.file(Part::FrontSide).unwrap().as_bytes();
    let mut wanted = Wanted::default();
    wanted.picture("it", picture);
    let search = wanted.search();
    for start in [0, 1, 31, 32, 4_097, picture.len() / 2 + 5, picture.len() - 64] {
        let run = &picture[start..start + 64];
        for (coding, bytes) in coded(run) {
            assert!(finds(&search, &planted(&bytes), "it"), "from {start} as {coding}");
        }
        assert!(finds(&search, &deflate(run), "it"), "from {start}, deflated");
        assert!(!finds(&search, &planted(&[0; 64]), "it"));
    }
    assert!(finds(&search, &gzip(picture), "it"));
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let mut wanted = Wanted::default();
    let too_short = wanted.person(&person());
    // Five digits are in a login code or in a hash by chance; everything else is long enough.
    assert!(too_short.iter().all(|field| field == "post_code"), "{too_short:?}");
    let search = wanted.search();
    for _ in 0..4 {
        assert_eq!(search.in_bytes(&random::<500_000>()), []);
    }
    assert_eq!(search.in_bytes(STANDARD.encode(random::<100_000>()).as_bytes()), []);
}

/// A server that was told too much is found out, wherever it keeps it.
#[test]
fn what_a_server_should_not_know_is_found_in_what_it_holds() {
    let person = person();
    let mut wanted = Wanted::default();
    wanted.person(&person);
    let search = wanted.search();
    let details = person.personal_details().unwrap();
    let passport = element_of(&person, ElementType::Passport);
    let picture = passport.file(Part::FrontSide).unwrap().as_bytes();

    let state = State::new(Clock::system(), &countries_languages_json());
    let mut registration = Registration::new(person.phone_number().unwrap().clone(), "Somebody");
    let user_id = state.register_account(registration.clone()).unwrap();
    assert_eq!(search.in_holdings(&state.holdings()), []);
    registration.phone.0 = "4915112345678".to_owned();
    registration.last_name.clone_from(&details.last_name);
    state.register_account(registration).unwrap();
    state.save_file_part(user_id, 1, 0, picture[1000..2024].to_vec()).unwrap();
    let found = search.in_holdings(&state.holdings());
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert!(
        places.contains(&"state/account: last_name") && places.contains(&"state/account/upload/part: bytes"),
        "{found:?}"
    );
}

/// Nobody seals here: the data goes to the server as it is.
#[tokio::test]
async fn an_engine_that_did_not_seal_would_be_found_out() {
    use telegram_passport::cloud::SecureCloud as _;
    let stage = Stage::new();
    conformance::ready(&crate::in_process::InProcess, &stage).await;
    let mut value = InputSecureValue::empty(ElementType::Address);
    let address = element_of(&person(), ElementType::Address);
    let mut data = address.write_data().unwrap().unwrap().to_vec();
    data.resize(data.len().next_multiple_of(16), b' ');
    value.data = Some(SecureData { data, data_hash: vec![4; 32], secret: vec![5; 32] });
    let secret_id = stage.state.summary(stage.user_id).unwrap().secret.unwrap().id;
    stage.cloud().save_secure_value(value, secret_id).await.unwrap();
    let found: Vec<Finding> = stage.plaintext().into_iter().map(|(_, found)| found).collect();
    assert!(found.iter().any(|found| found.what == "address, street_line1"), "{found:?}");
    stage.cloud().delete_secure_values(&[ElementType::Address]).await.unwrap();
}
