//! What is sent is the same in layer 222, which it is made of, and in layer 230: a constructor's id is the CRC32 of
//! its definition.

use std::collections::BTreeSet;
use std::path::Path;

use crate::dc::full_user::USER_FULL;
use crate::dc::layers::{USER, id_in};

/// The name and the ids in both layers of each constructor.
macro_rules! in_both_layers {
    ($($($name:ident)::+),+ $(,)?) => {
        vec![$((
            stringify!($($name)::+).replace(' ', ""),
            <grammers_tl_types::types::$($name)::+ as grammers_tl_types::Identifiable>::CONSTRUCTOR_ID,
            <newer_tl_types::types::$($name)::+ as newer_tl_types::Identifiable>::CONSTRUCTOR_ID,
        )),+]
    };
}

/// Constructors with fields, as the sources name them.
fn with_fields() -> Vec<(String, u32, u32)> {
    in_both_layers![
        Authorization,
        Config,
        DataJson,
        DcOption,
        JsonObject,
        MessageActionSecureValuesSent,
        MessageActionSecureValuesSentMe,
        MessageService,
        NearestDc,
        PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow,
        PeerNotifySettings,
        PeerSettings,
        PeerUser,
        SecureCredentialsEncrypted,
        SecureData,
        SecureFile,
        SecurePasswordKdfAlgoPbkdf2Hmacsha512iter100000,
        SecurePasswordKdfAlgoSha512,
        SecurePlainEmail,
        SecurePlainPhone,
        SecureRequiredType,
        SecureRequiredTypeOneOf,
        SecureSecretSettings,
        SecureValue,
        SecureValueError,
        SecureValueErrorData,
        SecureValueErrorFile,
        SecureValueErrorFiles,
        SecureValueErrorFrontSide,
        SecureValueErrorReverseSide,
        SecureValueErrorSelfie,
        SecureValueErrorTranslationFile,
        SecureValueErrorTranslationFiles,
        UpdateNewMessage,
        UpdateShort,
        Updates,
        User,
        UserEmpty,
        UserFull,
        account::AuthorizationForm,
        account::Authorizations,
        account::EmailVerified,
        account::EmailVerifiedLogin,
        account::Password,
        account::PasswordSettings,
        account::ResetPasswordFailedWait,
        account::ResetPasswordRequestedWait,
        account::SentEmailCode,
        auth::Authorization,
        auth::AuthorizationSignUpRequired,
        auth::ExportedAuthorization,
        auth::LoggedOut,
        auth::LoginToken,
        auth::LoginTokenMigrateTo,
        auth::LoginTokenSuccess,
        auth::PasswordRecovery,
        auth::SentCode,
        auth::SentCodeTypeApp,
        auth::SentCodeTypeCall,
        auth::SentCodeTypeEmailCode,
        auth::SentCodeTypeSetUpEmailRequired,
        auth::SentCodeTypeSms,
        contacts::ResolvedPeer,
        help::AppConfig,
        help::PassportConfig,
        help::PromoDataEmpty,
        help::TermsOfServiceUpdateEmpty,
        updates::Difference,
        updates::DifferenceEmpty,
        updates::State,
        upload::File,
        users::UserFull,
    ]
}

/// Constructors without fields, which the sources name as variants only.
fn without_fields() -> Vec<(String, u32, u32)> {
    in_both_layers![
        PasswordKdfAlgoUnknown,
        SecurePasswordKdfAlgoUnknown,
        SecureValueTypeAddress,
        SecureValueTypeBankStatement,
        SecureValueTypeDriverLicense,
        SecureValueTypeEmail,
        SecureValueTypeIdentityCard,
        SecureValueTypeInternalPassport,
        SecureValueTypePassport,
        SecureValueTypePassportRegistration,
        SecureValueTypePersonalDetails,
        SecureValueTypePhone,
        SecureValueTypeRentalAgreement,
        SecureValueTypeTemporaryRegistration,
        SecureValueTypeUtilityBill,
        UpdateLoginToken,
        account::ResetPasswordOk,
        auth::CodeTypeCall,
        auth::CodeTypeFlashCall,
        auth::CodeTypeFragmentSms,
        auth::CodeTypeMissedCall,
        auth::CodeTypeSms,
        help::PassportConfigNotModified,
        storage::FileUnknown,
    ]
}

/// MTProto's own constructors, which no layer changes.
const MTPROTO: [&str; 20] = [
    "BadMsgNotification",
    "BadServerSalt",
    "DestroySessionNone",
    "DestroySessionOk",
    "DhGenOk",
    "DhGenRetry",
    "FutureSalt",
    "FutureSalts",
    "HttpWait",
    "MsgResendReq",
    "MsgsAck",
    "MsgsStateInfo",
    "MsgsStateReq",
    "NewSessionCreated",
    "PQInnerDataDc",
    "PQInnerDataTempDc",
    "Pong",
    "ResPq",
    "ServerDhInnerData",
    "ServerDhParamsOk",
];

#[test]
fn of_what_is_sent_only_users_differ() {
    assert_eq!((grammers_tl_types::LAYER, newer_tl_types::LAYER), (222, 230));
    let mut differing = with_fields();
    differing.extend(without_fields());
    differing.retain(|(_, older, newer)| older != newer);
    let differing: Vec<_> = differing.iter().map(|(name, _, newer)| (name.as_str(), *newer)).collect();
    let expected = [("User", USER), ("UserFull", USER_FULL)];
    assert_eq!(differing, expected.map(|(name, history)| (name, id_in(history, newer_tl_types::LAYER))));
}

/// Every `types::…` in these sources, without its methods and constants.
fn named(source: &str) -> impl Iterator<Item = String> {
    source.split("types::").skip(1).filter_map(|behind| {
        let path = behind.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next()?;
        let capital = |part: &&str| part.starts_with(char::is_uppercase);
        let kind = path.split("::").find(capital)?;
        let end = path.find(kind)? + kind.len();
        Some(path[..end].to_owned())
    })
}

#[test]
fn the_comparison_leaves_out_nothing_that_the_sources_name() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dc");
    let mut found = BTreeSet::new();
    for folder in [room.clone(), room.join("rpc")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "rs") {
                found.extend(named(&std::fs::read_to_string(file).unwrap()));
            }
        }
    }
    let compared: BTreeSet<String> = with_fields().into_iter().map(|(name, ..)| name).collect();
    let missing: Vec<_> =
        found.iter().filter(|name| !compared.contains(*name) && !MTPROTO.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "not compared: {missing:?}");
    let unused: Vec<_> = compared.difference(&found).collect();
    assert!(unused.is_empty(), "compared, though never sent: {unused:?}");
}
