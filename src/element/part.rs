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
}

impl PartKind {
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
        match self {
            Self::Translation(index) | Self::File(index) => write!(f, "{}[{index}]", self.kind()),
            _ => self.kind().fmt(f),
        }
    }
}
