//! TDLib's functions for Passport, the password, and its files.

use tdlib_rs::{enums, types};

use crate::tdlib::function::{Done, functions};

functions! {
    GetPasswordState, "getPasswordState", {} -> types::PasswordState;
    SetPassword<'a>, "setPassword", {
        old_password: &'a str,
        new_password: &'a str,
        new_hint: &'a str,
        set_recovery_email_address: bool,
        new_recovery_email_address: &'a str,
    } -> types::PasswordState;
    GetRecoveryEmailAddress<'a>, "getRecoveryEmailAddress", { password: &'a str } -> types::RecoveryEmailAddress;
    SetRecoveryEmailAddress<'a>, "setRecoveryEmailAddress", {
        password: &'a str,
        new_recovery_email_address: &'a str,
    } -> types::PasswordState;
    CheckRecoveryEmailAddressCode<'a>, "checkRecoveryEmailAddressCode", { code: &'a str } -> types::PasswordState;
    ResendRecoveryEmailAddressCode, "resendRecoveryEmailAddressCode", {} -> types::PasswordState;
    CancelRecoveryEmailAddressVerification, "cancelRecoveryEmailAddressVerification", {
    } -> types::PasswordState;
    RequestPasswordRecovery, "requestPasswordRecovery", {} -> types::EmailAddressAuthenticationCodeInfo;
    CheckPasswordRecoveryCode<'a>, "checkPasswordRecoveryCode", { recovery_code: &'a str } -> Done;
    RecoverPassword<'a>, "recoverPassword", {
        recovery_code: &'a str,
        new_password: &'a str,
        new_hint: &'a str,
    } -> types::PasswordState;
    ResetPassword, "resetPassword", {} -> enums::ResetPasswordResult;
    CancelPasswordReset, "cancelPasswordReset", {} -> Done;
    GetMe, "getMe", {} -> types::User;
    GetUser, "getUser", { user_id: i64 } -> types::User;

    GetAllPassportElements<'a>, "getAllPassportElements", { password: &'a str } -> types::PassportElements;
    GetPassportElement<'a>, "getPassportElement", {
        r#type: enums::PassportElementType,
        password: &'a str,
    } -> enums::PassportElement;
    SetPassportElement<'a>, "setPassportElement", {
        element: enums::InputPassportElement,
        password: &'a str,
    } -> enums::PassportElement;
    DeletePassportElement, "deletePassportElement", { r#type: enums::PassportElementType } -> Done;
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

    SendPhoneNumberCode<'a>, "sendPhoneNumberCode", {
        phone_number: &'a str,
        r#type: enums::PhoneNumberCodeType,
    } -> types::AuthenticationCodeInfo;
    ResendPhoneNumberCode, "resendPhoneNumberCode", {} -> types::AuthenticationCodeInfo;
    CheckPhoneNumberCode<'a>, "checkPhoneNumberCode", { code: &'a str } -> Done;
    SendEmailAddressVerificationCode<'a>, "sendEmailAddressVerificationCode", {
        email_address: &'a str,
    } -> types::EmailAddressAuthenticationCodeInfo;
    ResendEmailAddressVerificationCode, "resendEmailAddressVerificationCode", {
    } -> types::EmailAddressAuthenticationCodeInfo;
    CheckEmailAddressVerificationCode<'a>, "checkEmailAddressVerificationCode", { code: &'a str } -> Done;

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
    SendPassportAuthorizationForm, "sendPassportAuthorizationForm", {
        authorization_form_id: i32,
        types: Vec<enums::PassportElementType>,
    } -> Done;
}
