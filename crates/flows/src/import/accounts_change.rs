//! A connection that is there already: what a changed row may change, and what it may not.

use std::collections::HashMap;

use billing::words::Mode;
use kernel::{AccountId, CustomerId, PlanId, Result, Scope, SubscriptionId};
use network::account::{Limits, set_limits, set_mac, set_password};
use network::{Mac, MacPolicy, Secret, password};
use store::{Query, QueryExt, Tx, args, row};

use super::accounts::{Life, Typed};
use super::cells::sentences;
use super::known::Party;
use super::memory::sealer;
use super::report::{Say, Wanted};

row! {
    struct StoredRow {
        external_id: String, id: SubscriptionId, customer_id: CustomerId, plan_id: PlanId, mode: Mode,
        account_id: Option<AccountId>, username: Option<String>, password_enc: Option<Vec<u8>>,
        mac: Option<Mac>, mac_policy: Option<MacPolicy>, fixed_ip: Option<String>,
        sessions_max: Option<i64>
    }
}

/// A connection that is there already.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub id: SubscriptionId,
    customer: CustomerId,
    plan: PlanId,
    pub mode: Mode,
    login: Option<Login>,
}

#[derive(Clone, Debug)]
struct Login {
    account: AccountId,
    username: String,
    password: Secret,
    mac: Option<Mac>,
    limits: Limits,
}

/// Connections by external id, with their open account.
pub(super) async fn stored(q: &mut dyn Query, ids: &[&str]) -> Result<HashMap<String, Stored>> {
    const SQL: &str =
        "select s.external_id, s.id, s.customer_id, s.plan_id, s.mode, a.id as account_id,
        a.username, a.password_enc, a.mac, a.mac_policy, a.fixed_ip, a.sessions_max
      from billing_subscription s
      left join network_account a on a.subscription_id = s.id and a.state <> 'closed'
      where s.external_id {AMONG}($1)";
    let sealer = sealer(q)?;
    let mut found = HashMap::new();
    for r in q.rows::<StoredRow>(SQL, args![ids]).await? {
        let login = match (r.account_id, r.username, r.password_enc) {
            (Some(account), Some(username), Some(sealed)) => Some(Login {
                account,
                username,
                password: sealer.open("network_account", account, &sealed)?,
                mac: r.mac,
                limits: Limits {
                    mac_policy: r.mac_policy.unwrap_or(MacPolicy::ScanConfirm),
                    fixed_ip: r.fixed_ip.and_then(|ip| ip.parse().ok()),
                    sessions_max: r.sessions_max.unwrap_or(1),
                },
            }),
            _ => None,
        };
        let stored =
            Stored { id: r.id, customer: r.customer_id, plan: r.plan_id, mode: r.mode, login };
        found.insert(r.external_id, stored);
    }
    Ok(found)
}

/// What a changed row does to a connection that is there: password, MAC and fixed address may change;
/// customer, plan, mode and user name are changed in the program, where billing sees it.
pub(super) fn judge(
    typed: &Typed,
    stored: &Stored,
    customer: &Party,
    plan: PlanId,
    mode: Mode,
) -> std::result::Result<(Wanted, Option<Say>), (&'static str, Say)> {
    let name = stored.login.as_ref().map(|l| l.username.as_str());
    let fixed = [
        ("customer", stored.customer != customer.id),
        ("plan", stored.plan != plan),
        ("mode", stored.mode != mode),
        ("username", name.is_some_and(|name| name != typed.username)),
        ("state", typed.life == Life::Ended && name.is_some()),
    ];
    if let Some((column, _)) = fixed.into_iter().find(|(_, differs)| *differs) {
        let say = Say::new(
            "berbeda dari langganan yang sudah ada; ubah di program, bukan lewat impor",
            "differs from the connection that is there already; change it in the program, not by an import",
        );
        return Err((column, say));
    }
    let Some(login) = &stored.login else { return Ok((Wanted::Skip, None)) };
    if typed.password != login.password
        && let Err(fault) = password::check(typed.password.expose())
    {
        let (id, en) = sentences(&fault);
        return Err(("password", Say::new(id, en)));
    }
    let mac_policy = typed.mac_policy.is_some_and(|p| p != login.limits.mac_policy);
    let differs = [
        ("password", typed.password != login.password),
        ("mac", typed.mac.is_some() && typed.mac != login.mac),
        ("fixed_ip", typed.fixed_ip.is_some() && typed.fixed_ip != login.limits.fixed_ip),
        ("mac_policy", mac_policy),
    ];
    let names: Vec<&str> = differs.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    if names.is_empty() {
        return Ok((Wanted::Skip, None));
    }
    let names = names.join(", ");
    let say = Say::new(format!("diubah: {names}"), format!("changed: {names}"));
    Ok((Wanted::Change, Some(say)))
}

/// Changes the login as the row says.
pub(super) async fn change(tx: &mut Tx, typed: &Typed, stored: &Stored) -> Result<()> {
    let Some(login) = &stored.login else { return Ok(()) };
    let scope = Scope::all();
    let limits = Limits {
        mac_policy: typed.mac_policy.unwrap_or(login.limits.mac_policy),
        fixed_ip: typed.fixed_ip.or(login.limits.fixed_ip),
        sessions_max: login.limits.sessions_max,
    };
    if limits != login.limits {
        set_limits(tx, &scope, login.account, &limits).await?;
    }
    if let Some(mac) = typed.mac.filter(|mac| Some(*mac) != login.mac) {
        set_mac(tx, &scope, login.account, mac).await?;
    }
    if typed.password != login.password {
        set_password(tx, &scope, login.account, Some(typed.password.clone())).await?;
    }
    Ok(())
}
