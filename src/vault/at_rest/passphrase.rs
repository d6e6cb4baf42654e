use std::fmt;
use std::ops::RangeInclusive;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::StorageKey;
use crate::vault::primitives;

/// What a person types to open what is theirs: its UTF-8 bytes, neither trimmed nor normalised, and not empty.
///
/// Not a [`Password`](crate::vault::Password), which belongs to an account and goes into Telegram's own derivations.
pub struct Passphrase(Zeroizing<String>);

/// A passphrase has at least one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the passphrase is empty")]
pub struct EmptyPassphrase;

impl TryFrom<Zeroizing<String>> for Passphrase {
    type Error = EmptyPassphrase;

    fn try_from(text: Zeroizing<String>) -> Result<Self, EmptyPassphrase> {
        if text.is_empty() { Err(EmptyPassphrase) } else { Ok(Self(text)) }
    }
}

impl TryFrom<String> for Passphrase {
    type Error = EmptyPassphrase;

    fn try_from(text: String) -> Result<Self, EmptyPassphrase> {
        Zeroizing::new(text).try_into()
    }
}

impl TryFrom<&str> for Passphrase {
    type Error = EmptyPassphrase;

    fn try_from(text: &str) -> Result<Self, EmptyPassphrase> {
        text.to_owned().try_into()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").finish_non_exhaustive()
    }
}

/// How much work Argon2id makes of a passphrase. It is written before what it locks, so it may grow with the years.
///
/// The default, 64 MiB in 3 passes and one lane, takes a third of a second on a machine of 2020. Less is for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A cost is out of range: too little for Argon2id, or more than anyone waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// The memory.
    #[error(
        "{kib} kibibytes of memory for a passphrase, outside {} for each lane to {}",
        PassphraseCost::MEMORY_PER_LANE,
        PassphraseCost::MOST_MEMORY
    )]
    Memory {
        /// How much was asked for, in KiB.
        kib: u32,
    },
    /// The passes over the memory.
    #[error("{passes} passes for a passphrase, outside 1 to {}", PassphraseCost::PASSES.end())]
    Passes {
        /// How many were asked for.
        passes: u32,
    },
    /// The lanes.
    #[error("{lanes} lanes for a passphrase, outside 1 to {}", PassphraseCost::LANES.end())]
    Lanes {
        /// How many were asked for.
        lanes: u32,
    },
}

impl PassphraseCost {
    const MEMORY_PER_LANE: u32 = 8;
    const MOST_MEMORY: u32 = 256 * 1024;
    const PASSES: RangeInclusive<u32> = 1..=16;
    const LANES: RangeInclusive<u32> = 1..=8;

    /// So much memory in KiB, so many passes, so many lanes.
    ///
    /// # Errors
    ///
    /// [`CostError`] outside 8 KiB for each lane to 256 MiB, 1 to 16 passes, 1 to 8 lanes. What is read is held to the
    /// same bounds: no header of a file can ask for more.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        if !Self::LANES.contains(&lanes) {
            return Err(CostError::Lanes { lanes });
        }
        if !Self::PASSES.contains(&passes) {
            return Err(CostError::Passes { passes });
        }
        if !(Self::MEMORY_PER_LANE * lanes..=Self::MOST_MEMORY).contains(&memory_kib) {
            return Err(CostError::Memory { kib: memory_kib });
        }
        Ok(Self { memory_kib, passes, lanes })
    }
}

impl Default for PassphraseCost {
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

/// A lock that a passphrase opens; inside is a [`StorageKey`].
///
/// `Argon2id(passphrase, salt)`, version 1.3, gives 64 bytes: the first 32 are the key, the others stand in the lock to
/// know the passphrase by. They help a guesser no more than anything sealed under the key would.
///
/// Locks of equal bytes have the same key, so whoever seals again may keep the lock and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassphraseLock {
    cost: PassphraseCost,
    salt: [u8; 16],
    check: [u8; 32],
}

/// The passphrase does not open the lock; or the lock was changed, which cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wrong passphrase")]
pub struct WrongPassphrase;

impl PassphraseLock {
    /// The length in bytes.
    pub const LENGTH: usize = 60;

    /// A new lock, and its key. Slow on purpose; async callers use `spawn_blocking`.
    #[must_use]
    pub fn generate(passphrase: &Passphrase, cost: PassphraseCost) -> (Self, StorageKey) {
        let mut salt = [0; 16];
        primitives::fill_random(&mut salt);
        let (key, check) = derive(passphrase, cost, &salt);
        (Self { cost, salt, check }, key)
    }

    /// Opens it. Slow on purpose; async callers use `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// [`WrongPassphrase`].
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<StorageKey, WrongPassphrase> {
        let (key, check) = derive(passphrase, self.cost, &self.salt);
        if check.ct_eq(&self.check).into() { Ok(key) } else { Err(WrongPassphrase) }
    }

    /// `memory in KiB (4) | passes (4) | lanes (4) | salt (16) | check (32)`, numbers in little endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let PassphraseCost { memory_kib, passes, lanes } = self.cost;
        let numbers = [memory_kib, passes, lanes].map(u32::to_le_bytes);
        let bytes = [numbers.as_flattened(), &self.salt, &self.check].concat();
        bytes.try_into().expect("12, 16 and 32 make 60")
    }

    /// Undoes [`to_bytes`](Self::to_bytes).
    ///
    /// # Errors
    ///
    /// [`CostError`] if opening it would take more memory or time than anyone has reason to ask for.
    pub fn parse(bytes: &[u8; Self::LENGTH]) -> Result<Self, CostError> {
        let (numbers, rest) = bytes.split_at(12);
        let number = |at: usize| u32::from_le_bytes(numbers[at..at + 4].try_into().expect("4 bytes"));
        let (salt, check) = rest.split_at(16);
        Ok(Self {
            cost: PassphraseCost::new(number(0), number(4), number(8))?,
            salt: salt.try_into().expect("16 bytes"),
            check: check.try_into().expect("32 bytes"),
        })
    }
}

fn derive(passphrase: &Passphrase, cost: PassphraseCost, salt: &[u8; 16]) -> (StorageKey, [u8; 32]) {
    let PassphraseCost { memory_kib, passes, lanes } = cost;
    let output = primitives::argon2id(passphrase.0.as_bytes(), salt, memory_kib, passes, lanes);
    let mut key = StorageKey::zero();
    key.as_mut().copy_from_slice(&output[..32]);
    (key, output[32..].try_into().expect("64 bytes less 32"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> PassphraseCost {
        PassphraseCost::new(8, 1, 1).unwrap()
    }

    fn passphrase(text: &str) -> Passphrase {
        text.try_into().unwrap()
    }

    #[test]
    fn one_passphrase_locks_each_time_with_another_salt() {
        let locks: Vec<_> =
            (0..8).map(|_| PassphraseLock::generate(&passphrase("correct horse"), cheap())).collect();
        for (index, (one, key)) in locks.iter().enumerate() {
            for (other, other_key) in &locks[..index] {
                assert_ne!(one.salt, other.salt);
                assert_ne!(one.check, other.check);
                assert_ne!(key.as_bytes(), other_key.as_bytes());
            }
        }
    }

    /// Made with the reference implementation (`argon2_cffi`): the default cost, passphrase "correct horse", the bytes
    /// 0..16 as salt, 64 bytes out.
    #[test]
    fn derives_what_the_reference_implementation_derives() {
        let salt: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let (key, check) = derive(&passphrase("correct horse"), PassphraseCost::default(), &salt);
        let hex: String = key.as_bytes().iter().chain(&check).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "70b20885536f36c09919cc958cc4842ba26cf5160b96bafea961f52409383c907f9a3d377ad3d9b32c7754b021f78254cfe1c1254d4a22ede3e664948b0c436a"
        );
    }

    #[test]
    fn opens_with_its_passphrase_only() {
        let (lock, key) = PassphraseLock::generate(&passphrase("right"), cheap());
        let read = PassphraseLock::parse(&lock.to_bytes()).unwrap();
        assert_eq!(read, lock);
        assert_eq!(read.unlock(&passphrase("right")).unwrap().as_bytes(), key.as_bytes());
        for wrong in ["Right", "right ", "r"] {
            assert_eq!(read.unlock(&passphrase(wrong)).unwrap_err(), WrongPassphrase);
        }
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let (lock, _) = PassphraseLock::generate(&passphrase("right"), cheap());
        let bytes = lock.to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(lock) = PassphraseLock::parse(&changed) {
                assert_eq!(lock.unlock(&passphrase("right")).unwrap_err(), WrongPassphrase);
            }
        }
    }

    #[test]
    fn costs_have_bounds() {
        for (memory, passes, lanes, expected) in [
            (8, 1, 1, Ok(())),
            (262_144, 16, 8, Ok(())),
            (7, 1, 1, Err(CostError::Memory { kib: 7 })),
            (63, 1, 8, Err(CostError::Memory { kib: 63 })),
            (262_145, 1, 1, Err(CostError::Memory { kib: 262_145 })),
            (u32::MAX, 1, 1, Err(CostError::Memory { kib: u32::MAX })),
            (8, 0, 1, Err(CostError::Passes { passes: 0 })),
            (8, u32::MAX, 1, Err(CostError::Passes { passes: u32::MAX })),
            (8, 1, 0, Err(CostError::Lanes { lanes: 0 })),
            (8, 1, 9, Err(CostError::Lanes { lanes: 9 })),
        ] {
            assert_eq!(PassphraseCost::new(memory, passes, lanes).map(drop), expected);
        }
    }

    #[test]
    fn a_passphrase_is_not_empty_and_not_shown() {
        assert_eq!(Passphrase::try_from("").unwrap_err(), EmptyPassphrase);
        assert_eq!(format!("{:?}", passphrase("right")), "Passphrase { .. }");
    }
}
