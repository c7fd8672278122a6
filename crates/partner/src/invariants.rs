//! What must always be true of wallets and commission (number 6 of the invariants).

use kernel::{Money, PartnerId, Result};
use store::{Query, QueryExt, args};

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
    let unmatched: Vec<(PartnerId, i64)> = q
        .rows(
            "select c.partner_id, count(*) from partner_commission c
             where c.netted = false and not exists (
               select 1 from partner_wallet_row r where r.partner_id = c.partner_id
                 and r.kind = 'commission' and r.amount = c.amount
                 and r.at = c.accrued_at and r.note = c.formula)
             group by c.partner_id",
            args![],
        )
        .await?;
    for (partner, n) in unmatched {
        broken.push((
            "commission_unposted",
            format!("reseller {partner}: {n} commissions without a row"),
        ));
    }
    Ok(broken)
}
