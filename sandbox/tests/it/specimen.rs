//! Specimen scans as a bot gets them.

use telegram_passport::element::{Address, Country, Date, ElementType, Gender, Part, PersonalDetails};
use telegram_passport::scan::{Metadata, inspect};
use telegram_passport_sandbox::person::specimen::{Document, Holder, scan};

fn date(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn details(country: &str, first: &str, native: &str) -> PersonalDetails {
    let mut details = PersonalDetails::default();
    details.first_name = first.to_owned();
    details.last_name = "Specimen".to_owned();
    details.first_name_native = native.to_owned();
    details.last_name_native = native.to_owned();
    details.birth_date = Some(date(1984, 2, 29));
    details.gender = Some(Gender::Female);
    details.country = Country::from_code(country);
    details
}

fn address() -> Address {
    let mut address = Address::default();
    address.street_line1 = "1 Nowhere Lane".to_owned();
    address.city = "Sandbox".to_owned();
    address.country = Country::from_code("GB");
    address
}

fn drawn(details: &PersonalDetails, kind: ElementType, part: Part, seed: u64) -> Vec<u8> {
    let address = address();
    let holder = Holder { details, address: &address, seed, today: date(2026, 1, 1) };
    let document = Document { kind, document_no: "X1234567", expiry_date: Some(date(2031, 1, 1)) };
    scan(&holder, &document, part).as_bytes().to_vec()
}

const PARTS: [Part; 4] = [Part::FrontSide, Part::ReverseSide, Part::Translation(7), Part::File(0)];

/// Each layout once.
fn pages() -> Vec<(ElementType, Part)> {
    let mut pages = vec![
        (ElementType::IdentityCard, Part::ReverseSide),
        (ElementType::DriverLicense, Part::ReverseSide),
        (ElementType::Passport, Part::Selfie),
        (ElementType::Passport, Part::Translation(1)),
        (ElementType::Address, Part::File(0)),
    ];
    for kind in ElementType::ALL {
        if kind.is_identity_document() {
            pages.push((kind, Part::FrontSide));
        } else if kind.is_personal_document() {
            pages.extend([(kind, Part::File(0)), (kind, Part::File(1))]);
        }
    }
    pages
}

#[test]
fn every_page_is_a_clean_jpeg_and_marked() {
    let details = details("GB", "Jane", "");
    for (kind, part) in pages() {
        let name = format!("{kind} {part}");
        let bytes = drawn(&details, kind, part, 1);
        assert!(bytes.len() < 256 * 1024, "{name}: {} bytes", bytes.len());
        let inspection = inspect(&bytes).unwrap();
        assert_eq!(inspection.metadata, Metadata::default(), "{name}");
        assert!(inspection.width.max(inspection.height) >= 900, "{name}");

        let page = image::load_from_memory(&bytes).unwrap().to_rgb8();
        let (width, height) = page.dimensions();
        let strip = page.get_pixel(8, height - 6).0;
        assert!(strip[0] > 150 && strip[1] < 90 && strip[2] < 110, "{name}: {strip:?}");
        // The stamp leaves less green and blue than red on most of the diagonal it covers.
        let reddish = (20..80)
            .filter(|step| {
                let [red, green, blue] =
                    page.get_pixel(width * step / 100, height - height * step / 100).0.map(i32::from);
                red - green > 18 && red - blue > 8
            })
            .count();
        assert!(reddish >= 12, "{name}: {reddish} of 60 points on the diagonal");
    }
}

#[test]
fn the_same_holder_gives_the_same_page() {
    let jane = details("GB", "Jane", "");
    let draw = |seed| drawn(&jane, ElementType::Passport, Part::FrontSide, seed);
    assert!(draw(1) == draw(1));
    assert!(draw(1) != draw(2), "another face");
    let john = details("GB", "John", "");
    assert!(draw(1) != drawn(&john, ElementType::Passport, Part::FrontSide, 1), "another name");
}

#[test]
fn names_appear_in_scripts_that_can_be_drawn() {
    let draw = |country, native| {
        drawn(&details(country, "Anna", native), ElementType::IdentityCard, Part::FrontSide, 1)
    };
    assert!(draw("UA", "Ганна") != draw("UA", ""));
    assert!(draw("GE", "ანა") != draw("GE", ""));
    assert!(draw("TH", "แอนนา") == draw("TH", ""), "Thai needs shaping and is left out");
    assert!(draw("EG", "آنا") == draw("EG", ""), "Arabic runs the other way and is left out");
}

#[test]
fn data_of_any_kind_is_drawn() {
    let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(7);
    for name in ["", "🎂🎉", "\u{202E}abc\u{0}\n", &long] {
        let mut details = details("GB", name, name);
        details.last_name = name.to_owned();
        details.country = None;
        details.birth_date = None;
        details.gender = None;
        for part in PARTS {
            assert!(inspect(&drawn(&details, ElementType::IdentityCard, part, u64::MAX)).is_ok());
        }
    }
}
