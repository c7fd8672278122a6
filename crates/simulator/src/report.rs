//! What a world lived through, and the hash by which two runs are compared.

use std::collections::BTreeMap;

use kernel::{Day, Result, Ts};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{QueryExt, args};

use crate::map::TOWNS;
use crate::world::World;

/// The report of a run. The same seed gives the same, hash included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub seed: u64,
    pub months: i32,
    pub customers: i64,
    pub installs: i64,
    pub invoices: i64,
    pub payments: i64,
    pub late_payments: i64,
    pub duplicate_notices: u64,
    pub isolations: i64,
    pub reconnects: i64,
    pub nas_reboots: u64,
    pub kills: u64,
    pub db_errors: u64,
    /// Questions that the invariants put to the database.
    pub invariants_checked: u64,
    /// The harm that was to be done, when there was never anything to harm.
    pub harm_undone: Option<&'static str>,
    pub broken: u64,
    /// The first invariant that was found broken, and what showed it.
    pub first_broken: Option<flows::invariants::Broken>,
    pub credit_notes: i64,
    /// Parts of credit that were paid out again.
    pub refunds: i64,
    pub write_offs: i64,
    /// Of tax that firms kept back, and those of them whose paper came.
    pub withholdings: i64,
    pub certificates: i64,
    /// What one person of finance asked for and another one approved.
    pub approved: i64,
    pub lost_notices: u64,
    pub sessions: i64,
    pub messages: i64,
    /// The day on which the run ended.
    pub ended_on: Day,
    /// What people were refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// SHA-256 over the business tables in their order.
    pub hash: String,
}

impl World {
    /// Counts and hashes what is there now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report(&mut self) -> Result<Report> {
        let (db_errors, kills) = self.dial.counts();
        let (isolations, reconnects) = self.turns().await?;
        Ok(Report {
            seed: self.setup.seed,
            months: self.setup.months,
            customers: self.count("crm_customer").await?,
            installs: self
                .count("fulfilment_work_order where kind = 'install' and state = 'done'")
                .await?,
            invoices: self.count("billing_invoice where state = 'issued'").await?,
            payments: self.count("billing_payment where settled_at is not null").await?,
            late_payments: self.late_payments().await?,
            duplicate_notices: self.tally.duplicate_notices,
            isolations,
            reconnects,
            nas_reboots: self.tally.nas_reboots,
            kills,
            db_errors,
            invariants_checked: self.tally.invariants_checked,
            harm_undone: self.setup.sabotage.map(|harm| harm.as_str()),
            broken: u64::from(self.broken.is_some()),
            first_broken: self.broken.clone(),
            credit_notes: self.count("billing_credit_note").await?,
            refunds: self.count("billing_refund").await?,
            write_offs: self.count("billing_write_off").await?,
            withholdings: self.count("billing_withholding where cancelled_at is null").await?,
            certificates: self.count("billing_withholding where certified_at is not null").await?,
            approved: self.count("billing_approval where state = 'approved'").await?,
            lost_notices: self.tally.lost_notices,
            sessions: self.count("network_session").await?,
            messages: self.count("notification_message where state = 'sent'").await?,
            ended_on: self.today(TOWNS[0].zone),
            refused: self.tally.refused.clone(),
            hash: self.hash().await?,
        })
    }

    async fn count(&self, what: &str) -> Result<i64> {
        self.db.reader().value(&format!("select count(*) from {what}"), args![]).await
    }

    /// Changes of access from full to isolated, and back.
    async fn turns(&self) -> Result<(i64, i64)> {
        self.db
            .reader()
            .row(
                "select cast(coalesce(sum(case when was = 'full' and desired = 'isolated' then 1 else 0 end), 0) as bigint),
                   cast(coalesce(sum(case when was = 'isolated' and desired = 'full' and version > 2 then 1 else 0 end), 0) as bigint)
                 from (select desired, version, lag(desired) over
                   (partition by subscription_id order by version, at, id) as was
                   from network_access_change where effect = true) t",
                args![],
            )
            .await
    }

    async fn late_payments(&self) -> Result<i64> {
        let rows: Vec<(kernel::PaymentId, Ts, Day, kernel::BranchId)> = self
            .db
            .reader()
            .rows(
                "select a.payment_id, p.received_at, i.due_on, i.branch_id from billing_allocation a
                 join billing_payment p on p.id = a.payment_id
                 join billing_invoice i on i.id = a.invoice_id
                 where a.amount > 0 order by a.payment_id",
                args![],
            )
            .await?;
        let late: std::collections::BTreeSet<_> = rows
            .into_iter()
            .filter(|(_, at, due, branch)| at.day(TOWNS[self.town_of(*branch)].zone) > *due)
            .map(|row| row.0)
            .collect();
        Ok(i64::try_from(late.len()).unwrap_or(i64::MAX))
    }

    /// SHA-256 over what the business tables say, without ids and secrets.
    async fn hash(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for (table, sql) in DUMP {
            hash.update(table.as_bytes());
            let rows: Vec<Option<String>> = self.db.reader().values(sql, args![]).await?;
            for row in rows {
                hash.update(row.unwrap_or_default().as_bytes());
                hash.update([0x0a]);
            }
        }
        Ok(data_encoding::HEXLOWER.encode(&hash.finalize()))
    }
}

/// Each table's rows as text, in an order of their own.
const DUMP: [(&str, &str); 15] = [
    (
        "crm_lead",
        "select name || '|' || phone || '|' || state || '|' || channel || '|' || address
         from crm_lead order by registered_at, phone",
    ),
    ("crm_customer", "select number || '|' || name || '|' || phone from crm_customer order by number"),
    (
        "billing_subscription",
        "select number || '|' || state || '|' || mode || '|' || calendar || '|' || cast(anchor_dom as text)
           || '|' || coalesce(cast(activated_on as text), '') || '|' || coalesce(cast(billed_to as text), '')
           || '|' || coalesce(cast(terminated_on as text), '')
         from billing_subscription order by number",
    ),
    (
        "billing_invoice",
        "select coalesce(number, '') || '|' || kind || '|' || cast(period_from as text) || '|'
           || cast(period_to as text) || '|' || cast(total as text) || '|' || cast(paid as text) || '|'
           || cast(credited as text) || '|' || cast(withheld as text) || '|' || cast(written_off as text)
           || '|' || coalesce(cast(paid_at as text), '') || '|' || hash
         from billing_invoice order by number, id",
    ),
    (
        "billing_credit_note",
        "select number || '|' || cast(total as text) || '|' || why from billing_credit_note order by number",
    ),
    (
        "billing_payment",
        "select channel || '|' || reference || '|' || coalesce(receipt_number, '') || '|'
           || cast(amount as text) || '|' || cast(allocated as text) || '|' || state || '|'
           || cast(recorded_at as text)
         from billing_payment order by channel, reference",
    ),
    (
        "billing_posting",
        "select cast(e.on_day as text) || '|' || e.kind || '|' || p.account || '|'
           || cast(sum(p.amount) as text)
         from billing_posting p join billing_entry e on e.id = p.entry_id
         group by e.on_day, e.kind, p.account order by e.on_day, e.kind, p.account",
    ),
    (
        "inventory_item",
        "select serial || '|' || state || '|' || cast(version as text) from inventory_item order by serial",
    ),
    (
        "fulfilment_work_order",
        "select number || '|' || kind || '|' || state || '|' || cast(visit as text) || '|'
           || coalesce(serial, '')
         from fulfilment_work_order order by number",
    ),
    (
        "network_account",
        "select username || '|' || state || '|' || coalesce(mac, '') from network_account
         order by username, created_at",
    ),
    (
        "network_access",
        "select t.username || '|' || a.desired || '|' || cast(a.version as text) || '|'
           || cast(a.enforced_version as text)
         from network_access a join network_account t on t.id = a.account_id order by t.username, t.created_at",
    ),
    (
        "network_session",
        "select n.name || '|' || s.acct_session_id || '|' || s.username || '|' || s.state || '|'
           || cast(s.started_at as text) || '|' || cast(s.bytes_in as text) || '|'
           || cast(s.bytes_out as text)
         from network_session s join network_nas n on n.id = s.nas_id
         order by n.name, s.started_at, s.acct_session_id, s.username",
    ),
    (
        "partner_wallet_row",
        "select cast(seq as text) || '|' || kind || '|' || cast(amount as text) || '|'
           || cast(balance_after as text)
         from partner_wallet_row order by partner_id, seq",
    ),
    (
        "notification_message",
        "select channel || '|' || address || '|' || template || '|' || state || '|'
           || cast(created_at as text)
         from notification_message order by created_at, channel, address, template, id",
    ),
    (
        "store_journal",
        "select subject || '|' || action || '|' || cast(count(*) as text) from store_journal
         group by subject, action order by subject, action",
    ),
];
