//! Bots that other people's libraries make, pointed at the sandbox by their settings and by nothing else: a person talks
//! to them, presses, shares, and sees what they object to.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use telegram_passport::element::{Country, Element, ElementType, Field, Part};
use telegram_passport::passport::{FileSource, Passport, SaveOptions, Vaulted};
use telegram_passport::request::PassportRequest;
use telegram_passport::scan::PassportJpeg;
use telegram_passport::vault::bot::BotPrivateKey;
use telegram_passport_sandbox::InProcessCloud;
use telegram_passport_sandbox::bot_api::{BotApi, LogEvent, Options};
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{Author, Bot, Content, State};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::conformance::stage::Stage;
use crate::{node_packages, openssl, packages};

const BOT_ID: i64 = 7_500_000_001;
const TOKEN: &str = "7500000001:AAtokenOfTheBotUnderTest-0123456789";
const PASSWORD: &str = "correct horse battery";
const NONCE: &str = "a nonce, ünï¢ødé";

/// What the bots ask for.
const SCOPE: &str = r#"{"v":1,"d":[{"_":"pp","s":1,"t":1},{"_":"dl"},{"_":"ub","t":1}]}"#;

/// Longer than any of this takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A person with documents, and a bot under test.
struct Play {
    stage: Stage,
    vault: Vaulted<InProcessCloud>,
    person: Person,
    key: BotPrivateKey,
    bot_api: BotApi,
}

/// The bot under test, until this is dropped.
struct Running {
    child: Child,
    told: UnboundedReceiver<Value>,
}

impl Running {
    fn start(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it could be started a moment ago");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, told) = unbounded_channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(event) = serde_json::from_str(&line) {
                    let _ = tell.send(event);
                }
            }
        });
        Self { child, told }
    }

    /// What it says next.
    async fn says(&mut self) -> Value {
        tokio::time::timeout(PATIENCE, self.told.recv()).await.expect("it says nothing").expect("it ended")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Play {
    async fn new() -> Self {
        let stage = Stage::new();
        let vault = Vaulted::new(stage.cloud());
        vault.set_password(None, &PASSWORD.into(), "").await.unwrap();
        vault.create_secret(&PASSWORD.into()).await.unwrap();
        let person = Person::generate(Country::from_code("CZ").unwrap(), 5).unwrap();
        let key = BotPrivateKey::generate(2048).unwrap();
        let bot = Bot::new(BOT_ID, "tested_bot", "The bot under test", &key.public_key().to_pem());
        stage.state.register_bot_with_token(bot, TOKEN).unwrap();
        let bot_api = BotApi::start(stage.state.clone(), &Options::default()).await.unwrap();
        let play = Self { stage, vault, person, key, bot_api };
        for kind in [ElementType::Passport, ElementType::DriverLicense, ElementType::UtilityBill] {
            play.save(play.own(kind)).await;
        }
        play
    }

    /// The person's element, as it is on paper.
    fn own(&self, kind: ElementType) -> Element<PassportJpeg> {
        self.person.elements.iter().find(|element| element.kind() == kind).unwrap().clone()
    }

    async fn save(&self, element: Element<PassportJpeg>) {
        self.vault.save(element.map_files(|_, file| file.into()), &SaveOptions::default()).await.unwrap();
    }

    fn state(&self) -> &State {
        &self.stage.state
    }

    /// Waits until the log has this.
    async fn logged(&self, wanted: impl Fn(&LogEvent) -> bool) {
        let log = self.bot_api.log();
        let waiting = async {
            let mut seen = 0;
            loop {
                let entries = log.after(seen);
                seen = entries.last().map_or(seen, |entry| entry.number);
                if entries.iter().any(|entry| wanted(&entry.event)) {
                    return;
                }
                log.reaches_past(seen).await;
            }
        };
        let known = || log.after(0).iter().map(|entry| format!("{:?}\n", entry.event)).collect::<String>();
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never; but:\n{}", known()));
    }

    /// Waits until the bot's last message says this; gives its number.
    async fn bot_said(&self, text: &str) -> i32 {
        let waiting = async {
            let mut watch = self.state().watch();
            loop {
                let messages = self.state().chat_messages(BOT_ID, self.stage.user_id);
                let by_bot = messages.iter().rev().find(|message| message.author == Author::Bot);
                match by_bot.map(|message| (message.id, &message.content)) {
                    Some((id, Content::Text(said))) if said.text == text => return id,
                    _ => watch.changed().await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("the bot never said {text}"))
    }

    /// The person starts the bot from a link, and presses the button that it sends.
    async fn talk(&self) {
        let user_id = self.stage.user_id;
        self.state().start_bot(user_id, BOT_ID, "from-a-link").unwrap();
        let id = self.bot_said("Hello from-a-link").await;
        let press = self.state().press_button(user_id, BOT_ID, id, "ready").unwrap();
        assert_eq!(self.bot_said("Waiting for your documents").await, id, "it was changed");
        let answer =
            self.state().callback_query(BOT_ID, press).unwrap().answer.expect("it was answered first");
        assert_eq!(answer.text, "Thank you");
    }

    fn request(&self) -> PassportRequest {
        PassportRequest::new(BOT_ID, SCOPE, &self.key.public_key().to_pem(), NONCE).unwrap()
    }

    /// The person shares everything that is asked for.
    async fn share(&self) {
        let form = self.vault.form(&self.request()).await.unwrap();
        let selection = form.assess().select().unwrap();
        self.vault.send(&form, &selection).await.unwrap();
    }

    /// What the bot objects to, by where: `selfie of passport`.
    fn objections(&self) -> Vec<String> {
        let objections = self.state().objections(BOT_ID, self.stage.user_id).into_iter();
        let mut named: Vec<String> =
            objections.map(|error| format!("{} of {}", error.source.name(), error.kind)).collect();
        named.sort();
        named
    }

    /// How many objections the person's form shows.
    async fn shown(&self) -> usize {
        self.vault.form(&self.request()).await.unwrap().authorization().errors().len()
    }

    /// Saves an element anew, with everything that was stored but what is changed.
    async fn change(&self, kind: ElementType, change: impl FnOnce(&mut Element<FileSource>)) {
        let list = self.vault.list().await.unwrap();
        let stored = list.iter().find_map(|saved| saved.element().filter(|element| element.kind() == kind));
        let mut element = stored.unwrap().clone().map_files(|_, file| FileSource::from(file));
        change(&mut element);
        self.vault.save(element, &SaveOptions::default()).await.unwrap();
    }
}

/// Digests of what the bot fetched are those of what it was given.
fn assert_fetched(told: &Value, digest: impl Fn(ElementType, Part) -> String) -> usize {
    let mut fetched = 0;
    for (kind, parts) in told["elements"].as_object().unwrap() {
        let kind = ElementType::from_name(kind).unwrap();
        for (name, digests) in parts.as_object().unwrap().iter().filter(|(name, _)| *name != "data") {
            for (index, told) in digests.as_array().unwrap().iter().enumerate() {
                let part = match name.as_str() {
                    "front_side" => Part::FrontSide,
                    "reverse_side" => Part::ReverseSide,
                    "selfie" => Part::Selfie,
                    "files" => Part::File(index),
                    _ => Part::Translation(index),
                };
                assert_eq!(told, &digest(kind, part), "{part} of {kind}");
                fetched += 1;
            }
        }
    }
    fetched
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn with_python_telegram_bot(webhook: &[String]) {
    let play = Play::new().await;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    std::fs::write(&key, play.key.to_pkcs1_pem().as_bytes()).unwrap();
    let (origin, key) = (play.bot_api.origin(), key.display().to_string());
    let arguments = [&origin as &str, TOKEN, &key].into_iter().chain(webhook.iter().map(String::as_str));
    let command = packages::command("bot_with_python_telegram_bot.py");
    let mut bot = Running::start(command, &arguments.collect::<Vec<_>>());
    let is_ready = if webhook.is_empty() { "getUpdates" } else { "setWebhook" };
    play.logged(|event| matches!(event, LogEvent::Called { method, .. } if method == is_ready)).await;
    play.talk().await;

    play.share().await;
    let told = bot.says().await;
    assert_eq!(told["nonce"], NONCE);
    let passport = play.own(ElementType::Passport);
    let number = passport.text(Field::DocumentNo).unwrap();
    assert_eq!(told["elements"]["passport"]["data"]["document_no"], number.as_str());
    let fetched = assert_fetched(&told, |kind, part| {
        let own = play.own(kind);
        let file = own.files().find(|(own, _)| *own == part).unwrap().1;
        hex(&Sha256::digest(file.as_bytes()))
    });
    assert!(fetched >= 8, "{fetched} files");

    play.bot_said("9 errors").await;
    let all = [
        "data of passport",
        "file of utility_bill",
        "files of utility_bill",
        "front_side of passport",
        "reverse_side of driver_license",
        "selfie of passport",
        "translation_file of passport",
        "translation_files of utility_bill",
        "unspecified of driver_license",
    ];
    assert_eq!(play.objections(), all);
    assert_eq!(play.shown().await, 9);

    // Each is gone when what it is about has changed, and takes no other along.
    let left_without = |gone: &[&str]| -> Vec<&str> {
        all.into_iter().filter(|objection| !gone.contains(objection)).collect()
    };
    play.change(ElementType::Passport, |element| {
        let document = element.identity_document_mut().unwrap();
        document.document_no = "X0000001".to_owned().into();
    })
    .await;
    assert_eq!(play.objections(), left_without(&["data of passport"]));
    let selfie = |element: &mut Element<FileSource>, scan: PassportJpeg| {
        element.identity_document_mut().unwrap().parts.selfie = Some(scan.into());
    };
    let new_scan = play.own(ElementType::Passport).files().next().unwrap().1.clone();
    play.change(ElementType::Passport, |element| selfie(element, new_scan)).await;
    let gone = ["data of passport", "selfie of passport"];
    assert_eq!(play.objections(), left_without(&gone));
    play.save(play.own(ElementType::DriverLicense)).await;
    play.save(play.own(ElementType::UtilityBill)).await;
    assert_eq!(play.objections(), ["front_side of passport", "translation_file of passport"]);
    play.save(play.own(ElementType::Passport)).await;
    assert_eq!((play.objections().len(), play.shown().await), (0, 0));

    play.share().await;
    bot.says().await;
    play.bot_said("0 errors").await;
}

pub(crate) async fn a_python_telegram_bot_opens_shares_and_objects_to_them() {
    with_python_telegram_bot(&[]).await;
}

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

pub(crate) async fn a_python_telegram_bot_with_a_webhook_does_too() {
    with_python_telegram_bot(&[free_port()]).await;
}

pub(crate) async fn a_webhook_over_https_has_the_very_certificate_that_was_uploaded() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (at("certificate.pem"), at("key.pem"));
    openssl::self_signed(&certificate, &key);
    with_python_telegram_bot(&[free_port(), certificate, key]).await;
}

/// A bot whose library opens nothing fetches the ciphertexts, and objects to the whole of the first element.
async fn with_a_library_that_opens_nothing(command: Command) {
    let play = Play::new().await;
    let mut bot = Running::start(command, &[&play.bot_api.origin(), TOKEN]);
    play.logged(|event| matches!(event, LogEvent::Called { method, .. } if method == "getUpdates")).await;
    play.talk().await;
    play.share().await;
    let told = bot.says().await;
    let delivery = play.state().inbox(BOT_ID).pop().unwrap();
    let fetched = assert_fetched(&told, |kind, part| {
        let value = delivery.share.values.iter().find(|value| value.kind == kind).unwrap();
        let (_, file) = value.parts.iter().find(|(own, _)| *own == part).unwrap();
        let held = play.state().bot_file(BOT_ID, &delivery.share.file_names[&file.id].file_id).unwrap();
        hex(&Sha256::digest(&held.ciphertext))
    });
    assert!(fetched >= 8, "{fetched} files");
    play.bot_said("1 errors").await;
    assert_eq!(play.objections(), ["unspecified of passport"]);
    assert_eq!(play.shown().await, 1);
    play.save(play.own(ElementType::Passport)).await;
    assert_eq!(play.shown().await, 0);
}

pub(crate) async fn an_aiogram_bot_is_pointed_here_and_works() {
    with_a_library_that_opens_nothing(packages::command("bot_with_aiogram.py")).await;
}

pub(crate) async fn a_grammy_bot_is_pointed_here_and_works() {
    with_a_library_that_opens_nothing(node_packages::command("bot_with_grammy.js")).await;
}
