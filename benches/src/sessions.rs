//! Compares the engine over the genuine TDLib and a data centre on loopback with our vault in process, in the same run:
//! a login, a save with two scans, and a share with a bot; and how many RPCs each takes.
//!
//! `cargo run --release -p telegram-passport-benches --features tdlib --bin sessions [-- --quick]`. Times are wall time,
//! turn by turn, for TDLib works in threads of its own and waits in between; the server, which both have, is part of
//! them. TDLib must be there (`tgpassport tdlib install`); a copy of it is patched for the sandbox of this run.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use telegram_passport::element::{Country, Element, ElementType, Part};
use telegram_passport::login::{LoginSteps as _, Step};
use telegram_passport::passport::{FileSource, Passport, SaveOptions, Vaulted};
use telegram_passport::request::{PassportRequest, RequiredElement, Scope, ScopeForm};
use telegram_passport::tdlib::{self, Client, Engine, Library, Login, RiskAccepted, Session};
use telegram_passport::vault::Password;
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport::vault::bot::BotPrivateKey;
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{Bot, Clock, State};
use telegram_passport_sandbox::{Description, InProcessCloud};

const PASSWORD: &str = "correct horse battery staple";
const BOT_ID: i64 = 7_000_000_001;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A world with the person's account, and a bot.
struct World {
    state: State,
    user_id: i64,
    phone: String,
    /// What the person's bill becomes, with two scans.
    bill: Element<FileSource>,
    request: PassportRequest,
}

impl World {
    fn new(person: &Person, bot_key: &str) -> Outcome<Self> {
        let state = State::new(Clock::system(), &countries_languages_json());
        let user_id = person.sign_up(&state, Some(&Password::from(PASSWORD)))?;
        state.register_bot(Bot::new(BOT_ID, "bank_bot", "A bank", bot_key))?;
        let bill = person.elements.iter().find(|element| element.kind() == ElementType::UtilityBill);
        let mut bill =
            bill.ok_or("the person has no bill")?.clone().map_files(|_, file| FileSource::New(file));
        let document = bill.personal_document_mut().ok_or("a bill has files")?;
        document.translation.clear();
        if bill.file(Part::File(1)).is_none() || bill.file(Part::File(2)).is_some() {
            return Err("the bill has not two pages".into());
        }
        let rows = vec![RequiredElement::from(ElementType::UtilityBill)];
        let scope = Scope::new(rows, ScopeForm::Long)?;
        let request = PassportRequest::new(BOT_ID, scope.as_str(), bot_key, "a nonce")?;
        let phone = person.phone_number().ok_or("the person has no number")?.0.clone();
        Ok(Self { state, user_id, phone, bill, request })
    }

    fn code(&self) -> Outcome<String> {
        Ok(self.state.last_login_code(&self.phone).ok_or("no code was sent")?)
    }

    async fn save(&self, engine: &dyn Passport) -> Outcome<()> {
        engine.save(self.bill.clone(), &SaveOptions::default()).await?;
        Ok(())
    }

    async fn send(&self, engine: &dyn Passport) -> Outcome<()> {
        let form = engine.form(&self.request).await?;
        let selection = form.assess().select()?;
        Ok(engine.send(&form, &selection).await?)
    }
}

/// The steps of one round.
struct Steps<T> {
    login: T,
    save: T,
    send: T,
}

/// What a step took: time, and RPCs by name.
type Taken = (Duration, BTreeMap<&'static str, u64>);

/// Does something, and tells what it took.
async fn taken<T>(
    calls: impl Fn() -> BTreeMap<&'static str, u64>,
    work: impl Future<Output = Outcome<T>>,
) -> Outcome<(Taken, T)> {
    let before = calls();
    let started = Instant::now();
    let done = work.await?;
    let time = started.elapsed();
    let mut after = calls();
    for (method, count) in before {
        *after.entry(method).or_default() -= count;
    }
    after.retain(|_, count| *count > 0);
    Ok(((time, after), done))
}

async fn over_tdlib(
    world: &World,
    (data_centres, sandbox): (&DataCentres, &Description),
    home: &Path,
) -> Outcome<Steps<Taken>> {
    let calls = || data_centres.calls();
    let (login, (session, engine)) = taken(calls, log_in(world, sandbox, home)).await?;
    let (save, ()) = taken(calls, world.save(&engine)).await?;
    let (send, ()) = taken(calls, world.send(&engine)).await?;
    session.log_out().await?;
    Ok(Steps { login, save, send })
}

async fn log_in(world: &World, sandbox: &Description, home: &Path) -> Outcome<(Session, Engine)> {
    let options = sandbox.session_options(home, StorageKey::generate())?;
    let library = Library::loaded().ok_or("TDLib is not loaded")?;
    let (login, _) = Login::begin(library, &options).await?;
    login.set_phone_number(&world.phone).await?;
    login.check_code(&world.code()?).await?;
    if login.check_password(&PASSWORD.into()).await? != Step::Ready {
        return Err("the login is not complete".into());
    }
    let session = login.finish().await.map_err(|(why, _)| why)?;
    // The sandbox is this process's own.
    let engine = Engine::new(session.client().clone()).accepting_risk(RiskAccepted);
    unlock(&engine).await?;
    Ok((session, engine))
}

async fn in_process(world: &World) -> Outcome<Steps<Taken>> {
    let calls = || world.state.summary(world.user_id).map(|summary| summary.calls).unwrap_or_default();
    let (login, engine) = taken(calls, sign_in(world)).await?;
    let (save, ()) = taken(calls, world.save(&engine)).await?;
    let (send, ()) = taken(calls, world.send(&engine)).await?;
    Ok(Steps { login, save, send })
}

/// There is no session in process: the code, and then the proof of the password that unlocking makes.
async fn sign_in(world: &World) -> Outcome<Vaulted<InProcessCloud>> {
    let sent = world.state.send_login_code(&world.phone)?;
    world.state.sign_in(&world.phone, &sent.phone_code_hash, &world.code()?)?;
    let engine = Vaulted::new(InProcessCloud::signed_in(world.state.clone(), world.user_id));
    unlock(&engine).await?;
    Ok(engine)
}

async fn unlock(engine: &dyn Passport) -> Outcome<()> {
    use telegram_passport::passport::SecretState;
    if engine.unlock(&PASSWORD.into()).await? == SecretState::Missing {
        engine.create_secret(&PASSWORD.into()).await?;
    }
    Ok(())
}

/// Finds TDLib and loads a copy that trusts this key only.
fn load(sandbox: &Description, folder: &Path) -> Outcome<()> {
    let (original, _) = tdlib::find(None, None)
        .map_err(|why| format!("{why}; `tgpassport tdlib install` prints its path"))?;
    sandbox.library(&original, folder)?;
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn print(work: &str, of: impl Fn(&Steps<Taken>) -> &Taken, rounds: &[(Steps<Taken>, Steps<Taken>)]) {
    let milliseconds = |taken: &Taken| taken.0.as_secs_f64() * 1e3;
    let tdlib = median(rounds.iter().map(|(tdlib, _)| milliseconds(of(tdlib))).collect());
    let vault = median(rounds.iter().map(|(_, vault)| milliseconds(of(vault))).collect());
    let ratio = median(rounds.iter().map(|(t, v)| milliseconds(of(t)) / milliseconds(of(v))).collect());
    // The first round makes what the others find.
    let (tdlibs, vaults) = rounds.last().map(|(tdlib, vault)| (&of(tdlib).1, &of(vault).1)).expect("a round");
    let all = |calls: &BTreeMap<&str, u64>| calls.values().sum::<u64>();
    let (tdlibs_rpcs, vaults_rpcs) = (all(tdlibs), all(vaults));
    println!("{work:<28} {tdlib:>9.1} ms {vault:>9.1} ms {ratio:>7.2} {tdlibs_rpcs:>6} {vaults_rpcs:>6}");
    let list = |calls: &BTreeMap<&str, u64>| {
        calls.iter().map(|(method, count)| format!("{count} {method}")).collect::<Vec<_>>().join(", ")
    };
    println!("    TDLib: {}\n    vault: {}", list(tdlibs), list(vaults));
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let folder = tempfile::tempdir()?;
    let identity = ServerIdentity::generate();
    let person = Person::generate(Country::from_code("UA").ok_or("no such country")?, 7)?;
    let bot_key = BotPrivateKey::generate(2048)?.public_key().to_pem();
    let (over, within) = (World::new(&person, &bot_key)?, World::new(&person, &bot_key)?);
    let data_centres = DataCentres::start(over.state.clone(), &identity).await?;
    let sandbox = Description::in_process(&data_centres, &identity);
    load(&sandbox, folder.path())?;

    let mut rounds = Vec::new();
    for round in 0..if quick { 1 } else { 9 } {
        let home = folder.path().join(format!("account {round}"));
        rounds.push((over_tdlib(&over, (&data_centres, &sandbox), &home).await?, in_process(&within).await?));
    }
    println!(
        "{:<28} {:>12} {:>12} {:>7} {:>6} {:>6}",
        "work (wall time)", "TDLib", "vault", "ratio", "RPCs", "RPCs"
    );
    print("login with 2FA, and unlock", |steps| &steps.login, &rounds);
    print("save with two scans", |steps| &steps.save, &rounds);
    print("form and send", |steps| &steps.send, &rounds);
    if !Client::wait_until_none(Duration::from_secs(20)) {
        return Err("TDLib does not close".into());
    }
    Ok(())
}
