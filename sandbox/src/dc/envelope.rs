//! The encrypted envelope of MTProto 2.0, and the older one that `auth.bindTempAuthKey` still carries.

use zeroize::Zeroizing;

use super::keys::AuthKey;
use crate::primitives;
use crate::primitives::mtproto::{ige_decrypt, ige_encrypt, sha1};

/// Salt, session, id, number and length stand before a message's body.
const HEADER: usize = 32;

/// How many random bytes stand behind it.
const PADDING: std::ops::RangeInclusive<usize> = 12..=1024;

/// One message out of, or into, an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) salt: i64,
    pub(super) session_id: i64,
    pub(super) msg_id: i64,
    pub(super) seq_no: i32,
    pub(super) body: Vec<u8>,
}

/// Who sealed a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A client.
    Client,
    /// The data centre.
    Server,
}

impl Sender {
    /// Where in the key the direction's keys begin: `x` of the specification.
    fn place(self) -> usize {
        match self {
            Self::Client => 0,
            Self::Server => 8,
        }
    }
}

/// The `auth_key_id` of a packet, 0 for an unencrypted one.
pub(super) fn key_id(packet: &[u8]) -> Option<i64> {
    Some(i64::from_le_bytes(packet.get(..8)?.try_into().ok()?))
}

/// Opens a packet; `None` if it was not sealed with this key by this side.
pub(super) fn open(packet: &[u8], key: &AuthKey, sender: Sender) -> Option<Message> {
    let place = sender.place();
    let message_key: [u8; 16] = packet.get(8..24)?.try_into().ok()?;
    let mut plain = packet[24..].to_vec();
    if plain.len() < 48 || !plain.len().is_multiple_of(16) {
        return None;
    }
    let (aes_key, iv) = derive(key, &message_key, place);
    ige_decrypt(&aes_key, &iv, &mut plain);
    let hash = primitives::sha256(&[&key.bytes()[88 + place..120 + place], &plain]);
    if !primitives::equal(&hash[8..24], &message_key) {
        return None;
    }
    let length = usize::try_from(i32_at(&plain, 28)?).ok()?;
    let padding = plain.len().checked_sub(HEADER.checked_add(length)?)?;
    if !PADDING.contains(&padding) || !length.is_multiple_of(4) {
        return None;
    }
    Some(Message {
        salt: i64_at(&plain, 0)?,
        session_id: i64_at(&plain, 8)?,
        msg_id: i64_at(&plain, 16)?,
        seq_no: i32_at(&plain, 24)?,
        body: plain[HEADER..HEADER + length].to_vec(),
    })
}

/// Seals a message.
pub(super) fn seal(message: &Message, key: &AuthKey, sender: Sender) -> Vec<u8> {
    let unpadded = message.body.len() + HEADER;
    seal_padded(message, key, sender, PADDING.start() + (16 - (unpadded + PADDING.start()) % 16) % 16)
}

/// Seals a message with so much behind it.
fn seal_padded(message: &Message, key: &AuthKey, sender: Sender, padding: usize) -> Vec<u8> {
    let place = sender.place();
    let mut plain = Vec::with_capacity(message.body.len() + HEADER + padding);
    plain.extend(message.salt.to_le_bytes());
    plain.extend(message.session_id.to_le_bytes());
    plain.extend(message.msg_id.to_le_bytes());
    plain.extend(message.seq_no.to_le_bytes());
    plain.extend((message.body.len() as u32).to_le_bytes());
    plain.extend(&message.body);
    let random: [u8; 64] = primitives::random();
    plain.extend(random.iter().cycle().take(padding));

    let hash = primitives::sha256(&[&key.bytes()[88 + place..120 + place], &plain]);
    let mut message_key = [0; 16];
    message_key.copy_from_slice(&hash[8..24]);
    let (aes_key, iv) = derive(key, &message_key, place);
    ige_encrypt(&aes_key, &iv, &mut plain);

    let mut packet = key.id().to_le_bytes().to_vec();
    packet.extend(message_key);
    packet.extend(plain);
    packet
}

/// Opens the MTProto 1.0 envelope inside `auth.bindTempAuthKey`, sealed with the permanent key; gives the
/// message's id and body.
pub(super) fn open_binding(packet: &[u8], key: &AuthKey) -> Option<(i64, Vec<u8>)> {
    if key_id(packet)? != key.id() {
        return None;
    }
    let message_key: [u8; 16] = packet.get(8..24)?.try_into().ok()?;
    let mut plain = packet[24..].to_vec();
    if plain.len() < 32 || !plain.len().is_multiple_of(16) {
        return None;
    }
    let key = key.bytes();
    let a = sha1(&[&message_key, &key[..32]]);
    let b = sha1(&[&key[32..48], &message_key, &key[48..64]]);
    let c = sha1(&[&key[64..96], &message_key]);
    let d = sha1(&[&message_key, &key[96..128]]);
    let aes_key: [u8; 32] = join(&[&a[..8], &b[8..20], &c[4..16]]);
    let iv: [u8; 32] = join(&[&a[8..20], &b[..8], &c[16..20], &d[..8]]);
    ige_decrypt(&aes_key, &iv, &mut plain);
    let length = usize::try_from(i32_at(&plain, 28)?).ok()?;
    let end = 32_usize.checked_add(length)?;
    let hash = sha1(&[plain.get(..end)?]);
    primitives::equal(&hash[4..20], &message_key)
        .then(|| (i64_at(&plain, 16).unwrap_or(0), plain[32..end].to_vec()))
}

/// The AES key and IV of one message.
fn derive(key: &AuthKey, message_key: &[u8; 16], x: usize) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
    let a = primitives::sha256(&[message_key, &key.bytes()[x..x + 36]]);
    let b = primitives::sha256(&[&key.bytes()[40 + x..76 + x], message_key]);
    (
        Zeroizing::new(join(&[&a[..8], &b[8..24], &a[24..]])),
        Zeroizing::new(join(&[&b[..8], &a[8..24], &b[24..]])),
    )
}

fn join(pieces: &[&[u8]]) -> [u8; 32] {
    let mut all = [0; 32];
    let mut rest = &mut all[..];
    for piece in pieces {
        let (here, behind) = rest.split_at_mut(piece.len());
        here.copy_from_slice(piece);
        rest = behind;
    }
    all
}

fn i64_at(bytes: &[u8], place: usize) -> Option<i64> {
    Some(i64::from_le_bytes(bytes.get(place..place + 8)?.try_into().ok()?))
}

fn i32_at(bytes: &[u8], place: usize) -> Option<i32> {
    Some(i32::from_le_bytes(bytes.get(place..place + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AuthKey {
        AuthKey::new(Zeroizing::new(std::array::from_fn(|place| place as u8)))
    }

    #[test]
    fn a_message_opens_as_it_was_sealed_and_for_the_other_side_only() {
        for length in [0, 4, 12, 16, 100] {
            let message = Message { salt: 1, session_id: 2, msg_id: 3, seq_no: 4, body: vec![5; length] };
            let packet = seal(&message, &key(), Sender::Client);
            assert_eq!(key_id(&packet), Some(key().id()));
            assert_eq!(open(&packet, &key(), Sender::Client), Some(message));
            assert_eq!(open(&packet, &key(), Sender::Server), None);
        }
    }

    #[test]
    fn padding_that_is_too_short_or_too_long_is_refused() {
        for (padding, body, taken) in
            [(0, 32, false), (8, 24, false), (12, 4, true), (1024, 32, true), (1040, 32, false)]
        {
            let message = Message { salt: 1, session_id: 2, msg_id: 4, seq_no: 1, body: vec![9; body] };
            let packet = seal_padded(&message, &key(), Sender::Client, padding);
            assert_eq!(open(&packet, &key(), Sender::Client).is_some(), taken, "{padding} bytes");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_behind_the_key_id_is_noticed() {
        let message = Message { salt: 1, session_id: 2, msg_id: 3, seq_no: 4, body: vec![5; 8] };
        let packet = seal(&message, &key(), Sender::Client);
        for place in 8..packet.len() {
            let mut flipped = packet.clone();
            flipped[place] ^= 1;
            assert_eq!(open(&flipped, &key(), Sender::Client), None, "byte {place}");
        }
        assert_eq!(open(&packet[..packet.len() - 16], &key(), Sender::Client), None);
        assert_eq!(open(&packet[..20], &key(), Sender::Client), None);
    }
}
