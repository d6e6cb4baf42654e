//! `import FILE [--dry-run] [--replace KIND]… [--yes]`.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use telegram_passport::archive::{
    Archive, Change, ImportError, ImportFailure, Imported, Outcome, Plan, PlanError, Planned,
};
use telegram_passport::element::ElementType;
use telegram_passport::passport::{Cancel, SaveError, SaveOptions};

use super::list::list_failure;
use super::put::{save_failure, verify};
use super::unpack;
use crate::account::{Unlocked, unlock};
use crate::answer::Answer;
use crate::arguments;
use crate::asking::Asker;
use crate::codes::SandboxCodes;
use crate::deed::{Deed, Unanswered as _};
use crate::failure::{Failure, Part, PartOutcome, sentence, signed_out};
use crate::progress::Progress;
use crate::{printable, running};

/// What would be, or was, done with an export.
#[derive(Serialize)]
struct Import {
    file: PathBuf,
    /// Whether anything was done; else this is what would be.
    carried_out: bool,
    elements: Vec<Fate>,
    /// What the export itself does not have.
    omitted: Vec<String>,
}

/// What becomes of one element.
#[derive(Serialize)]
struct Fate {
    kind: &'static str,
    /// `new`, `equal`, `replace`, `differs`, `impossible`; done: `added`, `replaced`, `equal`, `kept`, `changed`, ….
    fate: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    /// What its pictures tell beside their pixels, and would tell again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carried: Vec<String>,
}

pub(crate) async fn run(options: &arguments::Import) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    if !options.yes && !options.dry_run && !asker.is_terminal() {
        return Err(Failure::usage("there is no terminal to consent on")
            .remedy("--dry-run says what would change; --yes consents to it."));
    }
    let mut archive = unpack::open(&options.file, asker).await?;
    if !archive.omitted().is_empty() {
        // Said before anything else, and to a script too; nothing is left to tell who does not read.
        let _ = writeln!(io::stderr(), "This export does not have all that was stored when it was made:");
        for omitted in archive.omitted() {
            let _ = writeln!(io::stderr(), "  ! {}", printable::line(&omitted.to_string()));
        }
    }
    let mut unlocked = unlock(&options.unlock, asker).await?;
    let carried_out = import(&mut archive, &mut unlocked, options, asker).await;
    let warnings = unlocked.close().await;
    let (carried_out, elements) = carried_out?;
    Ok(warnings.beside(Import {
        file: options.file.clone(),
        carried_out,
        elements,
        omitted: archive.omitted().iter().map(ToString::to_string).collect(),
    }))
}

async fn import(
    archive: &mut Archive<File>,
    unlocked: &mut Unlocked,
    options: &arguments::Import,
    asker: Asker,
) -> Result<(bool, Vec<Fate>), Failure> {
    let bar = Progress::bytes("comparing");
    let plan = archive.plan(&unlocked.passport, &bar.transfer()).await;
    drop(bar);
    let mut plan = plan.map_err(|error| plan_failure(&error))?;
    let planned: Vec<Fate> = plan.elements().iter().map(|planned| Fate::planned(planned, options)).collect();
    if options.dry_run || !planned.iter().any(Fate::changes) {
        return Ok((false, planned));
    }
    if !options.yes {
        for fate in &planned {
            asker.tell(&fate.to_string());
        }
        if !asker.agrees("Store these?").await? {
            return Err(Failure::declined("nothing was changed"));
        }
    }
    unlocked.with_secret().await?;
    carry_out(&mut plan, unlocked, options, asker).await
}

/// Saves what the plan says, has verified what Telegram wants verified, and saves that.
async fn carry_out(
    plan: &mut Plan<'_, File>,
    unlocked: &Unlocked,
    options: &arguments::Import,
    asker: Asker,
) -> Result<(bool, Vec<Fate>), Failure> {
    let done = once(plan, unlocked, &options.replace).await?;
    let unverified: Vec<ElementType> = done
        .iter()
        .filter(|imported| imported.outcome == Outcome::VerificationNeeded)
        .map(|imported| imported.kind)
        .collect();
    if unverified.is_empty() || (asker == Asker::Nobody && !options.sandbox_codes) {
        return Ok((true, done.iter().map(Fate::done).collect()));
    }
    let server = &unlocked.signed_in.server;
    let mut codes = options.sandbox_codes.then(|| SandboxCodes::from_now(server)).transpose()?;
    for kind in &unverified {
        if let Some(element) = plan.archived(*kind) {
            asker.tell(&format!("The {} is not proved yet.", kind.title()));
            verify(&unlocked.passport, element, asker, codes.as_mut()).await?;
        }
    }
    let done = once(plan, unlocked, &options.replace).await?;
    Ok((true, done.iter().map(Fate::done).collect()))
}

async fn once(
    plan: &mut Plan<'_, File>,
    unlocked: &Unlocked,
    replace: &[ElementType],
) -> Result<Vec<Imported>, Failure> {
    let bar = Progress::bytes("importing");
    let cancel = Cancel::new();
    let how = SaveOptions {
        progress: bar.transfer(),
        password: Some(Arc::new(unlocked.password())),
        cancel: Some(cancel.clone()),
    };
    let carrying_out = plan.carry_out(&unlocked.passport, replace, &how);
    let carrying_out = running::telling(carrying_out, || cancel.cancel());
    let stores = |done: &Vec<Imported>| {
        done.iter().any(|imported| matches!(imported.outcome, Outcome::Added | Outcome::Replaced))
    };
    Deed::import().run_if(carrying_out, stores, import_failure).await
}

fn plan_failure(error: &PlanError) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    match error {
        PlanError::List(error) => list_failure(error),
        PlanError::Archive(_) => Failure::refused(sentence(error)),
        _ => Failure::failed(sentence(error)),
    }
}

fn import_failure(error: &ImportError) -> Failure {
    let stored = |outcome: &Outcome| match outcome {
        Outcome::Added | Outcome::Replaced => PartOutcome::Stored,
        _ => PartOutcome::Untouched,
    };
    let any = error.done.iter().any(|imported| stored(&imported.outcome) == PartOutcome::Stored);
    let failure = match &error.reason {
        // What it says of one element is not true of all.
        ImportFailure::Save(SaveError::Cancelled) if any => {
            Failure::declined("interrupted; a part of it is stored")
        }
        ImportFailure::List(error) => list_failure(error),
        ImportFailure::Archive(error) => Failure::refused(sentence(error)),
        ImportFailure::Save(reason) if reason.is_outcome_unknown() => Deed::save(error.kind).unknown(reason),
        ImportFailure::Save(error) => save_failure(error),
        _ => Failure::failed(sentence(error)),
    };
    let this = if failure.is_unknown() { PartOutcome::Unknown } else { PartOutcome::Untouched };
    let done = error.done.iter().map(|imported| (imported.kind, stored(&imported.outcome)));
    let left = error.left.iter().map(|kind| (*kind, PartOutcome::Untouched));
    let parts = done.chain([(error.kind, this)]).chain(left);
    failure.elements(parts.map(|(kind, outcome)| Part { kind: kind.name(), outcome }).collect())
}

impl Fate {
    fn planned(planned: &Planned, options: &arguments::Import) -> Self {
        let kind = planned.kind.name();
        let mut problems: Vec<String> =
            planned.omitted.iter().map(|omission| format!("not in the export: {omission}")).collect();
        let fate = match &planned.change {
            Change::New => "new",
            Change::Equal => "equal",
            Change::Replace { unreadable } => {
                problems
                    .extend(unreadable.as_ref().map(|why| format!("what is stored cannot be read: {why}")));
                if options.replace.contains(&planned.kind) { "replace" } else { "differs" }
            }
            Change::Impossible { problems: why } => {
                problems.extend(why.iter().map(ToString::to_string));
                "impossible"
            }
            _ => "unknown",
        };
        let carried = planned.carried.iter().map(ToString::to_string).collect();
        Self { kind, fate, problems, carried }
    }

    fn done(imported: &Imported) -> Self {
        let mut problems = Vec::new();
        let fate = match &imported.outcome {
            Outcome::Added => "added",
            Outcome::Replaced => "replaced",
            Outcome::Equal => "equal",
            Outcome::Kept => "kept",
            Outcome::Changed => "changed",
            Outcome::VerificationNeeded => "verification_needed",
            Outcome::Unacceptable => "unacceptable",
            Outcome::Impossible { problems: why } => {
                problems.extend(why.iter().map(ToString::to_string));
                "impossible"
            }
            _ => "unknown",
        };
        Self { kind: imported.kind.name(), fate, problems, carried: Vec::new() }
    }

    fn changes(&self) -> bool {
        matches!(self.fate, "new" | "replace")
    }

    fn words(&self) -> &'static str {
        match self.fate {
            "new" => "would be added",
            "equal" => "is stored already",
            "replace" => "would replace what is stored, which is lost then",
            "differs" => "differs from what is stored, which stays; --replace replaces it",
            "impossible" => "cannot be stored as it is in the export",
            "added" => "added",
            "replaced" => "replaced",
            "kept" => "differs from what is stored, which stayed",
            "changed" => "was changed by another device meanwhile, and left alone",
            "verification_needed" => "must be verified first; nothing was stored",
            "unacceptable" => "is not accepted by Telegram",
            _ => "is unknown to this version",
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<24} {}", self.kind, self.words())?;
        for problem in &self.problems {
            write!(f, "\n  ! {}", printable::line(problem))?;
        }
        for carried in &self.carried {
            write!(f, "\n  ! {}, and is stored as it is", printable::line(carried))?;
        }
        Ok(())
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for omitted in &self.omitted {
            writeln!(f, "not in the export: {}", printable::line(omitted))?;
        }
        for fate in &self.elements {
            writeln!(f, "{fate}")?;
        }
        if !self.carried_out {
            writeln!(f, "Nothing was changed.")?;
        }
        Ok(())
    }
}
