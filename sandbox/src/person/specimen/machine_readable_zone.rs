//! Machine-readable zones after ICAO Doc 9303: TD3 (part 4) for passports, TD1 (part 5) for cards. Their lines, and how
//! they are drawn.

use telegram_passport::element::{Date, Gender};

use super::canvas::{Canvas, area};
use super::holder::{Document, Holder};

/// Draws the two lines of a passport, at the foot of the page.
pub(super) fn draw_td3(page: &mut Canvas, holder: &Holder<'_>, document: &Document<'_>, code: &str) {
    let given_names = holder.given_names();
    let zone = Zone::of(holder, document, code, &given_names);
    draw(page, &zone.td3(), 694.0, 37.0, 58.0);
}

/// Draws the three lines of a card, at the foot of its back.
pub(super) fn draw_td1(page: &mut Canvas, holder: &Holder<'_>, document: &Document<'_>, code: &str) {
    let given_names = holder.given_names();
    let zone = Zone::of(holder, document, code, &given_names);
    draw(page, &zone.td1(), 468.0, 50.0, 80.0);
}

/// Draws lines on a light ground from `top` down: letters of this size, spread over the width, a line every `pitch`.
fn draw(page: &mut Canvas, lines: &[String], top: f32, size: f32, pitch: f32) {
    let width = page.width();
    let height = lines.len() as f32 * pitch + 34.0;
    page.fill(area(0.0, top, width, height), [250, 250, 247], 0.93);
    let signs = lines.first().map_or(1, String::len) as f32;
    let step = (width - 80.0) / signs;
    for (index, line) in lines.iter().enumerate() {
        page.spaced(size, (40.0, top + 14.0 + (index as f32 + 0.8) * pitch), step, [20; 3], line);
    }
}

/// The contents of a machine-readable zone.
struct Zone<'a> {
    /// The kind of document: `P`, `I`, `PN`, ….
    code: &'a str,
    /// The issuing state, alpha-3.
    issuer: &'a str,
    /// The holder's nationality, alpha-3.
    nationality: &'a str,
    /// The primary identifier.
    last_name: &'a str,
    /// The secondary identifier: given names.
    given_names: &'a str,
    document_no: &'a str,
    birth_date: Option<Date>,
    gender: Option<Gender>,
    expiry_date: Option<Date>,
    /// A personal number or whatever else the issuer puts there.
    optional: &'a str,
}

impl<'a> Zone<'a> {
    fn of(holder: &Holder<'a>, document: &Document<'a>, code: &'a str, given_names: &'a str) -> Self {
        Self {
            code,
            issuer: holder.alpha3(),
            nationality: holder.alpha3(),
            last_name: &holder.details.last_name,
            given_names,
            document_no: document.document_no,
            birth_date: holder.details.birth_date,
            gender: holder.details.gender,
            expiry_date: document.expiry_date,
            optional: "",
        }
    }
}

impl Zone<'_> {
    /// Two lines of 44 (part 4, section 4.2).
    ///
    /// A number of more than nine signs has no place there; what is left of it leads the optional data, as
    /// issuers of longer numbers do.
    fn td3(&self) -> [String; 2] {
        let number = signs(self.document_no);
        let (number, rest) = number.split_at(number.len().min(9));
        let optional = field(&format!("{rest}{}", signs(self.optional)), 14);
        let optional_digit =
            if optional.bytes().all(|sign| sign == b'<') { '0' } else { check_digit(&optional) };
        let number = checked(&field(number, 9));
        let (birth, expiry) = (checked(&day(self.birth_date)), checked(&day(self.expiry_date)));
        let composite = check_digit(&format!("{number}{birth}{expiry}{optional}{optional_digit}"));
        [
            format!(
                "{}{}{}",
                field(self.code, 2),
                state(self.issuer),
                names(self.last_name, self.given_names, 39)
            ),
            format!(
                "{number}{}{birth}{}{expiry}{optional}{optional_digit}{composite}",
                state(self.nationality),
                self.sex(),
            ),
        ]
    }

    /// Three lines of 30 (part 5, section 4.2); a long number goes on in the optional data, its check digit
    /// after it.
    fn td1(&self) -> [String; 3] {
        let number = signs(self.document_no);
        let (number, optional) = if number.len() > 9 {
            let (start, rest) = number.split_at(9);
            (format!("{start}<"), format!("{rest}{}<{}", check_digit(&number), signs(self.optional)))
        } else {
            (checked(&field(&number, 9)), signs(self.optional))
        };
        let (first, second) = optional.split_at(optional.len().min(15));
        let (first, second) = (field(first, 15), field(second, 11));
        let (birth, expiry) = (checked(&day(self.birth_date)), checked(&day(self.expiry_date)));
        let composite = check_digit(&format!("{number}{first}{birth}{expiry}{second}"));
        [
            format!("{}{}{number}{first}", field(self.code, 2), state(self.issuer)),
            format!("{birth}{}{expiry}{}{second}{composite}", self.sex(), state(self.nationality)),
            names(self.last_name, self.given_names, 30),
        ]
    }

    fn sex(&self) -> char {
        match self.gender {
            Some(Gender::Male) => 'M',
            Some(Gender::Female) => 'F',
            None => '<',
        }
    }
}

/// The check digit of part 3, section 4.9: weights 7, 3, 1 over digits, letters from A = 10, and `<` = 0.
fn check_digit(signs: &str) -> char {
    let sum: u32 = signs
        .chars()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(sign, weight)| sign.to_digit(36).unwrap_or(0) * weight)
        .sum();
    char::from_digit(sum % 10, 10).expect("a remainder of 10 is a digit")
}

fn checked(field: &str) -> String {
    format!("{field}{}", check_digit(field))
}

/// Cut or filled up to a length.
fn field(signs: &str, length: usize) -> String {
    signs.chars().chain(std::iter::repeat('<')).take(length).collect()
}

/// `YYMMDD`; an unknown date is all filler.
fn day(date: Option<Date>) -> String {
    date.map_or_else(
        || "<<<<<<".to_owned(),
        |date| format!("{:02}{:02}{:02}", date.year() % 100, date.month(), date.day()),
    )
}

/// The state's code; Germany alone has one letter (part 3, section 5).
fn state(alpha3: &str) -> String {
    field(if alpha3 == "DEU" { "D" } else { alpha3 }, 3)
}

/// Letters and digits of a number; separators are left out.
fn signs(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_uppercase()).collect()
}

/// Both identifiers in a field of this length (part 4, section 4.2.3). If they do not fit, the end is cut so
/// that a letter stands last, which tells readers that something was; at least one letter of the given names
/// stays.
fn names(last: &str, given: &str, length: usize) -> String {
    let (last, given) = (transliterate(last), transliterate(given));
    if given.is_empty() {
        return field(&last, length);
    }
    if last.is_empty() {
        return field(&given, length);
    }
    let room = length - 3;
    let last = last.get(..room).unwrap_or(&last).trim_end_matches('<');
    let whole = format!("{last}<<{given}");
    match whole.get(..length) {
        // Cut right after a name: it lends its last letter's place to the initial of the next.
        Some(cut) if whole.len() > length && cut.ends_with('<') => {
            let next = &whole[length..=length];
            format!("{}<{next}", &cut[..length - 2])
        }
        Some(cut) => cut.to_owned(),
        None => field(&whole, length),
    }
}

/// Latin letters as part 3, section 6, writes them: apostrophes and the like vanish, hyphens and spaces become
/// one `<`.
fn transliterate(name: &str) -> String {
    let mut zone = String::new();
    for letter in name.chars().flat_map(char::to_uppercase) {
        match letter {
            'A'..='Z' => zone.push(letter),
            ' ' | '-' | '\u{2010}'..='\u{2015}' | '\u{a0}' => {
                if !zone.is_empty() && !zone.ends_with('<') {
                    zone.push('<');
                }
            }
            _ => zone.push_str(latin(letter)),
        }
    }
    zone.truncate(zone.trim_end_matches('<').len());
    zone
}

fn latin(letter: char) -> &'static str {
    match letter {
        'Ä' | 'Æ' | 'Ǽ' => "AE",
        'Å' => "AA",
        'Ö' | 'Ø' | 'Œ' => "OE",
        'Ü' => "UE",
        'Þ' => "TH",
        'ẞ' | 'ß' => "SS",
        'Ĳ' => "IJ",
        'À'..='Ã' | 'Ā' | 'Ă' | 'Ą' | 'Ǎ' | '\u{1EA0}'..='\u{1EB7}' => "A",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
        'Ð' | 'Ď' | 'Đ' => "D",
        'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' | 'Ə' | '\u{1EB8}'..='\u{1EC7}' => "E",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "G",
        'Ĥ' | 'Ħ' => "H",
        'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' | '\u{1EC8}'..='\u{1ECB}' => "I",
        'Ĵ' => "J",
        'Ķ' => "K",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => "L",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' | 'Ŋ' => "N",
        'Ò'..='Õ' | 'Ō' | 'Ŏ' | 'Ő' | 'Ơ' | '\u{1ECC}'..='\u{1EE3}' => "O",
        'Ŕ' | 'Ŗ' | 'Ř' => "R",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => "S",
        'Ţ' | 'Ť' | 'Ŧ' | 'Ț' => "T",
        'Ù'..='Û' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' | 'Ư' | '\u{1EE4}'..='\u{1EF1}' => "U",
        'Ŵ' => "W",
        'Ý' | 'Ŷ' | 'Ÿ' | '\u{1EF2}'..='\u{1EF9}' => "Y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use telegram_passport::element::{Address, Country, ElementType, PersonalDetails};

    fn date(year: i16, month: i8, day: i8) -> Option<Date> {
        Some(Date::new(year, month, day).expect("a day of the calendar"))
    }

    /// The specimen of Doc 9303.
    fn anna_maria<'a>(code: &'a str, document_no: &'a str, optional: &'a str) -> Zone<'a> {
        Zone {
            code,
            issuer: "UTO",
            nationality: "UTO",
            last_name: "Eriksson",
            given_names: "Anna Maria",
            document_no,
            birth_date: date(1974, 8, 12),
            gender: Some(Gender::Female),
            expiry_date: date(2012, 4, 15),
            optional,
        }
    }

    #[test]
    fn the_passport_of_doc_9303_part_4() {
        assert_eq!(
            anna_maria("P", "L898902C3", "ZE184226B").td3(),
            ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",]
        );
    }

    #[test]
    fn the_card_of_doc_9303_part_5() {
        assert_eq!(
            anna_maria("I", "D23145890", "").td1(),
            [
                "I<UTOD231458907<<<<<<<<<<<<<<<",
                "7408122F1204159UTO<<<<<<<<<<<6",
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ]
        );
    }

    #[test]
    fn check_digits_of_doc_9303_part_3() {
        for (field, digit) in [("520727", '3'), ("AB2134<<<", '5'), ("HA672242<", '6')] {
            assert_eq!(check_digit(field), digit, "{field}");
        }
    }

    /// Doc 9303 part 5, appendix B.
    #[test]
    fn a_card_s_long_number_goes_on_in_the_optional_data() {
        let stevenson = Zone {
            last_name: "Stevenson",
            given_names: "Peter John",
            document_no: "D23145890734",
            birth_date: date(1934, 7, 12),
            gender: Some(Gender::Male),
            expiry_date: date(1995, 7, 12),
            ..anna_maria("I", "", "")
        };
        assert_eq!(
            stevenson.td1(),
            [
                "I<UTOD23145890<7349<<<<<<<<<<<",
                "3407127M9507122UTO<<<<<<<<<<<2",
                "STEVENSON<<PETER<JOHN<<<<<<<<<",
            ]
        );
    }

    #[test]
    fn a_passport_s_long_number_goes_on_in_the_optional_data() {
        let [_, second] = anna_maria("PN", "45 10 123456", "").td3();
        assert!(second.starts_with("451012345"), "{second}");
        assert_eq!(&second[28..30], "6<");
    }

    #[test]
    fn names_are_transliterated() {
        for (name, zone) in [
            ("Müller-Lüdenscheidt", "MUELLER<LUEDENSCHEIDT"),
            ("O'Connor", "OCONNOR"),
            ("D’Artagnan", "DARTAGNAN"),
            ("Å Æ ß", "AA<AE<SS"),
            ("Þórður", "THORDUR"),
            ("Nguyễn Thị", "NGUYEN<THI"),
            ("İstanbullu-Çağlar", "ISTANBULLU<CAGLAR"),
            ("  van  der -Berg ", "VAN<DER<BERG"),
            ("Łukasz Żółć", "LUKASZ<ZOLC"),
        ] {
            assert_eq!(transliterate(name), zone, "{name}");
        }
    }

    #[test]
    fn long_names_end_in_a_letter() {
        for (last, given, zone) in [
            ("Nilavadhanananda", "Chayapa Dejthamrong Krasuang", "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"),
            ("Nilavadhanananda", "Arnpol Petch Charonguang", "NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU"),
            ("Papandropoulous", "Jonathon Warren Trevor Alec", "PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR"),
        ] {
            assert_eq!(names(last, given, 39), zone);
        }
        let endless = names(&"A".repeat(60), "Bertha", 30);
        assert_eq!(endless, format!("{}<<B", "A".repeat(27)));
    }

    #[test]
    fn a_name_that_would_be_cut_at_its_end_lends_a_place() {
        // 2 + 2 + 4 = 8 signs, then a filler, then the next name.
        assert_eq!(names("Li", "Anna Bo", 9), "LI<<ANN<B");
        assert_eq!(names("Li", "Anna", 8), "LI<<ANNA");
        assert_eq!(names("Li", "", 4), "LI<<");
    }

    #[test]
    fn lines_have_their_lengths_whatever_the_data() {
        for text in ["", "Ω", &"x".repeat(200), "🎂", "--"] {
            let zone = Zone {
                last_name: text,
                given_names: text,
                document_no: text,
                optional: text,
                birth_date: None,
                gender: None,
                expiry_date: None,
                ..anna_maria("P", "", "")
            };
            assert!(zone.td3().iter().all(|line| line.len() == 44), "{text}");
            assert!(zone.td1().iter().all(|line| line.len() == 30), "{text}");
        }
    }

    #[test]
    fn germany_has_one_letter() {
        let german = Zone { issuer: "DEU", nationality: "DEU", ..anna_maria("P", "C01X00T47", "") };
        let [first, second] = german.td3();
        assert!(first.starts_with("P<D<<ERIKSSON"));
        assert_eq!(&second[10..13], "D<<");
    }

    #[test]
    fn the_zone_says_what_the_page_says() {
        let mut details = PersonalDetails::default();
        details.first_name = "Zoë".to_owned();
        details.middle_name = "Anne-Marie".to_owned();
        details.last_name = "Söderström".to_owned();
        details.birth_date = date(1990, 2, 28);
        details.gender = Some(Gender::Female);
        details.country = Country::from_code("SE");
        let address = Address::default();
        let holder =
            Holder { details: &details, address: &address, seed: 1, today: date(2026, 1, 1).expect("a day") };
        let document = Document {
            kind: ElementType::Passport,
            document_no: "AA1234567",
            expiry_date: date(2030, 12, 31),
        };
        let given = holder.given_names();
        let [first, second] = Zone::of(&holder, &document, "P", &given).td3();
        assert_eq!(first, "P<SWESOEDERSTROEM<<ZOE<ANNE<MARIE<<<<<<<<<<<");
        assert_eq!(&second[..9], "AA1234567");
        assert_eq!(&second[10..19], "SWE900228");
        assert_eq!(&second[20..27], "F301231");
    }
}
