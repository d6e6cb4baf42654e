use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::state::ChatRefusal;

/// What a method gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// `result`
    pub(super) result: Value,
    /// `description`, which few have.
    pub(super) description: Option<&'static str>,
}

/// Why a method gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BotApiError {
    /// The HTTP status, and `error_code`.
    pub(super) code: u16,
    /// `description`
    pub(super) description: String,
    /// `parameters.retry_after`, in seconds.
    pub(super) retry_after: Option<u32>,
}

/// What comes of a call.
pub(super) type Outcome = Result<Answer, BotApiError>;

impl Answer {
    /// `true`, with a word about it.
    pub(super) fn done(description: &'static str) -> Self {
        Self { result: true.into(), description: Some(description) }
    }

    /// This object.
    pub(super) fn of(result: impl Serialize) -> Self {
        let result = serde_json::to_value(result).expect("what is answered has text for keys");
        Self { result, description: None }
    }
}

impl From<bool> for Answer {
    fn from(result: bool) -> Self {
        Self { result: result.into(), description: None }
    }
}

impl BotApiError {
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after: None }
    }

    /// 400, as nearly all are.
    pub(super) fn bad_request(why: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", why.as_ref()))
    }

    /// A token that nobody has.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized")
    }
}

impl From<ChatRefusal> for BotApiError {
    fn from(refusal: ChatRefusal) -> Self {
        use ChatRefusal as Refusal;
        Self::bad_request(match refusal {
            Refusal::NoSuchBot => return Self::unauthorized(),
            Refusal::BotBlocked => return Self::new(403, "Forbidden: bot was blocked by the user"),
            Refusal::NoSuchPerson | Refusal::ChatNotFound => "chat not found",
            Refusal::TextEmpty => "message text is empty",
            Refusal::TextTooLong => "message is too long",
            Refusal::CaptionTooLong => "message caption is too long",
            Refusal::RepliedMessageNotFound => "message to be replied not found",
            Refusal::EditedMessageNotFound => "message to edit not found",
            Refusal::DeletedMessageNotFound => "message to delete not found",
            Refusal::CannotBeEdited => "message can't be edited",
            Refusal::CannotBeDeleted => "message can't be deleted for everyone",
            Refusal::NotModified => {
                "message is not modified: specified new message content and reply markup are exactly the same as a \
                 current content and reply markup of the message"
            }
            Refusal::NoText => "there is no text in the message to edit",
            Refusal::NoCaption => "there is no caption in the message to edit",
            Refusal::NoSuchButton => "BUTTON_DATA_INVALID",
            Refusal::QueryTooOld => "query is too old and response timeout expired or query ID is invalid",
            Refusal::FileNotFound => "wrong file identifier/HTTP URL specified",
        })
    }
}

/// The HTTP status and the body.
pub(super) fn body_of(outcome: &Outcome) -> (u16, Value) {
    match outcome {
        Ok(Answer { result, description: None }) => (200, json!({ "ok": true, "result": result })),
        Ok(Answer { result, description: Some(description) }) => {
            (200, json!({ "ok": true, "result": result, "description": description }))
        }
        Err(BotApiError { code, description, retry_after }) => {
            let mut body = json!({ "ok": false, "error_code": code, "description": description });
            if let Some(seconds) = retry_after {
                body["parameters"] = json!({ "retry_after": seconds });
            }
            (*code, body)
        }
    }
}

/// The whole response.
pub(super) fn response_to(outcome: &Outcome) -> Response {
    let (status, body) = body_of(outcome);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(body)).into_response();
    if let Err(BotApiError { retry_after: Some(seconds), .. }) = outcome {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
    }
    response
}
