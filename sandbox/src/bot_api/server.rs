use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use url::Url;

use super::hosts::Hosts;
use super::log::Log;
use super::overrides::Overrides;
use super::routes::{self, Hangup};
use super::shared::{Server, Shared};
use super::webhooks;
use crate::state::{ChatRefusal, State, Webhook};

/// How many connections there are at once; the next one waits.
const MOST_CONNECTIONS: usize = 4096;

/// How long a head may take.
const HEAD: Duration = Duration::from_secs(20);

/// The largest head, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;

/// How long connections may take to end.
const FAREWELL: Duration = Duration::from_secs(2);

/// How the Bot API is served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where it listens; port 0 is any that is free.
    pub address: SocketAddr,
    /// Whether it may listen elsewhere than on loopback.
    pub beyond_loopback: bool,
    /// Whether a token that nobody has makes a bot.
    pub any_token: bool,
    /// Names by which it may be called, beside `localhost` and addresses.
    pub host_names: BTreeSet<String>,
    /// Hosts that updates may be sent to, beside this computer's loopback.
    pub webhook_hosts: BTreeSet<String>,
}

impl Default for Options {
    /// On loopback, at any port, for known tokens.
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            beyond_loopback: false,
            any_token: false,
            host_names: BTreeSet::new(),
            webhook_hosts: BTreeSet::new(),
        }
    }
}

/// Why no Bot API is served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// It would listen elsewhere than on loopback, and nobody has said that it may.
    #[error("the Bot API is on loopback, not at {address}")]
    NotLoopback {
        /// Where it would listen.
        address: SocketAddr,
    },
    /// The port cannot be had.
    #[error("the Bot API cannot listen at {address}")]
    Bind {
        /// Where it would listen.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// The Bot API of one sandbox, over HTTP; it ends when this is dropped.
///
/// What bots call is in the [log](Self::log), and what they are answered is the tester's to [override](Self::overrides).
pub struct BotApi {
    server: Server,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
    connections: Arc<Semaphore>,
}

impl BotApi {
    /// Serves the bots of this state, and sends to their webhooks.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn start(state: State, options: &Options) -> Result<Self, ServeError> {
        let address = options.address;
        if !address.ip().is_loopback() && !options.beyond_loopback {
            return Err(ServeError::NotLoopback { address });
        }
        let bind_error = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let lower = |names: &BTreeSet<String>| names.iter().map(|name| name.to_ascii_lowercase()).collect();
        let hosts = Hosts { own: lower(&options.host_names), of_webhooks: lower(&options.webhook_hosts) };
        let server = Arc::new(Shared {
            state,
            log: Log::new(),
            overrides: Overrides::new(),
            polls: Default::default(),
            webhooks: Default::default(),
            memory: Default::default(),
            hosts,
            any_token: options.any_token,
            ending: watch::Sender::new(false),
        });
        let connections = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let tasks = vec![
            tokio::spawn(accept(listener, Arc::clone(&server), Arc::clone(&connections))),
            tokio::spawn(webhooks::deliver(Arc::clone(&server))),
        ];
        Ok(Self { server, address, tasks, connections })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What bot libraries take for the address of a server: `http://127.0.0.1:8081`, with nothing behind it.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same as an address.
    #[must_use]
    pub fn url(&self) -> Url {
        Url::parse(&self.origin()).expect("an address and a port make an address")
    }

    /// What bots called and were answered.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.server.log
    }

    /// What bots are answered in place of what they would be.
    #[must_use]
    pub fn overrides(&self) -> &Overrides {
        &self.server.overrides
    }

    /// Sends a bot's updates to this webhook from now on, or nowhere, without its asking; a poll that is held ends.
    ///
    /// # Errors
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn set_webhook(&self, bot_id: i64, webhook: Option<Webhook>) -> Result<(), ChatRefusal> {
        if webhook.is_some() {
            self.server.polls.end_for_webhook(bot_id);
        }
        self.server.state.set_webhook(bot_id, webhook)?;
        self.server.webhooks.look_again();
        Ok(())
    }

    /// Answers polls that are held, takes no new connections, and waits for those that are there, but not for long.
    pub async fn stop(self) {
        self.server.ending.send_replace(true);
        let all = u32::try_from(MOST_CONNECTIONS).unwrap_or(u32::MAX);
        // Whoever still has a connection then is cut off.
        let _ = tokio::time::timeout(FAREWELL, self.connections.acquire_many(all)).await;
    }
}

impl Drop for BotApi {
    fn drop(&mut self) {
        self.server.ending.send_replace(true);
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl fmt::Debug for BotApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotApi").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, server: Server, connections: Arc<Semaphore>) {
    let router = routes::router(Arc::clone(&server));
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.ends() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (router, server) = (router.clone(), Arc::clone(&server));
                tokio::spawn(async move {
                    connection(stream, router, &server).await;
                    drop(permit);
                });
            }
            // Out of file descriptors, as a rule: some will be free again.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, router: Router, server: &Shared) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move { respond(router, request.map(axum::body::Body::new)).await }
    });
    // An answer is small and goes out at once.
    let _ = stream.set_nodelay(true);
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    tokio::select! {
        // What a caller does wrong is its own affair.
        _ = &mut serving => return,
        () = server.ends() => serving.as_mut().graceful_shutdown(),
    }
    let _ = tokio::time::timeout(FAREWELL, serving).await;
}

/// The router's response, or none where the connection is to be closed.
async fn respond(router: Router, request: Request) -> Result<Response, io::Error> {
    let response: Result<Response, Infallible> = router.oneshot(request).await;
    let Ok(response) = response;
    if response.extensions().get::<Hangup>().is_some() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    Ok(response)
}
