use std::fmt;

use super::required::{self, Rows};
use super::{ElementError, RequiredElement, RequirementError, SuitableElement, displayed};

/// Who asks: the bot as the person is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// The bot's user id, positive.
    pub bot_id: i64,
    /// Its name, made safe to show.
    pub name: String,
    /// Its username without `@`, if it has one.
    pub username: Option<String>,
    /// Telegram has verified it.
    pub verified: bool,
    /// Telegram has marked it as a scam.
    pub scam: bool,
    /// Telegram has marked it as impersonating somebody.
    pub fake: bool,
}

impl Service {
    /// A service without any of Telegram's marks. The name is made safe to show.
    #[must_use]
    pub fn new(bot_id: i64, name: &str, username: Option<&str>) -> Self {
        Self {
            bot_id,
            name: displayed(name, 128),
            username: username.map(|username| displayed(username, 64)),
            verified: false,
            scam: false,
            fake: false,
        }
    }

    /// Sets whether Telegram has verified it.
    #[must_use]
    pub fn with_verified(self, verified: bool) -> Self {
        Self { verified, ..self }
    }

    /// Sets whether it is marked as a scam.
    #[must_use]
    pub fn with_scam(self, scam: bool) -> Self {
        Self { scam, ..self }
    }

    /// Sets whether it is marked as impersonating somebody.
    #[must_use]
    pub fn with_fake(self, fake: bool) -> Self {
        Self { fake, ..self }
    }
}

/// `Name (@username)`, with Telegram's marks behind.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(username) = &self.username {
            write!(f, " (@{username})")?;
        }
        for (mark, set) in [("verified", self.verified), ("SCAM", self.scam), ("FAKE", self.fake)] {
            if set {
                write!(f, " [{mark}]")?;
            }
        }
        Ok(())
    }
}

/// What the server makes of a request: who asks, under which policy, for what, and what the bot objected to in
/// earlier answers (`account.authorizationForm`).
///
/// It says nothing about what the person holds; [`assess`](Self::assess) joins the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationForm {
    service: Service,
    privacy_policy_url: Option<String>,
    rows: Vec<RequiredElement>,
    errors: Vec<ElementError>,
    standing: Vec<ElementError>,
}

impl AuthorizationForm {
    /// A form, refused where Telegram Desktop refuses it too (docs/protocol.md §7.3): no rows; personal details, a
    /// phone number or an e-mail address as one of several alternatives; a kind twice; a flag on a kind that
    /// cannot have it. One such flag is tolerated, as there, by dropping it: a selfie with a proof of address.
    ///
    /// # Errors
    /// [`RequirementError`] says which row contradicts itself.
    pub fn new(
        service: Service,
        privacy_policy_url: Option<String>,
        rows: Vec<RequiredElement>,
        errors: Vec<ElementError>,
    ) -> Result<Self, RequirementError> {
        let rows: Vec<_> = rows.iter().map(without_selfie_of_an_address).collect();
        required::check(&rows, Rows::OfForm)?;
        let privacy_policy_url = privacy_policy_url.filter(|url| !url.is_empty());
        Ok(Self { service, privacy_policy_url, rows, errors, standing: Vec::new() })
    }

    /// Who asks.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The service's privacy policy, as it gave it (make it safe with [`displayed`]). If there is none, a person
    /// has to be told that there is none.
    #[must_use]
    pub fn privacy_policy_url(&self) -> Option<&str> {
        self.privacy_policy_url.as_deref()
    }

    /// The rows, all of which have to be satisfied.
    #[must_use]
    pub fn rows(&self) -> &[RequiredElement] {
        &self.rows
    }

    /// What this bot objected to. [`assess`](Self::assess) knows which of it still counts.
    #[must_use]
    pub fn errors(&self) -> &[ElementError] {
        &self.errors
    }

    /// What this bot objected to in a field that has not changed since, although the server does not say it any more
    /// ([`RememberedObjections`](super::RememberedObjections)).
    #[must_use]
    pub fn standing(&self) -> &[ElementError] {
        &self.standing
    }

    /// Adds such objections; none twice.
    pub(crate) fn add_standing(&mut self, standing: Vec<ElementError>) {
        for error in standing {
            let same = |other: &ElementError| other.kind == error.kind && other.field() == error.field();
            if !self.errors.iter().chain(&self.standing).any(same) {
                self.standing.push(error);
            }
        }
    }

    /// The kinds asked for.
    pub(crate) fn kinds(&self) -> Vec<crate::element::ElementType> {
        self.rows.iter().flat_map(RequiredElement::alternatives).map(|alternative| alternative.kind).collect()
    }
}

fn without_selfie_of_an_address(row: &RequiredElement) -> RequiredElement {
    let tolerated = |suitable: &SuitableElement| SuitableElement {
        selfie: suitable.selfie && !suitable.kind.is_personal_document(),
        ..*suitable
    };
    RequiredElement::one_of(row.alternatives().iter().map(tolerated).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::ElementType;

    fn form(rows: Vec<RequiredElement>) -> Result<AuthorizationForm, RequirementError> {
        AuthorizationForm::new(Service::new(7, "Bot", None), Some(String::new()), rows, vec![])
    }

    #[test]
    fn a_selfie_with_a_proof_of_address_is_tolerated_and_dropped() {
        let bill = SuitableElement::new(ElementType::UtilityBill);
        let tolerant = form(vec![bill.with_selfie().into()]).unwrap();
        assert_eq!(tolerant.rows(), [bill.into()]);
        let address = SuitableElement::new(ElementType::Address).with_selfie();
        let refused = RequirementError::Selfie { kind: ElementType::Address };
        assert_eq!(form(vec![address.into()]), Err(refused));
    }

    #[test]
    fn an_empty_policy_is_none() {
        let form = form(vec![ElementType::Email.into()]).unwrap();
        assert_eq!(form.privacy_policy_url(), None);
    }

    #[test]
    fn a_service_shows_its_marks() {
        let service = Service::new(7, "Bank\u{202e}!\n", Some("bank")).with_verified(true).with_scam(true);
        assert_eq!(service.to_string(), "Bank! (@bank) [verified] [SCAM]");
        assert_eq!(Service::new(7, "Bank", None).with_fake(true).to_string(), "Bank [FAKE]");
    }
}
