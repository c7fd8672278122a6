//! Whole rupiah. Never floating point; rounding is half away from zero, once per line.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// An amount in the company currency's smallest used unit (rupiah: whole rupiah).
///
/// `+` and `-` panic on overflow (release builds check too): 9.2 × 10^18 rupiah is out of reach.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);

    pub const fn rupiah(amount: i64) -> Self {
        Self(amount)
    }
    pub const fn get(self) -> i64 {
        self.0
    }
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }
    /// The amount × `num` ÷ `den`, rounded half away from zero. `den` must be positive.
    pub fn ratio(self, num: i64, den: i64) -> Self {
        debug_assert!(den > 0, "a ratio's denominator is positive");
        let product = i128::from(self.0) * i128::from(num);
        let den = i128::from(den.max(1));
        let rounded = (product.abs() * 2 + den) / (den * 2);
        let signed = if product < 0 { -rounded } else { rounded };
        Self(i64::try_from(signed).unwrap_or(if signed < 0 { i64::MIN } else { i64::MAX }))
    }
    /// The amount × a whole number.
    pub const fn times(self, n: i64) -> Self {
        Self(self.0 * n)
    }
    /// Zero instead of a negative amount.
    pub fn or_zero(self) -> Self {
        self.max(Self::ZERO)
    }
    /// Reads what people type: `150000`, `150.000`, `Rp150.000`, `Rp 150.000`, `-Rp 10.000`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let text = text.strip_prefix("Rp").or_else(|| text.strip_prefix("rp")).unwrap_or(text);
        let text = text.trim_start_matches(['.', ' ', '\u{a0}']);
        let text = text.strip_suffix(",00").unwrap_or(text);
        let groups: Vec<&str> = text.split('.').collect();
        let grouped = groups.len() > 1;
        let well_grouped = groups.iter().enumerate().all(|(i, group)| {
            let len_ok = if !grouped {
                !group.is_empty()
            } else if i == 0 {
                (1..=3).contains(&group.len())
            } else {
                group.len() == 3
            };
            len_ok && group.bytes().all(|b| b.is_ascii_digit())
        });
        if !well_grouped {
            return None;
        }
        let amount: i64 = groups.concat().parse().ok()?;
        Some(Self(if negative { -amount } else { amount }))
    }
}

impl fmt::Display for Money {
    /// `Rp 150.000`, `-Rp 10.000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(c);
        }
        write!(f, "{}Rp {grouped}", if self.0 < 0 { "-" } else { "" })
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_rounds_half_away_from_zero() {
        for (amount, num, den, expect) in [
            (250_000, 21, 30, 175_000),
            (333_333, 7, 31, 75_269),
            (1, 1, 2, 1),
            (-1, 1, 2, -1),
            (250_000, 22, 31, 177_419),
        ] {
            assert_eq!(Money(amount).ratio(num, den), Money(expect));
        }
    }

    #[test]
    fn people_may_type_an_amount_in_any_usual_way() {
        for text in ["150000", "150.000", "Rp150.000", "Rp 150.000", "Rp. 150.000", "150.000,00"] {
            assert_eq!(Money::parse(text), Some(Money(150_000)), "{text}");
        }
        assert_eq!(Money::parse("-Rp 10.000"), Some(Money(-10_000)));
        for text in ["", "abc", "15.00", "1.50000", "Rp", "1,5"] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rupiah_is_shown_with_dots() {
        assert_eq!(Money(150_000).to_string(), "Rp 150.000");
        assert_eq!(Money(-10_000).to_string(), "-Rp 10.000");
        assert_eq!(Money(999).to_string(), "Rp 999");
        assert_eq!(Money(1_234_567).to_string(), "Rp 1.234.567");
    }
}
