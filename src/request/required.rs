use crate::element::{ElementType, PartKind, Presence};

/// One way to satisfy a row: a kind of element and what the bot wants of it (`secureRequiredType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SuitableElement {
    /// The kind asked for.
    pub kind: ElementType,
    /// A selfie with the document is asked for (`selfie_required`).
    pub selfie: bool,
    /// A translation is asked for (`translation_required`).
    pub translation: bool,
    /// Names in the script of the country of residence are asked for (`native_names`).
    pub native_names: bool,
}

impl SuitableElement {
    /// This kind, without selfie, translation or native names.
    #[must_use]
    pub const fn new(kind: ElementType) -> Self {
        Self { kind, selfie: false, translation: false, native_names: false }
    }

    /// Asks for a selfie as well.
    #[must_use]
    pub const fn with_selfie(self) -> Self {
        Self { selfie: true, ..self }
    }

    /// Asks for a translation as well.
    #[must_use]
    pub const fn with_translation(self) -> Self {
        Self { translation: true, ..self }
    }

    /// Asks for native names as well.
    #[must_use]
    pub const fn with_native_names(self) -> Self {
        Self { native_names: true, ..self }
    }

    /// Whether a bot that asked for this gets parts of this kind: those every such element has, the selfie and
    /// the translation only if they were asked for, nothing the kind must not have (docs/protocol.md §8.2).
    #[must_use]
    pub const fn wants(self, part: PartKind) -> bool {
        match self.kind.presence(part) {
            Presence::Must => true,
            Presence::MustNot => false,
            Presence::May => match part {
                PartKind::Selfie => self.selfie,
                PartKind::Translation => self.translation,
                _ => false,
            },
        }
    }
}

/// One row of a request: the person shares exactly one of these alternatives (`secureRequiredTypeOneOf`, or a
/// single `secureRequiredType`). All rows of a request have to be satisfied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequiredElement {
    alternatives: Vec<SuitableElement>,
}

impl RequiredElement {
    /// A row with these alternatives, in the bot's order.
    #[must_use]
    pub fn one_of(alternatives: impl Into<Vec<SuitableElement>>) -> Self {
        Self { alternatives: alternatives.into() }
    }

    /// The alternatives, in the bot's order; one if there is no choice.
    #[must_use]
    pub fn alternatives(&self) -> &[SuitableElement] {
        &self.alternatives
    }
}

impl From<SuitableElement> for RequiredElement {
    fn from(only: SuitableElement) -> Self {
        Self { alternatives: vec![only] }
    }
}

impl From<ElementType> for RequiredElement {
    fn from(kind: ElementType) -> Self {
        SuitableElement::new(kind).into()
    }
}

/// Why rows contradict themselves: nobody could satisfy them as they stand. Rows count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequirementError {
    /// There is no row.
    #[error("nothing is asked for")]
    NoRows,
    /// A row without alternatives.
    #[error("row {row} leaves nothing to choose from")]
    NoAlternatives {
        /// The row, from 1.
        row: usize,
    },
    /// A kind stands in two places.
    #[error("the {} is asked for twice", .kind.noun())]
    Twice {
        /// The kind.
        kind: ElementType,
    },
    /// A kind that is no document stands among several alternatives.
    #[error("row {row}: the {} is no document and cannot be one of several alternatives", .kind.noun())]
    NotAnAlternative {
        /// The row, from 1.
        row: usize,
        /// The kind.
        kind: ElementType,
    },
    /// Identity documents and proofs of address in one row.
    #[error("row {row} mixes identity documents with proofs of address")]
    Mixed {
        /// The row, from 1.
        row: usize,
    },
    /// A selfie with something that is no identity document.
    #[error("the {} has no selfie to ask for", .kind.noun())]
    Selfie {
        /// The kind.
        kind: ElementType,
    },
    /// A translation of something that is no document.
    #[error("the {} has no translation to ask for", .kind.noun())]
    Translation {
        /// The kind.
        kind: ElementType,
    },
    /// Native names of something other than personal details.
    #[error("the {} has no native names to ask for", .kind.noun())]
    NativeNames {
        /// The kind.
        kind: ElementType,
    },
}

/// What may stand together in one row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// As the manual lets a bot ask: several identity documents, or several proofs of address.
    OfScope,
    /// As the server may send: anything but personal details, phone number or e-mail (Telegram Desktop's check).
    OfForm,
}

/// Checks rows against the rules of docs/protocol.md §7.2 (scopes) and §7.3 (forms).
pub(super) fn check(rows: &[RequiredElement], from: Rows) -> Result<(), RequirementError> {
    if rows.is_empty() {
        return Err(RequirementError::NoRows);
    }
    let mut seen = Vec::new();
    for (row, required) in (1..).zip(rows) {
        let alternatives = required.alternatives();
        if alternatives.is_empty() {
            return Err(RequirementError::NoAlternatives { row });
        }
        for suitable in alternatives {
            check_flags(suitable)?;
            if seen.contains(&suitable.kind) {
                return Err(RequirementError::Twice { kind: suitable.kind });
            }
            seen.push(suitable.kind);
        }
        if alternatives.len() > 1 {
            check_together(row, alternatives, from)?;
        }
    }
    Ok(())
}

fn check_flags(suitable: &SuitableElement) -> Result<(), RequirementError> {
    let kind = suitable.kind;
    if suitable.selfie && kind.presence(PartKind::Selfie) == Presence::MustNot {
        return Err(RequirementError::Selfie { kind });
    }
    if suitable.translation && kind.presence(PartKind::Translation) == Presence::MustNot {
        return Err(RequirementError::Translation { kind });
    }
    if suitable.native_names && kind != ElementType::PersonalDetails {
        return Err(RequirementError::NativeNames { kind });
    }
    Ok(())
}

fn check_together(row: usize, alternatives: &[SuitableElement], from: Rows) -> Result<(), RequirementError> {
    let allowed = |kind: ElementType| match from {
        Rows::OfScope => kind.is_identity_document() || kind.is_personal_document(),
        Rows::OfForm => {
            !matches!(kind, ElementType::PersonalDetails | ElementType::PhoneNumber | ElementType::Email)
        }
    };
    if let Some(odd) = alternatives.iter().find(|suitable| !allowed(suitable.kind)) {
        return Err(RequirementError::NotAnAlternative { row, kind: odd.kind });
    }
    let identity = alternatives.iter().filter(|suitable| suitable.kind.is_identity_document()).count();
    if from == Rows::OfScope && identity != 0 && identity != alternatives.len() {
        return Err(RequirementError::Mixed { row });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selfie_is_wanted_only_if_asked_for() {
        let plain = SuitableElement::new(ElementType::Passport);
        assert!(plain.wants(PartKind::Data) && plain.wants(PartKind::FrontSide));
        assert!(!plain.wants(PartKind::Selfie) && !plain.wants(PartKind::Translation));
        assert!(plain.with_selfie().wants(PartKind::Selfie));
        assert!(plain.with_translation().wants(PartKind::Translation));
        assert!(!plain.wants(PartKind::ReverseSide));
        assert!(SuitableElement::new(ElementType::DriverLicense).wants(PartKind::ReverseSide));
    }

    #[test]
    fn each_rule_has_its_own_error() {
        use ElementType::*;
        let of = |kind| SuitableElement::new(kind);
        let cases: [(Vec<RequiredElement>, RequirementError); 8] = [
            (vec![], RequirementError::NoRows),
            (vec![RequiredElement::one_of([])], RequirementError::NoAlternatives { row: 1 }),
            (vec![Email.into(), Email.into()], RequirementError::Twice { kind: Email }),
            (
                vec![Email.into(), RequiredElement::one_of([of(Passport), of(PhoneNumber)])],
                RequirementError::NotAnAlternative { row: 2, kind: PhoneNumber },
            ),
            (
                vec![RequiredElement::one_of([of(Passport), of(UtilityBill)])],
                RequirementError::Mixed { row: 1 },
            ),
            (vec![of(UtilityBill).with_selfie().into()], RequirementError::Selfie { kind: UtilityBill }),
            (vec![of(Address).with_translation().into()], RequirementError::Translation { kind: Address }),
            (vec![of(Passport).with_native_names().into()], RequirementError::NativeNames { kind: Passport }),
        ];
        for (rows, expected) in cases {
            assert_eq!(check(&rows, Rows::OfScope), Err(expected));
        }
        let mixed = [RequiredElement::one_of([of(Passport), of(UtilityBill)])];
        assert_eq!(check(&mixed, Rows::OfForm), Ok(()));
    }
}
