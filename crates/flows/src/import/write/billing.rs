//! Billing's rows of an import: connections that run already, debts and credits of the books before.

use billing::dates;
use billing::ledger::{self, Entry, EntryKind, rules};
use billing::numbers::{self, Document};
use billing::rating::{self, Charge};
use billing::words::{
    Calendar, Channel, InvoiceKind, InvoiceState, LineKind, Mode, PaymentState, SubscriptionState,
};
use catalog::{Catalog, TaxMode};
use kernel::{
    BranchId, CustomerId, Day, EntitlementId, InvoiceId, InvoiceLineId, Money, PartnerId,
    PaymentId, Period, PlanId, Result, SubscriptionId, Ts,
};
use serde_json::{Value as Json, json};
use store::{Tx, Value, args};

use super::bulk;
use crate::import::known::Party;

/// A connection that runs already.
pub(in crate::import) struct Opened<'a> {
    pub id: SubscriptionId,
    pub customer: &'a Party,
    pub plan: PlanId,
    pub mode: Mode,
    pub calendar: Calendar,
    pub anchor_dom: i8,
    pub activated_on: Day,
    pub billed_to: Day,
    pub label: Option<&'a str>,
    pub external_id: &'a str,
}

impl Opened<'_> {
    /// The whole period that holds `day`.
    pub(in crate::import) fn period_at(&self, day: Day) -> Period {
        dates::period_at(self.calendar, self.anchor_dom, day)
    }
}

/// Money accounts, subscriptions and, for prepaid, the days that are paid for.
///
/// Twin of `subscription::create` and what `subscription::installed` leaves, with the standing of the books
/// before: no fee, active, billed up to a day. Nothing is told: the connection ran before.
pub(in crate::import) async fn connections(
    tx: &mut Tx,
    catalog: &Catalog,
    opened: &[Opened<'_>],
) -> Result<()> {
    let parties: Vec<&Party> = opened.iter().map(|o| o.customer).collect();
    money_accounts(tx, &parties).await?;
    let count = i64::try_from(opened.len()).unwrap_or(i64::MAX);
    let first = tx.next_numbers("SUB", count).await?;
    let now = tx.now();
    let mut subs: Vec<Value> = Vec::with_capacity(opened.len() * 17);
    let mut days: Vec<Value> = Vec::new();
    for (seq, o) in (first..).zip(opened) {
        let policy = catalog.policy(o.plan, o.customer.id);
        let next = dates::next_issue_on(o.mode, o.calendar, o.anchor_dom, o.billed_to, &policy);
        subs.extend(args![
            o.id,
            format!("S{seq:06}"),
            o.customer.id,
            o.customer.branch_id,
            o.customer.partner_id,
            o.plan,
            o.mode,
            o.calendar,
            o.anchor_dom,
            SubscriptionState::Active,
            o.label,
            o.activated_on,
            o.billed_to,
            next,
            Money::ZERO,
            o.external_id,
            now
        ]);
        if o.mode == Mode::Prepaid {
            let id: EntitlementId = tx.new_id();
            // The invoice that gave these days stands in the books before: an id that is nobody's here.
            let invoice: InvoiceId = tx.new_id();
            let from = o.period_at(o.billed_to).from;
            days.extend(args![id, o.id, invoice, from, o.billed_to, now]);
        }
    }
    bulk(
        tx,
        "insert into billing_subscription (id, number, customer_id, branch_id, partner_id, plan_id, mode,
           calendar, anchor_dom, state, label, activated_on, billed_to, next_issue_on, install_fee,
           external_id, created_at)",
        "",
        17,
        subs,
    )
    .await?;
    bulk(
        tx,
        "insert into billing_entitlement (id, subscription_id, invoice_id, from_on, to_on, given_at)",
        "",
        6,
        days,
    )
    .await?;
    Ok(())
}

/// Twin of the money account that every billing verb makes sure of.
pub(in crate::import) async fn money_accounts(tx: &mut Tx, parties: &[&Party]) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(parties.len() * 5);
    for p in parties {
        values.extend(args![p.id, p.branch_id, p.partner_id, p.withholds_pph23, p.withholds_wapu]);
    }
    bulk(
        tx,
        "insert into billing_party (customer_id, branch_id, partner_id, withholds_pph23, withholds_wapu)",
        "on conflict (customer_id) do nothing",
        5,
        values,
    )
    .await?;
    Ok(())
}

/// Takes the money accounts of customers until the end of the transaction, in one order: what a billing run
/// takes too.
pub(in crate::import) async fn lock_money(tx: &mut Tx, customers: &[CustomerId]) -> Result<()> {
    if store::Query::db(tx).dialect() != store::dialect::Dialect::Postgres {
        return Ok(());
    }
    let mut ids = customers.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let sql = "select 1 from billing_party where customer_id {AMONG}($1)
         order by customer_id for update";
    tx.exec(sql, args![ids]).await?;
    Ok(())
}

/// A debt of the books before.
pub(in crate::import) struct Debt {
    pub id: InvoiceId,
    pub customer: CustomerId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub subscription: Option<SubscriptionId>,
    pub key: String,
    pub name: String,
    pub amount: Money,
    /// None, or a day that has passed: the day of issue.
    pub due_on: Option<Day>,
    /// Unpaid after its due day it isolates its subscription.
    pub isolates: bool,
}

/// Issues opening invoices, all on their branch's today. Twin of `issue::one_off` with
/// `OneOffKind::Opening`: no tax, no income, nothing told. The caller holds the money accounts.
pub(in crate::import) async fn debts(tx: &mut Tx, catalog: &Catalog, debts: &[Debt]) -> Result<()> {
    // Two zones may have two todays, and numbers are of one month.
    let today = |d: &Debt| tx.now().day(catalog.zone(d.branch));
    let mut days: Vec<Day> = debts.iter().map(today).collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        let mine: Vec<&Debt> =
            debts.iter().filter(|d| tx.now().day(catalog.zone(d.branch)) == day).collect();
        debts_of(tx, catalog, &mine, day).await?;
    }
    Ok(())
}

async fn debts_of(tx: &mut Tx, catalog: &Catalog, debts: &[&Debt], on: Day) -> Result<()> {
    let series = numbers::series(Document::Invoice, on);
    let count = i64::try_from(debts.len()).unwrap_or(i64::MAX);
    let first = tx.next_numbers(&series, count).await?;
    let mut heads: Vec<Value> = Vec::with_capacity(debts.len() * 21);
    let mut lines: Vec<Value> = Vec::with_capacity(debts.len() * 11);
    let mut entries = Vec::with_capacity(debts.len());
    for (seq, d) in (first..).zip(debts) {
        let charge = Charge::once(LineKind::Opening, &d.name, TaxMode::None, d.amount);
        let quote = rating::rate(&[charge], None);
        heads.extend(d.head(tx.now(), catalog, (&series, seq), on, &quote));
        for l in &quote.lines {
            let id: InvoiceLineId = tx.new_id();
            let (days, price) = ((l.days, l.of_days), l.price);
            lines.extend(args![id, d.id, 1i64, l.kind, l.name, days.0, days.1, price]);
            lines.extend(args![l.base, l.tax, false]);
        }
        let mut entry = Entry::new(EntryKind::Invoice, d.id.uuid(), d.branch).of(d.customer);
        rules::line_issued(&mut entry, LineKind::Opening, quote.base, quote.tax, false);
        entries.push(entry);
    }
    bulk(
        tx,
        "insert into billing_invoice (id, number, series, seq, customer_id, subscription_id, branch_id,
           partner_id, kind, key, period_from, period_to, state, issued_on, issued_at, due_on, isolate_at,
           base, tax, total, hash)",
        "",
        21,
        heads,
    )
    .await?;
    bulk(
        tx,
        "insert into billing_invoice_line (id, invoice_id, no, kind, name, days, of_days, price, base, tax,
           deferred)",
        "",
        11,
        lines,
    )
    .await?;
    for d in debts {
        let after = json!({ "imported": d.key, "total": d.amount });
        tx.journal("invoice", d.id.uuid(), "issued", Json::Null, after).await?;
    }
    post(tx, entries).await
}

impl Debt {
    /// The invoice's own row.
    fn head(
        &self,
        now: Ts,
        catalog: &Catalog,
        (series, seq): (&str, i64),
        on: Day,
        quote: &rating::Quote,
    ) -> Vec<Value> {
        let due_on = self.due_on.unwrap_or(on).max(on);
        let policy = catalog.isp_policy();
        let zone = catalog.zone(self.branch);
        let isolate_at = self.isolates.then(|| policy.isolation_at(due_on.next(), zone));
        let number = numbers::text(Document::Invoice, on, seq);
        let mut row = args![self.id, number, series, seq, self.customer, self.subscription];
        row.extend(args![self.branch, self.partner, InvoiceKind::OneOff, self.key, on, on]);
        row.extend(args![InvoiceState::Issued, on, now, due_on, isolate_at]);
        row.extend(args![quote.base, quote.tax, quote.total, quote.hash()]);
        row
    }
}

/// A credit of the books before.
pub(in crate::import) struct Credit {
    pub id: PaymentId,
    pub customer: CustomerId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub reference: String,
    pub amount: Money,
    pub note: Option<String>,
}

/// Takes over credits of customers who owe nothing: each waits for the next invoice. Twin of
/// `pay::receive` by the channel `opening`. The caller holds the money accounts.
pub(in crate::import) async fn credits(
    tx: &mut Tx,
    catalog: &Catalog,
    credits: &[Credit],
) -> Result<()> {
    let mut by_day: std::collections::BTreeMap<Day, Vec<&Credit>> =
        std::collections::BTreeMap::new();
    for credit in credits {
        by_day.entry(tx.now().day(catalog.zone(credit.branch))).or_default().push(credit);
    }
    for (on, mine) in by_day {
        credits_of(tx, &mine, on).await?;
    }
    Ok(())
}

async fn credits_of(tx: &mut Tx, credits: &[&Credit], on: Day) -> Result<()> {
    let series = numbers::series(Document::Receipt, on);
    let count = i64::try_from(credits.len()).unwrap_or(i64::MAX);
    let first = tx.next_numbers(&series, count).await?;
    let (now, by) = (tx.now(), tx.actor().name.clone());
    let channel = Channel::Opening.to_string();
    let mut rows: Vec<Value> = Vec::with_capacity(credits.len() * 16);
    let mut entries = Vec::with_capacity(credits.len());
    for (seq, c) in (first..).zip(credits) {
        rows.extend(args![
            c.id,
            numbers::text(Document::Receipt, on, seq),
            series,
            seq,
            c.customer,
            c.branch,
            c.partner,
            channel,
            c.reference,
            c.amount,
            PaymentState::Settled,
            now,
            now,
            by,
            now,
            c.note
        ]);
        let mut entry = Entry::new(EntryKind::Payment, c.id.uuid(), c.branch).of(c.customer);
        rules::received(&mut entry, &Channel::Opening, c.amount);
        entries.push(entry);
    }
    bulk(
        tx,
        "insert into billing_payment (id, receipt_number, series, seq, customer_id, branch_id, partner_id,
           channel, reference, amount, state, received_at, recorded_at, recorded_by, settled_at, note)",
        "",
        16,
        rows,
    )
    .await?;
    for c in credits {
        let after = json!({ "imported": c.reference, "amount": c.amount, "channel": channel });
        tx.journal("payment", c.id.uuid(), "received", Json::Null, after).await?;
    }
    post(tx, entries).await
}

/// Posts in portions that one statement holds.
async fn post(tx: &mut Tx, entries: Vec<Entry>) -> Result<()> {
    for chunk in entries.chunks(1_000) {
        ledger::post_all(tx, chunk).await?;
    }
    Ok(())
}
