use std::ops::Range;

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use telegram_passport::scan::{PassportJpeg, accept};

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

pub(super) const WHITE: Colour = [255; 3];
pub(super) const INK: Colour = [34, 38, 46];

/// Pixels to the unit of length in which pages are laid out: enough to read the smallest print.
pub(super) const ZOOM: f32 = 0.75;

/// The JPEG quality of specimens. They are made by the dozen, and their engraved ground is costly.
const QUALITY: u8 = 80;

/// A page under the pen: opaque RGB, origin top left, lengths in units of [`ZOOM`] pixels. Wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// A rectangle by its top left corner and its size.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

pub(super) const fn area(x: f32, y: f32, width: f32, height: f32) -> Area {
    Area { x, y, width, height }
}

impl Canvas {
    pub(super) fn new(width: f32, height: f32, paper: Colour) -> Self {
        let (width, height) = ((width * ZOOM) as usize, (height * ZOOM) as usize);
        Self { width, height, pixels: paper.repeat(width * height) }
    }

    pub(super) fn width(&self) -> f32 {
        self.width as f32 / ZOOM
    }

    pub(super) fn height(&self) -> f32 {
        self.height as f32 / ZOOM
    }

    /// Width and height in pixels.
    pub(super) fn pixels(&self) -> (i32, i32) {
        (self.width as i32, self.height as i32)
    }

    /// Lays a colour over a pixel; `opacity` from 0 to 1. Outside the page nothing happens.
    pub(super) fn blend(&mut self, x: i32, y: i32, colour: Colour, opacity: f32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= self.width || y >= self.height {
            return;
        }
        let at = 3 * (y * self.width + x);
        let share = (opacity * 256.0) as u32;
        if share >= 256 {
            self.pixels[at..at + 3].copy_from_slice(&colour);
            return;
        }
        for (sample, colour) in self.pixels[at..at + 3].iter_mut().zip(colour) {
            *sample = ((u32::from(*sample) * (256 - share) + u32::from(colour) * share) >> 8) as u8;
        }
    }

    /// Paints a shape given by its signed distance (negative inside), with a smooth edge.
    pub(super) fn paint(
        &mut self,
        within: Area,
        colour: Colour,
        opacity: f32,
        distance: impl Fn(f32, f32) -> f32,
    ) {
        let (columns, rows) = self.span(within);
        for y in rows {
            for x in columns.clone() {
                let (middle_x, middle_y) = ((x as f32 + 0.5) / ZOOM, (y as f32 + 0.5) / ZOOM);
                let coverage = 0.5 - distance(middle_x, middle_y) * ZOOM;
                if coverage > 0.0 {
                    self.blend(x, y, colour, opacity * coverage.min(1.0));
                }
            }
        }
    }

    /// The columns and rows of pixels that a place touches.
    pub(super) fn span(&self, place: Area) -> (Range<i32>, Range<i32>) {
        let (width, height) = self.pixels();
        let start = |from: f32| (from * ZOOM).floor().max(0.0) as i32;
        let end = |to: f32, most: i32| ((to * ZOOM).ceil() as i32).min(most);
        (
            start(place.x)..end(place.x + place.width, width),
            start(place.y)..end(place.y + place.height, height),
        )
    }

    pub(super) fn fill(&mut self, place: Area, colour: Colour, opacity: f32) {
        let (columns, rows) = self.span(place);
        for y in rows {
            for x in columns.clone() {
                self.blend(x, y, colour, opacity);
            }
        }
    }

    /// A rectangle with round corners.
    pub(super) fn rounded(&mut self, place: Area, radius: f32, colour: Colour, opacity: f32) {
        self.paint(place, colour, opacity, rounded_distance(place, radius));
    }

    /// Its outline, drawn inwards.
    pub(super) fn frame(&mut self, place: Area, radius: f32, thickness: f32, colour: Colour) {
        let distance = rounded_distance(place, radius);
        self.paint(place, colour, 1.0, move |x, y| {
            let outer = distance(x, y);
            outer.max(-thickness - outer)
        });
    }

    pub(super) fn ellipse(&mut self, x: f32, y: f32, rx: f32, ry: f32, colour: Colour, opacity: f32) {
        let around = area(x - rx - 1.0, y - ry - 1.0, 2.0 * rx + 2.0, 2.0 * ry + 2.0);
        let small = rx.min(ry);
        self.paint(around, colour, opacity, move |px, py| {
            let (dx, dy) = ((px - x) / rx, (py - y) / ry);
            ((dx * dx + dy * dy).sqrt() - 1.0) * small
        });
    }

    /// A circle's line.
    pub(super) fn ring(&mut self, x: f32, y: f32, radius: f32, thickness: f32, colour: Colour, opacity: f32) {
        let outer = radius + thickness;
        let around = area(x - outer, y - outer, 2.0 * outer, 2.0 * outer);
        self.paint(around, colour, opacity, move |px, py| {
            ((px - x).hypot(py - y) - radius).abs() - thickness / 2.0
        });
    }

    /// A straight line with round ends.
    pub(super) fn line(
        &mut self,
        from: (f32, f32),
        to: (f32, f32),
        thickness: f32,
        colour: Colour,
        opacity: f32,
    ) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).max(f32::EPSILON);
        let around = area(
            from.0.min(to.0) - thickness,
            from.1.min(to.1) - thickness,
            dx.abs() + 2.0 * thickness,
            dy.abs() + 2.0 * thickness,
        );
        self.paint(around, colour, opacity, move |x, y| {
            let along = (((x - from.0) * dx + (y - from.1) * dy) / length).clamp(0.0, 1.0);
            (x - from.0 - along * dx).hypot(y - from.1 - along * dy) - thickness / 2.0
        });
    }

    /// From one colour at the top to another at the bottom.
    pub(super) fn gradient(&mut self, place: Area, top: Colour, bottom: Colour) {
        let (columns, rows) = self.span(place);
        let height = rows.len().max(1) as f32;
        for (index, y) in rows.enumerate() {
            let colour = mix(top, bottom, index as f32 / height);
            for x in columns.clone() {
                self.blend(x, y, colour, 1.0);
            }
        }
    }

    /// Another page, scaled down into a place; each pixel is the mean of those it covers.
    pub(super) fn paste(&mut self, other: &Self, place: Area) {
        let (columns, rows) = self.span(place);
        let scale_x = other.width as f32 / columns.len().max(1) as f32;
        let scale_y = other.height as f32 / rows.len().max(1) as f32;
        for (index_y, y) in rows.enumerate() {
            let top = ((index_y as f32 * scale_y) as usize).min(other.height - 1);
            let bottom = (((index_y + 1) as f32 * scale_y) as usize).clamp(top + 1, other.height);
            for (index_x, x) in columns.clone().enumerate() {
                let left = ((index_x as f32 * scale_x) as usize).min(other.width - 1);
                let right = (((index_x + 1) as f32 * scale_x) as usize).clamp(left + 1, other.width);
                self.blend(x, y, other.mean(left..right, top..bottom), 1.0);
            }
        }
    }

    fn mean(&self, columns: Range<usize>, rows: Range<usize>) -> Colour {
        let count = (columns.len() * rows.len()) as u32;
        let mut sums = [0; 3];
        for row in rows {
            let row = row * self.width;
            for pixel in self.pixels[3 * (row + columns.start)..3 * (row + columns.end)].chunks_exact(3) {
                for (sum, sample) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*sample);
                }
            }
        }
        sums.map(|sum| (sum / count) as u8)
    }

    /// The first sample of every pixel, for a page drawn in shades of grey.
    pub(super) fn reds(&self) -> Vec<u8> {
        self.pixels.iter().step_by(3).copied().collect()
    }

    /// The page as a JPEG.
    pub(super) fn to_scan(&self) -> PassportJpeg {
        let mut bytes = Zeroizing::new(Vec::with_capacity(512 * 1024));
        JpegEncoder::new_with_quality(&mut *bytes, QUALITY)
            .encode(&self.pixels, self.width as u32, self.height as u32, ExtendedColorType::Rgb8)
            .expect("a page of a few megapixels is written to memory");
        accept(&bytes).expect("a page has a scan's size, and its JPEG holds nothing but pixels")
    }
}

fn rounded_distance(place: Area, radius: f32) -> impl Fn(f32, f32) -> f32 + Copy {
    let (half_x, half_y) = (place.width / 2.0, place.height / 2.0);
    let (x, y) = (place.x + half_x, place.y + half_y);
    move |px, py| {
        let dx = (px - x).abs() - half_x + radius;
        let dy = (py - y).abs() - half_y + radius;
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
    }
}

/// `share` of the second colour, the rest of the first.
pub(super) fn mix(first: Colour, second: Colour, share: f32) -> Colour {
    let mut mixed = first;
    for (sample, other) in mixed.iter_mut().zip(second) {
        *sample = (f32::from(*sample) * (1.0 - share) + f32::from(other) * share).round() as u8;
    }
    mixed
}

/// A colour by hue (degrees), saturation and lightness (percent).
pub(super) fn hue(degrees: u32, saturation: u32, lightness: u32) -> Colour {
    let (saturation, lightness) = (saturation as f32 / 100.0, lightness as f32 / 100.0);
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|turn| {
        let k = (turn + (degrees % 360) as f32 / 30.0) % 12.0;
        ((lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)) * 255.0).round() as u8
    })
}
