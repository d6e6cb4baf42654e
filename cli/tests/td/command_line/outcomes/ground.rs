//! The accounts that commands begin with: each kind is prepared once, and every cell has a copy of it, with a sandbox
//! and a disk of its own.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use telegram_passport::archive::{ExportOptions, export};
use telegram_passport::cloud::{SecurePasswordKdfAlgo, SecureSecretSettings};
use telegram_passport::element::{ElementType, EmailAddress};
use telegram_passport::login::{Application, Device, LoginSteps as _};
use telegram_passport::mtproto::{Login, Network};
use telegram_passport::passport::{AcceptLoss, Passport as _, Recovery as _, Vaulted};
use telegram_passport::request::SuitableElement;
use telegram_passport::vault::Password;
use telegram_passport::vault::at_rest::Passphrase;
use telegram_passport_sandbox::dc::DataCentres;
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{Clock, CodePurpose};
use telegram_passport_sandbox::{Description, State, Store};
use tempfile::TempDir;
use tokio::sync::{Mutex, OnceCell, oneshot};
use zeroize::Zeroizing;

use super::super::{Desk, Ended, PASSWORD, Running, command, country, eventually, link};
use crate::cases::Unmet;
use crate::conformance::stage::Stage;
use crate::{namespace, stage};

/// What a password is changed to.
pub(super) const NEW_PASSWORD: &str = "another horse";
/// What opens an export.
pub(super) const PASSPHRASE: &str = "a long phrase";

/// What an account is like when a command begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ground {
    /// Nobody is signed in here.
    Nobody,
    /// The same; the account has an address stored, and a recovery address.
    Forgotten,
    /// Signed in, with a password and nothing stored.
    Empty,
    /// Signed in, without a password.
    NoPassword,
    /// Signed in, with a passport and an address stored.
    Stored,
    /// The same, with the vault's session beside.
    Channel,
    /// The same, with somebody else's session; its number is in `session.txt`.
    Elsewhere,
    /// The same, with a secret that does not open.
    Damaged,
    /// The same, with a secret in the old form, and nothing that it opens.
    Legacy,
    /// Signed in, with an address stored and a recovery address.
    Recoverable,
    /// The same, with a reset asked for.
    ResetPending,
    /// Signed in, with nothing stored and an export in `backup`.
    Exported,
    /// Nobody is signed in here; a request is in `request.txt`, its bot's key in `bot.pem`, and in `share` what the bot got.
    Received,
    /// Signed in; another device shows the link in `device.txt`.
    Device,
}

/// Whose documents they are.
pub(super) static ANNA: LazyLock<Person> = LazyLock::new(|| Person::generate(country(), 1).unwrap());

/// A ground, ready to be copied.
struct Prepared {
    place: TempDir,
    server: TempDir,
    user_id: i64,
}

/// Each is prepared by who needs it first.
static PREPARED: Mutex<BTreeMap<Ground, Arc<OnceCell<Prepared>>>> = Mutex::const_new(BTreeMap::new());

/// A disk in memory, in this process's own namespace. It ends with the value.
pub(super) struct Disk(PathBuf);

impl Disk {
    fn mount(place: &Path) -> Self {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=40m,mode=700", "tmpfs"]).arg(place);
        assert!(run(&mut mount), "{}", place.display());
        Self(place.to_owned())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Leaves so many bytes free.
    pub(super) fn fill(&self, free: u64) {
        let mut filler = OpenOptions::new().append(true).create(true).open(self.filler()).unwrap();
        let piece = vec![0; 64 * 1024];
        for size in [piece.len(), 4096, 1] {
            while filler.write_all(&piece[..size]).is_ok() {}
        }
        let length = filler.metadata().unwrap().len();
        filler.set_len(length.saturating_sub(free)).unwrap();
    }

    pub(super) fn drain(&self) {
        let _ = fs::remove_file(self.filler());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

fn run(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

/// Needs a namespace in which disks may be mounted.
pub(crate) fn disks() -> Result<(), Unmet> {
    namespace::own()?;
    let place = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs tmpfs '{0}' && umount '{0}'", place.path().display());
    if run(Command::new("sh").args(["-c", &mount])) {
        Ok(())
    } else {
        Err(Unmet::Forbidden { why: "a disk in memory, to be filled".to_owned() })
    }
}

/// Ports of this process's own namespace, below those that the system gives out.
fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// One account, one sandbox, one disk: for one command.
pub(super) struct Cell {
    pub(super) disk: Disk,
    pub(super) state: State,
    pub(super) user_id: i64,
    pub(super) centres: Option<DataCentres>,
    at: BTreeMap<i32, SocketAddr>,
    place: TempDir,
    /// Where the server keeps what it has.
    _server: TempDir,
    /// Another device that waits.
    _device: Option<oneshot::Sender<()>>,
}

impl Cell {
    pub(super) async fn new(ground: Ground) -> Self {
        let prepared = Arc::clone(PREPARED.lock().await.entry(ground).or_default());
        let prepared = prepared.get_or_init(|| Prepared::new(ground)).await;
        let (place, server) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let disk = Disk::mount(place.path());
        for (from, to) in [(&prepared.place, &place), (&prepared.server, &server)] {
            let everything = from.path().join(".");
            assert!(run(Command::new("cp").arg("-a").arg(everything).arg(to.path())));
        }
        let record = place.path().join("home/accounts/default/account.toml");
        if let Ok(text) = fs::read_to_string(&record) {
            let name = |place: &TempDir| place.path().to_str().unwrap().to_owned();
            fs::write(record, text.replace(&name(&prepared.place), &name(&place))).unwrap();
        }
        let store = Store::open(server.path()).unwrap();
        let state = State::open(Clock::system(), &countries_languages_json(), &store).unwrap();
        let at = BTreeMap::from([(1, (Ipv4Addr::LOCALHOST, port()).into())]);
        let centres = DataCentres::start_at(state.clone(), stage::identity(), &at).await.unwrap();
        describe(&centres, place.path());
        let mut cell = Self {
            disk,
            state,
            user_id: prepared.user_id,
            centres: Some(centres),
            at,
            place,
            _server: server,
            _device: None,
        };
        if ground == Ground::Device {
            cell._device = Some(cell.device_that_waits().await);
        }
        cell
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// The program, where this account is. An argument with `@` is what a file holds.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let given = arguments.iter().map(|argument| match argument.strip_prefix('@') {
            Some(name) => fs::read_to_string(self.path(name)).unwrap(),
            None => (*argument).to_owned(),
        });
        let given: Vec<String> = given.collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let mut command = command(self.place.path(), &[&["--json"], given.as_slice()].concat());
        command.env("TMPDIR", self.path("temporary"));
        command
    }

    /// Runs another command to its end, with nobody to ask.
    pub(super) async fn run(&self, arguments: &[&str]) -> Ended {
        use std::process::Stdio;
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap()).ended().await
    }

    pub(super) fn centres(&self) -> &DataCentres {
        self.centres.as_ref().expect("the server is there")
    }

    /// The server comes back, at the same place and with what it had.
    pub(super) async fn restore(&mut self) {
        if self.centres.is_none() {
            while TcpStream::connect(self.at[&1]).is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let state = self.state.clone();
            self.centres = Some(DataCentres::start_at(state, stage::identity(), &self.at).await.unwrap());
        }
        self.centres().faults().clear();
        self.disk.drain();
    }

    /// A device that shows a link and waits to be let in.
    async fn device_that_waits(&self) -> oneshot::Sender<()> {
        let network = Network::sandbox(self.centres().addresses(), &stage::identity().public_key()).unwrap();
        self.centres().set_login_token_lifetime(Duration::from_secs(3600));
        let (show, shown) = oneshot::channel();
        let (end, ended) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let (login, _) = Login::begin(network, Application::new(7, "0123456789abcdef0123456789abcdef"));
            let waiting = login.by_approval(|link| async move {
                let _ = show.send(link.as_str().to_owned());
                Ok::<_, std::io::Error>(())
            });
            tokio::select! {
                _ = waiting => {}
                _ = ended => {}
            }
        });
        fs::write(self.path("device.txt"), shown.await.unwrap()).unwrap();
        end
    }
}

fn describe(centres: &DataCentres, place: &Path) {
    let description = Description::of(centres, stage::identity(), "codes.jsonl".into());
    description.write(&place.join("sandbox.json")).unwrap();
}

/// Where the copies of TDLib are kept, for all of this run.
fn copies() -> PathBuf {
    let run = PathBuf::from(env::var_os(crate::genuine::STAGE_VARIABLE).expect("cases run on a stage"));
    let copies = run.join("copies");
    fs::create_dir_all(&copies).unwrap();
    copies
}

impl Prepared {
    async fn new(ground: Ground) -> Self {
        let (place, server) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in ["temporary", "home"] {
            fs::create_dir(place.path().join(folder)).unwrap();
        }
        symlink(copies(), place.path().join("home/tdlib")).unwrap();
        let store = Store::open(server.path()).unwrap();
        let state = State::open(Clock::system(), &countries_languages_json(), &store).unwrap();
        let stage = Stage::over(state);
        let owner = Vaulted::new(stage.cloud());
        owner.set_password(None, &Password::from(PASSWORD), "a horse").await.unwrap();
        let data_centres = DataCentres::start(stage.state.clone(), stage::identity()).await.unwrap();
        describe(&data_centres, place.path());
        let desk = Desk { stage, place, data_centres };
        ANNA.write(&desk.place.path().join("anna")).unwrap();
        let bot = desk.stage.bot();
        let rows = vec![SuitableElement::new(ElementType::Address).into()];
        fs::write(desk.path("link.txt"), link(&bot, "nonce", rows)).unwrap();
        desk.become_(ground).await;
        let user_id = desk.stage.user_id;
        let Desk { place, .. } = desk;
        Self { place, server, user_id }
    }
}

impl Desk {
    async fn become_(&self, ground: Ground) {
        let owner = Vaulted::new(self.stage.cloud());
        match ground {
            Ground::Nobody => return,
            Ground::Received => return self.receive().await,
            _ => self.sign_in().await,
        }
        match ground {
            Ground::Nobody | Ground::Received | Ground::Empty | Ground::Device => {}
            Ground::NoPassword => owner.remove_password(&PASSWORD.into(), AcceptLoss).await.unwrap(),
            Ground::Stored => self.store().await,
            Ground::Channel => self.with_channel().await,
            Ground::Elsewhere => {
                self.with_channel().await;
                self.sign_in_elsewhere().await;
                let listed = self.run(&["sessions"], "").await.answer();
                let sessions = listed["sessions"].as_array().unwrap();
                let other = sessions.iter().find(|session| session["in_use"] == false).unwrap();
                fs::write(self.path("session.txt"), other["session"].as_str().unwrap()).unwrap();
            }
            Ground::Damaged => {
                self.with_channel().await;
                self.plant(
                    SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: vec![1; 40] },
                    vec![7; 32],
                );
            }
            Ground::Legacy => {
                self.with_channel().await;
                owner.delete(&ElementType::ALL).await.unwrap();
                super::super::channel::plant_legacy_secret(self);
            }
            Ground::Recoverable => self.with_recovery_address(&owner).await,
            Ground::Forgotten => {
                self.with_recovery_address(&owner).await;
                self.run(&["logout"], "").await.answer();
            }
            Ground::ResetPending => {
                self.stage.state.reset_password(self.stage.user_id).unwrap();
            }
            Ground::Exported => {
                self.store().await;
                owner.unlock(&PASSWORD.into()).await.unwrap();
                let passphrase = Passphrase::try_from(Zeroizing::new(PASSPHRASE.to_owned())).unwrap();
                let target = self.path("backup");
                export(&owner, Path::new(&target), passphrase, &ExportOptions::default()).await.unwrap();
                owner.delete(&ElementType::ALL).await.unwrap();
            }
        }
    }

    async fn receive(&self) {
        let ask = ["--ask", "personal_details", "--ask", "passport+selfie"];
        let new = ["request", "new", "--bot-id", "7000000002", "--new-key", "bot.pem"];
        let made = self.run(&[&new[..], &ask].concat(), "").await.answer();
        let link = made["link"].as_str().unwrap();
        fs::write(self.path("request.txt"), link).unwrap();
        self.run(&["simulate", link, "--person", "anna", "--out", "share"], "").await.answer();
    }

    async fn store(&self) {
        self.put_from("anna", &["passport", "address"]).await;
    }

    async fn with_channel(&self) {
        self.store().await;
        self.run(&["sessions", "--password-stdin"], &format!("{PASSWORD}\n")).await.answer();
    }

    async fn with_recovery_address(&self, owner: &Vaulted<telegram_passport_sandbox::InProcessCloud>) {
        self.put_from("anna", &["address"]).await;
        let address = EmailAddress("anna@example.com".to_owned());
        owner.set_recovery_email(&PASSWORD.into(), &address).await.unwrap();
        owner.confirm_recovery_email(&self.stage.last_code(CodePurpose::ConfirmRecoveryEmail)).await.unwrap();
    }

    async fn sign_in_elsewhere(&self) {
        let network =
            Network::sandbox(self.data_centres.addresses(), &stage::identity().public_key()).unwrap();
        let application = Application::new(7, "0123456789abcdef0123456789abcdef");
        let (elsewhere, _) = Login::begin(network, application.on(Device::named("another program")));
        elsewhere.set_phone_number(Stage::PHONE).await.unwrap();
        elsewhere.check_code(&self.stage.state.last_login_code(Stage::PHONE).unwrap()).await.unwrap();
        elsewhere.check_password(&PASSWORD.into()).await.unwrap();
    }

    fn plant(&self, secure_algo: SecurePasswordKdfAlgo, secure_secret: Vec<u8>) {
        let damaged = SecureSecretSettings { secure_algo, secure_secret, secure_secret_id: 7 };
        self.stage.state.replace_secure_settings(self.stage.user_id, Some(damaged)).unwrap();
    }
}

/// Makes a pipe in place of a file: whoever reads it waits.
pub(super) fn pipe(path: &Path) -> PathBuf {
    let _ = fs::remove_file(path);
    assert!(run(Command::new("mkfifo").arg(path)));
    path.to_owned()
}

/// Opens a pipe for writing, once somebody reads it.
pub(super) async fn read_by_somebody(path: &Path) -> File {
    use std::os::unix::fs::OpenOptionsExt as _;
    /// `O_NONBLOCK`: to open is refused as long as nobody reads.
    const AT_ONCE: i32 = 0o4000;
    eventually(|| OpenOptions::new().write(true).custom_flags(AT_ONCE).open(path).ok()).await
}
