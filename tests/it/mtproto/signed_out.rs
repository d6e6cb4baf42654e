//! A session that was ended elsewhere, under each of the names that Telegram has for it.

use std::collections::BTreeMap;

use telegram_passport::cloud::{CloudError, FileLocation, FileRange, SecureCloud as _, SignedOut};
use telegram_passport::mtproto::{ChannelError, Cloud};
use telegram_passport::passport::{ListError, Passport as _, PasswordError, Refusal};
use telegram_passport_sandbox::dc::{DataCentres, Fault};

use super::{CURIOUS, FOR_EVER, IDENTITY, ready, sign_in};
use crate::conformance::stage::Stage;

/// Every reason with a name of its own, and one that is newer than this version.
fn family() -> Vec<SignedOut> {
    let newer = SignedOut::from_rpc(401, "SESSION_MELTED").unwrap();
    SignedOut::NAMED.iter().cloned().chain([newer]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_elsewhere_says_so_by_every_name() {
    for reason in family() {
        let stage = Stage::new();
        let (centres, passport) = ready(&stage, CURIOUS).await;
        assert_eq!(centres.end_sessions(stage.user_id, &reason), 1);
        let told = passport.list().await;
        assert!(
            matches!(&told, Err(ListError::Refused(Refusal::SignedOut(why))) if *why == reason),
            "{reason:?}: {told:?}"
        );
        let told = passport.password_state().await;
        assert!(
            matches!(&told, Err(PasswordError::Refused(Refusal::SignedOut(why))) if *why == reason),
            "{reason:?}: {told:?}"
        );
        // It is over, so to end it is no error.
        passport.cloud().log_out().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_for_a_password_is_not_signed_out() {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, CURIOUS).await;
    let (method, message) = ("account.getAllSecureValues", "SESSION_PASSWORD_NEEDED".to_owned());
    centres.faults().inject(Fault::Refused { method, code: 401, message }, 1);
    let told = passport.cloud().all_secure_values().await;
    assert!(matches!(told, Err(CloudError::Other { code: 401, .. })), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_unknown_ends_no_session() {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, CURIOUS).await;
    centres.faults().inject(Fault::KeyUnknown, 1000);
    let told = passport.cloud().log_out().await;
    // It was sent, and who says that it was not read may be anybody.
    assert!(matches!(told, Err(CloudError::OutcomeUnknown(_))), "{told:?}");
    let told = passport.cloud().all_secure_values().await;
    let unproven = matches!(&told, Err(CloudError::SignedOut(why)) if !why.is_certain());
    assert!(unproven, "{told:?}");
    centres.faults().clear();
    assert_eq!(passport.list().await.unwrap().len(), 0);
}

/// A session whose home is data centre 3, and files at 1.
async fn far_from_files(stage: &Stage) -> (DataCentres, Cloud) {
    let at = BTreeMap::from([1, 2, 3].map(|dc_id| (dc_id, "127.0.0.1:0".parse().unwrap())));
    let centres = DataCentres::start_at(stage.state.clone(), &IDENTITY, &at).await.unwrap();
    centres.set_home(stage.user_id, 3).unwrap();
    let cloud = sign_in(&centres, stage, FOR_EVER).await;
    centres.set_home_of_files(1).unwrap();
    (centres, cloud)
}

async fn ask_for_a_file(cloud: &Cloud) -> CloudError {
    let location = FileLocation { id: 77, access_hash: 1, dc_id: 1 };
    let range = FileRange { offset: 0, limit: 4096, precise: false };
    cloud.file_part(location, range).await.unwrap_err()
}

fn calls(centres: &DataCentres, method: &str) -> u64 {
    centres.calls().get(method).copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_data_centre_that_forgot_the_session_is_told_of_it_anew() {
    let stage = Stage::new();
    let (centres, cloud) = far_from_files(&stage).await;
    // It is asked, and has no such file.
    assert!(matches!(ask_for_a_file(&cloud).await, CloudError::Other { code: 400, .. }));
    for reason in family() {
        let (code, message) = reason.to_rpc().unwrap();
        for method in ["upload.getFile", "auth.importAuthorization"] {
            let before = calls(&centres, "auth.exportAuthorization");
            centres
                .faults()
                .inject(Fault::Refused { method: "upload.getFile", code, message: message.clone() }, 1);
            if method != "upload.getFile" {
                centres.faults().inject(Fault::Refused { method, code, message: message.clone() }, 1);
            }
            let told = ask_for_a_file(&cloud).await;
            assert!(matches!(told, CloudError::Other { code: 400, .. }), "{reason:?}, {method}: {told:?}");
            assert_eq!(centres.faults().pending(), []);
            assert!(calls(&centres, "auth.exportAuthorization") > before, "{reason:?}, {method}");
        }
    }
    assert_eq!(cloud.active_sessions().await.unwrap().iter().filter(|session| session.current).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_data_centre_insists_on_is_bounded_and_no_news_of_the_account() {
    let stage = Stage::new();
    let (centres, cloud) = far_from_files(&stage).await;
    for method in ["upload.getFile", "auth.importAuthorization"] {
        assert!(matches!(ask_for_a_file(&cloud).await, CloudError::Other { code: 400, .. }));
        for method in ["upload.getFile", method] {
            let message = "SESSION_REVOKED".to_owned();
            centres.faults().inject(Fault::Refused { method, code: 401, message }, u32::MAX);
        }
        let before = calls(&centres, "auth.exportAuthorization");
        let told = ask_for_a_file(&cloud).await;
        let CloudError::Transport(why) = &told else { panic!("{method}: {told:?}") };
        assert!(matches!(why.downcast_ref(), Some(ChannelError::NotLetIn { dc_id: 1 })), "{told:?}");
        assert!(calls(&centres, "auth.exportAuthorization") <= before + 3, "{method}");
        centres.faults().clear();
    }
    // What home says is news of the account.
    centres.end_sessions(stage.user_id, &SignedOut::Revoked);
    let told = ask_for_a_file(&cloud).await;
    assert!(matches!(told, CloudError::SignedOut(SignedOut::Revoked)), "{told:?}");
}
