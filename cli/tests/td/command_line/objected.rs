//! What a bot objects to outlives a save that leaves it alone, also where nobody has asked for it before.

use std::fs;

use serde_json::{Value, json};
use telegram_passport::element::{ElementType, Part};
use telegram_passport::request::SuitableElement;
use telegram_passport_sandbox::dc::Fault;

use super::{Desk, PASSWORD, link, of_kind, person, strings};
use crate::conformance::stage::TestBot;

/// A passport that was shared with a bot, the request in `link.txt`, and another selfie in `selfie.jpg`.
async fn shared() -> (Desk, TestBot) {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    let other = person(&desk, "other", 2);
    let bot = desk.stage.bot();
    desk.put_from("anna", &["passport"]).await;
    let selfie = of_kind(&other, ElementType::Passport).file(Part::Selfie).unwrap();
    fs::write(desk.place.path().join("selfie.jpg"), selfie.as_bytes()).unwrap();
    let link = link(&bot, "nonce 1", vec![SuitableElement::new(ElementType::Passport).with_selfie().into()]);
    fs::write(desk.place.path().join("link.txt"), link).unwrap();
    desk.unlocked(&["share", "link.txt", "--yes"]).await.answer();
    (desk, bot)
}

/// Where the bot objects, and whether the server still says so.
async fn objections(desk: &Desk) -> Vec<(Value, Value)> {
    let told = desk.unlocked(&["errors"]).await.answer();
    let objections = told["requests"][0]["objections"].as_array().unwrap();
    objections.iter().map(|objection| (objection["place"].clone(), objection["listed"].clone())).collect()
}

pub(crate) async fn an_objection_outlives_the_replacement_of_something_else() {
    let (desk, bot) = shared().await;
    bot.object_to_selfie_and(desk.stage.user_id, ElementType::Passport, "expiry_date");
    let places = async || {
        let objections = objections(&desk).await;
        let mut places: Vec<String> =
            objections.iter().map(|(place, _)| place.as_str().unwrap().to_owned()).collect();
        places.sort();
        places
    };
    assert_eq!(places().await, ["expiry_date", "selfie"]);
    desk.unlocked(&["put", "passport", "--selfie", "selfie.jpg"]).await.answer();
    assert_eq!(places().await, ["expiry_date"]);
    // It is kept where nobody can read it.
    let kept = fs::read(desk.account().join("objections.sealed")).unwrap();
    assert!(!kept.windows(7).any(|window| window == b"unclear"));
    let shared = desk.unlocked(&["share", "link.txt", "--yes"]).await.answer();
    let objections = strings(&shared["elements"][0]["objections"]);
    assert!(objections[0].contains("expiry_date") && objections[0].contains("has not changed"), "{shared}");
    desk.unlocked(&["put", "passport", "--set", "expiry_date=01.02.2040"]).await.answer();
    assert!(places().await.is_empty());
}

pub(crate) async fn an_objection_that_nobody_asked_for_outlives_a_put() {
    let (desk, bot) = shared().await;
    // They have read the bot's message, and do at once what it says of the selfie.
    bot.object_to_selfie_and(desk.stage.user_id, ElementType::Passport, "expiry_date");
    let put = desk.unlocked(&["put", "passport", "--selfie", "selfie.jpg"]).await.answer();
    assert!(put["warnings"].is_null(), "{put}");
    assert_eq!(objections(&desk).await, [(json!("expiry_date"), json!(false))]);
    desk.unlocked(&["put", "passport", "--set", "expiry_date=01.02.2040"]).await.answer();
    assert_eq!(objections(&desk).await, []);
}

pub(crate) async fn an_objection_that_nobody_asked_for_outlives_an_import() {
    let (desk, bot) = shared().await;
    let phrase = format!("{PASSWORD}\na phrase\n");
    let export = ["export", "backup", "--password-stdin", "--accept-risk"];
    desk.run(&export, &phrase).await.answer();
    // What the export has is another number, and the same date.
    desk.unlocked(&["put", "passport", "--set", "document_no=NEW 1"]).await.answer();
    desk.unlocked(&["share", "link.txt", "--yes"]).await.answer();
    bot.object_to_selfie_and(desk.stage.user_id, ElementType::Passport, "expiry_date");
    let import = ["import", "backup", "--yes", "--replace", "passport", "--password-stdin", "--accept-risk"];
    let done = desk.run(&import, &format!("a phrase\n{PASSWORD}\n")).await.answer();
    assert_eq!(done["elements"][0]["fate"], "replaced", "{done}");
    assert!(objections(&desk).await.contains(&(json!("expiry_date"), json!(false))), "{done}");
}

pub(crate) async fn a_put_goes_on_where_nobody_says_what_bots_object_to() {
    let (desk, _) = shared().await;
    let silent = Fault::AnswerLost { method: "account.getAuthorizationForm" };
    desk.data_centres.faults().inject(silent, 100_000);
    let put = desk.unlocked(&["put", "passport", "--selfie", "selfie.jpg"]).await.answer();
    assert_eq!(put["elements"][0]["scans"][0]["part"], "selfie", "{put}");
    assert!(strings(&put["warnings"])[0].contains("object"), "{put}");
    desk.data_centres.faults().clear();
    // What asks for something else is not looked at.
    let put = desk.unlocked(&["put", "personal_details", "--from", "anna"]).await.answer();
    assert!(put["warnings"].is_null(), "{put}");
}
