//! The words of the command line, and the help that teaches them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: something did not work, or a file is not what it should be
  2  wrong usage
  3  refused to protect somebody: a share that does not verify or is incomplete,
     a key that would be lost
  4  the other side said no
  5  the person declined

With --json standard output is always one JSON document: the answer, or
{\"error\": {\"kind\", \"exit_code\", \"message\", \"remedy\"}}. Progress goes to standard error, and
only to a terminal.

Examples:
  tgpassport demo
  tgpassport person new --country CZ --seed 7 --out alice
  tgpassport request new --bot-id 7500000001 --ask passport+selfie --new-key bot.pem > link.txt
  tgpassport simulate link.txt --person alice --out share
  tgpassport open share/update.json --key bot.pem --files share/files --out opened";

/// The user's side of Telegram Passport: make people, requests and shares, and open them as a bot would.
#[derive(Debug, Parser)]
#[command(name = "tgpassport", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Arguments {
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell the story of one share, from a bot's request to the opened documents; needs nothing.
    ///
    /// Telegram is played in this process: nothing leaves it, and nothing needs to be there first.
    Demo(Demo),
    /// Share a person's documents with a bot, without any server: what the bot would receive, as files.
    ///
    /// Writes `update.json`, one Update object as the body a webhook would get, and `files/<file_id>`, the
    /// ciphertext getFile would serve. If something that was asked for is missing, all of it is told and
    /// nothing is written (exit code 3).
    Simulate(Simulate),
    /// Open a share as the bot that received it: verify everything, say what fails.
    ///
    /// Verifies every hash, checksum and padding before anything is shown or written. What only looks odd
    /// (an undecodable picture, an expired document, a name outside the Latin rule) is a remark, not a
    /// refusal.
    Open(Open),
    /// Explain or make a bot's request.
    #[command(subcommand)]
    Request(RequestCommand),
    /// Make synthetic people.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Obtain TDLib, Telegram's own client library, for programs that log in.
    #[command(subcommand)]
    Tdlib(TdlibCommand),
    /// Print completions for a shell.
    Completions(Completions),
    /// Print the manual page, of the whole or of one command, as roff.
    Man(Man),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Explain a request: who asks, for what, with which alternatives, under which key.
    Show(RequestShow),
    /// Make a request link for a bot.
    ///
    /// What is asked for is written KIND[+selfie][+translation][+native-names], alternatives with a slash
    /// between: `--ask passport+selfie/identity_card+selfie --ask utility_bill/bank_statement --ask email`.
    New(RequestNew),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Make a synthetic person: all 13 elements and specimen scans, unmistakably fake.
    New(PersonNew),
}

#[derive(Debug, Subcommand)]
pub(crate) enum TdlibCommand {
    /// Fetch the pinned TDLib with pip or npm, verify its checksums, and put it into the data directory.
    ///
    /// What is there already and intact is left alone. The data directory is TGPASSPORT_HOME or the user's
    /// own; TDLIB_PATH names a TDLib of one's own instead, TDLIB_NO_DOWNLOAD forbids the download.
    Install,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport demo
  tgpassport demo --country JP --seed 12 --out demo")]
pub(crate) struct Demo {
    /// Who the person is: the same number makes the same person.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The person's country, two letters.
    #[arg(long, value_name = "CC", default_value = "CZ")]
    pub(crate) country: String,
    /// Keep what came about: person, request, key, share, opened documents.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport simulate link.txt --person alice --out share
  tgpassport simulate 'tg://resolve?…' --person alice --use passport --out share")]
pub(crate) struct Simulate {
    /// A request link, a file that holds one, or `-` for standard input.
    #[arg(value_name = "REQUEST")]
    pub(crate) request: String,
    /// The person's folder, as `person new` writes it.
    #[arg(long, value_name = "DIR")]
    pub(crate) person: PathBuf,
    /// Where the share goes; other things there are left alone.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Which alternative to give where the bot lets one choose; may be repeated.
    #[arg(long = "use", value_name = "KIND")]
    pub(crate) choices: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport open update.json --key bot.pem --files files --nonce 8f3c… --out opened
  curl -s … | tgpassport --json open - --key bot.pem")]
pub(crate) struct Open {
    /// An Update object as a bot receives it, or `-` for standard input.
    #[arg(value_name = "UPDATE")]
    pub(crate) update: PathBuf,
    /// The bot's private key, PEM.
    #[arg(long, value_name = "PEM")]
    pub(crate) key: PathBuf,
    /// The encrypted files, each under its file_id. Without it only the data is opened.
    #[arg(long, value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
    /// The nonce (or payload) of the request; another one is refused.
    #[arg(long, value_name = "NONCE")]
    pub(crate) nonce: Option<String>,
    /// Write each element as JSON with its pictures, readable by the owner only.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Let pass what Telegram itself has got wrong.
    #[arg(long, value_name = "FAULT")]
    pub(crate) allow: Vec<Allowance>,
}

/// Faults that `open` can be told to let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Allowance {
    /// A file without `file_size`.
    MissingFileSize,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport request show 'tg://resolve?domain=telegrampassport&bot_id=…'
  tgpassport request show link.txt")]
pub(crate) struct RequestShow {
    /// A request link, a file that holds one, or `-` for standard input.
    #[arg(value_name = "URL")]
    pub(crate) request: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Kinds: personal_details, passport, driver_license, identity_card, internal_passport, address,
utility_bill, bank_statement, rental_agreement, passport_registration, temporary_registration,
phone_number, email.

Examples:
  tgpassport request new --bot-id 7500000001 --ask passport+selfie/identity_card \\
      --new-key bot.pem
  tgpassport request new --bot-id 7500000001 --ask personal_details+native-names \\
      --key bot-public.pem --nonce 8f3c91 --callback https://example.org/passport")]
pub(crate) struct RequestNew {
    /// The bot's user id: the digits before the colon of its token.
    #[arg(long, value_name = "ID")]
    pub(crate) bot_id: i64,
    /// What to ask for; may be repeated.
    #[arg(long, value_name = "WHAT", required = true)]
    pub(crate) ask: Vec<String>,
    /// The bot's key, PEM: the public one, or the private one, of which the public half is taken.
    #[arg(long, value_name = "PEM", required_unless_present = "new_key", conflicts_with = "new_key")]
    pub(crate) key: Option<PathBuf>,
    /// Make a new 2048-bit private key and write it to this file, readable by the owner only.
    #[arg(long, value_name = "FILE")]
    pub(crate) new_key: Option<PathBuf>,
    /// Replace the file of --new-key if it is there; the key in it is lost.
    #[arg(long, requires = "new_key")]
    pub(crate) force: bool,
    /// What ties the answer to this request; random if not given.
    #[arg(long, value_name = "NONCE")]
    pub(crate) nonce: Option<String>,
    /// Where the person's app goes afterwards, http or https.
    #[arg(long, value_name = "URL")]
    pub(crate) callback: Option<String>,
    /// How the scope is written.
    #[arg(long, value_name = "FORM", default_value = "long")]
    pub(crate) form: ScopeForm,
}

/// The forms a scope comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeForm {
    /// `{"v":1,"data":[…]}`, as the manual writes it.
    Long,
    /// `{"v":1,"d":[…]}` with two-letter names, as the JavaScript SDK writes it.
    Compact,
    /// A plain list, as version 1.0 wrote it; the nonce is then called payload.
    Legacy,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport person new --out alice
  tgpassport person new --country JP --seed 12 --out hana")]
pub(crate) struct PersonNew {
    /// The country, two letters; by default one is drawn from the seed.
    #[arg(long, value_name = "CC")]
    pub(crate) country: Option<String>,
    /// The same number makes the same person; random if not given.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Where person.toml and the scans go.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport completions bash > ~/.local/share/bash-completion/completions/tgpassport")]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport man | man -l -
  tgpassport man request new > tgpassport-request-new.1")]
pub(crate) struct Man {
    /// The command whose page it is; without one, the page of the whole.
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}
