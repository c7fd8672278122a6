//! What a conversion may choose: the ODP, the customer, a firm.

use axum::http::StatusCode;
use identity::Role;
use kernel::PartnerId;
use serde_json::{Value, json};

use super::setup::{Field, PIN, Phone, arriving, order_path, scan};
use crate::isp::{call, client, get, made};
use crate::world::{self, World};

#[tokio::test]
async fn a_conversion_takes_only_an_odp_and_a_customer_of_the_leads_own() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let (_, everywhere) = client(&world, "semua", Role::Sales, None, None).await;
        let (_, chief) = client(&world, "noc.semua", Role::Noc, None, None).await;
        let odp = async |code: &str, branch, lat: f64| {
            let body = json!({ "code": code, "name": code, "lat": lat, "lon": PIN.1, "ports": 8,
                               "reach_m": 250, "branch_id": branch });
            made(call(&world, &chief, "post", "/api/v1/odps", &body).await)
        };
        let theirs = odp("BDG-1", field.isp.bandung, PIN.0).await;
        let far = odp("JKT-9", field.isp.jakarta, PIN.0 + 0.01).await;
        let lead = async |who: &str, branch| {
            let form = json!({ "name": "Budi", "phone": "0812-3456-7890", "address": "Jl. Melati 5",
                "lat": PIN.0, "lon": PIN.1, "branch_id": branch, "mode": "postpaid",
                "plan_id": field.isp.plan });
            made(call(&world, who, "post", "/api/v1/leads", &form).await)
        };
        let convert = async |who: &str, lead: &Value, body: Value| {
            let path = format!("/api/v1/leads/{}/convert", lead.as_str().unwrap());
            call(&world, who, "post", &path, &body).await
        };
        let mine = lead(&field.sales, field.isp.jakarta).await;
        for (who, body, fields) in [
            (&field.sales, json!({ "odp_id": theirs }), "odp_id:not_found"),
            (&everywhere, json!({ "odp_id": theirs }), "odp_id:other_branch"),
            (&field.sales, json!({ "odp_id": far }), "odp_id:beyond_reach"),
        ] {
            assert_eq!(convert(who, &mine, body).await.fields(), fields);
        }
        let wanted = json!({ "odp_id": far, "beyond_reach": true });
        let sold = convert(&field.sales, &mine, wanted).await;
        assert_eq!((sold.status, &sold.json()["odp_code"]), (StatusCode::CREATED, &json!("JKT-9")));

        let away = lead(&everywhere, field.isp.bandung).await;
        let elsewhere = json!({ "outside_coverage": true });
        let stranger = convert(&everywhere, &away, elsewhere).await.json();
        let partner: PartnerId = "0193a9d0-0000-7000-8000-0000000000aa".parse().unwrap();
        let (_, reseller) =
            client(&world, "mitra", Role::Reseller, Some(field.isp.jakarta), Some(partner)).await;
        let referred = lead(&reseller, field.isp.jakarta).await;
        let verify = format!("/api/v1/leads/{}/verify", referred.as_str().unwrap());
        call(&world, &field.sales, "post", &verify, &Value::Null).await;
        let referred = convert(&field.sales, &referred, json!({})).await.json();
        let second = lead(&field.sales, field.isp.jakarta).await;
        for customer in [&stranger["customer_id"], &referred["customer_id"]] {
            let body = json!({ "customer_id": customer });
            assert_eq!(convert(&everywhere, &second, body).await.fields(), "customer_id:elsewhere");
        }
        let own = json!({ "customer_id": sold.json()["customer_id"] });
        assert_eq!(convert(&field.sales, &second, own).await.status, StatusCode::CREATED);
    })
    .await;
}

#[tokio::test]
async fn a_lead_becomes_a_firm_that_withholds() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let form = json!({ "name": "PT Maju", "phone": "0812-3456-7890", "address": "Jl. Melati 5",
            "lat": PIN.0, "lon": PIN.1, "mode": "postpaid", "plan_id": field.isp.plan });
        let lead = made(call(&world, &field.sales, "post", "/api/v1/leads", &form).await);
        let path = format!("/api/v1/leads/{}/convert", lead.as_str().unwrap());
        let bad = json!({ "firm": { "npwp": "12" } });
        let reply = call(&world, &field.sales, "post", &path, &bad).await;
        assert_eq!(reply.fields(), "npwp:not_an_npwp");
        let firm = json!({ "firm": { "npwp": "01.234.567.8-901.000", "withholds_pph23": true } });
        let sold = call(&world, &field.sales, "post", &path, &firm).await.json();
        let path = format!("/api/v1/customers/{}", sold["customer_id"].as_str().unwrap());
        let customer = get(&world, &field.sales, &path).await;
        assert_eq!(customer["kind"], "corporate");
        assert_eq!(customer["npwp"], "012345678901000");
        assert_eq!(
            (&customer["withholds_pph23"], &customer["withholds_wapu"]),
            (&json!(true), &json!(false))
        );
    })
    .await;
}

#[tokio::test]
async fn an_own_device_waits_for_noc_and_an_installed_one_is_not_the_warehouses_to_move() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        let ops = phone.ops(order, steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied");
        let item = get(&world, &field.keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!(item["can"]["transfer"]["allowed"], false, "{item}");
        let hand =
            json!({ "serials": ["HWTC0001"], "to_location_id": field.warehouse, "how": "scanned" });
        let refused = call(&world, &field.keeper, "post", "/api/v1/moves", &hand).await.json();
        assert_eq!(refused["lines"][0]["code"], "inventory.at_site");
        let own = phone.op(order, json!({ "kind": "own_device", "mac": "a0b2.c3d4.e5ff" }));
        assert_eq!(
            phone.send(std::slice::from_ref(&own)).await,
            "held:fulfilment.own_device_not_approved"
        );
        let approve = format!("{}/approve-own-device", order_path(order));
        call(&world, &field.noc, "post", &approve, &Value::Null).await;
        assert_eq!(phone.send(&[own]).await, "repeated");
        let item = get(&world, &field.keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!(item["state"], "in_transit", "ours went back into the bag");
    })
    .await;
}
