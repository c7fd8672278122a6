//! The world, lived through.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

mod demo;
mod mirror_books;
mod replay_assets;
mod replay_inventree;
mod sabotage;
mod stories;
mod years;

use simulator::{Report, Setup, World};

/// Lives a world in a folder of its own.
async fn live(setup: Setup) -> Report {
    let seed = setup.seed;
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::open(setup, folder.path()).await.unwrap();
    match world.live().await {
        Ok(report) => report,
        Err(fault) => panic!("seed {seed}, {}: {fault:?}, {:?}", world.now(), fault.source),
    }
}
