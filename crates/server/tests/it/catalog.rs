//! Company, plans, profiles and rules through the API.

use axum::http::StatusCode;
use identity::Role;
use serde_json::{Value, json};

use crate::world::{self, World};

#[tokio::test]
async fn an_isp_is_entered_from_nothing() {
    world::both(async |world: World| {
        let owner = world.client(Role::Owner).await;
        let noc = world.client(Role::Noc).await;
        let finance = world.client(Role::Finance).await;
        let ask = |who: &str, method: &str, path: &str, body: Value| {
            world.ask(method, path).session(who).json(&body).send()
        };
        let none = world.ask("get", "/api/v1/company").session(&owner).send().await;
        assert_eq!(none.code(), "catalog.no_company");
        let company = json!({ "name": "Contoh Net", "legal_name": "PT Contoh", "is_pkp": true });
        let refused = ask(&owner, "put", "/api/v1/company", company.clone()).await;
        assert_eq!(refused.fields(), "npwp:required");
        let mut company = company;
        company["npwp"] = json!("01.234.567.8-901.000");
        let set = ask(&owner, "put", "/api/v1/company", company.clone()).await;
        assert_eq!(set.status, StatusCode::OK);
        let again = ask(&owner, "put", "/api/v1/company", company).await;
        assert_eq!(again.json()["id"], set.json()["id"], "there is one company");

        let profile = |attributes: Value| {
            json!({ "code": "20M", "name": "20 Mbps", "kind": "plan", "rate_down_kbps": 20000,
                    "rate_up_kbps": 10000, "attributes": attributes })
        };
        let bad = json!([{ "vendor": "mikrotik", "name": "Mikrotik-Adress-List", "value": "x" }]);
        let refused = ask(&noc, "post", "/api/v1/profiles", profile(bad)).await;
        assert_eq!(refused.fields(), "attributes[0]:attribute");
        let policys = json!([{ "vendor": "standard", "name": "Acct-Interim-Interval", "value": "60" }]);
        let refused = ask(&noc, "post", "/api/v1/profiles", profile(policys)).await;
        assert_eq!(refused.fields(), "attributes[0]:attribute", "the policy says it");
        let refused = ask(&owner, "post", "/api/v1/profiles", profile(json!([]))).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "profiles are NOC's");
        let made = ask(&noc, "post", "/api/v1/profiles", profile(json!([]))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json());
        let profile_id = made.json()["id"].clone();

        let plan = json!({ "code": "HOME20", "name": "Rumah 20", "tax": "exclusive", "price": 250000,
                           "prepaid_allowed": true, "postpaid_allowed": true, "profile_id": profile_id });
        let mut lost = plan.clone();
        lost["profile_id"] = json!("0193a9d0-0000-7000-8000-00000000dead");
        let refused = ask(&owner, "post", "/api/v1/plans", lost).await;
        assert_eq!(refused.fields(), "profile_id:not_found");
        let mut odd = plan.clone();
        odd["tax"] = json!("maybe");
        let refused = ask(&owner, "post", "/api/v1/plans", odd).await;
        assert_eq!(refused.fields(), "tax:choice");
        let made = ask(&owner, "post", "/api/v1/plans", plan.clone()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json());
        let path = format!("/api/v1/plans/{}", made.json()["id"].as_str().unwrap());

        // Finance sets the price of a later day; what holds today stays.
        let later = ask(&finance, "put", &format!("{path}/price"), json!({ "price": 300000, "from_on": "2027-01-01" })).await;
        assert_eq!((&later.json()["price"], later.json()["prices"].as_array().unwrap().len()), (&json!(250000), 2));
        let refused = ask(&finance, "put", &path, plan.clone()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "finance has the price only");
        let refused = ask(&finance, "put", &format!("{path}/profile"), json!({ "profile_id": profile_id })).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let speed = ask(&noc, "put", &format!("{path}/profile"), json!({ "profile_id": profile_id, "fup_profile_id": profile_id })).await;
        assert_eq!(speed.json()["fup_profile_id"], profile_id);
        assert_eq!(speed.json()["prices"].as_array().unwrap().len(), 2, "the speed changes no price");
        world.clock.set("2027-01-02T00:00:00Z".parse().unwrap());
        let owner = { let user = world.user("owner2", Role::Owner, None).await; world.session(user).await };
        let now = world.ask("get", &path).session(&owner).send().await;
        assert_eq!(now.json()["price"], 300000);
    })
    .await;
}

#[tokio::test]
async fn rules_of_a_plan_lie_over_those_of_the_isp() {
    world::both(async |world: World| {
        let finance = world.client(Role::Finance).await;
        let put = |path: &str, body: Value| {
            world.ask("put", path).session(&finance).json(&body).send()
        };
        let view = put("/api/v1/policy", json!({ "due_dom": 10 })).await.json();
        assert_eq!((&view["own"], &view["in_force"]["due_dom"]), (&json!({ "due_dom": 10 }), &json!(10)));
        assert_eq!(view["in_force"]["isolate_dom"], 21);
        for (body, fields) in [
            (json!({ "due_day": 1 }), "due_day:unknown"),
            (json!({ "due_dom": 40 }), "due_dom:range"),
            (json!({ "due_dom": 400 }), "due_dom:wrong_type"),
            (json!({ "interim_secs": 1 }), "interim_secs:range"),
            (json!({ "mac_policy": "never" }), "mac_policy:choice"),
        ] {
            assert_eq!(put("/api/v1/policy", body).await.fields(), fields);
        }
        let lost = put("/api/v1/plans/0193a9d0-0000-7000-8000-00000000dead/policy", json!({})).await;
        assert_eq!(lost.code(), "catalog.plan_not_found");
        let tax = json!({ "from_on": "2025-01-01", "code": "PPN", "rate_bp": 1200, "base_num": 11, "base_den": 12 });
        assert_eq!(put("/api/v1/taxes", tax.clone()).await.json(), tax);
    })
    .await;
}
