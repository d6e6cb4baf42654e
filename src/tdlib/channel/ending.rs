//! The end of a channel: here, and on the server.

use std::fs;
use std::io;
use std::path::Path;

use super::{VaultChannel, VaultChannelError};
use crate::cloud::CloudError;
use crate::disk::set_aside;
use crate::tdlib::login::Session;

impl VaultChannel {
    /// Ends the channel, on the server and here; false if there was none. Where it cannot end itself, `by` does, the
    /// session that let it in.
    ///
    /// # Errors
    ///
    /// [`VaultChannelError::Refused`]; it may not have ended, and is kept.
    pub async fn end(&self, by: Option<&Session>) -> Result<bool, VaultChannelError> {
        let begun = self.end_begun().await;
        if !self.is_kept() {
            return begun.map(|()| false);
        }
        match (self.end_itself().await, by, self.number()) {
            (Ok(()), ..) => {}
            (Err(_), Some(session), Some(number)) => session.end_other(number).await?,
            (Err(why), ..) => return Err(why),
        }
        self.remove()?;
        begun.map(|()| true)
    }

    async fn end_itself(&self) -> Result<(), VaultChannelError> {
        match self.saved().await? {
            Some(cloud) => Ok(cloud.log_out().await?),
            None => Ok(()),
        }
    }

    /// Ends a session that was being signed in when somebody was cut short.
    pub(super) async fn end_begun(&self) -> Result<(), VaultChannelError> {
        let begun = self.begun_file();
        let Some(cloud) = self.open(&begun).await? else { return Ok(()) };
        match cloud.log_out().await {
            Ok(()) => removed(&begun),
            // The server says not to know it, or somebody else does.
            Err(CloudError::SignedOut(_)) => aside(&begun),
            Err(why) => Err(why.into()),
        }
    }

    pub(super) async fn set_aside_if_unknown(&self) -> Result<(), VaultChannelError> {
        let file = self.file();
        let Some(cloud) = self.open(&file).await? else { return Ok(()) };
        match cloud.active_sessions().await {
            Err(CloudError::SignedOut(reason)) if !reason.is_certain() => {
                aside(&file)?;
                let number = self.number_file();
                if number.is_file() { aside(&number) } else { Ok(()) }
            }
            // Whoever wants it sees what else there is.
            _ => Ok(()),
        }
    }

    /// What names it among the account's sessions, if that was kept.
    fn number(&self) -> Option<i64> {
        let kept = fs::read_to_string(self.number_file()).ok()?;
        kept.trim().parse().ok().filter(|number| *number != 0)
    }

    /// Removes what is kept of it.
    pub(super) fn remove(&self) -> Result<(), VaultChannelError> {
        removed(&self.file())?;
        removed(&self.number_file())
    }
}

fn aside(path: &Path) -> Result<(), VaultChannelError> {
    set_aside(path).map(drop).map_err(VaultChannelError::Unkept)
}

pub(super) fn removed(path: &Path) -> Result<(), VaultChannelError> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(VaultChannelError::Unkept(why)),
        _ => Ok(()),
    }
}
