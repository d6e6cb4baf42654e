use std::fmt;

use super::time_outs::TimeOuts;

/// What Telegram knows an application by, and how its sessions show up among a person's devices.
#[derive(Clone)]
pub struct Application {
    /// `api_id`, from its author's account at Telegram. A sandbox takes any.
    pub api_id: i32,
    /// `api_hash`, 32 hexadecimal digits.
    pub api_hash: String,
    /// How the session shows up.
    pub device: Device,
    /// How long it waits.
    pub time_outs: TimeOuts,
}

impl Application {
    /// An application with the usual device and time-outs.
    #[must_use]
    pub fn new(api_id: i32, api_hash: impl Into<String>) -> Self {
        let (device, time_outs) = (Device::default(), TimeOuts::default());
        Self { api_id, api_hash: api_hash.into(), device, time_outs }
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("api_id", &self.api_id)
            .field("device", &self.device)
            .field("time_outs", &self.time_outs)
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

impl Default for Device {
    fn default() -> Self {
        Self {
            model: "telegram-passport vault".to_owned(),
            system_version: std::env::consts::OS.to_owned(),
            application_version: env!("CARGO_PKG_VERSION").to_owned(),
            language: "en".to_owned(),
        }
    }
}
