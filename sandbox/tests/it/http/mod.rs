//! The Bot API over HTTP, as bots and their enemies use it.

mod calls;
mod connections;
mod files;
mod frankenstein;
mod passport;
mod polling;
mod stage;
mod webhooks;
