//! `delete KIND…`, `delete --all`.

use std::fmt;

use serde::Serialize;
use telegram_passport::element::ElementType;
use telegram_passport::passport::{DeleteError, Passport, Refusal};

use crate::account::{SignedIn, channel_vault, locked, stored_kinds};
use crate::answer::Answer;
use crate::arguments;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::{Failure, Part, PartOutcome, sentence, signed_out};
use crate::progress::Progress;

/// The word that deletes everything.
const WORD: &str = "delete";

#[derive(Serialize)]
struct Deleted {
    deleted: Vec<&'static str>,
    /// Which of those named were not stored; `null` if that could not be told.
    not_stored: Option<Vec<&'static str>>,
}

pub(crate) async fn run(options: &arguments::Delete) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    if options.all {
        return everything(options, asker).await;
    }
    if !options.yes && !asker.is_terminal() {
        return Err(Failure::usage("there is no terminal to ask on whether these shall be deleted")
            .remedy("--yes deletes them without being asked."));
    }
    let named = options.kinds.iter().fold(Vec::new(), |mut named, kind| {
        if !named.contains(kind) {
            named.push(*kind);
        }
        named
    });
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let stored = match stored_unasked(&signed_in, &passport).await? {
        Some(stored) => Some(stored),
        None if options.yes && asker.is_terminal() && !signed_in.kept.is_there() => None,
        None => stored_asked(&signed_in, asker).await?,
    };
    // What was not seen to be stored is not deleted, should somebody store it meanwhile.
    let (going, not_stored): (Vec<_>, Vec<_>) = match &stored {
        Some(stored) => named.into_iter().partition(|kind| stored.contains(kind)),
        None => (named, Vec::new()),
    };
    if !going.is_empty() {
        if !options.yes {
            asker.tell(&format!("This will be deleted, with its scans, and for good: {}.", titles(&going)));
            if !asker.agrees("Delete it?").await? {
                return Err(Failure::declined("nothing was deleted"));
            }
        }
        delete(&passport, &going).await?;
    }
    let not_stored = stored.is_some().then(|| names(&not_stored));
    Ok(signed_in.close().await.beside(Deleted { deleted: names(&going), not_stored }))
}

async fn everything(options: &arguments::Delete, asker: Asker) -> Result<Box<dyn Answer>, Failure> {
    let question = format!("Every element of this Passport will be deleted. To go on, type: {WORD}");
    // A script writes the word on standard input, whatever else it says.
    let word = if asker.is_terminal() { asker } else { Asker::Lines }.line(&question).await?;
    if *word != WORD {
        return Err(Failure::declined("nothing was deleted"));
    }
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    let stored = stored_unasked(&signed_in, &passport).await?;
    // Everything is what was agreed to, also what is stored at this moment.
    delete(&passport, &ElementType::ALL).await?;
    let deleted = names(stored.as_deref().unwrap_or(&ElementType::ALL));
    let not_stored = stored.map(|_| Vec::new());
    Ok(signed_in.close().await.beside(Deleted { deleted, not_stored }))
}

/// Which elements are stored, as far as that can be told without the password.
async fn stored_unasked(
    signed_in: &SignedIn,
    passport: &dyn Passport,
) -> Result<Option<Vec<ElementType>>, Failure> {
    let state = passport.password_state().await?;
    if state.has_passport_data { stored_kinds(signed_in).await } else { Ok(Some(Vec::new())) }
}

/// What is stored, with the password, which signs in the vault's own session. Where none is to be had, nobody can tell.
async fn stored_asked(signed_in: &SignedIn, asker: Asker) -> Result<Option<Vec<ElementType>>, Failure> {
    match channel_vault(signed_in, asker).await {
        Ok(_) => stored_kinds(signed_in).await,
        Err(failure) if failure.is_usage() => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn delete(passport: &dyn Passport, kinds: &[ElementType]) -> Result<(), Failure> {
    let _progress = Progress::start("deleting");
    let mut parts = Vec::new();
    let deleting = async { passport.delete(kinds).await.inspect_err(|error| parts = parts_of(error, kinds)) };
    let deleted = Deed::delete().run(deleting, |error| {
        signed_out(error).unwrap_or_else(|| match error {
            DeleteError::Refused(Refusal::Wait(_)) => Failure::denied(sentence(error)),
            _ => Failure::failed(sentence(error)),
        })
    });
    let deleted = deleted.await;
    deleted.map_err(|failure| failure.elements(parts))
}

/// What became of each element, where that is not the same for all.
fn parts_of(error: &DeleteError, kinds: &[ElementType]) -> Vec<Part> {
    let DeleteError::InPart { deleted, reason } = error else { return Vec::new() };
    let next = kinds.get(deleted.len());
    let parts = kinds.iter().map(|kind| {
        let outcome = match (deleted.contains(kind), &**reason) {
            (true, _) => PartOutcome::Deleted,
            (false, DeleteError::Refused(Refusal::OutcomeUnknown(_))) if next == Some(kind) => {
                PartOutcome::Unknown
            }
            (false, _) => PartOutcome::Untouched,
        };
        Part::new(*kind, outcome)
    });
    parts.collect()
}

fn names(kinds: &[ElementType]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.name()).collect()
}

fn titles(kinds: &[ElementType]) -> String {
    kinds.iter().map(|kind| kind.title()).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deleted = self.deleted.join(", ");
        match &self.not_stored {
            None => {
                writeln!(f, "Not stored any more: {deleted}")?;
                writeln!(f, "Which of these were stored could not be told without the password.")
            }
            Some(_) if self.deleted.is_empty() => writeln!(f, "Nothing was deleted."),
            Some(_) => writeln!(f, "Deleted: {deleted}"),
        }?;
        match self.not_stored.as_deref() {
            None | Some([]) => Ok(()),
            Some(not_stored) => {
                writeln!(f, "Not stored, so there was nothing to delete: {}", not_stored.join(", "))
            }
        }
    }
}
