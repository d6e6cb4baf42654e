//! `simulate REQUEST --person DIR --out DIR [--use KIND]…`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use telegram_passport::element::ElementType;
use telegram_passport::passport::SaveError;
use telegram_passport::request::PassportRequest;
use telegram_passport_sandbox::person::Person;

use crate::answer::Answer;
use crate::arguments::Simulate;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;
use crate::reading;
use crate::running::within;
use crate::simulation::{Shared, Simulation, kinds_asked_for};
use crate::writing::Folder;

/// A share, made.
#[derive(Serialize)]
struct Simulated {
    update: PathBuf,
    files: PathBuf,
    elements: Vec<SharedElement>,
}

/// One element and the parts of it that left.
#[derive(Serialize)]
struct SharedElement {
    kind: &'static str,
    files: Vec<String>,
}

pub(crate) fn run(options: &Simulate) -> Result<Box<dyn Answer>, Failure> {
    let request = reading::request(&options.request)?.request;
    let choices = options.choices.iter().map(|kind| choice(kind)).collect::<Result<Vec<_>, _>>()?;
    let person = person(&options.person)?;
    let progress = Progress::start("sealing");
    let shared = within(share(&request, &person, &choices, &progress))?;
    progress.step("writing");
    let place = Folder::create(&options.out)?;
    shared.received.write(&place)?;
    drop(progress);
    let elements = shared.selection.elements().iter().map(|element| SharedElement {
        kind: element.kind().name(),
        files: element.files().map(|part| part.to_string()).collect(),
    });
    Ok(Box::new(Simulated {
        update: options.out.join("update.json"),
        files: options.out.join("files"),
        elements: elements.collect(),
    }))
}

fn choice(kind: &str) -> Result<ElementType, Failure> {
    crate::arguments::kind(kind).map_err(|why| Failure::usage(format!("--use: {kind:?} is {why}")))
}

fn person(folder: &Path) -> Result<Person, Failure> {
    Person::read(folder)
        .map_err(|error| Failure::failed(sentence(&error)).remedy("`tgpassport person new` makes a person."))
}

async fn share(
    request: &PassportRequest,
    person: &Person,
    choices: &[ElementType],
    progress: &Progress,
) -> Result<Shared, Failure> {
    let scope = request.parse_scope().map_err(|error| Failure::failed(sentence(&error)))?;
    let asked = kinds_asked_for(&scope);
    let simulation = Simulation::start(request, "The bot", person).await?;
    let mut flawed = Vec::new();
    for element in person.elements.iter().filter(|element| asked.contains(&element.kind())) {
        progress.step(format!("sealing {}", element.kind()));
        match simulation.store(element).await {
            Ok(()) => {}
            // The bot may be content without it; if not, this is told together with what is missing.
            Err(error @ (SaveError::Flawed { .. } | SaveError::Unacceptable { .. })) => {
                flawed.push(sentence(&error));
            }
            Err(error) => return Err(Failure::failed(sentence(&error))),
        }
    }
    let shared = simulation.share(request, choices, &flawed).await?;
    simulation.close().await?;
    Ok(shared)
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Shared")?;
        for element in &self.elements {
            let files = if element.files.is_empty() {
                String::new()
            } else {
                format!(" ({})", element.files.join(", "))
            };
            writeln!(f, "  {}{files}", element.kind)?;
        }
        writeln!(
            f,
            "{} is what a webhook gets, {}/ what getFile serves.",
            self.update.display(),
            self.files.display()
        )
    }
}
