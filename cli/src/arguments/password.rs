//! The words of `password` and its subcommands.

use clap::{Args, Subcommand};

use super::{EngineOptions, UnlockOptions};

#[derive(Debug, Subcommand)]
pub(crate) enum PasswordCommand {
    /// Set the account's first password, which Passport needs.
    Set(Set),
    /// Change the password; the passport secret is wrapped anew in the same call, so everything stored stays readable.
    Change(Change),
    /// Remove the password, and with it everything stored.
    Remove(Remove),
    /// Name the e-mail address that a forgotten password can be recovered by, and confirm it with the code sent there.
    Email(Email),
    /// Replace a forgotten password, by a code that is mailed to the recovery address. Everything stored is lost.
    Recover(Recover),
    /// Ask Telegram to drop a password that nobody knows. It waits a week; asked again after that, it drops the
    /// password, and everything stored with it.
    Reset(Reset),
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for: the new password, on a terminal twice.

Examples:
  tgpassport password set
  tgpassport password set --hint 'the usual' --password-stdin < new.txt")]
pub(crate) struct Set {
    /// What reminds you of it; whoever logs in with your number sees it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) hint: String,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for, in this order: the password, even where it is kept; the new one, on a terminal twice.

Examples:
  tgpassport password change
  printf '%s\\n' \"$OLD\" \"$NEW\" | tgpassport password change --password-stdin")]
pub(crate) struct Change {
    /// What reminds you of the new one; whoever logs in with your number sees it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) hint: String,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for, in this order: the password; if anything is stored, the word `lose`.

Examples:
  tgpassport export backup.tgpassport && tgpassport password remove")]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for, in this order: the password; the code, where an empty line has it sent again. When the \
input ends before the code, the address waits for it: --confirm goes on. --remove asks for the password.

Examples:
  tgpassport password email name@example.org
  tgpassport password email --confirm
  tgpassport password email --cancel
  tgpassport password email --remove")]
pub(crate) struct Email {
    /// The address.
    #[arg(value_name = "ADDRESS", required_unless_present_any = ["confirm", "cancel", "remove"])]
    pub(crate) address: Option<String>,
    /// Confirm an address that was named earlier.
    #[arg(long, conflicts_with_all = ["address", "cancel", "remove"])]
    pub(crate) confirm: bool,
    /// Drop an address that waits for its code.
    #[arg(long, conflicts_with_all = ["address", "remove"])]
    pub(crate) cancel: bool,
    /// Have no recovery address any more: a password that is forgotten then takes everything stored along.
    #[arg(long, conflicts_with = "address")]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for, in this order: if anything is stored, the word `lose`; the new password, on a terminal \
twice, unless --remove is said; the mailed code.

Examples:
  tgpassport password recover")]
pub(crate) struct Recover {
    /// Have no password afterwards.
    #[arg(long, conflicts_with = "hint")]
    pub(crate) remove: bool,
    /// What reminds you of the new one; whoever logs in with your number sees it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) hint: String,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for: if anything is stored, the word `lose`.

Examples:
  tgpassport password reset
  tgpassport password reset --decline")]
pub(crate) struct Reset {
    /// Withdraw the request, or somebody else's.
    #[arg(long)]
    pub(crate) decline: bool,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}
