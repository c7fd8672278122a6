//! Requests: another plan or the end of a subscription, asked for by the customer or their reseller, and
//! done by somebody of the office. A request changes nothing by itself.

use ::store::{Query, QueryExt, Tx, args};
use kernel::fault::wrong_state;
use kernel::{
    BranchId, CustomerId, Day, Fault, PartnerId, Permission, PlanId, RequestId, Result, Scope,
    SubscriptionId, Ts,
};
use serde_json::{Value, json};

::store::words! {
    /// What is asked for.
    pub enum RequestKind {
        PlanChange = "plan_change",
        Stop = "stop",
        /// Something of the customer's data that only the office changes: phone, name, address.
        Contact = "contact",
    }
}

::store::words! {
    pub enum RequestState {
        Open = "open",
        Done = "done",
        Refused = "refused",
        Withdrawn = "withdrawn",
    }
}

::store::row! {
    /// A request as stored.
    pub struct Request {
        pub id: RequestId,
        /// `P000012`.
        pub number: String,
        pub customer_id: CustomerId,
        pub subscription_id: SubscriptionId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub kind: RequestKind,
        /// The plan wished for.
        pub plan_id: Option<PlanId>,
        pub wished_on: Option<Day>,
        pub note: String,
        pub state: RequestState,
        /// By name.
        pub asked_by: String,
        pub created_at: Ts,
        pub answered_by: Option<String>,
        pub answered_at: Option<Ts>,
        /// What the office said to it.
        pub answer: Option<String>,
    }
}

/// A request to make. That the subscription is the customer's, and the plan one they could have, the flow
/// has checked.
#[derive(Clone, Debug)]
pub struct NewRequest {
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
    pub branch: BranchId,
    pub partner: Option<PartnerId>,
    pub kind: RequestKind,
    pub plan: Option<PlanId>,
    pub wished_on: Option<Day>,
    pub note: String,
}

const COLUMNS: &str = "id, number, customer_id, subscription_id, branch_id, partner_id, kind, plan_id, \
     wished_on, note, state, asked_by, created_at, answered_by, answered_at, answer";
const IN_SCOPE: &str = "($1 is null or branch_id = $1) and ($2 is null or partner_id = $2) \
     and ($3 is null or customer_id = $3)";
/// The longest note and answer, in characters.
const TEXT_MAX: usize = 1_000;

/// Asks.
///
/// # Errors
/// `crm.request_open` while the same waits already; a field fault on `note`; `forbidden`.
pub async fn ask(tx: &mut Tx, new: NewRequest) -> Result<Request> {
    tx.actor().require(Permission::SubscriptionRequest)?;
    let note = text("note", &new.note)?;
    let request = Request {
        id: tx.new_id(),
        number: format!("P{:06}", tx.next_number("crm/request").await?),
        customer_id: new.customer,
        subscription_id: new.subscription,
        branch_id: new.branch,
        partner_id: new.partner,
        kind: new.kind,
        plan_id: new.plan,
        wished_on: new.wished_on,
        note,
        state: RequestState::Open,
        asked_by: tx.actor().name.clone(),
        created_at: tx.now(),
        answered_by: None,
        answered_at: None,
        answer: None,
    };
    insert(tx, &request).await.map_err(|fault| {
        if !::store::is_unique(&fault) {
            return fault;
        }
        Fault::conflict(
            "crm.request_open",
            "Permintaan yang sama sudah kami terima dan sedang menunggu.",
            "The same request has reached us and is waiting.",
        )
    })?;
    let after = json!({ "kind": request.kind, "plan": request.plan_id, "on": request.wished_on,
                        "subscription": request.subscription_id });
    tx.journal("request", request.id.uuid(), "asked", Value::Null, after).await?;
    Ok(request)
}

async fn insert(tx: &mut Tx, r: &Request) -> Result<u64> {
    let sql = format!(
        "insert into crm_request ({COLUMNS})
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)"
    );
    tx.exec(
        &sql,
        args![
            r.id,
            r.number,
            r.customer_id,
            r.subscription_id,
            r.branch_id,
            r.partner_id,
            r.kind,
            r.plan_id,
            r.wished_on,
            r.note,
            r.state,
            r.asked_by,
            r.created_at,
            r.answered_by,
            r.answered_at,
            r.answer
        ],
    )
    .await
}

/// One request in scope.
///
/// # Errors
/// `crm.request_not_found`.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: RequestId) -> Result<Request> {
    let sql = format!("select {COLUMNS} from crm_request where {IN_SCOPE} and id = $4");
    let found = q.row_opt(&sql, args![scope.branch, scope.partner, scope.customer, id]).await?;
    found.ok_or_else(|| {
        Fault::not_found(
            "crm.request_not_found",
            "Permintaan ini tidak ada, atau bukan wewenang Anda.",
            "There is no such request, or it is not yours to see.",
        )
    })
}

/// Requests in scope, newest first, before `after`, of this state and customer when given.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    (state, customer): (Option<RequestState>, Option<CustomerId>),
    after: Option<RequestId>,
    limit: i64,
) -> Result<Vec<Request>> {
    let sql = format!(
        "select {COLUMNS} from crm_request where {IN_SCOPE} and ($4 is null or state = $4)
           and ($5 is null or customer_id = $5) and ($6 is null or id < $6)
         order by id desc limit $7"
    );
    let (branch, partner, own) = (scope.branch, scope.partner, scope.customer);
    q.rows(&sql, args![branch, partner, own, state, customer, after, limit]).await
}

/// The office has done it, or will not; what it says reaches the one who asked.
///
/// # Errors
/// `crm.request_not_found`, `crm.request_state`; a field fault on `answer` when a refusal says nothing.
pub async fn answer(tx: &mut Tx, id: RequestId, done: bool, words: &str) -> Result<Request> {
    tx.actor().require(Permission::SubscriptionWrite)?;
    let words = text("answer", words)?;
    if !done && words.is_empty() {
        return Err(Fault::field("answer", "required", "wajib diisi", "is required"));
    }
    let state = if done { RequestState::Done } else { RequestState::Refused };
    close(tx, id, state, Some(words).filter(|w| !w.is_empty())).await
}

/// Whoever asked takes it back.
///
/// # Errors
/// `crm.request_not_found`, `crm.request_state`; `forbidden`.
pub async fn withdraw(tx: &mut Tx, id: RequestId) -> Result<Request> {
    tx.actor().require(Permission::SubscriptionRequest)?;
    close(tx, id, RequestState::Withdrawn, None).await
}

async fn close(
    tx: &mut Tx,
    id: RequestId,
    state: RequestState,
    words: Option<String>,
) -> Result<Request> {
    let scope = tx.actor().scope.clone();
    let before = find(tx, &scope, id).await?;
    let by = tx.actor().name.clone();
    let changed = tx
        .exec(
            "update crm_request set state = $2, answered_by = $3, answered_at = $4, answer = $5
             where id = $1 and state = 'open'",
            args![id, state, by, tx.now(), words],
        )
        .await?;
    if changed == 0 {
        let now = find(tx, &scope, id).await?.state;
        let names = ("Permintaan", "request");
        return Err(wrong_state("crm.request_state", names, now.as_str(), "open"));
    }
    let (was, is) = (json!({ "state": before.state }), json!({ "state": state }));
    tx.journal("request", id.uuid(), state.as_str(), was, is).await?;
    find(tx, &scope, id).await
}

fn text(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > TEXT_MAX {
        let (id, en) =
            (format!("paling panjang {TEXT_MAX} huruf"), format!("at most {TEXT_MAX} letters"));
        return Err(Fault::field(field, "too_long", id, en));
    }
    Ok(text.to_owned())
}
