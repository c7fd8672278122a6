//! An edited profile reaches the sessions that run with it, and a device that was taken away is ended.

use std::sync::Mutex;

use catalog::ProfileKind;
use kernel::clock::ManualClock;
use network::control::{Answering, NasControl};
use network::{AccessView, LiveSession, NasAnswer, RecordKind, access, account, enforce};

use crate::world::{World, at, both, isolated, mac, ok, profile, sub, unpaid};

/// Says yes to everything, and remembers what it was asked.
#[derive(Default)]
struct Willing(Mutex<Vec<String>>);

impl Willing {
    fn yes(&self, asked: String) -> Answering<'_> {
        self.0.lock().unwrap().push(asked);
        Box::pin(std::future::ready(NasAnswer::Ack))
    }
    async fn asked(world: &World, secs: i64) -> Vec<String> {
        let nas = Self::default();
        enforce::round(&world.db, &nas, &ManualClock::at(at(secs)), 50).await.unwrap();
        nas.0.into_inner().unwrap()
    }
}

impl NasControl for Willing {
    fn change<'a>(&'a self, session: &'a LiveSession, access: &'a AccessView) -> Answering<'a> {
        let rate = access.profile.as_ref().map_or(0, |p| p.rate_down_kbps);
        self.yes(format!("change {} {rate} v{}", session.acct_session_id, access.version))
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        self.yes(format!("disconnect {}", session.acct_session_id))
    }
}

/// Budi (full access) and Siti (isolated) are online.
async fn two_online(world: &World) {
    for (n, name) in [(1, "budi"), (2, "siti")] {
        world.subscriber(n, name).await;
    }
    world
        .write(1, async |tx| {
            access::intend(tx, sub(2), isolated(&["unpaid"]), unpaid(), None).await
        })
        .await;
    for (name, session, version) in [("budi@net", "81", 1), ("siti@net", "82", 2)] {
        let start = world.record(RecordKind::Start, name, session, 5);
        let start = network::AccountingRecord { access_version: Some(version), ..start };
        world.apply(5, &[start]).await;
    }
    assert_eq!(Willing::asked(world, 6).await, [""; 0], "they logged in with it");
}

/// What the sweep does: the same decisions again.
async fn decided_again(world: &World, secs: i64) -> usize {
    world
        .write(secs, async |tx| {
            let full = access::intend(tx, sub(1), world.full(), ok(), None).await?;
            let pay = access::intend(tx, sub(2), isolated(&["unpaid"]), unpaid(), None).await?;
            Ok(usize::from(full) + usize::from(pay))
        })
        .await
}

async fn edit(world: &World, secs: i64, n: u128, rate: i64, attributes: &[(&str, &str, &str)]) {
    let (code, kind) =
        if n == 1 { ("P20", ProfileKind::Plan) } else { ("ISOLIR", ProfileKind::Isolation) };
    world.write(secs, async |tx| profile(tx, n, code, kind, rate, attributes).await).await;
}

#[tokio::test]
async fn an_edited_profile_is_told_to_its_own_live_sessions_once() {
    both(async |world| {
        two_online(&world).await;
        edit(&world, 10, 1, 20_000, &[]).await;
        assert_eq!(decided_again(&world, 11).await, 0, "the same edit again is no edition");
        edit(&world, 20, 1, 30_000, &[]).await;
        assert_eq!(decided_again(&world, 21).await, 1);
        assert!(!world.access(1).await.is_enforced());
        assert_eq!(Willing::asked(&world, 22).await, ["change 81 30000 v2"]);
        let heard = world.record(RecordKind::Interim, "budi@net", "81", 60);
        assert_eq!(world.apply(60, &[heard]).await.enforced, [sub(1)]);
        assert_eq!(decided_again(&world, 61).await, 0);
        assert_eq!(Willing::asked(&world, 5_000).await, [""; 0]);

        let list = [("mikrotik", "Mikrotik-Address-List", "isolir")];
        edit(&world, 6_000, 2, 128, &list).await;
        assert_eq!(decided_again(&world, 6_001).await, 1, "the isolated one's turn");
        assert_eq!(Willing::asked(&world, 6_002).await, ["change 82 128 v3"]);
    })
    .await;
}

#[tokio::test]
async fn a_session_whose_router_is_told_the_same_is_left_in_peace() {
    both(async |world| {
        two_online(&world).await;
        edit(&world, 10, 1, 20_000, &[("huawei", "Huawei-Policy-Name", "gold")]).await;
        assert_eq!(decided_again(&world, 11).await, 1);
        assert_eq!(Willing::asked(&world, 12).await, [""; 0], "R1 is a MikroTik");
        assert!(world.access(1).await.is_enforced());
        let changes = access::changes(&mut world.db.reader(), sub(1), 9).await.unwrap();
        assert_eq!(changes[0].enforced_how, Some(access::How::Same));
        edit(&world, 20, 1, 40_000, &[]).await;
        decided_again(&world, 21).await;
        assert_eq!(Willing::asked(&world, 22).await, ["change 81 40000 v3"]);
    })
    .await;
}

#[tokio::test]
async fn an_attribute_that_a_change_can_not_take_away_needs_a_new_session() {
    both(async |world| {
        edit(&world, 0, 1, 20_000, &[("standard", "Filter-Id", "rumah")]).await;
        two_online(&world).await;
        edit(&world, 10, 1, 20_000, &[]).await;
        decided_again(&world, 11).await;
        assert_eq!(Willing::asked(&world, 12).await, ["disconnect 81"]);
    })
    .await;
}

#[tokio::test]
async fn a_swap_ends_the_session_of_the_device_that_was_taken_away_and_no_other() {
    both(async |world| {
        two_online(&world).await;
        let new = mac("4C:5E:0C:00:00:02");
        world.write(10, async |tx| account::swap_mac(tx, sub(1), Some(new)).await).await;
        assert!(!world.access(1).await.is_enforced());
        assert_eq!(Willing::asked(&world, 11).await, ["disconnect 81"]);
        assert!(!world.access(1).await.is_enforced(), "until it ended");
        let fresh = world.record(RecordKind::Start, "budi@net", "91", 20);
        let fresh = network::AccountingRecord { mac: Some(new), ..fresh };
        world.apply(20, &[fresh]).await;
        assert!(!world.access(1).await.is_enforced(), "the old one still stands");
        let stop = world.record(RecordKind::Stop, "budi@net", "81", 21);
        assert_eq!(world.apply(21, &[stop]).await.enforced, [sub(1)]);
        assert_eq!(Willing::asked(&world, 9_000).await, [""; 0]);
        world.write(9_010, async |tx| account::swap_mac(tx, sub(1), Some(new)).await).await;
        assert_eq!(Willing::asked(&world, 9_011).await, [""; 0], "the scan sent again");
    })
    .await;
}

#[tokio::test]
async fn a_device_that_dialled_in_before_its_scan_keeps_its_session() {
    both(async |world| {
        let want = world.reservation(3, "tono");
        let new = mac("4C:5E:0C:00:00:07");
        world
            .write(0, async |tx| {
                account::reserve(tx, &want).await?;
                account::open(tx, sub(3), Some(mac(crate::world::MAC))).await?;
                access::intend(tx, sub(3), world.full(), ok(), None).await
            })
            .await;
        let start = world.record(RecordKind::Start, "tono@net", "83", 5);
        world.apply(5, &[network::AccountingRecord { mac: Some(new), ..start }]).await;
        world.write(10, async |tx| account::swap_mac(tx, sub(3), Some(new)).await).await;
        assert_eq!(Willing::asked(&world, 11).await, [""; 0]);
    })
    .await;
}
