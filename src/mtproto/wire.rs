//! What a server's message says: containers, compression and service messages taken apart.

use std::io::Read as _;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use grammers_tl_types as tl;
use tl::{Cursor, Deserializable, Identifiable as _, enums, types};

use super::ChannelError;

/// `msg_container#73f1f8dc`
const MSG_CONTAINER: u32 = 0x73f1_f8dc;
/// `gzip_packed#3072cfa1`
const GZIP_PACKED: u32 = 0x3072_cfa1;
/// `rpc_result#f35c6d01`
pub(super) const RPC_RESULT: u32 = 0xf35c_6d01;

/// How much everything packed in one packet may unpack to, together.
const LARGEST_UNPACKED: usize = 16 << 20;
/// How deep containers and compression may nest: a packed container, and answers packed inside.
const DEEPEST: u8 = 4;
/// The specification's bound for one container.
const MOST_MESSAGES: usize = 1020;

/// One message, and what it says.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) msg_id: i64,
    /// Whether it asks to be acknowledged.
    pub(super) content: bool,
    pub(super) message: ServerMessage,
}

/// A message of a server.
#[derive(Debug)]
pub(super) enum ServerMessage {
    /// `rpc_result`, with the bare object.
    Result { query: i64, object: Vec<u8> },
    /// `rpc_result` with `rpc_error`.
    Error { query: i64, code: i32, message: String },
    /// `pong`
    Pong { query: i64 },
    /// `bad_server_salt`
    NewSalt { refused: i64, salt: i64 },
    /// `bad_msg_notification`
    BadMessage { refused: i64, code: i32 },
    /// `new_session_created`: messages before the first may be forgotten.
    NewSession { first: i64, salt: i64 },
    /// `msgs_state_info`: a byte for each message asked about.
    States { request: i64, states: Vec<u8> },
    /// `msg_detailed_info` and its kin: an answer that can be had for the asking.
    Withheld { answer: i64 },
    /// `updateLoginToken`: somebody approved the link.
    LoginToken,
    /// What is of no interest to us.
    Else,
}

/// Takes a message apart, containers first to last.
pub(super) fn read(msg_id: i64, seq_no: i32, body: Vec<u8>) -> Result<Vec<Received>, ChannelError> {
    let mut received = Vec::new();
    let mut budget = Budget(LARGEST_UNPACKED);
    read_into(&mut received, &mut budget, msg_id, seq_no, body, 0)?;
    Ok(received)
}

/// How many bytes may still be unpacked for one packet, however many packed objects it holds and wherever they are.
struct Budget(usize);

fn read_into(
    received: &mut Vec<Received>,
    budget: &mut Budget,
    msg_id: i64,
    seq_no: i32,
    body: Vec<u8>,
    depth: u8,
) -> Result<(), ChannelError> {
    if depth > DEEPEST || received.len() >= MOST_MESSAGES {
        return Err(ChannelError::Hostile("messages nested or numbered beyond measure"));
    }
    match constructor(&body) {
        Some(MSG_CONTAINER) => {
            let mut cursor = Cursor::from_slice(&body[4..]);
            for _ in 0..i32::deserialize(&mut cursor).map_err(malformed)? {
                let inner_id = i64::deserialize(&mut cursor).map_err(malformed)?;
                let inner_no = i32::deserialize(&mut cursor).map_err(malformed)?;
                let length = i32::deserialize(&mut cursor).map_err(malformed)?;
                let left = body.len() - 4 - cursor.pos();
                let length = usize::try_from(length).ok().filter(|length| *length <= left);
                let mut inner =
                    vec![0; length.ok_or(ChannelError::Hostile("a message of impossible length"))?];
                cursor.read_exact(&mut inner).map_err(malformed)?;
                read_into(received, budget, inner_id, inner_no, inner, depth + 1)?;
            }
            Ok(())
        }
        Some(GZIP_PACKED) => {
            let unpacked = budget.unpack(&body)?;
            read_into(received, budget, msg_id, seq_no, unpacked, depth + 1)
        }
        Some(id) => {
            received.push(Received {
                msg_id,
                content: seq_no & 1 == 1,
                message: message(id, &body, budget)?,
            });
            Ok(())
        }
        None => Err(ChannelError::Hostile("a message without a constructor")),
    }
}

fn message(id: u32, body: &[u8], budget: &mut Budget) -> Result<ServerMessage, ChannelError> {
    Ok(match id {
        RPC_RESULT => return result(body, budget),
        types::Pong::CONSTRUCTOR_ID => {
            let enums::Pong::Pong(pong) = whole(body)?;
            ServerMessage::Pong { query: pong.msg_id }
        }
        types::BadServerSalt::CONSTRUCTOR_ID | types::BadMsgNotification::CONSTRUCTOR_ID => {
            match whole(body)? {
                enums::BadMsgNotification::BadServerSalt(bad) => {
                    ServerMessage::NewSalt { refused: bad.bad_msg_id, salt: bad.new_server_salt }
                }
                enums::BadMsgNotification::Notification(bad) => {
                    ServerMessage::BadMessage { refused: bad.bad_msg_id, code: bad.error_code }
                }
            }
        }
        types::NewSessionCreated::CONSTRUCTOR_ID => {
            let enums::NewSession::Created(created) = whole(body)?;
            ServerMessage::NewSession { first: created.first_msg_id, salt: created.server_salt }
        }
        types::MsgsStateInfo::CONSTRUCTOR_ID => {
            let enums::MsgsStateInfo::Info(info) = whole(body)?;
            ServerMessage::States { request: info.req_msg_id, states: info.info }
        }
        types::MsgDetailedInfo::CONSTRUCTOR_ID | types::MsgNewDetailedInfo::CONSTRUCTOR_ID => {
            ServerMessage::Withheld {
                answer: match whole(body)? {
                    enums::MsgDetailedInfo::Info(info) => info.answer_msg_id,
                    enums::MsgDetailedInfo::MsgNewDetailedInfo(info) => info.answer_msg_id,
                },
            }
        }
        // Before login it comes in this wrapping only.
        types::UpdateShort::CONSTRUCTOR_ID
            if body.get(4..).and_then(constructor) == Some(types::UpdateLoginToken::CONSTRUCTOR_ID) =>
        {
            ServerMessage::LoginToken
        }
        _ => ServerMessage::Else,
    })
}

/// `rpc_result#f35c6d01 req_msg_id:long result:Object`
fn result(body: &[u8], budget: &mut Budget) -> Result<ServerMessage, ChannelError> {
    let query = body.get(4..12).and_then(|bytes| bytes.try_into().ok()).map(i64::from_le_bytes);
    let query = query.ok_or(ChannelError::Hostile("an answer to no query"))?;
    let mut object = body[12..].to_vec();
    if constructor(&object) == Some(GZIP_PACKED) {
        object = budget.unpack(&object)?;
    }
    if constructor(&object) == Some(types::RpcError::CONSTRUCTOR_ID) {
        let enums::RpcError::Error(error) = whole(&object)?;
        return Ok(ServerMessage::Error { query, code: error.error_code, message: error.error_message });
    }
    Ok(ServerMessage::Result { query, object })
}

impl Budget {
    /// The object in a `gzip_packed`, in gzip's format or zlib's.
    fn unpack(&mut self, body: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let packed = Vec::<u8>::from_bytes(&body[4..]).map_err(malformed)?;
        let mut unpacked = Vec::new();
        // One byte more tells what is too long from what just fits.
        let limit = self.0 as u64 + 1;
        let read = if packed.starts_with(&[0x1f, 0x8b]) {
            MultiGzDecoder::new(packed.as_slice()).take(limit).read_to_end(&mut unpacked)
        } else {
            ZlibDecoder::new(packed.as_slice()).take(limit).read_to_end(&mut unpacked)
        };
        let left = read.ok().and_then(|length| self.0.checked_sub(length));
        self.0 = left.ok_or(ChannelError::Hostile("a packed object that does not unpack"))?;
        Ok(unpacked)
    }
}

/// The constructor id an object begins with.
pub(super) fn constructor(body: &[u8]) -> Option<u32> {
    body.first_chunk().copied().map(u32::from_le_bytes)
}

fn whole<T: Deserializable>(body: &[u8]) -> Result<T, ChannelError> {
    T::from_bytes(body).map_err(malformed)
}

fn malformed(_: tl::deserialize::Error) -> ChannelError {
    ChannelError::Hostile("a service message that does not read")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use tl::Serializable as _;

    use super::*;

    fn pong(query: i64) -> Vec<u8> {
        enums::Pong::Pong(types::Pong { msg_id: query, ping_id: 1 }).to_bytes()
    }

    fn packed(object: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(object).unwrap();
        let mut packed = GZIP_PACKED.to_bytes();
        packer.finish().unwrap().serialize(&mut packed);
        packed
    }

    #[test]
    fn containers_and_compression_come_off() {
        let mut body = MSG_CONTAINER.to_bytes();
        2_i32.serialize(&mut body);
        for (id, inner) in [(5_i64, pong(8)), (9, packed(&pong(12)))] {
            id.serialize(&mut body);
            1_i32.serialize(&mut body);
            (inner.len() as i32).serialize(&mut body);
            body.extend(inner);
        }
        let received = read(13, 0, packed(&body)).unwrap();
        let told: Vec<_> = received
            .iter()
            .map(|received| match received.message {
                ServerMessage::Pong { query } => (received.msg_id, received.content, query),
                _ => panic!("{received:?}"),
            })
            .collect();
        assert_eq!(told, [(5, true, 8), (9, true, 12)]);
    }

    /// `rpc_result` with this object.
    fn answer(object: &[u8]) -> Vec<u8> {
        let mut body = RPC_RESULT.to_bytes();
        8_i64.serialize(&mut body);
        body.extend(object);
        body
    }

    fn container(messages: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
        let messages: Vec<_> = messages.into_iter().collect();
        let mut body = MSG_CONTAINER.to_bytes();
        (messages.len() as i32).serialize(&mut body);
        for inner in messages {
            5_i64.serialize(&mut body);
            1_i32.serialize(&mut body);
            (inner.len() as i32).serialize(&mut body);
            body.extend(inner);
        }
        body
    }

    #[test]
    fn everything_in_a_packet_unpacks_on_one_budget() {
        let megabytes =
            |count: usize| packed(&pong(1).into_iter().chain(vec![0; count << 20]).collect::<Vec<_>>());
        let mebibyte = megabytes(1);
        assert!(read(1, 0, container(vec![mebibyte.clone(); 15])).is_ok());
        for bomb in [
            // Each of them is small enough.
            container(vec![mebibyte.clone(); 17]),
            container(vec![answer(&mebibyte); 17]),
            container([megabytes(9), answer(&megabytes(9))]),
            // What was packed in what was packed counts, too.
            packed(&container([packed(&[vec![7; 4], vec![0; 9 << 20]].concat()), megabytes(9)])),
            container(vec![container(vec![mebibyte.clone(); 9]); 2]),
        ] {
            assert!(bomb.len() < 1 << 20);
            assert!(matches!(read(1, 0, bomb), Err(ChannelError::Hostile(_))));
        }
    }

    #[test]
    fn what_unpacks_without_end_is_refused() {
        let bomb = packed(&vec![0; (16 << 20) + 8]);
        assert!(bomb.len() < 1 << 17);
        assert!(matches!(read(1, 0, bomb), Err(ChannelError::Hostile(_))));
        let mut nested = pong(1);
        for _ in 0..10 {
            nested = packed(&nested);
        }
        assert!(matches!(read(1, 0, nested), Err(ChannelError::Hostile(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_cause_a_panic(
            id in prop::sample::select(vec![
                MSG_CONTAINER, GZIP_PACKED, RPC_RESULT, types::BadServerSalt::CONSTRUCTOR_ID,
                types::MsgsStateInfo::CONSTRUCTOR_ID, types::MsgDetailedInfo::CONSTRUCTOR_ID,
                types::FutureSalt::CONSTRUCTOR_ID, types::UpdateShort::CONSTRUCTOR_ID, 0xe060_46b2,
            ]),
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut body = id.to_bytes();
            body.extend(&rest);
            let _ = read(1, 1, body);
            let _ = read(1, 1, rest);
        }
    }
}
