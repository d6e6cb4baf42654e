use std::io;
use std::path::PathBuf;

use crate::cloud::CloudError;
use crate::login::LoginError;
use crate::mtproto::SavedSessionError;
use crate::passport::Refusal;
use crate::passport::refusal::operation_error;

/// Why there is no channel for the vault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultChannelError {
    /// Not the account's password. Nobody was let in.
    #[error("the password is wrong")]
    PasswordInvalid,
    /// The account has a password, and none was given.
    #[error("the vault's own session wants the account's password")]
    PasswordRequired,
    /// The link was approved by a session of another account, which has let it in to that one.
    #[error("another account has let the vault's own session in")]
    OtherAccount,
    /// The library talks to a sandbox, and [`ChannelOptions::network`](super::ChannelOptions::network) does not say
    /// where that is; `Description::session_options` does.
    #[error("nobody has told where the servers of this sandbox are")]
    NetworkUnknown,
    /// TDLib goes through a proxy that the vault's own session cannot use, and it does not go past it.
    #[error("the vault's own session cannot go through the proxy that is in use: it takes SOCKS5")]
    ProxyUnfit,
    /// The session was made with other servers: Telegram, its test servers, this sandbox, or another.
    #[error("the vault's own session was made with other servers, and is not used with these")]
    OtherServer,
    /// What is kept is damaged, or sealed under another key. Remove it, and another session is signed in; this one ends with
    /// the account's others.
    #[error("the vault's own session is not to be had from {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SavedSessionError,
    },
    /// The files that keep it cannot be written, moved or removed. A session that had been signed in is ended.
    #[error("the vault's own session cannot be kept")]
    Unkept(#[source] io::Error),
    /// Telegram did not answer while it was being signed in. Nothing is left of it.
    #[error("Telegram did not answer while the vault signed in its own session, of which nothing is left")]
    Unanswered,
    /// It was not signed in, or is not kept, and it is not certain that it has ended: it may be among the account's devices.
    /// The next call ends it, if it can.
    #[error("a session of the vault's own was begun, and may not have ended")]
    Left {
        /// Why it is not kept.
        #[source]
        reason: Box<VaultChannelError>,
        /// Why it may not have ended.
        unended: Box<VaultChannelError>,
    },
    /// Why else it was not signed in.
    #[error(transparent)]
    Login(LoginError),
    /// A reason that is none of its own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    VaultChannelError {
        Self::PasswordInvalid => "password_invalid" Never,
        Self::PasswordRequired => "password_required" Never,
        Self::OtherAccount => "other_account" Never,
        Self::NetworkUnknown => "network_unknown" Never,
        Self::ProxyUnfit => "proxy_unfit" Never,
        Self::OtherServer => "other_server" Never,
        Self::Unreadable { .. } => "unreadable" Never,
        Self::Unkept(_) => "not_kept" Never,
        Self::Unanswered => "unanswered" Now,
        Self::Left { .. } => "left" LookFirst,
        ; Self::Login(reason) => reason "login"
    }
}

impl From<CloudError> for VaultChannelError {
    fn from(error: CloudError) -> Self {
        Self::Refused(error.into())
    }
}

/// Why a log-out is not done, or left something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogOutError {
    /// The session has ended. The vault's own has not, or not for certain: it is
    /// [`VaultChannel::DEVICE`](super::VaultChannel::DEVICE) among the account's devices, where another device ends it; so
    /// does [`VaultChannel::end`](super::VaultChannel::end), as long as its files and the key are there.
    #[error("signed out, but the vault's own session may still be among the account's devices")]
    ChannelLeft(#[source] VaultChannelError),
    /// Why else the session has not ended, or may not have.
    #[error(transparent)]
    Session(LoginError),
    /// A reason that is none of its own. The session has not ended, or may not have.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    LogOutError {
        Self::ChannelLeft(_) => "channel_left" LookFirst,
        ; Self::Session(reason) => reason "session"
    }
}

impl From<LoginError> for LogOutError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Refused(why) => Self::Refused(why),
            other => Self::Session(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::passport::OperationError;
    use crate::passport::refusal::tests::are_told_well;

    #[test]
    fn every_error_is_told_in_words_and_has_a_code() {
        let unkept = || VaultChannelError::Unkept(io::ErrorKind::StorageFull.into());
        let errors = [
            VaultChannelError::PasswordInvalid,
            VaultChannelError::PasswordRequired,
            VaultChannelError::OtherAccount,
            VaultChannelError::NetworkUnknown,
            VaultChannelError::ProxyUnfit,
            VaultChannelError::OtherServer,
            VaultChannelError::Unreadable {
                path: PathBuf::from("channel"),
                source: SavedSessionError::Malformed,
            },
            unkept(),
            VaultChannelError::Unanswered,
            VaultChannelError::Left { reason: Box::new(unkept()), unended: Box::new(unkept()) },
            VaultChannelError::Login(LoginError::LinkNotApproved),
            VaultChannelError::from(CloudError::FloodWait(Duration::from_secs(7))),
        ];
        let all: Vec<&dyn OperationError> = errors.iter().map(|error| error as &dyn OperationError).collect();
        are_told_well(VaultChannelError::CODES, &all);
        let errors = [
            LogOutError::ChannelLeft(unkept()),
            LogOutError::from(LoginError::NotReady),
            LogOutError::from(LoginError::from(CloudError::FloodWait(Duration::from_secs(7)))),
        ];
        let all: Vec<&dyn OperationError> = errors.iter().map(|error| error as &dyn OperationError).collect();
        are_told_well(LogOutError::CODES, &all);
    }
}
