//! The office: leads come in, are looked at, become customers; technicians are sent.

use crm::Channel;
use crm::lead::NewLead;
use flows::register::{Conversion, convert};
use fulfilment::{Filter, Kind, State};
use kernel::{Actor, BranchId, Day, LeadId, Result, Scope, SubscriptionId, UserId, WorkOrderId};
use store::{QueryExt, Tx, args};

use super::World;
use super::calendar::Happening;
use super::house::House;
use super::staff::at;
use crate::map::TOWNS;

impl World {
    /// How many people become interested today, and when.
    pub(crate) fn plan_interest(&mut self) {
        let setup = &self.setup;
        let today = self.today(TOWNS[0].zone);
        let gone = setup.start.days_until(today) + 1;
        let total = i64::try_from(setup.subscriptions).unwrap_or(0);
        // A third of them stands in line on the first days.
        let head = total / 3;
        let first = (setup.sales_days / 8).max(1);
        let due = if gone <= first {
            head * gone / first
        } else {
            head + (total - head) * (gone - first) / (setup.sales_days - first).max(1)
        };
        let have = i64::try_from(self.registered).unwrap_or(0);
        let wanted = (due.min(total) - have).max(0);
        for _ in 0..wanted {
            let secs = self.dice.range(3_600, 11 * 3_600);
            self.later(secs, Happening::Interest);
        }
        // Some look and never buy.
        if self.dice.chance(80) {
            let secs = self.dice.range(3_600, 11 * 3_600);
            self.later(secs, Happening::Interest);
        }
    }

    /// Somebody registers: by sales, a reseller or the public form.
    pub(crate) async fn interest(&mut self) -> Result<()> {
        self.registered += 1;
        let way = self.dice.below(100);
        let (actor, channel, town) = match way {
            0..=54 => (self.staff.sales.clone(), Channel::Sales, self.dice.below(100) / 60),
            55..=74 => (self.staff.reseller_user.clone(), Channel::Reseller, 1),
            _ => (
                Actor::public(Some("36.80.1.9".to_owned())),
                Channel::Public,
                self.dice.below(100) / 60,
            ),
        };
        let town = usize::try_from(town).unwrap_or(0).min(TOWNS.len() - 1);
        let new = self.new_lead(town, channel);
        let lead = self.register(&actor, new).await?;
        if let Some(lead) = lead {
            let secs = self.dice.range(600, 20_000);
            self.later(secs, Happening::Decide(lead));
        }
        Ok(())
    }

    pub(crate) async fn register(&mut self, actor: &Actor, new: NewLead) -> Result<Option<LeadId>> {
        self.try_ask(actor, "register lead", async |tx: &mut Tx| {
            Ok(crm::lead::register(tx, new.clone()).await?.id)
        })
        .await
    }

    pub(crate) fn new_lead(&mut self, town: usize, channel: Channel) -> NewLead {
        let place = &TOWNS[town];
        let rows = super::staff::odp_rows(self.setup.subscriptions);
        let odps = place.odps(rows);
        let here = self.dice.pick(&odps).map_or((place.lat, place.lon), |o| (o.2, o.3));
        let (lat, lon) = if self.dice.chance(50) { place.outside } else { here };
        let (lat, lon) = crate::map::Town::near(lat, lon, &mut self.dice);
        let offer = self.dice.pick(&self.staff.offers).cloned();
        let prepaid =
            offer.as_ref().is_some_and(|o| o.prepaid && (!o.postpaid || self.dice.chance(500)));
        let mode = if prepaid { crm::Mode::Prepaid } else { crm::Mode::Postpaid };
        let serial = 10_000_000 + self.registered * 7;
        let nik = self.dice.chance(400).then(|| {
            format!(
                "3175{:02}{:02}{:02}{:06}",
                10 + self.dice.below(18),
                1 + self.dice.below(12),
                60 + self.dice.below(39),
                self.registered
            )
        });
        let email =
            self.dice.chance(300).then(|| format!("pelanggan{}@mail.example", self.registered));
        NewLead {
            name: place.name(&mut self.dice),
            phone: format!("0812{serial:08}"),
            email,
            nik,
            address: place.street_address(&mut self.dice),
            lat: Some(lat),
            lon: Some(lon),
            plan: offer.map(|o| o.plan),
            mode: Some(mode),
            channel: (channel == Channel::Sales).then_some(Channel::Sales),
            branch: self.staff.branches.get(town).copied(),
            ..NewLead::default()
        }
    }

    /// Sales look at a lead and decide.
    pub(crate) async fn decide_lead(&mut self, lead: LeadId) -> Result<()> {
        let found = crm::lead::find(&mut self.db.reader(), &Scope::all(), lead).await?;
        let sales = self.staff.sales.clone();
        let throw = self.dice.below(100);
        if found.covered == Some(false) {
            self.try_ask(&sales, "waitlist lead", async |tx: &mut Tx| {
                crm::lead::waitlist(tx, lead, "Di luar jangkauan").await.map(drop)
            })
            .await?;
            return Ok(());
        }
        if throw < 3 {
            self.try_ask(&sales, "lose lead", async |tx: &mut Tx| {
                crm::lead::lose(tx, lead, "Memilih penyedia lain").await.map(drop)
            })
            .await?;
            return Ok(());
        }
        if throw < 5 && found.state == crm::lead::LeadState::New {
            self.try_ask(&sales, "reject lead", async |tx: &mut Tx| {
                crm::lead::reject(tx, lead, "Data tidak benar").await.map(drop)
            })
            .await?;
            return Ok(());
        }
        if found.state == crm::lead::LeadState::New {
            self.try_ask(&sales, "verify lead", async |tx: &mut Tx| {
                crm::lead::verify(tx, lead).await.map(drop)
            })
            .await?;
        }
        let secs = self.dice.range(900, 30_000);
        self.later(secs, Happening::Convert(lead));
        Ok(())
    }

    /// The lead becomes a customer.
    pub(crate) async fn convert(&mut self, lead: LeadId) -> Result<()> {
        let found = crm::lead::find(&mut self.db.reader(), &Scope::all(), lead).await?;
        let is_prepaid = found.mode == Some(crm::Mode::Prepaid);
        let anniversary = is_prepaid && self.dice.chance(350);
        let how = Conversion { anniversary, ..Conversion::default() };
        let Some((subscription, work_order)) = self.make_customer(lead, how).await? else {
            return Ok(());
        };
        if self.dice.chance(25) {
            return self.call_off(subscription).await;
        }
        let secs = self.dice.range(1_800, 20_000);
        self.later(secs, Happening::Dispatch(work_order));
        Ok(())
    }

    /// Sales convert a verified lead; there is one more house in the street.
    pub(crate) async fn make_customer(
        &mut self,
        lead: LeadId,
        how: Conversion,
    ) -> Result<Option<(SubscriptionId, WorkOrderId)>> {
        let found = crm::lead::find(&mut self.db.reader(), &Scope::all(), lead).await?;
        let is_prepaid = found.mode == Some(crm::Mode::Prepaid);
        let sales = self.staff.sales.clone();
        let done = self
            .try_ask(&sales, "convert lead", async |tx: &mut Tx| {
                let done = convert(tx, lead, &how).await?;
                Ok((done.customer, done.subscription, done.work_order))
            })
            .await?;
        let Some((customer, subscription, work_order)) = done else { return Ok(None) };
        let Some(plan) = found.plan_id else { return Ok(None) };
        let town = self.town_of(found.branch_id);
        let most = self.staff.offers.iter().find(|o| o.plan == plan).map_or(5, |o| o.appetite_gb);
        let appetite_gb = 1 + self.dice.below(most);
        self.houses.push(House {
            customer,
            subscription,
            branch: found.branch_id,
            partner: found.partner_id,
            plan,
            town,
            lat: found.lat.unwrap_or(0.0),
            lon: found.lon.unwrap_or(0.0),
            is_prepaid,
            is_firm: false,
            habit: House::habit(&mut self.dice),
            purse: House::purse(&mut self.dice),
            modem: None,
            is_powered: true,
            rejected: 0,
            appetite_gb,
        });
        if found.partner_id.is_none() && !self.setup.calm {
            self.may_be_a_firm(customer).await?;
        }
        Ok(Some((subscription, work_order)))
    }

    pub(crate) fn town_of(&self, branch: BranchId) -> usize {
        self.staff.branches.iter().position(|b| *b == branch).unwrap_or(0)
    }

    /// Batal pasang.
    async fn call_off(&mut self, subscription: SubscriptionId) -> Result<()> {
        let sales = self.staff.sales.clone();
        self.try_ask(&sales, "cancel subscription", async |tx: &mut Tx| {
            billing::subscription::cancel(tx, subscription).await
        })
        .await?;
        Ok(())
    }

    /// NOC gives an order to a technician of the branch for the next day with room.
    pub(crate) async fn dispatch(&mut self, id: WorkOrderId) -> Result<()> {
        let order = fulfilment::find(&mut self.db.reader(), &Scope::all(), id).await?;
        let town = self.town_of(order.branch_id);
        let people: Vec<UserId> =
            self.staff.technicians.iter().filter(|t| t.town == town).map(|t| t.id).collect();
        let Some(first) = self.dice.pick(&people).copied() else { return Ok(()) };
        let mut team = vec![first];
        if self.dice.chance(150)
            && let Some(second) = self.dice.pick(&people)
        {
            team.push(*second);
        }
        let zone = TOWNS[town].zone;
        let day = self.free_day(first, self.today(zone).next()).await?;
        let noc = self.staff.noc.clone();
        let can = matches!(order.state, State::Failed | State::Open | State::Assigned);
        let done = if can {
            self.try_ask(&noc, "assign order", async |tx: &mut Tx| {
                flows::dispatch::assign(tx, id, &team, day).await.map(drop)
            })
            .await?
        } else {
            None
        };
        if done.is_some() {
            let minute = self.dice.range(0, 59);
            let hour = self.dice.range(9, 16);
            self.at(at(day, hour, minute, zone), Happening::Visit(id));
        }
        Ok(())
    }

    /// The first day on which the technician has fewer than six jobs.
    async fn free_day(&self, technician: UserId, from: Day) -> Result<Day> {
        let mut day = from;
        for _ in 0..30 {
            let jobs: i64 = self
                .db
                .reader()
                .value(
                    "select count(*) from fulfilment_work_order w
                     join fulfilment_technician t on t.work_order_id = w.id
                     where t.user_id = $1 and w.scheduled_on = $2 and w.state not in ('done', 'cancelled')",
                    args![technician, day],
                )
                .await?;
            if jobs < 6 {
                return Ok(day);
            }
            day = day.next();
        }
        Ok(day)
    }

    /// Orders that nobody was sent for: dismantles and what was left over.
    pub(crate) async fn plan_visits(&mut self) -> Result<()> {
        let filter = Filter { live: true, ..Filter::default() };
        let orders =
            fulfilment::list(&mut self.db.reader(), &Scope::all(), &filter, None, 500).await?;
        let today = self.today(TOWNS[0].zone);
        for order in orders.items {
            let stale = order.scheduled_on.is_some_and(|day| day < today);
            let waits = match order.state {
                State::Open => order.kind != Kind::Install || stale || order.scheduled_on.is_none(),
                State::Failed => true,
                State::Assigned => stale,
                _ => false,
            };
            let planned = self.queue.values().any(|h| match h {
                Happening::Dispatch(id) | Happening::Visit(id) => *id == order.id,
                _ => false,
            });
            if planned {
                continue;
            }
            if waits {
                let secs = self.dice.range(7_200, 14_400);
                self.later(secs, Happening::Dispatch(order.id));
            } else if stale || order.state == State::OnSite {
                let secs = self.dice.range(7_200, 28_800);
                self.later(secs, Happening::Visit(order.id));
            }
        }
        Ok(())
    }
}
