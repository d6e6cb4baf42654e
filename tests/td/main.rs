//! The genuine TDLib against the sandbox's data centre.
//!
//! A process loads one TDLib, which trusts one key: so all cases share a library, patched for the key of this run, and
//! each has data centres and accounts of its own. The library is found, or obtained and installed, before anything
//! else; then the program starts itself again in a network namespace with nothing but loopback in it, if the system
//! lets it. The copy knows no address but loopback ones anyway. What a case needs besides stands with its name.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // every line of this binary is a test

#[path = "../cases/mod.rs"]
mod cases;
mod client;
mod command_line;
#[path = "../conformance/mod.rs"]
mod conformance;
mod cross_reading;
mod faults;
mod growth;
mod guards;
mod layer;
mod login;
mod logs;
#[path = "../cases/namespace.rs"]
mod namespace;
#[path = "../cases/original.rs"]
mod original;
mod over_tdlib;
mod process;
#[path = "../cases/program.rs"]
mod program;
#[path = "../cases/python.rs"]
mod python;
#[path = "../signals/mod.rs"]
mod signals;
mod stage;
mod story;
mod vault_channel;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{PoisonError, RwLock};

use libtest_mimic::Arguments;
use telegram_passport::sandbox::dc::ServerIdentity;
use telegram_passport::tdlib::{self, Client, Library, TDLIB_VERSION};

use crate::cases::{Case, TIME_OUT, Unmet, block_on, cases, conclude};
use crate::command_line::outcomes;

/// Names the directory with the library and the key, in the process that runs the cases.
const STAGE_VARIABLE: &str = "TELEGRAM_PASSPORT_TD_STAGE";

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
        client::an_answer_of_another_type_is_an_error,
        client::requests_end_and_clients_close,
        client::the_log_stays_pinned,
        client::another_library_is_refused,
        client::twenty_clients_in_one_process,
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
        growth::fifty_logins_leave_nothing_behind needs [growth::counted],
        story::from_the_first_login_to_what_the_bot_opens,
        login::a_wrong_code_a_right_code_a_wrong_and_a_right_password,
        login::a_session_outlives_its_process_and_ends_with_log_out,
        login::a_database_opens_with_its_key_only,
        login::a_new_number_is_registered,
        login::a_code_is_sent_again,
        login::a_code_to_the_login_email_address_signs_in,
        login::a_login_email_address_is_set_up_where_one_is_demanded,
        login::a_bot_signs_in_with_its_token,
        login::a_forgotten_password_is_recovered_by_email,
        login::another_device_is_let_in_by_qr_code,
        login::an_mtproto_proxy_leads_there_too,
        login::without_a_proxy_the_copy_stays_on_loopback needs [namespace::own],
        login::two_accounts_at_once,
        login::a_directory_of_another_server_is_refused,
        layer::tdlib_knows_every_constructor_that_the_channel_uses,
        cross_reading::our_vault_reads_what_tdlib_stores,
        cross_reading::tdlib_reads_what_our_vault_stores,
        cross_reading::the_vaults_channel_reads_what_tdlib_stores,
        cross_reading::tdlib_reads_what_the_vaults_channel_stores,
        vault_channel::a_session_lets_the_vault_in_and_the_vault_names_itself,
        vault_channel::a_link_is_good_once_and_for_its_time,
        logs::credentials_are_in_none needs [logs::python],
        guards::a_secret_that_cannot_be_opened_is_not_replaced,
        guards::a_sound_secret_is_not_touched_either_without_the_callers_word,
        guards::with_the_vaults_channel_a_damaged_secret_is_named_and_left_alone,
        guards::with_the_vaults_channel_a_sound_secret_needs_no_word,
        guards::with_the_vaults_channel_a_hidden_element_is_shown_with_its_flaw,
        guards::with_the_vaults_channel_what_tdlib_does_not_know_is_seen_and_kept,
        guards::with_the_vaults_channel_what_is_not_understood_is_not_saved_over,
        guards::without_the_channel_it_is_said_that_tdlib_does_not_show_all,
        guards::without_the_channel_a_save_says_what_it_may_have_dropped,
        guards::what_is_sent_is_what_was_shown_whatever_another_task_saves,
        guards::with_nothing_stored_no_word_is_needed,
        guards::a_wrong_password_is_refused_although_tdlib_remembers_the_secret,
        guards::a_password_that_tdlib_would_alter_is_refused,
        guards::the_rule_for_texts_is_tdlibs_own,
        guards::a_position_in_a_picture_stays_at_home,
        guards::opened_scans_are_left_nowhere,
        guards::an_incomplete_form_is_not_sent,
        guards::an_element_that_tdlib_leaves_out_is_listed,
        guards::a_text_that_tdlib_would_alter_is_refused,
        process::a_session_goes_on_after_a_kill_between_login_and_first_call_and_in_an_upload,
        process::what_a_bot_of_the_process_receives_opens,
        process::calls_that_are_not_modelled_are_told_once,
        faults::connections_dropped_in_the_middle_of_an_upload,
        faults::connections_dropped_in_the_middle_of_a_download,
        faults::a_slow_link,
        faults::a_short_wait_is_waited_for_and_a_long_one_is_told,
        faults::a_server_in_trouble,
        faults::salts_that_change,
        faults::a_key_that_the_server_does_not_know,
        faults::a_lost_answer,
        faults::a_secret_that_is_no_longer_current,
        faults::a_dropped_save_stores_nothing_that_does_not_open,
        faults::several_who_want_one_file_get_it,
        faults::tampered_data_is_not_shown,
        faults::values_swapped_between_types_are_not_taken_for_each_other,
        faults::old_values_are_not_shared,
        faults::files_that_are_not_what_was_stored,
        faults::a_download_that_tdlib_repeats_for_ever_ends,
        faults::a_busy_app_does_not_make_a_save_stale,
        faults::a_list_ends_with_the_server_gone,
        faults::a_session_ended_elsewhere_is_one_fact,
        faults::a_save_that_is_given_up_is_not_stored_later,
        faults::a_save_that_nobody_waits_for_ends,
        faults::what_tdlib_still_saves_does_not_bring_back_what_is_deleted,
        faults::nothing_waits_without_end_for_what_tdlib_is_still_at,
        faults::nothing_waits_without_end_for_a_share,
        faults::a_save_that_is_cancelled_while_it_waits_ends_at_once,
        faults::two_saves_at_once_go_one_after_the_other,
        faults::a_file_that_tdlib_cannot_fetch_comes_by_the_channel,
    ];
    // First, so that nothing waits for all that are under way.
    let alone = Case {
        name: "growth::twenty_clients_at_once_leave_nothing_behind",
        needs: &[growth::counted],
        run: growth::twenty_clients_at_once_leave_nothing_behind,
    };
    all.insert(0, alone);
    all.extend(over_tdlib::cases());
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
    let mut arguments = Arguments::from_args();
    // Most of them wait most of the time: for TDLib, which waits for what goes wrong on purpose.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(cores * 3);
    match env::var_os(STAGE_VARIABLE).map(PathBuf::from) {
        // Nobody may wait for a download, or a key, to see what there is.
        None if arguments.list => conclude(&arguments, Ok(()), all_cases(), run),
        None => match original::library().and_then(|original| prepare(&original)) {
            Ok(stage) => {
                let code = namespace::start_again(
                    STAGE_VARIABLE,
                    stage.as_os_str(),
                    env::var_os(outcomes::VARIABLE).is_some(),
                );
                let _ = fs::remove_dir_all(stage);
                code
            }
            Err(missing) => conclude(&arguments, Err(missing), all_cases(), run),
        },
        Some(stage) => {
            let opened = stage::open(&stage).map_err(|why| useless(&why));
            let code = conclude(&arguments, opened, all_cases(), run);
            if Client::wait_until_none(TIME_OUT) {
                return code;
            }
            eprintln!("clients of TDLib are still open after all cases");
            ExitCode::FAILURE
        }
    }
}

/// Taken by every case, and by one that measures the process as its only one.
static PROCESS: RwLock<()> = RwLock::new(());

/// Runs a case, alone if it has to be.
fn run(case: &Case) {
    let alone = case.name.starts_with("growth::");
    let _shared = (!alone).then(|| PROCESS.read().unwrap_or_else(PoisonError::into_inner));
    let _alone = alone.then(|| PROCESS.write().unwrap_or_else(PoisonError::into_inner));
    (case.run)();
}

/// Makes the copy for this run's key; gives the directory with both.
fn prepare(original: &Path) -> Result<PathBuf, Unmet> {
    let stage = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("td-{}", std::process::id()));
    let identity = ServerIdentity::generate();
    let copy = tdlib::patch(original, &identity.public_key(), &stage).map_err(|why| useless(&why))?;
    fs::rename(copy, stage.join(stage::LIBRARY)).unwrap();
    fs::write(stage.join(stage::KEY), identity.to_der()).unwrap();
    fs::write(stage.join(stage::ORIGINAL), original.to_str().expect("the path of TDLib is text")).unwrap();
    Ok(stage)
}

/// What was found is not the TDLib that the cases are about.
fn useless(why: &dyn std::fmt::Display) -> Unmet {
    Unmet::missing(
        why.to_string(),
        format!("name TDLib {TDLIB_VERSION} as its publisher made it in TDLIB_PATH"),
    )
}

/// The library of this run.
fn library() -> &'static Library {
    Library::loaded().expect("loaded before the first case")
}
