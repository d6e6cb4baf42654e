use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::group::Group;
use super::kdf::{ITERATIONS, WrappedSecret, extend_salt};
use super::password::Password;
use super::primitives::{self, Big, widen};
use super::srp_error::SrpError;
use super::vault::{Vault, VaultError};

/// Shortest `srp_B` in bytes that a server sends; TDLib's bound.
const SHORTEST_B: usize = 248;

/// How a password becomes an SRP verifier:
/// `passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordAlgorithm {
    /// The server's bytes, and 32 of the client that set the password.
    pub salt1: Vec<u8>,
    /// The server's alone.
    pub salt2: Vec<u8>,
    /// The generator, 2..=7.
    pub g: i32,
    /// The safe prime, 2048 bits, big endian.
    pub p: Vec<u8>,
}

/// What `account.password` says about the current password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrpChallenge {
    /// `current_algo`
    pub algorithm: PasswordAlgorithm,
    /// `srp_B`
    pub srp_b: Vec<u8>,
    /// `srp_id`; good for one proof, right or wrong.
    pub srp_id: i64,
}

/// A proof of the password: `inputCheckPasswordSRP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrpProof {
    /// `srp_id`
    pub srp_id: i64,
    /// `A`, 256 bytes.
    pub a: Vec<u8>,
    /// `M1`, 32 bytes.
    pub m1: Vec<u8>,
}

/// What the server keeps of a new password; as good as the password for whoever wants to guess it.
#[derive(Clone)]
pub struct NewPasswordVerifier {
    /// `new_algo`: the server's, with `salt1` extended by 32 random bytes.
    pub algorithm: PasswordAlgorithm,
    /// `new_password_hash`: `g^x mod p`, 256 bytes.
    pub verifier: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for NewPasswordVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPasswordVerifier").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// A new password and the passport secret wrapped under it, for *one* `account.updatePasswordSettings`.
///
/// In two calls, whatever fails in between leaves a secret that no password opens.
#[derive(Clone, Debug)]
pub struct NewPasswordSettings {
    /// `new_algo` and `new_password_hash`
    pub password: NewPasswordVerifier,
    /// `new_secure_settings`
    pub secret: WrappedSecret,
}

/// Why the settings of a new password were not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NewPasswordError {
    /// The vault is locked.
    #[error(transparent)]
    Locked(#[from] VaultError),
    /// The server's parameters are not safe.
    #[error(transparent)]
    Srp(#[from] SrpError),
}

/// Proves the password to the server without showing it (SRP 6a as Telegram writes it).
///
/// Makes every check that any official client makes. Slow on purpose (PBKDF2, and for a prime not seen before, tests
/// that take longer still); async callers use `spawn_blocking`. See [Two-factor authentication].
///
/// # Errors
///
/// See [`SrpError`]. A wrong password is no error here: the server finds out.
///
/// [Two-factor authentication]: https://core.telegram.org/api/srp
pub fn prove(password: &Password, challenge: &SrpChallenge) -> Result<SrpProof, SrpError> {
    let group = group_of(&challenge.algorithm)?;
    let x = derive_x(password, &challenge.algorithm);
    let exchange = Exchange::new(&group, challenge, &x)?;
    loop {
        let mut a = Zeroizing::new([0; 256]);
        primitives::fill_random(&mut a[..]);
        if let Some(proof) = exchange.proof(&a) {
            return Ok(proof);
        }
    }
}

/// Makes the verifier of a new password, `algorithm` being `account.password.new_algo`.
///
/// Slow on purpose; async callers use `spawn_blocking`. An account that has a passport secret needs
/// [`Vault::new_password_settings`] instead.
///
/// # Errors
///
/// The [`SrpError`]s about p and g.
pub fn derive_verifier(
    password: &Password,
    algorithm: &PasswordAlgorithm,
) -> Result<NewPasswordVerifier, SrpError> {
    let algorithm = PasswordAlgorithm { salt1: extend_salt(&algorithm.salt1), ..algorithm.clone() };
    let verifier = derive_verifier_with(password, &algorithm)?;
    Ok(NewPasswordVerifier { algorithm, verifier: Zeroizing::new(verifier.to_vec()) })
}

impl Vault {
    /// Makes everything that changing the password takes: the verifier, and the passport secret wrapped anew, `algorithm`
    /// and `secret_salt` being `account.password.new_algo` and `new_secure_algo.salt`.
    ///
    /// Slow on purpose; async callers use `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// See [`NewPasswordError`].
    pub fn new_password_settings(
        &self,
        password: &Password,
        algorithm: &PasswordAlgorithm,
        secret_salt: &[u8],
    ) -> Result<NewPasswordSettings, NewPasswordError> {
        let secret = self.wrap_secret(password, secret_salt)?;
        Ok(NewPasswordSettings { password: derive_verifier(password, algorithm)?, secret })
    }
}

/// The group of a password's algorithm, checked.
fn group_of(algorithm: &PasswordAlgorithm) -> Result<Group, SrpError> {
    Group::new(algorithm.g, &algorithm.p)
}

/// Everything that is known before `a` is drawn.
struct Exchange<'a> {
    group: &'a Group,
    challenge: &'a SrpChallenge,
    x: &'a [u8; 32],
    b: Zeroizing<Big>,
    /// `B − k·v`
    t: Zeroizing<Big>,
}

impl<'a> Exchange<'a> {
    fn new(group: &'a Group, challenge: &'a SrpChallenge, x: &'a [u8; 32]) -> Result<Self, SrpError> {
        let length = challenge.srp_b.len();
        if !(SHORTEST_B..=256).contains(&length) {
            return Err(SrpError::PublicValueSize { length });
        }
        let b = widen(&challenge.srp_b);
        if !group.contains(&b) {
            return Err(SrpError::PublicValueRange);
        }
        let k = primitives::sha256(&[&group.p, &group.g[..]]);
        let v = group.modulus.pow(&group.g, x);
        let t = group.modulus.sub(&b, &group.modulus.mul(&widen(&k), &v));
        if !group.is_good(&t) {
            return Err(SrpError::PublicValueDegenerate);
        }
        Ok(Self { group, challenge, x, b, t })
    }

    /// The proof with this `a`; `None` if another has to be drawn.
    fn proof(&self, a: &Big) -> Option<SrpProof> {
        let Group { p, g, modulus } = &self.group;
        let public = modulus.pow(g, a);
        if !self.group.is_good(&public) {
            return None;
        }
        let u = primitives::sha256(&[&public[..], &self.b[..]]);
        if bool::from(u.ct_eq(&[0; 32])) {
            return None;
        }
        let s = modulus.pow_sum(&self.t, a, &u, self.x);
        let k = Zeroizing::new(primitives::sha256(&[&s[..]]));
        let mut p_xor_g = primitives::sha256(&[p]);
        for (byte, other) in p_xor_g.iter_mut().zip(primitives::sha256(&[&g[..]])) {
            *byte ^= other;
        }
        let algorithm = &self.challenge.algorithm;
        let m1 = primitives::sha256(&[
            &p_xor_g,
            &primitives::sha256(&[&algorithm.salt1]),
            &primitives::sha256(&[&algorithm.salt2]),
            &public[..],
            &self.b[..],
            &k[..],
        ]);
        Some(SrpProof { srp_id: self.challenge.srp_id, a: public.to_vec(), m1: m1.to_vec() })
    }
}

/// `g^x mod p` under exactly these salts.
pub(super) fn derive_verifier_with(
    password: &Password,
    algorithm: &PasswordAlgorithm,
) -> Result<Zeroizing<Big>, SrpError> {
    let group = group_of(algorithm)?;
    Ok(group.modulus.pow(&group.g, &derive_x(password, algorithm)[..]))
}

/// `x = SH(PBKDF2-HMAC-SHA512(SH(SH(password, salt1), salt2), salt1), salt2)`.
pub(super) fn derive_x(password: &Password, algorithm: &PasswordAlgorithm) -> Zeroizing<[u8; 32]> {
    let PasswordAlgorithm { salt1, salt2, .. } = algorithm;
    let inner = salted_hash(&salted_hash(password.as_bytes(), salt1)[..], salt2);
    let stretched = primitives::pbkdf2_hmac_sha512(&inner[..], salt1, ITERATIONS);
    salted_hash(&stretched[..], salt2)
}

/// `SH(data, salt) = SHA256(salt | data | salt)`.
fn salted_hash(data: &[u8], salt: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(primitives::sha256(&[salt, data, salt]))
}

/// [`prove`] with a given `a`: `None` if it is not a good one.
#[cfg(test)]
pub(super) fn prove_with(
    password: &Password,
    challenge: &SrpChallenge,
    a: &Big,
) -> Result<Option<SrpProof>, SrpError> {
    let group = group_of(&challenge.algorithm)?;
    let x = derive_x(password, &challenge.algorithm);
    Ok(Exchange::new(&group, challenge, &x)?.proof(a))
}
