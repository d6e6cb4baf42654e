use telegram_passport::element::Element;
use telegram_passport::scan::PassportJpeg;

/// The file that describes a person, in the person's directory.
pub const PERSON_FILE: &str = "person.toml";

/// A person and what they keep in their Passport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// At most one element of each kind.
    pub elements: Vec<Element<PassportJpeg>>,
}
