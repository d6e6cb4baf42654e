//! What a bot writes to people, changes and deletes.

use image::ImageReader;
use serde_json::Value;

use super::formatting::formatted;
use crate::bot_api::answer::{Answer, BotApiError, Outcome};
use crate::bot_api::call::Call;
use crate::bot_api::keyboard;
use crate::bot_api::parameters::File;
use crate::state::{Content, Edit, Outgoing, ReplyMarkup, UploadedFile};

/// The largest photo, in bytes.
const LARGEST_PHOTO: usize = 10 * 1024 * 1024;

/// The most that width and height of a photo may be together, in pixels.
const LARGEST_SIDES: u32 = 10_000;

/// The most messages that are deleted at once.
const MOST: usize = 100;

pub(super) fn send_message(call: &Call<'_>) -> Outcome {
    if call.parameters.text("text").is_empty() {
        return Err(BotApiError::bad_request("message text is empty"));
    }
    let text = formatted(call, "text", "entities")?;
    send(call, Content::Text(text))
}

pub(super) fn send_photo(call: &Call<'_>) -> Outcome {
    let caption = formatted(call, "caption", "caption_entities")?;
    let file_id = file_of(call, "photo", |file| {
        if file.bytes.len() > LARGEST_PHOTO {
            return Err(BotApiError::bad_request("file is too big"));
        }
        let reader = ImageReader::new(std::io::Cursor::new(&file.bytes[..])).with_guessed_format();
        let dimensions = reader.ok().and_then(|reader| reader.into_dimensions().ok());
        let dimensions = dimensions.ok_or_else(|| BotApiError::bad_request("IMAGE_PROCESS_FAILED"))?;
        if dimensions.0.saturating_add(dimensions.1) > LARGEST_SIDES {
            return Err(BotApiError::bad_request("PHOTO_INVALID_DIMENSIONS"));
        }
        Ok(Some(dimensions))
    })?;
    send(call, Content::Photo { file_id, caption })
}

pub(super) fn send_document(call: &Call<'_>) -> Outcome {
    let caption = formatted(call, "caption", "caption_entities")?;
    let file_id = file_of(call, "document", |_| Ok(None))?;
    send(call, Content::Document { file_id, caption })
}

fn send(call: &Call<'_>, content: Content) -> Outcome {
    let markup = markup_of(call)?;
    let chat = call.chat()?;
    let reply_to = reply_of(call, chat.person.id)?;
    let outgoing = Outgoing { content, markup, reply_to };
    let sent = call.state().send_message(call.bot.id, chat.person.id, outgoing)?;
    Ok(Answer::of(call.shown(&chat, &sent)))
}

/// The file of this name: one that comes with the call is kept, one of before is found. Gives its `file_id`.
fn file_of(
    call: &Call<'_>,
    name: &str,
    dimensions: impl FnOnce(&File) -> Result<Option<(u32, u32)>, BotApiError>,
) -> Result<String, BotApiError> {
    if let Some(file) = call.parameters.file(name) {
        if file.bytes.is_empty() {
            return Err(BotApiError::bad_request("file must be non-empty"));
        }
        let dimensions = dimensions(file)?;
        let kept = UploadedFile::new(&file.name, file.mime_type.clone(), dimensions, file.bytes.to_vec());
        let file_id = kept.name.file_id.clone();
        // Nothing is kept for who cannot be written to.
        call.chat()?;
        call.state().upload_file(call.bot.id, kept)?;
        return Ok(file_id);
    }
    let given = call.parameters.text(name);
    if given.is_empty() {
        return Err(BotApiError::bad_request(format!("there is no {name} in the request")));
    }
    if given.starts_with("http://") || given.starts_with("https://") {
        call.notice(format!("a {name} was to be fetched from an address: the sandbox goes to none"));
        return Err(BotApiError::bad_request("failed to get HTTP URL content"));
    }
    let known = call.state().uploaded_file(call.bot.id, given);
    known.map(|file| file.name.file_id).ok_or_else(|| {
        BotApiError::bad_request("wrong remote file identifier specified: Wrong string length")
    })
}

/// The message that is answered, if one is.
fn reply_of(call: &Call<'_>, user_id: i64) -> Result<Option<i32>, BotApiError> {
    let parameters = &call.parameters;
    let number = |id: i64| i32::try_from(id).unwrap_or_default();
    let (id, may_miss) = match parameters.json::<Value>("reply_parameters") {
        Some(Ok(reply)) => {
            let id = reply.get("message_id").and_then(Value::as_i64).unwrap_or_default();
            let may_miss = reply.get("allow_sending_without_reply").and_then(Value::as_bool);
            (number(id), may_miss.unwrap_or_default())
        }
        Some(Err(_)) => return Err(BotApiError::bad_request("can't parse reply parameters JSON object")),
        None => {
            (number(parameters.id("reply_to_message_id")), parameters.flag("allow_sending_without_reply"))
        }
    };
    let misses = || call.state().chat_message(call.bot.id, user_id, id).is_none();
    Ok((id > 0 && !(may_miss && misses())).then_some(id))
}

fn markup_of(call: &Call<'_>) -> Result<Option<ReplyMarkup>, BotApiError> {
    match call.parameters.text("reply_markup") {
        "" | "null" => Ok(None),
        text => keyboard::parse(text).map_err(BotApiError::bad_request),
    }
}

pub(super) fn edit_message_text(call: &Call<'_>) -> Outcome {
    if call.parameters.text("text").is_empty() {
        return Err(BotApiError::bad_request("message text is empty"));
    }
    let text = formatted(call, "text", "entities")?;
    edit(call, Edit::Text(text))
}

pub(super) fn edit_message_caption(call: &Call<'_>) -> Outcome {
    let caption = formatted(call, "caption", "caption_entities")?;
    edit(call, Edit::Caption(caption))
}

pub(super) fn edit_message_reply_markup(call: &Call<'_>) -> Outcome {
    edit(call, Edit::Keyboard)
}

fn edit(call: &Call<'_>, edit: Edit) -> Outcome {
    let markup = markup_of(call)?;
    if call.parameters.text("chat_id").is_empty() && call.message_id() == 0 {
        let why = if call.parameters.text("inline_message_id").is_empty() {
            "message identifier is not specified"
        } else {
            "MESSAGE_ID_INVALID"
        };
        return Err(BotApiError::bad_request(why));
    }
    let chat = call.chat()?;
    // A keyboard that is no inline one cannot be changed, nor put in the place of one.
    if markup.as_ref().is_some_and(|markup| !matches!(markup, ReplyMarkup::Inline(_))) {
        return Err(BotApiError::bad_request("inline keyboard expected"));
    }
    let edited = call.state().edit_message(call.bot.id, chat.person.id, call.message_id(), edit, markup)?;
    Ok(Answer::of(call.shown(&chat, &edited)))
}

pub(super) fn delete_message(call: &Call<'_>) -> Outcome {
    if call.parameters.text("chat_id").is_empty() {
        return Err(BotApiError::bad_request("chat identifier is not specified"));
    }
    if call.message_id() == 0 {
        return Err(BotApiError::bad_request("message identifier is not specified"));
    }
    let chat = call.chat()?;
    call.state().delete_message(call.bot.id, chat.person.id, call.message_id())?;
    Ok(true.into())
}

/// Those that are not there are passed over.
pub(super) fn delete_messages(call: &Call<'_>) -> Outcome {
    let ids: Value = match call.parameters.json("message_ids") {
        None => return Err(BotApiError::bad_request("message identifiers are not specified")),
        Some(ids) => ids.map_err(|_| BotApiError::bad_request("can't parse message_ids JSON object"))?,
    };
    let ids = ids.as_array().ok_or_else(|| BotApiError::bad_request("expected an Array of message_ids"))?;
    if ids.is_empty() {
        return Err(BotApiError::bad_request("message identifiers are not specified"));
    }
    if ids.len() > MOST {
        return Err(BotApiError::bad_request("too many message identifiers specified"));
    }
    let chat = call.chat()?;
    for id in ids.iter().filter_map(Value::as_i64).filter_map(|id| i32::try_from(id).ok()) {
        // Telegram says nothing of what it could not delete either.
        let _ = call.state().delete_message(call.bot.id, chat.person.id, id);
    }
    Ok(true.into())
}
