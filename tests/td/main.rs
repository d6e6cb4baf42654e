//! The genuine TDLib against the sandbox's data centre.
//!
//! A process loads one TDLib, which trusts one key: so all cases share a library, patched for the key of this run, and
//! each has data centres and accounts of its own. The library is found, or obtained and installed, before anything
//! else; then the program starts itself again in a network namespace with nothing but loopback in it, if the system
//! lets it. The copy knows no address but loopback ones anyway.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // every line of this binary is a test

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
mod over_tdlib;
mod process;
mod stage;
mod story;
mod vault_channel;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use telegram_passport::sandbox::dc::ServerIdentity;
use telegram_passport::tdlib::{self, Client, Library};

/// Names the directory with the library and the key, in the process that runs the cases.
const STAGE_VARIABLE: &str = "TELEGRAM_PASSPORT_TD_STAGE";

/// Set in that process if it has a network namespace of its own.
const NAMESPACE_VARIABLE: &str = "TELEGRAM_PASSPORT_TD_NAMESPACE";

/// Cases that take ports which are not theirs to take elsewhere.
const NEED_NAMESPACE: [&str; 1] = ["login::without_a_proxy_the_copy_stays_on_loopback"];

/// Cases that open a terminal, with the `script` of util-linux.
const NEED_TERMINAL: [&str; 2] =
    ["command_line::a_person_at_a_terminal_is_asked", "command_line::another_device_is_approved"];

/// Cases that call TDLib without any of this crate.
const NEED_PYTHON: [&str; 1] = ["logs::credentials_are_in_none"];

/// A case that has not ended by then never will.
const CASE_TIME_OUT: Duration = Duration::from_secs(300);

/// A case: its name, and what it does.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
}

/// A case from an `async fn`, by its path.
macro_rules! cases {
    ($($module:ident::$name:ident),* $(,)?) => {
        vec![$(Case { name: concat!(stringify!($module), "::", stringify!($name)), run: || block_on($module::$name()) }),*]
    };
}

fn cases() -> Vec<Case> {
    let mut all = cases![
        client::an_answer_of_another_type_is_an_error,
        client::requests_end_and_clients_close,
        client::the_log_stays_pinned,
        client::another_library_is_refused,
        client::twenty_clients_in_one_process,
        command_line::signing_in_takes_a_code_and_a_password_and_ends_with_logout,
        command_line::an_account_stays_on_its_server,
        command_line::a_passphrase_keeps_the_key_and_the_password,
        command_line::a_person_at_a_terminal_is_asked,
        command_line::elements_are_put_listed_shown_and_deleted,
        command_line::a_request_is_answered_and_objections_are_told,
        command_line::another_device_is_approved,
        command_line::an_interrupted_put_leaves_what_was_stored,
        command_line::a_script_goes_all_the_way_with_a_sandbox_of_its_own,
        command_line::the_vault_looks_first_and_no_risk_is_taken,
        command_line::a_secret_of_the_old_form_is_upgraded,
        command_line::an_export_comes_back_after_all_was_lost,
        command_line::a_password_is_changed_recovered_and_reset,
        command_line::the_demo_tells_its_story_through_tdlib,
        growth::fifty_logins_leave_nothing_behind,
        story::from_the_first_login_to_what_the_bot_opens,
        login::a_wrong_code_a_right_code_a_wrong_and_a_right_password,
        login::a_session_outlives_its_process_and_ends_with_log_out,
        login::a_database_opens_with_its_key_only,
        login::a_new_number_is_registered,
        login::a_code_is_sent_again,
        login::a_bot_signs_in_with_its_token,
        login::a_forgotten_password_is_recovered_by_email,
        login::another_device_is_let_in_by_qr_code,
        login::an_mtproto_proxy_leads_there_too,
        login::without_a_proxy_the_copy_stays_on_loopback,
        login::two_accounts_at_once,
        login::a_directory_of_another_server_is_refused,
        layer::tdlib_knows_every_constructor_that_the_channel_uses,
        cross_reading::our_vault_reads_what_tdlib_stores,
        cross_reading::tdlib_reads_what_our_vault_stores,
        cross_reading::the_vaults_channel_reads_what_tdlib_stores,
        cross_reading::tdlib_reads_what_the_vaults_channel_stores,
        vault_channel::a_session_lets_the_vault_in_and_the_vault_names_itself,
        vault_channel::a_link_is_good_once_and_for_its_time,
        logs::credentials_are_in_none,
        guards::a_secret_that_cannot_be_opened_is_not_replaced,
        guards::a_sound_secret_is_not_touched_either_without_the_callers_word,
        guards::with_the_vaults_channel_a_damaged_secret_is_named_and_left_alone,
        guards::with_the_vaults_channel_a_sound_secret_needs_no_word,
        guards::with_the_vaults_channel_a_hidden_element_is_shown_with_its_flaw,
        guards::with_nothing_stored_no_word_is_needed,
        guards::a_wrong_password_is_refused_although_tdlib_remembers_the_secret,
        guards::a_password_that_tdlib_would_alter_is_refused,
        guards::a_position_in_a_picture_stays_at_home,
        guards::opened_scans_are_left_nowhere,
        guards::an_incomplete_form_is_not_sent,
        guards::an_element_that_tdlib_leaves_out_is_listed,
        guards::a_text_that_tdlib_would_alter_is_refused,
        process::a_session_goes_on_after_a_kill_between_login_and_first_call_and_in_an_upload,
        process::what_a_bot_of_the_process_receives_opens,
        faults::connections_dropped_in_the_middle_of_an_upload,
        faults::connections_dropped_in_the_middle_of_a_download,
        faults::a_slow_link,
        faults::a_short_wait_is_waited_for_and_a_long_one_is_told,
        faults::a_server_in_trouble,
        faults::salts_that_change,
        faults::a_key_that_the_server_does_not_know,
        faults::a_lost_answer,
        faults::a_secret_that_is_no_longer_current,
        faults::tampered_data_is_not_shown,
        faults::values_swapped_between_types_are_not_taken_for_each_other,
        faults::old_values_are_not_shared,
        faults::files_that_are_not_what_was_stored,
    ];
    all.push(Case {
        name: "growth::twenty_clients_at_once_leave_nothing_behind",
        run: growth::twenty_clients_at_once_leave_nothing_behind,
    });
    all.extend(over_tdlib::cases());
    all
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Most of them wait most of the time: for TDLib, which waits for what goes wrong on purpose.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(cores * 3);
    let stage = env::var_os(STAGE_VARIABLE).map(PathBuf::from);
    match stage {
        // Nobody may wait for a download, or a key, to see what there is.
        None if arguments.list => conclude(&arguments, Err("only listed".to_owned())),
        None => match prepare() {
            Ok(stage) => start_isolated(&stage),
            Err(why) => {
                eprintln!("tests with TDLib cannot run: {why}");
                conclude(&arguments, Err(why.to_string()))
            }
        },
        Some(stage) => {
            let code = conclude(&arguments, stage::open(&stage).map_err(|why| why.to_string()));
            if Client::wait_until_none(CASE_TIME_OUT) {
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
fn run(case: &Case) -> Result<(), Failed> {
    let alone = case.name.starts_with("growth::");
    let _shared = (!alone).then(|| PROCESS.read().unwrap_or_else(PoisonError::into_inner));
    let _alone = alone.then(|| PROCESS.write().unwrap_or_else(PoisonError::into_inner));
    std::panic::catch_unwind(case.run).map_err(|why| {
        let text = why.downcast_ref::<String>().cloned();
        let text = text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Failed::from(text.unwrap_or_default())
    })
}

/// Runs all cases, or reports them all as ignored with the reason.
fn conclude(arguments: &Arguments, stage: Result<(), String>) -> ExitCode {
    let needs_namespace = |case: &Case| {
        let missing = NEED_NAMESPACE.contains(&case.name) && env::var_os(NAMESPACE_VARIABLE).is_none();
        missing.then(|| "it needs a network namespace of its own".to_owned())
    };
    let needs_terminal = |case: &Case| {
        let missing = NEED_TERMINAL.contains(&case.name)
            && !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success());
        missing.then(|| "it needs the program `script` of util-linux".to_owned())
    };
    let needs_python = |case: &Case| {
        let missing = NEED_PYTHON.contains(&case.name) && logs::python().is_none();
        missing.then(|| "it needs Python, as python3 or named by PYTHON".to_owned())
    };
    let trial = |case: Case| {
        let unmet =
            || needs_namespace(&case).or_else(|| needs_terminal(&case)).or_else(|| needs_python(&case));
        let ignored = stage.clone().err().or_else(unmet);
        Trial::ignorable_test(case.name, move || match ignored {
            Some(why) => Ok(Completion::ignored_with(why)),
            None => run(&case).map(|()| Completion::Completed),
        })
    };
    libtest_mimic::run(arguments, cases().into_iter().map(trial).collect()).exit_code()
}

/// Finds or installs TDLib, and makes the copy for this run's key; gives the directory with both.
fn prepare() -> Result<PathBuf, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let original = match tdlib::find(None) {
        Ok((path, place)) => {
            eprintln!("TDLib: {} ({place:?})", path.display());
            path
        }
        Err(tdlib::NotFound::Nowhere) => {
            tdlib::install(&root.join("data"), |step| eprintln!("TDLib: {step:?}"))?
        }
        Err(missing) => return Err(missing.into()),
    };
    let stage = root.join(format!("td-{}", std::process::id()));
    let identity = ServerIdentity::generate();
    let copy = tdlib::patch(&original, &identity.public_key(), &stage)?;
    fs::rename(copy, stage.join(stage::LIBRARY))?;
    fs::write(stage.join(stage::KEY), identity.to_der())?;
    fs::write(stage.join(stage::ORIGINAL), original.to_str().ok_or("the path of TDLib is not text")?)?;
    Ok(stage)
}

/// Starts this program again, in a namespace of its own if the system allows one, and cleans up after it.
fn start_isolated(stage: &Path) -> ExitCode {
    const LOOPBACK_UP: &str = "ip link set lo up || ifconfig lo up";
    let unshared = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--net", "--map-root-user", "sh", "-c", script]);
        command
    };
    let possible = unshared(LOOPBACK_UP).output().is_ok_and(|output| output.status.success());
    let program = env::current_exe().unwrap();
    let mut command = if possible {
        eprintln!("TDLib runs in a network namespace of its own, with nothing but loopback in it");
        let mut command = unshared(&format!("({LOOPBACK_UP}) && exec \"$0\" \"$@\""));
        command.arg(program).env(NAMESPACE_VARIABLE, "1");
        command
    } else {
        eprintln!(
            "TDLib runs in no namespace of its own: the system allows none. Its copy knows loopback addresses only"
        );
        Command::new(program)
    };
    let status = command.args(env::args_os().skip(1)).env(STAGE_VARIABLE, stage).status();
    let _ = fs::remove_dir_all(stage);
    match status {
        Ok(status) => match status.code() {
            Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
            None => {
                eprintln!("the tests were ended from outside: {status}");
                ExitCode::FAILURE
            }
        },
        Err(why) => {
            eprintln!("the tests cannot be started: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a case on a runtime of its own, and ends it if it hangs.
fn block_on<T>(case: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(CASE_TIME_OUT, case).await });
    // What still runs in the background is not waited for.
    runtime.shutdown_background();
    ended.expect("the case hangs")
}

/// The library of this run.
fn library() -> &'static Library {
    Library::loaded().expect("loaded before the first case")
}
