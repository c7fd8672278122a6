//! The sessions of one account that may still live: what the one-session rule looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kernel::{NasId, Ts};
use network::accounting::SAME_START_SECS;
use network::{Mac, RecordKind};

use super::nas::NasState;

/// An ended session is remembered this long, so that a late interim does not bring it back.
const ENDED_KEPT_SECS: i64 = 600;
/// This many missing interims make a session suspect: it blocks nobody any more.
const INTERIMS_MISSED: i64 = 3;

/// One session as its NAS last described it.
#[derive(Debug)]
pub struct Live {
    pub nas: NasId,
    pub session: Box<str>,
    pub mac: Option<Mac>,
    pub started_at: Ts,
    seen_at: AtomicI64,
    /// 0: not ended.
    ended_at: AtomicI64,
    nas_state: Arc<NasState>,
}

/// A session event, as far as the one-session rule needs it.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    pub kind: RecordKind,
    pub nas: NasId,
    pub nas_state: &'a Arc<NasState>,
    pub session: &'a str,
    pub mac: Option<Mac>,
    pub started_at: Ts,
    /// When it happened.
    pub at: Ts,
}

impl Live {
    fn new(sighting: &Sighting<'_>) -> Self {
        Self {
            nas: sighting.nas,
            session: sighting.session.into(),
            mac: sighting.mac,
            started_at: sighting.started_at,
            seen_at: AtomicI64::new(sighting.at.micros()),
            ended_at: AtomicI64::new(0),
            nas_state: Arc::clone(sighting.nas_state),
        }
    }
    fn is(&self, sighting: &Sighting<'_>) -> bool {
        self.nas == sighting.nas && *self.session == *sighting.session
    }
    /// The last report.
    pub fn seen_at(&self) -> Ts {
        Ts::from_micros(self.seen_at.load(Ordering::Relaxed))
    }
    fn ended_at(&self) -> Option<Ts> {
        match self.ended_at.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Ts::from_micros(micros)),
        }
    }
    /// No stop came.
    pub fn is_open(&self) -> bool {
        self.ended_at().is_none()
    }
    /// Not ended, not gone with its NAS, and heard of within three interims.
    pub fn blocks(&self, now: Ts, interim_secs: i64) -> bool {
        let fresh = self.seen_at().plus_secs(INTERIMS_MISSED * interim_secs) >= now;
        fresh && self.ended_at().is_none() && self.seen_at() > self.nas_state.restarted_at()
    }
    /// Takes a sighting of this session over. A stop is final: an interim that comes after it was
    /// overtaken on the way.
    fn see(&self, sighting: &Sighting<'_>) {
        let at = sighting.at.micros();
        match sighting.kind {
            RecordKind::Stop => self.ended_at.fetch_max(at, Ordering::Relaxed),
            _ => self.seen_at.fetch_max(at, Ordering::Relaxed),
        };
    }
    /// Routers count session ids from the start again after a reboot: the same id with a start much
    /// later, after the last that was heard of it, is another session. (A report that comes late or from
    /// a slow session clock implies a later start too, but not so late.) A report without session time
    /// can't tell.
    fn is_used_again_by(&self, sighting: &Sighting<'_>) -> bool {
        let later = sighting.started_at.secs() - self.started_at.secs() > SAME_START_SECS;
        let heard_at = self.ended_at().map_or(self.seen_at(), |ended| ended.max(self.seen_at()));
        match sighting.kind {
            RecordKind::Start => later,
            _ => later && sighting.started_at < sighting.at && sighting.started_at >= heard_at,
        }
    }
    fn is_worth_keeping(&self, now: Ts) -> bool {
        match self.ended_at() {
            Some(ended) => ended.plus_secs(ENDED_KEPT_SECS) > now,
            None => self.seen_at() > self.nas_state.restarted_at(),
        }
    }
}

/// The sessions after a sighting, or nothing when the list itself stays as it is.
pub(super) fn see(list: &[Arc<Live>], sighting: &Sighting<'_>) -> Option<Vec<Arc<Live>>> {
    let known = list.iter().find(|live| live.is(sighting));
    if let Some(live) = known.filter(|live| !live.is_used_again_by(sighting)) {
        live.see(sighting);
        return None;
    }
    let supersedes = |live: &Arc<Live>| {
        let same_device = sighting.mac.is_some() && live.mac == sighting.mac;
        sighting.kind == RecordKind::Start && same_device
    };
    let mut next: Vec<Arc<Live>> = list
        .iter()
        .filter(|live| {
            !live.is(sighting) && !supersedes(live) && live.is_worth_keeping(sighting.at)
        })
        .cloned()
        .collect();
    let live = Live::new(sighting);
    if sighting.kind == RecordKind::Stop {
        live.ended_at.store(sighting.at.micros(), Ordering::Relaxed);
    }
    next.push(Arc::new(live));
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scene {
        state: Arc<NasState>,
        list: Vec<Arc<Live>>,
    }

    fn at(secs: i64) -> Ts {
        Ts::from_secs(1_790_000_000 + secs)
    }
    fn mac(last: u8) -> Mac {
        Mac::from_bytes([2, 0, 0, 0, 0, last])
    }

    impl Scene {
        fn new() -> Self {
            Self { state: Arc::default(), list: Vec::new() }
        }
        fn see(&mut self, kind: RecordKind, session: &str, device: u8, secs: i64) {
            let sighting = Sighting {
                kind,
                nas: NasId::nil(),
                nas_state: &self.state,
                session,
                mac: Some(mac(device)),
                started_at: if kind == RecordKind::Start { at(secs) } else { at(0) },
                at: at(secs),
            };
            if let Some(next) = see(&self.list, &sighting) {
                self.list = next;
            }
        }
        fn blocking(&self, secs: i64) -> Vec<&str> {
            self.list.iter().filter(|l| l.blocks(at(secs), 300)).map(|l| &*l.session).collect()
        }
    }

    #[test]
    fn a_session_blocks_until_its_stop_or_three_missed_interims() {
        let mut scene = Scene::new();
        scene.see(RecordKind::Start, "a", 1, 0);
        assert_eq!(scene.blocking(10), ["a"]);
        assert_eq!(scene.blocking(901), [""; 0]);
        scene.see(RecordKind::Interim, "a", 1, 600);
        assert_eq!(scene.blocking(901), ["a"]);
        scene.see(RecordKind::Stop, "a", 1, 950);
        assert_eq!(scene.blocking(951), [""; 0]);
        scene.see(RecordKind::Interim, "a", 1, 940);
        assert_eq!(scene.blocking(951), [""; 0], "a stop is final");
        scene.see(RecordKind::Start, "a", 1, 960);
        assert_eq!(scene.blocking(961), ["a"], "the same id, used again for another session");
    }

    #[test]
    fn a_stop_that_comes_before_its_interim_still_ends_the_session() {
        let mut scene = Scene::new();
        scene.see(RecordKind::Stop, "a", 1, 100);
        scene.see(RecordKind::Interim, "a", 1, 90);
        assert_eq!(scene.blocking(101), [""; 0]);
    }

    #[test]
    fn a_late_report_of_an_ended_session_does_not_bring_it_back() {
        let mut scene = Scene::new();
        scene.see(RecordKind::Start, "a", 1, 0);
        scene.see(RecordKind::Stop, "a", 1, 3_000);
        let state = Arc::clone(&scene.state);
        let late = Sighting {
            kind: RecordKind::Interim,
            nas: NasId::nil(),
            nas_state: &state,
            session: "a",
            mac: Some(mac(1)),
            started_at: at(400),
            at: at(3_100),
        };
        assert!(see(&scene.list, &late).is_none());
        assert_eq!(scene.blocking(3_101), [""; 0]);
    }

    #[test]
    fn a_start_of_the_same_device_takes_the_place_of_the_old_session() {
        let mut scene = Scene::new();
        scene.see(RecordKind::Start, "a", 1, 0);
        scene.see(RecordKind::Start, "b", 1, 20);
        assert_eq!(scene.blocking(21), ["b"]);
        scene.see(RecordKind::Start, "c", 2, 30);
        assert_eq!(scene.blocking(31), ["b", "c"]);
    }

    #[test]
    fn a_restart_of_the_nas_ends_what_was_seen_before_it() {
        let mut scene = Scene::new();
        scene.see(RecordKind::Start, "a", 1, 0);
        scene.state.restart(at(50));
        assert_eq!(scene.blocking(51), [""; 0]);
        scene.see(RecordKind::Start, "a", 1, 100);
        assert_eq!(scene.blocking(101), ["a"], "the same id, used again after the restart");
    }
}
