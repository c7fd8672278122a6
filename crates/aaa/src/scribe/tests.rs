use network::MacPolicy;
use radius::Code;

use super::*;
use crate::engine::{Engine, Settings};
use crate::feed::Feed;
use crate::kit::world::{World, both, subscription};
use crate::kit::{Asker, Method, PASSWORD, at, mac};

async fn loaded(world: &World) -> (Engine, Asker) {
    let directory = std::sync::Arc::new(Directory::default());
    Feed::default().load(&world.db, &directory, at(1)).await.unwrap();
    let mut nas = Asker::new();
    nas.from = "127.0.0.1:5000".parse().unwrap();
    (Engine::new(directory, &Settings::default()), nas)
}

async fn written(world: &World, engine: &Engine) -> usize {
    write(&world.db, engine.directory(), &engine.notes, None, at(60)).await.unwrap()
}

#[tokio::test]
async fn rejects_of_one_kind_become_one_counted_row_that_explains_itself() {
    both(async |world| {
        world.subscriber(1, "budi", MacPolicy::Scan, at(0)).await;
        let (engine, mut nas) = loaded(&world).await;
        for n in 2..5 {
            assert_eq!(nas.try_login(&engine, "Budi", n, at(i64::from(n))), Code::AccessReject);
        }
        nas.try_login(&engine, "hantu", 1, at(9));
        assert_eq!(written(&world, &engine).await, 4);
        nas.try_login(&engine, "budi", 7, at(30));
        assert_eq!(written(&world, &engine).await, 1);
        assert_eq!(written(&world, &engine).await, 0);

        let mut reader = world.db.reader();
        let latest =
            reject::latest(&mut reader, subscription(1), at(0)).await.unwrap().expect("a reject");
        assert_eq!((latest.reason, latest.count), (RejectReason::MacDiffers, 4));
        assert_eq!((latest.mac_seen, latest.mac_expected), (Some(mac(7)), Some(mac(1))));
        assert_eq!((latest.first_at, latest.last_at), (at(2), at(30)));
        assert_eq!((latest.nas.as_str(), &latest.detail["method"]), ("bras-1", &json!("PAP")));
        let scope = kernel::Scope { branch: Some(world.branch), ..kernel::Scope::all() };
        let all = reject::list(&mut reader, &scope, at(0), None, None, 10).await.unwrap();
        assert_eq!(all.len(), 2, "an unknown name is shown in the NAS's branch");
    })
    .await;
}

#[tokio::test]
async fn the_first_device_of_an_open_window_is_bound_in_the_database() {
    both(async |world| {
        world.subscriber(1, "budi", MacPolicy::ScanConfirm, at(0)).await;
        let (engine, mut nas) = loaded(&world).await;
        assert_eq!(nas.try_login(&engine, "budi", 2, at(5)), Code::AccessAccept);
        assert_eq!(nas.try_login(&engine, "budi", 3, at(6)), Code::AccessReject);
        written(&world, &engine).await;
        let mut reader = world.db.reader();
        let account = account::of_subscription(&mut reader, subscription(1)).await.unwrap();
        let account = account.expect("an account");
        assert_eq!((account.mac, account.mac_open_until), (Some(mac(2)), None));
        assert!(account.mac_differs());
        let mut feed = Feed::default();
        feed.load(&world.db, engine.directory(), at(61)).await.unwrap();
        assert_eq!(nas.try_login(&engine, "budi", 2, at(62)), Code::AccessAccept);
        assert_eq!(nas.try_login(&engine, "budi", 1, at(62)), Code::AccessReject);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_nas_is_shown_with_its_name_and_count() {
    both(async |world| {
        let (engine, mut nas) = loaded(&world).await;
        nas.from = "127.0.0.9:5000".parse().unwrap();
        for n in 0..3 {
            let request = nas.login(Method::Pap, "budi", PASSWORD, None, true);
            nas.dropped(&engine, &request, at(n));
        }
        assert_eq!(written(&world, &engine).await, 3);
        let shown = network::nas::unknown(&mut world.db.reader(), 10).await.unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!((shown[0].address.as_str(), shown[0].count), ("127.0.0.9", 3));
        assert_eq!(shown[0].identifier.as_deref(), Some("bras-1"));
    })
    .await;
}

#[tokio::test]
async fn notes_wait_while_the_database_is_away() {
    both(async |world| {
        let (engine, mut nas) = loaded(&world).await;
        nas.try_login(&engine, "hantu", 1, at(9));
        world.db.set_faults(Some(std::sync::Arc::new(|_, _| {
            Some(kernel::Fault::unavailable("test.away", "hilang", "gone"))
        })));
        let refused = write(&world.db, engine.directory(), &engine.notes, None, at(60)).await;
        assert_eq!(refused.unwrap_err().kind, FaultKind::Unavailable);
        world.db.set_faults(None);
        assert_eq!(written(&world, &engine).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_login_during_an_outage_is_told_once() {
    both(async |world| {
        world.subscriber(1, "budi", MacPolicy::Off, at(0)).await;
        let directory = std::sync::Arc::new(Directory::default());
        Feed::default().load(&world.db, &directory, at(1)).await.unwrap();
        let settings = Settings { log_logins: true, ..Settings::default() };
        let engine = Engine::new(directory, &settings);
        let mut nas = Asker::new();
        nas.from = "127.0.0.1:5000".parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let log = LoginLog::open(&folder.path().join("logins.db"), at(0)).await.unwrap();
        nas.try_login(&engine, "budi", 1, at(8));
        nas.try_login(&engine, "hantu", 1, at(9));
        world.db.set_faults(Some(std::sync::Arc::new(|_, _| {
            Some(kernel::Fault::unavailable("test.away", "hilang", "gone"))
        })));
        for _ in 0..3 {
            let refused =
                write(&world.db, engine.directory(), &engine.notes, Some(&log), at(60)).await;
            assert!(refused.is_err());
        }
        world.db.set_faults(None);
        write(&world.db, engine.directory(), &engine.notes, Some(&log), at(70)).await.unwrap();
        let budi = account::of_subscription(&mut world.db.reader(), subscription(1)).await.unwrap();
        let logins = log.of_account(budi.expect("an account").id, at(0), at(99)).await.unwrap();
        assert_eq!(logins.len(), 1);
    })
    .await;
}
