//! Money between rooms: what gateways told, what the ledger knows of payments and wallets.

use billing::ledger::Account;
use kernel::{Money, Result, Ts};
use store::{Query, QueryExt, args};

use super::Broken;

/// Hours after which a stored notice should long have been counted.
const NOTICE_SECS: i64 = 6 * 3_600;

pub(super) async fn check(q: &mut dyn Query, now: Ts, broken: &mut Vec<Broken>) -> Result<()> {
    for (invariant, what, sql) in CHECKS {
        let found: Vec<String> = q.values(sql, args![]).await?;
        broken
            .extend(found.into_iter().map(|d| Broken { invariant, detail: format!("{d} {what}") }));
    }
    let stuck: Vec<String> = q
        .values(
            "select gateway || ' ' || notice_id from billing_notice
             where state = 'stored' and received_at < $1 order by received_at limit 20",
            args![now.plus_secs(-NOTICE_SECS)],
        )
        .await?;
    broken.extend(stuck.into_iter().map(|d| Broken {
        invariant: "lost_payment",
        detail: format!("the notice {d} waits for hours"),
    }));
    vouchers(q, broken).await?;
    wallets(q, broken).await
}

/// The clearing of vouchers holds what sold batches brought, less the price of every code that was used.
async fn vouchers(q: &mut dyn Query, broken: &mut Vec<Broken>) -> Result<()> {
    let (sold, used, ledger): (Money, Money, Money) = q
        .row(
            "select
               (select cast(coalesce(sum(sold_amount), 0) as bigint) from billing_voucher_batch
                 where sold_at is not null),
               (select cast(coalesce(sum(b.price), 0) as bigint) from billing_voucher v
                 join billing_voucher_batch b on b.id = v.batch_id where v.state = 'used'),
               (select cast(coalesce(sum(amount), 0) as bigint) from billing_posting
                 where account = $1)",
            args![Account::VoucherClearing],
        )
        .await?;
    if ledger != used - sold {
        let detail = format!("vouchers: ledger {ledger}, used {used} less sold {sold}");
        broken.push(Broken { invariant: "voucher_clearing", detail });
    }
    Ok(())
}

const CHECKS: [(&str, &str, &str); 6] = [
    (
        "lost_payment",
        "was counted, but its payment is gone",
        "select n.gateway || ' ' || n.notice_id from billing_notice n
         where n.state = 'counted' and n.payment_id is not null
           and not exists (select 1 from billing_payment p where p.id = n.payment_id) limit 20",
    ),
    (
        "lost_payment",
        "is in the books, but the payment is gone",
        "select 'an entry of ' || cast(e.on_day as text) from billing_entry e
         where e.kind in ('payment', 'reversal')
           and not exists (select 1 from billing_payment p where p.id = e.subject_id) limit 20",
    ),
    (
        "lost_payment",
        "is settled, but not in the books",
        "select p.channel || ' ' || p.reference from billing_payment p
         where p.state in ('settled', 'reversed') and p.settled_at is not null
           and not exists (select 1 from billing_entry e
             where e.subject_id = p.id and e.kind = 'payment') limit 20",
    ),
    (
        "effect_twice",
        "is in the books twice",
        "select p.channel || ' ' || p.reference from billing_payment p
         join billing_entry e on e.subject_id = p.id and e.kind in ('payment', 'reversal')
         group by p.id, p.channel, p.reference, e.kind having count(*) > 1 limit 20",
    ),
    (
        "invoice_unbooked",
        "is issued, but not in the books",
        "select i.number from billing_invoice i where i.state = 'issued' and i.total <> 0
           and not exists (select 1 from billing_entry e
             where e.subject_id = i.id and e.kind = 'invoice')
           and not exists (select 1 from billing_entry e
             where e.subject_id = i.run_id and e.kind = 'invoice') limit 20",
    ),
    (
        "series_gap",
        "gave another last number than stands on paper",
        "select t.series from (
           select series, max(seq) as last from (
             select series, seq from billing_invoice where series is not null
             union all select series, seq from billing_credit_note
             union all select series, seq from billing_payment where series is not null) s
           group by series) t
         join store_series k on k.key = t.series where k.last <> t.last limit 20",
    ),
];

/// Deposits and debts in the ledger are the sums of the resellers' wallets; the clearing between a wallet
/// and the invoice that it pays is empty.
async fn wallets(q: &mut dyn Query, broken: &mut Vec<Broken>) -> Result<()> {
    let (balance, debt): (Money, Money) = q
        .row(
            "select cast(coalesce(sum(balance), 0) as bigint), cast(coalesce(sum(debt), 0) as bigint)
             from partner_wallet",
            args![],
        )
        .await?;
    for (what, account, expected) in [
        ("deposits", Account::Wallet, -balance),
        ("debts", Account::PartnerDebt, debt),
        ("the clearing", Account::WalletClearing, Money::ZERO),
    ] {
        let ledger: Money = q
            .value(
                "select cast(coalesce(sum(amount), 0) as bigint) from billing_posting where account = $1",
                args![account],
            )
            .await?;
        if ledger != expected {
            let detail = format!("resellers' {what}: ledger {ledger}, wallets {expected}");
            broken.push(Broken { invariant: "wallet_ledger", detail });
        }
    }
    Ok(())
}
