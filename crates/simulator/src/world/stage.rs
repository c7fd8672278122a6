//! The last hours before a demo opens: what a visitor should find is there, done by the people who would
//! do it.

use billing::words::{HoldKind, SubscriptionState};
use flows::register::Conversion;
use flows::tickets::NewReport;
use fulfilment::Kind;
use fulfilment::ticket::{self, Category};
use kernel::actor::Who;
use kernel::{Actor, CustomerId, Day, LeadId, Result, Scope, SubscriptionId, WorkOrderId};
use store::{QueryExt, Tx, args};

use super::World;
use super::staff::Technician;
use crate::map::{TOWNS, Town};

/// Jobs that each technician has on the day.
const JOBS: usize = 3;

/// What is complained of in a demo.
const COMPLAINTS: [(Category, &str); 6] = [
    (Category::NoInternet, "Internet mati sejak pagi, lampu LOS merah."),
    (Category::Slow, "Lambat kalau malam, YouTube putus-putus."),
    (Category::Unstable, "Sering terputus sendiri tiap beberapa menit."),
    (Category::Device, "Adaptor modem panas dan berbunyi."),
    (Category::Billing, "Kenapa tagihan bulan ini lebih besar?"),
    (Category::Request, "Minta modem dipindah ke kamar depan."),
];

/// A customer by their own portal.
fn the_customer(id: CustomerId) -> Actor {
    Actor {
        who: Who::Customer(id),
        name: "Pelanggan".to_owned(),
        permissions: identity::matrix::permissions(identity::Role::Customer),
        scope: Scope { customer: Some(id), ..Scope::all() },
        from: None,
    }
}

impl World {
    /// Brings what a visitor may look at onto the stage of `today`: leads in every state, jobs for today
    /// with modems in the bags, orders to suppliers, somebody who is ready and has not paid, a promise, a pause, an end.
    pub(crate) async fn set_stage(&mut self, today: Day) -> Result<()> {
        self.stock_up().await?;
        self.stage_purchases(today).await?;
        self.stage_leads().await?;
        for n in 0..self.staff.technicians.len() {
            let Some(technician) = self.staff.technicians.get(n).cloned() else { continue };
            self.stage_jobs(&technician, today).await?;
        }
        self.stage_ready(today).await?;
        self.stage_states(today).await?;
        self.stage_tickets().await?;
        self.settle_down().await
    }

    async fn of_state(&self, state: SubscriptionState) -> Result<Vec<SubscriptionId>> {
        self.db
            .reader()
            .values(
                "select id from billing_subscription where state = $1 order by number",
                args![state],
            )
            .await
    }

    /// Two leads that nobody looked at, one that waits for its conversion, one outside the coverage.
    async fn stage_leads(&mut self) -> Result<()> {
        let public = Actor::public(Some("36.80.1.9".to_owned()));
        let (reseller, sales) = (self.staff.reseller_user.clone(), self.staff.sales.clone());
        for (actor, town, channel) in [
            (&public, 0, crm::Channel::Public),
            (&reseller, 1, crm::Channel::Reseller),
            (&sales, 0, crm::Channel::Sales),
        ] {
            self.lead_in(actor, town, channel, true).await?;
        }
        if let Some(lead) = self.lead_in(&sales, 0, crm::Channel::Sales, false).await? {
            self.try_ask(&sales, "waitlist lead", async |tx: &mut Tx| {
                crm::lead::waitlist(tx, lead, "Di luar jangkauan").await.map(drop)
            })
            .await?;
        }
        Ok(())
    }

    async fn lead_in(
        &mut self,
        actor: &Actor,
        town: usize,
        channel: crm::Channel,
        covered: bool,
    ) -> Result<Option<LeadId>> {
        self.registered += 1;
        let mut new = self.new_lead(town, channel);
        let place = &TOWNS[town];
        let odps = place.odps(super::staff::odp_rows(self.setup.subscriptions));
        let here = self.dice.pick(&odps).map_or((place.lat, place.lon), |odp| (odp.2, odp.3));
        let (lat, lon) = if covered { here } else { place.outside };
        let (lat, lon) = Town::near(lat, lon, &mut self.dice);
        (new.lat, new.lon) = (Some(lat), Some(lon));
        self.register(actor, new).await
    }

    /// A new customer of sales with an install order.
    async fn customer_in(
        &mut self,
        town: usize,
        prepaid: Option<bool>,
    ) -> Result<Option<(SubscriptionId, WorkOrderId)>> {
        let sales = self.staff.sales.clone();
        for _ in 0..40 {
            let Some(lead) = self.lead_in(&sales, town, crm::Channel::Sales, true).await? else {
                continue;
            };
            let found = crm::lead::find(&mut self.db.reader(), &kernel::Scope::all(), lead).await?;
            let fits = prepaid.is_none_or(|p| p == (found.mode == Some(crm::Mode::Prepaid)));
            if !fits || found.covered == Some(false) {
                self.try_ask(&sales, "lose lead", async |tx: &mut Tx| {
                    crm::lead::lose(tx, lead, "Memilih penyedia lain").await.map(drop)
                })
                .await?;
                continue;
            }
            return self.make_customer(lead, Conversion::default()).await;
        }
        Ok(None)
    }

    async fn stage_jobs(&mut self, technician: &Technician, today: Day) -> Result<()> {
        let jobs = fulfilment::jobs(&mut self.db.reader(), technician.id, today, today).await?;
        let live = jobs.iter().filter(|job| job.state.is_live()).count();
        for _ in live..JOBS {
            let Some((_, order)) = self.customer_in(technician.town, None).await? else { continue };
            self.give(order, technician, today).await?;
        }
        Ok(())
    }

    async fn give(&mut self, order: WorkOrderId, to: &Technician, today: Day) -> Result<()> {
        let (noc, team) = (self.staff.noc.clone(), [to.id]);
        self.try_ask(&noc, "assign order", async |tx: &mut Tx| {
            flows::dispatch::assign(tx, order, &team, today).await.map(drop)
        })
        .await?;
        Ok(())
    }

    /// A prepaid connection that is installed and waits for its first payment.
    async fn stage_ready(&mut self, today: Day) -> Result<()> {
        let Some(technician) = self.staff.technicians.first().cloned() else { return Ok(()) };
        for _ in self.of_state(SubscriptionState::Ready).await?.len()..2 {
            let made = self.customer_in(technician.town, Some(true)).await?;
            let Some((_, order)) = made else { continue };
            self.give(order, &technician, today).await?;
            self.visit(order).await?;
        }
        Ok(())
    }

    /// A promise, a pause, an end whose modem is still there, and enough who are isolated.
    async fn stage_states(&mut self, today: Day) -> Result<()> {
        for id in self.of_state(SubscriptionState::Isolated).await?.into_iter().take(2) {
            let (sales, until) = (self.staff.sales.clone(), today.plus_days(2));
            self.try_ask(&sales, "promise", async |tx: &mut Tx| {
                billing::promise::make(tx, id, until).await
            })
            .await?;
        }
        let mut active = self.of_state(SubscriptionState::Active).await?.into_iter();
        if self.of_state(SubscriptionState::Paused).await?.is_empty()
            && let Some(id) = active.next()
        {
            let sales = self.staff.sales.clone();
            self.try_ask(&sales, "pause", async |tx: &mut Tx| {
                billing::subscription::pause(tx, id, today, Some(today.plus_days(13)))
                    .await
                    .map(drop)
            })
            .await?;
        }
        if self.open_dismantles().await? == 0
            && let Some(id) = active.next()
        {
            let sales = self.staff.sales.clone();
            self.try_ask(&sales, "terminate", async |tx: &mut Tx| {
                billing::subscription::terminate(tx, id, today).await
            })
            .await?;
        }
        for _ in self.of_state(SubscriptionState::Isolated).await?.len()..3 {
            let (Some(id), noc) = (active.next(), self.staff.noc.clone()) else { continue };
            self.try_ask(&noc, "hold abuse", async |tx: &mut Tx| {
                billing::hold::place(tx, id, HoldKind::Abuse, "Mengirim spam", None).await
            })
            .await?;
        }
        Ok(())
    }

    /// What people complain of: by themselves, by their reseller, at the desk; one is being asked, one is
    /// with a visit, one is resolved.
    async fn stage_tickets(&mut self) -> Result<()> {
        let subscriptions = self.of_state(SubscriptionState::Active).await?;
        let (sales, noc) = (self.staff.sales.clone(), self.staff.noc.clone());
        for (n, (category, text)) in COMPLAINTS.iter().enumerate() {
            let Some(subscription) = subscriptions.get(n * 3).copied() else { break };
            let customer = billing::subscription::find(
                &mut self.db.reader(),
                &kernel::Scope::all(),
                subscription,
            )
            .await?
            .customer_id;
            let by = if n % 2 == 0 { the_customer(customer) } else { sales.clone() };
            let report = NewReport {
                customer: Some(customer),
                subscription: Some(subscription),
                work_order: None,
                category: *category,
                priority: None,
                subject: String::new(),
                text: (*text).to_owned(),
            };
            let opened = self
                .try_ask(&by, "open ticket", async |tx: &mut Tx| {
                    flows::tickets::open(tx, report.clone()).await.map(|ticket| ticket.id)
                })
                .await?;
            let Some(id) = opened else { continue };
            self.try_ask(&noc, "work on ticket", async |tx: &mut Tx| match n {
                0 => flows::tickets::send_visit(tx, id, Kind::Repair, "").await.map(drop),
                1 => ticket::wait(tx, id, "Lambat di semua perangkat, atau satu saja?")
                    .await
                    .map(drop),
                2 => ticket::start(tx, id).await.map(drop),
                3 => flows::tickets::resolve(tx, id, "Konektor diganti.", false).await.map(drop),
                _ => Ok(()),
            })
            .await?;
        }
        Ok(())
    }

    async fn open_dismantles(&self) -> Result<i64> {
        self.db
            .reader()
            .value(
                "select count(*) from fulfilment_work_order
                 where kind = $1 and state not in ('done', 'cancelled')",
                args![Kind::Dismantle],
            )
            .await
    }
}
