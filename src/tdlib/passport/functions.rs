//! TDLib's functions for Passport, the password, and its files.

use tdlib_rs::{enums, types};

use crate::tdlib::function::{Done, functions};

functions! {
    GetPasswordState, "getPasswordState", {} -> types::PasswordState;
    SetPassword<'a>, "setPassword" changes, {
        old_password: &'a str,
        new_password: &'a str,
        new_hint: &'a str,
        set_recovery_email_address: bool,
        new_recovery_email_address: &'a str,
    } -> types::PasswordState;
    GetRecoveryEmailAddress<'a>, "getRecoveryEmailAddress", { password: &'a str } -> types::RecoveryEmailAddress;
    SetRecoveryEmailAddress<'a>, "setRecoveryEmailAddress" changes, {
        password: &'a str,
        new_recovery_email_address: &'a str,
    } -> types::PasswordState;
    CheckRecoveryEmailAddressCode<'a>, "checkRecoveryEmailAddressCode" changes, { code: &'a str } -> types::PasswordState;
    ResendRecoveryEmailAddressCode, "resendRecoveryEmailAddressCode" changes, {} -> types::PasswordState;
    CancelRecoveryEmailAddressVerification, "cancelRecoveryEmailAddressVerification" changes, {
    } -> types::PasswordState;
    RequestPasswordRecovery, "requestPasswordRecovery" changes, {} -> types::EmailAddressAuthenticationCodeInfo;
    CheckPasswordRecoveryCode<'a>, "checkPasswordRecoveryCode", { recovery_code: &'a str } -> Done;
    RecoverPassword<'a>, "recoverPassword" changes, {
        recovery_code: &'a str,
        new_password: &'a str,
        new_hint: &'a str,
    } -> types::PasswordState;
    ResetPassword, "resetPassword" changes, {} -> enums::ResetPasswordResult;
    CancelPasswordReset, "cancelPasswordReset" changes, {} -> Done;
    GetMe, "getMe", {} -> types::User;
    GetUser, "getUser", { user_id: i64 } -> types::User;

    GetAllPassportElements<'a>, "getAllPassportElements", { password: &'a str } -> types::PassportElements;
    GetPassportElement<'a>, "getPassportElement", {
        r#type: enums::PassportElementType,
        password: &'a str,
    } -> enums::PassportElement;
    SetPassportElement<'a>, "setPassportElement" changes, {
        element: enums::InputPassportElement,
        password: &'a str,
    } -> enums::PassportElement;
    DeletePassportElement, "deletePassportElement" changes, { r#type: enums::PassportElementType } -> Done;
    GetPreferredCountryLanguage<'a>, "getPreferredCountryLanguage", { country_code: &'a str } -> types::Text;

    GetNetworkStatistics, "getNetworkStatistics", { only_current: bool } -> types::NetworkStatistics;

    DownloadFile, "downloadFile", {
        file_id: i32,
        priority: i32,
        offset: i64,
        limit: i64,
        synchronous: bool,
    } -> types::File;
    CancelDownloadFile, "cancelDownloadFile", { file_id: i32, only_if_pending: bool } -> Done;
    DeleteFile, "deleteFile", { file_id: i32 } -> Done;
    FinishFileGeneration, "finishFileGeneration", { generation_id: String, error: types::Error } -> Done;

    SendPhoneNumberCode<'a>, "sendPhoneNumberCode" changes, {
        phone_number: &'a str,
        r#type: enums::PhoneNumberCodeType,
    } -> types::AuthenticationCodeInfo;
    ResendPhoneNumberCode, "resendPhoneNumberCode" changes, {} -> types::AuthenticationCodeInfo;
    CheckPhoneNumberCode<'a>, "checkPhoneNumberCode" changes, { code: &'a str } -> Done;
    SendEmailAddressVerificationCode<'a>, "sendEmailAddressVerificationCode" changes, {
        email_address: &'a str,
    } -> types::EmailAddressAuthenticationCodeInfo;
    ResendEmailAddressVerificationCode, "resendEmailAddressVerificationCode" changes, {
    } -> types::EmailAddressAuthenticationCodeInfo;
    CheckEmailAddressVerificationCode<'a>, "checkEmailAddressVerificationCode" changes, { code: &'a str } -> Done;

    GetPassportAuthorizationForm<'a>, "getPassportAuthorizationForm", {
        bot_user_id: i64,
        scope: &'a str,
        public_key: &'a str,
        nonce: &'a str,
    } -> types::PassportAuthorizationForm;
    GetPassportAuthorizationFormAvailableElements<'a>, "getPassportAuthorizationFormAvailableElements", {
        authorization_form_id: i32,
        password: &'a str,
    } -> types::PassportElementsWithErrors;
    SendPassportAuthorizationForm, "sendPassportAuthorizationForm" changes, {
        authorization_form_id: i32,
        types: Vec<enums::PassportElementType>,
    } -> Done;
}
