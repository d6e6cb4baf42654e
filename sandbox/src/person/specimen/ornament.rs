//! What makes a page look official, and what makes sure that nobody takes it for real.

use std::f32::consts::TAU;
use std::sync::LazyLock;

use super::canvas::{Area, Canvas, Colour, WHITE, ZOOM, area};
use super::text::{Face, text_width};

/// The sentence on every page.
pub(super) const NOTICE: &str = "NOT A REAL DOCUMENT · tgpassport sandbox · a person who never existed";

const MARK: &str = "SPECIMEN";
const MARK_RED: Colour = [208, 32, 48];

impl Canvas {
    /// Waves of fine lines over a place, after the engravers' guilloche.
    pub(super) fn waves(&mut self, place: Area, colour: Colour, opacity: f32, turn: f32) {
        let lines = (place.height / 13.0) as usize;
        let (columns, rows) = self.span(place);
        for line in 0..=lines {
            let share = line as f32 / lines.max(1) as f32;
            let base = place.y + share * place.height;
            for x in columns.clone() {
                let along = x as f32 / ZOOM / 160.0;
                let y = base
                    + 14.0 * (along + turn + share * 5.0).sin()
                    + 7.0 * (2.7 * along - turn + share * 9.0).sin();
                let y = y * ZOOM;
                let (row, rest) = (y.floor() as i32, y - y.floor());
                if rows.contains(&row) && row + 1 < rows.end {
                    self.blend(x, row, colour, opacity * (1.0 - rest));
                    self.blend(x, row + 1, colour, opacity * rest);
                }
            }
        }
    }

    /// A rosette of one endless line.
    pub(super) fn rosette(&mut self, x: f32, y: f32, radius: f32, petals: u32, colour: Colour, opacity: f32) {
        for layer in 0..3u8 {
            let size = radius * (1.0 - 0.22 * f32::from(layer));
            let steps = (size * 22.0) as usize;
            for step in 0..steps {
                let angle = TAU * 3.0 * step as f32 / steps as f32;
                let reach = size * (0.72 + 0.28 * (angle * petals as f32 / 3.0).cos());
                let (px, py) = (x + reach * angle.cos(), y + reach * angle.sin());
                self.blend((px * ZOOM) as i32, (py * ZOOM) as i32, colour, opacity);
            }
        }
    }

    /// A crest that no state has: a paper plane over waves on a shield, within a ring of dots.
    pub(super) fn crest(&mut self, x: f32, y: f32, radius: f32, colour: Colour, ground: Colour) {
        self.ring(x, y, radius, radius * 0.06, colour, 1.0);
        for dot in 0..16u8 {
            let angle = TAU * f32::from(dot) / 16.0;
            let reach = radius * 0.86;
            let size = radius * 0.045;
            self.ellipse(x + reach * angle.cos(), y + reach * angle.sin(), size, size, colour, 1.0);
        }
        let shield = area(x - radius, y - radius, 2.0 * radius, 2.0 * radius);
        self.paint(shield, colour, 1.0, move |px, py| {
            // Two arcs meet below, a straight edge closes the top.
            let (dx, dy) = ((px - x).abs(), py - y);
            let arc = (dx + radius * 0.62).hypot(dy + radius * 0.35) - radius * 1.14;
            arc.max(-radius * 0.52 - dy)
        });
        let plane = [(-0.34, -0.12), (0.36, -0.36), (0.02, 0.22)];
        let corner = |index: usize| {
            let (dx, dy): (f32, f32) = plane[index % 3];
            (x + dx * radius, y + dy * radius)
        };
        for index in 0..3 {
            self.line(corner(index), corner(index + 1), radius * 0.07, ground, 1.0);
        }
        self.line((x - 0.08 * radius, y - 0.02 * radius), corner(1), radius * 0.05, ground, 1.0);
        for wave in 0..2u8 {
            let base = y + radius * (0.38 + 0.14 * f32::from(wave));
            let half = radius * (0.3 - 0.12 * f32::from(wave));
            self.line((x - half, base), (x + half, base), radius * 0.06, ground, 1.0);
        }
    }

    /// A round seal with a star, as on certified papers.
    pub(super) fn seal(&mut self, x: f32, y: f32, radius: f32, colour: Colour) {
        for (reach, thickness) in [(1.0, 4.0), (0.9, 1.5), (0.62, 1.5)] {
            self.ring(x, y, radius * reach, thickness, colour, 0.8);
        }
        for ray in 0..40u8 {
            let angle = TAU * f32::from(ray) / 40.0;
            let at = |reach: f32| (x + radius * reach * angle.cos(), y + radius * reach * angle.sin());
            self.line(at(0.68), at(0.84), 3.0, colour, 0.7);
        }
        self.crest(x, y, radius * 0.52, colour, WHITE);
    }

    /// A signature: loops whose number and height follow from the letters of the name.
    pub(super) fn signature(&mut self, x: f32, y: f32, size: f32, colour: Colour, name: &str) {
        let mut pen = (x, y);
        let mut along = 0.0;
        for (index, letter) in name.chars().filter(|letter| letter.is_alphabetic()).take(14).enumerate() {
            let tall = if index == 0 { 1.6 } else { 0.35 + (letter as u32 % 5) as f32 * 0.14 };
            for step in 1..=12u8 {
                let angle = TAU * f32::from(step) / 12.0;
                let next = (
                    x + along + size * (0.5 * f32::from(step) / 12.0 + 0.18 * angle.sin()),
                    y - size * tall * (1.0 - angle.cos()) / 2.0,
                );
                self.line(pen, next, size * 0.07, colour, 0.9);
                pen = next;
            }
            along += size * 0.5;
        }
        self.line(pen, (pen.0 + size * 1.4, y - size * 0.25), size * 0.06, colour, 0.9);
    }

    /// SPECIMEN from corner to corner, and the notice along the lower edge.
    pub(super) fn mark(&mut self) {
        let (columns, rows) = self.pixels();
        let (width, height) = (columns as f32, rows as f32);
        let diagonal = width.hypot(height);
        let (sine, cosine) = (-height / diagonal, width / diagonal);
        let scale = diagonal * 0.72 / STENCIL.width as f32;
        let reach = STENCIL.height as f32 * scale / 2.0;
        for y in 0..rows {
            // Where the band of letters crosses this row.
            let dy = y as f32 - height / 2.0;
            let middle = width / 2.0 + dy * cosine / sine;
            let half = (reach / sine).abs();
            for x in (middle - half).max(0.0) as i32..(middle + half).min(width) as i32 {
                let dx = x as f32 - width / 2.0;
                let along = (dx * cosine + dy * sine) / scale + STENCIL.width as f32 / 2.0;
                let across = (dy * cosine - dx * sine) / scale + STENCIL.height as f32 / 2.0;
                let coverage = STENCIL.at(along, across);
                if coverage > 0 {
                    self.blend(x, y, MARK_RED, f32::from(coverage) / 255.0 * 0.36);
                }
            }
        }
        let (width, height) = (self.width(), self.height());
        let strip = area(0.0, height - 26.0, width, 26.0);
        self.fill(strip, MARK_RED, 1.0);
        self.centred(Face::Bold, 15.0, width / 2.0, height - 8.0, WHITE, NOTICE);
    }
}

/// The word SPECIMEN in a frame, drawn once and laid over every page at its angle.
struct Stencil {
    width: usize,
    height: usize,
    coverage: Vec<u8>,
}

impl Stencil {
    fn at(&self, x: f32, y: f32) -> u8 {
        if x < 0.0 || y < 0.0 {
            return 0;
        }
        let (x, y) = (x as usize, y as usize);
        if x >= self.width || y >= self.height { 0 } else { self.coverage[y * self.width + x] }
    }
}

static STENCIL: LazyLock<Stencil> = LazyLock::new(|| {
    let size = 220.0;
    let (width, height) = (text_width(Face::Bold, size, MARK) + 80.0, 236.0);
    let mut canvas = Canvas::new(width, height, [0; 3]);
    canvas.frame(area(0.0, 0.0, width, height), 26.0, 12.0, WHITE);
    canvas.text(Face::Bold, size, 40.0, 198.0, WHITE, MARK);
    let (width, height) = canvas.pixels();
    Stencil { width: width as usize, height: height as usize, coverage: canvas.reds() }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_runs_from_corner_to_corner() {
        for (width, height) in [(1240.0, 880.0), (1000.0, 1414.0), (900.0, 1200.0)] {
            let mut page = Canvas::new(width, height, [0; 3]);
            page.mark();
            let (columns, rows) = page.pixels();
            let reds = page.reds();
            let red = |x: f32, y: f32| {
                let (x, y) = ((x * columns as f32) as usize, (y * rows as f32) as usize);
                reds[y * columns as usize + x] > 0
            };
            // Letters and frame cover much of the diagonal, and nothing far from it.
            let along = (14..86).filter(|step| red(*step as f32 / 100.0, 1.0 - *step as f32 / 100.0)).count();
            assert!(along > 20, "{along} of 72 on a page of {width} by {height}");
            assert!(!red(0.1, 0.1) && !red(0.9, 0.9));
            assert!(red(0.01, 0.995), "the notice's strip");
        }
    }
}
