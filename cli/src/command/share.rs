//! `share URL [--use KIND]… [--yes]`.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use telegram_passport::element::{Element, ElementType, Field, RawFields, UnknownFields};
use telegram_passport::passport::{Form, FormError, Passport, SavedElement, SavedFile, SendError, Sight};
use telegram_passport::request::{
    AssessedAlternative, AssessedRow, Assessment, Expiry, Outcome, PassportRequest, SelectedElement,
    Selection, Service, Why, displayed,
};
use zeroize::Zeroizing;

use crate::account::{Objections, unlock};
use crate::answer::{Answer, Warnings};
use crate::arguments;
use crate::asking::{Answered, Asker};
use crate::callback;
use crate::deed::Deed;
use crate::failure::Failure;
use crate::obstacles::incomplete;
use crate::progress::Progress;
use crate::{printable, reading};

/// A share that was sent.
#[derive(Serialize)]
struct Shared {
    #[serde(flatten)]
    disclosure: Disclosure,
    sent: bool,
    /// What tells the service.
    callback: Option<String>,
}

/// What the person looks at before they consent: who asks, and all that would leave.
#[derive(Serialize)]
struct Disclosure {
    service: ServiceFacts,
    /// `null` if the service has none.
    privacy_policy: Option<String>,
    elements: Vec<Leaving>,
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

/// What would leave of one element.
#[derive(Serialize)]
struct Leaving {
    kind: &'static str,
    #[serde(skip)]
    title: &'static str,
    fields: Vec<LeavingField>,
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
struct Alternative {
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
struct LeavingField {
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

pub(crate) async fn run(options: &arguments::Share) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    if !options.yes && !asker.is_terminal() {
        return Err(Failure::usage("there is no terminal to consent on")
            .remedy("--yes consents to everything that the request asks for."));
    }
    if options.request == "-" && options.unlock.engine.account.password_stdin {
        return Err(Failure::usage(
            "standard input holds the password: give the request as a link or a file",
        ));
    }
    let request = reading::request(&options.request)?.request;
    let unlocked = unlock(&options.unlock, asker).await?;
    let mut memory = Objections::read(&unlocked.signed_in).await?;
    let outcome = answer(&unlocked.passport, &request, options, asker, &mut memory).await;
    let kept = memory.keep(&unlocked.signed_in).await;
    // What comes after the share is sent does not undo it: it is told beside the answer.
    let mut warnings = Warnings::default();
    // One that may have arrived is asked about as one that has.
    if outcome.as_ref().map_or_else(Failure::is_unknown, |_| true) {
        warnings.note(unlocked.signed_in.account.remember_request(&request));
    }
    warnings.note(kept);
    warnings.and(unlocked.close().await);
    if options.open {
        let address = match &outcome {
            Ok(_) => Outcome::Success.address(&request),
            Err(failure) => failure.address().map(str::to_owned),
        };
        let scheme = options.open_scheme.as_deref();
        warnings.note(callback::open(address.as_deref(), &request, scheme, asker).await);
    }
    let disclosure = outcome?;
    Ok(warnings.beside(Shared { disclosure, sent: true, callback: Outcome::Success.address(&request) }))
}

/// Shows the form, asks for consent, and sends.
async fn answer(
    passport: &dyn Passport,
    request: &PassportRequest,
    options: &arguments::Share,
    asker: Asker,
    memory: &mut Objections,
) -> Result<Disclosure, Failure> {
    let progress = Progress::start("asking what the bot wants");
    let mut form = passport.form(request).await.map_err(|error| no_form(&error, request))?;
    drop(progress);
    memory.recall(&mut form);
    let assessment = form.assess();
    let mut choices = options.choices.clone();
    if !options.yes {
        choose(&assessment, &mut choices, asker).await?;
    }
    let selection = assessment.select_preferring(&choices).map_err(|error| {
        incomplete(&error, &assessment).and_problems(&not_understood(form.elements())).remedy(
            "Nothing was sent. `tgpassport put KIND` stores what is missing; --use chooses an alternative.",
        )
    })?;
    let disclosure = Disclosure::new(&form, &assessment, &selection, &choices);
    if !options.yes {
        // Shown where the question is, and not as the answer.
        write!(io::stderr(), "{disclosure}")
            .map_err(|error| Failure::failed(format!("the request cannot be shown: {error}")))?;
        if !asker.says_yes("To share all of this and nothing else, type yes").await? {
            return Err(Failure::declined("nothing was shared").callback(Outcome::Cancel.address(request)));
        }
    }
    let _progress = Progress::start("sending");
    Deed::share().run(passport.send(&form, &selection), |error| not_sent(error, request)).await?;
    Ok(disclosure)
}

/// What is stored and was not understood, in its own text.
fn not_understood(elements: &[SavedElement]) -> Vec<String> {
    let elements = elements.iter().filter_map(SavedElement::element);
    elements
        .flat_map(|element| {
            let raw = element.raw_fields().into_iter().flat_map(RawFields::iter);
            raw.map(move |(field, json)| format!("{}: {field} is stored as {json}", element.kind().title()))
        })
        .collect()
}

/// Where several alternatives of a row would do, has the person choose one; an empty line takes the preferred one.
async fn choose(
    assessment: &Assessment,
    choices: &mut Vec<ElementType>,
    asker: Asker,
) -> Result<(), Failure> {
    for row in assessment.rows() {
        let kinds: Vec<ElementType> = row.choices().map(|one| one.asked().kind).collect();
        let named = row.alternatives().iter().any(|one| choices.contains(&one.asked().kind));
        let Some((preferred, why)) = row.preferred().filter(|_| kinds.len() > 1 && !named) else { continue };
        let preferred = preferred.asked().kind;
        asker.tell("The bot takes one of these:");
        for alternative in row.alternatives() {
            asker.tell(&format!("  {}", Alternative::new(alternative)));
        }
        asker.tell(&format!("Unless you choose, it is {preferred}: {why}."));
        let question = format!("Which one? [{preferred}]");
        let chosen = asker
            .until(&question, false, async |answer| {
                let answer = answer.trim();
                if answer.is_empty() {
                    return Ok(Answered::Well(None));
                }
                Ok(
                    match kinds
                        .iter()
                        .find(|kind| kind.name() == answer || kind.title().eq_ignore_ascii_case(answer))
                    {
                        Some(kind) => Answered::Well(Some(*kind)),
                        None => {
                            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                            Answered::Wrong(Failure::usage(format!("it is one of {}", names.join(", "))))
                        }
                    },
                )
            })
            .await?;
        choices.extend(chosen);
    }
    Ok(())
}

/// Why there is no form, and what tells the service if it is the service's fault.
pub(crate) fn no_form(error: &FormError, request: &PassportRequest) -> Failure {
    let failure = Failure::from(error);
    match error {
        FormError::Service(service) => failure.callback(Outcome::Error(*service).address(request)),
        _ => failure,
    }
}

/// The same for a share that was not sent.
fn not_sent(error: &SendError, request: &PassportRequest) -> Failure {
    let failure = Failure::from(error);
    match error {
        SendError::Service(service) => failure.callback(Outcome::Error(*service).address(request)),
        _ => failure,
    }
}

impl Disclosure {
    fn new(form: &Form, assessment: &Assessment, selection: &Selection, choices: &[ElementType]) -> Self {
        let authorization = form.authorization();
        let rows = assessment.rows().iter().zip(selection.elements());
        let leaving = rows.map(|(row, selected)| Leaving::new(form, selected, row, choices));
        Self {
            service: ServiceFacts::new(authorization.service()),
            privacy_policy: authorization.privacy_policy_url().map(|url| displayed(url, 1024)),
            elements: leaving.collect(),
        }
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

impl Leaving {
    fn new(form: &Form, selected: &SelectedElement, row: &AssessedRow, choices: &[ElementType]) -> Self {
        let kind = selected.kind();
        let saved = form.elements().iter().find(|saved| saved.kind == kind);
        let fields = saved.and_then(SavedElement::element).map(leaving_fields).unwrap_or_default();
        let chosen = row.alternatives().iter().find(|one| one.asked() == selected.asked());
        let (expires, expired) = chosen.map_or((None, false), expiry);
        let why = match row.preferred() {
            _ if row.alternatives().len() > 1 && choices.contains(&kind) => Some(Why::Chosen),
            Some((_, Why::OnlyOneAsked)) | None => None,
            Some((_, why)) => Some(why),
        };
        let alternatives = row.alternatives().iter().filter(|one| one.asked() != selected.asked());
        Self {
            kind: kind.name(),
            title: kind.title(),
            fields,
            files: selected.files().map(|part| part.to_string()).collect(),
            expires,
            expired,
            objections: chosen.into_iter().flat_map(standing).collect(),
            why: why.map(|why| why.to_string()),
            alternatives: alternatives.map(Alternative::new).collect(),
            unseen: saved.is_some_and(|saved| saved.sight == Sight::KnownFields),
        }
    }
}

/// All that is sealed as one, and leaves as one: what another client added, too, and what was not understood.
fn leaving_fields(element: &Element<SavedFile>) -> Vec<LeavingField> {
    let field = |name: String, text| LeavingField { name, value: Zeroized(text) };
    let known = Field::of(element.kind()).iter().filter_map(|known| {
        let text = element.text(*known).filter(|text| !text.is_empty())?;
        Some(field(known.name().to_owned(), text))
    });
    let json = |json: &str| Zeroizing::new(json.to_owned());
    let unknown = element.unknown_fields().into_iter().flat_map(UnknownFields::iter);
    let raw = element.raw_fields().into_iter().flat_map(RawFields::iter);
    known
        .chain(unknown.map(|(name, text)| field(printable::line(name), json(text))))
        .chain(raw.map(|(raw, text)| field(raw.name().to_owned(), json(text))))
        .collect()
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
    fn new(alternative: &AssessedAlternative) -> Self {
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

impl Leaving {
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

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Shared with {}:", self.disclosure.service)?;
        for element in &self.disclosure.elements {
            let fields = element.fields.iter().map(|field| field.name.as_str());
            let parts: Vec<&str> = fields.chain(element.files.iter().map(String::as_str)).collect();
            writeln!(f, "  {}: {}", element.title, parts.join(", "))?;
            element.write_remarks(f)?;
        }
        match &self.callback {
            Some(address) => writeln!(f, "To tell the service, open {}", printable::line(address)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaving(name: &str, value: &str) -> Leaving {
        let value = Zeroized(Zeroizing::new(value.to_owned()));
        Leaving {
            kind: "passport",
            title: "Passport",
            fields: vec![LeavingField { name: name.to_owned(), value }],
            files: vec!["front_side".to_owned()],
            expires: None,
            expired: false,
            objections: Vec::new(),
            why: None,
            alternatives: Vec::new(),
            unseen: false,
        }
    }

    fn shown(service: Service, elements: Vec<Leaving>) -> String {
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
        let (element, _) = Element::read_data(ElementType::Passport, stored).unwrap();
        let fields = leaving_fields(&element);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|field| (field.name.as_str(), field.value.0.as_str())).collect();
        assert_eq!(fields, [("document_no", "A1"), ("note", "\"mine\""), ("expiry_date", "\"2030-12-31\"")]);
        let unseen = Leaving { unseen: true, ..leaving("document_no", "A1") };
        assert!(
            shown(Service::new(7, "A", None), vec![unseen]).contains("what another client added leaves, too")
        );
    }
}
