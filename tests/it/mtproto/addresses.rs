//! Where data centres are: the addresses that they name, and the keys of all of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use telegram_passport::cloud::{CloudError, FileLocation, FileRange, SecureCloud as _};
use telegram_passport::mtproto::{Cloud, Network};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::dc::DataCentres;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{FOR_EVER, IDENTITY, application, centres, network, sign_in, sign_in_by};
use crate::conformance::stage::Stage;

/// An address that leads to another one until it is stopped; then nobody is there.
async fn detour(to: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let leading = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            connections.spawn(async move {
                let mut centre = TcpStream::connect(to).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut centre).await;
            });
        }
    });
    (address, leading)
}

fn at(address: SocketAddr) -> Network {
    Network::sandbox(&BTreeMap::from([(1, address)]), &IDENTITY.public_key())
        .unwrap()
        .with_time_outs(FOR_EVER)
}

/// Until the configuration has come: it was asked for, and what was asked behind it is answered.
async fn configured(centres: &DataCentres, cloud: &Cloud) {
    while !centres.calls().contains_key("help.getConfig") {
        tokio::task::yield_now().await;
    }
    cloud.all_secure_values().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_that_the_configuration_names_is_used_when_the_first_one_is_gone() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    let (first, leading) = detour(centres.address()).await;
    let cloud = sign_in_by(at(first), &stage).await;
    configured(&centres, &cloud).await;
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("session"), StorageKey::generate());
    cloud.save_to(&path, &key).await.unwrap();
    leading.abort();
    assert!(leading.await.unwrap_err().is_cancelled());
    cloud.all_secure_values().await.unwrap();
    // It is known to whoever takes the session up, too.
    let again = Cloud::open_from(at(first), application(), &path, &key).await.unwrap();
    again.all_secure_values().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_agreed_on_at_the_other_address_too() {
    let stage = Stage::new();
    let both = BTreeMap::from([1, 3].map(|dc_id| (dc_id, "127.0.0.1:0".parse().unwrap())));
    let centres = DataCentres::start_at(stage.state.clone(), &IDENTITY, &both).await.unwrap();
    centres.set_home_of_files(3).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let named = BTreeMap::from([(1, centres.addresses()[&1]), (3, nobody)]);
    let network = Network::sandbox(&named, &IDENTITY.public_key()).unwrap().with_time_outs(FOR_EVER);
    let cloud = sign_in_by(network, &stage).await;
    configured(&centres, &cloud).await;
    let refused = cloud.file_part(LOCATION, RANGE).await.unwrap_err();
    assert!(matches!(refused, CloudError::Other { code: 400, .. }), "{refused:?}");
}

const LOCATION: FileLocation = FileLocation { id: 77, access_hash: 1, dc_id: 3 };
const RANGE: FileRange = FileRange { offset: 0, limit: 4096, precise: false };

/// Somebody who is signed in at one data centre, whose files are at another.
async fn files_elsewhere(stage: &Stage) -> (DataCentres, Cloud) {
    let both = BTreeMap::from([1, 3].map(|dc_id| (dc_id, "127.0.0.1:0".parse().unwrap())));
    let centres = DataCentres::start_at(stage.state.clone(), &IDENTITY, &both).await.unwrap();
    centres.set_home(stage.user_id, 1).unwrap();
    centres.set_home_of_files(3).unwrap();
    let cloud = sign_in(&centres, stage, FOR_EVER).await;
    (centres, cloud)
}

async fn look_for_a_file(cloud: &Cloud) {
    let refused = cloud.file_part(LOCATION, RANGE).await.unwrap_err();
    assert!(matches!(refused, CloudError::Other { code: 400, .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_another_data_centre_is_saved_with_the_session() {
    let stage = Stage::new();
    let (centres, cloud) = files_elsewhere(&stage).await;
    let exports = || centres.calls().get("auth.exportAuthorization").copied().unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("session"), StorageKey::generate());
    cloud.save_to(&path, &key).await.unwrap();
    drop(cloud);
    // Taken up, it learns the other one; and whoever takes it up next has it.
    for _ in 0..3 {
        let session = open(&centres, &path, &key).await;
        look_for_a_file(&session).await;
        assert_eq!(exports(), 1);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

async fn open(centres: &DataCentres, path: &Path, key: &StorageKey) -> Cloud {
    Cloud::open_from(network(centres), application(), path, key).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_not_saved_where_it_was_removed_or_another_one_is() {
    let stage = Stage::new();
    let (centres, cloud) = files_elsewhere(&stage).await;
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("session"), StorageKey::generate());
    cloud.save_to(&path, &key).await.unwrap();
    let (removed, replaced) = (open(&centres, &path, &key).await, open(&centres, &path, &key).await);
    std::fs::remove_file(&path).unwrap();
    look_for_a_file(&removed).await;
    assert!(!path.exists());

    let other = sign_in(&centres, &stage, FOR_EVER).await;
    other.save_to(&path, &key).await.unwrap();
    let there = std::fs::read(&path).unwrap();
    look_for_a_file(&replaced).await;
    assert!(std::fs::read(&path).unwrap() == there);
    // What is no session at all is not touched either.
    std::fs::write(&path, b"something of mine").unwrap();
    look_for_a_file(&other).await;
    assert_eq!(std::fs::read(&path).unwrap(), b"something of mine");
}
