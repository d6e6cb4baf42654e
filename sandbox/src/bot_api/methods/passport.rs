//! `setPassportDataErrors`: what a bot objects to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::bot_api::answer::{BotApiError, Outcome};
use crate::bot_api::call::Call;
use telegram_passport::cloud::{CloudError, SecureValueError};
use telegram_passport::element::{ElementType, PartKind, Presence};
use telegram_passport::request::ErrorSource;

pub(super) fn set_passport_data_errors(call: &Call<'_>) -> Outcome {
    let user_id = call.parameters.id("user_id").max(0);
    if user_id == 0 {
        return Err(BotApiError::bad_request("invalid user_id specified"));
    }
    let errors = errors_of(call)?;
    let (state, bot_id) = (call.state(), call.bot.id);
    if state.chat(bot_id, user_id).is_none() {
        return Err(BotApiError::bad_request("user not found"));
    }
    if errors.is_empty() {
        call.notice("setPassportDataErrors without errors: what the bot objected to before is withdrawn");
    }
    let (kept, odd): (Vec<_>, Vec<_>) = errors.into_iter().partition(has_its_source);
    for error in odd {
        call.notice(format!(
            "setPassportDataErrors: {} has no {}; Telegram answers true, and nobody sees the error",
            error.kind,
            error.source.name()
        ));
    }
    let given = kept.len();
    match state.set_secure_value_errors(bot_id, user_id, kept) {
        Ok(()) => {}
        Err(CloudError::UserIdInvalid) => {
            call.notice("setPassportDataErrors about somebody who has shared nothing: Telegram answers true");
            return Ok(true.into());
        }
        Err(refusal) => {
            let (_, message) = refusal.to_rpc().unwrap_or((400, "INTERNAL".to_owned()));
            return Err(BotApiError::bad_request(message));
        }
    }
    let open = state.objections(bot_id, user_id).len();
    if open < given {
        call.notice(format!(
            "setPassportDataErrors: {} of {given} errors name a hash of nothing that the person has now; Telegram \
             answers true, and nobody sees them",
            given - open
        ));
    }
    Ok(true.into())
}

/// Whether elements of this kind have what the error is about.
fn has_its_source(error: &SecureValueError) -> bool {
    let has = |part| error.kind.presence(part) != Presence::MustNot;
    match (&error.source, error.source.files()) {
        (_, Some((part, _))) => has(part),
        (ErrorSource::DataField { field, .. }, None) => !field.is_empty() && has(PartKind::Data),
        (_, None) => true,
    }
}

fn errors_of(call: &Call<'_>) -> Result<Vec<SecureValueError>, BotApiError> {
    let errors: Value = serde_json::from_str(call.parameters.text("errors"))
        .map_err(|_| BotApiError::bad_request("can't parse errors JSON object"))?;
    let errors = errors
        .as_array()
        .ok_or_else(|| BotApiError::bad_request("expected an Array of PassportElementError"))?;
    let parsed = errors.iter().map(|error| {
        error_of(error)
            .map_err(|why| BotApiError::bad_request(format!("can't parse PassportElementError: {why}")))
    });
    let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
    // Telegram's client looks at this only once it has read them all.
    let empty = |error: &SecureValueError| match &error.source {
        ErrorSource::Files { file_hashes } | ErrorSource::TranslationFiles { file_hashes } => {
            file_hashes.is_empty()
        }
        _ => false,
    };
    if parsed.iter().any(empty) {
        return Err(BotApiError::bad_request("file hashes must be non-empty"));
    }
    Ok(parsed)
}

fn error_of(error: &Value) -> Result<SecureValueError, String> {
    let members = error.as_object().ok_or("expected an Object")?;
    let kind = required(members, "type")?;
    let kind = ElementType::from_name(kind).ok_or("wrong Telegram Passport element type specified")?;
    let text = required(members, "message")?.to_owned();
    Ok(SecureValueError { kind, source: source_of(members)?, text })
}

fn source_of(members: &Map<String, Value>) -> Result<ErrorSource, String> {
    let source = match members.get("source") {
        None | Some(Value::Null) => "",
        Some(Value::String(source)) => source,
        Some(_) => return Err("Field \"source\" must be of type String".to_owned()),
    };
    let hash_in = |field| hash(required(members, field)?);
    let file_hash = || hash_in("file_hash");
    Ok(match source {
        "" | "unspecified" => ErrorSource::Unspecified { element_hash: hash_in("element_hash")? },
        "data" => ErrorSource::DataField {
            data_hash: hash_in("data_hash")?,
            field: required(members, "field_name")?.to_owned(),
        },
        "front_side" => ErrorSource::FrontSide { file_hash: file_hash()? },
        "reverse_side" => ErrorSource::ReverseSide { file_hash: file_hash()? },
        "selfie" => ErrorSource::Selfie { file_hash: file_hash()? },
        "file" => ErrorSource::File { file_hash: file_hash()? },
        "translation_file" => ErrorSource::TranslationFile { file_hash: file_hash()? },
        "files" => ErrorSource::Files { file_hashes: hashes(members)? },
        "translation_files" => ErrorSource::TranslationFiles { file_hashes: hashes(members)? },
        _ => return Err("wrong source specified".to_owned()),
    })
}

fn hashes(members: &Map<String, Value>) -> Result<Vec<Vec<u8>>, String> {
    match members.get("file_hashes") {
        None => Err("Can't find field \"file_hashes\"".to_owned()),
        Some(Value::Array(hashes)) => {
            hashes.iter().map(|text| hash(text.as_str().ok_or("hash must be a string")?)).collect()
        }
        Some(_) => Err("Field \"file_hashes\" must be of type Array".to_owned()),
    }
}

/// A text that has to be there; the official server takes numbers for it too.
fn required<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    match members.get(name) {
        None => Err(format!("Can't find field \"{name}\"")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("Field \"{name}\" must be of type String")),
    }
}

fn hash(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|_| "hash isn't a valid base64-encoded string".to_owned())
}
