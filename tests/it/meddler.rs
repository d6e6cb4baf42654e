//! A cloud between the engine and the real one, which a test lets tamper, stall or fail.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use telegram_passport::cloud::*;
use telegram_passport::element::{ElementType, EmailAddress, PhoneNumber};

type Trick<T> = Mutex<Option<Box<dyn FnMut(&mut T) + Send>>>;

/// Passes everything on, but for what a test plays tricks with.
pub(crate) struct Meddler<C> {
    inner: C,
    /// Changes the elements that are returned, by lists and forms.
    pub(crate) values: Trick<Vec<SecureValue>>,
    /// Changes the answer to a save.
    pub(crate) saved: Trick<SecureValue>,
    /// Changes pieces of downloaded files.
    pub(crate) chunk: Trick<FileChunk>,
    /// Changes what the bot is said to want.
    pub(crate) form: Trick<SecureForm>,
    /// Looks at what is said of the password, and does something elsewhere meanwhile.
    pub(crate) password: Trick<AccountPassword>,
    /// How many parts are taken before every other one waits for ever.
    pub(crate) parts_until_stall: Mutex<Option<u64>>,
    /// How many parts have arrived.
    pub(crate) parts: AtomicU64,
    /// How many parts are on their way, and how many were at most.
    pub(crate) in_flight: Mutex<(u64, u64)>,
    /// The MD5 checksums that were stated of uploaded files.
    pub(crate) checksums: Mutex<Vec<String>>,
    /// The versions that `help.getPassportConfig` was asked with.
    pub(crate) config_hashes: Mutex<Vec<i32>>,
}

impl<C> Meddler<C> {
    pub(crate) fn new(inner: C) -> Self {
        Self {
            inner,
            values: Mutex::default(),
            saved: Mutex::default(),
            chunk: Mutex::default(),
            form: Mutex::default(),
            password: Mutex::default(),
            parts_until_stall: Mutex::default(),
            parts: AtomicU64::new(0),
            in_flight: Mutex::default(),
            checksums: Mutex::default(),
            config_hashes: Mutex::default(),
        }
    }

    pub(crate) fn tamper_with_values(&self, trick: impl FnMut(&mut Vec<SecureValue>) + Send + 'static) {
        *self.values.lock().unwrap() = Some(Box::new(trick));
    }

    pub(crate) fn tamper_with_saved(&self, trick: impl FnMut(&mut SecureValue) + Send + 'static) {
        *self.saved.lock().unwrap() = Some(Box::new(trick));
    }

    pub(crate) fn tamper_with_files(&self, trick: impl FnMut(&mut FileChunk) + Send + 'static) {
        *self.chunk.lock().unwrap() = Some(Box::new(trick));
    }

    pub(crate) fn tamper_with_form(&self, trick: impl FnMut(&mut SecureForm) + Send + 'static) {
        *self.form.lock().unwrap() = Some(Box::new(trick));
    }

    /// Does something elsewhere while this engine has asked for so many challenges.
    pub(crate) fn at_challenge(&self, number: u32, mut work: impl FnMut() + Send + 'static) {
        let mut asked = 0;
        *self.password.lock().unwrap() = Some(Box::new(move |_| {
            asked += 1;
            if asked == number {
                work();
            }
        }));
    }

    async fn take_part(&self) {
        let stalls = {
            let mut left = self.parts_until_stall.lock().unwrap();
            match left.as_mut() {
                Some(0) => true,
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => false,
            }
        };
        {
            let mut in_flight = self.in_flight.lock().unwrap();
            in_flight.0 += 1;
            in_flight.1 = in_flight.1.max(in_flight.0);
        }
        // Lets every other part that may be on its way get here first.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        if stalls {
            std::future::pending::<()>().await;
        }
        self.in_flight.lock().unwrap().0 -= 1;
        self.parts.fetch_add(1, Ordering::SeqCst);
    }
}

fn play<T>(trick: &Trick<T>, victim: &mut T) {
    if let Some(trick) = trick.lock().unwrap().as_mut() {
        trick(victim);
    }
}

macro_rules! pass_on {
    ($($method:ident($($name:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(async fn $method(&self, $($name: $kind),*) -> Result<$answer, CloudError> {
            self.inner.$method($($name),*).await
        })*
    };
}

impl<C: SecureCloud> SecureCloud for Meddler<C> {
    async fn all_secure_values(&self) -> Result<Vec<SecureValue>, CloudError> {
        let mut values = self.inner.all_secure_values().await?;
        play(&self.values, &mut values);
        Ok(values)
    }

    async fn secure_values(&self, kinds: &[ElementType]) -> Result<Vec<SecureValue>, CloudError> {
        let mut values = self.inner.secure_values(kinds).await?;
        play(&self.values, &mut values);
        Ok(values)
    }

    async fn save_secure_value(
        &self,
        value: InputSecureValue,
        secure_secret_id: i64,
    ) -> Result<SecureValue, CloudError> {
        let singles =
            [&value.parts.front_side, &value.parts.reverse_side, &value.parts.selfie].into_iter().flatten();
        for file in singles.chain(&value.parts.translation).chain(&value.parts.files) {
            if let InputSecureFile::Uploaded { md5_checksum, .. } = file {
                self.checksums.lock().unwrap().push(md5_checksum.clone());
            }
        }
        let mut saved = self.inner.save_secure_value(value, secure_secret_id).await?;
        play(&self.saved, &mut saved);
        Ok(saved)
    }

    async fn authorization_form(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
    ) -> Result<SecureForm, CloudError> {
        let mut form = self.inner.authorization_form(bot_id, scope, public_key).await?;
        play(&self.values, &mut form.values);
        play(&self.form, &mut form);
        Ok(form)
    }

    async fn account_password(&self) -> Result<AccountPassword, CloudError> {
        let mut password = self.inner.account_password().await?;
        play(&self.password, &mut password);
        Ok(password)
    }

    async fn passport_config(&self, hash: i32) -> Result<PassportConfig, CloudError> {
        self.config_hashes.lock().unwrap().push(hash);
        self.inner.passport_config(hash).await
    }

    async fn save_file_part(&self, file_id: i64, file_part: u32, bytes: Vec<u8>) -> Result<(), CloudError> {
        self.take_part().await;
        self.inner.save_file_part(file_id, file_part, bytes).await
    }

    async fn save_big_file_part(
        &self,
        file_id: i64,
        file_part: u32,
        file_total_parts: u32,
        bytes: Vec<u8>,
    ) -> Result<(), CloudError> {
        self.take_part().await;
        self.inner.save_big_file_part(file_id, file_part, file_total_parts, bytes).await
    }

    async fn file_part(&self, location: FileLocation, range: FileRange) -> Result<FileChunk, CloudError> {
        let mut chunk = self.inner.file_part(location, range).await?;
        play(&self.chunk, &mut chunk);
        Ok(chunk)
    }

    pass_on! {
        delete_secure_values(kinds: &[ElementType]) -> ();
        accept_authorization(
            bot_id: i64,
            scope: &str,
            public_key: &str,
            value_hashes: Vec<SecureValueHash>,
            credentials: SecureCredentialsEncrypted
        ) -> ();
        send_verify_phone_code(phone_number: &str) -> SentCode;
        resend_phone_code(phone_number: &str, phone_code_hash: &str) -> SentCode;
        cancel_phone_code(phone_number: &str, phone_code_hash: &str) -> ();
        verify_phone(phone_number: &str, phone_code_hash: &str, phone_code: &str) -> ();
        send_verify_email_code(email: &str) -> MailedCode;
        verify_email(code: &str) -> EmailAddress;
        password_settings(password: InputCheckPassword) -> PasswordSettings;
        update_password_settings(password: InputCheckPassword, new_settings: PasswordInputSettings) -> ();
        confirm_password_email(code: &str) -> ();
        resend_password_email() -> ();
        cancel_password_email() -> ();
        request_password_recovery() -> PasswordRecovery;
        check_recovery_password(code: &str) -> ();
        recover_password(code: &str, new_settings: Option<PasswordInputSettings>) -> ();
        reset_password() -> ResetPasswordResult;
        decline_password_reset() -> ();
        own_phone_number() -> Option<PhoneNumber>;
    }
}
