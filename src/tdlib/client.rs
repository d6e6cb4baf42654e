//! One TDLib client: requests that end, and updates as a stream.

use std::ffi::CStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{broadcast, oneshot, watch};
use zeroize::Zeroizing;

use super::function::{Done, Function, functions};
use super::hub::{Authorization, Hub, Kept, Registered, type_of};
use super::library::Library;
use super::passport_locks::PassportLocks;
use super::plain_files;
use crate::cloud::{CloudError, SignedOut};
use crate::disk::PlainFolder;

/// How long [`Client::call`] waits for an answer.
pub const REQUEST_TIME_OUT: Duration = Duration::from_secs(60);

/// How long [`Client::close`] waits for TDLib to write its database.
const CLOSE_TIME_OUT: Duration = Duration::from_secs(20);

functions! {
    /// Closes a client; it may take a while.
    Close, "close", {} -> Done;
}

/// A client of TDLib: one account, one database.
///
/// Clones are the same client. When the last is dropped, TDLib is told to close it; [`close`](Self::close) waits
/// for that.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    hub: &'static Hub,
    client_id: i32,
    updates: broadcast::Sender<Arc<Value>>,
    authorization: watch::Receiver<Authorization>,
    /// The account's directory, once a login has opened it.
    directory: OnceLock<PathBuf>,
    passport_locks: PassportLocks,
}

impl Client {
    /// A new client. It does nothing before its first request.
    ///
    /// # Errors
    ///
    /// If the system gives no thread to receive with, which the first client of a process starts.
    pub fn start(library: &'static Library) -> io::Result<Self> {
        let hub = Hub::of(library)?;
        let Registered { client_id, updates, authorization } = hub.register();
        let (directory, passport_locks) = Default::default();
        Ok(Self(Arc::new(Inner { hub, client_id, updates, authorization, directory, passport_locks })))
    }

    /// Calls a function of TDLib and waits for its answer, [`REQUEST_TIME_OUT`] at most.
    ///
    /// The future may be dropped; TDLib does what it was asked for all the same.
    ///
    /// # Errors
    ///
    /// [`RequestError`]; [`RequestError::OutcomeUnknown`] where something may have been changed.
    pub async fn call<F: Function>(&self, function: &F) -> Result<F::Answer, RequestError> {
        self.call_within(function, REQUEST_TIME_OUT).await
    }

    /// Calls a function of TDLib and waits for its answer as long as is said.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn call_within<F: Function>(
        &self,
        function: &F,
        time_out: Duration,
    ) -> Result<F::Answer, RequestError> {
        let sent = self.send(function)?;
        sent.answer(time_out).await
    }

    /// What TDLib tells from now on.
    #[must_use]
    pub fn updates(&self) -> Updates {
        Updates(self.0.updates.subscribe(), self.0.authorization.clone())
    }

    /// Closes the client and waits until TDLib has written its database.
    ///
    /// # Errors
    ///
    /// [`RequestError::TimedOut`] if that takes longer than 20 seconds.
    pub async fn close(&self) -> Result<(), RequestError> {
        match self.call_within(&Close {}, CLOSE_TIME_OUT).await {
            Ok(Done::Ok) | Err(RequestError::Closed { .. } | RequestError::SignedOut { .. }) => {}
            Err(other) => return Err(other),
        }
        self.wait_until_closed().await
    }

    /// Waits until every client of this process is closed; false if that takes longer than `time_out`.
    ///
    /// Blocks. A program does this before it ends: TDLib may crash when the process ends under an open client. A
    /// client that was dropped is being closed.
    #[must_use]
    pub fn wait_until_none(time_out: Duration) -> bool {
        Hub::wait_until_unused(time_out)
    }

    /// Waits until TDLib has closed this client, by itself or because it was told so.
    pub(super) async fn wait_until_closed(&self) -> Result<(), RequestError> {
        let mut authorization = self.0.authorization.clone();
        let closed = authorization.wait_for(Authorization::is_closed);
        match tokio::time::timeout(CLOSE_TIME_OUT, closed).await {
            // The hub forgets a client when it is closed.
            Ok(_) => Ok(()),
            Err(_) => Err(RequestError::TimedOut { function: Close::NAME, after: CLOSE_TIME_OUT }),
        }
    }

    /// The account's directory is this.
    pub(super) fn opened(&self, directory: &Path) {
        // A client opens one.
        let _ = self.0.directory.set(directory.to_owned());
    }

    /// A folder for files in the clear, in the account's directory.
    pub(super) fn plain_folder(&self) -> io::Result<PlainFolder> {
        plain_files::folder(self.0.directory.get().map(PathBuf::as_path))
    }

    /// Whose turn it is with what TDLib has of Passport.
    pub(super) fn passport_locks(&self) -> &PassportLocks {
        &self.0.passport_locks
    }

    /// The authorization state, as it changes.
    pub(super) fn authorization(&self) -> watch::Receiver<Authorization> {
        self.0.authorization.clone()
    }

    /// How often this client was asked for something so far, and for how much of that somebody waits.
    pub(super) fn asked(&self) -> (u64, usize) {
        self.0.hub.asked(self.0.client_id)
    }

    /// Hands a request to TDLib at once; its answer may be awaited later.
    pub(super) fn send<F: Function>(&self, function: &F) -> Result<Sent<F>, RequestError> {
        self.send_keeping(function, None)
    }

    /// Hands TDLib a request, as [`send`](Self::send) does, and keeps something until TDLib has answered, whoever waits for that, or the client is closed.
    pub(super) fn send_keeping<F: Function>(
        &self,
        function: &F,
        kept: Option<Kept>,
    ) -> Result<Sent<F>, RequestError> {
        let inner = &self.0;
        // What is pinned stays pinned: more than fatal errors in the log would be credentials in the log.
        if F::NAME.starts_with("setLog") || F::NAME == "addLogMessage" {
            return Err(RequestError::Forbidden { function: F::NAME });
        }
        let expected = inner.hub.expect(inner.client_id, kept);
        let (number, answer) = expected.ok_or_else(|| inner.closed(F::NAME))?;
        let waiting = Waiting { client: self.0.clone(), number };
        let request = Numbered { function, number };
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        if serde_json::to_writer(&mut *text, &request).is_err() {
            inner.hub.take_back(inner.client_id, number);
            return Err(RequestError::Unwritable { function: F::NAME });
        }
        text.push(0);
        let text = CStr::from_bytes_with_nul(&text).expect("JSON has no zero bytes");
        inner.hub.library().send(inner.client_id, text);
        Ok(Sent { answer, waiting, function: std::marker::PhantomData })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("client_id", &self.0.client_id).finish_non_exhaustive()
    }
}

impl Inner {
    /// Why nothing is answered any more.
    fn closed(&self, function: &'static str) -> RequestError {
        if self.authorization.borrow().signed_out {
            RequestError::SignedOut { function, reason: SignedOut::Untold }
        } else {
            RequestError::Closed { function }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A closed client ignores it, but for an answer that nobody waits for.
        if !self.authorization.borrow().is_closed() {
            self.hub.library().send(self.client_id, c"{\"@type\":\"close\"}");
        }
    }
}

/// A request as it is sent.
#[derive(Serialize)]
struct Numbered<'a, F> {
    #[serde(flatten)]
    function: &'a F,
    #[serde(rename = "@extra")]
    number: u64,
}

/// A request that was sent.
pub(super) struct Sent<F> {
    answer: oneshot::Receiver<Value>,
    waiting: Waiting,
    function: std::marker::PhantomData<fn() -> F>,
}

/// Forgets a request when nobody waits for its answer any more.
struct Waiting {
    client: Arc<Inner>,
    number: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.client.hub.forget(self.client.client_id, self.number);
    }
}

impl<F: Function> Sent<F> {
    /// The answer, if it comes in time.
    pub(super) async fn answer(self, time_out: Duration) -> Result<F::Answer, RequestError> {
        let Self { answer, waiting, .. } = self;
        let answer = match tokio::time::timeout(time_out, answer).await {
            Ok(Ok(answer)) => match read::<F>(&answer) {
                Err(RequestError::Closed { .. }) => Err(waiting.client.closed(F::NAME)),
                answer => return answer.map_err(after_sending::<F>),
            },
            Ok(Err(_)) => Err(waiting.client.closed(F::NAME)),
            Err(_) => Err(RequestError::TimedOut { function: F::NAME, after: time_out }),
        };
        answer.map_err(|why| match why {
            // It was under way when the session ended.
            ended @ RequestError::SignedOut { .. } if F::CHANGES => {
                RequestError::OutcomeUnknown { function: F::NAME, why: Box::new(ended) }
            }
            why => after_sending::<F>(why),
        })
    }
}

/// Why there is no answer to what TDLib was handed: of what changes something, only a refusal says that it was not done.
/// That the server is in trouble is none. TDLib repeats a 500 for a while, and then makes a wait of it (429), which
/// cannot be told from a wait that the server asks for.
pub(super) fn after_sending<F: Function>(why: RequestError) -> RequestError {
    match why {
        RequestError::Refused { code, ref message, .. }
            if F::CHANGES && CloudError::is_trouble(code, message) =>
        {
            RequestError::OutcomeUnknown { function: F::NAME, why: Box::new(why) }
        }
        RequestError::Refused { .. } | RequestError::SignedOut { .. } => why,
        why if F::CHANGES => RequestError::OutcomeUnknown { function: F::NAME, why: Box::new(why) },
        why => why,
    }
}

/// Reads an answer: an error, or what the function answers with.
fn read<F: Function>(answer: &Value) -> Result<F::Answer, RequestError> {
    let unexpected = || RequestError::Unexpected {
        function: F::NAME,
        answer: type_of(answer).unwrap_or_default().to_owned(),
    };
    if type_of(answer) != Some("error") {
        return F::Answer::deserialize(answer).map_err(|_| unexpected());
    }
    let code = answer["code"].as_i64().and_then(|code| i32::try_from(code).ok()).ok_or_else(unexpected)?;
    let message = answer["message"].as_str().ok_or_else(unexpected)?;
    if code == 500 && message == "Request aborted" {
        return Err(RequestError::Closed { function: F::NAME });
    }
    if F::NAME != PARAMETERS
        && let Some(reason) = signed_out(code, message)
    {
        return Err(RequestError::SignedOut { function: F::NAME, reason });
    }
    Err(RequestError::Refused { function: F::NAME, code, message: message.to_owned() })
}

/// The function that answers 401 to a wrong key of the database: TDLib's own word, of which no server knows.
const PARAMETERS: &str = "setTdlibParameters";

/// What TDLib says of itself to whoever asks without being signed in.
const UNAUTHORIZED: &str = "Unauthorized";

fn signed_out(code: i32, message: &str) -> Option<SignedOut> {
    match SignedOut::from_rpc(code, message)? {
        SignedOut::Other { name } if name == UNAUTHORIZED => Some(SignedOut::Untold),
        reason => Some(reason),
    }
}

/// What TDLib tells a client, one by one.
#[derive(Debug)]
pub struct Updates(broadcast::Receiver<Arc<Value>>, watch::Receiver<Authorization>);

impl Updates {
    /// The next update; `None` when the client is closed.
    ///
    /// # Errors
    ///
    /// [`MissedUpdates`] if more than 1024 came while none was taken: those before are lost, the next ones are not.
    pub async fn next(&mut self) -> Option<Result<TdlibUpdate, MissedUpdates>> {
        let told = tokio::select! {
            biased;
            told = self.0.recv() => told,
            _ = self.1.wait_for(Authorization::is_closed) => {
                self.0.try_recv().map_err(|_| broadcast::error::RecvError::Closed)
            }
        };
        match told {
            Ok(update) => Some(Ok(TdlibUpdate(update))),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Err(MissedUpdates { missed })),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// What has come so far and was not taken yet.
    pub(super) fn at_hand(&mut self) -> impl Iterator<Item = Result<TdlibUpdate, MissedUpdates>> {
        use broadcast::error::TryRecvError;
        (0..self.0.len()).map_while(|_| match self.0.try_recv() {
            Ok(update) => Some(Ok(TdlibUpdate(update))),
            Err(TryRecvError::Lagged(missed)) => Some(Err(MissedUpdates { missed })),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        })
    }
}

#[cfg(test)]
impl Updates {
    /// What is sent here, as if TDLib had told it.
    pub(super) fn of(
        updates: &broadcast::Sender<Arc<Value>>,
        authorization: watch::Receiver<Authorization>,
    ) -> Self {
        Self(updates.subscribe(), authorization)
    }
}

/// Updates came faster than they were taken, and some were dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{missed} updates were missed")]
pub struct MissedUpdates {
    /// How many.
    pub missed: u64,
}

/// Something TDLib tells: an `Update` of `td_api.tl`.
///
/// It is read on demand, as the one type that is wanted. The `Update` of `tdlib_rs`, which could be any, brings the
/// code to read everything there is in TDLib into whatever program reads it: minutes of compiling.
#[derive(Clone)]
pub struct TdlibUpdate(Arc<Value>);

impl TdlibUpdate {
    /// The name of its type, `updateFile` for example; empty if it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        type_of(&self.0).unwrap_or_default()
    }

    /// The update as the type of `tdlib_rs::types` that its name says, or whatever reads the same JSON.
    ///
    /// # Errors
    ///
    /// [`UnreadableUpdate`] if it does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, UnreadableUpdate> {
        T::deserialize(&*self.0).map_err(|_| UnreadableUpdate { name: self.name().to_owned() })
    }
}

impl fmt::Debug for TdlibUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TdlibUpdate").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// An update does not have the form it is read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("TDLib sent an update that is not understood ({name})")]
pub struct UnreadableUpdate {
    /// The name of its type.
    pub name: String,
}

/// Why a request has no answer. `Display` is for people: which function it was about, and TDLib's code, are in the fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// TDLib, or Telegram through it, said no.
    #[error("Telegram refused it, and this version does not know why ({message})")]
    Refused {
        /// What was asked.
        function: &'static str,
        /// TDLib's code: 400 and 404 mostly, 429 too often, 500 inside TDLib; 401 for a wrong key of the
        /// database.
        code: i32,
        /// TDLib's words, Telegram's error name in capitals among them.
        message: String,
    },
    /// No answer came in time. TDLib goes on with what it was asked; where that changes something, the error is
    /// [`OutcomeUnknown`](Self::OutcomeUnknown).
    #[error("no answer within {} seconds", after.as_secs())]
    TimedOut {
        /// What was asked.
        function: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The session is signed in no more, or never was; it is closed, or will be soon.
    #[error("the account is not signed in")]
    SignedOut {
        /// What was asked.
        function: &'static str,
        /// Why.
        #[source]
        reason: SignedOut,
    },
    /// The client is closed, or was while the request was under way.
    #[error("the session is closed")]
    Closed {
        /// What was asked.
        function: &'static str,
    },
    /// It changes something, TDLib was handed it, and nobody says what came of it: it may have been done, or may
    /// still be.
    #[error("it may have been done")]
    OutcomeUnknown {
        /// What was asked.
        function: &'static str,
        /// Why there is no answer.
        #[source]
        why: Box<RequestError>,
    },
    /// The answer is not what this function answers with.
    #[error("TDLib gave an answer that is not understood")]
    Unexpected {
        /// What was asked.
        function: &'static str,
        /// The name of the answer's type, if it has one.
        answer: String,
    },
    /// Logging stays as it is.
    #[error("TDLib's log is pinned, because it would show credentials")]
    Forbidden {
        /// What was asked.
        function: &'static str,
    },
    /// The request is not JSON: its `Serialize` failed.
    #[error("the request cannot be written")]
    Unwritable {
        /// What was asked.
        function: &'static str,
    },
}

impl RequestError {
    /// How long Telegram wants to be left alone, if that is what it said.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let Self::Refused { code: 429, message, .. } = self else { return None };
        let seconds = message.rsplit_once("retry after ")?.1;
        seconds.trim().parse().ok().map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read_names_no_function_and_no_code() {
        let function = "getMe";
        let after = Duration::from_secs(60);
        for error in [
            RequestError::Refused { function, code: 400, message: "HASH_INVALID".to_owned() },
            RequestError::TimedOut { function, after },
            RequestError::SignedOut { function, reason: SignedOut::Untold },
            RequestError::Closed { function },
            RequestError::OutcomeUnknown {
                function,
                why: Box::new(RequestError::TimedOut { function, after }),
            },
            RequestError::Unexpected { function, answer: "ok".to_owned() },
            RequestError::Forbidden { function },
            RequestError::Unwritable { function },
        ] {
            let told = error.to_string();
            assert!(!told.contains(function) && !told.contains("400") && !told.contains("401"), "{told}");
        }
    }
}
