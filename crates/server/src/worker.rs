//! The worker: drives every background task with a period and a doorbell, one activation at a time.
//!
//! Several processes on one database behave as one: tasks that must not run twice at once are leased; the
//! others claim row by row.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Result, Ts};
use serde::Serialize;
use store::Db;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

use crate::engines;
use crate::outside::Outside;

/// Rows a round.
const BATCH: i64 = 200;
const LEASE_SECS: i64 = 60;

/// What every task works with.
#[derive(Clone)]
pub struct Worker {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub outside: Arc<Outside>,
    /// Names this process in leases.
    pub holder: String,
}

/// Starts every task; they end when `stopping` becomes true.
pub fn start(worker: &Worker, stopping: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let secs = Duration::from_secs;
    let half = Duration::from_millis(500);
    spawn(&mut tasks, worker, stopping, ("access_enforcer", half, Bell::Commits), enforce);
    spawn(&mut tasks, worker, stopping, ("guest_enforcer", secs(2), Bell::None), end_guests);
    spawn(&mut tasks, worker, stopping, ("outbox", secs(2), Bell::Commits), outbox);
    spawn(&mut tasks, worker, stopping, ("messages", secs(2), Bell::Commits), messages);
    spawn(&mut tasks, worker, stopping, ("gateway_inbox", secs(2), Bell::Gateways), inbox);
    spawn(&mut tasks, worker, stopping, ("sweep", secs(10), Bell::None), sweep);
    spawn(&mut tasks, worker, stopping, ("billing_day", secs(30), Bell::None), day);
    spawn(&mut tasks, worker, stopping, ("tickets", secs(30), Bell::None), tickets);
    spawn(&mut tasks, worker, stopping, ("housekeeping", secs(60), Bell::None), house);
    for engine in bridge::Engine::ALL {
        // One task each: an engine that is slow or down delays only what is told to it.
        let (name, told) = (engines::task(*engine), mirror(*engine));
        spawn(&mut tasks, worker, stopping, (name, half, Bell::Commits), told);
    }
    // A change made by hand over there is found within a minute.
    spawn(&mut tasks, worker, stopping, ("compare_access", secs(20), Bell::None), compare_access);
    spawn(&mut tasks, worker, stopping, ("listen_access", secs(15), Bell::None), listen_access);
    spawn(&mut tasks, worker, stopping, ("assets_look", secs(60), Bell::None), assets);
    spawn(&mut tasks, worker, stopping, ("listen_books", secs(30), Bell::None), listen_books);
    let rung = (Bell::Engine(bridge::Engine::BOOKS), Bell::Engine(bridge::Engine::STOCK));
    spawn(&mut tasks, worker, stopping, ("bells_books", secs(2), rung.0), bells_books);
    spawn(&mut tasks, worker, stopping, ("bells_assets", secs(2), rung.1), bells_assets);
    spawn(&mut tasks, worker, stopping, ("compare_books", secs(900), Bell::None), compare_books);
    tasks.spawn(each_night(worker.clone(), stopping.clone()));
    tasks
}

/// The full pass over everybody's access, once a night; its report stands until the next one.
async fn each_night(worker: Worker, mut stopping: watch::Receiver<bool>) {
    let mut next = next_night(worker.clock.now());
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
            _ = stopping.changed() => return,
        }
        if *stopping.borrow() {
            return;
        }
        let now = worker.clock.now();
        if now < next {
            continue;
        }
        next = next_night(now);
        if let Err(fault) = night(&worker, now).await {
            tracing::warn!(?fault, task = "nightly_check", "a background task failed");
        }
    }
}

/// The next 02.30 in the west, when the night's bills and sweeps are done everywhere.
fn next_night(now: Ts) -> Ts {
    let zone = kernel::Zone::Jakarta;
    let today = now.day(zone);
    let at = Ts::local(today, 2, 30, zone);
    if at > now { at } else { Ts::local(today.next(), 2, 30, zone) }
}

async fn night(w: &Worker, now: Ts) -> Result<()> {
    // Whoever comes first does it; the lease outlasts the others' look at the clock.
    if store::lease::take(&w.db, now, "nightly_check", &w.holder, 3_600).await? {
        flows::sweep::nightly(&w.db, now).await?;
    }
    Ok(())
}

fn spawn<S, F, Fut>(
    tasks: &mut JoinSet<()>,
    worker: &Worker,
    stopping: &watch::Receiver<bool>,
    (name, period, bell): (&'static str, Duration, Bell),
    activate: F,
) where
    S: Serialize + Default + PartialEq + Send + Sync + 'static,
    F: Fn(Worker, Ts) -> Fut + Send + 'static,
    Fut: Future<Output = Result<S>> + Send + 'static,
{
    let (worker, mut stopping) = (worker.clone(), stopping.clone());
    let mut commits = worker.db.subscribe();
    tasks.spawn(async move {
        let mut written = Ts::default();
        loop {
            let now = worker.clock.now();
            // A task that panics is reported and tried again at its next turn.
            let outcome = match tokio::spawn(activate(worker.clone(), now)).await {
                Ok(outcome) => outcome,
                Err(error) => Err(kernel::Fault::bug(format!("the task {name} fell: {error}"))),
            };
            let quiet = matches!(&outcome, Ok(status) if *status == S::default());
            if let Err(fault) = &outcome {
                tracing::warn!(?fault, task = name, "a background task failed");
            }
            // Its last status is on the page of tasks; a quiet one is written once a minute.
            if (!quiet || now.secs() - written.secs() >= 60)
                && flows::tasks::report(&worker.db, now, name, &outcome).await.is_ok()
            {
                written = now;
            }
            let again = outcome.is_ok() && !quiet && bell != Bell::None;
            tokio::select! {
                () = tokio::time::sleep(if again { Duration::from_millis(5) } else { period }) => {}
                () = rung(bell, &mut commits, &worker) => {}
                _ = stopping.changed() => return,
            }
            if *stopping.borrow() {
                return;
            }
        }
    });
}

/// What wakes a task before its period is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bell {
    None,
    /// A commit of this process that said something.
    Commits,
    /// A payment gateway's notice was stored.
    Gateways,
    /// A notice of this engine was stored.
    Engine(bridge::Engine),
}

async fn rung(bell: Bell, commits: &mut broadcast::Receiver<Arc<store::Committed>>, w: &Worker) {
    match bell {
        Bell::None => std::future::pending().await,
        Bell::Commits => match commits.recv().await {
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        },
        Bell::Engine(of) => w.outside.engines.rung(of).await,
        Bell::Gateways => match w.db.ext::<flows::inbox::Gateways>() {
            Some(gateways) => gateways.rung().await,
            None => std::future::pending().await,
        },
    }
}

async fn enforce(w: Worker, _: Ts) -> Result<network::enforce::Round> {
    let pause = || tokio::time::sleep(Duration::from_millis(500));
    let (nas, clock) = (w.outside.nas.as_ref(), w.clock.as_ref());
    network::enforce::round_looking(&w.db, nas, clock, BATCH, pause).await
}

async fn end_guests(w: Worker, _: Ts) -> Result<network::guest::Ended> {
    network::guest::round(&w.db, w.outside.nas.as_ref(), w.clock.as_ref(), BATCH).await
}

async fn outbox(w: Worker, now: Ts) -> Result<flows::tasks::OutboxDone> {
    flows::tasks::drain_outbox(&w.db, now, BATCH).await
}

fn mirror(
    engine: bridge::Engine,
) -> impl Fn(Worker, Ts) -> store::BoxFuture<'static, Result<flows::mirror::Mirrored>> {
    move |w, _| {
        Box::pin(async move {
            match w.outside.engines.carrier(&w.db, engine).await? {
                Some(carrier) => flows::mirror::turn(&w.db, &*carrier, w.clock.as_ref()).await,
                None => Ok(flows::mirror::Mirrored::default()),
            }
        })
    }
}

async fn compare_access(w: Worker, now: Ts) -> Result<flows::compare::access::Compared> {
    let Some(carrier) = w.outside.engines.access(&w.db).await? else {
        return Ok(flows::compare::access::Compared::default());
    };
    if !w.outside.engines.may_compare(now) || !leased(&w, now, "compare_access").await? {
        return Ok(flows::compare::access::Compared::default());
    }
    let done = flows::compare::access::pass(&w.db, carrier.port().as_ref(), w.clock.as_ref()).await;
    w.outside.engines.has_compared(now, w.clock.now());
    done
}

async fn listen_access(w: Worker, now: Ts) -> Result<flows::adopt::access::Heard> {
    let Some(carrier) = w.outside.engines.access(&w.db).await? else {
        return Ok(flows::adopt::access::Heard::default());
    };
    if !leased(&w, now, "listen_access").await? {
        return Ok(flows::adopt::access::Heard::default());
    }
    flows::adopt::access::listen(&w.db, carrier.port().as_ref(), w.clock.as_ref()).await
}

/// What people did in an attached stock system; once a night all of it.
async fn assets(w: Worker, now: Ts) -> Result<AssetsLooked> {
    if !leased(&w, now, "assets_look").await? {
        return Ok(AssetsLooked::default());
    }
    let Some(system) = w.outside.engines.assets(&w.db).await? else {
        return Ok(AssetsLooked::default());
    };
    let _alone = w.outside.engines.look_alone().await;
    let polled = flows::adopt::asset::poll(&w.db, &*system, now).await?;
    let compared = if flows::compare::asset::is_due(&mut w.db.reader(), now).await? {
        Some(flows::compare::asset::pass(&w.db, &*system, now).await?)
    } else {
        None
    };
    Ok(AssetsLooked { polled, compared })
}

/// What one look at the stock system came to.
#[derive(Default, PartialEq, Serialize)]
struct AssetsLooked {
    polled: flows::adopt::asset::Polled,
    compared: Option<flows::compare::asset::Compared>,
}

async fn messages(w: Worker, now: Ts) -> Result<notification::deliver::Delivered> {
    notification::deliver::activate(&w.db, &w.outside.channels, now, 500).await
}

async fn inbox(w: Worker, now: Ts) -> Result<flows::inbox::InboxDone> {
    flows::inbox::activate(&w.db, now).await
}

async fn sweep(w: Worker, now: Ts) -> Result<flows::sweep::Swept> {
    if !leased(&w, now, "sweep").await? {
        return Ok(flows::sweep::Swept::default());
    }
    flows::sweep::sweep(&w.db, now).await
}

async fn day(w: Worker, now: Ts) -> Result<flows::tasks::DayDone> {
    if !leased(&w, now, "billing_day").await? {
        return Ok(flows::tasks::DayDone::default());
    }
    flows::tasks::run_day(&w.db, w.clock.as_ref()).await
}

async fn tickets(w: Worker, now: Ts) -> Result<flows::tickets::Watched> {
    if !leased(&w, now, "tickets").await? {
        return Ok(flows::tickets::Watched::default());
    }
    flows::tickets::watch(&w.db, now).await
}

async fn house(w: Worker, now: Ts) -> Result<flows::tasks::HouseKept> {
    if !leased(&w, now, "housekeeping").await? {
        return Ok(flows::tasks::HouseKept::default());
    }
    flows::tasks::keep_house(&w.db, now).await
}

async fn listen_books(w: Worker, now: Ts) -> Result<flows::adopt::books::Adopted> {
    if !leased(&w, now, "listen_books").await? {
        return Ok(flows::adopt::books::Adopted::default());
    }
    crate::books::listen(&w.db, &w.outside.engines, w.clock.as_ref()).await
}

async fn compare_books(w: Worker, now: Ts) -> Result<flows::compare::books::Compared> {
    if !leased(&w, now, "compare_books").await? {
        return Ok(flows::compare::books::Compared::default());
    }
    crate::books::compare(&w.db, &w.outside.engines, now).await
}

async fn bells_books(w: Worker, now: Ts) -> Result<flows::adopt::books::Adopted> {
    crate::books::answer_bells(&w.db, &w.outside.engines, now).await
}

async fn bells_assets(w: Worker, now: Ts) -> Result<flows::adopt::asset::Polled> {
    if bridge::inbox::waiting(&mut w.db.reader(), bridge::Engine::STOCK).await?.0 == 0
        || !leased(&w, now, "assets_look").await?
    {
        return Ok(flows::adopt::asset::Polled::default());
    }
    let Some(system) = w.outside.engines.assets(&w.db).await? else {
        return Ok(flows::adopt::asset::Polled::default());
    };
    let _alone = w.outside.engines.look_alone().await;
    flows::adopt::asset::answer_bells(&w.db, &*system, now).await
}

async fn leased(w: &Worker, now: Ts, task: &str) -> Result<bool> {
    store::lease::take(&w.db, now, task, &w.holder, LEASE_SECS).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nightly_pass_is_due_once_a_day() {
        let zone = kernel::Zone::Jakarta;
        let day: kernel::Day = "2026-11-20".parse().unwrap();
        let due = Ts::local(day, 2, 30, zone);
        assert_eq!(next_night(Ts::local(day, 0, 0, zone)), due);
        assert_eq!(next_night(due), due.plus_days(1));
        assert_eq!(next_night(due.plus_secs(-1)), due);
    }
}
