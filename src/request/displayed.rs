/// Text from outside, made safe to show: control characters and those that turn the reading direction or are
/// invisible are dropped, line breaks become spaces, and what is longer than `limit` characters ends in `…`.
///
/// A bot writes its error messages and its name, a link's author the scope: none of them may repaint a terminal
/// or make one name look like another.
#[must_use]
pub fn displayed(text: &str, limit: usize) -> String {
    let mut shown = text
        .chars()
        .map(|c| if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_deceptive(*c));
    let mut result: String = shown.by_ref().take(limit).collect();
    if shown.next().is_some() {
        result.pop();
        result.push('…');
    }
    result.trim().to_owned()
}

/// Direction overrides and isolates, zero-width and other format characters without a shape. The joiners U+200C
/// and U+200D stay: names in Persian and many emoji need them.
fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_safe_from_it() {
        assert_eq!(displayed("\u{1b}[2JWrong\u{202e} photo\r\nagain\u{0}", 100), "[2JWrong photo  again");
        assert_eq!(displayed("abcdef", 4), "abc…");
        assert_eq!(displayed("abcd", 4), "abcd");
        assert_eq!(displayed("سلام 👩‍💻", 100), "سلام 👩‍💻");
    }
}
