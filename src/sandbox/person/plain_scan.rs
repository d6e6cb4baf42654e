use crate::element::{ElementType, Part};
use crate::vault::FileContents;

/// A plain picture whose colour tells the document and the part.
pub(super) fn plain_scan(kind: ElementType, part: Part) -> FileContents {
    let (shade, index) = match part {
        Part::FrontSide => (0, 0),
        Part::ReverseSide => (1, 0),
        Part::Selfie => (2, 0),
        Part::Translation(index) => (3, index),
        Part::File(index) => (4, index),
    };
    let byte = |number: usize| u8::try_from(number % 256).expect("a remainder of 256");
    let colour = image::Rgb([byte(kind as usize * 18), byte(shade * 50), byte(index * 20)]);
    let picture = image::RgbImage::from_pixel(320, 200, colour);
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode_image(&picture)
        .expect("a small picture is written to memory");
    bytes.into()
}
