//! A wish laid over what is stored, and everything that is wrong with the outcome.

use telegram_passport::element::{Element, Field, Part, PartKind, PhoneNumber, Place, Problem, TextError};
use telegram_passport::passport::{FileSource, Passport, SavedContent, SavedElement};

use super::super::list::list_failure;
use super::picture::{ScanFacts, scan};
use super::wish::Wish;
use crate::arguments::Put;
use crate::failure::Failure;
use crate::progress::Progress;

/// An element that is ready to be saved.
pub(super) struct Merged {
    pub(super) element: Element<FileSource>,
    /// The new scans.
    pub(super) scans: Vec<ScanFacts>,
    /// The scans that stay as they are stored.
    pub(super) kept: Vec<String>,
}

/// Lays a wish over what is stored; the inner error tells all that is wrong.
pub(super) async fn merge(
    passport: &impl Passport,
    wish: Wish,
    options: &Put,
    progress: &Progress,
) -> Result<Result<Merged, Vec<String>>, Failure> {
    let kind = wish.kind();
    let stored = if options.replace {
        None
    } else {
        passport.get(kind).await.map_err(|error| list_failure(&error))?
    };
    let mut element = stored.map_or_else(|| Ok(Element::empty(kind)), readable)?;
    let mut problems = Vec::new();
    let mut unfit = Vec::new();
    for (field, text) in wish.fields {
        if let Err(error) = set(&mut element, field, &text) {
            problems.push(format!("{}: {field}: {error}", kind.title()));
            unfit.push(Place::Field(field));
        }
    }
    if let (true, Element::PersonalDetails(details)) = (options.copy_native_names, &mut element) {
        // Where the language is English, the names in the local script are the Latin ones.
        details.copy_native_names(Some("en"));
    }
    let mut scans = Vec::new();
    for (part, pictures) in wish.pictures {
        clear(&mut element, part);
        for (index, picture) in pictures.into_iter().enumerate() {
            progress.step(format!("preparing {part} of {kind}"));
            match scan(place(part, index), picture).await {
                Ok((scan, facts)) => {
                    scans.push(facts);
                    // The wish names parts of this kind only.
                    let _ = element.attach(part, FileSource::New(scan));
                }
                Err(problem) => {
                    problems.push(format!("{}: {problem}", kind.title()));
                    unfit.push(Place::PartKind(part));
                }
            }
        }
    }
    // What did not fit is told once, and is not also missing.
    let told = |problem: &Problem| !unfit.contains(&problem.place);
    let rules = element.validate().into_iter().chain(element.repeated_files());
    problems.extend(rules.filter(told).map(|problem| problem.to_string()));
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let kept = element.files().filter(|(_, file)| matches!(file, FileSource::Keep(_)));
    let kept = kept.map(|(part, _)| part.to_string()).collect();
    Ok(Ok(Merged { element, scans, kept }))
}

/// What is stored, its scans kept; where it cannot be read, nothing of it could be kept.
fn readable(saved: SavedElement) -> Result<Element<FileSource>, Failure> {
    match saved.content {
        SavedContent::Readable(element) => Ok(element.map_files(|_, file| FileSource::Keep(file))),
        SavedContent::Unreadable(why) => Err(Failure::refused(format!(
            "the {} that is stored cannot be read, so nothing of it can be kept: {why}",
            saved.kind
        ))
        .remedy("--replace stores the new one in its place.")),
    }
}

fn set<F>(element: &mut Element<F>, field: Field, text: &str) -> Result<(), TextError> {
    if let (Element::PhoneNumber(number), Field::PhoneNumber) = (&mut *element, field) {
        *number = PhoneNumber::from_written(text);
        return Ok(());
    }
    element.set_text(field, text)
}

/// Takes the files of a part out.
fn clear<F>(element: &mut Element<F>, part: PartKind) {
    if let Some(document) = element.identity_document_mut() {
        match part {
            PartKind::FrontSide => document.front_side = None,
            PartKind::ReverseSide => document.reverse_side = None,
            PartKind::Selfie => document.selfie = None,
            PartKind::Translation => document.translation.clear(),
            _ => {}
        }
    } else if let Some(document) = element.personal_document_mut() {
        match part {
            PartKind::Translation => document.translation.clear(),
            PartKind::Files => document.files.clear(),
            _ => {}
        }
    }
}

fn place(part: PartKind, index: usize) -> Part {
    match part {
        PartKind::ReverseSide => Part::ReverseSide,
        PartKind::Selfie => Part::Selfie,
        PartKind::Translation => Part::Translation(index),
        PartKind::Files => Part::File(index),
        _ => Part::FrontSide,
    }
}
