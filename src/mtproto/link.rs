//! A connection to one data centre that comes back: a task that owns it, and a handle to ask through.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::debug;

use super::envelope::AuthKey;
use super::network::Network;
use super::session::{Ending, Query, Repeat, Session, Way};
use super::transport::{self, Reader, Writer, refusal};
use super::{ChannelError, Patience, Socks5};
use crate::cloud::{CloudError, SignedOut};

/// The transport's way of saying that it does not know the key.
const UNKNOWN_KEY: i32 = -404;

/// How many connections in a row may bring nothing but nonsense, or -404, before waiting is given up. More than one,
/// because whoever sits in between can say -404 too.
const MOST_FAILURES: u8 = 3;

/// Between two attempts to connect: doubled from one to the other.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often it is looked after what is unanswered, at most.
const SHORTEST_TICK: Duration = Duration::from_millis(10);

/// How many queries wait at the door.
const QUEUE: usize = 64;

/// A handle to a data centre under one key. The connection ends with it.
#[derive(Debug)]
pub(super) struct Link {
    queries: mpsc::Sender<Query>,
    shared: Arc<Shared>,
    patience: Patience,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    salt: AtomicI64,
    /// What went wrong last, since something went right.
    trouble: Mutex<Option<CloudError>>,
    login_token: Notify,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// A link that connects when it is first used, or goes on with a connection there is.
    pub(super) fn open(
        network: &Network,
        dc_id: i32,
        key: AuthKey,
        (salt, time_offset): (i64, i64),
        patience: Patience,
        connection: Option<(Reader, Writer)>,
    ) -> Result<Self, ChannelError> {
        let address = network.address(dc_id).ok_or(ChannelError::UnknownDataCentre { dc_id })?;
        let (queries, waiting) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared { salt: AtomicI64::new(salt), ..Shared::default() });
        let runner = Runner {
            address,
            proxy: network.proxy().cloned(),
            patience,
            session: Session::new(key, salt, time_offset),
            shared: Arc::clone(&shared),
            queries: waiting,
            failures: 0,
            unknown_keys: 0,
            pause: FIRST_PAUSE,
        };
        let task =
            tokio::spawn(runner.run(connection.map(|(reader, writer)| Connection::new(reader, writer))));
        Ok(Self { queries, shared, patience, task })
    }

    /// Asks and waits for the answer, as long as patience lasts.
    ///
    /// When nobody waits any more, a query that was not sent yet never will be; what changes something and was sent
    /// has an unknown outcome.
    pub(super) async fn ask(&self, body: Vec<u8>, repeat: Repeat) -> Result<Vec<u8>, CloudError> {
        let (answer, answered) = oneshot::channel();
        let asked = Asked::default();
        let way = Arc::clone(&asked.0);
        let asking = async {
            // The task ends when the handle does, or when it panics: neither leaves anyone waiting.
            self.queries.send(Query { body, repeat, way, answer }).await.ok()?;
            answered.await.ok()
        };
        let why = match timeout(self.patience.answer, asking).await {
            Ok(Some(answer)) => return answer,
            Ok(None) => ChannelError::Closed.into(),
            Err(_) => self.trouble().unwrap_or_else(|| ChannelError::TimedOut.into()),
        };
        let sent = !asked.0.take_back();
        Err(if sent && repeat.changes() { ChannelError::OutcomeUnknown.into() } else { why })
    }

    /// The salt to begin with the next time.
    pub(super) fn salt(&self) -> i64 {
        self.shared.salt.load(Ordering::Relaxed)
    }

    /// Waits until the server tells of an approved login.
    pub(super) async fn login_token(&self) {
        self.shared.login_token.notified().await;
    }

    fn trouble(&self) -> Option<CloudError> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A query whose answer somebody waits for. It is taken back with whoever does, if that is still possible.
#[derive(Default)]
struct Asked(Arc<Way>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.take_back();
    }
}

/// Two halves of TCP, of which a task of its own writes: a server that does not read stops nobody.
struct Connection {
    reader: Reader,
    packets: mpsc::UnboundedSender<Vec<u8>>,
    writing: JoinHandle<()>,
}

impl Connection {
    fn new(reader: Reader, mut writer: Writer) -> Self {
        let (packets, mut waiting) = mpsc::unbounded_channel::<Vec<u8>>();
        let writing = tokio::spawn(async move {
            while let Some(packet) = waiting.recv().await {
                if writer.send(&packet).await.is_err() {
                    // The reader notices too.
                    return;
                }
            }
        });
        Self { reader, packets, writing }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.writing.abort();
    }
}

/// The task.
struct Runner {
    address: std::net::SocketAddr,
    proxy: Option<Socks5>,
    patience: Patience,
    session: Session,
    shared: Arc<Shared>,
    queries: mpsc::Receiver<Query>,
    failures: u8,
    unknown_keys: u8,
    pause: Duration,
}

/// The handle is gone.
struct Gone;

impl Runner {
    async fn run(mut self, first: Option<Connection>) {
        let mut next = first;
        loop {
            let connection = match next.take() {
                Some(connection) => connection,
                None => match self.connect().await {
                    Ok(connection) => connection,
                    Err(Gone) => return,
                },
            };
            self.session.connect();
            match self.speak(connection).await {
                Ok(why) => self.note(why),
                Err(Gone) => return,
            }
            self.session.disconnect();
        }
    }

    /// A new connection, once somebody wants an answer.
    async fn connect(&mut self) -> Result<Connection, Gone> {
        loop {
            while !self.session.is_waiting() {
                let query = self.queries.recv().await.ok_or(Gone)?;
                self.session.submit(query);
            }
            // After an answer at once, then ever more slowly, unless somebody comes anew.
            if self.pause > FIRST_PAUSE {
                tokio::select! {
                    () = sleep(self.pause) => {}
                    query = self.queries.recv() => self.session.submit(query.ok_or(Gone)?),
                }
            }
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            match transport::connect(self.address, self.proxy.as_ref(), self.patience.connect).await {
                Ok((reader, writer)) => return Ok(Connection::new(reader, writer)),
                Err(why) => self.note(why),
            }
            // Those who waited long enough are gone.
            while let Ok(query) = self.queries.try_recv() {
                self.session.submit(query);
            }
            let _ = self.session.tick(self.patience.ask_after);
        }
    }

    /// Goes on as long as the connection does; gives the reason of its end.
    async fn speak(&mut self, mut connection: Connection) -> Result<ChannelError, Gone> {
        let mut clock = tokio::time::interval((self.patience.ask_after / 4).max(SHORTEST_TICK));
        loop {
            for packet in self.session.take_out() {
                if connection.packets.send(packet).is_err() {
                    return Ok(ChannelError::Connection(std::io::ErrorKind::BrokenPipe.into()));
                }
            }
            tokio::select! {
                query = self.queries.recv() => self.session.submit(query.ok_or(Gone)?),
                packet = connection.reader.next() => {
                    let heard = packet.and_then(|packet| match refusal(&packet) {
                        Some(code) => Err(ChannelError::Refused { code }),
                        None => self.session.hear(packet),
                    });
                    match heard {
                        Ok(()) => self.went_well(),
                        Err(why) => return Ok(why),
                    }
                }
                _ = clock.tick() => {
                    if let Err(Ending::Silent) = self.session.tick(self.patience.ask_after) {
                        return Ok(ChannelError::TimedOut);
                    }
                }
            }
        }
    }

    fn went_well(&mut self) {
        (self.failures, self.unknown_keys) = (0, 0);
        // A server that answers nothing is not hurried, however often it takes a connection.
        if self.session.take_progress() {
            self.pause = FIRST_PAUSE;
        }
        self.shared.salt.store(self.session.salt(), Ordering::Relaxed);
        *self.trouble() = None;
        if self.session.take_login_token() {
            self.shared.login_token.notify_one();
        }
    }

    /// Notes why a connection ended, and gives up waiting where it is no use.
    fn note(&mut self, why: ChannelError) {
        debug!(%why, "a connection ended");
        match why {
            ChannelError::Refused { code: UNKNOWN_KEY } => self.unknown_keys += 1,
            ChannelError::Hostile(_) => self.failures += 1,
            _ => {}
        }
        let unknown = self.unknown_keys >= MOST_FAILURES;
        let why = if unknown { CloudError::SignedOut(SignedOut::KeyUnknown) } else { why.into() };
        if unknown || self.failures >= MOST_FAILURES {
            self.session.fail_all(&why);
            (self.failures, self.unknown_keys) = (0, 0);
        }
        *self.trouble() = Some(why);
    }

    fn trouble(&self) -> std::sync::MutexGuard<'_, Option<CloudError>> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
