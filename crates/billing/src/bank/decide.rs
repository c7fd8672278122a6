//! What a person says about a line: whose money it is, or that it is nobody's. Each once.

use kernel::{BranchId, CustomerId, Fault, InvoiceId, Money, PaymentId, Result, Scope, Ts, Zone};
use serde_json::{Value, json};
use store::Tx;

use super::{BankLine, BankLineId, LineState, LooseTransfer, find};
use crate::cash::{self, SafeMove};
use crate::ledger::{self, Account, Entry, EntryKind};
use crate::pay::{self, NewPayment, Receipt};
use crate::store as sql;
use crate::words::{Channel, PaymentState};

/// The line, kept to this transaction, while it waits.
///
/// # Errors
/// `billing.bank_line_not_found`; `billing.bank_line_decided`.
async fn open(tx: &mut Tx, id: BankLineId) -> Result<BankLine> {
    tx.lock(store::Lock::Named(&format!("billing.bank.{id}"))).await?;
    let line = find(tx, id).await?;
    if line.state == LineState::Open {
        return Ok(line);
    }
    Err(Fault::conflict(
        "billing.bank_line_decided",
        "Baris mutasi ini sudah diputuskan.",
        "This statement line has been decided.",
    ))
}

/// Whose money a line is.
#[derive(Clone, Debug)]
pub struct Assigned {
    pub customer: CustomerId,
    pub invoice: Option<InvoiceId>,
    /// A transfer of this amount was recorded for them around that day, and this is another one.
    pub another: bool,
}

/// Counts a line's money for a customer, once.
///
/// # Errors
/// `billing.bank_line_decided`; `billing.bank_already_recorded` when a transfer of that amount was recorded
/// for the customer around that day and `another` does not say that this is another one; as
/// [`pay::receive`].
pub async fn assign(tx: &mut Tx, id: BankLineId, what: &Assigned) -> Result<Receipt> {
    sql::party::lock(tx, what.customer).await?;
    let line = open(tx, id).await?;
    let (from, to) = (line.on_day.plus_days(-7), line.on_day.plus_days(7));
    let near = sql::bank::loose_transfers(tx, &[line.amount], from, to).await?;
    if let Some(same) = near.iter().find(|p| p.customer_id == what.customer && !what.another) {
        return Err(already(same));
    }
    let head = line.print.get(..12).unwrap_or(&line.print).to_uppercase();
    let new = NewPayment {
        customer: what.customer,
        channel: Channel::Transfer,
        reference: Some(format!("{} {} {head}", line.account, line.on_day)),
        amount: line.amount,
        named_invoice: what.invoice,
        received_at: Ts::local(line.on_day, 12, 0, Zone::Jakarta).min(tx.now()),
        note: Some(line.text.clone()),
    };
    let receipt = pay::receive(tx, new).await?;
    let payment = Some((receipt.payment.id, what.customer));
    decided(tx, &line, LineState::Assigned, payment, None).await?;
    Ok(receipt)
}

fn already(same: &LooseTransfer) -> Fault {
    let known = same.receipt_number.as_deref().unwrap_or(&same.reference);
    Fault::conflict(
        "billing.bank_already_recorded",
        format!(
            "Transfer {} dari pelanggan ini sudah tercatat ({known}). Cocokkan dengan yang itu, atau \
             tandai bahwa ini transfer lain.",
            same.amount
        ),
        format!(
            "A transfer of {} by this customer is on record ({known}). Match the line to it, or say that \
             this is another one.",
            same.amount
        ),
    )
}

/// The line is a transfer that is on record: one that was only noted is settled by it. Answers the payment's
/// customer.
///
/// # Errors
/// `billing.bank_line_decided`; `billing.payment_not_found`; `billing.bank_other_money` for a payment of
/// another amount or channel, or that another line is matched to.
pub async fn match_payment(tx: &mut Tx, id: BankLineId, payment: PaymentId) -> Result<CustomerId> {
    let known = pay::locked(tx, payment).await?;
    let line = open(tx, id).await?;
    let fits = known.amount == line.amount
        && known.channel == Channel::Transfer.to_string()
        && known.state != PaymentState::Reversed
        && !sql::bank::is_matched(tx, payment).await?;
    if !fits {
        return Err(Fault::conflict(
            "billing.bank_other_money",
            "Pembayaran itu bukan uang dari baris ini: jumlah atau caranya lain, sudah dibatalkan, atau \
             sudah cocok dengan baris lain.",
            "That payment is not this line's money: another amount or channel, reversed, or matched to \
             another line.",
        ));
    }
    if known.state == PaymentState::Pending {
        pay::settle(tx, payment).await?;
    }
    decided(tx, &line, LineState::Matched, Some((payment, known.customer_id)), None).await?;
    Ok(known.customer_id)
}

/// The line is no customer's money: the owner's, a vendor's, interest.
///
/// # Errors
/// `billing.bank_line_decided`; `invalid_fields` without a reason.
pub async fn not_ours(tx: &mut Tx, id: BankLineId, why: &str) -> Result<()> {
    if why.trim().is_empty() {
        return Err(Fault::fields(vec![kernel::Field::required("why")]));
    }
    let line = open(tx, id).await?;
    decided(tx, &line, LineState::NotOurs, None, Some(why.trim())).await
}

/// The line is cash that was paid in from a branch's safe.
///
/// # Errors
/// `billing.bank_line_decided`; `billing.safe_short`.
pub async fn deposit(tx: &mut Tx, id: BankLineId, branch: BranchId) -> Result<()> {
    let line = open(tx, id).await?;
    cash::move_safe(tx, branch, SafeMove::ToBank, line.amount, Some(&line.text)).await?;
    decided(tx, &line, LineState::Deposit, None, None).await
}

/// The line is a gateway's payout of `gross`: what did not arrive is its fee.
///
/// # Errors
/// `billing.bank_line_decided`; a field error on `gross` below what arrived, or beyond what the gateways
/// hold by the books.
pub async fn settle_gateway(tx: &mut Tx, id: BankLineId, gross: Money) -> Result<()> {
    tx.lock(store::Lock::Named("billing.clearing")).await?;
    let line = open(tx, id).await?;
    let held = sql::bank::clearing(tx).await?;
    let parts = settlement(&held, gross, line.amount)?;
    for part in &parts {
        let entry = Entry::new(EntryKind::Transfer, line.id.uuid(), part.branch)
            .dr(Account::Bank, part.gross - part.fee)
            .dr(Account::GatewayFee, part.fee)
            .cr(Account::GatewayClearing, part.gross);
        ledger::post(tx, entry).await?;
    }
    let why = format!("{} − {}", gross, gross - line.amount);
    decided(tx, &line, LineState::Settlement, None, Some(&why)).await
}

/// A branch's part of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub branch: BranchId,
    pub gross: Money,
    pub fee: Money,
}

/// Empties what the gateways hold, branch by branch, until `gross` is reached; the fee is spread by what each
/// gave. Pure.
///
/// # Errors
/// A field error on `gross` below `net`, or beyond what is held.
pub fn settlement(held: &[(BranchId, Money)], gross: Money, net: Money) -> Result<Vec<Part>> {
    let all: Money = held.iter().map(|(_, held)| held.or_zero()).sum();
    if gross < net || gross > all || !net.is_positive() {
        return Err(Fault::field(
            "gross",
            "range",
            format!("harus antara yang masuk ({net}) dan yang dipegang gateway ({all})"),
            format!("must be between what arrived ({net}) and what the gateways hold ({all})"),
        ));
    }
    let (mut left, mut parts) = (gross, Vec::new());
    for (branch, held) in held {
        let part = left.min(held.or_zero());
        if part.is_positive() {
            parts.push(Part { branch: *branch, gross: part, fee: Money::ZERO });
            left -= part;
        }
    }
    let (fee, mut spread, mut before) = (gross - net, Money::ZERO, Money::ZERO);
    for part in &mut parts {
        before += part.gross;
        let until = Money::rupiah(share(fee.get(), before.get(), gross.get()));
        part.fee = until - spread;
        spread = until;
    }
    Ok(parts)
}

/// `fee × part ÷ whole`, rounded down.
fn share(fee: i64, part: i64, whole: i64) -> i64 {
    let share = i128::from(fee) * i128::from(part) / i128::from(whole.max(1));
    i64::try_from(share).unwrap_or(0)
}

/// Takes a decision back that moved no money, or whose money was reversed since: the line waits again.
///
/// # Errors
/// `billing.bank_line_not_found`; `billing.bank_line_final`.
pub async fn reopen(tx: &mut Tx, id: BankLineId) -> Result<()> {
    tx.lock(store::Lock::Named(&format!("billing.bank.{id}"))).await?;
    let line = find(tx, id).await?;
    let reversed = match line.payment_id {
        Some(payment) => {
            pay::find(tx, &Scope::all(), payment).await?.state == PaymentState::Reversed
        }
        None => false,
    };
    match line.state {
        LineState::NotOurs | LineState::Matched => {}
        LineState::Assigned if reversed => {}
        LineState::Open => return Ok(()),
        _ => {
            return Err(Fault::conflict(
                "billing.bank_line_final",
                "Uang baris ini sudah dibukukan. Batalkan dulu pembayarannya.",
                "This line's money is in the books. Reverse the payment first.",
            ));
        }
    }
    sql::bank::decide(tx, id, LineState::Open, None, None).await?;
    let before = json!({ "state": line.state, "payment": line.payment_id });
    tx.journal("bank_line", id.uuid(), "reopened", before, Value::Null).await
}

async fn decided(
    tx: &mut Tx,
    line: &BankLine,
    state: LineState,
    payment: Option<(PaymentId, CustomerId)>,
    why: Option<&str>,
) -> Result<()> {
    sql::bank::decide(tx, line.id, state, payment, why).await?;
    let after = json!({ "state": state, "amount": line.amount, "payment": payment.map(|p| p.0), "why": why });
    tx.journal("bank_line", line.id.uuid(), "decided", Value::Null, after).await
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn held(amounts: &[i64]) -> Vec<(BranchId, Money)> {
        let branch = |n: usize| Id::from_uuid(Uuid::from_u128(n as u128));
        amounts.iter().enumerate().map(|(n, a)| (branch(n), Money::rupiah(*a))).collect()
    }

    #[test]
    fn a_payout_beyond_what_is_held_or_below_what_arrived_is_refused() {
        let held = held(&[100, 50]);
        for (gross, net) in [(151, 150), (100, 101), (100, 0)] {
            let refused = settlement(&held, Money::rupiah(gross), Money::rupiah(net));
            assert_eq!(refused.unwrap_err().fields[0].name, "gross");
        }
    }

    proptest! {
        #[test]
        fn a_payouts_parts_add_up_and_take_no_more_than_each_branch_has(
            amounts in proptest::collection::vec(-5_000i64..9_000_000, 1..6), cut in 0i64..100, fee in 0i64..5
        ) {
            let held = held(&amounts);
            let all: i64 = amounts.iter().map(|a| (*a).max(0)).sum();
            let gross = all - all * cut / 100;
            let net = gross - gross * fee / 100;
            prop_assume!(net > 0);
            let parts = settlement(&held, Money::rupiah(gross), Money::rupiah(net)).unwrap();
            let sum: Money = parts.iter().map(|p| p.gross).sum();
            let fees: Money = parts.iter().map(|p| p.fee).sum();
            prop_assert_eq!((sum.get(), fees.get()), (gross, gross - net));
            for part in parts {
                let has = held.iter().find(|(b, _)| *b == part.branch).unwrap().1;
                prop_assert!(part.gross <= has && !part.fee.is_negative() && part.fee <= part.gross);
            }
        }
    }
}
