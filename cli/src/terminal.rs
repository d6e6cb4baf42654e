//! The terminal while a secret is typed: it shows nothing of it, and shows everything again afterwards, however the
//! command ends.

use std::io;

use zeroize::Zeroizing;

/// Nobody types more in one line.
pub(crate) const LONGEST_LINE: u64 = 64 * 1024;

/// Shows again what is typed, whatever was asked last, when it is dropped: `main` holds it to the end.
pub(crate) struct Shown;

impl Drop for Shown {
    fn drop(&mut self) {
        system::show(Ending::ForGood);
    }
}

/// Whether there may be another secret to type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    ForNow,
    ForGood,
}

/// One line from the terminal, typed unseen; `None` where it has ended. Blocks.
pub(crate) fn unseen(prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
    system::unseen(prompt)
}

/// From now on Ctrl-Z at a secret leaves a terminal to the shell that shows what is typed, and hides it again when the
/// command goes on; SIGQUIT ends the command as Ctrl-C does. Call it within the runtime.
pub(crate) fn mind_stops() {
    system::mind_stops();
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io::{self, BufRead, BufReader, Read as _, Write as _};
    use std::sync::{Mutex, Once, PoisonError};

    use rustix::process::{Signal, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use tokio::signal::unix::{SignalKind, signal};
    use zeroize::Zeroizing;

    use super::{Ending, LONGEST_LINE};

    /// The terminal whose typing is hidden, if one is, and how it was before.
    static HIDDEN: Mutex<State> = Mutex::new(State { hidden: None, ended: false });

    struct State {
        hidden: Option<Hidden>,
        /// The command ends: nothing is hidden any more.
        ended: bool,
    }

    struct Hidden {
        terminal: File,
        before: Termios,
    }

    impl Hidden {
        fn hide(&self) -> io::Result<()> {
            let mut hidden = self.before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            hidden.local_modes.insert(LocalModes::ECHONL | LocalModes::ICANON);
            Ok(tcsetattr(&self.terminal, OptionalActions::Now, &hidden)?)
        }

        fn show(&self) {
            // A terminal that has gone shows nothing anyway.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    fn with_state<T>(work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut HIDDEN.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn unseen(prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let hidden = Hidden { terminal: terminal.try_clone()?, before: tcgetattr(&terminal)? };
        with_state(|state| {
            if state.ended {
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            hidden.hide()?;
            state.hidden = Some(hidden);
            io::Result::Ok(())
        })?;
        let read = terminal.write_all(prompt.as_bytes()).and_then(|()| read_line(&terminal));
        show(Ending::ForNow);
        read
    }

    fn read_line(terminal: &File) -> io::Result<Option<Zeroizing<String>>> {
        let mut line = Zeroizing::new(String::with_capacity(4096));
        // One byte at a time is what a person types at; nothing is read ahead.
        let mut terminal = BufReader::with_capacity(1, terminal).take(LONGEST_LINE);
        if terminal.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let length = line.trim_end_matches(['\n', '\r']).len();
        line.truncate(length);
        Ok(Some(line))
    }

    pub(super) fn show(ending: Ending) {
        with_state(|state| {
            state.ended |= ending == Ending::ForGood;
            if let Some(hidden) = state.hidden.take() {
                hidden.show();
            }
        });
    }

    pub(super) fn mind_stops() {
        static MINDED: Once = Once::new();
        MINDED.call_once(|| {
            tokio::spawn(async {
                let listen = |number: Signal| signal(SignalKind::from_raw(number.as_raw()));
                let (Ok(mut stops), Ok(mut continues), Ok(mut quits)) =
                    (listen(Signal::TSTP), listen(Signal::CONT), listen(Signal::QUIT))
                else {
                    return;
                };
                loop {
                    tokio::select! {
                        _ = stops.recv() => {
                            with_state(|state| state.hidden.iter().for_each(Hidden::show));
                            if kill_process(getpid(), Signal::STOP).is_ok() {
                                continues.recv().await;
                            }
                            // What cannot be hidden again is seen, and nothing worse.
                            with_state(|state| state.hidden.iter().for_each(|hidden| drop(hidden.hide())));
                        }
                        _ = quits.recv() => {
                            let _ = kill_process(getpid(), Signal::INT);
                        }
                        // Somebody stopped the process from outside.
                        _ = continues.recv() => {}
                    }
                }
            });
        });
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use zeroize::Zeroizing;

    use super::Ending;

    pub(super) fn unseen(prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        match rpassword::prompt_password(prompt) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A console forgets what a program that has ended wanted of it.
    pub(super) fn show(_: Ending) {}

    pub(super) fn mind_stops() {}
}
