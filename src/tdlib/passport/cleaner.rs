//! What TDLib does to every text it is given, before it does anything else with it (passport.md §10).

/// TDLib cuts texts off a little above this, in bytes of UTF-8.
const LONGEST: usize = 34_000;

/// Whether TDLib would take this text over as it is.
///
/// It makes spaces of control characters other than the line feed, drops carriage returns, the characters U+2028 to
/// U+202E and three combining lines, and cuts off what is very long.
pub(super) fn is_kept(text: &str) -> bool {
    text.len() <= LONGEST && !text.chars().any(is_altered)
}

fn is_altered(c: char) -> bool {
    matches!(c, '\0'..='\u{9}' | '\u{B}'..='\u{1F}' | '\u{2028}'..='\u{202E}' | '\u{30A}' | '\u{333}' | '\u{33F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tdlib_changes_is_known() {
        for kept in
            ["", "correct horse", "line\nbreak", "\u{7F}", "Ångström \u{C5} 🔑", "\u{200D}\u{202F}\u{309}"]
        {
            assert!(is_kept(kept), "{kept:?}");
        }
        for altered in
            ["\0", "a\tb", "a\rb", "\u{1F}", "\u{2028}", "\u{202E}", "A\u{30A}", "\u{333}", "\u{33F}"]
        {
            assert!(!is_kept(altered), "{altered:?}");
        }
        assert!(!is_kept(&"x".repeat(LONGEST + 1)));
    }
}
