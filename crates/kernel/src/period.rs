//! A span of civil days, both ends counted.

use serde::{Deserialize, Serialize};

use crate::day::Day;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: Day,
    pub to: Day,
}

impl Period {
    /// `None` when `to` is before `from`.
    pub fn new(from: Day, to: Day) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }
    /// The calendar month that holds `day`.
    pub fn month_of(day: Day) -> Self {
        Self { from: day.first_of_month(), to: day.last_of_month() }
    }
    /// Days, both ends counted.
    pub fn days(self) -> i64 {
        self.from.days_until(self.to) + 1
    }
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }
    /// The days both have, if any.
    pub fn overlap(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }
}
