//! The field through the API: from a lead to a connected customer, by every role in turn.

mod office;
mod proof;
pub(crate) mod setup;
mod sold;
mod steps;

use axum::http::StatusCode;
use identity::Role;
use serde_json::{Value, json};

use self::setup::{
    Field, PIN, Phone, arriving, chain, evidence, goes_online, is_refused, order_path, scan,
};
use crate::isp::{call, get, items, refusal};
use crate::world::{self, World};

#[tokio::test]
async fn an_install_goes_from_the_lead_to_the_first_day_of_use_through_every_role() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.sold(&world, "Budi Santoso", "postpaid").await;
        assert_eq!(
            (&sold["work_order_number"], &sold["customer_number"]),
            (&json!("SPK000001"), &json!("C000001"))
        );
        assert_eq!((&sold["odp_code"], &sold["port"]), (&json!("ODP-01"), &json!(1)));
        let order = &sold["work_order_id"];
        let path = order_path(order);
        field.equip(&world, &field.andi, "HWTC0001", "A0:B2:C3:D4:E5:01").await;

        // Before dispatch it is nobody's job, and there is no login yet.
        assert!(items(&world, &field.andi.1, "/api/v1/jobs").await.is_empty());
        assert_eq!(
            refusal(&call(&world, &field.andi.1, "get", &path, &Value::Null).await),
            (404, "fulfilment.order_not_found".into())
        );
        let before = get(&world, &field.noc, &path).await;
        assert_eq!((&before["state"], &before["username"]), (&json!("open"), &Value::Null));
        let sent = field.dispatched(&world, order, &[field.andi.0]).await;
        assert_eq!(
            (&sent["state"], &sent["technicians"][0]["name"]),
            (&json!("assigned"), &json!("andi"))
        );

        // The job lies on the phone with everything that the work needs.
        let jobs = get(&world, &field.andi.1, "/api/v1/jobs").await;
        let job = &jobs["items"][0];
        assert_eq!(
            (&job["customer_name"], &job["customer_phone"]),
            (&json!("Budi Santoso"), &json!("6281234567890"))
        );
        assert_eq!(
            (&job["lat"], &job["lon"], &job["odp_code"]),
            (&json!(PIN.0), &json!(PIN.1), &json!("ODP-01"))
        );
        assert!(
            job["username"].is_string() && job["password"].as_str().unwrap().len() >= 8,
            "{job}"
        );
        assert_eq!(
            (&jobs["bag"][0]["serial"], &jobs["bag"][0]["offered"]),
            (&json!("HWTC0001"), &json!(false))
        );
        // The office never sees the password, nor does it see who may set it.
        let office = get(&world, &field.noc, &path).await;
        assert_eq!((&office["username"], &office["password"]), (&job["username"], &Value::Null));

        let mut phone = Phone::of(&world, &field.andi);
        let ops = phone.ops(order, arriving());
        assert_eq!(phone.send(&ops).await, "applied applied applied");
        let online = format!("{path}/online");
        assert_eq!(get(&world, &field.andi.1, &online).await["state"], "waiting");
        let early = phone.op(order, json!({ "kind": "done" }));
        assert_eq!(phone.send(&[early]).await, "refused:fulfilment.not_complete");
        let skip = phone.op(order, json!({ "kind": "skip" }));
        let scanned = phone.op(order, scan("SMB:SN:HWTC0001"));
        assert_eq!(phone.send(&[skip, scanned]).await, "applied applied");

        // The scan made the account live, the modem the site's, and the subscription active.
        let seen = chain(&world, &field, &sold).await;
        assert_eq!((&seen["state"], &seen["account"]["state"]), (&json!("active"), &json!("live")));
        assert_eq!(
            (&seen["item"]["serial"], &seen["account"]["username"]),
            (&json!("HWTC0001"), &job["username"])
        );
        assert_eq!(seen["access"]["desired"], "full");
        let item = get(&world, &field.keeper, "/api/v1/items/HWTC0001").await;
        assert_eq!((&item["state"], &item["location_kind"]), (&json!("installed"), &json!("site")));

        is_refused(&world, &sold["subscription_id"]).await;
        let line = get(&world, &field.andi.1, &online).await;
        assert_eq!((&line["state"], &line["code"]), (&json!("rejected"), &json!("mac_differs")));
        assert!(line["reason"].as_str().unwrap().contains("MAC"), "{line}");
        goes_online(&world, &field, &sold["subscription_id"]).await;
        let line = get(&world, &field.andi.1, &online).await;
        assert_eq!(
            (&line["state"], &line["ip"], &line["nas"]),
            (&json!("online"), &json!("100.64.0.9"), &json!("mt-1"))
        );

        let mut rest = evidence();
        rest.push(json!({ "kind": "done" }));
        let ops = phone.ops(order, rest);
        assert_eq!(phone.send(&ops).await, "applied applied applied");
        let done = get(&world, &field.noc, &path).await;
        assert_eq!(
            (&done["state"], &done["online_result"], &done["review"]),
            (&json!("done"), &json!("online"), &json!(false))
        );
        assert_eq!((&done["distance_m"], &done["gps"]["accuracy_m"]), (&json!(0), &json!(9)));
        assert_eq!(
            (&done["item"]["serial"], &done["item"]["how"]),
            (&json!("HWTC0001"), &json!("scanned"))
        );
        let story: Vec<&str> =
            done["story"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap()).collect();
        assert_eq!(
            story,
            ["opened", "assigned", "accepted", "on_the_way", "on_site", "scanned", "done"]
        );
        // A closed job shows its technician neither the phone number nor the password any more.
        let after = get(&world, &field.andi.1, &path).await;
        assert_eq!((&after["customer_phone"], &after["password"]), (&Value::Null, &Value::Null));
        assert!(items(&world, &field.noc, "/api/v1/work-orders?state=unfinished").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_prepaid_install_is_ready_and_isolated_until_the_first_payment() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let sold = field.job(&world, "prepaid").await;
        let order = &sold["work_order_id"];
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        let ops = phone.ops(order, steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied");
        let seen = chain(&world, &field, &sold).await;
        assert_eq!(
            (&seen["state"], &seen["access"]["desired"]),
            (&json!("ready"), &json!("isolated"))
        );
        let page = format!("/api/v1/customers/{}", sold["customer_id"].as_str().unwrap());
        let owed =
            get(&world, &field.sales, &page).await["subscriptions"][0]["outstanding"].clone();
        assert!(owed.as_i64().is_some_and(|owed| owed > 0), "the first invoice is issued: {owed}");
        // The scan is not undone by giving up, nor by the office.
        let give_up = phone.op(order, json!({ "kind": "fail", "reason": "hujan" }));
        assert_eq!(phone.send(&[give_up]).await, "refused:fulfilment.device_in_place");
        let cancel = call(
            &world,
            &field.sales,
            "post",
            &format!("{}/cancel", order_path(order)),
            &json!({ "reason": "batal" }),
        )
        .await;
        assert_eq!(refusal(&cancel), (409, "fulfilment.device_in_place".into()));
        let page = get(&world, &field.sales, &order_path(order)).await;
        assert_eq!(page["can"]["cancel"]["allowed"], false);
        assert!(page["can"]["cancel"]["reason"].as_str().unwrap().contains("HWTC0001"), "{page}");
        assert_eq!(
            page["can"]["confirm"]["allowed"], false,
            "only NOC confirms, and nothing is left to"
        );
    })
    .await;
}

#[tokio::test]
async fn noc_confirms_the_activation_where_the_isp_wants_it_so() {
    world::both(async |world: World| {
        let field = Field::open(&world).await;
        let finance = world.client(Role::Finance).await;
        let set =
            call(&world, &finance, "put", "/api/v1/policy", &json!({ "activation_auto": false }))
                .await;
        assert_eq!(set.status, StatusCode::OK, "{:?}", set.json());
        let sold = field.job(&world, "postpaid").await;
        let order = &sold["work_order_id"];
        let confirm = format!("{}/confirm", order_path(order));
        let early = call(&world, &field.noc, "post", &confirm, &Value::Null).await;
        assert_eq!(refusal(&early), (409, "flows.not_scanned".into()));
        let mut phone = Phone::of(&world, &field.andi);
        let mut steps = arriving();
        steps.push(scan("HWTC0001"));
        let ops = phone.ops(order, steps);
        assert_eq!(phone.send(&ops).await, "applied applied applied applied");
        assert_eq!(chain(&world, &field, &sold).await["state"], "pending_install");
        let page = get(&world, &field.noc, &order_path(order)).await;
        assert_eq!(page["can"]["confirm"]["allowed"], true, "{page}");
        assert_eq!(
            refusal(&call(&world, &field.sales, "post", &confirm, &Value::Null).await),
            (403, "forbidden".into())
        );
        let done = call(&world, &field.noc, "post", &confirm, &Value::Null).await;
        assert_eq!(
            (done.status, &done.json()["can"]["confirm"]["allowed"]),
            (StatusCode::OK, &json!(false))
        );
        assert_eq!(chain(&world, &field, &sold).await["state"], "active");
        let again = call(&world, &field.noc, "post", &confirm, &Value::Null).await;
        assert_eq!(again.status, StatusCode::OK, "{:?}", again.json());
    })
    .await;
}
