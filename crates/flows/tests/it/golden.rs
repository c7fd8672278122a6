//! The golden case that needs two rooms: a reseller's wallet.

use billing::ledger::Account::{
    Bank, CashDrawer, CommissionExpense, Receivable, Revenue, TaxPayable, Wallet,
};
use billing::ledger::{self, Account};
use billing::pay::NewPayment;
use billing::subscription::NewSubscription;
use billing::words::{Channel, Mode};
use kernel::{Money, Scope};
use partner::rule::{Occasion, Rule, RuleKind};
use store::testing::both;
use store::{Db, Tx};

use crate::world::{World, at, day};

async fn trial(db: &Db) -> Vec<(Account, i64)> {
    let all = ledger::trial_balance(&mut db.reader(), None, None, None).await.unwrap();
    all.iter().map(|b| (b.account, b.net().get())).filter(|(_, net)| *net != 0).collect()
}

/// *Golden*: the wallet pays 277,500 with 252,500; the next one is paid to the ISP and yields 25,000.
#[tokio::test]
async fn a_wallet_pays_net_and_a_customer_paying_the_isp_yields_the_commission() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (branch, plan) = (w.branch, w.plan);
        let (partner, customer, sub) = w
            .write(at("2026-06-01", 9, 0), async move |tx: &mut Tx| {
                let new = partner::reseller::NewReseller {
                    code: "MTR1".into(),
                    name: "Mitra Satu".into(),
                    phone: kernel::Phone::parse("081234567899").unwrap(),
                    branch,
                    upline: None,
                    upline_share_bp: 0,
                };
                let partner = partner::reseller::add(tx, &new).await?;
                let rule = Rule {
                    plan_id: None,
                    kind: RuleKind::Percent,
                    amount: 1_000,
                    occasion: Occasion::Recurring,
                    from_on: day("2026-01-01"),
                };
                partner::rule::add(tx, partner, &rule).await?;
                let new = crm::customer::NewCustomer::new("Budi Santoso", "081234567890", branch);
                let customer = crm::customer::create(tx, new).await?.id;
                let new = NewSubscription {
                    partner: Some(partner),
                    install_fee: Some(Money::ZERO),
                    ..NewSubscription::of(customer, branch, plan, Mode::Postpaid)
                };
                let sub = billing::subscription::create(tx, new).await?;
                billing::subscription::installed(tx, sub).await?;
                let amount = Money::rupiah(300_000);
                flows::wallet::top_up(tx, partner, amount, &Channel::Transfer, "T-1").await?;
                Ok((partner, customer, sub))
            })
            .await;
        flows::tasks::run_day(&db, &at("2026-07-01", 0, 0)).await.unwrap();
        assert_eq!(
            trial(&db).await,
            [
                (Bank, 300_000),
                (Receivable, 277_500),
                (TaxPayable, -27_500),
                (Wallet, -300_000),
                (Revenue, -250_000),
            ]
        );
        let invoice = w.open_invoice(sub).await;
        let paid = w
            .write(at("2026-07-02", 9, 0), async move |tx: &mut Tx| {
                flows::wallet::pay_invoice(tx, partner, invoice, None).await
            })
            .await;
        let sums = (paid.net.get(), paid.commission.get(), paid.wallet.balance.get());
        assert_eq!(sums, (252_500, 25_000, 47_500));
        assert_eq!(
            trial(&db).await,
            [
                (Bank, 300_000),
                (TaxPayable, -27_500),
                (Wallet, -47_500),
                (Revenue, -250_000),
                (CommissionExpense, 25_000),
            ]
        );
        flows::tasks::run_day(&db, &at("2026-08-01", 0, 0)).await.unwrap();
        w.write(at("2026-08-02", 9, 0), async move |tx: &mut Tx| {
            let new = NewPayment {
                customer,
                channel: Channel::Cash,
                reference: None,
                amount: Money::rupiah(277_500),
                named_invoice: None,
                received_at: tx.now(),
                note: None,
            };
            billing::pay::receive(tx, new).await.map(drop)
        })
        .await;
        assert_eq!(
            trial(&db).await,
            [
                (CashDrawer, 277_500),
                (Bank, 300_000),
                (TaxPayable, -55_000),
                (Wallet, -72_500),
                (Revenue, -500_000),
                (CommissionExpense, 50_000),
            ]
        );
        let wallet = partner::wallet::of(&mut db.reader(), &Scope::all(), partner).await.unwrap();
        assert_eq!(wallet.balance.get(), 72_500);
    })
    .await;
}
