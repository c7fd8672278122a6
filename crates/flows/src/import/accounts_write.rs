//! Writing checked accounts: running connections in bulk, the few others by their rooms' verbs.

use billing::subscription::{NewSubscription, create};
use fulfilment::{Kind as OrderKind, NewWorkOrder};
use kernel::{AccountId, BranchId, Result, SubscriptionId};
use serde_json::json;
use store::Tx;

use super::accounts::{Account, Standing};
use super::accounts_change;
use super::memory::Remembered;
use super::report::Wanted;
use super::write::billing::{Opened, connections};
use super::write::network::{Login, logins, quotas};
use super::{Step, at_row};
use crate::access;

/// Subscriptions whose access is decided at once.
const CHUNK: usize = 500;

pub(super) async fn apply(tx: &mut Tx, steps: Vec<Step<Account>>) -> Result<Vec<Remembered>> {
    let mut done = Vec::with_capacity(steps.len());
    let mut running = Vec::with_capacity(steps.len());
    for step in steps {
        let row = step.row;
        let subject: Option<SubscriptionId> = match (step.wanted, &step.data.stored) {
            (Wanted::Create, _) => match step.data.standing {
                Some(standing) => {
                    let id: SubscriptionId = tx.new_id();
                    running.push((id, standing, step.external_id.clone(), step.data));
                    Some(id)
                }
                None => Some(order(tx, &step).await.map_err(|f| at_row(row, f))?),
            },
            (Wanted::Change, Some(stored)) => {
                let changed = accounts_change::change(tx, &step.data.typed, stored).await;
                changed.map_err(|fault| at_row(row, fault))?;
                Some(stored.id)
            }
            (_, stored) => stored.as_ref().map(|s| s.id),
        };
        // What had ended before the import left no record.
        if let Some(subject) = subject {
            let (external_id, print) = (step.external_id, step.print);
            done.push(Remembered { external_id, subject: subject.uuid(), print });
        }
    }
    adopt(tx, &running).await?;
    Ok(done)
}

type Running = (SubscriptionId, Standing, String, Account);

/// Takes over running connections: subscription, money account, paid days, login, quota, desired access.
async fn adopt(tx: &mut Tx, running: &[Running]) -> Result<()> {
    let catalog = catalog::current(tx).await?;
    let opened: Vec<Opened<'_>> = running
        .iter()
        .map(|(id, standing, external_id, account)| Opened {
            id: *id,
            customer: &account.customer,
            plan: account.plan,
            mode: account.mode,
            calendar: account.typed.calendar,
            anchor_dom: standing.anchor_dom,
            activated_on: standing.activated_on,
            billed_to: standing.billed_to,
            label: account.typed.label.as_deref(),
            external_id,
        })
        .collect();
    connections(tx, &catalog, &opened).await?;
    let mut all = Vec::with_capacity(running.len());
    for (subscription, _, _, account) in running {
        let id: AccountId = tx.new_id();
        all.push(Login { id, subscription: *subscription, account });
    }
    logins(tx, &catalog, &all).await?;
    let today = |branch: BranchId| tx.now().day(catalog.zone(branch));
    let limited: Vec<_> = opened
        .iter()
        .filter_map(|o| {
            let limit = catalog.plans.get(&o.plan)?.quota_bytes?;
            Some((o.id, limit, o.period_at(today(o.customer.branch_id)).from))
        })
        .collect();
    quotas(tx, &limited).await?;
    for (login, o) in all.iter().zip(&opened) {
        let after = json!({
            "external_id": o.external_id, "username": login.account.typed.username, "plan": o.plan,
            "mode": o.mode, "billed_to": o.billed_to,
        });
        tx.journal("subscription", o.id.uuid(), "imported", serde_json::Value::Null, after).await?;
    }
    let ids: Vec<SubscriptionId> = opened.iter().map(|o| o.id).collect();
    for chunk in ids.chunks(CHUNK) {
        access::reconsider_locked(tx, chunk).await?;
    }
    Ok(())
}

/// A connection that is still to be installed: subscription, reserved login and install order.
async fn order(tx: &mut Tx, step: &Step<Account>) -> Result<SubscriptionId> {
    let Account { typed, customer, plan, mode, .. } = &step.data;
    let new = NewSubscription {
        partner: customer.partner_id,
        calendar: typed.calendar,
        label: typed.label.clone(),
        external_id: Some(step.external_id.clone()),
        ..NewSubscription::of(customer.id, customer.branch_id, *plan, *mode)
    };
    let id = create(tx, new).await?;
    let catalog = catalog::current(tx).await?;
    let policy = catalog.policy(*plan, customer.id);
    let reservation = network::account::Reservation {
        subscription: id,
        customer: customer.id,
        branch: customer.branch_id,
        partner: customer.partner_id,
        pattern: policy.username_pattern.clone(),
        parts: network::username::Parts::default(),
        mac_policy: super::write::network::mac_policy(typed, &policy),
        kind: typed.kind,
        username: Some(typed.username.clone()),
        password: Some(typed.password.clone()),
    };
    network::account::reserve(tx, &reservation).await?;
    let visit = NewWorkOrder {
        kind: OrderKind::Install,
        subscription: id,
        customer: customer.id,
        branch: customer.branch_id,
        partner: customer.partner_id,
        address: customer.address.clone(),
        site_lat: customer.lat,
        site_lon: customer.lon,
        note: "Dari impor: belum dipasang.".to_owned(),
    };
    fulfilment::open(tx, visit).await?;
    Ok(id)
}
