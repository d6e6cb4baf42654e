use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower::Service;
use url::{Host, Url};

use super::certificate;
use crate::state::Webhook;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// The header of the secret token.
const SECRET_TOKEN: &str = "x-telegram-bot-api-secret-token";

/// Sends updates to one webhook, over connections that are kept.
pub(super) struct Client {
    http: HttpClient<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    url: String,
    headers: HeaderMap,
}

/// What a webhook answered.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How long to wait.
    pub(super) retry_after: Option<Duration>,
}

/// Why a webhook answered nothing, in the words that its owner is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error("Wrong webhook URL")]
    Url,
    #[error("Can't set up SSL certificate")]
    Certificate,
    #[error("{0}")]
    Connection(String),
    #[error("Webhook connection closed")]
    Closed,
    #[error("Read timeout expired")]
    Timeout,
}

impl Response {
    /// What stands for the answer where nothing was to be sent.
    pub(super) fn nothing() -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::new(), retry_after: None }
    }

    /// What is wrong with it.
    pub(super) fn complaint(&self) -> String {
        let reason = self.status.canonical_reason().unwrap_or_default();
        format!("Wrong response from the webhook: {} {reason}", self.status.as_u16()).trim_end().to_owned()
    }
}

impl Client {
    pub(super) fn new(webhook: &Webhook) -> Result<Self, Failed> {
        let mut url = Url::parse(&webhook.url).map_err(|_| Failed::Url)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        if let Some(secret) = &webhook.secret_token {
            headers.insert(SECRET_TOKEN, HeaderValue::from_str(secret).map_err(|_| Failed::Url)?);
        }
        if !url.username().is_empty() {
            let who = format!("{}:{}", url.username(), url.password().unwrap_or_default());
            let basic = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(who)));
            headers.insert(header::AUTHORIZATION, basic.map_err(|_| Failed::Url)?);
            url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| Failed::Url)?;
        }
        url.set_fragment(None);
        let fixed = webhook.ip_address.as_deref().map(str::parse).transpose().map_err(|_| Failed::Url)?;
        let loopback =
            matches!(url.host(), Some(Host::Domain(name)) if name.eq_ignore_ascii_case("localhost"));
        let mut connector = HttpConnector::new_with_resolver(Resolver { fixed, loopback });
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(PATIENCE));
        let tls = certificate::tls(webhook.certificate.as_deref()).ok_or(Failed::Certificate)?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = HttpClient::builder(TokioExecutor::new()).build(connector);
        Ok(Self { http, url: url.into(), headers })
    }

    /// Posts an update.
    pub(super) async fn post(&self, body: String) -> Result<Response, Failed> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Failed::Url)?;
        request.headers_mut().extend(self.headers.clone());
        let answered = async {
            let response = self.http.request(request).await.map_err(|error| complaint(&error))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|_| Failed::Closed)?;
            let retry_after = head.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            let retry_after =
                retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
            Ok(Response { status: head.status, headers: head.headers, body: body.to_bytes(), retry_after })
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap_or(Err(Failed::Timeout))
    }
}

/// The innermost cause, which is the one that says something.
fn complaint(error: &hyper_util::client::legacy::Error) -> Failed {
    if !error.is_connect() {
        return Failed::Closed;
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    // The number that the operating system has for it is no word.
    Failed::Connection(text.split(" (os error").next().unwrap_or(&text).to_owned())
}

/// Where a host's name leads: to the address that the bot fixed, to loopback, or where the system says.
#[derive(Clone, Debug)]
struct Resolver {
    fixed: Option<IpAddr>,
    loopback: bool,
}

impl Service<hyper_util::client::legacy::connect::dns::Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: hyper_util::client::legacy::connect::dns::Name) -> Self::Future {
        let Self { fixed, loopback } = *self;
        Box::pin(async move {
            if let Some(address) = fixed {
                return Ok(vec![SocketAddr::new(address, 0)].into_iter());
            }
            let host = name.as_str().to_owned();
            let found = tokio::task::spawn_blocking(move || (host.as_str(), 0).to_socket_addrs());
            let found = found.await.map_err(std::io::Error::other)??;
            // Whatever the system says of it: `localhost` is here.
            let allowed = |address: &SocketAddr| !loopback || address.ip().is_loopback();
            Ok(found.filter(allowed).collect::<Vec<_>>().into_iter())
        })
    }
}
