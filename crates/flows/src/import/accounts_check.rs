//! Checking accounts against what is there: customer, plan, names and addresses that are taken, and where
//! billing goes on.

use std::collections::{BTreeMap, HashMap};

use billing::dates;
use billing::words::{Calendar, Mode};
use catalog::Plan;
use kernel::{Day, Result};
use store::{Query, QueryExt, args, row};

use super::accounts::{Account, Life, Standing, Typed, parse};
use super::accounts_change::{self, Stored};
use super::cells::{self, Parsed};
use super::known::{self, Party};
use super::memory;
use super::report::{Findings, Problem, Say, Wanted};
use super::{Base, Kind, LOCKS_MAX, Sheet, Step, columns, unchanged};

/// Days of use that a postpaid import may leave to be billed: older ones belong into the balances, else
/// the first run would surprise a customer with several months at once.
const UNBILLED_DAYS_MAX: i64 = 62;
/// Days ahead that something may be paid.
const AHEAD_DAYS_MAX: i64 = 800;

pub(super) async fn check(
    q: &mut dyn Query,
    base: &Base,
    sheet: &Sheet,
    findings: &mut Findings,
) -> Result<Vec<Step<Account>>> {
    let rows = cells::rows(columns::ACCOUNTS, sheet, findings, parse)?;
    let around = Around::load(q, &rows).await?;
    let mut repeats = Repeats::default();
    let mut steps = Vec::with_capacity(rows.len());
    for row in unchanged(rows, &around.before, &mut steps) {
        let number = row.row;
        let mut wrong = Wrong { row: number, problems: Vec::new() };
        let step = one(base, &around, &mut repeats, row, &mut wrong);
        findings.problems.append(&mut wrong.problems);
        steps.extend(step);
    }
    limit_locks(&steps, findings);
    Ok(steps)
}

/// Problems of one row.
struct Wrong {
    row: usize,
    problems: Vec<Problem>,
}

impl Wrong {
    fn say(&mut self, column: &str, id: impl Into<String>, en: impl Into<String>) {
        let column = column.to_owned();
        self.problems.push(Problem { row: self.row, column, id: id.into(), en: en.into() });
    }
}

/// What the file's rows refer to.
struct Around {
    customers: HashMap<String, Party>,
    before: HashMap<String, (uuid::Uuid, String)>,
    stored: HashMap<String, Stored>,
    /// User name → external id of its connection, empty when it has none.
    names: HashMap<String, String>,
    addresses: HashMap<String, String>,
}

row! { struct Taken { key: String, external_id: Option<String> } }

impl Around {
    async fn load(q: &mut dyn Query, rows: &[Parsed<Typed>]) -> Result<Self> {
        const NAMES: &str = "select a.username as key, s.external_id from network_account a
            left join billing_subscription s on s.id = a.subscription_id
            where a.released_at is null and a.username {AMONG}($1)";
        const ADDRESSES: &str = "select a.fixed_ip as key, s.external_id from network_account a
            left join billing_subscription s on s.id = a.subscription_id
            where a.state <> 'closed' and a.fixed_ip {AMONG}($1)";
        let of = |f: fn(&Parsed<Typed>) -> &str| -> Vec<&str> { rows.iter().map(f).collect() };
        let mut customers = of(|r| &r.data.customer);
        customers.sort_unstable();
        customers.dedup();
        let ids = of(|r| &r.external_id);
        let ips: Vec<String> =
            rows.iter().filter_map(|r| r.data.fixed_ip.map(|ip| ip.to_string())).collect();
        let map = |taken: Vec<Taken>| -> HashMap<String, String> {
            taken.into_iter().map(|t| (t.key, t.external_id.unwrap_or_default())).collect()
        };
        Ok(Self {
            customers: known::customers(q, &customers).await?,
            before: memory::recall(q, Kind::Accounts, &ids).await?,
            stored: accounts_change::stored(q, &ids).await?,
            names: map(q.rows(NAMES, args![of(|r| &r.data.username)]).await?),
            addresses: map(q.rows(ADDRESSES, args![ips]).await?),
        })
    }
}

/// What earlier rows of the file took.
#[derive(Default)]
struct Repeats {
    names: BTreeMap<String, usize>,
    addresses: BTreeMap<String, usize>,
}

fn one(
    base: &Base,
    around: &Around,
    repeats: &mut Repeats,
    row: Parsed<Typed>,
    wrong: &mut Wrong,
) -> Option<Step<Account>> {
    let typed = &row.data;
    repeated(repeats, typed, row.row, wrong);
    let stored = around.stored.get(&row.external_id);
    let customer = around.customers.get(&typed.customer);
    if customer.is_none() && !typed.customer.is_empty() {
        wrong.say(
            "customer",
            format!("pelanggan \"{}\" tidak ada; impor pelanggan lebih dulu", typed.customer),
            format!("there is no customer \"{}\"; import the customers first", typed.customer),
        );
    }
    let plan = plan_of(base, &typed.plan);
    if plan.is_none() && !typed.plan.is_empty() {
        wrong.say(
            "plan",
            format!("paket \"{}\" tidak ada; impor paket lebih dulu", typed.plan),
            format!("there is no plan \"{}\"; import the plans first", typed.plan),
        );
    }
    let (customer, plan) = (customer?.clone(), plan?);
    // An empty cell leaves what is there.
    let mode = match (stored, typed.mode) {
        (Some(stored), None) => stored.mode,
        _ => mode_of(typed, plan, wrong)?,
    };
    let (wanted, note, standing) = match stored {
        Some(stored) => {
            let (wanted, note) = accounts_change::judge(typed, stored, &customer, plan.id, mode)
                .unwrap_or_else(|(column, say)| {
                    wrong.say(column, say.id, say.en);
                    (Wanted::Skip, None)
                });
            (wanted, note, None)
        }
        None => fresh(base, around, &row.external_id, typed, &customer, mode, wrong)?,
    };
    let subject = stored.map(|stored| stored.id.uuid());
    if wanted == Wanted::Skip {
        return Some(Step::skip(row, subject, note));
    }
    let (plan, stored) = (plan.id, stored.cloned());
    let Parsed { row, external_id, print, data: typed } = row;
    let data = Some(Account { typed, customer, plan, mode, standing, stored });
    Some(Step { row, external_id, wanted, print, note, subject, data })
}

/// The checks of a connection that is not there yet.
fn fresh(
    base: &Base,
    around: &Around,
    external_id: &str,
    typed: &Typed,
    customer: &Party,
    mode: Mode,
    wrong: &mut Wrong,
) -> Option<(Wanted, Option<Say>, Option<Standing>)> {
    if typed.life == Life::Ended {
        let say = Say::new("sudah berhenti: tidak diimpor", "has ended: not imported");
        return Some((Wanted::Skip, Some(say), None));
    }
    if customer.archived {
        wrong.say("customer", "pelanggan ini sudah diarsipkan", "this customer is archived");
    }
    let of_another = |owner: Option<&String>| owner.is_some_and(|owner| owner != external_id);
    if of_another(around.names.get(&typed.username)) {
        wrong.say(
            "username",
            "nama pengguna sudah dipakai akun lain",
            "another account has this user name already",
        );
    }
    let ip = typed.fixed_ip.map(|ip| ip.to_string());
    if ip.is_some_and(|ip| of_another(around.addresses.get(&ip))) {
        wrong.say(
            "fixed_ip",
            "alamat ini sudah dipakai akun lain",
            "another account already has this address",
        );
    }
    if typed.life == Life::ToInstall {
        return Some((Wanted::Create, None, None));
    }
    let standing = standing(typed, mode, base.today(customer.branch_id), wrong)?;
    Some((Wanted::Create, None, Some(standing)))
}

fn repeated(repeats: &mut Repeats, typed: &Typed, row: usize, wrong: &mut Wrong) {
    let first = *repeats.names.entry(typed.username.clone()).or_insert(row);
    if first != row && !typed.username.is_empty() {
        wrong.say(
            "username",
            format!("nama pengguna ini sudah ada di baris {first}"),
            format!("this user name is in row {first} already"),
        );
    }
    if let Some(ip) = typed.fixed_ip {
        let first = *repeats.addresses.entry(ip.to_string()).or_insert(row);
        if first != row {
            wrong.say(
                "fixed_ip",
                format!("alamat ini sudah ada di baris {first}"),
                format!("this address is in row {first} already"),
            );
        }
    }
}

/// A plan by its code, else by its name.
fn plan_of<'a>(base: &'a Base, text: &str) -> Option<&'a Plan> {
    let open = || base.catalog.plans.values().filter(|p| !p.archived);
    open()
        .find(|p| p.code.eq_ignore_ascii_case(text))
        .or_else(|| open().find(|p| p.name.eq_ignore_ascii_case(text)))
}

fn mode_of(typed: &Typed, plan: &Plan, wrong: &mut Wrong) -> Option<Mode> {
    let sold = |mode| match mode {
        Mode::Prepaid => plan.prepaid_allowed,
        Mode::Postpaid => plan.postpaid_allowed,
    };
    match typed.mode {
        Some(mode) if sold(mode) => Some(mode),
        Some(mode) => {
            wrong.say(
                "mode",
                format!("paket {} tidak dijual {mode}", plan.code),
                format!("the plan {} is not sold {mode}", plan.code),
            );
            None
        }
        None if plan.prepaid_allowed != plan.postpaid_allowed => {
            Some(if plan.prepaid_allowed { Mode::Prepaid } else { Mode::Postpaid })
        }
        None => {
            wrong.say(
                "mode",
                "wajib diisi: prabayar atau pascabayar",
                "is required: prepaid or postpaid",
            );
            None
        }
    }
}

/// Where billing goes on, so that the next run issues what the old system would have.
///
/// Postpaid goes on after `billed_to`; without it, after the last whole period (or from the first day, when
/// that is later). Prepaid goes on after `paid_until`.
fn standing(typed: &Typed, mode: Mode, today: Day, wrong: &mut Wrong) -> Option<Standing> {
    let since = typed.active_since;
    if since.is_some_and(|since| since > today) {
        wrong.say("active_since", "tidak boleh di masa depan", "must not be in the future");
        return None;
    }
    let stated = match mode {
        Mode::Prepaid => typed.paid_until.or(typed.billed_to),
        Mode::Postpaid => typed.billed_to,
    };
    if mode == Mode::Prepaid && stated.is_none() {
        wrong.say(
            "paid_until",
            "wajib diisi untuk prabayar: hari terakhir yang sudah dibayar",
            "is required for prepaid: the last day that is paid for",
        );
        return None;
    }
    let anchor_dom = anchor(typed, mode, stated, wrong)?;
    let running = dates::period_at(typed.calendar, anchor_dom, today);
    let billed_to = stated.unwrap_or_else(|| {
        let whole = running.from.prev();
        since.map_or(whole, |since| since.prev().max(whole))
    });
    let column = if mode == Mode::Prepaid { "paid_until" } else { "billed_to" };
    if today.days_until(billed_to) > AHEAD_DAYS_MAX {
        wrong.say(column, "terlalu jauh di depan", "is too far ahead");
        return None;
    }
    if mode == Mode::Postpaid && billed_to.days_until(today) > UNBILLED_DAYS_MAX {
        wrong.say(
            column,
            format!(
                "lebih dari {UNBILLED_DAYS_MAX} hari lalu: beberapa bulan akan ditagih sekaligus; \
                 masukkan tunggakan sebagai saldo, dan isi hari terakhir yang sudah ditagih"
            ),
            format!(
                "is more than {UNBILLED_DAYS_MAX} days ago: several months would be billed at once; \
                 bring debts as balances, and give the last day that was billed"
            ),
        );
        return None;
    }
    // Without a first day: what is not billed yet was used from its first day on.
    let activated_on = since.unwrap_or_else(|| billed_to.next().min(today));
    Some(Standing { activated_on, billed_to, anchor_dom })
}

/// The day of the month on which an anniversary period starts.
fn anchor(typed: &Typed, mode: Mode, stated: Option<Day>, wrong: &mut Wrong) -> Option<i8> {
    if typed.calendar == Calendar::Calendar {
        return Some(typed.active_since.map_or(1, Day::dom));
    }
    let after_paid = stated.filter(|_| mode == Mode::Prepaid).map(|day| day.next().dom());
    let found = typed.anniversary_day.or(after_paid).or(typed.active_since.map(Day::dom));
    if found.is_none() {
        wrong.say(
            "anniversary_day",
            "wajib diisi bila periode mengikuti tanggal pasang (atau isi aktif sejak)",
            "is required when periods follow the installation day (or give active since)",
        );
    }
    found
}

/// Changes of connections that are there, and installs, take a lock each.
fn limit_locks(steps: &[Step<Account>], findings: &mut Findings) {
    let locking = steps.iter().filter(|s| s.data.as_ref().is_some_and(|d| d.standing.is_none()));
    for step in locking.skip(LOCKS_MAX) {
        findings.problems.push(Problem {
            row: step.row,
            column: String::new(),
            id: format!("lebih dari {LOCKS_MAX} perubahan dalam satu berkas; pecah berkasnya"),
            en: format!("more than {LOCKS_MAX} changes in one file; split the file"),
        });
    }
}

#[cfg(test)]
mod tests {
    use network::{AccountKind, Secret};

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }
    fn typed() -> Typed {
        Typed {
            customer: "P1".into(),
            plan: "HOME".into(),
            username: "budi".into(),
            password: Secret::new("x"),
            mac: None,
            mode: None,
            life: Life::Running,
            billed_to: None,
            paid_until: None,
            active_since: None,
            calendar: Calendar::Calendar,
            anniversary_day: None,
            fixed_ip: None,
            mac_policy: None,
            kind: AccountKind::Pppoe,
            label: None,
        }
    }
    fn stands(typed: &Typed, mode: Mode) -> std::result::Result<(String, String, i8), String> {
        let mut wrong = Wrong { row: 2, problems: Vec::new() };
        match standing(typed, mode, day("2026-11-22"), &mut wrong) {
            Some(s) => Ok((s.activated_on.to_string(), s.billed_to.to_string(), s.anchor_dom)),
            None => Err(wrong.problems[0].column.clone()),
        }
    }
    fn ok(since: &str, to: &str, anchor: i8) -> std::result::Result<(String, String, i8), String> {
        Ok((since.into(), to.into(), anchor))
    }

    #[test]
    fn postpaid_goes_on_where_the_old_system_stopped() {
        let plain = typed();
        assert_eq!(stands(&plain, Mode::Postpaid), ok("2026-11-01", "2026-10-31", 1));
        let since_long = Typed { active_since: Some(day("2024-03-15")), ..typed() };
        assert_eq!(stands(&since_long, Mode::Postpaid), ok("2024-03-15", "2026-10-31", 15));
        let this_month = Typed { active_since: Some(day("2026-11-10")), ..typed() };
        assert_eq!(stands(&this_month, Mode::Postpaid), ok("2026-11-10", "2026-11-09", 10));
        let stated = Typed { billed_to: Some(day("2026-11-15")), ..typed() };
        assert_eq!(stands(&stated, Mode::Postpaid), ok("2026-11-16", "2026-11-15", 1));
        let forgotten = Typed { billed_to: Some(day("2026-08-31")), ..typed() };
        assert_eq!(stands(&forgotten, Mode::Postpaid), Err("billed_to".into()));
        let future = Typed { active_since: Some(day("2026-11-23")), ..typed() };
        assert_eq!(stands(&future, Mode::Postpaid), Err("active_since".into()));
    }

    #[test]
    fn prepaid_goes_on_after_the_last_paid_day() {
        assert_eq!(stands(&typed(), Mode::Prepaid), Err("paid_until".into()));
        let paid = Typed { paid_until: Some(day("2026-11-30")), ..typed() };
        assert_eq!(stands(&paid, Mode::Prepaid), ok("2026-11-22", "2026-11-30", 1));
        let over = Typed { paid_until: Some(day("2026-10-31")), ..typed() };
        assert_eq!(stands(&over, Mode::Prepaid), ok("2026-11-01", "2026-10-31", 1));
        let mut by_day = Typed {
            calendar: Calendar::Anniversary,
            paid_until: Some(day("2026-12-14")),
            ..typed()
        };
        assert_eq!(stands(&by_day, Mode::Prepaid), ok("2026-11-22", "2026-12-14", 15));
        by_day.anniversary_day = Some(31);
        assert_eq!(stands(&by_day, Mode::Prepaid), ok("2026-11-22", "2026-12-14", 31));
    }

    #[test]
    fn an_anniversary_without_its_day_is_refused() {
        let mut row = Typed { calendar: Calendar::Anniversary, ..typed() };
        assert_eq!(stands(&row, Mode::Postpaid), Err("anniversary_day".into()));
        row.active_since = Some(day("2025-05-20"));
        assert_eq!(stands(&row, Mode::Postpaid), ok("2025-05-20", "2026-11-19", 20));
    }
}
