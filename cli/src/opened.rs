//! A share that verified, as `open` and `demo` show and write it.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use telegram_passport::element::{Date, Element, PartKind, Parts, UnixTime};
use telegram_passport::scan;
use telegram_passport::vault::FileContents;
use telegram_passport::vault::bot::{OpenedElement, OpenedShare, PassportData, PassportFile};
use zeroize::Zeroizing;

use crate::failure::{Failure, sentence};
use crate::printable;
use crate::writing::{Batch, Folder};

/// What a bot must do before it believes anything: the encryption has no signature.
const NOT_COMPARED: &str = "no nonce was compared: whoever has the bot's public key can make a share that opens, so a \
    bot accepts one only with the nonce of a request of its own, once; --nonce compares it";

/// An opened share.
#[derive(Serialize)]
pub(crate) struct Opened {
    nonce: String,
    /// `nonce` or `payload`, as the credentials call it.
    nonce_name: &'static str,
    /// Whether it is that of the request, which the caller named.
    nonce_compared: bool,
    elements: Vec<ShownElement>,
    /// The types of elements that were left sealed: this version does not know them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unknown: Vec<String>,
    /// What looks odd, though it verified.
    remarks: Vec<String>,
    /// How many files were left sealed.
    unopened_files: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

/// Whether the share's nonce is known to be that of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nonce {
    Compared,
    Unknown,
}

/// One element, and what is known of its files beside their contents.
struct ShownElement {
    element: Element<FileContents>,
    hash: String,
    data: Option<ShownData>,
    files: Parts<FileFacts>,
}

/// The JSON as it was sealed.
struct ShownData {
    json: Zeroizing<String>,
    hash: String,
}

#[derive(Serialize)]
struct FileFacts {
    file_id: String,
    file_unique_id: String,
    file_date: UnixTime,
    /// For `setPassportDataErrors`.
    file_hash: String,
    /// Bytes of the contents.
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_as: Option<String>,
}

impl Opened {
    /// Looks at what was opened. With `files_opened` false, files that were shared are counted, not missed.
    pub(crate) fn new(data: &PassportData, share: OpenedShare, files_opened: bool, compared: Nonce) -> Self {
        let mut remarks = Vec::new();
        if compared == Nonce::Unknown {
            remarks.push(NOT_COMPARED.to_owned());
        }
        remarks.extend(
            share.unknown.iter().map(|name| {
                format!("{name}: this version does not know such an element; it was left sealed")
            }),
        );
        let (nonce, nonce_name) =
            (share.credentials.nonce().to_owned(), share.credentials.nonce_name().name());
        let mut elements = Vec::new();
        for (sealed, element) in data.elements.iter().zip(share.elements) {
            let unopened = (!files_opened).then_some(&sealed.parts);
            remark_on_contents(&element, unopened, &mut remarks);
            elements.push(ShownElement::new(element, &mut remarks));
        }
        if elements.is_empty() && share.unknown.is_empty() {
            remarks.push("no element was shared".to_owned());
        }
        let shared: usize = data.elements.iter().map(|element| element.parts.len()).sum();
        let unopened_files = if files_opened { 0 } else { shared };
        Self {
            nonce,
            nonce_name,
            nonce_compared: compared == Nonce::Compared,
            elements,
            unknown: share.unknown,
            remarks,
            unopened_files,
            out: None,
        }
    }

    /// Writes each element's JSON and its pictures.
    pub(crate) fn write(mut self, folder: &Path) -> Result<Self, Failure> {
        let place = Folder::create(folder)?;
        let mut batch = Batch::default();
        for element in &mut self.elements {
            let kind = element.element.kind();
            element.files = std::mem::take(&mut element.files).try_map(|part, facts| {
                let contents = element.element.file(part).map(FileContents::as_bytes).unwrap_or_default();
                let name = format!("{kind}-{}.{}", part.file_stem(), extension(contents));
                batch.add(&place, &name, contents)?;
                Ok::<_, Failure>(FileFacts { saved_as: Some(name), ..facts })
            })?;
            let json = serde_json::to_vec_pretty(&element).map(Zeroizing::new);
            let json = json.map_err(|error| Failure::failed(sentence(&error)))?;
            batch.add(&place, &format!("{kind}.json"), &json)?;
        }
        batch.place()?;
        self.out = Some(folder.to_owned());
        Ok(self)
    }
}

impl ShownElement {
    fn new(opened: OpenedElement, remarks: &mut Vec<String>) -> Self {
        let element = opened.element;
        let files = opened
            .files
            .into_iter()
            .map(|file| {
                let contents = element.file(file.part).map(FileContents::as_bytes).unwrap_or_default();
                let inspection = scan::inspect(contents);
                if let Err(error) = &inspection {
                    remarks.push(format!("{}: {}: {error}", element.kind().title(), file.part));
                }
                let size = inspection.ok().map(|seen| (seen.width, seen.height));
                let facts = FileFacts {
                    file_id: file.file.file_id,
                    file_unique_id: file.file.file_unique_id,
                    file_date: file.file.file_date,
                    file_hash: BASE64_STANDARD.encode(file.hash.0),
                    size: contents.len(),
                    width: size.map(|(width, _)| width),
                    height: size.map(|(_, height)| height),
                    saved_as: None,
                };
                (file.part, facts)
            })
            .collect();
        let data =
            opened.data.map(|data| ShownData { json: data.json, hash: BASE64_STANDARD.encode(data.hash.0) });
        Self { element, hash: BASE64_STANDARD.encode(&opened.hash), data, files }
    }
}

/// What is odd about an element's contents. None of it makes a share less genuine.
fn remark_on_contents(
    opened: &OpenedElement,
    unopened: Option<&Parts<PassportFile>>,
    remarks: &mut Vec<String>,
) {
    let title = opened.kind().title();
    let flaws = opened.data.iter().flat_map(|data| &data.flaws);
    remarks.extend(flaws.map(|flaw| format!("{title}: {flaw}")));
    let mut whole = opened.element.clone().map_files(|_, _| ());
    if let Some(unopened) = unopened {
        whole = whole.with_parts(unopened.clone().map(|_, _| ()));
    }
    // A problem names its element itself.
    remarks.extend(whole.obstacles().iter().map(ToString::to_string));
    let expiry = whole.identity_document().and_then(|document| document.expiry_date);
    if let Some(day) = expiry.filter(|day| *day < Date::today()) {
        remarks.push(format!("{title}: it expired on {day}"));
    }
}

/// By what it is, not by what it should be.
fn extension(contents: &[u8]) -> &'static str {
    if contents.starts_with(&[0xff, 0xd8, 0xff]) { "jpg" } else { "bin" }
}

/// The shape of the Bot API's `EncryptedPassportElement`, opened.
impl Serialize for ShownElement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.element.kind().name())?;
        map.serialize_entry("hash", &self.hash)?;
        if let Some(data) = &self.data {
            let raw: &RawValue = serde_json::from_str(&data.json).map_err(serde::ser::Error::custom)?;
            map.serialize_entry("data", raw)?;
            map.serialize_entry("data_hash", &data.hash)?;
        }
        if let Some(plain) = self.element.plain() {
            map.serialize_entry(self.element.kind().name(), plain)?;
        }
        self.files.serialize_members(PartKind::FILES, &mut map)?;
        map.end()
    }
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The share opens with this key, and every part of it matches its hash.")?;
        write!(f, "{} {:?}", self.nonce_name, printable::line(&self.nonce))?;
        writeln!(f, "{}", if self.nonce_compared { ", as in the request" } else { "" })?;
        for element in &self.elements {
            writeln!(f, "\n{}", element.element.kind().title())?;
            for field in element.element.filled_fields() {
                writeln!(f, "  {}", printable::field(&field))?;
            }
            for (part, facts) in element.files.iter_by_name() {
                write!(f, "  {:<22} {}", part.to_string(), printable::size(facts.size as u64))?;
                if let (Some(width), Some(height)) = (facts.width, facts.height) {
                    write!(f, ", {width}×{height}")?;
                }
                match (&facts.saved_as, &self.out) {
                    (Some(name), Some(folder)) => writeln!(f, "  {}", folder.join(name).display())?,
                    _ => writeln!(f)?,
                }
            }
        }
        if self.unopened_files > 0 {
            writeln!(f, "\n{} files were not looked at: --files says where they are.", self.unopened_files)?;
        }
        if !self.remarks.is_empty() {
            writeln!(f, "\nRemarks")?;
            for remark in &self.remarks {
                writeln!(f, "  {}", printable::line(remark))?;
            }
        }
        Ok(())
    }
}
