//! What the tests of the calls begin with: accounts, bots, elements and files.

mod durability;
mod holdings;

use zeroize::Zeroizing;

use super::{Bot, Clock, Registration, State};
use crate::primitives::{self, Residue};
use telegram_passport::cloud::{
    CloudError, InputCheckPassword, InputSecureFile, InputSecureValue, NewPassword, PasswordInputSettings,
    PasswordKdfAlgo, SecureCredentialsEncrypted, SecureData, SecurePasswordKdfAlgo, SecureSecretSettings,
    SecureValue,
};
use telegram_passport::element::{ElementType, Parts, PhoneNumber, UnixTime};

/// A world at rest with one account without a password.
pub(super) fn with_account() -> (State, i64) {
    let state = State::new(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), r#"{"DE":"de"}"#);
    let user_id = open_account(&state);
    (state, user_id)
}

/// An account without a password.
pub(super) fn open_account(state: &State) -> i64 {
    let phone = PhoneNumber("12025550123".to_owned());
    state.register_account(Registration::new(phone, "Anna")).expect("the first account")
}

/// The RPC error's name; empty, if there is none.
pub(super) fn message(outcome: Result<impl Sized, CloudError>) -> String {
    outcome.err().and_then(|error| error.to_rpc()).map(|(_, message)| message).unwrap_or_default()
}

/// A change to some password, as a client makes it from the offer.
pub(super) fn set_password(state: &State, user_id: i64) -> PasswordInputSettings {
    let offered = state.account_password(user_id).expect("an account");
    let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { mut salt1, salt2, g, p } =
        offered.new_algo
    else {
        panic!("the one algorithm");
    };
    salt1.extend([7; 32]);
    PasswordInputSettings {
        new_password: Some(NewPassword {
            new_algo: PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
                salt1,
                salt2,
                g,
                p,
            },
            new_password_hash: Zeroizing::new(Residue::generator().power(&[9; 32]).to_bytes().to_vec()),
            hint: "nine".to_owned(),
        }),
        ..PasswordInputSettings::default()
    }
}

/// A wrapped secret, as a client makes it from the offer.
pub(super) fn wrapped_secret(state: &State, user_id: i64, id: i64) -> SecureSecretSettings {
    let offered = state.account_password(user_id).expect("an account");
    let SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { mut salt } = offered.new_secure_algo else {
        panic!("the one algorithm");
    };
    salt.extend([8; 32]);
    SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt },
        secure_secret: vec![5; 32],
        secure_secret_id: id,
    }
}

/// An account with a password and a passport secret of id 77.
pub(super) fn with_secret() -> (State, i64) {
    let (state, user_id) = with_account();
    set_secret(&state, user_id);
    (state, user_id)
}

/// Gives this account a password and a passport secret of id 77.
pub(super) fn set_secret(state: &State, user_id: i64) {
    let mut settings = set_password(state, user_id);
    settings.new_secure_settings = Some(wrapped_secret(state, user_id, 77));
    state.update_password_settings(user_id, &InputCheckPassword::Empty, settings).expect("sound settings");
}

pub(super) fn data(byte: u8) -> SecureData {
    SecureData { data: vec![byte; 48], data_hash: vec![byte; 32], secret: vec![byte; 32] }
}

/// Stores personal details in an account whose secret has the id 77.
pub(super) fn save_details(state: &State, user_id: i64) -> SecureValue {
    let value =
        InputSecureValue { data: Some(data(1)), ..InputSecureValue::empty(ElementType::PersonalDetails) };
    state.save_secure_value(user_id, value, 77).expect("a sound value")
}

/// Uploads a file of one byte value, whose hash is that byte value too.
pub(super) fn upload(state: &State, user_id: i64, byte: u8, size: usize) -> InputSecureFile {
    let id = i64::from(byte);
    let bytes = vec![byte; size];
    let mut parts = 0;
    for chunk in bytes.chunks(1024) {
        state.save_file_part(user_id, id, parts, chunk.to_vec()).expect("a sound part");
        parts += 1;
    }
    InputSecureFile::Uploaded {
        id,
        parts,
        md5_checksum: primitives::md5_hex(&bytes),
        file_hash: vec![byte; 32],
        secret: vec![byte; 32],
    }
}

pub(super) fn passport(state: &State, user_id: i64) -> InputSecureValue {
    InputSecureValue {
        data: Some(data(1)),
        parts: Parts {
            front_side: Some(upload(state, user_id, 2, 4096)),
            selfie: Some(upload(state, user_id, 3, 2048)),
            translation: vec![upload(state, user_id, 4, 16), upload(state, user_id, 5, 16)],
            ..Parts::default()
        },
        ..InputSecureValue::empty(ElementType::Passport)
    }
}

pub(super) const BOT_ID: i64 = 7_000_000_001;

pub(super) const KEY: &str = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";

pub(super) fn register(state: &State) {
    let bot = Bot {
        privacy_policy_url: Some("https://example.com/privacy".to_owned()),
        ..Bot::new(BOT_ID, "example_bot", "Example", KEY)
    };
    state.register_bot(bot).expect("a free id");
}

pub(super) fn credentials() -> SecureCredentialsEncrypted {
    SecureCredentialsEncrypted { data: vec![1; 64], hash: vec![2; 32], secret: vec![3; 256] }
}
