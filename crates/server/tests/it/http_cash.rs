//! Cash, aging and bank statements through the API.

use axum::http::StatusCode;
use identity::Role;
use serde_json::{Value, json};

use crate::http_billing::{FIRST, again, cash, keyed, open, pdf, post, postpaid, prepaid, sound};
use crate::isp::{call, client, get, items, refusal};
use crate::street::{Street, later};
use crate::world::{self, World};

async fn policy(world: &World, street: &Street, rules: Value) {
    let reply = call(world, &street.owner, "put", "/api/v1/policy", &rules).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
}

#[tokio::test]
async fn a_cashier_opens_takes_counts_and_a_second_person_accepts_the_difference() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ahmad").await;
        let finance = &street.finance;
        policy(&world, &street, json!({ "cash_needs_drawer": true })).await;
        let pay = cash(&home, FIRST);
        let refused = post(&world, finance, "/api/v1/payments", pay.clone()).await;
        assert_eq!(refusal(&refused), (409, "billing.drawer_needed".into()));
        let today = get(&world, finance, "/api/v1/cash").await;
        assert_eq!((&today["drawer"], &today["needs_drawer"]), (&Value::Null, &json!(true)));

        let body = json!({ "float": 200_000 });
        let one = keyed(&world, finance, "buka-0001", "/api/v1/cash/drawers", &body).await;
        let two = keyed(&world, finance, "buka-0001", "/api/v1/cash/drawers", &body).await;
        assert_eq!(one.json(), two.json());
        let drawer = one.json();
        assert_eq!(drawer["number"], json!("KAS/2026/11/000001"));
        let paid = post(&world, finance, "/api/v1/payments", pay).await;
        assert_eq!(paid.status, StatusCode::CREATED);
        let at = format!("/api/v1/cash/drawers/{}", drawer["id"].as_str().unwrap());
        let now = get(&world, finance, &at).await;
        assert_eq!(now["expected"], json!(200_000 + FIRST));
        let moves = items(&world, finance, &format!("{at}/moves")).await;
        assert_eq!(moves.len(), 2);

        // 283,250 should be there; the pieces come to 250,000.
        let pieces = json!({ "pieces": [[100_000, 2], [50_000, 1]] });
        let silent = post(&world, finance, &format!("{at}/count"), pieces).await;
        assert_eq!(silent.json()["fields"][0]["name"], json!("why"));
        let pieces = json!({ "pieces": [[100_000, 2], [50_000, 1]], "why": "kembalian" });
        let counted = post(&world, finance, &format!("{at}/count"), pieces).await.json();
        assert_eq!(
            (&counted["state"], &counted["difference"]),
            (&json!("counted"), &json!(-33_250))
        );
        assert_eq!(counted["can"]["accept"]["allowed"], json!(false));
        pdf(&world, finance, &format!("{at}/pdf")).await;
        let own = post(&world, finance, &format!("{at}/accept"), Value::Null).await;
        assert_eq!(refusal(&own), (403, "billing.approval_own".into()));
        let second = client(&world, "fina", Role::Finance, Some(street.isp.jakarta), None).await.1;
        assert_eq!(get(&world, &second, "/api/v1/cash").await["to_accept"], json!(1));
        let done = post(&world, &second, &format!("{at}/accept"), Value::Null).await.json();
        assert_eq!((&done["state"], &done["accepted_by"]), (&json!("closed"), &json!("fina")));
        pdf(&world, &second, &format!("{at}/pdf?paper=58mm&lang=en")).await;
        // The owner reads the history; another branch's finance finds nothing.
        assert_eq!(
            items(&world, &street.owner, "/api/v1/cash/drawers?state=closed").await.len(),
            1
        );
        let stranger = call(&world, &street.other_finance, "get", &at, &Value::Null).await;
        assert_eq!(refusal(&stranger), (404, "billing.drawer_not_found".into()));
        let trial = get(&world, &second, "/api/v1/ledger/trial-balance").await;
        let net = |code: &str| {
            let all = trial["accounts"].as_array().unwrap();
            all.iter().find(|a| a["account"] == code).map_or(json!(0), |a| a["net"].clone())
        };
        assert_eq!(
            (net("1101"), net("1104"), net("6104")),
            (json!(0), json!(250_000), json!(33_250))
        );
        let bank = json!({ "what": "to_bank", "amount": 250_000 });
        let safe = post(&world, &second, "/api/v1/cash/safe", bank).await;
        assert_eq!((safe.status, &safe.json()["amount"]), (StatusCode::CREATED, &json!(0)));
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn what_sales_and_technicians_collect_is_handed_over_with_a_receipt() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ahmad").await;
        let due = format!("/api/v1/cash/due/{}", home.customer);
        assert_eq!(get(&world, &street.sales, &due).await["owed"], json!(FIRST));
        // A technician collects from the customers of their own jobs only.
        let (_, stranger) =
            client(&world, "lain", Role::Technician, Some(street.isp.jakarta), None).await;
        let unseen = call(&world, &stranger, "get", &due, &Value::Null).await;
        assert_eq!(refusal(&unseen), (404, "crm.customer_not_found".into()));
        let body = json!({ "customer_id": home.customer, "amount": FIRST });
        let refused = post(&world, &stranger, "/api/v1/cash/collections", body.clone()).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);

        let taken = post(&world, &street.sales, "/api/v1/cash/collections", body).await;
        assert_eq!(taken.status, StatusCode::CREATED);
        assert_eq!(taken.json()["reopened"].as_array().unwrap().len(), 1);
        let held = get(&world, &street.sales, "/api/v1/cash/held").await;
        assert_eq!(
            (&held["amount"], &held["moves"][0]["customer_name"]),
            (&json!(FIRST), &json!("Ahmad"))
        );
        // Who took it prints it; another collector of the same branch does not.
        let paper = taken.json()["payment_id"].as_str().unwrap().to_owned();
        let paper = format!("/api/v1/cash/collections/{paper}/receipt");
        pdf(&world, &street.sales, &paper).await;
        pdf(&world, &street.sales, &format!("{paper}?paper=58mm")).await;
        let other = call(&world, &stranger, "get", &paper, &Value::Null).await;
        assert_eq!(refusal(&other), (404, "billing.payment_not_found".into()));
        let holders = items(&world, &street.finance, "/api/v1/cash/holders").await;
        assert_eq!((&holders[0]["name"], &holders[0]["amount"]), (&json!("sinta"), &json!(FIRST)));
        let over = json!({ "collector_id": holders[0]["user_id"], "amount": FIRST });
        let holder = format!("/api/v1/cash/holders/{}", holders[0]["user_id"].as_str().unwrap());
        let count = get(&world, &street.finance, &holder).await;
        assert_eq!(count["moves"], held["moves"]);
        let unseen = call(&world, &street.other_finance, "get", &holder, &Value::Null).await;
        assert_eq!(unseen.status, StatusCode::NOT_FOUND);
        let early = post(&world, &street.finance, "/api/v1/cash/handovers", over.clone()).await;
        assert_eq!(refusal(&early), (409, "billing.drawer_needed".into()));
        let begin = json!({ "float": 0 });
        post(&world, &street.finance, "/api/v1/cash/drawers", begin).await;
        let done = post(&world, &street.finance, "/api/v1/cash/handovers", over).await;
        assert_eq!(done.status, StatusCode::CREATED);
        let done = done.json();
        assert_eq!((&done["number"], &done["left"]), (&json!("STR/2026/11/000001"), &json!(0)));
        let receipt = format!("/api/v1/cash/handovers/{}/receipt", done["id"].as_str().unwrap());
        pdf(&world, &street.finance, &receipt).await;
        pdf(&world, &street.finance, &format!("{receipt}?paper=58mm")).await;
        assert_eq!(items(&world, &street.owner, "/api/v1/cash/handovers").await.len(), 1);
        let today = get(&world, &street.finance, "/api/v1/cash").await;
        assert_eq!(today["drawer"]["expected"], json!(FIRST));
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn aging_says_the_same_as_the_receivable_account_on_every_day() {
    world::both(async |world: World| {
        let mut street = open(&world).await;
        let (one, two) =
            (prepaid(&world, &street, "Ahmad").await, postpaid(&world, &street, "Budi").await);
        post(&world, &street.finance, "/api/v1/payments", cash(&one, 40_000)).await;
        later(&world, 12 * 86_400);
        let cause = kernel::Cause::system(world.now(), "test");
        let today = world.now().day(kernel::Zone::Jakarta);
        billing::issue::run(&world.db, &cause.now, &cause, today).await.unwrap();
        later(&world, 40 * 86_400);
        street.finance = again(&world, "fitri").await;
        post(&world, &street.finance, "/api/v1/payments", cash(&two, 10_000)).await;
        let whole = client(&world, "fina.pusat", Role::Finance, None, None).await.1;
        let mut seen = Vec::new();
        for as_of in
            ["2026-11-21", "2026-11-22", "2026-11-30", "2026-12-05", "2027-01-13", "2027-06-01"]
        {
            let aging = get(&world, &whole, &format!("/api/v1/aging?as_of={as_of}")).await;
            assert_eq!(aging["sums"]["total"], aging["ledger"], "{as_of}: {aging}");
            let customers = format!("/api/v1/aging/customers?as_of={as_of}&limit=1");
            let (mut sum, mut next) = (0, Value::Null);
            loop {
                let after = next.as_str().map_or(String::new(), |n| format!("&after={n}"));
                let page = get(&world, &whole, &format!("{customers}{after}")).await;
                for row in page["items"].as_array().unwrap() {
                    sum += row["sums"]["total"].as_i64().unwrap();
                }
                next = page["next"].clone();
                if next.is_null() {
                    break;
                }
            }
            assert_eq!(json!(sum), aging["ledger"], "{as_of}");
            // Every number opens its rows.
            for (bucket, name) in [
                ("not_due", "not_due"),
                ("1-30", "days_1_30"),
                ("31-60", "days_31_60"),
                ("61-90", "days_61_90"),
                ("90%2B", "days_over_90"),
            ] {
                let path = format!("/api/v1/aging/invoices?as_of={as_of}&bucket={bucket}");
                let rows = items(&world, &whole, &path).await;
                let sum: i64 = rows.iter().map(|r| r["open"].as_i64().unwrap()).sum();
                assert_eq!(json!(sum), aging["sums"][name], "{as_of} {bucket}");
            }
            seen.push(aging["sums"]["total"].as_i64().unwrap());
        }
        assert!(seen.windows(2).any(|w| w[0] != w[1]), "{seen:?}");
        let late = get(&world, &whole, "/api/v1/aging?as_of=2027-06-01").await;
        assert_eq!(late["sums"]["not_due"], json!(0));
        assert_eq!(late["sums"]["days_over_90"], late["ledger"]);
    })
    .await;
}

const MUTASI: &str = "No. rekening : ,1234567890\n\
    Tanggal Transaksi,Keterangan,Cabang,Jumlah,,Saldo\n\
    '21/11,TRSF E-BANKING CR AHMAD,0000,\"83,250.00\",CR,\"100.00\"\n\
    '21/11,SETORAN TUNAI,0000,\"50,000.00\",CR,\"100.00\"\n\
    '21/11,BIAYA ADM,0000,\"5,000.00\",DB,\"100.00\"\n";

#[tokio::test]
async fn a_statement_is_imported_once_and_each_line_is_decided_once() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ahmad").await;
        let whole = client(&world, "fina.pusat", Role::Finance, None, None).await.1;
        let file = json!({ "account": "BCA 1", "file_name": "mutasi.csv", "content": MUTASI });
        let bound = post(&world, &street.finance, "/api/v1/bank/imports", file.clone()).await;
        assert_eq!(bound.status, StatusCode::FORBIDDEN);
        let seen = post(&world, &whole, "/api/v1/bank/preview", file.clone()).await.json();
        assert_eq!((&seen["new"], &seen["known"]), (&json!(3), &json!(0)));
        assert_eq!(seen["columns"]["sign"], json!(4));
        let done = post(&world, &whole, "/api/v1/bank/imports", file.clone()).await.json();
        assert_eq!((&done["new"], &done["open"], &done["out"]), (&json!(3), &json!(2), &json!(1)));
        let twice = post(&world, &whole, "/api/v1/bank/imports", file).await.json();
        assert_eq!((&twice["new"], &twice["known"]), (&json!(0), &json!(3)));
        let view = get(&world, &whole, "/api/v1/bank").await;
        assert_eq!((&view["open"], &view["open_sum"]), (&json!(2), &json!(133_250)));
        assert!(items(&world, &street.finance, "/api/v1/bank/lines").await.is_empty());

        let lines = items(&world, &whole, "/api/v1/bank/lines?state=open").await;
        let of = |text: &str| {
            lines.iter().find(|l| l["text"].as_str().unwrap().contains(text)).unwrap().clone()
        };
        let (ahmad, cashed) = (of("AHMAD"), of("SETORAN"));
        assert_eq!(ahmad["proposals"][0]["customer_name"], json!("Ahmad"));
        let at = |line: &Value, what: &str| {
            format!("/api/v1/bank/lines/{}/{what}", line["id"].as_str().unwrap())
        };
        let whose = json!({ "customer_id": home.customer,
                            "invoice_id": ahmad["proposals"][0]["invoice_id"] });
        let one = post(&world, &whole, &at(&ahmad, "assign"), whose.clone()).await;
        assert_eq!(one.json()["state"], json!("assigned"));
        let two = post(&world, &whole, &at(&ahmad, "assign"), whose).await;
        assert_eq!(refusal(&two), (409, "billing.bank_line_decided".into()));
        assert_eq!(items(&world, &whole, "/api/v1/payments?channel=transfer").await.len(), 1);
        let branch = json!({ "branch_id": street.isp.jakarta });
        let short = post(&world, &whole, &at(&cashed, "deposit"), branch).await;
        assert_eq!(refusal(&short), (409, "billing.safe_short".into()));
        let gross =
            post(&world, &whole, &at(&cashed, "settlement"), json!({ "gross": 60_000 })).await;
        assert_eq!(gross.json()["fields"][0]["name"], json!("gross"));
        let why = json!({ "why": "modal pemilik" });
        let nobody = post(&world, &whole, &at(&cashed, "not-ours"), why).await;
        assert_eq!(nobody.json()["state"], json!("not_ours"));
        assert_eq!(get(&world, &whole, "/api/v1/bank").await["open"], json!(0));
        let back = post(&world, &whole, &at(&cashed, "reopen"), Value::Null).await;
        assert_eq!(back.json()["state"], json!("open"));
        sound(&world).await;
    })
    .await;
}

#[tokio::test]
async fn hr_sees_who_works_where_and_nobody_else_of_the_staff_does() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let hr = client(&world, "hana", Role::Hr, None, None).await.1;
        let people = items(&world, &hr, "/api/v1/people").await;
        let sinta = people.iter().find(|p| p["name"] == "sinta").unwrap();
        assert_eq!((&sinta["roles"], &sinta["branch"]), (&json!(["sales"]), &json!("JKT")));
        assert_eq!(sinta["active_today"], json!(true));
        let bandung = client(&world, "hilda", Role::Hr, Some(street.isp.bandung), None).await.1;
        let theirs = items(&world, &bandung, "/api/v1/people").await;
        assert!(theirs.iter().all(|p| p["branch"] == "BDG"), "{theirs:?}");
        let refused = call(&world, &street.sales, "get", "/api/v1/people", &Value::Null).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}
