//! `demo [--engine ENGINE] [--seed N] [--country CC] [--out DIR]`.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use telegram_passport::element::{Element, Part};
use telegram_passport::request::{
    LinkForm, PassportLink, PassportRequest, RequiredElement, Scope, ScopeForm, SuitableElement,
};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::tdlib::TDLIB_VERSION;
use telegram_passport::vault::FileContents;
use telegram_passport::vault::bot::{BotPrivateKey, OpenedShare, PassportData};
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{AccountSummary, ValueSummary};

use super::person_new::{country, generate};
use super::request_new::{NEW_KEY_BITS, random_nonce};
use super::request_show::Explanation;
use crate::account;
use crate::answer::{Answer, Warnings};
use crate::arguments::Demo;
use crate::engine::EngineKind;
use crate::failure::{Failure, sentence};
use crate::opened::{Nonce, Opened};
use crate::printable;
use crate::progress::Progress;
use crate::running::play;
use crate::simulation::{Shared, Simulation};
use crate::writing::Folder;

const BOT_ID: i64 = 7_500_000_001;
const BOT_NAME: &str = "Example Bank";

/// The whole story.
#[derive(Serialize)]
struct Story {
    engine: EngineKind,
    /// TDLib's version, if it is the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    tdlib: Option<&'static str>,
    /// Why it is not, although nobody asked for another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    without_tdlib: Option<String>,
    bot: &'static str,
    link: String,
    request: Explanation,
    person: PersonFacts,
    telegram_sees: Vec<SeenElement>,
    sent: Vec<Sent>,
    update_bytes: usize,
    bot_gets: Opened,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct PersonFacts {
    name: String,
    country: &'static str,
    seed: u64,
    elements: usize,
    scans: usize,
}

/// What is known of one stored element to whoever runs the servers.
#[derive(Serialize)]
struct SeenElement {
    kind: &'static str,
    in_the_clear: bool,
    ciphertexts: Vec<SeenPart>,
}

#[derive(Serialize)]
struct SeenPart {
    part: String,
    bytes: u64,
}

#[derive(Serialize)]
struct Sent {
    kind: &'static str,
    files: Vec<String>,
    kept_back: Vec<String>,
}

pub(crate) fn run(options: &Demo) -> Result<Box<dyn Answer>, Failure> {
    let begin = Instant::now();
    let country = country(&options.country)?;
    let progress = Progress::start("looking for TDLib");
    let (engine, without_tdlib) = EngineKind::for_story(options.engine, || account::obtain(&progress))?;
    progress.step("drawing a person's documents");
    let person = generate(country, options.seed)?;
    progress.step("making the bot's key");
    let key = BotPrivateKey::generate(NEW_KEY_BITS).map_err(|error| Failure::failed(sentence(&error)))?;
    let request = request(&key)?;
    let link = request.to_link(LinkForm::Resolve);
    let read = PassportLink::parse(&link).map_err(|error| Failure::failed(sentence(&error)))?;

    let (shared, seen, warnings) = play(share(engine, &read.request, &person, &progress))?;
    progress.step("opening what the bot got");
    let data = PassportData::parse(&shared.received.update, &[])
        .map_err(|error| Failure::failed(sentence(&error)))?;
    let share = open(&data, &key, &request, &shared)?;
    compare(&person, &share)?;
    let sent = sent(&person, &shared);
    let update_bytes = shared.received.update.len();
    let mut bot_gets = Opened::new(&data, share, true, Nonce::Compared);

    if let Some(out) = &options.out {
        progress.step("writing");
        let place = Folder::create(out)?;
        person.write(&out.join("person")).map_err(|error| Failure::failed(sentence(&error)))?;
        place.write("request.txt", format!("{link}\n").as_bytes())?;
        place.write("bot.pem", key.to_pem().as_bytes())?;
        shared.received.write(&place.folder("share")?)?;
        bot_gets = bot_gets.write(&out.join("opened"))?;
    }
    drop(progress);
    Ok(warnings.beside(Story {
        engine,
        tdlib: (engine == EngineKind::Tdlib).then_some(TDLIB_VERSION),
        without_tdlib,
        bot: BOT_NAME,
        link,
        request: Explanation::new(&read)?,
        person: PersonFacts {
            name: name_of(&person),
            country: country.name(),
            seed: options.seed,
            elements: person.elements.len(),
            scans: person.elements.iter().map(|element| element.files().count()).sum(),
        },
        telegram_sees: seen.values.iter().map(SeenElement::new).collect(),
        sent,
        update_bytes,
        bot_gets,
        seconds: begin.elapsed().as_secs_f64(),
        out: options.out.clone(),
    }))
}

/// What a bank would ask.
fn request(key: &BotPrivateKey) -> Result<PassportRequest, Failure> {
    use telegram_passport::element::ElementType::{
        BankStatement, Email, IdentityCard, Passport, PersonalDetails, PhoneNumber, UtilityBill,
    };
    let one = SuitableElement::new;
    let rows = vec![
        RequiredElement::from(one(PersonalDetails).with_native_names()),
        RequiredElement::one_of([one(Passport).with_selfie(), one(IdentityCard).with_selfie()]),
        RequiredElement::one_of([one(UtilityBill).with_translation(), one(BankStatement).with_translation()]),
        PhoneNumber.into(),
        Email.into(),
    ];
    let scope = Scope::new(rows, ScopeForm::Long).map_err(|error| Failure::failed(sentence(&error)))?;
    PassportRequest::new(BOT_ID, scope.as_str(), &key.public_key().to_pem(), &random_nonce()?)
        .map_err(|error| Failure::failed(sentence(&error)))
}

async fn share(
    engine: EngineKind,
    request: &PassportRequest,
    person: &Person,
    progress: &Progress,
) -> Result<(Shared, AccountSummary, Warnings), Failure> {
    progress.step("signing up");
    let simulation = match engine {
        EngineKind::Tdlib => Simulation::start_over_tdlib(request, BOT_NAME, person, progress).await?,
        EngineKind::Vault => Simulation::start(request, BOT_NAME, person).await?,
    };
    for element in &person.elements {
        progress.step(format!("sealing {}", element.kind()));
        simulation.store(element).await.map_err(|error| Failure::failed(sentence(&error)))?;
    }
    progress.step("sharing");
    let shared = simulation.share(request, &[], &[]).await?;
    let seen = simulation.seen_by_telegram()?;
    progress.step("closing");
    let warnings = Warnings::of(simulation.close().await);
    Ok((shared, seen, warnings))
}

fn open(
    data: &PassportData,
    key: &BotPrivateKey,
    request: &PassportRequest,
    shared: &Shared,
) -> Result<OpenedShare, Failure> {
    data.open(key, Some(request.nonce()), |file| {
        let ciphertext = shared.received.files.iter().find(|(id, _)| *id == file.file_id);
        ciphertext.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    })
    .map_err(|error| Failure::refused(sentence(&error)))
}

/// The demo ends well only if every picture arrived as it was.
fn compare(person: &Person, share: &OpenedShare) -> Result<(), Failure> {
    for opened in &share.elements {
        let own = own(person, &opened.element);
        for (part, contents) in opened.element.files() {
            let own = own.and_then(|element| element.file(part)).map(PassportJpeg::as_bytes);
            if own != Some(contents.as_bytes()) {
                return Err(Failure::failed(format!("{part} of {} is not what was shared", opened.kind())));
            }
        }
    }
    Ok(())
}

fn own<'a>(person: &'a Person, opened: &Element<FileContents>) -> Option<&'a Element<PassportJpeg>> {
    person.elements.iter().find(|element| element.kind() == opened.kind())
}

fn sent(person: &Person, shared: &Shared) -> Vec<Sent> {
    let elements = shared.selection.elements().iter();
    elements
        .map(|selected| {
            let files: Vec<Part> = selected.files().collect();
            let own = person.elements.iter().find(|element| element.kind() == selected.kind());
            let held = own.into_iter().flat_map(Element::files).map(|(part, _)| part);
            Sent {
                kind: selected.kind().title(),
                kept_back: held.filter(|part| !files.contains(part)).map(|part| part.to_string()).collect(),
                files: files.iter().map(Part::to_string).collect(),
            }
        })
        .collect()
}

fn name_of(person: &Person) -> String {
    let details = person.elements.iter().find_map(|element| match element {
        Element::PersonalDetails(details) => Some(details),
        _ => None,
    });
    details.map(|details| format!("{} {}", details.first_name, details.last_name)).unwrap_or_default()
}

impl SeenElement {
    fn new(value: &ValueSummary) -> Self {
        Self {
            kind: value.kind.name(),
            in_the_clear: value.in_the_clear,
            ciphertexts: value
                .parts
                .iter()
                .map(|seen| SeenPart {
                    part: seen.part.map_or_else(|| "data".to_owned(), |part| part.to_string()),
                    bytes: seen.bytes,
                })
                .collect(),
        }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person = &self.person;
        match self.tdlib {
            Some(version) => {
                writeln!(
                    f,
                    "Telegram is played in this process, on loopback. TDLib {version}, the library of Telegram's"
                )?;
                writeln!(
                    f,
                    "own apps, has logged in to it with a number, a code and a password, and seals and sends."
                )?;
                writeln!(
                    f,
                    "Its copy knows no other address; the risk it brings for real documents is accepted here.\n"
                )?;
            }
            None => {
                writeln!(
                    f,
                    "Telegram is played in this process, and the vault in here seals, without TDLib."
                )?;
                if let Some(why) = &self.without_tdlib {
                    writeln!(f, "{}.", printable::line(why))?;
                }
                writeln!(f)?;
            }
        }
        writeln!(f, "1. A BOT ASKS")?;
        writeln!(
            f,
            "{} wants to know its customer and sends a link of {} characters.",
            self.bot,
            self.link.len()
        )?;
        writeln!(f, "{}", self.request)?;
        writeln!(f, "2. A PERSON HAS DOCUMENTS")?;
        writeln!(
            f,
            "{} from {} never existed (seed {}), and keeps",
            person.name, person.country, person.seed
        )?;
        writeln!(
            f,
            "{} elements with {} scans in Telegram Passport. Each is sealed before it",
            person.elements, person.scans
        )?;
        writeln!(f, "leaves the device, under a secret that only the person's password opens.\n")?;
        writeln!(f, "3. WHAT TELEGRAM'S SERVERS SEE")?;
        writeln!(
            f,
            "That there is a password, but not which; and of each element its kind and this much ciphertext:"
        )?;
        for element in &self.telegram_sees {
            if element.in_the_clear {
                writeln!(f, "  {:<24} in the clear, for Telegram verifies it", element.kind)?;
                continue;
            }
            let parts = element.ciphertexts.iter();
            let parts: Vec<String> =
                parts.map(|seen| format!("{} {}", seen.part, printable::size(seen.bytes))).collect();
            writeln!(f, "  {:<24} {}", element.kind, parts.join(", "))?;
        }
        writeln!(f, "\n4. THE PERSON AGREES AND SHARES")?;
        for sent in &self.sent {
            write!(f, "  {}", sent.kind)?;
            if !sent.files.is_empty() {
                write!(f, ": {}", sent.files.join(", "))?;
            }
            if !sent.kept_back.is_empty() {
                write!(f, "; kept back, for nobody asked: {}", sent.kept_back.join(", "))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "The keys to these parts, and to no others, are sealed to the bot's public key.\n")?;
        writeln!(f, "5. WHAT THE BOT GETS")?;
        let size = printable::size(self.update_bytes as u64);
        writeln!(f, "An update of {size}, and files. With its private key it opens them:\n")?;
        write!(f, "{}", self.bot_gets)?;
        writeln!(f, "\nEvery hash matched, and every picture is the person's, byte for byte.")?;
        match &self.out {
            Some(out) => writeln!(f, "All of it is in {}. ({:.1} s)", out.display(), self.seconds),
            None => writeln!(f, "--out DIR keeps all of it. ({:.1} s)", self.seconds),
        }
    }
}
