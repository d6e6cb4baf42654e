//! What a bot does in a chat beside writing.

use serde_json::json;

use crate::bot_api::answer::{Answer, BotApiError, Outcome};
use crate::bot_api::call::Call;
use crate::bot_api::message::ChatJson;
use crate::state::CallbackAnswer;

/// What a bot can be busy with.
const ACTIONS: [&str; 16] = [
    "cancel",
    "typing",
    "record_video",
    "upload_video",
    "record_audio",
    "record_voice",
    "upload_audio",
    "upload_voice",
    "upload_photo",
    "upload_document",
    "choose_sticker",
    "pick_up_location",
    "find_location",
    "record_video_note",
    "upload_video_note",
    "choose_contact",
];

/// The longest answer to a press, in UTF-16 code units.
const LONGEST_ANSWER: usize = 200;

pub(super) fn send_chat_action(call: &Call<'_>) -> Outcome {
    let action = call.parameters.text("action").to_ascii_lowercase();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(BotApiError::bad_request("wrong parameter action in request"));
    }
    let chat = call.chat()?;
    call.state().send_chat_action(call.bot.id, chat.person.id, &action)?;
    Ok(true.into())
}

pub(super) fn answer_callback_query(call: &Call<'_>) -> Outcome {
    let text = call.parameters.text("text");
    if text.encode_utf16().count() > LONGEST_ANSWER {
        return Err(BotApiError::bad_request("MESSAGE_TOO_LONG"));
    }
    let answer = CallbackAnswer {
        text: text.to_owned(),
        alert: call.parameters.flag("show_alert"),
        url: Some(call.parameters.text("url")).filter(|url| !url.is_empty()).map(str::to_owned),
    };
    call.state().answer_callback_query(call.bot.id, call.parameters.id("callback_query_id"), answer)?;
    Ok(true.into())
}

pub(super) fn get_chat(call: &Call<'_>) -> Outcome {
    let chat = call.chat()?;
    let mut shown = serde_json::to_value(ChatJson::with(&chat.person)).unwrap_or_default();
    for (name, value) in [
        ("accent_color_id", json!(chat.person.id.rem_euclid(7))),
        ("max_reaction_count", json!(11)),
        (
            "accepted_gift_types",
            json!({
                "unlimited_gifts": true,
                "limited_gifts": true,
                "unique_gifts": true,
                "premium_subscription": true,
                "gifts_from_channels": true,
            }),
        ),
    ] {
        shown[name] = value;
    }
    Ok(Answer::of(shown))
}
