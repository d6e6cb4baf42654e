use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest text of a message, in UTF-16 code units.
pub(in crate::state) const LONGEST_TEXT: usize = 4096;

/// The longest caption, in UTF-16 code units.
pub(in crate::state) const LONGEST_CAPTION: usize = 1024;

/// A text and what is special in it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormattedText {
    /// The text.
    pub text: String,
    /// Its special stretches, ascending.
    pub entities: Vec<Entity>,
}

/// A special stretch of a text: `MessageEntity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Where it begins, in UTF-16 code units.
    pub offset: u32,
    /// How long it is, in UTF-16 code units.
    pub length: u32,
    /// What it is, by the Bot API's name: `bold`, `bot_command`, ….
    pub kind: String,
    /// What belongs to some kinds: the address of a `text_link`, the language of a `pre`.
    pub value: Option<String>,
}

impl fmt::Debug for FormattedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormattedText")
            .field("bytes", &self.text.len())
            .field("entities", &self.entities.len())
            .finish_non_exhaustive()
    }
}

impl FormattedText {
    /// The text with these entities, and those that everybody sees in it: commands, mentions, hashtags, addresses.
    #[must_use]
    pub fn new(text: &str, mut entities: Vec<Entity>) -> Self {
        let found = found_in(text);
        entities.retain(|entity| entity.length > 0);
        for entity in found {
            let end = entity.offset + entity.length;
            let apart = |other: &Entity| other.offset >= end || other.offset + other.length <= entity.offset;
            if entities.iter().all(apart) {
                entities.push(entity);
            }
        }
        entities.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length)));
        Self { text: text.to_owned(), entities }
    }

    /// Its length as Telegram counts it, in UTF-16 code units.
    #[must_use]
    pub fn units(&self) -> usize {
        units(&self.text)
    }
}

impl From<&str> for FormattedText {
    fn from(text: &str) -> Self {
        Self::new(text, Vec::new())
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What needs no mark to be special.
fn found_in(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut offset = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end().trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        if let Some((kind, length)) = kind_of(bare) {
            found.push(Entity { offset, length, kind: kind.to_owned(), value: None });
        }
        offset += count(word);
    }
    found
}

/// What a word is, and how much of it.
fn kind_of(word: &str) -> Option<(&'static str, u32)> {
    let name = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_alphanumeric() || c == '_');
    let (head, rest) = word.split_at_checked(1)?;
    let kind = match head {
        // A command may name its bot.
        "/" if rest.split('@').all(|part| name(part) && part.is_ascii()) && rest.len() <= 64 => "bot_command",
        "@" if name(rest) && rest.is_ascii() && rest.len() >= 3 => "mention",
        "#" if name(rest) && !rest.bytes().all(|byte| byte.is_ascii_digit()) => "hashtag",
        _ if is_address(word) => "url",
        _ if super::address::is_email(word) => "email",
        _ => return None,
    };
    Some((kind, count(word)))
}

fn is_address(word: &str) -> bool {
    let scheme = ["https://", "http://"].iter().find_map(|scheme| word.strip_prefix(scheme));
    scheme.is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

fn count(text: &str) -> u32 {
    u32::try_from(units(text)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(String, u32, u32)> {
        let entities = FormattedText::from(text).entities;
        entities.into_iter().map(|entity| (entity.kind, entity.offset, entity.length)).collect()
    }

    fn one(kind: &str, offset: u32, length: u32) -> Vec<(String, u32, u32)> {
        vec![(kind.to_owned(), offset, length)]
    }

    #[test]
    fn commands_and_addresses_are_seen() {
        assert_eq!(kinds("/start a-payload"), one("bot_command", 0, 6));
        assert_eq!(kinds("/help@example_bot"), one("bot_command", 0, 17));
        assert_eq!(kinds("🦀 see https://example.com/a, please"), one("url", 7, 21));
        assert_eq!(kinds("#tag"), one("hashtag", 0, 4));
        assert_eq!(kinds("ask @example_bot!"), one("mention", 4, 12));
        for none in ["", "/", "/ start", "1/2", "#1", "a@b", "https://", "/ünï"] {
            assert_eq!(kinds(none), [], "{none}");
        }
    }

    #[test]
    fn marks_come_before_what_is_found() {
        let link = Entity { offset: 0, length: 6, kind: "text_link".to_owned(), value: Some("x".to_owned()) };
        let text = FormattedText::new("/start", vec![link.clone()]);
        assert_eq!(text.entities, [link]);
    }
}
