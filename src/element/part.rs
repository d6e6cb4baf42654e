use std::fmt;

/// The kinds of part an element can have, as the fields of `secureValue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartKind {
    /// Encrypted JSON.
    Data,
    /// The front side of an identity document.
    FrontSide,
    /// The reverse side of a driver's licence or identity card.
    ReverseSide,
    /// The person holding the document.
    Selfie,
    /// Translated versions, any number of files.
    Translation,
    /// The pages of a proof of address.
    Files,
    /// A phone number or an e-mail address in the clear.
    Plain,
}

/// The place of one file within an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `front_side`
    FrontSide,
    /// `reverse_side`
    ReverseSide,
    /// `selfie`
    Selfie,
    /// `translation[index]`, counted from 0.
    Translation(usize),
    /// `files[index]`, counted from 0.
    File(usize),
}

impl Part {
    /// The kind of part this file belongs to.
    #[must_use]
    pub const fn kind(self) -> PartKind {
        match self {
            Self::FrontSide => PartKind::FrontSide,
            Self::ReverseSide => PartKind::ReverseSide,
            Self::Selfie => PartKind::Selfie,
            Self::Translation(_) => PartKind::Translation,
            Self::File(_) => PartKind::Files,
        }
    }

    /// `front_side`, `translation-1`: what its file is called on a disk, lists counted from 1.
    #[must_use]
    pub fn file_stem(self) -> String {
        match self.kind() {
            kind if kind.is_list() => format!("{kind}-{}", self.index() + 1),
            kind => kind.to_string(),
        }
    }

    /// Its number in its list, counted from 0; 0 for what is no list.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::FrontSide | Self::ReverseSide | Self::Selfie => 0,
            Self::Translation(index) | Self::File(index) => index,
        }
    }
}

impl PartKind {
    /// Those that consist of files, in the schema's order.
    pub const FILES: [Self; 5] =
        [Self::FrontSide, Self::ReverseSide, Self::Selfie, Self::Translation, Self::Files];

    /// All five in the order of their names, in which credentials and the Bot API list them.
    pub const BY_NAME: [Self; 5] =
        [Self::Files, Self::FrontSide, Self::ReverseSide, Self::Selfie, Self::Translation];

    /// The one of [`FILES`](Self::FILES) with this [`name`](Self::name).
    #[must_use]
    pub fn of_files(name: &str) -> Option<Self> {
        Self::FILES.into_iter().find(|part| part.name() == name)
    }

    /// Whether it may have any number of files.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Translation | Self::Files)
    }

    /// The place of its file with this number, counted from 0; of one that is no list there is one place. `None` for
    /// what is no file.
    #[must_use]
    pub const fn at(self, index: usize) -> Option<Part> {
        match self {
            Self::FrontSide => Some(Part::FrontSide),
            Self::ReverseSide => Some(Part::ReverseSide),
            Self::Selfie => Some(Part::Selfie),
            Self::Translation => Some(Part::Translation(index)),
            Self::Files => Some(Part::File(index)),
            Self::Data | Self::Plain => None,
        }
    }

    /// The name in credentials and the Bot API: `data`, `front_side`, `files`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::FrontSide => "front_side",
            Self::ReverseSide => "reverse_side",
            Self::Selfie => "selfie",
            Self::Translation => "translation",
            Self::Files => "files",
            Self::Plain => "plain_data",
        }
    }
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `front_side`, `translation[0]`, ….
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            kind if kind.is_list() => write!(f, "{kind}[{}]", self.index()),
            kind => kind.fmt(f),
        }
    }
}
