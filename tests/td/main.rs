//! The genuine TDLib against the sandbox's data centre.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // every line of this binary is a test

#[path = "../cases/mod.rs"]
mod cases;
mod client;
#[path = "../conformance/mod.rs"]
mod conformance;
mod cross_reading;
mod faults;
#[path = "../genuine/mod.rs"]
mod genuine;
mod growth;
mod guards;
mod layer;
mod login;
mod logs;
mod over_tdlib;
#[path = "../cases/program.rs"]
mod program;
#[path = "../cases/python.rs"]
mod python;
mod story;
mod vault_channel;

use std::process::ExitCode;
use std::sync::{PoisonError, RwLock};

use crate::cases::{Case, block_on, cases};
use crate::genuine::{library, namespace, stage};

fn all_cases() -> Vec<Case> {
    let mut all = cases![block_on;
        client::an_answer_of_another_type_is_an_error,
        client::requests_end_and_clients_close,
        client::the_log_stays_pinned,
        client::another_library_is_refused,
        client::twenty_clients_in_one_process,
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
        cross_reading::what_one_engine_gives_out_another_kind_refuses,
        vault_channel::a_session_lets_the_vault_in_and_the_vault_names_itself,
        vault_channel::a_link_is_good_once_and_for_its_time,
        vault_channel::a_session_makes_its_channel_keeps_it_and_takes_it_up_again,
        vault_channel::a_channel_of_another_account_is_ended,
        vault_channel::a_sandbox_that_nobody_has_described_has_no_channel,
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
    all
}

fn main() -> ExitCode {
    genuine::conclude(all_cases, run, false)
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
