//! Harm done behind the rooms' backs, once, by plain SQL: each kind must be caught by the invariant of its
//! name. It proves that the checks can fail.

use kernel::{Cause, Result};
use store::{QueryExt, Tx, args};
use uuid::Uuid;

use crate::world::World;

store::words! {
    /// A kind of harm; the word is the invariant that must catch it.
    pub enum Sabotage {
        DoubleInvoice = "double_invoice",
        LostPayment = "lost_payment",
        OpenUnpaid = "open_unpaid",
        SerialTwice = "serial_twice",
        UnbalancedEntry = "unbalanced_entry",
        WalletNegative = "wallet_negative",
        SeriesGap = "series_gap",
        EffectTwice = "effect_twice",
        JournalMissing = "journal_missing",
    }
}

impl World {
    /// Does the planned harm once half of the time is over and there is something to harm.
    pub(crate) async fn do_harm(&mut self) -> Result<()> {
        let Some(sabotage) = self.setup.sabotage else { return Ok(()) };
        let lived = self.setup.start.days_until(self.today(crate::map::TOWNS[0].zone));
        let whole = self.setup.start.days_until(self.setup.start.plus_months(self.setup.months));
        if lived * 2 < whole {
            return Ok(());
        }
        let cause = Cause::system(self.now(), "sabotage");
        let odds = self.setup.odds;
        self.dial.set(crate::faults::Odds::NONE);
        let fresh = self.dice.uuid();
        let harmed =
            self.db.write(&cause, async |tx: &mut Tx| harm(tx, sabotage, fresh).await).await?;
        self.dial.set(odds);
        if harmed > 0 {
            tracing::warn!(%sabotage, "harm was done");
            self.setup.sabotage = None;
        }
        Ok(())
    }
}

/// Does it; answers how many rows were harmed. None: there was nothing to harm yet.
async fn harm(tx: &mut Tx, sabotage: Sabotage, fresh: Uuid) -> Result<u64> {
    match sabotage {
        Sabotage::DoubleInvoice => double_invoice(tx, fresh).await,
        Sabotage::LostPayment => lost_payment(tx).await,
        Sabotage::OpenUnpaid => {
            tx.exec(
                "update network_access set desired = 'full', profile_id = (
                   select min(profile_id) from network_access where desired = 'full')
                 where subscription_id in (
                   select s.id from billing_subscription s join network_access a on a.subscription_id = s.id
                   where s.state = 'isolated' and a.desired = 'isolated' and a.recheck_at is null
                   order by s.number limit 1)",
                args![],
            )
            .await
        }
        Sabotage::SerialTwice => {
            tx.exec(
                "insert into inventory_item (id, type_id, serial, mac, state, location_id,
                   subscription_id, owner, branch_id, version, received_at)
                 select $1, type_id, lower(serial), null, state, location_id, subscription_id, owner,
                   branch_id, 1, received_at
                 from inventory_item where state = 'in_stock' order by serial limit 1",
                args![fresh],
            )
            .await
        }
        Sabotage::UnbalancedEntry => {
            let found: Option<(Uuid, String)> = tx
                .row_opt(
                    "select p.entry_id, p.account from billing_posting p
                     join billing_entry e on e.id = p.entry_id and e.kind = 'recognition'
                     order by e.at, p.account limit 1",
                    args![],
                )
                .await?;
            let Some((entry, account)) = found else { return Ok(0) };
            tx.exec(
                "update billing_posting set amount = amount + 1 where entry_id = $1 and account = $2",
                args![entry, account],
            )
            .await
        }
        Sabotage::WalletNegative => {
            tx.exec("update partner_wallet set balance = -50000, debt = 0", args![]).await
        }
        Sabotage::SeriesGap => {
            tx.exec(
                "update billing_invoice set seq = seq + 1000 where id in (
                   select id from billing_invoice where series is not null order by number limit 1)",
                args![],
            )
            .await
        }
        Sabotage::EffectTwice => {
            tx.exec(
                "insert into notification_attempt (message_id, attempt, at, outcome, detail)
                 select a.message_id, a.attempt + 50, a.at, a.outcome, a.detail
                 from notification_attempt a where a.outcome = 'sent' order by a.at, a.message_id limit 1",
                args![],
            )
            .await
        }
        Sabotage::JournalMissing => {
            tx.exec(
                "delete from store_journal where id in (
                   select j.id from store_journal j where j.subject = 'payment' and j.action = 'received'
                   order by j.recorded_at, j.id limit 1)",
                args![],
            )
            .await
        }
    }
}

/// A second regular invoice over days that are billed already.
async fn double_invoice(tx: &mut Tx, fresh: Uuid) -> Result<u64> {
    tx.exec(
        "insert into billing_invoice (id, number, series, seq, customer_id, subscription_id, branch_id,
           partner_id, kind, key, period_from, period_to, months, state, issued_on, issued_at, due_on,
           base, tax, total, paid, credited, withheld, written_off, paid_at, live, hash)
         select $1, 'X' || number, null, null, customer_id, subscription_id, branch_id, partner_id, kind,
           'again', period_from, period_to, months, state, issued_on, issued_at, due_on, base, tax, total,
           paid, credited, withheld, written_off, paid_at, true, hash
         from billing_invoice where live and kind = 'regular' and state = 'issued' and total > 0
         order by number limit 1",
        args![fresh],
    )
    .await
}

/// A settled payment disappears with its allocations; the invoices are owed again.
async fn lost_payment(tx: &mut Tx) -> Result<u64> {
    let found: Option<Uuid> = tx
        .value_opt(
            "select p.id from billing_payment p where p.state = 'settled' and p.refunded = 0
             order by p.settled_at, p.id limit 1",
            args![],
        )
        .await?;
    let Some(id) = found else { return Ok(0) };
    tx.exec(
        "update billing_invoice set paid = paid - (
           select cast(coalesce(sum(a.amount), 0) as bigint) from billing_allocation a
           where a.payment_id = $1 and a.invoice_id = billing_invoice.id)
         where id in (select invoice_id from billing_allocation where payment_id = $1)",
        args![id],
    )
    .await?;
    tx.exec("delete from billing_allocation where payment_id = $1", args![id]).await?;
    tx.exec("delete from billing_payment where id = $1", args![id]).await
}
