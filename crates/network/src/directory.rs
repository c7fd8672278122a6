//! What `aaa` keeps in memory: every account with its access, and every NAS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use catalog::{Catalog, Profile, ProfileKind};
use kernel::{
    AccountId, BranchId, CustomerId, Fault, NasId, ProfileId, Result, SubscriptionId, Ts,
};
use serde_json::Value as Json;
use store::{Query, QueryExt, args, row};

use crate::account::{self, sealer};
use crate::desired::{Desired, DesiredKind, Why};
use crate::mac::Mac;
use crate::nas;
use crate::reply::{ReplyProfile, VendorAttribute};
use crate::seal::Sealer;
use crate::secret::Secret;
use crate::session::parse_ip;
use crate::words::{AccountState, MacPolicy, MessageAuthenticator, Vendor};

/// One account as a login is answered from it.
#[derive(Clone, Debug)]
pub struct DirectoryRow {
    pub account: AccountId,
    pub subscription: SubscriptionId,
    pub customer: CustomerId,
    pub branch: BranchId,
    pub username: String,
    pub password: Secret,
    pub state: AccountState,
    pub mac_policy: MacPolicy,
    /// The MAC that may log in; `None`: not known yet.
    pub mac: Option<Mac>,
    /// While later than now, the first MAC seen is accepted and bound (`scan_confirm`).
    pub mac_open_until: Option<Ts>,
    pub fixed_ip: Option<IpAddr>,
    pub sessions_max: i64,
    pub interim_secs: i64,
    pub desired: Desired,
    /// What a login is told: the plan's, fair-use or isolation profile; `None` when it is refused.
    /// Rows of one page share the profile.
    pub profile: Option<Arc<ReplyProfile>>,
    pub access_version: i64,
    pub why_code: String,
    /// When the account itself was changed; of its access see [`DirectoryRow::access_changed_at`].
    pub changed_at: Ts,
    pub access_changed_at: Option<Ts>,
    /// The user name is free again: forget the row.
    pub released: bool,
}

/// One NAS as packets from it are checked.
#[derive(Clone, Debug)]
pub struct DirectoryNas {
    pub id: NasId,
    pub name: String,
    /// The address, or the network, that requests come from.
    pub address: ipnet::IpNet,
    pub secret: Secret,
    pub vendor: Vendor,
    /// Where it listens for CoA and Disconnect; `None`: it does not.
    pub coa_port: Option<u16>,
    pub branch: BranchId,
    pub message_authenticator: MessageAuthenticator,
    /// Where its last valid packet came from, as far as it was written down.
    pub source: Option<IpAddr>,
    /// Archived: packets from it are refused as from an unknown NAS.
    pub archived: bool,
    pub changed_at: Ts,
}

row! {
    struct Joined {
        id: AccountId, subscription_id: SubscriptionId, customer_id: CustomerId,
        branch_id: BranchId, username: String, password_enc: Vec<u8>, state: AccountState,
        mac_policy: MacPolicy, mac: Option<Mac>, mac_open_until: Option<Ts>,
        fixed_ip: Option<String>, sessions_max: i64, changed_at: Ts, released_at: Option<Ts>,
        desired: Option<DesiredKind>, profile_id: Option<ProfileId>, reason: Option<String>,
        holds: Option<Json>, why: Option<Json>, version: Option<i64>, access_changed_at: Option<Ts>,
    }
}

const JOINED: &str = "select t.id, t.subscription_id, t.customer_id, t.branch_id, t.username, \
    t.password_enc, t.state, t.mac_policy, t.mac, t.mac_open_until, t.fixed_ip, t.sessions_max, \
    t.changed_at, t.released_at, a.desired, a.profile_id, a.reason, a.holds, a.why, a.version, \
    a.changed_at as access_changed_at \
    from network_account t left join network_access a on a.subscription_id = t.subscription_id";

/// Accounts in the order of their ids, after the given one: for loading the whole directory. An account
/// whose password can't be opened is left out and logged, so that one bad row stops nobody else.
pub async fn page(
    q: &mut dyn Query,
    after: Option<AccountId>,
    limit: i64,
) -> Result<DirectoryPage> {
    let sql = format!("{JOINED} where t.released_at is null and t.id > $1 order by t.id limit $2");
    let rows: Vec<Joined> = q.rows(&sql, args![after.unwrap_or(AccountId::nil()), limit]).await?;
    let next = rows.last().map(|r| r.id);
    Ok(DirectoryPage { rows: build(q, rows).await?, next })
}

/// One page, and where the next one begins; `None`: the end. (Rows may be fewer than asked for.)
#[derive(Clone, Debug)]
pub struct DirectoryPage {
    pub rows: Vec<DirectoryRow>,
    pub next: Option<AccountId>,
}

/// The accounts of these subscriptions, released ones included: for patching the directory.
pub async fn of_subscriptions(
    q: &mut dyn Query,
    subscriptions: &[SubscriptionId],
) -> Result<Vec<DirectoryRow>> {
    let sql = format!("{JOINED} where t.subscription_id {{AMONG}}($1) order by t.id");
    let rows = q.rows(&sql, args![subscriptions]).await?;
    build(q, rows).await
}

/// The accounts of one subscription: for patching the directory right after a commit.
pub async fn of_subscription(
    q: &mut dyn Query,
    subscription: SubscriptionId,
) -> Result<Vec<DirectoryRow>> {
    let sql = format!("{JOINED} where t.subscription_id = $1 order by t.id");
    let rows: Vec<Joined> = q.rows(&sql, args![subscription]).await?;
    build(q, rows).await
}

/// Every profile by id, with the catalogue's version: when that rises, replies encoded from the old one
/// are stale.
pub async fn profiles(q: &mut dyn Query) -> Result<(i64, BTreeMap<ProfileId, Arc<ReplyProfile>>)> {
    let catalog = catalog::current(q).await?;
    let all = catalog.profiles.values().map(|p| (p.id, Arc::new(reply_profile(p)))).collect();
    Ok((catalog.version, all))
}

async fn build(q: &mut dyn Query, rows: Vec<Joined>) -> Result<Vec<DirectoryRow>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sealer = sealer(q)?;
    let catalog = catalog::current(q).await?;
    let mut shared = Shared { catalog: &catalog, by_id: BTreeMap::new() };
    let interim_secs = catalog.isp_policy().interim_secs;
    let mut built = Vec::with_capacity(rows.len());
    for row in rows {
        let account = row.id;
        match directory_row(row, &sealer, &mut shared, interim_secs) {
            Ok(row) => built.push(row),
            Err(error) => tracing::error!(%account, %error, "an account can't be served"),
        }
    }
    Ok(built)
}

fn directory_row(
    row: Joined,
    sealer: &Sealer,
    shared: &mut Shared<'_>,
    interim_secs: i64,
) -> Result<DirectoryRow> {
    let password = sealer.open(account::TABLE, row.id, &row.password_enc)?;
    let blocked = |code: &str| (Desired::Blocked { reason: code.to_owned() }, code.to_owned());
    let (desired, why_code) = match (row.state, row.desired) {
        (AccountState::Closed, _) => blocked("terminated"),
        (AccountState::Reserved, _) => blocked("not_installed"),
        (AccountState::Live, None) => blocked("not_decided"),
        (AccountState::Live, Some(kind)) => {
            let holds = row.holds.unwrap_or(Json::Null);
            let desired = Desired::stored(kind, row.profile_id, row.reason, &holds)?;
            (desired, Why::from_json(&row.why.unwrap_or(Json::Null)).code)
        }
    };
    Ok(DirectoryRow {
        account: row.id,
        subscription: row.subscription_id,
        customer: row.customer_id,
        branch: row.branch_id,
        username: row.username,
        password,
        state: row.state,
        mac_policy: row.mac_policy,
        mac: row.mac,
        mac_open_until: row.mac_open_until,
        fixed_ip: parse_ip(row.fixed_ip.as_deref()),
        sessions_max: row.sessions_max,
        interim_secs,
        profile: shared.profile_of(&desired)?,
        desired,
        access_version: row.version.unwrap_or(0),
        why_code,
        changed_at: row.changed_at,
        access_changed_at: row.access_changed_at,
        released: row.released_at.is_some(),
    })
}

/// One `Arc` a profile.
struct Shared<'a> {
    catalog: &'a Catalog,
    by_id: BTreeMap<ProfileId, Arc<ReplyProfile>>,
}

impl Shared<'_> {
    fn profile_of(&mut self, desired: &Desired) -> Result<Option<Arc<ReplyProfile>>> {
        let Some(profile) = profile_for(self.catalog, desired)? else { return Ok(None) };
        let kept = self.by_id.entry(profile.id);
        Ok(Some(kept.or_insert_with(|| Arc::new(reply_profile(profile))).clone()))
    }
}

/// The profile that carries a desired access out.
pub(crate) fn profile_of(
    catalog: &Catalog,
    desired: &Desired,
) -> Result<Option<Arc<ReplyProfile>>> {
    Ok(profile_for(catalog, desired)?.map(|p| Arc::new(reply_profile(p))))
}

fn profile_for<'a>(catalog: &'a Catalog, desired: &Desired) -> Result<Option<&'a Profile>> {
    match desired {
        Desired::Full { profile } => catalog.profile(*profile).map(Some),
        Desired::Isolated { .. } => catalog.isolation_profile().map(Some),
        Desired::Blocked { .. } => Ok(None),
    }
}

/// The catalogue's profile as this room sees it; attributes of unknown vendors are left out.
pub fn reply_profile(profile: &Profile) -> ReplyProfile {
    let attributes = profile.attributes.iter().filter_map(|a| {
        Some(VendorAttribute {
            vendor: Vendor::parse(&a.vendor)?,
            name: a.name.clone(),
            value: a.value.clone(),
        })
    });
    ReplyProfile {
        id: profile.id,
        code: profile.code.clone(),
        rate_down_kbps: profile.rate_down_kbps,
        rate_up_kbps: profile.rate_up_kbps,
        isolates: profile.kind == ProfileKind::Isolation,
        attributes: attributes.collect(),
    }
}

row! {
    struct NasRow {
        id: NasId, name: String, address: String, secret_enc: Vec<u8>, vendor: Vendor,
        coa_port: Option<u16>, branch_id: BranchId, message_authenticator: MessageAuthenticator,
        changed_at: Ts, archived_at: Option<Ts>,
    }
}

/// Every NAS with its secret, archived ones included. One whose secret can't be opened is left out and
/// logged.
pub async fn nas(q: &mut dyn Query) -> Result<Vec<DirectoryNas>> {
    let rows: Vec<NasRow> = q
        .rows(
            "select id, name, address, secret_enc, vendor, coa_port, branch_id,
               message_authenticator, changed_at, archived_at from network_nas order by id",
            args![],
        )
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sealer = sealer(q)?;
    let sources = crate::tally::sources(q).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let opened = sealer
            .open(nas::TABLE, row.id, &row.secret_enc)
            .and_then(|secret| nas::parse_address(&row.address).map(|net| (secret, net)));
        match opened {
            Ok((secret, address)) => all.push(DirectoryNas {
                id: row.id,
                name: row.name,
                address,
                secret,
                vendor: row.vendor,
                coa_port: row.coa_port,
                branch: row.branch_id,
                message_authenticator: row.message_authenticator,
                source: sources.get(&row.id).copied(),
                archived: row.archived_at.is_some(),
                changed_at: row.changed_at,
            }),
            Err(error) => {
                let fault: Fault = error;
                tracing::error!(nas = %row.id, %fault, "a NAS can't be served");
            }
        }
    }
    Ok(all)
}
