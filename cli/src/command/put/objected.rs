//! What bots object to, remembered before it is replaced.
//!
//! With a save a server drops objections to fields that it leaves alone, and `errors` tells them all the same only if
//! they were seen while they stood. Who reads the bot's message and replaces something at once has not asked for them:
//! so they are asked for here.

use std::time::Duration;

use telegram_passport::element::ElementType;
use telegram_passport::passport::{FormError, Passport};
use telegram_passport::request::{PassportRequest, RequiredElement};
use tokio::time::timeout;

use crate::account::{Objections, Unlocked};
use crate::answer::Warnings;
use crate::command::share::no_form;
use crate::failure::Failure;
use crate::progress::Progress;

/// So long what is to be stored waits for it.
const LONGEST: Duration = Duration::from_secs(15);

/// Remembers what bots object to in these, which are to be replaced. What cannot be learnt is a warning: nothing waits
/// for it.
pub(in crate::command) async fn remember_objections(
    unlocked: &Unlocked,
    replaced: &[ElementType],
) -> Warnings {
    let mut warnings = Warnings::default();
    warnings.note(remember(unlocked, replaced).await.map_err(|failure| {
        Failure::failed(format!("what bots object to was not looked at before it was replaced: {failure}"))
    }));
    warnings
}

async fn remember(unlocked: &Unlocked, replaced: &[ElementType]) -> Result<(), Failure> {
    let mut requests = unlocked.signed_in.account.requests()?;
    requests.retain(|request| asks_for(request, replaced));
    if requests.is_empty() {
        return Ok(());
    }
    let mut memory = Objections::read(&unlocked.signed_in).await?;
    let progress = Progress::start("asking what the bots say");
    let looked = timeout(LONGEST, look(&unlocked.passport, &requests, &mut memory)).await;
    drop(progress);
    // What was learnt until then counts.
    let kept = memory.keep(&unlocked.signed_in).await;
    looked.unwrap_or_else(|_| Err(Failure::failed("nobody answers"))).and(kept)
}

/// Looks at each request again; one that cannot be does not keep the others from it.
async fn look(
    passport: &dyn Passport,
    requests: &[PassportRequest],
    memory: &mut Objections,
) -> Result<(), Failure> {
    let mut looked = Ok(());
    for request in requests {
        match passport.form(request).await {
            Ok(mut form) => memory.recall(&mut form),
            // It is nobody's any more, who could object.
            Err(FormError::Service(_)) => {}
            Err(error) => looked = Err(no_form(&error, request)),
        }
    }
    looked
}

/// Whether a request asks for one of these; if nobody can tell, it may.
fn asks_for(request: &PassportRequest, kinds: &[ElementType]) -> bool {
    !kinds.is_empty()
        && request.parse_scope().map_or(true, |scope| {
            let mut asked = scope.rows().iter().flat_map(RequiredElement::alternatives);
            asked.any(|asked| kinds.contains(&asked.kind))
        })
}
