//! The simulated gateway's own pay screen, for the demo: one button, which moves no real money and sends the
//! signed notice to our door over the loopback, as a real gateway would from outside.
//!
//! It is there only when the gateway's books ([`Remote`]) are registered on the database; `serve` has none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Response;
use connectors::simgateway::{Charge, NAME, Remote, SentNotice};
use kernel::{Fault, Result as Fallible};
use minijinja::context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;
use super::extract::At;
use super::pay::page::Page;
use super::pay::see_other;
use super::problem::{Problem, no_such_address};

/// A notice that is not answered by then is left: the gateway's status says the same.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, press))
}

fn charge_of(app: &App, reference: &str) -> Result<(Arc<Remote>, Charge), Problem> {
    let remote = app.db.ext::<Remote>().ok_or_else(no_such_address)?;
    let charge = remote.charge(reference).ok_or_else(no_such_address)?;
    Ok((remote, charge))
}

/// The simulated gateway's screen. Demo only.
#[utoipa::path(
    get, path = "/sim-gateway/pay/{reference}",
    params(("reference" = String, Path), ("lang" = Option<String>, Query)),
    responses((status = 200, content_type = "text/html", body = String))
)]
async fn show(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    At(reference): At<String>,
) -> Result<Response, Problem> {
    let (_, charge) = charge_of(&app, &reference)?;
    let page = Page::at(&app, &uri).await?;
    let values = context! {
        payable => charge.is_payable(app.now()), paid => charge.is_paid(),
        amount => charge.amount.to_string(), reference => charge.reference, code => charge.code,
    };
    Ok(page.show(StatusCode::OK, "sim.html", None, values)?)
}

/// The payer presses the button. Demo only.
#[utoipa::path(
    post, path = "/sim-gateway/pay/{reference}",
    params(("reference" = String, Path), ("lang" = Option<String>, Query)),
    responses((status = 303))
)]
async fn press(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    At(reference): At<String>,
) -> Result<Response, Problem> {
    let (remote, _) = charge_of(&app, &reference)?;
    let page = Page::at(&app, &uri).await?;
    let notice = remote.pay(&reference, None, app.now())?;
    // As with a real gateway: the payer goes on, the notice finds its own way.
    let to = app.config.http.listen;
    tokio::spawn(async move {
        let sent = tokio::time::timeout(PATIENCE, deliver(to, &notice)).await;
        match sent {
            Ok(Ok(200)) => {}
            other => tracing::warn!(?other, "the simulated gateway's notice did not arrive"),
        }
    });
    Ok(see_other(&format!("/pay/status/{reference}?lang={}", page.lang.code())))
}

/// Sends a notice to our door; answers the status it got.
///
/// # Errors
/// When the connection breaks.
pub async fn deliver(to: SocketAddr, notice: &SentNotice) -> Fallible<u16> {
    let broken = |e: std::io::Error| {
        Fault::unavailable("simgateway.broken", "Sambungan putus.", "The connection broke.")
            .because(e)
    };
    let mut head = format!(
        "POST /gateway/{NAME}/notice HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n\
         content-length: {}\r\n",
        notice.body.len()
    );
    for (name, value) in &notice.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(to).await.map_err(broken)?;
    stream.write_all(head.as_bytes()).await.map_err(broken)?;
    stream.write_all(&notice.body).await.map_err(broken)?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer).await.map_err(broken)?;
    let line = String::from_utf8_lossy(&answer);
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.ok_or_else(|| Fault::bug("an answer that is not HTTP"))
}
