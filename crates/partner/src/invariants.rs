//! What must always be true of wallets and commission (number 6 of the invariants).

use std::collections::BTreeMap;

use kernel::{CommissionId, InvoiceId, Money, PartnerId, Result, Ts};
use store::{Query, QueryExt, args, row};

use crate::wallet::RowKind;

/// A broken invariant in words.
pub type Broken = (&'static str, String);

/// Checks every wallet and commission row.
pub async fn check(q: &mut dyn Query) -> Result<Vec<Broken>> {
    let mut broken = Vec::new();
    let wallets: Vec<(PartnerId, Money, Money, Money, Money)> = q
        .rows(
            "select w.partner_id, w.balance, w.debt,
               cast(coalesce(sum(r.amount), 0) as bigint), cast(coalesce(min(r.balance_after), 0) as bigint)
             from partner_wallet w left join partner_wallet_row r on r.partner_id = w.partner_id
             group by w.partner_id, w.balance, w.debt",
            args![],
        )
        .await?;
    for (partner, balance, debt, sum, lowest) in wallets {
        if balance - debt != sum {
            broken.push((
                "wallet_sum",
                format!("wallet {partner}: {balance} − {debt} ≠ Σ rows {sum}"),
            ));
        }
        if balance.is_negative() || lowest.is_negative() || debt.is_negative() {
            broken.push((
                "wallet_negative",
                format!("wallet {partner}: balance {balance}, lowest {lowest}"),
            ));
        }
        if balance.is_positive() && debt.is_positive() {
            broken.push((
                "wallet_debt",
                format!("wallet {partner}: balance {balance} beside debt {debt}"),
            ));
        }
    }
    rows_of_commission(q, &mut broken).await?;
    Ok(broken)
}

row! {
    struct Kept { id: CommissionId, invoice_id: InvoiceId, round: i64, partner_id: PartnerId,
        amount: Money, taken_back_at: Option<Ts> }
}

type Posted = BTreeMap<(PartnerId, RowKind, String), Money>;

/// Every commission that is not netted has its wallet row, every one that was taken back its claw-back,
/// and no such wallet row is without its commission.
async fn rows_of_commission(q: &mut dyn Query, broken: &mut Vec<Broken>) -> Result<()> {
    let kept: Vec<Kept> = q
        .rows(
            "select id, invoice_id, round, partner_id, amount, taken_back_at from partner_commission
             where netted = false",
            args![],
        )
        .await?;
    let rows: Vec<(PartnerId, RowKind, String, Money)> = q
        .rows(
            "select partner_id, kind, reference, amount from partner_wallet_row
             where kind in ('commission', 'clawback')",
            args![],
        )
        .await?;
    let mut posted: Posted =
        rows.into_iter().map(|(p, k, r, amount)| ((p, k, r), amount)).collect();
    for c in kept {
        let name = format!("reseller {}, invoice {}", c.partner_id, c.invoice_id);
        let reference = format!("{}/{}", c.invoice_id, c.round);
        if posted.remove(&(c.partner_id, RowKind::Commission, reference)) != Some(c.amount) {
            broken.push(("commission_unposted", format!("{name}: no wallet row of {}", c.amount)));
        }
        let back = posted.remove(&(c.partner_id, RowKind::Clawback, c.id.to_string()));
        let wanted = c.taken_back_at.map(|_| -c.amount);
        if back != wanted {
            let detail = format!("{name}: taken back {back:?} instead of {wanted:?}");
            broken.push(("clawback_differs", detail));
        }
    }
    for ((partner, kind, reference), amount) in posted {
        let detail =
            format!("reseller {partner}: a row {kind} {reference} of {amount} for nothing");
        broken.push(("commission_unposted", detail));
    }
    Ok(())
}
