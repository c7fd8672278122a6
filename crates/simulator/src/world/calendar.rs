//! What can happen, and who makes it happen.

use billing::approval::ApprovalId;
use kernel::{CustomerId, InvoiceId, LeadId, PaymentId, Result, SubscriptionId, WorkOrderId};

use super::World;
use super::gateway::Delivery;

/// Something that happens at its time.
#[derive(Clone, Debug)]
pub enum Happening {
    /// The top of each hour: sweeps, dials, what people left.
    Hour,
    /// Before the office opens: what is planned for this day.
    Morning,
    /// The billing run and what else the night brings.
    Night,
    /// The day is over: every invariant is asked.
    Evening,
    /// Routers report their sessions.
    Interims,
    /// The program's tasks are looked after, since something is due.
    Tasks,
    /// Somebody wants to become a customer.
    Interest,
    /// Sales look at a lead.
    Decide(LeadId),
    Convert(LeadId),
    /// NOC sends a technician.
    Dispatch(WorkOrderId),
    Visit(WorkOrderId),
    /// A customer pays an invoice.
    Pay {
        invoice: InvoiceId,
        customer: CustomerId,
        tries: u32,
    },
    /// Money that was announced is seen in the bank.
    Seen(PaymentId),
    /// The same transfer a second time.
    PayAgain {
        invoice: InvoiceId,
        customer: CustomerId,
    },
    /// The customer presses "pay" at the gateway.
    Press {
        reference: String,
    },
    /// A notice of the gateway arrives.
    Notice(Delivery),
    /// A payment turns out to be worthless.
    Bounce(PaymentId),
    /// A second person decides about what finance asked for.
    Approve(ApprovalId),
    /// A modem dials.
    Dial(usize),
    /// The modem has no power until its time.
    Power(usize, bool),
    /// One session is reported.
    Report {
        router: usize,
        session: String,
    },
    RouterReboot(usize),
    RouterPower(usize, bool),
    GatewayAway(bool),
    ReleaseAbuse(SubscriptionId),
    ReleaseManual(SubscriptionId),
}

impl World {
    pub(crate) async fn happen(&mut self, happening: Happening) -> Result<()> {
        match happening {
            Happening::Hour => self.hour().await,
            Happening::Morning => self.morning().await,
            Happening::Night => self.night().await,
            Happening::Evening => self.evening().await,
            Happening::Interims => self.interims().await,
            Happening::Tasks => self.round().await,
            Happening::Interest => self.interest().await,
            Happening::Decide(lead) => self.decide_lead(lead).await,
            Happening::Convert(lead) => self.convert(lead).await,
            Happening::Dispatch(order) => self.dispatch(order).await,
            Happening::Visit(order) => self.visit(order).await,
            Happening::Pay { invoice, customer, tries } => self.pay(invoice, customer, tries).await,
            Happening::Seen(payment) => self.seen_in_bank(payment).await,
            Happening::PayAgain { invoice, customer } => self.pay_again(invoice, customer).await,
            Happening::Press { reference } => self.press(&reference).await,
            Happening::Notice(delivery) => self.notice(delivery).await,
            Happening::Bounce(payment) => self.bounce(payment).await,
            Happening::Approve(asked) => self.decide_request(asked).await,
            Happening::Dial(house) => self.dial(house).await,
            Happening::Power(house, on) => self.power(house, on).await,
            Happening::Report { router, session } => self.report_session(router, &session).await,
            Happening::RouterReboot(n) => self.router_reboot(n).await,
            Happening::RouterPower(n, on) => self.router_power(n, on).await,
            Happening::GatewayAway(away) => {
                self.gateway.set_away(away);
                Ok(())
            }
            Happening::ReleaseAbuse(id) => self.release(id, billing::words::HoldKind::Abuse).await,
            Happening::ReleaseManual(id) => {
                self.release(id, billing::words::HoldKind::Manual).await
            }
        }
    }
}
