//! Resellers.

use kernel::{BranchId, Fault, Field, PartnerId, Permission, Phone, Result, Scope, Ts};
use serde_json::json;
use store::{Query, QueryExt, Tx, args, row};

row! {
    pub struct Reseller {
        pub id: PartnerId,
        pub code: String,
        pub name: String,
        pub phone: Phone,
        pub branch_id: BranchId,
        pub upline_id: Option<PartnerId>,
        pub upline_share_bp: i64,
        pub created_at: Ts,
        pub archived_at: Option<Ts>,
    }
}

/// A reseller as entered.
#[derive(Clone, Debug)]
pub struct NewReseller {
    pub code: String,
    pub name: String,
    pub phone: Phone,
    pub branch: BranchId,
    pub upline: Option<PartnerId>,
    /// Basis points of this reseller's commission that go to the upline.
    pub upline_share_bp: i64,
}

/// Adds a reseller with an empty wallet.
///
/// # Errors
/// `invalid_fields` for an empty name, a taken code or a share outside 0–100 %.
pub async fn add(tx: &mut Tx, new: &NewReseller) -> Result<PartnerId> {
    tx.actor().require(Permission::PartnerWrite)?;
    let mut wrong = Vec::new();
    for (name, value) in [("code", &new.code), ("name", &new.name)] {
        if value.trim().is_empty() {
            wrong.push(Field::required(name));
        }
    }
    if !(0..=10_000).contains(&new.upline_share_bp) {
        wrong.push(Field::new("upline_share_bp", "range", "harus 0–100 %", "must be 0–100 %"));
    }
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    let id: PartnerId = tx.new_id();
    tx.exec(
        "insert into partner_reseller (id, code, name, phone, branch_id, upline_id, upline_share_bp,
           created_at) values ($1,$2,$3,$4,$5,$6,$7,$8)",
        args![id, new.code, new.name, new.phone, new.branch, new.upline, new.upline_share_bp, tx.now()],
    )
    .await
    .map_err(|fault| {
        if store::is_unique(&fault) {
            return Fault::field("code", "taken", "sudah dipakai", "is taken");
        }
        fault
    })?;
    tx.exec("insert into partner_wallet (partner_id, balance, debt) values ($1, 0, 0)", args![id])
        .await?;
    let after = json!({ "code": new.code, "branch": new.branch, "upline": new.upline });
    tx.journal("partner", id.uuid(), "added", json!(null), after).await?;
    Ok(id)
}

const SQL: &str = "select id, code, name, phone, branch_id, upline_id, upline_share_bp, created_at,
    archived_at from partner_reseller";

/// # Errors
/// `partner.not_found`, also when out of the actor's scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: PartnerId) -> Result<Reseller> {
    let sql = format!(
        "{SQL} where id = $1 and ($2 is null or branch_id = $2) and ($3 is null or id = $3)"
    );
    let found: Option<Reseller> = q.row_opt(&sql, args![id, scope.branch, scope.partner]).await?;
    found.ok_or_else(|| {
        Fault::not_found("partner.not_found", "Mitra tidak ada.", "No such reseller.")
    })
}

/// All resellers in scope, by name.
pub async fn list(q: &mut dyn Query, scope: &Scope) -> Result<Vec<Reseller>> {
    let sql = format!(
        "{SQL} where archived_at is null and ($1 is null or branch_id = $1) and ($2 is null or id = $2)
         order by name, id"
    );
    q.rows(&sql, args![scope.branch, scope.partner]).await
}

/// Every reseller, archived ones too: for passes over all commission.
pub async fn all(q: &mut dyn Query) -> Result<Vec<Reseller>> {
    q.rows(&format!("{SQL} order by id"), args![]).await
}
