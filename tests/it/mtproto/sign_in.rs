//! Signing in, in each of the ways there are, and being refused.

use std::time::Duration;

use telegram_passport::cloud::{SecureCloud as _, SentCodeType};
use telegram_passport::mtproto::{SignIn, SignInError, Step};
use telegram_passport::passport::{Passport as _, Vaulted};
use telegram_passport_sandbox::dc::Fault;
use telegram_passport_sandbox::state::CodePurpose;

use super::clock::{passing, standing_still};
use super::{application, centres, network, sign_in};
use crate::conformance::stage::Stage;

const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn by_code_and_password() {
    let stage = Stage::new();
    Vaulted::new(stage.cloud()).set_password(None, &PASSWORD.into(), "my horse").await.unwrap();
    let centres = centres(&stage.state).await;
    let mut login = SignIn::begin(network(&centres), application());
    assert!(matches!(login.check_code("1").await, Err(SignInError::NoCodeSent)));

    let sent = login.send_code(Stage::PHONE).await.unwrap();
    assert!(matches!(sent.code_type, SentCodeType::App { .. } | SentCodeType::Sms { .. }));
    let again = login.resend_code().await.unwrap();
    assert_ne!(again.code_type, sent.code_type);
    let wrong = login.check_code("00000").await;
    assert!(matches!(wrong, Err(SignInError::CodeInvalid)), "{wrong:?}");
    let code = stage.state.last_login_code(Stage::PHONE).unwrap();
    let Step::Password { hint } = login.check_code(&code).await.unwrap() else {
        panic!("no password wanted")
    };
    assert_eq!(hint.as_deref(), Some("my horse"));
    let wrong = login.check_password(&"wrong".into()).await;
    assert!(matches!(wrong, Err(SignInError::PasswordInvalid)), "{wrong:?}");
    let Step::Ready(cloud) = login.check_password(&PASSWORD.into()).await.unwrap() else { panic!("again") };
    assert_eq!(cloud.user_id(), stage.user_id);
    assert_eq!(cloud.own_phone_number().await.unwrap().unwrap().0, Stage::PHONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_up() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let mut login = SignIn::begin(network(&centres), application());
    let nobody = "12025559999";
    login.send_code(nobody).await.unwrap();
    let code = stage.state.last_login_code(nobody).unwrap();
    assert!(matches!(login.check_code(&code).await, Err(SignInError::SignUpRequired)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_names_itself() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let cloud = sign_in(&centres, &stage, application()).await;
    assert!(cloud.all_secure_values().await.unwrap().is_empty());
    assert_eq!(format!("{cloud:?}").matches("key").count(), 1, "only the server's fingerprint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_nobody_approves_is_given_up() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    centres.set_login_token_lifetime(2);
    let mut login = SignIn::begin(network(&centres), application());
    let mut shown = None;
    let waited = login
        .by_approval(|link| {
            shown = Some(link.as_str().to_owned());
            std::future::pending::<Result<(), std::io::Error>>()
        })
        .await;
    assert!(matches!(waited, Err(SignInError::LinkNotApproved)), "{waited:?}");
    assert!(shown.unwrap().starts_with("tg://login?token="));

    // Whoever was to approve it says that they will not, or says that they did and did not.
    let refused = login.by_approval(|_| async { Err("not mine") }).await;
    assert!(
        matches!(&refused, Err(SignInError::Approval(why)) if why.to_string() == "not mine"),
        "{refused:?}"
    );
    let lied = login.by_approval(|_| async { Ok::<(), std::io::Error>(()) }).await;
    assert!(matches!(lied, Err(SignInError::LinkNotApproved)), "{lied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_code_to_the_login_email_address() {
    let stage = Stage::new();
    stage.state.set_login_email(stage.user_id, Some("anna@example.com")).unwrap();
    let centres = centres(&stage.state).await;
    let mut login = SignIn::begin(network(&centres), application());
    let sent = login.send_code(Stage::PHONE).await.unwrap();
    let pattern = "a***@example.com".to_owned();
    assert_eq!(sent.code_type, SentCodeType::Email { pattern, length: 6 });
    let wrong = login.check_code("no").await;
    assert!(matches!(wrong, Err(SignInError::CodeInvalid)), "{wrong:?}");
    let refused = login.set_up_email("eve@example.com").await;
    assert!(matches!(refused, Err(SignInError::EmailNotWanted)), "{refused:?}");
    let code = stage.state.last_login_code(Stage::PHONE).unwrap();
    let Step::Ready(cloud) = login.check_code(&code).await.unwrap() else { panic!("no password is set") };
    assert_eq!(cloud.user_id(), stage.user_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_needs_a_login_email_address_sets_it_up() {
    let stage = Stage::new();
    Vaulted::new(stage.cloud()).set_password(None, &PASSWORD.into(), "").await.unwrap();
    stage.state.require_login_email(stage.user_id).unwrap();
    let centres = centres(&stage.state).await;
    let mut login = SignIn::begin(network(&centres), application());
    assert!(matches!(login.set_up_email("anna@example.com").await, Err(SignInError::NoCodeSent)));
    let sent = login.send_code(Stage::PHONE).await.unwrap();
    assert_eq!(sent.code_type, SentCodeType::SetUpEmailRequired);
    assert!(matches!(login.check_code("12345").await, Err(SignInError::EmailRequired)));
    let refused = login.set_up_email("anna").await;
    assert!(matches!(refused, Err(SignInError::EmailInvalid)), "{refused:?}");
    let sent = login.set_up_email("anna@example.com").await.unwrap();
    assert_eq!((sent.email_pattern.as_str(), sent.length), ("a***@example.com", 6));
    let wrong = login.confirm_email("no").await;
    assert!(matches!(wrong, Err(SignInError::CodeInvalid)), "{wrong:?}");
    let code = stage.state.last_code(stage.user_id, CodePurpose::SetUpLoginEmail).unwrap();
    let sent = login.confirm_email(&code).await.unwrap();
    assert!(matches!(sent.code_type, SentCodeType::Email { .. }));
    assert_eq!(stage.state.login_email(stage.user_id).unwrap().0, "anna@example.com");
    let code = stage.state.last_login_code(Stage::PHONE).unwrap();
    assert!(matches!(login.check_code(&code).await.unwrap(), Step::Password { .. }));
    assert!(matches!(login.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready(_)));
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
    sign_in(&centres, &stage, application()).await;
    let exports = || centres.calls().get("auth.exportLoginToken").copied().unwrap_or_default();
    for delay in [0, 3] {
        centres.faults().inject(Fault::ApprovalLate { delay: Duration::from_secs(delay) }, 1);
        let before = exports();
        let mut login = SignIn::begin(network(&centres), application());
        let approve = |link: telegram_passport::mtproto::LoginLink| {
            let approved = centres.approve_login(link.as_str(), stage.user_id);
            async { approved }
        };
        let (step, _) = passing(login.by_approval(approve)).await;
        let step = step.unwrap();
        let Step::Ready(cloud) = step else { panic!("{step:?}") };
        assert_eq!(cloud.user_id(), stage.user_id);
        assert_eq!(exports(), before + 2, "once to show it, and once when it was told of");
    }
    // Whoever approves need not be waited for.
    let mut login = SignIn::begin(network(&centres), application());
    let step = login
        .by_approval(|link| {
            centres.approve_login(link.as_str(), stage.user_id).unwrap();
            std::future::pending::<Result<(), std::io::Error>>()
        })
        .await;
    assert!(matches!(step, Ok(Step::Ready(_))), "{step:?}");
}

#[test]
fn a_link_that_is_said_to_be_approved_is_asked_about_once_more_when_its_time_is_over() {
    standing_still(async {
        let stage = Stage::new();
        let centres = centres(&stage.state).await;
        // The group is checked once, which takes long, while the clock would go on.
        sign_in(&centres, &stage, application()).await;
        let mut login = SignIn::begin(network(&centres), application());
        let lied = login.by_approval(|_| async { Ok::<(), std::io::Error>(()) });
        let (lied, waited) = passing(lied).await;
        assert!(matches!(lied, Err(SignInError::LinkNotApproved)), "{lied:?}");
        assert!(waited > Duration::from_secs(20), "{waited:?}");
        assert_eq!(centres.calls()["auth.exportLoginToken"], 2);
    });
}
