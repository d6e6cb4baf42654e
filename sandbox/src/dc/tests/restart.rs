//! A sandbox that is started again, on the files that were left.

use std::path::Path;

use grammers_tl_types::functions;

use super::client::Client;
use super::{PHONE, Sandbox, identity, log_in};
use crate::dc::DataCentres;
use crate::state::{Clock, Registration, State};
use crate::{Store, StoreError};
use telegram_passport::cloud::SignedOut;
use telegram_passport::element::PhoneNumber;

/// Connections that are ending hold the store for another moment.
async fn opened(directory: &Path) -> Store {
    loop {
        match Store::open(directory) {
            Err(StoreError::InUse { .. }) => tokio::task::yield_now().await,
            opened => return opened.unwrap(),
        }
    }
}

async fn start(directory: &Path) -> (State, DataCentres) {
    let state = State::open(Clock::system(), "{}", &opened(directory).await).unwrap();
    let at = if DataCentres::last_addresses(&state).unwrap().is_empty() {
        [1, 2].map(|dc_id| (dc_id, "127.0.0.1:0".parse().unwrap())).into()
    } else {
        DataCentres::last_addresses(&state).unwrap()
    };
    let centres = DataCentres::start_at(state.clone(), identity(), &at).await.unwrap();
    (state, centres)
}

fn part(file_part: i32) -> functions::upload::SaveFilePart {
    functions::upload::SaveFilePart { file_id: 5, file_part, bytes: vec![9; 1024] }
}

#[tokio::test]
async fn who_was_signed_in_still_is_and_finds_it_where_it_was() {
    let place = tempfile::tempdir().unwrap();
    let (state, centres) = start(place.path()).await;
    let user_id = state.register_account(Registration::new(PhoneNumber(PHONE.to_owned()), "Anna")).unwrap();
    let sandbox = Sandbox { state, centres, user_id };
    let mut client = sandbox.client(1).await;
    client.introduce(222, "a test").await;
    log_in(&sandbox, &mut client).await.unwrap();
    assert!(client.call(&part(0)).await.unwrap());
    sandbox.centres.set_home(user_id, 2).unwrap();
    sandbox.centres.set_home_of_files(2).unwrap();
    let (addresses, secret) = (sandbox.centres.addresses().clone(), sandbox.centres.proxy_secret());
    let (of_state, of_centres) = (sandbox.state.records(), sandbox.centres.records());
    assert!(of_centres.keys().any(|name| name.starts_with("dc/1/key/")), "{:?}", of_centres.keys());
    // What is on the disk is what is told of it: nothing is kept that the search for plaintext would not see.
    let store = sandbox.state.store();
    let mut on_disk = store.records("state").unwrap();
    on_disk.extend(store.records("dc").unwrap());
    assert_eq!(
        on_disk,
        of_state.iter().chain(&of_centres).map(|(name, record)| (name.clone(), record.clone())).collect()
    );
    let mut stranger = Client::connect(addresses[&2], identity()).await;
    drop(sandbox);

    let (state, centres) = start(place.path()).await;
    assert_eq!((centres.addresses(), centres.proxy_secret()), (&addresses, secret));
    assert_eq!(state.records(), of_state);
    let mut now = centres.records();
    now.retain(|name, _| of_centres.contains_key(name));
    assert_eq!(now, of_centres);
    assert_eq!(centres.any().homes.elsewhere(user_id, 1), Some(2));
    client.reconnect(addresses[&1]).await;
    assert!(client.call(&part(1)).await.unwrap());
    stranger.reconnect(addresses[&2]).await;
    let refused = stranger.refused(&part(0)).await;
    assert_eq!(Some(refused.1), SignedOut::KeyUnregistered.to_rpc().map(|(_, message)| message));
}
