//! Suppliers: who we buy from. They belong to the whole ISP, not to a branch.

use kernel::{Fault, Field, Id, Permission, Result, Ts};
use serde_json::json;
use store::{Query, QueryExt, Tx, args, row};

/// Marks a supplier's id.
#[derive(Debug)]
pub enum SupplierKind {}
pub type SupplierId = Id<SupplierKind>;

row! {
    pub struct Supplier {
        pub id: SupplierId,
        pub name: String,
        pub phone: Option<String>,
        /// Whom to ask for.
        pub contact: Option<String>,
        pub address: Option<String>,
        /// Since when nothing is ordered from them any more.
        pub archived_at: Option<Ts>,
    }
}

/// A supplier as entered.
#[derive(Clone, Debug, Default)]
pub struct NewSupplier {
    pub name: String,
    pub phone: Option<String>,
    pub contact: Option<String>,
    pub address: Option<String>,
}

/// Most letters of a name, a phone number or a contact.
const SHORT_MAX: usize = 120;
/// Most letters of an address.
const ADDRESS_MAX: usize = 400;

impl NewSupplier {
    /// Without blanks around, empty texts left out.
    ///
    /// # Errors
    /// A field error for a missing name, or a text that is too long.
    pub fn checked(&self) -> Result<Self> {
        let given = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let neat = Self {
            name: self.name.split_whitespace().collect::<Vec<_>>().join(" "),
            phone: given(&self.phone),
            contact: given(&self.contact),
            address: given(&self.address),
        };
        let mut wrong = Vec::new();
        if neat.name.is_empty() {
            wrong.push(Field::required("name"));
        }
        let texts = [
            ("name", Some(&neat.name), SHORT_MAX),
            ("phone", neat.phone.as_ref(), SHORT_MAX),
            ("contact", neat.contact.as_ref(), SHORT_MAX),
            ("address", neat.address.as_ref(), ADDRESS_MAX),
        ];
        for (name, text, most) in texts {
            if text.is_some_and(|text| text.chars().count() > most) {
                wrong.push(too_long(name, most));
            }
        }
        if wrong.is_empty() { Ok(neat) } else { Err(Fault::fields(wrong)) }
    }
}

/// A text of more than `most` letters.
pub(crate) fn too_long(name: &str, most: usize) -> Field {
    Field::new(
        name,
        "too_long",
        format!("paling banyak {most} huruf"),
        format!("must have at most {most} letters"),
    )
}

const SQL: &str = "select id, name, phone, contact, address, archived_at from inventory_supplier";

/// Adds a supplier.
///
/// # Errors
/// Field errors as [`NewSupplier::checked`]; `taken` on `name` when a supplier is called so already.
pub async fn add(tx: &mut Tx, new: &NewSupplier) -> Result<SupplierId> {
    tx.actor().require(Permission::PurchaseWrite)?;
    let new = new.checked()?;
    let id: SupplierId = tx.new_id();
    tx.exec(
        "insert into inventory_supplier (id, name, name_key, phone, contact, address, created_at)
         values ($1,$2,$3,$4,$5,$6,$7)",
        args![id, new.name, key(&new.name), new.phone, new.contact, new.address, tx.now()],
    )
    .await
    .map_err(taken)?;
    tx.journal("supplier", id.uuid(), "added", json!(null), json!({ "name": new.name })).await?;
    Ok(id)
}

/// Changes a supplier; `archived` ends or reopens ordering from them. The same again changes nothing.
///
/// # Errors
/// As [`add`]; `inventory.supplier_not_found`.
pub async fn amend(tx: &mut Tx, id: SupplierId, new: &NewSupplier, archived: bool) -> Result<()> {
    tx.actor().require(Permission::PurchaseWrite)?;
    let new = new.checked()?;
    let old = find(tx, id).await?;
    let same = old.name == new.name
        && (&old.phone, &old.contact, &old.address) == (&new.phone, &new.contact, &new.address)
        && old.archived_at.is_some() == archived;
    if same {
        return Ok(());
    }
    let at = archived.then(|| old.archived_at.unwrap_or(tx.now()));
    tx.exec(
        "update inventory_supplier set name = $2, name_key = $3, phone = $4, contact = $5,
           address = $6, archived_at = $7 where id = $1",
        args![id, new.name, key(&new.name), new.phone, new.contact, new.address, at],
    )
    .await
    .map_err(taken)?;
    let state = |name: &str, gone: bool| json!({ "name": name, "archived": gone });
    let before = state(&old.name, old.archived_at.is_some());
    tx.journal("supplier", id.uuid(), "amended", before, state(&new.name, archived)).await
}

/// A supplier, also an archived one.
///
/// # Errors
/// `inventory.supplier_not_found`.
pub async fn find(q: &mut dyn Query, id: SupplierId) -> Result<Supplier> {
    let found: Option<Supplier> = q.row_opt(&format!("{SQL} where id = $1"), args![id]).await?;
    found.ok_or_else(|| {
        Fault::not_found("inventory.supplier_not_found", "Pemasok tidak ada.", "No such supplier.")
    })
}

/// The supplier of this name, whatever its case.
pub async fn named(q: &mut dyn Query, name: &str) -> Result<Option<Supplier>> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    q.row_opt(&format!("{SQL} where name_key = $1"), args![key(&name)]).await
}

/// Suppliers by name; archived ones only when asked for.
pub async fn list(q: &mut dyn Query, with_archived: bool) -> Result<Vec<Supplier>> {
    let sql = format!("{SQL} where ($1 or archived_at is null) order by name_key {{EXACT}}, id");
    q.rows(&sql, args![with_archived]).await
}

fn key(name: &str) -> String {
    name.to_lowercase()
}

fn taken(fault: Fault) -> Fault {
    if store::is_unique(&fault) {
        return Fault::field(
            "name",
            "taken",
            "sudah dipakai pemasok lain",
            "is another supplier's",
        );
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supplier_needs_a_name_and_blanks_are_no_text() {
        let new = NewSupplier { name: "  PT  Fiber Jaya ".into(), ..NewSupplier::default() };
        let new = NewSupplier { phone: Some(" ".into()), ..new }.checked().unwrap();
        assert_eq!((new.name.as_str(), new.phone), ("PT Fiber Jaya", None));
        let empty = NewSupplier { address: Some("x".repeat(401)), ..NewSupplier::default() };
        let wrong = empty.checked().unwrap_err().fields;
        let names: Vec<&str> = wrong.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["name", "address"]);
    }
}
