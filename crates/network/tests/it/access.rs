use network::access::{self, Attempt, AttemptHow, How, Intention};
use network::{Desired, NasAnswer, RecordKind};

use crate::world::{World, all, at, both, isolated, ok, said, sub, unpaid};

#[tokio::test]
async fn the_same_decision_again_changes_nothing() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        let again = world
            .write(10, async |tx| {
                let changed = access::intend(tx, sub(1), world.full(), ok(), None).await?;
                Ok((changed, said(tx)))
            })
            .await;
        assert_eq!(again, (false, vec![]));
        let later = world
            .write(11, async |tx| {
                access::intend(tx, sub(1), world.full(), ok(), Some(at(99))).await
            })
            .await;
        assert!(!later, "another moment to look again is no change");
        let access = world.access(1).await;
        assert_eq!((access.version, access.recheck_at), (1, Some(at(99))));
        assert!(access.is_enforced(), "nobody is online: the next login gets it");
        let due = access::due_rechecks(&mut world.db.reader(), at(99)).await.unwrap();
        assert_eq!(due, [sub(1)]);
        let none = access::due_rechecks(&mut world.db.reader(), at(98)).await.unwrap();
        assert!(none.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_stays_does_not_hide_that_it_is_to_be_asked_again() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        let intended = async |until| {
            world
                .write(10, async |tx| {
                    access::intend(tx, sub(1), world.full(), ok(), Some(at(until))).await
                })
                .await
        };
        let stays = async |was, until| {
            let (was, until) = (Some(at(was)), Some(at(until)));
            let steady = access::Steady { subscription: sub(1), was, recheck_at: until };
            world.write(20, async |tx| access::stay(tx, &[steady]).await).await;
            world.access(1).await.recheck_at
        };
        intended(20).await;
        assert_eq!(stays(20, 50).await, Some(at(50)));
        intended(60).await;
        assert_eq!(stays(50, 70).await, Some(at(60)), "it was decided meanwhile");

        intended(20).await;
        for ask in [false, true] {
            let asked = world.write(20, async |tx| match ask {
                true => access::recheck_all(tx).await,
                false => access::recheck(tx, &[sub(1)]).await,
            });
            asked.await;
            let due = stays(20, 90).await.unwrap();
            assert!(due < at(20) || ask, "asked for in the very moment that it was due");
            assert!(due <= at(20), "the next sweep asks again");
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_hold_is_a_change_that_no_nas_is_told() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        let first = world
            .write(10, async |tx| {
                let changed =
                    access::intend(tx, sub(1), isolated(&["unpaid"]), unpaid(), None).await?;
                Ok((changed, said(tx)))
            })
            .await;
        assert_eq!(first, (true, vec!["access_changed", "access_enforced"]));
        let two = isolated(&["unpaid", "manual"]);
        let second = world
            .write(20, async |tx| {
                let changed = access::intend(tx, sub(1), two.clone(), unpaid(), None).await?;
                Ok((changed, said(tx)))
            })
            .await;
        assert_eq!(second, (true, vec![]));
        let access = world.access(1).await;
        assert_eq!((access.version, access.since, access.desired), (2, at(10), two));
        let history = access::changes(&mut world.db.reader(), sub(1), 10).await.unwrap();
        let shown: Vec<(i64, bool, bool)> =
            history.iter().map(|c| (c.version, c.effect, c.enforced_at.is_some())).collect();
        assert_eq!(shown, [(2, false, false), (2, true, true), (1, true, true)]);
    })
    .await;
}

#[tokio::test]
async fn many_decisions_are_written_in_one_go() {
    both(async |world| {
        let list: Vec<Intention> = (0..1_300)
            .map(|n| Intention {
                subscription: sub(n),
                desired: if n % 2 == 0 { isolated(&["unpaid"]) } else { world.full() },
                why: unpaid(),
                recheck_at: None,
            })
            .collect();
        let changed = world
            .write(1, async |tx| {
                let changed = access::intend_many(tx, list.clone()).await?;
                let again = access::intend_many(tx, list.clone()).await?;
                Ok((changed.len(), again.len(), tx.events().len()))
            })
            .await;
        assert_eq!(changed, (1_300, 0, 2_600));
        assert!(world.access(1_299).await.is_enforced());
    })
    .await;
}

async fn online(world: &World, n: u128, name: &str) {
    world.subscriber(n, name).await;
    let start = world.record(RecordKind::Start, &format!("{name}@net"), "81000001", 5);
    world.apply(5, &[start]).await;
}

async fn isolate(world: &World, n: u128, secs: i64) {
    world
        .write(secs, async |tx| {
            access::intend(tx, sub(n), isolated(&["unpaid"]), unpaid(), None).await
        })
        .await;
}

#[tokio::test]
async fn isolation_of_an_online_customer_is_enforced_when_acknowledged_and_heard_of() {
    both(async |world| {
        online(&world, 1, "budi").await;
        isolate(&world, 1, 100).await;
        assert!(!world.access(1).await.is_enforced());
        let mut q = world.db.reader();
        let waiting = access::not_enforced(&mut q, &all(), at(100), 10).await.unwrap();
        assert_eq!(waiting.len(), 1);

        let work = access::claim_unenforced(&world.db, at(100), 10).await.unwrap();
        assert_eq!((work.len(), work[0].targets.len()), (1, 1));
        assert_eq!(work[0].access.profile.as_ref().unwrap().code, "ISOLIR");
        let twice = access::claim_unenforced(&world.db, at(101), 10).await.unwrap();
        assert!(twice.is_empty(), "it is leased");

        let attempt = Attempt {
            session: work[0].targets[0].session.id,
            nas: world.nas,
            how: AttemptHow::Change,
            answer: NasAnswer::Ack,
            sent_at: at(101),
            answered_at: at(102),
        };
        let done = world
            .write(102, async |tx| access::record_attempt(tx, sub(1), 2, &attempt, at(700)).await)
            .await;
        assert!(!done, "acknowledged is not yet enforced");
        let old = world.record(RecordKind::Interim, "budi@net", "81000001", 101);
        world.apply(103, &[old]).await;
        assert!(!world.access(1).await.is_enforced(), "it was sent before the answer");
        let heard = world.record(RecordKind::Interim, "budi@net", "81000001", 130);
        let applied = world.apply(130, &[heard]).await;
        assert_eq!(applied.enforced, [sub(1)]);
        let access = world.access(1).await;
        assert!(access.is_enforced());
        assert_eq!(access.enforced_at, Some(at(130)));
        let history = access::changes(&mut q, sub(1), 1).await.unwrap();
        assert_eq!(
            (history[0].enforced_how, history[0].acked_at),
            (Some(How::Accounting), Some(at(102)))
        );
        assert!(world.sessions(1).await[0].isolated);
        let timings = access::timings(&mut q, at(0), at(999), 10).await.unwrap();
        assert_eq!(timings.len(), 1, "changes that met nobody online are not measured");
        assert_eq!(access::attempts(&mut q, sub(1), 9).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_carries_the_new_class_or_ends_needs_no_acknowledgement() {
    both(async |world| {
        online(&world, 1, "budi").await;
        isolate(&world, 1, 100).await;
        let mut echo = world.record(RecordKind::Interim, "budi@net", "81000001", 101);
        echo.access_version = Some(2);
        assert_eq!(world.apply(101, &[echo]).await.enforced, [sub(1)]);

        world
            .write(200, async |tx| access::intend(tx, sub(1), world.full(), ok(), None).await)
            .await;
        assert!(!world.access(1).await.is_enforced());
        let stop = world.record(RecordKind::Stop, "budi@net", "81000001", 210);
        assert_eq!(world.apply(210, &[stop]).await.enforced, [sub(1)]);
    })
    .await;
}

#[tokio::test]
async fn a_login_that_crossed_the_change_is_found_and_attempted_at_once() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        isolate(&world, 1, 100).await;
        assert!(world.access(1).await.is_enforced());
        // It was accepted with version 1 just before, and its start arrives just after.
        let start = world.record(RecordKind::Start, "budi@net", "81000007", 101);
        world.apply(101, &[start]).await;
        let access = world.access(1).await;
        assert!(!access.is_enforced());
        assert_eq!(access.next_attempt_at, Some(at(101)));
        let mut restarted = world.record(RecordKind::Start, "budi@net", "81000008", 120);
        restarted.access_version = Some(2);
        let applied = world.apply(120, &[restarted]).await;
        assert_eq!(applied.enforced, [sub(1)], "the same device came back with the new access");
        assert!(world.sessions(1).await[0].isolated);
    })
    .await;
}

#[tokio::test]
async fn blocked_access_is_enforced_only_when_the_session_is_gone() {
    both(async |world| {
        online(&world, 1, "budi").await;
        let blocked = Desired::Blocked { reason: "terminated".into() };
        world
            .write(100, async |tx| access::intend(tx, sub(1), blocked.clone(), ok(), None).await)
            .await;
        let work = access::claim_unenforced(&world.db, at(100), 10).await.unwrap();
        assert!(work[0].access.profile.is_none());
        let attempt = |answer| Attempt {
            session: work[0].targets[0].session.id,
            nas: world.nas,
            how: AttemptHow::Disconnect,
            answer,
            sent_at: at(101),
            answered_at: at(102),
        };
        let acked = attempt(NasAnswer::Ack);
        let done = world
            .write(102, async |tx| access::record_attempt(tx, sub(1), 2, &acked, at(132)).await)
            .await;
        assert!(!done);
        let gone = attempt(NasAnswer::Nak(503));
        let done = world
            .write(133, async |tx| access::record_attempt(tx, sub(1), 2, &gone, at(140)).await)
            .await;
        assert!(done, "the NAS says that it has no such session");
        let fault = world
            .try_write(150, async |tx| access::enforced(tx, sub(1), 1, at(150)).await)
            .await
            .unwrap_err();
        assert_eq!(fault.code, "network.access_moved_on");
    })
    .await;
}

#[tokio::test]
async fn two_decisions_at_once_leave_one_version_each() {
    let (db, schema) =
        store::testing::postgres(&[&catalog::MIGRATIONS, &network::MIGRATIONS]).await;
    let racer = db.clone();
    let (a, b) = store::testing::race(move |n| {
        let db = racer.clone();
        async move {
            let cause = store::testing::cause(at(i64::try_from(n).unwrap()));
            let holds = if n == 0 { isolated(&["unpaid"]) } else { isolated(&["abuse"]) };
            db.write(&cause, async |tx| {
                access::intend(tx, sub(1), holds.clone(), unpaid(), None).await
            })
            .await
        }
    })
    .await;
    assert!(a.unwrap() && b.unwrap());
    let access = access::of(&mut db.reader(), sub(1)).await.unwrap().unwrap();
    assert_eq!(access.version, 1, "both isolate: one effect");
    assert_eq!(access::changes(&mut db.reader(), sub(1), 9).await.unwrap().len(), 2);
    store::testing::drop_schema(&db, &schema).await;
}
