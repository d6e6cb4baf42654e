use std::fmt;
use std::io;

use super::synthetic::PERSON_FILE;
use telegram_passport::element::{ElementType, TextError, Trouble};
use telegram_passport::scan::{MAX_INPUT_BYTES, ScanError};

/// One thing in a `person.toml` that cannot be used. `Display` is a sentence that names the element and the key,
/// never the contents of a field.
#[derive(Debug)]
#[non_exhaustive]
pub struct PersonFlaw {
    /// Which `[[element]]`, counted from 0; `None` for what stands outside of them.
    pub element: Option<usize>,
    /// Its kind, if that much is known.
    pub kind: Option<ElementType>,
    /// The key, such as `front_side` or `translation[1]`; `None` for an element as a whole.
    pub key: Option<String>,
    /// What is wrong.
    pub fault: PersonFault,
}

/// What is wrong with an entry of a `person.toml`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersonFault {
    /// There is no `[[element]]` at all.
    #[error("there is no [[element]]")]
    NoElement,
    /// `element` is something else than a list of tables.
    #[error("every element is a table of its own, headed [[element]]")]
    NotATable,
    /// An element without a `type`.
    #[error("the type is missing, such as type = \"passport\"")]
    NoType,
    /// A `type` that is none of the 13.
    #[error("this is none of the 13 kinds of element: {}", ElementType::ALL.map(ElementType::name).join(", "))]
    UnknownType,
    /// A second element of the same kind.
    #[error("there is an element of this type before; a person has one of each at most")]
    Twice,
    /// A key that is no field or part of any element.
    #[error("this key is not known")]
    UnknownKey,
    /// A field or part of other kinds of element.
    #[error("elements of this type have no such field or scan")]
    NotOfThisType,
    /// A value that is no string.
    #[error("a text in quotes is needed here")]
    NotAText,
    /// A value that is no list of strings.
    #[error("a list of paths is needed here, such as [\"page-1.jpg\", \"page-2.jpg\"]")]
    NotAList,
    /// A date, gender or country that is none.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A value that breaks a rule of Passport, or a scan that is missing or too much.
    #[error("this {0}")]
    Rule(Trouble),
    /// `unknown` or `raw` is not pairs of a name and JSON.
    #[error("pairs of a name and its value as JSON are needed here")]
    NotPairs,
    /// A path that is absolute or leads out of the directory.
    #[error(
        "the path has to stay inside the person's directory: no \"..\", no leading \"/\", no link to elsewhere"
    )]
    PathOutside,
    /// There is no such file.
    #[error("there is no such file")]
    NoFile,
    /// A directory or a device.
    #[error("this is not a file")]
    NotAFile,
    /// A file that cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// A file of more than 100 MiB.
    #[error("the file has more than {MAX_INPUT_BYTES} bytes")]
    FileTooLarge,
    /// A file that is no usable picture.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

impl fmt::Display for PersonFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PERSON_FILE)?;
        match (self.element, self.kind) {
            (Some(index), Some(kind)) => write!(f, ", element {} ({kind})", index + 1)?,
            (Some(index), None) => write!(f, ", element {}", index + 1)?,
            (None, _) => {}
        }
        if let Some(key) = &self.key {
            // Escaped, so that a key cannot play with the terminal.
            write!(f, ", {}", key.escape_debug())?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for PersonFlaw {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}
