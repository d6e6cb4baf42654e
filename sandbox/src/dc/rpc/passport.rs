//! Passport: secure values, forms, and the verification of phone numbers and e-mail addresses.

use grammers_tl_types as tl;
use tl::enums::EmailVerifyPurpose as Purpose;
use tl::{Identifiable as _, enums, functions, types};

use super::caller::{Answer, Caller, call, user};
use crate::dc::file_view::FileSizes;
use crate::dc::shared::Shared;
use crate::dc::{convert, delivery};
use telegram_passport::cloud::CloudError;

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    values(shared, caller, id, rest)
        .or_else(|| forms(shared, caller, id, rest))
        .or_else(|| verification(shared, caller, id, rest))
}

fn values(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    let state = &shared.state;
    match id {
        functions::account::GetAllSecureValues::CONSTRUCTOR_ID => {
            call(rest, |_: functions::account::GetAllSecureValues| {
                let user = user(shared, caller)?;
                let mut values = state.all_secure_values(user)?;
                shared.faults.tamper_with_values(state, user, &mut values);
                Ok(convert::values_to_tl(values, shared.file_view(FileSizes::Untold)))
            })
        }
        functions::account::GetSecureValue::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::GetSecureValue| {
                let kinds = convert::kinds_from_tl(&request.types);
                let user = user(shared, caller)?;
                let mut values = state.secure_values(user, &kinds)?;
                shared.faults.tamper_with_values(state, user, &mut values);
                Ok(convert::values_to_tl(values, shared.file_view(FileSizes::Untold)))
            })
        }
        functions::account::SaveSecureValue::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::SaveSecureValue| {
                let value = convert::value_from_tl(request.value)?;
                let user = user(shared, caller)?;
                let before = state.secure_values(user, &[value.kind]).unwrap_or_default();
                let saved = state.save_secure_value(user, value, request.secure_secret_id)?;
                for replaced in before {
                    shared.faults.remember(user, replaced);
                }
                Ok(convert::value_to_tl(saved, shared.file_view(FileSizes::Untold)))
            })
        }
        functions::account::DeleteSecureValue::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::DeleteSecureValue| {
                state.delete_secure_values(user(shared, caller)?, &convert::kinds_from_tl(&request.types))?;
                Ok(true)
            })
        }
        _ => None,
    }
}

fn forms(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    let state = &shared.state;
    match id {
        functions::account::GetAuthorizationForm::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::GetAuthorizationForm| {
                let user = user(shared, caller)?;
                let mut form =
                    state.authorization_form(user, request.bot_id, &request.scope, &request.public_key)?;
                shared.faults.tamper_with_values(state, user, &mut form.values);
                Ok(convert::form_to_tl(form, shared.file_view(FileSizes::Untold)))
            })
        }
        functions::account::AcceptAuthorization::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::AcceptAuthorization| {
                let user = user(shared, caller)?;
                let hashes: Vec<_> = request.value_hashes.into_iter().map(convert::hash_from_tl).collect();
                let credentials = convert::credentials_from_tl(request.credentials);
                state.accept_authorization(
                    user,
                    request.bot_id,
                    &request.scope,
                    &request.public_key,
                    &hashes,
                    credentials,
                )?;
                delivery::announce(shared, user, request.bot_id);
                Ok(true)
            })
        }
        _ => None,
    }
}

fn verification(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    let state = &shared.state;
    match id {
        functions::account::SendVerifyPhoneCode::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::SendVerifyPhoneCode| {
                let sent = state.send_verify_phone_code(user(shared, caller)?, &request.phone_number)?;
                Ok(convert::sent_code_to_tl(sent))
            })
        }
        functions::account::VerifyPhone::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::VerifyPhone| {
                let user = user(shared, caller)?;
                state.verify_phone(
                    user,
                    &request.phone_number,
                    &request.phone_code_hash,
                    &request.phone_code,
                )?;
                Ok(true)
            })
        }
        functions::account::SendVerifyEmailCode::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::SendVerifyEmailCode| {
                let sent = match request.purpose {
                    Purpose::Passport => {
                        state.send_verify_email_code(user(shared, caller)?, &request.email)?
                    }
                    Purpose::LoginSetup(login) => state.send_login_email_code(
                        &login.phone_number,
                        &login.phone_code_hash,
                        &request.email,
                    )?,
                    Purpose::LoginChange => return Err(other_purpose()),
                };
                Ok(enums::account::SentEmailCode::Code(types::account::SentEmailCode {
                    email_pattern: sent.email_pattern.unwrap_or_default(),
                    length: sent.length.map_or(0, |length| i32::try_from(length).unwrap_or(i32::MAX)),
                }))
            })
        }
        functions::account::VerifyEmail::CONSTRUCTOR_ID => {
            call(rest, |request: functions::account::VerifyEmail| {
                let enums::EmailVerification::Code(verification) = request.verification else {
                    return Err(CloudError::from_rpc(400, "EMAIL_VERIFICATION_INVALID"));
                };
                let code = verification.code;
                Ok(match request.purpose {
                    Purpose::Passport => {
                        let email = state.verify_email(user(shared, caller)?, &code)?.0.clone();
                        enums::account::EmailVerified::Verified(types::account::EmailVerified { email })
                    }
                    Purpose::LoginSetup(login) => {
                        let (email, sent) =
                            state.verify_login_email(&login.phone_number, &login.phone_code_hash, &code)?;
                        enums::account::EmailVerified::Login(types::account::EmailVerifiedLogin {
                            email: email.0.clone(),
                            sent_code: convert::sent_code_to_tl(sent),
                        })
                    }
                    Purpose::LoginChange => return Err(other_purpose()),
                })
            })
        }
        _ => None,
    }
}

fn other_purpose() -> CloudError {
    CloudError::from_rpc(400, "EMAIL_PURPOSE_INVALID")
}
