use std::fmt;

use super::{CallbackUrl, LinkError, Parameter, Scope, ScopeError};
use crate::vault::NonceName;

/// What a service asks of a person's app: the contents of a passport link (docs/protocol.md §7.1).
///
/// Scope and public key are kept as they came, byte for byte: the server compares them between
/// `account.getAuthorizationForm` and `account.acceptAuthorization`. The one exception is made here, once, as
/// TDLib makes it: carriage returns are dropped from the public key, so that both calls and the key's own parser
/// see the same string.
#[derive(Clone, PartialEq, Eq)]
pub struct PassportRequest {
    bot_id: i64,
    scope: String,
    public_key: String,
    nonce: String,
    callback_url: Option<CallbackUrl>,
    unusable_callback: Option<String>,
}

/// The nonce is the service's secret until it comes back, and the callback may name a session.
impl fmt::Debug for PassportRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassportRequest")
            .field("bot_id", &self.bot_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl PassportRequest {
    /// The longest link taken, in bytes: every parameter at its bound and fully escaped fits. The bounds are our
    /// own; Telegram states none.
    pub const MAX_LINK: usize = 131_072;
    /// The longest scope, in bytes.
    pub const MAX_SCOPE: usize = 16_384;
    /// The longest public key, in bytes of PEM; a key of 16 384 bits takes 2 900.
    pub const MAX_PUBLIC_KEY: usize = 16_384;
    /// The longest nonce, in bytes.
    pub const MAX_NONCE: usize = 4_096;

    /// A request made of its parts. The scope may be any text here, as in a link: the server is its judge.
    /// Carriage returns are dropped from the public key.
    ///
    /// # Errors
    /// [`LinkError`] names the parameter that is empty, too long or no bot's id.
    pub fn new(bot_id: i64, scope: &str, public_key: &str, nonce: &str) -> Result<Self, LinkError> {
        if bot_id <= 0 {
            return Err(LinkError::BadBotId);
        }
        let public_key: String = public_key.chars().filter(|c| *c != '\r').collect();
        let nonce_name = Parameter::of_nonce(scope);
        for (parameter, value, limit) in [
            (Parameter::Scope, scope, Self::MAX_SCOPE),
            (Parameter::PublicKey, public_key.as_str(), Self::MAX_PUBLIC_KEY),
            (nonce_name, nonce, Self::MAX_NONCE),
        ] {
            if value.is_empty() {
                return Err(LinkError::Empty(parameter));
            }
            if value.len() > limit {
                return Err(LinkError::ParameterTooLong { parameter, limit });
            }
        }
        let (scope, nonce) = (scope.to_owned(), nonce.to_owned());
        Ok(Self { bot_id, scope, public_key, nonce, callback_url: None, unusable_callback: None })
    }

    /// Has the outcome told at this address.
    #[must_use]
    pub fn with_callback_url(self, callback_url: CallbackUrl) -> Self {
        Self { callback_url: Some(callback_url), unusable_callback: None, ..self }
    }

    /// Keeps an address that is no callback, as the link has it.
    #[must_use]
    pub(super) fn with_unusable_callback(self, address: String) -> Self {
        Self { callback_url: None, unusable_callback: Some(address), ..self }
    }

    /// The bot that asks: a user id, the first part of its token. 64 bits, positive.
    #[must_use]
    pub fn bot_id(&self) -> i64 {
        self.bot_id
    }

    /// The scope, verbatim.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The scope, understood.
    ///
    /// # Errors
    /// [`ScopeError`]: the server may still know what to make of it.
    pub fn parse_scope(&self) -> Result<Scope, ScopeError> {
        Scope::parse(&self.scope)
    }

    /// The bot's public key as PEM text, without carriage returns.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The nonce, verbatim: what the service finds in the credentials again.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// What the nonce is called, in the link and in the credentials, by the scope's form.
    #[must_use]
    pub fn nonce_name(&self) -> NonceName {
        NonceName::for_scope(&self.scope)
    }

    /// Where the service wants to be told the outcome.
    #[must_use]
    pub fn callback_url(&self) -> Option<&CallbackUrl> {
        self.callback_url.as_ref()
    }

    /// What the link names as its callback, if that is no address to open: the service asked to be told there, and is
    /// told nowhere else. To be shown only, made safe with [`displayed`](super::displayed).
    #[must_use]
    pub fn unusable_callback(&self) -> Option<&str> {
        self.unusable_callback.as_deref()
    }

    /// The scheme of another app that the service asks to be told in: neither a page nor the bot's own app
    /// (`tgbot{bot_id}`). It is opened on the person's word only.
    #[must_use]
    pub fn foreign_scheme(&self) -> Option<String> {
        let own = format!("tgbot{}", self.bot_id);
        self.callback_url.as_ref()?.app_scheme().filter(|scheme| *scheme != own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_nonce_nor_callback() {
        let request = PassportRequest::new(7, "{}", "key", "sesame").unwrap();
        assert_eq!(format!("{request:?}"), r#"PassportRequest { bot_id: 7, scope: "{}", .. }"#);
    }
}
