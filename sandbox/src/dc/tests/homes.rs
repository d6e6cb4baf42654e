//! Where accounts belong, where they are signed in, and that no place but loopback is ever named.

use std::net::{IpAddr, Ipv6Addr};

use grammers_tl_types::{Identifiable as _, Serializable as _, enums, functions, types};

use super::client::Client;
use super::{PHONE, Sandbox, log_in, send_code};

#[tokio::test]
async fn an_account_is_sent_home() {
    let sandbox = Sandbox::start().await;
    sandbox.centres.set_home(sandbox.user_id, 2).unwrap();
    assert_eq!(sandbox.centres.set_home(sandbox.user_id, 9).unwrap_err().0, 9);
    let mut away = sandbox.client(1).await;
    let refused = away.refused(&send_code()).await;
    assert_eq!(refused, (303, "PHONE_MIGRATE_2".to_owned()));
    let mut home = sandbox.client(2).await;
    log_in(&sandbox, &mut home).await.unwrap();
}

#[tokio::test]
async fn a_login_by_qr_code_goes_on_at_home() {
    let sandbox = Sandbox::start().await;
    let mut known = sandbox.client(2).await;
    log_in(&sandbox, &mut known).await.unwrap();
    sandbox.centres.set_home(sandbox.user_id, 2).unwrap();

    let mut new = sandbox.client(1).await;
    new.introduce(222, "a lectern").await;
    let export = functions::auth::ExportLoginToken { api_id: 7, api_hash: String::new(), except_ids: vec![] };
    let enums::auth::LoginToken::Token(shown) = new.call(&export).await.unwrap() else { panic!("a token") };
    let accept = functions::auth::AcceptLoginToken { token: shown.token.clone() };
    let enums::Authorization::Authorization(approved) = known.call(&accept).await.unwrap();
    assert_eq!((approved.device_model.as_str(), approved.api_id), ("a lectern", 7));
    new.await_message(types::UpdateShort::CONSTRUCTOR_ID).await;
    let enums::auth::LoginToken::MigrateTo(sent) = new.call(&export).await.unwrap() else {
        panic!("sent home")
    };
    assert_eq!((sent.dc_id, &sent.token), (2, &shown.token));

    let mut home = sandbox.client(2).await;
    let import = functions::auth::ImportLoginToken { token: sent.token };
    let enums::auth::LoginToken::Success(_) = home.call(&import).await.unwrap() else { panic!("signed in") };
    assert_eq!(home.refused(&import).await, (400, "AUTH_TOKEN_INVALID".to_owned()));
}

async fn sessions(client: &mut Client) -> Vec<types::Authorization> {
    let list = client.call(&functions::account::GetAuthorizations {}).await.unwrap();
    let enums::account::Authorizations::Authorizations(list) = list;
    let one = |enums::Authorization::Authorization(one)| one;
    list.authorizations.into_iter().map(one).collect()
}

#[tokio::test]
async fn sessions_are_listed_by_their_devices_and_signed_out_one_by_one() {
    let sandbox = Sandbox::start().await;
    let (mut one, mut other) = (sandbox.client(1).await, sandbox.client(1).await);
    for (client, device) in [(&mut one, "a telephone"), (&mut other, "a lectern")] {
        client.introduce(222, device).await;
        log_in(&sandbox, client).await.unwrap();
    }
    let seen = sessions(&mut one).await;
    let current = seen.iter().find(|session| session.current).unwrap();
    let elsewhere = seen.iter().find(|session| !session.current).unwrap();
    assert_eq!((current.device_model.as_str(), current.hash), ("a telephone", 0));
    assert_eq!(elsewhere.device_model, "a lectern");
    let reset = |hash| functions::account::ResetAuthorization { hash };
    assert_eq!(one.refused(&reset(0)).await, (400, "HASH_INVALID".to_owned()));
    assert!(one.call(&reset(elsewhere.hash)).await.unwrap());
    assert_eq!(other.refused(&functions::account::GetAuthorizations {}).await.0, 401);
    assert_eq!(sessions(&mut one).await.len(), 1);

    log_in(&sandbox, &mut other).await.unwrap();
    assert!(other.call(&functions::auth::ResetAuthorizations {}).await.unwrap());
    assert_eq!(one.refused(&functions::account::GetAuthorizations {}).await.0, 401);
    assert_eq!(sessions(&mut other).await.len(), 1);
}

#[tokio::test]
async fn every_answer_is_in_the_layer_that_was_announced_by_whichever_session() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    let me = functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
    for (layer, user) in [(222, types::User::CONSTRUCTOR_ID), (230, 0xb1b8_cc83)] {
        client.introduce(layer, "a lectern").await;
        for _ in 0..2 {
            let query = client.send(me.to_bytes()).await;
            let answer = client.answer(query).await.unwrap().unwrap();
            // `Vector<User>`: its id, the count, and then the user's id.
            assert_eq!(answer[8..12], user.to_le_bytes(), "layer {layer}");
            client.begin_session();
        }
    }
}

/// Every address that is written in these bytes, in digits.
fn addresses(bytes: &[u8]) -> Vec<IpAddr> {
    let in_address = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    bytes
        .split(|byte| !in_address(byte))
        .filter_map(|run| std::str::from_utf8(run).ok())
        .flat_map(|run| [run.parse().ok(), run.trim_matches(['.', ':']).parse().ok()])
        .flatten()
        .filter(|address| *address != IpAddr::V6(Ipv6Addr::UNSPECIFIED))
        .collect()
}

#[tokio::test]
async fn no_address_that_is_not_loopback_ever_leaves() {
    // What is looked for would be found.
    assert_eq!(addresses(b"\x0d149.154.167.51\0\0").len(), 2);
    assert_eq!(addresses(b"\x132001:67c:4e8:f002::a").len(), 2);

    let sandbox = Sandbox::start().await;
    let mut received = Vec::new();
    for (dc_id, layer) in [(1, 222), (1, 230), (2, 222)] {
        let mut client = sandbox.client(dc_id).await;
        client.introduce(222, "a lectern").await;
        log_in(&sandbox, &mut client).await.unwrap();
        client.introduce(layer, "a lectern").await;
        let enums::Config::Config(config) = client.call(&functions::help::GetConfig {}).await.unwrap();
        assert_eq!((config.this_dc, config.dc_options.len()), (dc_id, 2));
        for option in config.dc_options {
            let enums::DcOption::Option(option) = option;
            assert!(option.ip_address.parse::<IpAddr>().unwrap().is_loopback());
            assert!(!option.cdn && !option.media_only);
        }
        for query in [
            functions::help::GetNearestDc {}.to_bytes(),
            functions::help::GetAppConfig { hash: 0 }.to_bytes(),
            functions::help::GetPromoData {}.to_bytes(),
            functions::help::GetTermsOfServiceUpdate {}.to_bytes(),
            functions::help::GetCdnConfig {}.to_bytes(),
            functions::account::GetAuthorizations {}.to_bytes(),
            functions::account::GetPassword {}.to_bytes(),
            functions::account::GetAllSecureValues {}.to_bytes(),
            functions::updates::GetState {}.to_bytes(),
            functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] }.to_bytes(),
            functions::auth::ExportAuthorization { dc_id: 3 - dc_id }.to_bytes(),
        ] {
            let query = client.send(query).await;
            // Answered or refused: both are searched.
            client.answer(query).await.unwrap().ok();
        }
        received.append(&mut client.received);
    }
    let phone = PHONE.as_bytes();
    assert!(received.iter().any(|body| body.windows(phone.len()).any(|window| window == phone)));
    let named: Vec<IpAddr> = received.iter().flat_map(|body| addresses(body)).collect();
    assert!(named.len() >= 6, "the configurations name some");
    assert!(named.iter().all(IpAddr::is_loopback), "{named:?}");
    // Names that could be looked up: all that there is ends in a domain that does not exist.
    let links = received
        .iter()
        .flat_map(|body| body.windows(8).enumerate().map(move |(at, found)| (body, at, found)));
    for (body, at, _) in links.filter(|(_, _, found)| *found == b"https://") {
        assert!(body[at..].starts_with(b"https://sandbox.invalid/"));
    }
}
