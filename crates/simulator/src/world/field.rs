//! Technicians at work: the warehouse fills their bags, their phones send what they did.

use flows::field::{Outcome, apply};
use fulfilment::field::FieldOp;
use fulfilment::{Kind, State, WorkOrder};
use inventory::receive::Line;
use inventory::{How, ItemState};
use kernel::{Cause, Fault, FaultKind, FieldOpId, ItemId, LocationId, Result, Scope, WorkOrderId};
use serde_json::{Value, json};
use store::Tx;

use super::World;
use super::calendar::Happening;
use super::house::House;
use super::staff::Technician;
use crate::map::TOWNS;
use crate::nas::Modem;

/// Modems that a technician has in the bag in the morning.
const BAG: usize = 8;
/// Modems in a delivery.
const DELIVERY: i64 = 40;
/// The smallest picture: what a phone's camera is here.
const PHOTO: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 10, b'I', b'D', b'A', b'T',
    0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, b'I', b'E', b'N',
    b'D', 0xae, 0x42, 0x60, 0x82,
];

impl World {
    /// Deliveries to the warehouses, and modems from there to the bags.
    pub(crate) async fn stock_up(&mut self) -> Result<()> {
        for town in 0..TOWNS.len() {
            let Some(warehouse) = self.staff.warehouses.get(town).copied() else { continue };
            let stock = self.modems_at(warehouse, ItemState::InStock).await?;
            if stock.len() < 20 {
                self.delivery(warehouse).await?;
            }
        }
        for n in 0..self.staff.technicians.len() {
            let Some(technician) = self.staff.technicians.get(n).cloned() else { continue };
            let missing = BAG
                .saturating_sub(self.modems_at(technician.bag, ItemState::InTransit).await?.len());
            if missing > 2 {
                self.fill_bag(&technician, missing).await?;
            }
            if self.cable_of(technician.bag).await? < 250 {
                self.hand_cable(&technician).await?;
            }
        }
        Ok(())
    }

    async fn modems_at(&self, place: LocationId, state: ItemState) -> Result<Vec<ItemId>> {
        let items = inventory::find::at(&mut self.db.reader(), place).await?;
        Ok(items
            .into_iter()
            .filter(|i| {
                i.state == state && i.type_id == self.staff.modem && i.pending_location_id.is_none()
            })
            .map(|i| i.id)
            .collect())
    }

    async fn delivery(&mut self, warehouse: LocationId) -> Result<()> {
        let first = self.staff.delivered;
        self.staff.delivered += DELIVERY;
        let lines: Vec<Line> = (first..first + DELIVERY)
            .map(|n| Line {
                serial: format!("ZTEGC{:07X}", 0x0a1_0000 + n * 13),
                mac: Some(format!(
                    "44:FB:5A:{:02X}:{:02X}:{:02X}",
                    n >> 16 & 255,
                    n >> 8 & 255,
                    n & 255
                )),
            })
            .collect();
        let (modem, cable) = (self.staff.modem, self.staff.cable);
        let (actor, key) = (self.staff.warehouse.clone(), self.next_key());
        let document = format!("SJ-{:05}", first / DELIVERY + 1);
        self.ask(&actor, "receive stock", async |tx: &mut Tx| {
            inventory::receive::receive(tx, warehouse, modem, &lines, &How::Scanned, &document)
                .await?;
            let shift = inventory::bulk::BulkMove {
                item_type: cable,
                from: None,
                to: Some(warehouse),
                quantity: 2_000,
                document: &document,
                key: &key,
            };
            inventory::bulk::shift(tx, &shift).await
        })
        .await?;
        Ok(())
    }

    async fn fill_bag(&mut self, technician: &Technician, missing: usize) -> Result<()> {
        let Some(warehouse) = self.staff.warehouses.get(technician.town).copied() else {
            return Ok(());
        };
        let mut items = self.modems_at(warehouse, ItemState::InStock).await?;
        items.truncate(missing);
        let (actor, bag) = (self.staff.warehouse.clone(), technician.bag);
        self.ask(&actor, "transfer stock", async |tx: &mut Tx| {
            inventory::transfer::transfer(tx, &items, bag, &How::Scanned, false).await
        })
        .await?;
        let id = technician.id;
        self.ask(&technician.actor, "accept stock", async |tx: &mut Tx| {
            inventory::transfer::accept(tx, id, &items, &How::Scanned).await
        })
        .await?;
        Ok(())
    }

    async fn cable_of(&self, bag: LocationId) -> Result<i64> {
        let levels = inventory::bulk::levels(&mut self.db.reader(), bag).await?;
        Ok(levels.iter().find(|l| l.type_id == self.staff.cable).map_or(0, |l| l.quantity))
    }

    async fn hand_cable(&mut self, technician: &Technician) -> Result<()> {
        let Some(warehouse) = self.staff.warehouses.get(technician.town).copied() else {
            return Ok(());
        };
        let (actor, key) = (self.staff.warehouse.clone(), self.next_key());
        let (cable, bag) = (self.staff.cable, technician.bag);
        self.try_ask(&actor, "hand out cable", async |tx: &mut Tx| {
            let shift = inventory::bulk::BulkMove {
                item_type: cable,
                from: Some(warehouse),
                to: Some(bag),
                quantity: 400,
                document: "serah kabel",
                key: &key,
            };
            inventory::bulk::shift(tx, &shift).await
        })
        .await?;
        Ok(())
    }

    /// A visit, as the technician's phone tells it.
    pub(crate) async fn visit(&mut self, id: WorkOrderId) -> Result<()> {
        let order = fulfilment::find(&mut self.db.reader(), &Scope::all(), id).await?;
        if !order.state.is_live() || order.state == State::Open {
            return Ok(());
        }
        let who = fulfilment::technicians_of(&mut self.db.reader(), id).await?;
        let technician = self.staff.technicians.iter().position(|t| who.contains(&t.id));
        let Some(technician) = technician else { return Ok(()) };
        let way = vec![
            json!({"kind": "accept"}),
            json!({"kind": "on_the_way"}),
            json!({"kind": "on_site"}),
        ];
        if order.state != State::OnSite {
            self.send_ops(technician, id, way).await?;
        }
        if order.kind.puts_a_device() && order.has_device() {
            // Only the papers of an earlier hour are missing.
            return self.close_visit(technician, &order, false).await;
        }
        if order.kind == Kind::Install && !self.setup.calm && self.dice.chance(60) {
            let body = json!({ "kind": "fail", "reason": "Pelanggan tidak di rumah" });
            return self.send_ops(technician, id, vec![body]).await;
        }
        self.pass(600);
        match order.kind {
            Kind::Install | Kind::Swap => self.put_device(technician, &order).await,
            Kind::Dismantle => self.take_down(technician, &order).await,
            Kind::Repair | Kind::Move => self.close_visit(technician, &order, true).await,
        }
    }

    async fn put_device(&mut self, technician: usize, order: &WorkOrder) -> Result<()> {
        let Some(bag) = self.staff.technicians.get(technician).map(|t| t.bag) else {
            return Ok(());
        };
        let modem = self.modems_at(bag, ItemState::InTransit).await?.first().copied();
        let Some(item) = modem else {
            let body = json!({ "kind": "fail", "reason": "Modem habis di tas" });
            return self.send_ops(technician, order.id, vec![body]).await;
        };
        let item = inventory::find::by_id(&mut self.db.reader(), &Scope::all(), item).await?;
        if order.kind == Kind::Swap {
            self.unplug(order).await?;
        }
        let typed = self.dice.chance(80);
        let scan = if typed {
            json!({ "kind": "scan", "serial": item.serial, "how": "typed", "reason": "QR rusak" })
        } else {
            json!({ "kind": "scan", "serial": item.serial, "how": "scanned" })
        };
        self.send_ops(technician, order.id, vec![scan]).await?;
        self.round().await?;
        self.plug_in(order, item.mac.as_deref().unwrap_or_default()).await?;
        self.round().await?;
        if typed {
            let label = json!({ "kind": "photo", "what": "label", "data": picture(&order.number, "label") });
            self.send_ops(technician, order.id, vec![label]).await?;
        }
        self.close_visit(technician, order, true).await
    }

    /// The new modem gets its login and dials.
    async fn plug_in(&mut self, order: &WorkOrder, mac: &str) -> Result<()> {
        let found =
            network::account::credentials(&mut self.db.reader(), order.subscription_id).await?;
        let Some((username, password)) = found else { return Ok(()) };
        let house = self.houses.iter().position(|h| h.subscription == order.subscription_id);
        let Some(house) = house else { return Ok(()) };
        // The label's address is not always the one that dials.
        let mac = if self.dice.chance(60) { next_mac(mac) } else { mac.to_owned() };
        let method = House::method(&mut self.dice);
        let modem = Modem { username, password: password.expose().to_owned(), mac, method };
        if let Some(house) = self.houses.get_mut(house) {
            house.modem = Some(modem);
            house.rejected = 0;
            house.is_powered = true;
        }
        self.dial(house).await
    }

    async fn take_down(&mut self, technician: usize, order: &WorkOrder) -> Result<()> {
        self.unplug(order).await?;
        let there =
            inventory::find::of_subscription(&mut self.db.reader(), order.subscription_id).await?;
        if let Some(item) = there.first() {
            let scan = json!({ "kind": "scan", "serial": item.serial, "how": "scanned" });
            self.send_ops(technician, order.id, vec![scan]).await?;
        }
        self.close_visit(technician, order, false).await?;
        let Some(t) = self.staff.technicians.get(technician).cloned() else { return Ok(()) };
        let Some(warehouse) = self.staff.warehouses.get(t.town).copied() else { return Ok(()) };
        let Some(item) = there.first().map(|i| i.id) else { return Ok(()) };
        let back = inventory::transfer::Fate::Returned(warehouse);
        let returned = self
            .try_ask(&t.actor, "return device", async |tx: &mut Tx| {
                inventory::transfer::part_with(tx, item, back, &How::Scanned, "bongkar").await
            })
            .await?;
        if returned.is_some() {
            let broken = self.dice.chance(150);
            let actor = self.staff.warehouse.clone();
            self.try_ask(&actor, "test device", async |tx: &mut Tx| {
                if broken {
                    let fate = inventory::transfer::Fate::Scrapped;
                    inventory::transfer::part_with(tx, item, fate, &How::Scanned, "rusak").await
                } else {
                    inventory::transfer::tested(tx, item, warehouse, &How::Scanned).await
                }
            })
            .await?;
        }
        Ok(())
    }

    /// The old modem is pulled out: its session ends on the router.
    async fn unplug(&mut self, order: &WorkOrder) -> Result<()> {
        let Some(house) = self.houses.iter_mut().find(|h| h.subscription == order.subscription_id)
        else {
            return Ok(());
        };
        let Some(modem) = house.modem.take() else { return Ok(()) };
        self.hang_up(&modem.username);
        self.round().await
    }

    async fn close_visit(
        &mut self,
        technician: usize,
        order: &WorkOrder,
        cable: bool,
    ) -> Result<()> {
        let mut ops = vec![
            json!({ "kind": "photo", "what": "installation", "data": picture(&order.number, "pasang") }),
        ];
        if !self.dice.chance(40) {
            let far = if self.dice.chance(30) { 0.01 } else { 0.0002 };
            let (lat, lon) = (order.site_lat.unwrap_or(0.0), order.site_lon.unwrap_or(0.0));
            ops.push(json!({ "kind": "gps", "lat": lat + far, "lon": lon, "accuracy_m": 12.0 }));
        }
        if cable && order.kind == Kind::Install {
            let metres = self.dice.range(20, 90);
            ops.push(json!({ "kind": "use", "item_type": self.staff.cable, "quantity": metres }));
        }
        ops.push(json!({ "kind": "done", "note": "Selesai, menunggu pelanggan" }));
        self.send_ops(technician, order.id, ops).await?;
        self.round().await
    }

    /// Sends steps in one batch or one by one, sometimes twice, until the program has answered them.
    async fn send_ops(
        &mut self,
        technician: usize,
        id: WorkOrderId,
        bodies: Vec<Value>,
    ) -> Result<()> {
        let Some(t) = self.staff.technicians.get_mut(technician) else { return Ok(()) };
        let mut ops = Vec::with_capacity(bodies.len());
        let mut before: Option<FieldOpId> = None;
        for body in bodies {
            t.seq += 1;
            let op = FieldOp {
                op_id: FieldOpId::from_uuid(self.dice.uuid()),
                v: fulfilment::field::PROTOCOL,
                device: format!("hp-{}", t.id),
                seq: t.seq,
                occurred_at: kernel::Clock::now(&self.clock),
                subject: id,
                based_on: before.map(|id| id.to_string()),
                body,
            };
            before = Some(op.op_id);
            ops.push(op);
        }
        let actor = t.actor.clone();
        let batches: Vec<Vec<FieldOp>> = if self.dice.chance(500) {
            vec![ops]
        } else {
            ops.into_iter().map(|op| vec![op]).collect()
        };
        let mut refused = Vec::new();
        for batch in batches {
            refused.extend(self.send_batch(&actor, &batch).await?);
            if self.dice.chance(50) {
                self.send_batch(&actor, &batch).await?;
            }
        }
        // The technician reads why, and goes on without that step.
        for step in refused {
            let Some(t) = self.staff.technicians.get_mut(technician) else { continue };
            t.seq += 1;
            let skip = FieldOp {
                op_id: FieldOpId::from_uuid(self.dice.uuid()),
                v: fulfilment::field::PROTOCOL,
                device: format!("hp-{}", t.id),
                seq: t.seq,
                occurred_at: kernel::Clock::now(&self.clock),
                subject: id,
                based_on: Some(step.to_string()),
                body: json!({ "kind": "skip" }),
            };
            self.send_batch(&actor, &[skip]).await?;
        }
        Ok(())
    }

    /// Sends steps until they are answered; answers those that were refused.
    async fn send_batch(
        &mut self,
        actor: &kernel::Actor,
        batch: &[FieldOp],
    ) -> Result<Vec<FieldOpId>> {
        for n in 0..60 {
            let cause = Cause::new(self.now(), actor.clone());
            match apply(&self.db, &cause, batch).await {
                Ok(results) => {
                    self.unlooked = true;
                    let mut refused = Vec::new();
                    for result in results {
                        if matches!(result.outcome, Outcome::Refused | Outcome::Held) {
                            let code = format!("field:{}", result.code.unwrap_or_default());
                            *self.tally.refused.entry(code).or_insert(0) += 1;
                        }
                        if result.outcome == Outcome::Refused {
                            refused.push(result.op_id);
                        }
                    }
                    return Ok(refused);
                }
                Err(fault) if fault.kind == FaultKind::Unavailable => {
                    self.mend().await?;
                    self.pass(2 + n);
                }
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::bug("a technician's steps are never answered"))
    }

    /// NOC opens an order to change a broken modem.
    pub(crate) async fn swap(&mut self, house: usize) -> Result<()> {
        let Some(house) = self.houses.get(house).cloned() else { return Ok(()) };
        let noc = self.staff.noc.clone();
        let new = flows::dispatch::NewVisit {
            kind: Kind::Swap,
            subscription: house.subscription,
            address: None,
            place: None,
            odp: None,
            beyond_reach: false,
            note: "Modem sering mati".to_owned(),
        };
        let id = self
            .try_ask(&noc, "open swap", async |tx: &mut Tx| {
                Ok(flows::dispatch::open(tx, new.clone()).await?.id)
            })
            .await?;
        if let Some(id) = id {
            self.later(3_600, Happening::Dispatch(id));
        }
        Ok(())
    }
}

/// A picture that differs for every order.
fn picture(number: &str, what: &str) -> String {
    let mut bytes = PHOTO.to_vec();
    bytes.extend_from_slice(number.as_bytes());
    bytes.extend_from_slice(what.as_bytes());
    data_encoding::BASE64.encode(&bytes)
}

/// The neighbour of a MAC: what the WAN port has.
fn next_mac(mac: &str) -> String {
    match network::Mac::parse(mac) {
        Some(mac) => {
            let text = mac.to_string();
            let head = text.get(3..).unwrap_or_default();
            format!("46:{head}")
        }
        None => mac.to_owned(),
    }
}
