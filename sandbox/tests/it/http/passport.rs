//! `setPassportDataErrors`, in the official server's words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::stage::Stage;

#[tokio::test]
async fn errors_are_checked_as_the_official_server_does() {
    let stage = Stage::new().await;
    stage.say("/start");
    let hash = STANDARD.encode([1; 32]);
    let failed = "Bad Request: can't parse PassportElementError: ";
    let with = |user_id: Value, errors: Value| json!({"user_id": user_id, "errors": errors});
    let error = |fields: Value| {
        let mut error = json!({"type": "passport", "message": "Blurred"});
        error.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        with(stage.user_id.into(), json!([error]))
    };
    for (parameters, expected) in [
        (json!({"errors": []}), "Bad Request: invalid user_id specified".to_owned()),
        (with((-5).into(), json!([])), "Bad Request: invalid user_id specified".to_owned()),
        (with(1.into(), json!([])), "Bad Request: user not found".to_owned()),
        (json!({"user_id": stage.user_id}), "Bad Request: can't parse errors JSON object".to_owned()),
        (with(stage.user_id.into(), json!("[")), "Bad Request: can't parse errors JSON object".to_owned()),
        (
            with(stage.user_id.into(), json!({})),
            "Bad Request: expected an Array of PassportElementError".to_owned(),
        ),
        (with(stage.user_id.into(), json!([1])), format!("{failed}expected an Object")),
        (with(stage.user_id.into(), json!([{}])), format!("{failed}Can't find field \"type\"")),
        (error(json!({"type": "visa"})), format!("{failed}wrong Telegram Passport element type specified")),
        (error(json!({"source": "back"})), format!("{failed}wrong source specified")),
        (error(json!({})), format!("{failed}Can't find field \"element_hash\"")),
        (error(json!({"source": "selfie"})), format!("{failed}Can't find field \"file_hash\"")),
        (
            error(json!({"source": "data", "data_hash": hash})),
            format!("{failed}Can't find field \"field_name\""),
        ),
        (
            error(json!({"source": "front_side", "file_hash": "AQ"})),
            format!("{failed}hash isn't a valid base64-encoded string"),
        ),
        (
            error(json!({"source": "files", "file_hashes": []})),
            "Bad Request: file hashes must be non-empty".to_owned(),
        ),
    ] {
        let answered = stage.call("setPassportDataErrors", parameters.clone()).await;
        assert_eq!(answered.error(), (400, expected), "{parameters}");
    }
    // Odd pairs and unknown hashes are let pass, and told to the tester.
    for fields in [
        json!({"source": "front_side", "file_hash": hash}),
        json!({"source": "files", "file_hashes": [hash]}),
        json!({"type": "email", "source": "selfie", "file_hash": hash}),
        json!({"element_hash": hash}),
    ] {
        assert_eq!(stage.call("setPassportDataErrors", error(fields)).await.result(), true);
    }
    let notices = stage.notices();
    assert!(notices.iter().any(|notice| notice.contains("passport has no files")), "{notices:?}");
    assert!(
        notices
            .iter()
            .any(|notice| notice.contains("who has shared nothing") || notice.contains("shared nothing"))
    );
}
