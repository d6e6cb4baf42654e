//! `sandbox [--state DIR] [--person DIR]… [--bot REQUEST]…`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use serde::Serialize;
use telegram_passport::element::PhoneNumber;
use telegram_passport::vault::Password;
use telegram_passport_sandbox::bot_api::{BotApi, Log, LogEntry, LogEvent, Options as BotApiOptions};
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity, UnansweredMethod};
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{Bot, Clock};
use telegram_passport_sandbox::{
    CODES_FILE_NAME, CodeLine, CodesFile, DESCRIPTION_FILE_NAME, DescribedBot, DescribedPerson, Description,
    DescriptionError, State, Store,
};
use tokio::sync::watch;

use crate::answer::{self, Answer};
use crate::arguments::Sandbox;
use crate::asking::Asker;
use crate::command::sandbox_settings;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;
use crate::received::Received;
use crate::writing::Folder;
use crate::{printable, reading};

/// What runs, for a program the description alone.
#[derive(Serialize)]
struct Running {
    #[serde(flatten)]
    description: Description,
    #[serde(skip)]
    file: PathBuf,
    #[serde(skip)]
    state: Option<PathBuf>,
    #[serde(skip)]
    people: Vec<SignedUp>,
}

/// A person with an account.
#[derive(Clone)]
struct SignedUp {
    phone: String,
    name: String,
    /// Whether they had it before this process.
    before: bool,
}

pub(crate) fn run(options: &Sandbox, json: bool) -> Result<Box<dyn Answer>, Failure> {
    if let Some(library) = options.settings {
        return sandbox_settings::of(library, &description_file(options));
    }
    spare_others(&description_file(options))?;
    let progress = Progress::start("reading people and requests");
    let people = options.people.iter().map(|folder| read_person(folder)).collect::<Result<Vec<_>, _>>()?;
    let bots = with_tokens(read_bots(&options.bots)?, &options.bot_tokens)?;
    drop(progress);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("no runtime: {error}")))?;
    let served = runtime.block_on(async {
        // First of all, so that whoever stops it early stops it well.
        let mut stop = std::pin::pin!(stopped()?);
        let begun = async {
            let password = password(options).await?;
            let directory = options.state.clone();
            tokio::task::spawn_blocking(move || open(directory.as_deref(), &people, bots, password.as_ref()))
                .await
                .map_err(|_| Failure::failed("the state cannot be opened"))?
        };
        let opened = tokio::select! {
            opened = begun => opened?,
            () = &mut stop => return Err(Failure::interrupted()),
        };
        serve(options, json, opened, stop).await
    });
    // A question that nobody answers any more is not waited for.
    runtime.shutdown_background();
    served?;
    Ok(Box::new(Stopped))
}

/// A state that is ready to be served.
struct Opened {
    state: State,
    identity: ServerIdentity,
    /// Those who were named.
    people: Vec<SignedUp>,
}

fn open(
    directory: Option<&Path>,
    people: &[Person],
    bots: Vec<Named>,
    password: Option<&Password>,
) -> Result<Opened, Failure> {
    let progress = Progress::start("opening the state");
    let store = directory.map_or_else(|| Ok(Store::in_memory()), Store::open);
    let store = store?;
    let identity = match directory {
        Some(directory) => ServerIdentity::open(&directory.join(ServerIdentity::FILE_NAME))
            .map_err(|error| Failure::failed(sentence(&error)))?,
        None => ServerIdentity::generate(),
    };
    let state = State::open(Clock::system(), &countries_languages_json(), &store)?;
    progress.step("signing people up");
    let people = sign_up(&state, people, password)?;
    register(&state, bots)?;
    Ok(Opened { state, identity, people })
}

/// Everybody in a state, for its description.
fn describe_cast(state: &State, description: &mut Description) {
    let people = state.user_ids().into_iter().filter_map(|user_id| {
        let profile = state.profile(user_id)?;
        let name = format!("{} {}", profile.first_name, profile.last_name).trim().to_owned();
        Some(DescribedPerson { number: profile.phone.0.clone(), user_id, name })
    });
    description.people = people.collect();
    let bots = state.bot_ids().into_iter().filter_map(|id| {
        let Bot { name, username, .. } = state.bot(id)?;
        Some(DescribedBot { id, token: state.bot_token(id)?, name, username })
    });
    description.bots = bots.collect();
}

async fn serve(
    options: &Sandbox,
    json: bool,
    opened: Opened,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<(), Failure> {
    let Opened { state, identity, people } = &opened;
    let file = description_file(options);
    let codes_file = file.with_file_name(CODES_FILE_NAME);
    // Before anything else is written there: a folder has one living sandbox.
    let codes = if options.state.is_some() { CodesFile::resume } else { CodesFile::begin };
    let codes = codes(&codes_file).map_err(|error| no_codes(&codes_file, &error))?;
    let at = places(options, state)?;
    let data_centres = DataCentres::start_at(state.clone(), identity, &at).await?;
    let bot_api = BotApi::start(state.clone(), &bot_api_options(options, &file))
        .await
        .map_err(|error| Failure::failed(sentence(&error)))?;
    let mut description = Description::of(&data_centres, identity, CODES_FILE_NAME.into());
    description.bot_api = Some(bot_api.url());
    describe_cast(state, &mut description);
    description.write(&file).map_err(|error| Failure::failed(sentence(&error)))?;
    description.codes = absolute(&codes_file);
    let running = Running {
        description,
        file: absolute(&file),
        state: options.state.as_deref().map(absolute),
        people: people.clone(),
    };
    answer::print(&running, json);

    let mut watch = state.watch();
    let mut news = News { codes, codes_file, shares: Shares::new(options.shares.as_deref())?, json };
    let failed = state.store().failed();
    let mut failed = std::pin::pin!(failed);
    let mut unanswered = Unanswered { methods: data_centres.unanswered(), told: 0 };
    let mut notices = Notices { log: bot_api.log().clone(), told: 0 };
    loop {
        news.tell(state)?;
        tokio::select! {
            () = unanswered.tell(), if options.log => {}
            () = notices.tell(), if options.log => {}
            () = &mut stop => {
                bot_api.stop().await;
                return Ok(());
            }
            failure = &mut failed => return Err(Failure::from(&failure)),
            () = watch.changed() => {}
        }
    }
}

/// The data centres wanted, each where it was: their ports are remembered with the state.
fn places(options: &Sandbox, state: &State) -> Result<BTreeMap<i32, SocketAddr>, Failure> {
    let before = DataCentres::last_addresses(state)?;
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let ids = match options.data_centres {
        Some(count) => (1..=i32::from(count)).collect(),
        None if before.is_empty() => vec![1],
        None => before.keys().copied().collect(),
    };
    Ok(ids.into_iter().map(|id| (id, before.get(&id).copied().unwrap_or(anywhere))).collect())
}

/// How the Bot API is served: where it was before, unless something else is asked for.
fn bot_api_options(options: &Sandbox, file: &Path) -> BotApiOptions {
    let before = || {
        options.state.as_ref()?;
        Description::read(file).ok()?.bot_api?.port()
    };
    let port = options.bot_api_port.or_else(before).unwrap_or_default();
    let mut served = BotApiOptions::default();
    served.address = (Ipv4Addr::LOCALHOST, port).into();
    served.any_token = options.any_token;
    served.host_names = options.host_names.iter().cloned().collect();
    served.webhook_hosts = options.webhook_hosts.iter().cloned().collect();
    served
}

fn description_file(options: &Sandbox) -> PathBuf {
    let beside_state = || options.state.as_deref().unwrap_or(Path::new("")).join(DESCRIPTION_FILE_NAME);
    options.describe.clone().unwrap_or_else(beside_state)
}

/// What stands where the description goes is replaced only if it is one.
fn spare_others(file: &Path) -> Result<(), Failure> {
    match Description::read(file) {
        Err(error @ (DescriptionError::Syntax(_) | DescriptionError::TooLarge)) => {
            Err(Failure::refused(format!("{} is there already, and {error}", file.display()))
                .remedy("It was left as it is. Name another file with --describe."))
        }
        _ => Ok(()),
    }
}

fn absolute(path: impl AsRef<Path>) -> PathBuf {
    std::path::absolute(&path).unwrap_or_else(|_| path.as_ref().to_owned())
}

/// Why the codes have no place.
fn no_codes(file: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ResourceBusy => Failure::failed(format!(
            "another sandbox lives here, and writes its codes into {}",
            file.display()
        ))
        .remedy("Stop that one, or name a file in another folder with --describe."),
        _ => Failure::failed(format!("{} holds no codes: {error}", file.display())),
    }
}

/// Waits for Ctrl-C, SIGTERM or SIGHUP; listens from the moment this is called.
#[cfg(unix)]
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::failed(format!("no signals: {error}")));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn read_person(folder: &Path) -> Result<Person, Failure> {
    Person::read(folder)
        .map_err(|error| Failure::failed(sentence(&error)).remedy("`tgpassport person new` makes a person."))
}

/// A bot, and the token that it is to have, if that matters.
type Named = (Bot, Option<String>);

/// Gives bots the tokens that are named; a token of no bot here makes one, that has no key yet.
fn with_tokens(bots: Vec<Bot>, tokens: &[String]) -> Result<Vec<Named>, Failure> {
    let mut named: Vec<Named> = bots.into_iter().map(|bot| (bot, None)).collect();
    for token in tokens {
        let id = token.split(':').next().and_then(|id| id.parse::<i64>().ok());
        let id = id.ok_or_else(|| Failure::usage("a bot's token begins with its id and a colon"))?;
        let bot = match named.iter_mut().find(|(bot, _)| bot.id == id) {
            Some(bot) => bot,
            None => {
                named.push((without_key(id), None));
                named.last_mut().expect("it was pushed a moment ago")
            }
        };
        bot.1 = Some(token.clone());
    }
    Ok(named)
}

/// A bot that no request has shown a key of.
fn without_key(id: i64) -> Bot {
    Bot { public_keys: Vec::new(), ..Bot::new(id, &format!("bot{id}_bot"), &format!("Bot {id}"), "") }
}

/// The bots of some requests; one that asks in several, under several keys, is one bot.
fn read_bots(requests: &[String]) -> Result<Vec<Bot>, Failure> {
    let mut bots: BTreeMap<i64, Bot> = BTreeMap::new();
    for request in requests {
        let request = reading::request(request)?.request;
        let (id, key) = (request.bot_id(), request.public_key());
        let bot = bots.entry(id).or_insert_with(|| without_key(id));
        if !bot.public_keys.iter().any(|known| known.trim() == key.trim()) {
            bot.public_keys.push(key.to_owned());
        }
    }
    Ok(bots.into_values().collect())
}

async fn password(options: &Sandbox) -> Result<Option<Password>, Failure> {
    let asker = match (options.password, options.password_stdin) {
        (true, _) => Asker::Terminal,
        (false, true) => Asker::Lines,
        (false, false) => return Ok(None),
    };
    let password = Password::from(asker.secret("Password for the new accounts").await?);
    if password.is_empty() { Err(Failure::usage("the password is empty")) } else { Ok(Some(password)) }
}

/// Opens accounts for those who have none.
fn sign_up(state: &State, people: &[Person], password: Option<&Password>) -> Result<Vec<SignedUp>, Failure> {
    let mut signed_up = Vec::new();
    for person in people {
        let number = person.phone_number().map(|PhoneNumber(number)| number.as_str());
        let before = number.and_then(|number| state.user_id_of(number));
        let user_id = match before {
            Some(user_id) => user_id,
            None => person.sign_up(state, password).map_err(|error| Failure::failed(sentence(&error)))?,
        };
        if let Some(profile) = state.profile(user_id) {
            let name = format!("{} {}", profile.first_name, profile.last_name);
            signed_up.push(SignedUp { phone: profile.phone.0.clone(), name, before: before.is_some() });
        }
    }
    Ok(signed_up)
}

/// Registers bots that are not there yet.
fn register(state: &State, bots: Vec<Named>) -> Result<(), Failure> {
    for (bot, token) in bots {
        let Some(known) = state.bot(bot.id) else {
            let registered = match &token {
                Some(token) => state.register_bot_with_token(bot, token),
                None => state.register_bot(bot),
            };
            registered.map_err(|error| Failure::failed(sentence(&error)))?;
            continue;
        };
        if token.is_some() && state.bot_token(bot.id) != token {
            return Err(Failure::failed(format!("bot {} is in the state with another token", bot.id))
                .remedy("Leave --bot-token out, or take another --state."));
        }
        let knows = |key: &String| known.public_keys.iter().any(|known| known.trim() == key.trim());
        if !bot.public_keys.iter().all(knows) {
            return Err(Failure::failed(format!("bot {} is in the state with another public key", bot.id))
                .remedy("Make the request with that key, or take another bot id or another --state."));
        }
    }
    Ok(())
}

/// What happens while it runs.
struct News {
    codes: CodesFile,
    codes_file: PathBuf,
    shares: Option<Shares>,
    json: bool,
}

impl News {
    /// Writes what is new; in words it is shown too.
    fn tell(&mut self, state: &State) -> Result<(), Failure> {
        let new = self
            .codes
            .append(state)
            .map_err(|error| Failure::failed(format!("{}: {error}", self.codes_file.display())))?;
        let written = self.shares.as_mut().map_or(Ok(Vec::new()), |shares| shares.write(state))?;
        // With --json standard output has had its one document.
        if !self.json {
            for code in new {
                answer::print(&Sent(code), false);
            }
            for share in written {
                answer::print(&share, false);
            }
        }
        Ok(())
    }
}

/// The calls that nobody answers here, for whoever builds a client.
struct Unanswered {
    methods: watch::Receiver<Vec<UnansweredMethod>>,
    told: usize,
}

impl Unanswered {
    /// Waits for the next ones and says them.
    async fn tell(&mut self) {
        if self.methods.wait_for(|methods| methods.len() > self.told).await.is_err() {
            return std::future::pending().await;
        }
        let methods = self.methods.borrow_and_update();
        for UnansweredMethod { id, name, layer, .. } in &methods[self.told..] {
            let name = name.map_or_else(|| format!("#{id:08x}"), str::to_owned);
            // Nothing is left to tell somebody who does not read.
            let _ = writeln!(io::stderr(), "Not modelled: {name}, called in layer {layer}");
        }
        self.told = methods.len();
    }
}

/// What the Bot API lets pass, or does not model, for whoever builds a bot.
struct Notices {
    log: Log,
    told: u64,
}

impl Notices {
    /// Waits for the next entries and says those that are notices.
    async fn tell(&mut self) {
        self.log.reaches_past(self.told).await;
        for LogEntry { number, bot_id, event, .. } in self.log.after(self.told) {
            self.told = number;
            if let LogEvent::Noticed { notice } = event {
                let bot = bot_id.map_or_else(String::new, |id| format!(" of bot {id}"));
                // Nothing is left to tell somebody who does not read.
                let _ = writeln!(io::stderr(), "Bot API{bot}: {}", printable::line(&notice));
            }
        }
    }
}

/// Where what bots receive is written.
struct Shares {
    folder: PathBuf,
    /// The last one written, by bot.
    last: BTreeMap<i64, u32>,
}

impl Shares {
    fn new(folder: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(folder) = folder else { return Ok(None) };
        Folder::create(folder)?;
        Ok(Some(Self { folder: folder.to_owned(), last: BTreeMap::new() }))
    }

    /// Writes the shares that are not there yet.
    fn write(&mut self, state: &State) -> Result<Vec<WrittenShare>, Failure> {
        let mut written = Vec::new();
        for bot_id in state.bot_ids() {
            let last = self.last.entry(bot_id).or_default();
            for delivery in state.inbox_after(bot_id, *last) {
                *last = delivery.share.number;
                let place = self.folder.join(bot_id.to_string()).join(last.to_string());
                let received = Received::new(state, bot_id, &delivery)?;
                // One that a process before this one wrote; in memory numbers begin anew, with other contents.
                let update = place.join("update.json");
                if std::fs::read(&update).is_ok_and(|there| there == received.update.as_bytes()) {
                    continue;
                }
                received.write(&Folder::create(&place)?)?;
                written.push(WrittenShare { bot_id, update });
            }
        }
        Ok(written)
    }
}

impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Description { data_centres, socks5, mtproto_proxy, bot_api, bots, codes, .. } = &self.description;
        writeln!(f, "Telegram on loopback, until Ctrl-C")?;
        for (id, address) in data_centres {
            writeln!(f, "  Data centre {id}  {address}")?;
        }
        writeln!(f, "  SOCKS5 proxy   {socks5}, which leads to the data centres")?;
        writeln!(f, "  MTProto proxy  {}, secret {}", mtproto_proxy.address, mtproto_proxy.secret_hex())?;
        if let Some(url) = bot_api {
            let origin = url.origin().ascii_serialization();
            writeln!(f, "  Bot API        {origin}/bot<token>/METHOD, files at {origin}/file/bot<token>/")?;
        }
        writeln!(f, "  Description    {}, with the public key", self.file.display())?;
        writeln!(f, "  Codes          here, and in {}", codes.display())?;
        match &self.state {
            Some(directory) => writeln!(f, "  State          {}, where it lasts", directory.display())?,
            None => writeln!(f, "  State          in memory: it ends with this process")?,
        }
        for SignedUp { phone, name, before } in &self.people {
            let before = if *before { ", who had an account already" } else { "" };
            writeln!(f, "  Person         +{phone}  {}{before}", printable::line(name.trim()))?;
        }
        for DescribedBot { id, token, .. } in bots {
            writeln!(f, "  Bot            {id}, token {token}")?;
        }
        Ok(())
    }
}

/// A code, as a phone would show it.
#[derive(Serialize)]
struct Sent(CodeLine);

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CodeLine { to, code, .. } = &self.0;
        let sign = if to.contains('@') { "" } else { "+" };
        writeln!(f, "Code {code} for {sign}{}", printable::line(to))
    }
}

/// A share, written.
#[derive(Serialize)]
struct WrittenShare {
    bot_id: i64,
    update: PathBuf,
}

impl fmt::Display for WrittenShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Share with bot {} in {}", self.bot_id, self.update.display())
    }
}

/// The end: nothing more to tell a program.
struct Stopped;

impl Answer for Stopped {
    fn write_text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "Stopped.")
    }

    fn write_json(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
