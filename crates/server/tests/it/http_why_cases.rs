//! "Kenapa?" through the API: for each cause the code and the sentence that is said, and that nothing in
//! the chain says otherwise; who may not see invoices hears no amounts.

use billing::words::HoldKind;
use crm::Mode;
use identity::Role;
use kernel::{Day, PlanId, SubscriptionId, Ts, UserId, Zone};
use network::{RecordKind, RejectReason};
use serde_json::{Value, json};
use store::testing::cause;
use store::{QueryExt, Tx, args};

use crate::isp::{call, client, get, made, parsed, refusal};
use crate::street::{Home, Street, pay};
use crate::world::{self, World};

fn trail(n: u8) -> kernel::TrailId {
    format!("0193a9d0-0000-4000-8000-0000000000{n:02x}").parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Somebody who asks, again and again over the weeks.
struct Asker<'a> {
    world: &'a World,
    sales: UserId,
    noc: UserId,
}

impl Asker<'_> {
    async fn says(&self, subscription: SubscriptionId, code: &str, sentence: &str) {
        let path = format!("/api/v1/why/{subscription}");
        let sales = self.world.session(self.sales).await;
        let why = get(self.world, &sales, &path).await;
        assert_eq!(why["code"], code, "{why}");
        assert_eq!(why["sentence"], why["say"]);
        let said = why["sentence"].as_str().unwrap();
        assert!(said.contains(sentence), "{code}: {said} does not say {sentence}");
        let steps = why["steps"].as_array().unwrap();
        let blamed: Vec<&str> = steps
            .iter()
            .filter(|step| step["ok"] == false)
            .map(|step| step["kind"].as_str().unwrap())
            .collect();
        assert!(steps.iter().all(|step| (step["state"] == "cause") == (step["ok"] == false)));
        match code {
            "online" | "never_online" => assert!(blamed.is_empty(), "{why}"),
            "device_off" | "nas_down" => assert_eq!(blamed, ["session"], "{why}"),
            "not_enforced" => assert_eq!(blamed, ["enforced"], "{why}"),
            "mac_differs" | "wrong_password" | "second_session" => {
                assert_eq!(blamed, ["reject"], "{why}");
            }
            "not_installed" => assert_eq!(blamed, ["desired", "work_order"], "{why}"),
            "reversal" => assert_eq!(blamed, ["invoice", "payment", "desired"], "{why}"),
            "unpaid" | "promise_expired" => assert_eq!(blamed, ["invoice", "desired"], "{why}"),
            "first_payment" => assert!(blamed.contains(&"desired"), "{why}"),
            _ => assert_eq!(blamed, ["desired"], "{why}"),
        }
        // NOC is told the same cause, but no money.
        let noc = self.world.session(self.noc).await;
        let technical = get(self.world, &noc, &path).await;
        assert_eq!(technical["code"], code);
        let text = technical.to_string();
        assert!(!text.contains("Rp") && !text.contains("outstanding"), "{text}");
        let money = |step: &Value| step["kind"] == "invoice" || step["kind"] == "payment";
        assert!(!technical["steps"].as_array().unwrap().iter().any(money), "{text}");
    }
}

async fn write<F>(world: &World, at: Ts, work: F)
where
    F: AsyncFnOnce(&mut Tx) -> kernel::Result<()> + Clone,
{
    world.db.write(&cause(at), work).await.unwrap();
}

async fn refused(world: &World, home: &Home, reason: RejectReason) {
    let at = world.now();
    let is_mac = reason == RejectReason::MacDiffers;
    let seen = network::reject::RejectSeen {
        username: home.username.clone(),
        reason,
        nas: "BRAS-1".into(),
        nas_branch: None,
        account: Some(home.account),
        mac_seen: is_mac.then(|| network::Mac::parse("02:00:00:00:00:01").unwrap()),
        mac_expected: is_mac.then_some(home.mac),
        first_at: at,
        last_at: at,
        count: 1,
        detail: json!({}),
    };
    write(world, at, async |tx: &mut Tx| {
        network::reject::record(tx, std::slice::from_ref(&seen)).await
    })
    .await;
}

/// Another plan for one home: what it has is used up soon.
async fn small_quota(world: &World, street: &Street, home: &Home) {
    let profile = get(world, &street.owner, "/api/v1/profiles").await;
    let profiles = profile["items"].as_array().unwrap();
    let profile = profiles.iter().find(|p| p["code"] == "20M").unwrap()["id"].clone();
    let body = json!({ "code": "KUOTA", "name": "Kuota", "tax": "exclusive", "price": 150_000,
        "prepaid_allowed": true, "postpaid_allowed": true, "profile_id": profile,
        "quota_bytes": 1_073_741_824 });
    let plan: PlanId =
        parsed(&made(call(world, &street.owner, "post", "/api/v1/plans", &body).await));
    let subscription = home.subscription;
    write(world, world.now(), async |tx: &mut Tx| {
        let sql = "update billing_subscription set plan_id = $1 where id = $2";
        tx.exec(sql, args![plan, subscription]).await?;
        flows::access::roll_quota(tx, subscription).await
    })
    .await;
    street.report(world, home, RecordKind::Start, "q1", 0).await;
    street.report(world, home, RecordKind::Interim, "q1", 1_000_000).await;
}

#[tokio::test]
async fn every_cause_is_said_as_it_is_and_noc_hears_no_amounts() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let branch = street.isp.jakarta;
        let (sales, _) = client(&world, "tanya", Role::Sales, Some(branch), None).await;
        let (noc, _) = client(&world, "teknis", Role::Noc, Some(branch), None).await;
        let asker = Asker { world: &world, sales, noc };
        let connect =
            async |name: &str, mode: Mode| street.connect(&world, name, mode, branch, None).await;

        // The first day.
        let new = json!({ "name": "Baru", "phone": "0812-7777-7777", "mode": "postpaid",
                          "plan_id": street.isp.plan, "address": "Jl. Baru 1" });
        let new = made(call(&world, &street.sales, "post", "/api/v1/leads", &new).await);
        let path = format!("/api/v1/leads/{}/convert", new.as_str().unwrap());
        let convert = json!({ "outside_coverage": true });
        let sold = call(&world, &street.sales, "post", &path, &convert).await.json();
        let sub: SubscriptionId = parsed(&sold["subscription_id"]);
        asker.says(sub, "not_installed", "Perangkat belum dipasang; SPK SPK0").await;
        let idle = connect("Idle", Mode::Postpaid).await;
        asker.says(idle.subscription, "never_online", "belum pernah login").await;
        let unpaid = connect("Prabayar", Mode::Prepaid).await;
        asker.says(unpaid.subscription, "first_payment", "Tagihan November 2026 Rp ").await;
        let dialled = connect("Online", Mode::Postpaid).await;
        street.report(&world, &dialled, RecordKind::Start, "s1", 0).await;
        asker.says(dialled.subscription, "online", "Online sejak 22 Nov 2026").await;
        let off = connect("Padam", Mode::Postpaid).await;
        street.report(&world, &off, RecordKind::Start, "s2", 0).await;
        street.report(&world, &off, RecordKind::Stop, "s2", 60).await;
        asker.says(off.subscription, "device_off", "User-Request").await;
        let late = connect("Telat", Mode::Prepaid).await;
        street.report(&world, &late, RecordKind::Start, "s3", 0).await;
        let owed: i64 = world
            .db
            .reader()
            .value(
                "select total from billing_invoice where subscription_id = $1",
                args![late.subscription],
            )
            .await
            .unwrap();
        pay(&world, &late, owed, trail(1)).await;
        asker.says(late.subscription, "not_enforced", "router BRAS-1 belum menerapkannya").await;
        for (name, reason, code, sentence) in [
            ("Satu", RejectReason::MacDiffers, "mac_differs", "Terlihat 02:00:00:00:00:01"),
            ("Dua", RejectReason::WrongPassword, "wrong_password", "Kata sandi salah"),
            ("Tiga", RejectReason::SecondSession, "second_session", "Sudah ada sesi aktif"),
        ] {
            let home = connect(name, Mode::Postpaid).await;
            refused(&world, &home, reason).await;
            asker.says(home.subscription, code, sentence).await;
        }
        let held = connect("Tahan", Mode::Postpaid).await.subscription;
        write(&world, world.now(), async |tx: &mut Tx| {
            billing::hold::place(tx, held, HoldKind::Manual, "alamat tidak jelas", None).await
        })
        .await;
        asker.says(held, "manual", "Diisolir manual: alamat tidak jelas.").await;
        let abuser = connect("Spam", Mode::Postpaid).await.subscription;
        write(&world, world.now(), async |tx: &mut Tx| {
            billing::hold::place(tx, abuser, HoldKind::Abuse, "mengirim spam", None).await
        })
        .await;
        asker.says(abuser, "abuse", "penyalahgunaan: mengirim spam").await;
        let away = connect("Cuti", Mode::Postpaid).await.subscription;
        write(&world, world.now(), async |tx: &mut Tx| {
            billing::subscription::pause(tx, away, day("2026-11-22"), None).await.map(drop)
        })
        .await;
        asker.says(away, "paused", "sedang cuti").await;
        let full = connect("Kuota", Mode::Postpaid).await;
        small_quota(&world, &street, &full).await;
        asker.says(full.subscription, "quota_used", "Kuota 1,0 GiB habis").await;
        let gone = connect("Henti", Mode::Postpaid).await.subscription;
        write(&world, world.now(), async |tx: &mut Tx| {
            billing::subscription::terminate(tx, gone, day("2026-11-22")).await.map(drop)
        })
        .await;
        let by = cause(world.now());
        let ended =
            billing::subscription::apply_due_terminations(&world.db, &by, day("2026-11-23"));
        assert!(ended.await.unwrap().failed.is_empty());
        asker.says(gone, "terminated", "Langganan sudah berhenti").await;

        // The router falls silent.
        world.pass(2 * 3_600);
        write(&world, world.now(), async |tx: &mut Tx| {
            network::session::mark_suspect(tx, 300).await.map(drop)
        })
        .await;
        asker.says(dialled.subscription, "nas_down", "BRAS-1 tidak memberi kabar").await;

        // The weeks after.
        let at = |date: &str, minute: i8| Ts::local(day(date), 0, minute, Zone::Jakarta);
        let ended = connect("Habis", Mode::Prepaid).await;
        pay(&world, &ended, owed, trail(2)).await;
        let bounced = connect("Cek", Mode::Prepaid).await;
        pay(&world, &bounced, owed, trail(3)).await;
        write(&world, at("2026-11-24", 0), async |tx: &mut Tx| {
            let sql = "select id from billing_payment where customer_id = $1";
            let payment = tx.value(sql, args![bounced.customer]).await?;
            billing::pay::reverse(tx, payment, "cek kosong").await
        })
        .await;
        world.clock.set(at("2026-11-29", 5));
        flows::sweep::sweep(&world.db, world.now()).await.unwrap();
        asker.says(bounced.subscription, "reversal", "cek kosong").await;
        // Nothing was billed yet for December, but what was paid for is over.
        world.clock.set(at("2026-12-01", 5));
        flows::sweep::sweep(&world.db, world.now()).await.unwrap();
        asker.says(ended.subscription, "period_over", "Masa aktif habis 30 Nov 2026").await;
        flows::tasks::run_day(&world.db, &world.now()).await.unwrap();
        world.clock.set(at("2026-12-21", 5));
        flows::sweep::sweep(&world.db, world.now()).await.unwrap();
        let (id, sentence) = (idle.subscription, "jatuh tempo 20 Des 2026, belum lunas.");
        asker.says(id, "unpaid", sentence).await;
        write(&world, world.now(), async |tx: &mut Tx| {
            billing::promise::make(tx, id, day("2026-12-24")).await.map(drop)
        })
        .await;
        // Overdue all the same, but that is not why the modem is off.
        asker.says(id, "never_online", "belum pernah login").await;
        world.clock.set(at("2026-12-25", 5));
        flows::sweep::sweep(&world.db, world.now()).await.unwrap();
        asker.says(id, "promise_expired", "Janji bayar sampai").await;
    })
    .await;
}

#[tokio::test]
async fn who_may_not_see_invoices_is_not_told_why_one_has_its_amount() {
    world::sqlite(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let invoice = street.invoice(&world, &home).await;
        let path = format!("/api/v1/why/invoices/{invoice}");
        let reply = call(&world, &street.noc, "get", &path, &Value::Null).await;
        assert_eq!(refusal(&reply), (403, "forbidden".into()));
        get(&world, &street.finance, &path).await;
    })
    .await;
}
