use std::fmt;

/// A name in its own script and in Latin letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) native: &'static str,
    pub(crate) latin: &'static str,
}

/// A family name as men and as women bear it; one form twice where there is no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Family {
    pub(crate) male: Name,
    pub(crate) female: Name,
}

/// A town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) post_code: &'static str,
}

/// How usual a middle name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Middle {
    Always,
    Often,
    Never,
}

/// The contents of one country's file.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) script: &'static str,
    pub(crate) middle: Middle,
    pub(crate) surnames: usize,
    pub(crate) male: Vec<Name>,
    pub(crate) female: Vec<Name>,
    pub(crate) middle_male: Vec<Name>,
    pub(crate) middle_female: Vec<Name>,
    pub(crate) family: Vec<Family>,
    pub(crate) places: Vec<Place>,
    pub(crate) streets: Vec<&'static str>,
    pub(crate) phones: Vec<&'static str>,
    pub(crate) passport: &'static str,
    pub(crate) driver_license: &'static str,
    pub(crate) identity_card: &'static str,
    pub(crate) internal_passport: &'static str,
}

/// A line that is not as `names/mod.rs` describes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TableError {
    Line(usize),
    Missing(&'static str),
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number} is malformed"),
            Self::Missing(key) => write!(f, "there is no {key}"),
        }
    }
}

impl Table {
    /// Reads a country's file, strictly: every line must be known, every key but the middle names must be there.
    pub(crate) fn parse(text: &'static str) -> Result<Self, TableError> {
        let mut table = Self {
            script: "",
            middle: Middle::Never,
            surnames: 1,
            male: Vec::new(),
            female: Vec::new(),
            middle_male: Vec::new(),
            middle_female: Vec::new(),
            family: Vec::new(),
            places: Vec::new(),
            streets: Vec::new(),
            phones: Vec::new(),
            passport: "",
            driver_license: "",
            identity_card: "",
            internal_passport: "",
        };
        for (index, line) in text.lines().enumerate() {
            if !line.is_empty() && !line.starts_with('#') {
                table.line(line).ok_or(TableError::Line(index + 1))?;
            }
        }
        let needed = [
            ("script", table.script.is_empty()),
            ("male", table.male.is_empty()),
            ("female", table.female.is_empty()),
            ("family", table.family.is_empty()),
            ("place", table.places.is_empty()),
            ("street", table.streets.is_empty()),
            ("phone", table.phones.is_empty()),
            ("passport", table.passport.is_empty()),
            ("driver_license", table.driver_license.is_empty()),
            ("identity_card", table.identity_card.is_empty()),
            ("internal_passport", table.internal_passport.is_empty()),
        ];
        match needed.into_iter().find(|(_, missing)| *missing) {
            Some((key, _)) => Err(TableError::Missing(key)),
            None => Ok(table),
        }
    }

    fn line(&mut self, line: &'static str) -> Option<()> {
        let (key, value) = line.split_once(": ")?;
        match key {
            "script" => once(&mut self.script, value)?,
            "middle" => {
                self.middle = match value {
                    "always" => Middle::Always,
                    "often" => Middle::Often,
                    "never" => Middle::Never,
                    _ => return None,
                }
            }
            "surnames" => self.surnames = value.parse().ok().filter(|count| matches!(count, 1 | 2))?,
            "male" => names(&mut self.male, value)?,
            "female" => names(&mut self.female, value)?,
            "middle_male" => names(&mut self.middle_male, value)?,
            "middle_female" => names(&mut self.middle_female, value)?,
            "family" => {
                for entry in value.split(", ") {
                    let (male, female) = entry.split_once('/').unwrap_or((entry, entry));
                    self.family.push(Family { male: name(male)?, female: name(female)? });
                }
            }
            "place" => {
                let mut columns = value.split(" | ").map(str::trim);
                let (city, state, post_code) = (columns.next()?, columns.next()?, columns.next()?);
                if city.is_empty() || post_code.is_empty() || columns.next().is_some() {
                    return None;
                }
                self.places.push(Place { city, state, post_code });
            }
            "street" => self.streets.push(value),
            "phone" => self.phones.push(value),
            "passport" => once(&mut self.passport, value)?,
            "driver_license" => once(&mut self.driver_license, value)?,
            "identity_card" => once(&mut self.identity_card, value)?,
            "internal_passport" => once(&mut self.internal_passport, value)?,
            _ => return None,
        }
        Some(())
    }
}

fn once(slot: &mut &'static str, value: &'static str) -> Option<()> {
    let first = slot.is_empty() && !value.is_empty();
    *slot = value;
    first.then_some(())
}

fn names(list: &mut Vec<Name>, value: &'static str) -> Option<()> {
    for entry in value.split(", ") {
        list.push(name(entry)?);
    }
    Some(())
}

fn name(entry: &'static str) -> Option<Name> {
    let (native, latin) = entry.split_once('=').unwrap_or((entry, entry));
    let sound = |text: &str| !text.is_empty() && text.trim() == text && !text.contains(['=', '/', ',']);
    (sound(native) && sound(latin)).then_some(Name { native, latin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_line_is_named() {
        for (text, error) in [
            ("script Latin", TableError::Line(1)),
            ("script: Latin\nscript: Greek", TableError::Line(2)),
            ("male: Hans,  Jörg", TableError::Line(1)),
            ("male: =Hans", TableError::Line(1)),
            ("family: A/B/C", TableError::Line(1)),
            ("place: Berlin", TableError::Line(1)),
            ("colour: red", TableError::Line(1)),
            ("surnames: 3", TableError::Line(1)),
            ("middle: perhaps", TableError::Line(1)),
            ("# nothing\n", TableError::Missing("script")),
        ] {
            assert_eq!(Table::parse(text).expect_err(text), error, "{text}");
        }
    }

    #[test]
    fn names_have_two_forms_and_families_two_genders() {
        let mut table = Vec::new();
        names(&mut table, "Jörg=Joerg, Hans").expect("names");
        assert_eq!(table[0], Name { native: "Jörg", latin: "Joerg" });
        assert_eq!(table[1], Name { native: "Hans", latin: "Hans" });
    }
}
