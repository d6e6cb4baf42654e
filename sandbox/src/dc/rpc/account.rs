//! 2FA: the password's proof, its change, recovery and reset.

use grammers_tl_types as tl;
use tl::{Identifiable as _, functions};

use super::caller::{Answer, Caller, call, user};
use crate::dc::convert;
use crate::dc::shared::Shared;

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    let state = &shared.state;
    match id {
        functions::account::GetPassword::CONSTRUCTOR_ID => {
            call(rest, |_: functions::account::GetPassword| {
                // A client in the middle of its login asks too.
                let user = shared
                    .authorisations
                    .password_needed(caller.key.identity)
                    .map_or_else(|| user(shared, caller), Ok)?;
                Ok(convert::password_to_tl(state.account_password(user)?))
            })
        }
        functions::account::GetPasswordSettings::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::GetPasswordSettings| {
                let proof = convert::proof_from_tl(request.password);
                Ok(convert::password_settings_to_tl(state.password_settings(user(shared, caller)?, &proof)?))
            })
        }
        functions::account::UpdatePasswordSettings::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::UpdatePasswordSettings| {
                let proof = convert::proof_from_tl(request.password);
                let settings = convert::new_settings_from_tl(request.new_settings);
                state.update_password_settings(user(shared, caller)?, &proof, settings)?;
                Ok(true)
            })
        }
        functions::account::ConfirmPasswordEmail::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::ConfirmPasswordEmail| {
                state.confirm_password_email(user(shared, caller)?, &request.code)?;
                Ok(true)
            })
        }
        functions::account::ResendPasswordEmail::CONSTRUCTOR_ID => {
            call(rest, |_: functions::account::ResendPasswordEmail| {
                state.resend_password_email(user(shared, caller)?)?;
                Ok(true)
            })
        }
        functions::account::CancelPasswordEmail::CONSTRUCTOR_ID => {
            call(rest, |_: functions::account::CancelPasswordEmail| {
                state.cancel_password_email(user(shared, caller)?)?;
                Ok(true)
            })
        }
        functions::account::ResetPassword::CONSTRUCTOR_ID => {
            call(rest, |_: functions::account::ResetPassword| {
                Ok(convert::reset_to_tl(state.reset_password(user(shared, caller)?)?))
            })
        }
        functions::account::DeclinePasswordReset::CONSTRUCTOR_ID => {
            call(rest, |_: functions::account::DeclinePasswordReset| {
                state.decline_password_reset(user(shared, caller)?)?;
                Ok(true)
            })
        }
        _ => None,
    }
}
