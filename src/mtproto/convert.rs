//! Between TL's types and the cloud's, as a client needs it: what it sends out, what it is answered in. The answers come
//! from a server that need not be honest: numbers are checked, and shapes that the cloud has no word for are refused.

use std::fmt::Display;
use std::time::Duration;

use grammers_tl_types as tl;
use tl::{enums, types};

use crate::cloud::{
    AccountPassword, CloudError, CodeType, CurrentPassword, FileChunk, InputCheckPassword, InputSecureFile,
    InputSecureValue, MailedCode, PassportConfig, PasswordInputSettings, PasswordKdfAlgo, PasswordSettings,
    ResetPasswordResult, SecureCredentialsEncrypted, SecureData, SecureFile, SecureForm,
    SecurePasswordKdfAlgo, SecurePlainData, SecureRequiredType, SecureSecretSettings, SecureValue,
    SecureValueError, SecureValueHash, SentCode, SentCodeType, User,
};
use crate::element::{ElementType, EmailAddress, Parts, PhoneNumber, UnixTime};
use crate::request::ErrorSource;

/// How many alternatives a form may have. They may hold alternatives in turn, which is read by recursion.
const MOST_ALTERNATIVES: usize = 128;

/// A number that the schema allows to be negative and the method does not.
fn number<T, U: TryFrom<T>>(number: T, method: &'static str) -> Result<U, CloudError> {
    U::try_from(number).map_err(|_| CloudError::UnexpectedAnswer { method })
}

// --- elements

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

pub(super) fn kinds_to_tl(kinds: &[ElementType]) -> Vec<enums::SecureValueType> {
    kinds.iter().copied().map(kind_to_tl).collect()
}

fn kind(kind: &enums::SecureValueType) -> ElementType {
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

fn data_to_tl(data: SecureData) -> enums::SecureData {
    enums::SecureData::Data(types::SecureData {
        data: data.data,
        data_hash: data.data_hash,
        secret: data.secret,
    })
}

fn data(data: enums::SecureData) -> SecureData {
    let enums::SecureData::Data(data) = data;
    SecureData { data: data.data, data_hash: data.data_hash, secret: data.secret }
}

fn file(file: enums::SecureFile, method: &'static str) -> Result<SecureFile, CloudError> {
    let enums::SecureFile::File(file) = file else {
        return Err(CloudError::UnexpectedAnswer { method });
    };
    Ok(SecureFile {
        id: file.id,
        access_hash: file.access_hash,
        size: number(file.size, method)?,
        dc_id: file.dc_id,
        date: file.date.into(),
        file_hash: file.file_hash,
        secret: file.secret,
    })
}

fn file_to_tl(file: InputSecureFile) -> enums::InputSecureFile {
    match file {
        InputSecureFile::Uploaded { id, parts, md5_checksum, file_hash, secret } => {
            enums::InputSecureFile::Uploaded(types::InputSecureFileUploaded {
                id,
                parts: whole(parts),
                md5_checksum,
                file_hash,
                secret,
            })
        }
        InputSecureFile::Stored { id, access_hash } => {
            enums::InputSecureFile::File(types::InputSecureFile { id, access_hash })
        }
    }
}

fn plain_to_tl(plain: SecurePlainData) -> enums::SecurePlainData {
    match plain {
        SecurePlainData::Phone(phone) => {
            enums::SecurePlainData::SecurePlainPhone(types::SecurePlainPhone { phone: phone.0.clone() })
        }
        SecurePlainData::Email(email) => {
            enums::SecurePlainData::SecurePlainEmail(types::SecurePlainEmail { email: email.0.clone() })
        }
    }
}

fn plain(plain: enums::SecurePlainData) -> SecurePlainData {
    match plain {
        enums::SecurePlainData::SecurePlainPhone(plain) => SecurePlainData::Phone(PhoneNumber(plain.phone)),
        enums::SecurePlainData::SecurePlainEmail(plain) => SecurePlainData::Email(EmailAddress(plain.email)),
    }
}

pub(super) fn value_to_tl(value: InputSecureValue) -> enums::InputSecureValue {
    let some = |files: Vec<_>| (!files.is_empty()).then_some(files);
    let parts = value.parts.map(|_, file| file_to_tl(file));
    enums::InputSecureValue::Value(types::InputSecureValue {
        r#type: kind_to_tl(value.kind),
        data: value.data.map(data_to_tl),
        front_side: parts.front_side,
        reverse_side: parts.reverse_side,
        selfie: parts.selfie,
        translation: some(parts.translation),
        files: some(parts.files),
        plain_data: value.plain_data.map(plain_to_tl),
    })
}

pub(super) fn value(value: enums::SecureValue, method: &'static str) -> Result<SecureValue, CloudError> {
    let enums::SecureValue::Value(value) = value;
    let parts = Parts {
        front_side: value.front_side,
        reverse_side: value.reverse_side,
        selfie: value.selfie,
        translation: value.translation.unwrap_or_default(),
        files: value.files.unwrap_or_default(),
    };
    Ok(SecureValue {
        kind: kind(&value.r#type),
        data: value.data.map(data),
        parts: parts.try_map(|_, one| file(one, method))?,
        plain_data: value.plain_data.map(plain),
        hash: value.hash,
    })
}

pub(super) fn values(
    values: Vec<enums::SecureValue>,
    method: &'static str,
) -> Result<Vec<SecureValue>, CloudError> {
    values.into_iter().map(|one| value(one, method)).collect()
}

// --- forms

/// Whether a form can be read without running out of stack: how often its bytes name an alternative.
pub(super) fn is_shallow(form: &[u8]) -> bool {
    let id = <types::SecureRequiredTypeOneOf as tl::Identifiable>::CONSTRUCTOR_ID.to_le_bytes();
    form.chunks_exact(4).filter(|word| *word == id).count() <= MOST_ALTERNATIVES
}

pub(super) fn form(form: enums::account::AuthorizationForm) -> Result<SecureForm, CloudError> {
    let enums::account::AuthorizationForm::Form(form) = form;
    Ok(SecureForm {
        required_types: form.required_types.into_iter().map(required).collect(),
        values: values(form.values, "account.getAuthorizationForm")?,
        errors: form.errors.into_iter().map(objection).collect(),
        users: form.users.into_iter().filter_map(user).collect(),
        privacy_policy_url: form.privacy_policy_url,
    })
}

fn required(required: enums::SecureRequiredType) -> SecureRequiredType {
    match required {
        enums::SecureRequiredType::Type(required) => SecureRequiredType::Type {
            kind: kind(&required.r#type),
            native_names: required.native_names,
            selfie_required: required.selfie_required,
            translation_required: required.translation_required,
        },
        enums::SecureRequiredType::OneOf(one_of) => {
            SecureRequiredType::OneOf(one_of.types.into_iter().map(self::required).collect())
        }
    }
}

fn objection(error: enums::SecureValueError) -> SecureValueError {
    use ErrorSource as Source;
    use enums::SecureValueError as Tl;
    let kind = kind(&error.r#type());
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

/// Who exists; `userEmpty` does not.
fn user(user: enums::User) -> Option<User> {
    let enums::User::User(user) = user else { return None };
    Some(User {
        id: user.id,
        first_name: user.first_name.unwrap_or_default(),
        username: username(user.username, user.usernames),
        bot: user.bot,
        verified: user.verified,
        scam: user.scam,
        fake: user.fake,
    })
}

/// The name by which it is called; who has several has them in a list, and none beside it.
fn username(only: Option<String>, several: Option<Vec<enums::Username>>) -> Option<String> {
    let names = several.into_iter().flatten().map(|enums::Username::Username(name)| name);
    only.or_else(|| names.into_iter().find(|name| name.active).map(|name| name.username))
}

pub(super) fn hash_to_tl(hash: SecureValueHash) -> enums::SecureValueHash {
    enums::SecureValueHash::Hash(types::SecureValueHash { r#type: kind_to_tl(hash.kind), hash: hash.hash })
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

// --- passwords

fn kdf(algorithm: enums::PasswordKdfAlgo) -> PasswordKdfAlgo {
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

fn secure_kdf(algorithm: enums::SecurePasswordKdfAlgo) -> SecurePasswordKdfAlgo {
    use enums::SecurePasswordKdfAlgo as Tl;
    match algorithm {
        Tl::Unknown => SecurePasswordKdfAlgo::Unknown,
        Tl::Pbkdf2Hmacsha512iter100000(algorithm) => {
            SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: algorithm.salt }
        }
        Tl::Sha512(algorithm) => SecurePasswordKdfAlgo::Sha512 { salt: algorithm.salt },
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

fn secret_settings(settings: enums::SecureSecretSettings) -> SecureSecretSettings {
    let enums::SecureSecretSettings::Settings(settings) = settings;
    SecureSecretSettings {
        secure_algo: secure_kdf(settings.secure_algo),
        secure_secret: settings.secure_secret,
        secure_secret_id: settings.secure_secret_id,
    }
}

fn secret_settings_to_tl(settings: SecureSecretSettings) -> enums::SecureSecretSettings {
    enums::SecureSecretSettings::Settings(types::SecureSecretSettings {
        secure_algo: secure_kdf_to_tl(settings.secure_algo),
        secure_secret: settings.secure_secret,
        secure_secret_id: settings.secure_secret_id,
    })
}

pub(super) fn account_password(password: enums::account::Password) -> Result<AccountPassword, CloudError> {
    let enums::account::Password::Password(password) = password;
    let current = match (password.has_password, password.current_algo, password.srp_b, password.srp_id) {
        (true, Some(algorithm), Some(srp_b), Some(srp_id)) => {
            Some(CurrentPassword { algorithm: kdf(algorithm), srp_b, srp_id })
        }
        (false, None, None, None) => None,
        // One flag for all.
        _ => return Err(CloudError::UnexpectedAnswer { method: "account.getPassword" }),
    };
    Ok(AccountPassword {
        has_recovery: password.has_recovery,
        has_secure_values: password.has_secure_values,
        current,
        hint: password.hint,
        email_unconfirmed_pattern: password.email_unconfirmed_pattern,
        new_algo: kdf(password.new_algo),
        new_secure_algo: secure_kdf(password.new_secure_algo),
        secure_random: password.secure_random,
        pending_reset_date: password.pending_reset_date.map(UnixTime::from),
    })
}

pub(super) fn password_settings(settings: enums::account::PasswordSettings) -> PasswordSettings {
    let enums::account::PasswordSettings::Settings(settings) = settings;
    PasswordSettings {
        email: settings.email.map(Into::into),
        secure_settings: settings.secure_settings.map(secret_settings),
    }
}

pub(super) fn new_settings_to_tl(settings: PasswordInputSettings) -> enums::account::PasswordInputSettings {
    let (new_algo, new_password_hash, hint) = match settings.new_password {
        Some(new) => (Some(kdf_to_tl(new.new_algo)), Some(new.new_password_hash.to_vec()), Some(new.hint)),
        None => (None, None, None),
    };
    enums::account::PasswordInputSettings::Settings(types::account::PasswordInputSettings {
        new_algo,
        new_password_hash,
        hint,
        email: settings.email.map(|email| email.to_string()),
        new_secure_settings: settings.new_secure_settings.map(secret_settings_to_tl),
    })
}

pub(super) fn check_password(proof: InputCheckPassword) -> enums::InputCheckPasswordSrp {
    match proof {
        InputCheckPassword::Empty => enums::InputCheckPasswordSrp::InputCheckPasswordEmpty,
        InputCheckPassword::Srp { srp_id, a, m1 } => {
            enums::InputCheckPasswordSrp::Srp(types::InputCheckPasswordSrp { srp_id, a, m1 })
        }
    }
}

pub(super) fn reset(result: enums::account::ResetPasswordResult) -> ResetPasswordResult {
    use enums::account::ResetPasswordResult as Tl;
    match result {
        Tl::ResetPasswordFailedWait(wait) => {
            ResetPasswordResult::FailedWait { retry_date: wait.retry_date.into() }
        }
        Tl::ResetPasswordRequestedWait(wait) => {
            ResetPasswordResult::RequestedWait { until_date: wait.until_date.into() }
        }
        Tl::ResetPasswordOk => ResetPasswordResult::Ok,
    }
}

// --- codes

/// Nothing that depends on the telephone this might run on.
pub(super) fn code_settings() -> enums::CodeSettings {
    enums::CodeSettings::Settings(types::CodeSettings {
        allow_flashcall: false,
        current_number: false,
        allow_app_hash: false,
        allow_missed_call: false,
        allow_firebase: false,
        unknown_number: false,
        logout_tokens: None,
        token: None,
        app_sandbox: None,
    })
}

pub(super) fn sent_code(sent: enums::auth::SentCode, method: &'static str) -> Result<SentCode, CloudError> {
    let enums::auth::SentCode::Code(sent) = sent else {
        return Err(CloudError::UnexpectedAnswer { method });
    };
    let timeout = sent.timeout.map(|seconds| number(seconds, method)).transpose()?;
    Ok(SentCode {
        code_type: code_type(sent.r#type, method)?,
        phone_code_hash: sent.phone_code_hash,
        next_type: sent.next_type.map(|next| match next {
            enums::auth::CodeType::Sms => CodeType::Sms,
            enums::auth::CodeType::Call => CodeType::Call,
            enums::auth::CodeType::FlashCall => CodeType::FlashCall,
            enums::auth::CodeType::MissedCall => CodeType::MissedCall,
            enums::auth::CodeType::FragmentSms => CodeType::FragmentSms,
        }),
        timeout: timeout.map(Duration::from_secs),
    })
}

fn code_type(sent: enums::auth::SentCodeType, method: &'static str) -> Result<SentCodeType, CloudError> {
    use enums::auth::SentCodeType as Tl;
    let digits = |length: i32| number(length, method);
    Ok(match sent {
        Tl::App(sent) => SentCodeType::App { length: digits(sent.length)? },
        Tl::Sms(sent) => SentCodeType::Sms { length: digits(sent.length)? },
        Tl::Call(sent) => SentCodeType::Call { length: digits(sent.length)? },
        Tl::FlashCall(sent) => SentCodeType::FlashCall { pattern: sent.pattern },
        Tl::MissedCall(sent) => {
            SentCodeType::MissedCall { prefix: sent.prefix, length: digits(sent.length)? }
        }
        Tl::FragmentSms(sent) => SentCodeType::FragmentSms { url: sent.url, length: digits(sent.length)? },
        Tl::SmsWord(sent) => SentCodeType::SmsWord { beginning: sent.beginning },
        Tl::SmsPhrase(sent) => SentCodeType::SmsPhrase { beginning: sent.beginning },
        Tl::EmailCode(sent) => {
            SentCodeType::Email { pattern: sent.email_pattern, length: digits(sent.length)? }
        }
        Tl::SetUpEmailRequired(_) => SentCodeType::SetUpEmailRequired,
        Tl::FirebaseSms(_) => SentCodeType::Other("auth.sentCodeTypeFirebaseSms"),
    })
}

pub(super) fn sent_email_code(sent: enums::account::SentEmailCode) -> Result<MailedCode, CloudError> {
    let enums::account::SentEmailCode::Code(sent) = sent;
    Ok(mailed(sent.email_pattern, number(sent.length, "account.sendVerifyEmailCode")?))
}

/// An empty text and a 0 say nothing.
pub(super) fn mailed(email_pattern: String, length: u32) -> MailedCode {
    let email_pattern = Some(email_pattern).filter(|pattern| !pattern.is_empty());
    MailedCode { email_pattern, length: Some(length).filter(|length| *length > 0) }
}

// --- the rest

pub(super) fn passport_config(config: enums::help::PassportConfig) -> PassportConfig {
    match config {
        enums::help::PassportConfig::NotModified => PassportConfig::NotModified,
        enums::help::PassportConfig::Config(config) => {
            let enums::DataJson::Json(countries) = config.countries_langs;
            PassportConfig::Config { hash: config.hash, countries_langs: countries.data }
        }
    }
}

pub(super) fn chunk(file: enums::upload::File) -> Result<FileChunk, CloudError> {
    match file {
        enums::upload::File::File(file) => Ok(FileChunk { modified: file.mtime.into(), bytes: file.bytes }),
        enums::upload::File::CdnRedirect(_) => Err(CloudError::UnexpectedAnswer { method: "upload.getFile" }),
    }
}

/// A count as TL has it; none of ours is near the bound.
pub(super) fn whole<T: TryInto<i32> + Display + Copy>(count: T) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use tl::{Identifiable as _, Serializable as _};

    use super::*;

    #[test]
    fn a_form_that_nests_without_end_is_not_read() {
        let level = [types::SecureRequiredTypeOneOf::CONSTRUCTOR_ID, 0x1cb5_c415, 1];
        let nested =
            |levels: usize| level.repeat(levels).into_iter().flat_map(u32::to_le_bytes).collect::<Vec<_>>();
        assert!(is_shallow(&nested(MOST_ALTERNATIVES)));
        assert!(!is_shallow(&nested(MOST_ALTERNATIVES + 1)));
        // As deep as it may be, it is read to the end that is missing.
        let read = <enums::SecureRequiredType as tl::Deserializable>::from_bytes(&nested(MOST_ALTERNATIVES));
        assert!(read.is_err());
    }

    #[test]
    fn who_has_several_names_is_called_by_the_first_that_is_active() {
        let named = |active, username: &str| {
            types::Username { editable: false, active, username: username.to_owned() }.into()
        };
        let several = || Some(vec![named(false, "sold"), named(true, "bank"), named(true, "bank_bot")]);
        assert_eq!(username(None, several()).as_deref(), Some("bank"));
        assert_eq!(username(Some("a_bot".to_owned()), None).as_deref(), Some("a_bot"));
        assert_eq!(username(None, None), None);
    }

    #[test]
    fn negative_sizes_and_halves_of_passwords_are_refused() {
        let stored = types::SecureFile {
            id: 1,
            access_hash: 2,
            size: -1,
            dc_id: 1,
            date: 0,
            file_hash: vec![0; 32],
            secret: vec![0; 32],
        };
        assert!(file(enums::SecureFile::File(stored), "m").is_err());
        assert!(file(enums::SecureFile::Empty, "m").is_err());
        let password = types::account::Password {
            has_recovery: false,
            has_secure_values: false,
            has_password: true,
            current_algo: Some(enums::PasswordKdfAlgo::Unknown),
            srp_b: None,
            srp_id: Some(1),
            hint: None,
            email_unconfirmed_pattern: None,
            new_algo: enums::PasswordKdfAlgo::Unknown,
            new_secure_algo: enums::SecurePasswordKdfAlgo::Unknown,
            secure_random: Vec::new(),
            pending_reset_date: None,
            login_email_pattern: None,
        };
        assert!(account_password(enums::account::Password::Password(password)).is_err());
    }

    #[test]
    fn what_goes_out_comes_back_the_same() {
        for kind_of in ElementType::ALL {
            assert_eq!(kind(&kind_to_tl(kind_of)), kind_of);
            // And through bytes.
            let bytes = kind_to_tl(kind_of).to_bytes();
            let again = <enums::SecureValueType as tl::Deserializable>::from_bytes(&bytes).unwrap();
            assert_eq!(kind(&again), kind_of);
        }
    }
}
