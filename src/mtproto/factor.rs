/// How many steps are taken: the factors of what an honest server sends have 31 bits, which takes some 2^16.
const STEPS: u32 = 1 << 22;

/// How many differences are multiplied before their common divisor is looked for.
const BATCH: u32 = 128;

/// The two factors of `pq`, the smaller first, by Pollard's rho; `None` if it has none, or hides them too well.
pub(super) fn factor(pq: u64) -> Option<(u32, u32)> {
    let found = (1..=8).find_map(|c| rho(pq, c))?;
    let (p, q) = (u32::try_from(found).ok()?, u32::try_from(pq / found).ok()?);
    (p != q).then(|| (p.min(q), p.max(q)))
}

fn rho(n: u64, c: u64) -> Option<u64> {
    if n < 4 {
        return None;
    }
    if n.is_multiple_of(2) {
        return Some(2);
    }
    let times = |a: u64, b: u64| {
        u64::try_from(u128::from(a) * u128::from(b) % u128::from(n)).expect("below a number of 64 bits")
    };
    let step =
        |x: u64| u64::try_from((u128::from(times(x, x)) + u128::from(c)) % u128::from(n)).expect("below n");
    let (mut slow, mut fast) = (2 % n, 2 % n);
    for _ in 0..STEPS / BATCH {
        let (start_slow, start_fast) = (slow, fast);
        let mut product = 1;
        for _ in 0..BATCH {
            slow = step(slow);
            fast = step(step(fast));
            product = times(product, slow.abs_diff(fast));
        }
        let mut divisor = gcd(product, n);
        if divisor == n {
            // Too far in one batch: step by step from where it began.
            (slow, fast) = (start_slow, start_fast);
            divisor = 1;
            for _ in 0..BATCH {
                slow = step(slow);
                fast = step(step(fast));
                divisor = gcd(slow.abs_diff(fast), n);
                if divisor != 1 {
                    break;
                }
            }
        }
        match divisor {
            1 => {}
            _ if divisor == n => return None,
            _ => return Some(divisor),
        }
    }
    None
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_send_is_factored() {
        // The example of the protocol's documentation, and the sandbox's own.
        assert_eq!(factor(0x17ED_48941A_08F981), Some((0x494C_553B, 0x5391_1073)));
        assert_eq!(factor(1_229_739_323 * 1_402_015_859), Some((1_229_739_323, 1_402_015_859)));
        assert_eq!(factor(15), Some((3, 5)));
    }

    #[test]
    fn what_has_no_two_factors_of_32_bits_is_given_up() {
        for number in [0, 1, 2, 3, 7, 9, 0xFFFF_FFFF_FFFF_FFC5, u64::MAX - 1] {
            assert_eq!(factor(number), None, "{number}");
        }
    }
}
