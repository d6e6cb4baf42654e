//! `getUpdates`: what waits, who waits, and who has to go.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use telegram_passport::element::UnixTime;
use telegram_passport_sandbox::bot_api::{LogEvent, Options};
use telegram_passport_sandbox::state::{Clock, State};
use telegram_passport_sandbox::{Store, StoreError};

use super::stage::{BOT_ID, Stage};

fn ids(updates: &Value) -> Vec<i64> {
    updates.as_array().unwrap().iter().map(|update| update["update_id"].as_i64().unwrap()).collect()
}

fn is_call(event: &LogEvent) -> bool {
    matches!(event, LogEvent::Called { method, .. } if method == "getUpdates")
}

#[tokio::test]
async fn updates_stay_until_they_are_confirmed() {
    let stage = Stage::new().await;
    for text in ["/start", "one", "two"] {
        stage.say(text);
    }
    let all = stage.call("getUpdates", json!({})).await.result();
    let first = ids(&all)[0];
    assert_eq!(ids(&all), [first, first + 1, first + 2]);
    assert_eq!(all[0]["message"]["entities"][0]["type"], "bot_command");
    assert_eq!(all[1]["message"]["from"]["id"], stage.user_id);
    let one = stage.call("getUpdates", json!({"offset": first + 1, "limit": 1})).await.result();
    assert_eq!(ids(&one), [first + 1]);
    assert_eq!(ids(&stage.call("getUpdates", json!({"offset": -1})).await.result()), [first + 2]);
    assert_eq!(stage.state.pending_update_count(BOT_ID), 1);
    stage.call("getUpdates", json!({"offset": first + 3, "timeout": 0})).await.result();
    stage.say("three");
    assert_eq!(ids(&stage.call("getUpdates", json!({})).await.result()), [first + 3]);
}

#[tokio::test]
async fn a_held_poll_is_answered_at_once_when_something_comes() {
    let stage = Stage::new().await;
    let poll = stage.call("getUpdates", json!({"timeout": 50}));
    let speak = async {
        stage.logged(is_call).await;
        let began = Instant::now();
        stage.say("/start");
        began
    };
    let (answered, began) = tokio::join!(poll, speak);
    assert_eq!(answered.result()[0]["message"]["text"], "/start");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn the_older_of_two_polls_has_to_go() {
    let stage = Stage::new().await;
    let older = stage.call("getUpdates", json!({"timeout": 50}));
    let rest = async {
        stage.logged(is_call).await;
        let newer = stage.call("getUpdates", json!({"timeout": 50, "offset": 1}));
        let webhook = async {
            stage.logged(|event| matches!(event, LogEvent::Answered { status: 409, .. })).await;
            stage.call("setWebhook", json!({"url": "http://127.0.0.1:9/"})).await.result();
        };
        tokio::join!(newer, webhook).0
    };
    let (older, newer) = tokio::join!(older, rest);
    let expected =
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    assert_eq!(older.error(), (409, expected.to_owned()));
    assert_eq!(newer.error(), (409, "Conflict: terminated by setWebhook request".to_owned()));
    let (code, description) = stage.call("getUpdates", json!({})).await.error();
    assert_eq!(code, 409);
    assert!(description.starts_with("Conflict: can't use getUpdates method while webhook is active"));
}

#[tokio::test]
async fn only_what_is_wanted_is_told_and_that_lasts() {
    let stage = Stage::new().await;
    stage.call("getUpdates", json!({"allowed_updates": ["Callback_Query", "nonsense"]})).await.result();
    stage.say("/start");
    assert_eq!(stage.state.pending_update_count(BOT_ID), 0);
    let info = stage.call("getWebhookInfo", json!({})).await.result();
    assert_eq!(info["allowed_updates"], json!(["callback_query"]));
    assert!(stage.notices().iter().any(|notice| notice.contains("will not be told of shares")));
    stage.call("getUpdates", json!({"offset": 1, "allowed_updates": []})).await.result();
    stage.say("one");
    assert_eq!(stage.state.pending_update_count(BOT_ID), 1);
}

#[tokio::test]
async fn an_end_answers_who_waits() {
    let stage = Stage::new().await;
    let uri = format!("{}/bot{}/getUpdates?timeout=50", stage.bot_api.origin(), super::stage::TOKEN);
    let client: hyper_util::client::legacy::Client<_, http_body_util::Empty<axum::body::Bytes>> =
        hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let poll = tokio::spawn(async move { client.get(uri.parse().unwrap()).await.unwrap().status() });
    stage.logged(is_call).await;
    let began = Instant::now();
    let log = stage.bot_api.log().clone();
    stage.bot_api.stop().await;
    assert_eq!(poll.await.unwrap(), 200);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(log.after(0).iter().any(|entry| matches!(entry.event, LogEvent::Answered { status: 200, .. })));
}

#[tokio::test]
async fn what_waits_is_there_again_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let open = async || {
        // Connections of the one before let go of it a moment after that has ended.
        let store = loop {
            match Store::open(&place.path().join("state")) {
                Err(StoreError::InUse { .. }) => tokio::time::sleep(Duration::from_millis(20)).await,
                opened => break opened.unwrap(),
            }
        };
        State::open(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), "{}", &store).unwrap()
    };
    let stage = Stage::over(open().await, &Options::default()).await;
    for text in ["/start", "one", "two"] {
        stage.say(text);
    }
    let before = stage.call("getUpdates", json!({"allowed_updates": ["message"]})).await.result();
    let confirm = json!({"offset": ids(&before)[1], "limit": 1});
    stage.call("getUpdates", confirm).await.result();
    drop(stage);
    let stage = Stage::again(open().await, &Options::default()).await;
    let after = stage.call("getUpdates", json!({})).await.result();
    assert_eq!(after.as_array().unwrap()[..], before.as_array().unwrap()[1..]);
    stage.say("three");
    let next = stage.call("getUpdates", json!({"offset": -1})).await.result();
    assert_eq!(ids(&next), [ids(&before)[2] + 1]);
    let info = stage.call("getWebhookInfo", json!({})).await.result();
    assert_eq!(info["allowed_updates"], json!(["message"]));
}
