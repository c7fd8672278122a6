//! The deposit wallet: an append-only ledger. Σ rows = balance − debt, on every row.

use kernel::{Event, Fault, Money, PartnerId, Permission, Result, Scope, Ts, WalletRowId};
use serde_json::json;
use store::{Lock, Query, QueryExt, Tx, args, row};

store::words! {
    pub enum RowKind {
        TopUp = "top_up",
        /// The reseller pays a customer's invoice from the wallet, at net price.
        Payment = "payment",
        /// A payment from the wallet was reversed.
        Refund = "refund",
        Commission = "commission",
        /// Commission taken back with its payment.
        Clawback = "clawback",
    }
}

row! {
    pub struct Wallet { pub partner_id: PartnerId, pub balance: Money, pub debt: Money }
}
row! {
    pub struct WalletRow {
        pub id: WalletRowId,
        pub seq: i64,
        pub at: Ts,
        pub kind: RowKind,
        pub amount: Money,
        pub balance_after: Money,
        pub debt_after: Money,
        pub reference: String,
        pub note: String,
    }
}

/// The wallet as it stands.
///
/// # Errors
/// `partner.not_found`, also when out of scope.
pub async fn of(q: &mut dyn Query, scope: &Scope, partner: PartnerId) -> Result<Wallet> {
    crate::reseller::find(q, scope, partner).await?;
    q.row(
        "select partner_id, balance, debt from partner_wallet where partner_id = $1",
        args![partner],
    )
    .await
}

/// The statement, newest first, before `before_seq` (exclusive).
pub async fn statement(
    q: &mut dyn Query,
    scope: &Scope,
    partner: PartnerId,
    before_seq: Option<i64>,
    limit: i64,
) -> Result<Vec<WalletRow>> {
    crate::reseller::find(q, scope, partner).await?;
    q.rows(
        "select id, seq, at, kind, amount, balance_after, debt_after, reference, note
         from partner_wallet_row where partner_id = $1 and ($2 is null or seq < $2)
         order by seq desc limit $3",
        args![partner, before_seq, limit],
    )
    .await
}

/// Credits an approved top-up. The same reference again changes nothing and answers `false`.
///
/// # Errors
/// `forbidden` without `WalletApprove`; `invalid_fields` for an amount that is not positive.
pub async fn top_up(
    tx: &mut Tx,
    partner: PartnerId,
    amount: Money,
    reference: &str,
) -> Result<bool> {
    tx.actor().require(Permission::WalletApprove)?;
    if !amount.is_positive() {
        return Err(Fault::field("amount", "range", "harus lebih dari 0", "must be above 0"));
    }
    let posted = post(tx, partner, RowKind::TopUp, amount, reference, "isi ulang").await?;
    if posted {
        let after = json!({ "amount": amount, "reference": reference });
        tx.journal("wallet", partner.uuid(), "topped_up", json!(null), after).await?;
    }
    Ok(posted)
}

/// Takes a payment from the wallet. Never makes it negative.
///
/// # Errors
/// `partner.balance_too_low` names what is missing.
pub async fn pay(
    tx: &mut Tx,
    partner: PartnerId,
    amount: Money,
    reference: &str,
    note: &str,
) -> Result<bool> {
    tx.lock(Lock::Wallet(partner)).await?;
    let wallet = load(tx, partner).await?;
    if wallet.balance < amount && !seen(tx, partner, RowKind::Payment, reference).await? {
        let missing = amount - wallet.balance;
        return Err(Fault::conflict(
            "partner.balance_too_low",
            format!("Saldo {} kurang {missing}. Isi ulang dulu.", wallet.balance),
            format!("The balance of {} is {missing} short. Top up first.", wallet.balance),
        ));
    }
    post(tx, partner, RowKind::Payment, -amount, reference, note).await
}

/// Gives back what a payment from the wallet took: that payment was reversed. The same reference again
/// changes nothing and answers `false`.
pub async fn refund(
    tx: &mut Tx,
    partner: PartnerId,
    amount: Money,
    reference: &str,
    note: &str,
) -> Result<bool> {
    post(tx, partner, RowKind::Refund, amount, reference, note).await
}

/// Adds one row: credits go to an open debt first; a debit beyond the balance becomes debt.
///
/// Answers `false` when this (kind, reference) was posted before.
pub(crate) async fn post(
    tx: &mut Tx,
    partner: PartnerId,
    kind: RowKind,
    amount: Money,
    reference: &str,
    note: &str,
) -> Result<bool> {
    tx.lock(Lock::Wallet(partner)).await?;
    if seen(tx, partner, kind, reference).await? {
        return Ok(false);
    }
    let wallet = load(tx, partner).await?;
    let (balance, debt) = after(wallet.balance, wallet.debt, amount);
    let seq: i64 = tx
        .value(
            "select coalesce(max(seq), 0) + 1 from partner_wallet_row where partner_id = $1",
            args![partner],
        )
        .await?;
    let id: WalletRowId = tx.new_id();
    tx.exec(
        "insert into partner_wallet_row (id, partner_id, seq, at, kind, amount, balance_after, debt_after,
           reference, note) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        args![id, partner, seq, tx.now(), kind, amount, balance, debt, reference, note],
    )
    .await?;
    tx.exec(
        "update partner_wallet set balance = $1, debt = $2 where partner_id = $3",
        args![balance, debt, partner],
    )
    .await?;
    tx.emit(Event::WalletChanged { partner });
    Ok(true)
}

/// Balance and debt after a row. Pure: balance − debt always moves by `amount`, and not both are positive.
fn after(balance: Money, debt: Money, amount: Money) -> (Money, Money) {
    let net = balance - debt + amount;
    (net.or_zero(), (-net).or_zero())
}

async fn load(tx: &mut Tx, partner: PartnerId) -> Result<Wallet> {
    let found: Option<Wallet> = tx
        .row_opt(
            "select partner_id, balance, debt from partner_wallet where partner_id = $1",
            args![partner],
        )
        .await?;
    found.ok_or_else(|| {
        Fault::not_found("partner.not_found", "Mitra tidak ada.", "No such reseller.")
    })
}

async fn seen(tx: &mut Tx, partner: PartnerId, kind: RowKind, reference: &str) -> Result<bool> {
    let n: i64 = tx
        .value(
            "select count(*) from partner_wallet_row
             where partner_id = $1 and kind = $2 and reference = $3",
            args![partner, kind, reference],
        )
        .await?;
    Ok(n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clawback_beyond_the_balance_becomes_debt_that_later_credits_pay_first() {
        let rp = Money::rupiah;
        assert_eq!(after(rp(10), rp(0), rp(-25)), (rp(0), rp(15)));
        assert_eq!(after(rp(0), rp(15), rp(10)), (rp(0), rp(5)));
        assert_eq!(after(rp(0), rp(5), rp(10)), (rp(5), rp(0)));
    }
}
