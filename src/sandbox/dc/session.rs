//! Sessions: what a client and this data centre have said to each other under one key.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedSender;

/// How many messages and answers of a session are remembered, for repeats.
const REMEMBERED: usize = 512;

/// What a connection is told to send.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) msg_id: i64,
    pub(super) seq_no: i32,
    pub(super) body: Vec<u8>,
}

/// Whether a message counts in the session's numbering (`msg_seqno`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It asks for an acknowledgement.
    Content,
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

/// All sessions of a data centre.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<SessionKey, Session>>);

#[derive(Debug, Default)]
struct Session {
    last_msg_id: i64,
    content_sent: i32,
    seen: VecDeque<i64>,
    answers: VecDeque<(i64, Arc<Vec<u8>>)>,
    layer: i32,
    /// Whose updates are wanted: the identity's key id, once it asked for its state.
    updates_for: Option<i64>,
    connection: Option<UnboundedSender<Outgoing>>,
}

/// What is known of a client's message when it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It was not seen before.
    New,
    /// It was answered before, so.
    Answered(Arc<Vec<u8>>),
    /// It was seen, and has no answer yet, or none any more.
    Seen,
}

impl Sessions {
    /// Joins a session from a connection, whose messages go there from now on; true if it is new.
    pub(super) fn join(&self, key: SessionKey, connection: &UnboundedSender<Outgoing>) -> bool {
        let mut sessions = self.lock();
        let new = !sessions.contains_key(&key);
        sessions.entry(key).or_default().connection = Some(connection.clone());
        new
    }

    /// Notes a client's message.
    pub(super) fn arrive(&self, key: SessionKey, msg_id: i64) -> Arrival {
        let mut sessions = self.lock();
        let session = sessions.entry(key).or_default();
        if let Some((_, answer)) = session.answers.iter().find(|(asked, _)| *asked == msg_id) {
            return Arrival::Answered(answer.clone());
        }
        if session.seen.contains(&msg_id) {
            return Arrival::Seen;
        }
        remember(&mut session.seen, msg_id);
        Arrival::New
    }

    /// Whether a message with this id came in, for `msgs_state_req`.
    pub(super) fn has_seen(&self, key: SessionKey, msg_id: i64) -> bool {
        self.lock().get(&key).is_some_and(|session| session.seen.contains(&msg_id))
    }

    /// Keeps an answer until the client acknowledges it, for repeats.
    pub(super) fn keep_answer(&self, key: SessionKey, msg_id: i64, answer: Vec<u8>) {
        if let Some(session) = self.lock().get_mut(&key) {
            remember(&mut session.answers, (msg_id, Arc::new(answer)));
        }
    }

    /// The layer the session's client announced.
    pub(super) fn set_layer(&self, key: SessionKey, layer: i32) {
        if let Some(session) = self.lock().get_mut(&key) {
            session.layer = layer;
        }
    }

    /// The layer the session's client announced, 0 before it did.
    pub(super) fn layer(&self, key: SessionKey) -> i32 {
        self.lock().get(&key).map_or(0, |session| session.layer)
    }

    /// From now on the session hears of updates for this identity.
    pub(super) fn want_updates(&self, key: SessionKey, identity: i64) {
        if let Some(session) = self.lock().get_mut(&key) {
            session.updates_for = Some(identity);
        }
    }

    /// The sessions that want updates for one of these identities, with the layer of each.
    pub(super) fn listeners(&self, identities: &[i64]) -> Vec<(SessionKey, i32)> {
        self.lock()
            .iter()
            .filter(|(_, session)| session.updates_for.is_some_and(|identity| identities.contains(&identity)))
            .map(|(key, session)| (*key, session.layer))
            .collect()
    }

    /// Numbers a message and hands it to the session's connection; false if there is none.
    pub(super) fn send(&self, key: SessionKey, weight: Weight, occasion: Occasion, body: Vec<u8>) -> bool {
        let mut sessions = self.lock();
        let Some(session) = sessions.get_mut(&key) else { return false };
        let mut seq_no = session.content_sent * 2;
        if weight == Weight::Content {
            seq_no += 1;
            session.content_sent += 1;
        }
        let msg_id = next_msg_id(session.last_msg_id, occasion);
        session.last_msg_id = msg_id;
        session
            .connection
            .as_ref()
            .is_some_and(|connection| connection.send(Outgoing { msg_id, seq_no, body }).is_ok())
    }

    /// Forgets a session; false if there was none.
    pub(super) fn destroy(&self, key: SessionKey) -> bool {
        self.lock().remove(&key).is_some()
    }

    /// Forgets all sessions under a key.
    pub(super) fn destroy_all(&self, auth_key_id: i64) {
        self.lock().retain(|key, _| key.auth_key_id != auth_key_id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remember<T>(memory: &mut VecDeque<T>, new: T) {
    if memory.len() == REMEMBERED {
        memory.pop_front();
    }
    memory.push_back(new);
}

/// Unix time in the upper half, then ever greater, 1 or 3 modulo 4.
fn next_msg_id(last: i64, occasion: Occasion) -> i64 {
    let base = unix_time() << 32;
    let residue = match occasion {
        Occasion::Answer => 1,
        Occasion::Notification => 3,
    };
    let next = base.max(last + 1);
    next + (residue - next % 4).rem_euclid(4)
}

/// Seconds since 1970 on the computer's clock: clients drop messages from other times.
pub(super) fn unix_time() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_repeated_question_gets_the_first_answer() {
        let sessions = Sessions::default();
        let key = SessionKey { auth_key_id: 1, session_id: 2 };
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        assert!(sessions.join(key, &sender));
        assert!(!sessions.join(key, &sender));
        assert_eq!(sessions.arrive(key, 4), Arrival::New);
        assert_eq!(sessions.arrive(key, 4), Arrival::Seen);
        sessions.keep_answer(key, 4, vec![9]);
        assert_eq!(sessions.arrive(key, 4), Arrival::Answered(Arc::new(vec![9])));

        assert!(sessions.send(key, Weight::Content, Occasion::Answer, vec![1]));
        assert!(sessions.send(key, Weight::Service, Occasion::Answer, vec![2]));
        assert_eq!(receiver.try_recv().unwrap().seq_no, 1);
        assert_eq!(receiver.try_recv().unwrap().seq_no, 2);
    }
}
