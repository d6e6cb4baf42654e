use std::sync::{Mutex, PoisonError};

use super::primitives::{Big, Modulus, sha256};
use super::srp_error::SrpError;

/// SHA-256 of the prime that Telegram's servers use in production. Every official client knows it and skips the tests.
const KNOWN_PRIME: [u8; 32] = [
    0x02, 0xf8, 0x5e, 0x76, 0x87, 0xfc, 0x6f, 0x33, 0xba, 0x67, 0x82, 0x26, 0xa9, 0x63, 0xb3, 0xc8, 0xa1,
    0x91, 0xb4, 0x7c, 0x89, 0x0c, 0xf3, 0x0d, 0xeb, 0xe1, 0x7c, 0x1d, 0x62, 0x3b, 0x5a, 0xf1,
];

/// How many verdicts are remembered: servers do not change their prime, so one is the rule.
const REMEMBERED: usize = 16;

/// SHA-256 of primes that were tested, and whether they are safe primes.
static VERDICTS: Mutex<Vec<([u8; 32], bool)>> = Mutex::new(Vec::new());

/// Checks that p and (p−1)/2 are prime. Seconds in the worst case; the verdict is remembered.
pub(super) fn check_safe_prime(p: &Big, modulus: &Modulus) -> Result<(), SrpError> {
    let digest = sha256(&[p]);
    if digest == KNOWN_PRIME {
        return Ok(());
    }
    let remembered = verdicts().iter().find(|(known, _)| *known == digest).map(|(_, verdict)| *verdict);
    let is_safe = remembered.unwrap_or_else(|| {
        let verdict = modulus.is_safe_prime();
        let mut verdicts = verdicts();
        if verdicts.len() == REMEMBERED {
            verdicts.remove(0);
        }
        verdicts.push((digest, verdict));
        verdict
    });
    if is_safe { Ok(()) } else { Err(SrpError::NotSafePrime) }
}

/// Checks that g is a quadratic residue modulo p and so generates the subgroup of order (p−1)/2, by p's remainder.
pub(super) fn check_generator(g: i32, modulus: &Modulus) -> Result<(), SrpError> {
    let fits = match g {
        2 => modulus.rem_small(8) == 7,
        3 => modulus.rem_small(3) == 2,
        4 => true,
        5 => matches!(modulus.rem_small(5), 1 | 4),
        6 => matches!(modulus.rem_small(24), 19 | 23),
        7 => matches!(modulus.rem_small(7), 3 | 5 | 6),
        _ => false,
    };
    if fits { Ok(()) } else { Err(SrpError::Generator { g }) }
}

fn verdicts() -> std::sync::MutexGuard<'static, Vec<([u8; 32], bool)>> {
    // A list of pairs is whole between any two statements.
    VERDICTS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_remembered_and_bounded() {
        for last in (1..=99).step_by(2) {
            let mut number = [0xff; 256];
            number[255] = last;
            let modulus = Modulus::new(&number).expect("odd");
            assert_eq!(check_safe_prime(&number, &modulus), Err(SrpError::NotSafePrime));
            assert!(verdicts().contains(&(sha256(&[&number]), false)));
            assert!(verdicts().len() <= REMEMBERED);
        }
    }

    #[test]
    fn generators() {
        // All ones: 2^2048 − 1, which is 7 modulo 8, 0 modulo 3 and 5, 15 modulo 24, 3 modulo 7.
        let modulus = Modulus::new(&[0xff; 256]).expect("odd");
        let fitting: Vec<i32> = (-1..=9).filter(|g| check_generator(*g, &modulus).is_ok()).collect();
        assert_eq!(fitting, [2, 4, 7]);
    }
}
