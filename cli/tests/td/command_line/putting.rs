//! What `put` replaces, and what it leaves alone.

use telegram_passport::element::{Address, Element, ElementType};
use telegram_passport::passport::{Passport, SaveOptions, Vaulted};

use super::{Desk, PASSWORD, Terminal, country, of_kind, person};

/// Somebody's address in this city.
fn address(city: &str) -> Address {
    let mut address = Address::default();
    address.country = Some(country());
    (address.city, address.street_line1) = (city.to_owned(), "Main street 1".to_owned());
    address.post_code = "60200".to_owned();
    address
}

pub(crate) async fn what_another_device_stored_meanwhile_is_not_put_over() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let anna = person(&desk, "anna", 1);
    desk.put_from("anna", &["passport"]).await;
    let elsewhere = Vaulted::new(desk.stage.cloud());
    elsewhere.unlock(&PASSWORD.into()).await.unwrap();
    let store = async |city: &str| {
        elsewhere.save(Element::Address(address(city)), &SaveOptions::default()).await.unwrap();
    };
    let city = async || {
        let stored = elsewhere.get(ElementType::Address).await.unwrap().unwrap();
        let Some(Element::Address(address)) = stored.element() else { panic!("{stored:?}") };
        address.city.clone()
    };
    let own = of_kind(&anna, ElementType::Address);
    assert!(matches!(own, Element::Address(own) if own.city != "Praha"));
    // Nothing was stored, something was, and what was stored was to go.
    for (options, before, meanwhile) in
        [("", None, "Praha"), ("", Some("Brno"), "Ostrava"), ("--replace", Some("Brno"), "Olomouc")]
    {
        if let Some(before) = before {
            store(before).await;
        }
        let mut terminal = Terminal::open(&desk, &format!("put address {options} --accept-risk"));
        terminal.shows("Password (hint: a horse): ").await;
        terminal.types(&format!("{PASSWORD}\n"));
        for (question, answer) in [
            ("Country (country_code", "CZ"),
            ("State (state", ""),
            ("City (city", "Plzen"),
            ("Street (street_line1", "Other street 2"),
            ("Second line", ""),
            ("Post code (post_code", "60200"),
        ] {
            terminal.shows(question).await;
            if question.starts_with("Post code") {
                store(meanwhile).await;
            }
            terminal.types(&format!("{answer}\n"));
        }
        let screen = terminal.ends_with(3).await;
        assert!(screen.contains("another device changed the address meanwhile"), "{screen}");
        assert_eq!(city().await, meanwhile);
    }
}
