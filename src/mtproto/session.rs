//! What is said under one key, without the connection: numbers, acknowledgements, salts, and what is still unanswered.
//!
//! A query that was sent and lost its connection is not simply sent again: the server is asked what became of it
//! (`msgs_state_req`). What arrived is waited for, what did not is sent again under its old number, and what the server
//! cannot tell any more is sent again only where doing it twice does nothing twice. A server that has forgotten the
//! session may say of everything that it did not arrive, so it is always asked about a witness too: a query that it has
//! answered.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use grammers_tl_types as tl;
use tl::{Serializable as _, enums, types};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::ChannelError;
use super::clock::{number_of_now, unix_time};
use super::envelope::{self, AuthKey, Message};
use super::primitives::random;
use super::wire::{self, Heard, Says};
use crate::cloud::CloudError;

/// How often a query may be refused by `bad_server_salt` and its like before it is given up.
const MOST_REFUSALS: u8 = 5;

/// How many of the server's messages are remembered, to tell repeats.
const REMEMBERED: usize = 1024;

/// Bytes a second of the slowest line on which uploads are waited for rather than begun again.
const SLOWEST: usize = 32 * 1024;

/// How many state requests are remembered.
const MOST_REQUESTS: usize = 64;

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
    const fn is_allowed(self) -> bool {
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
    salt: i64,
    time_offset: i64,
    last_msg_id: i64,
    /// How many messages asked for an acknowledgement.
    content: i32,
    pending: BTreeMap<i64, Pending>,
    /// Requests of states, and what each is about.
    requests: HashMap<i64, Asked>,
    /// The query that was answered last. A server that has not received it either has forgotten this session.
    witness: Option<i64>,
    to_acknowledge: Vec<i64>,
    heard: BTreeSet<i64>,
    out: VecDeque<Vec<u8>>,
    connected: bool,
    last_heard: Instant,
    login_token: bool,
    /// Whether a query was answered since this was last asked.
    progress: bool,
}

/// What states were asked for.
struct Asked {
    msg_ids: Vec<i64>,
    /// One more, at the end.
    witness: Option<i64>,
}

struct Pending {
    query: Query,
    seq_no: i32,
    /// Whether it was sent on any connection, under this number or another.
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
            witness: None,
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
            self.last_heard = Instant::now();
            return Ok(());
        }
        let under_way: usize = self.pending.values().map(|pending| pending.query.body.len()).sum();
        let travel = Duration::from_secs((under_way / SLOWEST) as u64);
        if self.last_heard.elapsed() > ask_after * 3 + travel {
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
            Says::Result { query, object } => self.answered(query, Ok(object)),
            Says::Error { query, code, message } => {
                self.answered(query, Err(CloudError::from_rpc(code, &message)));
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
                TOO_OLD => self.lose(refused, ChannelError::BadMessage { code }),
                _ => self.settle(refused, Err(ChannelError::BadMessage { code }.into())),
            },
            Says::NewSession { first, salt } => {
                self.salt = salt;
                let before = self.pending.iter().filter(|(msg_id, pending)| pending.sent && **msg_id < first);
                let before = before.map(|(msg_id, _)| *msg_id).collect();
                self.ask_about(before);
            }
            Says::States { request, states } => {
                let Some(Asked { msg_ids, witness }) = self.requests.remove(&request) else { return Ok(()) };
                if states.len() < msg_ids.len() + usize::from(witness.is_some()) {
                    return Err(ChannelError::Hostile("fewer states than were asked for"));
                }
                let remembers = witness.is_some() && states[msg_ids.len()] & STATE == RECEIVED;
                for (msg_id, state) in msg_ids.into_iter().zip(states) {
                    self.became(msg_id, state, remembers);
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

    /// The answer to a query has come, so the server knows of this session.
    fn answered(&mut self, msg_id: i64, answer: Result<Vec<u8>, CloudError>) {
        if self.pending.contains_key(&msg_id) {
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
    fn became(&mut self, msg_id: i64, state: u8, remembers: bool) {
        let Some(pending) = self.pending.get_mut(&msg_id) else { return };
        match state & STATE {
            // The answer comes by itself; if it is still missing when asked again, a repeat brings it.
            RECEIVED if pending.answered => self.send(msg_id),
            RECEIVED => pending.answered = state & 64 != 0,
            NOT_RECEIVED | TOO_HIGH if remembers => self.send(msg_id),
            _ if pending.query.repeat.is_allowed() => self.renumber(msg_id),
            _ => self.lose(msg_id, ChannelError::Forgotten),
        }
    }

    fn renumber(&mut self, msg_id: i64) {
        let Some(mut pending) = self.pending.remove(&msg_id) else { return };
        let (msg_id, seq_no) = self.number(true);
        (pending.seq_no, pending.answered) = (seq_no, false);
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
        let witness = self.witness;
        let request = types::MsgsStateReq { msg_ids: msg_ids.iter().copied().chain(witness).collect() };
        let number = self.say(true, &enums::MsgsStateReq::Req(request).to_bytes());
        self.requests.insert(number, Asked { msg_ids, witness });
    }

    /// Sends a service message; gives its number.
    fn say(&mut self, content: bool, body: &[u8]) -> i64 {
        let (msg_id, seq_no) = self.number(content);
        let message = Message { salt: self.salt, session_id: self.id, msg_id, seq_no, body: body.to_vec() };
        self.out.push_back(envelope::seal(&message, &self.key));
        msg_id
    }

    /// The next number: the server's time, ever greater, divisible by four.
    fn number(&mut self, content: bool) -> (i64, i32) {
        let now = number_of_now() + (self.time_offset << 32);
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

    struct Both {
        session: Session,
        answered: Vec<oneshot::Receiver<Result<Vec<u8>, CloudError>>>,
        ways: Vec<Arc<Way>>,
        server_id: i64,
    }

    impl Both {
        fn new() -> Self {
            let mut session = Session::new(key(), 1, 0);
            session.connect();
            Self { session, answered: Vec::new(), ways: Vec::new(), server_id: 1 }
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

        fn say_as(&mut self, session_id: i64, msg_id: i64, body: Vec<u8>) -> Result<(), ChannelError> {
            let message = Message { salt: 1, session_id, msg_id, seq_no: 1, body };
            self.session.hear(server::seal(&message, &key()))
        }

        fn say(&mut self, body: Vec<u8>) -> Result<(), ChannelError> {
            self.server_id += 4;
            self.say_as(self.session.id, self.server_id, body)
        }

        fn greet(&mut self) {
            let created = types::NewSessionCreated { first_msg_id: 0, unique_id: 1, server_salt: 2 };
            self.say(enums::NewSession::Created(created).to_bytes()).unwrap();
        }

        fn tell_states(&mut self, request: i64, info: Vec<u8>) {
            let states = types::MsgsStateInfo { req_msg_id: request, info };
            self.say(enums::MsgsStateInfo::Info(states).to_bytes()).unwrap();
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
        both.say(rpc_result(witness)).unwrap();
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
        both.say(pong(sent[0].msg_id)).unwrap();
        both.say(pong(sent[1].msg_id)).unwrap();
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
            both.say(enums::BadMsgNotification::Notification(bad).to_bytes()).unwrap();
            assert_eq!(both.has_unknown_outcome(0), unknown, "{repeat:?}");

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
            both.say(enums::BadMsgNotification::BadServerSalt(bad).to_bytes()).unwrap();
        }
        let sent = queries(both.sent()).pop().unwrap();
        assert_eq!(sent.salt, 13);
        both.say(pong(sent.msg_id)).unwrap();
        assert!(both.is_answered(0));
    }

    #[test]
    fn a_server_that_refuses_without_end_is_given_up() {
        let mut both = Both::new();
        both.ask(Repeat::Harmless);
        for _ in 0..=MOST_REFUSALS {
            let (msg_id, _) = both.session.pending.first_key_value().unwrap();
            let bad = types::BadMsgNotification { bad_msg_id: *msg_id, bad_msg_seqno: 1, error_code: 16 };
            both.say(enums::BadMsgNotification::Notification(bad).to_bytes()).unwrap();
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
        assert!(matches!(both.say_as(id ^ 1, 5, pong(sent[0].msg_id)), Err(ChannelError::Hostile(_))));
        assert!(matches!(both.say_as(id, 8, pong(sent[0].msg_id)), Err(ChannelError::Hostile(_))));
        both.say_as(id, 9, pong(0)).unwrap();
        both.say_as(id, 9, pong(sent[0].msg_id)).unwrap();
        assert!(both.session.is_waiting(), "the number was heard before");
        both.say_as(id, 13, pong(sent[0].msg_id)).unwrap();
        assert!(both.is_answered(0));
    }

    #[test]
    fn who_waits_no_more_is_forgotten_and_silence_ends_a_connection() {
        let mut both = Both::new();
        both.ask(Repeat::Never);
        assert!(both.session.tick(Duration::from_secs(60)).is_ok());
        std::thread::sleep(Duration::from_millis(5));
        assert!(matches!(both.session.tick(Duration::from_millis(1)), Err(Ending::Silent)));
        both.answered.clear();
        assert!(both.session.tick(Duration::from_millis(1)).is_ok());
        assert!(!both.session.is_waiting());
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
                let _ = both.say(body);
            }
            let info = types::MsgsStateInfo { req_msg_id: request, info: states };
            let _ = both.say(enums::MsgsStateInfo::Info(info).to_bytes());
            let _ = both.say(pong(sent[0].msg_id));
        }
    }
}
