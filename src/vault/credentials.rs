use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::bot_public_key::BotPublicKey;
use super::secret::{ValueHash, ValueSecret};
use super::value::seal;
use crate::element::{ElementType, PartKind, Parts};

/// What the credentials call the service's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NonceName {
    /// `nonce`: the scope is a JSON object.
    Nonce,
    /// `payload`: the scope is of the old form, a JSON array.
    Payload,
}

impl NonceName {
    /// By the scope's form: `nonce` if it begins with `{` and ends with `}`.
    #[must_use]
    pub fn for_scope(scope: &str) -> Self {
        if scope.starts_with('{') && scope.ends_with('}') { Self::Nonce } else { Self::Payload }
    }

    /// `nonce` or `payload`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nonce => "nonce",
            Self::Payload => "payload",
        }
    }
}

/// What a bot needs to open one part: its hash and its secret.
#[derive(Debug)]
pub struct PartCredentials {
    /// `data_hash` or `file_hash`
    pub hash: ValueHash,
    /// `secret`
    pub secret: ValueSecret,
}

/// What a bot needs to open the parts of one element that it asked for, and no others.
#[derive(Debug, Default)]
pub struct ElementCredentials {
    /// `data`
    pub data: Option<PartCredentials>,
    /// Those of the files.
    pub parts: Parts<PartCredentials>,
}

/// Everything one service needs to open what a person shares with it.
///
/// Exactly what was put in is sealed, in that order. Phone number and e-mail address travel in the clear and have no
/// credentials.
pub struct Credentials {
    nonce_name: NonceName,
    nonce: String,
    elements: Vec<(ElementType, ElementCredentials)>,
}

impl Credentials {
    /// For no element yet, with the service's nonce, verbatim.
    #[must_use]
    pub fn new(nonce_name: NonceName, nonce: impl Into<String>) -> Self {
        Self { nonce_name, nonce: nonce.into(), elements: Vec::new() }
    }

    /// Puts an element's credentials in, in place of any that were there for this kind.
    ///
    /// For the two plain kinds, phone number and e-mail address, nothing is put in.
    pub fn insert(&mut self, kind: ElementType, credentials: ElementCredentials) {
        if matches!(kind, ElementType::PhoneNumber | ElementType::Email) {
            return;
        }
        match self.elements.iter_mut().find(|(present, _)| *present == kind) {
            Some((_, place)) => *place = credentials,
            None => self.elements.push((kind, credentials)),
        }
    }

    /// The kinds with credentials, in order.
    pub fn kinds(&self) -> impl Iterator<Item = ElementType> + '_ {
        self.elements.iter().map(|(kind, _)| *kind)
    }

    /// Seals them for the bot: JSON, sealed as a value is, under a secret that only the bot's private key opens.
    #[must_use]
    pub fn seal(&self, key: &BotPublicKey) -> EncryptedCredentials {
        let secret = ValueSecret::generate();
        let (data, hash) = seal(self.to_json().as_bytes(), &secret);
        EncryptedCredentials { data, hash, secret: key.encrypt(secret.as_bytes()) }
    }

    /// The JSON, compact, members in TDLib's order, hashes before secrets: some bots unpack by position.
    pub(super) fn to_json(&self) -> Zeroizing<String> {
        let mut json = JsonWriter::with_capacity(64 + self.nonce.len() * 6 + self.elements.len() * 4096);
        json.raw("{\"secure_data\":{");
        for (index, (kind, element)) in self.elements.iter().enumerate() {
            json.separator(index);
            json.key(kind.name());
            json.element(element);
        }
        json.raw("},");
        json.key(self.nonce_name.name());
        json.string(&self.nonce);
        json.raw("}");
        json.0
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("kinds", &self.kinds().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Sealed credentials (`secureCredentialsEncrypted`; the Bot API's `EncryptedCredentials`).
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedCredentials {
    /// `data`: ciphertext of the JSON.
    pub data: Vec<u8>,
    /// `hash`
    pub hash: ValueHash,
    /// `secret`: RSA ciphertext, as long as the bot's modulus.
    pub secret: Vec<u8>,
}

impl fmt::Debug for EncryptedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedCredentials").field("length", &self.data.len()).finish_non_exhaustive()
    }
}

/// Writes into one wiped buffer: the secrets inside must not linger in intermediate strings.
struct JsonWriter(Zeroizing<String>);

impl JsonWriter {
    fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(String::with_capacity(capacity)))
    }

    fn raw(&mut self, text: &str) {
        if self.0.capacity() - self.0.len() < text.len() {
            // Growing in place would leave the old buffer unwiped.
            let mut larger = Zeroizing::new(String::with_capacity((self.0.capacity() + text.len()) * 2));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(text);
    }

    fn separator(&mut self, index: usize) {
        if index > 0 {
            self.raw(",");
        }
    }

    fn key(&mut self, key: &str) {
        self.raw("\"");
        self.raw(key);
        self.raw("\":");
    }

    fn base64(&mut self, bytes: &[u8; 32]) {
        let mut text = Zeroizing::new([0; 44]);
        STANDARD.encode_slice(bytes, &mut text[..]).expect("32 bytes are 44 characters");
        self.raw("\"");
        self.raw(std::str::from_utf8(&text[..]).expect("base64 is ASCII"));
        self.raw("\"");
    }

    /// As TDLib does: the usual short escapes, other control characters and everything beyond ASCII as `\u`.
    fn string(&mut self, text: &str) {
        self.raw("\"");
        for character in text.chars() {
            match character {
                '"' => self.raw("\\\""),
                '\\' => self.raw("\\\\"),
                '\u{8}' => self.raw("\\b"),
                '\u{c}' => self.raw("\\f"),
                '\n' => self.raw("\\n"),
                '\r' => self.raw("\\r"),
                '\t' => self.raw("\\t"),
                ' '..='\u{7e}' => self.raw(character.encode_utf8(&mut [0; 4])),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.raw(&format!("\\u{unit:04x}"));
                    }
                }
            }
        }
        self.raw("\"");
    }

    fn element(&mut self, element: &ElementCredentials) {
        self.raw("{");
        let mut members = 0;
        if let Some(data) = &element.data {
            self.key("data");
            self.part("data_hash", data);
            members += 1;
        }
        for kind in PartKind::BY_NAME {
            let files = element.parts.of(kind);
            let Some(first) = files.first() else { continue };
            self.separator(members);
            if kind.is_list() {
                self.list(kind.name(), files);
            } else {
                self.key(kind.name());
                self.part("file_hash", first);
            }
            members += 1;
        }
        self.raw("}");
    }

    fn list(&mut self, name: &str, files: &[PartCredentials]) {
        self.key(name);
        self.raw("[");
        for (index, file) in files.iter().enumerate() {
            self.separator(index);
            self.part("file_hash", file);
        }
        self.raw("]");
    }

    fn part(&mut self, hash_name: &str, part: &PartCredentials) {
        self.raw("{");
        self.key(hash_name);
        self.base64(&part.hash.0);
        self.raw(",");
        self.key("secret");
        self.base64(part.secret.as_bytes());
        self.raw("}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::Part;

    #[test]
    fn strings_are_escaped_as_tdlib_does() {
        let credentials =
            Credentials::new(NonceName::Payload, "\u{8}\u{c}\r\n\t\"\\/<'\u{7f}\u{1f}é😀\u{2028}");
        let expected =
            r#"{"secure_data":{},"payload":"\b\f\r\n\t\"\\/<'\u007f\u001f\u00e9\ud83d\ude00\u2028"}"#;
        assert_eq!(credentials.to_json().as_str(), expected);
        let read: serde_json::Value = serde_json::from_str(&credentials.to_json()).expect("JSON");
        assert_eq!(read["payload"], credentials.nonce);
    }

    #[test]
    fn members_stand_in_tdlibs_order() {
        let part = || PartCredentials { hash: ValueHash([0; 32]), secret: ValueSecret::generate() };
        let mut element = ElementCredentials { data: Some(part()), ..ElementCredentials::default() };
        for place in [
            Part::Translation(0),
            Part::Selfie,
            Part::ReverseSide,
            Part::File(0),
            Part::FrontSide,
            Part::File(1),
        ] {
            element.parts.insert(place, part());
        }
        let mut credentials = Credentials::new(NonceName::Nonce, "");
        credentials.insert(ElementType::Passport, element);
        credentials.insert(ElementType::Address, ElementCredentials::default());
        let json = credentials.to_json();
        let places: Vec<_> = [
            "\"data\"",
            "\"files\"",
            "\"front_side\"",
            "\"reverse_side\"",
            "\"selfie\"",
            "\"translation\"",
            "\"nonce\"",
        ]
        .map(|name| json.find(name).expect("it is there"))
        .into();
        assert!(places.is_sorted(), "{places:?}");
        assert!(json.contains("\"address\":{}"), "an element without parts is named all the same");
        let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read["secure_data"]["passport"]["files"].as_array().map(Vec::len), Some(2));
    }
}
