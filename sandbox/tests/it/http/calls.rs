//! How calls are read and refused, and how a tester decides what is answered.

use std::time::{Duration, Instant};

use serde_json::json;
use telegram_passport_sandbox::bot_api::{LogEvent, Options, Outcome, Override};
use telegram_passport_sandbox::state::CallbackAnswer;

use super::stage::{BOT_ID, Stage, TOKEN};

#[tokio::test]
async fn a_call_comes_in_every_form() {
    let stage = Stage::new().await;
    stage.say("/start");
    let encoded = TOKEN.replace(':', "%3A");
    let chat = format!("chat_id={}", stage.user_id);
    let form = "application/x-www-form-urlencoded";
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n{}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nHello\r\n--x--\r\n",
        stage.user_id
    );
    for (case, answered) in [
        ("query", stage.get(&format!("/bot{TOKEN}/sendMessage?{chat}&text=Hello")).await),
        ("case", stage.get(&format!("/bot{encoded}/SENDMESSAGE?{chat}&text=Hello")).await),
        ("form", stage.post(&format!("/bot{TOKEN}/sendmessage"), form, format!("{chat}&text=Hello")).await),
        ("json", stage.call("sendMessage", json!({"chat_id": stage.user_id, "text": "Hello"})).await),
        (
            "multipart",
            stage
                .post(&format!("/bot{TOKEN}/sendMessage"), "multipart/form-data; boundary=x", multipart)
                .await,
        ),
        (
            "query first",
            stage
                .post(&format!("/bot{TOKEN}/sendMessage?text=Hello"), form, format!("{chat}&text=Ignored"))
                .await,
        ),
        (
            "broken JSON",
            stage
                .post(&format!("/bot{TOKEN}/sendMessage?{chat}&text=Hello"), "application/json", "{\"te")
                .await,
        ),
        ("method inside", stage.get(&format!("/bot{TOKEN}/?method=sendMessage&{chat}&text=Hello")).await),
    ] {
        assert_eq!(answered.result()["text"], "Hello", "{case}");
        assert_eq!(answered.headers["content-type"], "application/json");
    }
    assert_eq!(stage.state.chat_messages(BOT_ID, stage.user_id).len(), 9);
}

#[tokio::test]
async fn what_is_wrong_is_answered_in_json() {
    let stage = Stage::new().await;
    for (path, code, description) in [
        ("/", 404, "Not Found"),
        ("/bot", 404, "Not Found"),
        (&format!("/bot{TOKEN}") as &str, 404, "Not Found"),
        ("/bot7000000001:wrong/getMe", 401, "Unauthorized"),
        ("/bot7/getMe", 401, "Unauthorized"),
        ("/botx:y/getMe", 401, "Unauthorized"),
        (&format!("/bot{TOKEN}/test/getMe"), 401, "Unauthorized: the sandbox has no test environment"),
        (&format!("/bot{TOKEN}/getNothing"), 404, "Not Found: method not found"),
        (
            &format!("/bot{TOKEN}/sendpoll"),
            400,
            "Bad Request: the sandbox does not model the method sendPoll",
        ),
        (&format!("/bot{TOKEN}/sendMessage"), 400, "Bad Request: message text is empty"),
        (&format!("/bot{TOKEN}/sendMessage?text=x"), 400, "Bad Request: chat_id is empty"),
        (&format!("/bot{TOKEN}/sendMessage?text=x&chat_id=1"), 400, "Bad Request: chat not found"),
        (&format!("/bot{TOKEN}/getFile"), 400, "Bad Request: file_id not specified"),
        (&format!("/bot{TOKEN}/getFile?file_id=x"), 400, "Bad Request: invalid file_id"),
        (&format!("/file/bot{TOKEN}/passport/file_1.jpg"), 404, "Not Found"),
        ("/file/bot7:x/passport/file_1.jpg", 401, "Unauthorized"),
        (
            &format!("/bot{TOKEN}/answerCallbackQuery?callback_query_id=1"),
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        ),
    ] {
        assert_eq!(stage.get(path).await.error(), (code, description.to_owned()), "{path}");
    }
    let notices = stage.notices();
    for told in ["\"getNothing\"", "sendPoll", "test environment"] {
        let told = told.to_lowercase();
        assert!(notices.iter().any(|notice| notice.to_lowercase().contains(&told)), "{told}: {notices:?}");
    }
}

#[tokio::test]
async fn any_token_makes_a_bot_where_the_tester_says_so() {
    let mut options = Options::default();
    options.any_token = true;
    let stage = Stage::with(&options).await;
    let me = stage.get("/bot42:anything/getMe").await.result();
    assert_eq!((&me["id"], &me["is_bot"], &me["username"]), (&42.into(), &true.into(), &"bot42_bot".into()));
    assert_eq!(stage.state.bot_of_token("42:anything"), Some(42));
    for wrong in ["/bot42:other/getMe", "/botx/getMe", "/bot-1:x/getMe"] {
        assert_eq!(stage.get(wrong).await.error().0, 401, "{wrong}");
    }
}

#[tokio::test]
async fn a_tester_decides_what_is_answered() {
    let stage = Stage::new().await;
    stage.say("/start");
    let overrides = stage.bot_api.overrides();
    let send = || stage.call("sendMessage", json!({"chat_id": stage.user_id, "text": "Hello"}));
    overrides.add(Override {
        bot_id: Some(BOT_ID),
        method: Some("sendMessage".to_owned()),
        times: Some(1),
        outcome: Outcome::Error {
            code: 429,
            description: "Too Many Requests: retry after 7".to_owned(),
            retry_after: Some(7),
        },
        ..Override::default()
    });
    let refused = send().await;
    assert_eq!(refused.error(), (429, "Too Many Requests: retry after 7".to_owned()));
    assert_eq!(
        (&refused.json()["parameters"]["retry_after"], &refused.headers["retry-after"]),
        (&7.into(), &"7".parse().unwrap())
    );
    send().await.result();

    overrides.add(Override {
        outcome: Outcome::Result(json!({"made": "up"})),
        delay: Duration::from_millis(200),
        times: Some(1),
        ..Override::default()
    });
    let began = Instant::now();
    assert_eq!(send().await.result()["made"], "up");
    assert!(began.elapsed() >= Duration::from_millis(200));
    let answered =
        stage.logged(|event| matches!(event, LogEvent::Answered { overridden: true, status: 200, .. })).await;
    let LogEvent::Answered { call, milliseconds, .. } = answered.event else { unreachable!() };
    assert!(call < answered.number && milliseconds >= 200);
    assert_eq!(stage.state.chat_messages(BOT_ID, stage.user_id).len(), 2, "two of three were not sent");

    // Nothing comes back; of one, something was done.
    for (outcome, done) in [(Outcome::Dropped, 2), (Outcome::AnswerLost, 3)] {
        overrides.add(Override { outcome, times: Some(1), ..Override::default() });
        let request = format!(
            "GET /bot{TOKEN}/sendMessage?chat_id={}&text=x HTTP/1.1\r\nHost: localhost\r\n\r\n",
            stage.user_id
        );
        assert_eq!(stage.raw(&request).await, "");
        assert_eq!(stage.state.chat_messages(BOT_ID, stage.user_id).len(), done);
    }
}

#[tokio::test]
async fn the_log_has_calls_and_answers() {
    let stage = Stage::new().await;
    stage.say("/start");
    stage.call("sendMessage", json!({"chat_id": stage.user_id, "text": "Hello"})).await.result();
    let called = stage.logged(|event| matches!(event, LogEvent::Called { .. })).await;
    let LogEvent::Called { method, parameters } = called.event else { unreachable!() };
    assert_eq!((method.as_str(), parameters["text"].as_str()), ("sendMessage", "Hello"));
    assert_eq!(called.bot_id, Some(BOT_ID));
    let answered = stage.logged(|event| matches!(event, LogEvent::Answered { .. })).await;
    let LogEvent::Answered { call, status, answer, .. } = answered.event else { unreachable!() };
    assert_eq!((call, status, &answer["result"]["text"]), (called.number, 200, &"Hello".into()));
}

#[tokio::test]
async fn a_bot_says_who_it_is() {
    let stage = Stage::new().await;
    stage.say("/start");
    let me = stage.get(&format!("/bot{TOKEN}/getMe")).await.result();
    assert_eq!(
        (&me["id"], &me["first_name"], &me["can_join_groups"]),
        (&BOT_ID.into(), &"Example".into(), &true.into())
    );
    for (set, get, field, first) in [
        ("setMyName", "getMyName", "name", "Example"),
        ("setMyDescription", "getMyDescription", "description", ""),
        ("setMyShortDescription", "getMyShortDescription", "short_description", ""),
    ] {
        assert_eq!(stage.call(get, json!({})).await.result(), json!({field: first}));
        stage.call(set, json!({field: "Ours", "language_code": "de"})).await.result();
        assert_eq!(stage.call(get, json!({"language_code": "de"})).await.result(), json!({field: "Ours"}));
        assert_eq!(stage.call(get, json!({"language_code": "fr"})).await.result(), json!({field: first}));
    }
    let commands = json!([{"command": "start", "description": "Begins"}]);
    stage.call("setMyCommands", json!({"commands": commands, "scope": {"type": "default"}})).await.result();
    assert_eq!(stage.call("getMyCommands", json!({})).await.result(), commands);
    stage.call("deleteMyCommands", json!({})).await.result();
    assert_eq!(stage.call("getMyCommands", json!({})).await.result(), json!([]));
    assert_eq!(stage.call("getChatMenuButton", json!({})).await.result(), json!({"type": "commands"}));
    let button = json!({"type": "web_app", "text": "Open", "web_app": {"url": "https://example.com/"}});
    stage.call("setChatMenuButton", json!({"chat_id": stage.user_id, "menu_button": button})).await.result();
    let get = stage.call("getChatMenuButton", json!({"chat_id": stage.user_id})).await;
    assert_eq!(get.result(), button);
    let chat = stage.call("getChat", json!({"chat_id": stage.user_id})).await.result();
    assert_eq!((&chat["type"], &chat["first_name"]), (&"private".into(), &"Anna".into()));
    stage.call("sendChatAction", json!({"chat_id": stage.user_id, "action": "typing"})).await.result();
    assert_eq!(stage.state.chat(BOT_ID, stage.user_id).unwrap().action.unwrap().0, "typing");
}

#[tokio::test]
async fn buttons_are_pressed_and_answered() {
    let stage = Stage::new().await;
    stage.say("/start");
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]});
    let sent = stage
        .call("sendMessage", json!({"chat_id": stage.user_id, "text": "Sure?", "reply_markup": keyboard}))
        .await
        .result();
    assert_eq!(sent["reply_markup"], keyboard);
    let id = i32::try_from(sent["message_id"].as_i64().unwrap()).unwrap();
    let press = stage.state.press_button(stage.user_id, BOT_ID, id, "y").unwrap();
    let updates = stage.call("getUpdates", json!({})).await.result();
    let query = &updates[1]["callback_query"];
    assert_eq!(query["id"], press.to_string());
    assert_eq!((&query["data"], &query["message"]["message_id"]), (&"y".into(), &id.into()));
    assert!(query["chat_instance"].is_string());
    let answer = json!({"callback_query_id": press.to_string(), "text": "Thank you", "show_alert": "TRUE"});
    stage.call("answerCallbackQuery", answer.clone()).await.result();
    let expected = CallbackAnswer { text: "Thank you".to_owned(), alert: true, url: None };
    assert_eq!(stage.state.callback_query(BOT_ID, press).unwrap().answer, Some(expected));
    assert_eq!(stage.call("answerCallbackQuery", answer).await.error().0, 400);
}

#[tokio::test]
async fn messages_are_changed_and_deleted() {
    let stage = Stage::new().await;
    let heard = stage.say("/start");
    let user_id = stage.user_id;
    let sent = stage
        .call(
            "sendMessage",
            json!({
                "chat_id": user_id,
                "text": "a bold word",
                "entities": [{"type": "bold", "offset": 2, "length": 4}],
                "reply_parameters": {"message_id": heard},
            }),
        )
        .await
        .result();
    assert_eq!(sent["entities"], json!([{"offset": 2, "length": 4, "type": "bold"}]));
    assert_eq!(sent["reply_to_message"]["message_id"], heard);
    let id = &sent["message_id"];
    let edit = |text: &str| json!({"chat_id": user_id, "message_id": id, "text": text});
    let edited = stage.call("editMessageText", edit("other")).await.result();
    assert_eq!((&edited["text"], edited["edit_date"].is_i64()), (&"other".into(), true));
    let same = stage.call("editMessageText", edit("other")).await.error().1;
    assert!(
        same.starts_with("Bad Request: message is not modified: specified new message content"),
        "{same}"
    );
    let missing = json!({"chat_id": user_id, "message_id": 99, "text": "x"});
    let missing = stage.call("editMessageText", missing).await.error().1;
    assert_eq!(missing, "Bad Request: message to edit not found");
    let delete = json!({"chat_id": user_id, "message_id": id});
    assert_eq!(stage.call("deleteMessage", delete.clone()).await.result(), true);
    let again = stage.call("deleteMessage", delete).await.error().1;
    assert_eq!(again, "Bad Request: message to delete not found");
    let all = json!({"chat_id": user_id, "message_ids": [heard, 99]});
    assert_eq!(stage.call("deleteMessages", all).await.result(), true);
    assert!(stage.state.chat_messages(BOT_ID, user_id).is_empty());
    stage.state.block_bot(user_id, BOT_ID, true).unwrap();
    let blocked = stage.call("sendMessage", json!({"chat_id": user_id, "text": "x"})).await;
    assert_eq!(blocked.error(), (403, "Forbidden: bot was blocked by the user".to_owned()));
}
