//! An element asked for at a terminal, field by field and picture by picture.

use telegram_passport::element::{Element, ElementType, Field, PartKind, Presence};
use telegram_passport::passport::{Passport, SavedElement};
use zeroize::Zeroizing;

use super::super::list::list_failure;
use super::wish::{Picture, Wish};
use crate::account::{Unlocked, unlock_failure};
use crate::asking::Asker;
use crate::failure::Failure;

/// Asks for everything that elements of this kind may have; what is stored is kept where nothing is typed.
pub(super) async fn ask(unlocked: &Unlocked, kind: ElementType, asker: Asker) -> Result<Wish, Failure> {
    let stored = unlocked.passport.get(kind).await.map_err(|error| list_failure(&error))?;
    let stored = stored.as_ref().and_then(SavedElement::element);
    let mut wish = Wish::nothing(kind);
    asker.tell(if stored.is_some() {
        "An empty line keeps what is stored."
    } else {
        "An empty line leaves out what may be left out."
    });
    for field in Field::of(kind) {
        let offered = offered(unlocked, *field).await?;
        let kept = stored.and_then(|element| element.text(*field)).is_some_and(|text| !text.is_empty());
        let hint = match (&offered, kept) {
            (_, true) => " [stored]".to_owned(),
            (Some(own), false) => format!(" [{}, the account's own]", own.as_str()),
            (None, false) => String::new(),
        };
        let text = asker.line(&format!("{} ({field}){hint}", capitalised(field.title()))).await?;
        match offered {
            _ if !text.is_empty() => wish.fields.push((*field, text)),
            Some(own) if !kept => wish.fields.push((*field, own)),
            _ => {}
        }
    }
    for part in
        [PartKind::FrontSide, PartKind::ReverseSide, PartKind::Selfie, PartKind::Translation, PartKind::Files]
    {
        if kind.presence(part) != Presence::MustNot {
            let pictures = pictures(stored, part, asker).await?;
            if !pictures.is_empty() {
                wish.pictures.push((part, pictures));
            }
        }
    }
    Ok(wish)
}

/// What the account itself offers for this field.
async fn offered(unlocked: &Unlocked, field: Field) -> Result<Option<Zeroizing<String>>, Failure> {
    if !matches!(field, Field::PhoneNumber | Field::Email) {
        return Ok(None);
    }
    let own =
        unlocked.passport.defaults(unlocked.password()).await.map_err(|error| unlock_failure(&error))?;
    Ok(match field {
        Field::PhoneNumber => own.phone_number.map(|number| Zeroizing::new(number.0.clone())),
        _ => own.email.map(|address| Zeroizing::new(address.0.clone())),
    })
}

async fn pictures<F>(
    stored: Option<&Element<F>>,
    part: PartKind,
    asker: Asker,
) -> Result<Vec<Picture>, Failure> {
    let kept = stored.is_some_and(|element| element.files().any(|(place, _)| place.kind() == part));
    let several = matches!(part, PartKind::Translation | PartKind::Files);
    let mut pictures = Vec::new();
    loop {
        let hint = if kept && pictures.is_empty() { " [stored]" } else { "" };
        let what = match (several, pictures.len()) {
            (false, _) => format!("Picture for {part}{hint}"),
            (true, count) => format!("Picture of page {} for {part}{hint}", count + 1),
        };
        let path = asker.line(&what).await?;
        if path.is_empty() {
            return Ok(pictures);
        }
        pictures.push(Picture::File(path.trim().into()));
        if !several {
            return Ok(pictures);
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
