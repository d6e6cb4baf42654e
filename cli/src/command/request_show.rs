//! `request show URL`.

use std::fmt;

use serde::Serialize;
use telegram_passport::element::ElementType;
use telegram_passport::request::{
    CallbackUrl, Outcome, PassportLink, PassportRequest, Scope, ScopeForm, ServiceError, SuitableElement,
};
use telegram_passport::vault::BotPublicKey;

use crate::answer::Answer;
use crate::arguments::RequestShow;
use crate::failure::{Failure, sentence};
use crate::{printable, reading};

/// A request, explained.
#[derive(Serialize)]
pub(crate) struct Explanation {
    bot_id: i64,
    asks_for: Vec<Vec<Asked>>,
    scope: ScopeFacts,
    public_key: KeyFacts,
    nonce: NonceFacts,
    callback: Option<Callback>,
    /// What is opened although the service asked for nothing.
    #[serde(skip)]
    told_without: Option<String>,
    remarks: Vec<String>,
}

/// One alternative of one row.
#[derive(Serialize)]
struct Asked {
    kind: &'static str,
    selfie: bool,
    translation: bool,
    native_names: bool,
}

#[derive(Serialize)]
struct ScopeFacts {
    form: &'static str,
    verbatim: String,
}

#[derive(Serialize)]
struct KeyFacts {
    bits: u32,
    pem: String,
}

#[derive(Serialize)]
struct NonceFacts {
    name: &'static str,
    value: String,
}

/// Where the service asks to be told, and what would be opened.
#[derive(Serialize)]
struct Callback {
    /// As it was asked for.
    asked_for: String,
    /// Whose page it is; empty for an app.
    host: String,
    /// The scheme of an app's own, if it is one: what opens it is whichever app has registered that.
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    /// Whether that is another app than the bot's own, which is opened on the person's word only.
    foreign: bool,
    /// `null` where nothing is opened.
    success: Option<String>,
    cancel: Option<String>,
    error: Option<String>,
}

pub(crate) fn run(options: &RequestShow) -> Result<Box<dyn Answer>, Failure> {
    let link = reading::request(&options.request)?;
    Ok(Box::new(Explanation::new(&link)?))
}

impl Explanation {
    pub(crate) fn new(link: &PassportLink) -> Result<Self, Failure> {
        let request = &link.request;
        let scope = request.parse_scope().map_err(|error| Failure::failed(sentence(&error)))?;
        let key = BotPublicKey::from_pem(request.public_key())
            .map_err(|error| Failure::failed(format!("the request's public_key cannot be used: {error}")))?;
        Ok(Self {
            bot_id: request.bot_id(),
            asks_for: asked(&scope),
            scope: ScopeFacts { form: form_name(scope.form()), verbatim: request.scope().to_owned() },
            public_key: KeyFacts { bits: key.bits(), pem: request.public_key().to_owned() },
            nonce: NonceFacts { name: request.nonce_name().name(), value: request.nonce().to_owned() },
            callback: Callback::of(request),
            told_without: request
                .callback_url()
                .is_none()
                .then(|| Outcome::Success.address(request))
                .flatten(),
            remarks: link.remarks.iter().map(ToString::to_string).collect(),
        })
    }
}

impl Callback {
    fn of(request: &PassportRequest) -> Option<Self> {
        let url = request.callback_url();
        let asked_for = url.map(CallbackUrl::as_str).or(request.unusable_callback())?;
        let app = url.and_then(CallbackUrl::app_scheme);
        Some(Self {
            asked_for: asked_for.to_owned(),
            host: url.filter(|_| app.is_none()).map(CallbackUrl::host).unwrap_or_default(),
            app,
            foreign: request.foreign_scheme().is_some(),
            success: Outcome::Success.address(request),
            cancel: Outcome::Cancel.address(request),
            error: Outcome::Error(ServiceError::BotInvalid).address(request),
        })
    }
}

fn asked(scope: &Scope) -> Vec<Vec<Asked>> {
    scope.rows().iter().map(|row| row.alternatives().iter().map(Asked::new).collect()).collect()
}

const fn form_name(form: ScopeForm) -> &'static str {
    match form {
        ScopeForm::Long => "long",
        ScopeForm::Compact => "compact",
        ScopeForm::Legacy => "legacy",
    }
}

impl Asked {
    fn new(alternative: &SuitableElement) -> Self {
        Self {
            kind: alternative.kind.name(),
            selfie: alternative.selfie,
            translation: alternative.translation,
            native_names: alternative.native_names,
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = ElementType::from_name(self.kind).map_or(self.kind, ElementType::title);
        let with = [
            (self.selfie, "a selfie"),
            (self.translation, "translations"),
            (self.native_names, "native names"),
        ];
        let with: Vec<&str> = with.into_iter().filter_map(|(wanted, what)| wanted.then_some(what)).collect();
        write!(f, "{kind}{}{}", if with.is_empty() { "" } else { ", with " }, with.join(" and "))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Bot {} asks for", self.bot_id)?;
        for (number, row) in self.asks_for.iter().enumerate() {
            match row.as_slice() {
                [only] => writeln!(f, "  {}. {only}", number + 1)?,
                several => {
                    writeln!(f, "  {}. one of", number + 1)?;
                    for alternative in several {
                        writeln!(f, "       {alternative}")?;
                    }
                }
            }
        }
        writeln!(
            f,
            "Scope     {} form, {}",
            self.scope.form,
            printable::size(self.scope.verbatim.len() as u64)
        )?;
        writeln!(f, "Key       RSA, {} bits: only its owner can read the answer", self.public_key.bits)?;
        let value = printable::line(&self.nonce.value);
        writeln!(f, "Nonce     {value:?}, which comes back as `{}`", self.nonce.name)?;
        match &self.callback {
            Some(callback) => {
                writeln!(f, "Callback  {}", printable::line(&callback.asked_for))?;
                match &callback.app {
                    _ if callback.success.is_none() => writeln!(f, "            is not opened")?,
                    Some(scheme) if callback.foreign => {
                        writeln!(
                            f,
                            "            belongs to the app that has registered {scheme}: opened on your word only"
                        )?;
                    }
                    Some(_) => writeln!(f, "            belongs to the bot's own app")?,
                    None => writeln!(f, "            tells {}", printable::line(&callback.host))?,
                }
                for address in [&callback.success, &callback.cancel, &callback.error].into_iter().flatten() {
                    writeln!(f, "            {}", printable::line(address))?;
                }
            }
            None => match &self.told_without {
                Some(address) => {
                    writeln!(f, "Callback  none; the bot's own app may have {}", printable::line(address))?
                }
                None => writeln!(f, "Callback  none")?,
            },
        }
        for remark in &self.remarks {
            writeln!(f, "Remark    {}", printable::line(remark))?;
        }
        Ok(())
    }
}
