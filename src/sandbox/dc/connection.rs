//! One client's connection, from its first byte to its last.

use std::collections::BTreeMap;
use std::sync::Arc;

use grammers_tl_types as tl;
use tl::{Deserializable as _, Identifiable as _, Serializable as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::debug;

use super::Shared;
use super::envelope::{self, Message};
use super::keys::KnownKey;
use super::rpc::{self, Caller, Reply};
use super::session::{Arrival, Occasion, Outgoing, SessionKey, Weight, unix_time};
use super::transport::{self, Accepted, PacketReader, PacketWriter};
use super::wire;

/// "Your key is unknown to me", as a transport error.
const KEY_UNKNOWN: i32 = -404;

/// A packet for the writing task.
enum Packet {
    /// To be sealed under the key.
    Sealed { key: KnownKey, session_id: i64, message: Outgoing },
    /// As it is.
    Plain(Vec<u8>),
}

/// Serves one connection until either side ends it.
pub(super) async fn serve(all: Arc<BTreeMap<i32, Arc<Shared>>>, dc_id: i32, stream: TcpStream) {
    let Some(shared) = all.get(&dc_id) else { return };
    let Accepted { mut reader, writer, dc_id } = match transport::accept(stream, &shared.proxy_secrets).await
    {
        Ok(accepted) => accepted,
        Err(why) => {
            debug!(%why, "a connection ended before its first packet");
            return;
        }
    };
    let shared = Arc::clone(dc_id.and_then(|named| all.get(&named)).unwrap_or(shared));
    let (packets, outgoing) = unbounded_channel();
    let writing = tokio::spawn(write(writer, outgoing));
    let connection = Connection { shared, packets };
    tokio::select! {
        why = connection.read(&mut reader) => debug!(%why, "a connection ended"),
        _ = writing => {}
    }
}

async fn write(mut writer: PacketWriter, mut packets: UnboundedReceiver<Packet>) {
    while let Some(packet) = packets.recv().await {
        let bytes = match packet {
            Packet::Plain(bytes) => bytes,
            Packet::Sealed { key, session_id, message: Outgoing { msg_id, seq_no, body } } => {
                envelope::seal(&Message { salt: key.salt, session_id, msg_id, seq_no, body }, &key.key)
            }
        };
        if writer.write(&bytes).await.is_err() {
            return;
        }
    }
}

struct Connection {
    shared: Arc<Shared>,
    packets: UnboundedSender<Packet>,
}

impl Connection {
    async fn read(&self, reader: &mut PacketReader) -> std::io::Error {
        let mut joined: Option<(SessionKey, UnboundedSender<Outgoing>)> = None;
        loop {
            let packet = match reader.read().await {
                Ok(packet) => packet,
                Err(why) => return why,
            };
            // One bad packet is no reason to end the connection: clients would come back and resend for ever.
            let Some(key_id) = envelope::key_id(&packet) else { continue };
            if key_id == 0 {
                self.unencrypted(&packet);
                continue;
            }
            let Some(key) = self.shared.keys.find(key_id, unix_time()) else {
                self.plain(KEY_UNKNOWN.to_le_bytes().to_vec());
                continue;
            };
            let Some(message) = envelope::open(&packet, &key.key) else { continue };
            let session = SessionKey { auth_key_id: key_id, session_id: message.session_id };
            let sender = match &joined {
                Some((known, sender)) if *known == session => sender.clone(),
                _ => {
                    let sender = self.outbox(key.clone(), session);
                    joined = Some((session, sender.clone()));
                    sender
                }
            };
            let new = self.shared.sessions.join(session, &sender);
            self.message(&key, session, new, message);
        }
    }

    /// A channel whose messages are sealed for one session.
    fn outbox(&self, key: KnownKey, session: SessionKey) -> UnboundedSender<Outgoing> {
        let (sender, mut receiver) = unbounded_channel();
        let packets = self.packets.clone();
        tokio::spawn(async move {
            while let Some(message) = receiver.recv().await {
                let packet = Packet::Sealed { key: key.clone(), session_id: session.session_id, message };
                if packets.send(packet).is_err() {
                    return;
                }
            }
        });
        sender
    }

    fn plain(&self, bytes: Vec<u8>) {
        // A writer that is gone takes the connection with it.
        let _ = self.packets.send(Packet::Plain(bytes));
    }

    /// `auth_key_id:0 message_id:long length:int body`: a step of a key exchange.
    fn unencrypted(&self, packet: &[u8]) {
        let Some(body) = packet.get(20..) else { return };
        let Some(answer) = self.shared.key_exchange.answer(body, &self.shared.keys, unix_time()) else {
            debug!("an unencrypted message that is no step of a key exchange");
            return;
        };
        let mut bytes = 0_i64.to_bytes();
        ((unix_time() << 32) | 1).serialize(&mut bytes);
        (answer.len() as i32).serialize(&mut bytes);
        bytes.extend(answer);
        self.plain(bytes);
    }

    fn message(&self, key: &KnownKey, session: SessionKey, new: bool, message: Message) {
        let messages = wire::flatten(message.msg_id, message.body);
        if new {
            // Lower than every id seen: TDLib repeats what it sent before this one.
            let first = messages.iter().map(|inner| inner.msg_id).min().unwrap_or(message.msg_id);
            let created = tl::types::NewSessionCreated {
                first_msg_id: first - (1 << 32),
                unique_id: crate::sandbox::primitives::random_id(),
                server_salt: key.salt,
            };
            self.send(
                session,
                Weight::Content,
                Occasion::Notification,
                tl::enums::NewSession::Created(created).to_bytes(),
            );
        }
        for inner in messages {
            self.one(key, session, inner);
        }
    }

    /// One message of the client: a service message, or a query.
    fn one(&self, key: &KnownKey, session: SessionKey, wire::Inner { msg_id, body }: wire::Inner) {
        let Some(id) = wire::constructor(&body) else { return };
        let rest = &body[4..];
        match id {
            tl::types::MsgsAck::CONSTRUCTOR_ID
            | tl::types::MsgResendReq::CONSTRUCTOR_ID
            | tl::types::HttpWait::CONSTRUCTOR_ID => {}
            tl::functions::Ping::CONSTRUCTOR_ID => {
                if let Ok(ping) = tl::functions::Ping::from_bytes(rest) {
                    self.pong(session, msg_id, ping.ping_id);
                }
            }
            tl::functions::PingDelayDisconnect::CONSTRUCTOR_ID => {
                if let Ok(ping) = tl::functions::PingDelayDisconnect::from_bytes(rest) {
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
                self.shared.forget_key(key.identity);
                // Bare: TDLib waits for ever for one inside rpc_result.
                let answer = tl::enums::DestroyAuthKeyRes::DestroyAuthKeyOk.to_bytes();
                self.send(session, Weight::Service, Occasion::Answer, answer);
            }
            tl::functions::DestroySession::CONSTRUCTOR_ID => {
                if let Ok(request) = tl::functions::DestroySession::from_bytes(rest) {
                    self.destroy_session(session, request.session_id);
                }
            }
            tl::functions::RpcDropAnswer::CONSTRUCTOR_ID => {
                let unknown = tl::enums::RpcDropAnswer::RpcAnswerUnknown.to_bytes();
                self.send(session, Weight::Content, Occasion::Answer, wire::rpc_result(msg_id, &unknown));
            }
            _ => self.query(key, session, msg_id, body),
        }
    }

    fn query(&self, key: &KnownKey, session: SessionKey, msg_id: i64, body: Vec<u8>) {
        match self.shared.sessions.arrive(session, msg_id) {
            Arrival::New => {}
            Arrival::Seen => return,
            Arrival::Answered(answer) => {
                self.send(session, Weight::Content, Occasion::Answer, answer.to_vec());
                return;
            }
        }
        let result = match wire::unwrap(body) {
            None => wire::rpc_error(400, "INPUT_METHOD_INVALID"),
            Some(query) => {
                if let Some(layer) = query.layer {
                    self.shared.sessions.set_layer(session, layer);
                }
                let layer = self.shared.sessions.layer(session);
                let caller = Caller { key: key.clone(), session, layer, msg_id };
                match rpc::answer(&self.shared, &caller, &query.body) {
                    Reply::Result(result) => result,
                    Reply::Error { code, message } => wire::rpc_error(code, &message),
                }
            }
        };
        let answer = wire::rpc_result(msg_id, &result);
        self.shared.sessions.keep_answer(session, msg_id, answer.clone());
        self.send(session, Weight::Content, Occasion::Answer, answer);
    }

    fn pong(&self, session: SessionKey, msg_id: i64, ping_id: i64) {
        let pong = tl::enums::Pong::Pong(tl::types::Pong { msg_id, ping_id });
        self.send(session, Weight::Service, Occasion::Answer, pong.to_bytes());
    }

    /// The salt never changes here; four spans of it are named.
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
        self.send(session, Weight::Service, Occasion::Answer, body);
    }

    fn states(&self, session: SessionKey, req_msg_id: i64, msg_ids: &[i64]) {
        let info = msg_ids
            .iter()
            .map(|msg_id| if self.shared.sessions.has_seen(session, *msg_id) { 4 } else { 1 })
            .collect();
        let states = tl::enums::MsgsStateInfo::Info(tl::types::MsgsStateInfo { req_msg_id, info });
        self.send(session, Weight::Service, Occasion::Answer, states.to_bytes());
    }

    fn destroy_session(&self, session: SessionKey, session_id: i64) {
        let gone = SessionKey { session_id, ..session };
        let answer = if gone != session && self.shared.sessions.destroy(gone) {
            tl::enums::DestroySessionRes::DestroySessionOk(tl::types::DestroySessionOk { session_id })
        } else {
            tl::enums::DestroySessionRes::DestroySessionNone(tl::types::DestroySessionNone { session_id })
        };
        self.send(session, Weight::Service, Occasion::Answer, answer.to_bytes());
    }

    fn send(&self, session: SessionKey, weight: Weight, occasion: Occasion, body: Vec<u8>) {
        self.shared.sessions.send(session, weight, occasion, body);
    }
}
