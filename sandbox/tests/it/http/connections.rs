//! Bad HTTP, great bodies, many connections, names of elsewhere.

use std::time::{Duration, Instant};

use serde_json::json;
use telegram_passport_sandbox::bot_api::{BotApi, Options, ServeError};
use telegram_passport_sandbox::state::State;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::stage::{Stage, TOKEN};

impl Stage {
    /// Sends these bytes, and gives what comes until the other side ends it.
    pub(super) async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.bot_api.address()).await.unwrap();
        // It may be cut off before it is whole.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answered = Vec::new();
        let read = stream.read_to_end(&mut answered);
        let _ = tokio::time::timeout(Duration::from_secs(20), read).await.expect("it never ends");
        String::from_utf8_lossy(&answered).into_owned()
    }
}

#[tokio::test]
async fn bad_http_is_refused_and_the_rest_goes_on() {
    let stage = Stage::new().await;
    for bad in
        ["nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\u{0} HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}"]
    {
        let answered = stage.raw(&format!("{bad}\r\n\r\n")).await;
        assert!(answered.is_empty() || answered.starts_with("HTTP/1.1 400"), "{bad:?}: {answered}");
    }
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(200_000));
    let answered = stage.raw(&long).await;
    assert!(answered.is_empty() || answered.starts_with("HTTP/1.1 4"), "{answered}");
    let put = format!("DELETE /bot{TOKEN}/getMe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(stage.raw(&put).await.contains(r#""error_code":405"#));
    stage.get(&format!("/bot{TOKEN}/getMe")).await.result();
}

#[tokio::test]
async fn a_body_has_a_bound() {
    let stage = Stage::new().await;
    let path = format!("/bot{TOKEN}/getMe");
    let great = vec![b'a'; 53 * 1024 * 1024];
    assert_eq!(stage.post(&path, "application/octet-stream", great).await.error().0, 413);
    let chunked = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n3\r\na=1\r\n0\r\n\r\n"
    );
    assert!(stage.raw(&chunked).await.contains(r#""ok":true"#));
}

#[tokio::test]
async fn a_name_of_elsewhere_leads_nowhere() {
    let mut options = Options::default();
    options.host_names.insert("Sandbox".to_owned());
    let stage = Stage::with(&options).await;
    let ask = |host: &str| {
        let request = format!("GET /bot{TOKEN}/getMe HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let stage = &stage;
        async move { stage.raw(&request).await }
    };
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"] {
        assert!(ask(host).await.contains(r#""error_code":403"#), "{host}");
    }
    for host in ["localhost:8081", "127.0.0.1", "[::1]:80", "sandbox:8081"] {
        assert!(ask(host).await.contains(r#""ok":true"#), "{host}");
    }
}

#[tokio::test]
async fn a_thousand_connections_disturb_nobody() {
    let stage = Stage::new().await;
    let mut idle = Vec::new();
    for _ in 0..400 {
        let mut stream = TcpStream::connect(stage.bot_api.address()).await.unwrap();
        // Half a head, and half a body.
        let half = if idle.len() % 2 == 0 {
            "GET /bot".to_owned()
        } else {
            format!("POST /bot{TOKEN}/getMe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na")
        };
        stream.write_all(half.as_bytes()).await.unwrap();
        idle.push(stream);
    }
    let began = Instant::now();
    let held = (0..100).map(|_| stage.call("getMe", json!({})));
    for call in held {
        call.await.result();
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn it_is_on_loopback_unless_told_otherwise() {
    let mut options = Options::default();
    options.address = ([0, 0, 0, 0], 0).into();
    let refused = BotApi::start(State::default(), &options).await;
    assert!(matches!(refused, Err(ServeError::NotLoopback { .. })));
    options.beyond_loopback = true;
    BotApi::start(State::default(), &options).await.unwrap();
    let taken = BotApi::start(State::default(), &Options::default()).await.unwrap();
    options.address = taken.address();
    assert!(matches!(BotApi::start(State::default(), &options).await, Err(ServeError::Bind { .. })));
}
