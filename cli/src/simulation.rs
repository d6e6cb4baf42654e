//! One share from start to finish, with Telegram played in this process: an account signs up, its documents are
//! sealed and stored, a bot asks, the person shares, and the bot has an update in its inbox.

use std::sync::Arc;

use telegram_passport::element::{Element, ElementType, PhoneNumber};
use telegram_passport::passport::{FileSource, Passport, SaveError, SaveOptions, Vaulted, VerificationError};
use telegram_passport::request::{PassportRequest, Scope, Selection};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::vault::Password;
use telegram_passport_sandbox::languages::{countries_languages_json, language_of};
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{AccountSummary, Bot, Clock, CodePurpose, Registration};
use telegram_passport_sandbox::{InProcessCloud, State};

use crate::command::request_new::random_nonce;
use crate::engine;
use crate::failure::{Failure, sentence};
use crate::obstacles::incomplete;
use crate::over_tdlib::OverTdlib;
use crate::progress::Progress;
use crate::received::Received;

/// The phone number of a person who has none: reserved for fiction.
const NO_PHONE: &str = "12025550123";

/// A person signed in to Telegram, which is in here.
pub(crate) struct Simulation {
    state: State,
    user_id: i64,
    passport: Arc<dyn Passport>,
    /// The way to the state, if it leads through TDLib.
    over_tdlib: Option<OverTdlib>,
}

/// What the bot got.
pub(crate) struct Shared {
    pub(crate) received: Received,
    /// What was shared, part by part.
    pub(crate) selection: Selection,
}

impl Simulation {
    /// Sets up Telegram, the bot of the request, and the person's account with a password and a
    /// passport secret; our vault seals.
    pub(crate) async fn start(
        request: &PassportRequest,
        bot_name: &str,
        person: &Person,
    ) -> Result<Self, Failure> {
        let state = world(request, bot_name)?;
        let mut registration = Registration::new(phone_of(person), "Somebody");
        if let Some((first, last)) = names_of(person) {
            (registration.first_name, registration.last_name) = (first, last);
        }
        let user_id = match state.register_account(registration) {
            Ok(user_id) => user_id,
            // A person written by hand may have a number no account has; the element itself is judged on saving.
            Err(_) => state
                .register_account(Registration::new(PhoneNumber(NO_PHONE.to_owned()), "Somebody"))
                .map_err(|error| Failure::failed(sentence(&error)))?,
        };
        let passport = Arc::new(Vaulted::new(InProcessCloud::signed_in(state.clone(), user_id)));
        let password = random_nonce()?;
        let failed = |error| Failure::failed(sentence(&error));
        passport.set_password(None, &Password::from(password.as_str()), "").await.map_err(failed)?;
        passport.create_secret(&Password::from(password.as_str())).await.map_err(failed)?;
        Ok(Self { state, user_id, passport, over_tdlib: None })
    }

    /// As [`start`](Self::start), but with data centres on loopback, to which the genuine TDLib logs in, and seals.
    pub(crate) async fn start_over_tdlib(
        request: &PassportRequest,
        bot_name: &str,
        person: &Person,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let state = world(request, bot_name)?;
        let password = random_nonce()?;
        let user_id = person
            .sign_up(&state, Some(&Password::from(password.as_str())))
            .map_err(|error| Failure::failed(sentence(&error)))?;
        let over_tdlib = OverTdlib::log_in(&state, &phone_of(person), &password, progress).await?;
        // Nothing in here is anybody's: the risk that TDLib brings for a real account's documents is taken.
        let passport = engine::over_tdlib(over_tdlib.session(), true);
        let failed = |error| Failure::failed(sentence(&error));
        passport.unlock(&Password::from(password.as_str())).await.map_err(failed)?;
        passport.create_secret(&Password::from(password.as_str())).await.map_err(failed)?;
        Ok(Self { state, user_id, passport, over_tdlib: Some(over_tdlib) })
    }

    /// Ends it: TDLib, if it was there, is closed.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        match self.over_tdlib {
            Some(over_tdlib) => over_tdlib.end().await,
            None => Ok(()),
        }
    }

    /// Stores an element, proving a phone number or e-mail address on the way.
    ///
    /// # Errors
    /// The sentences that say what is wrong with the element.
    pub(crate) async fn store(&self, element: &Element<PassportJpeg>) -> Result<(), SaveError> {
        let mut element = element.clone().map_files(|_, scan| FileSource::New(scan));
        if let Element::PersonalDetails(details) = &mut element {
            // As the official clients do where the language is English: the native names are the Latin ones.
            let language = details.residence_country.map(language_of);
            details.copy_native_names(language.as_deref());
        }
        let options = SaveOptions::default();
        match self.passport.save(element.clone(), &options).await {
            Err(SaveError::VerificationNeeded { .. }) => {
                // If this does not help, saving says why.
                let _ = self.verify(&element).await;
                self.passport.save(element, &options).await.map(drop)
            }
            saved => saved.map(drop),
        }
    }

    async fn verify(&self, element: &Element<FileSource>) -> Result<(), VerificationError> {
        let code = |purpose| self.state.last_code(self.user_id, purpose).unwrap_or_default();
        match element {
            Element::PhoneNumber(number) => {
                let sent = self.passport.send_phone_code(number).await?;
                self.passport.check_phone_code(&sent, &code(CodePurpose::VerifyPhone)).await
            }
            Element::Email(address) => {
                let sent = self.passport.send_email_code(address).await?;
                self.passport.check_email_code(&sent, &code(CodePurpose::VerifyEmail)).await
            }
            _ => Ok(()),
        }
    }

    /// Answers the request with what is stored, choosing these kinds where there is a choice.
    pub(crate) async fn share(
        &self,
        request: &PassportRequest,
        choices: &[ElementType],
        flawed: &[String],
    ) -> Result<Shared, Failure> {
        let form = self.passport.form(request).await.map_err(|error| Failure::denied(sentence(&error)))?;
        let assessment = form.assess();
        let selection = assessment.select_preferring(choices).map_err(|error| {
            incomplete(&error, &assessment)
                .and_problems(flawed)
                .remedy("Nothing was written. Complete the person, choose with --use, or ask for less.")
        })?;
        self.passport.send(&form, &selection).await.map_err(|error| Failure::denied(sentence(&error)))?;
        self.delivered(request.bot_id(), selection)
    }

    fn delivered(&self, bot_id: i64, selection: Selection) -> Result<Shared, Failure> {
        let delivery = self
            .state
            .inbox(bot_id)
            .pop()
            .ok_or_else(|| Failure::failed("the share was accepted, but the bot has no update"))?;
        let received = Received::new(&self.state, bot_id, &delivery)?;
        Ok(Shared { received, selection })
    }

    /// What Telegram's servers know of the account.
    pub(crate) fn seen_by_telegram(&self) -> Result<AccountSummary, Failure> {
        self.state.summary(self.user_id).map_err(|error| Failure::failed(sentence(&error)))
    }
}

/// Telegram, and the bot of the request.
fn world(request: &PassportRequest, bot_name: &str) -> Result<State, Failure> {
    let state = State::new(Clock::system(), &countries_languages_json());
    let bot = Bot::new(request.bot_id(), "the_bot", bot_name, request.public_key());
    state.register_bot(bot).map_err(|error| Failure::failed(sentence(&error)))?;
    Ok(state)
}

/// The kinds a scope names, in its order.
pub(crate) fn kinds_asked_for(scope: &Scope) -> Vec<ElementType> {
    let alternatives = scope.rows().iter().flat_map(|row| row.alternatives());
    alternatives.map(|alternative| alternative.kind).collect()
}

fn phone_of(person: &Person) -> PhoneNumber {
    let own = person.elements.iter().find_map(|element| match element {
        Element::PhoneNumber(number) => Some(number.clone()),
        _ => None,
    });
    own.unwrap_or_else(|| PhoneNumber(NO_PHONE.to_owned()))
}

fn names_of(person: &Person) -> Option<(String, String)> {
    person.elements.iter().find_map(|element| match element {
        Element::PersonalDetails(details) => Some((details.first_name.clone(), details.last_name.clone())),
        _ => None,
    })
}
