//! Running a command that waits for others: it ends when it is done, or with Ctrl-C.

use std::time::Duration;

use telegram_passport::tdlib::{Client, Library};

use crate::failure::Failure;

/// How long TDLib may take to write what it knows.
const CLOSE_TIME_OUT: Duration = Duration::from_secs(20);

/// Runs to the end, or until Ctrl-C. What was under way is then dropped: temporaries are removed, nothing is half
/// stored.
pub(crate) fn play<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("no runtime: {error}")))?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = command => result,
            Ok(()) = tokio::signal::ctrl_c() => Err(Failure::declined("interrupted")),
        }
    });
    // A question that nobody answers any more is not waited for.
    runtime.shutdown_background();
    // TDLib may crash when the process ends under a session that is open.
    if Library::loaded().is_some() && !Client::wait_until_none(CLOSE_TIME_OUT) {
        return result.and(Err(Failure::failed("TDLib does not end")));
    }
    result
}
