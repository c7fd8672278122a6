//! When bills are issued, due and enforced: for the whole ISP, per plan, per customer.

use kernel::{Day, Money, Ts, Zone};
use serde::{Deserialize, Serialize};

store::words! {
    /// What a prepaid calendar period that is paid late costs.
    pub enum PrepaidLate {
        /// The whole period.
        Full = "full",
        /// From the payment day to the period's end.
        FromPayment = "from_payment",
    }
}

store::words! {
    /// Whom a policy row is for. A narrower row wins over a wider one, field by field.
    pub enum PolicyScope { Isp = "isp", Plan = "plan", Customer = "customer" }
}

macro_rules! policy {
    ($($(#[$meta:meta])* $field:ident : $ty:ty = $default:expr;)*) => {
        /// The rules in force for one subscription.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Policy { $($(#[$meta])* pub $field: $ty),* }
        impl Default for Policy {
            fn default() -> Self { Self { $($field: $default),* } }
        }
        /// What one policy row changes; the rest is inherited.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct PolicyPatch {
            $(#[serde(default, skip_serializing_if = "Option::is_none")] pub $field: Option<$ty>),*
        }
        impl Policy {
            /// This policy with a narrower row laid over it.
            #[must_use]
            pub fn overlaid(mut self, patch: &PolicyPatch) -> Self {
                $(if let Some(value) = &patch.$field { self.$field = value.clone(); })*
                self
            }
        }
    };
}

policy! {
    /// Day of the month on which postpaid invoices are issued.
    issue_dom: i8 = 1;
    /// Day of the month on which they are due.
    due_dom: i8 = 20;
    /// Day of the month on which an unpaid one isolates.
    isolate_dom: i8 = 21;
    /// Minute of that day, local time: 1 is 00:01.
    isolate_minute: i64 = 1;
    /// Weekdays on which people are isolated: 1 is Monday, 7 is Sunday.
    isolate_weekdays: Vec<i8> = vec![1, 2, 3, 4, 5, 6, 7];
    /// Nobody is isolated before this minute of a day, local time.
    isolate_from_minute: i64 = 0;
    /// Nobody is isolated from this minute of a day on; 1440 is midnight.
    isolate_until_minute: i64 = 1_440;
    /// Days before a prepaid period's start at which its invoice is issued.
    prepaid_days_ahead: i32 = 0;
    prepaid_late: PrepaidLate = PrepaidLate::Full;
    /// Days between a reversed payment and isolation.
    grace_days_after_reversal: i32 = 3;
    /// An outstanding amount up to this counts as paid for access.
    tolerance: Money = Money::ZERO;
    promise_days_max: i32 = 7;
    promises_per_quarter: i32 = 2;
    /// `scan`, `scan_confirm` or `off`.
    mac_policy: String = "scan_confirm".to_owned();
    /// `true`: the scan activates; `false`: NOC confirms.
    activation_auto: bool = true;
    /// `{branch}`, `{number}`, `{name}` are replaced; the result is lower case `[a-z0-9._@-]`.
    username_pattern: String = "{number}@{branch}".to_owned();
    /// Nobody is messaged until it is on.
    messages_on: bool = true;
    /// Nobody is isolated for money until it is on.
    isolation_on: bool = true;
    /// Postpaid days of isolation after which a termination is proposed.
    unpaid_days_to_terminate: i32 = 60;
    /// A person never approves what they entered.
    four_eyes: bool = true;
    /// Cash is only taken into an open drawer. Off: who has none open takes it without, so that an ISP
    /// that never opened a drawer goes on as before.
    cash_needs_drawer: bool = false;
    /// A counted difference above this waits for a second person.
    cash_difference_limit: Money = Money::rupiah(10_000);
    /// Seconds between accounting interims.
    interim_secs: i64 = 300;
    /// Hours without any settled payment after which a sweep asks a person.
    guard_silent_hours: i64 = 6;
    /// Isolations in one sweep below which the guard never asks.
    guard_floor: i64 = 50;
    /// No messages before this local hour.
    quiet_until_hour: i8 = 8;
    /// No messages from this local hour on.
    quiet_from_hour: i8 = 20;
    /// Weekdays on which tickets are worked on: 1 is Monday, 7 is Sunday.
    work_weekdays: Vec<i8> = vec![1, 2, 3, 4, 5, 6];
    /// Minute of those days at which work begins, local time.
    work_from_minute: i64 = 480;
    /// Minute at which it ends.
    work_until_minute: i64 = 1_020;
    /// Working minutes in which a ticket of this priority should be resolved.
    ticket_urgent_minutes: i64 = 240;
    ticket_high_minutes: i64 = 480;
    ticket_normal_minutes: i64 = 960;
    ticket_low_minutes: i64 = 2_400;
    /// Days after which a resolved ticket is closed by itself.
    ticket_close_days: i32 = 2;
}

impl Policy {
    /// The instant at which what is due on `day` isolates: the policy's minute of that day, or the next one
    /// within the window of weekdays and minutes. A window that lets nobody through is none.
    pub fn isolation_at(&self, day: Day, zone: Zone) -> Ts {
        let minute = self.isolate_minute.clamp(0, 1_439);
        let (from, until) = (self.isolate_from_minute.max(0), self.isolate_until_minute.min(1_440));
        let at = |day: Day, minute: i64| Ts::local(day, 0, 0, zone).plus_secs(minute * 60);
        for ahead in 0..=7 {
            let day = day.plus_days(ahead);
            let weekday = day.date().weekday().to_monday_one_offset();
            let missed = ahead == 0 && minute >= until;
            if self.isolate_weekdays.contains(&weekday) && from < until && !missed {
                let today = if minute < until { minute.max(from) } else { from };
                return at(day, today);
            }
        }
        at(day, minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isolates(policy: &Policy, on: &str) -> String {
        policy.isolation_at(on.parse().unwrap(), Zone::Jakarta).to_string()
    }

    #[test]
    fn without_a_window_isolation_comes_at_its_minute() {
        // 00:01 in Jakarta.
        assert_eq!(isolates(&Policy::default(), "2026-12-20"), "2026-12-19T17:01:00Z");
    }

    #[test]
    fn isolation_waits_for_a_weekday_and_an_hour_of_the_window() {
        let weekdays = Policy { isolate_weekdays: vec![1, 2, 3, 4, 5], ..Policy::default() };
        // The 20th of December 2026 is a Sunday: Monday, at the same minute.
        assert_eq!(isolates(&weekdays, "2026-12-20"), "2026-12-20T17:01:00Z");
        assert_eq!(isolates(&weekdays, "2026-12-21"), "2026-12-20T17:01:00Z");
        let office = Policy {
            isolate_from_minute: 8 * 60,
            isolate_until_minute: 20 * 60,
            ..weekdays.clone()
        };
        assert_eq!(isolates(&office, "2026-12-20"), "2026-12-21T01:00:00Z");
        // 21:00 is after the window: the next day at its beginning; after a Friday that is Monday.
        let evening = Policy { isolate_minute: 21 * 60, ..office };
        assert_eq!(isolates(&evening, "2026-12-21"), "2026-12-22T01:00:00Z");
        assert_eq!(isolates(&evening, "2026-12-25"), "2026-12-28T01:00:00Z");
    }

    #[test]
    fn a_window_that_lets_nobody_through_is_none() {
        let never = Policy { isolate_weekdays: vec![], ..Policy::default() };
        assert_eq!(isolates(&never, "2026-12-20"), "2026-12-19T17:01:00Z");
        let reversed = Policy { isolate_from_minute: 600, isolate_until_minute: 60, ..never };
        assert_eq!(isolates(&reversed, "2026-12-20"), "2026-12-19T17:01:00Z");
    }

    #[test]
    fn a_narrower_row_wins_field_by_field() {
        let patch = PolicyPatch { due_dom: Some(10), ..PolicyPatch::default() };
        let policy = Policy::default().overlaid(&patch);
        assert_eq!((policy.due_dom, policy.isolate_dom), (10, 21));
        assert!(serde_json::from_str::<PolicyPatch>(r#"{"due_day": 3}"#).is_err());
    }
}
