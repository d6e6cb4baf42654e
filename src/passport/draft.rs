use super::{Cancel, FileSource, Passport, SaveError, SaveOptions, SavedContent, SavedElement, Unreadable};
use crate::element::Element;

/// An element that is being filled in or changed, and what it is to take the place of.
///
/// It remembers what was stored when the person looked, and is saved over that only: what another device stored meanwhile
/// is not put over unseen. [`Passport::save`] of its [`element`](Self::element) asks nobody what is stored.
///
/// ```
/// use telegram_passport::element::{Element, ElementType, Field};
/// use telegram_passport::passport::{Draft, Passport, SaveError, SaveOptions};
///
/// # async fn move_house(passport: &dyn Passport, street: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let mut draft = match passport.get(ElementType::Address).await? {
///     Some(saved) => saved.edit()?,
///     None => Draft::new(Element::empty(ElementType::Address), None),
/// };
/// draft.element.set_text(Field::StreetLine1, street)?;
/// match draft.save(passport, &SaveOptions::default()).await {
///     Ok(_) => println!("moved"),
///     Err(SaveError::ElementChanged { .. }) => println!("changed elsewhere: look at it again"),
///     Err(other) => return Err(other.into()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What is to be stored: its fields and files.
    pub element: Element<FileSource>,
    seen: Option<SavedElement>,
}

impl Draft {
    /// An element to be stored in place of what was seen stored of its kind; `None` if nothing was.
    #[must_use]
    pub fn new(element: Element<FileSource>, seen: Option<SavedElement>) -> Self {
        Self { element, seen }
    }

    /// What was stored when the person looked, if anything was.
    #[must_use]
    pub fn seen(&self) -> Option<&SavedElement> {
        self.seen.as_ref()
    }

    /// Saves the element in place of what was seen, as far as the engine sees it ([`SavedElement::sight`]): what is stored
    /// is looked at once more right before. Between that look and the save Telegram lets nothing be made sure of.
    ///
    /// What is saved is another stored element then, to be [edited](SavedElement::edit) anew.
    ///
    /// # Errors
    ///
    /// [`SaveError::ElementChanged`] if something else is stored by now, or nothing any more; [`SaveError::NotLookedAt`] if
    /// that cannot be told. Nothing was saved then. Besides, those of [`Passport::save`].
    pub async fn save(
        &self,
        passport: &dyn Passport,
        options: &SaveOptions,
    ) -> Result<SavedElement, SaveError> {
        let kind = self.element.kind();
        let looked = Cancel::unless(options.cancel.as_ref(), passport.get(kind)).await;
        let now = looked.ok_or(SaveError::Cancelled)?.map_err(SaveError::NotLookedAt)?;
        if now != self.seen {
            return Err(SaveError::ElementChanged { kind, now: now.map(Box::new) });
        }
        passport.save(self.element.clone(), options).await
    }
}

impl SavedElement {
    /// A draft to change it by: with its files, which are [kept](FileSource::Keep), and whatever other clients added.
    ///
    /// # Errors
    ///
    /// Why it cannot be read: nothing of it could be kept. [`Draft::new`] makes a new element in its place.
    pub fn edit(&self) -> Result<Draft, Unreadable> {
        match &self.content {
            SavedContent::Readable(element) => {
                let element = element.as_ref().clone().map_files(|_, file| FileSource::Keep(file));
                Ok(Draft::new(element, Some(self.clone())))
            }
            SavedContent::Unreadable(why) => Err(*why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::ElementType;
    use crate::passport::Sight;

    #[test]
    fn what_cannot_be_read_says_why_it_cannot_be_changed() {
        let content = SavedContent::Unreadable(Unreadable::NoSecret);
        let kind = ElementType::Passport;
        let saved = SavedElement { kind, content, flaws: Vec::new(), sight: Sight::Whole };
        assert_eq!(saved.edit(), Err(Unreadable::NoSecret));
    }
}
