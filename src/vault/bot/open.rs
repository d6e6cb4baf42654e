//! The bot's side: opening a share, strictly.
//!
//! It refuses on cryptography and structure alone. What the contents look like is for the reader of the contents.

use std::cmp::Ordering;
use std::io;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::mismatch::{Expected, contents_error, open_contents};
use super::opened_credentials::OpenedCredentials;
use super::opened_share::{OpenedData, OpenedElement, OpenedFile, OpenedShare};
use super::passport_data::{EncryptedPassportElement, PassportData, PassportFile};
use super::private_key::BotPrivateKey;
use super::share_error::{ShareError, SharedPart};
use crate::element::{Element, EmailAddress, PartKind, PhoneNumber};
use crate::vault::credentials::{ElementCredentials, PartCredentials};
use crate::vault::file::FileContents;

impl PassportData {
    /// Opens everything, or refuses everything; elements of kinds that this version does not know stay sealed, and are
    /// named ([`OpenedShare::unknown`]).
    ///
    /// `nonce` is what the request carried, if the caller wants it compared here; whoever does not must compare
    /// [`OpenedCredentials::nonce`], and accept each nonce only once. `ciphertext` fetches a file.
    ///
    /// # Errors
    ///
    /// See [`ShareError`].
    pub fn open(
        &self,
        key: &BotPrivateKey,
        nonce: Option<&str>,
        mut ciphertext: impl FnMut(&PassportFile) -> io::Result<Vec<u8>>,
    ) -> Result<OpenedShare, ShareError> {
        self.open_elements(key, nonce, |element, credentials| element.open(credentials, &mut ciphertext))
    }

    /// Opens everything but the files, which stay sealed: for a bot that has not downloaded them. All else is
    /// checked as [`open`](Self::open) checks it; the elements have no files, and [`OpenedElement::files`] is empty.
    ///
    /// # Errors
    ///
    /// See [`ShareError`].
    pub fn open_data(&self, key: &BotPrivateKey, nonce: Option<&str>) -> Result<OpenedShare, ShareError> {
        self.open_elements(key, nonce, EncryptedPassportElement::open_data)
    }

    fn open_elements(
        &self,
        key: &BotPrivateKey,
        nonce: Option<&str>,
        mut open: impl FnMut(&EncryptedPassportElement, &OpenedCredentials) -> Result<OpenedElement, ShareError>,
    ) -> Result<OpenedShare, ShareError> {
        let credentials = self.open_credentials(key)?;
        if nonce.is_some_and(|nonce| !bool::from(nonce.as_bytes().ct_eq(credentials.nonce().as_bytes()))) {
            return Err(ShareError::OtherNonce { name: credentials.nonce_name() });
        }
        self.check_same_elements(&credentials)?;
        let mut elements = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            elements.push(open(element, &credentials)?);
        }
        Ok(OpenedShare { credentials, elements, unknown: self.unknown.clone() })
    }

    /// Opens the credentials alone.
    ///
    /// # Errors
    ///
    /// The [`ShareError`]s about credentials.
    pub fn open_credentials(&self, key: &BotPrivateKey) -> Result<OpenedCredentials, ShareError> {
        let sealed = &self.credentials;
        let secret = key.decrypt(&sealed.secret)?;
        let part = PartCredentials { hash: sealed.hash, secret };
        let json =
            open_contents(&sealed.data, &part, Expected::Json).map_err(ShareError::CredentialsContents)?;
        Ok(OpenedCredentials::parse(&json)?)
    }

    /// Each shared element has credentials and the other way round, except the two plain kinds.
    fn check_same_elements(&self, credentials: &OpenedCredentials) -> Result<(), ShareError> {
        for element in &self.elements {
            if element.plain.is_none() && credentials.element(element.kind).is_none() {
                return Err(ShareError::NoCredentials { kind: element.kind });
            }
        }
        for kind in credentials.kinds() {
            if !self.elements.iter().any(|element| element.kind == kind) {
                return Err(ShareError::NotShared { kind });
            }
        }
        // Whether one that nobody here knows needs credentials cannot be told: a phone number does not.
        if let Some(name) =
            credentials.unknown().find(|name| !self.unknown.iter().any(|shared| shared == name))
        {
            return Err(ShareError::UnknownNotShared { name: name.to_owned() });
        }
        Ok(())
    }
}

impl EncryptedPassportElement {
    /// Opens this element alone. `ciphertext` fetches a file.
    ///
    /// # Errors
    ///
    /// See [`ShareError`].
    pub fn open(
        &self,
        credentials: &OpenedCredentials,
        mut ciphertext: impl FnMut(&PassportFile) -> io::Result<Vec<u8>>,
    ) -> Result<OpenedElement, ShareError> {
        let mut opened = self.open_data(credentials)?;
        let none = ElementCredentials::default();
        let own = self.own_credentials(credentials, &none)?;
        for (part, file) in self.parts.iter_by_name() {
            let place = SharedPart { kind: self.kind, file: Some(part) };
            let part_credentials = own.parts.get(part).ok_or(ShareError::NoPartCredentials { place })?;
            let sealed = ciphertext(file).map_err(|source| ShareError::FileUnavailable { place, source })?;
            let actual = sealed.len() as u64;
            if let Some(stated) = file.file_size.filter(|stated| *stated != actual) {
                return Err(ShareError::FileSize { place, stated, actual });
            }
            let contents = open_contents(&sealed, part_credentials, Expected::Jpeg)
                .map_err(|reason| contents_error(place, reason, &sealed, credentials))?;
            if opened.element.attach(part.kind(), contents.into()).is_err() {
                return Err(ShareError::PartNotAllowed { place });
            }
            opened.files.push(OpenedFile { part, hash: part_credentials.hash, file: file.clone() });
        }
        Ok(opened)
    }

    /// Opens this element without its files.
    fn open_data(&self, credentials: &OpenedCredentials) -> Result<OpenedElement, ShareError> {
        let none = ElementCredentials::default();
        let own = self.own_credentials(credentials, &none)?;
        self.check_same_parts(own)?;
        let (element, data) = match (&self.data, &own.data) {
            (Some(data), Some(part)) => {
                let (element, data) = self.read_data(data, part, credentials)?;
                (element, Some(data))
            }
            _ => (self.without_data(), None),
        };
        Ok(OpenedElement { element, hash: self.hash.clone(), data, files: Vec::new() })
    }

    /// What the credentials hold for this element; `none` for the two plain kinds.
    fn own_credentials<'a>(
        &self,
        credentials: &'a OpenedCredentials,
        none: &'a ElementCredentials,
    ) -> Result<&'a ElementCredentials, ShareError> {
        match credentials.element(self.kind) {
            Some(own) => Ok(own),
            None if self.plain.is_some() => Ok(none),
            None => Err(ShareError::NoCredentials { kind: self.kind }),
        }
    }

    /// The element before anything is opened: with its phone number or e-mail address, if it is one.
    fn without_data(&self) -> Element<FileContents> {
        let mut element = Element::empty(self.kind);
        let plain = self.plain.as_ref().map(|plain| plain.to_string()).unwrap_or_default();
        match &mut element {
            Element::PhoneNumber(PhoneNumber(number)) => *number = plain,
            Element::Email(EmailAddress(address)) => *address = plain,
            _ => drop(Zeroizing::new(plain)),
        }
        element
    }

    fn read_data(
        &self,
        data: &[u8],
        part: &PartCredentials,
        credentials: &OpenedCredentials,
    ) -> Result<(Element<FileContents>, OpenedData), ShareError> {
        let kind = self.kind;
        let place = SharedPart { kind, file: None };
        let mut bytes = open_contents(data, part, Expected::Json)
            .map_err(|reason| contents_error(place, reason, data, credentials))?;
        let (element, flaws) =
            Element::read_data(kind, &bytes).map_err(|reason| ShareError::DataUnreadable { kind, reason })?;
        // Taken out rather than copied, so that there is one buffer to wipe.
        let json = String::from_utf8(std::mem::take(&mut *bytes)).expect("what was read is UTF-8");
        Ok((element, OpenedData { json: Zeroizing::new(json), flaws, hash: part.hash }))
    }

    /// Each shared part has credentials and the other way round.
    fn check_same_parts(&self, credentials: &ElementCredentials) -> Result<(), ShareError> {
        let kind = self.kind;
        let pair = |file, is_shared: bool, has_credentials: bool| {
            let place = SharedPart { kind, file };
            match (is_shared, has_credentials) {
                (true, false) => Err(ShareError::NoPartCredentials { place }),
                (false, true) => Err(ShareError::PartNotShared { place }),
                _ => Ok(()),
            }
        };
        pair(None, self.data.is_some(), credentials.data.is_some())?;
        for part in PartKind::BY_NAME {
            let (files, credentials) = (self.parts.of(part).len(), credentials.parts.of(part).len());
            if !part.is_list() {
                pair(part.at(0), files > 0, credentials > 0)?;
                continue;
            }
            match files.cmp(&credentials) {
                Ordering::Greater => {
                    return Err(ShareError::MoreFiles { kind, part, files, credentials });
                }
                Ordering::Less => {
                    return Err(ShareError::FewerFiles { kind, part, files, credentials });
                }
                Ordering::Equal => {}
            }
        }
        Ok(())
    }
}
