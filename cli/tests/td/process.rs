//! The sandbox as a process of its own, which is killed at bad moments and started again.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize as _;
use telegram_passport::element::{Element, ElementType};
use telegram_passport::login::{LoginSteps as _, Step};
use telegram_passport::passport::{Passport, Progress};
use telegram_passport::request::{
    LinkForm, PassportRequest, RequiredElement, Scope, ScopeForm, SuitableElement,
};
use telegram_passport::scan::{self, PassportJpeg};
use telegram_passport::tdlib::{
    Done, Engine as TdlibEngine, Function, Login, Proxy, RiskAccepted, SessionOptions,
};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport::vault::bot::BotPrivateKey;
use telegram_passport_sandbox::dc::ServerIdentity;
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::CodePurpose;
use telegram_passport_sandbox::{CodeLine, Description};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::conformance::{self, PASSWORD, element_of};
use crate::{signals, stage};

/// A running `tgpassport sandbox`.
struct Process {
    child: Child,
    description: Description,
}

impl Process {
    /// Starts it on this directory; gives it once it listens.
    fn start(state: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tgpassport"))
            .args(["--json", "sandbox", "--state"])
            .arg(state)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if more.contains(&"--log") { Stdio::piped() } else { Stdio::inherit() })
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        // The one document of `--json`: it is whole long before the process ends.
        let stdout = child.stdout.take().unwrap();
        let description =
            Description::deserialize(&mut serde_json::Deserializer::from_reader(stdout)).unwrap();
        assert_eq!(description.process_id, Some(child.id()));
        Self { child, description }
    }

    /// SIGKILL: it has no chance to say or write anything.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, after which it ends by itself.
    fn stop(mut self) {
        signals::send("TERM", &self.child);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    /// SIGTERM; gives what it has said on standard error.
    fn stop_and_read(mut self) -> String {
        signals::send("TERM", &self.child);
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        said
    }

    async fn code(&self, purpose: CodePurpose) -> String {
        // The process tells of a code soon after it was asked for one, and on a busy machine not at once.
        loop {
            let lines = CodeLine::read_all(&self.description.codes).unwrap();
            if let Some(line) = lines.into_iter().rev().find(|line| line.purpose == purpose) {
                return line.code;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left behind by a case that failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A slow line to the sandbox: so many bytes a second from the client, and no bound from the server.
struct SlowLine {
    address: SocketAddr,
    sent: Arc<AtomicU64>,
}

impl SlowLine {
    async fn to(sandbox: SocketAddr, bytes_per_second: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sent = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&sent);
        tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { return };
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    // While the sandbox is down the client's connection ends at once, as it would without this.
                    let Ok(server) = TcpStream::connect(sandbox).await else { return };
                    let (mut from_client, mut to_client) = client.into_split();
                    let (mut from_server, mut to_server) = server.into_split();
                    let up = async {
                        let mut buffer = vec![0; 16 * 1024];
                        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
                            let length_sent = length as u64;
                            tokio::time::sleep(Duration::from_micros(
                                length_sent * 1_000_000 / bytes_per_second,
                            ))
                            .await;
                            if to_server.write_all(&buffer[..length]).await.is_err() {
                                break;
                            }
                            counted.fetch_add(length_sent, Ordering::Relaxed);
                        }
                    };
                    let down = tokio::io::copy(&mut from_server, &mut to_client);
                    tokio::select! {
                        () = up => {}
                        _ = down => {}
                    }
                });
            }
        });
        Self { address, sent }
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// A picture that no compression makes small.
fn large_scan(seed: u32) -> PassportJpeg {
    let mut noise = seed;
    let picture = image::RgbImage::from_fn(1700, 1700, |_, _| {
        // xorshift32
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        image::Rgb([noise as u8, (noise >> 8) as u8, (noise >> 16) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    scan::prepare(&png.into_inner()).unwrap()
}

/// A state directory with the key that this run's TDLib trusts, and a person with an account.
struct Place {
    state: PathBuf,
    person: PathBuf,
    phone: String,
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (state, folder) = (directory.path().join("state"), directory.path().join("person"));
        fs::create_dir(&state).unwrap();
        fs::write(state.join(ServerIdentity::FILE_NAME), stage::identity().to_der()).unwrap();
        let mut person: Person = conformance::person();
        person.elements.retain(|element| {
            matches!(element.kind(), ElementType::PhoneNumber | ElementType::PersonalDetails)
        });
        person.write(&folder).unwrap();
        let phone = person.phone_number().unwrap().0.clone();
        Self { state, person: folder, phone, directory }
    }

    fn start(&self, more: &[&str]) -> Process {
        let person = ["--person", self.person.to_str().unwrap(), "--password-stdin"];
        Process::start(&self.state, &[&person, more].concat())
    }

    /// Logs in through this address; the caller says when the process may be killed.
    async fn log_in(&self, process: &Process, proxy: SocketAddr) -> telegram_passport::tdlib::Session {
        let account = self.directory.path().join("account");
        let options =
            SessionOptions::new(&account, stage::application(), StorageKey::try_from(&[7; 32][..]).unwrap())
                .proxy(Proxy::socks5(proxy.ip().to_string(), proxy.port()));
        let (login, step) = Login::begin(crate::genuine::library(), &options).await.unwrap();
        assert_eq!(step, Step::PhoneNumber);
        assert!(matches!(login.set_phone_number(&self.phone).await.unwrap(), Step::Code(_)));
        let step = login.check_code(&process.code(CodePurpose::LogIn).await).await.unwrap();
        assert!(matches!(step, Step::Password { .. }), "{step:?}");
        assert_eq!(login.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready);
        login.finish().await.map_err(|(why, _)| why).unwrap()
    }
}

fn bill() -> Element<PassportJpeg> {
    let mut seed = 2_463_534_242;
    element_of(&conformance::person(), ElementType::UtilityBill).map_files(|_, _| {
        seed += 1;
        large_scan(seed)
    })
}

fn size_of(element: &Element<PassportJpeg>) -> u64 {
    element.files().map(|(_, file)| file.as_bytes().len() as u64).sum()
}

pub(crate) async fn a_session_goes_on_after_a_kill_between_login_and_first_call_and_in_an_upload() {
    let place = Place::new();
    let process = place.start(&[]);
    let before = process.description.clone();
    assert_eq!(before.public_key, stage::identity().public_key());
    let line = SlowLine::to(before.socks5, 1 << 20).await;
    let session = place.log_in(&process, line.address).await;
    process.kill();

    let process = place.start(&[]);
    let mut now = process.description.clone();
    now.process_id = before.process_id;
    assert_eq!(now, before);
    let engine = TdlibEngine::new(session.client().clone()).accepting_risk(RiskAccepted);
    engine.create_secret(&PASSWORD.into()).await.unwrap();

    let element = bill();
    let (all, begun) = (size_of(&element), line.sent());
    assert!(all > 4 << 20, "{all} bytes are over too soon");
    let saving = tokio::spawn({
        let (engine, element) = (Arc::new(engine), element.clone());
        async move {
            let saved = conformance::save(&*engine, element).await;
            (engine, saved)
        }
    });
    while line.sent() - begun < all / 2 {
        assert!(!saving.is_finished(), "it is over too soon");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let down = Instant::now();
    process.kill();
    let process = place.start(&[]);
    let up = down.elapsed();
    let (engine, saved) = saving.await.unwrap();
    let sent = line.sent() - begun;
    eprintln!(
        "{all} bytes of scans, {sent} bytes sent; the sandbox was away for {up:?}, done after {:?}",
        down.elapsed()
    );
    // Half of it was there. What was on its way is sent again; all of it would be a half more.
    assert!(sent < all + all / 4, "{sent} bytes were sent for {all}: the upload began anew");
    assert_eq!(conformance::downloaded(&*engine, &saved).await, element);

    // Whatever TDLib remembers: another session reads the same from the server.
    process.kill();
    let process = place.start(&[]);
    let got = engine.get(ElementType::UtilityBill).await.unwrap().unwrap();
    for ((part, file), (_, contents)) in got.element().unwrap().files().zip(element.files()) {
        let downloaded = engine.download(file, &Progress::none()).await.unwrap();
        assert_eq!(downloaded.as_bytes(), contents.as_bytes(), "{part}");
    }
    let codes = CodeLine::read_all(&process.description.codes).unwrap();
    assert_eq!(codes.len(), 1, "nobody had to log in again");
    process.stop();
}

/// A call of TDLib's that has nothing to do with Passport.
#[derive(serde::Serialize)]
#[serde(tag = "@type", rename = "getPremiumState")]
struct GetPremiumState {}

impl Function for GetPremiumState {
    const NAME: &'static str = "getPremiumState";
    type Answer = Done;
}

pub(crate) async fn calls_that_are_not_modelled_are_told_once() {
    let place = Place::new();
    let process = place.start(&["--log"]);
    let session = place.log_in(&process, process.description.socks5).await;
    for _ in 0..2 {
        session.client().call(&GetPremiumState {}).await.unwrap_err();
    }
    session.close().await.unwrap();
    let said = process.stop_and_read();
    let told = said.lines().filter(|line| line.starts_with("Not modelled: help.getPremiumPromo,"));
    assert_eq!(told.count(), 1, "{said}");
}

pub(crate) async fn what_a_bot_of_the_process_receives_opens() {
    let place = Place::new();
    let key = BotPrivateKey::generate(2048).unwrap();
    let asked = SuitableElement::new(ElementType::PersonalDetails);
    let scope = Scope::new(vec![RequiredElement::one_of([asked])], ScopeForm::Long).unwrap();
    let request =
        PassportRequest::new(7_500_000_001, scope.as_str(), &key.public_key().to_pem(), "a nonce").unwrap();
    let path = |name: &str| place.directory.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("bot.pem"), key.to_pem().as_bytes()).unwrap();
    let (link, shares) = (request.to_link(LinkForm::Resolve), path("shares"));
    let process = place.start(&["--bot", &link, "--shares", &shares]);
    let session = place.log_in(&process, process.description.socks5).await;
    let engine = TdlibEngine::new(session.client().clone()).accepting_risk(RiskAccepted);
    engine.create_secret(&PASSWORD.into()).await.unwrap();
    conformance::save(&engine, element_of(&conformance::person(), ElementType::PersonalDetails)).await;
    let form = engine.form(&request).await.unwrap();
    let selection = form.assess().select_preferring(&[]).unwrap();
    engine.send(&form, &selection).await.unwrap();

    let share = Path::new(&shares).join("7500000001/1");
    let update = share.join("update.json");
    while !update.is_file() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let opened = Command::new(env!("CARGO_BIN_EXE_tgpassport"))
        .args(["open", update.to_str().unwrap(), "--key", &path("bot.pem"), "--nonce", "a nonce", "--files"])
        .arg(share.join("files"))
        .output()
        .unwrap();
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    process.stop();
}
