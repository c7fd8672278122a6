//! Leads: registering, flags, decisions, scope.

use crm::duplicate::Twin;
use crm::lead::{self, LeadFilter, LeadState, LeadView, NewLead};
use crm::{Channel, Mode, area, customer};
use kernel::{Actor, Event, Fault, LeadId, PartnerId, Scope};
use serde_json::json;
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

use crate::world::{ROOMS, World, other_id, reseller, sales, technician};

fn budi(world: &World) -> NewLead {
    NewLead {
        name: "Budi Santoso".into(),
        phone: "0812-0000-0001".into(),
        address: "Jl. Melati 5".into(),
        lat: Some(-6.2),
        lon: Some(106.8),
        plan: Some(world.home),
        mode: Some(Mode::Prepaid),
        branch: Some(world.jakarta),
        ..NewLead::default()
    }
}

async fn register(world: &World, actor: &Actor, new: NewLead) -> Result<LeadView, Fault> {
    world.run(actor, async |tx: &mut Tx| lead::register(tx, new.clone()).await).await
}

async fn state(world: &World, id: LeadId) -> LeadState {
    lead::find(&mut world.db.reader(), &Scope::all(), id).await.unwrap().state
}

/// A square of 0.2 degrees around the pin of [`budi`].
async fn draw_area(world: &World) {
    let square = json!({"type": "Polygon", "coordinates": [[
        [106.7, -6.3], [106.9, -6.3], [106.9, -6.1], [106.7, -6.1], [106.7, -6.3]]]});
    world
        .run(&sales(Scope::all()), async |tx: &mut Tx| {
            area::draw(tx, world.jakarta, "Kemang", square.clone()).await
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn who_may_verify_enters_verified_leads_and_others_new_ones() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let by_sales = register(&world, &sales(Scope::all()), budi(&world)).await.unwrap();
        assert_eq!(by_sales.state, LeadState::Verified);
        assert_eq!(by_sales.lead.channel, Channel::Sales);
        assert_eq!(by_sales.lead.sold_by, Some(crate::world::id(1)));
        assert_eq!(by_sales.lead.covered, None, "no area is drawn yet: unknown, not refused");

        let partner: PartnerId = other_id(9);
        let by_partner = register(&world, &reseller(partner), budi(&world)).await.unwrap();
        assert_eq!(by_partner.state, LeadState::New);
        assert_eq!(by_partner.lead.channel, Channel::Reseller);
        assert_eq!(by_partner.lead.partner_id, Some(partner));

        let stranger = Actor::public(Some("203.0.113.9".into()));
        let form = NewLead { channel: Some(Channel::Admin), ..budi(&world) };
        let by_form = register(&world, &stranger, form).await.unwrap();
        assert_eq!((by_form.state, by_form.lead.channel), (LeadState::New, Channel::Public));
        assert!(by_form.duplicates.is_empty(), "strangers are not told who is known");

        let verified = world
            .run(&sales(Scope::all()), async |tx: &mut Tx| lead::verify(tx, by_form.id).await)
            .await
            .unwrap();
        assert_eq!(verified.state, LeadState::Verified);
        assert_eq!(verified.lead.verified_by, Some(crate::world::id(1)));
        assert_eq!(verified.duplicates.len(), 2, "the person who verifies sees the flags");
    })
    .await;
}

#[tokio::test]
async fn duplicates_are_flagged_and_out_of_scope_twins_stay_nameless() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let nik = Some("3273010101900001".to_owned());
        let with_nik = NewLead { nik: nik.clone(), ..budi(&world) };
        let first = register(&world, &desk, with_nik).await.unwrap();
        assert!(first.duplicates.is_empty());
        let neighbour = NewLead {
            name: "Bpk. Budi Santosa".into(),
            phone: "081200000002".into(),
            lat: Some(-6.2001),
            ..budi(&world)
        };
        let flags = register(&world, &desk, neighbour).await.unwrap().duplicates;
        assert_eq!(flags.len(), 1);
        assert_eq!(flags[0].lead, Some(first.id));
        assert_eq!(flags[0].name.as_deref(), Some("Budi Santoso"));
        assert_eq!(flags[0].likeness.near_m, Some(11));
        assert!(!flags[0].likeness.same_phone && !flags[0].likeness.same_nik);

        let made = customer::NewCustomer {
            nik,
            ..customer::NewCustomer::new("PT Lain", "021 555 0001", world.jakarta)
        };
        let made = world
            .run(&desk, async |tx: &mut Tx| customer::create(tx, made.clone()).await)
            .await
            .unwrap();
        let same_nik = NewLead {
            name: "Orang Lain".into(),
            phone: "081200000003".into(),
            nik: Some("3273 0101 0190 0001".into()),
            lat: None,
            lon: None,
            ..budi(&world)
        };
        let flags = register(&world, &desk, same_nik.clone()).await.unwrap().duplicates;
        let twins: Vec<_> = flags.iter().map(|f| (f.twin, f.likeness.same_nik)).collect();
        assert_eq!(twins, [(Twin::Customer, true), (Twin::Lead, true)]);
        assert_eq!(flags[0].customer, Some(made.id));

        let flags = register(&world, &reseller(other_id(9)), same_nik).await.unwrap().duplicates;
        assert_eq!(flags.len(), 3, "the reseller is warned");
        assert!(flags.iter().all(|f| f.name.is_none() && f.lead.is_none() && f.customer.is_none()));
    })
    .await;
}

#[tokio::test]
async fn a_pin_outside_the_coverage_waits_for_a_decision_and_coverage_is_asked_again() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        draw_area(&world).await;
        let desk = sales(Scope::all());
        let outside = NewLead { lat: Some(-6.5), ..budi(&world) };
        let lead = register(&world, &desk, outside).await.unwrap();
        assert_eq!((lead.state, lead.lead.covered), (LeadState::New, Some(false)));
        world
            .run(&desk, async |tx: &mut Tx| lead::waitlist(tx, lead.id, "di luar area").await)
            .await
            .unwrap();
        assert_eq!(state(&world, lead.id).await, LeadState::Waitlisted);
        let amended = world
            .run(&desk, async |tx: &mut Tx| lead::amend(tx, lead.id, budi(&world)).await)
            .await
            .unwrap();
        assert_eq!(amended.lead.covered, Some(true));
        assert!(amended.lead.area_id.is_some());
        let verified =
            world.run(&desk, async |tx: &mut Tx| lead::verify(tx, lead.id).await).await.unwrap();
        assert_eq!((verified.state, verified.lead.reason), (LeadState::Verified, None));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_change_of_state_is_refused_and_changes_nothing() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let id = register(&world, &desk, budi(&world)).await.unwrap().id;
        let fault = world
            .run(&desk, async |tx: &mut Tx| lead::reject(tx, id, " ").await)
            .await
            .unwrap_err();
        assert_eq!(fault.fields[0].name, "reason");
        world
            .run(&desk, async |tx: &mut Tx| lead::lose(tx, id, "pindah kota").await)
            .await
            .unwrap();
        for n in 0..3 {
            let fault = world
                .run(&desk, async |tx: &mut Tx| match n {
                    0 => lead::verify(tx, id).await.map(drop),
                    1 => lead::amend(tx, id, budi(&world)).await.map(drop),
                    _ => lead::begin_conversion(tx, id).await.map(drop),
                })
                .await
                .unwrap_err();
            assert_eq!(fault.code, "crm.lead_wrong_state");
            assert!(fault.en.contains("lost"), "{}", fault.en);
        }
        let lead = lead::find(&mut world.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!(lead.reason.as_deref(), Some("pindah kota"));
    })
    .await;
}

#[tokio::test]
async fn conversion_needs_plan_and_mode_and_happens_once() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let bare = NewLead { plan: None, mode: None, ..budi(&world) };
        let bare = register(&world, &desk, bare).await.unwrap().id;
        let fault = world
            .run(&desk, async |tx: &mut Tx| lead::begin_conversion(tx, bare).await)
            .await
            .unwrap_err();
        let names: Vec<_> = fault.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["plan", "mode"]);

        let nik = Some("3273010101900001".to_owned());
        let id = register(&world, &desk, NewLead { nik, ..budi(&world) }).await.unwrap().id;
        let convert = async |tx: &mut Tx| {
            let ready = lead::begin_conversion(tx, id).await?;
            assert_eq!((ready.plan, ready.mode), (world.home, Mode::Prepaid));
            let customer = customer::from_lead(tx, &ready.lead, None).await?;
            let subscription = tx.new_id();
            let order = crm::order::NewOrder {
                lead: Some(id),
                customer: customer.id,
                subscription,
                plan: ready.plan,
                mode: ready.mode,
                sold_by: ready.lead.sold_by,
                channel: ready.lead.channel,
                partner: ready.lead.partner_id,
                branch: ready.lead.branch_id,
            };
            let order = crm::order::create(tx, order).await?;
            lead::converted(tx, id, customer.id, subscription, order.id).await?;
            assert!(tx.events().iter().any(|e| matches!(e, Event::LeadConverted { .. })));
            Ok((customer, order))
        };
        let (customer, order) = world.run(&desk, convert).await.unwrap();
        assert_eq!((customer.number.as_str(), order.number.as_str()), ("C000001", "SO000001"));
        let nik = customer::nik(&mut world.db.reader(), &Scope::all(), customer.id).await.unwrap();
        assert_eq!(nik.unwrap().expose(), "3273010101900001");
        let fault = world.run(&desk, convert).await.unwrap_err();
        assert_eq!(fault.code, "crm.lead_wrong_state");
        let customers: i64 =
            world.db.reader().value("select count(*) from crm_customer", args![]).await.unwrap();
        assert_eq!(customers, 1);
    })
    .await;
}

#[tokio::test]
async fn two_people_converting_one_lead_at_once_make_one_customer() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let id = register(&world, &sales(Scope::all()), budi(&world)).await.unwrap().id;
        let (one, other) = store::testing::race(|_| {
            let world = world.clone();
            async move {
                world
                    .run(&sales(Scope::all()), async move |tx: &mut Tx| {
                        let ready = lead::begin_conversion(tx, id).await?;
                        let customer = customer::from_lead(tx, &ready.lead, None).await?;
                        let (subscription, order) = (tx.new_id(), tx.new_id());
                        lead::converted(tx, id, customer.id, subscription, order).await
                    })
                    .await
            }
        })
        .await;
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
        let customers: i64 =
            world.db.reader().value("select count(*) from crm_customer", args![]).await.unwrap();
        assert_eq!(customers, 1);
    })
    .await;
}

#[tokio::test]
async fn a_lead_out_of_scope_does_not_exist() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let id = register(&world, &desk, budi(&world)).await.unwrap().id;
        let elsewhere = Scope { branch: Some(world.makassar), ..Scope::all() };
        for actor in [sales(elsewhere), reseller(other_id(9)), technician()] {
            let scope = actor.scope.clone();
            let fault = lead::find(&mut world.db.reader(), &scope, id).await.unwrap_err();
            assert_eq!(fault.code, "crm.lead_not_found");
            let page = lead::list(&mut world.db.reader(), &scope, &LeadFilter::default(), None, 50)
                .await
                .unwrap();
            assert!(page.items.is_empty());
            let fault = world
                .run(&actor, async |tx: &mut Tx| lead::lose(tx, id, "x").await)
                .await
                .unwrap_err();
            let expect = if actor.name == "tono" { "forbidden" } else { "crm.lead_not_found" };
            assert_eq!(fault.code, expect);
        }
        let may_not = technician();
        let fault = register(&world, &may_not, budi(&world)).await.unwrap_err();
        assert_eq!(fault.code, "forbidden");
        let own = sales(Scope { branch: Some(world.jakarta), ..Scope::all() });
        let other_branch = NewLead { branch: Some(world.makassar), ..budi(&world) };
        let mine = register(&world, &own, other_branch).await.unwrap();
        assert_eq!(mine.lead.branch_id, world.jakarta, "one's own branch, whatever the form says");
    })
    .await;
}

#[tokio::test]
async fn the_list_pages_newest_first_and_finds_by_name_and_by_phone_as_typed() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let mut ids = Vec::new();
        for n in 1..=5 {
            let new = NewLead {
                name: format!("Prospek {n}"),
                phone: format!("08120000000{n}"),
                ..budi(&world)
            };
            ids.push(register(&world, &desk, new).await.unwrap().id);
        }
        ids.sort();
        ids.reverse();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let filter = LeadFilter { state: Some(LeadState::Verified), text: None };
            let page =
                lead::list(&mut world.db.reader(), &Scope::all(), &filter, after, 2).await.unwrap();
            seen.extend(page.items.iter().map(|l| l.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ids);
        for (text, found) in
            [("prospek 3", 1), ("0812-0000-0004", 1), ("+62 812 0000", 5), ("melati", 5), ("%", 5)]
        {
            let filter = LeadFilter { state: None, text: Some(text.into()) };
            let page =
                lead::list(&mut world.db.reader(), &Scope::all(), &filter, None, 50).await.unwrap();
            assert_eq!(page.items.len(), found, "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_plan_must_be_sold_in_the_chosen_mode() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        for (new, field) in [
            (NewLead { plan: Some(world.office), ..budi(&world) }, "mode"),
            (NewLead { plan: Some(other_id(77)), ..budi(&world) }, "plan"),
            (NewLead { branch: None, lat: None, lon: None, ..budi(&world) }, "branch"),
            (NewLead { branch: Some(other_id(78)), ..budi(&world) }, "branch"),
            (NewLead { lon: None, ..budi(&world) }, "lon"),
            (NewLead { phone: "x".into(), ..budi(&world) }, "phone"),
        ] {
            let fault = register(&world, &desk, new).await.unwrap_err();
            assert_eq!(fault.fields[0].name, field);
        }
        draw_area(&world).await;
        let by_area = register(&world, &desk, NewLead { branch: None, ..budi(&world) }).await;
        assert_eq!(by_area.unwrap().lead.branch_id, world.jakarta);
    })
    .await;
}

#[tokio::test]
async fn what_a_reseller_changes_about_a_verified_lead_is_verified_anew() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let mitra = reseller(other_id(9));
        let id = register(&world, &mitra, budi(&world)).await.unwrap().id;
        let verify = async |tx: &mut Tx| lead::verify(tx, id).await;
        world.run(&sales(Scope::all()), verify).await.unwrap();
        let other = NewLead { name: "Orang Lain".into(), ..budi(&world) };
        let amend = async |tx: &mut Tx| lead::amend(tx, id, other.clone()).await;
        let by_sales = world.run(&sales(Scope::all()), amend).await.unwrap();
        assert_eq!(by_sales.state, LeadState::Verified, "they may verify it themselves");
        let by_mitra = world.run(&mitra, amend).await.unwrap();
        assert_eq!(by_mitra.state, LeadState::New);
        assert_eq!((by_mitra.lead.verified_at, by_mitra.lead.verified_by), (None, None));
        assert_eq!(state(&world, id).await, LeadState::New);
    })
    .await;
}

#[tokio::test]
async fn what_is_decided_about_a_lead_by_two_people_at_once_is_decided_once() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        for (deed, action, end, times) in [
            ("verify", "verified", LeadState::Verified, 1),
            ("waitlist", "waitlisted", LeadState::Waitlisted, 1),
            ("reject", "rejected", LeadState::Rejected, 1),
            ("lose", "lost", LeadState::Lost, 1),
            ("amend", "amended", LeadState::New, 2),
        ] {
            let mitra = reseller(other_id(9));
            let id = register(&world, &mitra, budi(&world)).await.unwrap().id;
            let (one, other) = store::testing::race(|n| {
                let (world, actor) = (world.clone(), sales(Scope::all()));
                let form = NewLead { name: format!("Budi {n}"), ..budi(&world) };
                async move {
                    let work = async move |tx: &mut Tx| match deed {
                        "verify" => lead::verify(tx, id).await.map(drop),
                        "waitlist" => lead::waitlist(tx, id, "nanti").await.map(drop),
                        "reject" => lead::reject(tx, id, "palsu").await.map(drop),
                        "lose" => lead::lose(tx, id, "lain").await.map(drop),
                        _ => lead::amend(tx, id, form).await.map(drop),
                    };
                    world.run(&actor, work).await
                }
            })
            .await;
            let done = [&one, &other].iter().filter(|done| done.is_ok()).count();
            assert_eq!(done, times, "{deed}: {one:?} {other:?}");
            let sql = "select count(*) from store_journal where subject_id = $1 and action = $2";
            let rows: i64 = world.db.reader().value(sql, args![id, action]).await.unwrap();
            assert_eq!(usize::try_from(rows).unwrap(), times, "{deed}");
            assert_eq!(state(&world, id).await, end, "{deed}");
        }
    })
    .await;
}
