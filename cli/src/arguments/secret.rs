//! The words of `secret` and `sessions`.

use clap::{Args, Subcommand};

use super::AccountOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Say whether the passport secret opens, and how it is wrapped. Changes nothing.
    Check(SecretOptions),
    /// Wrap a secret of the old form (SHA-512, fast to guess) anew, the same secret.
    Upgrade(SecretOptions),
    /// Give up a secret that cannot be opened, and begin anew. Everything stored is lost.
    Reset(SecretOptions),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The vault does this over a session of its own. What is asked for, in this order: the password; for `reset`, \
if anything is stored, the word `lose`.

Examples:
  tgpassport secret check
  tgpassport secret upgrade
  tgpassport secret reset")]
pub(crate) struct SecretOptions {
    #[command(flatten)]
    pub(crate) account: AccountOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport sessions
  tgpassport sessions --end 4501234567890
  tgpassport sessions --end vault --yes")]
pub(crate) struct Sessions {
    /// End a session, by the number it is listed with; `vault` is the vault's own.
    #[arg(long, value_name = "SESSION", allow_hyphen_values = true)]
    pub(crate) end: Option<SessionName>,
    /// End it without being asked, although it is in use here.
    #[arg(long, requires = "end")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) account: AccountOptions,
}

/// Which session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionName {
    /// The vault's own.
    Vault,
    /// Another one, by its hash.
    Other(i64),
}

impl std::str::FromStr for SessionName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "vault" => Ok(Self::Vault),
            _ => text.parse().map(Self::Other).map_err(|_| "neither `vault` nor a session's number"),
        }
    }
}
