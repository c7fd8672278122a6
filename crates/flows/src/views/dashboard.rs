//! The counts of the home page. Each is asked only for those who may open the rows behind it.

use std::collections::BTreeMap;

use billing::words::SubscriptionState;
use inventory::ItemState;
use kernel::{Actor, Day, Money, Permission, Result, Ts, Zone};
use store::{Query, QueryExt, args};

use super::narrow::Narrow;
use super::purchases::{self, Waiting};
use super::reach::{own, reach};

/// What needs somebody today: counts, and the rupiah behind some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    pub counts: BTreeMap<&'static str, i64>,
    pub sums: BTreeMap<&'static str, Money>,
}

/// Days ahead in which an invoice is "due soon".
const SOON_DAYS: i32 = 7;

struct Ask<'a> {
    q: &'a mut dyn Query,
    actor: &'a Actor,
    today: Day,
    midnight: Ts,
    board: Board,
}

/// The board of one person. "Today" is the day in the person's branch, else in the first zone of the ISP.
///
/// # Errors
/// Only when the database fails.
pub async fn of(q: &mut dyn Query, actor: &Actor, now: Ts) -> Result<Board> {
    let catalog = catalog::current(q).await?;
    let zone = match actor.scope.branch {
        Some(branch) => catalog.zone(branch),
        None => {
            let zones = catalog.branches.values().map(|b| b.zone);
            zones.min_by_key(|zone| zone.offset_secs()).unwrap_or(Zone::Jakarta)
        }
    };
    let today = now.day(zone);
    let midnight = Ts::local(today, 0, 0, zone);
    let mut ask = Ask { q, actor, today, midnight, board: Board::default() };
    ask.sales().await?;
    ask.field().await?;
    ask.money().await?;
    ask.network().await?;
    ask.stock().await?;
    ask.purchases().await?;
    ask.rest().await?;
    Ok(ask.board)
}

impl Ask<'_> {
    fn may(&self, permission: Permission) -> bool {
        self.actor.may(permission)
    }

    /// Rows of `table` in reach for which `condition` holds.
    async fn count(
        &mut self,
        key: &'static str,
        table: &str,
        narrow: Option<Narrow>,
        condition: &str,
    ) -> Result<()> {
        let Some(mut narrow) = narrow else { return Ok(()) };
        narrow.only(condition);
        let sql = format!("select count(*) from {table} t {}", narrow.clause());
        let count: i64 = self.q.value(&sql, narrow.into_args()).await?;
        self.board.counts.insert(key, count);
        Ok(())
    }

    /// As [`Ask::count`], with the sum of `amount`.
    async fn sum(
        &mut self,
        key: &'static str,
        table: &str,
        amount: &str,
        narrow: Option<Narrow>,
    ) -> Result<()> {
        let Some(narrow) = narrow else { return Ok(()) };
        let sql = format!(
            "select count(*) as count, cast(coalesce(sum({amount}), 0) as bigint) as sum
             from {table} t {}",
            narrow.clause()
        );
        let (count, sum): (i64, Money) = self.q.row(&sql, narrow.into_args()).await?;
        self.board.counts.insert(key, count);
        self.board.sums.insert(key, sum);
        Ok(())
    }

    fn mine(&self) -> Option<Narrow> {
        reach(&self.actor.scope, "t.customer_id")
    }

    async fn sales(&mut self) -> Result<()> {
        if self.may(Permission::LeadRead) {
            for (key, state) in [("leads_new", "new"), ("leads_verified", "verified")] {
                let mine = self.mine();
                self.count(key, "crm_lead", mine, &format!("t.state = '{state}'")).await?;
            }
        }
        if !self.may(Permission::CustomerRead) {
            return Ok(());
        }
        let Some(narrow) = self.mine() else { return Ok(()) };
        let sql = format!(
            "select t.state, count(distinct t.customer_id) as customers from billing_subscription t
             {} group by t.state",
            narrow.clause()
        );
        let rows: Vec<(SubscriptionState, i64)> = self.q.rows(&sql, narrow.into_args()).await?;
        for (key, state) in [
            ("customers_active", SubscriptionState::Active),
            ("customers_isolated", SubscriptionState::Isolated),
            ("customers_ready", SubscriptionState::Ready),
        ] {
            let count = rows.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count);
            self.board.counts.insert(key, count);
        }
        Ok(())
    }

    async fn field(&mut self) -> Result<()> {
        const ORDERS: &str = "fulfilment_work_order";
        if self.may(Permission::WorkOrderRead) {
            for (key, condition) in [
                ("work_orders_open", "t.state = 'open'"),
                ("work_orders_failed", "t.state = 'failed'"),
                ("work_orders_review", "t.review"),
            ] {
                let mine = self.mine();
                self.count(key, ORDERS, mine, condition).await?;
            }
            let mut today = self.mine();
            if let Some(today) = &mut today {
                today.when(Some(self.today), "t.scheduled_on = ?");
            }
            self.count("work_orders_today", ORDERS, today, "t.state <> 'cancelled'").await?;
        }
        self.tickets().await?;
        if let (true, Some(user)) = (self.may(Permission::JobRead), self.actor.user()) {
            let count: i64 = self
                .q
                .value(
                    "select count(*) from fulfilment_technician w
                     join fulfilment_work_order t on t.id = w.work_order_id
                     where w.user_id = $1 and t.scheduled_on <= $2
                       and t.state in ('assigned', 'accepted', 'on_the_way', 'on_site')",
                    args![user, self.today],
                )
                .await?;
            self.board.counts.insert("jobs_open", count);
        }
        Ok(())
    }

    async fn tickets(&mut self) -> Result<()> {
        const TICKETS: &str = "fulfilment_ticket";
        const LIVE: &str = "t.state not in ('resolved', 'closed')";
        if !self.may(Permission::TicketRead) {
            return Ok(());
        }
        let (all, mut late, mut queue) = (self.mine(), self.mine(), self.mine());
        if let (Some(late), Some(queue)) = (&mut late, &mut queue) {
            late.only("t.breached_at is not null");
            queue.only("t.assignee_id is null");
        }
        self.count("tickets_open", TICKETS, all, LIVE).await?;
        if fulfilment::ticket::is_outsider(self.actor) {
            return Ok(());
        }
        self.count("tickets_late", TICKETS, late, LIVE).await?;
        self.count("tickets_queue", TICKETS, queue, LIVE).await?;
        let Some(user) = self.actor.user().filter(|_| self.may(Permission::TicketHandle)) else {
            return Ok(());
        };
        let mut own = Narrow::default();
        own.when(Some(user), "t.assignee_id = ?");
        self.count("tickets_mine", TICKETS, Some(own), LIVE).await
    }

    async fn money(&mut self) -> Result<()> {
        const LEFT: &str = "t.total - t.paid - t.credited - t.withheld - t.written_off";
        // Written like the condition of the index of open invoices.
        const OPEN: &str = "t.live and t.paid + t.credited + t.withheld + t.written_off < t.total
            and t.state = 'issued'";
        if self.may(Permission::InvoiceRead) {
            let (mut overdue, mut soon) = (self.mine(), self.mine());
            if let (Some(overdue), Some(soon)) = (&mut overdue, &mut soon) {
                overdue.only(OPEN);
                overdue.when(Some(self.today), "t.due_on < ?");
                soon.only(OPEN);
                soon.when(Some(self.today), "t.due_on >= ?");
                soon.when(Some(self.today.plus_days(SOON_DAYS)), "t.due_on <= ?");
            }
            self.sum("invoices_overdue", "billing_invoice", LEFT, overdue).await?;
            self.sum("invoices_due_soon", "billing_invoice", LEFT, soon).await?;
        }
        if self.may(Permission::PaymentRead) {
            let mut today = self.mine();
            if let Some(today) = &mut today {
                today.only("t.state = 'settled'");
                today.when(Some(self.midnight), "t.settled_at >= ?");
            }
            self.sum("payments_today", "billing_payment", "t.amount", today).await?;
        }
        Ok(())
    }

    async fn network(&mut self) -> Result<()> {
        if !self.may(Permission::SessionRead) {
            return Ok(());
        }
        // Sessions and rejects carry no customer: nobody who is bound to one comes here.
        let own = || own(&self.actor.scope);
        let (live, suspect, mut today) = (own(), own(), own());
        if let Some(today) = &mut today {
            today.when(Some(self.midnight), "t.last_at >= ?");
        }
        let waiting = own();
        self.count("sessions_live", "network_session", live, "t.state = 'live'").await?;
        self.count("sessions_suspect", "network_session", suspect, "t.state = 'suspect'").await?;
        self.count("rejects_today", "network_reject", today, "t.count > 0").await?;
        let late = "t.id in (select x.account_id from network_access x
            where x.enforced_version < x.version)";
        self.count("not_enforced", "network_account", waiting, late).await
    }

    async fn stock(&mut self) -> Result<()> {
        if !self.may(Permission::StockRead) {
            return Ok(());
        }
        let Some(narrow) = own(&self.actor.scope) else { return Ok(()) };
        let sql = format!(
            "select t.state, count(*) as items from inventory_item t {} group by t.state",
            narrow.clause()
        );
        let rows: Vec<(ItemState, i64)> = self.q.rows(&sql, narrow.into_args()).await?;
        for (key, state) in [
            ("items_in_stock", ItemState::InStock),
            ("items_in_bags", ItemState::InTransit),
            ("items_returned", ItemState::Returned),
        ] {
            let count = rows.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count);
            self.board.counts.insert(key, count);
        }
        Ok(())
    }

    async fn purchases(&mut self) -> Result<()> {
        let Waiting { to_approve, to_receive } = purchases::waiting(self.q, self.actor).await?;
        for (key, count) in
            [("purchases_to_approve", to_approve), ("purchases_to_receive", to_receive)]
        {
            if let Some(count) = count {
                self.board.counts.insert(key, count);
            }
        }
        Ok(())
    }

    async fn rest(&mut self) -> Result<()> {
        if self.may(Permission::MessageRead) {
            let mine = self.mine();
            self.count("messages_dead", "notification_message", mine, "t.state = 'dead'").await?;
        }
        if self.may(Permission::SweepApprove) {
            let own = own(&self.actor.scope);
            self.count("sweeps_waiting", "flows_sweep", own, "t.state = 'waiting'").await?;
        }
        Ok(())
    }
}
