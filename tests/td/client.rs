//! What the client promises whatever TDLib does.

use std::time::Duration;

use serde::Serialize;
use telegram_passport::cloud::SignedOut;
use telegram_passport::tdlib::{
    Client, Done, Function, Library, LoadError, Login, RequestError, SessionOptions,
};
use tokio::net::TcpListener;

use crate::library;
use crate::stage::{Stage, original};

/// Declares a function as any caller may.
macro_rules! function {
    ($name:ident, $td_name:literal, $answer:ty, { $($field:ident: $type:ty),* }) => {
        #[derive(Serialize)]
        #[serde(tag = "@type", rename = $td_name)]
        struct $name { $($field: $type),* }

        impl Function for $name {
            const NAME: &'static str = $td_name;
            type Answer = $answer;
        }
    };
}

function!(GetOption, "getOption", Done, { name: &'static str });
function!(Nonsense, "getNonsense", Done, {});
function!(SetLog, "setLogVerbosityLevel", Done, { new_verbosity_level: i32 });
function!(SetPhone, "setAuthenticationPhoneNumber", Done, { phone_number: &'static str });
function!(GetMe, "getMe", tdlib_rs::types::User, {});

pub(crate) async fn an_answer_of_another_type_is_an_error() {
    let client = Client::start(library()).unwrap();
    let answer = client.call(&GetOption { name: "version" }).await;
    let unexpected =
        RequestError::Unexpected { function: "getOption", answer: "optionValueString".to_owned() };
    assert_eq!(answer, Err(unexpected));
    let answer = client.call(&Nonsense {}).await;
    assert!(matches!(answer, Err(RequestError::Refused { code: 400, .. })), "{answer:?}");
    client.close().await.unwrap();
}

/// A server that takes connections and never says anything.
pub(crate) async fn requests_end_and_clients_close() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let keep = tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((connection, _)) = silent.accept().await {
            connections.push(connection);
        }
    });
    let stage = Stage::new().await;
    let proxy = telegram_passport::tdlib::Proxy::socks5("127.0.0.1", port);
    let options: SessionOptions = stage.options("a").proxy(proxy);
    let (login, _) = Login::begin(library(), &options).await.unwrap();
    let client = login.client();
    let second = Duration::from_secs(1);
    let phone = SetPhone { phone_number: "380501234567" };
    let timed_out = client.call_within(&phone, second).await;
    assert_eq!(timed_out, Err(RequestError::TimedOut { function: SetPhone::NAME, after: second }));
    // Dropped before there was an answer; the client goes on.
    assert!(tokio::time::timeout(Duration::from_millis(50), client.call(&phone)).await.is_err());
    let nobody = client.call(&GetMe {}).await;
    assert!(matches!(nobody, Err(RequestError::SignedOut { reason: SignedOut::Untold, .. })), "{nobody:?}");

    let mut updates = client.updates();
    let client = client.clone();
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.call(&phone).await }
    });
    tokio::task::yield_now().await;
    login.close().await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Err(RequestError::Closed { .. })));
    let closed = client.call(&GetMe {}).await;
    assert_eq!(closed.map(|_| ()), Err(RequestError::Closed { function: "getMe" }));
    let mut last = None;
    while let Some(update) = updates.next().await {
        last = Some(update.unwrap());
    }
    let last = last.unwrap();
    assert_eq!(last.name(), "updateAuthorizationState");
    let state = last.read::<tdlib_rs::types::UpdateAuthorizationState>().unwrap().authorization_state;
    assert_eq!(state, tdlib_rs::enums::AuthorizationState::Closed);
    assert!(last.read::<tdlib_rs::types::UpdateFile>().is_err());
    keep.abort();
}

pub(crate) async fn the_log_stays_pinned() {
    let client = Client::start(library()).unwrap();
    let refused = client.call(&SetLog { new_verbosity_level: 5 }).await;
    assert_eq!(refused, Err(RequestError::Forbidden { function: "setLogVerbosityLevel" }));
    client.close().await.unwrap();
}

pub(crate) async fn another_library_is_refused() {
    let again = Library::load(library().path()).unwrap();
    assert!(std::ptr::eq(again, library()));
    assert!(matches!(Library::load(original()), Err(LoadError::AlreadyLoaded { .. })));
}

pub(crate) async fn twenty_clients_in_one_process() {
    let stage = Stage::new().await;
    let logins = (0..20).map(|number| {
        let options = stage.options(&number.to_string());
        async move { Login::begin(library(), &options).await.unwrap() }
    });
    let logins = futures_util::future::join_all(logins).await;
    let closing = logins.into_iter().map(|(login, _)| login.close());
    assert!(futures_util::future::join_all(closing).await.iter().all(Result::is_ok));
}
