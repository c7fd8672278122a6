//! A guest's way through the spool into the database, and what is left of it when the program is killed.

use std::sync::Arc;

use catalog::{Plan, TaxMode};
use kernel::{BranchId, Money, PlanId, Ts, VoucherId};
use network::guest::{self, Code, NewGuest, Withdrawal};
use network::{Mac, SessionState};

use crate::directory::Directory;
use crate::engine::{Answer, Engine, Settings};
use crate::feed::Feed;
use crate::kit::world::{World, both, id};
use crate::kit::{Asker, CODE, Method, at, mac};
use crate::spool::Spool;
use crate::{apply, scribe};

const DAY: i64 = 86_400;

/// One process that answers RADIUS.
struct Node {
    engine: Engine,
    feed: Feed,
    spool: Spool,
}

impl Node {
    /// Starts as the program does: the directory from the database, then what waits in the spool.
    async fn start(world: &World, folder: &tempfile::TempDir, now: Ts) -> Self {
        let spool = Spool::open(&folder.path().join("spool.db"), now).await.unwrap();
        let directory = Arc::new(Directory::default());
        let mut feed = Feed::default();
        feed.load(&world.db, &directory, now).await.unwrap();
        let engine = Engine::new(directory, &Settings::default());
        spool.pending(|nas, at, datagram| engine.recall(nas, datagram, at)).await.unwrap();
        Self { engine, feed, spool }
    }

    /// A login; the seconds left when it was let in.
    async fn login(&self, nas: &mut Asker, device: Mac, now: Ts) -> Option<u32> {
        let request = nas.login(Method::Chap, CODE, CODE, Some(device), true);
        let reply = match self.engine.answer(&request, nas.from, now) {
            Answer::Reply(reply) => reply,
            Answer::Account { entry, reply, ticket } => {
                self.spool.write(&entry, now).await.unwrap();
                self.engine.kept(&ticket, &reply, now);
                reply
            }
            Answer::Drop(why) => panic!("{why:?}"),
        };
        let (_, attributes) = nas.read(&request, &reply);
        let timeout = attributes.iter().find(|(kind, _)| *kind == radius::kind::SESSION_TIMEOUT)?;
        Some(u32::from_be_bytes(timeout.1.as_slice().try_into().unwrap()))
    }

    async fn account(&self, nas: &mut Asker, status: u32, device: Mac, secs: u32, now: Ts) {
        let packet = nas.account(status, "h1", &CODE.to_lowercase(), Some(device), secs, 5_000_000);
        let entry = nas.report(&self.engine, &packet, now);
        self.spool.write(&entry, now).await.unwrap();
    }

    async fn apply(&mut self, world: &World, now: Ts) -> apply::Round {
        let round = apply::apply(&world.db, &self.spool, now, 100).await.unwrap();
        self.feed.poll(&world.db, self.engine.directory(), now).await.unwrap();
        round
    }

    /// As `kill -9`: nothing is told to anybody.
    async fn killed(self) {
        self.spool.close().await;
    }
}

fn router() -> Asker {
    let mut nas = Asker::new();
    nas.from = "127.0.0.1:5000".parse().unwrap();
    nas
}

fn voucher() -> VoucherId {
    id(9_001)
}

/// A voucher of three days on a plan of 20 Mbit/s.
async fn printed(world: &World) {
    let (branch, profile): (BranchId, _) = (world.branch, world.plan);
    world
        .write(at(0), async |tx| {
            let plan: PlanId = id(500);
            let plan = Plan {
                id: plan,
                code: "HOTSPOT".into(),
                name: "Hotspot".into(),
                tax: TaxMode::None,
                prepaid_allowed: true,
                postpaid_allowed: false,
                profile_id: profile,
                fup_profile_id: None,
                quota_bytes: None,
                install_fee: Money::ZERO,
                external_id: None,
                archived: false,
            };
            let day = at(0).day(kernel::Zone::Jakarta);
            catalog::write::set_plan(tx, &plan, Money::rupiah(5_000), day).await?;
            let guest = NewGuest {
                id: voucher(),
                code: Code::read(CODE.as_bytes()).unwrap(),
                batch: id(9_000),
                branch,
                plan: plan.id,
                days: 3,
                usable_until: at(30 * DAY),
            };
            guest::admit(tx, &[guest]).await
        })
        .await;
}

async fn seen(world: &World) -> guest::GuestSeen {
    guest::seen_of_batch(&mut world.db.reader(), id(9_000)).await.unwrap().remove(0)
}

#[tokio::test]
async fn killed_after_the_answer_the_clock_goes_on_and_killed_before_it_nobody_was_let_in() {
    both(async |world| {
        printed(&world).await;
        let folder = tempfile::tempdir().unwrap();
        let mut nas = router();
        // Killed before the login is on disk: no answer was sent, and nothing began.
        let node = Node::start(&world, &folder, at(1)).await;
        let request = nas.login(Method::Pap, CODE, CODE, Some(mac(1)), true);
        let answer = node.engine.answer(&request, nas.from, at(1));
        assert!(matches!(answer, Answer::Account { .. }), "the answer waits for the disk");
        node.killed().await;
        let node = Node::start(&world, &folder, at(2)).await;
        // Killed right after the answer, before the database heard of it.
        assert_eq!(node.login(&mut nas, mac(1), at(100)).await, Some(3 * 86_400));
        assert_eq!(seen(&world).await.started_at, None);
        node.killed().await;
        let mut node = Node::start(&world, &folder, at(2 * DAY)).await;
        let left = node.login(&mut nas, mac(1), at(2 * DAY)).await;
        assert_eq!(left, Some(86_400 + 100), "no day is given twice");
        assert_eq!(node.apply(&world, at(2 * DAY + 1)).await.started, 1);
        let seen = seen(&world).await;
        assert_eq!((seen.started_at, seen.ends_at), (Some(at(100)), Some(at(3 * DAY + 100))));
        assert_eq!((seen.mac, seen.nas_name.as_deref()), (Some(mac(1)), Some("bras-1")));
        // Killed between the database and the spool's mark: the same start again changes nothing.
        node.killed().await;
        let mut node = Node::start(&world, &folder, at(2 * DAY + 2)).await;
        assert_eq!(node.apply(&world, at(2 * DAY + 3)).await.started, 0);
        assert_eq!(node.login(&mut nas, mac(1), at(3 * DAY + 100)).await, None, "over");
        while scribe::write(
            &world.db,
            node.engine.directory(),
            &node.engine.notes,
            None,
            at(3 * DAY + 101),
        )
        .await
        .unwrap()
            > 0
        {}
        let refused = guest::refused_of_batch(&mut world.db.reader(), id(9_000)).await.unwrap();
        assert_eq!((refused.len(), refused[0].id), (1, voucher()));
        assert_eq!(refused[0].reason, network::RejectReason::VoucherOver);
    })
    .await;
}

#[tokio::test]
async fn two_nodes_that_let_a_guest_in_agree_on_the_earlier_start() {
    both(async |world| {
        printed(&world).await;
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut early = Node::start(&world, &one, at(1)).await;
        let mut late = Node::start(&world, &two, at(1)).await;
        let mut nas = router();
        assert_eq!(early.login(&mut nas, mac(1), at(10)).await, Some(3 * 86_400));
        assert_eq!(late.login(&mut nas, mac(1), at(70)).await, Some(3 * 86_400));
        assert_eq!(late.apply(&world, at(71)).await.started, 1);
        assert_eq!(seen(&world).await.started_at, Some(at(70)));
        assert_eq!(early.apply(&world, at(72)).await.started, 1);
        assert_eq!(seen(&world).await.started_at, Some(at(10)));
        late.apply(&world, at(73)).await;
        assert_eq!(late.login(&mut nas, mac(1), at(110)).await, Some(3 * 86_400 - 100));
    })
    .await;
}

#[tokio::test]
async fn a_guests_session_and_bytes_are_kept_and_a_restart_knows_who_is_on_line() {
    both(async |world| {
        printed(&world).await;
        let folder = tempfile::tempdir().unwrap();
        let mut node = Node::start(&world, &folder, at(1)).await;
        let mut nas = router();
        node.login(&mut nas, mac(1), at(10)).await.unwrap();
        node.account(&mut nas, 1, mac(1), 0, at(11)).await;
        node.account(&mut nas, 3, mac(1), 300, at(311)).await;
        let round = node.apply(&world, at(312)).await;
        assert_eq!((round.started, round.records, round.opened), (1, 2, 1));
        let known = seen(&world).await;
        assert_eq!((known.sessions, known.open, known.bytes_in), (1, 1, 5_000_000));
        node.killed().await;
        let node = Node::start(&world, &folder, at(320)).await;
        assert_eq!(node.login(&mut nas, mac(2), at(321)).await, None, "its place is taken");
        node.account(&mut nas, 2, mac(1), 310, at(322)).await;
        assert!(node.login(&mut nas, mac(2), at(323)).await.is_some());
        apply::apply(&world.db, &node.spool, at(324), 100).await.unwrap();
        let sessions = guest::sessions(&mut world.db.reader(), voucher(), 9).await.unwrap();
        assert_eq!(sessions.len(), 1);
        assert_eq!(
            (sessions[0].state, sessions[0].guest_id),
            (SessionState::Closed, Some(voucher()))
        );
        assert_eq!(network::invariants::check(&mut world.db.reader()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_is_withdrawn_is_refused_at_once_and_a_new_one_is_let_in() {
    both(async |world| {
        let folder = tempfile::tempdir().unwrap();
        let mut node = Node::start(&world, &folder, at(1)).await;
        let mut nas = router();
        assert_eq!(node.login(&mut nas, mac(1), at(2)).await, None);
        printed(&world).await;
        node.feed.poll(&world.db, node.engine.directory(), at(3)).await.unwrap();
        world.write(at(4), async |tx| guest::withdraw(tx, voucher(), Withdrawal::Void).await).await;
        node.feed.poll(&world.db, node.engine.directory(), at(5)).await.unwrap();
        assert_eq!(node.login(&mut nas, mac(1), at(6)).await, None);
        let verified = node.feed.verify(&world.db, node.engine.directory(), at(7)).await.unwrap();
        assert_eq!(verified, crate::directory::Patched::default(), "nothing was missed");
        assert_eq!(node.engine.directory().guests().len(), 1);
        let long_after = at(90 * DAY);
        node.feed.verify(&world.db, node.engine.directory(), long_after).await.unwrap();
        assert!(node.engine.directory().guests().is_empty(), "it is forgotten in the end");
    })
    .await;
}
