//! What is shown is what is done: what is told to leave, beside what the bot gets.

use telegram_passport::element::{ElementType, FilledField};
use telegram_passport::passport::{
    Leaving, LeavingElement, OtherForm, Passport, Progress, Readers, SecretState, Sight,
};
use telegram_passport::request::{CallbackUrl, Outcome, RequiredElement, SuitableElement};
use telegram_passport::scan::accept;
use telegram_passport::vault::bot::OpenedElement;

use super::other_client::OtherClient;
use super::stage::TestBot;
use super::{Engine, PASSWORD, person, request, save_verified};

/// What another client adds to the passport's data.
const NOTE: (&str, &str) = ("note", "\"among friends\"");

pub(crate) async fn what_is_told_to_leave_is_what_the_bot_gets(engine: &dyn Engine) {
    let (other, stage) = OtherClient::with_stage().await;
    let passport = engine.session(&stage).await;
    if passport.unlock(&PASSWORD.into()).await.unwrap() == SecretState::Missing {
        passport.create_secret(&PASSWORD.into()).await.unwrap();
    }
    for element in person().elements {
        save_verified(&passport, &stage, element).await;
    }
    let (name, json) = NOTE;
    let noted = format!(r#"{{"document_no":"X1","expiry_date":"01.02.2040","{name}":{json}}}"#);
    other.writes(ElementType::Passport, &noted).await;

    let bot = TestBot::register_as(&stage.state, |mut bot| {
        (bot.verified, bot.fake) = (true, true);
        bot
    });
    let back = CallbackUrl::parse("https://bank.example/back?session=sesame").unwrap();
    // Everything that is asked for; and of each document as little as can be, and one of several.
    let modestly = |kind: ElementType| -> RequiredElement { kind.into() };
    let modest = ElementType::ALL.map(modestly).to_vec();
    let whole = ElementType::ALL.map(|kind| SuitableElement {
        selfie: kind.is_identity_document(),
        translation: kind.is_identity_document() || kind.is_personal_document(),
        native_names: kind == ElementType::PersonalDetails,
        ..SuitableElement::new(kind)
    });
    let one_of_two = RequiredElement::one_of([
        SuitableElement::new(ElementType::Passport).with_selfie(),
        SuitableElement::new(ElementType::IdentityCard).with_translation(),
    ]);
    let mut of_another_form = None;
    for (rows, chosen) in [
        (modest, vec![]),
        (whole.map(RequiredElement::from).to_vec(), vec![]),
        (vec![one_of_two.clone()], vec![ElementType::Passport]),
        (vec![one_of_two, ElementType::Email.into()], vec![ElementType::IdentityCard]),
    ] {
        let request = request(&bot, rows).with_callback_url(back.clone());
        let form = passport.form(&request).await.unwrap();
        let selection = form.assess().select_preferring(&chosen).unwrap();
        if let Some(other) = of_another_form.replace(selection.clone()) {
            assert_eq!(form.leaving(&other), Err(OtherForm));
        }
        let leaving = form.leaving(&selection).unwrap();
        let told = format!("{leaving:?}");
        passport.send(&form, &selection).await.unwrap();

        let service = form.authorization().service();
        assert_eq!(leaving.service, *service);
        assert!(service.verified && service.fake && !service.scam, "{service:?}");
        assert_eq!(service.bot_id, TestBot::ID);
        assert_eq!(leaving.privacy_policy_url, None);
        assert_eq!(leaving.callback, Outcome::Success.address(&request));
        assert!(!told.contains("sesame"), "{told}");

        let opened = bot.open_last_share_whole(request.nonce());
        compare(&*passport, &leaving, &opened).await;
        for field in leaving.elements.iter().flat_map(LeavingElement::fields) {
            // Shorter ones, a country's for example, are words of other things.
            assert!(field.text().len() < 5 || !told.contains(field.text()), "{told}");
        }
        // What Telegram had no need to open.
        let in_the_clear = bot.shared_in_the_clear();
        let readable = leaving.elements.iter().filter(|one| one.readers() == Readers::ServiceAndTelegram);
        assert_eq!(readable.map(LeavingElement::kind).collect::<Vec<_>>(), in_the_clear);
    }
}

/// Element by element, field by field, file by file.
async fn compare(passport: &dyn Passport, leaving: &Leaving, opened: &[OpenedElement]) {
    let kinds = |kinds: &mut dyn Iterator<Item = ElementType>| kinds.collect::<Vec<_>>();
    assert_eq!(
        kinds(&mut leaving.elements.iter().map(LeavingElement::kind)),
        kinds(&mut opened.iter().map(OpenedElement::kind)),
    );
    for (leaves, opened) in leaving.elements.iter().zip(opened) {
        let kind = leaves.kind();
        let unseen = |field: &FilledField<'_>| {
            leaves.sight == Sight::KnownFields && matches!(field, FilledField::Unknown(..))
        };
        let told: Vec<_> = leaves.fields().collect();
        let got: Vec<_> = opened.element.filled_fields().filter(|field| !unseen(field)).collect();
        // `assert_eq!` would not say which: `Debug` tells no text.
        assert_eq!(told.len(), got.len(), "{kind}: {told:?}, {got:?}");
        for (told, got) in told.iter().zip(&got) {
            assert_eq!((told.name(), told.text()), (got.name(), got.text()), "{kind}");
        }
        let has_note = opened.element.filled_fields().any(|field| (field.name(), field.text()) == NOTE);
        assert_eq!(has_note, kind == ElementType::Passport, "{kind}");

        let told: Vec<_> = leaves.files().map(|(part, _)| part).collect();
        let got: Vec<_> = opened.element.files().map(|(part, _)| part).collect();
        assert_eq!(told, got, "{kind}");
        for (part, file) in leaves.files() {
            let stored = passport.download(file, &Progress::none()).await.unwrap();
            assert!(opened.element.file(part) == Some(&stored), "{kind}: {part}");
            assert!(accept(stored.as_bytes()).is_ok(), "{kind}: {part}");
            let facts = opened.files.iter().find(|opened| opened.part == part).unwrap();
            assert_eq!(file.date(), facts.file.file_date, "{kind}: {part}");
            if let (Some(told), Some(got)) = (file.ciphertext_size(), facts.file.file_size) {
                assert_eq!(told, got, "{kind}: {part}");
            }
        }
        assert_eq!(leaves.element.plain(), opened.element.plain(), "{kind}");
    }
}
