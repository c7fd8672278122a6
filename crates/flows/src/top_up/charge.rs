//! A top-up that is paid at a payment gateway: opened there, credited by its verified word, once by the
//! gateway's own number of the payment.

use billing::gateway::{Checkout, NewCharge, RemotePayment};
use billing::notice;
use billing::words::{Channel, NoticeState, RemoteState};
use kernel::{Cause, Fault, Field, Money, NoticeId, PartnerId, Permission, Result, Scope, Ts};
use serde_json::{Value, json};
use store::{Db, Lock, Query, QueryExt, Tx, args, row};

use super::{TopUp, TopUpId, TopUpState, decide, find};
use crate::checkout::{VALID_SECS, fault_of, no_gateway};
use crate::inbox::Gateways;
use crate::wallet;

row! {
    /// What was opened at a gateway.
    pub struct Charge {
        pub top_up_id: TopUpId,
        pub gateway: String,
        /// Ours, at the gateway.
        pub reference: String,
        pub url: Option<String>,
        pub code: Option<String>,
        pub expires_at: Ts,
    }
}

const SQL: &str =
    "select top_up_id, gateway, reference, url, code, expires_at from flows_top_up_charge";

/// The least that is worth a gateway's fee, and the most that one payment at a gateway carries.
const LEAST: Money = Money::rupiah(10_000);
const MOST: Money = Money::rupiah(100_000_000);

/// Opens a top-up at a gateway (by its name, or the first there is) and answers where the reseller pays.
/// Nothing is credited by it. Our row first, then the gateway, outside any transaction.
///
/// # Errors
/// `forbidden` without `WalletTopUp`; `partner.not_found`; `invalid_fields` for an amount outside
/// Rp 10.000–100.000.000; `gateway.none`, `gateway.away`, `gateway.rejected` as in [`crate::checkout`].
pub async fn open(
    db: &Db,
    cause: &Cause,
    partner: PartnerId,
    amount: Money,
    gateway: Option<&str>,
) -> Result<TopUp> {
    let gateways = db.ext::<Gateways>().ok_or_else(no_gateway)?;
    let gateway = match gateway {
        Some(name) => gateways.named(name),
        None => gateways.first(),
    };
    let gateway = gateway.ok_or_else(no_gateway)?;
    let name = gateway.name();
    let charge =
        db.write(cause, async |tx: &mut Tx| record(tx, partner, amount, name).await).await?;
    let wanted = NewCharge {
        reference: charge.reference.clone(),
        amount,
        open_amount: false,
        expires_at: charge.expires_at,
    };
    let checkout = gateway.create(&wanted).await.map_err(|error| fault_of(name, &error));
    let id = charge.top_up_id;
    let checkout = match checkout {
        Ok(checkout) => checkout,
        Err(fault) => {
            // Nobody can pay what was not opened; should the gateway have opened it all the same, its money
            // is still counted.
            db.write(cause, async |tx: &mut Tx| decide(tx, id, TopUpState::Expired).await).await?;
            return Err(fault);
        }
    };
    db.write(cause, async |tx: &mut Tx| {
        attach(tx, id, &checkout).await?;
        let scope = tx.actor().scope.clone();
        find(tx, &scope, id).await
    })
    .await
}

async fn record(tx: &mut Tx, partner: PartnerId, amount: Money, gateway: &str) -> Result<Charge> {
    let actor = tx.actor().clone();
    actor.require(Permission::WalletTopUp)?;
    if amount < LEAST || amount > MOST {
        let (id, en) = ("harus Rp 10.000–100.000.000", "must be Rp 10.000–100.000.000");
        return Err(Fault::fields(vec![Field::new("amount", "range", id, en)]));
    }
    let reseller = partner::reseller::find(tx, &actor.scope, partner).await?;
    let id: TopUpId = tx.new_id();
    let reference = format!("TU-{}", id.uuid().simple());
    let channel = Channel::Gateway(gateway.to_owned());
    tx.exec(
        "insert into flows_top_up (id, partner_id, branch_id, amount, channel, reference, asked_by,
           asked_by_name, asked_at, state) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,'waiting')",
        args![
            id,
            reseller.id,
            reseller.branch_id,
            amount,
            channel.to_string(),
            reference,
            actor.tag(),
            actor.name,
            tx.now()
        ],
    )
    .await?;
    let expires_at = tx.now().plus_secs(VALID_SECS);
    tx.exec(
        "insert into flows_top_up_charge (top_up_id, gateway, reference, expires_at)
         values ($1,$2,$3,$4)",
        args![id, gateway, reference, expires_at],
    )
    .await?;
    let after = json!({ "amount": amount, "gateway": gateway });
    tx.journal("wallet", partner.uuid(), "top_up_asked", Value::Null, after).await?;
    let gateway = gateway.to_owned();
    Ok(Charge { top_up_id: id, gateway, reference, url: None, code: None, expires_at })
}

async fn attach(tx: &mut Tx, id: TopUpId, checkout: &Checkout) -> Result<()> {
    tx.exec(
        "update flows_top_up_charge set url = $2, code = $3, expires_at = $4 where top_up_id = $1",
        args![id, checkout.url, checkout.code, checkout.expires_at],
    )
    .await?;
    Ok(())
}

/// Whether a gateway's reference is that of a top-up.
pub(crate) async fn knows(q: &mut dyn Query, gateway: &str, reference: &str) -> Result<bool> {
    Ok(by_reference(q, gateway, reference).await?.is_some())
}

/// Whether this is our reference of a top-up, at whatever gateway.
///
/// # Errors
/// Only when the database fails.
pub async fn is_one(q: &mut dyn Query, reference: &str) -> Result<bool> {
    let sql = "select count(*) from flows_top_up_charge where reference = $1";
    let n: i64 = q.value(sql, args![reference]).await?;
    Ok(n > 0)
}

async fn by_reference(q: &mut dyn Query, gateway: &str, reference: &str) -> Result<Option<Charge>> {
    let sql = format!("{SQL} where reference = $1 and gateway = $2");
    q.row_opt(&sql, args![reference, gateway]).await
}

/// Charges that nobody asked the gateway about since `before`, the longest unasked first.
pub(crate) async fn to_ask(q: &mut dyn Query, before: Ts, limit: i64) -> Result<Vec<Charge>> {
    q.rows(
        "select c.top_up_id, c.gateway, c.reference, c.url, c.code, c.expires_at
         from flows_top_up_charge c join flows_top_up t on t.id = c.top_up_id
         where t.state = 'waiting' and t.asked_at <= $1
           and (c.checked_at is null or c.checked_at <= $1)
         order by coalesce(c.checked_at, t.asked_at), t.id limit $2",
        args![before, limit],
    )
    .await
}

/// Turns a stored notice of a top-up into what it says. Money is credited as it came: a deposit has no
/// amount that it must be. Money taken back by the gateway, or under a number that another amount has,
/// waits for a person.
pub(crate) async fn count(
    tx: &mut Tx,
    id: NoticeId,
    asked: Option<&RemotePayment>,
) -> Result<NoticeState> {
    let Some(row) = notice::claim(tx, id).await? else {
        return Ok(notice::find(tx, id).await?.state);
    };
    let told = row.payment();
    let payment = asked.unwrap_or(&told);
    let charge = by_reference(tx, &row.gateway, &payment.intent_reference).await?;
    let state = match (charge, payment.state) {
        (None, _) => NoticeState::Unmatched,
        (Some(charge), RemoteState::Settled) => match credit(tx, &charge, payment).await? {
            Credit::New | Credit::Known => NoticeState::Counted,
            Credit::Differs => NoticeState::Mismatch,
        },
        (Some(_), RemoteState::Refunded) => NoticeState::Mismatch,
        (Some(charge), RemoteState::Failed | RemoteState::Expired) => {
            expire(tx, charge.top_up_id).await?;
            NoticeState::Ignored
        }
        (Some(_), RemoteState::Pending) => NoticeState::Ignored,
    };
    notice::close(tx, id, state).await?;
    Ok(state)
}

/// Counts what a gateway answered about a charge; without money, one that ended there or whose time is over
/// is closed. Answers how many payments were credited.
pub(crate) async fn answered(tx: &mut Tx, id: TopUpId, known: &[RemotePayment]) -> Result<usize> {
    let sql = format!("{SQL} where top_up_id = $1");
    let charge: Charge = tx.row(&sql, args![id]).await?;
    let mut credited = 0;
    for payment in known.iter().filter(|p| p.state == RemoteState::Settled) {
        credited += usize::from(credit(tx, &charge, payment).await? == Credit::New);
    }
    let now = tx.now();
    tx.exec("update flows_top_up_charge set checked_at = $2 where top_up_id = $1", args![id, now])
        .await?;
    let ended = |p: &RemotePayment| matches!(p.state, RemoteState::Failed | RemoteState::Expired);
    if known.iter().any(ended) || charge.expires_at <= now {
        expire(tx, id).await?;
    }
    Ok(credited)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Credit {
    New,
    Known,
    /// The same number told another amount before.
    Differs,
}

async fn credit(tx: &mut Tx, charge: &Charge, payment: &RemotePayment) -> Result<Credit> {
    let top_up = find(tx, &Scope::all(), charge.top_up_id).await?;
    tx.lock(Lock::Wallet(top_up.partner_id)).await?;
    let channel = Channel::Gateway(charge.gateway.clone());
    let reference = format!("{channel}:{}", payment.payment_reference);
    let known: Option<Money> = tx
        .value_opt(
            "select amount from partner_wallet_row
             where partner_id = $1 and kind = 'top_up' and reference = $2",
            args![top_up.partner_id, reference],
        )
        .await?;
    if let Some(amount) = known {
        return Ok(if amount == payment.amount { Credit::Known } else { Credit::Differs });
    }
    let number = &payment.payment_reference;
    wallet::top_up(tx, top_up.partner_id, payment.amount, &channel, number).await?;
    decide(tx, top_up.id, TopUpState::Credited).await?;
    Ok(Credit::New)
}

/// Only what still waits ends without money.
async fn expire(tx: &mut Tx, id: TopUpId) -> Result<()> {
    let waits = find(tx, &Scope::all(), id).await?.state == TopUpState::Waiting;
    if waits { decide(tx, id, TopUpState::Expired).await } else { Ok(()) }
}
