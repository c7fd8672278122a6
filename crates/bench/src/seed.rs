//! A provider with as many running subscriptions as the bench wants, written in bulk.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use catalog::write::{NewBranch, add_branch, set_company, set_plan, set_profile, set_tax};
use catalog::{Company, Plan, Profile, ProfileKind, TaxMode, TaxRule, VendorAttribute};
use crm::word::{Findable, Subject};
use kernel::{
    AccessChangeId, AccountId, BranchId, Cause, CustomerId, Day, Fault, Money, Phone, PlanId,
    ProfileId, SubscriptionId, Ts, Zone,
};
use network::nas::NasEdit;
use network::{MessageAuthenticator, Sealer, Secret, Vendor};
use store::{Db, Options, Tx, args};

use crate::account::{Account, POOL, RATE_LIMIT, SECRET};

/// Rows a transaction.
const CHUNK: u32 = 5_000;
const KEY: &str = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Opens the database of this data folder (or this URL), migrated, with the bench's key.
///
/// # Errors
/// When it can't be opened.
pub async fn open(folder: &Path, url: Option<&str>, now: Ts) -> Result<Db> {
    std::fs::create_dir_all(folder).context("the data folder")?;
    std::fs::write(folder.join("secret.key"), KEY).context("the key")?;
    let url = url
        .map_or_else(|| format!("sqlite:{}", folder.join("sambung.db").display()), str::to_owned);
    let db = Db::open(&Options::new(url)).await.map_err(said)?;
    db.with_ext(Arc::new(Sealer::parse(KEY).map_err(said)?));
    db.with_ext(Arc::new(crm::nik::Vault::new([1; 32])));
    flows::schema::migrate(&db, now).await.map_err(said)?;
    flows::wire(&db);
    Ok(db)
}

/// A fault as an error of this program.
pub fn said(fault: Fault) -> anyhow::Error {
    anyhow!("{fault:?}")
}

struct Base {
    branch: BranchId,
    plan: PlanId,
    profile: ProfileId,
}

/// Fills an empty database with `count` postpaid subscriptions of bench accounts, active since
/// `since`, the next bill due on the first of the following month.
///
/// # Errors
/// When the database refuses.
pub async fn fill(db: &Db, count: u32, since: Day, now: Ts) -> Result<()> {
    let cause = Cause::system(now, "seed");
    let base = db.write(&cause, async |tx: &mut Tx| base(tx).await).await.map_err(said)?;
    let sealer = db.ext::<Sealer>().context("the key")?;
    for first in (0..count).step_by(CHUNK as usize) {
        let last = (first + CHUNK).min(count);
        db.write(&cause, async |tx: &mut Tx| {
            rows(tx, &base, &sealer, (first..last).map(Account), since).await
        })
        .await
        .map_err(said)?;
    }
    Ok(())
}

async fn base(tx: &mut Tx) -> kernel::Result<Base> {
    let company = Company {
        id: tx.new_id(),
        name: "Bench Net".into(),
        legal_name: "PT Bench Net".into(),
        npwp: Some("0012345678901000".into()),
        address: "-".into(),
        phone: "021".into(),
        email: "bench@isp.example".into(),
        is_pkp: true,
    };
    set_company(tx, &company).await?;
    let day = |y, m, d| Day::ymd_clamped(y, m, d);
    let rule = TaxRule {
        from_on: day(2025, 1, 1),
        code: "PPN".into(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    set_tax(tx, &rule).await?;
    let branch = NewBranch {
        code: "JKT".into(),
        name: "Jakarta".into(),
        zone: Zone::Jakarta,
        address: String::new(),
        lat: -6.2,
        lon: 106.8,
    };
    let branch = add_branch(tx, &branch).await?;
    profile(tx, "ISOLIR", ProfileKind::Isolation, vec![]).await?;
    let attribute = |name: &str, value: &str| VendorAttribute {
        vendor: if name.starts_with("Mikrotik") { "mikrotik" } else { "standard" }.into(),
        name: name.into(),
        value: value.into(),
    };
    let attributes =
        vec![attribute("Mikrotik-Rate-Limit", RATE_LIMIT), attribute("Framed-Pool", POOL)];
    let profile = profile(tx, "P20", ProfileKind::Plan, attributes).await?;
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
    let plan = set_plan(tx, &plan, Money::rupiah(250_000), day(2026, 1, 1)).await?;
    let nas = NasEdit {
        name: "BENCH".into(),
        address: "127.0.0.1".into(),
        vendor: Vendor::Mikrotik,
        coa_port: Some(3_799),
        branch,
        message_authenticator: MessageAuthenticator::Required,
        counters_swapped: false,
    };
    network::nas::add(tx, &nas, Some(Secret::new(SECRET.to_owned()))).await?;
    Ok(Base { branch, plan, profile })
}

async fn profile(
    tx: &mut Tx,
    code: &str,
    kind: ProfileKind,
    attributes: Vec<VendorAttribute>,
) -> kernel::Result<ProfileId> {
    let profile = Profile {
        id: tx.new_id(),
        code: code.into(),
        name: code.into(),
        kind,
        rate_down_kbps: 20_000,
        rate_up_kbps: 20_000,
        attributes,
        archived: false,
    };
    set_profile(tx, &profile).await
}

const ADDRESS: &str = "Jl. Merdeka";

/// The customer of the `n`-th account.
struct Person {
    id: CustomerId,
    number: String,
    name: String,
    phone: Phone,
}

impl Person {
    fn new(id: CustomerId, n: u32) -> Self {
        let phone = Phone::stored(format!("62811{n:07}"));
        Self { id, number: format!("C{n:06}"), name: format!("Pelanggan {n}"), phone }
    }
    fn findable(&self) -> Findable<'_> {
        let Self { id, number, name, phone } = self;
        Findable { id: id.uuid(), number, name, phone, address: ADDRESS }
    }
}

async fn rows(
    tx: &mut Tx,
    base: &Base,
    sealer: &Sealer,
    accounts: impl Iterator<Item = Account>,
    since: Day,
) -> kernel::Result<()> {
    let now = tx.now();
    let next = since.first_of_month().plus_months(1);
    let (mut customers, mut parties, mut subs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut logins, mut access, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    let why = serde_json::json!({ "code": "ok", "id": "Aktif.", "en": "Active.", "evidence": {} });
    let none = serde_json::json!([]);
    let mut people = Vec::new();
    for account in accounts {
        let n = account.0;
        let (customer, sub): (CustomerId, SubscriptionId) = (tx.new_id(), tx.new_id());
        let (id, change): (AccountId, AccessChangeId) = (tx.new_id(), tx.new_id());
        let person = Person::new(customer, n);
        customers.extend(args![
            customer,
            person.number,
            person.name,
            "personal",
            person.phone,
            ADDRESS,
            base.branch,
            "sales",
            false,
            false,
            "id",
            now,
            now
        ]);
        people.push(person);
        parties.extend(args![customer, base.branch]);
        subs.extend(args![
            sub,
            format!("S{n:06}"),
            customer,
            base.branch,
            base.plan,
            "postpaid",
            "calendar",
            "active",
            since,
            next,
            now
        ]);
        let sealed = sealer.seal("network_account", id, &Secret::new(account.password()))?;
        logins.extend(args![
            id,
            sub,
            customer,
            base.branch,
            account.name(),
            sealed,
            "pppoe",
            "live",
            account.mac(),
            "scan",
            1i64,
            now,
            now
        ]);
        access.extend(args![
            sub,
            id,
            "full",
            base.profile,
            none,
            why,
            1i64,
            now,
            now,
            1i64,
            now,
            now,
            tx.trail()
        ]);
        changes.extend(args![
            change,
            sub,
            1i64,
            true,
            now,
            "full",
            base.profile,
            none,
            why,
            now,
            now,
            "no_session",
            tx.trail(),
            "system:seed"
        ]);
    }
    tx.bulk(
        "insert into crm_customer (id, number, name, kind, phone, address, branch_id, channel,
           withholds_pph23, withholds_wapu, lang, created_at, changed_at)",
        "",
        13,
        customers,
    )
    .await?;
    let found: Vec<Findable<'_>> = people.iter().map(Person::findable).collect();
    crm::word::keep(tx, Subject::Customer, &found).await?;
    tx.bulk("insert into billing_party (customer_id, branch_id)", "", 2, parties).await?;
    tx.bulk(
        "insert into billing_subscription (id, number, customer_id, branch_id, plan_id, mode, calendar,
           state, activated_on, next_issue_on, created_at)",
        "", 11, subs,
    )
    .await?;
    tx.bulk(
        "insert into network_account (id, subscription_id, customer_id, branch_id, username,
           password_enc, kind, state, mac, mac_policy, sessions_max, created_at, changed_at)",
        "",
        13,
        logins,
    )
    .await?;
    tx.bulk(
        "insert into network_access (subscription_id, account_id, desired, profile_id, holds, why,
           version, caused_at, since, enforced_version, enforced_at, changed_at, trail)",
        "",
        13,
        access,
    )
    .await?;
    tx.bulk(
        "insert into network_access_change (id, subscription_id, version, effect, at, desired,
           profile_id, holds, why, caused_at, enforced_at, enforced_how, trail, actor)",
        "",
        14,
        changes,
    )
    .await?;
    Ok(())
}
