//! Servers that are not Telegram, or not honest, or not even servers; and who sits in between.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;
use telegram_passport::cloud::{CloudError, SecureCloud as _, SignedOut};
use telegram_passport::login::{LoginError, LoginSteps as _};
use telegram_passport::mtproto::{ChannelError, Cloud, KeyExchangeError, Login, Network, TimeOuts};
use telegram_passport::passport::Refusal;
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::dc::ServerIdentity;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::clock::{STEP, passing, standing_still};
use super::{FOR_EVER, IDENTITY, application, centres, sign_in};
use crate::conformance::stage::Stage;

fn at(address: SocketAddr) -> Network {
    Network::sandbox(&BTreeMap::from([(1, address)]), &IDENTITY.public_key())
        .unwrap()
        .with_time_outs(FOR_EVER)
}

/// Why no code could be sent; whatever else it is, it is the channel's fault.
async fn refused(network: Network, time_outs: TimeOuts) -> Refusal {
    let (login, _) = Login::begin(network.with_time_outs(time_outs), application());
    match login.set_phone_number(Stage::PHONE).await {
        Err(LoginError::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn key_exchange(why: &Refusal) -> Option<KeyExchangeError> {
    let Refusal::Offline(why) = why else { return None };
    match why.downcast_ref() {
        Some(ChannelError::KeyExchange(why)) => Some(*why),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_key_is_not_spoken_to() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let other = ServerIdentity::generate();
    let network = Network::sandbox(centres.addresses(), &other.public_key()).unwrap();
    let why = refused(network, FOR_EVER).await;
    assert_eq!(key_exchange(&why), Some(KeyExchangeError::UnknownServer), "{why:?}");
    assert!(stage.state.last_login_code(Stage::PHONE).is_none());
}

/// Passes a connection on, one byte of the server's stream flipped.
async fn flip(listener: TcpListener, server: SocketAddr, place: usize) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(server).await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        tokio::spawn(async move {
            let mut passed = 0;
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
                if (passed..passed + count).contains(&place) {
                    bytes[place - passed] ^= 0x10;
                }
                passed += count;
                if to_client.write_all(&bytes[..count]).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Three bytes behind `pq` that mean nothing.
const PADDING: std::ops::Range<usize> = 69..72;

/// The server's nonce and `pq`: with others the server may be asked something that it does not answer. All else is
/// noticed here, at once.
const ECHOED: std::ops::Range<usize> = 44..69;

/// The answers of a key exchange in the server's stream: 4 bytes of length, 20 of header (the number among them says
/// nothing and is not looked at), the object. `resPQ` has 4+16+16+(1+8+3)+4+4+8 = 64 bytes; the parameters 4+16+16+(4+592);
/// the confirmation 4+16+16+16.
#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_key_exchange_can_be_changed() {
    const ANSWERS: [usize; 3] = [64, 632, 52];
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let mut start = 0;
    let mut places = Vec::new();
    for (answer, length) in ANSWERS.into_iter().enumerate() {
        // A length that grows is waited for in vain, so one byte of it is enough.
        places.push(start + 3);
        places.extend((4..12).step_by(5).map(|place| start + place));
        places.extend((20..24 + length).step_by(if answer == 1 { 37 } else { 5 }).map(|place| start + place));
        start += 24 + length;
    }
    places.retain(|place| !PADDING.contains(place));
    let mut flips = Vec::new();
    for place in places {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network = at(listener.local_addr().unwrap());
        let proxy = tokio::spawn(flip(listener, centres.address(), place));
        let connect = if ECHOED.contains(&place) { Duration::from_secs(1) } else { FOR_EVER.connect };
        let time_outs = TimeOuts { connect, ..FOR_EVER };
        flips.push(tokio::spawn(async move {
            let why = refused(network, time_outs).await;
            proxy.abort();
            (place, why)
        }));
    }
    for flip in flips {
        let (place, why) = flip.await.unwrap();
        let Refusal::Offline(why) = &why else { panic!("byte {place}: {why:?}") };
        let noticed =
            matches!(why.downcast_ref(), Some(ChannelError::KeyExchange(_) | ChannelError::Hostile(_)));
        assert!(noticed || ECHOED.contains(&place), "byte {place}: {why:?}");
    }
    assert!(stage.state.last_login_code(Stage::PHONE).is_none());
    // The places are what they are said to be: one byte further is not part of the exchange any more.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let network = at(listener.local_addr().unwrap());
    tokio::spawn(flip(listener, centres.address(), start));
    let (login, _) = Login::begin(network.with_time_outs(FOR_EVER), application());
    login.set_phone_number(Stage::PHONE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_later_on_costs_a_connection_and_nothing_else() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let cloud = sign_in(&centres, &stage, FOR_EVER).await;
    let key = StorageKey::generate();
    let sealed = cloud.seal(&key).await;
    for place in [4, 12, 30, 60] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network = at(listener.local_addr().unwrap());
        let proxy = tokio::spawn(flip(listener, centres.address(), place));
        // Each connection has its flip: three in a row are taken for what they are.
        let tampered = Cloud::open(network, application(), &sealed, &key).await.unwrap();
        let why = tampered.all_secure_values().await.unwrap_err();
        let CloudError::Transport(why) = &why else { panic!("{why:?}") };
        assert!(matches!(why.downcast_ref(), Some(ChannelError::Hostile(_))), "byte {place}: {why:?}");
        proxy.abort();
    }
    assert!(cloud.all_secure_values().await.unwrap().is_empty());
}

/// Sends these bytes to whoever connects, and goes on or closes.
async fn babble(bytes: Vec<u8>, closes: bool) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = [0; 64];
            let _ = stream.read(&mut some).await;
            let _ = stream.write_all(&bytes).await;
            if !closes {
                open.push(stream);
            }
        }
    });
    (address, serving)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_server_sends_the_end_is_an_error(
        packets in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..120), any::<bool>()), 0..4),
        closes: bool,
    ) {
        let mut bytes = Vec::new();
        for (packet, framed) in packets {
            if framed {
                bytes.extend(u32::try_from(packet.len()).unwrap().to_le_bytes());
            }
            bytes.extend(packet);
        }
        let time_outs = TimeOuts {
            connect: Duration::from_millis(100),
            ask_after: Duration::from_millis(50),
            answer: Duration::from_millis(300),
            ..FOR_EVER
        };
        standing_still(async move {
            let (address, serving) = babble(bytes, closes).await;
            let (why, waited) = passing(refused(at(address), time_outs)).await;
            assert!(matches!(why, Refusal::Offline(_)), "{why:?}");
            assert!(waited < Duration::from_secs(10), "{waited:?}");
            // And with a key, so that it comes to the ears of a session.
            let cloud = session_at(address, time_outs).await;
            let (answer, waited) = passing(cloud.all_secure_values()).await;
            let why = answer.unwrap_err();
            assert!(matches!(why, CloudError::Transport(_) | CloudError::SignedOut(SignedOut::KeyUnknown)), "{why:?}");
            assert!(waited <= time_outs.answer + 2 * STEP, "{waited:?}");
            serving.abort();
        });
    }
}

/// A session that was made somewhere, taken up at another address of the same network.
async fn session_at(address: SocketAddr, time_outs: TimeOuts) -> Cloud {
    use std::sync::OnceLock;
    static SEALED: OnceLock<(Vec<u8>, [u8; 32])> = OnceLock::new();
    if SEALED.get().is_none() {
        let stage = Stage::new();
        let centres = centres(&stage.state).await;
        let key = StorageKey::generate();
        let sealed = sign_in(&centres, &stage, FOR_EVER).await.seal(&key).await;
        let _ = SEALED.set((sealed, *key.as_bytes()));
    }
    let (sealed, key) = SEALED.get().unwrap();
    let key = StorageKey::try_from(key.as_slice()).unwrap();
    Cloud::open(at(address).with_time_outs(time_outs), application(), sealed, &key).await.unwrap()
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    standing_still(async {
        let (address, serving) = babble(Vec::new(), false).await;
        let time_outs = TimeOuts {
            connect: Duration::from_millis(200),
            ask_after: Duration::from_millis(100),
            answer: Duration::from_millis(900),
            ..FOR_EVER
        };
        let timed_out = |why: &Refusal| {
            let Refusal::Offline(why) = why else { return false };
            matches!(why.downcast_ref(), Some(ChannelError::TimedOut))
        };
        let (why, waited) = passing(refused(at(address), time_outs)).await;
        assert!(timed_out(&why), "{why:?}");
        assert!(waited >= time_outs.connect && waited < Duration::from_secs(10), "{waited:?}");
        let session = session_at(address, time_outs).await;
        let (answer, waited) = passing(session.all_secure_values()).await;
        let why = answer.unwrap_err().into();
        assert!(timed_out(&why), "{why:?}");
        assert!(waited >= time_outs.answer && waited <= time_outs.answer + 2 * STEP, "{waited:?}");
        serving.abort();
    });
}
