//! A street of connected customers: each with a subscription, an account, and a session when dialled in;
//! a router that answers what a test tells it to.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use billing::pay::NewPayment;
use billing::words::Channel;
use crm::Mode;
use flows::register::Conversion;
use identity::Role;
use kernel::{
    AccountId, BranchId, Cause, CustomerId, InvoiceId, Money, NasId, PartnerId, PlanId,
    SubscriptionId,
};
use network::control::{Answering, Probe, Probing};
use network::{AccessView, AccountingRecord, LiveSession, Mac, NasAnswer, NasControl, RecordKind};
use serde_json::{Value, json};
use store::testing::cause;
use store::{QueryExt, Tx, args};

use crate::isp::{Isp, call, client, made, parsed};
use crate::world::World;

/// An ISP with an isolation profile, two routers' branches and people of every role in both.
pub(crate) struct Street {
    pub(crate) isp: Isp,
    pub(crate) noc: String,
    pub(crate) owner: String,
    pub(crate) sales: String,
    pub(crate) finance: String,
    /// NOC of the other branch.
    pub(crate) other_noc: String,
    /// Sales of the other branch.
    pub(crate) other_sales: String,
    /// Finance of the other branch.
    pub(crate) other_finance: String,
    /// A reseller of the first branch, and its user.
    pub(crate) partner: PartnerId,
    pub(crate) reseller: String,
    pub(crate) router: NasId,
    pub(crate) secret: String,
}

/// A customer with one connection.
pub(crate) struct Home {
    pub(crate) customer: CustomerId,
    pub(crate) subscription: SubscriptionId,
    pub(crate) account: AccountId,
    pub(crate) username: String,
    pub(crate) mac: Mac,
}

impl Street {
    pub(crate) async fn open(world: &World) -> Self {
        let isp = Isp::found(world).await;
        let partner: PartnerId = "0193a9d0-0000-7000-8000-00000000a001".parse().unwrap();
        let jakarta = async |name: &str, role: Role| {
            client(world, name, role, Some(isp.jakarta), None).await.1
        };
        let bandung = async |name: &str, role: Role| {
            client(world, name, role, Some(isp.bandung), None).await.1
        };
        let noc = jakarta("nando", Role::Noc).await;
        let everywhere = client(world, "nina", Role::Noc, None, None).await.1;
        let profile = json!({ "code": "ISOLIR", "name": "Isolir", "kind": "isolation",
            "rate_down_kbps": 128, "rate_up_kbps": 128,
            "attributes": [{ "vendor": "mikrotik", "name": "Mikrotik-Address-List",
                             "value": "isolir" }] });
        made(call(world, &everywhere, "post", "/api/v1/profiles", &profile).await);
        let nas = json!({ "name": "BRAS-1", "address": "10.9.0.1", "vendor": "mikrotik" });
        let nas = call(world, &noc, "post", "/api/v1/nas", &nas).await.json();
        Self {
            owner: client(world, "oki", Role::Owner, None, None).await.1,
            sales: jakarta("sinta", Role::Sales).await,
            finance: jakarta("fitri", Role::Finance).await,
            other_noc: bandung("nono", Role::Noc).await,
            other_sales: bandung("susi", Role::Sales).await,
            other_finance: bandung("feri", Role::Finance).await,
            reseller: client(world, "rudi", Role::Reseller, Some(isp.jakarta), Some(partner))
                .await
                .1,
            partner,
            router: parsed(&nas["nas"]["id"]),
            secret: nas["secret"].as_str().unwrap().to_owned(),
            isp,
            noc,
        }
    }

    /// Registers and connects a customer: prepaid ones wait for their first payment, postpaid are active.
    pub(crate) async fn connect(
        &self,
        world: &World,
        name: &str,
        mode: Mode,
        branch: BranchId,
        partner: Option<PartnerId>,
    ) -> Home {
        let plan: PlanId = parsed(&self.isp.plan);
        let digits: u32 = name.bytes().map(u32::from).sum();
        let mac = Mac::parse(&format!("a0b2c3d4{:04x}", digits & 0xffff)).unwrap();
        let lead = crm::lead::NewLead {
            name: name.to_owned(),
            phone: format!("0812{:07}", digits),
            email: None,
            nik: None,
            address: format!("Jl. Melati {digits}"),
            lat: None,
            lon: None,
            plan: Some(plan),
            mode: Some(mode),
            channel: None,
            note: String::new(),
            lang: None,
            branch: Some(branch),
            partner,
            sold_by: None,
        };
        let done = world.db.write(&cause(world.now()), async |tx: &mut Tx| {
            let lead = crm::lead::register(tx, lead.clone()).await?;
            if lead.state == crm::lead::LeadState::New {
                crm::lead::verify(tx, lead.id).await?;
            }
            let how = Conversion { outside_coverage: true, ..Conversion::default() };
            let sold = flows::register::convert(tx, lead.id, &how).await?;
            flows::activation::reserve(tx, sold.subscription).await?;
            network::account::open(tx, sold.subscription, Some(mac)).await?;
            billing::subscription::installed(tx, sold.subscription).await?;
            let account = network::account::of_subscription(tx, sold.subscription).await?;
            Ok((sold, account.unwrap()))
        });
        let (sold, account) = done.await.unwrap();
        Home {
            customer: sold.customer,
            subscription: sold.subscription,
            account: account.id,
            username: account.username,
            mac,
        }
    }

    /// What the router reports about the home's session `id`.
    pub(crate) async fn report(
        &self,
        world: &World,
        home: &Home,
        kind: RecordKind,
        id: &str,
        secs: i64,
    ) {
        let access = network::access::of(&mut world.db.reader(), home.subscription).await.unwrap();
        let record = AccountingRecord {
            nas: self.router,
            kind,
            acct_session_id: id.to_owned(),
            username: home.username.clone(),
            mac: Some(home.mac),
            framed_ip: Some(IpAddr::from([100, 64, 0, 9])),
            secs,
            bytes_in: secs * 1_000,
            bytes_out: secs * 9_000,
            cause: (kind == RecordKind::Stop).then(|| "User-Request".to_owned()),
            access_version: access.map(|a| a.version),
            event_at: world.now(),
            received_at: world.now(),
        };
        let done = world.db.write(&cause(world.now()), async |tx: &mut Tx| {
            network::session::apply(tx, std::slice::from_ref(&record)).await.map(drop)
        });
        done.await.unwrap();
    }

    /// The home's open invoice.
    pub(crate) async fn invoice(&self, world: &World, home: &Home) -> InvoiceId {
        let mut reader = world.db.reader();
        let sql = "select id from billing_invoice where subscription_id = $1 and live
             order by period_from desc limit 1";
        reader.value(sql, args![home.subscription]).await.unwrap()
    }
}

/// Pays at the counter, on a trail of its own.
pub(crate) async fn pay(world: &World, home: &Home, rupiah: i64, trail: kernel::TrailId) {
    let payment = NewPayment {
        customer: home.customer,
        channel: Channel::Cash,
        reference: None,
        amount: Money::rupiah(rupiah),
        named_invoice: None,
        received_at: world.now(),
        note: None,
    };
    let cause = Cause::system(world.now(), "test").on_trail(trail);
    let done = world.db.write(&cause, async |tx: &mut Tx| {
        billing::pay::receive(tx, payment.clone()).await.map(drop)
    });
    done.await.unwrap();
}

/// A router that answers what it is told to, and remembers what it was asked.
pub(crate) struct Router {
    pub(crate) answer: Mutex<NasAnswer>,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Router {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { answer: Mutex::new(NasAnswer::Ack), asked: Mutex::new(Vec::new()) })
    }
    pub(crate) fn answers(&self, answer: NasAnswer) {
        *self.answer.lock().unwrap() = answer;
    }
    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
    fn ask(&self, what: String) -> Answering<'_> {
        self.asked.lock().unwrap().push(what);
        let answer = *self.answer.lock().unwrap();
        Box::pin(async move { answer })
    }
}

impl NasControl for Router {
    fn change<'a>(&'a self, session: &'a LiveSession, access: &'a AccessView) -> Answering<'a> {
        let profile = access.profile.as_ref().map(|p| p.code.clone()).unwrap_or_default();
        self.ask(format!("change {} to {profile}", session.acct_session_id))
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        self.ask(format!("disconnect {}", session.acct_session_id))
    }
    fn probe(&self, _: NasId) -> Probing<'_> {
        let answer = self.ask("probe".into());
        Box::pin(async move {
            match answer.await {
                NasAnswer::Timeout => Probe::Silent,
                NasAnswer::NotPossible => Probe::NotPossible,
                heard => Probe::Heard(heard),
            }
        })
    }
}

/// The first item of a list whose `field` is `value`.
pub(crate) fn with<'a>(items: &'a [Value], field: &str, value: &str) -> &'a Value {
    let found = items.iter().find(|item| item[field] == value);
    found.unwrap_or_else(|| panic!("no {field} {value} in {items:?}"))
}

/// Lets some seconds go by.
pub(crate) fn later(world: &World, secs: i64) {
    world.clock.set(world.now().plus_secs(secs));
}
