//! The ledger of earnings by itself: once each, taken back row by row, summed by month.

use hr::earning::{self, Installed, Sold};
use hr::person::{self, Gender, Papers};
use hr::rule::{self, Kind, Measure, NewRule};
use kernel::{Day, Money, Permission};
use store::testing::{both, cause, now};
use store::{Db, QueryExt, Tx, args};

use super::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn sale(invoice: u8, on: &str) -> Sold {
    Sold {
        invoice: id(invoice),
        subscription: id(70),
        plan: None,
        seller: id(1),
        branch: id(50),
        base: Money::rupiah(200_000),
        on: day(on),
    }
}

async fn write<F: AsyncFnOnce(&mut Tx) -> kernel::Result<()> + Clone>(db: &Db, work: F) {
    db.write(&cause(now()), work).await.unwrap();
}

async fn amounts(db: &Db) -> Vec<i64> {
    // All of one instant have ids of that instant: what takes back stands after what it takes.
    let sql = "select amount from hr_earning order by round, source_id, takes_back is not null";
    db.reader().values(sql, args![]).await.unwrap()
}

async fn rules(db: &Db) {
    for (kind, measure, amount) in
        [(Kind::Commission, Measure::Percent, 500), (Kind::Incentive, Measure::Flat, 60_000)]
    {
        let from_on = day("2026-01-01");
        let new = NewRule { kind, plan: None, user: None, measure, amount, from_on };
        write(db, async |tx: &mut Tx| rule::add(tx, &new).await.map(drop)).await;
    }
}

#[tokio::test]
async fn a_sale_is_accrued_once_a_subscription_and_taken_back_exactly() {
    both(ROOMS, async |db: Db| {
        rules(&db).await;
        for invoice in [80, 80, 81] {
            let sold = sale(invoice, "2026-11-12");
            write(&db, async |tx: &mut Tx| earning::sold(tx, &sold).await).await;
        }
        assert_eq!(amounts(&db).await, [10_000]);
        for _ in 0..2 {
            let back = async |tx: &mut Tx| earning::take_back(tx, id(80), day("2026-12-01")).await;
            write(&db, back).await;
        }
        assert_eq!(amounts(&db).await, [10_000, -10_000]);
        // Now another invoice may be the first paid one.
        let sold = sale(81, "2026-12-02");
        write(&db, async |tx: &mut Tx| earning::sold(tx, &sold).await).await;
        assert_eq!(amounts(&db).await, [10_000, -10_000, 10_000]);
        let twice = "insert into hr_earning select $1, kind, user_id, branch_id, source_id, round, subscription_id,
             plan_id, rule_id, base, amount, formula, earned_on, accrued_at, takes_back
           from hr_earning where amount > 0 and source_id = $2";
        let (row, source): (kernel::EarningId, kernel::InvoiceId) = (id(99), id(81));
        let done = db
            .write(&cause(now()), async |tx: &mut Tx| tx.exec(twice, args![row, source]).await)
            .await;
        assert!(store::is_unique(&done.unwrap_err()), "the table itself refuses it twice");
    })
    .await;
}

#[tokio::test]
async fn months_are_summed_by_person_and_kind() {
    both(ROOMS, async |db: Db| {
        rules(&db).await;
        let sold = sale(80, "2026-11-30");
        write(&db, async |tx: &mut Tx| earning::sold(tx, &sold).await).await;
        let done = Installed {
            work_order: id(90),
            subscription: id(70),
            plan: None,
            technicians: vec![id(1), id(2)],
            branch: id(50),
            on: day("2026-11-30"),
        };
        for _ in 0..2 {
            write(&db, async |tx: &mut Tx| earning::installed(tx, &done).await).await;
        }
        let later = "2026-12-02T00:00:00Z".parse().unwrap();
        let close = async |tx: &mut Tx| earning::close(tx).await;
        assert_eq!(db.write(&cause(later), close).await.unwrap(), 3);
        let sums: Vec<(kernel::EarningSumId, UserId, String, i64)> = db
            .reader()
            .rows(
                "select id, user_id, kind, amount from hr_earning_sum order by user_id, kind",
                args![],
            )
            .await
            .unwrap();
        let told: Vec<_> = sums.iter().map(|(_, u, k, a)| (*u, k.as_str(), *a)).collect();
        assert_eq!(
            told,
            [
                (id(1), "commission", 10_000),
                (id(1), "incentive", 30_000),
                (id(2), "incentive", 30_000)
            ]
        );
        let one = earning::sum(&mut db.reader(), sums[0].0).await.unwrap().unwrap();
        assert_eq!((one.month, one.amount), (day("2026-11-01"), Money::rupiah(10_000)));
    })
    .await;
}

#[tokio::test]
async fn only_hr_says_what_an_employer_has_to_know() {
    both(ROOMS, async |db: Db| {
        let papers = Papers {
            gender: Gender::Female,
            born_on: day("1995-05-05"),
            joined_on: day("2026-01-02"),
        };
        let user: UserId = id(1);
        let set = |actor: Actor| {
            let (db, papers) = (db.clone(), papers.clone());
            async move {
                db.write(&Cause::new(now(), actor), async |tx: &mut Tx| {
                    person::set_papers(tx, user, &papers, day("2026-11-20")).await
                })
                .await
            }
        };
        let denied = set(technician(1)).await.unwrap_err();
        assert_eq!(denied.kind, kernel::FaultKind::Forbidden);
        let hr = PermissionSet::empty().with(Permission::StaffWrite);
        set(Actor { permissions: hr, ..technician(9) }).await.unwrap();
        let kept = person::papers(&mut db.reader(), user).await.unwrap();
        assert_eq!(kept, Some(papers.clone()));
    })
    .await;
}
