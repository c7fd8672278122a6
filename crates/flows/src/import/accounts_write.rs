//! Writing checked accounts: running connections in bulk, the few others by their rooms' verbs.

use billing::subscription::{NewSubscription, create};
use billing::words::SubscriptionState;
use fulfilment::{Kind as OrderKind, NewWorkOrder};
use kernel::{AccountId, BranchId, Result, SubscriptionId};
use serde_json::{Value as Json, json};
use store::Tx;

use super::accounts::{Account, Standing};
use super::accounts_change;
use super::memory::Remembered;
use super::write::billing::{Opened, connections};
use super::write::network::{Login, logins, quotas};
use super::{Step, at_row};
use crate::access;

/// Subscriptions whose access is decided at once.
const CHUNK: usize = 500;

pub(super) async fn apply(tx: &mut Tx, steps: Vec<Step<Account>>) -> Result<Vec<Remembered>> {
    let mut done = Vec::with_capacity(steps.len());
    let mut running = Vec::with_capacity(steps.len());
    for mut step in steps {
        let row = step.row;
        let Some(account) = step.data.take() else {
            // What had ended before the import left no record.
            done.extend(step.subject.map(|subject| step.became(subject)));
            continue;
        };
        let id = match (&account.stored, account.standing) {
            (Some(stored), _) => {
                let changed = accounts_change::change(tx, &account.typed, stored).await;
                changed.map(|()| stored.id).map_err(|fault| at_row(row, fault))?
            }
            (None, None) => {
                let ordered = order(tx, &step.external_id, &account).await;
                ordered.map_err(|fault| at_row(row, fault))?
            }
            (None, Some(standing)) => {
                let id: SubscriptionId = tx.new_id();
                running.push((id, standing, step.external_id.clone(), account));
                id
            }
        };
        done.push(step.became(id.uuid()));
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
            "imported": o.external_id, "state": SubscriptionState::Active, "plan": o.plan,
            "billed_to": o.billed_to, "activated_on": o.activated_on,
        });
        tx.journal("subscription", o.id.uuid(), "created", Json::Null, after).await?;
        let after = json!({ "username": login.account.typed.username, "subscription": o.id });
        tx.journal("account", login.id.uuid(), "imported", Json::Null, after).await?;
    }
    let ids: Vec<SubscriptionId> = opened.iter().map(|o| o.id).collect();
    for chunk in ids.chunks(CHUNK) {
        access::reconsider_locked(tx, chunk).await?;
    }
    Ok(())
}

/// A connection that is still to be installed: subscription, reserved login and install order.
async fn order(tx: &mut Tx, external_id: &str, account: &Account) -> Result<SubscriptionId> {
    let Account { typed, customer, plan, mode, .. } = account;
    let new = NewSubscription {
        partner: customer.partner_id,
        calendar: typed.calendar,
        label: typed.label.clone(),
        external_id: Some(external_id.to_owned()),
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
        odp: None,
    };
    fulfilment::open(tx, visit).await?;
    Ok(id)
}
