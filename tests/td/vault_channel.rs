//! The vault's own channel, let in by a session of TDLib: nobody types a code.

use telegram_passport::cloud::SecureCloud as _;
use telegram_passport::login::{Device, LoginError, LoginLink, LoginSteps as _, Step};
use telegram_passport::mtproto::{Cloud, Login, Network};
use telegram_passport::tdlib::Session;

use crate::stage::{self, Stage};

const PASSWORD: &str = "old horse";

/// A channel of its own to a stage's data centres.
pub(crate) fn channel(stage: &Stage) -> Login {
    let addresses = stage.data_centres.addresses();
    let network = Network::sandbox(addresses, &stage::identity().public_key()).unwrap();
    Login::begin(network, stage::application().on(Device::named("telegram-passport vault"))).0
}

/// An account with a password, signed in to TDLib; gives the session and the account's id.
async fn protected(stage: &Stage) -> (Session, i64) {
    let phone = "380501112233".to_owned();
    let user_id = stage.recoverable(&phone, "olena@example.com");
    let (login, _) = stage.login("approver").await;
    login.set_phone_number(&phone).await.unwrap();
    login.check_code(&stage.state.last_login_code(&phone).unwrap()).await.unwrap();
    assert_eq!(login.check_password(&PASSWORD.into()).await.unwrap(), Step::Ready);
    (login.finish().await.map_err(|(why, _)| why).unwrap(), user_id)
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
    stage.data_centres.set_login_token_lifetime(1);
    let late = async |link: LoginLink| {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        approver.confirm_login(&link).await.map(drop)
    };
    let refused = channel(&stage).by_approval(late).await;
    assert!(matches!(refused, Err(LoginError::LinkNotApproved)), "{refused:?}");
    approver.close().await.unwrap();
}
