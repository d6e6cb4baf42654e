use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use grammers_tl_types::Serializable as _;

use super::primitives::{RsaPublic, sha1};
use super::{Socks5, TimeOuts};

/// Telegram's production key, and its test servers': public facts, which every client carries.
pub(crate) const PRODUCTION_KEY: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEA6LszBcC1LGzyr992NzE0ieY+BSaOW622Aa9Bd4ZHLl+TuFQ4lo4g
5nKaMBwK/BIb9xUfg0Q29/2mgIR6Zr9krM7HjuIcCzFvDtr+L0GQjae9H0pRB2OO
62cECs5HKhT5DZ98K33vmWiLowc621dQuwKWSQKjWf50XYFw42h21P2KXUGyp2y/
+aEyZ+uVgLLQbRA1dEjSDZ2iGRy12Mk5gpYc397aYp438fsJoHIgJ2lgMv5h7WY9
t6N/byY9Nw9p21Og3AoXSL2q/2IJ1WRUhebgAdGVMlV1fkuOQoEzR7EdpqtQD9Cs
5+bfo3Nhmcyvk5ftB0WkJ9z6bNZ7yxrP8wIDAQAB
-----END RSA PUBLIC KEY-----";
const TEST_KEY: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAyMEdY1aR+sCR3ZSJrtztKTKqigvO/vBfqACJLZtS7QMgCGXJ6XIR
yy7mx66W0/sOFa7/1mAZtEoIokDP3ShoqF4fVNb6XeqgQfaUHd8wJpDWHcR2OFwv
plUUI1PLTktZ9uW2WE23b+ixNwJjJGwBDJPQEQFBE+vfmH0JP503wr5INS1poWg/
j25sIWeYPHYeOrFp/eXaqhISP6G+q2IeTaWTXpwZj4LzXq5YOpk4bYEQ6mvRq7D1
aHWfYmlEGepfaYR8Q0YqvvhYtMte3ITnuSJs171+GDqpdKcSwHnd6FudwGO4pcCO
j4WcDuXc2CTHgH8gFTNhp/Y8/SpDOhvn9QIDAQAB
-----END RSA PUBLIC KEY-----";

/// Where Telegram's data centres are, by id, in the order in which they are tried: those of IPv6 last, since not every
/// line has it.
const PRODUCTION: [(i32, &[&str]); 5] = [
    (1, &["149.154.175.50", "2001:b28:f23d:f001::a"]),
    (2, &["149.154.167.51", "95.161.76.100", "2001:67c:4e8:f002::a"]),
    (3, &["149.154.175.100", "2001:b28:f23d:f003::a"]),
    (4, &["149.154.167.91", "2001:67c:4e8:f004::a"]),
    (5, &["91.108.56.130", "149.154.171.5", "2001:b28:f23f:f005::a"]),
];
const TEST: [(i32, &[&str]); 3] = [
    (1, &["149.154.175.10", "2001:b28:f23d:f001::e"]),
    (2, &["149.154.167.40", "2001:67c:4e8:f002::e"]),
    (3, &["149.154.175.117", "2001:b28:f23d:f003::e"]),
];
const PORT: u16 = 443;

/// Test servers know their data centres by id + this, in the key exchange.
const TEST_OFFSET: i32 = 10_000;

/// Which servers there are to talk to, and the RSA key by which they are known: Telegram's, or a sandbox's.
///
/// A session made with one network is never used with another: its saved form names the key.
#[derive(Clone)]
pub struct Network {
    /// Of each data centre at least one.
    addresses: BTreeMap<i32, Vec<SocketAddr>>,
    key: ServerKey,
    /// What a data centre's id is raised by in the key exchange.
    offset: i32,
    proxy: Option<Socks5>,
    time_outs: TimeOuts,
}

/// Why a sandbox was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The key is not `-----BEGIN RSA PUBLIC KEY-----` of 2048 bits.
    #[error("the sandbox's key is no RSA public key of 2048 bits in PKCS#1 PEM")]
    Key,
    /// A sandbox is on loopback, all of it.
    #[error("data centre {dc_id} of a sandbox is at {address}, which is not loopback")]
    NotLoopback {
        /// Which.
        dc_id: i32,
        /// Where it is said to be.
        address: SocketAddr,
    },
    /// The way to a sandbox is on loopback, too.
    #[error("the proxy {server} is not a loopback address, and a sandbox is on loopback")]
    ProxyNotLoopback {
        /// Where it is said to be.
        server: String,
    },
    /// There is no data centre.
    #[error("a sandbox has at least one data centre")]
    Empty,
}

impl Network {
    /// Telegram's own servers.
    #[must_use]
    pub fn telegram() -> Self {
        Self::built_in(&PRODUCTION, PRODUCTION_KEY, 0)
    }

    /// Telegram's test servers, whose accounts are others.
    #[must_use]
    pub fn telegram_test() -> Self {
        Self::built_in(&TEST, TEST_KEY, TEST_OFFSET)
    }

    /// A sandbox: its data centres by id, and its public key.
    ///
    /// # Errors
    ///
    /// See [`NetworkError`].
    pub fn sandbox(addresses: &BTreeMap<i32, SocketAddr>, public_key: &str) -> Result<Self, NetworkError> {
        if addresses.is_empty() {
            return Err(NetworkError::Empty);
        }
        for (dc_id, address) in addresses {
            if !address.ip().is_loopback() {
                return Err(NetworkError::NotLoopback { dc_id: *dc_id, address: *address });
            }
        }
        let key = ServerKey::from_pem(public_key).ok_or(NetworkError::Key)?;
        let addresses = addresses.iter().map(|(dc_id, address)| (*dc_id, vec![*address])).collect();
        Ok(Self { addresses, key, offset: 0, proxy: None, time_outs: TimeOuts::default() })
    }

    /// Reaches this network by a proxy.
    ///
    /// # Errors
    ///
    /// [`NetworkError::ProxyNotLoopback`], of a sandbox.
    pub fn through(mut self, proxy: Socks5) -> Result<Self, NetworkError> {
        if self.is_sandbox() && !proxy.server.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
            return Err(NetworkError::ProxyNotLoopback { server: proxy.server });
        }
        self.proxy = Some(proxy);
        Ok(self)
    }

    /// Waits for these servers so long, in place of the usual [`TimeOuts`].
    #[must_use]
    pub fn with_time_outs(self, time_outs: TimeOuts) -> Self {
        Self { time_outs, ..self }
    }

    fn built_in(addresses: &[(i32, &[&str])], key: &str, offset: i32) -> Self {
        let at = |ip: &&str| SocketAddr::new(ip.parse().expect("an address below is one"), PORT);
        let addresses = addresses.iter().map(|(dc_id, ips)| (*dc_id, ips.iter().map(at).collect())).collect();
        let key = ServerKey::from_pem(key).expect("the key below is one");
        Self { addresses, key, offset, proxy: None, time_outs: TimeOuts::default() }
    }

    /// Whether all of it is on loopback, and nowhere else.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.addresses.values().flatten().any(|address| address.ip().is_loopback())
    }

    /// Whether a data centre may be where another one says that it is. A sandbox's are those that were named, and on
    /// loopback; Telegram's are anywhere else.
    pub(super) fn allows(&self, dc_id: i32, address: SocketAddr) -> bool {
        let ip = address.ip();
        if self.is_sandbox() {
            ip.is_loopback() && self.addresses.contains_key(&dc_id)
        } else {
            let nowhere = ip.is_loopback() || ip.is_unspecified() || ip.is_multicast();
            !nowhere && address.port() != 0 && dc_id > 0
        }
    }

    /// The data centre that a client without an account begins with.
    pub(super) fn first(&self) -> i32 {
        // Two of Telegram's is where most clients begin; a sandbox may have one only.
        *self.addresses.get_key_value(&2).or_else(|| self.addresses.first_key_value()).expect("never empty").0
    }

    /// Where a data centre is; nowhere, if there is none of this id.
    pub(super) fn addresses(&self, dc_id: i32) -> &[SocketAddr] {
        self.addresses.get(&dc_id).map_or(&[], Vec::as_slice)
    }

    /// What the key exchange calls a data centre.
    pub(super) fn exchange_id(&self, dc_id: i32) -> i32 {
        dc_id + self.offset
    }

    pub(super) fn proxy(&self) -> Option<&Socks5> {
        self.proxy.as_ref()
    }

    pub(super) fn time_outs(&self) -> TimeOuts {
        self.time_outs
    }

    pub(super) fn key(&self) -> &ServerKey {
        &self.key
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("addresses", &self.addresses)
            .field("proxy", &self.proxy)
            .field("key", &format_args!("{:016x}", self.key.fingerprint))
            .finish_non_exhaustive()
    }
}

/// The RSA key that opens a key exchange, and its name.
#[derive(Clone)]
pub(super) struct ServerKey {
    pub(super) rsa: RsaPublic,
    /// The lower 64 bits of SHA-1 over the bare `rsa_public_key`: modulus and exponent as TL bytes.
    pub(super) fingerprint: i64,
}

impl ServerKey {
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let rsa = RsaPublic::from_pem(pem)?;
        let (modulus, exponent) = rsa.parts();
        let hash = sha1(&[&modulus.to_bytes(), &exponent.to_bytes()]);
        let fingerprint = i64::from_le_bytes(*hash.last_chunk().expect("20 bytes end in 8"));
        Some(Self { rsa, fingerprint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telegrams_keys_have_the_fingerprints_that_its_servers_name() {
        assert_eq!(Network::telegram().key.fingerprint.cast_unsigned(), 0xd09d_1d85_de64_fd85);
        assert_eq!(Network::telegram_test().key.fingerprint.cast_unsigned(), 0xb258_98df_208d_2603);
    }

    #[test]
    fn every_data_centre_of_telegram_is_reached_by_ipv6_too() {
        for (network, count) in [(Network::telegram(), 5), (Network::telegram_test(), 3)] {
            assert_eq!(network.addresses.len(), count);
            for addresses in network.addresses.values() {
                assert!(addresses[0].is_ipv4() && addresses.last().unwrap().is_ipv6());
            }
        }
    }

    #[test]
    fn a_sandbox_is_on_loopback_and_has_a_key() {
        let at = |address: &str| BTreeMap::from([(1, address.parse().unwrap())]);
        assert!(Network::sandbox(&at("127.0.0.1:4000"), PRODUCTION_KEY).is_ok());
        assert!(matches!(
            Network::sandbox(&at("149.154.175.50:443"), PRODUCTION_KEY),
            Err(NetworkError::NotLoopback { dc_id: 1, .. })
        ));
        assert!(matches!(Network::sandbox(&BTreeMap::new(), PRODUCTION_KEY), Err(NetworkError::Empty)));
        assert!(matches!(Network::sandbox(&at("127.0.0.1:1"), "no key"), Err(NetworkError::Key)));
    }
}
