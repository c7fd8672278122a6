//! The one table of operations: what each of them needs.
//!
//! Deny by default: the guard refuses a route that is not in this table, and a test compares the table
//! with the routes both ways. An operation names exactly one permission; who has it says
//! `identity::matrix`. `keyed` operations honour `Idempotency-Key`: every POST that moves money or stock,
//! and those that a double click must not do twice.

use std::collections::HashMap;
use std::sync::OnceLock;

use axum::http::Method;
use kernel::Permission::{self, *};

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, also without a session; changes are limited by address.
    Public,
    /// Who has the permission.
    May(Permission),
}

/// One operation of the API.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Lower case, as in the OpenAPI document.
    pub method: &'static str,
    /// As in the router: `/api/v1/users/{id}`.
    pub path: &'static str,
    pub access: Access,
    /// Honours `Idempotency-Key`.
    pub keyed: bool,
}

impl Operation {
    const fn keyed(mut self) -> Self {
        self.keyed = true;
        self
    }
}

const fn op(method: &'static str, path: &'static str, permission: Permission) -> Operation {
    Operation { method, path, access: Access::May(permission), keyed: false }
}
const fn public(method: &'static str, path: &'static str) -> Operation {
    Operation { method, path, access: Access::Public, keyed: false }
}

/// Every operation, room by room.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    // the program
    public("get", "/api/v1/health"),
    op("get", "/api/v1/events", SelfRead),

    // identity
    public("post", "/api/v1/session"),
    op("delete", "/api/v1/session", SelfWrite),
    op("get", "/api/v1/me", SelfRead),
    op("put", "/api/v1/me/password", SelfWrite),
    op("get", "/api/v1/me/sessions", SelfRead),
    op("delete", "/api/v1/me/sessions/{id}", SelfWrite),
    op("post", "/api/v1/me/totp", SelfWrite),
    op("post", "/api/v1/me/totp/confirm", SelfWrite),
    op("post", "/api/v1/me/totp/end", SelfWrite),
    op("get", "/api/v1/tokens", SelfRead),
    op("post", "/api/v1/tokens", SelfWrite),
    op("delete", "/api/v1/tokens/{id}", SelfWrite),
    op("get", "/api/v1/users", UserRead),
    op("post", "/api/v1/users", UserWrite),
    op("get", "/api/v1/users/{id}", UserRead),
    op("put", "/api/v1/users/{id}", UserWrite),
    op("post", "/api/v1/users/{id}/disable", UserWrite),
    op("post", "/api/v1/users/{id}/enable", UserWrite),
    op("post", "/api/v1/users/{id}/password", UserWrite),
    op("delete", "/api/v1/users/{id}/sessions", UserWrite),
    op("delete", "/api/v1/users/{id}/totp", UserWrite),
    op("get", "/api/v1/roles", UserRead),
    op("get", "/api/v1/security", UserRead),
    op("put", "/api/v1/security", UserWrite),
    op("get", "/api/v1/technicians", WorkOrderWrite),

    // catalog
    op("get", "/api/v1/company", SettingsRead),
    op("put", "/api/v1/company", SettingsWrite),
    op("get", "/api/v1/branches", SettingsRead),
    op("post", "/api/v1/branches", SettingsWrite).keyed(),
    op("get", "/api/v1/plans", PlanRead),
    op("post", "/api/v1/plans", PlanWrite).keyed(),
    op("get", "/api/v1/plans/{id}", PlanRead),
    op("put", "/api/v1/plans/{id}", PlanWrite),
    op("put", "/api/v1/plans/{id}/price", PlanPriceWrite),
    op("put", "/api/v1/plans/{id}/profile", PlanSpeedWrite),
    op("get", "/api/v1/plans/{id}/policy", PolicyRead),
    op("put", "/api/v1/plans/{id}/policy", PolicyWrite),
    op("get", "/api/v1/taxes", PlanRead),
    op("put", "/api/v1/taxes", PlanPriceWrite),
    op("get", "/api/v1/profiles", PlanRead),
    op("post", "/api/v1/profiles", ProfileWrite).keyed(),
    op("put", "/api/v1/profiles/{id}", ProfileWrite),
    op("get", "/api/v1/policy", PolicyRead),
    op("put", "/api/v1/policy", PolicyWrite),
];

/// The operation of a request, by the route that matched. `HEAD` is a `GET` without its body.
pub(crate) fn find(method: &Method, path: &str) -> Option<&'static Operation> {
    static INDEX: OnceLock<HashMap<(&str, &str), &Operation>> = OnceLock::new();
    let index =
        INDEX.get_or_init(|| OPERATIONS.iter().map(|op| ((op.method, op.path), op)).collect());
    let method = match method.as_str() {
        "HEAD" | "GET" => "get",
        "POST" => "post",
        "PUT" => "put",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => return None,
    };
    index.get(&(method, path)).copied()
}
