//! The rows of a form: what they name, and what satisfies them.

use std::collections::BTreeMap;

use telegram_passport::cloud::{SecureRequiredType, SecureValue};
use telegram_passport::element::ElementType;

/// The kinds a row names.
pub(in crate::state) fn kinds_of(row: &SecureRequiredType) -> Box<dyn Iterator<Item = ElementType> + '_> {
    match row {
        SecureRequiredType::Type { kind, .. } => Box::new(std::iter::once(*kind)),
        SecureRequiredType::OneOf(types) => Box::new(types.iter().flat_map(kinds_of)),
    }
}

/// Whether an element is given that this row names, with the parts it asks for.
pub(in crate::state) fn satisfied(
    row: &SecureRequiredType,
    shared: &BTreeMap<ElementType, &SecureValue>,
) -> bool {
    match row {
        SecureRequiredType::Type { kind, selfie_required, translation_required, .. } => {
            shared.get(kind).is_some_and(|value| {
                (!selfie_required || value.parts.selfie.is_some())
                    && (!translation_required || !value.parts.translation.is_empty())
            })
        }
        SecureRequiredType::OneOf(types) => types.iter().any(|row| satisfied(row, shared)),
    }
}

/// The value without the parts that no row asks for.
pub(in crate::state) fn withheld(value: &SecureValue, rows: &[SecureRequiredType]) -> SecureValue {
    let (selfie, translation) = asked_for(value.kind, rows).unwrap_or_default();
    let mut value = value.clone();
    if !selfie {
        value.parts.selfie = None;
    }
    if !translation {
        value.parts.translation.clear();
    }
    value
}

/// Whether this kind's selfie and its translation are asked for; a kind stands in one row only.
fn asked_for(kind: ElementType, rows: &[SecureRequiredType]) -> Option<(bool, bool)> {
    rows.iter().find_map(|row| match row {
        SecureRequiredType::Type { kind: named, selfie_required, translation_required, .. } => {
            (*named == kind).then_some((*selfie_required, *translation_required))
        }
        SecureRequiredType::OneOf(types) => asked_for(kind, types),
    })
}
