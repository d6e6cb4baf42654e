//! Proofs of address: pages of paper from companies and offices that are not there.

use super::canvas::{Canvas, Colour, INK, WHITE, area, hue, mix};
use super::holder::{Document, Holder, day, join, title};
use super::text::Face;
use telegram_passport::element::ElementType;

const LABEL: Colour = [92, 98, 110];
const LEFT: f32 = 84.0;
const RIGHT: f32 = 916.0;

/// One page; the first carries the address, those after it the particulars.
pub(super) fn page(holder: &Holder<'_>, document: &Document<'_>, index: usize) -> Canvas {
    let sender = Sender::of(document.kind);
    let mut page = Canvas::new(1000.0, 1414.0, [254, 254, 252]);
    sender.letterhead(&mut page, index);
    match document.kind {
        ElementType::PassportRegistration => stamps(&mut page, holder, sender.colour, index),
        _ if index > 0 => particulars(&mut page, holder, document.kind, sender.colour, index),
        ElementType::UtilityBill => bill(&mut page, holder, sender.colour),
        ElementType::BankStatement => statement(&mut page, holder, sender.colour),
        ElementType::RentalAgreement => agreement(&mut page, holder, sender.colour),
        _ => certificate(&mut page, holder, document.kind, sender.colour),
    }
    page
}

struct Sender {
    name: &'static str,
    motto: &'static str,
    colour: Colour,
    kind: ElementType,
}

impl Sender {
    fn of(kind: ElementType) -> Self {
        let (name, motto, degrees) = match kind {
            ElementType::UtilityBill => ("Nowhere Power & Water", "Light for places that are not there", 196),
            ElementType::BankStatement => ("Bank of Sandbox", "Your money is as real as we are", 222),
            ElementType::RentalAgreement => ("Castles in the Air Lettings", "Homes without foundations", 28),
            ElementType::PassportRegistration => {
                ("Office of Imaginary Residents", "Form 13, never valid", 276)
            }
            ElementType::TemporaryRegistration => {
                ("Office of Imaginary Residents", "Form 14, never valid", 158)
            }
            _ => ("Sandbox Office", "Letters to test programs with", 340),
        };
        Self { name, motto, colour: hue(degrees, 52, 34), kind }
    }

    fn letterhead(&self, page: &mut Canvas, index: usize) {
        page.gradient(area(0.0, 0.0, 1000.0, 132.0), self.colour, mix(self.colour, [0; 3], 0.3));
        page.waves(area(0.0, 0.0, 1000.0, 132.0), mix(self.colour, WHITE, 0.35), 0.5, 2.0);
        page.crest(120.0, 66.0, 44.0, WHITE, self.colour);
        page.fitted(Face::Bold, 34.0, (190.0, 66.0), 540.0, WHITE, self.name);
        page.text(Face::Oblique, 17.0, 190.0, 98.0, mix(self.colour, WHITE, 0.8), self.motto);
        page.right_aligned(Face::Regular, 17.0, RIGHT, 98.0, WHITE, &format!("page {}", index + 1));
        page.fitted(Face::Bold, 30.0, (LEFT, 196.0), 820.0, self.colour, title(self.kind));
    }
}

/// The holder's address in the window, and facts opposite.
fn addressee(page: &mut Canvas, holder: &Holder<'_>, facts: &[(&str, String)]) {
    page.text(Face::Bold, 23.0, LEFT, 262.0, INK, &holder.full_name());
    for (index, line) in holder.address_lines().iter().enumerate() {
        page.fitted(Face::Regular, 21.0, (LEFT, 294.0 + 30.0 * index as f32), 460.0, INK, line);
    }
    for (index, (label, value)) in facts.iter().enumerate() {
        let y = 262.0 + 34.0 * index as f32;
        page.text(Face::Regular, 17.0, 580.0, y, LABEL, label);
        page.right_aligned(Face::Bold, 18.0, RIGHT, y, INK, value);
    }
}

/// An amount in the currency of specimens.
fn amount(cents: u64) -> String {
    format!("SPC {}.{:02}", cents / 100, cents % 100)
}

fn table(page: &mut Canvas, top: f32, colour: Colour, heading: [&str; 3], rows: &[[String; 3]]) -> f32 {
    page.rounded(area(LEFT - 14.0, top, RIGHT - LEFT + 28.0, 44.0), 6.0, colour, 1.0);
    let mut y = top + 29.0;
    write_row(page, y, Face::Bold, WHITE, &heading);
    for (index, row) in rows.iter().enumerate() {
        y += 44.0;
        if index % 2 == 1 {
            let stripe = area(LEFT - 14.0, y - 29.0, RIGHT - LEFT + 28.0, 44.0);
            page.fill(stripe, mix(colour, WHITE, 0.92), 1.0);
        }
        write_row(page, y, Face::Regular, INK, &[&row[0], &row[1], &row[2]]);
    }
    page.line((LEFT - 14.0, y + 16.0), (RIGHT + 14.0, y + 16.0), 2.0, colour, 1.0);
    y + 16.0
}

fn write_row(page: &mut Canvas, y: f32, face: Face, colour: Colour, cells: &[&str; 3]) {
    page.fitted(face, 19.0, (LEFT, y), 170.0, colour, cells[0]);
    page.fitted(face, 19.0, (LEFT + 180.0, y), 440.0, colour, cells[1]);
    page.right_aligned(face, 19.0, RIGHT, y, colour, cells[2]);
}

fn total(page: &mut Canvas, y: f32, colour: Colour, label: &str, value: &str) {
    let place = area(520.0, y, RIGHT - 520.0 + 14.0, 64.0);
    page.rounded(place, 8.0, mix(colour, WHITE, 0.85), 1.0);
    page.frame(place, 8.0, 2.0, colour);
    page.text(Face::Regular, 19.0, 540.0, y + 40.0, INK, label);
    page.right_aligned(Face::Bold, 26.0, RIGHT, y + 42.0, colour, value);
}

fn bill(page: &mut Canvas, holder: &Holder<'_>, colour: Colour) {
    addressee(
        page,
        holder,
        &[
            ("Date", day(Some(holder.today))),
            ("Customer", format!("{:08}", holder.number(1, 100_000_000))),
            ("Meter", format!("{:06}", holder.number(2, 1_000_000))),
            ("Due", day(holder.today.plus_days(14))),
        ],
    );
    let use_of = |purpose, least, span| least + holder.number(purpose, span);
    let (power, water, heat) = (use_of(3, 140, 300), use_of(4, 6, 20), use_of(5, 300, 900));
    let costs = [power * 31, water * 420, heat * 12, 1290];
    let rows = [
        ["Electricity".to_owned(), format!("{power} kWh at 0.31"), amount(costs[0])],
        ["Water".to_owned(), format!("{water} m³ at 4.20"), amount(costs[1])],
        ["Heating".to_owned(), format!("{heat} kWh at 0.12"), amount(costs[2])],
        ["Standing charge".to_owned(), "one month".to_owned(), amount(costs[3])],
    ];
    let y = table(page, 470.0, colour, ["Supply", "Use", "Cost"], &rows);
    total(page, y + 26.0, colour, "Amount due", &amount(costs.iter().sum()));

    page.text(Face::Bold, 21.0, LEFT, y + 160.0, colour, "Your use in the last twelve months");
    let (base, step) = (y + 470.0, (RIGHT - LEFT) / 12.0);
    for grid in 0..4u8 {
        let line = base - 70.0 * f32::from(grid);
        page.line((LEFT, line), (RIGHT, line), 1.0, mix(colour, WHITE, 0.7), 1.0);
    }
    for month in 0..12u8 {
        let height = 70.0 + holder.number(40 + u64::from(month), 150) as f32;
        let x = LEFT + step * f32::from(month) + 10.0;
        page.rounded(area(x, base - height, step - 20.0, height), 5.0, mix(colour, WHITE, 0.25), 1.0);
        let label = format!("{}", month + 1);
        page.centred(Face::Regular, 15.0, x + step / 2.0 - 10.0, base + 24.0, LABEL, &label);
    }
    page.paragraph(
        17.0,
        (LEFT, base + 80.0),
        RIGHT - LEFT,
        LABEL,
        "Please do not pay. Neither the meter nor the company exists; this bill was drawn by a program to test \
         another one.",
    );
}

fn statement(page: &mut Canvas, holder: &Holder<'_>, colour: Colour) {
    addressee(
        page,
        holder,
        &[
            ("Date", day(Some(holder.today))),
            ("Account", format!("XX00 {:04} {:04}", holder.number(6, 10_000), holder.number(7, 10_000))),
            ("Statement", format!("{}", 1 + holder.number(8, 12))),
        ],
    );
    let texts = [
        "Salary, Cloud Castle Builders",
        "Rent, Castles in the Air",
        "Nowhere Power & Water",
        "The Corner Bakery of Sandbox",
        "Moon Tram, monthly pass",
        "Bookshop at the End of the Test",
        "Cash machine, Imaginary Square",
        "Refund, Teapot in Orbit Ltd",
    ];
    let mut balance = 120_000 + holder.number(9, 400_000);
    let opening = balance;
    let mut rows = vec![[String::new(), "Opening balance".to_owned(), amount(opening)]];
    for (index, text) in texts.iter().enumerate() {
        let date = day(holder.today.plus_days(-28 + 3 * index as i32));
        let credit = index == 0 || index == 7;
        let cents = if index == 0 { 250_000 } else { 900 } + holder.number(60 + index as u64, 9_000);
        balance = if credit { balance + cents } else { balance - cents };
        let sign = if credit { "+" } else { "−" };
        rows.push([date, (*text).to_owned(), format!("{sign} {}", amount(cents))]);
    }
    let y = table(page, 450.0, colour, ["Date", "Booking", "Amount"], &rows);
    total(page, y + 26.0, colour, "Closing balance", &amount(balance));
    page.seal(220.0, y + 230.0, 100.0, mix(colour, WHITE, 0.2));
    page.paragraph(
        17.0,
        (420.0, y + 190.0),
        RIGHT - 420.0,
        LABEL,
        "This bank has no vault, no branch and no licence. Its statements are accepted by test programs only.",
    );
}

fn agreement(page: &mut Canvas, holder: &Holder<'_>, colour: Colour) {
    let rent = amount(60_000 + 500 * holder.number(10, 200));
    let since = day(holder.today.plus_days(-400));
    let address = holder.address_lines().join(", ");
    let clauses = [
        format!(
            "1. Parties. Castles in the Air Lettings (the landlord) lets, and {} (the tenant) rents, the home \
             named below.",
            holder.full_name()
        ),
        format!("2. Home. {address}."),
        format!("3. Term. The tenancy began on {since} and runs until either side wakes up."),
        format!("4. Rent. {rent} a month, due on the third working day of months that have one."),
        "5. Deposit. Two months’ rent, kept under a rainbow.".to_owned(),
        "6. Repairs. The landlord keeps roof and walls as imaginary as they were. The tenant reports cracks in \
         the sky without delay."
            .to_owned(),
        "7. Nature of this paper. It was drawn by a program to test another one. Nobody owes anybody anything."
            .to_owned(),
    ];
    let mut y = 264.0;
    for clause in clauses {
        y = page.paragraph(21.0, (LEFT, y), RIGHT - LEFT, INK, &clause) + 18.0;
    }
    y += 90.0;
    for (x, name) in [(LEFT, "Cloud Castle"), (560.0, &*holder.full_name())] {
        page.signature(x + 16.0, y, 36.0, [30, 44, 96], name);
        page.line((x, y + 26.0), (x + 350.0, y + 26.0), 1.5, LABEL, 1.0);
    }
    page.text(Face::Regular, 17.0, LEFT, y + 52.0, LABEL, "Landlord");
    page.text(Face::Regular, 17.0, 560.0, y + 52.0, LABEL, "Tenant");
    page.seal(500.0, y + 180.0, 96.0, colour);
}

fn certificate(page: &mut Canvas, holder: &Holder<'_>, kind: ElementType, colour: Colour) {
    let until = day(holder.today.plus_days(180));
    let native = holder.native_names().map(|(last, given)| join(" ", &[&given, &last]));
    let mut rows = vec![
        ("Name", holder.full_name()),
        ("In the original", native.unwrap_or_default()),
        ("Date of birth", day(holder.details.birth_date)),
        ("Citizenship", holder.country_name()),
    ];
    rows.extend(holder.address_lines().into_iter().map(|line| ("Residence", line)));
    rows.push(("Registered on", day(holder.today.plus_days(-90))));
    if kind == ElementType::TemporaryRegistration {
        rows.push(("Valid until", until));
    }
    let mut y = 274.0;
    let mut before = "";
    for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        let shown = if label == before { "" } else { label };
        before = label;
        page.text(Face::Regular, 18.0, LEFT, y, LABEL, shown);
        page.fitted(Face::Bold, 23.0, (LEFT + 230.0, y), RIGHT - LEFT - 230.0, INK, &value);
        page.line((LEFT + 230.0, y + 14.0), (RIGHT, y + 14.0), 1.0, mix(colour, WHITE, 0.6), 1.0);
        y += 54.0;
    }
    page.seal(740.0, y + 180.0, 130.0, colour);
    page.signature(LEFT + 16.0, y + 170.0, 38.0, [30, 44, 96], "Registrar");
    page.line((LEFT, y + 200.0), (LEFT + 360.0, y + 200.0), 1.5, LABEL, 1.0);
    page.text(Face::Regular, 17.0, LEFT, y + 226.0, LABEL, "Registrar of people who are not there");
}

/// Two stamps on a page of a passport.
fn stamps(page: &mut Canvas, holder: &Holder<'_>, colour: Colour, index: usize) {
    page.waves(area(0.0, 224.0, 1000.0, 1160.0), mix(colour, WHITE, 0.6), 0.25, 5.0);
    let blue = [44, 58, 150];
    let kinds = if index == 0 { ["REGISTERED", "CONFIRMED"] } else { ["CONFIRMED", "NO FURTHER ENTRIES"] };
    for (number, kind) in kinds.into_iter().enumerate() {
        let top = 270.0 + 540.0 * number as f32;
        page.frame(area(LEFT, top, RIGHT - LEFT, 460.0), 8.0, 5.0, blue);
        page.frame(area(LEFT + 10.0, top + 10.0, RIGHT - LEFT - 20.0, 440.0), 4.0, 1.5, blue);
        page.centred(Face::Bold, 36.0, 500.0, top + 70.0, blue, kind);
        let mut y = top + 130.0;
        page.fitted(Face::Bold, 26.0, (LEFT + 50.0, y), 720.0, blue, &holder.full_name());
        for line in holder.address_lines() {
            y += 44.0;
            page.fitted(Face::Regular, 24.0, (LEFT + 50.0, y), 500.0, blue, &line);
        }
        let date = day(holder.today.plus_days(-800 + 400 * (number + index) as i32));
        page.text(Face::Mono, 28.0, LEFT + 50.0, top + 400.0, blue, &date);
        page.seal(RIGHT - 150.0, top + 300.0, 100.0, blue);
    }
}

/// What follows on further pages.
fn particulars(page: &mut Canvas, holder: &Holder<'_>, kind: ElementType, colour: Colour, index: usize) {
    page.fitted(Face::Bold, 22.0, (LEFT, 262.0), 820.0, INK, &holder.full_name());
    page.fitted(Face::Regular, 19.0, (LEFT, 294.0), 820.0, LABEL, &holder.address_lines().join(", "));
    let what = match kind {
        ElementType::UtilityBill => ["Reading", "Meter in the cellar of the castle", "Units"],
        ElementType::BankStatement => ["Date", "Standing order", "Amount"],
        ElementType::RentalAgreement => ["Room", "Condition when handed over", "Area"],
        _ => ["Entry", "Remark", "Number"],
    };
    let rows: Vec<[String; 3]> = (0..14u64)
        .map(|row| {
            let value = holder.number(100 * (index as u64 + 1) + row, 90_000);
            match kind {
                ElementType::UtilityBill => [
                    day(holder.today.plus_days(-30 * (row as i32 + 1))),
                    format!("Reading {}", row + 1),
                    format!("{:05}", 90_000 - 300 * row - value % 300),
                ],
                ElementType::BankStatement => [
                    day(holder.today.plus_days(-30 + 2 * row as i32)),
                    format!("Order {:06} to nobody", value * 7),
                    amount(value),
                ],
                ElementType::RentalAgreement => [
                    format!("Room {}", row + 1),
                    ["as good as new", "faintly dreamed", "without floor", "view of clouds"]
                        [value as usize % 4]
                        .to_owned(),
                    format!("{} m²", 6 + value % 30),
                ],
                _ => [format!("{}", row + 1), "no remark".to_owned(), format!("{value:05}")],
            }
        })
        .collect();
    let y = table(page, 340.0, colour, what, &rows);
    page.paragraph(
        17.0,
        (LEFT, y + 60.0),
        RIGHT - LEFT,
        LABEL,
        "Everything on this page was made up by a program, number by number, to test another program.",
    );
    page.seal(780.0, y + 210.0, 90.0, mix(colour, WHITE, 0.2));
}
