//! The keychain, in a file and in a real gnome-keyring.

mod file;
mod system;
