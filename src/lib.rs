//! The user's side of Telegram Passport.
pub mod cloud;
pub mod element;
pub mod passport;
pub mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod scan;
pub mod vault;
