//! What is said under one key, without the connection: numbers, acknowledgements, salts, and what is still unanswered.
//!
//! A query that was sent and lost its connection is not simply sent again: the server is asked what became of it
//! (`msgs_state_req`). What arrived is waited for, what did not is sent again under its old number, and what the server
//! cannot tell any more is sent again only where doing it twice does nothing twice. A server that has forgotten the
//! session may say of everything that it did not arrive, so it is always asked about a witness too: a query that it had
//! answered when the other was first sent. One that was answered later proves nothing: the server may have forgotten
//! the session between the two.
//!
//! What may not be done twice goes out on a connection that was silent for long only after a ping was answered on it:
//! a query that was sent into a dead line is one whose outcome may never be known.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use grammers_tl_types as tl;
use tl::{Serializable as _, enums, functions, types};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::debug;

use super::ChannelError;
use super::clock::{Clock, offset};
use super::envelope::{self, AuthKey, Message};
use super::primitives::random;
use super::wire::{self, Received, ServerMessage};
use crate::cloud::CloudError;

/// How often a query may be refused by `bad_server_salt` and its like before it is given up.
const MOST_REFUSALS: u8 = 5;

/// How many of the server's messages are remembered, to tell repeats.
const REMEMBERED: usize = 1024;

/// Bytes a second of the slowest line on which uploads are waited for rather than begun again.
const SLOWEST: usize = 32 * 1024;

/// How many state requests are remembered.
const MOST_REQUESTS: usize = 64;

/// Of the server's messages those count whose numbers are so many seconds old, or ahead of its time, at most.
const OLDEST: i64 = 300;
const NEWEST: i64 = 30;

/// The bits of a byte of `msgs_state_info` that hold the state, and states in it.
const STATE: u8 = 7;
const NOT_RECEIVED: u8 = 2;
const TOO_HIGH: u8 = 3;
const RECEIVED: u8 = 4;

/// The server cannot tell whether it has received this message.
const TOO_OLD: i32 = 20;

/// Whether a query may be done twice, and whether it changes anything that somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing, and may be asked as often as is wanted.
    Harmless,
    /// It changes something, and the second time nothing more: it writes the same again.
    Same,
    /// It changes nothing, but uses something up: a proof that is good for one time.
    Spent,
    /// It changes something, and the second time once more: it sends something, or shares.
    Never,
}

impl Repeat {
    /// Whether it may be sent again without knowing what became of it.
    pub(super) const fn is_allowed(self) -> bool {
        matches!(self, Self::Harmless | Self::Same)
    }

    /// Whether nobody may say that nothing happened, once it was sent.
    pub(super) const fn changes(self) -> bool {
        matches!(self, Self::Same | Self::Never)
    }
}

/// Something to be answered.
pub(super) struct Query {
    pub(super) body: Vec<u8>,
    pub(super) repeat: Repeat,
    pub(super) way: Arc<Way>,
    pub(super) answer: oneshot::Sender<Result<Vec<u8>, CloudError>>,
}

/// How far a query has come: shared by whoever asks and whoever sends, so that each can be certain. What was taken
/// back before it was sent never is.
#[derive(Debug, Default)]
pub(super) struct Way(AtomicU8);

const SENT: u8 = 1;
const TAKEN_BACK: u8 = 2;

impl Way {
    /// It is about to be written to a connection; false if it must not be any more.
    fn send(&self) -> bool {
        let before = self.0.compare_exchange(0, SENT, Ordering::AcqRel, Ordering::Acquire);
        matches!(before, Ok(_) | Err(SENT))
    }

    /// Takes it back; false if it was sent already.
    pub(super) fn take_back(&self) -> bool {
        let before = self.0.compare_exchange(0, TAKEN_BACK, Ordering::AcqRel, Ordering::Acquire);
        matches!(before, Ok(_) | Err(TAKEN_BACK))
    }
}

impl Query {
    /// What it ends with if there is no answer.
    fn unanswered(&self, why: CloudError) -> CloudError {
        if self.repeat.changes() && !self.way.take_back() { ChannelError::OutcomeUnknown.into() } else { why }
    }
}

/// Why a connection is not worth keeping.
#[derive(Debug)]
pub(super) enum Ending {
    /// It says nothing although it should.
    Silent,
}

pub(super) struct Session {
    key: AuthKey,
    id: i64,
    /// The one before, whose last messages may still come.
    former: Option<i64>,
    salt: i64,
    /// By how many seconds the server's clock is ahead of ours.
    time_offset: i64,
    /// Whether that is known, and not only supposed.
    knows_time: bool,
    /// A message was not listened to on this connection, because of its time.
    missed_one: bool,
    /// After how long a silence a connection is tried before it is trusted.
    silence: Duration,
    clock: Clock,
    last_msg_id: i64,
    /// How many messages asked for an acknowledgement.
    content: i32,
    pending: BTreeMap<i64, Pending>,
    /// Requests of states, and what each is about.
    requests: HashMap<i64, Asked>,
    /// The query that was answered last. What is sent from now on has it as its witness.
    witness: Option<i64>,
    to_acknowledge: Vec<i64>,
    received: BTreeSet<i64>,
    out: VecDeque<Vec<u8>>,
    connected: bool,
    /// When something was last received, or nothing had to be.
    last_received: Instant,
    /// When something was last received on this connection, or it began: by the clock that only goes on, and by the wall's.
    alive: (Instant, i64),
    /// The ping that is to show whether the connection still is one.
    trial: Option<Trial>,
    login_token: bool,
    /// Whether a query was answered since this was last asked.
    progress: bool,
}

/// What states were asked for.
struct Asked {
    msg_ids: Vec<i64>,
    /// Those of the queries' witnesses, after them.
    witnesses: Vec<i64>,
}

/// A ping under way.
struct Trial {
    msg_id: i64,
    since: Instant,
}

struct Pending {
    query: Query,
    /// The session it is numbered in.
    session: i64,
    seq_no: i32,
    /// Whether it was sent on any connection, under this number or another.
    sent: bool,
    /// A query that was answered before this one was sent under its number. A server that has not received it either
    /// has forgotten the session since.
    witness: Option<i64>,
    /// When it was last sent or asked about.
    touched: Instant,
    refusals: u8,
    /// The server said once that it has answered.
    answered: bool,
}

impl Session {
    /// A session under this key. `time_offset` is by how many seconds the server is ahead, if that is known; `silence`,
    /// after how long without a word from it a connection is tried before something goes out that may not twice.
    pub(super) fn new(
        key: AuthKey,
        salt: i64,
        time_offset: Option<i64>,
        silence: Duration,
        clock: Clock,
    ) -> Self {
        Self {
            key,
            id: i64::from_le_bytes(random()),
            former: None,
            salt,
            time_offset: time_offset.unwrap_or(0),
            knows_time: time_offset.is_some(),
            missed_one: false,
            silence,
            last_msg_id: 0,
            content: 0,
            pending: BTreeMap::new(),
            requests: HashMap::new(),
            witness: None,
            to_acknowledge: Vec::new(),
            received: BTreeSet::new(),
            out: VecDeque::new(),
            connected: false,
            last_received: clock.instant(),
            alive: (clock.instant(), clock.unix_time()),
            trial: None,
            clock,
            login_token: false,
            progress: false,
        }
    }

    /// The salt to begin with the next time.
    pub(super) fn salt(&self) -> i64 {
        self.salt
    }

    /// Whether anything waits for an answer.
    pub(super) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether the server told of an approved login since this was last asked.
    pub(super) fn take_login_token(&mut self) -> bool {
        std::mem::take(&mut self.login_token)
    }

    /// Whether a query was answered since this was last asked.
    pub(super) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Sealed packets to be sent, in this order.
    pub(super) fn take_out(&mut self) -> VecDeque<Vec<u8>> {
        std::mem::take(&mut self.out)
    }

    /// Takes a query up.
    pub(super) fn submit(&mut self, query: Query) {
        let waits = self.connected && !query.repeat.is_allowed() && self.must_try();
        let (msg_id, seq_no) = self.number(true);
        let (session, touched) = (self.id, self.clock.instant());
        let pending = Pending {
            query,
            session,
            seq_no,
            sent: false,
            witness: None,
            touched,
            refusals: 0,
            answered: false,
        };
        self.pending.insert(msg_id, pending);
        if self.connected && !waits {
            self.send(msg_id);
        }
    }

    /// Whether this connection is being tried, or is now, because it was silent for long. A clock that was put back says
    /// nothing of how long.
    fn must_try(&mut self) -> bool {
        if self.trial.is_some() {
            return true;
        }
        let now = self.clock.instant();
        let by_wall = self.clock.unix_time().saturating_sub(self.alive.1);
        let longest = self.silence + Duration::from_secs(1);
        let short_by_wall =
            u64::try_from(by_wall).is_ok_and(|seconds| Duration::from_secs(seconds) <= longest);
        let silent = now.duration_since(self.alive.0) > self.silence || !short_by_wall;
        if silent {
            let ping = functions::Ping { ping_id: i64::from_le_bytes(random()) };
            let msg_id = self.send_service(true, &ping.to_bytes());
            self.trial = Some(Trial { msg_id, since: now });
        }
        silent
    }

    /// There is a new connection: what was sent on another one is asked about, everything else is sent.
    pub(super) fn connect(&mut self) {
        self.connected = true;
        self.last_received = self.clock.instant();
        self.alive = (self.clock.instant(), self.clock.unix_time());
        (self.trial, self.missed_one) = (None, false);
        self.out.clear();
        self.requests.clear();
        let (sent, fresh): (Vec<_>, Vec<_>) =
            self.pending.iter().map(|(id, pending)| (*id, pending.sent)).partition(|(_, sent)| *sent);
        self.ask_about(sent.into_iter().map(|(id, _)| id).collect());
        for (msg_id, _) in fresh {
            // The server drops what is numbered long ago.
            self.renumber(msg_id);
        }
    }

    /// The connection is gone.
    pub(super) fn disconnect(&mut self) {
        self.connected = false;
        self.out.clear();
    }

    /// Ends every wait with this error.
    pub(super) fn fail_all(&mut self, why: &CloudError) {
        for (_, pending) in std::mem::take(&mut self.pending) {
            let why = pending.query.unanswered(why.clone());
            // Whoever does not wait any more does not mind.
            let _ = pending.query.answer.send(Err(why));
        }
    }

    /// Time has passed: forgets who does not wait any more, and asks about what was silent for `ask_after`.
    pub(super) fn tick(&mut self, ask_after: Duration) -> Result<(), Ending> {
        self.pending.retain(|_, pending| !pending.query.answer.is_closed());
        if !self.connected || self.pending.is_empty() {
            self.last_received = self.clock.instant();
            return Ok(());
        }
        let now = self.clock.instant();
        if self.trial.as_ref().is_some_and(|trial| now.duration_since(trial.since) > ask_after) {
            return Err(Ending::Silent);
        }
        let under_way: usize = self.pending.values().map(|pending| pending.query.body.len()).sum();
        let travel = Duration::from_secs((under_way / SLOWEST) as u64);
        if now.duration_since(self.last_received) > ask_after * 3 + travel {
            // What was not listened to may have been in time, if our own clock is wrong.
            self.knows_time &= !self.missed_one;
            return Err(Ending::Silent);
        }
        let silent = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.sent && now.duration_since(pending.touched) > ask_after);
        let silent = silent.map(|(msg_id, _)| *msg_id).collect();
        self.ask_about(silent);
        Ok(())
    }

    /// Takes in a packet of the server. An error is a reason to end the connection.
    pub(super) fn receive(&mut self, packet: Vec<u8>) -> Result<(), ChannelError> {
        let message = envelope::open(packet, &self.key)
            .ok_or(ChannelError::Hostile("a packet that is not sealed with the key"))?;
        if message.session_id != self.id && Some(message.session_id) != self.former {
            return Err(ChannelError::Hostile("a packet of another session"));
        }
        if message.msg_id & 1 == 0 {
            return Err(ChannelError::Hostile("a message with a client's number"));
        }
        let outer = message.msg_id;
        let received = wire::read(outer, message.seq_no, message.body)?;
        if !self.knows_time {
            self.take_time(outer)?;
        }
        if !self.is_timely(outer) && !received.iter().any(|received| self.corrects_clock(&received.message)) {
            debug!("a message from another time is not listened to");
            self.missed_one = true;
            return Ok(());
        }
        self.last_received = self.clock.instant();
        self.alive = (self.clock.instant(), self.clock.unix_time());
        for Received { msg_id, content, message: inner } in received {
            // What the session before asks to be acknowledged ends with it.
            if content && message.session_id == self.id {
                self.to_acknowledge.push(msg_id);
            }
            if self.is_new(msg_id) {
                self.take_in(inner, outer)?;
            }
        }
        if !self.to_acknowledge.is_empty() {
            let msg_ids = std::mem::take(&mut self.to_acknowledge);
            self.send_service(false, &enums::MsgsAck::Ack(types::MsgsAck { msg_ids }).to_bytes());
        }
        if self.trial.take().is_some() {
            let waiting = self.pending.iter().filter(|(_, pending)| !pending.sent).map(|(msg_id, _)| *msg_id);
            for msg_id in waiting.collect::<Vec<_>>() {
                self.renumber(msg_id);
            }
        }
        Ok(())
    }

    /// Sets the server's clock by the number of one of its messages.
    fn take_time(&mut self, server_msg_id: i64) -> Result<(), ChannelError> {
        let offset = offset(server_msg_id >> 32, self.clock.unix_time());
        self.time_offset = offset.ok_or(ChannelError::Hostile("a time by which nothing can be numbered"))?;
        self.knows_time = true;
        Ok(())
    }

    /// The server's time as a message's number.
    fn server_time(&self) -> i64 {
        self.clock.number().saturating_add(self.time_offset.saturating_mul(1 << 32))
    }

    /// Whether a message of the server is neither too old nor too new to be listened to.
    fn is_timely(&self, msg_id: i64) -> bool {
        let ahead = msg_id.saturating_sub(self.server_time());
        (-OLDEST << 32..=NEWEST << 32).contains(&ahead)
    }

    /// Whether this tells that our clock is wrong, by refusing a message of ours.
    fn corrects_clock(&self, message: &ServerMessage) -> bool {
        matches!(message, ServerMessage::BadMessage { refused, code: 16 | 17 } if self.is_under_way(*refused))
    }

    /// Whether a message with this number is one of ours that something is expected of.
    fn is_under_way(&self, msg_id: i64) -> bool {
        self.pending.contains_key(&msg_id)
            || self.requests.contains_key(&msg_id)
            || self.trial.as_ref().is_some_and(|trial| trial.msg_id == msg_id)
    }

    /// Goes on in a session of another number, whose count begins anew. Whatever is under way stays in the one before
    /// until it is answered, refused or asked about.
    fn begin_anew(&mut self) {
        self.former = Some(std::mem::replace(&mut self.id, i64::from_le_bytes(random())));
        self.content = 0;
        self.witness = None;
        self.requests.clear();
    }

    fn take_in(&mut self, message: ServerMessage, server_msg_id: i64) -> Result<(), ChannelError> {
        match message {
            ServerMessage::Result { query, object } => self.answered(query, Ok(object)),
            ServerMessage::Error { query, code, message } => {
                self.answered(query, Err(CloudError::from_rpc(code, &message)));
            }
            ServerMessage::Pong { query } => self.settle(query, Ok(Vec::new())),
            ServerMessage::NewSalt { refused, salt } => {
                self.salt = salt;
                self.refused(refused, 48);
            }
            ServerMessage::BadMessage { refused, code } => match code {
                // Our clock is wrong; the server's is in its number.
                16 | 17 => {
                    if self.is_under_way(refused) {
                        self.take_time(server_msg_id)?;
                        self.last_msg_id = 0;
                        self.refused(refused, code);
                    }
                }
                TOO_OLD => self.forgotten(refused, ChannelError::BadMessage { code }),
                // Our count of the session's messages is not the server's.
                32 | 33 => {
                    let former = self.pending.get(&refused).is_some_and(|pending| pending.session != self.id);
                    if self.is_under_way(refused) && !former {
                        let asked = self.requests.remove(&refused);
                        self.begin_anew();
                        self.ask_about(asked.map_or_else(Vec::new, |asked| asked.msg_ids));
                    }
                    self.refused(refused, code);
                }
                _ => self.settle(refused, Err(ChannelError::BadMessage { code }.into())),
            },
            ServerMessage::NewSession { first, salt } => {
                self.salt = salt;
                self.witness = self.witness.filter(|witness| *witness >= first);
                let before = self.pending.iter_mut().filter(|(msg_id, pending)| {
                    pending.sent && pending.session == self.id && **msg_id < first
                });
                // It has forgotten what was before, so nothing proves any more that it has not received it.
                let before = before.map(|(msg_id, pending)| {
                    pending.witness = None;
                    *msg_id
                });
                let before = before.collect();
                self.ask_about(before);
            }
            ServerMessage::States { request, states } => {
                let Some(Asked { msg_ids, witnesses }) = self.requests.remove(&request) else {
                    return Ok(());
                };
                if states.len() < msg_ids.len() + witnesses.len() {
                    return Err(ChannelError::Hostile("fewer states than were asked for"));
                }
                let (states, of_witnesses) = states.split_at(msg_ids.len());
                let received = witnesses.into_iter().zip(of_witnesses);
                let received = received.filter(|(_, state)| **state & STATE == RECEIVED);
                let received: BTreeSet<i64> = received.map(|(witness, _)| witness).collect();
                for (msg_id, state) in msg_ids.into_iter().zip(states) {
                    let witness = self.pending.get(&msg_id).and_then(|pending| pending.witness);
                    let remembers = witness.is_some_and(|witness| received.contains(&witness));
                    self.note_state(msg_id, *state, remembers);
                }
            }
            ServerMessage::Withheld { answer } => {
                let resend = types::MsgResendReq { msg_ids: vec![answer] };
                self.send_service(true, &enums::MsgResendReq::Req(resend).to_bytes());
            }
            ServerMessage::LoginToken => self.login_token = true,
            ServerMessage::Else => {}
        }
        Ok(())
    }

    /// The answer to a query has come, so the server knows of this session.
    fn answered(&mut self, msg_id: i64, answer: Result<Vec<u8>, CloudError>) {
        if self.pending.get(&msg_id).is_some_and(|pending| pending.session == self.id) {
            self.witness = Some(msg_id);
        }
        self.settle(msg_id, answer);
    }

    fn settle(&mut self, msg_id: i64, answer: Result<Vec<u8>, CloudError>) {
        if let Some(pending) = self.pending.remove(&msg_id) {
            self.progress = true;
            // Whoever does not wait any more does not mind.
            let _ = pending.query.answer.send(answer);
        }
    }

    /// Nobody will ever say what became of a query.
    fn lose(&mut self, msg_id: i64, why: ChannelError) {
        if let Some(pending) = self.pending.get(&msg_id) {
            let why = pending.query.unanswered(why.into());
            self.settle(msg_id, Err(why));
        }
    }

    /// A message was refused unread: it is sent again under a new number.
    fn refused(&mut self, msg_id: i64, code: i32) {
        if let Some(asked) = self.requests.remove(&msg_id) {
            self.ask_about(asked.msg_ids);
        }
        let Some(pending) = self.pending.get_mut(&msg_id) else { return };
        pending.refusals += 1;
        if pending.refusals > MOST_REFUSALS {
            self.settle(msg_id, Err(ChannelError::BadMessage { code }.into()));
        } else {
            self.renumber(msg_id);
        }
    }

    /// What became of a query, in a byte of `msgs_state_info` from a server that remembers this session, or may not.
    fn note_state(&mut self, msg_id: i64, state: u8, remembers: bool) {
        let Some(pending) = self.pending.get_mut(&msg_id) else { return };
        match state & STATE {
            // The answer comes by itself; if it is still missing when asked again, a repeat brings it.
            RECEIVED if pending.answered => self.send(msg_id),
            RECEIVED => pending.answered = state & 64 != 0,
            NOT_RECEIVED | TOO_HIGH if remembers => self.send(msg_id),
            _ => self.forgotten(msg_id, ChannelError::Forgotten),
        }
    }

    /// The server cannot tell what became of a query: it is repeated if that does nothing twice.
    fn forgotten(&mut self, msg_id: i64, why: ChannelError) {
        match self.pending.get(&msg_id).map(|pending| pending.query.repeat.is_allowed()) {
            Some(true) => self.renumber(msg_id),
            Some(false) => self.lose(msg_id, why),
            None => {}
        }
    }

    fn renumber(&mut self, msg_id: i64) {
        let Some(mut pending) = self.pending.remove(&msg_id) else { return };
        let (msg_id, seq_no) = self.number(true);
        (pending.session, pending.seq_no, pending.answered) = (self.id, seq_no, false);
        pending.witness = self.witness;
        self.pending.insert(msg_id, pending);
        self.send(msg_id);
    }

    /// Sends a pending query under its number.
    fn send(&mut self, msg_id: i64) {
        let Some(pending) = self.pending.get_mut(&msg_id) else { return };
        // Whoever gave up was told what is certain; nothing happens after that.
        if pending.query.answer.is_closed() || !pending.query.way.send() {
            self.pending.remove(&msg_id);
            return;
        }
        if !pending.sent {
            pending.witness = self.witness;
        }
        pending.sent = true;
        pending.touched = self.clock.instant();
        let message = Message {
            salt: self.salt,
            session_id: pending.session,
            msg_id,
            seq_no: pending.seq_no,
            body: pending.query.body.clone(),
        };
        self.out.push_back(envelope::seal(&message, &self.key));
    }

    fn ask_about(&mut self, msg_ids: Vec<i64>) {
        if !self.connected {
            return;
        }
        let is_here =
            |msg_id: &i64| self.pending.get(msg_id).is_some_and(|pending| pending.session == self.id);
        let (msg_ids, former): (Vec<_>, Vec<_>) = msg_ids.into_iter().partition(is_here);
        // A session tells nothing of another.
        for msg_id in former {
            self.forgotten(msg_id, ChannelError::Forgotten);
        }
        if msg_ids.is_empty() {
            return;
        }
        let now = self.clock.instant();
        for msg_id in &msg_ids {
            if let Some(pending) = self.pending.get_mut(msg_id) {
                pending.touched = now;
            }
        }
        if self.requests.len() == MOST_REQUESTS {
            self.requests.clear();
        }
        let witnesses = msg_ids.iter().filter_map(|msg_id| self.pending.get(msg_id)?.witness);
        let witnesses: Vec<i64> = BTreeSet::from_iter(witnesses).into_iter().collect();
        let request = types::MsgsStateReq { msg_ids: [&msg_ids[..], &witnesses].concat() };
        let number = self.send_service(true, &enums::MsgsStateReq::Req(request).to_bytes());
        self.requests.insert(number, Asked { msg_ids, witnesses });
    }

    /// Sends a service message; gives its number.
    fn send_service(&mut self, content: bool, body: &[u8]) -> i64 {
        let (msg_id, seq_no) = self.number(content);
        let message = Message { salt: self.salt, session_id: self.id, msg_id, seq_no, body: body.to_vec() };
        self.out.push_back(envelope::seal(&message, &self.key));
        msg_id
    }

    /// The next number: the server's time, ever greater, divisible by four.
    fn number(&mut self, content: bool) -> (i64, i32) {
        // What does not add up was refused when the time was taken; nothing here is worth a panic.
        let next = self.server_time().max(self.last_msg_id.saturating_add(4));
        self.last_msg_id = next.saturating_add(3) & !3;
        let mut seq_no = self.content.wrapping_mul(2);
        if content {
            seq_no |= 1;
            self.content = self.content.wrapping_add(1);
        }
        (self.last_msg_id, seq_no)
    }

    /// Notes a message of the server; false if it was received before, or is older than all that are remembered.
    fn is_new(&mut self, msg_id: i64) -> bool {
        let is_full = self.received.len() == REMEMBERED;
        if is_full && self.received.first().is_some_and(|oldest| msg_id < *oldest) {
            return false;
        }
        let is_new = self.received.insert(msg_id);
        if is_new && is_full {
            self.received.pop_first();
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tl::functions;
    use zeroize::Zeroizing;

    use super::envelope::server;
    use super::*;
    use crate::cloud::SignedOut;

    fn key() -> AuthKey {
        AuthKey::new(Zeroizing::new([7; 256]))
    }

    const SILENCE: Duration = Duration::from_secs(10);

    struct Both {
        session: Session,
        clock: Clock,
        answered: Vec<oneshot::Receiver<Result<Vec<u8>, CloudError>>>,
        ways: Vec<Arc<Way>>,
        server_id: i64,
    }

    impl Both {
        fn new() -> Self {
            Self::with_time(Some(0))
        }

        fn with_time(time_offset: Option<i64>) -> Self {
            let clock = Clock::standing();
            let mut session = Session::new(key(), 1, time_offset, SILENCE, clock.clone());
            session.connect();
            let (answered, ways) = (Vec::new(), Vec::new());
            Self { session, answered, ways, server_id: clock.number() | 1, clock }
        }

        fn ask(&mut self, repeat: Repeat) {
            let (answer, answered) = oneshot::channel();
            self.answered.push(answered);
            let way = Arc::new(Way::default());
            self.ways.push(Arc::clone(&way));
            let body = functions::Ping { ping_id: 5 }.to_bytes();
            self.session.submit(Query { body, repeat, way, answer });
        }

        /// What came to the server since.
        fn sent(&mut self) -> Vec<Message> {
            self.session.take_out().into_iter().map(|packet| server::open(packet, &key()).unwrap()).collect()
        }

        fn server_sends_as(
            &mut self,
            session_id: i64,
            msg_id: i64,
            body: Vec<u8>,
        ) -> Result<(), ChannelError> {
            let message = Message { salt: 1, session_id, msg_id, seq_no: 1, body };
            self.session.receive(server::seal(&message, &key()))
        }

        fn server_sends(&mut self, body: Vec<u8>) -> Result<(), ChannelError> {
            self.server_id = (self.server_id + 4).max(self.clock.number() | 1);
            self.server_sends_as(self.session.id, self.server_id, body)
        }

        fn greet(&mut self) {
            let created = types::NewSessionCreated { first_msg_id: 0, unique_id: 1, server_salt: 2 };
            self.server_sends(enums::NewSession::Created(created).to_bytes()).unwrap();
        }

        fn tell_states(&mut self, request: i64, info: Vec<u8>) {
            let states = types::MsgsStateInfo { req_msg_id: request, info };
            self.server_sends(enums::MsgsStateInfo::Info(states).to_bytes()).unwrap();
        }

        /// The error of a query that has ended.
        fn failure(&mut self, which: usize) -> CloudError {
            self.answered[which].try_recv().unwrap().unwrap_err()
        }

        fn has_unknown_outcome(&mut self, which: usize) -> bool {
            matches!(self.failure(which), CloudError::OutcomeUnknown(_))
        }

        fn is_answered(&mut self, which: usize) -> bool {
            self.answered[which].try_recv().is_ok_and(|answer| answer.is_ok())
        }
    }

    fn rpc_result(query: i64) -> Vec<u8> {
        let mut body = wire::RPC_RESULT.to_bytes();
        query.serialize(&mut body);
        true.serialize(&mut body);
        body
    }

    fn pong(query: i64) -> Vec<u8> {
        enums::Pong::Pong(types::Pong { msg_id: query, ping_id: 5 }).to_bytes()
    }

    /// The sent messages that are queries.
    fn queries(sent: Vec<Message>) -> Vec<Message> {
        let query = functions::Ping { ping_id: 5 }.to_bytes();
        sent.into_iter().filter(|message| message.body == query).collect()
    }

    /// Has a query answered, sends two more, loses the connection and comes back; gives the two, and the request of
    /// states.
    fn cut() -> (Both, Vec<Message>, i64) {
        use tl::Identifiable as _;
        let mut both = Both::new();
        both.ask(Repeat::Harmless);
        let witness = both.sent()[0].msg_id;
        both.server_sends(rpc_result(witness)).unwrap();
        both.answered.clear();
        both.ask(Repeat::Never);
        both.ask(Repeat::Harmless);
        let sent = queries(both.sent());
        both.greet();
        both.session.disconnect();
        both.session.connect();
        let asked = both.sent();
        assert_eq!(asked.len(), 1, "nothing is sent again before the server was asked");
        assert_eq!(wire::constructor(&asked[0].body), Some(types::MsgsStateReq::CONSTRUCTOR_ID));
        (both, sent, asked[0].msg_id)
    }

    #[test]
    fn what_did_not_arrive_is_sent_again_under_its_number_and_what_did_is_not() {
        let (mut both, sent, request) = cut();
        both.tell_states(request, vec![NOT_RECEIVED, RECEIVED, RECEIVED]);
        let again = queries(both.sent());
        assert_eq!(again.len(), 1);
        assert_eq!((again[0].msg_id, again[0].seq_no, again[0].salt), (sent[0].msg_id, sent[0].seq_no, 2));
        both.server_sends(pong(sent[0].msg_id)).unwrap();
        both.server_sends(pong(sent[1].msg_id)).unwrap();
        assert!(both.is_answered(0) && both.is_answered(1));
        assert!(!both.session.is_waiting());
    }

    #[test]
    fn what_a_server_has_forgotten_is_repeated_only_where_that_is_harmless() {
        // It forgot these two, or the whole session and with it the witness: whatever it says of them then.
        for states in [[1, 1, 4], [2, 2, 1], [2, 2, 2], [3, 3, 3]] {
            for greeted_again in [false, true] {
                let (mut both, sent, request) = cut();
                if greeted_again {
                    both.greet();
                }
                both.tell_states(request, states.to_vec());
                assert!(both.has_unknown_outcome(0), "{states:?}");
                let again = queries(both.sent());
                assert_eq!(again.len(), 1);
                assert!(again[0].msg_id > sent[1].msg_id);
            }
        }
    }

    #[test]
    fn without_a_witness_nothing_is_certain() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        both.session.disconnect();
        both.session.connect();
        let request = both.sent()[0].msg_id;
        both.tell_states(request, vec![NOT_RECEIVED]);
        assert!(both.has_unknown_outcome(0));
    }

    /// Between the two the server may have forgotten the session, and all that it had received in it.
    #[test]
    fn what_was_answered_later_is_no_witness() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        both.ask(Repeat::Harmless);
        let sent = queries(both.sent());
        both.server_sends(rpc_result(sent[1].msg_id)).unwrap();
        assert!(both.is_answered(1));
        both.session.disconnect();
        both.session.connect();
        let request = both.sent().pop().unwrap();
        both.tell_states(request.msg_id, vec![NOT_RECEIVED, RECEIVED]);
        assert!(both.has_unknown_outcome(0));
        assert_eq!(queries(both.sent()).len(), 0, "it is not done again");
    }

    #[test]
    fn of_what_was_before_a_new_session_nothing_is_proved() {
        let mut both = Both::new();
        both.ask(Repeat::Harmless);
        let witness = both.sent()[0].msg_id;
        both.server_sends(rpc_result(witness)).unwrap();
        both.ask(Repeat::Never);
        both.ask(Repeat::Harmless);
        let sent = queries(both.sent());
        // The server has forgotten the first, and answers the second in a session that it made anew.
        both.server_sends(rpc_result(sent[1].msg_id)).unwrap();
        let created = types::NewSessionCreated { first_msg_id: sent[1].msg_id, unique_id: 1, server_salt: 2 };
        both.server_sends(enums::NewSession::Created(created).to_bytes()).unwrap();
        let request = both.sent().into_iter().find(|message| {
            wire::constructor(&message.body)
                == Some(<types::MsgsStateReq as tl::Identifiable>::CONSTRUCTOR_ID)
        });
        both.tell_states(request.unwrap().msg_id, vec![NOT_RECEIVED, RECEIVED]);
        assert!(both.has_unknown_outcome(1));
        assert_eq!(queries(both.sent()).len(), 0, "it is not done again");
    }

    #[test]
    fn what_changes_something_and_was_sent_never_ends_as_failed() {
        for (repeat, unknown) in
            [(Repeat::Never, true), (Repeat::Same, true), (Repeat::Spent, false), (Repeat::Harmless, false)]
        {
            // The connections are given up, whatever the reason.
            let mut both = Both::new();
            both.ask(repeat);
            both.session.fail_all(&CloudError::SignedOut(SignedOut::KeyUnknown));
            assert_eq!(both.has_unknown_outcome(0), unknown, "{repeat:?}");

            // The server says that it cannot tell.
            let mut both = Both::new();
            both.ask(repeat);
            let sent = queries(both.sent()).pop().unwrap();
            let bad = types::BadMsgNotification { bad_msg_id: sent.msg_id, bad_msg_seqno: 1, error_code: 20 };
            both.server_sends(enums::BadMsgNotification::Notification(bad).to_bytes()).unwrap();
            if repeat.is_allowed() {
                assert_eq!(queries(both.sent()).len(), 1, "{repeat:?} is done again");
            } else {
                assert_eq!(both.has_unknown_outcome(0), unknown, "{repeat:?}");
            }

            // It was never sent.
            let mut both = Both::new();
            both.session.disconnect();
            both.ask(repeat);
            both.session.fail_all(&CloudError::SignedOut(SignedOut::KeyUnknown));
            assert!(matches!(both.failure(0), CloudError::SignedOut(SignedOut::KeyUnknown)), "{repeat:?}");
        }
    }

    #[test]
    fn what_was_taken_back_is_never_sent() {
        let mut both = Both::new();
        both.session.disconnect();
        both.ask(Repeat::Never);
        assert!(both.ways[0].take_back());
        both.session.connect();
        assert_eq!(queries(both.sent()).len(), 0);
        assert!(!both.session.is_waiting());

        both.ask(Repeat::Never);
        assert_eq!(queries(both.sent()).len(), 1);
        assert!(!both.ways[1].take_back(), "it was sent");
    }

    #[test]
    fn a_changed_salt_costs_a_number_and_no_answer() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        for salt in [11, 12, 13] {
            let sent = queries(both.sent()).pop().unwrap();
            let bad = types::BadServerSalt {
                bad_msg_id: sent.msg_id,
                bad_msg_seqno: sent.seq_no,
                error_code: 48,
                new_server_salt: salt,
            };
            both.server_sends(enums::BadMsgNotification::BadServerSalt(bad).to_bytes()).unwrap();
        }
        let sent = queries(both.sent()).pop().unwrap();
        assert_eq!(sent.salt, 13);
        both.server_sends(pong(sent.msg_id)).unwrap();
        assert!(both.is_answered(0));
    }

    #[test]
    fn a_server_that_refuses_without_end_is_given_up() {
        let mut both = Both::new();
        both.ask(Repeat::Harmless);
        for _ in 0..=MOST_REFUSALS {
            let (msg_id, _) = both.session.pending.first_key_value().unwrap();
            let bad = types::BadMsgNotification { bad_msg_id: *msg_id, bad_msg_seqno: 1, error_code: 16 };
            both.server_sends(enums::BadMsgNotification::Notification(bad).to_bytes()).unwrap();
        }
        let CloudError::Transport(why) = both.failure(0) else { panic!("another failure") };
        assert!(matches!(why.downcast_ref(), Some(ChannelError::BadMessage { code: 16 })));
    }

    #[test]
    fn repeats_other_sessions_and_even_numbers_are_not_listened_to() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        let sent = both.sent();
        let id = both.session.id;
        let odd = both.server_id;
        assert!(matches!(
            both.server_sends_as(id ^ 1, odd, pong(sent[0].msg_id)),
            Err(ChannelError::Hostile(_))
        ));
        assert!(matches!(
            both.server_sends_as(id, odd + 3, pong(sent[0].msg_id)),
            Err(ChannelError::Hostile(_))
        ));
        both.server_sends_as(id, odd + 4, pong(0)).unwrap();
        both.server_sends_as(id, odd + 4, pong(sent[0].msg_id)).unwrap();
        assert!(both.session.is_waiting(), "the number was received before");
        both.server_sends_as(id, odd + 8, pong(sent[0].msg_id)).unwrap();
        assert!(both.is_answered(0));
    }

    #[test]
    fn who_waits_no_more_is_forgotten_and_silence_ends_a_connection() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        both.clock.pass(Duration::from_secs(30));
        assert!(both.session.tick(SILENCE).is_ok());
        both.clock.pass(Duration::from_secs(1));
        assert!(matches!(both.session.tick(SILENCE), Err(Ending::Silent)));
        both.answered.clear();
        assert!(both.session.tick(SILENCE).is_ok());
        assert!(!both.session.is_waiting());
    }

    fn refusal(refused: i64, code: i32) -> Vec<u8> {
        let bad = types::BadMsgNotification { bad_msg_id: refused, bad_msg_seqno: 1, error_code: code };
        enums::BadMsgNotification::Notification(bad).to_bytes()
    }

    #[test]
    fn a_message_that_is_five_minutes_old_or_half_a_minute_ahead_is_dropped() {
        for (ahead, received) in
            [(-301, false), (-299, true), (0, true), (29, true), (31, false), (1 << 28, false)]
        {
            let mut both = Both::new();
            both.ask(Repeat::Never);
            let sent = both.sent().pop().unwrap();
            let id = (both.clock.number() + (ahead << 32)) & !3 | 1;
            both.server_sends_as(both.session.id, id, pong(sent.msg_id)).unwrap();
            assert_eq!(both.is_answered(0), received, "{ahead} s");
            assert_eq!(both.sent().len(), usize::from(received), "what is dropped is not acknowledged");
        }
    }

    #[test]
    fn who_does_not_know_the_servers_time_learns_it_from_its_first_message() {
        let mut both = Both::with_time(None);
        both.ask(Repeat::Never);
        let sent = both.sent().pop().unwrap();
        let hour = 3600_i64 << 32;
        let id = (both.clock.number() - hour) & !3 | 1;
        both.server_sends_as(both.session.id, id, pong(0)).unwrap();
        both.server_sends(pong(sent.msg_id)).unwrap();
        assert!(!both.is_answered(0), "it comes an hour later, by that clock");
        both.server_sends_as(both.session.id, id + 4, pong(sent.msg_id)).unwrap();
        assert!(both.is_answered(0));
    }

    #[test]
    fn a_clock_that_is_put_wrong_is_put_right_by_what_the_server_refuses() {
        for (put, code) in [(3600, 17), (-3600, 16)] {
            let mut both = Both::new();
            both.clock.put(put);
            both.ask(Repeat::Harmless);
            let sent = both.sent().pop().unwrap();
            let (right, id) = (both.server_id + 4, both.session.id);
            // Whoever refuses what we did not send says nothing of our clock.
            both.server_sends_as(id, right, refusal(sent.msg_id + 4, code)).unwrap();
            assert!(both.sent().is_empty());
            both.server_sends_as(id, right + 4, refusal(sent.msg_id, code)).unwrap();
            let again = queries(both.sent()).pop().unwrap();
            assert!((again.msg_id - right).abs() < 1 << 32, "it is numbered by the server's clock");
            both.server_sends_as(id, right + 8, pong(again.msg_id)).unwrap();
            assert!(both.is_answered(0));
        }
    }

    /// A clock that is wrong by less than the server minds: whoever is deaf to it for that must notice.
    #[test]
    fn a_clock_that_is_put_back_a_little_is_put_right_after_one_connection() {
        let mut both = Both::new();
        both.clock.put(-100);
        both.ask(Repeat::Harmless);
        let sent = both.sent().pop().unwrap();
        let (id, mut right) = (both.session.id, both.server_id);
        both.server_sends_as(id, right + 4, pong(sent.msg_id)).unwrap();
        assert!(!both.is_answered(0));
        both.clock.pass(SILENCE * 4);
        right += 40 << 32;
        assert!(matches!(both.session.tick(SILENCE), Err(Ending::Silent)));
        both.session.disconnect();
        both.session.connect();
        both.server_sends_as(id, right, pong(sent.msg_id)).unwrap();
        assert!(both.is_answered(0));
    }

    #[test]
    fn a_server_time_that_overflows_is_refused() {
        for (time, code) in [(i64::from(i32::MAX), 17), (-5, 16), (0, 16)] {
            let mut both = Both::new();
            both.ask(Repeat::Never);
            let sent = both.sent().pop().unwrap();
            let id = (time << 32) | 0xffff_fffd;
            let told = both.server_sends_as(both.session.id, id, refusal(sent.msg_id, code));
            assert!(matches!(told, Err(ChannelError::Hostile(_))), "{time}: {told:?}");
            both.ask(Repeat::Never);
            assert!(both.sent()[0].msg_id > sent.msg_id, "our own time is as it was");

            let mut unsure = Both::with_time(None);
            let told = unsure.server_sends_as(unsure.session.id, id, pong(0));
            assert!(matches!(told, Err(ChannelError::Hostile(_))), "{time}: {told:?}");
        }
    }

    #[test]
    fn a_wrong_count_opens_a_new_session_and_nothing_is_done_twice() {
        for code in [32, 33] {
            let mut both = Both::new();
            for repeat in [Repeat::Never, Repeat::Never, Repeat::Harmless] {
                both.ask(repeat);
            }
            let sent = both.sent();
            let former = both.session.id;
            both.server_sends(refusal(sent[0].msg_id, code)).unwrap();
            let again = queries(both.sent());
            assert_eq!(again.len(), 1, "only what was refused is sent again");
            assert_ne!(again[0].session_id, former);
            assert_eq!(again[0].seq_no, 1, "the count begins anew");
            both.server_sends(pong(again[0].msg_id)).unwrap();
            assert!(both.is_answered(0));

            // The others' fate is that of the session before: refused there, or answered, or not known.
            both.server_sends_as(former, both.server_id + 4, refusal(sent[1].msg_id, code)).unwrap();
            let second = queries(both.sent()).pop().unwrap();
            assert_eq!(second.session_id, again[0].session_id, "it is not opened twice");
            both.server_sends_as(former, both.server_id + 8, pong(sent[2].msg_id)).unwrap();
            assert!(both.is_answered(2));
            both.server_sends_as(both.session.id, both.server_id + 12, pong(second.msg_id)).unwrap();
            assert!(both.is_answered(1));
        }
    }

    #[test]
    fn of_a_session_that_was_left_nothing_is_known() {
        let mut both = Both::new();
        for repeat in [Repeat::Harmless, Repeat::Never, Repeat::Harmless] {
            both.ask(repeat);
        }
        let sent = both.sent();
        both.server_sends(refusal(sent[0].msg_id, 32)).unwrap();
        both.session.disconnect();
        both.session.connect();
        assert!(both.has_unknown_outcome(1));
        let again = queries(both.sent());
        assert!(
            again.iter().all(|query| query.session_id == both.session.id && query.msg_id != sent[1].msg_id)
        );
    }

    #[test]
    fn a_server_that_counts_otherwise_without_end_is_given_up() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        for _ in 0..=MOST_REFUSALS {
            let sent = queries(both.sent()).pop().unwrap();
            both.server_sends(refusal(sent.msg_id, 33)).unwrap();
        }
        let CloudError::Transport(why) = both.failure(0) else { panic!("another failure") };
        assert!(matches!(why.downcast_ref(), Some(ChannelError::BadMessage { code: 33 })));
    }

    #[test]
    fn what_is_too_old_to_be_told_from_a_repeat_is_repeated_only_where_that_is_harmless() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        both.ask(Repeat::Harmless);
        let sent = both.sent();
        both.server_sends(refusal(sent[0].msg_id, 20)).unwrap();
        both.server_sends(refusal(sent[1].msg_id, 20)).unwrap();
        assert!(both.has_unknown_outcome(0));
        assert_eq!(queries(both.sent()).len(), 1);
    }

    /// The pings among what was sent, and the queries, which are pings of number 5.
    fn apart(sent: Vec<Message>) -> (Vec<Message>, Vec<Message>) {
        use tl::Identifiable as _;
        let own = queries(sent.clone());
        let pings = sent.into_iter().filter(|message| {
            wire::constructor(&message.body) == Some(functions::Ping::CONSTRUCTOR_ID)
                && !own.contains(message)
        });
        (pings.collect(), own)
    }

    #[test]
    fn a_ping_goes_before_what_may_not_be_done_twice_after_a_long_silence() {
        // By either clock: the one that goes on stops while the computer sleeps, and who puts the other back has said
        // nothing of how long it was.
        for (pass, put) in [(11, 0), (0, 12), (0, -20)] {
            let mut both = Both::new();
            both.clock.pass(Duration::from_secs(pass));
            both.clock.put(put);
            both.ask(Repeat::Harmless);
            let (pings, sent) = apart(both.sent());
            assert_eq!((pings.len(), sent.len()), (0, 1), "what is harmless does not wait");
            both.ask(Repeat::Never);
            both.ask(Repeat::Never);
            let (pings, sent) = apart(both.sent());
            assert_eq!((pings.len(), sent.len()), (1, 0), "{pass} s, {put} s");
            let id = both.server_id + 4;
            both.server_sends_as(both.session.id, id, pong(pings[0].msg_id)).unwrap();
            let (pings, sent) = apart(both.sent());
            assert_eq!((pings.len(), sent.len()), (0, 2));
            both.ask(Repeat::Never);
            assert_eq!(apart(both.sent()).1.len(), 1, "it is not silent any more");
        }
        let mut both = Both::new();
        both.clock.pass(SILENCE);
        both.ask(Repeat::Never);
        assert_eq!(apart(both.sent()).1.len(), 1, "this silence was not long");
    }

    #[test]
    fn what_waits_for_a_dead_connection_goes_out_on_the_next_one() {
        let mut both = Both::new();
        both.clock.pass(SILENCE * 6);
        assert!(both.session.tick(SILENCE).is_ok());
        both.ask(Repeat::Never);
        assert_eq!(apart(both.sent()).1.len(), 0);
        both.clock.pass(SILENCE);
        assert!(both.session.tick(SILENCE).is_ok());
        assert!(both.sent().is_empty(), "nobody is asked about what was not sent");
        both.clock.pass(Duration::from_secs(1));
        assert!(matches!(both.session.tick(SILENCE), Err(Ending::Silent)));
        both.session.disconnect();
        both.session.connect();
        let (pings, sent) = apart(both.sent());
        assert_eq!(
            (pings.len(), sent.len()),
            (0, 1),
            "a new connection is alive, and nothing is asked about"
        );
        both.server_sends(pong(sent[0].msg_id)).unwrap();
        assert!(both.is_answered(0));
    }

    #[test]
    fn whatever_the_server_says_to_the_ping_the_connection_lives() {
        for code in [16, 17, 32, 33, 48] {
            let mut both = Both::new();
            both.clock.pass(SILENCE * 2);
            both.ask(Repeat::Never);
            let ping = apart(both.sent()).0.pop().unwrap();
            if code == 48 {
                let bad = types::BadServerSalt {
                    bad_msg_id: ping.msg_id,
                    bad_msg_seqno: ping.seq_no,
                    error_code: code,
                    new_server_salt: 77,
                };
                both.server_sends(enums::BadMsgNotification::BadServerSalt(bad).to_bytes()).unwrap();
            } else {
                both.server_sends(refusal(ping.msg_id, code)).unwrap();
            }
            let (_, sent) = apart(both.sent());
            assert_eq!(sent.len(), 1);
            assert_eq!(sent[0].salt == 77, code == 48);
            assert_eq!(sent[0].session_id != ping.session_id, [32, 33].contains(&code));
            both.server_sends(pong(sent[0].msg_id)).unwrap();
            assert!(both.is_answered(0));
        }
    }

    proptest! {
        /// A server that has the key, and says anything.
        #[test]
        fn nothing_that_is_well_sealed_causes_a_panic(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..6),
            states in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let (mut both, sent, request) = cut();
            for mut body in bodies {
                body.resize(body.len().next_multiple_of(4), 0);
                let _ = both.server_sends(body);
            }
            let info = types::MsgsStateInfo { req_msg_id: request, info: states };
            let _ = both.server_sends(enums::MsgsStateInfo::Info(info).to_bytes());
            let _ = both.server_sends(pong(sent[0].msg_id));
        }
    }
}
