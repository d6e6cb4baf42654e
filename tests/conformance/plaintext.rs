//! Looks for a person's plaintext in what a server holds, in whatever way it might be written there.
//!
//! Bytes are searched as they are, and as whatever they decode to: base64 (both alphabets, at every offset),
//! hexadecimal digits, JSON's `\u` escapes, gzip, zlib and raw deflate, one within the other too. In each, texts are
//! looked for in UTF-8 and UTF-16, and pictures by any 64 bytes of them.
//!
//! What is so short that random ciphertext would hold it by chance is not looked for: see [`Search::text`].

use std::collections::{HashMap, HashSet};
use std::fmt;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::{Decompress, FlushDecompress, Status};
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::store::Holding;

/// How many bytes of a picture in a row are a finding.
const RUN: usize = 64;

/// Every run of 64 bytes holds a whole block of so many, aligned in the picture.
const BLOCK: usize = RUN / 2;

/// Codings within codings.
const DEEPEST: usize = 3;

/// Longer than any picture here.
const LONGEST_INFLATED: usize = 4 << 20;

/// In strings up to this size a raw deflate stream, which has no header, may begin anywhere.
const SMALL: usize = 4096;

/// The multiplier of the rolling hash; odd.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// What is looked for.
#[derive(Default)]
pub(crate) struct Wanted {
    texts: Vec<(String, String)>,
    pictures: Vec<(String, Vec<u8>)>,
    /// What the server was told by protocol, and may hold.
    told: Vec<String>,
}

/// Something that was found, and by which codings.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) what: String,
    pub(crate) written: String,
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.what, self.written)
    }
}

impl Wanted {
    /// A text, unless random bytes would hold it by chance: shorter than 5 bytes, or than 6 if it is a number.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> bool {
        let shortest = if text.bytes().all(|byte| byte.is_ascii_digit()) { 6 } else { 5 };
        let taken = text.len() >= shortest;
        if taken {
            self.texts.push((name.to_owned(), text.to_owned()));
        }
        taken
    }

    pub(crate) fn picture(&mut self, name: &str, picture: &[u8]) {
        assert!(picture.len() >= RUN);
        self.pictures.push((name.to_owned(), picture.to_vec()));
    }

    /// Everything of a person but what Telegram is told by protocol: the phone number and the e-mail address, in which
    /// parts of the name may be. Gives the names of fields that are too short.
    pub(crate) fn person(&mut self, person: &Person) -> Vec<String> {
        let mut too_short = Vec::new();
        for element in &person.elements {
            let kind = element.kind().name();
            self.told.extend(element.plain().map(str::to_owned));
            for (part, file) in element.files() {
                self.picture(&format!("{kind}, {part}"), file.as_bytes());
            }
            let Some(data) = element.write_data().unwrap() else { continue };
            let data: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&data).unwrap();
            for (field, value) in data {
                // One of two words, or a code of two letters.
                if ["gender", "country_code", "residence_country_code"].contains(&field.as_str()) {
                    continue;
                }
                let value = value.as_str().unwrap();
                let name = format!("{kind}, {field}");
                if !value.is_empty() && !self.text(&name, value) {
                    too_short.push(field.clone());
                }
                for other in other_dates(value) {
                    self.text(&name, &other);
                }
            }
        }
        too_short
    }

    pub(crate) fn search(self) -> Search {
        let mut patterns = Vec::new();
        let mut writings = Vec::new();
        for (number, (_, text)) in self.texts.iter().enumerate() {
            let units: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for (bytes, writing) in
                [(text.as_bytes().to_vec(), "UTF-8"), (little, "UTF-16LE"), (big, "UTF-16BE")]
            {
                patterns.push(bytes);
                writings.push((number, writing));
            }
        }
        let texts = AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).unwrap();
        let told = AhoCorasick::builder().ascii_case_insensitive(true).build(&self.told).unwrap();
        let mut blocks: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
        for (number, (_, picture)) in self.pictures.iter().enumerate() {
            for (index, block) in picture.chunks_exact(BLOCK).enumerate() {
                let hash = block.iter().fold(0_u64, |hash, byte| roll(hash, *byte));
                blocks.entry(hash).or_default().push((number, index * BLOCK));
            }
        }
        Search { wanted: self, texts, writings, told, blocks }
    }
}

/// A date in the other ways documents write it: `1987-03-14`, `19870314`, and `870314` as machines read it.
fn other_dates(date: &str) -> Vec<String> {
    let parts: Vec<&str> = date.split('.').collect();
    match parts[..] {
        [day, month, year] if year.len() == 4 => vec![
            format!("{year}-{month}-{day}"),
            format!("{year}{month}{day}"),
            format!("{}{month}{day}", &year[2..]),
        ],
        _ => Vec::new(),
    }
}

fn roll(hash: u64, byte: u8) -> u64 {
    hash.wrapping_mul(BASE).wrapping_add(u64::from(byte) + 1)
}

/// Ready to look.
pub(crate) struct Search {
    wanted: Wanted,
    texts: AhoCorasick,
    /// The text and the writing that each pattern is.
    writings: Vec<(usize, &'static str)>,
    told: AhoCorasick,
    /// Where in which picture a block with this hash is.
    blocks: HashMap<u64, Vec<(usize, usize)>>,
}

impl Search {
    /// What is found in anything that a server holds.
    pub(crate) fn in_holdings(&self, holdings: &[Holding]) -> Vec<(String, Finding)> {
        let mut seen = HashSet::new();
        let fresh = holdings.iter().filter(|held| seen.insert(held.bytes.as_slice()));
        fresh
            .flat_map(|held| self.in_bytes(&held.bytes).into_iter().map(|found| (held.what.clone(), found)))
            .collect()
    }

    pub(crate) fn in_bytes(&self, bytes: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.look(bytes, &mut Vec::new(), &mut findings);
        findings
    }

    fn look(&self, bytes: &[u8], codings: &mut Vec<&'static str>, findings: &mut Vec<Finding>) {
        let untold = self.without_what_was_told(bytes);
        let bytes = untold.as_deref().unwrap_or(bytes);
        let mut found = |what: &str, writing: &str| {
            let written = codings.iter().copied().chain([writing]).collect::<Vec<_>>().join(", ");
            let finding = Finding { what: what.to_owned(), written };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        };
        for hit in self.texts.find_overlapping_iter(bytes) {
            let (text, writing) = self.writings[hit.pattern().as_usize()];
            found(&self.wanted.texts[text].0, writing);
        }
        for picture in self.pictures_in(bytes) {
            found(&self.wanted.pictures[picture].0, "64 bytes");
        }
        if codings.len() == DEEPEST {
            return;
        }
        let outermost = codings.is_empty();
        each_decoding(bytes, outermost, &mut |coding, decoded| {
            codings.push(coding);
            self.look(decoded, codings, findings);
            codings.pop();
        });
    }

    /// These bytes with zeros in place of what the server was told, if any of it is there.
    fn without_what_was_told(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut untold = None;
        for told in self.told.find_iter(bytes) {
            untold.get_or_insert_with(|| bytes.to_vec())[told.range()].fill(0);
        }
        untold
    }

    /// The pictures of which these bytes hold 64 in a row.
    fn pictures_in(&self, bytes: &[u8]) -> HashSet<usize> {
        let mut found = HashSet::new();
        let leaving = (0..BLOCK).fold(1_u64, |power, _| power.wrapping_mul(BASE));
        let mut hash = 0_u64;
        for (end, byte) in bytes.iter().enumerate() {
            hash = roll(hash, *byte);
            if end >= BLOCK {
                hash = hash.wrapping_sub(leaving.wrapping_mul(u64::from(bytes[end - BLOCK]) + 1));
            }
            let Some(start) = (end + 1).checked_sub(BLOCK) else { continue };
            for (number, offset) in self.blocks.get(&hash).into_iter().flatten() {
                let picture = &self.wanted.pictures[*number].1;
                let before = common(bytes[..start].iter().rev(), picture[..*offset].iter().rev());
                let after = common(bytes[start..].iter(), picture[*offset..].iter());
                if after >= BLOCK && before + after >= RUN {
                    found.insert(*number);
                }
            }
        }
        found
    }
}

/// How many bytes two sequences have in common from their beginnings, 64 at most.
fn common<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other).take(RUN).take_while(|(one, other)| one == other).count()
}

/// Everything that these bytes may be the coding of.
fn each_decoding(bytes: &[u8], outermost: bool, see: &mut dyn FnMut(&'static str, &[u8])) {
    runs(bytes, 12, |byte| byte.is_ascii_hexdigit(), &mut |run| {
        for offset in 0..2 {
            let pairs = run[offset..].chunks_exact(2);
            let decoded: Vec<u8> = pairs
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            see("hexadecimal digits", &decoded);
        }
    });
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let base64 = GeneralPurpose::new(&STANDARD, lenient);
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_\r\n".contains(&byte);
    runs(bytes, 8, is_digit, &mut |run| {
        let digits: Vec<u8> = run
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect();
        for offset in 0..4.min(digits.len()) {
            let digits = &digits[offset..];
            // A single digit is no byte.
            let whole = digits.len() - usize::from(digits.len() % 4 == 1);
            see("base64", &base64.decode(&digits[..whole]).unwrap());
        }
    });
    if let Some(unescaped) = unescaped(bytes) {
        see("escapes", unescaped.as_bytes());
    }
    each_inflated(bytes, outermost, see);
}

/// The longest runs of bytes of a kind.
fn runs(bytes: &[u8], shortest: usize, kind: impl Fn(u8) -> bool, see: &mut dyn FnMut(&[u8])) {
    bytes.split(|byte| !kind(*byte)).filter(|run| run.len() >= shortest).for_each(see);
}

/// The text with `\u` escapes replaced, if there are any.
fn unescaped(bytes: &[u8]) -> Option<String> {
    let escape = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut units, mut at, mut any) = (Vec::new(), 0, false);
    while at < bytes.len() {
        match escape(at) {
            Some(unit) => {
                units.push(unit);
                any = true;
                at += 6;
            }
            // What is not ASCII is looked for in the bytes themselves.
            None => {
                units.push(u16::from(bytes[at]));
                at += 1;
            }
        }
    }
    any.then(|| String::from_utf16_lossy(&units))
}

/// Whatever inflates: gzip and zlib by their headers, a raw stream from the start, or from anywhere in a short string.
fn each_inflated(bytes: &[u8], outermost: bool, see: &mut dyn FnMut(&'static str, &[u8])) {
    let mut inflate = Decompress::new(false);
    let anywhere = outermost && bytes.len() <= SMALL;
    for at in 0..bytes.len() {
        let rest = &bytes[at..];
        let (coding, body) = match rest {
            [0x1F, 0x8B, 8, ..] => ("gzip", after_gzip_header(rest)),
            [first, second, body @ ..]
                if first & 0x8F == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0 =>
            {
                ("zlib", Some(body))
            }
            _ => ("", None),
        };
        let raw = (at == 0 || anywhere).then_some(("deflate", rest));
        for (coding, body) in body.map(|body| (coding, body)).into_iter().chain(raw) {
            inflate.reset(false);
            let mut inflated = Vec::with_capacity(16 * 1024);
            loop {
                let read = usize::try_from(inflate.total_in()).unwrap();
                let before = inflate.total_out();
                let state = inflate.decompress_vec(&body[read..], &mut inflated, FlushDecompress::None);
                let stuck = inflate.total_out() == before && inflated.len() < inflated.capacity();
                if !matches!(state, Ok(Status::Ok | Status::BufError)) || stuck {
                    break;
                }
                if inflated.len() == inflated.capacity() {
                    if inflated.len() >= LONGEST_INFLATED {
                        break;
                    }
                    inflated.reserve(inflated.len());
                }
            }
            if inflated.len() >= 5 {
                see(coding, &inflated);
            }
        }
    }
}

/// What follows a gzip header without its optional fields, or with a file's name.
fn after_gzip_header(stream: &[u8]) -> Option<&[u8]> {
    let body = stream.get(10..)?;
    match stream[3] {
        0 => Some(body),
        8 => body.iter().position(|byte| *byte == 0).map(|end| &body[end + 1..]),
        _ => None,
    }
}
