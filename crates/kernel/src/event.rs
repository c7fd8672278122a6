//! What happened: closed, past tense, carrying ids only. A new event does not compile until
//! `flows::reactions` says what follows from it.

use serde::{Deserialize, Serialize};

use crate::id::{
    AccountId, AttendanceId, CustomerId, EarningSumId, InvoiceId, ItemId, LeadId, NasId, OrderId,
    PartnerId, PaymentId, PlanId, ProfileId, RunId, SessionId, SubscriptionId, TicketId, UserId,
    VoucherBatchId, VoucherId, WorkOrderId,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    // crm
    LeadRegistered {
        lead: LeadId,
    },
    LeadConverted {
        lead: LeadId,
        customer: CustomerId,
        subscription: SubscriptionId,
        order: OrderId,
    },
    /// Name, phone, address or another of the customer's own data, or archived.
    CustomerAmended {
        customer: CustomerId,
    },
    // catalog
    PlanSet {
        plan: PlanId,
    },
    ProfileSet {
        profile: ProfileId,
    },
    // billing: the subscription's life
    SubscriptionCreated {
        subscription: SubscriptionId,
    },
    SubscriptionReady {
        subscription: SubscriptionId,
    },
    SubscriptionActivated {
        subscription: SubscriptionId,
    },
    SubscriptionPaused {
        subscription: SubscriptionId,
    },
    SubscriptionResumed {
        subscription: SubscriptionId,
    },
    SubscriptionTerminated {
        subscription: SubscriptionId,
    },
    SubscriptionCancelled {
        subscription: SubscriptionId,
    },
    /// The plan in force changed (now, not when it was asked for).
    PlanChanged {
        subscription: SubscriptionId,
    },
    HoldsChanged {
        subscription: SubscriptionId,
    },
    PromiseChanged {
        subscription: SubscriptionId,
    },
    EntitlementChanged {
        subscription: SubscriptionId,
    },
    PolicyChanged,
    /// A speed profile gives something else, or a plan gives another profile.
    ProfilesChanged,
    TerminationProposed {
        subscription: SubscriptionId,
    },
    // billing: money
    InvoiceIssued {
        invoice: InvoiceId,
        customer: CustomerId,
        subscription: Option<SubscriptionId>,
    },
    /// One event a chunk of a billing run, not one an invoice.
    InvoicesIssued {
        run: RunId,
        invoices: Vec<InvoiceId>,
    },
    InvoiceCredited {
        invoice: InvoiceId,
        subscription: Option<SubscriptionId>,
    },
    /// The outstanding amount reached zero by payment, credit or withholding.
    InvoicePaid {
        invoice: InvoiceId,
        customer: CustomerId,
        subscription: Option<SubscriptionId>,
    },
    /// A reversal made it open again.
    InvoiceReopened {
        invoice: InvoiceId,
        subscription: Option<SubscriptionId>,
    },
    PaymentReceived {
        payment: PaymentId,
        customer: CustomerId,
    },
    PaymentReversed {
        payment: PaymentId,
        customer: CustomerId,
    },
    /// A batch of codes was made.
    VouchersMade {
        batch: VoucherBatchId,
    },
    /// The unused codes of a batch are worthless.
    VouchersVoided {
        batch: VoucherBatchId,
    },
    /// A code refilled a subscription.
    VoucherRedeemed {
        voucher: VoucherId,
    },
    // fulfilment
    WorkOrderOpened {
        work_order: WorkOrderId,
    },
    WorkOrderAssigned {
        work_order: WorkOrderId,
    },
    WorkOrderOnTheWay {
        work_order: WorkOrderId,
    },
    /// The technician's scan was accepted: `item` (or a customer-owned MAC) is now at the site.
    DeviceScanned {
        work_order: WorkOrderId,
        subscription: SubscriptionId,
        item: Option<ItemId>,
    },
    WorkOrderDone {
        work_order: WorkOrderId,
        subscription: SubscriptionId,
    },
    /// NOC accepted the evidence of a finished order that was on its review list.
    WorkOrderReviewed {
        work_order: WorkOrderId,
        subscription: SubscriptionId,
    },
    WorkOrderFailed {
        work_order: WorkOrderId,
    },
    WorkOrderCancelled {
        work_order: WorkOrderId,
    },
    // fulfilment: complaints
    TicketOpened {
        ticket: TicketId,
    },
    /// Taken, started, spoken in, given to somebody else: what a list or a page shows is old.
    TicketChanged {
        ticket: TicketId,
    },
    /// It waits for the customer's answer.
    TicketAsked {
        ticket: TicketId,
    },
    TicketResolved {
        ticket: TicketId,
    },
    TicketReopened {
        ticket: TicketId,
    },
    TicketClosed {
        ticket: TicketId,
    },
    /// The time that its priority allows is used up. Said once a ticket.
    TicketBreached {
        ticket: TicketId,
    },
    // inventory
    ItemMoved {
        item: ItemId,
    },
    // network
    AccountChanged {
        account: AccountId,
        subscription: SubscriptionId,
    },
    NasChanged {
        nas: NasId,
    },
    /// The subscription's desired access changed; the network carries it out.
    AccessChanged {
        subscription: SubscriptionId,
    },
    AccessEnforced {
        subscription: SubscriptionId,
    },
    SessionOpened {
        session: SessionId,
        subscription: SubscriptionId,
    },
    SessionClosed {
        session: SessionId,
        subscription: SubscriptionId,
    },
    /// A guest's first login with this code: its clock runs, or began earlier than was known.
    GuestStarted {
        voucher: VoucherId,
    },
    /// What a guest's login is answered from has changed.
    GuestsChanged,
    /// An interim crossed the plan's quota, or a top-up or reset brought usage back under it.
    QuotaCrossed {
        subscription: SubscriptionId,
    },
    // partner
    WalletChanged {
        partner: PartnerId,
    },
    // people
    /// Name, phone, roles or standing of somebody who may log in, or what HR knows of them.
    UserChanged {
        user: UserId,
    },
    /// Somebody came to work, or went.
    AttendanceRecorded {
        attendance: AttendanceId,
    },
    /// A month is over: what each person earned beside the salary stands in sums that never change.
    EarningsClosed {
        sums: Vec<EarningSumId>,
    },
}

impl Event {
    /// The variant's name in snake case, as stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LeadRegistered { .. } => "lead_registered",
            Self::LeadConverted { .. } => "lead_converted",
            Self::CustomerAmended { .. } => "customer_amended",
            Self::PlanSet { .. } => "plan_set",
            Self::ProfileSet { .. } => "profile_set",
            Self::SubscriptionCreated { .. } => "subscription_created",
            Self::SubscriptionReady { .. } => "subscription_ready",
            Self::SubscriptionActivated { .. } => "subscription_activated",
            Self::SubscriptionPaused { .. } => "subscription_paused",
            Self::SubscriptionResumed { .. } => "subscription_resumed",
            Self::SubscriptionTerminated { .. } => "subscription_terminated",
            Self::SubscriptionCancelled { .. } => "subscription_cancelled",
            Self::PlanChanged { .. } => "plan_changed",
            Self::HoldsChanged { .. } => "holds_changed",
            Self::PromiseChanged { .. } => "promise_changed",
            Self::EntitlementChanged { .. } => "entitlement_changed",
            Self::PolicyChanged => "policy_changed",
            Self::ProfilesChanged => "profiles_changed",
            Self::TerminationProposed { .. } => "termination_proposed",
            Self::InvoiceIssued { .. } => "invoice_issued",
            Self::InvoicesIssued { .. } => "invoices_issued",
            Self::InvoiceCredited { .. } => "invoice_credited",
            Self::InvoicePaid { .. } => "invoice_paid",
            Self::InvoiceReopened { .. } => "invoice_reopened",
            Self::PaymentReceived { .. } => "payment_received",
            Self::PaymentReversed { .. } => "payment_reversed",
            Self::VouchersMade { .. } => "vouchers_made",
            Self::VouchersVoided { .. } => "vouchers_voided",
            Self::VoucherRedeemed { .. } => "voucher_redeemed",
            Self::WorkOrderOpened { .. } => "work_order_opened",
            Self::WorkOrderAssigned { .. } => "work_order_assigned",
            Self::WorkOrderOnTheWay { .. } => "work_order_on_the_way",
            Self::DeviceScanned { .. } => "device_scanned",
            Self::WorkOrderDone { .. } => "work_order_done",
            Self::WorkOrderReviewed { .. } => "work_order_reviewed",
            Self::WorkOrderFailed { .. } => "work_order_failed",
            Self::WorkOrderCancelled { .. } => "work_order_cancelled",
            Self::TicketOpened { .. } => "ticket_opened",
            Self::TicketChanged { .. } => "ticket_changed",
            Self::TicketAsked { .. } => "ticket_asked",
            Self::TicketResolved { .. } => "ticket_resolved",
            Self::TicketReopened { .. } => "ticket_reopened",
            Self::TicketClosed { .. } => "ticket_closed",
            Self::TicketBreached { .. } => "ticket_breached",
            Self::ItemMoved { .. } => "item_moved",
            Self::AccountChanged { .. } => "account_changed",
            Self::NasChanged { .. } => "nas_changed",
            Self::AccessChanged { .. } => "access_changed",
            Self::AccessEnforced { .. } => "access_enforced",
            Self::SessionOpened { .. } => "session_opened",
            Self::SessionClosed { .. } => "session_closed",
            Self::GuestStarted { .. } => "guest_started",
            Self::GuestsChanged => "guests_changed",
            Self::QuotaCrossed { .. } => "quota_crossed",
            Self::WalletChanged { .. } => "wallet_changed",
            Self::UserChanged { .. } => "user_changed",
            Self::AttendanceRecorded { .. } => "attendance_recorded",
            Self::EarningsClosed { .. } => "earnings_closed",
        }
    }
}
