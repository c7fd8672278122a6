//! The OpenAPI document, from the routes and the table of operations.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;
use utoipa::{OpenApi as _, ToSchema};

use super::operations::{Access, OPERATIONS, Operation};
use super::problem::ProblemBody;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Sambung",
        description = "The API of Sambung: one program that runs an internet provider."
    ),
    components(schemas(ProblemBody))
)]
struct Base;

/// An empty document with what all operations share.
pub(super) fn base() -> OpenApi {
    Base::openapi()
}

/// Completes the document of the routes: each operation gets an id of its own, its permission, how to
/// log in, and the problem that it answers when it refuses.
pub(super) fn complete(api: &OpenApi) -> Value {
    let mut document = serde_json::to_value(api).unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let entry = OPERATIONS.iter().find(|op| op.method == method && op.path == path);
            if let (Some(operation), Some(entry)) = (operation.as_object_mut(), entry) {
                complete_one(operation, entry);
            }
        }
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert(
            "securitySchemes".to_owned(),
            json!({
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-sambung" },
                "customer": { "type": "apiKey", "in": "cookie", "name": "__Host-sambung-me" },
                "token": { "type": "http", "scheme": "bearer" },
            }),
        );
    }
    document
}

fn complete_one(operation: &mut Map<String, Value>, entry: &Operation) {
    operation.insert("operationId".to_owned(), json!(id_of(entry)));
    operation.insert("tags".to_owned(), json!([tag_of(entry.path)]));
    match entry.access {
        Access::Public => {
            operation.insert("security".to_owned(), json!([]));
        }
        Access::May(permission) => {
            operation.insert("security".to_owned(), json!([{ "session": [] }, { "token": [] }]));
            let name = identity::matrix::name_of(permission);
            operation.insert("x-permission".to_owned(), json!(name));
        }
        Access::Customer(permission) => {
            operation.insert("security".to_owned(), json!([{ "customer": [] }]));
            let name = identity::matrix::name_of(permission);
            operation.insert("x-permission".to_owned(), json!(name));
        }
    }
    if entry.keyed {
        let parameter = json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key with the same body does its work once. Kept 90 days.",
            "schema": { "type": "string", "minLength": 8, "maxLength": 128 },
        });
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(parameter);
        }
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if let Some(responses) = responses.as_object_mut() {
        for response in responses.values_mut().filter_map(Value::as_object_mut) {
            response.entry("description").or_insert_with(|| json!("Done"));
        }
        let schema = json!({ "$ref": format!("#/components/schemas/{}", ProblemBody::name()) });
        responses.insert(
            "default".to_owned(),
            json!({
                "description": "Refused or failed",
                "content": { "application/problem+json": { "schema": schema } },
            }),
        );
    }
}

/// `post /api/v1/users/{id}/disable` → `post_users_id_disable`.
fn id_of(entry: &Operation) -> String {
    let path = entry.path.strip_prefix("/api/v1").unwrap_or(entry.path);
    let words: String =
        path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let words: Vec<&str> = words.split('_').filter(|w| !w.is_empty()).collect();
    format!("{}_{}", entry.method, words.join("_"))
}

/// The first word of the address.
fn tag_of(path: &str) -> &str {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    path.split('/').find(|word| !word.is_empty()).unwrap_or("program")
}

/// The document as it is written to `openapi/sambung.json`.
pub fn document() -> String {
    let (_, api) = super::rooms().split_for_parts();
    let text = serde_json::to_string_pretty(&complete(&api)).unwrap_or_default();
    format!("{text}\n")
}
