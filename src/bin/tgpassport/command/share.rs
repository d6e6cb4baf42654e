//! `share URL [--use KIND]… [--yes]`.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use telegram_passport::element::{Field, UnknownFields};
use telegram_passport::passport::{Form, FormError, Passport, SendError};
use telegram_passport::request::{
    AssessedAlternative, Assessment, Expiry, Outcome, PassportRequest, SelectedElement, Selection, Service,
    displayed,
};
use zeroize::Zeroizing;

use crate::account::unlock;
use crate::answer::{Answer, Warnings};
use crate::arguments;
use crate::asking::Asker;
use crate::callback;
use crate::deed::Deed;
use crate::failure::{Failure, sentence, signed_out};
use crate::missing::incomplete;
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
    let outcome = answer(&unlocked.passport, &request, options, asker).await;
    // What comes after the share is sent does not undo it: it is told beside the answer.
    let mut warnings = Warnings::default();
    // One that may have arrived is asked about as one that has.
    if outcome.as_ref().map_or_else(Failure::is_unknown, |_| true) {
        warnings.note(unlocked.signed_in.account.remember_request(&request));
    }
    warnings.and(unlocked.close().await);
    if options.open {
        let address = match &outcome {
            Ok(_) => Outcome::Success.address(&request),
            Err(failure) => failure.address().map(str::to_owned),
        };
        warnings.note(callback::open(address.as_deref()));
    }
    let disclosure = outcome?;
    Ok(warnings.beside(Shared { disclosure, sent: true, callback: Outcome::Success.address(&request) }))
}

/// Shows the form, asks for consent, and sends.
async fn answer(
    passport: &impl Passport,
    request: &PassportRequest,
    options: &arguments::Share,
    asker: Asker,
) -> Result<Disclosure, Failure> {
    let progress = Progress::start("asking what the bot wants");
    let form = passport.form(request).await.map_err(|error| form_failure(&error, request))?;
    drop(progress);
    let assessment = form.assess();
    let selection = assessment.select_preferring(&options.choices).map_err(|error| {
        incomplete(&error, &assessment).remedy(
            "Nothing was sent. `tgpassport put KIND` stores what is missing; --use chooses an alternative.",
        )
    })?;
    let disclosure = Disclosure::new(&form, &assessment, &selection);
    if !options.yes {
        // Shown where the question is, and not as the answer.
        write!(io::stderr(), "{disclosure}")
            .map_err(|error| Failure::failed(format!("the request cannot be shown: {error}")))?;
        let word = asker.line("To share all of this and nothing else, type yes").await?;
        if !word.trim().eq_ignore_ascii_case("yes") {
            return Err(Failure::declined("nothing was shared").callback(Outcome::Cancel.address(request)));
        }
    }
    let _progress = Progress::start("sending");
    Deed::share().run(passport.send(&form, &selection), |error| send_failure(error, request)).await?;
    Ok(disclosure)
}

/// Why there is no form, and what tells the service if it is the service's fault.
pub(crate) fn form_failure(error: &FormError, request: &PassportRequest) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    let text = sentence(error);
    match error {
        FormError::Service(service) => {
            Failure::denied(text).callback(Outcome::Error(*service).address(request))
        }
        FormError::FloodWait { .. } => Failure::denied(text),
        FormError::Altered | FormError::Tampered(_) | FormError::UnknownService => Failure::refused(text),
        _ => Failure::failed(text),
    }
}

fn send_failure(error: &SendError, request: &PassportRequest) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    let text = sentence(error);
    match error {
        SendError::Service(service) => {
            Failure::denied(text).callback(Outcome::Error(*service).address(request))
        }
        SendError::ElementChanged { .. } => {
            Failure::refused(text).remedy("Nothing was sent. Look at the request again.")
        }
        SendError::FloodWait { .. } => Failure::denied(text),
        SendError::Unreadable { .. } | SendError::Description { .. } => Failure::refused(text),
        _ => Failure::failed(text),
    }
}

impl Disclosure {
    fn new(form: &Form, assessment: &Assessment, selection: &Selection) -> Self {
        let authorization = form.authorization();
        let rows = assessment.rows().iter().zip(selection.elements());
        let leaving = rows.map(|(row, selected)| {
            let chosen = row.alternatives().iter().find(|one| one.asked() == selected.asked());
            Leaving::new(form, selected, chosen)
        });
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
    fn new(form: &Form, selected: &SelectedElement, chosen: Option<&AssessedAlternative>) -> Self {
        let kind = selected.kind();
        let element =
            form.elements().iter().find(|saved| saved.kind == kind).and_then(|saved| saved.element());
        let mut fields = Vec::new();
        if let Some(element) = element {
            for field in Field::of(kind) {
                if let Some(text) = element.text(*field).filter(|text| !text.is_empty()) {
                    fields.push(LeavingField { name: field.name().to_owned(), value: Zeroized(text) });
                }
            }
            // What another client added is sealed with the rest, and leaves with it.
            for (name, json) in element.unknown_fields().into_iter().flat_map(UnknownFields::iter) {
                let value = Zeroized(Zeroizing::new(json.to_owned()));
                fields.push(LeavingField { name: printable::line(name), value });
            }
        }
        let (expires, expired) = match chosen.map(AssessedAlternative::expiry) {
            Some(Expiry::Past { date }) => (Some(date.to_string()), true),
            Some(Expiry::Soon { date }) => (Some(date.to_string()), false),
            _ => (None, false),
        };
        let files = selected.files().map(|part| part.to_string()).collect();
        Self { kind: kind.name(), title: kind.title(), fields, files, expires, expired }
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
        }
        match &self.callback {
            Some(address) => writeln!(f, "To tell the service, open {}", printable::line(address)),
            None => Ok(()),
        }
    }
}
