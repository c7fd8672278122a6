//! How long a billing run takes: `cargo run --release -p billing --example billing_run -- URL COUNT`.
//!
//! URL is `sqlite:FILE` (made anew) or `postgres://…` (an empty schema). Three quarters are postpaid, one
//! quarter prepaid; the second run credits the prepaid invoices that nobody paid.

use std::time::Instant;

use catalog::{Company, Plan, Profile, ProfileKind, TaxMode, TaxRule, write};
use kernel::{BranchId, Cause, CustomerId, Day, Money, PlanId, Result, SubscriptionId, Ts, Zone};
use store::{Db, Options, Tx, Value, args};

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let url = words.next().unwrap_or_else(|| "sqlite:/tmp/billing_run.db".into());
    let count: u32 = words.next().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    if let Some(path) = url.strip_prefix("sqlite:") {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{path}{end}"));
        }
    }
    let db = Db::open(&Options::new(url)).await?;
    let start = day("2026-11-01");
    let cause = at(start);
    store::migrate(&db, cause.now, &[&catalog::MIGRATIONS, &billing::MIGRATIONS]).await?;
    let (branch, plan) = db.write(&cause, async |tx: &mut Tx| seed(tx).await).await?;
    for chunk in 0..count.div_ceil(10_000) {
        let size = (count - chunk * 10_000).min(10_000);
        let mut cause = cause.clone();
        cause.now = cause.now.plus_secs(i64::from(chunk));
        db.write(&cause, async |tx: &mut Tx| fill(tx, branch, plan, start, chunk, size).await)
            .await?;
    }
    for month in ["2026-12-01", "2027-01-01"] {
        let cause = at(day(month));
        let began = Instant::now();
        let preview = billing::issue::preview(&mut db.reader(), cause.now, day(month)).await?;
        let previewed = began.elapsed();
        let began = Instant::now();
        let report = billing::issue::run(&db, &cause.now, &cause, day(month)).await?;
        println!(
            "{month}: {} invoices, {} credit notes, preview {:.2} s, run {:.2} s, same hash: {}",
            report.invoices,
            report.credit_notes,
            previewed.as_secs_f64(),
            began.elapsed().as_secs_f64(),
            preview.hash == report.hash
        );
    }
    let began = Instant::now();
    let broken = billing::invariants::check(&mut db.reader()).await?;
    println!("invariants: {} broken, {:.2} s", broken.len(), began.elapsed().as_secs_f64());
    db.close().await;
    Ok(())
}

fn day(text: &str) -> Day {
    text.parse().unwrap_or(Day::ymd_clamped(2026, 1, 1))
}

fn at(day: Day) -> Cause {
    Cause::system(Ts::local(day, 0, 5, Zone::Jakarta), "bench")
}

async fn fill(
    tx: &mut Tx,
    branch: BranchId,
    plan: PlanId,
    start: Day,
    chunk: u32,
    size: u32,
) -> Result<()> {
    let mut parties: Vec<Value> = Vec::new();
    let mut subs: Vec<Value> = Vec::new();
    for n in 0..size {
        let customer: CustomerId = tx.new_id();
        let id: SubscriptionId = tx.new_id();
        let number = format!("S{:06}", chunk * 10_000 + n);
        let prepaid = n % 4 == 0;
        let mode = if prepaid { "prepaid" } else { "postpaid" };
        let billed_to = if prepaid { start.last_of_month() } else { start.prev() };
        parties.extend(args![customer, branch]);
        subs.extend(args![
            id,
            number,
            customer,
            branch,
            plan,
            mode,
            "calendar",
            1i64,
            "active",
            start,
            billed_to,
            start.plus_months(1),
            0i64,
            0i64,
            tx.now()
        ]);
    }
    tx.bulk("insert into billing_party (customer_id, branch_id)", "", 2, parties).await?;
    tx.bulk(
        "insert into billing_subscription (id, number, customer_id, branch_id, plan_id, mode, calendar,
           anchor_dom, state, activated_on, billed_to, next_issue_on, install_fee, unused_in_row,
           created_at)",
        "",
        15,
        subs,
    )
    .await?;
    Ok(())
}

async fn seed(tx: &mut Tx) -> Result<(BranchId, PlanId)> {
    let company = Company {
        id: tx.new_id(),
        name: "Net".into(),
        legal_name: "PT Net".into(),
        npwp: Some("0012345678901000".into()),
        address: String::new(),
        phone: String::new(),
        email: String::new(),
        is_pkp: true,
    };
    write::set_company(tx, &company).await?;
    let rule = TaxRule {
        from_on: day("2025-01-01"),
        code: "PPN12-DPP".into(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    write::set_tax(tx, &rule).await?;
    let branch = write::NewBranch {
        code: "JKT".into(),
        name: "Jakarta".into(),
        zone: Zone::Jakarta,
        address: String::new(),
        lat: -6.2,
        lon: 106.8,
    };
    let branch = write::add_branch(tx, &branch).await?;
    let profile = Profile {
        id: tx.new_id(),
        code: "P20".into(),
        name: "20 Mbps".into(),
        kind: ProfileKind::Plan,
        rate_down_kbps: 20_000,
        rate_up_kbps: 10_000,
        attributes: vec![],
        archived: false,
    };
    let profile = write::set_profile(tx, &profile).await?;
    let plan = Plan {
        id: tx.new_id(),
        code: "HOME20".into(),
        name: "Home 20".into(),
        tax: TaxMode::Exclusive,
        prepaid_allowed: true,
        postpaid_allowed: true,
        profile_id: profile,
        fup_profile_id: None,
        quota_bytes: None,
        install_fee: Money::ZERO,
        external_id: None,
        archived: false,
    };
    let plan = write::set_plan(tx, &plan, Money::rupiah(250_000), day("2026-01-01")).await?;
    Ok((branch, plan))
}
