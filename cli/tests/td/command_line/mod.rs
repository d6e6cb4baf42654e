//! The command line over accounts, run as its users run it: the program by itself, its own copy of TDLib, and a
//! sandbox that described itself in a file.

mod after_the_deed;
mod channel;
mod consent;
mod cut_short;
mod ended_elsewhere;
mod in_part;
mod in_the_clear;
mod last_steps;
mod objected;
pub(crate) mod outcomes;
mod photos;
mod putting;
mod shown_again;
mod signing_in;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use telegram_passport::element::{Country, Element, ElementType, Part};
use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport::request::{
    CallbackUrl, LinkForm, PassportRequest, RequiredElement, Scope, ScopeForm, SuitableElement,
};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::vault::Password;
use telegram_passport_sandbox::Description;
use telegram_passport_sandbox::dc::{DataCentres, Fault};
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::CodePurpose;
use tempfile::TempDir;

use crate::conformance::stage::{Stage, TestBot};
use crate::{cases, signals, stage};

pub(crate) use cut_short::{
    a_secret_that_is_being_made_is_told_to_whoever_interrupts,
    a_tdlib_that_cannot_write_ends_the_command_in_words,
    the_vaults_session_is_signed_in_and_kept_or_not_at_all,
};
pub(crate) use in_part::{
    an_import_that_is_interrupted_at_a_code_says_what_is_stored_and_what_is_not,
    an_import_whose_code_is_wrong_says_what_is_stored_and_what_is_not,
    what_an_import_stores_beside_the_pixels_is_told_to_a_script_too,
};
pub(crate) use in_the_clear::{
    no_thumbnail_passes_put, pictures_in_the_clear_go_with_every_signal, what_is_shown_goes_with_every_signal,
};
pub(crate) use last_steps::{
    a_code_that_nobody_answers_may_have_been_sent_or_taken, a_log_out_says_which_session_has_ended,
    a_log_out_that_nobody_has_answered_deletes_nothing, a_server_in_trouble_may_have_changed_the_password,
    a_vaults_session_that_cannot_be_kept_is_ended_or_told,
    a_vaults_session_that_is_cut_short_is_found_and_ended,
};
pub(crate) use objected::{
    a_put_goes_on_where_nobody_says_what_bots_object_to,
    an_objection_outlives_the_replacement_of_something_else,
    an_objection_that_nobody_asked_for_outlives_a_put, an_objection_that_nobody_asked_for_outlives_an_import,
};
pub(crate) use photos::a_photo_that_says_twice_how_it_is_turned_is_turned_once;
pub(crate) use shown_again::{
    a_stopped_prompt_leaves_a_terminal_that_shows, the_terminal_shows_again_after_every_signal,
};

pub(crate) use after_the_deed::{
    a_batch_that_is_interrupted_says_what_is_stored, a_keyring_that_refuses_the_new_password_is_a_warning,
    a_reset_that_has_waited_removes_the_password, a_share_that_nobody_answers_may_have_arrived,
    an_answer_that_cannot_be_written_is_no_share_that_failed,
    an_export_without_a_scan_is_none_unless_a_part_is_wanted,
};
pub(crate) use channel::{
    a_hint_that_tells_the_password_is_remarked, a_kept_password_follows_every_change, a_line_is_one_answer,
    a_password_is_changed_recovered_and_reset, a_password_that_tdlib_alters_works_with_the_vault,
    a_recovery_address_goes_by_its_own_word, a_secret_of_the_old_form_is_upgraded,
    a_secret_that_could_not_be_looked_at_is_not_given_up, an_export_comes_back_after_all_was_lost,
    deleting_asks_at_a_terminal, the_vault_looks_first_and_no_risk_is_taken,
    what_is_not_stored_is_not_deleted,
};
pub(crate) use ended_elsewhere::{
    a_channel_ended_elsewhere_is_signed_in_anew,
    a_lie_about_the_key_deletes_nothing_and_login_sets_the_session_aside,
    a_log_out_after_the_session_was_ended_ends_the_channel_too,
    a_log_out_leaves_no_session_although_the_channel_cannot_be_opened,
    a_server_that_forgot_all_keys_is_told_and_login_works,
    a_session_ended_elsewhere_is_told_by_every_command_and_login_works_at_once,
    ending_a_session_in_use_asks_first,
};

pub(crate) use consent::{
    a_callback_is_told_as_it_was_asked_for, fields_of_other_clients_are_kept_and_disclosed,
    the_form_says_which_alternatives_there_are_and_why_this_one,
};

pub(crate) use putting::what_another_device_stored_meanwhile_is_not_put_over;
pub(crate) use signing_in::{
    a_login_email_address_is_set_up_and_then_used, a_login_that_is_interrupted_before_leaves_nothing,
    a_name_that_is_not_taken_is_asked_for_again,
    a_password_that_is_recovered_is_typed_twice_and_removed_only_by_its_own_word,
    a_recovery_that_is_interrupted_may_have_replaced_the_password,
    a_sign_in_that_is_interrupted_may_have_signed_in,
    a_sign_up_that_is_interrupted_may_have_made_the_account,
};

const PASSWORD: &str = "correct horse";

/// What has not come about by then never will; the case itself is given up later.
const SOON: Duration = cases::TIME_OUT.checked_div(2).expect("two is not zero");

/// A machine with `tgpassport` on it, and a sandbox with one account.
struct Desk {
    stage: Stage,
    place: TempDir,
    data_centres: DataCentres,
}

/// How a run ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The answer of a run that ended well.
    fn answer(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        self.json()
    }

    /// The message of a run that ended with this code.
    fn refusal(&self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        let error = &self.json()["error"];
        assert_eq!(error["exit_code"], code, "{self:?}");
        error["message"].as_str().unwrap().to_owned()
    }
}

/// `tgpassport` in a folder, with accounts of its own.
fn command(place: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tgpassport"));
    command.args(arguments).current_dir(place);
    command.env("TGPASSPORT_HOME", place.join("home")).env_remove("TGPASSPORT_ACCOUNT");
    command.env("TDLIB_PATH", stage::original()).env("TDLIB_NO_DOWNLOAD", "1");
    command
}

impl Desk {
    /// The account has this password.
    async fn new(password: &str) -> Self {
        Self::over(Stage::new(), password).await
    }

    /// The same in a world that is there already.
    async fn over(stage: Stage, password: &str) -> Self {
        let owner = Vaulted::new(stage.cloud());
        owner.set_password(None, &Password::from(password), "a horse").await.unwrap();
        let data_centres = DataCentres::start(stage.state.clone(), stage::identity()).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let description = Description::of(&data_centres, stage::identity(), "codes.jsonl".into());
        description.write(&place.path().join("sandbox.json")).unwrap();
        Self { stage, place, data_centres }
    }

    /// The same, signed in, with a person in the folder `anna` whose address is stored.
    async fn with_address() -> Self {
        let desk = Self::new(PASSWORD).await;
        desk.sign_in().await;
        person(&desk, "anna", 1);
        desk.put_from("anna", &["address"]).await;
        desk
    }

    /// The account's directory.
    fn account(&self) -> PathBuf {
        self.place.path().join("home/accounts/default")
    }

    /// Lets this go wrong, and gives all that is to.
    fn armed(&self, fault: Fault, times: u32) -> Vec<(Fault, u32)> {
        let faults = self.data_centres.faults();
        faults.inject(fault, times);
        faults.pending()
    }

    /// Waits until something of it has come to pass.
    async fn came_to_pass(&self, armed: &[(Fault, u32)]) {
        let faults = self.data_centres.faults();
        eventually(|| (faults.pending() != armed).then_some(())).await;
    }

    /// Starts with the password typed.
    fn begin(&self, arguments: &[&str]) -> Running {
        let mut running = self.start(&[arguments, &["--password-stdin"]].concat());
        running.type_line(PASSWORD);
        running
    }

    fn path(&self, name: &str) -> String {
        self.place.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(self.place.path(), arguments)
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(&[&["--json"], arguments].concat());
        let child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Running(child)
    }

    /// Runs to the end with this on standard input.
    async fn run(&self, arguments: &[&str], input: &str) -> Ended {
        let mut running = self.start(arguments);
        // What ends without reading is free to do so.
        let _ = running.try_type(input);
        running.ended().await
    }

    /// The same, with these variables in its environment, and all of its arguments given.
    async fn run_in(&self, arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> Ended {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut running = Running(child.unwrap());
        let _ = running.try_type(input);
        running.ended().await
    }

    /// Runs with the password on standard input, accepting the risk that a sandbox does not have.
    async fn unlocked(&self, arguments: &[&str]) -> Ended {
        let with = [arguments, &["--password-stdin", "--accept-risk"]].concat();
        self.run(&with, &format!("{PASSWORD}\n")).await
    }

    /// Signs in, as somebody does who makes no mistakes.
    async fn sign_in(&self) {
        let sandbox = self.path("sandbox.json");
        let login = ["login", "--sandbox", &sandbox, "--phone", Stage::PHONE, "--password-stdin"];
        let before = self.stage.state.last_login_code(Stage::PHONE);
        let mut running = self.start(&login);
        let code =
            || self.stage.state.last_login_code(Stage::PHONE).filter(|code| before.as_ref() != Some(code));
        let code = running.meanwhile(code).await;
        running.type_line(&code);
        running.type_line(PASSWORD);
        assert_eq!(running.ended().await.answer()["already"], false);
    }

    /// Stores these elements of a person, whose e-mail address is proved on the way.
    async fn put_from(&self, folder: &str, kinds: &[&str]) -> Value {
        let arguments = [&["put"], kinds, &["--from", folder, "--password-stdin", "--accept-risk"]].concat();
        let mut running = self.start(&arguments);
        running.type_line(PASSWORD);
        for (kind, purpose) in
            [("phone_number", CodePurpose::VerifyPhone), ("email", CodePurpose::VerifyEmail)]
        {
            if kinds.is_empty() || kinds.contains(&kind) {
                let code =
                    running.meanwhile(|| self.stage.state.last_code(self.stage.user_id, purpose)).await;
                running.type_line(&code);
            }
        }
        running.ended().await.answer()
    }
}

/// A run under way, whose standard input is open.
struct Running(Child);

impl Running {
    fn try_type(&mut self, text: &str) -> std::io::Result<()> {
        let input = self.0.stdin.as_mut().unwrap();
        input.write_all(text.as_bytes())?;
        input.flush()
    }

    fn type_line(&mut self, line: &str) {
        self.try_type(&format!("{line}\n")).unwrap();
    }

    /// What comes about elsewhere while it runs, and never does once it has ended.
    async fn meanwhile<T>(&mut self, mut look: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            if self.0.try_wait().unwrap().is_some() {
                let mut told = String::new();
                self.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
                self.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
                panic!("it has ended: {told}");
            }
            assert!(begin.elapsed() < SOON, "it does not come about");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Interrupts what waits for the server: the first signal asks it to come to an end, the second does not wait for it.
    async fn interrupted_twice(self) -> Ended {
        signals::send("INT", &self.0);
        tokio::time::sleep(Duration::from_millis(300)).await;
        signals::send("INT", &self.0);
        self.ended().await
    }

    /// Closes its input and waits for its end.
    async fn ended(self) -> Ended {
        let output = tokio::task::spawn_blocking(move || self.0.wait_with_output()).await.unwrap().unwrap();
        let ended = Ended {
            code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}")),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ended.stderr.contains("panicked"), "{ended:?}");
        ended
    }
}

/// What comes about elsewhere, soon.
async fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < SOON, "it does not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn country() -> Country {
    Country::from_code("CZ").unwrap()
}

/// A person with everything, in a folder.
fn person(desk: &Desk, name: &str, seed: u64) -> Person {
    let person = Person::generate(country(), seed).unwrap();
    person.write(&desk.place.path().join(name)).unwrap();
    person
}

fn of_kind(person: &Person, kind: ElementType) -> &Element<PassportJpeg> {
    person.elements.iter().find(|element| element.kind() == kind).unwrap()
}

/// A request for these, as a link.
fn link(bot: &TestBot, nonce: &str, rows: Vec<RequiredElement>) -> String {
    let scope = Scope::new(rows, ScopeForm::Long).unwrap();
    let request = PassportRequest::new(TestBot::ID, scope.as_str(), &bot.public_key, nonce).unwrap();
    let callback = CallbackUrl::parse("https://bank.example/back?id=7").unwrap();
    request.with_callback_url(callback).to_link(LinkForm::Resolve)
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn kinds(elements: &Value) -> Vec<&str> {
    elements.as_array().unwrap().iter().map(|element| element["kind"].as_str().unwrap()).collect()
}

pub(crate) async fn signing_in_takes_a_code_and_a_password_and_ends_with_logout() {
    let desk = Desk::new(PASSWORD).await;
    let nobody = desk.run(&["status"], "").await;
    assert!(nobody.refusal(1).contains("there is no account default"));

    let sandbox = desk.path("sandbox.json");
    let login = ["login", "--sandbox", &sandbox, "--phone", Stage::PHONE, "--password-stdin"];
    // Without the right answers nobody signs in, and nothing stays.
    let mut running = desk.start(&login);
    let code = eventually(|| desk.stage.state.last_login_code(Stage::PHONE)).await;
    let wrong = if code == "00000" { "00001" } else { "00000" };
    running.type_line(wrong);
    assert_eq!(running.ended().await.refusal(4), "the code is wrong");
    assert!(!desk.account().exists());

    let mut running = desk.start(&login);
    let another = || desk.stage.state.last_login_code(Stage::PHONE).filter(|again| *again != code);
    let code = running.meanwhile(another).await;
    for line in [&code, PASSWORD] {
        running.type_line(line);
    }
    let signed_in = running.ended().await.answer();
    assert_eq!(signed_in["user"]["id"], desk.stage.user_id);
    assert_eq!(signed_in["user"]["phone_number"], Stage::PHONE);
    assert_eq!((&signed_in["already"], &signed_in["keyring"]), (&false.into(), &"beside".into()));
    assert_eq!(desk.run(&["login"], "").await.answer()["already"], true);

    let status = desk.run(&["status"], "").await.answer();
    assert_eq!(status["signed_in"], true);
    assert_eq!(status["server"]["sandbox"], true);
    assert_eq!(
        status["password"],
        serde_json::json!({"set": true, "hint": "a horse", "recovery_email": false})
    );
    assert_eq!(status["passport"]["elements_stored"], false);
    assert_eq!(status["tdlib"], "1.8.61");

    assert_eq!(desk.run(&["logout"], "").await.answer()["signed_out"], true);
    assert!(!desk.account().exists());
    desk.run(&["status"], "").await.refusal(1);
}

pub(crate) async fn an_account_stays_on_its_server() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    // Another sandbox is another server, whatever it calls itself.
    let other = telegram_passport_sandbox::dc::ServerIdentity::generate();
    let data_centres = DataCentres::start(desk.stage.state.clone(), &other).await.unwrap();
    let elsewhere = desk.path("other.json");
    Description::of(&data_centres, &other, "codes.jsonl".into()).write(Path::new(&elsewhere)).unwrap();
    let refused = desk.run(&["status", "--sandbox", &elsewhere], "").await;
    assert!(refused.refusal(3).contains("another sandbox"), "{refused:?}");
    assert!(
        refused.json()["error"]["remedy"].as_str().unwrap().contains("logout --only-here"),
        "{refused:?}"
    );
    // Nor does a new account with that name begin there.
    desk.run(&["login", "--sandbox", &elsewhere, "--phone", "1", "--password-stdin"], "").await.refusal(3);
    // A sandbox that has ended is not waited for.
    let ended = desk.path("ended.json");
    let mut description = Description::read(Path::new(&desk.path("sandbox.json"))).unwrap();
    description.socks5.set_port(1);
    description.write(Path::new(&ended)).unwrap();
    let refused = desk.run(&["status", "--sandbox", &ended], "").await.refusal(1);
    assert!(refused.contains("no sandbox listens"), "{refused}");
    // Whose sandbox is gone for good is forgotten without asking it.
    let home = desk.path("home/accounts/default");
    desk.run(&["logout", "--sandbox", &ended], "").await.refusal(1);
    assert!(Path::new(&home).exists());
    assert_eq!(desk.run(&["logout", "--only-here"], "").await.answer()["signed_out"], false);
    assert!(!Path::new(&home).exists());
    // A real account's key lies nowhere unlocked.
    let mut real = desk.command(&["--json", "login", "--account", "real", "--keyring", "beside"]);
    real.env("TGPASSPORT_API_ID", "1").env("TGPASSPORT_API_HASH", "0".repeat(32)).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || real.output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!desk.place.path().join("home/accounts/real").exists());
}

pub(crate) async fn a_passphrase_keeps_the_key_and_the_password() {
    let desk = Desk::new(PASSWORD).await;
    let sandbox = desk.path("sandbox.json");
    let login = ["login", "--sandbox", &sandbox, "--phone", Stage::PHONE, "--password-stdin"];
    let kept = [&login[..], &["--keyring", "file", "--remember-password"]].concat();
    let mut running = desk.start(&kept);
    running.type_line("open sesame");
    let code = running.meanwhile(|| desk.stage.state.last_login_code(Stage::PHONE)).await;
    running.type_line(&code);
    running.type_line(PASSWORD);
    let signed_in = running.ended().await.answer();
    assert_eq!((&signed_in["keyring"], &signed_in["password_kept"]), (&"file".into(), &true.into()));
    // From now on the passphrase is enough.
    assert_eq!(desk.run(&["status", "--password-stdin"], "open sesame\n").await.answer()["signed_in"], true);
    let listed = desk.run(&["list", "--password-stdin"], "open sesame\n").await.answer();
    assert_eq!(listed["elements"], serde_json::json!([]));
    let wrong = desk.run(&["status", "--password-stdin"], "open barley\n").await;
    assert!(wrong.refusal(4).starts_with("wrong passphrase"), "{wrong:?}");
    desk.run(&["status"], "").await.refusal(2);
    // A line is one answer: the next one answers something else.
    let wrong = desk.run(&["status", "--password-stdin"], "open barley\nopen sesame\n").await;
    assert!(wrong.refusal(4).starts_with("wrong passphrase"), "{wrong:?}");
    let right = desk.run(&["status", "--password-stdin"], "open sesame\n").await;
    assert_eq!(right.answer()["password_kept"], true);
    // What lies there tells neither.
    for file in everything_below(&desk.place.path().join("home/accounts")) {
        let contents = fs::read(&file).unwrap();
        for secret in [PASSWORD, "open sesame"] {
            let found = contents.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", file.display());
        }
    }
    desk.run(&["logout", "--password-stdin"], "open sesame\n").await.answer();
    // A passphrase that was not given makes no account.
    desk.run(&kept, "\n").await.refusal(2);
    assert!(!desk.account().exists());
}

fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(!files.is_empty());
    files
}

pub(crate) async fn elements_are_put_listed_shown_and_deleted() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    assert_eq!(desk.unlocked(&["list"]).await.answer()["elements"], serde_json::json!([]));
    let anna = person(&desk, "anna", 1);

    let stored = desk.put_from("anna", &[]).await;
    assert_eq!(stored["secret_created"], true);
    assert_eq!(kinds(&stored["elements"]).len(), 13);

    // Nothing has shown that the secret opens: without the person's word nothing is risked.
    let wrong = desk.run(&["list", "--password-stdin", "--accept-risk"], "wrong\n").await;
    assert_eq!(wrong.refusal(4), "wrong password");

    let listed = desk.unlocked(&["list"]).await;
    let elements = &listed.answer()["elements"];
    assert_eq!(kinds(elements), ElementType::ALL.map(ElementType::name));
    assert!(elements.as_array().unwrap().iter().all(|element| element["flaws"] == serde_json::json!([])));
    let number = of_kind(&anna, ElementType::Passport).identity_document().unwrap().document_no.to_string();
    assert!(!listed.stdout.contains(&number), "a list tells nothing of the person");

    let shown = desk.unlocked(&["show", "passport", "--out", "scans"]).await.answer();
    assert_eq!(shown["element"]["document_no"], number.as_str());
    for (part, contents) in of_kind(&anna, ElementType::Passport).files() {
        let name = match part {
            Part::Translation(index) => format!("passport-translation-{}.jpg", index + 1),
            part => format!("passport-{part}.jpg"),
        };
        assert_eq!(fs::read(desk.place.path().join("scans").join(name)).unwrap(), contents.as_bytes());
    }

    // What is not named stays.
    let other = person(&desk, "other", 2);
    let selfie = of_kind(&other, ElementType::Passport).file(Part::Selfie).unwrap().as_bytes().to_vec();
    fs::write(desk.place.path().join("selfie.jpg"), &selfie).unwrap();
    let put = ["put", "passport", "--selfie", "selfie.jpg", "--set", "document_no=NEW 1"];
    let stored = desk.unlocked(&put).await.answer();
    assert_eq!(stored["elements"][0]["scans"][0]["part"], "selfie");
    assert_eq!(strings(&stored["elements"][0]["kept"]), ["front_side", "translation[0]", "translation[1]"]);
    let shown = desk.unlocked(&["show", "passport", "--out", "again"]).await.answer();
    assert_eq!(shown["element"]["document_no"], "NEW 1");
    assert_eq!(shown["element"]["expiry_date"], serde_json::json!(expiry(&anna)));
    assert_eq!(fs::read(desk.place.path().join("again/passport-selfie.jpg")).unwrap(), selfie);

    // All that is wrong is told at once, and nothing of it is stored.
    fs::write(desk.place.path().join("no.jpg"), "no picture").unwrap();
    let put = ["put", "passport", "--replace", "--set", "expiry_date=31.02.2030", "--front", "no.jpg"];
    let wrong = desk.unlocked(&put).await;
    wrong.refusal(1);
    let problems = wrong.json()["error"]["problems"].clone();
    let problems = strings(&problems).join("\n");
    for place in ["expiry_date", "front_side", "document_no"] {
        assert_eq!(problems.matches(place).count(), 1, "{place}: {problems}");
    }
    let shown = desk.unlocked(&["show", "passport"]).await.answer();
    assert_eq!(shown["element"]["document_no"], "NEW 1");
    assert_eq!(desk.unlocked(&["put", "passport", "--set", "city=Brno"]).await.code, 2);
    assert_eq!(desk.unlocked(&["put", "passport", "--file", "selfie.jpg"]).await.code, 2);
    assert_eq!(desk.unlocked(&["put", "passport"]).await.code, 2, "there is no terminal to ask on");

    // What people type is brought to what the fields take, and told.
    let put = [
        "put",
        "Address",
        "--set",
        "country_code=gb",
        "--set",
        "city=London",
        "--set",
        "street_line1=1 High St",
        "--set",
        "post_code=SW1A 1AA",
    ];
    let stored = desk.unlocked(&put).await.answer();
    let changed = serde_json::json!([
        { "field": "country_code", "change": "taken as the country's code" },
        { "field": "post_code", "change": "spaces dropped" },
    ]);
    assert_eq!(stored["elements"][0]["changes"], changed);
    let shown = desk.unlocked(&["show", "address"]).await.answer();
    assert_eq!(shown["element"]["post_code"], "SW1A1AA");
    assert_eq!(shown["element"]["country_code"], "GB");
    for (set, told) in [
        (&["post_code=SW1A_1AA"][..], "_ (U+005F)"),
        (&["country_code=AE", "post_code="], "00000 is entered"),
        (&["country_code=Germnay"], "perhaps DE (Germany)"),
    ] {
        let set: Vec<&str> = set.iter().flat_map(|assignment| ["--set", assignment]).collect();
        let wrong = desk.unlocked(&[&["put", "address"], set.as_slice()].concat()).await;
        wrong.refusal(1);
        let problems = wrong.json()["error"]["problems"].clone();
        assert!(strings(&problems).join("\n").contains(told), "{problems}");
    }
    let names = ["put", "personal_details", "--set", "last_name=O\u{2019}Neill", "--set", "first_name="];
    let problems = desk.unlocked(&names).await.json()["error"]["problems"].clone();
    assert!(strings(&problems).join("\n").contains("one name only"), "{problems}");
    assert_eq!(strings(&problems).len(), 1, "the apostrophe is taken: {problems}");
    let unknown = desk.unlocked(&["show", "pasport"]).await;
    assert_eq!(unknown.code, 2);
    assert!(unknown.json()["error"]["message"].as_str().unwrap().contains("perhaps passport"), "{unknown:?}");

    let unasked = desk.run(&["delete", "utility_bill", "email"], "").await.refusal(2);
    assert!(unasked.contains("no terminal to ask on"), "{unasked}");
    assert_eq!(kinds(&desk.unlocked(&["list"]).await.answer()["elements"]).len(), 13);
    let deleted = desk.run(&["delete", "utility_bill", "email", "--yes"], "").await.answer();
    assert_eq!(strings(&deleted["deleted"]), ["utility_bill", "email"]);
    assert_eq!(deleted["not_stored"], Value::Null, "without the password nobody can tell");
    assert_eq!(kinds(&desk.unlocked(&["list"]).await.answer()["elements"]).len(), 11);
    desk.run(&["delete", "--all"], "yes\n").await.refusal(5);
    assert_eq!(kinds(&desk.unlocked(&["list"]).await.answer()["elements"]).len(), 11);
    desk.run(&["delete", "--all"], "delete\n").await.answer();
    assert_eq!(desk.unlocked(&["list"]).await.answer()["elements"], serde_json::json!([]));
}

pub(crate) async fn a_photo_as_iphones_make_it_is_converted() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let photo = image::RgbImage::from_fn(320, 240, |x, _| {
        image::Rgb(if x < 160 { [200, 30, 30] } else { [30, 30, 200] })
    });
    photo.save(desk.place.path().join("photo.png")).unwrap();
    let encoded = Command::new("heif-enc")
        .args(["photo.png", "-o", "photo.heic"])
        .current_dir(desk.place.path())
        .output();
    assert!(encoded.unwrap().status.success());
    let put = ["put", "utility_bill", "--file", "photo.heic"];
    let stored = desk.unlocked(&put).await.answer();
    assert_eq!(stored["elements"][0]["scans"][0]["changes"][0], "converted from HEIC");
    assert_eq!(stored["elements"][0]["scans"][0]["width"], 320);
    desk.unlocked(&["show", "utility_bill", "--out", "bill"]).await.answer();
    let shown = fs::read(desk.place.path().join("bill/utility_bill-files-1.jpg")).unwrap();
    let shown = image::load_from_memory(&shown).unwrap().to_rgb8();
    let close =
        |x, colour: [u8; 3]| shown.get_pixel(x, 120).0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 16);
    assert!(close(40, [200, 30, 30]) && close(280, [30, 30, 200]));

    // What the converter cannot read either is named, and without a converter it is said what to install.
    let whole = fs::read(desk.place.path().join("photo.heic")).unwrap();
    fs::write(desk.place.path().join("cut.heic"), &whole[..whole.len() / 2]).unwrap();
    let told = |json: Value| strings(&json["error"]["problems"]).join("\n");
    let cut = desk.unlocked(&["put", "utility_bill", "--file", "cut.heic"]).await;
    cut.refusal(1);
    assert!(told(cut.json()).contains("cannot read it"), "{cut:?}");
    let with = ["--json", "put", "utility_bill", "--file", "photo.heic", "--password-stdin", "--accept-risk"];
    let mut command = desk.command(&with);
    command.env("PATH", desk.path("nothing")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let why = told(serde_json::from_slice(&output.stdout).unwrap());
    assert!(why.contains("this is a HEIC photo") && why.contains("libheif-examples"), "{why}");

    // Nothing of a conversion stays behind, and what a killed one left goes when the session opens.
    let plain = desk.account().join("session/plain");
    assert_eq!(fs::read_dir(&plain).unwrap().count(), 0);
    fs::create_dir(plain.join(".tgpassport-left")).unwrap();
    fs::write(plain.join(".tgpassport-left/photo.heic"), &whole).unwrap();
    desk.run(&["status"], "").await.answer();
    assert_eq!(fs::read_dir(&plain).unwrap().count(), 0);
    let mut folders = vec![desk.place.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            assert!(!entry.file_name().to_string_lossy().contains("heif"), "{:?}", entry.path());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
}

fn expiry(person: &Person) -> String {
    of_kind(person, ElementType::Passport).identity_document().unwrap().expiry_date.unwrap().to_string()
}

pub(crate) async fn a_request_is_answered_and_objections_are_told() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let anna = person(&desk, "anna", 1);
    let bot = desk.stage.bot();
    desk.put_from("anna", &["personal_details"]).await;
    let passport = SuitableElement::new(ElementType::Passport).with_selfie();
    let card = SuitableElement::new(ElementType::IdentityCard);
    let link = link(
        &bot,
        "nonce 1",
        vec![ElementType::PersonalDetails.into(), RequiredElement::one_of([passport, card])],
    );

    // Exactly what is missing.
    let incomplete = desk.unlocked(&["share", &link, "--yes"]).await;
    incomplete.refusal(3);
    let missing = incomplete.json()["error"]["problems"].clone();
    assert_eq!(
        strings(&missing),
        ["row 2: Passport: there is no passport yet; or Identity card: there is no identity card yet"]
    );
    desk.put_from("anna", &["passport", "identity_card"]).await;

    let unasked = desk.unlocked(&["share", &link]).await.refusal(2);
    assert!(unasked.contains("no terminal to consent on"), "{unasked}");
    assert_eq!(bot.shares(), 0);
    desk.unlocked(&["share", &link, "--yes", "--use", "email"]).await.refusal(2);

    let shared = desk.unlocked(&["share", &link, "--yes"]).await.answer();
    assert_eq!(shared["callback"], "https://bank.example/back?id=7&tg_passport=success");
    assert_eq!(shared["service"]["name"], "A bank");
    assert_eq!(shared["privacy_policy"], Value::Null);
    assert_eq!(kinds(&shared["elements"]), ["personal_details", "passport"]);
    assert_eq!(strings(&shared["elements"][1]["files"]), ["front_side", "selfie"]);
    let opened = bot.open_last_share("nonce 1");
    for element in &opened {
        let own = of_kind(&anna, element.kind());
        assert!(
            element.files().all(|(part, contents)| own.file(part) == Some(contents)),
            "{}",
            element.kind()
        );
    }

    assert_eq!(desk.unlocked(&["errors"]).await.answer()["requests"][0]["objections"], serde_json::json!([]));
    bot.object_to_front_side_of(desk.stage.user_id, ElementType::Passport, "too dark");
    let told = desk.unlocked(&["errors"]).await.answer();
    let objection = &told["requests"][0]["objections"][0];
    assert_eq!((&objection["kind"], &objection["place"]), (&"passport".into(), &"front_side".into()));
    assert_eq!(objection["message"], "too dark");
    assert_eq!(objection["remedy"], "tgpassport put passport --front FILE");
    assert_eq!(desk.unlocked(&["errors", &link]).await.answer(), told);
    // The bot's word stands in the way; the other alternative does not mind.
    let refused = desk.unlocked(&["share", &link, "--yes", "--use", "passport"]).await;
    refused.refusal(3);
    desk.unlocked(&["share", &link, "--yes", "--use", "identity_card"]).await.answer();
    assert_eq!(bot.open_last_share("nonce 1")[1].kind(), ElementType::IdentityCard);

    // What was objected to is replaced, and that settles it.
    let other = person(&desk, "other", 2);
    let front = of_kind(&other, ElementType::Passport).file(Part::FrontSide).unwrap();
    fs::write(desk.place.path().join("front.jpg"), front.as_bytes()).unwrap();
    desk.unlocked(&["put", "passport", "--front", "front.jpg"]).await.answer();
    let settled = desk.unlocked(&["errors"]).await.answer();
    assert_eq!(settled["requests"][0]["objections"], serde_json::json!([]));
    let shared = desk.unlocked(&["share", &link, "--yes", "--use", "passport"]).await.answer();
    assert_eq!(shared["sent"], true);
}

/// A terminal, with a shell's worth of `tgpassport` in it.
struct Terminal {
    child: Child,
    screen: Arc<Mutex<Screen>>,
}

#[derive(Default)]
struct Screen {
    text: String,
    /// Nothing more comes.
    ended: bool,
}

impl Terminal {
    fn open(desk: &Desk, arguments: &str) -> Self {
        // Not below a shell, which an interrupt would end too.
        Self::run(desk, |program| format!("exec {program} {arguments}"))
    }

    /// What a shell does with the program.
    fn run(desk: &Desk, line: impl FnOnce(&str) -> String) -> Self {
        let program = desk.command(&[]);
        let line = line(&format!("'{}'", program.get_program().to_str().unwrap()));
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(desk.place.path());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let screen = Arc::new(Mutex::new(Screen::default()));
        let mut output = child.stdout.take().unwrap();
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                shown.lock().unwrap().text.push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
            shown.lock().unwrap().ended = true;
        });
        Self { child, screen }
    }

    /// Waits for this to appear after what was seen before.
    async fn shows(&self, text: &str) {
        let begin = Instant::now();
        loop {
            {
                let mut screen = self.screen.lock().unwrap();
                if let Some(at) = screen.text.find(text) {
                    // What was seen is not seen again.
                    screen.text.drain(..at + text.len());
                    return;
                }
                let in_vain = screen.ended || begin.elapsed() > SOON;
                assert!(!in_vain, "{text} does not come: {}", screen.text);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn types(&mut self, keys: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(keys.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    async fn ends_with(mut self, code: i32) -> String {
        let status = tokio::task::spawn_blocking(move || (self.child.wait().unwrap(), self.screen));
        let (status, screen) = status.await.unwrap();
        let screen = screen.lock().unwrap().text.clone();
        assert_eq!(status.code(), Some(code), "{screen}");
        screen
    }
}

pub(crate) async fn a_person_at_a_terminal_is_asked() {
    let desk = Desk::new(PASSWORD).await;
    // As people write numbers.
    let mut terminal = Terminal::open(&desk, "login --sandbox sandbox.json --phone '+1 202-555-0123'");
    terminal.shows("A code was sent to +12025550123").await;
    terminal.shows("Code: ").await;
    terminal.types("00000x\n");
    terminal.shows("the code is wrong").await;
    let first = desk.stage.state.last_login_code(Stage::PHONE).unwrap();
    terminal.shows("Code: ").await;
    terminal.types("\n");
    terminal.shows("by a call").await;
    let code = desk.stage.state.last_login_code(Stage::PHONE).unwrap();
    assert!(!first.is_empty() && !code.is_empty());
    terminal.types(&format!("{code}\n"));
    terminal.shows("Password (hint: a horse): ").await;
    terminal.types(&format!("{PASSWORD}\n"));
    terminal.shows("is signed in to the sandbox at 127.0.0.1").await;
    let screen = terminal.ends_with(0).await;
    assert!(!screen.contains(PASSWORD), "what is typed unseen is not seen");

    // An element, field by field.
    let mut terminal = Terminal::open(&desk, "put address");
    terminal.shows("Password (hint: a horse): ").await;
    terminal.types(&format!("{PASSWORD}\n"));
    // A wrong answer is told when it is given, and costs none of the others.
    for (question, answer) in [
        ("Country (country_code", "Germnay"),
        ("perhaps DE (Germany)", "cz"),
        ("Czechia", ""),
        ("City (city", ""),
        ("the city (city) is missing", "Brno"),
        ("Street (street_line1", "Kobližná 1"),
        ("Second line", ""),
        ("Post code (post_code", "602_00"),
        ("_ (U+005F)", "602 00"),
    ] {
        terminal.shows(question).await;
        terminal.shows("): ").await;
        terminal.types(&format!("{answer}\n"));
    }
    terminal.shows("spaces dropped").await;
    terminal.shows("Stored address").await;
    terminal.ends_with(0).await;

    let bot = desk.stage.bot();
    let link = link(&bot, "nonce 2", vec![ElementType::Address.into()]);
    fs::write(desk.place.path().join("link.txt"), &link).unwrap();
    let share = async |word: &str| {
        let mut terminal = Terminal::open(&desk, "share link.txt --accept-risk");
        terminal.shows("Password (hint: a horse): ").await;
        terminal.types(&format!("{PASSWORD}\n"));
        for shown in
            ["A bank (@bank_bot), bot 7000000001", "no privacy policy", "city                   Brno"]
        {
            terminal.shows(shown).await;
        }
        terminal.shows("type yes: ").await;
        terminal.types(word);
        terminal
    };
    let declined = share("no\n").await.ends_with(5).await;
    assert!(declined.contains("https://bank.example/back?id=7&tg_passport=cancel"), "{declined}");
    // Ctrl-C is a no, too.
    let interrupted = share("\x03").await.ends_with(5).await;
    assert!(interrupted.contains("interrupted"), "{interrupted}");
    assert_eq!(bot.shares(), 0);
    let shared = share("yes\n").await.ends_with(0).await;
    assert!(shared.contains("tg_passport=success"), "{shared}");
    let opened = bot.open_last_share("nonce 2");
    assert!(matches!(&opened[..], [Element::Address(address)] if address.street_line1 == "Kobližná 1"));
}

pub(crate) async fn another_device_is_approved() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let mut second = Terminal::open(&desk, "login --qr --account second --sandbox sandbox.json");
    second.shows("tgpassport approve '").await;
    second.shows("tg://login?token=").await;
    let token = eventually(|| {
        let screen = second.screen.lock().unwrap();
        screen.text.split_once('\'').map(|(token, _)| token.to_owned())
    })
    .await;
    let link = format!("tg://login?token={token}");
    let approved = desk.run(&["approve", &link], "").await.answer();
    assert!(approved["device"].as_str().unwrap().starts_with("telegram-passport"));
    second.shows("Password (hint: a horse): ").await;
    second.types(&format!("{PASSWORD}\n"));
    second.shows("as the account second").await;
    second.ends_with(0).await;
    let status = desk.run(&["status", "--account", "second"], "").await.answer();
    assert_eq!(status["user"]["id"], desk.stage.user_id);
    desk.run(&["approve", &link], "").await.refusal(4);
}

pub(crate) async fn an_interrupted_put_leaves_what_was_stored() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let anna = person(&desk, "anna", 1);
    desk.put_from("anna", &["passport"]).await;
    let other = person(&desk, "other", 2);
    let front = of_kind(&other, ElementType::Passport).file(Part::FrontSide).unwrap().as_bytes().to_vec();
    fs::write(desk.place.path().join("front.jpg"), &front).unwrap();
    let temporary = desk.place.path().join("temporary");
    fs::create_dir(&temporary).unwrap();

    // The upload never gets through.
    let never = Fault::ConnectionDropped { method: "upload.saveFilePart" };
    desk.data_centres.faults().inject(never, 10_000);
    let put = ["--json", "put", "passport", "--front", "front.jpg", "--set", "document_no=NEW 1"];
    let mut command = desk.command(&[&put[..], &["--password-stdin", "--accept-risk"]].concat());
    let command = command.env("TMPDIR", &temporary).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    running.type_line(PASSWORD);
    let laid_out = desk.account().join("session/plain");
    eventually(|| fs::read_dir(&laid_out).ok()?.next()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    signals::send("INT", &running.0);
    assert_eq!(running.ended().await.refusal(5), "interrupted; nothing of it is stored");

    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "no picture is left in the clear");
    let piece = &front[front.len() / 2..][..64];
    for file in everything_below(&desk.place.path().join("home/accounts")) {
        let contents = fs::read(&file).unwrap();
        assert!(!contents.windows(64).any(|window| window == piece), "a picture lies in {}", file.display());
    }
    desk.data_centres.faults().clear();
    let shown = desk.unlocked(&["show", "passport", "--out", "scans"]).await.answer();
    let passport = of_kind(&anna, ElementType::Passport);
    let number = passport.identity_document().unwrap().document_no.to_string();
    assert_eq!(shown["element"]["document_no"], number.as_str());
    let own = passport.file(Part::FrontSide).unwrap().as_bytes();
    assert_eq!(fs::read(desk.place.path().join("scans/passport-front_side.jpg")).unwrap(), own);
}

/// What the README shows, with every program a process of its own.
pub(crate) async fn a_script_goes_all_the_way_with_a_sandbox_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str], input: &str| {
        let mut command = command(place.path(), &[&["--json"], arguments].concat());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut running = Running(child.unwrap());
        let _ = running.try_type(input);
        running.ended().await.answer()
    };
    run(&["person", "new", "--country", "CZ", "--seed", "7", "--out", "alice"], "").await;
    let ask = ["--ask", "passport+selfie/identity_card+selfie", "--ask", "email"];
    let request =
        run(&[&["request", "new", "--bot-id", "7500000001", "--new-key", "bot.pem"], &ask[..]].concat(), "")
            .await;
    fs::write(place.path().join("link.txt"), request["link"].as_str().unwrap()).unwrap();
    let password = format!("{PASSWORD}\n");

    let sandbox = ["--json", "sandbox", "--person", "alice", "--password-stdin", "--bot", "link.txt"];
    let mut sandbox = command(place.path(), &[&sandbox[..], &["--shares", "shares"]].concat());
    let mut sandbox = Ending(sandbox.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    sandbox.0.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    eventually(|| Description::read(&place.path().join("sandbox.json")).ok()).await;

    let alice = Person::read(&place.path().join("alice")).unwrap();
    let phone = alice.phone_number().unwrap().0.clone();
    let by_itself = ["--sandbox-codes", "--password-stdin"];
    let login = ["login", "--sandbox", "sandbox.json", "--phone", &phone];
    let signed_in = run(&[&login[..], &by_itself].concat(), &password).await;
    assert_eq!(signed_in["user"]["phone_number"], phone.as_str());
    let stored = run(&[&["put", "--from", "alice"], &by_itself[..]].concat(), &password).await;
    assert_eq!(kinds(&stored["elements"]).len(), alice.elements.len());
    let share = ["share", "link.txt", "--yes", "--accept-risk", "--password-stdin"];
    assert_eq!(run(&share, &password).await["sent"], true);
    let shares = place.path().join("shares/7500000001/1");
    eventually(|| shares.join("update.json").is_file().then_some(())).await;
    let shares = |name: &str| shares.join(name).to_str().unwrap().to_owned();
    let (update, files) = (shares("update.json"), shares("files"));
    let opened = run(&["open", &update, "--key", "bot.pem", "--files", &files, "--out", "opened"], "").await;
    assert_eq!(opened["elements"].as_array().unwrap().len(), 2);
    assert_eq!(
        fs::read(place.path().join("opened/passport-front_side.jpg")).unwrap(),
        fs::read(place.path().join("alice/passport/front_side.jpg")).unwrap()
    );
    run(&["logout"], "").await;
}

/// A process that ends with the case.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) async fn the_demo_tells_its_story_through_tdlib() {
    let desk = Desk::new(PASSWORD).await;
    let told = desk.run(&["demo", "--out", "demo"], "").await.answer();
    assert_eq!((&told["engine"], &told["tdlib"]), (&"tdlib".into(), &"1.8.61".into()));
    assert_eq!(told["bot_gets"]["elements"].as_array().unwrap().len(), 5);
    let front = |folder: &str| fs::read(PathBuf::from(desk.path("demo")).join(folder)).unwrap();
    assert_eq!(front("opened/passport-front_side.jpg"), front("person/passport/front_side.jpg"));
}
