//! The vault's own connection to Telegram: MTProto, without TDLib.
//!
//! A [`Login`] makes a session, by the steps that [`login`](crate::login) has for both clients, or by the approval of
//! another session; the [`Cloud`] it gives is a [`SecureCloud`](crate::cloud::SecureCloud), over which
//! [`Vaulted`](crate::passport::Vaulted) is a Passport.
//!
//! From the wire inwards: `transport` (packets on TCP), `key_exchange` and `envelope` (what makes them secret), `wire`
//! (what a message says), `session` (what is unanswered), `link` (a connection that comes back, to one of the
//! `addresses` of a data centre), `client` (one account's data centres). A server is trusted with nothing but answering: whatever it sends, the worst that comes of
//! it is an error that says so.
//!
//! Of grammers only the schema is used. Its protocol crate gives a query that is sent again a new number, so that a
//! share could happen twice, does not look whose session an answer is for, and panics on some messages.
//!
//! ```no_run
//! use telegram_passport::login::{Application, LoginSteps, Step};
//! use telegram_passport::mtproto::{Login, Network};
//! use telegram_passport::passport::Vaulted;
//! use telegram_passport::vault::Password;
//!
//! # async fn sign_in(api_id: i32, api_hash: &str, asked: impl Fn(&str) -> String) -> Result<(), Box<dyn std::error::Error>> {
//! let (login, _) = Login::begin(Network::telegram(), Application::new(api_id, api_hash));
//! login.set_phone_number(&asked("phone number")).await?;
//! if let Step::Password { .. } = login.check_code(&asked("code")).await? {
//!     login.check_password(&Password::from(asked("password"))).await?;
//! }
//! let passport = Vaulted::new(login.finish().await.map_err(|(error, _)| error)?);
//! # let _ = passport;
//! # Ok(())
//! # }
//! ```

mod addresses;
mod client;
mod clock;
mod cloud;
mod convert;
mod devices;
mod envelope;
mod error;
mod factor;
mod key_exchange;
mod layer;
mod link;
mod login;
mod network;
mod primitives;
mod probe;
mod proxy;
mod saved;
mod session;
mod time_outs;
mod transport;
mod wire;

pub use cloud::Cloud;
pub use devices::ActiveSession;
pub use error::{ChannelError, KeyExchangeError};
pub use login::Login;
#[cfg(test)]
pub(crate) use network::PRODUCTION_KEY;
pub use network::{Network, NetworkError};
pub use proxy::Socks5;
pub use saved::SavedSessionError;
pub use time_outs::TimeOuts;
