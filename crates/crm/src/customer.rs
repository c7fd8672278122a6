//! Customers: the persons and firms that pay.

mod amend;
mod create;

use ::store::Query;
use kernel::{BranchId, CustomerId, Fault, Lang, PartnerId, Phone, Result, Scope, Ts, UserId};

pub use amend::{Amendment, amend, archive, moved, own, reassign};
pub use create::{Firm, NewCustomer, create, from_lead};

use crate::nik::{Nik, Vault};
use crate::place::Place;
use crate::store::customer as rows;
use crate::word::Findable;
use crate::{Channel, Page};

::store::words! {
    pub enum CustomerKind { Personal = "personal", Corporate = "corporate" }
}

::store::row! {
    /// A customer as stored. The NIK stays sealed; see [`nik`].
    pub struct Customer {
        pub id: CustomerId,
        /// `C000123`, as printed and spoken.
        pub number: String,
        pub name: String,
        pub kind: CustomerKind,
        pub phone: Phone,
        pub email: Option<String>,
        /// 15 or 16 digits.
        pub npwp: Option<String>,
        pub address: String,
        pub lat: Option<f64>,
        pub lon: Option<f64>,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub sold_by: Option<UserId>,
        pub channel: Channel,
        /// Withholds PPh 23 (2 % of the base) when paying.
        pub withholds_pph23: bool,
        /// Withholds the PPN (WAPU) when paying.
        pub withholds_wapu: bool,
        /// The id in the system that an import came from.
        pub external_id: Option<String>,
        /// `id` or `en`.
        pub lang: String,
        pub created_at: Ts,
        pub archived_at: Option<Ts>,
        pub nik_print: Option<Vec<u8>>,
    }
}

impl Customer {
    pub fn place(&self) -> Option<Place> {
        self.lat.zip(self.lon).map(|(lat, lon)| Place { lat, lon })
    }
    /// By what the customer is found.
    pub(crate) fn findable(&self) -> Findable<'_> {
        Findable {
            id: self.id.uuid(),
            number: &self.number,
            name: &self.name,
            phone: &self.phone,
            address: &self.address,
        }
    }
    pub fn has_nik(&self) -> bool {
        self.nik_print.is_some()
    }
    /// The language of papers and messages.
    pub fn language(&self) -> Lang {
        Lang::from_code(&self.lang).unwrap_or_default()
    }
}

/// One customer, archived ones too.
///
/// # Errors
/// `crm.customer_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: CustomerId) -> Result<Customer> {
    rows::find(q, scope, id).await?.ok_or_else(not_found)
}

/// The customer with this number (`C000123`, case ignored).
///
/// # Errors
/// `crm.customer_not_found` when there is none in scope.
pub async fn by_number(q: &mut dyn Query, scope: &Scope, number: &str) -> Result<Customer> {
    let number = number.trim().to_uppercase();
    rows::by_number(q, scope, &number).await?.ok_or_else(not_found)
}

/// The customer that an import made from this id, if any.
///
/// # Errors
/// Only when the database fails.
pub async fn by_external_id(q: &mut dyn Query, external_id: &str) -> Result<Option<Customer>> {
    rows::by_external_id(q, external_id.trim()).await
}

/// The customers with this phone number, oldest first.
///
/// # Errors
/// Only when the database fails.
pub async fn by_phone(q: &mut dyn Query, scope: &Scope, phone: &Phone) -> Result<Vec<Customer>> {
    rows::by_phone(q, scope, phone).await
}

/// Customers in use, newest first, at most 200 a page; `text` is part of name, number, phone or address.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    text: Option<&str>,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Page<Customer, CustomerId>> {
    let limit = crate::limit_of(limit);
    let items = rows::list(q, scope, text, after, limit + 1).await?;
    Ok(Page::of(items, limit, |customer| customer.id))
}

/// The NIK in the clear, for a document or a person who may see it. The caller journals who looked.
///
/// # Errors
/// `crm.customer_not_found`; `crm.nik_unreadable` when the vault's key is another one.
pub async fn nik(q: &mut dyn Query, scope: &Scope, id: CustomerId) -> Result<Option<Nik>> {
    find(q, scope, id).await?;
    let Some(sealed) = rows::nik_sealed(q, id).await? else { return Ok(None) };
    let vault = ::store::QueryExt::ext::<Vault>(q).ok_or_else(crate::nik::no_key)?;
    vault.open("crm_customer", id, &sealed).map(Some)
}

pub(crate) fn not_found() -> Fault {
    Fault::not_found(
        "crm.customer_not_found",
        "Pelanggan ini tidak ada, atau bukan wewenang Anda.",
        "There is no such customer, or it is not yours to see.",
    )
}

/// What the journal keeps of a customer: no personal data, only what is decided about them.
pub(crate) fn facts(customer: &Customer) -> serde_json::Value {
    serde_json::json!({
        "number": customer.number, "kind": customer.kind, "branch": customer.branch_id,
        "partner": customer.partner_id, "sold_by": customer.sold_by, "channel": customer.channel,
        "withholds_pph23": customer.withholds_pph23, "withholds_wapu": customer.withholds_wapu,
        "lang": customer.lang, "archived": customer.archived_at.is_some(),
    })
}
