//! When bills are issued, due and enforced: for the whole ISP, per plan, per customer.

use kernel::Money;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrower_row_wins_field_by_field() {
        let patch = PolicyPatch { due_dom: Some(10), ..PolicyPatch::default() };
        let policy = Policy::default().overlaid(&patch);
        assert_eq!((policy.due_dom, policy.isolate_dom), (10, 21));
        assert!(serde_json::from_str::<PolicyPatch>(r#"{"due_day": 3}"#).is_err());
    }
}
