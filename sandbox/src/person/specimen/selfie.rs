use super::canvas::{Canvas, area, hue, mix};
use super::holder::{Document, Holder};
use super::identity;

/// The holder at home, the document in hand.
pub(super) fn selfie(holder: &Holder<'_>, document: &Document<'_>) -> Canvas {
    let mut page = Canvas::new(900.0, 1200.0, [255; 3]);
    let wall = holder.number(20, 360) as u32;
    page.gradient(area(0.0, 0.0, 900.0, 1200.0), hue(wall, 24, 84), hue(wall, 20, 68));
    window(&mut page);
    shelf(&mut page, wall);

    let portrait = holder.portrait();
    portrait.draw(&mut page, area(60.0, 130.0, 780.0, 1070.0));
    let mut paper = identity::front(holder, document);
    paper.mark();
    let height = (430.0 * paper.height() / paper.width()).round();
    let place = area(370.0, 820.0, 430.0, height);
    page.rounded(area(place.x + 8.0, place.y + 12.0, place.width, place.height), 10.0, [0; 3], 0.25);
    page.paste(&paper, place);
    page.frame(place, 4.0, 2.0, [120; 3]);
    // Four fingers behind the edge end on it; the thumb lies across.
    let skin = portrait.skin();
    let shade = mix(skin, [90, 50, 40], 0.3);
    for finger in 0..4u8 {
        let y = place.y + height - 26.0 - 46.0 * f32::from(finger);
        page.ellipse(place.x + place.width + 6.0, y, 34.0, 21.0, shade, 1.0);
        page.ellipse(place.x + place.width + 5.0, y - 1.0, 32.0, 19.0, skin, 1.0);
    }
    page.line((780.0, 1200.0), (760.0, place.y + height + 30.0), 120.0, skin, 1.0);
    page.line((750.0, place.y + height + 20.0), (690.0, place.y + height - 46.0), 52.0, shade, 1.0);
    page.line((750.0, place.y + height + 20.0), (690.0, place.y + height - 46.0), 47.0, skin, 1.0);
    page
}

fn window(page: &mut Canvas) {
    page.fill(area(40.0, 60.0, 230.0, 330.0), [250; 3], 1.0);
    page.gradient(area(54.0, 74.0, 202.0, 302.0), [168, 206, 238], [226, 240, 248]);
    page.ellipse(200.0, 130.0, 30.0, 30.0, [255, 240, 190], 1.0);
    page.fill(area(149.0, 74.0, 12.0, 302.0), [250; 3], 1.0);
    page.fill(area(54.0, 214.0, 202.0, 12.0), [250; 3], 1.0);
}

fn shelf(page: &mut Canvas, wall: u32) {
    page.fill(area(640.0, 330.0, 260.0, 18.0), [150, 112, 78], 1.0);
    for book in 0..6u8 {
        let colour = hue(wall + 60 * u32::from(book), 40, 50);
        let height = 110.0 + 14.0 * f32::from(book % 3);
        page.fill(area(664.0 + 34.0 * f32::from(book), 330.0 - height, 30.0, height), colour, 1.0);
    }
}
