//! Signing in, in each of the ways there are, and being refused.

use std::time::Duration;

use telegram_passport::cloud::{MailedCode, SecureCloud as _, SentCodeType};
use telegram_passport::element::EmailAddress;
use telegram_passport::login::{LoginError, LoginLink, LoginSteps as _, Step};
use telegram_passport::mtproto::{Cloud, Login};
use telegram_passport::passport::{
    AcceptLoss, Passport as _, PasswordError, Recovery as _, SentPhoneCode, Vaulted,
};
use telegram_passport_sandbox::dc::Fault;
use telegram_passport_sandbox::state::CodePurpose;

use super::clock::{passing, standing_still};
use super::{FOR_EVER, application, centres, network, sign_in};
use crate::conformance::stage::Stage;

const PASSWORD: &str = "correct horse battery";

/// The code that was sent, at a step that asks for it.
fn sent(step: Step) -> SentPhoneCode {
    let Step::Code(sent) = step else { panic!("{step:?}") };
    sent
}

async fn finished(login: Login) -> Cloud {
    login.finish().await.map_err(|(why, _)| why).expect("signed in")
}

#[tokio::test(flavor = "multi_thread")]
async fn by_code_and_password() {
    let stage = Stage::new();
    Vaulted::new(stage.cloud()).set_password(None, &PASSWORD.into(), "my horse").await.unwrap();
    let centres = centres(&stage.state).await;
    let (login, _) = Login::begin(network(&centres), application());
    assert!(matches!(login.check_code("1").await, Err(LoginError::OtherStep)));

    let first = sent(login.set_phone_number(&format!("+{}", Stage::PHONE)).await.unwrap());
    assert!(matches!(first.way, SentCodeType::App { .. } | SentCodeType::Sms { .. }));
    assert_eq!(first.phone_number.0, Stage::PHONE);
    let again = sent(login.resend_code().await.unwrap());
    assert_ne!(again.way, first.way);
    let wrong = login.check_code("00000").await;
    assert!(matches!(wrong, Err(LoginError::CodeInvalid)), "{wrong:?}");
    let code = stage.state.last_login_code(Stage::PHONE).unwrap();
    assert_eq!(login.step().await.unwrap(), Step::Code(again));
    let wanted = login.check_code(&code).await.unwrap();
    let Step::Password { hint, has_recovery_email: false, has_passport_data: false, .. } = wanted else {
        panic!("no password wanted")
    };
    assert_eq!(hint.as_deref(), Some("my horse"));
    let wrong = login.check_password(&"wrong".into()).await;
    assert!(matches!(wrong, Err(LoginError::PasswordInvalid)), "{wrong:?}");
    let Err((LoginError::NotReady, login)) = login.finish().await else { panic!("finished too early") };
    assert_eq!(login.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready);
    let cloud = finished(login).await;
    assert_eq!(cloud.user_id(), stage.user_id);
    assert_eq!(cloud.own_phone_number().await.unwrap().unwrap().0, Stage::PHONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_up_without_a_name() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let (login, _) = Login::begin(network(&centres), application());
    let nobody = "12025559999";
    login.set_phone_number(nobody).await.unwrap();
    let code = stage.state.last_login_code(nobody).unwrap();
    let step = login.check_code(&code).await.unwrap();
    assert_eq!(step, Step::Registration { terms_of_service: None });
    assert_eq!(stage.state.user_id_of(nobody), None);
    assert!(matches!(login.register("", "").await, Err(LoginError::NameInvalid)));
    assert_eq!(stage.state.user_id_of(nobody), None);
    assert_eq!(login.register("Olena", "Kovalenko").await.unwrap(), Step::Ready);
    let cloud = finished(login).await;
    assert_eq!(Some(cloud.user_id()), stage.state.user_id_of(nobody));
    let profile = stage.state.profile(cloud.user_id()).unwrap();
    assert_eq!((profile.first_name.as_str(), profile.last_name.as_str()), ("Olena", "Kovalenko"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_names_itself() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let cloud = sign_in(&centres, &stage, FOR_EVER).await;
    assert!(cloud.all_secure_values().await.unwrap().is_empty());
    assert_eq!(format!("{cloud:?}").matches("key").count(), 1, "only the server's fingerprint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_nobody_approves_is_given_up() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    centres.set_login_token_lifetime(Duration::from_secs(2));
    let (login, _) = Login::begin(network(&centres), application());
    let mut shown = None;
    let waited = login
        .by_approval(|link| {
            shown = Some(link.as_str().to_owned());
            std::future::pending::<Result<(), std::io::Error>>()
        })
        .await;
    assert!(matches!(waited, Err(LoginError::LinkNotApproved)), "{waited:?}");
    assert!(shown.unwrap().starts_with("tg://login?token="));

    // Whoever was to approve it says that they will not, or says that they did and did not.
    let refused = login.by_approval(|_| async { Err("not mine") }).await;
    assert!(
        matches!(&refused, Err(LoginError::Approval(why)) if why.to_string() == "not mine"),
        "{refused:?}"
    );
    let lied = login.by_approval(|_| async { Ok::<(), std::io::Error>(()) }).await;
    assert!(matches!(lied, Err(LoginError::LinkNotApproved)), "{lied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_code_to_the_login_email_address() {
    let stage = Stage::new();
    stage.state.set_login_email(stage.user_id, Some("anna@example.com")).unwrap();
    let centres = centres(&stage.state).await;
    let (login, _) = Login::begin(network(&centres), application());
    assert_eq!(login.set_phone_number(Stage::PHONE).await.unwrap(), mailed());
    let wrong = login.check_email_code("no").await;
    assert!(matches!(wrong, Err(LoginError::CodeInvalid)), "{wrong:?}");
    let refused = login.set_email_address("eve@example.com").await;
    assert!(matches!(refused, Err(LoginError::OtherStep)), "{refused:?}");
    let code = stage.state.last_login_code(Stage::PHONE).unwrap();
    assert!(matches!(login.check_code(&code).await, Err(LoginError::OtherStep)));
    assert_eq!(login.check_email_code(&code).await.unwrap(), Step::Ready, "no password is set");
    assert_eq!(finished(login).await.user_id(), stage.user_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_needs_a_login_email_address_sets_it_up() {
    let stage = Stage::new();
    Vaulted::new(stage.cloud()).set_password(None, &PASSWORD.into(), "").await.unwrap();
    stage.state.require_login_email(stage.user_id).unwrap();
    let centres = centres(&stage.state).await;
    let (login, _) = Login::begin(network(&centres), application());
    assert!(matches!(login.set_email_address("anna@example.com").await, Err(LoginError::OtherStep)));
    assert_eq!(login.set_phone_number(Stage::PHONE).await.unwrap(), Step::EmailAddress);
    assert!(matches!(login.check_code("12345").await, Err(LoginError::OtherStep)));
    let refused = login.set_email_address("anna").await;
    assert!(matches!(refused, Err(LoginError::EmailInvalid)), "{refused:?}");
    assert_eq!(login.set_email_address("anna@example.com").await.unwrap(), mailed());
    let wrong = login.check_email_code("no").await;
    assert!(matches!(wrong, Err(LoginError::CodeInvalid)), "{wrong:?}");
    let setting_up = || stage.state.last_code(stage.user_id, CodePurpose::SetUpLoginEmail).unwrap();
    let before = setting_up();
    assert_eq!(login.resend_code().await.unwrap(), mailed());
    assert_ne!(setting_up(), before, "another code, to the same address");
    assert_eq!(login.check_email_code(&setting_up()).await.unwrap(), mailed());
    assert_eq!(stage.state.login_email(stage.user_id).unwrap().0, "anna@example.com");
    let code = stage.state.last_login_code(Stage::PHONE).unwrap();
    assert!(matches!(login.check_email_code(&code).await.unwrap(), Step::Password { .. }));
    assert_eq!(login.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready);
}

/// A code is on its way to anna@example.com.
fn mailed() -> Step {
    Step::EmailCode(MailedCode { email_pattern: Some("a***@example.com".to_owned()), length: Some(6) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_recovered_by_email() {
    let stage = Stage::new();
    let owner = Vaulted::new(stage.cloud());
    owner.set_password(None, &PASSWORD.into(), "").await.unwrap();
    let centres = centres(&stage.state).await;
    let at_password = async || {
        let (login, _) = Login::begin(network(&centres), application());
        login.set_phone_number(Stage::PHONE).await.unwrap();
        let code = stage.state.last_login_code(Stage::PHONE).unwrap();
        assert!(matches!(login.check_code(&code).await.unwrap(), Step::Password { .. }));
        login
    };
    assert!(matches!(
        at_password().await.request_password_recovery().await,
        Err(LoginError::NoRecoveryEmail)
    ));
    owner.set_recovery_email(&PASSWORD.into(), &EmailAddress("olena@example.com".to_owned())).await.unwrap();
    owner.confirm_recovery_email(&stage.last_code(CodePurpose::ConfirmRecoveryEmail)).await.unwrap();

    let login = at_password().await;
    let step = login.request_password_recovery().await.unwrap();
    let Step::Password { has_recovery_email: true, recovery_email_pattern, .. } = step else {
        panic!("{step:?}")
    };
    let pattern = recovery_email_pattern.expect("where the code was sent");
    assert!(pattern.ends_with("@example.com") && !pattern.contains("olena"), "{pattern}");
    let new = "another horse".into();
    let told = login.recover_password("000", Some((&new, "another horse")), AcceptLoss).await;
    assert!(matches!(told, Err(LoginError::Unfit(PasswordError::HintIsPassword))), "{told:?}");
    let wrong = login.recover_password("000", Some((&new, "new")), AcceptLoss).await;
    assert!(matches!(wrong, Err(LoginError::CodeInvalid)), "{wrong:?}");
    let code = stage.last_code(CodePurpose::RecoverPassword);
    assert_eq!(login.recover_password(&code, Some((&new, "new")), AcceptLoss).await.unwrap(), Step::Ready);
    assert_eq!(finished(login).await.user_id(), stage.user_id);
    assert_eq!(at_password().await.check_password(&new).await.unwrap(), Step::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_shown_again_until_a_device_approves_it() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    centres.set_login_token_lifetime(Duration::from_secs(2));
    let (login, step) = Login::begin(network(&centres), application());
    let idle = login.changed(&step, Duration::from_millis(10)).await;
    assert!(matches!(idle, Err(LoginError::NothingHappened { .. })), "{idle:?}");
    let first = login.request_link().await.unwrap();
    let idle = login.changed(&first, Duration::from_millis(10)).await;
    assert!(matches!(idle, Err(LoginError::NothingHappened { .. })), "{idle:?}");
    let second = login.changed(&first, FOR_EVER.answer).await.unwrap();
    let (Step::OtherDevice(before), Step::OtherDevice(link)) = (&first, &second) else {
        panic!("{second:?}")
    };
    assert_ne!(before, link);
    centres.set_login_token_lifetime(Duration::from_secs(60));
    let third = login.changed(&second, FOR_EVER.answer).await.unwrap();
    let Step::OtherDevice(link) = &third else { panic!("{third:?}") };
    centres.approve_login(link.as_str(), stage.user_id).unwrap();
    assert_eq!(login.changed(&third, FOR_EVER.answer).await.unwrap(), Step::Ready);
    assert_eq!(finished(login).await.user_id(), stage.user_id);
}

/// The approval is known later than whoever gave it is told so. Whoever asks in between makes it void.
#[test]
fn an_approved_link_is_waited_for_until_telegram_tells_of_it() {
    standing_still(approved_late());
}

async fn approved_late() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    // The group is checked once, which takes long, while the clock would go on.
    sign_in(&centres, &stage, FOR_EVER).await;
    let exports = || centres.calls().get("auth.exportLoginToken").copied().unwrap_or_default();
    for delay in [0, 3] {
        centres.faults().inject(Fault::ApprovalLate { delay: Duration::from_secs(delay) }, 1);
        let before = exports();
        let (login, _) = Login::begin(network(&centres), application());
        let approve = |link: LoginLink| {
            let approved = centres.approve_login(link.as_str(), stage.user_id);
            async { approved }
        };
        let (step, _) = passing(login.by_approval(approve)).await;
        let step = step.unwrap();
        assert_eq!(step, Step::Ready);
        assert_eq!(finished(login).await.user_id(), stage.user_id);
        assert_eq!(exports(), before + 2, "once to show it, and once when it was told of");
    }
    // Whoever approves need not be waited for.
    let (login, _) = Login::begin(network(&centres), application());
    let step = login
        .by_approval(|link| {
            centres.approve_login(link.as_str(), stage.user_id).unwrap();
            std::future::pending::<Result<(), std::io::Error>>()
        })
        .await;
    assert!(matches!(step, Ok(Step::Ready)), "{step:?}");
}

#[test]
fn a_link_that_is_said_to_be_approved_is_asked_about_once_more_when_its_time_is_over() {
    standing_still(async {
        let stage = Stage::new();
        let centres = centres(&stage.state).await;
        // The group is checked once, which takes long, while the clock would go on.
        sign_in(&centres, &stage, FOR_EVER).await;
        let (login, _) = Login::begin(network(&centres), application());
        let lied = login.by_approval(|_| async { Ok::<(), std::io::Error>(()) });
        let (lied, waited) = passing(lied).await;
        assert!(matches!(lied, Err(LoginError::LinkNotApproved)), "{lied:?}");
        assert!(waited > Duration::from_secs(20), "{waited:?}");
        assert_eq!(centres.calls()["auth.exportLoginToken"], 2);
    });
}
