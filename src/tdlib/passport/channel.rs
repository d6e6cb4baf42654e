//! The vault's own channel beside TDLib: it looks first where TDLib must not be let unasked, and sees what TDLib hides.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::element::{Element, ElementType};
use crate::passport::{ListError, Passport, SavedElement, SavedFile, Sight};

/// An engine of our own for the same account, unlocked and locked together with TDLib's; which cloud it has does not
/// matter here.
pub(super) struct Channel(pub(super) Arc<dyn Passport>);

impl Channel {
    /// What is stored, as TDLib shows it where it shows all of it, and else as the vault reads it: with flaws, and with
    /// what TDLib does not know.
    pub(super) async fn complete(
        &self,
        mut shown: Vec<SavedElement>,
    ) -> Result<Vec<SavedElement>, ListError> {
        let stored = self.0.list().await?;
        let whole = stored.into_iter().map(|stored| {
            let at = shown.iter().position(|shown| shown.kind == stored.kind);
            whole(at.map(|at| shown.swap_remove(at)), stored)
        });
        let mut elements: Vec<SavedElement> = whole.collect();
        elements.sort_by_key(|element| element.kind);
        Ok(elements)
    }

    /// Completes what a form shows: what TDLib shows for it, and what was asked for and has a field that was not understood,
    /// which TDLib hides. What else it hides it cannot send.
    pub(super) async fn complete_form(
        &self,
        shown: Vec<SavedElement>,
        asked: &[ElementType],
    ) -> Result<Vec<SavedElement>, ListError> {
        let kinds: Vec<ElementType> = shown.iter().map(|shown| shown.kind).collect();
        let mut elements = self.complete(shown).await?;
        let not_understood = |saved: &SavedElement| {
            saved.element().and_then(Element::raw_fields).is_some_and(|raw| !raw.is_empty())
        };
        elements.retain(|saved| {
            kinds.contains(&saved.kind) || (asked.contains(&saved.kind) && not_understood(saved))
        });
        Ok(elements)
    }

    /// The element of this kind, as TDLib shows it where that is all of it, and else as the vault reads it.
    pub(super) async fn whole(
        &self,
        kind: ElementType,
        shown: Option<SavedElement>,
    ) -> Result<Option<SavedElement>, ListError> {
        Ok(self.0.get(kind).await?.map(|stored| whole(shown, stored)))
    }

    /// The stored file that TDLib knows by this name.
    pub(super) async fn file_of(&self, unique_id: &str) -> Result<Option<SavedFile>, ListError> {
        let stored = self.0.list().await?;
        let mut files = stored.iter().filter_map(SavedElement::element).flat_map(Element::files);
        let same = |file: &SavedFile| file.id().is_some_and(|id| tdlibs_name(id) == unique_id);
        Ok(files.find(|(_, file)| same(file)).map(|(_, file)| file.clone()))
    }
}

/// What TDLib names the file of this id by (`remoteFile.unique_id`): the class of Passport's files and the id, little
/// endian, each run of zeros written as a zero and its length, in the alphabet of URLs.
fn tdlibs_name(id: i64) -> String {
    const CLASS: i32 = 3;
    let mut written = Vec::new();
    for byte in CLASS.to_le_bytes().into_iter().chain(id.to_le_bytes()) {
        match written.as_mut_slice() {
            // No run is longer than the twelve bytes there are.
            [.., 0, run] if byte == 0 && *run > 0 => *run += 1,
            _ if byte == 0 => written.extend([0, 1]),
            _ => written.push(byte),
        }
    }
    BASE64_URL_SAFE_NO_PAD.encode(written)
}

/// What TDLib shows if that is all that is stored, else what the vault reads.
fn whole(shown: Option<SavedElement>, stored: SavedElement) -> SavedElement {
    match shown {
        Some(shown) if says_the_same(&shown, &stored) => SavedElement { sight: Sight::Whole, ..shown },
        _ => stored,
    }
}

/// Whether both have the same fields, known or not, and files at the same places, uploaded at the same time.
fn says_the_same(shown: &SavedElement, stored: &SavedElement) -> bool {
    let contents = |saved: &SavedElement| {
        saved.element().map(|element| element.clone().map_files(|_, file| file.date()))
    };
    let shown = contents(shown);
    shown.is_some() && shown == contents(stored)
}
