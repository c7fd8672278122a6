//! Money through the API: the counter, invoices, what a second person approves.

use std::sync::Arc;

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use serde_json::{Value, json};

use crate::isp::{call, client, get, items, refusal};
use crate::street::{Home, Street, later};
use crate::world::{self, Reply, World};

/// What a prepaid home owes: 9 of November's 30 days at 250,000, and PPN.
pub(crate) const FIRST: i64 = 83_250;

/// A street whose ISP charges PPN: 12 % on 11/12.
pub(crate) async fn open(world: &World) -> Street {
    let street = Street::open(world).await;
    let rules = json!({ "from_on": "2025-01-01", "code": "PPN", "rate_bp": 1_200, "base_num": 11, "base_den": 12 });
    let reply = call(world, &street.owner, "put", "/api/v1/taxes", &rules).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
    street
}

/// Somebody logs in again.
pub(crate) async fn again(world: &World, name: &str) -> String {
    let found = identity::user::by_username(&mut world.db.reader(), name).await.unwrap();
    world.session(found.unwrap().id).await
}

/// Lets days go by; sessions do not live that long.
pub(crate) async fn days(world: &World, street: &mut Street, days: i64) {
    later(world, days * 86_400);
    street.finance = again(world, "fitri").await;
    street.sales = again(world, "sinta").await;
    street.owner = again(world, "oki").await;
}

pub(crate) async fn post(world: &World, who: &str, path: &str, body: Value) -> Reply {
    let ask = world.ask("post", path).session(who);
    if body.is_null() { ask.send().await } else { ask.json(&body).send().await }
}

pub(crate) async fn keyed(world: &World, who: &str, key: &str, path: &str, body: &Value) -> Reply {
    let ask = world.ask("post", path).session(who).json(body);
    ask.header("idempotency-key", key).send().await
}

pub(crate) fn cash(home: &Home, rupiah: i64) -> Value {
    json!({ "customer_id": home.customer, "channel": "cash", "amount": rupiah })
}

fn transfer(home: &Home, rupiah: i64, reference: &str) -> Value {
    json!({ "customer_id": home.customer, "channel": "transfer", "amount": rupiah,
            "reference": reference })
}

pub(crate) async fn prepaid(world: &World, street: &Street, name: &str) -> Home {
    street.connect(world, name, Mode::Prepaid, street.isp.jakarta, None).await
}

pub(crate) async fn postpaid(world: &World, street: &Street, name: &str) -> Home {
    street.connect(world, name, Mode::Postpaid, street.isp.jakarta, None).await
}

pub(crate) async fn pdf(world: &World, who: &str, path: &str) {
    let reply = call(world, who, "get", path, &Value::Null).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {:?}", reply.json());
    assert_eq!(reply.headers.get("content-type").unwrap(), "application/pdf", "{path}");
    assert!(reply.body.starts_with(b"%PDF-"), "{path}");
}

/// Nothing in the books is broken.
pub(crate) async fn sound(world: &World) {
    let mut reader = world.db.reader();
    let broken = billing::invariants::check(&mut reader).await.unwrap();
    assert!(broken.is_empty(), "{broken:?}");
    let broken = partner::invariants::check(&mut reader).await.unwrap();
    assert!(broken.is_empty(), "{broken:?}");
}

#[tokio::test]
async fn cash_pressed_twice_with_one_key_is_counted_once_and_opens_the_connection() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ahmad").await;
        let (world, finance) = (Arc::new(world), Arc::new(street.finance.clone()));
        let body = Arc::new(cash(&home, FIRST + 6_750));
        let (a, b) = store::testing::race(|_| {
            let (world, finance, body) = (world.clone(), finance.clone(), body.clone());
            async move { keyed(&world, &finance, "laci-0001", "/api/v1/payments", &body).await }
        })
        .await;
        assert_eq!((a.status, b.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(a.json(), b.json());
        let receipt = a.json();
        assert_eq!(receipt["allocations"][0]["amount"], json!(FIRST));
        assert_eq!((&receipt["credit"], &receipt["repeated"]), (&json!(6_750), &json!(false)));
        assert_eq!(receipt["reopened"].as_array().unwrap().len(), 1);
        let payments = items(&world, &finance, "/api/v1/payments").await;
        assert_eq!(payments.len(), 1);
        assert_eq!(
            (&payments[0]["customer_name"], &payments[0]["state"]),
            (&json!("Ahmad"), &json!("settled"))
        );

        let id = receipt["payment_id"].as_str().unwrap();
        let path = format!("/api/v1/payments/{id}");
        let one = get(&world, &finance, &path).await;
        assert_eq!(one["allocations"][0]["invoice_number"], json!("INV/2026/11/000001"));
        assert_eq!(one["can"]["reverse"]["allowed"], json!(true));
        assert_eq!(one["can"]["settle"]["allowed"], json!(false));
        pdf(&world, &finance, &format!("{path}/receipt?paper=58mm&tendered=100000")).await;
        pdf(&world, &finance, &format!("{path}/receipt?paper=a5&lang=en&copy=true")).await;
        let short =
            call(&world, &finance, "get", &format!("{path}/receipt?tendered=1"), &Value::Null)
                .await;
        assert_eq!(refusal(&short), (422, "documents.tendered_short".into()));
        let statement = format!("/api/v1/customers/{}/statement", home.customer);
        let account = get(&world, &finance, &statement).await;
        assert_eq!((&account["owed"], &account["credit"]), (&json!(0), &json!(6_750)));
        assert_eq!(account["lines"][0]["balance"], json!(-6_750));
        assert_eq!(account["lines"].as_array().unwrap().len(), 2);
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn a_transfer_counts_once_by_its_reference_and_a_noted_one_when_it_is_seen() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let (ani, budi) =
            (prepaid(&world, &street, "Ani").await, prepaid(&world, &street, "Budi").await);
        let pay = async |body: Value| post(&world, &street.finance, "/api/v1/payments", body).await;
        let first = pay(transfer(&ani, FIRST, "BCA-77")).await;
        assert_eq!(first.status, StatusCode::CREATED, "{:?}", first.json());
        let again = pay(transfer(&ani, FIRST, " BCA-77 ")).await;
        assert_eq!(
            (&again.json()["repeated"], &again.json()["payment_id"]),
            (&json!(true), &first.json()["payment_id"])
        );
        let other = pay(transfer(&budi, FIRST, "BCA-77")).await;
        assert_eq!(refusal(&other), (409, "billing.reference_used".into()));

        let mut noted = transfer(&budi, FIRST, "BCA-78");
        noted["pending"] = json!(true);
        let noted = pay(noted).await.json();
        assert_eq!((&noted["state"], &noted["receipt_number"]), (&json!("pending"), &Value::Null));
        let path = format!("/api/v1/payments/{}", noted["payment_id"].as_str().unwrap());
        let reply =
            call(&world, &street.finance, "get", &format!("{path}/receipt"), &Value::Null).await;
        assert_eq!(refusal(&reply), (409, "billing.no_receipt".into()));
        let seen =
            post(&world, &street.finance, &format!("{path}/settle"), Value::Null).await.json();
        assert_eq!(
            (&seen["state"], seen["reopened"].as_array().unwrap().len()),
            (&json!("settled"), 1)
        );
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_payment_is_named() {
    world::sqlite(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ani").await;
        let other = prepaid(&world, &street, "Budi").await;
        let theirs = street.invoice(&world, &other).await;
        let with = |name: &str, value: Value| {
            let mut body = cash(&home, 1_000);
            body[name] = value;
            body
        };
        for (body, status, told) in [
            (with("amount", json!(0)), 422, "amount:range"),
            (with("amount", json!(9_000_000_000_000_i64)), 422, "amount:range"),
            (with("amount", json!("x")), 422, "amount:wrong_type"),
            (with("channel", json!("barter")), 422, "channel:choice"),
            (with("channel", json!("transfer")), 422, "reference:required"),
            (with("received_at", json!("2027-01-01T00:00:00Z")), 422, "received_at:range"),
            (with("invoice_id", json!(theirs)), 404, ""),
            (with("customer_id", json!("0193a9d0-0000-7000-8000-00000000dead")), 404, ""),
            (with("wrong", json!(1)), 422, "wrong:unknown"),
        ] {
            let reply = post(&world, &street.finance, "/api/v1/payments", body.clone()).await;
            let found = (reply.status.as_u16(), reply.fields());
            assert_eq!(found, (status, told.to_owned()), "{body}");
        }
        let sales = post(&world, &street.sales, "/api/v1/payments", cash(&home, 1_000)).await;
        assert_eq!(sales.status, StatusCode::FORBIDDEN);
        let elsewhere = post(&world, &street.other_finance, "/api/v1/payments", cash(&home, 1_000));
        assert_eq!(refusal(&elsewhere.await), (404, "billing.customer_unknown".into()));
        assert_eq!(items(&world, &street.finance, "/api/v1/payments").await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn invoices_are_found_by_state_and_text_and_only_by_those_who_may() {
    world::both(async |world: World| {
        let mut street = open(&world).await;
        let jakarta = street.isp.jakarta;
        let own = street.connect(&world, "Ani", Mode::Prepaid, jakarta, Some(street.partner)).await;
        later(&world, 1);
        let home = prepaid(&world, &street, "Budi").await;
        let names = async |who: &str, query: &str| {
            let rows = items(&world, who, &format!("/api/v1/invoices{query}")).await;
            let name = |row: &Value| row["customer_name"].as_str().unwrap().to_owned();
            rows.iter().map(name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(&street.finance, "").await, "Budi Ani");
        assert_eq!(names(&street.reseller, "").await, "Ani");
        assert_eq!(names(&street.other_finance, "").await, "");
        assert_eq!(names(&street.finance, "?q=bud&state=open").await, "Budi");
        assert_eq!(names(&street.finance, "?q=000001").await, "Ani");
        assert_eq!(names(&street.finance, "?state=paid").await, "");
        post(&world, &street.finance, "/api/v1/payments", cash(&home, FIRST)).await;
        assert_eq!(names(&street.finance, "?state=paid&kind=regular").await, "Budi");
        post(&world, &street.finance, "/api/v1/payments", cash(&own, 1_000)).await;
        assert_eq!(names(&street.finance, "?state=partly_paid").await, "Ani");
        days(&world, &mut street, 1).await;
        street.reseller = again(&world, "rudi").await;
        street.other_finance = again(&world, "feri").await;
        street.other_sales = again(&world, "susi").await;
        assert_eq!(names(&street.finance, "?state=overdue").await, "Ani");
        assert_eq!(names(&street.finance, "?state=issued").await, "");
        assert_eq!(names(&street.finance, &format!("?customer={}", own.customer)).await, "Ani");
        let page = get(&world, &street.finance, "/api/v1/invoices?limit=1").await;
        let next = page["next"].as_str().unwrap();
        assert_eq!(names(&street.finance, &format!("?limit=1&after={next}")).await, "Ani");

        let path = format!("/api/v1/invoices/{}", street.invoice(&world, &own).await);
        let one = get(&world, &street.finance, &path).await;
        assert_eq!(
            (&one["state"], &one["outstanding"]),
            (&json!("overdue"), &json!(FIRST - 1_000))
        );
        assert_eq!(one["lines"][0]["formula"], json!("9/30 hari × Rp 250.000"));
        assert_eq!(one["payments"][0]["allocated"], json!(1_000));
        assert!(one["pay_url"].as_str().unwrap().starts_with("https://isp.example/pay/t/"));
        assert_eq!(one["can"]["publish"]["reason"], json!("Tagihan ini sudah terbit."));
        let why = get(&world, &street.sales, &format!("{path}/why")).await;
        assert_eq!(why["cause"], json!("pro_rata"));
        assert!(why["sentence"].as_str().unwrap().contains("9 dari 30 hari"), "{why}");
        pdf(&world, &street.reseller, &format!("{path}/pdf")).await;
        for path in [path.clone(), format!("{path}/pdf"), format!("{path}/why")] {
            for who in [&street.other_finance, &street.other_sales] {
                let reply = call(&world, who, "get", &path, &Value::Null).await;
                assert_eq!(refusal(&reply), (404, "billing.invoice_not_found".into()), "{path}");
            }
        }
        let other = format!("/api/v1/invoices/{}", street.invoice(&world, &home).await);
        let reply = call(&world, &street.reseller, "get", &other, &Value::Null).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_one_off_invoice_is_drafted_published_or_thrown_away() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = postpaid(&world, &street, "Ani").await;
        let body = json!({ "customer_id": home.customer, "subscription_id": home.subscription,
            "lines": [{ "name": "Geser kabel", "amount": 100_000 }], "draft": true, "key": "SPK-9" });
        let draft = post(&world, &street.finance, "/api/v1/invoices", body.clone()).await.json();
        assert_eq!((&draft["state"], &draft["number"]), (&json!("draft"), &Value::Null));
        assert_eq!((&draft["total"], &draft["can"]["publish"]["allowed"]), (&json!(111_000), &json!(true)));
        let twice = post(&world, &street.finance, "/api/v1/invoices", body.clone()).await;
        assert_eq!(refusal(&twice), (409, "billing.one_off_there".into()));
        let path = format!("/api/v1/invoices/{}", draft["id"].as_str().unwrap());
        pdf(&world, &street.finance, &format!("{path}/pdf")).await;
        let done = post(&world, &street.finance, &format!("{path}/publish"), Value::Null).await.json();
        assert_eq!((&done["state"], &done["number"]), (&json!("issued"), &json!("INV/2026/11/000001")));
        let gone = call(&world, &street.finance, "delete", &path, &Value::Null).await;
        assert_eq!(refusal(&gone), (409, "billing.not_a_draft".into()));
        let mut other = body;
        other["key"] = Value::Null;
        let draft = post(&world, &street.finance, "/api/v1/invoices", other.clone()).await.json();
        let path = format!("/api/v1/invoices/{}", draft["id"].as_str().unwrap());
        let gone = call(&world, &street.finance, "delete", &path, &Value::Null).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert_eq!(call(&world, &street.finance, "get", &path, &Value::Null).await.status, StatusCode::NOT_FOUND);
        for (name, value, told) in [
            ("lines", json!([]), "lines:count"),
            ("lines", json!([{ "name": " ", "amount": 5 }]), "lines[0].name:required"),
            ("lines", json!([{ "name": "a", "amount": -5 }]), "lines[0].amount:range"),
            ("kind", json!("gift"), "kind:choice"),
        ] {
            let mut wrong = other.clone();
            wrong[name] = value;
            let reply = post(&world, &street.finance, "/api/v1/invoices", wrong).await;
            assert_eq!((reply.status.as_u16(), reply.fields().as_str()), (422, told));
        }
    })
    .await;
}

#[tokio::test]
async fn credit_notes_and_reversals_are_approved_by_a_second_person() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let second = client(&world, "fina", Role::Finance, None, None).await.1;
        let home = prepaid(&world, &street, "Ani").await;
        let invoice = street.invoice(&world, &home).await;
        let path = format!("/api/v1/invoices/{invoice}");
        let paid =
            post(&world, &street.finance, "/api/v1/payments", cash(&home, FIRST)).await.json();
        let payment = format!("/api/v1/payments/{}", paid["payment_id"].as_str().unwrap());
        let reversal = format!("{payment}/reverse");
        let blank = post(&world, &street.finance, &reversal, json!({ "why": " " })).await;
        assert_eq!(blank.fields(), "why:required");
        let asked = post(&world, &street.finance, &reversal, json!({ "why": "salah orang" })).await;
        assert_eq!((asked.status, &asked.json()["state"]), (StatusCode::CREATED, &json!("open")));
        assert_eq!(get(&world, &second, &payment).await["state"], json!("settled"));

        let waiting = items(&world, &street.finance, "/api/v1/approvals").await;
        assert_eq!(
            (&waiting[0]["asked_by"], &waiting[0]["customer_name"]),
            (&json!("fitri"), &json!("Ani"))
        );
        assert_eq!(waiting[0]["document"], paid["receipt_number"]);
        assert_eq!(waiting[0]["can"]["approve"]["allowed"], json!(false));
        let seen = items(&world, &second, "/api/v1/approvals").await;
        assert_eq!(seen[0]["can"]["approve"]["allowed"], json!(true));
        let approve = format!("/api/v1/approvals/{}/approve", waiting[0]["id"].as_str().unwrap());
        let own = post(&world, &street.finance, &approve, Value::Null).await;
        assert_eq!(refusal(&own), (403, "billing.approval_own".into()));
        let elsewhere = post(&world, &street.other_finance, &approve, Value::Null).await;
        assert_eq!(refusal(&elsewhere), (404, "billing.approval_not_found".into()));
        assert_eq!(post(&world, &second, &approve, Value::Null).await.status, StatusCode::OK);
        let again = post(&world, &second, &approve, Value::Null).await;
        assert_eq!(refusal(&again), (409, "billing.approval_decided".into()));
        assert_eq!(get(&world, &second, &payment).await["state"], json!("reversed"));
        assert_eq!(get(&world, &second, &path).await["outstanding"], json!(FIRST));

        let credit = format!("{path}/credit-notes");
        let line = get(&world, &second, &path).await["lines"][0]["id"].clone();
        let part =
            json!({ "why": "gangguan 1 hari", "lines": [{ "line_id": line, "amount": 8_000 }] });
        let asked = post(&world, &second, &credit, part).await.json();
        let reject = format!("/api/v1/approvals/{}/reject", asked["id"].as_str().unwrap());
        assert_eq!(
            post(&world, &second, &reject, Value::Null).await.json()["state"],
            json!("rejected")
        );
        let asked = post(&world, &second, &credit, json!({ "why": "batal" })).await.json();
        let approve = format!("/api/v1/approvals/{}/approve", asked["id"].as_str().unwrap());
        assert_eq!(
            post(&world, &street.finance, &approve, Value::Null).await.status,
            StatusCode::OK
        );
        let cancelled = get(&world, &second, &path).await;
        assert_eq!(
            (&cancelled["state"], &cancelled["credited"]),
            (&json!("cancelled"), &json!(FIRST))
        );
        let note = cancelled["credit_notes"][0]["id"].as_str().unwrap();
        let note = format!("/api/v1/credit-notes/{note}");
        assert_eq!(get(&world, &second, &note).await["total"], json!(FIRST));
        pdf(&world, &second, &format!("{note}/pdf")).await;
        pdf(&world, &second, &format!("{path}/pdf")).await;
        let again = post(&world, &second, &format!("{path}/issue-again"), Value::Null).await;
        assert_eq!((again.status, &again.json()["total"]), (StatusCode::CREATED, &json!(FIRST)));
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn holds_promises_and_withholdings_do_what_they_say() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = postpaid(&world, &street, "Ani").await;
        let desired = async || {
            let access = network::access::of(&mut world.db.reader(), home.subscription).await;
            access.unwrap().unwrap().desired.kind().to_string()
        };
        assert_eq!(desired().await, "full");
        let hold = json!({ "subscription_id": home.subscription, "why": "cek dulu" });
        for (path, who, other) in
            [("manual", &street.finance, &street.noc), ("abuse", &street.noc, &street.finance)]
        {
            let place = format!("/api/v1/holds/{path}");
            assert_eq!(
                post(&world, other, &place, hold.clone()).await.status,
                StatusCode::FORBIDDEN
            );
            let placed = post(&world, who, &place, hold.clone()).await;
            assert_eq!(
                (placed.status, &placed.json()["holds"][0]["kind"]),
                (StatusCode::CREATED, &json!(path))
            );
            assert_eq!(desired().await, "isolated");
            let release = format!("/api/v1/subscriptions/{}/holds/{path}", home.subscription);
            assert_eq!(
                call(&world, who, "delete", &release, &Value::Null).await.status,
                StatusCode::NO_CONTENT
            );
            assert_eq!(desired().await, "full");
        }
        let promise = json!({ "subscription_id": home.subscription, "until": "2026-11-24" });
        let nothing = post(&world, &street.sales, "/api/v1/promises", promise.clone()).await;
        assert_eq!(refusal(&nothing), (409, "billing.nothing_owed".into()));
        let late = prepaid(&world, &street, "Budi").await;
        let promise = json!({ "subscription_id": late.subscription, "until": "2026-12-31" });
        let long = post(&world, &street.sales, "/api/v1/promises", promise).await;
        assert_eq!(long.fields(), "until:billing.promise_too_long");
        let promise = json!({ "subscription_id": late.subscription, "until": "2026-11-24" });
        let promised = post(&world, &street.sales, "/api/v1/promises", promise).await;
        assert_eq!(promised.status, StatusCode::CREATED, "{:?}", promised.json());
        let list = format!("/api/v1/subscriptions/{}/promises", late.subscription);
        assert_eq!(items(&world, &street.sales, &list).await[0]["until"], json!("2026-11-24"));

        let kept = format!("/api/v1/invoices/{}/withholdings", street.invoice(&world, &late).await);
        let much =
            post(&world, &street.finance, &kept, json!({ "kind": "pph23", "amount": 1_501 })).await;
        assert_eq!(much.fields(), "amount:billing.withheld_too_much");
        let done =
            post(&world, &street.finance, &kept, json!({ "kind": "pph23", "amount": 1_500 })).await;
        assert_eq!(done.status, StatusCode::CREATED, "{:?}", done.json());
        let due = items(&world, &street.finance, "/api/v1/withholdings").await;
        assert_eq!((due.len(), &due[0]["amount"]), (1, &json!(1_500)));
        let paper =
            format!("/api/v1/withholdings/{}/certificate", done.json()["id"].as_str().unwrap());
        assert_eq!(
            post(&world, &street.finance, &paper, json!({ "number": "BP-1" })).await.status,
            StatusCode::OK
        );
        assert_eq!(items(&world, &street.finance, "/api/v1/withholdings").await.len(), 0);
        let blank = post(&world, &street.finance, &paper, json!({ "number": " " })).await;
        assert_eq!(blank.fields(), "number:billing.certificate");
        sound(&world).await;
    })
    .await;
}
