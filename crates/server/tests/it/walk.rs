//! Every operation with somebody else's ids: whoever belongs to another branch, another reseller or another
//! technician's jobs finds nothing there.

mod bought;
mod strangers;

use axum::http::StatusCode;
use identity::matrix;
use serde_json::{Value, json};
use server::http::operations::{Access, OPERATIONS, Operation};

use crate::estate::{Estate, MARK};
use crate::world::{self, Reply, World};
use strangers::{Stranger, strangers};

/// What is asked of an operation, and what its answer may be.
pub(crate) enum Question {
    /// Names a record of the branch in its address or body: it is not there.
    Foreign(String, Value),
    /// A list or an answer over many records, with these queries: nothing of the branch stands in it.
    Cut(Vec<String>),
    /// Belongs to the whole ISP: everybody who may, may; or nobody who is bound to a branch.
    Common,
    /// Reaches nothing but what the asking person is, has, or sends along.
    Own,
}

use Question::{Common, Cut, Foreign, Own};

/// The address with ids of the estate. `None`: some placeholder names nothing there.
pub(crate) fn address(op: &Operation, estate: &Estate) -> Option<String> {
    let mut parts = Vec::new();
    let mut before = "";
    for part in op.path.split('/') {
        parts.push(match part {
            "{subscription}" => estate.id("subscription"),
            "{partner}" => estate.id("partner"),
            "{change}" => estate.id("change"),
            "{extra}" => estate.id("extra"),
            "{promise}" => estate.id("promise"),
            "{serial}" => estate.id("serial"),
            "{template}" => "isolated".to_owned(),
            "{channel}" => "any".to_owned(),
            "{lang}" => "id".to_owned(),
            "{id}" => estate.id(kind_of(op.path, before)?),
            other if other.starts_with('{') => return None,
            other => other.to_owned(),
        });
        before = part;
    }
    Some(parts.join("/"))
}

/// What `{id}` is behind this part of an address.
fn kind_of(path: &str, before: &str) -> Option<&'static str> {
    Some(match before {
        "areas" => "area",
        "odps" => "odp",
        "locations" => "location",
        "counts" => "count",
        "suppliers" => "supplier",
        "purchases" => "purchase",
        "leads" => "lead",
        "customers" => "customer",
        "orders" => "order",
        "work-orders" => "work-order",
        "photos" => "photo",
        "attendance" => "attendance",
        "requests" => "request",
        // Findings are the ISP's and no branch's: an id that is none.
        "findings" => "trail",
        "tickets" => "ticket",
        "ticket-photos" => "ticket photo",
        "accounts" => "account",
        "nas" => "nas",
        "sessions" if path.contains("/me/") => "login",
        "sessions" => "session",
        "messages" => "message",
        "trails" => "trail",
        "sweeps" => "sweep",
        "subscriptions" if path.contains("plan-change/{") || path.contains("extras/{") => {
            "changed subscription"
        }
        "subscriptions" => "subscription",
        "invoices" | "bills" => "invoice",
        "withholdings" => "withholding",
        "credit-notes" => "credit-note",
        "payments" => "payment",
        "approvals" => "approval",
        "vouchers" => "voucher",
        "billing-runs" => "run",
        "drawers" => "drawer",
        "handovers" => "handover",
        "due" => "customer",
        "holders" => "user",
        "collections" => "collection",
        "lines" => "bank-line",
        "notices" => "notice",
        "intents" => "intent",
        "partners" => "partner",
        "top-ups" => "top-up",
        "users" | "people" => "user",
        "tokens" => "token",
        "plans" => "plan",
        "profiles" => "profile",
        _ => return None,
    })
}

/// A well-formed body that names what is the estate's. Null where the operation takes none.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn body(op: &Operation, estate: &Estate) -> Option<Value> {
    let id = |what: &str| estate.id(what);
    let why = || json!({ "why": "coba" });
    let reason = || json!({ "reason": "coba" });
    let lead = || {
        json!({ "name": "Dewi", "phone": "0811-2222-333", "address": "Jl. Anggrek 1",
                "branch_id": id("branch"), "plan_id": id("plan"), "mode": "prepaid" })
    };
    let odp = || {
        json!({ "code": "ODP-77", "name": "Tiang", "lat": -6.2, "lon": 106.8, "ports": 8,
                "reach_m": 200, "branch_id": id("branch") })
    };
    let polygon = || {
        json!({ "type": "Polygon", "coordinates":
            [[[107.0, -6.9], [107.1, -6.9], [107.1, -6.8], [107.0, -6.9]]] })
    };
    let plan = || {
        json!({ "code": "NEW-1", "name": "Baru", "tax": "none", "price": 1_000,
                "prepaid_allowed": true, "postpaid_allowed": true, "profile_id": id("profile"),
                "install_fee": 0, "quota_bytes": 1_000_000 })
    };
    let profile = || {
        json!({ "code": "P-1", "name": "Profil", "kind": "plan", "rate_down_kbps": 1_000,
                "rate_up_kbps": 1_000, "attributes": [] })
    };
    let give_back = || json!({ "to_location_id": id("location"), "reason": "coba" });
    let hold = || {
        json!({ "subscription_id": id("subscription"), "why": "coba",
                          "until": "2026-12-01T00:00:00Z" })
    };
    Some(match (op.method, op.path) {
        ("get" | "delete", _) => Value::Null,
        (_, "/api/v1/session") => {
            json!({ "username": "budi", "password": "salah 1234", "code": "1" })
        }
        (_, "/api/v1/me/password") => json!({ "current": "x", "new": "gunung merapi 9" }),
        (_, "/api/v1/me/totp" | "/api/v1/me/totp/end") => json!({ "password": "x" }),
        (_, "/api/v1/me/totp/confirm") => json!({ "code": "123456" }),
        ("post", "/api/v1/tokens") => json!({ "name": "uji", "permissions": ["self_read"],
                                              "expires_at": "2026-12-01T00:00:00Z" }),
        ("post", "/api/v1/users") => json!({ "username": "baru", "name": "Baru", "phone": null,
            "email": null, "password": "gunung merapi 9", "roles": ["sales"],
            "branch_id": id("branch"), "partner_id": null }),
        ("put", "/api/v1/users/{id}") => json!({ "name": "Baru", "phone": null, "email": null,
            "roles": ["sales"], "branch_id": null, "partner_id": null }),
        (_, "/api/v1/users/{id}/password") => json!({ "password": "gunung merapi 9" }),
        (_, "/api/v1/security") => json!({ "totp_required_for": [] }),
        (_, "/api/v1/company") => json!({ "name": "X", "legal_name": "X", "is_pkp": false }),
        (_, "/api/v1/branches") => json!({ "code": "SBY", "name": "Surabaya", "address": "",
            "zone": "Asia/Jakarta", "lat": -7.2, "lon": 112.7 }),
        ("post", "/api/v1/plans") | ("put", "/api/v1/plans/{id}") => plan(),
        (_, "/api/v1/plans/{id}/price") => json!({ "price": 1_000, "from_on": "2027-01-01",
                                                   "tax": "none" }),
        (_, "/api/v1/plans/{id}/top-up") => {
            json!({ "top_up": { "bytes": 1_000_000_000, "price": 20_000 } })
        }
        (_, "/api/v1/subscriptions/{id}/quota-top-ups") => json!({}),
        (_, "/api/v1/plans/{id}/profile") => json!({ "profile_id": id("profile") }),
        (_, "/api/v1/taxes") => json!({ "from_on": "2027-01-01", "code": "PPN", "rate_bp": 1_100,
                                        "base_num": 1, "base_den": 1 }),
        (_, "/api/v1/profiles" | "/api/v1/profiles/{id}") => profile(),
        (_, "/api/v1/policy" | "/api/v1/plans/{id}/policy") => json!({ "due_dom": 20,
            "isolate_minute": 1, "tolerance": 0, "guard_floor": 50, "interim_secs": 300 }),
        ("post", "/api/v1/leads") | ("put", "/api/v1/leads/{id}") => lead(),
        (_, "/api/v1/leads/{id}/reject" | "/api/v1/leads/{id}/lose") => reason(),
        (_, "/api/v1/leads/{id}/waitlist") => reason(),
        (_, "/api/v1/leads/assign" | "/api/v1/leads/assign/preview") => {
            json!({ "ids": [id("lead")], "seller_id": id("user") })
        }
        (_, "/api/v1/work-orders/assign" | "/api/v1/work-orders/assign/preview") => {
            json!({ "ids": [id("work-order")], "technicians": [id("technician")],
                    "scheduled_on": "2026-12-24" })
        }
        (_, "/api/v1/invoices/remind" | "/api/v1/invoices/remind/preview") => {
            json!({ "ids": [id("invoice")] })
        }
        (_, "/api/v1/sessions/kick" | "/api/v1/sessions/kick/preview") => {
            json!({ "ids": [id("session")] })
        }
        (_, "/api/v1/leads/{id}/convert") => json!({ "outside_coverage": true }),
        (_, "/api/v1/customers/{id}") => json!({ "name": "Lain", "phone": "0811-2222-333",
                                                 "lat": -6.2, "lon": 106.8 }),
        ("post", "/api/v1/areas") => json!({ "name": "Baru", "polygon": polygon(),
                                             "branch_id": id("branch") }),
        ("put", "/api/v1/areas/{id}") => json!({ "name": "Baru", "polygon": polygon() }),
        ("post", "/api/v1/odps") | ("put", "/api/v1/odps/{id}") => odp(),
        (_, "/api/v1/item-types") => json!({ "code": "ONT-9", "name": "ONT", "kind": "ont",
            "unit": "pcs", "serialized": true, "value": 1 }),
        (_, "/api/v1/locations") => json!({ "kind": "warehouse", "name": "Baru",
                                            "branch_id": id("branch") }),
        (_, "/api/v1/items/receive") => json!({ "warehouse_id": id("location"),
            "type_id": id("type"), "document": "SJ", "lines": [{ "serial": "BARU0001" }] }),
        (_, "/api/v1/items/{serial}/return" | "/api/v1/items/{serial}/tested") => give_back(),
        (_, "/api/v1/items/{serial}/rma" | "/api/v1/items/{serial}/scrap") => reason(),
        (_, "/api/v1/items/{serial}/lost") => reason(),
        (_, "/api/v1/moves") => json!({ "serials": [id("serial in store")],
            "to_location_id": id("location"), "how": "scanned", "reason": "coba" }),
        (_, "/api/v1/moves/counted") => json!({ "type_id": id("cable"),
            "to_location_id": id("location"), "quantity": 1, "document": "SJ" }),
        (_, "/api/v1/bag/accept") => json!({ "serials": [id("serial")] }),
        (_, "/api/v1/bag/return") => json!({ "serials": [id("serial")], "reason": "coba",
                                             "to_location_id": id("location") }),
        (_, "/api/v1/bag/use") => json!({ "type_id": id("cable"), "quantity": 1, "document": "x" }),
        (_, "/api/v1/work-orders") => json!({ "subscription_id": id("subscription"),
            "kind": "repair", "note": "coba", "lat": -6.2, "lon": 106.8 }),
        (_, "/api/v1/work-orders/{id}/assign") => json!({ "technicians": [id("technician")],
                                                          "scheduled_on": "2026-11-25" }),
        (_, "/api/v1/work-orders/{id}/reschedule") => json!({ "scheduled_on": "2026-11-25" }),
        (_, "/api/v1/work-orders/{id}/review") => json!({ "note": "coba" }),
        (_, "/api/v1/work-orders/{id}/cancel") => reason(),
        (_, "/api/v1/requests") => json!({ "subscription_id": id("subscription"), "kind": "stop",
                                           "note": "coba" }),
        (_, "/api/v1/requests/{id}/answer") => json!({ "done": true, "answer": "coba" }),
        (_, "/api/v1/tickets") => json!({ "customer_id": id("customer"),
            "subscription_id": id("subscription"), "work_order_id": id("work-order"),
            "category": "slow", "priority": "normal", "subject": "coba", "text": "coba" }),
        (_, "/api/v1/tickets/{id}/comments") => json!({ "text": "coba", "internal": false }),
        (_, "/api/v1/tickets/{id}/ask") => json!({ "text": "coba" }),
        (_, "/api/v1/tickets/{id}/resolve") => json!({ "resolution": "coba", "agreed": true }),
        (_, "/api/v1/tickets/{id}/reopen") => reason(),
        (_, "/api/v1/tickets/{id}/assign") => json!({ "user_id": id("technician") }),
        (_, "/api/v1/tickets/{id}/priority") => json!({ "priority": "urgent" }),
        (_, "/api/v1/tickets/{id}/work-order") => json!({ "kind": "repair", "note": "coba" }),
        (_, "/api/v1/field/ops") => {
            json!({ "ops": [{ "op_id": "0193a9d0-0000-7000-8000-00000000f001",
            "v": 1, "device": "hp-9", "seq": 1, "occurred_at": "2026-11-22T02:00:00Z",
            "subject": id("work-order"), "based_on": null, "body": { "kind": "accept" } }] })
        }
        (_, "/api/v1/accounts/{id}/username") => json!({ "username": "baru.lagi" }),
        (_, "/api/v1/accounts/{id}/limits") => json!({ "mac_policy": "off", "sessions_max": 1,
                                                       "fixed_ip": null }),
        (_, "/api/v1/accounts/{id}/mac") => json!({ "mac": "A0:B2:C3:D4:E5:77" }),
        (_, "/api/v1/accounts/{id}/password") => json!({ "password": null }),
        ("post", "/api/v1/nas") => json!({ "name": "BRAS-9", "address": "10.9.0.9",
            "vendor": "mikrotik", "coa_port": 3_799, "branch_id": id("branch") }),
        ("put", "/api/v1/nas/{id}") => json!({ "name": "BRAS-9", "address": "10.9.0.9",
            "vendor": "mikrotik", "coa_port": 3_799, "counters_swapped": false,
            "message_authenticator": "required" }),
        (_, "/api/v1/nas/{id}/secret") => json!({ "secret": null }),
        (_, "/api/v1/sweeps/{id}/answer") => json!({ "go_on": false }),
        (_, "/api/v1/subscriptions/{id}/plan-change")
        | (_, "/api/v1/subscriptions/{id}/plan-change/preview") => {
            json!({ "plan_id": id("plan"), "from_day": "2026-12-10" })
        }
        (_, "/api/v1/subscriptions/{id}/pause") => {
            json!({ "from": "2026-12-01", "to": "2026-12-05" })
        }
        (_, "/api/v1/subscriptions/{id}/terminate")
        | (_, "/api/v1/subscriptions/{id}/terminate/preview") => {
            json!({ "last_day": "2026-12-01" })
        }
        (_, "/api/v1/subscriptions/{id}/months-ahead")
        | (_, "/api/v1/subscriptions/{id}/months-ahead/preview") => json!({ "months": 3 }),
        (_, "/api/v1/subscriptions/{id}/extras") => json!({ "kind": "add_on", "name": "IP",
            "amount": 1_000, "from": "2026-12-01", "to": "2026-12-31" }),
        (_, "/api/v1/promises") => json!({ "subscription_id": id("subscription"),
                                           "until": "2026-11-24" }),
        (_, "/api/v1/holds/manual" | "/api/v1/holds/abuse") => hold(),
        ("post", "/api/v1/invoices") => json!({ "customer_id": id("customer"), "draft": true,
            "lines": [{ "name": "Geser", "amount": 1_000 }], "due_on": "2026-12-20",
            "subscription_id": id("subscription"), "key": "SPK-77", "note": "coba" }),
        (_, "/api/v1/invoices/{id}/credit-notes") => why(),
        (_, "/api/v1/invoices/{id}/write-off") => json!({ "amount": 1_000, "why": "coba" }),
        (_, "/api/v1/invoices/{id}/withholdings") => json!({ "kind": "pph23", "amount": 1 }),
        (_, "/api/v1/withholdings/{id}/certificate") => json!({ "number": "BP-1" }),
        ("post", "/api/v1/payments") => json!({ "customer_id": id("customer"), "channel": "cash",
            "amount": 1_000, "invoice_id": id("invoice"), "received_at": "2026-11-22T01:00:00Z" }),
        (_, "/api/v1/payments/{id}/reverse") => why(),
        (_, "/api/v1/cash/drawers") => json!({ "float": 1_000, "branch_id": id("branch") }),
        (_, "/api/v1/cash/drawers/{id}/count") => json!({ "counted": 1_000, "why": "coba" }),
        (_, "/api/v1/cash/drawers/{id}/accept") => Value::Null,
        (_, "/api/v1/cash/safe") => json!({ "branch_id": id("branch"), "what": "from_bank",
                                            "amount": 1_000 }),
        (_, "/api/v1/cash/handovers") => json!({ "collector_id": id("user"), "amount": 1_000 }),
        (_, "/api/v1/cash/collections") => {
            json!({ "customer_id": id("customer"), "amount": 1_000 })
        }
        (_, "/api/v1/bank/preview" | "/api/v1/bank/imports") => json!({ "account": "BCA",
            "file_name": "a.csv", "content": "Tanggal,Keterangan,Jumlah\n01/11/2026,A,1000" }),
        (_, "/api/v1/bank/lines/{id}/assign") => json!({ "customer_id": id("customer") }),
        (_, "/api/v1/bank/lines/{id}/match") => json!({ "payment_id": id("payment") }),
        (_, "/api/v1/bank/lines/{id}/settlement") => json!({ "gross": 1_000 }),
        (_, "/api/v1/bank/lines/{id}/deposit") => json!({ "branch_id": id("branch") }),
        (_, "/api/v1/bank/lines/{id}/not-ours") => why(),
        (_, "/api/v1/bank/lines/{id}/reopen") => Value::Null,
        (_, "/api/v1/customers/{id}/refund") => {
            json!({ "amount": 1, "channel": "cash", "why": "x" })
        }
        ("post", "/api/v1/vouchers") => json!({ "plan_id": id("plan"), "days": 30, "count": 1,
            "price": 1_000, "expires_on": "2027-06-30", "branch_id": id("branch") }),
        (_, "/api/v1/vouchers/{id}/sell") => json!({ "sold_to": "Toko", "channel": "cash",
            "reference": "K-1", "amount": 1_000 }),
        (_, "/api/v1/vouchers/redeem") => json!({ "code": id("code"),
                                                  "subscription_id": id("subscription") }),
        (_, "/api/v1/billing-runs") => json!({ "day": "2026-11-20" }),
        (_, "/api/v1/billing-runs/preview") => json!({ "day": "2026-12-01", "limit": 10 }),
        (_, "/api/v1/ledger/close") => json!({ "month": "2026-10" }),
        (_, "/api/v1/notices/{id}/accept") => json!({ "customer_id": id("customer") }),
        ("post", "/api/v1/intents") => json!({ "invoice_id": id("invoice") }),
        ("post", "/api/v1/partners") => json!({ "code": "M9", "name": "Mitra", "phone": "0812777",
            "branch_id": id("branch"), "upline_id": id("partner"), "upline_share_bp": 100 }),
        (_, "/api/v1/partners/{id}/rules") => json!({ "kind": "percent", "amount": 100,
            "occasion": "recurring", "from": "2026-01-01", "plan_id": id("plan") }),
        (_, "/api/v1/wallet/{partner}/top-up") => json!({ "amount": 1_000, "channel": "transfer",
                                                          "reference": "TRF-77" }),
        (_, "/api/v1/wallet/{partner}/top-up/gateway") => json!({ "amount": 50_000 }),
        (_, "/api/v1/findings/{id}/settle" | "/api/v1/people/findings/{id}/settle") => {
            json!({ "choice": "dismiss" })
        }
        (_, "/api/v1/people/{id}/papers") => json!({ "gender": "female", "born_on": "1995-05-05",
            "joined_on": "2026-01-02" }),
        ("post", "/api/v1/earning-rules") => json!({ "kind": "commission", "measure": "percent",
            "amount": 500, "from_on": "2026-01-01", "plan_id": id("plan"), "user_id": null }),
        (_, "/api/v1/wallet/{partner}/pay") => json!({ "invoice_id": id("invoice") }),
        ("post", "/api/v1/counts") => json!({ "location_id": id("location") }),
        (_, "/api/v1/counts/{id}/scan") => json!({ "serials": [id("serial in store")],
            "how": "scanned" }),
        (_, "/api/v1/counts/{id}/submit" | "/api/v1/counts/{id}/approve") => Value::Null,
        (_, "/api/v1/counts/{id}/reject") => reason(),
        (_, "/api/v1/customers/{id}/reassign") => json!({ "branch_id": id("branch") }),
        ("put", "/api/v1/customers/{id}/messages") => json!({ "opted_out": ["sms"] }),
        ("put", "/api/v1/message-texts/{template}/{channel}/{lang}") => {
            json!({ "subject": "Isolir", "body": "Halo {{ name }}" })
        }
        // Without a body.
        (_, "/api/v1/users/{id}/disable" | "/api/v1/users/{id}/enable") => Value::Null,
        (_, "/api/v1/leads/{id}/verify") => Value::Null,
        (_, "/api/v1/work-orders/{id}/approve-own-device") => Value::Null,
        (_, "/api/v1/tickets/{id}/start" | "/api/v1/tickets/{id}/close") => Value::Null,
        (_, "/api/v1/tickets/{id}/take" | "/api/v1/tickets/{id}/release") => Value::Null,
        (_, "/api/v1/tickets/{id}/photos") => Value::Null,
        (_, "/api/v1/work-orders/{id}/confirm" | "/api/v1/work-orders/{id}/photos") => Value::Null,
        (_, "/api/v1/accounts/{id}/unlock-mac" | "/api/v1/accounts/{id}/accept-mac") => Value::Null,
        (
            _,
            "/api/v1/accounts/{id}/reveal" | "/api/v1/nas/{id}/archive" | "/api/v1/nas/{id}/test",
        ) => Value::Null,
        (_, "/api/v1/sessions/{id}/kick" | "/api/v1/access/{subscription}/resend") => Value::Null,
        (_, "/api/v1/messages/{id}/retry") => Value::Null,
        (_, "/api/v1/subscriptions/{id}/resume" | "/api/v1/subscriptions/{id}/cancel") => {
            Value::Null
        }
        (_, "/api/v1/invoices/{id}/publish" | "/api/v1/invoices/{id}/issue-again") => Value::Null,
        (_, "/api/v1/payments/{id}/settle" | "/api/v1/vouchers/{id}/void") => Value::Null,
        (_, "/api/v1/approvals/{id}/approve" | "/api/v1/approvals/{id}/reject") => Value::Null,
        (_, "/api/v1/top-ups/{id}/approve" | "/api/v1/top-ups/{id}/reject") => Value::Null,
        _ => return bought::body(op, estate),
    })
}

/// Queries of a list that name what is the estate's.
fn queries(path: &str, estate: &Estate) -> Option<Vec<String>> {
    let id = |what: &str| estate.id(what);
    let mark = || "?q=Rahasia".to_owned();
    let of = |name: &str, what: &str| format!("?{name}={}", id(what));
    // A list's file is asked by whatever its list is asked by.
    let path = path.strip_suffix("/export").unwrap_or(path);
    Some(match path {
        "/api/v1/users"
        | "/api/v1/nas"
        | "/api/v1/rejects"
        | "/api/v1/accounts"
        | "/api/v1/access/not-enforced"
        | "/api/v1/search" => vec![mark()],
        "/api/v1/leads" => vec![mark(), "?state=new".into()],
        "/api/v1/customers" => vec![mark(), of("partner", "partner")],
        "/api/v1/customers/pins" => vec!["?south=-8&north=-5&west=105&east=108".into()],
        "/api/v1/odps" => vec!["?south=-8&north=-5&west=105&east=108".into()],
        "/api/v1/coverage" => vec!["?lat=-6.2&lon=106.81".into()],
        "/api/v1/orders" => vec![of("customer", "customer")],
        "/api/v1/items" => vec![mark(), of("location", "location"), of("type", "type")],
        // What is asked for is named in the refusal: nothing else could stand there.
        "/api/v1/labels" => vec![],
        "/api/v1/counts" => vec![of("location", "location")],
        "/api/v1/work-orders" => {
            vec![mark(), of("technician", "technician"), of("subscription", "subscription")]
        }
        "/api/v1/requests" => vec!["?state=open".into()],
        "/api/v1/tickets" => vec![
            mark(),
            of("assignee", "technician"),
            of("customer", "customer"),
            of("subscription", "subscription"),
            of("work_order", "work-order"),
        ],
        "/api/v1/attendance" => vec![],
        "/api/v1/earnings" => vec![String::new(), "?month=2026-11-01".into()],
        "/api/v1/ticket-people" => vec![of("branch", "branch")],
        "/api/v1/sessions" => vec![mark(), of("nas", "nas"), of("subscription", "subscription")],
        "/api/v1/messages" => vec![mark(), of("customer", "customer")],
        "/api/v1/journal" => {
            vec![of("id", "payment"), of("person", "user"), "?subject=lead".into()]
        }
        "/api/v1/subscriptions" => vec![mark(), of("customer", "customer"), of("plan", "plan")],
        "/api/v1/invoices" => {
            vec![mark(), of("customer", "customer"), of("subscription", "subscription")]
        }
        "/api/v1/payments" => vec![mark(), of("customer", "customer"), of("invoice", "invoice")],
        "/api/v1/ledger/entries" => vec![of("subject", "payment"), of("branch", "branch")],
        "/api/v1/ledger/trial-balance" => vec![of("branch", "branch")],
        "/api/v1/cash/handovers" => vec![of("collector", "user")],
        "/api/v1/aging" | "/api/v1/aging/customers" | "/api/v1/aging/invoices" => {
            vec![of("branch", "branch"), of("customer", "customer"), "?as_of=2026-12-31".into()]
        }
        "/api/v1/bank/lines" => vec!["?state=open".into()],
        figures if figures.starts_with("/api/v1/figures/") => vec![],
        "/api/v1/sellers"
        | "/api/v1/technicians"
        | "/api/v1/people"
        | "/api/v1/cash"
        | "/api/v1/cash/drawers"
        | "/api/v1/cash/holders"
        | "/api/v1/cash/held"
        | "/api/v1/bank"
        | "/api/v1/coverage/map"
        | "/api/v1/areas"
        | "/api/v1/locations"
        | "/api/v1/bag"
        | "/api/v1/jobs"
        | "/api/v1/field/ops"
        | "/api/v1/me/attendance"
        | "/api/v1/me/earnings"
        | "/api/v1/people/findings"
        | "/api/v1/nas/unknown"
        | "/api/v1/access/timings"
        | "/api/v1/dashboard"
        | "/api/v1/tasks"
        | "/api/v1/sweeps"
        | "/api/v1/sweeps/preview"
        | "/api/v1/withholdings"
        | "/api/v1/approvals"
        | "/api/v1/vouchers"
        | "/api/v1/gateways"
        | "/api/v1/notices"
        | "/api/v1/partners"
        | "/api/v1/top-ups"
        | "/api/v1/tokens"
        | "/api/v1/branches"
        | "/api/v1/engines"
        | "/api/v1/findings"
        | "/api/v1/proof"
        | "/api/v1/me/sessions" => vec![],
        _ => return bought::queries(path, estate),
    })
}

fn question(op: &Operation, estate: &Estate) -> Option<Question> {
    Some(match (op.method, op.path) {
        (_, "/api/v1/me" | "/api/v1/events" | "/api/v1/me/password") => Own,
        (_, "/api/v1/me/totp" | "/api/v1/me/totp/confirm" | "/api/v1/me/totp/end") => Own,
        ("delete", "/api/v1/session") | ("post", "/api/v1/tokens") => Own,
        // Types of items, plans, profiles, tax and policy are the whole ISP's.
        (_, "/api/v1/roles" | "/api/v1/security" | "/api/v1/company" | "/api/v1/taxes") => Common,
        (_, "/api/v1/policy" | "/api/v1/quote" | "/api/v1/item-types") => Common,
        ("post", "/api/v1/branches") => Common,
        // Whom the ISP buys from is no branch's.
        (_, path) if path.starts_with("/api/v1/suppliers") => Common,
        (_, path) if path.starts_with("/api/v1/plans") => Common,
        (_, path) if path.starts_with("/api/v1/profiles") => Common,
        (_, path) if path.starts_with("/api/v1/message-texts") => Common,
        // Rules are the whole ISP's, as the papers of an engine are.
        (_, "/api/v1/earning-rules" | "/api/v1/engines/purchases") => Common,
        (_, path) if path.starts_with("/api/v1/billing-runs") => Common,
        (_, "/api/v1/ledger/close" | "/api/v1/bag/use") => Common,
        (_, "/api/v1/bank/preview" | "/api/v1/bank/imports") => Common,
        ("get", path) if !path.contains('{') => Cut(queries(path, estate)?),
        _ => Foreign(address(op, estate)?, body(op, estate)?),
    })
}

/// What of the estate stands in an answer.
fn leaked(reply: &Reply, estate: &Estate) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body);
    if text.contains(MARK) {
        return Some(format!("a name: {text}"));
    }
    let found = estate.own_ids().find(|(_, id)| text.contains(id.as_str()));
    found.map(|(what, _)| format!("the id of its {what}: {text}"))
}

/// What is wrong with the answer, if anything.
fn fault(
    op: &Operation,
    reply: &Reply,
    may: bool,
    names_foreign: bool,
    estate: &Estate,
) -> Option<String> {
    let status = reply.status;
    if status.is_server_error() {
        return Some(format!("{status}"));
    }
    if !may {
        return (status != StatusCode::FORBIDDEN).then(|| format!("{status} without permission"));
    }
    if !names_foreign {
        return leaked(reply, estate);
    }
    let bound = ["catalog.whole_isp", "identity.not_your_branch", "forbidden"];
    let hidden = match status {
        StatusCode::NOT_FOUND => reply.code() != "no_such_address",
        // The field that names what is not there.
        StatusCode::UNPROCESSABLE_ENTITY => reply.code() != "body.malformed",
        StatusCode::FORBIDDEN => bound.contains(&reply.code().as_str()),
        // Somebody who is bound to a branch makes things in their own, whatever the body says.
        StatusCode::CREATED => {
            let made = reply.json();
            let made = if made["nas"].is_object() { &made["nas"] } else { &made };
            let elsewhere = made["branch_id"].as_str().is_some_and(|at| at != estate.id("branch"));
            // Another reseller of the branch registers their own lead there.
            let own_lead = op.path == "/api/v1/leads"
                && made["partner_id"].as_str().is_some_and(|p| p != estate.id("partner"));
            (elsewhere || own_lead) && leaked(reply, estate).is_none()
        }
        // A batch whose every line was refused.
        StatusCode::OK => {
            let json = reply.json();
            let lines = json["lines"].as_array().or(json["results"].as_array());
            let refused = |l: &Value| l["ok"] == false || l["result"] == "refused";
            op.path.contains("/items/receive") || lines.is_some_and(|l| l.iter().all(refused))
        }
        _ => false,
    };
    (!hidden).then(|| format!("{status} {:?}", reply.json()))
}

/// What every technician of the branch works with: its map and its warehouses.
fn is_the_branchs_map(path: &str) -> bool {
    ["/api/v1/areas", "/api/v1/odps", "/api/v1/coverage", "/api/v1/locations", "/api/v1/bag"]
        .iter()
        .any(|map| path.starts_with(map))
}

#[tokio::test]
async fn nobody_reaches_what_is_another_branchs_resellers_or_technicians() {
    world::both(async |world: World| {
        let estate = Estate::build(&world).await;
        let strangers = strangers(&world, &estate.street, estate.street.isp.bandung).await;
        let mut wrong = Vec::new();
        for op in OPERATIONS {
            let Access::May(permission) = op.access else { continue };
            let Some(question) = question(op, &estate) else {
                wrong.push(format!("{} {} is not asked: add it to the walk", op.method, op.path));
                continue;
            };
            let asks = match question {
                Own | Common => continue,
                Foreign(path, body) => vec![(path, body)],
                Cut(queries) => {
                    let plain = std::iter::once(op.path.to_owned());
                    let with = queries.iter().map(|query| format!("{}{query}", op.path));
                    plain.chain(with).map(|path| (path, Value::Null)).collect()
                }
            };
            for stranger in &strangers {
                let may = matrix::permissions(stranger.role).has(permission);
                for (path, body) in &asks {
                    let token = world.session(stranger.user).await;
                    let ask = world.ask(op.method, path).session(&token);
                    let ask = if body.is_null() { ask } else { ask.json(body) };
                    let reply = ask.send().await;
                    let foreign = op.path.contains('{') || op.method != "get";
                    if stranger.name.contains("technician") && is_the_branchs_map(op.path) {
                        continue;
                    }
                    if let Some(what) = fault(op, &reply, may, foreign, &estate) {
                        let Stranger { name, role, .. } = stranger;
                        wrong.push(format!("{role} {name}: {} {path}: {what}", op.method));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    })
    .await;
}
