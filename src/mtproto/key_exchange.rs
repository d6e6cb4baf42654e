//! The client's side of the key exchange: Diffie–Hellman in Telegram's group, opened with the server's RSA key.

use std::time::Duration;

use grammers_tl_types as tl;
use tl::{Cursor, Deserializable, RemoteCall, Serializable as _, enums, functions, types};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::clock::{number_of_now, offset, unix_time};
use super::envelope::AuthKey;
use super::factor::factor;
use super::network::ServerKey;
use super::primitives::{equal, ige_decrypt, ige_encrypt, random, sha1, sha256};
use super::transport::{Reader, Writer, refusal};
use super::{ChannelError, KeyExchangeError};
use crate::vault::Group;

/// How often another number may be wanted of us (`dh_gen_retry`) in one exchange.
const MOST_RETRIES: usize = 3;

/// What an exchange gives.
pub(super) struct Agreed {
    pub(super) key: AuthKey,
    /// The first salt.
    pub(super) salt: i64,
    /// By how many seconds the server's clock is ahead.
    pub(super) time_offset: i64,
}

/// Agrees on a key with a data centre, which must know the private half of `server`.
///
/// Every step has its own time, `time_out`; the whole has at most six, and what cryptography takes.
pub(super) async fn exchange(
    reader: &mut Reader,
    writer: &mut Writer,
    server: &ServerKey,
    dc_id: i32,
    time_out: Duration,
) -> Result<Agreed, ChannelError> {
    let mut line = Line { reader, writer, time_out };
    let nonce: [u8; 16] = random();
    let enums::ResPq::Pq(challenge) = line.ask("req_pq_multi", &functions::ReqPqMulti { nonce }).await?;
    if challenge.nonce != nonce {
        return Err(KeyExchangeError::Nonce { step: "req_pq_multi" }.into());
    }
    if !challenge.server_public_key_fingerprints.contains(&server.fingerprint) {
        return Err(KeyExchangeError::UnknownServer.into());
    }
    let server_nonce = challenge.server_nonce;
    let (p, q) = solve(&challenge.pq).await?;

    let new_nonce: Zeroizing<[u8; 32]> = Zeroizing::new(random());
    let inner = enums::PQInnerData::Dc(types::PQInnerDataDc {
        pq: challenge.pq,
        p: p.clone(),
        q: q.clone(),
        nonce,
        server_nonce,
        new_nonce: *new_nonce,
        dc: dc_id,
    });
    let encrypted_data = rsa_pad(&Zeroizing::new(inner.to_bytes()), server)?;
    let request = functions::ReqDhParams {
        nonce,
        server_nonce,
        p,
        q,
        public_key_fingerprint: server.fingerprint,
        encrypted_data,
    };
    let offered = match line.ask("req_DH_params", &request).await? {
        enums::ServerDhParams::Ok(offered) => offered,
        enums::ServerDhParams::Fail(_) => {
            return Err(KeyExchangeError::Refused { step: "req_DH_params" }.into());
        }
    };
    if offered.nonce != nonce || offered.server_nonce != server_nonce {
        return Err(KeyExchangeError::Nonce { step: "req_DH_params" }.into());
    }
    let secrets = Secrets { nonce, server_nonce, new_nonce };
    let opened = spawn_blocking(move || secrets.open(offered.encrypted_answer)).await;
    let mut offer = opened.map_err(|_| ChannelError::Hostile("parameters of a key exchange"))??;
    let time_offset = offset(offer.server_time.into(), unix_time()).ok_or(KeyExchangeError::ServerTime)?;

    let step = "set_client_DH_params";
    let mut retry_id = 0;
    for _ in 0..=MOST_RETRIES {
        let made = spawn_blocking(move || {
            let made = offer.answer(retry_id);
            (offer, made)
        });
        let (back, Ours { key, encrypted_data }) =
            made.await.map_err(|_| ChannelError::Hostile("parameters of a key exchange"))?;
        offer = back;
        let request = functions::SetClientDhParams { nonce, server_nonce, encrypted_data };
        let answer = line.ask(step, &request).await?;
        let (outcome, nonces, told) = match &answer {
            enums::SetClientDhParamsAnswer::DhGenOk(ok) => {
                (1, (ok.nonce, ok.server_nonce), ok.new_nonce_hash1)
            }
            enums::SetClientDhParamsAnswer::DhGenRetry(retry) => {
                (2, (retry.nonce, retry.server_nonce), retry.new_nonce_hash2)
            }
            enums::SetClientDhParamsAnswer::DhGenFail(fail) => {
                (3, (fail.nonce, fail.server_nonce), fail.new_nonce_hash3)
            }
        };
        if nonces != (nonce, server_nonce) {
            return Err(KeyExchangeError::Nonce { step }.into());
        }
        let expected = sha1(&[&offer.secrets.new_nonce[..], &[outcome], &key.auxiliary_hash()]);
        if !equal(&expected[4..], &told) {
            return Err(KeyExchangeError::NewNonceHash.into());
        }
        match answer {
            enums::SetClientDhParamsAnswer::DhGenOk(_) => {
                let new_nonce = &offer.secrets.new_nonce;
                let salt: [u8; 8] = std::array::from_fn(|place| new_nonce[place] ^ server_nonce[place]);
                return Ok(Agreed { key, salt: i64::from_le_bytes(salt), time_offset });
            }
            // The server has this key already: another number is drawn, which the refused one names.
            enums::SetClientDhParamsAnswer::DhGenRetry(_) => {
                retry_id = i64::from_le_bytes(key.auxiliary_hash());
            }
            enums::SetClientDhParamsAnswer::DhGenFail(_) => break,
        }
    }
    Err(KeyExchangeError::Refused { step }.into())
}

/// The factors of `pq`, as the protocol writes them.
async fn solve(pq: &[u8]) -> Result<(Vec<u8>, Vec<u8>), ChannelError> {
    let mut wide = [0; 8];
    let place = 8_usize.checked_sub(pq.len()).ok_or(KeyExchangeError::Challenge)?;
    wide[place..].copy_from_slice(pq);
    let number = u64::from_be_bytes(wide);
    let factors = spawn_blocking(move || factor(number)).await.ok().flatten();
    let (p, q) = factors.ok_or(KeyExchangeError::Challenge)?;
    let bare = |number: u32| {
        let zeros = number.leading_zeros() as usize / 8;
        number.to_be_bytes()[zeros..].to_vec()
    };
    Ok((bare(p), bare(q)))
}

/// What both sides know and nobody else.
struct Secrets {
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    new_nonce: Zeroizing<[u8; 32]>,
}

/// The server's half of the exchange, checked.
struct Offer {
    secrets: Secrets,
    group: Group,
    public: [u8; 256],
    server_time: i32,
}

/// Our half of the exchange.
struct Ours {
    key: AuthKey,
    encrypted_data: Vec<u8>,
}

impl Secrets {
    /// Checks the server's half. Slow for a prime not seen before.
    fn open(self, mut data: Vec<u8>) -> Result<Offer, KeyExchangeError> {
        let malformed = KeyExchangeError::Malformed { step: "req_DH_params" };
        if data.len() < 32 || !data.len().is_multiple_of(16) {
            return Err(malformed);
        }
        let (aes_key, iv) = self.temporary_key();
        ige_decrypt(&aes_key, &iv, &mut data);
        let mut cursor = Cursor::from_slice(&data[20..]);
        // Not from who has the server's key, if it does not even read.
        let read = enums::ServerDhInnerData::deserialize(&mut cursor);
        let enums::ServerDhInnerData::Data(offered) = read.map_err(|_| KeyExchangeError::AnswerHash)?;
        let end = 20 + cursor.pos();
        if data.len() - end > 15 || !equal(&sha1(&[&data[20..end]]), &data[..20]) {
            return Err(KeyExchangeError::AnswerHash);
        }
        if offered.nonce != self.nonce || offered.server_nonce != self.server_nonce {
            return Err(KeyExchangeError::Nonce { step: "req_DH_params" });
        }
        let group = Group::new(offered.g, &offered.dh_prime).map_err(KeyExchangeError::Group)?;
        let mut public = [0; 256];
        let place = 256_usize.checked_sub(offered.g_a.len()).ok_or(KeyExchangeError::PublicValue)?;
        public[place..].copy_from_slice(&offered.g_a);
        if !group.is_good(&public) {
            return Err(KeyExchangeError::PublicValue);
        }
        Ok(Offer { secrets: self, group, public, server_time: offered.server_time })
    }

    /// `tmp_aes_key` and `tmp_aes_iv`.
    fn temporary_key(&self) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
        let new_server = sha1(&[&self.new_nonce[..], &self.server_nonce]);
        let server_new = sha1(&[&self.server_nonce, &self.new_nonce[..]]);
        let new_new = sha1(&[&self.new_nonce[..], &self.new_nonce[..]]);
        let mut key = Zeroizing::new([0; 32]);
        key[..20].copy_from_slice(&new_server);
        key[20..].copy_from_slice(&server_new[..12]);
        let mut iv = Zeroizing::new([0; 32]);
        iv[..8].copy_from_slice(&server_new[12..]);
        iv[8..28].copy_from_slice(&new_new);
        iv[28..].copy_from_slice(&self.new_nonce[..4]);
        (key, iv)
    }
}

impl Offer {
    /// Makes our half, from a number of its own each time. `retry_id` names the key that was refused, 0 at first.
    fn answer(&self, retry_id: i64) -> Ours {
        let Self { secrets, group, public, .. } = self;
        let (exponent, g_b) = loop {
            let exponent: Zeroizing<[u8; 256]> = Zeroizing::new(random());
            let g_b = group.power(&exponent);
            if group.is_good(&g_b) {
                break (exponent, g_b);
            }
        };
        let key = AuthKey::new(group.power_of(public, &exponent));
        let inner = enums::ClientDhInnerData::Data(types::ClientDhInnerData {
            nonce: secrets.nonce,
            server_nonce: secrets.server_nonce,
            retry_id,
            g_b: g_b.to_vec(),
        })
        .to_bytes();
        let mut encrypted_data = [sha1(&[&inner]).as_slice(), &inner].concat();
        let padding: [u8; 16] = random();
        let missing = encrypted_data.len().next_multiple_of(16) - encrypted_data.len();
        encrypted_data.extend(&padding[..missing]);
        let (aes_key, iv) = secrets.temporary_key();
        ige_encrypt(&aes_key, &iv, &mut encrypted_data);
        Ours { key, encrypted_data }
    }
}

/// `RSA_PAD`: a key masked by the hash of what it encrypts, the data reversed, its hash behind it.
fn rsa_pad(data: &[u8], server: &ServerKey) -> Result<Vec<u8>, KeyExchangeError> {
    // What does not fit was padded by the server: `pq` is its own.
    let missing = 192_usize.checked_sub(data.len()).filter(|_| data.len() <= 144);
    let missing = missing.ok_or(KeyExchangeError::Challenge)?;
    let padding: [u8; 192] = random();
    let padded = Zeroizing::new([data, &padding[..missing]].concat());
    loop {
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(random());
        let hash = sha256(&[&key[..], &padded]);
        let mut sealed: Zeroizing<Vec<u8>> =
            Zeroizing::new(padded.iter().rev().copied().chain(hash).collect());
        ige_encrypt(&key, &[0; 32], &mut sealed);
        let mask = sha256(&[&sealed]);
        let mut block = Zeroizing::new([0; 256]);
        for (place, byte) in block[..32].iter_mut().enumerate() {
            *byte = key[place] ^ mask[place];
        }
        block[32..].copy_from_slice(&sealed);
        // A block above the modulus is drawn anew.
        if let Some(encrypted) = server.rsa.encrypt(&block) {
            return Ok(encrypted);
        }
    }
}

/// Unencrypted questions and answers.
struct Line<'a> {
    reader: &'a mut Reader,
    writer: &'a mut Writer,
    time_out: Duration,
}

impl Line<'_> {
    async fn ask<F: RemoteCall>(
        &mut self,
        step: &'static str,
        function: &F,
    ) -> Result<F::Return, ChannelError> {
        let body = function.to_bytes();
        let length = u32::try_from(body.len()).expect("steps are short");
        let mut packet = vec![0; 8];
        packet.extend((number_of_now() & !3).to_le_bytes());
        packet.extend(length.to_le_bytes());
        packet.extend(body);
        let exchanged = async {
            self.writer.send(&packet).await.map_err(ChannelError::Connection)?;
            self.reader.next().await
        };
        let answer = timeout(self.time_out, exchanged).await.map_err(|_| ChannelError::TimedOut)??;
        if let Some(code) = refusal(&answer) {
            return Err(ChannelError::Refused { code });
        }
        let malformed = KeyExchangeError::Malformed { step };
        let length = answer.get(16..20).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let length = length.and_then(|length| usize::try_from(length).ok()).ok_or(malformed)?;
        if answer.get(..8) != Some([0; 8].as_slice()) || answer.len() - 20 != length {
            return Err(malformed.into());
        }
        let body = &answer[20..];
        F::Return::from_bytes(body).map_err(|_| malformed.into())
    }
}
