use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::http::{HeaderMap, header};

/// The names by which the server may be called, and those that webhooks may be at.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    /// Beside `localhost` and addresses, which no name can be turned into.
    pub(super) own: BTreeSet<String>,
    /// Beside this computer's loopback.
    pub(super) of_webhooks: BTreeSet<String>,
}

impl Hosts {
    /// Whether a request was meant for this server: a page of somewhere else can have its name lead here, but then the
    /// `Host` is that name.
    pub(super) fn are_meant(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(header::HOST).iter();
        // Before HTTP/1.1 there was none; two are nobody's.
        let Some(host) = values.next() else { return true };
        let (Ok(host), None) = (host.to_str(), values.next()) else { return false };
        let name = name_of(host).to_ascii_lowercase();
        name == "localhost" || name.parse::<IpAddr>().is_ok() || self.own.contains(&name)
    }

    /// Whether updates may be sent to this host, which is as it stands in an address.
    pub(super) fn may_be_sent_to(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        let loopback = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        name == "localhost" || loopback || self.of_webhooks.contains(&name)
    }
}

/// A host without its port and its brackets.
fn name_of(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    if host.matches(':').count() > 1 { host } else { host.split(':').next().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_elsewhere_are_not_meant() {
        let hosts = Hosts { own: BTreeSet::from(["sandbox".to_owned()]), ..Hosts::default() };
        let meant = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("a header"));
            hosts.are_meant(&headers)
        };
        for host in
            ["127.0.0.1:8081", "localhost", "LOCALHOST:1", "[::1]:8081", "10.0.0.7:80", "Sandbox:8081"]
        {
            assert!(meant(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:8081", "localhost.evil.example", "", "sandbox.x"]
        {
            assert!(!meant(host), "{host}");
        }
        assert!(hosts.are_meant(&HeaderMap::new()));
        let mut twice = HeaderMap::new();
        twice.append(header::HOST, "localhost".parse().expect("a header"));
        twice.append(header::HOST, "evil.example".parse().expect("a header"));
        assert!(!hosts.are_meant(&twice));
    }

    #[test]
    fn updates_stay_on_loopback_unless_a_host_is_named() {
        let hosts = Hosts { of_webhooks: BTreeSet::from(["bot".to_owned()]), ..Hosts::default() };
        for host in ["127.0.0.1", "127.9.9.9", "[::1]", "::1", "localhost", "BOT"] {
            assert!(hosts.may_be_sent_to(host), "{host}");
        }
        for host in ["10.0.0.1", "example.com", "[::2]", "0.0.0.0", "bot.example.com"] {
            assert!(!hosts.may_be_sent_to(host), "{host}");
        }
    }
}
