use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::SignedOut;

/// Declares [`CloudError`], its RPC names, and the way from a name to the variant, from one table.
macro_rules! rpc_errors {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal $name:literal, $text:literal;)+) => {
        /// What a server answered instead of a result, or why there was no answer.
        ///
        /// Each variant is one RPC error of Telegram's; those that Passport gives no meaning to arrive as
        /// [`Other`](Self::Other) with code and message as sent.
        #[derive(Clone, Debug, thiserror::Error)]
        #[non_exhaustive]
        pub enum CloudError {
            $($(#[doc = $doc])+ #[error($text)] $variant,)+
            /// `EMAIL_UNCONFIRMED_n` (400), or without a number: accepted, and waiting for the code that was
            /// mailed. To be confirmed by
            /// [`confirm_password_email`](super::SecureCloud::confirm_password_email).
            #[error("the change waits for the code that was mailed to the new recovery address")]
            EmailUnconfirmed {
                /// Characters of the code, if the server said so.
                code_length: Option<u32>,
            },
            /// `PASSWORD_TOO_FRESH_n` (400): how long to wait, in whole seconds.
            #[error("the password was set too recently; wait {} s", .0.as_secs())]
            PasswordTooFresh(Duration),
            /// `SESSION_TOO_FRESH_n` (400): how long to wait, in whole seconds.
            #[error("the session is too recent; wait {} s", .0.as_secs())]
            SessionTooFresh(Duration),
            /// `FLOOD_WAIT_n`, or `FLOOD_PREMIUM_WAIT_n` of files (420): how long to wait, in whole seconds.
            #[error("too many attempts; wait {} s", .0.as_secs())]
            FloodWait(Duration),
            /// `FILE_PART_n_MISSING` (400)
            #[error("part {part} of an uploaded file is missing")]
            FilePartMissing {
                /// Which part, counted from 0.
                part: u32,
            },
            /// The session is signed in no more, or never was.
            #[error("the account is not signed in")]
            SignedOut(#[source] SignedOut),
            /// Any other RPC error, as sent.
            #[error("Telegram refused it, and this version does not know why ({message})")]
            Other {
                /// The RPC error's code.
                code: i32,
                /// The RPC error's message, an upper-case identifier.
                message: String,
            },
            /// An answer of a shape that the schema allows and the method does not.
            #[error("the server gave an answer that is not understood")]
            UnexpectedAnswer {
                /// The method's name in the schema.
                method: &'static str,
            },
            /// No answer: the connection failed. What was asked for has not been done, or changes nothing.
            #[error("no answer from the server")]
            Transport(#[source] Arc<dyn Error + Send + Sync>),
            /// Something was to be changed, it was sent, and no answer came, or none that says what became of it: it
            /// may have been done, and may still be. Look before doing it again.
            #[error("it was sent, and no answer came: it may have been done")]
            OutcomeUnknown(#[source] Arc<dyn Error + Send + Sync>),
        }

        impl CloudError {
            /// The fact that an RPC error states.
            #[must_use]
            pub fn from_rpc(code: i32, message: &str) -> Self {
                match (code, message) {
                    $(($code, $name) => Self::$variant,)+
                    _ => SignedOut::from_rpc(code, message)
                        .map(Self::SignedOut)
                        .or_else(|| Self::with_number(code, message))
                        .unwrap_or_else(|| Self::Other { code, message: message.to_owned() }),
                }
            }

            /// The RPC error that states this fact: its code and message.
            ///
            /// `None` for what is no RPC error: [`Transport`](Self::Transport),
            /// [`OutcomeUnknown`](Self::OutcomeUnknown), [`UnexpectedAnswer`](Self::UnexpectedAnswer), and
            /// [`SignedOut`](Self::SignedOut) without a name.
            #[must_use]
            pub fn to_rpc(&self) -> Option<(i32, String)> {
                Some(match self {
                    $(Self::$variant => ($code, $name.to_owned()),)+
                    Self::EmailUnconfirmed { code_length: None } => (400, "EMAIL_UNCONFIRMED".to_owned()),
                    Self::EmailUnconfirmed { code_length: Some(length) } => {
                        (400, format!("EMAIL_UNCONFIRMED_{length}"))
                    }
                    Self::PasswordTooFresh(wait) => (400, format!("PASSWORD_TOO_FRESH_{}", wait.as_secs())),
                    Self::SessionTooFresh(wait) => (400, format!("SESSION_TOO_FRESH_{}", wait.as_secs())),
                    Self::FloodWait(wait) => (420, format!("FLOOD_WAIT_{}", wait.as_secs())),
                    Self::FilePartMissing { part } => (400, format!("FILE_PART_{part}_MISSING")),
                    Self::SignedOut(reason) => return reason.to_rpc(),
                    Self::Other { code, message } => (*code, message.clone()),
                    Self::UnexpectedAnswer { .. } | Self::Transport(_) | Self::OutcomeUnknown(_) => return None,
                })
            }
        }

        #[cfg(test)]
        const NAMES: &[(i32, &str)] = &[$(($code, $name)),+];
    };
}

rpc_errors! {
    /// `PASSWORD_REQUIRED` (400): set a password first.
    PasswordRequired = 400 "PASSWORD_REQUIRED", "the account has no two-factor password";
    /// `SECURE_SECRET_REQUIRED` (400): it was never set, or reset elsewhere.
    SecureSecretRequired = 400 "SECURE_SECRET_REQUIRED", "the account has no passport secret";
    /// `SECURE_SECRET_INVALID` (400): load the secret anew and wrap everything again.
    SecureSecretInvalid = 400 "SECURE_SECRET_INVALID", "the passport secret is no longer the current one";
    /// `SECURE_VALUE_EMPTY` (400)
    SecureValueEmpty = 400 "SECURE_VALUE_EMPTY", "an element to be shared is not stored";
    /// `SECURE_VALUE_HASH_INVALID` (400): fetch the form anew.
    SecureValueHashInvalid = 400 "SECURE_VALUE_HASH_INVALID", "an element has changed since it was read";
    /// `APP_VERSION_OUTDATED` (400): the server wants a newer client for this request.
    AppVersionOutdated = 400 "APP_VERSION_OUTDATED", "the server asks for a newer version of this client";
    /// `BOT_INVALID` (400)
    BotInvalid = 400 "BOT_INVALID", "there is no such bot";
    /// `PUBLIC_KEY_REQUIRED` (400): the request has no key, or the bot has registered none.
    PublicKeyRequired = 400 "PUBLIC_KEY_REQUIRED", "a public key is required";
    /// `PUBLIC_KEY_INVALID` (400)
    PublicKeyInvalid = 400 "PUBLIC_KEY_INVALID", "the public key is not the one the bot has registered";
    /// `SCOPE_EMPTY` (400)
    ScopeEmpty = 400 "SCOPE_EMPTY", "the request asks for nothing";
    /// `PHONE_VERIFICATION_NEEDED` (400): send a code, verify, save again.
    PhoneVerificationNeeded = 400 "PHONE_VERIFICATION_NEEDED", "the phone number must be verified first";
    /// `EMAIL_VERIFICATION_NEEDED` (400): send a code, verify, save again.
    EmailVerificationNeeded = 400 "EMAIL_VERIFICATION_NEEDED", "the e-mail address must be verified first";
    /// `PHONE_NUMBER_INVALID` (400)
    PhoneNumberInvalid = 400 "PHONE_NUMBER_INVALID", "not a phone number";
    /// `EMAIL_INVALID` (400)
    EmailInvalid = 400 "EMAIL_INVALID", "not an e-mail address";
    /// `EMAIL_NOT_ALLOWED` (400)
    EmailNotAllowed = 400 "EMAIL_NOT_ALLOWED", "this e-mail address is not allowed";
    /// `EMAIL_NOT_SETUP` (400)
    EmailNotSetup = 400 "EMAIL_NOT_SETUP", "no e-mail address is set up";
    /// `PHONE_HASH_EXPIRED` (400)
    PhoneHashExpired = 400 "PHONE_HASH_EXPIRED", "the verification of the phone number has expired";
    /// `EMAIL_VERIFY_EXPIRED` (400): send a code again.
    EmailVerifyExpired = 400 "EMAIL_VERIFY_EXPIRED", "the verification of the e-mail address has expired";
    /// `CODE_INVALID` (400)
    CodeInvalid = 400 "CODE_INVALID", "wrong code";
    /// `EMAIL_HASH_EXPIRED` (400): no recovery e-mail waits for a code.
    EmailHashExpired = 400 "EMAIL_HASH_EXPIRED", "no recovery e-mail waits to be confirmed";
    /// `PHONE_CODE_INVALID` (400)
    PhoneCodeInvalid = 400 "PHONE_CODE_INVALID", "wrong code";
    /// `PHONE_CODE_EMPTY` (400)
    PhoneCodeEmpty = 400 "PHONE_CODE_EMPTY", "the code is empty";
    /// `PHONE_CODE_EXPIRED` (400)
    PhoneCodeExpired = 400 "PHONE_CODE_EXPIRED", "the code has expired";
    /// `PASSWORD_HASH_INVALID` (400)
    PasswordHashInvalid = 400 "PASSWORD_HASH_INVALID", "wrong password";
    /// `SRP_ID_INVALID` (400): the challenge was used or has expired; ask for another.
    SrpIdInvalid = 400 "SRP_ID_INVALID", "the password challenge has expired";
    /// `SRP_PASSWORD_CHANGED` (400)
    SrpPasswordChanged = 400 "SRP_PASSWORD_CHANGED", "the password was changed meanwhile";
    /// `NEW_SALT_INVALID` (400)
    NewSaltInvalid = 400 "NEW_SALT_INVALID", "the new salt does not extend the one the server offered";
    /// `NEW_SETTINGS_EMPTY` (400)
    NewSettingsEmpty = 400 "NEW_SETTINGS_EMPTY", "there is nothing to change";
    /// `NEW_SETTINGS_INVALID` (400)
    NewSettingsInvalid = 400 "NEW_SETTINGS_INVALID", "the new settings are malformed";
    /// `PASSWORD_MISSING` (400)
    PasswordMissing = 400 "PASSWORD_MISSING", "the account has no password";
    /// `PASSWORD_EMPTY` (400)
    PasswordEmpty = 400 "PASSWORD_EMPTY", "the account has no password to recover";
    /// `PASSWORD_RECOVERY_NA` (400): the password has no confirmed recovery e-mail.
    PasswordRecoveryNa = 400 "PASSWORD_RECOVERY_NA", "the password has no recovery e-mail";
    /// `PASSWORD_RECOVERY_EXPIRED` (400)
    PasswordRecoveryExpired = 400 "PASSWORD_RECOVERY_EXPIRED", "the recovery code has expired";
    /// `RESET_REQUEST_MISSING` (400)
    ResetRequestMissing = 400 "RESET_REQUEST_MISSING", "no password reset was requested";
    /// `DATA_HASH_SIZE_INVALID` (400)
    DataHashSizeInvalid = 400 "DATA_HASH_SIZE_INVALID", "a data hash has the wrong length";
    /// `HASH_SIZE_INVALID` (400)
    HashSizeInvalid = 400 "HASH_SIZE_INVALID", "a hash has the wrong length";
    /// `USER_BOT_REQUIRED` (400)
    UserBotRequired = 400 "USER_BOT_REQUIRED", "only a bot can do this";
    /// `USER_ID_INVALID` (400)
    UserIdInvalid = 400 "USER_ID_INVALID", "no such user";
    /// `HASH_INVALID` (400): no session of the account has this number.
    HashInvalid = 400 "HASH_INVALID", "the account has no such session";
}

impl CloudError {
    /// Whether another try may find it otherwise: the server is in trouble, or the challenge that was answered has expired.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::SrpIdInvalid => true,
            Self::Other { code, message } => Self::is_trouble(*code, message),
            _ => false,
        }
    }

    /// Whether an RPC error only says that the server is in trouble: it was worked on, and nobody says how far. What it
    /// was to change may be changed. `AUTH_RESTART` says what to do instead: begin the login anew.
    #[cfg_attr(not(any(feature = "mtproto", feature = "tdlib")), allow(dead_code))] // errors come from there
    pub(crate) fn is_trouble(code: i32, message: &str) -> bool {
        ((500..600).contains(&code) || code < 0) && message != "AUTH_RESTART"
    }

    /// What it means as the answer to a query that changes something: whoever answers what cannot be understood has not
    /// said that nothing was done.
    #[cfg_attr(not(feature = "mtproto"), allow(dead_code))] // answers are read there
    pub(crate) fn of_change(self) -> Self {
        match self {
            Self::UnexpectedAnswer { .. } => Self::OutcomeUnknown(Arc::new(self)),
            other => other,
        }
    }

    /// Errors whose name carries a number.
    fn with_number(code: i32, message: &str) -> Option<Self> {
        if (code, message) == (400, "EMAIL_UNCONFIRMED") {
            return Some(Self::EmailUnconfirmed { code_length: None });
        }
        if let Some(part) = message.strip_prefix("FILE_PART_").and_then(|rest| rest.strip_suffix("_MISSING"))
        {
            return Some(Self::FilePartMissing { part: decimal(part)? });
        }
        let (name, number) = message.rsplit_once('_')?;
        let number = decimal(number)?;
        let wait = Duration::from_secs(number.into());
        match (code, name) {
            (400, "EMAIL_UNCONFIRMED") => Some(Self::EmailUnconfirmed { code_length: Some(number) }),
            (400, "PASSWORD_TOO_FRESH") => Some(Self::PasswordTooFresh(wait)),
            (400, "SESSION_TOO_FRESH") => Some(Self::SessionTooFresh(wait)),
            (420, "FLOOD_WAIT" | "FLOOD_PREMIUM_WAIT") => Some(Self::FloodWait(wait)),
            _ => None,
        }
    }
}

/// `str::parse` takes a leading plus; a server's numbers have none.
fn decimal(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read_names_no_code() {
        let told = CloudError::from_rpc(400, "SOMETHING_NEW").to_string();
        assert_eq!(told, "Telegram refused it, and this version does not know why (SOMETHING_NEW)");
    }

    #[test]
    fn every_name_becomes_a_fact_and_back() {
        for &(code, name) in NAMES {
            let error = CloudError::from_rpc(code, name);
            assert!(!matches!(error, CloudError::Other { .. }), "{name}");
            assert_eq!(error.to_rpc(), Some((code, name.to_owned())));
        }
        let slow_files = CloudError::from_rpc(420, "FLOOD_PREMIUM_WAIT_3");
        assert!(matches!(slow_files, CloudError::FloodWait(wait) if wait.as_secs() == 3));
    }

    #[test]
    fn numbers_in_names_are_read() {
        for (code, name) in [
            (400, "EMAIL_UNCONFIRMED"),
            (400, "EMAIL_UNCONFIRMED_6"),
            (400, "PASSWORD_TOO_FRESH_3600"),
            (400, "SESSION_TOO_FRESH_0"),
            (420, "FLOOD_WAIT_30"),
            (400, "FILE_PART_17_MISSING"),
        ] {
            let error = CloudError::from_rpc(code, name);
            assert!(!matches!(error, CloudError::Other { .. }), "{name}");
            assert_eq!(error.to_rpc(), Some((code, name.to_owned())));
        }
        let slow_files = CloudError::from_rpc(420, "FLOOD_PREMIUM_WAIT_3");
        assert!(matches!(slow_files, CloudError::FloodWait(wait) if wait.as_secs() == 3));
    }

    #[test]
    fn anything_else_is_carried_as_sent() {
        for (code, name) in [
            (400, "METHOD_NOT_IMPLEMENTED"),
            (500, "PASSWORD_HASH_INVALID"),
            (420, "FLOOD_WAIT_"),
            (420, "FLOOD_WAIT_+3"),
            (420, "FLOOD_WAIT_99999999999"),
            (400, "FILE_PART_x_MISSING"),
            (400, ""),
        ] {
            let error = CloudError::from_rpc(code, name);
            assert!(matches!(error, CloudError::Other { .. }), "{name}");
            assert_eq!(error.to_rpc(), Some((code, name.to_owned())));
        }
        let slow_files = CloudError::from_rpc(420, "FLOOD_PREMIUM_WAIT_3");
        assert!(matches!(slow_files, CloudError::FloodWait(wait) if wait.as_secs() == 3));
    }
}
