//! Changes of a subscription before and after they are made, billing runs, the books, vouchers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use identity::Role;
use kernel::{Clock, PlanId, RunId, Ts};
use serde_json::{Value, json};

use crate::http_billing::{FIRST, again, cash, days, open, pdf, post, postpaid, prepaid, sound};
use crate::isp::{call, client, get, items, made, parsed, refusal};
use crate::street::{Home, Street, later};
use crate::world::{self, World};

/// A dearer plan of the same kind.
async fn dearer(world: &World, street: &Street) -> PlanId {
    let profile = items(world, &street.owner, "/api/v1/profiles").await;
    let profile = profile.iter().find(|p| p["code"] == "20M").unwrap()["id"].clone();
    let plan = json!({ "code": "HOME50", "name": "Rumah 50", "tax": "exclusive", "price": 400_000,
        "prepaid_allowed": true, "postpaid_allowed": true, "profile_id": profile });
    parsed(&made(post(world, &street.owner, "/api/v1/plans", plan).await))
}

#[tokio::test]
async fn a_change_costs_what_its_preview_said_and_the_preview_changes_nothing() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let plan = dearer(&world, &street).await;
        let home = prepaid(&world, &street, "Ani").await;
        let at = format!("/api/v1/subscriptions/{}", home.subscription);
        post(&world, &street.finance, "/api/v1/payments", cash(&home, FIRST)).await;
        let before = get(&world, &street.sales, &at).await;
        assert_eq!(
            (&before["state"], &before["billed_to"]),
            (&json!("active"), &json!("2026-11-30"))
        );
        let invoices = async || {
            let mine = format!("/api/v1/invoices?customer={}", home.customer);
            items(&world, &street.sales, &mine).await
        };
        let counted = invoices().await.len();

        // 22–30 November: −75,000 + 120,000 = 45,000 and PPN 4,950.
        let body = json!({ "plan_id": plan, "from_day": "2026-11-22" });
        let seen =
            post(&world, &street.sales, &format!("{at}/plan-change/preview"), body.clone()).await;
        assert_eq!(seen.status, StatusCode::OK, "{:?}", seen.json());
        let seen = seen.json();
        assert_eq!((&seen["state"], &seen["owed_before"]), (&json!("waiting_payment"), &json!(0)));
        assert_eq!(
            (&seen["owed_after"], &seen["invoices"][0]["kind"]),
            (&json!(49_950), &json!("supplement"))
        );
        assert_eq!(invoices().await.len(), counted, "nothing was issued");
        assert_eq!(get(&world, &street.sales, &at).await, before);
        let done =
            post(&world, &street.sales, &format!("{at}/plan-change"), body.clone()).await.json();
        assert_eq!((&done["state"], &done["from"]), (&seen["state"], &json!("2026-11-22")));
        let supplement = format!("/api/v1/invoices/{}", done["supplement_id"].as_str().unwrap());
        let invoice = get(&world, &street.sales, &supplement).await;
        assert_eq!(invoice["total"], seen["invoices"][0]["total"]);
        assert_eq!(invoice["number"], json!("INV/2026/11/000002"), "the preview took no number");
        let twice = post(&world, &street.sales, &format!("{at}/plan-change"), body).await;
        assert_eq!(refusal(&twice), (409, "billing.plan_change_pending".into()));
        let change = format!("{at}/plan-change/{}", done["id"].as_str().unwrap());
        assert_eq!(
            call(&world, &street.sales, "delete", &change, &Value::Null).await.status,
            StatusCode::NO_CONTENT
        );

        let ahead = json!({ "months": 3 });
        let seen =
            post(&world, &street.sales, &format!("{at}/months-ahead/preview"), ahead.clone())
                .await
                .json();
        assert_eq!(seen["owed_after"], json!(3 * 277_500));
        let made = post(&world, &street.sales, &format!("{at}/months-ahead"), ahead).await.json();
        let invoice = format!("/api/v1/invoices/{}", made["invoice_id"].as_str().unwrap());
        assert_eq!(get(&world, &street.sales, &invoice).await["total"], seen["owed_after"]);
        let wrong =
            post(&world, &street.sales, &format!("{at}/months-ahead"), json!({ "months": 13 }))
                .await;
        assert_eq!(wrong.fields(), "months:billing.months");
        for who in [&street.other_sales, &street.reseller] {
            let reply = call(&world, who, "get", &at, &Value::Null).await;
            assert_eq!(refusal(&reply), (404, "billing.subscription_not_found".into()));
        }
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn a_subscription_is_paused_resumed_and_ended_with_its_last_bill() {
    world::both(async |world: World| {
        let mut street = open(&world).await;
        let home = postpaid(&world, &street, "Ani").await;
        let at = format!("/api/v1/subscriptions/{}", home.subscription);
        days(&world, &mut street, 9).await;
        let days = json!({ "from": "2026-12-01", "to": "2026-12-05" });
        let paused = post(&world, &street.sales, &format!("{at}/pause"), days).await.json();
        assert_eq!(
            (&paused["state"], &paused["pauses"][0]["state"]),
            (&json!("paused"), &json!("running"))
        );
        let back = post(&world, &street.sales, &format!("{at}/resume"), Value::Null).await.json();
        assert_eq!(back["state"], json!("active"));
        let extra =
            json!({ "kind": "add_on", "name": "IP tetap", "amount": 50_000, "from": "2026-12-01" });
        let with = post(&world, &street.sales, &format!("{at}/extras"), extra).await.json();
        let gone = format!("{at}/extras/{}", with["extras"][0]["id"].as_str().unwrap());
        assert_eq!(
            call(&world, &street.sales, "delete", &gone, &Value::Null).await.status,
            StatusCode::NO_CONTENT
        );
        let end = json!({ "last_day": "2026-12-01" });
        let seen = post(&world, &street.sales, &format!("{at}/terminate/preview"), end.clone())
            .await
            .json();
        let bills = seen["invoices"].as_array().unwrap();
        // 9 of November's 30 days and one of December's 31, the add-on's one day too.
        assert_eq!((bills.len(), &bills[0]["total"]), (2, &json!(FIRST)), "{seen}");
        let ended = post(&world, &street.sales, &format!("{at}/terminate"), end).await.json();
        assert_eq!(ended["state"], json!("terminated"));
        assert_eq!(ended["outstanding"], seen["owed_after"]);
        let again =
            post(&world, &street.sales, &format!("{at}/pause"), json!({ "from": "2026-12-02" }))
                .await;
        assert_eq!(refusal(&again), (409, "billing.subscription_state".into()));

        let waiting = prepaid(&world, &street, "Budi").await;
        let at = format!("/api/v1/subscriptions/{}", waiting.subscription);
        let off = post(&world, &street.sales, &format!("{at}/cancel"), Value::Null).await.json();
        assert_eq!((&off["state"], &off["outstanding"]), (&json!("cancelled"), &json!(0)));
        let found = items(&world, &street.sales, "/api/v1/subscriptions?state=terminated").await;
        assert_eq!((found.len(), &found[0]["customer_name"]), (1, &json!("Ani")));
        let quote = "/api/v1/quote?price=333333&from=2026-12-01&to=2026-12-07";
        let quoted = get(&world, &street.sales, quote).await;
        assert_eq!((&quoted["base"], &quoted["tax"]), (&json!(75_269), &json!(8_280)));
        let none = call(
            &world,
            &street.sales,
            "get",
            "/api/v1/quote?from=2026-12-01&to=2026-12-07",
            &Value::Null,
        );
        assert_eq!(none.await.fields(), "price:required");
        sound(&world).await;
    })
    .await;
}

/// Waits until the run is over.
async fn finished(world: &World, who: &str, id: &str) -> Value {
    loop {
        let run = get(world, who, &format!("/api/v1/billing-runs/{id}")).await;
        if run["state"] == "done" {
            return run;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_does_what_its_preview_said_and_goes_on_beside_the_request() {
    world::both(async |world: World| {
        let mut street = open(&world).await;
        client(&world, "fina", Role::Finance, None, None).await;
        for name in ["Ani", "Budi"] {
            postpaid(&world, &street, name).await;
        }
        days(&world, &mut street, 9).await;
        let finance = again(&world, "fina").await;
        let look = async |day: &str| {
            let body = json!({ "day": day, "limit": 1 });
            post(&world, &finance, "/api/v1/billing-runs/preview", body).await.json()
        };
        let seen = look("2026-12-01").await;
        assert_eq!((&seen["count"], &seen["total"]), (&json!(2), &json!(2 * FIRST)));
        let first = &seen["items"][0];
        assert_eq!(first["total"], json!(FIRST));
        assert!(first["formula"].as_str().unwrap().contains("9/30 hari"), "{first}");
        let body = json!({ "day": "2026-12-01", "after": seen["next"] });
        let next = post(&world, &finance, "/api/v1/billing-runs/preview", body).await.json();
        assert_eq!(next["next"], Value::Null);
        // Pages follow the subscriptions' ids, which say nothing of the order within one instant.
        let mut names =
            [first, &next["items"][0]].map(|row| row["customer_name"].as_str().unwrap());
        names.sort_unstable();
        assert_eq!(names, ["Ani", "Budi"]);

        let start = async |body: Value| post(&world, &finance, "/api/v1/billing-runs", body).await;
        let early = start(json!({ "day": "2026-12-02" })).await;
        assert_eq!(early.fields(), "day:billing.day_to_come");
        let stale = start(json!({ "day": "2026-12-01", "hash": "x" })).await;
        assert_eq!(refusal(&stale), (409, "billing.preview_stale".into()));
        let bound =
            post(&world, &street.finance, "/api/v1/billing-runs", json!({ "day": "2026-12-01" }));
        assert_eq!(
            bound.await.status,
            StatusCode::FORBIDDEN,
            "a branch's person bills nobody else"
        );
        let begun = start(json!({ "day": "2026-12-01", "hash": seen["hash"] })).await;
        assert_eq!(begun.status, StatusCode::ACCEPTED, "{:?}", begun.json());
        let id = begun.json()["id"].as_str().unwrap().to_owned();
        let done = finished(&world, &finance, &id).await;
        assert_eq!((&done["issued"], &done["hash"]), (&json!(2), &seen["hash"]));
        assert_eq!((&done["expected"], &done["failed"]), (&json!(2), &json!(0)));
        // Another one of the same day and the same instant is another run.
        let again = start(json!({ "day": "2026-12-01" })).await.json();
        let again = finished(&world, &finance, again["id"].as_str().unwrap()).await;
        assert_eq!(again["issued"], json!(0));
        assert_ne!(again["id"], done["id"]);
        assert_eq!(items(&world, &finance, "/api/v1/billing-runs").await.len(), 2);
        let unknown = RunId::nil();
        let gone =
            call(&world, &finance, "get", &format!("/api/v1/billing-runs/{unknown}"), &Value::Null)
                .await;
        assert_eq!(refusal(&gone), (404, "billing.run_not_found".into()));
        sound(&world).await;
    })
    .await;
}

/// A clock that goes on by a second whenever somebody looks at it.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Ts {
        Ts::from_micros(self.0.fetch_add(1_000_000, Ordering::SeqCst))
    }
}

#[tokio::test]
async fn a_run_that_a_person_starts_says_when_it_was_over() {
    world::both(async |world: World| {
        let street = open(&world).await;
        postpaid(&world, &street, "Ani").await;
        client(&world, "fina", Role::Finance, None, None).await;
        let finance = again(&world, "fina").await;
        let ticking = Ticking(AtomicI64::new(world.now().micros()));
        let world = world.clocked(Arc::new(ticking));
        let begun = post(&world, &finance, "/api/v1/billing-runs", json!({ "day": "2026-11-22" }));
        let begun = begun.await.json();
        let done = finished(&world, &finance, begun["id"].as_str().unwrap()).await;
        let at = |what: &str| done[what].as_str().unwrap().parse::<Ts>().unwrap();
        assert!(at("finished_at") > at("started_at"), "{done}");
    })
    .await;
}

#[tokio::test]
async fn the_books_balance_and_a_closed_month_takes_nothing_more() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let finance = client(&world, "fina", Role::Finance, None, None).await.1;
        let home = prepaid(&world, &street, "Ani").await;
        post(&world, &finance, "/api/v1/payments", cash(&home, FIRST)).await;
        let books = get(&world, &finance, "/api/v1/ledger/trial-balance").await;
        assert_eq!(books["debit"], books["credit"]);
        let account = |code: &str| {
            let all = books["accounts"].as_array().unwrap();
            all.iter().find(|a| a["account"] == code).map(|a| a["net"].as_i64().unwrap())
        };
        assert_eq!((account("1101"), account("1201")), (Some(FIRST), Some(0)));
        assert_eq!((account("2102"), account("2103")), (Some(-75_000), Some(-8_250)));
        let invoice = street.invoice(&world, &home).await;
        let entries =
            items(&world, &finance, &format!("/api/v1/ledger/entries?subject={invoice}")).await;
        assert_eq!(entries[0]["kind"], json!("invoice"));
        let cash_book = items(&world, &finance, "/api/v1/ledger/entries?account=1101").await;
        assert_eq!(cash_book.len(), 1);
        let other = get(&world, &street.other_finance, "/api/v1/ledger/trial-balance").await;
        assert_eq!((&other["debit"], other["accounts"].as_array().unwrap().len()), (&json!(0), 0));

        let close = async |who: &str, month: &str| {
            post(&world, who, "/api/v1/ledger/close", json!({ "month": month })).await
        };
        assert_eq!(close(&finance, "November").await.fields(), "month:format");
        assert_eq!(
            refusal(&close(&finance, "2026-11").await),
            (409, "billing.month_not_over".into())
        );
        assert_eq!(close(&street.finance, "2026-10").await.status, StatusCode::FORBIDDEN);
        assert_eq!(close(&finance, "2026-10").await.status, StatusCode::OK);
        later(&world, 9 * 86_400);
        let finance = again(&world, "fina").await;
        assert_eq!(close(&finance, "2026-11").await.status, StatusCode::OK);
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn a_voucher_is_printed_sold_and_works_once() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ani").await;
        let body = json!({ "plan_id": street.isp.plan, "days": 30, "count": 3, "price": 277_500,
                           "expires_on": "2027-06-30" });
        let batch = post(&world, &street.finance, "/api/v1/vouchers", body.clone()).await;
        assert_eq!(batch.status, StatusCode::CREATED, "{:?}", batch.json());
        assert_eq!((&batch.json()["unused"], &batch.json()["plan_name"]), (&json!(3), &json!("Rumah HOME20")));
        let at = format!("/api/v1/vouchers/{}", batch.json()["id"].as_str().unwrap());
        pdf(&world, &street.finance, &format!("{at}/pdf")).await;
        let sale = json!({ "sold_to": "Toko Maju", "channel": "cash", "reference": "K-1", "amount": 800_000 });
        let sold = post(&world, &street.finance, &format!("{at}/sell"), sale).await.json();
        assert_eq!(sold["sold_to"], json!("Toko Maju"));
        let sales = call(&world, &street.sales, "get", &format!("{at}/codes"), &Value::Null).await;
        assert_eq!(sales.status, StatusCode::FORBIDDEN, "codes are money");
        let code = items(&world, &street.finance, &format!("{at}/codes")).await[0]["code"].clone();
        let typed = code.as_str().unwrap().to_lowercase().replace('-', " ");
        let redeem = async |home: &Home, code: &str| {
            let body = json!({ "code": code, "subscription_id": home.subscription });
            post(&world, &street.sales, "/api/v1/vouchers/redeem", body).await
        };
        let done = redeem(&home, &typed).await;
        assert_eq!((done.status, &done.json()["to"]), (StatusCode::OK, &json!("2026-12-21")), "{:?}", done.json());
        assert_eq!(redeem(&home, &typed).await.json(), done.json(), "the same again is the same");
        let other = prepaid(&world, &street, "Budi").await;
        assert_eq!(refusal(&redeem(&other, &typed).await), (409, "billing.voucher_used".into()));
        assert_eq!(refusal(&redeem(&other, "XXXX").await), (404, "billing.voucher_unknown".into()));
        let void = post(&world, &street.finance, &format!("{at}/void"), Value::Null).await.json();
        assert_eq!((&void["used"], &void["void"]), (&json!(1), &json!(2)));
        let mut wrong = body;
        (wrong["days"], wrong["count"]) = (json!(0), json!(99_999));
        let reply = post(&world, &street.finance, "/api/v1/vouchers", wrong).await;
        assert_eq!(reply.fields(), "days:range count:range");
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn a_guest_is_shown_with_the_voucher_and_its_code_is_not() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let body = json!({ "plan_id": street.isp.plan, "days": 2, "count": 2, "price": 11_100,
                           "expires_on": "2027-06-30" });
        let batch = post(&world, &street.finance, "/api/v1/vouchers", body).await.json();
        let at = format!("/api/v1/vouchers/{}", batch["id"].as_str().unwrap());
        let codes = items(&world, &street.finance, &format!("{at}/codes")).await;
        let guests = format!("{at}/guests");
        assert!(items(&world, &street.sales, &guests).await.is_empty(), "nobody has used one");
        let code = codes[0]["code"].as_str().unwrap().to_owned();
        let start = network::guest::GuestStart {
            code: network::guest::Code::read(code.as_bytes()).unwrap(),
            at: world.now(),
            nas: street.router,
            mac: network::Mac::parse("4C5E0C1122AA"),
        };
        let cause = kernel::Cause::system(world.now(), "radius");
        world
            .db
            .write(&cause, async |tx: &mut store::Tx| network::guest::start(tx, &[start]).await)
            .await
            .unwrap();
        let seen = items(&world, &street.sales, &guests).await;
        assert_eq!(seen.len(), 1);
        let (masked, standing) = (&seen[0]["code"], &seen[0]["standing"]);
        assert_eq!(masked.as_str().unwrap(), format!("{}-****-****", &code[..4]));
        assert_eq!((standing, &seen[0]["mac"]), (&json!("running"), &json!("4C:5E:0C:11:22:AA")));
        assert!(seen[0]["ends_at"].is_string());
        later(&world, 2 * 86_400);
        let finance = again(&world, "fitri").await;
        assert_eq!(items(&world, &finance, &guests).await[0]["standing"], json!("over"));
        sound(&world).await;
    })
    .await;
}
