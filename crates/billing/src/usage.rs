//! Which days of a period were used, and so are billed. Pure.

use kernel::{Day, Period};

/// Isolation for `unpaid` from a day on, up to (not with) the day it was opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnpaidSpan {
    pub since: Day,
    pub reopened: Option<Day>,
}

/// A pause; without an end it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseSpan {
    pub from: Day,
    pub to: Option<Day>,
}

/// The days of `span` that none of `out` holds, in order, as the longest runs.
pub fn without(span: Period, out: &[Period]) -> Vec<Period> {
    let mut left = vec![span];
    for gap in out {
        left = left.into_iter().flat_map(|run| cut(run, *gap)).collect();
    }
    left
}

fn cut(run: Period, gap: Period) -> Vec<Period> {
    let Some(both) = run.overlap(gap) else { return vec![run] };
    let before = Period::new(run.from, both.from.prev());
    let after = Period::new(both.to.next(), run.to);
    before.into_iter().chain(after).collect()
}

/// The days of `period` that a postpaid subscription pays for: from `first` to `last` within the period,
/// less paused days, less the days isolated for `unpaid` when that isolation began in an earlier period
/// (it is billed to the end of the period in which it began, not later). The day of reopening is used.
pub fn postpaid_days(
    period: Period,
    first: Day,
    last: Option<Day>,
    pauses: &[PauseSpan],
    unpaid: &[UnpaidSpan],
) -> Vec<Period> {
    let to = last.map_or(period.to, |last| last.min(period.to));
    let Some(span) = Period::new(first.max(period.from), to) else { return Vec::new() };
    let mut out: Vec<Period> = pauses
        .iter()
        .filter_map(|p| Period::new(p.from, p.to.unwrap_or(period.to).min(period.to)))
        .collect();
    for isolation in unpaid.iter().filter(|u| u.since < period.from) {
        let until = isolation.reopened.map_or(period.to, |day| day.prev().min(period.to));
        out.extend(Period::new(period.from, until));
    }
    without(span, &out)
}

/// How many days the runs have.
pub fn days(runs: &[Period]) -> i64 {
    runs.iter().map(|run| run.days()).sum()
}

/// The runs' days that lie in `span`.
pub fn within(runs: &[Period], span: Period) -> Vec<Period> {
    runs.iter().filter_map(|run| run.overlap(span)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }
    fn period(from: &str, to: &str) -> Period {
        Period { from: day(from), to: day(to) }
    }
    fn count(
        month: &str,
        first: &str,
        last: Option<&str>,
        pauses: &[(&str, Option<&str>)],
        unpaid: &[(&str, Option<&str>)],
    ) -> i64 {
        let pauses: Vec<PauseSpan> =
            pauses.iter().map(|(f, t)| PauseSpan { from: day(f), to: t.map(day) }).collect();
        let unpaid: Vec<UnpaidSpan> = unpaid
            .iter()
            .map(|(s, r)| UnpaidSpan { since: day(s), reopened: r.map(day) })
            .collect();
        let month = Period::month_of(day(month));
        days(&postpaid_days(month, day(first), last.map(day), &pauses, &unpaid))
    }

    /// *Golden*: the day counts of the table.
    #[test]
    fn days_of_use_are_counted_with_the_first_and_the_last() {
        assert_eq!(count("2026-11-01", "2026-11-10", None, &[], &[]), 21);
        assert_eq!(count("2027-02-01", "2027-02-15", None, &[], &[]), 14);
        assert_eq!(count("2026-12-01", "2026-11-10", Some("2026-12-10"), &[], &[]), 10);
        let paused = [("2026-12-10", Some("2026-12-19"))];
        assert_eq!(count("2026-12-01", "2026-11-10", None, &paused, &[]), 21);
        let isolated = [("2026-12-21", None)];
        assert_eq!(count("2026-12-01", "2026-11-10", None, &[], &isolated), 31);
        assert_eq!(count("2027-01-01", "2026-11-10", None, &[], &isolated), 0);
        let reopened = [("2026-12-21", Some("2027-01-10"))];
        assert_eq!(count("2027-01-01", "2026-11-10", None, &[], &reopened), 22);
    }

    #[test]
    fn a_second_isolation_in_the_period_is_billed_to_its_end() {
        let twice = [("2026-12-21", Some("2027-01-10")), ("2027-01-21", None)];
        assert_eq!(count("2027-01-01", "2026-11-10", None, &[], &twice), 22);
        assert_eq!(count("2027-02-01", "2026-11-10", None, &[], &twice), 0);
    }

    #[test]
    fn an_open_pause_and_a_pause_over_an_isolation_are_not_counted_twice() {
        let paused = [("2027-01-05", None)];
        let isolated = [("2026-12-21", Some("2027-01-10"))];
        assert_eq!(count("2027-01-01", "2026-11-10", None, &paused, &isolated), 0);
        assert_eq!(count("2027-01-01", "2026-11-10", None, &paused, &[]), 4);
    }

    proptest! {
        #[test]
        fn used_and_left_out_days_make_the_whole(cuts in prop::collection::vec((0i32..31, 0i32..31), 0..5)) {
            let month = period("2026-12-01", "2026-12-31");
            let out: Vec<Period> = cuts
                .iter()
                .filter_map(|(a, b)| Period::new(month.from.plus_days(*a), month.from.plus_days(*b)))
                .collect();
            let left = without(month, &out);
            let mut at = month.from;
            while at <= month.to {
                let is_left = left.iter().filter(|r| r.contains(at)).count();
                let is_out = out.iter().any(|r| r.contains(at));
                prop_assert_eq!(is_left, usize::from(!is_out));
                at = at.next();
            }
        }
    }
}
