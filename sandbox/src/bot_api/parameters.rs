//! The parameters of a call, as the official server reads them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use axum::http::{HeaderMap, header};
use flate2::read::{GzDecoder, ZlibDecoder};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::answer::BotApiError;

/// What a call says, in its query and its body. The query goes before the body, and the first value of a name counts.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    values: BTreeMap<String, String>,
    files: BTreeMap<String, File>,
}

/// A file that came with a call.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) mime_type: Option<String>,
    pub(super) bytes: Bytes,
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters")
            .field("values", &self.values.keys())
            .field("files", &self.files.keys())
            .finish_non_exhaustive()
    }
}

impl Parameters {
    /// Reads a query and a body of at most so many bytes, compressed or not. What is broken is not there.
    pub(super) async fn read(
        query: &str,
        headers: &HeaderMap,
        body: Bytes,
        most: usize,
    ) -> Result<Self, BotApiError> {
        let mut parameters = Self::default();
        parameters.add_pairs(query.as_bytes());
        let body = unpacked(headers, body, most)?;
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => parameters.add_json(&body),
            "multipart/form-data" => parameters.add_multipart(content_type, body).await,
            _ => parameters.add_pairs(&body),
        }
        Ok(parameters)
    }

    /// Those of a method that a webhook's answer carries.
    pub(super) async fn of_webhook_answer(headers: &HeaderMap, body: Bytes, most: usize) -> Self {
        Self::read("", headers, body, most).await.unwrap_or_default()
    }

    fn add(&mut self, name: String, value: String) {
        self.values.entry(name).or_insert(value);
    }

    fn add_pairs(&mut self, text: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(text) {
            self.add(name.into_owned(), value.into_owned());
        }
    }

    fn add_json(&mut self, body: &[u8]) {
        let Ok(Members(members)) = serde_json::from_slice(body) else { return };
        for (name, value) in members {
            // A text is its contents; anything else stays as it was written.
            let value = serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned());
            self.add(name, value);
        }
    }

    async fn add_multipart(&mut self, content_type: &str, body: Bytes) {
        let request = Request::builder().header(header::CONTENT_TYPE, content_type).body(Body::from(body));
        let Ok(mut request) = request else { return };
        // The whole has a bound already.
        DefaultBodyLimit::disable().apply(&mut request);
        let Ok(mut parts) = Multipart::from_request(request, &()).await else { return };
        while let Ok(Some(part)) = parts.next_field().await {
            let Some(name) = part.name().map(str::to_owned) else { continue };
            let file_name = part.file_name().map(str::to_owned);
            let mime_type = part.content_type().map(str::to_owned);
            let Ok(bytes) = part.bytes().await else { return };
            match file_name {
                Some(file_name) => {
                    let file = File { name: file_name, mime_type, bytes };
                    self.files.entry(name).or_insert(file);
                }
                None => self.add(name, String::from_utf8_lossy(&bytes).into_owned()),
            }
        }
    }

    /// The value of this name; "" if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether there is one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The number at the beginning of the value; the other, if there is no value; within these bounds in any case.
    pub(super) fn number(&self, name: &str, otherwise: i64, least: i64, most: i64) -> i64 {
        match self.text(name) {
            "" => otherwise,
            text => number_at_the_start(text),
        }
        .clamp(least, most)
    }

    /// A number that is an id; 0, if it is none.
    pub(super) fn id(&self, name: &str) -> i64 {
        self.number(name, 0, i64::MIN, i64::MAX)
    }

    /// Whether the value says yes.
    pub(super) fn flag(&self, name: &str) -> bool {
        ["true", "yes", "1"].iter().any(|yes| self.text(name).eq_ignore_ascii_case(yes))
    }

    /// The value as JSON; `None` if there is none, or if it is `null`.
    pub(super) fn json<T: DeserializeOwned>(&self, name: &str) -> Option<serde_json::Result<T>> {
        match self.text(name) {
            "" | "null" => None,
            text => Some(serde_json::from_str(text)),
        }
    }

    /// The file of this name, or the one that the value of this name attaches.
    pub(super) fn file(&self, name: &str) -> Option<&File> {
        let attached = || self.files.get(self.text(name).strip_prefix("attach://")?);
        self.files.get(name).or_else(attached)
    }

    /// All of it for the log: of a file, its size.
    pub(super) fn shown(&self) -> BTreeMap<String, String> {
        let mut shown = self.values.clone();
        for (name, file) in &self.files {
            shown.insert(name.clone(), format!("({} bytes)", file.bytes.len()));
        }
        shown
    }
}

/// A sign and digits at the start of a text; 0, if there are none.
fn number_at_the_start(text: &str) -> i64 {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let number = digits[..end].parse::<i64>().unwrap_or(if end == 0 { 0 } else { i64::MAX });
    if digits.len() == text.len() { number } else { -number }
}

/// The body without its compression.
fn unpacked(headers: &HeaderMap, body: Bytes, most: usize) -> Result<Bytes, BotApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let reader: Box<dyn std::io::Read> = match encoding.map(str::to_ascii_lowercase).as_deref() {
        Some("gzip" | "x-gzip") => Box::new(GzDecoder::new(&body[..])),
        Some("deflate") => Box::new(ZlibDecoder::new(&body[..])),
        _ => return Ok(body),
    };
    let mut unpacked = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .take(limit)
        .read_to_end(&mut unpacked)
        .map_err(|_| BotApiError::bad_request("can't decompress the request"))?;
    if unpacked.len() > most { Err(too_large()) } else { Ok(unpacked.into()) }
}

/// A body that is larger than anybody sends.
pub(super) fn too_large() -> BotApiError {
    BotApiError::new(413, "Request Entity Too Large")
}

/// The members of an object in their order, as they were written.
struct Members<'a>(Vec<(String, Cow<'a, RawValue>)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((name, Cow::Borrowed(value)));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    async fn read(query: &str, content_type: &str, body: &[u8]) -> Parameters {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().expect("a header"));
        let body = Bytes::copy_from_slice(body);
        Parameters::read(query, &headers, body, 1 << 20).await.expect("not too large")
    }

    #[tokio::test]
    async fn the_query_is_first_and_so_is_the_first_value() {
        let form = "application/x-www-form-urlencoded";
        let read = read("a=1&a=2&b=%C3%BC+x", form, b"a=3&c=4&c=5").await;
        assert_eq!((read.text("a"), read.text("b"), read.text("c"), read.text("d")), ("1", "ü x", "4", ""));
        assert!(read.has("c") && !read.has("d"));
    }

    #[tokio::test]
    async fn json_keeps_what_is_no_text_as_it_was_written() {
        let body = br#"{"chat_id": 5000000001, "text": "a \"b\"", "markup": {"x": [1, 2]}, "flag": TRUE}"#;
        assert_eq!(read("", "application/json", body).await, Parameters::default(), "broken");
        let body = br#"{"chat_id": 5000000001, "text": "a \"b\"", "markup": {"x": [1, 2]}, "text": "c"}"#;
        let read = read("", "Application/JSON; charset=utf-8", body).await;
        assert_eq!((read.text("chat_id"), read.text("text")), ("5000000001", "a \"b\""));
        assert_eq!((read.text("markup"), read.id("chat_id")), (r#"{"x": [1, 2]}"#, 5_000_000_001));
        let markup: serde_json::Value = read.json("markup").expect("there").expect("JSON");
        assert_eq!(markup["x"][1], 2);
    }

    #[tokio::test]
    async fn files_come_by_their_name_or_attached() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"photo\"\r\n\r\nattach://one\r\n\
            --x\r\nContent-Disposition: form-data; name=\"one\"; filename=\"a.jpg\"\r\n\
            Content-Type: image/jpeg\r\n\r\nbytes\r\n--x--\r\n";
        let read = read("", "multipart/form-data; boundary=x", body).await;
        let file = read.file("photo").expect("attached");
        assert_eq!((file.name.as_str(), &file.bytes[..]), ("a.jpg", &b"bytes"[..]));
        assert_eq!(read.shown()["one"], "(5 bytes)");
        assert!(read.file("document").is_none());
    }

    #[tokio::test]
    async fn compressed_bodies_are_unpacked_within_bounds() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&[b'a'; 100_000]).expect("in memory");
        packer.write_all(b"=1").expect("in memory");
        let packed = Bytes::from(packer.finish().expect("in memory"));
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().expect("a header"));
        let read = |most| Parameters::read("", &headers, packed.clone(), most);
        assert_eq!(read(200_000).await.expect("small enough").text(&"a".repeat(100_000)), "1");
        assert_eq!(read(50_000).await.expect_err("a bomb").code, 413);
    }

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        for (text, expected) in
            [("12", 12), ("-3x", -3), ("x", 0), ("", 0), ("99999999999999999999", i64::MAX)]
        {
            assert_eq!(number_at_the_start(text), expected, "{text}");
        }
        let parameters = |value: &str| Parameters {
            values: BTreeMap::from([("a".to_owned(), value.to_owned())]),
            ..Parameters::default()
        };
        assert_eq!(parameters("500").number("a", 7, 1, 100), 100);
        assert_eq!(parameters("").number("a", 7, 1, 100), 7);
        for (text, yes) in [("True", true), ("YES", true), ("1", true), ("on", false), ("", false)] {
            assert_eq!(parameters(text).flag("a"), yes, "{text}");
        }
    }
}
