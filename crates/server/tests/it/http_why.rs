//! "Kenapa?" through the API: the cause, the sentence, the chain of evidence, and why an amount.

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use network::RecordKind;
use serde_json::{Value, json};

use crate::isp::{call, client, get, refusal};
use crate::street::{Street, pay};
use crate::world::{self, World};

fn trail(n: u8) -> kernel::TrailId {
    format!("0193a9d0-0000-4000-8000-0000000000{n:02x}").parse().unwrap()
}

#[tokio::test]
async fn a_customer_who_has_not_paid_is_told_so_and_after_paying_is_online() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let path = format!("/api/v1/why/{}", home.subscription);
        let why = get(&world, &street.sales, &path).await;
        assert_eq!(
            (&why["code"], &why["condition"]),
            (&json!("first_payment"), &json!("isolated"))
        );
        assert_eq!((&why["offline"], why["since"].is_string()), (&json!(true), true));
        assert_eq!(why["changes"], "Bayar tagihan; internet terbuka dalam hitungan detik.");
        let kinds: Vec<&str> = steps(&why).iter().map(|s| s["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds[..4], ["policy", "invoice", "desired", "enforced"]);
        let blamed: Vec<&Value> = steps(&why).iter().filter(|s| s["ok"] == false).collect();
        assert!(!blamed.is_empty(), "{why}");
        assert_eq!(why["sentence"], why["say"]);

        let english =
            world.ask("get", &path).session(&street.sales).header("accept-language", "en");
        let english = english.send().await.json();
        assert_eq!(english["changes"], "Pay the invoice; the internet opens within seconds.");
        assert_ne!(english["say"], why["say"]);

        let invoice = street.invoice(&world, &home).await;
        let amount = get(&world, &street.sales, &format!("/api/v1/why/invoices/{invoice}")).await;
        let total = amount["total"].as_i64().unwrap();
        assert_eq!(amount["outstanding"], json!(total));
        assert_eq!(amount["base"].as_i64().unwrap() + amount["tax"].as_i64().unwrap(), total);
        // Installed on the 22nd: nine of thirty days.
        assert_eq!(amount["code"], "pro_rata");
        let part = amount["parts"][0]["text"].as_str().unwrap();
        assert!(part.contains("9 dari 30 hari"), "{part}");

        pay(&world, &home, total, trail(1)).await;
        street.report(&world, &home, RecordKind::Start, "s1", 0).await;
        let why = get(&world, &street.sales, &path).await;
        assert_eq!((&why["code"], &why["offline"]), (&json!("online"), &json!(false)));
        assert!(steps(&why).iter().all(|step| step["ok"] == true), "{why}");
        let amount = get(&world, &street.sales, &format!("/api/v1/why/invoices/{invoice}")).await;
        assert_eq!(amount["outstanding"], 0);
    })
    .await;
}

fn steps(why: &Value) -> &[Value] {
    why["steps"].as_array().unwrap()
}

#[tokio::test]
async fn the_reasons_of_another_branch_are_not_there() {
    world::sqlite(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Prepaid, street.isp.jakarta, None).await;
        let invoice = street.invoice(&world, &home).await;
        let subscription = format!("/api/v1/why/{}", home.subscription);
        let invoice = format!("/api/v1/why/invoices/{invoice}");
        for who in [&street.other_sales, &street.other_noc, &street.other_finance] {
            let refused = call(&world, who, "get", &subscription, &Value::Null).await;
            assert_eq!(refusal(&refused), (404, "billing.subscription_not_found".into()));
            if who == &street.other_noc {
                continue;
            }
            let refused = call(&world, who, "get", &invoice, &Value::Null).await;
            assert_eq!(refusal(&refused), (404, "billing.invoice_not_found".into()));
        }
        let technician =
            client(&world, "tono", Role::Technician, Some(street.isp.jakarta), None).await.1;
        for who in [&technician, &street.reseller] {
            let refused = call(&world, who, "get", &subscription, &Value::Null).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
        }
        let refused = call(&world, &street.sales, "get", "/api/v1/why/budi", &Value::Null).await;
        assert_eq!(refusal(&refused), (404, "no_such_address".into()));
    })
    .await;
}
