//! One module for each command: from its arguments to an answer or a failure.

pub(crate) mod approve;
pub(crate) mod completions;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod errors;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod open;
pub(crate) mod password;
pub(crate) mod person_new;
pub(crate) mod put;
pub(crate) mod request_new;
pub(crate) mod request_show;
pub(crate) mod sandbox;
mod sandbox_settings;
pub(crate) mod secret;
pub(crate) mod sessions;
pub(crate) mod share;
pub(crate) mod show;
pub(crate) mod simulate;
pub(crate) mod status;
pub(crate) mod tdlib_install;
pub(crate) mod unpack;
