//! What several people do at the same moment on PostgreSQL, and exactly what comes of it: money, stock, ports
//! and serial numbers.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use crm::Mode;
use futures::future::join_all;
use identity::Role;
use kernel::PartnerId;
use serde_json::{Value, json};
use store::{QueryExt, args};

use crate::http_billing::{FIRST, again, cash, open, post, postpaid, prepaid};
use crate::http_fulfilment::setup::{Field, PIN, Phone, arriving, scan};
use crate::isp::{call, client, get, items, made, parsed};
use crate::street::{Home, Street};
use crate::world::{self, Reply, World};

/// One request: who, where, what.
type Ask<'a> = (&'a str, String, Value);

/// Sends all at once, each with a key of its own.
async fn at_once(world: &World, asks: Vec<Ask<'_>>) -> Vec<Reply> {
    static KEYS: AtomicUsize = AtomicUsize::new(0);
    join_all(asks.iter().map(|(who, path, body)| {
        let key = format!("sekaligus-{}", KEYS.fetch_add(1, Ordering::SeqCst));
        let ask = world.ask("post", path).session(who).header("idempotency-key", &key);
        if body.is_null() { ask.send() } else { ask.json(body).send() }
    }))
    .await
}

/// How many were done, and the codes of the refusals, each once.
fn outcome(replies: &[Reply]) -> (usize, Vec<String>) {
    let done = replies.iter().filter(|r| r.status.is_success()).count();
    let refused = replies.iter().filter(|r| !r.status.is_success());
    let mut codes: Vec<String> =
        refused.map(|r| format!("{} {}", r.status.as_u16(), r.code())).collect();
    codes.sort_unstable();
    codes.dedup();
    (done, codes)
}

fn only(code: &str) -> Vec<String> {
    vec![code.to_owned()]
}

async fn count(world: &World, sql: &str) -> i64 {
    world.db.reader().value(sql, args![]).await.unwrap()
}

/// Nothing is broken, in any room.
async fn sound(world: &World) {
    while flows::tasks::drain_outbox(&world.db, world.now(), 500).await.unwrap().claimed > 0 {}
    let broken = flows::invariants::check(&mut world.db.reader(), world.now()).await.unwrap();
    assert!(broken.is_empty(), "{broken:?}");
}

async fn fina(world: &World, street: &Street) -> String {
    client(world, "fina", Role::Finance, Some(street.isp.jakarta), None).await.1
}

/// Two people who may approve what the first one of finance asks for.
async fn approvers(world: &World, street: &Street) -> [String; 2] {
    let third = client(world, "fiona", Role::Finance, Some(street.isp.jakarta), None).await.1;
    [fina(world, street).await, third]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_transfer_typed_by_four_counts_once_and_four_of_cash_count_four_times() {
    world::postgres(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ahmad").await;
        let second = fina(&world, &street).await;
        let desks = [&street.finance, &second, &street.finance, &second];
        let body = json!({ "customer_id": home.customer, "channel": "transfer", "amount": FIRST,
                           "reference": "TRF-1" });
        let path = || "/api/v1/payments".to_owned();
        let all =
            at_once(&world, desks.iter().map(|who| (who.as_str(), path(), body.clone())).collect());
        let all = all.await;
        assert_eq!(outcome(&all), (4, vec![]), "told once more, it is known");
        let ids: Vec<Value> = all.iter().map(|r| r.json()["payment_id"].clone()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let new = all.iter().filter(|r| r.json()["repeated"] == json!(false)).count();
        assert_eq!(new, 1);
        assert_eq!(count(&world, "select count(*) from billing_payment").await, 1);

        let asks = desks.map(|who| (who.as_str(), path(), cash(&home, 20_000)));
        assert_eq!(outcome(&at_once(&world, asks.to_vec()).await), (4, vec![]));
        assert_eq!(count(&world, "select count(*) from billing_payment").await, 5);
        let statement = format!("/api/v1/customers/{}/statement", home.customer);
        let account = get(&world, &street.finance, &statement).await;
        assert_eq!((&account["owed"], &account["credit"]), (&json!(0), &json!(80_000)));
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn credit_is_paid_out_once_however_many_ask_and_approve() {
    world::postgres(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ahmad").await;
        let heads = approvers(&world, &street).await;
        post(&world, &street.finance, "/api/v1/payments", cash(&home, FIRST + 22_500)).await;
        let refund = format!("/api/v1/customers/{}/refund", home.customer);
        let body = json!({ "amount": 22_500, "channel": "cash", "why": "pindah" });
        let asks = vec![(street.finance.as_str(), refund, body); 3];
        let asked = at_once(&world, asks).await;
        let approve = |r: &Reply| {
            let id = r.json()["id"].as_str().unwrap().to_owned();
            format!("/api/v1/approvals/{id}/approve")
        };
        let waiting: Vec<String> =
            asked.iter().filter(|r| r.status.is_success()).map(approve).collect();
        assert!(!waiting.is_empty(), "{asked:?}");
        // Each is approved by two people at once.
        let asks = waiting.iter().flat_map(|path| {
            [&heads[0], &heads[1]].map(|who| (who.as_str(), path.clone(), Value::Null))
        });
        let decided = at_once(&world, asks.collect()).await;
        assert_eq!(outcome(&decided).0, 1, "{decided:?}");
        let statement = format!("/api/v1/customers/{}/statement", home.customer);
        let account = get(&world, &street.finance, &statement).await;
        assert_eq!((&account["owed"], &account["credit"]), (&json!(0), &json!(0)));
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_invoice_is_credited_once_and_a_payment_reversed_once() {
    world::postgres(async |world: World| {
        let street = open(&world).await;
        let (home, other) =
            (prepaid(&world, &street, "Ahmad").await, prepaid(&world, &street, "Budi").await);
        let heads = approvers(&world, &street).await;
        let invoice = street.invoice(&world, &home).await;
        let credit = format!("/api/v1/invoices/{invoice}/credit-notes");
        let paid = post(&world, &street.finance, "/api/v1/payments", cash(&other, FIRST)).await;
        let reverse =
            format!("/api/v1/payments/{}/reverse", paid.json()["payment_id"].as_str().unwrap());
        let why = json!({ "why": "salah" });
        let finance = street.finance.as_str();
        let asks =
            [&credit, &credit, &reverse, &reverse].map(|p| (finance, p.clone(), why.clone()));
        let asked = at_once(&world, asks.to_vec()).await;
        let ids = asked.iter().filter_map(|r| r.json()["id"].as_str().map(str::to_owned));
        let asks = ids.flat_map(|id| {
            let path = format!("/api/v1/approvals/{id}/approve");
            [&heads[0], &heads[1]].map(|who| (who.as_str(), path.clone(), Value::Null))
        });
        let decided = at_once(&world, asks.collect()).await;
        // A request to reverse what is reversed already changes nothing.
        let done = outcome(&decided).0;
        assert!((2..=3).contains(&done), "one note, one or both reversals: {decided:?}");
        assert_eq!(count(&world, "select count(*) from billing_credit_note").await, 1);
        let path = format!("/api/v1/invoices/{invoice}");
        let credited = get(&world, finance, &path).await;
        assert_eq!(
            (&credited["credited"], &credited["state"]),
            (&json!(FIRST), &json!("cancelled"))
        );
        let reversed = "select count(*) from billing_payment where state = 'reversed'";
        assert_eq!(count(&world, reversed).await, 1);
        let journaled = "select count(*) from store_journal where action = 'reversed'";
        assert_eq!(count(&world, journaled).await, 1);
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_voucher_is_used_by_one_of_four_and_not_after_it_was_withdrawn() {
    world::postgres(async |world: World| {
        let street = open(&world).await;
        let mut homes = Vec::new();
        for name in ["Ahmad", "Budi", "Cici", "Dodi"] {
            homes.push(prepaid(&world, &street, name).await);
        }
        let body = json!({ "plan_id": street.isp.plan, "days": 30, "count": 2, "price": 277_500,
                           "expires_on": "2027-06-30" });
        let batch = made(post(&world, &street.finance, "/api/v1/vouchers", body).await);
        let at = format!("/api/v1/vouchers/{}", batch.as_str().unwrap());
        let codes = items(&world, &street.finance, &format!("{at}/codes")).await;
        let redeem = |home: &Home, code: &Value| {
            let body = json!({ "code": code["code"], "subscription_id": home.subscription });
            (street.sales.as_str(), "/api/v1/vouchers/redeem".to_owned(), body)
        };
        let all = at_once(&world, homes.iter().map(|h| redeem(h, &codes[0])).collect()).await;
        assert_eq!(outcome(&all), (1, only("409 billing.voucher_used")));

        let mut asks: Vec<Ask<'_>> = homes.iter().take(2).map(|h| redeem(h, &codes[1])).collect();
        asks.push((street.finance.as_str(), format!("{at}/void"), Value::Null));
        asks.push((street.finance.as_str(), format!("{at}/void"), Value::Null));
        let all = at_once(&world, asks).await;
        assert!(all.iter().all(|r| !r.status.is_server_error()), "{all:?}");
        let used = all[..2].iter().filter(|r| r.status.is_success()).count();
        let batch = get(&world, &street.finance, &at).await;
        let counted = |what: &str| usize::try_from(batch[what].as_i64().unwrap()).unwrap();
        assert_eq!((counted("used"), counted("void")), (1 + used, 1 - used), "{batch}");
        sound(&world).await;
    })
    .await;
}

async fn reseller(world: &World, street: &Street) -> (PartnerId, String) {
    let body = json!({ "code": "M1", "name": "Mitra M1", "phone": "081277770001",
                       "branch_id": street.isp.jakarta });
    let id = made(post(world, &street.finance, "/api/v1/partners", body).await);
    let jakarta = Some(street.isp.jakarta);
    let who = client(world, "mitra.m1", Role::Reseller, jakarta, Some(parsed(&id))).await.1;
    (parsed(&id), who)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_top_up_is_credited_once_and_a_wallet_pays_what_it_holds() {
    world::postgres(async |world: World| {
        let street = open(&world).await;
        let (second, (partner, mitra)) =
            (fina(&world, &street).await, reseller(&world, &street).await);
        let mut homes = Vec::new();
        for name in ["Ahmad", "Budi", "Cici"] {
            let jakarta = street.isp.jakarta;
            homes.push(street.connect(&world, name, Mode::Prepaid, jakarta, Some(partner)).await);
        }
        let wallet = format!("/api/v1/wallet/{partner}");
        // The same transfer told twice is one top-up.
        let top_up = json!({ "amount": FIRST + 1_000, "channel": "transfer", "reference": "T-1" });
        let asks = vec![(mitra.as_str(), format!("{wallet}/top-up"), top_up); 3];
        let asked = at_once(&world, asks).await;
        assert_eq!(outcome(&asked), (1, only("409 wallet.top_up_known")));
        let told = asked.iter().find(|r| r.status.is_success()).unwrap().json();
        let at = format!("/api/v1/top-ups/{}", told["id"].as_str().unwrap());
        let asks = [&second, &street.finance, &street.owner, &second]
            .map(|who| (who.as_str(), format!("{at}/approve"), Value::Null));
        let decided = at_once(&world, asks.to_vec()).await;
        assert_eq!(outcome(&decided).0, 1, "{decided:?}");
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(FIRST + 1_000));

        // It holds one invoice's money; three are paid from it at once.
        let mut asks = Vec::new();
        for home in &homes {
            let body = json!({ "invoice_id": street.invoice(&world, home).await });
            asks.push((mitra.as_str(), format!("{wallet}/pay"), body));
        }
        let paid = at_once(&world, asks).await;
        assert_eq!(outcome(&paid), (1, only("409 partner.balance_too_low")), "{paid:?}");
        let done = paid.iter().find(|r| r.status.is_success()).unwrap().json();
        let left = FIRST + 1_000 - done["net"].as_i64().unwrap();
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(left));
        assert_eq!(count(&world, "select count(*) from billing_payment").await, 1);
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_port_goes_to_one_lead_and_a_lead_becomes_one_customer() {
    world::postgres(async |world: World| {
        let field = Field::open(&world).await;
        let odps = items(&world, &field.noc, "/api/v1/odps").await;
        let odp = json!({ "code": "ODP-01", "name": "Tiang 5", "lat": PIN.0, "lon": PIN.1,
                          "ports": 1, "reach_m": 250 });
        let path = format!("/api/v1/odps/{}", odps[0]["id"].as_str().unwrap());
        let reply = call(&world, &field.noc, "put", &path, &odp).await;
        assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
        let mut leads = Vec::new();
        for n in 0..3 {
            let lead = json!({ "name": format!("Calon {n}"), "phone": format!("0812-3456-78{n}0"),
                "address": format!("Jl. Melati {n}"), "lat": PIN.0, "lon": PIN.1,
                "mode": "postpaid", "plan_id": field.isp.plan });
            leads.push(made(call(&world, &field.sales, "post", "/api/v1/leads", &lead).await));
        }
        let asks = leads.iter().flat_map(|lead| {
            let path = format!("/api/v1/leads/{}/convert", lead.as_str().unwrap());
            [
                (field.sales.as_str(), path.clone(), json!({})),
                (field.sales.as_str(), path, json!({})),
            ]
        });
        let all = at_once(&world, asks.collect()).await;
        assert!(all.iter().all(|r| !r.status.is_server_error()), "{all:?}");
        let sold: Vec<Value> =
            all.iter().filter(|r| r.status.is_success()).map(Reply::json).collect();
        let ported = sold.iter().filter(|s| s["port"].is_number()).count();
        assert_eq!(ported, 1, "{sold:?}");
        let mut customers: Vec<&str> =
            sold.iter().map(|s| s["customer_number"].as_str().unwrap()).collect();
        customers.sort_unstable();
        let all = customers.len();
        customers.dedup();
        assert_eq!(customers.len(), all, "a lead became two customers");
        let taken = "select count(*) from crm_odp_port where subscription_id is not null";
        assert_eq!(count(&world, taken).await, 1);
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_serial_is_received_once_and_lies_in_one_bag() {
    world::postgres(async |world: World| {
        let field = Field::open(&world).await;
        let second =
            client(&world, "gudang.2", Role::Warehouse, Some(field.isp.jakarta), None).await.1;
        let delivery = json!({ "warehouse_id": field.warehouse, "type_id": field.modem,
            "document": "SJ-1", "lines": [{ "serial": "HWTC0001", "mac": "A0:B2:C3:D4:E5:01" }] });
        let keepers = [&field.keeper, &second, &field.keeper, &second];
        let receive = || "/api/v1/items/receive".to_owned();
        let asks = keepers.map(|who| (who.as_str(), receive(), delivery.clone()));
        let all = at_once(&world, asks.to_vec()).await;
        let line = |r: &Reply| r.json()["lines"][0].clone();
        let fine = all.iter().filter(|r| line(r)["ok"] == json!(true)).count();
        let new = all.iter().filter(|r| line(r)["again"] == json!(false)).count();
        assert_eq!((fine, new, outcome(&all)), (4, 1, (4, vec![])), "{all:?}");
        assert_eq!(count(&world, "select count(*) from inventory_item").await, 1);

        let mut bags = Vec::new();
        for who in [&field.andi, &field.sari] {
            let bag = json!({ "kind": "bag", "technician_id": who.0 });
            bags.push(made(call(&world, &field.keeper, "post", "/api/v1/locations", &bag).await));
        }
        let asks = keepers.iter().zip(bags.iter().cycle()).map(|(who, bag)| {
            let body = json!({ "serials": ["HWTC0001"], "to_location_id": bag, "how": "scanned" });
            (who.as_str(), "/api/v1/moves".to_owned(), body)
        });
        let all = at_once(&world, asks.collect()).await;
        assert!(all.iter().all(|r| !r.status.is_server_error()), "{all:?}");
        assert!(all.iter().any(|r| line(r)["ok"] == json!(true)), "{all:?}");
        // Handed to several, it is the one's who was handed it last.
        let body = json!({ "serials": ["HWTC0001"] });
        let takers = [&field.andi.1, &field.sari.1, &field.andi.1, &field.sari.1]
            .map(|who| (who.as_str(), "/api/v1/bag/accept".to_owned(), body.clone()));
        let all = at_once(&world, takers.to_vec()).await;
        let took: Vec<bool> = all.iter().map(|r| line(r)["ok"] == json!(true)).collect();
        assert_ne!(took[0] || took[2], took[1] || took[3], "one of the two: {all:?}");
        let history = items(&world, &field.keeper, "/api/v1/items/HWTC0001/history").await;
        assert_eq!(history.len(), 2, "received, and taken once: {history:?}");
        let lies = get(&world, &field.keeper, "/api/v1/items/HWTC0001").await;
        let taker = if took[0] || took[2] { &bags[0] } else { &bags[1] };
        assert_eq!(lies["location_id"], *taker, "{lies}");
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_modem_scanned_at_two_jobs_at_once_is_installed_at_one() {
    world::postgres(async |world: World| {
        let field = Field::open(&world).await;
        field.equip(&world, &field.andi, "HWTC0001", "A0:B2:C3:D4:E5:01").await;
        let mut jobs = Vec::new();
        for name in ["Budi Santoso", "Cici Lestari"] {
            let sold = field.sold(&world, name, "postpaid").await;
            field.dispatched(&world, &sold["work_order_id"], &[field.andi.0, field.sari.0]).await;
            jobs.push(sold["work_order_id"].clone());
        }
        // Two phones of one technician, and the other technician, who does not have it.
        let mut steps = Vec::new();
        for (n, (who, job)) in
            [(&field.andi, &jobs[0]), (&field.andi, &jobs[1]), (&field.sari, &jobs[0])]
                .into_iter()
                .enumerate()
        {
            let mut phone =
                Phone { seq: 100 * i64::try_from(n).unwrap(), ..Phone::of(&world, who) };
            let told = phone.ops(job, arriving());
            phone.send(&told).await;
            steps.push((who, phone.op(job, scan("HWTC0001"))));
        }
        let all = join_all(steps.iter().map(|(who, step)| {
            let body = json!({ "ops": [step] });
            let ask = world.ask("post", "/api/v1/field/ops").session(&who.1);
            ask.json(&body).send()
        }))
        .await;
        let results: Vec<Value> = all.iter().map(|r| r.json()["results"][0].clone()).collect();
        let applied = results.iter().filter(|r| r["result"] == "applied").count();
        assert_eq!(applied, 1, "{results:?}");
        let item = get(&world, &field.keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!((&item["state"], &item["location_kind"]), (&json!("installed"), &json!("site")));
        let live = "select count(*) from network_account where state = 'live'";
        assert_eq!(count(&world, live).await, 1);
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_billing_run_begun_by_four_is_one_run_and_numbers_have_no_gap() {
    world::postgres(async |world: World| {
        let street = open(&world).await;
        let mut homes = Vec::new();
        for name in ["Ahmad", "Budi", "Cici", "Dodi", "Eka", "Fani"] {
            homes.push(postpaid(&world, &street, name).await);
        }
        crate::street::later(&world, 9 * 86_400);
        client(&world, "fina.pusat", Role::Finance, None, None).await;
        let chief = again(&world, "fina.pusat").await;
        let run = json!({ "day": "2026-12-01" });
        let asks = vec![(chief.as_str(), "/api/v1/billing-runs".to_owned(), run); 4];
        let all = at_once(&world, asks).await;
        assert_eq!(outcome(&all), (4, vec![]), "{all:?}");
        for reply in &all {
            let path = format!("/api/v1/billing-runs/{}", reply.json()["id"].as_str().unwrap());
            while get(&world, &chief, &path).await["state"] != "done" {
                tokio::task::yield_now().await;
            }
        }
        let regular = "select count(*) from billing_invoice where kind = 'regular'";
        assert_eq!(count(&world, regular).await, 6);
        let of =
            "select count(distinct subscription_id) from billing_invoice where kind = 'regular'";
        assert_eq!(count(&world, of).await, 6);

        let one = |home: &Home, n: usize| {
            json!({ "customer_id": home.customer, "key": format!("SPK-{n}"),
                    "lines": [{ "name": "Geser kabel", "amount": 100_000 }] })
        };
        let asks = (0..8).map(|n| {
            let body = one(&homes[n % 6], n);
            (chief.as_str(), "/api/v1/invoices".to_owned(), body)
        });
        assert_eq!(outcome(&at_once(&world, asks.collect()).await), (8, vec![]));
        let mut numbers: Vec<i64> = world
            .db
            .reader()
            .values("select seq from billing_invoice where seq is not null", args![])
            .await
            .unwrap();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=14).collect::<Vec<i64>>());
        sound(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn promises_keep_to_their_number_and_a_drawer_is_counted_and_accepted_once() {
    world::postgres(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ahmad").await;
        let second = fina(&world, &street).await;
        let promise = json!({ "subscription_id": home.subscription, "until": "2026-11-24" });
        let asks = vec![(street.sales.as_str(), "/api/v1/promises".to_owned(), promise); 6];
        let all = at_once(&world, asks).await;
        let allowed = {
            let catalog = catalog::current(&mut world.db.reader()).await.unwrap();
            usize::try_from(catalog.isp_policy().promises_per_quarter).unwrap()
        };
        assert_eq!(outcome(&all), (allowed, only("409 billing.promise_too_many")), "{all:?}");

        let open = json!({ "float": 50_000 });
        let asks = vec![(street.finance.as_str(), "/api/v1/cash/drawers".to_owned(), open); 3];
        let all = at_once(&world, asks).await;
        assert_eq!(outcome(&all).0, 1, "one drawer a cashier: {all:?}");
        let drawer = all.iter().find(|r| r.status.is_success()).unwrap().json();
        let at = format!("/api/v1/cash/drawers/{}", drawer["id"].as_str().unwrap());
        // Money comes in while it is counted: it is in the count, or in nobody's drawer.
        let counted = json!({ "counted": 50_000, "why": "selisih" });
        let count = || format!("{at}/count");
        let pay = ("/api/v1/payments".to_owned(), cash(&home, FIRST));
        let asks = [(count(), counted.clone()), (count(), counted), pay]
            .map(|(path, body)| (street.finance.as_str(), path, body));
        let all = at_once(&world, asks.to_vec()).await;
        assert!(!all[2].status.is_server_error(), "{all:?}");
        // With the payment in it there is a difference: it waits, and may be counted again until then.
        let waits = get(&world, &second, &at).await["state"] == "counted";
        assert_eq!(outcome(&all[..2]).0, if waits { 2 } else { 1 }, "{all:?}");
        if waits {
            let asks = [&second, &street.owner, &second, &street.owner]
                .map(|who| (who.as_str(), format!("{at}/accept"), Value::Null));
            let all = at_once(&world, asks.to_vec()).await;
            assert_eq!(outcome(&all).0, 1, "{all:?}");
        }
        assert_eq!(get(&world, &second, &at).await["state"], json!("closed"));
        sound(&world).await;
    })
    .await;
}
