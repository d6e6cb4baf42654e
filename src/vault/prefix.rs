//! The random prefix before sealed contents: it hides their length and tells equal ones apart.

use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::open_error::OpenError;
use super::primitives::{self, BLOCK};

/// The lengths of a random prefix that sealing chooses from.
///
/// Opening accepts up to 255; a widespread JVM library reads the length as a signed byte and breaks from 128.
pub(super) const SEALED_PREFIX: RangeInclusive<u8> = 32..=127;

/// The shortest prefix that opening accepts.
pub(super) const SHORTEST_PREFIX: u8 = 32;

/// A random prefix for contents of this length: 32..=127 bytes, the first its own length, the sum a multiple of 16.
pub(super) fn random_prefix(contents: u64) -> Zeroizing<Vec<u8>> {
    // The six lengths that complete a block are `shortest + 16 * n`; rejection keeps the choice uniform.
    let block = BLOCK as u64;
    let missing = (block - (contents + u64::from(*SEALED_PREFIX.start())) % block) % block;
    let shortest = *SEALED_PREFIX.start() + u8::try_from(missing).expect("below 16");
    let steps = (*SEALED_PREFIX.end() - shortest) / 16 + 1;
    let step = loop {
        let mut draw = [0; 1];
        primitives::fill_random(&mut draw);
        if draw[0] < u8::MAX - u8::MAX % steps {
            break draw[0] % steps;
        }
    };
    let length = shortest + 16 * step;
    let mut prefix = Zeroizing::new(vec![0; usize::from(length)]);
    primitives::fill_random(&mut prefix);
    prefix[0] = length;
    prefix
}

/// The prefix's length, if it is one; `length` counts prefix and contents.
pub(super) fn check_prefix(prefix: u8, length: u64) -> Result<u8, OpenError> {
    if prefix < SHORTEST_PREFIX {
        Err(OpenError::PrefixTooShort { prefix })
    } else if u64::from(prefix) > length {
        Err(OpenError::PrefixPastEnd { prefix, length })
    } else {
        Ok(prefix)
    }
}
