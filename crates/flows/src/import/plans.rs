//! Plans: what is sold, its price from a day on, and the speed profile of its accounts.

use catalog::write::{set_plan, set_profile};
use catalog::{Catalog, Profile, ProfileKind, TaxMode};
use kernel::{Day, Money, PlanId, ProfileId, Result};
use store::{Query, Tx};

use super::cells::{self, Cells, Parsed};
use super::memory::{self, Remembered};
use super::report::{Findings, Problem, Wanted};
use super::{Base, Kind, Sheet, Step, at_row, columns, unchanged};

const GIB: i64 = 1 << 30;

/// A plan's row.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    code: String,
    name: String,
    price: Money,
    price_from: Option<Day>,
    tax: Option<TaxMode>,
    /// Prepaid allowed, postpaid allowed.
    modes: Option<(bool, bool)>,
    /// Down and up.
    kbps: Option<(i64, i64)>,
    /// There is a speed, right or wrong.
    has_speed: bool,
    profile: Option<String>,
    quota_bytes: Option<i64>,
    install_fee: Option<Money>,
}

pub(super) async fn check(
    q: &mut dyn Query,
    base: &Base,
    sheet: &Sheet,
    findings: &mut Findings,
) -> Result<Vec<Step<Plan>>> {
    let rows = cells::rows(columns::PLANS, sheet, findings, |cells| parse(cells, &base.catalog))?;
    let ids: Vec<&str> = rows.iter().map(|r| r.external_id.as_str()).collect();
    let before = memory::recall(q, Kind::Plans, &ids).await?;
    let mut steps = Vec::with_capacity(rows.len());
    for row in unchanged(rows, &before, &mut steps) {
        let known = base.catalog.plan_by_code(&row.data.code);
        let subject = known.map(|plan| plan.id.uuid());
        if known.is_some_and(|known| is_as_wanted(&row.data, known, base)) {
            steps.push(Step::skip(row, subject, None));
            continue;
        }
        findings.problems.extend(profile_problem(&row.data, known, row.row, &base.catalog));
        let Parsed { row, external_id, print, data } = row;
        let wanted = if known.is_some() { Wanted::Change } else { Wanted::Create };
        steps.push(Step { row, external_id, wanted, print, note: None, subject, data: Some(data) });
    }
    Ok(steps)
}

fn parse(cells: &mut Cells<'_>, catalog: &Catalog) -> (Option<String>, Plan) {
    let code = cells.required("code").map(str::to_owned);
    if let Some(code) = &code {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if code.len() > 40 || !code.bytes().all(plain) {
            cells.bad(
                "code",
                "hanya huruf, angka, - dan _ (1–40)",
                "only letters, digits, - and _ (1–40)",
            );
        }
    }
    cells.required("name");
    let name = cells.words("name", 120);
    cells.required("price");
    let price = not_negative(cells, "price");
    let tax = cells.word(
        "tax",
        &[
            (&["exclusive", "belum termasuk", "ditambah", "eksklusif"], TaxMode::Exclusive),
            (&["inclusive", "termasuk", "sudah termasuk", "inklusif"], TaxMode::Inclusive),
            (&["none", "tanpa", "tidak", "tidak kena", "non ppn"], TaxMode::None),
        ],
    );
    if tax.is_none() && cells.text("tax").is_none() && catalog.charges_tax() {
        let is_new = code.as_deref().is_none_or(|code| catalog.plan_by_code(code).is_none());
        if is_new {
            cells.bad(
                "tax",
                "wajib diisi: termasuk, belum termasuk atau tanpa",
                "is required: inclusive, exclusive or none",
            );
        }
    }
    let modes = cells.word(
        "mode",
        &[
            (&["prepaid", "prabayar"], (true, false)),
            (&["postpaid", "pascabayar"], (false, true)),
            (&["both", "keduanya", "semua"], (true, true)),
        ],
    );
    let down = speed(cells, "download");
    let up = speed(cells, "upload").or(down);
    let quota_bytes = quota(cells);
    let plan = Plan {
        code: code.clone().unwrap_or_default(),
        name: name.unwrap_or_default(),
        price: price.unwrap_or_default(),
        price_from: cells.day("price_from"),
        tax,
        modes,
        kbps: down.zip(up),
        has_speed: cells.text("download").is_some(),
        profile: cells.text("profile").map(str::to_owned),
        quota_bytes,
        install_fee: not_negative(cells, "install_fee"),
    };
    (code, plan)
}

fn not_negative(cells: &mut Cells<'_>, name: &str) -> Option<Money> {
    let amount = cells.money(name)?;
    if amount.is_negative() {
        cells.bad(name, "tidak boleh negatif", "must not be negative");
        return None;
    }
    Some(amount)
}

/// `20M`, `20 Mbps`, `512k`, `20480` (kbit/s).
fn speed(cells: &mut Cells<'_>, name: &str) -> Option<i64> {
    let text = cells.text(name)?;
    let parsed = kbps(text);
    if parsed.is_none() {
        cells.bad(
            name,
            format!("\"{text}\" bukan kecepatan satu arah; contoh 20M, 512k atau 20480 (kbit/s)"),
            format!(
                "\"{text}\" is no speed of one direction; for example 20M, 512k or 20480 (kbit/s)"
            ),
        );
    }
    parsed
}

fn kbps(text: &str) -> Option<i64> {
    let plain: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.trim_end_matches("bps").trim_end_matches("bit/s");
    let (digits, factor) = match plain.strip_suffix(['k', 'm', 'g']) {
        Some(digits) if plain.ends_with('k') => (digits, 1),
        Some(digits) if plain.ends_with('m') => (digits, 1_000),
        Some(digits) => (digits, 1_000_000),
        None => (plain, 1),
    };
    let number: i64 = digits.parse().ok()?;
    // A bare "20" is more likely meant in Mbit/s than in kbit/s: the unit has to be there.
    let sure = factor > 1 || plain.ends_with('k') || number >= 64;
    let kbps = number.checked_mul(factor)?;
    (sure && (1..=100_000_000).contains(&kbps)).then_some(kbps)
}

fn quota(cells: &mut Cells<'_>) -> Option<i64> {
    let text = cells.text("quota_gb")?;
    match text.parse::<i64>().ok().filter(|gb| (1..=1_000_000).contains(gb)) {
        Some(gb) => Some(gb * GIB),
        None => {
            cells.bad(
                "quota_gb",
                "harus angka bulat lebih dari 0 (GB)",
                "must be a whole number above 0 (GB)",
            );
            None
        }
    }
}

/// A new plan needs a speed or a profile that is there; a named profile is not changed under others.
fn profile_problem(
    row: &Plan,
    known: Option<&catalog::Plan>,
    number: usize,
    catalog: &Catalog,
) -> Option<Problem> {
    let problem = |column: &str, id: String, en: String| {
        Some(Problem { row: number, column: column.to_owned(), id, en })
    };
    let named = row.profile.as_deref();
    let code = named.unwrap_or(&row.code);
    let there = profile_by_code(catalog, code);
    match (row.kbps, there) {
        (None, None) if named.is_some() => problem(
            "profile",
            format!("profil {code} tidak ada; isi juga kecepatannya, atau buat dulu"),
            format!("there is no profile {code}; give its speed too, or make it first"),
        ),
        (None, None) if known.is_none() && !row.has_speed => problem(
            "download",
            "wajib diisi untuk paket baru (atau sebut profil yang sudah ada)".into(),
            "is required for a new plan (or name a profile that is there)".into(),
        ),
        (Some(kbps), Some(p)) if named.is_some() && (p.rate_down_kbps, p.rate_up_kbps) != kbps => {
            problem(
                "profile",
                format!("profil {code} sudah ada dengan kecepatan lain"),
                format!("the profile {code} is there already with another speed"),
            )
        }
        _ => None,
    }
}

fn profile_by_code<'a>(catalog: &'a Catalog, code: &str) -> Option<&'a Profile> {
    catalog.profiles.values().find(|p| p.code == code && p.kind == ProfileKind::Plan)
}

/// Nothing that the row says differs from the plan as it is.
fn is_as_wanted(row: &Plan, known: &catalog::Plan, base: &Base) -> bool {
    let catalog = &base.catalog;
    let on = row.price_from.unwrap_or_else(|| base.now.day(kernel::Zone::Jakarta));
    let code = row.profile.as_deref().unwrap_or(&row.code);
    let profile = catalog.profiles.get(&known.profile_id);
    let same_profile = profile.is_some_and(|p| {
        let named = row.profile.is_none() || p.code == code;
        named && row.kbps.is_none_or(|kbps| kbps == (p.rate_down_kbps, p.rate_up_kbps))
    });
    row.name == known.name
        && row.price == catalog.price_at(known.id, on)
        && row.tax.is_none_or(|tax| tax == known.tax)
        && row.modes.is_none_or(|m| m == (known.prepaid_allowed, known.postpaid_allowed))
        && row.quota_bytes.is_none_or(|q| known.quota_bytes == Some(q))
        && row.install_fee.is_none_or(|fee| fee == known.install_fee)
        && same_profile
}

pub(super) async fn apply(tx: &mut Tx, steps: Vec<Step<Plan>>) -> Result<Vec<Remembered>> {
    let mut done = Vec::with_capacity(steps.len());
    for step in steps {
        let subject = match &step.data {
            Some(data) => Some(write(tx, data).await.map_err(|f| at_row(step.row, f))?.uuid()),
            None => step.subject,
        };
        done.extend(subject.map(|subject| step.became(subject)));
    }
    Ok(done)
}

async fn write(tx: &mut Tx, row: &Plan) -> Result<PlanId> {
    let catalog = catalog::current(tx).await?;
    let known = catalog.plan_by_code(&row.code).cloned();
    let profile_id = profile(tx, &catalog, row, known.as_ref()).await?;
    let plan = match known {
        Some(known) => catalog::Plan {
            name: row.name.clone(),
            tax: row.tax.unwrap_or(known.tax),
            prepaid_allowed: row.modes.map_or(known.prepaid_allowed, |m| m.0),
            postpaid_allowed: row.modes.map_or(known.postpaid_allowed, |m| m.1),
            profile_id,
            quota_bytes: row.quota_bytes.or(known.quota_bytes),
            install_fee: row.install_fee.unwrap_or(known.install_fee),
            ..known
        },
        None => catalog::Plan {
            id: tx.new_id(),
            code: row.code.clone(),
            name: row.name.clone(),
            tax: row.tax.unwrap_or(TaxMode::None),
            prepaid_allowed: row.modes.is_none_or(|m| m.0),
            postpaid_allowed: row.modes.is_none_or(|m| m.1),
            profile_id,
            fup_profile_id: None,
            quota_bytes: row.quota_bytes,
            install_fee: row.install_fee.unwrap_or(Money::ZERO),
            external_id: Some(row.code.clone()),
            archived: false,
        },
    };
    let from = row.price_from.unwrap_or_else(|| tx.now().day(kernel::Zone::Jakarta));
    set_plan(tx, &plan, row.price, from).await
}

/// The plan's profile: the named one, its own, or a new one.
async fn profile(
    tx: &mut Tx,
    catalog: &Catalog,
    row: &Plan,
    known: Option<&catalog::Plan>,
) -> Result<ProfileId> {
    let code = row.profile.as_deref().unwrap_or(&row.code);
    let there = profile_by_code(catalog, code);
    let Some((down, up)) = row.kbps else {
        let own = known.map(|p| p.profile_id).filter(|_| row.profile.is_none());
        return own.or(there.map(|p| p.id)).ok_or_else(|| {
            kernel::Fault::field("profile", "not_found", "profil tidak ada", "no such profile")
        });
    };
    let profile = match there {
        Some(p) if (p.rate_down_kbps, p.rate_up_kbps) == (down, up) => return Ok(p.id),
        Some(p) => Profile { rate_down_kbps: down, rate_up_kbps: up, ..p.clone() },
        None => Profile {
            id: tx.new_id(),
            code: code.to_owned(),
            name: row.name.clone(),
            kind: ProfileKind::Plan,
            rate_down_kbps: down,
            rate_up_kbps: up,
            attributes: Vec::new(),
            archived: false,
        },
    };
    set_profile(tx, &profile).await
}

#[cfg(test)]
mod tests {
    use super::kbps;

    #[test]
    fn a_speed_names_its_unit() {
        for (text, expect) in [
            ("20M", 20_000),
            ("20 Mbps", 20_000),
            ("512k", 512),
            ("20480", 20_480),
            ("1G", 1_000_000),
        ] {
            assert_eq!(kbps(text), Some(expect), "{text}");
        }
        for text in ["20", "10M/20M", "cepat", "", "0M", "-5M", "999999999G"] {
            assert_eq!(kbps(text), None, "{text}");
        }
    }
}
