//! `put KIND [--set FIELD=VALUE]… [--front FILE]…`, `put [KIND…] --from PERSON`.
//!
//! What is wished (`wish`) is laid over what is stored (`merge`), its pictures are made Passport scans (`picture`),
//! and all that is wrong with any of it is told before anything is saved. A phone number or an e-mail address is
//! proved on the way (`verify`). What another device stored meanwhile is not replaced unseen (`Draft`). And before any
//! save, what bots object to in the element is remembered (`objected`).

mod merge;
mod objected;
mod picture;
mod prompt;
mod verify;
mod wish;

pub(super) use objected::remember_objections;
pub(super) use verify::verify;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use telegram_passport::element::ElementType;
use telegram_passport::passport::{Cancel, Draft, Passport, SaveError, SaveOptions, SecretState};

use self::merge::{Merged, merge};
use self::picture::ScanFacts;
use self::wish::Wish;
use crate::account::{Unlocked, unlock};
use crate::answer::Answer;
use crate::arguments;
use crate::asking::Asker;
use crate::deed::{self, Deed};
use crate::failure::{Failure, Part, PartOutcome};
use crate::progress::Progress;
use crate::sandbox_codes::SandboxCodes;
use crate::{interrupt, printable};

#[derive(Serialize)]
struct Stored {
    elements: Vec<StoredElement>,
    /// Whether the account had no passport secret before.
    secret_created: bool,
}

#[derive(Serialize)]
struct StoredElement {
    kind: &'static str,
    /// What was changed in fields so that they are taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<FieldChange>,
    /// The new scans, and what was changed in the pictures.
    scans: Vec<ScanFacts>,
    /// The scans that were stored before and stay.
    kept: Vec<String>,
    /// Whether a code proved it.
    verified: bool,
    /// Whether what another client may have added to it was dropped, which TDLib does not show.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unseen: bool,
}

#[derive(Serialize)]
struct FieldChange {
    field: &'static str,
    change: String,
}

pub(crate) async fn run(options: &arguments::Put) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    let wishes = Wish::of_options(options)?;
    let nothing_said = wishes.iter().all(Wish::is_empty) && !options.copy_native_names;
    if nothing_said && !asker.is_terminal() {
        return Err(Failure::usage("nothing is said about the element, and there is no terminal to ask on")
            .remedy("--set FIELD=VALUE, --front FILE and others say it, or --from PERSON; see `tgpassport put --help`."));
    }
    let mut unlocked = unlock(&options.unlock, asker).await?;
    let server = &unlocked.signed_in.server;
    let mut codes = options.sandbox_codes.then(|| SandboxCodes::from_now(server)).transpose()?;
    let mut looked = Vec::new();
    for wish in wishes {
        let stored = unlocked.passport.get(wish.kind()).await?;
        let wish = if nothing_said {
            prompt::ask(&unlocked, wish.kind(), stored.as_ref(), asker).await?
        } else {
            wish
        };
        looked.push((wish, stored));
    }
    let mut merged = Vec::new();
    let mut problems = Vec::new();
    for (wish, stored) in looked {
        let progress = Progress::start("preparing the pictures");
        match merge(wish, stored, options, &unlocked.signed_in.session, &progress).await? {
            Ok(element) => merged.push(element),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::flawed(problems));
    }
    let secret_created = unlocked.secret == SecretState::Missing;
    unlocked.with_secret().await?;
    let kinds: Vec<ElementType> = merged.iter().map(|merged| merged.draft.element.kind()).collect();
    let replaced = merged.iter().filter(|merged| merged.draft.seen().is_some());
    let replaced: Vec<ElementType> = replaced.map(|merged| merged.draft.element.kind()).collect();
    let mut warnings = remember_objections(&unlocked, &replaced).await;
    let mut elements = Vec::new();
    for element in merged {
        let saved = if interrupt::is_interrupted() {
            Err(Failure::interrupted())
        } else {
            save(&unlocked, element, asker, codes.as_mut()).await
        };
        match saved {
            Ok(saved) => elements.push(saved),
            Err(failure) => return Err(stopped(failure, &kinds, elements.len())),
        }
    }
    warnings.and(unlocked.close().await);
    Ok(warnings.beside(Stored { elements, secret_created }))
}

/// Why a batch stopped, and what became of each element: those before this one are stored.
fn stopped(failure: Failure, kinds: &[ElementType], at: usize) -> Failure {
    if kinds.len() == 1 {
        return failure;
    }
    let unknown = failure.is_unknown();
    let failure = if at > 0 { Deed::in_part().and_then(failure) } else { failure };
    let parts = kinds.iter().enumerate().map(|(index, kind)| {
        let outcome = match index.cmp(&at) {
            Ordering::Less => PartOutcome::Stored,
            Ordering::Equal if unknown => PartOutcome::Unknown,
            _ => PartOutcome::Untouched,
        };
        Part::new(*kind, outcome)
    });
    failure.elements(parts.collect())
}

/// Saves one element, proving a phone number or e-mail address on the way.
async fn save(
    unlocked: &Unlocked,
    merged: Merged,
    asker: Asker,
    codes: Option<&mut SandboxCodes>,
) -> Result<StoredElement, Failure> {
    let Merged { draft, changes, scans, kept, unseen } = merged;
    let changes =
        changes.iter().map(|(field, change)| FieldChange { field: field.name(), change: change.to_string() });
    let changes = changes.collect();
    let kind = draft.element.kind();
    let verified = match save_once(unlocked, &draft).await? {
        Saved::Stored => false,
        Saved::Unverified => {
            verify(&unlocked.passport, &draft.element, asker, codes).await?;
            match save_once(unlocked, &draft).await? {
                Saved::Stored => true,
                Saved::Unverified => {
                    return Err(not_stored(&SaveError::VerificationNeeded { kind }, kind, false));
                }
            }
        }
    };
    Ok(StoredElement { kind: kind.name(), changes, scans, kept, verified, unseen })
}

/// What came of a save.
enum Saved {
    Stored,
    /// Telegram wants it proved first.
    Unverified,
}

/// Saves an element in place of what was seen; a signal cancels it, and it says what came of that.
async fn save_once(unlocked: &Unlocked, draft: &Draft) -> Result<Saved, Failure> {
    let kind = draft.element.kind();
    let bar = Progress::bytes(format!("storing {kind}"));
    let cancel = Cancel::new();
    let options = SaveOptions {
        progress: bar.transfer(),
        password: Some(Arc::new(unlocked.password())),
        cancel: Some(cancel.clone()),
    };
    let saving = interrupt::telling(draft.save(&unlocked.passport, &options), || cancel.cancel());
    let mut unverified = false;
    let first = deed::none();
    let saved = Deed::save(kind).run(saving, |error| {
        unverified = matches!(error, SaveError::VerificationNeeded { .. });
        not_stored(error, kind, first)
    });
    match saved.await {
        Ok(_) => Ok(Saved::Stored),
        Err(_) if unverified => Ok(Saved::Unverified),
        Err(failure) => Err(failure),
    }
}

/// Why this element was not stored, and whether nothing was done before it.
pub(super) fn not_stored(error: &SaveError, kind: ElementType, first: bool) -> Failure {
    match error {
        SaveError::Cancelled if !first => {
            Failure::declined(format!("interrupted before {} was stored", kind.title()))
        }
        _ => error.into(),
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.secret_created {
            writeln!(f, "The Passport is new: its secret was made, and only the password opens it.")?;
        }
        for element in &self.elements {
            let verified = if element.verified { ", proved by its code" } else { "" };
            writeln!(f, "Stored {}{verified}", element.kind)?;
            for changed in &element.changes {
                writeln!(f, "  {:<16} {}", changed.field, changed.change)?;
            }
            for scan in &element.scans {
                writeln!(
                    f,
                    "  {:<16} {}×{}, {}",
                    scan.part,
                    scan.width,
                    scan.height,
                    printable::size(scan.bytes)
                )?;
                for change in &scan.changes {
                    writeln!(f, "  {:<16}   {change}", "")?;
                }
            }
            if !element.kept.is_empty() {
                writeln!(f, "  kept as stored: {}", element.kept.join(", "))?;
            }
            if element.unseen {
                writeln!(
                    f,
                    "  ! TDLib keeps the fields that it knows; what another client may have added is dropped"
                )?;
            }
        }
        Ok(())
    }
}
