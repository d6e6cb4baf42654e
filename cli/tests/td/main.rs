//! The command line over the genuine TDLib, against the sandbox's data centre.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // every line of this binary is a test

#[path = "../../../tests/cases/mod.rs"]
mod cases;
mod command_line;
#[allow(dead_code, unused_imports, unused_macros)] // its people and its stage; its cases run elsewhere
#[path = "../../../tests/conformance/mod.rs"]
mod conformance;
#[path = "../../../tests/genuine/mod.rs"]
mod genuine;
mod process;
#[path = "../../../tests/cases/program.rs"]
mod program;
#[path = "../signals/mod.rs"]
mod signals;

use std::env;
use std::process::{Command, ExitCode};

use crate::cases::{Case, Unmet, block_on, cases};
use crate::command_line::outcomes;
use crate::genuine::{namespace, stage};

/// Needs a terminal, which `script` of util-linux opens.
fn terminal() -> Result<(), Unmet> {
    let version = Command::new("script").arg("--version").output();
    let there = version.is_ok_and(|output| output.status.success());
    there.then_some(()).ok_or_else(|| Unmet::install("there is no `script` of util-linux", "bsdutils"))
}

/// Needs a converter of HEIC, and a program that makes one.
fn heif() -> Result<(), Unmet> {
    const PACKAGE: &str = "libheif-examples";
    program::all(&[("heif-enc", PACKAGE)])?;
    // Its name has changed.
    program::all(&[("heif-dec", PACKAGE)]).or_else(|_| program::all(&[("heif-convert", PACKAGE)]))
}

fn all_cases() -> Vec<Case> {
    let mut all = cases![block_on;
        command_line::signing_in_takes_a_code_and_a_password_and_ends_with_logout,
        command_line::a_login_email_address_is_set_up_and_then_used,
        command_line::an_account_stays_on_its_server,
        command_line::a_passphrase_keeps_the_key_and_the_password,
        command_line::a_person_at_a_terminal_is_asked needs [terminal],
        command_line::a_recovery_that_is_interrupted_may_have_replaced_the_password,
        command_line::a_sign_in_that_is_interrupted_may_have_signed_in,
        command_line::a_sign_up_that_is_interrupted_may_have_made_the_account,
        command_line::a_login_that_is_interrupted_before_leaves_nothing,
        command_line::a_password_that_is_recovered_is_typed_twice_and_removed_only_by_its_own_word needs [terminal],
        command_line::what_another_device_stored_meanwhile_is_not_put_over needs [terminal],
        command_line::a_name_that_is_not_taken_is_asked_for_again needs [terminal],
        command_line::a_share_that_nobody_answers_may_have_arrived,
        command_line::an_answer_that_cannot_be_written_is_no_share_that_failed,
        command_line::a_keyring_that_refuses_the_new_password_is_a_warning,
        command_line::an_export_without_a_scan_is_none_unless_a_part_is_wanted,
        command_line::a_batch_that_is_interrupted_says_what_is_stored,
        command_line::a_reset_that_has_waited_removes_the_password,
        command_line::an_import_whose_code_is_wrong_says_what_is_stored_and_what_is_not,
        command_line::an_import_that_is_interrupted_at_a_code_says_what_is_stored_and_what_is_not,
        command_line::what_an_import_stores_beside_the_pixels_is_told_to_a_script_too,
        command_line::an_objection_that_nobody_asked_for_outlives_a_put,
        command_line::an_objection_that_nobody_asked_for_outlives_an_import,
        command_line::a_put_goes_on_where_nobody_says_what_bots_object_to,
        command_line::elements_are_put_listed_shown_and_deleted,
        command_line::a_photo_as_iphones_make_it_is_converted needs [heif],
        command_line::a_photo_that_says_twice_how_it_is_turned_is_turned_once needs [heif],
        command_line::a_request_is_answered_and_objections_are_told,
        command_line::another_device_is_approved needs [terminal],
        command_line::an_interrupted_put_leaves_what_was_stored,
        command_line::pictures_in_the_clear_go_with_every_signal,
        command_line::what_is_shown_goes_with_every_signal,
        command_line::no_thumbnail_passes_put,
        command_line::the_terminal_shows_again_after_every_signal needs [terminal],
        command_line::a_secret_that_is_being_made_is_told_to_whoever_interrupts,
        command_line::the_vaults_session_is_signed_in_and_kept_or_not_at_all,
        command_line::a_tdlib_that_cannot_write_ends_the_command_in_words,
        command_line::a_vaults_session_that_is_cut_short_is_found_and_ended,
        command_line::a_vaults_session_that_cannot_be_kept_is_ended_or_told,
        command_line::a_log_out_that_nobody_has_answered_deletes_nothing,
        command_line::a_log_out_says_which_session_has_ended,
        command_line::a_code_that_nobody_answers_may_have_been_sent_or_taken,
        command_line::a_server_in_trouble_may_have_changed_the_password,
        command_line::a_stopped_prompt_leaves_a_terminal_that_shows needs [terminal],
        command_line::a_script_goes_all_the_way_with_a_sandbox_of_its_own,
        command_line::the_vault_looks_first_and_no_risk_is_taken,
        command_line::a_secret_of_the_old_form_is_upgraded,
        command_line::an_export_comes_back_after_all_was_lost,
        command_line::a_password_is_changed_recovered_and_reset,
        command_line::a_kept_password_follows_every_change,
        command_line::a_line_is_one_answer,
        command_line::a_password_that_tdlib_alters_works_with_the_vault,
        command_line::a_secret_that_could_not_be_looked_at_is_not_given_up,
        command_line::a_recovery_address_goes_by_its_own_word,
        command_line::a_hint_that_tells_the_password_is_remarked,
        command_line::what_is_not_stored_is_not_deleted,
        command_line::deleting_asks_at_a_terminal needs [terminal],
        command_line::the_form_says_which_alternatives_there_are_and_why_this_one needs [terminal],
        command_line::an_objection_outlives_the_replacement_of_something_else,
        command_line::a_callback_is_told_as_it_was_asked_for,
        command_line::fields_of_other_clients_are_kept_and_disclosed,
        command_line::a_session_ended_elsewhere_is_told_by_every_command_and_login_works_at_once,
        command_line::a_channel_ended_elsewhere_is_signed_in_anew,
        command_line::a_server_that_forgot_all_keys_is_told_and_login_works,
        command_line::a_lie_about_the_key_deletes_nothing_and_login_sets_the_session_aside,
        command_line::a_log_out_leaves_no_session_although_the_channel_cannot_be_opened,
        command_line::a_log_out_after_the_session_was_ended_ends_the_channel_too,
        command_line::ending_a_session_in_use_asks_first,
        command_line::the_demo_tells_its_story_through_tdlib,
        process::a_session_goes_on_after_a_kill_between_login_and_first_call_and_in_an_upload,
        process::what_a_bot_of_the_process_receives_opens,
        process::calls_that_are_not_modelled_are_told_once,
    ];
    if env::var_os(outcomes::VARIABLE).is_some() {
        all.extend(cases![block_on;
            outcomes::login needs [outcomes::disks],
            outcomes::login_recovery needs [outcomes::disks],
            outcomes::approve needs [outcomes::disks],
            outcomes::sessions_end needs [outcomes::disks],
            outcomes::sessions_end_vault needs [outcomes::disks],
            outcomes::secret_create needs [outcomes::disks],
            outcomes::secret_reset needs [outcomes::disks],
            outcomes::secret_upgrade needs [outcomes::disks],
            outcomes::password_set needs [outcomes::disks],
            outcomes::password_change needs [outcomes::disks],
            outcomes::password_remove needs [outcomes::disks],
            outcomes::password_email needs [outcomes::disks],
            outcomes::password_email_remove needs [outcomes::disks],
            outcomes::password_recover needs [outcomes::disks],
            outcomes::password_reset needs [outcomes::disks],
            outcomes::password_reset_decline needs [outcomes::disks],
            outcomes::put needs [outcomes::disks],
            outcomes::put_several needs [outcomes::disks],
            outcomes::delete needs [outcomes::disks],
            outcomes::delete_all needs [outcomes::disks],
            outcomes::import needs [outcomes::disks],
            outcomes::share needs [outcomes::disks],
            outcomes::logout needs [outcomes::disks],
            outcomes::logout_of_both needs [outcomes::disks],
            outcomes::export needs [outcomes::disks],
            outcomes::show needs [outcomes::disks],
            outcomes::unpack needs [outcomes::disks],
            outcomes::open needs [outcomes::disks],
            outcomes::simulate needs [outcomes::disks],
            outcomes::person_new needs [outcomes::disks],
            outcomes::request_new needs [outcomes::disks],
        ]);
    }
    all
}

fn main() -> ExitCode {
    genuine::conclude(all_cases, |case| (case.run)(), env::var_os(outcomes::VARIABLE).is_some())
}
