//! What a second person approves before it happens: credit notes, reversals, write-offs, refunds.
//!
//! A single-person ISP switches `four_eyes` off in its policy, which is journaled there.

use kernel::{
    BranchId, CustomerId, Fault, Id, InvoiceId, InvoiceLineId, Money, PaymentId, Permission,
    Result, Ts, UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Query, Tx};
use uuid::Uuid;

use crate::credit::{self, CreditWhat};
use crate::store as sql;
use crate::words::{ApprovalKind, ApprovalState, Channel};
use crate::{invoice, pay, refund, write_off};

/// The kind of an approval's id.
#[derive(Debug)]
pub enum Approval {}
pub type ApprovalId = Id<Approval>;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    Credit {
        invoice: InvoiceId,
        /// Amounts before PPN by line; none: everything that is left.
        lines: Option<Vec<(InvoiceLineId, Money)>>,
    },
    Reversal {
        payment: PaymentId,
    },
    WriteOff {
        invoice: InvoiceId,
        amount: Money,
    },
    Refund {
        customer: CustomerId,
        amount: Money,
        channel: String,
    },
}

store::row! {
    /// A request as stored.
    pub struct ApprovalRow {
        pub id: ApprovalId,
        pub kind: ApprovalKind,
        pub subject_id: Uuid,
        pub branch_id: BranchId,
        pub body: Value,
        pub amount: Money,
        pub why: String,
        /// `user:<id>`, as in the journal.
        pub asked_by: String,
        pub asked_at: Ts,
        pub state: ApprovalState,
        pub decided_by: Option<String>,
        pub decided_at: Option<Ts>,
    }
}

/// Asks a second person. Nothing happens yet.
///
/// # Errors
/// `invalid_fields` without a reason; the subject's own not-found fault.
pub async fn ask(tx: &mut Tx, request: &Request, why: &str) -> Result<ApprovalId> {
    if why.trim().is_empty() {
        return Err(Fault::fields(vec![kernel::Field::required("why")]));
    }
    let (kind, subject, branch, amount) = subject(tx, request).await?;
    let row = ApprovalRow {
        id: tx.new_id(),
        kind,
        subject_id: subject,
        branch_id: branch,
        body: serde_json::to_value(request).map_err(|e| Fault::bug(e.to_string()))?,
        amount,
        why: why.trim().to_owned(),
        asked_by: tx.actor().tag(),
        asked_at: tx.now(),
        state: ApprovalState::Open,
        decided_by: None,
        decided_at: None,
    };
    sql::approval::insert(tx, &row).await?;
    let after = json!({ "kind": kind, "amount": amount, "why": row.why });
    tx.journal("approval", row.id.uuid(), "asked", Value::Null, after).await?;
    Ok(row.id)
}

/// Approves a request and carries it out, in one transaction.
///
/// # Errors
/// `billing.approval_not_found`, `billing.approval_decided`; `forbidden` without the kind's permission;
/// `billing.approval_own` for the person who asked, unless the policy switched four eyes off; whatever the
/// verb refuses.
pub async fn approve(tx: &mut Tx, id: ApprovalId) -> Result<()> {
    let row = open(tx, id).await?;
    tx.actor().require(permission(row.kind))?;
    let catalog = catalog::current(tx).await?;
    if row.asked_by == tx.actor().tag() && catalog.isp_policy().four_eyes && tx.actor().is_person()
    {
        return Err(Fault::new(
            kernel::FaultKind::Forbidden,
            "billing.approval_own",
            "Permintaan sendiri harus disetujui orang lain.",
            "Somebody else has to approve your own request.",
        ));
    }
    let request: Request =
        serde_json::from_value(row.body.clone()).map_err(|e| Fault::bug(e.to_string()))?;
    let asked_by = row.asked_by.strip_prefix("user:").and_then(|id| id.parse().ok());
    carry_out(tx, request, &row.why, asked_by).await?;
    sql::approval::decide(tx, id, ApprovalState::Approved).await?;
    let before = json!({ "asked_by": row.asked_by });
    tx.journal("approval", id.uuid(), "approved", before, json!({ "amount": row.amount })).await
}

/// Rejects a request. Who asked may take it back this way too.
///
/// # Errors
/// `billing.approval_not_found`, `billing.approval_decided`; `forbidden`.
pub async fn reject(tx: &mut Tx, id: ApprovalId) -> Result<()> {
    let row = open(tx, id).await?;
    if row.asked_by != tx.actor().tag() {
        tx.actor().require(permission(row.kind))?;
    }
    sql::approval::decide(tx, id, ApprovalState::Rejected).await?;
    tx.journal("approval", id.uuid(), "rejected", json!({ "asked_by": row.asked_by }), Value::Null)
        .await
}

/// Requests that wait, oldest first; of one branch, if it is given.
pub async fn waiting(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    limit: i64,
) -> Result<Vec<ApprovalRow>> {
    sql::approval::waiting(q, branch, limit).await
}

async fn open(tx: &mut Tx, id: ApprovalId) -> Result<ApprovalRow> {
    tx.lock(store::Lock::Named(&format!("billing.approval.{id}"))).await?;
    let row = sql::approval::find(tx, id).await?.ok_or_else(|| {
        Fault::not_found(
            "billing.approval_not_found",
            "Permintaan persetujuan tidak ada.",
            "No such request.",
        )
    })?;
    if row.state == ApprovalState::Open {
        return Ok(row);
    }
    Err(Fault::conflict(
        "billing.approval_decided",
        "Permintaan ini sudah diputuskan.",
        "This request has been decided.",
    ))
}

const fn permission(kind: ApprovalKind) -> Permission {
    match kind {
        ApprovalKind::Credit | ApprovalKind::WriteOff => Permission::CreditNoteApprove,
        ApprovalKind::Reversal | ApprovalKind::Refund => Permission::PaymentApprove,
    }
}

async fn subject(tx: &mut Tx, request: &Request) -> Result<(ApprovalKind, Uuid, BranchId, Money)> {
    let scope = tx.actor().scope.clone();
    Ok(match request {
        Request::Credit { invoice, lines } => {
            let i = invoice::find(tx, &scope, *invoice).await?;
            let wanted = lines.as_ref().map(|l| l.iter().map(|(_, base)| *base).sum());
            let amount = wanted.unwrap_or(i.total - i.credited);
            (ApprovalKind::Credit, invoice.uuid(), i.branch_id, amount)
        }
        Request::Reversal { payment } => {
            let p = pay::find(tx, &scope, *payment).await?;
            (ApprovalKind::Reversal, payment.uuid(), p.branch_id, p.amount)
        }
        Request::WriteOff { invoice, amount } => {
            let i = invoice::find(tx, &scope, *invoice).await?;
            (ApprovalKind::WriteOff, invoice.uuid(), i.branch_id, *amount)
        }
        Request::Refund { customer, amount, .. } => {
            let party = sql::party::find(tx, *customer).await?.ok_or_else(|| {
                Fault::not_found(
                    "billing.customer_unknown",
                    "Pelanggan ini belum punya langganan atau tagihan.",
                    "This customer has no subscription or invoice yet.",
                )
            })?;
            (ApprovalKind::Refund, customer.uuid(), party.branch_id, *amount)
        }
    })
}

async fn carry_out(
    tx: &mut Tx,
    request: Request,
    why: &str,
    asked_by: Option<UserId>,
) -> Result<()> {
    match request {
        Request::Credit { invoice, lines } => {
            let what = lines.map_or(CreditWhat::Full, CreditWhat::Lines);
            credit::issue(tx, invoice, &what, why).await.map(drop)
        }
        Request::Reversal { payment } => pay::reverse(tx, payment, why).await,
        Request::WriteOff { invoice, amount } => {
            write_off::write_off(tx, invoice, amount, why).await
        }
        Request::Refund { customer, amount, channel } => {
            let channel = Channel::parse(&channel)
                .ok_or_else(|| Fault::bug(format!("unknown channel {channel}")))?;
            refund::refund_for(tx, customer, amount, &channel, why, asked_by).await
        }
    }
}
