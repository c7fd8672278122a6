//! Kenapa? Scripted cases: the cause *and* the sentence, on both databases.

use billing::words::{HoldKind, Mode, WithholdingKind};
use kernel::{Money, Scope, SubscriptionId, Ts};
use network::{RecordKind, RejectReason};
use store::testing::both;
use store::{Db, Tx};

use crate::world::{World, at, day};

async fn says(w: &World, sub: SubscriptionId, now: Ts, cause: &str, sentence: &str) {
    let why = w.why(sub, now).await;
    assert_eq!(why.cause, cause, "{why:#?}");
    assert!(why.say.id.contains(sentence), "{} does not say: {sentence}", why.say.id);
    assert!(!why.say.en.is_empty() && !why.remedy.id.is_empty());
    assert!(why.chain.iter().any(|l| l.step == "policy"));
}

#[tokio::test]
async fn not_installed_then_unpaid_then_a_promise_then_expired_then_paid() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        says(&w, sub, at("2026-11-10", 9, 1), "never_online", "belum pernah login").await;
        w.live_until("2026-12-01", "2026-12-21").await;
        let unpaid = at("2026-12-21", 9, 0);
        says(
            &w,
            sub,
            unpaid,
            "unpaid",
            "Tagihan November 2026 Rp 194.250, jatuh tempo 20 Des 2026, belum lunas.",
        )
        .await;
        w.write(unpaid, async |tx: &mut Tx| {
            billing::promise::make(tx, sub, day("2026-12-24")).await.map(drop)
        })
        .await;
        let kept = w.why(sub, at("2026-12-22", 9, 0)).await;
        assert_eq!(kept.condition, "offline", "open again, though the modem is off");
        w.live(at("2026-12-25", 0, 5)).await;
        says(&w, sub, at("2026-12-25", 9, 0), "promise_expired", "Janji bayar sampai").await;
        w.pay(customer, 194_250, at("2026-12-25", 10, 0)).await;
        w.report(sub, RecordKind::Start, at("2026-12-25", 10, 1), 0, 0).await;
        says(&w, sub, at("2026-12-25", 10, 2), "online", "Online sejak 25 Des 2026 10.01 WIB")
            .await;
    })
    .await;
}

#[tokio::test]
async fn paid_but_not_enforced_names_the_router_and_the_tries() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.report(sub, RecordKind::Start, at("2026-11-10", 9, 5), 0, 0).await;
        w.live_until("2026-12-01", "2026-12-21").await;
        w.report(sub, RecordKind::Interim, at("2026-12-21", 9, 0), 3_540_000, 1_000).await;
        w.pay(customer, 194_250, at("2026-12-21", 9, 1)).await;
        says(&w, sub, at("2026-12-21", 9, 2), "not_enforced", "router R1 belum menerapkannya")
            .await;
        // The router agrees: the line works, though its proof is the next report.
        let now = at("2026-12-21", 9, 3);
        let work = network::access::claim_unenforced(&db, now, 10).await.unwrap();
        let attempt = network::access::Attempt {
            session: work[0].targets[0].session.id,
            nas: work[0].targets[0].session.nas,
            how: network::access::AttemptHow::Change,
            answer: network::control::NasAnswer::Ack,
            sent_at: now,
            answered_at: now,
        };
        let version = work[0].access.version;
        let enforced = w
            .write(now, async |tx: &mut store::Tx| {
                let again = now.plus_secs(600);
                network::access::record_attempt(tx, sub, version, &attempt, again).await
            })
            .await;
        assert!(!enforced);
        says(&w, sub, now.plus_secs(60), "online", "Online sejak 10 Nov 2026").await;
    })
    .await;
}

#[tokio::test]
async fn rejects_are_named_mac_password_and_second_session() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (_, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        let account =
            network::account::of_subscription(&mut db.reader(), sub).await.unwrap().unwrap();
        for (n, (reason, cause, sentence)) in [
            (
                RejectReason::MacDiffers,
                "mac_differs",
                "Terlihat 02:00:00:00:00:01, terdaftar AA:BB:CC:00:00:01",
            ),
            (RejectReason::WrongPassword, "wrong_password", "Kata sandi salah"),
            (RejectReason::SecondSession, "second_session", "Sudah ada sesi aktif"),
        ]
        .into_iter()
        .enumerate()
        {
            let now = at("2026-11-10", 10, i8::try_from(n).unwrap());
            let is_mac = reason == RejectReason::MacDiffers;
            let seen = network::reject::RejectSeen {
                username: account.username.clone(),
                reason,
                nas: "R1".into(),
                nas_branch: None,
                account: Some(account.id),
                mac_seen: is_mac.then(|| network::Mac::parse("02:00:00:00:00:01").unwrap()),
                mac_expected: is_mac.then_some(w.mac),
                first_at: now,
                last_at: now,
                count: 1,
                detail: serde_json::json!({}),
            };
            w.write(now, async |tx: &mut Tx| {
                network::reject::record(tx, std::slice::from_ref(&seen)).await
            })
            .await;
            says(&w, sub, now.plus_secs(5), cause, sentence).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_silent_router_is_told_apart_from_a_modem_that_is_off() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (_, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.report(sub, RecordKind::Start, at("2026-11-10", 9, 5), 0, 0).await;
        w.write(at("2026-11-10", 11, 0), async |tx: &mut Tx| {
            network::session::mark_suspect(tx, 300).await
        })
        .await;
        says(&w, sub, at("2026-11-10", 11, 0), "nas_down", "Router R1 tidak memberi kabar").await;
        w.report(sub, RecordKind::Interim, at("2026-11-10", 11, 5), 7_200, 9).await;
        w.report(sub, RecordKind::Stop, at("2026-11-10", 11, 6), 7_260, 9).await;
        says(&w, sub, at("2026-11-10", 11, 7), "device_off", "Lost-Carrier").await;
    })
    .await;
}

#[tokio::test]
async fn quota_pause_manual_and_abuse_holds_each_have_their_own_words() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (_, sub) = w.installed(Mode::Postpaid, w.quota_plan, at("2026-11-10", 9, 0)).await;
        w.report(sub, RecordKind::Start, at("2026-11-10", 9, 5), 0, 0).await;
        w.report(sub, RecordKind::Interim, at("2026-11-10", 12, 5), 10_800, 7_000_000_000).await;
        says(
            &w,
            sub,
            at("2026-11-10", 12, 6),
            "quota_used",
            "Kuota 5,0 GiB habis (6,5 GiB terpakai)",
        )
        .await;
        let (_, sub) = w.installed_again(at("2026-11-10", 9, 0)).await;
        w.write(at("2026-11-11", 9, 0), async |tx: &mut Tx| {
            billing::hold::place(tx, sub, HoldKind::Manual, "alamat tidak jelas", None).await
        })
        .await;
        says(&w, sub, at("2026-11-11", 9, 1), "manual", "Diisolir manual: alamat tidak jelas.")
            .await;
        w.write(at("2026-11-11", 9, 2), async |tx: &mut Tx| {
            billing::hold::place(tx, sub, HoldKind::Abuse, "mengirim spam", None).await
        })
        .await;
        says(&w, sub, at("2026-11-11", 9, 3), "abuse", "penyalahgunaan: mengirim spam").await;
        w.write(at("2026-11-11", 9, 4), async |tx: &mut Tx| {
            billing::hold::release(tx, sub, HoldKind::Abuse).await?;
            billing::hold::release(tx, sub, HoldKind::Manual).await?;
            billing::subscription::pause(tx, sub, day("2026-11-11"), None).await.map(drop)
        })
        .await;
        says(&w, sub, at("2026-11-11", 9, 5), "paused", "sedang cuti").await;
    })
    .await;
}

#[tokio::test]
async fn first_payment_reversal_and_the_end_of_a_paid_period() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Prepaid, w.plan, at("2026-11-10", 9, 0)).await;
        says(&w, sub, at("2026-11-10", 9, 1), "first_payment", "Tagihan November 2026 Rp 194.250")
            .await;
        let payment = w.pay(customer, 194_250, at("2026-11-10", 10, 0)).await;
        says(&w, sub, at("2026-11-10", 10, 1), "never_online", "belum pernah login").await;
        w.write(at("2026-11-12", 9, 0), async |tx: &mut Tx| {
            billing::pay::reverse(tx, payment, "cek kosong").await
        })
        .await;
        w.live(at("2026-11-16", 0, 5)).await;
        says(&w, sub, at("2026-11-16", 9, 0), "reversal", "cek kosong").await;
    })
    .await;
}

#[tokio::test]
async fn a_terminated_subscription_says_so() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (_, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.write(at("2026-11-20", 9, 0), async |tx: &mut Tx| {
            billing::subscription::terminate(tx, sub, day("2026-11-20")).await
        })
        .await;
        w.live(at("2026-11-21", 0, 5)).await;
        says(&w, sub, at("2026-11-21", 9, 0), "terminated", "Langganan sudah berhenti").await;
    })
    .await;
}

#[tokio::test]
async fn the_amount_of_a_bill_is_explained_pro_rata_plan_change_pause_and_withholding() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.live(at("2026-12-01", 0, 1)).await;
        let explain = async |invoice| {
            flows::why::amount(&mut db.reader(), &Scope::all(), invoice).await.unwrap()
        };
        let november = w.open_invoice(sub).await;
        let answer = explain(november).await;
        assert_eq!((answer.cause, answer.total), ("pro_rata", Money::rupiah(194_250)));
        let sentence = "21 dari 30 hari × Rp 250.000 = Rp 175.000 + PPN Rp 19.250";
        assert!(answer.say.id.contains(sentence), "{}", answer.say.id);
        w.pay(customer, 194_250, at("2026-12-02", 9, 0)).await;
        w.write(at("2026-12-03", 9, 0), async |tx: &mut Tx| {
            billing::plan_change::request(tx, sub, w.big_plan, day("2026-12-16")).await.map(drop)
        })
        .await;
        w.live_until("2026-12-16", "2027-01-01").await;
        let december = explain(w.open_invoice(sub).await).await;
        assert_eq!(december.cause, "plan_change");
        assert!(december.say.id.contains("ganti paket di tengah periode"), "{}", december.say.id);
        assert_eq!(december.parts.len(), 2);
        w.write(at("2027-01-02", 9, 0), async |tx: &mut Tx| {
            let flags = billing::withholding::Withholds { pph23: true, wapu: false };
            billing::withhold::flag(tx, customer, flags).await
        })
        .await;
        let invoice = w.open_invoice(sub).await;
        let (base, total) = (december.base, december.total);
        let held = billing::withholding::most(WithholdingKind::Pph23, base, december.tax);
        w.pay(customer, (total - held).get(), at("2027-01-03", 9, 0)).await;
        let settled = explain(invoice).await;
        assert_eq!((settled.cause, settled.outstanding), ("withholding", Money::ZERO));
        assert!(settled.say.id.contains("dipotong pajak"), "{}", settled.say.id);
    })
    .await;
}

#[tokio::test]
async fn the_amount_of_a_month_with_a_pause_names_the_days_of_use() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.live(at("2026-12-01", 0, 1)).await;
        w.pay(customer, 194_250, at("2026-12-02", 9, 0)).await;
        w.write(at("2026-12-03", 9, 0), async |tx: &mut Tx| {
            let to = Some(day("2026-12-19"));
            billing::subscription::pause(tx, sub, day("2026-12-10"), to).await.map(drop)
        })
        .await;
        w.live_until("2026-12-10", "2027-01-01").await;
        let invoice = w.open_invoice(sub).await;
        let answer = flows::why::amount(&mut db.reader(), &Scope::all(), invoice).await.unwrap();
        assert_eq!((answer.cause, answer.total), ("pro_rata", Money::rupiah(187_984)));
        let sentence = "21 dari 31 hari × Rp 250.000 = Rp 169.355 + PPN Rp 18.629";
        assert!(answer.say.id.contains(sentence), "{}", answer.say.id);
    })
    .await;
}

impl World {
    /// Another customer with another modem.
    async fn installed_again(&self, now: Ts) -> (kernel::CustomerId, SubscriptionId) {
        let other = Self { mac: network::Mac::parse("AA:BB:CC:00:00:02").unwrap(), ..self.clone() };
        other.installed(Mode::Postpaid, self.plan, now).await
    }
}
