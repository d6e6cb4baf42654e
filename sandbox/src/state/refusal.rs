use telegram_passport::cloud::CloudError;
use telegram_passport::element::PartKind;

/// Why a call is refused, where [`CloudError`] has no case for it: by Telegram's own name where it documents one, else
/// by one in its manner. All are RPC errors of code 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerRefusal {
    /// A scope breaks the manual's rules.
    ScopeInvalid,
    /// An element is given that no row of the form names, or is given twice.
    ValueNotRequested,
    /// A row of the form has nothing that satisfies it.
    ValueRequired,
    /// The bot still objects to something that is to be shared.
    ErrorsUnresolved,
    /// Credentials that cannot be any, by their sizes.
    CredentialsInvalid,
    /// An objection to something that this kind of element has not.
    ErrorInvalid,
    /// An element has not the parts that its kind has.
    Part(PartKind, PartFault),
    /// A file that the caller does not hold.
    FileIdInvalid,
    /// A range of a file that begins in the wrong place.
    OffsetInvalid,
    /// A range of a file that is too long, or of no even length.
    LimitInvalid,
    /// A part of an upload with a number that none has.
    FilePartInvalid,
    /// A part of an upload without bytes.
    FilePartEmpty,
    /// A part of an upload above 512 KiB.
    FilePartTooBig,
    /// An upload has other parts than are stated.
    FilePartsInvalid,
    /// The parts of an upload have a size that parts may not have.
    FilePartSizeInvalid,
    /// The parts of an upload have different sizes.
    FilePartSizeChanged,
    /// An upload has another checksum than is stated.
    Md5ChecksumInvalid,
    /// A name that an account may not have.
    FirstNameInvalid,
    /// Somebody has this number already.
    PhoneNumberOccupied,
}

/// What is wrong with a part of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartFault {
    /// It must be there.
    Required,
    /// It must not be there.
    NotAllowed,
    /// There are too many files.
    TooMuch,
    /// It cannot be ciphertext, by its size.
    Invalid,
}

impl From<ServerRefusal> for CloudError {
    fn from(refusal: ServerRefusal) -> Self {
        use ServerRefusal as Refusal;
        let name = match refusal {
            Refusal::ScopeInvalid => "SCOPE_INVALID",
            Refusal::ValueNotRequested => "SECURE_VALUE_NOT_REQUESTED",
            Refusal::ValueRequired => "SECURE_VALUE_REQUIRED",
            Refusal::ErrorsUnresolved => "SECURE_VALUE_ERRORS_UNRESOLVED",
            Refusal::CredentialsInvalid => "SECURE_CREDENTIALS_INVALID",
            Refusal::ErrorInvalid => "SECURE_VALUE_ERROR_INVALID",
            Refusal::Part(part, fault) => {
                let fault = match fault {
                    PartFault::Required => "REQUIRED",
                    PartFault::NotAllowed => "NOT_ALLOWED",
                    PartFault::TooMuch => "TOO_MUCH",
                    PartFault::Invalid => "INVALID",
                };
                let part = part.name().to_ascii_uppercase();
                return Self::from_rpc(400, &format!("SECURE_VALUE_{part}_{fault}"));
            }
            Refusal::FileIdInvalid => "FILE_ID_INVALID",
            Refusal::OffsetInvalid => "OFFSET_INVALID",
            Refusal::LimitInvalid => "LIMIT_INVALID",
            Refusal::FilePartInvalid => "FILE_PART_INVALID",
            Refusal::FilePartEmpty => "FILE_PART_EMPTY",
            Refusal::FilePartTooBig => "FILE_PART_TOO_BIG",
            Refusal::FilePartsInvalid => "FILE_PARTS_INVALID",
            Refusal::FilePartSizeInvalid => "FILE_PART_SIZE_INVALID",
            Refusal::FilePartSizeChanged => "FILE_PART_SIZE_CHANGED",
            Refusal::Md5ChecksumInvalid => "MD5_CHECKSUM_INVALID",
            Refusal::FirstNameInvalid => "FIRSTNAME_INVALID",
            Refusal::PhoneNumberOccupied => "PHONE_NUMBER_OCCUPIED",
        };
        Self::from_rpc(400, name)
    }
}

/// Why something cannot be done in a chat between a person and a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChatRefusal {
    /// No bot has this id.
    #[error("there is no such bot")]
    NoSuchBot,
    /// No account has this id.
    #[error("there is no such person")]
    NoSuchPerson,
    /// The bot has never heard of this person.
    #[error("the bot has no chat with this person")]
    ChatNotFound,
    /// The person has stopped the bot.
    #[error("the person has stopped the bot")]
    BotBlocked,
    /// There is nothing to say.
    #[error("the text is empty")]
    TextEmpty,
    /// More than 4096 UTF-16 code units.
    #[error("the text is too long")]
    TextTooLong,
    /// More than 1024 UTF-16 code units.
    #[error("the caption is too long")]
    CaptionTooLong,
    /// The message to answer is not in the chat.
    #[error("the message to be answered is not there")]
    RepliedMessageNotFound,
    /// The message to change is not in the chat.
    #[error("the message is not there")]
    EditedMessageNotFound,
    /// The message to delete is not in the chat.
    #[error("the message to be deleted is not there")]
    DeletedMessageNotFound,
    /// It is not the bot's.
    #[error("the message cannot be edited")]
    CannotBeEdited,
    /// It is older than two days.
    #[error("the message cannot be deleted")]
    CannotBeDeleted,
    /// It is as it is to become.
    #[error("the message would be as it is")]
    NotModified,
    /// It has no text that could be changed.
    #[error("the message has no text")]
    NoText,
    /// It has no words below a file that could be changed.
    #[error("the message has no caption")]
    NoCaption,
    /// No button of the message sends this.
    #[error("the message has no such button")]
    NoSuchButton,
    /// The press was answered already, or too long ago, or never was.
    #[error("the press on a button cannot be answered any more")]
    QueryTooOld,
    /// The bot has no such file.
    #[error("the bot has no such file")]
    FileNotFound,
}

impl ChatRefusal {
    /// What MTProto calls it; all are RPC errors of code 400.
    #[must_use]
    pub fn rpc_name(self) -> &'static str {
        match self {
            Self::NoSuchBot => "BOT_INVALID",
            Self::NoSuchPerson => "USER_ID_INVALID",
            Self::ChatNotFound => "PEER_ID_INVALID",
            Self::BotBlocked => "USER_IS_BLOCKED",
            Self::TextEmpty => "MESSAGE_EMPTY",
            Self::TextTooLong => "MESSAGE_TOO_LONG",
            Self::CaptionTooLong => "MEDIA_CAPTION_TOO_LONG",
            Self::RepliedMessageNotFound => "REPLY_MESSAGE_ID_INVALID",
            Self::EditedMessageNotFound | Self::DeletedMessageNotFound => "MESSAGE_ID_INVALID",
            Self::CannotBeEdited | Self::NoText | Self::NoCaption => "MESSAGE_EDIT_TIME_EXPIRED",
            Self::CannotBeDeleted => "MESSAGE_DELETE_FORBIDDEN",
            Self::NotModified => "MESSAGE_NOT_MODIFIED",
            Self::NoSuchButton => "DATA_INVALID",
            Self::QueryTooOld => "QUERY_ID_INVALID",
            Self::FileNotFound => "FILE_ID_INVALID",
        }
    }
}

impl From<ChatRefusal> for CloudError {
    fn from(refusal: ChatRefusal) -> Self {
        Self::from_rpc(400, refusal.rpc_name())
    }
}
