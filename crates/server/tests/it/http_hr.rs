//! Incentive and commission over HTTP: HR makes the rules, everybody sees their own, the rest is HR's and the owner's.

use axum::http::StatusCode;
use crm::Mode;
use flows::register::Conversion;
use identity::Role;
use kernel::{BranchId, PlanId, UserId};
use serde_json::{Value, json};
use store::testing::cause;
use store::{QueryExt, Tx, args};

use crate::isp::{call, client, get, parsed, refusal};
use crate::street::Street;
use crate::world::{self, World};

/// The seller sells a prepaid connection that is installed and paid.
async fn sells(world: &World, street: &Street, seller: UserId, branch: BranchId) {
    let plan: PlanId = parsed(&street.isp.plan);
    let lead = crm::lead::NewLead {
        name: "Budi Santoso".into(),
        phone: "081234567890".into(),
        address: "Jl. Melati 1".into(),
        plan: Some(plan),
        mode: Some(Mode::Prepaid),
        branch: Some(branch),
        sold_by: Some(seller),
        ..crm::lead::NewLead::default()
    };
    let done = world.db.write(&cause(world.now()), async |tx: &mut Tx| {
        let lead = crm::lead::register(tx, lead.clone()).await?.lead;
        if lead.state == crm::lead::LeadState::New {
            crm::lead::verify(tx, lead.id).await?;
        }
        let how = Conversion { outside_coverage: true, ..Conversion::default() };
        let sold = flows::register::convert(tx, lead.id, &how).await?;
        flows::activation::reserve(tx, sold.subscription).await?;
        network::account::open(tx, sold.subscription, None).await?;
        billing::subscription::installed(tx, sold.subscription).await?;
        Ok(sold.customer)
    });
    let customer = done.await.unwrap();
    let owed: i64 = world
        .db
        .reader()
        .value("select total from billing_invoice where customer_id = $1", args![customer])
        .await
        .unwrap();
    let pays = billing::pay::NewPayment {
        customer,
        channel: billing::words::Channel::Transfer,
        reference: Some("TRF-9".into()),
        amount: kernel::Money::rupiah(owed),
        named_invoice: None,
        received_at: world.now(),
        note: None,
    };
    let pay = async |tx: &mut Tx| billing::pay::receive(tx, pays.clone()).await.map(drop);
    world.db.write(&cause(world.now()), pay).await.unwrap();
}

fn rule(kind: &str, measure: &str, amount: i64) -> Value {
    json!({ "kind": kind, "measure": measure, "amount": amount, "from_on": "2026-01-01",
            "plan_id": null, "user_id": null })
}

#[tokio::test]
async fn what_a_seller_earned_is_theirs_to_see_and_hrs_with_its_formula() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let (far, near) = (street.isp.bandung, street.isp.jakarta);
        let (seller, sari) = client(&world, "sari", Role::Sales, Some(near), None).await;
        let (_, hr) = client(&world, "hani", Role::Hr, None, None).await;
        let (_, other_hr) = client(&world, "hari", Role::Hr, Some(far), None).await;
        let added = call(
            &world,
            &hr,
            "post",
            "/api/v1/earning-rules",
            &rule("commission", "percent", 1_000),
        )
        .await;
        assert_eq!(added.status, StatusCode::CREATED, "{:?}", added.json());
        assert_eq!(added.json()["in_force"], true);
        for (who, status) in [(&street.owner, 403), (&street.finance, 403), (&sari, 403)] {
            let refused =
                call(&world, who, "post", "/api/v1/earning-rules", &rule("commission", "flat", 1))
                    .await;
            assert_eq!(refused.status.as_u16(), status);
        }
        let wrong =
            call(&world, &hr, "post", "/api/v1/earning-rules", &rule("incentive", "percent", 100))
                .await;
        assert_eq!(refusal(&wrong).0, 422);
        assert_eq!(wrong.json()["fields"][0]["name"], "measure");

        sells(&world, &street, seller, near).await;
        let own = get(&world, &sari, "/api/v1/me/earnings").await;
        let row = &own["people"][0]["rows"][0];
        let amount = own["total"].as_i64().unwrap();
        assert!(amount > 0, "{own}");
        assert_eq!(amount, row["base"].as_i64().unwrap() / 10);
        assert_eq!(row["customer_name"], "Budi Santoso");
        assert!(row["formula"].as_str().unwrap().starts_with("10 % × Rp "), "{row}");
        assert!(row["invoice_number"].is_string() && row["invoice_id"].is_string());

        let all = get(&world, &hr, "/api/v1/earnings").await;
        assert_eq!((&all["total"], all["closed"].as_bool()), (&own["total"], Some(false)));
        assert_eq!(all["people"][0]["name"], "sari");
        assert_eq!(get(&world, &street.owner, "/api/v1/earnings").await["total"], own["total"]);
        // Another branch's HR, another seller, another month: nothing.
        assert_eq!(get(&world, &other_hr, "/api/v1/earnings").await["people"], json!([]));
        assert_eq!(get(&world, &street.sales, "/api/v1/me/earnings").await["people"], json!([]));
        let before = get(&world, &hr, "/api/v1/earnings?month=2026-01-15").await;
        assert_eq!((&before["month"], &before["people"]), (&json!("2026-01-01"), &json!([])));
        let denied = call(&world, &street.finance, "get", "/api/v1/earnings", &Value::Null).await;
        assert_eq!(denied.status, StatusCode::FORBIDDEN);

        let file = call(&world, &hr, "get", "/api/v1/earnings/export", &Value::Null).await;
        let text = String::from_utf8(file.body.to_vec()).unwrap();
        let lines: Vec<&str> = text.trim().lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[1].contains("Komisi") && lines[1].contains("10 % × Rp "), "{text}");
    })
    .await;
}

#[tokio::test]
async fn hr_says_what_payroll_has_to_know_of_the_people_of_their_branch() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let (andi, _) =
            client(&world, "andi", Role::Technician, Some(street.isp.jakarta), None).await;
        let (boss, _) = client(&world, "bos", Role::Owner, None, None).await;
        let (_, hr) = client(&world, "hani", Role::Hr, None, None).await;
        let (_, far) = client(&world, "hari", Role::Hr, Some(street.isp.bandung), None).await;
        let papers =
            json!({ "gender": "male", "born_on": "1995-05-05", "joined_on": "2026-01-02" });
        let path = format!("/api/v1/people/{andi}/papers");
        let denied = call(&world, &street.owner, "put", &path, &papers).await;
        assert_eq!(denied.status, StatusCode::FORBIDDEN);
        let strange = call(&world, &far, "put", &path, &papers).await;
        assert_eq!(strange.status, StatusCode::NOT_FOUND, "{:?}", strange.json());
        let of_boss = format!("/api/v1/people/{boss}/papers");
        assert_eq!(call(&world, &hr, "put", &of_boss, &papers).await.status, StatusCode::NOT_FOUND);
        let child = json!({ "gender": "male", "born_on": "2020-05-05", "joined_on": "2026-01-02" });
        let refused = call(&world, &hr, "put", &path, &child).await;
        assert_eq!(refused.json()["fields"][0]["name"], "joined_on");
        assert_eq!(call(&world, &hr, "put", &path, &papers).await.status, StatusCode::NO_CONTENT);
        let people = get(&world, &hr, "/api/v1/people").await;
        let items = people["items"].as_array().unwrap();
        let of = |name: &str| items.iter().find(|one| one["name"] == name).unwrap();
        assert_eq!(of("andi")["papers"], papers);
        assert_eq!(
            (&of("andi")["is_employee"], &of("bos")["is_employee"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(get(&world, &hr, "/api/v1/people/findings").await["items"], json!([]));
    })
    .await;
}
