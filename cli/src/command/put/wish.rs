//! What a person wants an element to be.

use std::path::{Path, PathBuf};

use telegram_passport::element::{
    Element, ElementType, EntryChange, Field, PartKind, Presence, TextError, UnknownFields,
};
use telegram_passport::vault::FileContents;
use telegram_passport_sandbox::person::{PERSON_FILE, read_unprepared};
use zeroize::Zeroizing;

use crate::arguments::Put;
use crate::failure::{Failure, sentence};

/// Fields and pictures to be laid over what is stored.
pub(super) struct Wish {
    kind: ElementType,
    pub(super) fields: Vec<(Field, Zeroizing<String>)>,
    pub(super) pictures: Vec<(PartKind, Vec<Picture>)>,
    /// What was changed in fields already, as they were read.
    pub(super) changes: Vec<(Field, EntryChange)>,
    /// Fields that this version does not know, as a person's folder has them.
    pub(super) unknown: UnknownFields,
}

/// A picture that is still to be made a scan.
pub(super) enum Picture {
    File(PathBuf),
    Contents(FileContents),
}

impl Wish {
    pub(super) fn nothing(kind: ElementType) -> Self {
        let unknown = UnknownFields::default();
        Self { kind, fields: Vec::new(), pictures: Vec::new(), changes: Vec::new(), unknown }
    }

    pub(super) fn kind(&self) -> ElementType {
        self.kind
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.pictures.is_empty() && self.unknown.is_empty()
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
            wish.fields.push((field.ok_or_else(|| no_such_field(kind))?, Zeroizing::new(value.to_owned())));
        }
        let one = |path: &Option<PathBuf>| path.iter().cloned().collect::<Vec<_>>();
        for (part, paths) in [
            (PartKind::FrontSide, one(&options.front)),
            (PartKind::ReverseSide, one(&options.reverse)),
            (PartKind::Selfie, one(&options.selfie)),
            (PartKind::Translation, options.translation.clone()),
            (PartKind::Files, options.file.clone()),
        ] {
            if paths.is_empty() {
                continue;
            }
            if kind.presence(part) == Presence::MustNot {
                return Err(Failure::usage(format!("{kind} has no {part}")));
            }
            wish.pictures.push((part, paths.into_iter().map(Picture::File).collect()));
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
    let told = |mut wish: Wish| {
        let own = changed.iter().filter(|changed| changed.kind == wish.kind);
        wish.changes = own.map(|changed| (changed.field, changed.change)).collect();
        wish
    };
    Ok(chosen.map(Wish::from).map(told).collect())
}

impl From<Element<FileContents>> for Wish {
    fn from(element: Element<FileContents>) -> Self {
        let mut wish = Self::nothing(element.kind());
        for field in Field::of(element.kind()) {
            if let Some(text) = element.text(*field).filter(|text| !text.is_empty()) {
                wish.fields.push((*field, text));
            }
        }
        wish.unknown = element.unknown_fields().cloned().unwrap_or_default();
        for (part, contents) in element.files() {
            let picture = Picture::Contents(contents.clone());
            match wish.pictures.iter_mut().find(|(kind, _)| *kind == part.kind()) {
                Some((_, pictures)) => pictures.push(picture),
                None => wish.pictures.push((part.kind(), vec![picture])),
            }
        }
        wish
    }
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
