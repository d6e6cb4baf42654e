use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::primitives::{self, GENERATOR, PRIME, Residue, equal, sha256};
use telegram_passport::cloud::{CloudError, CurrentPassword, InputCheckPassword, PasswordKdfAlgo};
use telegram_passport::element::UnixTime;

/// For how long a challenge is good.
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How many challenges an account may have open; the oldest is dropped for another.
const OPEN_CHALLENGES: usize = 16;

/// So many wrong proofs within [`FLOOD_WINDOW`] make further ones wait.
const WRONG_PROOFS: usize = 10;

/// In seconds.
const FLOOD_WINDOW: Duration = Duration::from_secs(60);

/// A password as the server keeps it.
#[derive(Serialize, Deserialize)]
pub(in crate::state) struct Verifier {
    pub(in crate::state) salt1: Vec<u8>,
    pub(in crate::state) salt2: Vec<u8>,
    verifier: Residue,
}

impl Verifier {
    /// `None` for another group than the server's, or a verifier that is no number of it.
    pub(in crate::state) fn new(algorithm: &PasswordKdfAlgo, verifier: &[u8]) -> Option<Self> {
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
            algorithm
        else {
            return None;
        };
        let verifier = Residue::from_bytes(verifier)?;
        let sound = *g == i32::from(GENERATOR) && p[..] == PRIME && !verifier.is_degenerate();
        sound.then(|| Self { salt1: salt1.clone(), salt2: salt2.clone(), verifier })
    }

    pub(in crate::state) fn algorithm(&self) -> PasswordKdfAlgo {
        algorithm(self.salt1.clone(), self.salt2.clone())
    }
}

/// The one algorithm this server knows, with these salts.
pub(in crate::state) fn algorithm(salt1: Vec<u8>, salt2: Vec<u8>) -> PasswordKdfAlgo {
    PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
        salt1,
        salt2,
        g: GENERATOR.into(),
        p: PRIME.to_vec(),
    }
}

#[derive(Serialize, Deserialize)]
struct Challenge {
    srp_id: i64,
    /// The server's secret exponent `b`.
    #[serde(with = "crate::store::bytes")]
    exponent: [u8; 256],
    /// `B`, padded.
    #[serde(with = "crate::store::bytes")]
    public: [u8; 256],
    expires: UnixTime,
    /// Which password it was made for.
    generation: u64,
}

/// The open challenges of one account.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::state) struct Challenges {
    open: VecDeque<Challenge>,
    /// When wrong proofs came, within the window.
    wrong: VecDeque<UnixTime>,
}

impl Challenges {
    /// A new challenge: `B = (k·v + g^b) mod p`, drawn again until it fills 248 bytes.
    pub(in crate::state) fn draw(
        &mut self,
        password: &Verifier,
        generation: u64,
        now: UnixTime,
    ) -> CurrentPassword {
        let generator = primitives::padded(&[GENERATOR]).expect("one byte fits");
        let multiplier = residue_of_hash(&sha256(&[&PRIME, &generator]));
        let (exponent, public) = loop {
            let exponent: [u8; 256] = primitives::random();
            let public =
                multiplier.times(password.verifier).plus(Residue::generator().power(&exponent)).to_bytes();
            if public[..9].iter().any(|&byte| byte != 0) {
                break (exponent, public);
            }
        };
        let srp_id = primitives::random_id();
        if self.open.len() == OPEN_CHALLENGES {
            self.open.pop_front();
        }
        let expires = now + CHALLENGE_LIFETIME;
        self.open.push_back(Challenge { srp_id, exponent, public, expires, generation });
        CurrentPassword { algorithm: password.algorithm(), srp_b: public.to_vec(), srp_id }
    }

    /// Checks a proof, and uses its challenge up whatever comes out.
    pub(in crate::state) fn check(
        &mut self,
        password: &Verifier,
        generation: u64,
        proof: &InputCheckPassword,
        now: UnixTime,
    ) -> Result<(), CloudError> {
        while self.wrong.front().is_some_and(|&first| now >= first + FLOOD_WINDOW) {
            self.wrong.pop_front();
        }
        if let (Some(&first), WRONG_PROOFS..) = (self.wrong.front(), self.wrong.len()) {
            return Err(CloudError::FloodWait(now.duration_until(first + FLOOD_WINDOW)));
        }
        let InputCheckPassword::Srp { srp_id, a, m1 } = proof else {
            return Err(self.refuse(now));
        };
        let place = self.open.iter().position(|challenge| challenge.srp_id == *srp_id);
        let challenge = place.and_then(|place| self.open.remove(place)).ok_or(CloudError::SrpIdInvalid)?;
        if now >= challenge.expires {
            return Err(CloudError::SrpIdInvalid);
        }
        if challenge.generation != generation {
            return Err(CloudError::SrpPasswordChanged);
        }
        match expected_proof(password, &challenge, a) {
            Some(expected) if equal(&expected, m1) => Ok(()),
            _ => Err(self.refuse(now)),
        }
    }

    fn refuse(&mut self, now: UnixTime) -> CloudError {
        self.wrong.push_back(now);
        CloudError::PasswordHashInvalid
    }
}

/// `M1 = H( (H(p) xor H(g)) | H(salt1) | H(salt2) | A | B | H(S) )` with `S = (A·v^u)^b mod p`.
///
/// `None` if A is outside 2..p−1: with 0 or ±1 anybody could name S.
fn expected_proof(password: &Verifier, challenge: &Challenge, client_public: &[u8]) -> Option<[u8; 32]> {
    let number = Residue::from_bytes(client_public)?;
    if number.is_degenerate() {
        return None;
    }
    let a = number.to_bytes();
    let b = challenge.public;
    let scrambler = sha256(&[&a, &b]);
    let shared = number.times(password.verifier.power(&scrambler)).power(&challenge.exponent);
    let key = sha256(&[&shared.to_bytes()]);
    let generator = primitives::padded(&[GENERATOR])?;
    let mut group = sha256(&[&PRIME]);
    for (byte, other) in group.iter_mut().zip(sha256(&[&generator])) {
        *byte ^= other;
    }
    Some(sha256(&[&group, &sha256(&[&password.salt1]), &sha256(&[&password.salt2]), &a, &b, &key]))
}

fn residue_of_hash(hash: &[u8; 32]) -> Residue {
    Residue::from_bytes(hash).expect("256 bits are below a prime of 2048")
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha512};

    use super::*;
    use crate::primitives::hex;

    /// `x` for the password `correct horse` and the salts below, docs/protocol.md §12.1.
    const X: [u8; 32] = [
        0x37, 0x48, 0xae, 0xe9, 0x1c, 0xd0, 0xb9, 0x73, 0x97, 0x62, 0xf7, 0xa6, 0xb6, 0x84, 0x59, 0x0c, 0x95,
        0x83, 0x50, 0x5c, 0xa1, 0x36, 0x10, 0x8d, 0x12, 0x12, 0x05, 0x3b, 0x53, 0x1a, 0xbd, 0x87,
    ];

    fn repeated(seed: &str) -> [u8; 256] {
        let mut all = [0; 256];
        for chunk in all.chunks_mut(64) {
            chunk.copy_from_slice(&Sha512::digest(seed));
        }
        all
    }

    const NOW: UnixTime = UnixTime::from_seconds(100);

    fn password() -> Verifier {
        let algorithm = algorithm((0x10..=0x37).collect(), (0x80..=0x8f).collect());
        let verifier = Residue::generator().power(&X).to_bytes();
        Verifier::new(&algorithm, &verifier).expect("a sound verifier")
    }

    #[test]
    fn computes_the_vector() {
        let password = password();
        assert_eq!(
            hex(&sha256(&[&password.verifier.to_bytes()])),
            "e49929faff5786a856ce600d489134428540a25894ddc4a90215c05d1fd584ca"
        );
        let exponent = repeated("b-seed");
        let generator = primitives::padded(&[GENERATOR]).expect("fits");
        let multiplier = residue_of_hash(&sha256(&[&PRIME, &generator]));
        let public =
            multiplier.times(password.verifier).plus(Residue::generator().power(&exponent)).to_bytes();
        assert_eq!(
            hex(&sha256(&[&public])),
            "27b568bf6d1e64815ef652aff86c1adf9dbf445a1304c788af5732fca8a5775b"
        );
        let a = Residue::generator().power(&repeated("a-seed")).to_bytes();
        assert_eq!(hex(&sha256(&[&a])), "fdafc9f2c8c7b84a9419d25cf3d9a14bcdbf3e503bb7cfe5800a688420820b9f");
        let challenge = Challenge { srp_id: 1, exponent, public, expires: NOW, generation: 0 };
        assert_eq!(
            hex(&expected_proof(&password, &challenge, &a).expect("a sound A")),
            "0ec08af36b100acc9927271511de36b0498e5ba922ea84785cbf0a8c457db269"
        );
    }

    #[test]
    fn a_public_value_that_names_the_key_is_refused() {
        let password = password();
        let challenge =
            Challenge { srp_id: 1, exponent: [7; 256], public: [9; 256], expires: NOW, generation: 0 };
        let mut last = PRIME;
        last[255] -= 1;
        for bad in [&[][..], &[0; 256], &[1], &PRIME, &last, &[0xff; 256], &[2; 257]] {
            assert!(expected_proof(&password, &challenge, bad).is_none());
        }
    }

    /// A client's side, from the same formulas as `expected_proof` but with x.
    fn prove(current: &CurrentPassword, password: &Verifier, x: &[u8; 32]) -> InputCheckPassword {
        let (a_exponent, b) = (repeated("a-seed"), current.srp_b.clone());
        let a = Residue::generator().power(&a_exponent).to_bytes();
        let generator = primitives::padded(&[GENERATOR]).expect("fits");
        let multiplier = residue_of_hash(&sha256(&[&PRIME, &generator]));
        let masked = multiplier.times(Residue::generator().power(x));
        // B − k·v as B + (p−1)·k·v
        let mut minus_one = PRIME;
        minus_one[255] -= 1;
        let minus_one = Residue::from_bytes(&minus_one).expect("below p");
        let base = Residue::from_bytes(&b).expect("below p").plus(minus_one.times(masked));
        let u = sha256(&[&a, &b]);
        let shared = base.power(&a_exponent).times(base.power(x).power(&u));
        let mut group = sha256(&[&PRIME]);
        for (byte, other) in group.iter_mut().zip(sha256(&[&generator])) {
            *byte ^= other;
        }
        let key = sha256(&[&shared.to_bytes()]);
        let m1 = sha256(&[&group, &sha256(&[&password.salt1]), &sha256(&[&password.salt2]), &a, &b, &key]);
        InputCheckPassword::Srp { srp_id: current.srp_id, a: a.to_vec(), m1: m1.to_vec() }
    }

    #[test]
    fn a_challenge_is_good_for_one_proof_right_or_wrong() {
        let password = password();
        let mut challenges = Challenges::default();
        let first = challenges.draw(&password, 0, NOW);
        let right = prove(&first, &password, &X);
        challenges.check(&password, 0, &right, NOW).expect("the right password");
        assert!(matches!(challenges.check(&password, 0, &right, NOW), Err(CloudError::SrpIdInvalid)));

        let second = challenges.draw(&password, 0, NOW);
        assert_ne!((first.srp_id, first.srp_b), (second.srp_id, second.srp_b.clone()));
        let wrong = prove(&second, &password, &[5; 32]);
        assert!(matches!(challenges.check(&password, 0, &wrong, NOW), Err(CloudError::PasswordHashInvalid)));
        let right = prove(&second, &password, &X);
        assert!(matches!(challenges.check(&password, 0, &right, NOW), Err(CloudError::SrpIdInvalid)));
    }

    #[test]
    fn a_challenge_expires_and_dies_with_its_password() {
        let password = password();
        let mut challenges = Challenges::default();
        let late = prove(&challenges.draw(&password, 0, NOW), &password, &X);
        let outcome = challenges.check(&password, 0, &late, NOW + CHALLENGE_LIFETIME);
        assert!(matches!(outcome, Err(CloudError::SrpIdInvalid)));
        let stale = prove(&challenges.draw(&password, 0, NOW), &password, &X);
        assert!(matches!(challenges.check(&password, 1, &stale, NOW), Err(CloudError::SrpPasswordChanged)));
    }

    #[test]
    fn guessing_is_slowed_down() {
        let password = password();
        let mut challenges = Challenges::default();
        for _ in 0..WRONG_PROOFS {
            let outcome = challenges.check(&password, 0, &InputCheckPassword::Empty, NOW);
            assert!(matches!(outcome, Err(CloudError::PasswordHashInvalid)));
        }
        let later = NOW + Duration::from_secs(10);
        let right = prove(&challenges.draw(&password, 0, later), &password, &X);
        let outcome = challenges.check(&password, 0, &right, later);
        assert!(matches!(outcome, Err(CloudError::FloodWait(wait)) if wait.as_secs() == 50));
        challenges
            .check(&password, 0, &right, NOW + FLOOD_WINDOW)
            .expect("the window is over, the challenge still open");
    }

    #[test]
    fn other_groups_and_empty_verifiers_are_no_passwords() {
        let good = Residue::generator().power(&X).to_bytes();
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
            algorithm(vec![1; 40], vec![2; 16])
        else {
            panic!("the one algorithm");
        };
        let with = |g, p| PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
            salt1: salt1.clone(),
            salt2: salt2.clone(),
            g,
            p,
        };
        assert!(Verifier::new(&with(g, p.clone()), &good).is_some());
        assert!(Verifier::new(&with(7, p.clone()), &good).is_none());
        assert!(Verifier::new(&with(g, vec![9; 256]), &good).is_none());
        assert!(Verifier::new(&with(g, p.clone()), &[1]).is_none());
        assert!(Verifier::new(&with(g, p.clone()), &PRIME).is_none());
        assert!(Verifier::new(&PasswordKdfAlgo::Unknown, &good).is_none());
    }
}
