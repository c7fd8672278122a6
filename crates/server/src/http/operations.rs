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

    // sales
    public("get", "/api/v1/public/offer"),
    public("post", "/api/v1/public/leads").keyed(),
    op("get", "/api/v1/leads", LeadRead),
    op("post", "/api/v1/leads", LeadWrite).keyed(),
    op("get", "/api/v1/leads/{id}", LeadRead),
    op("put", "/api/v1/leads/{id}", LeadWrite),
    op("get", "/api/v1/leads/{id}/duplicates", LeadRead),
    op("post", "/api/v1/leads/{id}/verify", LeadVerify),
    op("post", "/api/v1/leads/{id}/reject", LeadVerify),
    op("post", "/api/v1/leads/{id}/waitlist", LeadWrite),
    op("post", "/api/v1/leads/{id}/lose", LeadWrite),
    op("get", "/api/v1/customers", CustomerRead),
    op("get", "/api/v1/customers/pins", CustomerRead),
    op("get", "/api/v1/customers/{id}", CustomerRead),
    op("patch", "/api/v1/customers/{id}", CustomerWrite),
    op("get", "/api/v1/coverage", CoverageCheck),
    op("get", "/api/v1/coverage/map", CoverageRead),
    op("get", "/api/v1/areas", CoverageRead),
    op("post", "/api/v1/areas", CoverageWrite).keyed(),
    op("get", "/api/v1/areas/{id}", CoverageRead),
    op("put", "/api/v1/areas/{id}", CoverageWrite),
    op("delete", "/api/v1/areas/{id}", CoverageWrite),
    op("get", "/api/v1/odps", CoverageRead),
    op("post", "/api/v1/odps", CoverageWrite).keyed(),
    op("get", "/api/v1/odps/{id}", CoverageRead),
    op("put", "/api/v1/odps/{id}", CoverageWrite),
    op("delete", "/api/v1/odps/{id}", CoverageWrite),
    op("get", "/api/v1/orders", SubscriptionRead),
    op("get", "/api/v1/orders/{id}", SubscriptionRead),

    // stock
    op("get", "/api/v1/item-types", StockRead),
    op("post", "/api/v1/item-types", StockWrite).keyed(),
    op("get", "/api/v1/locations", StockRead),
    op("post", "/api/v1/locations", StockWrite).keyed(),
    op("get", "/api/v1/locations/{id}/stock", StockRead),
    op("get", "/api/v1/items", StockRead),
    op("post", "/api/v1/items/receive", StockWrite).keyed(),
    op("get", "/api/v1/items/{serial}", StockRead),
    op("get", "/api/v1/items/{serial}/history", StockRead),
    op("post", "/api/v1/items/{serial}/return", StockWrite).keyed(),
    op("post", "/api/v1/items/{serial}/rma", StockWrite).keyed(),
    op("post", "/api/v1/items/{serial}/scrap", StockWrite).keyed(),
    op("post", "/api/v1/items/{serial}/lost", StockWrite).keyed(),
    op("post", "/api/v1/items/{serial}/tested", StockWrite).keyed(),
    op("post", "/api/v1/moves", StockWrite).keyed(),
    op("post", "/api/v1/moves/counted", StockWrite).keyed(),
    op("get", "/api/v1/labels", StockRead),
    op("get", "/api/v1/bag", BagRead),
    op("post", "/api/v1/bag/accept", BagMove).keyed(),
    op("post", "/api/v1/bag/return", BagMove).keyed(),
    op("post", "/api/v1/bag/use", BagMove).keyed(),

    // field
    op("post", "/api/v1/leads/{id}/convert", SubscriptionWrite).keyed(),
    op("get", "/api/v1/work-orders", WorkOrderRead),
    op("post", "/api/v1/work-orders", WorkOrderWrite).keyed(),
    op("get", "/api/v1/work-orders/{id}", WorkOrderRead),
    op("get", "/api/v1/work-orders/{id}/online", WorkOrderRead),
    op("get", "/api/v1/work-orders/{id}/pdf", WorkOrderRead),
    op("post", "/api/v1/work-orders/{id}/assign", WorkOrderDispatch),
    op("post", "/api/v1/work-orders/{id}/reschedule", WorkOrderDispatch),
    op("post", "/api/v1/work-orders/{id}/review", WorkOrderDispatch),
    op("post", "/api/v1/work-orders/{id}/approve-own-device", WorkOrderDispatch),
    op("post", "/api/v1/work-orders/{id}/cancel", WorkOrderWrite),
    op("post", "/api/v1/work-orders/{id}/confirm", AccountWrite),
    op("post", "/api/v1/work-orders/{id}/photos", JobProgress),
    op("get", "/api/v1/photos/{id}", WorkOrderRead),
    op("get", "/api/v1/jobs", JobRead),
    op("post", "/api/v1/field/ops", JobProgress),
    op("get", "/api/v1/field/ops", WorkOrderDispatch),
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
