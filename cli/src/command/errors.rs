//! `errors [URL]`.

use std::fmt;

use serde::Serialize;
use telegram_passport::element::{ElementType, PartKind, Place};
use telegram_passport::passport::{Form, Passport};
use telegram_passport::request::{Objection, Obstacle, PassportRequest};

use super::share::no_form;
use crate::account::{self, unlock};
use crate::answer::{Answer, Warnings};
use crate::arguments;
use crate::asking::Asker;
use crate::disclosure::ServiceFacts;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{printable, reading};

/// What bots have objected to.
#[derive(Serialize)]
struct Objections {
    requests: Vec<Answered>,
}

/// One request that was answered, and what its bot said to that.
#[derive(Serialize)]
struct Answered {
    bot_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<ServiceFacts>,
    /// What still counts.
    objections: Vec<Objected>,
    /// How many count no more, for what they named has been replaced.
    settled: usize,
    /// Why the request could not be looked at again.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<String>,
}

#[derive(Serialize)]
struct Objected {
    kind: &'static str,
    /// A field, a part, or the element as a whole.
    place: String,
    /// The bot's words.
    message: String,
    /// What would resolve it.
    remedy: String,
    /// Whether the server still says it; if not, it is remembered here, for what it is about has not changed.
    listed: bool,
}

pub(crate) async fn run(options: &arguments::Errors) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    let given = match options.request.as_deref() {
        Some("-") if options.unlock.engine.account.password_stdin => {
            return Err(Failure::usage(
                "standard input holds the password: give the request as a link or a file",
            ));
        }
        Some(given) => Some(reading::request(given)?.request),
        None => None,
    };
    let unlocked = unlock(&options.unlock, asker).await?;
    let mut memory = account::Objections::read(&unlocked.signed_in).await?;
    let progress = Progress::start("asking what the bots say");
    let requests = match given {
        Some(request) => {
            let form = unlocked.passport.form(&request).await;
            vec![Answered::new(form.map_err(|error| no_form(&error, &request))?, &mut memory)]
        }
        None => look_again(&unlocked.passport, &unlocked.signed_in.account.requests()?, &mut memory).await,
    };
    drop(progress);
    let mut warnings = Warnings::of(memory.keep(&unlocked.signed_in).await);
    warnings.and(unlocked.close().await);
    Ok(warnings.beside(Objections { requests }))
}

/// Looks at each request again; one that has gone does not keep the others from being told.
async fn look_again(
    passport: &dyn Passport,
    requests: &[PassportRequest],
    memory: &mut account::Objections,
) -> Vec<Answered> {
    let mut answered = Vec::new();
    for request in requests {
        answered.push(match passport.form(request).await {
            Ok(form) => Answered::new(form, memory),
            Err(error) => Answered {
                bot_id: request.bot_id(),
                service: None,
                objections: Vec::new(),
                settled: 0,
                unknown: Some(no_form(&error, request).to_string()),
            },
        });
    }
    answered
}

impl Answered {
    fn new(mut form: Form, memory: &mut account::Objections) -> Self {
        memory.recall(&mut form);
        let assessment = form.assess();
        let alternatives = assessment.rows().iter().flat_map(|row| row.alternatives());
        let objections: Vec<Objected> = alternatives
            .flat_map(|alternative| {
                let kind = alternative.asked().kind;
                let listed = alternative.obstacles().iter().filter_map(move |obstacle| match obstacle {
                    Obstacle::Objection(objection) => Some(Objected::new(kind, objection, true)),
                    _ => None,
                });
                let standing = alternative.standing().iter();
                listed.chain(standing.map(move |objection| Objected::new(kind, objection, false)))
            })
            .collect();
        let listed = objections.iter().filter(|objection| objection.listed).count();
        let authorization = form.authorization();
        Self {
            bot_id: form.request().bot_id(),
            service: Some(ServiceFacts::new(authorization.service())),
            settled: authorization.errors().len().saturating_sub(listed),
            objections,
            unknown: None,
        }
    }
}

impl Objected {
    fn new(kind: ElementType, objection: &Objection, listed: bool) -> Self {
        let put = match &objection.place {
            Place::Field(_) | Place::Unknown => format!("--set {}=…", objection.name()),
            Place::Part(part) => format!("{} FILE", flag(part.kind())),
            Place::PartKind(part) => format!("{} FILE", flag(*part)),
            _ => format!("--replace, and everything anew: `tgpassport put {kind} --help` says how"),
        };
        Self {
            kind: kind.name(),
            place: objection.name(),
            message: objection.message.clone(),
            remedy: format!("tgpassport put {kind} {put}"),
            listed,
        }
    }
}

/// The option of `put` for a part; a page is replaced with all of its list.
const fn flag(part: PartKind) -> &'static str {
    match part {
        PartKind::ReverseSide => "--reverse",
        PartKind::Selfie => "--selfie",
        PartKind::Translation => "--translation",
        PartKind::Files => "--file",
        _ => "--front",
    }
}

impl fmt::Display for Objections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.requests.is_empty() {
            return writeln!(f, "No request was answered here yet. `tgpassport errors URL` asks about one.");
        }
        for request in &self.requests {
            match &request.service {
                Some(service) => writeln!(f, "{service}")?,
                None => writeln!(f, "Bot {}", request.bot_id)?,
            }
            if let Some(why) = &request.unknown {
                writeln!(f, "  cannot be asked about: {why}")?;
                continue;
            }
            for objected in &request.objections {
                writeln!(
                    f,
                    "  {}, {}: {}",
                    objected.kind,
                    objected.place,
                    printable::line(&objected.message)
                )?;
                if !objected.listed {
                    writeln!(f, "    the server does not say so any more, but this has not changed since")?;
                }
                writeln!(f, "    {}", objected.remedy)?;
            }
            match (request.objections.len(), request.settled) {
                (0, 0) => writeln!(f, "  has no objections")?,
                (0, settled) => writeln!(f, "  has no objections any more; {settled} are settled")?,
                (_, 0) => {}
                (_, settled) => writeln!(f, "  {settled} more are settled")?,
            }
        }
        Ok(())
    }
}
