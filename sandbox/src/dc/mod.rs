//! MTProto data centres on loopback, which Telegram's own clients log in to.
//!
//! From the wire inwards: `transport` (packets on TCP), `key_exchange` and `envelope` (what makes them
//! secret), `session` (messages under one key), `wire` (what is wrapped around a query), `rpc` (what is answered).
//! It serves [`State`](crate::State), which stays blind: no file here uses the vault.
//!
//! It listens on loopback and names no other address, so a client that believes it goes nowhere else. A tester chooses
//! what goes wrong on the way ([`Faults`]).
//!
//! ```no_run
//! use telegram_passport_sandbox::State;
//! use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};
//! use telegram_passport_sandbox::state::Clock;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = ServerIdentity::generate();
//! let data_centres = DataCentres::start(State::new(Clock::system(), "{}"), &identity).await?;
//! println!("{} under the key {}", data_centres.address(), identity.public_key());
//! # Ok(())
//! # }
//! ```

mod authorisations;
mod clients;
mod clock;
mod connection;
mod convert;
mod data_centres;
mod delivery;
mod envelope;
mod faults;
mod file_view;
mod full_user;
mod homes;
mod identity;
mod key_exchange;
mod keys;
mod last_addresses;
mod layers;
mod login_tokens;
mod received_parts;
mod rpc;
mod session;
mod shared;
#[cfg(test)]
mod tests;
mod traffic;
mod transport;
mod users;
mod wire;

pub use self::data_centres::{DataCentres, StartError, UnknownDataCentre};
pub use self::faults::{Degenerate, Fault, Faults};
pub use self::identity::{IdentityError, ServerIdentity};
pub(super) use self::key_exchange::fingerprint_of;
pub use self::traffic::UnansweredMethod;
