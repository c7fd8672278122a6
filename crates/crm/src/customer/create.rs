//! Making a customer, from a form, an import or a lead.

use ::store::{QueryExt, Tx};
use kernel::{BranchId, Fault, Lang, PartnerId, Permission, Result, UserId};

use super::{Customer, CustomerKind, facts};
use crate::Channel;
use crate::lead::Lead;
use crate::nik::{Nik, Vault};
use crate::person::Typed;
use crate::place::Place;
use crate::store::customer as rows;

/// A customer as entered; texts as typed.
#[derive(Clone, Debug)]
pub struct NewCustomer {
    pub name: String,
    pub kind: CustomerKind,
    pub phone: String,
    pub email: Option<String>,
    pub nik: Option<String>,
    pub npwp: Option<String>,
    pub address: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub sold_by: Option<UserId>,
    pub channel: Channel,
    pub withholds_pph23: bool,
    pub withholds_wapu: bool,
    pub external_id: Option<String>,
    pub lang: Lang,
}

impl NewCustomer {
    /// A person with nothing but name and phone.
    pub fn new(name: &str, phone: &str, branch: BranchId) -> Self {
        Self {
            name: name.to_owned(),
            kind: CustomerKind::Personal,
            phone: phone.to_owned(),
            email: None,
            nik: None,
            npwp: None,
            address: String::new(),
            lat: None,
            lon: None,
            branch,
            partner: None,
            sold_by: None,
            channel: Channel::Sales,
            withholds_pph23: false,
            withholds_wapu: false,
            external_id: None,
            lang: Lang::Id,
        }
    }
}

/// What makes a customer a firm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firm {
    pub npwp: Option<String>,
    pub withholds_pph23: bool,
    pub withholds_wapu: bool,
}

/// Makes a customer with the next number.
///
/// # Errors
/// Field errors for everything that is wrong; `external_id` when an import brought it before;
/// `withholds_*` for somebody who is no firm.
pub async fn create(tx: &mut Tx, new: NewCustomer) -> Result<Customer> {
    tx.actor().require(Permission::CustomerWrite)?;
    let person = crate::person::check(Typed {
        name: &new.name,
        phone: &new.phone,
        email: new.email.as_deref(),
        nik: new.nik.as_deref(),
        npwp: new.npwp.as_deref(),
        address: Some(&new.address),
    })?;
    let place = Place::maybe(new.lat, new.lon)?;
    check_withholding(new.kind, new.withholds_pph23, new.withholds_wapu)?;
    check_branch(tx, new.branch).await?;
    let customer = Customer {
        id: tx.new_id(),
        number: next_number(tx).await?,
        name: person.name,
        kind: new.kind,
        phone: person.phone,
        email: person.email,
        npwp: person.npwp,
        address: person.address,
        lat: place.map(|p| p.lat),
        lon: place.map(|p| p.lon),
        branch_id: new.branch,
        partner_id: new.partner,
        sold_by: new.sold_by,
        channel: new.channel,
        withholds_pph23: new.withholds_pph23,
        withholds_wapu: new.withholds_wapu,
        external_id: new.external_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()),
        lang: new.lang.code().to_owned(),
        created_at: tx.now(),
        archived_at: None,
        nik_print: None,
    };
    save(tx, customer, person.nik.as_ref()).await
}

/// Makes the customer that a lead becomes: the same person, place, seller, channel and reseller. The NIK
/// is sealed anew for the customer's row. With `firm` the customer is a corporate one.
///
/// # Errors
/// `crm.nik_unreadable` when the lead's NIK can't be opened; a field error for an NPWP that is none.
pub async fn from_lead(tx: &mut Tx, lead: &Lead, firm: Option<&Firm>) -> Result<Customer> {
    let nik = crate::lead::nik(tx, lead.id).await?;
    let npwp = match firm {
        Some(firm) => {
            crate::person::check(Typed {
                name: &lead.name,
                phone: lead.phone.as_str(),
                email: None,
                nik: None,
                npwp: firm.npwp.as_deref(),
                address: None,
            })?
            .npwp
        }
        None => None,
    };
    let customer = Customer {
        id: tx.new_id(),
        number: next_number(tx).await?,
        name: lead.name.clone(),
        kind: if firm.is_some() { CustomerKind::Corporate } else { CustomerKind::Personal },
        phone: lead.phone.clone(),
        email: lead.email.clone(),
        npwp,
        address: lead.address.clone(),
        lat: lead.lat,
        lon: lead.lon,
        branch_id: lead.branch_id,
        partner_id: lead.partner_id,
        sold_by: lead.sold_by,
        channel: lead.channel,
        withholds_pph23: firm.is_some_and(|firm| firm.withholds_pph23),
        withholds_wapu: firm.is_some_and(|firm| firm.withholds_wapu),
        external_id: None,
        lang: lead.lang.clone(),
        created_at: tx.now(),
        archived_at: None,
        nik_print: None,
    };
    save(tx, customer, nik.as_ref()).await
}

async fn save(tx: &mut Tx, mut customer: Customer, nik: Option<&Nik>) -> Result<Customer> {
    let sealed = match nik {
        Some(nik) => {
            let vault = tx.ext::<Vault>().ok_or_else(crate::nik::no_key)?;
            customer.nik_print = Some(vault.fingerprint(nik));
            Some(vault.seal("crm_customer", customer.id, nik)?)
        }
        None => None,
    };
    rows::insert(tx, &customer, sealed).await.map_err(|fault| {
        if !::store::is_unique(&fault) {
            return fault;
        }
        Fault::field(
            "external_id",
            "taken",
            "sudah dipakai pelanggan lain",
            "already belongs to another customer",
        )
    })?;
    let (id, after) = (customer.id, facts(&customer));
    tx.journal("customer", id.uuid(), "created", serde_json::Value::Null, after).await?;
    Ok(customer)
}

async fn next_number(tx: &mut Tx) -> Result<String> {
    Ok(format!("C{:06}", tx.next_number("crm/customer").await?))
}

/// Only firms withhold.
pub(super) fn check_withholding(kind: CustomerKind, pph23: bool, wapu: bool) -> Result<()> {
    if kind == CustomerKind::Corporate || !(pph23 || wapu) {
        return Ok(());
    }
    let name = if pph23 { "withholds_pph23" } else { "withholds_wapu" };
    let (id, en) = ("hanya untuk pelanggan badan usaha", "is for corporate customers only");
    Err(Fault::field(name, "not_corporate", id, en))
}

pub(super) async fn check_branch(tx: &mut Tx, branch: BranchId) -> Result<()> {
    let catalog = catalog::current(tx).await?;
    catalog.branch(branch).map(drop).map_err(|_| {
        Fault::field("branch", "unknown", "cabang ini tidak ada", "there is no such branch")
    })
}
