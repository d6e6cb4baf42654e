//! The words of `export`, `import` and `unpack`.

use std::path::PathBuf;

use clap::Args;
use telegram_passport::element::ElementType;

use super::{UnlockOptions, kind};

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for, in this order: the password; a passphrase for the file, on a terminal twice.

Examples:
  tgpassport export backup.tgpassport
  printf '%s\\n' \"$PASSWORD\" \"$PASSPHRASE\" | tgpassport export backup.tgpassport --password-stdin")]
pub(crate) struct Export {
    /// The file; one that is there is never replaced.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write what can be read, even if something is missing; without this, nothing is written then.
    #[arg(long)]
    pub(crate) partial: bool,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for, in this order: the passphrase of the file; the password; consent, unless --yes is said; \
a code for a phone number or an e-mail address that is not the account's own.

Examples:
  tgpassport import backup.tgpassport --dry-run
  tgpassport import backup.tgpassport --replace passport")]
pub(crate) struct Import {
    /// The file, as `export` wrote it.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Replace what is stored of this kind, which is lost then; may be repeated.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) replace: Vec<ElementType>,
    /// Consent without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
    /// On a sandbox: take codes from the file in which it writes them, in place of asking for them.
    #[arg(long)]
    pub(crate) sandbox_codes: bool,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for: the passphrase of the file.

Examples:
  tgpassport unpack backup.tgpassport
  tgpassport unpack backup.tgpassport --out documents")]
pub(crate) struct Unpack {
    /// The file, as `export` wrote it.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write each element as JSON with its pictures, readable by the owner only. Without it, the file is checked and
    /// its contents are listed.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Read the passphrase from standard input, one line.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}
