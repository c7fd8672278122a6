//! What technicians earn by an installation: when its evidence is accepted, shared, once.

use hr::rule::{self, Kind, Measure, NewRule};
use kernel::{Day, Scope};
use store::testing::{both, cause, now};
use store::{Db, QueryExt, Tx, args};

use super::world::{Start, Who, World};

async fn rows(world: &World) -> Vec<(kernel::UserId, i64, String)> {
    let sql = "select user_id, amount, formula from hr_earning order by id";
    world.db.reader().rows(sql, args![]).await.unwrap()
}

#[tokio::test]
async fn an_installation_without_gps_pays_when_noc_accepted_it_and_shares_its_incentive() {
    both(&flows::schema(), async |db: Db| {
        let world = World::on(&db, Start::OnSite).await;
        let from: Day = "2026-01-01".parse().unwrap();
        let new = NewRule {
            kind: Kind::Incentive,
            plan: None,
            user: None,
            measure: Measure::Flat,
            amount: 75_001,
            from_on: from,
        };
        let add = async |tx: &mut Tx| rule::add(tx, &new).await.map(drop);
        world.db.write(&cause(now()), add).await.unwrap();
        world.install().await;
        let order = world.order(1);
        let found = fulfilment::find(&mut db.reader(), &Scope::all(), order).await.unwrap();
        assert!(found.review, "no position: NOC looks at it first");
        assert_eq!(rows(&world).await, []);
        for _ in 0..2 {
            let yes = async |tx: &mut Tx| fulfilment::reviewed(tx, order, "ok").await.map(drop);
            world.db.write(&cause(now()), yes).await.unwrap();
        }
        let (andi, sari) =
            (Who::Andi.id(&mut db.reader()).await, Who::Sari.id(&mut db.reader()).await);
        let mut shares = [(andi, "Rp 75.001 ÷ 2 teknisi"), (sari, "Rp 75.001 ÷ 2 teknisi")];
        shares.sort();
        let told = rows(&world).await;
        assert_eq!(told.iter().map(|(_, amount, _)| amount).sum::<i64>(), 75_001);
        let mut whose: Vec<_> = told.iter().map(|(user, ..)| *user).collect();
        whose.sort();
        assert_eq!(whose, shares.map(|(user, _)| user));
        assert!(told.iter().all(|(.., formula)| formula.starts_with(shares[0].1)), "{told:?}");
    })
    .await;
}
