use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use telegram_passport::element::Country;

/// A row of choices that depends on the country and the seed alone, on no platform and no version of a crate: the
/// ChaCha20 stream is read as plain 32-bit words.
pub(super) struct Choices(ChaCha20Rng);

impl Choices {
    pub(super) fn new(country: Country, seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..10].copy_from_slice(country.code().as_bytes());
        Self(ChaCha20Rng::from_seed(key))
    }

    /// A number from 0 to `bound - 1`.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let product = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(product >> 32).expect("a 32-bit number times another, shifted by 32, has 32 bits")
    }

    /// One of a list that is not empty.
    pub(super) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let count = u32::try_from(list.len()).expect("the lists are short");
        &list[self.below(count) as usize]
    }

    /// Fills in a pattern: `#` is a digit, `^` a digit from 1, `@` a capital letter.
    pub(super) fn fill(&mut self, pattern: &str) -> String {
        let mut between = |first: u8, count: u32| {
            char::from(first + u8::try_from(self.below(count)).expect("26 letters at most"))
        };
        pattern
            .chars()
            .map(|sign| match sign {
                '#' => between(b'0', 10),
                '^' => between(b'1', 9),
                '@' => between(b'A', 26),
                other => other,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(seed: u64) -> Choices {
        Choices::new(Country::from_code("DE").expect("Germany"), seed)
    }

    #[test]
    fn the_stream_never_changes() {
        let mut choices = choices(1);
        let row: Vec<u32> = (0..8).map(|_| choices.below(1000)).collect();
        assert_eq!(row, [769, 108, 987, 843, 24, 499, 493, 436]);
    }

    #[test]
    fn a_pattern_is_filled_in() {
        let filled = choices(2).fill("C^@-##");
        let signs: Vec<char> = filled.chars().collect();
        assert_eq!((signs[0], signs[3]), ('C', '-'));
        assert!(('1'..='9').contains(&signs[1]) && signs[2].is_ascii_uppercase());
        assert!(signs[4].is_ascii_digit() && signs[5].is_ascii_digit());
    }
}
