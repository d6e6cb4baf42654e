//! The way to the data centres by a SOCKS5 proxy.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use telegram_passport::cloud::SecureCloud as _;
use telegram_passport::login::LoginSteps as _;
use telegram_passport::mtproto::{Login, Network, NetworkError, Socks5};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{FOR_EVER, IDENTITY, application, centres, sign_in_by};
use crate::conformance::stage::Stage;

/// A data centre where nobody listens, so that only the proxy leads to it.
async fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn by(proxy: Socks5, address: SocketAddr) -> Network {
    let network = Network::sandbox(&BTreeMap::from([(1, address)]), &IDENTITY.public_key()).unwrap();
    let network = network.with_time_outs(FOR_EVER);
    network.through(proxy).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_takes_the_proxy_and_no_other_way() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let proxy = centres.address();
    let network = by(Socks5::new(proxy.ip().to_string(), proxy.port()), nowhere().await);
    let cloud = sign_in_by(network, &stage).await;
    assert_eq!(cloud.all_secure_values().await.unwrap(), []);
}

/// RFC 1929, read byte by byte; then what the data centre says goes to and fro.
async fn guarded(listener: TcpListener, centre: SocketAddr, wanted: SocketAddr, verdict: u8) {
    let (mut client, _) = listener.accept().await.unwrap();
    let methods = usize::from({
        assert_eq!(client.read_u8().await.unwrap(), 5);
        client.read_u8().await.unwrap()
    });
    let mut offered = vec![0; methods];
    client.read_exact(&mut offered).await.unwrap();
    assert!(offered.contains(&2), "{offered:?}");
    client.write_all(&[5, 2]).await.unwrap();
    let mut login = [0; 13];
    client.read_exact(&mut login).await.unwrap();
    assert_eq!(login, *b"\x01\x05agent\x05horse");
    client.write_all(&[1, verdict]).await.unwrap();
    if verdict != 0 {
        return;
    }
    let mut request = [0; 10];
    client.read_exact(&mut request).await.unwrap();
    assert_eq!(request[..8], [5, 1, 0, 1, 127, 0, 0, 1]);
    assert_eq!(request[8..], wanted.port().to_be_bytes());
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await.unwrap();
    let mut centre = TcpStream::connect(centre).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut client, &mut centre).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_ask_for_a_password() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, wanted) = (listener.local_addr().unwrap().port(), nowhere().await);
    let proxy = Socks5 {
        username: "agent".to_owned(),
        password: "horse".to_owned().into(),
        ..Socks5::new("127.0.0.1", port)
    };
    assert!(!format!("{proxy:?}").contains("horse"));
    let serving = tokio::spawn(guarded(listener, centres.addresses()[&1], wanted, 0));
    let (login, _) = Login::begin(by(proxy, wanted), application());
    login.set_phone_number(Stage::PHONE).await.unwrap();
    drop(login);
    serving.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_does_not_let_through_is_named() {
    let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = refusing.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = refusing.accept().await.unwrap();
            let _ = client.write_all(&[5, 0xff]).await;
        }
    });
    for port in [port, nowhere().await.port()] {
        let (login, _) = Login::begin(by(Socks5::new("127.0.0.1", port), nowhere().await), application());
        let refused = format!("{:?}", login.set_phone_number(Stage::PHONE).await.unwrap_err());
        assert!(refused.contains("Proxy"), "{refused}");
    }
}

#[test]
fn a_sandbox_has_no_proxy_elsewhere() {
    let network =
        Network::sandbox(&BTreeMap::from([(1, "127.0.0.1:9".parse().unwrap())]), &IDENTITY.public_key());
    for server in ["192.0.2.1", "proxy.example", "localhost"] {
        let refused = network.clone().unwrap().through(Socks5::new(server, 1080)).unwrap_err();
        assert_eq!(refused, NetworkError::ProxyNotLoopback { server: server.to_owned() });
    }
    assert!(Network::telegram().through(Socks5::new("proxy.example", 1080)).is_ok());
}
