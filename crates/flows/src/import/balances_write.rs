//! Writing checked balances: in bulk where nothing has to be settled, by billing's verbs where a customer
//! has money on the other side.

use billing::issue::{NewOneOff, OneOffKind, one_off};
use billing::pay::{NewPayment, receive};
use billing::words::Channel;
use catalog::TaxMode;
use kernel::{CustomerId, InvoiceId, PaymentId, Result};
use store::Tx;
use uuid::Uuid;

use super::balances::{Balance, Side};
use super::memory::Remembered;
use super::write::billing::{Credit, Debt, credits, debts, lock_money, money_accounts};
use super::{Step, at_row};

pub(super) async fn apply(tx: &mut Tx, steps: Vec<Step<Balance>>) -> Result<Vec<Remembered>> {
    let catalog = catalog::current(tx).await?;
    let new: Vec<&Balance> = steps.iter().filter_map(|s| s.data.as_ref()).collect();
    let parties: Vec<_> = new.iter().map(|b| &b.customer).collect();
    money_accounts(tx, &parties).await?;
    let customers: Vec<CustomerId> = parties.iter().map(|p| p.id).collect();
    lock_money(tx, &customers).await?;
    let isolates = new.iter().any(|b| b.isolates);
    let mut done = Vec::with_capacity(steps.len());
    let (mut owed, mut held, mut settling) = (Vec::new(), Vec::new(), Vec::new());
    for step in &steps {
        let subject = match &step.data {
            None => step.subject,
            Some(b) if b.settles => {
                settling.push((step, b));
                continue;
            }
            Some(b) if b.side == Side::Debt => {
                let id: InvoiceId = tx.new_id();
                owed.push(debt(id, &step.external_id, b));
                Some(id.uuid())
            }
            Some(b) => {
                let id: PaymentId = tx.new_id();
                held.push(credit(id, &step.external_id, b));
                Some(id.uuid())
            }
        };
        done.extend(subject.map(|subject| step.became(subject)));
    }
    debts(tx, &catalog, &owed).await?;
    credits(tx, &catalog, &held).await?;
    // Debts first: a credit of the same file settles them.
    settling.sort_by_key(|(_, b)| b.side == Side::Credit);
    for (step, b) in settling {
        let settled = settle(tx, &step.external_id, b).await;
        done.push(step.became(settled.map_err(|fault| at_row(step.row, fault))?));
    }
    if isolates {
        // The sweep decides anew, with the guard against mass isolation in front of it.
        network::access::recheck_all(tx).await?;
    }
    Ok(done)
}

/// What stands on the opening invoice.
fn name(external_id: &str, b: &Balance) -> String {
    match &b.note {
        Some(note) => format!("Saldo awal: {note}"),
        None => format!("Saldo awal ({external_id})"),
    }
}

fn debt(id: InvoiceId, external_id: &str, b: &Balance) -> Debt {
    Debt {
        id,
        customer: b.customer.id,
        branch: b.customer.branch_id,
        partner: b.customer.partner_id,
        subscription: b.subscription,
        key: key(external_id),
        name: name(external_id, b),
        amount: b.amount,
        due_on: b.due,
        isolates: b.isolates,
    }
}

/// Tells opening invoices apart for ever.
fn key(external_id: &str) -> String {
    format!("opening:{external_id}")
}

fn credit(id: PaymentId, external_id: &str, b: &Balance) -> Credit {
    Credit {
        id,
        customer: b.customer.id,
        branch: b.customer.branch_id,
        partner: b.customer.partner_id,
        reference: key(external_id),
        amount: b.amount,
        note: b.note.clone(),
    }
}

/// By the verb, which settles at once.
async fn settle(tx: &mut Tx, external_id: &str, b: &Balance) -> Result<Uuid> {
    match b.side {
        Side::Debt => {
            let new = NewOneOff {
                customer: b.customer.id,
                branch: b.customer.branch_id,
                partner: b.customer.partner_id,
                subscription: b.subscription,
                kind: OneOffKind::Opening,
                key: key(external_id),
                lines: vec![(name(external_id, b), b.amount)],
                tax: TaxMode::None,
                due_on: b.due,
                isolates: b.isolates,
                note: None,
                draft: false,
            };
            Ok(one_off(tx, new).await?.uuid())
        }
        Side::Credit => {
            let new = NewPayment {
                customer: b.customer.id,
                channel: Channel::Opening,
                reference: Some(key(external_id)),
                amount: b.amount,
                named_invoice: None,
                received_at: tx.now(),
                note: b.note.clone(),
            };
            Ok(receive(tx, new).await?.payment.id.uuid())
        }
    }
}
