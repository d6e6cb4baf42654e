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

/// How much everything packed in one packet may unpack to, together.
const LARGEST_UNPACKED: usize = 32 << 20;
/// How deep containers, compression and wrappers may nest.
const DEEPEST: usize = 16;
/// How many messages a packet may carry; the specification says 1020 for one container.
pub(super) const MOST_MESSAGES: usize = 1024;

/// One message of a container, or the packet's only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) msg_id: i64,
    pub(super) seq_no: i32,
    pub(super) body: Vec<u8>,
}

/// A query without its wrappers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// What the client announces of itself.
    pub(super) announcement: Announcement,
    /// From `invokeWithoutUpdates`.
    pub(super) without_updates: bool,
    /// The function with its constructor id.
    pub(super) body: Vec<u8>,
}

/// The constructor id an object begins with.
pub(super) fn constructor(body: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(body.get(..4)?.try_into().ok()?))
}

/// Whether this holds messages that count in a session, and does not itself.
pub(super) fn is_container(body: &[u8]) -> bool {
    constructor(body) == Some(MSG_CONTAINER)
}

/// How many bytes may still be unpacked for one packet, however many packed objects it holds and wherever they are.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(LARGEST_UNPACKED)
    }
}

/// Takes containers and compression apart; what is malformed, or unpacks to more than is left of the packet's budget,
/// is left out.
pub(super) fn flatten(msg_id: i64, seq_no: i32, body: Vec<u8>, budget: &mut Budget) -> Vec<Inner> {
    let mut messages = Vec::new();
    flatten_into(&mut messages, budget, Inner { msg_id, seq_no, body }, 0);
    messages
}

fn flatten_into(messages: &mut Vec<Inner>, budget: &mut Budget, message: Inner, depth: usize) {
    if depth > DEEPEST || messages.len() == MOST_MESSAGES {
        return;
    }
    let Inner { msg_id, seq_no, body } = message;
    match constructor(&body) {
        Some(MSG_CONTAINER) => {
            let mut cursor = Cursor::from_slice(&body[4..]);
            let Ok(count) = i32::deserialize(&mut cursor) else { return };
            for _ in 0..count {
                let Some(inner) = contained(&mut cursor, body.len() - 4) else { return };
                flatten_into(messages, budget, inner, depth + 1);
            }
        }
        Some(GZIP_PACKED) => {
            if let Some(body) = budget.unpack(&body) {
                flatten_into(messages, budget, Inner { msg_id, seq_no, body }, depth + 1);
            }
        }
        _ => messages.push(Inner { msg_id, seq_no, body }),
    }
}

/// `message msg_id:long seqno:int bytes:int body:Object`, in a container of so many bytes.
fn contained(cursor: &mut Cursor<'_>, bytes: usize) -> Option<Inner> {
    let msg_id = i64::deserialize(cursor).ok()?;
    let seq_no = i32::deserialize(cursor).ok()?;
    let length = usize::try_from(i32::deserialize(cursor).ok()?).ok()?;
    if length > bytes - cursor.pos() {
        return None;
    }
    let mut body = vec![0; length];
    cursor.read_exact(&mut body).ok()?;
    Some(Inner { msg_id, seq_no, body })
}

impl Budget {
    /// The object in a `gzip_packed`, which TDLib fills with zlib's format; `None` if it does not unpack within what is
    /// left. What does not leaves nothing for the rest.
    fn unpack(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let packed = Vec::<u8>::from_bytes(&body[4..]).ok()?;
        let mut unpacked = Vec::new();
        // One byte more tells what is too long from what just fits.
        let limit = self.0 as u64 + 1;
        let read = if packed.starts_with(&[0x1f, 0x8b]) {
            MultiGzDecoder::new(packed.as_slice()).take(limit).read_to_end(&mut unpacked)
        } else {
            ZlibDecoder::new(packed.as_slice()).take(limit).read_to_end(&mut unpacked)
        };
        let left = self.0.checked_sub(unpacked.len());
        self.0 = left.unwrap_or(0);
        (read.is_ok() && left.is_some()).then_some(unpacked)
    }
}

/// Takes the wrappers off a query; `None` if they are malformed, or hold more than the packet's budget has left.
pub(super) fn unwrap(body: Vec<u8>, budget: &mut Budget) -> Option<Query> {
    let mut query = Query { body, ..Query::default() };
    for _ in 0..DEEPEST {
        let rest = query.body.get(4..)?;
        let inner = match constructor(&query.body)? {
            tl::functions::InvokeWithLayer::<Raw>::CONSTRUCTOR_ID => {
                let call = tl::functions::InvokeWithLayer::<Raw>::from_bytes(rest).ok()?;
                query.announcement.layer = Some(call.layer);
                call.query
            }
            tl::functions::InitConnection::<Raw>::CONSTRUCTOR_ID => {
                let call = tl::functions::InitConnection::<Raw>::from_bytes(rest).ok()?;
                query.announcement.device = Some(Device {
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
            GZIP_PACKED => Raw(budget.unpack(&query.body)?),
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
        let messages = flatten(1, 0, body.clone(), &mut Budget::default());
        assert_eq!(messages.iter().map(|inner| inner.msg_id).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(flatten(1, 0, body[..body.len() - 1].to_vec(), &mut Budget::default()).len(), 1);
    }

    fn packed(object: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(object).unwrap();
        let mut packed = GZIP_PACKED.to_bytes();
        packer.finish().unwrap().serialize(&mut packed);
        packed
    }

    #[test]
    fn everything_in_a_packet_unpacks_on_one_budget() {
        let mebibyte = packed(&[ping(3), vec![0; 1 << 20]].concat());
        let mut body = MSG_CONTAINER.to_bytes();
        40_i32.serialize(&mut body);
        for id in 0..40_i64 {
            id.serialize(&mut body);
            1_i32.serialize(&mut body);
            (mebibyte.len() as i32).serialize(&mut body);
            body.extend(&mebibyte);
        }
        let mut budget = Budget::default();
        let messages = flatten(1, 0, body, &mut budget);
        assert_eq!(messages.len(), 31, "32 MiB, and what each has beside its mebibyte");
        // What is packed within a query's wrappers is of the same packet.
        assert_eq!(unwrap(packed(&ping(3)), &mut budget), None);
        // What is too large is not cut to what fits.
        let bomb = packed(&[ping(3), vec![0; 32 << 20]].concat());
        assert_eq!(flatten(1, 0, bomb.clone(), &mut Budget::default()), []);
        assert_eq!(unwrap(bomb, &mut Budget::default()), None);
    }

    #[test]
    fn wrappers_come_off_compressed_ones_too() {
        let mut body = tl::functions::InvokeWithLayer::<Raw>::CONSTRUCTOR_ID.to_bytes();
        222_i32.serialize(&mut body);
        body.extend(packed(&ping(3)));
        let query = unwrap(body, &mut Budget::default()).unwrap();
        assert_eq!((query.announcement.layer, query.body), (Some(222), ping(3)));
    }
}
