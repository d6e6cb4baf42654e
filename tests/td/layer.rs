//! TDLib and the vault's own channel speak one schema, constructor by constructor.
//!
//! They are made from two texts: TDLib has the schema compiled in, the channel takes it from `grammers-tl-types`. When
//! one of them moves to a newer layer, this is where it shows.

use grammers_tl_types::{Identifiable, functions as f, types as t};
use memchr::memmem;

use crate::library;

/// Names and ids.
macro_rules! constructors {
    ($($path:path,)*) => { [$((stringify!($path), <$path as Identifiable>::CONSTRUCTOR_ID)),*] };
}

/// What Passport and two-step verification are made of, as far as TDLib and the channel both use it.
const SHARED: [(&str, u32); 66] = constructors![
    f::account::AcceptAuthorization,
    f::account::CancelPasswordEmail,
    f::account::ConfirmPasswordEmail,
    f::account::DeclinePasswordReset,
    f::account::DeleteSecureValue,
    f::account::GetAllSecureValues,
    f::account::GetAuthorizationForm,
    f::account::GetPassword,
    f::account::GetPasswordSettings,
    f::account::GetSecureValue,
    f::account::ResendPasswordEmail,
    f::account::ResetPassword,
    f::account::SaveSecureValue,
    f::account::SendVerifyEmailCode,
    f::account::SendVerifyPhoneCode,
    f::account::UpdatePasswordSettings,
    f::account::VerifyEmail,
    f::account::VerifyPhone,
    f::auth::CheckPassword,
    f::auth::CheckRecoveryPassword,
    f::auth::ExportLoginToken,
    f::auth::RecoverPassword,
    f::auth::RequestPasswordRecovery,
    f::auth::ResendCode,
    f::auth::SendCode,
    f::auth::SignIn,
    f::help::GetPassportConfig,
    f::upload::GetFile,
    f::upload::SaveBigFilePart,
    f::upload::SaveFilePart,
    t::account::AuthorizationForm,
    t::account::EmailVerified,
    t::account::Password,
    t::account::PasswordInputSettings,
    t::account::PasswordSettings,
    t::account::SentEmailCode,
    t::auth::SentCode,
    t::help::PassportConfig,
    t::upload::File,
    t::CodeSettings,
    t::EmailVerificationCode,
    t::InputCheckPasswordSrp,
    t::InputSecureFile,
    t::InputSecureFileLocation,
    t::InputSecureFileUploaded,
    t::InputSecureValue,
    t::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow,
    t::SecureCredentialsEncrypted,
    t::SecureData,
    t::SecureFile,
    t::SecurePasswordKdfAlgoPbkdf2Hmacsha512iter100000,
    t::SecurePasswordKdfAlgoSha512,
    t::SecurePlainEmail,
    t::SecurePlainPhone,
    t::SecureRequiredType,
    t::SecureRequiredTypeOneOf,
    t::SecureSecretSettings,
    t::SecureValue,
    t::SecureValueError,
    t::SecureValueErrorData,
    t::SecureValueErrorFile,
    t::SecureValueErrorFiles,
    t::SecureValueErrorFrontSide,
    t::SecureValueErrorReverseSide,
    t::SecureValueErrorSelfie,
    t::SecureValueHash,
];

/// The id as machine code holds it.
fn holds(library: &[u8], id: u32) -> bool {
    memmem::find(library, &id.to_le_bytes()).is_some()
}

pub(crate) async fn tdlib_knows_every_constructor_that_the_channel_uses() {
    let code = std::fs::read(library().path()).unwrap();
    // That an id of another layer would be missed: `user`, which has changed since.
    let [user, newer] = [
        t::User::CONSTRUCTOR_ID,
        <newer_tl_types::types::User as newer_tl_types::Identifiable>::CONSTRUCTOR_ID,
    ];
    assert_ne!(user, newer);
    assert!(holds(&code, user) && !holds(&code, newer), "TDLib's layer is not the channel's");
    let strangers: Vec<_> = SHARED.iter().filter(|(_, id)| !holds(&code, *id)).collect();
    assert!(
        strangers.is_empty(),
        "TDLib does not know {strangers:?}: see \"Moving to a newer layer\" in CONTRIBUTING.md"
    );
}
