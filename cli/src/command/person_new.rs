//! `person new [--country CC] [--seed N] --out DIR`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use telegram_passport::element::Country;
use telegram_passport_sandbox::person::Person;

use crate::answer::Answer;
use crate::arguments::PersonNew;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;
use crate::writing::whole;

/// A person, made.
#[derive(Serialize)]
struct MadePerson {
    country: String,
    seed: u64,
    elements: Vec<&'static str>,
    scans: usize,
    out: PathBuf,
    #[serde(skip)]
    name: String,
}

pub(crate) fn run(options: &PersonNew) -> Result<Box<dyn Answer>, Failure> {
    let seed = match options.seed {
        Some(seed) => seed,
        None => random_seed()?,
    };
    let country = match &options.country {
        Some(code) => country(code)?,
        None => drawn(seed)?,
    };
    let progress = Progress::start("drawing specimen scans");
    let person = generate(country, seed)?;
    progress.step("writing");
    if !options.force
        && let Some(path) =
            person.would_replace(&options.out).map_err(|error| Failure::failed(sentence(&error)))?
    {
        return Err(Failure::refused(format!("{} is not as this program wrote it", path.display()))
            .remedy("Name another folder, or say --force to lose what is there."));
    }
    whole(|| person.write(&options.out).map_err(|error| Failure::failed(sentence(&error))))?;
    drop(progress);
    Ok(Box::new(MadePerson {
        country: country.code().to_owned(),
        seed,
        elements: person.elements.iter().map(|element| element.kind().name()).collect(),
        scans: person.elements.iter().map(|element| element.files().count()).sum(),
        out: options.out.clone(),
        name: country.name().to_owned(),
    }))
}

/// What was perhaps meant by a country that is none.
pub(crate) fn perhaps(written: &str) -> String {
    let like: Vec<String> =
        Country::like(written).iter().map(|country| format!("{country} ({})", country.name())).collect();
    if like.is_empty() { String::new() } else { format!("; perhaps {}", like.join(", ")) }
}

/// The country that somebody typed in.
pub(crate) fn country(code: &str) -> Result<Country, Failure> {
    Country::from_written(code).ok_or_else(|| {
        Failure::usage(format!(
            "{code:?} is no country: two letters of ISO 3166-1 are, like CZ{}",
            perhaps(code)
        ))
    })
}

/// The person of a country and a seed.
pub(crate) fn generate(country: Country, seed: u64) -> Result<Person, Failure> {
    Person::generate(country, seed).map_err(|error| {
        let known: Vec<String> = Person::countries().map(|country| country.code().to_owned()).collect();
        Failure::usage(sentence(&error)).remedy(format!("There are names for {}.", known.join(" ")))
    })
}

fn drawn(seed: u64) -> Result<Country, Failure> {
    let known: Vec<Country> = Person::countries().collect();
    let index = usize::try_from(seed % known.len().max(1) as u64).unwrap_or(0);
    known.get(index).copied().ok_or_else(|| Failure::failed("there are no countries"))
}

/// Small enough for every JSON reader (2⁵³) and for a person to type again.
fn random_seed() -> Result<u64, Failure> {
    let seed = getrandom::u32()
        .map_err(|error| Failure::failed(format!("the operating system gives no randomness: {error}")))?;
    Ok(u64::from(seed))
}

impl fmt::Display for MadePerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (elements, out) = (self.elements.len(), self.out.display());
        writeln!(
            f,
            "A person from {} (seed {}), who never existed: {elements} elements,",
            self.name, self.seed
        )?;
        writeln!(f, "{} specimen scans. {out}/person.toml can be read and edited.", self.scans)
    }
}
