use kernel::{Day, Scope};
use network::session::{self, EndedBy, Filter};
use network::{AccountingRecord, RecordKind, SessionState, quota, usage};

use crate::world::{World, all, at, both, id, mac, sub};

fn day() -> Day {
    Day::ymd(2026, 11, 22).unwrap()
}

fn interim(world: &World, session: &str, secs: i64, bytes: (i64, i64)) -> AccountingRecord {
    AccountingRecord {
        secs,
        bytes_in: bytes.0,
        bytes_out: bytes.1,
        ..world.record(RecordKind::Interim, "budi@net", session, secs)
    }
}

#[tokio::test]
async fn the_same_batch_again_in_any_pieces_changes_nothing() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        let stop = AccountingRecord {
            cause: Some("User-Request".into()),
            ..interim(&world, "81000001", 900, (50, 7_000_000_000))
        };
        let batch = [
            world.record(RecordKind::Start, "Budi@NET ", "81000001", 0),
            interim(&world, "81000001", 300, (10, 1_000_000)),
            interim(&world, "81000001", 600, (20, 5_000_000_000)),
            AccountingRecord { kind: RecordKind::Stop, ..stop },
        ];
        let applied = world.apply(900, &batch).await;
        assert_eq!((applied.opened.len(), applied.closed.len()), (0, 1), "begun and over");
        let first = world.sessions(1).await;
        for part in [&batch[..], &batch[1..], &batch[..2], &batch[2..3], &batch[3..]] {
            let again = world.apply(950, part).await;
            assert_eq!((again.opened.len(), again.closed.len()), (0, 0));
        }
        assert_eq!(format!("{first:?}"), format!("{:?}", world.sessions(1).await));
        assert_eq!(first.len(), 1);
        assert_eq!(
            (first[0].bytes_in, first[0].bytes_out, first[0].secs),
            (50, 7_000_000_000, 900)
        );
        assert_eq!(first[0].state, SessionState::Closed);
        let mut q = world.db.reader();
        let days = usage::days(&mut q, sub(1), day(), day()).await.unwrap();
        assert_eq!((days[0].bytes_in, days[0].bytes_out), (50, 7_000_000_000));
        assert_eq!(usage::period_bytes(&mut q, sub(1), day()).await.unwrap(), 7_000_000_050);
    })
    .await;
}

#[tokio::test]
async fn late_reports_and_a_slow_session_clock_open_no_second_session_and_count_nothing_twice() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        world.apply(0, &[world.record(RecordKind::Start, "budi@net", "81000001", 0)]).await;
        let told = |event: i64, secs: i64, bytes: i64| AccountingRecord {
            event_at: at(event),
            received_at: at(event),
            ..interim(&world, "81000001", secs, (0, bytes))
        };
        // The router's session clock loses a second in a hundred.
        for hour in 1..=48 {
            let secs = hour * 3_600;
            world.apply(secs, &[told(secs, secs - secs / 100, hour * 1_000)]).await;
        }
        // Queued for twenty minutes and sent without Acct-Delay-Time; then an old one once more.
        let late = [told(175_200, 171_300, 48_500), told(175_300, 100_000, 28_000)];
        let applied = world.apply(175_300, &late).await;
        assert_eq!((applied.opened.len(), applied.closed.len()), (0, 0));
        let stop = AccountingRecord { kind: RecordKind::Stop, ..told(175_400, 173_000, 49_000) };
        world.apply(175_400, std::slice::from_ref(&stop)).await;
        let again = AccountingRecord { event_at: at(400_000), received_at: at(400_000), ..stop };
        world.apply(400_000, &[again]).await;
        let sessions = world.sessions(1).await;
        assert_eq!(sessions.len(), 1);
        assert_eq!((sessions[0].state, sessions[0].bytes_out), (SessionState::Closed, 49_000));
        let mut q = world.db.reader();
        assert_eq!(usage::period_bytes(&mut q, sub(1), day()).await.unwrap(), 49_000);
    })
    .await;
}

#[tokio::test]
async fn usage_counts_on_the_day_of_the_branch() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        // 22 November 09.00 WIB plus 15 hours less a second is still the 22nd in Jakarta.
        let evening = 15 * 3_600 - 1;
        let batch = [
            world.record(RecordKind::Start, "budi@net", "81000001", 0),
            interim(&world, "81000001", evening, (0, 100)),
            interim(&world, "81000001", evening + 300, (0, 150)),
        ];
        world.apply(evening + 300, &batch).await;
        let days = usage::days(&mut world.db.reader(), sub(1), day(), day().next()).await.unwrap();
        let shown: Vec<(Day, i64)> = days.iter().map(|d| (d.day, d.bytes_out)).collect();
        assert_eq!(shown, [(day(), 100), (day().next(), 50)]);
    })
    .await;
}

#[tokio::test]
async fn a_restarted_nas_closes_its_sessions_and_a_late_interim_reopens_its_own() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        world.apply(0, &[world.record(RecordKind::Start, "budi@net", "81000001", 0)]).await;
        let on = world.record(RecordKind::On, "", "", 400);
        let closed = world.apply(400, std::slice::from_ref(&on)).await;
        assert_eq!(closed.closed.len(), 1);
        let session = &world.sessions(1).await[0];
        assert_eq!(
            (session.state, session.ended_by),
            (SessionState::Closed, Some(EndedBy::NasReboot))
        );
        let reopened = world.apply(700, &[interim(&world, "81000001", 700, (1, 1))]).await;
        assert_eq!(reopened.opened.len(), 1, "it lives after all");
        let again = world.apply(800, &[on]).await;
        assert!(again.closed.is_empty(), "the restart was before its last word");
        // The router counts ids from the start again: the same id is another session.
        let reused = world.record(RecordKind::Start, "budi@net", "81000001", 5_000);
        assert_eq!(world.apply(5_000, &[reused]).await.opened.len(), 1);
        assert_eq!(world.sessions(1).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_same_device_dialling_again_supersedes_and_another_device_does_not() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        world.apply(0, &[world.record(RecordKind::Start, "budi@net", "81000001", 0)]).await;
        let again = world.record(RecordKind::Start, "budi@net", "81000002", 300);
        let applied = world.apply(300, &[again]).await;
        assert_eq!((applied.opened.len(), applied.closed.len()), (1, 1));
        let mut other = world.record(RecordKind::Start, "budi@net", "81000003", 400);
        other.mac = Some(mac("4C:5E:0C:11:22:BB"));
        let applied = world.apply(400, &[other]).await;
        assert!(applied.closed.is_empty());
        let states: Vec<_> =
            world.sessions(1).await.iter().map(|s| (s.state, s.ended_by)).collect();
        assert_eq!(
            states,
            [
                (SessionState::Live, None),
                (SessionState::Live, None),
                (SessionState::Closed, Some(EndedBy::Superseded)),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn three_missed_interims_make_a_session_suspect_and_a_late_one_makes_it_live() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        world.apply(0, &[world.record(RecordKind::Start, "budi@net", "81000001", 0)]).await;
        let suspects = |secs| world.write(secs, async |tx| session::mark_suspect(tx, 300).await);
        assert_eq!(suspects(900).await, 0);
        assert_eq!(suspects(901).await, 1);
        let mut q = world.db.reader();
        let ip = "100.64.0.9".parse().unwrap();
        assert!(session::by_address(&mut q, ip).await.unwrap().is_none(), "it identifies nobody");
        world.apply(1_200, &[interim(&world, "81000001", 1_200, (1, 1))]).await;
        assert_eq!(world.sessions(1).await[0].state, SessionState::Live);
        let found = session::by_address(&mut q, ip).await.unwrap().unwrap();
        assert_eq!(found.subscription_id, Some(sub(1)));
        assert_eq!(session::counts(&mut q, &all()).await.unwrap()[0].live, 1);
    })
    .await;
}

#[tokio::test]
async fn an_address_claimed_twice_identifies_nobody() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        world.subscriber(2, "siti").await;
        let mut q = world.db.reader();
        let ip = "100.64.0.9".parse().unwrap();
        assert!(session::by_address(&mut q, ip).await.unwrap().is_none());
        world.apply(0, &[world.record(RecordKind::Start, "budi@net", "1", 0)]).await;
        assert!(session::by_address(&mut q, ip).await.unwrap().is_some());
        world.apply(0, &[world.record(RecordKind::Start, "siti@net", "2", 0)]).await;
        assert!(session::by_address(&mut q, ip).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_quota_is_crossed_once_beyond_4_gib_and_a_top_up_restores() {
    const GIB: i64 = 1 << 30;
    both(async |world| {
        world.subscriber(1, "budi").await;
        let set = |secs, limit| {
            let world = &world;
            async move { world.write(secs, async |tx| quota::set(tx, sub(1), limit, day()).await).await }
        };
        assert!(!set(0, Some(10 * GIB)).await);
        let start = world.record(RecordKind::Start, "budi@net", "81000001", 0);
        let under = interim(&world, "81000001", 300, (GIB, 9 * GIB - 1));
        assert!(world.apply(300, &[start, under]).await.crossed.is_empty());
        let over = interim(&world, "81000001", 600, (GIB, 9 * GIB + 5));
        assert_eq!(world.apply(600, std::slice::from_ref(&over)).await.crossed, [sub(1)]);
        let more = interim(&world, "81000001", 900, (GIB, 12 * GIB));
        assert!(world.apply(900, &[over, more]).await.crossed.is_empty(), "once");
        let mut q = world.db.reader();
        let facts = usage::facts(&mut q, sub(1)).await.unwrap().unwrap();
        assert_eq!((facts.used_bytes, facts.crossed_at), (13 * GIB, Some(at(600))));
        assert!(set(1_000, Some(20 * GIB)).await, "a top-up restores");
        assert_eq!(usage::facts(&mut q, sub(1)).await.unwrap().unwrap().crossed_at, None);
        assert!(set(1_100, Some(13 * GIB)).await, "a smaller plan is used up at once");
        assert!(set(1_200, None).await, "unlimited");
        let tomorrow = day().next();
        let reset = world
            .write(1_300, async |tx| quota::set(tx, sub(1), Some(GIB), tomorrow).await)
            .await;
        assert!(!reset, "nothing was used since tomorrow");
        let bad = world.try_write(1_400, async |tx| quota::set(tx, sub(1), Some(-1), day()).await);
        assert_eq!(bad.await.unwrap_err().fields[0].name, "quota_bytes");
    })
    .await;
}

#[tokio::test]
async fn records_of_strangers_and_nonsense_stop_nobody_else() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        let mut unknown_nas = world.record(RecordKind::Start, "budi@net", "1", 0);
        unknown_nas.nas = id(404);
        let mut on = world.record(RecordKind::On, "", "", 0);
        on.nas = id(404);
        let stranger = world.record(RecordKind::Start, "si\0apa", "2\0", 0);
        // One Acct-Session-Id, one start, two names: both are kept.
        let twin = world.record(RecordKind::Start, "budi@net", "2", 0);
        let mut huge = interim(&world, "2", 300, (i64::MAX, -5));
        huge.secs = 300;
        let batch = [unknown_nas, on, stranger, twin, huge];
        let applied = world.apply(300, &batch).await;
        assert_eq!((applied.unknown_nas, applied.unknown_users, applied.opened.len()), (2, 1, 2));
        assert_eq!(applied, world.apply(300, &batch).await.clone_opened(&applied));
        let mut q = world.db.reader();
        let list = session::list(&mut q, &all(), &Filter::default(), None, 10).await.unwrap();
        assert_eq!(list.len(), 2);
        assert!(list.iter().any(|s| s.username == "siapa" && s.subscription_id.is_none()));
        assert_eq!(world.sessions(1).await[0].bytes_in, 1 << 50);
    })
    .await;
}

trait Again {
    fn clone_opened(self, first: &Self) -> Self;
}
impl Again for session::Applied {
    /// The second application opens nothing; all else must be as the first.
    fn clone_opened(mut self, first: &Self) -> Self {
        assert!(self.opened.is_empty());
        self.opened.clone_from(&first.opened);
        self
    }
}

#[tokio::test]
async fn a_router_that_counts_the_wrong_way_round_is_set_right_once_for_all() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        let mut edit = crate::world::nas_edit(world.branch, "mt-1", "10.9.9.1");
        edit.counters_swapped = true;
        world.write(0, async |tx| network::nas::change(tx, &all(), world.nas, &edit).await).await;
        let start = world.record(RecordKind::Start, "budi@net", "1", 0);
        world.apply(300, &[start, interim(&world, "1", 300, (900, 10))]).await;
        let session = &world.sessions(1).await[0];
        assert_eq!((session.bytes_in, session.bytes_out), (10, 900));
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_by_page_search_and_scope() {
    both(async |world| {
        for n in 0..5 {
            world.subscriber(n, &format!("u{n}")).await;
            let secs = i64::try_from(n).unwrap();
            let start =
                world.record(RecordKind::Start, &format!("u{n}@net"), &format!("{n}"), secs);
            world.apply(secs, &[start]).await;
        }
        let mut q = world.db.reader();
        let filter = Filter { open: true, ..Filter::default() };
        let first = session::list(&mut q, &all(), &filter, None, 3).await.unwrap();
        let last = first.last().unwrap();
        let after = Some((last.started_at, last.id));
        let second = session::list(&mut q, &all(), &filter, after, 3).await.unwrap();
        let names: Vec<_> = first.iter().chain(&second).map(|s| s.username.as_str()).collect();
        assert_eq!(names, ["u4@net", "u3@net", "u2@net", "u1@net", "u0@net"]);
        let search = Filter { search: Some("U3".into()), ..Filter::default() };
        let found = session::list(&mut q, &all(), &search, None, 3).await.unwrap();
        assert_eq!(found.len(), 1);
        let elsewhere = Scope { branch: Some(id(77)), ..Scope::all() };
        let own = Scope { customer: Some(id(2_003)), ..Scope::all() };
        assert_eq!(session::list(&mut q, &own, &filter, None, 9).await.unwrap().len(), 1);
        assert!(session::list(&mut q, &elsewhere, &filter, None, 3).await.unwrap().is_empty());
        assert!(session::find(&mut q, &elsewhere, found[0].id).await.is_err());
        let page = session::live_page(&mut q, None, 2).await.unwrap();
        let rest = session::live_page(&mut q, Some(page[1].id), 9).await.unwrap();
        assert_eq!((page.len(), rest.len()), (2, 3));
        let stop = world.record(RecordKind::Stop, "u3@net", "3", 50);
        world.apply(50, &[stop]).await;
        let fault = session::for_control(&mut q, &all(), found[0].id).await.unwrap_err();
        assert_eq!(fault.code, "network.session_closed");
    })
    .await;
}

#[tokio::test]
async fn two_appliers_of_one_batch_count_its_growth_once() {
    let (db, schema) =
        store::testing::postgres(&[&catalog::MIGRATIONS, &network::MIGRATIONS]).await;
    let world = World::on(db.clone()).await;
    world.subscriber(1, "budi").await;
    let start = world.record(RecordKind::Start, "budi@net", "1", 0);
    let batch = [start, interim(&world, "1", 300, (5, 9_000))];
    let racer = db.clone();
    let (a, b) = store::testing::race(move |_| {
        let (db, batch) = (racer.clone(), batch.clone());
        async move {
            let cause = store::testing::cause(at(300));
            db.write(&cause, async |tx| session::apply(tx, &batch).await).await
        }
    })
    .await;
    let opened = a.unwrap().opened.len() + b.unwrap().opened.len();
    assert_eq!(opened, 1);
    assert_eq!(usage::period_bytes(&mut db.reader(), sub(1), day()).await.unwrap(), 9_005);
    store::testing::drop_schema(&db, &schema).await;
}
