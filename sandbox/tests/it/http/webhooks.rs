//! Deliveries to a webhook: their order, their repetition, and answers that say what to do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use telegram_passport_sandbox::bot_api::LogEvent;
use tokio::net::TcpListener;

use super::stage::{BOT_ID, Stage};

type Answers = Arc<Mutex<Vec<Response>>>;
type Came = tokio::sync::mpsc::UnboundedReceiver<(HeaderMap, Value)>;

/// A bot that answers its updates with these, the last first, and then with nothing.
struct Webhook {
    url: String,
    answers: Answers,
    came: Came,
}

async fn answer(
    Shared((answers, came)): Shared<(Answers, tokio::sync::mpsc::UnboundedSender<(HeaderMap, Value)>)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    came.send((headers, serde_json::from_slice(&body).unwrap())).unwrap();
    answers.lock().unwrap().pop().unwrap_or_else(|| StatusCode::OK.into_response())
}

impl Webhook {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
        let answers = Answers::default();
        let (told, came) = tokio::sync::mpsc::unbounded_channel();
        let router = Router::new().fallback(answer).with_state((Arc::clone(&answers), told));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = hyper_util::service::TowerToHyperService::new(router.clone());
                let io = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
            }
        });
        Self { url, answers, came }
    }

    fn answers(&self, answers: impl IntoIterator<Item = Response>) {
        let mut next: Vec<_> = answers.into_iter().collect();
        next.reverse();
        *self.answers.lock().unwrap() = next;
    }

    async fn update(&mut self) -> (HeaderMap, Value) {
        tokio::time::timeout(Duration::from_secs(20), self.came.recv()).await.expect("nothing comes").unwrap()
    }

    async fn text(&mut self) -> String {
        self.update().await.1["message"]["text"].as_str().unwrap().to_owned()
    }
}

fn is_delivered(event: &LogEvent) -> bool {
    matches!(event, LogEvent::Delivered { status: Some(200), .. })
}

#[tokio::test]
async fn what_waits_is_delivered_with_its_secret() {
    let stage = Stage::new().await;
    let mut webhook = Webhook::start().await;
    stage.say("/start");
    let set = json!({"url": webhook.url, "secret_token": "a-secret_1", "max_connections": 3});
    let answered = stage.call("setWebhook", set.clone()).await;
    assert_eq!(
        (answered.json()["result"].clone(), &answered.json()["description"]),
        (true.into(), &"Webhook was set".into())
    );
    assert_eq!(stage.call("setWebhook", set).await.json()["description"], "Webhook is already set");
    let (headers, update) = webhook.update().await;
    assert_eq!(headers["x-telegram-bot-api-secret-token"], "a-secret_1");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(update["message"]["text"], "/start");
    stage.logged(is_delivered).await;
    stage.say("one");
    assert_eq!(webhook.text().await, "one");
    let info = stage.call("getWebhookInfo", json!({})).await.result();
    assert_eq!((&info["url"], &info["max_connections"]), (&webhook.url.as_str().into(), &3.into()));
    assert!(info.get("last_error_message").is_none() && info["has_custom_certificate"] == false);
    let deleted = stage.call("deleteWebhook", json!({})).await.json();
    assert_eq!(deleted["description"], "Webhook was deleted");
    assert_eq!(
        stage.call("deleteWebhook", json!({})).await.json()["description"],
        "Webhook is already deleted"
    );
    assert_eq!(stage.call("getWebhookInfo", json!({})).await.result()["url"], "");
}

#[tokio::test]
async fn a_delivery_that_fails_is_repeated_before_what_comes_after_it() {
    let stage = Stage::new().await;
    let mut webhook = Webhook::start().await;
    webhook.answers([
        StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        (StatusCode::BAD_GATEWAY, [("retry-after", "30")]).into_response(),
        StatusCode::FOUND.into_response(),
    ]);
    stage.say("/start");
    stage.say("one");
    stage.call("setWebhook", json!({"url": webhook.url})).await.result();
    // At once, then when the webhook said, then twice the wait before.
    assert_eq!(webhook.text().await, "/start");
    assert_eq!(webhook.text().await, "/start");
    let failed = |code| move |event: &LogEvent| matches!(event, LogEvent::Delivered { status: Some(s), .. } if *s == code);
    stage.logged(failed(502)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let info = stage.call("getWebhookInfo", json!({})).await.result();
    assert_eq!(info["last_error_message"], "Wrong response from the webhook: 502 Bad Gateway");
    assert_eq!(info["pending_update_count"], 2);
    assert!(webhook.came.try_recv().is_err(), "it waits");
    stage.state.clock().advance(Duration::from_secs(30));
    assert_eq!(webhook.text().await, "/start");
    stage.logged(failed(302)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    stage.state.clock().advance(Duration::from_secs(1));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(webhook.came.try_recv().is_err(), "it waits");
    stage.state.clock().advance(Duration::from_secs(1));
    assert_eq!(webhook.text().await, "/start");
    assert_eq!(webhook.text().await, "one");
}

#[tokio::test]
async fn nobody_there_is_told_by_its_reason() {
    let stage = Stage::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    stage.say("/start");
    stage.call("setWebhook", json!({"url": url})).await.result();
    stage.logged(|event| matches!(event, LogEvent::Delivered { status: None, .. })).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let info = stage.call("getWebhookInfo", json!({})).await.result();
    assert_eq!(
        (&info["last_error_message"], info["last_error_date"].is_i64()),
        (&"Connection refused".into(), true)
    );
}

#[tokio::test]
async fn an_answer_may_carry_a_method() {
    let stage = Stage::new().await;
    let mut webhook = Webhook::start().await;
    let json = |body: Value| ([("content-type", "application/json")], body.to_string()).into_response();
    let chat_id = stage.user_id;
    webhook.answers([
        json(json!({"method": "sendMessage", "chat_id": chat_id, "text": "Welcome"})),
        json(json!({"method": "deleteWebhook"})),
        json(json!({"method": "getMe"})),
    ]);
    stage.call("setWebhook", json!({"url": webhook.url})).await.result();
    for text in ["/start", "one", "two"] {
        stage.say(text);
        webhook.update().await;
    }
    stage
        .logged(|event| matches!(event, LogEvent::Noticed { notice } if notice.starts_with("getme in")))
        .await;
    assert!(stage.state.webhook(BOT_ID).is_some());
    let answered =
        stage.logged(|event| matches!(event, LogEvent::Answered { method, .. } if method == "sendMessage"));
    answered.await;
    assert_eq!(stage.state.chat_messages(BOT_ID, chat_id).len(), 4);
}

#[tokio::test]
async fn updates_go_nowhere_else_than_loopback() {
    let stage = Stage::new().await;
    for url in [
        "https://example.com/",
        "http://10.0.0.1/",
        "http://127.0.0.1.example.com/",
        "//x",
        "ftp://127.0.0.1/",
    ] {
        let (code, description) = stage.call("setWebhook", json!({"url": url})).await.error();
        assert_eq!(code, 400, "{url}");
        assert!(description.starts_with("Bad Request: "), "{description}");
    }
    for (secret, expected) in [
        ("a b", "secret token contains unallowed characters"),
        (&"a".repeat(257), "secret token is too long"),
    ] {
        let set = json!({"url": "http://127.0.0.1:9/", "secret_token": secret});
        assert_eq!(stage.call("setWebhook", set).await.error().1, format!("Bad Request: {expected}"));
    }
    assert!(stage.state.webhook(BOT_ID).is_none());
}
