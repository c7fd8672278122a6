use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use network::{MacPolicy, SessionState};
use store::FaultPoint;

use super::*;
use crate::kit::world::{World, both};
use crate::kit::{Asker, at, mac};
use crate::spool;

struct Scene {
    world: World,
    nas: Asker,
    spool: Spool,
    _folder: tempfile::TempDir,
}

async fn scene(world: World) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(&folder.path().join("spool.db"), at(0)).await.unwrap();
    world.subscriber(1, "budi", MacPolicy::Off, at(0)).await;
    Scene { world, nas: Asker::new(), spool, _folder: folder }
}

impl Scene {
    /// A start, interims each 300 seconds, a stop: one group each.
    async fn live_through(&mut self, interims: u32) {
        let mut events = vec![(1, 0)];
        events.extend((1..=interims).map(|n| (3, n * 300)));
        events.push((2, interims * 300 + 10));
        for (status, secs) in events {
            let octets = (5 << 30) * u64::from(secs) / 300;
            let packet = self.nas.account(status, "s1", "Budi", Some(mac(1)), secs, octets);
            let mut group = Vec::new();
            spool::push(&mut group, self.world.nas, at(i64::from(secs)), &packet);
            self.spool.write(&group, at(i64::from(secs))).await.unwrap();
        }
    }
    async fn apply(&self, limit: usize) -> Result<Round> {
        apply(&self.world.db, &self.spool, at(5_000), limit).await
    }
    async fn check_whole_session(&self) {
        let sessions = self.world.sessions(1).await;
        assert_eq!(sessions.len(), 1);
        let one = &sessions[0];
        assert_eq!((one.state, one.secs), (SessionState::Closed, 910));
        let octets = (5_i64 << 30) * 910 / 300;
        assert_eq!((one.bytes_in, one.bytes_out), (octets, octets));
        let mut reader = self.world.db.reader();
        let subscription = crate::kit::world::subscription(1);
        let day = at(0).day(kernel::ts::Zone::Jakarta);
        let used = network::usage::period_bytes(&mut reader, subscription, day).await.unwrap();
        assert_eq!(used, 2 * octets, "counted once");
    }
}

#[tokio::test]
async fn what_the_nas_reported_becomes_the_session_in_one_batch_or_in_many() {
    for limit in [1, 2, 100] {
        both(async |world| {
            let mut scene = scene(world).await;
            scene.live_through(3).await;
            let mut records = 0;
            while let Ok(round) = scene.apply(limit).await
                && round.groups > 0
            {
                records += round.records;
            }
            assert_eq!(records, 5);
            scene.check_whole_session().await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_break_after_the_commit_counts_nothing_twice() {
    both(async |world| {
        let mut scene = scene(world).await;
        scene.live_through(3).await;
        let broken = Arc::new(AtomicU32::new(0));
        let hook = Arc::clone(&broken);
        scene.world.db.set_faults(Some(Arc::new(move |point, _| {
            let first =
                point == FaultPoint::AfterCommit && hook.fetch_add(1, Ordering::SeqCst) == 0;
            first.then(|| Fault::unavailable("test.away", "putus", "cut"))
        })));
        assert_eq!(scene.apply(100).await.unwrap_err().kind, FaultKind::Unavailable);
        assert_eq!(scene.spool.backlog().await.unwrap().0, 5, "still in the spool");
        assert_eq!(scene.apply(100).await.unwrap().groups, 5);
        assert!(broken.load(Ordering::SeqCst) > 1);
        scene.check_whole_session().await;
    })
    .await;
}

#[tokio::test]
async fn accounting_waits_while_the_database_is_away() {
    both(async |world| {
        let mut scene = scene(world).await;
        scene.live_through(3).await;
        scene.world.db.set_faults(Some(Arc::new(|point, _| {
            let begin = point == FaultPoint::Begin;
            begin.then(|| Fault::unavailable("test.away", "hilang", "gone"))
        })));
        assert_eq!(scene.apply(100).await.unwrap_err().kind, FaultKind::Unavailable);
        scene.world.db.set_faults(None);
        assert_eq!(scene.apply(100).await.unwrap().records, 5);
        scene.check_whole_session().await;
        assert_eq!(scene.apply(100).await.unwrap(), Round::default());
    })
    .await;
}

#[tokio::test]
async fn a_record_that_cannot_be_applied_is_set_aside_and_holds_back_nobody() {
    both(async |world| {
        let mut scene = scene(world).await;
        scene.live_through(3).await;
        let tries = Arc::new(AtomicU32::new(0));
        let hook = Arc::clone(&tries);
        // The whole batch, the first two, the first alone, the first once more.
        scene.world.db.set_faults(Some(Arc::new(move |point, _| {
            let refuse =
                point == FaultPoint::BeforeCommit && hook.fetch_add(1, Ordering::SeqCst) < 4;
            refuse.then(|| Fault::bug("poison"))
        })));
        let round = scene.apply(100).await.unwrap();
        assert_eq!((round.set_aside, round.records), (1, 4));
        let aside = scene.spool.unappliable(10).await.unwrap();
        assert_eq!(aside.len(), 1);
        assert!(aside[0].why.contains("poison"), "{}", aside[0].why);
        scene.check_whole_session().await;
    })
    .await;
}

/// A crowd whose reports fill the spool, and two whose access changed while they wait there.
struct Crowd {
    scene: Scene,
    groups: i64,
}

const CROWD: u8 = 30;
/// Records a batch: the backlog of the crowd is many of them.
const SOME: usize = 10;

impl Crowd {
    async fn new(world: World) -> Self {
        let scene = scene(world).await;
        scene.world.subscriber(2, "ani", MacPolicy::Off, at(0)).await;
        Self { scene, groups: 0 }
    }

    async fn report(&mut self, status: u32, who: (&str, &str, u8), secs: u32, class: i64) {
        self.report_at(i64::from(secs), status, who, secs, class).await;
    }

    async fn report_at(
        &mut self,
        when: i64,
        status: u32,
        who: (&str, &str, u8),
        secs: u32,
        class: i64,
    ) {
        let mut group = Vec::new();
        self.push(&mut group, when, status, who, secs, class);
        self.write(&group, when).await;
    }

    fn push(
        &mut self,
        group: &mut Vec<u8>,
        when: i64,
        status: u32,
        (session, user, n): (&str, &str, u8),
        secs: u32,
        class: i64,
    ) {
        let scene = &mut self.scene;
        scene.nas.class = class;
        let octets = 1_000 * u64::from(secs);
        let packet = scene.nas.account(status, session, user, Some(mac(n)), secs, octets);
        spool::push(group, scene.world.nas, at(when), &packet);
    }

    async fn write(&mut self, group: &[u8], when: i64) {
        self.scene.spool.write(group, at(when)).await.unwrap();
        self.groups += 1;
    }

    /// One of the crowd is a customer of ours, and online.
    async fn known(&mut self, n: u8) {
        let name = format!("x{n}");
        let id = u128::from(n) + 10;
        self.scene.world.subscriber(id, &name, MacPolicy::Off, at(0)).await;
        self.report(1, (&name, &name, 100 + n), 0, 1).await;
        while self.scene.apply(100).await.unwrap().groups > 0 {}
    }

    /// And is isolated: nothing that waits shows it.
    async fn isolate(&self, n: u8) {
        let isolated = crate::kit::world::isolated();
        self.scene.world.intend(u128::from(n) + 10, isolated, at(320)).await;
    }

    async fn interims(&mut self, secs: u32) {
        for n in 0..CROWD {
            let session = format!("x{n}");
            self.report(3, (&session, &session, 100 + n), secs, 1).await;
        }
    }

    /// In one group.
    async fn interims_together(&mut self, secs: u32) {
        let (mut group, when) = (Vec::new(), i64::from(secs));
        for n in 0..CROWD {
            let session = format!("x{n}");
            self.push(&mut group, when, 3, (&session, &session, 100 + n), secs, 1);
        }
        self.write(&group, when).await;
    }

    /// Both begin and the crowd reports; then both are isolated, and report with what they run with by then.
    async fn isolated_behind_a_backlog(&mut self) {
        self.report(1, ("s1", "budi", 1), 0, 1).await;
        self.report(1, ("s2", "ani", 2), 0, 1).await;
        while self.scene.apply(100).await.unwrap().groups > 0 {}
        self.groups = 0;
        self.report(3, ("s1", "Budi ", 1), 300, 1).await;
        self.report(3, ("s2", "ani", 2), 300, 1).await;
        self.interims(300).await;
        for n in [1, 2] {
            self.scene.world.intend(n, crate::kit::world::isolated(), at(310)).await;
        }
        self.interims(600).await;
        self.report(3, ("s1", "budi", 1), 610, 2).await;
        self.report(2, ("s2", "ani", 2), 620, 1).await;
        self.interims(900).await;
    }

    async fn enforced(&self, n: u128) -> bool {
        let mut reader = self.scene.world.db.reader();
        let of = network::access::of(&mut reader, crate::kit::world::subscription(n)).await;
        of.unwrap().unwrap().is_enforced()
    }

    /// What stands in the tables, without ids.
    async fn books(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut reader = self.scene.world.db.reader();
        let day = at(0).day(kernel::ts::Zone::Jakarta);
        for n in [1, 2] {
            for s in self.scene.world.sessions(n).await {
                let (from, to) = (s.started_at, s.updated_at);
                all.push(format!("{n} {from} {to} {:?} {} {}", s.state, s.secs, s.bytes_in));
            }
            let subscription = crate::kit::world::subscription(n);
            let used = network::usage::period_bytes(&mut reader, subscription, day).await.unwrap();
            all.push(format!("{n} used {used}"));
        }
        all
    }
}

#[tokio::test]
async fn whoever_is_waited_for_is_applied_before_the_backlog() {
    both(async |world| {
        let mut crowd = Crowd::new(world).await;
        crowd.isolated_behind_a_backlog().await;
        assert!(!crowd.enforced(1).await && !crowd.enforced(2).await);
        let round = crowd.scene.apply(SOME).await.unwrap();
        assert_eq!((round.ahead, round.groups), (4, SOME), "theirs, and the oldest batch");
        assert!(crowd.enforced(1).await, "its accounting shows the version");
        assert!(crowd.enforced(2).await, "its session ended");
        let waiting = crowd.scene.spool.backlog().await.unwrap().0;
        assert_eq!(
            waiting,
            crowd.groups - i64::try_from(SOME).unwrap(),
            "nothing left the spool for it"
        );
        let books = crowd.books().await;
        let mut ahead = 0;
        while let Ok(round) = crowd.scene.apply(SOME).await
            && round.groups > 0
        {
            ahead += round.ahead;
        }
        assert_eq!(ahead, 0, "nobody is waited for any more");
        assert_eq!(crowd.books().await, books, "their turn changes nothing");
    })
    .await;
}

#[tokio::test]
async fn applied_before_their_turn_or_in_it_the_books_are_the_same() {
    let mut all = Vec::new();
    for limit in [1, SOME, 1_000] {
        both(async |world| {
            let mut crowd = Crowd::new(world).await;
            crowd.isolated_behind_a_backlog().await;
            while crowd.scene.apply(limit).await.unwrap().groups > 0 {}
            all.push(crowd.books().await);
        })
        .await;
    }
    for books in &all {
        assert_eq!(books, &all[0]);
    }
}

#[tokio::test]
async fn who_stays_unenforced_is_taken_once() {
    both(async |world| {
        let mut crowd = Crowd::new(world).await;
        crowd.known(0).await;
        crowd.known(1).await;
        crowd.isolated_behind_a_backlog().await;
        crowd.isolate(0).await;
        assert_eq!(crowd.scene.apply(SOME).await.unwrap().ahead, 4 + 3);
        assert_eq!(crowd.scene.apply(1).await.unwrap().ahead, 0, "taken already");
        assert!(!crowd.enforced(10).await);
        crowd.report(3, ("x0", "x0", 100), 1_200, 2).await;
        // Of those who were waited for before only what came since is looked through.
        assert_eq!(crowd.scene.apply(1).await.unwrap().ahead, 1);
        assert!(crowd.enforced(10).await);
        // Somebody new is looked for in all that waits: two of three reports.
        crowd.isolate(1).await;
        assert_eq!(crowd.scene.apply(SOME).await.unwrap().ahead, 2);
        assert!(crowd.scene.spool.backlog().await.unwrap().0 > 50, "long before its turn");
    })
    .await;
}

#[tokio::test]
async fn a_restart_of_the_router_is_known_before_what_was_reported_after_it() {
    both(async |world| {
        let mut crowd = Crowd::new(world).await;
        crowd.report(1, ("s1", "budi", 1), 0, 1).await;
        while crowd.scene.apply(100).await.unwrap().groups > 0 {}
        crowd.interims(300).await;
        crowd.report(7, ("", "", 0), 400, 1).await;
        crowd.scene.world.intend(1, crate::kit::world::isolated(), at(410)).await;
        // The number is used again; the start was lost.
        crowd.report_at(1_000, 3, ("s1", "budi", 9), 500, 2).await;
        crowd.interims(600).await;
        let round = crowd.scene.apply(SOME).await.unwrap();
        assert_eq!(round.ahead, 2);
        assert!(crowd.enforced(1).await);
        let before = crowd.books().await;
        while crowd.scene.apply(SOME).await.unwrap().groups > 0 {}
        assert_eq!(crowd.books().await, before);
    })
    .await;
}

#[tokio::test]
async fn of_a_long_backlog_only_groups_with_somebody_waited_for_are_read_again() {
    both(async |world| {
        let mut crowd = Crowd::new(world).await;
        crowd.known(20).await;
        crowd.known(21).await;
        for n in 0..4 {
            crowd.interims(300 * (n + 1)).await;
        }
        for n in [20, 21] {
            crowd.isolate(n).await;
            assert_eq!(crowd.scene.apply(1).await.unwrap().ahead, 4, "{n}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_long_backlog_is_not_read_through_for_every_batch() {
    both(async |world| {
        let mut crowd = Crowd::new(world).await;
        crowd.known(20).await;
        crowd.known(21).await;
        for n in 1..=12 {
            crowd.interims_together(300 * n).await;
        }
        crowd.isolate(20).await;
        assert_eq!(crowd.scene.apply(1).await.unwrap().ahead, 12);
        // 360 were read for it: the next one is looked for after 36, thirty of which were applied with it.
        crowd.isolate(21).await;
        assert_eq!(crowd.scene.apply(1).await.unwrap().ahead, 0);
        assert_eq!(crowd.scene.apply(1).await.unwrap().ahead, 10, "two are applied in their turn");
    })
    .await;
}
