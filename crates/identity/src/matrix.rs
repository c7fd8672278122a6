//! Who may do what: the one permission matrix.
//!
//! Deny by default: what does not stand in a role's row is not allowed to it. A person has the
//! union of their roles' rows. Which rows of the data they see is another matter
//! ([`kernel::Scope`]): a reseller's and a customer's permissions reach only what is their own.
//!
//! Two rules hold above this table. Finance has nothing in technical configuration. And approving
//! is never done by the person who wrote: the use-cases compare the two.

use kernel::Permission::{self, *};
use kernel::permission::PermissionSet;

store::words! {
    /// What somebody is in the ISP. `Customer` is never a user's role: it is what the portal and
    /// the pay page act as.
    pub enum Role {
        Owner = "owner",
        Sales = "sales",
        Finance = "finance",
        Warehouse = "warehouse",
        Noc = "noc",
        Technician = "technician",
        Hr = "hr",
        Reseller = "reseller",
        Customer = "customer",
    }
}

/// What everybody who is logged in may do: see who they are, change their own password.
#[rustfmt::skip]
const OWN: &[Permission] = &[SelfRead, SelfWrite];

/// The owner: everything about people, customers, plans and settings; reads all the rest. Money is
/// finance's, the network NOC's, an `abuse` hold NOC's.
#[rustfmt::skip]
const OWNER: &[Permission] = &[
    UserRead, UserWrite, StaffRead, AuditRead, SettingsRead, SettingsWrite,
    PlanRead, PlanWrite, PlanPriceWrite, PlanSpeedWrite,
    LeadRead, LeadWrite, LeadVerify, CustomerRead, CustomerWrite,
    CoverageRead, CoverageWrite, CoverageCheck,
    SubscriptionRead, SubscriptionWrite,
    InvoiceRead, PaymentRead, LedgerRead, VoucherRead,
    PolicyRead, PolicyWrite, PromiseWrite, HoldManualWrite, SweepApprove,
    OnlineRead, AccountRead, NasRead, SessionRead,
    StockRead, StockApprove, PurchaseRead, PurchaseApprove, WorkOrderRead, TicketRead,
    MessageRead, MessageWrite,
    PartnerRead, PartnerWrite, WalletRead, WalletApprove, WalletTopUp,
    EngineRead, EngineWrite, FindingSettleMoney, FindingSettleStock, FindingSettleAccess,
    FindingSettleStaff, WhyRead, AttendanceRead, EarningRead, DashboardRead, TaskRead,
];

/// Sales & CS: leads, customers, orders and work orders; sees whether it is paid and online. Cash that they
/// collect is held by them until finance takes it into a drawer.
#[rustfmt::skip]
const SALES: &[Permission] = &[
    SettingsRead, PlanRead,
    LeadRead, LeadWrite, LeadVerify, CustomerRead, CustomerWrite,
    CoverageRead, CoverageCheck,
    SubscriptionRead, SubscriptionWrite,
    InvoiceRead, PaymentRead, VoucherRead,
    CashCollect, PromiseWrite, OnlineRead,
    WorkOrderRead, WorkOrderWrite, TicketRead, TicketWrite, TicketHandle,
    MessageRead, MessageWrite,
    PartnerRead, WalletRead,
    WhyRead, AttendanceOwn, DashboardRead,
];

/// Finance: all money, its approvals (by a second person), the isolation policy. No network, no NAS.
#[rustfmt::skip]
const FINANCE: &[Permission] = &[
    AuditRead, SettingsRead, PlanRead, PlanPriceWrite,
    LeadRead, CustomerRead, SubscriptionRead,
    InvoiceRead, InvoiceWrite, BillingRun, PaymentRead, PaymentWrite, PaymentApprove,
    CreditNoteWrite, CreditNoteApprove, LedgerRead, VoucherRead, VoucherWrite,
    PolicyRead, PolicyWrite, PromiseWrite, HoldManualWrite, SweepApprove,
    StockRead, StockApprove, PurchaseRead, PurchaseApprove,
    MessageRead,
    PartnerRead, PartnerWrite, WalletRead, WalletApprove, WalletTopUp,
    EngineRead, FindingSettleMoney,
    WhyRead, DashboardRead, TaskRead,
];

/// Warehouse: stock, and what is bought for it. `StockApprove` covers what warehouse may approve; the variance
/// of a stock count is approved by finance or the owner, which the use-case checks, and so is every purchase.
#[rustfmt::skip]
const WAREHOUSE: &[Permission] = &[
    SettingsRead, StockRead, StockWrite, StockApprove, PurchaseRead, PurchaseWrite,
    WorkOrderRead, EngineRead, FindingSettleStock, AttendanceOwn, DashboardRead, TaskRead,
];

/// NOC: the network, coverage, dispatch, and the `abuse` hold.
#[rustfmt::skip]
const NOC: &[Permission] = &[
    SettingsRead, PlanRead, PlanSpeedWrite,
    LeadRead, CustomerRead,
    CoverageRead, CoverageWrite, CoverageCheck,
    SubscriptionRead, PolicyRead, HoldAbuseWrite,
    OnlineRead, AccountRead, AccountWrite, ProfileWrite, NasRead, NasWrite, SessionRead,
    SessionKick,
    StockRead,
    WorkOrderRead, WorkOrderWrite, WorkOrderDispatch,
    TicketRead, TicketWrite, TicketHandle, TicketDispatch,
    MessageRead,
    EngineRead, FindingSettleAccess,
    WhyRead, AttendanceOwn, DashboardRead, TaskRead,
];

/// Technician: their own jobs, tickets and bag, and cash of their own jobs' customers. The customer's name and address come inside the job, so there
/// is no list of customers to read.
#[rustfmt::skip]
const TECHNICIAN: &[Permission] = &[
    SettingsRead, CoverageRead, BagRead, BagMove, WorkOrderRead, JobRead, JobProgress,
    TicketRead, TicketWrite, TicketHandle, AttendanceOwn, AttendanceCheck, CashCollect,
    DashboardRead,
];

/// HR: people's working life: who works where, what they finish and earn beside the salary, and what an engine says
/// of them.
#[rustfmt::skip]
const HR: &[Permission] = &[
    SettingsRead, AttendanceRead, StaffRead, StaffWrite, EarningRead, EarningWrite,
    FindingSettleStaff, DashboardRead,
];

/// A reseller: their own leads, sub-customers and wallet. `WalletTopUp` asks for a top-up; money is
/// counted only when finance approves it or a gateway confirms it.
#[rustfmt::skip]
const RESELLER: &[Permission] = &[
    PlanRead, LeadRead, LeadWrite, CustomerRead, CustomerWrite, CoverageCheck,
    SubscriptionRead, SubscriptionRequest,
    InvoiceRead, InvoicePay, PaymentRead, OnlineRead, WorkOrderRead, TicketRead, TicketWrite,
    PartnerRead, WalletRead, WalletTopUp, DashboardRead,
];

/// A customer: their own connection, bills and jobs.
#[rustfmt::skip]
const CUSTOMER: &[Permission] = &[
    PlanRead, CustomerRead, CoverageCheck, SubscriptionRead, SubscriptionRequest,
    InvoiceRead, InvoicePay, PaymentRead, OnlineRead, WorkOrderRead, TicketRead, TicketWrite,
];

/// What a role allows.
pub fn permissions(role: Role) -> PermissionSet {
    let row = match role {
        Role::Owner => OWNER,
        Role::Sales => SALES,
        Role::Finance => FINANCE,
        Role::Warehouse => WAREHOUSE,
        Role::Noc => NOC,
        Role::Technician => TECHNICIAN,
        Role::Hr => HR,
        Role::Reseller => RESELLER,
        Role::Customer => CUSTOMER,
    };
    OWN.iter().chain(row).copied().collect()
}

/// What a person with these roles may do.
pub fn permissions_of(roles: &[Role]) -> PermissionSet {
    roles.iter().fold(PermissionSet::empty(), |all, role| all.union(permissions(*role)))
}

/// What somebody may do who must first change their password or set up their one-time code.
pub fn own_only() -> PermissionSet {
    OWN.iter().copied().collect()
}

/// The permission of this name, as the API writes it (`lead_write`).
pub fn permission_named(name: &str) -> Option<Permission> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

/// A permission's name as the API writes it.
pub fn name_of(permission: Permission) -> String {
    match serde_json::to_value(permission) {
        Ok(serde_json::Value::String(name)) => name,
        _ => permission.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of roles, permission by permission: o owner, s sales, f finance, w warehouse, n NOC,
    /// t technician, h HR, r reseller, c customer.
    const EXPECTED: &[(&str, &str)] = &[
        ("self_read", "osfwnthrc"),
        ("self_write", "osfwnthrc"),
        ("user_read", "o"),
        ("user_write", "o"),
        ("staff_read", "oh"),
        ("staff_write", "h"),
        ("audit_read", "of"),
        ("settings_read", "osfwnth"),
        ("settings_write", "o"),
        ("plan_read", "osfnrc"),
        ("plan_write", "o"),
        ("plan_price_write", "of"),
        ("plan_speed_write", "on"),
        ("lead_read", "osfnr"),
        ("lead_write", "osr"),
        ("lead_verify", "os"),
        ("customer_read", "osfnrc"),
        ("customer_write", "osr"),
        ("coverage_read", "osnt"),
        ("coverage_write", "on"),
        ("coverage_check", "osnrc"),
        ("subscription_read", "osfnrc"),
        ("subscription_write", "os"),
        ("subscription_request", "rc"),
        ("invoice_read", "osfrc"),
        ("invoice_write", "f"),
        ("billing_run", "f"),
        ("payment_read", "osfrc"),
        ("payment_write", "f"),
        ("payment_approve", "f"),
        ("cash_collect", "st"),
        ("credit_note_write", "f"),
        ("credit_note_approve", "f"),
        ("ledger_read", "of"),
        ("voucher_read", "osf"),
        ("voucher_write", "f"),
        ("invoice_pay", "rc"),
        ("policy_read", "ofn"),
        ("policy_write", "of"),
        ("promise_write", "osf"),
        ("hold_manual_write", "of"),
        ("hold_abuse_write", "n"),
        ("sweep_approve", "of"),
        ("online_read", "osnrc"),
        ("account_read", "on"),
        ("account_write", "n"),
        ("profile_write", "n"),
        ("nas_read", "on"),
        ("nas_write", "n"),
        ("session_read", "on"),
        ("session_kick", "n"),
        ("stock_read", "ofwn"),
        ("stock_write", "w"),
        ("stock_approve", "ofw"),
        ("purchase_read", "ofw"),
        ("purchase_write", "w"),
        ("purchase_approve", "of"),
        ("bag_read", "t"),
        ("bag_move", "t"),
        ("work_order_read", "oswntrc"),
        ("work_order_write", "sn"),
        ("work_order_dispatch", "n"),
        ("job_read", "t"),
        ("job_progress", "t"),
        ("ticket_read", "osntrc"),
        ("ticket_write", "sntrc"),
        ("ticket_handle", "snt"),
        ("ticket_dispatch", "n"),
        ("attendance_read", "oh"),
        ("attendance_own", "swnt"),
        ("attendance_check", "t"),
        ("earning_read", "oh"),
        ("earning_write", "h"),
        ("message_read", "osfn"),
        ("message_write", "os"),
        ("partner_read", "osfr"),
        ("partner_write", "of"),
        ("wallet_approve", "of"),
        ("wallet_read", "osfr"),
        ("wallet_top_up", "ofr"),
        ("engine_read", "ofwn"),
        ("engine_write", "o"),
        ("finding_settle_money", "of"),
        ("finding_settle_stock", "ow"),
        ("finding_settle_access", "on"),
        ("finding_settle_staff", "oh"),
        ("why_read", "osfn"),
        ("dashboard_read", "osfwnthr"),
        ("task_read", "ofwn"),
    ];

    #[test]
    fn every_permission_is_with_exactly_the_roles_of_the_written_table() {
        let letters = "osfwnthrc";
        for permission in Permission::ALL {
            let name = name_of(*permission);
            let row = EXPECTED.iter().find(|(n, _)| *n == name);
            let (_, expected) = row.unwrap_or_else(|| panic!("{name} is not in the table"));
            let real: String = Role::ALL
                .iter()
                .zip(letters.chars())
                .filter(|(role, _)| permissions(**role).has(*permission))
                .map(|(_, letter)| letter)
                .collect();
            assert_eq!(real, *expected, "{name}");
        }
        assert_eq!(EXPECTED.len(), Permission::ALL.len());
    }

    /// One row of the table of who may do what, as it is written for people: a cell a role, in the order
    /// of [`Role::ALL`], and what each letter of the row means here.
    struct Area {
        name: &'static str,
        /// R, W and A of the row. A word in a cell (`promise`) is a letter of its own.
        letters: &'static [(&'static str, &'static [Permission])],
        cells: [&'static str; 9],
    }

    /// Cells are letters of the row, joined by `+`; `-` is nothing.
    const AREAS: &[Area] = &[
        Area {
            name: "leads, customers",
            letters: &[
                ("R", &[LeadRead, CustomerRead]),
                ("W", &[LeadWrite, CustomerWrite]),
                ("A", &[LeadVerify]),
                // A customer has no leads.
                ("own: R", &[CustomerRead]),
            ],
            // The customer of a technician's own job comes inside the job.
            cells: ["R+W+A", "R+W+A", "R", "-", "R", "-", "-", "R+W", "own: R"],
        },
        Area {
            name: "coverage map",
            letters: &[
                ("R", &[CoverageRead]),
                ("W", &[CoverageWrite]),
                ("check", &[CoverageCheck]),
            ],
            cells: ["R+W+check", "R+check", "-", "-", "R+W+check", "R", "-", "check", "check"],
        },
        Area {
            name: "plans, prices",
            letters: &[
                ("R", &[PlanRead]),
                ("W", &[PlanWrite]),
                ("price", &[PlanPriceWrite]),
                ("speed", &[PlanSpeedWrite]),
            ],
            cells: ["R+W+price+speed", "R", "R+price", "-", "R+speed", "-", "-", "R", "R"],
        },
        Area {
            name: "sales orders, subscriptions",
            letters: &[
                ("R", &[SubscriptionRead]),
                ("W", &[SubscriptionWrite]),
                ("request", &[SubscriptionRequest]),
            ],
            cells: ["R+W", "R+W", "R", "-", "R", "-", "-", "R+request", "R+request"],
        },
        Area {
            name: "invoices, payments, ledger, bank reconciliation",
            letters: &[
                ("status", &[InvoiceRead, PaymentRead]),
                ("vouchers", &[VoucherRead]),
                ("books", &[LedgerRead]),
                ("W", &[InvoiceWrite, BillingRun, PaymentWrite, CreditNoteWrite, VoucherWrite]),
                ("A", &[PaymentApprove, CreditNoteApprove]),
                ("pay", &[InvoicePay]),
            ],
            cells: [
                "status+vouchers+books",
                "status+vouchers",
                "status+vouchers+books+W+A",
                "-",
                "-",
                "-",
                "-",
                "status+pay",
                "status+pay",
            ],
        },
        Area {
            name: "isolation policy, promises to pay, holds",
            letters: &[
                ("R", &[PolicyRead]),
                ("W", &[PolicyWrite, SweepApprove]),
                ("promise", &[PromiseWrite]),
                ("manual", &[HoldManualWrite]),
                ("abuse", &[HoldAbuseWrite]),
            ],
            cells: [
                "R+W+promise+manual",
                "promise",
                "R+W+promise+manual",
                "-",
                "R+abuse",
                "-",
                "-",
                "-",
                "-",
            ],
        },
        Area {
            name: "RADIUS accounts, profiles, NAS, CoA, kick",
            letters: &[
                ("R", &[AccountRead, NasRead, SessionRead]),
                ("W", &[AccountWrite, ProfileWrite, NasWrite, SessionKick]),
                ("status", &[OnlineRead]),
            ],
            cells: ["R+status", "status", "-", "-", "R+W+status", "-", "-", "status", "status"],
        },
        Area {
            name: "stock, moves, stock count, labels",
            letters: &[
                ("R", &[StockRead]),
                ("W", &[StockWrite]),
                // A count's variance; by whom, says the use-case.
                ("A", &[StockApprove]),
                ("bag", &[BagRead, BagMove]),
            ],
            cells: ["R+A", "-", "R+A", "R+W+A", "R", "bag", "-", "-", "-"],
        },
        Area {
            // Who approves reads what they approve.
            name: "purchase orders",
            letters: &[
                ("A", &[PurchaseRead, PurchaseApprove]),
                ("RW", &[PurchaseRead, PurchaseWrite]),
            ],
            cells: ["A", "-", "A", "RW", "-", "-", "-", "-", "-"],
        },
        Area {
            name: "work orders",
            letters: &[
                ("R", &[WorkOrderRead]),
                ("W", &[WorkOrderWrite]),
                ("dispatch", &[WorkOrderDispatch]),
                ("progress", &[JobRead, JobProgress]),
            ],
            cells: ["R", "R+W", "-", "R", "R+W+dispatch", "R+progress", "-", "R", "R"],
        },
        Area {
            name: "tickets",
            letters: &[
                ("R", &[TicketRead]),
                ("W", &[TicketWrite]),
                // Staff work on them; a reseller and a customer report, answer and agree.
                ("handle", &[TicketHandle]),
                // Who does it, and how urgent it is.
                ("A", &[TicketDispatch]),
            ],
            cells: ["R", "R+W+handle", "-", "-", "R+W+handle+A", "R+W+handle", "-", "R+W", "R+W"],
        },
        Area {
            // One's own earnings come with one's own account.
            name: "employees, attendance, payroll, KPI",
            letters: &[
                ("R", &[AttendanceRead, StaffRead, EarningRead]),
                ("W", &[StaffWrite, EarningWrite]),
                // What an engine says of people: the owner resolves it as they do every other finding.
                ("resolve", &[FindingSettleStaff]),
                ("own", &[AttendanceOwn]),
                ("check in and out", &[AttendanceCheck]),
            ],
            cells: [
                "R+resolve",
                "own",
                "-",
                "own",
                "own",
                "own+check in and out",
                "R+W+resolve",
                "-",
                "-",
            ],
        },
        Area {
            name: "resellers, wallets, commission rules",
            letters: &[
                ("R", &[PartnerRead, WalletRead]),
                ("W", &[PartnerWrite]),
                ("A", &[WalletApprove]),
                ("top up", &[WalletTopUp]),
            ],
            cells: ["R+W+A+top up", "R", "R+W+A+top up", "-", "-", "-", "-", "R+top up", "-"],
        },
        Area {
            name: "engines, reconciliation",
            letters: &[
                ("R", &[EngineRead]),
                ("W", &[EngineWrite]),
                ("resolve money", &[FindingSettleMoney]),
                ("resolve stock", &[FindingSettleStock]),
                ("resolve access", &[FindingSettleAccess]),
            ],
            cells: [
                "R+W+resolve money+resolve stock+resolve access",
                "-",
                "R+resolve money",
                "R+resolve stock",
                "R+resolve access",
                "-",
                "-",
                "-",
                "-",
            ],
        },
        Area {
            name: "users, roles, audit",
            letters: &[("users", &[UserRead, UserWrite]), ("audit", &[AuditRead])],
            cells: ["users+audit", "-", "audit", "-", "-", "-", "-", "-", "-"],
        },
    ];

    /// What the table for people does not speak of: one's own account, the settings that every page needs,
    /// messages, and answers over all rooms, which are cut to what their reader may see.
    const BESIDE: &[Permission] = &[
        SelfRead,
        SelfWrite,
        CashCollect,
        SettingsRead,
        SettingsWrite,
        MessageRead,
        MessageWrite,
        WhyRead,
        DashboardRead,
        TaskRead,
    ];

    #[test]
    fn each_cell_of_the_table_for_people_is_what_the_role_has() {
        let mut spoken_of: Vec<Permission> = BESIDE.to_vec();
        for area in AREAS {
            let mut universe: Vec<Permission> = Vec::new();
            for permission in area.letters.iter().flat_map(|(_, all)| *all) {
                if !universe.contains(permission) {
                    universe.push(*permission);
                }
            }
            for (role, cell) in Role::ALL.iter().zip(area.cells) {
                let mut expected = PermissionSet::empty();
                for word in cell.split('+').filter(|word| *word != "-") {
                    let letter = area.letters.iter().find(|(name, _)| *name == word);
                    let (_, all) = letter.unwrap_or_else(|| panic!("{}: {word}", area.name));
                    expected = all.iter().fold(expected, |set, one| set.with(*one));
                }
                for permission in &universe {
                    assert_eq!(
                        permissions(*role).has(*permission),
                        expected.has(*permission),
                        "{}, {role}: {permission:?} ({cell})",
                        area.name
                    );
                }
            }
            spoken_of.extend(universe);
        }
        for permission in Permission::ALL {
            let times = spoken_of.iter().filter(|one| *one == permission).count();
            assert_eq!(times, 1, "{permission:?} is in {times} areas");
        }
    }

    #[test]
    fn finance_has_nothing_in_technical_configuration() {
        let finance = permissions(Role::Finance);
        for technical in [
            OnlineRead,
            AccountRead,
            AccountWrite,
            ProfileWrite,
            NasRead,
            NasWrite,
            SessionRead,
            SessionKick,
            PlanSpeedWrite,
            HoldAbuseWrite,
            CoverageWrite,
        ] {
            assert!(!finance.has(technical), "{technical:?}");
        }
    }

    #[test]
    fn several_roles_add_up_and_no_role_takes_away() {
        let both = permissions_of(&[Role::Warehouse, Role::Noc]);
        assert!(both.has(StockWrite) && both.has(NasWrite) && !both.has(PaymentWrite));
        assert_eq!(permissions_of(&[]), PermissionSet::empty());
        assert_eq!(permission_named("lead_write"), Some(LeadWrite));
        assert_eq!(permission_named("LeadWrite"), None);
    }
}
