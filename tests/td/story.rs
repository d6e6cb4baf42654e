//! The main thing from start to finish: the genuine TDLib logs in, stores a whole Passport, and answers a bot.

use telegram_passport::element::{Element, ElementType, EmailAddress, Part, PhoneNumber};
use telegram_passport::login::{LoginError, LoginSteps as _, Step};
use telegram_passport::passport::{
    FileSource, Passport, Progress, SaveError, SaveOptions, SavedElement, SecretState, VerificationError,
};
use telegram_passport::request::{RequiredElement, SelectionError, SuitableElement};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::tdlib::{Engine, Session};
use telegram_passport_sandbox::state::CodePurpose;

use crate::conformance::plaintext::Wanted;
use crate::conformance::stage::TestBot;
use crate::conformance::{downloaded, element_of, new, person, request};
use crate::stage::{RECOVERABLE_PASSWORD as PASSWORD, Stage};

/// Something that is not the code.
fn wrong(code: &str) -> String {
    let first = if code.starts_with('0') { "1" } else { "0" };
    format!("{first}{}", &code[1..])
}

/// A wrong code, the right one; a wrong password, the right one.
async fn log_in(stage: &Stage, phone: &str) -> Session {
    let (login, step) = stage.login("story").await;
    assert_eq!(step, Step::PhoneNumber);
    assert!(matches!(login.set_phone_number(phone).await.unwrap(), Step::Code(_)));
    let code = stage.state.last_login_code(phone).unwrap();
    assert!(matches!(login.check_code(&wrong(&code)).await, Err(LoginError::CodeInvalid)));
    let step = login.check_code(&code).await.unwrap();
    let Step::Password { hint, has_recovery_email: true, has_passport_data: false, .. } = step else {
        panic!("{step:?}")
    };
    assert_eq!(hint.as_deref(), Some("a hint"));
    assert!(matches!(login.check_password(&"wrong horse".into()).await, Err(LoginError::PasswordInvalid)));
    assert_eq!(login.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready);
    login.finish().await.map_err(|(why, _)| why).unwrap()
}

async fn save(engine: &Engine, element: Element<PassportJpeg>) -> SavedElement {
    engine.save(new(element), &SaveOptions::default()).await.unwrap()
}

/// The account's own number and address are offered first and need no code; others do, and are replaced in the end.
async fn verify(stage: &Stage, engine: &Engine, user_id: i64, own: (&PhoneNumber, &EmailAddress)) {
    let defaults = engine.defaults(&PASSWORD.into()).await.unwrap();
    assert_eq!((defaults.phone_number.as_ref(), defaults.email.as_ref()), (Some(own.0), Some(own.1)));

    let code = |purpose| stage.state.last_code(user_id, purpose).unwrap();
    let number = PhoneNumber("380441234567".to_owned());
    let unverified = engine.save(Element::PhoneNumber(number.clone()), &SaveOptions::default()).await;
    assert!(matches!(unverified, Err(SaveError::VerificationNeeded { kind: ElementType::PhoneNumber })));
    let sent = engine.send_phone_code(&number).await.unwrap();
    let refused = engine.check_phone_code(&sent, &wrong(&code(CodePurpose::VerifyPhone))).await;
    assert!(matches!(refused, Err(VerificationError::WrongCode)), "{refused:?}");
    engine.check_phone_code(&sent, &code(CodePurpose::VerifyPhone)).await.unwrap();
    save(engine, Element::PhoneNumber(number)).await;

    let email = EmailAddress("somewhere.else@example.org".to_owned());
    let unverified = engine.save(Element::Email(email.clone()), &SaveOptions::default()).await;
    assert!(matches!(unverified, Err(SaveError::VerificationNeeded { kind: ElementType::Email })));
    let sent = engine.send_email_code(&email).await.unwrap();
    let refused = engine.check_email_code(&sent, &wrong(&code(CodePurpose::VerifyEmail))).await;
    assert!(matches!(refused, Err(VerificationError::WrongCode)), "{refused:?}");
    engine.check_email_code(&sent, &code(CodePurpose::VerifyEmail)).await.unwrap();
    save(engine, Element::Email(email)).await;

    let messages = stage.state.sent_messages(user_id).len();
    save(engine, Element::PhoneNumber(defaults.phone_number.unwrap())).await;
    save(engine, Element::Email(defaults.email.unwrap())).await;
    assert_eq!(stage.state.sent_messages(user_id).len(), messages, "what the account has needs no code");
}

/// The card gets the passport's selfie for its own and drops a translation; the rest of it stays. And back again.
async fn replace(engine: &Engine, card: Element<PassportJpeg>, passport: &Element<PassportJpeg>) {
    let saved = engine.get(ElementType::IdentityCard).await.unwrap().unwrap();
    let mut changed = saved.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    let mut expected = card.clone();
    let selfie = passport.file(Part::Selfie).unwrap().clone();
    let document = changed.identity_document_mut().unwrap();
    document.parts.selfie = Some(FileSource::New(selfie.clone()));
    document.parts.translation.pop();
    let document = expected.identity_document_mut().unwrap();
    document.parts.selfie = Some(selfie);
    document.parts.translation.pop();
    let saved = engine.save(changed, &SaveOptions::default()).await.unwrap();
    assert_eq!(downloaded(engine, &saved).await, expected);
    save(engine, card).await;
}

pub(crate) async fn from_the_first_login_to_what_the_bot_opens() {
    let stage = Stage::new().await;
    let person = person();
    let phone = person.phone_number().unwrap();
    let Element::Email(email) = element_of(&person, ElementType::Email) else { panic!("an address") };
    let user_id = stage.recoverable(&phone.0, &email.0);
    let session = log_in(&stage, &phone.0).await;

    // No word for a risk is needed: there was nothing to lose when TDLib made the secret.
    let engine = Engine::new(session.client().clone());
    assert_eq!(engine.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Missing);
    engine.create_secret(&PASSWORD.into()).await.unwrap();

    verify(&stage, &engine, user_id, (phone, &email)).await;
    for element in person.elements.iter().filter(|element| element.plain().is_none()) {
        save(&engine, element.clone()).await;
    }
    let listed = engine.list().await.unwrap();
    assert_eq!(listed.iter().map(|saved| saved.kind).collect::<Vec<_>>(), ElementType::ALL);
    let mut scans = 0;
    for (saved, element) in listed.iter().zip(&person.elements) {
        assert_eq!(downloaded(&engine, saved).await, *element, "{}", saved.kind);
        scans += element.files().count();
    }
    assert!(scans >= 30, "{scans}");

    let passport = element_of(&person, ElementType::Passport);
    replace(&engine, element_of(&person, ElementType::IdentityCard), &passport).await;
    let statement = element_of(&person, ElementType::BankStatement);
    let stored = engine.get(ElementType::BankStatement).await.unwrap().unwrap();
    engine.delete(&[ElementType::BankStatement]).await.unwrap();
    assert_eq!(engine.get(ElementType::BankStatement).await.unwrap(), None);
    assert_eq!(engine.list().await.unwrap().len(), 12);
    let page = stored.element().unwrap().file(Part::File(0)).unwrap();
    assert!(engine.download(page, &Progress::none()).await.is_err(), "its scans are gone with it");

    let bot = TestBot::register(&stage.state);
    let every_kind = ElementType::ALL.into_iter().map(|kind| {
        let mut asked = SuitableElement::new(kind);
        asked.selfie = kind.is_identity_document();
        asked.translation = kind.is_identity_document() || kind.is_personal_document();
        asked.native_names = kind == ElementType::PersonalDetails;
        RequiredElement::from(asked)
    });
    let request = request(&bot, every_kind.collect());
    let form = engine.form(&request).await.unwrap();
    let row = 1 + ElementType::ALL.iter().position(|kind| *kind == ElementType::BankStatement).unwrap();
    assert_eq!(form.assess().select(), Err(SelectionError::NotReady { rows: vec![row] }));
    save(&engine, statement).await;
    let form = engine.form(&request).await.unwrap();
    engine.send(&form, &form.assess().select().unwrap()).await.unwrap();
    // With the bot's key, from what the Bot API hands out.
    assert_eq!(bot.open_last_share(request.nonce()), person.elements);

    session.close().await.unwrap();
    let mut wanted = Wanted::default();
    wanted.person(&person);
    wanted.text("password", PASSWORD);
    assert_eq!(wanted.search().in_holdings(&stage.data_centres.holdings()), []);
}
