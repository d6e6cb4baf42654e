use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use telegram_passport::archive::{
    Archive, ExportError, ExportOptions, ImportOutcome, Imported, Missing, Omission, PlanError,
    PlannedChange, export,
};
use telegram_passport::cloud::CloudError;
use telegram_passport::element::{Element, ElementType, Part, PartKind, PhoneNumber, UnixTime};
use telegram_passport::passport::{Passport, Progress, Refusal, RestoredFile, SaveOptions, Vaulted};
use telegram_passport::scan::{PassportJpeg, accept};

use super::{cheap, exported, of, passphrase, ready, save};
use crate::conformance::stage::Stage;
use crate::conformance::{PASSWORD, downloaded, filled, person, save_verified};
use crate::meddler::Meddler;

fn changes<R>(plan: &telegram_passport::archive::Plan<'_, R>) -> Vec<(ElementType, PlannedChange)> {
    plan.elements().iter().map(|planned| (planned.kind, planned.change.clone())).collect()
}

fn outcomes(done: Vec<Imported>) -> Vec<(ElementType, ImportOutcome)> {
    done.into_iter().map(|imported| (imported.kind, imported.outcome)).collect()
}

/// The element with its files as the scans that they are.
fn as_scans(element: Element<RestoredFile>) -> Element<PassportJpeg> {
    element.map_files(|_, file| accept(file.contents().as_bytes()).unwrap())
}

async fn stored(passport: &dyn Passport) -> Vec<Element<PassportJpeg>> {
    let mut elements = Vec::new();
    for saved in passport.list().await.unwrap() {
        elements.push(downloaded(passport, &saved).await);
    }
    elements
}

#[tokio::test]
async fn everything_arrives_in_a_fresh_account() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("passport.tgpassport");
    let person = person();
    let stage = Stage::new();
    let passport = ready(&stage).await;
    for element in person.elements.clone() {
        save_verified(&passport, &stage, element).await;
    }

    let heard = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&heard);
    let progress = Progress::new(move |transferred| {
        counter.fetch_max(transferred.done, Ordering::SeqCst);
    });
    let options = ExportOptions { progress, ..ExportOptions::default() }; // at the cost that people pay
    let report = export(&passport, &path, passphrase(), &options).await.unwrap();
    let files: Vec<&PassportJpeg> =
        person.elements.iter().flat_map(Element::files).map(|(_, file)| file).collect();
    assert_eq!(report.elements, ElementType::ALL);
    assert_eq!(report.files, files.len());
    assert_eq!(report.bytes, files.iter().map(|file| file.as_bytes().len() as u64).sum::<u64>());
    assert_eq!((report.omitted.as_slice(), report.flawed.as_slice()), (&[][..], &[][..]));
    assert!(heard.load(Ordering::SeqCst) > 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing is left beside it");

    let mut archive = Archive::open(&path, &passphrase()).unwrap();
    assert!(archive.created() > UnixTime::from_seconds(1_700_000_000));
    assert_eq!(archive.elements().len(), 13);
    assert!(archive.omitted().is_empty());
    for element in &person.elements {
        assert_eq!(as_scans(archive.element(element.kind()).unwrap().unwrap()), *element);
    }
    // Where it came from, there is nothing to do.
    let mut plan = archive.plan(&passport, &Progress::none()).await.unwrap();
    assert_eq!(changes(&plan), ElementType::ALL.map(|kind| (kind, PlannedChange::Equal)));
    let done = plan.carry_out(&passport, &ElementType::ALL, &SaveOptions::default()).await.unwrap();
    assert_eq!(outcomes(done), ElementType::ALL.map(|kind| (kind, ImportOutcome::Equal)));

    let fresh_stage = Stage::new();
    let fresh = ready(&fresh_stage).await;
    let plan = archive.plan(&fresh, &Progress::none()).await.unwrap();
    assert_eq!(changes(&plan), ElementType::ALL.map(|kind| (kind, PlannedChange::New)));
    let plain = [ElementType::PhoneNumber, ElementType::Email];
    for planned in plan.elements() {
        assert_eq!(planned.may_need_verification(), plain.contains(&planned.kind), "{}", planned.kind);
    }
    drop(plan);
    assert_eq!(fresh.list().await.unwrap(), [], "a plan changes nothing");

    let mut plan = archive.plan(&fresh, &Progress::none()).await.unwrap();
    let done = outcomes(plan.carry_out(&fresh, &[], &SaveOptions::default()).await.unwrap());
    for (kind, outcome) in done {
        let expected =
            if plain.contains(&kind) { ImportOutcome::VerificationNeeded } else { ImportOutcome::Added };
        assert_eq!(outcome, expected, "{kind}");
    }
    // The codes come, and the rest follows, as the same plan has it.
    for element in person.elements.iter().filter(|element| plain.contains(&element.kind())) {
        save_verified(&fresh, &fresh_stage, element.clone()).await;
        fresh.delete(&[element.kind()]).await.unwrap();
    }
    let mut plan = archive.plan(&fresh, &Progress::none()).await.unwrap();
    let done = plan.carry_out(&fresh, &[], &SaveOptions::default()).await.unwrap();
    let added = done.iter().filter(|imported| imported.outcome == ImportOutcome::Added);
    assert_eq!(added.map(|imported| imported.kind).collect::<Vec<_>>(), plain);
    assert_eq!(stored(&fresh).await, person.elements);
    // Another session sees it too.
    let other = Vaulted::new(Meddler::new(fresh_stage.cloud()));
    other.unlock(&PASSWORD.into()).await.unwrap();
    assert_eq!(stored(&other).await, person.elements);
}

#[tokio::test]
async fn an_empty_passport_is_an_archive_too() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let passport = ready(&Stage::new()).await;
    assert_eq!(exported(&passport, &path).await.elements, []);
    let mut archive = Archive::open(&path, &passphrase()).unwrap();
    assert_eq!(archive.elements(), []);
    let mut plan = archive.plan(&passport, &Progress::none()).await.unwrap();
    assert_eq!(plan.carry_out(&passport, &[], &SaveOptions::default()).await.unwrap(), []);
}

#[tokio::test]
async fn only_what_is_named_is_replaced() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let (source, target) = (Stage::new(), Stage::new());
    let (passport, other) = (ready(&source).await, ready(&target).await);
    let (address, passport_kind, bill) =
        (ElementType::Address, ElementType::Passport, ElementType::UtilityBill);
    for kind in [address, passport_kind, bill] {
        save(&passport, of(kind)).await;
    }
    exported(&passport, &path).await;

    // Another street, a file less, one byte of a file more.
    let Element::Address(mut elsewhere) = of(address) else { unreachable!() };
    elsewhere.street_line1.push('x');
    let mut without_selfie = of(passport_kind);
    without_selfie.identity_document_mut().unwrap().parts.selfie = None;
    let mut longer = of(bill);
    let page = &mut longer.personal_document_mut().unwrap().parts.files[0];
    *page = filled(page.as_bytes(), page.as_bytes().len() + 1);
    let before = [without_selfie, Element::Address(elsewhere), longer];
    for element in before.clone() {
        save(&other, element).await;
    }
    let mut archive = Archive::open(&path, &passphrase()).unwrap();
    let mut plan = archive.plan(&other, &Progress::none()).await.unwrap();
    let replace = PlannedChange::Replace { unreadable: None };
    assert_eq!(changes(&plan), [passport_kind, address, bill].map(|kind| (kind, replace.clone())));
    let done = outcomes(plan.carry_out(&other, &[], &SaveOptions::default()).await.unwrap());
    assert_eq!(done, [passport_kind, address, bill].map(|kind| (kind, ImportOutcome::Kept)));
    assert_eq!(stored(&other).await, before);

    let mut plan = archive.plan(&other, &Progress::none()).await.unwrap();
    let done =
        outcomes(plan.carry_out(&other, &[passport_kind, bill], &SaveOptions::default()).await.unwrap());
    assert_eq!(
        done,
        [
            (passport_kind, ImportOutcome::Replaced),
            (address, ImportOutcome::Kept),
            (bill, ImportOutcome::Replaced)
        ]
    );
    assert_eq!(stored(&other).await, [of(passport_kind), before[1].clone(), of(bill)]);
}

#[tokio::test]
async fn what_changed_after_the_plan_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let (source, target) = (Stage::new(), Stage::new());
    let (passport, other) = (ready(&source).await, ready(&target).await);
    let (address, licence) = (ElementType::Address, ElementType::DriverLicense);
    save(&passport, of(address)).await;
    save(&passport, of(licence)).await;
    exported(&passport, &path).await;
    let Element::Address(mut first) = of(address) else { unreachable!() };
    first.city = "Elsewhere".into();
    save(&other, Element::Address(first.clone())).await;

    let mut archive = Archive::open(&path, &passphrase()).unwrap();
    let mut plan = archive.plan(&other, &Progress::none()).await.unwrap();
    // Meanwhile another device stores a licence where there was none, and another address.
    let elsewhere = Vaulted::new(Meddler::new(target.cloud()));
    elsewhere.unlock(&PASSWORD.into()).await.unwrap();
    let mut quicker = of(licence);
    quicker.identity_document_mut().unwrap().document_no = "ELSE 1".to_owned().into();
    first.city = "Yet elsewhere".into();
    save(&elsewhere, quicker.clone()).await;
    save(&elsewhere, Element::Address(first.clone())).await;

    let done = outcomes(plan.carry_out(&other, &[address, licence], &SaveOptions::default()).await.unwrap());
    assert_eq!(done, [(licence, ImportOutcome::Changed), (address, ImportOutcome::Changed)]);
    assert_eq!(stored(&other).await, [quicker, Element::Address(first)]);
}

/// The plan that was shown is the one that is carried out, also when it is gone on with after a verification.
#[tokio::test]
async fn what_was_settled_stays_so_when_a_plan_is_gone_on_with() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let (source, target) = (Stage::new(), Stage::new());
    let (passport, other) = (ready(&source).await, ready(&target).await);
    let (address, licence, phone) =
        (ElementType::Address, ElementType::DriverLicense, ElementType::PhoneNumber);
    let number = Element::PhoneNumber(PhoneNumber("380441234567".to_owned()));
    save(&passport, of(address)).await;
    save(&passport, of(licence)).await;
    save_verified(&passport, &source, number.clone()).await;
    exported(&passport, &path).await;

    let mut archive = Archive::open(&path, &passphrase()).unwrap();
    let mut plan = archive.plan(&other, &Progress::none()).await.unwrap();
    // Another device is quicker with the address, which the plan has as new.
    let elsewhere = Vaulted::new(Meddler::new(target.cloud()));
    elsewhere.unlock(&PASSWORD.into()).await.unwrap();
    let Element::Address(mut quicker) = of(address) else { unreachable!() };
    quicker.city = "Elsewhere".into();
    save(&elsewhere, Element::Address(quicker.clone())).await;
    let all = [address, licence, phone];
    let done = outcomes(plan.carry_out(&other, &all, &SaveOptions::default()).await.unwrap());
    let expected = |last| [(licence, ImportOutcome::Added), (address, ImportOutcome::Changed), (phone, last)];
    assert_eq!(done, expected(ImportOutcome::VerificationNeeded));

    // Meanwhile the other device stores another licence, too. Nothing is planned anew: neither is touched.
    let mut later = of(licence);
    later.identity_document_mut().unwrap().document_no = "ELSE 1".to_owned().into();
    save(&elsewhere, later.clone()).await;
    assert!(matches!(plan.archived(phone), Some(Element::PhoneNumber(_))));
    save_verified(&other, &target, number.clone()).await;
    other.delete(&[phone]).await.unwrap();
    let done = outcomes(plan.carry_out(&other, &all, &SaveOptions::default()).await.unwrap());
    assert_eq!(done, expected(ImportOutcome::Added));
    assert_eq!(stored(&elsewhere).await, [later, Element::Address(quicker), number]);
}

#[tokio::test]
async fn what_cannot_be_read_is_reported_and_the_rest_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let (address, licence, bill) =
        (ElementType::Address, ElementType::DriverLicense, ElementType::UtilityBill);
    for kind in [address, licence, bill] {
        save(&passport, of(kind)).await;
    }
    let mut pages = of(bill).personal_document().unwrap().parts.files.len();
    assert!(pages > 1, "the specimen has several pages");
    // The address is sealed under something else, and the first page of the bill is another file's.
    let swap = |cloud: &Meddler<_>, wanted: bool| {
        cloud.tamper_with_values(move |values| {
            for value in values.iter_mut().filter(|_| wanted) {
                match value.kind {
                    ElementType::Address => value.data.as_mut().unwrap().data_hash[0] ^= 1,
                    ElementType::UtilityBill => value.parts.files[0].secret[0] ^= 1,
                    _ => {}
                }
            }
        });
    };
    swap(passport.cloud(), true);
    // Nobody has said that a part is enough.
    let refused = export(&passport, &path, passphrase(), &cheap()).await;
    let Err(ExportError::Incomplete { omitted, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(omitted.len(), 2);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "nothing was written");
    let partial = ExportOptions { missing: Missing::LeftOut, ..cheap() };
    let report = export(&passport, &path, passphrase(), &partial).await.unwrap();
    assert_eq!(report.elements, [licence, bill]);
    let omitted: Vec<_> = report.omitted.iter().map(|omission| (omission.kind, omission.part)).collect();
    assert_eq!(omitted, [(address, None), (bill, Some(Part::File(0)))]);
    assert!(report.omitted.iter().all(|omission| !omission.reason.is_empty()));
    assert_eq!(report.flawed.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [bill]);
    swap(passport.cloud(), false);

    let mut archive = Archive::open(&path, &passphrase()).unwrap();
    assert_eq!(archive.omitted(), report.omitted);
    pages -= 1;
    let kept = as_scans(archive.element(bill).unwrap().unwrap());
    assert_eq!(kept.personal_document().unwrap().parts.files.len(), pages);
    assert_eq!(
        kept.personal_document().unwrap().parts.files[0],
        of(bill).personal_document().unwrap().parts.files[1]
    );

    // Putting it back would lose the page, and the plan says so.
    let plan = archive.plan(&passport, &Progress::none()).await.unwrap();
    let planned = plan.elements().iter().find(|planned| planned.kind == bill).unwrap();
    assert_eq!(planned.change, PlannedChange::Replace { unreadable: None });
    assert!(matches!(planned.omitted.as_slice(), [Omission { part: Some(Part::File(0)), .. }]));

    // An unreadable element in the way of a readable one is said to be unreadable.
    let whole = place.path().join("whole");
    exported(&passport, &whole).await;
    swap(passport.cloud(), true);
    let mut archive = Archive::open(&whole, &passphrase()).unwrap();
    let plan = archive.plan(&passport, &Progress::none()).await.unwrap();
    let changes: HashMap<_, _> = changes(&plan).into_iter().collect();
    assert!(matches!(changes[&address], PlannedChange::Replace { unreadable: Some(_) }));
    assert_eq!(changes[&bill], PlannedChange::Replace { unreadable: None });
    assert_eq!(changes[&licence], PlannedChange::Equal);
}

#[tokio::test]
async fn an_export_that_fails_leaves_nothing_and_replaces_nothing() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let stage = Stage::new();
    let passport = ready(&stage).await;
    save(&passport, of(ElementType::DriverLicense)).await;
    let files = || fs::read_dir(place.path()).unwrap().count();

    stage.state.fail_next(stage.user_id, "upload.getFile", CloudError::FloodWait(Duration::from_secs(7)));
    let refused = export(&passport, &path, passphrase(), &cheap()).await;
    assert!(matches!(refused, Err(ExportError::Download { part: Part::FrontSide, .. })), "{refused:?}");
    assert_eq!(files(), 0);
    passport.lock();
    let refused = export(&passport, &path, passphrase(), &cheap()).await;
    assert!(matches!(refused, Err(ExportError::Refused(Refusal::Locked))), "{refused:?}");
    passport.unlock(&PASSWORD.into()).await.unwrap();
    assert_eq!(files(), 0);

    fs::write(&path, "the only copy of something").unwrap();
    let refused = export(&passport, &path, passphrase(), &cheap()).await;
    assert!(matches!(refused, Err(ExportError::Exists { .. })), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), b"the only copy of something");
    assert_eq!(files(), 1);
    let nowhere = export(&passport, &place.path().join("no/archive"), passphrase(), &cheap()).await;
    assert!(matches!(nowhere, Err(ExportError::Write { .. })), "{nowhere:?}");
}

#[tokio::test]
async fn a_failing_import_tells_what_it_did() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let (source, target) = (Stage::new(), Stage::new());
    let (passport, other) = (ready(&source).await, ready(&target).await);
    for kind in [ElementType::PersonalDetails, ElementType::Address] {
        save(&passport, of(kind)).await;
    }
    exported(&passport, &path).await;
    let mut archive = Archive::open(&path, &passphrase()).unwrap();
    let flood = || CloudError::FloodWait(Duration::from_secs(7));
    target.state.fail_next(target.user_id, "account.getAllSecureValues", flood());
    let refused = archive.plan(&other, &Progress::none()).await;
    assert!(
        matches!(refused, Err(PlanError::Refused(Refusal::Wait(time))) if time.as_secs() == 7),
        "{refused:?}"
    );

    let mut plan = archive.plan(&other, &Progress::none()).await.unwrap();
    let saves = Arc::new(Mutex::new(0));
    let (state, user_id) = (target.state.clone(), target.user_id);
    other.cloud().tamper_with_saved(move |_| {
        *saves.lock().unwrap() += 1;
        state.fail_next(user_id, "account.saveSecureValue", CloudError::FloodWait(Duration::from_secs(7)));
    });
    let failed = plan.carry_out(&other, &[], &SaveOptions::default()).await.unwrap_err();
    assert_eq!(failed.kind, ElementType::Address);
    assert_eq!(outcomes(failed.done), [(ElementType::PersonalDetails, ImportOutcome::Added)]);
    assert_eq!(stored(&other).await, [of(ElementType::PersonalDetails)]);

    // The next import goes on where this one ended.
    let mut plan = archive.plan(&other, &Progress::none()).await.unwrap();
    let done = outcomes(plan.carry_out(&other, &[], &SaveOptions::default()).await.unwrap());
    assert_eq!(
        done,
        [(ElementType::PersonalDetails, ImportOutcome::Equal), (ElementType::Address, ImportOutcome::Added)]
    );
}

#[test]
fn parts_are_told_apart_by_name() {
    assert_eq!(PartKind::Files.name(), "files");
    let omission = Omission { kind: ElementType::Passport, part: Some(Part::Selfie), reason: "why".into() };
    assert_eq!(omission.to_string(), "Passport (selfie): why");
}
