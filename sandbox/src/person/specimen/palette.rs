use super::canvas::{self, Canvas, Colour, hue};
use telegram_passport::element::Country;

/// The colours of a country's documents: no flag, a hue that follows from its code.
#[derive(Clone, Copy)]
pub(super) struct Palette {
    pub(super) dark: Colour,
    pub(super) line: Colour,
    pub(super) tint: Colour,
    pub(super) paper: Colour,
}

impl Palette {
    pub(super) fn new(country: Option<Country>, turn: u32) -> Self {
        let code = country
            .map_or(0, |country| country.code().bytes().fold(0, |sum, letter| sum * 31 + u32::from(letter)));
        let degrees = code * 47 + turn;
        Self {
            dark: hue(degrees, 48, 27),
            line: hue(degrees, 42, 62),
            tint: hue(degrees + 40, 45, 86),
            paper: hue(degrees, 40, 95),
        }
    }
}

/// A guilloche ground in the palette's colours.
pub(super) fn ground(width: f32, height: f32, palette: Palette, turn: f32) -> Canvas {
    let mut page = Canvas::new(width, height, palette.paper);
    let whole = canvas::area(0.0, 0.0, width, height);
    page.gradient(whole, palette.paper, palette.tint);
    page.waves(whole, palette.line, 0.4, turn);
    page
}
