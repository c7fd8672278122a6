//! Changing a customer.

use ::store::{QueryExt, Tx};
use kernel::{BranchId, CustomerId, Fault, Lang, PartnerId, Permission, Result, Scope};

use super::create::{check_branch, check_withholding};
use super::{Customer, CustomerKind, facts, find};
use crate::nik::Vault;
use crate::person::Typed;
use crate::place::Place;
use crate::store::customer as rows;

/// What a person may change; texts as typed. A form without NIK keeps the one that is there.
#[derive(Clone, Debug)]
pub struct Amendment {
    pub name: String,
    pub kind: CustomerKind,
    pub phone: String,
    pub email: Option<String>,
    pub nik: Option<String>,
    pub npwp: Option<String>,
    pub address: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub withholds_pph23: bool,
    pub withholds_wapu: bool,
    pub lang: Lang,
}

/// Replaces a customer's own data; number, branch, reseller and seller stay.
///
/// # Errors
/// `crm.customer_not_found`, `crm.customer_archived`, field errors.
pub async fn amend(tx: &mut Tx, id: CustomerId, form: Amendment) -> Result<Customer> {
    let before = load(tx, id).await?;
    let person = crate::person::check(Typed {
        name: &form.name,
        phone: &form.phone,
        email: form.email.as_deref(),
        nik: form.nik.as_deref(),
        npwp: form.npwp.as_deref(),
        address: Some(&form.address),
    })?;
    let place = Place::maybe(form.lat, form.lon)?;
    check_withholding(form.kind, form.withholds_pph23, form.withholds_wapu)?;
    let mut customer = Customer {
        name: person.name,
        kind: form.kind,
        phone: person.phone,
        email: person.email,
        npwp: person.npwp,
        address: person.address,
        lat: place.map(|p| p.lat),
        lon: place.map(|p| p.lon),
        withholds_pph23: form.withholds_pph23,
        withholds_wapu: form.withholds_wapu,
        lang: form.lang.code().to_owned(),
        ..before.clone()
    };
    rows::update(tx, &customer).await?;
    if let Some(nik) = &person.nik {
        let vault = tx.ext::<Vault>().ok_or_else(crate::nik::no_key)?;
        let print = vault.fingerprint(nik);
        rows::set_nik(tx, id, vault.seal("crm_customer", id, nik)?, &print).await?;
        customer.nik_print = Some(print);
    }
    let phone_changed = before.phone != customer.phone;
    let mut after = facts(&customer);
    if let Some(map) = after.as_object_mut() {
        // Links in messages end when the phone changes; the number itself stays out of the journal.
        map.insert("phone_changed".into(), phone_changed.into());
        map.insert("changed".into(), changed(&before, &customer).into());
    }
    tx.journal("customer", id.uuid(), "amended", facts(&before), after).await?;
    tx.emit(kernel::Event::CustomerAmended { customer: id });
    Ok(customer)
}

/// A customer changes what is their own to change: where papers go, and in which language.
///
/// # Errors
/// `crm.customer_not_found`; a field fault on `email`.
pub async fn own(tx: &mut Tx, id: CustomerId, email: Option<&str>, lang: Lang) -> Result<Customer> {
    tx.actor().require(Permission::SelfWrite)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let before = find(tx, &scope, id).await?;
    let email = crate::person::email(email)?;
    let customer = Customer { email, lang: lang.code().to_owned(), ..before.clone() };
    let names = changed(&before, &customer);
    if names.is_empty() {
        return Ok(customer);
    }
    rows::update(tx, &customer).await?;
    let mut after = facts(&customer);
    if let Some(map) = after.as_object_mut() {
        map.insert("changed".into(), names.into());
    }
    tx.journal("customer", id.uuid(), "amended", facts(&before), after).await?;
    Ok(customer)
}

/// The names of the fields that differ: personal data is in the journal only by its name.
fn changed(before: &Customer, after: &Customer) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("kind", before.kind != after.kind),
        ("phone", before.phone != after.phone),
        ("email", before.email != after.email),
        ("nik", before.nik_print != after.nik_print),
        ("npwp", before.npwp != after.npwp),
        ("address", before.address != after.address),
        ("place", (before.lat, before.lon) != (after.lat, after.lon)),
        ("withholds_pph23", before.withholds_pph23 != after.withholds_pph23),
        ("withholds_wapu", before.withholds_wapu != after.withholds_wapu),
        ("lang", before.lang != after.lang),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Takes a customer out of use. That nothing runs or is owed any more is the caller's flow to check.
///
/// # Errors
/// `crm.customer_not_found`, `crm.customer_archived`.
pub async fn archive(tx: &mut Tx, id: CustomerId) -> Result<()> {
    let before = load(tx, id).await?;
    let customer = Customer { archived_at: Some(tx.now()), ..before.clone() };
    rows::update(tx, &customer).await?;
    tx.emit(kernel::Event::CustomerAmended { customer: id });
    tx.journal("customer", id.uuid(), "archived", facts(&before), facts(&customer)).await
}

/// Moves a customer with their orders to another branch or reseller. The flow that calls this copies both to
/// subscriptions, invoices and the rest.
///
/// # Errors
/// `crm.customer_not_found`, `crm.customer_archived`; `branch` when there is no such branch.
pub async fn reassign(
    tx: &mut Tx,
    id: CustomerId,
    branch: BranchId,
    partner: Option<PartnerId>,
) -> Result<Customer> {
    let before = load(tx, id).await?;
    check_branch(tx, branch).await?;
    let customer = Customer { branch_id: branch, partner_id: partner, ..before.clone() };
    rows::update(tx, &customer).await?;
    crate::store::order::reassign(tx, id, branch, partner).await?;
    tx.journal("customer", id.uuid(), "reassigned", facts(&before), facts(&customer)).await?;
    Ok(customer)
}

/// A customer has moved house: what a finished move order says. Who may say so is the order's matter.
///
/// # Errors
/// `crm.customer_not_found`; field errors for a pin off the globe.
pub async fn moved(
    tx: &mut Tx,
    id: CustomerId,
    address: &str,
    pin: Option<(f64, f64)>,
) -> Result<()> {
    let place = Place::maybe(pin.map(|p| p.0), pin.map(|p| p.1))?;
    rows::lock(tx, id).await?;
    let before = find(tx, &Scope::all(), id).await?;
    let customer = Customer {
        address: address.to_owned(),
        lat: place.map(|p| p.lat),
        lon: place.map(|p| p.lon),
        ..before.clone()
    };
    rows::update(tx, &customer).await?;
    tx.journal("customer", id.uuid(), "moved", facts(&before), facts(&customer)).await
}

async fn load(tx: &mut Tx, id: CustomerId) -> Result<Customer> {
    tx.actor().require(Permission::CustomerWrite)?;
    rows::lock(tx, id).await?;
    let scope = tx.actor().scope.clone();
    let customer = find(tx, &scope, id).await?;
    if customer.archived_at.is_some() {
        return Err(Fault::conflict(
            "crm.customer_archived",
            "Pelanggan ini sudah diarsipkan dan tidak bisa diubah lagi.",
            "This customer is archived and can't be changed any more.",
        ));
    }
    Ok(customer)
}
