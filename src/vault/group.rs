//! The groups in which Telegram exchanges keys and proves passwords: those of squares modulo a safe prime of 2048 bits.

use zeroize::Zeroizing;

use super::prime;
use super::primitives::{Big, Modulus, widen};
use super::srp_error::SrpError;

/// A number is good if it and its complement to p have at least this many bits (tdesktop's bound).
const GOOD_BITS: usize = 2048 - 64;

/// p and g, checked.
pub(crate) struct Group {
    pub(super) p: Big,
    pub(super) g: Zeroizing<Big>,
    pub(super) modulus: Modulus,
}

impl Group {
    /// The group of a server's choice. Slow for a prime not seen before.
    ///
    /// # Errors
    ///
    /// Those of [`SrpError`] that are about p and g.
    pub(crate) fn new(generator: i32, prime: &[u8]) -> Result<Self, SrpError> {
        let leading = prime.iter().position(|byte| *byte != 0).unwrap_or(prime.len());
        let significant = &prime[leading..];
        let p: Big = match significant.first() {
            Some(first) if significant.len() == 256 && *first >= 0x80 => {
                significant.try_into().expect("256 bytes")
            }
            first => {
                let zeros = first.map_or(8, |byte| byte.leading_zeros()) as usize;
                return Err(SrpError::PrimeSize { bits: (significant.len() * 8).saturating_sub(zeros) });
            }
        };
        let modulus = Modulus::new(&p).ok_or(SrpError::NotSafePrime)?;
        prime::check_generator(generator, &modulus)?;
        prime::check_safe_prime(&p, &modulus)?;
        let g = widen(&[u8::try_from(generator).expect("checked to be 2..=7")]);
        Ok(Self { p, g, modulus })
    }

    /// Whether a number is in 1..p.
    pub(crate) fn contains(&self, number: &Big) -> bool {
        number.iter().any(|byte| *byte != 0) && is_below(number, &self.p)
    }

    /// In 1..p, and at least 2^1984 away from both ends.
    pub(crate) fn is_good(&self, number: &Big) -> bool {
        let has_enough_bits = |number: &Big| {
            number[..256 - GOOD_BITS / 8].iter().any(|byte| *byte != 0) || number[256 - GOOD_BITS / 8] >= 0x80
        };
        is_below(number, &self.p) && has_enough_bits(number) && {
            has_enough_bits(&self.modulus.sub(&[0; 256], number))
        }
    }

    /// The generator to this power, in constant time.
    #[cfg(feature = "mtproto")]
    pub(crate) fn power(&self, exponent: &Big) -> Zeroizing<Big> {
        self.modulus.pow(&self.g, exponent)
    }

    /// A number below p to this power, in constant time.
    #[cfg(feature = "mtproto")]
    pub(crate) fn power_of(&self, base: &Big, exponent: &Big) -> Zeroizing<Big> {
        self.modulus.pow(base, exponent)
    }
}

/// Big-endian comparison; only of numbers that travel in the clear, or whose range does not give them away.
fn is_below(left: &Big, right: &Big) -> bool {
    left < right
}
