//! `parse_mode` HTML: the tags that messages may have, read as the official server reads them.

use std::str::Chars;

use crate::state::{Entity, FormattedText};

/// Takes the tags of a text for marks. The error is the official server's, after `can't parse entities: `.
pub(super) fn parse(text: &str) -> Result<FormattedText, String> {
    let mut reader = Reader {
        text,
        rest: text.chars(),
        read: String::new(),
        units: 0,
        open: Vec::new(),
        marks: Vec::new(),
    };
    while let Some(letter) = reader.rest.next() {
        match letter {
            '<' => reader.tag()?,
            '&' => reader.reference(),
            letter => reader.push(letter),
        }
    }
    match reader.open.pop() {
        Some(open) => Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag)),
        None => Ok(FormattedText::new(&reader.read, reader.marks)),
    }
}

struct Reader<'a> {
    text: &'a str,
    rest: Chars<'a>,
    /// The text without its tags, and its length in UTF-16 code units.
    read: String,
    units: u32,
    open: Vec<Open>,
    marks: Vec<Entity>,
}

/// A tag that is not closed yet.
struct Open {
    tag: String,
    start: u32,
    /// What it marks; nothing, if it belongs to the tag around it.
    kind: Option<&'static str>,
    value: Option<String>,
}

impl Reader<'_> {
    /// Where the letter before the rest is, in bytes.
    fn offset(&self) -> usize {
        self.text.len() - self.rest.as_str().len() - 1
    }

    fn push(&mut self, letter: char) {
        self.read.push(letter);
        self.units += if letter.len_utf16() == 1 { 1 } else { 2 };
    }

    /// After an ampersand: a letter by its name or its number; what is neither stays as it is.
    fn reference(&mut self) {
        let rest = self.rest.as_str();
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '#').next().unwrap_or_default();
        let letter = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            _ => name.strip_prefix('#').and_then(numbered),
        };
        let Some(letter) = letter else { return self.push('&') };
        let after = &rest[name.len()..];
        self.rest = after.strip_prefix(';').unwrap_or(after).chars();
        self.push(letter);
    }

    /// After the opening bracket of a tag.
    fn tag(&mut self) -> Result<(), String> {
        let offset = self.offset();
        let rest = self.rest.as_str();
        let (inside, after) = rest.split_once('>').ok_or_else(|| {
            let kind = if rest.starts_with('/') { "end" } else { "start" };
            format!("Unclosed {kind} tag at byte offset {offset}")
        })?;
        self.rest = after.chars();
        match inside.strip_prefix('/') {
            Some(name) => self.close(name.trim().to_ascii_lowercase(), offset),
            None => self.begin(inside, offset),
        }
    }

    fn begin(&mut self, inside: &str, offset: usize) -> Result<(), String> {
        let tag = inside.split(char::is_whitespace).next().unwrap_or_default().to_ascii_lowercase();
        let attribute = |name| attribute(&inside[tag.len()..], name);
        let unsupported = || format!("Unsupported start tag \"{tag}\" at byte offset {offset}");
        let mut value = None;
        let kind = match tag.as_str() {
            "b" | "strong" => "bold",
            "i" | "em" => "italic",
            "u" | "ins" => "underline",
            "s" | "strike" | "del" => "strikethrough",
            "tg-spoiler" => "spoiler",
            "span" if attribute("class").as_deref() == Some("tg-spoiler") => "spoiler",
            "span" => {
                return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {offset}"));
            }
            "blockquote" if attribute("expandable").is_some() => "expandable_blockquote",
            "blockquote" => "blockquote",
            "pre" => "pre",
            "code" => "code",
            "a" => {
                value = attribute("href");
                "text_link"
            }
            "tg-emoji" => {
                value = Some(attribute("emoji-id").ok_or_else(unsupported)?);
                "custom_emoji"
            }
            _ => return Err(unsupported()),
        };
        // The language of a block is that of the code in it.
        let language = attribute("class").and_then(|class| Some(class.strip_prefix("language-")?.to_owned()));
        let mut kind = Some(kind);
        if tag == "code"
            && let Some(language) = language
            && let Some(block) =
                self.open.last_mut().filter(|open| open.tag == "pre" && open.start == self.units)
        {
            block.value = Some(language);
            kind = None;
        }
        self.open.push(Open { tag, start: self.units, kind, value });
        Ok(())
    }

    fn close(&mut self, tag: String, offset: usize) -> Result<(), String> {
        let open = self.open.pop().ok_or_else(|| format!("Unexpected end tag at byte offset {offset}"))?;
        if !tag.is_empty() && tag != open.tag {
            let expected = open.tag;
            return Err(format!(
                "Unmatched end tag at byte offset {offset}, expected \"</{expected}>\", found \"</{tag}>\""
            ));
        }
        let length = self.units - open.start;
        // A link to nowhere is none.
        let leads = open.kind != Some("text_link") || open.value.as_ref().is_some_and(|url| !url.is_empty());
        if let Some(kind) = open.kind.filter(|_| leads && length > 0) {
            self.marks.push(Entity { offset: open.start, length, kind: kind.to_owned(), value: open.value });
        }
        Ok(())
    }
}

/// The letter of a number, decimal or hexadecimal.
fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|letter| *letter != '\0')
}

/// The value of an attribute; "" for one that is only named.
fn attribute(inside: &str, wanted: &str) -> Option<String> {
    let mut rest = inside.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let name = &rest[..end];
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            rest = rest.trim_start();
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some(
                value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its kind, its place, and what belongs to it.
    type Mark = (String, u32, u32, Option<String>);

    fn marks(text: &str) -> (String, Vec<Mark>) {
        let parsed = parse(text).expect("sound");
        let marks = parsed.entities.into_iter().map(|mark| (mark.kind, mark.offset, mark.length, mark.value));
        (parsed.text, marks.collect())
    }

    fn mark(kind: &str, offset: u32, length: u32, value: Option<&str>) -> Mark {
        (kind.to_owned(), offset, length, value.map(str::to_owned))
    }

    #[test]
    fn tags_become_marks() {
        let (text, found) = marks("🦀 <b>bold <i>both</i></b> &lt;&amp;&#33;&copy; <u></u>");
        assert_eq!(text, "🦀 bold both <&!&copy; ");
        assert_eq!(found, [mark("bold", 3, 9, None), mark("italic", 8, 4, None)]);
        let (text, found) = marks("<a href=\"https://example.com/?a=1&amp;b=2\">here</a><a>not</a>");
        assert_eq!(
            (text.as_str(), found),
            ("herenot", vec![mark("text_link", 0, 4, Some("https://example.com/?a=1&b=2"))])
        );
        let (_, found) = marks("<pre><code class=\"language-rust\">let x;</code></pre>");
        assert_eq!(found, [mark("pre", 0, 6, Some("rust"))]);
        let (_, found) = marks("<span class='tg-spoiler'>x</span><blockquote expandable>y</blockquote>");
        assert_eq!(found, [mark("spoiler", 0, 1, None), mark("expandable_blockquote", 1, 1, None)]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, expected) in [
            ("a < b", "Unclosed start tag at byte offset 2"),
            ("ü</b", "Unclosed end tag at byte offset 2"),
            ("<x>a</x>", "Unsupported start tag \"x\" at byte offset 0"),
            ("a</b>", "Unexpected end tag at byte offset 1"),
            ("<b>a</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
            ("<b>a", "Can't find end tag corresponding to start tag \"b\""),
            ("<span>a</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
        ] {
            assert_eq!(parse(text).expect_err("it is wrong"), expected, "{text}");
        }
    }
}
