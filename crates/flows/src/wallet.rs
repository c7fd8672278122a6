//! A reseller's deposit meets billing: top-ups, and paying a customer's invoice at net price.
//!
//! The wallet's own rows are `partner`'s, the books are `billing`'s; here they move in one transaction, so
//! that the wallets in the ledger are always the sum of the resellers' balances.

use billing::ledger::WalletMove;
use billing::pay::{NewPayment, Receipt};
use billing::words::Channel;
use kernel::{Actor, Fault, InvoiceId, Money, PartnerId, PaymentId, Permission, Result, Scope, Ts};
use partner::wallet::Wallet;
use serde_json::{Value, json};
use store::{Lock, Query, Tx};

use crate::commission;

/// An invoice that was paid from a wallet.
#[derive(Clone, Debug)]
pub struct WalletPayment {
    /// The payment as billing counted it: the invoice's whole open amount.
    pub receipt: Receipt,
    /// What the wallet gave.
    pub net: Money,
    /// What stays with the reseller; `net + commission` is the payment.
    pub commission: Money,
    pub wallet: Wallet,
}

/// Pays a sub-customer's invoice from their reseller's wallet, at net price: the open amount less the
/// commission that the rule yields for it. Nothing more is yielded for that payment. The invoice counts as
/// paid in full, so access follows at once.
///
/// Golden: 277,500 at 10 % of 250,000 costs the wallet 252,500; the commission is 25,000.
///
/// # Errors
/// `billing.invoice_not_found` for an invoice that is not of this reseller's customers;
/// `partner.not_found`; `billing.nothing_owed`; `partner.balance_too_low`; `wallet.price_changed` when
/// another net price than the `expected` one came of it; `wallet.commission_exceeds` when so much was paid already that the commission is more than what is open.
pub async fn pay_invoice(
    tx: &mut Tx,
    partner: PartnerId,
    invoice: InvoiceId,
    expected: Option<Money>,
) -> Result<WalletPayment> {
    let reseller = reseller_of_actor(tx, partner).await?;
    let scope = tx.actor().scope.clone();
    let seen = billing::invoice::find(tx, &scope, invoice).await?;
    if seen.partner_id != Some(partner) {
        return Err(invoice_not_found());
    }
    tx.lock(Lock::MoneyAccount(seen.customer_id)).await?;
    let now = tx.now();
    let open = billing::owed::of_invoice(tx, invoice, now).await?;
    if !open.is_positive() {
        return Err(nothing_owed());
    }
    // Paying makes a new try each time: what was reversed may be paid again.
    let reference: PaymentId = tx.new_id();
    let new = NewPayment {
        customer: seen.customer_id,
        channel: Channel::Wallet,
        reference: Some(reference.to_string()),
        amount: open,
        named_invoice: Some(invoice),
        received_at: now,
        note: Some(reseller.code.clone()),
    };
    let receipt = billing::pay::receive(tx, new).await?;
    let commission = commission_of(tx, &receipt).await?;
    let net = open - commission;
    if net.is_negative() {
        return Err(Fault::conflict(
            "wallet.commission_exceeds",
            format!("Sisa tagihan {open} lebih kecil dari komisi {commission}; bayar di loket."),
            format!(
                "The open {open} is less than the commission {commission}; pay at the counter."
            ),
        ));
    }
    if expected.is_some_and(|seen| seen != net) {
        return Err(Fault::conflict(
            "wallet.price_changed",
            format!("Yang keluar dari saldo sekarang {net}. Periksa lagi, lalu bayar."),
            format!("What leaves the balance is {net} now. Look again, then pay."),
        ));
    }
    let note = seen.number.clone().unwrap_or_default();
    partner::wallet::pay(tx, partner, net, &receipt.payment.id.to_string(), &note).await?;
    let booked = WalletMove::Paid { net, commission };
    billing::ledger::wallet(tx, partner, reseller.branch_id, &booked).await?;
    let after = json!({ "invoice": invoice, "net": net, "commission": commission });
    tx.journal("wallet", partner.uuid(), "paid_invoice", Value::Null, after).await?;
    let wallet = partner::wallet::of(tx, &scope, partner).await?;
    Ok(WalletPayment { receipt, net, commission, wallet })
}

/// What paying an invoice from the wallet would take, before it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub invoice: InvoiceId,
    /// What settles the invoice now.
    pub open: Money,
    /// What stays with the reseller of it.
    pub commission: Money,
    /// What leaves the wallet; `net + commission` is `open`.
    pub net: Money,
    /// The formula of the commission; empty when there is none.
    pub formula: String,
    pub balance: Money,
}

/// What [`pay_invoice`] would take now.
///
/// # Errors
/// As [`pay_invoice`], but for a balance that is too low: that is in the answer.
pub async fn quote(
    q: &mut dyn Query,
    actor: &Actor,
    partner: PartnerId,
    invoice: InvoiceId,
    now: Ts,
) -> Result<Quote> {
    may_use(actor, partner)?;
    let seen = billing::invoice::find(q, &actor.scope, invoice).await?;
    if seen.partner_id != Some(partner) {
        return Err(invoice_not_found());
    }
    let open = billing::owed::of_invoice(q, invoice, now).await?;
    if !open.is_positive() {
        return Err(nothing_owed());
    }
    let (commission, formula) = commission::of_seller(q, invoice, now).await?;
    let balance = partner::wallet::of(q, &actor.scope, partner).await?.balance;
    Ok(Quote { invoice, open, commission, net: open - commission, formula, balance })
}

/// The seller's commission of the invoices that a payment settled in full: what [`commission::accrue`]
/// will yield for the very same invoices before the commit. (A late prepaid invoice is issued anew by its
/// payment, so the invoice that was asked for may not be the one that was paid.)
async fn commission_of(tx: &mut Tx, receipt: &Receipt) -> Result<Money> {
    let mut sum = Money::ZERO;
    for part in receipt.allocations.iter().filter(|part| part.amount.is_positive()) {
        let invoice = billing::invoice::find(tx, &Scope::all(), part.invoice_id).await?;
        if invoice.live && !invoice.outstanding().is_positive() {
            let now = tx.now();
            sum += commission::of_seller(tx, invoice.id, now).await?.0;
        }
    }
    Ok(sum)
}

/// The reseller, if the actor may use their wallet: the reseller's own people, and who approves wallets.
async fn reseller_of_actor(tx: &mut Tx, partner: PartnerId) -> Result<partner::reseller::Reseller> {
    let actor = tx.actor().clone();
    may_use(&actor, partner)?;
    partner::reseller::find(tx, &actor.scope, partner).await
}

fn may_use(actor: &Actor, partner: PartnerId) -> Result<()> {
    let is_own = actor.scope.partner == Some(partner);
    if is_own || actor.may(Permission::WalletApprove) { Ok(()) } else { Err(partner_not_found()) }
}

/// Credits a top-up, in the wallet and in the books. An open debt is paid back first. The same reference
/// again changes nothing.
///
/// # Errors
/// `forbidden` without `WalletApprove`; `partner.not_found`; `invalid_fields` for an amount that is not
/// positive, a blank reference, or a channel through which no money comes in.
pub async fn top_up(
    tx: &mut Tx,
    partner: PartnerId,
    amount: Money,
    channel: &Channel,
    reference: &str,
) -> Result<Wallet> {
    check_top_up(amount, channel, reference)?;
    let scope = tx.actor().scope.clone();
    let reseller = partner::reseller::find(tx, &scope, partner).await?;
    tx.lock(Lock::Wallet(partner)).await?;
    let debt = partner::wallet::of(tx, &scope, partner).await?.debt;
    // One reference space for all channels: a transfer and a cash receipt may have the same number.
    let reference = format!("{channel}:{}", reference.trim());
    if partner::wallet::top_up(tx, partner, amount, &reference).await? {
        let to_debt = amount.min(debt);
        let booked = WalletMove::TopUp { channel: channel.clone(), amount, to_debt };
        billing::ledger::wallet(tx, partner, reseller.branch_id, &booked).await?;
    }
    partner::wallet::of(tx, &scope, partner).await
}

/// What a top-up must have, asked for or credited.
pub(crate) fn check_top_up(amount: Money, channel: &Channel, reference: &str) -> Result<()> {
    let mut wrong = Vec::new();
    if !amount.is_positive() {
        wrong.push(kernel::Field::new("amount", "range", "harus lebih dari 0", "must be above 0"));
    }
    if !matches!(channel, Channel::Cash | Channel::Transfer | Channel::Gateway(_)) {
        wrong.push(kernel::Field::new(
            "channel",
            "choice",
            "harus tunai atau transfer",
            "must be cash or transfer",
        ));
    }
    if reference.trim().is_empty() {
        wrong.push(kernel::Field::required("reference"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

/// Writes the commission that a wallet was just credited with into the books.
pub(crate) async fn book_commission(tx: &mut Tx, partner: PartnerId, amount: Money) -> Result<()> {
    let to_debt = -last_debt_change(tx, partner).await?;
    let booked = WalletMove::Commission { amount, to_debt };
    book(tx, partner, &booked).await
}

/// Writes the commission that was just taken back from a wallet into the books.
pub(crate) async fn book_take_back(tx: &mut Tx, partner: PartnerId, amount: Money) -> Result<()> {
    let from_debt = last_debt_change(tx, partner).await?;
    let booked = WalletMove::TakenBack { amount, from_debt };
    book(tx, partner, &booked).await
}

async fn book(tx: &mut Tx, partner: PartnerId, booked: &WalletMove) -> Result<()> {
    let branch = partner::reseller::find(tx, &Scope::all(), partner).await?.branch_id;
    billing::ledger::wallet(tx, partner, branch, booked).await
}

/// By how much the wallet's last row changed the debt. The wallet is locked by that row's own writing.
async fn last_debt_change(tx: &mut Tx, partner: PartnerId) -> Result<Money> {
    let rows = partner::wallet::statement(tx, &Scope::all(), partner, None, 2).await?;
    let debt = |n: usize| rows.get(n).map_or(Money::ZERO, |row| row.debt_after);
    Ok(debt(0) - debt(1))
}

fn invoice_not_found() -> Fault {
    Fault::not_found("billing.invoice_not_found", "Tagihan tidak ada.", "No such invoice.")
}
fn nothing_owed() -> Fault {
    Fault::conflict(
        "billing.nothing_owed",
        "Tidak ada yang perlu dibayar.",
        "There is nothing to pay.",
    )
}
fn partner_not_found() -> Fault {
    Fault::not_found("partner.not_found", "Mitra tidak ada.", "No such reseller.")
}
