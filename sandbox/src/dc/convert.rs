//! Between the cloud's types and TL's, in both directions; the only file that knows both.

use grammers_tl_types as tl;
use tl::{enums, types};

use super::clock::date;
use super::file_view::{FileSizes, FileView};
use super::users;
use telegram_passport::cloud::{
    AccountPassword, CloudError, CodeType, InputCheckPassword, InputSecureFile, InputSecureValue,
    NewPassword, PassportConfig, PasswordInputSettings, PasswordKdfAlgo, PasswordSettings,
    ResetPasswordResult, SecureCredentialsEncrypted, SecureData, SecureFile, SecureForm,
    SecurePasswordKdfAlgo, SecurePlainData, SecureRequiredType, SecureSecretSettings, SecureValue,
    SecureValueError, SecureValueHash, SentCode, SentCodeType,
};
use telegram_passport::element::{ElementType, EmailAddress, Parts, PhoneNumber};
use telegram_passport::request::ErrorSource;

pub(super) fn kind_to_tl(kind: ElementType) -> enums::SecureValueType {
    use enums::SecureValueType as Tl;
    match kind {
        ElementType::PersonalDetails => Tl::PersonalDetails,
        ElementType::Passport => Tl::Passport,
        ElementType::DriverLicense => Tl::DriverLicense,
        ElementType::IdentityCard => Tl::IdentityCard,
        ElementType::InternalPassport => Tl::InternalPassport,
        ElementType::Address => Tl::Address,
        ElementType::UtilityBill => Tl::UtilityBill,
        ElementType::BankStatement => Tl::BankStatement,
        ElementType::RentalAgreement => Tl::RentalAgreement,
        ElementType::PassportRegistration => Tl::PassportRegistration,
        ElementType::TemporaryRegistration => Tl::TemporaryRegistration,
        ElementType::PhoneNumber => Tl::Phone,
        ElementType::Email => Tl::Email,
    }
}

pub(super) fn kind_from_tl(kind: &enums::SecureValueType) -> ElementType {
    use enums::SecureValueType as Tl;
    match kind {
        Tl::PersonalDetails => ElementType::PersonalDetails,
        Tl::Passport => ElementType::Passport,
        Tl::DriverLicense => ElementType::DriverLicense,
        Tl::IdentityCard => ElementType::IdentityCard,
        Tl::InternalPassport => ElementType::InternalPassport,
        Tl::Address => ElementType::Address,
        Tl::UtilityBill => ElementType::UtilityBill,
        Tl::BankStatement => ElementType::BankStatement,
        Tl::RentalAgreement => ElementType::RentalAgreement,
        Tl::PassportRegistration => ElementType::PassportRegistration,
        Tl::TemporaryRegistration => ElementType::TemporaryRegistration,
        Tl::Phone => ElementType::PhoneNumber,
        Tl::Email => ElementType::Email,
    }
}

pub(super) fn kinds_from_tl(kinds: &[enums::SecureValueType]) -> Vec<ElementType> {
    kinds.iter().map(kind_from_tl).collect()
}

fn data_to_tl(data: SecureData) -> enums::SecureData {
    enums::SecureData::Data(types::SecureData {
        data: data.data,
        data_hash: data.data_hash,
        secret: data.secret,
    })
}

fn data_from_tl(data: enums::SecureData) -> SecureData {
    let enums::SecureData::Data(data) = data;
    SecureData { data: data.data, data_hash: data.data_hash, secret: data.secret }
}

fn file_to_tl(file: SecureFile, view: FileView) -> enums::SecureFile {
    enums::SecureFile::File(types::SecureFile {
        id: file.id,
        access_hash: file.access_hash,
        size: match view.sizes {
            FileSizes::True => i64::try_from(file.size).unwrap_or(i64::MAX),
            FileSizes::Untold => 0,
        },
        dc_id: view.dc_id,
        date: date(file.date.seconds()),
        file_hash: file.file_hash,
        secret: file.secret,
    })
}

fn file_from_tl(file: enums::InputSecureFile) -> Result<InputSecureFile, CloudError> {
    Ok(match file {
        enums::InputSecureFile::Uploaded(file) => InputSecureFile::Uploaded {
            id: file.id,
            parts: u32::try_from(file.parts).map_err(|_| CloudError::from_rpc(400, "FILE_PARTS_INVALID"))?,
            md5_checksum: file.md5_checksum,
            file_hash: file.file_hash,
            secret: file.secret,
        },
        enums::InputSecureFile::File(file) => {
            InputSecureFile::Stored { id: file.id, access_hash: file.access_hash }
        }
    })
}

fn plain_to_tl(plain: &SecurePlainData) -> enums::SecurePlainData {
    match plain {
        SecurePlainData::Phone(PhoneNumber(phone)) => {
            enums::SecurePlainData::SecurePlainPhone(types::SecurePlainPhone { phone: phone.clone() })
        }
        SecurePlainData::Email(EmailAddress(email)) => {
            enums::SecurePlainData::SecurePlainEmail(types::SecurePlainEmail { email: email.clone() })
        }
    }
}

fn plain_from_tl(plain: enums::SecurePlainData) -> SecurePlainData {
    match plain {
        enums::SecurePlainData::SecurePlainPhone(plain) => SecurePlainData::Phone(PhoneNumber(plain.phone)),
        enums::SecurePlainData::SecurePlainEmail(plain) => SecurePlainData::Email(EmailAddress(plain.email)),
    }
}

pub(super) fn value_to_tl(value: SecureValue, view: FileView) -> enums::SecureValue {
    let some = |files: Vec<_>| (!files.is_empty()).then_some(files);
    let parts = value.parts.map(|_, file| file_to_tl(file, view));
    enums::SecureValue::Value(types::SecureValue {
        r#type: kind_to_tl(value.kind),
        data: value.data.map(data_to_tl),
        front_side: parts.front_side,
        reverse_side: parts.reverse_side,
        selfie: parts.selfie,
        translation: some(parts.translation),
        files: some(parts.files),
        plain_data: value.plain_data.as_ref().map(plain_to_tl),
        hash: value.hash,
    })
}

pub(super) fn values_to_tl(values: Vec<SecureValue>, view: FileView) -> Vec<enums::SecureValue> {
    values.into_iter().map(|value| value_to_tl(value, view)).collect()
}

pub(super) fn value_from_tl(value: enums::InputSecureValue) -> Result<InputSecureValue, CloudError> {
    let enums::InputSecureValue::Value(value) = value;
    let parts = Parts {
        front_side: value.front_side,
        reverse_side: value.reverse_side,
        selfie: value.selfie,
        translation: value.translation.unwrap_or_default(),
        files: value.files.unwrap_or_default(),
    };
    Ok(InputSecureValue {
        kind: kind_from_tl(&value.r#type),
        data: value.data.map(data_from_tl),
        parts: parts.try_map(|_, file| file_from_tl(file))?,
        plain_data: value.plain_data.map(plain_from_tl),
    })
}

pub(super) fn hash_from_tl(hash: enums::SecureValueHash) -> SecureValueHash {
    let enums::SecureValueHash::Hash(hash) = hash;
    SecureValueHash { kind: kind_from_tl(&hash.r#type), hash: hash.hash }
}

pub(super) fn credentials_from_tl(
    credentials: enums::SecureCredentialsEncrypted,
) -> SecureCredentialsEncrypted {
    let enums::SecureCredentialsEncrypted::Encrypted(credentials) = credentials;
    SecureCredentialsEncrypted { data: credentials.data, hash: credentials.hash, secret: credentials.secret }
}

pub(super) fn credentials_to_tl(
    credentials: SecureCredentialsEncrypted,
) -> enums::SecureCredentialsEncrypted {
    enums::SecureCredentialsEncrypted::Encrypted(types::SecureCredentialsEncrypted {
        data: credentials.data,
        hash: credentials.hash,
        secret: credentials.secret,
    })
}

fn required_to_tl(required: SecureRequiredType) -> enums::SecureRequiredType {
    match required {
        SecureRequiredType::Type { kind, native_names, selfie_required, translation_required } => {
            enums::SecureRequiredType::Type(types::SecureRequiredType {
                native_names,
                selfie_required,
                translation_required,
                r#type: kind_to_tl(kind),
            })
        }
        SecureRequiredType::OneOf(alternatives) => {
            enums::SecureRequiredType::OneOf(types::SecureRequiredTypeOneOf {
                types: alternatives.into_iter().map(required_to_tl).collect(),
            })
        }
    }
}

pub(super) fn form_to_tl(form: SecureForm, view: FileView) -> enums::account::AuthorizationForm {
    enums::account::AuthorizationForm::Form(types::account::AuthorizationForm {
        required_types: form.required_types.into_iter().map(required_to_tl).collect(),
        values: values_to_tl(form.values, view),
        errors: form.errors.into_iter().map(error_to_tl).collect(),
        users: form.users.iter().map(users::other).collect(),
        privacy_policy_url: form.privacy_policy_url,
    })
}

fn error_to_tl(error: SecureValueError) -> enums::SecureValueError {
    use enums::SecureValueError as Tl;
    let (r#type, text) = (kind_to_tl(error.kind), error.text);
    match error.source {
        ErrorSource::Unspecified { element_hash: hash } => {
            Tl::Error(types::SecureValueError { r#type, hash, text })
        }
        ErrorSource::DataField { data_hash, field } => {
            Tl::Data(types::SecureValueErrorData { r#type, data_hash, field, text })
        }
        ErrorSource::FrontSide { file_hash } => {
            Tl::FrontSide(types::SecureValueErrorFrontSide { r#type, file_hash, text })
        }
        ErrorSource::ReverseSide { file_hash } => {
            Tl::ReverseSide(types::SecureValueErrorReverseSide { r#type, file_hash, text })
        }
        ErrorSource::Selfie { file_hash } => {
            Tl::Selfie(types::SecureValueErrorSelfie { r#type, file_hash, text })
        }
        ErrorSource::File { file_hash } => Tl::File(types::SecureValueErrorFile { r#type, file_hash, text }),
        ErrorSource::Files { file_hashes } => {
            Tl::Files(types::SecureValueErrorFiles { r#type, file_hash: file_hashes, text })
        }
        ErrorSource::TranslationFile { file_hash } => {
            Tl::TranslationFile(types::SecureValueErrorTranslationFile { r#type, file_hash, text })
        }
        ErrorSource::TranslationFiles { file_hashes } => {
            Tl::TranslationFiles(types::SecureValueErrorTranslationFiles {
                r#type,
                file_hash: file_hashes,
                text,
            })
        }
    }
}

pub(super) fn error_from_tl(error: enums::SecureValueError) -> SecureValueError {
    use ErrorSource as Source;
    use enums::SecureValueError as Tl;
    let kind = kind_from_tl(&error.r#type());
    let (source, text) = match error {
        Tl::Error(error) => (Source::Unspecified { element_hash: error.hash }, error.text),
        Tl::Data(error) => (Source::DataField { data_hash: error.data_hash, field: error.field }, error.text),
        Tl::FrontSide(error) => (Source::FrontSide { file_hash: error.file_hash }, error.text),
        Tl::ReverseSide(error) => (Source::ReverseSide { file_hash: error.file_hash }, error.text),
        Tl::Selfie(error) => (Source::Selfie { file_hash: error.file_hash }, error.text),
        Tl::File(error) => (Source::File { file_hash: error.file_hash }, error.text),
        Tl::Files(error) => (Source::Files { file_hashes: error.file_hash }, error.text),
        Tl::TranslationFile(error) => (Source::TranslationFile { file_hash: error.file_hash }, error.text),
        Tl::TranslationFiles(error) => {
            (Source::TranslationFiles { file_hashes: error.file_hash }, error.text)
        }
    };
    SecureValueError { kind, source, text }
}

fn kdf_to_tl(algorithm: PasswordKdfAlgo) -> enums::PasswordKdfAlgo {
    match algorithm {
        PasswordKdfAlgo::Unknown => enums::PasswordKdfAlgo::Unknown,
        PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } => {
            enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow(
                types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow {
                    salt1,
                    salt2,
                    g,
                    p,
                },
            )
        }
    }
}

fn kdf_from_tl(algorithm: enums::PasswordKdfAlgo) -> PasswordKdfAlgo {
    match algorithm {
        enums::PasswordKdfAlgo::Unknown => PasswordKdfAlgo::Unknown,
        enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow(algorithm) => {
            PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
                salt1: algorithm.salt1,
                salt2: algorithm.salt2,
                g: algorithm.g,
                p: algorithm.p,
            }
        }
    }
}

fn secure_kdf_to_tl(algorithm: SecurePasswordKdfAlgo) -> enums::SecurePasswordKdfAlgo {
    use enums::SecurePasswordKdfAlgo as Tl;
    match algorithm {
        SecurePasswordKdfAlgo::Unknown => Tl::Unknown,
        SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } => {
            Tl::Pbkdf2Hmacsha512iter100000(types::SecurePasswordKdfAlgoPbkdf2Hmacsha512iter100000 { salt })
        }
        SecurePasswordKdfAlgo::Sha512 { salt } => Tl::Sha512(types::SecurePasswordKdfAlgoSha512 { salt }),
    }
}

fn secure_kdf_from_tl(algorithm: enums::SecurePasswordKdfAlgo) -> SecurePasswordKdfAlgo {
    use enums::SecurePasswordKdfAlgo as Tl;
    match algorithm {
        Tl::Unknown => SecurePasswordKdfAlgo::Unknown,
        Tl::Pbkdf2Hmacsha512iter100000(algorithm) => {
            SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: algorithm.salt }
        }
        Tl::Sha512(algorithm) => SecurePasswordKdfAlgo::Sha512 { salt: algorithm.salt },
    }
}

fn settings_to_tl(settings: SecureSecretSettings) -> enums::SecureSecretSettings {
    enums::SecureSecretSettings::Settings(types::SecureSecretSettings {
        secure_algo: secure_kdf_to_tl(settings.secure_algo),
        secure_secret: settings.secure_secret,
        secure_secret_id: settings.secure_secret_id,
    })
}

fn settings_from_tl(settings: enums::SecureSecretSettings) -> SecureSecretSettings {
    let enums::SecureSecretSettings::Settings(settings) = settings;
    SecureSecretSettings {
        secure_algo: secure_kdf_from_tl(settings.secure_algo),
        secure_secret: settings.secure_secret,
        secure_secret_id: settings.secure_secret_id,
    }
}

pub(super) fn password_to_tl(password: AccountPassword) -> enums::account::Password {
    let has_password = password.current.is_some();
    let (current_algo, srp_b, srp_id) = match password.current {
        Some(current) => (Some(kdf_to_tl(current.algorithm)), Some(current.srp_b), Some(current.srp_id)),
        None => (None, None, None),
    };
    enums::account::Password::Password(types::account::Password {
        has_recovery: password.has_recovery,
        has_secure_values: password.has_secure_values,
        has_password,
        current_algo,
        srp_b,
        srp_id,
        hint: password.hint,
        email_unconfirmed_pattern: password.email_unconfirmed_pattern,
        new_algo: kdf_to_tl(password.new_algo),
        new_secure_algo: secure_kdf_to_tl(password.new_secure_algo),
        secure_random: password.secure_random,
        pending_reset_date: password.pending_reset_date.map(|moment| date(moment.seconds())),
        login_email_pattern: None,
    })
}

pub(super) fn password_settings_to_tl(settings: PasswordSettings) -> enums::account::PasswordSettings {
    enums::account::PasswordSettings::Settings(types::account::PasswordSettings {
        email: settings.email.map(|email| email.to_string()),
        secure_settings: settings.secure_settings.map(settings_to_tl),
    })
}

pub(super) fn new_settings_from_tl(settings: enums::account::PasswordInputSettings) -> PasswordInputSettings {
    let enums::account::PasswordInputSettings::Settings(settings) = settings;
    PasswordInputSettings {
        new_password: settings.new_algo.map(|new_algo| NewPassword {
            new_algo: kdf_from_tl(new_algo),
            new_password_hash: settings.new_password_hash.unwrap_or_default().into(),
            hint: settings.hint.unwrap_or_default(),
        }),
        email: settings.email.map(Into::into),
        new_secure_settings: settings.new_secure_settings.map(settings_from_tl),
    }
}

pub(super) fn proof_from_tl(proof: enums::InputCheckPasswordSrp) -> InputCheckPassword {
    match proof {
        enums::InputCheckPasswordSrp::InputCheckPasswordEmpty => InputCheckPassword::Empty,
        enums::InputCheckPasswordSrp::Srp(proof) => {
            InputCheckPassword::Srp { srp_id: proof.srp_id, a: proof.a, m1: proof.m1 }
        }
    }
}

pub(super) fn reset_to_tl(result: ResetPasswordResult) -> enums::account::ResetPasswordResult {
    use enums::account::ResetPasswordResult as Tl;
    match result {
        ResetPasswordResult::FailedWait { retry_date } => {
            Tl::ResetPasswordFailedWait(types::account::ResetPasswordFailedWait {
                retry_date: date(retry_date.seconds()),
            })
        }
        ResetPasswordResult::RequestedWait { until_date } => {
            Tl::ResetPasswordRequestedWait(types::account::ResetPasswordRequestedWait {
                until_date: date(until_date.seconds()),
            })
        }
        ResetPasswordResult::Ok => Tl::ResetPasswordOk,
    }
}

pub(super) fn sent_code_to_tl(sent: SentCode) -> enums::auth::SentCode {
    use enums::auth::SentCodeType as Tl;
    let whole = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
    let code_type = match sent.code_type {
        SentCodeType::App { length } => Tl::App(types::auth::SentCodeTypeApp { length: whole(length) }),
        SentCodeType::Call { length } => Tl::Call(types::auth::SentCodeTypeCall { length: whole(length) }),
        SentCodeType::Sms { length } => Tl::Sms(types::auth::SentCodeTypeSms { length: whole(length) }),
        SentCodeType::Email { pattern, length } => Tl::EmailCode(types::auth::SentCodeTypeEmailCode {
            apple_signin_allowed: false,
            google_signin_allowed: false,
            email_pattern: pattern,
            length: whole(length),
            reset_available_period: None,
            reset_pending_date: None,
        }),
        SentCodeType::SetUpEmailRequired => {
            Tl::SetUpEmailRequired(types::auth::SentCodeTypeSetUpEmailRequired {
                apple_signin_allowed: false,
                google_signin_allowed: false,
            })
        }
        // The sandbox sends codes in the ways above only.
        _ => Tl::Sms(types::auth::SentCodeTypeSms { length: 5 }),
    };
    enums::auth::SentCode::Code(types::auth::SentCode {
        r#type: code_type,
        phone_code_hash: sent.phone_code_hash,
        next_type: sent.next_type.map(|next| match next {
            CodeType::Sms => enums::auth::CodeType::Sms,
            CodeType::Call => enums::auth::CodeType::Call,
            CodeType::FlashCall => enums::auth::CodeType::FlashCall,
            CodeType::MissedCall => enums::auth::CodeType::MissedCall,
            CodeType::FragmentSms => enums::auth::CodeType::FragmentSms,
        }),
        timeout: sent.timeout.map(|wait| i32::try_from(wait.as_secs()).unwrap_or(i32::MAX)),
    })
}

pub(super) fn passport_config_to_tl(config: PassportConfig) -> enums::help::PassportConfig {
    match config {
        PassportConfig::NotModified => enums::help::PassportConfig::NotModified,
        PassportConfig::Config { hash, countries_langs } => {
            enums::help::PassportConfig::Config(types::help::PassportConfig {
                hash,
                countries_langs: enums::DataJson::Json(types::DataJson { data: countries_langs }),
            })
        }
    }
}
