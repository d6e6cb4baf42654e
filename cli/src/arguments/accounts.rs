//! The words of accounts: signing in and out, and what is stored.

use std::path::PathBuf;

use clap::Args;
use telegram_passport::element::ElementType;

use super::kind;
use crate::account::{AccountName, KeyringKind};
use crate::engine::EngineKind;
use crate::failure::{Failure, sentence};

/// Which account, and who answers questions.
#[derive(Debug, Args)]
pub(crate) struct AccountOptions {
    /// Which account, by its name on this machine; TGPASSPORT_ACCOUNT says it too, else it is `default`.
    #[arg(long, value_name = "NAME")]
    account: Option<AccountName>,
    /// The sandbox.json of the sandbox the account is on, if it is another file than at the login.
    #[arg(long, value_name = "FILE")]
    pub(crate) sandbox: Option<PathBuf>,
    /// Read passwords, codes and other answers from standard input, one a line, in the order in which a terminal
    /// would ask for them. A line is one answer: a wrong one ends the command.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

impl AccountOptions {
    /// The account's name, from wherever it is said.
    pub(crate) fn account_name(&self) -> Result<AccountName, Failure> {
        if let Some(name) = &self.account {
            return Ok(name.clone());
        }
        match std::env::var("TGPASSPORT_ACCOUNT") {
            Ok(name) if !name.is_empty() => {
                name.parse().map_err(|error| Failure::usage(format!("TGPASSPORT_ACCOUNT: {error}")))
            }
            _ => "default".parse().map_err(|error| Failure::failed(sentence(&error))),
        }
    }
}

/// Which account, and who seals.
#[derive(Debug, Args)]
pub(crate) struct EngineOptions {
    #[command(flatten)]
    pub(crate) account: AccountOptions,
    /// Who seals and talks to Telegram. Where elements are stored, the vault looks at the passport secret before
    /// TDLib may, over a session of its own, which is signed in when it is first wanted.
    #[arg(long, value_name = "ENGINE", default_value = "tdlib")]
    pub(crate) engine: EngineKind,
}

/// What it takes to unlock a Passport.
#[derive(Debug, Args)]
pub(crate) struct UnlockOptions {
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    /// Let TDLib at the passport secret without the vault's own session, although nothing has shown that it can open
    /// it. If it cannot, it replaces it, and everything stored is lost. And what other clients added to an element is
    /// not seen, and dropped when that is stored again.
    #[arg(long)]
    pub(crate) accept_risk: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What is asked for, in this order: with --keyring file a passphrase; the phone number, unless --phone says \
it; the code, where an empty line has it sent again; where Telegram demands one, an e-mail address and the \
code that is mailed there; first and last name for a number that is new; the \
password of two-step verification, where an empty line has a code mailed to recover it. Then: with \
documents stored the words that give them up; whether the password is removed (y); unless it is, a new one; \
the code that was mailed.

Examples:
  tgpassport login
  tgpassport login --account work --qr
  tgpassport login --sandbox sandbox.json --phone 380501234567
  echo 'correct horse' | tgpassport login --sandbox sandbox.json --phone 380501234567 \\
      --sandbox-codes --password-stdin")]
pub(crate) struct Login {
    #[command(flatten)]
    pub(crate) account: AccountOptions,
    /// The account's phone number, in international form.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) phone: Option<String>,
    /// Show a QR code, which a signed-in device scans, in place of a phone number.
    #[arg(long, conflicts_with = "phone")]
    pub(crate) qr: bool,
    /// Where the key of the session is kept: on Telegram `os` if nothing is said, on a sandbox `beside`.
    #[arg(long, value_name = "PLACE")]
    pub(crate) keyring: Option<KeyringKind>,
    /// Keep the password there too, so that it is not asked for again. It follows each change from here, and is
    /// forgotten when Telegram refuses it.
    #[arg(long)]
    pub(crate) remember_password: bool,
    /// On a sandbox: take the code from the file in which it writes codes, in place of asking for it.
    #[arg(long)]
    pub(crate) sandbox_codes: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport logout
  tgpassport logout --account work
  tgpassport logout --only-here")]
pub(crate) struct Logout {
    #[command(flatten)]
    pub(crate) account: AccountOptions,
    /// Ask nobody: forget the account on this machine only. The server keeps the session; another device can end
    /// it. For a sandbox that is gone, or a session whose key is lost.
    #[arg(long)]
    pub(crate) only_here: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport status
  tgpassport --json status --account work")]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) account: AccountOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport approve 'tg://login?token=…'")]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) account: AccountOptions,
    /// The link in the other device's QR code: `tg://login?token=…`.
    #[arg(value_name = "LINK")]
    pub(crate) link: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport list
  tgpassport --json list --account work")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport show personal_details
  tgpassport show passport --out scans")]
pub(crate) struct Show {
    /// Which element.
    #[arg(value_name = "KIND", value_parser = kind)]
    pub(crate) kind: ElementType,
    /// Write its scans here, and beside them what it says, as JSON; readable by the owner only.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Kinds and their fields:
  personal_details   first_name middle_name last_name birth_date gender country_code
                     residence_country_code, and first_name_native middle_name_native last_name_native
  passport, driver_license, identity_card, internal_passport   document_no expiry_date
  address            country_code state city street_line1 street_line2 post_code
  utility_bill, bank_statement, rental_agreement, passport_registration, temporary_registration
                     no fields, but files
  phone_number, email   themselves
Dates are written DD.MM.YYYY, countries as two capital letters.

Examples:
  tgpassport put passport --set document_no=C01X00T47 --set expiry_date=01.02.2031 --front front.jpg
  tgpassport put passport --selfie me.png
  tgpassport put utility_bill --file page-1.jpg --file page-2.jpg
  tgpassport put email --set email=name@example.org
  tgpassport put --from alice
  tgpassport put address")]
pub(crate) struct Put {
    /// Which element; with --from one or more of the person's, or all if none is named.
    #[arg(value_name = "KIND", value_parser = kind, required_unless_present = "from")]
    pub(crate) kinds: Vec<ElementType>,
    /// Fill in a field; may be repeated. An empty value clears it.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// A picture of the front side.
    #[arg(long, value_name = "FILE")]
    pub(crate) front: Option<PathBuf>,
    /// A picture of the reverse side.
    #[arg(long, value_name = "FILE")]
    pub(crate) reverse: Option<PathBuf>,
    /// A picture of the person with the document.
    #[arg(long, value_name = "FILE")]
    pub(crate) selfie: Option<PathBuf>,
    /// A page of the translation; may be repeated, and takes the place of the whole translation.
    #[arg(long, value_name = "FILE")]
    pub(crate) translation: Vec<PathBuf>,
    /// A page of the document; may be repeated, and takes the place of all pages.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Vec<PathBuf>,
    /// Take everything from a person's folder, or the person.toml in it.
    #[arg(long, value_name = "PERSON", conflicts_with_all = ["set", "front", "reverse", "selfie", "translation", "file"])]
    pub(crate) from: Option<PathBuf>,
    /// Copy the names to the ones in the local script, as it is done where the language is English.
    #[arg(long)]
    pub(crate) copy_native_names: bool,
    /// Drop what is not named, which is kept otherwise.
    #[arg(long)]
    pub(crate) replace: bool,
    /// On a sandbox: take codes from the file in which it writes them, in place of asking for them.
    #[arg(long)]
    pub(crate) sandbox_codes: bool,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal it says what goes, and asks. What is stored, the vault's own session knows without a password; \
where there is none yet, the password is asked for and signs one in. With --yes nothing is asked on a terminal.

Examples:
  tgpassport delete utility_bill bank_statement
  tgpassport delete utility_bill --yes
  tgpassport delete --all
  echo delete | tgpassport delete --all")]
pub(crate) struct Delete {
    /// Which elements.
    #[arg(value_name = "KIND", value_parser = kind, required_unless_present = "all", conflicts_with = "all")]
    pub(crate) kinds: Vec<ElementType>,
    /// Every element; the word `delete` has to be typed, or stand on standard input.
    #[arg(long)]
    pub(crate) all: bool,
    /// Delete without being asked: there is no way back.
    #[arg(long, conflicts_with = "all")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport share 'tg://resolve?domain=telegrampassport&bot_id=…'
  tgpassport share link.txt --use identity_card
  tgpassport share link.txt --yes --password-stdin < password.txt")]
pub(crate) struct Share {
    /// A request link, a file that holds one, or `-` for standard input.
    #[arg(value_name = "URL")]
    pub(crate) request: String,
    /// Which alternative to give where the bot lets one choose; may be repeated.
    #[arg(long = "use", value_name = "KIND", value_parser = kind)]
    pub(crate) choices: Vec<ElementType>,
    /// Consent without being asked: everything that would be shown leaves.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Open the address that tells the service how it ended, which is otherwise printed only. One that belongs to
    /// another app than the bot's own is opened after a question.
    #[arg(long)]
    pub(crate) open: bool,
    /// Open that address also where it belongs to the app that has registered this scheme, without a question.
    #[arg(long, value_name = "SCHEME", requires = "open")]
    pub(crate) open_scheme: Option<String>,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Telegram tells a bot's objections together with the request they are about. So the requests that were \
answered with `share` are remembered in the account's directory, and asked about again; one that was \
answered elsewhere is given as its link.

Examples:
  tgpassport errors
  tgpassport errors link.txt")]
pub(crate) struct Errors {
    /// A request link, a file that holds one, or `-`; without it, all that were answered here.
    #[arg(value_name = "URL")]
    pub(crate) request: Option<String>,
    #[command(flatten)]
    pub(crate) unlock: UnlockOptions,
}
