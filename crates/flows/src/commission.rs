//! Commission follows from fully paid invoices: where billing meets partner.

use kernel::{Day, InvoiceId, Money, PartnerId, PlanId, Result, SubscriptionId, Ts};
use partner::commission::PaidInvoice;
use store::{QueryExt, Tx, args, row};

use crate::wallet;

row! {
    struct Facts { subscription_id: Option<SubscriptionId>, partner_id: Option<PartnerId>, base: Money,
        plan_id: Option<PlanId>, paid_at: Option<Ts>, branch_id: kernel::BranchId, credited: Money }
}

/// Accrues the commission of an invoice that became fully paid, if a reseller sold it.
pub async fn accrue(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    let Some(paid) = facts(tx, invoice).await? else { return Ok(()) };
    for share in partner::commission::accrue(tx, &paid).await? {
        // Netted, the reseller paid that much less: the wallet's payment has it in the books.
        let netted = paid.netted && share.partner == paid.partner;
        if !netted && !share.amount.is_zero() {
            wallet::book_commission(tx, share.partner, share.amount).await?;
        }
    }
    Ok(())
}

/// Takes it back when the payment was reversed.
pub async fn take_back(tx: &mut Tx, invoice: InvoiceId) -> Result<()> {
    for row in partner::commission::take_back(tx, invoice).await? {
        if !row.netted && !row.amount.is_zero() {
            wallet::book_take_back(tx, row.partner_id, row.amount).await?;
        }
    }
    Ok(())
}

/// What the reseller's price of an invoice is: its open amount less the seller's commission.
///
/// Golden: 277,500 at 10 % of 250,000 costs the wallet 252,500.
pub async fn net_price(tx: &mut Tx, invoice: InvoiceId, open: Money) -> Result<(Money, Money)> {
    let Some(paid) = facts(tx, invoice).await? else { return Ok((open, Money::ZERO)) };
    let shares = partner::commission::shares(tx, &paid).await?;
    let own: Money = shares.iter().filter(|s| s.partner == paid.partner).map(|s| s.amount).sum();
    Ok((open - own, own))
}

async fn facts(tx: &mut Tx, invoice: InvoiceId) -> Result<Option<PaidInvoice>> {
    let found: Option<Facts> = tx
        .row_opt(
            "select i.subscription_id, i.partner_id, i.base, s.plan_id, i.paid_at, i.branch_id, i.credited
             from billing_invoice i left join billing_subscription s on s.id = i.subscription_id
             where i.id = $1",
            args![invoice],
        )
        .await?;
    let Some(f) = found else { return Ok(None) };
    // What was taken back by a credit note was not sold.
    let Some(partner) = f.partner_id.filter(|_| f.credited.is_zero()) else { return Ok(None) };
    let earlier: i64 = tx
        .value(
            "select count(*) from billing_invoice
             where subscription_id = $1 and id <> $2 and paid_at is not null and credited = 0",
            args![f.subscription_id, invoice],
        )
        .await?;
    let by_wallet: i64 = tx
        .value(
            "select count(*) from billing_allocation a join billing_payment p on p.id = a.payment_id
             where a.invoice_id = $1 and p.channel = 'wallet' and p.state = 'settled'",
            args![invoice],
        )
        .await?;
    let zone = catalog::current(tx).await?.zone(f.branch_id);
    let paid_on: Day = f.paid_at.unwrap_or(tx.now()).day(zone);
    Ok(Some(PaidInvoice {
        invoice,
        subscription: f.subscription_id,
        plan: f.plan_id,
        partner,
        base: f.base,
        first: earlier == 0,
        netted: by_wallet > 0,
        paid_on,
    }))
}
