//! Commission rows are exactly what each seller's rule yields for the invoices that are fully paid.

use std::collections::BTreeMap;

use kernel::{BranchId, InvoiceId, Money, PartnerId, PlanId, Result, SubscriptionId, Ts};
use partner::commission::{PaidInvoice, yields};
use partner::reseller::Reseller;
use partner::rule::Rule;
use store::{Query, QueryExt, args, row};

use super::Broken;

row! {
    /// A paid invoice that a reseller sold.
    struct Sold {
        id: InvoiceId,
        number: Option<String>,
        subscription_id: Option<SubscriptionId>,
        partner_id: PartnerId,
        branch_id: BranchId,
        paid_at: Ts,
        base: Money,
        // What was credited before it was paid, and at that very instant.
        before: Money,
        same: Money,
        plan_id: Option<PlanId>,
        // Others of its subscription: issued by then, and certainly paid before it.
        others: i64,
        paid_before: i64,
    }
}

const SOLD: &str =
    "select i.id, i.number, i.subscription_id, i.partner_id, i.branch_id, i.paid_at, i.base,
    cast(coalesce((select sum(n.base) from billing_credit_note n
      where n.invoice_id = i.id and n.issued_at < i.paid_at), 0) as bigint) as before,
    cast(coalesce((select sum(n.base) from billing_credit_note n
      where n.invoice_id = i.id and n.issued_at = i.paid_at), 0) as bigint) as same,
    (select l.plan_id from billing_invoice_line l
      where l.invoice_id = i.id and l.plan_id is not null order by l.no desc limit 1) as plan_id,
    (select count(*) from billing_invoice o where o.subscription_id = i.subscription_id
      and o.id <> i.id and o.issued_at <= i.paid_at) as others,
    (select count(*) from billing_invoice o where o.subscription_id = i.subscription_id and o.live
      and (o.paid_at < i.paid_at or (o.paid_at = i.paid_at and o.id < i.id))) as paid_before
  from billing_invoice i
  where i.partner_id is not null and i.state = 'issued' and i.live and i.paid_at is not null
    and i.written_off = 0 and i.total <= i.paid + i.credited + i.withheld
  order by i.id";

type Amounts = Vec<(PartnerId, Money)>;

pub(super) async fn check(q: &mut dyn Query, broken: &mut Vec<Broken>) -> Result<()> {
    let rules = partner::rule::all(q).await?;
    let sellers: BTreeMap<PartnerId, Reseller> =
        partner::reseller::all(q).await?.into_iter().map(|r| (r.id, r)).collect();
    let catalog = catalog::current(q).await?;
    let rows: Vec<(InvoiceId, PartnerId, Money)> = q
        .rows(
            "select invoice_id, partner_id, amount from partner_commission
             where taken_back_at is null order by invoice_id, partner_id",
            args![],
        )
        .await?;
    let mut accrued: BTreeMap<InvoiceId, Amounts> = BTreeMap::new();
    for (invoice, partner, amount) in rows {
        accrued.entry(invoice).or_default().push((partner, amount));
    }
    for sold in q.rows::<Sold>(SOLD, args![]).await? {
        let Some(seller) = sellers.get(&sold.partner_id) else { continue };
        let known: Vec<Rule> = rules
            .iter()
            .filter(|(partner, at, _)| *partner == seller.id && *at <= sold.paid_at)
            .map(|(_, _, rule)| rule.clone())
            .collect();
        let is = accrued.remove(&sold.id).unwrap_or_default();
        let paid_on = sold.paid_at.day(catalog.zone(sold.branch_id));
        let lawful = lawful(&sold, seller, &known, paid_on);
        if lawful.contains(&is) {
            continue;
        }
        let name = sold.number.unwrap_or_default();
        let wanted = lawful.into_iter().next().unwrap_or_default();
        let invariant = if is.is_empty() { "commission_missing" } else { "commission_differs" };
        let detail =
            format!("{name} has the commission {is:?}, its seller's rule yields {wanted:?}");
        broken.push(Broken { invariant, detail });
    }
    for (invoice, is) in accrued {
        let detail = format!("invoice {invoice} has the commission {is:?}, but is not fully paid");
        broken.push(Broken { invariant: "commission_unearned", detail });
    }
    Ok(())
}

/// What may stand there. Once another invoice of the subscription was issued, whether this one was the first
/// that was paid can't be told from what stands now: that other one may have been paid then, and not be now.
fn lawful(sold: &Sold, seller: &Reseller, rules: &[Rule], paid_on: kernel::Day) -> Vec<Amounts> {
    let with = |first: bool, base: Money| -> Amounts {
        let paid = PaidInvoice {
            invoice: sold.id,
            subscription: sold.subscription_id,
            plan: sold.plan_id,
            partner: seller.id,
            base,
            first,
            netted: false,
            paid_on,
        };
        let shares = if base.is_positive() { yields(rules, seller, &paid) } else { Vec::new() };
        let mut amounts: Amounts = shares.into_iter().map(|s| (s.partner, s.amount)).collect();
        amounts.sort_unstable();
        amounts
    };
    let never = sold.subscription_id.is_none() || sold.paid_before > 0;
    let firsts: &[bool] = match (never, sold.others) {
        (true, _) => &[false],
        (false, 0) => &[true],
        (false, _) => &[true, false],
    };
    let left = sold.base - sold.before;
    let mut all = Vec::new();
    for first in firsts {
        all.push(with(*first, left));
        if !sold.same.is_zero() {
            all.push(with(*first, left - sold.same));
        }
    }
    all
}
