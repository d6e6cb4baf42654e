use std::io;
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Vaulted;
use super::check::check_saved;
use super::history::Asked;
use super::read::saved_file;
use super::session::{Locked, Unlocked};
use super::upload::Upload;
use crate::cloud::{
    CloudError, InputSecureFile, InputSecureValue, SecureCloud, SecureFile, SecurePlainData, SecureValue,
};
use crate::element::{Element, Part};
use crate::passport::cancel::LAST_WORD;
use crate::passport::refusal::refused;
use crate::passport::saving::save_problems;
use crate::passport::{
    Cancel, FileSource, Refusal, SaveError, SaveOptions, SaveProblem, SavedContent, SavedElement, Sight,
    TamperedAnswer, convert,
};
use crate::vault::{OpenError, SealedData, SealedFile, Vault, generate_file_id};

refused!(SaveError: Locked);

/// An element sealed and ready to be sent.
struct Sealed {
    /// What it says, without its files.
    element: Element<Part>,
    data: Option<SealedData>,
    plain_data: Option<SecurePlainData>,
    uploads: Vec<Upload>,
    kept: Vec<(Part, SecureFile)>,
}

pub(super) async fn save<C: SecureCloud>(
    vaulted: &Vaulted<C>,
    element: Element<FileSource>,
    options: &SaveOptions,
) -> Result<SavedElement, SaveError> {
    let problems = save_problems(&element);
    if !problems.is_empty() {
        return Err(SaveError::Flawed { kind: element.kind(), problems });
    }
    let cancel = options.cancel.as_ref();
    let line = Cancel::unless(cancel, vaulted.lines.to_save(element.kind())).await;
    let _line = line.ok_or(SaveError::Cancelled)?;
    let vault = vaulted.vault_for_saving()?;
    let sealing = Arc::clone(&vault);
    let mut sealed =
        spawn_blocking(move || seal(&sealing, element)).await.expect("the vault does not panic")?;
    let uploaded = Cancel::unless(cancel, vaulted.upload_all(&sealed.uploads, &options.progress)).await;
    uploaded.ok_or(SaveError::Cancelled)??;
    let asked = vaulted.history.asks();
    match vaulted.store(&sealed, &vault, cancel).await? {
        Err(CloudError::SecureSecretInvalid) => {
            vaulted.session.lock();
            let password = options.password.as_ref().ok_or(SaveError::SecretChanged)?;
            vaulted.unlock_session(password).await.map_err(SaveError::Reload)?;
            let current = vaulted.vault_for_saving()?;
            sealed.wrap_under(&vault, &current)?;
            let answer = vaulted.store(&sealed, &current, cancel).await?;
            vaulted.stored_element(asked, &sealed, answer)
        }
        Err(CloudError::FilePartMissing { part }) => {
            vaulted.upload_again(&sealed.uploads, part).await?;
            let answer = vaulted.store(&sealed, &vault, cancel).await?;
            vaulted.stored_element(asked, &sealed, answer)
        }
        answer => vaulted.stored_element(asked, &sealed, answer),
    }
}

impl<C: SecureCloud> Vaulted<C> {
    fn vault_for_saving(&self) -> Result<Arc<Vault>, SaveError> {
        match self.session.unlocked()? {
            Unlocked::NoSecret => Err(SaveError::Refused(Refusal::NoSecret)),
            Unlocked::Open(vault) => Ok(vault),
        }
    }

    /// Sends what was sealed, unless the save is cancelled before. Cancelled after that, it looks at what is stored: the
    /// answer may have been lost when the time for it was over.
    async fn store(
        &self,
        sealed: &Sealed,
        vault: &Vault,
        cancel: Option<&Cancel>,
    ) -> Result<Result<SecureValue, CloudError>, SaveError> {
        if cancel.is_some_and(Cancel::is_cancelled) {
            return Err(SaveError::Cancelled);
        }
        let saving = self.cloud.save_secure_value(sealed.input(), vault.secret_id().0);
        if let Some(answer) = Cancel::last_word(cancel, saving).await {
            return Ok(answer);
        }
        let stored = timeout(LAST_WORD, self.cloud.secure_values(&[sealed.element.kind()])).await;
        let stored = stored.ok().and_then(Result::ok).into_iter().flatten();
        let is_this = |value: &SecureValue| check_saved(&sealed.input(), &sealed.kept, value).is_ok();
        stored.into_iter().find(is_this).map(Ok).ok_or_else(|| {
            let silent = io::Error::from(io::ErrorKind::TimedOut);
            SaveError::Refused(Refusal::OutcomeUnknown(Arc::new(silent)))
        })
    }

    fn stored_element(
        &self,
        asked: Asked,
        sealed: &Sealed,
        answer: Result<SecureValue, CloudError>,
    ) -> Result<SavedElement, SaveError> {
        let value = answer.inspect_err(|error| match error {
            CloudError::SecureSecretRequired => self.session.has_no_secret(),
            CloudError::SecureSecretInvalid => self.session.lock(),
            _ => {}
        })?;
        check_saved(&sealed.input(), &sealed.kept, &value)?;
        self.history.saved(asked, &value);
        // It is stored, and as it was sent: even if the vault has locked itself meanwhile, this is what it says.
        Ok(sealed.as_saved(&value)?)
    }
}

/// Seals the data and the new files, and makes sure that the kept ones are still worth keeping.
fn seal(vault: &Vault, element: Element<FileSource>) -> Result<Sealed, SaveError> {
    let kind = element.kind();
    let data = match element.write_data() {
        Ok(Some(json)) => Some(vault.seal_data(&json)?),
        Ok(None) => None,
        Err(invalid) => {
            let problems = invalid.problems.into_iter().map(SaveProblem::Rule).collect();
            return Err(SaveError::Flawed { kind, problems });
        }
    };
    let plain_data = match &element {
        Element::PhoneNumber(number) => Some(SecurePlainData::Phone(number.clone())),
        Element::Email(email) => Some(SecurePlainData::Email(email.clone())),
        _ => None,
    };
    let mut uploads = Vec::new();
    let mut kept = Vec::new();
    for (part, source) in element.files() {
        if let Some(contents) = source.to_upload() {
            let sealed = vault.seal_file(contents)?;
            uploads.push(Upload::new(part, sealed, generate_file_id()));
        } else if let FileSource::Keep(file) = source {
            let file: &SecureFile = file.handle().ok_or(SaveError::OtherEngine { part })?;
            check_kept(vault, part, file)?;
            kept.push((part, file.clone()));
        }
    }
    Ok(Sealed { element: element.map_files(|part, _| part), data, plain_data, uploads, kept })
}

/// A kept file stays wrapped as it is stored, so the present passport secret must open it.
fn check_kept(vault: &Vault, part: Part, file: &SecureFile) -> Result<(), SaveError> {
    let (hash, secret) = convert::file_keys(file).map_err(|_| SaveError::CannotKeep { part })?;
    match vault.open_secret(&hash, &secret) {
        Ok(_) => Ok(()),
        Err(OpenError::Locked(_)) => Err(SaveError::Refused(Refusal::Locked)),
        Err(_) => Err(SaveError::CannotKeep { part }),
    }
}

impl Sealed {
    fn input(&self) -> InputSecureValue {
        let mut input = InputSecureValue::empty(self.element.kind());
        input.data = self.data.as_ref().map(convert::secure_data);
        input.plain_data.clone_from(&self.plain_data);
        let uploaded = self.uploads.iter().map(|upload| (upload.part, upload.input()));
        let kept = self.kept.iter().map(|(part, file)| {
            (*part, InputSecureFile::Stored { id: file.id, access_hash: file.access_hash })
        });
        let mut files: Vec<_> = uploaded.chain(kept).collect();
        files.sort_by_key(|(part, _)| *part);
        input.parts = files.into_iter().collect();
        input
    }

    /// The element with the files that the server answered for it.
    fn as_saved(&self, value: &SecureValue) -> Result<SavedElement, TamperedAnswer> {
        let kind = self.element.kind();
        let mut element = self.element.clone().try_map_files(|part, _| {
            let file = value.parts.get(part).ok_or(TamperedAnswer::OtherFile { kind, part })?;
            Ok(saved_file(file))
        })?;
        match (&mut element, &value.plain_data) {
            (Element::PhoneNumber(number), Some(SecurePlainData::Phone(stored))) => number.clone_from(stored),
            (Element::Email(email), Some(SecurePlainData::Email(stored))) => email.clone_from(stored),
            _ => {}
        }
        let content = SavedContent::Readable(Box::new(element));
        Ok(SavedElement { kind, content, flaws: Vec::new(), sight: Sight::Whole })
    }

    /// Wraps every secret anew for another passport secret; what is uploaded already stays. Kept files cannot
    /// follow.
    fn wrap_under(&mut self, old: &Vault, new: &Vault) -> Result<(), SaveError> {
        if let Some((part, _)) = self.kept.first() {
            return Err(SaveError::CannotKeep { part: *part });
        }
        if let Some(data) = &mut self.data {
            let secret =
                old.open_secret(&data.hash, &data.secret).map_err(|_| SaveError::Refused(Refusal::Locked))?;
            data.secret = new.seal_secret(&data.hash, &secret)?;
        }
        for SealedFile { hash, secret, .. } in self.uploads.iter_mut().map(|upload| &mut upload.sealed) {
            let opened = old.open_secret(hash, secret).map_err(|_| SaveError::Refused(Refusal::Locked))?;
            *secret = new.seal_secret(hash, &opened)?;
        }
        Ok(())
    }
}
