use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{CallbackError, CallbackUrl, PassportRequest};
use crate::vault::NonceName;

/// The ways a passport link is written (docs/protocol.md §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkForm {
    /// `tg://resolve?domain=telegrampassport&…`, what the SDKs write
    Resolve,
    /// `tg:resolve?domain=telegrampassport&…`, the SDKs on Android
    ResolveWithoutSlashes,
    /// `tg://passport?…`
    Passport,
    /// `tg:passport?…`
    PassportWithoutSlashes,
    /// `tg://secureid?…`, an old name
    SecureId,
    /// `tg:secureid?…`
    SecureIdWithoutSlashes,
    /// `https://t.me/telegrampassport?…`; Telegram Desktop takes it, TDLib sees a public chat in it
    Web,
}

/// A parameter of a passport link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// `domain`
    Domain,
    /// `bot_id`
    BotId,
    /// `scope`
    Scope,
    /// `public_key`
    PublicKey,
    /// `nonce`, with a JSON object as scope
    Nonce,
    /// `payload`, the nonce's name with any other scope
    Payload,
    /// `callback_url`
    CallbackUrl,
}

/// Why a text is no passport request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Longer than [`PassportRequest::MAX_LINK`].
    #[error("the link is longer than {} bytes", PassportRequest::MAX_LINK)]
    TooLong,
    /// None of the forms of [`LinkForm`].
    #[error("this is no passport link")]
    NotAPassportLink,
    /// A parameter is not there.
    #[error("the link has no {0}")]
    Missing(Parameter),
    /// A parameter is there without a value.
    #[error("the link's {0} is empty")]
    Empty(Parameter),
    /// A parameter stands there twice, so that two apps could read two different requests.
    #[error("the link has more than one {0}")]
    Duplicated(Parameter),
    /// A parameter is not UTF-8 after percent-decoding.
    #[error("the link's {0} is not UTF-8")]
    NotUtf8(Parameter),
    /// A parameter is longer than its bound.
    #[error("the link's {parameter} is longer than {limit} bytes")]
    ParameterTooLong {
        /// Which one.
        parameter: Parameter,
        /// Its bound, in bytes after decoding.
        limit: usize,
    },
    /// `bot_id` is not a whole number from 1 to 2⁶³ − 1.
    #[error("the link's bot_id is not a positive number")]
    BadBotId,
}

/// What is odd in a link that is a request all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkRemark {
    /// The callback is no address to open: the service will not be told.
    #[error("the callback is not opened: {0}")]
    CallbackUnusable(CallbackError),
    /// `payload=nonce` beside a `nonce`: the JavaScript SDK adds it so that outdated apps ask for an update.
    #[error("payload=nonce is there for outdated apps and is ignored")]
    PayloadDecoy,
    /// A `payload` beside the `nonce` that counts, or the other way round.
    #[error("{0} is ignored: with this scope it is not the nonce")]
    OtherNonceIgnored(Parameter),
}

/// A passport link, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassportLink {
    /// How it was written.
    pub form: LinkForm,
    /// What it asks.
    pub request: PassportRequest,
    /// What is odd about it.
    pub remarks: Vec<LinkRemark>,
}

/// What stays unescaped in a query value, as in JavaScript's `encodeURIComponent` less its punctuation.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl PassportRequest {
    /// Reads a link in any form; [`PassportLink::parse`] also says which, and what is odd about it.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn parse(link: &str) -> Result<Self, LinkError> {
        PassportLink::parse(link).map(|link| link.request)
    }

    /// Writes the request as a link; reading it again gives the same request.
    #[must_use]
    pub fn to_link(&self, form: LinkForm) -> String {
        let mut link = String::from(match form {
            LinkForm::Resolve => "tg://resolve?domain=telegrampassport&",
            LinkForm::ResolveWithoutSlashes => "tg:resolve?domain=telegrampassport&",
            LinkForm::Passport => "tg://passport?",
            LinkForm::PassportWithoutSlashes => "tg:passport?",
            LinkForm::SecureId => "tg://secureid?",
            LinkForm::SecureIdWithoutSlashes => "tg:secureid?",
            LinkForm::Web => "https://t.me/telegrampassport?",
        });
        link.push_str(&format!("bot_id={}", self.bot_id()));
        let callback = self.callback_url().map(CallbackUrl::as_str).or(self.unusable_callback());
        for (parameter, value) in [
            (Parameter::Scope, Some(self.scope())),
            (Parameter::PublicKey, Some(self.public_key())),
            (Parameter::of_nonce(self.scope()), Some(self.nonce())),
            (Parameter::CallbackUrl, callback),
        ] {
            if let Some(value) = value {
                link.push_str(&format!("&{parameter}={}", utf8_percent_encode(value, ESCAPED)));
            }
        }
        link
    }
}

impl PassportLink {
    /// Reads a link. Scheme, host, action and parameter names may be in any case; `+` is a space, as both
    /// Telegram Desktop and TDLib read it.
    ///
    /// A link is a request also if its scope is none that [`Scope`](super::Scope) understands.
    ///
    /// # Errors
    /// [`LinkError`] says what is wrong, and with which parameter.
    pub fn parse(link: &str) -> Result<Self, LinkError> {
        if link.len() > PassportRequest::MAX_LINK {
            return Err(LinkError::TooLong);
        }
        let (form, query) = split(link.trim()).ok_or(LinkError::NotAPassportLink)?;
        let query = Query(query);
        if matches!(form, LinkForm::Resolve | LinkForm::ResolveWithoutSlashes) {
            match query.value(Parameter::Domain) {
                Ok(domain) if domain.eq_ignore_ascii_case("telegrampassport") => {}
                Err(error @ LinkError::Duplicated(_)) => return Err(error),
                _ => return Err(LinkError::NotAPassportLink),
            }
        }
        let bot_id = parse_bot_id(&query.value(Parameter::BotId)?)?;
        let scope = query.value(Parameter::Scope)?;
        let public_key = query.value(Parameter::PublicKey)?;
        let nonce_name = Parameter::of_nonce(&scope);
        let nonce = query.value(nonce_name)?;
        let mut request = PassportRequest::new(bot_id, &scope, &public_key, &nonce)?;

        let mut remarks = Vec::new();
        match query.value(nonce_name.other_nonce()) {
            Err(LinkError::Missing(_)) => {}
            Ok(decoy) if nonce_name == Parameter::Nonce && decoy == "nonce" => {
                remarks.push(LinkRemark::PayloadDecoy);
            }
            _ => remarks.push(LinkRemark::OtherNonceIgnored(nonce_name.other_nonce())),
        }
        match query.value(Parameter::CallbackUrl) {
            Ok(address) => match CallbackUrl::parse(&address) {
                Ok(callback) => request = request.with_callback_url(callback),
                Err(reason) => {
                    request = request.with_unusable_callback(address);
                    remarks.push(LinkRemark::CallbackUnusable(reason));
                }
            },
            Err(LinkError::Missing(_) | LinkError::Empty(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(Self { form, request, remarks })
    }
}

impl Parameter {
    /// The name in the link.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::BotId => "bot_id",
            Self::Scope => "scope",
            Self::PublicKey => "public_key",
            Self::Nonce => "nonce",
            Self::Payload => "payload",
            Self::CallbackUrl => "callback_url",
        }
    }

    /// The rule of Telegram Desktop and Android, and TDLib's for the credentials (docs/protocol.md §7.1, §8.1).
    pub(super) fn of_nonce(scope: &str) -> Self {
        match NonceName::for_scope(scope) {
            NonceName::Nonce => Self::Nonce,
            NonceName::Payload => Self::Payload,
        }
    }

    fn other_nonce(self) -> Self {
        if self == Self::Nonce { Self::Payload } else { Self::Nonce }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The form and the query of a link, without its fragment.
fn split(link: &str) -> Option<(LinkForm, &str)> {
    let (link, _) = link.split_once('#').unwrap_or((link, ""));
    let (address, query) = link.split_once('?').unwrap_or((link, ""));
    let address = address.strip_suffix('/').unwrap_or(address).to_ascii_lowercase();
    let form = match address.as_str() {
        "tg://resolve" => LinkForm::Resolve,
        "tg:resolve" => LinkForm::ResolveWithoutSlashes,
        "tg://passport" => LinkForm::Passport,
        "tg:passport" => LinkForm::PassportWithoutSlashes,
        "tg://secureid" => LinkForm::SecureId,
        "tg:secureid" => LinkForm::SecureIdWithoutSlashes,
        web if is_web(web) => LinkForm::Web,
        _ => return None,
    };
    Some((form, query))
}

/// Telegram's own hosts, with or without scheme and `www.`, as its apps recognise them in text.
fn is_web(address: &str) -> bool {
    let address =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
    let address = address.strip_prefix("www.").unwrap_or(address);
    matches!(address.split_once('/'), Some(("t.me" | "telegram.me" | "telegram.dog", "telegrampassport")))
}

fn parse_bot_id(text: &str) -> Result<i64, LinkError> {
    // `str::parse` would also take a sign.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(LinkError::BadBotId);
    }
    text.parse().ok().filter(|id| *id > 0).ok_or(LinkError::BadBotId)
}

/// A query, still escaped.
struct Query<'a>(&'a str);

impl Query<'_> {
    /// The decoded value of the one parameter with this name.
    fn value(&self, parameter: Parameter) -> Result<String, LinkError> {
        let mut values = self.0.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            name.eq_ignore_ascii_case(parameter.name()).then_some(value)
        });
        let value = values.next().ok_or(LinkError::Missing(parameter))?;
        if values.next().is_some() {
            return Err(LinkError::Duplicated(parameter));
        }
        if value.is_empty() {
            return Err(LinkError::Empty(parameter));
        }
        percent_decode_str(&value.replace('+', " "))
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| LinkError::NotUtf8(parameter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Outcome;

    const TAIL: &str = "bot_id=7&scope=%7B%7D&public_key=key&nonce=n";

    #[test]
    fn every_form_in_any_case() {
        for (link, form) in [
            (format!("tg://resolve?domain=telegrampassport&{TAIL}"), LinkForm::Resolve),
            (format!("TG:Resolve?{TAIL}&domain=TelegramPassport"), LinkForm::ResolveWithoutSlashes),
            (format!("tg://passport/?{TAIL}"), LinkForm::Passport),
            (format!(" tg:PASSPORT?{TAIL}#end "), LinkForm::PassportWithoutSlashes),
            (format!("tg://secureid?{TAIL}"), LinkForm::SecureId),
            (format!("tg:secureid?{TAIL}"), LinkForm::SecureIdWithoutSlashes),
            (format!("https://t.me/telegrampassport?{TAIL}"), LinkForm::Web),
            (format!("http://www.Telegram.me/telegrampassport/?{TAIL}"), LinkForm::Web),
            (format!("telegram.dog/TelegramPassport?{TAIL}"), LinkForm::Web),
        ] {
            let parsed = PassportLink::parse(&link).unwrap();
            assert_eq!(parsed.form, form, "{link}");
            assert_eq!(parsed.request, PassportRequest::new(7, "{}", "key", "n").unwrap());
            assert_eq!(parsed.remarks, []);
        }
    }

    #[test]
    fn what_is_no_passport_link() {
        for link in [
            "",
            "tg:",
            "tg://",
            "tg://settings",
            "tg://resolve?bot_id=7",
            "tg://resolve?domain=durov&bot_id=7",
            "tg:///passport?bot_id=7",
            "https://t.me/telegrampassport2?bot_id=7",
            "https://example.org/telegrampassport?bot_id=7",
            "https://t.me.example.org/telegrampassport?bot_id=7",
            "ftp://t.me/telegrampassport?bot_id=7",
        ] {
            assert_eq!(PassportRequest::parse(link), Err(LinkError::NotAPassportLink), "{link}");
        }
    }

    #[test]
    fn the_scope_decides_what_the_nonce_is_called() {
        let json = "tg://passport?bot_id=7&scope=%7B%7D&public_key=k&nonce=n&payload=nonce";
        let parsed = PassportLink::parse(json).unwrap();
        assert_eq!(parsed.request.nonce(), "n");
        assert_eq!(parsed.remarks, [LinkRemark::PayloadDecoy]);

        let legacy = "tg://passport?bot_id=7&scope=%5B%5D&public_key=k&payload=p&nonce=n";
        let parsed = PassportLink::parse(legacy).unwrap();
        assert_eq!(parsed.request.nonce(), "p");
        assert_eq!(parsed.remarks, [LinkRemark::OtherNonceIgnored(Parameter::Nonce)]);

        let decoy_alone = "tg://passport?bot_id=7&scope=%7B%7D&public_key=k&payload=nonce";
        assert_eq!(PassportRequest::parse(decoy_alone), Err(LinkError::Missing(Parameter::Nonce)));
        assert_eq!(Parameter::of_nonce("{} "), Parameter::Payload);
    }

    #[test]
    fn each_fault_names_its_parameter() {
        use LinkError::*;
        use Parameter::*;
        let long = "x".repeat(PassportRequest::MAX_NONCE + 1);
        for (tail, expected) in [
            ("scope={}&public_key=k&nonce=n".to_owned(), Missing(BotId)),
            ("bot_id=&scope={}&public_key=k&nonce=n".to_owned(), Empty(BotId)),
            ("bot_id=0&scope={}&public_key=k&nonce=n".to_owned(), BadBotId),
            ("bot_id=-1&scope={}&public_key=k&nonce=n".to_owned(), BadBotId),
            ("bot_id=%2B1&scope={}&public_key=k&nonce=n".to_owned(), BadBotId),
            ("bot_id=7x&scope={}&public_key=k&nonce=n".to_owned(), BadBotId),
            ("bot_id=9223372036854775808&scope={}&public_key=k&nonce=n".to_owned(), BadBotId),
            ("bot_id=7&scope=&public_key=k&nonce=n".to_owned(), Empty(Scope)),
            ("bot_id=7&scope&public_key=k&nonce=n".to_owned(), Empty(Scope)),
            ("bot_id=7&scope={}&nonce=n".to_owned(), Missing(PublicKey)),
            ("bot_id=7&scope={}&public_key=%0D&nonce=n".to_owned(), Empty(PublicKey)),
            ("bot_id=7&scope={}&public_key=k".to_owned(), Missing(Nonce)),
            ("bot_id=7&scope=[]&public_key=k&nonce=n".to_owned(), Missing(Payload)),
            ("bot_id=7&scope={}&public_key=k&nonce=".to_owned(), Empty(Nonce)),
            ("bot_id=7&scope=%FF&public_key=k&payload=n".to_owned(), NotUtf8(Scope)),
            ("bot_id=7&scope={}&public_key=%FF&nonce=n".to_owned(), NotUtf8(PublicKey)),
            ("bot_id=7&scope={}&public_key=k&nonce=%FF".to_owned(), NotUtf8(Nonce)),
            ("bot_id=7&scope={}&public_key=k&nonce=n&callback_url=%FF".to_owned(), NotUtf8(CallbackUrl)),
            ("bot_id=7&scope={}&public_key=k&nonce=n&bot_id=8".to_owned(), Duplicated(BotId)),
            ("bot_id=7&scope={}&SCOPE=[]&public_key=k&nonce=n".to_owned(), Duplicated(Scope)),
            (
                format!("bot_id=7&scope={{}}&public_key=k&nonce={long}"),
                ParameterTooLong { parameter: Nonce, limit: PassportRequest::MAX_NONCE },
            ),
        ] {
            assert_eq!(PassportRequest::parse(&format!("tg://passport?{tail}")), Err(expected), "{tail}");
        }
        let endless = "x".repeat(PassportRequest::MAX_LINK + 1);
        assert_eq!(PassportRequest::parse(&endless), Err(TooLong));
    }

    #[test]
    fn a_key_with_either_line_ending_is_one_key() {
        let with = |ending: &str| {
            let key = format!("-----BEGIN PUBLIC KEY-----{ending}AA%2B%2FAA%3D%3D{ending}");
            let link = format!("tg://passport?bot_id=1099511627777&scope={{}}&public_key={key}&nonce=n");
            PassportRequest::parse(&link).unwrap()
        };
        assert_eq!(with("%0D%0A"), with("%0A"));
        assert_eq!(with("%0A").public_key(), "-----BEGIN PUBLIC KEY-----\nAA+/AA==\n");
        assert_eq!(with("%0A").bot_id(), 1_099_511_627_777);
    }

    #[test]
    fn a_callback_that_is_none_is_remarked_and_nothing_is_opened_in_its_place() {
        let link = format!("tg://passport?{TAIL}&callback_url=javascript%3Aalert(1)");
        let parsed = PassportLink::parse(&link).unwrap();
        assert_eq!(parsed.request.callback_url(), None);
        assert_eq!(parsed.remarks, [LinkRemark::CallbackUnusable(CallbackError::Scheme)]);
        assert_eq!(parsed.request.unusable_callback(), Some("javascript:alert(1)"));
        for outcome in [Outcome::Success, Outcome::Cancel] {
            assert_eq!(outcome.address(&parsed.request), None);
        }
        assert_eq!(PassportRequest::parse(&parsed.request.to_link(LinkForm::Resolve)), Ok(parsed.request));
    }

    #[test]
    fn a_callback_of_an_app_is_kept_and_is_foreign_unless_it_is_the_bots_own() {
        for (callback, foreign) in [
            ("wallet%3A%2F%2Fauth%2Fpassport-callback", Some("wallet")),
            ("tgbot8%3A%2F%2Fpassport", Some("tgbot8")),
            ("tgbot7%3A%2F%2Fpassport", None),
            ("https%3A%2F%2Fexample.org", None),
        ] {
            let parsed =
                PassportLink::parse(&format!("tg://passport?{TAIL}&callback_url={callback}")).unwrap();
            assert_eq!(parsed.remarks, []);
            assert_eq!(parsed.request.foreign_scheme().as_deref(), foreign, "{callback}");
            assert_eq!(PassportRequest::parse(&parsed.request.to_link(LinkForm::Web)), Ok(parsed.request));
        }
    }
}
