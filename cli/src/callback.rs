//! Opening the address that tells a service how its request ended, in whatever the system opens addresses with.

use std::process::{Command, Stdio};

use telegram_passport::request::PassportRequest;

use crate::asking::Asker;
use crate::failure::Failure;
use crate::printable;

/// Opens the address with which a request ended: a page, or the bot's own app. One of another app is opened on the
/// person's word only: that they named its scheme, or say so at the terminal.
pub(crate) async fn open(
    address: Option<&str>,
    request: &PassportRequest,
    named: Option<&str>,
    asker: Asker,
) -> Result<(), Failure> {
    let Some(address) = address else { return Ok(()) };
    if let Some(scheme) = request.foreign_scheme() {
        let agreed = match named {
            Some(named) => named.eq_ignore_ascii_case(&scheme),
            None if asker.is_terminal() => {
                let shown = printable::line(address);
                asker.agrees(&format!("Open {shown}, in whichever app has registered {scheme}?")).await?
            }
            None => false,
        };
        if !agreed {
            return Err(Failure::declined(format!(
                "the address was not opened, for it belongs to another app: --open-scheme {scheme} opens it"
            ))
            .callback(Some(address.to_owned())));
        }
    }
    start(address)
}

fn start(address: &str) -> Result<(), Failure> {
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
