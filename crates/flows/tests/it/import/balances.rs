//! Debts and credits of the books before.

use billing::words::{Channel, InvoiceKind};
use flows::import::Kind;
use flows::import::switches::{self, Switch};
use kernel::Money;
use store::testing::{both, cause, now};
use store::{Db, QueryExt, Tx, args};

use super::shop::{ACCOUNTS, CUSTOMERS, PLANS, all_is_well, go, import, isp, one};

const BALANCES: &str = "\
no tagihan;pelanggan;jumlah;jenis;akun;jatuh tempo;isolir;keterangan
OLD-1;P1;Rp277.500;tagihan;L1;20/11/2026;ya;Oktober 2026
OLD-2;P2;100.000;;;;;
OLD-3;P3;-50000;;;;;
OLD-4;P4;1.000.000;kredit;;;;titipan
OLD-5;P4;400000;hutang;;;;
";

async fn with_balances(db: &Db) {
    isp(db).await;
    import(db, Kind::Plans, PLANS).await;
    import(db, Kind::Customers, CUSTOMERS).await;
    import(db, Kind::Accounts, ACCOUNTS).await;
    let report = import(db, Kind::Balances, BALANCES).await;
    assert_eq!((report.problems.as_slice(), report.created), ([].as_slice(), 5));
}

#[tokio::test]
async fn opening_debts_and_credits_stand_in_the_ledger_and_meet_each_other() {
    both(&flows::schema(), async |db| {
        with_balances(&db).await;
        all_is_well(&db, now()).await;
        let invoices: Vec<(String, InvoiceKind, Money, Money)> = db
            .reader()
            .rows(
                "select c.external_id, i.kind, i.total, i.total - i.paid
                 from billing_invoice i join crm_customer c on c.id = i.customer_id
                 order by c.external_id",
                args![],
            )
            .await
            .unwrap();
        let text: Vec<String> = invoices
            .iter()
            .map(|(who, kind, total, left)| format!("{who} {kind} {} {}", total.get(), left.get()))
            .collect();
        assert_eq!(
            text,
            ["P1 one_off 277500 277500", "P2 one_off 100000 100000", "P4 one_off 400000 0"]
        );
        let credit: Vec<(String, Money)> = db
            .reader()
            .rows(
                "select c.external_id, p.amount - p.allocated from billing_payment p
                 join crm_customer c on c.id = p.customer_id where p.channel = $1
                 order by c.external_id",
                args![Channel::Opening.to_string()],
            )
            .await
            .unwrap();
        let credit: Vec<(&str, i64)> = credit.iter().map(|(w, m)| (w.as_str(), m.get())).collect();
        assert_eq!(credit, [("P3", 50_000), ("P4", 600_000)]);
        // No income and no tax: the other side is the opening balance.
        let balance =
            billing::ledger::trial_balance(&mut db.reader(), None, None, None).await.unwrap();
        let net = |account: &str| {
            let found = balance.iter().find(|b| b.account.as_str() == account);
            found.map_or(0, |b| b.net().get())
        };
        let account = |a: billing::ledger::Account| net(a.as_str());
        use billing::ledger::Account::{
            CustomerCredit, OpeningBalance, Receivable, Revenue, TaxPayable,
        };
        assert_eq!(account(Receivable), 377_500);
        assert_eq!(account(CustomerCredit), -650_000);
        assert_eq!(account(OpeningBalance), -(377_500 + 400_000) + 1_050_000);
        assert_eq!((account(Revenue), account(TaxPayable)), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_balance_counts_once_and_is_not_changed_by_another_file() {
    both(&flows::schema(), async |db| {
        with_balances(&db).await;
        let again = import(&db, Kind::Balances, BALANCES).await;
        assert_eq!((again.created, again.skipped), (0, 5));
        assert_eq!(one::<i64>(&db, "select count(*) from billing_invoice").await, 3);
        let other = import(&db, Kind::Balances, "id;pelanggan;saldo\nOLD-1;P1;1\n").await;
        assert!(!other.applied);
        assert!(other.problems[0].en.contains("imported with other contents"));
        let wrong = "pelanggan;saldo;jenis;akun;isolir\nP1;0;;;\nP9;5;;;\nP1;-5;hutang;;\nP1;5;;L2;\nP1;5;;;ya\n";
        let report = import(&db, Kind::Balances, wrong).await;
        let rows: Vec<usize> = report.problems.iter().map(|p| p.row).collect();
        assert_eq!(report.refused, 5, "{:?}", report.problems);
        assert!([2, 3, 4, 5, 6].iter().all(|row| rows.contains(row)), "{rows:?}");
    })
    .await;
}

#[tokio::test]
async fn an_old_debt_isolates_only_once_isolation_is_on() {
    both(&flows::schema(), async |db| {
        with_balances(&db).await;
        let later = now().plus_days(2);
        go(&db, later).await;
        let isolated = "select count(*) from network_access where desired = 'isolated'";
        assert_eq!(one::<i64>(&db, isolated).await, 0);
        assert_eq!(one::<i64>(&db, "select count(*) from notification_message").await, 0);
        for switch in [Switch::Messages, Switch::Isolation] {
            db.write(&cause(later), async |tx: &mut Tx| switches::set(tx, switch, true).await)
                .await
                .unwrap();
        }
        go(&db, later).await;
        let mut who: Vec<String> = db
            .reader()
            .values(
                "select s.external_id from network_access a
                 join billing_subscription s on s.id = a.subscription_id
                 where a.desired = 'isolated'",
                args![],
            )
            .await
            .unwrap();
        who.sort();
        // Budi by his old debt; Eko because his prepaid days were over before he came.
        assert_eq!(who, ["L1", "L5"]);
        let old_news: i64 = one(
            &db,
            "select count(*) from notification_message where template in ('invoice_issued', 'payment_received')",
        )
        .await;
        assert_eq!(old_news, 0, "nobody is told of the import afterwards");
    })
    .await;
}
