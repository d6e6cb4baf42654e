//! The vault's own channel, let in by a session of TDLib: nobody types a code.

use std::fs;
use std::time::Duration;

use telegram_passport::cloud::SecureCloud as _;
use telegram_passport::login::{Device, LoginError, LoginLink, LoginSteps as _, Step};
use telegram_passport::mtproto::{Cloud, Login};
use telegram_passport::passport::OperationError as _;
use telegram_passport::tdlib::{
    ChannelOptions, Login as TdlibLogin, Session, SessionOptions, VaultChannel, VaultChannelError,
};

use telegram_passport::vault::Password;

use crate::stage::{self, Stage};

const PASSWORD: &str = "old horse";

/// A channel of its own to a stage's data centres.
pub(crate) fn channel(stage: &Stage) -> Login {
    Login::begin(
        stage.description().network().unwrap(),
        stage::application().on(Device::named("telegram-passport vault")),
    )
    .0
}

/// An account with a password, signed in to TDLib; gives the session and the account's id.
async fn protected(stage: &Stage) -> (Session, i64) {
    let phone = "380501112233".to_owned();
    let user_id = stage.recoverable(&phone, "olena@example.com");
    (signed_in(stage, &stage.options("approver"), &phone).await, user_id)
}

/// Signs an account with that password in.
async fn signed_in(stage: &Stage, options: &SessionOptions, phone: &str) -> Session {
    let (login, _) = TdlibLogin::begin(crate::library(), options).await.unwrap();
    login.set_phone_number(phone).await.unwrap();
    login.check_code(&stage.state.last_login_code(phone).unwrap()).await.unwrap();
    assert_eq!(login.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready);
    login.finish().await.map_err(|(why, _)| why).unwrap()
}

async fn let_in(approver: &Session, channel: Login) -> Cloud {
    let approve = async |link: LoginLink| approver.confirm_login(&link).await.map(drop);
    let step = channel.by_approval(approve).await.unwrap();
    let Step::Password { hint, .. } = step else { panic!("{step:?}") };
    assert_eq!(hint.as_deref(), Some("a hint"));
    assert_eq!(channel.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready);
    channel.finish().await.map_err(|(why, _)| why).unwrap()
}

pub(crate) async fn a_session_lets_the_vault_in_and_the_vault_names_itself() {
    let stage = Stage::new().await;
    let (approver, user_id) = protected(&stage).await;
    let codes = stage.state.last_login_code("380501112233");
    let cloud = let_in(&approver, channel(&stage)).await;
    assert_eq!(cloud.user_id(), user_id);
    assert_eq!(cloud.own_phone_number().await.unwrap().unwrap().0, "380501112233");
    assert_eq!(stage.state.last_login_code("380501112233"), codes, "no code was sent");

    let sessions = cloud.active_sessions().await.unwrap();
    let ours = sessions.iter().find(|session| session.current).unwrap();
    assert_eq!((sessions.len(), ours.device_model.as_str()), (2, "telegram-passport vault"));
    cloud.log_out().await.unwrap();
    assert!(approver.me().await.is_ok(), "the session that let it in stays");
    approver.close().await.unwrap();
}

pub(crate) async fn a_link_is_good_once_and_for_its_time() {
    let stage = Stage::new().await;
    let (approver, _) = protected(&stage).await;

    // Used already: approved a second time.
    let mut used = None;
    let first = channel(&stage);
    let approve = async |link: LoginLink| {
        approver.confirm_login(&link).await.map(drop)?;
        let again = approver.confirm_login(&link).await.map(drop);
        used = Some(link);
        again
    };
    match first.by_approval(approve).await {
        // The server's word of the approval may come first.
        Ok(Step::Password { .. }) | Err(LoginError::Approval(_)) => {}
        other => panic!("{other:?}"),
    }
    if let Some(used) = used {
        assert!(approver.confirm_login(&used).await.is_err());
    }

    // Expired before it was approved.
    stage.data_centres.set_login_token_lifetime(Duration::from_secs(1));
    let late = async |link: LoginLink| {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        approver.confirm_login(&link).await.map(drop)
    };
    let refused = channel(&stage).by_approval(late).await;
    assert!(matches!(refused, Err(LoginError::LinkNotApproved)), "{refused:?}");
    approver.close().await.unwrap();
}

pub(crate) async fn a_session_makes_its_channel_keeps_it_and_takes_it_up_again() {
    let stage = Stage::new().await;
    let (session, user_id) = protected(&stage).await;
    let (password, sessions) = (Password::from(PASSWORD), || stage.data_centres.sessions(user_id));
    let channel = VaultChannel::new(&stage.options("approver"));

    // Whatever does not come to an end leaves nothing.
    let wrong = session.vault_channel(Some(&"wrong horse".into())).await.map(drop);
    assert!(matches!(wrong, Err(VaultChannelError::PasswordInvalid)), "{wrong:?}");
    let unasked = session.vault_channel(None).await.map(drop);
    assert!(matches!(unasked, Err(VaultChannelError::PasswordRequired)), "{unasked:?}");
    assert!(session.saved_vault_channel().await.unwrap().is_none());
    assert_eq!((sessions(), channel.is_kept()), (1, false));

    let vault = session.vault_channel(Some(&password)).await.unwrap();
    assert_eq!((vault.cloud().user_id(), sessions(), channel.is_kept()), (user_id, 2, true));
    let listed = vault.cloud().active_sessions().await.unwrap();
    let own = listed.iter().find(|session| session.current).unwrap();
    assert_eq!(own.device_model, VaultChannel::DEVICE);
    let left: Vec<_> = fs::read_dir(stage.directory.path().join("approver")).unwrap().flatten().collect();
    assert!(!left.iter().any(|entry| entry.file_name() == "channel.begun"), "{left:?}");

    // It outlives the process, and needs no password any more.
    session.close().await.unwrap();
    let (login, step) = stage.login("approver").await;
    assert_eq!(step, Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    session.vault_channel(None).await.unwrap();
    let both = tokio::join!(session.vault_channel(Some(&password)), session.vault_channel(Some(&password)));
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(sessions(), 2);

    // Ended elsewhere for certain, it is signed in anew.
    vault.cloud().log_out().await.unwrap();
    assert_eq!(sessions(), 1);
    let unasked = session.vault_channel(None).await.map(drop);
    assert!(matches!(unasked, Err(VaultChannelError::PasswordRequired)), "{unasked:?}");
    session.vault_channel(Some(&password)).await.unwrap();
    assert_eq!(sessions(), 2);

    // What cannot be read is told with its place, and ended by the session that let it in.
    let file = stage.directory.path().join("approver/channel.session");
    let sealed = fs::read(&file).unwrap();
    fs::write(&file, b"spoilt").unwrap();
    let unreadable = session.vault_channel(Some(&password)).await.map(drop);
    assert!(
        matches!(&unreadable, Err(why @ VaultChannelError::Unreadable { path, .. }) if *path == file && why.code() == "unreadable"),
        "{unreadable:?}"
    );
    fs::write(&file, sealed).unwrap();
    session.vault_channel(None).await.unwrap();
    fs::write(&file, b"spoilt").unwrap();
    session.log_out_with_channel().await.unwrap();
    assert_eq!((sessions(), channel.is_kept()), (0, false));
}

pub(crate) async fn a_channel_of_another_account_is_ended() {
    let stage = Stage::new().await;
    let (session, first) = protected(&stage).await;
    session.vault_channel(Some(&PASSWORD.into())).await.unwrap();
    session.log_out().await.unwrap();
    assert_eq!(stage.data_centres.sessions(first), 1, "the channel's");

    let second = stage.recoverable("380501112244", "ivan@example.com");
    let session = signed_in(&stage, &stage.options("approver"), "380501112244").await;
    let vault = session.vault_channel(Some(&PASSWORD.into())).await.unwrap();
    assert_eq!(vault.cloud().user_id(), second);
    let sessions = [first, second].map(|user_id| stage.data_centres.sessions(user_id));
    assert_eq!(sessions, [0, 2]);
    // After the session has ended the channel ends itself.
    session.log_out().await.unwrap();
    let channel = VaultChannel::new(&stage.options("approver"));
    assert!(channel.end(None).await.unwrap());
    assert!(!channel.end(None).await.unwrap());
    assert_eq!(stage.data_centres.sessions(second), 0);
}

pub(crate) async fn a_sandbox_that_nobody_has_described_has_no_channel() {
    let stage = Stage::new().await;
    let phone = "380501112233";
    let user_id = stage.recoverable(phone, "olena@example.com");
    let options = SessionOptions { channel: ChannelOptions::default(), ..stage.options("approver") };
    let session = signed_in(&stage, &options, phone).await;
    let refused = session.vault_channel(Some(&PASSWORD.into())).await.map(drop);
    assert!(matches!(refused, Err(VaultChannelError::NetworkUnknown)), "{refused:?}");
    assert_eq!(stage.data_centres.sessions(user_id), 1);
    session.close().await.unwrap();
}
