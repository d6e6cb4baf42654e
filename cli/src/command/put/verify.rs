//! Proving a phone number or an e-mail address with the code that Telegram sends there.

use telegram_passport::cloud::{CodeType, SentCodeType};
use telegram_passport::element::Element;
use telegram_passport::passport::{Passport, SentPhoneCode, VerificationError};
use telegram_passport_sandbox::state::CodePurpose;

use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::Failure;
use crate::printable;
use crate::sandbox_codes::SandboxCodes;

/// Has a code sent, and takes it from where a sandbox writes it, or asks for it until it is right; an empty line has
/// it sent again.
pub(in crate::command) async fn verify<F>(
    passport: &dyn Passport,
    element: &Element<F>,
    asker: Asker,
    codes: Option<&mut SandboxCodes>,
) -> Result<(), Failure> {
    match element {
        Element::PhoneNumber(number) => {
            let mut sent = send_code(passport.send_phone_code(number)).await?;
            if let Some(codes) = codes {
                let code = codes.next(&number.0, CodePurpose::VerifyPhone).await?;
                return check(passport.check_phone_code(&sent, &code)).await;
            }
            asker.tell(&announcement(&sent));
            asker
                .until("Code", true, async |code| {
                    if !code.trim().is_empty() {
                        return judge(passport.check_phone_code(&sent, code.trim())).await;
                    }
                    match send_again(passport.resend_phone_code(&sent)).await? {
                        Ok(again) => {
                            asker.tell(&announcement(&again));
                            sent = again;
                            Ok(Answered::Again)
                        }
                        Err(refused) => Ok(Answered::Wrong(refused)),
                    }
                })
                .await
        }
        Element::Email(address) => {
            let mut sent = send_code(passport.send_email_code(address)).await?;
            if let Some(codes) = codes {
                let code = codes.next(&address.0, CodePurpose::VerifyEmail).await?;
                return check(passport.check_email_code(&sent, &code)).await;
            }
            let told = format!(
                "A code was mailed to {}. An empty line has it sent again.",
                printable::line(&address.0)
            );
            asker.tell(&told);
            asker
                .until("Code", true, async |code| {
                    if !code.trim().is_empty() {
                        return judge(passport.check_email_code(&sent, code.trim())).await;
                    }
                    match send_again(passport.resend_email_code(&sent)).await? {
                        Ok(again) => {
                            asker.tell(&told);
                            sent = again;
                            Ok(Answered::Again)
                        }
                        Err(refused) => Ok(Answered::Wrong(refused)),
                    }
                })
                .await
        }
        _ => Ok(()),
    }
}

/// Has a code sent. Of that alone nothing has to be told when something else fails.
async fn send_code<T>(sending: impl Future<Output = Result<T, VerificationError>>) -> Result<T, Failure> {
    Deed::send_code().run_if(sending, |_| false, |error| error.into()).await
}

/// Has it sent again. A refusal is told, and the code that was sent before still counts.
async fn send_again<T>(
    sending: impl Future<Output = Result<T, VerificationError>>,
) -> Result<Result<T, Failure>, Failure> {
    let mut refused = false;
    let outcome = Deed::send_code().run_if(
        sending,
        |_| false,
        |error| {
            refused = true;
            Failure::from(error)
        },
    );
    match outcome.await {
        Err(failure) if !refused => Err(failure),
        outcome => Ok(outcome),
    }
}

/// Has the code checked: what it proves is not stored yet.
async fn check(checking: impl Future<Output = Result<(), VerificationError>>) -> Result<(), Failure> {
    Deed::check_code().run_if(checking, |()| false, |error| error.into()).await
}

async fn judge(
    checking: impl Future<Output = Result<(), VerificationError>>,
) -> Result<Answered<()>, Failure> {
    let mut wrong = false;
    let outcome = Deed::check_code().run_if(
        checking,
        |()| false,
        |error| {
            wrong = matches!(error, VerificationError::WrongCode | VerificationError::CodeExpired);
            Failure::from(error)
        },
    );
    let outcome = outcome.await;
    Answered::of(outcome, wrong)
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
