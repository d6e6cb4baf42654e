//! `share URL [--use KIND]… [--yes]`.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use telegram_passport::element::{ElementType, RawFields};
use telegram_passport::passport::{FormError, Passport, SavedElement, SendError};
use telegram_passport::request::{Assessment, Outcome, PassportRequest};

use crate::account::{Objections, unlock};
use crate::answer::{Answer, Warnings};
use crate::arguments;
use crate::asking::{Answered, Asker};
use crate::callback;
use crate::deed::Deed;
use crate::disclosure::{Alternative, Disclosure};
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
    let leaving = form.leaving(&selection).map_err(SendError::from)?;
    let disclosure = Disclosure::new(&leaving, &assessment, &choices);
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

/// Why nothing was sent, and what tells the service if it is the service's fault.
fn not_sent(error: &SendError, request: &PassportRequest) -> Failure {
    let failure = Failure::from(error);
    match error {
        SendError::Service(service) => failure.callback(Outcome::Error(*service).address(request)),
        _ => failure,
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.disclosure.write_shared(f)?;
        match &self.callback {
            Some(address) => writeln!(f, "To tell the service, open {}", printable::line(address)),
            None => Ok(()),
        }
    }
}
