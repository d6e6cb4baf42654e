//! A wish laid over what is stored, and everything that is wrong with the outcome.

use telegram_passport::element::{
    Element, ElementType, EntryChange, Field, PartKind, Parts, Place, Problem, RawFields, Trouble,
};
use telegram_passport::passport::{Draft, FileSource, SavedElement, Sight, Unreadable};
use telegram_passport::tdlib::Session;

use super::picture::{ScanFacts, scans as scans_of};
use super::wish::Wish;
use crate::arguments::Put;
use crate::failure::{Failure, sentence};
use crate::printable;
use crate::progress::Progress;

/// An element that is ready to be saved.
pub(super) struct Merged {
    pub(super) draft: Draft,
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
    mut wish: Wish,
    stored: Option<SavedElement>,
    options: &Put,
    session: &Session,
    progress: &Progress,
) -> Result<Result<Merged, Vec<String>>, Failure> {
    let kind = wish.kind();
    let unseen = !options.replace && stored.as_ref().is_some_and(|stored| stored.sight == Sight::KnownFields);
    let mut draft = match &stored {
        Some(stored) if !options.replace => stored.edit().map_err(|why| unreadable(kind, why))?,
        _ => Draft::new(Element::empty(kind), stored),
    };
    let element = &mut draft.element;
    let mut unfit: Vec<Place> = wish.unfit.iter().map(|(field, _)| Place::Field(*field)).collect();
    let mut problems: Vec<String> = wish.unfit.into_iter().map(|(_, problem)| problem).collect();
    for field in &wish.fields {
        if let Err(error) = element.copy_field(*field, &wish.element) {
            problems.push(format!("{}: {field}: {error}", kind.title()));
        }
    }
    let entered: Vec<Place> = wish.fields.into_iter().map(Place::Field).collect();
    if let (true, Element::PersonalDetails(details)) = (options.copy_native_names, &mut *element) {
        // Where the language is English, the names in the local script are the Latin ones.
        details.copy_native_names(Some("en"));
    }
    if let (Some(unknown), Some(wished)) = (element.unknown_fields_mut(), wish.element.unknown_fields()) {
        unknown.lay_over(wished);
    }
    let mut scans = Vec::new();
    let pictures = wish.element.parts_mut().map(std::mem::take).unwrap_or_default();
    if let Some(parts) = element.parts_mut() {
        for part in PartKind::FILES.into_iter().filter(|part| !pictures.of(*part).is_empty()) {
            parts.clear(part);
        }
        // A file may have several pages, or be none that can be taken: then those after it move up or on.
        let mut next = Parts::<()>::default();
        for (wished, picture) in pictures {
            let part = wished.kind();
            let place = part.at(next.of(part).len()).unwrap_or(wished);
            progress.step(format!("preparing {part} of {kind}"));
            match scans_of(place, picture, session).await {
                Ok(made) => {
                    for made in made {
                        let place = part.at(next.of(part).len()).unwrap_or(wished);
                        scans.push(ScanFacts::of(place, &made));
                        parts.insert(place, FileSource::New(made.scan));
                        next.insert(place, ());
                    }
                }
                Err(problem) => {
                    next.insert(place, ());
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
    problems.extend(rules.filter(told).map(|problem| with_sign(element, &problem)));
    let raw = element.raw_fields().into_iter().flat_map(RawFields::iter);
    problems.extend(raw.filter(|(field, _)| !unfit.contains(&Place::Field(*field))).map(|(field, json)| {
        format!("{}: {field} is stored as {json}; --set {field}=… sets it anew", kind.title())
    }));
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let kept = element.files().filter(|(_, file)| matches!(file, FileSource::Keep(_)));
    let kept = kept.map(|(part, _)| part.to_string()).collect();
    Ok(Ok(Merged { draft, changes: wish.changes, scans, kept, unseen }))
}

/// Nothing of what is stored can be kept.
fn unreadable(kind: ElementType, why: Unreadable) -> Failure {
    let why = sentence(&why);
    Failure::refused(format!("the {kind} that is stored cannot be read, so nothing of it can be kept: {why}"))
        .remedy("--replace stores the new one in its place.")
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
