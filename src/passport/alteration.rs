use std::fmt;

/// TDLib cuts off a text that reaches 34 997 bytes of UTF-8.
const LONGEST: usize = 34_996;

/// Why TDLib does not send a text as it is (docs/protocol.md §10).
///
/// Before it does anything else with a text it makes spaces of control characters other than the line feed, drops
/// carriage returns, the characters U+2028 to U+202E and three combining lines, replaces a mark of the writing direction
/// (U+200E, U+200F) that stands before another, and cuts off what is very long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alteration {
    /// It drops or replaces this sign.
    Sign(char),
    /// It cuts off what is over 34 996 bytes of UTF-8.
    TooLong,
}

impl Alteration {
    /// The first thing that TDLib would change in this text; `None` if it takes the text over as it is.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return Some(Self::TooLong);
        }
        let mut before = None;
        for sign in text.chars() {
            if is_altered(sign) {
                return Some(Self::Sign(sign));
            }
            if let Some(mark) = before.filter(|_| is_direction(sign)) {
                return Some(Self::Sign(mark));
            }
            before = Some(sign).filter(|sign| is_direction(*sign));
        }
        None
    }
}

fn is_altered(c: char) -> bool {
    matches!(c, '\0'..='\u{9}' | '\u{B}'..='\u{1F}' | '\u{2028}'..='\u{202E}' | '\u{30A}' | '\u{333}' | '\u{33F}')
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}')
}

/// As the object of a sentence: "a tab (U+0009)".
impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Sign(sign) = *self else { return write!(f, "more than {LONGEST} bytes") };
        let name = match sign {
            '\t' => "a tab",
            '\r' => "a carriage return",
            '\u{2028}' => "a line separator",
            '\u{2029}' => "a paragraph separator",
            '\u{200E}' | '\u{200F}' => "several marks of the writing direction in a row",
            '\u{202A}'..='\u{202E}' => "a mark of the writing direction",
            '\u{30A}' | '\u{333}' | '\u{33F}' => "a combining sign",
            _ => "a control character",
        };
        write!(f, "{name} (U+{:04X})", u32::from(sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tdlib_changes_is_known() {
        let longest = "x".repeat(LONGEST);
        for kept in [
            "",
            "correct horse",
            "line\nbreak",
            "\u{7F}",
            "Ångström \u{C5} 🔑",
            "\u{200D}\u{202F}\u{309}",
            "a\u{200E}b\u{200F}",
            &longest,
        ] {
            assert_eq!(Alteration::of(kept), None, "{kept:?}");
        }
        for (altered, sign) in [
            ("\0", '\0'),
            ("a\tb", '\t'),
            ("a\rb", '\r'),
            ("\u{1F}", '\u{1F}'),
            ("\u{2028}", '\u{2028}'),
            ("x\u{202A}\t", '\u{202A}'),
            ("\u{202E}", '\u{202E}'),
            ("A\u{30A}", '\u{30A}'),
            ("\u{333}", '\u{333}'),
            ("\u{33F}", '\u{33F}'),
            ("a\u{200F}\u{200E}b", '\u{200F}'),
        ] {
            assert_eq!(Alteration::of(altered), Some(Alteration::Sign(sign)), "{altered:?}");
        }
        assert_eq!(Alteration::of(&"x".repeat(LONGEST + 1)), Some(Alteration::TooLong));
    }

    #[test]
    fn the_sign_is_named() {
        assert_eq!(Alteration::Sign('\t').to_string(), "a tab (U+0009)");
        assert_eq!(Alteration::Sign('\u{202A}').to_string(), "a mark of the writing direction (U+202A)");
        assert_eq!(Alteration::Sign('\u{1F}').to_string(), "a control character (U+001F)");
    }
}
