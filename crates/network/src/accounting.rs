//! Accounting as a NAS tells it, and the pure rules for one session's counters and identity.

use std::net::IpAddr;

use kernel::{NasId, Ts};

use crate::mac::Mac;

/// Acct-Status-Type, the kinds that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    Start,
    Interim,
    Stop,
    /// The NAS restarted: none of its earlier sessions lives.
    On,
    /// The NAS is going down.
    Off,
}

/// One accounting request, decoded.
///
/// `event_at` is when it happened by **our** clock: receipt less Acct-Delay-Time, since routers' clocks
/// are often wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountingRecord {
    pub nas: NasId,
    pub kind: RecordKind,
    pub acct_session_id: String,
    /// As received; compared in lower case.
    pub username: String,
    pub mac: Option<Mac>,
    pub framed_ip: Option<IpAddr>,
    /// Acct-Session-Time.
    pub secs: i64,
    /// Octets from the customer (upload): Acct-Input-Octets with its Gigawords.
    pub bytes_in: i64,
    /// Octets to the customer (download): Acct-Output-Octets with its Gigawords.
    pub bytes_out: i64,
    /// Acct-Terminate-Cause by name, of a stop.
    pub cause: Option<String>,
    /// The access version from Class.
    pub access_version: Option<i64>,
    pub event_at: Ts,
    pub received_at: Ts,
}

/// The 64-bit count of a 32-bit octet attribute and its Gigawords (RFC 2869 section 5.1).
pub const fn octets(low: u32, gigawords: u32) -> i64 {
    // 2^63 octets are out of any router's reach; the mask keeps the count from turning negative.
    (((gigawords as u64 & 0x7fff_ffff) << 32) | low as u64) as i64
}

/// Two descriptions of one session's start closer than this are the same session: NAS give seconds,
/// retransmit, and rarely tell the delay.
pub const SAME_START_SECS: i64 = 60;

impl AccountingRecord {
    /// When the session began, as this record implies.
    pub const fn implied_start(&self) -> Ts {
        match self.kind {
            RecordKind::Start => self.event_at,
            _ => self.event_at.plus_secs(-self.secs),
        }
    }
    /// Whether the record implies this very start.
    pub fn starts_at(&self, started_at: Ts) -> bool {
        let tells = self.kind == RecordKind::Start || self.secs > 0;
        let apart = self.implied_start().secs() - started_at.secs();
        tells && apart.abs() <= SAME_START_SECS
    }
    /// Whether the record speaks of this session of the same NAS, user and Acct-Session-Id.
    ///
    /// Routers count ids from the start again after a reboot, so the id alone is not enough. Nor is the
    /// start that the record implies: a report that was queued and sent late implies a later one, and so
    /// does a router whose session clock is slow. It is the same session when the running one went on
    /// (time and counters grew, from the same device), when it is told once more, or when the session
    /// implied had begun before this one was last heard of. A record without session time can't tell,
    /// and is taken for this one.
    pub fn is_of(&self, known: &Known) -> bool {
        let later = self.implied_start().secs() - known.started_at.secs() > SAME_START_SECS;
        if !later || (self.kind != RecordKind::Start && self.secs == 0) {
            return true;
        }
        if self.kind == RecordKind::Start {
            return false;
        }
        let report =
            Counters { bytes_in: self.bytes_in, bytes_out: self.bytes_out, secs: self.secs };
        let same_device = self.mac.is_none() || known.mac.is_none() || self.mac == known.mac;
        let went_on = known.is_open && same_device && report.covers(known.counters);
        let overlaps = self.implied_start() < known.updated_at;
        went_on || overlaps || report == known.counters
    }
}

/// What is known of a session that a record may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub started_at: Ts,
    pub updated_at: Ts,
    pub is_open: bool,
    pub mac: Option<Mac>,
    pub counters: Counters,
}

/// A session's counters: they only grow, whatever order the records come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub secs: i64,
}

impl Counters {
    /// Nothing went down since `earlier`.
    pub const fn covers(self, earlier: Self) -> bool {
        self.bytes_in >= earlier.bytes_in
            && self.bytes_out >= earlier.bytes_out
            && self.secs >= earlier.secs
    }
    /// Takes a report over and returns what is new by it: never negative, and zero for a report seen
    /// before or older than the last.
    pub fn advance(&mut self, report: Self) -> Self {
        let next = Self {
            bytes_in: self.bytes_in.max(report.bytes_in),
            bytes_out: self.bytes_out.max(report.bytes_out),
            secs: self.secs.max(report.secs),
        };
        let delta = Self {
            bytes_in: next.bytes_in - self.bytes_in,
            bytes_out: next.bytes_out - self.bytes_out,
            secs: next.secs - self.secs,
        };
        *self = next;
        delta
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn at(secs: i64) -> Ts {
        Ts::from_secs(1_790_000_000 + secs)
    }

    pub(crate) fn record(kind: RecordKind, event: i64, secs: i64) -> AccountingRecord {
        AccountingRecord {
            nas: NasId::nil(),
            kind,
            acct_session_id: "81000001".into(),
            username: "budi".into(),
            mac: None,
            framed_ip: None,
            secs,
            bytes_in: 0,
            bytes_out: 0,
            cause: None,
            access_version: None,
            event_at: at(event),
            received_at: at(event),
        }
    }

    #[test]
    fn gigawords_carry_the_counter_beyond_4_gib() {
        assert_eq!(octets(u32::MAX, 0), 4_294_967_295);
        assert_eq!(octets(0, 1), 4_294_967_296);
        assert_eq!(octets(2_705_032_704, 1), 7_000_000_000);
        assert!(octets(u32::MAX, u32::MAX) > 0);
    }

    #[test]
    fn an_id_used_again_after_a_reboot_is_another_session() {
        let old = known(0, 1_800, 1_800);
        assert!(record(RecordKind::Interim, 2_100, 2_100).is_of(&old));
        assert!(!record(RecordKind::Interim, 4_000, 600).is_of(&old), "time went down");
        assert!(record(RecordKind::Start, 30, 0).is_of(&old), "a retransmitted start");
        assert!(!record(RecordKind::Start, 3_600, 0).is_of(&old));
        assert!(record(RecordKind::Interim, 9_000, 0).is_of(&old), "it does not say how long");
    }

    #[test]
    fn a_late_report_and_a_slow_session_clock_are_of_the_running_session() {
        let running = known(0, 86_400, 86_000);
        let slow = record(RecordKind::Interim, 86_700, 86_290);
        assert!(slow.is_of(&running), "the router's clock lost minutes in a day");
        assert!(record(RecordKind::Interim, 90_000, 86_290).is_of(&running), "queued for an hour");
        assert!(
            record(RecordKind::Interim, 86_500, 43_000).is_of(&running),
            "told once more, late"
        );
        let other: Mac = Mac::from_bytes([2, 0, 0, 0, 0, 2]);
        let hers = Known { mac: Some(Mac::from_bytes([2, 0, 0, 0, 0, 1])), ..known(0, 600, 600) };
        let from = AccountingRecord { mac: Some(other), ..record(RecordKind::Interim, 9_000, 700) };
        assert!(!from.is_of(&hers), "another device after a reboot");
        let ended = Known { is_open: false, ..known(0, 600, 600) };
        assert!(record(RecordKind::Stop, 9_000, 600).is_of(&ended), "the same stop, much later");
        assert!(!record(RecordKind::Stop, 9_000, 700).is_of(&ended));
    }

    fn known(start: i64, updated: i64, secs: i64) -> Known {
        Known {
            started_at: at(start),
            updated_at: at(updated),
            is_open: true,
            mac: None,
            counters: Counters { secs, ..Counters::default() },
        }
    }

    proptest! {
        #[test]
        fn counters_end_the_same_in_any_order_and_deltas_add_up(
            mut reports in proptest::collection::vec((0..1_i64 << 40, 0..1_i64 << 40), 1..20),
            repeat in 0..20_usize,
        ) {
            let run = |list: &[(i64, i64)]| {
                let mut all = Counters::default();
                let mut sum = Counters::default();
                for (bytes_in, bytes_out) in list {
                    let report = Counters { bytes_in: *bytes_in, bytes_out: *bytes_out, secs: 0 };
                    let delta = all.advance(report);
                    assert!(delta.bytes_in >= 0 && delta.bytes_out >= 0);
                    sum.bytes_in += delta.bytes_in;
                    sum.bytes_out += delta.bytes_out;
                }
                assert_eq!(all, sum);
                all
            };
            let first = run(&reports);
            reports.push(reports[repeat % reports.len()]);
            reports.reverse();
            prop_assert_eq!(first, run(&reports));
        }
    }
}
