//! What a bot asks for: links and scopes both ways, and the promise that nothing else leaves.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use telegram_passport::element::{Country, Date, Element, ElementType, Gender, Part, PartKind, Presence};
use telegram_passport::request::{
    Assessment, AuthorizationForm, CallbackUrl, CountryLanguages, Held, LinkError, LinkForm, LinkRemark,
    Outcome, Parameter, PassportLink, PassportRequest, RequiredElement, Scope, ScopeError, ScopeForm,
    SelectedElement, SelectedPart, Service, ServiceError, SuitableElement,
};

const LINK_FORMS: [LinkForm; 7] = [
    LinkForm::Resolve,
    LinkForm::ResolveWithoutSlashes,
    LinkForm::Passport,
    LinkForm::PassportWithoutSlashes,
    LinkForm::SecureId,
    LinkForm::SecureIdWithoutSlashes,
    LinkForm::Web,
];

const IDENTITY: [ElementType; 4] = [
    ElementType::Passport,
    ElementType::DriverLicense,
    ElementType::IdentityCard,
    ElementType::InternalPassport,
];
const PROOFS: [ElementType; 5] = [
    ElementType::UtilityBill,
    ElementType::BankStatement,
    ElementType::RentalAgreement,
    ElementType::PassportRegistration,
    ElementType::TemporaryRegistration,
];

/// The link of Telegram's own example page, with a scope that is no JSON: the server is its judge, not the link.
#[test]
fn an_example_link_of_the_javascript_sdk() {
    let link = concat!(
        "tg://resolve?domain=telegrampassport&bot_id=543260180",
        "&scope=%7B%22v%22%3A1%2C%22d%22%3A%5B%7B%22%22%5D%7D%5D%7D",
        "&public_key=BEGIN%20PUBLIC%20KEY%0A&nonce=b8ee",
        "&callback_url=https%3A%2F%2Fcore.telegram.org%2Fpassport%2Fexample%3Fpassport_ssid%3Db8ee&payload=nonce"
    );
    let parsed = PassportLink::parse(link).unwrap();
    assert_eq!(parsed.form, LinkForm::Resolve);
    assert_eq!(parsed.remarks, [LinkRemark::PayloadDecoy]);
    let request = parsed.request;
    assert_eq!(request.bot_id(), 543_260_180);
    assert_eq!(request.scope(), r#"{"v":1,"d":[{""]}]}"#);
    assert_eq!(request.parse_scope(), Err(ScopeError::NotJson));
    assert_eq!(request.public_key(), "BEGIN PUBLIC KEY\n");
    assert_eq!(request.nonce(), "b8ee");
    let callback = "https://core.telegram.org/passport/example?passport_ssid=b8ee";
    assert_eq!(request.callback_url().map(CallbackUrl::as_str), Some(callback));
    assert_eq!(
        Outcome::Success.address(&request).unwrap(),
        "https://core.telegram.org/passport/example?passport_ssid=b8ee&tg_passport=success"
    );
}

/// What TDLib takes for a request, and what it does not. It differs in two places: it sees a public chat in a
/// `t.me` address, which Telegram Desktop follows, and takes `payload` for an empty `nonce`.
#[test]
fn links_that_tdlib_accepts_or_not() {
    let read = |link: &str| PassportRequest::parse(link).map(|request| request.bot_id());
    for (link, expected) in [
        (
            "tg://resolve?domain=telegrampassport&bot_id=12345&public_key=key&scope=asd&payload=nonce",
            Ok(12345),
        ),
        ("tg://passport?bot_id=12345&public_key=key&scope=asd&payload=nonce", Ok(12345)),
        ("t.me/telegrampassport?bot_id=12345&public_key=key&scope=asd&payload=nonce", Ok(12345)),
        ("tg://passport?bot_id=0&public_key=key&scope=asd&payload=nonce", Err(LinkError::BadBotId)),
        ("tg://passport?bot_id=-1&public_key=key&scope=asd&payload=nonce", Err(LinkError::BadBotId)),
        (
            "tg://passport?bot_id=12345&public_key=&scope=asd&payload=nonce",
            Err(LinkError::Empty(Parameter::PublicKey)),
        ),
        (
            "tg://passport?bot_id=12345&public_key=key&scope=&payload=nonce",
            Err(LinkError::Empty(Parameter::Scope)),
        ),
        (
            "tg://passport?bot_id=12345&public_key=key&scope=asd&payload=",
            Err(LinkError::Empty(Parameter::Payload)),
        ),
    ] {
        assert_eq!(read(link), expected, "{link}");
    }
}

#[test]
fn the_service_is_told_how_it_ended() {
    let plain = PassportRequest::new(1_099_511_627_777, "{}", "key", "nonce").unwrap();
    let missing = Outcome::Error(ServiceError::PublicKeyRequired);
    for (outcome, expected) in [
        (Outcome::Success, Some("tgbot1099511627777://passport/success")),
        (Outcome::Cancel, Some("tgbot1099511627777://passport/cancel")),
        (missing, None),
    ] {
        assert_eq!(outcome.address(&plain).as_deref(), expected);
    }
    let called = plain.with_callback_url(CallbackUrl::parse("https://example.org/back#top").unwrap());
    for (outcome, expected) in [
        (Outcome::Success, "https://example.org/back?tg_passport=success#top"),
        (Outcome::Cancel, "https://example.org/back?tg_passport=cancel#top"),
        (missing, "https://example.org/back?tg_passport=error&error=PUBLIC_KEY_REQUIRED#top"),
    ] {
        assert_eq!(outcome.address(&called).as_deref(), Some(expected));
    }
}

/// A flag that some kinds cannot have, asked for where they can.
fn suitable(kind: ElementType) -> impl Strategy<Value = SuitableElement> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(move |(selfie, translation, native_names)| {
        let may = |part| kind.presence(part) != Presence::MustNot;
        SuitableElement {
            kind,
            selfie: selfie && may(PartKind::Selfie),
            translation: translation && may(PartKind::Translation),
            native_names: native_names && kind == ElementType::PersonalDetails,
        }
    })
}

/// Documents of one family, shuffled, cut into rows.
fn documents(family: &'static [ElementType]) -> impl Strategy<Value = Vec<RequiredElement>> {
    subsequence(family, 0..=family.len()).prop_shuffle().prop_flat_map(|kinds| {
        let cuts = vec(any::<bool>(), kinds.len());
        let suitable: Vec<_> = kinds.into_iter().map(suitable).collect();
        (suitable, cuts).prop_map(|(suitable, cuts)| {
            let mut rows: Vec<Vec<SuitableElement>> = Vec::new();
            for (one, cut) in suitable.into_iter().zip(cuts) {
                match rows.last_mut() {
                    Some(row) if !cut => row.push(one),
                    _ => rows.push(vec![one]),
                }
            }
            rows.into_iter().map(RequiredElement::one_of).collect()
        })
    })
}

/// Everything a bot may ask for.
fn rows() -> impl Strategy<Value = Vec<RequiredElement>> {
    const SINGLE: &[ElementType] =
        &[ElementType::PersonalDetails, ElementType::Address, ElementType::PhoneNumber, ElementType::Email];
    let single = subsequence(SINGLE, 0..=4)
        .prop_flat_map(|kinds| kinds.into_iter().map(suitable).collect::<Vec<_>>())
        .prop_map(|kinds| kinds.into_iter().map(RequiredElement::from).collect());
    (single, documents(&IDENTITY), documents(&PROOFS))
        .prop_map(|(single, identity, proofs): (Vec<_>, Vec<_>, Vec<_>)| [single, identity, proofs].concat())
        .prop_filter("something is asked for", |rows| !rows.is_empty())
        .prop_shuffle()
}

/// What version 1.0 had words for.
fn legacy_rows() -> impl Strategy<Value = Vec<RequiredElement>> {
    const KINDS: &[&[ElementType]] = &[
        &[ElementType::PersonalDetails],
        &[ElementType::Address],
        &[ElementType::PhoneNumber],
        &[ElementType::Email],
        &[ElementType::Passport, ElementType::DriverLicense, ElementType::IdentityCard],
        &[ElementType::UtilityBill, ElementType::BankStatement, ElementType::RentalAgreement],
    ];
    (subsequence(KINDS, 1..=KINDS.len()).prop_shuffle(), any::<bool>()).prop_map(|(rows, selfie)| {
        let suitable = |kind: &ElementType| SuitableElement {
            selfie: selfie && kind.is_identity_document(),
            ..SuitableElement::new(*kind)
        };
        rows.into_iter()
            .map(|kinds| RequiredElement::one_of(kinds.iter().map(suitable).collect::<Vec<_>>()))
            .collect()
    })
}

/// A Passport with any elements, valid or not, with any parts, those included that nobody asks for.
fn passport() -> impl Strategy<Value = Vec<Element<u8>>> {
    let part = || {
        select(vec![
            PartKind::FrontSide,
            PartKind::ReverseSide,
            PartKind::Selfie,
            PartKind::Translation,
            PartKind::Files,
        ])
    };
    subsequence(ElementType::ALL.to_vec(), 6..=ElementType::ALL.len()).prop_flat_map(move |kinds| {
        let contents = vec((vec(part(), 0..8), prop::bool::weighted(0.9)), kinds.len());
        (Just(kinds), contents).prop_map(|(kinds, contents)| {
            kinds
                .into_iter()
                .zip(contents)
                .map(|(kind, (parts, whole))| element(kind, &parts, whole))
                .collect()
        })
    })
}

/// An element with these parts, as far as its kind has them; a whole one also has what every such element must.
fn element(kind: ElementType, parts: &[PartKind], whole: bool) -> Element<u8> {
    let mut element = Element::empty(kind);
    for part in parts {
        let _ = element.attach(*part, 0);
    }
    if whole {
        for part in [PartKind::FrontSide, PartKind::ReverseSide, PartKind::Files] {
            if kind.presence(part) == Presence::Must && !element.files().any(|(held, _)| held.kind() == part)
            {
                element.attach(part, 0).unwrap();
            }
        }
    }
    if let Some(document) = element.identity_document_mut() {
        document.document_no = "AB123".to_owned().into();
        if kind.presence(PartKind::ReverseSide) == Presence::MustNot && whole {
            document.parts.reverse_side = None;
        }
    }
    match &mut element {
        Element::Email(address) => address.0.push_str("a@example.org"),
        Element::PhoneNumber(number) => number.0.push_str("99966123456"),
        Element::PersonalDetails(details) if whole => {
            details.first_name.push_str("Ada");
            details.last_name.push_str("King");
            details.first_name_native.push_str("Ада");
            details.last_name_native.push_str("Кинг");
            details.birth_date = Date::new(1990, 2, 28).ok();
            details.gender = Some(Gender::Female);
            details.country = Country::from_code("UA");
            details.residence_country = Country::from_code("UA");
        }
        Element::Address(address) if whole => {
            address.street_line1.push_str("1 High Street");
            address.city.push_str("Kyiv");
            address.post_code.push_str("01001");
            address.country = Country::from_code("UA");
        }
        _ => {}
    }
    element
}

fn assess(rows: Vec<RequiredElement>, passport: &[Element<u8>]) -> Assessment {
    let form = AuthorizationForm::new(Service::new(7, "Bot", None), None, rows, vec![]).unwrap();
    let held: Vec<_> = passport.iter().map(Held::new).collect();
    form.assess(&held, &CountryLanguages::default(), Date::new(2026, 11, 21).unwrap())
}

fn only_what_was_asked_for(sent: &SelectedElement, passport: &[Element<u8>]) -> Result<(), TestCaseError> {
    let Some(held) = passport.iter().find(|element| element.kind() == sent.kind()) else {
        prop_assert_eq!(sent.parts(), []);
        return Ok(());
    };
    let allowed = |part: &Part| match part {
        Part::Selfie => sent.asked().selfie,
        Part::Translation(_) => sent.asked().translation,
        Part::ReverseSide => matches!(sent.kind(), ElementType::DriverLicense | ElementType::IdentityCard),
        Part::FrontSide | Part::File(_) => true,
    };
    let asked_for: Vec<_> = held.files().map(|(part, _)| part).filter(allowed).collect();
    prop_assert_eq!(sent.files().collect::<Vec<_>>(), asked_for);
    let plain = matches!(sent.kind(), ElementType::PhoneNumber | ElementType::Email);
    prop_assert_eq!(sent.parts().contains(&SelectedPart::Plain), plain);
    prop_assert_eq!(sent.has_data(), !plain && !sent.kind().is_personal_document());
    Ok(())
}

proptest! {
    #[test]
    fn a_written_link_reads_as_the_same_request(
        bot_id in 1..=i64::MAX,
        scope in r"\{\PC{0,40}\}|\[\PC{0,40}\]|\PC{1,40}|[\x00-\x7F]{1,20}",
        public_key in r"[ -~\n]{1,80}|\PC{1,40}",
        nonce in r"\PC{1,40}|[\x00-\x7F]{1,20}",
        callback in proptest::option::of(r"https?://[a-z]{1,9}\.org(/[!-~&&[^#]]{0,20})?(\?[!-~]{0,20})?(#[!-~]{0,9})?"),
        form in select(LINK_FORMS.to_vec()),
    ) {
        let mut request = PassportRequest::new(bot_id, &scope, &public_key, &nonce).unwrap();
        if let Some(callback) = callback {
            request = request.with_callback_url(CallbackUrl::parse(&callback).unwrap());
        }
        prop_assert_eq!(request.scope(), &scope);
        let link = request.to_link(form);
        prop_assert!(link.is_ascii());
        let read = PassportLink::parse(&link);
        prop_assert_eq!(read, Ok(PassportLink { form, request, remarks: vec![] }));
    }

    #[test]
    fn a_written_scope_reads_as_the_same_rows(rows in rows(), form in select(vec![ScopeForm::Long, ScopeForm::Compact])) {
        let scope = Scope::new(rows.clone(), form).unwrap();
        let read = Scope::parse(scope.as_str()).unwrap();
        prop_assert_eq!(&read, &scope);
        prop_assert_eq!((read.form(), read.rows()), (form, rows.as_slice()));
    }

    #[test]
    fn a_written_legacy_scope_reads_as_the_same_rows(rows in legacy_rows()) {
        let scope = Scope::new(rows.clone(), ScopeForm::Legacy).unwrap();
        let read = Scope::parse(scope.as_str()).unwrap();
        prop_assert_eq!(&read, &scope);
        prop_assert_eq!((read.form(), read.rows()), (ScopeForm::Legacy, rows.as_slice()));
    }

    #[test]
    fn no_text_makes_a_reader_panic(
        text in r"\PC{0,200}",
        tail in r"[&=%a-f0-9_{}+#?/:]{0,200}",
        json in r#"[{}\[\]":,01a-z_]{0,100}"#,
    ) {
        let _ = PassportLink::parse(&text);
        let _ = PassportLink::parse(&format!("tg://passport?{tail}"));
        let _ = PassportLink::parse(&format!("tg://passport?bot_id=1&public_key=k&nonce=n&scope={{{tail}}}"));
        let _ = CallbackUrl::parse(&text);
        let _ = CallbackUrl::parse(&format!("https://{tail}"));
        for scope in [text, format!("{{\"v\":1,\"d\":[{json}]}}"), json] {
            if let Ok(scope) = Scope::parse(&scope) {
                prop_assert!(!scope.rows().is_empty());
            }
        }
    }

    /// The promise of the form: one complete alternative of each row, every part of it that was asked for or that
    /// every such element has, and no other. What an incomplete alternative would send is held to it too.
    #[test]
    fn the_form_never_sends_what_was_not_asked_for(
        rows in rows(),
        passport in passport(),
        preferred in subsequence(ElementType::ALL.to_vec(), 0..4),
    ) {
        let assessment = assess(rows.clone(), &passport);
        for alternative in assessment.rows().iter().flat_map(|row| row.alternatives()) {
            only_what_was_asked_for(alternative.sent(), &passport)?;
        }
        for selection in [assessment.select(), assessment.select_preferring(&preferred)] {
            let Ok(selection) = selection else { continue };
            prop_assert_eq!(selection.elements().len(), rows.len());
            for (row, sent) in rows.iter().zip(selection.elements()) {
                prop_assert!(row.alternatives().contains(&sent.asked()));
                let held = passport.iter().find(|element| element.kind() == sent.kind()).unwrap();
                prop_assert_eq!(held.validate(), vec![]);
                only_what_was_asked_for(sent, &passport)?;
            }
        }
    }

    /// What is ready can be sent, what is not cannot; so the property above is not about nothing.
    #[test]
    fn a_ready_form_is_sent(rows in rows(), passport in passport()) {
        let assessment = assess(rows, &passport);
        prop_assert_eq!(assessment.select().is_ok(), assessment.is_ready());
    }
}

/// A Passport with every kind and every part answers every form, whatever it asks for.
#[test]
fn a_full_passport_answers_documents_of_every_kind() {
    let every_part = [PartKind::Selfie, PartKind::Translation];
    let passport: Vec<_> = ElementType::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, ElementType::PersonalDetails | ElementType::Address))
        .map(|kind| element(kind, &every_part, true))
        .collect();
    for held in &passport {
        let plain = SuitableElement::new(held.kind());
        let sent = |asked: SuitableElement| {
            let selection = assess(vec![asked.into()], &passport).select().unwrap();
            selection.elements()[0].files().collect::<Vec<_>>()
        };
        let unasked = |part: &Part| matches!(part, Part::Selfie | Part::Translation(_));
        assert!(!sent(plain).iter().any(unasked), "{plain:?}");
        if held.kind().is_identity_document() {
            assert!(sent(plain.with_selfie()).contains(&Part::Selfie));
            assert!(!sent(plain.with_selfie()).contains(&Part::Translation(0)));
            assert!(sent(plain.with_translation()).contains(&Part::Translation(0)));
        }
    }
}
