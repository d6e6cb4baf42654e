//! Telegram on loopback: accounts, bots and people that never existed.
pub mod person;
