use std::fmt;

use zeroize::Zeroizing;

/// What Telegram knows an application by, from its author's account at <https://my.telegram.org>, and how its sessions
/// show up among a person's devices.
#[derive(Clone)]
pub struct Application {
    /// `api_id`, positive. A sandbox takes any.
    pub api_id: i32,
    /// `api_hash`, 32 hexadecimal digits.
    pub api_hash: Zeroizing<String>,
    /// How its sessions show up.
    pub device: Device,
}

impl Application {
    /// An application on the usual device.
    #[must_use]
    pub fn new(api_id: i32, api_hash: impl Into<String>) -> Self {
        Self { api_id, api_hash: Zeroizing::new(api_hash.into()), device: Device::default() }
    }

    /// The same application on another device.
    #[must_use]
    pub fn on(self, device: Device) -> Self {
        Self { device, ..self }
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("api_id", &self.api_id)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// How a session shows up in the account's list of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What runs it.
    pub model: String,
    /// The operating system.
    pub system_version: String,
    /// The application's version.
    pub application_version: String,
    /// Two letters, or a language tag.
    pub language: String,
}

impl Device {
    /// The usual device under another name.
    #[must_use]
    pub fn named(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }
}

/// `telegram-passport` on this operating system, in English, in this library's version.
impl Default for Device {
    fn default() -> Self {
        Self {
            model: "telegram-passport".to_owned(),
            system_version: std::env::consts::OS.to_owned(),
            application_version: env!("CARGO_PKG_VERSION").to_owned(),
            language: "en".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_not_shown() {
        let application =
            Application::new(17, "0123456789abcdef0123456789abcdef").on(Device::named("a phone"));
        let shown = format!("{application:?}");
        assert!(shown.contains("17") && shown.contains("a phone") && !shown.contains("0123"), "{shown}");
    }
}
