//! What a customer sets for themselves: language, e-mail, by what they want no messages.

use axum::Json;
use axum::extract::State;
use kernel::{Actor, CustomerId, Lang, Result as Fallible};
use notification::ChannelKind;
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::money::own;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::Body;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(settings, set))
}

/// My own data.
#[derive(Serialize, ToSchema)]
struct PortalSettings {
    name: String,
    number: String,
    /// `0812****345`.
    phone: String,
    address: String,
    email: Option<String>,
    /// `id` or `en`: messages and papers.
    lang: String,
    /// `whatsapp`, `sms`, `email`, `telegram`.
    #[schema(value_type = Vec<String>)]
    opted_out: Vec<ChannelKind>,
}

/// What I change myself.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPortalSettings {
    email: Option<String>,
    #[schema(value_type = String)]
    lang: Lang,
    #[schema(value_type = Vec<String>)]
    opted_out: Vec<ChannelKind>,
}

async fn shown(q: &mut dyn Query, actor: &Actor, me: CustomerId) -> Fallible<PortalSettings> {
    let customer = crm::customer::find(q, &actor.scope, me).await?;
    Ok(PortalSettings {
        phone: customer.phone.masked(),
        name: customer.name,
        number: customer.number,
        address: customer.address,
        email: customer.email,
        lang: customer.lang,
        opted_out: notification::opted_out(q, me).await?,
    })
}

/// My own data.
#[utoipa::path(
    get, path = "/api/v1/portal/settings", responses((status = 200, body = PortalSettings))
)]
async fn settings(State(app): State<App>, actor: Actor) -> Reply<PortalSettings> {
    let me = own(&actor)?;
    Ok(Json(shown(&mut app.reader(), &actor, me).await?))
}

/// Change my e-mail, language and messages.
///
/// Name, phone and address are changed by the office: ask for it.
#[utoipa::path(
    put, path = "/api/v1/portal/settings", request_body = SetPortalSettings,
    responses((status = 200, body = PortalSettings))
)]
async fn set(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<SetPortalSettings>,
) -> Written<PortalSettings> {
    let me = own(&actor)?;
    app.write(&actor, async move |tx: &mut Tx| {
        crm::customer::own(tx, me, body.email.as_deref(), body.lang).await?;
        for channel in ChannelKind::ALL {
            if body.opted_out.contains(channel) {
                notification::opt_out(tx, me, *channel).await?;
            } else {
                notification::opt_in(tx, me, *channel).await?;
            }
        }
        let actor = tx.actor().clone();
        shown(tx, &actor, me).await
    })
    .await
}
