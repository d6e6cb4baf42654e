use super::canvas::{Canvas, Colour, INK, WHITE, area, mix};
use super::holder::{Document, Holder, day, join, title};
use super::palette::Palette;
use super::text::Face;
use telegram_passport::element::Gender;

const LABEL: Colour = [92, 98, 110];

/// The languages that translations are in, by turns: title, and what stands beneath it.
const LANGUAGES: [(&str, &str); 4] = [
    ("CERTIFIED TRANSLATION", "from the original language into English"),
    ("TRADUCTION CERTIFIÉE", "de la langue d’origine vers le français"),
    ("TRADUCCIÓN CERTIFICADA", "del idioma original al español"),
    ("BEGLAUBIGTE ÜBERSETZUNG", "aus der Originalsprache ins Deutsche"),
];

/// A sworn translator's paper about the document.
pub(super) fn translation(holder: &Holder<'_>, document: &Document<'_>, index: usize) -> Canvas {
    let palette = Palette::new(holder.country(), 210);
    let mut page = Canvas::new(1000.0, 1414.0, [253, 252, 247]);
    let (heading, beneath) = LANGUAGES[index % LANGUAGES.len()];
    page.frame(area(36.0, 36.0, 928.0, 1330.0), 4.0, 3.0, palette.dark);
    page.frame(area(46.0, 46.0, 908.0, 1310.0), 2.0, 1.0, palette.line);
    page.waves(area(48.0, 48.0, 904.0, 150.0), palette.line, 0.45, 3.0);
    page.crest(500.0, 130.0, 56.0, palette.dark, WHITE);
    page.centred(Face::Bold, 40.0, 500.0, 262.0, palette.dark, heading);
    page.centred(Face::Oblique, 20.0, 500.0, 300.0, LABEL, beneath);
    page.centred(Face::Bold, 28.0, 500.0, 368.0, INK, title(document.kind));

    let gender = match holder.details.gender {
        Some(Gender::Male) => "male",
        Some(Gender::Female) => "female",
        None => "—",
    };
    let address = holder.address_lines().join(", ");
    let native = holder.native_names().map(|(last, given)| join(" ", &[&given, &last]));
    let rows = [
        ("State", holder.country_name()),
        ("Number", document.document_no.to_owned()),
        ("Surname", holder.details.last_name.clone()),
        ("Given names", holder.given_names()),
        ("In the original", native.unwrap_or_default()),
        ("Date of birth", day(holder.details.birth_date)),
        ("Sex", gender.to_owned()),
        ("Address", address),
        ("Date of expiry", document.expiry_date.map_or(String::new(), |date| date.to_string())),
    ];
    let mut y = 440.0;
    for (label, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        page.text(Face::Regular, 19.0, 96.0, y, LABEL, label);
        page.fitted(Face::Bold, 23.0, (330.0, y), 570.0, INK, value);
        page.line((96.0, y + 18.0), (904.0, y + 18.0), 1.0, palette.line, 0.8);
        y += 58.0;
    }
    y = page.paragraph(
        19.0,
        (96.0, y + 20.0),
        808.0,
        INK,
        "I, the undersigned sworn translator of the Republic of Sandbox, declare that this is a faithful \
         translation of a document that does not exist, about a person who never lived, made so that programs \
         can be tested.",
    );
    page.seal(760.0, y + 130.0, 110.0, mix(palette.dark, [180, 40, 60], 0.4));
    page.signature(120.0, y + 130.0, 40.0, [30, 44, 96], "Jane Specimen");
    page.line((96.0, y + 160.0), (470.0, y + 160.0), 1.5, LABEL, 1.0);
    page.text(Face::Regular, 18.0, 96.0, y + 186.0, LABEL, "Jane Specimen, sworn translator");
    let number = format!("No. {:05} / {}", holder.number(30 + index as u64, 100_000), index + 1);
    page.text(Face::Mono, 18.0, 96.0, y + 216.0, LABEL, &number);
    page.text(Face::Regular, 18.0, 96.0, y + 244.0, LABEL, &day(Some(holder.today)));
    page
}
