//! What is going on, on standard error and only for a person who watches.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressState, ProgressStyle};
use telegram_passport::passport;

/// One line that says what is being done. Without a terminal it says nothing: `indicatif` hides it by itself.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn start(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// A bar for bytes that travel.
    pub(crate) fn bytes(what: impl Into<String>) -> Self {
        let bar = ProgressBar::new(0).with_message(what.into());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bytes}{of_total}{prefix}") {
            bar.set_style(style.with_key("of_total", of_total));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// What moves the bar, for an engine to report to.
    pub(crate) fn transfer(&self) -> passport::Progress {
        let bar = self.0.clone();
        passport::Progress::new(move |moved| {
            match moved.total {
                Some(total) => bar.set_length(total),
                None => bar.unset_length(),
            }
            bar.set_position(moved.done);
            bar.set_prefix(moved.percent().map(|percent| format!(" ({percent} %)")).unwrap_or_default());
        })
    }

    pub(crate) fn step(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }

    /// Says something that stays, with or without a terminal.
    pub(crate) fn note(&self, what: &str) {
        // Nothing is left to tell somebody who does not read.
        self.0.suspend(|| drop(writeln!(io::stderr(), "{what}")));
    }
}

/// The total, where it is known.
fn of_total(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    if let Some(total) = state.len() {
        // A text in memory takes everything.
        let _ = write!(out, "/{}", HumanBytes(total));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
