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
