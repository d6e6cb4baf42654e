use std::future::Future;

use super::{
    AccountPassword, CloudError, FileChunk, FileLocation, FileRange, InputCheckPassword, InputSecureValue,
    MailedCode, PassportConfig, PasswordInputSettings, PasswordRecovery, PasswordSettings,
    ResetPasswordResult, SecureCredentialsEncrypted, SecureForm, SecureValue, SecureValueHash, SentCode,
};
use crate::element::ElementType;

/// Telegram's encrypted store for one signed-in account: one method for each RPC that Passport needs.
///
/// Nothing is retried, cached or opened here; errors are what the server answered. Every method can fail with
/// [`CloudError::FloodWait`] and [`CloudError::Transport`], and those of values with
/// [`CloudError::SecureSecretRequired`] and [`CloudError::AppVersionOutdated`]; each names what else is its own. What
/// changes something and was sent, but not answered, ends in [`CloudError::OutcomeUnknown`] and in nothing else.
pub trait SecureCloud: Send + Sync {
    // --- values

    /// Every stored element: `account.getAllSecureValues#b288bc7d`.
    fn all_secure_values(&self) -> impl Future<Output = Result<Vec<SecureValue>, CloudError>> + Send;

    /// The stored elements of these kinds; absent ones are missing: `account.getSecureValue#73665bc2`.
    fn secure_values(
        &self,
        kinds: &[ElementType],
    ) -> impl Future<Output = Result<Vec<SecureValue>, CloudError>> + Send;

    /// Stores an element in place of the one of its kind: `account.saveSecureValue#899fe31d`.
    ///
    /// # Errors
    ///
    /// [`PasswordRequired`](CloudError::PasswordRequired),
    /// [`SecureSecretInvalid`](CloudError::SecureSecretInvalid) if `secure_secret_id` is not the current one,
    /// [`PhoneVerificationNeeded`](CloudError::PhoneVerificationNeeded),
    /// [`EmailVerificationNeeded`](CloudError::EmailVerificationNeeded),
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid), [`EmailInvalid`](CloudError::EmailInvalid),
    /// [`FilePartMissing`](CloudError::FilePartMissing).
    fn save_secure_value(
        &self,
        value: InputSecureValue,
        secure_secret_id: i64,
    ) -> impl Future<Output = Result<SecureValue, CloudError>> + Send;

    /// Deletes the elements of these kinds: `account.deleteSecureValue#b880bc4b`.
    fn delete_secure_values(
        &self,
        kinds: &[ElementType],
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    // --- forms

    /// What a bot asks for: `account.getAuthorizationForm#a929597a`. Scope and key verbatim from the link.
    ///
    /// # Errors
    ///
    /// [`BotInvalid`](CloudError::BotInvalid), [`PublicKeyRequired`](CloudError::PublicKeyRequired),
    /// [`PublicKeyInvalid`](CloudError::PublicKeyInvalid), [`ScopeEmpty`](CloudError::ScopeEmpty).
    fn authorization_form(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
    ) -> impl Future<Output = Result<SecureForm, CloudError>> + Send;

    /// Shares elements with a bot: `account.acceptAuthorization#f3ed4c73`. Scope and key as for the form.
    ///
    /// # Errors
    ///
    /// Those of [`authorization_form`](Self::authorization_form),
    /// [`SecureValueEmpty`](CloudError::SecureValueEmpty) for an element that is not stored,
    /// [`SecureValueHashInvalid`](CloudError::SecureValueHashInvalid) for one that has changed since.
    fn accept_authorization(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
        value_hashes: Vec<SecureValueHash>,
        credentials: SecureCredentialsEncrypted,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    // --- phone numbers and e-mail addresses

    /// Sends a code to a phone: `account.sendVerifyPhoneCode#a5a356f9`.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid).
    fn send_verify_phone_code(
        &self,
        phone_number: &str,
    ) -> impl Future<Output = Result<SentCode, CloudError>> + Send;

    /// Sends another one, by the next means: `auth.resendCode#cae47523`.
    ///
    /// # Errors
    ///
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    fn resend_phone_code(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> impl Future<Output = Result<SentCode, CloudError>> + Send;

    /// Gives the flow up: `auth.cancelCode#1f040578`.
    ///
    /// # Errors
    ///
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    fn cancel_phone_code(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Proves the number: `account.verifyPhone#4dd3a7f6`.
    ///
    /// # Errors
    ///
    /// [`PhoneCodeInvalid`](CloudError::PhoneCodeInvalid), [`PhoneCodeEmpty`](CloudError::PhoneCodeEmpty),
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    fn verify_phone(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        phone_code: &str,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Sends a code to a mailbox: `account.sendVerifyEmailCode#98e037bb`, purpose
    /// `emailVerifyPurposePassport#bbf51685`. Sending again is the same call.
    ///
    /// # Errors
    ///
    /// [`EmailInvalid`](CloudError::EmailInvalid), [`EmailNotAllowed`](CloudError::EmailNotAllowed).
    fn send_verify_email_code(
        &self,
        email: &str,
    ) -> impl Future<Output = Result<MailedCode, CloudError>> + Send;

    /// Proves the address a code was last sent to: `account.verifyEmail#032da4cf`, purpose Passport.
    /// The answer is that address (`account.emailVerified#2b96cd1b`).
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid), [`EmailVerifyExpired`](CloudError::EmailVerifyExpired).
    fn verify_email(
        &self,
        code: &str,
    ) -> impl Future<Output = Result<crate::element::EmailAddress, CloudError>> + Send;

    // --- 2FA

    /// The state of 2FA, with a new challenge: `account.getPassword#548a30f5`.
    fn account_password(&self) -> impl Future<Output = Result<AccountPassword, CloudError>> + Send;

    /// What only the password opens: `account.getPasswordSettings#9cd4eaf9`.
    ///
    /// # Errors
    ///
    /// [`PasswordHashInvalid`](CloudError::PasswordHashInvalid), [`SrpIdInvalid`](CloudError::SrpIdInvalid),
    /// [`SrpPasswordChanged`](CloudError::SrpPasswordChanged).
    fn password_settings(
        &self,
        password: InputCheckPassword,
    ) -> impl Future<Output = Result<PasswordSettings, CloudError>> + Send;

    /// Sets, changes or removes password, recovery e-mail and passport secret:
    /// `account.updatePasswordSettings#a59b102f`.
    ///
    /// # Errors
    ///
    /// Those of [`password_settings`](Self::password_settings),
    /// [`NewSaltInvalid`](CloudError::NewSaltInvalid), [`NewSettingsEmpty`](CloudError::NewSettingsEmpty),
    /// [`NewSettingsInvalid`](CloudError::NewSettingsInvalid),
    /// [`EmailUnconfirmed`](CloudError::EmailUnconfirmed): accepted, but waiting for the mailed code.
    fn update_password_settings(
        &self,
        password: InputCheckPassword,
        new_settings: PasswordInputSettings,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Confirms a new recovery e-mail, and what waited for it: `account.confirmPasswordEmail#8fdf1920`.
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid), [`EmailHashExpired`](CloudError::EmailHashExpired).
    fn confirm_password_email(&self, code: &str) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Mails that code again: `account.resendPasswordEmail#7a7f2a15`.
    ///
    /// # Errors
    ///
    /// [`EmailHashExpired`](CloudError::EmailHashExpired).
    fn resend_password_email(&self) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Drops the waiting change: `account.cancelPasswordEmail#c1cbd5b6`.
    ///
    /// # Errors
    ///
    /// [`EmailHashExpired`](CloudError::EmailHashExpired).
    fn cancel_password_email(&self) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Mails a code to the recovery address: `auth.requestPasswordRecovery#d897bc66`.
    fn request_password_recovery(&self) -> impl Future<Output = Result<PasswordRecovery, CloudError>> + Send;

    /// Tries a recovery code without using it up: `auth.checkRecoveryPassword#0d36bf79`.
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid).
    fn check_recovery_password(&self, code: &str) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Sets a new password, or none, by a recovery code: `auth.recoverPassword#37096c70`.
    /// Nobody can re-wrap the passport secret on this way: every stored value is lost.
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid), [`NewSaltInvalid`](CloudError::NewSaltInvalid),
    /// [`NewSettingsInvalid`](CloudError::NewSettingsInvalid).
    fn recover_password(
        &self,
        code: &str,
        new_settings: Option<PasswordInputSettings>,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Asks for the password to be dropped after a waiting time, or drops it after that:
    /// `account.resetPassword#9308ce1b`. Every stored value is lost then.
    fn reset_password(&self) -> impl Future<Output = Result<ResetPasswordResult, CloudError>> + Send;

    /// Withdraws that request: `account.declinePasswordReset#4c9409f6`.
    ///
    /// # Errors
    ///
    /// [`ResetRequestMissing`](CloudError::ResetRequestMissing).
    fn decline_password_reset(&self) -> impl Future<Output = Result<(), CloudError>> + Send;

    // --- the account

    /// The account's own phone number (`user.phone` of `users.getUsers#0d91a548` for `inputUserSelf`), digits
    /// only: a default for Passport's.
    fn own_phone_number(
        &self,
    ) -> impl Future<Output = Result<Option<crate::element::PhoneNumber>, CloudError>> + Send;

    // --- configuration

    /// The language of each country, unless `hash` names the current version:
    /// `help.getPassportConfig#c661ad08`.
    fn passport_config(&self, hash: i32) -> impl Future<Output = Result<PassportConfig, CloudError>> + Send;

    // --- files

    /// Stores one part of a file of up to 10 MB, counted from 0: `upload.saveFilePart#b304a621`.
    ///
    /// All parts but the last have one size, which is a multiple of 1 KiB and divides 512 KiB.
    fn save_file_part(
        &self,
        file_id: i64,
        file_part: u32,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Uploads a part of a larger file: `upload.saveBigFilePart#de7b673d`.
    fn save_big_file_part(
        &self,
        file_id: i64,
        file_part: u32,
        file_total_parts: u32,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Reads a piece of a stored file's ciphertext: `upload.getFile#be5335be`.
    fn file_part(
        &self,
        location: FileLocation,
        range: FileRange,
    ) -> impl Future<Output = Result<FileChunk, CloudError>> + Send;
}
