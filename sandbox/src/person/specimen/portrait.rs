use super::canvas::{Area, Canvas, Colour, area, mix};
use crate::person::choices::Choices;
use telegram_passport::element::{Country, Gender};

/// A cartoon face that nobody has, the same for one holder on every page.
pub(super) struct Portrait {
    skin: Colour,
    hair: Colour,
    eyes: Colour,
    shirt: Colour,
    style: u32,
    glasses: bool,
    beard: bool,
    earrings: bool,
    width: f32,
}

const SKINS: [Colour; 6] =
    [[255, 224, 196], [241, 194, 155], [224, 172, 125], [198, 134, 92], [141, 91, 60], [98, 64, 46]];
const HAIRS: [Colour; 6] =
    [[38, 30, 28], [74, 48, 32], [122, 78, 42], [196, 152, 84], [150, 66, 36], [150, 150, 154]];
const EYES: [Colour; 4] = [[72, 52, 36], [64, 96, 140], [76, 118, 84], [44, 40, 40]];
const SHIRTS: [Colour; 6] =
    [[52, 84, 140], [140, 56, 72], [62, 110, 92], [92, 72, 130], [66, 70, 82], [178, 116, 52]];

impl Portrait {
    pub(super) fn skin(&self) -> Colour {
        self.skin
    }

    pub(super) fn new(country: Option<Country>, seed: u64, gender: Option<Gender>) -> Self {
        // Any country will do where the data names none; the seed is turned so that the face does not repeat
        // the choices the data was made by.
        let country = country.or_else(|| Country::from_code("DE")).expect("DE is a country");
        let mut choices = Choices::new(country, !seed);
        let male = gender == Some(Gender::Male);
        Self {
            skin: *choices.one_of(&SKINS),
            hair: *choices.one_of(&HAIRS),
            eyes: *choices.one_of(&EYES),
            shirt: *choices.one_of(&SHIRTS),
            style: choices.below(3) + if male { 0 } else { 3 },
            glasses: choices.below(3) == 0,
            beard: choices.below(3) == 0 && male,
            earrings: choices.below(2) == 0 && !male,
            width: 0.92 + choices.below(17) as f32 / 100.0,
        }
    }

    /// Draws head and shoulders; nothing leaves the place but the hair of the tallest.
    pub(super) fn draw(&self, canvas: &mut Canvas, place: Area) {
        let mut head = Head {
            canvas,
            x: place.x + place.width / 2.0,
            y: place.y + place.height * 0.44,
            unit: place.width / 100.0,
            place,
        };
        self.hair_behind(&mut head);
        self.shoulders(&mut head);
        self.face(&mut head);
        self.hair_before(&mut head);
        if self.glasses {
            self.spectacles(&mut head);
        }
    }

    fn shoulders(&self, head: &mut Head<'_>) {
        let shade = mix(self.skin, [90, 50, 40], 0.18);
        head.ellipse(0.0, 66.0, 44.0, 30.0, self.shirt);
        head.ellipse(0.0, 41.0, 15.0, 12.0, mix(self.shirt, [255; 3], 0.7));
        head.ellipse(0.0, 31.0, 11.5, 16.0, shade);
    }

    fn face(&self, head: &mut Head<'_>) {
        let shade = mix(self.skin, [90, 50, 40], 0.25);
        let width = 25.0 * self.width;
        for side in [-1.0, 1.0] {
            head.ellipse(side * width, 2.0, 5.0, 8.0, shade);
            if self.earrings {
                head.ellipse(side * (width + 0.8), 11.0, 1.6, 1.6, [230, 190, 70]);
            }
        }
        head.ellipse(0.0, 0.0, width, 32.0, self.skin);
        if self.beard {
            let beard = mix(self.hair, self.skin, 0.15);
            head.ellipse(0.0, 18.0, width * 0.86, 15.0, beard);
            head.ellipse(0.0, 12.0, width * 0.62, 11.0, self.skin);
        }
        for side in [-1.0, 1.0] {
            head.ellipse(side * 10.0, -2.0, 5.2, 3.6, [255; 3]);
            head.ellipse(side * 10.0, -2.0, 3.0, 3.1, self.eyes);
            head.ellipse(side * 10.0, -2.0, 1.4, 1.5, [10; 3]);
            head.ellipse(side * 10.0 + 1.0, -3.2, 0.8, 0.8, [255; 3]);
            head.line((side * 5.0, -8.5), (side * 15.5, -9.2), 2.0, mix(self.hair, [0; 3], 0.2));
            head.ellipse(side * 15.0, 9.0, 4.2, 2.8, mix(self.skin, [230, 90, 80], 0.25));
        }
        head.line((1.2, 0.0), (2.6, 7.0), 1.3, shade);
        head.line((2.6, 7.0), (-1.2, 7.6), 1.3, shade);
        let lips = mix(self.skin, [180, 50, 60], 0.6);
        let smile = [(-7.6, 14.2), (-4.4, 16.8), (0.0, 17.8), (4.4, 16.8), (7.6, 14.2)];
        for ends in smile.windows(2) {
            head.line(ends[0], ends[1], 2.0, lips);
        }
    }

    fn hair_behind(&self, head: &mut Head<'_>) {
        let width = 25.0 * self.width;
        match self.style {
            3 => head.ellipse(0.0, 10.0, width + 9.0, 44.0, self.hair),
            4 => {
                head.ellipse(0.0, -4.0, width + 7.0, 33.0, self.hair);
                head.ellipse(0.0, -38.0, 11.0, 10.0, self.hair);
            }
            5 => head.ellipse(0.0, 0.0, width + 10.0, 36.0, self.hair),
            _ => head.ellipse(0.0, -7.0, width + 3.0, 30.0, self.hair),
        }
    }

    fn hair_before(&self, head: &mut Head<'_>) {
        let width = 25.0 * self.width;
        // A cap above a slanting hairline.
        let lean = [0.0, 0.28, -0.25, 0.22, 0.0, -0.24][self.style as usize % 6];
        let depth = [-16.0, -15.0, -19.0, -17.0, -17.0, -16.0][self.style as usize % 6];
        head.cap(width + 1.5, 33.5, depth, lean, self.hair);
    }

    fn spectacles(&self, head: &mut Head<'_>) {
        for side in [-1.0, 1.0] {
            head.ring(side * 10.0, -2.0, 7.6, 1.3, [40, 40, 48]);
            head.line((side * 17.6, -3.0), (side * 25.0 * self.width, -4.0), 1.3, [40, 40, 48]);
        }
        head.line((-2.6, -3.0), (2.6, -3.0), 1.3, [40, 40, 48]);
    }
}

/// The page, seen from the middle of the face: lengths are hundredths of the picture's width.
struct Head<'a> {
    canvas: &'a mut Canvas,
    x: f32,
    y: f32,
    unit: f32,
    place: Area,
}

impl Head<'_> {
    fn clipped(&mut self, around: Area, colour: Colour, distance: impl Fn(f32, f32) -> f32) {
        let left = around.x.max(self.place.x);
        let top = around.y.max(self.place.y);
        let right = (around.x + around.width).min(self.place.x + self.place.width);
        let bottom = (around.y + around.height).min(self.place.y + self.place.height);
        if right > left && bottom > top {
            self.canvas.paint(area(left, top, right - left, bottom - top), colour, 1.0, distance);
        }
    }

    fn around(&self, x: f32, y: f32, rx: f32, ry: f32) -> Area {
        area(x - rx - 1.0, y - ry - 1.0, 2.0 * rx + 2.0, 2.0 * ry + 2.0)
    }

    fn ellipse(&mut self, x: f32, y: f32, rx: f32, ry: f32, colour: Colour) {
        let (x, y) = (self.x + x * self.unit, self.y + y * self.unit);
        let (rx, ry) = (rx * self.unit, ry * self.unit);
        let small = rx.min(ry);
        self.clipped(self.around(x, y, rx, ry), colour, move |px, py| {
            (((px - x) / rx).hypot((py - y) / ry) - 1.0) * small
        });
    }

    fn ring(&mut self, x: f32, y: f32, radius: f32, thickness: f32, colour: Colour) {
        let (x, y) = (self.x + x * self.unit, self.y + y * self.unit);
        let (radius, thickness) = (radius * self.unit, thickness * self.unit);
        let outer = radius + thickness;
        self.clipped(self.around(x, y, outer, outer), colour, move |px, py| {
            ((px - x).hypot(py - y) - radius).abs() - thickness / 2.0
        });
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, colour: Colour) {
        let place = |(x, y): (f32, f32)| (self.x + x * self.unit, self.y + y * self.unit);
        let (from, to) = (place(from), place(to));
        self.canvas.line(from, to, thickness * self.unit, colour, 1.0);
    }

    /// The part of an ellipse around the face that lies above a line.
    fn cap(&mut self, rx: f32, ry: f32, depth: f32, lean: f32, colour: Colour) {
        let (x, y, unit) = (self.x, self.y, self.unit);
        let (rx, ry, depth) = (rx * unit, ry * unit, depth * unit);
        self.clipped(self.around(x, y - unit, rx, ry), colour, move |px, py| {
            let (dx, dy) = (px - x, py - y);
            let ellipse = ((dx / rx).hypot(dy / ry) - 1.0) * rx;
            ellipse.max(dy - depth - lean * dx + (dx * dx) / (rx * 4.0) * -0.6)
        });
    }
}
