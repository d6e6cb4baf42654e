//! Running a command that waits for others: it ends when it is done, or by a signal.

use std::io::{self, Write};
use std::panic;
use std::sync::Mutex;
use std::time::Duration;

use telegram_passport::tdlib::{Client, Fatal, Library};

use crate::answer::Answer;
use crate::failure::Failure;
use crate::{deed, failure, interrupt, terminal, writing};

/// How long TDLib may take to write what it knows.
const CLOSE_TIME_OUT: Duration = Duration::from_secs(20);

/// How long a command may take, after a signal, to learn what came of what it was doing.
const GRACE: Duration = Duration::from_secs(30);

/// Runs to the end, or until Ctrl-C, SIGTERM or SIGHUP.
///
/// Before anything was changed elsewhere, a signal ends the command at once: what was under way is dropped, temporaries
/// are removed, nothing is half stored. From then on the command itself is told, and has half a minute, or until the next
/// signal, to say what happened.
pub(crate) fn play<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("no runtime: {error}")))?;
    let result = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut command = std::pin::pin!(command);
        tokio::select! {
            result = &mut command => return result,
            () = signals.next() => {}
        }
        interrupt::note();
        if deed::none() {
            return Err(deed::stopped());
        }
        tokio::select! {
            result = &mut command => result,
            () = signals.next() => Err(deed::stopped()),
            () = tokio::time::sleep(GRACE) => Err(deed::stopped()),
        }
    });
    // A question that nobody answers any more is not waited for, nor is whoever writes.
    runtime.shutdown_background();
    if interrupt::is_interrupted() {
        writing::end();
    }
    // TDLib may crash when the process ends under a session that is open.
    if Library::loaded().is_some() && !Client::wait_until_none(CLOSE_TIME_OUT) {
        // It is told beside whatever there is to tell; nothing is left to tell who does not read.
        let _ = writeln!(io::stderr(), "tgpassport: TDLib does not end");
    }
    result.map_err(deed::told)
}

/// What is told when TDLib ends this process; gives the exit code.
pub(crate) fn given_up(why: Fatal) -> u8 {
    static TELLING: Mutex<()> = Mutex::new(());
    // Several threads of TDLib's may have found out at once: the first tells it, and the others wait for the end.
    std::mem::forget(TELLING.lock());
    drop(terminal::Shown);
    writing::end();
    let why = match why {
        Fatal::NotWritten => {
            Failure::failed("TDLib cannot write where the account is kept: is the disk full?")
        }
        _ => Failure::failed("TDLib cannot go on"),
    };
    failure::tell(&deed::ended(why))
}

/// [`play`] for a command that works on this machine alone, without waiting for anybody: it runs beside whoever listens
/// for signals.
pub(crate) fn play_alone(
    command: impl FnOnce() -> Result<Box<dyn Answer>, Failure> + Send + 'static,
) -> Result<Box<dyn Answer>, Failure> {
    play(async {
        tokio::task::spawn_blocking(command)
            .await
            .unwrap_or_else(|gone| panic::resume_unwind(gone.into_panic()))
    })
}

/// Waits for something within such a command.
pub(crate) fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Handle::current().block_on(work)
}

/// The signals by which a person, a terminal that closes, or a system that shuts down ends a program.
#[cfg(unix)]
struct Signals([Option<tokio::signal::unix::Signal>; 3]);

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::failed(format!("no signals: {error}")));
        let hang_up = if is_ignored(SignalKind::hangup().as_raw_value()) {
            None
        } else {
            Some(listen(SignalKind::hangup())?)
        };
        Ok(Self([Some(listen(SignalKind::interrupt())?), Some(listen(SignalKind::terminate())?), hang_up]))
    }

    async fn next(&mut self) {
        let waiting = self.0.iter_mut().flatten().map(|signal| Box::pin(signal.recv()));
        let _ = futures_util::future::select_all(waiting).await;
    }
}

/// Whether whoever started this process has it ignore a signal, as `nohup` does. Systems without `/proc` do not say.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
