//! The one decision: who may be online, with what, why, and when to ask again. Pure.
//!
//! Rules: full access needs an empty set of holds. `unpaid` and `period_over` follow from money and time,
//! `quota_used` from usage, `manual` and `abuse` are people's. Isolation is an accept with the isolation
//! profile, never a reject; only what has ended is blocked.

use catalog::Policy;
use kernel::words::Lang;
use kernel::{Day, InvoiceId, Money, Period, ProfileId, Ts, Zone};
use network::{Desired, Why};
use serde_json::json;

/// The subscription's state as far as access cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    PendingInstall,
    /// Installed; isolated until the first payment.
    Ready,
    /// Active or isolated: the holds decide.
    Running,
    Paused,
    /// Terminated or cancelled.
    Ended,
}

/// A hold that a person placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedHold {
    /// `manual` or `abuse`.
    pub kind: &'static str,
    pub why: String,
    pub until: Option<Ts>,
}

/// An open invoice of this subscription that isolates when it is not paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvoice {
    pub id: InvoiceId,
    pub number: String,
    pub outstanding: Money,
    pub due_on: Day,
    pub isolate_at: Ts,
    pub period: Option<Period>,
}

/// Usage in the running quota period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub used_bytes: i64,
    pub limit_bytes: i64,
    pub resets_at: Ts,
}

/// Everything the decision depends on.
#[derive(Clone, Debug)]
pub struct Facts {
    pub life: Life,
    pub zone: Zone,
    pub policy: Policy,
    pub profile: ProfileId,
    pub fup_profile: Option<ProfileId>,
    pub open: Vec<OpenInvoice>,
    /// Last day paid for; prepaid only.
    pub entitled_to: Option<Day>,
    /// Runs after a reversed payment: `period_over` waits for it too.
    pub grace_until: Option<Ts>,
    pub promise_until: Option<Ts>,
    pub placed: Vec<PlacedHold>,
    pub quota: Option<Quota>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub desired: Desired,
    pub why: Why,
    /// The next instant at which the same facts may give another answer.
    pub recheck_at: Option<Ts>,
}

/// Decides. The same facts and `now` give the same answer.
pub fn decide(facts: &Facts, now: Ts) -> Decision {
    match facts.life {
        Life::Ended => {
            blocked("terminated", "Langganan sudah berhenti.", "The subscription has ended.")
        }
        Life::PendingInstall => blocked(
            "not_installed",
            "Perangkat belum dipasang; menunggu kunjungan teknisi.",
            "The device is not installed yet; waiting for the technician's visit.",
        ),
        Life::Paused => isolated(
            vec!["paused".to_owned()],
            Why::new(
                "paused",
                "Langganan sedang cuti atas permintaan pelanggan.",
                "The subscription is paused at the customer's wish.",
                json!({}),
            ),
            None,
        ),
        Life::Ready => ready(facts),
        Life::Running => running(facts, now),
    }
}

fn ready(facts: &Facts) -> Decision {
    let why = match facts.open.iter().min_by_key(|i| i.isolate_at) {
        Some(invoice) => unpaid_why("first_payment", &[invoice]),
        None => Why::new(
            "first_payment",
            "Sudah terpasang; internet aktif setelah pembayaran pertama.",
            "Installed; the internet opens with the first payment.",
            json!({}),
        ),
    };
    isolated(vec!["unpaid".to_owned()], why, None)
}

fn running(facts: &Facts, now: Ts) -> Decision {
    let mut recheck: Vec<Ts> = Vec::new();
    let mut reasons: Vec<(&str, Why)> = Vec::new();
    for hold in &facts.placed {
        if hold.until.is_none_or(|until| until > now) {
            reasons.push((hold.kind, placed_why(hold, facts.zone)));
            recheck.extend(hold.until);
        }
    }
    money_holds(facts, now, &mut reasons, &mut recheck);
    let mut profile = facts.profile;
    let mut slowed = None;
    // A quota whose period is over is not in force; at that instant the next one has to begin.
    if let Some(quota) = facts.quota.filter(|quota| quota.resets_at > now) {
        recheck.push(quota.resets_at);
        if quota.used_bytes >= quota.limit_bytes {
            let why = quota_why(&quota, facts);
            match facts.fup_profile {
                Some(fup) => {
                    profile = fup;
                    slowed = Some(why);
                }
                None => reasons.push(("quota_used", why)),
            }
        }
    }
    let recheck_at = recheck.into_iter().filter(|at| *at > now).min();
    reasons.sort_by_key(|(kind, _)| rank(kind));
    match reasons.first() {
        Some((_, why)) => {
            let why = why.clone();
            let mut holds: Vec<String> = reasons.iter().map(|(k, _)| (*k).to_owned()).collect();
            holds.dedup();
            isolated(holds, why, recheck_at)
        }
        None => Decision {
            desired: Desired::Full { profile },
            why: slowed.unwrap_or_else(|| promise_or_ok(facts, now)),
            recheck_at,
        },
    }
}

/// `unpaid` and `period_over`, unless a promise or the ISP's switch keeps them away.
fn money_holds(
    facts: &Facts,
    now: Ts,
    reasons: &mut Vec<(&'static str, Why)>,
    recheck: &mut Vec<Ts>,
) {
    if !facts.policy.isolation_on {
        return;
    }
    let promised = facts.promise_until.is_some_and(|until| until > now);
    let counts = |i: &&OpenInvoice| i.outstanding > facts.policy.tolerance;
    let open: Vec<&OpenInvoice> = facts.open.iter().filter(counts).collect();
    recheck.extend(open.iter().map(|i| i.isolate_at));
    let mut reached: Vec<&OpenInvoice> = open.into_iter().filter(|i| i.isolate_at <= now).collect();
    reached.sort_by_key(|i| (i.due_on, i.isolate_at));
    let over_at = facts.entitled_to.map(|last| {
        let over = period_over_at(last, facts);
        facts.grace_until.map_or(over, |grace| grace.max(over))
    });
    recheck.extend(over_at);
    if promised {
        recheck.extend(facts.promise_until);
        return;
    }
    let lapsed = facts.promise_until.filter(|until| *until <= now && !reached.is_empty());
    if !reached.is_empty() {
        let mut why = unpaid_why("unpaid", &reached);
        if let Some(until) = lapsed {
            why = lapsed_why(why, until, facts.zone);
        }
        reasons.push(("unpaid", why));
    }
    if let (Some(at), Some(last)) = (over_at, facts.entitled_to)
        && at <= now
        && reached.is_empty()
    {
        reasons.push(("period_over", period_over_why(last)));
    }
}

/// The instant of the first unpaid day, within the policy's window, at which a prepaid period is over.
pub fn period_over_at(last_day: Day, facts: &Facts) -> Ts {
    facts.policy.isolation_at(last_day.next(), facts.zone)
}

fn rank(kind: &str) -> u8 {
    match kind {
        "abuse" => 0,
        "manual" => 1,
        "unpaid" => 2,
        "period_over" => 3,
        _ => 4,
    }
}

fn isolated(holds: Vec<String>, why: Why, recheck_at: Option<Ts>) -> Decision {
    Decision { desired: Desired::Isolated { holds }, why, recheck_at }
}

fn blocked(reason: &str, id: &str, en: &str) -> Decision {
    Decision {
        desired: Desired::Blocked { reason: reason.to_owned() },
        why: Why::new(reason, id, en, json!({})),
        recheck_at: None,
    }
}

/// `Tagihan November 2026`, or the invoice's number when it has no period.
pub fn invoice_title(number: &str, period: Option<Period>, lang: Lang) -> String {
    match (period, lang) {
        (Some(p), Lang::Id) => format!("Tagihan {}", p.from.month_name(lang)),
        (Some(p), Lang::En) => format!("The invoice of {}", p.from.month_name(lang)),
        (None, Lang::Id) => format!("Tagihan {number}"),
        (None, Lang::En) => format!("Invoice {number}"),
    }
}

fn unpaid_why(code: &str, invoices: &[&OpenInvoice]) -> Why {
    let total: Money = invoices.iter().map(|i| i.outstanding).sum();
    let say = |lang: Lang| {
        let Some(first) = invoices.first() else { return String::new() };
        let title = invoice_title(&first.number, first.period, lang);
        let due = first.due_on.short(lang);
        let more = invoices.len() - 1;
        match (lang, more) {
            (Lang::Id, 0) => {
                format!("{title} {}, jatuh tempo {due}, belum lunas.", first.outstanding)
            }
            (Lang::En, 0) => format!("{title}, {}, due {due}, is not paid.", first.outstanding),
            (Lang::Id, _) => format!(
                "{title} {}, jatuh tempo {due}, dan {more} tagihan lain belum lunas (seluruhnya {total}).",
                first.outstanding
            ),
            (Lang::En, _) => format!(
                "{title}, {}, due {due}, and {more} more are not paid ({total} in all).",
                first.outstanding
            ),
        }
    };
    let evidence: Vec<_> = invoices
        .iter()
        .map(|i| {
            json!({ "invoice": i.id, "number": i.number, "outstanding": i.outstanding,
            "due_on": i.due_on, "isolate_at": i.isolate_at })
        })
        .collect();
    Why::new(code, say(Lang::Id), say(Lang::En), json!({ "invoices": evidence, "total": total }))
}

fn lapsed_why(why: Why, until: Ts, zone: Zone) -> Why {
    let (id, en) = (until.local_text(zone, Lang::Id), until.local_text(zone, Lang::En));
    let mut evidence = why.evidence;
    evidence["promise_until"] = json!(until);
    Why::new(
        "promise_expired",
        format!("{} Janji bayar sampai {id} sudah lewat.", why.id),
        format!("{} The promise to pay by {en} has passed.", why.en),
        evidence,
    )
}

fn period_over_why(last: Day) -> Why {
    Why::new(
        "period_over",
        format!("Masa aktif habis {}; perpanjang untuk membuka internet.", last.short(Lang::Id)),
        format!("The paid period ended on {}; renew to go online.", last.short(Lang::En)),
        json!({ "entitled_to": last }),
    )
}

fn placed_why(hold: &PlacedHold, zone: Zone) -> Why {
    let until = |lang| hold.until.map(|u| u.local_text(zone, lang));
    let (head_id, head_en) = if hold.kind == "abuse" {
        ("Diisolir NOC karena penyalahgunaan", "Isolated by NOC for abuse")
    } else {
        ("Diisolir manual", "Isolated by hand")
    };
    let tail_id = until(Lang::Id).map_or(String::new(), |u| format!(" sampai {u}"));
    let tail_en = until(Lang::En).map_or(String::new(), |u| format!(" until {u}"));
    Why::new(
        hold.kind,
        format!("{head_id}{tail_id}: {}.", hold.why.trim_end_matches('.')),
        format!("{head_en}{tail_en}: {}.", hold.why.trim_end_matches('.')),
        json!({ "why": hold.why, "until": hold.until }),
    )
}

fn quota_why(quota: &Quota, facts: &Facts) -> Why {
    let gib = |bytes: i64| {
        let tenths = (i128::from(bytes) * 10) >> 30;
        format!("{},{}", tenths / 10, tenths % 10)
    };
    let (used, limit) = (gib(quota.used_bytes), gib(quota.limit_bytes));
    let (on_id, on_en) = (
        quota.resets_at.day(facts.zone).short(Lang::Id),
        quota.resets_at.day(facts.zone).short(Lang::En),
    );
    let evidence = json!({ "used_bytes": quota.used_bytes, "limit_bytes": quota.limit_bytes,
        "resets_at": quota.resets_at });
    if facts.fup_profile.is_some() {
        return Why::new(
            "fup",
            format!(
                "Kuota {limit} GiB terpakai ({used} GiB); kecepatan diturunkan sampai {on_id}."
            ),
            format!("The {limit} GiB quota is used up ({used} GiB); slower until {on_en}."),
            evidence,
        );
    }
    Why::new(
        "quota_used",
        format!(
            "Kuota {limit} GiB habis ({used} GiB terpakai); pulih {on_id} atau setelah isi ulang."
        ),
        format!(
            "The {limit} GiB quota is used up ({used} GiB); back on {on_en} or after a top-up."
        ),
        evidence,
    )
}

fn promise_or_ok(facts: &Facts, now: Ts) -> Why {
    match facts.promise_until.filter(|until| *until > now) {
        Some(until) => Why::new(
            "promise",
            format!("Aktif dengan janji bayar sampai {}.", until.local_text(facts.zone, Lang::Id)),
            format!("Active on a promise to pay by {}.", until.local_text(facts.zone, Lang::En)),
            json!({ "promise_until": until }),
        ),
        None => {
            Why::new("ok", "Aktif, tidak ada tunggakan.", "Active, nothing is overdue.", json!({}))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }
    fn at(text: &str, hour: i8, minute: i8) -> Ts {
        Ts::local(day(text), hour, minute, Zone::Jakarta)
    }
    fn facts() -> Facts {
        Facts {
            life: Life::Running,
            zone: Zone::Jakarta,
            policy: Policy::default(),
            profile: ProfileId::nil(),
            fup_profile: None,
            open: vec![],
            entitled_to: None,
            grace_until: None,
            promise_until: None,
            placed: vec![],
            quota: None,
        }
    }
    fn november() -> OpenInvoice {
        OpenInvoice {
            id: InvoiceId::nil(),
            number: "INV/2026/12/000001".into(),
            outstanding: Money::rupiah(277_500),
            due_on: day("2026-12-20"),
            isolate_at: at("2026-12-21", 0, 1),
            period: Period::new(day("2026-11-01"), day("2026-11-30")),
        }
    }
    fn holds(decision: &Decision) -> Vec<String> {
        match &decision.desired {
            Desired::Isolated { holds } => holds.clone(),
            _ => vec![],
        }
    }

    #[test]
    fn a_postpaid_invoice_isolates_at_its_minute_and_says_so_in_words() {
        let facts = Facts { open: vec![november()], ..facts() };
        let before = decide(&facts, at("2026-12-21", 0, 0));
        assert_eq!(before.desired, Desired::Full { profile: ProfileId::nil() });
        assert_eq!(before.recheck_at, Some(at("2026-12-21", 0, 1)));
        let after = decide(&facts, at("2026-12-21", 0, 1));
        assert_eq!(holds(&after), ["unpaid"]);
        assert_eq!(
            after.why.id,
            "Tagihan November 2026 Rp 277.500, jatuh tempo 20 Des 2026, belum lunas."
        );
        assert_eq!(after.recheck_at, None);
    }

    #[test]
    fn a_promise_keeps_access_open_until_its_end_and_then_is_named() {
        let until = at("2026-12-24", 23, 59);
        let facts = Facts { open: vec![november()], promise_until: Some(until), ..facts() };
        let kept = decide(&facts, at("2026-12-22", 8, 0));
        assert_eq!((kept.why.code.as_str(), kept.recheck_at), ("promise", Some(until)));
        let broken = decide(&facts, until);
        assert_eq!(broken.why.code, "promise_expired");
        assert_eq!(holds(&broken), ["unpaid"]);
    }

    #[test]
    fn paying_removes_only_the_holds_of_money() {
        let abuse = PlacedHold { kind: "abuse", why: "mengirim spam".into(), until: None };
        let facts = Facts { placed: vec![abuse], open: vec![november()], ..facts() };
        let both = decide(&facts, at("2026-12-25", 0, 0));
        assert_eq!(holds(&both), ["abuse", "unpaid"]);
        assert_eq!(both.why.code, "abuse");
        let paid = Facts { open: vec![], ..facts };
        assert_eq!(holds(&decide(&paid, at("2026-12-25", 0, 0))), ["abuse"]);
    }

    #[test]
    fn a_placed_hold_ends_by_itself() {
        let until = at("2026-12-25", 12, 0);
        let hold = PlacedHold { kind: "manual", why: "cek alamat".into(), until: Some(until) };
        let facts = Facts { placed: vec![hold], ..facts() };
        let held = decide(&facts, at("2026-12-25", 11, 59));
        assert_eq!((holds(&held), held.recheck_at), (vec!["manual".to_owned()], Some(until)));
        assert!(holds(&decide(&facts, until)).is_empty());
    }

    #[test]
    fn a_prepaid_period_is_over_at_one_minute_past_midnight() {
        let facts = Facts { entitled_to: Some(day("2026-11-30")), ..facts() };
        assert!(holds(&decide(&facts, at("2026-12-01", 0, 0))).is_empty());
        let over = decide(&facts, at("2026-12-01", 0, 1));
        assert_eq!(holds(&over), ["period_over"]);
    }

    #[test]
    fn a_used_up_quota_isolates_or_slows_down_beyond_4_gib_too() {
        let quota = Quota {
            used_bytes: 7_000_000_000,
            limit_bytes: 6 << 30,
            resets_at: at("2027-01-01", 0, 0),
        };
        let plain = Facts { quota: Some(quota), ..facts() };
        let decision = decide(&plain, at("2026-12-10", 0, 0));
        assert_eq!(holds(&decision), ["quota_used"]);
        assert_eq!(decision.recheck_at, Some(quota.resets_at));
        let fup: ProfileId = "0193a9d0-0000-7000-8000-000000000001".parse().unwrap();
        let slowed =
            decide(&Facts { fup_profile: Some(fup), ..plain.clone() }, at("2026-12-10", 0, 0));
        assert_eq!(slowed.desired, Desired::Full { profile: fup });
        assert_eq!(slowed.why.code, "fup");
        let under = Quota { used_bytes: (6 << 30) - 1, ..quota };
        let under = Facts { quota: Some(under), ..plain.clone() };
        let open = decide(&under, at("2026-12-10", 0, 0));
        assert_eq!((open.why.code.as_str(), open.recheck_at), ("ok", Some(quota.resets_at)));
        let over = decide(&plain, quota.resets_at);
        assert_eq!(
            (over.why.code.as_str(), over.recheck_at),
            ("ok", None),
            "not in force any more"
        );
    }

    #[test]
    fn nobody_is_isolated_for_money_until_it_is_switched_on_and_a_tolerance_is_kept() {
        let mut policy = Policy { isolation_on: false, ..Policy::default() };
        let late = at("2027-02-01", 0, 0);
        let facts = Facts { open: vec![november()], ..facts() };
        assert!(
            holds(&decide(&Facts { policy: policy.clone(), ..facts.clone() }, late)).is_empty()
        );
        policy = Policy { tolerance: Money::rupiah(277_500), ..Policy::default() };
        assert!(holds(&decide(&Facts { policy, ..facts }, late)).is_empty());
    }

    #[test]
    fn what_has_ended_is_blocked_and_what_waits_for_the_first_payment_is_isolated() {
        let ended = decide(&Facts { life: Life::Ended, ..facts() }, at("2026-12-01", 0, 0));
        assert_eq!(ended.desired, Desired::Blocked { reason: "terminated".into() });
        let ready = Facts { life: Life::Ready, open: vec![november()], ..facts() };
        let ready = decide(&ready, at("2026-11-10", 0, 0));
        assert_eq!(
            (holds(&ready), ready.why.code.as_str()),
            (vec!["unpaid".to_owned()], "first_payment")
        );
    }
}
