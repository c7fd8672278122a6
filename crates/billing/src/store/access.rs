//! What access depends on, and promises.

use std::collections::BTreeMap;

use catalog::Catalog;
use kernel::{
    BranchId, CustomerId, Day, InvoiceId, Money, PartnerId, Period, PlanId, PromiseId, Result,
    SubscriptionId, Ts,
};
use store::{Query, QueryExt, Tx, args, row};

use super::facts::{OPEN, OUTSTANDING};
use crate::facts::{AccessFacts, UnpaidInvoice};
use crate::hold::Hold;
use crate::promise::Promise;
use crate::words::{Calendar, HoldKind, InvoiceKind, Mode, SubscriptionState};

row! { struct SubjectRow { id: SubscriptionId, number: String, customer_id: CustomerId,
branch_id: BranchId, partner_id: Option<PartnerId>, plan_id: PlanId, mode: Mode, calendar: Calendar,
anchor_dom: i8, state: SubscriptionState, terminated_on: Option<Day> } }
row! { struct UnpaidRow { id: InvoiceId, subscription_id: SubscriptionId, number: String,
outstanding: Money, total: Money, due_on: Day, isolate_at: Option<Ts>, grace_until: Option<Ts>,
period_from: Day, period_to: Day, kind: InvoiceKind } }
row! { struct HoldRow { subscription_id: SubscriptionId, kind: HoldKind, why: String,
until_at: Option<Ts>, placed_by: String, placed_at: Ts } }

/// The facts of these subscriptions, by id.
pub(crate) async fn load(
    q: &mut dyn Query,
    catalog: &Catalog,
    ids: &[SubscriptionId],
) -> Result<Vec<AccessFacts>> {
    let mut all: BTreeMap<SubscriptionId, (AccessFacts, Money)> = BTreeMap::new();
    let subjects = "select id, number, customer_id, branch_id, partner_id, plan_id, mode, calendar, anchor_dom,
           state, terminated_on from billing_subscription where id {AMONG}($1)";
    for sub in q.rows::<SubjectRow>(subjects, args![ids]).await? {
        let tolerance = catalog.policy(sub.plan_id, sub.customer_id).tolerance;
        all.insert(sub.id, (blank(sub), tolerance));
    }
    entitlements(q, ids, &mut all).await?;
    unpaid(q, ids, &mut all).await?;
    for (id, hold) in holds(q, ids).await? {
        if let Some((facts, _)) = all.get_mut(&id) {
            facts.holds.push(hold);
        }
    }
    let sql = "select subscription_id, max(until_at) from billing_promise
         where cancelled_at is null and subscription_id {AMONG}($1) group by subscription_id";
    for (id, until) in q.rows::<(SubscriptionId, Ts)>(sql, args![ids]).await? {
        if let Some((facts, _)) = all.get_mut(&id) {
            facts.promise_until = Some(until);
        }
    }
    Ok(all.into_values().map(|(facts, _)| facts).collect())
}

type All = BTreeMap<SubscriptionId, (AccessFacts, Money)>;

fn blank(sub: SubjectRow) -> AccessFacts {
    AccessFacts {
        subscription: sub.id,
        number: sub.number,
        customer: sub.customer_id,
        branch: sub.branch_id,
        partner: sub.partner_id,
        state: sub.state,
        mode: sub.mode,
        plan: sub.plan_id,
        entitled_to: None,
        terminated_on: sub.terminated_on,
        unpaid: Vec::new(),
        promise_until: None,
        holds: Vec::new(),
        paused: sub.state == SubscriptionState::Paused,
        reversal_grace_until: None,
        calendar: sub.calendar,
        anchor_dom: sub.anchor_dom,
    }
}

async fn entitlements(q: &mut dyn Query, ids: &[SubscriptionId], all: &mut All) -> Result<()> {
    let sql = "select subscription_id, max(to_on) from billing_entitlement
         where revoked_at is null and subscription_id {AMONG}($1) group by subscription_id";
    for (id, to) in q.rows::<(SubscriptionId, Day)>(sql, args![ids]).await? {
        if let Some((facts, _)) = all.get_mut(&id) {
            facts.entitled_to = Some(to);
        }
    }
    Ok(())
}

async fn unpaid(q: &mut dyn Query, ids: &[SubscriptionId], all: &mut All) -> Result<()> {
    let sql = format!(
        "select i.id, i.subscription_id, i.number, {OUTSTANDING} as outstanding, i.total, i.due_on,
           i.isolate_at, i.grace_until, i.period_from, i.period_to, i.kind
         from billing_invoice i where i.subscription_id {{AMONG}}($1) and {OPEN}
         order by i.due_on, i.number"
    );
    for r in q.rows::<UnpaidRow>(&sql, args![ids]).await? {
        let Some((facts, tolerance)) = all.get_mut(&r.subscription_id) else { continue };
        if r.outstanding <= *tolerance {
            continue;
        }
        facts.reversal_grace_until = facts.reversal_grace_until.max(r.grace_until);
        facts.unpaid.push(UnpaidInvoice {
            id: r.id,
            number: r.number,
            outstanding: r.outstanding,
            total: r.total,
            due_on: r.due_on,
            isolate_at: r.isolate_at.map(|at| r.grace_until.map_or(at, |grace| at.max(grace))),
            period: Period { from: r.period_from, to: r.period_to },
            kind: r.kind,
        });
    }
    Ok(())
}

/// Holds that were not released.
pub(crate) async fn holds(
    q: &mut dyn Query,
    ids: &[SubscriptionId],
) -> Result<Vec<(SubscriptionId, Hold)>> {
    let mut found = Vec::new();
    let sql = "select subscription_id, kind, why, until_at, placed_by, placed_at from billing_hold
         where released_at is null and subscription_id {AMONG}($1) order by subscription_id, kind";
    for r in q.rows::<HoldRow>(sql, args![ids]).await? {
        let hold = Hold {
            kind: r.kind,
            why: r.why,
            until: r.until_at,
            by: r.placed_by,
            placed_at: r.placed_at,
        };
        found.push((r.subscription_id, hold));
    }
    Ok(found)
}

// Promises.

pub(crate) async fn insert_promise(tx: &mut Tx, p: &Promise) -> Result<()> {
    tx.exec(
        "insert into billing_promise (id, subscription_id, made_on, until_on, until_at, made_by, made_at)
         values ($1,$2,$3,$4,$5,$6,$7)",
        args![p.id, p.subscription_id, p.made_on, p.until_on, p.until_at, p.made_by, p.made_at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn promises_of(q: &mut dyn Query, id: SubscriptionId) -> Result<Vec<Promise>> {
    q.rows(
        "select id, subscription_id, made_on, until_on, until_at, made_by, made_at, cancelled_at
         from billing_promise where subscription_id = $1 order by id desc",
        args![id],
    )
    .await
}

/// `false`: there is no such promise that runs.
pub(crate) async fn cancel_promise(
    tx: &mut Tx,
    subscription: SubscriptionId,
    id: PromiseId,
) -> Result<bool> {
    let changed = tx
        .exec(
            "update billing_promise set cancelled_at = $3
             where id = $1 and subscription_id = $2 and cancelled_at is null",
            args![id, subscription, tx.now()],
        )
        .await?;
    Ok(changed == 1)
}
