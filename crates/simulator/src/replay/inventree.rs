//! A stock server that behaves as InvenTree 1.2.0 (API 425) was recorded to behave.
//!
//! Its answers are the recordings in `fixtures/inventree` with the state of this run filled in, and the
//! story of the recordings is played against it in `tests/it/inventree.rs`, answer by answer. It keeps the
//! recorded lies (a 201 that changed nothing, all stock for a location that does not exist), the recorded
//! races (two clients that both looked before either wrote), and loses or delays answers by its dials.
//! What was not recorded answers 501.

mod lists;
mod orders;
mod reply;
mod stock;
mod things;
mod world;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{Method, Response, header};
use kernel::Ts;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

use reply::{Asked, Outcome, Reply};
pub use world::World;

/// The token of the client that has the recorded roles.
pub const TOKEN: &str = "inv-connector";
/// The token of a user who has no role.
pub const TOKEN_VIEWER: &str = "inv-viewer";
/// The token of an administrator.
pub const TOKEN_ADMIN: &str = "inv-admin";
/// Name and password that `/api/user/token/` takes.
pub const LOGIN: (&str, &str) = ("connector", "rahasia-gudang");

/// What may go wrong with the next requests that change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is done, and the connection breaks before the answer.
    LostAnswer,
    /// It is done, and the answer comes after this long.
    Slow(Duration),
    /// 500 `OperationalError`: nothing is done.
    Locked,
    /// It answers as if it were done, and does nothing.
    Lie,
}

#[derive(Default)]
struct Dials {
    down: bool,
    mishaps: VecDeque<Mishap>,
    race: Option<Arc<Barrier>>,
    cookies_seen: u64,
    in_flight: u64,
    in_flight_max: u64,
    answered: u64,
    slow: Option<Duration>,
    hits: Vec<String>,
}

struct Shared {
    world: Mutex<World>,
    dials: Mutex<Dials>,
}

/// The running server. It ends with this handle.
pub struct Replay {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The connection breaks without an answer.
#[derive(Debug)]
struct Broken;
impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer")
    }
}
impl std::error::Error for Broken {}

impl Replay {
    /// Starts an empty server on a free port of loopback, its clock at `now` (UTC).
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(now: Ts) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(now)),
            dials: Mutex::new(Dials::default()),
        });
        let of_task = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = of_task.clone();
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(move |request| {
                        let shared = shared.clone();
                        async move { serve(&shared, request).await }
                    });
                    let io = hyper_util::rt::TokioIo::new(stream);
                    let connection =
                        hyper::server::conn::http1::Builder::new().serve_connection(io, service);
                    if let Err(error) = connection.await {
                        tracing::trace!(%error, "a connection broke, as it was told to");
                    }
                });
            }
        });
        Ok(Self { address, shared, task })
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    /// The server's state, to look at or to change by hand.
    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }
    fn dials(&self) -> MutexGuard<'_, Dials> {
        lock(&self.shared.dials)
    }
    /// Moves the server's clock.
    pub fn set_now(&self, now: Ts) {
        self.world().now = now;
    }
    /// While it is down every connection breaks at once.
    pub fn set_down(&self, down: bool) {
        self.dials().down = down;
    }
    /// What happens to the next requests that change something, one each.
    pub fn next(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.dials().mishaps.extend(mishaps);
    }
    /// The next `clients` changes look before any of them writes.
    pub fn race(&self, clients: usize) {
        self.dials().race = Some(Arc::new(Barrier::new(clients)));
    }
    pub fn race_over(&self) {
        self.dials().race = None;
    }
    /// How many requests came with a cookie.
    pub fn cookies_seen(&self) -> u64 {
        self.dials().cookies_seen
    }
    /// The most requests that were under way at once.
    pub fn in_flight_max(&self) -> u64 {
        self.dials().in_flight_max
    }
    /// How long each request waits before it is looked at, from now on; `None`: not at all, those under way
    /// included.
    pub fn set_slow(&self, by: Option<Duration>) {
        self.dials().slow = by;
    }
    /// How many requests are under way, and how many were answered.
    pub fn traffic(&self) -> (u64, u64) {
        let dials = self.dials();
        (dials.in_flight, dials.answered)
    }
    /// `METHOD /path?query` of all requests since the last call.
    pub fn take_hits(&self) -> Vec<String> {
        std::mem::take(&mut self.dials().hits)
    }
    /// A copy of everything, as a backup holds it.
    pub fn backup(&self) -> World {
        self.world().clone()
    }
    /// Puts a backup back: what was done since never was. The clock goes on.
    pub fn restore(&self, backup: &World) {
        let mut world = self.world();
        let now = world.now;
        *world = World { now, ..backup.clone() };
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(
    shared: &Shared,
    request: hyper::Request<hyper::body::Incoming>,
) -> Result<Response<Body>, Broken> {
    let request = request.map(Body::new);
    {
        let mut dials = lock(&shared.dials);
        if dials.down {
            return Err(Broken);
        }
        dials.cookies_seen += u64::from(request.headers().contains_key(header::COOKIE));
        dials.in_flight += 1;
        dials.in_flight_max = dials.in_flight_max.max(dials.in_flight);
        dials.hits.push(format!("{} {}", request.method(), request.uri()));
    }
    let _under_way = UnderWay(shared);
    let begun = std::time::Instant::now();
    // Whoever waits goes on as soon as it is not slow any more.
    while lock(&shared.dials).slow.is_some_and(|by| begun.elapsed() < by) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let answer = answer(shared, request).await;
    lock(&shared.dials).answered += 1;
    answer
}

/// Ends with the request, also when nobody waits for its answer any more.
struct UnderWay<'a>(&'a Shared);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        lock(&self.0.dials).in_flight -= 1;
    }
}

async fn answer(shared: &Shared, request: Request) -> Result<Response<Body>, Broken> {
    let asked = match read(shared, request).await {
        Ok(asked) => asked,
        Err(reply) => return Ok(reply.into_response()),
    };
    let changes = asked.method != Method::GET;
    let mishap = if changes { lock(&shared.dials).mishaps.pop_front() } else { None };
    if mishap == Some(Mishap::Locked) {
        return Ok(Reply::locked(&asked.path).into_response());
    }
    let outcome = reply::route(&lock(&shared.world), &asked);
    let race = lock(&shared.dials).race.clone();
    let reply = match outcome {
        Outcome::Done(reply) => reply,
        Outcome::Change(change) => {
            if let Some(race) = race {
                race.wait().await;
            }
            let mut world = lock(&shared.world);
            if mishap == Some(Mishap::Lie) {
                change(&mut world.clone())
            } else {
                change(&mut world)
            }
        }
    };
    match mishap {
        Some(Mishap::LostAnswer) => Err(Broken),
        Some(Mishap::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            Ok(reply.into_response())
        }
        _ => Ok(reply.into_response()),
    }
}

/// Reads the request; a form with a file becomes an object whose file is `{filename, bytes}`.
async fn read(shared: &Shared, request: Request) -> Result<Asked, Reply> {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let headers = request.headers().clone();
    let text = |name: header::HeaderName| {
        headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned()
    };
    let (auth, host, kind) =
        (text(header::AUTHORIZATION), text(header::HOST), text(header::CONTENT_TYPE));
    let body = if kind.starts_with("multipart/") {
        form(request).await.unwrap_or(Value::Null)
    } else {
        let bytes = axum::body::to_bytes(request.into_body(), 8 << 20).await.unwrap_or_default();
        if bytes.is_empty() {
            json!({})
        } else {
            match serde_json::from_slice(&bytes) {
                Ok(body) => body,
                Err(error) => {
                    return Err(Reply::detail(400, &format!("JSON parse error - {error}")));
                }
            }
        }
    };
    let user = lock(&shared.world).user_of(&auth);
    let query = uri.query().unwrap_or("").to_owned();
    Ok(Asked {
        method,
        path: uri.path().to_owned(),
        query: reply::pairs(&query),
        body,
        user,
        auth,
        host,
    })
}

async fn form(request: Request) -> Option<Value> {
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let mut fields = Map::new();
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or("").to_owned();
        let file = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.ok()?;
        let value = match file {
            Some(filename) => json!({ "filename": filename, "bytes": bytes.len() }),
            None => json!(String::from_utf8_lossy(&bytes)),
        };
        fields.insert(name, value);
    }
    Some(Value::Object(fields))
}
