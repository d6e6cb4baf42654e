use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::delivery::{Delivery, Sender};
use super::file::BotFile;
use super::scope::required_types;
use crate::primitives;
use crate::store::{Changes, DamagedRecord, Records, Table};
use telegram_passport::cloud::{
    CloudError, FileLocation, SecureCredentialsEncrypted, SecureRequiredType, SecureValue, User,
};
use telegram_passport::element::UnixTime;

/// A bot as its owner registered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id, 64 bits: the first part of its token.
    pub id: i64,
    /// Its name without `@`.
    pub username: String,
    /// Its displayed name.
    pub name: String,
    /// Verified by Telegram.
    pub verified: bool,
    /// Reported as a scam.
    pub scam: bool,
    /// Reported as impersonating someone.
    pub fake: bool,
    /// The public keys it may ask with, as PEM.
    pub public_keys: Vec<String>,
    /// Where its privacy policy is.
    pub privacy_policy_url: Option<String>,
}

impl Bot {
    /// A bot with one key, no marks and no privacy policy.
    #[must_use]
    pub fn new(id: i64, username: &str, name: &str, public_key: &str) -> Self {
        Self {
            id,
            username: username.to_owned(),
            name: name.to_owned(),
            verified: false,
            scam: false,
            fake: false,
            public_keys: vec![public_key.to_owned()],
            privacy_policy_url: None,
        }
    }

    pub(in crate::state) fn user(&self) -> User {
        User {
            id: self.id,
            first_name: self.name.clone(),
            username: Some(self.username.clone()),
            bot: true,
            verified: self.verified,
            scam: self.scam,
            fake: self.fake,
        }
    }
}

/// A bot and what it was sent.
#[derive(Serialize, Deserialize)]
pub(in crate::state) struct RegisteredBot {
    pub(in crate::state) bot: Bot,
    /// With which it signs in: `id:secret`.
    token: String,
    /// By update id.
    #[serde(skip)]
    inbox: Table<u32, Delivery>,
    /// What it may read, by the file's id.
    #[serde(skip)]
    files: Table<i64, BotFile>,
}

impl RegisteredBot {
    /// A bot with a new token, that was sent nothing yet.
    pub(in crate::state) fn new(bot: Bot) -> Self {
        let token = format!("{}:{}", bot.id, primitives::hex(&primitives::random::<18>()));
        Self { token, inbox: Table::default(), files: Table::default(), bot }
    }

    pub(in crate::state) fn token(&self) -> &str {
        &self.token
    }

    /// The rows of a request, after every check that both calls about it make.
    pub(in crate::state) fn requested(
        &self,
        scope: &str,
        public_key: &str,
    ) -> Result<Vec<SecureRequiredType>, CloudError> {
        self.check_key(public_key)?;
        required_types(scope)
    }

    /// Checks the key of a request against those registered. Line ends and outer white space do not count.
    fn check_key(&self, public_key: &str) -> Result<(), CloudError> {
        if public_key.trim().is_empty() || self.bot.public_keys.is_empty() {
            return Err(CloudError::PublicKeyRequired);
        }
        let lines =
            |key: &str| -> Vec<String> { key.trim().lines().map(|line| line.trim().to_owned()).collect() };
        let asked = lines(public_key);
        let known = self.bot.public_keys.iter().any(|key| lines(key) == asked);
        if known { Ok(()) } else { Err(CloudError::PublicKeyInvalid) }
    }

    /// Everything that was shared with it, oldest first.
    pub(in crate::state) fn inbox(&self) -> impl Iterator<Item = &Delivery> {
        self.inbox.values()
    }

    /// What was shared with it after this update, oldest first.
    pub(in crate::state) fn inbox_after(&self, update_id: u32) -> impl Iterator<Item = &Delivery> {
        self.inbox.range(update_id.saturating_add(1)..).map(|(_, delivery)| delivery)
    }

    /// The file that it may read at this location.
    pub(in crate::state) fn file(&self, location: FileLocation) -> Option<&BotFile> {
        self.files.get(&location.id).filter(|held| held.file.access_hash == location.access_hash)
    }

    /// The file with this `file_id` of the Bot API.
    pub(in crate::state) fn file_named(&self, file_id: &str) -> Option<&BotFile> {
        self.files.values().find(|held| held.name.file_id == file_id)
    }

    /// Puts a share into the inbox. Its files stay with the bot, each under the name that it had here first.
    pub(in crate::state) fn deliver(
        &mut self,
        date: UnixTime,
        from: Sender,
        mut values: Vec<SecureValue>,
        credentials: SecureCredentialsEncrypted,
        files: Vec<BotFile>,
    ) {
        let mut file_names = BTreeMap::new();
        for file in files {
            let held = self.files.get_or_insert_with(file.file.id, || file);
            file_names.insert(held.file.id, held.name.clone());
        }
        for value in &mut values {
            value.parts = std::mem::take(&mut value.parts).map(|_, mut file| {
                if let Some(held) = self.files.get(&file.id) {
                    file.access_hash = held.file.access_hash;
                }
                file
            });
        }
        let before = self.inbox.values().filter(|delivery| delivery.from.id == from.id).count();
        let update_id = number(self.inbox.len());
        let delivery =
            Delivery { update_id, message_id: number(before), date, from, values, credentials, file_names };
        self.inbox.insert(update_id, delivery);
    }

    /// Loads what has records of its own below the bot's.
    pub(in crate::state) fn load_tables(
        &mut self,
        records: &Records,
        place: &str,
    ) -> Result<(), DamagedRecord> {
        self.inbox = Table::load(records, &format!("{place}/share"))?;
        self.files = Table::load(records, &format!("{place}/file"))?;
        Ok(())
    }

    pub(in crate::state) fn collect_tables(&mut self, place: &str, changes: &mut Changes) {
        self.inbox.collect(&format!("{place}/share"), changes);
        self.files.collect(&format!("{place}/file"), changes);
    }
}

/// Counted from 1.
fn number(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_without_regard_to_line_ends() {
        let key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
        let bot = RegisteredBot::new(Bot::new(7_000_000_001, "example_bot", "Example", key));
        for good in [key.to_owned(), key.replace('\n', "\r\n"), key.trim().to_owned()] {
            bot.check_key(&good).expect("the registered key");
        }
        assert!(matches!(bot.check_key(" "), Err(CloudError::PublicKeyRequired)));
        assert!(matches!(bot.check_key(&key.replace('A', "B")), Err(CloudError::PublicKeyInvalid)));
    }
}
