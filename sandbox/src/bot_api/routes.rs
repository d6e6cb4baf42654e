//! What is at which address, and what every call goes through.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::answer::{BotApiError, Outcome, body_of, response_to};
use super::call::Call;
use super::log::{LogEvent, milliseconds};
use super::memory::Held;
use super::methods;
use super::overrides;
use super::parameters::{Parameters, too_large};
use super::shared::{Server, Shared};
use crate::state::Bot;

/// The largest body, in bytes: what the public server takes, and some room around it.
pub(super) const LARGEST_BODY: usize = 52 * 1024 * 1024;

/// How long a body may stand still.
const STANDSTILL: Duration = Duration::from_secs(30);

/// What a download is called where a method is.
const DOWNLOAD: &str = "file";

/// Closes the connection in place of a response.
#[derive(Clone, Copy)]
pub(super) struct Hangup;

pub(super) fn router(server: Server) -> Router {
    Router::new()
        .route("/bot{token}/{method}", any(call))
        .route("/bot{token}/", any(call_named_inside))
        .route("/bot{token}/test/{method}", any(test_environment))
        .route("/file/bot{token}/test/{*path}", any(test_environment))
        .route("/file/bot{token}/{*path}", any(fetch))
        .fallback(nothing)
        .with_state(server)
}

async fn nothing(State(server): State<Server>, uri: Uri) -> Response {
    let notice = format!("{} was asked for, where the Bot API has nothing", uri.path());
    server.note(None, LogEvent::Noticed { notice });
    response_to(&Err(BotApiError::new(404, "Not Found")))
}

/// A bot in Telegram's test environment is another one, which nobody has registered here.
async fn test_environment(State(server): State<Server>) -> Response {
    let notice = "a bot called the test environment, where the sandbox has no bots".to_owned();
    server.note(None, LogEvent::Noticed { notice });
    response_to(&Err(BotApiError::new(401, "Unauthorized: the sandbox has no test environment")))
}

async fn call(
    State(server): State<Server>,
    Path((token, method)): Path<(String, String)>,
    request: Request,
) -> Response {
    answer(&server, &token, Some(method), request).await
}

async fn call_named_inside(
    State(server): State<Server>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    answer(&server, &token, None, request).await
}

async fn answer(server: &Server, token: &str, method: Option<String>, request: Request) -> Response {
    if let Some(refused) = refused(server, request.headers(), request.method()) {
        return response_to(&Err(refused));
    }
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let mut held = server.memory.hold();
    let read = match whole(&mut held, body).await {
        Ok(body) => Parameters::read(query, &parts.headers, body, LARGEST_BODY).await,
        Err(error) => Err(error),
    };
    let parameters = match read {
        Ok(parameters) => parameters,
        Err(error) => return response_to(&Err(error)),
    };
    let method = method.unwrap_or_else(|| parameters.text("method").to_owned());
    let bot = server.bot_of_token(token);
    carry_out(server, bot, method, parameters).await
}

/// Carries a call out between two entries of the log, as the tester wants it.
async fn carry_out(server: &Server, bot: Option<Bot>, method: String, parameters: Parameters) -> Response {
    let bot_id = bot.as_ref().map(|bot| bot.id);
    let shown = parameters.shown();
    let rule = server.overrides.take(bot_id, &method, &shown);
    let called = LogEvent::Called { method: method.clone(), parameters: shown };
    let mut entry = Entry::open(server, bot_id, &method, called);
    let overridden = rule.is_some();
    let rule = rule.unwrap_or_default();
    tokio::time::sleep(rule.delay).await;
    let outcome = match rule.outcome {
        overrides::Outcome::Dropped => return hang_up(),
        overrides::Outcome::Result(result) => Ok(super::answer::Answer { result, description: None }),
        overrides::Outcome::Error { code, description, retry_after } => {
            Err(BotApiError { code, description, retry_after })
        }
        overrides::Outcome::Genuine => genuine(server, bot, &method, parameters).await,
        overrides::Outcome::AnswerLost => {
            // What comes of it is lost.
            drop(genuine(server, bot, &method, parameters).await);
            return hang_up();
        }
    };
    entry.close(&outcome, overridden);
    response_to(&outcome)
}

/// What the Bot API answers.
async fn genuine(server: &Server, bot: Option<Bot>, method: &str, parameters: Parameters) -> Outcome {
    let bot = bot.ok_or_else(BotApiError::unauthorized)?;
    let call = Call { shared: server, bot, method: method.to_ascii_lowercase(), parameters };
    methods::answer(&call).await
}

/// Carries out the method that a webhook's answer carries: what comes of it only the log is told.
pub(super) async fn carry_out_unheard(server: &Server, bot: Bot, parameters: Parameters) {
    let method = parameters.text("method").to_owned();
    drop(carry_out(server, Some(bot), method, parameters).await);
}

/// A call in the log: given up, unless it is closed.
struct Entry<'a> {
    server: &'a Shared,
    bot_id: Option<i64>,
    method: String,
    number: u64,
    began: Instant,
    open: bool,
}

impl<'a> Entry<'a> {
    fn open(server: &'a Shared, bot_id: Option<i64>, method: &str, event: LogEvent) -> Self {
        let number = server.note(bot_id, event);
        Self { server, bot_id, method: method.to_owned(), number, began: Instant::now(), open: true }
    }

    fn close(&mut self, outcome: &Outcome, overridden: bool) {
        self.open = false;
        let (status, answer) = body_of(outcome);
        let milliseconds = milliseconds(self.began.elapsed());
        let (call, method) = (self.number, self.method.clone());
        let answered = LogEvent::Answered { call, method, status, answer, milliseconds, overridden };
        self.server.note(self.bot_id, answered);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if self.open {
            let (call, method) = (self.number, std::mem::take(&mut self.method));
            self.server.note(self.bot_id, LogEvent::Dropped { call, method });
        }
    }
}

async fn fetch(
    State(server): State<Server>,
    Path((token, path)): Path<(String, String)>,
    request: Request,
) -> Response {
    if let Some(refused) = refused(&server, request.headers(), request.method()) {
        return response_to(&Err(refused));
    }
    let bot_id = server.bot_of_token(&token).map(|bot| bot.id);
    let shown = [("file_path".to_owned(), path.clone())].into();
    let rule = server.overrides.take(bot_id, DOWNLOAD, &shown).unwrap_or_default();
    tokio::time::sleep(rule.delay).await;
    let note = |status, bytes| {
        server.note(bot_id, LogEvent::Downloaded { file_path: path.clone(), status, bytes });
    };
    let found = match rule.outcome {
        overrides::Outcome::Dropped | overrides::Outcome::AnswerLost => return hang_up(),
        overrides::Outcome::Error { code, description, retry_after } => {
            Err(BotApiError { code, description, retry_after })
        }
        overrides::Outcome::Result(serde_json::Value::String(text)) => Ok(Arc::from(text.into_bytes())),
        overrides::Outcome::Genuine | overrides::Outcome::Result(_) => match bot_id {
            Some(bot_id) => methods::download(&server.state, bot_id, &path),
            None => Err(BotApiError::unauthorized()),
        },
    };
    match found {
        Ok(bytes) => {
            note(200, bytes.len());
            let bytes = Bytes::from_owner(bytes);
            ([(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))], bytes)
                .into_response()
        }
        Err(error) => {
            note(error.code, 0);
            response_to(&Err(error))
        }
    }
}

/// Why a request is not looked at.
fn refused(server: &Shared, headers: &HeaderMap, method: &Method) -> Option<BotApiError> {
    if !server.hosts.are_meant(headers) {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("?");
        let notice = format!("a request for {host:?} was refused: the sandbox is not called that");
        server.note(None, LogEvent::Noticed { notice });
        return Some(BotApiError::new(
            403,
            "Forbidden: the sandbox does not have the name in the Host header",
        ));
    }
    let known = [Method::GET, Method::POST, Method::HEAD].contains(method);
    (!known).then(|| BotApiError::new(405, "Method Not Allowed"))
}

/// All of a body, if it is not too large and does not stand still. What is in memory at once has a bound.
async fn whole(held: &mut Held<'_>, mut body: axum::body::Body) -> Result<Bytes, BotApiError> {
    let mut bytes = Vec::new();
    loop {
        let frame = tokio::time::timeout(STANDSTILL, body.frame()).await;
        let frame = frame.map_err(|_| BotApiError::new(408, "Request Timeout"))?;
        let Some(frame) = frame else { return Ok(bytes.into()) };
        let frame = frame.map_err(|_| BotApiError::bad_request("the request was cut short"))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > LARGEST_BODY {
            return Err(too_large());
        }
        held.grow(data.len()).ok_or_else(|| BotApiError {
            code: 429,
            description: "Too Many Requests: retry after 1".to_owned(),
            retry_after: Some(1),
        })?;
        bytes.extend_from_slice(&data);
    }
}

/// No response: the connection is closed.
fn hang_up() -> Response {
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.extensions_mut().insert(Hangup);
    response
}
