use std::fmt;

use super::PassportRequest;

/// Where the service wants to be told how it ended: an absolute `http` or `https` address, kept verbatim.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CallbackUrl(String);

/// Why an address is not used as a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// Longer than [`CallbackUrl::MAX_LENGTH`].
    #[error("the callback address is longer than {} bytes", CallbackUrl::MAX_LENGTH)]
    TooLong,
    /// Not an absolute address.
    #[error("the callback is no address")]
    NotAnAddress,
    /// Neither `http` nor `https`: it could start any program on the person's machine.
    #[error("the callback address is neither http nor https")]
    Scheme,
}

impl CallbackUrl {
    /// The longest address taken, in bytes. A bound of our own; Telegram states none.
    pub const MAX_LENGTH: usize = 4096;

    /// Takes an absolute `http` or `https` address; Telegram Desktop accepts no other scheme either
    /// (passport.md §7.1).
    ///
    /// # Errors
    /// [`CallbackError`] says why it is not used.
    pub fn parse(address: &str) -> Result<Self, CallbackError> {
        if address.len() > Self::MAX_LENGTH {
            return Err(CallbackError::TooLong);
        }
        // `url` forgives surrounding spaces and drops line breaks; an address opened verbatim may have none.
        if address.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(CallbackError::NotAnAddress);
        }
        let parsed = url::Url::parse(address).map_err(|_| CallbackError::NotAnAddress)?;
        match parsed.scheme() {
            "http" | "https" if parsed.has_host() => Ok(Self(address.to_owned())),
            "http" | "https" => Err(CallbackError::NotAnAddress),
            _ => Err(CallbackError::Scheme),
        }
    }

    /// The address, verbatim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host that will be told, for display, lower-case and in ASCII (so that look-alike letters show).
    #[must_use]
    pub fn host(&self) -> String {
        url::Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The address with the outcome as the last query parameter, before any `#`.
    fn with(&self, query: &str) -> String {
        let (address, fragment) = match self.0.find('#') {
            Some(hash) => self.0.split_at(hash),
            None => (self.0.as_str(), ""),
        };
        let separator = match address.find('?') {
            None => "?",
            Some(_) if address.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        format!("{address}{separator}{query}{fragment}")
    }
}

impl fmt::Display for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The query of an address may name the person's session with the service: only the host is shown.
impl fmt::Debug for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackUrl").field("host", &self.host()).finish_non_exhaustive()
    }
}

/// An error that lies with the request itself, and that the service is told of (passport.md §7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceError {
    /// `BOT_INVALID`
    BotInvalid,
    /// `PUBLIC_KEY_REQUIRED`
    PublicKeyRequired,
    /// `PUBLIC_KEY_INVALID`
    PublicKeyInvalid,
    /// `SCOPE_EMPTY`
    ScopeEmpty,
    /// `NONCE_EMPTY`
    NonceEmpty,
    /// `PAYLOAD_EMPTY`, the same for a legacy scope
    PayloadEmpty,
}

impl ServiceError {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::BotInvalid,
        Self::PublicKeyRequired,
        Self::PublicKeyInvalid,
        Self::ScopeEmpty,
        Self::NonceEmpty,
        Self::PayloadEmpty,
    ];

    /// The RPC error's text.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BotInvalid => "BOT_INVALID",
            Self::PublicKeyRequired => "PUBLIC_KEY_REQUIRED",
            Self::PublicKeyInvalid => "PUBLIC_KEY_INVALID",
            Self::ScopeEmpty => "SCOPE_EMPTY",
            Self::NonceEmpty => "NONCE_EMPTY",
            Self::PayloadEmpty => "PAYLOAD_EMPTY",
        }
    }

    /// The error with this RPC text; `None` for every error that is none of the service's business.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.code() == code)
    }
}

/// How a request ended, as far as the service is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The person shared what was asked for.
    Success,
    /// The person declined.
    Cancel,
    /// The request is at fault.
    Error(ServiceError),
}

impl Outcome {
    /// What to open to tell the service: its callback address with `tg_passport=…`, or, where it gave none,
    /// `tgbot{bot_id}://passport/success` or `…/cancel`, which its own app may have registered. `None` if there
    /// is nothing to open: an error without a callback (passport.md §7.5).
    #[must_use]
    pub fn address(self, request: &PassportRequest) -> Option<String> {
        let bot_id = request.bot_id();
        match (request.callback_url(), self) {
            (Some(callback), Self::Success) => Some(callback.with("tg_passport=success")),
            (Some(callback), Self::Cancel) => Some(callback.with("tg_passport=cancel")),
            (Some(callback), Self::Error(error)) => {
                Some(callback.with(&format!("tg_passport=error&error={}", error.code())))
            }
            (None, Self::Success) => Some(format!("tgbot{bot_id}://passport/success")),
            (None, Self::Cancel) => Some(format!("tgbot{bot_id}://passport/cancel")),
            (None, Self::Error(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_a_query_parameter_before_any_fragment() {
        for (address, expected) in [
            ("https://example.org", "https://example.org?o"),
            ("https://example.org/back?", "https://example.org/back?o"),
            ("https://example.org/back?a=1", "https://example.org/back?a=1&o"),
            ("https://example.org/back?a=1&", "https://example.org/back?a=1&o"),
            ("https://example.org/back#end", "https://example.org/back?o#end"),
            ("https://example.org/back?a=1#end?b=2", "https://example.org/back?a=1&o#end?b=2"),
            ("https://example.org/#/route?x", "https://example.org/?o#/route?x"),
        ] {
            assert_eq!(CallbackUrl::parse(address).unwrap().with("o"), expected);
        }
    }

    #[test]
    fn only_http_and_https_are_opened() {
        assert!(CallbackUrl::parse("HTTP://example.org/x").is_ok());
        for (address, expected) in [
            ("", CallbackError::NotAnAddress),
            ("example.org/x", CallbackError::NotAnAddress),
            ("https://", CallbackError::NotAnAddress),
            ("https://exa mple.org", CallbackError::NotAnAddress),
            ("https://example.org/\n", CallbackError::NotAnAddress),
            ("javascript:alert(1)", CallbackError::Scheme),
            ("tg://resolve?domain=x", CallbackError::Scheme),
            ("file:///etc/passwd", CallbackError::Scheme),
        ] {
            assert_eq!(CallbackUrl::parse(address), Err(expected), "{address}");
        }
        let long = format!("https://example.org/{}", "x".repeat(CallbackUrl::MAX_LENGTH));
        assert_eq!(CallbackUrl::parse(&long), Err(CallbackError::TooLong));
    }

    #[test]
    fn only_the_services_own_errors_are_forwarded() {
        for error in ServiceError::ALL {
            assert_eq!(ServiceError::from_code(error.code()), Some(error));
        }
        assert_eq!(ServiceError::from_code("SECURE_VALUE_EMPTY"), None);
        assert_eq!(ServiceError::from_code("bot_invalid"), None);
    }

    #[test]
    fn debug_shows_the_host_alone() {
        let callback = CallbackUrl::parse("https://user:secret@Example.org/x?session=1").unwrap();
        assert_eq!(format!("{callback:?}"), "CallbackUrl { host: \"example.org\", .. }");
    }
}
