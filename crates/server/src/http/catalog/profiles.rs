//! Speed profiles: what the network gives a plan, and what it leaves to the isolated.

use axum::Json;
use axum::extract::State;
use catalog::{Profile, ProfileKind, VendorAttribute, write};
use kernel::{Actor, Fault, Field, Permission, ProfileId, Result as Fallible};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::for_the_whole_isp;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change))
}

/// A RADIUS attribute for one vendor's routers.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AttributeBody {
    /// `mikrotik`, `cisco`, `juniper`, `huawei` or `standard`.
    vendor: String,
    #[schema(example = "Mikrotik-Address-List")]
    name: String,
    #[schema(example = "isolir")]
    value: String,
}

/// A speed profile.
#[derive(Serialize, ToSchema)]
struct ProfileView {
    #[schema(value_type = String, format = Uuid)]
    id: ProfileId,
    code: String,
    name: String,
    /// `plan`, `isolation` or `fup`.
    #[schema(value_type = String)]
    kind: ProfileKind,
    rate_down_kbps: i64,
    rate_up_kbps: i64,
    /// Empty for those who may not read RADIUS accounts.
    attributes: Vec<AttributeBody>,
    archived: bool,
}

impl ProfileView {
    /// Without what routers are told, for those who have nothing in technical configuration.
    fn seen_by(actor: &Actor, profile: &Profile) -> Self {
        let mut view = Self::from(profile);
        if !actor.may(Permission::AccountRead) {
            view.attributes.clear();
        }
        view
    }
}

impl From<&Profile> for ProfileView {
    fn from(profile: &Profile) -> Self {
        let attribute = |a: &VendorAttribute| AttributeBody {
            vendor: a.vendor.clone(),
            name: a.name.clone(),
            value: a.value.clone(),
        };
        Self {
            id: profile.id,
            code: profile.code.clone(),
            name: profile.name.clone(),
            kind: profile.kind,
            rate_down_kbps: profile.rate_down_kbps,
            rate_up_kbps: profile.rate_up_kbps,
            attributes: profile.attributes.iter().map(attribute).collect(),
            archived: profile.archived,
        }
    }
}

/// A speed profile as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileBody {
    /// 1–40 letters, digits, `-` or `_`. Can't be changed later, nor can the kind.
    code: String,
    name: String,
    /// `plan`, `isolation` or `fup`.
    #[schema(value_type = String)]
    kind: ProfileKind,
    rate_down_kbps: i64,
    rate_up_kbps: i64,
    #[serde(default)]
    attributes: Vec<AttributeBody>,
}

impl ProfileBody {
    fn into_profile(self, id: ProfileId) -> Profile {
        let attribute =
            |a: AttributeBody| VendorAttribute { vendor: a.vendor, name: a.name, value: a.value };
        Profile {
            id,
            code: self.code,
            name: self.name,
            kind: self.kind,
            rate_down_kbps: self.rate_down_kbps,
            rate_up_kbps: self.rate_up_kbps,
            attributes: self.attributes.into_iter().map(attribute).collect(),
            archived: false,
        }
    }
    /// An attribute that can't be sent is refused here, not at midnight by a router.
    fn check(&self) -> Fallible<()> {
        let mut wrong = Vec::new();
        for (n, attribute) in self.attributes.iter().enumerate() {
            let AttributeBody { vendor, name, value } = attribute;
            if name.eq_ignore_ascii_case(network::reply::INTERIM) {
                let (id, en) = network::reply::NO_INTERIM;
                wrong.push(Field::new(format!("attributes[{n}]"), "attribute", id, en));
            } else if let Err(error) = radius::dictionary::encode_for(vendor, name, value) {
                let field = format!("attributes[{n}]");
                wrong.push(Field::new(field, "attribute", error.indonesian(), error.to_string()));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
    }
}

/// Speed profiles.
#[utoipa::path(get, path = "/api/v1/profiles", responses((status = 200, body = Listing<ProfileView>)))]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<ProfileView>> {
    let catalog = catalog::current(&mut app.reader()).await?;
    let mut profiles: Vec<&Profile> = catalog.profiles.values().collect();
    profiles.sort_by(|a, b| a.code.cmp(&b.code));
    let view = |profile| ProfileView::seen_by(&actor, profile);
    Ok(Json(Listing::whole(profiles.into_iter().map(view).collect())))
}

/// Add a speed profile.
#[utoipa::path(
    post, path = "/api/v1/profiles", request_body = ProfileBody,
    responses((status = 201, body = ProfileView))
)]
async fn create(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<ProfileBody>,
) -> Written<ProfileView> {
    for_the_whole_isp(&actor)?;
    body.check()?;
    app.create(&actor, async move |tx| {
        let profile = body.into_profile(tx.new_id());
        write::set_profile(tx, &profile).await?;
        Ok(ProfileView::from(&profile))
    })
    .await
}

/// Change a speed profile.
///
/// Live sessions are changed by the network as their access is decided again.
#[utoipa::path(
    put, path = "/api/v1/profiles/{id}", params(("id" = uuid::Uuid, Path)),
    request_body = ProfileBody, responses((status = 200, body = ProfileView))
)]
async fn change(
    State(app): State<App>,
    actor: Actor,
    At(id): At<ProfileId>,
    Body(body): Body<ProfileBody>,
) -> Written<ProfileView> {
    for_the_whole_isp(&actor)?;
    body.check()?;
    app.write(&actor, async move |tx| {
        let before = catalog::current(tx).await?;
        let was = before.profile(id)?;
        let mut profile = body.into_profile(id);
        profile.code.clone_from(&was.code);
        profile.kind = was.kind;
        write::set_profile(tx, &profile).await?;
        Ok(ProfileView::from(&profile))
    })
    .await
}
