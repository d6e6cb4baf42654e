//! Signing in, in each of the ways there are, and being refused.

use telegram_passport::cloud::{CloudError, SecureCloud as _, SentCodeType};
use telegram_passport::mtproto::{SignIn, SignInError, Step};
use telegram_passport::passport::{Passport as _, Vaulted};

use super::{application, centres, network, sign_in};
use crate::conformance::stage::Stage;

const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn by_code_and_password() {
    let stage = Stage::new();
    Vaulted::new(stage.cloud()).set_password(None, PASSWORD.into(), "my horse").await.unwrap();
    let centres = centres(&stage.state).await;
    let mut login = SignIn::begin(network(&centres), application());
    assert!(matches!(login.check_code("1").await, Err(SignInError::NoCodeSent)));

    let sent = login.send_code(Stage::PHONE).await.unwrap();
    assert!(matches!(sent.code_type, SentCodeType::App { .. } | SentCodeType::Sms { .. }));
    let again = login.resend_code().await.unwrap();
    assert_ne!(again.code_type, sent.code_type);
    let wrong = login.check_code("00000").await;
    assert!(matches!(wrong, Err(SignInError::Cloud(CloudError::PhoneCodeInvalid))), "{wrong:?}");
    let code = stage.state.last_login_code(Stage::PHONE).unwrap();
    let Step::Password { hint } = login.check_code(&code).await.unwrap() else {
        panic!("no password wanted")
    };
    assert_eq!(hint.as_deref(), Some("my horse"));
    let wrong = login.check_password("wrong".into()).await;
    assert!(matches!(wrong, Err(SignInError::Cloud(CloudError::PasswordHashInvalid))), "{wrong:?}");
    let Step::Ready(cloud) = login.check_password(PASSWORD.into()).await.unwrap() else { panic!("again") };
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
