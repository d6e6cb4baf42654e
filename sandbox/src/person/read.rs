use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};
use zeroize::Zeroizing;

use super::flaw::{PersonFault, PersonFlaw};
use super::synthetic::{PERSON_FILE, Person};
use telegram_passport::element::{Element, ElementType, EntryChange, Field, PartKind, Parts};
use telegram_passport::scan::{MAX_INPUT_BYTES, prepare};
use telegram_passport::vault::FileContents;

/// Most bytes of a `person.toml`: 1 MiB.
pub const MAX_PERSON_FILE_BYTES: u64 = 1024 * 1024;

/// A change in a field, made so that it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedField {
    /// The kind of element.
    pub kind: ElementType,
    /// The field.
    pub field: Field,
    /// What was changed.
    pub change: EntryChange,
}

/// Why nobody was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersonReadError {
    /// There is no such directory, or no `person.toml` in it.
    #[error("{}: there is no such file", .0.display())]
    NotThere(PathBuf),
    /// `person.toml` cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `person.toml` is larger than any person needs.
    #[error("{}: the file has more than {MAX_PERSON_FILE_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
    /// `person.toml` is not UTF-8.
    #[error("{}: the file is not UTF-8 text", .0.display())]
    NotText(PathBuf),
    /// `person.toml` is not TOML; what the parser quotes is left out.
    #[error("{}: line {line} is not TOML: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The parser's message.
        message: String,
    },
    /// Something in it, or in the files it names, cannot be used.
    #[error("{}", sentences(.0))]
    Flawed(Vec<PersonFlaw>),
}

fn sentences(flaws: &[PersonFlaw]) -> String {
    flaws.iter().map(PersonFlaw::to_string).collect::<Vec<_>>().join("\n")
}

impl Person {
    /// Reads a person from a directory with a `person.toml` as [`Person::write`] makes it, or as somebody wrote it
    /// by hand: any of the elements, and scans in any picture format.
    ///
    /// As official clients do, pictures are made Passport scans ([`prepare`], which leaves one that is a scan already as
    /// it is), and fields keep the rules. Paths in it lead to files inside the directory only.
    ///
    /// # Errors
    /// [`PersonReadError`]; everything that is wrong is found in one go.
    pub fn read(directory: &Path) -> Result<Self, PersonReadError> {
        let scan = |bytes: Zeroizing<Vec<u8>>| prepare(&bytes).map_err(PersonFault::Scan);
        let (elements, _) =
            Reader { directory, scan, judged: true, flaws: Vec::new(), changes: Vec::new() }.read()?;
        Ok(Self { elements })
    }
}

/// Reads the elements of a person's directory as they stand there: files are what they are, pictures or not, and fields
/// may break the rules as long as their types hold. For who judges them later.
///
/// Texts are understood as a person writes them ([`Entry`](telegram_passport::element::Entry)), and what was changed for
/// that is told.
///
/// # Errors
/// As [`Person::read`].
pub fn read_unprepared(
    directory: &Path,
) -> Result<(Vec<Element<FileContents>>, Vec<ChangedField>), PersonReadError> {
    let scan = |bytes| Ok(FileContents::from(bytes));
    Reader { directory, scan, judged: false, flaws: Vec::new(), changes: Vec::new() }.read()
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, PersonReadError> {
    let bytes = read_at_most(path, MAX_PERSON_FILE_BYTES).map_err(|fault| match fault {
        PersonFault::NoFile => PersonReadError::NotThere(path.to_owned()),
        PersonFault::FileTooLarge => PersonReadError::TooLarge(path.to_owned()),
        PersonFault::Unreadable(source) => PersonReadError::Io { path: path.to_owned(), source },
        other => PersonReadError::Io { path: path.to_owned(), source: io::Error::other(other.to_string()) },
    })?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(PersonReadError::NotText(path.to_owned())),
    }
}

/// Where in the `person.toml` the reader is.
#[derive(Clone, Copy)]
struct Position {
    element: usize,
    kind: Option<ElementType>,
}

struct Reader<'a, S> {
    directory: &'a Path,
    /// Makes a scan, or whatever files are to be, of a file's bytes.
    scan: S,
    /// Whether fields and parts have to keep the rules.
    judged: bool,
    flaws: Vec<PersonFlaw>,
    changes: Vec<ChangedField>,
}

impl<F: Clone + PartialEq, S: Fn(Zeroizing<Vec<u8>>) -> Result<F, PersonFault>> Reader<'_, S> {
    fn read(mut self) -> Result<(Vec<Element<F>>, Vec<ChangedField>), PersonReadError> {
        let path = self.directory.join(PERSON_FILE);
        let text = read_text(&path)?;
        let table: Table = toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
            PersonReadError::Syntax { path, line, message: error.message().to_owned() }
        })?;
        let elements = self.elements(&table);
        if self.flaws.is_empty() {
            Ok((elements, self.changes))
        } else {
            Err(PersonReadError::Flawed(self.flaws))
        }
    }

    fn elements(&mut self, table: &Table) -> Vec<Element<F>> {
        for key in table.keys().filter(|key| *key != "element") {
            self.flaws.push(PersonFlaw {
                element: None,
                kind: None,
                key: Some(key.clone()),
                fault: PersonFault::UnknownKey,
            });
        }
        let tables = match table.get("element") {
            None => &Vec::new(),
            Some(Value::Array(tables)) => tables,
            Some(_) => {
                self.outside(Some("element"), PersonFault::NotATable);
                return Vec::new();
            }
        };
        if tables.is_empty() && self.flaws.is_empty() {
            self.outside(None, PersonFault::NoElement);
        }
        let mut elements: Vec<Element<F>> = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let position = Position { element: index, kind: None };
            let Value::Table(table) = table else {
                self.flaw(position, None, PersonFault::NotATable);
                continue;
            };
            if let Some(element) = self.element(position, table) {
                if elements.iter().any(|before| before.kind() == element.kind()) {
                    self.flaw(Position { kind: Some(element.kind()), ..position }, None, PersonFault::Twice);
                }
                elements.push(element);
            }
        }
        elements
    }

    fn element(&mut self, position: Position, table: &Table) -> Option<Element<F>> {
        let kind = match kind_of(table) {
            Ok(kind) => kind,
            Err(fault) => {
                self.flaw(position, Some("type"), fault);
                return None;
            }
        };
        let position = Position { kind: Some(kind), ..position };
        let before = self.flaws.len();
        let mut element = self.with_unknown_fields(position, table, kind);
        for (key, value) in
            table.iter().filter(|(key, _)| !matches!(key.as_str(), "type" | "unknown" | "raw"))
        {
            match (Field::from_name(key), PartKind::of_files(key)) {
                (Some(field), _) => self.field(position, &mut element, field, value),
                (None, Some(part)) => self.part(position, &mut element, part, value),
                (None, None) => self.flaw(position, Some(key), PersonFault::UnknownKey),
            }
        }
        if self.flaws.len() > before {
            return None;
        }
        if self.judged {
            for problem in element.validate().into_iter().chain(element.repeated_files()) {
                self.flaw(position, Some(&problem.place.to_string()), PersonFault::Rule(problem.trouble));
            }
        }
        Some(element)
    }

    /// The element with nothing but the fields that this version does not know, which the flat form carries.
    fn with_unknown_fields(&mut self, position: Position, table: &Table, kind: ElementType) -> Element<F> {
        let only: Table = table
            .iter()
            .filter(|(key, _)| matches!(key.as_str(), "type" | "unknown" | "raw"))
            .map(|(key, value)| match key.as_str() {
                "type" => (key.clone(), kind.name().into()),
                _ => (key.clone(), value.clone()),
            })
            .collect();
        let read = only.try_into::<Element<String>>().ok();
        match read {
            Some(element) => element.with_parts(Parts::default()),
            None => {
                self.flaw(position, Some("unknown"), PersonFault::NotPairs);
                Element::empty(kind)
            }
        }
    }

    fn field(&mut self, position: Position, element: &mut Element<F>, field: Field, value: &Value) {
        let fault = match value.as_str() {
            _ if !Field::of(element.kind()).contains(&field) => PersonFault::NotOfThisType,
            None => PersonFault::NotAText,
            Some(text) => match element.enter(field, text) {
                Ok(changes) => {
                    let kind = element.kind();
                    self.changes.extend(changes.into_iter().map(|change| ChangedField {
                        kind,
                        field,
                        change,
                    }));
                    return;
                }
                Err(error) => PersonFault::Text(error),
            },
        };
        self.flaw(position, Some(field.name()), fault);
    }

    fn part(&mut self, position: Position, element: &mut Element<F>, part: PartKind, value: &Value) {
        // What fits here, fits below too.
        if Element::empty(element.kind()).attach(part, ()).is_err() {
            self.flaw(position, Some(part.name()), PersonFault::NotOfThisType);
            return;
        }
        let single = [value.clone()];
        let several = part.is_list();
        let paths = match value {
            Value::Array(paths) if several => paths.as_slice(),
            _ if several => {
                self.flaw(position, Some(part.name()), PersonFault::NotAList);
                return;
            }
            _ => &single,
        };
        for (file, path) in (0..).map_while(|index| part.at(index)).zip(paths) {
            let key = file.to_string();
            let Some(path) = path.as_str() else {
                self.flaw(position, Some(&key), PersonFault::NotAText);
                continue;
            };
            match self.file(path) {
                Ok(file) => drop(element.attach(part, file)),
                Err(fault) => self.flaw(position, Some(&key), fault),
            }
        }
    }

    fn file(&self, path: &str) -> Result<F, PersonFault> {
        let path = self.inside(path)?;
        let limit = u64::try_from(MAX_INPUT_BYTES).expect("100 MiB");
        (self.scan)(read_at_most(&path, limit)?)
    }

    /// The file that a path means, links resolved.
    fn inside(&self, path: &str) -> Result<PathBuf, PersonFault> {
        let relative = Path::new(path);
        let plain =
            relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !plain || path.is_empty() || path.contains(['\\', '\0']) {
            return Err(PersonFault::PathOutside);
        }
        let root = self.directory.canonicalize().map_err(PersonFault::Unreadable)?;
        let found = root.join(relative).canonicalize().map_err(unreadable)?;
        if found.starts_with(&root) { Ok(found) } else { Err(PersonFault::PathOutside) }
    }

    fn outside(&mut self, key: Option<&str>, fault: PersonFault) {
        self.flaws.push(PersonFlaw { element: None, kind: None, key: key.map(str::to_owned), fault });
    }

    fn flaw(&mut self, position: Position, key: Option<&str>, fault: PersonFault) {
        let key = key.map(str::to_owned);
        self.flaws.push(PersonFlaw { element: Some(position.element), kind: position.kind, key, fault });
    }
}

fn kind_of(table: &Table) -> Result<ElementType, PersonFault> {
    let name = table.get("type").ok_or(PersonFault::NoType)?.as_str().ok_or(PersonFault::NotAText)?;
    ElementType::from_written(name).ok_or(PersonFault::UnknownType)
}

fn unreadable(error: io::Error) -> PersonFault {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PersonFault::NoFile,
        _ => PersonFault::Unreadable(error),
    }
}

/// The bytes of an ordinary file; a pipe or a device is not waited for.
fn read_at_most(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, PersonFault> {
    let found = std::fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err(PersonFault::NotAFile);
    }
    if found.len() > limit {
        return Err(PersonFault::FileTooLarge);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(found.len()).unwrap_or_default()));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit { Err(PersonFault::FileTooLarge) } else { Ok(bytes) }
}
