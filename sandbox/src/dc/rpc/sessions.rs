//! Where an account is signed in, and signing it out there.

use grammers_tl_types as tl;
use tl::{Identifiable as _, enums, functions, types};

use super::caller::{Answer, Caller, call, user};
use crate::dc::authorisations::Authorisation;
use crate::dc::shared::Shared;
use crate::dc::users;
use telegram_passport::cloud::CloudError;

/// For how many days a session may be idle; nothing is ever signed out for it here.
const IDLE_DAYS: i32 = 180;

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::account::GetAuthorizations::CONSTRUCTOR_ID => {
            call(rest, |_: functions::account::GetAuthorizations| {
                let current = caller.key.identity;
                let authorizations = identities(shared, user(shared, caller)?)
                    .into_iter()
                    .map(|identity| users::session_record(shared, identity, identity == current))
                    .collect();
                Ok(enums::account::Authorizations::Authorizations(types::account::Authorizations {
                    authorization_ttl_days: IDLE_DAYS,
                    authorizations,
                }))
            })
        }
        functions::account::ResetAuthorization::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::ResetAuthorization| {
                let mine = identities(shared, user(shared, caller)?);
                // The current session's hash is 0: it is ended by `auth.logOut`.
                if request.hash == caller.key.identity || !mine.contains(&request.hash) {
                    return Err(CloudError::from_rpc(400, "HASH_INVALID"));
                }
                Ok(shared.authorisations.remove(request.hash))
            })
        }
        functions::auth::ResetAuthorizations::CONSTRUCTOR_ID => {
            call(rest, |_: functions::auth::ResetAuthorizations| {
                for identity in identities(shared, user(shared, caller)?) {
                    if identity != caller.key.identity {
                        shared.authorisations.remove(identity);
                    }
                }
                Ok(true)
            })
        }
        _ => None,
    }
}

/// The keys a person is signed in under at this data centre.
fn identities(shared: &Shared, user_id: i64) -> Vec<i64> {
    let mut identities = shared.authorisations.identities(Authorisation::User(user_id));
    identities
        .retain(|identity| shared.clients.find(*identity).is_some_and(|client| client.dc_id == shared.dc_id));
    identities.sort_unstable();
    identities
}
