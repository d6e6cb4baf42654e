use crate::element::{Date, Element, Field};

/// How long a document is valid. It never keeps anybody from sharing it: that is for the bot to judge. But where the
/// bot lets one choose, one that has not expired is preferred ([`AssessedRow::preferred`](super::AssessedRow::preferred)).
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
    /// What is stored as its expiry date is not understood, so nobody can tell. This does stand in the way, until the
    /// date is set anew.
    NotUnderstood,
}

impl Expiry {
    /// What counts as soon: 90 days, about the three months that services commonly want a document to be valid
    /// for. A choice of our own; Telegram states none.
    pub const SOON_DAYS: i32 = 90;

    pub(super) fn of<F>(element: &Element<F>, today: Date) -> Self {
        let document = element.identity_document();
        if document.is_some_and(|document| document.raw.contains(Field::ExpiryDate)) {
            return Self::NotUnderstood;
        }
        match document.and_then(|document| document.expiry_date) {
            Some(date) if date < today => Self::Past { date },
            Some(date) if today.days_until(date) <= Self::SOON_DAYS => Self::Soon { date },
            _ => Self::Distant,
        }
    }

    /// Whether the document has expired, so that a complete one that has not is preferred to it
    /// ([`AssessedRow::preferred`](super::AssessedRow::preferred)).
    pub(super) fn is_past(self) -> bool {
        matches!(self, Self::Past { .. })
    }
}
