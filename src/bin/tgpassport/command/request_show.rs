//! `request show URL`.

use std::fmt;

use serde::Serialize;
use telegram_passport::element::ElementType;
use telegram_passport::request::{Outcome, PassportLink, Scope, ScopeForm, SuitableElement};
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

#[derive(Serialize)]
struct Callback {
    host: String,
    success: Option<String>,
    cancel: Option<String>,
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
            callback: request.callback_url().map(|url| Callback {
                host: url.host(),
                success: Outcome::Success.address(request),
                cancel: Outcome::Cancel.address(request),
            }),
            remarks: link.remarks.iter().map(ToString::to_string).collect(),
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
                writeln!(f, "Callback  to {}", printable::line(&callback.host))?;
                for address in [&callback.success, &callback.cancel].into_iter().flatten() {
                    writeln!(f, "            {}", printable::line(address))?;
                }
            }
            None => writeln!(f, "Callback  none: the app opens the bot")?,
        }
        for remark in &self.remarks {
            writeln!(f, "Remark    {}", printable::line(remark))?;
        }
        Ok(())
    }
}
