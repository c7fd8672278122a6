//! Sales' rows of an import: customers.

use crm::Channel;
use crm::customer::CustomerKind;
use crm::nik::{Nik, Vault};
use crm::word::{Findable, Subject};
use kernel::{BranchId, CustomerId, Fault, Lang, PartnerId, Phone, Result};
use serde_json::{Value as Json, json};
use store::{QueryExt, Tx, Value, args};

use super::bulk;

/// A customer whose cells were checked as `crm` checks them.
pub(in crate::import) struct Arrived<'a> {
    pub id: CustomerId,
    pub external_id: &'a str,
    pub name: &'a str,
    pub kind: CustomerKind,
    pub phone: &'a Phone,
    pub email: Option<&'a str>,
    pub nik: Option<&'a Nik>,
    pub npwp: Option<&'a str>,
    pub address: &'a str,
    pub place: Option<(f64, f64)>,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub pph23: bool,
    pub wapu: bool,
    pub lang: Lang,
}

impl Arrived<'_> {
    fn findable<'a>(&'a self, number: &'a str) -> Findable<'a> {
        Findable {
            id: self.id.uuid(),
            number,
            name: self.name,
            phone: self.phone,
            address: self.address,
        }
    }
}

/// Twin of `customer::create`: the next numbers, the NIK sealed, a journal row without personal data.
pub(in crate::import) async fn customers(tx: &mut Tx, arrived: &[Arrived<'_>]) -> Result<()> {
    let count = i64::try_from(arrived.len()).unwrap_or(i64::MAX);
    let first = tx.next_numbers("crm/customer", count).await?;
    let mut values: Vec<Value> = Vec::with_capacity(arrived.len() * 21);
    for (seq, c) in (first..).zip(arrived) {
        let (sealed, print) = sealed(tx, c)?;
        values.extend(args![c.id, format!("C{seq:06}"), c.name, c.kind, c.phone, c.email]);
        values.extend(args![sealed, print, c.npwp, c.address]);
        values.extend(args![c.place.map(|p| p.0), c.place.map(|p| p.1), c.branch, c.partner]);
        values.extend(args![Channel::Import, c.pph23, c.wapu, c.external_id, c.lang.code()]);
        values.extend(args![tx.now(), tx.now()]);
    }
    bulk(
        tx,
        "insert into crm_customer (id, number, name, kind, phone, email, nik_sealed, nik_print, npwp,
           address, lat, lon, branch_id, partner_id, channel, withholds_pph23, withholds_wapu,
           external_id, lang, created_at, changed_at)",
        "",
        21,
        values,
    )
    .await?;
    let numbers: Vec<String> = (first..).take(arrived.len()).map(|n| format!("C{n:06}")).collect();
    let new: Vec<Findable<'_>> = arrived.iter().zip(&numbers).map(|(c, n)| c.findable(n)).collect();
    crm::word::keep(tx, Subject::Customer, &new).await?;
    for (seq, c) in (first..).zip(arrived) {
        let after = json!({
            "number": format!("C{seq:06}"), "kind": c.kind, "branch": c.branch, "partner": c.partner,
            "channel": Channel::Import, "withholds_pph23": c.pph23, "withholds_wapu": c.wapu,
        });
        tx.journal("customer", c.id.uuid(), "created", Json::Null, after).await?;
    }
    Ok(())
}

type Sealed = (Option<Vec<u8>>, Option<Vec<u8>>);

/// The NIK for this row, and its fingerprint.
fn sealed(tx: &mut Tx, c: &Arrived<'_>) -> Result<Sealed> {
    let Some(nik) = c.nik else { return Ok((None, None)) };
    let vault = tx.ext::<Vault>().ok_or_else(|| Fault::bug("a NIK without a vault"))?;
    Ok((Some(vault.seal("crm_customer", c.id, nik)?), Some(vault.fingerprint(nik))))
}
