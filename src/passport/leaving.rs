//! What leaves with a share, and who learns it: what a person looks at before they consent.

use std::fmt;

use super::{Form, SavedFile, SendError, Sight};
use crate::element::{Element, ElementType, FilledField, Part};
use crate::request::{Outcome, SelectedElement, Selection, Service, displayed};

/// Everything that leaves when a selection is sent, and to whom; [`Form::leaving`] makes it.
///
/// Besides, the service learns whose Telegram account it comes from, for a share arrives as a message of that person;
/// and Telegram learns which kinds of element the service got, and how long the sealed data and files are.
///
/// The texts of fields are as they are sent; [`displayed`] makes them safe for a terminal.
///
/// ```
/// use telegram_passport::passport::{Leaving, Readers};
///
/// fn show(leaving: &Leaving) {
///     println!("{}", leaving.service);
///     println!("{}", leaving.privacy_policy_url.as_deref().unwrap_or("It has no privacy policy"));
///     for leaves in &leaving.elements {
///         println!("{}", leaves.kind().title());
///         for field in leaves.fields() {
///             println!("  {}: {}", field.title_in(leaves.kind()), field.text());
///         }
///         for (part, _file) in leaves.files() {
///             println!("  {}", part.title()); // `Passport::download` has its picture
///         }
///         if leaves.readers() == Readers::ServiceAndTelegram {
///             println!("  Telegram can read this, too");
///         }
///     }
/// }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Leaving {
    /// Who gets it, with Telegram's marks.
    pub service: Service,
    /// Its privacy policy, made safe to show; `None` if it has none, which a person has to be told.
    pub privacy_policy_url: Option<String>,
    /// What is opened once it was sent, so that the service learns of it ([`Outcome::address`]): whoever answers there
    /// learns that this person shared. `None` if nothing is.
    pub callback: Option<String>,
    /// The elements, one for each row of the form, in its order.
    pub elements: Vec<LeavingElement>,
}

/// What leaves of one element.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LeavingElement {
    /// The element as it leaves: with all of its data, which is sealed as one, and no files but those asked for.
    pub element: Element<SavedFile>,
    /// How much of its data is in here. By [`Sight::KnownFields`] more of it leaves: what another client added, and
    /// TDLib does not show.
    pub sight: Sight,
}

/// Who can read something that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The service alone: its secrets are sealed to the key of the request.
    Service,
    /// The service, and Telegram, which has verified the phone number or e-mail address and hands it over in the clear.
    ServiceAndTelegram,
}

/// A selection that was made from another form, or from another state of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the selection does not belong to this form")]
pub struct OtherForm;

impl From<OtherForm> for SendError {
    fn from(_: OtherForm) -> Self {
        Self::OtherForm
    }
}

impl Form {
    /// What leaves when this selection is [sent](super::Passport::send), and who learns it.
    ///
    /// # Errors
    /// [`OtherForm`] if `send` would refuse the selection for that.
    pub fn leaving(&self, selection: &Selection) -> Result<Leaving, OtherForm> {
        if !self.has_made(selection) {
            return Err(OtherForm);
        }
        let authorization = self.authorization();
        let elements = selection.elements().iter().map(|selected| self.leaving_of(selected));
        Ok(Leaving {
            service: authorization.service().clone(),
            privacy_policy_url: authorization.privacy_policy_url().map(|url| displayed(url, 1024)),
            callback: Outcome::Success.address(self.request()),
            elements: elements.collect::<Option<_>>().ok_or(OtherForm)?,
        })
    }

    /// `None` if this form shows no such element.
    fn leaving_of(&self, selected: &SelectedElement) -> Option<LeavingElement> {
        let saved = self.elements().iter().find(|saved| saved.kind == selected.kind())?;
        let whole = saved.element()?;
        let files = selected.files().map(|part| Some((part, whole.file(part)?.clone())));
        let files = files.collect::<Option<Vec<_>>>()?.into_iter().collect();
        Some(LeavingElement { element: whole.clone().with_parts(files), sight: saved.sight })
    }
}

impl LeavingElement {
    /// Which of the 13 it is.
    #[must_use]
    pub fn kind(&self) -> ElementType {
        self.element.kind()
    }

    /// Its fields, as they are sent.
    pub fn fields(&self) -> impl Iterator<Item = FilledField<'_>> {
        self.element.filled_fields()
    }

    /// Its files, with what is known of each: when it was uploaded and, if the engine learns that, how large it is.
    pub fn files(&self) -> impl Iterator<Item = (Part, &SavedFile)> {
        self.element.files()
    }

    /// Who can read it.
    #[must_use]
    pub fn readers(&self) -> Readers {
        if self.element.plain().is_some() { Readers::ServiceAndTelegram } else { Readers::Service }
    }
}

/// The callback may name the person's session with the service.
impl fmt::Debug for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaving")
            .field("service", &self.service)
            .field("elements", &self.elements)
            .finish_non_exhaustive()
    }
}
