//! Isi ulang: a top-up of a reseller's wallet is asked for, then credited by somebody who has seen the
//! money. Never by the person who asked, unless the ISP switched four eyes off. One that is paid at a gateway
//! ([`charge`]) is credited by the gateway's word, never by a person's.

pub mod charge;

use billing::words::Channel;
use kernel::{BranchId, Fault, FaultKind, Id, Money, PartnerId, Permission, Result, Scope, Ts};
use serde_json::{Value, json};
use store::{Lock, Query, QueryExt, Tx, args, row};

use crate::wallet;

/// The kind of a top-up's id.
#[derive(Debug)]
pub enum TopUpKind {}
pub type TopUpId = Id<TopUpKind>;

store::words! {
    pub enum TopUpState { Waiting = "waiting", Credited = "credited", Rejected = "rejected",
        /// Nothing came at the gateway in time.
        Expired = "expired" }
}

row! {
    /// A top-up as stored.
    pub struct TopUp {
        pub id: TopUpId,
        pub partner_id: PartnerId,
        pub branch_id: BranchId,
        pub amount: Money,
        /// As [`Channel`] writes it.
        pub channel: String,
        /// The bank's or the receipt's number.
        pub reference: String,
        pub note: Option<String>,
        /// `user:<id>`, as in the journal.
        pub asked_by: String,
        pub asked_by_name: String,
        pub asked_at: Ts,
        pub state: TopUpState,
        pub decided_by: Option<String>,
        pub decided_at: Option<Ts>,
        /// At the gateway: where the reseller pays, the code, and until when.
        pub url: Option<String>,
        pub code: Option<String>,
        pub expires_at: Option<Ts>,
    }
}

const SQL: &str =
    "select t.id, t.partner_id, t.branch_id, t.amount, t.channel, t.reference, t.note,
    t.asked_by, t.asked_by_name, t.asked_at, t.state, t.decided_by, t.decided_at, c.url, c.code,
    c.expires_at
  from flows_top_up t left join flows_top_up_charge c on c.top_up_id = t.id";

/// A top-up as entered.
#[derive(Clone, Debug)]
pub struct NewTopUp {
    pub partner: PartnerId,
    pub amount: Money,
    pub channel: Channel,
    pub reference: String,
    pub note: Option<String>,
}

/// Asks for a top-up. Nothing is credited yet, unless the actor may approve it and the ISP does without a
/// second person.
///
/// # Errors
/// `forbidden` without `WalletTopUp`; `partner.not_found`; `invalid_fields`; `wallet.top_up_known` when a
/// top-up with this reference waits or was credited.
pub async fn ask(tx: &mut Tx, new: &NewTopUp) -> Result<TopUp> {
    let actor = tx.actor().clone();
    actor.require(Permission::WalletTopUp)?;
    wallet::check_top_up(new.amount, &new.channel, &new.reference)?;
    let reseller = partner::reseller::find(tx, &actor.scope, new.partner).await?;
    let id: TopUpId = tx.new_id();
    let note = new.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    tx.exec(
        "insert into flows_top_up (id, partner_id, branch_id, amount, channel, reference, note, asked_by,
           asked_by_name, asked_at, state) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,'waiting')",
        args![
            id, reseller.id, reseller.branch_id, new.amount, new.channel.to_string(),
            new.reference.trim(), note, actor.tag(), actor.name, tx.now()
        ],
    )
    .await
    .map_err(|fault| if store::is_unique(&fault) { known() } else { fault })?;
    let after = json!({ "amount": new.amount, "reference": new.reference.trim() });
    tx.journal("wallet", new.partner.uuid(), "top_up_asked", Value::Null, after).await?;
    let alone = !catalog::current(tx).await?.isp_policy().four_eyes;
    if alone && actor.may(Permission::WalletApprove) {
        return approve(tx, id).await;
    }
    find(tx, &actor.scope, id).await
}

/// Credits a top-up: the money was seen.
///
/// # Errors
/// `forbidden` without `WalletApprove`; `wallet.top_up_not_found`; `wallet.top_up_decided`;
/// `wallet.top_up_gateway` when it is paid at a gateway; `wallet.top_up_own` for the person who asked, unless the policy switched four eyes off.
pub async fn approve(tx: &mut Tx, id: TopUpId) -> Result<TopUp> {
    let actor = tx.actor().clone();
    actor.require(Permission::WalletApprove)?;
    let waiting = open(tx, id).await?;
    let four_eyes = catalog::current(tx).await?.isp_policy().four_eyes;
    if waiting.asked_by == actor.tag() && four_eyes && actor.is_person() {
        return Err(Fault::new(
            FaultKind::Forbidden,
            "wallet.top_up_own",
            "Isi ulang yang Anda masukkan harus disetujui orang lain.",
            "Somebody else has to approve a top-up that you entered.",
        ));
    }
    by_person(&waiting)?;
    let channel = channel_of(&waiting)?;
    let (partner, amount) = (waiting.partner_id, waiting.amount);
    wallet::top_up(tx, partner, amount, &channel, &waiting.reference).await?;
    decide(tx, id, TopUpState::Credited).await?;
    find(tx, &actor.scope, id).await
}

/// Turns a top-up down: the money is not there. Who asked may take it back this way too.
///
/// # Errors
/// `forbidden`; `wallet.top_up_not_found`; `wallet.top_up_decided`; `wallet.top_up_gateway`.
pub async fn reject(tx: &mut Tx, id: TopUpId) -> Result<TopUp> {
    let actor = tx.actor().clone();
    let waiting = open(tx, id).await?;
    by_person(&waiting)?;
    if waiting.asked_by != actor.tag() {
        actor.require(Permission::WalletApprove)?;
    }
    decide(tx, id, TopUpState::Rejected).await?;
    let before = json!({ "amount": waiting.amount, "reference": waiting.reference });
    let partner = waiting.partner_id.uuid();
    tx.journal("wallet", partner, "top_up_rejected", before, Value::Null).await?;
    find(tx, &actor.scope, id).await
}

/// One top-up.
///
/// # Errors
/// `wallet.top_up_not_found`, also when out of scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: TopUpId) -> Result<TopUp> {
    let sql = format!(
        "{SQL} where t.id = $1 and ($2 is null or t.branch_id = $2)
           and ($3 is null or t.partner_id = $3)"
    );
    let found: Option<TopUp> = q.row_opt(&sql, args![id, scope.branch, scope.partner]).await?;
    found.ok_or_else(|| {
        Fault::not_found("wallet.top_up_not_found", "Isi ulang tidak ada.", "No such top-up.")
    })
}

/// Top-ups in scope, newest first, after the id `after`; of one state, if it is given.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    state: Option<TopUpState>,
    after: Option<TopUpId>,
    limit: i64,
) -> Result<Vec<TopUp>> {
    let sql = format!(
        "{SQL} where ($1 is null or t.branch_id = $1) and ($2 is null or t.partner_id = $2)
           and ($3 is null or t.state = $3) and ($4 is null or t.id < $4)
         order by t.id desc limit $5"
    );
    q.rows(&sql, args![scope.branch, scope.partner, state, after, limit]).await
}

async fn open(tx: &mut Tx, id: TopUpId) -> Result<TopUp> {
    let scope = tx.actor().scope.clone();
    let seen = find(tx, &scope, id).await?;
    tx.lock(Lock::Wallet(seen.partner_id)).await?;
    let now = find(tx, &scope, id).await?;
    must_wait(&now).map(|()| now)
}

fn channel_of(top_up: &TopUp) -> Result<Channel> {
    Channel::parse(&top_up.channel)
        .ok_or_else(|| Fault::bug(format!("unknown channel {}", top_up.channel)))
}

/// Whether a person decides it: the money of a gateway decides by itself, or by its end.
///
/// # Errors
/// `wallet.top_up_gateway`.
pub fn by_person(top_up: &TopUp) -> Result<()> {
    if !matches!(channel_of(top_up)?, Channel::Gateway(_)) {
        return Ok(());
    }
    Err(Fault::conflict(
        "wallet.top_up_gateway",
        "Isi ulang ini dibayar lewat payment gateway dan masuk sendiri setelah lunas.",
        "This top-up is paid at the gateway and is credited by itself once it is paid.",
    ))
}

/// Whether it still waits to be decided.
///
/// # Errors
/// `wallet.top_up_decided`.
pub fn must_wait(top_up: &TopUp) -> Result<()> {
    if top_up.state == TopUpState::Waiting {
        return Ok(());
    }
    Err(Fault::conflict(
        "wallet.top_up_decided",
        "Isi ulang ini sudah diputuskan.",
        "This top-up has been decided.",
    ))
}

async fn decide(tx: &mut Tx, id: TopUpId, state: TopUpState) -> Result<()> {
    let by = tx.actor().tag();
    tx.exec(
        "update flows_top_up set state = $2, decided_by = $3, decided_at = $4 where id = $1",
        args![id, state, by, tx.now()],
    )
    .await?;
    Ok(())
}

fn known() -> Fault {
    Fault::conflict(
        "wallet.top_up_known",
        "Isi ulang dengan nomor referensi ini sudah dicatat.",
        "A top-up with this reference is recorded already.",
    )
}
