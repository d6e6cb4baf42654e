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

/// A person, as a bot sees them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The person's user id.
    pub id: i64,
    /// The displayed first name.
    pub first_name: String,
    /// The displayed last name, possibly empty.
    pub last_name: String,
}

/// What was shared in one message: `messageActionSecureValuesSentMe#1b287353`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Counts what was shared with the bot, from 1.
    pub number: u32,
    /// The update that told the bot; none, if it does not want to be told of messages.
    pub update_id: Option<i32>,
    /// The shared elements, without parts that were not asked for; files carry the bot's access hash.
    pub values: Vec<SecureValue>,
    /// The secrets, sealed to the bot.
    pub credentials: SecureCredentialsEncrypted,
    /// The Bot API's names of those files, by [`SecureFile::id`](telegram_passport::cloud::SecureFile::id).
    pub file_names: BTreeMap<i64, FileName>,
}

/// One share in a bot's inbox, and the message around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message's number among all of the bot.
    pub message_id: i32,
    /// When it was shared.
    pub date: UnixTime,
    /// Who shared it.
    pub from: Sender,
    /// What.
    pub share: Share,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("number", &self.number)
            .field("update_id", &self.update_id)
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
