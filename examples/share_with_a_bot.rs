//! A person answers a bot's request, through Telegram as it is played by the sandbox.
//!
//! `cargo run --example share_with_a_bot`
#![allow(clippy::print_stdout)] // an example shows what it does

use std::error::Error;

use telegram_passport::element::{Country, ElementType, PhoneNumber};
use telegram_passport::passport::{FileSource, Passport, SaveOptions, Vaulted};
use telegram_passport::request::{PassportRequest, RequiredElement, Scope, ScopeForm, SuitableElement};
use telegram_passport::vault::Password;
use telegram_passport::vault::bot::BotPrivateKey;
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{Bot, Clock, Registration};
use telegram_passport_sandbox::{InProcessCloud, State};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A bot with a key asks for a passport or an identity card, with a selfie.
    let key = BotPrivateKey::generate(2048)?;
    let wanted = [ElementType::Passport, ElementType::IdentityCard];
    let wanted = wanted.map(|kind| SuitableElement::new(kind).with_selfie());
    let scope = Scope::new(vec![RequiredElement::one_of(wanted)], ScopeForm::Long)?;
    let request = PassportRequest::new(7_500_000_001, scope.as_str(), &key.public_key().to_pem(), "a nonce")?;

    // Telegram, and a person who signs up and sets a password.
    let state = State::new(Clock::system(), &countries_languages_json());
    state.register_bot(Bot::new(request.bot_id(), "example_bot", "Example", request.public_key()))?;
    let phone = PhoneNumber("12025550123".to_owned());
    let user_id = state.register_account(Registration::new(phone, "Ada"))?;
    let passport = Vaulted::new(InProcessCloud::signed_in(state.clone(), user_id));
    passport.set_password(None, &Password::from("correct horse"), "").await?;
    passport.create_secret(&Password::from("correct horse")).await?;

    // The form says what is missing; the person adds it, and looks again.
    let before = passport.form(&request).await?.assess();
    for alternative in before.rows()[0].alternatives() {
        println!("{}: {}", alternative.asked().kind.title(), alternative.obstacles()[0]);
    }
    let country = Country::from_code("CZ").ok_or("no such country")?;
    let person = Person::generate(country, 1)?;
    for element in person.elements.into_iter().filter(|element| element.kind() == ElementType::Passport) {
        passport.save(element.map_files(|_, scan| FileSource::New(scan)), &SaveOptions::default()).await?;
    }

    // What will leave, exactly; then consent.
    let form = passport.form(&request).await?;
    let selection = form.assess().select()?;
    let leaving = form.leaving(&selection)?;
    for leaves in &leaving.elements {
        println!("{} gets {}", leaving.service, leaves.kind().title());
        for field in leaves.fields() {
            println!("  {}: {}", field.title_in(leaves.kind()), field.text());
        }
        for (part, _) in leaves.files() {
            println!("  {}", part.title());
        }
    }
    passport.send(&form, &selection).await?;
    println!("the bot has {} update", state.inbox(request.bot_id()).len());
    Ok(())
}
