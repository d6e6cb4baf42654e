//! Pictures of every kind through `scan::prepare`, looked at with decoders it does not share.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::ColorProfile;
use proptest::prelude::*;
use telegram_passport::scan::{
    Foreign, Format, MAX_INPUT_BYTES, MAX_JPEG_BYTES, MAX_SIDE, Metadata, PassportJpeg, Remark, ScanError,
    accept, inspect, prepare,
};

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../fixtures/scan/", $name)).as_slice())
    };
}

const IN_COLOUR: [(&str, &[u8]); 21] = [
    fixture!("progressive.jpg"),
    fixture!("cmyk.jpg"),
    fixture!("ycck.jpg"),
    fixture!("lossy.webp"),
    fixture!("lossless.webp"),
    fixture!("animated.webp"),
    fixture!("animated.gif"),
    fixture!("palette.png"),
    fixture!("palette.bmp"),
    fixture!("palette.tif"),
    fixture!("cmyk.tif"),
    fixture!("jpeg.tif"),
    fixture!("deflate.tif"),
    fixture!("pages.tif"),
    fixture!("fax.tif"),
    fixture!("fax-huffman.tif"),
    fixture!("fax-group3.tif"),
    fixture!("fax-group3-2d.tif"),
    fixture!("fax-low-bit-first.tif"),
    fixture!("low-bit-first.tif"),
    fixture!("tiles.tif"),
];
const GREY: [(&str, &[u8]); 3] = [fixture!("grey.jpg"), fixture!("grey16.png"), fixture!("grey16.tif")];

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
pub(crate) const WHITE: [u8; 3] = [255; 3];

/// The quarters of a picture, read row by row.
pub(crate) type Quarters = [[u8; 3]; 4];
pub(crate) const QUARTERS: Quarters = [RED, GREEN, BLUE, WHITE];

pub(crate) fn quartered(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(QUARTERS[usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)])
    })
}

pub(crate) fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decoded(scan: &PassportJpeg) -> RgbImage {
    let image = image::load_from_memory_with_format(scan.as_bytes(), ImageFormat::Jpeg).unwrap();
    assert_eq!((image.width(), image.height()), (scan.width(), scan.height()));
    image.to_rgb8()
}

pub(crate) fn quarters(scan: &PassportJpeg) -> Quarters {
    let image = decoded(scan);
    let (width, height) = image.dimensions();
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| image.get_pixel(x * width / 4, y * height / 4).0)
}

#[track_caller]
pub(crate) fn assert_close(found: Quarters, expected: Quarters, tolerance: u8, name: &str) {
    for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
        assert!(found.abs_diff(*expected) <= tolerance, "{name}: {found} for {expected}");
    }
}

/// Segments of a JPEG before its data: markers and contents.
fn segments(jpeg: &[u8]) -> Vec<(u8, &[u8])> {
    let mut segments = Vec::new();
    let mut at = 2;
    while jpeg[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        segments.push((jpeg[at + 1], &jpeg[at + 4..at + 2 + length]));
        at += 2 + length;
    }
    segments
}

pub(crate) fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, content, &jpeg[2..]].concat()
}

/// An EXIF block as a camera writes it: orientation, and a GPS directory.
pub(crate) fn exif(orientation: u16, gps: bool) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0".to_vec();
    exif.extend([if gps { 2 } else { 1 }, 0]);
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0]);
    exif.extend(u32::from(orientation).to_le_bytes());
    if gps {
        exif.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    }
    exif.extend([0; 4]);
    if gps {
        // GPSLatitudeRef = N
        exif.extend([1, 0, 1, 0, 2, 0, 2, 0, 0, 0, b'N', 0, 0, 0, 0, 0, 0, 0]);
    }
    exif
}

pub(crate) fn jpeg_with_exif(image: &RgbImage, orientation: u16, gps: bool) -> Vec<u8> {
    let content = [b"Exif\0\0", exif(orientation, gps).as_slice()].concat();
    with_segment(&written(image.clone(), ImageFormat::Jpeg), 0xE1, &content)
}

#[test]
fn every_format_keeps_its_picture() {
    for (name, bytes) in IN_COLOUR {
        let scan = prepare(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((scan.width(), scan.height()), (32, 24), "{name}");
        assert_eq!(scan.quality(), if accept(bytes).is_ok() { None } else { Some(89) }, "{name}");
        let expected = if name.starts_with("fax") || name.starts_with("low") {
            [[0; 3], WHITE, [0; 3], WHITE]
        } else {
            QUARTERS
        };
        assert_close(quarters(&scan), expected, 6, name);
        let several = ["animated.webp", "animated.gif", "pages.tif"].contains(&name);
        assert_eq!(scan.remarks().contains(&Remark::FirstOfSeveral), several, "{name}");
        let inks = ["cmyk.jpg", "ycck.jpg", "cmyk.tif"].contains(&name);
        assert_eq!(scan.remarks().contains(&Remark::InksConverted), inks, "{name}");
    }
    for (name, bytes) in GREY {
        let scan = prepare(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_close(quarters(&scan), [[0; 3], [85; 3], [170; 3], [255; 3]], 4, name);
    }
}

#[test]
fn what_the_image_crate_writes_is_read() {
    for (format, name) in [
        (ImageFormat::Jpeg, None),
        (ImageFormat::Png, Some(Format::Png)),
        (ImageFormat::WebP, Some(Format::WebP)),
        (ImageFormat::Gif, Some(Format::Gif)),
        (ImageFormat::Bmp, Some(Format::Bmp)),
        (ImageFormat::Tiff, Some(Format::Tiff)),
    ] {
        let scan = prepare(&written(quartered(61, 47), format)).unwrap();
        assert_close(quarters(&scan), QUARTERS, 6, &format!("{format:?}"));
        let expected: Vec<_> = name.map(|from| Remark::Converted { from }).into_iter().collect();
        assert_eq!(scan.remarks(), expected);
    }
}

#[test]
fn a_scan_is_a_plain_baseline_jpeg() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let source = with_segment(
        &jpeg_with_exif(&quartered(64, 48), 1, true),
        0xE2,
        &[b"ICC_PROFILE\0\x01\x01", icc.as_slice()].concat(),
    );
    let source = with_segment(&with_segment(&source, 0xFE, b"a comment"), 0xED, b"Photoshop 3.0\0");
    let scan = prepare(&source).unwrap();
    let segments = segments(scan.as_bytes());
    assert!(segments.iter().any(|(marker, _)| *marker == 0xC0), "baseline");
    for (marker, content) in segments {
        let plain =
            matches!(marker, 0xC0 | 0xC4 | 0xDB) || (marker == 0xE0 && content.starts_with(b"JFIF\0"));
        assert!(plain, "segment {marker:#x}");
    }
    assert!(scan.as_bytes().ends_with(&[0xFF, 0xD9]));
    let exif = exif::Reader::new().read_from_container(&mut Cursor::new(scan.as_bytes()));
    assert!(matches!(exif, Err(exif::Error::NotFound(_))));
    assert_eq!(inspect(scan.as_bytes()).unwrap().metadata, Metadata::default());
    assert!(scan.remarks().contains(&Remark::LocationRemoved));
    assert!(scan.remarks().contains(&Remark::MetadataRemoved));
    // The test would prove nothing if the source had no EXIF another reader finds.
    let before = exif::Reader::new().read_from_container(&mut Cursor::new(&source)).unwrap();
    assert!(before.get_field(exif::Tag::GPSLatitudeRef, exif::In::PRIMARY).is_some());
}

/// Where the quarters of an upright picture lie in the file for each EXIF orientation (2..=4 keep the sides,
/// 5..=8 exchange them).
fn stored(orientation: u16) -> RgbImage {
    let upright = DynamicImage::from(quartered(64, 48));
    match orientation {
        2 => upright.fliph(),
        3 => upright.rotate180(),
        4 => upright.flipv(),
        5 => upright.rotate90().fliph(),
        6 => upright.rotate270(),
        7 => upright.rotate270().fliph(),
        8 => upright.rotate90(),
        _ => upright,
    }
    .to_rgb8()
}

#[test]
fn all_eight_orientations_come_out_upright() {
    for orientation in 1..=8 {
        let image = stored(orientation);
        let jpeg = jpeg_with_exif(&image, orientation, false);
        let (width, height) = image.dimensions();
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_exif_metadata(exif(orientation, false)).unwrap();
        encoder.write_image(&image, width, height, image::ExtendedColorType::Rgb8).unwrap();
        let webp = webp_with_exif(&image, &exif(orientation, false));
        let prefixed = webp_with_exif(&image, &[b"Exif\0\0", exif(orientation, false).as_slice()].concat());
        let tiff = tiff_with_orientation(&image, orientation);
        for (name, bytes) in
            [("JPEG", jpeg), ("PNG", png), ("WebP", webp), ("WebP'", prefixed), ("TIFF", tiff)]
        {
            let scan = prepare(&bytes).unwrap();
            let name = format!("{name}, orientation {orientation}");
            assert_eq!((scan.width(), scan.height()), (64, 48), "{name}");
            assert_close(quarters(&scan), QUARTERS, 6, &name);
            assert_eq!(scan.remarks().contains(&Remark::Turned), orientation != 1, "{name}");
        }
    }
}

/// An EXIF block in either byte order, its orientation written as an integer of any type.
fn exif_of_type(little: bool, kind: u16, orientation: u8) -> Vec<u8> {
    let number = |number: u32, size: usize| {
        if little { number.to_le_bytes()[..size].to_vec() } else { number.to_be_bytes()[4 - size..].to_vec() }
    };
    let size = if kind == 4 { 4 } else { usize::from(kind.min(2)) };
    let mut value = number(u32::from(orientation), size);
    value.resize(4, 0);
    let head: &[u8] = if little { b"II*\0" } else { b"MM\0*" };
    let fields =
        [number(8, 4), number(1, 2), number(274, 2), number(u32::from(kind), 2), number(1, 4), value];
    [head, &fields.concat(), &[0; 4]].concat()
}

#[test]
fn an_orientation_counts_whichever_integer_it_is_written_as() {
    let image = stored(6);
    let (width, height) = image.dimensions();
    for little in [true, false] {
        for kind in [1, 3, 4] {
            let exif = exif_of_type(little, kind, 6);
            let jpeg = with_segment(
                &written(image.clone(), ImageFormat::Jpeg),
                0xE1,
                &[b"Exif\0\0", exif.as_slice()].concat(),
            );
            let mut png = Vec::new();
            let mut encoder = PngEncoder::new(&mut png);
            encoder.set_exif_metadata(exif.clone()).unwrap();
            encoder.write_image(&image, width, height, image::ExtendedColorType::Rgb8).unwrap();
            let webp = webp_with_exif(&image, &exif);
            for (name, bytes) in [("JPEG", jpeg), ("PNG", png), ("WebP", webp)] {
                let scan = prepare(&bytes).unwrap();
                let name = format!("{name}, type {kind}, little endian: {little}");
                assert_eq!((scan.width(), scan.height()), (64, 48), "{name}");
                assert_close(quarters(&scan), QUARTERS, 6, &name);
                assert!(scan.remarks().contains(&Remark::Turned), "{name}");
            }
        }
    }
    let tiff = Tiff::new(&image).with(274, 4, &[6]).written();
    let scan = prepare(&tiff).unwrap();
    assert_eq!((scan.width(), scan.height()), (64, 48));
    assert_close(quarters(&scan), QUARTERS, 6, "TIFF");
}

/// A TIFF of one page, tag by tag, as careless programs write it.
pub(crate) struct Tiff {
    entries: Vec<(u16, u16, Vec<u32>)>,
    pub(crate) strips: Vec<Vec<u8>>,
}

impl Tiff {
    pub(crate) fn new(image: &RgbImage) -> Self {
        let (width, height) = image.dimensions();
        Self::page(width, height, 8, 2, vec![image.as_raw().clone()]).with(277, 3, &[3])
    }

    fn page(width: u32, height: u32, bits: u32, photometric: u32, strips: Vec<Vec<u8>>) -> Self {
        Self { entries: Vec::new(), strips }
            .with(256, 3, &[width])
            .with(257, 3, &[height])
            .with(258, 3, &[bits])
            .with(262, 3, &[photometric])
            .with(278, 3, &[height])
    }

    pub(crate) fn with(mut self, tag: u16, kind: u16, values: &[u32]) -> Self {
        self.entries.retain(|(known, ..)| *known != tag);
        self.entries.push((tag, kind, values.to_vec()));
        self
    }

    pub(crate) fn without(mut self, tag: u16) -> Self {
        self.entries.retain(|(known, ..)| *known != tag);
        self
    }

    /// The file, with the counts of bytes that its strips have, unless others were set.
    pub(crate) fn written(mut self) -> Vec<u8> {
        let total: usize = self.strips.iter().map(Vec::len).sum();
        let mut at = 8;
        let starts: Vec<u32> = self
            .strips
            .iter()
            .map(|strip| {
                let start = at;
                at += strip.len();
                start as u32
            })
            .collect();
        self = self.with(273, 4, &starts);
        self.entries.sort();
        let directory = 8 + total;
        let mut file = b"II*\0".to_vec();
        file.extend((directory as u32).to_le_bytes());
        file.extend(self.strips.concat());
        let outside = directory + 2 + 12 * self.entries.len() + 4;
        let mut values = Vec::new();
        file.extend((self.entries.len() as u16).to_le_bytes());
        for (tag, kind, numbers) in &self.entries {
            let size = match kind {
                1 => 1,
                3 => 2,
                _ => 4,
            };
            let mut bytes: Vec<u8> =
                numbers.iter().flat_map(|number| number.to_le_bytes()[..size].to_vec()).collect();
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend((numbers.len() as u32).to_le_bytes());
            if bytes.len() <= 4 {
                bytes.resize(4, 0);
                file.extend(bytes);
            } else {
                file.extend(((outside + values.len()) as u32).to_le_bytes());
                values.extend(bytes);
            }
        }
        file.extend([0; 4]);
        file.extend(values);
        file
    }
}

#[test]
fn the_counts_of_a_tiff_may_be_missing_or_wrong() {
    let image = quartered(32, 24);
    let raw = image.as_raw();
    let packed = |rows: &[u8]| -> Vec<u8> {
        rows.chunks(100).flat_map(|run| [&[run.len() as u8 - 1], run].concat()).collect()
    };
    let half = raw.len() / 2;
    for (name, compression, strips) in [
        ("raw", 1, vec![raw.clone()]),
        ("raw in two strips", 1, vec![raw[..half].to_vec(), raw[half..].to_vec()]),
        ("packed", 32773, vec![packed(raw)]),
        ("packed in two strips", 32773, vec![packed(&raw[..half]), packed(&raw[half..])]),
    ] {
        let rows = 24 / strips.len() as u32;
        let lengths: Vec<u32> = strips.iter().map(|strip| strip.len() as u32).collect();
        let page = || {
            let mut page = Tiff::new(&image).with(259, 3, &[compression]).with(278, 3, &[rows]);
            page.strips = strips.clone();
            page
        };
        let each = |count: fn(u32) -> u32| lengths.iter().map(|length| count(*length)).collect::<Vec<_>>();
        for (what, file) in [
            ("right", page().with(279, 4, &lengths)),
            ("missing", page()),
            ("of short numbers", page().with(279, 3, &lengths)),
            ("zero", page().with(279, 4, &each(|_| 0))),
            ("too small", page().with(279, 4, &each(|length| length / 3))),
            ("beyond the file", page().with(279, 4, &each(|length| length + 1_000_000))),
            ("too few", page().with(279, 4, &lengths[..1])),
        ] {
            let scan = prepare(&file.written()).unwrap_or_else(|error| panic!("{name}, {what}: {error}"));
            assert_close(quarters(&scan), QUARTERS, 6, &format!("{name}, {what}"));
        }
        if strips.len() == 1 {
            for (what, file) in [("no rows", page().without(278)), ("few rows", page().with(278, 3, &[5]))] {
                let scan = prepare(&file.written()).unwrap_or_else(|error| panic!("{name}, {what}: {error}"));
                assert_close(quarters(&scan), QUARTERS, 6, &format!("{name}, {what}"));
            }
        }
        // Counts that are wrong hide no missing data.
        let mut short = page();
        short.strips.last_mut().unwrap().truncate(lengths[0] as usize / 2);
        assert_eq!(prepare(&short.written()).unwrap_err(), ScanError::Truncated(Format::Tiff), "{name}");
    }
}

#[test]
fn a_tiff_of_any_depth_and_order_of_bits_keeps_its_picture() {
    // Black, dark grey / light grey, white, in samples of so many bits.
    let level = |x: usize, y: usize| usize::from(x >= 16) + 2 * usize::from(y >= 12);
    for bits in [1usize, 2, 4, 8, 12, 16] {
        let most = (1usize << bits) - 1;
        let value = |x, y| level(x, y) * most / 3;
        let rows: Vec<Vec<u8>> = (0..24)
            .map(|y| {
                let digits: Vec<bool> = (0..32)
                    .flat_map(|x| (0..bits).rev().map(move |bit| value(x, y) >> bit & 1 == 1))
                    .collect();
                let mut row: Vec<u8> = digits
                    .chunks(8)
                    .map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
                    .collect();
                if bits == 16 {
                    row.chunks_exact_mut(2).for_each(<[u8]>::reverse);
                }
                row
            })
            .collect();
        let expected = |inverted: bool| {
            [0, 1, 2, 3].map(|level| {
                let grey = ((level * most / 3) * 255 / most) as u8;
                [if inverted { 255 - grey } else { grey }; 3]
            })
        };
        for (order, strip) in [
            (1, rows.concat()),
            (2, rows.concat().iter().map(|byte| byte.reverse_bits()).collect::<Vec<u8>>()),
        ] {
            for photometric in [0, 1] {
                let page =
                    Tiff::page(32, 24, bits as u32, photometric, vec![strip.clone()]).with(266, 3, &[order]);
                let scan = prepare(&page.written()).unwrap();
                let name = format!("{bits} bits, order {order}, photometric {photometric}");
                assert_close(quarters(&scan), expected(photometric == 0), 4, &name);
            }
        }
        if bits <= 8 {
            // The palette runs the other way round, once in 16 bits and once, as some programs write it, in 8.
            for scale in [257, 1] {
                let levels: Vec<u32> =
                    (0..=most).rev().map(|value| (value * 255 / most) as u32 * scale).collect();
                let page =
                    Tiff::page(32, 24, bits as u32, 3, vec![rows.concat()]).with(320, 3, &levels.repeat(3));
                let scan = prepare(&page.written()).unwrap();
                assert_close(quarters(&scan), expected(true), 4, &format!("palette of {bits} bits, {scale}"));
            }
        }
    }
}

#[test]
fn a_tiff_that_cannot_be_read_says_what_it_has() {
    let image = quartered(32, 24);
    for (tag, kind, value, what) in [
        (259, 3, 34661, "JBIG compression"),
        (259, 3, 34712, "JPEG 2000 compression"),
        (259, 3, 6, "JPEG compression of the old kind"),
        (259, 3, 60000, "a compression that is not known here"),
        (262, 3, 8, "colours of CIE L*a*b*"),
        (262, 3, 32803, "a camera's raw data"),
        (339, 3, 2, "signed samples"),
        (258, 3, 32, "samples of more than 16 bits"),
    ] {
        let refused = prepare(&Tiff::new(&image).with(tag, kind, &[value]).written()).unwrap_err();
        assert_eq!(refused, ScanError::Unsupported { format: Format::Tiff, what });
        assert!(refused.to_string().contains(what), "{refused}");
    }
}

fn webp_with_exif(image: &RgbImage, exif: &[u8]) -> Vec<u8> {
    let (width, height) = image.dimensions();
    let simple = written(image.clone(), ImageFormat::WebP);
    let mut body = b"WEBPVP8X\x0a\0\0\0\x08\0\0\0".to_vec();
    body.extend(&(width - 1).to_le_bytes()[..3]);
    body.extend(&(height - 1).to_le_bytes()[..3]);
    body.extend(&simple[12..]);
    body.extend(b"EXIF");
    body.extend(u32::try_from(exif.len()).unwrap().to_le_bytes());
    body.extend(exif);
    body.extend(&[0][..exif.len() % 2]);
    [b"RIFF", u32::try_from(body.len()).unwrap().to_le_bytes().as_slice(), &body].concat()
}

fn tiff_with_orientation(image: &RgbImage, orientation: u16) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let (width, height) = image.dimensions();
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    let mut page = encoder.new_image::<tiff::encoder::colortype::RGB8>(width, height).unwrap();
    page.encoder().write_tag(tiff::tags::Tag::Orientation, orientation).unwrap();
    page.write_data(image).unwrap();
    bytes.into_inner()
}

#[test]
fn large_pictures_are_fitted_and_small_ones_left() {
    for (before, after) in [
        ((4096, 1024), (2048, 512)),
        ((1000, 3000), (683, 2048)),
        ((2048, 2048), (2048, 2048)),
        ((2049, 200), (2048, 200)),
        ((1, 1), (1, 1)),
        ((20, 1), (20, 1)),
    ] {
        let scan = prepare(&written(quartered(before.0, before.1), ImageFormat::Bmp)).unwrap();
        assert_eq!((scan.width(), scan.height()), after);
        assert!(scan.as_bytes().len() <= MAX_JPEG_BYTES);
        let (width, height) = before;
        let reduced = Remark::Reduced { width, height };
        assert_eq!(scan.remarks().contains(&reduced), before != after, "{before:?}");
    }
    // The remark speaks of the upright picture.
    let lying = jpeg_with_exif(&quartered(MAX_SIDE * 2, 512), 6, false);
    let scan = prepare(&lying).unwrap();
    assert_eq!((scan.width(), scan.height()), (256, 2048));
    assert!(scan.remarks().contains(&Remark::Reduced { width: 512, height: 4096 }));
}

#[test]
fn colours_are_those_of_the_profile() {
    // The greenest green of Adobe RGB lies outside sRGB; its middle tones do not.
    let tones: Quarters = [[180, 60, 60], [90, 140, 90], [70, 70, 160], [128, 128, 128]];
    let image = RgbImage::from_fn(32, 24, |x, y| Rgb(tones[usize::from(x >= 16) + 2 * usize::from(y >= 12)]));
    for (name, profile) in [
        ("Display P3", ColorProfile::new_display_p3()),
        ("Adobe RGB", ColorProfile::new_adobe_rgb()),
        ("BT.2020", ColorProfile::new_bt2020()),
    ] {
        let icc = profile.encode().unwrap();
        let expected = tones.map(|tone| in_srgb(name, tone));
        let moved = expected.iter().flatten().zip(tones.iter().flatten());
        assert!(moved.map(|(a, b)| a.abs_diff(*b)).max().unwrap() > 8, "{name} would not show");

        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
        encoder.set_icc_profile(icc.clone()).unwrap();
        encoder.encode_image(&image).unwrap();
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_icc_profile(icc).unwrap();
        let opaque = DynamicImage::from(image.clone()).to_rgba8();
        encoder.write_image(&opaque, 32, 24, image::ExtendedColorType::Rgba8).unwrap();
        for bytes in [jpeg, png] {
            let scan = prepare(&bytes).unwrap();
            assert!(scan.remarks().contains(&Remark::ColoursConverted), "{name}");
            assert_close(quarters(&scan), expected, 5, name);
        }
    }
}

/// The conversion from first principles: primaries and gammas as published, no profile.
fn in_srgb(space: &str, tone: [u8; 3]) -> [u8; 3] {
    // Linear RGB of the space to linear sRGB; all three have the white of sRGB, D65.
    let matrix = match space {
        "Display P3" => {
            [[1.224_940, -0.224_940, 0.0], [-0.042_057, 1.042_057, 0.0], [-0.019_638, -0.078_636, 1.098_274]]
        }
        "Adobe RGB" => [[1.398_28, -0.398_28, 0.0], [0.0, 1.0, 0.0], [0.0, -0.042_94, 1.042_94]],
        _ => [
            [1.660_491, -0.587_641, -0.072_850],
            [-0.124_550, 1.132_900, -0.008_349],
            [-0.018_151, -0.100_579, 1.118_730],
        ],
    };
    let linear = tone.map(|sample| {
        let value = f64::from(sample) / 255.0;
        match space {
            "Display P3" if value <= 0.040_45 => value / 12.92,
            "Display P3" => ((value + 0.055) / 1.055).powf(2.4),
            "Adobe RGB" => value.powf(563.0 / 256.0),
            _ if value < 0.081_243 => value / 4.5,
            _ => ((value + 0.099_297) / 1.099_297).powf(1.0 / 0.45),
        }
    });
    matrix.map(|row| {
        let value: f64 = row.iter().zip(linear).map(|(a, b)| a * b).sum();
        let value = value.clamp(0.0, 1.0);
        let encoded =
            if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    })
}

#[test]
fn odd_profiles_do_no_harm() {
    let png = |icc: Vec<u8>, grey: bool| {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(icc).unwrap();
        let image = DynamicImage::from(quartered(32, 24));
        if grey {
            let grey = image.to_luma8();
            encoder.write_image(&grey, 32, 24, image::ExtendedColorType::L8).unwrap();
        } else {
            encoder.write_image(image.as_bytes(), 32, 24, image::ExtendedColorType::Rgb8).unwrap();
        }
        bytes
    };
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    let gray = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();

    let plain = prepare(&png(srgb.clone(), false)).unwrap();
    assert_eq!(plain.remarks(), [Remark::Converted { from: Format::Png }]);
    assert_close(quarters(&plain), QUARTERS, 6, "sRGB");

    let broken = prepare(&png(b"no profile".to_vec(), false)).unwrap();
    assert!(broken.remarks().contains(&Remark::ProfileIgnored));
    assert_close(quarters(&broken), QUARTERS, 6, "no profile");

    let mismatched = prepare(&png(gray.clone(), false)).unwrap();
    assert!(mismatched.remarks().contains(&Remark::ProfileIgnored));

    // Linear grey becomes lighter; an RGB profile on grey leaves it grey.
    let luma = DynamicImage::from(quartered(32, 24)).to_luma8();
    let linear = f64::from(luma.get_pixel(0, 0).0[0]) / 255.0;
    let expected = ((1.055 * linear.powf(1.0 / 2.4) - 0.055) * 255.0).round() as u8;
    let lighter = quarters(&prepare(&png(gray, true)).unwrap())[0];
    assert!(lighter[0].abs_diff(expected) <= 3, "{lighter:?} for {expected}");
    let same = quarters(&prepare(&png(srgb, true)).unwrap())[0];
    assert!(same[0].abs_diff(luma.get_pixel(0, 0).0[0]) <= 3 && same[0] == same[2], "{same:?}");
}

#[test]
fn transparency_is_laid_on_white() {
    // Transparent pixels of a telling colour, which must not shine through, not even at the edge.
    let image = RgbaImage::from_fn(4096, 256, |x, _| match x {
        0..2048 => Rgba([255, 0, 255, 0]),
        _ => Rgba([0, 0, 0, 128]),
    });
    let scan = prepare(&written(image, ImageFormat::Png)).unwrap();
    assert!(scan.remarks().contains(&Remark::LaidOnWhite));
    let pixels = decoded(&scan);
    assert!(pixels.get_pixel(500, 16).0.iter().all(|sample| *sample >= 253));
    assert!(pixels.get_pixel(1500, 16).0.iter().all(|sample| sample.abs_diff(127) <= 3));
    for x in 1000..1050 {
        let [red, green, blue] = pixels.get_pixel(x, 16).0;
        assert!(red.abs_diff(green) < 12 && blue.abs_diff(green) < 12, "fringe at {x}");
    }
    let sixteen = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0]))).to_rgba16();
    assert_close(quarters(&prepare(&written(sixteen, ImageFormat::Png)).unwrap()), [WHITE; 4], 1, "16 bit");
}

#[test]
fn a_picture_that_is_transparent_throughout_is_taken_as_opaque() {
    let clipboard = RgbaImage::from_fn(32, 24, |x, y| {
        let [red, green, blue] = QUARTERS[usize::from(x >= 16) + 2 * usize::from(y >= 12)];
        Rgba([red, green, blue, 0])
    });
    let image = DynamicImage::from(clipboard);
    for (name, bytes) in [
        ("PNG", written(image.clone(), ImageFormat::Png)),
        ("PNG of 16 bits", written(image.to_rgba16(), ImageFormat::Png)),
        ("WebP", written(image.clone(), ImageFormat::WebP)),
        ("TIFF", written(image.clone(), ImageFormat::Tiff)),
        ("BMP", written(image.clone(), ImageFormat::Bmp)),
    ] {
        let scan = prepare(&bytes).unwrap();
        assert_close(quarters(&scan), QUARTERS, 6, name);
        assert!(scan.remarks().contains(&Remark::TransparencyIgnored), "{name}");
        assert!(!scan.remarks().contains(&Remark::LaidOnWhite), "{name}");
    }
    let grey = image.to_luma_alpha8();
    let scan = prepare(&written(grey, ImageFormat::Png)).unwrap();
    assert!(quarters(&scan)[0][0] < 100, "red is dark");
    // One place that shows means that the others are meant to be transparent.
    let mut mask = image.to_rgba8();
    mask.put_pixel(0, 0, Rgba([0, 0, 0, 255]));
    let scan = prepare(&written(mask, ImageFormat::Png)).unwrap();
    assert_close(quarters(&scan), [WHITE; 4], 1, "a mask");
    assert!(scan.remarks().contains(&Remark::LaidOnWhite));
}

#[test]
fn what_unpacks_to_gigabytes_beside_the_picture_is_left_packed() {
    use std::io::Write;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..1200 {
        packer.write_all(&zeros).unwrap();
    }
    let bomb = packer.finish().unwrap();
    let png = written(quartered(32, 24), ImageFormat::Png);
    for (kind, head) in [
        (b"zTXt", &b"Comment\0\0"[..]),
        (b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0"),
        (b"iCCP", b"profile\0\0"),
    ] {
        let content = [head, &bomb].concat();
        let mut chunk = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
        chunk.extend([&kind[..], &content].concat());
        chunk.extend(crc32(&chunk[4..]).to_be_bytes());
        // After the header; and texts after the picture, too.
        for at in [33, png.len() - 12] {
            let scan = prepare(&[&png[..at], &chunk, &png[at..]].concat()).unwrap();
            assert_close(quarters(&scan), QUARTERS, 6, &String::from_utf8_lossy(kind));
            assert_eq!(scan.remarks().contains(&Remark::ProfileIgnored), kind == b"iCCP");
            assert_eq!(scan.remarks().contains(&Remark::MetadataRemoved), kind != b"iCCP");
        }
    }
}

#[test]
fn a_bitmap_whose_pixels_begin_in_its_palette_is_refused() {
    let mut bmp = fixture!("palette.bmp").1.to_vec();
    assert!(prepare(&bmp).is_ok());
    bmp[10] = 54;
    assert_eq!(prepare(&bmp).unwrap_err(), ScanError::Damaged(Format::Bmp));
}

#[test]
fn refusals_say_why() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let avif = b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif";
    for (bytes, error) in [
        (b"".as_slice(), ScanError::Empty),
        (b"hello", ScanError::NotAPicture),
        (b"BM it is text, not a bitmap at all", ScanError::NotAPicture),
        (heic, ScanError::Foreign(Foreign::Heic)),
        (avif, ScanError::Foreign(Foreign::Avif)),
        (b"%PDF-1.4\n", ScanError::Foreign(Foreign::Pdf)),
        (b"\0\0\0\x0cJXL \r\n\x87\n", ScanError::Foreign(Foreign::JpegXl)),
        (b"\xFF\x0A\0", ScanError::Foreign(Foreign::JpegXl)),
        (b"<?xml version=\"1.0\"?><svg/>", ScanError::Foreign(Foreign::Svg)),
        (b"8BPS\0\x01", ScanError::Foreign(Foreign::Photoshop)),
        (b"PK\x03\x04", ScanError::Foreign(Foreign::Zip)),
        (b"\xFF\xD8\xFF", ScanError::Truncated(Format::Jpeg)),
    ] {
        assert_eq!(prepare(bytes).unwrap_err(), error, "{bytes:?}");
    }
    assert!(ScanError::Foreign(Foreign::Heic).to_string().contains("JPEG"));
    let narrow = prepare(&written(quartered(21, 1), ImageFormat::Png)).unwrap_err();
    assert_eq!(narrow, ScanError::TooNarrow { width: 21, height: 1 });
    let tall = prepare(&written(quartered(1, 21), ImageFormat::Jpeg)).unwrap_err();
    assert_eq!(tall, ScanError::TooNarrow { width: 1, height: 21 });
    let large = vec![0xFF; MAX_INPUT_BYTES + 1];
    assert_eq!(
        prepare(&large).unwrap_err(),
        ScanError::FileTooLarge { bytes: large.len(), most: MAX_INPUT_BYTES }
    );
}

#[test]
fn bombs_are_refused_by_their_header() {
    let too_many = |bytes: &[u8]| match prepare(bytes).unwrap_err() {
        ScanError::TooManyPixels { width, height } => (width, height),
        other => panic!("{other}"),
    };
    let mut png = written(quartered(8, 8), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(too_many(&png), (32768, 32768));

    let mut jpeg = written(quartered(8, 8), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
    assert_eq!(too_many(&jpeg), (65535, 65535));

    let mut gif = written(quartered(8, 8), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    assert_eq!(too_many(&gif), (65535, 65535));

    let mut bmp = written(quartered(8, 8), ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[0, 0x80, 0, 0, 0, 0x80, 0, 0]);
    assert_eq!(too_many(&bmp), (32768, 32768));

    let mut tiff = fixture!("deflate.tif").1.to_vec();
    let directory = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
    for entry in 0..usize::from(tiff[directory]) {
        let at = directory + 2 + 12 * entry;
        // Width, height, rows in a strip.
        if matches!(u16::from_le_bytes([tiff[at], tiff[at + 1]]), 256 | 257 | 278) {
            tiff[at + 8..at + 10].copy_from_slice(&[0xFF; 2]);
        }
    }
    assert_eq!(too_many(&tiff), (65535, 65535));
}

/// The checksum of PNG chunks.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
            },
        )
    })
}

#[test]
fn a_file_cut_anywhere_is_refused_or_its_picture_is_whole() {
    let mut whole: Vec<(&str, Vec<u8>)> = IN_COLOUR
        .iter()
        .chain(&GREY)
        // What follows the first page is not looked at.
        .filter(|(name, _)| *name != "pages.tif")
        .map(|(name, bytes)| (*name, bytes.to_vec()))
        .collect();
    let image = quartered(40, 30);
    whole.push(("baseline.jpg", written(image.clone(), ImageFormat::Jpeg)));
    whole.push(("rgb.bmp", written(image.clone(), ImageFormat::Bmp)));
    whole.push(("exif.jpg", jpeg_with_exif(&image, 6, true)));
    for (name, bytes) in whole {
        let picture = prepare(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        // What marks the end may be missing, or a checksum that comes after all data; nothing of the picture may.
        let end = match name.rsplit('.').next() {
            Some("jpg") => 2,
            Some("png") => 12,
            Some("gif") => 1,
            _ => 0,
        };
        // Where the first of several pictures is whole, so is what is taken of them. A TIFF has no order: at its end
        // may stand what the picture does without.
        let whole = match name {
            "animated.gif" => 162,
            _ if name.ends_with(".tif") => 0,
            _ => bytes.len() - end,
        };
        for cut in 0..bytes.len() {
            match prepare(&bytes[..cut]) {
                Err(_) => assert!(cut + end != bytes.len(), "{name} at {cut}"),
                Ok(scan) => {
                    assert!(cut >= whole, "{name} cut at {cut} of {}", bytes.len());
                    assert_eq!(scan.as_bytes(), picture.as_bytes(), "{name} cut at {cut}");
                    let told = scan.remarks().contains(&Remark::EndAdded);
                    assert_eq!(told, !name.ends_with(".tif"), "{name} cut at {cut}");
                }
            }
        }
    }
}

/// What phones and programs append to photos.
fn appendices() -> Vec<Vec<u8>> {
    let samsung = b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1700000000000SEFHk\0\0\0\x01\0\0\0SEFT".to_vec();
    let film =
        [b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".to_vec(), (0..=255).cycle().take(5000).collect()].concat();
    let view = written(quartered(16, 16), ImageFormat::Jpeg);
    vec![samsung, film, view, b"MotionPhoto_Data, and a film".to_vec(), vec![0; 4096]]
}

#[test]
fn a_jpeg_without_its_end_marker_is_taken_and_one_without_its_data_is_not() {
    let noisy = RgbImage::from_fn(96, 80, |x, y| Rgb([(x * y) as u8, (x ^ y) as u8, x as u8]));
    let baseline = written(noisy, ImageFormat::Jpeg);
    for (name, whole) in [("baseline", baseline.as_slice()), fixture!("progressive.jpg")] {
        let data = whole.strip_suffix(&[0xFF, 0xD9]).unwrap();
        let expected = prepare(whole).unwrap();
        for appendix in [Vec::new(), vec![0xFF]].into_iter().chain(appendices()) {
            let scan = prepare(&[data, &appendix].concat()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(scan.as_bytes(), expected.as_bytes(), "{name}");
            assert!(scan.remarks().contains(&Remark::EndAdded), "{name}");
            let appended = appendix.iter().any(|byte| !matches!(byte, 0 | 0xFF));
            assert_eq!(scan.remarks().contains(&Remark::MetadataRemoved), appended, "{name}");
        }
        // Whatever follows data that was cut off, be it an end marker, is not taken for data.
        for cut in [1, 2, 3, 5, 8, 40, data.len() / 4] {
            let cut_off = &data[..data.len() - cut];
            for appendix in [Vec::new(), vec![0xFF]].into_iter().chain(appendices()) {
                for end in [&[][..], &[0xFF, 0xD9]] {
                    if let Ok(scan) = prepare(&[cut_off, &appendix, end].concat()) {
                        panic!("{name} cut by {cut}: {scan:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn data_that_is_followed_by_what_is_none_before_its_end_is_refused() {
    let whole = written(quartered(64, 48), ImageFormat::Jpeg);
    let data = whole.strip_suffix(&[0xFF, 0xD9]).unwrap();
    let start = data.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap() + 14;
    // A download whose rest was never written: zeros are codes like any others.
    let half = (start + data.len()) / 2;
    let filled = [&data[..half], &vec![0; data.len() - half], &[0xFF, 0xD9]].concat();
    assert_eq!(prepare(&filled).unwrap_err(), ScanError::Truncated(Format::Jpeg));
}

#[test]
fn damaged_data_is_refused_rather_than_filled() {
    let image = RgbImage::from_fn(128, 128, |x, y| Rgb([(x * y) as u8, (x ^ y) as u8, x as u8]));
    let mut jpeg = written(image, ImageFormat::Jpeg);
    let middle = jpeg.len() / 2;
    // Sixteen ones are no code of any Huffman table.
    jpeg[middle..middle + 16].copy_from_slice(&[0xFF, 0].repeat(8));
    assert_eq!(prepare(&jpeg).unwrap_err(), ScanError::Truncated(Format::Jpeg));
}

#[test]
fn a_phone_s_appendix_is_removed_and_does_not_disturb() {
    let photo = jpeg_with_exif(&quartered(64, 48), 1, false);
    let inspection = inspect(&[photo.as_slice(), b"a film".as_slice()].concat()).unwrap();
    assert!(inspection.metadata.other);
    let scan = prepare(&[photo.as_slice(), b"MotionPhoto_Data".as_slice()].concat()).unwrap();
    assert_close(quarters(&scan), QUARTERS, 6, "motion photo");
    assert!(!scan.as_bytes().windows(6).any(|window| window == b"Motion"));
}

#[test]
fn inspecting_tells_what_a_bot_got() {
    let jpeg = jpeg_with_exif(&quartered(64, 48), 6, true);
    let inspection = inspect(&jpeg).unwrap();
    assert_eq!((inspection.width, inspection.height), (64, 48));
    assert_eq!(inspection.metadata, Metadata { location: true, other: true, profile: false });
    let png = written(quartered(8, 8), ImageFormat::Png);
    assert_eq!(inspect(&png).unwrap_err(), ScanError::NotJpeg(Format::Png));
    assert_eq!(inspect(b"junk").unwrap_err(), ScanError::NotAPicture);
    assert_eq!(inspect(&jpeg[..jpeg.len() - 9]).unwrap_err(), ScanError::Truncated(Format::Jpeg));
}

#[test]
fn what_was_done_is_told_in_words() {
    let source = jpeg_with_exif(&quartered(4096, 2048), 3, true);
    let told: Vec<_> = prepare(&source).unwrap().remarks().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "turned upright",
            "reduced from 4096×2048",
            "the place where it was taken (GPS) removed",
            "metadata removed"
        ]
    );
}

fn any_fixture() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<_> = IN_COLOUR.iter().chain(&GREY).map(|(_, bytes)| bytes.to_vec()).collect();
    proptest::sample::select(all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn damaged_files_never_panic(
        mut bytes in any_fixture(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(scan) = prepare(&bytes) {
            prop_assert!(scan.width().max(scan.height()) <= MAX_SIDE);
            prop_assert!(inspect(scan.as_bytes()).is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        start in proptest::sample::select(vec![
            b"\xFF\xD8\xFF".as_slice(), b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\0\0\0WEBP", b"II*\0", b"MM\0*", b"",
        ]),
        rest in proptest::collection::vec(any::<u8>(), 0..256),
    ) {
        let _ = prepare(&[start, &rest].concat());
    }
}
