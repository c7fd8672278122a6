//! Commission: exactly the rows that the rule yields when an invoice is fully paid, taken back when that
//! payment is reversed. Paid from the wallet it is netted: the reseller paid less, and gets nothing more.

use kernel::{
    CommissionId, Day, InvoiceId, Money, PartnerId, PlanId, Result, Scope, SubscriptionId, Ts,
};
use store::{Query, QueryExt, Tx, args, row};

use crate::reseller::{self, Reseller};
use crate::rule::{self, Rule};
use crate::wallet::{RowKind, post};

/// What commission needs to know of a fully paid invoice.
#[derive(Clone, Debug)]
pub struct PaidInvoice {
    pub invoice: InvoiceId,
    pub subscription: Option<SubscriptionId>,
    pub plan: Option<PlanId>,
    pub partner: PartnerId,
    /// Before tax, without what was credited.
    pub base: Money,
    /// The first fully paid invoice of its subscription.
    pub first: bool,
    /// The reseller paid it from the wallet, at net price.
    pub netted: bool,
    pub paid_on: Day,
}

row! {
    pub struct Commission {
        pub id: CommissionId,
        pub invoice_id: InvoiceId,
        pub partner_id: PartnerId,
        pub base: Money,
        pub amount: Money,
        pub formula: String,
        pub netted: bool,
        pub accrued_at: Ts,
        pub taken_back_at: Option<Ts>,
    }
}

/// One reseller's part of an invoice's commission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub partner: PartnerId,
    pub amount: Money,
    pub formula: String,
}

/// The shares that the rule yields, upline included. Their sum is what the rule gives.
pub async fn shares(q: &mut dyn Query, paid: &PaidInvoice) -> Result<Vec<Share>> {
    let rules = rule::of(q, paid.partner).await?;
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let seller = reseller::find(q, &Scope::all(), paid.partner).await?;
    Ok(yields(&rules, &seller, paid))
}

/// As [`shares`], by these rules. Pure.
pub fn yields(rules: &[Rule], seller: &Reseller, paid: &PaidInvoice) -> Vec<Share> {
    let rule = rule::in_force(rules, paid.plan, paid.paid_on, paid.first);
    let Some(whole) = rule.map(|rule| rule.yields(paid.base)) else { return Vec::new() };
    if whole.amount.is_zero() {
        return Vec::new();
    }
    split(seller, whole.amount, &whole.formula)
}

fn split(seller: &Reseller, amount: Money, formula: &str) -> Vec<Share> {
    let Some(upline) = seller.upline_id.filter(|_| seller.upline_share_bp > 0) else {
        return vec![Share { partner: seller.id, amount, formula: formula.to_owned() }];
    };
    let up = amount.ratio(seller.upline_share_bp, 10_000);
    let percent = rule::percent_text(seller.upline_share_bp);
    vec![
        Share {
            partner: seller.id,
            amount: amount - up,
            formula: format!("{formula}; dikurangi {percent} untuk upline = {}", amount - up),
        },
        Share {
            partner: upline,
            amount: up,
            formula: format!("{percent} dari komisi {} ({formula}) = {up}", seller.code),
        },
    ]
}

/// Accrues the commission of a fully paid invoice. Doing it again for the same payment changes nothing.
pub async fn accrue(tx: &mut Tx, paid: &PaidInvoice) -> Result<Vec<Share>> {
    let (rounds, open): (i64, i64) = tx
        .row(
            "select coalesce(max(round), 0),
               cast(coalesce(sum(case when taken_back_at is null then 1 else 0 end), 0) as bigint)
             from partner_commission where invoice_id = $1",
            args![paid.invoice],
        )
        .await?;
    if open > 0 {
        return Ok(Vec::new());
    }
    let shares = shares(tx, paid).await?;
    let round = rounds + 1;
    for share in &shares {
        let id: CommissionId = tx.new_id();
        let netted = paid.netted && share.partner == paid.partner;
        tx.exec(
            "insert into partner_commission (id, invoice_id, round, partner_id, subscription_id, plan_id,
               base, amount, formula, netted, accrued_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
            args![
                id, paid.invoice, round, share.partner, paid.subscription, paid.plan, paid.base,
                share.amount, share.formula, netted, tx.now()
            ],
        )
        .await?;
        if !netted {
            let reference = format!("{}/{round}", paid.invoice);
            post(tx, share.partner, RowKind::Commission, share.amount, &reference, &share.formula)
                .await?;
        }
    }
    Ok(shares)
}

/// Takes an invoice's commission back: the payment that completed it was reversed, or it was credited in
/// full.
pub async fn take_back(tx: &mut Tx, invoice: InvoiceId) -> Result<Vec<Commission>> {
    let rows: Vec<Commission> = tx
        .rows(
            "update partner_commission set taken_back_at = $1
             where invoice_id = $2 and taken_back_at is null
             returning id, invoice_id, partner_id, base, amount, formula, netted, accrued_at,
               taken_back_at",
            args![tx.now(), invoice],
        )
        .await?;
    for row in &rows {
        if !row.netted {
            let reference = row.id.to_string();
            post(tx, row.partner_id, RowKind::Clawback, -row.amount, &reference, &row.formula)
                .await?;
        }
    }
    Ok(rows)
}

/// The reseller's commission rows since an instant, newest first.
pub async fn of(
    q: &mut dyn Query,
    scope: &Scope,
    partner: PartnerId,
    since: Ts,
) -> Result<Vec<Commission>> {
    reseller::find(q, scope, partner).await?;
    q.rows(
        "select id, invoice_id, partner_id, base, amount, formula, netted, accrued_at, taken_back_at
         from partner_commission where partner_id = $1 and accrued_at >= $2 order by accrued_at desc, id desc",
        args![partner, since],
    )
    .await
}
