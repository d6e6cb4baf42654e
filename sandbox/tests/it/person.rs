//! Synthetic people: made up from a seed, kept in a directory, read back from what a human wrote.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use telegram_passport::cloud::{CloudError, InputCheckPassword, PasswordKdfAlgo};
use telegram_passport::element::{
    Country, Date, Element, ElementType, Gender, Part, PartKind, PersonalDetails, PhoneNumber, Presence,
    UnixTime,
};
use telegram_passport::scan::{self, PassportJpeg};
use telegram_passport::vault::hazmat::{SrpChallenge, SrpProof, prove};
use telegram_passport::vault::{FileContents, Password, PasswordAlgorithm};
use telegram_passport_sandbox::State;
use telegram_passport_sandbox::languages::{countries_languages, countries_languages_json, language_of};
use telegram_passport_sandbox::person::{
    GenerateError, GenerateOptions, Person, PersonReadError, PersonWriteError, SignUpError, read_unprepared,
};
use telegram_passport_sandbox::state::{Clock, RegistrationError};
use tempfile::TempDir;

fn country(code: &str) -> Country {
    Country::from_code(code).unwrap()
}

fn details(person: &Person) -> &PersonalDetails {
    person.personal_details().unwrap()
}

/// Without scans, which take time to draw.
fn words_only() -> GenerateOptions {
    GenerateOptions {
        kinds: vec![
            ElementType::PersonalDetails,
            ElementType::Address,
            ElementType::PhoneNumber,
            ElementType::Email,
        ],
        ..GenerateOptions::default()
    }
}

#[test]
fn everybody_everywhere_is_valid() {
    assert!(Person::countries().count() >= 30);
    for country in Person::countries() {
        for seed in 0..20 {
            let person = Person::generate_with(country, seed, &words_only()).unwrap();
            for element in &person.elements {
                assert_eq!(element.validate(), [], "{country} {seed}");
            }
            let details = details(&person);
            let language = language_of(country);
            assert_eq!(details.native_name_problems(Some(&language)), [], "{country} {seed}");
            assert_eq!(details.country, Some(country));
            assert_eq!(details.residence_country, Some(country));
            let today = GenerateOptions::default().today;
            let age = details.birth_date.unwrap().age_on(today);
            assert!((18..=75).contains(&age), "{country} {seed}: {age}");
        }
    }
}

#[test]
fn all_13_elements_come_with_every_part() {
    // Every country's words are read above; scans take time to draw.
    for country in [country("UA")] {
        let person = Person::generate(country, 7).unwrap();
        let kinds: Vec<ElementType> = person.elements.iter().map(Element::kind).collect();
        assert_eq!(kinds, ElementType::ALL, "{country}");
        for element in &person.elements {
            let kind = element.kind();
            assert_eq!(element.validate(), [], "{country}");
            assert_eq!(element.repeated_files(), [], "{country}");
            for part in [PartKind::FrontSide, PartKind::ReverseSide, PartKind::Selfie] {
                let count = element.files().filter(|(place, _)| place.kind() == part).count();
                let expected = usize::from(kind.presence(part) != Presence::MustNot);
                assert_eq!(count, expected, "{country} {kind} {part}");
            }
            for part in [PartKind::Translation, PartKind::Files] {
                let count = element.files().filter(|(place, _)| place.kind() == part).count();
                let expected = if kind.presence(part) == Presence::MustNot { 0 } else { 2 };
                assert_eq!(count, expected, "{country} {kind} {part}");
            }
        }
        let today = GenerateOptions::default().today;
        for document in person.elements.iter().filter_map(Element::identity_document) {
            assert!(document.expiry_date.is_none_or(|expiry| expiry > today), "{country}");
        }
    }
}

#[test]
fn scans_are_passport_jpegs_already() {
    let options = GenerateOptions { translations: 1, files: 1, ..GenerateOptions::default() };
    let person = Person::generate_with(country("GE"), 3, &options).unwrap();
    for element in &person.elements {
        for (part, file) in element.files() {
            let scan = scan::prepare(file.as_bytes()).unwrap();
            assert_eq!(scan.remarks(), [], "{} {part}", element.kind());
        }
    }
}

#[test]
fn a_seed_is_a_person() {
    let options = GenerateOptions {
        kinds: vec![ElementType::Passport, ElementType::UtilityBill],
        ..GenerateOptions::default()
    };
    let person = |seed| Person::generate_with(country("JP"), seed, &options).unwrap();
    let once = person(11);
    assert_eq!(once, person(11));
    assert_ne!(once, person(12));
    let mut names: Vec<String> = (0..100)
        .map(|seed| {
            let person = Person::generate_with(country("FR"), seed, &words_only()).unwrap();
            let details = details(&person);
            format!("{} {}", details.first_name, details.last_name)
        })
        .collect();
    names.sort();
    names.dedup();
    assert!(names.len() > 90, "only {} of 100 are called differently", names.len());
}

/// The first people of a few countries, so that a change of the table or of the choices is noticed: it would
/// change everybody's test data.
#[test]
fn the_same_people_on_every_platform() {
    let called = |code: &str| {
        let person = Person::generate_with(country(code), 1, &words_only()).unwrap();
        let details = details(&person);
        format!("{} {} {}", details.first_name_native, details.middle_name_native, details.last_name_native)
    };
    let expected = [
        "Юрий Павлович Воробьёв",
        "Sophie Phoebe Walker",
        "磊  余",
        "Χρήστος  Παππάς",
        "Pablo  Medina Castro",
    ];
    assert_eq!(["RU", "GB", "CN", "GR", "ES"].map(called), expected);
}

#[test]
fn what_is_left_out_changes_nothing_about_the_rest() {
    let kinds = vec![ElementType::PersonalDetails, ElementType::Passport, ElementType::UtilityBill];
    let whole =
        Person::generate_with(country("UA"), 5, &GenerateOptions { kinds, ..GenerateOptions::default() })
            .unwrap();
    let options = GenerateOptions {
        kinds: vec![ElementType::Passport, ElementType::UtilityBill],
        selfie: false,
        translations: 1,
        files: 3,
        ..GenerateOptions::default()
    };
    let part = Person::generate_with(country("UA"), 5, &options).unwrap();
    let kinds: Vec<ElementType> = part.elements.iter().map(Element::kind).collect();
    assert_eq!(kinds, options.kinds);
    let (small, large) = (&part.elements[0], &whole.elements[1]);
    assert_eq!(
        small.identity_document().unwrap().document_no,
        large.identity_document().unwrap().document_no
    );
    assert_eq!(small.file(Part::FrontSide), large.file(Part::FrontSide));
    assert_eq!(small.file(Part::Selfie), None);
    assert_eq!(small.file(Part::Translation(1)), None);
    assert!(part.elements[1].file(Part::File(2)).is_some());
    assert_eq!(part.elements[1].validate(), []);
}

#[test]
fn men_and_women_are_called_as_men_and_women() {
    let mut seen = [0, 0];
    for seed in 0..40 {
        let person = Person::generate_with(country("RU"), seed, &words_only()).unwrap();
        let details = details(&person);
        let woman = details.gender == Some(Gender::Female);
        seen[usize::from(woman)] += 1;
        assert_eq!(
            details.last_name_native.ends_with('а') || details.last_name_native.ends_with("ая"),
            woman
        );
        assert_eq!(details.middle_name_native.ends_with("вна"), woman);
        assert_eq!(details.middle_name.ends_with("vna"), woman);
    }
    assert!(seen[0] > 5 && seen[1] > 5);
}

#[test]
fn a_day_to_come_makes_documents_valid_then() {
    let today = Date::new(2040, 6, 1).unwrap();
    let options = GenerateOptions { today, kinds: vec![ElementType::Passport], ..GenerateOptions::default() };
    let person = Person::generate_with(country("DE"), 1, &options).unwrap();
    assert!(person.elements[0].identity_document().unwrap().expiry_date.unwrap() > today);
}

#[test]
fn a_country_without_names_is_refused() {
    let nowhere = country("AQ");
    assert_eq!(Person::generate(nowhere, 1).unwrap_err(), GenerateError::NoNames(nowhere));
}

fn sandbox() -> State {
    State::new(Clock::standing_at(UnixTime::from_seconds(1_770_000_000)), &countries_languages_json())
}

#[test]
fn a_person_signs_up_and_the_server_learns_no_password() {
    let state = sandbox();
    let person = Person::generate_with(country("PL"), 1, &words_only()).unwrap();
    let password = Password::from("correct horse");
    let user_id = person.sign_up(&state, Some(&password)).unwrap();
    assert_eq!(state.user_id_of(&person.phone_number().unwrap().0), Some(user_id));

    let proof = |password: &str| {
        let current = state.account_password(user_id).unwrap().current.unwrap();
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
            current.algorithm
        else {
            panic!("the derivation of today")
        };
        let algorithm = PasswordAlgorithm { salt1, salt2, g, p };
        let challenge = SrpChallenge { algorithm, srp_b: current.srp_b, srp_id: current.srp_id };
        let SrpProof { srp_id, a, m1 } = prove(&Password::from(password), &challenge).unwrap();
        state.check_password(user_id, &InputCheckPassword::Srp { srp_id, a, m1 })
    };
    proof("correct horse").unwrap();
    assert!(matches!(proof("wrong horse"), Err(CloudError::PasswordHashInvalid)));
}

#[test]
fn who_cannot_sign_up_is_told_why() {
    let state = sandbox();
    let person = Person::generate_with(country("PL"), 1, &words_only()).unwrap();
    let empty = Password::from("");
    assert!(matches!(person.sign_up(&state, Some(&empty)), Err(SignUpError::EmptyPassword)));
    person.sign_up(&state, None).unwrap();
    let taken = SignUpError::Registration(RegistrationError::PhoneOccupied).to_string();
    assert_eq!(person.sign_up(&state, None).unwrap_err().to_string(), taken);
    let nameless = Person { elements: vec![Element::PhoneNumber(PhoneNumber("48123456789".to_owned()))] };
    nameless.sign_up(&state, None).unwrap();
    let nobody = Person { elements: Vec::new() };
    assert!(matches!(nobody.sign_up(&state, None), Err(SignUpError::NoPhoneNumber)));
}

#[test]
fn every_country_speaks_a_language() {
    let languages = countries_languages();
    for (code, language) in [("DE", "de"), ("US", "en"), ("RU", "ru"), ("XK", "sq")] {
        assert_eq!(languages[&country(code)], language);
    }
}

/// The element with its scans as files of any kind.
fn contents(element: Element<PassportJpeg>) -> Element<FileContents> {
    element.map_files(|_, scan| scan.into_bytes().into())
}

#[test]
fn a_directory_holds_the_whole_person() {
    let some = GenerateOptions { translations: 1, selfie: false, ..GenerateOptions::default() };
    for (code, parts) in [("IL", &some), ("RU", &words_only()), ("BR", &words_only())] {
        let directory = TempDir::new().unwrap();
        let person = Person::generate_with(country(code), 2, parts).unwrap();
        person.write(directory.path()).unwrap();
        assert_eq!(Person::read(directory.path()).unwrap(), person, "{code}");
        let unprepared = read_unprepared(directory.path()).unwrap().0;
        assert_eq!(
            unprepared,
            person.elements.clone().into_iter().map(contents).collect::<Vec<_>>(),
            "{code}"
        );
        let text = fs::read_to_string(directory.path().join("person.toml")).unwrap();
        assert!(text.starts_with("# A synthetic person."));
        for scan in ["passport/front_side.jpg", "utility_bill/files-2.jpg"] {
            assert_eq!(directory.path().join(scan).is_file(), code == "IL");
        }
    }
}

#[test]
fn what_somebody_else_wrote_or_changed_is_found_before_it_is_replaced() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    let of = |kinds: Vec<ElementType>| {
        let options = GenerateOptions { kinds, selfie: false, translations: 0, ..GenerateOptions::default() };
        Person::generate_with(country("CZ"), 2, &options).unwrap()
    };
    let person = of(vec![ElementType::PersonalDetails, ElementType::Passport]);
    let file = path.join("person.toml");
    assert_eq!(person.would_replace(&path.join("new")).unwrap(), None);
    person.write(path).unwrap();
    assert_eq!(person.would_replace(path).unwrap(), None, "as it was written, it is ours");
    let whole = fs::read_to_string(&file).unwrap();
    // A field, an element taken out, the last line, a comment: whatever it is.
    let edited = whole.replacen("gender = ", "gender  = ", 1);
    let (shorter, rest) = whole.rsplit_once("\n[[element]]").unwrap();
    let seal = rest.rsplit_once("\n# As it was").unwrap().1;
    let shorter = format!("{shorter}\n# As it was{seal}");
    let unsealed = whole.rsplit_once("\n# As it was").unwrap().0.to_owned();
    for theirs in [edited, shorter, unsealed, format!("{whole}# mine\n"), "mine".to_owned(), String::new()] {
        assert_ne!(theirs, whole);
        fs::write(&file, &theirs).unwrap();
        assert_eq!(person.would_replace(path).unwrap(), Some(file.clone()), "{theirs}");
    }
    fs::write(&file, &whole).unwrap();
    let scan = path.join("passport/front_side.jpg");
    let picture = fs::read(&scan).unwrap();
    fs::write(&scan, "my own").unwrap();
    assert_eq!(person.would_replace(path).unwrap(), Some(file.clone()), "a scan of their own");
    fs::remove_file(&scan).unwrap();
    assert_eq!(person.would_replace(path).unwrap(), Some(file.clone()), "a scan taken out");
    fs::write(&scan, picture).unwrap();
    // What the person before did not have is not ours.
    let licence = of(vec![ElementType::DriverLicense]);
    assert_eq!(licence.would_replace(path).unwrap(), None);
    fs::create_dir(path.join("driver_license")).unwrap();
    let own = path.join("driver_license/front_side.jpg");
    fs::write(&own, "my own").unwrap();
    assert_eq!(licence.would_replace(path).unwrap(), Some(own));
}

#[test]
fn writing_replaces_our_files_only_and_leaves_nothing_half() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    fs::create_dir(path.join("passport")).unwrap();
    fs::write(path.join("passport/holiday.jpg"), "mine").unwrap();
    fs::write(path.join("person.toml"), "old").unwrap();
    let options = GenerateOptions { kinds: vec![ElementType::Passport], ..GenerateOptions::default() };
    let person = Person::generate_with(country("DE"), 2, &options).unwrap();
    person.write(path).unwrap();
    person.write(path).unwrap();
    assert_eq!(fs::read(path.join("passport/holiday.jpg")).unwrap(), b"mine");
    let mut names: Vec<String> = fs::read_dir(path.join("passport"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = ["front_side.jpg", "holiday.jpg", "selfie.jpg", "translation-1.jpg", "translation-2.jpg"];
    assert_eq!(names, expected);
    assert_eq!(Person::read(path).unwrap(), person);
}

#[test]
fn what_stands_in_the_way_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    fs::write(path.join("passport"), "a file").unwrap();
    let options = GenerateOptions { kinds: vec![ElementType::Passport], ..GenerateOptions::default() };
    let mut person = Person::generate_with(country("DE"), 2, &options).unwrap();
    let error = person.write(path).unwrap_err();
    assert!(
        matches!(&error, PersonWriteError::NotADirectory(found) if *found == path.join("passport")),
        "{error}"
    );
    assert!(!path.join("person.toml").exists());

    fs::remove_file(path.join("passport")).unwrap();
    fs::create_dir_all(path.join("passport/selfie.jpg")).unwrap();
    let error = person.write(path).unwrap_err();
    assert!(error.to_string().contains("selfie.jpg"), "{error}");
    let left: Vec<_> = fs::read_dir(path.join("passport")).unwrap().collect();
    assert_eq!(left.len(), 2, "the front side, whole, and what was in the way");
    assert!(!path.join("person.toml").exists());

    person.elements.push(person.elements[0].clone());
    let error = person.write(&path.join("twice")).unwrap_err();
    assert!(matches!(error, PersonWriteError::Twice(ElementType::Passport)), "{error}");
    assert!(!path.join("twice").exists());
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_when_writing() {
    let directory = TempDir::new().unwrap();
    let elsewhere = TempDir::new().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), directory.path().join("passport")).unwrap();
    let options = GenerateOptions { kinds: vec![ElementType::Passport], ..GenerateOptions::default() };
    let person = Person::generate_with(country("DE"), 2, &options).unwrap();
    assert!(matches!(person.write(directory.path()), Err(PersonWriteError::NotADirectory(_))));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

/// A picture of its own for each shade.
fn picture(shade: u8, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(60, 40, image::Rgb([shade, 90, 90])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn hand_written(directory: &Path, toml: &str) {
    fs::write(directory.join("person.toml"), toml).unwrap();
    fs::write(directory.join("front.png"), picture(1, image::ImageFormat::Png)).unwrap();
    fs::write(directory.join("back.jpg"), picture(200, image::ImageFormat::Jpeg)).unwrap();
}

#[test]
fn a_hand_written_person_may_have_little() {
    let directory = TempDir::new().unwrap();
    hand_written(
        directory.path(),
        "[[element]]\ntype = \"identity_card\"\ndocument_no = \"7\"\nfront_side = \"front.png\"\n\
         reverse_side = \"./back.jpg\"\n\n[[element]]\ntype = \"email\"\nemail = \"a@example.org\"\n",
    );
    let original = fs::read(directory.path().join("front.png")).unwrap();
    let jpeg = fs::read(directory.path().join("back.jpg")).unwrap();

    let careful = Person::read(directory.path()).unwrap();
    let front = careful.elements[0].file(Part::FrontSide).unwrap();
    assert!(front.as_bytes().starts_with(&[0xff, 0xd8]), "a PNG becomes a JPEG");
    let back = careful.elements[0].file(Part::ReverseSide).unwrap();
    assert_eq!(back.as_bytes(), jpeg, "a good JPEG stays as it is");

    let unprepared = read_unprepared(directory.path()).unwrap().0;
    assert_eq!(unprepared[0].file(Part::FrontSide).unwrap().as_bytes(), original);
    assert_eq!(unprepared.len(), 2);
}

#[test]
fn what_is_read_unprepared_may_be_anything() {
    let directory = TempDir::new().unwrap();
    hand_written(
        directory.path(),
        "[[element]]\ntype = \"passport\"\ndocument_no = \"\"\nfront_side = \"text.txt\"\n\
         selfie = \"empty\"\n[[element]]\ntype = \"personal_details\"\nfirst_name = \"😀 שלום\"\n",
    );
    fs::write(directory.path().join("text.txt"), "not a picture").unwrap();
    fs::write(directory.path().join("empty"), "").unwrap();
    let elements = read_unprepared(directory.path()).unwrap().0;
    assert_eq!(elements[0].file(Part::FrontSide).unwrap().as_bytes(), b"not a picture");
    assert_eq!(elements[0].file(Part::Selfie).unwrap().as_bytes(), b"");

    let error = Person::read(directory.path()).unwrap_err().to_string();
    for expected in [
        "person.toml, element 1 (passport), front_side: this is not a picture",
        "person.toml, element 1 (passport), selfie: the file is empty",
        "person.toml, element 2 (personal_details), first_name: this must be in Latin letters",
        "person.toml, element 2 (personal_details), gender: this is missing",
    ] {
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn metadata_stays_behind_unless_read_unprepared() {
    let directory = TempDir::new().unwrap();
    hand_written(
        directory.path(),
        "[[element]]\ntype = \"passport\"\ndocument_no = \"1\"\nfront_side = \"back.jpg\"\n",
    );
    let path = directory.path().join("back.jpg");
    let mut jpeg = fs::read(&path).unwrap();
    jpeg.splice(2..2, *b"\xff\xfe\0\x0bat home!!");
    fs::write(&path, &jpeg).unwrap();
    let careful = Person::read(directory.path()).unwrap();
    let unprepared = read_unprepared(directory.path()).unwrap().0;
    let tells = |bytes: &[u8]| bytes.windows(7).any(|window| window == b"at home");
    assert_eq!(unprepared[0].file(Part::FrontSide).unwrap().as_bytes(), jpeg);
    let careful = careful.elements[0].file(Part::FrontSide).unwrap().as_bytes();
    assert!(tells(&jpeg) && !tells(careful));
}

/// A thumbnail in the JFIF header, a second header, a profile: what is no remark of `prepare` is no scan all the same.
#[test]
fn nothing_beside_the_pixels_is_read_into_a_person() {
    let directory = TempDir::new().unwrap();
    let text = "[[element]]\ntype = \"utility_bill\"\nfiles = [\"page.jpg\"]\n";
    fs::write(directory.path().join("person.toml"), text).unwrap();
    for (what, picture) in crate::conformance::pictures::telling() {
        fs::write(directory.path().join("page.jpg"), &picture).unwrap();
        let person = Person::read(directory.path()).unwrap();
        let page = person.elements[0].file(Part::File(0)).unwrap().as_bytes();
        assert!(page != picture && scan::accept(page).is_ok(), "{what}");
        assert!(!page.windows(3).any(|window| window == b"hid"), "{what}");
    }
}

#[test]
fn unknown_fields_survive() {
    let directory = TempDir::new().unwrap();
    let text = "[[element]]\ntype = \"address\"\ncountry_code = \"DE\"\ncity = \"Berlin\"\n\
                street_line1 = \"A 1\"\npost_code = \"10115\"\nunknown = [[\"shoe_size\", \"42\"]]\n";
    fs::write(directory.path().join("person.toml"), text).unwrap();
    let person = Person::read(directory.path()).unwrap();
    let unknown = person.elements[0].unknown_fields().unwrap();
    assert_eq!(unknown.iter().collect::<Vec<_>>(), [("shoe_size", "42")]);
    let again = TempDir::new().unwrap();
    person.write(again.path()).unwrap();
    assert_eq!(Person::read(again.path()).unwrap(), person);
}

#[test]
fn every_mistake_is_named_where_it_is() {
    let passport = |rest: &str| format!("[[element]]\ntype = \"passport\"\ndocument_no = \"1\"\n{rest}\n");
    let cases = [
        (String::new(), "person.toml: there is no [[element]]"),
        ("name = \"x\"".to_owned(), "person.toml, name: this key is not known"),
        ("element = 3".to_owned(), "person.toml, element: every element is a table"),
        ("element = [3]".to_owned(), "person.toml, element 1: every element is a table"),
        ("[[element]]\n".to_owned(), "person.toml, element 1, type: the type is missing"),
        ("[[element]]\ntype = 5\n".to_owned(), "person.toml, element 1, type: a text in quotes"),
        ("[[element]]\ntype = \"visa\"\n".to_owned(), "person.toml, element 1, type: this is none of the 13"),
        (passport("colour = \"red\""), "person.toml, element 1 (passport), colour: this key is not known"),
        (
            passport("first_name = \"A\""),
            "element 1 (passport), first_name: elements of this type have no such field",
        ),
        (passport("files = [\"front.png\"]"), "files: elements of this type have no such field or scan"),
        (passport("expiry_date = 2030-01-01"), "expiry_date: a text in quotes is needed here"),
        (passport("expiry_date = \"2030-01-01\""), "expiry_date: a date is written DD.MM.YYYY"),
        (passport("expiry_date = \"29.02.2030\""), "expiry_date: there is no such day in the calendar"),
        (passport("front_side = [\"front.png\"]"), "front_side: a text in quotes"),
        (passport("translation = \"front.png\""), "translation: a list of paths"),
        (passport("translation = [\"front.png\", 5]"), "translation[1]: a text in quotes"),
        (passport("front_side = \"none.jpg\""), "front_side: there is no such file"),
        (passport("front_side = \"front.png/x\""), "front_side: there is no such file"),
        (passport("front_side = \"directory\""), "front_side: this is not a file"),
        (passport("front_side = \"../front.png\""), "front_side: the path has to stay inside"),
        (passport("front_side = \"/etc/hostname\""), "front_side: the path has to stay inside"),
        (passport("front_side = \"a\\\\..\\\\b\""), "front_side: the path has to stay inside"),
        (passport("front_side = \"\""), "front_side: the path has to stay inside"),
        (passport("front_side = \"link\""), "front_side: the path has to stay inside"),
        (passport("front_side = \"document.pdf\""), "front_side: this is"),
        (passport("front_side = \"huge\""), "front_side: the file has more than 104857600 bytes"),
        (passport(""), "front_side: this is missing"),
        (
            passport("front_side = \"front.png\"\nreverse_side = \"back.jpg\""),
            "reverse_side: this does not belong here",
        ),
        (
            passport("front_side = \"front.png\"\nselfie = \"front.png\""),
            "selfie: this is the same file as the picture of the front side",
        ),
        (passport("unknown = [[\"a\", \"{\"]]"), "unknown: pairs of a name and its value as JSON"),
        (
            format!("{}{}", passport("front_side = \"front.png\""), passport("front_side = \"front.png\"")),
            "element 2 (passport): there is an element of this type before",
        ),
        ("[[element]\n".to_owned(), "line 1 is not TOML"),
        ("a = 1\n\nb = \n".to_owned(), "line 3 is not TOML"),
    ];
    for (toml, expected) in cases {
        let directory = TempDir::new().unwrap();
        let elsewhere = TempDir::new().unwrap();
        hand_written(directory.path(), &toml);
        fs::write(elsewhere.path().join("secret.jpg"), "secret").unwrap();
        fs::create_dir(directory.path().join("directory")).unwrap();
        fs::write(directory.path().join("document.pdf"), "%PDF-1.7\n").unwrap();
        fs::File::create(directory.path().join("huge")).unwrap().set_len(100 * 1024 * 1024 + 1).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(elsewhere.path().join("secret.jpg"), directory.path().join("link"))
            .unwrap();
        #[cfg(not(unix))]
        if toml.contains("link") {
            continue;
        }
        let error = Person::read(directory.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{toml}\nexpected: {expected}\ngot: {error}");
    }
}

#[test]
fn several_mistakes_are_found_in_one_go() {
    let directory = TempDir::new().unwrap();
    hand_written(
        directory.path(),
        "a = 1\n[[element]]\ntype = \"passport\"\nb = 1\nexpiry_date = \"x\"\nfront_side = \"none\"\n\
         [[element]]\ntype = \"visa\"\n",
    );
    match Person::read(directory.path()).unwrap_err() {
        PersonReadError::Flawed(flaws) => assert_eq!(flaws.len(), 5, "{flaws:?}"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_person_file_that_is_none_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("person.toml");
    let read = || Person::read(directory.path()).unwrap_err();
    assert!(matches!(read(), PersonReadError::NotThere(path) if path == file));
    fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(matches!(read(), PersonReadError::NotText(_)));
    fs::write(&file, " ".repeat(1024 * 1024 + 1)).unwrap();
    assert!(matches!(read(), PersonReadError::TooLarge(_)));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(read(), PersonReadError::Io { .. }));
    let nowhere = directory.path().join("nobody");
    assert!(matches!(Person::read(&nowhere), Err(PersonReadError::NotThere(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_a_person_or_an_error(
        head in "[[element]]\ntype = \"(passport|address|email|utility_bill)\"\n|",
        lines in proptest::collection::vec(
            "(front_side|files|city|email|type|unknown|x) = (\"[a-z./]{0,4}\"|\\[\"[a-z./]{0,3}\"\\]|[0-9]{1,3})",
            0..4,
        ),
        rest in any::<String>(),
        garbled in any::<bool>(),
    ) {
        let directory = TempDir::new().unwrap();
        let mut text = format!("{head}{}\n", lines.join("\n"));
        if garbled {
            text.push_str(&rest);
        }
        fs::write(directory.path().join("person.toml"), text).unwrap();
        let careful = Person::read(directory.path()).map(|person| person.elements.len());
        for read in [careful, read_unprepared(directory.path()).map(|(elements, _)| elements.len())] {
            match read {
                Ok(elements) => prop_assert!(elements > 0),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn debug_and_errors_keep_quiet_about_the_contents() {
    let kinds = vec![ElementType::PersonalDetails, ElementType::Passport];
    let person =
        Person::generate_with(country("DE"), 1, &GenerateOptions { kinds, ..GenerateOptions::default() })
            .unwrap();
    let shown = format!("{person:?}");
    let details = details(&person);
    for private in [&details.first_name, &details.last_name] {
        assert!(!shown.contains(private.as_str()));
    }
    let directory = TempDir::new().unwrap();
    fs::write(
        directory.path().join("person.toml"),
        "[[element]]\ntype = \"personal_details\"\ngender = \"zebra\"\n",
    )
    .unwrap();
    let error = Person::read(directory.path()).unwrap_err().to_string();
    assert!(error.contains("gender: a gender is") && !error.contains("zebra"), "{error}");
}

#[test]
fn a_person_can_be_put_together_by_hand() {
    let mut passport = Element::empty(ElementType::Passport);
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    passport.attach(PartKind::FrontSide, scan::accept(jpeg.get_ref()).unwrap()).unwrap();
    let person = Person { elements: vec![passport] };
    let directory = TempDir::new().unwrap();
    person.write(directory.path()).unwrap();
    let read = read_unprepared(directory.path()).unwrap().0;
    assert_eq!(read, [contents(person.elements[0].clone())]);
}
