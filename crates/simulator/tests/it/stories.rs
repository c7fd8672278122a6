//! Stories of one subscription, day by day: what stands on the invoices, and what its router does.

use billing::invoice::{Invoice, InvoiceFilter};
use billing::words::SubscriptionState;
use catalog::{Plan, TaxMode};
use kernel::{Cause, Day, Money, PlanId, Scope, Zone};
use simulator::{Setup, World};
use store::Tx;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn quiet_world(folder: &tempfile::TempDir) -> World {
    let mut setup = Setup::new(1, 6, 10);
    setup.start = day("2026-11-01");
    setup.calm = true;
    World::open(setup, folder.path()).await.unwrap()
}

/// The plan of the golden cases: 250,000 a month exclusive of PPN, no installation fee.
async fn golden_plan(world: &mut World) -> PlanId {
    let catalog = catalog::current(&mut world.db.reader()).await.unwrap();
    let like = catalog.plan_by_code("HOME20").unwrap().clone();
    let cause = Cause::system(world.now(), "test");
    world
        .db
        .write(&cause, async |tx: &mut Tx| {
            let plan = Plan {
                id: tx.new_id(),
                code: "GOLDEN".into(),
                tax: TaxMode::Exclusive,
                install_fee: Money::ZERO,
                ..like.clone()
            };
            let from = "2026-01-01".parse().unwrap();
            catalog::write::set_plan(tx, &plan, Money::rupiah(250_000), from).await
        })
        .await
        .unwrap()
}

async fn state(world: &World, house: usize) -> SubscriptionState {
    let id = world.houses[house].subscription;
    billing::subscription::find(&mut world.db.reader(), &Scope::all(), id).await.unwrap().state
}

/// Totals of the live invoices, oldest period first.
async fn totals(world: &World, house: usize) -> Vec<(String, i64)> {
    let filter = InvoiceFilter {
        subscription: Some(world.houses[house].subscription),
        ..InvoiceFilter::default()
    };
    let (mut reader, today) = (world.db.reader(), world.today(Zone::Jakarta));
    let mut all: Vec<Invoice> =
        billing::invoice::list(&mut reader, &Scope::all(), &filter, today, None, 100)
            .await
            .unwrap();
    all.retain(|invoice| invoice.live);
    all.sort_by_key(|invoice| invoice.period_from);
    all.iter().map(|i| (format!("{}…{}", i.period_from, i.period_to), i.total.get())).collect()
}

fn is_isolated(world: &World, house: usize) -> bool {
    world.seen_by_router(house).unwrap().is_isolated()
}

fn expect(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(period, total)| ((*period).to_owned(), *total)).collect()
}

#[tokio::test]
async fn a_postpaid_customer_is_isolated_on_the_21st_and_back_when_paid() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = quiet_world(&folder).await;
    let plan = golden_plan(&mut world).await;
    world.travel_to(day("2026-11-10"), 10, 0).await.unwrap();
    let (house, order) = world.sell(plan, crm::Mode::Postpaid).await.unwrap();
    world.install(order).await.unwrap();
    assert_eq!(state(&world, house).await, SubscriptionState::Active);
    let session = world.seen_by_router(house).unwrap();
    assert_eq!(session.rate_limit.as_deref(), Some("10M/20M"), "up/down of the plan");

    world.travel_to(day("2026-12-01"), 8, 0).await.unwrap();
    let november = ("2026-11-10…2026-11-30", 194_250);
    assert_eq!(totals(&world, house).await, expect(&[november]));
    world.travel_to(day("2026-12-21"), 0, 0).await.unwrap();
    assert!(!is_isolated(&world, house), "not a minute early");
    world.travel_to(day("2026-12-21"), 0, 30).await.unwrap();
    assert!(is_isolated(&world, house));
    assert_eq!(state(&world, house).await, SubscriptionState::Isolated);

    world.travel_to(day("2027-01-10"), 12, 0).await.unwrap();
    let december = ("2026-12-01…2026-12-31", 277_500);
    assert_eq!(totals(&world, house).await, expect(&[november, december]));
    assert_eq!(world.pay_all(house).await.unwrap(), Money::rupiah(471_750));
    assert!(!is_isolated(&world, house), "back within the hour of the payment");
    world.travel_to(day("2027-02-01"), 8, 0).await.unwrap();
    let january = ("2027-01-10…2027-01-31", 196_935);
    assert_eq!(totals(&world, house).await, expect(&[november, december, january]));
    assert_eq!(world.ask_invariants().await.unwrap(), []);
}

#[tokio::test]
async fn a_prepaid_customer_goes_online_with_each_payment() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = quiet_world(&folder).await;
    let plan = golden_plan(&mut world).await;
    world.travel_to(day("2026-11-10"), 10, 0).await.unwrap();
    let (house, order) = world.sell(plan, crm::Mode::Prepaid).await.unwrap();
    world.install(order).await.unwrap();
    assert_eq!(state(&world, house).await, SubscriptionState::Ready);
    assert!(is_isolated(&world, house), "online, but only as far as the pay page");
    assert_eq!(world.pay_all(house).await.unwrap(), Money::rupiah(194_250));
    assert_eq!(state(&world, house).await, SubscriptionState::Active);
    assert!(!is_isolated(&world, house));

    world.travel_to(day("2026-12-01"), 1, 30).await.unwrap();
    assert!(is_isolated(&world, house), "the paid days are over");
    world.travel_to(day("2026-12-05"), 9, 0).await.unwrap();
    assert_eq!(world.pay_all(house).await.unwrap(), Money::rupiah(277_500));
    assert!(!is_isolated(&world, house));
    world.travel_to(day("2027-01-01"), 8, 0).await.unwrap();
    assert_eq!(
        totals(&world, house).await,
        expect(&[
            ("2026-11-10…2026-11-30", 194_250),
            ("2026-12-01…2026-12-31", 277_500),
            ("2027-01-01…2027-01-31", 277_500),
        ])
    );
    assert_eq!(world.ask_invariants().await.unwrap(), []);
}
