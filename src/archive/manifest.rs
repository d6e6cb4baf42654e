use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::element::{Element, ElementType, Part, PartKind, UnixTime};

/// Where a file lies in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivedFile {
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl ArchivedFile {
    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// What an archive does not have, although it was stored: an element, or one file of an element that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenOmission", into = "WrittenOmission")]
pub struct Omission {
    /// Which element.
    pub kind: ElementType,
    /// Which of its files, in the places that were stored; `None` for the whole element.
    pub part: Option<Part>,
    /// Why, in the words of the engine that could not read it.
    pub reason: String,
}

/// `Passport (front_side): the file is not stored any more`
impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.title())?;
        if let Some(part) = self.part {
            write!(f, " ({part})")?;
        }
        write!(f, ": {}", self.reason)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOmission {
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    reason: String,
}

impl From<Omission> for WrittenOmission {
    fn from(omission: Omission) -> Self {
        let index = match omission.part {
            Some(Part::Translation(index) | Part::File(index)) => Some(index),
            _ => None,
        };
        Self {
            kind: omission.kind.name().to_owned(),
            part: omission.part.map(|part| part.kind().name().to_owned()),
            index,
            reason: omission.reason,
        }
    }
}

impl TryFrom<WrittenOmission> for Omission {
    type Error = &'static str;

    fn try_from(written: WrittenOmission) -> Result<Self, Self::Error> {
        let kind = ElementType::from_name(&written.kind).ok_or("no type of an element")?;
        let part = match (written.part.as_deref(), written.index) {
            (None, None) => None,
            (Some(name), index) => Some(part(name, index).ok_or("no place of a file")?),
            (None, Some(_)) => return Err("an index without a part"),
        };
        Ok(Self { kind, part, reason: written.reason })
    }
}

fn part(name: &str, index: Option<usize>) -> Option<Part> {
    let kind = PartKind::of_files(name).filter(|kind| kind.is_list() == index.is_some())?;
    kind.at(index.unwrap_or(0))
}

/// What is in an archive, and where.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) created: UnixTime,
    pub(super) elements: Vec<Element<ArchivedFile>>,
    pub(super) omitted: Vec<Omission>,
}

/// The most that is read, in bytes: thirteen elements, each with all it may hold.
pub(super) const MOST_BYTES: u64 = 32 << 20;

impl Manifest {
    pub(super) fn to_json(&self) -> serde_json::Result<Zeroizing<Vec<u8>>> {
        // Written twice, so that a buffer that grows leaves no copy behind.
        let mut length = Length(0);
        serde_json::to_writer(&mut length, self)?;
        let mut json = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *json, self)?;
        Ok(json)
    }

    /// `None` unless it is a manifest whose files fill exactly so many bytes before it.
    pub(super) fn parse(json: &[u8], bytes_before: u64) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(json).ok()?;
        let mut kinds: Vec<ElementType> = manifest.elements.iter().map(Element::kind).collect();
        kinds.sort_unstable();
        if kinds.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        let mut end = 0_u64;
        for (_, file) in manifest.elements.iter().flat_map(Element::files) {
            if file.offset != end {
                return None;
            }
            end = end.checked_add(file.length)?;
        }
        (end == bytes_before).then_some(manifest)
    }
}

/// Counts what is written to it.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELEMENT: &str =
        r#"{"type":"utility_bill","files":[{"offset":0,"length":3},{"offset":3,"length":0}]}"#;

    fn parse(elements: &str, omitted: &str, before: u64) -> Option<Manifest> {
        let json = format!(r#"{{"created":1,"elements":[{elements}],"omitted":[{omitted}]}}"#);
        Manifest::parse(json.as_bytes(), before)
    }

    #[test]
    fn files_lie_one_after_the_other() {
        assert!(parse("", "", 0).is_some());
        assert!(parse(ELEMENT, "", 3).is_some());
        for before in [0, 2, 4] {
            assert!(parse(ELEMENT, "", before).is_none());
        }
        assert!(parse(&ELEMENT.replace(":3,", ":2,"), "", 3).is_none());
        assert!(parse(&ELEMENT.replace(":0}", ":18446744073709551615}"), "", 2).is_none());
        assert!(parse(&format!("{ELEMENT},{ELEMENT}"), "", 3).is_none());
        let other = r#"{"type":"bank_statement","files":[{"offset":3,"length":1}]}"#;
        assert!(parse(&format!("{ELEMENT},{other}"), "", 4).is_some());
        assert!(parse(&format!("{other},{ELEMENT}"), "", 4).is_none());
    }

    #[test]
    fn omissions_name_their_place() {
        let parts = [
            None,
            Some(Part::FrontSide),
            Some(Part::ReverseSide),
            Some(Part::Selfie),
            Some(Part::Translation(0)),
            Some(Part::File(7)),
        ];
        for part in parts {
            let omission = Omission { kind: ElementType::Passport, part, reason: "gone".to_owned() };
            let json = serde_json::to_string(&omission).unwrap();
            assert_eq!(serde_json::from_str::<Omission>(&json).unwrap(), omission, "{json}");
        }
        for wrong in [
            r#"{"type":"pass","reason":""}"#,
            r#"{"type":"passport","part":"data","reason":""}"#,
            r#"{"type":"passport","part":"files","reason":""}"#,
            r#"{"type":"passport","part":"selfie","index":0,"reason":""}"#,
            r#"{"type":"passport","index":0,"reason":""}"#,
        ] {
            assert!(parse("", wrong, 0).is_none(), "{wrong}");
        }
    }

    #[test]
    fn its_json_has_room() {
        let manifest = parse(ELEMENT, "", 3).unwrap();
        let json = manifest.to_json().unwrap();
        assert_eq!(json.len(), json.capacity());
        assert_eq!(Manifest::parse(&json, 3).unwrap().elements, manifest.elements);
    }
}
