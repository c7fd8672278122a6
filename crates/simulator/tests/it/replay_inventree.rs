//! The recorded story, told again to the replay server, answer by answer.

use std::collections::BTreeSet;

use kernel::Ts;
use serde_json::{Value, json};
use simulator::replay::inventree::{LOGIN, Mishap, Replay, TOKEN, TOKEN_ADMIN, TOKEN_VIEWER};

/// 22 November 2026, 20:05:59.
const NOW: Ts = Ts::from_secs(1_795_377_959);

struct Client {
    replay: Replay,
    http: reqwest::Client,
    base: String,
}

impl Client {
    async fn new() -> Self {
        let replay = Replay::start(NOW).await.unwrap();
        let base = replay.url();
        Self { replay, http: http(), base }
    }
    async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        auth: &str,
    ) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !auth.is_empty() {
            request = request.header("Authorization", auth);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask("POST", path, Some(&body), &token(TOKEN)).await
    }
    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, None, &token(TOKEN)).await
    }
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn token(text: &str) -> String {
    format!("Token {text}")
}

/// What differs between a recorded and a replayed answer, as paths. Lists that the recording shortened
/// are compared as far as it goes.
fn differences(path: &str, recorded: &Value, replayed: &Value, found: &mut BTreeSet<String>) {
    match (recorded, replayed) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                let path = format!("{path}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(&path, a, b, found),
                    (Some(_), None) => drop(found.insert(format!("{path} is missing"))),
                    _ => drop(found.insert(format!("{path} is too much"))),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let kept: Vec<&Value> =
                a.iter().filter(|v| !v.as_str().is_some_and(|s| s.contains("trimmed:"))).collect();
            if kept.len() == a.len() && a.len() != b.len() {
                found.insert(format!("{path} has {} for {}", b.len(), a.len()));
            }
            for (n, (a, b)) in kept.iter().zip(b).enumerate() {
                differences(&format!("{path}[{n}]"), a, b, found);
            }
        }
        (a, b) if a == b => {}
        (a, b) if a.as_f64().is_some() && a.as_f64() == b.as_f64() => {}
        (a, b) => drop(found.insert(format!("{path}: {a} recorded, {b} replayed"))),
    }
}

/// What a recording holds that the state of stock does not determine: prices that a background job
/// computes, which minute it was, whose pack it was, the port.
fn aside(difference: &str) -> bool {
    const ASIDE: [&str; 11] = [
        ".pricing_",
        ".updated",
        ".date:",
        ".next:",
        ".previous:",
        ".url:",
        ".supplier_part",
        ".SKU",
        ".token",
        ".purchase_price_currency",
        ".pk: 5 recorded",
    ];
    ASIDE.iter().any(|text| difference.contains(text))
}

macro_rules! story {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../fixtures/inventree/", $name, ".json")))),*]
    };
}

/// Steps of the recorded session that no recording shows.
async fn unrecorded(client: &Client, before: &str) {
    let steps: &[(&str, Value)] = match before {
        "031-location-create-warehouse" => &[(
            "/api/stock/location-type/",
            json!({ "name": "Warehouse", "description": "Fixed site" }),
        )],
        "034-location-create-external" => {
            &[("/api/stock/location/", json!({ "name": "Bruno", "parent": 2, "location_type": 1 }))]
        }
        "041-part-create-ont" => &[("/api/part/category/", json!({ "name": "ONT", "parent": 1 }))],
        "042-part-create-bulk" => &[(
            "/api/part/",
            json!({ "name": "Router AX1800", "IPN": "RTR-AX1800", "description": "Home router",
                "category": 2, "trackable": true, "purchaseable": true, "salable": true }),
        )],
        // A photo was hung on it before.
        "211-attachment-link" => &[(
            "/api/attachment/",
            json!({ "model_type": "stockitem", "model_id": 8, "link": "http://127.0.0.1/1" }),
        )],
        _ => &[],
    };
    for (path, body) in steps {
        let (status, answer) = client.post(path, body.clone()).await;
        assert_eq!(status, 201, "{path}: {answer}");
    }
}

async fn tell(client: &Client, name: &str, text: &str) -> Vec<String> {
    unrecorded(client, name).await;
    let recording: Value = serde_json::from_str(text).unwrap();
    let request = &recording["request"];
    let auth = match request["headers"]["Authorization"].as_str() {
        None => String::new(),
        Some(text) if text.contains("token_admin") => token(TOKEN_ADMIN),
        Some(text) if text.contains("token_viewer") => token(TOKEN_VIEWER),
        Some(text) if text.contains("unknown") => token("nobody"),
        Some(text) if text.starts_with("Basic") && !name.contains("wrong") => format!(
            "Basic {}",
            data_encoding::BASE64.encode(format!("{}:{}", LOGIN.0, LOGIN.1).as_bytes())
        ),
        Some(text) if text.starts_with("Basic") => "Basic d3Jvbmc6d3Jvbmc=".into(),
        Some(_) => token(TOKEN),
    };
    let body = request.get("body").filter(|b| !b.is_null());
    let (method, path) = (request["method"].as_str().unwrap(), request["path"].as_str().unwrap());
    if name == "271-transfer-custom-status-after-restart" {
        client.replay.world().restart();
    }
    let (status, answer) = client.ask(method, path, body, &auth).await;
    let mut found = BTreeSet::new();
    if u64::from(status) != recording["response"]["status"].as_u64().unwrap() {
        found.insert(format!("status {status}: {answer}"));
    }
    differences("", &recording["response"]["body"], &answer, &mut found);
    found.into_iter().filter(|d| !aside(d)).map(|d| format!("{name}{d}")).collect()
}

#[tokio::test]
async fn the_recorded_story_gets_the_recorded_answers() {
    let client = Client::new().await;
    let mut wrong = Vec::new();
    let story = story![
        "010-handshake-unauthenticated",
        "011-token-basic-auth",
        "013-token-basic-auth-wrong-password",
        "014-user-me",
        "015-user-roles",
        "017-version-non-admin",
        "019-error-401-bad-token",
        "020-error-401-no-token",
        "021-error-403-no-role",
        "022-error-404-object",
        "023-error-404-route",
        "024-error-405-method",
        "025-error-missing-trailing-slash",
        "030-location-type-create",
        "031-location-create-warehouse",
        "032-location-create-structural",
        "033-location-create-bag",
        "034-location-create-external",
        "035-location-tree",
        "036-location-list-children",
        "037-location-by-name",
        "038-location-duplicate-name",
        "040-part-category-create",
        "041-part-create-ont",
        "042-part-create-bulk",
        "043-error-part-duplicate",
        "044-part-by-ipn",
        "045-part-detail",
        "046-part-metadata-patch",
        "047-part-metadata-get",
        "050-company-create-supplier",
        "051-company-create-customer",
        "052-error-company-duplicate",
        "053-company-by-name",
        "054-supplier-part-create",
        "060-po-create",
        "061-po-line-create",
        "062-po-receive-before-issue",
        "063-po-issue",
        "064-po-issue-again",
        "065-po-receive-serials",
        "066-error-po-receive-duplicate-serial",
        "067-error-po-receive-count-mismatch",
        "068-po-receive-with-barcode",
        "069-po-receive-over-quantity",
        "070-po-line-get",
        "071-po-get",
        "073-po-list-outstanding",
        "080-stock-create-bulk-serials",
        "081-stock-create-range",
        "082-stock-create-hyphenated-serials",
        "083-stock-create-numeric-hyphen-serial",
        "084-error-stock-duplicate-serial",
        "085-error-stock-serial-count",
        "086-error-stock-serial-untracked-part",
        "087-stock-same-serial-other-part",
        "088-stock-create-bulk-quantity",
        "089-error-stock-structural-location",
        "090-error-stock-validation",
        "091-stock-by-serial",
        "092-stock-by-serial-detail",
        "093-stock-by-serial-no-limit",
        "094-stock-search",
        "095-stock-by-location",
        "096-stock-by-unknown-location",
        "098-stock-detail",
        "100-stock-transfer",
        "101-stock-transfer-repeat",
        "102-stock-transfer-with-status",
        "103-error-transfer-missing-item",
        "104-error-transfer-missing-location",
        "105-error-transfer-structural",
        "106-error-transfer-no-quantity",
        "107-error-transfer-empty",
        "108-transfer-quantity-over",
        "109-transfer-fraction-serialized",
        "110-transfer-split-quantity",
        "111-transfer-split-result",
        "112-error-403-transfer",
        "115-stock-count",
        "116-stock-count-serialized",
        "117-stock-count-serialized-zero",
        "118-stock-count-serialized-zero-after",
        "119-stock-count-serialized-two",
        "120-stock-add",
        "121-stock-remove",
        "122-stock-remove-over",
        "123-stock-remove-over-after",
        "124-stock-change-status",
        "125-stock-change-status-back",
        "126-error-change-status-unknown",
        "127-stock-status-codes",
        "128-patch-location",
        "129-patch-location-tracking",
        "130-error-patch-serial",
        "141-custom-status-create",
        "142-error-custom-status-connector",
        "144-transfer-with-custom-status",
        "145-change-status-custom",
        "146-stock-custom-status-item",
        "147-stock-filter-custom-status",
        "150-stock-assign-customer",
        "151-stock-assigned-item",
        "152-stock-by-customer",
        "153-stock-sent-to-customer",
        "154-error-assign-again",
        "155-error-transfer-assigned",
        "156-error-assign-not-customer",
        "157-error-assign-with-pk",
        "158-change-status-assigned",
        "160-stock-return",
        "161-stock-returned-item",
        "162-error-return-again",
        "163-return-old-route",
        "170-stock-metadata-get-empty",
        "171-stock-metadata-patch",
        "172-stock-metadata-patch-merge",
        "173-stock-metadata-put",
        "174-error-metadata-not-object",
        "175-stock-patch-fields",
        "200-tracking-by-item",
        "201-tracking-feed",
        "202-tracking-search-op-id",
        "203-tracking-date-filter-ignored",
        "211-attachment-link",
        "213-error-attachment-missing",
        "246-pagination-past-end",
        "247-pagination-offset-without-limit",
        "249-poll-updated-after-datetime",
        "251-poll-unknown-filter-ignored",
        "252-error-bad-filter-value",
        "254-unsupported-ordering",
        "255-webhook-inbound-unknown",
        "257-stock-bulk-delete",
        "258-stock-deleted-item",
        "259-stock-deleted-tracking",
        "260-stock-delete-detail",
        "263-settings-global-read",
        "264-error-malformed-json",
        "271-transfer-custom-status-after-restart",
    ];
    for (name, text) in story {
        wrong.extend(tell(&client, name, text).await);
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// A warehouse, two bags, a part, two customers and one device.
async fn stocked() -> (Client, i64) {
    let client = Client::new().await;
    for (path, body) in [
        ("/api/stock/location/", json!({ "name": "Gudang" })),
        ("/api/stock/location/", json!({ "name": "Ana" })),
        ("/api/stock/location/", json!({ "name": "Bruno" })),
        (
            "/api/part/",
            json!({ "name": "ONT", "IPN": "ONT-1", "trackable": true, "salable": true }),
        ),
        ("/api/company/", json!({ "name": "C1", "is_customer": true })),
        ("/api/company/", json!({ "name": "C2", "is_customer": true })),
        (
            "/api/stock/",
            json!({ "part": 1, "location": 1, "quantity": 1, "serial_numbers": "ZTE1" }),
        ),
    ] {
        assert_eq!(client.post(path, body).await.0, 201);
    }
    (client, 1)
}

#[tokio::test]
async fn clients_that_look_at_once_make_two_of_one_serial_and_give_one_box_to_two() {
    let (client, pk) = stocked().await;
    client.replay.race(3);
    let new = json!({ "part": 1, "location": 1, "quantity": 1, "serial_numbers": "ZTE9" });
    let made =
        futures::future::join_all((0..3).map(|_| client.post("/api/stock/", new.clone()))).await;
    assert!(made.iter().all(|(status, _)| *status == 201));
    assert_eq!(client.replay.world().by_serial("ZTE9").len(), 3);
    client.replay.race(2);
    let give = |customer: i64| {
        client
            .post("/api/stock/assign/", json!({ "items": [{ "item": pk }], "customer": customer }))
    };
    let (a, b) = futures::future::join(give(1), give(2)).await;
    assert_eq!((a.0, b.0), (201, 201), "both are told that they have it");
    let (_, history) = client.get(&format!("/api/stock/track/?item={pk}")).await;
    let sent = history.as_array().unwrap().iter().filter(|t| t["tracking_type"] == 100).count();
    assert_eq!(sent, 2);
    client.replay.race_over();
    assert_eq!(give(1).await.0, 400);
}

#[tokio::test]
async fn two_additions_at_once_lose_one() {
    let (client, _) = stocked().await;
    client.post("/api/part/", json!({ "name": "Cable", "IPN": "CAB", "units": "m" })).await;
    client.post("/api/stock/", json!({ "part": 2, "location": 1, "quantity": 10 })).await;
    client.replay.race(2);
    let add = || client.post("/api/stock/add/", json!({ "items": [{ "pk": 2, "quantity": 1 }] }));
    let (a, b) = futures::future::join(add(), add()).await;
    assert_eq!((a.0, b.0), (201, 201));
    assert_eq!(client.replay.world().items[&2].quantity, 11.0);
}

#[tokio::test]
async fn more_than_there_is_taken_out_deletes_the_item_and_its_history() {
    let (client, _) = stocked().await;
    client.post("/api/part/", json!({ "name": "Cable", "IPN": "CAB", "units": "m" })).await;
    client.post("/api/stock/", json!({ "part": 2, "location": 1, "quantity": 5 })).await;
    let body = json!({ "items": [{ "pk": 2, "quantity": 10 }], "notes": "op:7f3a-0070" });
    let (status, echo) = client.post("/api/stock/remove/", body).await;
    assert_eq!(status, 201);
    assert_eq!(echo["items"][0], json!({ "pk": null, "quantity": "10.00000", "status": null }));
    assert_eq!(client.get("/api/stock/2/").await.0, 404);
    assert_eq!(client.get("/api/stock/track/?item=2").await.0, 400);
}

#[tokio::test]
async fn a_photo_hangs_on_its_item() {
    let (client, pk) = stocked().await;
    let form = reqwest::multipart::Form::new()
        .text("model_type", "stockitem")
        .text("model_id", pk.to_string())
        .text("comment", "op:7f3a-0041 installed")
        .part(
            "attachment",
            reqwest::multipart::Part::bytes(vec![7; 70]).file_name("ont-c000123.png"),
        );
    let answer = client
        .http
        .post(format!("{}/api/attachment/", client.base))
        .header("Authorization", token(TOKEN))
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let replayed: Value = answer.json().await.unwrap();
    let recorded: Value = serde_json::from_str(include_str!(
        "../../fixtures/inventree/210-attachment-upload-photo.json"
    ))
    .unwrap();
    let mut found = BTreeSet::new();
    differences("", &recorded["response"]["body"], &replayed, &mut found);
    found.retain(|d| !d.contains("model_id") && !d.contains(".attachment:"));
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(client.replay.world().attachments_of(pk), 1);
}

#[tokio::test]
async fn answers_are_lost_refused_or_lies_as_the_dials_say() {
    let (client, pk) = stocked().await;
    let to = |place: i64| json!({ "items": [{ "pk": pk, "quantity": 1 }], "location": place });
    let at = || client.replay.world().items[&pk].location;
    client.replay.next([Mishap::LostAnswer, Mishap::Locked, Mishap::Lie]);
    let url = format!("{}/api/stock/transfer/", client.base);
    let lost = client.http.post(&url).header("Authorization", token(TOKEN)).json(&to(2)).send();
    assert!(lost.await.is_err());
    assert_eq!(at(), Some(2), "it was done all the same");
    let (status, body) = client.post("/api/stock/transfer/", to(3)).await;
    assert_eq!((status, &body["error"]), (500, &json!("OperationalError")));
    assert_eq!(client.post("/api/stock/transfer/", to(3)).await.0, 201);
    assert_eq!(at(), Some(2), "a 201 that changed nothing");
    let backup = client.replay.backup();
    assert_eq!(client.post("/api/stock/transfer/", to(3)).await.0, 201);
    client.replay.restore(&backup);
    assert_eq!(at(), Some(2));
    client.replay.set_down(true);
    assert!(client.http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn what_was_not_recorded_says_so() {
    let (client, _) = stocked().await;
    let (status, body) = client.get("/api/part/category/").await;
    assert_eq!(status, 501, "{body}");
}
