//! Where data centres are: where the program was told, and where they say of one another (`help.getConfig`).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use grammers_tl_types as tl;
use tl::enums;

use super::Network;

/// How many addresses are learned of one data centre, and of how many.
const MOST_ADDRESSES: usize = 16;
const MOST_CENTRES: usize = 32;

/// The addresses of a network's data centres, for everybody who connects to them.
#[derive(Debug)]
pub(super) struct Addresses {
    network: Network,
    learned: Mutex<BTreeMap<i32, Vec<SocketAddr>>>,
}

impl Addresses {
    pub(super) fn new(network: Network) -> Self {
        Self { network, learned: Mutex::default() }
    }

    /// Where a data centre is, in the order in which it is tried: first as the program was told, then as was learned.
    /// Empty, if there is no such data centre.
    pub(super) fn of(&self, dc_id: i32) -> Vec<SocketAddr> {
        let mut all = self.network.addresses(dc_id).to_vec();
        for address in self.learned().get(&dc_id).into_iter().flatten() {
            if !all.contains(address) {
                all.push(*address);
            }
        }
        all
    }

    /// Takes what a data centre said of all of them in place of what was said before; whether that is news. What the
    /// network does not allow is left out, and what says nothing changes nothing.
    pub(super) fn learn(&self, said: impl IntoIterator<Item = (i32, SocketAddr)>) -> bool {
        let mut fresh: BTreeMap<i32, Vec<SocketAddr>> = BTreeMap::new();
        for (dc_id, address) in said {
            if !self.network.allows(dc_id, address)
                || (fresh.len() == MOST_CENTRES && !fresh.contains_key(&dc_id))
            {
                continue;
            }
            let of_one = fresh.entry(dc_id).or_default();
            if of_one.len() < MOST_ADDRESSES && !of_one.contains(&address) {
                of_one.push(address);
            }
        }
        // What is reached by IPv4 as a rule, first.
        fresh.values_mut().for_each(|of_one| of_one.sort_by_key(SocketAddr::is_ipv6));
        let mut learned = self.learned();
        if fresh.is_empty() || fresh == *learned {
            return false;
        }
        *learned = fresh;
        true
    }

    /// What was learned, to be kept.
    pub(super) fn all_learned(&self) -> Vec<(i32, SocketAddr)> {
        let learned = self.learned();
        learned.iter().flat_map(|(dc_id, all)| all.iter().map(|address| (*dc_id, *address))).collect()
    }

    fn learned(&self) -> MutexGuard<'_, BTreeMap<i32, Vec<SocketAddr>>> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The addresses in a configuration that are for what is said here, in its order: not those that serve media or copies
/// only, and not those behind which obfuscation is spoken.
pub(super) fn named_in(config: enums::Config) -> Vec<(i32, SocketAddr)> {
    let enums::Config::Config(config) = config;
    let options = config.dc_options.into_iter().filter_map(|enums::DcOption::Option(option)| {
        let special = option.media_only || option.tcpo_only || option.cdn || option.secret.is_some();
        let ip: IpAddr = option.ip_address.parse().ok().filter(|_| !special)?;
        Some((option.id, SocketAddr::new(ip, u16::try_from(option.port).ok()?)))
    });
    options.collect()
}

#[cfg(test)]
mod tests {
    use super::super::network::PRODUCTION_KEY as KEY;
    use super::*;

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    #[test]
    fn a_sandbox_stays_on_loopback_whatever_its_data_centres_say() {
        let network = Network::sandbox(&BTreeMap::from([(1, at("127.0.0.1:4000"))]), KEY).unwrap();
        let addresses = Addresses::new(network);
        let elsewhere = [(1, at("149.154.175.50:443")), (1, at("[2001:db8::1]:443")), (2, at("127.0.0.1:9"))];
        assert!(!addresses.learn(elsewhere));
        assert_eq!(addresses.of(1), [at("127.0.0.1:4000")]);
        assert!(addresses.learn([(1, at("[::1]:4001")), (1, at("10.0.0.1:443")), (1, at("127.0.0.1:4000"))]));
        assert_eq!(addresses.of(1), [at("127.0.0.1:4000"), at("[::1]:4001")]);
        assert!(addresses.of(2).is_empty());
    }

    #[test]
    fn telegrams_are_taken_as_said_behind_those_that_are_known() {
        let addresses = Addresses::new(Network::telegram());
        let said = [(2, at("[2001:db8::1]:443")), (2, at("192.0.2.7:443")), (2, at("149.154.167.51:443"))];
        assert!(
            addresses.learn(said.into_iter().chain([(2, at("127.0.0.1:443")), (-2, at("192.0.2.8:443"))]))
        );
        let known = Network::telegram().addresses(2).to_vec();
        let (first, behind) = (known.len(), addresses.of(2));
        assert_eq!(behind[..first], known);
        assert_eq!(behind[first..], [at("192.0.2.7:443"), at("[2001:db8::1]:443")]);
        assert!(!addresses.learn([]), "who says nothing has not said that there are none");
        assert_eq!(addresses.of(2), behind);
    }

    #[test]
    fn however_much_is_said_what_is_learned_is_bounded() {
        let addresses = Addresses::new(Network::telegram());
        let said = (1..=1000_u16).map(|number| {
            let [high, low] = number.to_be_bytes();
            (i32::from(number % 100), SocketAddr::from(([192, 0, high, low], 443)))
        });
        addresses.learn(said.clone().chain(said.map(|(_, address)| (7, address))));
        assert!(addresses.all_learned().len() <= MOST_ADDRESSES * MOST_CENTRES);
        assert_eq!(addresses.learned().get(&7).map(Vec::len), Some(MOST_ADDRESSES));
    }
}
