//! Moving in from another system: whole files or nothing, every bad row named, nobody surprised.

mod balances;
mod files;
mod many;
mod shop;

use billing::issue;
use billing::subscription::{NewSubscription, create};
use billing::words::{Mode, SubscriptionState};
use flows::import::switches::{self, Switch};
use flows::import::{Kind, Wanted};
use kernel::{Day, Money, Scope, Ts, Zone};
use network::DesiredKind;
use store::testing::{both, cause, now};
use store::{Db, QueryExt, Tx, args};

use shop::{ACCOUNTS, CUSTOMERS, ITEMS, PLANS, all_is_well, dry, go, import, isp, one};

/// Everything of the old system, in its order.
async fn move_in(db: &Db) {
    isp(db).await;
    for (kind, file) in [
        (Kind::Plans, PLANS),
        (Kind::Customers, CUSTOMERS),
        (Kind::Accounts, ACCOUNTS),
        (Kind::Items, ITEMS),
    ] {
        let report = import(db, kind, file).await;
        assert_eq!(report.problems, [], "{kind}");
        assert!(report.applied && report.created > 0, "{kind}");
    }
}

fn first_of_december() -> Ts {
    Ts::local(Day::ymd(2026, 12, 1).unwrap(), 6, 0, Zone::Jakarta)
}

#[tokio::test]
async fn a_whole_isp_moves_in_and_everything_that_must_be_true_is() {
    both(&flows::schema(), async |db| {
        move_in(&db).await;
        all_is_well(&db, now()).await;
        let plan: i64 = one(&db, "select install_fee from catalog_plan where code = 'HOME20'").await;
        assert_eq!(plan, 150_000);
        let phone: String =
            one(&db, "select phone from crm_customer where external_id = 'P1'").await;
        assert_eq!(phone, "6281234567801", "the spreadsheet had robbed it of its 0");
        // Budi runs, with the lock that he had; Citra's first MAC will be bound.
        let account: (String, String, Option<String>, Option<Ts>) = db
            .reader()
            .row(
                "select username, state, mac, mac_open_until from network_account
                 where username = 'budi@net'",
                args![],
            )
            .await
            .unwrap();
        assert_eq!(account.1, "live");
        assert_eq!(account.2.as_deref(), Some("4C:5E:0C:11:22:AA"));
        assert_eq!(account.3, None);
        let open: Option<Ts> =
            one(&db, "select mac_open_until from network_account where username = 'citra@net'").await;
        assert!(open.is_some_and(|at| at > now().plus_days(80)));
        let rows = network::directory::page(&mut db.reader(), None, 100).await.unwrap();
        let budi = rows.rows.iter().find(|r| r.username == "budi@net").unwrap();
        assert_eq!(budi.password.expose(), "rahasia1");
        assert_eq!(budi.desired.kind(), DesiredKind::Full);
        // The device stands at his site, with its whole history.
        let item: (String, String) = db
            .reader()
            .row(
                "select i.state, m.how from inventory_item i join inventory_move m on m.item_id = i.id
                 where i.serial = 'ZTEG0001'",
                args![],
            )
            .await
            .unwrap();
        assert_eq!(item, ("installed".to_owned(), "program".to_owned()));
        let citra = one(&db, "select id from crm_customer where external_id = 'P2'").await;
        let nik = crm::customer::nik(&mut db.reader(), &Scope::all(), citra).await.unwrap();
        assert_eq!(nik.unwrap().expose(), "3273010101900001");
        // Numbers go on where the import stopped.
        let branch = one(&db, "select id from catalog_branch").await;
        let next = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let new = crm::customer::NewCustomer::new("Fajar", "08123456789", branch);
                let customer = crm::customer::create(tx, new).await?;
                let catalog = catalog::current(tx).await?;
                let plan = catalog.plan_by_code("HOME20").unwrap().id;
                let new = NewSubscription::of(customer.id, branch, plan, Mode::Postpaid);
                let id = create(tx, new).await?;
                let sub = billing::subscription::find(tx, &Scope::all(), id).await?;
                Ok((customer.number, sub.number))
            })
            .await
            .unwrap();
        assert_eq!(next, ("C000006".to_owned(), "S000005".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn the_next_run_issues_what_the_old_system_would_have() {
    both(&flows::schema(), async |db| {
        move_in(&db).await;
        let early = issue::run(&db, &now(), &cause(now()), now().day(Zone::Jakarta)).await.unwrap();
        // Only Eko, whose prepaid days are over, is due before the 1st.
        assert_eq!((early.invoices, early.failed.len()), (1, 0));
        let day = first_of_december().day(Zone::Jakarta);
        let run =
            issue::run(&db, &first_of_december(), &cause(first_of_december()), day).await.unwrap();
        assert_eq!(run.failed.len(), 0);
        let billed: Vec<(String, Day, Day, Money)> = db
            .reader()
            .rows(
                "select c.external_id, i.period_from, i.period_to, i.total from billing_invoice i
                 join crm_customer c on c.id = i.customer_id
                 where i.live order by c.external_id, i.period_from",
                args![],
            )
            .await
            .unwrap();
        let text: Vec<String> = billed
            .iter()
            .map(|(who, from, to, total)| format!("{who} {from} {to} {}", total.get()))
            .collect();
        assert_eq!(
            text,
            [
                // Postpaid since years, October billed by the old system: November in full.
                "P1 2026-11-01 2026-11-30 277500",
                // Postpaid since 10 November: 21 of 30 days, as the golden case.
                "P2 2026-11-10 2026-11-30 194250",
                // Prepaid to 30 November: December.
                "P3 2026-12-01 2026-12-31 277500",
                // Prepaid that was over, but online while isolation is off: November was used and stays owed.
                "P5 2026-11-01 2026-11-30 277500",
                "P5 2026-12-01 2026-12-31 277500",
            ]
        );
        let mine: Vec<SubscriptionState> = db
            .reader()
            .values(
                "select distinct state from billing_subscription where mode = $1",
                args![Mode::Prepaid],
            )
            .await
            .unwrap();
        assert_eq!(mine, [SubscriptionState::Active], "isolation is off");
        go(&db, first_of_december()).await;
        all_is_well(&db, first_of_december()).await;
    })
    .await;
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    both(&flows::schema(), async |db| {
        move_in(&db).await;
        let state = async || -> Vec<i64> {
            let mut counts = Vec::new();
            for table in [
                "catalog_plan",
                "catalog_price",
                "crm_customer",
                "billing_subscription",
                "billing_entitlement",
                "network_account",
                "network_access_change",
                "inventory_item",
                "inventory_move",
                "inventory_location",
                "store_outbox",
            ] {
                counts.push(one(&db, &format!("select count(*) from {table}")).await);
            }
            let journal = "select count(*) from store_journal where subject <> 'import'";
            counts.push(one(&db, journal).await);
            counts
        };
        let before = state().await;
        for (kind, file) in [
            (Kind::Plans, PLANS),
            (Kind::Customers, CUSTOMERS),
            (Kind::Accounts, ACCOUNTS),
            (Kind::Items, ITEMS),
        ] {
            let report = import(&db, kind, file).await;
            assert_eq!((report.created, report.changed, report.refused), (0, 0, 0), "{kind}");
            assert!(report.skipped > 0 && report.applied);
        }
        assert_eq!(state().await, before);
    })
    .await;
}

#[tokio::test]
async fn what_people_changed_since_is_not_undone_by_the_old_file() {
    both(&flows::schema(), async |db| {
        move_in(&db).await;
        let id = one(&db, "select id from crm_customer where external_id = 'P1'").await;
        db.write(&cause(now()), async |tx: &mut Tx| {
            let there = crm::customer::find(tx, &Scope::all(), id).await?;
            let form = crm::customer::Amendment {
                name: "Budi Santoso Baru".into(),
                kind: there.kind,
                phone: "081111111111".into(),
                email: None,
                nik: None,
                npwp: None,
                address: there.address,
                lat: None,
                lon: None,
                withholds_pph23: false,
                withholds_wapu: false,
                lang: kernel::Lang::Id,
            };
            crm::customer::amend(tx, id, form).await.map(drop)
        })
        .await
        .unwrap();
        assert_eq!(import(&db, Kind::Customers, CUSTOMERS).await.changed, 0);
        let name: String = one(&db, "select name from crm_customer where external_id = 'P1'").await;
        assert_eq!(name, "Budi Santoso Baru");
    })
    .await;
}

#[tokio::test]
async fn a_changed_row_changes_its_record_and_says_what() {
    both(&flows::schema(), async |db| {
        move_in(&db).await;
        let customers = "id;nama;no hp;alamat\nP1;Budi S.;0811 1111 1111;Jl. Baru 7\nP9;Baru;0899 9999 9999;\n";
        let seen = dry(&db, Kind::Customers, customers).await;
        assert_eq!((seen.created, seen.changed, seen.skipped), (1, 1, 0));
        assert_eq!(seen.lines[0].note.as_ref().unwrap().en, "changed: name, phone, address");
        let done = import(&db, Kind::Customers, customers).await;
        assert_eq!((done.created, done.changed), (1, 1));
        let (name, email): (String, Option<String>) = db
            .reader()
            .row("select name, email from crm_customer where external_id = 'P1'", args![])
            .await
            .unwrap();
        assert_eq!(name, "Budi S.");
        assert_eq!(email.as_deref(), Some("budi@example.net"), "what is left out stays");

        let head = "id langganan;id pelanggan;username;password;paket;mac";
        let changed = format!("{head}\nL1;P1;budi@net;rahasia9;HOME20;4c5e0c1122bb\n");
        let done = import(&db, Kind::Accounts, &changed).await;
        assert_eq!(done.problems, []);
        assert_eq!(done.lines[0].wanted, Wanted::Change);
        assert_eq!(done.lines[0].note.as_ref().unwrap().en, "changed: password, mac");
        let rows = network::directory::page(&mut db.reader(), None, 100).await.unwrap();
        let budi = rows.rows.iter().find(|r| r.username == "budi@net").unwrap();
        assert_eq!(budi.password.expose(), "rahasia9");
        assert_eq!(budi.mac.unwrap().to_string(), "4C:5E:0C:11:22:BB");

        // What billing has to see is not an import's to change.
        for (row, column) in [
            ("L1;P1;budi@net;rahasia9;HOME50;", "paket"),
            ("L1;P2;budi@net;rahasia9;HOME20;", "id_pelanggan"),
            ("L1;P1;lain@net;rahasia9;HOME20;", "username"),
            ("L1;P1;budi@net;x;HOME20;", "password"),
        ] {
            let report = import(&db, Kind::Accounts, &format!("{head}\n{row}\n")).await;
            assert!(!report.applied, "{row}");
            let columns: Vec<&str> = report.problems.iter().map(|p| p.column.as_str()).collect();
            assert!(columns.contains(&column), "{row}: {:?}", report.problems);
        }
        let plans = "kode;nama;harga;ppn;unduh;harga mulai\nHOME20;Rumah 20;275.000;belum termasuk;30M;2027-01-01\n";
        let done = import(&db, Kind::Plans, plans).await;
        assert_eq!((done.changed, done.refused), (1, 0));
        let catalog = catalog::current(&mut db.reader()).await.unwrap();
        let plan = catalog.plan_by_code("HOME20").unwrap();
        let price = |day: &str| catalog.price_at(plan.id, day.parse().unwrap()).get();
        assert_eq!((price("2026-12-31"), price("2027-01-01")), (250_000, 275_000));
        assert_eq!(catalog.profile(plan.profile_id).unwrap().rate_down_kbps, 30_000);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_messaged_or_isolated_until_it_is_switched_on() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        import(&db, Kind::Plans, PLANS).await;
        let policy = catalog::current(&mut db.reader()).await.unwrap().isp_policy();
        assert!(policy.messages_on && policy.isolation_on, "a price list brings nobody");
        let seen = dry(&db, Kind::Customers, CUSTOMERS).await;
        assert!(seen.switches_off && !seen.messages_on && !seen.isolation_on);
        let policy = catalog::current(&mut db.reader()).await.unwrap().isp_policy();
        assert!(policy.messages_on, "a dry run changes nothing");
        let first = import(&db, Kind::Customers, CUSTOMERS).await;
        assert!(first.switches_off && !first.messages_on && !first.isolation_on);
        let journaled: i64 =
            one(&db, "select count(*) from store_journal where subject = 'policy'").await;
        assert_eq!(journaled, 1);
        let second = import(&db, Kind::Accounts, ACCOUNTS).await;
        assert!(!second.switches_off && !second.isolation_on);

        // Eko's days are over, his invoice is due at once: still online, still not told.
        let day = now().day(Zone::Jakarta);
        issue::run(&db, &now(), &cause(now()), day).await.unwrap();
        go(&db, now().plus_days(1)).await;
        assert_eq!(one::<i64>(&db, "select count(*) from notification_message").await, 0);
        let isolated = "select count(*) from network_access where desired = 'isolated'";
        assert_eq!(one::<i64>(&db, isolated).await, 0);

        let on = async |switch| {
            db.write(&cause(now()), async |tx: &mut Tx| switches::set(tx, switch, true).await)
                .await
                .unwrap()
        };
        assert!(on(Switch::Messages).await && on(Switch::Isolation).await);
        assert!(!on(Switch::Isolation).await, "it is on already");
        assert_eq!(one::<i64>(&db, "select count(*) from notification_message").await, 0);
        go(&db, now().plus_days(2)).await;
        let who: String = one(
            &db,
            "select c.external_id from network_access a
             join billing_subscription s on s.id = a.subscription_id
             join crm_customer c on c.id = s.customer_id where a.desired = 'isolated'",
        )
        .await;
        assert_eq!(who, "P5");
        let told: i64 =
            one(&db, "select count(*) from notification_message where template = 'isolated'").await;
        assert!(told > 0, "from now on people are told");

        // Once switched on, a later import leaves it on.
        let later = import(&db, Kind::Customers, "id;nama;hp\nP77;Baru;08123456777\n").await;
        assert!(!later.switches_off && later.messages_on && later.isolation_on);
        all_is_well(&db, now().plus_days(2)).await;
    })
    .await;
}

#[tokio::test]
async fn a_connection_still_to_be_installed_gets_its_install_order() {
    both(&flows::schema(), async |db| {
        isp(&db).await;
        import(&db, Kind::Plans, PLANS).await;
        import(&db, Kind::Customers, CUSTOMERS).await;
        let file = "pelanggan;username;password;paket;mode;status\n\
                    P1;baru@net;rahasia1;HOME20;pascabayar;belum dipasang\n\
                    P2;lama@net;rahasia1;HOME20;pascabayar;berhenti\n";
        let report = import(&db, Kind::Accounts, file).await;
        assert_eq!((report.created, report.skipped, report.refused), (1, 1, 0));
        let order: (String, String) = db
            .reader()
            .row(
                "select w.state, a.state from fulfilment_work_order w
                 join network_account a on a.subscription_id = w.subscription_id
                 where a.username = 'baru@net'",
                args![],
            )
            .await
            .unwrap();
        assert_eq!(order, ("open".to_owned(), "reserved".to_owned()));
        all_is_well(&db, now()).await;
    })
    .await;
}
