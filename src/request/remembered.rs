//! What bots objected to and nothing has settled, beyond the server's word.
//!
//! An objection to a field is settled when that field's value changes (docs/protocol.md §9). The server cannot see that: it
//! is blind, and what it can go by is the hash of the sealed data, which changes with every save, also one that left
//! the field alone. So a server may drop the objection to an expiry date because the selfie was replaced. Whoever can
//! read the field knows better, if they saw the objection while it stood.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{ElementError, ErrorSource, Held};
use crate::element::{Element, ElementType, Field, RawFields, UnknownFields};

/// Objections to fields, with what the fields said then.
///
/// It holds personal data: it is wiped on drop, and who keeps [`to_json`](Self::to_json) seals it.
#[derive(Clone, Default)]
pub struct RememberedObjections(Vec<Remembered>);

#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Remembered {
    bot_id: i64,
    kind: String,
    field: String,
    message: String,
    /// What the field said.
    value: String,
    /// Which version of the element was looked at.
    version: Vec<u8>,
}

impl RememberedObjections {
    /// As many are remembered, the last ones.
    pub const MOST: usize = 200;

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was kept as JSON; nothing of what is none.
    #[must_use]
    pub fn from_json(json: &[u8]) -> Self {
        Self(serde_json::from_slice(json).unwrap_or_default())
    }

    /// As JSON, to be sealed and kept.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(&self.0).expect("texts and numbers are JSON"))
    }

    /// Takes note of what the server says a bot objects to, and answers what it does not say any more although the
    /// field has not changed, of the kinds that are asked for.
    ///
    /// `version` names the version of an element: where nothing was saved since, an objection that has gone was taken
    /// back by the bot.
    pub(crate) fn recall<F>(
        &mut self,
        bot_id: i64,
        listed: &[ElementError],
        held: &[Held<'_, F>],
        asked: &[ElementType],
        version: impl Fn(&Held<'_, F>) -> Vec<u8>,
    ) -> Vec<ElementError> {
        let element = |kind: ElementType| held.iter().find(|held| held.element().kind() == kind);
        let is_listed = |kind: ElementType, field: &str| {
            listed.iter().any(|error| error.kind == kind && error.field() == Some(field))
        };
        let mut standing = Vec::new();
        self.0.retain(|remembered| {
            let kind = ElementType::from_name(&remembered.kind);
            let Some(kind) = kind.filter(|kind| remembered.bot_id == bot_id && asked.contains(kind)) else {
                return true;
            };
            // What is listed is noted anew below.
            let Some(held) = element(kind).filter(|_| !is_listed(kind, &remembered.field)) else {
                return false;
            };
            let changed = *value(held.element(), &remembered.field) != remembered.value;
            let stands = !changed && version(held) != remembered.version;
            if stands {
                let source =
                    ErrorSource::DataField { field: remembered.field.clone(), data_hash: Vec::new() };
                standing.push(ElementError { kind, source, message: remembered.message.clone() });
            }
            stands
        });
        for error in listed {
            if let (Some(field), Some(held)) = (error.field(), element(error.kind)) {
                self.0.push(Remembered {
                    bot_id,
                    kind: error.kind.name().to_owned(),
                    field: field.to_owned(),
                    message: error.message.clone(),
                    value: value(held.element(), field).to_string(),
                    version: version(held),
                });
            }
        }
        let surplus = self.0.len().saturating_sub(Self::MOST);
        self.0.drain(..surplus);
        standing
    }
}

/// What stands under a field's name, understood or not, known or not.
fn value<F>(element: &Element<F>, name: &str) -> Zeroizing<String> {
    let field = Field::from_name(name).filter(|field| Field::of(element.kind()).contains(field));
    let mut value = field.and_then(|field| element.text(field)).unwrap_or_default();
    let raw = element.raw_fields().into_iter().flat_map(RawFields::iter);
    let raw = raw.filter(|(raw, _)| Some(*raw) == field).map(|(_, json)| json);
    let unknown = element.unknown_fields().into_iter().flat_map(UnknownFields::iter);
    let unknown = unknown.filter(|(unknown, _)| *unknown == name).map(|(_, json)| json);
    for json in raw.chain(unknown) {
        value.push('\n');
        value.push_str(json);
    }
    value
}

/// The objections may quote the person's data: only their number is shown.
impl fmt::Debug for RememberedObjections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RememberedObjections").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passport(json: &str) -> Element<()> {
        Element::read_data(ElementType::Passport, json.as_bytes()).unwrap().0
    }

    fn objection(field: &str) -> ElementError {
        let source = ErrorSource::DataField { field: field.to_owned(), data_hash: vec![1; 32] };
        ElementError { kind: ElementType::Passport, source, message: "unclear".to_owned() }
    }

    fn recall(
        memory: &mut RememberedObjections,
        listed: &[ElementError],
        element: &Element<()>,
        version: u8,
    ) -> Vec<String> {
        let held = [Held::stored(element, &[version], |()| Vec::new())];
        let version = |held: &Held<'_, ()>| held.element_hash().unwrap().to_vec();
        let standing = memory.recall(7, listed, &held, &[ElementType::Passport], version);
        standing.iter().map(|error| error.field().unwrap().to_owned()).collect()
    }

    #[test]
    fn an_objection_stays_until_its_field_has_changed() {
        let mut memory = RememberedObjections::default();
        let before = passport(r#"{"document_no":"1","expiry_date":"31.12.2030"}"#);
        let listed = [objection("expiry_date"), objection("document_no")];
        assert!(recall(&mut memory, &listed, &before, 1).is_empty(), "the server says it");
        // A save that left both alone, after which the server says nothing.
        assert_eq!(recall(&mut memory, &[], &before, 2), ["expiry_date", "document_no"]);
        // It is kept, and read again.
        memory = RememberedObjections::from_json(&memory.to_json());
        let number = passport(r#"{"document_no":"2","expiry_date":"31.12.2030"}"#);
        assert_eq!(recall(&mut memory, &[], &number, 3), ["expiry_date"]);
        assert_eq!(recall(&mut memory, &[], &number, 4), ["expiry_date"]);
        let date = passport(r#"{"document_no":"2","expiry_date":"31.12.2031"}"#);
        assert!(recall(&mut memory, &[], &date, 5).is_empty());
        // What is settled does not come back with the old value.
        assert!(recall(&mut memory, &[], &number, 6).is_empty());
    }

    #[test]
    fn what_the_bot_takes_back_is_settled() {
        let mut memory = RememberedObjections::default();
        let element = passport(r#"{"document_no":"1"}"#);
        recall(&mut memory, &[objection("document_no")], &element, 1);
        assert!(recall(&mut memory, &[], &element, 1).is_empty(), "nothing was saved since");
        assert!(recall(&mut memory, &[], &element, 2).is_empty());
    }

    #[test]
    fn what_is_not_known_or_not_understood_has_a_value_too() {
        let mut memory = RememberedObjections::default();
        let before = passport(r#"{"expiry_date":"2030-12-31","note":1}"#);
        recall(&mut memory, &[objection("expiry_date"), objection("note")], &before, 1);
        let after = passport(r#"{"expiry_date":"2031-12-31","note":1}"#);
        assert_eq!(recall(&mut memory, &[], &after, 2), ["note"]);
    }

    #[test]
    fn other_bots_and_what_is_not_asked_for_are_left_alone() {
        let mut memory = RememberedObjections::default();
        let element = passport(r#"{"document_no":"1"}"#);
        recall(&mut memory, &[objection("document_no")], &element, 1);
        let held = [Held::stored(&element, &[2], |()| Vec::new())];
        let version = |held: &Held<'_, ()>| held.element_hash().unwrap().to_vec();
        assert!(memory.recall(8, &[], &held, &[ElementType::Passport], version).is_empty());
        assert!(memory.recall(7, &[], &held, &[ElementType::Email], version).is_empty());
        assert_eq!(recall(&mut memory, &[], &element, 2), ["document_no"]);
        // What is not stored any more cannot be objected to.
        let nothing: [Held<'_, ()>; 0] = [];
        assert!(memory.recall(7, &[], &nothing, &[ElementType::Passport], version).is_empty());
        assert!(recall(&mut memory, &[], &element, 3).is_empty());
    }
}
