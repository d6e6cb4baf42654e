//! `delete KIND…`, `delete --all`.

use std::fmt;

use serde::Serialize;
use telegram_passport::element::ElementType;
use telegram_passport::passport::{DeleteError, Passport};

use crate::account::locked;
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
}

pub(crate) async fn run(options: &arguments::Delete) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.engine.account.password_stdin);
    let kinds: &[ElementType] = if options.all { &ElementType::ALL } else { &options.kinds };
    if options.all {
        let question = format!("Every element of this Passport will be deleted. To go on, type: {WORD}");
        // A script writes the word on standard input, whatever else it says.
        let word = if asker.is_terminal() { asker } else { Asker::Lines }.line(&question).await?;
        if *word != WORD {
            return Err(Failure::declined("nothing was deleted"));
        }
    }
    let (signed_in, passport) = locked(&options.engine, asker).await?;
    delete(&passport, kinds).await?;
    let deleted = kinds.iter().map(|kind| kind.name()).collect();
    Ok(signed_in.close().await.beside(Deleted { deleted }))
}

async fn delete(passport: &impl Passport, kinds: &[ElementType]) -> Result<(), Failure> {
    let _progress = Progress::start("deleting");
    let mut parts = Vec::new();
    let deleting = async { passport.delete(kinds).await.inspect_err(|error| parts = parts_of(error, kinds)) };
    let deleted = Deed::delete().run(deleting, |error| {
        signed_out(error).unwrap_or_else(|| match error {
            DeleteError::FloodWait { .. } => Failure::denied(sentence(error)),
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
            (false, DeleteError::OutcomeUnknown(_)) if next == Some(kind) => PartOutcome::Unknown,
            (false, _) => PartOutcome::Untouched,
        };
        Part { kind: kind.name(), outcome }
    });
    parts.collect()
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Not stored any more: {}", self.deleted.join(", "))
    }
}
