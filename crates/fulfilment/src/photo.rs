//! Photos: known by their hash, also before their bytes have come.

use kernel::{Fault, PhotoId, Result, Scope, Ts, UserId, WorkOrderId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Query, Tx};

use crate::ask::{find, for_work};
use crate::evidence::{PHOTO_MISSING, PhotoKind, review};
use crate::open::facts;
use crate::order::{Mark, State, WorkOrder};
use crate::store::{order as orders, photo as rows};

/// A photo is at most 2 MB; the app shrinks them before.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;
/// More than any job needs.
const PHOTOS_MAX: i64 = 40;

::store::row! {
    /// A photo without its bytes.
    pub struct Photo {
        pub id: PhotoId,
        pub work_order_id: WorkOrderId,
        pub visit: i64,
        pub kind: PhotoKind,
        pub sha256: Vec<u8>,
        pub user_id: Option<UserId>,
        /// By the device's clock.
        pub taken_at: Ts,
        /// Whose signature it is.
        pub signer: Option<String>,
        pub mime: Option<String>,
        pub size: Option<i64>,
        /// When the bytes came; `None`: they are still on the device.
        pub received_at: Option<Ts>,
    }
}

::store::row! {
    /// A photo's bytes with their type.
    pub struct Picture { pub mime: String, pub bytes: Vec<u8> }
}

/// A photo as the technician took it.
#[derive(Clone, Debug)]
pub struct NewPhoto {
    pub kind: PhotoKind,
    /// Of the bytes.
    pub sha256: Vec<u8>,
    /// `None`: they are sent by themselves, see [`put`].
    pub bytes: Option<Vec<u8>>,
    /// Whose signature it is; other photos have none.
    pub signer: Option<String>,
    pub mark: Mark,
}

impl NewPhoto {
    /// With its bytes.
    pub fn with_bytes(kind: PhotoKind, bytes: Vec<u8>, mark: Mark) -> Self {
        Self {
            kind,
            sha256: Sha256::digest(&bytes).to_vec(),
            bytes: Some(bytes),
            signer: None,
            mark,
        }
    }
}

/// Notes a photo of a visit; the same photo again changes nothing. A late one is taken on a closed order
/// too.
///
/// # Errors
/// `fulfilment.wrong_state` before anybody set out and on a cancelled order; `fulfilment.other_visit`;
/// `fulfilment.photo_too_large`, `fulfilment.not_a_photo`, `fulfilment.photos_full`, a field error on
/// `sha256`.
pub async fn attach_photo(tx: &mut Tx, id: WorkOrderId, new: NewPhoto) -> Result<()> {
    let order = for_work(tx, id).await?;
    order.check_visit(new.mark)?;
    if matches!(order.state, State::Open | State::Assigned | State::Cancelled) {
        return Err(order.state.refusal(&order.number));
    }
    if new.sha256.len() != 32 {
        let (id, en) = ("harus SHA-256", "must be a SHA-256");
        return Err(Fault::field("sha256", "not_a_hash", id, en));
    }
    let picture = new.bytes.map(|bytes| checked(bytes, Some(&new.sha256))).transpose()?;
    if rows::count(tx, id).await? >= PHOTOS_MAX {
        return Err(Fault::conflict(
            "fulfilment.photos_full",
            format!("SPK {} sudah punya {PHOTOS_MAX} foto.", order.number),
            format!("Work order {} has {PHOTOS_MAX} photos already.", order.number),
        ));
    }
    let signer = signer_of(new.kind, new.signer.as_deref())?;
    let user = tx.actor().user();
    let photo = Photo {
        id: tx.new_id(),
        work_order_id: id,
        visit: order.visit,
        kind: new.kind,
        sha256: new.sha256,
        user_id: user,
        taken_at: new.mark.at,
        signer,
        mime: picture.as_ref().map(|p| p.mime.clone()),
        size: picture.as_ref().map(|p| size(&p.bytes)),
        received_at: picture.as_ref().map(|_| tx.now()),
    };
    if rows::insert(tx, &photo, picture.map(|p| p.bytes)).await? {
        let after = json!({ "photo": photo.id, "kind": photo.kind, "visit": photo.visit });
        tx.journal("work_order", id.uuid(), "photo", Value::Null, after).await?;
    }
    look_again(tx, &order).await
}

/// # Errors
/// A field error for a name over 100 characters.
fn signer_of(kind: PhotoKind, name: Option<&str>) -> Result<Option<String>> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let Some(name) = name.filter(|_| kind == PhotoKind::Signature) else { return Ok(None) };
    if name.chars().count() <= 100 {
        return Ok(Some(name.to_owned()));
    }
    let (id, en) = ("paling banyak 100 huruf", "must be at most 100 characters");
    Err(Fault::field("signer", "too_long", id, en))
}

/// An order that was on NOC's list only for a photo leaves it when the photo's bytes have come.
async fn look_again(tx: &mut Tx, before: &WorkOrder) -> Result<()> {
    if !before.review || before.review_why.as_deref() != Some(PHOTO_MISSING) {
        return Ok(());
    }
    let why = review(before, rows::come(tx, before.id, before.visit).await?);
    if why == Some(PHOTO_MISSING) {
        return Ok(());
    }
    let order =
        WorkOrder { review: why.is_some(), review_why: why.map(str::to_owned), ..before.clone() };
    orders::save(tx, &order).await?;
    tx.journal("work_order", order.id.uuid(), "photo_come", facts(before), facts(&order)).await
}

/// Takes the bytes of a photo that was noted before. The same bytes again change nothing.
///
/// # Errors
/// `fulfilment.photo_unknown` when no photo of the order has this hash; `fulfilment.photo_too_large`;
/// `fulfilment.not_a_photo`.
pub async fn put(tx: &mut Tx, id: WorkOrderId, bytes: Vec<u8>) -> Result<PhotoId> {
    let order = for_work(tx, id).await?;
    let picture = checked(bytes, None)?;
    let hash = Sha256::digest(&picture.bytes).to_vec();
    let photo = rows::put(tx, id, &hash, &picture).await?.ok_or_else(|| {
        Fault::not_found(
            "fulfilment.photo_unknown",
            "Foto ini belum dicatat pada SPK ini; kirim langkahnya dulu.",
            "This photo is not noted on the work order; send its step first.",
        )
    })?;
    look_again(tx, &order).await?;
    Ok(photo)
}

/// The customer's signature on a visit, when its bytes have come: the one that was drawn last.
///
/// # Errors
/// Only when the database fails.
pub async fn signature(q: &mut dyn Query, order: &WorkOrder) -> Result<Option<(Photo, Picture)>> {
    let photos = rows::list(q, order.id).await?;
    let is_it = |photo: &Photo| photo.kind == PhotoKind::Signature && photo.visit == order.visit;
    let last = photos.into_iter().rfind(|one| is_it(one) && one.received_at.is_some());
    let Some(photo) = last else { return Ok(None) };
    Ok(rows::picture(q, order.id, photo.id).await?.map(|picture| (photo, picture)))
}

/// A photo's bytes.
///
/// # Errors
/// `fulfilment.order_not_found` out of scope; `fulfilment.photo_missing` while they are on the device.
pub async fn picture(
    q: &mut dyn Query,
    scope: &Scope,
    id: WorkOrderId,
    photo: PhotoId,
) -> Result<Picture> {
    find(q, scope, id).await?;
    rows::picture(q, id, photo).await?.ok_or_else(|| {
        Fault::not_found(
            "fulfilment.photo_missing",
            "Foto ini belum sampai; masih ada di perangkat teknisi.",
            "This photo has not come yet; it is still on the technician's device.",
        )
    })
}

/// Not too large, really a picture (by its first bytes), and the one that was announced.
///
/// # Errors
/// `fulfilment.photo_too_large`, `fulfilment.not_a_photo`; a field error on `sha256`.
pub fn checked(bytes: Vec<u8>, hash: Option<&[u8]>) -> Result<Picture> {
    if bytes.len() > BYTES_MAX {
        return Err(Fault::invalid(
            "fulfilment.photo_too_large",
            "Foto lebih besar dari 2 MB.",
            "The photo is larger than 2 MB.",
        ));
    }
    let mime = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => {
            return Err(Fault::invalid(
                "fulfilment.not_a_photo",
                "Berkas ini bukan foto JPEG, PNG atau WebP.",
                "This is not a JPEG, PNG or WebP photo.",
            ));
        }
    };
    if hash.is_some_and(|hash| Sha256::digest(&bytes).as_slice() != hash) {
        let (id, en) = ("tidak cocok dengan fotonya", "does not fit the photo");
        return Err(Fault::field("sha256", "other_bytes", id, en));
    }
    Ok(Picture { mime: mime.to_owned(), bytes })
}

fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}
