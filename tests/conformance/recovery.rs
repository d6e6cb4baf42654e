//! The end of a password, and the address it can be recovered by.

use std::sync::Arc;

use telegram_passport::cloud::MailedCode;
use telegram_passport::element::{ElementType, EmailAddress};
use telegram_passport::passport::{
    AcceptLoss, Alteration, ListError, Passport, PasswordError, Recovery, RecoveryEmail, Refusal, Reset,
    SecretState,
};
use telegram_passport_sandbox::state::CodePurpose;

use super::stage::Stage;
use super::{Engine, PASSWORD, element_of, person, ready, save};

const NEW_PASSWORD: &str = "new horse";

fn email() -> EmailAddress {
    EmailAddress("olena@example.com".to_owned())
}

fn a_wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '7' { '8' } else { '7' }).collect()
}

/// A session of an account with an element stored.
async fn with_an_address(engine: &dyn Engine, stage: &Stage) -> Arc<dyn Passport> {
    let passport = ready(engine, stage).await;
    save(&passport, element_of(&person(), ElementType::Address)).await;
    assert!(passport.password_state().await.unwrap().has_passport_data);
    passport
}

async fn confirmed_email(passport: &dyn Recovery, stage: &Stage) {
    passport.set_recovery_email(&PASSWORD.into(), &email()).await.unwrap();
    passport.confirm_recovery_email(&stage.last_code(CodePurpose::ConfirmRecoveryEmail)).await.unwrap();
}

/// What is stored in the account is gone, and it starts anew.
async fn starts_anew(passport: &dyn Passport, stage: &Stage, password: &'static str) {
    assert!(matches!(passport.list().await, Err(ListError::Refused(Refusal::Locked))));
    assert_eq!(passport.unlock(&password.into()).await.unwrap(), SecretState::Missing);
    stage.remember_password(password);
    passport.create_secret(&password.into()).await.unwrap();
    assert_eq!(passport.list().await.unwrap(), []);
    save(passport, element_of(&person(), ElementType::Address)).await;
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

pub(crate) async fn a_removed_password_takes_everything_along(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = with_an_address(engine, &stage).await;
    let refused = passport.remove_password(&"wrong".into(), AcceptLoss).await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    assert_eq!(passport.list().await.unwrap().len(), 1);

    passport.remove_password(&PASSWORD.into(), AcceptLoss).await.unwrap();
    let state = passport.password_state().await.unwrap();
    assert!(!state.has_password && !state.has_passport_data);
    passport.set_password(None, &NEW_PASSWORD.into(), "").await.unwrap();
    starts_anew(&passport, &stage, NEW_PASSWORD).await;
}

pub(crate) async fn a_recovery_address_is_confirmed_first(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = with_an_address(engine, &stage).await;
    let refused = passport.set_recovery_email(&"wrong".into(), &email()).await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    let refused = passport.confirm_recovery_email("123456").await;
    assert!(matches!(refused, Err(PasswordError::NothingPending)), "{refused:?}");

    let mailed = passport.set_recovery_email(&PASSWORD.into(), &email()).await.unwrap();
    let RecoveryEmail::Mailed(MailedCode { email_pattern: Some(email_pattern), length: Some(6) }) = mailed
    else {
        panic!("{mailed:?}")
    };
    assert!(email_pattern.ends_with("example.com") && email_pattern != email().0, "{email_pattern}");
    let state = passport.password_state().await.unwrap();
    assert_eq!((state.has_recovery_email, state.unconfirmed_email), (false, Some(email_pattern)));
    passport.cancel_recovery_email().await.unwrap();
    assert_eq!(passport.password_state().await.unwrap().unconfirmed_email, None);

    passport.set_recovery_email(&PASSWORD.into(), &email()).await.unwrap();
    let before = stage.last_code(CodePurpose::ConfirmRecoveryEmail);
    let refused = passport.confirm_recovery_email(&a_wrong(&before)).await;
    assert!(matches!(refused, Err(PasswordError::WrongCode)), "{refused:?}");
    passport.resend_recovery_email_code().await.unwrap();
    passport.confirm_recovery_email(&stage.last_code(CodePurpose::ConfirmRecoveryEmail)).await.unwrap();
    assert!(passport.password_state().await.unwrap().has_recovery_email);
    assert_eq!(passport.defaults(&PASSWORD.into()).await.unwrap().email, Some(email()));
    assert_eq!(passport.list().await.unwrap().len(), 1, "what is stored stays");
}

pub(crate) async fn a_forgotten_password_is_recovered_without_what_was_stored(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = with_an_address(engine, &stage).await;
    let refused = passport.request_recovery().await;
    assert!(matches!(refused, Err(PasswordError::NoRecoveryEmail)), "{refused:?}");
    confirmed_email(&passport, &stage).await;

    assert!(passport.request_recovery().await.unwrap().email_pattern.unwrap().ends_with("example.com"));
    let code = stage.last_code(CodePurpose::RecoverPassword);
    let refused =
        passport.recover_password(&a_wrong(&code), Some((&NEW_PASSWORD.into(), "")), AcceptLoss).await;
    assert!(matches!(refused, Err(PasswordError::WrongCode)), "{refused:?}");
    assert_eq!(passport.list().await.unwrap().len(), 1, "nothing is lost yet");
    passport.recover_password(&code, Some((&NEW_PASSWORD.into(), "hint")), AcceptLoss).await.unwrap();
    assert_eq!(passport.password_state().await.unwrap().hint.as_deref(), Some("hint"));
    starts_anew(&passport, &stage, NEW_PASSWORD).await;
}

pub(crate) async fn a_reset_waits_and_can_be_declined(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = with_an_address(engine, &stage).await;
    let refused = passport.decline_reset().await;
    assert!(matches!(refused, Err(PasswordError::NothingPending)), "{refused:?}");
    let Reset::WaitsUntil(date) = passport.reset_password(AcceptLoss).await.unwrap() else {
        panic!("Telegram waits a week")
    };
    assert_eq!(passport.password_state().await.unwrap().pending_reset, Some(date));
    passport.decline_reset().await.unwrap();
    assert_eq!(passport.password_state().await.unwrap().pending_reset, None);
    let again = passport.reset_password(AcceptLoss).await.unwrap();
    assert!(matches!(again, Reset::RefusedUntil(_)), "{again:?}");
    assert_eq!(passport.list().await.unwrap().len(), 1, "what is stored stays");
}

pub(crate) async fn an_address_that_is_none_is_refused_and_removal_is_its_own_word(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = with_an_address(engine, &stage).await;
    let refused = passport.remove_recovery_email(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::NoRecoveryEmail)), "{refused:?}");
    confirmed_email(&passport, &stage).await;
    for none in
        ["", " ", "olena", "@example.com", "olena@example", "ole na@example.com", "olena@example.com\n"]
    {
        let refused = passport.set_recovery_email(&PASSWORD.into(), &EmailAddress(none.to_owned())).await;
        assert!(matches!(refused, Err(PasswordError::NotAnAddress)), "{none:?}: {refused:?}");
        assert!(passport.password_state().await.unwrap().has_recovery_email, "{none:?}");
    }
    assert_eq!(passport.defaults(&PASSWORD.into()).await.unwrap().email, Some(email()));

    let refused = passport.remove_recovery_email(&"wrong".into()).await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    assert!(passport.password_state().await.unwrap().has_recovery_email);
    passport.remove_recovery_email(&PASSWORD.into()).await.unwrap();
    assert!(!passport.password_state().await.unwrap().has_recovery_email);
    assert_eq!(passport.defaults(&PASSWORD.into()).await.unwrap().email, None);
    assert_eq!(passport.list().await.unwrap().len(), 1, "what is stored stays");
}

pub(crate) async fn no_password_is_set_that_some_client_would_alter(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = engine.session(&stage).await;
    let tab = Alteration::Sign('\t');
    let refused = passport.set_password(None, &"tab\there".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::NewPasswordAltered(sign)) if sign == tab), "{refused:?}");
    assert!(!passport.password_state().await.unwrap().has_password);

    super::prepare(&passport, &stage).await;
    save(&passport, element_of(&person(), ElementType::Address)).await;
    for (altered, sign) in [("a\u{2028}b", '\u{2028}'), ("\u{202A}x", '\u{202A}'), ("x\u{202E}", '\u{202E}')]
    {
        let refused = passport.set_password(Some(&PASSWORD.into()), &altered.into(), "").await;
        let sign = Alteration::Sign(sign);
        assert!(
            matches!(refused, Err(PasswordError::NewPasswordAltered(named)) if named == sign),
            "{refused:?}"
        );
    }
    confirmed_email(&passport, &stage).await;
    passport.request_recovery().await.unwrap();
    let code = stage.last_code(CodePurpose::RecoverPassword);
    let refused = passport.recover_password(&code, Some((&"tab\there".into(), "")), AcceptLoss).await;
    assert!(matches!(refused, Err(PasswordError::NewPasswordAltered(sign)) if sign == tab), "{refused:?}");
    assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

pub(crate) async fn no_hint_is_the_password(engine: &dyn Engine) {
    let stage = Stage::new();
    let passport = engine.session(&stage).await;
    let refused = passport.set_password(None, &NEW_PASSWORD.into(), NEW_PASSWORD).await;
    assert!(matches!(refused, Err(PasswordError::HintIsPassword)), "{refused:?}");
    assert!(!passport.password_state().await.unwrap().has_password);
    super::prepare(&passport, &stage).await;
    let refused = passport.set_password(Some(&PASSWORD.into()), &NEW_PASSWORD.into(), NEW_PASSWORD).await;
    assert!(matches!(refused, Err(PasswordError::HintIsPassword)), "{refused:?}");
    confirmed_email(&passport, &stage).await;
    passport.request_recovery().await.unwrap();
    let code = stage.last_code(CodePurpose::RecoverPassword);
    let new = NEW_PASSWORD.into();
    let with_hint = Some((&new, NEW_PASSWORD));
    let refused = passport.recover_password(&code, with_hint, AcceptLoss).await;
    assert!(matches!(refused, Err(PasswordError::HintIsPassword)), "{refused:?}");
    assert_eq!(passport.password_state().await.unwrap().hint.as_deref(), Some("battery"));
    // What holds it is the person's choice.
    passport.set_password(Some(&PASSWORD.into()), &NEW_PASSWORD.into(), "my new horse").await.unwrap();
    stage.remember_password(NEW_PASSWORD);
    assert_eq!(passport.password_state().await.unwrap().hint.as_deref(), Some("my new horse"));
}
