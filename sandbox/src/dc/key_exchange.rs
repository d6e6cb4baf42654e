//! The key exchange: Diffie–Hellman in Telegram's group, opened with the server's RSA key.
//!
//! Nothing is tied to a connection: a client may ask on one and go on upon another, or ask twice and never go on.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use grammers_tl_types as tl;
use tl::{Cursor, Deserializable, Identifiable as _, Serializable as _};
use zeroize::Zeroizing;

use super::faults::{Degenerate, Faults};
use super::keys::{AuthKey, Lifetime, NewKey};
use crate::primitives::mtproto::{ServerKey, ige_decrypt, ige_encrypt, public_parts_of, sha1};
use crate::primitives::{self, GENERATOR, PRIME, Residue};

/// The two primes whose product a client must factor: proof of a little work. They never change.
const P: u32 = 1_229_739_323;
const Q: u32 = 1_402_015_859;

/// How many exchanges may be under way at once; the oldest is forgotten first.
const UNDER_WAY: usize = 1024;

/// The exchanges under way with one data centre.
#[derive(Debug)]
pub(super) struct KeyExchange {
    server_key: std::sync::Arc<ServerKey>,
    fingerprint: i64,
    under_way: Mutex<VecDeque<Exchange>>,
}

#[derive(Clone)]
struct Exchange {
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    answered: Option<Answered>,
}

/// What is settled once the client has shown its `new_nonce`.
#[derive(Clone)]
struct Answered {
    new_nonce: Zeroizing<[u8; 32]>,
    exponent: Zeroizing<[u8; 256]>,
    lifetime: Lifetime,
    /// What names the key that the client is to make another one for; 0 at first.
    retry_id: i64,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

impl KeyExchange {
    /// Exchanges under this server key.
    pub(super) fn new(server_key: std::sync::Arc<ServerKey>) -> Self {
        let fingerprint = fingerprint(&server_key);
        Self { server_key, fingerprint, under_way: Mutex::default() }
    }

    /// Answers one unencrypted message; `None` if it is no step of an exchange, or one that fails its checks.
    ///
    /// `now` is in Unix seconds. The last step gives the new key too.
    pub(super) fn answer(&self, body: &[u8], now: i64, faults: &Faults) -> Option<(Vec<u8>, Option<NewKey>)> {
        let id = u32::from_le_bytes(body.get(..4)?.try_into().ok()?);
        // A client pads with random bytes behind the object, so what follows it is not looked at.
        let rest = &body[4..];
        match id {
            tl::functions::ReqPqMulti::CONSTRUCTOR_ID => {
                Some((self.begin(tl::functions::ReqPqMulti::from_bytes(rest).ok()?.nonce), None))
            }
            tl::functions::ReqPq::CONSTRUCTOR_ID => {
                Some((self.begin(tl::functions::ReqPq::from_bytes(rest).ok()?.nonce), None))
            }
            tl::functions::ReqDhParams::CONSTRUCTOR_ID => {
                let request = tl::functions::ReqDhParams::from_bytes(rest).ok()?;
                self.parameters(&request, now, faults).map(|answer| (answer, None))
            }
            tl::functions::SetClientDhParams::CONSTRUCTOR_ID => {
                let request = tl::functions::SetClientDhParams::from_bytes(rest).ok()?;
                self.finish(&request, faults)
            }
            _ => None,
        }
    }

    fn begin(&self, nonce: [u8; 16]) -> Vec<u8> {
        let server_nonce = primitives::random();
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.len() == UNDER_WAY {
            under_way.pop_front();
        }
        under_way.push_back(Exchange { nonce, server_nonce, answered: None });
        tl::enums::ResPq::Pq(tl::types::ResPq {
            nonce,
            server_nonce,
            pq: (u64::from(P) * u64::from(Q)).to_be_bytes().to_vec(),
            server_public_key_fingerprints: vec![self.fingerprint],
        })
        .to_bytes()
    }

    fn parameters(&self, request: &tl::functions::ReqDhParams, now: i64, faults: &Faults) -> Option<Vec<u8>> {
        let (nonce, server_nonce) = (request.nonce, request.server_nonce);
        if request.public_key_fingerprint != self.fingerprint
            || request.p != P.to_be_bytes()
            || request.q != Q.to_be_bytes()
        {
            return None;
        }
        let (new_nonce, lifetime) = self.open_inner(request, now)?;
        let exponent = Zeroizing::new(primitives::random::<256>());
        let answered =
            Answered { new_nonce: new_nonce.clone(), exponent: exponent.clone(), lifetime, retry_id: 0 };
        self.update(nonce, server_nonce, answered)?;

        let inner = tl::enums::ServerDhInnerData::Data(tl::types::ServerDhInnerData {
            nonce,
            server_nonce,
            g: i32::from(GENERATOR),
            dh_prime: PRIME.to_vec(),
            g_a: match faults.degenerate() {
                None => Residue::generator().power(exponent.as_slice()).to_bytes().to_vec(),
                Some(Degenerate::Zero) => vec![0],
                Some(Degenerate::One) => vec![1],
                // Odd, so that no byte borrows from the one before.
                Some(Degenerate::MinusOne) => PRIME[..255].iter().copied().chain([PRIME[255] - 1]).collect(),
            },
            server_time: faults.server_time().or(i32::try_from(now).ok()).unwrap_or(i32::MAX),
        })
        .to_bytes();
        let (key, iv) = temporary_key(&new_nonce, &server_nonce);
        let mut answer = sha1(&[&inner]).to_vec();
        answer.extend(inner);
        let padding: [u8; 16] = primitives::random();
        answer.extend(&padding[..(16 - answer.len() % 16) % 16]);
        ige_encrypt(&key, &iv, &mut answer);
        Some(
            tl::enums::ServerDhParams::Ok(tl::types::ServerDhParamsOk {
                nonce,
                server_nonce,
                encrypted_answer: answer,
            })
            .to_bytes(),
        )
    }

    /// Opens `encrypted_data`: by RSA_PAD or, from older clients, SHA-1 and padding.
    fn open_inner(
        &self,
        request: &tl::functions::ReqDhParams,
        now: i64,
    ) -> Option<(Zeroizing<[u8; 32]>, Lifetime)> {
        let block = Zeroizing::new(self.server_key.decrypt(&request.encrypted_data)?);
        let data = open_rsa_pad(&block).or_else(|| open_hashed(&block))?;
        let permanent = |nonce: [u8; 16], server_nonce: [u8; 16], new_nonce: [u8; 32]| {
            (nonce, server_nonce, new_nonce, Lifetime::Permanent)
        };
        let temporary = |nonce: [u8; 16], server_nonce: [u8; 16], new_nonce: [u8; 32], expires_in: i32| {
            (nonce, server_nonce, new_nonce, Lifetime::Temporary { expires_at: now + i64::from(expires_in) })
        };
        use tl::enums::PQInnerData as Inner;
        let (nonce, server_nonce, new_nonce, lifetime) = match Inner::from_bytes(&data).ok()? {
            Inner::Data(inner) => permanent(inner.nonce, inner.server_nonce, inner.new_nonce),
            Inner::Dc(inner) => permanent(inner.nonce, inner.server_nonce, inner.new_nonce),
            Inner::Temp(inner) => {
                temporary(inner.nonce, inner.server_nonce, inner.new_nonce, inner.expires_in)
            }
            Inner::TempDc(inner) => {
                temporary(inner.nonce, inner.server_nonce, inner.new_nonce, inner.expires_in)
            }
        };
        (nonce == request.nonce && server_nonce == request.server_nonce)
            .then(|| (Zeroizing::new(new_nonce), lifetime))
    }

    fn finish(
        &self,
        request: &tl::functions::SetClientDhParams,
        faults: &Faults,
    ) -> Option<(Vec<u8>, Option<NewKey>)> {
        let (nonce, server_nonce) = (request.nonce, request.server_nonce);
        let answered = self.take(nonce, server_nonce)?;
        let Answered { new_nonce, exponent, lifetime, retry_id } = answered.clone();
        let (key, iv) = temporary_key(&new_nonce, &server_nonce);
        let mut data = request.encrypted_data.clone();
        if data.len() < 32 || !data.len().is_multiple_of(16) {
            return None;
        }
        ige_decrypt(&key, &iv, &mut data);
        let mut cursor = Cursor::from_slice(&data[20..]);
        let tl::enums::ClientDhInnerData::Data(inner) = Deserializable::deserialize(&mut cursor).ok()?;
        let length = cursor.pos();
        if sha1(&[&data[20..20 + length]]) != data[..20]
            || inner.nonce != nonce
            || inner.server_nonce != server_nonce
            || inner.retry_id != retry_id
        {
            return None;
        }
        let public = Residue::from_bytes(&inner.g_b).filter(|public| !public.is_degenerate())?;
        let auth_key = AuthKey::new(Zeroizing::new(public.power(exponent.as_slice()).to_bytes()));
        let hash = |outcome: u8| {
            let hash = sha1(&[new_nonce.as_slice(), &[outcome], &auth_key.auxiliary_hash()]);
            std::array::from_fn(|place| hash[4 + place])
        };
        if faults.retries_exchange() {
            let retry_id = i64::from_le_bytes(auth_key.auxiliary_hash());
            let again = Exchange { nonce, server_nonce, answered: Some(Answered { retry_id, ..answered }) };
            self.under_way.lock().unwrap_or_else(PoisonError::into_inner).push_back(again);
            let retry = tl::types::DhGenRetry { nonce, server_nonce, new_nonce_hash2: hash(2) };
            return Some((tl::enums::SetClientDhParamsAnswer::DhGenRetry(retry).to_bytes(), None));
        }
        let salt: [u8; 8] = std::array::from_fn(|i| new_nonce[i] ^ server_nonce[i]);
        let answer = tl::enums::SetClientDhParamsAnswer::DhGenOk(tl::types::DhGenOk {
            nonce,
            server_nonce,
            new_nonce_hash1: hash(1),
        });
        Some((answer.to_bytes(), Some(NewKey { key: auth_key, lifetime, salt: i64::from_le_bytes(salt) })))
    }

    fn update(&self, nonce: [u8; 16], server_nonce: [u8; 16], answered: Answered) -> Option<()> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let exchange = under_way
            .iter_mut()
            .find(|exchange| exchange.nonce == nonce && exchange.server_nonce == server_nonce)?;
        exchange.answered = Some(answered);
        Some(())
    }

    fn take(&self, nonce: [u8; 16], server_nonce: [u8; 16]) -> Option<Answered> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let place = under_way
            .iter()
            .position(|exchange| exchange.nonce == nonce && exchange.server_nonce == server_nonce)?;
        under_way.remove(place)?.answered
    }
}

/// The lower 64 bits of SHA-1 over the bare `rsa_public_key`: modulus and exponent as TL bytes.
pub(super) fn fingerprint(key: &ServerKey) -> i64 {
    fingerprint_of_parts(key.public_parts())
}

/// The fingerprint of a public key in PEM; `None` if that is no RSA key of 2048 bits.
pub(crate) fn fingerprint_of(public_pem: &str) -> Option<i64> {
    public_parts_of(public_pem).map(fingerprint_of_parts)
}

fn fingerprint_of_parts((modulus, exponent): (Vec<u8>, Vec<u8>)) -> i64 {
    let hash = sha1(&[&modulus.to_bytes(), &exponent.to_bytes()]);
    let mut low = [0; 8];
    low.copy_from_slice(&hash[12..]);
    i64::from_le_bytes(low)
}

/// `RSA_PAD`: a key masked by the hash of what it encrypts, the data reversed, its hash behind it.
fn open_rsa_pad(block: &[u8; 256]) -> Option<Zeroizing<Vec<u8>>> {
    let hash = primitives::sha256(&[&block[32..]]);
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(std::array::from_fn(|i| block[i] ^ hash[i]));
    let mut padded = Zeroizing::new(block[32..].to_vec());
    ige_decrypt(&key, &[0; 32], &mut padded);
    let stated = padded.split_off(192);
    padded.reverse();
    primitives::equal(&primitives::sha256(&[key.as_slice(), &padded]), &stated).then_some(padded)
}

/// The older form: a zero byte, the data's SHA-1, the data, padding.
fn open_hashed(block: &[u8; 256]) -> Option<Zeroizing<Vec<u8>>> {
    let mut cursor = Cursor::from_slice(&block[21..]);
    tl::enums::PQInnerData::deserialize(&mut cursor).ok()?;
    let data = &block[21..21 + cursor.pos()];
    (block[0] == 0 && primitives::equal(&sha1(&[data]), &block[1..21])).then(|| Zeroizing::new(data.to_vec()))
}

/// `tmp_aes_key` and `tmp_aes_iv`, from both sides' nonces.
fn temporary_key(
    new_nonce: &[u8; 32],
    server_nonce: &[u8; 16],
) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
    let new_server = sha1(&[new_nonce, server_nonce]);
    let server_new = sha1(&[server_nonce, new_nonce]);
    let new_new = sha1(&[new_nonce, new_nonce]);
    let mut key = Zeroizing::new([0; 32]);
    key[..20].copy_from_slice(&new_server);
    key[20..].copy_from_slice(&server_new[..12]);
    let mut iv = Zeroizing::new([0; 32]);
    iv[..8].copy_from_slice(&server_new[12..]);
    iv[8..28].copy_from_slice(&new_new);
    iv[28..].copy_from_slice(&new_nonce[..4]);
    (key, iv)
}
