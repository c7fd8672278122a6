//! A server with a database, and clients of every role.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use identity::user::{self, NewUser};
use identity::{Role, login};
use kernel::clock::ManualClock;
use kernel::{BranchId, PartnerId, Ts, UserId};
use serde_json::Value;
use server::config::Config;
use server::http::{App, router};
use server::wiring;
use store::testing::{cause, now};
use store::{Db, Tx};
use tokio::sync::watch;
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "kuda lumping 7";
const HOST: &str = "isp.example";

/// A running server without sockets.
pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) clock: ManualClock,
    pub(crate) app: App,
    router: Router,
    // Kept so that nobody thinks the program is stopping.
    _stop: watch::Sender<bool>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }
    /// The fields at fault, with their codes: `name:required`.
    pub(crate) fn fields(&self) -> String {
        let json = self.json();
        let fields = json["fields"].as_array().cloned().unwrap_or_default();
        let one = |f: &Value| {
            format!("{}:{}", f["name"].as_str().unwrap_or(""), f["code"].as_str().unwrap_or(""))
        };
        fields.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

/// One request, being put together.
pub(crate) struct Ask<'a> {
    world: &'a World,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl World {
    pub(crate) async fn new(db: Db) -> Self {
        Self::configured(db, Config::default()).await
    }

    pub(crate) async fn configured(db: Db, mut config: Config) -> Self {
        config.http.public_posts_per_minute = 1_000_000;
        let sealer = Arc::new(network::Sealer::new(1, [7; 32]));
        wiring::equip(&db, sealer, "1:test", "https://isp.example");
        let clock = ManualClock::at(now());
        let (stop, stopping) = watch::channel(false);
        let app = App::new(db.clone(), Arc::new(clock.clone()), Arc::new(config), stopping);
        Self { db, clock, router: router(app.clone()), app, _stop: stop }
    }

    /// With a way to the routers.
    pub(crate) fn connected(mut self, nas: Arc<dyn network::NasControl>) -> Self {
        let outside = server::outside::Outside { nas, ..server::outside::Outside::none() };
        self.app = self.app.clone().with_outside(Arc::new(outside));
        self.router = router(self.app.clone());
        self
    }

    /// As told by another clock.
    pub(crate) fn clocked(mut self, clock: Arc<dyn kernel::Clock>) -> Self {
        self.app.clock = clock;
        self.router = router(self.app.clone());
        self
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        let headers = vec![
            ("host".to_owned(), HOST.to_owned()),
            ("origin".to_owned(), format!("http://{HOST}")),
        ];
        let (method, path) = (method.to_uppercase(), path.to_owned());
        Ask { world: self, method, path, headers, body: Vec::new() }
    }

    /// Makes a user of this role, in `branch` or in all.
    pub(crate) async fn user(&self, name: &str, role: Role, branch: Option<BranchId>) -> UserId {
        let partner = (role == Role::Reseller).then(PartnerId::nil);
        let new = NewUser {
            username: name.to_owned(),
            name: format!("{name} {role}"),
            phone: None,
            email: None,
            password: PASSWORD.to_owned(),
            roles: vec![role],
            branch,
            partner,
        };
        let made =
            self.db.write(&cause(now()), async |tx: &mut Tx| user::create(tx, new.clone()).await);
        made.await.unwrap()
    }

    /// A session of the user, without a password.
    pub(crate) async fn session(&self, user: UserId) -> String {
        let opened = self.db.write(&cause(self.now()), async |tx: &mut Tx| {
            login::open(tx, user, None, None).await.map(|opened| opened.token)
        });
        opened.await.unwrap()
    }

    /// Makes a user of this role and opens a session.
    pub(crate) async fn client(&self, role: Role) -> String {
        let user = self.user(&format!("{role}1"), role, None).await;
        self.session(user).await
    }

    /// Lets time pass, so that what comes next is newer.
    pub(crate) fn pass(&self, secs: i64) {
        self.clock.set(self.now().plus_secs(secs));
    }

    pub(crate) fn now(&self) -> Ts {
        use kernel::Clock;
        self.clock.now()
    }
}

impl Ask<'_> {
    /// With a browser's session.
    pub(crate) fn session(self, token: &str) -> Self {
        self.header("cookie", &format!("sambung={token}"))
    }
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self
    }
    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }
    /// A body that says it is JSON, whatever it is.
    pub(crate) fn text(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self.header("content-type", "application/json")
    }
    /// A body as it is: a file, a photo.
    pub(crate) fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }
    pub(crate) async fn send(self) -> Reply {
        let mut request = Request::builder().method(self.method.as_str()).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(self.body)).unwrap();
        let peer = SocketAddr::from(([10, 0, 0, 7], 40_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let is_stream = kind.is_some_and(|kind| kind.starts_with("text/event-stream"));
        // A stream does not end by itself: its head is enough.
        let body =
            if is_stream { Vec::new() } else { to_bytes(body, 1 << 24).await.unwrap().to_vec() };
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// Runs a story on SQLite, then on PostgreSQL.
pub(crate) async fn both<F: AsyncFnMut(World)>(mut story: F) {
    store::testing::both(&wiring::schema(), async |db: Db| story(World::new(db).await).await).await;
}

/// Runs a story on PostgreSQL: for what several do at the same moment.
pub(crate) async fn postgres<F: AsyncFnOnce(World)>(story: F) {
    let (db, schema) = store::testing::postgres(&wiring::schema()).await;
    story(World::new(db.clone()).await).await;
    store::testing::drop_schema(&db, &schema).await;
}

/// Runs a story on SQLite: for what does not depend on the database.
pub(crate) async fn sqlite<F: AsyncFnOnce(World)>(story: F) {
    let (db, _dir) = store::testing::sqlite(&wiring::schema()).await;
    story(World::new(db).await).await;
}
