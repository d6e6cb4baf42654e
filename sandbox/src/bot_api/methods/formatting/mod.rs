//! What is special in a text, as a bot says it.

mod html;

use serde_json::Value;

use crate::bot_api::answer::BotApiError;
use crate::bot_api::call::Call;
use crate::state::{Entity, FormattedText};

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 1 << 15;

/// What a bot may mark, and what belongs to it.
const KINDS: [(&str, Option<&str>); 20] = [
    ("bold", None),
    ("italic", None),
    ("underline", None),
    ("strikethrough", None),
    ("spoiler", None),
    ("blockquote", None),
    ("expandable_blockquote", None),
    ("code", None),
    ("pre", Some("language")),
    ("text_link", Some("url")),
    ("custom_emoji", Some("custom_emoji_id")),
    // What is seen without a mark is passed over.
    ("mention", None),
    ("hashtag", None),
    ("cashtag", None),
    ("bot_command", None),
    ("url", None),
    ("email", None),
    ("phone_number", None),
    ("bank_card_number", None),
    ("text_mention", None),
];

/// The first of those that are seen without a mark.
const SEEN_ANYWAY: usize = 11;

/// The text of a parameter with its marks.
pub(super) fn formatted(call: &Call<'_>, text: &str, entities: &str) -> Result<FormattedText, BotApiError> {
    let content = call.parameters.text(text);
    if content.len() > LONGEST {
        return Err(BotApiError::bad_request("text is too long"));
    }
    let parse_mode = call.parameters.text("parse_mode").to_ascii_lowercase();
    match parse_mode.as_str() {
        _ if content.is_empty() => {}
        "" | "none" => {}
        "html" => {
            return html::parse(content)
                .map_err(|why| BotApiError::bad_request(format!("can't parse entities: {why}")));
        }
        "markdown" | "markdownv2" => {
            call.notice(format!("parse_mode {parse_mode}: the sandbox keeps the text with its marks in it"));
            return Ok(FormattedText::from(content));
        }
        _ => return Err(BotApiError::bad_request("unsupported parse_mode")),
    }
    // What is no list is passed over.
    let marks = match call.parameters.json::<Value>(entities) {
        Some(Ok(Value::Array(marks))) => marks,
        _ => Vec::new(),
    };
    let marks = marks.iter().map(entity_of).collect::<Result<Vec<_>, _>>()?;
    Ok(FormattedText::new(content, marks.into_iter().flatten().collect()))
}

fn entity_of(mark: &Value) -> Result<Option<Entity>, BotApiError> {
    let failed = |why: &str| BotApiError::bad_request(format!("can't parse MessageEntity: {why}"));
    let members = mark.as_object().ok_or_else(|| failed("expected an Object"))?;
    let missing = |name: &str| failed(&format!("Can't find field \"{name}\""));
    let number = |name: &str| {
        let number = members.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| missing(name))
    };
    let (offset, length) = (number("offset")?, number("length")?);
    let kind = members.get("type").and_then(Value::as_str).ok_or_else(|| missing("type"))?;
    let (at, (_, field)) = KINDS
        .iter()
        .enumerate()
        .find(|(_, (name, _))| *name == kind)
        .ok_or_else(|| failed("unsupported type specified"))?;
    if at >= SEEN_ANYWAY {
        return Ok(None);
    }
    let value = field.and_then(|field| members.get(field).and_then(Value::as_str)).map(str::to_owned);
    if kind == "text_link" && value.is_none() {
        return Err(missing("url"));
    }
    Ok(Some(Entity { offset, length, kind: kind.to_owned(), value }))
}
