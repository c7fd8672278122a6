//! Beginning a payment at a gateway: our intent first, then the gateway's charge, outside any transaction.

use billing::gateway::{Checkout, NewCharge, RemoteError};
use billing::intent::{self, Intent, IntentFor};
use kernel::{Cause, Fault, Result, Scope};
use store::{Db, Tx};

use crate::inbox::Gateways;

/// Seconds for which a payment code can be paid: a day, so that a code written down in the evening still
/// works at the shop in the morning.
pub const VALID_SECS: i64 = 86_400;

/// Opens a payment of what is owed at a gateway (by its name, or the first there is) and answers where the
/// payer goes. Asked again for the same thing and amount, it answers the one that is open.
///
/// # Errors
/// `gateway.none` without any gateway, or without the named one; `gateway.away` when it can't be reached:
/// nothing is lost, try again; `gateway.rejected`; what [`intent::open`] refuses.
pub async fn open(
    db: &Db,
    cause: &Cause,
    what: &IntentFor,
    gateway: Option<&str>,
) -> Result<Intent> {
    let gateways = db.ext::<Gateways>().ok_or_else(no_gateway)?;
    let gateway = match gateway {
        Some(name) => gateways.named(name),
        None => gateways.first(),
    };
    let gateway = gateway.ok_or_else(no_gateway)?;
    let name = gateway.name();
    let intent =
        db.write(cause, async |tx: &mut Tx| intent::open(tx, what, name, VALID_SECS).await).await?;
    if intent.url.is_some() || intent.code.is_some() {
        return Ok(intent);
    }
    let checkout =
        gateway.create(&NewCharge::from(&intent)).await.map_err(|error| fault_of(name, &error))?;
    attach(db, cause, &intent, &checkout).await
}

async fn attach(db: &Db, cause: &Cause, intent: &Intent, checkout: &Checkout) -> Result<Intent> {
    let id = intent.id;
    db.write(cause, async |tx: &mut Tx| {
        intent::attach(tx, id, checkout).await?;
        intent::find(tx, &Scope::all(), id).await
    })
    .await
}

pub(crate) fn no_gateway() -> Fault {
    Fault::conflict(
        "gateway.none",
        "Pembayaran online belum tersedia. Silakan bayar di loket.",
        "Online payment is not available yet. Please pay at the counter.",
    )
}

pub(crate) fn fault_of(name: &str, error: &RemoteError) -> Fault {
    match error {
        RemoteError::Unavailable(why) => {
            tracing::warn!(gateway = name, why, "the payment gateway can't be reached");
            Fault::unavailable(
                "gateway.away",
                "Layanan pembayaran sedang tidak bisa dihubungi. Belum ada uang yang terpotong; coba \
                 lagi sebentar lagi.",
                "The payment service can't be reached. No money was taken; try again shortly.",
            )
        }
        RemoteError::Rejected(why) => {
            tracing::error!(gateway = name, why, "the payment gateway refused a charge");
            Fault::conflict(
                "gateway.rejected",
                "Layanan pembayaran menolak pembayaran ini. Hubungi kami atau bayar di loket.",
                "The payment service refused this payment. Call us or pay at the counter.",
            )
        }
    }
}
