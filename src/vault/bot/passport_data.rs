use std::fmt;

use zeroize::Zeroizing;

use super::json::{Json, JsonError, Node};
use crate::element::{ElementType, PartKind, Parts, Presence, UnixTime};
use crate::vault::credentials::EncryptedCredentials;
use crate::vault::secret::ValueHash;

/// What a bot receives when a person shares: the Bot API's `PassportData`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassportData {
    /// `data`: the shared elements of the 13 kinds, each at most once.
    pub elements: Vec<EncryptedPassportElement>,
    /// The names of shared elements of a `type` that is none of the 13: a newer Telegram has it. They are left sealed.
    pub unknown: Vec<String>,
    /// `credentials`
    pub credentials: EncryptedCredentials,
}

/// One shared element, still sealed: the Bot API's `EncryptedPassportElement`.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedPassportElement {
    /// `type`
    pub kind: ElementType,
    /// `hash`: names this version of the element in `setPassportDataErrors`; opaque.
    pub hash: Vec<u8>,
    /// `data`: ciphertext.
    pub data: Option<Vec<u8>>,
    /// `phone_number` or `email`, in the clear.
    pub plain: Option<Zeroizing<String>>,
    /// `files`, `front_side`, `reverse_side`, `selfie` and `translation`.
    pub parts: Parts<PassportFile>,
}

impl fmt::Debug for EncryptedPassportElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedPassportElement")
            .field("kind", &self.kind)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

/// A sealed file that the bot can download: the Bot API's `PassportFile`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassportFile {
    /// `file_id`, for `getFile`.
    pub file_id: String,
    /// `file_unique_id`
    pub file_unique_id: String,
    /// `file_size`: the ciphertext's length in bytes.
    pub file_size: Option<u64>,
    /// `file_date`: when it was uploaded.
    pub file_date: UnixTime,
}

/// A departure from the Bot API's documentation that the caller is willing to accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Allow {
    /// Files without `file_size`: Telegram itself has sent them.
    MissingFileSize,
}

/// Why a JSON text is not a `PassportData`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassportDataError {
    /// The structure is wrong.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Neither an Update nor a Message nor a `PassportData` with passport data inside.
    #[error("there is no passport_data in the update")]
    NotFound,
    /// Several updates with passport data: several shares, each to be opened by itself.
    #[error("{count} updates hold passport_data; only one can be opened at a time")]
    Several {
        /// How many.
        count: usize,
    },
    /// A `type` that can be none, however new Telegram is: types are short names.
    #[error("{at} is no kind of Passport element")]
    NoType {
        /// The member.
        at: String,
    },
    /// Two elements of one kind.
    #[error("{at}: there is another {kind} before it")]
    Duplicate {
        /// The second element.
        at: String,
        /// The kind of both, by its name.
        kind: String,
    },
    /// A part that this kind does not have: damage, or the element's type was exchanged.
    #[error("{at}: no element of type {kind} has {part}; the type may have been exchanged")]
    PartNotAllowed {
        /// The element.
        at: String,
        /// Its kind.
        kind: ElementType,
        /// The part.
        part: PartKind,
    },
    /// A hash has 32 bytes.
    #[error("{at} has {length} bytes instead of 32")]
    HashLength {
        /// The member.
        at: String,
        /// Its length once decoded.
        length: usize,
    },
}

impl PassportData {
    /// Reads the JSON of an Update (as a webhook gets it), of what getUpdates answers if just one of its updates
    /// holds passport data, of a Message, or of a `PassportData` itself, strictly.
    ///
    /// # Errors
    ///
    /// See [`PassportDataError`].
    pub fn parse(json: &str, allow: &[Allow]) -> Result<Self, PassportDataError> {
        let json = Json::parse(json, "the update")?;
        let root = find(json.root())?.named("passport_data").object()?;
        let (mut elements, mut unknown) = (Vec::<EncryptedPassportElement>::new(), Vec::<String>::new());
        for node in root.required("data")?.items()? {
            let at = node.at.clone();
            let node = node.object()?;
            let name = node.required("type")?;
            let Some(kind) = ElementType::from_name(name.text()?) else {
                let name = unknown_type(name.text()?).ok_or(PassportDataError::NoType { at: name.at })?;
                if unknown.contains(&name) {
                    return Err(PassportDataError::Duplicate { at, kind: name });
                }
                unknown.push(name);
                continue;
            };
            if elements.iter().any(|earlier| earlier.kind == kind) {
                return Err(PassportDataError::Duplicate { at, kind: kind.name().to_owned() });
            }
            elements.push(parse_element(node, kind, allow)?);
        }
        let credentials = parse_credentials(&root.required("credentials")?.object()?)?;
        Ok(Self { elements, unknown, credentials })
    }
}

/// The longest name of a type; Telegram's have up to 22 characters.
const LONGEST_TYPE: usize = 64;

/// A name that the type of a newer Telegram may have.
pub(super) fn unknown_type(name: &str) -> Option<String> {
    let is_name =
        (1..=LONGEST_TYPE).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| name.to_owned())
}

/// Where an Update holds a Message.
const MESSAGES: [&str; 6] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "edited_business_message",
];

/// The `PassportData` in what getUpdates answered, in an Update, in a Message, or itself.
fn find(root: Node<'_>) -> Result<Node<'_>, PassportDataError> {
    let list = root.optional("result").unwrap_or_else(|| root.clone());
    let Ok(updates) = list.items() else {
        return find_in_one(root).ok_or(PassportDataError::NotFound);
    };
    let mut found: Vec<Node<'_>> = updates.filter_map(find_in_one).collect();
    match (found.len(), found.pop()) {
        (1, Some(data)) => Ok(data),
        (0, _) => Err(PassportDataError::NotFound),
        (count, _) => Err(PassportDataError::Several { count }),
    }
}

fn find_in_one(root: Node<'_>) -> Option<Node<'_>> {
    if let Some(data) = root.optional("passport_data") {
        return Some(data);
    }
    for name in MESSAGES {
        if let Some(data) = root.optional(name).and_then(|message| message.optional("passport_data")) {
            return Some(data);
        }
    }
    let is_itself = root.optional("credentials").is_some_and(|credentials| credentials.is_object());
    is_itself.then_some(root)
}

fn parse_credentials(node: &Node<'_>) -> Result<EncryptedCredentials, PassportDataError> {
    let hash = node.required("hash")?;
    let bytes = hash.base64()?;
    let hash = ValueHash::try_from(bytes.as_slice())
        .map_err(|error| PassportDataError::HashLength { at: hash.at, length: error.length })?;
    Ok(EncryptedCredentials {
        data: node.required("data")?.base64()?.to_vec(),
        hash,
        secret: node.required("secret")?.base64()?.to_vec(),
    })
}

fn parse_element(
    node: Node<'_>,
    kind: ElementType,
    allow: &[Allow],
) -> Result<EncryptedPassportElement, PassportDataError> {
    let refuse_unless_allowed = |part: PartKind| match kind.presence(part) {
        Presence::MustNot => Err(PassportDataError::PartNotAllowed { at: node.at.clone(), kind, part }),
        Presence::Must | Presence::May => Ok(()),
    };

    let mut element = EncryptedPassportElement {
        kind,
        hash: node.required("hash")?.base64()?.to_vec(),
        data: None,
        plain: None,
        parts: Parts::default(),
    };
    if let Some(data) = node.optional("data") {
        // TDLib stores empty data with the five kinds that have none.
        if !(data.text()?.is_empty() && kind.is_personal_document()) {
            refuse_unless_allowed(PartKind::Data)?;
            element.data = Some(data.base64()?.to_vec());
        }
    }
    for (name, owner) in [("phone_number", ElementType::PhoneNumber), ("email", ElementType::Email)] {
        if kind == owner {
            element.plain = Some(Zeroizing::new(node.required(name)?.text()?.to_owned()));
        } else if node.optional(name).is_some() {
            return Err(PassportDataError::PartNotAllowed {
                at: node.at.clone(),
                kind,
                part: PartKind::Plain,
            });
        }
    }
    element.parts = node.parts(|part, file| {
        refuse_unless_allowed(part.kind())?;
        parse_file(file, allow)
    })?;
    Ok(element)
}

fn parse_file(node: Node<'_>, allow: &[Allow]) -> Result<PassportFile, PassportDataError> {
    let node = node.object()?;
    let file_size = match node.required("file_size") {
        Ok(size) => Some(size.size()?),
        Err(_) if allow.contains(&Allow::MissingFileSize) => None,
        Err(missing) => return Err(missing.into()),
    };
    Ok(PassportFile {
        file_id: node.required("file_id")?.text()?.to_owned(),
        file_unique_id: node.required("file_unique_id")?.text()?.to_owned(),
        file_size,
        file_date: node.required("file_date")?.time()?,
    })
}
