//! The files of an element, whatever stands for a file.

use super::{
    Element, ElementType, IdentityDocument, Part, PartKind, Parts, PersonalDocument, Place, Presence,
    sentence,
};

/// Why a file was not taken into an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttachError {
    /// Elements of this kind have no such part.
    #[error("{}", sentence(*.kind, Place::PartKind(*.part), "does not belong here"))]
    NoSuchPart {
        /// The element.
        kind: ElementType,
        /// The part.
        part: PartKind,
    },
    /// There is one already, and there can be only one: [`Element::replace`] puts another in its place.
    #[error("{}", sentence(*.kind, Place::PartKind(*.part), "is there already"))]
    ThereAlready {
        /// The element.
        kind: ElementType,
        /// The part.
        part: PartKind,
    },
}

impl<F> Element<F> {
    /// Its files; `None` if elements of this kind have none.
    #[must_use]
    pub fn parts(&self) -> Option<&Parts<F>> {
        let identity = self.identity_document().map(|document| &document.parts);
        identity.or_else(|| self.personal_document().map(|document| &document.parts))
    }

    /// Its files, to be changed; `None` if elements of this kind have none.
    #[must_use]
    pub fn parts_mut(&mut self) -> Option<&mut Parts<F>> {
        if self.kind().is_identity_document() {
            self.identity_document_mut().map(|document| &mut document.parts)
        } else {
            self.personal_document_mut().map(|document| &mut document.parts)
        }
    }

    /// The files with their places, in the schema's order: front side, reverse side, selfie, translation, files.
    pub fn files(&self) -> impl Iterator<Item = (Part, &F)> {
        self.parts().into_iter().flat_map(Parts::iter)
    }

    /// The file at this place.
    #[must_use]
    pub fn file(&self, part: Part) -> Option<&F> {
        self.parts()?.get(part)
    }

    /// Adds a file: the front side, reverse side or selfie, or the next page of the translation or the files.
    ///
    /// Any identity document takes a reverse side, as other clients may have stored one;
    /// [`validate`](Self::validate) says where it does not belong.
    ///
    /// # Errors
    /// [`AttachError::NoSuchPart`]; [`AttachError::ThereAlready`] for a second front side, reverse side or selfie.
    pub fn attach(&mut self, part: PartKind, file: F) -> Result<(), AttachError> {
        let kind = self.kind();
        let parts = self.parts_for(part)?;
        let count = parts.of(part).len();
        if count > 0 && !part.is_list() {
            return Err(AttachError::ThereAlready { kind, part });
        }
        let place = part.at(count).ok_or(AttachError::NoSuchPart { kind, part })?;
        parts.insert(place, file);
        Ok(())
    }

    /// Puts a file in place of the one that is there, which is given back; where none is, it is added: a page at the
    /// end of its list.
    ///
    /// # Errors
    /// [`AttachError::NoSuchPart`].
    pub fn replace(&mut self, part: Part, file: F) -> Result<Option<F>, AttachError> {
        let parts = self.parts_for(part.kind())?;
        let before = parts.remove(part);
        parts.insert(part, file);
        Ok(before)
    }

    /// Takes a file out, if one is there; the pages after it move up.
    pub fn remove(&mut self, part: Part) -> Option<F> {
        self.parts_mut()?.remove(part)
    }

    /// The files, for one of a part that elements of this kind may have.
    fn parts_for(&mut self, part: PartKind) -> Result<&mut Parts<F>, AttachError> {
        let kind = self.kind();
        let takes = match part {
            PartKind::ReverseSide => kind.is_identity_document(),
            _ => kind.presence(part) != Presence::MustNot,
        };
        self.parts_mut().filter(|_| takes).ok_or(AttachError::NoSuchPart { kind, part })
    }

    /// Replaces what stands for each file by what `map` makes of it.
    #[must_use]
    pub fn map_files<G>(self, mut map: impl FnMut(Part, F) -> G) -> Element<G> {
        let mapped: Result<_, std::convert::Infallible> =
            self.try_map_files(|part, file| Ok(map(part, file)));
        match mapped {
            Ok(element) => element,
            Err(never) => match never {},
        }
    }

    /// Replaces what stands for each file by what `map` makes of it; the first failure ends it.
    ///
    /// # Errors
    /// The first error of `map`.
    pub fn try_map_files<G, E>(self, map: impl FnMut(Part, F) -> Result<G, E>) -> Result<Element<G>, E> {
        self.try_with(|parts| parts.try_map(map))
    }

    /// Puts these files in place of its own; of a kind that has no files, they are dropped.
    #[must_use]
    pub fn with_parts<G>(self, parts: Parts<G>) -> Element<G> {
        let replaced: Result<_, std::convert::Infallible> = self.try_with(|_| Ok(parts));
        match replaced {
            Ok(element) => element,
            Err(never) => match never {},
        }
    }

    fn try_with<G, E>(self, change: impl FnOnce(Parts<F>) -> Result<Parts<G>, E>) -> Result<Element<G>, E> {
        Ok(match self {
            Self::PersonalDetails(details) => Element::PersonalDetails(details),
            Self::Passport(document) => Element::Passport(document.try_with(change)?),
            Self::DriverLicense(document) => Element::DriverLicense(document.try_with(change)?),
            Self::IdentityCard(document) => Element::IdentityCard(document.try_with(change)?),
            Self::InternalPassport(document) => Element::InternalPassport(document.try_with(change)?),
            Self::Address(address) => Element::Address(address),
            Self::UtilityBill(document) => Element::UtilityBill(document.try_with(change)?),
            Self::BankStatement(document) => Element::BankStatement(document.try_with(change)?),
            Self::RentalAgreement(document) => Element::RentalAgreement(document.try_with(change)?),
            Self::PassportRegistration(document) => Element::PassportRegistration(document.try_with(change)?),
            Self::TemporaryRegistration(document) => {
                Element::TemporaryRegistration(document.try_with(change)?)
            }
            Self::PhoneNumber(number) => Element::PhoneNumber(number),
            Self::Email(address) => Element::Email(address),
        })
    }
}

impl<F> IdentityDocument<F> {
    fn try_with<G, E>(
        self,
        change: impl FnOnce(Parts<F>) -> Result<Parts<G>, E>,
    ) -> Result<IdentityDocument<G>, E> {
        let Self { document_no, expiry_date, unknown, raw, parts } = self;
        Ok(IdentityDocument { document_no, expiry_date, unknown, raw, parts: change(parts)? })
    }
}

impl<F> PersonalDocument<F> {
    fn try_with<G, E>(
        self,
        change: impl FnOnce(Parts<F>) -> Result<Parts<G>, E>,
    ) -> Result<PersonalDocument<G>, E> {
        Ok(PersonalDocument { parts: change(self.parts)? })
    }
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
    fn a_part_that_a_kind_cannot_have_is_refused() {
        for kind in ElementType::ALL {
            let mut element = Element::empty(kind);
            let files = element.attach(PartKind::Files, "file");
            assert_eq!(files.is_ok(), kind.is_personal_document(), "{kind}");
            let translation = element.attach(PartKind::Translation, "file");
            assert_eq!(translation.is_ok(), kind.is_personal_document() || kind.is_identity_document());
            let no_file = AttachError::NoSuchPart { kind, part: PartKind::Data };
            assert_eq!(element.attach(PartKind::Data, "file"), Err(no_file));
            assert_eq!(element.attach(PartKind::Selfie, "file").is_ok(), kind.is_identity_document());
        }
    }

    #[test]
    fn a_second_front_side_takes_no_place_unasked() {
        let mut card = full_card();
        let refused = card.attach(PartKind::FrontSide, "other").unwrap_err();
        assert_eq!(refused.to_string(), "Identity card: the picture of the front side is there already");
        assert_eq!(card.file(Part::FrontSide), Some(&"front"));
        let refused = card.replace(Part::File(0), "page").unwrap_err();
        assert_eq!(refused.to_string(), "Identity card: the scan of the document does not belong here");

        assert_eq!(card.replace(Part::FrontSide, "other"), Ok(Some("front")));
        assert_eq!(card.replace(Part::Translation(0), "new first"), Ok(Some("first")));
        assert_eq!(card.replace(Part::Translation(9), "third"), Ok(None), "at the end");
        assert_eq!((card.remove(Part::Selfie), card.remove(Part::Selfie)), (Some("selfie"), None));
        assert_eq!(card.remove(Part::Translation(1)), Some("second"));
        let files: Vec<_> = card.files().map(|(_, file)| *file).collect();
        assert_eq!(files, ["other", "reverse", "new first", "third"]);
        assert_eq!(Element::<()>::empty(ElementType::Address).remove(Part::Selfie), None);
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
