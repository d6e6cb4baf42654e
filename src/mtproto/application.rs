use std::fmt;
use std::time::Duration;

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

/// How long to wait for a data centre.
///
/// Every question to one is over within `answer` and, where it says how long it wants to be left alone, `flood_wait`: new
/// connections, other addresses and repeats included, whether it is gone, silent, or in trouble. So is the agreement on a
/// key, which goes before the first question. A call asks one question as a rule. One that has to carry the account to
/// another data centre first, for a file there, asks three; and one that is sent on asks again, three times at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOuts {
    /// For a connection to one address, and for each step of a key exchange.
    pub connect: Duration,
    /// For an answer, before the server is asked what became of the query; three times that without a word is
    /// the end of a connection. After so long a silence a connection is tried with a ping before anything goes out on it
    /// that may not be done twice.
    pub ask_after: Duration,
    /// For an answer, all told; and for a key.
    pub answer: Duration,
    /// Where the server asks to wait (`FLOOD_WAIT_n`), in sum for each question: what is longer is an error at once.
    pub flood_wait: Duration,
}

impl Default for TimeOuts {
    /// 15 s, 10 s, 60 s and 15 s.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            ask_after: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            flood_wait: Duration::from_secs(15),
        }
    }
}
