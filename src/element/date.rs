use std::{fmt, str::FromStr};

use zeroize::Zeroize;

/// A calendar date of the years 1..=9999, written `DD.MM.YYYY`.
///
/// `Debug` shows nothing: a date of birth is personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(jiff::civil::Date);

/// Why a text or three numbers are no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateError {
    /// Not `DD.MM.YYYY`.
    #[error("a date is written DD.MM.YYYY")]
    Shape,
    /// No such day in the calendar.
    #[error("there is no such day in the calendar")]
    NoSuchDay,
}

impl Date {
    /// The date with this year (1..=9999), month and day.
    ///
    /// # Errors
    /// [`DateError::NoSuchDay`] outside the calendar.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, DateError> {
        if year < 1 {
            return Err(DateError::NoSuchDay);
        }
        jiff::civil::Date::new(year, month, day).map(Self).map_err(|_| DateError::NoSuchDay)
    }

    /// Today, in UTC: the same on every machine at the same moment.
    #[must_use]
    pub fn today() -> Self {
        Self(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Reads a date as leniently as TDLib does: `D.M.YYYY` is a date too (one or two digits, one or two, four).
    ///
    /// # Errors
    /// [`DateError::Shape`] if it is not three such numbers between dots, [`DateError::NoSuchDay`] outside the
    /// calendar.
    pub fn parse_lenient(text: &str) -> Result<Self, DateError> {
        let mut parts = text.split('.');
        let (Some(day), Some(month), Some(year), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(DateError::Shape);
        };
        let digits = |part: &str, least: usize, most: usize| {
            (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(day, 1, 2) || !digits(month, 1, 2) || !digits(year, 4, 4) {
            return Err(DateError::Shape);
        }
        Self::new(
            year.parse().map_err(|_| DateError::Shape)?,
            month.parse().map_err(|_| DateError::Shape)?,
            day.parse().map_err(|_| DateError::Shape)?,
        )
    }

    /// The year, 1..=9999.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1..=12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// How many days from this date to the other; negative if the other is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i32 {
        // Whole days of 24 hours: civil dates know no time zones, so the division is exact.
        let hours = self.0.duration_until(other.0).as_hours();
        i32::try_from(hours / 24).expect("ten thousand years are fewer than 2^31 days")
    }

    /// The date so many days later (or earlier), within the years 1..=9999.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Option<Self> {
        let date = self.0.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        (date.year() >= 1).then_some(Self(date))
    }

    /// This day so many years later (or earlier), within the years 1..=9999; 29 February becomes the 28th
    /// where there is none.
    #[must_use]
    pub fn plus_years(self, years: i16) -> Option<Self> {
        let date = self.0.checked_add(jiff::Span::new().try_years(years).ok()?).ok()?;
        (date.year() >= 1).then_some(Self(date))
    }

    /// How old somebody born on this date is on another: completed years, negative before the birth.
    ///
    /// Who was born on 29 February has the birthday on 1 March in other years.
    #[must_use]
    pub fn age_on(self, day: Self) -> i16 {
        let years = day.year() - self.year();
        if (day.month(), day.day()) < (self.month(), self.day()) { years - 1 } else { years }
    }
}

/// Strict: two digits, two digits, four digits between dots. [`Date::parse_lenient`] takes more.
impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        if text.len() == 10 { Self::parse_lenient(text) } else { Err(DateError::Shape) }
    }
}

/// `DD.MM.YYYY`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}.{:02}.{:04}", self.day(), self.month(), self.year())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Date(..)")
    }
}

/// Becomes 1 January of year 0, which no date of a person is.
impl Zeroize for Date {
    fn zeroize(&mut self) {
        self.0 = jiff::civil::Date::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn only_real_days_are_dates() {
        for (text, expected) in [
            ("29.02.2024", Ok(())),
            ("29.02.2000", Ok(())),
            ("29.02.1900", Err(DateError::NoSuchDay)),
            ("29.02.2023", Err(DateError::NoSuchDay)),
            ("31.04.2024", Err(DateError::NoSuchDay)),
            ("00.01.2024", Err(DateError::NoSuchDay)),
            ("01.13.2024", Err(DateError::NoSuchDay)),
            ("01.01.0000", Err(DateError::NoSuchDay)),
            ("01.01.0001", Ok(())),
            ("31.12.9999", Ok(())),
            ("", Err(DateError::Shape)),
            ("1.1.2024", Err(DateError::Shape)),
            ("01-01-2024", Err(DateError::Shape)),
            ("2024.01.01", Err(DateError::Shape)),
            ("01.01.+024", Err(DateError::Shape)),
            ("01.01.2024 ", Err(DateError::Shape)),
            ("1.001.2024", Err(DateError::Shape)),
            ("٠١.٠١.٢٠٢٤", Err(DateError::Shape)),
            ("٠1.1.2024", Err(DateError::Shape)),
        ] {
            assert_eq!(text.parse::<Date>().map(|_| ()), expected, "{text}");
        }
    }

    #[test]
    fn a_lenient_reader_takes_single_digits() {
        assert_eq!(Date::parse_lenient("1.2.1990"), Ok(date("01.02.1990")));
        assert_eq!(Date::parse_lenient("01.2.1990"), Ok(date("01.02.1990")));
        assert_eq!(Date::parse_lenient("1.2.90"), Err(DateError::Shape));
        assert_eq!(Date::parse_lenient(".2.1990"), Err(DateError::Shape));
        assert_eq!(Date::parse_lenient("1.2.1990."), Err(DateError::Shape));
        assert_eq!(date("05.06.0042").to_string(), "05.06.0042");
    }

    #[test]
    fn days_and_years_are_counted_by_the_calendar() {
        assert_eq!(date("28.02.2024").days_until(date("01.03.2024")), 2);
        assert_eq!(date("01.03.2023").days_until(date("28.02.2023")), -1);
        assert_eq!(date("01.01.0001").days_until(date("31.12.9999")), 3_652_058);
        assert_eq!(date("28.02.2024").plus_days(2), Some(date("01.03.2024")));
        assert_eq!(date("31.12.9999").plus_days(1), None);
        assert_eq!(date("01.01.0001").plus_days(-1), None);
        assert_eq!(date("01.01.0001").plus_days(i32::MIN), None);
        assert_eq!(date("29.02.2024").plus_years(1), Some(date("28.02.2025")));
        assert_eq!(date("29.02.2024").plus_years(i16::MAX), None);
    }

    #[test]
    fn an_age_counts_completed_years() {
        let born = date("29.02.2000");
        assert_eq!(born.age_on(date("28.02.2018")), 17);
        assert_eq!(born.age_on(date("01.03.2018")), 18);
        assert_eq!(born.age_on(date("29.02.2020")), 20);
        assert_eq!(born.age_on(date("28.02.2000")), -1);
    }

    #[test]
    fn wiped_and_silent() {
        let mut born = Some(date("01.02.1990"));
        assert_eq!(format!("{born:?}"), "Some(Date(..))");
        born.zeroize();
        assert_eq!(born, None);
    }
}
