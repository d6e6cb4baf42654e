//! The words of the command line, and the help that teaches them.

mod accounts;
mod archive;
pub(crate) mod password;
pub(crate) mod secret;

use std::path::PathBuf;

pub(crate) use accounts::{
    AccountOptions, Approve, Delete, EngineOptions, Errors, List, Login, Logout, Put, Share, Show, Status,
    UnlockOptions,
};
pub(crate) use archive::{Export, Import, Unpack};
pub(crate) use password::PasswordCommand;
pub(crate) use secret::{SecretCommand, Sessions};

use crate::engine::EngineKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use telegram_passport::element::ElementType;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: something did not work, or a file is not what it should be
  2  wrong usage
  3  refused to protect somebody: a share that does not verify or is incomplete,
     a key that would be lost, an export that would lack something
  4  the other side said no
  5  the person declined, or a signal came before anything was changed
  6  it, or part of it, may have happened: what is said with it tells where to look
     before doing it again

With --json standard output is always one JSON document: the answer, or
{\"error\": {\"kind\", \"exit_code\", \"message\"}}, with \"problems\", \"remedy\", \"callback\" and \"elements\" where
there are any.
Progress and questions go to standard error, progress only to a terminal.

Examples:
  tgpassport demo
  tgpassport login
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
    /// Telegram is played in this process, and the genuine TDLib logs in to it: nothing leaves this computer, and
    /// nothing needs to be there first but pip or npm, once, to fetch TDLib.
    Demo(Demo),
    /// Sign in to Telegram, or to a sandbox.
    ///
    /// Telegram knows this program by an api_id and api_hash of your own, from TGPASSPORT_API_ID and
    /// TGPASSPORT_API_HASH or from `api.toml` in the data directory, mode 0600. TDLib, Telegram's own client
    /// library, is fetched if it is not here yet.
    Login(Login),
    /// Sign out, and forget the account on this machine.
    Logout(Logout),
    /// Say who is signed in, on which server, and what state password and Passport are in.
    ///
    /// Needs no password: Passport stays locked.
    Status(Status),
    /// Let another device in that shows a login link as a QR code.
    Approve(Approve),
    /// List what is stored: kinds, scans, expiry, flaws; nothing that it says.
    List(List),
    /// Show one element, with everything in it.
    Show(Show),
    /// Store an element.
    ///
    /// What is named is replaced, everything else of it is kept. Pictures may be of any usual format: they become
    /// upright JPEGs without metadata, and what was changed is told. Without anything named, a terminal asks for
    /// each field and picture.
    Put(Put),
    /// Delete elements.
    Delete(Delete),
    /// Answer a bot's request: see who asks and what would leave, consent, send.
    ///
    /// Shows the bot with Telegram's marks, its privacy policy, and every field and picture that would leave. If
    /// something is missing, all of it is told and nothing is sent (exit code 3).
    Share(Share),
    /// Tell what bots have objected to, and what would resolve it.
    Errors(Errors),
    /// Set, change, recover or remove the password of two-step verification, which Passport is locked with.
    #[command(subcommand)]
    Password(PasswordCommand),
    /// Look after the passport secret, which everything stored is sealed under.
    #[command(subcommand)]
    Secret(SecretCommand),
    /// List the account's sessions, the vault's own among them, and end one.
    Sessions(Sessions),
    /// Write the whole Passport into one file, sealed under a passphrase; it opens without Telegram.
    Export(Export),
    /// Store what an export holds, in the same or another account.
    ///
    /// Compares first, and changes nothing that was not agreed to: what is stored already in another form is replaced
    /// only where --replace says so.
    Import(Import),
    /// Open an export without Telegram, and write what it holds as files.
    Unpack(Unpack),
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
    /// Run Telegram on loopback, for programs that log in, until Ctrl-C or SIGTERM.
    ///
    /// Starts data centres that TDLib and other clients of MTProto log in to, and writes how to reach them to
    /// `sandbox.json`. Login codes appear here and in the file that `sandbox.json` names. Anybody may sign up
    /// with a number nobody has; people from `person new` have an account at once.
    ///
    /// Without --state everything ends with the process. With it everything lasts, whenever and however the
    /// process ends: accounts, documents, half-finished uploads, logins, keys and ports. It holds ciphertext
    /// only, as Telegram does. DIR/server-key.der is the RSA key by which clients know this sandbox; one that
    /// clients trust already may be put there before.
    Sandbox(Sandbox),
    /// Obtain TDLib, Telegram's own client library, for programs that log in.
    #[command(subcommand)]
    Tdlib(TdlibCommand),
    /// Print completions for a shell.
    Completions(Completions),
    /// Print the manual page, of the whole or of one command, as roff.
    Man(Man),
}

/// A kind of element, by what a person calls it.
pub(crate) fn kind(written: &str) -> Result<ElementType, String> {
    ElementType::from_written(written).ok_or_else(|| {
        let names =
            |kinds: &[ElementType]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        match ElementType::like(written).as_slice() {
            [] => format!("no kind of element; there are {}", names(&ElementType::ALL)),
            [like] => format!("no kind of element; perhaps {like}"),
            like => format!("no kind of element; perhaps one of {}", names(like)),
        }
    })
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
  tgpassport demo --country JP --seed 12 --out demo
  tgpassport demo --engine vault")]
pub(crate) struct Demo {
    /// Who seals, and talks to the Telegram in here: TDLib over a data centre on loopback, or the vault without any
    /// socket. Without this option TDLib, and the vault where no TDLib is to be had.
    #[arg(long, value_name = "ENGINE")]
    pub(crate) engine: Option<EngineKind>,
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
Kinds: personal_details, passport, driver_license, identity_card, internal_passport, address, \
utility_bill, bank_statement, rental_agreement, passport_registration, temporary_registration, \
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
    /// Where person.toml and the scans go. What `person new` wrote there is replaced as long as nobody has changed it.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace what is there, whoever wrote or changed it.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgpassport sandbox
  tgpassport sandbox --state sandbox --person alice --bot link.txt --shares shares
  echo 'correct horse' | tgpassport sandbox --state sandbox --person alice --password-stdin")]
pub(crate) struct Sandbox {
    /// Keep everything in this directory; what is there already goes on.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Where the description goes, with the codes beside it [default: sandbox.json in --state, else here].
    #[arg(long, value_name = "FILE")]
    pub(crate) describe: Option<PathBuf>,
    /// Sign this person up, by the folder that `person new` wrote; may be repeated.
    #[arg(long = "person", value_name = "DIR")]
    pub(crate) people: Vec<PathBuf>,
    /// Ask for a password, and protect the new accounts of these people with it.
    #[arg(long, requires = "people", conflicts_with = "password_stdin")]
    pub(crate) password: bool,
    /// Take that password from the first line of standard input.
    #[arg(long, requires = "people")]
    pub(crate) password_stdin: bool,
    /// Register the bot of this request, a link or a file that holds one; may be repeated.
    #[arg(long = "bot", value_name = "REQUEST")]
    pub(crate) bots: Vec<String>,
    /// Write what bots receive below this folder: BOT/NUMBER/update.json and files/, as `open` reads them.
    #[arg(long, value_name = "DIR")]
    pub(crate) shares: Option<PathBuf>,
    /// Say which calls of clients are not modelled here, each once, on standard error.
    #[arg(long)]
    pub(crate) log: bool,
    /// Where the Bot API listens on loopback [default: where it was with --state, else any port that is free].
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) bot_api_port: Option<u16>,
    /// Register a bot under this token, or the bot of a --bot with that id; may be repeated.
    #[arg(long = "bot-token", value_name = "TOKEN")]
    pub(crate) bot_tokens: Vec<String>,
    /// Take any token that a bot comes with, and make a bot for it.
    #[arg(long)]
    pub(crate) any_token: bool,
    /// A name, beside localhost, by which bots call the Bot API; may be repeated.
    #[arg(long = "allow-host", value_name = "NAME")]
    pub(crate) host_names: Vec<String>,
    /// A host, beside this computer's loopback, that webhooks may be at; may be repeated.
    #[arg(long = "webhook-host", value_name = "HOST")]
    pub(crate) webhook_hosts: Vec<String>,
    /// Start nothing: print what points a bot library at the sandbox that --describe or --state describes.
    #[arg(long, value_name = "LIBRARY")]
    pub(crate) settings: Option<Library>,
    /// How many data centres there are [default: as many as --state had, or 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub(crate) data_centres: Option<u8>,
}

/// A library that bots are written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Library {
    PythonTelegramBot,
    #[value(name = "pytelegrambotapi")]
    PyTelegramBotApi,
    Aiogram,
    Grammy,
    Telegraf,
    NodeTelegramBotApi,
    Teloxide,
    Frankenstein,
    GoTelegramBot,
    GoTelegramBotApi,
    Pengrad,
    #[value(name = "telegram.bot")]
    TelegramBotDotNet,
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
