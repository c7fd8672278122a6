//! What the ISP decides about logging in.

use kernel::{Permission, Result};
use serde_json::json;
use store::{Query, Tx};

use crate::matrix::Role;
use crate::store as sql;

const TOTP_REQUIRED: &str = "totp_required";

/// The roles whose people must have a one-time code. Empty when the ISP has not said so.
pub async fn totp_required_for(q: &mut dyn Query) -> Result<Vec<Role>> {
    let value = sql::setting(q, TOTP_REQUIRED).await?;
    Ok(value.and_then(|v| serde_json::from_value(v).ok()).unwrap_or_default())
}

/// Says whose people must have a one-time code. People without one may only set it up from then on.
///
/// # Errors
/// `forbidden` without `UserWrite`.
pub async fn require_totp(tx: &mut Tx, roles: &[Role]) -> Result<()> {
    tx.actor().require(Permission::UserWrite)?;
    let before = totp_required_for(tx).await?;
    sql::set_setting(tx, TOTP_REQUIRED, &json!(roles)).await?;
    tx.journal(
        "identity_setting",
        uuid_of(TOTP_REQUIRED),
        "totp_required",
        json!({ "roles": before }),
        json!({ "roles": roles }),
    )
    .await
}

/// A fixed id for a setting, so that its changes are found in the journal.
fn uuid_of(key: &str) -> uuid::Uuid {
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&crate::secret::hash(key)[..16]);
    uuid::Uuid::from_bytes(bytes)
}
