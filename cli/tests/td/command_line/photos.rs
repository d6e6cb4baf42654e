//! Photos as iPhones make them, which a converter reads.

use std::fs;
use std::process::Command;

use super::*;

/// Orientation 6, and a position, as a camera notes both in EXIF.
const NOTE: &[u8] = b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\
                      \x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0\0\0\0\0\0\0";

/// iPhones say twice how a photo is turned: by a property of the picture, which the converter follows, and in EXIF,
/// which some converters leave as it was.
pub(crate) async fn a_photo_that_says_twice_how_it_is_turned_is_turned_once() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    // As the sensor has it: red is to the left. Turned by a quarter clockwise it is above.
    let photo = image::RgbImage::from_fn(320, 240, |x, _| {
        image::Rgb(if x < 160 { [200, 30, 30] } else { [30, 30, 200] })
    });
    let mut jpeg = std::io::Cursor::new(Vec::new());
    photo.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let noted = crate::conformance::pictures::with_segment(jpeg.get_ref(), 0xE1, NOTE);
    fs::write(desk.path("photo.jpg"), noted).unwrap();
    let encoded = Command::new("heif-enc")
        .args(["photo.jpg", "-o", "photo.heic"])
        .current_dir(desk.place.path())
        .output();
    assert!(encoded.unwrap().status.success());
    // A property that tells the bits of a sample becomes one that turns, three quarters anticlockwise. A newer encoder
    // has put one in already.
    let mut heic = fs::read(desk.path("photo.heic")).unwrap();
    let place = |heic: &[u8], name: &[u8]| heic.windows(name.len()).position(|window| window == name);
    if place(&heic, b"\0\0\0\x09irot").is_none() {
        let at = place(&heic, b"\0\0\0\x10pixi").unwrap() + 4;
        heic[at..at + 5].copy_from_slice(b"irot\x03");
    }
    assert!(place(&heic, &NOTE[6..]).is_some(), "the note is in it");
    fs::write(desk.path("turned.heic"), &heic).unwrap();

    let stored = desk.unlocked(&["put", "utility_bill", "--file", "turned.heic"]).await.answer();
    let changes = strings(&stored["elements"][0]["scans"][0]["changes"]);
    assert!(changes.contains(&"the place where it was taken (GPS) removed"), "{changes:?}");
    desk.unlocked(&["show", "utility_bill", "--out", "bill"]).await.answer();
    let shown = fs::read(desk.path("bill/utility_bill-files-1.jpg")).unwrap();
    assert!(telegram_passport::scan::accept(&shown).is_ok(), "nothing beside the pixels");
    let shown = image::load_from_memory(&shown).unwrap().to_rgb8();
    assert_eq!(shown.dimensions(), (240, 320));
    let close =
        |y, colour: [u8; 3]| shown.get_pixel(120, y).0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 16);
    assert!(close(40, [200, 30, 30]) && close(280, [30, 30, 200]), "red is above");
}
