//! What is said under one key, without the connection: numbers, acknowledgements, salts, and what is still unanswered.
//!
//! A query that was sent and lost its connection is not simply sent again: the server is asked what became of it
//! (`msgs_state_req`). What arrived is waited for, what did not is sent again under its old number, and what the server
//! cannot tell any more is sent again only where doing it twice does nothing twice.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use grammers_tl_types as tl;
use tl::{Serializable as _, enums, types};
use tokio::sync::oneshot;

use super::ChannelError;
use super::envelope::{self, AuthKey, Message};
use super::key_exchange::unix_time;
use super::primitives::random;
use super::wire::{self, Heard, Says};
use crate::cloud::CloudError;

/// How often a query may be refused by `bad_server_salt` and its like before it is given up.
const MOST_REFUSALS: u8 = 5;

/// How many of the server's messages are remembered, to tell repeats.
const REMEMBERED: usize = 1024;

/// How many state requests are remembered.
const MOST_REQUESTS: usize = 64;

/// Whether a query may be done twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The second time does nothing more: it reads, or writes the same again.
    Harmless,
    /// It sends something, uses something up, or shares.
    Never,
}

/// Something to be answered.
pub(super) struct Query {
    pub(super) body: Vec<u8>,
    pub(super) repeat: Repeat,
    pub(super) answer: oneshot::Sender<Result<Vec<u8>, CloudError>>,
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
    salt: i64,
    time_offset: i64,
    last_msg_id: i64,
    /// How many messages asked for an acknowledgement.
    content: i32,
    pending: BTreeMap<i64, Pending>,
    /// Requests of states, and what each is about.
    requests: HashMap<i64, Vec<i64>>,
    to_acknowledge: Vec<i64>,
    heard: BTreeSet<i64>,
    out: VecDeque<Vec<u8>>,
    connected: bool,
    last_heard: Instant,
    login_token: bool,
    /// Whether a query was answered since this was last asked.
    progress: bool,
}

struct Pending {
    query: Query,
    seq_no: i32,
    /// Whether it was sent on any connection.
    sent: bool,
    /// When it was last sent or asked about.
    touched: Instant,
    refusals: u8,
    /// The server said once that it has answered.
    answered: bool,
}

impl Session {
    pub(super) fn new(key: AuthKey, salt: i64, time_offset: i64) -> Self {
        Self {
            key,
            id: i64::from_le_bytes(random()),
            salt,
            time_offset,
            last_msg_id: 0,
            content: 0,
            pending: BTreeMap::new(),
            requests: HashMap::new(),
            to_acknowledge: Vec::new(),
            heard: BTreeSet::new(),
            out: VecDeque::new(),
            connected: false,
            last_heard: Instant::now(),
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
        let (msg_id, seq_no) = self.number(true);
        let pending =
            Pending { query, seq_no, sent: false, touched: Instant::now(), refusals: 0, answered: false };
        self.pending.insert(msg_id, pending);
        if self.connected {
            self.send(msg_id);
        }
    }

    /// There is a new connection: what was sent on another one is asked about, everything else is sent.
    pub(super) fn connect(&mut self) {
        self.connected = true;
        self.last_heard = Instant::now();
        self.out.clear();
        self.requests.clear();
        let (sent, fresh): (Vec<_>, Vec<_>) =
            self.pending.iter().map(|(id, pending)| (*id, pending.sent)).partition(|(_, sent)| *sent);
        self.ask_about(sent.into_iter().map(|(id, _)| id).collect());
        for (msg_id, _) in fresh {
            self.send(msg_id);
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
            // Whoever does not wait any more does not mind.
            let _ = pending.query.answer.send(Err(why.clone()));
        }
    }

    /// Time has passed: forgets who does not wait any more, and asks about what was silent for `ask_after`.
    pub(super) fn tick(&mut self, ask_after: Duration) -> Result<(), Ending> {
        self.pending.retain(|_, pending| !pending.query.answer.is_closed());
        if !self.connected || self.pending.is_empty() {
            self.last_heard = Instant::now();
            return Ok(());
        }
        if self.last_heard.elapsed() > ask_after * 3 {
            return Err(Ending::Silent);
        }
        let silent = self.pending.iter().filter(|(_, pending)| pending.touched.elapsed() > ask_after);
        let silent = silent.map(|(msg_id, _)| *msg_id).collect();
        self.ask_about(silent);
        Ok(())
    }

    /// Takes in a packet of the server. An error is a reason to end the connection.
    pub(super) fn hear(&mut self, packet: Vec<u8>) -> Result<(), ChannelError> {
        let message = envelope::open(packet, &self.key)
            .ok_or(ChannelError::Hostile("a packet that is not sealed with the key"))?;
        if message.session_id != self.id {
            return Err(ChannelError::Hostile("a packet of another session"));
        }
        if message.msg_id & 1 == 0 {
            return Err(ChannelError::Hostile("a message with a client's number"));
        }
        self.last_heard = Instant::now();
        let outer = message.msg_id;
        for Heard { msg_id, content, says } in wire::read(outer, message.seq_no, message.body)? {
            if content {
                self.to_acknowledge.push(msg_id);
            }
            if self.is_new(msg_id) {
                self.take_in(says, outer)?;
            }
        }
        if !self.to_acknowledge.is_empty() {
            let msg_ids = std::mem::take(&mut self.to_acknowledge);
            self.say(false, &enums::MsgsAck::Ack(types::MsgsAck { msg_ids }).to_bytes());
        }
        Ok(())
    }

    fn take_in(&mut self, says: Says, server_msg_id: i64) -> Result<(), ChannelError> {
        match says {
            Says::Result { query, object } => self.settle(query, Ok(object)),
            Says::Error { query, code, message } => {
                self.settle(query, Err(CloudError::from_rpc(code, &message)));
            }
            Says::Pong { query } => self.settle(query, Ok(Vec::new())),
            Says::NewSalt { refused, salt } => {
                self.salt = salt;
                self.refused(refused, 48);
            }
            Says::BadMessage { refused, code } => match code {
                // Our clock is wrong; the server's is in its number.
                16 | 17 => {
                    self.time_offset = (server_msg_id >> 32) - unix_time();
                    self.last_msg_id = 0;
                    self.refused(refused, code);
                }
                _ => self.settle(refused, Err(ChannelError::BadMessage { code }.into())),
            },
            Says::NewSession { first, salt } => {
                self.salt = salt;
                let before = self.pending.range(..first).filter(|(_, pending)| pending.sent);
                let before = before.map(|(msg_id, _)| *msg_id).collect();
                self.ask_about(before);
            }
            Says::States { request, states } => {
                let asked = self.requests.remove(&request).unwrap_or_default();
                if states.len() < asked.len() {
                    return Err(ChannelError::Hostile("fewer states than were asked for"));
                }
                for (msg_id, state) in asked.into_iter().zip(states) {
                    self.became(msg_id, state);
                }
            }
            Says::Withheld { answer } => {
                let resend = types::MsgResendReq { msg_ids: vec![answer] };
                self.say(true, &enums::MsgResendReq::Req(resend).to_bytes());
            }
            Says::LoginToken => self.login_token = true,
            Says::Else => {}
        }
        Ok(())
    }

    fn settle(&mut self, msg_id: i64, answer: Result<Vec<u8>, CloudError>) {
        if let Some(pending) = self.pending.remove(&msg_id) {
            self.progress = true;
            // Whoever does not wait any more does not mind.
            let _ = pending.query.answer.send(answer);
        }
    }

    /// A message was refused unread: it is sent again under a new number.
    fn refused(&mut self, msg_id: i64, code: i32) {
        if let Some(asked) = self.requests.remove(&msg_id) {
            self.ask_about(asked);
        }
        let Some(pending) = self.pending.get_mut(&msg_id) else { return };
        pending.refusals += 1;
        if pending.refusals > MOST_REFUSALS {
            self.settle(msg_id, Err(ChannelError::BadMessage { code }.into()));
        } else {
            self.renumber(msg_id);
        }
    }

    /// What became of a query, in a byte of `msgs_state_info`.
    fn became(&mut self, msg_id: i64, state: u8) {
        let Some(pending) = self.pending.get_mut(&msg_id) else { return };
        match state & 7 {
            // Received. The answer comes by itself; if it is still missing when asked again, a repeat brings it.
            4 if pending.answered => self.send(msg_id),
            4 => pending.answered = state & 64 != 0,
            2 | 3 => self.send(msg_id),
            _ if pending.query.repeat == Repeat::Harmless => self.renumber(msg_id),
            _ => self.settle(msg_id, Err(ChannelError::OutcomeUnknown.into())),
        }
    }

    fn renumber(&mut self, msg_id: i64) {
        let Some(mut pending) = self.pending.remove(&msg_id) else { return };
        let (msg_id, seq_no) = self.number(true);
        pending.seq_no = seq_no;
        self.pending.insert(msg_id, pending);
        self.send(msg_id);
    }

    /// Sends a pending query under its number.
    fn send(&mut self, msg_id: i64) {
        let Some(pending) = self.pending.get_mut(&msg_id) else { return };
        pending.sent = true;
        pending.touched = Instant::now();
        let message = Message {
            salt: self.salt,
            session_id: self.id,
            msg_id,
            seq_no: pending.seq_no,
            body: pending.query.body.clone(),
        };
        self.out.push_back(envelope::seal(&message, &self.key));
    }

    fn ask_about(&mut self, msg_ids: Vec<i64>) {
        if msg_ids.is_empty() || !self.connected {
            return;
        }
        for msg_id in &msg_ids {
            if let Some(pending) = self.pending.get_mut(msg_id) {
                pending.touched = Instant::now();
            }
        }
        if self.requests.len() == MOST_REQUESTS {
            self.requests.clear();
        }
        let request = types::MsgsStateReq { msg_ids: msg_ids.clone() };
        let number = self.say(true, &enums::MsgsStateReq::Req(request).to_bytes());
        self.requests.insert(number, msg_ids);
    }

    /// Sends a service message; gives its number.
    fn say(&mut self, content: bool, body: &[u8]) -> i64 {
        let (msg_id, seq_no) = self.number(content);
        let message = Message { salt: self.salt, session_id: self.id, msg_id, seq_no, body: body.to_vec() };
        self.out.push_back(envelope::seal(&message, &self.key));
        msg_id
    }

    /// The next number: the server's time in the upper half, ever greater, divisible by four.
    fn number(&mut self, content: bool) -> (i64, i32) {
        let now = (unix_time() + self.time_offset) << 32;
        self.last_msg_id = (now.max(self.last_msg_id + 4) + 3) & !3;
        let mut seq_no = self.content.wrapping_mul(2);
        if content {
            seq_no |= 1;
            self.content = self.content.wrapping_add(1);
        }
        (self.last_msg_id, seq_no)
    }

    /// Notes a message of the server; false if it was heard before, or is older than all that are remembered.
    fn is_new(&mut self, msg_id: i64) -> bool {
        let is_full = self.heard.len() == REMEMBERED;
        if is_full && self.heard.first().is_some_and(|oldest| msg_id < *oldest) {
            return false;
        }
        let is_new = self.heard.insert(msg_id);
        if is_new && is_full {
            self.heard.pop_first();
        }
        is_new
    }
}
