use std::fmt;

use super::expiry::Expiry;
use super::{Objection, SelectedElement, Selection, SelectionError, SuitableElement};
use crate::element::{ElementType, Problem};

/// A form beside what the person holds: which rows can be answered, with what, and what stands in the way.
#[derive(Debug)]
pub struct Assessment {
    pub(super) rows: Vec<AssessedRow>,
}

/// One row, alternative by alternative.
#[derive(Debug)]
pub struct AssessedRow {
    pub(super) alternatives: Vec<AssessedAlternative>,
}

/// One alternative of a row, as the person could answer it now.
#[derive(Debug)]
pub struct AssessedAlternative {
    pub(super) asked: SuitableElement,
    pub(super) sent: SelectedElement,
    pub(super) obstacles: Vec<Obstacle>,
    pub(super) standing: Vec<Objection>,
    pub(super) expiry: Expiry,
}

/// Why an alternative cannot be shared as it stands.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// The person holds no such element.
    #[error("there is no {} yet", .0.noun())]
    NotHeld(ElementType),
    /// The element breaks a rule of its kind.
    #[error("{0}")]
    Invalid(Problem),
    /// The element is valid without it, but the bot asks for it: a selfie, a translation, native names.
    #[error("{0}, and the bot asks for it")]
    AskedFor(Problem),
    /// The bot asks for native names, which for this country of residence are the Latin ones: they are to be
    /// copied ([`PersonalDetails::copy_native_names`](crate::element::PersonalDetails::copy_native_names)) and
    /// saved before the element is shared.
    #[error("the names have yet to be copied to the ones in the local script, which the bot asks for")]
    NativeNamesToCopy,
    /// The bot objected to something that has not changed since.
    #[error("{0}")]
    Objection(Objection),
}

/// Why a row is answered with one alternative and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// The bot asks for nothing else in this row.
    OnlyOneAsked,
    /// The person chose it.
    Chosen,
    /// No other is complete.
    OnlyComplete,
    /// It comes first of those that would do, in the bot's order.
    First,
    /// The bot objected to one that comes before it.
    ObjectedTo {
        /// The one passed over.
        before: ElementType,
    },
    /// One that comes before it is complete, and has expired.
    Expired {
        /// The one passed over.
        before: ElementType,
    },
}

/// A sentence whose subject is the alternative.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlyOneAsked => f.write_str("it is the only one asked for"),
            Self::Chosen => f.write_str("it was chosen"),
            Self::OnlyComplete => f.write_str("no other is complete"),
            Self::First => f.write_str("it comes first of those that would do"),
            Self::ObjectedTo { before } => {
                write!(f, "the bot objected to the {}, which comes before it", before.noun())
            }
            Self::Expired { before } => {
                write!(f, "the {}, which comes before it, has expired", before.noun())
            }
        }
    }
}

impl AssessedAlternative {
    /// What is asked for.
    #[must_use]
    pub fn asked(&self) -> SuitableElement {
        self.asked
    }

    /// What stands in the way; nothing if the alternative is complete.
    #[must_use]
    pub fn obstacles(&self) -> &[Obstacle] {
        &self.obstacles
    }

    /// Whether it can be shared as it stands.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.obstacles.is_empty()
    }

    /// What the bot objected to in it that has not changed since, although the server does not say so any more
    /// ([`AuthorizationForm::standing`](super::AuthorizationForm::standing)). It keeps nobody from sharing: the bot may
    /// have taken it back.
    #[must_use]
    pub fn standing(&self) -> &[Objection] {
        &self.standing
    }

    /// Whether the bot objected to something in it that has not changed since.
    #[must_use]
    pub fn is_objected_to(&self) -> bool {
        !self.standing.is_empty()
            || self.obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::Objection(_)))
    }

    /// Whether the person holds such an element at all.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !matches!(self.obstacles.as_slice(), [Obstacle::NotHeld(_)])
    }

    /// What would be sent of it, as it stands.
    #[must_use]
    pub fn sent(&self) -> &SelectedElement {
        &self.sent
    }

    /// How long the document is valid.
    #[must_use]
    pub fn expiry(&self) -> Expiry {
        self.expiry
    }
}

impl AssessedRow {
    /// The alternatives, in the bot's order.
    #[must_use]
    pub fn alternatives(&self) -> &[AssessedAlternative] {
        &self.alternatives
    }

    /// What is sent unless the person chooses another, and why: of the complete alternatives one that the bot did not
    /// object to, of these one that has not expired, of these the first. `None` if none is complete.
    #[must_use]
    pub fn preferred(&self) -> Option<(&AssessedAlternative, Why)> {
        let last_resort = |one: &AssessedAlternative| (one.is_objected_to(), one.expiry.is_past());
        let complete = || self.alternatives.iter().filter(|alternative| alternative.is_complete());
        // Of equals, the first is the least.
        let chosen = complete().min_by_key(|alternative| last_resort(alternative))?;
        let passed_over = || self.alternatives.iter().take_while(|one| one.asked != chosen.asked);
        let why = if self.alternatives.len() == 1 {
            Why::OnlyOneAsked
        } else if let Some(objected) = passed_over().find(|one| one.is_objected_to()) {
            Why::ObjectedTo { before: objected.asked.kind }
        } else if let Some(expired) = passed_over().find(|one| one.is_complete()) {
            Why::Expired { before: expired.asked.kind }
        } else if complete().count() == 1 {
            Why::OnlyComplete
        } else {
            Why::First
        };
        Some((chosen, why))
    }

    /// The complete alternatives, among which the person may choose.
    pub fn choices(&self) -> impl Iterator<Item = &AssessedAlternative> {
        self.alternatives.iter().filter(|alternative| alternative.is_complete())
    }
}

impl Assessment {
    /// The rows, in the form's order.
    #[must_use]
    pub fn rows(&self) -> &[AssessedRow] {
        &self.rows
    }

    /// Whether every row has a complete alternative.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.rows.iter().all(|row| row.preferred().is_some())
    }

    /// Chooses the [preferred](AssessedRow::preferred) alternative of each row.
    ///
    /// # Errors
    /// [`SelectionError::NotReady`].
    pub fn select(&self) -> Result<Selection, SelectionError> {
        self.select_preferring(&[])
    }

    /// Chooses, for each row, the alternative of a kind that the person named, or the
    /// [preferred](AssessedRow::preferred) one where none was named.
    ///
    /// # Errors
    /// [`SelectionError`] says which preference is none of the form's alternatives, is incomplete or has a rival
    /// in its row, and which rows cannot be satisfied.
    pub fn select_preferring(&self, preferred: &[ElementType]) -> Result<Selection, SelectionError> {
        let asked =
            |kind: &ElementType| self.alternatives().any(|alternative| alternative.asked.kind == *kind);
        if let Some(kind) = preferred.iter().find(|kind| !asked(kind)) {
            return Err(SelectionError::NotAsked { kind: *kind });
        }
        let mut chosen = Vec::new();
        let mut open = Vec::new();
        for (number, row) in (1..).zip(&self.rows) {
            let mut wishes = row.alternatives.iter().filter(|one| preferred.contains(&one.asked.kind));
            let choice = match (wishes.next(), wishes.next()) {
                (Some(_), Some(_)) => return Err(SelectionError::TwoChoices { row: number }),
                (Some(wish), None) if !wish.is_complete() => {
                    return Err(SelectionError::Incomplete { kind: wish.asked.kind });
                }
                (Some(wish), None) => Some(wish),
                (None, _) => row.preferred().map(|(alternative, _)| alternative),
            };
            match choice {
                Some(alternative) => chosen.push(alternative.sent.clone()),
                None => open.push(number),
            }
        }
        if open.is_empty() { Ok(Selection::of(chosen)) } else { Err(SelectionError::NotReady { rows: open }) }
    }

    fn alternatives(&self) -> impl Iterator<Item = &AssessedAlternative> {
        self.rows.iter().flat_map(|row| &row.alternatives)
    }
}
