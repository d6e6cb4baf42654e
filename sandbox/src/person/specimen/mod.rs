//! Specimen scans: what a generated person's documents look like.
//!
//! [`scan`] draws one page: a passport with its machine-readable zone, cards from both sides, the holder with the
//! document in hand, translations, bills and statements. Every page is marked SPECIMEN from corner to corner,
//! carries a crest that no state has and a face that nobody has, and says that it is not a real document. The
//! same holder and document give the same picture (to the byte on one platform; sines may differ between two).
//!
//! Letters come from DejaVu Sans, which is part of the `dejavu` crate. Names are drawn in their own script if
//! that is Latin, Greek, Cyrillic, Armenian or Georgian; others need shaping or glyphs the font lacks, and stand
//! in Latin letters only, while the data keeps the native form.

mod canvas;
mod identity;
mod letter;
mod mrz;
mod ornament;
mod portrait;
mod selfie;
mod text;
mod translation;

use std::fmt;

use canvas::{Canvas, Colour, hue};
use portrait::Portrait;
use telegram_passport::element::{Address, Country, Date, ElementType, Part, PersonalDetails};
use telegram_passport::scan::PassportJpeg;

/// Whose documents are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Names, birth date, gender, country.
    pub details: &'a PersonalDetails,
    /// Where they live.
    pub address: &'a Address,
    /// Chooses the face, and whatever else the data leaves open.
    pub seed: u64,
    /// The day on which bills were written and tenancies are current.
    pub today: Date,
}

/// Which document is drawn.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// An identity document or a proof of address.
    pub kind: ElementType,
    /// Its number; empty for proofs of address.
    pub document_no: &'a str,
    /// Its expiry date.
    pub expiry_date: Option<Date>,
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Draws one page of a document as a Passport scan below 256 KiB, 930 to 1060 pixels on its longer side.
///
/// Any combination is drawn: a kind without pages of its own (an address, say) as a letter.
#[must_use]
pub fn scan(holder: &Holder<'_>, document: &Document<'_>, part: Part) -> PassportJpeg {
    let mut page = match part {
        Part::FrontSide => identity::front(holder, document),
        Part::ReverseSide => identity::reverse(holder, document),
        Part::Selfie => selfie::selfie(holder, document),
        Part::Translation(index) => translation::translation(holder, document, index),
        Part::File(index) => letter::page(holder, document, index),
    };
    page.mark();
    page.to_scan()
}

impl Holder<'_> {
    fn country(&self) -> Option<Country> {
        self.details.country
    }

    fn country_name(&self) -> String {
        self.country().map_or("Nowhere", |country| country.name()).to_uppercase()
    }

    fn alpha3(&self) -> &'static str {
        self.country().map_or("XXX", |country| country.alpha3())
    }

    fn given_names(&self) -> String {
        join(" ", &[&self.details.first_name, &self.details.middle_name])
    }

    fn full_name(&self) -> String {
        join(" ", &[&self.given_names(), &self.details.last_name])
    }

    /// The native forms of last name and given names, where they differ from the Latin ones and can be drawn.
    fn native_names(&self) -> Option<(String, String)> {
        let last = self.details.last_name_native.clone();
        let given = join(" ", &[&self.details.first_name_native, &self.details.middle_name_native]);
        let same = last == self.details.last_name && given == self.given_names();
        let drawn = text::can_draw(&last) && text::can_draw(&given);
        (!same && drawn && !(last.is_empty() && given.is_empty())).then_some((last, given))
    }

    /// The address in lines, empty ones left out.
    fn address_lines(&self) -> Vec<String> {
        let address = self.address;
        let country = address.country.map_or("", |country| country.name());
        [
            address.street_line1.clone(),
            address.street_line2.clone(),
            join(" ", &[&address.post_code, &address.city]),
            join(", ", &[&address.state, country]),
        ]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
    }

    fn portrait(&self) -> Portrait {
        Portrait::new(self.country(), self.seed, self.details.gender)
    }

    /// A number that follows from the seed and a purpose: meter readings, amounts, customer numbers.
    fn number(&self, purpose: u64, below: u64) -> u64 {
        let mut state = self.seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // SplitMix64's finaliser.
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (state ^ (state >> 31)) % below
    }
}

/// The colours of a country's documents: no flag, a hue that follows from its code.
#[derive(Clone, Copy)]
struct Palette {
    dark: Colour,
    line: Colour,
    tint: Colour,
    paper: Colour,
}

impl Palette {
    fn new(country: Option<Country>, turn: u32) -> Self {
        let code = country
            .map_or(0, |country| country.code().bytes().fold(0, |sum, letter| sum * 31 + u32::from(letter)));
        let degrees = code * 47 + turn;
        Self {
            dark: hue(degrees, 48, 27),
            line: hue(degrees, 42, 62),
            tint: hue(degrees + 40, 45, 86),
            paper: hue(degrees, 40, 95),
        }
    }
}

fn join(between: &str, parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

fn day(date: Option<Date>) -> String {
    date.map_or("—".to_owned(), |date| date.to_string())
}

/// What a kind of document is called on its pages.
fn title(kind: ElementType) -> &'static str {
    match kind {
        ElementType::Passport => "PASSPORT",
        ElementType::InternalPassport => "INTERNAL PASSPORT",
        ElementType::DriverLicense => "DRIVING LICENCE",
        ElementType::IdentityCard => "IDENTITY CARD",
        ElementType::UtilityBill => "UTILITY BILL",
        ElementType::BankStatement => "BANK STATEMENT",
        ElementType::RentalAgreement => "RENTAL AGREEMENT",
        ElementType::PassportRegistration => "REGISTRATION OF RESIDENCE",
        ElementType::TemporaryRegistration => "TEMPORARY REGISTRATION",
        ElementType::PersonalDetails
        | ElementType::Address
        | ElementType::PhoneNumber
        | ElementType::Email => "CONFIRMATION",
    }
}

/// A guilloche ground in the palette's colours.
fn ground(width: f32, height: f32, palette: Palette, turn: f32) -> Canvas {
    let mut page = Canvas::new(width, height, palette.paper);
    let whole = canvas::area(0.0, 0.0, width, height);
    page.gradient(whole, palette.paper, palette.tint);
    page.waves(whole, palette.line, 0.4, turn);
    page
}
