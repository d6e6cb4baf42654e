use std::fs;
use std::io::Cursor;

use telegram_passport::archive::{Archive, ArchiveError, Carried, Carries, ImportOutcome, PlannedChange};
use telegram_passport::element::{ElementType, Part};
use telegram_passport::passport::{Passport, Progress, SaveOptions};
use telegram_passport::vault::at_rest::Passphrase;

use super::{exported, of, passphrase, ready, save};
use crate::conformance::pictures::{sealed, with_manifest, with_position};
use crate::conformance::scan_of;
use crate::conformance::stage::Stage;

/// An archive of one address and one small file.
async fn small() -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive");
    let passport = ready(&Stage::new()).await;
    save(&passport, of(ElementType::Address)).await;
    let mut licence = of(ElementType::DriverLicense);
    let document = licence.identity_document_mut().unwrap();
    document.parts.front_side = Some(scan_of(700, 1));
    document.parts.reverse_side = Some(scan_of(700, 2));
    document.parts.selfie = None;
    document.parts.translation.clear();
    save(&passport, licence).await;
    exported(&passport, &path).await;
    fs::read(path).unwrap()
}

fn read(bytes: &[u8]) -> Result<Archive<Cursor<&[u8]>>, ArchiveError> {
    Archive::read(Cursor::new(bytes), &passphrase())
}

#[tokio::test]
async fn every_flipped_bit_is_noticed() {
    let whole = small().await;
    assert_eq!(read(&whole).unwrap().elements().len(), 2);
    for at in 0..whole.len() {
        for bit in [0x01, 0x80] {
            let mut changed = whole.clone();
            changed[at] ^= bit;
            let refused = read(&changed).expect_err("it was changed");
            let expected = match at {
                0..15 => matches!(refused, ArchiveError::NotAnArchive),
                15 => matches!(refused, ArchiveError::Version { .. }),
                16..28 => matches!(refused, ArchiveError::Cost(_) | ArchiveError::WrongPassphrase),
                28..76 => matches!(refused, ArchiveError::WrongPassphrase),
                _ => matches!(refused, ArchiveError::Damaged(_)),
            };
            assert!(expected, "byte {at}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn cut_off_or_lengthened_it_is_refused() {
    let whole = small().await;
    for length in 0..whole.len() {
        let refused = read(&whole[..length]).expect_err("it was cut off");
        let expected = match length {
            0..76 => matches!(refused, ArchiveError::NotAnArchive),
            _ => matches!(refused, ArchiveError::Damaged(_)),
        };
        assert!(expected, "{length} bytes: {refused:?}");
    }
    for more in [1, 16, 17, 65_552] {
        assert!(matches!(read(&[&whole[..], &vec![0; more]].concat()), Err(ArchiveError::Damaged(_))));
    }
}

#[tokio::test]
async fn a_wrong_passphrase_is_told_from_damage() {
    let whole = small().await;
    for wrong in ["x", "A long and lonely passphrase, ünï¢ødé", "a long and lonely passphrase, ünï¢ødé "]
    {
        let refused = Archive::read(Cursor::new(&whole), &Passphrase::try_from(wrong).unwrap());
        assert!(matches!(refused, Err(ArchiveError::WrongPassphrase)));
    }
}

#[tokio::test]
async fn no_header_makes_it_work_for_ever() {
    let mut whole = small().await;
    for (at, number) in
        [(16, 4_u32 << 20), (16, u32::MAX), (16, 0), (20, u32::MAX), (20, 0), (24, u32::MAX), (24, 0)]
    {
        let before = whole.clone();
        whole[at..at + 4].copy_from_slice(&number.to_le_bytes());
        assert!(matches!(read(&whole), Err(ArchiveError::Cost(_))), "{number} at {at}");
        whole = before;
    }
}

const ADDRESS: &str =
    r#"{"type":"address","country_code":"DE","city":"Bonn","street_line1":"Am Hof 1","post_code":"53113"}"#;

#[test]
fn nonsense_under_the_right_passphrase_is_refused() {
    let list = |elements: &str| format!(r#"{{"created":0,"elements":[{elements}],"omitted":[]}}"#);
    assert_eq!(read(&with_manifest(b"", &list(ADDRESS))).unwrap().elements().len(), 1);
    let malformed = |bytes: Vec<u8>, what: &str| {
        let refused = read(&bytes);
        assert!(matches!(refused, Err(ArchiveError::Malformed)), "{what}: {refused:?}");
    };
    for contents in [&b""[..], b"1234567", &[0; 8], &[0xFF; 8], &[9, 0, 0, 0, 0, 0, 0, 0]] {
        malformed(sealed(contents), "no manifest");
    }
    for manifest in [
        "{}".to_owned(),
        "\u{0}".to_owned(),
        "[".repeat(100_000),
        list("{}"),
        list(r#"{"type":"visa"}"#),
        list(&format!("{ADDRESS},{ADDRESS}")),
        list(&ADDRESS.replace("city", "town")),
        list(ADDRESS).replace(":0,", ":0,\"more\":1,"),
        list(r#"{"type":"address","front_side":{"offset":0,"length":0}}"#),
        list(r#"{"type":"passport","front_side":{"offset":0,"length":18446744073709551615}}"#),
        list(r#"{"type":"passport","front_side":{"offset":-1,"length":1}}"#),
    ] {
        malformed(with_manifest(b"", &manifest), &manifest[..manifest.len().min(100)]);
    }
    malformed(with_manifest(b"x", &list(ADDRESS)), "a byte that belongs to nothing");
}

#[tokio::test]
async fn an_element_that_cannot_be_saved_is_planned_as_such() {
    let passport_without_picture = r#"{"type":"passport","document_no":"1"}"#;
    let page = r#"{"type":"utility_bill","files":[{"offset":0,"length":3}]}"#;
    let manifest =
        format!(r#"{{"created":0,"elements":[{passport_without_picture},{page},{ADDRESS}],"omitted":[]}}"#);
    let bytes = with_manifest(b"GIF", &manifest);
    let mut archive = read(&bytes).unwrap();
    let passport = ready(&Stage::new()).await;
    let mut plan = archive.plan(&passport, &Progress::none()).await.unwrap();
    let problems: Vec<_> = plan
        .elements()
        .iter()
        .map(|planned| match &planned.change {
            PlannedChange::Impossible { problems } => problems.iter().map(ToString::to_string).collect(),
            other => vec![format!("{other:?}")],
        })
        .collect();
    assert_eq!(
        problems,
        [vec!["Passport: the picture of the front side (front_side) is missing"], vec!["New"], vec!["New"],]
    );
    let done = plan.carry_out(&passport, &ElementType::ALL, &SaveOptions::default()).await.unwrap();
    assert!(matches!(done[0].outcome, ImportOutcome::Impossible { .. }));
    assert_eq!(done[1].outcome, ImportOutcome::Added, "another client stored it, and gets it back");
    assert_eq!(done[2].outcome, ImportOutcome::Added);
    assert_eq!(passport.list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_plan_says_what_its_pictures_tell() {
    let picture = with_position(scan_of(1000, 1).as_bytes());
    let files = [&picture[..], b"GIF", scan_of(1000, 2).as_bytes()].concat();
    let at = picture.len();
    let pages = [(0, at), (at, 3), (at + 3, 1000)]
        .map(|(offset, length)| format!(r#"{{"offset":{offset},"length":{length}}}"#));
    let bill = format!(r#"{{"type":"utility_bill","files":[{}]}}"#, pages.join(","));
    let bytes = with_manifest(&files, &format!(r#"{{"created":0,"elements":[{bill}],"omitted":[]}}"#));
    let mut archive = read(&bytes).unwrap();
    let passport = ready(&Stage::new()).await;
    let mut plan = archive.plan(&passport, &Progress::none()).await.unwrap();
    assert_eq!(
        plan.elements()[0].carried,
        [(0, Carries::Location), (0, Carries::Metadata), (1, Carries::Unknown)]
            .map(|(page, what)| Carried { part: Part::File(page), what })
    );
    assert_eq!(plan.elements()[0].carried[0].to_string(), "files[0] tells where it was taken (GPS)");
    plan.carry_out(&passport, &[], &SaveOptions::default()).await.unwrap();
    // What is there already is told nothing about.
    let plan = archive.plan(&passport, &Progress::none()).await.unwrap();
    assert_eq!((&plan.elements()[0].change, plan.elements()[0].carried.len()), (&PlannedChange::Equal, 0));
}
