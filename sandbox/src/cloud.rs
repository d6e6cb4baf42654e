//! The sandbox's state as one signed-in account sees it.

use super::state::State;
use telegram_passport::cloud::{
    AccountPassword, CloudError, FileChunk, FileLocation, FileRange, InputCheckPassword, InputSecureValue,
    MailedCode, PassportConfig, PasswordInputSettings, PasswordRecovery, PasswordSettings,
    ResetPasswordResult, SecureCloud, SecureCredentialsEncrypted, SecureForm, SecureValue, SecureValueHash,
    SentCode,
};
use telegram_passport::element::{ElementType, EmailAddress, PhoneNumber};

/// A session of one account on [`State`], in process: no sockets, no waiting.
///
/// Every call is counted under its name in the schema, and may be made to fail; see
/// [`State::summary`] and [`State::fail_next`].
#[derive(Clone, Debug)]
pub struct InProcessCloud {
    state: State,
    user_id: i64,
}

impl InProcessCloud {
    /// A session of this account. An unknown account is answered `AUTH_KEY_UNREGISTERED`.
    #[must_use]
    pub fn signed_in(state: State, user_id: i64) -> Self {
        Self { state, user_id }
    }

    /// The account.
    #[must_use]
    pub fn user_id(&self) -> i64 {
        self.user_id
    }

    /// The servers it talks to.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Counts a call and hands over the state, unless the call is to fail.
    fn call(&self, method: &'static str) -> Result<&State, CloudError> {
        self.state.record_call(self.user_id, method)?;
        Ok(&self.state)
    }
}

impl SecureCloud for InProcessCloud {
    async fn all_secure_values(&self) -> Result<Vec<SecureValue>, CloudError> {
        self.call("account.getAllSecureValues")?.all_secure_values(self.user_id)
    }

    async fn secure_values(&self, kinds: &[ElementType]) -> Result<Vec<SecureValue>, CloudError> {
        self.call("account.getSecureValue")?.secure_values(self.user_id, kinds)
    }

    async fn save_secure_value(
        &self,
        value: InputSecureValue,
        secure_secret_id: i64,
    ) -> Result<SecureValue, CloudError> {
        self.call("account.saveSecureValue")?.save_secure_value(self.user_id, value, secure_secret_id)
    }

    async fn delete_secure_values(&self, kinds: &[ElementType]) -> Result<(), CloudError> {
        self.call("account.deleteSecureValue")?.delete_secure_values(self.user_id, kinds)
    }

    async fn authorization_form(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
    ) -> Result<SecureForm, CloudError> {
        let state = self.call("account.getAuthorizationForm")?;
        state.authorization_form(self.user_id, bot_id, scope, public_key)
    }

    async fn accept_authorization(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
        value_hashes: Vec<SecureValueHash>,
        credentials: SecureCredentialsEncrypted,
    ) -> Result<(), CloudError> {
        let state = self.call("account.acceptAuthorization")?;
        state.accept_authorization(self.user_id, bot_id, scope, public_key, &value_hashes, credentials)
    }

    async fn send_verify_phone_code(&self, phone_number: &str) -> Result<SentCode, CloudError> {
        self.call("account.sendVerifyPhoneCode")?.send_verify_phone_code(self.user_id, phone_number)
    }

    async fn resend_phone_code(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> Result<SentCode, CloudError> {
        self.call("auth.resendCode")?.resend_phone_code(self.user_id, phone_number, phone_code_hash)
    }

    async fn cancel_phone_code(&self, phone_number: &str, phone_code_hash: &str) -> Result<(), CloudError> {
        self.call("auth.cancelCode")?.cancel_phone_code(self.user_id, phone_number, phone_code_hash)
    }

    async fn verify_phone(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        phone_code: &str,
    ) -> Result<(), CloudError> {
        let state = self.call("account.verifyPhone")?;
        state.verify_phone(self.user_id, phone_number, phone_code_hash, phone_code)
    }

    async fn send_verify_email_code(&self, email: &str) -> Result<MailedCode, CloudError> {
        self.call("account.sendVerifyEmailCode")?.send_verify_email_code(self.user_id, email)
    }

    async fn verify_email(&self, code: &str) -> Result<EmailAddress, CloudError> {
        self.call("account.verifyEmail")?.verify_email(self.user_id, code)
    }

    async fn account_password(&self) -> Result<AccountPassword, CloudError> {
        self.call("account.getPassword")?.account_password(self.user_id)
    }

    async fn password_settings(&self, password: InputCheckPassword) -> Result<PasswordSettings, CloudError> {
        self.call("account.getPasswordSettings")?.password_settings(self.user_id, &password)
    }

    async fn update_password_settings(
        &self,
        password: InputCheckPassword,
        new_settings: PasswordInputSettings,
    ) -> Result<(), CloudError> {
        let state = self.call("account.updatePasswordSettings")?;
        state.update_password_settings(self.user_id, &password, new_settings)
    }

    async fn confirm_password_email(&self, code: &str) -> Result<(), CloudError> {
        self.call("account.confirmPasswordEmail")?.confirm_password_email(self.user_id, code)
    }

    async fn resend_password_email(&self) -> Result<(), CloudError> {
        self.call("account.resendPasswordEmail")?.resend_password_email(self.user_id)
    }

    async fn cancel_password_email(&self) -> Result<(), CloudError> {
        self.call("account.cancelPasswordEmail")?.cancel_password_email(self.user_id)
    }

    async fn request_password_recovery(&self) -> Result<PasswordRecovery, CloudError> {
        self.call("auth.requestPasswordRecovery")?.request_password_recovery(self.user_id)
    }

    async fn check_recovery_password(&self, code: &str) -> Result<(), CloudError> {
        self.call("auth.checkRecoveryPassword")?.check_recovery_password(self.user_id, code)
    }

    async fn recover_password(
        &self,
        code: &str,
        new_settings: Option<PasswordInputSettings>,
    ) -> Result<(), CloudError> {
        self.call("auth.recoverPassword")?.recover_password(self.user_id, code, new_settings)
    }

    async fn reset_password(&self) -> Result<ResetPasswordResult, CloudError> {
        self.call("account.resetPassword")?.reset_password(self.user_id)
    }

    async fn decline_password_reset(&self) -> Result<(), CloudError> {
        self.call("account.declinePasswordReset")?.decline_password_reset(self.user_id)
    }

    async fn own_phone_number(&self) -> Result<Option<PhoneNumber>, CloudError> {
        self.call("users.getUsers")?.own_phone_number(self.user_id).map(Some)
    }

    async fn passport_config(&self, hash: i32) -> Result<PassportConfig, CloudError> {
        Ok(self.call("help.getPassportConfig")?.passport_config(hash))
    }

    async fn save_file_part(&self, file_id: i64, file_part: u32, bytes: Vec<u8>) -> Result<(), CloudError> {
        self.call("upload.saveFilePart")?.save_file_part(self.user_id, file_id, file_part, bytes)
    }

    async fn save_big_file_part(
        &self,
        file_id: i64,
        file_part: u32,
        file_total_parts: u32,
        bytes: Vec<u8>,
    ) -> Result<(), CloudError> {
        let state = self.call("upload.saveBigFilePart")?;
        state.save_big_file_part(self.user_id, file_id, file_part, file_total_parts, bytes)
    }

    async fn file_part(&self, location: FileLocation, range: FileRange) -> Result<FileChunk, CloudError> {
        self.call("upload.getFile")?.file_part(self.user_id, location, range)
    }
}
