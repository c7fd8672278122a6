//! The chain of a customer through all engines, as staff read it.

use axum::http::StatusCode;
use bridge::finding::{self, Found};
use bridge::{Engine, Link, Subject, Verdict, engine, link};
use crm::Mode;
use kernel::Cause;
use network::Secret;
use serde_json::json;
use store::Tx;

use crate::isp::{call, get, items};
use crate::street::{Street, with};
use crate::world::{self, World};

#[tokio::test]
async fn one_line_shows_the_chain_and_each_finding_says_what_heals_it() {
    world::both(async |world: World| {
        let street = Street::open(&world).await;
        let home = street.connect(&world, "Budi", Mode::Postpaid, street.isp.jakarta, None).await;
        let other = street.connect(&world, "Siti", Mode::Postpaid, street.isp.bandung, None).await;
        let tied = |subject, local_id, name: &str| Link {
            engine: if subject == Subject::Account { Engine::ACCESS } else { Engine::BOOKS },
            subject,
            local_id,
            external_id: name.into(),
            external_version: None,
            fingerprint: String::new(),
            synced_at: world.now(),
        };
        let links = [
            tied(Subject::Account, home.account.uuid(), &home.username),
            tied(Subject::Customer, home.customer.uuid(), "CUST-00017"),
        ];
        let found = |field: &str| Found {
            local_id: Some(home.account.uuid()),
            external_id: Some(home.username.clone()),
            field: Some(field.into()),
            ours: Some("20M".into()),
            theirs: Some("50M".into()),
            branch: Some(street.isp.jakarta),
            ..Found::new(Engine::ACCESS, Subject::Account, Verdict::Differs)
        };
        let cause = Cause::system(world.now(), "test");
        let done = world.db.write(&cause, async |tx: &mut Tx| {
            for of in [Engine::ACCESS, Engine::BOOKS] {
                engine::attach(tx, of, &json!({}), &Secret::new("x")).await?;
            }
            link::put_many(tx, &links).await?;
            for field in ["group", "password"] {
                finding::report(tx, &found(field)).await?;
            }
            Ok(())
        });
        done.await.unwrap();

        let rows = items(&world, &street.owner, "/api/v1/proof").await;
        assert_eq!(rows.len(), 2);
        let row = with(&rows, "customer_name", "Budi");
        let ties: Vec<_> = (0..3).map(|n| row["links"][n]["tie"].clone()).collect();
        assert_eq!(ties, ["linked", "differs", "off"]);
        assert_eq!(row["links"][0]["theirs"], json!("CUST-00017"));
        assert_eq!(row["links"][1]["ours"], json!(home.username));
        for (query, hits) in
            [("?only=differs", 1), ("?only=missing", 1), ("?q=cust-0001", 1), ("?q=x9", 0)]
        {
            let rows = items(&world, &street.owner, &format!("/api/v1/proof{query}")).await;
            assert_eq!(rows.len(), hits, "{query}");
        }
        let page = get(&world, &street.owner, "/api/v1/proof?limit=1").await;
        let next = page["next"].as_str().unwrap();
        let rest = items(&world, &street.owner, &format!("/api/v1/proof?after={next}")).await;
        assert_eq!(rest.len(), 1);
        let mine = items(&world, &street.noc, "/api/v1/proof").await;
        assert_eq!(mine.len(), 1, "a branch sees its own");

        let path = format!("/api/v1/subscriptions/{}/proof", home.subscription);
        let whole = get(&world, &street.noc, &path).await;
        assert_eq!(whole["number"], row["number"]);
        let findings = whole["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 2);
        for one in findings {
            assert_eq!((&one["ours"], &one["theirs"]), (&json!("20M"), &json!("50M")));
            let choices = one["choices"].as_array().unwrap();
            let adopts = choices.iter().any(|c| c["choice"] == "adopt");
            assert_eq!(adopts, one["field"] == "password", "{one}");
            assert!(choices.iter().any(|c| c["choice"] == "heal"), "{one}");
        }
        assert!(with(findings, "field", "group")["hint"].is_string());
        let elsewhere = format!("/api/v1/subscriptions/{}/proof", other.subscription);
        let reply = call(&world, &street.noc, "get", &elsewhere, &json!(null)).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        let reply = call(&world, &street.reseller, "get", "/api/v1/proof", &json!(null)).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    })
    .await;
}
