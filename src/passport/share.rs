use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::refusal::{operation_error, refused};
use super::{ListError, Refusal, SavedContent, SavedElement, SavedFile, TamperedAnswer};
use crate::cloud::CloudError;
use crate::element::{Date, ElementType};
use crate::request::{
    Assessment, AuthorizationForm, CountryLanguages, Held, PassportRequest, RememberedObjections,
    RequirementError, SelectedPart, Selection, ServiceError,
};
use crate::vault::{KeyError, LengthError, OpenError, VaultError};

/// A bot's request, beside what the person holds for it at one moment.
///
/// It is what the person looks at and consents to, and what is shared then: a change of any element concerned
/// makes it stale ([`SendError::ElementChanged`]).
pub struct Form {
    request: PassportRequest,
    authorization: AuthorizationForm,
    elements: Vec<SavedElement>,
    languages: Arc<CountryLanguages>,
    versions: Versions,
    handle: Box<dyn Any + Send + Sync>,
}

/// How the versions of the elements that a form shows are named.
pub(crate) struct Versions {
    /// In selections, by kind of element.
    pub(crate) names: BTreeMap<ElementType, Vec<u8>>,
    /// Beside a remembered objection: the same in every form that shows the same version.
    pub(crate) lasting: fn(&Held<'_, SavedFile>) -> Vec<u8>,
}

impl Form {
    /// The request it answers.
    #[must_use]
    pub fn request(&self) -> &PassportRequest {
        &self.request
    }

    /// Who asks, for what, under which policy, and what the bot objected to earlier.
    #[must_use]
    pub fn authorization(&self) -> &AuthorizationForm {
        &self.authorization
    }

    /// What is stored of the kinds asked for, in the schema's order, unreadable ones included.
    #[must_use]
    pub fn elements(&self) -> &[SavedElement] {
        &self.elements
    }

    /// The language of each country, which decides about native names.
    #[must_use]
    pub fn country_languages(&self) -> &CountryLanguages {
        &self.languages
    }

    /// Takes note of what the bot objects to in fields, and adds what it objected to in a field that has not changed
    /// since, where the server does not say so any more
    /// ([`AuthorizationForm::standing`](crate::request::AuthorizationForm::standing)).
    ///
    /// Each engine does this by itself with what it has seen; who keeps a memory of their own hands it in here.
    pub fn recall(&mut self, remembered: &mut RememberedObjections) {
        let held = self.held();
        let kinds = self.authorization.kinds();
        let listed = self.authorization.errors();
        let standing = remembered.recall(self.request.bot_id(), listed, &held, &kinds, self.versions.lasting);
        self.authorization.add_standing(standing);
    }

    /// Which rows can be answered with what is stored, and what stands in the way, as of today.
    #[must_use]
    pub fn assess(&self) -> Assessment {
        self.assess_on(Date::today())
    }

    /// [`assess`](Self::assess) as of another day.
    #[must_use]
    pub fn assess_on(&self, day: Date) -> Assessment {
        self.authorization.assess(&self.held(), &self.languages, day)
    }

    /// What can be read of what is stored.
    fn held(&self) -> Vec<Held<'_, SavedFile>> {
        self.elements
            .iter()
            .filter_map(|saved| match &saved.content {
                SavedContent::Readable(element) => {
                    Some(Held::stored(element, self.version(saved.kind)?, SavedFile::name_in_objections))
                }
                SavedContent::Unreadable(_) => None,
            })
            .collect()
    }

    /// What a selection names the version of an element by that it was made from.
    fn version(&self, kind: ElementType) -> Option<&[u8]> {
        self.versions.names.get(&kind).map(Vec::as_slice)
    }

    /// One alternative of every row of this form, and of the versions it showed.
    pub(crate) fn has_made(&self, selection: &Selection) -> bool {
        let rows = self.authorization.rows();
        let elements = selection.elements();
        rows.len() == elements.len()
            && rows.iter().zip(elements).all(|(row, element)| {
                row.alternatives().contains(&element.asked())
                    && self.version(element.kind()) == element.element_hash()
            })
    }

    /// A form as an engine shows it, with what the engine needs to send a selection of it.
    pub(crate) fn new(
        request: PassportRequest,
        authorization: AuthorizationForm,
        elements: Vec<SavedElement>,
        languages: Arc<CountryLanguages>,
        versions: Versions,
        handle: impl Any + Send + Sync,
    ) -> Self {
        Self { request, authorization, elements, languages, versions, handle: Box::new(handle) }
    }

    /// What the engine needs, if that kind of engine made the form.
    pub(crate) fn handle<T: Any>(&self) -> Option<&T> {
        self.handle.downcast_ref()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("bot_id", &self.request.bot_id())
            .field("rows", &self.authorization.rows())
            .field("elements", &self.elements.iter().map(|element| element.kind).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// What an engine has seen bots object to, as long as it lives.
#[derive(Default)]
pub(crate) struct SeenObjections(Mutex<RememberedObjections>);

impl SeenObjections {
    /// Adds to a form what still stands.
    pub(crate) fn recall(&self, form: &mut Form) {
        // Each entry stands for itself, so a panic elsewhere cannot have broken them.
        form.recall(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Why there is no form to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// TDLib would ask Telegram for another request than this: it drops or replaces some characters.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("the request has characters that would not be sent as they are")]
    Altered,
    /// The bot's public key cannot be used.
    #[error("the bot's public key cannot be used")]
    Key(#[from] KeyError),
    /// The request is at fault; the service is told ([`Outcome::Error`](crate::request::Outcome::Error)).
    #[error("Telegram refuses the bot's request: {0}")]
    Service(ServiceError),
    /// The server's rows contradict themselves.
    #[error("the form contradicts itself")]
    Contradiction(#[from] RequirementError),
    /// The server does not say who the bot is: nobody should consent to that.
    #[error("Telegram does not say who asks")]
    UnknownService,
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    FormError {
        #[cfg(feature = "tdlib")]
        Self::Altered => "altered" Never,
        Self::Key(_) => "key" Never,
        Self::Service(_) => "service" Never,
        Self::Contradiction(_) => "contradiction" Never,
        Self::UnknownService => "unknown_service" Never,
    }
}

refused!(FormError: TamperedAnswer, ListError);

impl From<CloudError> for FormError {
    fn from(error: CloudError) -> Self {
        match service_error(&error) {
            Some(service) => Self::Service(service),
            None => Self::Refused(error.into()),
        }
    }
}

/// Why nothing was shared; by [`Refusal::OutcomeUnknown`] alone something may have been: ask what
/// the bot says before sending again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The selection was made from another form, or from another state of this one.
    #[error("the selection does not belong to this form")]
    OtherForm,
    /// The secret of a selected part does not open.
    #[error("the {} cannot be shared, for its secrets cannot be opened", .kind.noun())]
    Unreadable {
        /// The element.
        kind: ElementType,
        /// Which part.
        part: SelectedPart,
        /// What the vault says.
        #[source]
        reason: OpenError,
    },
    /// The hash or the secret of a selected part is not one.
    #[error("the {} cannot be shared, for its description is damaged", .kind.noun())]
    Description {
        /// The element.
        kind: ElementType,
        /// Which part.
        part: SelectedPart,
        /// What is damaged.
        #[source]
        reason: LengthError,
    },
    /// An element was changed or deleted after the form was fetched, on this or another device. Here is the form
    /// as it is now; the person decides again.
    #[error("an element was changed after the form was shown")]
    ElementChanged {
        /// The form, fetched anew.
        form: Box<Form>,
    },
    /// An element was changed after the form was fetched, and the form could not be fetched anew.
    #[error("an element was changed, and the form could not be fetched again")]
    Refetch(#[source] FormError),
    /// The account's password is gone.
    #[error("the account has no password for two-step verification; Passport needs one")]
    PasswordRequired,
    /// The request is at fault; the service is told ([`Outcome::Error`](crate::request::Outcome::Error)).
    #[error("Telegram refuses the bot's request: {0}")]
    Service(ServiceError),
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    SendError {
        Self::OtherForm => "other_form" Never,
        Self::Unreadable { .. } => "unreadable" Never,
        Self::Description { .. } => "damaged_description" Never,
        Self::ElementChanged { .. } => "element_changed" Never,
        Self::PasswordRequired => "password_required" Never,
        Self::Service(_) => "service" Never,
        ; Self::Refetch(reason) => reason "form_not_fetched_again"
    }
}

refused!(SendError: VaultError);

impl From<CloudError> for SendError {
    fn from(error: CloudError) -> Self {
        match service_error(&error) {
            Some(service) => Self::Service(service),
            None if matches!(error, CloudError::PasswordRequired) => Self::PasswordRequired,
            None => Self::Refused(error.into()),
        }
    }
}

fn service_error(error: &CloudError) -> Option<ServiceError> {
    let (_, name) = error.to_rpc()?;
    ServiceError::from_code(&name)
}
