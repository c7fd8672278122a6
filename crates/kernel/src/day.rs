//! Civil days: what billing counts in.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use crate::words::{self, Lang};

/// The years that a request may name: nothing before or after is an ISP's, and databases can't hold
/// every day that a calendar can.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;
/// What is said of a day or an instant outside of them. The edge makes a field fault of it.
pub(crate) const OUT_OF_YEARS: &str = "a time outside of the years 2000 to 2100";

/// A calendar day in the branch's time zone. Shown to machines as `2026-11-22`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Day(Date);

impl Day {
    /// `None` when there is no such day.
    pub fn ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }
    /// The day, or the month's last day when the month lacks it (31 February → 28 February).
    pub fn ymd_clamped(year: i16, month: i8, day: i8) -> Self {
        let month = month.clamp(1, 12);
        let first = Date::constant(year, month, 1);
        let day = day.clamp(1, first.days_in_month());
        Self(Date::constant(year, month, day))
    }
    /// Whether it lies in the years that a request may name.
    pub fn is_within_years(self) -> bool {
        YEARS.contains(&self.year())
    }
    pub const fn from_date(date: Date) -> Self {
        Self(date)
    }
    pub const fn date(self) -> Date {
        self.0
    }
    pub fn year(self) -> i16 {
        self.0.year()
    }
    pub fn month(self) -> i8 {
        self.0.month()
    }
    /// Day of the month, 1–31.
    pub fn dom(self) -> i8 {
        self.0.day()
    }
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days.days()))
    }
    pub fn next(self) -> Self {
        self.plus_days(1)
    }
    pub fn prev(self) -> Self {
        self.plus_days(-1)
    }
    /// The same day `months` later; a day that the month lacks becomes its last day.
    pub fn plus_months(self, months: i32) -> Self {
        Self(self.0.saturating_add(months.months()))
    }
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }
    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }
    pub fn days_in_month(self) -> i64 {
        i64::from(self.0.days_in_month())
    }
    /// Days from `self` to `other`: negative when `other` is earlier.
    pub fn days_until(self, other: Self) -> i64 {
        self.0.until(other.0).map_or(0, |span| i64::from(span.get_days()))
    }
    /// `22 Nov 2026` in the given language.
    pub fn short(self, lang: Lang) -> String {
        format!("{} {} {}", self.dom(), words::month_short(self.month(), lang), self.year())
    }
    /// `November 2026` in the given language.
    pub fn month_name(self, lang: Lang) -> String {
        format!("{} {}", words::month_long(self.month(), lang), self.year())
    }
}

/// Refuses days that no request means.
impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let day = Date::deserialize(d).map(Self)?;
        if day.is_within_years() { Ok(day) } else { Err(serde::de::Error::custom(OUT_OF_YEARS)) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Day {
    type Err = jiff::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_a_day_of_this_century() {
        for (text, fits) in [
            ("2000-01-01", true),
            ("2100-12-31", true),
            ("1999-12-31", false),
            ("2101-01-01", false),
            ("-004713-11-23", false),
            ("9999-12-31", false),
        ] {
            let day: Result<Day, _> = serde_json::from_value(serde_json::json!(text));
            assert_eq!(day.is_ok(), fits, "{text}");
            let at: Result<crate::Ts, _> =
                serde_json::from_value(serde_json::json!(format!("{text}T12:00:00Z")));
            assert_eq!(at.is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_day_that_a_month_lacks_becomes_its_last_and_is_read_by_people() {
        let jan31 = Day::ymd(2027, 1, 31).unwrap();
        assert_eq!(jan31.plus_months(1), Day::ymd(2027, 2, 28).unwrap());
        assert_eq!(Day::ymd_clamped(2027, 2, 31), Day::ymd(2027, 2, 28).unwrap());
        assert_eq!(Day::ymd(2026, 8, 1).unwrap().short(Lang::Id), "1 Agu 2026");
        assert_eq!(Day::ymd(2026, 12, 20).unwrap().days_until(Day::ymd(2027, 1, 1).unwrap()), 12);
    }
}
