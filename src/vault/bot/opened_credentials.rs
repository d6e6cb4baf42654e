use std::fmt;

use zeroize::Zeroizing;

use super::json::{Json, JsonError, Node};
use super::passport_data::unknown_type;
use crate::element::ElementType;
#[cfg(test)]
use crate::vault::credentials::Credentials;
use crate::vault::credentials::{ElementCredentials, NonceName, PartCredentials};
use crate::vault::secret::{LengthError, SecretError, ValueHash, ValueSecret};

/// Credentials as the bot opened them.
pub struct OpenedCredentials {
    nonce_name: NonceName,
    nonce: Zeroizing<String>,
    elements: Vec<(ElementType, ElementCredentials)>,
    unknown: Vec<String>,
}

/// Why opened credentials are not what a client writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The contents are not UTF-8.
    #[error("the credentials are not UTF-8")]
    NotUtf8,
    /// The structure is wrong.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Neither `nonce` nor `payload`.
    #[error("the credentials carry no nonce (neither nonce nor payload)")]
    NonceMissing,
    /// `nonce` and `payload`; clients write exactly one.
    #[error("the credentials carry both nonce and payload")]
    NonceTwice,
    /// A member of `secure_data` whose name can be no kind of element, however new Telegram is.
    #[error("the credentials name something that is no kind of Passport element")]
    NoType,
    /// Phone numbers and e-mail addresses are not sealed, so they have no credentials.
    #[error("the credentials name {kind}, which is not sealed")]
    PlainKind {
        /// The kind.
        kind: ElementType,
    },
    /// A hash that is not one.
    #[error("{at}: {error}")]
    Hash {
        /// The member.
        at: String,
        /// What is wrong.
        error: LengthError,
    },
    /// A secret that is not one.
    #[error("{at}: {error}")]
    Secret {
        /// The member.
        at: String,
        /// What is wrong.
        error: SecretError,
    },
}

impl OpenedCredentials {
    /// `nonce`, or `payload` for a scope of the old form.
    #[must_use]
    pub fn nonce_name(&self) -> NonceName {
        self.nonce_name
    }

    /// The nonce, verbatim. It must be the one of a request that was made, and be accepted only once.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The kinds with credentials, in order.
    pub fn kinds(&self) -> impl Iterator<Item = ElementType> + '_ {
        self.elements.iter().map(|(kind, _)| *kind)
    }

    /// The credentials of one element.
    #[must_use]
    pub fn element(&self, kind: ElementType) -> Option<&ElementCredentials> {
        self.elements.iter().find(|(present, _)| *present == kind).map(|(_, element)| element)
    }

    /// The names of elements with credentials that are none of the 13 kinds.
    pub fn unknown(&self) -> impl Iterator<Item = &str> + '_ {
        self.unknown.iter().map(String::as_str)
    }

    /// As they were before they were sealed, without those of unknown kinds.
    #[cfg(test)]
    pub(in crate::vault) fn into_credentials(self) -> Credentials {
        let mut credentials = Credentials::new(self.nonce_name, self.nonce.as_str());
        for (kind, element) in self.elements {
            credentials.insert(kind, element);
        }
        credentials
    }

    pub(in crate::vault) fn parse(json: &[u8]) -> Result<Self, CredentialsError> {
        let text = std::str::from_utf8(json).map_err(|_| CredentialsError::NotUtf8)?;
        let json = Json::parse(text, "credentials")?;
        let root = json.root().object()?;
        let (mut elements, mut unknown) = (Vec::new(), Vec::new());
        for (name, node) in root.required("secure_data")?.members()? {
            let Some(kind) = ElementType::from_name(name) else {
                unknown.push(unknown_type(name).ok_or(CredentialsError::NoType)?);
                continue;
            };
            if matches!(kind, ElementType::PhoneNumber | ElementType::Email) {
                return Err(CredentialsError::PlainKind { kind });
            }
            elements.push((kind, parse_element(&node.object()?)?));
        }
        let (nonce_name, nonce) = match (root.optional("nonce"), root.optional("payload")) {
            (Some(nonce), None) => (NonceName::Nonce, nonce),
            (None, Some(payload)) => (NonceName::Payload, payload),
            (None, None) => return Err(CredentialsError::NonceMissing),
            (Some(_), Some(_)) => return Err(CredentialsError::NonceTwice),
        };
        Ok(Self { nonce_name, nonce: Zeroizing::new(nonce.text()?.to_owned()), elements, unknown })
    }
}

impl fmt::Debug for OpenedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedCredentials")
            .field("nonce_name", &self.nonce_name)
            .field("kinds", &self.kinds().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn parse_element(node: &Node<'_>) -> Result<ElementCredentials, CredentialsError> {
    let mut element = ElementCredentials::default();
    if let Some(data) = node.optional("data") {
        element.data = Some(parse_part(data, "data_hash")?);
    }
    element.parts = node.parts(|_, file| parse_part(file, "file_hash"))?;
    Ok(element)
}

fn parse_part(node: Node<'_>, hash_name: &str) -> Result<PartCredentials, CredentialsError> {
    let node = node.object()?;
    let hash = node.required(hash_name)?;
    let secret = node.required("secret")?;
    Ok(PartCredentials {
        hash: ValueHash::try_from(hash.base64()?.as_slice())
            .map_err(|error| CredentialsError::Hash { at: hash.at, error })?,
        secret: ValueSecret::from_bytes(&secret.base64()?)
            .map_err(|error| CredentialsError::Secret { at: secret.at, error })?,
    })
}
