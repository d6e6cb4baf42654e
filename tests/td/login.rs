//! Logging in, every way there is.

use telegram_passport::cloud::{MailedCode, SentCodeType};
use telegram_passport::element::PhoneNumber;
use telegram_passport::login::{LoginError, LoginLink, LoginSteps as _, Step};
use telegram_passport::passport::AcceptLoss;
use telegram_passport::tdlib::{Login, OpenError, Proxy, ProxyKind, SessionOptions};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::state::{Bot, CodePurpose};

use crate::cases::TIME_OUT;
use crate::library;
use crate::stage::{Stage, application};

pub(crate) async fn a_wrong_code_a_right_code_a_wrong_and_a_right_password() {
    let stage = Stage::new().await;
    let phone = stage.person(1, Some("correct horse"));
    let (login, step) = stage.login("a").await;
    assert_eq!(step, Step::PhoneNumber);
    assert!(matches!(login.check_code("1").await, Err(LoginError::OtherStep)));
    assert!(matches!(login.set_phone_number("12").await, Err(LoginError::PhoneNumberInvalid)));
    let Step::Code(sent) = login.set_phone_number(&format!("+{phone}")).await.unwrap() else {
        panic!("no code")
    };
    assert_eq!(sent.way, SentCodeType::Sms { length: 5 });

    let code = stage.state.last_login_code(&phone).unwrap();
    let wrong = if code == "00000" { "00001" } else { "00000" };
    assert!(matches!(login.check_code(wrong).await, Err(LoginError::CodeInvalid)));
    assert!(matches!(login.step().await.unwrap(), Step::Code(_)));
    let step = login.check_code(&code).await.unwrap();
    assert!(
        matches!(step, Step::Password { has_recovery_email: false, has_passport_data: false, .. }),
        "{step:?}"
    );

    assert!(matches!(login.check_password(&"wrong horse".into()).await, Err(LoginError::PasswordInvalid)));
    assert!(matches!(login.request_password_recovery().await, Err(LoginError::NoRecoveryEmail)));
    let Err((LoginError::NotReady, login)) = login.finish().await else { panic!("finished too early") };
    assert_eq!(login.check_password(&"correct horse".into()).await.unwrap(), Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    let me = session.me().await.unwrap();
    assert_eq!((me.phone_number, me.is_bot), (phone.clone(), false));
    assert_eq!(Some(me.id), stage.state.user_id_of(&phone));
    session.close().await.unwrap();
}

pub(crate) async fn a_session_outlives_its_process_and_ends_with_log_out() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let session = stage.session("a", &phone).await;
    let id = session.me().await.unwrap().id;
    session.close().await.unwrap();

    let (login, step) = stage.login("a").await;
    assert_eq!(step, Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    assert_eq!(session.me().await.unwrap().id, id);
    session.log_out().await.unwrap();

    let (login, step) = stage.login("a").await;
    assert_eq!(step, Step::PhoneNumber);
    login.close().await.unwrap();
}

pub(crate) async fn a_database_opens_with_its_key_only() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    stage.session("a", &phone).await.close().await.unwrap();
    let options =
        SessionOptions::new(&stage.directory.path().join("a"), application(), StorageKey::generate());
    let wrong = Login::begin(library(), &options.proxy(stage.proxy())).await;
    assert!(matches!(wrong, Err(OpenError::DatabaseKeyInvalid)), "{wrong:?}");
    let (login, step) = stage.login("a").await;
    assert_eq!(step, Step::Ready);
    login.close().await.unwrap();
}

pub(crate) async fn a_new_number_is_registered() {
    let stage = Stage::new().await;
    let (login, _) = stage.login("a").await;
    login.set_phone_number("380501234567").await.unwrap();
    let step = login.check_code(&stage.state.last_login_code("380501234567").unwrap()).await.unwrap();
    assert!(matches!(step, Step::Registration { .. }), "{step:?}");
    assert_eq!(login.register("Olena", "Kovalenko").await.unwrap(), Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    let profile = stage.state.profile(session.me().await.unwrap().id).unwrap();
    assert_eq!(profile.phone, PhoneNumber("380501234567".to_owned()));
    assert_eq!((profile.first_name.as_str(), profile.last_name.as_str()), ("Olena", "Kovalenko"));
    session.close().await.unwrap();
}

pub(crate) async fn a_code_is_sent_again() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let (login, _) = stage.login("a").await;
    login.set_phone_number(&phone).await.unwrap();
    match login.resend_code().await {
        Ok(Step::Code(sent)) => assert!(matches!(sent.way, SentCodeType::Call { .. }), "{:?}", sent.way),
        other => panic!("{other:?}"),
    }
    let code = stage.state.last_login_code(&phone).unwrap();
    assert_eq!(login.check_code(&code).await.unwrap(), Step::Ready);
    login.close().await.unwrap();
}

pub(crate) async fn a_code_to_the_login_email_address_signs_in() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let user_id = stage.state.user_id_of(&phone).unwrap();
    stage.state.set_login_email(user_id, Some("anna@example.com")).unwrap();
    let (login, _) = stage.login("a").await;
    assert_eq!(login.set_phone_number(&phone).await.unwrap(), mailed());
    let code = stage.state.last_login_code(&phone).unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = login.check_email_code(wrong).await;
    assert!(matches!(refused, Err(LoginError::CodeInvalid)), "{refused:?}");
    assert_eq!(login.check_email_code(&code).await.unwrap(), Step::Ready);
    login.close().await.unwrap();
}

/// A code is on its way to anna@example.com.
fn mailed() -> Step {
    Step::EmailCode(MailedCode { email_pattern: Some("a***@example.com".to_owned()), length: Some(6) })
}

pub(crate) async fn a_login_email_address_is_set_up_where_one_is_demanded() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let user_id = stage.state.user_id_of(&phone).unwrap();
    stage.state.require_login_email(user_id).unwrap();
    let (login, _) = stage.login("a").await;
    assert_eq!(login.set_phone_number(&phone).await.unwrap(), Step::EmailAddress);
    for none in ["anna", ""] {
        let refused = login.set_email_address(none).await;
        assert!(matches!(refused, Err(LoginError::EmailInvalid)), "{refused:?}");
    }
    let step = login.set_email_address("anna@example.com").await.unwrap();
    assert_eq!(step, mailed());
    let refused = login.check_email_code("no").await;
    assert!(matches!(refused, Err(LoginError::CodeInvalid)), "{refused:?}");
    let code = stage.state.last_code(user_id, CodePurpose::SetUpLoginEmail).unwrap();
    let mut step = login.check_email_code(&code).await.unwrap();
    assert_eq!(stage.state.login_email(user_id).unwrap().0, "anna@example.com");
    // What was proved is where the code goes to.
    if let Step::EmailCode(_) = step {
        let code = stage.state.last_login_code(&phone).unwrap();
        step = login.check_email_code(&code).await.unwrap();
    }
    assert_eq!(step, Step::Ready);
    login.close().await.unwrap();
}

pub(crate) async fn a_bot_signs_in_with_its_token() {
    let stage = Stage::new().await;
    stage.state.register_bot(Bot::new(7_000_000_001, "bank_bot", "A bank", "no key")).unwrap();
    let (login, _) = stage.login("bot").await;
    assert!(matches!(login.check_bot_token("7000000001:wrong").await, Err(LoginError::BotTokenInvalid)));
    let token = stage.state.bot_token(7_000_000_001).unwrap();
    assert_eq!(login.check_bot_token(&token).await.unwrap(), Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    let me = session.me().await.unwrap();
    assert_eq!((me.id, me.is_bot, me.first_name.as_str()), (7_000_000_001, true, "A bank"));
    session.close().await.unwrap();
}

pub(crate) async fn a_forgotten_password_is_recovered_by_email() {
    let stage = Stage::new().await;
    let phone = "380501112233";
    let user_id = stage.recoverable(phone, "olena@example.com");
    let (login, _) = stage.login("a").await;
    login.set_phone_number(phone).await.unwrap();
    let step = login.check_code(&stage.state.last_login_code(phone).unwrap()).await.unwrap();
    let Step::Password { has_recovery_email: true, hint, .. } = step else { panic!("{step:?}") };
    assert_eq!(hint.as_deref(), Some("a hint"));
    let step = login.request_password_recovery().await.unwrap();
    let Step::Password { recovery_email_pattern: Some(recovery_email_pattern), .. } = step else {
        panic!("{step:?}")
    };
    assert!(recovery_email_pattern.ends_with("@example.com") && !recovery_email_pattern.contains("olena"));
    assert!(matches!(login.recover_password("000", None, AcceptLoss).await, Err(LoginError::CodeInvalid)));
    let code = stage.state.last_code(user_id, CodePurpose::RecoverPassword).unwrap();
    assert_eq!(
        login.recover_password(&code, Some((&"new horse".into(), "new hint")), AcceptLoss).await.unwrap(),
        Step::Ready
    );
    login.close().await.unwrap();

    // The new password is the password now.
    let (login, _) = stage.login("b").await;
    login.set_phone_number(phone).await.unwrap();
    login.check_code(&stage.state.last_login_code(phone).unwrap()).await.unwrap();
    assert_eq!(login.check_password(&"new horse".into()).await.unwrap(), Step::Ready);
    login.close().await.unwrap();
}

pub(crate) async fn another_device_is_let_in_by_qr_code() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let approver = stage.session("approver", &phone).await;
    let unknown = LoginLink::parse("tg://login?token=AAAAAAAAAAAAAAAAAAAAAA").unwrap();
    assert!(matches!(approver.confirm_login(&unknown).await, Err(LoginError::LinkInvalid)));

    let (device, _) = stage.login("device").await;
    let waiting = device.request_link().await.unwrap();
    let Step::OtherDevice(link) = &waiting else { panic!("{waiting:?}") };
    let other = approver.confirm_login(link).await.unwrap();
    assert!(!other.is_password_pending);
    assert_eq!(device.changed(&waiting, TIME_OUT).await.unwrap(), Step::Ready);
    let session = device.finish().await.map_err(|(why, _)| why).unwrap();
    assert_eq!(session.me().await.unwrap(), approver.me().await.unwrap());
    assert!(approver.confirm_login(link).await.is_err());
    session.close().await.unwrap();
    approver.close().await.unwrap();
}

pub(crate) async fn an_mtproto_proxy_leads_there_too() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let digits: String = stage.data_centres.proxy_secret().iter().map(|byte| format!("{byte:02x}")).collect();
    for (account, secret) in [("plain", digits.clone()), ("padded", format!("dd{digits}"))] {
        let proxy = Proxy { kind: ProxyKind::Mtproto { secret }, ..stage.proxy() };
        let (login, step) = Login::begin(library(), &stage.options(account).proxy(proxy)).await.unwrap();
        assert_eq!(step, Step::PhoneNumber);
        login.set_phone_number(&phone).await.unwrap();
        let code = stage.state.last_login_code(&phone).unwrap();
        assert_eq!(login.check_code(&code).await.unwrap(), Step::Ready);
        login.close().await.unwrap();
    }
}

/// The copy's own addresses are loopback ones: without a proxy it goes there and nowhere else.
pub(crate) async fn without_a_proxy_the_copy_stays_on_loopback() {
    // What takes the place of the address of data centre 1, at the first port that TDLib tries.
    let stage = Stage::at("127.154.175.50:443".parse().unwrap()).await;
    let phone = stage.person(1, None);
    let options = SessionOptions { proxy: None, ..stage.options("a") };
    let (login, _) = Login::begin(library(), &options).await.unwrap();
    login.set_phone_number(&phone).await.unwrap();
    let step = login.check_code(&stage.state.last_login_code(&phone).unwrap()).await.unwrap();
    assert_eq!(step, Step::Ready);
    login.close().await.unwrap();
}

pub(crate) async fn two_accounts_at_once() {
    let stage = Stage::new().await;
    let phones = [stage.person(1, None), stage.person(2, None)];
    let (one, two) = tokio::join!(stage.session("one", &phones[0]), stage.session("two", &phones[1]));
    assert_eq!(one.me().await.unwrap().phone_number, phones[0]);
    assert_eq!(two.me().await.unwrap().phone_number, phones[1]);
    one.close().await.unwrap();
    // The other goes on.
    assert_eq!(two.me().await.unwrap().phone_number, phones[1]);
    two.close().await.unwrap();
}

pub(crate) async fn a_directory_of_another_server_is_refused() {
    let stage = Stage::new().await;
    let directory = stage.directory.path().join("real");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("server"), "telegram\n").unwrap();
    let refused = Login::begin(library(), &stage.options("real")).await;
    assert!(matches!(refused, Err(OpenError::WrongServer { .. })));
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
}
