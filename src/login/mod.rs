//! Signing in, the same for both clients: TDLib's, and the vault's own over MTProto.
//!
//! A login is a loop over [`Step`]s: each says what is wanted next, each method of [`LoginSteps`] answers one and gives
//! the next. `tdlib::Login` (feature `tdlib`) and `mtproto::Login` (feature `mtproto`) are begun each in its own way, and
//! at [`Step::Ready`] `finish` gives what only that client has: a session of TDLib's, or the account's cloud. In between
//! an app need not know which it is.
//!
//! ```
//! use telegram_passport::login::{LoginError, LoginSteps, Step};
//! use telegram_passport::vault::Password;
//!
//! /// Signs in as far as this app can.
//! async fn sign_in(login: &dyn LoginSteps, asked: impl Fn(&str) -> String) -> Result<Step, LoginError> {
//!     let mut step = login.step().await?;
//!     loop {
//!         let next = match &step {
//!             Step::PhoneNumber => login.set_phone_number(&asked("Phone number")).await,
//!             Step::Code(sent) => login.check_code(&asked(&format!("Code ({})", sent.way))).await,
//!             Step::Password { .. } => login.check_password(&Password::from(asked("Password"))).await,
//!             _ => return Ok(step), // ready, or something that this app does not offer
//!         };
//!         match next {
//!             Ok(next) => step = next,
//!             Err(error) if error.is_wrong_answer() => println!("{error}"), // the step stays, and is asked again
//!             Err(error) => return Err(error),
//!         }
//!     }
//! }
//! ```

mod application;
mod error;
mod link;
mod step;
mod steps;

pub use application::{Application, Device};
pub use error::LoginError;
pub use link::{LoginLink, LoginLinkError};
pub use step::Step;
pub use steps::LoginSteps;
