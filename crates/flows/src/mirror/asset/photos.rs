//! The installation's photos, hung on the installed device there.

use bridge::asset::{AssetSystem, PhotoRecord};
use fulfilment::evidence::PhotoKind;
use inventory::{Item, ItemState, Move};
use kernel::{Result, Scope};
use store::Db;

/// Jobs of one subscription that are looked through for the one that installed the device.
const JOBS: i64 = 50;

/// Hangs the photos of the job that installed the item, those that have come from the technician's device.
/// Hanging them again changes nothing.
///
/// # Errors
/// When the engine is away or refuses, or the database fails.
pub(super) async fn hang(
    db: &Db,
    system: &dyn AssetSystem,
    item: &Item,
    last: Option<&Move>,
    external_id: &str,
) -> Result<()> {
    let (Some(subscription), Some(last)) = (item.subscription_id, last) else { return Ok(()) };
    if item.state != ItemState::Installed {
        return Ok(());
    }
    let all = Scope::all();
    let filter =
        fulfilment::Filter { subscription: Some(subscription), ..fulfilment::Filter::default() };
    let jobs = fulfilment::list(&mut db.reader(), &all, &filter, None, JOBS).await?;
    let Some(job) = jobs.items.iter().find(|job| job.number == last.document) else {
        return Ok(());
    };
    for photo in fulfilment::photos_of(&mut db.reader(), job.id).await? {
        if photo.received_at.is_none() || photo.kind == PhotoKind::Other {
            continue;
        }
        let picture = fulfilment::photo::picture(&mut db.reader(), &all, job.id, photo.id).await?;
        let ending = picture.mime.rsplit('/').next().unwrap_or("jpeg").to_owned();
        let record = PhotoRecord {
            operation: format!("op:photo-{}", photo.id.uuid().simple()),
            file_name: format!("{}-{}.{ending}", job.number.replace('/', "-"), photo.kind),
            mime: picture.mime,
            bytes: picture.bytes,
        };
        system.attach(external_id, &record).await?;
    }
    Ok(())
}
