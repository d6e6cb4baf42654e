use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::file::FileName;
use super::shape::sound_ciphertext;
use telegram_passport::cloud::{SecureCredentialsEncrypted, SecureValue};
use telegram_passport::element::UnixTime;

/// The largest `data` of credentials, in bytes.
const LARGEST_CREDENTIALS: usize = 1024 * 1024;

/// RSA moduli in bytes: the least that carries a secret under OAEP, and the most that is sensible.
const MODULUS: std::ops::RangeInclusive<usize> = 74..=1024;

/// Who shared something, as the bot sees them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The person's user id.
    pub id: i64,
    /// The displayed first name.
    pub first_name: String,
    /// The displayed last name, possibly empty.
    pub last_name: String,
}

/// One share in a bot's inbox: `messageActionSecureValuesSentMe#1b287353` and the message around it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Counts what the bot was sent, from 1.
    pub update_id: u32,
    /// The message's number in the chat with this person.
    pub message_id: u32,
    /// When it was shared.
    pub date: UnixTime,
    /// Who shared it.
    pub from: Sender,
    /// The shared elements, without parts that were not asked for; files carry the bot's access hash.
    pub values: Vec<SecureValue>,
    /// The secrets, sealed to the bot.
    pub credentials: SecureCredentialsEncrypted,
    /// The Bot API's names of those files, by [`SecureFile::id`](telegram_passport::cloud::SecureFile::id).
    pub file_names: BTreeMap<i64, FileName>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("update_id", &self.update_id)
            .field("message_id", &self.message_id)
            .field("from", &self.from)
            .field("values", &self.values)
            .finish_non_exhaustive()
    }
}

/// Whether these can be credentials, by their sizes: the server sees no more of them.
pub(in crate::state) fn sound_credentials(credentials: &SecureCredentialsEncrypted) -> bool {
    sound_ciphertext(&credentials.data, LARGEST_CREDENTIALS)
        && credentials.hash.len() == 32
        && MODULUS.contains(&credentials.secret.len())
}
