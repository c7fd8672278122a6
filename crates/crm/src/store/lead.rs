//! Leads.

use kernel::{LeadId, Result, Scope, UserId};
use store::{Query, QueryExt, Tx, args};

use crate::lead::{Lead, LeadFilter};
use crate::word::Subject;

const COLUMNS: &str = "id, state, name, phone, email, address, lat, lon, plan_id, mode, channel, note, \
     lang, branch_id, partner_id, sold_by, covered, area_id, odp_id, odp_distance_m, reason, \
     customer_id, subscription_id, registered_at, verified_at, verified_by, nik_print";

pub(crate) async fn insert(tx: &mut Tx, lead: &Lead, nik_sealed: Option<Vec<u8>>) -> Result<()> {
    let sql = format!(
        "insert into crm_lead ({COLUMNS}, nik_sealed, changed_at) values
         ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,
          $26,$27,$28,$29)"
    );
    tx.exec(
        &sql,
        args![
            lead.id,
            lead.state,
            lead.name,
            lead.phone,
            lead.email,
            lead.address,
            lead.lat,
            lead.lon,
            lead.plan_id,
            lead.mode,
            lead.channel,
            lead.note,
            lead.lang,
            lead.branch_id,
            lead.partner_id,
            lead.sold_by,
            lead.covered,
            lead.area_id,
            lead.odp_id,
            lead.odp_distance_m,
            lead.reason,
            lead.customer_id,
            lead.subscription_id,
            lead.registered_at,
            lead.verified_at,
            lead.verified_by,
            lead.nik_print,
            nik_sealed,
            tx.now()
        ],
    )
    .await?;
    super::word::keep(tx, Subject::Lead, &[lead.findable()]).await
}

/// Writes everything that may change, but the NIK.
pub(crate) async fn update(tx: &mut Tx, lead: &Lead) -> Result<()> {
    tx.exec(
        "update crm_lead set state = $2, name = $3, phone = $4, email = $5, address = $6, lat = $7,
           lon = $8, plan_id = $9, mode = $10, note = $11, lang = $12, covered = $13, area_id = $14,
           odp_id = $15, odp_distance_m = $16, reason = $17, customer_id = $18,
           subscription_id = $19, verified_at = $20, verified_by = $21, changed_at = $22
         where id = $1",
        args![
            lead.id,
            lead.state,
            lead.name,
            lead.phone,
            lead.email,
            lead.address,
            lead.lat,
            lead.lon,
            lead.plan_id,
            lead.mode,
            lead.note,
            lead.lang,
            lead.covered,
            lead.area_id,
            lead.odp_id,
            lead.odp_distance_m,
            lead.reason,
            lead.customer_id,
            lead.subscription_id,
            lead.verified_at,
            lead.verified_by,
            tx.now()
        ],
    )
    .await?;
    super::word::renew(tx, Subject::Lead, &lead.findable()).await
}

pub(crate) async fn set_nik(
    tx: &mut Tx,
    id: LeadId,
    sealed: Option<Vec<u8>>,
    print: Option<Vec<u8>>,
) -> Result<()> {
    tx.exec(
        "update crm_lead set nik_sealed = $2, nik_print = $3 where id = $1",
        args![id, sealed, print],
    )
    .await?;
    Ok(())
}

pub(crate) async fn set_seller(tx: &mut Tx, id: LeadId, seller: UserId) -> Result<()> {
    let sql = "update crm_lead set sold_by = $2, changed_at = $3 where id = $1";
    tx.exec(sql, args![id, seller, tx.now()]).await?;
    Ok(())
}

/// Holds the lead's row until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, id: LeadId) -> Result<()> {
    tx.exec("update crm_lead set changed_at = changed_at where id = $1", args![id]).await?;
    Ok(())
}

pub(crate) async fn find(q: &mut dyn Query, scope: &Scope, id: LeadId) -> Result<Option<Lead>> {
    // Leads are office work: technicians and customers see none.
    if scope.technician.is_some() || scope.customer.is_some() {
        return Ok(None);
    }
    let sql = format!(
        "select {COLUMNS} from crm_lead where id = $1
           and ($2 is null or branch_id = $2) and ($3 is null or partner_id = $3)"
    );
    q.row_opt(&sql, args![id, scope.branch, scope.partner]).await
}

pub(crate) async fn nik_sealed(q: &mut dyn Query, id: LeadId) -> Result<Option<Vec<u8>>> {
    let sealed: Option<Option<Vec<u8>>> =
        q.value_opt("select nik_sealed from crm_lead where id = $1", args![id]).await?;
    Ok(sealed.flatten())
}

pub(crate) async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &LeadFilter,
    after: Option<LeadId>,
    limit: i64,
) -> Result<Vec<Lead>> {
    if scope.technician.is_some() || scope.customer.is_some() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select {COLUMNS} from crm_lead
         where ($1 is null or branch_id = $1) and ($2 is null or partner_id = $2)
           and ($3 is null or state = $3)
           and ($4 is null or lower(name) like $4 or lower(address) like $4 or phone like $7)
           and ($5 is null or id < $5)
         order by id desc limit $6"
    );
    let text = crate::pattern(filter.text.as_deref());
    let phone = crate::phone_pattern(filter.text.as_deref());
    q.rows(&sql, args![scope.branch, scope.partner, filter.state, text, after, limit, phone]).await
}
