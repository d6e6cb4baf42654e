//! How packets travel on TCP: five framings, plain or obfuscated, direct or by way of a proxy.
//!
//! A client does not announce its transport; the first bytes tell it, as Telegram's servers do:
//!
//! | first bytes | transport |
//! | --- | --- |
//! | `05` | a SOCKS5 greeting; the transport follows behind it |
//! | `ef` | abridged |
//! | `eeeeeeee` | intermediate |
//! | `dddddddd` | padded intermediate |
//! | anything, then four zeros | full: length, number (0 at first), CRC32 |
//! | anything else, 64 bytes | obfuscated: two CTR streams, the framing's tag at 56..60; with a proxy's secret mixed into the keys, an MTProto proxy |

mod framing;
mod obfuscation;
mod socks;

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use self::framing::Framing;
use self::obfuscation::Streams;
use crate::primitives::mtproto::KeyStream;

pub(super) use self::obfuscation::ProxySecret;

/// The longest packet taken: TDLib's own limit is 16 MiB.
const LONGEST_PACKET: usize = 16 << 20;

/// The receiving half of a client's connection.
pub(super) struct PacketReader {
    bytes: ByteReader,
    framing: Framing,
}

/// The sending half of a client's connection.
pub(super) struct PacketWriter {
    stream: OwnedWriteHalf,
    cipher: Option<KeyStream>,
    framing: Framing,
    sent: u32,
}

/// A connection whose transport is told.
pub(super) struct Accepted {
    pub(super) reader: PacketReader,
    pub(super) writer: PacketWriter,
    /// The data centre an obfuscated header names.
    pub(super) dc_id: Option<i32>,
}

/// Bytes off the wire, the first of them perhaps read already.
struct ByteReader {
    stream: OwnedReadHalf,
    ahead: Vec<u8>,
    cipher: Option<KeyStream>,
}

impl ByteReader {
    async fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let known = self.ahead.len().min(buffer.len());
        buffer[..known].copy_from_slice(&self.ahead[..known]);
        self.ahead.drain(..known);
        self.stream.read_exact(&mut buffer[known..]).await?;
        if let Some(cipher) = &mut self.cipher {
            cipher.apply(buffer);
        }
        Ok(())
    }
}

/// Tells the transport of a new connection from its first bytes.
///
/// # Errors
/// Whatever reading gave, or [`io::ErrorKind::InvalidData`] if the bytes are no transport.
pub(super) async fn accept(mut stream: TcpStream, secrets: &[ProxySecret]) -> io::Result<Accepted> {
    stream.set_nodelay(true)?;
    let mut ahead = vec![stream.read_u8().await?];
    if ahead[0] == socks::VERSION {
        socks::greet(&mut stream).await?;
        ahead = vec![stream.read_u8().await?];
    }
    let (read, write) = stream.into_split();
    let mut bytes = ByteReader { stream: read, ahead, cipher: None };
    let mut cipher = None;
    let mut dc_id = None;

    let framing = if bytes.ahead[0] == framing::ABRIDGED {
        bytes.ahead.clear();
        Framing::Abridged
    } else {
        let mut head = [0; 8];
        bytes.read_exact(&mut head[..4]).await?;
        if let Some(framing) = Framing::from_tag([head[0], head[1], head[2], head[3]]) {
            framing
        } else {
            bytes.read_exact(&mut head[4..]).await?;
            if head[4..] == [0; 4] {
                bytes.ahead = head.to_vec();
                Framing::Full
            } else {
                let mut header = [0; 64];
                header[..8].copy_from_slice(&head);
                bytes.read_exact(&mut header[8..]).await?;
                let Streams { framing, from_client, to_client, named } = obfuscation::open(&header, secrets)
                    .ok_or_else(|| {
                        io::Error::new(io::ErrorKind::InvalidData, "no transport begins like this")
                    })?;
                bytes.cipher = Some(from_client);
                cipher = Some(to_client);
                dc_id = Some(named);
                framing
            }
        }
    };
    let writer = PacketWriter { stream: write, cipher, framing, sent: 0 };
    Ok(Accepted { reader: PacketReader { bytes, framing }, writer, dc_id })
}

impl PacketReader {
    /// The next packet's payload.
    ///
    /// # Errors
    /// Whatever reading gave; [`io::ErrorKind::InvalidData`] for a packet too long or with a wrong check sum.
    pub(super) async fn read(&mut self) -> io::Result<Vec<u8>> {
        let bytes = &mut self.bytes;
        let mut head = [0; 4];
        match self.framing {
            Framing::Abridged => {
                bytes.read_exact(&mut head[..1]).await?;
                let mut words = usize::from(head[0] & 0x7f);
                if words == 0x7f {
                    head = [0; 4];
                    bytes.read_exact(&mut head[..3]).await?;
                    words = u32::from_le_bytes(head) as usize;
                }
                read_payload(bytes, words * 4).await
            }
            Framing::Intermediate | Framing::PaddedIntermediate => {
                bytes.read_exact(&mut head).await?;
                let length = (u32::from_le_bytes(head) & 0x7fff_ffff) as usize;
                let mut payload = read_payload(bytes, length).await?;
                if self.framing == Framing::PaddedIntermediate {
                    framing::drop_padding(&mut payload);
                }
                Ok(payload)
            }
            Framing::Full => {
                bytes.read_exact(&mut head).await?;
                let length = (u32::from_le_bytes(head) as usize).checked_sub(12).ok_or_else(|| {
                    io::Error::new(io::ErrorKind::InvalidData, "a full packet has 12 bytes of frame")
                })?;
                let mut packet = head.to_vec();
                packet.extend(read_payload(bytes, length + 8).await?);
                framing::unframe_full(packet)
            }
        }
    }
}

async fn read_payload(bytes: &mut ByteReader, length: usize) -> io::Result<Vec<u8>> {
    if length > LONGEST_PACKET {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a packet above 16 MiB"));
    }
    let mut payload = vec![0; length];
    bytes.read_exact(&mut payload).await?;
    Ok(payload)
}

impl PacketWriter {
    /// Sends one packet.
    ///
    /// # Errors
    /// Whatever writing gave.
    pub(super) async fn write(&mut self, payload: &[u8]) -> io::Result<()> {
        let mut packet = self.framing.frame(payload, self.sent);
        self.sent += 1;
        if let Some(cipher) = &mut self.cipher {
            cipher.apply(&mut packet);
        }
        self.stream.write_all(&packet).await
    }
}
