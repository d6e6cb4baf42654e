//! The bot's menu: its commands, and the button beside the input field.

use serde_json::{Value, json};

use crate::bot_api::answer::{Answer, BotApiError, Outcome};
use crate::bot_api::call::Call;
use crate::state::{BotCommand, CommandScope};

/// For whom commands can be.
const SCOPES: [&str; 7] = [
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
];

/// The most commands of one list.
const MOST: usize = 100;

pub(super) fn get_my_commands(call: &Call<'_>) -> Outcome {
    let key = (scope_of(call)?, call.parameters.text("language_code").to_owned());
    let profile = call.state().bot_profile(call.bot.id).unwrap_or_default();
    let commands = profile.commands.get(&key).into_iter().flatten();
    let shown =
        commands.map(|command| json!({ "command": command.command, "description": command.description }));
    Ok(Answer::of(shown.collect::<Vec<_>>()))
}

pub(super) fn set_my_commands(call: &Call<'_>) -> Outcome {
    let commands = commands_of(call)?;
    let key = (scope_of(call)?, call.parameters.text("language_code").to_owned());
    call.state().change_bot_profile(call.bot.id, |profile| {
        if commands.is_empty() {
            profile.commands.remove(&key);
        } else {
            profile.commands.insert(key, commands);
        }
    })?;
    Ok(true.into())
}

pub(super) fn delete_my_commands(call: &Call<'_>) -> Outcome {
    let key = (scope_of(call)?, call.parameters.text("language_code").to_owned());
    call.state().change_bot_profile(call.bot.id, |profile| drop(profile.commands.remove(&key)))?;
    Ok(true.into())
}

/// `scope`, with its members in the order of their names.
fn scope_of(call: &Call<'_>) -> Result<CommandScope, BotApiError> {
    let scope: Value = match call.parameters.json("scope") {
        None => json!({ "type": "default" }),
        Some(scope) => {
            scope.map_err(|_| BotApiError::bad_request("can't parse BotCommandScope JSON object"))?
        }
    };
    let failed = |why: &str| BotApiError::bad_request(format!("can't parse BotCommandScope: {why}"));
    let members = scope.as_object().ok_or_else(|| failed("BotCommandScope must be an Object"))?;
    let kind =
        members.get("type").and_then(Value::as_str).ok_or_else(|| failed("Can't find field \"type\""))?;
    if !SCOPES.contains(&kind) {
        return Err(failed("unsupported type specified"));
    }
    let sorted: std::collections::BTreeMap<_, _> = members.iter().collect();
    serde_json::to_string(&sorted).map_err(|_| failed("BotCommandScope must be an Object"))
}

fn commands_of(call: &Call<'_>) -> Result<Vec<BotCommand>, BotApiError> {
    let commands: Value = match call.parameters.json("commands") {
        None => return Ok(Vec::new()),
        Some(commands) => {
            commands.map_err(|_| BotApiError::bad_request("can't parse commands JSON object"))?
        }
    };
    let commands =
        commands.as_array().ok_or_else(|| BotApiError::bad_request("expected an Array of BotCommand"))?;
    if commands.len() > MOST {
        return Err(BotApiError::bad_request("BOT_COMMANDS_TOO_MUCH"));
    }
    commands.iter().map(command_of).collect()
}

fn command_of(value: &Value) -> Result<BotCommand, BotApiError> {
    let failed = |why: &str| BotApiError::bad_request(format!("can't parse BotCommand: {why}"));
    let members = value.as_object().ok_or_else(|| failed("expected an Object"))?;
    let field = |name: &str| {
        let text = members.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| failed(&format!("Can't find field \"{name}\"")))
    };
    let (command, description) = (field("command")?, field("description")?);
    let command = command.trim().trim_start_matches('/').to_owned();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if command.is_empty() || command.len() > 32 || !command.bytes().all(fits) {
        return Err(BotApiError::bad_request("BOT_COMMAND_INVALID"));
    }
    if description.trim().is_empty() || description.chars().count() > 256 {
        return Err(BotApiError::bad_request("BOT_COMMAND_DESCRIPTION_INVALID"));
    }
    Ok(BotCommand { command, description })
}

pub(super) fn get_chat_menu_button(call: &Call<'_>) -> Outcome {
    let user_id = button_of(call)?;
    let profile = call.state().bot_profile(call.bot.id).unwrap_or_default();
    let button = profile.menu_buttons.get(&user_id).or_else(|| profile.menu_buttons.get(&None));
    let button = button.and_then(|button| serde_json::from_str::<Value>(button).ok());
    let fallback = if user_id.is_some() { "default" } else { "commands" };
    Ok(Answer::of(button.unwrap_or_else(|| json!({ "type": fallback }))))
}

pub(super) fn set_chat_menu_button(call: &Call<'_>) -> Outcome {
    let user_id = button_of(call)?;
    let button: Value = match call.parameters.json("menu_button") {
        None => json!({ "type": "default" }),
        Some(button) => {
            button.map_err(|_| BotApiError::bad_request("can't parse menu button JSON object"))?
        }
    };
    let failed = |why: &str| BotApiError::bad_request(format!("can't parse menu button: {why}"));
    let kind =
        button.get("type").and_then(Value::as_str).ok_or_else(|| failed("Can't find field \"type\""))?;
    let shown = match kind {
        "default" => None,
        "commands" => Some(json!({ "type": "commands" })),
        "web_app" => {
            let (text, url) = (&button["text"], &button["web_app"]["url"]);
            if !text.is_string() || !url.is_string() {
                return Err(failed("Can't find field \"text\" or \"web_app\""));
            }
            Some(json!({ "type": "web_app", "text": text, "web_app": { "url": url } }))
        }
        _ => return Err(failed("MenuButton has unsupported type")),
    };
    call.state().change_bot_profile(call.bot.id, |profile| match shown {
        Some(shown) => drop(profile.menu_buttons.insert(user_id, shown.to_string())),
        None => drop(profile.menu_buttons.remove(&user_id)),
    })?;
    Ok(true.into())
}

/// Whose button it is about: one person's, or everybody else's.
fn button_of(call: &Call<'_>) -> Result<Option<i64>, BotApiError> {
    if call.parameters.has("chat_id") { Ok(Some(call.chat()?.person.id)) } else { Ok(None) }
}
