//! Customers.

use kernel::{CustomerId, Phone, Result, Scope};
use store::{Query, QueryExt, Tx, args};

use crate::customer::Customer;
use crate::word::Subject;

const COLUMNS: &str = "id, number, name, kind, phone, email, npwp, address, lat, lon, branch_id, \
     partner_id, sold_by, channel, withholds_pph23, withholds_wapu, external_id, lang, created_at, \
     archived_at, nik_print";

/// Rows of branch `$1`, reseller `$2`, customer `$3`. A technician sees a customer only through a job.
const IN_SCOPE: &str = "($1 is null or branch_id = $1) and ($2 is null or partner_id = $2) \
     and ($3 is null or id = $3)";

pub(crate) async fn insert(
    tx: &mut Tx,
    customer: &Customer,
    nik_sealed: Option<Vec<u8>>,
) -> Result<()> {
    let c = customer;
    let sql = format!(
        "insert into crm_customer ({COLUMNS}, nik_sealed, changed_at) values
         ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)"
    );
    tx.exec(
        &sql,
        args![
            c.id,
            c.number,
            c.name,
            c.kind,
            c.phone,
            c.email,
            c.npwp,
            c.address,
            c.lat,
            c.lon,
            c.branch_id,
            c.partner_id,
            c.sold_by,
            c.channel,
            c.withholds_pph23,
            c.withholds_wapu,
            c.external_id,
            c.lang,
            c.created_at,
            c.archived_at,
            c.nik_print,
            nik_sealed,
            tx.now()
        ],
    )
    .await?;
    super::word::keep(tx, Subject::Customer, &[c.findable()]).await
}

/// Writes everything that may change, but the NIK.
pub(crate) async fn update(tx: &mut Tx, customer: &Customer) -> Result<()> {
    let c = customer;
    tx.exec(
        "update crm_customer set name = $2, kind = $3, phone = $4, email = $5, npwp = $6,
           address = $7, lat = $8, lon = $9, branch_id = $10, partner_id = $11,
           withholds_pph23 = $12, withholds_wapu = $13, lang = $14, archived_at = $15,
           changed_at = $16
         where id = $1",
        args![
            c.id,
            c.name,
            c.kind,
            c.phone,
            c.email,
            c.npwp,
            c.address,
            c.lat,
            c.lon,
            c.branch_id,
            c.partner_id,
            c.withholds_pph23,
            c.withholds_wapu,
            c.lang,
            c.archived_at,
            tx.now()
        ],
    )
    .await?;
    super::word::renew(tx, Subject::Customer, &c.findable()).await
}

pub(crate) async fn set_nik(
    tx: &mut Tx,
    id: CustomerId,
    sealed: Vec<u8>,
    print: &[u8],
) -> Result<()> {
    tx.exec(
        "update crm_customer set nik_sealed = $2, nik_print = $3 where id = $1",
        args![id, sealed, print],
    )
    .await?;
    Ok(())
}

/// Holds the customer's row until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, id: CustomerId) -> Result<()> {
    tx.exec("update crm_customer set changed_at = changed_at where id = $1", args![id]).await?;
    Ok(())
}

pub(crate) async fn find(
    q: &mut dyn Query,
    scope: &Scope,
    id: CustomerId,
) -> Result<Option<Customer>> {
    if scope.technician.is_some() {
        return Ok(None);
    }
    let sql = format!("select {COLUMNS} from crm_customer where {IN_SCOPE} and id = $4");
    q.row_opt(&sql, args![scope.branch, scope.partner, scope.customer, id]).await
}

pub(crate) async fn by_number(
    q: &mut dyn Query,
    scope: &Scope,
    number: &str,
) -> Result<Option<Customer>> {
    if scope.technician.is_some() {
        return Ok(None);
    }
    let sql = format!("select {COLUMNS} from crm_customer where {IN_SCOPE} and number = $4");
    q.row_opt(&sql, args![scope.branch, scope.partner, scope.customer, number]).await
}

pub(crate) async fn by_external_id(
    q: &mut dyn Query,
    external_id: &str,
) -> Result<Option<Customer>> {
    let sql = format!("select {COLUMNS} from crm_customer where external_id = $1");
    q.row_opt(&sql, args![external_id]).await
}

pub(crate) async fn by_phone(
    q: &mut dyn Query,
    scope: &Scope,
    phone: &Phone,
) -> Result<Vec<Customer>> {
    if scope.technician.is_some() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select {COLUMNS} from crm_customer
         where {IN_SCOPE} and phone = $4 and archived_at is null order by id"
    );
    q.rows(&sql, args![scope.branch, scope.partner, scope.customer, phone]).await
}

pub(crate) async fn nik_sealed(q: &mut dyn Query, id: CustomerId) -> Result<Option<Vec<u8>>> {
    let sealed: Option<Option<Vec<u8>>> =
        q.value_opt("select nik_sealed from crm_customer where id = $1", args![id]).await?;
    Ok(sealed.flatten())
}

pub(crate) async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    text: Option<&str>,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>> {
    if scope.technician.is_some() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select {COLUMNS} from crm_customer
         where {IN_SCOPE} and archived_at is null
           and ($4 is null or lower(name) like $4 or lower(number) like $4
             or lower(address) like $4 or phone like $5)
           and ($6 is null or id < $6)
         order by id desc limit $7"
    );
    let (like, phone) = (crate::pattern(text), crate::phone_pattern(text));
    let scope = args![scope.branch, scope.partner, scope.customer];
    q.rows(&sql, [scope, args![like, phone, after, limit]].concat()).await
}
