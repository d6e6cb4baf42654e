use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bot_profile::BotProfile;
use super::chat::Content;
use super::conversations::Conversations;
use super::delivery::{Delivery, Sender, Share};
use super::file::{BotFile, FileName};
use super::scope::required_types;
use super::update::{News, PendingUpdate, Queued, UpdateContent, UpdateQueue};
use super::uploaded_file::UploadedFile;
use super::webhook::{FailedDelivery, Webhook};
use crate::primitives;
use crate::state::refusal::ChatRefusal;
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
    pub(in crate::state) profile: BotProfile,
    pub(in crate::state) webhook: Option<Webhook>,
    pub(in crate::state) failed_delivery: Option<FailedDelivery>,
    pub(in crate::state) updates: UpdateQueue,
    pub(in crate::state) conversations: Conversations,
    /// How much has ever been shared with it.
    shares: u32,
    /// What it may read of people's, by the file's id.
    #[serde(skip)]
    files: Table<i64, BotFile>,
    /// What it uploaded, by the number in the file's name.
    #[serde(skip)]
    uploaded: Table<i64, UploadedFile>,
}

impl RegisteredBot {
    /// A bot with this token, that was sent nothing yet.
    pub(in crate::state) fn new(bot: Bot, token: String) -> Self {
        Self {
            bot,
            token,
            profile: BotProfile::default(),
            webhook: None,
            failed_delivery: None,
            updates: UpdateQueue::new(),
            conversations: Conversations::default(),
            shares: 0,
            files: Table::default(),
            uploaded: Table::default(),
        }
    }

    /// A token of this bot that nobody can guess.
    pub(in crate::state) fn random_token(bot_id: i64) -> String {
        format!("{bot_id}:{}", primitives::hex(&primitives::random::<18>()))
    }

    pub(in crate::state) fn token(&self) -> &str {
        &self.token
    }

    /// As new, but that no number comes twice.
    pub(in crate::state) fn reset(&mut self) {
        self.profile = BotProfile::default();
        self.webhook = None;
        self.failed_delivery = None;
        self.updates.clear();
        self.updates.allow(None);
        self.conversations.clear();
        self.files.clear();
        self.uploaded.clear();
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
    pub(in crate::state) fn inbox(&self) -> impl DoubleEndedIterator<Item = Delivery> {
        self.conversations.messages().filter_map(|message| {
            let share = message.content.share()?.clone();
            let from = self.conversations.chat(message.user_id)?.person.clone();
            Some(Delivery { message_id: message.id, date: message.date, from, share })
        })
    }

    /// How much has ever been shared with it.
    pub(in crate::state) fn shares(&self) -> u32 {
        self.shares
    }

    /// Whether this person has shared anything with it.
    pub(in crate::state) fn was_shared_with_by(&self, user_id: i64) -> bool {
        let mut messages = self.conversations.messages();
        messages.any(|message| message.user_id == user_id && message.content.share().is_some())
    }

    /// The file that it may read at this location.
    pub(in crate::state) fn file(&self, location: FileLocation) -> Option<&BotFile> {
        self.files.get(&location.id).filter(|held| held.file.access_hash == location.access_hash)
    }

    /// The file of a person's with this number.
    pub(in crate::state) fn file_numbered(&self, number: i64) -> Option<&BotFile> {
        self.files.get(&number)
    }

    /// The file of a person's with this `file_id` of the Bot API.
    pub(in crate::state) fn file_named(&self, file_id: &str) -> Option<&BotFile> {
        self.files.get(&FileName::number_in(file_id)?).filter(|held| held.name.file_id == file_id)
    }

    /// The file of its own with this number.
    pub(in crate::state) fn uploaded_numbered(&self, number: i64) -> Option<&UploadedFile> {
        self.uploaded.get(&number)
    }

    /// The file of its own with this `file_id` of the Bot API.
    pub(in crate::state) fn uploaded(&self, file_id: &str) -> Option<&UploadedFile> {
        self.uploaded.get(&FileName::number_in(file_id)?).filter(|held| held.name.file_id == file_id)
    }

    /// Keeps a file of its own.
    pub(in crate::state) fn upload(&mut self, file: UploadedFile) {
        if let Some(number) = file.name.number() {
            self.uploaded.insert(number, file);
        }
    }

    /// A person writes to it: the message's number.
    pub(in crate::state) fn hear(
        &mut self,
        person: Sender,
        content: Content,
        reply_to: Option<i32>,
        now: UnixTime,
    ) -> i32 {
        let user_id = person.id;
        let id = self.conversations.hear(person, content, reply_to, now);
        self.updates.push(News::Message(id), user_id, now);
        id
    }

    /// A person presses a button of one of its messages: the press's id.
    pub(in crate::state) fn press(
        &mut self,
        user_id: i64,
        message_id: i32,
        data: &str,
        now: UnixTime,
    ) -> Result<i64, ChatRefusal> {
        let id = self.conversations.press(user_id, message_id, data, now)?;
        self.updates.push(News::CallbackQuery(id), user_id, now);
        Ok(id)
    }

    /// What waits for it, oldest first.
    pub(in crate::state) fn pending(&self, now: UnixTime) -> impl Iterator<Item = PendingUpdate> {
        self.updates.waiting(now).filter_map(|(id, queued)| self.told(id, queued))
    }

    /// The update of this number, if it waits.
    pub(in crate::state) fn pending_update(&self, id: i32, now: UnixTime) -> Option<PendingUpdate> {
        self.told(id, self.updates.find(id, now)?)
    }

    /// An update, with what it tells.
    fn told(&self, id: i32, queued: &Queued) -> Option<PendingUpdate> {
        let conversations = &self.conversations;
        let chat = conversations.chat(queued.user_id)?.clone();
        let content = match queued.news {
            News::Message(message_id) => {
                let message = conversations.message_ever(message_id)?.clone();
                let reply_to = message.reply_to.and_then(|id| conversations.message_ever(id));
                let reply_to = reply_to.cloned().map(Box::new);
                UpdateContent::Message { chat, message: Box::new(message), reply_to }
            }
            News::CallbackQuery(query_id) => {
                let query = Box::new(conversations.callback(query_id)?.clone());
                UpdateContent::CallbackQuery { chat, query }
            }
        };
        Some(PendingUpdate { id, date: queued.date, user_id: queued.user_id, content })
    }

    /// Puts a share into the chat. Its files stay with the bot, each under the name that it had here first.
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
        self.shares = self.shares.saturating_add(1);
        let share = Share { number: self.shares, update_id: None, values, credentials, file_names };
        let user_id = from.id;
        let id = self.conversations.hear(from, Content::Share(Box::new(share)), None, date);
        let update_id = self.updates.push(News::Message(id), user_id, date);
        self.conversations.note_update(id, update_id);
    }

    /// Loads what has records of its own below the bot's.
    pub(in crate::state) fn load_tables(
        &mut self,
        records: &Records,
        place: &str,
    ) -> Result<(), DamagedRecord> {
        self.updates.load_table(records, place)?;
        self.conversations.load_tables(records, place)?;
        self.files = Table::load(records, &format!("{place}/file"))?;
        self.uploaded = Table::load(records, &format!("{place}/uploaded"))?;
        Ok(())
    }

    pub(in crate::state) fn collect_tables(&mut self, place: &str, changes: &mut Changes) {
        self.updates.collect_table(place, changes);
        self.conversations.collect_tables(place, changes);
        self.files.collect(&format!("{place}/file"), changes);
        self.uploaded.collect(&format!("{place}/uploaded"), changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_without_regard_to_line_ends() {
        let key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
        let bot = RegisteredBot::new(Bot::new(7_000_000_001, "example_bot", "Example", key), String::new());
        for good in [key.to_owned(), key.replace('\n', "\r\n"), key.trim().to_owned()] {
            bot.check_key(&good).expect("the registered key");
        }
        assert!(matches!(bot.check_key(" "), Err(CloudError::PublicKeyRequired)));
        assert!(matches!(bot.check_key(&key.replace('A', "B")), Err(CloudError::PublicKeyInvalid)));
    }
}
