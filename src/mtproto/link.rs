//! A connection to one data centre that comes back: a task that owns it, and a handle to ask through.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::debug;

use super::addresses::Addresses;
use super::clock::Clock;
use super::envelope::AuthKey;
use super::session::{Ending, Query, Repeat, Session, Way};
use super::transport::{self, Reader, Writer, refusal};
use super::{ChannelError, Socks5, TimeOuts};
use crate::cloud::{CloudError, SignedOut};

/// The transport's way of saying that it does not know the key.
const UNKNOWN_KEY: i32 = -404;

/// How many connections in a row may bring nothing but nonsense, or -404, before waiting is given up. More than one,
/// because whoever sits in between can say -404 too.
const MOST_FAILURES: u8 = 3;

/// Between two rounds of attempts to connect, each to every address: doubled from one to the other.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often it is looked after what is unanswered, at most.
const SHORTEST_TICK: Duration = Duration::from_millis(10);

/// How many queries may wait to be sent.
const QUEUE: usize = 64;

/// A handle to a data centre under one key. The connection ends with it.
#[derive(Debug)]
pub(super) struct Link {
    queries: mpsc::Sender<Query>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// Where a data centre is, and how it is reached.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) dc_id: i32,
    pub(super) addresses: Arc<Addresses>,
    pub(super) proxy: Option<Socks5>,
    /// Which of the addresses is tried next.
    pub(super) turn: usize,
}

#[derive(Debug, Default)]
struct Shared {
    salt: AtomicI64,
    /// What went wrong last, since something went right.
    trouble: Mutex<Option<CloudError>>,
    /// How many approved logins were told of.
    login_tokens: watch::Sender<u64>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// A link that connects when it is first used, or goes on with a connection there is. `time_offset` is by how many
    /// seconds the data centre's clock is ahead, if that is known.
    pub(super) fn open(
        route: Route,
        key: AuthKey,
        (salt, time_offset): (i64, Option<i64>),
        time_outs: TimeOuts,
        connection: Option<(Reader, Writer)>,
    ) -> Self {
        let (queries, waiting) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared { salt: AtomicI64::new(salt), ..Shared::default() });
        let runner = Runner {
            route,
            time_outs,
            session: Session::new(key, salt, time_offset, time_outs.ask_after, Clock::system()),
            shared: Arc::clone(&shared),
            queries: waiting,
            failures: 0,
            unknown_keys: 0,
            pause: FIRST_PAUSE,
        };
        let task =
            tokio::spawn(runner.run(connection.map(|(reader, writer)| Connection::new(reader, writer))));
        Self { queries, shared, task }
    }

    /// Asks and waits for the answer until then.
    ///
    /// When nobody waits any more, a query that was not sent yet never will be; what changes something and was sent
    /// has an unknown outcome.
    pub(super) async fn ask(
        &self,
        body: Vec<u8>,
        repeat: Repeat,
        until: Instant,
    ) -> Result<Vec<u8>, CloudError> {
        let (answer, answered) = oneshot::channel();
        let asked = Asked::default();
        let way = Arc::clone(&asked.0);
        let asking = async {
            // The task ends when the handle does, or when it panics: neither leaves anyone waiting.
            self.queries.send(Query { body, repeat, way, answer }).await.ok()?;
            answered.await.ok()
        };
        let why = match timeout_at(until, asking).await {
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

    /// Asks without waiting: the answer, if there is one, comes out there. Nobody is asked if too many wait already.
    pub(super) fn ask_aside(&self, body: Vec<u8>) -> oneshot::Receiver<Result<Vec<u8>, CloudError>> {
        let (answer, answered) = oneshot::channel();
        let (repeat, way) = (Repeat::Harmless, Arc::default());
        let _ = self.queries.try_send(Query { body, repeat, way, answer });
        answered
    }

    /// Changes with every approved login that the server tells of from now on.
    pub(super) fn login_tokens(&self) -> watch::Receiver<u64> {
        self.shared.login_tokens.subscribe()
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
    route: Route,
    time_outs: TimeOuts,
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
            // They may have been learned meanwhile.
            let addresses = self.route.addresses.of(self.route.dc_id);
            for _ in 0..addresses.len() {
                let address = addresses[self.route.turn % addresses.len()];
                let proxy = self.route.proxy.as_ref();
                match transport::connect(address, proxy, self.time_outs.connect).await {
                    Ok((reader, writer)) => return Ok(Connection::new(reader, writer)),
                    Err(why) => {
                        self.note(why);
                        self.route.turn = self.route.turn.wrapping_add(1);
                    }
                }
                // Those who waited long enough are gone.
                while let Ok(query) = self.queries.try_recv() {
                    self.session.submit(query);
                }
                let _ = self.session.tick(self.time_outs.ask_after);
                if !self.session.is_waiting() {
                    break;
                }
            }
        }
    }

    /// Goes on as long as the connection does; gives the reason of its end.
    async fn speak(&mut self, mut connection: Connection) -> Result<ChannelError, Gone> {
        let mut clock = tokio::time::interval((self.time_outs.ask_after / 4).max(SHORTEST_TICK));
        loop {
            for packet in self.session.take_out() {
                if connection.packets.send(packet).is_err() {
                    return Ok(ChannelError::Connection(std::io::ErrorKind::BrokenPipe.into()));
                }
            }
            tokio::select! {
                query = self.queries.recv() => self.session.submit(query.ok_or(Gone)?),
                packet = connection.reader.next() => {
                    let taken = packet.and_then(|packet| match refusal(&packet) {
                        Some(code) => Err(ChannelError::Refused { code }),
                        None => self.session.receive(packet),
                    });
                    match taken {
                        Ok(()) => self.went_well(),
                        Err(why) => return Ok(why),
                    }
                }
                _ = clock.tick() => {
                    if let Err(Ending::Silent) = self.session.tick(self.time_outs.ask_after) {
                        // Who takes connections and says nothing is not there, either.
                        self.route.turn = self.route.turn.wrapping_add(1);
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
            self.shared.login_tokens.send_modify(|told| *told += 1);
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
