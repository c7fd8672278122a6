//! The routers that may ask us.

use std::fmt;

use ipnet::IpNet;
use kernel::{BranchId, Event, Fault, Field, NasId, Result, Scope, Ts};
use serde_json::json;
use store::{Lock, Query, QueryExt, Tx, args, row};

use crate::account::sealer;
use crate::password;
use crate::secret::Secret;
use crate::sql::{BRANCHED, scope_args, text_of};
use crate::words::{MessageAuthenticator, Vendor};

pub(crate) const TABLE: &str = "network_nas";

/// Where a NAS listens for CoA by default (RFC 5176; RouterOS `/radius incoming`).
pub const COA_PORT: u16 = 3_799;

/// What a person enters about a NAS.
#[derive(Clone, Debug)]
pub struct NasEdit {
    pub name: String,
    /// An address, or a network in CIDR for a NAS whose address changes.
    pub address: String,
    pub vendor: Vendor,
    /// `None`: it takes no CoA.
    pub coa_port: Option<u16>,
    pub branch: BranchId,
    pub message_authenticator: MessageAuthenticator,
    /// It reports upload as download.
    pub counters_swapped: bool,
}

row! {
    /// A NAS without its secret.
    pub struct Nas {
        pub id: NasId,
        pub name: String,
        pub address: String,
        pub vendor: Vendor,
        pub coa_port: Option<u16>,
        pub branch_id: BranchId,
        pub message_authenticator: MessageAuthenticator,
        pub counters_swapped: bool,
        pub created_at: Ts,
        pub changed_at: Ts,
        pub archived_at: Option<Ts>,
    }
}

/// A NAS just added, with the secret to enter on the router: shown this once.
#[derive(Clone)]
pub struct Added {
    pub id: NasId,
    pub secret: Secret,
}
impl fmt::Debug for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Added({})", self.id)
    }
}

/// Reads an address or network; host bits of a network are cleared, `0.0.0.0/0` and the like refused.
///
/// # Errors
/// Names the field `address`.
pub fn parse_address(text: &str) -> Result<IpNet> {
    let text = text.trim();
    let net = text
        .parse::<std::net::IpAddr>()
        .map(IpNet::from)
        .or_else(|_| text.parse::<IpNet>().map(|n| n.trunc()));
    let narrow = |net: &IpNet| match net {
        IpNet::V4(n) => n.prefix_len() >= 16,
        IpNet::V6(n) => n.prefix_len() >= 48,
    };
    net.ok().filter(narrow).ok_or_else(|| {
        Fault::field(
            "address",
            "network.bad_address",
            "isi alamat IP atau jaringan (paling lebar /16), misalnya 10.1.2.3",
            "enter an IP address or a network (at widest /16), for example 10.1.2.3",
        )
    })
}

fn address_text(net: IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() }
}

fn check(edit: &NasEdit) -> Result<String> {
    let mut wrong = Vec::new();
    if edit.name.trim().is_empty() {
        wrong.push(Field::required("name"));
    }
    if edit.coa_port == Some(0) {
        wrong.push(Field::new("coa_port", "range", "harus 1–65535", "must be 1–65535"));
    }
    let address = match parse_address(&edit.address) {
        Ok(net) => address_text(net),
        Err(fault) => {
            wrong.extend(fault.fields);
            String::new()
        }
    };
    if wrong.is_empty() { Ok(address) } else { Err(Fault::fields(wrong)) }
}

/// Adds a NAS. Without a secret a strong one is generated; it is answered once and sealed at rest.
///
/// # Errors
/// Names the fields at fault: `name`, `address` (also when in use), `coa_port`, `secret`.
pub async fn add(tx: &mut Tx, edit: &NasEdit, secret: Option<Secret>) -> Result<Added> {
    let address = check(edit)?;
    let sealer = sealer(tx)?;
    let secret = match secret {
        Some(chosen) => {
            password::check_nas_secret(chosen.expose())?;
            chosen
        }
        None => password::nas_secret(&sealer.random()?),
    };
    refuse_taken(tx, None, edit.name.trim(), &address).await?;
    let id: NasId = tx.new_id();
    let sealed = sealer.seal(TABLE, id, &secret)?;
    tx.exec(
        "insert into network_nas (id, name, address, secret_enc, vendor, coa_port, branch_id,
           message_authenticator, counters_swapped, created_at, changed_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$10)",
        args![
            id,
            edit.name.trim(),
            address,
            sealed,
            edit.vendor,
            edit.coa_port,
            edit.branch,
            edit.message_authenticator,
            edit.counters_swapped,
            tx.now()
        ],
    )
    .await?;
    tx.exec("delete from network_unknown_nas where address = $1", args![address]).await?;
    tx.journal("nas", id.uuid(), "added", json!(null), shown(edit, &address)).await?;
    tx.emit(Event::NasChanged { nas: id });
    Ok(Added { id, secret })
}

/// Changes everything about a NAS but its secret.
///
/// # Errors
/// As [`add`]; `network.nas_not_found`.
pub async fn change(tx: &mut Tx, scope: &Scope, id: NasId, edit: &NasEdit) -> Result<()> {
    let address = check(edit)?;
    let was = find(tx, scope, id).await?;
    refuse_taken(tx, Some(id), edit.name.trim(), &address).await?;
    tx.exec(
        "update network_nas set name = $1, address = $2, vendor = $3, coa_port = $4, branch_id = $5,
           message_authenticator = $6, counters_swapped = $7, changed_at = $8 where id = $9",
        args![
            edit.name.trim(), address, edit.vendor, edit.coa_port, edit.branch,
            edit.message_authenticator, edit.counters_swapped, tx.now(), id
        ],
    )
    .await?;
    let before = json!({ "name": was.name, "address": was.address, "vendor": was.vendor,
        "coa_port": was.coa_port, "message_authenticator": was.message_authenticator });
    tx.journal("nas", id.uuid(), "changed", before, shown(edit, &address)).await?;
    tx.emit(Event::NasChanged { nas: id });
    Ok(())
}

/// Gives the NAS a new secret, chosen or generated, and answers it once.
///
/// # Errors
/// `network.weak_secret`, `network.nas_not_found`.
pub async fn set_secret(
    tx: &mut Tx,
    scope: &Scope,
    id: NasId,
    chosen: Option<Secret>,
) -> Result<Secret> {
    find(tx, scope, id).await?;
    let sealer = sealer(tx)?;
    let secret = match chosen {
        Some(chosen) => {
            password::check_nas_secret(chosen.expose())?;
            chosen
        }
        None => password::nas_secret(&sealer.random()?),
    };
    let sealed = sealer.seal(TABLE, id, &secret)?;
    tx.exec(
        "update network_nas set secret_enc = $1, changed_at = $2 where id = $3",
        args![sealed, tx.now(), id],
    )
    .await?;
    tx.journal("nas", id.uuid(), "secret_changed", json!(null), json!(null)).await?;
    tx.emit(Event::NasChanged { nas: id });
    Ok(secret)
}

/// Takes a NAS out of use: its packets are refused. Its sessions stay in the history.
///
/// # Errors
/// `network.nas_not_found`.
pub async fn archive(tx: &mut Tx, scope: &Scope, id: NasId) -> Result<()> {
    let nas = find(tx, scope, id).await?;
    if nas.archived_at.is_some() {
        return Ok(());
    }
    tx.exec(
        "update network_nas set archived_at = $1, changed_at = $1 where id = $2",
        args![tx.now(), id],
    )
    .await?;
    tx.journal("nas", id.uuid(), "archived", json!(null), json!({ "name": nas.name })).await?;
    tx.emit(Event::NasChanged { nas: id });
    Ok(())
}

async fn refuse_taken(tx: &mut Tx, own: Option<NasId>, name: &str, address: &str) -> Result<()> {
    tx.lock(Lock::Named("network.nas")).await?;
    let others: Vec<(NasId, String, String)> = tx
        .rows(
            "select id, name, address from network_nas
             where archived_at is null and (name = $1 or address = $2)",
            args![name, address],
        )
        .await?;
    let mut wrong = Vec::new();
    for (_, other_name, other_address) in others.iter().filter(|(id, ..)| Some(*id) != own) {
        let (id, en) = ("sudah dipakai NAS lain", "is already used by another NAS");
        if other_name == name {
            wrong.push(Field::new("name", "taken", id, en));
        }
        if other_address == address {
            wrong.push(Field::new("address", "taken", id, en));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

fn shown(edit: &NasEdit, address: &str) -> serde_json::Value {
    json!({ "name": edit.name.trim(), "address": address, "vendor": edit.vendor,
        "coa_port": edit.coa_port, "message_authenticator": edit.message_authenticator })
}

const COLUMNS: &str = "t.id, t.name, t.address, t.vendor, t.coa_port, t.branch_id, \
    t.message_authenticator, t.counters_swapped, t.created_at, t.changed_at, t.archived_at";

/// One NAS in scope.
///
/// # Errors
/// `network.nas_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: NasId) -> Result<Nas> {
    let sql = format!("select {COLUMNS} from network_nas t where {BRANCHED} and t.id = $4");
    let mut params = scope_args(scope);
    params.extend(args![id]);
    q.row_opt(&sql, params)
        .await?
        .ok_or_else(|| Fault::not_found("network.nas_not_found", "NAS tidak ada.", "No such NAS."))
}

/// The NAS in scope that are in use, by name.
pub async fn list(q: &mut dyn Query, scope: &Scope) -> Result<Vec<Nas>> {
    let sql = format!(
        "select {COLUMNS} from network_nas t
         where {BRANCHED} and t.archived_at is null order by t.name"
    );
    q.rows(&sql, scope_args(scope)).await
}

/// A packet from an address that is no NAS of ours.
#[derive(Clone, Debug)]
pub struct UnknownSeen {
    pub address: std::net::IpAddr,
    /// NAS-Identifier, as the packet claims.
    pub identifier: Option<String>,
    pub first_at: Ts,
    pub last_at: Ts,
    pub count: i64,
}

row! {
    /// An unknown NAS, as people see it.
    pub struct UnknownNas {
        pub address: String,
        pub identifier: Option<String>,
        pub first_at: Ts,
        pub last_at: Ts,
        pub count: i64,
    }
}

/// Days that an unknown NAS is shown after it was last seen.
const UNKNOWN_KEPT_DAYS: i64 = 30;
/// Unknown NAS kept at most: anybody can write any source address on a packet.
pub const UNKNOWN_MAX: i64 = 1_000;

/// Forgets unknown NAS that were not seen for long.
pub async fn forget_unknown(tx: &mut Tx) -> Result<u64> {
    tx.exec(
        "delete from network_unknown_nas where last_at < $1",
        args![tx.now().plus_days(-UNKNOWN_KEPT_DAYS)],
    )
    .await
}

/// Adds a batch to the counted unknown NAS. When there are [`UNKNOWN_MAX`], the one not seen for longest
/// makes room for a new one.
pub async fn record_unknown(tx: &mut Tx, batch: &[UnknownSeen]) -> Result<()> {
    // The newest of a batch is all that could stay of it.
    let skip = batch.len().saturating_sub(usize::try_from(UNKNOWN_MAX).unwrap_or(usize::MAX));
    for seen in batch.iter().skip(skip) {
        let identifier = seen.identifier.as_deref().map(|i| text_of(i).into_owned());
        tx.exec(
            "insert into network_unknown_nas (address, identifier, first_at, last_at, count)
             values ($1,$2,$3,$4,$5)
             on conflict (address) do update set
               identifier = coalesce(excluded.identifier, network_unknown_nas.identifier),
               last_at = {GREATEST}(network_unknown_nas.last_at, excluded.last_at),
               count = network_unknown_nas.count + excluded.count",
            args![seen.address.to_string(), identifier, seen.first_at, seen.last_at, seen.count],
        )
        .await?;
    }
    tx.exec(
        "delete from network_unknown_nas where address in (
           select address from network_unknown_nas order by last_at desc, count desc, address
           limit 1000000 offset $1)",
        args![UNKNOWN_MAX],
    )
    .await?;
    Ok(())
}

/// Unknown NAS, the latest first.
pub async fn unknown(q: &mut dyn Query, limit: i64) -> Result<Vec<UnknownNas>> {
    q.rows(
        "select address, identifier, first_at, last_at, count from network_unknown_nas
         order by last_at desc, address limit $1",
        args![limit],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_narrow_network_is_accepted() {
        for (text, shown) in [
            ("10.1.2.3", "10.1.2.3"),
            (" 10.1.2.3/32 ", "10.1.2.3"),
            ("10.1.2.3/24", "10.1.2.0/24"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(address_text(parse_address(text).unwrap()), shown);
        }
        for text in ["", "router", "0.0.0.0/0", "10.0.0.0/8", "::/0", "10.1.2"] {
            assert!(parse_address(text).is_err(), "{text}");
        }
    }
}
