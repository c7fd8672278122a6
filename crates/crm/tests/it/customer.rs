//! Customers and orders.

use crm::customer::{self, Amendment, Customer, CustomerKind, NewCustomer};
use crm::order::{self, NewOrder};
use crm::{Channel, Mode};
use kernel::{Fault, Lang, Scope, SubscriptionId};
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

use crate::world::{ROOMS, World, other_id, sales, technician};

async fn create(world: &World, new: NewCustomer) -> Result<Customer, Fault> {
    let desk = sales(Scope::all());
    world.run(&desk, async |tx: &mut Tx| customer::create(tx, new.clone()).await).await
}

#[tokio::test]
async fn a_customer_is_found_by_number_phone_and_external_id() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let new = NewCustomer {
            external_id: Some(" OLD-7 ".into()),
            address: "Jl. Mawar 1".into(),
            ..NewCustomer::new("Sari Dewi", "0812 3333 4444", world.jakarta)
        };
        let made = create(&world, new.clone()).await.unwrap();
        assert_eq!(made.number, "C000001");
        let q = &mut world.db.reader();
        let all = Scope::all();
        assert_eq!(customer::by_number(q, &all, " c000001").await.unwrap().id, made.id);
        assert_eq!(customer::by_external_id(q, "OLD-7").await.unwrap().unwrap().id, made.id);
        assert_eq!(customer::by_phone(q, &all, &made.phone).await.unwrap().len(), 1);
        for text in ["sari", "c000001", "0812-3333", "mawar"] {
            let page = customer::list(q, &all, Some(text), None, 10).await.unwrap();
            assert_eq!(page.items.len(), 1, "{text}");
        }
        let own = Scope { customer: Some(made.id), ..Scope::all() };
        assert!(customer::find(q, &own, made.id).await.is_ok());
        let others = [
            Scope { customer: Some(other_id(5)), ..Scope::all() },
            Scope { branch: Some(world.makassar), ..Scope::all() },
            Scope { partner: Some(other_id(6)), ..Scope::all() },
            technician().scope,
        ];
        for scope in others {
            let fault = customer::find(q, &scope, made.id).await.unwrap_err();
            assert_eq!(fault.code, "crm.customer_not_found");
            assert!(customer::by_number(q, &scope, "C000001").await.is_err());
            assert!(customer::by_phone(q, &scope, &made.phone).await.unwrap().is_empty());
            assert!(customer::list(q, &scope, None, None, 10).await.unwrap().items.is_empty());
        }
        let fault = create(&world, new).await.unwrap_err();
        assert_eq!(fault.fields[0].name, "external_id");
        let next = create(&world, NewCustomer::new("B", "081200000009", world.jakarta)).await;
        assert_eq!(next.unwrap().number, "C000002", "a refused one leaves no gap");
    })
    .await;
}

#[tokio::test]
async fn a_nik_is_sealed_in_the_table_and_opens_for_who_may_see_it() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let new = NewCustomer {
            nik: Some("3273010101900001".into()),
            ..NewCustomer::new("Sari", "081233334444", world.jakarta)
        };
        let made = create(&world, new).await.unwrap();
        assert!(made.has_nik());
        let q = &mut world.db.reader();
        let sealed: Vec<u8> = q
            .value("select nik_sealed from crm_customer where id = $1", args![made.id])
            .await
            .unwrap();
        assert!(!sealed.windows(8).any(|w| w == b"32730101"));
        let nik = customer::nik(q, &Scope::all(), made.id).await.unwrap().unwrap();
        assert_eq!(nik.expose(), "3273010101900001");
        let journal: Vec<serde_json::Value> = q
            .values("select after_state from store_journal where subject = 'customer'", args![])
            .await
            .unwrap();
        assert_eq!(journal.len(), 1);
        let text = journal[0].to_string();
        assert!(!text.contains("3273") && !text.contains("Sari") && !text.contains("8123333"));
    })
    .await;
}

#[tokio::test]
async fn a_customer_is_amended_reassigned_and_archived() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let id = create(&world, NewCustomer::new("Maju Jaya", "0215550001", world.jakarta))
            .await
            .unwrap()
            .id;
        let form = Amendment {
            name: "PT Maju Jaya".into(),
            kind: CustomerKind::Corporate,
            phone: "0215550002".into(),
            email: Some("tagihan@majujaya.co.id".into()),
            nik: None,
            npwp: Some("01.234.567.8-901.000".into()),
            address: "Jl. Industri 3".into(),
            lat: Some(-6.2),
            lon: Some(106.8),
            withholds_pph23: true,
            withholds_wapu: false,
            lang: Lang::En,
        };
        let personal = Amendment { kind: CustomerKind::Personal, ..form.clone() };
        let fault = world
            .run(&desk, async |tx: &mut Tx| customer::amend(tx, id, personal.clone()).await)
            .await
            .unwrap_err();
        assert_eq!(fault.fields[0].name, "withholds_pph23");
        world
            .run(&desk, async |tx: &mut Tx| customer::amend(tx, id, form.clone()).await)
            .await
            .unwrap();
        let found = customer::find(&mut world.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!(found.name, "PT Maju Jaya");
        assert!(found.withholds_pph23 && found.language() == Lang::En);
        assert_eq!(found.npwp.as_deref(), Some("012345678901000"));
        world
            .run(&desk, async |tx: &mut Tx| {
                customer::reassign(tx, id, world.makassar, Some(other_id(4))).await
            })
            .await
            .unwrap();
        world.run(&desk, async |tx: &mut Tx| customer::archive(tx, id).await).await.unwrap();
        let fault = world
            .run(&desk, async |tx: &mut Tx| customer::amend(tx, id, form.clone()).await)
            .await
            .unwrap_err();
        assert_eq!(fault.code, "crm.customer_archived");
        let found = customer::find(&mut world.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!((found.branch_id, found.partner_id), (world.makassar, Some(other_id(4))));
        let q = &mut world.db.reader();
        assert!(customer::list(q, &Scope::all(), None, None, 9).await.unwrap().items.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_subscription_has_one_order_which_is_cancelled_once() {
    both(ROOMS, async |db: Db| {
        let world = World::new(db).await;
        let desk = sales(Scope::all());
        let buyer = create(&world, NewCustomer::new("A", "081233334444", world.jakarta)).await;
        let buyer = buyer.unwrap().id;
        let subscription: SubscriptionId = other_id(50);
        let new = NewOrder {
            lead: None,
            customer: buyer,
            subscription,
            plan: world.home,
            mode: Mode::Postpaid,
            sold_by: None,
            channel: Channel::Import,
            partner: None,
            branch: world.jakarta,
        };
        let make = async |tx: &mut Tx| order::create(tx, new.clone()).await;
        let made = world.run(&desk, make).await.unwrap();
        assert_eq!(world.run(&desk, make).await.unwrap_err().code, "crm.order_exists");
        for _ in 0..2 {
            let cancel = async |tx: &mut Tx| order::cancel(tx, subscription, "batal pasang").await;
            world.run(&desk, cancel).await.unwrap();
        }
        let q = &mut world.db.reader();
        let found = order::find(q, &Scope::all(), made.id).await.unwrap();
        assert_eq!(found.cancelled_why.as_deref(), Some("batal pasang"));
        let rows: i64 = q
            .value("select count(*) from store_journal where action = 'cancelled'", args![])
            .await
            .unwrap();
        assert_eq!(rows, 1);
        let page = order::list(q, &Scope::all(), Some(buyer), None, 10).await.unwrap();
        assert_eq!(page.items.len(), 1);
        let scope = Scope { customer: Some(other_id(8)), ..Scope::all() };
        assert!(order::find(q, &scope, made.id).await.is_err());
    })
    .await;
}
