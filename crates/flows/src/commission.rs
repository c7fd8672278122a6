//! Commission follows from fully paid invoices: where billing meets partner.

use kernel::{InvoiceId, Money, PartnerId, PlanId, Result, SubscriptionId, Ts};
use partner::commission::PaidInvoice;
use store::{Query, QueryExt, Tx, args, row};

use crate::wallet;

row! {
    struct Facts { subscription_id: Option<SubscriptionId>, partner_id: Option<PartnerId>, paid_at: Option<Ts>, branch_id: kernel::BranchId, live: bool,
        written_off: Money, base: Money, billed_plan: Option<PlanId> }
}

/// Accrues the commission of an invoice that became fully paid, if a reseller sold it.
pub async fn accrue(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    let now = tx.now();
    let Some(paid) = facts(tx, invoice, now).await? else { return Ok(()) };
    for share in partner::commission::accrue(tx, &paid).await? {
        // Netted, the reseller paid that much less: the wallet's payment has it in the books.
        let netted = paid.netted && share.partner == paid.partner;
        if !netted && !share.amount.is_zero() {
            wallet::book_commission(tx, share.partner, share.amount).await?;
        }
    }
    Ok(())
}

/// An invoice was credited: with the last rupiah of it the commission goes too.
pub async fn credited(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    let live: Option<bool> =
        tx.value_opt("select live from billing_invoice where id = $1", args![invoice]).await?;
    if live == Some(false) { take_back(tx, invoice).await } else { Ok(()) }
}

/// Takes it back: the payment was reversed, or the invoice is no more.
pub async fn take_back(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    for row in partner::commission::take_back(tx, invoice).await? {
        if !row.netted && !row.amount.is_zero() {
            wallet::book_take_back(tx, row.partner_id, row.amount).await?;
        }
    }
    Ok(())
}

/// The seller's own commission of an invoice if it is fully paid `now`, with its formula: what a payment
/// from the wallet keeps.
///
/// Golden: 277,500 at 10 % of 250,000 keeps 25,000 and costs the wallet 252,500.
pub async fn of_seller(q: &mut dyn Query, invoice: InvoiceId, now: Ts) -> Result<(Money, String)> {
    let Some(paid) = facts(q, invoice, now).await? else { return Ok((Money::ZERO, String::new())) };
    let shares = partner::commission::shares(q, &paid).await?;
    let own = shares.into_iter().find(|share| share.partner == paid.partner);
    Ok(own.map_or((Money::ZERO, String::new()), |share| (share.amount, share.formula)))
}

/// `None` when no commission can follow: nobody sold it, or it is credited, or given up in part.
async fn facts(q: &mut dyn Query, invoice: InvoiceId, now: Ts) -> Result<Option<PaidInvoice>> {
    let found: Option<Facts> = q
        .row_opt(
            "select i.subscription_id, i.partner_id, i.paid_at, i.branch_id, i.live,
               i.written_off, cast(coalesce((select sum(l.base - l.credited_base)
                 from billing_invoice_line l where l.invoice_id = i.id), 0) as bigint) as base,
               (select l.plan_id from billing_invoice_line l
                 where l.invoice_id = i.id and l.plan_id is not null order by l.no desc limit 1)
                 as billed_plan
             from billing_invoice i where i.id = $1",
            args![invoice],
        )
        .await?;
    let Some(f) = found else { return Ok(None) };
    let sold = f.live && f.written_off.is_zero() && f.base.is_positive();
    let Some(partner) = f.partner_id.filter(|_| sold) else { return Ok(None) };
    let paid_at = f.paid_at.unwrap_or(now);
    // Ids of invoices rise with their issue: of two that one payment settles the older is the first.
    let earlier: i64 = q
        .value(
            "select count(*) from billing_invoice
             where subscription_id = $1 and live and (paid_at < $3 or (paid_at = $3 and id < $2))",
            args![f.subscription_id, invoice, paid_at],
        )
        .await?;
    let by_wallet: Money = q
        .value(
            "select cast(coalesce(sum(a.amount), 0) as bigint) from billing_allocation a
             join billing_payment p on p.id = a.payment_id
             where a.invoice_id = $1 and p.channel = 'wallet' and p.state = 'settled'",
            args![invoice],
        )
        .await?;
    let zone = catalog::current(q).await?.zone(f.branch_id);
    Ok(Some(PaidInvoice {
        invoice,
        subscription: f.subscription_id,
        plan: f.billed_plan,
        partner,
        base: f.base,
        first: f.subscription_id.is_some() && earlier == 0,
        netted: by_wallet.is_positive(),
        paid_on: paid_at.day(zone),
    }))
}
