//! Sessions: the messages between a client and this data centre under one key.
//!
//! What asks for an acknowledgement is kept until it gets one, so that an answer lost on the way is sent again: when
//! the client repeats the query, asks for its state, or comes back on another connection.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::Sender;

use super::clock::{number_of_now, unix_time};
use super::envelope::Message;
use super::keys::{AuthKey, KnownKey};
use crate::store::{Holding, gather};

/// How many of a client's messages a session remembers, to tell repeats.
const SEEN: usize = 1024;

/// How many bytes a session keeps unacknowledged; beyond that the oldest go.
const KEPT_BYTES: usize = 4 << 20;

/// For how many seconds they are kept: clients drop messages older than 300.
const KEPT_SECONDS: i64 = 240;

/// How many sessions without a connection are remembered; beyond that the one disconnected longest ago goes.
const DISCONNECTED: usize = 256;

/// What a connection is told to send.
#[derive(Debug)]
pub(super) enum Packet {
    /// To be sealed under the key.
    Sealed {
        /// The session's key.
        key: Arc<AuthKey>,
        /// What is sealed.
        message: Message,
    },
    /// As it is.
    Plain(Vec<u8>),
}

/// Whether a message counts in the session's numbering (`msg_seqno`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageKind {
    /// It asks for an acknowledgement.
    ContentRelated,
    /// An acknowledgement, a container, a pong.
    Service,
}

/// Whether a message answers one of the client's, which its id tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// An answer: the id is 1 modulo 4.
    Answer,
    /// A notification: the id is 3 modulo 4.
    Notification,
}

/// Which session: the key's id and the client's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SessionKey {
    pub(super) auth_key_id: i64,
    pub(super) session_id: i64,
}

/// All sessions of a sandbox: what happens at one data centre is told at all.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<SessionKey, Session>,
    /// Counts the connections that sessions have lost.
    disconnections: u64,
}

#[derive(Debug, Default)]
struct Session {
    last_msg_id: i64,
    content_sent: i32,
    seen: VecDeque<i64>,
    /// Queries that came and are not remembered any more, oldest first.
    forgotten: VecDeque<i64>,
    /// Of messages up to here that are not in either list, nothing is known: before the session's first, or so long
    /// forgotten that even that is.
    unknown_up_to: Option<i64>,
    /// With which code of `bad_msg_notification` every message that counts is refused, once one was.
    refused_with: Option<i32>,
    kept: VecDeque<Kept>,
    kept_bytes: usize,
    /// Whose updates are wanted: the identity's key id, once it asked for its state.
    updates_for: Option<i64>,
    link: Link,
}

/// Where a session's messages go.
#[derive(Debug)]
enum Link {
    Connected {
        key: KnownKey,
        packets: Sender<Packet>,
    },
    /// The number of the disconnection, ascending.
    Disconnected(u64),
}

impl Default for Link {
    fn default() -> Self {
        Self::Disconnected(0)
    }
}

/// A message that awaits its acknowledgement.
#[derive(Clone, Debug)]
struct Kept {
    msg_id: i64,
    seq_no: i32,
    body: Vec<u8>,
    /// The query it answers.
    answers: Option<i64>,
}

/// How a session takes a packet's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// The session is new.
    New,
    /// It was here before, on another connection.
    Back,
    /// It is on the connection that it had last.
    Still,
}

impl Session {
    /// The number of its disconnection, if the session has no connection.
    fn disconnection(&self) -> Option<u64> {
        match self.link {
            Link::Disconnected(number) => Some(number),
            Link::Connected { .. } => None,
        }
    }

    /// Numbers a message.
    fn number(&mut self, kind: MessageKind, occasion: Occasion) -> (i64, i32) {
        let mut seq_no = self.content_sent.wrapping_mul(2);
        if kind == MessageKind::ContentRelated {
            seq_no = seq_no.wrapping_add(1);
            self.content_sent = self.content_sent.wrapping_add(1);
        }
        self.last_msg_id = next_msg_id(self.last_msg_id, occasion);
        (self.last_msg_id, seq_no)
    }

    /// Hands a message to the connection. One that takes no more is given up: its client reads nothing.
    fn transmit(&mut self, session_id: i64, msg_id: i64, seq_no: i32, body: Vec<u8>) -> bool {
        let Link::Connected { key, packets } = &self.link else { return false };
        let message = Message { salt: key.salt, session_id, msg_id, seq_no, body };
        packets.try_send(Packet::Sealed { key: Arc::clone(&key.key), message }).is_ok()
    }

    /// Sends those of the kept messages again that are chosen.
    fn resend(&mut self, session_id: i64, chosen: impl Fn(&Kept) -> bool) {
        self.forget_old();
        let again: Vec<Kept> = self.kept.iter().filter(|kept| chosen(kept)).cloned().collect();
        for Kept { msg_id, seq_no, body, .. } in again {
            self.transmit(session_id, msg_id, seq_no, body);
        }
    }

    fn keep(&mut self, kept: Kept) {
        self.kept_bytes += kept.body.len();
        self.kept.push_back(kept);
        while self.kept_bytes > KEPT_BYTES && self.kept.len() > 1 {
            self.forget_oldest();
        }
        self.forget_old();
    }

    fn forget_old(&mut self) {
        let oldest = unix_time() - KEPT_SECONDS;
        while self.kept.front().is_some_and(|kept| kept.msg_id >> 32 < oldest) {
            self.forget_oldest();
        }
    }

    /// An answer forgotten before it was acknowledged leaves its query unseen: a repeat is answered anew.
    fn forget_oldest(&mut self) {
        if let Some(gone) = self.kept.pop_front() {
            self.kept_bytes -= gone.body.len();
            if let Some(query) = gone.answers {
                self.seen.retain(|msg_id| *msg_id != query);
                self.forget(query);
            }
        }
    }

    /// Notes that this query came and is remembered no more.
    fn forget(&mut self, query: i64) {
        if self.forgotten.len() == SEEN {
            self.unknown_up_to = self.unknown_up_to.max(self.forgotten.pop_front());
        }
        self.forgotten.push_back(query);
    }

    fn acknowledge(&mut self, msg_ids: &[i64]) {
        self.kept.retain(|kept| !msg_ids.contains(&kept.msg_id));
        self.kept_bytes = self.kept.iter().map(|kept| kept.body.len()).sum();
    }

    /// A byte of `msgs_state_info`.
    fn state_of(&self, msg_id: i64) -> u8 {
        if self.kept.iter().any(|kept| kept.answers == Some(msg_id)) {
            RECEIVED | WORKED_ON | ANSWERED
        } else if self.seen.contains(&msg_id) {
            RECEIVED
        } else if self.forgotten.contains(&msg_id) || self.unknown_up_to.is_none_or(|last| msg_id <= last) {
            FORGOTTEN
        } else if self.seen.back().is_none_or(|last| msg_id > *last) {
            TOO_HIGH
        } else {
            NOT_RECEIVED
        }
    }
}

/// States of a message in `msgs_state_info`.
const FORGOTTEN: u8 = 1;
const NOT_RECEIVED: u8 = 2;
const TOO_HIGH: u8 = 3;
const RECEIVED: u8 = 4;
/// Added to `RECEIVED`: the query is being worked on, or was.
const WORKED_ON: u8 = 32;
/// Added to `RECEIVED`: there is an answer.
const ANSWERED: u8 = 64;

impl Sessions {
    /// Joins a session from a connection, whose messages go there from now on; to one that is back, what it did not
    /// acknowledge is sent again.
    pub(super) fn join(&self, session: SessionKey, key: &KnownKey, packets: &Sender<Packet>) -> Joined {
        let mut inner = self.lock();
        let new = !inner.sessions.contains_key(&session);
        let held = inner.sessions.entry(session).or_default();
        let still =
            matches!(&held.link, Link::Connected { packets: before, .. } if before.same_channel(packets));
        held.link = Link::Connected { key: key.clone(), packets: packets.clone() };
        if new {
            Joined::New
        } else if still {
            Joined::Still
        } else {
            held.resend(session.session_id, |_| true);
            Joined::Back
        }
    }

    /// Notes that a connection has ended.
    pub(super) fn disconnect(&self, packets: &Sender<Packet>) {
        let mut inner = self.lock();
        let Inner { sessions, disconnections } = &mut *inner;
        for session in sessions.values_mut() {
            if matches!(&session.link, Link::Connected { packets: held, .. } if held.same_channel(packets)) {
                *disconnections += 1;
                session.link = Link::Disconnected(*disconnections);
            }
        }
        let mut left: Vec<u64> = sessions.values().filter_map(Session::disconnection).collect();
        if left.len() > DISCONNECTED {
            left.sort_unstable();
            let first_kept = left[left.len() - DISCONNECTED];
            sessions.retain(|_, session| session.disconnection().is_none_or(|number| number >= first_kept));
        }
    }

    /// Notes a client's message; true if it is new. To a repeated query its answer is sent again.
    pub(super) fn receive(&self, key: SessionKey, msg_id: i64) -> bool {
        let mut inner = self.lock();
        let session = inner.sessions.entry(key).or_default();
        session.forget_old();
        if session.seen.contains(&msg_id) {
            session.resend(key.session_id, |kept| kept.answers == Some(msg_id));
            return false;
        }
        if session.seen.len() == SEEN
            && let Some(oldest) = session.seen.pop_front()
        {
            session.forget(oldest);
        }
        // What came before the first that came here is not known to have come or not.
        session.unknown_up_to.get_or_insert(msg_id.wrapping_sub(1));
        session.forgotten.retain(|forgotten| *forgotten != msg_id);
        session.seen.push_back(msg_id);
        true
    }

    /// The states of these messages, a byte for each as `msgs_state_info` has it.
    pub(super) fn states(&self, key: SessionKey, msg_ids: &[i64]) -> Vec<u8> {
        let inner = self.lock();
        let Some(session) = inner.sessions.get(&key) else { return vec![FORGOTTEN; msg_ids.len()] };
        msg_ids.iter().map(|msg_id| session.state_of(*msg_id)).collect()
    }

    /// From now on this session's messages are refused with this code.
    pub(super) fn refuse(&self, key: SessionKey, code: i32) {
        if let Some(session) = self.lock().sessions.get_mut(&key) {
            session.refused_with = Some(code);
        }
    }

    /// With which code this session's messages are refused, if they are.
    pub(super) fn refused_with(&self, key: SessionKey) -> Option<i32> {
        self.lock().sessions.get(&key)?.refused_with
    }

    /// Sends the answers to these queries again, if they were not acknowledged.
    pub(super) fn repeat_answers(&self, key: SessionKey, queries: &[i64]) {
        if let Some(session) = self.lock().sessions.get_mut(&key) {
            session.resend(key.session_id, |kept| kept.answers.is_some_and(|query| queries.contains(&query)));
        }
    }

    /// Sends these messages again, if they were not acknowledged (`msg_resend_req`).
    pub(super) fn resend(&self, key: SessionKey, msg_ids: &[i64]) {
        if let Some(session) = self.lock().sessions.get_mut(&key) {
            session.resend(key.session_id, |kept| msg_ids.contains(&kept.msg_id));
        }
    }

    /// Notes what the client has received (`msgs_ack`).
    pub(super) fn acknowledge(&self, key: SessionKey, msg_ids: &[i64]) {
        if let Some(session) = self.lock().sessions.get_mut(&key) {
            session.acknowledge(msg_ids);
        }
    }

    /// From now on the session is sent updates for this identity.
    pub(super) fn want_updates(&self, key: SessionKey, identity: i64) {
        if let Some(session) = self.lock().sessions.get_mut(&key) {
            session.updates_for = Some(identity);
        }
    }

    /// The sessions that want updates for one of these identities, with the identity of each.
    pub(super) fn listeners(&self, identities: &[i64]) -> Vec<(SessionKey, i64)> {
        let inner = self.lock();
        let wanting = inner.sessions.iter().filter_map(|(key, session)| Some((*key, session.updates_for?)));
        wanting.filter(|(_, identity)| identities.contains(identity)).collect()
    }

    /// Numbers a message and hands it to the session's connection; false if there is none.
    pub(super) fn send(&self, key: SessionKey, kind: MessageKind, occasion: Occasion, body: Vec<u8>) -> bool {
        let mut inner = self.lock();
        let Some(session) = inner.sessions.get_mut(&key) else { return false };
        let (msg_id, seq_no) = session.number(kind, occasion);
        if kind == MessageKind::ContentRelated {
            session.keep(Kept { msg_id, seq_no, body: body.clone(), answers: None });
        }
        session.transmit(key.session_id, msg_id, seq_no, body)
    }

    /// Sends the answer to a query.
    pub(super) fn answer(&self, key: SessionKey, query: i64, body: Vec<u8>) {
        let mut inner = self.lock();
        let Some(session) = inner.sessions.get_mut(&key) else { return };
        let (msg_id, seq_no) = session.number(MessageKind::ContentRelated, Occasion::Answer);
        session.keep(Kept { msg_id, seq_no, body: body.clone(), answers: Some(query) });
        session.transmit(key.session_id, msg_id, seq_no, body);
    }

    /// Keeps the answer to a query and sends nothing: it is lost until the client asks again.
    pub(super) fn keep_answer(&self, key: SessionKey, query: i64, body: Vec<u8>) {
        if let Some(session) = self.lock().sessions.get_mut(&key) {
            let (msg_id, seq_no) = session.number(MessageKind::ContentRelated, Occasion::Answer);
            session.keep(Kept { msg_id, seq_no, body, answers: Some(query) });
        }
    }

    /// What is in the answers that wait for their acknowledgement.
    pub(super) fn holdings(&self) -> Vec<Holding> {
        let mut holdings = Vec::new();
        for Kept { body, .. } in self.lock().sessions.values().flat_map(|session| &session.kept) {
            gather("dc/session/answer", body, &mut holdings);
        }
        holdings
    }

    /// Forgets a session; false if there was none.
    pub(super) fn destroy(&self, key: SessionKey) -> bool {
        self.lock().sessions.remove(&key).is_some()
    }

    /// Forgets all sessions under these keys.
    pub(super) fn destroy_all(&self, auth_key_ids: &[i64]) {
        self.lock().sessions.retain(|key, _| !auth_key_ids.contains(&key.auth_key_id));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time, then ever greater, 1 or 3 modulo 4. The fraction of a second counts: a data centre that starts anew within
/// one must not use the numbers of before again, since clients drop what they have received.
fn next_msg_id(last: i64, occasion: Occasion) -> i64 {
    let residue = match occasion {
        Occasion::Answer => 1,
        Occasion::Notification => 3,
    };
    let next = number_of_now().max(last + 1);
    next + (residue - next % 4).rem_euclid(4)
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{Receiver, channel};
    use zeroize::Zeroizing;

    use super::*;

    const SESSION: SessionKey = SessionKey { auth_key_id: 1, session_id: 2 };

    fn known() -> KnownKey {
        let key = Arc::new(AuthKey::new(Zeroizing::new([1; 256])));
        KnownKey { identity: key.id(), key, salt: 7 }
    }

    fn joined() -> (Sessions, Sender<Packet>, Receiver<Packet>) {
        let sessions = Sessions::default();
        let (sender, receiver) = channel(16);
        assert_eq!(sessions.join(SESSION, &known(), &sender), Joined::New);
        (sessions, sender, receiver)
    }

    fn next(receiver: &mut Receiver<Packet>) -> Option<Message> {
        match receiver.try_recv() {
            Ok(Packet::Sealed { message, .. }) => Some(message),
            _ => None,
        }
    }

    #[test]
    fn ids_grow_and_tell_answers_from_notifications() {
        let mut last = 0;
        for occasion in [Occasion::Answer, Occasion::Notification, Occasion::Notification, Occasion::Answer] {
            let next = next_msg_id(last, occasion);
            assert!(next > last);
            assert_eq!(next % 4, if occasion == Occasion::Answer { 1 } else { 3 });
            last = next;
        }
    }

    #[test]
    fn a_session_begun_anew_within_a_second_does_not_use_its_numbers_again() {
        let numbers = || {
            let mut last = 0;
            [(); 100].map(|()| {
                last = next_msg_id(last, Occasion::Answer);
                last
            })
        };
        let before = numbers();
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert!(numbers()[0] > before[99]);
    }

    #[test]
    fn only_content_counts_in_the_numbering() {
        let (sessions, sender, mut receiver) = joined();
        assert_eq!(sessions.join(SESSION, &known(), &sender), Joined::Still);
        assert!(sessions.send(SESSION, MessageKind::ContentRelated, Occasion::Answer, vec![1]));
        assert!(sessions.send(SESSION, MessageKind::Service, Occasion::Answer, vec![2]));
        assert_eq!(next(&mut receiver).unwrap().seq_no, 1);
        assert_eq!(next(&mut receiver).unwrap().seq_no, 2);
    }

    #[test]
    fn a_repeated_query_gets_its_first_answer_until_that_is_acknowledged() {
        let (sessions, _sender, mut receiver) = joined();
        assert!(sessions.receive(SESSION, 4));
        assert!(!sessions.receive(SESSION, 4));
        assert!(next(&mut receiver).is_none());
        sessions.answer(SESSION, 4, vec![9]);
        let first = next(&mut receiver).unwrap();
        assert!(!sessions.receive(SESSION, 4));
        assert_eq!(next(&mut receiver).unwrap(), first);
        sessions.acknowledge(SESSION, &[first.msg_id]);
        assert!(!sessions.receive(SESSION, 4));
        assert!(next(&mut receiver).is_none());
    }

    #[test]
    fn a_lost_answer_comes_when_the_client_is_back_or_asks() {
        let (sessions, sender, mut receiver) = joined();
        assert!(sessions.receive(SESSION, 4));
        sessions.keep_answer(SESSION, 4, vec![9]);
        assert!(next(&mut receiver).is_none());
        assert_eq!(sessions.states(SESSION, &[4, 8]), [RECEIVED | WORKED_ON | ANSWERED, TOO_HIGH]);
        sessions.repeat_answers(SESSION, &[4]);
        let answer = next(&mut receiver).unwrap();
        sessions.resend(SESSION, &[answer.msg_id]);
        assert_eq!(next(&mut receiver).unwrap(), answer);

        sessions.disconnect(&sender);
        assert!(!sessions.send(SESSION, MessageKind::ContentRelated, Occasion::Notification, vec![8]));
        let (other, mut back) = channel(16);
        assert_eq!(sessions.join(SESSION, &known(), &other), Joined::Back);
        assert_eq!(next(&mut back).unwrap().body, [9]);
        assert_eq!(next(&mut back).unwrap().body, [8]);
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_query_whose_answer_went_may_come_again() {
        let (sessions, _sender, mut receiver) = joined();
        for query in [4, 8, 12] {
            assert!(sessions.receive(SESSION, query));
            sessions.answer(SESSION, query, vec![0; KEPT_BYTES / 2]);
            assert!(next(&mut receiver).is_some());
        }
        assert!(sessions.receive(SESSION, 4));
        assert!(!sessions.receive(SESSION, 12));
    }

    #[test]
    fn a_query_that_was_forgotten_is_not_said_to_have_never_come() {
        let (sessions, _sender, mut receiver) = joined();
        assert_eq!(sessions.states(SESSION, &[4]), [FORGOTTEN], "nothing came, so nothing is known");
        for query in [8, 12, 20] {
            assert!(sessions.receive(SESSION, query));
            sessions.answer(SESSION, query, vec![0; KEPT_BYTES / 2]);
            assert!(next(&mut receiver).is_some());
        }
        // The answer to the first one went for the last one's; one in between and one behind never came; and what is
        // older than the session may have come before it.
        assert_eq!(sessions.states(SESSION, &[8, 16, 24, 4]), [FORGOTTEN, NOT_RECEIVED, TOO_HIGH, FORGOTTEN]);
        // So it is with what was pushed out by others.
        for query in 0..i64::try_from(SEEN).unwrap() {
            assert!(sessions.receive(SESSION, 100 + 4 * query));
        }
        let answered = RECEIVED | WORKED_ON | ANSWERED;
        assert_eq!(sessions.states(SESSION, &[8, 12, 16, 20]), [FORGOTTEN, answered, NOT_RECEIVED, answered]);
        let last = 100 + 4 * i64::try_from(SEEN).unwrap();
        for query in 0..i64::try_from(SEEN).unwrap() {
            assert!(sessions.receive(SESSION, last + 4 * query));
        }
        assert_eq!(sessions.states(SESSION, &[16, 104]), [FORGOTTEN, FORGOTTEN]);
        // It may come again, and is worked on then.
        assert!(sessions.receive(SESSION, 104));
        assert_eq!(sessions.states(SESSION, &[104]), [RECEIVED]);
    }

    #[test]
    fn sessions_without_a_connection_are_bounded() {
        let sessions = Sessions::default();
        let key = |session_id| SessionKey { auth_key_id: 1, session_id };
        let last = i64::try_from(DISCONNECTED).unwrap();
        for session_id in 0..=last {
            let (sender, _receiver) = channel(1);
            sessions.join(key(session_id), &known(), &sender);
            sessions.disconnect(&sender);
        }
        assert!(!sessions.destroy(key(0)));
        assert!(sessions.destroy(key(1)) && sessions.destroy(key(last)));
    }

    #[test]
    fn a_connection_that_takes_nothing_more_does_not_make_the_server_wait() {
        let sessions = Sessions::default();
        let (sender, _receiver) = channel(1);
        sessions.join(SESSION, &known(), &sender);
        assert!(sessions.send(SESSION, MessageKind::Service, Occasion::Answer, vec![1]));
        assert!(!sessions.send(SESSION, MessageKind::Service, Occasion::Answer, vec![2]));
    }
}
