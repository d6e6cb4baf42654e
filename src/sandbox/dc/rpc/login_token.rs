//! QR login: the token, its approval, and the session it lets in.

use grammers_tl_types as tl;
use tl::{Identifiable as _, Serializable as _, enums, functions, types};

use super::auth::authorization;
use super::{Answer, Caller, call, user};
use crate::cloud::CloudError;
use crate::sandbox::dc::authorisations::Authorisation;
use crate::sandbox::dc::login_tokens::Exported;
use crate::sandbox::dc::session::{Occasion, Weight, unix_time};
use crate::sandbox::dc::{Shared, convert, users};

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::auth::ExportLoginToken::CONSTRUCTOR_ID => {
            call(rest, |_: functions::auth::ExportLoginToken| export(shared, caller))
        }
        // Every data centre of a sandbox knows every token, so there is nothing to migrate to.
        functions::auth::ImportLoginToken::CONSTRUCTOR_ID => {
            call(rest, |_: functions::auth::ImportLoginToken| export(shared, caller))
        }
        functions::auth::AcceptLoginToken::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::AcceptLoginToken| {
                let waiting =
                    shared.login_tokens.accept(&request.token, user(shared, caller)?, unix_time())?;
                // Before login a client listens to `updateShort` only.
                let update = enums::Updates::UpdateShort(types::UpdateShort {
                    update: enums::Update::LoginToken,
                    date: convert::date(unix_time()),
                });
                shared.sessions.send(waiting, Weight::Content, Occasion::Notification, update.to_bytes());
                Ok(users::session_record(unix_time()))
            })
        }
        _ => None,
    }
}

fn export(shared: &Shared, caller: &Caller) -> Result<enums::auth::LoginToken, CloudError> {
    let identity = caller.key.identity;
    let password_needed = || Err(CloudError::from_rpc(401, "SESSION_PASSWORD_NEEDED"));
    if shared.authorisations.password_needed(identity).is_some() {
        return password_needed();
    }
    match shared.login_tokens.export(identity, caller.session, unix_time()) {
        Exported::Token { token, expires_at } => {
            Ok(enums::auth::LoginToken::Token(types::auth::LoginToken {
                expires: convert::date(expires_at),
                token: token.to_vec(),
            }))
        }
        Exported::Approved(user_id) => {
            if shared.state.account_password(user_id)?.current.is_some() {
                shared.authorisations.set(identity, Authorisation::PasswordNeeded(user_id));
                return password_needed();
            }
            shared.authorisations.set(identity, Authorisation::User(user_id));
            Ok(enums::auth::LoginToken::Success(types::auth::LoginTokenSuccess {
                authorization: authorization(users::person_itself(shared, user_id)),
            }))
        }
    }
}
