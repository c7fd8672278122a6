//! Changing the catalogue. Every change is journaled and makes everybody read it anew.

use kernel::{
    BranchId, CustomerId, Day, Event, Fault, Field, Money, PlanId, ProfileId, Result, Zone,
};
use serde_json::{Value, json};
use store::{QueryExt, Tx, args};
use uuid::Uuid;

use crate::model::{Company, Plan, Profile, QuotaTopUp, TaxMode, TaxRule};
use crate::policy::{Policy, PolicyPatch, PolicyScope};

/// Enters or changes the company.
pub async fn set_company(tx: &mut Tx, company: &Company) -> Result<()> {
    let mut wrong = Vec::new();
    for (name, value) in [("name", &company.name), ("legal_name", &company.legal_name)] {
        if value.trim().is_empty() {
            wrong.push(Field::required(name));
        }
    }
    if company.is_pkp && company.npwp.as_deref().unwrap_or("").trim().is_empty() {
        wrong.push(Field::new(
            "npwp",
            "required",
            "wajib diisi untuk PKP",
            "is required for an ISP that charges PPN",
        ));
    }
    refuse(wrong)?;
    let before = crate::store::company(tx).await?;
    let before = before.as_ref().map_or(Value::Null, picture::company);
    tx.exec("delete from catalog_company", args![]).await?;
    tx.exec(
        "insert into catalog_company (id, name, legal_name, npwp, address, phone, email, is_pkp)
         values ($1,$2,$3,$4,$5,$6,$7,$8)",
        args![
            company.id,
            company.name,
            company.legal_name,
            company.npwp,
            company.address,
            company.phone,
            company.email,
            company.is_pkp
        ],
    )
    .await?;
    tx.journal("company", company.id.uuid(), "set", before, picture::company(company)).await?;
    changed(tx).await
}

/// A branch as entered.
#[derive(Clone, Debug)]
pub struct NewBranch {
    pub code: String,
    pub name: String,
    pub zone: Zone,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
}

/// Adds a branch. Its code is upper case letters and digits and unique.
pub async fn add_branch(tx: &mut Tx, new: &NewBranch) -> Result<BranchId> {
    let id: BranchId = tx.new_id();
    let mut wrong = code_fault(&new.code).into_iter().collect::<Vec<_>>();
    if new.name.trim().is_empty() {
        wrong.push(Field::required("name"));
    }
    refuse(wrong)?;
    tx.exec(
        "insert into catalog_branch (id, code, name, zone, address, lat, lon)
         values ($1,$2,$3,$4,$5,$6,$7)",
        args![id, new.code, new.name, new.zone.name(), new.address, new.lat, new.lon],
    )
    .await
    .map_err(|f| taken(f, &new.code))?;
    let after = json!({ "code": new.code, "name": new.name, "zone": new.zone.name(),
        "address": new.address, "lat": new.lat, "lon": new.lon });
    tx.journal("branch", id.uuid(), "added", json!(null), after).await?;
    changed(tx).await?;
    Ok(id)
}

/// Adds or replaces a speed profile. The caller has checked the attributes against the dictionary.
///
/// Other rates or attributes are a new edition of it: the old one is kept, since sessions run with it
/// until they are told, and `ProfilesChanged` is said. Another name alone is neither.
pub async fn set_profile(tx: &mut Tx, profile: &Profile) -> Result<ProfileId> {
    let mut wrong = code_fault(&profile.code).into_iter().collect::<Vec<_>>();
    for (name, rate) in
        [("rate_down_kbps", profile.rate_down_kbps), ("rate_up_kbps", profile.rate_up_kbps)]
    {
        if !(1..=100_000_000).contains(&rate) {
            wrong.push(Field::new(name, "range", "harus 1–100.000.000", "must be 1–100,000,000"));
        }
    }
    refuse(wrong)?;
    let before = crate::store::profile(tx, profile.id).await?;
    let gives_else = before.as_ref().is_some_and(|was| !was.gives_same(profile));
    if gives_else {
        keep_edition(tx, profile.id).await?;
    }
    let before = before.as_ref().map_or(Value::Null, picture::profile);
    let attributes =
        serde_json::to_value(&profile.attributes).map_err(|e| Fault::bug(e.to_string()))?;
    tx.exec(
        "insert into catalog_profile (id, code, name, kind, rate_down_kbps, rate_up_kbps, attributes)
         values ($1,$2,$3,$4,$5,$6,$7)
         on conflict (id) do update set name = excluded.name,
           rate_down_kbps = excluded.rate_down_kbps, rate_up_kbps = excluded.rate_up_kbps,
           attributes = excluded.attributes",
        args![
            profile.id, profile.code, profile.name, profile.kind, profile.rate_down_kbps,
            profile.rate_up_kbps, attributes
        ],
    )
    .await
    .map_err(|f| taken(f, &profile.code))?;
    tx.journal("profile", profile.id.uuid(), "set", before, picture::profile(profile)).await?;
    tx.emit(kernel::Event::ProfileSet { profile: profile.id });
    if gives_else {
        tx.emit(Event::ProfilesChanged);
    }
    changed(tx).await?;
    Ok(profile.id)
}

/// Remembers what the profile gives now, and counts its next edition.
async fn keep_edition(tx: &mut Tx, profile: ProfileId) -> Result<()> {
    tx.exec(
        "insert into catalog_profile_past (profile_id, revision, rate_down_kbps, rate_up_kbps,
           attributes)
         select id, revision, rate_down_kbps, rate_up_kbps, attributes
         from catalog_profile where id = $1",
        args![profile],
    )
    .await?;
    tx.exec("update catalog_profile set revision = revision + 1 where id = $1", args![profile])
        .await?;
    Ok(())
}

/// Adds or replaces a plan, and its price from `price_from` on.
pub async fn set_plan(tx: &mut Tx, plan: &Plan, price: Money, price_from: Day) -> Result<PlanId> {
    let mut wrong = code_fault(&plan.code).into_iter().collect::<Vec<_>>();
    if plan.name.trim().is_empty() {
        wrong.push(Field::required("name"));
    }
    wrong.extend(amount_fault("price", price));
    wrong.extend(amount_fault("install_fee", plan.install_fee));
    if !plan.prepaid_allowed && !plan.postpaid_allowed {
        wrong.push(Field::new(
            "prepaid_allowed",
            "one_mode",
            "pilih prabayar, pascabayar, atau keduanya",
            "choose prepaid, postpaid or both",
        ));
    }
    if plan.quota_bytes.is_some_and(|q| !(1..=QUOTA_MAX).contains(&q)) {
        wrong.push(Field::new("quota_bytes", "range", "harus 1 byte–1 PB", "must be 1 byte–1 PB"));
    }
    refuse(wrong)?;
    let before = crate::store::plan(tx, plan.id).await?;
    tx.exec(
        "insert into catalog_plan (id, code, name, tax, prepaid_allowed, postpaid_allowed, profile_id,
           fup_profile_id, quota_bytes, install_fee, external_id)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)
         on conflict (id) do update set name = excluded.name, tax = excluded.tax,
           prepaid_allowed = excluded.prepaid_allowed, postpaid_allowed = excluded.postpaid_allowed,
           profile_id = excluded.profile_id, fup_profile_id = excluded.fup_profile_id,
           quota_bytes = excluded.quota_bytes, install_fee = excluded.install_fee",
        args![
            plan.id, plan.code, plan.name, plan.tax, plan.prepaid_allowed, plan.postpaid_allowed,
            plan.profile_id, plan.fup_profile_id, plan.quota_bytes, plan.install_fee,
            plan.external_id
        ],
    )
    .await
    .map_err(|f| taken(f, &plan.code))?;
    let profiles = |p: &Plan| (p.profile_id, p.fup_profile_id);
    if before.as_ref().is_some_and(|was| profiles(was) != profiles(plan)) {
        tx.emit(Event::ProfilesChanged);
    }
    let before = before.as_ref().map_or(Value::Null, picture::plan);
    let after = picture::plan(plan);
    if before != after {
        tx.journal("plan", plan.id.uuid(), "set", before, after).await?;
    }
    set_price(tx, plan.id, price, price_from).await?;
    Ok(plan.id)
}

/// Sets a plan's monthly price from a day on. Issued invoices keep theirs.
pub async fn set_price(tx: &mut Tx, plan: PlanId, price: Money, from_on: Day) -> Result<()> {
    refuse(amount_fault("price", price).into_iter().collect())?;
    let before: Option<(Day, Money)> = tx
        .row_opt(
            "select from_on, price from catalog_price where plan_id = $1 and from_on <= $2
             order by from_on desc limit 1",
            args![plan, from_on],
        )
        .await?;
    let before = before
        .map_or(Value::Null, |(from_on, price)| json!({ "price": price, "from_on": from_on }));
    tx.exec(
        "insert into catalog_price (plan_id, from_on, price) values ($1,$2,$3)
         on conflict (plan_id, from_on) do update set price = excluded.price",
        args![plan, from_on, price],
    )
    .await?;
    let after = json!({ "price": price, "from_on": from_on });
    tx.journal("plan", plan.uuid(), "priced", before, after).await?;
    tx.emit(kernel::Event::PlanSet { plan });
    changed(tx).await
}

/// Sets what a plan sells to who has used up the quota of a period; `None`: nothing.
///
/// # Errors
/// `catalog.plan_not_found`; names the fields `top_up` (a plan without quota), `bytes` and `price`.
pub async fn set_top_up(tx: &mut Tx, plan: PlanId, offer: Option<QuotaTopUp>) -> Result<()> {
    let found = crate::store::plan(tx, plan).await?.ok_or_else(crate::no_such_plan)?;
    let mut wrong = Vec::new();
    if let Some(offer) = offer {
        if found.quota_bytes.is_none() {
            wrong.push(Field::new(
                "top_up",
                "no_quota",
                "paket tanpa kuota tidak menjual isi ulang",
                "a plan without quota sells no top-up",
            ));
        }
        if !(1..=QUOTA_MAX).contains(&offer.bytes) {
            wrong.push(Field::new("bytes", "range", "harus 1 byte–1 PB", "must be 1 byte–1 PB"));
        }
        if !offer.price.is_positive() {
            let (id, en) = ("harus lebih dari nol", "must be above zero");
            wrong.push(Field::new("price", "range", id, en));
        }
        wrong.extend(amount_fault("price", offer.price));
    }
    refuse(wrong)?;
    let before: Option<(i64, Money)> = tx
        .row_opt("select bytes, price from catalog_quota_top_up where plan_id = $1", args![plan])
        .await?;
    tx.exec("delete from catalog_quota_top_up where plan_id = $1", args![plan]).await?;
    if let Some(offer) = offer {
        tx.exec(
            "insert into catalog_quota_top_up (plan_id, bytes, price) values ($1,$2,$3)",
            args![plan, offer.bytes, offer.price],
        )
        .await?;
    }
    let shown = |bytes: i64, price: Money| json!({ "bytes": bytes, "price": price });
    let before = before.map_or(Value::Null, |(bytes, price)| shown(bytes, price));
    let after = offer.map_or(Value::Null, |o| shown(o.bytes, o.price));
    tx.journal("plan", plan.uuid(), "top_up_set", before, after).await?;
    changed(tx).await
}

/// Enters a tax rule from its day on.
pub async fn set_tax(tx: &mut Tx, rule: &TaxRule) -> Result<()> {
    const PARTS: i64 = 1_000;
    let is_part = (0..=PARTS).contains(&rule.base_num) && (1..=PARTS).contains(&rule.base_den);
    if !is_part || !(0..=10_000).contains(&rule.rate_bp) {
        return Err(Fault::field(
            "rate_bp",
            "range",
            "tarif tidak masuk akal",
            "is not a tax rate",
        ));
    }
    let before = crate::store::tax(tx, rule.from_on).await?;
    let before = before.as_ref().map_or(Value::Null, picture::tax);
    tx.exec(
        "insert into catalog_tax (from_on, code, rate_bp, base_num, base_den) values ($1,$2,$3,$4,$5)
         on conflict (from_on) do update set code = excluded.code, rate_bp = excluded.rate_bp,
           base_num = excluded.base_num, base_den = excluded.base_den",
        args![rule.from_on, rule.code, rule.rate_bp, rule.base_num, rule.base_den],
    )
    .await?;
    tx.journal("tax", Uuid::nil(), "set", before, picture::tax(rule)).await?;
    changed(tx).await
}

/// Whom a policy row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyFor {
    Isp,
    Plan(PlanId),
    Customer(CustomerId),
}

/// A working day is at least this long.
const WORK_MINUTES_MIN: i64 = 60;

/// What is wrong with the window in which people are isolated, and with the working hours.
fn window_faults(patch: &PolicyPatch) -> Vec<Field> {
    let mut wrong = Vec::new();
    let is_week = |days: &Vec<i8>| {
        let mut seen = days.clone();
        seen.sort_unstable();
        seen.dedup();
        !days.is_empty() && seen.len() == days.len() && days.iter().all(|d| (1..=7).contains(d))
    };
    if patch.isolate_weekdays.as_ref().is_some_and(|days| !is_week(days)) {
        wrong.push(Field::new(
            "isolate_weekdays",
            "range",
            "harus hari 1–7 (1 Senin), masing-masing satu kali, paling sedikit satu",
            "must be days 1–7 (1 is Monday), each once, at least one",
        ));
    }
    if patch.work_weekdays.as_ref().is_some_and(|days| !is_week(days)) {
        wrong.push(Field::new(
            "work_weekdays",
            "range",
            "harus hari 1–7 (1 Senin), masing-masing satu kali, paling sedikit satu",
            "must be days 1–7 (1 is Monday), each once, at least one",
        ));
    }
    let from = patch.work_from_minute.unwrap_or(Policy::default().work_from_minute);
    let until = patch.work_until_minute.unwrap_or(Policy::default().work_until_minute);
    if from < 0 || until > 1_440 || until.saturating_sub(from) < WORK_MINUTES_MIN {
        wrong.push(Field::new(
            "work_until_minute",
            "range",
            "harus paling sedikit satu jam setelah work_from_minute, keduanya dalam 0–1440",
            "must be at least an hour after work_from_minute, both within 0–1440",
        ));
    }
    let from = patch.isolate_from_minute.unwrap_or(0);
    let until = patch.isolate_until_minute.unwrap_or(1_440);
    if from < 0 || until > 1_440 || from >= until {
        wrong.push(Field::new(
            "isolate_until_minute",
            "range",
            "harus setelah isolate_from_minute, keduanya dalam 0–1440",
            "must be after isolate_from_minute, both within 0–1440",
        ));
    }
    wrong
}

/// Lays a policy row; replaces the one that was there.
pub async fn set_policy(tx: &mut Tx, whom: PolicyFor, patch: &PolicyPatch) -> Result<()> {
    let (scope, id) = match whom {
        PolicyFor::Isp => (PolicyScope::Isp, Uuid::nil()),
        PolicyFor::Plan(plan) => (PolicyScope::Plan, plan.uuid()),
        PolicyFor::Customer(customer) => (PolicyScope::Customer, customer.uuid()),
    };
    let mut wrong = Vec::new();
    for (name, dom) in [
        ("issue_dom", patch.issue_dom),
        ("due_dom", patch.due_dom),
        ("isolate_dom", patch.isolate_dom),
    ] {
        if dom.is_some_and(|d| !(1..=28).contains(&d)) {
            wrong.push(Field::new(name, "range", "harus tanggal 1–28", "must be a day 1–28"));
        }
    }
    if patch.isolate_minute.is_some_and(|m| !(0..1_440).contains(&m)) {
        wrong.push(Field::new("isolate_minute", "range", "harus 0–1439", "must be 0–1439"));
    }
    wrong.extend(window_faults(patch));
    if patch.mac_policy.as_deref().is_some_and(|p| !["scan", "scan_confirm", "off"].contains(&p)) {
        wrong.push(Field::new(
            "mac_policy",
            "choice",
            "harus scan, scan_confirm atau off",
            "must be scan, scan_confirm or off",
        ));
    }
    refuse(wrong)?;
    let body = serde_json::to_value(patch).map_err(|e| Fault::bug(e.to_string()))?;
    let before: Option<serde_json::Value> = tx
        .value_opt(
            "select body from catalog_policy where scope = $1 and scope_id = $2",
            args![scope, id],
        )
        .await?;
    tx.exec(
        "insert into catalog_policy (scope, scope_id, body) values ($1,$2,$3)
         on conflict (scope, scope_id) do update set body = excluded.body",
        args![scope, id, body],
    )
    .await?;
    tx.journal("policy", id, "set", before.unwrap_or_default(), body).await?;
    tx.emit(Event::PolicyChanged);
    changed(tx).await
}

/// Whether a price may be taken as it stands: used by forms before a plan is saved.
pub fn tax_modes() -> &'static [TaxMode] {
    TaxMode::ALL
}

async fn changed(tx: &mut Tx) -> Result<()> {
    // A random step: a snapshot read inside a transaction that is rolled back can never be taken for a
    // later version.
    let id: kernel::JournalId = tx.new_id();
    let step = i64::try_from(id.uuid().as_u128() & 0xffff_ffff).unwrap_or(0) + 1;
    tx.exec("update catalog_version set version = version + $1 where one = 1", args![step]).await?;
    Ok(())
}

/// More than a connection costs anywhere: a typing error, and far from where sums overflow.
const PRICE_MAX: Money = Money::rupiah(1_000_000_000_000);
/// A petabyte a period.
const QUOTA_MAX: i64 = 1_000_000_000_000_000;

fn amount_fault(name: &'static str, amount: Money) -> Option<Field> {
    let fits = !amount.is_negative() && amount <= PRICE_MAX;
    (!fits).then(|| {
        Field::new(
            name,
            "range",
            format!("harus antara Rp 0 dan {PRICE_MAX}"),
            format!("must be between Rp 0 and {PRICE_MAX}"),
        )
    })
}

fn code_fault(code: &str) -> Option<Field> {
    let fine = (1..=40).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (!fine).then(|| {
        Field::new(
            "code",
            "format",
            "hanya huruf, angka, - dan _ (1–40)",
            "only letters, digits, - and _ (1–40)",
        )
    })
}

fn refuse(wrong: Vec<Field>) -> Result<()> {
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

fn taken(fault: Fault, code: &str) -> Fault {
    if store::is_unique(&fault) {
        return Fault::field(
            "code",
            "taken",
            format!("kode {code} sudah dipakai"),
            format!("the code {code} is taken"),
        );
    }
    fault
}

/// The records as the journal keeps them: every field that a person can change.
mod picture {
    use serde_json::{Value, json};

    use crate::model::{Company, Plan, Profile, TaxRule};

    pub(super) fn company(c: &Company) -> Value {
        json!({ "name": c.name, "legal_name": c.legal_name, "npwp": c.npwp, "address": c.address,
            "phone": c.phone, "email": c.email, "is_pkp": c.is_pkp })
    }
    pub(super) fn profile(p: &Profile) -> Value {
        json!({ "code": p.code, "name": p.name, "kind": p.kind.to_string(),
            "rate_down_kbps": p.rate_down_kbps, "rate_up_kbps": p.rate_up_kbps,
            "attributes": p.attributes })
    }
    pub(super) fn plan(p: &Plan) -> Value {
        json!({ "code": p.code, "name": p.name, "tax": p.tax.to_string(),
            "prepaid_allowed": p.prepaid_allowed, "postpaid_allowed": p.postpaid_allowed,
            "profile": p.profile_id, "fup_profile": p.fup_profile_id,
            "quota_bytes": p.quota_bytes, "install_fee": p.install_fee })
    }
    pub(super) fn tax(t: &TaxRule) -> Value {
        json!({ "from_on": t.from_on, "code": t.code, "rate_bp": t.rate_bp,
            "base_num": t.base_num, "base_den": t.base_den })
    }
}
