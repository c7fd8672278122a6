//! Prepaid invoices that are paid later than their first day, and so may cost something else by now.

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{CustomerId, InvoiceId, Money, Result, SubscriptionId};
use store::{Query, Tx};

use super::Named;
use crate::allocate::{self, Wanting};
use crate::charges::Draft;
use crate::credit::{self, Announce};
use crate::issue;
use crate::outcome::{self, Terms};
use crate::plan_change;
use crate::store as sql;
use crate::store::facts::Range;
use crate::store::subscription::ChangeRow;
use crate::subscription::Subscription;
use crate::withholding::{self, Owing, Withholds};
use crate::words::InvoiceKind;

/// Why a late invoice was credited, as printed on its note.
const WHY: &str = "Terbit ulang dari hari pembayaran";

/// What is issued instead of an invoice when it is paid today.
#[derive(Clone, Debug)]
pub(crate) struct Late {
    pub draft: Draft,
    /// What was paid on the invoice so far: it counts for the new one.
    pub paid: Money,
    kind: LateKind,
}

#[derive(Clone, Debug)]
enum LateKind {
    Regular(Box<Subscription>),
    Supplement(Box<ChangeRow>),
}

/// Which of the open invoices would be replaced by a payment on their branch's day of now.
pub(crate) async fn late_invoices(
    q: &mut dyn Query,
    catalog: &Catalog,
    wanting: &[Wanting],
    now: kernel::Ts,
) -> Result<BTreeMap<InvoiceId, Late>> {
    let mut subs: Vec<SubscriptionId> = wanting.iter().filter_map(|w| w.subscription).collect();
    subs.sort_unstable();
    subs.dedup();
    let mut found = BTreeMap::new();
    for id in subs {
        let Some(facts) = sql::facts::load(q, catalog, Range::one(id)).await?.pop() else {
            continue;
        };
        let terms = Terms::of(&facts.sub, catalog);
        let day = now.day(terms.zone);
        for open in &facts.open {
            if let Some(r) = outcome::replacement(&facts, &terms, open, day) {
                let kind = LateKind::Regular(Box::new(r.sub));
                found.insert(open.id, Late { draft: r.draft, paid: open.paid, kind });
            } else if open.kind == InvoiceKind::Supplement && open.period.from < day {
                let refreshed = plan_change::refreshed(q, catalog, &facts, open, day).await?;
                if let Some((change, draft)) = refreshed {
                    let kind = LateKind::Supplement(Box::new(change));
                    found.insert(open.id, Late { draft, paid: open.paid, kind });
                }
            }
        }
    }
    Ok(found)
}

/// Replaces the late invoices that the customer's money now settles in full. A named invoice that is
/// replaced hands its name to its successor.
pub(crate) async fn replace_late(
    tx: &mut Tx,
    catalog: &Catalog,
    customer: CustomerId,
    named: &mut Named,
) -> Result<()> {
    let mut wanting = sql::invoice::wanting(tx, customer).await?;
    let now = tx.now();
    let late = late_invoices(tx, catalog, &wanting, now).await?;
    if late.is_empty() {
        return Ok(());
    }
    let about = super::subscription_of(tx, named.invoice).await?;
    allocate::order(&mut wanting, named.invoice, about);
    let sources = sql::payment::sources(tx, customer).await?;
    let mut money: Money = sources.iter().map(|s| s.left).sum();
    let net = paid_net(tx, customer, &wanting, &late, money).await?;
    for (n, want) in wanting.into_iter().enumerate() {
        match late.get(&want.invoice) {
            Some(l) if n < net || l.draft.quote.total <= money + l.paid => {
                money = (money + l.paid - l.draft.quote.total).or_zero();
                let new = replace(tx, catalog, want.invoice, l).await?;
                if named.invoice == Some(want.invoice) {
                    named.invoice = Some(new);
                }
            }
            _ => money = (money - want.outstanding).or_zero(),
        }
    }
    Ok(())
}

/// How many of the invoices, in order, the money settles when a flagged customer keeps their tax back of what
/// they would cost today.
async fn paid_net(
    tx: &mut Tx,
    customer: CustomerId,
    wanting: &[Wanting],
    late: &BTreeMap<InvoiceId, Late>,
    money: Money,
) -> Result<usize> {
    let party = sql::party::find(tx, customer).await?;
    let flags = party.map(|p| p.withholds()).unwrap_or_default();
    if flags == Withholds::default() {
        return Ok(0);
    }
    let mut owing = super::owing(tx, wanting).await?;
    for (want, owing) in wanting.iter().zip(&mut owing) {
        if let Some(late) = late.get(&want.invoice) {
            let quote = &late.draft.quote;
            *owing = Owing {
                outstanding: (quote.total - late.paid).or_zero(),
                base: quote.base,
                tax: quote.tax,
                recorded: Vec::new(),
            };
        }
    }
    Ok(withholding::spread(money, &owing, flags).len())
}

async fn replace(tx: &mut Tx, catalog: &Catalog, old: InvoiceId, late: &Late) -> Result<InvoiceId> {
    credit::whole(tx, catalog, &[old], WHY, Announce::Each).await?;
    if let LateKind::Regular(sub) = &late.kind {
        sql::subscription::save(tx, sub).await?;
    }
    let issued = issue::write(tx, catalog, std::slice::from_ref(&late.draft), None).await?;
    let new = issued
        .first()
        .map(|i| i.id)
        .ok_or_else(|| kernel::Fault::bug("a replaced invoice without a successor"))?;
    if let LateKind::Supplement(change) = &late.kind {
        let change = ChangeRow { invoice_id: Some(new), ..(**change).clone() };
        sql::subscription::save_change(tx, &change).await?;
    }
    issue::announce(tx, &issued);
    Ok(new)
}
