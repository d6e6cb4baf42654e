//! The server's own few primitives: it shares crates with the vault, never code.
//!
//! What stands here is what Telegram's servers need to check a password proof and an upload, and no more.
//! There is no AES and no RSA: a server that could open something would not be blind.

pub(super) mod mtproto;

use std::sync::LazyLock;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// The prime of Telegram's group, 2048 bits, which every client knows and need not test.
#[rustfmt::skip]
pub(super) const PRIME: [u8; 256] = [
    0xc7, 0x1c, 0xae, 0xb9, 0xc6, 0xb1, 0xc9, 0x04, 0x8e, 0x6c, 0x52, 0x2f, 0x70, 0xf1, 0x3f, 0x73,
    0x98, 0x0d, 0x40, 0x23, 0x8e, 0x3e, 0x21, 0xc1, 0x49, 0x34, 0xd0, 0x37, 0x56, 0x3d, 0x93, 0x0f,
    0x48, 0x19, 0x8a, 0x0a, 0xa7, 0xc1, 0x40, 0x58, 0x22, 0x94, 0x93, 0xd2, 0x25, 0x30, 0xf4, 0xdb,
    0xfa, 0x33, 0x6f, 0x6e, 0x0a, 0xc9, 0x25, 0x13, 0x95, 0x43, 0xae, 0xd4, 0x4c, 0xce, 0x7c, 0x37,
    0x20, 0xfd, 0x51, 0xf6, 0x94, 0x58, 0x70, 0x5a, 0xc6, 0x8c, 0xd4, 0xfe, 0x6b, 0x6b, 0x13, 0xab,
    0xdc, 0x97, 0x46, 0x51, 0x29, 0x69, 0x32, 0x84, 0x54, 0xf1, 0x8f, 0xaf, 0x8c, 0x59, 0x5f, 0x64,
    0x24, 0x77, 0xfe, 0x96, 0xbb, 0x2a, 0x94, 0x1d, 0x5b, 0xcd, 0x1d, 0x4a, 0xc8, 0xcc, 0x49, 0x88,
    0x07, 0x08, 0xfa, 0x9b, 0x37, 0x8e, 0x3c, 0x4f, 0x3a, 0x90, 0x60, 0xbe, 0xe6, 0x7c, 0xf9, 0xa4,
    0xa4, 0xa6, 0x95, 0x81, 0x10, 0x51, 0x90, 0x7e, 0x16, 0x27, 0x53, 0xb5, 0x6b, 0x0f, 0x6b, 0x41,
    0x0d, 0xba, 0x74, 0xd8, 0xa8, 0x4b, 0x2a, 0x14, 0xb3, 0x14, 0x4e, 0x0e, 0xf1, 0x28, 0x47, 0x54,
    0xfd, 0x17, 0xed, 0x95, 0x0d, 0x59, 0x65, 0xb4, 0xb9, 0xdd, 0x46, 0x58, 0x2d, 0xb1, 0x17, 0x8d,
    0x16, 0x9c, 0x6b, 0xc4, 0x65, 0xb0, 0xd6, 0xff, 0x9c, 0xa3, 0x92, 0x8f, 0xef, 0x5b, 0x9a, 0xe4,
    0xe4, 0x18, 0xfc, 0x15, 0xe8, 0x3e, 0xbe, 0xa0, 0xf8, 0x7f, 0xa9, 0xff, 0x5e, 0xed, 0x70, 0x05,
    0x0d, 0xed, 0x28, 0x49, 0xf4, 0x7b, 0xf9, 0x59, 0xd9, 0x56, 0x85, 0x0c, 0xe9, 0x29, 0x85, 0x1f,
    0x0d, 0x81, 0x15, 0xf6, 0x35, 0xb1, 0x05, 0xee, 0x2e, 0x4e, 0x15, 0xd0, 0x4b, 0x24, 0x54, 0xbf,
    0x6f, 0x4f, 0xad, 0xf0, 0x34, 0xb1, 0x04, 0x03, 0x11, 0x9c, 0xd8, 0xe3, 0xb9, 0x2f, 0xcc, 0x5b,
];

/// The generator offered with [`PRIME`].
pub(super) const GENERATOR: u8 = 3;

static PARAMETERS: LazyLock<FixedMontyParams<{ U2048::LIMBS }>> = LazyLock::new(|| {
    let prime = Odd::new(U2048::from_be_slice(&PRIME)).expect("a prime above 2 is odd");
    FixedMontyParams::new_vartime(prime)
});

/// A number modulo [`PRIME`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub(super) struct Residue(U2048);

/// A number that is not below the modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number that is not below the modulus")]
pub(super) struct NotBelowModulus;

impl TryFrom<Vec<u8>> for Residue {
    type Error = NotBelowModulus;

    fn try_from(bytes: Vec<u8>) -> Result<Self, NotBelowModulus> {
        Self::from_bytes(&bytes).ok_or(NotBelowModulus)
    }
}

impl From<Residue> for Vec<u8> {
    fn from(residue: Residue) -> Self {
        residue.to_bytes().to_vec()
    }
}

impl Residue {
    /// The number with these big-endian bytes, if there are at most 256 and it is below the prime.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = U2048::from_be_slice(&padded(bytes)?);
        (number < *PARAMETERS.modulus().as_ref()).then_some(Self(number))
    }

    /// The generator.
    pub(super) fn generator() -> Self {
        Self(U2048::from_u8(GENERATOR))
    }

    /// `self · other`
    pub(super) fn times(self, other: Self) -> Self {
        Self(self.form().mul(&other.form()).retrieve())
    }

    /// `self + other`
    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.form().add(&other.form()).retrieve())
    }

    /// `self` to the power of a big-endian number of up to 256 bytes, in constant time.
    pub(super) fn power(self, exponent: &[u8]) -> Self {
        let exponent = padded(exponent).expect("exponents here are hashes or 2048 random bits");
        Self(self.form().pow(&U2048::from_be_slice(&exponent)).retrieve())
    }

    /// Whether it is 0, 1 or −1, where a discrete logarithm hides nothing.
    pub(super) fn is_degenerate(self) -> bool {
        let last = PARAMETERS.modulus().as_ref().wrapping_sub(&U2048::ONE);
        self.0 <= U2048::ONE || self.0 == last
    }

    /// Big endian, with leading zeros.
    pub(super) fn to_bytes(self) -> [u8; 256] {
        let mut bytes = [0; 256];
        bytes.copy_from_slice(self.0.to_be_bytes().as_ref());
        bytes
    }

    fn form(&self) -> FixedMontyForm<{ U2048::LIMBS }> {
        FixedMontyForm::new(&self.0, &PARAMETERS)
    }
}

/// The bytes with zeros before them, 256 in all; `None` if there are more.
pub(super) fn padded(bytes: &[u8]) -> Option<[u8; 256]> {
    let mut all = [0; 256];
    all.get_mut(256_usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(all)
}

/// SHA-256 over the concatenation of these pieces.
pub(super) fn sha256(pieces: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(piece);
    }
    hash.finalize().into()
}

/// MD5 as 32 lower-case hexadecimal digits, as uploads state it.
pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from the operating system.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// A positive number from the operating system, as ids are.
pub(super) fn random_id() -> i64 {
    (i64::from_le_bytes(random()) & i64::MAX).max(1)
}

/// So many decimal digits from the operating system, as codes are.
pub(super) fn random_digits(length: usize) -> String {
    let bytes: [u8; 16] = random();
    bytes.iter().take(length).map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// Whether two byte strings are equal, in time that depends on their lengths only.
pub(super) fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_agree_with_products() {
        let three = Residue::generator();
        assert_eq!(
            three.power(&[5]).to_bytes(),
            three.times(three).times(three).times(three).times(three).to_bytes()
        );
        assert_eq!(three.plus(three).to_bytes()[255], 6);
    }

    #[test]
    fn only_numbers_below_the_prime_are_residues() {
        assert!(Residue::from_bytes(&PRIME).is_none());
        assert!(Residue::from_bytes(&[1; 257]).is_none());
        let mut last = PRIME;
        last[255] -= 1;
        assert!(Residue::from_bytes(&last).is_some_and(Residue::is_degenerate));
        assert!(Residue::from_bytes(&[]).is_some_and(Residue::is_degenerate));
        assert!(Residue::from_bytes(&[1]).is_some_and(Residue::is_degenerate));
        assert!(Residue::from_bytes(&[2]).is_some_and(|two| !two.is_degenerate()));
    }

    #[test]
    fn hashes_are_the_known_ones() {
        assert_eq!(md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(&sha256(&[b"a", b"bc"])[..4]), "ba7816bf");
    }

    #[test]
    fn codes_are_digits() {
        let code = random_digits(6);
        assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    }
}
