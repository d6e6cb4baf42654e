//! The person's side of [Telegram Passport](https://core.telegram.org/passport): identity documents that Telegram stores and
//! cannot read, and the bots that ask for them.
//!
//! # For an app's author
//!
//! An app holds an `Arc<dyn Passport>`: [`Passport`](passport::Passport) is the one interface for elements, forms, files
//! and codes, whichever engine is beneath.
//!
//! | step | with |
//! | --- | --- |
//! | sign in | the steps of `login`, over `tdlib::Login` (feature `tdlib`) or `mtproto::Login` (feature `mtproto`); tests: the package `telegram-passport-sandbox` |
//! | make the engine | `tdlib::Engine` beside the vault's channel, or [`Vaulted`](passport::Vaulted) |
//! | unlock | [`unlock`](passport::Passport::unlock) with the password of two-step verification; [`create_secret`](passport::Passport::create_secret) where nothing was stored yet |
//! | show what is stored | [`list`](passport::Passport::list), [`download`](passport::Passport::download) |
//! | take a picture in | [`scan::prepare`] |
//! | check what was typed | [`Element::validate`](element::Element::validate) |
//! | store | [`save`](passport::Passport::save); a phone number or an e-mail address may want a code first |
//! | read a bot's link | [`PassportLink::parse`](request::PassportLink::parse) |
//! | show what is asked for, and what is missing | [`form`](passport::Passport::form), [`Form::assess`](passport::Form::assess) |
//! | ask for consent, and send | [`Assessment::select`](request::Assessment::select), [`Form::leaving`](passport::Form::leaving), [`send`](passport::Passport::send) |
//! | tell the service | [`Outcome::address`](request::Outcome::address) |
//!
//! Signing in, over TDLib with the vault beside it, which looks at what is stored before TDLib may touch it:
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use telegram_passport::login::{Application, LoginSteps, Step};
//! use telegram_passport::passport::Passport;
//! use telegram_passport::tdlib::{self, Engine, Library, Login, SessionOptions};
//! use telegram_passport::vault::Password;
//! use telegram_passport::vault::at_rest::StorageKey;
//!
//! # async fn passport(
//! #     application: Application, key: StorageKey, asked: impl Fn(&str) -> String,
//! # ) -> Result<Arc<dyn Passport>, Box<dyn std::error::Error>> {
//! let (library, _) = tdlib::find(None, None)?;
//! let options = SessionOptions::new(Path::new("account"), application, key); // the key belongs in a keyring
//! let (login, mut step) = Login::begin(Library::load(&library)?, &options).await?;
//! let password = Password::from(asked("Password"));
//! while step != Step::Ready {
//!     step = match step {
//!         Step::PhoneNumber => login.set_phone_number(&asked("Phone number")).await?,
//!         Step::Code(sent) => login.check_code(&asked(&format!("Code, sent {}", sent.way))).await?,
//!         Step::Password { .. } => login.check_password(&password).await?,
//!         other => return Err(format!("this app does not offer {other:?}").into()),
//!     };
//! }
//! let session = login.finish().await.map_err(|(error, _)| error)?;
//! let vault = session.vault_channel(Some(&password)).await?; // signed in once, then kept beside TDLib's session
//! let passport: Arc<dyn Passport> = Arc::new(Engine::new(session.client().clone()).beside(vault));
//! passport.unlock(&password).await?;
//! # Ok(passport)
//! # }
//! ```
//!
//! What comes after that is the same whichever engine it is, here against Telegram as the sandbox plays it in this process:
//!
//! ```
//! use std::sync::Arc;
//!
//! use telegram_passport::element::{Element, ElementType, Field};
//! use telegram_passport::passport::{Passport, SaveOptions, SecretState, Vaulted};
//! use telegram_passport::request::{LinkForm, Outcome, PassportLink};
//! use telegram_passport::vault::Password;
//! # use telegram_passport::element::PhoneNumber;
//! # use telegram_passport::request::{
//! #     CallbackUrl, PassportRequest, RequiredElement, Scope, ScopeForm, SuitableElement,
//! # };
//! # use telegram_passport_sandbox::state::{Bot, Clock, Registration};
//! # use telegram_passport_sandbox::{InProcessCloud, State};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let wanted = vec![RequiredElement::from(SuitableElement::new(ElementType::Address))];
//! # let scope = Scope::new(wanted, ScopeForm::Long)?;
//! # let key = include_str!("../tests/vectors/throwaway_bot_spki.pem");
//! # let asked = PassportRequest::new(7_500_000_001, scope.as_str(), key, "a nonce")?
//! #     .with_callback_url(CallbackUrl::parse("https://bank.example/passport")?);
//! # let link = asked.to_link(LinkForm::Resolve);
//! # let state = State::new(Clock::system(), "{}");
//! # state.register_bot(Bot::new(asked.bot_id(), "bank_bot", "A bank", asked.public_key()))?;
//! # let user_id = state.register_account(Registration::new(PhoneNumber("12025550123".to_owned()), "Ada"))?;
//! # let cloud = InProcessCloud::signed_in(state.clone(), user_id);
//! # let password = Password::from("correct horse");
//! # Vaulted::new(cloud.clone()).set_password(None, &password, "").await?;
//! // `cloud` is the signed-in account: `mtproto::Cloud`, or here the sandbox's.
//! let passport: Arc<dyn Passport> = Arc::new(Vaulted::new(cloud));
//! if passport.unlock(&password).await? == SecretState::Missing {
//!     passport.create_secret(&password).await?; // nothing is stored yet, so nothing can be lost
//! }
//!
//! // The person fills in a form.
//! let mut address = Element::empty(ElementType::Address);
//! address.set_text(Field::StreetLine1, "Hlavní 1")?;
//! address.set_text(Field::City, "Brno")?;
//! address.set_text(Field::PostCode, "60200")?;
//! for problem in address.validate() {
//!     println!("{problem}"); // a sentence for each field that is missing or wrong
//! }
//! address.set_text(Field::CountryCode, "CZ")?;
//! passport.save(address, &SaveOptions::default()).await?;
//!
//! // A website opens a link.
//! let request = PassportLink::parse(&link)?.request;
//! let form = passport.form(&request).await?;
//! let selection = form.assess().select()?; // or what is missing
//! let leaving = form.leaving(&selection)?;
//! for leaves in &leaving.elements {
//!     for field in leaves.fields() {
//!         println!("{} gets the {}: {}", leaving.service, field.title_in(leaves.kind()), field.text());
//!     }
//! }
//! // The person consents to exactly that.
//! passport.send(&form, &selection).await?;
//! let told = Outcome::Success.address(&request); // for the browser
//! assert_eq!(told.as_deref(), Some("https://bank.example/passport?tg_passport=success"));
//! # assert_eq!(state.inbox(request.bot_id()).len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! A change ends as done, as not done, or as unknown, when it was sent and nobody answered: then look before it is done
//! again. Nothing is shared but what a [`Selection`](request::Selection) says, and a passport secret that does not open is
//! never replaced without the person's word, for everything stored would be lost.
//!
//! # For a bot's author
//!
//! [`vault::bot`] opens a share, strictly: what is accepted there everybody accepts.
//!
//! # The rooms
//!
//! From the ground up, each using what stands above it:
//!
//! - [`disk`]: files that appear whole or not at all, folders for what lies in the clear for a moment, and what a killed
//!   process leaves of both
//! - [`element`]: what a Passport holds, 13 kinds with their fields, parts and rules
//! - [`vault`]: the cryptography; sealing and opening, credentials, and a bot's strict opening of a share
//! - [`request`]: what a bot asks for, what is missing, what will be sent
//! - [`scan`]: any picture in, a Passport JPEG out
//! - [`cloud`]: the encrypted store as a client sees it, one method for each Telegram call
//! - [`passport`]: the [`Passport`](passport::Passport) interface, and [`Vaulted`](passport::Vaulted), its engine on
//!   our vault
//! - [`archive`]: the whole Passport as one file sealed under a passphrase, and back into an account
//! - `login` (with either of the next two): signing in, the same over both
//! - `mtproto` (a feature): the vault's own connection to Telegram, and what is stored there over it
//! - `tdlib` (a feature): Telegram's own client library, loaded at run time: login, and Passport over it
//! - `keychain` (a feature): the keys and passwords of a program, in the system's keyring or in a locked file

#![cfg_attr(not(feature = "tdlib"), forbid(unsafe_code))] // with it, one file calls a C library

pub mod archive;
pub mod cloud;
pub mod disk;
pub mod element;
#[cfg(feature = "keychain")]
pub mod keychain;
#[cfg(any(feature = "mtproto", feature = "tdlib"))]
pub mod login;
#[cfg(feature = "mtproto")]
pub mod mtproto;
pub mod passport;
pub mod request;
pub mod scan;
#[cfg(feature = "tdlib")]
pub mod tdlib;
pub mod vault;

/// The examples of the README, compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
