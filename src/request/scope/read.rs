use super::{ADDRESS_DOCUMENT, COMPACT, ID_DOCUMENT, LEGACY, LONG, ScopeError, ScopeForm, Words};
use crate::element::ElementType;
use crate::request::json::Json;
use crate::request::{RequiredElement, SuitableElement, displayed};

/// The rows of an object, long or compact.
pub(super) fn object(members: &[(String, Json)]) -> Result<(ScopeForm, Vec<RequiredElement>), ScopeError> {
    for (index, (key, _)) in members.iter().enumerate() {
        if !matches!(key.as_str(), "v" | "data" | "d") {
            return Err(ScopeError::UnknownMember(displayed(key, 40)));
        }
        if members[..index].iter().any(|(earlier, _)| earlier == key) {
            return Err(ScopeError::MemberTwice(key.clone()));
        }
    }
    let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    if member("v") != Some(&Json::Whole(1)) {
        return Err(ScopeError::Version);
    }
    let (form, elements) = match (member("data"), member("d")) {
        (Some(Json::List(elements)), None) => (ScopeForm::Long, elements),
        (None, Some(Json::List(elements))) => (ScopeForm::Compact, elements),
        _ => return Err(ScopeError::Data),
    };
    let rows = (1..).zip(elements).map(|(row, element)| parse_row(form, row, element));
    Ok((form, rows.collect::<Result<_, _>>()?))
}

fn parse_row(form: ScopeForm, row: usize, element: &Json) -> Result<RequiredElement, ScopeError> {
    let element = parse_element(form, row, element)?;
    let alternatives = match element.what {
        What::Name(name) => kinds(form, row, name)?.into_iter().map(SuitableElement::new).collect(),
        What::Choice(list) => list
            .iter()
            .map(|inner| parse_alternative(form, row, inner))
            .collect::<Result<Vec<_>, ScopeError>>()?,
    };
    Ok(RequiredElement::one_of(
        alternatives.into_iter().map(|suitable| element.flags.onto(suitable)).collect::<Vec<_>>(),
    ))
}

fn parse_alternative(form: ScopeForm, row: usize, element: &Json) -> Result<SuitableElement, ScopeError> {
    let element = parse_element(form, row, element)?;
    let What::Name(name) = element.what else {
        return Err(ScopeError::NestedChoice { row });
    };
    match kinds(form, row, name)?.as_slice() {
        [kind] => Ok(element.flags.onto(SuitableElement::new(*kind))),
        _ => Err(ScopeError::NestedChoice { row }),
    }
}

fn kinds(form: ScopeForm, row: usize, name: &str) -> Result<Vec<ElementType>, ScopeError> {
    form.kinds(name).ok_or_else(|| ScopeError::UnknownType { row, name: displayed(name, 40) })
}

/// A scope element before its names are understood.
struct ParsedElement<'a> {
    what: What<'a>,
    flags: Flags,
}

enum What<'a> {
    Name(&'a str),
    Choice(&'a [Json]),
}

#[derive(Default)]
struct Flags {
    selfie: bool,
    translation: bool,
    native_names: bool,
}

impl Flags {
    /// The flags of a choice hold for each of its alternatives.
    fn onto(&self, suitable: SuitableElement) -> SuitableElement {
        SuitableElement {
            kind: suitable.kind,
            selfie: suitable.selfie || self.selfie,
            translation: suitable.translation || self.translation,
            native_names: suitable.native_names || self.native_names,
        }
    }
}

fn parse_element(form: ScopeForm, row: usize, element: &Json) -> Result<ParsedElement<'_>, ScopeError> {
    let members = match element {
        Json::Text(name) => return Ok(ParsedElement { what: What::Name(name), flags: Flags::default() }),
        Json::Object(members) => members,
        _ => return Err(ScopeError::NotAnElement { row }),
    };
    let words = form.words();
    let mut what = None;
    let mut flags = Flags::default();
    for (index, (key, value)) in members.iter().enumerate() {
        if members[..index].iter().any(|(earlier, _)| earlier == key) {
            return Err(ScopeError::MemberTwice(displayed(key, 40)));
        }
        let key = key.as_str();
        if key == words.element || key == words.choice {
            let value = match value {
                Json::Text(name) if key == words.element => What::Name(name),
                Json::List(list) if key == words.choice => What::Choice(list),
                _ => return Err(ScopeError::NotAnElement { row }),
            };
            if what.replace(value).is_some() {
                return Err(ScopeError::NotAnElement { row });
            }
        } else if key == words.selfie {
            flags.selfie = parse_flag(row, words.selfie, value)?;
        } else if key == words.translation {
            flags.translation = parse_flag(row, words.translation, value)?;
        } else if key == words.native_names {
            flags.native_names = parse_flag(row, words.native_names, value)?;
        } else {
            return Err(ScopeError::UnknownMember(displayed(key, 40)));
        }
    }
    Ok(ParsedElement { what: what.ok_or(ScopeError::NotAnElement { row })?, flags })
}

fn parse_flag(row: usize, flag: &'static str, value: &Json) -> Result<bool, ScopeError> {
    match value {
        Json::Bool(set) => Ok(*set),
        Json::Whole(number @ (0 | 1)) => Ok(*number == 1),
        _ => Err(ScopeError::Flag { row, flag }),
    }
}

/// The legacy list. `id_selfie` is no row: it asks for a selfie with whichever identity document is shared.
pub(super) fn legacy(names: &[Json]) -> Result<Vec<RequiredElement>, ScopeError> {
    let mut rows: Vec<Vec<SuitableElement>> = Vec::new();
    let mut selfie = false;
    for (row, name) in (1..).zip(names) {
        match name {
            Json::Text(name) if name == "id_selfie" && selfie => {
                return Err(ScopeError::MemberTwice(name.clone()));
            }
            Json::Text(name) if name == "id_selfie" => selfie = true,
            Json::Text(name) => {
                rows.push(
                    kinds(ScopeForm::Legacy, row, name)?.into_iter().map(SuitableElement::new).collect(),
                );
            }
            _ => return Err(ScopeError::NotAnElement { row }),
        }
    }
    if selfie {
        let mut documents =
            rows.iter_mut().flatten().filter(|suitable| suitable.kind.is_identity_document()).peekable();
        if documents.peek().is_none() {
            return Err(ScopeError::SelfieOfNothing);
        }
        documents.for_each(|suitable| suitable.selfie = true);
    }
    Ok(rows.into_iter().map(RequiredElement::one_of).collect())
}

impl ScopeForm {
    const fn words(self) -> &'static Words {
        match self {
            Self::Compact => &COMPACT,
            Self::Long | Self::Legacy => &LONG,
        }
    }

    /// The kinds a name stands for: one, or an alias's several.
    fn kinds(self, name: &str) -> Option<Vec<ElementType>> {
        match (self, name) {
            (Self::Compact, "idd") | (Self::Long | Self::Legacy, "id_document") => Some(ID_DOCUMENT.to_vec()),
            (Self::Compact, "add") | (Self::Long | Self::Legacy, "address_document") => {
                Some(ADDRESS_DOCUMENT.to_vec())
            }
            (Self::Compact, _) => ElementType::from_alias(name).map(|kind| vec![kind]),
            (Self::Long, _) => ElementType::from_name(name).map(|kind| vec![kind]),
            (Self::Legacy, _) => {
                ElementType::from_name(name).filter(|kind| LEGACY.contains(kind)).map(|kind| vec![kind])
            }
        }
    }
}
