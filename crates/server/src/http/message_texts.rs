//! What messages say: the built-in texts, and the ISP's own in their place.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{Actor, Fault, Lang};
use notification::template::{COMMON, built_in};
use notification::text::{self, OwnTexts, TextKey};
use notification::{ChannelKind, Template};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply, Written};
use super::catalog::for_the_whole_isp;
use super::extract::{At, Body, Listing};
use super::problem::{Problem, no_such_address};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(set, reset))
}

/// A text of a message.
#[derive(Serialize, ToSchema)]
struct MessageText {
    #[schema(value_type = String)]
    template: Template,
    /// `any`: for every channel without a text of its own; else `whatsapp`, `sms`, `email` or `telegram`.
    channel: &'static str,
    /// `id` or `en`.
    lang: &'static str,
    subject: String,
    body: String,
    /// The ISP wrote it itself; resetting goes back to the built-in text.
    own: bool,
    /// What the text may mention, as `{{ name }}`.
    values: Vec<&'static str>,
}

impl MessageText {
    fn of(own: &OwnTexts, key: &TextKey) -> Option<Self> {
        let mine = own.get(key);
        // A channel has a text of its own only when the ISP wrote one.
        let (subject, body) = match (mine, key.channel) {
            (Some(mine), _) => mine,
            (None, Some(_)) => return None,
            (None, None) => built_in(key.template, key.lang)?,
        };
        Some(Self {
            template: key.template,
            channel: key.channel.map_or("any", ChannelKind::as_str),
            lang: key.lang.code(),
            subject: subject.to_owned(),
            body: body.to_owned(),
            own: mine.is_some(),
            values: COMMON.iter().chain(key.template.values()).copied().collect(),
        })
    }
}

/// Every key that a text may have, templates in their order.
fn keys() -> impl Iterator<Item = TextKey> {
    let channels = || std::iter::once(None).chain(ChannelKind::ALL.iter().copied().map(Some));
    Template::ALL.iter().flat_map(move |template| {
        channels().flat_map(move |channel| {
            [Lang::Id, Lang::En].map(|lang| TextKey { template: *template, channel, lang })
        })
    })
}

/// What messages say: each template in each language, and what was written for one channel.
#[utoipa::path(
    get, path = "/api/v1/message-texts", responses((status = 200, body = Listing<MessageText>))
)]
async fn list(State(app): State<App>) -> Reply<Listing<MessageText>> {
    let own = text::own(&mut app.reader()).await?;
    Ok(Json(Listing::whole(keys().filter_map(|key| MessageText::of(&own, &key)).collect())))
}

/// A text as written.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WriteText {
    /// Used where the channel has subjects: e-mail.
    subject: String,
    body: String,
}

/// The text that an address names.
fn key_of((template, channel, lang): (String, String, String)) -> Result<TextKey, Problem> {
    let channel = match channel.as_str() {
        "any" => None,
        word => Some(ChannelKind::parse(word).ok_or_else(no_such_address)?),
    };
    let template = Template::parse(&template).ok_or_else(no_such_address)?;
    let lang = Lang::from_code(&lang).ok_or_else(no_such_address)?;
    Ok(TextKey { template, channel, lang })
}

/// Write a text of one's own.
///
/// It is tried with sample values first: 422 says what can't be filled in. Messages queued before keep what they
/// say.
#[utoipa::path(
    put, path = "/api/v1/message-texts/{template}/{channel}/{lang}",
    params(("template" = String, Path), ("channel" = String, Path), ("lang" = String, Path)),
    request_body = WriteText, responses((status = 200, body = MessageText))
)]
async fn set(
    State(app): State<App>,
    actor: Actor,
    At(key): At<(String, String, String)>,
    Body(body): Body<WriteText>,
) -> Written<MessageText> {
    for_the_whole_isp(&actor)?;
    let key = key_of(key)?;
    app.write(&actor, async move |tx| {
        text::set(tx, &key, &body.subject, &body.body).await?;
        let own = text::own(tx).await?;
        MessageText::of(&own, &key).ok_or_else(|| Fault::bug("the text went away"))
    })
    .await
}

/// Go back to the built-in text.
#[utoipa::path(
    delete, path = "/api/v1/message-texts/{template}/{channel}/{lang}",
    params(("template" = String, Path), ("channel" = String, Path), ("lang" = String, Path)),
    responses((status = 204))
)]
async fn reset(
    State(app): State<App>,
    actor: Actor,
    At(key): At<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    for_the_whole_isp(&actor)?;
    let key = key_of(key)?;
    app.change(&actor, async move |tx| text::reset(tx, &key).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
