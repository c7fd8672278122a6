//! What the pay page may show: a masked name, what is owed, and whether a payment has arrived and brought
//! the connection back. No history, nothing else of the customer.

use std::net::IpAddr;

use billing::intent::{self, Intent};
use billing::words::{InvoiceState, SubscriptionState};
use billing::{owed, quota_top_up};
use crm::customer;
use kernel::{CustomerId, Day, InvoiceId, Money, Result, Scope, SubscriptionId, Ts};
use network::Desired;
use network::access::Access;
use store::{Query, QueryExt};

use crate::paylink::Signer;

/// Somebody who may pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    pub customer: CustomerId,
    /// `S*** R***`.
    pub name: String,
    pub bills: Vec<Bill>,
    pub total: Money,
    /// What was paid before and settles nothing yet.
    pub credit: Money,
    /// Their internet is cut down now; the sentence in both languages says why.
    pub limited: Option<Limited>,
    /// Quota that the subscription on this line can buy; only for who is known by the line.
    pub top_up: Option<TopUpOffer>,
}

/// Quota for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUpOffer {
    pub subscription: SubscriptionId,
    /// `10 GB`.
    pub size: String,
    /// In the terms of the plan's tax mode.
    pub price: Money,
    /// Added by PPN at the invoice.
    pub plus_tax: bool,
}

/// An invoice to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    pub invoice: InvoiceId,
    pub number: String,
    /// What it is for: the plan, or nothing for other bills.
    pub plan: Option<String>,
    pub due_on: Day,
    pub is_overdue: bool,
    /// What settles it when it is paid now.
    pub amount: Money,
}

/// Why access is not full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Paying is all it takes.
    pub by_money: bool,
    pub id: String,
    pub en: String,
}

impl Limited {
    /// `None` while access is full. What people wrote beside a hold is not for this page.
    fn of(access: Access) -> Option<Self> {
        let by_money = match &access.desired {
            Desired::Full { .. } => return None,
            Desired::Isolated { holds } => {
                holds.iter().all(|h| h == "unpaid" || h == "period_over")
            }
            Desired::Blocked { .. } => false,
        };
        if matches!(access.why.code.as_str(), "abuse" | "manual") {
            let id = "Internet Anda dibatasi oleh petugas kami. Silakan hubungi kami.".to_owned();
            let en = "Our staff has cut your internet down. Please call us.".to_owned();
            return Some(Self { by_money, id, en });
        }
        Some(Self { by_money, id: access.why.id, en: access.why.en })
    }
}

/// The customer on whose line this address is: only of exactly one live, not suspect session.
///
/// # Errors
/// Only when the database fails.
pub async fn by_address(q: &mut dyn Query, ip: IpAddr, now: Ts) -> Result<Option<Payer>> {
    let Some(session) = network::session::by_address(q, ip).await? else { return Ok(None) };
    let Some(subscription) = session.subscription_id else { return Ok(None) };
    let found = billing::subscription::find(q, &Scope::all(), subscription).await?;
    let mut payer = payer(q, found.customer_id, now).await?;
    payer.top_up = offer(q, &found).await?;
    Ok(Some(payer))
}

/// What the subscription can buy: while it has a quota, and nothing of it is ordered already.
async fn offer(
    q: &mut dyn Query,
    sub: &billing::subscription::Subscription,
) -> Result<Option<TopUpOffer>> {
    let catalog = catalog::current(q).await?;
    let Some(offer) = quota_top_up::offer(&catalog, sub) else { return Ok(None) };
    if quota_top_up::waiting(q, sub.id).await?.is_some() {
        return Ok(None);
    }
    let plan = catalog.plan(sub.plan_id)?;
    Ok(Some(TopUpOffer {
        subscription: sub.id,
        size: quota_top_up::gigabytes(offer.bytes),
        price: offer.price,
        plus_tax: catalog.tax_mode(plan) == catalog::TaxMode::Exclusive,
    }))
}

/// The customer with this number, typed in any case, with or without its letter and zeros. Somebody who owes
/// nothing is not shown: that is the same answer as for a number that nobody has.
///
/// # Errors
/// Only when the database fails.
pub async fn by_number(q: &mut dyn Query, text: &str, now: Ts) -> Result<Option<Payer>> {
    let Some(number) = number(text) else { return Ok(None) };
    let found = match customer::by_number(q, &Scope::all(), &number).await {
        Ok(found) => found,
        Err(fault) if fault.code == "crm.customer_not_found" => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let payer = payer(q, found.id, now).await?;
    Ok((!payer.bills.is_empty()).then_some(payer))
}

/// `c 123` → `C000123`; `None` for what can't be a customer number.
fn number(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = text.strip_prefix(['C', 'c']).unwrap_or(&text);
    let fits = (1..=12).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| format!("C{digits:0>6}"))
}

/// Who pays by a signed link, and the one invoice it is for. `None`: the link never was one, has ended, or
/// the phone changed since.
///
/// # Errors
/// Only when the database fails.
pub async fn by_link(q: &mut dyn Query, token: &str, now: Ts) -> Result<Option<Linked>> {
    let (Some(link), Some(signer)) = (Signer::read(token), q.ext::<Signer>()) else {
        return Ok(None);
    };
    let invoice = match billing::invoice::find(q, &Scope::all(), link.invoice).await {
        Ok(invoice) => invoice,
        Err(fault) if fault.code == "billing.invoice_not_found" => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let customer = customer::find(q, &Scope::all(), invoice.customer_id).await?;
    let today = now.day(catalog::current(q).await?.zone(invoice.branch_id));
    if !signer.holds(&link, &customer.phone, today) || invoice.state != InvoiceState::Issued {
        return Ok(None);
    }
    let mut payer = payer(q, invoice.customer_id, now).await?;
    let bill = payer.bills.iter().find(|bill| bill.invoice == link.invoice).cloned();
    payer.bills.retain(|bill| bill.invoice == link.invoice);
    payer.total = payer.bills.iter().map(|bill| bill.amount).sum();
    Ok(Some(match bill {
        Some(_) => Linked::Open { invoice: link.invoice, payer },
        None => Linked::Settled { number: invoice.name().to_owned() },
    }))
}

/// Where a signed link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    Open {
        invoice: InvoiceId,
        payer: Payer,
    },
    /// Nothing is left to pay: the link has ended, and shows nothing else.
    Settled {
        number: String,
    },
}

async fn payer(q: &mut dyn Query, id: CustomerId, now: Ts) -> Result<Payer> {
    let customer = customer::find(q, &Scope::all(), id).await?;
    let owed = owed::of_customer(q, id, now).await?;
    let catalog = catalog::current(q).await?;
    let subscriptions = billing::subscription::of_customer(q, &Scope::all(), id).await?;
    let today = now.day(catalog.zone(customer.branch_id));
    let plan_of = |subscription: Option<SubscriptionId>| {
        let sub = subscriptions.iter().find(|s| Some(s.id) == subscription)?;
        let plan = catalog.plan(sub.plan_id).ok()?.name.clone();
        Some(sub.label.as_ref().map_or(plan.clone(), |label| format!("{plan} · {label}")))
    };
    let bills = owed.invoices.iter().map(|i| Bill {
        invoice: i.id,
        number: i.number.clone(),
        plan: plan_of(i.subscription),
        due_on: i.due_on,
        is_overdue: i.due_on < today,
        amount: i.to_pay,
    });
    let bills = bills.collect();
    let ids: Vec<SubscriptionId> =
        subscriptions.iter().filter(|s| !s.state.is_final()).map(|s| s.id).collect();
    let limited = limited(q, &ids).await?;
    let name = masked(&customer.name);
    Ok(Payer {
        customer: id,
        name,
        bills,
        total: owed.total,
        credit: owed.credit,
        limited,
        top_up: None,
    })
}

/// Why a subscription's access is not full; first what paying ends.
async fn limited(q: &mut dyn Query, ids: &[SubscriptionId]) -> Result<Option<Limited>> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(network::access::of(q, *id).await?.and_then(Limited::of));
    }
    found.sort_by_key(|limited| !limited.by_money);
    Ok(found.into_iter().next())
}

/// A name of which only the first letters show, whatever its length: `Siti Rahmawati` → `S*** R***`.
pub fn masked(name: &str) -> String {
    let words = name.split_whitespace().filter_map(|word| word.chars().next());
    words.map(|first| format!("{first}***")).collect::<Vec<_>>().join(" ")
}

/// How far a payment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The gateway has not told of the money yet.
    Waiting,
    /// The money is here; the connection is being opened.
    Opening,
    /// Paid, and the connection that was cut down is back.
    Online,
    /// Paid; nothing had to be opened.
    Settled,
    /// Paid, but access is still not full.
    StillLimited(Limited),
    /// The code can't be paid any more.
    Ended,
}

/// A payment that was begun, as the payer sees it.
#[derive(Clone, Debug)]
pub struct Status {
    pub intent: Intent,
    pub progress: Progress,
}

/// The payment with this reference; whoever knows it began it. `None`: there is none.
///
/// # Errors
/// Only when the database fails.
pub async fn status(q: &mut dyn Query, reference: &str) -> Result<Option<Status>> {
    use billing::words::IntentState as State;
    let intent = match intent::by_reference(q, reference).await {
        Ok(intent) => intent,
        Err(fault) if fault.code == "billing.intent_not_found" => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let progress = match intent.state {
        State::Open => Progress::Waiting,
        State::Expired | State::Failed => Progress::Ended,
        State::Paid => after_payment(q, &intent).await?,
    };
    Ok(Some(Status { intent, progress }))
}

async fn after_payment(q: &mut dyn Query, intent: &Intent) -> Result<Progress> {
    let mut reopened = false;
    for id in subscriptions_of(q, intent).await? {
        let Some(access) = network::access::of(q, id).await? else { continue };
        match access.desired {
            Desired::Full { .. } if !is_carried_out(q, &access).await? => {
                return Ok(Progress::Opening);
            }
            // It became full after the payment was begun: the payment did it.
            Desired::Full { .. } => reopened |= access.since >= intent.created_at,
            Desired::Isolated { .. } | Desired::Blocked { .. } => {
                if let Some(limited) = Limited::of(access) {
                    return Ok(Progress::StillLimited(limited));
                }
            }
        }
    }
    Ok(if reopened { Progress::Online } else { Progress::Settled })
}

/// The line works: the router said that it changed the session, or accounting shows it. (*Enforced* needs
/// both, and the next accounting may be minutes away; nobody should watch a page for that long.)
async fn is_carried_out(q: &mut dyn Query, access: &Access) -> Result<bool> {
    if access.is_enforced() {
        return Ok(true);
    }
    let changes = network::access::changes(q, access.subscription, 20).await?;
    let now = changes.iter().find(|c| c.effect && c.version == access.version);
    Ok(now.is_some_and(|change| change.acked_at.is_some()))
}

/// The connections that the payment is about: the invoice's own, or all of the customer's.
async fn subscriptions_of(q: &mut dyn Query, intent: &Intent) -> Result<Vec<SubscriptionId>> {
    if let Some(invoice) = intent.invoice_id {
        let invoice = billing::invoice::find(q, &Scope::all(), invoice).await?;
        return Ok(invoice.subscription_id.into_iter().collect());
    }
    let all = billing::subscription::of_customer(q, &Scope::all(), intent.customer_id).await?;
    let runs = |state: SubscriptionState| !state.is_final();
    Ok(all.into_iter().filter(|s| runs(s.state)).map(|s| s.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_first_letters_only() {
        assert_eq!(masked("Siti Rahmawati"), "S*** R***");
        assert_eq!(masked("  Ö  "), "Ö***");
        assert_eq!(masked(""), "");
    }

    #[test]
    fn a_customer_number_may_be_typed_in_any_way() {
        for text in ["C000123", "c000123", " c-123 ", "123", "C 000 123"] {
            assert_eq!(number(text).as_deref(), Some("C000123"), "{text}");
        }
        assert_eq!(number("C1234567").as_deref(), Some("C1234567"));
        for text in ["", "C", "CC1", "12a", "' or 1=1", "1234567890123"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
