//! Aging: how long receivables have been waiting. Pure.

use kernel::Day;

store::words! {
    /// How late an invoice is.
    pub enum Bucket {
        NotDue = "not_due",
        /// 1 to 30 days.
        Month1 = "1-30",
        Month2 = "31-60",
        Month3 = "61-90",
        /// More than 90 days.
        Older = "90+",
    }
}

impl Bucket {
    /// Where an invoice that is due on `due_on` stands on `as_of`. On its due day it is not late.
    pub fn of(due_on: Day, as_of: Day) -> Self {
        match due_on.days_until(as_of) {
            ..=0 => Self::NotDue,
            1..=30 => Self::Month1,
            31..=60 => Self::Month2,
            61..=90 => Self::Month3,
            _ => Self::Older,
        }
    }
    /// First and last due day of the bucket on `as_of`; `None`: no bound.
    pub fn due_days(self, as_of: Day) -> (Option<Day>, Option<Day>) {
        let ago = |days: i32| Some(as_of.plus_days(-days));
        match self {
            Self::NotDue => (ago(0), None),
            Self::Month1 => (ago(30), ago(1)),
            Self::Month2 => (ago(60), ago(31)),
            Self::Month3 => (ago(90), ago(61)),
            Self::Older => (None, ago(91)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn an_invoice_is_late_from_the_day_after_its_due_day() {
        for (due, bucket) in [
            ("2026-12-31", Bucket::NotDue),
            ("2026-11-30", Bucket::NotDue),
            ("2026-11-29", Bucket::Month1),
            ("2026-10-31", Bucket::Month1),
            ("2026-10-30", Bucket::Month2),
            ("2026-10-01", Bucket::Month2),
            ("2026-09-30", Bucket::Month3),
            ("2026-09-01", Bucket::Month3),
            ("2026-08-31", Bucket::Older),
        ] {
            assert_eq!(Bucket::of(day(due), day("2026-11-30")), bucket, "{due}");
        }
    }

    proptest! {
        #[test]
        fn the_days_of_a_bucket_are_those_that_fall_into_it(ago in -400i32..400) {
            let as_of = day("2026-11-30");
            let due = as_of.plus_days(-ago);
            for bucket in Bucket::ALL {
                let (from, to) = bucket.due_days(as_of);
                let inside = from.is_none_or(|from| due >= from) && to.is_none_or(|to| due <= to);
                prop_assert_eq!(inside, Bucket::of(due, as_of) == *bucket);
            }
        }
    }
}
