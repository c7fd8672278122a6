//! FreeRADIUS asks this program over rlm_rest: a listener of its own beside the sockets of RADIUS.
//!
//! Only peers on the list, and only with the secret; without a secret it does not start. What can't be answered is
//! no reject: FreeRADIUS is told so, stays silent, and the router goes to its next server.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use aaa::rest::{self, Stamp};
use aaa::{Door, Port};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ipnet::IpNet;
use kernel::{Fault, Result};
use radius::packet::PACKET_BYTES_MAX;
use radius::sign::Strictness;
use radius::{Code, Secret};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{Config, Http};
use crate::listen::Listener;

/// The user name that FreeRADIUS shows with the secret.
pub const USER: &str = "freeradius";
const SECRET_BYTES_MIN: usize = 16;
/// A packet's attributes in JSON are far shorter.
const BODY_BYTES_MAX: usize = 64 << 10;

/// Who may ask, and whom.
struct Gate {
    door: Door,
    /// Of the whole Authorization header.
    expected: [u8; 32],
    peers: Vec<IpNet>,
}

/// The running listener.
pub struct Running {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Running {
    /// Waits until it has ended.
    pub async fn ended(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the listener for FreeRADIUS fell");
        }
    }
}

/// Starts the listener, if one is configured.
///
/// # Errors
/// `config.bad` for a secret that is missing or short; when the address is taken.
pub async fn start(
    config: &Config,
    door: Door,
    stopping: watch::Receiver<bool>,
) -> Result<Option<Running>> {
    let Some(listen) = config.radius.rest_listen else { return Ok(None) };
    let file = config.radius.rest_secret_file.as_deref();
    let expected = Sha256::digest(authorization(&secret(file)?)).into();
    let http = Http { listen, ..config.http.clone() };
    let listener = Listener::bind(&http).await?;
    let address = listener.address()?;
    let gate = Arc::new(Gate { door, expected, peers: config.radius.rest_peers.clone() });
    tracing::info!(%address, "FreeRADIUS may ask over rlm_rest");
    let task = tokio::spawn(listener.serve(router(gate), stopping));
    Ok(Some(Running { address, task }))
}

fn secret(file: Option<&Path>) -> Result<String> {
    let bad = |id: &str, en: &str| {
        Fault::invalid(
            "config.bad",
            format!("Konfigurasi salah: radius.rest_secret_file {id}"),
            format!("Bad configuration: radius.rest_secret_file {en}"),
        )
    };
    let file = file.ok_or_else(|| bad("wajib diisi", "must be given"))?;
    let text = std::fs::read_to_string(file)
        .map_err(|e| bad(&format!("tidak terbaca: {e}"), &format!("can't be read: {e}")))?;
    let text = text.trim().to_owned();
    if text.len() < SECRET_BYTES_MIN {
        return Err(bad("paling sedikit 16 huruf", "must have 16 characters at least"));
    }
    Ok(text)
}

fn authorization(secret: &str) -> String {
    format!("Basic {}", data_encoding::BASE64.encode(format!("{USER}:{secret}").as_bytes()))
}

fn router(gate: Arc<Gate>) -> Router {
    Router::new()
        .route("/rest/client", get(client))
        .route("/rest/authorize", post(authorize))
        .route("/rest/accounting", post(accounting))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&gate), admit))
        .with_state(gate)
}

/// Strangers find nothing here: to FreeRADIUS a 401 or 403 would be a customer's reject.
async fn admit(
    State(gate): State<Arc<Gate>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let peer = peer.ip().to_canonical();
    if !gate.peers.iter().any(|net| net.contains(&peer)) {
        tracing::debug!(%peer, "not among radius.rest_peers");
        return StatusCode::NOT_FOUND.into_response();
    }
    let shown = request.headers().get(header::AUTHORIZATION).map(|v| v.as_bytes());
    // Digests are compared, so that the time it takes says nothing about the secret.
    if <[u8; 32]>::from(Sha256::digest(shown.unwrap_or_default())) != gate.expected {
        tracing::warn!(%peer, "FreeRADIUS shows another secret than radius.rest_secret_file");
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

/// The router that FreeRADIUS had the packet from.
#[derive(Deserialize)]
struct Sender {
    from: IpAddr,
}

/// Who a router is: its secret and name, for FreeRADIUS's dynamic clients.
async fn client(State(gate): State<Arc<Gate>>, Query(sender): Query<Sender>) -> Response {
    let from = sender.from.to_canonical();
    let now = gate.door.now();
    let engine = gate.door.engine();
    let table = engine.directory().nas();
    let Some(nas) = table.at(from) else {
        engine.strange(from, now);
        return StatusCode::NOT_FOUND.into_response();
    };
    let address = match from {
        IpAddr::V4(_) => "control:FreeRADIUS-Client-IP-Address",
        IpAddr::V6(_) => "control:FreeRADIUS-Client-IPv6-Address",
    };
    let strict = if nas.strictness == Strictness::Required { "yes" } else { "no" };
    let Ok(secret) = std::str::from_utf8(nas.secret.expose()) else {
        tracing::warn!(nas = nas.name, "its secret is no text; FreeRADIUS can't be told of it");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let said = |value: &str| json!({ "op": ":=", "do_xlat": false, "value": [value] });
    Json(json!({
        (address): said(&from.to_string()),
        "control:FreeRADIUS-Client-Secret": said(&rest::escaped(secret)),
        "control:FreeRADIUS-Client-Shortname": said(&rest::escaped(&nas.name)),
        "control:FreeRADIUS-Client-Require-MA": said(strict),
        "control:FreeRADIUS-Client-NAS-Type": said("other"),
    }))
    .into_response()
}

async fn authorize(
    State(gate): State<Arc<Gate>>,
    Query(sender): Query<Sender>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match ask(&gate, sender.from, Port::Auth, &headers, &body).await {
        Ok(told) if told.code == Code::AccessAccept => Json(told.attributes).into_response(),
        Ok(told) if told.code == Code::AccessReject => {
            (StatusCode::UNAUTHORIZED, Json(told.attributes)).into_response()
        }
        Ok(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(status) => status.into_response(),
    }
}

async fn accounting(
    State(gate): State<Arc<Gate>>,
    Query(sender): Query<Sender>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    match ask(&gate, sender.from, Port::Acct, &headers, &body).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(status) => status,
    }
}

/// The engine's answer to the packet that the request stands for.
async fn ask(
    gate: &Gate,
    from: IpAddr,
    port: Port,
    headers: &HeaderMap,
    body: &[u8],
) -> std::result::Result<rest::Told, StatusCode> {
    let from = from.to_canonical();
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|v| {
        v.to_str().is_ok_and(|v| v.to_ascii_lowercase().starts_with("application/json"))
    });
    if !is_json {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let nas = gate.door.engine().directory().nas().at(from).cloned();
    let Some(nas) = nas else {
        gate.door.engine().strange(from, gate.door.now());
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    };
    let secret: &Secret = &nas.secret;
    let mut stamp = [0; 16];
    getrandom::fill(&mut stamp).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let mut room = Box::new([0; PACKET_BYTES_MAX]);
    let asked = rest::request(body, port, secret, Stamp(stamp), &mut room).map_err(|why| {
        tracing::warn!(why = why.0, "FreeRADIUS asked what can't be understood");
        StatusCode::BAD_REQUEST
    })?;
    let answered = gate.door.ask(asked, SocketAddr::new(from, 0), port).await;
    let answered = answered.ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    rest::reply(&answered, asked, secret).ok_or(StatusCode::SERVICE_UNAVAILABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_long_secret_it_does_not_start() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        assert_eq!(secret(None).unwrap_err().code, "config.bad");
        assert_eq!(secret(Some(&file)).unwrap_err().code, "config.bad");
        std::fs::write(&file, "pendek\n").unwrap();
        assert_eq!(secret(Some(&file)).unwrap_err().code, "config.bad");
        std::fs::write(&file, "rahasia-yang-panjang\n").unwrap();
        assert_eq!(secret(Some(&file)).unwrap(), "rahasia-yang-panjang");
    }
}
