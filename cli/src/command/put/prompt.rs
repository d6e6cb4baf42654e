//! An element asked for at a terminal, field by field and picture by picture. Each answer is judged when it is given:
//! one that is wrong is asked for again, and costs none of the others.

use telegram_passport::element::{Country, Element, ElementType, Entry, Field, PartKind, Place, Presence};
use telegram_passport::passport::{Passport, SavedElement};
use telegram_passport::tdlib::Session;
use zeroize::Zeroizing;

use super::merge::with_sign;
use super::picture::{Picture, scans as scans_of};
use super::wish::{Wish, not_taken};
use crate::account::Unlocked;
use crate::asking::Asker;
use crate::failure::Failure;
use crate::printable;

/// Asks for everything that elements of this kind may have; what is stored is kept where nothing is typed.
pub(super) async fn ask(
    unlocked: &Unlocked,
    kind: ElementType,
    stored: Option<&SavedElement>,
    asker: Asker,
) -> Result<Wish, Failure> {
    let stored = stored.and_then(SavedElement::element);
    let mut wish = Wish::nothing(kind);
    asker.tell(if stored.is_some() {
        "An empty line keeps what is stored."
    } else {
        "An empty line leaves out what may be left out."
    });
    let mut draft = Element::empty(kind);
    for field in Field::of(kind) {
        let kept = stored.and_then(|element| element.text(*field)).filter(|text| !text.is_empty());
        // What is stored was a text of this field.
        let _ = draft.set_text(*field, kept.as_deref().map_or("", String::as_str));
        let offered = if kept.is_some() { None } else { offered(unlocked, *field).await? };
        let question = question(kind, *field, kept.as_deref(), offered.as_deref());
        loop {
            let typed = asker.line(&question).await?;
            let answer = if typed.trim().is_empty() { offered.clone() } else { Some(typed) };
            match judge(&mut draft, *field, answer.as_deref().map(String::as_str)) {
                Ok(told) => {
                    told.iter().for_each(|told| asker.tell(&format!("  {told}")));
                    if let Some(answer) = &answer {
                        wish.enter(*field, answer);
                    }
                    break;
                }
                Err(problems) => problems.iter().for_each(|problem| asker.tell(&printable::line(problem))),
            }
        }
    }
    for part in PartKind::FILES {
        if kind.presence(part) != Presence::MustNot {
            let kept = stored.is_some_and(|element| element.files().any(|(place, _)| place.kind() == part));
            pictures(&mut wish, part, kept, &unlocked.signed_in.session, asker).await?;
        }
    }
    Ok(wish)
}

/// What a field is called, how it is written, and what there is already.
fn question(kind: ElementType, field: Field, kept: Option<&String>, offered: Option<&String>) -> String {
    let form = field.form().map(|form| format!("; {form}")).unwrap_or_default();
    let there = match (kept, offered) {
        (Some(kept), _) => format!(" [stored: {}]", printable::line(kept)),
        (None, Some(own)) => format!(" [{}, the account's own]", printable::line(own)),
        (None, None) => String::new(),
    };
    format!("{} ({field}{form}){there}", capitalised(field.title_in(kind)))
}

/// Takes an answer over into the draft, or what is stored where there is none, if the field can be so; the answer is
/// what is to be told of it.
///
/// # Errors
/// What is wrong, in sentences; the draft stays as it was.
fn judge(draft: &mut Element<()>, field: Field, answer: Option<&str>) -> Result<Vec<String>, Vec<String>> {
    let mut tried = draft.clone();
    let mut told = Vec::new();
    if let Some(answer) = answer {
        let entry = Entry::new(field, answer);
        tried
            .set_text(field, entry.text())
            .map_err(|error| vec![not_taken(draft.kind(), field, answer, error)])?;
        told.extend(entry.changes().iter().map(ToString::to_string));
        if matches!(field, Field::CountryCode | Field::ResidenceCountryCode) {
            told.extend(Country::from_code(entry.text()).map(|country| country.name().to_owned()));
        }
    }
    let minded = tried
        .validate()
        .into_iter()
        .filter(|problem| problem.place == Place::Field(field))
        .filter(|problem| answer.is_some() || !problem.is_of_entry());
    let problems: Vec<String> = minded.map(|problem| with_sign(&tried, &problem)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    *draft = tried;
    Ok(told)
}

/// What the account itself offers for this field.
async fn offered(unlocked: &Unlocked, field: Field) -> Result<Option<Zeroizing<String>>, Failure> {
    if !matches!(field, Field::PhoneNumber | Field::Email) {
        return Ok(None);
    }
    let own = unlocked.passport.defaults(&unlocked.password()).await?;
    Ok(match field {
        Field::PhoneNumber => own.phone_number.map(|number| Zeroizing::new(number.0.clone())),
        _ => own.email.map(|address| Zeroizing::new(address.0.clone())),
    })
}

/// Asks for the pictures of a part, of which some may be stored; none may come twice.
async fn pictures(
    wish: &mut Wish,
    part: PartKind,
    kept: bool,
    session: &Session,
    asker: Asker,
) -> Result<(), Failure> {
    let kind = wish.kind();
    let needed = kind.presence(part) == Presence::Must && !kept;
    loop {
        let count = wish.element.parts().map_or(0, |parts| parts.of(part).len());
        let hint = if kept && count == 0 { " [stored]" } else { "" };
        let what = if part.is_list() {
            format!("Picture of page {} for {part}{hint}", count + 1)
        } else {
            format!("Picture for {part}{hint}")
        };
        let path = asker.line(&what).await?;
        if path.trim().is_empty() {
            if needed && count == 0 {
                asker.tell(&format!("{}: without {part} it cannot be stored", kind.title()));
                continue;
            }
            return Ok(());
        }
        let Some(place) = part.at(count) else { return Ok(()) };
        match scans_of(place, Picture::File(path.trim().into()), session).await {
            Ok(made) if made.iter().any(|made| wish.has_scan(&made.scan)) => {
                asker.tell("This is the same picture as another one; each part needs one of its own.");
            }
            Ok(made) => {
                // The parts asked for are those of this kind.
                let _ = wish.element.attach(part, Picture::Scans(made));
                if !part.is_list() {
                    return Ok(());
                }
            }
            Err(problem) => asker.tell(&problem),
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_shows_the_form_and_what_is_stored() {
        let stored = "CZ".to_owned();
        let details = ElementType::PersonalDetails;
        assert_eq!(
            question(details, Field::CountryCode, Some(&stored), None),
            "Citizenship (country_code; its code, such as CZ, or its name) [stored: CZ]"
        );
        assert!(
            question(ElementType::Address, Field::CountryCode, None, None)
                .starts_with("Country (country_code;")
        );
        let date = question(ElementType::Passport, Field::ExpiryDate, None, None);
        assert_eq!(date, "Expiry date (expiry_date; DD.MM.YYYY)");
        let own = "420601234567".to_owned();
        assert!(
            question(ElementType::PhoneNumber, Field::PhoneNumber, None, Some(&own))
                .ends_with("[420601234567, the account's own]")
        );
    }

    #[test]
    fn each_answer_is_judged_when_it_is_given() {
        let mut draft = Element::empty(ElementType::Address);
        let told = judge(&mut draft, Field::CountryCode, Some("germany")).expect("a country");
        assert_eq!(told, ["taken as the country's code", "Germany"]);
        let wrong = judge(&mut draft, Field::CountryCode, Some("Germnay")).expect_err("no country");
        assert!(wrong[0].contains("perhaps DE (Germany)"), "{wrong:?}");
        let wrong = judge(&mut draft, Field::PostCode, Some("12_3")).expect_err("no post code");
        assert!(wrong[0].contains("_ (U+005F)"), "{wrong:?}");
        let wrong = judge(&mut draft, Field::City, None).expect_err("a city is needed");
        assert!(wrong[0].contains("is missing"), "{wrong:?}");
        assert_eq!(judge(&mut draft, Field::StreetLine2, None), Ok(vec![]));
        assert_eq!(judge(&mut draft, Field::PostCode, Some("110 00")), Ok(vec!["spaces dropped".to_owned()]));
        // What was judged before is still there.
        assert_eq!(draft.text(Field::CountryCode).expect("a field").as_str(), "DE");
        assert_eq!(draft.text(Field::PostCode).expect("a field").as_str(), "11000");
    }
}
