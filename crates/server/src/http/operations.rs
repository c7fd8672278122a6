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
    /// A customer in the portal, for their own; the permission is one of the customer's row. Nobody else's
    /// session or token opens it.
    Customer(Permission),
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
    /// Public, but its sender proves itself by a signature: not limited by address.
    pub signed: bool,
}

impl Operation {
    const fn keyed(mut self) -> Self {
        self.keyed = true;
        self
    }
    const fn signed(mut self) -> Self {
        self.signed = true;
        self
    }
}

const fn op(method: &'static str, path: &'static str, permission: Permission) -> Operation {
    Operation { method, path, access: Access::May(permission), keyed: false, signed: false }
}
const fn own(method: &'static str, path: &'static str, permission: Permission) -> Operation {
    Operation { method, path, access: Access::Customer(permission), keyed: false, signed: false }
}
const fn public(method: &'static str, path: &'static str) -> Operation {
    Operation { method, path, access: Access::Public, keyed: false, signed: false }
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
    op("put", "/api/v1/plans/{id}/top-up", PlanPriceWrite),
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
    op("get", "/api/v1/leads/export", LeadRead),
    op("post", "/api/v1/leads", LeadWrite).keyed(),
    op("post", "/api/v1/leads/assign", LeadVerify).keyed(),
    op("post", "/api/v1/leads/assign/preview", LeadVerify),
    op("get", "/api/v1/sellers", LeadVerify),
    op("get", "/api/v1/leads/{id}", LeadRead),
    op("put", "/api/v1/leads/{id}", LeadWrite),
    op("get", "/api/v1/leads/{id}/duplicates", LeadRead),
    op("post", "/api/v1/leads/{id}/verify", LeadVerify),
    op("post", "/api/v1/leads/{id}/reject", LeadVerify),
    op("post", "/api/v1/leads/{id}/waitlist", LeadWrite),
    op("post", "/api/v1/leads/{id}/lose", LeadWrite),
    op("get", "/api/v1/customers", CustomerRead),
    op("get", "/api/v1/customers/export", CustomerRead),
    op("get", "/api/v1/customers/pins", CustomerRead),
    op("get", "/api/v1/customers/{id}", CustomerRead),
    op("patch", "/api/v1/customers/{id}", CustomerWrite),
    op("post", "/api/v1/customers/{id}/reassign", SettingsWrite).keyed(),
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
    op("get", "/api/v1/items/export", StockRead),
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
    op("get", "/api/v1/counts", StockRead),
    op("post", "/api/v1/counts", StockWrite).keyed(),
    op("get", "/api/v1/counts/{id}", StockRead),
    op("post", "/api/v1/counts/{id}/scan", StockWrite).keyed(),
    op("post", "/api/v1/counts/{id}/submit", StockWrite).keyed(),
    // A variance is value: who reads the books decides (finance, the owner), and the use-case asks for
    // `StockApprove` too.
    op("post", "/api/v1/counts/{id}/approve", LedgerRead).keyed(),
    op("post", "/api/v1/counts/{id}/reject", LedgerRead).keyed(),
    op("get", "/api/v1/labels", StockRead),
    op("get", "/api/v1/bag", BagRead),
    op("post", "/api/v1/bag/accept", BagMove).keyed(),
    op("post", "/api/v1/bag/return", BagMove).keyed(),
    op("post", "/api/v1/bag/use", BagMove).keyed(),

    // field
    op("post", "/api/v1/leads/{id}/convert", SubscriptionWrite).keyed(),
    op("get", "/api/v1/work-orders", WorkOrderRead),
    op("get", "/api/v1/work-orders/export", WorkOrderRead),
    op("post", "/api/v1/work-orders", WorkOrderWrite).keyed(),
    op("post", "/api/v1/work-orders/assign", WorkOrderDispatch).keyed(),
    op("post", "/api/v1/work-orders/assign/preview", WorkOrderDispatch),
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

    // people's working life; coming and going is sent as field steps
    op("get", "/api/v1/attendance", AttendanceRead),
    op("get", "/api/v1/attendance/{id}/photo", AttendanceRead),
    op("get", "/api/v1/me/attendance", AttendanceOwn),
    op("get", "/api/v1/me/attendance/{id}/photo", AttendanceOwn),

    // tickets
    op("get", "/api/v1/tickets", TicketRead),
    op("get", "/api/v1/tickets/export", TicketRead),
    op("post", "/api/v1/tickets", TicketWrite).keyed(),
    op("get", "/api/v1/tickets/{id}", TicketRead),
    op("post", "/api/v1/tickets/{id}/comments", TicketWrite).keyed(),
    op("post", "/api/v1/tickets/{id}/photos", TicketWrite),
    op("post", "/api/v1/tickets/{id}/start", TicketHandle),
    op("post", "/api/v1/tickets/{id}/ask", TicketHandle),
    op("post", "/api/v1/tickets/{id}/resolve", TicketHandle),
    op("post", "/api/v1/tickets/{id}/close", TicketWrite),
    op("post", "/api/v1/tickets/{id}/reopen", TicketWrite),
    op("post", "/api/v1/tickets/{id}/take", TicketHandle),
    op("post", "/api/v1/tickets/{id}/release", TicketHandle),
    op("post", "/api/v1/tickets/{id}/assign", TicketDispatch),
    op("post", "/api/v1/tickets/{id}/priority", TicketDispatch),
    op("post", "/api/v1/tickets/{id}/work-order", WorkOrderWrite).keyed(),
    op("get", "/api/v1/ticket-photos/{id}", TicketRead),
    op("get", "/api/v1/ticket-people", TicketDispatch),

    // network
    op("get", "/api/v1/accounts", AccountRead),
    op("get", "/api/v1/accounts/export", AccountRead),
    op("get", "/api/v1/accounts/{id}", AccountRead),
    op("put", "/api/v1/accounts/{id}/username", AccountWrite),
    op("put", "/api/v1/accounts/{id}/limits", AccountWrite),
    op("put", "/api/v1/accounts/{id}/mac", AccountWrite),
    op("post", "/api/v1/accounts/{id}/unlock-mac", AccountWrite),
    op("post", "/api/v1/accounts/{id}/accept-mac", AccountWrite),
    // Not keyed: a stored answer would hold the password.
    op("post", "/api/v1/accounts/{id}/password", AccountWrite),
    op("post", "/api/v1/accounts/{id}/reveal", AccountWrite),
    op("get", "/api/v1/nas", NasRead),
    op("post", "/api/v1/nas", NasWrite),
    op("get", "/api/v1/nas/unknown", NasRead),
    op("get", "/api/v1/nas/{id}", NasRead),
    op("put", "/api/v1/nas/{id}", NasWrite),
    op("post", "/api/v1/nas/{id}/archive", NasWrite),
    op("post", "/api/v1/nas/{id}/secret", NasWrite),
    op("get", "/api/v1/nas/{id}/script", NasRead),
    op("get", "/api/v1/sessions", SessionRead),
    op("get", "/api/v1/sessions/export", SessionRead),
    op("post", "/api/v1/sessions/kick", SessionKick),
    op("post", "/api/v1/sessions/kick/preview", SessionKick),
    op("get", "/api/v1/sessions/{id}", SessionRead),
    op("post", "/api/v1/sessions/{id}/kick", SessionKick),
    op("get", "/api/v1/rejects", SessionRead),
    op("get", "/api/v1/access/not-enforced", SessionRead),
    op("get", "/api/v1/access/timings", SessionRead),
    op("get", "/api/v1/access/{subscription}", OnlineRead),
    op("get", "/api/v1/access/{subscription}/usage", OnlineRead),
    op("get", "/api/v1/access/{subscription}/why", OnlineRead),
    op("get", "/api/v1/access/{subscription}/changes", WhyRead),
    op("get", "/api/v1/access/{subscription}/attempts", SessionRead),
    op("post", "/api/v1/access/{subscription}/resend", SessionKick),

    // messages
    op("get", "/api/v1/messages", MessageRead),
    op("get", "/api/v1/messages/{id}", MessageRead),
    op("post", "/api/v1/messages/{id}/retry", MessageWrite),
    op("get", "/api/v1/customers/{id}/messages", CustomerRead),
    op("put", "/api/v1/customers/{id}/messages", CustomerWrite),
    op("get", "/api/v1/message-texts", MessageRead),
    op("put", "/api/v1/message-texts/{template}/{channel}/{lang}", SettingsWrite),
    op("delete", "/api/v1/message-texts/{template}/{channel}/{lang}", SettingsWrite),

    // answers over all rooms
    op("get", "/api/v1/why/{subscription}", WhyRead),
    op("get", "/api/v1/why/invoices/{id}", InvoiceRead),
    op("get", "/api/v1/dashboard", DashboardRead),
    op("get", "/api/v1/search", DashboardRead),
    op("get", "/api/v1/figures/money", LedgerRead),
    op("get", "/api/v1/figures/aging", LedgerRead),
    op("get", "/api/v1/figures/subscriptions", SubscriptionRead),
    op("get", "/api/v1/figures/reopened", SessionRead),
    op("get", "/api/v1/figures/installs", WorkOrderRead),
    op("get", "/api/v1/customers/{id}/timeline", CustomerRead),
    op("get", "/api/v1/trails/{id}", AuditRead),
    op("get", "/api/v1/journal", AuditRead),
    // engines; who settles which kind of finding says the use-case
    op("get", "/api/v1/engines", EngineRead),
    op("get", "/api/v1/findings", EngineRead),
    op("get", "/api/v1/proof", EngineRead),
    op("get", "/api/v1/subscriptions/{id}/proof", EngineRead),
    op("post", "/api/v1/findings/{id}/settle", EngineRead),
    op("get", "/api/v1/tasks", TaskRead),
    op("get", "/api/v1/sweeps", SweepApprove),
    op("get", "/api/v1/sweeps/preview", SweepApprove),
    op("post", "/api/v1/sweeps/{id}/answer", SweepApprove),

    // money: subscriptions
    op("get", "/api/v1/subscriptions", SubscriptionRead),
    op("get", "/api/v1/subscriptions/export", SubscriptionRead),
    op("get", "/api/v1/subscriptions/{id}", SubscriptionRead),
    op("post", "/api/v1/subscriptions/{id}/plan-change", SubscriptionWrite).keyed(),
    op("post", "/api/v1/subscriptions/{id}/plan-change/preview", SubscriptionWrite),
    op("delete", "/api/v1/subscriptions/{id}/plan-change/{change}", SubscriptionWrite),
    op("get", "/api/v1/subscriptions/{id}/quota-offer", SubscriptionRead),
    op("get", "/api/v1/subscriptions/{id}/quota-top-ups", SubscriptionRead),
    op("post", "/api/v1/subscriptions/{id}/quota-top-ups", SubscriptionWrite).keyed(),
    op("post", "/api/v1/subscriptions/{id}/pause", SubscriptionWrite).keyed(),
    op("post", "/api/v1/subscriptions/{id}/resume", SubscriptionWrite).keyed(),
    op("post", "/api/v1/subscriptions/{id}/terminate", SubscriptionWrite).keyed(),
    op("post", "/api/v1/subscriptions/{id}/terminate/preview", SubscriptionWrite),
    op("post", "/api/v1/subscriptions/{id}/cancel", SubscriptionWrite).keyed(),
    op("post", "/api/v1/subscriptions/{id}/months-ahead", SubscriptionWrite).keyed(),
    op("post", "/api/v1/subscriptions/{id}/months-ahead/preview", SubscriptionWrite),
    op("post", "/api/v1/subscriptions/{id}/extras", SubscriptionWrite).keyed(),
    op("delete", "/api/v1/subscriptions/{id}/extras/{extra}", SubscriptionWrite),
    op("get", "/api/v1/subscriptions/{id}/promises", SubscriptionRead),
    op("delete", "/api/v1/subscriptions/{id}/promises/{promise}", PromiseWrite),
    op("get", "/api/v1/subscriptions/{id}/holds", SubscriptionRead),
    op("delete", "/api/v1/subscriptions/{id}/holds/manual", HoldManualWrite),
    op("delete", "/api/v1/subscriptions/{id}/holds/abuse", HoldAbuseWrite),
    op("post", "/api/v1/promises", PromiseWrite).keyed(),
    op("post", "/api/v1/holds/manual", HoldManualWrite).keyed(),
    op("post", "/api/v1/holds/abuse", HoldAbuseWrite).keyed(),
    op("get", "/api/v1/quote", PlanRead),

    // money: invoices and payments
    op("get", "/api/v1/invoices", InvoiceRead),
    op("get", "/api/v1/invoices/export", InvoiceRead),
    op("post", "/api/v1/invoices", InvoiceWrite).keyed(),
    op("post", "/api/v1/invoices/remind", PromiseWrite).keyed(),
    op("post", "/api/v1/invoices/remind/preview", PromiseWrite),
    op("get", "/api/v1/invoices/{id}", InvoiceRead),
    op("delete", "/api/v1/invoices/{id}", InvoiceWrite),
    op("get", "/api/v1/invoices/{id}/why", InvoiceRead),
    op("get", "/api/v1/invoices/{id}/pdf", InvoiceRead),
    op("post", "/api/v1/invoices/{id}/publish", InvoiceWrite).keyed(),
    op("post", "/api/v1/invoices/{id}/issue-again", InvoiceWrite).keyed(),
    op("post", "/api/v1/invoices/{id}/credit-notes", CreditNoteWrite).keyed(),
    op("post", "/api/v1/invoices/{id}/write-off", CreditNoteWrite).keyed(),
    op("post", "/api/v1/invoices/{id}/withholdings", PaymentWrite).keyed(),
    op("get", "/api/v1/withholdings", LedgerRead),
    op("post", "/api/v1/withholdings/{id}/certificate", PaymentWrite).keyed(),
    op("get", "/api/v1/credit-notes/{id}", InvoiceRead),
    op("get", "/api/v1/credit-notes/{id}/pdf", InvoiceRead),
    op("get", "/api/v1/payments", PaymentRead),
    op("get", "/api/v1/payments/export", PaymentRead),
    op("post", "/api/v1/payments", PaymentWrite).keyed(),
    op("get", "/api/v1/payments/{id}", PaymentRead),
    op("get", "/api/v1/payments/{id}/receipt", PaymentRead),
    op("post", "/api/v1/payments/{id}/settle", PaymentWrite).keyed(),
    op("post", "/api/v1/payments/{id}/reverse", PaymentWrite).keyed(),
    op("get", "/api/v1/customers/{id}/statement", PaymentRead),
    op("post", "/api/v1/customers/{id}/refund", PaymentWrite).keyed(),
    op("get", "/api/v1/people", StaffRead),
    // money: cash in drawers, in collectors' hands, in the safe
    op("get", "/api/v1/cash", PaymentWrite),
    op("get", "/api/v1/cash/drawers", LedgerRead),
    op("post", "/api/v1/cash/drawers", PaymentWrite).keyed(),
    op("get", "/api/v1/cash/drawers/{id}", LedgerRead),
    op("get", "/api/v1/cash/drawers/{id}/moves", LedgerRead),
    op("get", "/api/v1/cash/drawers/{id}/pdf", LedgerRead),
    op("post", "/api/v1/cash/drawers/{id}/count", PaymentWrite).keyed(),
    op("post", "/api/v1/cash/drawers/{id}/accept", PaymentApprove).keyed(),
    op("post", "/api/v1/cash/safe", PaymentWrite).keyed(),
    op("get", "/api/v1/cash/holders", PaymentWrite),
    op("get", "/api/v1/cash/handovers", LedgerRead),
    op("post", "/api/v1/cash/handovers", PaymentWrite).keyed(),
    op("get", "/api/v1/cash/handovers/{id}/receipt", LedgerRead),
    op("get", "/api/v1/cash/held", CashCollect),
    op("get", "/api/v1/cash/due/{id}", CashCollect),
    op("post", "/api/v1/cash/collections", CashCollect).keyed(),
    op("get", "/api/v1/approvals", PaymentApprove),
    op("post", "/api/v1/approvals/{id}/approve", PaymentApprove).keyed(),
    op("post", "/api/v1/approvals/{id}/reject", PaymentWrite).keyed(),
    op("get", "/api/v1/vouchers", VoucherRead),
    op("post", "/api/v1/vouchers", VoucherWrite).keyed(),
    op("get", "/api/v1/vouchers/{id}", VoucherRead),
    op("get", "/api/v1/vouchers/{id}/codes", VoucherWrite),
    op("get", "/api/v1/vouchers/{id}/guests", VoucherRead),
    op("get", "/api/v1/vouchers/{id}/pdf", VoucherWrite),
    op("post", "/api/v1/vouchers/{id}/sell", VoucherWrite).keyed(),
    op("post", "/api/v1/vouchers/{id}/void", VoucherWrite).keyed(),
    op("post", "/api/v1/vouchers/redeem", SubscriptionWrite).keyed(),
    op("get", "/api/v1/billing-runs", BillingRun),
    op("post", "/api/v1/billing-runs", BillingRun).keyed(),
    op("post", "/api/v1/billing-runs/preview", BillingRun),
    op("get", "/api/v1/billing-runs/{id}", BillingRun),
    op("get", "/api/v1/ledger/trial-balance", LedgerRead),
    op("get", "/api/v1/ledger/entries", LedgerRead),
    op("get", "/api/v1/aging", LedgerRead),
    op("get", "/api/v1/aging/customers", LedgerRead),
    op("get", "/api/v1/aging/invoices", LedgerRead),
    op("post", "/api/v1/ledger/close", InvoiceWrite).keyed(),

    // money: gateways and the pay page
    op("get", "/api/v1/bank", LedgerRead),
    op("post", "/api/v1/bank/preview", PaymentWrite),
    op("post", "/api/v1/bank/imports", PaymentWrite).keyed(),
    op("get", "/api/v1/bank/lines", LedgerRead),
    op("post", "/api/v1/bank/lines/{id}/assign", PaymentWrite).keyed(),
    op("post", "/api/v1/bank/lines/{id}/match", PaymentWrite).keyed(),
    op("post", "/api/v1/bank/lines/{id}/settlement", PaymentWrite).keyed(),
    op("post", "/api/v1/bank/lines/{id}/deposit", PaymentWrite).keyed(),
    op("post", "/api/v1/bank/lines/{id}/not-ours", PaymentWrite).keyed(),
    op("post", "/api/v1/bank/lines/{id}/reopen", PaymentWrite).keyed(),
    op("get", "/api/v1/gateways", LedgerRead),
    op("get", "/api/v1/notices", LedgerRead),
    op("post", "/api/v1/notices/{id}/accept", PaymentApprove).keyed(),
    op("post", "/api/v1/intents", InvoicePay),
    op("get", "/api/v1/intents/{id}", InvoicePay),
    public("post", "/gateway/{name}/notice").signed(),
    public("post", "/bells/{engine}").signed(),
    public("get", "/pay"),
    public("post", "/pay"),
    public("post", "/pay/start"),
    public("post", "/pay/top-up"),
    public("get", "/pay/t/{token}"),
    public("post", "/pay/t/{token}"),
    public("get", "/pay/status/{reference}"),
    public("get", "/sim-gateway/pay/{reference}"),
    public("post", "/sim-gateway/pay/{reference}"),

    // the customers' portal
    public("post", "/api/v1/portal/code"),
    public("post", "/api/v1/portal/session"),
    own("get", "/api/v1/portal/session", SelfRead),
    own("put", "/api/v1/portal/session", SelfWrite),
    own("delete", "/api/v1/portal/session", SelfWrite),
    own("get", "/api/v1/portal/home", SubscriptionRead),
    own("get", "/api/v1/portal/bills", InvoiceRead),
    own("get", "/api/v1/portal/bills/{id}", InvoiceRead),
    own("get", "/api/v1/portal/bills/{id}/pdf", InvoiceRead),
    own("get", "/api/v1/portal/payments", PaymentRead),
    own("get", "/api/v1/portal/payments/{id}/receipt", PaymentRead),
    own("post", "/api/v1/portal/pay", InvoicePay),
    own("get", "/api/v1/portal/pay/{reference}", InvoicePay),
    own("get", "/api/v1/portal/subscriptions/{id}/usage", OnlineRead),
    own("post", "/api/v1/portal/subscriptions/{id}/ahead/preview", InvoicePay),
    own("post", "/api/v1/portal/subscriptions/{id}/ahead", InvoicePay).keyed(),
    own("get", "/api/v1/portal/plans", PlanRead),
    own("get", "/api/v1/portal/requests", SubscriptionRequest),
    own("post", "/api/v1/portal/requests", SubscriptionRequest).keyed(),
    own("delete", "/api/v1/portal/requests/{id}", SubscriptionRequest),
    own("get", "/api/v1/portal/tickets", TicketRead),
    own("post", "/api/v1/portal/tickets", TicketWrite).keyed(),
    own("get", "/api/v1/portal/tickets/{id}", TicketRead),
    own("post", "/api/v1/portal/tickets/{id}/comments", TicketWrite).keyed(),
    own("post", "/api/v1/portal/tickets/{id}/close", TicketWrite),
    own("post", "/api/v1/portal/tickets/{id}/reopen", TicketWrite),
    own("get", "/api/v1/portal/ticket-photos/{id}", TicketRead),
    own("get", "/api/v1/portal/settings", CustomerRead),
    own("put", "/api/v1/portal/settings", SelfWrite),

    // what customers and resellers ask of the office
    op("get", "/api/v1/requests", SubscriptionRead),
    op("post", "/api/v1/requests", SubscriptionRequest).keyed(),
    op("post", "/api/v1/requests/{id}/answer", SubscriptionWrite).keyed(),

    // resellers
    op("get", "/api/v1/partners", PartnerRead),
    op("post", "/api/v1/partners", PartnerWrite).keyed(),
    op("get", "/api/v1/partners/{id}", PartnerRead),
    op("post", "/api/v1/partners/{id}/rules", PartnerWrite).keyed(),
    op("get", "/api/v1/partners/{id}/commissions", WalletRead),
    op("get", "/api/v1/wallet/{partner}", WalletRead),
    op("get", "/api/v1/wallet/{partner}/statement", WalletRead),
    op("post", "/api/v1/wallet/{partner}/top-up", WalletTopUp).keyed(),
    op("post", "/api/v1/wallet/{partner}/top-up/gateway", WalletTopUp),
    op("get", "/api/v1/wallet/{partner}/quote", InvoicePay),
    op("post", "/api/v1/wallet/{partner}/pay", InvoicePay).keyed(),
    op("get", "/api/v1/partners/{id}/home", WalletRead),
    op("get", "/api/v1/partners/{id}/customers", OnlineRead),
    op("get", "/api/v1/top-ups", WalletRead),
    op("get", "/api/v1/top-ups/{id}", WalletRead),
    op("post", "/api/v1/top-ups/{id}/approve", WalletApprove).keyed(),
    op("post", "/api/v1/top-ups/{id}/reject", WalletTopUp).keyed(),
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
