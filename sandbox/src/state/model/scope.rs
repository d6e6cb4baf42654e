use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::form::kinds_of;
use crate::state::refusal::ServerRefusal;
use telegram_passport::cloud::{CloudError, SecureRequiredType};
use telegram_passport::element::{ElementType, PartKind, Presence};

/// The identity documents that `id_document` stands for: not the internal passport.
const ID_DOCUMENT: [ElementType; 3] =
    [ElementType::Passport, ElementType::DriverLicense, ElementType::IdentityCard];

/// The proofs of address that `address_document` stands for: not the registrations.
const ADDRESS_DOCUMENT: [ElementType; 3] =
    [ElementType::UtilityBill, ElementType::BankStatement, ElementType::RentalAgreement];

/// Version 1.1 of Passport is version 1 of the scope's JSON.
const VERSION: u64 = 1;

/// Reads a scope as the server does, into the rows of a form.
///
/// This is the server's own reader, apart from [`request`](telegram_passport::request)'s on purpose: each shows what the
/// other gets wrong.
///
/// # Errors
///
/// [`ScopeEmpty`](CloudError::ScopeEmpty) for a scope that asks for nothing, `SCOPE_INVALID` for one that
/// breaks the manual's rules.
pub(in crate::state) fn required_types(scope: &str) -> Result<Vec<SecureRequiredType>, CloudError> {
    if scope.trim().is_empty() {
        return Err(CloudError::ScopeEmpty);
    }
    let rows = match serde_json::from_str(scope) {
        Ok(Value::Array(names)) => legacy(&names),
        Ok(Value::Object(scope)) => versioned(&scope),
        _ => None,
    };
    let rows = rows.filter(|rows| each_once(rows)).ok_or(ServerRefusal::ScopeInvalid)?;
    if rows.is_empty() { Err(CloudError::ScopeEmpty) } else { Ok(rows) }
}

/// What one element wants beyond itself.
#[derive(Clone, Copy, Default)]
struct Wants {
    selfie: bool,
    translation: bool,
    native_names: bool,
}

/// `["personal_details", "id_document", "id_selfie", …]`; the selfie goes with the identity documents.
fn legacy(names: &[Value]) -> Option<Vec<SecureRequiredType>> {
    let names: Vec<&str> = names.iter().map(Value::as_str).collect::<Option<_>>()?;
    let selfie = names.contains(&"id_selfie");
    let rows: Vec<SecureRequiredType> = names
        .iter()
        .filter(|&&name| name != "id_selfie")
        .map(|name| {
            let kinds = named(name)?;
            let selfie = selfie && kinds.iter().all(|kind| kind.is_identity_document());
            row(&kinds, Wants { selfie, ..Wants::default() })
        })
        .collect::<Option<_>>()?;
    let document = |row: &SecureRequiredType| kinds_of(row).any(ElementType::is_identity_document);
    (!selfie || rows.iter().any(document)).then_some(rows)
}

/// `{"v":1,"data":[…]}`, or compact `{"v":1,"d":[…]}`.
fn versioned(scope: &Map<String, Value>) -> Option<Vec<SecureRequiredType>> {
    if scope.get("v")?.as_u64()? != VERSION {
        return None;
    }
    let elements = scope.get("data").or_else(|| scope.get("d"))?.as_array()?;
    elements.iter().map(element).collect()
}

/// A name, an object with a name, or an object with alternatives.
fn element(element: &Value) -> Option<SecureRequiredType> {
    let Value::Object(object) = element else { return row(&named(element.as_str()?)?, Wants::default()) };
    let outer = wants(object)?;
    let content = object.get("type").or_else(|| object.get("one_of")).or_else(|| object.get("_"))?;
    let Value::Array(alternatives) = content else { return row(&named(content.as_str()?)?, outer) };
    let mut types = Vec::new();
    for alternative in alternatives {
        let (name, inner) = match alternative {
            Value::Object(inner) => (inner.get("type").or_else(|| inner.get("_"))?.as_str()?, wants(inner)?),
            plain => (plain.as_str()?, Wants::default()),
        };
        let [kind] = named(name)?[..] else { return None };
        let both = Wants {
            selfie: outer.selfie || inner.selfie,
            translation: outer.translation || inner.translation,
            native_names: outer.native_names || inner.native_names,
        };
        types.push(one(kind, both)?);
    }
    let of_one_sort = |sort: fn(ElementType) -> bool| types.iter().flat_map(kinds_of).all(sort);
    let documents =
        of_one_sort(ElementType::is_identity_document) || of_one_sort(ElementType::is_personal_document);
    (documents && !types.is_empty()).then_some(SecureRequiredType::OneOf(types))
}

/// Flags are `true`, or 1 in the compact form.
fn wants(object: &Map<String, Value>) -> Option<Wants> {
    let flag = |long: &str, short: &str| match object.get(long).or_else(|| object.get(short)) {
        None => Some(false),
        Some(Value::Bool(flag)) => Some(*flag),
        Some(number) => number.as_u64().filter(|&number| number <= 1).map(|number| number == 1),
    };
    Some(Wants {
        selfie: flag("selfie", "s")?,
        translation: flag("translation", "t")?,
        native_names: flag("native_names", "n")?,
    })
}

fn named(name: &str) -> Option<Vec<ElementType>> {
    match name {
        "id_document" | "idd" => Some(ID_DOCUMENT.to_vec()),
        "address_document" | "add" => Some(ADDRESS_DOCUMENT.to_vec()),
        _ => ElementType::from_name(name).or_else(|| ElementType::from_alias(name)).map(|kind| vec![kind]),
    }
}

fn row(kinds: &[ElementType], wants: Wants) -> Option<SecureRequiredType> {
    match kinds {
        [kind] => one(*kind, wants),
        _ => kinds.iter().map(|&kind| one(kind, wants)).collect::<Option<_>>().map(SecureRequiredType::OneOf),
    }
}

/// `None` if this kind cannot have what is wanted of it.
fn one(kind: ElementType, wants: Wants) -> Option<SecureRequiredType> {
    let can = |part, wanted: bool| !wanted || kind.presence(part) != Presence::MustNot;
    let sensible = can(PartKind::Selfie, wants.selfie)
        && can(PartKind::Translation, wants.translation)
        && (!wants.native_names || kind == ElementType::PersonalDetails);
    sensible.then_some(SecureRequiredType::Type {
        kind,
        native_names: wants.native_names,
        selfie_required: wants.selfie,
        translation_required: wants.translation,
    })
}

fn each_once(rows: &[SecureRequiredType]) -> bool {
    let mut seen = BTreeSet::new();
    rows.iter().flat_map(kinds_of).all(|kind| seen.insert(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ElementType::{
        Address, DriverLicense, Email, IdentityCard, InternalPassport, Passport, PersonalDetails,
        PhoneNumber, UtilityBill,
    };

    fn single(kind: ElementType, flags: &str) -> SecureRequiredType {
        SecureRequiredType::Type {
            kind,
            native_names: flags.contains('n'),
            selfie_required: flags.contains('s'),
            translation_required: flags.contains('t'),
        }
    }

    fn one_of(kinds: &[ElementType], flags: &str) -> SecureRequiredType {
        SecureRequiredType::OneOf(kinds.iter().map(|&kind| single(kind, flags)).collect())
    }

    fn message(scope: &str) -> String {
        required_types(scope)
            .err()
            .and_then(|error| error.to_rpc())
            .map(|(_, message)| message)
            .unwrap_or_default()
    }

    #[test]
    fn the_compact_form_is_read() {
        let rows = required_types(
            r#"{"v":1,"d":[{"_":"pd","n":1},"ad","pn","em",{"_":[{"_":"pp","s":1,"t":1},"dl"]},{"_":["ub"],"t":1}]}"#,
        );
        assert_eq!(
            rows.expect("a sound scope"),
            [
                single(PersonalDetails, "n"),
                single(Address, ""),
                single(PhoneNumber, ""),
                single(Email, ""),
                SecureRequiredType::OneOf(vec![single(Passport, "st"), single(DriverLicense, "")]),
                one_of(&[UtilityBill], "t"),
            ]
        );
    }

    #[test]
    fn the_long_form_is_read() {
        let rows = required_types(
            r#"{"v":1,"data":["email",{"type":"id_document","selfie":true},
                {"one_of":["utility_bill",{"type":"bank_statement","translation":true}]}]}"#,
        );
        assert_eq!(
            rows.expect("a sound scope"),
            [
                single(Email, ""),
                one_of(&[Passport, DriverLicense, IdentityCard], "s"),
                SecureRequiredType::OneOf(vec![
                    single(UtilityBill, ""),
                    single(ElementType::BankStatement, "t")
                ]),
            ]
        );
    }

    #[test]
    fn the_legacy_list_is_read() {
        let rows = required_types(r#"["personal_details","id_document","id_selfie","phone_number"]"#);
        assert_eq!(
            rows.expect("a sound scope"),
            [
                single(PersonalDetails, ""),
                one_of(&[Passport, DriverLicense, IdentityCard], "s"),
                single(PhoneNumber, ""),
            ]
        );
    }

    #[test]
    fn nothing_asked_for_is_empty() {
        for scope in ["", "  ", "[]", r#"{"v":1,"d":[]}"#] {
            assert_eq!(message(scope), "SCOPE_EMPTY", "{scope}");
        }
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        for scope in [
            "personal_details",
            "[1]",
            r#"["id_selfie"]"#,
            r#"["nonsense"]"#,
            r#"{"d":["pd"]}"#,
            r#"{"v":2,"d":["pd"]}"#,
            r#"{"v":1,"d":"pd"}"#,
            r#"{"v":1,"d":["pd","pd"]}"#,
            r#"{"v":1,"d":["pp","idd"]}"#,
            r#"{"v":1,"d":[{"_":"pd","s":1}]}"#,
            r#"{"v":1,"d":[{"_":"ad","t":1}]}"#,
            r#"{"v":1,"d":[{"_":"pp","n":1}]}"#,
            r#"{"v":1,"d":[{"_":"pp","s":"yes"}]}"#,
            r#"{"v":1,"d":[{"_":["pp","ub"]}]}"#,
            r#"{"v":1,"d":[{"_":["pn","em"]}]}"#,
            r#"{"v":1,"d":[{"_":["idd"]}]}"#,
            r#"{"v":1,"d":[{"_":[]}]}"#,
            r#"{"v":1,"d":[{"_":[["pp"]]}]}"#,
            r#"{"v":1,"d":[{}]}"#,
        ] {
            assert_eq!(message(scope), "SCOPE_INVALID", "{scope}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_crash() {
        assert_eq!(message(&"[".repeat(100_000)), "SCOPE_INVALID");
    }

    #[test]
    fn internal_passports_are_asked_for_by_name_only() {
        let rows = required_types(r#"{"v":1,"d":["idd","ip"]}"#).expect("a sound scope");
        assert_eq!(rows[1], single(InternalPassport, ""));
    }
}
