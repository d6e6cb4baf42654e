//! What every engine does, each case once; [`every_case!`] hands their names to a macro that makes tests of them.
//!
//! The other side is the sandbox, which keeps ciphertext it cannot read and checks proofs of passwords. Passwords
//! and a bot's private key live in the test, which plays the person and the bot.

mod leaving;
pub(crate) mod other_client;
pub(crate) mod pictures;
pub(crate) mod plaintext;
mod recovery;
pub(crate) mod stage;

use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};

use telegram_passport::element::{
    Country, Element, ElementType, EmailAddress, Field, Part, PartKind, PhoneNumber, Place, Trouble,
};
use telegram_passport::passport::{
    DownloadError, Draft, FileSource, ListError, Passport, PasswordError, Progress, Refusal, SaveError,
    SaveOptions, SaveProblem, SavedElement, SecretState, SendError, Vaulted, VerificationError,
};
use telegram_passport::request::{
    Obstacle, PassportRequest, RequiredElement, Scope, ScopeForm, SelectionError, SuitableElement,
};
use telegram_passport::scan::{PassportJpeg, accept};
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::CodePurpose;

pub(crate) use self::leaving::what_is_told_to_leave_is_what_the_bot_gets;
pub(crate) use self::pictures::{nothing_new_tells_more_than_its_pixels, what_is_restored_is_unchanged};
pub(crate) use self::recovery::{
    a_forgotten_password_is_recovered_without_what_was_stored, a_recovery_address_is_confirmed_first,
    a_removed_password_takes_everything_along, a_reset_waits_and_can_be_declined,
    an_address_that_is_none_is_refused_and_removal_is_its_own_word, no_hint_is_the_password,
    no_password_is_set_that_some_client_would_alter,
};
use self::stage::{Stage, TestBot};

/// A session that is being opened.
pub(crate) type Opening<'a> = Pin<Box<dyn Future<Output = Arc<dyn Passport>> + 'a>>;

/// How sessions of an engine come about, and in what engines differ.
pub(crate) trait Engine {
    /// Whether it can tell that there is a passport secret which nothing is stored under. TDLib has no call for that:
    /// its engine says that there is none, and finds the one there is when it is told to create one.
    fn sees_an_unused_secret(&self) -> bool;
    /// A new session of the stage's account, locked.
    fn session<'a>(&'a self, stage: &'a Stage) -> Opening<'a>;
}

/// Calls a macro with the names of all cases.
macro_rules! every_case {
    ($tests:ident) => {
        $tests! {
            a_new_account_gets_password_and_secret,
            a_wrong_password_is_told_apart,
            the_secret_is_created_only_where_there_is_none,
            everything_survives,
            kept_files_stay_and_unnamed_ones_go,
            kept_files_stay_in_their_order_among_new_ones,
            a_draft_keeps_what_it_does_not_change,
            a_draft_is_not_put_over_what_nobody_has_seen,
            saves_of_one_kind_go_one_after_the_other,
            what_has_begun_outlasts_a_lock,
            deleted_elements_are_gone,
            a_flawed_element_is_refused_whole,
            a_phone_number_is_verified,
            an_email_address_is_verified,
            the_accounts_own_number_needs_no_code,
            a_locked_engine_reads_nothing,
            a_new_password_keeps_everything_readable,
            two_sessions_see_the_same,
            a_form_is_completed_and_sent,
            one_alternative_and_no_unasked_selfie,
            an_element_changed_meanwhile_stops_the_share,
            a_selection_fits_its_form_only,
            english_names_are_copied_before_they_are_sent,
            what_a_bot_objects_to_is_shown_until_it_is_changed,
            each_objection_stays_until_its_own_thing_has_changed,
            the_marks_of_a_service_are_told,
            a_removed_password_takes_everything_along,
            a_recovery_address_is_confirmed_first,
            an_address_that_is_none_is_refused_and_removal_is_its_own_word,
            no_password_is_set_that_some_client_would_alter,
            no_hint_is_the_password,
            a_forgotten_password_is_recovered_without_what_was_stored,
            a_reset_waits_and_can_be_declined,
            nothing_new_tells_more_than_its_pixels,
            what_is_restored_is_unchanged,
            what_is_told_to_leave_is_what_the_bot_gets,
        }
    };
}
pub(crate) use every_case;

pub(crate) const PASSWORD: &str = "correct horse";

/// A session of an account that is ready to store elements.
pub(crate) async fn ready(engine: &dyn Engine, stage: &Stage) -> Arc<dyn Passport> {
    let passport = engine.session(stage).await;
    prepare(&passport, stage).await;
    passport
}

/// Gives the stage's account a password and a passport secret.
pub(crate) async fn prepare(passport: &dyn Passport, stage: &Stage) {
    passport.set_password(None, &PASSWORD.into(), "battery").await.unwrap();
    stage.remember_password(PASSWORD);
    passport.create_secret(&PASSWORD.into()).await.unwrap();
}

pub(crate) fn person() -> Person {
    // Drawing all those scans takes a while.
    static PERSON: LazyLock<Person> =
        LazyLock::new(|| Person::generate(Country::from_code("UA").unwrap(), 7).unwrap());
    PERSON.clone()
}

pub(crate) fn element_of(person: &Person, kind: ElementType) -> Element<PassportJpeg> {
    person.elements.iter().find(|element| element.kind() == kind).unwrap().clone()
}

pub(crate) fn new(element: Element<PassportJpeg>) -> Element<FileSource> {
    element.map_files(|_, scan| FileSource::New(scan))
}

/// A small scan of this shade in a file of so many bytes: what it has too few, the space before its first table fills.
pub(crate) fn scan_of(size: usize, shade: u8) -> PassportJpeg {
    let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([shade; 3]));
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    filled(jpeg.get_ref(), size)
}

/// The scan in a file of so many bytes.
pub(crate) fn filled(scan: &[u8], size: usize) -> PassportJpeg {
    let mut jpeg = scan.to_vec();
    // The header has twenty bytes.
    jpeg.splice(20..20, vec![0xFF; size - scan.len()]);
    accept(&jpeg).unwrap()
}

pub(crate) async fn save(passport: &dyn Passport, element: Element<PassportJpeg>) -> SavedElement {
    passport.save(new(element), &SaveOptions::default()).await.unwrap()
}

pub(crate) async fn save_verified(passport: &dyn Passport, stage: &Stage, element: Element<PassportJpeg>) {
    match &element {
        Element::PhoneNumber(number) => verify_phone(passport, stage, number).await,
        Element::Email(email) => verify_email(passport, stage, email).await,
        _ => {}
    }
    save(passport, element).await;
}

async fn verify_phone(passport: &dyn Passport, stage: &Stage, number: &PhoneNumber) {
    let sent = passport.send_phone_code(number).await.unwrap();
    passport.check_phone_code(&sent, &stage.last_code(CodePurpose::VerifyPhone)).await.unwrap();
}

async fn verify_email(passport: &dyn Passport, stage: &Stage, email: &EmailAddress) {
    let sent = passport.send_email_code(email).await.unwrap();
    passport.check_email_code(&sent, &stage.last_code(CodePurpose::VerifyEmail)).await.unwrap();
}

/// A stored element as its content, downloaded: whatever was new, it is Passport scans.
pub(crate) async fn downloaded(passport: &dyn Passport, saved: &SavedElement) -> Element<PassportJpeg> {
    assert_eq!(saved.flaws, [], "{}", saved.kind);
    let element = saved.element().unwrap().clone();
    let mut contents = Vec::new();
    for (part, file) in element.files() {
        let downloaded = passport.download(file, &Progress::none()).await.unwrap();
        contents.push((part, accept(downloaded.as_bytes()).unwrap()));
    }
    element.map_files(|part, _| contents.iter().find(|(place, _)| *place == part).unwrap().1.clone())
}

pub(crate) async fn a_new_account_gets_password_and_secret(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = engine.session(&stage).await;
    assert!(!passport.password_state().await.unwrap().has_password);
    let refused = passport.unlock(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::PasswordRequired)), "{refused:?}");
    passport.set_password(None, &PASSWORD.into(), "battery").await.unwrap();
    stage.remember_password(PASSWORD);
    assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Missing);
    assert_eq!(passport.list().await.unwrap(), []);
    let address = element_of(&person(), ElementType::Address);
    let refused = passport.save(new(address.clone()), &SaveOptions::default()).await;
    assert!(matches!(refused, Err(SaveError::Refused(Refusal::NoSecret))), "{refused:?}");
    passport.create_secret(&PASSWORD.into()).await.unwrap();
    save(&passport, address).await;
    let state = passport.password_state().await.unwrap();
    assert!(state.has_password && state.has_passport_data && !state.has_recovery_email);
    assert_eq!(state.hint.as_deref(), Some("battery"));
}

pub(crate) async fn a_wrong_password_is_told_apart(engine: &dyn Engine) {
    let stage = Stage::new();
    ready(engine, &stage).await;
    let passport = engine.session(&stage).await;
    for wrong in ["correct horsf", "Correct horse", "correct horse ", ""] {
        let refused = passport.unlock(&wrong.into()).await;
        assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{wrong:?}: {refused:?}");
    }
    let refused = passport.set_password(Some(&"wrong".into()), &"new".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    let refused = passport.set_password(None, &"new".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    let secret = if engine.sees_an_unused_secret() { SecretState::Unlocked } else { SecretState::Missing };
    assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), secret);
}

pub(crate) async fn the_secret_is_created_only_where_there_is_none(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let address = element_of(&person(), ElementType::Address);
    save(&passport, address.clone()).await;
    let other = engine.session(&stage).await;
    for session in [&passport, &other] {
        let refused = session.create_secret(&PASSWORD.into()).await;
        assert!(matches!(refused, Err(PasswordError::SecretExists)), "{refused:?}");
    }
    let saved = passport.get(ElementType::Address).await.unwrap().unwrap();
    assert_eq!(downloaded(&passport, &saved).await, address);
}

pub(crate) async fn everything_survives(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let person = person();
    assert_eq!(person.elements.len(), 13);
    for element in person.elements.clone() {
        save_verified(&passport, &stage, element).await;
    }
    let other = engine.session(&stage).await;
    assert_eq!(other.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    let listed = other.list().await.unwrap();
    assert_eq!(listed.iter().map(|saved| saved.kind).collect::<Vec<_>>(), ElementType::ALL);
    for (saved, element) in listed.iter().zip(&person.elements) {
        assert_eq!(downloaded(&other, saved).await, *element, "{}", saved.kind);
        let single = other.get(saved.kind).await.unwrap();
        assert_eq!(single.as_ref(), Some(saved));
    }
}

pub(crate) async fn kept_files_stay_and_unnamed_ones_go(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let mut card = element_of(&person(), ElementType::IdentityCard);
    let saved = save(&passport, card.clone()).await;
    assert!(card.file(Part::Selfie).is_some() && card.file(Part::Translation(1)).is_some());

    let reverse = card.file(Part::FrontSide).unwrap().as_bytes();
    let reverse = filled(reverse, reverse.len() + 1000);
    let mut changed = saved.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    let document = changed.identity_document_mut().unwrap();
    document.document_no = "CHANGED 1".to_owned().into();
    document.parts.reverse_side = Some(FileSource::New(reverse.clone()));
    document.parts.selfie = None;
    document.parts.translation.remove(0);
    let uploaded = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&uploaded);
    let progress = Progress::new(move |transferred| seen.lock().unwrap().push(transferred));
    let options = SaveOptions { progress, ..SaveOptions::default() };
    let again = passport.save(changed, &options).await.unwrap();

    let uploaded = uploaded.lock().unwrap().clone();
    assert!(uploaded.iter().all(|transferred| transferred.part == Some(Part::ReverseSide)));
    let last = uploaded.last().unwrap();
    assert_eq!((Some(last.done), Some(last.part_done)), (last.total, last.part_total));
    assert!(last.total > Some(1000));

    let document = card.identity_document_mut().unwrap();
    document.document_no = "CHANGED 1".to_owned().into();
    document.parts.reverse_side = Some(reverse);
    document.parts.selfie = None;
    document.parts.translation.remove(0);
    assert_eq!(downloaded(&passport, &again).await, card);
    assert_eq!(passport.get(ElementType::IdentityCard).await.unwrap(), Some(again));
}

pub(crate) async fn kept_files_stay_in_their_order_among_new_ones(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let mut bill = element_of(&person(), ElementType::UtilityBill);
    let pages = |element: &Element<PassportJpeg>| element.personal_document().unwrap().parts.files.clone();
    let others = pages(&element_of(&person(), ElementType::BankStatement));
    let own = pages(&bill);
    assert!(own.len() >= 2 && others.len() >= 2);
    let saved = save(&passport, bill.clone()).await;

    // New, kept, new, kept: and the kept ones in turn.
    let mut changed = saved.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    let kept = changed.personal_document().unwrap().parts.files.clone();
    let fresh = new(element_of(&person(), ElementType::BankStatement));
    let fresh = &fresh.personal_document().unwrap().parts.files;
    changed.personal_document_mut().unwrap().parts.files =
        vec![fresh[0].clone(), kept[1].clone(), fresh[1].clone(), kept[0].clone()];
    let again = passport.save(changed, &SaveOptions::default()).await.unwrap();
    bill.personal_document_mut().unwrap().parts.files =
        vec![others[0].clone(), own[1].clone(), others[1].clone(), own[0].clone()];
    assert_eq!(downloaded(&passport, &again).await, bill);
}

pub(crate) async fn a_draft_keeps_what_it_does_not_change(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let mut card = element_of(&person(), ElementType::IdentityCard);
    let saved = save(&passport, card.clone()).await;

    let mut draft = saved.edit().unwrap();
    assert_eq!(draft.seen(), Some(&saved));
    let page = scan_of(900, 0x33);
    draft.element.set_text(Field::DocumentNo, "CHANGED 2").unwrap();
    draft.element.replace(Part::ReverseSide, FileSource::New(page.clone())).unwrap();
    assert!(draft.element.remove(Part::Selfie).is_some());
    draft.element.attach(PartKind::Translation, FileSource::New(scan_of(950, 0x44))).unwrap();
    let again = draft.save(&passport, &SaveOptions::default()).await.unwrap();

    card.set_text(Field::DocumentNo, "CHANGED 2").unwrap();
    card.replace(Part::ReverseSide, page).unwrap();
    card.remove(Part::Selfie);
    card.attach(PartKind::Translation, scan_of(950, 0x44)).unwrap();
    assert_eq!(downloaded(&passport, &again).await, card);
}

pub(crate) async fn a_draft_is_not_put_over_what_nobody_has_seen(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let kind = ElementType::Address;
    let address = element_of(&person(), kind);
    let city = |name: &str| {
        let mut element = new(address.clone());
        element.set_text(Field::City, name).unwrap();
        element
    };
    let stored = async || {
        let saved = passport.get(kind).await.unwrap()?;
        Some(saved.element().unwrap().text(Field::City).unwrap().to_string())
    };
    let options = SaveOptions::default();
    let elsewhere = Vaulted::new(stage.cloud());
    elsewhere.unlock(&PASSWORD.into()).await.unwrap();

    // Nothing was stored, and something is.
    let fresh = Draft::new(city("Brno"), None);
    elsewhere.save(city("Praha"), &options).await.unwrap();
    let refused = fresh.save(&passport, &options).await;
    let Err(SaveError::ElementChanged { now: Some(now), .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(stored().await.as_deref(), Some("Praha"));

    // What is there by now can be changed, once.
    let mut draft = now.edit().unwrap();
    draft.element.set_text(Field::City, "Ostrava").unwrap();
    draft.save(&passport, &options).await.unwrap();
    assert_eq!(stored().await.as_deref(), Some("Ostrava"));
    let refused = draft.save(&passport, &options).await;
    assert!(matches!(refused, Err(SaveError::ElementChanged { now: Some(_), .. })), "{refused:?}");

    // It was deleted meanwhile.
    let draft = passport.get(kind).await.unwrap().unwrap().edit().unwrap();
    elsewhere.delete(&[kind]).await.unwrap();
    let refused = draft.save(&passport, &options).await;
    assert!(matches!(refused, Err(SaveError::ElementChanged { now: None, .. })), "{refused:?}");
    assert_eq!(stored().await, None);

    // Whoever looks at nothing puts over anything.
    elsewhere.save(city("Olomouc"), &options).await.unwrap();
    passport.save(draft.element, &options).await.unwrap();
    assert_eq!(stored().await.as_deref(), Some("Ostrava"));
    passport.lock();
    let refused = fresh.save(&passport, &options).await;
    assert!(matches!(refused, Err(SaveError::NotLookedAt(_))), "{refused:?}");
}

pub(crate) async fn saves_of_one_kind_go_one_after_the_other(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let kind = ElementType::UtilityBill;
    let bill = |size, shade| {
        let mut bill = Element::empty(kind);
        bill.attach(PartKind::Files, scan_of(size, shade)).unwrap();
        bill
    };
    let options = SaveOptions::default();
    // The first takes longer by far.
    let (first, second) = tokio::join!(
        passport.save(new(bill(400_000, 1)), &options),
        passport.save(new(bill(1_000, 2)), &options)
    );
    first.unwrap();
    second.unwrap();
    let saved = passport.get(kind).await.unwrap().unwrap();
    assert_eq!(downloaded(&passport, &saved).await, bill(1_000, 2));
    let twice = [kind, kind];
    let (third, deleted) =
        tokio::join!(passport.save(new(bill(400_000, 3)), &options), passport.delete(&twice));
    third.unwrap();
    deleted.unwrap();
    assert_eq!(passport.get(kind).await.unwrap(), None);
}

pub(crate) async fn what_has_begun_outlasts_a_lock(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let locking = Arc::clone(&passport);
    let progress = Progress::new(move |_| locking.lock());
    let options = SaveOptions { progress, ..SaveOptions::default() };
    let card = element_of(&person(), ElementType::IdentityCard);
    let saved = passport.save(new(card.clone()), &options).await.unwrap();
    assert!(passport.is_locked());
    assert!(matches!(passport.list().await, Err(ListError::Refused(Refusal::Locked))));
    passport.unlock(&PASSWORD.into()).await.unwrap();

    let file = saved.element().unwrap().file(Part::FrontSide).unwrap();
    let contents = passport.download(file, &options.progress).await.unwrap();
    assert_eq!(contents.as_bytes(), card.file(Part::FrontSide).unwrap().as_bytes());
    assert!(passport.is_locked());
}

pub(crate) async fn deleted_elements_are_gone(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    for kind in [ElementType::Address, ElementType::Passport, ElementType::UtilityBill] {
        save(&passport, element_of(&person(), kind)).await;
    }
    passport.delete(&[]).await.unwrap();
    assert_eq!(passport.list().await.unwrap().len(), 3);
    passport.delete(&[ElementType::Passport, ElementType::Email]).await.unwrap();
    let left: Vec<_> = passport.list().await.unwrap().iter().map(|saved| saved.kind).collect();
    assert_eq!(left, [ElementType::Address, ElementType::UtilityBill]);
    assert_eq!(passport.get(ElementType::Passport).await.unwrap(), None);
}

pub(crate) async fn a_flawed_element_is_refused_whole(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let mut license = new(element_of(&person(), ElementType::DriverLicense));
    let document = license.identity_document_mut().unwrap();
    document.document_no = "X".repeat(25).into();
    document.parts.reverse_side = None;
    document.parts.selfie = None;
    document.parts.translation = vec![FileSource::New(scan_of(1000, 1)); 2];
    let refused = passport.save(license, &SaveOptions::default()).await;
    let Err(SaveError::Flawed { kind, problems }) = refused else { panic!("{refused:?}") };
    assert_eq!(kind, ElementType::DriverLicense);
    let has_rule = |wanted: &dyn Fn(Trouble) -> bool| {
        problems.iter().any(|problem| matches!(problem, SaveProblem::Rule(rule) if wanted(rule.trouble)))
    };
    assert!(has_rule(&|trouble| trouble == Trouble::TooLong { max: 24, found: 25 }), "{problems:?}");
    assert!(has_rule(&|trouble| trouble == Trouble::Missing), "{problems:?}");
    assert!(has_rule(&|trouble| trouble == Trouble::SameAs(Part::Translation(0))), "{problems:?}");
    assert_eq!(problems.len(), 3);
    assert_eq!(passport.list().await.unwrap(), []);
}

pub(crate) async fn a_phone_number_is_verified(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let number = PhoneNumber("380441234567".to_owned());
    let element = || Element::PhoneNumber(number.clone());
    let refused = passport.save(element(), &SaveOptions::default()).await;
    let needed = |kind| move |error: &SaveError| matches!(error, SaveError::VerificationNeeded { kind: k } if *k == kind);
    assert!(refused.as_ref().is_err_and(needed(ElementType::PhoneNumber)), "{refused:?}");
    let sent = passport.send_phone_code(&number).await.unwrap();
    let code = stage.last_code(CodePurpose::VerifyPhone);
    let wrong = if code == "00000" { "11111" } else { "00000" };
    for wrong in [wrong, ""] {
        let refused = passport.check_phone_code(&sent, wrong).await;
        assert!(matches!(refused, Err(VerificationError::WrongCode)), "{refused:?}");
    }
    let resent = passport.resend_phone_code(&sent).await.unwrap();
    passport.check_phone_code(&resent, &stage.last_code(CodePurpose::VerifyPhone)).await.unwrap();
    let saved = passport.save(element(), &SaveOptions::default()).await.unwrap();
    assert_eq!(downloaded(&passport, &saved).await, Element::PhoneNumber(number));
    let refused = passport.send_phone_code(&PhoneNumber("12".to_owned())).await;
    assert!(matches!(refused, Err(VerificationError::Unacceptable)), "{refused:?}");
}

pub(crate) async fn an_email_address_is_verified(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let email = EmailAddress("olena@example.org".to_owned());
    let refused = passport.save(Element::Email(email.clone()), &SaveOptions::default()).await;
    let needed = matches!(refused, Err(SaveError::VerificationNeeded { kind: ElementType::Email }));
    assert!(needed, "{refused:?}");
    let sent = passport.send_email_code(&email).await.unwrap();
    let code = stage.last_code(CodePurpose::VerifyEmail);
    assert_eq!(sent.length.map(|length| length as usize), Some(code.len()));
    let wrong = if code.starts_with('1') { code.replacen('1', "2", 1) } else { format!("1{}", &code[1..]) };
    let refused = passport.check_email_code(&sent, &wrong).await;
    assert!(matches!(refused, Err(VerificationError::WrongCode)), "{refused:?}");
    let resent = passport.resend_email_code(&sent).await.unwrap();
    passport.check_email_code(&resent, &stage.last_code(CodePurpose::VerifyEmail)).await.unwrap();
    let saved = passport.save(Element::Email(email.clone()), &SaveOptions::default()).await.unwrap();
    assert_eq!(downloaded(&passport, &saved).await, Element::Email(email.clone()));

    // Telegram remembers one address: a code for another one does not prove the first.
    let other = EmailAddress("other@example.org".to_owned());
    passport.send_email_code(&other).await.unwrap();
    let refused = passport.check_email_code(&sent, &stage.last_code(CodePurpose::VerifyEmail)).await;
    assert!(matches!(refused, Err(VerificationError::OtherAddress)), "{refused:?}");
}

pub(crate) async fn the_accounts_own_number_needs_no_code(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let defaults = passport.defaults(&PASSWORD.into()).await.unwrap();
    assert_eq!(defaults.email, None);
    let number = defaults.phone_number.unwrap();
    assert_eq!(number, PhoneNumber(Stage::PHONE.to_owned()));
    save(&passport, Element::PhoneNumber(number)).await;
}

pub(crate) async fn a_locked_engine_reads_nothing(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let saved = save(&passport, element_of(&person(), ElementType::Passport)).await;
    let file = saved.element().unwrap().file(Part::FrontSide).unwrap().clone();
    passport.lock();
    assert!(matches!(passport.list().await, Err(ListError::Refused(Refusal::Locked))));
    assert!(matches!(passport.get(ElementType::Passport).await, Err(ListError::Refused(Refusal::Locked))));
    let refused = passport.download(&file, &Progress::none()).await;
    assert!(matches!(refused, Err(DownloadError::Refused(Refusal::Locked))), "{refused:?}");
    let refused = passport
        .save(saved.element().unwrap().clone().map_files(|_, file| file.into()), &SaveOptions::default())
        .await;
    assert!(matches!(refused, Err(SaveError::Refused(Refusal::Locked))), "{refused:?}");
    passport.unlock(&PASSWORD.into()).await.unwrap();
    assert_eq!(passport.list().await.unwrap(), [saved]);
}

pub(crate) async fn a_new_password_keeps_everything_readable(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let element = element_of(&person(), ElementType::InternalPassport);
    save(&passport, element.clone()).await;
    passport.set_password(Some(&PASSWORD.into()), &"nouveau mot de passe".into(), "").await.unwrap();
    stage.remember_password("nouveau mot de passe");
    let other = engine.session(&stage).await;
    let refused = other.unlock(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    assert_eq!(other.unlock(&"nouveau mot de passe".into()).await.unwrap(), SecretState::Unlocked);
    for session in [&passport, &other] {
        let saved = session.get(ElementType::InternalPassport).await.unwrap().unwrap();
        assert_eq!(downloaded(session, &saved).await, element);
    }
    let refused = passport.set_password(Some(&"nouveau mot de passe".into()), &"".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::NewPasswordEmpty)), "{refused:?}");
}

pub(crate) async fn two_sessions_see_the_same(engine: &dyn Engine) {
    let stage = Stage::new();
    let one = ready(engine, &stage).await;
    let other = engine.session(&stage).await;
    if other.unlock(&PASSWORD.into()).await.unwrap() == SecretState::Missing {
        assert!(!engine.sees_an_unused_secret());
        other.create_secret(&PASSWORD.into()).await.unwrap();
    }
    let by_one = save(&one, element_of(&person(), ElementType::BankStatement)).await;
    assert_eq!(other.list().await.unwrap(), std::slice::from_ref(&by_one));
    // A file that the one session has uploaded is kept by the other.
    let kept = by_one.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    let by_other = other.save(kept, &SaveOptions::default()).await.unwrap();
    let element = element_of(&person(), ElementType::BankStatement);
    assert_eq!(downloaded(&one, &by_other).await, element);
    other.delete(&[ElementType::BankStatement]).await.unwrap();
    assert_eq!(one.list().await.unwrap(), []);
}

pub(crate) fn request(bot: &TestBot, rows: Vec<RequiredElement>) -> PassportRequest {
    let scope = Scope::new(rows, ScopeForm::Long).unwrap();
    PassportRequest::new(TestBot::ID, scope.as_str(), &bot.public_key, "a nonce \u{1F511}").unwrap()
}

pub(crate) async fn a_form_is_completed_and_sent(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = stage.bot();
    let person = person();
    let every_kind: Vec<RequiredElement> = ElementType::ALL
        .into_iter()
        .map(|kind| {
            let mut asked = SuitableElement::new(kind);
            asked.selfie = kind.is_identity_document();
            asked.translation = kind.is_identity_document() || kind.is_personal_document();
            asked.native_names = kind == ElementType::PersonalDetails;
            asked.into()
        })
        .collect();
    let request = request(&bot, every_kind);

    let form = passport.form(&request).await.unwrap();
    assert_eq!(form.authorization().service().bot_id, TestBot::ID);
    assert_eq!(form.authorization().rows().len(), 13);
    let refused = form.assess().select();
    assert_eq!(refused, Err(SelectionError::NotReady { rows: (1..=13).collect() }));
    for element in person.elements.iter().skip(1) {
        save_verified(&passport, &stage, element.clone()).await;
    }
    let form = passport.form(&request).await.unwrap();
    assert_eq!(form.assess().select(), Err(SelectionError::NotReady { rows: vec![1] }));
    save(&passport, person.elements[0].clone()).await;

    let form = passport.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    passport.send(&form, &selection).await.unwrap();
    let share = bot.open_last_share(request.nonce());
    assert_eq!(share, person.elements);
}

pub(crate) async fn one_alternative_and_no_unasked_selfie(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = stage.bot();
    let person = person();
    for kind in [ElementType::Passport, ElementType::IdentityCard] {
        save(&passport, element_of(&person, kind)).await;
    }
    let alternatives = [ElementType::Passport, ElementType::IdentityCard].map(SuitableElement::new);
    let request = request(&bot, vec![RequiredElement::one_of(alternatives)]);
    let form = passport.form(&request).await.unwrap();
    for kind in [ElementType::Passport, ElementType::IdentityCard] {
        let selection = form.assess().select_preferring(&[kind]).unwrap();
        passport.send(&form, &selection).await.unwrap();
        let mut expected = element_of(&person, kind);
        let document = expected.identity_document_mut().unwrap();
        document.parts.selfie = None;
        document.parts.translation.clear();
        assert_eq!(bot.open_last_share(request.nonce()), [expected]);
    }
}

pub(crate) async fn an_element_changed_meanwhile_stops_the_share(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = stage.bot();
    let address = element_of(&person(), ElementType::Address);
    save(&passport, address.clone()).await;
    let request = request(&bot, vec![ElementType::Address.into()]);
    let form = passport.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();

    let other = engine.session(&stage).await;
    other.unlock(&PASSWORD.into()).await.unwrap();
    let Element::Address(mut moved) = address else { panic!("an address") };
    moved.city = "Elsewhere".to_owned();
    save(&other, Element::Address(moved.clone())).await;

    let refused = passport.send(&form, &selection).await;
    let Err(SendError::ElementChanged { form: now }) = refused else { panic!("{refused:?}") };
    assert_eq!(bot.shares(), 0);
    let refused = passport.send(&now, &selection).await;
    assert!(matches!(refused, Err(SendError::OtherForm)), "{refused:?}");
    passport.send(&now, &now.assess().select().unwrap()).await.unwrap();
    assert_eq!(bot.open_last_share(request.nonce()), [Element::Address(moved)]);

    let form = passport.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    other.delete(&[ElementType::Address]).await.unwrap();
    let refused = passport.send(&form, &selection).await;
    let Err(SendError::ElementChanged { form: now }) = refused else { panic!("{refused:?}") };
    assert!(now.elements().is_empty());
    assert_eq!(bot.shares(), 1);
}

pub(crate) async fn a_selection_fits_its_form_only(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = stage.bot();
    save(&passport, element_of(&person(), ElementType::Passport)).await;
    let modest = request(&bot, vec![ElementType::Passport.into()]);
    let greedy = request(&bot, vec![SuitableElement::new(ElementType::Passport).with_selfie().into()]);
    let modest = passport.form(&modest).await.unwrap();
    let greedy = passport.form(&greedy).await.unwrap();
    let refused = passport.send(&modest, &greedy.assess().select().unwrap()).await;
    assert!(matches!(refused, Err(SendError::OtherForm)), "{refused:?}");
    assert_eq!(bot.shares(), 0);
}

pub(crate) async fn english_names_are_copied_before_they_are_sent(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = stage.bot();
    let Element::PersonalDetails(mut details) = element_of(&person(), ElementType::PersonalDetails) else {
        panic!("personal details")
    };
    details.residence_country = Country::from_code("GB");
    for native in
        [&mut details.first_name_native, &mut details.middle_name_native, &mut details.last_name_native]
    {
        native.clear();
    }
    save(&passport, Element::PersonalDetails(details.clone())).await;
    let asked = SuitableElement::new(ElementType::PersonalDetails).with_native_names();
    let request = request(&bot, vec![asked.into()]);
    let form = passport.form(&request).await.unwrap();
    assert!(form.assess().select().is_err());
    let language = form.country_languages().language(details.residence_country.unwrap());
    assert_eq!(language, Some("en"));
    assert!(details.copy_native_names(language));
    save(&passport, Element::PersonalDetails(details.clone())).await;
    let form = passport.form(&request).await.unwrap();
    passport.send(&form, &form.assess().select().unwrap()).await.unwrap();
    assert_eq!(bot.open_last_share(request.nonce()), [Element::PersonalDetails(details)]);
}

pub(crate) async fn what_a_bot_objects_to_is_shown_until_it_is_changed(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = stage.bot();
    let mut element = element_of(&person(), ElementType::Passport);
    save(&passport, element.clone()).await;
    let request = request(&bot, vec![ElementType::Passport.into()]);
    let form = passport.form(&request).await.unwrap();
    passport.send(&form, &form.assess().select().unwrap()).await.unwrap();

    bot.object_to_front_side(stage.user_id, "too dark\u{7}");
    let form = passport.form(&request).await.unwrap();
    let assessment = form.assess();
    let obstacles = assessment.rows()[0].alternatives()[0].obstacles();
    let [Obstacle::Objection(objection)] = obstacles else { panic!("{obstacles:?}") };
    assert_eq!(objection.place, Place::Part(Part::FrontSide));
    assert_eq!(objection.message, "too dark");
    assert!(assessment.select().is_err());

    let card = element_of(&person(), ElementType::IdentityCard);
    let front = card.file(Part::FrontSide).unwrap().clone();
    element.identity_document_mut().unwrap().parts.front_side = Some(front);
    save(&passport, element.clone()).await;
    let form = passport.form(&request).await.unwrap();
    passport.send(&form, &form.assess().select().unwrap()).await.unwrap();
    let document = element.identity_document_mut().unwrap();
    document.parts.selfie = None;
    document.parts.translation.clear();
    assert_eq!(bot.open_last_share(request.nonce()), [element]);
}

pub(crate) async fn each_objection_stays_until_its_own_thing_has_changed(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = stage.bot();
    let kind = ElementType::Passport;
    save(&passport, element_of(&person(), kind)).await;
    let request = request(&bot, vec![SuitableElement::new(kind).with_selfie().into()]);
    let form = passport.form(&request).await.unwrap();
    passport.send(&form, &form.assess().select().unwrap()).await.unwrap();
    bot.object_to_selfie_and(stage.user_id, kind, "expiry_date");

    // What the server says, and what is known besides to be as it was.
    let told = async || {
        let form = passport.form(&request).await.unwrap();
        let assessment = form.assess();
        let alternative = &assessment.rows()[0].alternatives()[0];
        let listed = alternative.obstacles().iter().map(|obstacle| match obstacle {
            Obstacle::Objection(objection) => objection.place.to_string(),
            other => panic!("{other:?}"),
        });
        let standing = alternative.standing().iter().map(|objection| objection.place.to_string());
        let mut told: Vec<String> = listed.chain(standing).collect();
        told.sort();
        told
    };
    let with = async |change: &dyn Fn(&mut Element<FileSource>)| {
        let stored = passport.get(kind).await.unwrap().unwrap();
        let mut element = stored.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
        change(&mut element);
        passport.save(element, &SaveOptions::default()).await.unwrap();
    };
    assert_eq!(told().await, ["expiry_date", "selfie"]);
    let other = new(element_of(&person(), ElementType::IdentityCard));
    with(&|element| {
        element.identity_document_mut().unwrap().parts.selfie = other.file(Part::Selfie).cloned();
    })
    .await;
    assert_eq!(told().await, ["expiry_date"], "the selfie is another one, the date is not");
    with(&|element| element.set_text(Field::DocumentNo, "OTHER 1").unwrap()).await;
    assert_eq!(told().await, ["expiry_date"], "the number is another one, the date is not");
    // It keeps nobody from sharing: the server may have it from the bot that this is settled.
    let form = passport.form(&request).await.unwrap();
    passport.send(&form, &form.assess().select().unwrap()).await.unwrap();
    with(&|element| element.set_text(Field::ExpiryDate, "01.02.2040").unwrap()).await;
    assert!(told().await.is_empty());

    // What the bot takes back is not told any more.
    let form = passport.form(&request).await.unwrap();
    passport.send(&form, &form.assess().select().unwrap()).await.unwrap();
    bot.object_to_selfie_and(stage.user_id, kind, "document_no");
    assert_eq!(told().await, ["document_no", "selfie"]);
    bot.object_to_nothing(stage.user_id);
    assert!(told().await.is_empty());
}

pub(crate) async fn the_marks_of_a_service_are_told(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let bot = TestBot::register_as(&stage.state, |mut bot| {
        (bot.scam, bot.verified) = (true, false);
        bot
    });
    let request = request(&bot, vec![ElementType::Address.into()]);
    let form = passport.form(&request).await.unwrap();
    let service = form.authorization().service();
    assert!(service.scam && !service.verified && !service.fake, "{service:?}");
}
