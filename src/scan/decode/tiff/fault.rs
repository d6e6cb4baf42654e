use crate::scan::error::ScanError;
use crate::scan::format::Format;

pub(super) const DAMAGED: ScanError = ScanError::Damaged(Format::Tiff);

/// What is wrong with a part of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Data is missing.
    Short,
    /// It contradicts its format.
    Bad,
    /// It cannot be read here; in words, as something that the file has.
    Unsupported(&'static str),
}

impl From<Fault> for ScanError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Short => Self::Truncated(Format::Tiff),
            Fault::Bad => DAMAGED,
            Fault::Unsupported(what) => Self::Unsupported { format: Format::Tiff, what },
        }
    }
}
