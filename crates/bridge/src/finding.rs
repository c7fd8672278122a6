//! Where the two sides differ, who has to look at it, and what became of it.

use std::collections::BTreeSet;

use kernel::{BranchId, Fault, Id, Permission, Result, Ts};
use store::{Query, QueryExt, Tx, args, row};
use uuid::Uuid;

use crate::kind::{Engine, Subject};

/// The kind of a finding's id.
#[derive(Debug)]
pub enum FindingKind {}
pub type FindingId = Id<FindingKind>;

store::words! {
    /// What a comparison says of one record (or one field of it).
    pub enum Verdict {
        /// They have it, we do not, and it is linked to one of ours that is gone.
        Orphan = "orphan",
        /// They have it, we never did.
        MissingHere = "missing_here",
        /// We have it, they do not.
        MissingThere = "missing_there",
        /// Both have it; one field differs.
        Differs = "differs",
        /// They have it twice.
        Duplicate = "duplicate",
        /// It was changed on both sides since the last sync.
        Conflict = "conflict",
        /// Their own billing would bill a customer of ours as well.
        TwoBillers = "two_billers",
        /// The same money may have been recorded on both sides.
        MaybeDouble = "maybe_double",
        /// Ours can't be written there as it is.
        Refused = "refused",
    }
}

store::words! {
    pub enum FindingState {
        Open = "open",
        /// Both sides agree again, by our writing or by theirs.
        Healed = "healed",
        Adopted = "adopted",
        /// A person said that it may stay; it comes back when either side's value changes.
        Dismissed = "dismissed",
    }
}

store::words! {
    /// What a person decides about a finding.
    pub enum Settle { Adopt = "adopt", Heal = "heal", Dismiss = "dismiss" }
}

/// A difference as a comparison reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub engine: Engine,
    pub subject: Subject,
    pub verdict: Verdict,
    pub local_id: Option<Uuid>,
    pub external_id: Option<String>,
    /// Of [`Verdict::Differs`] and [`Verdict::Conflict`].
    pub field: Option<String>,
    /// As shown; never a secret (say that it differs, not what it is).
    pub ours: Option<String>,
    pub theirs: Option<String>,
    /// A sentence about it, where the verdict does not say enough.
    pub detail: Option<String>,
    /// Whose it is, when a branch is known.
    pub branch: Option<BranchId>,
}

impl Found {
    pub fn new(engine: Engine, subject: Subject, verdict: Verdict) -> Self {
        Self {
            engine,
            subject,
            verdict,
            local_id: None,
            external_id: None,
            field: None,
            ours: None,
            theirs: None,
            detail: None,
            branch: None,
        }
    }
    /// What makes it the same finding in the next pass: record, verdict, field; not the values. A doubt is
    /// about a pair.
    pub fn key(&self) -> String {
        let local = self.local_id.map(|id| id.to_string()).unwrap_or_default();
        let pair = local.is_empty() || self.verdict == Verdict::MaybeDouble;
        let external = if pair { self.external_id.as_deref() } else { None };
        format!(
            "{}|{}|{local}|{}",
            self.verdict,
            self.field.as_deref().unwrap_or_default(),
            external.unwrap_or_default()
        )
    }
}

row! {
    pub struct Finding {
        pub id: FindingId,
        pub engine: Engine,
        pub subject: Subject,
        pub verdict: Verdict,
        pub local_id: Option<Uuid>,
        pub external_id: Option<String>,
        pub field: Option<String>,
        pub ours: Option<String>,
        pub theirs: Option<String>,
        pub detail: Option<String>,
        pub branch_id: Option<BranchId>,
        pub first_seen: Ts,
        pub last_seen: Ts,
        pub state: FindingState,
        pub settled_at: Option<Ts>,
        pub settled_by: Option<String>,
    }
}

const COLUMNS: &str = "id, engine, subject, verdict, local_id, external_id, field, ours, theirs, \
    detail, branch_id, first_seen, last_seen, state, settled_at, settled_by";

/// Who settles findings about a kind of record.
pub const fn permission(subject: Subject) -> Permission {
    match subject {
        Subject::Account | Subject::Profile | Subject::Nas => Permission::FindingSettleAccess,
        Subject::Part
        | Subject::Location
        | Subject::Item
        | Subject::Move
        | Subject::PurchaseOrder => Permission::FindingSettleStock,
        Subject::Lead
        | Subject::Customer
        | Subject::Plan
        | Subject::Order
        | Subject::Invoice
        | Subject::CreditNote
        | Subject::Payment
        | Subject::Ticket => Permission::FindingSettleMoney,
        Subject::Employee | Subject::Attendance | Subject::Commission => {
            Permission::FindingSettleStaff
        }
    }
}

/// Writes down what a comparison found, in the state that was given to it already (healed and adopted ones
/// stay on record). What was seen before keeps its age; what was settled opens again, a dismissed one only
/// when a value changed.
pub async fn report_as(tx: &mut Tx, found: &Found, state: FindingState) -> Result<FindingId> {
    let id: FindingId = tx.new_id();
    let settled = (state != FindingState::Open).then(|| tx.now());
    let by = (state != FindingState::Open).then(|| tx.actor().name.clone());
    tx.value(
        "insert into bridge_finding (id, engine, subject, key, verdict, local_id, external_id,
           field, ours, theirs, detail, branch_id, first_seen, last_seen, state, settled_at, settled_by)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$13,$14,$15,$16)
         on conflict (engine, subject, key) do update set
           first_seen = case when bridge_finding.state in ('healed', 'adopted')
             then excluded.first_seen else bridge_finding.first_seen end,
           state = case when bridge_finding.state = 'dismissed'
               and coalesce(bridge_finding.ours, '') = coalesce(excluded.ours, '')
               and coalesce(bridge_finding.theirs, '') = coalesce(excluded.theirs, '')
             then 'dismissed' else excluded.state end,
           settled_at = case when bridge_finding.state = 'dismissed'
               and coalesce(bridge_finding.ours, '') = coalesce(excluded.ours, '')
               and coalesce(bridge_finding.theirs, '') = coalesce(excluded.theirs, '')
             then bridge_finding.settled_at else excluded.settled_at end,
           settled_by = case when bridge_finding.state = 'dismissed'
               and coalesce(bridge_finding.ours, '') = coalesce(excluded.ours, '')
               and coalesce(bridge_finding.theirs, '') = coalesce(excluded.theirs, '')
             then bridge_finding.settled_by else excluded.settled_by end,
           external_id = excluded.external_id, ours = excluded.ours, theirs = excluded.theirs,
           detail = excluded.detail, branch_id = excluded.branch_id, last_seen = excluded.last_seen
         returning id",
        args![
            id,
            found.engine,
            found.subject,
            found.key(),
            found.verdict,
            found.local_id,
            found.external_id,
            found.field,
            found.ours,
            found.theirs,
            found.detail,
            found.branch,
            tx.now(),
            state,
            settled,
            by
        ],
    )
    .await
}

/// As [`report_as`], waiting for a person.
pub async fn report(tx: &mut Tx, found: &Found) -> Result<FindingId> {
    report_as(tx, found, FindingState::Open).await
}

/// Heals what a full pass over `subject`, begun at `pass`, did not see any more.
pub async fn clear_not_seen(
    tx: &mut Tx,
    engine: Engine,
    subject: Subject,
    pass: Ts,
) -> Result<u64> {
    tx.exec(
        "update bridge_finding set state = 'healed', settled_at = $4, settled_by = null
         where engine = $1 and subject = $2 and last_seen < $3 and state = 'open'",
        args![engine, subject, pass, tx.now()],
    )
    .await
}

/// As [`clear_not_seen`], for a pass that looks for these verdicts only: a question that it does not ask
/// stays open.
pub async fn clear_verdict_not_seen(
    tx: &mut Tx,
    engine: Engine,
    subject: Subject,
    verdicts: &[Verdict],
    pass: Ts,
) -> Result<u64> {
    let mut healed = 0;
    for verdict in verdicts {
        healed += tx
            .exec(
                "update bridge_finding set state = 'healed', settled_at = $5, settled_by = null
                 where engine = $1 and subject = $2 and verdict = $3 and last_seen < $4
                   and state = 'open'",
                args![engine, subject, *verdict, pass, tx.now()],
            )
            .await?;
    }
    Ok(healed)
}

/// Heals the open findings of these verdicts about a record, by our id, by theirs, or by both.
pub async fn clear(
    tx: &mut Tx,
    engine: Engine,
    subject: Subject,
    verdicts: &[Verdict],
    (local_id, external_id): (Option<Uuid>, Option<&str>),
) -> Result<u64> {
    let mut healed = 0;
    for verdict in verdicts {
        healed += tx
            .exec(
                "update bridge_finding set state = 'healed', settled_at = $4, settled_by = null
                 where engine = $1 and subject = $2 and verdict = $3 and state = 'open'
                   and ($5 is null or local_id = $5) and ($6 is null or external_id = $6)",
                args![engine, subject, *verdict, tx.now(), local_id, external_id],
            )
            .await?;
    }
    Ok(healed)
}

/// Theirs of which a person said that this record of ours is another.
pub async fn apart(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    local_id: Uuid,
) -> Result<Vec<String>> {
    q.values(
        "select external_id from bridge_finding
         where engine = $1 and subject = $2 and local_id = $3 and verdict = 'maybe_double'
           and state in ('healed', 'dismissed') and settled_by is not null
           and external_id is not null order by external_id",
        args![engine, subject, local_id],
    )
    .await
}

/// Heals the open findings about one record that this look (at `tx.now()`) did not see any more. By our
/// id, or by theirs where we have none.
pub async fn clear_record(
    tx: &mut Tx,
    engine: Engine,
    subject: Subject,
    local_id: Option<Uuid>,
    external_id: &str,
) -> Result<u64> {
    tx.exec(
        "update bridge_finding set state = 'healed', settled_at = $5, settled_by = null
         where engine = $1 and subject = $2 and state = 'open' and last_seen < $5
           and (local_id = $3 or (local_id is null and external_id = $4))",
        args![engine, subject, local_id, external_id, tx.now()],
    )
    .await
}

/// Whether a finding about one of our records is open.
pub async fn is_open(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    local_id: Uuid,
) -> Result<bool> {
    let open: i64 = q
        .value(
            "select count(*) from bridge_finding
             where engine = $1 and subject = $2 and local_id = $3 and state = 'open'",
            args![engine, subject, local_id],
        )
        .await?;
    Ok(open > 0)
}

/// What open findings are about: our ids and their names.
#[derive(Clone, Debug, Default)]
pub struct OpenRecords {
    pub local: BTreeSet<Uuid>,
    pub external: BTreeSet<String>,
}

impl OpenRecords {
    pub fn has(&self, local: Option<Uuid>, external: &str) -> bool {
        local.is_some_and(|id| self.local.contains(&id)) || self.external.contains(external)
    }
}

/// Which records have an open finding.
pub async fn open_records(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
) -> Result<OpenRecords> {
    let rows: Vec<(Option<Uuid>, Option<String>)> = q
        .rows(
            "select distinct local_id, external_id from bridge_finding
             where state = 'open' and engine = $1 and subject = $2",
            args![engine, subject],
        )
        .await?;
    let mut all = OpenRecords::default();
    for (local, external) in rows {
        all.local.extend(local);
        all.external.extend(external);
    }
    Ok(all)
}

/// The open findings about one of our records.
pub async fn open_of(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    local_id: Uuid,
) -> Result<Vec<Finding>> {
    let sql = format!(
        "select {COLUMNS} from bridge_finding
         where engine = $1 and subject = $2 and local_id = $3 and state = 'open' order by id"
    );
    q.rows(&sql, args![engine, subject, local_id]).await
}

/// Both sides agree again, without a person.
pub async fn heal(tx: &mut Tx, id: FindingId) -> Result<()> {
    tx.exec(
        "update bridge_finding set state = 'healed', settled_at = $2, settled_by = null
         where id = $1 and state = 'open'",
        args![id, tx.now()],
    )
    .await
    .map(drop)
}

/// One finding.
///
/// # Errors
/// `bridge.finding_not_found`.
pub async fn find(q: &mut dyn Query, id: FindingId) -> Result<Finding> {
    let sql = format!("select {COLUMNS} from bridge_finding where id = $1");
    q.row_opt(&sql, args![id]).await?.ok_or_else(|| {
        Fault::not_found("bridge.finding_not_found", "Temuan tidak ada.", "No such finding.")
    })
}

/// What a list of findings is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub engine: Option<Engine>,
    pub subject: Option<Subject>,
    pub state: Option<FindingState>,
    pub branch: Option<BranchId>,
}

/// The newest first, before the given one.
pub async fn list(
    q: &mut dyn Query,
    filter: &Filter,
    before: Option<FindingId>,
    limit: i64,
) -> Result<Vec<Finding>> {
    let sql = format!(
        "select {COLUMNS} from bridge_finding
         where ($1 is null or engine = $1) and ($2 is null or subject = $2)
           and ($3 is null or state = $3) and ($4 is null or branch_id = $4)
           and ($5 is null or id < $5)
         order by id desc limit $6"
    );
    let all = args![filter.engine, filter.subject, filter.state, filter.branch, before, limit];
    q.rows(&sql, all).await
}

row! {
    /// How many findings of a kind there are, and since when the oldest.
    pub struct Count {
        pub engine: Engine,
        pub subject: Subject,
        pub verdict: Verdict,
        pub state: FindingState,
        pub count: i64,
        pub oldest: Ts,
    }
}

pub async fn counts(q: &mut dyn Query) -> Result<Vec<Count>> {
    q.rows(
        "select engine, subject, verdict, state, count(*) as count, min(first_seen) as oldest
         from bridge_finding group by engine, subject, verdict, state
         order by engine, subject, verdict, state",
        args![],
    )
    .await
}

/// It is not open any more.
pub fn settled(state: FindingState) -> Fault {
    Fault::conflict(
        "bridge.finding_settled",
        format!("Temuan ini sudah selesai ({state})."),
        format!("This finding is settled already ({state})."),
    )
}

/// Writes down what was decided. What follows from it (writing ours again, taking theirs over) is the
/// caller's, in the same transaction.
///
/// # Errors
/// `bridge.finding_settled` when it is not open any more; `forbidden` for who may not settle this kind.
pub async fn settle(tx: &mut Tx, id: FindingId, choice: Settle) -> Result<Finding> {
    tx.lock(store::Lock::Named(&format!("finding {id}"))).await?;
    let found = find(tx, id).await?;
    tx.actor().require(permission(found.subject))?;
    if found.state != FindingState::Open {
        return Err(settled(found.state));
    }
    let state = match choice {
        Settle::Adopt => FindingState::Adopted,
        Settle::Heal => FindingState::Healed,
        Settle::Dismiss => FindingState::Dismissed,
    };
    let by = tx.actor().name.clone();
    tx.exec(
        "update bridge_finding set state = $2, settled_at = $3, settled_by = $4 where id = $1",
        args![id, state, tx.now(), by],
    )
    .await?;
    let was = serde_json::json!({ "verdict": found.verdict, "field": found.field, "subject": found.subject });
    tx.journal("finding", id.uuid(), "settled", was, serde_json::json!({ "choice": choice }))
        .await?;
    Ok(found)
}
