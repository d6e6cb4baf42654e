//! What may be stored as a file: new ones are Passport scans, restored ones are what they were.

use std::io::Cursor;

use telegram_passport::archive::Archive;
use telegram_passport::element::{Element, ElementType, Part, PartKind};
use telegram_passport::passport::{FileSource, Passport, Progress, RestoredFile, SaveOptions, SavedElement};
use telegram_passport::scan::{accept, inspect, prepare};
use telegram_passport::vault::at_rest::{Passphrase, PassphraseCost, PassphraseLock, SealedWriter};

use super::stage::Stage;
use super::{Engine, ready, scan_of};

/// EXIF with nothing but a directory for a position.
const POSITION: &[u8] = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0";

/// The scan with a segment of this kind in it, after its JFIF header.
pub(crate) fn with_segment(scan: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&scan[..20], &[0xFF, marker], &length, content, &scan[20..]].concat()
}

/// A scan as a telephone makes it: with a position beside the pixels.
pub(crate) fn with_position(scan: &[u8]) -> Vec<u8> {
    let picture = with_segment(scan, 0xE1, POSITION);
    assert!(inspect(&picture).unwrap().metadata.location);
    picture
}

/// Pictures that tell something beside their pixels, each by a text that a program could find again.
pub(crate) fn telling() -> Vec<(&'static str, Vec<u8>)> {
    let scan = scan_of(1000, 0x70);
    let scan = scan.as_bytes();
    let mut thumbnail = scan.to_vec();
    // Eight bytes more in the header: a thumbnail of 2×1 pixels, and what no program reads.
    thumbnail.splice(18..20, *b"\x02\x01hidden!!");
    thumbnail[5] += 8;
    vec![
        ("a position", with_position(scan)),
        (
            "a position in XMP",
            with_segment(scan, 0xE1, b"http://ns.adobe.com/xap/1.0/\0exif:GPSLatitude='50'"),
        ),
        ("a thumbnail in the header", thumbnail),
        ("a thumbnail in a second header", with_segment(scan, 0xE0, b"JFXX\0\x13\x01\x01hid")),
        ("a profile", with_segment(scan, 0xE2, b"ICC_PROFILE\0\x01\x01hidden")),
        ("a comment", with_segment(scan, 0xFE, b"hidden")),
        ("an appendix", [scan, b"hidden"].concat()),
    ]
}

/// What a JPEG has before its first scan: markers and lengths.
fn segments(jpeg: &[u8]) -> Vec<(u8, usize)> {
    let mut segments = Vec::new();
    let mut at = 2;
    while jpeg[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        segments.push((jpeg[at + 1], length));
        at += 2 + length;
    }
    segments
}

/// A proof of address with this page.
fn bill(page: FileSource) -> Element<FileSource> {
    let mut bill = Element::empty(ElementType::UtilityBill);
    bill.attach(PartKind::Files, page).unwrap();
    bill
}

async fn page_of(passport: &dyn Passport, saved: &SavedElement) -> Vec<u8> {
    let page = saved.element().unwrap().file(Part::File(0)).unwrap();
    passport.download(page, &Progress::none()).await.unwrap().as_bytes().to_vec()
}

/// `FileSource::New` takes a scan only, and a scan has no place for any of it: what `prepare` makes of the pictures is
/// stored as it is, and has tables, a frame and one plain header.
pub(crate) async fn nothing_new_tells_more_than_its_pixels(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    for (what, picture) in telling() {
        assert!(accept(&picture).is_err(), "{what}");
        let scan = prepare(&picture).unwrap();
        let element = bill(FileSource::New(scan.clone()));
        let saved = passport.save(element, &SaveOptions::default()).await.unwrap();
        let stored = page_of(&passport, &saved).await;
        assert!(stored == scan.as_bytes(), "{what}: what is stored is what was prepared");
        let found = segments(&stored);
        assert_eq!(found[0], (0xE0, 16), "{what}: a header without a thumbnail");
        let plain = found[1..].iter().all(|(marker, _)| matches!(marker, 0xDB | 0xC0 | 0xC4));
        assert!(plain, "{what}: {found:X?}");
        assert!(stored.ends_with(&[0xFF, 0xD9]));
        assert!(!stored.windows(3).any(|window| window == b"hid"), "{what}");
        let exif = exif::Reader::new().read_from_container(&mut Cursor::new(&stored));
        assert!(matches!(exif, Err(exif::Error::NotFound(_))), "{what}");
    }
}

/// A file of an archive is stored again as it was: of another client's making, no JPEG at all, with a position.
pub(crate) async fn what_is_restored_is_unchanged(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = ready(engine, &stage).await;
    let scan = scan_of(1000, 0x71);
    for file in [with_position(scan.as_bytes()), b"%PDF-1.7 of another client".to_vec()] {
        let element = bill(FileSource::Restored(restored(&file)));
        let saved = passport.save(element, &SaveOptions::default()).await.unwrap();
        assert!(page_of(&passport, &saved).await == file);
    }
}

/// The file out of an archive, which is the only place it can come from.
pub(crate) fn restored(file: &[u8]) -> RestoredFile {
    let page = format!(r#"{{"type":"utility_bill","files":[{{"offset":0,"length":{}}}]}}"#, file.len());
    let archive = with_manifest(file, &format!(r#"{{"created":0,"elements":[{page}],"omitted":[]}}"#));
    let mut archive = Archive::read(Cursor::new(&archive), &passphrase()).unwrap();
    let element = archive.element(ElementType::UtilityBill).unwrap().unwrap();
    element.file(Part::File(0)).unwrap().clone()
}

const MAGIC: &[u8] = b"tgpassport-arch\x01";

pub(crate) const PASSPHRASE: &str = "a long and lonely passphrase, ünï¢ødé";

pub(crate) fn passphrase() -> Passphrase {
    PASSPHRASE.try_into().unwrap()
}

/// Sealed as archives are, with anything inside.
pub(crate) fn sealed(contents: &[u8]) -> Vec<u8> {
    let (lock, key) = PassphraseLock::generate(&passphrase(), PassphraseCost::new(8, 1, 1).unwrap());
    let head = [MAGIC, &lock.to_bytes()].concat();
    let mut stream = SealedWriter::new(&key, &head, head.clone()).unwrap();
    stream.write(contents).unwrap();
    stream.finish().unwrap()
}

/// An archive of these files, and of what is said of them.
pub(crate) fn with_manifest(files: &[u8], manifest: &str) -> Vec<u8> {
    let length = (manifest.len() as u64).to_le_bytes();
    sealed(&[files, manifest.as_bytes(), &length].concat())
}
