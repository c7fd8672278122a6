//! Areas, ODPs and ports.

use crm::odp::{self, NewOdp};
use crm::{area, coverage};
use kernel::{OdpId, Scope, SubscriptionId};
use serde_json::json;
use store::testing::{both, race};
use store::{Db, Tx};

use crate::world::{ROOMS, World, other_id, sales};

fn square(west: f64, south: f64, side: f64) -> serde_json::Value {
    let (east, north) = (west + side, south + side);
    json!({"type": "Polygon", "coordinates": [[
        [west, south], [east, south], [east, north], [west, north], [west, south]]]})
}

fn new_odp(world: &World, code: &str, lat: f64, ports: i64) -> NewOdp {
    NewOdp {
        code: code.into(),
        name: format!("ODP {code}"),
        branch: world.jakarta,
        lat,
        lon: 106.8,
        ports,
        reach_m: 250,
    }
}

async fn add(world: &World, code: &str, lat: f64, ports: i64) -> OdpId {
    let new = new_odp(world, code, lat, ports);
    let work = async |tx: &mut Tx| odp::add(tx, new.clone()).await;
    world.run(&sales(Scope::all()), work).await.unwrap().id
}

#[tokio::test]
async fn coverage_answers_area_and_nearest_odp_with_a_free_port() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let q = &mut world.db.reader();
        let nothing = coverage::answer(q, None, -6.2, 106.8).await.unwrap();
        assert!(!nothing.known && !nothing.covered && nothing.odp.is_none());

        let (big, small) = world
            .run(&desk, async |tx: &mut Tx| {
                let big =
                    area::draw(tx, world.jakarta, "Jakarta", square(106.5, -6.5, 0.6)).await?;
                let small =
                    area::draw(tx, world.jakarta, "Kemang", square(106.7, -6.3, 0.2)).await?;
                Ok((big, small))
            })
            .await
            .unwrap();
        let near = add(&world, "odp-1", -6.201, 1).await;
        add(&world, "ODP-2", -6.202, 8).await;
        let answer = coverage::answer(q, None, -6.2, 106.8).await.unwrap();
        assert_eq!(answer.area.as_ref().unwrap().id, small.id, "the most specific area");
        assert_eq!(answer.odp.as_ref().unwrap().code, "ODP-1");
        assert_eq!(answer.distance_m, Some(111));

        let full = async |tx: &mut Tx| odp::reserve_port(tx, near, other_id(1)).await;
        assert_eq!(world.run(&desk, full).await.unwrap(), 1);
        let answer = coverage::answer(q, None, -6.2, 106.8).await.unwrap();
        assert_eq!(answer.odp.as_ref().unwrap().code, "ODP-2", "the first has no free port left");

        let edge = coverage::answer(q, None, -6.45, 106.6).await.unwrap();
        assert_eq!(edge.area.as_ref().unwrap().id, big.id);
        assert!(edge.covered && edge.odp.is_none(), "covered, but no ODP reaches it");
        let out = coverage::answer(q, None, -6.9, 106.6).await.unwrap();
        assert!(out.known && !out.covered);
        let other = coverage::answer(q, Some(world.makassar), -6.2, 106.8).await.unwrap();
        assert!(!other.known && other.odp.is_none());
        assert!(coverage::answer(q, None, 106.8, -6.2).await.is_err());

        world.run(&desk, async |tx: &mut Tx| area::archive(tx, small.id).await).await.unwrap();
        let answer = coverage::answer(q, None, -6.2, 106.8).await.unwrap();
        assert_eq!(answer.area.as_ref().unwrap().id, big.id);
        assert_eq!(area::list(q, &Scope::all()).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_subscription_holds_one_port_until_it_is_released() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let one = add(&world, "ODP-1", -6.2, 2).await;
        let two = add(&world, "ODP-2", -6.2, 2).await;
        let (a, b, c): (SubscriptionId, SubscriptionId, SubscriptionId) =
            (other_id(1), other_id(2), other_id(3));
        let reserve = |odp, sub| {
            let world = world.clone();
            let desk = desk.clone();
            async move {
                world.run(&desk, async |tx: &mut Tx| odp::reserve_port(tx, odp, sub).await).await
            }
        };
        assert_eq!(reserve(one, a).await.unwrap(), 1);
        assert_eq!(reserve(one, a).await.unwrap(), 1, "reserving again changes nothing");
        assert_eq!(reserve(two, a).await.unwrap_err().code, "crm.port_elsewhere");
        assert_eq!(reserve(one, b).await.unwrap(), 2);
        assert_eq!(reserve(one, c).await.unwrap_err().code, "crm.odp_full");
        for _ in 0..2 {
            world.run(&desk, async |tx: &mut Tx| odp::release_port(tx, a).await).await.unwrap();
        }
        assert_eq!(reserve(one, c).await.unwrap(), 1, "the freed port is given again");
        let port = odp::port_of(&mut world.db.reader(), b).await.unwrap().unwrap();
        assert_eq!((port.odp_id, port.port), (one, 2));
    })
    .await;
}

#[tokio::test]
async fn the_last_port_is_given_once() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let odp = add(&world, "ODP-1", -6.2, 1).await;
        let (one, other) = race(|n| {
            let world = world.clone();
            let sub: SubscriptionId = other_id(if n == 0 { 1 } else { 2 });
            async move {
                world
                    .run(&sales(Scope::all()), async move |tx: &mut Tx| {
                        odp::reserve_port(tx, odp, sub).await
                    })
                    .await
            }
        })
        .await;
        let (ok, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(ok.unwrap(), 1);
        assert_eq!(refused.unwrap_err().code, "crm.odp_full");
    })
    .await;
}

#[tokio::test]
async fn an_odp_may_grow_but_not_lose_held_ports() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let id = add(&world, "ODP-1", -6.2, 2).await;
        for sub in [1, 2] {
            let work = async |tx: &mut Tx| odp::reserve_port(tx, id, other_id(sub)).await;
            world.run(&desk, work).await.unwrap();
        }
        let resize = async |ports: i64| {
            let form = new_odp(&world, "ODP-1", -6.2, ports);
            world.run(&desk, async |tx: &mut Tx| odp::amend(tx, id, form.clone()).await).await
        };
        assert_eq!(resize(1).await.unwrap_err().fields[0].name, "ports");
        let grown = resize(4).await.unwrap();
        assert_eq!((grown.ports, grown.free_ports), (4, 2));
        let shrunk = resize(3).await.unwrap();
        assert_eq!(shrunk.free_ports, 1, "ports beyond the number are out of use");
        let archive = async |tx: &mut Tx| odp::archive(tx, id).await;
        assert_eq!(world.run(&desk, archive).await.unwrap_err().code, "crm.odp_in_use");
        let twice = new_odp(&world, " odp-1", -6.2, 2);
        let fault = world
            .run(&desk, async |tx: &mut Tx| odp::add(tx, twice.clone()).await)
            .await
            .unwrap_err();
        assert_eq!(fault.fields[0].code, "taken");
        let page = odp::list(&mut world.db.reader(), &Scope::all(), None, None, 50).await.unwrap();
        assert_eq!(page.items.len(), 1);
        let bounds = crm::Place { lat: -7.0, lon: 106.8 }.around(100.0);
        let page =
            odp::list(&mut world.db.reader(), &Scope::all(), Some(bounds), None, 50).await.unwrap();
        assert!(page.items.is_empty());
    })
    .await;
}
