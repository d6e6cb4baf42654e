use std::fmt;

use super::{Held, SuitableElement};
use crate::element::{ElementType, Part, PartKind, Presence};

/// What a person shares: one complete alternative of each row of a form, part by part.
///
/// It is a proof, made by [`Assessment::select`](super::Assessment::select) alone: every row is answered, nothing
/// stands in the way, and no part is in it that was not asked for. The engines make credentials from it and from
/// nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    elements: Vec<SelectedElement>,
}

/// One element to share, and which of its parts.
#[derive(Clone, PartialEq, Eq)]
pub struct SelectedElement {
    asked: SuitableElement,
    element_hash: Option<Vec<u8>>,
    parts: Vec<SelectedPart>,
}

impl fmt::Debug for SelectedElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectedElement")
            .field("asked", &self.asked)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

/// One part that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelectedPart {
    /// All fields of the element: they are sealed as one, and leave as one.
    Data,
    /// One file.
    File(Part),
    /// The phone number or e-mail address, which is in no credentials: Telegram hands it over itself.
    Plain,
}

/// Why nothing is selected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// Rows without a complete alternative.
    #[error("{}", not_ready(.rows))]
    NotReady {
        /// The rows, from 1.
        rows: Vec<usize>,
    },
    /// A preferred kind that the form does not ask for.
    #[error("the {} is not asked for", .kind.noun())]
    NotAsked {
        /// The kind.
        kind: ElementType,
    },
    /// A preferred kind that cannot be shared as it stands.
    #[error("the {} cannot be shared as it stands", .kind.noun())]
    Incomplete {
        /// The kind.
        kind: ElementType,
    },
    /// Two preferred kinds in one row, which takes one.
    #[error("row {row} takes one element, and two were chosen")]
    TwoChoices {
        /// The row, from 1.
        row: usize,
    },
}

fn not_ready(rows: &[usize]) -> String {
    let numbers: Vec<_> = rows.iter().map(usize::to_string).collect();
    let noun = if rows.len() == 1 { "row" } else { "rows" };
    format!("nothing complete to share for {noun} {}", numbers.join(", "))
}

impl Selection {
    pub(super) fn of(elements: Vec<SelectedElement>) -> Self {
        Self { elements }
    }

    /// The elements, one for each row of the form, in its order.
    #[must_use]
    pub fn elements(&self) -> &[SelectedElement] {
        &self.elements
    }
}

impl SelectedElement {
    /// Nothing of an element that is not held.
    pub(super) fn nothing(asked: SuitableElement) -> Self {
        Self { asked, element_hash: None, parts: Vec::new() }
    }

    /// The parts of a held element that were asked for, in the schema's order.
    pub(super) fn of<F>(asked: SuitableElement, held: &Held<'_, F>) -> Self {
        let has = |part| asked.kind.presence(part) == Presence::Must;
        let data = has(PartKind::Data).then_some(SelectedPart::Data);
        let plain = has(PartKind::Plain).then_some(SelectedPart::Plain);
        let files = held.element().files().map(|(part, _)| part).filter(|part| asked.wants(part.kind()));
        Self {
            asked,
            element_hash: held.element_hash().map(<[u8]>::to_vec),
            parts: data.into_iter().chain(files.map(SelectedPart::File)).chain(plain).collect(),
        }
    }

    /// The kind of element.
    #[must_use]
    pub fn kind(&self) -> ElementType {
        self.asked.kind
    }

    /// What the bot asked for.
    #[must_use]
    pub fn asked(&self) -> SuitableElement {
        self.asked
    }

    /// The version that was looked at: its `secureValue.hash`; `None` if it was never stored. Another version is
    /// not what the person agreed to share.
    #[must_use]
    pub fn element_hash(&self) -> Option<&[u8]> {
        self.element_hash.as_deref()
    }

    /// The parts that leave, no others.
    #[must_use]
    pub fn parts(&self) -> &[SelectedPart] {
        &self.parts
    }

    /// Whether the fields leave.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.parts.contains(&SelectedPart::Data)
    }

    /// The files that leave.
    pub fn files(&self) -> impl Iterator<Item = Part> {
        self.parts.iter().filter_map(|part| match part {
            SelectedPart::File(part) => Some(*part),
            _ => None,
        })
    }
}
