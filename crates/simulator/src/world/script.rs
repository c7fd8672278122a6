//! Telling one story: what a test lets happen at which hour, by the same people and machines.

use billing::pay::{self, NewPayment};
use billing::words::Channel;
use flows::register::Conversion;
use kernel::{Clock, Day, Fault, Money, PlanId, Result, Ts, WorkOrderId};
use store::Tx;

use super::World;
use crate::map::TOWNS;
use crate::nas::SessionAttributes;

/// The town of the stories.
const TOWN: usize = 0;

impl World {
    /// Time goes on to an hour of a day in the stories' town, with everything that the program does by
    /// itself until then.
    ///
    /// # Errors
    /// As [`World::live_until`].
    pub async fn travel_to(&mut self, day: Day, hour: i8, minute: i8) -> Result<()> {
        let at = Ts::local(day, hour, minute, TOWNS[TOWN].zone);
        if at < self.clock.now() {
            return Err(Fault::bug(format!("{day} {hour}.{minute} is in the past of the story")));
        }
        self.live_until(at).await
    }

    /// Sales register and convert somebody who buys `plan`; answers the house and its install order.
    ///
    /// # Errors
    /// What the program refuses.
    pub async fn sell(&mut self, plan: PlanId, mode: crm::Mode) -> Result<(usize, WorkOrderId)> {
        self.registered += 1;
        let mut new = self.new_lead(TOWN, crm::Channel::Sales);
        let place = &TOWNS[TOWN];
        let odps = place.odps(super::staff::odp_rows(self.setup.subscriptions));
        let (lat, lon) = odps.first().map_or((place.lat, place.lon), |odp| (odp.2, odp.3));
        (new.plan, new.mode, new.lat, new.lon) = (Some(plan), Some(mode), Some(lat), Some(lon));
        let sales = self.staff.sales.clone();
        let none = || Fault::bug("the story's customer was refused");
        let lead = self.register(&sales, new).await?.ok_or_else(none)?;
        let made = self.make_customer(lead, Conversion::default()).await?;
        let (_, order) = made.ok_or_else(none)?;
        Ok((self.houses.len() - 1, order))
    }

    /// A technician installs it right now.
    ///
    /// # Errors
    /// What the program refuses.
    pub async fn install(&mut self, order: WorkOrderId) -> Result<()> {
        let noc = self.staff.noc.clone();
        let today = self.today(TOWNS[TOWN].zone);
        let team: Vec<_> = self
            .staff
            .technicians
            .iter()
            .filter(|t| t.town == TOWN)
            .map(|t| t.id)
            .take(1)
            .collect();
        self.ask(&noc, "assign order", async |tx: &mut Tx| {
            flows::dispatch::assign(tx, order, &team, today).await.map(drop)
        })
        .await?;
        self.visit(order).await
    }

    /// Pays at the counter everything that the house's customer owes; answers how much.
    ///
    /// # Errors
    /// What the program refuses.
    pub async fn pay_all(&mut self, house: usize) -> Result<Money> {
        let customer = self.house(house)?.customer;
        let now = self.clock.now();
        let owed = billing::owed::of_customer(&mut self.db.reader(), customer, now).await?.total;
        if owed.is_positive() {
            let finance = self.staff.finance.clone();
            let new = NewPayment {
                customer,
                channel: Channel::Cash,
                reference: None,
                amount: owed,
                named_invoice: None,
                received_at: now,
                note: None,
            };
            self.ask(&finance, "receive payment", async |tx: &mut Tx| {
                pay::receive(tx, new.clone()).await.map(drop)
            })
            .await?;
        }
        self.round().await?;
        Ok(owed)
    }

    /// What the router does with the house's session; `None`: it is offline.
    pub fn seen_by_router(&self, house: usize) -> Option<SessionAttributes> {
        let modem = self.houses.get(house)?.modem.as_ref()?;
        let street = self.street.open();
        let router = street.routers.get(street.router_of(&modem.username)?)?;
        router.session_of(&modem.username).map(|s| s.attributes.clone())
    }

    /// # Errors
    /// When there is no such house.
    pub(crate) fn house(&self, house: usize) -> Result<&super::House> {
        self.houses.get(house).ok_or_else(|| Fault::bug("no such house"))
    }
}
