/// Whether two words differ by no more than two letters: left out, put in, replaced or exchanged with the next.
pub(super) fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Short words are all near each other.
    let most = if a.len().min(b.len()) < 5 { 1 } else { 2 };
    if a.len().abs_diff(b.len()) > most {
        return false;
    }
    let (mut before, mut above): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()] <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_fingers_are_near() {
        for (a, b, near) in [
            ("passport", "pasport", true),
            ("passport", "passprot", true),
            ("passport", "pssprt", true),
            ("passport", "pspr", false),
            ("germany", "germnay", true),
            ("iran", "iraq", true),
            ("iran", "oman", false),
            ("", "a", true),
        ] {
            assert_eq!(is_near(a, b), near, "{a} {b}");
            assert_eq!(is_near(b, a), near, "{b} {a}");
        }
    }
}
