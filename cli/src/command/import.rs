//! `import FILE [--dry-run] [--replace KIND]… [--yes]`.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use telegram_passport::archive::{
    Archive, ImportError, ImportFailure, ImportOutcome, Imported, Plan, Planned, PlannedChange,
};
use telegram_passport::element::ElementType;
use telegram_passport::passport::{Cancel, OperationError as _, Retry, SaveOptions};

use super::put::{not_stored, remember_objections, verify};
use super::unpack;
use crate::account::{Unlocked, unlock};
use crate::answer::{Answer, Warnings};
use crate::arguments;
use crate::asking::Asker;
use crate::deed::{self, Deed};
use crate::failure::{Failure, Part, PartOutcome};
use crate::progress::Progress;
use crate::sandbox_codes::SandboxCodes;
use crate::{interrupt, printable};

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
    let mut warnings = Warnings::default();
    let imported = import(&mut archive, &mut unlocked, options, asker, &mut warnings).await;
    warnings.and(unlocked.close().await);
    let (carried_out, elements) = imported?;
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
    warnings: &mut Warnings,
) -> Result<(bool, Vec<Fate>), Failure> {
    let bar = Progress::bytes("comparing");
    let plan = archive.plan(&unlocked.passport, &bar.transfer()).await;
    drop(bar);
    let mut plan = plan?;
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
    let replaced = plan.elements().iter().filter(|planned| replaces(planned, options));
    let replaced: Vec<ElementType> = replaced.map(|planned| planned.kind).collect();
    warnings.and(remember_objections(unlocked, &replaced).await);
    Ok((true, carry_out(&mut plan, unlocked, options, asker).await?))
}

/// Whether something that is stored goes.
fn replaces(planned: &Planned, options: &arguments::Import) -> bool {
    matches!(planned.change, PlannedChange::Replace { .. }) && options.replace.contains(&planned.kind)
}

/// Saves what the plan says, has verified what Telegram wants verified, and saves that.
async fn carry_out(
    plan: &mut Plan<'_, File>,
    unlocked: &Unlocked,
    options: &arguments::Import,
    asker: Asker,
) -> Result<Vec<Fate>, Failure> {
    let besides: Vec<Besides> = plan.elements().iter().map(Besides::of).collect();
    let server = &unlocked.signed_in.server;
    let mut codes = options.sandbox_codes.then(|| SandboxCodes::from_now(server)).transpose()?;
    let done = once(plan, unlocked, &options.replace, &besides).await?;
    let unverified: Vec<ElementType> = done
        .iter()
        .filter(|imported| imported.outcome == ImportOutcome::VerificationNeeded)
        .map(|imported| imported.kind)
        .collect();
    if unverified.is_empty() || (asker == Asker::Nobody && !options.sandbox_codes) {
        return Ok(fates(&done, &besides));
    }
    for kind in &unverified {
        if let Some(element) = plan.archived(*kind) {
            asker.tell(&format!("The {} is not proved yet.", kind.title()));
            let verified = verify(&unlocked.passport, element, asker, codes.as_mut()).await;
            verified.map_err(|failure| {
                let failure = match Deed::imported(&done) {
                    Some(stored) => stored.and_then(failure),
                    None => failure,
                };
                failure.elements(parts(&done, &besides))
            })?;
        }
    }
    let done = once(plan, unlocked, &options.replace, &besides).await?;
    Ok(fates(&done, &besides))
}

async fn once(
    plan: &mut Plan<'_, File>,
    unlocked: &Unlocked,
    replace: &[ElementType],
    besides: &[Besides],
) -> Result<Vec<Imported>, Failure> {
    let bar = Progress::bytes("importing");
    let cancel = Cancel::new();
    let how = SaveOptions {
        progress: bar.transfer(),
        password: Some(Arc::new(unlocked.password())),
        cancel: Some(cancel.clone()),
    };
    let carrying_out = plan.carry_out(&unlocked.passport, replace, &how);
    let carrying_out = interrupt::telling(carrying_out, || cancel.cancel());
    let first = deed::none();
    let stored = |done: &Vec<Imported>| Deed::imported(done);
    Deed::import().run_as(carrying_out, stored, |error| import_failure(error, besides, first)).await
}

/// Why an import stopped in the middle, and what became of each element.
fn import_failure(error: &ImportError, besides: &[Besides], first: bool) -> Failure {
    let in_part = Deed::imported(&error.done).is_some();
    let failure = match &error.reason {
        ImportFailure::Save(reason) if reason.retry() == Retry::LookFirst => {
            Deed::save(error.kind).unknown(reason)
        }
        ImportFailure::Save(reason) => not_stored(reason, error.kind, first && !in_part),
        reason => reason.into(),
    };
    let this = if failure.is_unknown() {
        let remarks = besides.get(error.done.len()).map(Besides::remarks);
        Part::new(error.kind, PartOutcome::Unknown).remarks(remarks.unwrap_or_default())
    } else {
        Part::new(error.kind, PartOutcome::Untouched)
    };
    let failure = if in_part { Deed::in_part().and_then(failure) } else { failure };
    let left = error.left.iter().map(|kind| Part::new(*kind, PartOutcome::Untouched));
    failure.elements(parts(&error.done, besides).into_iter().chain([this]).chain(left).collect())
}

const UNSEEN: &str = "TDLib shows the fields that it knows: what another client may have added to what is stored is not \
                      compared, and goes with what is replaced";

/// What is said of an element besides what becomes of it.
struct Besides {
    /// What the export does not have of it, and what TDLib does not show of what is stored.
    omitted: Vec<String>,
    /// What its files tell beside their pixels, if they are to be stored.
    carried: Vec<String>,
}

impl Besides {
    fn of(planned: &Planned) -> Self {
        let omitted = planned.omitted.iter().map(|omission| format!("not in the export: {omission}"));
        let omitted = omitted.chain(planned.unseen.then(|| UNSEEN.to_owned())).collect();
        Self { omitted, carried: planned.carried.iter().map(ToString::to_string).collect() }
    }

    /// All of it, of an element that is stored.
    fn remarks(&self) -> Vec<String> {
        self.omitted.iter().cloned().chain(self.carried.iter().map(|carried| as_it_is(carried))).collect()
    }
}

/// What came of the first elements of an export.
fn fates(done: &[Imported], besides: &[Besides]) -> Vec<Fate> {
    done.iter().zip(besides).map(|(imported, besides)| Fate::done(imported, besides)).collect()
}

/// What became of each element, told beside a failure.
fn parts(done: &[Imported], besides: &[Besides]) -> Vec<Part> {
    let each = done.iter().zip(besides);
    each.map(|(imported, besides)| {
        if imported.outcome.is_stored() {
            return Part::new(imported.kind, PartOutcome::Stored).remarks(besides.remarks());
        }
        let fate = Fate::done(imported, besides);
        let mut remarks = vec![fate.words().to_owned()];
        remarks.extend(fate.problems);
        Part::new(imported.kind, PartOutcome::Untouched).fate(fate.fate).remarks(remarks)
    })
    .collect()
}

/// Something that a stored file tells.
fn as_it_is(carried: &str) -> String {
    format!("{carried}, and is stored as it is")
}

impl Fate {
    fn planned(planned: &Planned, options: &arguments::Import) -> Self {
        let kind = planned.kind.name();
        let Besides { omitted: mut problems, carried } = Besides::of(planned);
        let fate = match &planned.change {
            PlannedChange::New => "new",
            PlannedChange::Equal => "equal",
            PlannedChange::Replace { unreadable } => {
                problems
                    .extend(unreadable.as_ref().map(|why| format!("what is stored cannot be read: {why}")));
                if options.replace.contains(&planned.kind) { "replace" } else { "differs" }
            }
            PlannedChange::Impossible { problems: why } => {
                problems.extend(why.iter().map(ToString::to_string));
                "impossible"
            }
            _ => "unknown",
        };
        Self { kind, fate, problems, carried }
    }

    fn done(imported: &Imported, besides: &Besides) -> Self {
        let mut problems = besides.omitted.clone();
        let fate = match &imported.outcome {
            ImportOutcome::Added => "added",
            ImportOutcome::Replaced => "replaced",
            ImportOutcome::Equal => "equal",
            ImportOutcome::Kept => "kept",
            ImportOutcome::Changed => "changed",
            ImportOutcome::VerificationNeeded => "verification_needed",
            ImportOutcome::Unacceptable => "unacceptable",
            ImportOutcome::Impossible { problems: why } => {
                problems.extend(why.iter().map(ToString::to_string));
                "impossible"
            }
            _ => "unknown",
        };
        // What stays in the export tells nobody.
        let carried = if imported.outcome.is_stored() { besides.carried.clone() } else { Vec::new() };
        Self { kind: imported.kind.name(), fate, problems, carried }
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
            "verification_needed" => "must be verified first, and was not stored",
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
            write!(f, "\n  ! {}", printable::line(&as_it_is(carried)))?;
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
