//! The world, lived through.

use simulator::{Report, Setup, World};

/// Lives a world in a folder of its own.
async fn live(setup: Setup) -> Report {
    let setup_seed = setup.seed;
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::open(setup, folder.path()).await.unwrap();
    match world.live().await {
        Ok(report) => report,
        Err(fault) => panic!("{} at {}: {fault:?} {:?}", setup_seed, world.now(), fault.source),
    }
}

#[tokio::test]
async fn a_quiet_quarter_breaks_nothing() {
    let report = live(Setup::new(7, 3, 40)).await;
    println!("{report:#?}");
    assert_eq!(report.first_broken, None);
}

#[tokio::test]
async fn a_bad_quarter_breaks_nothing() {
    let report = live(Setup::new(7, 3, 40).with_faults()).await;
    println!("{report:#?}");
    assert_eq!(report.first_broken, None);
}

#[tokio::test]
async fn a_bad_year_of_200_subscriptions_breaks_nothing() {
    let report = live(Setup::new(2026, 12, 200).with_faults()).await;
    println!("{report:#?}");
    assert_eq!(report.first_broken, None);
}
