//! Keyboards: as a bot gives them, and as it gets them back.

use serde_json::{Value, json};

use crate::state::{ButtonAction, InlineButton, ReplyButton, ReplyMarkup};

/// The most bytes that a press may send.
const LONGEST_CALLBACK: usize = 64;

/// `InlineKeyboardMarkup`: the one kind of keyboard that belongs to its message.
pub(super) fn inline_keyboard(markup: &ReplyMarkup) -> Option<Value> {
    let ReplyMarkup::Inline(rows) = markup else { return None };
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(button).collect()).collect();
    Some(json!({ "inline_keyboard": rows }))
}

fn button(button: &InlineButton) -> Value {
    let (field, value) = match &button.action {
        ButtonAction::Callback(data) => ("callback_data", Value::from(data.as_str())),
        ButtonAction::Url(url) => ("url", Value::from(url.as_str())),
        ButtonAction::Other { field, value } => {
            (field.as_str(), serde_json::from_str(value).unwrap_or(Value::Null))
        }
    };
    json!({ "text": button.text, field: value })
}

/// Reads `reply_markup`; an empty keyboard is none. The error is the Bot API's, after `Bad Request: `.
pub(super) fn parse(text: &str) -> Result<Option<ReplyMarkup>, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|_| "can't parse reply keyboard markup JSON object".to_owned())?;
    let Value::Object(markup) = value else { return Err("object expected as reply markup".to_owned()) };
    let flag = |name: &str| markup.get(name).and_then(Value::as_bool).unwrap_or_default();
    let text = |name: &str| markup.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(rows) = markup.get("inline_keyboard") {
        let rows = rows_of(rows, "inline keyboard", inline_button)?;
        return Ok((!rows.is_empty()).then_some(ReplyMarkup::Inline(rows)));
    }
    if let Some(rows) = markup.get("keyboard") {
        let rows = rows_of(rows, "keyboard", reply_button)?;
        return Ok((!rows.is_empty()).then(|| ReplyMarkup::Keyboard {
            rows,
            resize: flag("resize_keyboard"),
            one_time: flag("one_time_keyboard"),
            persistent: flag("is_persistent"),
            placeholder: text("input_field_placeholder"),
        }));
    }
    if flag("remove_keyboard") {
        return Ok(Some(ReplyMarkup::Remove));
    }
    if flag("force_reply") {
        return Ok(Some(ReplyMarkup::ForceReply { placeholder: text("input_field_placeholder") }));
    }
    Ok(None)
}

/// Rows of buttons; rows without any are left out.
fn rows_of<T>(
    rows: &Value,
    what: &str,
    button: impl Fn(&Value) -> Result<T, String>,
) -> Result<Vec<Vec<T>>, String> {
    let rows = rows.as_array().ok_or_else(|| format!("field \"{}\" must be of type Array", field(what)))?;
    let mut parsed = Vec::new();
    for row in rows {
        let row = row.as_array().ok_or_else(|| format!("{what} button row must be an Array"))?;
        let row = row.iter().map(&button).collect::<Result<Vec<_>, _>>()?;
        if !row.is_empty() {
            parsed.push(row);
        }
    }
    Ok(parsed)
}

fn field(what: &str) -> String {
    what.replace(' ', "_")
}

fn reply_button(value: &Value) -> Result<ReplyButton, String> {
    if let Value::String(text) = value {
        return Ok(ReplyButton { text: text.clone(), request: None });
    }
    let button = value.as_object().ok_or("KeyboardButton must be an Object")?;
    let text = button.get("text").and_then(Value::as_str);
    let text = text.ok_or("can't parse keyboard button: Can't find field \"text\"")?.to_owned();
    let is_request = |name: &&String| name.starts_with("request_") || name.as_str() == "web_app";
    Ok(ReplyButton { text, request: button.keys().find(is_request).cloned() })
}

fn inline_button(value: &Value) -> Result<InlineButton, String> {
    let failed = |why: &str| format!("can't parse inline keyboard button: {why}");
    let button = value.as_object().ok_or_else(|| failed("InlineKeyboardButton must be an Object"))?;
    let text = button.get("text").and_then(Value::as_str);
    let text = text.ok_or_else(|| failed("Can't find field \"text\""))?.to_owned();
    if text.trim().is_empty() {
        return Err("button text must be non-empty".to_owned());
    }
    let string = |name: &str| button.get(name).and_then(Value::as_str).map(str::to_owned);
    let action = if let Some(url) = string("url") {
        ButtonAction::Url(url)
    } else if let Some(data) = string("callback_data") {
        if data.is_empty() || data.len() > LONGEST_CALLBACK {
            return Err("BUTTON_DATA_INVALID".to_owned());
        }
        ButtonAction::Callback(data)
    } else {
        let other = button.iter().find(|(name, _)| OTHER_ACTIONS.contains(&name.as_str()));
        let (name, value) =
            other.ok_or_else(|| failed("Text buttons are unallowed in the inline keyboard"))?;
        ButtonAction::Other { field: name.clone(), value: value.to_string() }
    };
    Ok(InlineButton { text, action })
}

/// What else a button may do.
const OTHER_ACTIONS: [&str; 8] = [
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyboard_is_read() {
        let inline = r#"{"inline_keyboard":[[{"text":"Yes","callback_data":"y"}],[],
            [{"text":"Site","url":"https://example.com/"},{"text":"Copy","copy_text":{"text":"x"}}]]}"#;
        let markup = parse(inline).expect("a keyboard").expect("not empty");
        assert!(markup.has_callback("y") && !markup.has_callback("x"));
        let expected = json!({"inline_keyboard": [
            [{"text": "Yes", "callback_data": "y"}],
            [{"text": "Site", "url": "https://example.com/"}, {"text": "Copy", "copy_text": {"text": "x"}}],
        ]});
        assert_eq!(inline_keyboard(&markup), Some(expected));

        let keyboard =
            r#"{"keyboard":[["Yes",{"text":"Call","request_contact":true}]],"resize_keyboard":true}"#;
        let Ok(Some(ReplyMarkup::Keyboard { rows, resize: true, one_time: false, .. })) = parse(keyboard)
        else {
            panic!("a keyboard")
        };
        assert_eq!(rows[0][1].request.as_deref(), Some("request_contact"));
        assert_eq!(parse(r#"{"remove_keyboard":true}"#), Ok(Some(ReplyMarkup::Remove)));
        let force = ReplyMarkup::ForceReply { placeholder: Some("Why?".to_owned()) };
        assert_eq!(parse(r#"{"force_reply":true,"input_field_placeholder":"Why?"}"#), Ok(Some(force)));
        for none in ["{}", r#"{"inline_keyboard":[]}"#, r#"{"keyboard":[[]]}"#] {
            assert_eq!(parse(none), Ok(None), "{none}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            ("{", "can't parse reply keyboard markup JSON object"),
            ("[]", "object expected as reply markup"),
            (r#"{"inline_keyboard":1}"#, "field \"inline_keyboard\" must be of type Array"),
            (r#"{"inline_keyboard":[1]}"#, "inline keyboard button row must be an Array"),
            (
                r#"{"inline_keyboard":[[{"text":"x"}]]}"#,
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ),
            (r#"{"inline_keyboard":[[{"text":"x","callback_data":""}]]}"#, "BUTTON_DATA_INVALID"),
            (r#"{"keyboard":[[{}]]}"#, "can't parse keyboard button: Can't find field \"text\""),
        ] {
            assert_eq!(parse(text).expect_err("it is wrong"), expected, "{text}");
        }
    }
}
