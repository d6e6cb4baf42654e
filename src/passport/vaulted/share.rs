use super::Vaulted;
use super::read::read_values;
use super::session::{Locked, Unlocked};
use crate::cloud::{
    CloudError, SecureCloud, SecureRequiredType, SecureValue, SecureValueError, SecureValueHash, User,
};
use crate::passport::refusal::refused;
use crate::passport::{Form, FormError, Refusal, SendError, Versions, convert};
use crate::request::{
    AuthorizationForm, ElementError, PassportRequest, RequiredElement, SelectedElement, SelectedPart,
    Selection, Service, SuitableElement,
};
use crate::vault::{
    BotPublicKey, Credentials, ElementCredentials, LengthError, NonceName, OpenError, PartCredentials,
    SecretError, Vault,
};

refused!(FormError: Locked);

refused!(SendError: Locked);

/// What a form of this engine is sent by: the values as the server gave them, and the key to seal their secrets to.
struct Sealed {
    bot_key: BotPublicKey,
    values: Vec<SecureValue>,
}

impl<C: SecureCloud> Vaulted<C> {
    pub(super) async fn read_form(&self, request: &PassportRequest) -> Result<Form, FormError> {
        // A key that cannot be used is found before anything is shown (docs/protocol.md §8.3).
        let bot_key = BotPublicKey::from_pem(request.public_key())?;
        let unlocked = self.session.unlocked()?;
        let asked_at = self.history.asks();
        let form =
            self.cloud.authorization_form(request.bot_id(), request.scope(), request.public_key()).await?;
        let languages = self.country_languages().await?;
        let service = form.users.iter().find(|user| user.id == request.bot_id());
        let authorization = AuthorizationForm::new(
            service_of(service.ok_or(FormError::UnknownService)?),
            form.privacy_policy_url,
            form.required_types.into_iter().map(row).collect(),
            form.errors.into_iter().map(element_error).collect(),
        )?;
        let asked = |value: &SecureValue| {
            let mut alternatives = authorization.rows().iter().flat_map(RequiredElement::alternatives);
            alternatives.any(|alternative| alternative.kind == value.kind)
        };
        let values: Vec<_> = form.values.into_iter().filter(asked).collect();
        self.history.check(asked_at, &values)?;
        let elements = read_values(&unlocked, &values)?;
        let versions = Versions {
            names: values.iter().map(|value| (value.kind, value.hash.clone())).collect(),
            lasting: |held| held.element_hash().unwrap_or_default().to_vec(),
        };
        let sealed = Sealed { bot_key, values };
        let mut form = Form::new(request.clone(), authorization, elements, languages, versions, sealed);
        self.objections.recall(&mut form);
        Ok(form)
    }
}

pub(super) async fn send<C: SecureCloud>(
    vaulted: &Vaulted<C>,
    form: &Form,
    selection: &Selection,
) -> Result<(), SendError> {
    let sealed: &Sealed = form.handle().filter(|_| form.has_made(selection)).ok_or(SendError::OtherForm)?;
    let unlocked = vaulted.session.unlocked()?;
    let request = form.request();
    let nonce_name = NonceName::for_scope(request.scope());
    let mut credentials = Credentials::new(nonce_name, request.nonce());
    let mut hashes = Vec::with_capacity(selection.elements().len());
    for selected in selection.elements() {
        let value = sealed.values.iter().find(|value| value.kind == selected.kind());
        let value = value.ok_or(SendError::OtherForm)?;
        credentials.insert(selected.kind(), element_credentials(&unlocked, selected, value)?);
        hashes.push(SecureValueHash { kind: value.kind, hash: value.hash.clone() });
    }
    let credentials = convert::credentials(credentials.seal(&sealed.bot_key));
    let answer = vaulted
        .cloud
        .accept_authorization(request.bot_id(), request.scope(), request.public_key(), hashes, credentials)
        .await;
    match answer {
        Ok(()) => Ok(()),
        Err(CloudError::SecureValueHashInvalid | CloudError::SecureValueEmpty) => {
            match vaulted.read_form(request).await {
                Ok(form) => Err(SendError::ElementChanged { form: Box::new(form) }),
                Err(error) => Err(SendError::Refetch(error)),
            }
        }
        Err(error) => {
            if matches!(error, CloudError::SecureSecretRequired) {
                vaulted.session.has_no_secret();
            }
            Err(error.into())
        }
    }
}

/// The secrets of exactly the selected parts.
fn element_credentials(
    unlocked: &Unlocked,
    selected: &SelectedElement,
    value: &SecureValue,
) -> Result<ElementCredentials, SendError> {
    let kind = selected.kind();
    let mut credentials = ElementCredentials::default();
    for &part in selected.parts() {
        let opened = match part {
            SelectedPart::Plain => continue,
            SelectedPart::Data => {
                let data = value.data.as_ref().ok_or(SendError::OtherForm)?;
                let keys = convert::sealed_data(data).map(|sealed| (sealed.hash, sealed.secret));
                open_part(unlocked.vault(), keys)
            }
            SelectedPart::File(place) => {
                let file = value.parts.get(place).ok_or(SendError::OtherForm)?;
                open_part(unlocked.vault(), convert::file_keys(file))
            }
        };
        let opened = opened.map_err(|failure| match failure {
            PartFailure::Open(OpenError::Locked(_)) => SendError::Refused(Refusal::Locked),
            PartFailure::Open(reason) => SendError::Unreadable { kind, part, reason },
            PartFailure::Description(reason) => SendError::Description { kind, part, reason },
        })?;
        match part {
            SelectedPart::File(place) => credentials.parts.insert(place, opened),
            _ => credentials.data = Some(opened),
        }
    }
    Ok(credentials)
}

enum PartFailure {
    Open(OpenError),
    Description(LengthError),
}

fn open_part(
    vault: Option<&Vault>,
    keys: Result<(crate::vault::ValueHash, crate::vault::EncryptedSecret), LengthError>,
) -> Result<PartCredentials, PartFailure> {
    let (hash, secret) = keys.map_err(PartFailure::Description)?;
    // Without a passport secret, no secret of a part is one.
    let vault = vault.ok_or(PartFailure::Open(OpenError::Secret(SecretError::Checksum)))?;
    let secret = vault.open_secret(&hash, &secret).map_err(PartFailure::Open)?;
    Ok(PartCredentials { hash, secret })
}

fn service_of(bot: &User) -> Service {
    Service::new(bot.id, &bot.first_name, bot.username.as_deref())
        .with_verified(bot.verified)
        .with_scam(bot.scam)
        .with_fake(bot.fake)
}

/// Alternatives within alternatives count as alternatives of the row, as in Telegram Desktop.
fn row(required: SecureRequiredType) -> RequiredElement {
    let mut alternatives = Vec::new();
    flatten(required, &mut alternatives);
    RequiredElement::one_of(alternatives)
}

fn flatten(required: SecureRequiredType, alternatives: &mut Vec<SuitableElement>) {
    match required {
        SecureRequiredType::Type { kind, native_names, selfie_required, translation_required } => {
            alternatives.push(SuitableElement {
                kind,
                selfie: selfie_required,
                translation: translation_required,
                native_names,
            });
        }
        SecureRequiredType::OneOf(types) => {
            for inner in types {
                flatten(inner, alternatives);
            }
        }
    }
}

fn element_error(error: SecureValueError) -> ElementError {
    ElementError { kind: error.kind, source: error.source, message: error.text }
}
