use std::sync::Mutex;

use kernel::clock::ManualClock;
use kernel::{PlanId, VoucherBatchId, VoucherId};
use network::control::{Answering, NasControl};
use network::guest::{self, Code, GuestStart, NewGuest, Withdrawal};
use network::{AccessView, LiveSession, Mac, NasAnswer, RecordKind};
use store::testing::race;

use crate::world::{World, at, both, id};

const DAY: i64 = 86_400;

fn batch() -> VoucherBatchId {
    id(9_000)
}
fn voucher(n: u128) -> VoucherId {
    id(9_000 + n)
}
fn code(n: u128) -> Code {
    Code::read(format!("ABCDEFGHJKL{}", n + 1).as_bytes()).unwrap()
}

async fn printed(world: &World) {
    let plan: PlanId = id(500);
    let guests: Vec<NewGuest> = (1..=3)
        .map(|n| NewGuest {
            id: voucher(n),
            code: code(n),
            batch: batch(),
            branch: world.branch,
            plan,
            days: 2,
            usable_until: at(30 * DAY),
        })
        .collect();
    world.write(0, async |tx| guest::admit(tx, &guests).await).await;
    world.write(1, async |tx| guest::admit(tx, &guests).await).await;
}

fn start(world: &World, n: u128, secs: i64) -> GuestStart {
    GuestStart { code: code(n), at: at(secs), nas: world.nas, mac: Mac::parse("4C5E0C1122AA") }
}

async fn started(world: &World, starts: &[GuestStart]) -> Vec<VoucherId> {
    world.write(1_000, async |tx| guest::start(tx, starts).await).await
}

#[tokio::test]
async fn the_earliest_login_starts_the_clock_once_in_whatever_order_it_is_told() {
    both(async |world| {
        printed(&world).await;
        let (early, late) = (start(&world, 1, 100), start(&world, 1, 160));
        assert_eq!(started(&world, &[late, early]).await, [voucher(1)]);
        assert_eq!(started(&world, &[early, late]).await, []);
        assert_eq!(started(&world, &[start(&world, 2, 300)]).await, [voucher(2)]);
        assert_eq!(started(&world, &[start(&world, 2, 200)]).await, [voucher(2)], "earlier");
        assert_eq!(started(&world, &[start(&world, 7, 200)]).await, [], "nobody's code");
        let seen = guest::seen_of_batch(&mut world.db.reader(), batch()).await.unwrap();
        let clocks: Vec<_> = seen.iter().map(|g| (g.started_at, g.ends_at)).collect();
        let clock = |secs| (Some(at(secs)), Some(at(secs + 2 * DAY)));
        assert_eq!(clocks, [clock(100), clock(200), (None, None)]);
        let changed = guest::after(&mut world.db.reader(), 1).await.unwrap();
        assert_eq!(changed.len(), 2, "whoever keeps a copy reads both again");
    })
    .await;
}

#[tokio::test]
async fn two_appliers_at_the_same_moment_start_one_clock() {
    both(async |world| {
        printed(&world).await;
        let (first, second) = race(|n| {
            let db = world.db.clone();
            let one = start(&world, 1, 100 + i64::from(n as u8));
            async move {
                let cause = store::testing::cause(at(500));
                db.write(&cause, async |tx: &mut store::Tx| guest::start(tx, &[one]).await).await
            }
        })
        .await;
        assert!(first.is_ok() && second.is_ok());
        let seen = guest::seen_of_batch(&mut world.db.reader(), batch()).await.unwrap();
        assert_eq!(seen[0].started_at, Some(at(100)));
    })
    .await;
}

#[tokio::test]
async fn a_void_takes_the_codes_nobody_has_used_and_leaves_the_running_ones() {
    both(async |world| {
        printed(&world).await;
        started(&world, &[start(&world, 1, 100)]).await;
        let gone = world
            .write(200, async |tx| guest::withdraw_batch(tx, batch(), Withdrawal::Void).await)
            .await;
        assert_eq!(gone, 2);
        assert_eq!(started(&world, &[start(&world, 2, 150)]).await, [], "too late");
        let seen = guest::seen_of_batch(&mut world.db.reader(), batch()).await.unwrap();
        let reasons: Vec<_> = seen.iter().map(|g| g.reason).collect();
        assert_eq!(reasons, [None, Some(Withdrawal::Void), Some(Withdrawal::Void)]);
    })
    .await;
}

struct Router {
    answer: NasAnswer,
    asked: Mutex<Vec<String>>,
}

impl Router {
    fn that(answer: NasAnswer) -> Self {
        Self { answer, asked: Mutex::default() }
    }
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl NasControl for Router {
    fn change<'a>(&'a self, _: &'a LiveSession, _: &'a AccessView) -> Answering<'a> {
        unreachable!("a guest is ended, not changed")
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        self.asked.lock().unwrap().push(session.acct_session_id.clone());
        Box::pin(std::future::ready(self.answer))
    }
}

#[tokio::test]
async fn a_session_that_outlives_its_voucher_is_ended_until_it_is_over() {
    both(async |world| {
        printed(&world).await;
        started(&world, &[start(&world, 1, 0), start(&world, 2, 0)]).await;
        let name = code(1).as_str().to_lowercase();
        world.apply(5, &[world.record(RecordKind::Start, &name, "h1", 5)]).await;
        world.apply(5, &[world.record(RecordKind::Start, code(2).as_str(), "h2", 5)]).await;
        let clock = ManualClock::at(at(2 * DAY - 1));
        let silent = Router::that(NasAnswer::Timeout);
        let round =
            async |router: &Router| guest::round(&world.db, router, &clock, 10).await.unwrap();
        assert_eq!(round(&silent).await, guest::Ended::default(), "its time is not over");
        // Withdrawn: it goes before its time.
        world.write(900, async |tx| guest::withdraw(tx, voucher(2), Withdrawal::Void).await).await;
        assert_eq!(round(&silent).await.unanswered, 1);
        assert_eq!(silent.asked(), ["h2"]);
        clock.set(at(2 * DAY + 5));
        assert_eq!(round(&silent).await.unanswered, 2);
        assert_eq!(silent.asked().len(), 2);
        assert_eq!(round(&silent).await.claimed, 0, "a silent router is not pressed");
        clock.set(at(2 * DAY + 30));
        let gone = Router::that(NasAnswer::Nak(503));
        assert_eq!(round(&gone).await.refused, 2);
        clock.set(at(2 * DAY + 3_600));
        assert_eq!(round(&gone).await.claimed, 0, "no such session: it is over");
        let seen = guest::seen_of_batch(&mut world.db.reader(), batch()).await.unwrap();
        assert_eq!((seen[0].sessions, seen[0].open), (1, 0));
        let kept: i64 = store::QueryExt::value(
            &mut world.db.reader(),
            "select count(*) from network_coa where subscription_id is null",
            store::args![],
        )
        .await
        .unwrap();
        assert_eq!(kept, 5, "every attempt is kept");
    })
    .await;
}
