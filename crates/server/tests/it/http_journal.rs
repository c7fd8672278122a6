//! The journal through the API, and what customers and the ISP say about messages.

use axum::http::StatusCode;
use crm::Mode;
use identity::Role;
use serde_json::{Value, json};

use crate::http_billing::{cash, open, post, prepaid};
use crate::isp::{call, client, get, items, refusal};
use crate::street::{Home, Street};
use crate::world::{self, World};

async fn edited(world: &World, street: &Street, home: &Home) {
    let path = format!("/api/v1/customers/{}", home.customer);
    let edit = json!({ "phone": "0811-9999-888", "email": "ani@example.net" });
    let reply = call(world, &street.sales, "patch", &path, &edit).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json());
}

#[tokio::test]
async fn the_owner_reads_who_changed_what_and_finance_reads_of_money_only() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ani").await;
        edited(&world, &street, &home).await;
        post(&world, &street.finance, "/api/v1/payments", cash(&home, 10_000)).await;
        let of = format!("/api/v1/journal?subject=customer&id={}", home.customer);
        let rows = items(&world, &street.owner, &of).await;
        let edit = rows.iter().find(|row| row["action"] == "amended").unwrap();
        assert_eq!(edit["who_name"], "sinta");
        assert_eq!(edit["after"]["changed"], json!(["phone", "email"]));
        assert!(edit["before"].is_object() && edit["from_address"].is_string(), "{edit}");
        assert!(!edit.to_string().contains("9999888"), "the number itself stays out: {edit}");
        assert!(items(&world, &street.finance, &of).await.is_empty(), "customers are not money");

        let payments = items(&world, &street.finance, "/api/v1/journal?subject=payment").await;
        assert_eq!((payments.len(), &payments[0]["action"]), (1, &json!("received")));
        let trail = format!("/api/v1/trails/{}", payments[0]["trail_id"].as_str().unwrap());
        let hops = get(&world, &street.finance, &trail).await;
        assert!(hops["hops"].to_string().contains("payment.received"), "{hops}");
        for who in [&street.other_finance, &street.other_sales] {
            let reply = call(&world, who, "get", "/api/v1/journal", &Value::Null).await;
            let theirs = reply.json()["items"].as_array().map_or(0, Vec::len);
            assert!(theirs == 0 || reply.status == StatusCode::FORBIDDEN, "{:?}", reply.json());
        }
        let all = items(&world, &street.finance, "/api/v1/journal?limit=200").await;
        for row in &all {
            let subject = row["subject"].as_str().unwrap();
            assert!(!["customer", "user", "lead", "nas", "account"].contains(&subject), "{row}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_journal_is_read_page_by_page_and_by_person_and_day() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = prepaid(&world, &street, "Ani").await;
        edited(&world, &street, &home).await;
        let mut seen = Vec::new();
        let mut next = String::new();
        loop {
            let path = format!("/api/v1/journal?limit=7{next}");
            let page = get(&world, &street.owner, &path).await;
            let rows = page["items"].as_array().unwrap().clone();
            seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            let Some(after) = page["next"].as_str() else { break };
            next = format!("&after={after}");
        }
        let whole = items(&world, &street.owner, "/api/v1/journal?limit=200").await;
        let whole: Vec<String> =
            whole.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(seen, whole, "each once, in order");
        let (sinta, _) = client(&world, "sinta.dua", Role::Sales, None, None).await;
        let by = format!("/api/v1/journal?person={sinta}");
        let rows = items(&world, &street.owner, &by).await;
        assert!(rows.iter().all(|row| row["who"] == json!(format!("user:{sinta}"))));
        let none = items(&world, &street.owner, "/api/v1/journal?to=2026-11-21").await;
        assert!(none.is_empty());
        let today = "/api/v1/journal?from=2026-11-22&to=2026-11-22&limit=200";
        assert!(!items(&world, &street.owner, today).await.is_empty());
        let wrong =
            call(&world, &street.owner, "get", "/api/v1/journal?from=-004713-01-01", &Value::Null);
        assert_eq!(wrong.await.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn a_customer_wants_no_messages_by_a_channel_and_the_isp_writes_its_own_texts() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = street.connect(&world, "Ani", Mode::Prepaid, street.isp.jakarta, None).await;
        let path = format!("/api/v1/customers/{}/messages", home.customer);
        assert_eq!(get(&world, &street.sales, &path).await["opted_out"], json!([]));
        let put = async |who: &str, body: Value| call(&world, who, "put", &path, &body).await;
        let off = put(&street.sales, json!({ "opted_out": ["whatsapp", "sms"] })).await;
        assert_eq!(off.json()["opted_out"], json!(["sms", "whatsapp"]));
        let other = put(&street.other_sales, json!({ "opted_out": [] })).await;
        assert_eq!(refusal(&other), (404, "crm.customer_not_found".into()));
        let odd = put(&street.sales, json!({ "opted_out": ["pigeon"] })).await;
        assert_eq!(odd.fields(), "opted_out[0]:choice");
        let on = put(&street.sales, json!({ "opted_out": ["sms"] })).await;
        assert_eq!(on.json()["opted_out"], json!(["sms"]));

        let text = "/api/v1/message-texts/isolated/any/id";
        let body = json!({ "subject": "Isolir", "body": "Halo {{ name }}: {{ why }}" });
        let set = call(&world, &street.owner, "put", text, &body).await;
        assert_eq!((set.status, &set.json()["own"]), (StatusCode::OK, &json!(true)));
        let bad = json!({ "subject": "Isolir", "body": "{{ receipt }}" });
        let bad = call(&world, &street.owner, "put", text, &bad).await;
        assert_eq!(bad.fields(), "body:template");
        let refused = call(&world, &street.sales, "put", text, &body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let of = async || {
            let all = items(&world, &street.sales, "/api/v1/message-texts").await;
            let is = |t: &&Value| t["template"] == "isolated" && t["lang"] == "id";
            all.iter().find(is).unwrap().clone()
        };
        assert_eq!(of().await["body"], body["body"]);
        let gone = call(&world, &street.owner, "delete", text, &Value::Null).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert_eq!(of().await["own"], json!(false));
        let none =
            call(&world, &street.owner, "put", "/api/v1/message-texts/x/any/id", &body).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn finance_and_resellers_see_of_plans_and_profiles_what_is_theirs() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let attributes = async |who: &str| {
            let all = items(&world, who, "/api/v1/profiles").await;
            let isolates = all.iter().find(|p| p["code"] == "ISOLIR").unwrap();
            isolates["attributes"].as_array().unwrap().len()
        };
        assert_eq!((attributes(&street.owner).await, attributes(&street.noc).await), (1, 1));
        for who in [&street.finance, &street.sales, &street.reseller] {
            assert_eq!(attributes(who).await, 0);
        }
        let plan = street.isp.postpaid_plan.as_str().unwrap().to_owned();
        let id: kernel::PlanId = plan.parse().unwrap();
        let take_off =
            world.db.write(&store::testing::cause(world.now()), async |tx: &mut store::Tx| {
                let sql = "update catalog_plan set archived_at = $1 where id = $2";
                tx.exec(sql, store::args![tx.now(), id]).await?;
                tx.exec("update catalog_version set version = version + 1", store::args![]).await
            });
        take_off.await.unwrap();
        let seen = async |who: &str| items(&world, who, "/api/v1/plans").await.len();
        assert_eq!((seen(&street.owner).await, seen(&street.reseller).await), (2, 1));
        let path = format!("/api/v1/plans/{plan}");
        let reply = call(&world, &street.reseller, "get", &path, &Value::Null).await;
        assert_eq!(refusal(&reply), (404, "catalog.plan_not_found".into()));
        let runs = call(&world, &street.finance, "get", "/api/v1/billing-runs", &Value::Null).await;
        assert_eq!(refusal(&runs), (403, "catalog.whole_isp".into()), "the whole ISP's totals");
        assert!(
            items(
                &world,
                &client(&world, "fina", Role::Finance, None, None).await.1,
                "/api/v1/billing-runs"
            )
            .await
            .is_empty()
        );
    })
    .await;
}
