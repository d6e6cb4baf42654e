//! Requests of bots: what they ask for, beside what TDLib shows of it, and sending.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tdlib_rs::{enums, types};

use super::answer::{fact, is_not_found};
use super::engine::Engine;
use super::functions::{
    GetPassportAuthorizationForm, GetPassportAuthorizationFormAvailableElements, GetPreferredCountryLanguage,
    GetUser, SendPassportAuthorizationForm,
};
use super::input::is_kept;
use super::kind;
use super::lock_state::Locked;
use super::turns::Turn;
use crate::cloud::CloudError;
use crate::element::{Element, Part, PartKind};
use crate::passport::changes::in_turn;
use crate::passport::refusal::refused;
use crate::passport::{Form, FormError, Refusal, SavedElement, SavedFile, SendError, Versions};
use crate::request::{
    AuthorizationForm, CountryLanguages, ElementError, ErrorSource, PassportRequest, RequiredElement,
    Selection, Service, SuitableElement,
};
use crate::vault::BotPublicKey;

/// By which a form of this engine is known. It is compared with a new one before it is sent.
struct Shown;

/// Forms of this process, which TDLib's numbers would not tell apart from those of another client.
static LAST_FORM: AtomicU64 = AtomicU64::new(0);

refused!(FormError: Locked);

impl Engine {
    pub(super) async fn read_form(&self, request: &PassportRequest, turn: &Turn) -> Result<Form, FormError> {
        Ok(self.open_form(request, turn).await?.0)
    }

    /// The form, and what TDLib calls it. TDLib tells what is available once for each, so it is told here.
    async fn open_form(&self, request: &PassportRequest, turn: &Turn) -> Result<(Form, i32), FormError> {
        // A key that cannot be used is found before anything is shown (docs/protocol.md §8.3).
        BotPublicKey::from_pem(request.public_key())?;
        if ![request.scope(), request.public_key(), request.nonce()].into_iter().all(is_kept) {
            return Err(FormError::Altered);
        }
        let unlocked = self.lock_state.unlocked()?;
        let ask = GetPassportAuthorizationForm {
            bot_user_id: request.bot_id(),
            scope: request.scope(),
            public_key: request.public_key(),
            nonce: request.nonce(),
        };
        let td = self.client.call(&ask).await.map_err(fact)?;
        let (elements, errors) = if unlocked.has_secret {
            let ask = GetPassportAuthorizationFormAvailableElements {
                authorization_form_id: td.id,
                password: unlocked.password.as_str(),
            };
            let available = turn.call(&ask).await.map_err(fact)?;
            let mut elements: Vec<_> =
                available.elements.into_iter().map(|element| self.files.learn(element)).collect();
            elements.sort_by_key(|element| element.kind);
            if let Some(channel) = &self.channel {
                let rows = td.required_elements.iter().flat_map(|row| &row.suitable_elements);
                let asked: Vec<_> = rows.map(|suitable| kind::from_tdlib(&suitable.r#type)).collect();
                elements = channel.complete_form(elements, &asked).await?;
            }
            (elements, available.errors)
        } else {
            self.nothing_is_stored().await?;
            (Vec::new(), Vec::new())
        };
        let number = LAST_FORM.fetch_add(1, Ordering::Relaxed) + 1;
        let errors = errors.into_iter().filter_map(|error| element_error(error, &elements, number)).collect();
        let authorization = AuthorizationForm::new(
            self.service(request.bot_id()).await?,
            Some(td.privacy_policy_url),
            td.required_elements.iter().map(row).collect(),
            errors,
        )?;
        let languages = self.languages(&elements).await?;
        let name = number.to_be_bytes().to_vec();
        let versions = Versions {
            names: elements.iter().map(|element| (element.kind, name.clone())).collect(),
            // TDLib hides hashes: what it shows has to do.
            lasting: |held| contents(held.element()),
        };
        let languages = Arc::new(languages);
        let mut form = Form::new(request.clone(), authorization, elements, languages, versions, Shown);
        self.objections.recall(&mut form);
        Ok((form, td.id))
    }

    /// Who asks, as TDLib learned of it with the form.
    async fn service(&self, bot_id: i64) -> Result<Service, FormError> {
        let bot = match self.client.call(&GetUser { user_id: bot_id }).await {
            Ok(bot) => bot,
            Err(error) if is_not_found(&error) => return Err(FormError::UnknownService),
            Err(error) => return Err(fact(error).into()),
        };
        let username = bot.usernames.and_then(|names| names.active_usernames.into_iter().next());
        let marks = bot.verification_status;
        let mark = |of: fn(&types::VerificationStatus) -> bool| marks.as_ref().is_some_and(of);
        Ok(Service::new(bot.id, &bot.first_name, username.as_deref())
            .with_verified(mark(|marks| marks.is_verified))
            .with_scam(mark(|marks| marks.is_scam))
            .with_fake(mark(|marks| marks.is_fake)))
    }

    /// The language of the country of residence, the only one that a form is judged by.
    async fn languages(&self, elements: &[SavedElement]) -> Result<CountryLanguages, FormError> {
        let details = elements.iter().find_map(|saved| match saved.element() {
            Some(Element::PersonalDetails(details)) => Some(details),
            _ => None,
        });
        let Some(country) = details.and_then(|details| details.residence_country) else {
            return Ok(CountryLanguages::default());
        };
        let ask = GetPreferredCountryLanguage { country_code: country.code() };
        match self.client.call(&ask).await {
            Ok(language) => {
                let map = serde_json::json!({ country.code(): language.text });
                Ok(CountryLanguages::parse(&map.to_string()).unwrap_or_default())
            }
            Err(error) if is_not_found(&error) => Ok(CountryLanguages::default()),
            Err(error) => Err(fact(error).into()),
        }
    }
}

/// Sends what the selection says, if what is stored is still what the form showed.
pub(super) async fn send(engine: &Engine, form: &Form, selection: &Selection) -> Result<(), SendError> {
    if form.handle::<Shown>().is_none() || !form.has_made(selection) {
        return Err(SendError::OtherForm);
    }
    if engine.lock_state.unlocked().is_err() {
        return Err(SendError::Refused(Refusal::Locked));
    }
    // What it compares is what TDLib sends.
    let alone = in_turn(engine.alone()).await?;
    let (now, form_id) = match engine.open_form(form.request(), &alone).await {
        Ok(now) => now,
        Err(FormError::Service(service)) => return Err(SendError::Service(service)),
        Err(error) => return Err(SendError::Refetch(error)),
    };
    let shown = |form: &Form, kind| form.elements().iter().find(|element| element.kind == kind).cloned();
    let kinds = || selection.elements().iter().map(|element| element.kind());
    let changed = form.authorization().rows() != now.authorization().rows()
        || kinds().any(|kind| shown(form, kind) != shown(&now, kind));
    if changed {
        return Err(SendError::ElementChanged { form: Box::new(now) });
    }
    let types = kinds().map(kind::to_tdlib).collect();
    let send = SendPassportAuthorizationForm { authorization_form_id: form_id, types };
    // TDLib makes the share of what is in its memory when it is handed this, before anything that it is handed later.
    match engine.client.call(&send).await.map_err(fact) {
        Ok(_) => Ok(()),
        Err(CloudError::SecureValueHashInvalid | CloudError::SecureValueEmpty) => {
            match engine.read_form(form.request(), &alone).await {
                Ok(form) => Err(SendError::ElementChanged { form: Box::new(form) }),
                Err(error) => Err(SendError::Refetch(error)),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// All of an element, its files by what names them.
fn contents(element: &Element<SavedFile>) -> Vec<u8> {
    let named = element.clone().map_files(|_, file| file.name_in_objections());
    serde_json::to_vec(&named).expect("an element is a map of texts and lists")
}

fn row(required: &types::PassportRequiredElement) -> RequiredElement {
    let suitable = |td: &types::PassportSuitableElement| SuitableElement {
        kind: kind::from_tdlib(&td.r#type),
        selfie: td.is_selfie_required,
        translation: td.is_translation_required,
        native_names: td.is_native_name_required,
    };
    RequiredElement::one_of(required.suitable_elements.iter().map(suitable).collect::<Vec<_>>())
}

/// An error with TDLib's places put back to what the server named; `None` for a file that is not there.
fn element_error(
    error: types::PassportElementError,
    elements: &[SavedElement],
    form_number: u64,
) -> Option<ElementError> {
    use enums::PassportElementErrorSource as Td;
    let kind = kind::from_tdlib(&error.r#type);
    let held = elements.iter().find(|element| element.kind == kind).and_then(SavedElement::element);
    let name = SavedFile::name_in_objections;
    let file = |part: Part| held.and_then(|element| element.file(part)).map(name);
    let index = |index: i32| usize::try_from(index).ok();
    let all = |part: PartKind| {
        let files = held.into_iter().flat_map(Element::files);
        files.filter(|(place, _)| place.kind() == part).map(|(_, file)| name(file)).collect()
    };
    let source = match error.source {
        Td::Unspecified => ErrorSource::Unspecified { element_hash: form_number.to_be_bytes().to_vec() },
        Td::DataField(td) => {
            ErrorSource::DataField { field: kind::field_name(kind, &td.field_name), data_hash: Vec::new() }
        }
        Td::FrontSide => ErrorSource::FrontSide { file_hash: file(Part::FrontSide)? },
        Td::ReverseSide => ErrorSource::ReverseSide { file_hash: file(Part::ReverseSide)? },
        Td::Selfie => ErrorSource::Selfie { file_hash: file(Part::Selfie)? },
        Td::TranslationFile(td) => {
            ErrorSource::TranslationFile { file_hash: file(Part::Translation(index(td.file_index)?))? }
        }
        Td::TranslationFiles => ErrorSource::TranslationFiles { file_hashes: all(PartKind::Translation) },
        Td::File(td) => ErrorSource::File { file_hash: file(Part::File(index(td.file_index)?))? },
        Td::Files => ErrorSource::Files { file_hashes: all(PartKind::Files) },
    };
    Some(ElementError { kind, source, message: error.message })
}
