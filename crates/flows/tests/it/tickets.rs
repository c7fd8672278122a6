//! Tickets across rooms: terms from the policy, the visit sent for one, what the customer is told, what
//! time does, and where a ticket is seen.

use billing::words::Mode;
use catalog::PolicyPatch;
use catalog::write::{PolicyFor, set_policy};
use flows::tickets::{self, NewReport, Watched};
use flows::views::order::{Order, Place, Way};
use flows::views::tickets::{TicketFilter, TicketSort};
use flows::views::{search, timeline};
use fulfilment::ticket::{self, Category, Priority, Ticket};
use fulfilment::{Kind, Mark, Online, State as OrderState, WorkOrder};
use kernel::actor::Who;
use kernel::{
    Actor, BranchId, Cause, CustomerId, Fault, Permission, Scope, SubscriptionId, Ts, UserId,
};
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

use crate::world::{World, at};

fn report(customer: Option<CustomerId>, subscription: Option<SubscriptionId>) -> NewReport {
    NewReport {
        customer,
        subscription,
        work_order: None,
        category: Category::NoInternet,
        priority: None,
        subject: "Internet mati total".into(),
        text: "Sejak pagi.".into(),
    }
}

fn the_customer(id: CustomerId) -> Actor {
    Actor {
        who: Who::Customer(id),
        name: "Budi Santoso".into(),
        permissions: [Permission::TicketRead, Permission::TicketWrite].into_iter().collect(),
        scope: Scope { customer: Some(id), ..Scope::all() },
        from: None,
    }
}

impl World {
    async fn does<T, F>(&self, now: Ts, actor: Actor, work: F) -> Result<T, Fault>
    where
        T: Send,
        F: AsyncFnOnce(&mut Tx) -> Result<T, Fault> + Clone,
    {
        self.db.write(&Cause::new(now, actor), work).await
    }

    /// What customers were told of tickets so far: the template, and the text.
    async fn told(&self, now: Ts) -> Vec<(String, String)> {
        flows::tasks::drain_outbox(&self.db, now, 500).await.unwrap();
        let sql = "select template, body from notification_message where template like 'ticket%'
             and channel = 'whatsapp' order by created_at, id";
        self.db.reader().rows(sql, args![]).await.unwrap()
    }

    async fn ticket(&self, now: Ts, sub: SubscriptionId) -> Ticket {
        let work = async move |tx: &mut Tx| tickets::open(tx, report(None, Some(sub))).await;
        self.write(now, work).await
    }
}

/// A technician goes there and mends it.
async fn mend(world: &World, now: Ts, order: &WorkOrder) {
    let id = order.id;
    let work = async move |tx: &mut Tx| {
        let who: UserId = tx.new_id();
        let today = tx.now().day(kernel::Zone::Jakarta);
        fulfilment::assign(tx, id, &[who], today).await?;
        let mark = Mark::at(tx.now());
        fulfilment::accept(tx, id, mark).await?;
        fulfilment::on_the_way(tx, id, mark).await?;
        fulfilment::on_site(tx, id, mark).await?;
        fulfilment::finish(tx, id, &Online::Yes, mark).await
    };
    assert_eq!(world.write(now, work).await.state, OrderState::Done);
}

#[tokio::test]
async fn a_visit_sent_for_a_ticket_offers_to_resolve_it_and_the_customer_hears_of_each_step() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        // The customer reports; who they are need not be said.
        let open = async move |tx: &mut Tx| tickets::open(tx, report(None, Some(sub))).await;
        let opened = w.does(at("2026-11-23", 9, 0), the_customer(customer), open).await.unwrap();
        assert_eq!((opened.customer_id, opened.branch_id), (customer, w.branch));
        let id = opened.id;
        assert_eq!(w.told(at("2026-11-23", 9, 1)).await.len(), 1);
        let send = async move |tx: &mut Tx| {
            tickets::send_visit(tx, id, Kind::Repair, "Bawa patchcord").await
        };
        let order = w.write(at("2026-11-23", 9, 10), send).await;
        assert_eq!((order.subscription_id, order.kind), (sub, Kind::Repair));
        assert_eq!(order.note, "TKT000001: Bawa patchcord");
        let twice = w.does(at("2026-11-23", 9, 11), Actor::system("test"), send).await;
        assert_eq!(twice.unwrap_err().code, "flows.ticket_has_visit");

        mend(&w, at("2026-11-23", 11, 0), &order).await;
        let mut reader = w.db.reader();
        let seen = ticket::find(&mut reader, &Scope::all(), id).await.unwrap();
        assert!(seen.suggest_resolve && seen.state.is_live());
        let resolve =
            async move |tx: &mut Tx| tickets::resolve(tx, id, "Patchcord diganti.", false).await;
        w.write(at("2026-11-23", 11, 30), resolve).await;
        let told = w.told(at("2026-11-23", 11, 31)).await;
        let names: Vec<&str> = told.iter().map(|(template, _)| template.as_str()).collect();
        assert_eq!(names, ["ticket_opened", "ticket_resolved"]);
        assert!(told[0].1.contains("TKT000001"), "{}", told[0].1);
        assert!(told[1].1.contains("Patchcord diganti.") && told[1].1.contains("2 hari"));

        // Two days later nobody has complained.
        let none = tickets::watch(&w.db, at("2026-11-25", 11, 30)).await.unwrap();
        assert_eq!(none, Watched::default());
        let late = at("2026-11-25", 11, 31);
        assert_eq!(tickets::watch(&w.db, late).await.unwrap(), Watched { breached: 0, closed: 1 });
        assert_eq!(tickets::watch(&w.db, late).await.unwrap(), Watched::default());
        let told = w.told(late).await;
        assert_eq!(told.len(), 3);
        assert_eq!(told[2].0, "ticket_closed");
        // And told once, however often the outbox is looked at.
        assert_eq!(w.told(late.plus_secs(60)).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn resolved_and_agreed_is_one_message_and_an_answered_question_is_not_asked() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        let now = at("2026-11-23", 9, 0);
        let id = w.ticket(now, sub).await.id;
        assert_eq!(w.told(now.plus_secs(1)).await.len(), 1);
        let ask = async move |tx: &mut Tx| ticket::wait(tx, id, "Lampu LOS merah?").await;
        w.write(now.plus_secs(60), ask).await;
        let told = w.told(now.plus_secs(61)).await;
        assert_eq!(told[1].0, "ticket_asked");
        assert!(told[1].1.contains("Lampu LOS merah?"), "{}", told[1].1);
        // Asked again, but answered before the message went out.
        let answer = async move |tx: &mut Tx| ticket::comment(tx, id, "Ya, merah.", false).await;
        w.does(now.plus_secs(70), the_customer(customer), answer).await.unwrap();
        w.write(now.plus_secs(80), ask).await;
        w.does(now.plus_secs(81), the_customer(customer), answer).await.unwrap();
        assert_eq!(w.told(now.plus_secs(90)).await.len(), 2);
        let end = async move |tx: &mut Tx| tickets::resolve(tx, id, "Beres.", true).await;
        w.write(now.plus_secs(100), end).await;
        let told = w.told(now.plus_secs(101)).await;
        let names: Vec<&str> = told.iter().map(|(template, _)| template.as_str()).collect();
        assert_eq!(names, ["ticket_opened", "ticket_asked", "ticket_closed"]);
    })
    .await;
}

#[tokio::test]
async fn the_terms_are_the_policys_of_the_day_it_was_opened() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (_, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        // Monday at nine, eight working hours of nine a day.
        let id = w.ticket(at("2026-11-23", 9, 0), sub).await.id;
        let due =
            async |id| ticket::find(&mut w.db.reader(), &Scope::all(), id).await.unwrap().due_at;
        assert_eq!(due(id).await, Some(at("2026-11-23", 17, 0)));
        let plan = w.plan;
        let set = async move |tx: &mut Tx| {
            let patch = PolicyPatch {
                work_weekdays: Some(vec![1, 2, 3, 4, 5, 6, 7]),
                work_from_minute: Some(0),
                work_until_minute: Some(1_440),
                ticket_high_minutes: Some(60),
                ticket_urgent_minutes: Some(30),
                ..PolicyPatch::default()
            };
            set_policy(tx, PolicyFor::Plan(plan), &patch).await
        };
        w.write(at("2026-11-23", 9, 5), set).await;
        assert_eq!(due(id).await, Some(at("2026-11-23", 17, 0)), "what was promised stands");
        let raise = async move |tx: &mut Tx| tickets::prioritize(tx, id, Priority::Urgent).await;
        let raised = w.write(at("2026-11-23", 9, 10), raise).await;
        assert_eq!(raised.due_at, Some(at("2026-11-23", 9, 30)));
        let noted = tickets::watch(&w.db, at("2026-11-23", 9, 30)).await.unwrap();
        assert_eq!(noted, Watched { breached: 1, closed: 0 });
        assert_eq!(
            tickets::watch(&w.db, at("2026-11-23", 9, 40)).await.unwrap(),
            Watched::default()
        );
    })
    .await;
}

#[tokio::test]
async fn what_does_not_belong_together_is_refused_by_its_field() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let now = at("2026-11-23", 9, 0);
        let (one, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        let other = w
            .write(now, async |tx: &mut Tx| {
                let new = crm::customer::NewCustomer::new("Siti", "081234567899", w.branch);
                crm::customer::create(tx, new).await
            })
            .await
            .id;
        let fails = async |actor: Actor, new: NewReport| {
            let work = async move |tx: &mut Tx| tickets::open(tx, new.clone()).await;
            w.does(now, actor, work).await.unwrap_err()
        };
        let office = || Actor::system("test");
        let fault = fails(office(), report(Some(other), Some(sub))).await;
        assert_eq!(fault.fields[0].name, "subscription");
        let fault = fails(office(), report(None, None)).await;
        assert_eq!(fault.fields[0].name, "customer");
        let fault = fails(the_customer(other), report(None, Some(sub))).await;
        assert_eq!(fault.code, "billing.subscription_not_found");
        let fault = fails(the_customer(other), report(Some(one), None)).await;
        assert_eq!(fault.code, "crm.customer_not_found");
        let mut elsewhere = office();
        elsewhere.scope.branch = Some(BranchId::nil());
        let fault = fails(elsewhere, report(Some(one), None)).await;
        assert_eq!(fault.code, "crm.customer_not_found");
        // A question about nothing in particular needs no subscription, but then no visit is sent.
        let work = async move |tx: &mut Tx| tickets::open(tx, report(Some(one), None)).await;
        let id = w.write(now, work).await.id;
        let send = async move |tx: &mut Tx| tickets::send_visit(tx, id, Kind::Repair, "").await;
        let fault = w.does(now, office(), send).await.unwrap_err();
        assert_eq!(fault.code, "flows.ticket_without_subscription");
        let give = async move |tx: &mut Tx| tickets::assign(tx, id, Some(UserId::nil())).await;
        let fault = w.does(now, office(), give).await.unwrap_err();
        assert_eq!(fault.fields[0].name, "user");
    })
    .await;
}

#[tokio::test]
async fn a_ticket_is_seen_in_kenapa_the_timeline_and_the_search_and_goes_with_its_customer() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        let now = at("2026-11-23", 9, 0);
        let id = w.ticket(now, sub).await.id;
        let why = w.why(sub, now).await;
        let link = why.chain.iter().find(|link| link.step == "ticket").unwrap();
        assert!(link.say.id.contains("TKT000001 (internet mati)"), "{}", link.say.id);
        let mut reader = w.db.reader();
        let blind = flows::why::Reader { tickets: false, ..flows::why::Reader::all() };
        let why = flows::why::kenapa(&mut reader, &Scope::all(), sub, now, blind).await.unwrap();
        assert!(why.chain.iter().all(|link| link.step != "ticket"));

        let office = Actor::system("test");
        let all = timeline::of(&mut reader, &office, customer, None, 50).await.unwrap();
        let entry = all.iter().find(|entry| entry.kind == "ticket").unwrap();
        assert_eq!(entry.say.id, "Tiket TKT000001 (internet mati) dibuat: Sejak pagi.");
        let hits = search::find(&mut reader, &office, "tkt000001").await.unwrap();
        assert_eq!(hits[0].title, "TKT000001");

        let branch = w
            .write(now, async |tx: &mut Tx| {
                let new = catalog::write::NewBranch {
                    code: "BDG".into(),
                    name: "Bandung".into(),
                    zone: kernel::Zone::Jakarta,
                    address: String::new(),
                    lat: -6.9,
                    lon: 107.6,
                };
                let branch = catalog::write::add_branch(tx, &new).await?;
                flows::customers::reassign(tx, customer, branch, None).await?;
                Ok(branch)
            })
            .await;
        let scope = Scope { branch: Some(branch), ..Scope::all() };
        ticket::find(&mut reader, &scope, id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_list_is_read_page_by_page_in_every_order() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, _) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        for n in 0..7_i64 {
            let category = if n % 2 == 0 { Category::Billing } else { Category::Other };
            let work = async move |tx: &mut Tx| {
                let new = NewReport { category, ..report(Some(customer), None) };
                let opened = tickets::open(tx, new).await?;
                // Some stand, and so have no due instant.
                if n % 3 == 0 { ticket::wait(tx, opened.id, "?").await } else { Ok(opened) }
            };
            w.write(at("2026-11-23", 9, 0).plus_secs(n * 3_600), work).await;
        }
        let mut reader = w.db.reader();
        let ways = [None, Some(Way::Up), Some(Way::Down)];
        for order in TicketSort::ALL.iter().flat_map(|by| ways.map(|way| Order::of(Some(*by), way)))
        {
            let filter = TicketFilter { order, ..TicketFilter::default() };
            let scope = Scope::all();
            let whole = flows::views::tickets::list(&mut reader, &scope, &filter, None, 50);
            let whole: Vec<_> = whole.await.unwrap().into_iter().map(|row| row.id).collect();
            let (mut paged, mut after): (Vec<_>, Option<Place>) = (Vec::new(), None);
            loop {
                let page =
                    flows::views::tickets::list(&mut reader, &scope, &filter, after.as_ref(), 2);
                let page = page.await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(order.place(last));
                paged.extend(page.iter().map(|row| row.id));
            }
            assert_eq!(paged, whole, "{order:?}");
            assert_eq!(whole.len(), 7);
        }
        let (newest, scope) = (TicketFilter::default(), Scope::all());
        let first =
            flows::views::tickets::list(&mut reader, &scope, &newest, None, 1).await.unwrap();
        let foreign = Order::of(Some(TicketSort::Changed), None).place(&first[0]);
        let fault =
            flows::views::tickets::list(&mut reader, &scope, &newest, Some(&foreign), 2).await;
        assert_eq!(fault.unwrap_err().fields[0].name, "after");
    })
    .await;
}
