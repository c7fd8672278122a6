use std::sync::Arc;

use network::{Desired, MacPolicy, Vendor};

use super::*;
use crate::kit::at;
use crate::kit::world::{World, both, isolated, subscription};

fn isolates(directory: &Directory, name: &str) -> bool {
    let slot = directory.find(name.as_bytes()).expect("an account");
    let account = Arc::clone(&slot.account());
    account.replies.as_ref().is_some_and(|r| r.isolates)
}

async fn two(world: &World) -> (Feed, Directory) {
    world.subscriber(1, "budi", MacPolicy::Off, at(0)).await;
    world.subscriber(2, "siti", MacPolicy::Off, at(0)).await;
    let (mut feed, directory) = (Feed::default(), Directory::default());
    let loaded = feed.load(&world.db, &directory, at(1)).await.unwrap();
    assert_eq!(loaded, Patched { added: 2, ..Patched::default() });
    (feed, directory)
}

#[tokio::test]
async fn a_commit_patches_exactly_what_it_named() {
    both(async |world| {
        let (mut feed, directory) = two(&world).await;
        let mut commits = world.db.subscribe();
        world.intend(1, isolated(), at(10)).await;
        let mut wanted = Wanted::default();
        for event in &commits.recv().await.unwrap().events {
            wanted.by(event);
        }
        assert_eq!(wanted.subscriptions, [subscription(1)].into());
        let patched = feed.patch(&world.db, &directory, &wanted, at(10)).await.unwrap();
        assert_eq!(patched.changed, 1);
        assert!(isolates(&directory, "budi") && !isolates(&directory, "siti"));
    })
    .await;
}

#[tokio::test]
async fn the_changes_of_another_process_are_found_by_looking() {
    both(async |world| {
        let (mut feed, directory) = two(&world).await;
        assert_eq!(feed.poll(&world.db, &directory, at(60)).await.unwrap(), Patched::default());
        world.intend(2, isolated(), at(61)).await;
        world.subscriber(3, "tono", MacPolicy::Off, at(61)).await;
        let patched = feed.poll(&world.db, &directory, at(62)).await.unwrap();
        assert_eq!((patched.added, patched.changed), (1, 1));
        assert!(isolates(&directory, "siti"));
        world.intend(2, Desired::Full { profile: world.plan }, at(50)).await;
        feed.poll(&world.db, &directory, at(63)).await.unwrap();
        assert!(!isolates(&directory, "siti"), "written by a clock that is behind");
        assert_eq!(feed.poll(&world.db, &directory, at(64)).await.unwrap(), Patched::default());
    })
    .await;
}

#[tokio::test]
async fn an_edited_profile_reaches_every_account() {
    both(async |world| {
        let (mut feed, directory) = two(&world).await;
        world
            .write(at(70), async |tx| {
                let catalog = catalog::current(tx).await?;
                let mut profile = catalog.profile(world.plan)?.clone();
                profile.rate_down_kbps = 50_000;
                catalog::write::set_profile(tx, &profile).await
            })
            .await;
        let patched = feed.poll(&world.db, &directory, at(71)).await.unwrap();
        assert_eq!(patched.changed, 2);
        let slot = directory.find(b"siti").unwrap();
        let account = Arc::clone(&slot.account());
        let wire = account.replies.as_ref().unwrap().accept(Vendor::Mikrotik).to_vec();
        assert!(wire.windows(7).any(|w| w == b"20M/50M"));
    })
    .await;
}

#[tokio::test]
async fn verification_mends_whatever_differs() {
    both(async |world| {
        let (mut feed, directory) = two(&world).await;
        world
            .db
            .write(&store::testing::cause(at(5)), async |tx| {
                tx.exec("delete from network_account where username = 'budi'", store::args![]).await
            })
            .await
            .unwrap();
        assert_eq!(feed.poll(&world.db, &directory, at(80)).await.unwrap(), Patched::default());
        let mended = feed.verify(&world.db, &directory, at(81)).await.unwrap();
        assert_eq!(mended, Patched { removed: 1, ..Patched::default() });
        assert!(directory.find(b"budi").is_none() && directory.find(b"siti").is_some());
    })
    .await;
}

#[tokio::test]
async fn open_sessions_are_known_after_a_restart() {
    both(async |world| {
        two(&world).await;
        let start = start_of(&world);
        world.write(at(5), async |tx| session::apply(tx, std::slice::from_ref(&start)).await).await;
        let directory = Directory::default();
        Feed::default().load(&world.db, &directory, at(6)).await.unwrap();
        let slot = directory.find(b"budi").unwrap();
        let account = Arc::clone(&slot.account());
        assert!(slot.claim(&account, Some(crate::kit::mac(2)), at(7)).is_err());
        assert!(slot.claim(&account, Some(crate::kit::mac(1)), at(7)).is_ok());
    })
    .await;
}

fn start_of(world: &World) -> network::AccountingRecord {
    network::AccountingRecord {
        nas: world.nas,
        kind: network::RecordKind::Start,
        acct_session_id: "s1".into(),
        username: "budi".into(),
        mac: Some(crate::kit::mac(1)),
        framed_ip: None,
        secs: 0,
        bytes_in: 0,
        bytes_out: 0,
        cause: None,
        access_version: None,
        event_at: at(5),
        received_at: at(5),
    }
}

#[tokio::test]
async fn a_session_that_began_and_ended_at_another_node_is_known_and_forgotten_here() {
    both(async |world| {
        let (feed, directory) = two(&world).await;
        let blocks = |now: i64| {
            let slot = directory.find(b"budi").unwrap();
            let account = Arc::clone(&slot.account());
            slot.claim(&account, Some(crate::kit::mac(2)), at(now)).is_err()
        };
        let start = start_of(&world);
        world.write(at(5), async |tx| session::apply(tx, std::slice::from_ref(&start)).await).await;
        assert!(!blocks(10));
        feed.share_sessions(&world.db, &directory, at(10)).await.unwrap();
        assert!(blocks(10));
        let stop = network::AccountingRecord {
            kind: network::RecordKind::Stop,
            secs: 95,
            event_at: at(100),
            received_at: at(100),
            ..start
        };
        world
            .write(at(100), async |tx| session::apply(tx, std::slice::from_ref(&stop)).await)
            .await;
        assert_eq!(feed.share_sessions(&world.db, &directory, at(101)).await.unwrap(), 1);
        assert!(!blocks(101));
    })
    .await;
}

#[tokio::test]
async fn a_session_heard_of_here_just_now_is_not_ended_because_the_database_lags() {
    both(async |world| {
        let (feed, directory) = two(&world).await;
        let nas = directory.nas().by_id(world.nas).cloned().unwrap();
        let slot = directory.find(b"budi").unwrap();
        slot.see(&crate::directory::Sighting {
            kind: network::RecordKind::Start,
            nas: world.nas,
            nas_state: &nas.state,
            session: "s9",
            mac: Some(crate::kit::mac(1)),
            started_at: at(50),
            at: at(50),
        });
        assert_eq!(feed.share_sessions(&world.db, &directory, at(60)).await.unwrap(), 0);
        assert_eq!(feed.share_sessions(&world.db, &directory, at(90)).await.unwrap(), 1);
        slot.see(&crate::directory::Sighting {
            kind: network::RecordKind::Interim,
            nas: world.nas,
            nas_state: &nas.state,
            session: "s9",
            mac: Some(crate::kit::mac(1)),
            started_at: at(50),
            at: at(350),
        });
        let account = Arc::clone(&slot.account());
        assert!(slot.claim(&account, Some(crate::kit::mac(2)), at(351)).is_err());
    })
    .await;
}

#[tokio::test]
async fn a_change_is_found_however_long_its_run_has_been_going_on() {
    both(async |world| {
        let (mut feed, directory) = two(&world).await;
        for secs in [3_600, 3_601, 7_200] {
            feed.poll(&world.db, &directory, at(secs)).await.unwrap();
        }
        // A billing run that began hours ago commits a chunk that carries its start.
        world.intend(2, isolated(), at(5)).await;
        assert_eq!(feed.poll(&world.db, &directory, at(7_201)).await.unwrap().changed, 1);
        assert!(isolates(&directory, "siti"));
        let quiet = feed.poll(&world.db, &directory, at(7_202)).await.unwrap();
        assert_eq!(quiet, Patched::default());
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_commits_after_a_younger_one_is_found() {
    both(async |world| {
        let (mut feed, directory) = two(&world).await;
        feed.poll(&world.db, &directory, at(100)).await.unwrap();
        world.intend(1, isolated(), at(101)).await;
        feed.poll(&world.db, &directory, at(102)).await.unwrap();
        // It was given its revision before that one's commit, and commits after it was read.
        world.intend(2, isolated(), at(101)).await;
        world
            .write(at(103), async |tx| {
                tx.exec(
                    "update network_feed set revision = (select revision from network_feed
                       where subscription_id = $1) where subscription_id = $2",
                    store::args![subscription(1), subscription(2)],
                )
                .await
            })
            .await;
        feed.poll(&world.db, &directory, at(104)).await.unwrap();
        assert!(isolates(&directory, "siti"));
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_names_many_is_read_by_name() {
    both(async |world| {
        let (mut feed, directory) = two(&world).await;
        let mut wanted = Wanted::default();
        for n in 2..200 {
            wanted.subscriptions.insert(subscription(n));
        }
        world.intend(2, isolated(), at(-9_000)).await;
        let patched = feed.patch(&world.db, &directory, &wanted, at(7_300)).await.unwrap();
        assert_eq!(patched.changed, 1);
    })
    .await;
}
