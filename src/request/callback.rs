use std::fmt;

use super::PassportRequest;

/// Where the service wants to be told how it ended: an absolute address, kept verbatim.
///
/// It is a page of the service (`http`, `https`), or an address of a scheme that an app has registered for itself: the
/// bot's own (`tgbot{bot_id}`, as the SDK for iOS uses it) or any other. What opens such a one is for the machine to
/// know, so whether it is opened is for the person to say.
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
    /// The scheme is no app's own: it runs a script, opens a file, or is Telegram's.
    #[error("the callback address is of a scheme that is no app's own")]
    Scheme,
}

/// Schemes that no app can have registered for itself: browsers and systems give them a meaning of their own, `tg` is
/// Telegram's.
const NO_APPS_OWN: [&str; 9] =
    ["about", "blob", "data", "file", "filesystem", "javascript", "tg", "vbscript", "view-source"];

impl CallbackUrl {
    /// The longest address taken, in bytes. A bound of our own; Telegram states none.
    pub const MAX_LENGTH: usize = 4096;

    /// Takes an absolute address. Telegram Desktop opens `http` and `https` only, the apps for telephones those of
    /// other apps, too (docs/protocol.md §7.1).
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
            scheme if NO_APPS_OWN.contains(&scheme) => Err(CallbackError::Scheme),
            _ => Ok(Self(address.to_owned())),
        }
    }

    /// The scheme of an app that would be opened, in small letters; `None` for a page of the service.
    #[must_use]
    pub fn app_scheme(&self) -> Option<String> {
        let (scheme, _) = self.0.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        (!matches!(scheme.as_str(), "http" | "https")).then_some(scheme)
    }

    /// `tgbot{bot_id}://passport`, the bot's own app made with the SDK for iOS, which is told by other addresses.
    fn is_of_the_ios_sdk(&self, bot_id: i64) -> bool {
        let address = self.0.to_ascii_lowercase();
        address.strip_suffix('/').unwrap_or(&address) == format!("tgbot{bot_id}://passport")
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
        match self.app_scheme() {
            Some(scheme) => f.debug_struct("CallbackUrl").field("scheme", &scheme).finish_non_exhaustive(),
            None => f.debug_struct("CallbackUrl").field("host", &self.host()).finish_non_exhaustive(),
        }
    }
}

/// An error that lies with the request itself, and that the service is told of (docs/protocol.md §7.5).
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

/// What is at fault, for a person.
impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BotInvalid => "there is no such bot",
            Self::PublicKeyRequired => "it has no public key",
            Self::PublicKeyInvalid => "its public key is not the one that the bot has registered",
            Self::ScopeEmpty => "it asks for nothing",
            Self::NonceEmpty | Self::PayloadEmpty => "it has no nonce",
        })
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
    /// What to open to tell the service: its callback address with `tg_passport=…`. The SDK for iOS, whose callback
    /// is `tgbot{bot_id}://passport`, waits for `…/success`, `…/cancel` and `…/error?error=CODE` there. A service that
    /// gave no address may have registered the first two all the same.
    ///
    /// `None` if there is nothing to open: an error without a callback, or a callback that is none
    /// ([`PassportRequest::unusable_callback`]), in whose place nothing else is opened (docs/protocol.md §7.5).
    #[must_use]
    pub fn address(self, request: &PassportRequest) -> Option<String> {
        let bot_id = request.bot_id();
        let of_the_bots_app = || match self {
            Self::Success => format!("tgbot{bot_id}://passport/success"),
            Self::Cancel => format!("tgbot{bot_id}://passport/cancel"),
            Self::Error(error) => format!("tgbot{bot_id}://passport/error?error={}", error.code()),
        };
        match request.callback_url() {
            Some(callback) if callback.is_of_the_ios_sdk(bot_id) => Some(of_the_bots_app()),
            Some(callback) => Some(match self {
                Self::Success => callback.with("tg_passport=success"),
                Self::Cancel => callback.with("tg_passport=cancel"),
                Self::Error(error) => callback.with(&format!("tg_passport=error&error={}", error.code())),
            }),
            None if request.unusable_callback().is_some() || matches!(self, Self::Error(_)) => None,
            None => Some(of_the_bots_app()),
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
    fn pages_and_addresses_of_apps_are_callbacks_and_nothing_else() {
        let scheme = |address: &str| CallbackUrl::parse(address).unwrap().app_scheme();
        assert_eq!(scheme("HTTP://example.org/x"), None);
        assert_eq!(scheme("wallet://auth/passport-callback").as_deref(), Some("wallet"));
        assert_eq!(scheme("Com.Example.App:done?x=1").as_deref(), Some("com.example.app"));
        assert_eq!(scheme("tgbot7://passport").as_deref(), Some("tgbot7"));
        for (address, expected) in [
            ("", CallbackError::NotAnAddress),
            ("example.org/x", CallbackError::NotAnAddress),
            ("https://", CallbackError::NotAnAddress),
            ("https://exa mple.org", CallbackError::NotAnAddress),
            ("https://example.org/\n", CallbackError::NotAnAddress),
            ("javascript:alert(1)", CallbackError::Scheme),
            ("JavaScript:alert(1)", CallbackError::Scheme),
            ("data:text/html,x", CallbackError::Scheme),
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
        let callback = CallbackUrl::parse("wallet://auth/x?session=1").unwrap();
        assert_eq!(format!("{callback:?}"), "CallbackUrl { scheme: \"wallet\", .. }");
    }

    fn told(callback: &str, outcome: Outcome) -> Option<String> {
        let request = PassportRequest::new(7, "{}", "key", "n").unwrap();
        outcome.address(&request.with_callback_url(CallbackUrl::parse(callback).unwrap()))
    }

    #[test]
    fn an_apps_own_address_is_told_and_none_in_its_place() {
        let error = Outcome::Error(ServiceError::BotInvalid);
        for (callback, outcome, expected) in [
            ("wallet://auth/back", Outcome::Success, "wallet://auth/back?tg_passport=success"),
            ("wallet://auth/back?a=1", Outcome::Cancel, "wallet://auth/back?a=1&tg_passport=cancel"),
            ("wallet:done", error, "wallet:done?tg_passport=error&error=BOT_INVALID"),
            // Another bot's app.
            ("tgbot8://passport", Outcome::Success, "tgbot8://passport?tg_passport=success"),
        ] {
            assert_eq!(told(callback, outcome).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_sdk_for_ios_is_told_at_its_own_addresses() {
        for callback in ["tgbot7://passport", "tgbot7://passport/", "TGBOT7://passport"] {
            for (outcome, expected) in [
                (Outcome::Success, "tgbot7://passport/success"),
                (Outcome::Cancel, "tgbot7://passport/cancel"),
                (Outcome::Error(ServiceError::BotInvalid), "tgbot7://passport/error?error=BOT_INVALID"),
            ] {
                assert_eq!(told(callback, outcome).as_deref(), Some(expected));
            }
        }
    }
}
