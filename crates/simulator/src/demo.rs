//! The demo's past: a believable ISP that has lived for some weeks up to now.
//!
//! The same world as the simulator's, on the demo's own database, without faults: so customers stand in
//! every state for a reason that can be looked up.

use std::net::Ipv4Addr;
use std::path::Path;

use catalog::PolicyPatch;
use catalog::write::{PolicyFor, set_policy};
use kernel::{Cause, Result, Ts, Zone};
use store::{Db, QueryExt, Tx, args};

use crate::world::staff::password;
use crate::world::{Base, Equipment, Login, ROLES, RouterPlan, Setup, World};

/// Days that the demo's ISP has lived.
const DAYS: i32 = 75;
const SEED: u64 = 20_261_122;
/// The last hours, in which it is seen to that there is something of everything to look at.
const STAGE_SECS: i64 = 3 * 3_600;
/// Where the demo's router listens for CoA.
pub const COA_PORT: u16 = 3_799;
/// First address that the demo's customers get: loopback, so that a browser on this machine can be one.
pub const POOL: Ipv4Addr = Ipv4Addr::new(127, 66, 0, 10);
/// Seconds between interims of the demo's router.
const INTERIM_SECS: i64 = 300;

/// Lives the demo's past on an empty database that is migrated, equipped and wired. `folder` keeps the
/// world's own spool.
///
/// # Errors
/// When the program refuses what no story explains.
pub async fn seed(db: &Db, now: Ts, customers: u32, folder: &Path) -> Result<()> {
    let start = now.day(Zone::Jakarta).plus_days(-DAYS);
    let mut setup = Setup::new(SEED, 3, usize::try_from(customers).unwrap_or(200));
    setup.start = start;
    setup.sales_days = i64::from(DAYS);
    setup.check = false;
    setup.more_technicians = 0;
    setup.interim_secs = 43_200;
    setup.routers = vec![RouterPlan {
        name: "BRAS-DEMO".into(),
        address: Ipv4Addr::LOCALHOST,
        secret: router_secret()?,
        coa_port: COA_PORT,
        pool: POOL,
        town: 0,
    }];
    let base = Base { options: None, equipment: Equipment::given(), folder: folder.to_owned() };
    let mut world = World::on(setup, db.clone(), base).await?;
    world.live_until(now.plus_secs(-STAGE_SECS)).await?;
    world.set_stage(now.day(Zone::Jakarta)).await?;
    world.live_until(now).await?;
    world.close().await;
    report_as_usual(db, now).await
}

/// From now on the router reports as routers do, not as seldom as in the weeks that were lived through.
async fn report_as_usual(db: &Db, now: Ts) -> Result<()> {
    let body: Option<serde_json::Value> = db
        .reader()
        .value_opt("select body from catalog_policy where scope = 'isp'", args![])
        .await?;
    let kept: PolicyPatch =
        body.and_then(|body| serde_json::from_value(body).ok()).unwrap_or_default();
    let patch = PolicyPatch { interim_secs: Some(INTERIM_SECS), ..kept };
    db.write(&Cause::system(now, "demo"), async |tx: &mut Tx| {
        set_policy(tx, PolicyFor::Isp, &patch).await
    })
    .await
}

fn router_secret() -> Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| kernel::Fault::bug(format!("the system gives no randomness: {e}")))?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

/// One login per role, as [`seed`] makes them.
pub fn logins() -> Vec<Login> {
    (1u32..)
        .zip(ROLES)
        .map(|(number, (role, username, name, _))| Login {
            role,
            name: name.to_owned(),
            username: username.to_owned(),
            password: password(username, number),
        })
        .collect()
}
