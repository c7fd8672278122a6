//! The run's pure function, case by case.

use std::collections::BTreeMap;

use catalog::{Plan, PolicyPatch, PolicyScope, TaxMode, TaxRule};
use kernel::{Id, Money, PlanId, Ts};

use super::*;
use crate::charges::{Change, ExtraTerms};
use crate::usage::{PauseSpan, UnpaidSpan};
use crate::words::{ChangeState, ExtraKind};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}
fn id<T>(n: u8) -> Id<T> {
    format!("00000000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}
const HOME: u8 = 1;
const FAST: u8 = 2;

fn plan(n: u8, name: &str) -> Plan {
    Plan {
        id: id(n),
        code: name.into(),
        name: name.into(),
        tax: TaxMode::Exclusive,
        prepaid_allowed: true,
        postpaid_allowed: true,
        profile_id: Id::nil(),
        fup_profile_id: None,
        quota_bytes: None,
        install_fee: Money::ZERO,
        external_id: None,
        archived: false,
    }
}

fn catalog() -> Catalog {
    let rule = TaxRule {
        from_on: day("2025-01-01"),
        code: "PPN12".into(),
        rate_bp: 1_200,
        base_num: 11,
        base_den: 12,
    };
    let price = |n: i64| BTreeMap::from([(day("2026-01-01"), Money::rupiah(n))]);
    let plans: BTreeMap<PlanId, Plan> =
        [plan(HOME, "Home"), plan(FAST, "Fast")].into_iter().map(|p| (p.id, p)).collect();
    Catalog {
        version: 1,
        company: Some(catalog::Company {
            id: Id::nil(),
            name: "Net".into(),
            legal_name: "PT Net".into(),
            npwp: Some("1".into()),
            address: String::new(),
            phone: String::new(),
            email: String::new(),
            is_pkp: true,
        }),
        branches: BTreeMap::new(),
        plans,
        profiles: BTreeMap::new(),
        revisions: BTreeMap::new(),
        past_profiles: BTreeMap::new(),
        top_ups: BTreeMap::new(),
        prices: BTreeMap::from([(id(HOME), price(250_000)), (id(FAST), price(400_000))]),
        taxes: BTreeMap::from([(rule.from_on, rule)]),
        policies: BTreeMap::new(),
    }
}

fn sub(mode: Mode, active: &str, billed_to: &str) -> Subscription {
    Subscription {
        id: id(9),
        number: "S1".into(),
        customer_id: id(8),
        branch_id: Id::nil(),
        partner_id: None,
        plan_id: id(HOME),
        mode,
        calendar: Calendar::Calendar,
        anchor_dom: day(active).dom(),
        state: SubscriptionState::Active,
        label: None,
        activated_on: Some(day(active)),
        terminated_on: None,
        billed_to: Some(day(billed_to)),
        next_issue_on: Some(day(billed_to)),
        install_fee: Money::ZERO,
        unused_in_row: 0,
        termination_proposed_on: None,
        external_id: None,
        created_at: Ts::from_micros(0),
    }
}

fn facts(sub: Subscription) -> Facts {
    Facts {
        sub,
        changes: Vec::new(),
        pauses: Vec::new(),
        unpaid: Vec::new(),
        isolated_since: None,
        extras: Vec::new(),
        open: Vec::new(),
    }
}

fn run(facts: &Facts, on: &str) -> Outcome {
    let catalog = catalog();
    on_day(facts, &Terms::of(&facts.sub, &catalog), day(on), day(on))
}

/// First day, last day, base and PPN of every draft.
fn amounts(out: &Outcome) -> Vec<(String, String, i64, i64)> {
    out.drafts
        .iter()
        .map(|d| {
            let q = &d.quote;
            (d.period.from.to_string(), d.period.to.to_string(), q.base.get(), q.tax.get())
        })
        .collect()
}
fn one(from: &str, to: &str, base: i64, tax: i64) -> Vec<(String, String, i64, i64)> {
    vec![(from.into(), to.into(), base, tax)]
}

fn open(n: u8, from: &str, to: &str) -> OpenInvoice {
    OpenInvoice {
        id: id(n),
        kind: InvoiceKind::Regular,
        key: String::new(),
        period: Period { from: day(from), to: day(to) },
        months: 1,
        isolates_on: Some(day(from)),
        total: Money::rupiah(277_500),
        paid: Money::ZERO,
        outstanding: Money::rupiah(277_500),
        used: false,
        install_fee: Money::ZERO,
        discounts: Vec::new(),
    }
}

#[test]
fn postpaid_bills_the_month_that_ended_with_its_due_and_isolation_days() {
    let f = facts(sub(Mode::Postpaid, "2026-11-10", "2026-11-09"));
    assert!(run(&f, "2026-11-30").drafts.is_empty());
    let out = run(&f, "2026-12-01");
    assert_eq!(amounts(&out), one("2026-11-10", "2026-11-30", 175_000, 19_250));
    assert_eq!(out.drafts[0].due_on, day("2026-12-20"));
    let isolates = Ts::local(day("2026-12-21"), 0, 1, kernel::Zone::Jakarta);
    assert_eq!(out.drafts[0].isolate_at, Some(isolates));
    assert_eq!(out.sub.next_issue_on, Some(day("2027-01-01")));
    let again = Facts { sub: out.sub, ..f };
    assert!(run(&again, "2026-12-01").drafts.is_empty());
}

#[test]
fn a_run_that_was_missed_bills_every_month_once() {
    let f = facts(sub(Mode::Postpaid, "2026-11-10", "2026-11-09"));
    let out = run(&f, "2027-02-03");
    let months: Vec<String> = amounts(&out).into_iter().map(|a| a.0).collect();
    assert_eq!(months, ["2026-11-10", "2026-12-01", "2027-01-01"]);
    assert_eq!(out.sub.billed_to, Some(day("2027-01-31")));
}

#[test]
fn days_isolated_for_unpaid_are_billed_to_the_end_of_that_period_only() {
    let mut f = facts(sub(Mode::Postpaid, "2026-11-10", "2026-11-30"));
    f.unpaid = vec![UnpaidSpan { since: day("2026-12-21"), reopened: None }];
    assert_eq!(amounts(&run(&f, "2027-01-01")), one("2026-12-01", "2026-12-31", 250_000, 27_500));
    let all = run(&f, "2027-02-01");
    assert_eq!(amounts(&all).len(), 1);
    assert_eq!(all.sub.billed_to, Some(day("2027-01-31")));
    f.sub.billed_to = Some(day("2026-12-31"));
    f.unpaid = vec![UnpaidSpan { since: day("2026-12-21"), reopened: Some(day("2027-01-10")) }];
    assert_eq!(amounts(&run(&f, "2027-02-01")), one("2027-01-10", "2027-01-31", 177_419, 19_516));
}

#[test]
fn a_plan_change_a_pause_and_an_end_are_rated_by_their_days() {
    let mut f = facts(sub(Mode::Postpaid, "2026-05-01", "2026-05-31"));
    f.changes = vec![Change {
        old_plan: id(HOME),
        new_plan: id(FAST),
        from_on: day("2026-06-16"),
        state: ChangeState::Applied,
    }];
    f.sub.plan_id = id(FAST);
    let out = run(&f, "2026-07-01");
    assert_eq!(amounts(&out), one("2026-06-01", "2026-06-30", 325_000, 35_750));
    assert_eq!(out.drafts[0].quote.lines.len(), 2);

    let mut f = facts(sub(Mode::Postpaid, "2026-05-01", "2026-11-30"));
    f.pauses = vec![PauseSpan { from: day("2026-12-10"), to: Some(day("2026-12-19")) }];
    assert_eq!(amounts(&run(&f, "2027-01-01")), one("2026-12-01", "2026-12-31", 169_355, 18_629));

    let mut f = facts(sub(Mode::Postpaid, "2026-05-01", "2026-11-30"));
    f.sub.terminated_on = Some(day("2026-12-10"));
    let catalog = catalog();
    let out = final_bill(&f, &Terms::of(&f.sub, &catalog), day("2026-12-10"));
    assert_eq!(amounts(&out), one("2026-12-01", "2026-12-10", 80_645, 8_871));
    assert_eq!(out.sub.next_issue_on, None);
}

#[test]
fn february_is_rated_by_its_own_days() {
    let f = facts(sub(Mode::Postpaid, "2027-02-15", "2027-02-14"));
    assert_eq!(amounts(&run(&f, "2027-03-01")), one("2027-02-15", "2027-02-28", 125_000, 13_750));
}

#[test]
fn prepaid_is_issued_at_its_start_and_an_unused_one_makes_room() {
    let mut f = facts(sub(Mode::Prepaid, "2026-11-10", "2026-11-30"));
    assert!(run(&f, "2026-11-30").drafts.is_empty());
    let out = run(&f, "2026-12-01");
    assert_eq!(amounts(&out), one("2026-12-01", "2026-12-31", 250_000, 27_500));
    assert_eq!(out.drafts[0].due_on, day("2026-12-01"));
    f.sub = out.sub;
    f.open = vec![open(1, "2026-12-01", "2026-12-31")];
    f.isolated_since = Some(day("2026-12-01"));
    assert!(run(&f, "2026-12-31").drafts.is_empty());
    let out = run(&f, "2027-01-01");
    assert_eq!(out.unused, [id(1)]);
    assert_eq!(amounts(&out), one("2027-01-01", "2027-01-31", 250_000, 27_500));
    assert_eq!(out.sub.unused_in_row, 1);
    f.sub = Subscription { unused_in_row: 2, ..f.sub };
    assert!(run(&f, "2027-01-01").propose_termination);
    f.sub.termination_proposed_on = Some(day("2026-12-01"));
    assert!(!run(&f, "2027-01-01").propose_termination);
}

#[test]
fn prepaid_days_ahead_wait_while_an_invoice_is_open() {
    let catalog = Catalog {
        policies: BTreeMap::from([(
            (PolicyScope::Isp, kernel::Id::<()>::nil().uuid()),
            PolicyPatch { prepaid_days_ahead: Some(7), ..PolicyPatch::default() },
        )]),
        ..catalog()
    };
    let mut f = facts(sub(Mode::Prepaid, "2026-10-01", "2026-11-30"));
    let go = |f: &Facts, on: &str| on_day(f, &Terms::of(&f.sub, &catalog), day(on), day(on));
    assert!(go(&f, "2026-11-23").drafts.is_empty());
    let out = go(&f, "2026-11-24");
    assert_eq!(amounts(&out), one("2026-12-01", "2026-12-31", 250_000, 27_500));
    assert_eq!(out.drafts[0].due_on, day("2026-12-01"));
    f.open = vec![open(1, "2026-11-01", "2026-11-30")];
    f.isolated_since = Some(day("2026-11-01"));
    assert!(go(&f, "2026-11-24").drafts.is_empty());
    assert_eq!(go(&f, "2026-12-01").unused, [id(1)]);
}

#[test]
fn months_ahead_that_nobody_paid_make_room_for_the_single_month() {
    let mut f = facts(sub(Mode::Prepaid, "2026-10-01", "2027-02-28"));
    f.open = vec![OpenInvoice { months: 3, ..open(1, "2026-12-01", "2027-02-28") }];
    assert!(run(&f, "2026-11-30").unused.is_empty());
    let out = run(&f, "2026-12-01");
    assert_eq!((out.unused.as_slice(), out.sub.unused_in_row), ([id(1)].as_slice(), 0));
    assert_eq!(amounts(&out), one("2026-12-01", "2026-12-31", 250_000, 27_500));
}

#[test]
fn add_ons_and_discounts_are_on_the_invoice_and_run_out() {
    let extra = |n: u8, kind, amount, percent_bp, periods| ExtraTerms {
        id: id(n),
        kind,
        name: "x".into(),
        amount: Money::rupiah(amount),
        percent_bp,
        from_on: day("2026-01-01"),
        to_on: None,
        periods,
        used: 0,
    };
    let mut f = facts(sub(Mode::Postpaid, "2026-11-16", "2026-11-15"));
    f.extras = vec![
        extra(1, ExtraKind::AddOn, 50_000, 0, None),
        extra(2, ExtraKind::Discount, 0, 5_000, Some(2)),
    ];
    let out = run(&f, "2027-03-01");
    let bases: Vec<i64> = amounts(&out).into_iter().map(|a| a.2).collect();
    // 15/30 of 250,000 and of 50,000, less half of the plan; a whole month so; then without the discount.
    assert_eq!(bases, [62_500 + 25_000, 125_000 + 50_000, 300_000, 300_000]);
    f.extras = vec![extra(3, ExtraKind::Discount, 0, 10_000, Some(1))];
    let out = run(&f, "2026-12-01");
    assert_eq!(out.drafts[0].quote.total, Money::ZERO);
    f.extras = vec![extra(4, ExtraKind::Discount, 999_999, 0, None)];
    assert_eq!(run(&f, "2026-12-01").drafts[0].quote.total, Money::ZERO);
}

#[test]
fn the_installation_fee_stands_on_the_first_invoice_only() {
    let mut f = facts(sub(Mode::Postpaid, "2026-11-10", "2026-11-09"));
    f.sub.install_fee = Money::rupiah(150_000);
    let out = run(&f, "2027-01-01");
    let bases: Vec<i64> = amounts(&out).into_iter().map(|a| a.2).collect();
    assert_eq!(bases, [325_000, 250_000]);
    assert_eq!(out.sub.install_fee, Money::ZERO);
}

fn replaced(f: &Facts, invoice: &OpenInvoice, on: &str) -> Option<(String, String, i64)> {
    let catalog = catalog();
    let r = replacement(f, &Terms::of(&f.sub, &catalog), invoice, day(on))?;
    let d = r.draft;
    Some((d.period.from.to_string(), d.period.to.to_string(), d.quote.total.get()))
}

#[test]
fn a_first_invoice_paid_late_starts_on_the_payment_day() {
    let mut f = facts(sub(Mode::Prepaid, "2026-11-10", "2026-11-30"));
    f.sub.state = SubscriptionState::Ready;
    let first = open(1, "2026-11-10", "2026-11-30");
    assert_eq!(replaced(&f, &first, "2026-11-10"), None);
    let got = replaced(&f, &first, "2026-11-25");
    assert_eq!(got, Some(("2026-11-25".into(), "2026-11-30".into(), 55_500)));
    let got = replaced(&f, &first, "2026-12-10").map(|r| (r.0, r.1));
    assert_eq!(got, Some(("2026-12-10".into(), "2026-12-31".into())));
    f.sub.calendar = Calendar::Anniversary;
    let got = replaced(&f, &first, "2026-11-25");
    assert_eq!(got, Some(("2026-11-25".into(), "2026-12-24".into(), 277_500)));
}

#[test]
fn a_later_period_paid_late_costs_the_whole_unless_the_policy_says_from_payment() {
    let mut f = facts(sub(Mode::Prepaid, "2026-10-01", "2026-12-31"));
    f.sub.state = SubscriptionState::Isolated;
    f.isolated_since = Some(day("2026-12-01"));
    let december = open(1, "2026-12-01", "2026-12-31");
    assert_eq!(replaced(&f, &december, "2026-12-05"), None);
    let mut with = catalog();
    let patch =
        PolicyPatch { prepaid_late: Some(PrepaidLate::FromPayment), ..PolicyPatch::default() };
    with.policies.insert((PolicyScope::Isp, kernel::Id::<()>::nil().uuid()), patch);
    let terms = Terms::of(&f.sub, &with);
    let r = replacement(&f, &terms, &december, day("2026-12-22")).unwrap();
    assert_eq!(r.draft.quote.base, Money::rupiah(250_000).ratio(10, 31));
    // Used under a promise until the 10th: the whole period is due.
    f.isolated_since = Some(day("2026-12-11"));
    assert!(replacement(&f, &terms, &december, day("2026-12-22")).is_none());
}

#[test]
fn days_that_have_passed_are_never_sold() {
    let mut f = facts(sub(Mode::Prepaid, "2026-10-01", "2026-11-30"));
    f.sub.state = SubscriptionState::Isolated;
    f.isolated_since = Some(day("2026-11-01"));
    let november = open(1, "2026-11-01", "2026-11-30");
    let got = replaced(&f, &november, "2026-12-03");
    assert_eq!(got, Some(("2026-12-01".into(), "2026-12-31".into(), 277_500)));
}

#[test]
fn a_period_that_was_used_without_payment_stays_a_debt_beside_the_next() {
    let mut f = facts(sub(Mode::Prepaid, "2026-10-01", "2026-11-30"));
    f.open = vec![open(1, "2026-11-01", "2026-11-30")];
    // Online all November; or from a promise's day on; never isolated before the 11th.
    for isolated_since in [None, Some(day("2026-11-11"))] {
        f.isolated_since = isolated_since;
        let out = run(&f, "2026-12-01");
        assert_eq!((out.unused.as_slice(), out.sub.unused_in_row), ([].as_slice(), 0));
        assert_eq!(amounts(&out), one("2026-12-01", "2026-12-31", 250_000, 27_500));
        f.sub.state = SubscriptionState::Isolated;
        assert_eq!(replaced(&f, &f.open[0], "2026-12-03"), None);
    }
    // Its isolation falls on the 2nd: who is isolated from then on used nothing that counts.
    f.isolated_since = Some(day("2026-11-02"));
    assert_eq!(run(&f, "2026-12-01").unused, []);
    f.open[0].isolates_on = Some(day("2026-11-02"));
    assert_eq!(run(&f, "2026-12-01").unused, [id(1)]);
}

#[test]
fn a_run_for_a_past_day_is_dated_today() {
    let catalog = catalog();
    let today = day("2026-12-03");
    let f = facts(sub(Mode::Postpaid, "2026-11-10", "2026-11-09"));
    let late = on_day(&f, &Terms::of(&f.sub, &catalog), day("2026-12-01"), today);
    assert_eq!(late.drafts[0].issued_on, today);
    assert!(on_day(&f, &Terms::of(&f.sub, &catalog), day("2026-11-30"), today).drafts.is_empty());
    let f = facts(sub(Mode::Prepaid, "2026-11-10", "2026-11-30"));
    let late = on_day(&f, &Terms::of(&f.sub, &catalog), day("2026-12-01"), today);
    let draft = &late.drafts[0];
    assert_eq!(
        (draft.issued_on, draft.due_on, draft.period.from),
        (today, today, day("2026-12-01"))
    );
}

#[test]
fn an_invoice_whose_days_were_used_stays_a_debt_beside_the_next() {
    let mut f = facts(sub(Mode::Prepaid, "2026-10-01", "2026-11-30"));
    f.open = vec![OpenInvoice { used: true, ..open(1, "2026-11-01", "2026-11-30") }];
    let out = run(&f, "2026-12-01");
    assert_eq!(out.unused, []);
    assert_eq!(amounts(&out), one("2026-12-01", "2026-12-31", 250_000, 27_500));
    f.sub.state = SubscriptionState::Isolated;
    assert_eq!(replaced(&f, &f.open[0], "2026-12-03"), None);
}
