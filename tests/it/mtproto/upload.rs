//! Uploads whose connection is cut, at every place there is.

use telegram_passport::element::{Element, ElementType, PartKind};
use telegram_passport::passport::{FileSource, Passport as _, Progress, SaveOptions};
use telegram_passport_sandbox::dc::Fault;

use super::{FOR_EVER, ready};
use crate::conformance::scan_of;
use crate::conformance::stage::Stage;

const PART: &str = "upload.saveFilePart";
const SCANS: u8 = 20;
/// The first five have two parts.
const PARTS: u32 = 25;

/// A proof of address in as many scans as there may be.
fn scans() -> Element<FileSource> {
    let mut bill = Element::empty(ElementType::UtilityBill);
    for scan in 0..SCANS {
        let scan = scan_of(if scan < 5 { 33_000 } else { 3_000 }, 10 * scan);
        bill.attach(PartKind::Files, FileSource::New(scan)).unwrap();
    }
    bill
}

async fn survives_a_cut_everywhere(cut: Fault) {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, FOR_EVER).await;
    let faults = centres.faults();
    for boundary in 0..PARTS {
        let before = centres.received_parts();
        faults.inject_after(boundary, cut.clone(), 1);
        let saved = passport.save(scans(), &SaveOptions::default()).await.unwrap();
        assert_eq!(faults.pending(), [], "the connection was cut at {boundary}");
        let sent: Vec<u32> = centres
            .received_parts()
            .into_iter()
            .filter(|(part, _)| !before.contains_key(part))
            .map(|(_, times)| times)
            .collect();
        assert_eq!(sent.len() as u32, PARTS);
        assert!(sent.iter().all(|times| *times <= 2), "{sent:?}");
        // What arrived is not sent again: of six on their way at once, no more than six come twice.
        assert!(sent.iter().sum::<u32>() <= PARTS + 6, "{sent:?}");
        let files: Vec<_> = saved.element().unwrap().files().map(|(_, file)| file.clone()).collect();
        assert_eq!(files.len(), usize::from(SCANS));
        let last = passport.download(&files[19], &Progress::none()).await.unwrap();
        assert!(last.as_bytes() == scan_of(3_000, 10 * (SCANS - 1)).as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_scans_survive_a_connection_that_ends_before_any_part() {
    survives_a_cut_everywhere(Fault::ConnectionDropped { method: PART }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_scans_survive_a_connection_that_ends_after_any_part() {
    survives_a_cut_everywhere(Fault::AnswerCutOff { method: PART }).await;
}
