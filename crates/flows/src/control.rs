//! A person's own hand on live sessions: ending one, and telling the routers once more what is desired.
//!
//! The exchange with the router happens outside any transaction; what it answered is recorded like the
//! enforcer's own attempts, and in the journal. Nothing is decided here.

use std::sync::Arc;

use kernel::{Actor, Cause, Clock, Fault, NasId, Permission, Result, SessionId, SubscriptionId};
use network::access::{self, Attempt, AttemptHow};
use network::control::Probe;
use network::{AccessView, Desired, LiveSession, NasAnswer, NasControl, SessionState};
use serde_json::json;
use store::{Db, Query, Tx};

/// Sessions of one subscription that are told at most.
const SESSIONS_MAX: i64 = 10;

/// What a router answered about one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub session: SessionId,
    pub how: AttemptHow,
    pub answer: NasAnswer,
}

/// Ends a session at its NAS (Disconnect-Request). The session closes by the NAS's accounting, or at once
/// when the NAS says that it has no such session.
///
/// # Errors
/// `forbidden`; `network.session_not_found`, also when out of scope; `network.session_closed`.
pub async fn kick(
    db: &Db,
    nas: &dyn NasControl,
    cause: &Cause,
    clock: &dyn Clock,
    id: SessionId,
) -> Result<Told> {
    cause.actor.require(Permission::SessionKick)?;
    let session = network::session::for_control(&mut db.reader(), &cause.actor.scope, id).await?;
    let attempt = exchange(nas, clock, &session, None).await;
    let told = Told { session: id, how: attempt.how, answer: attempt.answer };
    let done = Cause { now: clock.now(), ..cause.clone() };
    db.write(&done, async |tx: &mut Tx| {
        if let Some(subscription) = session.subscription {
            let access = access::of(tx, subscription).await?;
            let version = access.map_or(0, |a| a.version);
            record(tx, subscription, version, std::slice::from_ref(&attempt)).await?;
        }
        let after = json!({ "answer": word(told.answer), "username": session.username });
        tx.journal("session", id.uuid(), "kicked", json!(null), after).await
    })
    .await?;
    Ok(told)
}

/// Whether [`kick`] has a session to end.
///
/// # Errors
/// As [`kick`] would say.
pub async fn may_kick(db: &Db, actor: &Actor, id: SessionId) -> Result<()> {
    actor.require(Permission::SessionKick)?;
    network::session::for_control(&mut db.reader(), &actor.scope, id).await.map(drop)
}

/// Asks a router whether it takes our requests; what it said is journaled.
///
/// # Errors
/// `forbidden`; `network.nas_not_found`, also when out of scope.
pub async fn probe(
    db: &Db,
    router: &dyn NasControl,
    cause: &Cause,
    clock: &dyn Clock,
    id: NasId,
) -> Result<Probe> {
    cause.actor.require(Permission::NasWrite)?;
    network::nas::find(&mut db.reader(), &cause.actor.scope, id).await?;
    let probe = router.probe(id).await;
    let done = Cause { now: clock.now(), ..cause.clone() };
    db.write(&done, async |tx: &mut Tx| {
        let after = json!({ "answer": probe_word(probe) });
        tx.journal("nas", id.uuid(), "probed", json!(null), after).await
    })
    .await?;
    Ok(probe)
}

/// What a probe found in one word, as journaled.
pub const fn probe_word(probe: Probe) -> &'static str {
    match probe {
        Probe::Heard(_) => "heard",
        Probe::OtherSecret => "other_secret",
        Probe::Closed => "closed",
        Probe::Silent => "silent",
        Probe::NotPossible => "not_possible",
    }
}

/// What a router did not agree to, as a refusal.
///
/// # Errors
/// `network.router_refused`, `network.router_silent`, `network.router_unreachable`.
pub fn agreed(told: &Told) -> Result<()> {
    let (code, id, en) = match told.answer {
        NasAnswer::Ack => return Ok(()),
        NasAnswer::Nak(_) => (
            "network.router_refused",
            "Router menolak memutus sesi ini; mungkin sudah tidak ada di router.",
            "The router refused to end this session; perhaps it has it no more.",
        ),
        NasAnswer::Timeout => (
            "network.router_silent",
            "Router tidak menjawab. Coba lagi, atau periksa CoA di router.",
            "The router did not answer. Try again, or check CoA at the router.",
        ),
        NasAnswer::NotPossible => (
            "network.router_unreachable",
            "Permintaan tidak bisa dikirim ke router ini.",
            "Nothing could be sent to this router.",
        ),
    };
    Err(Fault::conflict(code, id, en))
}

/// Tells the NAS of every open session of a subscription what is desired now: a change, or a disconnect
/// when access is blocked.
///
/// # Errors
/// `forbidden`; `billing.subscription_not_found`, also when out of scope; `network.nothing_to_tell` when
/// no session is open or nothing was decided yet.
pub async fn resend(
    db: &Db,
    nas: &dyn NasControl,
    cause: &Cause,
    clock: &dyn Clock,
    subscription: SubscriptionId,
) -> Result<Vec<Told>> {
    cause.actor.require(Permission::SessionKick)?;
    let (view, sessions) = desired(db, cause, subscription).await?;
    let mut attempts = Vec::with_capacity(sessions.len());
    for session in &sessions {
        attempts.push(exchange(nas, clock, session, Some(&view)).await);
    }
    let done = Cause { now: clock.now(), ..cause.clone() };
    db.write(&done, async |tx: &mut Tx| {
        record(tx, subscription, view.version, &attempts).await?;
        let answers: Vec<&str> = attempts.iter().map(|a| word(a.answer)).collect();
        let after = json!({ "version": view.version, "answers": answers });
        tx.journal("access", subscription.uuid(), "resent", json!(null), after).await
    })
    .await?;
    let told = |a: Attempt| Told { session: a.session, how: a.how, answer: a.answer };
    Ok(attempts.into_iter().map(told).collect())
}

/// What is desired, and the open sessions that should have it.
async fn desired(
    db: &Db,
    cause: &Cause,
    subscription: SubscriptionId,
) -> Result<(AccessView, Vec<LiveSession>)> {
    let q: &mut dyn Query = &mut db.reader();
    billing::subscription::find(q, &cause.actor.scope, subscription).await?;
    let nothing = || {
        Fault::conflict(
            "network.nothing_to_tell",
            "Tidak ada sesi yang terbuka; login berikutnya langsung memakai akses terbaru.",
            "No session is open; the next login gets the latest access by itself.",
        )
    };
    let access = access::of(q, subscription).await?.ok_or_else(nothing)?;
    let sessions = network::session::of_subscription(q, subscription, SESSIONS_MAX).await?;
    let open = sessions.iter().filter(|s| s.state != SessionState::Closed);
    let open: Vec<LiveSession> = open.map(|s| s.live()).collect();
    if open.is_empty() {
        return Err(nothing());
    }
    let catalog = catalog::current(q).await?;
    let profile = match &access.desired {
        Desired::Full { profile } => Some(catalog.profile(*profile)?),
        Desired::Isolated { .. } => Some(catalog.isolation_profile()?),
        Desired::Blocked { .. } => None,
    };
    let view = AccessView {
        subscription,
        version: access.version,
        desired: access.desired,
        profile: profile.map(|p| Arc::new(network::directory::reply_profile(p))),
    };
    Ok((view, open))
}

/// One exchange: a change to `access`, or a disconnect when there is none to change to.
async fn exchange(
    nas: &dyn NasControl,
    clock: &dyn Clock,
    session: &LiveSession,
    access: Option<&AccessView>,
) -> Attempt {
    let sent_at = clock.now();
    let (how, answer) = match access.filter(|view| view.profile.is_some()) {
        Some(view) => (AttemptHow::Change, nas.change(session, view).await),
        None => (AttemptHow::Disconnect, nas.disconnect(session).await),
    };
    Attempt {
        session: session.id,
        nas: session.nas,
        how,
        answer,
        sent_at,
        answered_at: clock.now(),
    }
}

async fn record(
    tx: &mut Tx,
    subscription: SubscriptionId,
    version: i64,
    attempts: &[Attempt],
) -> Result<()> {
    let interim = catalog::current(tx).await?.isp_policy().interim_secs;
    let waits = attempts.iter().map(|a| network::enforce::wait_secs(a.how, a.answer, 0, interim));
    let next = tx.now().plus_secs(waits.min().unwrap_or(0));
    access::record_attempts(tx, subscription, version, attempts, next).await?;
    Ok(())
}

/// The answer in one word, as stored.
pub const fn word(answer: NasAnswer) -> &'static str {
    match answer {
        NasAnswer::Ack => "ack",
        NasAnswer::Nak(_) => "nak",
        NasAnswer::Timeout => "timeout",
        NasAnswer::NotPossible => "not_possible",
    }
}
