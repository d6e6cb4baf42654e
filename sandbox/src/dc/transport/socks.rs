use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The first byte of a SOCKS5 greeting (RFC 1928).
pub(super) const VERSION: u8 = 5;

/// Plays a SOCKS5 server behind which every address is this data centre: the version byte is read already.
///
/// # Errors
/// Whatever reading and writing gave; [`io::ErrorKind::InvalidData`] for anything but a CONNECT without a password.
pub(super) async fn greet(stream: &mut TcpStream) -> io::Result<()> {
    let mut methods = vec![0; usize::from(stream.read_u8().await?)];
    stream.read_exact(&mut methods).await?;
    if !methods.contains(&0) {
        stream.write_all(&[VERSION, 0xff]).await?;
        return Err(refused("a SOCKS5 client that insists on a password"));
    }
    stream.write_all(&[VERSION, 0]).await?;

    let mut request = [0; 4];
    stream.read_exact(&mut request).await?;
    if request[..2] != [VERSION, 1] {
        stream.write_all(&[VERSION, 7, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
        return Err(refused("a SOCKS5 command other than CONNECT"));
    }
    let address = match request[3] {
        1 => 4,
        3 => usize::from(stream.read_u8().await?),
        4 => 16,
        _ => return Err(refused("a SOCKS5 address of an unknown kind")),
    };
    stream.read_exact(&mut vec![0; address + 2]).await?;
    stream.write_all(&[VERSION, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await
}

fn refused(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
