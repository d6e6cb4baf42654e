//! What an import says of what it stored, when a part of it is not, and of what it stored besides the pixels.

use std::fs;

use serde_json::{Value, json};
use telegram_passport::element::ElementType;
use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport_sandbox::state::CodePurpose;

use super::{Desk, PASSWORD, Running, strings};
use crate::conformance::pictures::{PASSPHRASE, with_manifest, with_position};
use crate::conformance::scan_of;
use crate::signals;

const ADDRESS: &str = r#"{"type":"address","street_line1":"Main street 1","street_line2":"","city":"Brno","state":"","country_code":"CZ","post_code":"60200"}"#;

const EMAIL: &str = r#"{"type":"email","email":"anna@mail.example"}"#;

/// An export of a bank statement whose page tells where it was taken, an address and an e-mail address, beside which
/// something could not be read.
fn exported(desk: &Desk) {
    let page = with_position(scan_of(1000, 0x72).as_bytes());
    let bill = format!(r#"{{"type":"bank_statement","files":[{{"offset":0,"length":{}}}]}}"#, page.len());
    let lost = r#"{"type":"bank_statement","part":"files","index":1,"reason":"it is lost"}"#;
    let manifest = format!(r#"{{"created":0,"elements":[{ADDRESS},{bill},{EMAIL}],"omitted":[{lost}]}}"#);
    fs::write(desk.place.path().join("backup"), with_manifest(&page, &manifest)).unwrap();
}

/// Somebody who has the export, and another address than it.
async fn with_export() -> Desk {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    exported(&desk);
    let set = ["country_code=CZ", "city=Praha", "street_line1=Main street 2", "post_code=60200"];
    let set: Vec<&str> = set.iter().flat_map(|assignment| ["--set", assignment]).collect();
    desk.unlocked(&[&["put", "address"], &set[..]].concat()).await.answer();
    desk
}

const IMPORT: [&str; 5] = ["import", "backup", "--yes", "--password-stdin", "--accept-risk"];

/// An import that waits for the code that was mailed, and the code.
async fn importing(desk: &Desk) -> (Running, String) {
    let mut running = desk.start(&IMPORT);
    running.type_line(PASSPHRASE);
    running.type_line(PASSWORD);
    let mailed = || desk.stage.state.last_code(desk.stage.user_id, CodePurpose::VerifyEmail);
    let code = running.meanwhile(mailed).await;
    (running, code)
}

fn told_of(kind: &str, elements: &Value) -> Value {
    elements.as_array().unwrap().iter().find(|element| element["kind"] == kind).unwrap().clone()
}

/// What is told of each element: one is stored, with what it tells; one is left for what is stored; one is not proved.
fn assert_in_part(error: &Value) {
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("a part of it is stored, and then: "), "{error}");
    assert!(error["remedy"].as_str().unwrap().contains("`tgpassport list`"), "{error}");
    assert!(!error.to_string().contains("nothing"), "{error}");
    let of = |kind: &str| told_of(kind, &error["elements"]);
    let (bill, address, email) = (of("bank_statement"), of("address"), of("email"));
    assert_eq!(bill["outcome"], "stored", "{error}");
    let remarks = strings(&bill["remarks"]).join("\n");
    assert!(remarks.contains("GPS") && remarks.contains("it is lost"), "{error}");
    assert_eq!((&address["outcome"], &address["fate"]), (&json!("untouched"), &json!("kept")), "{error}");
    assert!(strings(&address["remarks"])[0].contains("which stayed"), "{error}");
    let unproved = (&json!("untouched"), &json!("verification_needed"));
    assert_eq!((&email["outcome"], &email["fate"]), unproved, "{error}");
}

pub(crate) async fn an_import_whose_code_is_wrong_says_what_is_stored_and_what_is_not() {
    let desk = with_export().await;
    let (mut running, code) = importing(&desk).await;
    running.type_line(if code == "000000" { "000001" } else { "000000" });
    let ended = running.ended().await;
    assert_eq!(ended.code, 6, "{ended:?}");
    assert_in_part(&ended.json()["error"]);
    let owner = Vaulted::new(desk.stage.cloud());
    owner.unlock(&PASSWORD.into()).await.unwrap();
    let stored: Vec<&str> = owner.list().await.unwrap().iter().map(|saved| saved.kind.name()).collect();
    assert_eq!(stored, ["address", "bank_statement"]);
}

pub(crate) async fn an_import_that_is_interrupted_at_a_code_says_what_is_stored_and_what_is_not() {
    let desk = with_export().await;
    let (running, _) = importing(&desk).await;
    signals::send("INT", &running.0);
    let ended = running.ended().await;
    assert_eq!(ended.code, 6, "{ended:?}");
    assert_in_part(&ended.json()["error"]);
}

pub(crate) async fn what_an_import_stores_beside_the_pixels_is_told_to_a_script_too() {
    let desk = with_export().await;
    let (mut running, code) = importing(&desk).await;
    running.type_line(&code);
    let answer = running.ended().await.answer();
    let of = |kind: &str| told_of(kind, &answer["elements"]);
    let bill = of("bank_statement");
    assert_eq!((&bill["fate"], &of("email")["fate"]), (&json!("added"), &json!("added")), "{answer}");
    assert!(strings(&bill["carried"])[0].contains("GPS"), "{answer}");
    assert!(strings(&bill["problems"])[0].contains("it is lost"), "{answer}");

    // The same in words.
    let owner = Vaulted::new(desk.stage.cloud());
    owner.delete(&[ElementType::BankStatement]).await.unwrap();
    let told = desk.run_in(&IMPORT, &format!("{PASSPHRASE}\n{PASSWORD}\n"), &[]).await;
    assert_eq!(told.code, 0, "{told:?}");
    let mut lines = told.stdout.lines().skip_while(|line| !line.starts_with("bank_statement"));
    assert!(lines.next().unwrap().ends_with(" added"), "{told:?}");
    let remarks: Vec<&str> = lines.take_while(|line| line.starts_with("  ! ")).collect();
    assert!(remarks.iter().any(|remark| remark.contains("it is lost")), "{told:?}");
    let carried = |remark: &&str| remark.contains("GPS") && remark.ends_with("is stored as it is");
    assert!(remarks.iter().any(carried), "{told:?}");
}
