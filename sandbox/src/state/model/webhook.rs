use std::fmt;

use serde::{Deserialize, Serialize};

use telegram_passport::element::UnixTime;

/// Where a bot's updates are sent, as it asked for with `setWebhook`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// What each delivery carries in its header.
    pub secret_token: Option<String>,
    /// The certificate that alone is trusted there, as PEM.
    pub certificate: Option<String>,
    /// The address that the host's name stands for.
    pub ip_address: Option<String>,
    /// How many deliveries go on at once.
    pub max_connections: u32,
}

/// The last delivery that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedDelivery {
    /// When.
    pub date: UnixTime,
    /// Why, as the bot's owner is told.
    pub message: String,
}

impl Webhook {
    /// At this address, and the rest as it is if nothing else is asked for.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            secret_token: None,
            certificate: None,
            ip_address: None,
            max_connections: 40,
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("url", &self.url)
            .field("has_secret_token", &self.secret_token.is_some())
            .field("has_certificate", &self.certificate.is_some())
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
