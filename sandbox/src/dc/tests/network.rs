//! Connections that end, packets that are lost, keys and salts that are not what they were.

use std::sync::Arc;
use std::time::Duration;

use grammers_tl_types::{Deserializable as _, Identifiable as _, Serializable as _, enums, functions, types};

use super::Sandbox;
use super::client::{Client, Received};
use crate::dc::Fault;
use crate::dc::clock::unix_time;

fn part(file_part: i32) -> functions::upload::SaveFilePart {
    functions::upload::SaveFilePart { file_id: 5, file_part, bytes: vec![9; 1024] }
}

async fn ping(client: &mut Client) {
    client.send(functions::Ping { ping_id: 8 }.to_bytes()).await;
    client.await_message(types::Pong::CONSTRUCTOR_ID).await;
}

#[tokio::test]
async fn a_connection_ends_in_the_middle_of_an_upload_and_the_upload_goes_on() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    let dropped = Fault::ConnectionDropped { method: "upload.saveFilePart" };
    sandbox.centres.faults().inject_after(2, dropped, 1);
    for file_part in 0..2 {
        assert!(client.call(&part(file_part)).await.unwrap());
    }
    let third = client.send(part(2).to_bytes()).await;
    assert!(client.answer(third).await.is_none());
    client.reconnect(sandbox.centres.address()).await;
    client.send_as(third, part(2).to_bytes()).await;
    assert_eq!(client.answer(third).await.unwrap().unwrap(), true.to_bytes());
    assert!(sandbox.centres.faults().pending().is_empty());
}

#[tokio::test]
async fn an_answer_cut_off_comes_by_itself_when_the_client_is_back() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    sandbox.centres.faults().inject(Fault::AnswerCutOff { method: "auth.sendCode" }, 1);
    let query = client.send(super::send_code().to_bytes()).await;
    assert!(client.answer(query).await.is_none());
    let code = sandbox.state.last_login_code(super::PHONE);
    assert!(code.is_some(), "it was done");
    client.reconnect(sandbox.centres.address()).await;
    client.send(functions::Ping { ping_id: 8 }.to_bytes()).await;
    let answer = client.answer(query).await.unwrap().unwrap();
    enums::auth::SentCode::from_bytes(&answer).unwrap();

    // It is the same answer, not another code.
    client.send_as(query, super::send_code().to_bytes()).await;
    assert_eq!(client.answer(query).await.unwrap().unwrap(), answer);
    assert_eq!(sandbox.state.last_login_code(super::PHONE), code);
}

#[tokio::test]
async fn a_lost_answer_comes_when_the_client_asks_for_the_state_of_its_query() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    sandbox.centres.faults().inject(Fault::AnswerLost { method: "upload.saveFilePart" }, 1);
    let query = client.send(part(0).to_bytes()).await;
    ping(&mut client).await;
    let unknown = query + (1 << 40);
    client.send(types::MsgsStateReq { msg_ids: vec![query, unknown] }.to_bytes_of_type()).await;
    let states = client.await_message(types::MsgsStateInfo::CONSTRUCTOR_ID).await;
    let states = types::MsgsStateInfo::from_bytes(&states.body[4..]).unwrap();
    assert_eq!(states.info, [4 | 32 | 64, 3]);
    assert_eq!(client.answer(query).await.unwrap().unwrap(), true.to_bytes());
}

#[tokio::test]
async fn what_is_acknowledged_is_not_sent_again() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    client.send(part(0).to_bytes()).await;
    let answer = client.await_message(0xf35c_6d01).await;
    client.send(types::MsgResendReq { msg_ids: vec![answer.msg_id] }.to_bytes_of_type()).await;
    assert_eq!(client.await_message(0xf35c_6d01).await, answer);
    client.send(types::MsgsAck { msg_ids: vec![answer.msg_id] }.to_bytes_of_type()).await;
    client.send(types::MsgResendReq { msg_ids: vec![answer.msg_id] }.to_bytes_of_type()).await;
    let before = client.received.len();
    ping(&mut client).await;
    assert_eq!(client.received.len(), before + 1, "the pong and nothing else");
}

#[tokio::test]
async fn a_key_is_unknown_once_and_then_known_again() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    sandbox.centres.faults().inject(Fault::KeyUnknown, 1);
    client.send(part(0).to_bytes()).await;
    assert!(matches!(client.receive().await, Received::Code(-404)));
    assert!(client.call(&part(0)).await.unwrap());
}

#[tokio::test]
async fn a_changed_salt_is_named_and_holds_from_then_on() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    assert!(client.call(&part(0)).await.unwrap());
    sandbox.centres.faults().inject(Fault::BadSalt, 1);
    let mut named = client.salt;
    for _ in 0..2 {
        let query = client.send(part(1).to_bytes()).await;
        let refusal = client.await_message(types::BadServerSalt::CONSTRUCTOR_ID).await;
        let refusal = types::BadServerSalt::from_bytes(&refusal.body[4..]).unwrap();
        assert_eq!((refusal.bad_msg_id, refusal.error_code), (query, 48));
        named = refusal.new_server_salt;
    }
    assert_ne!(named, client.salt);
    client.salt = named;
    assert!(client.call(&part(1)).await.unwrap());
}

#[tokio::test]
async fn queries_are_refused_as_often_as_was_said() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    for (code, message) in [(420, "FLOOD_WAIT_1"), (500, "INTERNAL"), (400, "SECURE_SECRET_INVALID")] {
        let message = message.to_owned();
        let refused = Fault::Refused { method: "upload.saveFilePart", code, message: message.clone() };
        sandbox.centres.faults().inject(refused, 2);
        for _ in 0..2 {
            assert_eq!(client.refused(&part(0)).await, (code, message.clone()));
        }
        assert!(client.call(&part(0)).await.unwrap());
    }
}

#[tokio::test]
async fn a_slow_link_brings_everything_in_order() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    let slow = Fault::SlowLink { delay: Duration::from_millis(20) };
    sandbox.centres.faults().inject(slow, 4);
    let mut queries = Vec::new();
    for file_part in 0..4 {
        queries.push(client.send(part(file_part).to_bytes()).await);
    }
    for query in queries {
        assert!(client.answer(query).await.is_some());
    }
    assert!(sandbox.centres.faults().pending().is_empty());
}

#[tokio::test]
async fn a_silent_client_is_left_after_the_time_it_set() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    client.send(functions::PingDelayDisconnect { ping_id: 8, disconnect_delay: 1 }.to_bytes()).await;
    client.await_message(types::Pong::CONSTRUCTOR_ID).await;
    assert!(matches!(client.receive().await, Received::End));
}

#[tokio::test]
async fn sessions_and_keys_end_when_they_are_told_to() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    ping(&mut client).await;
    let first = client.session();
    client.begin_session();
    for ok in [true, false] {
        client.send(functions::DestroySession { session_id: first.session_id }.to_bytes()).await;
        let expected = if ok {
            types::DestroySessionOk::CONSTRUCTOR_ID
        } else {
            types::DestroySessionNone::CONSTRUCTOR_ID
        };
        client.await_message(expected).await;
    }
    client.send(functions::DestroyAuthKey {}.to_bytes()).await;
    client.await_message(types::DestroyAuthKeyOk::CONSTRUCTOR_ID).await;
    client.send(functions::Ping { ping_id: 8 }.to_bytes()).await;
    assert!(matches!(client.receive().await, Received::Code(-404)));
    let shared = sandbox.centres.any();
    assert!(shared.keys.find(client.key.id(), unix_time()).is_none());
    assert_eq!(shared.authorisations.user(client.key.id()), None);
}

#[tokio::test]
async fn nothing_is_left_of_a_connection_or_of_a_sandbox_that_has_ended() {
    let sandbox = Sandbox::start().await;
    let shared = Arc::clone(&sandbox.centres.all[&1]);
    let at_rest = Arc::strong_count(&shared);
    let mut client = sandbox.client(1).await;
    ping(&mut client).await;
    assert!(Arc::strong_count(&shared) > at_rest);
    drop(client);
    until(|| Arc::strong_count(&shared) == at_rest).await;

    let mut client = sandbox.client(1).await;
    ping(&mut client).await;
    drop(sandbox);
    assert!(matches!(client.receive().await, Received::End));
    until(|| Arc::strong_count(&shared) == 1).await;
}

/// Waits for something that other tasks bring about.
async fn until(reached: impl Fn() -> bool) {
    let waiting = async {
        while !reached() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(600), waiting).await.expect("it comes about");
}

/// A boxed constructor on its own: what messages that are no functions are sent as.
trait OfType {
    fn to_bytes_of_type(&self) -> Vec<u8>;
}

impl<T: grammers_tl_types::Serializable + grammers_tl_types::Identifiable> OfType for T {
    fn to_bytes_of_type(&self) -> Vec<u8> {
        let mut bytes = T::CONSTRUCTOR_ID.to_bytes();
        self.serialize(&mut bytes);
        bytes
    }
}
