//! Pictures in a ticket: a modem's lights, a torn cable.

use kernel::{Fault, Permission, PhotoId, Result, Scope, TicketId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Query, Tx};

use super::ask::find_in;
use super::talk::{check_side, said};
use super::{EntryKind, is_outsider};
use crate::photo::{Picture, checked};
use crate::store::ticket as rows;

/// More than any complaint needs.
const PHOTOS_MAX: i64 = 20;

/// Adds a picture; the same one again changes nothing. Emits `TicketChanged`.
///
/// # Errors
/// As [`super::comment`]; `fulfilment.photo_too_large`, `fulfilment.not_a_photo`, `fulfilment.photos_full`.
pub async fn attach(
    tx: &mut Tx,
    id: TicketId,
    bytes: Vec<u8>,
    is_internal: bool,
) -> Result<PhotoId> {
    tx.actor().require(Permission::TicketWrite)?;
    check_side(tx, is_internal)?;
    let ticket = find_in(tx, id).await?;
    ticket.state.must_be_open_for_words(&ticket.number)?;
    let picture = checked(bytes, None)?;
    let hash = Sha256::digest(&picture.bytes).to_vec();
    if let Some(known) = rows::photo_known(tx, id, &hash).await? {
        return Ok(known);
    }
    if rows::photo_count(tx, id).await? >= PHOTOS_MAX {
        return Err(Fault::conflict(
            "fulfilment.photos_full",
            format!("Tiket {} sudah punya {PHOTOS_MAX} foto.", ticket.number),
            format!("Ticket {} has {PHOTOS_MAX} photos already.", ticket.number),
        ));
    }
    let photo: PhotoId = tx.new_id();
    rows::add_photo(tx, (id, photo), &hash, !is_internal, &picture).await?;
    rows::add_entry(tx, &ticket, EntryKind::Photo, !is_internal, "", Some(photo)).await?;
    let after = json!({ "photo": photo, "internal": is_internal });
    tx.journal("ticket", id.uuid(), "photo", Value::Null, after).await?;
    said(tx, ticket).await?;
    Ok(photo)
}

/// A picture's bytes, when its ticket is in scope, and it is public or the reader is of the staff.
///
/// # Errors
/// `fulfilment.ticket_photo_not_found`.
pub async fn picture(q: &mut dyn Query, actor: &kernel::Actor, photo: PhotoId) -> Result<Picture> {
    picture_of(q, &actor.scope, photo, is_outsider(actor)).await
}

/// As [`picture`], for who stands in `scope`.
///
/// # Errors
/// `fulfilment.ticket_photo_not_found`.
pub async fn picture_of(
    q: &mut dyn Query,
    scope: &Scope,
    photo: PhotoId,
    public_only: bool,
) -> Result<Picture> {
    let missing = || {
        Fault::not_found(
            "fulfilment.ticket_photo_not_found",
            "Foto ini tidak ada, atau bukan wewenang Anda.",
            "There is no such photo, or it is not yours to see.",
        )
    };
    let Some(ticket) = rows::ticket_of_photo(q, photo, public_only).await? else {
        return Err(missing());
    };
    if rows::find(q, scope, ticket).await?.is_none() {
        return Err(missing());
    }
    rows::picture(q, photo).await?.ok_or_else(missing)
}
