use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};

use super::canvas::{Canvas, Colour, ZOOM};

/// The fonts of the specimen scans.
#[derive(Clone, Copy)]
pub(super) enum Face {
    Regular,
    Bold,
    Oblique,
    Mono,
}

static FONTS: LazyLock<[FontRef<'static>; 4]> = LazyLock::new(|| {
    [dejavu::sans::regular(), dejavu::sans::bold(), dejavu::sans::oblique(), dejavu::sans_mono::regular()]
        .map(|bytes| FontRef::try_from_slice(bytes).expect("the crate's fonts are well-formed"))
});

impl Face {
    fn font(self) -> &'static FontRef<'static> {
        &FONTS[self as usize]
    }

    /// `size` is the em, as in print.
    fn scale(self, size: f32) -> PxScale {
        let font = self.font();
        let em = font.units_per_em().unwrap_or(2048.0);
        PxScale::from(size * font.height_unscaled() / em)
    }
}

/// Whether the native form of a name can be drawn: letters of scripts that the font has, one glyph after the
/// other from left to right.
pub(super) fn can_draw(text: &str) -> bool {
    text.chars().all(|letter| {
        let simple = matches!(letter,
            ' '..='\u{24F}' | '\u{370}'..='\u{52F}' | '\u{531}'..='\u{58F}' | '\u{10A0}'..='\u{10FF}'
            | '\u{1E00}'..='\u{1FFF}' | '\u{2010}'..='\u{2027}');
        simple && Face::Regular.font().glyph_id(letter) != GlyphId(0)
    })
}

pub(super) fn text_width(face: Face, size: f32, text: &str) -> f32 {
    let font = face.font().as_scaled(face.scale(size));
    text.chars().map(|letter| font.h_advance(font.glyph_id(letter))).sum()
}

impl Canvas {
    /// Writes on a base line that starts at `x`, `y`.
    pub(super) fn text(&mut self, face: Face, size: f32, x: f32, y: f32, colour: Colour, text: &str) {
        let font = face.font();
        let scale = face.scale(size);
        let mut pen = x;
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            self.glyph(font, glyph, scale, pen, y, colour);
            pen += font.as_scaled(scale).h_advance(glyph);
        }
    }

    fn glyph(&mut self, font: &FontRef<'_>, glyph: GlyphId, scale: PxScale, x: f32, y: f32, colour: Colour) {
        let scale = PxScale { x: scale.x * ZOOM, y: scale.y * ZOOM };
        let placed = glyph.with_scale_and_position(scale, point(x * ZOOM, y * ZOOM));
        if let Some(outline) = font.outline_glyph(placed) {
            let bounds = outline.px_bounds();
            let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
            outline.draw(|x, y, coverage| {
                self.blend(left + x as i32, top + y as i32, colour, coverage);
            });
        }
    }

    /// Draws a text, smaller where it would be wider than `width`.
    pub(super) fn fitted(
        &mut self,
        face: Face,
        size: f32,
        (x, y): (f32, f32),
        width: f32,
        colour: Colour,
        text: &str,
    ) {
        let full = text_width(face, size, text);
        let size = if full > width { size * width / full } else { size };
        self.text(face, size, x, y, colour, text);
    }

    pub(super) fn centred(&mut self, face: Face, size: f32, x: f32, y: f32, colour: Colour, text: &str) {
        self.text(face, size, x - text_width(face, size, text) / 2.0, y, colour, text);
    }

    pub(super) fn right_aligned(
        &mut self,
        face: Face,
        size: f32,
        x: f32,
        y: f32,
        colour: Colour,
        text: &str,
    ) {
        self.text(face, size, x - text_width(face, size, text), y, colour, text);
    }

    /// One sign every `step` pixels, as machines read it.
    pub(super) fn spaced(&mut self, size: f32, (x, y): (f32, f32), step: f32, colour: Colour, text: &str) {
        for (index, letter) in text.chars().enumerate() {
            self.centred(
                Face::Mono,
                size,
                x + (index as f32 + 0.5) * step,
                y,
                colour,
                letter.encode_utf8(&mut [0; 4]),
            );
        }
    }

    /// Lines broken at spaces to a width; the base line after the last.
    pub(super) fn paragraph(
        &mut self,
        size: f32,
        (x, y): (f32, f32),
        width: f32,
        colour: Colour,
        text: &str,
    ) -> f32 {
        let mut y = y;
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if text_width(Face::Regular, size, &longer) > width && !line.is_empty() {
                self.text(Face::Regular, size, x, y, colour, &line);
                y += size * 1.5;
                line = word.to_owned();
            } else {
                line = longer;
            }
        }
        self.text(Face::Regular, size, x, y, colour, &line);
        y + size * 1.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_shaping_are_drawn() {
        for name in ["Müller", "Nguyễn Thị", "Ελένη", "Тарас Шевченко", "Հայկ", "ნინო", "O’Neill"]
        {
            assert!(can_draw(name), "{name}");
        }
        for name in ["محمد", "สมชาย", "नेहा", "山田", "김", "דוד", "🎂"] {
            assert!(!can_draw(name), "{name}");
        }
    }

    #[test]
    fn fitted_text_keeps_to_its_width() {
        let mut canvas = Canvas::new(200.0, 40.0, [255; 3]);
        canvas.fitted(Face::Bold, 24.0, (0.0, 30.0), 100.0, [0; 3], &"W".repeat(80));
        let reds = canvas.reds();
        let dark = |columns: std::ops::Range<usize>| {
            reds.chunks_exact(150).any(|row| row[columns.clone()].iter().any(|red| *red < 200))
        };
        assert!(dark(0..75) && !dark(77..150));
    }
}
