//! Bank statements: each line once, matched to what is known or told whose it is.

use billing::bank::statement::{Line, guess, read};
use billing::bank::{self, Assigned, BankLine, Imported, LineState};
use billing::cash;
use billing::ledger::{Account, Entry, EntryKind};
use billing::pay::{self, NewPayment};
use billing::words::{Channel, Mode, PaymentState};
use kernel::{CustomerId, Fault, PaymentId, Result, Scope, SubscriptionId};
use store::Tx;
use uuid::Uuid;

use crate::world::{World, home, rp, story};

fn lines(text: &str) -> (bank::statement::Columns, Vec<Line>) {
    let rows: Vec<Vec<String>> =
        text.lines().map(|l| l.split(';').map(str::to_owned).collect()).collect();
    let columns = guess(&rows, 2026).unwrap();
    let lines = read(&rows, &columns).0;
    (columns, lines)
}

async fn import(w: &mut World, text: &str) -> Imported {
    let (columns, lines) = lines(&format!("Tanggal;Keterangan;Jumlah\n{text}"));
    w.write(async |tx| bank::import(tx, "BCA 123", "mutasi.csv", &columns, &lines).await).await
}

async fn all(w: &World) -> Vec<BankLine> {
    bank::lines(&mut w.db.reader(), None, None, 100).await.unwrap()
}

/// The line that says this.
async fn line(w: &World, text: &str) -> BankLine {
    all(w).await.into_iter().find(|l| l.text.contains(text)).unwrap()
}

async fn transfer(w: &mut World, customer: CustomerId, reference: &str, waits: bool) -> PaymentId {
    let new = NewPayment {
        customer,
        channel: Channel::Transfer,
        reference: Some(reference.into()),
        amount: rp(277_500),
        named_invoice: None,
        received_at: w.now,
        note: None,
    };
    w.write(async |tx: &mut Tx| {
        if waits {
            return pay::wait(tx, new.clone()).await;
        }
        Ok(pay::receive(tx, new.clone()).await?.payment.id)
    })
    .await
}

async fn customer(w: &World, sub: SubscriptionId) -> CustomerId {
    w.sub(sub).await.customer_id
}

async fn net(w: &World, account: Account) -> i64 {
    w.trial().await.iter().find(|(a, _)| *a == account).map_or(0, |(_, net)| *net)
}

fn code<T>(done: Result<T>) -> &'static str {
    done.map_or_else(|fault: Fault| fault.code, |_| "done")
}

#[tokio::test]
async fn importing_the_same_rows_again_doubles_nothing() {
    story(async |w| {
        let morning = "01/05/2026;SETOR TUNAI;50.000\n01/05/2026;SETOR TUNAI;50.000\n01/05/2026;BIAYA ADM;-5.000";
        let first = import(w, morning).await;
        assert_eq!((first.new, first.known, first.out, first.open), (3, 0, 1, 2));
        assert_eq!(first.open_sum, rp(100_000));
        let second = import(w, morning).await;
        assert_eq!((second.new, second.known), (0, 3));
        let evening = import(w, &format!("{morning}\n01/05/2026;SETOR TUNAI;50.000")).await;
        assert_eq!((evening.new, evening.known), (1, 3));
        assert_eq!(all(w).await.len(), 4);
        assert_eq!(bank::waiting(&mut w.db.reader()).await.unwrap(), (3, rp(150_000)));
        let accounts = bank::accounts(&mut w.db.reader()).await.unwrap();
        assert_eq!((accounts.len(), accounts[0].lines, accounts[0].open), (1, 4, 3));
        // Counting waits for a person: nothing is in the books.
        assert_eq!(net(w, Account::Bank).await, 0);
        let page = bank::lines(&mut w.db.reader(), Some(LineState::Open), None, 1).await.unwrap();
        let after = Some((page[0].on_day, page[0].id));
        let rest = bank::lines(&mut w.db.reader(), Some(LineState::Open), after, 9).await.unwrap();
        assert_eq!(rest.len(), 2);
        assert!(rest.iter().all(|l| l.id < page[0].id));
    })
    .await;
}

#[tokio::test]
async fn a_line_that_names_a_recorded_transfer_is_matched_to_it_once() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let who = customer(w, sub).await;
        let payment = transfer(w, who, "FTSCY/WS95031", false).await;
        let done = import(w, "01/05/2026;TRSF FTSCY WS95031 BUDI;277.500\n02/05/2026;TRSF FTSCY WS95031 LAGI;277.500").await;
        assert_eq!((done.matched, done.open), (1, 1));
        let found = line(w, "BUDI").await;
        assert_eq!((found.state, found.payment_id), (LineState::Matched, Some(payment)));
        assert!(found.receipt_number.is_some());
        let other = line(w, "LAGI").await.id;
        let again = w.try_write(async |tx| bank::match_payment(tx, other, payment).await).await;
        assert_eq!(code(again), "billing.bank_other_money");
        assert_eq!(net(w, Account::Bank).await, 277_500);
    })
    .await;
}

#[tokio::test]
async fn a_noted_transfer_is_settled_by_the_line_that_it_is_matched_to() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let who = customer(w, sub).await;
        let payment = transfer(w, who, "TRF-1", true).await;
        import(w, "01/05/2026;TRANSFER TANPA NAMA;277.500").await;
        let id = line(w, "TANPA").await.id;
        w.write(async |tx| bank::match_payment(tx, id, payment).await).await;
        let paid = pay::find(&mut w.db.reader(), &Scope::all(), payment).await.unwrap();
        assert_eq!(paid.state, PaymentState::Settled);
        assert_eq!(line(w, "TANPA").await.state, LineState::Matched);
        assert_eq!(net(w, Account::Bank).await, 277_500);
    })
    .await;
}

#[tokio::test]
async fn a_line_is_assigned_once_and_counts_for_its_customer() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let who = customer(w, sub).await;
        import(w, "01/05/2026;TRSF BUDI;277.500\n01/05/2026;MODAL PEMILIK;9.000.000").await;
        let id = line(w, "BUDI").await.id;
        let what = Assigned { customer: who, invoice: None, another: false };
        let receipt = w.write(async |tx| bank::assign(tx, id, &what).await).await;
        assert_eq!(receipt.payment.channel, "transfer");
        let again = w.try_write(async |tx| bank::assign(tx, id, &what).await).await;
        assert_eq!(code(again), "billing.bank_line_decided");
        assert_eq!(net(w, Account::Bank).await, 277_500);
        let nobody = line(w, "MODAL").await.id;
        let silent = w.try_write(async |tx| bank::not_ours(tx, nobody, " ").await).await;
        assert_eq!(silent.unwrap_err().fields[0].name, "why");
        w.write(async |tx| bank::not_ours(tx, nobody, "setoran modal").await).await;
        assert_eq!(bank::waiting(&mut w.db.reader()).await.unwrap().0, 0);
        // A decision without money is taken back; money is reversed first.
        w.write(async |tx| bank::reopen(tx, nobody).await).await;
        assert_eq!(line(w, "MODAL").await.state, LineState::Open);
        let early = w.try_write(async |tx| bank::reopen(tx, id).await).await;
        assert_eq!(code(early), "billing.bank_line_final");
        let payment = receipt.payment.id;
        w.write(async |tx| pay::reverse(tx, payment, "salah orang").await).await;
        w.write(async |tx| bank::reopen(tx, id).await).await;
        assert_eq!(line(w, "BUDI").await.payment_id, None);
    })
    .await;
}

#[tokio::test]
async fn money_that_was_recorded_at_the_counter_is_not_counted_again_by_its_line() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let who = customer(w, sub).await;
        transfer(w, who, "bukti WA", false).await;
        import(w, "02/05/2026;TRSF BUDI;277.500").await;
        let id = line(w, "BUDI").await.id;
        let assign = async |w: &mut World, another: bool| {
            let what = Assigned { customer: who, invoice: None, another };
            w.try_write(async |tx| bank::assign(tx, id, &what).await).await
        };
        assert_eq!(code(assign(w, false).await), "billing.bank_already_recorded");
        assert_eq!(net(w, Account::Bank).await, 277_500);
        assert_eq!(code(assign(w, true).await), "done");
        assert_eq!(net(w, Account::Bank).await, 555_000);
    })
    .await;
}

#[tokio::test]
async fn a_gateways_payout_empties_its_clearing_and_the_rest_is_its_fee() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let who = customer(w, sub).await;
        let new = NewPayment {
            customer: who,
            channel: Channel::Gateway("simulated".into()),
            reference: Some("G-1".into()),
            amount: rp(277_500),
            named_invoice: None,
            received_at: w.now,
            note: None,
        };
        w.pay_with(new).await;
        import(w, "02/05/2026;SETTLEMENT GATEWAY;273.500").await;
        let id = line(w, "SETTLEMENT").await.id;
        assert_eq!(bank::in_clearing(&mut w.db.reader()).await.unwrap(), rp(277_500));
        let settle = async |w: &mut World, gross: i64| {
            w.try_write(async |tx| bank::settle_gateway(tx, id, rp(gross)).await).await
        };
        assert_eq!(settle(w, 277_501).await.unwrap_err().fields[0].name, "gross");
        assert_eq!(code(settle(w, 277_500).await), "done");
        assert_eq!(code(settle(w, 277_500).await), "billing.bank_line_decided");
        assert_eq!(net(w, Account::GatewayClearing).await, 0);
        assert_eq!(
            (net(w, Account::Bank).await, net(w, Account::GatewayFee).await),
            (273_500, 4_000)
        );
    })
    .await;
}

#[tokio::test]
async fn cash_from_the_safe_that_a_line_shows_leaves_the_safe() {
    story(async |w| {
        let branch = w.branch;
        let filled = async |tx: &mut Tx| {
            let entry = Entry::new(EntryKind::Transfer, Uuid::nil(), branch)
                .dr(Account::CashSafe, rp(500_000))
                .cr(Account::OpeningBalance, rp(500_000));
            billing::ledger::post(tx, entry).await
        };
        w.write(filled).await;
        import(w, "02/05/2026;SETOR TUNAI;400.000\n02/05/2026;SETOR TUNAI LAGI;400.000").await;
        let id = line(w, "SETOR TUNAI").await.id;
        let (first, second) = (id, line(w, "LAGI").await.id);
        let (first, second) = if first == second {
            (all(w).await.into_iter().find(|l| l.id != second).unwrap().id, second)
        } else {
            (first, second)
        };
        w.write(async |tx| bank::deposit(tx, first, branch).await).await;
        let much = w.try_write(async |tx| bank::deposit(tx, second, branch).await).await;
        assert_eq!(code(much), "billing.safe_short");
        assert_eq!(cash::in_safe(&mut w.db.reader(), branch).await.unwrap(), rp(100_000));
    })
    .await;
}
