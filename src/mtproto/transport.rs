//! Packets on TCP, in the intermediate transport: four bytes of length before each.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::{ChannelError, Socks5};

/// What tells the server of the intermediate transport.
const TAG: [u8; 4] = [0xee; 4];

/// The largest packet a server sends; TDLib's bound.
const LARGEST: usize = (4 << 20) + 1024;

/// Connects, directly or by a proxy, in the time given.
pub(super) async fn connect(
    address: SocketAddr,
    proxy: Option<&Socks5>,
    time_out: Duration,
) -> Result<(Reader, Writer), ChannelError> {
    let connecting = async {
        let mut stream = match proxy {
            Some(proxy) => proxy.connect(address).await?,
            None => TcpStream::connect(address).await.map_err(ChannelError::Connection)?,
        };
        stream.set_nodelay(true).map_err(ChannelError::Connection)?;
        stream.write_all(&TAG).await.map_err(ChannelError::Connection)?;
        Ok::<_, ChannelError>(stream)
    };
    let stream = timeout(time_out, connecting).await.map_err(|_| ChannelError::TimedOut)??;
    let (reader, writer) = stream.into_split();
    Ok((Reader { stream: reader, packet: Vec::new(), length: None }, Writer { stream: writer }))
}

/// The server's packets.
#[derive(Debug)]
pub(super) struct Reader {
    stream: OwnedReadHalf,
    /// What has come of the next packet, its length first.
    packet: Vec<u8>,
    length: Option<usize>,
}

impl Reader {
    /// The next packet. May be given up at any time: what has come stays here.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, ChannelError> {
        loop {
            let wanted = self.length.unwrap_or(4);
            if self.packet.len() == wanted {
                let packet = std::mem::take(&mut self.packet);
                match self.length.take() {
                    Some(_) => return Ok(packet),
                    None => self.length = Some(length(&packet)?),
                }
                continue;
            }
            let missing = u64::try_from(wanted - self.packet.len()).expect("lengths are bounded");
            let read = (&mut self.stream).take(missing).read_buf(&mut self.packet).await;
            if read.map_err(ChannelError::Connection)? == 0 {
                return Err(ChannelError::Connection(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }
}

fn length(bytes: &[u8]) -> Result<usize, ChannelError> {
    let length = u32::from_le_bytes(bytes.try_into().expect("four bytes were read"));
    match usize::try_from(length) {
        Ok(length @ 4..=LARGEST) => Ok(length),
        _ => Err(ChannelError::Hostile("a packet of an impossible length")),
    }
}

/// What a packet of four bytes says: a transport error.
pub(super) fn refusal(packet: &[u8]) -> Option<i32> {
    packet.try_into().ok().map(i32::from_le_bytes)
}

/// The client's packets.
#[derive(Debug)]
pub(super) struct Writer {
    stream: OwnedWriteHalf,
}

impl Writer {
    /// Sends a packet whole.
    pub(super) async fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        let length = u32::try_from(packet.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut framed = Vec::with_capacity(packet.len() + 4);
        framed.extend(length.to_le_bytes());
        framed.extend(packet);
        self.stream.write_all(&framed).await
    }
}
