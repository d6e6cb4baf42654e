//! QR login: the token, its approval, and the session it lets in.

use std::sync::Arc;

use grammers_tl_types as tl;
use tl::{Identifiable as _, Serializable as _, enums, functions, types};

use super::auth::authorization;
use super::caller::{Answer, Caller, call, user};
use crate::dc::authorisations::Authorisation;
use crate::dc::clock::unix_time;
use crate::dc::login_tokens::Exported;
use crate::dc::session::{MessageKind, Occasion};
use crate::dc::shared::Shared;
use crate::dc::{clock, users};
use telegram_passport::cloud::CloudError;

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::auth::ExportLoginToken::CONSTRUCTOR_ID => {
            call(rest, |_: functions::auth::ExportLoginToken| export(shared, caller))
        }
        functions::auth::ImportLoginToken::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::ImportLoginToken| redeem(shared, caller, &request.token))
        }
        functions::auth::AcceptLoginToken::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::AcceptLoginToken| {
                let identity = accept(shared, &request.token, user(shared, caller)?)?;
                Ok(users::session_record(shared, identity, false))
            })
        }
        _ => None,
    }
}

/// Approves a token for this person, and tells the session that shows it; gives its key's identity.
pub(in crate::dc) fn accept(shared: &Shared, token: &[u8], user_id: i64) -> Result<i64, CloudError> {
    let identity = shared.login_tokens.accept(token, user_id, unix_time())?;
    let (tokens, sessions) = (Arc::clone(&shared.login_tokens), Arc::clone(&shared.sessions));
    let token = token.to_vec();
    let publish = move || {
        let Some(waiting) = tokens.publish(&token) else { return };
        // Before login a client listens to `updateShort` only.
        let update = enums::Updates::UpdateShort(types::UpdateShort {
            update: enums::Update::LoginToken,
            date: clock::date(unix_time()),
        });
        sessions.send(waiting, MessageKind::ContentRelated, Occasion::Notification, update.to_bytes());
    };
    match shared.faults.delays_approval() {
        None => publish(),
        Some(delay) => {
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                publish();
            });
        }
    }
    Ok(identity)
}

fn export(shared: &Shared, caller: &Caller) -> Result<enums::auth::LoginToken, CloudError> {
    let identity = caller.key.identity;
    if shared.authorisations.password_needed(identity).is_some() {
        return Err(password_needed());
    }
    match shared.login_tokens.export(identity, caller.session, unix_time()) {
        Exported::Token { token, expires_at } => {
            Ok(enums::auth::LoginToken::Token(types::auth::LoginToken {
                expires: clock::date(expires_at),
                token: token.to_vec(),
            }))
        }
        Exported::Approved { token, user_id } => match shared.homes.elsewhere(user_id, shared.dc_id) {
            Some(dc_id) => Ok(enums::auth::LoginToken::MigrateTo(types::auth::LoginTokenMigrateTo {
                dc_id,
                token: token.to_vec(),
            })),
            None => redeem(shared, caller, &token),
        },
    }
}

/// Signs in whoever approved the token, or asks for their password.
fn redeem(shared: &Shared, caller: &Caller, token: &[u8]) -> Result<enums::auth::LoginToken, CloudError> {
    let identity = caller.key.identity;
    let user_id = shared
        .login_tokens
        .redeem(token, unix_time())
        .ok_or_else(|| CloudError::from_rpc(400, "AUTH_TOKEN_INVALID"))?;
    if shared.state.account_password(user_id)?.current.is_some() {
        shared.authorisations.set(identity, Authorisation::PasswordNeeded(user_id));
        return Err(password_needed());
    }
    shared.authorisations.set(identity, Authorisation::User(user_id));
    Ok(enums::auth::LoginToken::Success(types::auth::LoginTokenSuccess {
        authorization: authorization(users::person_itself(shared, user_id)),
    }))
}

fn password_needed() -> CloudError {
    CloudError::from_rpc(401, "SESSION_PASSWORD_NEEDED")
}
