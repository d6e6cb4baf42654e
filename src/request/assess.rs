use super::{
    AssessedAlternative, AssessedRow, Assessment, AuthorizationForm, CountryLanguages, Expiry, Held,
    Obstacle, RequiredElement, SelectedElement, SuitableElement,
};
use crate::element::{Date, Element, NativeNamesRule, PartKind, Place, Presence, Problem, Trouble};

impl AuthorizationForm {
    /// Judges every alternative of every row by what the person holds, on a given day.
    ///
    /// An alternative is complete if the element is held, is valid, has every part its kind must have and every
    /// one the bot asks for, and carries no error of this bot that still counts (docs/protocol.md §7.3, §7.4, §9). Of
    /// several held elements of one kind, which Telegram does not store, the first counts.
    #[must_use]
    pub fn assess<F>(&self, held: &[Held<'_, F>], languages: &CountryLanguages, today: Date) -> Assessment {
        let row = |row: &RequiredElement| AssessedRow {
            alternatives: row
                .alternatives()
                .iter()
                .map(|asked| self.assess_alternative(*asked, held, languages, today))
                .collect(),
        };
        Assessment { rows: self.rows().iter().map(row).collect() }
    }

    fn assess_alternative<F>(
        &self,
        asked: SuitableElement,
        held: &[Held<'_, F>],
        languages: &CountryLanguages,
        today: Date,
    ) -> AssessedAlternative {
        let Some(held) = held.iter().find(|held| held.element().kind() == asked.kind) else {
            return AssessedAlternative {
                asked,
                sent: SelectedElement::nothing(asked),
                obstacles: vec![Obstacle::NotHeld(asked.kind)],
                standing: Vec::new(),
                expiry: Expiry::Distant,
            };
        };
        let element = held.element();
        let mut obstacles: Vec<_> = element.obstacles_on(today).into_iter().map(Obstacle::Invalid).collect();
        obstacles.extend(parts_not_held(asked, element).map(Obstacle::AskedFor));
        obstacles.extend(native_names_not_held(asked, element, languages));
        let objections = self.errors().iter().filter_map(|error| error.objection(asked, held));
        obstacles.extend(objections.map(Obstacle::Objection));
        let standing = self.standing().iter().filter_map(|error| error.objection(asked, held)).collect();
        AssessedAlternative {
            asked,
            sent: SelectedElement::of(asked, held),
            obstacles,
            standing,
            expiry: Expiry::of(element, today),
        }
    }
}

/// The parts the bot asks for that this element may have, and has not.
fn parts_not_held<F>(asked: SuitableElement, element: &Element<F>) -> impl Iterator<Item = Problem> {
    let kind = asked.kind;
    [PartKind::Selfie, PartKind::Translation]
        .into_iter()
        .filter(move |part| {
            asked.wants(*part)
                && kind.presence(*part) == Presence::May
                && !element.files().any(|(held, _)| held.kind() == *part)
        })
        .map(move |part| Problem { kind, place: Place::PartKind(part), trouble: Trouble::Missing })
}

fn native_names_not_held<F>(
    asked: SuitableElement,
    element: &Element<F>,
    languages: &CountryLanguages,
) -> Vec<Obstacle> {
    let Element::PersonalDetails(details) = element else {
        return Vec::new();
    };
    if !asked.native_names {
        return Vec::new();
    }
    let language = details.residence_country.and_then(|country| languages.language(country));
    let problems = details.native_name_problems(language);
    let copyable = details.native_names_rule(language) == NativeNamesRule::CopyLatin;
    if copyable && problems.is_empty() && details.first_name_native.is_empty() {
        return vec![Obstacle::NativeNamesToCopy];
    }
    problems.into_iter().map(Obstacle::AskedFor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::{Country, ElementType, EmailAddress, Field, Gender, Part};
    use crate::request::{
        ElementError, ErrorSource, Objection, SelectedPart, Selection, SelectionError, Service, Why,
    };

    type Scan = &'static str;

    fn today() -> Date {
        Date::new(2026, 11, 21).unwrap()
    }

    fn document(kind: ElementType, parts: &[(PartKind, Scan)]) -> Element<Scan> {
        let mut element = Element::empty(kind);
        for &(part, scan) in parts {
            element.attach(part, scan).unwrap();
        }
        if let Some(document) = element.identity_document_mut() {
            document.document_no = "AB123".to_owned().into();
        }
        element
    }

    fn passport() -> Element<Scan> {
        document(ElementType::Passport, &[(PartKind::FrontSide, "front"), (PartKind::Selfie, "selfie")])
    }

    fn card_without_reverse() -> Element<Scan> {
        document(ElementType::IdentityCard, &[(PartKind::FrontSide, "card")])
    }

    fn details(residence: &str) -> Element<Scan> {
        let mut element = Element::empty(ElementType::PersonalDetails);
        let Element::PersonalDetails(details) = &mut element else { unreachable!() };
        details.first_name = "Ada".into();
        details.last_name = "King".into();
        details.birth_date = Date::new(1990, 2, 28).ok();
        details.gender = Some(Gender::Female);
        details.country = Country::from_code(residence);
        details.residence_country = Country::from_code(residence);
        element
    }

    #[test]
    fn a_post_code_as_another_client_stored_it_is_no_obstacle() {
        let mut address: Element<Scan> = Element::empty(ElementType::Address);
        for (field, text) in [
            (Field::CountryCode, "GB"),
            (Field::City, "London"),
            (Field::StreetLine1, "1 High Street"),
            (Field::PostCode, "SW1A 1AA"),
        ] {
            address.set_text(field, text).unwrap();
        }
        let rows = [ElementType::Address.into()];
        assert!(assess(&rows, Vec::new(), &[&address]).rows()[0].preferred().is_some());
        address.set_text(Field::PostCode, "").unwrap();
        assert!(assess(&rows, Vec::new(), &[&address]).rows()[0].preferred().is_none());
    }

    fn assess(rows: &[RequiredElement], errors: Vec<ElementError>, held: &[&Element<Scan>]) -> Assessment {
        let form = AuthorizationForm::new(Service::new(7, "Bot", None), None, rows.to_vec(), errors).unwrap();
        let languages = CountryLanguages::parse(r#"{"GB":"en","UA":"uk"}"#).unwrap();
        let stored = |element| Held::stored(element, b"element", |scan: &Scan| scan.as_bytes().to_vec());
        let held: Vec<_> = held.iter().copied().map(stored).collect();
        form.assess(&held, &languages, today())
    }

    fn only(assessment: &Assessment) -> &AssessedAlternative {
        &assessment.rows()[0].alternatives()[0]
    }

    fn missing(kind: ElementType, place: Place) -> Problem {
        Problem { kind, place, trouble: Trouble::Missing }
    }

    #[test]
    fn what_was_not_understood_stands_in_the_way_and_is_not_taken_for_unexpired() {
        let mut held = passport();
        let (read, _) = Element::<()>::read_data(
            ElementType::Passport,
            br#"{"document_no":"AB123","expiry_date":"2020-12-31"}"#,
        )
        .unwrap();
        held.identity_document_mut().unwrap().raw = read.identity_document().unwrap().raw.clone();
        let assessment = assess(&[ElementType::Passport.into()], vec![], &[&held]);
        let kind = ElementType::Passport;
        let problem =
            Problem { kind, place: Place::Field(Field::ExpiryDate), trouble: Trouble::NotUnderstood };
        assert_eq!(only(&assessment).obstacles(), [Obstacle::Invalid(problem)]);
        assert_eq!(only(&assessment).expiry(), Expiry::NotUnderstood);
    }

    /// A passport, an identity card and a driver's licence that are complete, the first with this expiry date.
    fn three(expiry: Option<Date>) -> [Element<Scan>; 3] {
        let both = [(PartKind::FrontSide, "front"), (PartKind::ReverseSide, "reverse")];
        let mut first = passport();
        first.identity_document_mut().unwrap().expiry_date = expiry;
        [first, document(ElementType::IdentityCard, &both), document(ElementType::DriverLicense, &both)]
    }

    fn one_of_three() -> RequiredElement {
        let kinds = [ElementType::Passport, ElementType::IdentityCard, ElementType::DriverLicense];
        RequiredElement::one_of(kinds.map(SuitableElement::new))
    }

    fn preferred(assessment: &Assessment) -> (ElementType, Why) {
        let (alternative, why) = assessment.rows()[0].preferred().unwrap();
        let selected = assessment.select().unwrap();
        assert_eq!(selected.elements()[0].kind(), alternative.asked().kind);
        (alternative.asked().kind, why)
    }

    #[test]
    fn a_valid_document_is_preferred_to_an_expired_one() {
        let yesterday = today().plus_days(-1);
        let elements = three(yesterday);
        let held: Vec<_> = elements.iter().collect();
        let assessment = assess(&[one_of_three()], vec![], &held);
        let expired = Why::Expired { before: ElementType::Passport };
        assert_eq!(preferred(&assessment), (ElementType::IdentityCard, expired));
        // Where nothing better is held, it is for the bot to judge.
        let assessment = assess(&[one_of_three()], vec![], &held[..1]);
        assert_eq!(preferred(&assessment), (ElementType::Passport, Why::OnlyComplete));
        let today = three(Some(today()));
        let held: Vec<_> = today.iter().collect();
        let assessment = assess(&[one_of_three()], vec![], &held);
        assert_eq!(preferred(&assessment), (ElementType::Passport, Why::First));
    }

    #[test]
    fn an_objection_passes_an_alternative_over_and_says_so() {
        let elements = three(None);
        let held: Vec<_> = elements.iter().collect();
        let error = ElementError {
            kind: ElementType::Passport,
            source: ErrorSource::FrontSide { file_hash: b"front".to_vec() },
            message: "too dark".to_owned(),
        };
        let objected = Why::ObjectedTo { before: ElementType::Passport };
        let assessment = assess(&[one_of_three()], vec![error.clone()], &held);
        assert_eq!(preferred(&assessment), (ElementType::IdentityCard, objected));
        assert!(objected.to_string().contains("passport"), "{objected}");
        let only_these = assess(&[one_of_three()], vec![error], &held[..2]);
        assert_eq!(preferred(&only_these), (ElementType::IdentityCard, objected));
        // What the server does not say any more counts as well, but keeps nobody from sharing.
        let mut form =
            AuthorizationForm::new(Service::new(7, "Bot", None), None, vec![one_of_three()], vec![]).unwrap();
        let source = ErrorSource::DataField { field: "document_no".to_owned(), data_hash: Vec::new() };
        form.add_standing(vec![ElementError {
            kind: ElementType::Passport,
            source,
            message: "unclear".to_owned(),
        }]);
        let held: Vec<_> = held.into_iter().map(Held::new).collect();
        let assessment = form.assess(&held, &CountryLanguages::default(), today());
        assert_eq!(preferred(&assessment), (ElementType::IdentityCard, objected));
        let passport = only(&assessment);
        assert_eq!((passport.is_complete(), passport.standing().len()), (true, 1));
        assert!(assessment.select_preferring(&[ElementType::Passport]).is_ok());
    }

    #[test]
    fn the_first_complete_alternative_is_sent_and_another_on_request() {
        let asked = [ElementType::IdentityCard, ElementType::Passport, ElementType::DriverLicense];
        let row = RequiredElement::one_of(asked.map(SuitableElement::new));
        let (card, passport) = (card_without_reverse(), passport());
        let license = document(
            ElementType::DriverLicense,
            &[(PartKind::FrontSide, "front"), (PartKind::ReverseSide, "reverse")],
        );
        let assessment = assess(&[row], vec![], &[&card, &passport, &license]);
        let kinds = |selection: Selection| selection.elements().iter().map(SelectedElement::kind).collect();
        let chosen: Vec<_> = kinds(assessment.select().unwrap());
        assert_eq!(chosen, [ElementType::Passport]);
        let chosen: Vec<_> = kinds(assessment.select_preferring(&[ElementType::DriverLicense]).unwrap());
        assert_eq!(chosen, [ElementType::DriverLicense]);

        let card = ElementType::IdentityCard;
        let refused = |preferred: &[ElementType]| assessment.select_preferring(preferred).unwrap_err();
        assert_eq!(refused(&[card]), SelectionError::Incomplete { kind: card });
        assert_eq!(refused(&[ElementType::Email]), SelectionError::NotAsked { kind: ElementType::Email });
        let two = [ElementType::Passport, ElementType::DriverLicense];
        assert_eq!(refused(&two), SelectionError::TwoChoices { row: 1 });
        let reverse = missing(card, Place::PartKind(PartKind::ReverseSide));
        assert_eq!(assessment.rows()[0].alternatives()[0].obstacles(), [Obstacle::Invalid(reverse)]);
    }

    #[test]
    fn a_selfie_leaves_only_if_asked_for() {
        let asked = SuitableElement::new(ElementType::Passport);
        let held = passport();
        let sent = |asked: SuitableElement| {
            let selection = assess(&[asked.into()], vec![], &[&held]).select().unwrap();
            selection.elements()[0].parts().to_vec()
        };
        let front = SelectedPart::File(Part::FrontSide);
        let selfie = SelectedPart::File(Part::Selfie);
        assert_eq!(sent(asked), [SelectedPart::Data, front]);
        assert_eq!(sent(asked.with_selfie()), [SelectedPart::Data, front, selfie]);

        let assessment = assess(&[asked.with_translation().into()], vec![], &[&held]);
        let translation = missing(ElementType::Passport, Place::PartKind(PartKind::Translation));
        assert_eq!(only(&assessment).obstacles(), [Obstacle::AskedFor(translation)]);
        assert_eq!(assessment.select(), Err(SelectionError::NotReady { rows: vec![1] }));
    }

    #[test]
    fn every_row_has_to_be_answered() {
        let rows = [ElementType::Passport, ElementType::Email, ElementType::UtilityBill];
        let email = Element::Email(EmailAddress("a@example.org".into()));
        let assessment = assess(&rows.map(RequiredElement::from), vec![], &[&email]);
        assert_eq!(only(&assessment).obstacles(), [Obstacle::NotHeld(ElementType::Passport)]);
        assert!(!assessment.is_ready() && !only(&assessment).is_held());
        let refused = assessment.select().unwrap_err();
        assert_eq!(refused, SelectionError::NotReady { rows: vec![1, 3] });
        assert_eq!(refused.to_string(), "nothing complete to share for rows 1, 3");
        let (chosen, why) = assessment.rows()[1].preferred().unwrap();
        assert_eq!(why, Why::OnlyOneAsked);
        let sent = chosen.sent();
        assert_eq!(sent.parts(), [SelectedPart::Plain]);
        assert_eq!(sent.element_hash(), Some(&b"element"[..]));
    }

    #[test]
    fn native_names_by_the_language_of_the_residence() {
        let asked = SuitableElement::new(ElementType::PersonalDetails);
        let obstacles = |asked: SuitableElement, held: &Element<Scan>| -> Vec<String> {
            let assessment = assess(&[asked.into()], vec![], &[held]);
            only(&assessment).obstacles().iter().map(|obstacle| format!("{obstacle:?}")).collect()
        };
        let of = |field| {
            let problem = missing(ElementType::PersonalDetails, Place::Field(field));
            format!("{:?}", Obstacle::AskedFor(problem))
        };
        let native = asked.with_native_names();
        assert!(obstacles(asked, &details("UA")).is_empty());
        let both = [of(Field::FirstNameNative), of(Field::LastNameNative)];
        assert_eq!(obstacles(native, &details("UA")), both);
        assert_eq!(obstacles(native, &details("DE")), both);
        assert_eq!(obstacles(native, &details("GB")), ["NativeNamesToCopy"]);
        let mut copied = details("GB");
        let Element::PersonalDetails(names) = &mut copied else { unreachable!() };
        assert!(names.copy_native_names(Some("en")));
        assert!(obstacles(native, &copied).is_empty());
    }

    #[test]
    fn an_expired_document_is_marked_and_sent() {
        let expiring = |date: Option<Date>| {
            let mut element = passport();
            element.identity_document_mut().unwrap().expiry_date = date;
            let assessment = assess(&[ElementType::Passport.into()], vec![], &[&element]);
            assert!(assessment.is_ready());
            only(&assessment).expiry()
        };
        let in_days = |days| today().plus_days(days).unwrap();
        assert_eq!(expiring(None), Expiry::Distant);
        assert_eq!(expiring(Some(in_days(-1))), Expiry::Past { date: in_days(-1) });
        assert_eq!(expiring(Some(in_days(0))), Expiry::Soon { date: in_days(0) });
        assert_eq!(expiring(Some(in_days(90))), Expiry::Soon { date: in_days(90) });
        assert_eq!(expiring(Some(in_days(91))), Expiry::Distant);
    }

    #[test]
    fn objections_count_while_what_they_name_is_held_and_asked_for() {
        let hash = |scan: &str| scan.as_bytes().to_vec();
        let held = document(
            ElementType::IdentityCard,
            &[
                (PartKind::FrontSide, "front"),
                (PartKind::ReverseSide, "reverse"),
                (PartKind::Selfie, "selfie"),
                (PartKind::Translation, "page 1"),
                (PartKind::Translation, "page 2"),
            ],
        );
        let plain = SuitableElement::new(ElementType::IdentityCard);
        let full = plain.with_selfie().with_translation();
        let list = |scans: &[&str]| ErrorSource::TranslationFiles {
            file_hashes: scans.iter().map(|scan| hash(scan)).collect(),
        };
        let translation = |index| Place::Part(Part::Translation(index));
        let field = |name: &str| ErrorSource::DataField { field: name.into(), data_hash: hash("old") };
        for (source, if_plain, if_full) in [
            (
                ErrorSource::FrontSide { file_hash: hash("front") },
                Some(Place::Part(Part::FrontSide)),
                Some(Place::Part(Part::FrontSide)),
            ),
            (ErrorSource::FrontSide { file_hash: hash("reverse") }, None, None),
            (ErrorSource::ReverseSide { file_hash: hash("an earlier one") }, None, None),
            (ErrorSource::Selfie { file_hash: hash("selfie") }, None, Some(Place::Part(Part::Selfie))),
            (ErrorSource::TranslationFile { file_hash: hash("page 2") }, None, Some(translation(1))),
            (ErrorSource::TranslationFile { file_hash: hash("") }, None, None),
            (list(&["page 2", "page 1"]), None, Some(Place::PartKind(PartKind::Translation))),
            (list(&["page 1"]), None, None),
            (list(&[]), None, None),
            (ErrorSource::File { file_hash: hash("front") }, None, None),
            (
                field("document_no"),
                Some(Place::Field(Field::DocumentNo)),
                Some(Place::Field(Field::DocumentNo)),
            ),
            (field("first_name_native"), None, None),
            (
                ErrorSource::Unspecified { element_hash: hash("element") },
                Some(Place::Element),
                Some(Place::Element),
            ),
            (ErrorSource::Unspecified { element_hash: hash("an earlier one") }, None, None),
        ] {
            for (asked, expected) in [(plain, if_plain), (full, if_full)] {
                let message = "blurred\u{1b}[31m".to_owned();
                let error = ElementError { kind: asked.kind, source: source.clone(), message };
                let elsewhere = ElementError { kind: ElementType::Passport, ..error.clone() };
                let assessment = assess(&[asked.into()], vec![error, elsewhere], &[&held]);
                let objection =
                    |place| Objection { place, unknown_field: None, message: "blurred[31m".into() };
                let expected: Vec<_> = expected.map(objection).map(Obstacle::Objection).into_iter().collect();
                assert_eq!(only(&assessment).obstacles(), expected, "{source:?}");
            }
        }
    }

    #[test]
    fn files_of_a_proof_of_address_can_be_objected_to() {
        let bill = document(ElementType::UtilityBill, &[(PartKind::Files, "one"), (PartKind::Files, "two")]);
        let place = |source| {
            let error = ElementError { kind: ElementType::UtilityBill, source, message: String::new() };
            let assessment = assess(&[ElementType::UtilityBill.into()], vec![error], &[&bill]);
            match only(&assessment).obstacles() {
                [] => None,
                [Obstacle::Objection(objection)] => Some(objection.place.to_string()),
                other => panic!("{other:?}"),
            }
        };
        let (one, two) = (b"one".to_vec(), b"two".to_vec());
        assert_eq!(place(ErrorSource::File { file_hash: two.clone() }), Some("files[1]".into()));
        assert_eq!(place(ErrorSource::Files { file_hashes: vec![one.clone(), two] }), Some("files".into()));
        assert_eq!(place(ErrorSource::Files { file_hashes: vec![one] }), None);
    }

    #[test]
    fn an_objection_to_an_unknown_field_names_it_and_any_has_a_note_and_a_sentence() {
        let held = details("DE");
        let objections = |field: &str| {
            let source = ErrorSource::DataField { field: field.into(), data_hash: vec![1] };
            let error =
                ElementError { kind: ElementType::PersonalDetails, source, message: "unclear".into() };
            let assessment = assess(&[ElementType::PersonalDetails.into()], vec![error], &[&held]);
            match only(&assessment).obstacles() {
                [Obstacle::Objection(objection)] => objection.clone(),
                other => panic!("{other:?}"),
            }
        };
        let unknown = objections("shoe\u{1b}_size");
        assert_eq!((unknown.place, unknown.name().as_str()), (Place::Unknown, "shoe_size"));
        assert_eq!(unknown.to_string(), "the bot objects to shoe_size: unclear");
        let kind = ElementType::PersonalDetails;
        assert_eq!(
            unknown.sentence(kind),
            "Personal details: the bot objects to the field shoe_size: unclear"
        );
        let known = objections("country_code");
        assert_eq!(known.place, Place::Field(Field::CountryCode));
        assert_eq!(known.to_string(), "the bot objects to country_code: unclear");
        assert_eq!(known.note(), "unclear");
        assert_eq!(known.sentence(kind), "Personal details: the bot objects to the citizenship: unclear");
    }

    #[test]
    fn debug_repeats_no_message() {
        let source = ErrorSource::DataField { field: "first_name".into(), data_hash: vec![1] };
        let error = ElementError { kind: ElementType::PersonalDetails, source, message: "Ada".into() };
        let held = details("DE");
        let assessment = assess(&[ElementType::PersonalDetails.into()], vec![error.clone()], &[&held]);
        for shown in [format!("{error:?}"), format!("{:?}", only(&assessment))] {
            assert!(!shown.contains("Ada"), "{shown}");
        }
    }
}
