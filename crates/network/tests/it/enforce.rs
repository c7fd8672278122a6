use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use kernel::NasId;
use kernel::clock::ManualClock;
use network::control::{Answering, NasControl};
use network::{AccessView, Desired, LiveSession, NasAnswer, RecordKind, access, enforce};

use crate::world::{World, at, both, isolated, ok, sub, unpaid};

/// A NAS that answers what it was told to, and remembers what it was asked.
struct Scripted {
    answers: Mutex<Vec<NasAnswer>>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn new(answers: &[NasAnswer]) -> Self {
        let answers = Mutex::new(answers.iter().rev().copied().collect());
        Self { answers, asked: Mutex::default() }
    }
    fn next(&self, asked: String) -> Answering<'_> {
        self.asked.lock().unwrap().push(asked);
        let answer = self.answers.lock().unwrap().pop().unwrap_or(NasAnswer::Timeout);
        Box::pin(std::future::ready(answer))
    }
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl NasControl for Scripted {
    fn change<'a>(&'a self, session: &'a LiveSession, access: &'a AccessView) -> Answering<'a> {
        let profile = access.profile.as_ref().map_or("-", |p| p.code.as_str());
        self.next(format!("change {} {profile} v{}", session.acct_session_id, access.version))
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        self.next(format!("disconnect {}", session.acct_session_id))
    }
}

async fn isolated_online(world: &World) {
    world.subscriber(1, "budi").await;
    world.apply(5, &[world.record(RecordKind::Start, "budi@net", "81", 5)]).await;
    world
        .write(100, async |tx| {
            access::intend(tx, sub(1), isolated(&["unpaid"]), unpaid(), None).await
        })
        .await;
}

#[tokio::test]
async fn a_refused_change_becomes_a_disconnect_and_the_stop_enforces() {
    both(async |world| {
        isolated_online(&world).await;
        let nas = Scripted::new(&[NasAnswer::Nak(401), NasAnswer::Ack]);
        let clock = ManualClock::at(at(100));
        let round = enforce::round(&world.db, &nas, &clock, 10).await.unwrap();
        assert_eq!((round.claimed, round.refused, round.enforced), (1, 1, 0));
        enforce::round(&world.db, &nas, &clock, 10).await.unwrap();
        assert_eq!(nas.asked(), ["change 81 ISOLIR v2", "disconnect 81"]);
        let stop = world.record(RecordKind::Stop, "budi@net", "81", 101);
        assert_eq!(world.apply(101, &[stop]).await.enforced, [sub(1)]);
        clock.set(at(5_000));
        let quiet = enforce::round(&world.db, &nas, &clock, 10).await.unwrap();
        assert_eq!(quiet, enforce::Round::default(), "an enforced access is never kicked again");
        let mut q = world.db.reader();
        assert_eq!(access::attempts(&mut q, sub(1), 9).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_silent_nas_is_asked_less_and_less_often_and_every_attempt_is_kept() {
    both(async |world| {
        isolated_online(&world).await;
        let nas = Scripted::new(&[]);
        let clock = ManualClock::at(at(100));
        let mut when = Vec::new();
        for secs in 100..400 {
            clock.set(at(secs));
            if enforce::round(&world.db, &nas, &clock, 10).await.unwrap().claimed > 0 {
                when.push(secs);
            }
        }
        assert_eq!(when, [100, 105, 115, 135, 175, 255]);
        let asked = nas.asked();
        assert_eq!(asked[..3], ["change 81 ISOLIR v2", "change 81 ISOLIR v2", "disconnect 81"]);
        let access = world.access(1).await;
        assert_eq!((access.attempts, access.is_enforced()), (6, false));
    })
    .await;
}

#[tokio::test]
async fn an_acknowledged_change_without_accounting_ends_in_a_disconnect() {
    both(async |world| {
        isolated_online(&world).await;
        let nas = Scripted::new(&[NasAnswer::Ack, NasAnswer::Nak(503)]);
        let clock = ManualClock::at(at(100));
        enforce::round(&world.db, &nas, &clock, 10).await.unwrap();
        clock.set(at(700));
        assert_eq!(enforce::round(&world.db, &nas, &clock, 10).await.unwrap().claimed, 0);
        clock.set(at(731));
        let round = enforce::round(&world.db, &nas, &clock, 10).await.unwrap();
        assert_eq!(nas.asked(), ["change 81 ISOLIR v2", "disconnect 81"]);
        assert_eq!(round.enforced, 1, "the NAS has no such session any more");
    })
    .await;
}

#[tokio::test]
async fn a_profile_with_another_pool_needs_a_new_session() {
    both(async |world| {
        let pool = [("standard", "Framed-Pool", "pool-fup")];
        let fup = world
            .write(0, async |tx| {
                crate::world::profile(tx, 3, "FUP", catalog::ProfileKind::Fup, 2_000, &pool).await
            })
            .await;
        world.subscriber(1, "budi").await;
        world.apply(5, &[world.record(RecordKind::Start, "budi@net", "81", 5)]).await;
        world
            .write(100, async |tx| {
                access::intend(tx, sub(1), Desired::Full { profile: fup }, ok(), None).await
            })
            .await;
        let nas = Scripted::new(&[NasAnswer::Ack]);
        enforce::round(&world.db, &nas, &ManualClock::at(at(100)), 10).await.unwrap();
        assert_eq!(nas.asked(), ["disconnect 81"]);
    })
    .await;
}

#[tokio::test]
async fn paying_again_before_the_isolation_was_carried_out_leaves_the_session_alone() {
    both(async |world| {
        isolated_online(&world).await;
        world
            .write(101, async |tx| access::intend(tx, sub(1), world.full(), ok(), None).await)
            .await;
        // The session still runs with version 1, which was the same full access.
        let nas = Scripted::new(&[NasAnswer::Ack]);
        enforce::round(&world.db, &nas, &ManualClock::at(at(101)), 10).await.unwrap();
        assert_eq!(
            nas.asked(),
            ["change 81 P20 v3"],
            "told once, since an answer may be on its way"
        );
        let heard = world.record(RecordKind::Interim, "budi@net", "81", 130);
        assert_eq!(world.apply(130, &[heard]).await.enforced, [sub(1)]);
    })
    .await;
}

/// Two NAS: one answers at once, the other is silent until `patience` answers of the first were given.
struct Half {
    silent: NasId,
    patience: usize,
    answered: AtomicUsize,
    waiting: AtomicUsize,
    waiting_most: AtomicUsize,
}

impl Half {
    fn ask(&self, session: &LiveSession) -> Answering<'_> {
        if session.nas != self.silent {
            self.answered.fetch_add(1, Ordering::SeqCst);
            return Box::pin(std::future::ready(NasAnswer::Ack));
        }
        let waiting = self.waiting.fetch_add(1, Ordering::SeqCst) + 1;
        self.waiting_most.fetch_max(waiting, Ordering::SeqCst);
        Box::pin(poll_fn(move |cx| {
            if self.answered.load(Ordering::SeqCst) < self.patience {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            Poll::Ready(NasAnswer::Timeout)
        }))
    }
}

impl NasControl for Half {
    fn change<'a>(&'a self, session: &'a LiveSession, _: &'a AccessView) -> Answering<'a> {
        self.ask(session)
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        self.ask(session)
    }
}

/// The worker gives a round a task of its own.
fn spawnable<T: Send>(round: T) -> T {
    round
}

#[tokio::test]
async fn a_silent_nas_delays_only_its_own_subscriptions() {
    const EACH: u128 = 80;
    both(async |world| {
        let edit = crate::world::nas_edit(world.branch, "mt-2", "10.9.9.2");
        let live = world
            .write(0, async |tx| {
                let secret = network::Secret::new(crate::world::SECRET);
                network::nas::add(tx, &edit, Some(secret)).await
            })
            .await
            .id;
        let mut starts = Vec::new();
        for n in 1..=2 * EACH {
            let name = format!("u{n}");
            world.subscriber(n, &name).await;
            let nas = if n <= EACH { world.nas } else { live };
            let start = world.record(RecordKind::Start, &format!("{name}@net"), &name, 5);
            starts.push(network::AccountingRecord { nas, ..start });
        }
        world.apply(5, &starts).await;
        world
            .write(100, async |tx| {
                for n in 1..=2 * EACH {
                    access::intend(tx, sub(n), isolated(&["unpaid"]), unpaid(), None).await?;
                }
                Ok(())
            })
            .await;
        let nas = Half {
            silent: world.nas,
            patience: EACH as usize,
            answered: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            waiting_most: AtomicUsize::new(0),
        };
        let clock = ManualClock::at(at(100));
        let pause = || std::future::ready(());
        let round = spawnable(enforce::round_looking(&world.db, &nas, &clock, 70, pause));
        let round = round.await.unwrap();
        assert_eq!((round.acked, round.unanswered), (EACH as usize, EACH as usize));
        assert!(nas.waiting_most.load(Ordering::SeqCst) < 2 * enforce::PER_NAS);
    })
    .await;
}

#[tokio::test]
async fn an_acknowledged_change_is_waited_for_as_long_as_the_policy_lets_a_nas_be_silent() {
    both(async |world| {
        world
            .write(0, async |tx| {
                let scope = catalog::write::PolicyFor::Isp;
                let patch =
                    catalog::PolicyPatch { interim_secs: Some(3_600), ..Default::default() };
                catalog::write::set_policy(tx, scope, &patch).await
            })
            .await;
        isolated_online(&world).await;
        let nas = Scripted::new(&[NasAnswer::Ack]);
        let clock = ManualClock::at(at(100));
        enforce::round(&world.db, &nas, &clock, 10).await.unwrap();
        clock.set(at(100 + 2 * 3_600));
        assert_eq!(enforce::round(&world.db, &nas, &clock, 10).await.unwrap().claimed, 0);
        clock.set(at(100 + 2 * 3_600 + 30));
        assert_eq!(enforce::round(&world.db, &nas, &clock, 10).await.unwrap().claimed, 1);
    })
    .await;
}
