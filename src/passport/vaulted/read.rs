use super::Vaulted;
use super::session::{Locked, Unlocked};
use crate::cloud::{CloudError, SecureCloud, SecureData, SecureFile, SecurePlainData, SecureValue};
use crate::element::{Element, ElementType, Part, PartKind, Presence};
use crate::passport::handle::Handle;
use crate::passport::refusal::refused;
use crate::passport::{
    ListError, Refusal, SavedContent, SavedElement, SavedFile, SavedFlaw, Sight, TamperedAnswer, ToldOfFile,
    Unreadable, convert,
};
use crate::vault::{OpenError, Vault, VaultError};

refused!(ListError: Locked);

impl<C: SecureCloud> Vaulted<C> {
    pub(super) async fn read_all(&self) -> Result<Vec<SavedElement>, ListError> {
        let unlocked = self.session.unlocked()?;
        let asked = self.history.asks();
        let answer = self.cloud.all_secure_values().await;
        let values = self.stored(answer).await?;
        self.history.check(asked, &values)?;
        read_values(&unlocked, &values)
    }

    pub(super) async fn read_one(&self, kind: ElementType) -> Result<Option<SavedElement>, ListError> {
        let unlocked = self.session.unlocked()?;
        let asked = self.history.asks();
        let answer = self.cloud.secure_values(&[kind]).await;
        let values = self.stored(answer).await?;
        if let Some(other) = values.iter().find(|value| value.kind != kind) {
            return Err(TamperedAnswer::OtherElement { asked: kind, returned: other.kind }.into());
        }
        self.history.check(asked, &values)?;
        Ok(read_values(&unlocked, &values)?.pop())
    }

    /// Without a passport secret the server refuses to list anything, be there something or not.
    async fn stored(
        &self,
        answer: Result<Vec<SecureValue>, CloudError>,
    ) -> Result<Vec<SecureValue>, ListError> {
        if !matches!(answer, Err(CloudError::SecureSecretRequired)) {
            return Ok(answer?);
        }
        self.session.has_no_secret();
        if self.cloud.account_password().await?.has_secure_values {
            return Err(ListError::Refused(Refusal::NoSecret));
        }
        Ok(Vec::new())
    }
}

/// Opens values of an answer, in the schema's order.
pub(super) fn read_values(
    unlocked: &Unlocked,
    values: &[SecureValue],
) -> Result<Vec<SavedElement>, ListError> {
    let mut elements: Vec<SavedElement> = Vec::with_capacity(values.len());
    for value in values {
        if elements.iter().any(|element| element.kind == value.kind) {
            return Err(TamperedAnswer::Twice(value.kind).into());
        }
        elements.push(read_value(unlocked.vault(), value)?);
    }
    elements.sort_by_key(|element| element.kind);
    Ok(elements)
}

/// Opens one value as far as it can be opened.
///
/// # Errors
///
/// Only if the vault has locked itself; what is wrong with the value becomes part of the answer.
pub(super) fn read_value(vault: Option<&Vault>, value: &SecureValue) -> Result<SavedElement, VaultError> {
    let kind = value.kind;
    let mut flaws = Vec::new();
    let mut element = Element::empty(kind);
    match value.data.as_ref().filter(|data| !data.is_empty()) {
        None => {}
        Some(_) if kind.presence(PartKind::Data) == Presence::MustNot => {
            flaws.push(SavedFlaw::UnexpectedPart(PartKind::Data));
        }
        Some(data) => match read_data(vault, kind, data) {
            Ok((read, odd)) => {
                element = read;
                flaws.extend(odd.into_iter().map(SavedFlaw::Field));
            }
            Err(Unreadable::Data(OpenError::Locked(locked))) => return Err(locked),
            Err(reason) => {
                let content = SavedContent::Unreadable(reason);
                return Ok(SavedElement { kind, content, flaws, sight: Sight::Whole });
            }
        },
    }
    read_plain(value.plain_data.as_ref(), &mut element, &mut flaws);
    for (part, file) in value.parts.iter() {
        if let Some(flaw) = file_flaw(vault, part, file)? {
            flaws.push(flaw);
        }
        let unexpected = SavedFlaw::UnexpectedPart(part.kind());
        if element.attach(part.kind(), saved_file(file)).is_err() && !flaws.contains(&unexpected) {
            flaws.push(unexpected);
        }
    }
    flaws.extend(SavedFlaw::of_rules(&element));
    let content = SavedContent::Readable(Box::new(element));
    Ok(SavedElement { kind, content, flaws, sight: Sight::Whole })
}

fn read_data(
    vault: Option<&Vault>,
    kind: ElementType,
    data: &SecureData,
) -> Result<(Element<SavedFile>, Vec<crate::element::Flaw>), Unreadable> {
    let vault = vault.ok_or(Unreadable::NoSecret)?;
    let sealed = convert::sealed_data(data).map_err(Unreadable::Description)?;
    let json = vault.open_data(&sealed).map_err(Unreadable::Data)?;
    Element::read_data(kind, &json).map_err(Unreadable::Content)
}

fn read_plain(plain: Option<&SecurePlainData>, element: &mut Element<SavedFile>, flaws: &mut Vec<SavedFlaw>) {
    match (plain, element) {
        (None, _) => {}
        (Some(SecurePlainData::Phone(stored)), Element::PhoneNumber(number)) => number.clone_from(stored),
        (Some(SecurePlainData::Email(stored)), Element::Email(email)) => email.clone_from(stored),
        _ => flaws.push(SavedFlaw::UnexpectedPart(PartKind::Plain)),
    }
}

/// The secret of a file is tried at once; its content only when it is downloaded.
fn file_flaw(vault: Option<&Vault>, part: Part, file: &SecureFile) -> Result<Option<SavedFlaw>, VaultError> {
    let Some(vault) = vault else { return Ok(Some(SavedFlaw::FileWithoutSecret { part })) };
    let (hash, secret) = match convert::file_keys(file) {
        Ok(keys) => keys,
        Err(reason) => return Ok(Some(SavedFlaw::FileDescription { part, reason })),
    };
    match vault.open_secret(&hash, &secret) {
        Ok(_) => Ok(None),
        Err(OpenError::Locked(locked)) => Err(locked),
        Err(reason) => Ok(Some(SavedFlaw::FileSecret { part, reason })),
    }
}

/// A file of the server's as this engine gives it out.
pub(super) fn saved_file(file: &SecureFile) -> SavedFile {
    let told = ToldOfFile {
        id: Some(file.id),
        date: file.date,
        // A server that does not tell it says 0 (`secureFile.size`).
        ciphertext_size: Some(file.size).filter(|size| *size > 0),
        name: file.file_hash.clone(),
    };
    SavedFile::new(told, Handle::new(file.clone()))
}
