//! Files: what bots send, and what they fetch.

use serde_json::json;

use super::stage::{BOT_ID, Stage, TOKEN};
use telegram_passport_sandbox::state::Bot;

/// One white pixel.
fn jpeg() -> Vec<u8> {
    let pixel = image::RgbImage::from_pixel(3, 2, image::Rgb([255; 3]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixel.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// A form with texts and one file.
fn form(texts: &[(&str, &str)], name: &str, file_name: &str, contents: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, text) in texts {
        body.extend(
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").into_bytes(),
        );
    }
    body.extend(
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: application/x-test\r\n\r\n")
            .into_bytes(),
    );
    body.extend(contents);
    body.extend(b"\r\n--x--\r\n");
    body
}

#[tokio::test]
async fn what_is_sent_is_fetched_again_by_its_bot_alone() {
    let stage = Stage::new().await;
    stage.say("/start");
    let chat_id = stage.user_id.to_string();
    let post = |method: &str, body: Vec<u8>| {
        let path = format!("/bot{TOKEN}/{method}");
        let stage = &stage;
        async move { stage.post(&path, "multipart/form-data; boundary=x", body).await }
    };
    let contents = vec![7; 3_000_000];
    let body = form(&[("chat_id", &chat_id), ("caption", "A form")], "document", "form.pdf", &contents);
    let sent = post("sendDocument", body).await.result();
    let document = &sent["document"];
    assert_eq!((&document["file_name"], &document["file_size"]), (&"form.pdf".into(), &3_000_000.into()));
    assert_eq!((&document["mime_type"], &sent["caption"]), (&"application/x-test".into(), &"A form".into()));
    let file = stage.call("getFile", json!({"file_id": document["file_id"]})).await.result();
    let path = file["file_path"].as_str().unwrap();
    assert!(path.starts_with("documents/file_") && path.ends_with(".pdf"), "{path}");
    assert_eq!(stage.get(&format!("/file/bot{TOKEN}/{path}")).await.bytes[..], contents);
    let encoded = path.replace('/', "%2F");
    assert_eq!(stage.get(&format!("/file/bot{TOKEN}/{encoded}")).await.bytes[..], contents);

    stage.state.register_bot_with_token(Bot::new(8, "other_bot", "Other", "key"), "8:other").unwrap();
    let other = format!("/bot8:other/getFile?file_id={}", document["file_id"].as_str().unwrap());
    assert_eq!(stage.get(&other).await.error().1, "Bad Request: invalid file_id");
    assert_eq!(stage.get(&format!("/file/bot8:other/{path}")).await.error().0, 404);

    let body = form(&[("chat_id", &chat_id), ("photo", "attach://one")], "one", "a.jpg", &jpeg());
    let sent = post("sendPhoto", body).await.result();
    assert_eq!((&sent["photo"][0]["width"], &sent["photo"][0]["height"]), (&3.into(), &2.into()));
    let again = json!({"chat_id": chat_id, "photo": sent["photo"][0]["file_id"]});
    let again = stage.call("sendPhoto", again).await.result();
    assert_eq!(again["photo"], sent["photo"]);
    let body = form(&[("chat_id", &chat_id)], "photo", "a.jpg", b"no picture");
    assert_eq!(post("sendPhoto", body).await.error().1, "Bad Request: IMAGE_PROCESS_FAILED");
    for (document, expected) in [
        ("https://example.com/x.pdf", "failed to get HTTP URL content"),
        ("unknown", "wrong remote file identifier specified: Wrong string length"),
        ("", "there is no document in the request"),
    ] {
        let sent = stage.call("sendDocument", json!({"chat_id": chat_id, "document": document})).await;
        assert_eq!(sent.error().1, format!("Bad Request: {expected}"));
    }
    assert_eq!(stage.state.chat_messages(BOT_ID, stage.user_id).len(), 4);
}

#[tokio::test]
async fn what_is_too_big_is_not_fetched() {
    let stage = Stage::new().await;
    stage.say("/start");
    let chat_id = stage.user_id.to_string();
    let body = form(&[("chat_id", &chat_id)], "document", "great.bin", &vec![7; 21 * 1024 * 1024]);
    let path = format!("/bot{TOKEN}/sendDocument");
    let sent = stage.post(&path, "multipart/form-data; boundary=x", body).await.result();
    let file = stage.call("getFile", json!({"file_id": sent["document"]["file_id"]})).await;
    assert_eq!(file.error(), (400, "Bad Request: file is too big".to_owned()));
}
