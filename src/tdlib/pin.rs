//! The pinned TDLib as `tdlib/pin.toml` states it.

use std::sync::LazyLock;

use serde::Deserialize;

/// The version this crate's TDLib types were made for.
pub const TDLIB_VERSION: &str = "1.8.61";

/// What `tdlib/pin.toml` says.
pub(super) static PIN: LazyLock<Pin> = LazyLock::new(|| {
    toml::from_str(include_str!("../../tdlib/pin.toml")).expect("tdlib/pin.toml is part of this crate")
});

/// Where one version of TDLib is found, and what in it is Telegram's. `version` and `commit` are for people.
#[derive(Debug, Deserialize)]
pub(super) struct Pin {
    pub(super) package: Vec<Package>,
    pub(super) telegram: Telegram,
}

/// A package of a registry that contains the library for one platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Package {
    /// `{std::env::consts::ARCH}-{std::env::consts::OS}`.
    pub(super) platform: String,
    pub(super) client: RegistryClient,
    pub(super) name: String,
    /// pip's name of the platform.
    pub(super) tag: Option<String>,
    pub(super) sha256: String,
    /// Where in the archive the files are.
    pub(super) folder: String,
    pub(super) library: Member,
    /// What the library needs beside it.
    #[serde(default)]
    pub(super) beside: Vec<Member>,
}

/// A file of an archive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) file: String,
    pub(super) sha256: String,
}

/// The program that fetches a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RegistryClient {
    Pip,
    Npm,
}

/// What makes TDLib talk to Telegram and trust nobody else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Telegram {
    pub(super) keys: usize,
    pub(super) key_lines: Vec<usize>,
    pub(super) ipv4: Vec<Ipv4>,
    pub(super) ipv6: Vec<String>,
    pub(super) hosts: Vec<Host>,
}

/// An address of a data centre, and the loopback address of the same length.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ipv4 {
    pub(super) address: String,
    pub(super) becomes: String,
}

/// A host name, and how often it occurs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) times: usize,
}

impl Pin {
    /// The packages for the platform this runs on, in the order in which they are tried.
    pub(super) fn packages(&self) -> impl Iterator<Item = &Package> {
        let here = platform();
        self.package.iter().filter(move |package| package.platform == here)
    }
}

/// The platform this runs on, as `tdlib/pin.toml` names it.
pub(super) fn platform() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn the_pin_is_complete() {
        let table: toml::Table = include_str!("../../tdlib/pin.toml").parse().unwrap();
        assert_eq!(table["version"].as_str(), Some(TDLIB_VERSION));
        assert!(PIN.package.iter().any(|package| package.platform == "x86_64-linux"));
        let members = PIN.package.iter().flat_map(|package| package.beside.iter().chain([&package.library]));
        let checksums =
            members.map(|member| &member.sha256).chain(PIN.package.iter().map(|package| &package.sha256));
        for checksum in checksums {
            assert!(
                checksum.len() == 64 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{checksum}"
            );
        }
        let pip = PIN.package.iter().filter(|package| package.client == RegistryClient::Pip);
        assert!(pip.into_iter().all(|package| package.tag.is_some()));
    }

    #[test]
    fn every_address_becomes_a_loopback_address_of_its_length() {
        for Ipv4 { address, becomes } in &PIN.telegram.ipv4 {
            assert_eq!(address.len(), becomes.len());
            assert!(!address.parse::<Ipv4Addr>().unwrap().is_loopback());
            assert!(becomes.parse::<Ipv4Addr>().unwrap().is_loopback());
        }
        assert!(PIN.telegram.ipv6.iter().all(|address| address.parse::<Ipv6Addr>().is_ok()));
    }
}
