//! Signing in and out: by code, by password, by bot token; keys bound and carried to other data centres.

use grammers_tl_types as tl;
use tl::{Deserializable as _, Identifiable as _, enums, functions, types};

use super::caller::{Answer, Caller, call, user};
use crate::dc::authorisations::Authorisation;
use crate::dc::clock::unix_time;
use crate::dc::shared::Shared;
use crate::dc::{convert, envelope, users};
use crate::state::SignInOutcome;
use telegram_passport::cloud::{CloudError, SignedOut};

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    by_code(shared, caller, id, rest).or_else(|| keys(shared, caller, id, rest))
}

fn by_code(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    let state = &shared.state;
    match id {
        functions::auth::SendCode::CONSTRUCTOR_ID => call(rest, |request: functions::auth::SendCode| {
            if let Some(user) = state.user_id_of(&request.phone_number) {
                at_home(shared, user, "PHONE")?;
            }
            Ok(convert::sent_code_to_tl(state.send_login_code(&request.phone_number)?))
        }),
        functions::auth::ResendCode::CONSTRUCTOR_ID => call(rest, |request: functions::auth::ResendCode| {
            let sent = match shared.authorisations.user(caller.key.identity) {
                Some(user) => {
                    state.resend_phone_code(user, &request.phone_number, &request.phone_code_hash)?
                }
                None => state.resend_login_code(&request.phone_number, &request.phone_code_hash)?,
            };
            Ok(convert::sent_code_to_tl(sent))
        }),
        functions::auth::CancelCode::CONSTRUCTOR_ID => call(rest, |request: functions::auth::CancelCode| {
            match shared.authorisations.user(caller.key.identity) {
                Some(user) => {
                    state.cancel_phone_code(user, &request.phone_number, &request.phone_code_hash)?
                }
                None => state.cancel_login_code(&request.phone_number, &request.phone_code_hash)?,
            }
            Ok(true)
        }),
        functions::auth::SignIn::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::SignIn| {
                let (phone, hash) = (&request.phone_number, &request.phone_code_hash);
                let outcome = match (request.email_verification, request.phone_code) {
                    (Some(enums::EmailVerification::Code(code)), None) => {
                        state.sign_in_by_email(phone, hash, &code.code)
                    }
                    (Some(_), _) => Err(CloudError::from_rpc(400, "EMAIL_VERIFICATION_INVALID")),
                    (None, code) => state.sign_in(phone, hash, &code.unwrap_or_default()),
                };
                match outcome? {
                    SignInOutcome::Done(user) => Ok(signed_in(shared, caller, user)),
                    SignInOutcome::PasswordNeeded(user) => {
                        shared.authorisations.set(caller.key.identity, Authorisation::PasswordNeeded(user));
                        Err(CloudError::from_rpc(401, "SESSION_PASSWORD_NEEDED"))
                    }
                    SignInOutcome::SignUpRequired => Ok(enums::auth::Authorization::SignUpRequired(
                        types::auth::AuthorizationSignUpRequired { terms_of_service: None },
                    )),
                }
            })
        }
        functions::auth::SignUp::CONSTRUCTOR_ID => call(rest, |request: functions::auth::SignUp| {
            let user = state.sign_up(
                &request.phone_number,
                &request.phone_code_hash,
                &request.first_name,
                &request.last_name,
            )?;
            Ok(signed_in(shared, caller, user))
        }),
        functions::auth::CheckPassword::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::CheckPassword| {
                let user = shared
                    .authorisations
                    .password_needed(caller.key.identity)
                    .ok_or(CloudError::SignedOut(SignedOut::KeyUnregistered))?;
                state.check_password(user, &convert::proof_from_tl(request.password))?;
                Ok(signed_in(shared, caller, user))
            })
        }
        functions::auth::RequestPasswordRecovery::CONSTRUCTOR_ID => {
            call(rest, |_: functions::auth::RequestPasswordRecovery| {
                let recovery = state.request_password_recovery(locked_out(shared, caller)?)?;
                Ok(enums::auth::PasswordRecovery::Recovery(types::auth::PasswordRecovery {
                    email_pattern: recovery.email_pattern,
                }))
            })
        }
        functions::auth::CheckRecoveryPassword::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::CheckRecoveryPassword| {
                state.check_recovery_password(locked_out(shared, caller)?, &request.code)?;
                Ok(true)
            })
        }
        functions::auth::RecoverPassword::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::RecoverPassword| {
                let user = locked_out(shared, caller)?;
                let settings = request.new_settings.map(convert::new_settings_from_tl);
                state.recover_password(user, &request.code, settings)?;
                Ok(signed_in(shared, caller, user))
            })
        }
        functions::auth::ImportBotAuthorization::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::ImportBotAuthorization| {
                let bot = state
                    .bot_of_token(&request.bot_auth_token)
                    .ok_or_else(|| CloudError::from_rpc(400, "ACCESS_TOKEN_INVALID"))?;
                at_home(shared, bot, "USER")?;
                shared.authorisations.set(caller.key.identity, Authorisation::Bot(bot));
                Ok(authorization(users::bot_itself(shared, bot)))
            })
        }
        functions::auth::LogOut::CONSTRUCTOR_ID => call(rest, |_: functions::auth::LogOut| {
            shared.authorisations.remove(caller.key.identity);
            Ok(enums::auth::LoggedOut::Out(types::auth::LoggedOut { future_auth_token: None }))
        }),
        _ => None,
    }
}

/// Refuses an account that belongs to another data centre: 303 `…_MIGRATE_n`.
fn at_home(shared: &Shared, account_id: i64, what: &str) -> Result<(), CloudError> {
    match shared.homes.elsewhere(account_id, shared.dc_id) {
        Some(home) => Err(CloudError::from_rpc(303, &format!("{what}_MIGRATE_{home}"))),
        None => Ok(()),
    }
}

/// Who asks to recover a password: in the middle of a login, or signed in.
fn locked_out(shared: &Shared, caller: &Caller) -> Result<i64, CloudError> {
    shared.authorisations.password_needed(caller.key.identity).map_or_else(|| user(shared, caller), Ok)
}

fn keys(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::auth::BindTempAuthKey::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::BindTempAuthKey| {
                if !bind(shared, caller, &request) {
                    return Err(CloudError::from_rpc(400, "ENCRYPTED_MESSAGE_INVALID"));
                }
                shared.clients.bind(caller.key.key.id(), request.perm_auth_key_id);
                Ok(true)
            })
        }
        functions::auth::ExportAuthorization::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::ExportAuthorization| {
                let user = user(shared, caller)?;
                if !shared.addresses.contains_key(&request.dc_id) {
                    return Err(CloudError::from_rpc(400, "DC_ID_INVALID"));
                }
                let bytes = shared.authorisations.export(user, request.dc_id, unix_time()).to_vec();
                Ok(enums::auth::ExportedAuthorization::Authorization(types::auth::ExportedAuthorization {
                    id: user,
                    bytes,
                }))
            })
        }
        functions::auth::ImportAuthorization::CONSTRUCTOR_ID => {
            call(rest, |request: functions::auth::ImportAuthorization| {
                if !shared.authorisations.import(request.id, shared.dc_id, &request.bytes, unix_time()) {
                    return Err(CloudError::from_rpc(400, "AUTH_BYTES_INVALID"));
                }
                Ok(signed_in(shared, caller, request.id))
            })
        }
        _ => None,
    }
}

/// Checks the message sealed under the permanent key: it names both keys, the session and this very query.
fn bind(shared: &Shared, caller: &Caller, request: &functions::auth::BindTempAuthKey) -> bool {
    let Some(permanent) = shared.keys.find(request.perm_auth_key_id, unix_time()) else { return false };
    let Some((msg_id, body)) = envelope::open_binding(&request.encrypted_message, &permanent.key) else {
        return false;
    };
    let Ok(enums::BindAuthKeyInner::Inner(inner)) = enums::BindAuthKeyInner::from_bytes(&body) else {
        return false;
    };
    msg_id == caller.msg_id
        && inner.nonce == request.nonce
        && inner.temp_auth_key_id == caller.key.key.id()
        && inner.perm_auth_key_id == request.perm_auth_key_id
        && inner.temp_session_id == caller.session.session_id
        && inner.expires_at == request.expires_at
        && shared.keys.bind(inner.temp_auth_key_id, inner.perm_auth_key_id)
}

fn signed_in(shared: &Shared, caller: &Caller, user_id: i64) -> enums::auth::Authorization {
    shared.authorisations.set(caller.key.identity, Authorisation::User(user_id));
    authorization(users::person_itself(shared, user_id))
}

/// `auth.authorization` of this user.
pub(super) fn authorization(user: enums::User) -> enums::auth::Authorization {
    enums::auth::Authorization::Authorization(types::auth::Authorization {
        setup_password_required: false,
        otherwise_relogin_days: None,
        tmp_sessions: None,
        future_auth_token: None,
        user,
    })
}
