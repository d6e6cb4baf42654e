mod read;
mod write;

use std::fmt;

use super::json::Json;
use super::required::{self, Rows};
use super::{PassportRequest, RequiredElement, RequirementError};
use crate::element::ElementType;

/// What a bot asks for, read from its scope for display and checked against the manual's rules
/// (docs/protocol.md §7.2). The RPCs always get the string itself, which is kept verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    verbatim: String,
    form: ScopeForm,
    rows: Vec<RequiredElement>,
}

/// The three ways a scope is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeForm {
    /// `{"v":1,"data":[…]}` with the kinds' full names: the manual, the Android and iOS SDKs.
    Long,
    /// `{"v":1,"d":[…]}` with two-letter aliases: the JavaScript SDK.
    Compact,
    /// `["personal_details",…]`: version 1.0, whose nonce is called `payload`.
    Legacy,
}

/// Why a scope cannot be understood. Rows count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// Longer than [`PassportRequest::MAX_SCOPE`].
    #[error("the scope is longer than {} bytes", PassportRequest::MAX_SCOPE)]
    TooLong,
    /// Not JSON (or nested too deeply to be a scope).
    #[error("the scope is not JSON")]
    NotJson,
    /// JSON, but neither an object nor a list.
    #[error("the scope is neither a JSON object nor a list")]
    NotAScope,
    /// `v` is missing or something other than the number 1.
    #[error("the scope's version is not 1")]
    Version,
    /// Neither `data` nor `d`, or both, or no list.
    #[error("the scope has no list \"data\" or \"d\"")]
    Data,
    /// A member no scope has.
    #[error("the scope has a member {0:?}, which is unknown")]
    UnknownMember(String),
    /// A member stands there twice.
    #[error("the scope has a member {0:?} twice")]
    MemberTwice(String),
    /// A row is neither a name nor an object with one.
    #[error("row {row} of the scope is not an element")]
    NotAnElement {
        /// The row, from 1.
        row: usize,
    },
    /// No kind of element has this name, in this form of scope.
    #[error("row {row} of the scope asks for {name:?}, which is no kind of element")]
    UnknownType {
        /// The row, from 1.
        row: usize,
        /// The name, made safe to show.
        name: String,
    },
    /// An alternative is itself a choice, by a list or by an alias such as `id_document`.
    #[error("row {row} of the scope has a choice inside a choice")]
    NestedChoice {
        /// The row, from 1.
        row: usize,
    },
    /// A flag is neither a truth value nor 1 or 0.
    #[error("row {row} of the scope: {flag:?} is neither true nor 1")]
    Flag {
        /// The row, from 1.
        row: usize,
        /// The flag's key.
        flag: &'static str,
    },
    /// `id_selfie` without an identity document to hold.
    #[error("the scope asks for a selfie, but for no identity document")]
    SelfieOfNothing,
    /// Rows that the legacy list has no words for.
    #[error("row {row} cannot be written in a legacy scope")]
    NotLegacy {
        /// The row, from 1.
        row: usize,
    },
    /// The rows contradict themselves.
    #[error(transparent)]
    Requirement(#[from] RequirementError),
}

/// Keys and aliases of one form.
struct Words {
    data: &'static str,
    element: &'static str,
    choice: &'static str,
    selfie: &'static str,
    translation: &'static str,
    native_names: &'static str,
}

const LONG: Words = Words {
    data: "data",
    element: "type",
    choice: "one_of",
    selfie: "selfie",
    translation: "translation",
    native_names: "native_names",
};

const COMPACT: Words =
    Words { data: "d", element: "_", choice: "_", selfie: "s", translation: "t", native_names: "n" };

/// What `id_document` and `idd` stand for (the manual's list; the internal passport is not on it).
const ID_DOCUMENT: [ElementType; 3] =
    [ElementType::Passport, ElementType::DriverLicense, ElementType::IdentityCard];
/// What `address_document` and `add` stand for.
const ADDRESS_DOCUMENT: [ElementType; 3] =
    [ElementType::UtilityBill, ElementType::BankStatement, ElementType::RentalAgreement];
/// The kinds version 1.0 knew.
const LEGACY: [ElementType; 10] = [
    ElementType::PersonalDetails,
    ElementType::Passport,
    ElementType::DriverLicense,
    ElementType::IdentityCard,
    ElementType::Address,
    ElementType::UtilityBill,
    ElementType::BankStatement,
    ElementType::RentalAgreement,
    ElementType::PhoneNumber,
    ElementType::Email,
];

impl Scope {
    /// Reads a scope in any of the three forms and checks it.
    ///
    /// # Errors
    /// [`ScopeError`] says what no bot may ask, and in which row. The server may judge otherwise.
    pub fn parse(scope: &str) -> Result<Self, ScopeError> {
        if scope.len() > PassportRequest::MAX_SCOPE {
            return Err(ScopeError::TooLong);
        }
        let (form, rows) = match serde_json::from_str(scope).map_err(|_| ScopeError::NotJson)? {
            Json::List(names) => (ScopeForm::Legacy, read::legacy(&names)?),
            Json::Object(members) => read::object(&members)?,
            _ => return Err(ScopeError::NotAScope),
        };
        required::check(&rows, Rows::OfScope)?;
        Ok(Self { verbatim: scope.to_owned(), form, rows })
    }

    /// Writes a scope that asks for these rows; reading it again gives the same rows.
    ///
    /// # Errors
    /// [`ScopeError::Requirement`] if the rows contradict themselves, [`ScopeError::NotLegacy`] if version 1.0
    /// had no words for one of them, [`ScopeError::TooLong`].
    pub fn new(rows: Vec<RequiredElement>, form: ScopeForm) -> Result<Self, ScopeError> {
        required::check(&rows, Rows::OfScope)?;
        let verbatim = match form {
            ScopeForm::Long => write::object(&rows, &LONG, ElementType::name),
            ScopeForm::Compact => write::object(&rows, &COMPACT, ElementType::alias),
            ScopeForm::Legacy => write::legacy(&rows)?,
        };
        if verbatim.len() > PassportRequest::MAX_SCOPE {
            return Err(ScopeError::TooLong);
        }
        Ok(Self { verbatim, form, rows })
    }

    /// The scope as it was read, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.verbatim
    }

    /// How it is written.
    #[must_use]
    pub fn form(&self) -> ScopeForm {
        self.form
    }

    /// What is asked for, in the bot's order; aliases are expanded to their alternatives.
    #[must_use]
    pub fn rows(&self) -> &[RequiredElement] {
        &self.rows
    }
}

/// The scope, verbatim.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verbatim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::SuitableElement;
    use ElementType::*;

    const fn of(kind: ElementType) -> SuitableElement {
        SuitableElement::new(kind)
    }

    fn one_of(kinds: &[ElementType]) -> RequiredElement {
        RequiredElement::one_of(kinds.iter().copied().map(of).collect::<Vec<_>>())
    }

    #[test]
    fn the_example_page_asks_in_the_compact_form() {
        let text = concat!(
            r#"{"v":1,"d":[{"_":"pd","n":1},"ad","pn","em","#,
            r#"{"_":[{"_":"pp","s":1,"t":1},"ip","dl","ic"]},{"_":["ub","bs","ra","pr","tr"]}]}"#
        );
        let scope = Scope::parse(text).unwrap();
        assert_eq!((scope.form(), scope.as_str()), (ScopeForm::Compact, text));
        let passport = of(Passport).with_selfie().with_translation();
        assert_eq!(
            scope.rows(),
            [
                of(PersonalDetails).with_native_names().into(),
                Address.into(),
                PhoneNumber.into(),
                Email.into(),
                RequiredElement::one_of([
                    passport,
                    of(InternalPassport),
                    of(DriverLicense),
                    of(IdentityCard)
                ]),
                one_of(&[
                    UtilityBill,
                    BankStatement,
                    RentalAgreement,
                    PassportRegistration,
                    TemporaryRegistration
                ]),
            ]
        );
        assert_eq!(Scope::new(scope.rows().to_vec(), ScopeForm::Compact).unwrap().as_str(), text);
    }

    #[test]
    fn the_manuals_long_form() {
        let text = concat!(
            r#"{"data":["personal_details",{"type":"id_document","selfie":true},"#,
            r#"{"one_of":["utility_bill",{"type":"bank_statement"}],"translation":true}],"v":1}"#
        );
        let scope = Scope::parse(text).unwrap();
        assert_eq!(scope.form(), ScopeForm::Long);
        assert_eq!(
            scope.rows(),
            [
                PersonalDetails.into(),
                RequiredElement::one_of(ID_DOCUMENT.map(|kind| of(kind).with_selfie())),
                RequiredElement::one_of([UtilityBill, BankStatement].map(|kind| of(kind).with_translation())),
            ]
        );
    }

    #[test]
    fn the_legacy_list() {
        let text =
            r#"["personal_details","id_document","id_selfie","address_document","phone_number","email"]"#;
        let scope = Scope::parse(text).unwrap();
        assert_eq!(scope.form(), ScopeForm::Legacy);
        let rows = [
            PersonalDetails.into(),
            RequiredElement::one_of(ID_DOCUMENT.map(|kind| of(kind).with_selfie())),
            one_of(&ADDRESS_DOCUMENT),
            PhoneNumber.into(),
            Email.into(),
        ];
        assert_eq!(scope.rows(), rows);
        let written = Scope::new(rows.to_vec(), ScopeForm::Legacy).unwrap();
        assert_eq!(Scope::parse(written.as_str()).unwrap().rows(), rows);
    }

    #[test]
    fn aliases_are_expanded() {
        let scope = Scope::parse(r#"{"v":1,"d":["idd",{"_":"add","t":true}]}"#).unwrap();
        assert_eq!(scope.rows()[0], one_of(&ID_DOCUMENT));
        assert_eq!(
            scope.rows()[1],
            RequiredElement::one_of(ADDRESS_DOCUMENT.map(|kind| of(kind).with_translation()))
        );
    }

    #[test]
    fn each_fault_has_its_own_error() {
        use ScopeError::*;
        let unknown = |row, name: &str| UnknownType { row, name: name.into() };
        for (text, expected) in [
            ("", NotJson),
            (r#"{"v":1,"d":[{""]}]}"#, NotJson),
            ("asd", NotJson),
            ("1", NotAScope),
            (r#"{"d":["pp"]}"#, Version),
            (r#"{"v":2,"d":["pp"]}"#, Version),
            (r#"{"v":"1","d":["pp"]}"#, Version),
            (r#"{"v":1}"#, Data),
            (r#"{"v":1,"d":"pp"}"#, Data),
            (r#"{"v":1,"d":["pp"],"data":["passport"]}"#, Data),
            (r#"{"v":1,"d":["pp"],"x":1}"#, UnknownMember("x".into())),
            (r#"{"v":1,"d":["pp"],"d":["em"]}"#, MemberTwice("d".into())),
            (r#"{"v":1,"d":[{"_":"pp","_":"dl"}]}"#, MemberTwice("_".into())),
            (r#"{"v":1,"d":[1]}"#, NotAnElement { row: 1 }),
            (r#"{"v":1,"d":["em",{"s":1}]}"#, NotAnElement { row: 2 }),
            (r#"{"v":1,"data":[{"type":["passport"]}]}"#, NotAnElement { row: 1 }),
            (r#"{"v":1,"data":[{"type":"passport","one_of":["passport"]}]}"#, NotAnElement { row: 1 }),
            (r#"{"v":1,"d":["passport"]}"#, unknown(1, "passport")),
            (r#"{"v":1,"data":["pp"]}"#, unknown(1, "pp")),
            (r#"["email","id_document_with_selfie"]"#, unknown(2, "id_document_with_selfie")),
            (r#"["internal_passport"]"#, unknown(1, "internal_passport")),
            (r#"{"v":1,"d":[{"_":["idd"]}]}"#, NestedChoice { row: 1 }),
            (r#"{"v":1,"d":[{"_":[{"_":["pp","dl"]},"ic"]}]}"#, NestedChoice { row: 1 }),
            (r#"{"v":1,"d":[{"_":"pp","s":2}]}"#, Flag { row: 1, flag: "s" }),
            (r#"{"v":1,"data":[{"type":"passport","selfie":"true"}]}"#, Flag { row: 1, flag: "selfie" }),
            (r#"{"v":1,"d":[{"_":"pp","selfie":true}]}"#, UnknownMember("selfie".into())),
            (r#"["email","id_selfie"]"#, SelfieOfNothing),
            ("[]", RequirementError::NoRows.into()),
            (r#"{"v":1,"d":[]}"#, RequirementError::NoRows.into()),
            (r#"{"v":1,"d":[{"_":[]}]}"#, RequirementError::NoAlternatives { row: 1 }.into()),
            (r#"{"v":1,"d":["pp","idd"]}"#, RequirementError::Twice { kind: Passport }.into()),
            (
                r#"{"v":1,"d":[{"_":["pp","em"]}]}"#,
                RequirementError::NotAnAlternative { row: 1, kind: Email }.into(),
            ),
            (r#"{"v":1,"d":[{"_":["pp","ub"]}]}"#, RequirementError::Mixed { row: 1 }.into()),
            (r#"{"v":1,"d":[{"_":"ub","s":1}]}"#, RequirementError::Selfie { kind: UtilityBill }.into()),
            (r#"{"v":1,"d":[{"_":"em","t":1}]}"#, RequirementError::Translation { kind: Email }.into()),
            (r#"{"v":1,"d":[{"_":"pp","n":1}]}"#, RequirementError::NativeNames { kind: Passport }.into()),
        ] {
            assert_eq!(Scope::parse(text), Err(expected), "{text}");
        }
        let deep = "[".repeat(5000);
        assert_eq!(Scope::parse(&deep), Err(NotJson));
        assert_eq!(Scope::parse(&" ".repeat(PassportRequest::MAX_SCOPE + 1)), Err(TooLong));
    }

    #[test]
    fn what_version_1_0_had_no_words_for() {
        for row in [
            InternalPassport.into(),
            of(Passport).with_translation().into(),
            of(PersonalDetails).with_native_names().into(),
            one_of(&[Passport, IdentityCard]),
            RequiredElement::one_of([
                of(Passport).with_selfie(),
                of(DriverLicense),
                of(IdentityCard).with_selfie(),
            ]),
        ] {
            let scope = Scope::new(vec![Email.into(), row], ScopeForm::Legacy);
            assert_eq!(scope, Err(ScopeError::NotLegacy { row: 2 }));
        }
    }
}
