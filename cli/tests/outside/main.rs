//! The public API together with what others wrote: bot libraries, a keyring, a client of Telegram. A machine may lack
//! any of it; what a case needs stands with its name.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)] // every line of this binary is a test

mod archive;
mod bare;
mod bots;
#[path = "../../../tests/cases/mod.rs"]
mod cases;
#[cfg(unix)] // it runs a shell script
mod ci;
#[allow(dead_code, unused_imports, unused_macros)] // its people and its stage; its cases run elsewhere
#[path = "../../../tests/conformance/mod.rs"]
mod conformance;
mod data_centre;
#[cfg(target_os = "linux")] // strace
mod disk;
mod interop;
mod keyring;
mod node_packages;
mod openssl;
mod packages;
#[path = "../../../tests/cases/program.rs"]
mod program;
#[path = "../../../tests/cases/python.rs"]
mod python;
#[path = "../it/tool.rs"]
mod tool;

use std::env;
use std::process::ExitCode;

use libtest_mimic::Arguments;

use crate::cases::{Case, block_on, cases, conclude};

fn all_cases() -> Vec<Case> {
    let mut all = cases![at_once;
        bare::what_is_missing_is_told_and_never_passed,
        bare::what_the_kernel_forbids_may_be_ignored_and_nothing_else,
        bare::the_demo_without_pip_and_npm_goes_through_the_vault needs [bare::no_library],
        interop::a_legacy_scope_gets_a_payload needs [packages::installed],
        interop::a_second_implementation_opens_a_share_of_everything needs [packages::installed],
        interop::frankenstein_parses_the_update,
        interop::python_telegram_bot_opens_a_share_of_everything needs [packages::installed],
        interop::the_openssl_command_opens_the_credentials needs [openssl::command],
        keyring::a_bus_without_a_keyring_is_no_keyring needs [keyring::bus],
        keyring::a_locked_keyring_is_said_to_be_locked needs [keyring::gnome],
        keyring::gnome_keyring_keeps_what_secret_tool_finds_and_the_reverse needs [keyring::gnome],
        keyring::no_bus_is_no_keyring,
    ];
    all.extend(cases![block_on;
        archive::a_reader_written_from_the_description_finds_the_same needs [packages::installed],
        bots::an_aiogram_bot_is_pointed_here_and_works needs [packages::installed],
        bots::a_grammy_bot_is_pointed_here_and_works needs [node_packages::installed],
        bots::a_python_telegram_bot_opens_shares_and_objects_to_them needs [packages::installed],
        bots::a_python_telegram_bot_with_a_webhook_does_too needs [packages::installed],
        bots::a_webhook_over_https_has_the_very_certificate_that_was_uploaded
            needs [packages::installed, openssl::command],
        data_centre::telethon_logs_in_and_reads_sealed_values needs [packages::installed],
    ]);
    #[cfg(unix)]
    all.extend(cases![at_once;
        ci::full_fails_where_a_tool_is_missing_and_tells_what_was_not_checked needs [ci::shell],
    ]);
    #[cfg(target_os = "linux")]
    all.extend(cases![at_once;
        disk::a_name_is_on_the_disk_when_it_is_given needs [disk::strace],
    ]);
    all
}

/// Runs a case that is no future: it has ended.
fn at_once((): ()) {}

fn main() -> ExitCode {
    if let Some(scene) = env::var_os(keyring::SCENE_VARIABLE) {
        keyring::play(&scene);
        return ExitCode::SUCCESS;
    }
    conclude(&Arguments::from_args(), Ok(()), all_cases(), |case| (case.run)())
}
