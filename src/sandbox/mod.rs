//! Telegram on loopback: accounts, bots and people that never existed.
pub mod languages;
pub mod person;
