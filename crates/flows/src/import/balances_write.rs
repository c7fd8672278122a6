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
use super::report::Wanted;
use super::write::billing::{Credit, Debt, credits, debts, lock_money, money_accounts};
use super::{Step, at_row};

pub(super) async fn apply(tx: &mut Tx, steps: Vec<Step<Balance>>) -> Result<Vec<Remembered>> {
    let catalog = catalog::current(tx).await?;
    let new: Vec<&Step<Balance>> = steps.iter().filter(|s| s.wanted == Wanted::Create).collect();
    let parties: Vec<_> = new.iter().map(|s| &s.data.customer).collect();
    money_accounts(tx, &parties).await?;
    let customers: Vec<CustomerId> = parties.iter().map(|p| p.id).collect();
    lock_money(tx, &customers).await?;
    let isolates = new.iter().any(|s| s.data.isolates);
    let mut done = Vec::with_capacity(steps.len());
    let (mut owed, mut held, mut settling) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        let subject = match (step.wanted, step.data.side) {
            (Wanted::Create, _) if step.data.settles => {
                settling.push(step);
                continue;
            }
            (Wanted::Create, Side::Debt) => {
                let id: InvoiceId = tx.new_id();
                owed.push(debt(id, &step));
                Some(id.uuid())
            }
            (Wanted::Create, Side::Credit) => {
                let id: PaymentId = tx.new_id();
                held.push(credit(id, &step));
                Some(id.uuid())
            }
            _ => step.data.known,
        };
        done.extend(subject.map(|subject| remembered(&step, subject)));
    }
    debts(tx, &catalog, &owed).await?;
    credits(tx, &catalog, &held).await?;
    // Debts first: a credit of the same file settles them.
    settling.sort_by_key(|s| s.data.side == Side::Credit);
    for step in settling {
        let subject = settle(tx, &step).await.map_err(|fault| at_row(step.row, fault))?;
        done.push(remembered(&step, subject));
    }
    if isolates {
        // The sweep decides anew, with the guard against mass isolation in front of it.
        network::access::recheck_all(tx).await?;
    }
    Ok(done)
}

fn remembered(step: &Step<Balance>, subject: Uuid) -> Remembered {
    Remembered { external_id: step.external_id.clone(), subject, print: step.print.clone() }
}

/// What stands on the opening invoice.
fn name(step: &Step<Balance>) -> String {
    match &step.data.note {
        Some(note) => format!("Saldo awal: {note}"),
        None => format!("Saldo awal ({})", step.external_id),
    }
}

fn debt(id: InvoiceId, step: &Step<Balance>) -> Debt {
    let b = &step.data;
    Debt {
        id,
        customer: b.customer.id,
        branch: b.customer.branch_id,
        partner: b.customer.partner_id,
        subscription: b.subscription,
        key: key(step),
        name: name(step),
        amount: b.amount,
        due_on: b.due,
        isolates: b.isolates,
    }
}

/// Tells opening invoices apart for ever.
fn key(step: &Step<Balance>) -> String {
    format!("opening:{}", step.external_id)
}

fn credit(id: PaymentId, step: &Step<Balance>) -> Credit {
    let b = &step.data;
    Credit {
        id,
        customer: b.customer.id,
        branch: b.customer.branch_id,
        partner: b.customer.partner_id,
        reference: key(step),
        amount: b.amount,
        note: b.note.clone(),
    }
}

/// By the verb, which settles at once.
async fn settle(tx: &mut Tx, step: &Step<Balance>) -> Result<Uuid> {
    let b = &step.data;
    match b.side {
        Side::Debt => {
            let new = NewOneOff {
                customer: b.customer.id,
                branch: b.customer.branch_id,
                partner: b.customer.partner_id,
                subscription: b.subscription,
                kind: OneOffKind::Opening,
                key: key(step),
                lines: vec![(name(step), b.amount)],
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
                reference: Some(key(step)),
                amount: b.amount,
                named_invoice: None,
                received_at: tx.now(),
                note: b.note.clone(),
            };
            Ok(receive(tx, new).await?.payment.id.uuid())
        }
    }
}
