//! Pictures coded as few programs code them, made here byte by byte, through `scan::prepare`.

use std::io::Write;

use image::ImageFormat;
use telegram_passport::scan::{Format, MAX_INPUT_BYTES, Remark, ScanError, prepare, prepare_converted};

use crate::scan::{
    QUARTERS, Tiff, WHITE, assert_close, crc32, exif, jpeg_with_exif, quartered, quarters, with_segment,
    written,
};

/// The components that a scan of a JPEG is of, which coefficients, and which of their bits.
#[derive(Clone, Copy)]
struct Scan {
    components: &'static [usize],
    first: u8,
    last: u8,
    high: u8,
    low: u8,
}

const fn whole(components: &'static [usize]) -> Scan {
    Scan { components, first: 0, last: 63, high: 0, low: 0 }
}

const fn bits(components: &'static [usize], first: u8, last: u8, high: u8, low: u8) -> Scan {
    Scan { components, first, last, high, low }
}

/// A JPEG of 32×32 pixels in which each block is of one colour, so that a scan consists of the means of its blocks.
struct Jpeg {
    frame: u8,
    /// Blocks of luminance to one of chroma, across and down.
    luminance: usize,
    /// Units between restart markers; 0 is none.
    restart: usize,
}

impl Jpeg {
    const SEQUENTIAL: u8 = 0xC0;
    const PROGRESSIVE: u8 = 0xC2;

    fn written(&self, scans: &[Scan]) -> Vec<u8> {
        let mut jpeg = vec![0xFF, 0xD8];
        let mut segment = |marker: u8, content: &[u8]| {
            jpeg.extend([0xFF, marker]);
            jpeg.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
            jpeg.extend(content);
        };
        segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        // With a comment it is no Passport scan as it is.
        segment(0xFE, b"by hand");
        // Eight times the mean of a block is its first coefficient.
        segment(0xDB, &[&[0][..], &[8; 64]].concat());
        let sampling = (self.luminance << 4 | self.luminance) as u8;
        segment(self.frame, &[8, 0, 32, 0, 32, 3, 1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0]);
        // Twelve codes of four bits for the sizes of differences, and the code 0 for a block that has no more.
        let lengths: Vec<u8> = (1..=16).map(|length| if length == 4 { 12 } else { 0 }).collect();
        segment(0xC4, &[&[0][..], &lengths, &(0..12).collect::<Vec<u8>>()].concat());
        let lengths: Vec<u8> = (1..=16).map(|length| u8::from(length == 1)).collect();
        segment(0xC4, &[&[0x10][..], &lengths, &[0]].concat());
        segment(0xDD, &(self.restart as u16).to_be_bytes());
        for scan in scans {
            let components: Vec<u8> =
                scan.components.iter().flat_map(|index| [*index as u8 + 1, 0]).collect();
            jpeg.extend([0xFF, 0xDA, 0, 6 + components.len() as u8, scan.components.len() as u8]);
            jpeg.extend(components);
            jpeg.extend([scan.first, scan.last, scan.high << 4 | scan.low]);
            jpeg.extend(self.data(*scan));
        }
        jpeg.extend([0xFF, 0xD9]);
        jpeg
    }

    fn data(&self, scan: Scan) -> Vec<u8> {
        let mut data = Vec::new();
        let mut coded = Digits::default();
        let mut before = [0; 3];
        for (number, unit) in self.units(scan.components).iter().enumerate() {
            if self.restart > 0 && number > 0 && number % self.restart == 0 {
                data.extend(coded.stuffed());
                data.extend([0xFF, 0xD0 + ((number / self.restart - 1) % 8) as u8]);
                (coded, before) = (Digits::default(), [0; 3]);
            }
            for (component, x, y) in unit {
                self.block(scan, *component, self.mean(*component, *x, *y), &mut before, &mut coded);
            }
        }
        data.extend(coded.stuffed());
        data
    }

    fn block(&self, scan: Scan, component: usize, mean: i32, before: &mut [i32; 3], coded: &mut Digits) {
        match (scan.first, scan.high) {
            (0, 0) => {
                let value = mean >> scan.low;
                let difference = value - before[component];
                before[component] = value;
                let size = 32 - difference.unsigned_abs().leading_zeros();
                coded.put(size, 4);
                let bits = if difference < 0 { difference - 1 } else { difference };
                coded.put(bits as u32 & ((1 << size) - 1), size);
            }
            (0, _) => coded.put((mean >> scan.low) as u32 & 1, 1),
            _ => coded.put(0, 1),
        }
        if self.frame == Self::SEQUENTIAL {
            coded.put(0, 1);
        }
    }

    /// Blocks across, and as many down.
    fn blocks(&self, component: usize) -> usize {
        if component == 0 { 4 } else { 4 / self.luminance }
    }

    /// The blocks of each unit, in the order of a scan.
    fn units(&self, components: &[usize]) -> Vec<Vec<(usize, usize, usize)>> {
        let places = |side: usize| (0..side * side).map(move |place| (place % side, place / side));
        match components {
            [component] => places(self.blocks(*component)).map(|(x, y)| vec![(*component, x, y)]).collect(),
            _ => places(4 / self.luminance)
                .map(|(unit_x, unit_y)| {
                    let inside = |component: &usize| {
                        let (component, side) =
                            (*component, if *component == 0 { self.luminance } else { 1 });
                        places(side).map(move |(x, y)| (component, unit_x * side + x, unit_y * side + y))
                    };
                    components.iter().flat_map(inside).collect()
                })
                .collect(),
        }
    }

    /// The mean of a block, 0 in the middle.
    fn mean(&self, component: usize, x: usize, y: usize) -> i32 {
        let half = self.blocks(component) / 2;
        let [red, green, blue] = QUARTERS[usize::from(x >= half) + 2 * usize::from(y >= half)].map(f64::from);
        let luminance = 0.299 * red + 0.587 * green + 0.114 * blue;
        let mean = match component {
            0 => luminance - 128.0,
            1 => (blue - luminance) / 1.772,
            _ => (red - luminance) / 1.402,
        };
        mean.round().clamp(-128.0, 127.0) as i32
    }
}

/// Bits one after the other, the first of a byte highest.
#[derive(Default)]
struct Digits(Vec<bool>);

impl Digits {
    fn put(&mut self, bits: u32, count: u32) {
        self.0.extend((0..count).rev().map(|bit| bits >> bit & 1 == 1));
    }

    /// As a JPEG has them: filled up with ones, and after each FF a zero.
    fn stuffed(&self) -> Vec<u8> {
        let byte = |eight: &[bool]| {
            (0..8).fold(0, |byte, bit| byte << 1 | u8::from(*eight.get(bit).unwrap_or(&true)))
        };
        self.0
            .chunks(8)
            .map(byte)
            .flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] })
            .collect()
    }
}

#[test]
fn a_jpeg_keeps_its_picture_however_its_components_are_parted_into_scans() {
    for luminance in [1, 2] {
        for restart in [0, 1, 3] {
            let jpeg = Jpeg { frame: Jpeg::SEQUENTIAL, luminance, restart };
            for scans in [
                &[whole(&[0, 1, 2])][..],
                &[whole(&[0]), whole(&[1]), whole(&[2])],
                &[whole(&[0]), whole(&[1, 2])],
                &[whole(&[0, 1]), whole(&[2])],
                &[whole(&[2]), whole(&[1]), whole(&[0])],
            ] {
                let name = format!("{luminance}, {restart}, {}", scans.len());
                let file = jpeg.written(scans);
                let scan = prepare(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_close(quarters(&scan), QUARTERS, 8, &name);
                // What comes last is a third of the picture, and as needed as the rest.
                if scans.len() > 1 {
                    let lacking = jpeg.written(&scans[..scans.len() - 1]);
                    assert_eq!(prepare(&lacking).unwrap_err(), ScanError::Truncated(Format::Jpeg), "{name}");
                }
            }
        }
    }
}

#[test]
fn a_progressive_jpeg_is_whole_only_if_its_scans_follow_each_other() {
    const MEANS: Scan = bits(&[0, 1, 2], 0, 0, 0, 1);
    const LAST_BIT: Scan = bits(&[0, 1, 2], 0, 0, 1, 0);
    const REST: [Scan; 3] = [bits(&[0], 1, 63, 0, 0), bits(&[1], 1, 63, 0, 0), bits(&[2], 1, 63, 0, 0)];
    let [luminance, blue, red] = REST;
    for side in [1, 2] {
        for restart in [0, 3] {
            let jpeg = Jpeg { frame: Jpeg::PROGRESSIVE, luminance: side, restart };
            for scans in [
                &[MEANS, luminance, blue, red, LAST_BIT][..],
                &[MEANS, LAST_BIT, red, blue, luminance],
                &[bits(&[0, 1, 2], 0, 0, 0, 0), luminance, blue, red],
                &[bits(&[0], 0, 0, 0, 0), bits(&[1, 2], 0, 0, 0, 0), luminance, blue, red],
                &[
                    MEANS,
                    bits(&[0], 1, 5, 0, 2),
                    bits(&[0], 6, 63, 0, 0),
                    blue,
                    red,
                    bits(&[0], 1, 5, 2, 1),
                    bits(&[0], 1, 5, 1, 0),
                    LAST_BIT,
                ],
            ] {
                let whole = jpeg.written(scans);
                let scan = prepare(&whole).unwrap_or_else(|error| panic!("{side}, {}: {error}", scans.len()));
                assert_close(quarters(&scan), QUARTERS, 8, &format!("{side}, {restart}, {}", scans.len()));
                // Where nothing marks the end, each scan is needed.
                let unmarked = |file: &[u8]| prepare(&file[..file.len() - 2]).map(drop);
                assert_eq!(unmarked(&whole), Ok(()));
                let lacking = jpeg.written(&scans[..scans.len() - 1]);
                assert_eq!(unmarked(&lacking), Err(ScanError::Truncated(Format::Jpeg)));
            }
            for (what, scans) in [
                ("a bit twice", &[MEANS, LAST_BIT, LAST_BIT, luminance, blue, red][..]),
                ("means twice", &[MEANS, MEANS, luminance, blue, red]),
                ("two bits at once", &[bits(&[0, 1, 2], 0, 0, 0, 2), bits(&[0, 1, 2], 0, 0, 2, 0)]),
                ("a bit too early", &[LAST_BIT, MEANS]),
                ("a bit that is not the next", &[bits(&[0, 1, 2], 0, 0, 0, 3), bits(&[0, 1, 2], 0, 0, 2, 1)]),
                ("means and the rest", &[bits(&[0], 0, 63, 0, 0)]),
                ("the rest of two components", &[MEANS, bits(&[1, 2], 1, 63, 0, 0)]),
            ] {
                let refused = prepare(&jpeg.written(scans)).unwrap_err();
                assert_eq!(refused, ScanError::Truncated(Format::Jpeg), "{what}");
            }
        }
    }
}

#[test]
fn a_jpeg_that_is_not_read_says_what_it_has() {
    let plain = written(quartered(32, 24), ImageFormat::Jpeg);
    let frame = plain.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let with = |at: usize, byte: u8| {
        let mut jpeg = plain.clone();
        jpeg[frame + at] = byte;
        jpeg
    };
    let mut counted = with(6, 0);
    let end = counted.len() - 2;
    counted.splice(end..end, [0xFF, 0xDC, 0, 4, 0, 24]);
    for (jpeg, what) in [
        (with(1, 0xC3), "lossless coding"),
        (with(1, 0xC5), "hierarchical coding"),
        (with(1, 0xC9), "arithmetic coding"),
        (with(1, 0xCA), "arithmetic coding"),
        (with(1, 0xF7), "the coding of JPEG-LS"),
        (with(4, 12), "samples that have not 8 bits"),
        (with(6, 0), "its height behind its data"),
        (counted, "its height behind its data"),
        (with(13, plain[frame + 10]), "several components of one name"),
    ] {
        let refused = prepare(&jpeg).unwrap_err();
        assert_eq!(refused, ScanError::Unsupported { format: Format::Jpeg, what });
    }
}

#[test]
fn pixels_that_are_known_to_lie_upright_stay_as_they_lie() {
    let photo = jpeg_with_exif(&quartered(64, 48), 6, true);
    let scan = prepare_converted(&photo, true).unwrap();
    assert_eq!((scan.width(), scan.height()), (64, 48));
    assert_close(quarters(&scan), QUARTERS, 6, "upright");
    assert!(!scan.remarks().contains(&Remark::Turned));
    assert!(scan.remarks().contains(&Remark::LocationRemoved));
    for turned in [prepare(&photo), prepare_converted(&photo, false)] {
        assert_eq!(turned.unwrap().width(), 48);
    }
}

#[test]
fn what_a_converter_made_may_be_longer_than_what_a_person_gives() {
    let mut long = written(quartered(32, 24), ImageFormat::Bmp);
    long.resize(MAX_INPUT_BYTES + 1, 0);
    let refused = ScanError::FileTooLarge { bytes: long.len(), most: MAX_INPUT_BYTES };
    assert_eq!(prepare(&long).unwrap_err(), refused);
    assert_close(quarters(&prepare_converted(&long, true).unwrap()), QUARTERS, 6, "long");
}

#[test]
fn an_orientation_that_imagemagick_wrote_as_text_is_followed() {
    let png = written(quartered(64, 48), ImageFormat::Png);
    let block = [b"Exif\0\0", exif(6, true).as_slice()].concat();
    let digits: String = block.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = digits.as_bytes().chunks(72).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>();
    let text = format!("\nexif\n{:8}\n{}\n", block.len(), lines.join("\n"));
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    for name in ["exif", "APP1"] {
        for (kind, rest) in
            [(b"tEXt", text.as_bytes().to_vec()), (b"zTXt", [&[0], packed.as_slice()].concat())]
        {
            let content = [format!("Raw profile type {name}\0").as_bytes(), &rest].concat();
            let mut chunk = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
            chunk.extend([&kind[..], &content].concat());
            chunk.extend(crc32(&chunk[4..]).to_be_bytes());
            let scan = prepare(&[&png[..33], &chunk, &png[33..]].concat()).unwrap();
            assert_eq!((scan.width(), scan.height()), (48, 64), "{name}");
            assert!(scan.remarks().contains(&Remark::LocationRemoved), "{name}");
        }
    }
}

#[test]
fn a_gif_larger_than_its_screen_is_not_cut_off() {
    let gif = written(quartered(32, 24), ImageFormat::Gif);
    for (width, height) in [(10, 10), (32, 12), (1, 24), (0, 0)] {
        let mut gif = gif.clone();
        gif[6..10].copy_from_slice(&[width, 0, height, 0]);
        let scan = prepare(&gif).unwrap();
        assert_eq!((scan.width(), scan.height()), (32, 24), "{width}×{height}");
        assert_close(quarters(&scan), QUARTERS, 6, "GIF");
    }
}

/// A bitmap of so many pixels across, and 24 down, whose rows are runs. Its palette begins with white.
fn bitmap_of_runs(bits: u8, width: u32, runs: &[u8]) -> Vec<u8> {
    let mut bmp = b"BM".to_vec();
    for number in [0, 0, 54 + 4 * 4, 40, width, 24] {
        bmp.extend(u32::to_le_bytes(number));
    }
    bmp.extend([1, 0, bits, 0, if bits == 8 { 1 } else { 2 }, 0, 0, 0]);
    for number in [runs.len() as u32, 0, 0, 4, 0] {
        bmp.extend(number.to_le_bytes());
    }
    // Blue, green, red.
    for [red, green, blue] in [WHITE, QUARTERS[0], QUARTERS[1], QUARTERS[2]] {
        bmp.extend([blue, green, red, 0]);
    }
    bmp.extend(runs);
    bmp
}

#[test]
fn what_the_runs_of_a_bitmap_pass_over_has_the_first_colour_and_what_is_missing_is_missing() {
    for bits in [8, 4] {
        let index = |index: u8| if bits == 8 { index } else { index << 4 | index };
        // From the lowest row up: blue, and what is passed over, by a mark of a row's end or a step across; then red and
        // green, which once is given index by index.
        let ends_row = [16, index(3), 0, 0];
        let steps = [16, index(3), 0, 2, 16, 0, 0, 0];
        let two = [16, index(1), 16, index(2), 0, 0];
        let one_by_one = if bits == 8 {
            [&[16, 1, 0, 16][..], &[2; 16], &[0, 0]].concat()
        } else {
            [&[16, 0x11, 0, 16][..], &[0x22; 8], &[0, 0]].concat()
        };
        let rows = [ends_row.repeat(6), steps.repeat(6), two.repeat(6), one_by_one.repeat(6)].concat();
        let complete = [rows.as_slice(), &[0, 1]].concat();
        let scan = prepare(&bitmap_of_runs(bits, 32, &complete)).unwrap();
        assert_close(quarters(&scan), QUARTERS, 6, &format!("{bits} bits"));
        // Without the mark of the end, but with all rows.
        assert!(prepare(&bitmap_of_runs(bits, 32, &rows)).is_ok());
        // Rows that are filled up to four bytes.
        let filled = prepare(&bitmap_of_runs(bits, 30, &complete)).unwrap();
        assert_eq!((filled.width(), filled.height()), (30, 24));
        assert_close(quarters(&filled), QUARTERS, 6, &format!("{bits} bits, filled"));
        for cut in [3, 7, rows.len() / 2, rows.len() - 1] {
            let refused = prepare(&bitmap_of_runs(bits, 32, &rows[..rows.len() - cut])).unwrap_err();
            assert_eq!(refused, ScanError::Truncated(Format::Bmp), "{bits} bits, {cut}");
        }
        for beyond in [&[33, index(1), 0, 1][..], &[0, 2, 0, 24, 1, index(1)], &[0, 2, 32, 0, 1, index(1)]] {
            let refused = prepare(&bitmap_of_runs(bits, 32, beyond)).unwrap_err();
            assert_eq!(refused, ScanError::Damaged(Format::Bmp), "{bits} bits");
        }
    }
}

#[test]
fn tiles_that_are_named_as_strips_are_found() {
    let image = quartered(32, 24);
    let tile = |left: u32, top: u32| -> Vec<u8> {
        let place = (0..16 * 16).map(|place| (left + place % 16, top + place / 16));
        place.flat_map(|(x, y)| if y < 24 { image.get_pixel(x, y).0 } else { [7; 3] }).collect()
    };
    let mut tiff = Tiff::new(&image).without(278).with(322, 3, &[16]).with(323, 3, &[16]);
    tiff.strips = vec![tile(0, 0), tile(16, 0), tile(0, 16), tile(16, 16)];
    assert_close(quarters(&prepare(&tiff.written()).unwrap()), QUARTERS, 6, "tiles");
}

/// A TIFF of red, green, blue and a fourth sample, which is 0.
fn with_a_fourth() -> Tiff {
    let image = quartered(32, 24);
    let samples = image.pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 0]).collect();
    let mut tiff = Tiff::new(&image).with(277, 3, &[4]);
    tiff.strips = vec![samples];
    tiff
}

#[test]
fn an_alpha_that_is_0_throughout_was_multiplied_with_nothing() {
    // Associated, unassociated, and none by its name.
    for (kind, ignored) in [(1, true), (2, true), (0, false)] {
        let scan = prepare(&with_a_fourth().with(338, 3, &[kind]).written()).unwrap();
        assert_close(quarters(&scan), QUARTERS, 6, &format!("{kind}"));
        assert_eq!(scan.remarks().contains(&Remark::TransparencyIgnored), ignored, "{kind}");
    }
}

#[test]
fn a_tiff_that_says_nothing_of_its_colours_is_taken_only_if_they_can_be_no_others() {
    let refused = prepare(&with_a_fourth().without(262).written()).unwrap_err();
    let what = "no word of what its colours are";
    assert_eq!(refused, ScanError::Unsupported { format: Format::Tiff, what });
    for told in [Tiff::new(&quartered(32, 24)).without(262), with_a_fourth().without(262).with(338, 3, &[0])]
    {
        assert_close(quarters(&prepare(&told.written()).unwrap()), QUARTERS, 6, "three colours");
    }
}

#[test]
fn a_comment_hides_nothing_of_a_jpeg() {
    // A marker without a length, before the frame, is passed by in every reading.
    let jpeg = Jpeg { frame: Jpeg::SEQUENTIAL, luminance: 1, restart: 0 };
    let parted = jpeg.written(&[whole(&[0]), whole(&[1]), whole(&[2])]);
    let commented = with_segment(&parted, 0xFE, &[0xFF, 0xC0, 0xFF, 0xDA]);
    assert_close(quarters(&prepare(&commented).unwrap()), QUARTERS, 8, "commented");
    let odd = [&parted[..2], &[0xFF, 0x01], &parted[2..]].concat();
    if let Ok(scan) = prepare(&odd) {
        assert_close(quarters(&scan), QUARTERS, 8, "a marker alone");
    }
}
