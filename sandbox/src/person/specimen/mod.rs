//! Specimen scans: what a generated person's documents look like.
//!
//! [`scan`] draws one page: a passport with its machine-readable zone, cards from both sides, the holder with the
//! document in hand, translations, bills and statements. Every page is marked SPECIMEN from corner to corner,
//! carries a crest that no state has and a face that nobody has, and says that it is not a real document. One
//! holder and one document give one picture (to the byte on one platform; sines may differ between two).
//!
//! Letters come from DejaVu Sans, which is part of the `dejavu` crate. Names are drawn in their own script if
//! that is Latin, Greek, Cyrillic, Armenian or Georgian; others need shaping or glyphs the font lacks, and stand
//! in Latin letters only, while the data keeps the native form.
//!
//! ```
//! use telegram_passport::element::{Address, Country, Date, ElementType, Part, PersonalDetails};
//! use telegram_passport_sandbox::person::specimen::{Document, Holder, scan};
//!
//! let mut details = PersonalDetails::default();
//! details.first_name = "Ada".to_owned();
//! details.country = Country::from_code("CZ");
//! let holder = Holder { details: &details, address: &Address::default(), seed: 1, today: Date::today() };
//! let document = Document { kind: ElementType::Passport, document_no: "X1234567", expiry_date: None };
//! let page = scan(&holder, &document, Part::FrontSide);
//! assert!(page.as_bytes().len() < 256 * 1024);
//! ```

mod canvas;
mod holder;
mod identity;
mod letter;
mod machine_readable_zone;
mod ornament;
mod palette;
mod portrait;
mod selfie;
mod text;
mod translation;

pub use self::holder::{Document, Holder};

use telegram_passport::element::Part;
use telegram_passport::scan::PassportJpeg;

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
