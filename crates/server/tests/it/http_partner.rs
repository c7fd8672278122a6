//! Resellers through the API: top-ups, paying from the wallet, commission.

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use kernel::{InvoiceId, Money};
use serde_json::{Value, json};
use store::{QueryExt, args};

use crate::http_billing::{FIRST, again, cash, days, keyed, open, post, prepaid, sound};
use crate::http_gateway::{activate, offered, told};
use crate::isp::{call, client, get, items, made, parsed, refusal};
use crate::street::{Home, Street};
use crate::world::{self, World};

/// A reseller on record with 10 % of the base, recurring, and their user.
async fn reseller(world: &World, street: &Street, code: &str) -> (Value, String) {
    let finance = &street.finance;
    let body = json!({ "code": code, "name": format!("Mitra {code}"), "phone": "081277770000" });
    let made = made(post(world, finance, "/api/v1/partners", body).await);
    let rule = json!({ "kind": "percent", "amount": 1_000, "occasion": "recurring", "from": "2026-01-01" });
    let path = format!("/api/v1/partners/{}/rules", made.as_str().unwrap());
    assert_eq!(post(world, finance, &path, rule).await.status, StatusCode::CREATED);
    let name = format!("mitra.{}", code.to_lowercase());
    let user = client(world, &name, Role::Reseller, Some(street.isp.jakarta), Some(parsed(&made)));
    (made, user.await.1)
}

#[tokio::test]
async fn a_wallet_pays_net_and_the_commission_is_nothing_more() {
    world::both(async |world: World| {
        let mut street = open(&world).await;
        client(&world, "fina", Role::Finance, None, None).await;
        let (id, _) = reseller(&world, &street, "M1").await;
        let partner = parsed(&id);
        let wallet = format!("/api/v1/wallet/{}", id.as_str().unwrap());
        let jakarta = street.isp.jakarta;
        let home = street.connect(&world, "Ani", Mode::Postpaid, jakarta, Some(partner)).await;
        let paying = street.connect(&world, "Cici", Mode::Postpaid, jakarta, Some(partner)).await;
        let stranger = prepaid(&world, &street, "Budi").await;

        // A whole December: 250,000 and PPN.
        days(&world, &mut street, 9).await;
        billed(&world, "2026-12-01").await;
        for home in [&home, &paying] {
            post(&world, &street.finance, "/api/v1/payments", cash(home, FIRST)).await;
        }
        days(&world, &mut street, 31).await;
        let (second, mitra) = (again(&world, "fina").await, again(&world, "mitra.m1").await);
        billed(&world, "2027-01-01").await;
        let invoice = newest(&world, &home).await;
        let earned = get(&world, &mitra, &wallet).await;
        assert_eq!(earned["balance"], json!(2 * 7_500), "two times 10 % of 75,000");

        let top_up = json!({ "amount": 400_000, "channel": "transfer", "reference": "TRF-1" });
        let asked = post(&world, &mitra, &format!("{wallet}/top-up"), top_up.clone()).await.json();
        assert_eq!(
            (&asked["state"], &asked["can"]["approve"]["allowed"]),
            (&json!("waiting"), &json!(false))
        );
        let twice = post(&world, &mitra, &format!("{wallet}/top-up"), top_up).await;
        assert_eq!(refusal(&twice), (409, "wallet.top_up_known".into()));
        let approve = format!("/api/v1/top-ups/{}/approve", asked["id"].as_str().unwrap());
        assert_eq!(post(&world, &mitra, &approve, Value::Null).await.status, StatusCode::FORBIDDEN);
        assert_eq!(items(&world, &second, "/api/v1/top-ups?state=waiting").await.len(), 1);
        let credited = post(&world, &second, &approve, Value::Null).await.json();
        assert_eq!(credited["state"], json!("credited"));
        let own = json!({ "amount": 1, "channel": "cash", "reference": "K-9" });
        let own = post(&world, &second, &format!("{wallet}/top-up"), own).await.json();
        let own = format!("/api/v1/top-ups/{}", own["id"].as_str().unwrap());
        let alone = post(&world, &second, &format!("{own}/approve"), Value::Null).await;
        assert_eq!(refusal(&alone), (403, "wallet.top_up_own".into()));
        assert_eq!(
            post(&world, &second, &format!("{own}/reject"), Value::Null).await.status,
            StatusCode::OK
        );

        let pay = async |who: &str, invoice: InvoiceId, key: &str| {
            let body = json!({ "invoice_id": invoice });
            keyed(&world, who, key, &format!("{wallet}/pay"), &body).await
        };
        let paid = pay(&mitra, invoice, "dompet-01").await;
        assert_eq!(paid.status, StatusCode::CREATED, "{:?}", paid.json());
        let paid = paid.json();
        assert_eq!(
            (&paid["amount"], &paid["net"], &paid["commission"]),
            (&json!(277_500), &json!(252_500), &json!(25_000))
        );
        assert_eq!(paid["wallet"]["balance"], json!(415_000 - 252_500));
        assert_eq!(pay(&mitra, invoice, "dompet-01").await.json(), paid, "pressed twice");
        assert_eq!(
            refusal(&pay(&mitra, invoice, "dompet-02").await),
            (409, "billing.nothing_owed".into())
        );
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(162_500), "nothing more");
        let rows = items(&world, &mitra, &format!("{wallet}/statement")).await;
        let kinds: Vec<&str> = rows.iter().map(|r| r["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["payment", "top_up", "commission", "commission"]);
        let commission = items(
            &world,
            &mitra,
            &format!("/api/v1/partners/{}/commissions", id.as_str().unwrap()),
        )
        .await;
        assert_eq!(
            (&commission[0]["amount"], &commission[0]["netted"]),
            (&json!(25_000), &json!(true))
        );

        let short = pay(&mitra, newest(&world, &paying).await, "dompet-03").await;
        assert_eq!(refusal(&short), (409, "partner.balance_too_low".into()));
        let other = pay(&mitra, street.invoice(&world, &stranger).await, "dompet-04").await;
        assert_eq!(refusal(&other), (404, "billing.invoice_not_found".into()));
        let (_, rival) = reseller(&world, &street, "M2").await;
        assert_eq!(
            refusal(&pay(&rival, invoice, "dompet-05").await),
            (404, "partner.not_found".into())
        );
        assert_eq!(
            call(&world, &rival, "get", &wallet, &Value::Null).await.status,
            StatusCode::NOT_FOUND
        );

        let path = format!("/api/v1/payments/{}/reverse", paid["payment_id"].as_str().unwrap());
        let final_ = post(&world, &second, &path, json!({ "why": "salah" })).await;
        assert_eq!(refusal(&final_), (409, "wallet.payment_final".into()));
        let books = get(&world, &second, "/api/v1/ledger/trial-balance").await;
        let net = |code: &str| {
            let all = books["accounts"].as_array().unwrap();
            all.iter().find(|a| a["account"] == code).map_or(0, |a| a["net"].as_i64().unwrap())
        };
        assert_eq!((net("2104"), net("2106"), net("6101")), (-162_500, 0, 40_000));
        sound(&world).await;
    })
    .await;
}

async fn billed(world: &World, day: &str) {
    let cause = kernel::Cause::system(world.now(), "test");
    billing::issue::run(&world.db, &cause.now, &cause, day.parse().unwrap()).await.unwrap();
}

async fn newest(world: &World, home: &Home) -> InvoiceId {
    let sql = "select id from billing_invoice where subscription_id = $1 order by period_from desc limit 1";
    world.db.reader().value(sql, args![home.subscription]).await.unwrap()
}

#[tokio::test]
async fn a_commission_is_taken_back_with_its_payment_in_wallet_and_books_alike() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let second = client(&world, "fina", Role::Finance, None, None).await.1;
        let (id, mitra) = reseller(&world, &street, "M1").await;
        let jakarta = street.isp.jakarta;
        let home = street.connect(&world, "Ani", Mode::Prepaid, jakarta, Some(parsed(&id))).await;
        let paid =
            post(&world, &street.finance, "/api/v1/payments", cash(&home, FIRST)).await.json();
        let wallet = format!("/api/v1/wallet/{}", id.as_str().unwrap());
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(7_500));
        let path = format!("/api/v1/payments/{}/reverse", paid["payment_id"].as_str().unwrap());
        let asked =
            post(&world, &street.finance, &path, json!({ "why": "cek kosong" })).await.json();
        let approve = format!("/api/v1/approvals/{}/approve", asked["id"].as_str().unwrap());
        assert_eq!(post(&world, &second, &approve, Value::Null).await.status, StatusCode::OK);
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(0));
        let zero = Money::ZERO.get();
        let books = get(&world, &second, "/api/v1/ledger/trial-balance").await;
        for row in books["accounts"].as_array().unwrap() {
            if ["2104", "6101", "1204"].contains(&row["account"].as_str().unwrap()) {
                assert_eq!(row["net"], json!(zero), "{row}");
            }
        }
        sound(&world).await;
    })
    .await;
}

/// The sum of all rows so far is balance less debt, on every row.
async fn adds_up(world: &World, user: &str, wallet: &str) -> Vec<String> {
    let rows = items(world, user, &format!("{wallet}/statement")).await;
    let mut sum = 0;
    for row in rows.iter().rev() {
        let number = |key: &str| row[key].as_i64().unwrap();
        sum += number("amount");
        assert_eq!(sum, number("balance_after") - number("debt_after"), "{row}");
        assert!(number("balance_after") >= 0, "{row}");
    }
    rows.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

async fn reverse(world: &World, street: &Street, second: &str, payment: &Value) {
    let path = format!("/api/v1/payments/{}/reverse", payment["payment_id"].as_str().unwrap());
    let asked = post(world, &street.finance, &path, json!({ "why": "salah bayar" })).await.json();
    assert!(asked["id"].is_string(), "{asked}");
    let approve = format!("/api/v1/approvals/{}/approve", asked["id"].as_str().unwrap());
    assert_eq!(post(world, second, &approve, Value::Null).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_top_up_at_a_gateway_is_credited_once_by_its_notice_and_seen_by_nobody_else() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let remote = offered(&world);
        let (id, mitra) = reseller(&world, &street, "M1").await;
        let (_, other) = reseller(&world, &street, "M2").await;
        let wallet = format!("/api/v1/wallet/{}", id.as_str().unwrap());
        let path = format!("{wallet}/top-up/gateway");
        let small = post(&world, &mitra, &path, json!({ "amount": 500 })).await;
        assert_eq!(small.status, StatusCode::UNPROCESSABLE_ENTITY);
        let theirs = post(&world, &other, &path, json!({ "amount": 50_000 })).await;
        assert_eq!(refusal(&theirs), (404, "partner.not_found".into()));

        let opened = post(&world, &mitra, &path, json!({ "amount": 250_000 })).await;
        assert_eq!(opened.status, StatusCode::CREATED, "{:?}", opened.json());
        let opened = opened.json();
        assert_eq!(opened["state"], json!("waiting"));
        assert!(opened["url"].is_string() && opened["code"].is_string());
        let own = format!("/api/v1/top-ups/{}", opened["id"].as_str().unwrap());
        let by_hand = post(&world, &street.finance, &format!("{own}/approve"), Value::Null).await;
        assert_eq!(refusal(&by_hand), (409, "wallet.top_up_gateway".into()));
        let hidden = call(&world, &other, "get", &own, &Value::Null).await;
        assert_eq!(refusal(&hidden), (404, "wallet.top_up_not_found".into()));

        let reference = opened["reference"].as_str().unwrap();
        let notice = remote.pay(reference, None, world.now()).unwrap();
        for _ in 0..2 {
            assert_eq!(told(&world, &notice).await.status, StatusCode::OK);
            activate(&world).await;
        }
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(250_000));
        assert_eq!(get(&world, &mitra, &own).await["state"], json!("credited"));

        // Its notice gets lost: the money is found by asking.
        let second = post(&world, &mitra, &path, json!({ "amount": 100_000 })).await.json();
        remote.pay(second["reference"].as_str().unwrap(), None, world.now()).unwrap();
        world.clock.set(world.now().plus_secs(60));
        assert_eq!(activate(&world).await.found, 1);
        world.clock.set(world.now().plus_secs(60));
        activate(&world).await;
        assert_eq!(adds_up(&world, &mitra, &wallet).await, ["top_up", "top_up"]);
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(350_000));
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_reseller_sees_adds_up_when_a_payment_is_reversed() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let second = client(&world, "fina", Role::Finance, None, None).await.1;
        let (id, mitra) = reseller(&world, &street, "M1").await;
        let (_, other) = reseller(&world, &street, "M2").await;
        let jakarta = street.isp.jakarta;
        let home = street.connect(&world, "Ani", Mode::Prepaid, jakarta, Some(parsed(&id))).await;
        let spent = street.connect(&world, "Eka", Mode::Prepaid, jakarta, Some(parsed(&id))).await;
        let wallet = format!("/api/v1/wallet/{}", id.as_str().unwrap());
        let portal = format!("/api/v1/partners/{}", id.as_str().unwrap());

        // A customer's own payment yields commission, which is spent before it is taken back.
        let cash = cash(&spent, FIRST);
        let own = post(&world, &street.finance, "/api/v1/payments", cash).await.json();
        let top_up = json!({ "amount": 100_000, "channel": "cash", "reference": "K-1" });
        let asked = post(&world, &second, &format!("{wallet}/top-up"), top_up).await.json();
        let path = format!("/api/v1/top-ups/{}/approve", asked["id"].as_str().unwrap());
        post(&world, &street.finance, &path, Value::Null).await;

        let invoice = newest(&world, &home).await;
        let quote = format!("{wallet}/quote?invoice_id={invoice}");
        let quoted = get(&world, &mitra, &quote).await;
        assert_eq!(
            (&quoted["open"], &quoted["commission"], &quoted["net"], &quoted["missing"]),
            (&json!(83_250), &json!(7_500), &json!(75_750), &json!(0))
        );
        let theirs = call(&world, &other, "get", &quote, &Value::Null).await;
        assert_eq!(refusal(&theirs), (404, "partner.not_found".into()));
        let pay = format!("{wallet}/pay");
        let seen = json!({ "invoice_id": invoice, "expected_net": 75_000 });
        let changed = keyed(&world, &mitra, "dompet-10", &pay, &seen).await;
        assert_eq!(refusal(&changed), (409, "wallet.price_changed".into()));
        let seen = json!({ "invoice_id": invoice, "expected_net": quoted["net"] });
        let paid = keyed(&world, &mitra, "dompet-11", &pay, &seen).await.json();
        assert_eq!(paid["net"], quoted["net"]);
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(107_500 - 75_750));
        let now = get(&world, &mitra, &format!("{portal}/home")).await;
        assert_eq!((&now["sales_count"], &now["commission_today"]), (&json!(2), &json!(15_000)));

        // What was earned and spent is taken back with the customer's reversed payment.
        reverse(&world, &street, &second, &own).await;
        assert_eq!(
            adds_up(&world, &mitra, &wallet).await,
            ["clawback", "payment", "top_up", "commission"]
        );
        assert_eq!(get(&world, &mitra, &wallet).await["balance"], json!(100_000 - 75_750));
        let rows = items(&world, &mitra, &format!("{portal}/commissions")).await;
        assert!(rows.iter().any(|row| row["taken_back_at"].is_string()), "{rows:?}");
        sound(&world).await;

        let own = items(&world, &mitra, &format!("{portal}/customers")).await;
        let names: Vec<&str> = own.iter().map(|r| r["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Ani", "Eka"]);
        assert!(own.iter().all(|row| row["why"].is_string()), "{own:?}");
        let late = items(&world, &mitra, &format!("{portal}/customers?online=true")).await;
        assert_eq!(late.len(), 0);
        let stranger =
            call(&world, &other, "get", &format!("{portal}/customers"), &Value::Null).await;
        assert_eq!(refusal(&stranger), (404, "partner.not_found".into()));
        let why = format!("/api/v1/access/{}/why", home.subscription);
        assert!(get(&world, &mitra, &why).await["sentence"].is_string());
        assert_eq!(
            call(&world, &other, "get", &why, &Value::Null).await.status,
            StatusCode::NOT_FOUND
        );
    })
    .await;
}
