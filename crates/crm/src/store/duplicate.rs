//! Twins of a lead.

use kernel::{CustomerId, Id, LeadId, Phone, Result, Scope};
use store::{Query, QueryExt, Tx, args, row};
use uuid::Uuid;

use crate::duplicate::{Duplicate, Likeness, NEAR_M, Traits, Twin};
use crate::place::Place;

row! {
    struct Candidate { id: Id<Any>, name: String, phone: Phone, nik_print: Option<Vec<u8>>,
        lat: Option<f64>, lon: Option<f64> }
}
/// A lead's or a customer's id.
#[derive(Debug)]
enum Any {}

/// Every lead and customer of any scope that has the phone or NIK, or stands next door; with their
/// likeness still to be judged.
pub(crate) async fn candidates(
    q: &mut dyn Query,
    traits: &Traits,
    but: LeadId,
) -> Result<Vec<(Twin, Uuid, Traits)>> {
    let bounds = traits.place.map(|place| place.around(NEAR_M));
    let mut found = Vec::new();
    for (twin, table, alive) in [
        (Twin::Lead, "crm_lead", "state in ('new', 'verified', 'waitlisted')"),
        (Twin::Customer, "crm_customer", "archived_at is null"),
    ] {
        let sql = format!(
            "select id, name, phone, nik_print, lat, lon from {table}
             where {alive} and id <> $1
               and (phone = $2 or nik_print = $3
                 or (lat between $4 and $5 and lon between $6 and $7))
             order by id limit 200"
        );
        let rows: Vec<Candidate> = q
            .rows(
                &sql,
                args![
                    but,
                    traits.phone,
                    traits.nik_print,
                    bounds.map(|b| b.south),
                    bounds.map(|b| b.north),
                    bounds.map(|b| b.west),
                    bounds.map(|b| b.east)
                ],
            )
            .await?;
        found.extend(rows.into_iter().map(|row| {
            let place = row.lat.zip(row.lon).map(|(lat, lon)| Place { lat, lon });
            let Candidate { id, name, phone, nik_print, .. } = row;
            (twin, id.uuid(), Traits { name, phone, nik_print, place })
        }));
    }
    Ok(found)
}

/// Replaces the flags of a lead.
pub(crate) async fn save(
    tx: &mut Tx,
    lead: LeadId,
    flags: &[(Twin, Uuid, Likeness)],
) -> Result<()> {
    tx.exec("delete from crm_duplicate where lead_id = $1", args![lead]).await?;
    let mut values = Vec::with_capacity(flags.len() * 6);
    for (twin, id, likeness) in flags {
        let Likeness { same_phone, same_nik, near_m } = likeness;
        values.extend(args![lead, twin, id, same_phone, same_nik, near_m]);
    }
    let head = "insert into crm_duplicate (lead_id, twin, twin_id, same_phone, same_nik, near_m)";
    tx.bulk(head, "", 6, values).await?;
    Ok(())
}

row! {
    struct FlagRow { twin: Twin, twin_id: Id<Any>, same_phone: bool, same_nik: bool,
        near_m: Option<i64>, name: Option<String> }
}

pub(crate) async fn of_lead(
    q: &mut dyn Query,
    scope: &Scope,
    lead: LeadId,
) -> Result<Vec<Duplicate>> {
    let rows: Vec<FlagRow> = q
        .rows(
            "select d.twin, d.twin_id, d.same_phone, d.same_nik, d.near_m,
               coalesce(l.name, c.name) as name
             from crm_duplicate d
             left join crm_lead l on d.twin = 'lead' and l.id = d.twin_id
               and ($2 is null or l.branch_id = $2) and ($3 is null or l.partner_id = $3)
             left join crm_customer c on d.twin = 'customer' and c.id = d.twin_id
               and ($2 is null or c.branch_id = $2) and ($3 is null or c.partner_id = $3)
             where d.lead_id = $1 order by d.twin, d.twin_id",
            args![lead, scope.branch, scope.partner],
        )
        .await?;
    Ok(rows.into_iter().map(flag).collect())
}

fn flag(row: FlagRow) -> Duplicate {
    let seen = row.name.is_some();
    let id = row.twin_id.uuid();
    Duplicate {
        twin: row.twin,
        lead: (seen && row.twin == Twin::Lead).then(|| LeadId::from_uuid(id)),
        customer: (seen && row.twin == Twin::Customer).then(|| CustomerId::from_uuid(id)),
        name: row.name,
        likeness: Likeness {
            same_phone: row.same_phone,
            same_nik: row.same_nik,
            near_m: row.near_m,
        },
    }
}
