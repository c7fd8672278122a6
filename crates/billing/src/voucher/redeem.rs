//! A code refills a prepaid subscription.

use catalog::{Catalog, TaxMode};
use kernel::{Day, Event, Fault, InvoiceId, Period, Result, SubscriptionId};
use serde_json::json;
use store::Tx;

use super::{Voucher, VoucherBatch, code, expired, unknown, used};
use crate::charges::{self, Draft};
use crate::credit::{self, Announce};
use crate::invoice::Invoice;
use crate::issue;
use crate::outcome;
use crate::pay::{self, NewPayment};
use crate::rating::Charge;
use crate::store as sql;
use crate::subscription::{self, Subscription};
use crate::words::{Calendar, Channel, InvoiceKind, LineKind, Mode, SubscriptionState};

/// What a code gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeemed {
    pub invoice: InvoiceId,
    pub from: Day,
    pub to: Day,
}

/// Uses a code for a prepaid subscription: its days begin today, or after the days that are paid. The days
/// stand on an invoice that the voucher pays; an unpaid invoice of the same time is credited. The same
/// code again for the same subscription answers as the first time.
///
/// # Errors
/// `billing.voucher_unknown`, `billing.voucher_used`, `billing.voucher_expired`; `billing.voucher_plan`
/// for another plan's code; `billing.voucher_debt` while a reversed payment's invoice covers today;
/// `billing.not_prepaid`; `billing.subscription_state`.
pub async fn redeem(tx: &mut Tx, text: &str, id: SubscriptionId) -> Result<Redeemed> {
    let sub = subscription::locked(tx, id).await?;
    let catalog = catalog::current(tx).await?;
    let (voucher, batch) =
        sql::voucher::by_code(tx, &code::typed(text)).await?.ok_or_else(unknown)?;
    if let (Some(invoice), Some(owner)) = (voucher.invoice_id, voucher.subscription_id)
        && owner == id
    {
        let invoice = crate::invoice::find(tx, &kernel::Scope::all(), invoice).await?;
        let period = invoice.period();
        return Ok(Redeemed { invoice: invoice.id, from: period.from, to: period.to });
    }
    let today = tx.now().day(sub.zone(&catalog));
    must_fit(&sub, &voucher, &batch, today)?;
    if !sql::voucher::take(tx, voucher.id, id).await? {
        return Err(used());
    }
    let done = refill(tx, &catalog, sub, &batch, today).await?;
    sql::voucher::set_invoice(tx, voucher.id, done.invoice).await?;
    if batch.price.is_positive() {
        let new = NewPayment {
            customer: customer_of(tx, id).await?,
            channel: Channel::Voucher,
            reference: Some(voucher.code.clone()),
            amount: batch.price,
            named_invoice: Some(done.invoice),
            received_at: tx.now(),
            note: Some(batch.number.clone()),
        };
        pay::receive(tx, new).await?;
    }
    let after = json!({ "batch": batch.number, "from": done.from, "to": done.to });
    tx.journal("subscription", id.uuid(), "voucher_redeemed", json!(null), after).await?;
    tx.emit(Event::VoucherRedeemed { voucher: voucher.id });
    Ok(done)
}

async fn customer_of(tx: &mut Tx, id: SubscriptionId) -> Result<kernel::CustomerId> {
    Ok(subscription::find(tx, &kernel::Scope::all(), id).await?.customer_id)
}

fn must_fit(sub: &Subscription, voucher: &Voucher, batch: &VoucherBatch, today: Day) -> Result<()> {
    use SubscriptionState::{Active, Isolated, Ready};
    if voucher.state != crate::words::VoucherState::Unused {
        return Err(used());
    }
    if today > batch.expires_on {
        return Err(expired(batch.expires_on));
    }
    if sub.mode != Mode::Prepaid {
        return Err(Fault::conflict(
            "billing.not_prepaid",
            "Voucher hanya untuk langganan prabayar.",
            "A voucher is for a prepaid subscription only.",
        ));
    }
    if sub.plan_id != batch.plan_id {
        return Err(Fault::conflict(
            "billing.voucher_plan",
            "Voucher ini untuk paket lain.",
            "This voucher is for another plan.",
        ));
    }
    sub.must_be(&[Ready, Active, Isolated])
}

/// Makes room for the voucher's days and issues them.
async fn refill(
    tx: &mut Tx,
    catalog: &Catalog,
    sub: Subscription,
    batch: &VoucherBatch,
    today: Day,
) -> Result<Redeemed> {
    let open = credit::void_of(tx, catalog, &sub).await?;
    credit::whole(tx, catalog, &open, "Diganti voucher", Announce::Each).await?;
    let running = sql::invoice::regular_from(tx, sub.id, today).await?;
    if let Some(debt) = running.iter().find(|invoice| invoice.outstanding().is_positive()) {
        return Err(debt_first(debt));
    }
    let mut sub = subscription::find(tx, &kernel::Scope::all(), sub.id).await?;
    let given = sql::credit::entitlements_from(tx, sub.id, today).await?;
    let from = given.iter().map(|e| e.to_on.next()).max().unwrap_or(today).max(today);
    let to = from.plus_days(i32::try_from(batch.days - 1).unwrap_or(0));
    if sub.calendar == Calendar::Anniversary {
        sub.anchor_dom = to.next().dom();
    }
    let policy = sub.policy(catalog);
    sub.billed(to, &policy);
    sql::subscription::save(tx, &sub).await?;
    let draft = draft_of(catalog, &sub, batch, Period { from, to }, today)?;
    let issued = issue::write(tx, catalog, &[draft], None).await?;
    issue::announce(tx, &issued);
    let invoice = issued.first().map(|i| i.id).ok_or_else(|| Fault::bug("nothing was issued"))?;
    Ok(Redeemed { invoice, from, to })
}

/// Days that were used under a payment which was taken back are owed: a voucher beside them would be billed
/// for the same days.
fn debt_first(debt: &Invoice) -> Fault {
    let number = debt.number.as_deref().unwrap_or_default();
    Fault::conflict(
        "billing.voucher_debt",
        format!(
            "Pembayaran tagihan {number} dibatalkan; lunasi dulu tagihan itu, lalu pakai voucher."
        ),
        format!(
            "The payment of invoice {number} was reversed; settle it first, then use the voucher."
        ),
    )
}

fn draft_of(
    catalog: &Catalog,
    sub: &Subscription,
    batch: &VoucherBatch,
    span: Period,
    today: Day,
) -> Result<Draft> {
    let plan = catalog.plan(batch.plan_id)?;
    let mut charge =
        Charge::once(LineKind::Voucher, &plan.name, tax_of(catalog, batch), batch.price);
    charge.span = Some(span);
    charge.plan = Some(batch.plan_id);
    let quote = charges::rate(catalog, &[charge], today);
    Ok(Draft {
        key: format!("voucher {}", batch.number),
        ..outcome::draft(sub, InvoiceKind::Regular, span, today, quote)
    })
}

/// What is printed on a voucher holds the PPN, if the plan is taxed at all.
pub(super) fn tax_of(catalog: &Catalog, batch: &VoucherBatch) -> TaxMode {
    let mode = catalog.plans.get(&batch.plan_id).map(|p| catalog.tax_mode(p));
    match mode {
        Some(TaxMode::Exclusive | TaxMode::Inclusive) => TaxMode::Inclusive,
        Some(TaxMode::None) | None => TaxMode::None,
    }
}
