//! The supplement of a prepaid upgrade, and open invoices of days to come on the new plan.

use catalog::Catalog;
use kernel::{Day, Fault, Period, Result, SubscriptionId};
use store::{Query, Tx};

use crate::charges::{self, Draft, ExtraTerms, Facts, OpenInvoice};
use crate::credit::{self, Announce};
use crate::issue;
use crate::outcome::{self, Terms};
use crate::store as sql;
use crate::store::facts::Range;
use crate::store::subscription::ChangeRow;
use crate::words::{ChangeState, InvoiceKind, LineKind, Mode, SubscriptionState};

/// Why an open invoice was credited, as printed on its note.
const WHY: &str = "Terbit ulang karena ganti paket";

/// The supplement for the paid days that are left: the old plan taken back, the new plan for them.
pub(crate) async fn draft(
    q: &mut dyn Query,
    catalog: &Catalog,
    change: &ChangeRow,
    paid_to: Day,
    today: Day,
) -> Result<Draft> {
    let facts = sql::facts::load(q, catalog, Range::one(change.subscription_id)).await?.pop();
    let facts = facts.ok_or_else(|| Fault::bug("a plan change without its subscription"))?;
    let discounts = discounts_in_force(q, &facts, change.from_on).await?;
    Ok(supplement(catalog, &facts, change, paid_to, today, &discounts))
}

/// The discounts on the invoices of the days that are left.
async fn discounts_in_force(
    q: &mut dyn Query,
    facts: &Facts,
    from: Day,
) -> Result<Vec<ExtraTerms>> {
    let invoices = sql::invoice::regular_from(q, facts.sub.id, from).await?;
    let ids: Vec<_> =
        invoices.iter().filter(|i| i.kind == InvoiceKind::Regular).map(|i| i.id).collect();
    let used: Vec<_> = sql::invoice::lines(q, &ids)
        .await?
        .into_iter()
        .filter(|l| l.kind == LineKind::Discount)
        .filter_map(|l| l.extra_id)
        .collect();
    Ok(facts.extras.iter().filter(|e| used.contains(&e.id)).cloned().collect())
}

fn supplement(
    catalog: &Catalog,
    facts: &Facts,
    change: &ChangeRow,
    paid_to: Day,
    today: Day,
    discounts: &[ExtraTerms],
) -> Draft {
    let plans = (change.old_plan, change.new_plan);
    let lines =
        charges::supplement_charges(facts, catalog, plans, change.from_on, paid_to, discounts);
    let quote = charges::rate(catalog, &lines, today);
    let period = Period { from: change.from_on, to: paid_to };
    Draft {
        key: change.id.to_string(),
        due_on: today.max(change.from_on),
        ..outcome::draft(&facts.sub, InvoiceKind::Supplement, period, today, quote)
    }
}

/// A supplement that is paid later than its first day starts on the payment day.
pub(crate) async fn refreshed(
    q: &mut dyn Query,
    catalog: &Catalog,
    facts: &Facts,
    open: &OpenInvoice,
    day: Day,
) -> Result<Option<(ChangeRow, Draft)>> {
    let change = sql::subscription::change_of_invoice(q, facts.sub.id, open.id).await?;
    let Some(mut change) = change.filter(|c| c.state == ChangeState::WaitingPayment) else {
        return Ok(None);
    };
    if day > open.period.to {
        return Ok(None);
    }
    change.from_on = day;
    let discounts = discounts_in_force(q, facts, day).await?;
    let draft = supplement(catalog, facts, &change, open.period.to, day, &discounts);
    Ok(Some((change, draft)))
}

/// Credits open regular invoices that nothing was given for yet and issues them anew: on the plan of
/// their days as it now is.
pub(crate) async fn reprice_open(tx: &mut Tx, catalog: &Catalog, id: SubscriptionId) -> Result<()> {
    let Some(mut facts) = sql::facts::load(tx, catalog, Range::one(id)).await?.pop() else {
        return Ok(());
    };
    if facts.sub.mode != Mode::Prepaid {
        return Ok(());
    }
    let terms = Terms::of(&facts.sub, catalog);
    let today = tx.now().day(terms.zone);
    let fits = |o: &OpenInvoice| {
        o.kind == InvoiceKind::Regular
            && o.key.is_empty()
            && !o.used
            && o.outstanding > terms.policy.tolerance
            && o.period.to >= today
    };
    for open in facts.open.clone().iter().filter(|o| fits(o)) {
        facts.give_back(open);
        let start = if facts.sub.state == SubscriptionState::Ready {
            open.period.from.max(today)
        } else {
            open.period.from
        };
        credit::whole(tx, catalog, &[open.id], WHY, Announce::Each).await?;
        let draft = outcome::prepaid_draft(&facts, &terms, start, today, open.months);
        facts.sub.install_fee = kernel::Money::ZERO;
        facts.sub.billed(draft.period.to, &terms.policy);
        sql::subscription::save(tx, &facts.sub).await?;
        let issued = issue::write(tx, catalog, &[draft], None).await?;
        issue::announce(tx, &issued);
        let customer = facts.sub.customer_id;
        crate::settle::customer(tx, catalog, customer, crate::settle::Named::default()).await?;
    }
    Ok(())
}
