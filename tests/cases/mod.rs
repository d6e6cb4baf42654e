//! Cases that need something from outside, in targets without libtest's harness: a plain `#[test]` that finds out while
//! it runs that it cannot run has no way to say so.
//!
//! A case names what it needs. What an ordinary client can get is got below `target/`. Where something is missing all
//! the same, the case is reported as ignored, with the reason and the cure, and all of these are summed up at the end.
//! Under `TGPASSPORT_TESTS=all` they are failures, but for those that the kernel forbids.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Trial};

/// Set to `all` where everything is installed that can be: what is ignored all the same is a failure.
pub(crate) const STRICT_VARIABLE: &str = "TGPASSPORT_TESTS";

/// A case that has not ended by then never will, however busy the machine is.
pub(crate) const TIME_OUT: Duration = Duration::from_secs(1200);

/// Looks whether something is there, and gets it if it can.
pub(crate) type Need = fn() -> Result<(), Unmet>;

/// A case: its name, what it needs from outside, and what it does.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(),
}

/// Cases by the paths of their functions, each run by the first argument; after some, `needs` what they need:
/// `cases![block_on; here::one, there::another needs [python::interpreter]]`.
macro_rules! cases {
    ($run:path; $($module:ident::$name:ident $(needs [$($need:path),+])?),* $(,)?) => {
        vec![$($crate::cases::Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            needs: &[$($($need as $crate::cases::Need),+)?],
            run: || $run($module::$name()),
        }),*]
    };
}
pub(crate) use cases;

/// Why a case cannot run here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unmet {
    /// Something is missing.
    Missing {
        why: String,
        /// What to do about it.
        cure: String,
    },
    /// The kernel forbids it, and nothing that could be installed would change that.
    Forbidden { why: String },
}

impl Unmet {
    pub(crate) fn missing(why: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Missing { why: why.into(), cure: cure.into() }
    }

    /// Packages of Debian's would help.
    pub(crate) fn install(why: impl Into<String>, packages: &str) -> Self {
        Self::missing(why, format!("on Debian `apt-get install {packages}`"))
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { why, cure } => write!(f, "{why}; {cure}"),
            Self::Forbidden { why } => write!(f, "the kernel forbids it: {why}"),
        }
    }
}

/// The names of those that were ignored, by the reason.
pub(crate) type Ignored = BTreeMap<Unmet, Vec<&'static str>>;

/// Runs the cases, and reports as ignored those that cannot run: all of them, if what all of them need is missing.
pub(crate) fn conclude(
    arguments: &Arguments,
    all_need: Result<(), Unmet>,
    cases: Vec<Case>,
    run: fn(&Case),
) -> ExitCode {
    let strict = match env::var_os(STRICT_VARIABLE) {
        Some(value) if value == "all" => true,
        Some(value) if !value.is_empty() => {
            eprintln!("{STRICT_VARIABLE} is {}; it can be `all`, or unset", value.display());
            return ExitCode::FAILURE;
        }
        _ => false,
    };
    let ignored = Arc::new(Mutex::new(Ignored::new()));
    let trials = cases.into_iter().map(|case| {
        let (all_need, ignored) = (all_need.clone(), Arc::clone(&ignored));
        Trial::ignorable_test(case.name, move || {
            match all_need.and_then(|()| case.needs.iter().try_for_each(|need| need())) {
                Ok(()) => {
                    run(&case);
                    Ok(Completion::Completed)
                }
                Err(unmet) => {
                    let reason = unmet.to_string();
                    ignored.lock().unwrap().entry(unmet).or_default().push(case.name);
                    Ok(Completion::ignored_with(reason))
                }
            }
        })
    });
    let conclusion = libtest_mimic::run(arguments, trials.collect());
    let ignored = ignored.lock().unwrap();
    eprint!("{}", summed_up(&ignored));
    let failed = failures(&ignored);
    if strict && !failed.is_empty() {
        eprintln!(
            "{STRICT_VARIABLE}=all: what could run here was ignored, which fails: {}",
            failed.join(", ")
        );
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// How many were ignored, and for each reason which.
pub(crate) fn summed_up(ignored: &Ignored) -> String {
    let count: usize = ignored.values().map(Vec::len).sum();
    if count == 0 {
        return String::new();
    }
    let mut text = format!("{count} ignored:\n");
    for (reason, names) in ignored {
        text += &format!("  {reason}\n");
        let mut names = names.clone();
        names.sort_unstable();
        text.extend(names.into_iter().map(|name| format!("    {name}\n")));
    }
    text
}

/// Those that something installed would let run.
pub(crate) fn failures(ignored: &Ignored) -> Vec<&'static str> {
    let curable = ignored.iter().filter(|(unmet, _)| matches!(unmet, Unmet::Missing { .. }));
    curable.flat_map(|(_, names)| names.iter().copied()).collect()
}

/// Runs a case on a runtime of its own, and ends it if it hangs.
pub(crate) fn block_on<T>(case: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(TIME_OUT, case).await });
    // What still runs in the background is not waited for.
    runtime.shutdown_background();
    ended.expect("the case hangs")
}
