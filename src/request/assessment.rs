use super::{Objection, SelectedElement, Selection, SelectionError, SuitableElement};
use crate::element::{Date, Element, ElementType, Problem};

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
    pub(super) expiry: Expiry,
}

/// Why an alternative cannot be shared as it stands.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// The person holds no such element.
    #[error("there is no {0} yet")]
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

/// How long a document is valid. It never keeps anybody from sharing it: that is for the bot to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It does not expire, or not within [`Expiry::SOON_DAYS`].
    Distant,
    /// It expires within [`Expiry::SOON_DAYS`].
    Soon {
        /// The last day it is valid.
        date: Date,
    },
    /// It has expired.
    Past {
        /// The last day it was valid.
        date: Date,
    },
}

impl Expiry {
    /// What counts as soon: 90 days, about the three months that services commonly want a document to be valid
    /// for. A choice of our own; Telegram states none.
    pub const SOON_DAYS: i32 = 90;

    pub(super) fn of<F>(element: &Element<F>, today: Date) -> Self {
        match element.identity_document().and_then(|document| document.expiry_date) {
            Some(date) if date < today => Self::Past { date },
            Some(date) if today.days_until(date) <= Self::SOON_DAYS => Self::Soon { date },
            _ => Self::Distant,
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

    /// The first complete alternative: what is sent unless the person chooses another.
    #[must_use]
    pub fn first_complete(&self) -> Option<&AssessedAlternative> {
        self.alternatives.iter().find(|alternative| alternative.is_complete())
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
        self.rows.iter().all(|row| row.first_complete().is_some())
    }

    /// Chooses the first complete alternative of each row.
    ///
    /// # Errors
    /// [`SelectionError::NotReady`].
    pub fn select(&self) -> Result<Selection, SelectionError> {
        self.select_preferring(&[])
    }

    /// Chooses, for each row, the alternative of a preferred kind, or the first complete one where none is
    /// preferred.
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
                (None, _) => row.first_complete(),
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
