//! Every use-case that moves money, raced against itself.

use billing::credit::{self, CreditWhat};
use billing::gateway::{Notice, RemotePayment};
use billing::intent::{self, IntentFor};
use billing::pay::{self, NewPayment};
use billing::words::{Channel, Mode, NoticeState, RemoteState, SubscriptionState};
use billing::{issue, notice, refund, subscription};
use kernel::{Cause, Result, Zone};
use store::testing::race;
use store::{Db, QueryExt, Tx};

use crate::world::{World, day, home, rp, story};

async fn count(w: &World, table: &str) -> i64 {
    w.db.reader().value(&format!("select count(*) from {table}"), vec![]).await.unwrap()
}

async fn receive(db: &Db, cause: &Cause, new: &NewPayment) -> Result<pay::Receipt> {
    db.write(cause, async |tx: &mut Tx| pay::receive(tx, new.clone()).await).await
}

#[tokio::test]
async fn one_payment_received_twice_at_once_counts_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        let new = NewPayment {
            customer: w.sub(sub).await.customer_id,
            channel: Channel::Gateway("simulated".into()),
            reference: Some("P-1".into()),
            amount: rp(277_500),
            named_invoice: None,
            received_at: w.now,
            note: None,
        };
        let cause = w.cause();
        let (a, b) = race(|_| {
            let (db, cause, new) = (w.db.clone(), cause.clone(), new.clone());
            async move { receive(&db, &cause, &new).await }
        })
        .await;
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_ne!(a.repeated, b.repeated);
        assert_eq!(count(w, "billing_payment").await, 1);
    })
    .await;
}

#[tokio::test]
async fn two_cashiers_who_settle_one_invoice_leave_credit() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let cause = w.cause();
        race(|n| {
            let (db, cause) = (w.db.clone(), cause.clone());
            async move {
                let new = NewPayment {
                    customer,
                    channel: Channel::Transfer,
                    reference: Some(format!("T-{n}")),
                    amount: rp(277_500),
                    named_invoice: None,
                    received_at: cause.now,
                    note: None,
                };
                receive(&db, &cause, &new).await.unwrap()
            }
        })
        .await;
        assert_eq!(w.invoices(sub).await[0].4, 0);
        assert_eq!(pay::credit_of(&mut w.db.reader(), customer).await.unwrap(), rp(277_500));
    })
    .await;
}

#[tokio::test]
async fn two_runs_at_once_issue_everything_once() {
    story(async |w: &mut World| {
        for hour in 0..9 {
            let mode = if hour % 3 == 0 { Mode::Prepaid } else { Mode::Postpaid };
            w.at("2026-06-10", hour).install(home(), mode).await;
        }
        w.at("2026-07-01", 0);
        let (cause, on) = (w.cause(), w.now.day(Zone::Jakarta));
        let (a, b) = race(|_| {
            let (db, cause) = (w.db.clone(), cause.clone());
            async move { issue::run_in_chunks(&db, &cause.now, &cause, on, 2).await.unwrap() }
        })
        .await;
        assert!(a.failed.is_empty() && b.failed.is_empty(), "{:?} {:?}", a.failed, b.failed);
        let live: i64 =
            w.db.reader()
                .value(
                    "select count(*) from billing_invoice where live and issued_on = $1",
                    store::args![on],
                )
                .await
                .unwrap();
        assert_eq!(live, 9);
    })
    .await;
}

#[tokio::test]
async fn a_payment_during_the_run_is_never_left_beside_an_open_invoice() {
    story(async |w: &mut World| {
        let mut subs = Vec::new();
        for hour in 0..6 {
            subs.push(w.at("2026-06-01", hour).install(home(), Mode::Postpaid).await);
        }
        w.at("2026-07-01", 0);
        let (cause, on) = (w.cause(), w.now.day(Zone::Jakarta));
        let customer = w.sub(subs[5]).await.customer_id;
        race(|n| {
            let (db, cause) = (w.db.clone(), cause.clone());
            async move {
                if n == 0 {
                    issue::run_in_chunks(&db, &cause.now, &cause, on, 6).await.map(drop)
                } else {
                    let new = NewPayment {
                        customer,
                        channel: Channel::Cash,
                        reference: None,
                        amount: rp(277_500),
                        named_invoice: None,
                        received_at: cause.now,
                        note: None,
                    };
                    receive(&db, &cause, &new).await.map(drop)
                }
                .unwrap();
            }
        })
        .await;
        assert_eq!(w.invoices(subs[5]).await[0].4, 0);
        assert_eq!(pay::credit_of(&mut w.db.reader(), customer).await.unwrap(), rp(0));
    })
    .await;
}

#[tokio::test]
async fn an_installation_reported_twice_at_once_begins_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).subscribe(home(), Mode::Prepaid).await;
        let cause = w.cause();
        race(|_| {
            let (db, cause) = (w.db.clone(), cause.clone());
            async move {
                db.write(&cause, async |tx: &mut Tx| subscription::installed(tx, sub).await)
                    .await
                    .unwrap();
            }
        })
        .await;
        assert_eq!(w.invoices(sub).await.len(), 1);
        assert_eq!(w.sub(sub).await.state, SubscriptionState::Ready);
    })
    .await;
}

#[tokio::test]
async fn a_reversal_a_credit_and_a_refund_happen_once() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let first = w.pay(sub, 277_500).await.payment.id;
        let cause = w.cause();
        race(|_| {
            let (db, cause) = (w.db.clone(), cause.clone());
            async move {
                db.write(&cause, async |tx: &mut Tx| pay::reverse(tx, first, "x").await)
                    .await
                    .unwrap();
            }
        })
        .await;
        w.must_be_sound().await;
        w.pay(sub, 277_500).await;
        let invoice = w.newest(sub).await;
        let (a, b) = race(|_| {
            let (db, cause) = (w.db.clone(), cause.clone());
            async move {
                let what = CreditWhat::Full;
                db.write(&cause, async |tx: &mut Tx| credit::issue(tx, invoice, &what, "x").await)
                    .await
            }
        })
        .await;
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
        let (a, b) = race(|_| {
            let (db, cause) = (w.db.clone(), cause.clone());
            async move {
                let channel = Channel::Cash;
                db.write(&cause, async |tx: &mut Tx| {
                    refund::refund(tx, customer, rp(277_500), &channel, "x").await
                })
                .await
            }
        })
        .await;
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
        assert_eq!(count(w, "billing_refund").await, 1);
    })
    .await;
}

#[tokio::test]
async fn one_notice_counted_twice_at_once_is_one_payment() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        let what = IntentFor::Invoice(w.newest(sub).await);
        let intent = w.write(async |tx| intent::open(tx, &what, "simulated", 600).await).await;
        let told = Notice {
            notice_id: "N-1".into(),
            payment: RemotePayment {
                intent_reference: intent.reference,
                payment_reference: "P-1".into(),
                amount: rp(277_500),
                state: RemoteState::Settled,
                paid_at: w.now,
            },
            conclusive: true,
        };
        let cause = w.cause();
        race(|_| {
            let (db, cause, told) = (w.db.clone(), cause.clone(), told.clone());
            async move {
                let id = db
                    .write(&cause, async |tx: &mut Tx| {
                        Ok(notice::record(tx, "simulated", &told, b"raw").await?.id)
                    })
                    .await
                    .unwrap();
                db.write(&cause, async |tx: &mut Tx| notice::count(tx, id, None).await)
                    .await
                    .unwrap();
            }
        })
        .await;
        assert_eq!((count(w, "billing_notice").await, count(w, "billing_payment").await), (1, 1));
        assert_eq!(w.sub(sub).await.activated_on, Some(day("2026-06-01")));
    })
    .await;
}

#[tokio::test]
async fn a_notice_that_two_workers_count_at_once_keeps_its_payment() {
    story(async |w: &mut World| {
        for n in 0..8 {
            let sub = w.at("2026-11-10", n).install(home(), Mode::Prepaid).await;
            let what = IntentFor::Invoice(w.newest(sub).await);
            let intent =
                w.write(async |tx| intent::open(tx, &what, "simulated", 1_800).await).await;
            let payment = RemotePayment {
                intent_reference: intent.reference.clone(),
                payment_reference: format!("PAY-{n}"),
                amount: intent.amount,
                state: RemoteState::Settled,
                paid_at: w.now,
            };
            let told = Notice { notice_id: format!("N-{n}"), payment, conclusive: true };
            let id =
                w.write(async |tx| notice::record(tx, "simulated", &told, b"{}").await).await.id;
            let cause = w.cause();
            let (a, b) = race(|_| {
                let (db, cause) = (w.db.clone(), cause.clone());
                async move {
                    db.write(&cause, async |tx: &mut Tx| notice::count(tx, id, None).await)
                        .await
                        .unwrap()
                }
            })
            .await;
            assert_eq!((a, b), (NoticeState::Counted, NoticeState::Counted));
            let row = notice::find(&mut w.db.reader(), id).await.unwrap();
            assert!(row.payment_id.is_some(), "its money can be found from it");
        }
    })
    .await;
}
