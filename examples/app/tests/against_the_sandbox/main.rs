//! Obtains TDLib for the test, and runs it in a process of its own, with nothing but loopback around it where the system
//! allows that; where there is no TDLib to be had, the test is reported as ignored.
//!
//! An app's own tests would just begin with `story`, and install TDLib once.

#[allow(unused_imports, unused_macros)] // there is one case here
#[path = "../../../../tests/cases/mod.rs"]
mod cases;
#[path = "../../../../tests/genuine/namespace.rs"]
mod namespace;
#[path = "../../../../tests/genuine/original.rs"]
mod original;
#[path = "../../../../tests/cases/program.rs"]
mod program;
mod story;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::Arguments;
use telegram_passport::tdlib::Client;

use crate::cases::{Case, TIME_OUT, block_on, conclude};

/// Names the file of TDLib, in the process that runs the test.
const LIBRARY_VARIABLE: &str = "TELEGRAM_PASSPORT_APP_LIBRARY";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let the_case = || vec![Case { name: "a_person_answers_a_bot", needs: &[], run }];
    let conclude = |library| conclude(&arguments, library, the_case(), |case| (case.run)());
    if arguments.list || env::var_os(LIBRARY_VARIABLE).is_some() {
        return conclude(Ok(()));
    }
    match original::library() {
        Ok(library) => namespace::start_again(LIBRARY_VARIABLE, library.as_os_str(), false),
        Err(missing) => conclude(Err(missing)),
    }
}

fn run() {
    let library = env::var_os(LIBRARY_VARIABLE).map(PathBuf::from).expect("set above");
    block_on(story::a_person_answers_a_bot(&library));
    assert!(Client::wait_until_none(TIME_OUT));
}
