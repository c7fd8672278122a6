//! Tickets: their life, their clock, who reaches them; each step raced against itself.

use fulfilment::ticket::{
    self, Category, EntryKind, Hours, NewTicket, Priority, Source, Terms, Ticket, TicketState,
};
use kernel::actor::Who;
use kernel::{
    Actor, CustomerId, Event, Fault, PartnerId, Permission, Scope, TicketId, Ts, UserId, Zone,
};
use store::testing::{both, now, race};
use store::{Db, QueryExt, Tx, args};

use crate::world::{ROOMS, World, branch, person, thing, user};

const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 0, 7];
const HOUR: i64 = 3_600;

/// Sunday 22 November 2026, 09.00; working hours are Monday to Saturday, 08.00 to 17.00.
fn terms() -> Terms {
    Terms {
        hours: Hours {
            weekdays: vec![1, 2, 3, 4, 5, 6],
            from_minute: 480,
            until_minute: 1_020,
            zone: Zone::Jakarta,
        },
        low_secs: 40 * HOUR,
        normal_secs: 16 * HOUR,
        high_secs: 8 * HOUR,
        urgent_secs: 4 * HOUR,
    }
}

fn report(category: Category) -> NewTicket {
    NewTicket {
        category,
        priority: None,
        subject: String::new(),
        text: "Lampu LOS merah sejak pagi.".into(),
        customer: customer(),
        subscription: Some(thing(1)),
        branch: branch(),
        partner: Some(partner()),
        work_order: None,
        terms: terms(),
    }
}

fn customer() -> CustomerId {
    thing(2)
}
fn partner() -> PartnerId {
    thing(4)
}

fn staff(n: u8, permissions: &[Permission]) -> Actor {
    let of_staff = [Permission::TicketRead, Permission::TicketWrite, Permission::TicketHandle];
    let all = of_staff.iter().chain(permissions).copied().collect();
    person(user(n), &format!("staf {n}"), all, Scope::all())
}
fn noc() -> Actor {
    staff(80, &[Permission::TicketDispatch])
}
fn cs() -> Actor {
    staff(81, &[])
}
fn outside(who: Who, scope: Scope) -> Actor {
    let permissions = [Permission::TicketRead, Permission::TicketWrite].into_iter().collect();
    Actor { who, name: "Budi".into(), permissions, scope, from: None }
}
fn the_customer() -> Actor {
    let scope = Scope { customer: Some(customer()), ..Scope::all() };
    outside(Who::Customer(customer()), scope)
}
fn reseller(partner: PartnerId) -> Actor {
    outside(Who::User(user(70)), Scope { partner: Some(partner), ..Scope::all() })
}

impl World {
    async fn ticket(&self, actor: &Actor, category: Category) -> Ticket {
        let work = async move |tx: &mut Tx| ticket::open(tx, report(category)).await;
        self.run(actor, work).await.unwrap()
    }
    async fn seen(&self, id: TicketId) -> Ticket {
        ticket::find(&mut self.db.reader(), &Scope::all(), id).await.unwrap()
    }
    async fn kinds(&self, id: TicketId, public_only: bool) -> Vec<EntryKind> {
        let story = ticket::story(&mut self.db.reader(), id, public_only).await.unwrap();
        story.into_iter().map(|entry| entry.kind).collect()
    }
    async fn journaled(&self, id: TicketId, action: &str) -> i64 {
        let sql = "select count(*) from store_journal where subject_id = $1 and action = $2";
        self.db.reader().value(sql, args![id, action]).await.unwrap()
    }
}

/// `hour` on a day of November 2026, in Jakarta.
fn at(dom: i8, hour: i8) -> Ts {
    Ts::local(crate::world::day(dom), hour, 0, Zone::Jakarta)
}

async fn does(tx: &mut Tx, id: TicketId, deed: &str) -> Result<(), Fault> {
    match deed {
        "started" => ticket::start(tx, id).await.map(drop),
        "waiting" => ticket::wait(tx, id, "Lampu LOS merah?").await.map(drop),
        "assigned" => ticket::assign(tx, id, Some(user(5))).await.map(drop),
        "taken" => ticket::take(tx, id).await.map(drop),
        "released" => ticket::release(tx, id).await.map(drop),
        "prioritized" => ticket::prioritize(tx, id, Priority::Urgent, &terms()).await.map(drop),
        "work_order" => ticket::link_order(tx, id, thing(60), "SPK000001").await.map(drop),
        "photo" => ticket::attach(tx, id, JPEG.to_vec(), false).await.map(drop),
        "resolved" => ticket::resolve(tx, id, "Kabel diganti.").await.map(drop),
        "reopened" => ticket::reopen(tx, id, "Mati lagi.").await.map(drop),
        "breached" => ticket::note_breach(tx, id).await.map(drop),
        _ => ticket::close(tx, id).await.map(drop),
    }
}

#[tokio::test]
async fn a_ticket_lives_from_the_report_to_its_end() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let opened = world.ticket(&the_customer(), Category::NoInternet).await;
        assert_eq!((opened.number.as_str(), opened.state), ("TKT000001", TicketState::Open));
        assert_eq!((opened.priority, opened.source), (Priority::High, Source::Customer));
        assert_eq!(opened.subject, "internet mati");
        // Reported on a Sunday: eight working hours end on Monday at four.
        assert_eq!(opened.due_at, Some(at(23, 16)));
        let id = opened.id;
        for (deed, state) in [
            ("started", TicketState::InProgress),
            ("waiting", TicketState::WaitingCustomer),
            ("resolved", TicketState::Resolved),
            ("reopened", TicketState::Reopened),
            ("resolved", TicketState::Resolved),
            ("closed", TicketState::Closed),
        ] {
            world.run(&noc(), async move |tx: &mut Tx| does(tx, id, deed).await).await.unwrap();
            assert_eq!(world.seen(id).await.state, state, "{deed}");
        }
        let end = world.seen(id).await;
        assert_eq!((end.assignee_id, end.reopened, end.due_at), (Some(user(80)), 1, None));
        assert_eq!(end.resolution.as_deref(), Some("Kabel diganti."));
        assert!(end.closed_at.is_some() && end.resolved_at.is_some());
        for refused in ["started", "waiting", "resolved", "reopened", "photo"] {
            let work = async move |tx: &mut Tx| does(tx, id, refused).await;
            let fault = world.run(&noc(), work).await.unwrap_err();
            assert_eq!(fault.code, "fulfilment.ticket_wrong_state", "{refused}");
            assert!(fault.en.contains("\"closed\"; allowed: -"), "{}", fault.en);
        }
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_is_reported_already_is_found_not_doubled() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let first = world.ticket(&cs(), Category::Slow).await;
        let again = async |tx: &mut Tx| ticket::open(tx, report(Category::Slow)).await;
        let fault = world.run(&the_customer(), again).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.ticket_already_open");
        assert!(fault.id.contains(&first.number), "{}", fault.id);
        // Another fault, and two questions about bills, are tickets of their own.
        world.ticket(&cs(), Category::Device).await;
        world.ticket(&cs(), Category::Billing).await;
        world.ticket(&cs(), Category::Billing).await;
        // Resolved and reported anew: the first one can't be opened again beside it.
        let id = first.id;
        world.run(&cs(), async move |tx: &mut Tx| does(tx, id, "resolved").await).await.unwrap();
        world.ticket(&cs(), Category::Slow).await;
        let work = async move |tx: &mut Tx| does(tx, id, "reopened").await;
        let fault = world.run(&the_customer(), work).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.ticket_already_open");
    })
    .await;
}

#[tokio::test]
async fn a_target_that_passes_is_said_once_and_the_clock_stands_while_the_customer_is_asked() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.ticket(&cs(), Category::NoInternet).await.id;
        // Two hours used by Monday at ten; asked until Tuesday at ten.
        let ask = async move |tx: &mut Tx| does(tx, id, "waiting").await;
        world.run_at(at(23, 10), &cs(), ask).await.unwrap();
        let none = ticket::breaches_due(&mut world.db.reader(), at(30, 0), 9).await.unwrap();
        assert_eq!(none, []);
        let answer = async move |tx: &mut Tx| ticket::comment(tx, id, "Merah.", false).await;
        let answered = world.run_at(at(24, 10), &the_customer(), answer).await.unwrap();
        assert_eq!(answered.state, TicketState::InProgress, "an answer makes the clock go on");
        assert_eq!(answered.due_at, Some(at(24, 16)));
        assert_eq!(answered.clock().left_secs(at(24, 12)), 4 * HOUR);

        let mut reader = world.db.reader();
        assert_eq!(ticket::breaches_due(&mut reader, at(24, 15), 9).await.unwrap(), []);
        assert_eq!(ticket::breaches_due(&mut reader, at(24, 16), 9).await.unwrap(), [id]);
        let note = async move |tx: &mut Tx| {
            let said = ticket::note_breach(tx, id).await?;
            Ok((said, tx.events()))
        };
        let (said, events) = world.run_at(at(24, 17), &noc(), note).await.unwrap();
        assert!(said && events == [Event::TicketBreached { ticket: id }]);
        let (again, events) = world.run_at(at(24, 18), &noc(), note).await.unwrap();
        assert!(!again && events.is_empty());
        assert_eq!(
            world.seen(id).await.breached_at,
            Some(at(24, 16)),
            "when it was, not when seen"
        );
        assert_eq!(ticket::breaches_due(&mut reader, at(29, 0), 9).await.unwrap(), []);

        // Nobody watched, and somebody resolves it too late: said then, with the resolving.
        let other = world.ticket(&cs(), Category::Device).await.id;
        let resolve = async move |tx: &mut Tx| {
            ticket::resolve(tx, other, "Adaptor diganti.").await?;
            Ok(tx.events())
        };
        let events = world.run_at(at(27, 9), &cs(), resolve).await.unwrap();
        let expect =
            [Event::TicketBreached { ticket: other }, Event::TicketResolved { ticket: other }];
        assert_eq!(events, expect);
        assert_eq!(world.journaled(other, "breached").await, 1);
        // And opened again it is not said a second time.
        let reopen = async move |tx: &mut Tx| {
            ticket::reopen(tx, other, "Masih mati.").await?;
            ticket::start(tx, other).await?;
            Ok(tx.events())
        };
        let events = world.run_at(at(28, 9), &cs(), reopen).await.unwrap();
        assert!(!events.contains(&Event::TicketBreached { ticket: other }), "{events:?}");
    })
    .await;
}

#[tokio::test]
async fn more_urgent_is_sooner_and_what_was_used_counts() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.ticket(&cs(), Category::Slow).await.id;
        let raise = async move |tx: &mut Tx| does(tx, id, "prioritized").await;
        let fault = world.run_at(at(23, 10), &cs(), raise).await.unwrap_err();
        assert_eq!(fault.code, "forbidden", "urgency is dispatch's to say");
        world.run_at(at(23, 10), &noc(), raise).await.unwrap();
        let seen = world.seen(id).await;
        assert_eq!((seen.priority, seen.due_at), (Priority::Urgent, Some(at(23, 12))));
        let set = async |tx: &mut Tx| {
            let new = NewTicket { priority: Some(Priority::Urgent), ..report(Category::Device) };
            ticket::open(tx, new).await
        };
        let fault = world.run(&the_customer(), set).await.unwrap_err();
        assert_eq!(fault.fields[0].name, "priority");
    })
    .await;
}

#[tokio::test]
async fn outsiders_see_what_is_public_and_do_no_work() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.ticket(&cs(), Category::Slow).await.id;
        let note = async move |tx: &mut Tx| {
            ticket::comment(tx, id, "Port ODP kotor.", true).await?;
            ticket::attach(tx, id, JPEG.to_vec(), true).await
        };
        let photo = world.run_at(now().plus_secs(1), &cs(), note).await.unwrap();
        world
            .run_at(now().plus_secs(2), &noc(), async move |tx: &mut Tx| {
                does(tx, id, "assigned").await
            })
            .await
            .unwrap();
        use EntryKind::{Assigned, Comment, Opened, Photo};
        assert_eq!(world.kinds(id, false).await, [Opened, Comment, Photo, Assigned]);
        assert_eq!(world.kinds(id, true).await, [Opened]);
        let mut reader = world.db.reader();
        ticket::picture(&mut reader, &cs(), photo).await.unwrap();
        let hidden = ticket::picture(&mut reader, &the_customer(), photo).await.unwrap_err();
        assert_eq!(hidden.code, "fulfilment.ticket_photo_not_found");
        for actor in [the_customer(), reseller(partner())] {
            for deed in ["started", "waiting", "resolved", "taken", "assigned", "prioritized"] {
                let work = async move |tx: &mut Tx| does(tx, id, deed).await;
                let fault = world.run(&actor, work).await.unwrap_err();
                assert_eq!(fault.code, "forbidden", "{deed}");
            }
            let talk = async move |tx: &mut Tx| ticket::comment(tx, id, "x", true).await;
            assert_eq!(world.run(&actor, talk).await.unwrap_err().code, "forbidden");
            let talk = async move |tx: &mut Tx| ticket::comment(tx, id, "Tolong ya.", false).await;
            world.run(&actor, talk).await.unwrap();
        }
        // The same picture again is the same picture.
        let again = async move |tx: &mut Tx| ticket::attach(tx, id, JPEG.to_vec(), true).await;
        assert_eq!(world.run(&cs(), again).await.unwrap(), photo);
        let text = async move |tx: &mut Tx| ticket::attach(tx, id, b"text".to_vec(), false).await;
        assert_eq!(world.run(&cs(), text).await.unwrap_err().code, "fulfilment.not_a_photo");
    })
    .await;
}

#[tokio::test]
async fn a_ticket_out_of_scope_is_not_there() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.ticket(&cs(), Category::Slow).await.id;
        let technician = |n: u8| {
            let mut actor = staff(n, &[]);
            actor.scope = Scope { technician: Some(user(n)), ..Scope::all() };
            actor
        };
        let mut elsewhere = cs();
        elsewhere.scope.branch = Some(thing(33));
        let strange: CustomerId = thing(44);
        let scope = Scope { customer: Some(strange), ..Scope::all() };
        let other_customer = outside(Who::Customer(strange), scope);
        for actor in [elsewhere, reseller(thing(45)), other_customer, technician(5)] {
            let work = async move |tx: &mut Tx| ticket::comment(tx, id, "x", false).await;
            let fault = world.run(&actor, work).await.unwrap_err();
            assert_eq!(fault.code, "fulfilment.ticket_not_found", "{}", actor.tag());
        }
        // Given to a technician, it is theirs.
        world.run(&noc(), async move |tx: &mut Tx| does(tx, id, "assigned").await).await.unwrap();
        let start = async move |tx: &mut Tx| does(tx, id, "started").await;
        world.run(&technician(5), start).await.unwrap();
        assert_eq!(world.seen(id).await.assignee_id, Some::<UserId>(user(5)));
        // And so is one whose visit is theirs.
        let order = world.assigned(fulfilment::Kind::Repair, &[6]).await;
        let link = async move |tx: &mut Tx| ticket::link_order(tx, id, order, "SPK000001").await;
        world.run(&noc(), link).await.unwrap();
        ticket::find(&mut world.db.reader(), &technician(6).scope, id).await.unwrap();
        let none = ticket::find(&mut world.db.reader(), &technician(7).scope, id).await;
        assert_eq!(none.unwrap_err().code, "fulfilment.ticket_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_visit_that_is_done_offers_to_resolve_and_one_that_failed_does_not() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.ticket(&cs(), Category::Slow).await.id;
        let link = async move |tx: &mut Tx| does(tx, id, "work_order").await;
        world.run(&cs(), link).await.unwrap();
        assert_eq!(world.seen(id).await.state, TicketState::InProgress);
        for (is_done, expect) in [(false, false), (true, true)] {
            let end = async move |tx: &mut Tx| {
                ticket::order_ended(tx, thing(60), "SPK000001", is_done).await
            };
            world.run(&Actor::system("test"), end).await.unwrap();
            assert_eq!(world.seen(id).await.suggest_resolve, expect);
        }
        let resolve = async move |tx: &mut Tx| does(tx, id, "resolved").await;
        world.run(&cs(), resolve).await.unwrap();
        assert!(!world.seen(id).await.suggest_resolve);
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_nobody_complains_of_closes_by_itself() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.ticket(&cs(), Category::Slow).await.id;
        let resolve = async move |tx: &mut Tx| does(tx, id, "resolved").await;
        world.run(&cs(), resolve).await.unwrap();
        let mut reader = world.db.reader();
        assert_eq!(ticket::to_close(&mut reader, now(), 9).await.unwrap(), []);
        let later = now().plus_secs(1);
        assert_eq!(ticket::to_close(&mut reader, later, 9).await.unwrap(), [id]);
        let close = async move |tx: &mut Tx| ticket::close_by_itself(tx, id, later).await;
        let (one, other) = race(|_| {
            let world = world.clone();
            async move { world.run(&Actor::system("tickets"), close).await.unwrap() }
        })
        .await;
        assert!(one != other, "closed once");
        assert_eq!(world.journaled(id, "closed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn every_step_of_a_ticket_raced_against_itself_happens_once() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let (one, other) = race(|_| {
            let world = world.clone();
            let open = async |tx: &mut Tx| ticket::open(tx, report(Category::NoInternet)).await;
            async move { world.run(&the_customer(), open).await }
        })
        .await;
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let id = one.or(other).unwrap().id;
        // A question asked twice is refused the second time; a visit is told of twice, by two people.
        for (deed, journal, well, rows) in [
            ("assigned", "assigned", 2, 1),
            ("taken", "assigned", 2, 2),
            ("released", "released", 2, 1),
            ("started", "started", 2, 1),
            ("waiting", "waiting", 1, 1),
            ("prioritized", "prioritized", 2, 1),
            ("photo", "photo", 2, 1),
            ("breached", "breached", 2, 1),
            ("resolved", "resolved", 2, 1),
            ("reopened", "reopened", 2, 1),
            ("resolved", "resolved", 2, 2),
            ("closed", "closed", 2, 1),
        ] {
            let (one, other) = race(|_| {
                let world = world.clone();
                let work = async move |tx: &mut Tx| does(tx, id, deed).await;
                // Late enough for the target to have passed, once it runs.
                async move { world.run_at(at(27, 9), &noc(), work).await }
            })
            .await;
            let done = [&one, &other].iter().filter(|done| done.is_ok()).count();
            assert_eq!(done, well, "{deed}: {one:?} {other:?}");
            assert_eq!(world.journaled(id, journal).await, rows, "{deed}");
        }
    })
    .await;
}
