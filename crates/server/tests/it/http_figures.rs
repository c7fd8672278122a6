//! The owner's figures: each is the sum of rows that the lists show.

use crm::Mode;
use identity::Role;
use kernel::{Money, TrailId, Zone};
use network::RecordKind;
use serde_json::{Value, json};

use crate::http_billing::{open, post};
use crate::isp::{client, get, items};
use crate::street::{later, pay};
use crate::world::{self, World};

fn last(figures: &Value, list: &str) -> Value {
    figures[list].as_array().and_then(|all| all.last()).cloned().unwrap_or_default()
}

#[tokio::test]
async fn money_is_what_the_lists_of_invoices_and_payments_add_up_to() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let ani = street.connect(&world, "Ani", Mode::Prepaid, street.isp.jakarta, None).await;
        let budi = street.connect(&world, "Budi", Mode::Prepaid, street.isp.bandung, None).await;
        pay(&world, &ani, 100_000, TrailId::nil()).await;
        later(&world, 86_400);
        pay(&world, &budi, 50_000, TrailId::nil()).await;
        // Yesterday's sessions are over.
        let (jakarta, bandung) = (Some(street.isp.jakarta), Some(street.isp.bandung));
        let owner = client(&world, "olla", Role::Owner, None, None).await.1;
        let finance = client(&world, "fina", Role::Finance, jakarta, None).await.1;
        let elsewhere = client(&world, "fifi", Role::Finance, bandung, None).await.1;
        for who in [&owner, &finance, &elsewhere] {
            let rows = items(&world, who, "/api/v1/invoices").await;
            let total =
                |name: &str| -> i64 { rows.iter().map(|row| row[name].as_i64().unwrap()).sum() };
            let paid = items(&world, who, "/api/v1/payments").await;
            let paid: i64 = paid.iter().map(|row| row["amount"].as_i64().unwrap()).sum();
            let money = get(&world, who, "/api/v1/figures/money?months=3").await;
            assert_eq!(money["months"].as_array().unwrap().len(), 3);
            let month = last(&money, "months");
            assert_eq!(
                (&month["billed"], &month["collected"]),
                (&json!(total("total")), &json!(paid))
            );
            assert_eq!(month["to"], json!(world.now().day(Zone::Jakarta)));
            let days = money["this_month"].as_array().unwrap();
            assert_eq!(days.iter().map(|d| d["amount"].as_i64().unwrap()).sum::<i64>(), paid);
            assert_eq!(days.len() as i64, i64::from(world.now().day(Zone::Jakarta).dom()));
            let aging = get(&world, who, "/api/v1/figures/aging").await;
            let buckets = aging["buckets"].as_array().unwrap();
            assert_eq!(buckets.len(), 5);
            let owed: i64 = buckets.iter().map(|b| b["sum"].as_i64().unwrap()).sum();
            assert_eq!(owed, total("outstanding"));
            for bucket in buckets {
                // A bucket opens its rows.
                let end = |name: &str| match bucket[name].as_str() {
                    Some(day) => format!("&{name}={day}"),
                    None => String::new(),
                };
                let path =
                    format!("/api/v1/invoices?state=open{}{}", end("due_from"), end("due_to"));
                let rows = items(&world, who, &path).await;
                assert_eq!(json!(rows.len()), bucket["count"], "{path}");
            }
        }
        // A credit note takes from its month.
        let second = client(&world, "fani", Role::Finance, jakarta, None).await.1;
        let before = last(&get(&world, &finance, "/api/v1/figures/money").await, "months");
        let invoice = street.invoice(&world, &ani).await;
        let asked = post(
            &world,
            &finance,
            &format!("/api/v1/invoices/{invoice}/credit-notes"),
            json!({ "why": "salah" }),
        )
        .await
        .json();
        let approve = format!("/api/v1/approvals/{}/approve", asked["id"].as_str().unwrap());
        let approved = post(&world, &second, &approve, Value::Null).await;
        assert!(approved.status.is_success(), "{:?}", approved.json());
        let after = last(&get(&world, &finance, "/api/v1/figures/money").await, "months");
        assert!(after["billed"].as_i64() < before["billed"].as_i64(), "{before} {after}");
    })
    .await;
}

#[tokio::test]
async fn subscriptions_are_counted_as_they_stood() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let connect = async |name: &str| {
            street.connect(&world, name, Mode::Postpaid, street.isp.jakarta, None).await
        };
        let homes = [connect("Ani").await, connect("Budi").await, connect("Cici").await];
        let life = async |who: &str| {
            let figures = get(&world, who, "/api/v1/figures/subscriptions?months=2").await;
            let month = last(&figures, "months");
            ["active", "isolated", "started", "ended"].map(|name| month[name].as_i64().unwrap())
        };
        assert_eq!(life(&street.owner).await, [3, 0, 3, 0]);
        later(&world, 60);
        let hold = json!({ "subscription_id": homes[0].subscription, "why": "cek" });
        assert!(
            post(&world, &street.finance, "/api/v1/holds/manual", hold).await.status.is_success()
        );
        later(&world, 60);
        assert_eq!(life(&street.owner).await, [2, 1, 3, 0]);
        let path = format!("/api/v1/subscriptions/{}/holds/manual", homes[0].subscription);
        let body = json!({ "why": "sudah" });
        let lifted = world.ask("delete", &path).session(&street.finance).json(&body).send().await;
        assert!(lifted.status.is_success(), "{:?}", lifted.json());
        later(&world, 60);
        assert_eq!(life(&street.owner).await, [3, 0, 3, 0]);
        // Whose last day is over has left.
        let path = format!("/api/v1/subscriptions/{}/terminate", homes[1].subscription);
        let today = world.now().day(Zone::Jakarta);
        let stop = json!({ "last_day": today });
        let stopped = post(&world, &street.sales, &path, stop).await;
        assert!(stopped.status.is_success(), "{:?}", stopped.json());
        assert_eq!(
            life(&street.owner).await,
            [3, 0, 3, 1],
            "the last day of use is one of service"
        );
        later(&world, 86_400);
        // Yesterday's session is over.
        let owner = client(&world, "olla", Role::Owner, None, None).await.1;
        assert_eq!(life(&owner).await, [2, 0, 3, 1]);
        let ended = format!("/api/v1/subscriptions?terminated_from={today}&terminated_to={today}");
        assert_eq!(items(&world, &owner, &ended).await.len(), 1);
        let installs = get(&world, &owner, "/api/v1/figures/installs?weeks=2").await;
        assert_eq!(last(&installs, "weeks")["ordered"], 3);
    })
    .await;
}

#[tokio::test]
async fn the_time_from_payment_to_internet_is_measured_for_those_who_were_isolated_for_money() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let ani = street.connect(&world, "Ani", Mode::Prepaid, street.isp.jakarta, None).await;
        later(&world, 60);
        street.report(&world, &ani, RecordKind::Start, "s1", 0).await;
        let weeks = async || {
            let figures = get(&world, &street.owner, "/api/v1/figures/reopened").await;
            last(&figures, "weeks")
        };
        assert_eq!(
            (weeks().await["count"].clone(), weeks().await["waiting"].clone()),
            (json!(0), json!(0))
        );
        pay(&world, &ani, Money::rupiah(277_500).get(), TrailId::nil()).await;
        let week = weeks().await;
        assert_eq!((&week["count"], &week["waiting"]), (&json!(0), &json!(1)), "{week}");
        later(&world, 3);
        street.report(&world, &ani, RecordKind::Interim, "s1", 3).await;
        let week = weeks().await;
        assert_eq!((&week["count"], &week["waiting"]), (&json!(1), &json!(0)), "{week}");
        assert_eq!(week["median_ms"], 3_000, "{week}");
        let noc = world.ask("get", "/api/v1/figures/money").session(&street.noc).send().await;
        assert_eq!(noc.status.as_u16(), 403);
    })
    .await;
}
