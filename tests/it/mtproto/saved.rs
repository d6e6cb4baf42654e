//! Sessions on a disk, and the list of them.

use std::collections::BTreeMap;

use telegram_passport::cloud::{CloudError, SecureCloud as _, SignedOut};
use telegram_passport::mtproto::{Cloud, Network, SavedSessionError};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};

use super::{FOR_EVER, IDENTITY, application, centres, network, sign_in};
use crate::conformance::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_saved_and_taken_up_again() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let cloud = sign_in(&centres, &stage, FOR_EVER).await;
    let key = StorageKey::generate();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session");
    cloud.save_to(&path, &key).await.unwrap();
    cloud.save_to(&path, &key).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    drop(cloud);
    let again = Cloud::open_from(network(&centres), application(), &path, &key).await.unwrap();
    assert_eq!(again.user_id(), stage.user_id);
    assert_eq!(again.own_phone_number().await.unwrap().unwrap().0, Stage::PHONE);
    // The same session, not another one.
    assert_eq!(again.active_sessions().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_touched_or_belongs_elsewhere_is_refused() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let cloud = sign_in(&centres, &stage, FOR_EVER).await;
    let key = StorageKey::generate();
    let sealed = cloud.seal(&key).await;
    let open = |network: Network, sealed: Vec<u8>| {
        let key = StorageKey::try_from(key.as_bytes().as_slice()).unwrap();
        async move { Cloud::open(network, application(), &sealed, &key).await }
    };
    for byte in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[byte] ^= 1 << (byte % 8);
        let refused = open(network(&centres), flipped).await;
        assert!(matches!(refused, Err(SavedSessionError::Sealed(_))), "byte {byte}: {refused:?}");
    }
    for length in [0, 1, 39, sealed.len() - 1] {
        let refused = open(network(&centres), sealed[..length].to_vec()).await;
        assert!(matches!(refused, Err(SavedSessionError::Sealed(_))), "{length} bytes: {refused:?}");
    }
    let other_key = StorageKey::generate();
    let refused = Cloud::open(network(&centres), application(), &sealed, &other_key).await;
    assert!(matches!(refused, Err(SavedSessionError::Sealed(_))));
    for other in [
        Network::telegram(),
        Network::telegram_test(),
        Network::sandbox(centres.addresses(), &ServerIdentity::generate().public_key()).unwrap(),
    ] {
        let refused = open(other, sealed.clone()).await;
        assert!(matches!(refused, Err(SavedSessionError::OtherServer)), "{refused:?}");
    }
    assert!(open(network(&centres), sealed).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_from_here() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let here = sign_in(&centres, &stage, FOR_EVER).await;
    let there = sign_in(&centres, &stage, FOR_EVER).await;
    let listed = here.active_sessions().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|session| session.device_model == "telegram-passport vault"));
    let other = listed.iter().find(|session| !session.current).unwrap();
    here.end_session(other.hash).await.unwrap();
    let refused = there.all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::SignedOut(SignedOut::KeyUnregistered))), "{refused:?}");
    assert!(here.end_session(other.hash).await.is_err());

    let key = StorageKey::generate();
    let sealed = here.seal(&key).await;
    here.log_out().await.unwrap();
    let again = Cloud::open(network(&centres), application(), &sealed, &key).await.unwrap();
    let refused = again.all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::SignedOut(SignedOut::KeyUnregistered))), "{refused:?}");
    again.log_out().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_people_are_found_at_other_data_centres() {
    let stage = Stage::new();
    let at = BTreeMap::from([1, 2, 3].map(|dc_id| (dc_id, "127.0.0.1:0".parse().unwrap())));
    let centres = DataCentres::start_at(stage.state.clone(), &IDENTITY, &at).await.unwrap();
    centres.set_home(stage.user_id, 3).unwrap();
    let cloud = sign_in(&centres, &stage, FOR_EVER).await;
    centres.set_home_of_files(1).unwrap();
    let location = telegram_passport::cloud::FileLocation { id: 77, access_hash: 1, dc_id: 3 };
    let range = telegram_passport::cloud::FileRange { offset: 0, limit: 4096, precise: false };
    // There it is asked for, and answered that there is no such file.
    let refused = cloud.file_part(location, range).await;
    let Err(CloudError::Other { code: 400, message }) = &refused else { panic!("{refused:?}") };
    assert!(!message.contains("MIGRATE"), "{message}");
    // Where it says that it is was wrong, which is learned once.
    let calls = || centres.calls().get("upload.getFile").copied().unwrap_or_default();
    assert_eq!(calls(), 2);
    cloud.file_part(location, range).await.unwrap_err();
    assert_eq!(calls(), 3);
    // Where it says rightly, nobody else is asked; where it names no data centre there is, home is.
    let at = |id, dc_id| telegram_passport::cloud::FileLocation { id, access_hash: 1, dc_id };
    cloud.file_part(at(78, 1), range).await.unwrap_err();
    assert_eq!(calls(), 4);
    cloud.file_part(at(79, 99), range).await.unwrap_err();
    assert_eq!(calls(), 6);

    // The keys of all three are kept.
    let key = StorageKey::generate();
    let sealed = cloud.seal(&key).await;
    drop(cloud);
    let again = Cloud::open(network(&centres), application(), &sealed, &key).await.unwrap();
    assert!(matches!(again.file_part(location, range).await, Err(CloudError::Other { code: 400, .. })));
    let fewer = BTreeMap::from([(1, centres.addresses()[&1])]);
    let fewer = Network::sandbox(&fewer, &IDENTITY.public_key()).unwrap();
    let refused = Cloud::open(fewer, application(), &sealed, &key).await;
    assert!(matches!(refused, Err(SavedSessionError::OtherServer)));
}
