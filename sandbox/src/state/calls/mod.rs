//! What is asked of the servers: each file is a family of calls, of clients or of a tester, on
//! [`State`](super::State).
//!
//! A call takes the lock once, leaves what it does to the [`model`](super::model), and uses no other call.

mod accounts;
mod bot_chats;
mod bot_updates;
mod bots;
mod chats;
mod codes;
mod config;
mod files;
mod forms;
mod inspection;
mod login_email;
mod objections;
mod password;
mod recovery;
mod sign_in;
mod values;
mod verification;
