//! The files of an element, whatever stands for a file.

use super::{Element, IdentityDocument, Part, PartKind, PersonalDocument};

impl<F> Element<F> {
    /// The files with their places, in the schema's order: front side, reverse side, selfie, translation, files.
    pub fn files(&self) -> impl Iterator<Item = (Part, &F)> {
        let identity = self.identity_document();
        let personal = self.personal_document();
        let translation =
            identity.map(|document| &document.translation).or(personal.map(|document| &document.translation));
        identity
            .into_iter()
            .flat_map(|document| {
                [
                    (Part::FrontSide, &document.front_side),
                    (Part::ReverseSide, &document.reverse_side),
                    (Part::Selfie, &document.selfie),
                ]
            })
            .filter_map(|(part, file)| Some((part, file.as_ref()?)))
            .chain(
                translation
                    .into_iter()
                    .flatten()
                    .enumerate()
                    .map(|(index, file)| (Part::Translation(index), file)),
            )
            .chain(
                personal
                    .into_iter()
                    .flat_map(|document| &document.files)
                    .enumerate()
                    .map(|(index, file)| (Part::File(index), file)),
            )
    }

    /// The file at this place.
    #[must_use]
    pub fn file(&self, part: Part) -> Option<&F> {
        self.files().find_map(|(place, file)| (place == part).then_some(file))
    }

    /// Adds a file: sets the front side, reverse side or selfie, appends to the translation or the files.
    ///
    /// Any identity document takes a reverse side, as other clients may have stored one;
    /// [`validate`](Self::validate) says where it does not belong.
    ///
    /// # Errors
    /// The file back, if elements of this kind have no such part.
    pub fn attach(&mut self, part: PartKind, file: F) -> Result<(), F> {
        if let Some(document) = self.identity_document_mut() {
            match part {
                PartKind::FrontSide => document.front_side = Some(file),
                PartKind::ReverseSide => document.reverse_side = Some(file),
                PartKind::Selfie => document.selfie = Some(file),
                PartKind::Translation => document.translation.push(file),
                PartKind::Data | PartKind::Files | PartKind::Plain => return Err(file),
            }
            return Ok(());
        }
        match (self.personal_document_mut(), part) {
            (Some(document), PartKind::Files) => document.files.push(file),
            (Some(document), PartKind::Translation) => document.translation.push(file),
            _ => return Err(file),
        }
        Ok(())
    }

    /// The same element with other things standing for its files.
    #[must_use]
    pub fn map_files<G>(self, mut map: impl FnMut(Part, F) -> G) -> Element<G> {
        let mapped: Result<_, std::convert::Infallible> =
            self.try_map_files(|part, file| Ok(map(part, file)));
        match mapped {
            Ok(element) => element,
            Err(never) => match never {},
        }
    }

    /// The same element with other things standing for its files; the first failure ends it.
    ///
    /// # Errors
    /// The first error of `map`.
    pub fn try_map_files<G, E>(self, mut map: impl FnMut(Part, F) -> Result<G, E>) -> Result<Element<G>, E> {
        let map = &mut map;
        Ok(match self {
            Self::PersonalDetails(details) => Element::PersonalDetails(details),
            Self::Passport(document) => Element::Passport(document.try_map_files(map)?),
            Self::DriverLicense(document) => Element::DriverLicense(document.try_map_files(map)?),
            Self::IdentityCard(document) => Element::IdentityCard(document.try_map_files(map)?),
            Self::InternalPassport(document) => Element::InternalPassport(document.try_map_files(map)?),
            Self::Address(address) => Element::Address(address),
            Self::UtilityBill(document) => Element::UtilityBill(document.try_map_files(map)?),
            Self::BankStatement(document) => Element::BankStatement(document.try_map_files(map)?),
            Self::RentalAgreement(document) => Element::RentalAgreement(document.try_map_files(map)?),
            Self::PassportRegistration(document) => {
                Element::PassportRegistration(document.try_map_files(map)?)
            }
            Self::TemporaryRegistration(document) => {
                Element::TemporaryRegistration(document.try_map_files(map)?)
            }
            Self::PhoneNumber(number) => Element::PhoneNumber(number),
            Self::Email(address) => Element::Email(address),
        })
    }
}

impl<F> IdentityDocument<F> {
    fn try_map_files<G, E>(
        self,
        map: &mut impl FnMut(Part, F) -> Result<G, E>,
    ) -> Result<IdentityDocument<G>, E> {
        let mut side = |part, file: Option<F>| file.map(|file| map(part, file)).transpose();
        Ok(IdentityDocument {
            front_side: side(Part::FrontSide, self.front_side)?,
            reverse_side: side(Part::ReverseSide, self.reverse_side)?,
            selfie: side(Part::Selfie, self.selfie)?,
            translation: map_numbered(self.translation, Part::Translation, map)?,
            document_no: self.document_no,
            expiry_date: self.expiry_date,
            unknown: self.unknown,
            raw: self.raw,
        })
    }
}

impl<F> PersonalDocument<F> {
    fn try_map_files<G, E>(
        self,
        map: &mut impl FnMut(Part, F) -> Result<G, E>,
    ) -> Result<PersonalDocument<G>, E> {
        Ok(PersonalDocument {
            translation: map_numbered(self.translation, Part::Translation, map)?,
            files: map_numbered(self.files, Part::File, map)?,
        })
    }
}

fn map_numbered<F, G, E>(
    files: Vec<F>,
    place: fn(usize) -> Part,
    map: &mut impl FnMut(Part, F) -> Result<G, E>,
) -> Result<Vec<G>, E> {
    files.into_iter().enumerate().map(|(index, file)| map(place(index), file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::ElementType;

    fn full_card() -> Element<&'static str> {
        let mut card = Element::empty(ElementType::IdentityCard);
        for (part, file) in [
            (PartKind::Translation, "first"),
            (PartKind::Selfie, "selfie"),
            (PartKind::ReverseSide, "reverse"),
            (PartKind::FrontSide, "front"),
            (PartKind::Translation, "second"),
        ] {
            assert_eq!(card.attach(part, file), Ok(()));
        }
        card
    }

    #[test]
    fn files_come_in_the_order_of_the_schema() {
        let card = full_card();
        let files: Vec<_> = card.files().map(|(part, file)| (part.to_string(), *file)).collect();
        let expected = [
            ("front_side", "front"),
            ("reverse_side", "reverse"),
            ("selfie", "selfie"),
            ("translation[0]", "first"),
            ("translation[1]", "second"),
        ];
        assert_eq!(files, expected.map(|(part, file)| (part.to_owned(), file)));
        assert_eq!(card.file(Part::Translation(1)), Some(&"second"));
        assert_eq!(card.file(Part::Translation(2)), None);
        assert_eq!(card.file(Part::File(0)), None);
    }

    #[test]
    fn a_part_that_a_kind_cannot_have_hands_the_file_back() {
        for kind in ElementType::ALL {
            let mut element = Element::empty(kind);
            let files = element.attach(PartKind::Files, "file");
            assert_eq!(files.is_ok(), kind.is_personal_document(), "{kind}");
            let translation = element.attach(PartKind::Translation, "file");
            assert_eq!(translation.is_ok(), kind.is_personal_document() || kind.is_identity_document());
            assert_eq!(element.attach(PartKind::Data, "file"), Err("file"));
            assert_eq!(element.attach(PartKind::Selfie, "file").is_ok(), kind.is_identity_document());
        }
    }

    #[test]
    fn mapping_keeps_every_place_and_stops_at_the_first_error() {
        let lengths = full_card().map_files(|_, file| file.len());
        assert_eq!(lengths.files().map(|(_, length)| *length).collect::<Vec<_>>(), [5, 7, 6, 5, 6]);
        let refused = full_card().try_map_files(|part, _| match part {
            Part::FrontSide | Part::ReverseSide => Ok(()),
            other => Err(other),
        });
        assert_eq!(refused, Err(Part::Selfie));
    }
}
