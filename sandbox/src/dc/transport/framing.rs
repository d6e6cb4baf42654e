use std::io;

use crate::primitives;

/// The first byte of an abridged connection.
pub(super) const ABRIDGED: u8 = 0xef;

/// Where a packet begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// One byte of length in words, or `7f` and three.
    Abridged,
    /// Four bytes of length.
    Intermediate,
    /// Intermediate with 0..=15 random bytes behind the payload.
    PaddedIntermediate,
    /// Length, number, payload, CRC32.
    Full,
}

impl Framing {
    /// The framing with this tag.
    pub(super) fn from_tag(tag: [u8; 4]) -> Option<Self> {
        match tag {
            [ABRIDGED, ABRIDGED, ABRIDGED, ABRIDGED] => Some(Self::Abridged),
            [0xee, 0xee, 0xee, 0xee] => Some(Self::Intermediate),
            [0xdd, 0xdd, 0xdd, 0xdd] => Some(Self::PaddedIntermediate),
            _ => None,
        }
    }

    /// The packet with its frame; `number` counts the packets sent before it.
    pub(super) fn frame(self, payload: &[u8], number: u32) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("answers are far below 4 GiB");
        let mut packet = Vec::with_capacity(payload.len() + 28);
        match self {
            Self::Abridged => {
                let words = (length / 4).to_le_bytes();
                if length / 4 < 0x7f {
                    packet.push(words[0]);
                } else {
                    packet.extend([0x7f, words[0], words[1], words[2]]);
                }
                packet.extend(payload);
            }
            Self::Intermediate => {
                packet.extend(length.to_le_bytes());
                packet.extend(payload);
            }
            Self::PaddedIntermediate => {
                let random: [u8; 16] = primitives::random();
                let padding = usize::from(random[15] & 15);
                packet.extend((length + padding as u32).to_le_bytes());
                packet.extend(payload);
                packet.extend(&random[..padding]);
            }
            Self::Full => {
                packet.extend((length + 12).to_le_bytes());
                packet.extend(number.to_le_bytes());
                packet.extend(payload);
                packet.extend(crc32(&packet).to_le_bytes());
            }
        }
        packet
    }
}

/// Takes the padding off a padded packet: an encrypted one is 24 bytes and whole blocks, a plain one has its
/// length, an error is four bytes.
pub(super) fn drop_padding(payload: &mut Vec<u8>) {
    let kept = if payload.len() < 20 {
        payload.len().min(4)
    } else if payload[..8] == [0; 8] {
        let stated = u32::from_le_bytes([payload[16], payload[17], payload[18], payload[19]]) as usize;
        payload.len().min(20 + stated)
    } else if payload.len() < 24 {
        payload.len()
    } else {
        24 + (payload.len() - 24) / 16 * 16
    };
    payload.truncate(kept);
}

/// The payload of a full packet, whose CRC32 must be right.
pub(super) fn unframe_full(mut packet: Vec<u8>) -> io::Result<Vec<u8>> {
    let body = packet.len() - 4;
    if crc32(&packet[..body]).to_le_bytes() != packet[body..] {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a full packet with a wrong CRC32"));
    }
    packet.truncate(body);
    packet.drain(..8);
    Ok(packet)
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_packets_are_checked() {
        let packet = Framing::Full.frame(b"payload!", 3);
        assert_eq!(unframe_full(packet.clone()).unwrap(), b"payload!");
        let mut broken = packet;
        broken[9] ^= 1;
        assert!(unframe_full(broken).is_err());
    }

    #[test]
    fn padding_goes_and_the_payload_stays() {
        let mut encrypted = vec![1; 24 + 32 + 9];
        drop_padding(&mut encrypted);
        assert_eq!(encrypted.len(), 24 + 32);

        let mut plain = vec![0; 20 + 12 + 5];
        plain[16] = 12;
        drop_padding(&mut plain);
        assert_eq!(plain.len(), 32);
    }

    #[test]
    fn abridged_counts_words() {
        assert_eq!(Framing::Abridged.frame(&[0; 8], 0)[..1], [2]);
        assert_eq!(Framing::Abridged.frame(&[0; 0x7f * 4], 0)[..4], [0x7f, 0x7f, 0, 0]);
    }
}
