//! What the data centre answers, method by method; the rest is refused politely and noted by name.
//!
//! Each group of methods is one file with one `answer`, which takes the constructor's id and what follows it,
//! or gives the query back to the next group. Handlers are short: the state decides, `convert` translates.

mod account;
mod auth;
mod bots;
mod caller;
mod help;
pub(super) mod login_token;
mod passport;
mod sessions;
mod upload;
mod users;

use grammers_tl_types as tl;

pub(super) use self::caller::Caller;

use super::shared::Shared;
use super::traffic::UnansweredMethod;
use super::{layers, wire};
use telegram_passport::cloud::CloudError;

/// What goes back to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The serialised result.
    Result(Vec<u8>),
    /// `rpc_error`.
    Error {
        /// 303, 400, 401, 420, 500, ….
        code: i32,
        /// `PHONE_CODE_INVALID`, ….
        message: String,
    },
}

/// What the schema calls an id that it does not have.
const NO_NAME: &str = "(unknown)";

/// Answers one query without its wrappers.
pub(super) fn answer(shared: &Shared, caller: &Caller, body: &[u8]) -> Reply {
    let Some(id) = wire::constructor(body) else { return error(400, "INPUT_METHOD_INVALID") };
    let (name, rest) = (tl::name_for_id(id), &body[4..]);
    shared.traffic.count(name);
    if let Some((code, message)) = shared.faults.refusal(name) {
        return Reply::Error { code, message };
    }
    if let Some(user_id) = shared.authorisations.user(caller.key.identity)
        && let Err(planned) = shared.state.record_call(user_id, name)
    {
        return refusal(&planned);
    }
    let groups = [
        help::answer,
        auth::answer,
        login_token::answer,
        account::answer,
        sessions::answer,
        passport::answer,
        upload::answer,
        users::answer,
        bots::answer,
    ];
    match groups.iter().find_map(|group| group(shared, caller, id, rest)) {
        Some(Ok(result)) => Reply::Result(layers::in_layer(result, caller.layer)),
        Some(Err(why)) => refusal(&why),
        None => {
            let known = (name != NO_NAME).then_some(name);
            shared.traffic.note_unanswered(UnansweredMethod { id, name: known, layer: caller.layer });
            // Never 500, which clients repeat.
            error(400, "METHOD_NOT_IMPLEMENTED")
        }
    }
}

fn error(code: i32, message: &str) -> Reply {
    Reply::Error { code, message: message.to_owned() }
}

fn refusal(why: &CloudError) -> Reply {
    match why.to_rpc() {
        Some((code, message)) => Reply::Error { code, message },
        None => error(500, "INTERNAL"),
    }
}
