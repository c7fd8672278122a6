//! One order, two technicians, an office.

use fulfilment::{Kind, Mark, NewWorkOrder, WorkOrder};
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{
    Actor, BranchId, Cause, Day, Event, Fault, Permission, Scope, Ts, UserId, WorkOrderId,
};
use store::testing::now;
use store::{Db, Migrations, Tx};

pub const ROOMS: &[&Migrations] = &[&fulfilment::MIGRATIONS];
pub const PIN: (f64, f64) = (-6.2, 106.8);

#[derive(Clone)]
pub struct World {
    pub db: Db,
}

impl World {
    pub fn run<T, F>(
        &self,
        actor: &Actor,
        work: F,
    ) -> impl Future<Output = Result<T, Fault>> + use<T, F>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T, Fault> + Clone,
    {
        self.db.write(&Cause::new(now(), actor.clone()), work)
    }

    /// As [`World::run`], at an instant.
    pub fn run_at<T, F>(
        &self,
        at: Ts,
        actor: &Actor,
        work: F,
    ) -> impl Future<Output = Result<T, Fault>> + use<T, F>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T, Fault> + Clone,
    {
        self.db.write(&Cause::new(at, actor.clone()), work)
    }

    /// Opens an order.
    pub async fn open(&self, kind: Kind) -> WorkOrder {
        self.run(&office(), async |tx: &mut Tx| {
            let new = NewWorkOrder { subscription: tx.new_id(), ..new_order(kind) };
            fulfilment::open(tx, new).await
        })
        .await
        .unwrap()
    }

    /// Opens an order and gives it to these technicians.
    pub async fn assigned(&self, kind: Kind, technicians: &[u8]) -> WorkOrderId {
        let id = self.open(kind).await.id;
        let users: Vec<UserId> = technicians.iter().map(|n| user(*n)).collect();
        self.run(&office(), async |tx: &mut Tx| fulfilment::assign(tx, id, &users, day(23)).await)
            .await
            .unwrap();
        id
    }

    /// … and brings the first of them to the customer.
    pub async fn on_site(&self, kind: Kind, technicians: &[u8]) -> WorkOrderId {
        let id = self.assigned(kind, technicians).await;
        self.run(&technician(technicians[0]), async |tx: &mut Tx| {
            fulfilment::accept(tx, id, mark(1)).await?;
            fulfilment::on_the_way(tx, id, mark(2)).await?;
            fulfilment::on_site(tx, id, mark(3)).await
        })
        .await
        .unwrap();
        id
    }

    pub async fn find(&self, id: WorkOrderId) -> WorkOrder {
        fulfilment::find(&mut self.db.reader(), &Scope::all(), id).await.unwrap()
    }

    /// What a use-case says, besides what it does.
    pub async fn events<F, T>(&self, actor: &Actor, work: F) -> Vec<Event>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T, Fault> + Clone,
    {
        self.run(actor, async move |tx: &mut Tx| {
            work(tx).await?;
            Ok(tx.events())
        })
        .await
        .unwrap()
    }
}

pub fn new_order(kind: Kind) -> NewWorkOrder {
    NewWorkOrder {
        kind,
        subscription: thing(1),
        customer: thing(2),
        branch: branch(),
        partner: None,
        address: "Jl. Melati 5".into(),
        site_lat: Some(PIN.0),
        site_lon: Some(PIN.1),
        note: String::new(),
        odp: None,
    }
}

pub fn branch() -> BranchId {
    thing(3)
}

/// An id of any kind, told apart by `n`.
pub fn thing<T>(n: u8) -> kernel::Id<T> {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

pub fn user(n: u8) -> UserId {
    thing(100 + n)
}

pub fn day(dom: i8) -> Day {
    Day::ymd(2026, 11, dom).unwrap()
}

/// `n` minutes after nine, by the device's clock.
pub fn at(n: i64) -> Ts {
    now().plus_secs(n * 60)
}

pub fn mark(n: i64) -> Mark {
    Mark::at(at(n))
}

/// NOC: writes and dispatches.
pub fn office() -> Actor {
    let permissions =
        [Permission::WorkOrderRead, Permission::WorkOrderWrite, Permission::WorkOrderDispatch];
    person(user(99), "nina", permissions.into_iter().collect(), Scope::all())
}

pub fn technician(n: u8) -> Actor {
    let permissions = [Permission::JobRead, Permission::JobProgress].into_iter().collect();
    let scope = Scope { technician: Some(user(n)), ..Scope::all() };
    person(user(n), &format!("tono {n}"), permissions, scope)
}

pub fn person(id: UserId, name: &str, permissions: PermissionSet, scope: Scope) -> Actor {
    Actor { who: Who::User(id), name: name.into(), permissions, scope, from: None }
}
