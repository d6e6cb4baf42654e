//! `tgpassport`, the command line. It sees only the library's public API.
//!
//! A command is a function from its arguments to an [`Answer`] or a [`Failure`]; this file parses, calls it, and
//! is the one place that prints and ends the process.

#![forbid(unsafe_code)]

mod account;
mod answer;
mod arguments;
mod asking;
mod callback;
mod command;
mod deed;
mod disclosure;
mod engine;
mod failure;
mod heif;
mod interrupt;
mod obstacles;
mod opened;
mod over_tdlib;
mod printable;
mod progress;
mod reading;
mod received;
mod running;
mod sandbox_codes;
mod simulation;
mod terminal;
mod writing;

use std::ffi::OsStr;
use std::process::ExitCode;

use clap::Parser;

use answer::Answer;
use arguments::{Arguments, Command, PersonCommand, RequestCommand, TdlibCommand};
use failure::Failure;
use running::{play, play_alone};

fn main() -> ExitCode {
    let _shown = terminal::Shown;
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return unparsed(&error),
    };
    let json = arguments.json;
    failure::tell_as(json);
    match run(arguments) {
        Ok(answer) => answer::print(answer.as_ref(), json),
        Err(failure) => failure.print(json),
    }
}

fn run(arguments: Arguments) -> Result<Box<dyn Answer>, Failure> {
    match arguments.command {
        Command::Demo(options) => command::demo::run(&options),
        Command::Login(options) => play(command::login::run(&options)),
        Command::Logout(options) => play(command::logout::run(&options)),
        Command::Status(options) => play(command::status::run(&options)),
        Command::List(options) => play(command::list::run(&options)),
        Command::Show(options) => play(command::show::run(&options)),
        Command::Put(options) => play(command::put::run(&options)),
        Command::Delete(options) => play(command::delete::run(&options)),
        Command::Share(options) => play(command::share::run(&options)),
        Command::Errors(options) => play(command::errors::run(&options)),
        Command::Approve(options) => play(command::approve::run(&options)),
        Command::Password(command) => play(command::password::run(&command)),
        Command::Secret(command) => play(command::secret::run(&command)),
        Command::Sessions(options) => play(command::sessions::run(&options)),
        Command::Export(options) => play(command::export::run(&options)),
        Command::Import(options) => play(command::import::run(&options)),
        Command::Unpack(options) => play(command::unpack::run(&options)),
        Command::Simulate(options) => play_alone(move || command::simulate::run(&options)),
        Command::Open(options) => play_alone(move || command::open::run(&options)),
        Command::Person(PersonCommand::New(options)) => {
            play_alone(move || command::person_new::run(&options))
        }
        Command::Request(RequestCommand::Show(options)) => command::request_show::run(&options),
        Command::Request(RequestCommand::New(options)) => {
            play_alone(move || command::request_new::run(&options))
        }
        Command::Sandbox(options) => command::sandbox::run(&options, arguments.json),
        Command::Tdlib(TdlibCommand::Install) => command::tdlib_install::run(),
        Command::Completions(options) => command::completions::run(&options),
        Command::Man(options) => command::man::run(&options),
    }
}

/// Help and version are answers; everything else clap objects to is wrong usage, told as `--json` asks.
fn unparsed(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().take_while(|word| word != OsStr::new("--")).any(|word| word == "--json");
    if json && error.use_stderr() {
        return Failure::usage(failure::clap_sentence(error)).print(json);
    }
    // Nothing is left to tell a reader who has gone.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(failure::Kind::Usage.code()) } else { ExitCode::SUCCESS }
}
