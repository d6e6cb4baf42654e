//! What the person looks at before they consent: who asks, and all that would leave.

use std::fmt;

use serde::Serialize;
use telegram_passport::element::{ElementType, FilledField};
use telegram_passport::passport::{Leaving, LeavingElement, Sight};
use telegram_passport::request::{AssessedAlternative, AssessedRow, Assessment, Expiry, Service, Why};
use zeroize::Zeroizing;

use crate::printable;

/// Who asks, and all that would leave.
#[derive(Serialize)]
pub(crate) struct Disclosure {
    service: ServiceFacts,
    /// `null` if the service has none.
    privacy_policy: Option<String>,
    elements: Vec<Disclosed>,
}

/// Who asks.
#[derive(Serialize)]
pub(crate) struct ServiceFacts {
    bot_id: i64,
    name: String,
    username: Option<String>,
    verified: bool,
    scam: bool,
    fake: bool,
}

/// What would leave of one element, and why this one.
#[derive(Serialize)]
struct Disclosed {
    kind: &'static str,
    #[serde(skip)]
    title: &'static str,
    fields: Vec<DisclosedField>,
    files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    expired: bool,
    /// What the bot objected to that has not changed since, though the server does not say so any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objections: Vec<String>,
    /// Why this one, where the bot takes one of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The others that the bot would take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<Alternative>,
    /// Whether fields that another client added would leave unseen: TDLib does not show them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unseen: bool,
}

/// Another element that the bot would take.
#[derive(Serialize)]
pub(crate) struct Alternative {
    kind: &'static str,
    #[serde(skip)]
    title: &'static str,
    /// Whether it could be shared as it stands.
    complete: bool,
    /// What stands in its way, or speaks against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obstacles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    expired: bool,
}

#[derive(Serialize)]
struct DisclosedField {
    name: String,
    value: Zeroized,
}

/// A text that is wiped, for the answer.
struct Zeroized(Zeroizing<String>);

impl Serialize for Zeroized {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Disclosure {
    pub(crate) fn new(leaving: &Leaving, assessment: &Assessment, choices: &[ElementType]) -> Self {
        let rows = assessment.rows().iter().zip(&leaving.elements);
        Self {
            service: ServiceFacts::new(&leaving.service),
            privacy_policy: leaving.privacy_policy_url.clone(),
            elements: rows.map(|(row, leaves)| Disclosed::new(leaves, row, choices)).collect(),
        }
    }

    /// Each element in one line, once it was shared.
    pub(crate) fn write_shared(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Shared with {}:", self.service)?;
        for element in &self.elements {
            let fields = element.fields.iter().map(|field| field.name.as_str());
            let parts: Vec<&str> = fields.chain(element.files.iter().map(String::as_str)).collect();
            writeln!(f, "  {}: {}", element.title, parts.join(", "))?;
            element.write_remarks(f)?;
        }
        Ok(())
    }
}

impl ServiceFacts {
    pub(crate) fn new(service: &Service) -> Self {
        Self {
            bot_id: service.bot_id,
            name: service.name.clone(),
            username: service.username.clone(),
            verified: service.verified,
            scam: service.scam,
            fake: service.fake,
        }
    }
}

impl Disclosed {
    fn new(leaves: &LeavingElement, row: &AssessedRow, choices: &[ElementType]) -> Self {
        let kind = leaves.kind();
        let chosen = row.alternatives().iter().find(|one| one.asked().kind == kind);
        let (expires, expired) = chosen.map_or((None, false), expiry);
        let why = match row.preferred() {
            _ if row.alternatives().len() > 1 && choices.contains(&kind) => Some(Why::Chosen),
            Some((_, Why::OnlyOneAsked)) | None => None,
            Some((_, why)) => Some(why),
        };
        let alternatives = row.alternatives().iter().filter(|one| one.asked().kind != kind);
        Self {
            kind: kind.name(),
            title: kind.title(),
            fields: leaves.fields().map(|field| DisclosedField::new(&field)).collect(),
            files: leaves.files().map(|(part, _)| part.to_string()).collect(),
            expires,
            expired,
            objections: chosen.into_iter().flat_map(standing).collect(),
            why: why.map(|why| why.to_string()),
            alternatives: alternatives.map(Alternative::new).collect(),
            unseen: leaves.sight == Sight::KnownFields,
        }
    }
}

impl DisclosedField {
    fn new(field: &FilledField<'_>) -> Self {
        let value = Zeroized(Zeroizing::new(field.text().to_owned()));
        Self { name: printable::line(field.name()), value }
    }
}

/// When the document expires, if that is soon or over, and whether it is over.
fn expiry(alternative: &AssessedAlternative) -> (Option<String>, bool) {
    match alternative.expiry() {
        Expiry::Past { date } => (Some(date.to_string()), true),
        Expiry::Soon { date } => (Some(date.to_string()), false),
        _ => (None, false),
    }
}

/// What the bot objected to that has not changed since, though the server does not say so any more.
fn standing(alternative: &AssessedAlternative) -> impl Iterator<Item = String> {
    alternative.standing().iter().map(|objection| format!("{objection}; that has not changed since"))
}

impl Alternative {
    pub(crate) fn new(alternative: &AssessedAlternative) -> Self {
        let kind = alternative.asked().kind;
        let (expires, expired) = expiry(alternative);
        let obstacles = alternative.obstacles().iter().map(ToString::to_string);
        Self {
            kind: kind.name(),
            title: kind.title(),
            complete: alternative.is_complete(),
            obstacles: obstacles.chain(standing(alternative)).collect(),
            expires,
            expired,
        }
    }
}

impl Disclosed {
    /// What is to be said about it besides what leaves: why it and no other, and what is not seen of it.
    fn write_remarks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for objection in &self.objections {
            writeln!(f, "  ! {}", printable::line(objection))?;
        }
        if self.unseen {
            writeln!(f, "  ! TDLib shows the fields that it knows; what another client added leaves, too")?;
        }
        if let Some(why) = &self.why {
            writeln!(f, "  this one, for {why}")?;
        }
        for alternative in &self.alternatives {
            writeln!(f, "  instead of {alternative}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title, self.kind)?;
        match &self.expires {
            Some(date) if self.expired => write!(f, ", expired on {date}")?,
            Some(date) => write!(f, ", expires on {date}")?,
            None => {}
        }
        let obstacles = self.obstacles.iter().map(|obstacle| printable::line(obstacle));
        let obstacles: Vec<String> = obstacles.collect();
        if obstacles.is_empty() { Ok(()) } else { write!(f, ": {}", obstacles.join(", ")) }
    }
}

impl fmt::Display for ServiceFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if let Some(username) = &self.username {
            write!(f, " (@{username})")?;
        }
        write!(f, ", bot {}", self.bot_id)
    }
}

impl fmt::Display for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.service)?;
        for (mark, meaning) in [
            (self.service.verified, "verified by Telegram"),
            (self.service.scam, "Telegram has marked it as a SCAM"),
            (self.service.fake, "Telegram has marked it as FAKE: it impersonates somebody"),
        ] {
            if mark {
                writeln!(f, "  {meaning}")?;
            }
        }
        match &self.privacy_policy {
            Some(url) => writeln!(f, "  privacy policy: {url}")?,
            None => writeln!(f, "  it has no privacy policy")?,
        }
        for element in &self.elements {
            writeln!(f, "\n{}", element.title)?;
            for field in &element.fields {
                writeln!(f, "  {:<22} {}", field.name, printable::line(&field.value.0))?;
            }
            for file in &element.files {
                writeln!(f, "  {file:<22} a scan")?;
            }
            match &element.expires {
                Some(date) if element.expired => writeln!(f, "  ! it expired on {date}")?,
                Some(date) => writeln!(f, "  ! it expires on {date}")?,
                None => {}
            }
            element.write_remarks(f)?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use telegram_passport::element::Element;

    use super::*;

    fn leaving(name: &str, value: &str) -> Disclosed {
        let value = Zeroized(Zeroizing::new(value.to_owned()));
        Disclosed {
            kind: "passport",
            title: "Passport",
            fields: vec![DisclosedField { name: name.to_owned(), value }],
            files: vec!["front_side".to_owned()],
            expires: None,
            expired: false,
            objections: Vec::new(),
            why: None,
            alternatives: Vec::new(),
            unseen: false,
        }
    }

    fn shown(service: Service, elements: Vec<Disclosed>) -> String {
        let service = ServiceFacts::new(&service);
        Disclosure { service, privacy_policy: None, elements }.to_string()
    }

    #[test]
    fn telegrams_marks_are_seen_before_anybody_consents() {
        let service = || Service::new(7, "A bank", Some("bank_bot"));
        let plain = shown(service(), Vec::new());
        for word in ["SCAM", "FAKE", "verified"] {
            assert!(!plain.contains(word), "{plain}");
        }
        assert!(shown(service().with_scam(true), Vec::new()).contains("marked it as a SCAM"));
        assert!(shown(service().with_fake(true), Vec::new()).contains("marked it as FAKE"));
        assert!(shown(service().with_verified(true), Vec::new()).contains("verified by Telegram"));
    }

    #[test]
    fn nothing_that_is_disclosed_writes_to_the_terminal() {
        let mut element = leaving("document_no", "A\u{1b}[2J\u{1b}[31m1\u{7}\u{202e}2\n3");
        element.objections.push("the bot objects\u{1b}[1A".to_owned());
        element.alternatives.push(Alternative {
            kind: "identity_card",
            title: "Identity card",
            complete: false,
            obstacles: vec!["because\u{1b}[0m".to_owned()],
            expires: None,
            expired: false,
        });
        let shown = shown(Service::new(7, "A\u{1b}[31m bank", None), vec![element]);
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(harmful), "{shown:?}");
        assert!(shown.contains("A[2J[31m12 3"), "{shown:?}");
    }

    #[test]
    fn what_is_not_known_and_not_understood_is_disclosed_and_what_is_not_seen_is_said() {
        let stored = br#"{"document_no":"A1","expiry_date":"2030-12-31","no\u001bte":"mine"}"#;
        let (element, _) = Element::<()>::read_data(ElementType::Passport, stored).unwrap();
        let fields: Vec<_> = element.filled_fields().map(|field| DisclosedField::new(&field)).collect();
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|field| (field.name.as_str(), field.value.0.as_str())).collect();
        assert_eq!(fields, [("document_no", "A1"), ("note", "\"mine\""), ("expiry_date", "\"2030-12-31\"")]);
        let unseen = Disclosed { unseen: true, ..leaving("document_no", "A1") };
        assert!(
            shown(Service::new(7, "A", None), vec![unseen]).contains("what another client added leaves, too")
        );
    }
}
