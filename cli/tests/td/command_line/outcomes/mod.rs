//! What becomes of each command that changes something when something ends it before, at and after its point of no
//! return: a table, written into the folder that `TGPASSPORT_OUTCOMES` names. Only with it do these cases run, for they
//! wait for TDLib's time-outs many times; `.ci/full` has them run.
//!
//! Each cell is a command of its own over an account of its own (`ground`), ended by one thing at one moment
//! (`endings`). Whether it happened is looked up where it would have: in what the sandbox holds, or on the disk (`rows`).
//! No cell says that something failed which happened, in none anything lies in the clear, or half written.

mod endings;
mod ground;
mod rows;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use endings::{Blow, Moment, Outcome};
use rows::Row;
use tokio::sync::Semaphore;

pub(crate) use ground::disks;
pub(crate) use rows::cases::*;

/// Names the folder of the table.
pub(crate) const VARIABLE: &str = "TGPASSPORT_OUTCOMES";

/// How many commands run at once: nearly all of them wait nearly all of the time.
static AT_ONCE: Semaphore = Semaphore::const_new(16);

/// Written by one at a time.
static TABLE: Mutex<()> = Mutex::new(());

const HEAD: &str = "\
What becomes of a command that something ends. `happened`: what the sandbox holds afterwards, or what lies on the disk, \
is another. `in the clear` and `half written`: how many files. A dash: there is no such thing.

| command | moment | what ends it | exit code | happened | in the clear | half written | afterwards | said |
|---|---|---|---|---|---|---|---|---|
";

/// Runs a row, writes it, and judges it.
async fn fill(row: &'static Row) {
    let undisturbed = endings::undisturbed(row).await;
    let cells = Moment::ALL.iter().flat_map(|moment| Blow::ALL.map(|blow| (*moment, blow)));
    let mut running = tokio::task::JoinSet::new();
    let files = undisturbed.files;
    for (place, (moment, blow)) in cells.enumerate() {
        running.spawn(async move {
            let outcome = if endings::is_possible(row, moment, blow) {
                let _permit = AT_ONCE.acquire().await.unwrap();
                Some(endings::ended(row, moment, blow).await)
            } else {
                None
            };
            (place, moment, blow, outcome)
        });
    }
    let mut cells = running.join_all().await;
    cells.sort_by_key(|(place, ..)| *place);
    let mut lines = line(row, "undisturbed", "nothing", Some(&undisturbed));
    let mut wrong = Vec::new();
    for (_, moment, blow, outcome) in &cells {
        let line = line(row, &format!("{moment:?}"), &blow.to_string(), outcome.as_ref());
        if let Some(what) = outcome.as_ref().and_then(|outcome| outcome.wrong(row, *moment, *blow, files)) {
            wrong.push(format!("{what}: {line}"));
        }
        lines += &line;
    }
    write(&lines);
    if undisturbed.code != Some(0) || !undisturbed.happened {
        wrong.push(format!("it does not work undisturbed: {lines}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

fn line(row: &Row, moment: &str, blow: &str, outcome: Option<&Outcome>) -> String {
    let mut line = format!("| {} | {moment} | {blow} | ", row.name);
    match outcome {
        None => line += "– | – | – | – | – | – |\n",
        Some(outcome) => {
            let happened = if outcome.happened { "yes" } else { "no" };
            let (clear, half) = (named(&outcome.in_the_clear), named(&outcome.half_written));
            let code = outcome.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
            writeln!(
                line,
                "{code} | {happened} | {clear} | {half} | {} | {} |",
                outcome.afterwards, outcome.said
            )
            .unwrap();
        }
    }
    line
}

/// How many, and which.
fn named(files: &[PathBuf]) -> String {
    if files.is_empty() {
        return "0".to_owned();
    }
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    format!("{}: {}", files.len(), names.join(", "))
}

fn write(lines: &str) {
    let _one = TABLE.lock().unwrap();
    let folder = std::env::var_os(VARIABLE).expect("it is set, or this would not run");
    fs::create_dir_all(&folder).unwrap();
    let path = Path::new(&folder).join("outcomes.md");
    let table = fs::read_to_string(&path).unwrap_or_else(|_| HEAD.to_owned());
    fs::write(path, table + lines).unwrap();
}
