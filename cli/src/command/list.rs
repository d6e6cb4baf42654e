//! `list`.

use std::fmt;

use serde::Serialize;
use telegram_passport::element::{Date, ElementType};
use telegram_passport::passport::{Passport, SavedContent, SavedElement, Sight};

use crate::account::unlock;
use crate::answer::Answer;
use crate::arguments;
use crate::asking::Asker;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;

#[derive(Serialize)]
struct Listed {
    elements: Vec<ListedElement>,
}

/// One element, without anything it says about the person.
#[derive(Serialize)]
struct ListedElement {
    kind: &'static str,
    #[serde(skip)]
    title: &'static str,
    files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    expired: bool,
    /// What is wrong with it.
    flaws: Vec<String>,
    /// Whether another client may have added fields, which TDLib does not show.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unseen: bool,
}

pub(crate) async fn run(options: &arguments::List) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    let unlocked = unlock(&options.unlock, asker).await?;
    let elements = {
        let _progress = Progress::start("opening what is stored");
        listed(&unlocked.passport).await?
    };
    Ok(unlocked.close().await.beside(Listed { elements }))
}

async fn listed(passport: &dyn Passport) -> Result<Vec<ListedElement>, Failure> {
    let saved = passport.list().await?;
    Ok(saved.iter().map(ListedElement::new).collect())
}

/// What is wrong with a stored element, in sentences.
pub(crate) fn flaws(saved: &SavedElement) -> Vec<String> {
    let unreadable = match &saved.content {
        SavedContent::Readable(_) => None,
        SavedContent::Unreadable(why) => Some(sentence(why)),
    };
    unreadable.into_iter().chain(saved.flaws.iter().map(|flaw| sentence(flaw))).collect()
}

impl ListedElement {
    fn new(saved: &SavedElement) -> Self {
        let element = saved.element();
        let expiry =
            element.and_then(|element| element.identity_document()).and_then(|document| document.expiry_date);
        Self {
            kind: saved.kind.name(),
            title: saved.kind.title(),
            files: element.into_iter().flat_map(|e| e.files()).map(|(part, _)| part.to_string()).collect(),
            expires: expiry.map(|date| date.to_string()),
            expired: expiry.is_some_and(|date| date < Date::today()),
            flaws: flaws(saved),
            unseen: saved.sight == Sight::KnownFields,
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.elements.is_empty() {
            return writeln!(f, "Nothing is stored. `tgpassport put KIND` stores an element.");
        }
        for element in &self.elements {
            let width = ElementType::ALL.map(|kind| kind.name().len()).into_iter().max().unwrap_or_default();
            write!(f, "{:<width$}  {}", element.kind, element.title)?;
            if !element.files.is_empty() {
                write!(f, ": {}", element.files.join(", "))?;
            }
            match &element.expires {
                Some(date) if element.expired => write!(f, "; EXPIRED on {date}")?,
                Some(date) => write!(f, "; valid until {date}")?,
                None => {}
            }
            writeln!(f)?;
            for flaw in &element.flaws {
                writeln!(f, "{:<width$}  ! {}", "", crate::printable::line(flaw))?;
            }
        }
        if self.elements.iter().any(|element| element.unseen) {
            writeln!(
                f,
                "TDLib shows the fields that it knows; what another client may have added is not seen here."
            )?;
        }
        Ok(())
    }
}
