use std::fmt;
use std::sync::Arc;

use grammers_tl_types as tl;
use tl::{Identifiable, RemoteCall, enums, functions, types};

use super::client::{Client, read};
use super::convert;
use super::session::Repeat::{Harmless, Never, Same, Spent};
use crate::cloud::{
    AccountPassword, CloudError, FileChunk, FileLocation, FileRange, InputCheckPassword, InputSecureValue,
    MailedCode, PassportConfig, PasswordInputSettings, PasswordRecovery, PasswordSettings,
    ResetPasswordResult, SecureCloud, SecureCredentialsEncrypted, SecureForm, SecureValue, SecureValueHash,
    SentCode,
};
use crate::element::{ElementType, EmailAddress, PhoneNumber};

/// Telegram's encrypted store over MTProto, for the account that is signed in. Clones are one session.
///
/// What fails for want of a connection says so by [`CloudError::Transport`] with a
/// [`ChannelError`](super::ChannelError), or by [`CloudError::OutcomeUnknown`] where the server may have done what it was
/// asked for.
#[derive(Clone)]
pub struct Cloud {
    pub(super) client: Arc<Client>,
    user_id: i64,
}

impl Cloud {
    pub(super) fn new(client: Arc<Client>, user_id: i64) -> Self {
        Self { client, user_id }
    }

    /// The account's id.
    #[must_use]
    pub fn user_id(&self) -> i64 {
        self.user_id
    }

    /// Asks for something to be done, which is answered by `true`.
    async fn order<F>(&self, function: &F, repeat: super::session::Repeat) -> Result<(), CloudError>
    where
        F: RemoteCall<Return = bool> + Identifiable,
    {
        if self.client.ask(function, repeat).await? {
            return Ok(());
        }
        let why = CloudError::UnexpectedAnswer { method: tl::name_for_id(F::CONSTRUCTOR_ID) };
        Err(if repeat.changes() { why.of_change() } else { why })
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloud").field("client", &self.client).finish_non_exhaustive()
    }
}

impl SecureCloud for Cloud {
    async fn all_secure_values(&self) -> Result<Vec<SecureValue>, CloudError> {
        let values = self.client.ask(&functions::account::GetAllSecureValues {}, Harmless).await?;
        convert::values(values, "account.getAllSecureValues")
    }

    async fn secure_values(&self, kinds: &[ElementType]) -> Result<Vec<SecureValue>, CloudError> {
        let request = functions::account::GetSecureValue { types: convert::kinds_to_tl(kinds) };
        convert::values(self.client.ask(&request, Harmless).await?, "account.getSecureValue")
    }

    async fn save_secure_value(
        &self,
        value: InputSecureValue,
        secure_secret_id: i64,
    ) -> Result<SecureValue, CloudError> {
        let value = convert::value_to_tl(value);
        let request = functions::account::SaveSecureValue { value, secure_secret_id };
        let value = self.client.ask(&request, Same).await?;
        convert::value(value, "account.saveSecureValue").map_err(CloudError::of_change)
    }

    async fn delete_secure_values(&self, kinds: &[ElementType]) -> Result<(), CloudError> {
        let request = functions::account::DeleteSecureValue { types: convert::kinds_to_tl(kinds) };
        self.order(&request, Same).await
    }

    async fn authorization_form(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
    ) -> Result<SecureForm, CloudError> {
        let (scope, public_key) = (scope.to_owned(), public_key.to_owned());
        let request = functions::account::GetAuthorizationForm { bot_id, scope, public_key };
        let answer = self.client.ask_bare(&request, Harmless).await?;
        if !convert::is_shallow(&answer) {
            return Err(CloudError::UnexpectedAnswer { method: "account.getAuthorizationForm" });
        }
        convert::form(read::<functions::account::GetAuthorizationForm>(&answer)?)
    }

    async fn accept_authorization(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
        value_hashes: Vec<SecureValueHash>,
        credentials: SecureCredentialsEncrypted,
    ) -> Result<(), CloudError> {
        let request = functions::account::AcceptAuthorization {
            bot_id,
            scope: scope.to_owned(),
            public_key: public_key.to_owned(),
            value_hashes: value_hashes.into_iter().map(convert::hash_to_tl).collect(),
            credentials: convert::credentials_to_tl(credentials),
        };
        self.order(&request, Never).await
    }

    async fn send_verify_phone_code(&self, phone_number: &str) -> Result<SentCode, CloudError> {
        let phone_number = phone_number.to_owned();
        let request =
            functions::account::SendVerifyPhoneCode { phone_number, settings: convert::code_settings() };
        let sent = self.client.ask(&request, Never).await?;
        convert::sent_code(sent, "account.sendVerifyPhoneCode").map_err(CloudError::of_change)
    }

    async fn resend_phone_code(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> Result<SentCode, CloudError> {
        let (phone_number, phone_code_hash) = (phone_number.to_owned(), phone_code_hash.to_owned());
        let request = functions::auth::ResendCode { phone_number, phone_code_hash, reason: None };
        let sent = self.client.ask(&request, Never).await?;
        convert::sent_code(sent, "auth.resendCode").map_err(CloudError::of_change)
    }

    async fn cancel_phone_code(&self, phone_number: &str, phone_code_hash: &str) -> Result<(), CloudError> {
        let (phone_number, phone_code_hash) = (phone_number.to_owned(), phone_code_hash.to_owned());
        self.order(&functions::auth::CancelCode { phone_number, phone_code_hash }, Never).await
    }

    async fn verify_phone(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        phone_code: &str,
    ) -> Result<(), CloudError> {
        let request = functions::account::VerifyPhone {
            phone_number: phone_number.to_owned(),
            phone_code_hash: phone_code_hash.to_owned(),
            phone_code: phone_code.to_owned(),
        };
        self.order(&request, Never).await
    }

    async fn send_verify_email_code(&self, email: &str) -> Result<MailedCode, CloudError> {
        let (purpose, email) = (enums::EmailVerifyPurpose::Passport, email.to_owned());
        let request = functions::account::SendVerifyEmailCode { purpose, email };
        convert::sent_email_code(self.client.ask(&request, Never).await?).map_err(CloudError::of_change)
    }

    async fn verify_email(&self, code: &str) -> Result<EmailAddress, CloudError> {
        let code = types::EmailVerificationCode { code: code.to_owned() };
        let verification = enums::EmailVerification::Code(code);
        let request =
            functions::account::VerifyEmail { purpose: enums::EmailVerifyPurpose::Passport, verification };
        match self.client.ask(&request, Never).await? {
            enums::account::EmailVerified::Verified(verified) => Ok(EmailAddress(verified.email)),
            enums::account::EmailVerified::Login(_) => {
                Err(CloudError::UnexpectedAnswer { method: "account.verifyEmail" }.of_change())
            }
        }
    }

    async fn account_password(&self) -> Result<AccountPassword, CloudError> {
        convert::account_password(self.client.ask(&functions::account::GetPassword {}, Harmless).await?)
    }

    async fn password_settings(&self, password: InputCheckPassword) -> Result<PasswordSettings, CloudError> {
        let request = functions::account::GetPasswordSettings { password: convert::check_password(password) };
        Ok(convert::password_settings(self.client.ask(&request, Spent).await?))
    }

    async fn update_password_settings(
        &self,
        password: InputCheckPassword,
        new_settings: PasswordInputSettings,
    ) -> Result<(), CloudError> {
        let request = functions::account::UpdatePasswordSettings {
            password: convert::check_password(password),
            new_settings: convert::new_settings_to_tl(new_settings),
        };
        self.order(&request, Never).await
    }

    async fn confirm_password_email(&self, code: &str) -> Result<(), CloudError> {
        self.order(&functions::account::ConfirmPasswordEmail { code: code.to_owned() }, Never).await
    }

    async fn resend_password_email(&self) -> Result<(), CloudError> {
        self.order(&functions::account::ResendPasswordEmail {}, Never).await
    }

    async fn cancel_password_email(&self) -> Result<(), CloudError> {
        self.order(&functions::account::CancelPasswordEmail {}, Never).await
    }

    async fn request_password_recovery(&self) -> Result<PasswordRecovery, CloudError> {
        let enums::auth::PasswordRecovery::Recovery(recovery) =
            self.client.ask(&functions::auth::RequestPasswordRecovery {}, Never).await?;
        Ok(PasswordRecovery { email_pattern: recovery.email_pattern })
    }

    async fn check_recovery_password(&self, code: &str) -> Result<(), CloudError> {
        self.order(&functions::auth::CheckRecoveryPassword { code: code.to_owned() }, Harmless).await
    }

    async fn recover_password(
        &self,
        code: &str,
        new_settings: Option<PasswordInputSettings>,
    ) -> Result<(), CloudError> {
        let request = functions::auth::RecoverPassword {
            code: code.to_owned(),
            new_settings: new_settings.map(convert::new_settings_to_tl),
        };
        self.client.ask(&request, Never).await.map(drop)
    }

    async fn reset_password(&self) -> Result<ResetPasswordResult, CloudError> {
        Ok(convert::reset(self.client.ask(&functions::account::ResetPassword {}, Never).await?))
    }

    async fn decline_password_reset(&self) -> Result<(), CloudError> {
        self.order(&functions::account::DeclinePasswordReset {}, Never).await
    }

    async fn own_phone_number(&self) -> Result<Option<PhoneNumber>, CloudError> {
        let request = functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
        let users = self.client.ask(&request, Harmless).await?;
        let own = users.into_iter().find_map(|user| match user {
            enums::User::User(user) if user.is_self => Some(user),
            _ => None,
        });
        let own = own.ok_or(CloudError::UnexpectedAnswer { method: "users.getUsers" })?;
        Ok(own.phone.map(PhoneNumber))
    }

    async fn passport_config(&self, hash: i32) -> Result<PassportConfig, CloudError> {
        let request = functions::help::GetPassportConfig { hash };
        Ok(convert::passport_config(self.client.ask(&request, Harmless).await?))
    }

    async fn save_file_part(&self, file_id: i64, file_part: u32, bytes: Vec<u8>) -> Result<(), CloudError> {
        let file_part = convert::whole(file_part);
        self.order(&functions::upload::SaveFilePart { file_id, file_part, bytes }, Harmless).await
    }

    async fn save_big_file_part(
        &self,
        file_id: i64,
        file_part: u32,
        file_total_parts: u32,
        bytes: Vec<u8>,
    ) -> Result<(), CloudError> {
        let request = functions::upload::SaveBigFilePart {
            file_id,
            file_part: convert::whole(file_part),
            file_total_parts: convert::whole(file_total_parts),
            bytes,
        };
        self.order(&request, Harmless).await
    }

    async fn file_part(&self, location: FileLocation, range: FileRange) -> Result<FileChunk, CloudError> {
        let FileLocation { id, access_hash, dc_id: _ } = location;
        let offset = i64::try_from(range.offset).unwrap_or(i64::MAX);
        let request = functions::upload::GetFile {
            precise: range.precise,
            cdn_supported: false,
            location: enums::InputFileLocation::InputSecureFileLocation(types::InputSecureFileLocation {
                id,
                access_hash,
            }),
            offset,
            limit: convert::whole(range.limit),
        };
        convert::chunk(self.client.ask_for_file(location, &request).await?)
    }
}
