use super::canvas::{Area, Canvas, Colour, INK, WHITE, area, hue, mix};
use super::holder::{Document, Holder, day, join, title};
use super::machine_readable_zone;
use super::palette::{Palette, ground};
use super::text::Face;

use telegram_passport::element::{Date, ElementType, Gender};

const LABEL: Colour = [92, 98, 110];

/// The page with the picture, or the front of a card.
pub(super) fn front(holder: &Holder<'_>, document: &Document<'_>) -> Canvas {
    match document.kind {
        ElementType::DriverLicense => licence_front(holder, document),
        ElementType::IdentityCard => card_front(holder, document),
        ElementType::InternalPassport => passport(holder, document, 150),
        _ => passport(holder, document, 0),
    }
}

/// The back of a card.
pub(super) fn reverse(holder: &Holder<'_>, document: &Document<'_>) -> Canvas {
    match document.kind {
        ElementType::DriverLicense => licence_reverse(holder, document),
        _ => card_reverse(holder, document),
    }
}

/// When the document was issued: ten years before it expires, but not in the future.
fn issued(holder: &Holder<'_>, document: &Document<'_>) -> Option<Date> {
    let years = document.expiry_date.and_then(|expiry| expiry.plus_years(-10));
    let usual = holder.today.plus_days(-700);
    years.filter(|date| *date <= holder.today).or(usual)
}

fn sex(gender: Option<Gender>) -> &'static str {
    match gender {
        Some(Gender::Male) => "M",
        Some(Gender::Female) => "F",
        None => "X",
    }
}

fn field(page: &mut Canvas, (x, y): (f32, f32), width: f32, label: &str, value: &str) {
    page.fitted(Face::Regular, 14.0, (x, y), width, LABEL, label);
    page.fitted(Face::Bold, 25.0, (x, y + 29.0), width, INK, value);
}

/// A name with its native form beneath.
fn name_field(page: &mut Canvas, (x, y): (f32, f32), width: f32, label: &str, latin: &str, native: &str) {
    field(page, (x, y), width, label, &latin.to_uppercase());
    page.fitted(Face::Regular, 20.0, (x, y + 54.0), width, INK, native);
}

fn photo(page: &mut Canvas, holder: &Holder<'_>, place: Area, palette: Palette) {
    page.gradient(place, mix(palette.tint, WHITE, 0.6), mix(palette.line, WHITE, 0.5));
    holder.portrait().draw(page, place);
    page.frame(place, 2.0, 3.0, palette.dark);
}

/// The faint second picture of the holder.
fn ghost(page: &mut Canvas, holder: &Holder<'_>, place: Area, palette: Palette) {
    let mut small = Canvas::new(place.width, place.height, mix(palette.tint, WHITE, 0.3));
    let whole = area(0.0, 0.0, place.width, place.height);
    holder.portrait().draw(&mut small, whole);
    small.fill(whole, palette.paper, 0.55);
    small.waves(whole, palette.line, 0.5, 1.0);
    page.paste(&small, place);
}

fn header(page: &mut Canvas, holder: &Holder<'_>, kind: ElementType, palette: Palette) {
    let width = page.width();
    page.gradient(area(0.0, 0.0, width, 96.0), palette.dark, mix(palette.dark, [0; 3], 0.25));
    page.fill(area(0.0, 96.0, width, 4.0), palette.line, 1.0);
    page.crest(66.0, 49.0, 38.0, WHITE, palette.dark);
    page.fitted(Face::Bold, 36.0, (126.0, 62.0), width * 0.5, WHITE, &holder.country_name());
    page.right_aligned(Face::Bold, 27.0, width - 40.0, 58.0, WHITE, title(kind));
}

fn passport(holder: &Holder<'_>, document: &Document<'_>, turn: u32) -> Canvas {
    let palette = Palette::new(holder.country(), turn);
    let mut page = ground(1240.0, 880.0, palette, turn as f32);
    page.rosette(850.0, 420.0, 270.0, 7, palette.line, 0.5);
    page.rosette(850.0, 420.0, 170.0, 11, palette.dark, 0.25);
    header(&mut page, holder, document.kind, palette);

    photo(&mut page, holder, area(48.0, 134.0, 316.0, 406.0), palette);
    page.signature(70.0, 620.0, 34.0, [30, 44, 96], &holder.full_name());
    page.line((52.0, 640.0), (360.0, 640.0), 1.5, LABEL, 1.0);
    page.text(Face::Regular, 13.0, 52.0, 658.0, LABEL, "Signature of bearer");
    ghost(&mut page, holder, area(1030.0, 462.0, 150.0, 190.0), palette);

    let code = if document.kind == ElementType::InternalPassport { "PN" } else { "P" };
    field(&mut page, (410.0, 148.0), 90.0, "Type", code);
    field(&mut page, (540.0, 148.0), 160.0, "Code of State", holder.alpha3());
    field(&mut page, (820.0, 148.0), 370.0, "Document No.", document.document_no);
    let (last, given) = holder.native_names().unwrap_or_default();
    name_field(&mut page, (410.0, 220.0), 780.0, "Surname", &holder.details.last_name, &last);
    name_field(&mut page, (410.0, 312.0), 780.0, "Given names", &holder.given_names(), &given);
    field(&mut page, (410.0, 404.0), 390.0, "Nationality", &holder.country_name());
    field(&mut page, (820.0, 404.0), 370.0, "Place of birth", &holder.address.city.to_uppercase());
    field(&mut page, (410.0, 476.0), 390.0, "Date of birth", &day(holder.details.birth_date));
    field(&mut page, (820.0, 476.0), 90.0, "Sex", sex(holder.details.gender));
    field(&mut page, (410.0, 548.0), 390.0, "Date of issue", &day(issued(holder, document)));
    field(&mut page, (820.0, 548.0), 200.0, "Date of expiry", &day(document.expiry_date));
    field(&mut page, (410.0, 620.0), 600.0, "Authority", "MINISTRY OF MAKE-BELIEVE");

    machine_readable_zone::draw_td3(&mut page, holder, document, code);
    page
}

fn card_front(holder: &Holder<'_>, document: &Document<'_>) -> Canvas {
    let palette = Palette::new(holder.country(), 75);
    let mut page = ground(1240.0, 782.0, palette, 2.0);
    page.rosette(980.0, 420.0, 230.0, 10, palette.line, 0.55);
    header(&mut page, holder, document.kind, palette);
    photo(&mut page, holder, area(48.0, 140.0, 300.0, 386.0), palette);
    ghost(&mut page, holder, area(1050.0, 430.0, 130.0, 166.0), palette);
    chip(&mut page, area(1050.0, 140.0, 132.0, 104.0));

    let (last, given) = holder.native_names().unwrap_or_default();
    name_field(&mut page, (396.0, 150.0), 620.0, "Surname", &holder.details.last_name, &last);
    name_field(&mut page, (396.0, 246.0), 620.0, "Given names", &holder.given_names(), &given);
    field(&mut page, (396.0, 344.0), 300.0, "Date of birth", &day(holder.details.birth_date));
    field(&mut page, (720.0, 344.0), 90.0, "Sex", sex(holder.details.gender));
    field(&mut page, (396.0, 420.0), 620.0, "Nationality", &holder.country_name());
    field(&mut page, (396.0, 496.0), 300.0, "Date of expiry", &day(document.expiry_date));
    field(&mut page, (720.0, 496.0), 300.0, "Document No.", document.document_no);
    page.signature(410.0, 650.0, 36.0, [30, 44, 96], &holder.full_name());
    page.line((396.0, 676.0), (800.0, 676.0), 1.5, LABEL, 1.0);
    page.text(Face::Regular, 13.0, 396.0, 696.0, LABEL, "Signature of holder");
    page.fitted(Face::Mono, 30.0, (48.0, 590.0), 300.0, INK, document.document_no);
    page
}

fn chip(page: &mut Canvas, place: Area) {
    let gold = [214, 178, 98];
    let line = [150, 116, 50];
    page.rounded(place, 16.0, gold, 1.0);
    page.frame(place, 16.0, 2.0, line);
    let (middle, centre) = (place.x + place.width / 2.0, place.y + place.height / 2.0);
    for share in [0.3, 0.7] {
        let y = place.y + place.height * share;
        page.line((place.x, y), (middle - 24.0, y), 2.0, line, 1.0);
        page.line((middle + 24.0, y), (place.x + place.width, y), 2.0, line, 1.0);
    }
    page.frame(area(middle - 24.0, centre - 30.0, 48.0, 60.0), 10.0, 2.0, line);
}

fn card_reverse(holder: &Holder<'_>, document: &Document<'_>) -> Canvas {
    let palette = Palette::new(holder.country(), 75);
    let mut page = ground(1240.0, 782.0, palette, 4.0);
    page.rosette(950.0, 250.0, 210.0, 13, palette.line, 0.6);
    page.crest(950.0, 250.0, 110.0, mix(palette.line, WHITE, 0.2), palette.paper);
    page.fill(area(0.0, 0.0, 1240.0, 22.0), palette.dark, 1.0);

    page.text(Face::Regular, 14.0, 48.0, 74.0, LABEL, "Address");
    for (index, line) in holder.address_lines().iter().enumerate() {
        page.fitted(Face::Bold, 25.0, (48.0, 104.0 + 36.0 * index as f32), 640.0, INK, line);
    }
    field(&mut page, (48.0, 274.0), 320.0, "Date of issue", &day(issued(holder, document)));
    field(&mut page, (400.0, 274.0), 320.0, "Place of birth", &holder.address.city.to_uppercase());
    field(&mut page, (48.0, 350.0), 640.0, "Authority", "MINISTRY OF MAKE-BELIEVE");

    machine_readable_zone::draw_td1(&mut page, holder, document, "I");
    page
}

fn licence_front(holder: &Holder<'_>, document: &Document<'_>) -> Canvas {
    let rose = Palette {
        dark: hue(338, 45, 34),
        line: hue(338, 50, 72),
        tint: hue(20, 60, 88),
        paper: hue(338, 55, 95),
    };
    let mut page = ground(1240.0, 782.0, rose, 6.0);
    page.rosette(760.0, 430.0, 260.0, 8, rose.line, 0.6);
    let blue = [38, 62, 140];
    page.rounded(area(48.0, 36.0, 128.0, 96.0), 10.0, blue, 1.0);
    page.ring(112.0, 84.0, 36.0, 2.5, [240, 208, 80], 1.0);
    page.centred(
        Face::Bold,
        30.0,
        112.0,
        95.0,
        WHITE,
        &holder.country().map_or("—".to_owned(), |country| country.to_string()),
    );
    page.fitted(Face::Bold, 40.0, (206.0, 82.0), 560.0, rose.dark, title(document.kind));
    page.fitted(Face::Regular, 24.0, (206.0, 118.0), 700.0, rose.dark, &holder.country_name());
    page.crest(1150.0, 84.0, 46.0, rose.dark, rose.paper);

    photo(&mut page, holder, area(48.0, 166.0, 300.0, 386.0), rose);
    ghost(&mut page, holder, area(1050.0, 480.0, 130.0, 166.0), rose);
    let native = holder.native_names().unwrap_or_default();
    let born = join(", ", &[&day(holder.details.birth_date), &holder.address.city]);
    let address = holder.address_lines().join(", ");
    let rows = [
        ("1.", holder.details.last_name.to_uppercase(), native.0),
        ("2.", holder.given_names().to_uppercase(), native.1),
        ("3.", born, String::new()),
        ("4a.", day(issued(holder, document)), String::new()),
        ("4b.", day(document.expiry_date), String::new()),
        ("4c.", "Bureau of Imaginary Roads".to_owned(), String::new()),
        ("5.", document.document_no.to_owned(), String::new()),
        ("8.", address, String::new()),
        ("9.", "AM  B  B1".to_owned(), String::new()),
    ];
    let mut y = 196.0;
    for (number, value, native) in rows {
        page.text(Face::Regular, 20.0, 390.0, y, LABEL, number);
        page.fitted(Face::Bold, 25.0, (446.0, y), 580.0, INK, &value);
        if !native.is_empty() {
            y += 28.0;
            page.fitted(Face::Regular, 20.0, (446.0, y), 580.0, INK, &native);
        }
        y += 48.0;
    }
    page.text(Face::Regular, 20.0, 48.0, 606.0, LABEL, "7.");
    page.signature(90.0, 640.0, 32.0, [30, 44, 96], &holder.full_name());
    page
}

fn licence_reverse(holder: &Holder<'_>, document: &Document<'_>) -> Canvas {
    let rose = Palette {
        dark: hue(338, 45, 34),
        line: hue(338, 50, 72),
        tint: hue(20, 60, 88),
        paper: hue(338, 55, 95),
    };
    let mut page = ground(1240.0, 782.0, rose, 8.0);
    page.rosette(220.0, 390.0, 200.0, 10, rose.line, 0.6);
    page.crest(220.0, 390.0, 100.0, mix(rose.line, WHITE, 0.2), rose.paper);
    let columns = [460.0, 610.0, 800.0, 990.0];
    for (x, heading) in columns.iter().zip(["9.", "10.", "11.", "12."]) {
        page.text(Face::Bold, 22.0, *x, 62.0, rose.dark, heading);
    }
    let granted = day(issued(holder, document));
    let until = day(document.expiry_date);
    for (index, category) in ["AM", "A1", "A", "B1", "B", "C1", "C", "D", "BE", "T"].iter().enumerate() {
        let y = 84.0 + 58.0 * index as f32;
        page.line((440.0, y), (1200.0, y), 1.5, rose.line, 1.0);
        page.text(Face::Bold, 25.0, columns[0], y + 39.0, INK, category);
        if ["AM", "B1", "B"].contains(category) {
            page.text(Face::Regular, 22.0, columns[1], y + 38.0, INK, &granted);
            page.text(Face::Regular, 22.0, columns[2], y + 38.0, INK, &until);
        } else {
            page.line((columns[1], y + 30.0), (columns[1] + 60.0, y + 30.0), 2.0, LABEL, 0.7);
        }
    }
    page.frame(area(440.0, 84.0, 760.0, 580.0), 2.0, 2.0, rose.line);
    for x in [590.0, 780.0, 970.0] {
        page.line((x, 84.0), (x, 664.0), 1.5, rose.line, 1.0);
    }
    page.text(Face::Regular, 18.0, 440.0, 706.0, LABEL, "5.");
    page.text(Face::Mono, 24.0, 480.0, 707.0, INK, document.document_no);
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use telegram_passport::element::{Address, PersonalDetails};

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).expect("a day of the calendar")
    }

    #[test]
    fn nothing_is_issued_in_the_future() {
        let (details, address) = (PersonalDetails::default(), Address::default());
        let holder = Holder { details: &details, address: &address, seed: 1, today: date(2026, 1, 1) };
        for expiry_date in [None, Some(date(2031, 5, 1)), Some(date(2045, 5, 1)), Some(date(5, 5, 1))] {
            let document = Document { kind: ElementType::Passport, document_no: "", expiry_date };
            assert!(issued(&holder, &document).is_some_and(|issued| issued <= holder.today));
        }
    }
}
