/// Why the server's parameters were not used.
///
/// They are chosen so that a dishonest server learns about the password from the proof; so nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SrpError {
    /// p does not have exactly 2048 bits.
    #[error("the server's prime has {bits} bits instead of 2048")]
    PrimeSize {
        /// How many it has.
        bits: usize,
    },
    /// p or (p−1)/2 is not prime.
    #[error("the server's modulus is not a safe prime")]
    NotSafePrime,
    /// g is not 2..=7, or does not generate the subgroup of prime order.
    #[error("the server's generator {g} does not fit its prime")]
    Generator {
        /// The generator.
        g: i32,
    },
    /// `srp_B` has fewer than 248 or more than 256 bytes.
    #[error("the server's public value has {length} bytes instead of 248 to 256")]
    PublicValueSize {
        /// How many bytes it has.
        length: usize,
    },
    /// `srp_B` is 0 or at least p.
    #[error("the server's public value is out of range")]
    PublicValueRange,
    /// `srp_B − k·v` is too close to 0 or p.
    #[error("the server's public value is degenerate")]
    PublicValueDegenerate,
}
