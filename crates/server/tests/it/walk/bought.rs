//! What is asked of purchases.

use serde_json::{Value, json};
use server::http::operations::Operation;

use crate::estate::Estate;

/// A well-formed body of an operation on suppliers and orders.
pub(super) fn body(op: &Operation, estate: &Estate) -> Option<Value> {
    let id = |what: &str| estate.id(what);
    let reason = || json!({ "reason": "coba" });
    Some(match (op.method, op.path) {
        ("post", "/api/v1/suppliers") | ("put", "/api/v1/suppliers/{id}") => {
            json!({ "name": "Pemasok lain", "phone": "021-1", "contact": "X", "address": "Y" })
        }
        ("post", "/api/v1/purchases") | ("put", "/api/v1/purchases/{id}") => json!({
            "supplier_id": id("supplier"), "warehouse_id": id("location"), "note": "coba",
            "expected_on": "2026-12-24",
            "lines": [{ "type_id": id("type"), "quantity": 1, "price": 1_000 }] }),
        (_, "/api/v1/purchases/{id}/submit") => Value::Null,
        (_, "/api/v1/purchases/{id}/approve") => json!({ "version": 1 }),
        (_, "/api/v1/purchases/{id}/reject" | "/api/v1/purchases/{id}/cancel") => reason(),
        (_, "/api/v1/purchases/{id}/close-short") => reason(),
        (_, "/api/v1/purchases/{id}/receive") => json!({ "line_id": id("purchase line"),
            "warehouse_id": id("location"), "document": "SJ", "how": "typed", "reason": "coba",
            "more_because": "coba", "labels": [{ "serial": "BARU0002", "mac": null }] }),
        _ => return None,
    })
}

/// Queries of a list of purchases that name what is the estate's.
pub(super) fn queries(path: &str, estate: &Estate) -> Option<Vec<String>> {
    let supplier = || format!("?supplier={}", estate.id("supplier"));
    match path {
        "/api/v1/purchases" => Some(vec!["?q=Rahasia".into(), supplier(), "?state=draft".into()]),
        _ => None,
    }
}
