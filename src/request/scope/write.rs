use serde_json::{Value, json};

use super::{ADDRESS_DOCUMENT, COMPACT, ID_DOCUMENT, LEGACY, ScopeError, Words};
use crate::element::ElementType;
use crate::request::{RequiredElement, SuitableElement};

/// An object with the words of one form.
pub(super) fn object(
    rows: &[RequiredElement],
    words: &Words,
    name: fn(ElementType) -> &'static str,
) -> String {
    // Each form writes its flags as its SDKs do.
    let set = if words.data == COMPACT.data { json!(1) } else { json!(true) };
    let element = |suitable: &SuitableElement| -> Value {
        let flags = [
            (words.selfie, suitable.selfie),
            (words.translation, suitable.translation),
            (words.native_names, suitable.native_names),
        ];
        if flags.iter().all(|(_, asked)| !asked) {
            return name(suitable.kind).into();
        }
        let mut object = serde_json::Map::new();
        object.insert(words.element.into(), name(suitable.kind).into());
        for (flag, _) in flags.into_iter().filter(|(_, asked)| *asked) {
            object.insert(flag.into(), set.clone());
        }
        object.into()
    };
    let data: Vec<Value> = rows
        .iter()
        .map(|row| match row.alternatives() {
            [only] => element(only),
            several => json!({ words.choice: several.iter().map(element).collect::<Vec<_>>() }),
        })
        .collect();
    json!({ "v": 1, words.data: data }).to_string()
}

pub(super) fn legacy(rows: &[RequiredElement]) -> Result<String, ScopeError> {
    let selfie = rows.iter().flat_map(RequiredElement::alternatives).any(|suitable| suitable.selfie);
    let mut names = Vec::new();
    for (row, required) in (1..).zip(rows) {
        let alternatives = required.alternatives();
        let in_words = alternatives.iter().all(|suitable| {
            LEGACY.contains(&suitable.kind)
                && !suitable.translation
                && !suitable.native_names
                && (suitable.selfie || !(selfie && suitable.kind.is_identity_document()))
        });
        let kinds: Vec<ElementType> = alternatives.iter().map(|suitable| suitable.kind).collect();
        names.push(match kinds.as_slice() {
            _ if !in_words => return Err(ScopeError::NotLegacy { row }),
            [only] => only.name(),
            several if several == ID_DOCUMENT => "id_document",
            several if several == ADDRESS_DOCUMENT => "address_document",
            _ => return Err(ScopeError::NotLegacy { row }),
        });
    }
    if selfie {
        names.push("id_selfie");
    }
    Ok(json!(names).to_string())
}
