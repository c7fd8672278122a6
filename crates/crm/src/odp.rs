//! ODPs (fibre distribution points) and who holds which port.

use ::store::{Query, Tx};
use kernel::{BranchId, Fault, Field, OdpId, Permission, Result, Scope, SubscriptionId, Ts};
use serde_json::{Value, json};

use crate::Page;
use crate::place::{Bounds, Place};
use crate::store::odp as rows;

/// More ports than any ODP has.
const PORTS_MAX: i64 = 512;
/// No drop cable is longer.
const REACH_MAX_M: i64 = 5_000;

/// An ODP as entered.
#[derive(Clone, Debug)]
pub struct NewOdp {
    pub code: String,
    pub name: String,
    pub branch: BranchId,
    pub lat: f64,
    pub lon: f64,
    pub ports: i64,
    /// How far a customer may be, in metres.
    pub reach_m: i64,
}

::store::row! {
    pub struct Odp {
        pub id: OdpId,
        pub code: String,
        pub name: String,
        pub branch_id: BranchId,
        pub lat: f64,
        pub lon: f64,
        pub ports: i64,
        pub reach_m: i64,
        pub free_ports: i64,
        pub created_at: Ts,
    }
}

::store::row! {
    /// A port that a subscription holds.
    pub struct Port { pub odp_id: OdpId, pub code: String, pub port: i64, pub reserved_at: Option<Ts> }
}

/// Adds an ODP with its ports, all free.
///
/// # Errors
/// Field errors; `code` when the branch has it already.
pub async fn add(tx: &mut Tx, new: NewOdp) -> Result<Odp> {
    tx.actor().require(Permission::CoverageWrite)?;
    let code = checked(&new)?;
    let branch_id = tx.actor().scope.branch.unwrap_or(new.branch);
    let odp = Odp {
        id: tx.new_id(),
        code,
        name: crate::person::squeeze(&new.name),
        branch_id,
        lat: new.lat,
        lon: new.lon,
        ports: new.ports,
        reach_m: new.reach_m,
        free_ports: new.ports,
        created_at: tx.now(),
    };
    rows::insert(tx, &odp).await.map_err(code_taken)?;
    rows::add_ports(tx, odp.id, 1, odp.ports).await?;
    tx.journal("odp", odp.id.uuid(), "added", Value::Null, facts(&odp)).await?;
    Ok(odp)
}

/// Changes an ODP; its branch stays.
///
/// # Errors
/// `crm.odp_not_found`; field errors; `ports` when a port beyond the new number is held.
pub async fn amend(tx: &mut Tx, id: OdpId, form: NewOdp) -> Result<Odp> {
    tx.actor().require(Permission::CoverageWrite)?;
    let code = checked(&form)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let before = find(tx, &scope, id).await?;
    if let Some(held) = rows::highest_held(tx, id).await?.filter(|held| *held > form.ports) {
        return Err(Fault::field(
            "ports",
            "port_held",
            format!("port {held} masih dipakai pelanggan"),
            format!("port {held} is still held by a customer"),
        ));
    }
    let odp = Odp {
        code,
        name: crate::person::squeeze(&form.name),
        lat: form.lat,
        lon: form.lon,
        ports: form.ports,
        reach_m: form.reach_m,
        ..before.clone()
    };
    rows::update(tx, &odp).await.map_err(code_taken)?;
    rows::add_ports(tx, id, 1, odp.ports).await?;
    tx.journal("odp", id.uuid(), "amended", facts(&before), facts(&odp)).await?;
    find(tx, &scope, id).await
}

/// Takes an ODP out of use.
///
/// # Errors
/// `crm.odp_not_found`; `crm.odp_in_use` while a customer holds a port.
pub async fn archive(tx: &mut Tx, id: OdpId) -> Result<()> {
    tx.actor().require(Permission::CoverageWrite)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let odp = find(tx, &scope, id).await?;
    if odp.free_ports < odp.ports {
        let held = odp.ports - odp.free_ports;
        return Err(Fault::conflict(
            "crm.odp_in_use",
            format!("ODP {} masih dipakai {held} pelanggan; pindahkan mereka dulu.", odp.code),
            format!("ODP {} still serves {held} customers; move them first.", odp.code),
        ));
    }
    rows::archive(tx, id).await?;
    tx.journal("odp", id.uuid(), "archived", facts(&odp), Value::Null).await
}

/// Gives the subscription the ODP's lowest free port. A subscription that holds a port of this ODP keeps
/// it, so that reserving again changes nothing.
///
/// # Errors
/// `crm.odp_not_found`; `crm.odp_full`; `crm.port_elsewhere` when it holds a port of another ODP.
pub async fn reserve_port(tx: &mut Tx, id: OdpId, subscription: SubscriptionId) -> Result<i64> {
    rows::lock(tx, id).await?;
    if let Some(port) = port_of(tx, subscription).await? {
        if port.odp_id == id {
            return Ok(port.port);
        }
        return Err(Fault::conflict(
            "crm.port_elsewhere",
            format!("Langganan ini sudah memakai port {} di ODP {}.", port.port, port.code),
            format!("This subscription already holds port {} of ODP {}.", port.port, port.code),
        ));
    }
    let odp = find(tx, &Scope::all(), id).await?;
    let Some(port) = rows::take_port(tx, id, subscription).await? else {
        return Err(Fault::conflict(
            "crm.odp_full",
            format!("Semua {} port ODP {} sudah terpakai; pilih ODP lain.", odp.ports, odp.code),
            format!("All {} ports of ODP {} are taken; choose another ODP.", odp.ports, odp.code),
        ));
    };
    let after = json!({ "subscription": subscription, "port": port });
    tx.journal("odp", id.uuid(), "port_reserved", Value::Null, after).await?;
    Ok(port)
}

/// Frees the subscription's port, if it holds one. Freeing again changes nothing.
///
/// # Errors
/// Only when the database fails.
pub async fn release_port(tx: &mut Tx, subscription: SubscriptionId) -> Result<()> {
    let Some(held) = port_of(tx, subscription).await? else { return Ok(()) };
    rows::free_port(tx, subscription).await?;
    let before = json!({ "subscription": subscription, "port": held.port });
    tx.journal("odp", held.odp_id.uuid(), "port_released", before, Value::Null).await
}

/// The port that a subscription holds.
///
/// # Errors
/// Only when the database fails.
pub async fn port_of(q: &mut dyn Query, subscription: SubscriptionId) -> Result<Option<Port>> {
    rows::port_of(q, subscription).await
}

/// One ODP in use.
///
/// # Errors
/// `crm.odp_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: OdpId) -> Result<Odp> {
    rows::find(q, scope, id).await?.ok_or_else(|| {
        Fault::not_found(
            "crm.odp_not_found",
            "ODP ini tidak ada, atau bukan wewenang Anda.",
            "There is no such ODP, or it is not yours to see.",
        )
    })
}

/// An ODP that a person chose for a place: in their scope, of this branch, and within reach of the place
/// unless they say that it may be farther.
///
/// # Errors
/// Field errors on `odp`: `not_found`, `other_branch`, `beyond_reach`.
pub async fn choose(
    tx: &mut Tx,
    id: OdpId,
    branch: BranchId,
    site: Option<Place>,
    beyond_reach: bool,
) -> Result<Odp> {
    let scope = tx.actor().scope.clone();
    let Some(odp) = rows::find(tx, &scope, id).await? else {
        let (id, en) = ("ODP ini tidak ada, atau bukan wewenang Anda", "is not there");
        return Err(Fault::field("odp", "not_found", id, en));
    };
    if odp.branch_id != branch {
        let (id, en) = ("ODP milik cabang lain", "is of another branch");
        return Err(Fault::field("odp", "other_branch", id, en));
    }
    let Some(site) = site.filter(|_| !beyond_reach) else { return Ok(odp) };
    let metres = site.metres_to(Place { lat: odp.lat, lon: odp.lon });
    // A reach is a few hundred metres: exact in f64.
    if metres <= odp.reach_m as f64 {
        return Ok(odp);
    }
    let (metres, reach) = (crate::place::whole_metres(metres), odp.reach_m);
    Err(Fault::field(
        "odp",
        "beyond_reach",
        format!(
            "berjarak {metres} m, jangkauannya {reach} m; pilih ODP lain, atau nyatakan tetap ditarik"
        ),
        format!(
            "is {metres} m away and reaches {reach} m; choose another, or say that it is wanted so"
        ),
    ))
}

/// ODPs in use by id, at most 200 a page; `bounds` narrows to a part of the map.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    bounds: Option<Bounds>,
    after: Option<OdpId>,
    limit: i64,
) -> Result<Page<Odp, OdpId>> {
    let limit = crate::limit_of(limit);
    let items = rows::list(q, scope, bounds, after, limit + 1).await?;
    Ok(Page::of(items, limit, |odp| odp.id))
}

fn checked(new: &NewOdp) -> Result<String> {
    let mut fields = match Place::new(new.lat, new.lon) {
        Ok(_) => Vec::new(),
        Err(fault) => fault.fields,
    };
    let code = new.code.trim().to_uppercase();
    if code.is_empty() {
        fields.push(Field::required("code"));
    } else if code.chars().count() > 40 {
        fields.push(crate::person::too_long("code", 40));
    }
    for (name, value, max) in
        [("ports", new.ports, PORTS_MAX), ("reach_m", new.reach_m, REACH_MAX_M)]
    {
        if !(1..=max).contains(&value) {
            fields.push(Field::new(
                name,
                "out_of_range",
                format!("harus 1 sampai {max}"),
                format!("must be 1 to {max}"),
            ));
        }
    }
    if fields.is_empty() { Ok(code) } else { Err(Fault::fields(fields)) }
}

fn code_taken(fault: Fault) -> Fault {
    if !::store::is_unique(&fault) {
        return fault;
    }
    Fault::field("code", "taken", "sudah dipakai ODP lain", "is already used by another ODP")
}

fn facts(odp: &Odp) -> Value {
    json!({
        "code": odp.code, "name": odp.name, "lat": odp.lat, "lon": odp.lon, "ports": odp.ports,
        "reach_m": odp.reach_m,
    })
}
