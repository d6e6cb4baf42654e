//! What a person wants an element to be.

use std::path::{Path, PathBuf};

use telegram_passport::element::{
    Element, ElementType, EntryChange, Field, PartKind, Presence, TextError, UnknownFields,
};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::vault::FileContents;
use telegram_passport_sandbox::person::{PERSON_FILE, read_unprepared};

use super::super::person_new::perhaps;
use super::picture::Picture;
use crate::arguments::Put;
use crate::failure::{Failure, sentence};

/// Fields and pictures to be laid over what is stored.
pub(super) struct Wish {
    /// What they are.
    pub(super) element: Element<Picture>,
    /// The fields that are wished for; an empty one is to be empty.
    pub(super) fields: Vec<Field>,
    /// What was changed in the fields so that they are taken.
    pub(super) changes: Vec<(Field, EntryChange)>,
    /// Fields that were said and cannot be, and why.
    pub(super) unfit: Vec<(Field, String)>,
}

impl Wish {
    pub(super) fn nothing(kind: ElementType) -> Self {
        let element = Element::empty(kind);
        Self { element, fields: Vec::new(), changes: Vec::new(), unfit: Vec::new() }
    }

    pub(super) fn kind(&self) -> ElementType {
        self.element.kind()
    }

    pub(super) fn is_empty(&self) -> bool {
        let nothing_new = self.element.unknown_fields().is_none_or(UnknownFields::is_empty);
        self.fields.is_empty()
            && self.unfit.is_empty()
            && self.element.files().next().is_none()
            && nothing_new
    }

    /// Whether a picture came to this scan already.
    pub(super) fn has_scan(&self, scan: &PassportJpeg) -> bool {
        self.element.files().any(|(_, picture)| match picture {
            Picture::Scans(made) => made.iter().any(|made| made.scan == *scan),
            Picture::File(_) | Picture::Contents(_) => false,
        })
    }

    /// Takes a field as a person writes it.
    pub(super) fn enter(&mut self, field: Field, text: &str) {
        match self.element.enter(field, text) {
            Ok(changes) => {
                self.fields.push(field);
                self.changes.extend(changes.into_iter().map(|change| (field, change)));
            }
            Err(error) => self.unfit.push((field, not_taken(self.kind(), field, text, error))),
        }
    }

    /// What the options say: one element by its fields and pictures, or a person's.
    pub(super) fn of_options(options: &Put) -> Result<Vec<Self>, Failure> {
        if let Some(person) = &options.from {
            return of_person(person, &options.kinds);
        }
        match options.kinds.as_slice() {
            [kind] => Ok(vec![Self::of_flags(*kind, options)?]),
            _ => Err(Failure::usage("fields and pictures are of one element: name one KIND")),
        }
    }

    fn of_flags(kind: ElementType, options: &Put) -> Result<Self, Failure> {
        let mut wish = Self::nothing(kind);
        for assignment in &options.set {
            let (name, value) = assignment
                .split_once('=')
                .ok_or_else(|| Failure::usage("--set takes FIELD=VALUE, such as --set city=Brno"))?;
            let field = Field::from_name(name).filter(|field| Field::of(kind).contains(field));
            wish.enter(field.ok_or_else(|| no_such_field(kind))?, value);
        }
        let one = |path: &Option<PathBuf>| path.iter().cloned().collect::<Vec<_>>();
        for (part, paths) in [
            (PartKind::FrontSide, one(&options.front)),
            (PartKind::ReverseSide, one(&options.reverse)),
            (PartKind::Selfie, one(&options.selfie)),
            (PartKind::Translation, options.translation.clone()),
            (PartKind::Files, options.file.clone()),
        ] {
            for path in paths {
                if wish.element.attach(part, Picture::File(path)).is_err()
                    || kind.presence(part) == Presence::MustNot
                {
                    return Err(Failure::usage(format!("{kind} has no {part}")));
                }
            }
        }
        Ok(wish)
    }
}

/// What a person holds, of these kinds or of all.
fn of_person(path: &Path, kinds: &[ElementType]) -> Result<Vec<Wish>, Failure> {
    let folder = match path.file_name() {
        Some(name) if name == PERSON_FILE && path.is_file() => path.parent().unwrap_or(Path::new("")),
        _ => path,
    };
    // Pictures and fields are judged here, with everything else.
    let (elements, changed) = read_unprepared(folder).map_err(|error| Failure::failed(sentence(&error)))?;
    let held = |kind: &ElementType| elements.iter().any(|element| element.kind() == *kind);
    if let Some(missing) = kinds.iter().find(|kind| !held(kind)) {
        return Err(Failure::usage(format!("the person in {} has no {missing}", folder.display())));
    }
    let chosen = elements.into_iter().filter(|element| kinds.is_empty() || kinds.contains(&element.kind()));
    let wished = |element: Element<FileContents>| {
        let kind = element.kind();
        let filled = |field: &Field| element.text(*field).is_some_and(|text| !text.is_empty());
        let changes: Vec<_> = changed
            .iter()
            .filter(|changed| changed.kind == kind)
            .map(|changed| (changed.field, changed.change))
            .collect();
        // What the file names and leaves blank is blank then.
        let blanked = |field: &Field| changes.iter().any(|(changed, _)| changed == field);
        let fields =
            Field::of(kind).iter().copied().filter(|field| filled(field) || blanked(field)).collect();
        let element = element.map_files(|_, contents| Picture::Contents(contents));
        Wish { element, fields, changes, unfit: Vec::new() }
    };
    Ok(chosen.map(wished).collect())
}

/// Why a field does not take this text, and what was perhaps meant.
pub(super) fn not_taken(kind: ElementType, field: Field, text: &str, error: TextError) -> String {
    let perhaps = if error == TextError::Country { perhaps(text) } else { String::new() };
    format!("{}: {field}: {error}{perhaps}", kind.title())
}

fn no_such_field(kind: ElementType) -> Failure {
    let fields: Vec<&str> = Field::of(kind).iter().map(|field| field.name()).collect();
    let failure = Failure::usage(format!("--set: {kind}: {}", TextError::NoSuchField));
    if fields.is_empty() {
        failure.remedy("It consists of pictures: --file FILE.")
    } else {
        failure.remedy(format!("Its fields: {}", fields.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_typed_as_soon_as_it_is_said() {
        let mut wish = Wish::nothing(ElementType::PersonalDetails);
        assert!(wish.is_empty());
        wish.enter(Field::BirthDate, "1.2.1990");
        wish.enter(Field::CountryCode, "Germnay");
        assert_eq!(wish.fields, [Field::BirthDate]);
        assert_eq!(wish.changes, [(Field::BirthDate, EntryChange::DateForm)]);
        let Element::PersonalDetails(details) = &wish.element else { panic!("personal details") };
        assert!(details.birth_date.is_some() && details.country.is_none());
        let [(Field::CountryCode, problem)] = &wish.unfit[..] else { panic!("one cannot be") };
        assert!(problem.contains("perhaps DE (Germany)"), "{problem}");
    }
}
