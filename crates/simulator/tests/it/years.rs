//! Whole stretches of time: nothing breaks, and the same seed repeats.

use std::sync::Arc;

use network::Sealer;
use simulator::faults::Odds;
use simulator::world::{Base, Equipment};
use simulator::{Setup, World};

use crate::live;

#[tokio::test]
async fn a_quiet_quarter_breaks_nothing_and_everything_happens_in_it() {
    let report = live(Setup::new(7, 3, 40)).await;
    assert_eq!(report.first_broken, None);
    assert!(report.installs > 30, "{report:#?}");
    assert!(report.invoices > report.installs && report.payments > 50, "{report:#?}");
    assert!(report.isolations > 10 && report.reconnects > 10, "{report:#?}");
    assert!(report.late_payments > 5 && report.nas_reboots > 2, "{report:#?}");
    assert_eq!((report.kills, report.db_errors), (0, 0));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_hash_also_when_everything_breaks() {
    let setup = Setup::new(11, 2, 24).with_faults();
    let (one, two) = tokio::join!(live(setup.clone()), live(setup));
    assert_eq!(one, two);
    assert!(one.kills > 5 && one.db_errors > 5, "{one:#?}");
    let other = live(Setup::new(12, 2, 24).with_faults()).await;
    assert_ne!(one.hash, other.hash);
}

#[tokio::test]
async fn a_bad_year_of_200_subscriptions_breaks_nothing() {
    let report = live(Setup::new(2026, 12, 200).with_faults()).await;
    println!("{report:#?}");
    assert_eq!(report.first_broken, None, "{report:#?}");
    assert!(report.invariants_checked > 365 * 60, "{report:#?}");
    assert!(report.kills > 100 && report.db_errors > 100, "{report:#?}");
    assert!(report.customers > 180 && report.payments > 1_000, "{report:#?}");
    assert!(report.credit_notes > 10 && report.refunds > 5 && report.write_offs > 2, "{report:#?}");
    assert!(report.withholdings > 20 && report.certificates > 5, "{report:#?}");
    assert!(report.approved > 30, "{report:#?}");
    assert!(report.duplicate_notices > 10 && report.lost_notices > 10, "{report:#?}");
}

#[tokio::test]
async fn a_bad_month_on_postgresql_breaks_nothing() {
    let (db, schema) = store::testing::postgres(&flows::schema()).await;
    db.with_ext(Arc::new(Sealer::new(1, [9; 32])))
        .with_ext(Arc::new(crm::nik::Vault::new([9; 32])));
    flows::wire(&db);
    let folder = tempfile::tempdir().unwrap();
    let base =
        Base { options: None, equipment: Equipment::given(), folder: folder.path().to_owned() };
    // Errors only: nobody kills a program whose database is somebody else's.
    let setup = Setup { odds: Odds { error: 900, kill: 0 }, ..Setup::new(3, 1, 16) };
    let mut world = World::on(setup, db.clone(), base).await.unwrap();
    let report = world.live().await.unwrap();
    world.close().await;
    store::testing::drop_schema(&db, &schema).await;
    assert_eq!(report.first_broken, None, "{report:#?}");
    assert!(report.invoices > 5 && report.payments > 3 && report.db_errors > 5, "{report:#?}");
}
