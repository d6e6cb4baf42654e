//! The layers around a query: containers, compression, `invokeWithLayer` and its kin.

use std::io::Read as _;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use grammers_tl_types as tl;
use tl::{Cursor, Deserializable, Identifiable as _, Serializable as _};

use super::clients::{Announcement, Device};

/// `msg_container#73f1f8dc`
const MSG_CONTAINER: u32 = 0x73f1_f8dc;
/// `gzip_packed#3072cfa1`
const GZIP_PACKED: u32 = 0x3072_cfa1;
/// `rpc_result#f35c6d01`
const RPC_RESULT: u32 = 0xf35c_6d01;
/// `rpc_error#2144ca19`
const RPC_ERROR: u32 = 0x2144_ca19;

/// How much one packed object may unpack to.
const LARGEST_UNPACKED: u64 = 32 << 20;
/// How deep containers, compression and wrappers may nest.
const DEEPEST: usize = 16;
/// How many messages a packet may carry; the specification says 1020 for one container.
pub(super) const MOST_MESSAGES: usize = 1024;

/// One message of a container, or the packet's only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) msg_id: i64,
    pub(super) body: Vec<u8>,
}

/// A query without its wrappers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// What the client says of itself.
    pub(super) said: Announcement,
    /// From `invokeWithoutUpdates`.
    pub(super) without_updates: bool,
    /// The function with its constructor id.
    pub(super) body: Vec<u8>,
}

/// The constructor id an object begins with.
pub(super) fn constructor(body: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(body.get(..4)?.try_into().ok()?))
}

/// Takes containers and compression apart; what is malformed is left out.
pub(super) fn flatten(msg_id: i64, body: Vec<u8>) -> Vec<Inner> {
    let mut messages = Vec::new();
    flatten_into(&mut messages, msg_id, body, 0);
    messages
}

fn flatten_into(messages: &mut Vec<Inner>, msg_id: i64, body: Vec<u8>, depth: usize) {
    if depth > DEEPEST || messages.len() == MOST_MESSAGES {
        return;
    }
    match constructor(&body) {
        Some(MSG_CONTAINER) => {
            let mut cursor = Cursor::from_slice(&body[4..]);
            let Ok(count) = i32::deserialize(&mut cursor) else { return };
            for _ in 0..count {
                let Some((inner_id, inner)) = contained(&mut cursor) else { return };
                flatten_into(messages, inner_id, inner, depth + 1);
            }
        }
        Some(GZIP_PACKED) => {
            if let Some(unpacked) = unpack(&body) {
                flatten_into(messages, msg_id, unpacked, depth + 1);
            }
        }
        _ => messages.push(Inner { msg_id, body }),
    }
}

/// `message msg_id:long seqno:int bytes:int body:Object`
fn contained(cursor: &mut Cursor<'_>) -> Option<(i64, Vec<u8>)> {
    let msg_id = i64::deserialize(cursor).ok()?;
    let _seq_no = i32::deserialize(cursor).ok()?;
    let length = usize::try_from(i32::deserialize(cursor).ok()?).ok()?;
    if length > 16 << 20 {
        return None;
    }
    let mut body = vec![0; length];
    cursor.read_exact(&mut body).ok()?;
    Some((msg_id, body))
}

/// The object in a `gzip_packed`, which TDLib fills with zlib's format.
fn unpack(body: &[u8]) -> Option<Vec<u8>> {
    let packed = Vec::<u8>::from_bytes(&body[4..]).ok()?;
    let mut unpacked = Vec::new();
    let read = if packed.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(packed.as_slice()).take(LARGEST_UNPACKED).read_to_end(&mut unpacked)
    } else {
        ZlibDecoder::new(packed.as_slice()).take(LARGEST_UNPACKED).read_to_end(&mut unpacked)
    };
    read.ok()?;
    Some(unpacked)
}

/// Takes the wrappers off a query; `None` if they are malformed.
pub(super) fn unwrap(body: Vec<u8>) -> Option<Query> {
    let mut query = Query { body, ..Query::default() };
    for _ in 0..DEEPEST {
        let rest = query.body.get(4..)?;
        let inner = match constructor(&query.body)? {
            tl::functions::InvokeWithLayer::<Raw>::CONSTRUCTOR_ID => {
                let call = tl::functions::InvokeWithLayer::<Raw>::from_bytes(rest).ok()?;
                query.said.layer = Some(call.layer);
                call.query
            }
            tl::functions::InitConnection::<Raw>::CONSTRUCTOR_ID => {
                let call = tl::functions::InitConnection::<Raw>::from_bytes(rest).ok()?;
                query.said.device = Some(Device {
                    api_id: call.api_id,
                    device_model: call.device_model,
                    system_version: call.system_version,
                    app_version: call.app_version,
                });
                call.query
            }
            tl::functions::InvokeAfterMsg::<Raw>::CONSTRUCTOR_ID => {
                tl::functions::InvokeAfterMsg::<Raw>::from_bytes(rest).ok()?.query
            }
            tl::functions::InvokeAfterMsgs::<Raw>::CONSTRUCTOR_ID => {
                tl::functions::InvokeAfterMsgs::<Raw>::from_bytes(rest).ok()?.query
            }
            tl::functions::InvokeWithoutUpdates::<Raw>::CONSTRUCTOR_ID => {
                query.without_updates = true;
                tl::functions::InvokeWithoutUpdates::<Raw>::from_bytes(rest).ok()?.query
            }
            GZIP_PACKED => Raw(unpack(&query.body)?),
            _ => return Some(query),
        };
        query.body = inner.0;
    }
    None
}

/// Whatever follows: the inner query of a wrapper, whose type the wrapper does not tell.
struct Raw(Vec<u8>);

impl Deserializable for Raw {
    fn deserialize(buffer: &mut Cursor<'_>) -> tl::deserialize::Result<Self> {
        let mut rest = Vec::new();
        buffer.read_to_end(&mut rest)?;
        Ok(Self(rest))
    }
}

/// `rpc_result#f35c6d01 req_msg_id:long result:Object`
pub(super) fn rpc_result(msg_id: i64, result: &[u8]) -> Vec<u8> {
    let mut body = RPC_RESULT.to_bytes();
    msg_id.serialize(&mut body);
    body.extend(result);
    body
}

/// `rpc_error#2144ca19 error_code:int error_message:string`
pub(super) fn rpc_error(code: i32, message: &str) -> Vec<u8> {
    let mut body = RPC_ERROR.to_bytes();
    code.serialize(&mut body);
    message.to_owned().serialize(&mut body);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(id: i64) -> Vec<u8> {
        tl::functions::Ping { ping_id: id }.to_bytes()
    }

    #[test]
    fn containers_come_apart_and_a_cut_one_gives_what_is_whole() {
        let mut body = MSG_CONTAINER.to_bytes();
        2_i32.serialize(&mut body);
        for id in [5_i64, 6] {
            id.serialize(&mut body);
            0_i32.serialize(&mut body);
            12_i32.serialize(&mut body);
            body.extend(ping(id));
        }
        let messages = flatten(1, body.clone());
        assert_eq!(messages.iter().map(|inner| inner.msg_id).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(flatten(1, body[..body.len() - 1].to_vec()).len(), 1);
    }

    #[test]
    fn wrappers_come_off_compressed_ones_too() {
        use std::io::Write as _;
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&ping(3)).unwrap();
        let mut packed = GZIP_PACKED.to_bytes();
        packer.finish().unwrap().serialize(&mut packed);
        let mut body = tl::functions::InvokeWithLayer::<Raw>::CONSTRUCTOR_ID.to_bytes();
        222_i32.serialize(&mut body);
        body.extend(packed);
        let query = unwrap(body).unwrap();
        assert_eq!((query.said.layer, query.body), (Some(222), ping(3)));
    }
}
