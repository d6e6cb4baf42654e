//! An account on this machine: its name, its directory, and the way from there to a Passport.
//!
//! Each account has a directory of its own, for its owner alone:
//!
//! - `account.toml`: on which server it is, and where its secrets are kept (`record`)
//! - `session/`: TDLib's encrypted database, which knows by itself whose server it was made for
//! - `channel.…`: the vault's own session, sealed, once it is wanted (`channel`)
//! - what ends in `.aside-` and a number: sessions that a server did not know any more (`set_aside`)
//! - `requests.json`: the requests it has answered, which `errors` asks about (`requests`)
//!
//! The way: the record (`record`), the server (`server`), the key of the database (`keys`), TDLib (`library`), the
//! session (`session`), Passport unlocked (`unlock`).

mod api;
mod channel;
mod data_directory;
mod kept_password;
mod keys;
mod library;
mod name;
mod objections;
mod record;
mod requests;
mod server;
mod session;
mod session_known;
mod set_aside;
mod unlock;

pub(crate) use channel::{
    ChannelVault, end as end_channel, end_left as end_channel_left, is_there as has_channel, stored_kinds,
};
pub(crate) use data_directory::data;
pub(crate) use kept_password::KeptPassword;
pub(crate) use keys::{KeyringKind, Keys};
pub(crate) use library::{install, obtain, sandbox_library};
pub(crate) use name::AccountName;
pub(crate) use objections::Objections;
pub(crate) use record::{Account, Record};
pub(crate) use server::Server;
pub(crate) use session::{Begun, Opening, Place, SignedIn, begin_to_sign_in};
pub(crate) use unlock::{Unlocked, channel_vault, locked, unlock, unlock_by_hand, with_password};
