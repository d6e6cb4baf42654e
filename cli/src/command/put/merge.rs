//! A wish laid over what is stored, and everything that is wrong with the outcome.

use telegram_passport::element::{
    Element, ElementType, EntryChange, Field, Place, Problem, RawFields, TextError, Trouble,
};
use telegram_passport::passport::{FileSource, SavedContent, SavedElement, Sight};
use telegram_passport::tdlib::Session;

use super::super::person_new::perhaps;
use super::picture::{ScanFacts, scans as scans_of};
use super::wish::Wish;
use crate::arguments::Put;
use crate::failure::Failure;
use crate::printable;
use crate::progress::Progress;

/// An element that is ready to be saved.
pub(super) struct Merged {
    pub(super) element: Element<FileSource>,
    /// What it takes the place of.
    pub(super) stored: Option<SavedElement>,
    /// What was changed in the fields so that they are taken.
    pub(super) changes: Vec<(Field, EntryChange)>,
    /// The new scans.
    pub(super) scans: Vec<ScanFacts>,
    /// The scans that stay as they are stored.
    pub(super) kept: Vec<String>,
    /// Whether what another client added to what is stored is not seen, and dropped.
    pub(super) unseen: bool,
}

/// Lays a wish over what is stored; a converter's files lie in the session's folder. The inner error tells all that is wrong.
pub(super) async fn merge(
    wish: Wish,
    stored: Option<SavedElement>,
    options: &Put,
    session: &Session,
    progress: &Progress,
) -> Result<Result<Merged, Vec<String>>, Failure> {
    let kind = wish.kind();
    let below = stored.clone().filter(|_| !options.replace);
    let unseen = below.as_ref().is_some_and(|below| below.sight == Sight::KnownFields);
    let mut element = below.map_or_else(|| Ok(Element::empty(kind)), readable)?;
    let mut problems = Vec::new();
    let mut unfit = Vec::new();
    let mut changes = wish.changes;
    let mut entered = Vec::new();
    for (field, text) in wish.fields {
        entered.push(Place::Field(field));
        match element.enter(field, &text) {
            Ok(changed) => changes.extend(changed.into_iter().map(|change| (field, change))),
            Err(error) => {
                problems.push(not_taken(kind, field, &text, error));
                unfit.push(Place::Field(field));
            }
        }
    }
    if let (true, Element::PersonalDetails(details)) = (options.copy_native_names, &mut element) {
        // Where the language is English, the names in the local script are the Latin ones.
        details.copy_native_names(Some("en"));
    }
    if let Some(unknown) = element.unknown_fields_mut() {
        unknown.lay_over(&wish.unknown);
    }
    let mut scans = Vec::new();
    for (part, pictures) in wish.pictures {
        if let Some(parts) = element.parts_mut() {
            parts.clear(part);
        }
        let mut index = 0;
        for picture in pictures {
            progress.step(format!("preparing {part} of {kind}"));
            match scans_of(part, index, picture, session).await {
                Ok(made) => {
                    index += made.len();
                    for (scan, facts) in made {
                        scans.push(facts);
                        // The wish names parts of this kind only.
                        let _ = element.attach(part, FileSource::New(scan));
                    }
                }
                Err(problem) => {
                    index += 1;
                    problems.push(format!("{}: {problem}", kind.title()));
                    unfit.push(Place::PartKind(part));
                }
            }
        }
    }
    // What did not fit is told once, and is not also missing. What is stored already may have a form that would not be
    // taken now.
    let told = |problem: &Problem| {
        !unfit.contains(&problem.place) && (!problem.is_of_entry() || entered.contains(&problem.place))
    };
    let rules = element.validate().into_iter().chain(element.repeated_files());
    problems.extend(rules.filter(told).map(|problem| with_sign(&element, &problem)));
    let raw = element.raw_fields().into_iter().flat_map(RawFields::iter);
    problems.extend(raw.filter(|(field, _)| !unfit.contains(&Place::Field(*field))).map(|(field, json)| {
        format!("{}: {field} is stored as {json}; --set {field}=… sets it anew", kind.title())
    }));
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let kept = element.files().filter(|(_, file)| matches!(file, FileSource::Keep(_)));
    let kept = kept.map(|(part, _)| part.to_string()).collect();
    Ok(Ok(Merged { element, stored, changes, scans, kept, unseen }))
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

/// Why a field does not take this text, and what was perhaps meant.
pub(super) fn not_taken(kind: ElementType, field: Field, text: &str, error: TextError) -> String {
    let perhaps = if error == TextError::Country { perhaps(text) } else { String::new() };
    format!("{}: {field}: {error}{perhaps}", kind.title())
}

/// The problem, and where it is about signs, the first of them.
pub(super) fn with_sign<F>(element: &Element<F>, problem: &Problem) -> String {
    let about_signs = matches!(
        problem.trouble,
        Trouble::NotLatin | Trouble::NotAPostCode | Trouble::NotDigits | Trouble::ControlCharacter
    );
    let sign = match problem.place {
        Place::Field(field) if about_signs => element.text(field).and_then(|text| field.refused_sign(&text)),
        _ => None,
    };
    match sign {
        Some(sign) => format!("{problem}; refused: {}", printable::sign(sign)),
        None => problem.to_string(),
    }
}
