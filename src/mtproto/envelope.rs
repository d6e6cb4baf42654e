//! The encrypted envelope of MTProto 2.0, as a client seals and opens it.

use std::fmt;

use zeroize::Zeroizing;

use super::primitives::{equal, ige_decrypt, ige_encrypt, random, sha1, sha256};

/// Salt, session, id, number and length stand before a message's body.
const HEADER: usize = 32;

/// How many random bytes stand behind the body.
const LEAST_PADDING: usize = 12;
const MOST_PADDING: usize = 1024;

/// An authorisation key, shared with one data centre.
#[derive(Clone)]
pub(super) struct AuthKey {
    bytes: Zeroizing<[u8; 256]>,
    id: i64,
}

impl AuthKey {
    pub(super) fn new(bytes: Zeroizing<[u8; 256]>) -> Self {
        let hash = sha1(&[&bytes[..]]);
        let id = i64::from_le_bytes(*hash.last_chunk().expect("20 bytes end in 8"));
        Self { bytes, id }
    }

    /// `auth_key_aux_hash`: the first 8 bytes of its SHA-1.
    pub(super) fn auxiliary_hash(&self) -> [u8; 8] {
        let hash = sha1(&[&self.bytes[..]]);
        *hash.first_chunk().expect("20 bytes begin with 8")
    }

    pub(super) fn bytes(&self) -> &[u8; 256] {
        &self.bytes
    }
}

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthKey").finish_non_exhaustive()
    }
}

/// One message out of, or into, an envelope.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) salt: i64,
    pub(super) session_id: i64,
    pub(super) msg_id: i64,
    pub(super) seq_no: i32,
    pub(super) body: Vec<u8>,
}

/// Where in the key the direction's keys begin: `x` of the specification.
const CLIENT: usize = 0;
const SERVER: usize = 8;

/// Seals a message to the server.
pub(super) fn seal(message: &Message, key: &AuthKey) -> Vec<u8> {
    seal_from(CLIENT, message, key)
}

fn seal_from(x: usize, message: &Message, key: &AuthKey) -> Vec<u8> {
    let least = message.body.len() + HEADER + LEAST_PADDING;
    seal_padded(x, message, key, least.next_multiple_of(16) - message.body.len() - HEADER)
}

/// Seals a message with so much behind it.
fn seal_padded(x: usize, message: &Message, key: &AuthKey, padding: usize) -> Vec<u8> {
    let length = u32::try_from(message.body.len()).expect("callers send far less than 4 GiB");
    let mut plain = Zeroizing::new(Vec::with_capacity(message.body.len() + HEADER + padding));
    plain.extend(message.salt.to_le_bytes());
    plain.extend(message.session_id.to_le_bytes());
    plain.extend(message.msg_id.to_le_bytes());
    plain.extend(message.seq_no.to_le_bytes());
    plain.extend(length.to_le_bytes());
    plain.extend(&message.body);
    let random: [u8; MOST_PADDING] = random();
    plain.extend(random.iter().cycle().take(padding));

    let hash = sha256(&[&key.bytes[88 + x..120 + x], &plain]);
    let message_key: [u8; 16] = hash[8..24].try_into().expect("16 bytes");
    let (aes_key, iv) = derive(key, &message_key, x);
    ige_encrypt(&aes_key, &iv, &mut plain);

    let mut packet = Vec::with_capacity(plain.len() + 24);
    packet.extend(key.id.to_le_bytes());
    packet.extend(message_key);
    packet.extend(&plain[..]);
    packet
}

/// Opens a packet of the server; `None` if it was not sealed with this key by it, or is padded as none may be.
pub(super) fn open(packet: Vec<u8>, key: &AuthKey) -> Option<Message> {
    open_from(SERVER, packet, key)
}

fn open_from(x: usize, packet: Vec<u8>, key: &AuthKey) -> Option<Message> {
    let mut packet = Zeroizing::new(packet);
    if packet.get(..8)? != key.id.to_le_bytes() {
        return None;
    }
    let message_key: [u8; 16] = packet.get(8..24)?.try_into().ok()?;
    let plain = &mut packet[24..];
    if plain.len() < HEADER + 16 || !plain.len().is_multiple_of(16) {
        return None;
    }
    let (aes_key, iv) = derive(key, &message_key, x);
    ige_decrypt(&aes_key, &iv, plain);
    let hash = sha256(&[&key.bytes[88 + x..120 + x], plain]);
    if !equal(&hash[8..24], &message_key) {
        return None;
    }
    let number = |place: usize| i64::from_le_bytes(plain[place..place + 8].try_into().expect("8 bytes"));
    let half = |place: usize| i32::from_le_bytes(plain[place..place + 4].try_into().expect("4 bytes"));
    let length = usize::try_from(half(28)).ok()?;
    let padding = plain.len().checked_sub(HEADER.checked_add(length)?)?;
    if !(LEAST_PADDING..=MOST_PADDING).contains(&padding) || !length.is_multiple_of(4) {
        return None;
    }
    Some(Message {
        salt: number(0),
        session_id: number(8),
        msg_id: number(16),
        seq_no: half(24),
        body: plain[HEADER..HEADER + length].to_vec(),
    })
}

/// The AES key and IV of one message.
fn derive(key: &AuthKey, message_key: &[u8; 16], x: usize) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
    let a = Zeroizing::new(sha256(&[message_key, &key.bytes[x..x + 36]]));
    let b = Zeroizing::new(sha256(&[&key.bytes[40 + x..76 + x], message_key]));
    (crossed(&a, &b), crossed(&b, &a))
}

/// The first and the last 8 bytes of one, the middle of the other.
fn crossed(outer: &[u8; 32], inner: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let mut joined = Zeroizing::new(*outer);
    joined[8..24].copy_from_slice(&inner[8..24]);
    joined
}

/// What the server does, for tests.
#[cfg(test)]
pub(super) mod server {
    use super::*;

    pub(in crate::mtproto) fn seal(message: &Message, key: &AuthKey) -> Vec<u8> {
        seal_from(SERVER, message, key)
    }

    pub(in crate::mtproto) fn open(packet: Vec<u8>, key: &AuthKey) -> Option<Message> {
        open_from(CLIENT, packet, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AuthKey {
        AuthKey::new(Zeroizing::new(std::array::from_fn(|place| u8::try_from(place).unwrap())))
    }

    #[test]
    fn what_the_client_sealed_is_not_the_servers() {
        let message = Message { salt: 1, session_id: 2, msg_id: 4, seq_no: 1, body: vec![9; 40] };
        let packet = seal(&message, &key());
        assert_eq!((packet.len() - 24) % 16, 0);
        assert!(open(packet.clone(), &key()).is_none());
        assert!(server::open(packet, &key()).is_some_and(|opened| opened == message));
    }

    #[test]
    fn padding_that_is_too_short_or_too_long_is_refused() {
        // Each with a body that makes whole blocks of it.
        for (padding, body, taken) in [
            (0, 32, false),
            (8, 24, false),
            (12, 4, true),
            (16, 32, true),
            (1024, 32, true),
            (1028, 12, false),
            (1040, 32, false),
        ] {
            let message = Message { salt: 1, session_id: 2, msg_id: 5, seq_no: 1, body: vec![9; body] };
            let packet = seal_padded(SERVER, &message, &key(), padding);
            assert_eq!(packet.len(), 24 + HEADER + body + padding);
            assert_eq!(open(packet, &key()).is_some(), taken, "{padding} bytes");
        }
    }

    #[test]
    fn lengths_of_all_sorts_are_refused_and_never_cause_a_panic() {
        let key = key();
        for length in 0..200 {
            let mut packet = key.id.to_le_bytes().to_vec();
            packet.resize(8 + length, 7);
            assert!(open(packet, &key).is_none());
        }
    }

    #[test]
    fn debug_keeps_the_key() {
        assert_eq!(format!("{:?}", key()), "AuthKey { .. }");
    }
}
