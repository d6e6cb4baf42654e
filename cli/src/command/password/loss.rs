//! Before everything stored is lost: what that is, that an export saves it, and the person's word.

use telegram_passport::element::ElementType;
use telegram_passport::passport::{AcceptLoss, Passport};

use crate::account::{SignedIn, stored_kinds};
use crate::asking::Asker;
use crate::failure::Failure;

/// The word that accepts the loss.
const WORD: &str = "lose";

/// What would be lost.
pub(in crate::command) enum Loss {
    /// Nothing is stored.
    Nothing,
    /// These elements.
    Elements(Vec<ElementType>),
    /// Elements are stored; which, only the password would tell.
    Unknown,
}

impl Loss {
    /// What would be lost with a password that nobody has to tell: the vault's own session, if there is one, knows
    /// which elements are stored.
    pub(super) async fn without_password(
        signed_in: &SignedIn,
        passport: &dyn Passport,
    ) -> Result<Self, Failure> {
        let state = passport.password_state().await?;
        if !state.has_passport_data {
            return Ok(Self::Nothing);
        }
        Ok(stored_kinds(signed_in).await?.map_or(Self::Unknown, Self::Elements))
    }

    /// What would be lost where these were listed. Where Telegram says that something is stored and nothing of it is
    /// listed, that is not nothing.
    pub(super) async fn of_listed(kinds: Vec<ElementType>, passport: &dyn Passport) -> Result<Self, Failure> {
        if !kinds.is_empty() {
            return Ok(Self::Elements(kinds));
        }
        let state = passport.password_state().await?;
        Ok(if state.has_passport_data { Self::Unknown } else { Self::Nothing })
    }

    /// Whether there is anything to lose.
    pub(in crate::command) fn is_any(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Elements(kinds) => !kinds.is_empty(),
            Self::Unknown => true,
        }
    }

    /// The person's word that it may be lost; where nothing is stored, none is needed.
    pub(in crate::command) async fn accept(&self, asker: Asker) -> Result<AcceptLoss, Failure> {
        if !self.is_any() {
            return Ok(AcceptLoss);
        }
        let what = match self {
            Self::Elements(kinds) => kinds.iter().map(|kind| kind.title()).collect::<Vec<_>>().join(", "),
            _ => "all that is stored".to_owned(),
        };
        asker.tell(&format!(
            "This Passport will be lost, for good: {what}.\n`tgpassport export FILE` saves it first."
        ));
        // A script writes the word on standard input, whatever else it says.
        let answers = if asker.is_terminal() { asker } else { Asker::Lines };
        let word = answers.line(&format!("To go on, type: {WORD}")).await?;
        if *word == WORD { Ok(AcceptLoss) } else { Err(Failure::declined("nothing was changed")) }
    }
}
