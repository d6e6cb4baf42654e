//! `request new --bot-id ID --ask WHAT … (--key PEM | --new-key FILE)`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use telegram_passport::request::{
    CallbackUrl, LinkForm, PassportRequest, RequiredElement, Scope, ScopeForm, SuitableElement,
};
use telegram_passport::vault::bot::BotPrivateKey;
use telegram_passport::vault::{BotPublicKey, KeyError};

use crate::answer::Answer;
use crate::arguments::{self, RequestNew};
use crate::failure::{Failure, sentence};
use crate::{reading, writing};

/// The length of a new bot key: what every client and library takes.
pub(crate) const NEW_KEY_BITS: u32 = 2048;

/// A request, made.
#[derive(Serialize)]
struct MadeRequest {
    link: String,
    bot_id: i64,
    scope: String,
    nonce: String,
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_file: Option<PathBuf>,
}

pub(crate) fn run(options: &RequestNew) -> Result<Box<dyn Answer>, Failure> {
    let scope = scope(&options.ask, options.form)?;
    let callback = options
        .callback
        .as_deref()
        .map(|address| CallbackUrl::parse(address).map_err(|error| Failure::usage(sentence(&error))))
        .transpose()?;
    let nonce = match &options.nonce {
        Some(nonce) => nonce.clone(),
        None => random_nonce()?,
    };
    // A key is made only once everything else is known to be right, and written only once the link is there.
    let (public, new_key) = match (&options.key, &options.new_key) {
        (Some(path), _) => (public_key(path)?, None),
        (None, Some(path)) => {
            let key =
                BotPrivateKey::generate(NEW_KEY_BITS).map_err(|error| Failure::failed(sentence(&error)))?;
            (key.public_key(), Some((path, key)))
        }
        (None, None) => return Err(Failure::usage("a request needs --key or --new-key")),
    };
    let mut request = PassportRequest::new(options.bot_id, scope.as_str(), &public.to_pem(), &nonce)
        .map_err(|error| Failure::usage(sentence(&error)))?;
    if let Some(callback) = callback {
        request = request.with_callback_url(callback);
    }
    let link = request.to_link(LinkForm::Resolve);
    if let Some((path, key)) = &new_key {
        writing::secret(path, key.to_pem().as_bytes(), options.force)?;
    }
    Ok(Box::new(MadeRequest {
        link,
        bot_id: request.bot_id(),
        scope: request.scope().to_owned(),
        nonce,
        public_key: request.public_key().to_owned(),
        key_file: new_key.map(|(path, _)| path.clone()),
    }))
}

fn scope(ask: &[String], form: arguments::ScopeForm) -> Result<Scope, Failure> {
    let rows = ask.iter().map(|row| required(row)).collect::<Result<Vec<_>, _>>()?;
    let form = match form {
        arguments::ScopeForm::Long => ScopeForm::Long,
        arguments::ScopeForm::Compact => ScopeForm::Compact,
        arguments::ScopeForm::Legacy => ScopeForm::Legacy,
    };
    Scope::new(rows, form).map_err(|error| Failure::usage(sentence(&error)))
}

/// `passport+selfie/identity_card`: one row.
fn required(row: &str) -> Result<RequiredElement, Failure> {
    let alternatives = row.split('/').map(suitable).collect::<Result<Vec<_>, _>>()?;
    Ok(RequiredElement::one_of(alternatives))
}

fn suitable(alternative: &str) -> Result<SuitableElement, Failure> {
    let mut words = alternative.split('+');
    let kind = words.next().unwrap_or_default();
    let kind =
        crate::arguments::kind(kind).map_err(|why| Failure::usage(format!("--ask: {kind:?} is {why}")))?;
    words.try_fold(SuitableElement::new(kind), |element, word| match word {
        "selfie" => Ok(element.with_selfie()),
        "translation" => Ok(element.with_translation()),
        "native-names" => Ok(element.with_native_names()),
        _ => Err(Failure::usage(format!("--ask: {word:?} is not selfie, translation or native-names"))),
    })
}

/// The public half of the key in a file, whichever half the file holds.
fn public_key(path: &Path) -> Result<BotPublicKey, Failure> {
    let pem = reading::text(path, "the key")?;
    match BotPublicKey::from_pem(&pem) {
        Err(KeyError::PrivateKeyGiven) => BotPrivateKey::from_pem(&pem).map(|key| key.public_key()),
        read => read,
    }
    .map_err(|error| Failure::failed(sentence(&error)))
}

/// 16 random bytes in hexadecimal: nobody guesses it, every app carries it.
pub(crate) fn random_nonce() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed(format!("the operating system gives no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The link alone, so that it can be piped on.
impl fmt::Display for MadeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.link)
    }
}

#[cfg(test)]
mod tests {
    use telegram_passport::element::ElementType;

    use super::*;

    #[test]
    fn a_row_is_written_with_slashes_and_plusses() {
        let row = required("passport+selfie+translation/identity_card").expect("a row");
        let passport = SuitableElement::new(ElementType::Passport).with_selfie().with_translation();
        assert_eq!(row.alternatives(), [passport, SuitableElement::new(ElementType::IdentityCard)]);
        for wrong in ["", "/", "visa", "passport+", "passport+sefie", "passport selfie"] {
            assert!(required(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nonces_differ() {
        assert_ne!(random_nonce().expect("random"), random_nonce().expect("random"));
    }
}
