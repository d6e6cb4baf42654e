//! A person, a bot, and a Bot API between them.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use telegram_passport::element::{PhoneNumber, UnixTime};
use telegram_passport_sandbox::bot_api::{BotApi, LogEntry, LogEvent, Options};
use telegram_passport_sandbox::state::{Bot, Clock, Registration, State};

pub(super) const BOT_ID: i64 = 7_000_000_001;
pub(super) const TOKEN: &str = "7000000001:token-of-the-example-bot";
const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

pub(super) struct Stage {
    pub(super) state: State,
    pub(super) bot_api: BotApi,
    pub(super) user_id: i64,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What was answered.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
}

impl Answered {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{:?}", self.bytes))
    }

    /// What a method that succeeds gives.
    #[track_caller]
    pub(super) fn result(&self) -> Value {
        let mut json = self.json();
        assert_eq!((self.status, &json["ok"]), (200, &true.into()), "{json}");
        json["result"].take()
    }

    /// The description of an error, whose code is the status.
    #[track_caller]
    pub(super) fn error(&self) -> (u16, String) {
        let json = self.json();
        assert_eq!((&json["ok"], &json["error_code"]), (&false.into(), &self.status.into()), "{json}");
        (self.status, json["description"].as_str().unwrap().to_owned())
    }
}

impl Stage {
    pub(super) async fn new() -> Self {
        Self::with(&Options::default()).await
    }

    pub(super) async fn with(options: &Options) -> Self {
        Self::over(State::new(Clock::standing_at(NOW), "{}"), options).await
    }

    /// In a state that is still empty.
    pub(super) async fn over(state: State, options: &Options) -> Self {
        let registration = Registration::new(PhoneNumber("12025550123".to_owned()), "Anna");
        state.register_account(registration).unwrap();
        let bot = Bot::new(BOT_ID, "example_bot", "Example", "key");
        state.register_bot_with_token(bot, TOKEN).unwrap();
        Self::again(state, options).await
    }

    /// In a state that has both of them.
    pub(super) async fn again(state: State, options: &Options) -> Self {
        let user_id = state.user_ids()[0];
        let bot_api = BotApi::start(state.clone(), options).await.unwrap();
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { state, bot_api, user_id, client }
    }

    /// Sends a request.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Answered {
        let response = self.client.request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answered { status: head.status.as_u16(), headers: head.headers, bytes }
    }

    pub(super) async fn get(&self, path: &str) -> Answered {
        let uri = format!("{}{path}", self.bot_api.origin());
        self.send(Request::get(uri).body(Full::default()).unwrap()).await
    }

    /// Posts a body of this type.
    pub(super) async fn post(&self, path: &str, content_type: &str, body: impl Into<Bytes>) -> Answered {
        let uri = format!("{}{path}", self.bot_api.origin());
        let request = Request::post(uri).header("content-type", content_type).body(Full::new(body.into()));
        self.send(request.unwrap()).await
    }

    /// Calls a method of the bot's with JSON.
    pub(super) async fn call(&self, method: &str, parameters: Value) -> Answered {
        self.post(&format!("/bot{TOKEN}/{method}"), "application/json", parameters.to_string()).await
    }

    /// The person writes to the bot.
    pub(super) fn say(&self, text: &str) -> i32 {
        self.state.say(self.user_id, BOT_ID, text, None).unwrap().id
    }

    /// Waits until the log has an entry like this.
    pub(super) async fn logged(&self, wanted: impl Fn(&LogEvent) -> bool) -> LogEntry {
        let mut seen = 0;
        let waiting = async {
            loop {
                for entry in self.bot_api.log().after(seen) {
                    seen = entry.number;
                    if wanted(&entry.event) {
                        return entry;
                    }
                }
                self.bot_api.log().reaches_past(seen).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it is never logged")
    }

    /// What the tester was told.
    pub(super) fn notices(&self) -> Vec<String> {
        let entries = self.bot_api.log().after(0).into_iter();
        let notices = entries.filter_map(|entry| match entry.event {
            LogEvent::Noticed { notice } => Some(notice),
            _ => None,
        });
        notices.collect()
    }
}
