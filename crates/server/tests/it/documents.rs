//! What is written down is true.

#[test]
fn the_openapi_document_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/sambung.json");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == server::http::openapi::document(),
        "openapi/sambung.json is stale: run `cargo run -p server -- openapi`"
    );
}

#[test]
fn every_operation_of_the_document_has_an_id_a_permission_and_a_problem() {
    let text = server::http::openapi::document();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(ids.insert(id), "{method} {path}: the id is another operation's");
            let is_public = operation["security"] == serde_json::json!([]);
            assert!(is_public != operation["x-permission"].is_string(), "{method} {path}");
            assert!(operation["responses"]["default"].is_object(), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
        }
    }
    // Every schema that is named is there.
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "no schema {name}");
    }
}
