//! Version, roles and settings: what is missing, each with what to do about it.

use kernel::Result;
use serde_json::Value;

use super::client::Client;
use super::wire::INSTALLED;
use bridge::asset::Handshake;

/// Since then a return goes to `/api/stock/return/` and a create answers a list.
const VERSION_MIN: i64 = 383;
/// The newest version that was recorded.
const VERSION_KNOWN: i64 = 425;
/// Since then roles are at `/api/user/me/roles/`.
const VERSION_ROLES_MOVED: i64 = 490;

/// What the connector's user has to be allowed.
const ROLES: [(&str, &[&str]); 4] = [
    ("stock", &["view", "add", "change"]),
    ("stock_location", &["view", "add"]),
    ("part", &["view", "add"]),
    ("purchase_order", &["view"]),
];

pub(super) async fn look(client: &Client) -> Result<Handshake> {
    let hello: Value = client.get("api/", &[]).await?.unwrap_or_default();
    let mut found = Handshake {
        version: hello["version"].as_str().unwrap_or("?").to_owned(),
        ..Handshake::default()
    };
    if hello["server"] != "InvenTree" {
        found
            .missing
            .push("Alamat ini bukan server InvenTree (this address is no InvenTree).".into());
        return Ok(found);
    }
    let version = hello["apiVersion"].as_i64().unwrap_or(0);
    found.version = format!("{} (API {version})", found.version);
    if version < VERSION_MIN {
        found.missing.push(format!(
            "API {version} terlalu lama; perlu {VERSION_MIN} ke atas (too old: update InvenTree)."
        ));
        return Ok(found);
    }
    if version > VERSION_KNOWN {
        found.warnings.push(format!(
            "API {version} lebih baru dari yang pernah direkam ({VERSION_KNOWN}) (newer than recorded)."
        ));
    }
    roles(client, version, &mut found).await?;
    if !found.missing.is_empty() {
        return Ok(found);
    }
    settings(client, &mut found).await?;
    Ok(found)
}

async fn roles(client: &Client, version: i64, found: &mut Handshake) -> Result<()> {
    let path =
        if version >= VERSION_ROLES_MOVED { "api/user/me/roles/" } else { "api/user/roles/" };
    let roles: Value = client.get(path, &[]).await?.unwrap_or_default();
    if roles["is_superuser"] == true {
        found.warnings.push(
            "Token milik superuser; pakai akun tersendiri (the token is a superuser's).".into(),
        );
        return Ok(());
    }
    let has = |held: &Value, wanted: &str| {
        held.as_array().is_some_and(|all| all.iter().any(|have| have == wanted))
    };
    for (role, wanted) in ROLES {
        for wanted in wanted.iter().filter(|w| !has(&roles["roles"][role], w)) {
            found.missing.push(format!("Peran \"{role}\": izin \"{wanted}\" (role, permission)."));
        }
    }
    for wanted in ["view", "add"] {
        if !has(&roles["permissions"]["company"], wanted) {
            found.missing.push(format!(
                "Izin \"{wanted}\" atas company, lewat peran sales_order (permission on companies)."
            ));
        }
    }
    Ok(())
}

async fn settings(client: &Client, found: &mut Handshake) -> Result<()> {
    let path = "api/settings/global/SERIAL_NUMBER_GLOBALLY_UNIQUE/";
    let unique: Value = client.get(path, &[]).await?.unwrap_or_default();
    if unique["value"] != true {
        found.warnings.push(
            "SERIAL_NUMBER_GLOBALLY_UNIQUE mati: satu nomor seri bisa ada di dua part (is off)."
                .into(),
        );
    }
    if !client.knows_installed().await? {
        found.warnings.push(format!(
            "Status {INSTALLED} \"INSTALLED\" (logical 10) belum ada; perangkat terpasang tetap \
             \"OK\". Admin menambahkannya, lalu server dimulai ulang (custom status is not there)."
        ));
    }
    Ok(())
}
