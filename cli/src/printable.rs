//! Words for a terminal.

use telegram_passport::element::FilledField;
use telegram_passport::request;

/// Text from outside on one line, without what could move the cursor or turn round what stands beside it.
pub(crate) fn line(text: &str) -> String {
    request::displayed(text, 4096)
}

/// A field of an element, under its Telegram name.
pub(crate) fn field(field: &FilledField<'_>) -> String {
    let remark = if matches!(field, FilledField::Raw(..)) { ", which is not understood" } else { "" };
    format!("{:<22} {}{remark}", line(field.name()), line(field.text()))
}

/// A sign and its number, by which it is known where it looks like another, or like nothing.
pub(crate) fn sign(sign: char) -> String {
    let number = format!("U+{:04X}", u32::from(sign));
    match line(&sign.to_string()) {
        shown if shown.trim().is_empty() => number,
        shown => format!("{shown} ({number})"),
    }
}

/// Bytes as a person reads them: `1 234 bytes`, `73.1 kB`, `10.5 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let float = bytes as f64;
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{:.1} kB", float / 1e3),
        _ => format!("{:.1} MB", float / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_named_by_its_number_too() {
        assert_eq!(sign('\u{201D}'), "\u{201D} (U+201D)");
        assert_eq!(sign('\u{200B}'), "U+200B");
        assert_eq!(sign('\t'), "U+0009");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(9_999), "9999 bytes");
        assert_eq!(size(73_120), "73.1 kB");
        assert_eq!(size(10_485_760), "10.5 MB");
    }
}
