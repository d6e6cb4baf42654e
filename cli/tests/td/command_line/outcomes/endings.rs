//! What ends a command, when, and what is found afterwards.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{PipeReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use aho_corasick::AhoCorasick;
use rustix::process::{Pid, Signal, kill_process};
use telegram_passport_sandbox::State;
use telegram_passport_sandbox::dc::Fault;
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::{PASSWORD, eventually};
use super::ground::{ANNA, Cell, NEW_PASSWORD, PASSPHRASE, pipe, read_by_somebody};
use super::rows::{Answer, Course, Row, files_below, is_temporary};
use crate::conformance::stage::Stage;

/// What ends a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blow {
    Signal(Signal),
    /// Nothing more can be written where the account, the temporary files and the results are.
    DiskFull,
    /// Its connections end, and there are no others.
    ServerGone,
    /// Its connections stay, and nothing that is sent is read.
    ServerSilent,
}

impl Blow {
    pub(super) const ALL: [Self; 7] = [
        Self::Signal(Signal::INT),
        Self::Signal(Signal::TERM),
        Self::Signal(Signal::HUP),
        Self::Signal(Signal::KILL),
        Self::DiskFull,
        Self::ServerGone,
        Self::ServerSilent,
    ];
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(signal) => {
                let all = [
                    (Signal::INT, "SIGINT"),
                    (Signal::TERM, "SIGTERM"),
                    (Signal::HUP, "SIGHUP"),
                    (Signal::KILL, "SIGKILL"),
                ];
                let name = all.iter().find(|(known, _)| known == signal).map(|(_, name)| *name);
                f.write_str(name.unwrap_or("a signal"))
            }
            Self::DiskFull => f.write_str("full disk"),
            Self::ServerGone => f.write_str("server gone"),
            Self::ServerSilent => f.write_str("server silent"),
        }
    }
}

/// When, seen from the point of no return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The query that cannot be taken back is not sent; nothing is written.
    Before,
    /// It was heard and is not answered; something is being written.
    At,
    /// It is answered; the answer of the command is being told.
    After,
}

impl Moment {
    pub(super) const ALL: [Self; 3] = [Self::Before, Self::At, Self::After];
}

/// What a command left.
pub(super) struct Outcome {
    pub(super) code: Option<i32>,
    pub(super) said: String,
    pub(super) happened: bool,
    /// How many files it wrote of those that it was to write.
    pub(super) files: usize,
    pub(super) in_the_clear: Vec<PathBuf>,
    pub(super) half_written: Vec<PathBuf>,
    pub(super) afterwards: String,
}

/// What the account can be like afterwards.
const SOUND: [&str; 4] = ["–", "signed in", "signed out", "no account"];

impl Outcome {
    /// What is wrong with it, where an undisturbed command writes so many files.
    pub(super) fn wrong(&self, row: &Row, moment: Moment, blow: Blow, files: usize) -> Option<&'static str> {
        // Some of what comes before has a code sent, which may have happened.
        let sends = matches!(row.course, Course::Queries { before, .. } if before.starts_with("auth."));
        let killed = blow == Blow::Signal(Signal::KILL);
        match self.code {
            _ if !self.in_the_clear.is_empty() => Some("something lies in the clear"),
            _ if !self.half_written.is_empty() && !killed => Some("something is half written"),
            _ if !SOUND.contains(&self.afterwards.as_str()) => Some("the account is not sound"),
            _ if self.happened && self.said.contains("nothing") => Some("it says that nothing happened"),
            Some(0) if !self.happened => Some("nothing happened"),
            Some(0) if self.files != files => Some("not all of it happened"),
            Some(0) => None,
            // With a full disk it goes on to ask.
            Some(6) if moment == Moment::Before && blow != Blow::DiskFull && !self.happened && !sends => {
                Some("nobody was asked yet")
            }
            Some(6) => None,
            None if killed => None,
            _ if self.happened => Some("it happened"),
            _ => None,
        }
    }
}

/// Whether there is such a cell.
pub(super) fn is_possible(row: &Row, _moment: Moment, blow: Blow) -> bool {
    let by_the_server = matches!(row.course, Course::Queries { .. });
    by_the_server || !matches!(blow, Blow::ServerGone | Blow::ServerSilent)
}

/// What becomes of the command if nothing ends it.
pub(super) async fn undisturbed(row: &'static Row) -> Outcome {
    let cell = Cell::new(row.ground).await;
    let before = (row.trace)(&cell);
    let running = Running::start(row, &cell, Reader::Reads);
    looked_at(row, cell, running, &before).await
}

/// What becomes of it if this ends it then.
pub(super) async fn ended(row: &'static Row, moment: Moment, blow: Blow) -> Outcome {
    match row.course {
        Course::Queries { before, at, spared } => by_queries(row, moment, blow, [before, at], spared).await,
        Course::Here { reads } => here(row, moment, blow, reads).await,
    }
}

/// As often as anybody asks.
const ALWAYS: u32 = 1_000_000;

async fn by_queries(
    row: &'static Row,
    moment: Moment,
    blow: Blow,
    [before, at]: [&'static str; 2],
    spared: u64,
) -> Outcome {
    let mut cell = Cell::new(row.ground).await;
    let trace = (row.trace)(&cell);
    let faults = cell.centres().faults();
    let calls = |cell: &Cell| cell.centres().calls().get(at).copied().unwrap_or_default();
    let called = calls(&cell);
    // What a full disk stops has to be answered all the same, a moment later.
    let held = |method| match blow {
        Blow::DiskFull => (Fault::AnswerCutOff { method }, 1),
        _ => (Fault::AnswerLost { method }, ALWAYS),
    };
    match moment {
        Moment::Before => {
            let (fault, times) = held(before);
            faults.inject(fault, times);
        }
        Moment::At => {
            let (fault, times) = held(at);
            faults.inject_after(u32::try_from(spared).unwrap(), fault, times);
        }
        Moment::After => {}
    }
    let armed = faults.pending();
    // So that it has not ended by then.
    let reader = match (moment, blow) {
        (Moment::After, Blow::DiskFull) => Reader::FullDisk,
        (Moment::After, _) => Reader::Waits,
        _ => Reader::Reads,
    };
    let mut running = Running::start(row, &cell, reader);
    eventually(|| {
        let has_changed = || (row.trace)(&cell) != trace;
        let reached = match moment {
            Moment::Before => faults.pending() != armed,
            // What is only read changes nothing.
            Moment::At => faults.pending() != armed && (row.leaves.is_some() || has_changed()),
            Moment::After if row.leaves.is_some() => has_changed(),
            Moment::After => calls(&cell) > called + spared && has_changed(),
        };
        (running.has_ended() || reached).then_some(())
    })
    .await;
    match blow {
        _ if running.has_ended() => {}
        Blow::Signal(signal) => running.send(signal),
        Blow::DiskFull => cell.disk.fill(0),
        Blow::ServerGone => drop(cell.centres.take()),
        Blow::ServerSilent => faults.inject(Fault::ConnectionDead, ALWAYS),
    }
    looked_at(row, cell, running, &trace).await
}

/// So much is free on a disk that fills up while something is written.
const A_LITTLE: u64 = 8 * 1024;

async fn here(row: &'static Row, moment: Moment, blow: Blow, reads: Option<&str>) -> Outcome {
    let cell = Cell::new(row.ground).await;
    let trace = (row.trace)(&cell);
    let leaves = row.leaves.expect("else it changes nothing");
    if blow == Blow::DiskFull {
        let reader = if moment == Moment::After { Reader::FullDisk } else { Reader::Reads };
        match moment {
            Moment::Before => cell.disk.fill(0),
            Moment::At => cell.disk.fill(A_LITTLE),
            Moment::After => {}
        }
        let running = Running::start(row, &cell, reader);
        return looked_at(row, cell, running, &trace).await;
    }
    let waits = reads.filter(|_| moment == Moment::Before).map(|name| pipe(&cell.path(name)));
    let reader = if moment == Moment::After { Reader::Waits } else { Reader::Reads };
    let mut running = Running::start(row, &cell, reader);
    let mut held = None;
    match (moment, waits) {
        (Moment::Before, Some(path)) => held = Some(read_by_somebody(&path).await),
        // Wherever it is just then.
        (Moment::Before, None) => {}
        (Moment::At, _) => {
            let begun = || !everything_below(&cell.path(leaves)).is_empty();
            while !begun() && !running.has_ended() {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        }
        (Moment::After, _) => {
            // It has written all, and nobody takes its answer.
            let mut files = (row.trace)(&cell);
            eventually(|| {
                let before = std::mem::replace(&mut files, (row.trace)(&cell));
                let still = !files.is_empty() && files == before && half_written(&cell).is_empty();
                (running.has_ended() || still).then_some(())
            })
            .await;
        }
    }
    if let Blow::Signal(signal) = blow {
        running.send(signal);
    }
    let outcome = looked_at(row, cell, running, &trace).await;
    drop(held);
    outcome
}

/// Who takes what a command says.
#[derive(Clone, Copy)]
enum Reader {
    Reads,
    /// Takes nothing until the command was ended: what it writes on standard output waits.
    Waits,
    /// It goes to a disk that is full.
    FullDisk,
}

/// How much waits in a pipe until whoever writes waits, too.
const PIPE: usize = 64 * 1024;

/// A command under way.
struct Running {
    child: Child,
    answers: JoinHandle<()>,
    said: Option<PipeReader>,
}

impl Running {
    fn start(row: &'static Row, cell: &Cell, reader: Reader) -> Self {
        let mut command = cell.command(row.arguments);
        let (said, mut out) = std::io::pipe().unwrap();
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        match reader {
            Reader::Reads => command.stdout(out),
            Reader::Waits => {
                out.write_all(&[b' '; PIPE]).unwrap();
                command.stdout(out)
            }
            Reader::FullDisk => command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap()),
        };
        let mut child = command.spawn().unwrap();
        drop(command);
        let input = child.stdin.take().unwrap();
        let answers = tokio::spawn(answer(row.answers, input, cell.state.clone(), cell.user_id));
        Self { child, answers, said: Some(said) }
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Sends a signal at once, if it is not too late.
    fn send(&mut self, signal: Signal) {
        if !self.has_ended() {
            kill_process(Pid::from_child(&self.child), signal).unwrap();
        }
    }
}

/// Answers what is asked, and then closes standard input: what more is asked ends the command.
async fn answer(answers: &'static [Answer], mut input: ChildStdin, state: State, user_id: i64) {
    let before = state.last_login_code(Stage::PHONE);
    let codes: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Answer::Code(purpose) => state.last_code(user_id, *purpose),
            Answer::LoginCode => before.clone(),
            Answer::Line(_) => None,
        })
        .collect();
    for (answer, before) in answers.iter().zip(codes) {
        let line = loop {
            let code = match answer {
                Answer::Line(line) => break (*line).to_owned(),
                Answer::Code(purpose) => state.last_code(user_id, *purpose),
                Answer::LoginCode => state.last_login_code(Stage::PHONE),
            };
            match code {
                Some(code) if Some(&code) != before.as_ref() => break code,
                // It may never be sent: then the command ends by itself, and this with it.
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        // Who ends without reading is free to do so.
        let _ = writeln!(input, "{line}");
    }
}

/// Waits for the end, and looks what it left, here and there.
async fn looked_at(row: &Row, mut cell: Cell, mut running: Running, trace: &str) -> Outcome {
    let mut said = running.said.take().unwrap();
    let mut child = running.child;
    let (status, out, err) = spawn_blocking(move || {
        let mut errors = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        let mut out = String::new();
        said.read_to_string(&mut out).unwrap();
        (child.wait().unwrap(), out, errors.join().unwrap())
    })
    .await
    .unwrap();
    running.answers.abort();
    assert!(!err.contains("panicked"), "{err}");
    cell.restore().await;
    // What a killed process left is swept when a session opens the next time.
    let afterwards = match row.course {
        Course::Queries { .. } => afterwards(&cell).await,
        Course::Here { .. } => "–".to_owned(),
    };
    Outcome {
        code: status.code(),
        said: what_was_said(&out, &err, status),
        happened: (row.trace)(&cell) != trace,
        files: row.leaves.map_or(0, |leaves| files_below(&cell.path(leaves)).len()),
        in_the_clear: in_the_clear(&cell, row),
        half_written: half_written(&cell),
        afterwards,
    }
}

async fn afterwards(cell: &Cell) -> String {
    let ended = cell.run(&["status"]).await;
    let document = ended.json();
    match (&document["signed_in"], &document["error"]["message"]) {
        (serde_json::Value::Bool(true), _) => "signed in".to_owned(),
        (serde_json::Value::Bool(false), _) => "signed out".to_owned(),
        (_, serde_json::Value::String(why)) if why.starts_with("there is no account") => {
            "no account".to_owned()
        }
        (_, why) => why.to_string(),
    }
}

/// The first words of what it said.
fn what_was_said(out: &str, err: &str, status: std::process::ExitStatus) -> String {
    let document: serde_json::Value = serde_json::from_str(out.trim_start()).unwrap_or_default();
    let message = match &document["error"]["message"] {
        serde_json::Value::String(message) => message.clone(),
        _ if document.is_null() => err.to_owned(),
        _ => format!("its answer {}", document["warnings"]),
    };
    let message = if status.code().is_none() { format!("({status}) {message}") } else { message };
    message.replace(['\n', '|'], " ").chars().take(160).collect()
}

/// Every file below, links not followed.
fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => everything_below(&entry.path()),
            Ok(kind) if kind.is_file() => vec![entry.path()],
            _ => Vec::new(),
        })
        .collect()
}

/// Pieces of what the person, and what is asked for, is: names, numbers, passwords, scans.
static PLAIN: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let mut pieces: Vec<Vec<u8>> =
        [PASSWORD, NEW_PASSWORD, PASSPHRASE].iter().map(|text| text.as_bytes().to_vec()).collect();
    for element in &ANNA.elements {
        for (_, scan) in element.files() {
            let bytes = scan.as_bytes();
            // The beginning, with its tables, is every JPEG's.
            pieces.extend(
                [bytes.len() / 4, bytes.len() / 2, bytes.len() - 128].map(|at| bytes[at..][..64].to_vec()),
            );
        }
        let Some(data) = element.write_data().unwrap() else { continue };
        let data: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&data).unwrap();
        // What is shorter random bytes hold by chance.
        let texts = data.values().filter_map(serde_json::Value::as_str).filter(|text| text.len() >= 5);
        pieces.extend(texts.map(|text| text.as_bytes().to_vec()));
    }
    AhoCorasick::new(pieces).unwrap()
});

/// Files with anything of it, but for those that hold it by right: the person's own, what a bot got with the name of who
/// sent it, and what was to be written.
fn in_the_clear(cell: &Cell, row: &Row) -> Vec<PathBuf> {
    let by_right =
        ["anna", "share"].iter().chain(&row.leaves).map(|name| cell.path(name)).collect::<Vec<_>>();
    let place = cell.path("");
    let mut files = everything_below(&place);
    files.retain(|file| {
        if by_right.iter().any(|right| file.starts_with(right)) {
            return false;
        }
        let bytes = fs::read(file).unwrap_or_default();
        bytes.starts_with(&[0xFF, 0xD8, 0xFF]) || PLAIN.is_match(&bytes)
    });
    relative(files, &place)
}

fn half_written(cell: &Cell) -> Vec<PathBuf> {
    let place = cell.path("");
    let mut files = everything_below(&place);
    files.retain(|file| is_temporary(file));
    relative(files, &place)
}

fn relative(files: Vec<PathBuf>, place: &Path) -> Vec<PathBuf> {
    files.into_iter().map(|file| file.strip_prefix(place).map_or(file.clone(), Path::to_owned)).collect()
}
