//! What only bots ask.

use grammers_tl_types as tl;
use tl::{Identifiable as _, enums, functions};

use super::caller::{Answer, Caller, bot, call};
use crate::dc::convert;
use crate::dc::shared::Shared;
use telegram_passport::cloud::CloudError;

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::users::SetSecureValueErrors::CONSTRUCTOR_ID => {
            call(rest, |request: functions::users::SetSecureValueErrors| {
                let bot = bot(shared, caller)?;
                let enums::InputUser::User(user) = request.id else {
                    return Err(CloudError::from_rpc(400, "USER_ID_INVALID"));
                };
                let errors = request.errors.into_iter().map(convert::error_from_tl).collect();
                shared.state.set_secure_value_errors(bot, user.user_id, errors)?;
                Ok(true)
            })
        }
        _ => None,
    }
}
