//! A small MTProto client on the intermediate transport: a key exchange, queries, and what comes back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use grammers_tl_types as tl;
use tl::{Cursor, Deserializable, RemoteCall, Serializable as _, enums, functions, types};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use crate::dc::clock::number_of_now;
use crate::dc::envelope::{self, Message, Sender};
use crate::dc::keys::AuthKey;
use crate::dc::wire::constructor;
use crate::dc::{ServerIdentity, session::SessionKey};
use crate::primitives::mtproto::{ige_decrypt, ige_encrypt, sha1};
use crate::primitives::{self, Residue};

const RPC_RESULT: u32 = 0xf35c_6d01;
const RPC_ERROR: u32 = 0x2144_ca19;

/// What comes from the server.
#[derive(Debug)]
pub(super) enum Received {
    Message(Message),
    Code(i32),
    End,
}

pub(super) struct Client {
    stream: TcpStream,
    pub(super) key: Arc<AuthKey>,
    pub(super) salt: i64,
    session_id: i64,
    last_id: i64,
    content: i32,
    /// Everything decrypted so far.
    pub(super) received: Vec<Vec<u8>>,
}

impl Client {
    /// Connects to a data centre and agrees upon a key.
    pub(super) async fn connect(address: SocketAddr, server: &ServerIdentity) -> Self {
        let mut stream = open(address).await;
        let (key, salt) = exchange(&mut stream, server).await;
        let session_id = primitives::random_id();
        Self { stream, key: Arc::new(key), salt, session_id, last_id: 0, content: 0, received: Vec::new() }
    }

    /// Connects anew and goes on.
    pub(super) async fn reconnect(&mut self, address: SocketAddr) {
        self.stream = open(address).await;
    }

    /// Begins another session under the same key.
    pub(super) fn begin_session(&mut self) {
        self.session_id = primitives::random_id();
    }

    pub(super) fn session(&self) -> SessionKey {
        SessionKey { auth_key_id: self.key.id(), session_id: self.session_id }
    }

    /// Sends one message; gives its id.
    pub(super) async fn send(&mut self, body: Vec<u8>) -> i64 {
        self.last_id = number_of_now().max(self.last_id + 4) & !3;
        self.send_as(self.last_id, body).await;
        self.last_id
    }

    /// Sends a message with this id, which may have been used before.
    pub(super) async fn send_as(&mut self, msg_id: i64, body: Vec<u8>) {
        let seq_no = self.content * 2 + 1;
        self.content += 1;
        let message = Message { salt: self.salt, session_id: self.session_id, msg_id, seq_no, body };
        write(&mut self.stream, &envelope::seal(&message, &self.key, Sender::Client)).await;
    }

    /// The next thing the server sends; salts it names are taken up.
    pub(super) async fn receive(&mut self) -> Received {
        let Some(packet) = read(&mut self.stream).await else { return Received::End };
        if packet.len() == 4 {
            return Received::Code(i32::from_le_bytes(packet.try_into().unwrap()));
        }
        let message = envelope::open(&packet, &self.key, Sender::Server).unwrap();
        assert_eq!(message.session_id, self.session_id);
        self.received.push(message.body.clone());
        Received::Message(message)
    }

    /// The next message with this constructor.
    pub(super) async fn await_message(&mut self, id: u32) -> Message {
        loop {
            match self.receive().await {
                Received::Message(message) if constructor(&message.body) == Some(id) => return message,
                Received::Message(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The answer to a query; `None` if the connection ends first.
    pub(super) async fn answer(&mut self, msg_id: i64) -> Option<Result<Vec<u8>, (i32, String)>> {
        loop {
            match self.receive().await {
                Received::Message(Message { body, .. }) if constructor(&body) == Some(RPC_RESULT) => {
                    let result = &body[12..];
                    if body[4..12] != msg_id.to_le_bytes() {
                        continue;
                    }
                    if constructor(result) != Some(RPC_ERROR) {
                        return Some(Ok(result.to_vec()));
                    }
                    let mut cursor = Cursor::from_slice(&result[4..]);
                    let code = i32::deserialize(&mut cursor).unwrap();
                    return Some(Err((code, String::deserialize(&mut cursor).unwrap())));
                }
                Received::Message(_) => {}
                Received::Code(code) => panic!("{code}"),
                Received::End => return None,
            }
        }
    }

    /// Asks and is answered.
    pub(super) async fn call<F: RemoteCall>(&mut self, function: &F) -> Result<F::Return, (i32, String)> {
        let msg_id = self.send(function.to_bytes()).await;
        let answer = self.answer(msg_id).await.expect("the connection stays");
        answer.map(|result| F::Return::from_bytes(&result).unwrap())
    }

    /// Asks and is refused.
    pub(super) async fn refused<F: RemoteCall>(&mut self, function: &F) -> (i32, String) {
        self.call(function).await.err().expect("a refusal")
    }

    /// `invokeWithLayer{initConnection{help.getConfig}}`.
    pub(super) async fn introduce(&mut self, layer: i32, device_model: &str) {
        self.call(&functions::InvokeWithLayer {
            layer,
            query: functions::InitConnection {
                api_id: 7,
                device_model: device_model.to_owned(),
                system_version: "1".to_owned(),
                app_version: "2".to_owned(),
                system_lang_code: "en".to_owned(),
                lang_pack: String::new(),
                lang_code: "en".to_owned(),
                proxy: None,
                params: None,
                query: functions::help::GetConfig {},
            },
        })
        .await
        .unwrap();
    }
}

async fn open(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&[0xee; 4]).await.unwrap();
    stream
}

async fn write(stream: &mut TcpStream, packet: &[u8]) {
    stream.write_all(&(packet.len() as u32).to_le_bytes()).await.unwrap();
    stream.write_all(packet).await.unwrap();
}

/// The next packet; `None` if the connection has ended. A server that is silent for long fails the test.
async fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let reading = async {
        let length = stream.read_u32_le().await.ok()?;
        let mut packet = vec![0; length as usize];
        stream.read_exact(&mut packet).await.ok()?;
        Some(packet)
    };
    tokio::time::timeout(Duration::from_secs(600), reading).await.expect("the server answers")
}

/// Sends an unencrypted function and reads its answer; without an answer type, since one is bare bytes to the server.
async fn ask<F: RemoteCall>(stream: &mut TcpStream, function: &F) -> F::Return {
    let body = function.to_bytes();
    let mut packet = [0; 16].to_vec();
    packet.extend((body.len() as u32).to_le_bytes());
    packet.extend(body);
    write(stream, &packet).await;
    let answer = read(stream).await.unwrap();
    F::Return::from_bytes(&answer[20..]).unwrap()
}

/// The client's side of a key exchange; gives the key and the first salt.
async fn exchange(stream: &mut TcpStream, server: &ServerIdentity) -> (AuthKey, i64) {
    let nonce = primitives::random();
    let enums::ResPq::Pq(answer) = ask(stream, &functions::ReqPqMulti { nonce }).await;
    assert_eq!(answer.server_public_key_fingerprints, [server.fingerprint()]);
    let server_nonce = answer.server_nonce;
    let (p, q) = (1_229_739_323_u32, 1_402_015_859_u32);
    assert_eq!((u64::from(p) * u64::from(q)).to_be_bytes().as_slice(), answer.pq);

    let new_nonce: [u8; 32] = primitives::random();
    let inner = enums::PQInnerData::Dc(types::PQInnerDataDc {
        pq: answer.pq,
        p: p.to_be_bytes().to_vec(),
        q: q.to_be_bytes().to_vec(),
        nonce,
        server_nonce,
        new_nonce,
        dc: 1,
    });
    let parameters = ask(
        stream,
        &functions::ReqDhParams {
            nonce,
            server_nonce,
            p: p.to_be_bytes().to_vec(),
            q: q.to_be_bytes().to_vec(),
            public_key_fingerprint: server.fingerprint(),
            encrypted_data: rsa_pad(&inner.to_bytes(), server),
        },
    )
    .await;
    let enums::ServerDhParams::Ok(parameters) = parameters else { panic!("no parameters") };
    let (key, iv) = temporary_key(&new_nonce, &server_nonce);
    let mut data = parameters.encrypted_answer;
    ige_decrypt(&key, &iv, &mut data);
    let mut cursor = Cursor::from_slice(&data[20..]);
    let enums::ServerDhInnerData::Data(offered) = Deserializable::deserialize(&mut cursor).unwrap();
    assert_eq!(sha1(&[&data[20..20 + cursor.pos()]]), data[..20]);

    let exponent: [u8; 256] = primitives::random();
    let inner = enums::ClientDhInnerData::Data(types::ClientDhInnerData {
        nonce,
        server_nonce,
        retry_id: 0,
        g_b: Residue::generator().power(&exponent).to_bytes().to_vec(),
    })
    .to_bytes();
    let mut encrypted_data = [sha1(&[&inner]).as_slice(), &inner].concat();
    encrypted_data.resize(encrypted_data.len().next_multiple_of(16), 0);
    ige_encrypt(&key, &iv, &mut encrypted_data);
    let shared = Residue::from_bytes(&offered.g_a).unwrap().power(&exponent).to_bytes();
    let auth_key = AuthKey::new(Zeroizing::new(shared));
    let done = ask(stream, &functions::SetClientDhParams { nonce, server_nonce, encrypted_data }).await;
    let enums::SetClientDhParamsAnswer::DhGenOk(done) = done else { panic!("no key") };
    let expected = sha1(&[&new_nonce, &[1], &auth_key.auxiliary_hash()]);
    assert_eq!(done.new_nonce_hash1, expected[4..]);
    let salt: [u8; 8] = std::array::from_fn(|place| new_nonce[place] ^ server_nonce[place]);
    (auth_key, i64::from_le_bytes(salt))
}

fn rsa_pad(data: &[u8], server: &ServerIdentity) -> Vec<u8> {
    let mut padded = data.to_vec();
    padded.resize(192, 7);
    loop {
        let key: [u8; 32] = primitives::random();
        let hash = primitives::sha256(&[&key, &padded]);
        let mut sealed: Vec<u8> = padded.iter().rev().copied().chain(hash).collect();
        ige_encrypt(&key, &[0; 32], &mut sealed);
        let mask = primitives::sha256(&[&sealed]);
        let mut block: Vec<u8> = key.iter().zip(mask).map(|(key, mask)| key ^ mask).collect();
        block.extend(sealed);
        // A block above the modulus is refused, and another key tried.
        if let Some(encrypted) = server.0.encrypt(&block) {
            return encrypted;
        }
    }
}

fn temporary_key(new_nonce: &[u8; 32], server_nonce: &[u8; 16]) -> ([u8; 32], [u8; 32]) {
    let new_server = sha1(&[new_nonce, server_nonce]);
    let server_new = sha1(&[server_nonce, new_nonce]);
    let new_new = sha1(&[new_nonce, new_nonce]);
    let key = [&new_server[..], &server_new[..12]].concat();
    let iv = [&server_new[12..], &new_new, &new_nonce[..4]].concat();
    (key.try_into().unwrap(), iv.try_into().unwrap())
}
