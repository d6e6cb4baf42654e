//! Who asks, and what every handler needs of them.

use grammers_tl_types as tl;
use tl::{Deserializable, Serializable};

use crate::dc::keys::KnownKey;
use crate::dc::session::SessionKey;
use crate::dc::shared::Shared;
use telegram_passport::cloud::CloudError;

/// Who asks.
#[derive(Clone, Debug)]
pub(in crate::dc) struct Caller {
    pub(in crate::dc) key: KnownKey,
    pub(in crate::dc) session: SessionKey,
    /// The layer the client announced.
    pub(in crate::dc) layer: i32,
    /// The id of the message that carries the query.
    pub(in crate::dc) msg_id: i64,
}

/// A serialised result, or why there is none.
pub(super) type Answer = Result<Vec<u8>, CloudError>;

/// Reads a function's arguments and answers with an object.
pub(super) fn call<F: Deserializable, R: Serializable>(
    rest: &[u8],
    handler: impl FnOnce(F) -> Result<R, CloudError>,
) -> Option<Answer> {
    let arguments = F::from_bytes(rest).map_err(|_| CloudError::from_rpc(400, "INPUT_REQUEST_INVALID"));
    Some(arguments.and_then(handler).map(|result| result.to_bytes()))
}

/// The person signed in under the caller's key.
pub(super) fn user(shared: &Shared, caller: &Caller) -> Result<i64, CloudError> {
    shared.authorisations.user(caller.key.identity).ok_or_else(|| signed_out(shared, caller))
}

/// The bot signed in under the caller's key.
pub(super) fn bot(shared: &Shared, caller: &Caller) -> Result<i64, CloudError> {
    shared.authorisations.bot(caller.key.identity).ok_or_else(|| signed_out(shared, caller))
}

fn signed_out(shared: &Shared, caller: &Caller) -> CloudError {
    CloudError::SignedOut(shared.authorisations.ended(caller.key.identity))
}
