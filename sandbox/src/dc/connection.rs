//! One client's connection, from its first byte to its last.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use grammers_tl_types as tl;
use tl::{Deserializable as _, Identifiable as _, Serializable as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;
use tracing::debug;

use super::clock::unix_time;
use super::envelope::{self, Message};
use super::faults::{Faults, QueryFault};
use super::keys::KnownKey;
use super::rpc::{self, Caller, Reply};
use super::session::{Joined, MessageKind, Occasion, Packet, SessionKey};
use super::shared::Shared;
use super::transport::{self, Accepted, PacketReader, PacketWriter};
use super::wire;

/// "Your key is unknown to me", as a transport error.
const KEY_UNKNOWN: i32 = -404;

/// `bad_server_salt`'s error code.
const BAD_SALT: i32 = 48;

/// How many packets may wait for a client to read them.
const QUEUE: usize = 2 * wire::MOST_MESSAGES;

/// How long a client may take to begin.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a client may send nothing that set no time itself.
const IDLE_TIMEOUT: Duration = Duration::from_secs(900);

/// Serves one connection until either side ends it.
pub(super) async fn serve(all: Arc<BTreeMap<i32, Arc<Shared>>>, dc_id: i32, stream: TcpStream) {
    let Some(shared) = all.get(&dc_id) else { return };
    let accepted = match timeout(BEGIN_TIMEOUT, transport::accept(stream, &shared.proxy_secrets)).await {
        Ok(accepted) => accepted,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    };
    let Accepted { mut reader, writer, dc_id } = match accepted {
        Ok(accepted) => accepted,
        Err(why) => {
            debug!(%why, "a connection ended before its first packet");
            return;
        }
    };
    let shared = Arc::clone(dc_id.and_then(|named| all.get(&named)).unwrap_or(shared));
    let (packets, outgoing) = channel(QUEUE);
    let mut connection = Connection { shared, packets, idle_timeout: IDLE_TIMEOUT, dead: false };
    let writing = write(Arc::clone(&connection.shared), writer, outgoing);
    let why = tokio::select! {
        why = connection.read(&mut reader) => why,
        why = writing => why,
    };
    debug!(%why, "a connection ended");
    connection.shared.sessions.disconnect(&connection.packets);
}

/// Sends what it is given, one packet after the other, until the connection takes no more.
async fn write(shared: Arc<Shared>, mut writer: PacketWriter, mut packets: Receiver<Packet>) -> io::Error {
    while let Some(packet) = packets.recv().await {
        let bytes = match packet {
            Packet::Plain(bytes) => bytes,
            Packet::Sealed { key, mut message } => {
                if let Some(seconds) = shared.faults.misnumbers() {
                    message.msg_id = message.msg_id.wrapping_add(seconds << 32);
                }
                envelope::seal(&message, &key, envelope::Sender::Server)
            }
        };
        if let Some(delay) = shared.faults.delay() {
            tokio::time::sleep(delay).await;
        }
        if let Err(why) = writer.write(&bytes).await {
            return why;
        }
    }
    io::ErrorKind::BrokenPipe.into()
}

struct Connection {
    shared: Arc<Shared>,
    packets: Sender<Packet>,
    /// How long the client may send nothing.
    idle_timeout: Duration,
    /// Nothing that comes is read any more.
    dead: bool,
}

impl Connection {
    async fn read(&mut self, reader: &mut PacketReader) -> io::Error {
        loop {
            // Nothing more is read until the answers have room: a client that only asks fills no memory.
            if self.packets.reserve_many(wire::MOST_MESSAGES).await.is_err() {
                return io::ErrorKind::BrokenPipe.into();
            }
            let packet = match timeout(self.idle_timeout, reader.read()).await {
                Ok(Ok(packet)) => packet,
                Ok(Err(why)) => return why,
                Err(_) => return io::ErrorKind::TimedOut.into(),
            };
            if self.packet(&packet).is_break() {
                return io::ErrorKind::ConnectionAborted.into();
            }
        }
    }

    /// Works on one packet. One that is bad is left alone and the connection stays: clients would come back and
    /// resend for ever.
    fn packet(&mut self, packet: &[u8]) -> ControlFlow<()> {
        let proceed = ControlFlow::Continue(());
        self.dead |= self.shared.faults.kills_connection();
        if self.dead {
            return proceed;
        }
        let Some(key_id) = envelope::key_id(packet) else { return proceed };
        if key_id == 0 {
            self.unencrypted(packet);
            return proceed;
        }
        let known = self.shared.keys.find(key_id, unix_time());
        let Some(key) = known.filter(|_| !self.shared.faults.forgets_key()) else {
            self.plain(KEY_UNKNOWN.to_le_bytes().to_vec());
            return proceed;
        };
        let Some(message) = envelope::open(packet, &key.key, envelope::Sender::Client) else {
            return proceed;
        };
        let session = SessionKey { auth_key_id: key_id, session_id: message.session_id };
        if self.shared.faults.forgets_session() {
            self.shared.sessions.destroy(session);
        }
        if self.shared.faults.changes_salt() {
            self.shared.keys.change_salt(key_id);
        }
        if !self.shared.keys.takes_salt(key_id, message.salt) {
            self.bad_salt(session, &message);
            return proceed;
        }
        let joined = self.shared.sessions.join(session, &key, &self.packets);
        let counts = message.seq_no & 1 == 1 || wire::is_container(&message.body);
        match Some(&self.shared.faults).filter(|_| counts).and_then(Faults::refuses_messages) {
            // The session's count is wrong from here on.
            Some(code @ (32 | 33)) => self.shared.sessions.refuse(session, code),
            Some(code) => {
                self.refuse(session, message.msg_id, message.seq_no, code);
                return proceed;
            }
            None => {}
        }
        self.message(&key, session, joined, message)
    }

    fn plain(&self, bytes: Vec<u8>) {
        // A client that reads nothing misses it.
        let _ = self.packets.try_send(Packet::Plain(bytes));
    }

    /// `auth_key_id:0 message_id:long length:int body`: a step of a key exchange.
    fn unencrypted(&self, packet: &[u8]) {
        let Some(body) = packet.get(20..) else { return };
        let now = unix_time();
        if self.shared.faults.is_silent_in_exchange() {
            return;
        }
        if self.shared.faults.knows_no_exchange() {
            self.plain(KEY_UNKNOWN.to_le_bytes().to_vec());
            return;
        }
        let Some((answer, new_key)) = self.shared.key_exchange.answer(body, now, &self.shared.faults) else {
            debug!("an unencrypted message that is no step of a key exchange");
            return;
        };
        if let Some(new_key) = new_key {
            self.shared.forget(&self.shared.keys.insert(new_key, now));
            if self.shared.state.store().has_failed() {
                return;
            }
        }
        let mut bytes = 0_i64.to_bytes();
        ((now << 32) | 1).serialize(&mut bytes);
        (answer.len() as i32).serialize(&mut bytes);
        bytes.extend(answer);
        self.plain(bytes);
    }

    /// Refuses a message for its salt and names the right one.
    fn bad_salt(&self, session: SessionKey, message: &Message) {
        let Some(key) = self.shared.keys.find(session.auth_key_id, unix_time()) else { return };
        self.shared.sessions.join(session, &key, &self.packets);
        let refusal = tl::enums::BadMsgNotification::BadServerSalt(tl::types::BadServerSalt {
            bad_msg_id: message.msg_id,
            bad_msg_seqno: message.seq_no,
            error_code: BAD_SALT,
            new_server_salt: key.salt,
        });
        self.send(session, MessageKind::Service, Occasion::Notification, refusal.to_bytes());
    }

    /// Refuses a message by `bad_msg_notification`.
    fn refuse(&self, session: SessionKey, bad_msg_id: i64, bad_msg_seqno: i32, error_code: i32) {
        let refusal = tl::types::BadMsgNotification { bad_msg_id, bad_msg_seqno, error_code };
        let refusal = tl::enums::BadMsgNotification::Notification(refusal);
        self.send(session, MessageKind::Service, Occasion::Notification, refusal.to_bytes());
    }

    fn message(
        &mut self,
        key: &KnownKey,
        session: SessionKey,
        joined: Joined,
        message: Message,
    ) -> ControlFlow<()> {
        let mut budget = wire::Budget::default();
        let messages = wire::flatten(message.msg_id, message.seq_no, message.body, &mut budget);
        if joined == Joined::New {
            // Lower than every id seen: TDLib repeats what it sent before this one.
            let first = messages.iter().map(|inner| inner.msg_id).min().unwrap_or(message.msg_id);
            let created = tl::types::NewSessionCreated {
                first_msg_id: first.wrapping_sub(1 << 32),
                unique_id: crate::primitives::random_id(),
                server_salt: key.salt,
            };
            self.send(
                session,
                MessageKind::ContentRelated,
                Occasion::Notification,
                tl::enums::NewSession::Created(created).to_bytes(),
            );
        }
        messages.into_iter().try_for_each(|inner| self.one(key, session, inner, &mut budget))
    }

    /// One message of the client: a service message, or a query.
    fn one(
        &mut self,
        key: &KnownKey,
        session: SessionKey,
        wire::Inner { msg_id, seq_no, body }: wire::Inner,
        budget: &mut wire::Budget,
    ) -> ControlFlow<()> {
        let Some(id) = wire::constructor(&body) else { return ControlFlow::Continue(()) };
        let counts = seq_no & 1 == 1;
        if let Some(code) = self.shared.sessions.refused_with(session).filter(|_| counts) {
            self.refuse(session, msg_id, seq_no, code);
            return ControlFlow::Continue(());
        }
        let rest = &body[4..];
        let sessions = &self.shared.sessions;
        match id {
            tl::types::MsgsAck::CONSTRUCTOR_ID => {
                if let Ok(acknowledgement) = tl::types::MsgsAck::from_bytes(rest) {
                    sessions.acknowledge(session, &acknowledgement.msg_ids);
                }
            }
            tl::types::MsgResendReq::CONSTRUCTOR_ID => {
                if let Ok(request) = tl::types::MsgResendReq::from_bytes(rest) {
                    sessions.resend(session, &request.msg_ids);
                }
            }
            tl::types::HttpWait::CONSTRUCTOR_ID => {}
            tl::functions::Ping::CONSTRUCTOR_ID => {
                if let Ok(ping) = tl::functions::Ping::from_bytes(rest) {
                    self.pong(session, msg_id, ping.ping_id);
                }
            }
            tl::functions::PingDelayDisconnect::CONSTRUCTOR_ID => {
                if let Ok(ping) = tl::functions::PingDelayDisconnect::from_bytes(rest) {
                    let delay = u64::try_from(ping.disconnect_delay).unwrap_or(0).max(1);
                    self.idle_timeout = Duration::from_secs(delay).min(IDLE_TIMEOUT);
                    self.pong(session, msg_id, ping.ping_id);
                }
            }
            tl::functions::GetFutureSalts::CONSTRUCTOR_ID => self.future_salts(session, msg_id, key.salt),
            tl::types::MsgsStateReq::CONSTRUCTOR_ID => {
                if let Ok(request) = tl::types::MsgsStateReq::from_bytes(rest) {
                    self.states(session, msg_id, &request.msg_ids);
                }
            }
            tl::functions::DestroyAuthKey::CONSTRUCTOR_ID => {
                // Bare: TDLib waits for ever for one inside rpc_result. And before the key is gone.
                let answer = tl::enums::DestroyAuthKeyRes::DestroyAuthKeyOk.to_bytes();
                self.send(session, MessageKind::Service, Occasion::Answer, answer);
                self.shared.forget_key(key.identity);
            }
            tl::functions::DestroySession::CONSTRUCTOR_ID => {
                if let Ok(request) = tl::functions::DestroySession::from_bytes(rest) {
                    self.destroy_session(session, request.session_id);
                }
            }
            tl::functions::RpcDropAnswer::CONSTRUCTOR_ID => {
                let unknown = tl::enums::RpcDropAnswer::RpcAnswerUnknown.to_bytes();
                sessions.answer(session, msg_id, wire::rpc_result(msg_id, &unknown));
            }
            _ => return self.query(key, session, msg_id, body, budget),
        }
        ControlFlow::Continue(())
    }

    fn query(
        &self,
        key: &KnownKey,
        session: SessionKey,
        msg_id: i64,
        body: Vec<u8>,
        budget: &mut wire::Budget,
    ) -> ControlFlow<()> {
        let query = wire::unwrap(body, budget);
        if let Some(query) = &query {
            self.shared.received_parts.note(&query.body);
        }
        let id = query.as_ref().and_then(|query| wire::constructor(&query.body));
        let query_fault = id.and_then(|id| self.shared.faults.query_fault(tl::name_for_id(id)));
        if query_fault == Some(QueryFault::Dropped) {
            return ControlFlow::Break(());
        }
        if !self.shared.sessions.receive(session, msg_id) {
            return ControlFlow::Continue(());
        }
        let result = match query {
            None => wire::rpc_error(400, "INPUT_METHOD_INVALID"),
            Some(wire::Query { announcement, body, .. }) => {
                self.shared.clients.announce(key.identity, self.shared.dc_id, announcement, unix_time());
                let layer = self.shared.clients.layer(key.identity);
                let caller = Caller { key: key.clone(), session, layer, msg_id };
                match rpc::answer(&self.shared, &caller, &body) {
                    Reply::Result(result) => result,
                    Reply::Error { code, message } => wire::rpc_error(code, &message),
                }
            }
        };
        if self.shared.state.store().has_failed() {
            // What was done may not last, so nobody is told that it was done.
            return ControlFlow::Break(());
        }
        let answer = wire::rpc_result(msg_id, &result);
        match query_fault {
            None | Some(QueryFault::Dropped) => self.shared.sessions.answer(session, msg_id, answer),
            Some(QueryFault::AnswerLost) => self.shared.sessions.keep_answer(session, msg_id, answer),
            Some(QueryFault::AnswerCutOff) => {
                self.shared.sessions.keep_answer(session, msg_id, answer);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn pong(&self, session: SessionKey, msg_id: i64, ping_id: i64) {
        let pong = tl::enums::Pong::Pong(tl::types::Pong { msg_id, ping_id });
        self.send(session, MessageKind::Service, Occasion::Answer, pong.to_bytes());
    }

    /// The salt changes by fault only; four spans of it are named.
    fn future_salts(&self, session: SessionKey, req_msg_id: i64, salt: i64) {
        let now = i32::try_from(unix_time()).unwrap_or(i32::MAX);
        let salts = (0..4)
            .map(|span| {
                let valid_since = now.saturating_add(span * 1800);
                tl::types::FutureSalt { valid_since, valid_until: valid_since.saturating_add(3600), salt }
            })
            .map(tl::enums::FutureSalt::Salt)
            .collect::<Vec<_>>();
        let mut body = tl::types::FutureSalts::CONSTRUCTOR_ID.to_bytes();
        req_msg_id.serialize(&mut body);
        now.serialize(&mut body);
        // `vector<future_salt>`: both bare.
        (salts.len() as i32).serialize(&mut body);
        for tl::enums::FutureSalt::Salt(salt) in &salts {
            salt.serialize(&mut body);
        }
        self.send(session, MessageKind::Service, Occasion::Answer, body);
    }

    /// Tells the states of messages, and sends the answers to them again that were not acknowledged.
    fn states(&self, session: SessionKey, req_msg_id: i64, msg_ids: &[i64]) {
        let info = self.shared.sessions.states(session, msg_ids);
        let states = tl::enums::MsgsStateInfo::Info(tl::types::MsgsStateInfo { req_msg_id, info });
        self.send(session, MessageKind::Service, Occasion::Answer, states.to_bytes());
        self.shared.sessions.repeat_answers(session, msg_ids);
    }

    fn destroy_session(&self, session: SessionKey, session_id: i64) {
        let gone = SessionKey { session_id, ..session };
        let answer = if gone != session && self.shared.sessions.destroy(gone) {
            tl::enums::DestroySessionRes::DestroySessionOk(tl::types::DestroySessionOk { session_id })
        } else {
            tl::enums::DestroySessionRes::DestroySessionNone(tl::types::DestroySessionNone { session_id })
        };
        self.send(session, MessageKind::Service, Occasion::Answer, answer.to_bytes());
    }

    fn send(&self, session: SessionKey, kind: MessageKind, occasion: Occasion, body: Vec<u8>) {
        self.shared.sessions.send(session, kind, occasion, body);
    }
}
