//! What the servers know, piece by piece: each file is one kind of data, with all that can be done to it.
//!
//! Nothing here knows of the whole ([`World`](super::world)), of its lock, or of the calls that reach it. What belongs
//! together by a record is one value; what has records of its own is a [`Table`](crate::store::Table) in it.

pub(super) mod account;
pub(super) mod address;
pub(super) mod bot;
pub(super) mod bot_profile;
pub(super) mod callback;
pub(super) mod chat;
pub(super) mod clock;
pub(super) mod code;
pub(super) mod conversations;
pub(super) mod delivery;
pub(super) mod file;
pub(super) mod form;
pub(super) mod keyboard;
pub(super) mod login;
pub(super) mod message;
mod objections;
mod password_change;
pub(super) mod registration;
mod scope;
pub(super) mod shape;
mod srp;
pub(super) mod summary;
pub(super) mod text;
pub(super) mod two_factor;
pub(super) mod update;
mod upload;
pub(super) mod uploaded_file;
mod values;
mod verification;
pub(super) mod webhook;
