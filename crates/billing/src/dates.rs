//! Which days a period has, and when its invoice is issued, due and enforced. Pure.

use catalog::Policy;
use kernel::{Day, Period, Ts, Zone};

use crate::words::{Calendar, Mode};

/// The period that holds `day`: the calendar month, or the span from one anniversary to the day before
/// the next. A month that lacks the anchor day starts its period on its last day.
pub fn period_at(calendar: Calendar, anchor_dom: i8, day: Day) -> Period {
    match calendar {
        Calendar::Calendar => Period::month_of(day),
        Calendar::Anniversary => {
            let this = Day::ymd_clamped(day.year(), day.month(), anchor_dom);
            let from = if this <= day { this } else { anniversary_of(this, -1, anchor_dom) };
            Period { from, to: anniversary_of(from, 1, anchor_dom).prev() }
        }
    }
}

/// The anniversary `months` after the month of `day`.
fn anniversary_of(day: Day, months: i32, anchor_dom: i8) -> Day {
    let month = day.first_of_month().plus_months(months);
    Day::ymd_clamped(month.year(), month.month(), anchor_dom)
}

/// The day on which the postpaid invoice for `period` is issued.
pub fn postpaid_issue_on(calendar: Calendar, period: Period, policy: &Policy) -> Day {
    let next = period.to.next();
    match calendar {
        Calendar::Calendar => {
            let day = Day::ymd_clamped(next.year(), next.month(), policy.issue_dom);
            day.max(next)
        }
        Calendar::Anniversary => next,
    }
}

/// The day on which the prepaid invoice for a period starting on `from` is issued.
pub fn prepaid_issue_on(from: Day, policy: &Policy) -> Day {
    from.plus_days(-policy.prepaid_days_ahead.max(0))
}

/// When an invoice is due, and from which instant an unpaid one isolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub due_on: Day,
    pub isolate_at: Ts,
}

/// Prepaid: due on the first day of its period (or at issue, when that is later), isolating from the
/// policy's minute of the period's first day, within the policy's window.
pub fn prepaid_due(from: Day, issued_on: Day, policy: &Policy, zone: Zone) -> Due {
    Due { due_on: from.max(issued_on), isolate_at: policy.isolation_at(from, zone) }
}

/// Postpaid: due on the first due day at or after the issue, isolating on the first isolation day after
/// that. An anniversary period keeps the same distances in days.
pub fn postpaid_due(calendar: Calendar, issued_on: Day, policy: &Policy, zone: Zone) -> Due {
    let (due_on, isolate_on) = match calendar {
        Calendar::Calendar => {
            let due_on = next_dom(issued_on, policy.due_dom);
            (due_on, next_dom(due_on.next(), policy.isolate_dom))
        }
        Calendar::Anniversary => {
            let due_days = i32::from((policy.due_dom - policy.issue_dom).max(0));
            let isolate_days = i32::from(policy.isolate_dom - policy.issue_dom).max(due_days + 1);
            (issued_on.plus_days(due_days), issued_on.plus_days(isolate_days))
        }
    };
    Due { due_on, isolate_at: policy.isolation_at(isolate_on, zone) }
}

/// The first day with this day of the month at or after `day`.
fn next_dom(day: Day, dom: i8) -> Day {
    let this = Day::ymd_clamped(day.year(), day.month(), dom);
    if this >= day { this } else { anniversary_of(day, 1, dom) }
}

/// The first day on which a run has to look at a subscription billed up to `billed_to`.
pub fn next_issue_on(
    mode: Mode,
    calendar: Calendar,
    anchor_dom: i8,
    billed_to: Day,
    policy: &Policy,
) -> Day {
    let from = billed_to.next();
    match mode {
        Mode::Prepaid => prepaid_issue_on(from, policy),
        Mode::Postpaid => {
            postpaid_issue_on(calendar, period_at(calendar, anchor_dom, from), policy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }
    fn starts(anchor: i8, first: &str, count: usize) -> Vec<String> {
        let mut at = day(first);
        let mut all = Vec::new();
        for _ in 0..count {
            let period = period_at(Calendar::Anniversary, anchor, at);
            assert_eq!(period.from, at);
            all.push(period.from.to_string());
            at = period.to.next();
        }
        all
    }

    /// *Golden*: anniversary, active on 31 January 2027.
    #[test]
    fn a_day_that_a_month_lacks_becomes_its_last_and_comes_back() {
        assert_eq!(
            starts(31, "2027-01-31", 4),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
        );
        assert_eq!(starts(30, "2028-01-30", 3), ["2028-01-30", "2028-02-29", "2028-03-30"]);
        assert_eq!(starts(15, "2026-11-15", 2), ["2026-11-15", "2026-12-15"]);
    }

    #[test]
    fn a_period_holds_every_day_exactly_once() {
        for anchor in 1..=31 {
            let mut at = day("2027-01-01");
            let mut before: Option<Period> = None;
            while at <= day("2028-12-31") {
                let period = period_at(Calendar::Anniversary, anchor, at);
                assert!(period.contains(at), "{anchor} {at} {period:?}");
                if let Some(before) = before
                    && before != period
                {
                    assert_eq!(before.to.next(), period.from, "{anchor} {at}");
                }
                before = Some(period);
                at = at.next();
            }
        }
    }

    #[test]
    fn postpaid_is_issued_on_the_first_due_on_the_20th_and_isolates_on_the_21st() {
        let policy = Policy::default();
        let november = Period::month_of(day("2026-11-10"));
        let issued = postpaid_issue_on(Calendar::Calendar, november, &policy);
        assert_eq!(issued, day("2026-12-01"));
        let due = postpaid_due(Calendar::Calendar, issued, &policy, Zone::Jakarta);
        assert_eq!(due.due_on, day("2026-12-20"));
        assert_eq!(due.isolate_at.to_string(), "2026-12-20T17:01:00Z");
        // A run that comes late gives the customer the next due day, never one that has passed.
        let late = postpaid_due(Calendar::Calendar, day("2026-12-25"), &policy, Zone::Jakarta);
        assert_eq!(late.due_on, day("2027-01-20"));
    }

    #[test]
    fn an_anniversary_postpaid_invoice_keeps_the_same_distances() {
        let policy = Policy::default();
        let due = postpaid_due(Calendar::Anniversary, day("2027-02-15"), &policy, Zone::Makassar);
        assert_eq!(due.due_on, day("2027-03-06"));
        assert_eq!(due.isolate_at, Ts::local(day("2027-03-07"), 0, 1, Zone::Makassar));
    }

    #[test]
    fn a_due_day_before_the_issue_day_falls_into_the_next_month() {
        let policy = Policy { issue_dom: 25, due_dom: 5, isolate_dom: 10, ..Policy::default() };
        let issued =
            postpaid_issue_on(Calendar::Calendar, Period::month_of(day("2026-11-01")), &policy);
        assert_eq!(issued, day("2026-12-25"));
        let due = postpaid_due(Calendar::Calendar, issued, &policy, Zone::Jakarta);
        assert_eq!(due.due_on, day("2027-01-05"));
        assert_eq!(due.isolate_at.day(Zone::Jakarta), day("2027-01-10"));
    }

    #[test]
    fn an_isolation_day_on_a_sunday_waits_for_the_window() {
        let policy = Policy { isolate_weekdays: vec![1, 2, 3, 4, 5, 6], ..Policy::default() };
        // The 21st of February 2027 and the 1st of November 2026 are Sundays.
        let due = postpaid_due(Calendar::Calendar, day("2027-02-01"), &policy, Zone::Jakarta);
        assert_eq!(due.due_on, day("2027-02-20"));
        assert_eq!(due.isolate_at, Ts::local(day("2027-02-22"), 0, 1, Zone::Jakarta));
        let due = prepaid_due(day("2026-11-01"), day("2026-11-01"), &policy, Zone::Jakarta);
        assert_eq!(due.due_on, day("2026-11-01"));
        assert_eq!(due.isolate_at, Ts::local(day("2026-11-02"), 0, 1, Zone::Jakarta));
    }

    #[test]
    fn prepaid_is_due_at_once() {
        let policy = Policy::default();
        let due = prepaid_due(day("2026-12-01"), day("2026-12-01"), &policy, Zone::Jakarta);
        assert_eq!(due.due_on, day("2026-12-01"));
        assert_eq!(due.isolate_at, Ts::local(day("2026-12-01"), 0, 1, Zone::Jakarta));
        let ahead = Policy { prepaid_days_ahead: 7, ..Policy::default() };
        assert_eq!(prepaid_issue_on(day("2026-12-01"), &ahead), day("2026-11-24"));
    }
}
