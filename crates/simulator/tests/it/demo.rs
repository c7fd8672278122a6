//! The demo's past has something of everything.

use std::sync::Arc;

use kernel::Ts;
use network::Sealer;
use store::{Db, QueryExt, args};

async fn count(db: &Db, what: &str) -> i64 {
    db.reader().value(&format!("select count(*) from {what}"), args![]).await.unwrap()
}

#[tokio::test]
async fn a_demo_has_customers_in_every_state_and_jobs_for_today() {
    let (db, folder) = store::testing::sqlite(&flows::schema()).await;
    db.with_ext(Arc::new(Sealer::new(1, [9; 32])))
        .with_ext(Arc::new(crm::nik::Vault::new([9; 32])));
    flows::wire(&db);
    // 22 November 2026, 11.30 WIB.
    let now = Ts::from_secs(1_795_321_800);
    simulator::demo::seed(&db, now, 60, folder.path()).await.unwrap();
    for state in ["pending_install", "ready", "active", "isolated", "paused", "terminated"] {
        let found = count(&db, &format!("billing_subscription where state = '{state}'")).await;
        assert!(found > 0, "nobody is {state}");
    }
    for state in ["new", "verified", "waitlisted", "converted"] {
        let found = count(&db, &format!("crm_lead where state = '{state}'")).await;
        assert!(found > 0, "no lead is {state}");
    }
    let promises = count(&db, "billing_promise where cancelled_at is null").await;
    assert!(promises > 0);
    let jobs = "fulfilment_work_order where scheduled_on = '2026-11-22' and state = 'assigned'";
    assert!(count(&db, jobs).await >= 4, "two technicians have work today");
    for state in ["open", "in_progress", "waiting_customer", "resolved"] {
        let found = count(&db, &format!("fulfilment_ticket where state = '{state}'")).await;
        assert!(found > 0, "no ticket is {state}");
    }
    let bags =
        "inventory_item i join inventory_location l on l.id = i.location_id and l.kind = 'bag'";
    assert!(count(&db, bags).await >= 6);
    assert!(count(&db, "network_session where state <> 'closed'").await > 20);
    assert!(count(&db, "partner_wallet_row").await > 0);
    assert_eq!(flows::invariants::check(&mut db.reader(), now).await.unwrap(), []);
    let users = count(&db, "identity_user").await;
    assert_eq!(usize::try_from(users).unwrap(), simulator::demo::logins().len());
    let latest: Ts =
        db.reader().value("select max(recorded_at) from store_journal", args![]).await.unwrap();
    assert!(latest <= now, "{latest} is not in the future");
}
