//! Contents that are not what was stored, from a server that is not what it should be.

use grammers_tl_types::{enums, functions, types};

use super::Sandbox;
use super::client::Client;
use crate::dc::Fault;
use telegram_passport::cloud::{InputSecureFile, InputSecureValue, SecureValue};
use telegram_passport::element::{ElementType, Parts};

async fn values(client: &mut Client) -> Vec<types::SecureValue> {
    let values = client.call(&functions::account::GetAllSecureValues {}).await.unwrap();
    values.into_iter().map(|enums::SecureValue::Value(value)| value).collect()
}

fn data(value: &types::SecureValue) -> Vec<u8> {
    let Some(enums::SecureData::Data(data)) = &value.data else { panic!("a value with data") };
    data.data.clone()
}

/// Stores a bill of one file, 8192 bytes of which the second half differs from the first.
fn save_bill(sandbox: &Sandbox) -> SecureValue {
    for part in 0..8 {
        let bytes = vec![u8::from(part >= 4); 1024];
        sandbox.state.save_file_part(sandbox.user_id, 1, part, bytes).unwrap();
    }
    let file = InputSecureFile::Uploaded {
        id: 1,
        parts: 8,
        md5_checksum: String::new(),
        file_hash: vec![1; 32],
        secret: vec![2; 32],
    };
    let parts = Parts { files: vec![file], ..Parts::default() };
    let bill = InputSecureValue { parts, ..InputSecureValue::empty(ElementType::UtilityBill) };
    sandbox.state.save_secure_value(sandbox.user_id, bill, super::SECRET_ID).unwrap()
}

pub(super) fn first_half(bill: &SecureValue) -> functions::upload::GetFile {
    functions::upload::GetFile {
        precise: false,
        cdn_supported: false,
        location: enums::InputFileLocation::InputSecureFileLocation(types::InputSecureFileLocation {
            id: bill.parts.files[0].id,
            access_hash: bill.parts.files[0].access_hash,
        }),
        offset: 0,
        limit: 4096,
    }
}

async fn bytes(client: &mut Client, request: &functions::upload::GetFile) -> Vec<u8> {
    let enums::upload::File::File(file) = client.call(request).await.unwrap() else { panic!("a file") };
    file.bytes
}

#[tokio::test]
async fn tampered_data_comes_once_and_is_stored_as_it_was() {
    let sandbox = Sandbox::start_with_secret().await;
    sandbox.save_data(ElementType::PersonalDetails, 1);
    let mut client = sandbox.signed_in().await;
    sandbox.centres.faults().inject(Fault::DataTampered, 1);
    let tampered = data(&values(&mut client).await[0]);
    let sound = data(&values(&mut client).await[0]);
    assert_eq!(sound, [1; 48]);
    let flipped: u32 = tampered.iter().zip(&sound).map(|(one, other)| (one ^ other).count_ones()).sum();
    assert_eq!(flipped, 1);
}

#[tokio::test]
async fn two_values_come_under_each_others_type() {
    let sandbox = Sandbox::start_with_secret().await;
    let (one, other) = (ElementType::PersonalDetails, ElementType::Address);
    sandbox.save_data(one, 1);
    sandbox.save_data(other, 2);
    let mut client = sandbox.signed_in().await;
    sandbox.centres.faults().inject(Fault::ValuesSwapped { one, other }, 2);
    let swapped = values(&mut client).await;
    assert!(swapped[0].r#type == enums::SecureValueType::PersonalDetails);
    assert_eq!((data(&swapped[0]), data(&swapped[1])), (vec![2; 48], vec![1; 48]));
    let alone = functions::account::GetSecureValue { types: vec![enums::SecureValueType::Address] };
    let enums::SecureValue::Value(alone) = client.call(&alone).await.unwrap().remove(0);
    assert!(alone.r#type == enums::SecureValueType::Address);
    assert_eq!(data(&alone), [1; 48]);
    assert_eq!(data(&values(&mut client).await[0]), [1; 48]);
}

#[tokio::test]
async fn a_value_comes_as_it_was_before_it_was_replaced() {
    let sandbox = Sandbox::start_with_secret().await;
    sandbox.save_data(ElementType::PersonalDetails, 1);
    let mut client = sandbox.signed_in().await;
    sandbox.centres.faults().inject(Fault::OldValues, 1);
    assert_eq!(data(&values(&mut client).await[0]), [1; 48], "nothing was replaced yet");
    let save = functions::account::SaveSecureValue {
        value: enums::InputSecureValue::Value(types::InputSecureValue {
            r#type: enums::SecureValueType::PersonalDetails,
            data: Some(enums::SecureData::Data(types::SecureData {
                data: vec![2; 48],
                data_hash: vec![2; 32],
                secret: vec![2; 32],
            })),
            front_side: None,
            reverse_side: None,
            selfie: None,
            translation: None,
            files: None,
            plain_data: None,
        }),
        secure_secret_id: super::SECRET_ID,
    };
    client.call(&save).await.unwrap();
    assert_eq!(data(&values(&mut client).await[0]), [1; 48]);
    assert_eq!(data(&values(&mut client).await[0]), [2; 48]);
}

#[tokio::test]
async fn a_files_part_comes_tampered_or_from_another_place() {
    let sandbox = Sandbox::start_with_secret().await;
    let bill = save_bill(&sandbox);
    let mut client = sandbox.signed_in().await;
    let request = first_half(&bill);
    sandbox.centres.faults().inject(Fault::FileTampered, 1);
    let tampered = bytes(&mut client, &request).await;
    assert_eq!(tampered.iter().filter(|byte| **byte == 1).count(), 1);
    sandbox.centres.faults().inject(Fault::WrongFilePart, 1);
    assert_eq!(bytes(&mut client, &request).await, [1; 4096]);
    assert_eq!(bytes(&mut client, &request).await, [0; 4096]);
}

#[tokio::test]
async fn files_are_fetched_from_where_they_are_with_an_exported_authorisation() {
    let sandbox = Sandbox::start_with_secret().await;
    save_bill(&sandbox);
    assert!(sandbox.centres.set_home_of_files(3).is_err());
    sandbox.centres.set_home_of_files(2).unwrap();
    let mut client = sandbox.signed_in().await;
    let bill = values(&mut client).await.remove(0);
    let enums::SecureFile::File(file) = bill.files.unwrap().remove(0) else { panic!("a file") };
    assert_eq!((file.dc_id, file.size), (2, 0));
    let stored = sandbox.state.secure_values(sandbox.user_id, &[ElementType::UtilityBill]).unwrap();
    let request = first_half(&stored[0]);
    assert_eq!(client.refused(&request).await, (303, "FILE_MIGRATE_2".to_owned()));

    let exported = client.call(&functions::auth::ExportAuthorization { dc_id: 2 }).await.unwrap();
    let enums::auth::ExportedAuthorization::Authorization(exported) = exported;
    let mut elsewhere = sandbox.client(2).await;
    assert_eq!(elsewhere.refused(&request).await.0, 401);
    let import = functions::auth::ImportAuthorization { id: exported.id, bytes: exported.bytes };
    elsewhere.call(&import).await.unwrap();
    assert_eq!(bytes(&mut elsewhere, &request).await, [0; 4096]);
    assert_eq!(elsewhere.refused(&import).await, (400, "AUTH_BYTES_INVALID".to_owned()));
}
