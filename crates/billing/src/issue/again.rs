//! Issuing a period anew after its invoice was credited in full: a corrected invoice.

use kernel::{Fault, InvoiceId, Result};
use serde_json::json;
use store::Tx;

use super::{announce, write};
use crate::charges;
use crate::invoice;
use crate::outcome::{self, Terms};
use crate::settle;
use crate::store as sql;
use crate::store::facts::Range;
use crate::subscription;
use crate::usage;
use crate::words::{InvoiceKind, Mode};

/// Issues the period of a fully credited regular invoice again, by today's facts: days of use, pauses,
/// isolations, plan changes, prices of those days, discounts.
///
/// # Errors
/// `billing.not_credited` unless the invoice is a regular one, fully credited, with no successor yet;
/// `billing.nothing_to_bill` when today's facts leave nothing to charge.
pub async fn again(tx: &mut Tx, id: InvoiceId) -> Result<InvoiceId> {
    let old = invoice::locked(tx, id).await?;
    let refuse = || {
        Fault::conflict(
            "billing.not_credited",
            "Hanya tagihan rutin yang sudah dikreditkan seluruhnya bisa diterbitkan ulang, satu kali.",
            "Only a regular invoice that is fully credited can be issued again, once.",
        )
    };
    let subscription = old.subscription_id.ok_or_else(refuse)?;
    if old.live || old.kind != InvoiceKind::Regular || !old.key.is_empty() {
        return Err(refuse());
    }
    let live = sql::invoice::regular_from(tx, subscription, old.period_from).await?;
    let overlap = |i: &invoice::Invoice| i.period_from <= old.period_to;
    if live.iter().any(|i| i.kind == InvoiceKind::Regular && overlap(i)) {
        return Err(refuse());
    }
    let catalog = catalog::current(tx).await?;
    let range = Range { since: Some(old.period_from), ..Range::one(subscription) };
    let facts = sql::facts::load(tx, &catalog, range).await?.pop();
    let Some(mut facts) = facts else { return Err(subscription::not_found()) };
    let terms = Terms::of(&facts.sub, &catalog);
    let today = tx.now().day(terms.zone);
    let draft = match facts.sub.mode {
        Mode::Prepaid => outcome::prepaid_draft(&facts, &terms, old.period_from, today, old.months),
        Mode::Postpaid => {
            let full = facts.sub.period_at(old.period_from);
            let end = Some(old.period_to);
            let used =
                usage::postpaid_days(full, old.period_from, end, &facts.pauses, &facts.unpaid);
            let mut extras = facts.extras.clone();
            let mut lines = charges::period_charges(&facts, &mut extras, &catalog, full, &used);
            lines.extend(charges::install_charge(&facts, &catalog));
            if lines.is_empty() {
                return Err(Fault::conflict(
                    "billing.nothing_to_bill",
                    "Tidak ada hari pemakaian yang bisa ditagih.",
                    "There is no day of use to bill.",
                ));
            }
            outcome::postpaid_draft(&facts.sub, &terms, today, old.period(), &lines)
        }
    };
    facts.sub.install_fee = kernel::Money::ZERO;
    sql::subscription::save(tx, &facts.sub).await?;
    let issued = write(tx, &catalog, &[draft], None).await?;
    announce(tx, &issued);
    settle::customer(tx, &catalog, old.customer_id, settle::Named::default()).await?;
    let new = issued.first().map(|i| i.id).ok_or_else(|| Fault::bug("nothing was issued"))?;
    let after = json!({ "instead_of": id });
    tx.journal("invoice", new.uuid(), "issued_again", json!(null), after).await?;
    Ok(new)
}
