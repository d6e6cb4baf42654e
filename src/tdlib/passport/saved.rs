//! Stored elements as TDLib shows them, read as our own.

use std::collections::BTreeMap;

use serde::Serialize;
use tdlib_rs::{enums, types};
use zeroize::Zeroizing;

use crate::element::{
    Element, ElementType, EmailAddress, Flaw, PartKind, Parts, PhoneNumber, Presence, ReadError, UnixTime,
};
use crate::passport::handle::Handle;
use crate::passport::{SavedContent, SavedElement, SavedFile, SavedFlaw, Sight, ToldOfFile, Unreadable};

/// A stored element, and what this client of TDLib calls its files.
pub(super) struct Shown {
    pub(super) element: SavedElement,
    /// For each file its name for good and its number in this client.
    pub(super) files: Vec<(String, i32)>,
}

/// What TDLib tells of a stored file, as far as it is the same in every session.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TdlibFile {
    /// Names the file for good (`remoteFile.unique_id`).
    pub(super) unique_id: String,
    /// When it was uploaded.
    date: UnixTime,
}

impl TdlibFile {
    /// The file, if TDLib's engine gave it out.
    pub(super) fn of(file: &SavedFile) -> Option<&Self> {
        file.handle()
    }

    fn given_out(self) -> SavedFile {
        let name = self.unique_id.as_bytes().to_vec();
        let told = ToldOfFile { id: None, date: self.date, ciphertext_size: None, name };
        SavedFile::new(told, Handle::new(self))
    }
}

/// Fields as they are stored; nothing of them is copied before it lies in a buffer that is wiped.
type Fields<'a> = BTreeMap<&'static str, &'a str>;

pub(super) fn shown(element: enums::PassportElement) -> Shown {
    use enums::PassportElement as Td;
    let mut files = Files::default();
    let read = match element {
        Td::PersonalDetails(td) => personal_details(&td.personal_details),
        Td::Address(td) => address(&td.address),
        Td::Passport(td) => files.identity_document(ElementType::Passport, td.passport),
        Td::DriverLicense(td) => files.identity_document(ElementType::DriverLicense, td.driver_license),
        Td::IdentityCard(td) => files.identity_document(ElementType::IdentityCard, td.identity_card),
        Td::InternalPassport(td) => {
            files.identity_document(ElementType::InternalPassport, td.internal_passport)
        }
        Td::UtilityBill(td) => files.personal_document(ElementType::UtilityBill, td.utility_bill),
        Td::BankStatement(td) => files.personal_document(ElementType::BankStatement, td.bank_statement),
        Td::RentalAgreement(td) => files.personal_document(ElementType::RentalAgreement, td.rental_agreement),
        Td::PassportRegistration(td) => {
            files.personal_document(ElementType::PassportRegistration, td.passport_registration)
        }
        Td::TemporaryRegistration(td) => {
            files.personal_document(ElementType::TemporaryRegistration, td.temporary_registration)
        }
        Td::PhoneNumber(td) => Read::plain(Element::PhoneNumber(PhoneNumber(td.phone_number))),
        Td::EmailAddress(td) => Read::plain(Element::Email(EmailAddress(td.email_address))),
    };
    Shown { element: read.saved(), files: files.0 }
}

/// An element that TDLib has and does not show.
pub(super) fn hidden(kind: ElementType) -> SavedElement {
    let content = SavedContent::Unreadable(Unreadable::Hidden);
    SavedElement { kind, content, flaws: Vec::new(), sight: sight(kind) }
}

/// TDLib tells of the fields it knows alone; where there are no fields, that is all.
fn sight(kind: ElementType) -> Sight {
    match kind.presence(PartKind::Data) {
        Presence::MustNot => Sight::Whole,
        _ => Sight::KnownFields,
    }
}

struct Read {
    kind: ElementType,
    content: Result<(Element<SavedFile>, Vec<Flaw>), ReadError>,
}

impl Read {
    fn plain(element: Element<SavedFile>) -> Self {
        Self { kind: element.kind(), content: Ok((element, Vec::new())) }
    }

    /// The data as it would be stored, read by our own reader, which knows every flaw.
    fn data(kind: ElementType, fields: &impl Serialize) -> Self {
        let mut json = Zeroizing::new(Vec::with_capacity(4096));
        serde_json::to_writer(&mut *json, fields).expect("a map of texts is JSON");
        Self { kind, content: Element::read_data(kind, &json) }
    }

    fn saved(self) -> SavedElement {
        let kind = self.kind;
        match self.content {
            Ok((element, flaws)) => {
                let rules = SavedFlaw::of_rules(&element);
                let flaws = flaws.into_iter().map(SavedFlaw::Field).chain(rules).collect();
                let content = SavedContent::Readable(Box::new(element));
                SavedElement { kind, content, flaws, sight: sight(kind) }
            }
            Err(reason) => {
                let content = SavedContent::Unreadable(Unreadable::Content(reason));
                SavedElement { kind, content, flaws: Vec::new(), sight: sight(kind) }
            }
        }
    }
}

fn personal_details(td: &types::PersonalDetails) -> Read {
    let birth_date = written(&td.birthdate);
    let fields = Fields::from([
        ("first_name", td.first_name.as_str()),
        ("middle_name", &td.middle_name),
        ("last_name", &td.last_name),
        ("first_name_native", &td.native_first_name),
        ("middle_name_native", &td.native_middle_name),
        ("last_name_native", &td.native_last_name),
        ("birth_date", &birth_date),
        ("gender", &td.gender),
        ("country_code", &td.country_code),
        ("residence_country_code", &td.residence_country_code),
    ]);
    Read::data(ElementType::PersonalDetails, &fields)
}

fn address(td: &types::Address) -> Read {
    let fields = Fields::from([
        ("country_code", td.country_code.as_str()),
        ("state", &td.state),
        ("city", &td.city),
        ("street_line1", &td.street_line1),
        ("street_line2", &td.street_line2),
        ("post_code", &td.postal_code),
    ]);
    Read::data(ElementType::Address, &fields)
}

fn written(date: &types::Date) -> Zeroizing<String> {
    Zeroizing::new(format!("{:02}.{:02}.{:04}", date.day, date.month, date.year))
}

/// Takes note of files while they are read.
#[derive(Default)]
struct Files(Vec<(String, i32)>);

impl Files {
    fn identity_document(&mut self, kind: ElementType, td: types::IdentityDocument) -> Read {
        let expiry_date = td.expiration_date.as_ref().map(written).unwrap_or_default();
        let fields = Fields::from([("document_no", td.number.as_str()), ("expiry_date", &expiry_date)]);
        let mut read = Read::data(kind, &fields);
        let parts = Parts {
            front_side: Some(td.front_side),
            reverse_side: td.reverse_side,
            selfie: td.selfie,
            translation: td.translation,
            files: Vec::new(),
        };
        self.attach(&mut read, parts);
        read
    }

    fn personal_document(&mut self, kind: ElementType, td: types::PersonalDocument) -> Read {
        let mut read = Read::plain(Element::empty(kind));
        self.attach(&mut read, Parts { translation: td.translation, files: td.files, ..Parts::default() });
        read
    }

    fn attach(&mut self, read: &mut Read, parts: Parts<types::DatedFile>) {
        let Ok((element, _)) = &mut read.content else { return };
        for (part, types::DatedFile { file, date }) in parts {
            self.0.push((file.remote.unique_id.clone(), file.id));
            let file = TdlibFile { unique_id: file.remote.unique_id, date: date.into() }.given_out();
            element.attach(part.kind(), file).unwrap_or_else(|_| unreachable!("documents have these parts"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::Part;

    fn file(id: i32) -> types::DatedFile {
        let mut dated = types::DatedFile { date: 1_700_000_000, ..Default::default() };
        dated.file.id = id;
        dated.file.remote.unique_id = format!("file {id}");
        dated
    }

    #[test]
    fn a_document_is_read_with_its_files() {
        let identity_card = types::IdentityDocument {
            number: "AB 1".to_owned(),
            expiration_date: Some(types::Date { day: 3, month: 2, year: 2031 }),
            front_side: file(1),
            reverse_side: Some(file(2)),
            selfie: None,
            translation: vec![file(3), file(4)],
        };
        let td = enums::PassportElement::IdentityCard(types::PassportElementIdentityCard { identity_card });
        let Shown { element, files } = shown(td);
        assert!(element.is_sound(), "{:?}", element.flaws);
        let card = element.element().unwrap();
        assert_eq!(card.identity_document().unwrap().expiry_date.unwrap().to_string(), "03.02.2031");
        let parts: Vec<_> = card.files().map(|(part, _)| part).collect();
        let translation = [Part::Translation(0), Part::Translation(1)];
        assert_eq!(parts, [&[Part::FrontSide, Part::ReverseSide], translation.as_slice()].concat());
        assert_eq!(files.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(card.file(Part::FrontSide).unwrap().date(), UnixTime::from_seconds(1_700_000_000));
    }

    #[test]
    fn what_tdlib_lets_pass_is_still_a_flaw() {
        let address = types::Address { country_code: "ZZ".to_owned(), ..Default::default() };
        let td = enums::PassportElement::Address(types::PassportElementAddress { address });
        let saved = shown(td).element;
        assert!(saved.flaws.iter().any(|flaw| matches!(flaw, SavedFlaw::Field(_))), "{:?}", saved.flaws);
        assert!(saved.flaws.iter().any(|flaw| matches!(flaw, SavedFlaw::Rule(_))));
    }
}
