//! The user's side of [Telegram Passport](https://core.telegram.org/passport).
//!
//! From the ground up, each room using what stands above it:
//!
//! - [`disk`]: files that appear whole or not at all, folders for what lies in the clear for a moment, and what a killed
//!   process leaves of both
//! - [`element`]: what a Passport holds, 13 kinds with their fields, parts and rules
//! - [`vault`]: the cryptography; sealing and opening, credentials, and a bot's strict opening of a share
//! - [`request`]: what a bot asks for, what is missing, what will be sent
//! - [`scan`]: any picture in, a Passport JPEG out
//! - [`cloud`]: the encrypted store as a client sees it, one method for each Telegram call
//! - [`passport`]: the [`Passport`](passport::Passport) interface, and [`Vaulted`](passport::Vaulted), its engine on
//!   our vault
//! - [`archive`]: the whole Passport as one file sealed under a passphrase, and back into an account
//! - `mtproto` (a feature): the vault's own connection to Telegram, and what is stored there over it
//! - `tdlib` (a feature): Telegram's own client library, loaded at run time: login, and Passport over it
//! - `keychain` (a feature): the keys and passwords of a program, in the system's keyring or in a locked file
//!
//! An app starts with [`passport`]; a bot, or its tests, with [`vault::bot`].

#![cfg_attr(not(feature = "tdlib"), forbid(unsafe_code))] // with it, one file calls a C library

pub mod archive;
pub mod cloud;
pub mod disk;
pub mod element;
#[cfg(feature = "keychain")]
pub mod keychain;
#[cfg(feature = "mtproto")]
pub mod mtproto;
pub mod passport;
pub mod request;
pub mod scan;
#[cfg(feature = "tdlib")]
pub mod tdlib;
pub mod vault;

/// The examples of the README, compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
