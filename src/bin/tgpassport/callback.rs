//! Opening the address that tells a service how its request ended, in whatever the system opens addresses with.

use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Opens an address: `https`, `http`, or the bot's own `tgbot…` scheme, as the library made it.
pub(crate) fn open(address: Option<&str>) -> Result<(), Failure> {
    let Some(address) = address else { return Ok(()) };
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        // Unlike a shell's `start`, it takes the address as it is.
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    };
    let started =
        command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started.map(drop).map_err(|error| {
        Failure::failed(format!("the address cannot be opened: {error}")).callback(Some(address.to_owned()))
    })
}
