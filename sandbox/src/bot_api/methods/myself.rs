//! Who the bot is.

use serde_json::json;

use crate::bot_api::answer::{Answer, BotApiError, Outcome};
use crate::bot_api::call::Call;
use crate::bot_api::message::UserJson;
use crate::state::BotProfile;

/// Texts by language.
type Texts = std::collections::BTreeMap<String, String>;

pub(super) fn get_me(call: &Call<'_>) -> Outcome {
    let mut me = serde_json::to_value(UserJson::of_bot(&call.bot)).unwrap_or_default();
    for (right, has) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[right] = has.into();
    }
    Ok(Answer::of(me))
}

/// There is one server: who leaves it for Telegram's comes back to it, without what waited.
pub(super) fn log_out(call: &Call<'_>) -> Outcome {
    call.state().drop_updates(call.bot.id)?;
    call.notice(
        "logOut: on Telegram the bot could not call a local server again before it has called the public one",
    );
    Ok(true.into())
}

pub(super) fn close(_: &Call<'_>) -> Outcome {
    Ok(true.into())
}

pub(super) fn get_my_name(call: &Call<'_>) -> Outcome {
    let name = text_of(call, |profile| profile.names).unwrap_or_else(|| call.bot.name.clone());
    Ok(Answer::of(json!({ "name": name })))
}

pub(super) fn set_my_name(call: &Call<'_>) -> Outcome {
    set_text(call, "name", 64, |profile| &mut profile.names)
}

pub(super) fn get_my_description(call: &Call<'_>) -> Outcome {
    let text = text_of(call, |profile| profile.descriptions).unwrap_or_default();
    Ok(Answer::of(json!({ "description": text })))
}

pub(super) fn set_my_description(call: &Call<'_>) -> Outcome {
    set_text(call, "description", 512, |profile| &mut profile.descriptions)
}

pub(super) fn get_my_short_description(call: &Call<'_>) -> Outcome {
    let text = text_of(call, |profile| profile.short_descriptions).unwrap_or_default();
    Ok(Answer::of(json!({ "short_description": text })))
}

pub(super) fn set_my_short_description(call: &Call<'_>) -> Outcome {
    set_text(call, "short_description", 120, |profile| &mut profile.short_descriptions)
}

/// The text in the language asked for, else the one for everybody else.
fn text_of(call: &Call<'_>, texts: impl FnOnce(BotProfile) -> Texts) -> Option<String> {
    let mut texts = texts(call.state().bot_profile(call.bot.id)?);
    texts.remove(call.parameters.text("language_code")).or_else(|| texts.remove(""))
}

fn set_text(
    call: &Call<'_>,
    parameter: &str,
    longest: usize,
    texts: impl FnOnce(&mut BotProfile) -> &mut Texts,
) -> Outcome {
    let (text, language) = (call.parameters.text(parameter), call.parameters.text("language_code"));
    if text.encode_utf16().count() > longest {
        return Err(BotApiError::bad_request(format!("{parameter} is too long")));
    }
    call.state().change_bot_profile(call.bot.id, |profile| {
        let texts = texts(profile);
        if text.is_empty() {
            texts.remove(language);
        } else {
            texts.insert(language.to_owned(), text.to_owned());
        }
    })?;
    Ok(true.into())
}
