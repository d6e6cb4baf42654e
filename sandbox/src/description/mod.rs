//! The description of a running sandbox, in a file: `sandbox.json`.

mod clients;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::codes::CODES_FILE_NAME;
use crate::dc::{DataCentres, ServerIdentity, fingerprint_of};
use crate::primitives::hex;
use telegram_passport::disk::Aside;

#[cfg(feature = "tdlib")]
pub use clients::SandboxLibraryError;

/// The usual name of the file.
pub const DESCRIPTION_FILE_NAME: &str = "sandbox.json";

/// What this version writes, and the only thing it reads.
const FORMAT: u64 = 1;

/// The longest text that is read, in bytes: a description has about 1 kB, and 100 bytes more for each person.
const LONGEST: usize = 8 * 1024 * 1024;

/// How to reach a sandbox, and how to know it.
///
/// Every address in it is loopback, or it is none: whoever believes a description goes nowhere else. With the features
/// `mtproto` and `tdlib` it gives clients what they are pointed at a sandbox with: `network`; `library` and
/// `session_options`.
///
/// ```
/// use telegram_passport_sandbox::{Description, DescriptionError};
///
/// let elsewhere = r#"{"format": 1, "public_key": "…", "fingerprint": "…",
///     "data_centres": {"1": "149.154.167.50:443"}, "socks5": "127.0.0.1:1", "codes": "codes.jsonl",
///     "mtproto_proxy": {"address": "127.0.0.1:1", "secret": "00112233445566778899aabbccddeeff"}}"#;
/// assert!(matches!(Description::parse(elsewhere), Err(DescriptionError::NotLoopback { .. })));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
#[non_exhaustive]
pub struct Description {
    /// The sandbox's RSA key, by which clients know it: `-----BEGIN RSA PUBLIC KEY-----`.
    pub public_key: String,
    /// Where each data centre listens, by its id; at least one.
    pub data_centres: BTreeMap<i32, SocketAddr>,
    /// A SOCKS5 proxy that leads to the data centres, whatever address it is asked for.
    pub socks5: SocketAddr,
    /// An MTProto proxy that leads to all of them.
    pub mtproto_proxy: MtprotoProxy,
    /// Where the Bot API is served, if it is. What is written has nothing behind the port, as bot libraries want it.
    pub bot_api: Option<Url>,
    /// Who has an account.
    pub people: Vec<DescribedPerson>,
    /// Who has a token.
    pub bots: Vec<DescribedBot>,
    /// The file to which login and confirmation codes are appended as they are sent, one JSON object a line. As a
    /// description is written, relative to its own place; as it is read from a file, beside that.
    pub codes: PathBuf,
    /// The process that runs the sandbox, or ran it.
    pub process_id: Option<u32>,
}

/// A person with an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedPerson {
    /// The phone number, digits only.
    pub number: String,
    /// The user id.
    pub user_id: i64,
    /// The displayed name.
    pub name: String,
}

/// A bot that can be signed in as.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedBot {
    /// Its id.
    pub id: i64,
    /// With which it calls the Bot API.
    pub token: String,
    /// Its displayed name.
    pub name: String,
    /// Its name without `@`.
    pub username: String,
}

impl fmt::Debug for DescribedPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DescribedPerson").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for DescribedBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DescribedBot").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An MTProto proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MtprotoProxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its secret.
    pub secret: [u8; 16],
}

impl MtprotoProxy {
    /// The secret as clients are told it: 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn secret_hex(&self) -> String {
        hex(&self.secret)
    }
}

impl fmt::Debug for MtprotoProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtprotoProxy").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Why there is no description of a sandbox.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Not JSON, or another object.
    #[error("it does not describe a sandbox")]
    Syntax(#[source] serde_json::Error),
    /// Larger than any description.
    #[error("it is too large to describe a sandbox")]
    TooLarge,
    /// Of another version.
    #[error("it describes a sandbox in format {format}, which this version does not know")]
    Format {
        /// What stands there.
        format: u64,
    },
    /// A sandbox is on loopback. Whatever this is, nobody is sent there.
    #[error("the address of {what} is not on this computer's loopback: {address}")]
    NotLoopback {
        /// Whose address: a field's name.
        what: &'static str,
        /// As it stands there.
        address: String,
    },
    /// Port 0, where nobody can listen.
    #[error("the address of {what} has no port")]
    NoPort {
        /// Whose address: a field's name.
        what: &'static str,
    },
    /// A sandbox has at least one.
    #[error("it names no data centre")]
    NoDataCentre,
    /// Not the PEM of an RSA key of 2048 bits, or one with another fingerprint than the one beside it.
    #[error("its public key is damaged")]
    KeyDamaged,
    /// Not 32 hexadecimal digits.
    #[error("the secret of its MTProto proxy is damaged")]
    ProxySecretDamaged,
    /// Not an address of the form `http://127.0.0.1:8081/`.
    #[error("the address of its Bot API is none")]
    BotApiMalformed,
}

/// A problem inside the text, before or after parsing it.
type Problem = DescriptionError;

/// The JSON.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    format: u64,
    public_key: String,
    /// 16 hexadecimal digits: as a number it would lose bits in most readers of JSON.
    fingerprint: String,
    data_centres: BTreeMap<i32, SocketAddr>,
    socks5: SocketAddr,
    mtproto_proxy: WrittenProxy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bot_api: Option<String>,
    /// For who reads this without us: below which files are, at `/bot<token>/<file_path>`.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    bot_api_file: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    people: Vec<DescribedPerson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bots: Vec<DescribedBot>,
    codes: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    process_id: Option<u32>,
}

#[derive(Clone, Serialize, Deserialize)]
struct WrittenProxy {
    address: SocketAddr,
    secret: String,
}

/// Read first, so that another version is called by its name.
#[derive(Deserialize)]
struct Versioned {
    format: u64,
}

impl Description {
    /// The description of running data centres; `codes` is the file where codes appear.
    #[must_use]
    pub fn of(data_centres: &DataCentres, identity: &ServerIdentity, codes: PathBuf) -> Self {
        Self {
            public_key: identity.public_key(),
            data_centres: data_centres.addresses().clone(),
            socks5: data_centres.address(),
            mtproto_proxy: MtprotoProxy {
                address: data_centres.address(),
                secret: data_centres.proxy_secret(),
            },
            bot_api: None,
            people: Vec::new(),
            bots: Vec::new(),
            codes,
            process_id: Some(std::process::id()),
        }
    }

    /// The description of data centres that run in this process only, whose codes the state tells.
    #[must_use]
    pub fn in_process(data_centres: &DataCentres, identity: &ServerIdentity) -> Self {
        Self::of(data_centres, identity, PathBuf::from(CODES_FILE_NAME))
    }

    /// The fingerprint of [`public_key`](Self::public_key), as `resPQ` carries it.
    ///
    /// # Errors
    /// [`KeyDamaged`](DescriptionError::KeyDamaged), if the field was set to something else.
    pub fn fingerprint(&self) -> Result<i64, DescriptionError> {
        fingerprint_of(&self.public_key).ok_or(Problem::KeyDamaged)
    }

    /// Reads a description from JSON text.
    ///
    /// # Errors
    /// [`DescriptionError`]; among them [`NotLoopback`](DescriptionError::NotLoopback) for whatever would lead
    /// elsewhere.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        if text.len() > LONGEST {
            return Err(Problem::TooLarge);
        }
        let Versioned { format } = serde_json::from_str(text).map_err(Problem::Syntax)?;
        if format != FORMAT {
            return Err(Problem::Format { format });
        }
        serde_json::from_str::<Written>(text).map_err(Problem::Syntax)?.try_into()
    }

    /// Reads a description from a file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and [`Io`](DescriptionError::Io).
    pub fn read(path: &Path) -> Result<Self, DescriptionError> {
        let io = |source| Problem::Io { path: path.to_owned(), source };
        let size = fs::metadata(path).map_err(io)?.len();
        if size > LONGEST as u64 {
            return Err(Problem::TooLarge);
        }
        let mut description = Self::parse(&fs::read_to_string(path).map_err(io)?)?;
        if let Some(folder) = path.parent() {
            description.codes = folder.join(&description.codes);
        }
        Ok(description)
    }

    /// Writes the description, whole or not at all, mode 0600. What stands there is replaced.
    ///
    /// # Errors
    /// [`Io`](DescriptionError::Io); and as [`parse`](Self::parse) if nobody could read it again.
    pub fn write(&self, path: &Path) -> Result<(), DescriptionError> {
        self.check()?;
        let io = |source| Problem::Io { path: path.to_owned(), source };
        let mut text = serde_json::to_string_pretty(self).map_err(Problem::Syntax)?;
        text.push('\n');
        let write = || -> io::Result<()> {
            let mut aside = Aside::beside(path)?;
            aside.write_all(text.as_bytes())?;
            Ok(aside.put(path)?)
        };
        write().map_err(io)
    }

    /// Everything that a description promises.
    fn check(&self) -> Result<(), Problem> {
        self.fingerprint()?;
        if self.data_centres.is_empty() {
            return Err(Problem::NoDataCentre);
        }
        for address in self.data_centres.values() {
            on_loopback("a data centre", address)?;
        }
        on_loopback("the SOCKS5 proxy", &self.socks5)?;
        on_loopback("the MTProto proxy", &self.mtproto_proxy.address)?;
        self.bot_api.as_ref().map_or(Ok(()), bot_api_on_loopback)
    }
}

fn on_loopback(what: &'static str, address: &SocketAddr) -> Result<(), Problem> {
    if !address.ip().is_loopback() {
        return Err(Problem::NotLoopback { what, address: address.to_string() });
    }
    if address.port() == 0 { Err(Problem::NoPort { what }) } else { Ok(()) }
}

/// A name is not taken, `localhost` neither: what it means is decided elsewhere.
fn bot_api_on_loopback(url: &Url) -> Result<(), Problem> {
    let host = url.host().filter(|_| url.scheme() == "http").ok_or(Problem::BotApiMalformed)?;
    let loopback = match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(_) => false,
    };
    if loopback {
        Ok(())
    } else {
        Err(Problem::NotLoopback { what: "the Bot API", address: host.to_string() })
    }
}

impl TryFrom<Written> for Description {
    type Error = DescriptionError;

    fn try_from(written: Written) -> Result<Self, DescriptionError> {
        if written.format != FORMAT {
            return Err(Problem::Format { format: written.format });
        }
        // Where it would lead comes first: that is what a description is refused for, whatever else is wrong.
        for address in written.data_centres.values() {
            on_loopback("a data centre", address)?;
        }
        let bot_api = written.bot_api.as_deref().map(Url::parse).transpose();
        let description = Self {
            public_key: written.public_key,
            data_centres: written.data_centres,
            socks5: written.socks5,
            mtproto_proxy: MtprotoProxy {
                address: written.mtproto_proxy.address,
                secret: sixteen(&written.mtproto_proxy.secret).ok_or(Problem::ProxySecretDamaged)?,
            },
            bot_api: bot_api.map_err(|_| Problem::BotApiMalformed)?,
            people: written.people,
            bots: written.bots,
            codes: written.codes,
            process_id: written.process_id,
        };
        description.check()?;
        if digits(description.fingerprint()?) == written.fingerprint {
            Ok(description)
        } else {
            Err(Problem::KeyDamaged)
        }
    }
}

impl From<Description> for Written {
    fn from(description: Description) -> Self {
        let bot_api = description.bot_api.map(|url| url.origin().ascii_serialization());
        Self {
            format: FORMAT,
            fingerprint: fingerprint_of(&description.public_key).map(digits).unwrap_or_default(),
            public_key: description.public_key,
            data_centres: description.data_centres,
            socks5: description.socks5,
            mtproto_proxy: WrittenProxy {
                address: description.mtproto_proxy.address,
                secret: description.mtproto_proxy.secret_hex(),
            },
            bot_api_file: bot_api.as_ref().map(|origin| format!("{origin}/file")),
            bot_api,
            people: description.people,
            bots: description.bots,
            codes: description.codes,
            process_id: description.process_id,
        }
    }
}

/// A fingerprint as 16 hexadecimal digits, the highest first.
fn digits(fingerprint: i64) -> String {
    format!("{fingerprint:016x}")
}

/// 16 bytes from 32 hexadecimal digits.
fn sixteen(digits: &str) -> Option<[u8; 16]> {
    let plain = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    plain.then(|| u128::from_str_radix(digits, 16).ok()).flatten().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> Description {
        let here: SocketAddr = "127.0.0.1:4430".parse().expect("an address");
        Description {
            public_key: ServerIdentity::generate().public_key(),
            data_centres: BTreeMap::from([(1, here), (2, "[::1]:4431".parse().expect("an address"))]),
            socks5: here,
            mtproto_proxy: MtprotoProxy { address: here, secret: [7; 16] },
            bot_api: Some(Url::parse("http://127.0.0.1:8081/").expect("an address")),
            people: vec![DescribedPerson {
                number: "12025550123".to_owned(),
                user_id: 5_000_000_001,
                name: "Anna".to_owned(),
            }],
            bots: vec![DescribedBot {
                id: 7_000_000_001,
                token: "7000000001:secret".to_owned(),
                name: "Example".to_owned(),
                username: "example_bot".to_owned(),
            }],
            codes: PathBuf::from("codes.jsonl"),
            process_id: Some(42),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join(DESCRIPTION_FILE_NAME);
        let written = description();
        written.write(&path).expect("it can be written");
        let read = Description::read(&path).expect("it can be read");
        assert_eq!(read.codes, place.path().join("codes.jsonl"));
        assert_eq!(Description { codes: written.codes.clone(), ..read }, written);
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1, "no temporary stays behind");
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        let good = serde_json::to_value(description()).expect("JSON");
        let spoilt = |pointer: &str, address: &str| {
            let mut json = good.clone();
            *json.pointer_mut(pointer).expect("it is there") = address.into();
            Description::parse(&json.to_string())
        };
        for pointer in ["/data_centres/2", "/socks5", "/mtproto_proxy/address"] {
            for address in ["149.154.167.50:443", "0.0.0.0:443", "[2001:67c:4e8:f002::a]:443", "[::]:443"] {
                let refused = spoilt(pointer, address);
                assert!(
                    matches!(refused, Err(Problem::NotLoopback { .. })),
                    "{pointer} {address}: {refused:?}"
                );
            }
            assert!(matches!(spoilt(pointer, "127.0.0.1:0"), Err(Problem::NoPort { .. })));
            assert!(matches!(spoilt(pointer, "localhost:443"), Err(Problem::Syntax(_))));
        }
        for address in
            ["http://api.telegram.org/", "http://localhost:80/", "http://10.0.0.1/", "http://[::2]/"]
        {
            let refused = spoilt("/bot_api", address);
            assert!(matches!(refused, Err(Problem::NotLoopback { .. })), "{address}: {refused:?}");
        }
        assert!(matches!(spoilt("/bot_api", "file:///etc/passwd"), Err(Problem::BotApiMalformed)));
        // Serde alone, without `parse`, does not either.
        let mut json = good.clone();
        json["socks5"] = "149.154.167.50:443".into();
        assert!(serde_json::from_value::<Description>(json).is_err());
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let good = serde_json::to_value(description()).expect("JSON");
        let spoilt = |pointer: &str, with: serde_json::Value| {
            let mut json = good.clone();
            *json.pointer_mut(pointer).expect("it is there") = with;
            Description::parse(&json.to_string()).expect_err("it is damaged")
        };
        assert!(matches!(spoilt("/format", 2.into()), Problem::Format { format: 2 }));
        assert!(matches!(spoilt("/public_key", "no key".into()), Problem::KeyDamaged));
        assert!(matches!(spoilt("/fingerprint", "0000000000000000".into()), Problem::KeyDamaged));
        assert!(matches!(
            spoilt("/mtproto_proxy/secret", "+0".repeat(16).into()),
            Problem::ProxySecretDamaged
        ));
        assert!(matches!(spoilt("/data_centres", serde_json::json!({})), Problem::NoDataCentre));
        assert!(matches!(Description::parse("{}"), Err(Problem::Syntax(_))));
        assert!(matches!(Description::parse(&"[".repeat(LONGEST + 1)), Err(Problem::TooLarge)));
        let missing = Description::read(Path::new("/nowhere/sandbox.json"));
        assert!(matches!(missing, Err(Problem::Io { .. })));
    }

    #[test]
    fn bot_libraries_find_what_they_want() {
        let json = serde_json::to_value(description()).expect("JSON");
        assert_eq!(json["bot_api"], "http://127.0.0.1:8081", "some refuse a slash at the end");
        assert_eq!(json["bot_api_file"], "http://127.0.0.1:8081/file");
        assert_eq!(json["bots"][0]["token"], "7000000001:secret");
        assert_eq!(json["people"][0]["number"], "12025550123");
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", description());
        assert!(!shown.contains("7, 7") && !shown.contains("secret\"") && !shown.contains("Anna"), "{shown}");
    }
}
