//! A form in an app: which fields of an element are wrong, in words that a person can act on.
//!
//! `cargo run --example check_an_element`
#![allow(clippy::print_stdout)] // an example shows what it does

use telegram_passport::element::{Element, ElementType, Field};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut address: Element<()> = Element::empty(ElementType::Address);
    address.set_text(Field::StreetLine1, "Hlavní 1")?;
    address.set_text(Field::City, "Brno")?;
    address.set_text(Field::PostCode, "602 00")?;
    for problem in address.validate() {
        println!("{problem}");
    }

    address.set_text(Field::CountryCode, "CZ")?;
    address.set_text(Field::PostCode, "60200")?;
    address.ensure_valid()?;
    let stored = address.write_data()?.unwrap_or_default();
    println!("{}", String::from_utf8_lossy(&stored));
    Ok(())
}
