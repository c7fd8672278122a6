//! Photos of work orders: their bytes come and go as they are.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use flows::views::work_orders;
use fulfilment::Mark;
use fulfilment::evidence::PhotoKind;
use fulfilment::photo::{self, NewPhoto};
use kernel::{Actor, Fault, PhotoId, Result as Fallible, Ts, WorkOrderId};
use serde::Deserialize;
use store::Tx;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::PhotoView;
use crate::http::app::{App, Written};
use crate::http::extract::{At, Raw, Search};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload)).routes(routes!(download))
}

/// What the photo is.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PhotoQuery {
    /// `installation`, `label`, `signature` or `other`. Left out: the bytes of a photo that a step has announced by its
    /// hash.
    #[param(value_type = Option<String>)]
    what: Option<PhotoKind>,
    /// By the device's clock; now when left out.
    #[param(value_type = Option<String>)]
    taken_at: Option<Ts>,
    /// The visit that the device saw; the current one when left out.
    visit: Option<i64>,
}

/// Send a photo.
///
/// The body is the picture itself: JPEG, PNG or WebP by its first bytes, at most 2 MB. The same picture
/// again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/work-orders/{id}/photos",
    params(("id" = uuid::Uuid, Path), PhotoQuery),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = PhotoView))
)]
async fn upload(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WorkOrderId>,
    Search(query): Search<PhotoQuery>,
    Raw(bytes): Raw,
) -> Written<PhotoView> {
    app.write(&actor, async move |tx| {
        let Some(what) = query.what else {
            let photo = photo::put(tx, id, bytes.to_vec()).await?;
            return shown(tx, id, |one| one.id == photo).await;
        };
        let mark = Mark { at: query.taken_at.unwrap_or(tx.now()), visit: query.visit };
        let new = NewPhoto::with_bytes(what, bytes.to_vec(), mark);
        let hash = new.sha256.clone();
        fulfilment::attach_photo(tx, id, new).await?;
        shown(tx, id, |one| one.sha256 == hash).await
    })
    .await
}

async fn shown(
    tx: &mut Tx,
    order: WorkOrderId,
    is_it: impl Fn(&photo::Photo) -> bool,
) -> Fallible<PhotoView> {
    let photos = fulfilment::photos_of(tx, order).await?;
    let photo = photos.into_iter().find(is_it).ok_or_else(|| Fault::bug("a photo went away"))?;
    Ok(PhotoView::from(photo))
}

/// A photo's bytes.
#[utoipa::path(
    get, path = "/api/v1/photos/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The picture", content_type = "image/*", body = Vec<u8>))
)]
async fn download(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PhotoId>,
) -> Result<Response, Problem> {
    let picture = work_orders::picture(&mut app.reader(), &actor.scope, id).await?;
    Ok(([(header::CONTENT_TYPE, picture.mime)], picture.bytes).into_response())
}
