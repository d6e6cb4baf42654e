use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the tester wants answered in place of what the Bot API would; clones share it.
#[derive(Clone, Default)]
pub struct Overrides {
    table: Arc<Mutex<Table>>,
}

#[derive(Default)]
struct Table {
    last: u64,
    /// In the order in which they were given, which is that in which they are tried.
    rules: BTreeMap<u64, Override>,
}

/// One answer that the tester wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// Calls of this bot only.
    pub bot_id: Option<i64>,
    /// Calls of this method only, without regard to case. A download is `file`.
    pub method: Option<String>,
    /// Calls whose parameters have these values only.
    pub parameters: BTreeMap<String, String>,
    /// How often it holds; for ever, if not said.
    pub times: Option<u32>,
    /// How long the answer is kept waiting.
    pub delay: Duration,
    /// What is answered.
    pub outcome: Outcome,
}

/// What is answered to a call that an [`Override`] is about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// What the Bot API answers.
    Genuine,
    /// This `result`, and nothing is done.
    Result(serde_json::Value),
    /// This error, and nothing is done.
    Error {
        /// The HTTP status, and `error_code`.
        code: u16,
        /// `description`
        description: String,
        /// `parameters.retry_after` and the header `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// Nothing at all: the connection is closed, and nothing is done.
    Dropped,
    /// Nothing at all: the connection is closed, but what the call asks for was done.
    AnswerLost,
}

impl Default for Override {
    /// Every call, for ever, as it would be.
    fn default() -> Self {
        Self {
            bot_id: None,
            method: None,
            parameters: BTreeMap::new(),
            times: None,
            delay: Duration::ZERO,
            outcome: Outcome::Genuine,
        }
    }
}

impl Override {
    fn is_about(&self, bot_id: Option<i64>, method: &str, parameters: &BTreeMap<String, String>) -> bool {
        self.bot_id.is_none_or(|wanted| bot_id == Some(wanted))
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.parameters.iter().all(|(name, value)| parameters.get(name) == Some(value))
    }
}

impl Overrides {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one behind the others; gives its number.
    pub fn add(&self, rule: Override) -> u64 {
        let mut table = self.lock();
        table.last += 1;
        let number = table.last;
        table.rules.insert(number, rule);
        number
    }

    /// Takes one away; whether it was there.
    pub fn remove(&self, number: u64) -> bool {
        self.lock().rules.remove(&number).is_some()
    }

    /// Takes away those of one bot, or all.
    pub fn clear(&self, bot_id: Option<i64>) {
        self.lock().rules.retain(|_, rule| bot_id.is_some() && rule.bot_id != bot_id);
    }

    /// Those that hold, by number, with how often they still do.
    #[must_use]
    pub fn all(&self) -> BTreeMap<u64, Override> {
        self.lock().rules.clone()
    }

    /// The first that is about this call, which it holds for once less from now on.
    pub(super) fn take(
        &self,
        bot_id: Option<i64>,
        method: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Option<Override> {
        let mut table = self.lock();
        let (&number, rule) =
            table.rules.iter_mut().find(|(_, rule)| rule.is_about(bot_id, method, parameters))?;
        let taken = rule.clone();
        if let Some(times) = &mut rule.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                table.rules.remove(&number);
            }
        }
        Some(taken)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overrides").field("rules", &self.lock().rules.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_fits_holds_as_often_as_it_says() {
        let overrides = Overrides::new();
        let error = |code| Outcome::Error { code, description: "no".to_owned(), retry_after: None };
        overrides.add(Override {
            bot_id: Some(7),
            method: Some("SendMessage".to_owned()),
            parameters: BTreeMap::from([("text".to_owned(), "x".to_owned())]),
            times: Some(2),
            outcome: error(400),
            ..Override::default()
        });
        let last = overrides.add(Override { outcome: error(500), ..Override::default() });
        let outcome = |bot_id, method, text: &str| {
            let parameters = BTreeMap::from([("text".to_owned(), text.to_owned())]);
            overrides.take(bot_id, method, &parameters).map(|rule| rule.outcome)
        };
        assert_eq!(outcome(Some(7), "sendmessage", "y"), Some(error(500)));
        assert_eq!(outcome(Some(8), "sendmessage", "x"), Some(error(500)));
        for expected in [400, 400, 500] {
            assert_eq!(outcome(Some(7), "sendmessage", "x"), Some(error(expected)));
        }
        assert!(overrides.remove(last) && !overrides.remove(last));
        assert_eq!(outcome(Some(7), "sendmessage", "x"), None);
    }

    #[test]
    fn those_of_one_bot_go_alone() {
        let overrides = Overrides::new();
        for bot_id in [Some(7), Some(8), None] {
            overrides.add(Override { bot_id, ..Override::default() });
        }
        overrides.clear(Some(7));
        assert_eq!(overrides.all().len(), 2);
        overrides.clear(None);
        assert!(overrides.all().is_empty());
    }
}
