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
