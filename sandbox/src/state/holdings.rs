//! What the server holds, string by string: for whoever wants to see that none of it is plaintext.
//!
//! Every structure of the state is taken apart whole, so that a new field cannot be forgotten here. Numbers are
//! left out, as the server draws or counts them itself.

use std::fmt;

use super::State;
use super::accept::{Delivery, Sender};
use super::account::Account;
use super::bot::Bot;
use super::code::{Recipient, SentMessage};
use super::file::{BotFile, FileName, StoredFile};
use super::world::World;
use telegram_passport::cloud::{
    PasswordKdfAlgo, SecureCredentialsEncrypted, SecureData, SecureFile, SecurePasswordKdfAlgo,
    SecurePlainData, SecureSecretSettings, SecureValue, SecureValueError, SecureValueErrorSource,
};
use telegram_passport::element::{EmailAddress, PhoneNumber};

/// A text or a string of bytes that the server holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Holding {
    /// What it is to the server.
    pub what: &'static str,
    /// The bytes; a text in UTF-8.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holding")
            .field("what", &self.what)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Holdings as they are gathered.
#[derive(Debug, Default)]
pub(crate) struct Holdings(Vec<Holding>);

impl Holdings {
    pub(crate) fn add(&mut self, what: &'static str, bytes: impl AsRef<[u8]>) {
        self.0.push(Holding { what, bytes: bytes.as_ref().to_vec() });
    }

    pub(crate) fn into_vec(self) -> Vec<Holding> {
        self.0
    }
}

/// Something that the server holds.
pub(crate) trait Held {
    /// Adds every text and every string of bytes in it.
    fn add_to(&self, holdings: &mut Holdings);
}

impl State {
    /// Every text and every string of bytes that the server holds: accounts, their values and files, parts of files
    /// on their way, bots and what they were sent, messages with codes, logins under way.
    ///
    /// For tests that look for plaintext.
    #[must_use]
    pub fn holdings(&self) -> Vec<Holding> {
        let mut holdings = Holdings::default();
        holdings.add("languages of countries", self.countries_languages());
        self.world().add_to(&mut holdings);
        holdings.into_vec()
    }
}

impl Held for World {
    fn add_to(&self, holdings: &mut Holdings) {
        // What is to fail a tester said, and what was called the schema did.
        let Self { accounts, bots, messages, logins, login_emails, email_set_ups, traffic: _, failures: _ } =
            self;
        accounts.values().for_each(|account| account.add_to(holdings));
        bots.values().for_each(|bot| bot.add_to(holdings));
        messages.values().for_each(|message| message.add_to(holdings));
        for (phone, login) in logins.iter() {
            holdings.add("login's phone number", phone);
            login.add_to(holdings);
        }
        login_emails.values().for_each(|email| email.add_to(holdings));
        for (phone, set_up) in email_set_ups.iter() {
            holdings.add("login's phone number", phone);
            set_up.add_to(holdings);
        }
    }
}

impl Held for Account {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self {
            phone,
            first_name,
            last_name,
            two_factor,
            values,
            files,
            uploads,
            verified_phones,
            verified_emails,
            phone_flow,
            email_flow,
            objections,
        } = self;
        phone.add_to(holdings);
        holdings.add("account's first name", first_name);
        holdings.add("account's last name", last_name);
        two_factor.add_to(holdings);
        values.values().for_each(|value| value.add_to(holdings));
        files.values().for_each(|file| file.add_to(holdings));
        uploads.add_to(holdings);
        verified_phones.iter().for_each(|phone| holdings.add("verified phone number", phone));
        verified_emails.iter().for_each(|email| holdings.add("verified e-mail address", email));
        phone_flow.iter().for_each(|flow| flow.add_to(holdings));
        email_flow.iter().for_each(|flow| flow.add_to(holdings));
        objections.values().flatten().for_each(|objection| objection.add_to(holdings));
    }
}

impl Held for PhoneNumber {
    fn add_to(&self, holdings: &mut Holdings) {
        holdings.add("phone number", &self.0);
    }
}

impl Held for EmailAddress {
    fn add_to(&self, holdings: &mut Holdings) {
        holdings.add("e-mail address", &self.0);
    }
}

impl Held for SecureSecretSettings {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { secure_algo, secure_secret, secure_secret_id: _ } = self;
        match secure_algo {
            SecurePasswordKdfAlgo::Unknown => {}
            SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt }
            | SecurePasswordKdfAlgo::Sha512 { salt } => holdings.add("passport secret's salt", salt),
        }
        holdings.add("wrapped passport secret", secure_secret);
    }
}

impl Held for PasswordKdfAlgo {
    fn add_to(&self, holdings: &mut Holdings) {
        match self {
            Self::Unknown => {}
            Self::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g: _, p } => {
                holdings.add("password's salt", salt1);
                holdings.add("password's salt", salt2);
                holdings.add("prime", p);
            }
        }
    }
}

impl Held for SecureValue {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { kind: _, data, parts, plain_data, hash } = self;
        if let Some(SecureData { data, data_hash, secret }) = data {
            holdings.add("value's data", data);
            holdings.add("value's data hash", data_hash);
            holdings.add("value's wrapped secret", secret);
        }
        parts.iter().for_each(|(_, file)| file.add_to(holdings));
        match plain_data {
            None => {}
            Some(SecurePlainData::Phone(phone)) => phone.add_to(holdings),
            Some(SecurePlainData::Email(email)) => email.add_to(holdings),
        }
        holdings.add("value's hash", hash);
    }
}

impl Held for SecureFile {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { id: _, access_hash: _, size: _, dc_id: _, date: _, file_hash, secret } = self;
        holdings.add("file's hash", file_hash);
        holdings.add("file's wrapped secret", secret);
    }
}

impl Held for StoredFile {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { file, unique_id, bytes } = self;
        file.add_to(holdings);
        holdings.add("file's name", unique_id);
        holdings.add("file", bytes);
    }
}

impl Held for SecureValueError {
    fn add_to(&self, holdings: &mut Holdings) {
        use SecureValueErrorSource as Source;
        let Self { kind: _, source, text } = self;
        match source {
            Source::Unspecified { hash } => holdings.add("objection's hash", hash),
            Source::Data { data_hash, field } => {
                holdings.add("objection's hash", data_hash);
                holdings.add("objection's field", field);
            }
            Source::FrontSide { file_hash }
            | Source::ReverseSide { file_hash }
            | Source::Selfie { file_hash }
            | Source::File { file_hash }
            | Source::TranslationFile { file_hash } => holdings.add("objection's hash", file_hash),
            Source::Files { file_hashes } | Source::TranslationFiles { file_hashes } => {
                file_hashes.iter().for_each(|hash| holdings.add("objection's hash", hash));
            }
        }
        holdings.add("bot's objection", text);
    }
}

impl Held for SentMessage {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { user_id: _, recipient, purpose: _, code, date: _ } = self;
        match recipient {
            Recipient::Phone(phone) => phone.add_to(holdings),
            Recipient::Email(email) => email.add_to(holdings),
        }
        holdings.add("message's code", code);
    }
}

impl Held for Bot {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { id: _, username, name, verified: _, scam: _, fake: _, public_keys, privacy_policy_url } =
            self;
        holdings.add("bot's username", username);
        holdings.add("bot's name", name);
        public_keys.iter().for_each(|key| holdings.add("bot's public key", key));
        privacy_policy_url.iter().for_each(|url| holdings.add("bot's privacy policy", url));
    }
}

impl Held for Delivery {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { update_id: _, message_id: _, date: _, from, values, credentials, file_names } = self;
        let Sender { id: _, first_name, last_name } = from;
        holdings.add("sender's first name", first_name);
        holdings.add("sender's last name", last_name);
        values.iter().for_each(|value| value.add_to(holdings));
        let SecureCredentialsEncrypted { data, hash, secret } = credentials;
        holdings.add("credentials", data);
        holdings.add("credentials' hash", hash);
        holdings.add("credentials' sealed secret", secret);
        file_names.values().for_each(|name| name.add_to(holdings));
    }
}

impl Held for BotFile {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { name, file, ciphertext } = self;
        name.add_to(holdings);
        file.add_to(holdings);
        holdings.add("bot's file", ciphertext);
    }
}

impl Held for FileName {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { file_id, file_unique_id } = self;
        holdings.add("bot's name for a file", file_id);
        holdings.add("file's name", file_unique_id);
    }
}

#[cfg(test)]
mod tests {
    use super::super::accept::tests::credentials;
    use super::super::bot::tests::{BOT_ID, KEY, register};
    use super::super::password::tests::with_secret;
    use super::super::value::tests::{passport, upload};
    use super::*;
    use telegram_passport::cloud::SecureValueHash;

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
        assert!(holds("value's data", &[1; 48]));
        assert!(holds("file", &[2; 4096]) && holds("file", &[3; 2048]));
        assert!(holds("bot's file", &[2; 4096]));
        assert!(holds("part of an upload", &[9; 1024]) && holds("part of an upload", &[9; 476]));
        assert!(holds("wrapped passport secret", &[5; 32]));
        assert!(holds("credentials", &credentials().data));
        assert!(holds("phone number", b"12025550123") && holds("phone number", b"4915112345678"));
        assert!(holds("e-mail address", b"anna@example.com"));
        assert!(holds("login's phone number", b"12025550199"));
        assert!(holds("account's first name", b"Anna"));
        assert!(holds("password's hint", b"nine"));
    }

    #[test]
    fn debug_shows_no_contents() {
        let holding = Holding { what: "phone number", bytes: b"12025550123".to_vec() };
        assert_eq!(format!("{holding:?}"), r#"Holding { what: "phone number", bytes: 11, .. }"#);
    }
}
