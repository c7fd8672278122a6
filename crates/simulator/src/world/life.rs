//! What customers wish in the course of time: promises, other plans, pauses, ends; and what NOC and
//! finance do to some of them.

use billing::words::{HoldKind, SubscriptionState};
use kernel::{Result, Scope, SubscriptionId};
use store::{QueryExt, Tx, args};

use super::World;
use super::calendar::Happening;
use crate::map::TOWNS;

impl World {
    /// Each house may wish something today.
    pub(crate) async fn plan_wishes(&mut self) -> Result<()> {
        for n in 0..self.houses.len() {
            // One house in about 45 does anything at all on a day.
            if !self.dice.chance(22) {
                continue;
            }
            let Some(id) = self.houses.get(n).map(|h| h.subscription) else { continue };
            let found =
                billing::subscription::find(&mut self.db.reader(), &Scope::all(), id).await?;
            use SubscriptionState::{Active, Isolated, Paused};
            match (found.state, self.dice.below(100)) {
                (Isolated, 0..=44) => self.promise(id).await?,
                (Isolated, 45..=54) => self.terminate(id).await?,
                (Isolated, 55..=64) => self.manual_hold(id).await?,
                (Active, 0..=24) => self.change_plan(n).await?,
                (Active, 25..=34) => self.pause(n).await?,
                (Active, 35..=41) => self.terminate(id).await?,
                (Active, 42..=51) => self.abuse(id).await?,
                (Active, 52..=61) => self.swap(n).await?,
                (Active, 62..=70) if found.mode == billing::words::Mode::Prepaid => {
                    self.months_ahead(id).await?;
                }
                (Active, 71..=75) => self.promise(id).await?,
                (Active, 76..=95) => self.top_up_quota(id).await?,
                (Isolated, 65..=94) => self.top_up_quota(id).await?,
                (Paused, 0..=39) => self.resume(id).await?,
                _ => {}
            }
        }
        self.proposed_ends().await
    }

    async fn promise(&mut self, id: SubscriptionId) -> Result<()> {
        let until =
            self.today(TOWNS[0].zone).plus_days(i32::try_from(self.dice.range(1, 6)).unwrap_or(1));
        let sales = self.staff.sales.clone();
        self.try_ask(&sales, "promise", async |tx: &mut Tx| {
            billing::promise::make(tx, id, until).await
        })
        .await?;
        self.round().await
    }

    /// Some order more quota and never pay; others pay for it at once. Most plans sell none.
    async fn top_up_quota(&mut self, id: SubscriptionId) -> Result<()> {
        let sales = self.staff.sales.clone();
        let pays = self.dice.chance(800);
        self.try_ask(&sales, "quota top-up", async |tx: &mut Tx| {
            let invoice = billing::quota_top_up::order(tx, id).await?;
            let owed = billing::invoice::find(tx, &Scope::all(), invoice).await?;
            if !pays || !owed.outstanding().is_positive() {
                return Ok(());
            }
            let new = billing::pay::NewPayment {
                customer: owed.customer_id,
                channel: billing::words::Channel::Transfer,
                reference: Some(format!("KUOTA-{invoice}")),
                amount: owed.outstanding(),
                named_invoice: Some(invoice),
                received_at: tx.now(),
                note: None,
            };
            billing::pay::receive(tx, new).await.map(drop)
        })
        .await?;
        self.round().await
    }

    async fn change_plan(&mut self, house: usize) -> Result<()> {
        let Some(found) = self.houses.get(house).cloned() else { return Ok(()) };
        let fits: Vec<_> = self
            .staff
            .offers
            .iter()
            .filter(|o| {
                o.plan != found.plan && if found.is_prepaid { o.prepaid } else { o.postpaid }
            })
            .cloned()
            .collect();
        let Some(offer) = self.dice.pick(&fits).cloned() else { return Ok(()) };
        let from = self
            .today(TOWNS[found.town].zone)
            .plus_days(i32::try_from(self.dice.range(0, 12)).unwrap_or(0));
        let sales = self.staff.sales.clone();
        let id = found.subscription;
        let done = self
            .try_ask(&sales, "change plan", async |tx: &mut Tx| {
                billing::plan_change::request(tx, id, offer.plan, from).await.map(drop)
            })
            .await?;
        if done.is_some()
            && let Some(house) = self.houses.get_mut(house)
        {
            house.plan = offer.plan;
            house.appetite_gb = 1 + offer.appetite_gb * 2 / 3;
        }
        self.round().await
    }

    async fn pause(&mut self, house: usize) -> Result<()> {
        let Some(found) = self.houses.get(house) else { return Ok(()) };
        let (id, zone) = (found.subscription, TOWNS[found.town].zone);
        let from = self.today(zone).plus_days(i32::try_from(self.dice.range(0, 4)).unwrap_or(0));
        let days = i32::try_from(self.dice.range(4, 25)).unwrap_or(5);
        let to = (!self.dice.chance(200)).then(|| from.plus_days(days));
        let sales = self.staff.sales.clone();
        self.try_ask(&sales, "pause", async |tx: &mut Tx| {
            billing::subscription::pause(tx, id, from, to).await.map(drop)
        })
        .await?;
        self.round().await
    }

    async fn resume(&mut self, id: SubscriptionId) -> Result<()> {
        let sales = self.staff.sales.clone();
        self.try_ask(&sales, "resume", async |tx: &mut Tx| {
            billing::subscription::resume(tx, id).await
        })
        .await?;
        self.round().await
    }

    async fn terminate(&mut self, id: SubscriptionId) -> Result<()> {
        let last =
            self.today(TOWNS[0].zone).plus_days(i32::try_from(self.dice.range(0, 9)).unwrap_or(0));
        let sales = self.staff.sales.clone();
        self.try_ask(&sales, "terminate", async |tx: &mut Tx| {
            billing::subscription::terminate(tx, id, last).await
        })
        .await?;
        self.round().await
    }

    /// Ends that the program proposed are decided by sales after a while.
    async fn proposed_ends(&mut self) -> Result<()> {
        let today = self.today(TOWNS[0].zone);
        let proposed: Vec<SubscriptionId> = self
            .db
            .reader()
            .values(
                "select id from billing_subscription where termination_proposed_on is not null
                 and termination_proposed_on < $1 and state in ('active', 'isolated') order by number",
                args![today.plus_days(-5)],
            )
            .await?;
        for id in proposed {
            if self.dice.chance(200) {
                self.terminate(id).await?;
            }
        }
        Ok(())
    }

    async fn abuse(&mut self, id: SubscriptionId) -> Result<()> {
        let noc = self.staff.noc.clone();
        let until = self.dice.chance(500).then(|| self.now().plus_secs(2 * 86_400));
        self.try_ask(&noc, "hold abuse", async |tx: &mut Tx| {
            billing::hold::place(tx, id, HoldKind::Abuse, "Mengirim spam", until).await
        })
        .await?;
        let secs = self.dice.range(7_200, 3 * 86_400);
        self.later(secs, Happening::ReleaseAbuse(id));
        self.round().await
    }

    async fn manual_hold(&mut self, id: SubscriptionId) -> Result<()> {
        let finance = self.staff.finance.clone();
        self.try_ask(&finance, "hold manual", async |tx: &mut Tx| {
            billing::hold::place(tx, id, HoldKind::Manual, "Sengketa tagihan", None).await
        })
        .await?;
        let secs = self.dice.range(86_400, 6 * 86_400);
        self.later(secs, Happening::ReleaseManual(id));
        self.round().await
    }

    pub(crate) async fn release(&mut self, id: SubscriptionId, kind: HoldKind) -> Result<()> {
        let who = if kind == HoldKind::Abuse { &self.staff.noc } else { &self.staff.finance };
        let who = who.clone();
        self.try_ask(&who, "release hold", async |tx: &mut Tx| {
            billing::hold::release(tx, id, kind).await
        })
        .await?;
        self.round().await
    }

    async fn months_ahead(&mut self, id: SubscriptionId) -> Result<()> {
        let sales = self.staff.sales.clone();
        let months = if self.dice.chance(500) { 3 } else { 6 };
        self.try_ask(&sales, "months ahead", async |tx: &mut Tx| {
            billing::issue::ahead(tx, id, months).await
        })
        .await?;
        self.round().await
    }
}
