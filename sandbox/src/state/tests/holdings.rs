//! That what is on the disk is among what the search for plaintext looks through.

use super::durability::live;
use super::{BOT_ID, KEY, credentials, passport, register, upload, with_secret};
use crate::state::{Clock, State};
use telegram_passport::cloud::SecureValueHash;
use telegram_passport::element::UnixTime;

#[test]
fn whatever_is_given_to_the_server_is_among_what_it_holds() {
    let (state, user_id) = with_secret();
    register(&state);
    let saved = state.save_secure_value(user_id, passport(&state, user_id), 77).expect("a sound value");
    let hash = SecureValueHash { kind: saved.kind, hash: saved.hash.clone() };
    let scope = r#"{"v":1,"d":["pp"]}"#;
    state.accept_authorization(user_id, BOT_ID, scope, KEY, &[hash], credentials()).expect("complete");
    upload(&state, user_id, 9, 1500);
    state.send_verify_phone_code(user_id, "4915112345678").expect("a number");
    state.send_verify_email_code(user_id, "anna@example.com").expect("an address");
    state.send_login_code("12025550199").expect("a number");

    let holdings = state.holdings();
    let holds =
        |what: &str, bytes: &[u8]| holdings.iter().any(|held| held.what == what && held.bytes == bytes);
    assert!(holds("state/account: data", &[1; 48]));
    assert!(holds("state/account/file: bytes", &[2; 4096]) && holds("state/account/file: bytes", &[3; 2048]));
    assert!(holds("state/bot/file: ciphertext", &[2; 4096]));
    let part = "state/account/upload/part: bytes";
    assert!(holds(part, &[9; 1024]) && holds(part, &[9; 476]));
    assert!(holds("state/account: secure_secret", &[5; 32]));
    assert!(holds("state/bot/message: data", &credentials().data));
    assert!(holds("state/account: phone", b"12025550123") && holds("state/account: phone", b"4915112345678"));
    assert!(holds("state/account: email", b"anna@example.com"));
    assert!(holds("state/login: key", b"12025550199"));
    assert!(holds("state/account: first_name", b"Anna"));
    assert!(holds("state/account: hint", b"nine"));
}

/// Holdings come from the same walk as the records, so that none has to be remembered: what else there is in a record
/// is numbers, and the checksum at its end.
#[test]
fn what_a_record_holds_beside_its_holdings_is_numbers() {
    /// The most bytes that numbers take in a row: the fields of a file, at ten bytes each.
    const NUMBERS: usize = 60;

    let state = State::new(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), "{}");
    live(&state, || {
        let holdings = state.holdings();
        for (name, record) in state.records() {
            let mut rest = record.as_slice();
            while rest.len() > NUMBERS {
                // The first that stands here, and of those that begin there the longest.
                let found = holdings.iter().filter_map(|held| {
                    let window = &rest[..rest.len().min(NUMBERS + held.bytes.len())];
                    let at = window.windows(held.bytes.len()).position(|bytes| bytes == held.bytes)?;
                    Some((at, held.bytes.len()))
                });
                let first = found.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)));
                let (at, length) =
                    first.unwrap_or_else(|| panic!("{name}: {} bytes are no holding's", rest.len()));
                rest = &rest[at + length..];
            }
        }
    });
    assert!(state.records().len() > 10, "{:?}", state.records().keys());
}
