//! The vault's own session beside TDLib's: what it guards, what it shows, and the password and the secret through it.

use std::time::Duration;

use serde_json::json;
use telegram_passport::cloud::{CloudError, SecurePasswordKdfAlgo, SecureSecretSettings};
use telegram_passport::passport::{AcceptLoss, Passport, Recovery, Vaulted};
use telegram_passport_sandbox::state::CodePurpose;

use super::{Desk, Ended, PASSWORD, Terminal, kinds, person, strings};

/// The password on standard input, and what comes after it.
fn then(answers: &[&str]) -> String {
    answers.iter().map(|answer| format!("{answer}\n")).collect()
}

pub(crate) async fn the_vault_looks_first_and_no_risk_is_taken() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    desk.put_from("anna", &["address", "passport"]).await;
    let locked = desk.run(&["status"], "").await.answer();
    assert_eq!(locked["channel"], false, "nothing was stored, so none was needed");

    let wrong = desk.run(&["list", "--password-stdin"], "wrong\n").await;
    assert_eq!(wrong.refusal(4), "wrong password");
    assert_eq!(
        desk.run(&["status"], "").await.answer()["channel"],
        false,
        "nobody is let in with a wrong one"
    );
    let listed = desk.run(&["list", "--password-stdin"], &then(&[PASSWORD])).await.answer();
    assert_eq!(kinds(&listed["elements"]), ["passport", "address"]);
    assert_eq!(desk.run(&["status"], "").await.answer()["channel"], true);
    let vault = desk.run(&["list", "--engine", "vault", "--password-stdin"], &then(&[PASSWORD])).await;
    assert_eq!(vault.answer(), listed);

    // Both sessions are told apart, and the vault's needs no password any more.
    let sessions = desk.run(&["sessions"], "").await.answer();
    let own: Vec<_> =
        sessions["sessions"].as_array().unwrap().iter().map(|session| &session["vault"]).collect();
    assert!(own.contains(&&json!(true)) && own.contains(&&json!(false)), "{sessions}");

    // A secret that does not open is named, and nobody touches it.
    let checked = desk.run(&["secret", "check", "--password-stdin"], &then(&[PASSWORD])).await.answer();
    assert_eq!(checked, json!({ "wrapping": "current", "changed": false, "lost": false }));
    let damaged = SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: vec![1; 40] },
        secure_secret: vec![7; 32],
        secure_secret_id: 7,
    };
    desk.stage.state.replace_secure_settings(desk.stage.user_id, Some(damaged)).unwrap();
    let secret = || desk.stage.state.summary(desk.stage.user_id).unwrap().secret.unwrap();
    for refused in [&["list"][..], &["secret", "check"], &["put", "address", "--set", "city=Brno"]] {
        let arguments = [refused, &["--password-stdin"]].concat();
        let message = desk.run(&arguments, &then(&[PASSWORD])).await.refusal(3);
        assert!(message.contains("passport secret"), "{message}");
        assert_eq!(secret().id, 7);
    }

    // It is given up only for the person's word.
    let reset = ["secret", "reset", "--password-stdin"];
    desk.run(&reset, &then(&[PASSWORD, "yes"])).await.refusal(5);
    assert_eq!(secret().id, 7);
    let done = desk.run(&reset, &then(&[PASSWORD, "lose"])).await.answer();
    assert_eq!(done, json!({ "wrapping": "current", "changed": true, "lost": true }));
    assert_ne!(secret().id, 7);
    let lost = desk.run(&["list", "--password-stdin"], &then(&[PASSWORD])).await.answer();
    assert_eq!(kinds(&lost["elements"]), ["passport", "address"]);
    assert!(
        lost["elements"].as_array().unwrap().iter().all(|element| element["flaws"] != json!([])),
        "{lost}"
    );
    desk.run(&reset, &then(&[PASSWORD, "lose"])).await.refusal(3);

    assert_eq!(desk.run(&["sessions", "--end", "vault", "--yes"], "").await.answer()["ended"], true);
    assert_eq!(desk.run(&["status"], "").await.answer()["channel"], false);
    assert_eq!(desk.run(&["sessions", "--end", "vault", "--yes"], "").await.answer()["ended"], false);
    desk.run(&["logout"], "").await.answer();
}

/// The legacy vector of docs/protocol.md §12.2, which is wrapped under the password of these tests; gives its id.
pub(super) fn plant_legacy_secret(desk: &Desk) -> i64 {
    let digits = "0e6afa8103d8a2eb35fd4cd793e28a584b28f8e7125d8634b2d88df8cb946513";
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    let legacy = SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Sha512 { salt: (1..=8).chain(0xA0..=0xBF).collect() },
        secure_secret: bytes.collect(),
        secure_secret_id: 545_721_962_416_044_289,
    };
    desk.stage.state.replace_secure_settings(desk.stage.user_id, Some(legacy)).unwrap();
    545_721_962_416_044_289
}

pub(crate) async fn a_secret_of_the_old_form_is_upgraded() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let id = plant_legacy_secret(&desk);
    let run = async |command: &str| {
        let arguments = ["secret", command, "--password-stdin"];
        desk.run(&arguments, &then(&[PASSWORD])).await.answer()
    };
    assert_eq!(run("check").await["wrapping"], "legacy");
    assert_eq!(run("upgrade").await, json!({ "wrapping": "current", "changed": true, "lost": false }));
    assert_eq!(run("check").await["wrapping"], "current");
    let secret = desk.stage.state.summary(desk.stage.user_id).unwrap().secret.unwrap();
    assert_eq!(secret.id, id, "the same secret");
}

pub(crate) async fn an_export_comes_back_after_all_was_lost() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let anna = person(&desk, "anna", 1);
    desk.put_from("anna", &["address", "passport", "email"]).await;
    let export = ["export", "backup", "--password-stdin"];
    let exported = desk.run(&export, &then(&[PASSWORD, "a phrase"])).await.answer();
    assert_eq!(exported["elements"], json!(["passport", "address", "email"]));
    assert_eq!(exported["omitted"], json!([]));
    desk.run(&export, &then(&[PASSWORD, "a phrase"])).await.refusal(3);

    // It opens without Telegram, and only as it was written.
    let unpack = ["unpack", "backup", "--out", "documents", "--password-stdin"];
    desk.run(&unpack, &then(&["another phrase"])).await.refusal(4);
    desk.run(&unpack, &then(&["a phrase"])).await.answer();
    let passport = super::of_kind(&anna, telegram_passport::element::ElementType::Passport);
    let front = passport.file(telegram_passport::element::Part::FrontSide).unwrap();
    assert!(std::fs::read(desk.path("documents/passport-front_side.jpg")).unwrap() == front.as_bytes());
    let mut spoilt = std::fs::read(desk.path("backup")).unwrap();
    let middle = spoilt.len() / 2;
    spoilt[middle] ^= 1;
    std::fs::write(desk.path("spoilt"), spoilt).unwrap();
    desk.run(&["import", "spoilt", "--yes", "--password-stdin"], &then(&["a phrase", PASSWORD]))
        .await
        .refusal(3);

    // Everything goes, and comes back.
    let remove = ["password", "remove", "--password-stdin"];
    desk.run(&remove, &then(&[PASSWORD, "remove"])).await.refusal(5);
    let removed = desk.run(&remove, &then(&[PASSWORD, "lose"])).await.answer();
    assert_eq!(removed, json!({ "outcome": "removed", "lost": true }));
    desk.run(&["password", "set", "--password-stdin"], &then(&["new horse"])).await.answer();
    let answers = then(&["a phrase", "new horse"]);
    let dry = ["import", "backup", "--dry-run", "--password-stdin"];
    let planned = desk.run(&dry, &answers).await.answer();
    assert_eq!(planned["carried_out"], false);
    assert_eq!(planned["elements"][0], json!({ "kind": "passport", "fate": "new" }));
    assert_eq!(desk.stage.state.summary(desk.stage.user_id).unwrap().values.len(), 0);
    desk.run(&["import", "backup", "--password-stdin"], &answers).await.refusal(2);
    let import = ["import", "backup", "--yes", "--password-stdin"];
    let imported = desk.run(&import, &answers).await.answer();
    let fates: Vec<_> =
        imported["elements"].as_array().unwrap().iter().map(|element| &element["fate"]).collect();
    assert_eq!(fates, ["added", "added", "added"], "{imported}");
    let again = desk.run(&import, &answers).await.answer();
    assert!(
        again["elements"].as_array().unwrap().iter().all(|element| element["fate"] == "equal"),
        "{again}"
    );
}

pub(crate) async fn a_password_is_changed_recovered_and_reset() {
    let desk = Desk::with_address().await;
    let code = |purpose| desk.stage.state.last_code(desk.stage.user_id, purpose);
    let change = ["password", "change", "--hint", "new", "--password-stdin"];
    desk.run(&change, &then(&["wrong"])).await.refusal(4);
    let changed = desk.run(&change, &then(&[PASSWORD, "new horse"])).await.answer();
    assert_eq!(changed, json!({ "outcome": "changed", "lost": false }));
    let listed = desk.run(&["list", "--password-stdin"], &then(&["new horse"])).await.answer();
    assert_eq!(kinds(&listed["elements"]), ["address"], "what is stored stays");

    let refused = desk.run(&["password", "recover", "--password-stdin"], &then(&["lose"])).await;
    refused.refusal(4);
    let email = ["password", "email", "anna@example.com", "--password-stdin"];
    let mut running = desk.start(&email);
    running.type_line("new horse");
    let code_told = running.meanwhile(|| code(CodePurpose::ConfirmRecoveryEmail)).await;
    running.type_line(&code_told);
    assert_eq!(running.ended().await.answer()["outcome"], "recovery_email_confirmed");

    desk.run(&["password", "recover", "--password-stdin"], &then(&["no"])).await.refusal(5);
    let mut running = desk.start(&["password", "recover", "--password-stdin"]);
    running.try_type(&then(&["lose", "third horse"])).unwrap();
    let code_told = running.meanwhile(|| code(CodePurpose::RecoverPassword)).await;
    running.type_line(&code_told);
    assert_eq!(running.ended().await.answer(), json!({ "outcome": "recovered", "lost": true }));
    // Having none any more is told as that.
    let mut running = desk.start(&["password", "email", "anna@example.com", "--password-stdin"]);
    running.type_line("third horse");
    let code_told = running.meanwhile(|| code(CodePurpose::ConfirmRecoveryEmail)).await;
    running.type_line(&code_told);
    running.ended().await.answer();
    let before = code(CodePurpose::RecoverPassword);
    let mut running = desk.start(&["password", "recover", "--remove", "--password-stdin"]);
    let another = || code(CodePurpose::RecoverPassword).filter(|code| before.as_ref() != Some(code));
    let code_told = running.meanwhile(another).await;
    running.type_line(&code_told);
    assert_eq!(running.ended().await.answer(), json!({ "outcome": "removed", "lost": false }));
    let set = ["password", "set", "--password-stdin"];
    desk.run(&set, &then(&["third horse"])).await.answer();

    let waits = desk.run(&["password", "reset", "--password-stdin"], "").await.answer();
    assert_eq!(waits["outcome"], "reset_requested");
    let declined = desk.run(&["password", "reset", "--decline"], "").await.answer();
    assert_eq!(declined["outcome"], "reset_declined");
    desk.run(&["password", "reset", "--decline"], "").await.refusal(4);
}

/// The calls of a method that the account has seen.
fn calls(desk: &Desk, method: &str) -> u64 {
    desk.stage.state.summary(desk.stage.user_id).unwrap().calls.get(method).copied().unwrap_or_default()
}

/// An account whose password is kept in a file that "open sesame" opens, with an address stored.
async fn with_a_kept_password() -> Desk {
    let desk = Desk::new(PASSWORD).await;
    let sandbox = desk.path("sandbox.json");
    let login = ["login", "--sandbox", &sandbox, "--phone", crate::conformance::stage::Stage::PHONE];
    let keep = ["--keyring", "file", "--remember-password", "--password-stdin"];
    let mut running = desk.start(&[&login[..], &keep].concat());
    running.type_line("open sesame");
    let code_told = running.meanwhile(|| desk.stage.state.last_login_code(login[4])).await;
    running.type_line(&code_told);
    running.type_line(PASSWORD);
    assert_eq!(running.ended().await.answer()["password_kept"], true);
    person(&desk, "anna", 1);
    let put = ["put", "address", "--from", "anna", "--password-stdin"];
    desk.run(&put, &then(&["open sesame"])).await.answer();
    desk
}

pub(crate) async fn a_kept_password_follows_every_change() {
    let desk = with_a_kept_password().await;
    let run = async |arguments: &[&str], answers: &[&str]| {
        let with = [arguments, &["--password-stdin"]].concat();
        desk.run(&with, &then(&[&["open sesame"], answers].concat())).await
    };
    let elsewhere = Vaulted::new(desk.stage.cloud());
    let other = async |from: &'static str, to: &'static str| {
        elsewhere.set_password(Some(&from.into()), &to.into(), "").await.unwrap();
    };
    let is_kept = async || run(&["status"], &[]).await.answer()["password_kept"] == true;

    // Changed here, it follows. It is asked for all the same: no answer is taken for another.
    run(&["password", "change"], &["second horse"]).await.refusal(4);
    run(&["password", "change"], &[PASSWORD, "second horse"]).await.answer();
    assert_eq!(kinds(&run(&["list"], &[]).await.answer()["elements"]), ["address"]);

    // Changed elsewhere, it is refused once, and forgotten.
    other("second horse", "third horse").await;
    run(&["list"], &[]).await.refusal(2);
    assert!(!is_kept().await);
    let asked = calls(&desk, "account.getPasswordSettings");
    for _ in 0..3 {
        run(&["list"], &[]).await.refusal(2);
    }
    assert_eq!(calls(&desk, "account.getPasswordSettings"), asked, "it is not proved again");
    // A wrong one is not kept, the right one is.
    run(&["list"], &["wrong horse"]).await.refusal(4);
    assert!(!is_kept().await);
    run(&["list"], &["third horse"]).await.answer();
    assert!(is_kept().await);
    run(&["list"], &[]).await.answer();
    // In one command, too.
    other("third horse", "fourth horse").await;
    run(&["list"], &["fourth horse"]).await.answer();
    run(&["list"], &[]).await.answer();
    // What could not be told forgets nothing.
    let busy = CloudError::FloodWait(Duration::from_secs(400));
    desk.stage.state.fail_next(desk.stage.user_id, "account.getPasswordSettings", busy);
    run(&["list"], &[]).await.refusal(4);
    assert!(is_kept().await);

    // Removed, it is forgotten; the next one is kept as the person wished.
    run(&["password", "remove"], &["lose"]).await.answer();
    assert!(!is_kept().await);
    run(&["password", "set"], &["fifth horse"]).await.answer();
    assert!(is_kept().await);
    assert_eq!(run(&["list"], &[]).await.answer()["elements"], json!([]));

    // Recovered, it follows; removed elsewhere, it is forgotten.
    let code = |purpose| desk.stage.state.last_code(desk.stage.user_id, purpose);
    let mut running = desk.start(&["password", "email", "anna@example.com", "--password-stdin"]);
    running.try_type(&then(&["open sesame", "fifth horse"])).unwrap();
    let code_told = running.meanwhile(|| code(CodePurpose::ConfirmRecoveryEmail)).await;
    running.type_line(&code_told);
    running.ended().await.answer();
    let mut running = desk.start(&["password", "recover", "--password-stdin"]);
    running.try_type(&then(&["open sesame", "sixth horse"])).unwrap();
    let code_told = running.meanwhile(|| code(CodePurpose::RecoverPassword)).await;
    running.type_line(&code_told);
    running.ended().await.answer();
    assert!(is_kept().await);
    assert_eq!(run(&["list"], &[]).await.answer()["elements"], json!([]));
    elsewhere.remove_password(&"sixth horse".into(), AcceptLoss).await.unwrap();
    run(&["list"], &[]).await.refusal(1);
    assert!(!is_kept().await);
}

pub(crate) async fn a_line_is_one_answer() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let right = async |password: &str| {
        Vaulted::new(desk.stage.cloud()).unlock(&password.into()).await.unwrap();
    };
    // The line after a wrong one is no second guess: neither as the password nor as the new one.
    for arguments in [&["password", "change"][..], &["password", "change", "--engine", "vault"]] {
        let with = [arguments, &["--password-stdin"]].concat();
        let refused = desk.run(&with, &then(&["wrong horse", PASSWORD, "other horse"])).await;
        assert_eq!(refused.refusal(4), "wrong password");
        right(PASSWORD).await;
    }
    let listed = desk.run(&["list", "--password-stdin"], &then(&["wrong horse", PASSWORD])).await;
    listed.refusal(4);
    let check = ["secret", "check", "--password-stdin"];
    desk.run(&check, &then(&["wrong horse", PASSWORD])).await.refusal(4);
    // Nor is a new password that will not do followed by another.
    let empty =
        desk.run(&["password", "change", "--password-stdin"], &then(&[PASSWORD, "", "other horse"])).await;
    empty.refusal(2);
    right(PASSWORD).await;
    // A code is an answer, too. An empty line is none: it has the code sent again.
    let code = || desk.stage.state.last_code(desk.stage.user_id, CodePurpose::ConfirmRecoveryEmail);
    let email = ["password", "email", "anna@example.com", "--password-stdin"];
    let mut running = desk.start(&email);
    running.type_line(PASSWORD);
    let first = running.meanwhile(code).await;
    let wrong: String = first.chars().map(|digit| if digit == '7' { '8' } else { '7' }).collect();
    running.try_type(&then(&[&wrong, &first])).unwrap();
    running.ended().await.refusal(4);
    let mut running = desk.start(&["password", "email", "--confirm", "--password-stdin"]);
    running.type_line("");
    let second = running.meanwhile(|| code().filter(|code| *code != first)).await;
    running.type_line(&second);
    assert_eq!(running.ended().await.answer()["outcome"], "recovery_email_confirmed");
}

/// cases/01: it is refused when it is set, and one that exists is no dead end.
pub(crate) async fn a_password_that_tdlib_alters_works_with_the_vault() {
    let desk = Desk::with_address().await;
    let vault = ["--engine", "vault", "--password-stdin"];
    let run = async |arguments: &[&str], answers: &[&str]| -> Ended {
        desk.run(&[arguments, &vault].concat(), &then(answers)).await
    };
    for (new, sign) in [("new\tpass", "U+0009"), ("new\u{2028}pass", "U+2028"), ("\u{202A}new", "U+202A")] {
        for engine in ["vault", "tdlib"] {
            let change = ["password", "change", "--engine", engine, "--password-stdin"];
            let refused = desk.run(&change, &then(&[PASSWORD, new])).await.refusal(3);
            assert!(refused.contains(sign), "{refused}");
        }
    }
    assert_eq!(kinds(&run(&["list"], &[PASSWORD]).await.answer()["elements"]), ["address"]);

    // One that another client set.
    let odd = "new\tpass";
    let elsewhere = Vaulted::new(desk.stage.cloud());
    elsewhere.unlock(&PASSWORD.into()).await.unwrap();
    elsewhere.remove_password(&PASSWORD.into(), AcceptLoss).await.unwrap();
    desk.stage.plant_password(odd).await;
    run(&["put", "address", "--from", "anna"], &[odd]).await.answer();
    assert_eq!(kinds(&run(&["list"], &[odd]).await.answer()["elements"]), ["address"]);
    run(&["show", "address"], &[odd]).await.answer();
    run(&["export", "odd.tgpassport"], &[odd, "a phrase"]).await.answer();
    desk.run(&["secret", "check", "--password-stdin"], &then(&[odd])).await.answer();
    // Also where the vault's session is not there yet.
    desk.run(&["sessions", "--end", "vault", "--yes"], "").await.answer();
    run(&["list"], &["new pass"]).await.refusal(4);
    assert_eq!(kinds(&run(&["list"], &[odd]).await.answer()["elements"]), ["address"]);
    let refused = desk.run(&["list", "--password-stdin"], &then(&[odd])).await;
    assert!(refused.refusal(3).contains("U+0009"), "{refused:?}");
    assert!(refused.json()["error"]["remedy"].as_str().unwrap().contains("--engine vault"));
    run(&["password", "change"], &[odd, PASSWORD]).await.answer();
    let listed = desk.run(&["list", "--password-stdin"], &then(&[PASSWORD])).await.answer();
    assert_eq!(kinds(&listed["elements"]), ["address"]);
}

pub(crate) async fn a_secret_that_could_not_be_looked_at_is_not_given_up() {
    let desk = Desk::with_address().await;
    desk.run(&["list", "--password-stdin"], &then(&[PASSWORD])).await.answer();
    let secret = || desk.stage.state.summary(desk.stage.user_id).unwrap().secret.unwrap();
    let before = secret();
    let reset = ["secret", "reset", "--password-stdin"];
    let answers = then(&[PASSWORD, "lose"]);
    let busy = CloudError::FloodWait(Duration::from_secs(400));
    desk.stage.state.fail_next(desk.stage.user_id, "account.getPasswordSettings", busy);
    let refused = desk.run(&reset, &answers).await;
    refused.refusal(4);
    assert_eq!(secret(), before);
    let refused = desk.run(&reset, &answers).await.refusal(3);
    assert!(refused.contains("opens"), "{refused}");
    let unknown = SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Unknown,
        secure_secret: vec![7; 32],
        secure_secret_id: before.id,
    };
    desk.stage.state.replace_secure_settings(desk.stage.user_id, Some(unknown)).unwrap();
    let planted = secret();
    let refused = desk.run(&reset, &answers).await.refusal(1);
    assert!(refused.contains("newer version"), "{refused}");
    assert_eq!(secret(), planted);
}

pub(crate) async fn a_recovery_address_goes_by_its_own_word() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let code = || desk.stage.state.last_code(desk.stage.user_id, CodePurpose::ConfirmRecoveryEmail);
    let mut running = desk.start(&["password", "email", "anna@example.com", "--password-stdin"]);
    running.type_line(PASSWORD);
    let code_told = running.meanwhile(code).await;
    running.type_line(&code_told);
    running.ended().await.answer();
    let has = async || desk.run(&["status"], "").await.answer()["password"]["recovery_email"] == true;
    for engine in ["tdlib", "vault"] {
        for none in ["", " ", "anna", "anna@", "an na@example.com"] {
            let email = ["password", "email", none, "--engine", engine, "--password-stdin"];
            let refused = desk.run(&email, &then(&[PASSWORD])).await.refusal(2);
            assert_eq!(refused, "this is not an e-mail address");
        }
        assert!(has().await);
    }
    let remove = ["password", "email", "--remove", "--engine", "vault", "--password-stdin"];
    // The first one signs the vault's session in.
    desk.run(&remove, &then(&[PASSWORD, "wrong"])).await.refusal(4);
    assert!(has().await);
    let removed = desk.run(&remove, &then(&[PASSWORD])).await.answer();
    assert_eq!(removed["outcome"], "recovery_email_removed");
    assert!(!has().await);
    let remove = ["password", "email", "--remove", "--password-stdin"];
    desk.run(&remove, &then(&[PASSWORD])).await.refusal(4);
}

pub(crate) async fn a_hint_that_tells_the_password_is_remarked() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    for engine in ["tdlib", "vault"] {
        let change = |hint| ["password", "change", "--hint", hint, "--engine", engine, "--password-stdin"];
        let refused = desk.run(&change("new horse"), &then(&[PASSWORD, "new horse"])).await.refusal(3);
        assert!(refused.contains("the hint is the password"), "{refused}");
        let changed = desk.run(&change("not new horse"), &then(&[PASSWORD, "new horse"])).await.answer();
        assert!(strings(&changed["warnings"])[0].contains("the hint contains the password"), "{changed}");
        let back = desk.run(&change("an animal"), &then(&["new horse", PASSWORD])).await.answer();
        assert_eq!(back, json!({ "outcome": "changed", "lost": false }));
    }
}

pub(crate) async fn what_is_not_stored_is_not_deleted() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let none = desk.run(&["delete", "email", "--yes"], "").await.answer();
    assert_eq!(none, json!({ "deleted": [], "not_stored": ["email"] }));
    assert_eq!(calls(&desk, "account.deleteSecureValue"), 0);
    person(&desk, "anna", 1);
    desk.put_from("anna", &["address", "passport"]).await;
    // The password lets the vault look, and from then on none is needed.
    let delete = ["delete", "email", "address", "address", "--yes", "--password-stdin"];
    desk.run(&delete, &then(&["wrong horse"])).await.refusal(4);
    let deleted = desk.run(&delete, &then(&[PASSWORD])).await.answer();
    assert_eq!(deleted, json!({ "deleted": ["address"], "not_stored": ["email"] }));
    let again = desk.run(&["delete", "address", "--yes"], "").await.answer();
    assert_eq!(again, json!({ "deleted": [], "not_stored": ["address"] }));
    let listed = desk.run(&["list", "--password-stdin"], &then(&[PASSWORD])).await.answer();
    assert_eq!(kinds(&listed["elements"]), ["passport"]);
    let all = desk.run(&["delete", "--all"], "delete\n").await.answer();
    assert_eq!(all, json!({ "deleted": ["passport"], "not_stored": [] }));
}

pub(crate) async fn deleting_asks_at_a_terminal() {
    let desk = Desk::with_address().await;
    desk.run(&["list", "--password-stdin"], &then(&[PASSWORD])).await.answer();
    let stored = || desk.stage.state.summary(desk.stage.user_id).unwrap().values.len();
    for (answer, code, left) in [("\n", 5, 1), ("no\n", 5, 1), ("y\n", 0, 0)] {
        let mut terminal = Terminal::open(&desk, "delete address email");
        terminal.shows("for good: Address.").await;
        terminal.shows("Delete it? [y/N]: ").await;
        terminal.types(answer);
        let screen = terminal.ends_with(code).await;
        assert_eq!(stored(), left, "{screen}");
    }
    // Nothing to delete, nothing to ask.
    let screen = Terminal::open(&desk, "delete address").ends_with(0).await;
    assert!(screen.contains("Not stored"), "{screen}");
}
