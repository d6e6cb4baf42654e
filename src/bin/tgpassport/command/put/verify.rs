//! Proving a phone number or an e-mail address with the code that Telegram sends there.

use telegram_passport::cloud::{CodeType, SentCodeType};
use telegram_passport::element::Element;
use telegram_passport::passport::{Passport, SentPhoneCode, VerificationError};
use telegram_passport::sandbox::state::Purpose;

use crate::asking::{Answered, Asker};
use crate::codes::SandboxCodes;
use crate::failure::{Failure, sentence, signed_out};
use crate::printable;

/// Has a code sent, and takes it from where a sandbox writes it, or asks for it until it is right; an empty line has
/// it sent again.
pub(in crate::command) async fn verify<F>(
    passport: &impl Passport,
    element: &Element<F>,
    asker: Asker,
    codes: Option<&mut SandboxCodes>,
) -> Result<(), Failure> {
    match element {
        Element::PhoneNumber(number) => {
            let mut sent = passport.send_phone_code(number).await.map_err(|error| failure(&error))?;
            if let Some(codes) = codes {
                let code = codes.next(&number.0, Purpose::VerifyPhone).await?;
                return passport.check_phone_code(&sent, &code).await.map_err(|error| failure(&error));
            }
            asker.tell(&announcement(&sent));
            asker
                .until("Code", true, async |code| {
                    if !code.trim().is_empty() {
                        return judged(passport.check_phone_code(&sent, code.trim()).await);
                    }
                    match passport.resend_phone_code(&sent).await {
                        Ok(again) => {
                            asker.tell(&announcement(&again));
                            sent = again;
                            Ok(Answered::Again)
                        }
                        Err(error) => Ok(Answered::Wrong(failure(&error))),
                    }
                })
                .await
        }
        Element::Email(address) => {
            let mut sent = passport.send_email_code(address).await.map_err(|error| failure(&error))?;
            if let Some(codes) = codes {
                let code = codes.next(&address.0, Purpose::VerifyEmail).await?;
                return passport.check_email_code(&sent, &code).await.map_err(|error| failure(&error));
            }
            let told = format!(
                "A code was mailed to {}. An empty line has it sent again.",
                printable::line(&address.0)
            );
            asker.tell(&told);
            asker
                .until("Code", true, async |code| {
                    if !code.trim().is_empty() {
                        return judged(passport.check_email_code(&sent, code.trim()).await);
                    }
                    match passport.resend_email_code(&sent).await {
                        Ok(again) => {
                            asker.tell(&told);
                            sent = again;
                            Ok(Answered::Again)
                        }
                        Err(error) => Ok(Answered::Wrong(failure(&error))),
                    }
                })
                .await
        }
        _ => Ok(()),
    }
}

fn judged(checked: Result<(), VerificationError>) -> Result<Answered<()>, Failure> {
    match checked {
        Ok(()) => Ok(Answered::Well(())),
        Err(error @ (VerificationError::WrongCode | VerificationError::CodeExpired)) => {
            Ok(Answered::Wrong(failure(&error)))
        }
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &VerificationError) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    match error {
        VerificationError::Cloud(_) => Failure::failed(sentence(error)),
        _ => Failure::denied(sentence(error)),
    }
}

fn announcement(sent: &SentPhoneCode) -> String {
    let way = match &sent.way {
        SentCodeType::App { .. } => "in Telegram".to_owned(),
        SentCodeType::Call { .. } => "by a call".to_owned(),
        SentCodeType::FlashCall { .. } | SentCodeType::MissedCall { .. } => {
            "as the number that calls and hangs up".to_owned()
        }
        SentCodeType::FragmentSms { .. } => "on fragment.com".to_owned(),
        SentCodeType::Email { pattern, .. } => format!("to {}", printable::line(pattern)),
        _ => "by SMS".to_owned(),
    };
    let again = match sent.next_way {
        Some(CodeType::Call) => "An empty line has it told by a call.",
        Some(CodeType::Sms) => "An empty line has it sent by SMS.",
        _ => "An empty line has it sent again.",
    };
    format!("A code was sent to +{} {way}. {again}", printable::line(&sent.phone_number.0))
}
