//! One session and one record after the other: the pure rules.

use kernel::{AccountId, BranchId, NasId, PartnerId, SessionId, SubscriptionId, Ts, VoucherId};
use store::words;

use crate::accounting::{AccountingRecord, Counters, Known, RecordKind};
use crate::mac::Mac;
use crate::words::SessionState;

words! {
    /// Who ended a session.
    pub enum EndedBy {
        /// Its own accounting stop.
        Stop = "stop",
        /// A new start from the same device.
        Superseded = "superseded",
        /// The NAS restarted.
        NasReboot = "nas_reboot",
        /// The NAS said that it has no such session.
        NotFound = "not_found",
    }
}

/// A session as loaded or just begun, and what happened to it in this batch.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub id: SessionId,
    pub nas: NasId,
    pub account: Option<AccountId>,
    pub subscription: Option<SubscriptionId>,
    /// The voucher of a guest.
    pub guest: Option<VoucherId>,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub acct_session_id: String,
    pub username: String,
    pub mac: Option<Mac>,
    pub framed_ip: Option<String>,
    pub started_at: Ts,
    pub updated_at: Ts,
    pub stopped_at: Option<Ts>,
    pub state: SessionState,
    pub counters: Counters,
    pub cause: Option<String>,
    pub ended_by: Option<EndedBy>,
    pub access_version: Option<i64>,
    pub acked_version: i64,
    pub acked_at: Option<Ts>,
    pub isolated: bool,
    /// Made in this batch.
    pub fresh: bool,
    pub dirty: bool,
    pub opened: bool,
    pub closed: bool,
}

impl Held {
    pub(crate) fn is_open(&self) -> bool {
        self.state != SessionState::Closed
    }

    pub(crate) fn known(&self) -> Known {
        Known {
            started_at: self.started_at,
            updated_at: self.updated_at,
            is_open: self.is_open(),
            mac: self.mac,
            counters: self.counters,
        }
    }

    /// Takes one record of this session over; answers what the counters gained.
    pub(crate) fn fold(&mut self, record: &AccountingRecord) -> Counters {
        let before = self.counters;
        let report =
            Counters { bytes_in: record.bytes_in, bytes_out: record.bytes_out, secs: record.secs };
        let delta = self.counters.advance(report);
        self.dirty |= self.counters != before;
        let newer = record.event_at > self.updated_at;
        if newer || self.fresh {
            self.learn(record);
        }
        if newer {
            self.updated_at = record.event_at;
            self.dirty = true;
        }
        match record.kind {
            RecordKind::Stop => self.stop(record),
            RecordKind::Interim => self.revive(record.event_at),
            // A start seen again: it opens nothing that was closed.
            RecordKind::Start => {
                if newer && self.state == SessionState::Suspect {
                    self.state = SessionState::Live;
                }
            }
            RecordKind::On | RecordKind::Off => {}
        }
        delta
    }

    fn learn(&mut self, record: &AccountingRecord) {
        let ip = record.framed_ip.map(|ip| ip.to_string());
        let differs = (ip.is_some() && ip != self.framed_ip)
            || (record.mac.is_some() && record.mac != self.mac)
            || (record.access_version.is_some() && record.access_version != self.access_version);
        self.dirty |= differs;
        self.framed_ip = ip.or(self.framed_ip.take());
        self.mac = record.mac.or(self.mac);
        self.access_version = record.access_version.or(self.access_version);
    }

    fn stop(&mut self, record: &AccountingRecord) {
        if self.ended_by == Some(EndedBy::Stop) {
            return;
        }
        self.closed |= self.is_open();
        self.state = SessionState::Closed;
        self.stopped_at = Some(record.event_at.max(self.started_at));
        self.ended_by = Some(EndedBy::Stop);
        self.cause = record.cause.clone();
        self.dirty = true;
    }

    /// A later interim proves that the session lives, unless its own stop ended it.
    fn revive(&mut self, at: Ts) {
        let ended = self.stopped_at.is_some_and(|stopped| at <= stopped);
        if ended || self.ended_by == Some(EndedBy::Stop) || self.state == SessionState::Live {
            return;
        }
        if self.state == SessionState::Suspect && at < self.updated_at {
            return;
        }
        self.opened |= !self.is_open();
        self.state = SessionState::Live;
        self.stopped_at = None;
        self.ended_by = None;
        self.cause = None;
        self.dirty = true;
    }

    /// We close it ourselves; a later interim reopens it.
    pub(crate) fn end(&mut self, by: EndedBy, at: Ts) {
        if !self.is_open() {
            return;
        }
        self.state = SessionState::Closed;
        self.stopped_at = Some(at.max(self.updated_at));
        self.ended_by = Some(by);
        self.dirty = true;
        self.closed = true;
    }

    /// Whether `newer` takes this session's place: the same device of the same account dialled again.
    pub(crate) fn is_superseded_by(&self, newer: &Self) -> bool {
        self.id != newer.id
            && self.is_open()
            && self.account.is_some()
            && self.account == newer.account
            && self.mac.is_some()
            && self.mac == newer.mac
            && self.started_at <= newer.started_at
            && self.updated_at <= newer.updated_at
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::accounting::tests::{at, record};

    pub(crate) fn held(start: i64) -> Held {
        Held {
            id: SessionId::nil(),
            nas: NasId::nil(),
            account: None,
            subscription: None,
            guest: None,
            branch: BranchId::nil(),
            partner: None,
            acct_session_id: "81000001".into(),
            username: "budi".into(),
            mac: None,
            framed_ip: None,
            started_at: at(start),
            updated_at: at(start),
            stopped_at: None,
            state: SessionState::Live,
            counters: Counters::default(),
            cause: None,
            ended_by: None,
            access_version: None,
            acked_version: 0,
            acked_at: None,
            isolated: false,
            fresh: false,
            dirty: false,
            opened: false,
            closed: false,
        }
    }

    #[test]
    fn a_late_interim_reopens_what_we_closed_but_not_what_stopped() {
        let interim = |event| record(RecordKind::Interim, event, event);
        let mut suspect = held(0);
        suspect.state = SessionState::Suspect;
        suspect.fold(&interim(600));
        assert_eq!((suspect.state, suspect.opened), (SessionState::Live, false));

        let mut reboot = held(0);
        reboot.end(EndedBy::NasReboot, at(300));
        reboot.fold(&interim(200));
        assert!(!reboot.is_open(), "an interim from before the reboot proves nothing");
        reboot.fold(&interim(600));
        assert!(reboot.is_open() && reboot.opened && reboot.stopped_at.is_none());

        let mut stopped = held(0);
        stopped.fold(&record(RecordKind::Stop, 300, 300));
        stopped.fold(&interim(600));
        assert_eq!(stopped.state, SessionState::Closed);
        assert_eq!(stopped.stopped_at, Some(at(300)));
    }

    #[test]
    fn a_stop_seen_twice_moves_nothing() {
        let mut session = held(0);
        let stop = AccountingRecord {
            cause: Some("User-Request".into()),
            bytes_in: 5,
            ..record(RecordKind::Stop, 300, 300)
        };
        assert_eq!(session.fold(&stop).bytes_in, 5);
        assert!(session.closed);
        let again = AccountingRecord { cause: None, event_at: at(400), ..stop };
        assert_eq!(session.fold(&again), Counters::default());
        assert_eq!(session.stopped_at, Some(at(300)));
        assert_eq!(session.cause.as_deref(), Some("User-Request"));
    }

    #[test]
    fn an_older_interim_changes_neither_counters_nor_address() {
        let mut session = held(0);
        let new = AccountingRecord {
            bytes_out: 9_000,
            framed_ip: "10.0.0.9".parse().ok(),
            ..record(RecordKind::Interim, 600, 600)
        };
        let old = AccountingRecord {
            bytes_out: 4_000,
            framed_ip: "10.0.0.4".parse().ok(),
            ..record(RecordKind::Interim, 300, 300)
        };
        assert_eq!(session.fold(&new).bytes_out, 9_000);
        assert_eq!(session.fold(&old).bytes_out, 0);
        assert_eq!(session.framed_ip.as_deref(), Some("10.0.0.9"));
        assert_eq!(session.counters.bytes_out, 9_000);
        assert_eq!(session.updated_at, at(600));
    }

    #[test]
    fn the_same_device_dialling_again_supersedes_its_older_session_only() {
        let account: AccountId = "0193a9d0-0000-7000-8000-000000000001".parse().unwrap();
        let newer_id: SessionId = "0193a9d0-0000-7000-8000-000000000002".parse().unwrap();
        let old = Held { account: Some(account), mac: Mac::parse("4c5e0c1122aa"), ..held(0) };
        let new = Held { id: newer_id, started_at: at(50), updated_at: at(50), ..old.clone() };
        assert!(old.is_superseded_by(&new));
        assert!(!new.is_superseded_by(&old));
        assert!(!old.is_superseded_by(&Held { mac: Mac::parse("4c5e0c1122bb"), ..new.clone() }));
        assert!(!old.is_superseded_by(&Held { account: None, ..new.clone() }));
        let heard_later = Held { updated_at: at(60), ..old };
        assert!(!heard_later.is_superseded_by(&new), "it was heard of after the new start");
    }
}
