use std::fmt;

use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;
use zeroize::Zeroizing;

use super::ChannelError;

/// A SOCKS5 proxy, by which the data centres are reached: give the vault's channel the one that TDLib's session has, or
/// it connects directly.
#[derive(Clone, PartialEq, Eq)]
pub struct Socks5 {
    /// A host name or an address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// The user's name; may be empty.
    pub username: String,
    /// The user's password; may be empty.
    pub password: Zeroizing<String>,
}

impl Socks5 {
    /// A proxy without a password.
    #[must_use]
    pub fn new(server: impl Into<String>, port: u16) -> Self {
        Self { server: server.into(), port, username: String::new(), password: Zeroizing::default() }
    }

    /// A connection to this address. The proxy learns nothing but the address.
    pub(super) async fn connect(&self, address: std::net::SocketAddr) -> Result<TcpStream, ChannelError> {
        let socket = TcpStream::connect((self.server.as_str(), self.port)).await;
        let socket = socket.map_err(|why| ChannelError::Proxy { why: why.to_string() })?;
        let connecting = async {
            if self.username.is_empty() {
                Socks5Stream::connect_with_socket(socket, address).await
            } else {
                let (name, password) = (self.username.as_str(), self.password.as_str());
                Socks5Stream::connect_with_password_and_socket(socket, address, name, password).await
            }
        };
        match connecting.await {
            Ok(stream) => Ok(stream.into_inner()),
            Err(why) => Err(ChannelError::Proxy { why: why.to_string() }),
        }
    }
}

impl fmt::Debug for Socks5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socks5")
            .field("server", &self.server)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
