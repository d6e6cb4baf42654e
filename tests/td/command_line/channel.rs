//! The vault's own session beside TDLib's: what it guards, what it shows, and the password and the secret through it.

use serde_json::json;
use telegram_passport::cloud::{SecurePasswordKdfAlgo, SecureSecretSettings};
use telegram_passport::sandbox::state::Purpose;

use super::{Desk, PASSWORD, eventually, kinds, person};

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
    desk.stage.state.plant_secure_settings(desk.stage.user_id, Some(damaged)).unwrap();
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

    assert_eq!(desk.run(&["sessions", "--end", "vault"], "").await.answer()["ended"], true);
    assert_eq!(desk.run(&["status"], "").await.answer()["channel"], false);
    assert_eq!(desk.run(&["sessions", "--end", "vault"], "").await.answer()["ended"], false);
    desk.run(&["logout"], "").await.answer();
}

/// The legacy vector of protocol/passport.md §12.2, which is wrapped under the password of these tests; gives its id.
fn plant_legacy_secret(desk: &Desk) -> i64 {
    let digits = "0e6afa8103d8a2eb35fd4cd793e28a584b28f8e7125d8634b2d88df8cb946513";
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    let legacy = SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Sha512 { salt: (1..=8).chain(0xA0..=0xBF).collect() },
        secure_secret: bytes.collect(),
        secure_secret_id: 545_721_962_416_044_289,
    };
    desk.stage.state.plant_secure_settings(desk.stage.user_id, Some(legacy)).unwrap();
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
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    desk.put_from("anna", &["address"]).await;
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
    running.type_line(&eventually(|| code(Purpose::ConfirmRecoveryEmail)).await);
    assert_eq!(running.ended().await.answer()["outcome"], "recovery_email_confirmed");

    desk.run(&["password", "recover", "--password-stdin"], &then(&["no"])).await.refusal(5);
    let mut running = desk.start(&["password", "recover", "--password-stdin"]);
    running.try_type(&then(&["lose", "third horse"])).unwrap();
    running.type_line(&eventually(|| code(Purpose::RecoverPassword)).await);
    assert_eq!(running.ended().await.answer(), json!({ "outcome": "recovered", "lost": true }));

    let waits = desk.run(&["password", "reset", "--password-stdin"], "").await.answer();
    assert_eq!(waits["outcome"], "reset_requested");
    let declined = desk.run(&["password", "reset", "--decline"], "").await.answer();
    assert_eq!(declined["outcome"], "reset_declined");
    desk.run(&["password", "reset", "--decline"], "").await.refusal(4);
}
