//! What people are told when something happened: from events to the message queue. Runs after the commit,
//! from the outbox, once an event.

mod reminder;
mod ticket;

pub use reminder::remind_of;

use catalog::Catalog;
use kernel::{
    BranchId, CustomerId, Day, Event, InvoiceId, Lang, Money, PartnerId, PaymentId, Phone, Result,
    SubscriptionId, Ts, WorkOrderId,
};
use network::DesiredKind;
use notification::{ChannelKind, NewMessage, Template};
use serde_json::{Value as Json, json};
use store::{QueryExt, Tx, args, row};

use crate::paylink::Signer;

row! {
    struct Party { id: CustomerId, name: String, phone: Phone, email: Option<String>, lang: String,
        branch_id: BranchId, partner_id: Option<PartnerId> }
}
row! {
    struct Bill { id: InvoiceId, number: Option<String>, customer_id: CustomerId,
        subscription_id: Option<SubscriptionId>, period_from: Day, total: Money, due_on: Day,
        state: Option<String>, name: String, phone: Phone, email: Option<String>, lang: String,
        branch_id: BranchId, partner_id: Option<PartnerId>, kind: String, outstanding: Money }
}
row! {
    struct Paid { customer_id: CustomerId, amount: Money, receipt_number: Option<String>,
        reversed_why: Option<String>, left_over: Money }
}
row! {
    struct Change { version: i64, desired: DesiredKind, why: Json, was: Option<DesiredKind> }
}

const PARTY: &str =
    "select id, name, phone, email, lang, branch_id, partner_id from crm_customer where id = $1";
const BILL: &str =
    "select i.id, i.number, i.customer_id, i.subscription_id, i.period_from, i.total,
    i.due_on, s.state, c.name, c.phone, c.email, c.lang, c.branch_id, c.partner_id, i.kind,
    i.total - i.paid - i.credited - i.withheld - i.written_off as outstanding
    from billing_invoice i join crm_customer c on c.id = i.customer_id
    left join billing_subscription s on s.id = i.subscription_id";

/// Queues what an event makes us say.
pub async fn tell(tx: &mut Tx, event: &Event) -> Result<()> {
    let catalog = catalog::current(tx).await?;
    let said = match event {
        Event::LeadConverted { customer, subscription, .. } => {
            registered(tx, &catalog, *customer, *subscription).await?
        }
        Event::WorkOrderAssigned { work_order } => {
            visit(tx, &catalog, *work_order, Template::VisitScheduled).await?
        }
        Event::WorkOrderOnTheWay { work_order } => {
            visit(tx, &catalog, *work_order, Template::TechnicianOnTheWay).await?
        }
        Event::SubscriptionActivated { subscription } => {
            active(tx, &catalog, *subscription).await?
        }
        Event::SubscriptionTerminated { subscription } => {
            ended(tx, &catalog, *subscription).await?
        }
        Event::InvoiceIssued { invoice, .. } => bills(tx, &catalog, &[*invoice]).await?,
        Event::InvoicesIssued { invoices, .. } => bills(tx, &catalog, invoices).await?,
        Event::PaymentReceived { payment, .. } => {
            paid(tx, &catalog, *payment, Template::PaymentReceived).await?
        }
        Event::PaymentReversed { payment, .. } => {
            paid(tx, &catalog, *payment, Template::PaymentReversed).await?
        }
        Event::AccessChanged { subscription } => access(tx, &catalog, *subscription).await?,
        Event::WalletChanged { partner } => topped_up(tx, &catalog, *partner).await?,
        Event::TicketOpened { ticket } => {
            ticket::told(tx, &catalog, *ticket, Template::TicketOpened).await?
        }
        Event::TicketAsked { ticket } => {
            ticket::told(tx, &catalog, *ticket, Template::TicketAsked).await?
        }
        Event::TicketResolved { ticket } => {
            ticket::told(tx, &catalog, *ticket, Template::TicketResolved).await?
        }
        Event::TicketClosed { ticket } => {
            ticket::told(tx, &catalog, *ticket, Template::TicketClosed).await?
        }
        _ => Vec::new(),
    };
    notification::queue_many(tx, said).await?;
    Ok(())
}

/// Reminds of what is due in three days and today; told once a step by the queue's own key.
pub async fn remind(tx: &mut Tx) -> Result<u64> {
    let catalog = catalog::current(tx).await?;
    let mut said = Vec::new();
    for branch in catalog.branches.values() {
        let today = tx.now().day(branch.zone);
        for (due, template) in
            [(today.plus_days(3), Template::DueSoon), (today, Template::DueToday)]
        {
            let sql = format!(
                "{BILL} where i.live and i.state = 'issued' and i.branch_id = $1 and i.due_on = $2
                 and i.issued_on < $3 and i.total > i.paid + i.credited + i.withheld + i.written_off"
            );
            let rows: Vec<Bill> = tx.rows(&sql, args![branch.id, due, today]).await?;
            for bill in rows {
                said.extend(bill_messages(tx, &catalog, bill, template));
            }
        }
    }
    notification::queue_many(tx, said).await
}

/// What every text may mention.
fn common(catalog: &Catalog, name: &str) -> Json {
    let company = catalog.company.as_ref();
    json!({
        "isp": company.map_or("Sambung", |c| c.name.as_str()),
        "phone": company.map_or("-", |c| c.phone.as_str()),
        "name": name,
    })
}

fn with(mut data: Json, more: Json) -> Json {
    if let (Some(all), Some(more)) = (data.as_object_mut(), more.as_object()) {
        all.extend(more.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    data
}

fn lang_of(code: &str) -> Lang {
    Lang::from_code(code).unwrap_or_default()
}

/// How a customer can be told, by what this installation has a sender for and what the customer has.
///
/// The first is the one that a short message takes; a paper goes by e-mail too. Where nothing fits, WhatsApp is
/// tried: the message is seen to expire, and somebody sees that a sender is missing.
fn ways(offered: &[ChannelKind], has_email: bool) -> Vec<ChannelKind> {
    let by_phone = [ChannelKind::Whatsapp, ChannelKind::Sms];
    let phone = by_phone.into_iter().find(|kind| offered.contains(kind));
    let email = (has_email && offered.contains(&ChannelKind::Email)).then_some(ChannelKind::Email);
    let found: Vec<ChannelKind> = phone.into_iter().chain(email).collect();
    if found.is_empty() { vec![ChannelKind::Whatsapp] } else { found }
}

/// The senders of this installation; without word of any (tests, the simulator) the usual two.
fn offered(tx: &Tx) -> Vec<ChannelKind> {
    QueryExt::ext::<notification::Offered>(tx)
        .map_or_else(|| vec![ChannelKind::Whatsapp, ChannelKind::Email], |o| o.0.clone())
}

impl Party {
    /// By the one channel that suits best.
    fn message(
        &self,
        tx: &Tx,
        template: Template,
        data: Json,
        subject: String,
        step: &str,
    ) -> Vec<NewMessage> {
        let mut all = self.papers(tx, template, data, subject, step);
        all.truncate(1);
        all
    }

    /// By phone, and by e-mail too when there is an address.
    fn papers(
        &self,
        tx: &Tx,
        template: Template,
        data: Json,
        subject: String,
        step: &str,
    ) -> Vec<NewMessage> {
        let ways = ways(&offered(tx), self.email.is_some());
        let message = |channel: ChannelKind| NewMessage {
            customer: Some(self.id),
            branch: Some(self.branch_id),
            partner: self.partner_id,
            channel,
            address: match (channel, &self.email) {
                (ChannelKind::Email, Some(address)) => address.clone(),
                _ => self.phone.as_str().to_owned(),
            },
            lang: lang_of(&self.lang),
            template,
            data: data.clone(),
            subject_key: subject.clone(),
            step: step.to_owned(),
        };
        ways.into_iter().map(message).collect()
    }
}

/// Sends a code to the phone that asked for it, by the one channel that suits best.
pub(crate) async fn login_code(
    tx: &mut Tx,
    customer: &crm::customer::Customer,
    digits: &str,
) -> Result<()> {
    let catalog = catalog::current(tx).await?;
    let party = Party {
        id: customer.id,
        name: customer.name.clone(),
        phone: customer.phone.clone(),
        email: customer.email.clone(),
        lang: customer.lang.clone(),
        branch_id: customer.branch_id,
        partner_id: customer.partner_id,
    };
    let minutes = (identity::portal::CODE_SECS / 60).to_string();
    let data = with(common(&catalog, &party.name), json!({ "code": digits, "minutes": minutes }));
    let step: kernel::MessageId = tx.new_id();
    let subject = format!("login:{}", customer.id);
    let said = party.message(tx, Template::LoginCode, data, subject, &step.to_string());
    notification::queue_many(tx, said).await?;
    Ok(())
}

async fn registered(
    tx: &mut Tx,
    catalog: &Catalog,
    customer: CustomerId,
    subscription: SubscriptionId,
) -> Result<Vec<NewMessage>> {
    let Some((party, plan)) = of_subscription(tx, catalog, subscription).await? else {
        return Ok(Vec::new());
    };
    let data = with(common(catalog, &party.name), json!({ "plan": plan }));
    let subject = format!("customer:{customer}");
    let step = subscription.to_string();
    Ok(party.message(tx, Template::RegistrationReceived, data, subject, &step))
}

async fn of_subscription(
    tx: &mut Tx,
    catalog: &Catalog,
    subscription: SubscriptionId,
) -> Result<Option<(Party, String)>> {
    let found: Option<(CustomerId, kernel::PlanId)> = tx
        .row_opt(
            "select customer_id, plan_id from billing_subscription where id = $1",
            args![subscription],
        )
        .await?;
    let Some((customer, plan)) = found else { return Ok(None) };
    let party: Option<Party> = tx.row_opt(PARTY, args![customer]).await?;
    let plan = catalog.plan(plan)?.name.clone();
    Ok(party.map(|party| (party, plan)))
}

row! { struct Visit { subscription_id: SubscriptionId, visit: i64, scheduled_on: Option<Day> } }

async fn visit(
    tx: &mut Tx,
    catalog: &Catalog,
    work_order: WorkOrderId,
    template: Template,
) -> Result<Vec<NewMessage>> {
    let names: Vec<String> = tx
        .values(
            "select u.name from fulfilment_technician t join identity_user u on u.id = t.user_id
             where t.work_order_id = $1 order by u.name",
            args![work_order],
        )
        .await?;
    let found: Option<Visit> = tx
        .row_opt(
            "select subscription_id, visit, scheduled_on from fulfilment_work_order where id = $1",
            args![work_order],
        )
        .await?;
    let Some(order) = found else { return Ok(Vec::new()) };
    let Some((party, _)) = of_subscription(tx, catalog, order.subscription_id).await? else {
        return Ok(Vec::new());
    };
    let lang = lang_of(&party.lang);
    let day = order.scheduled_on.map_or_else(|| "-".to_owned(), |d| d.short(lang));
    let data =
        with(common(catalog, &party.name), json!({ "day": day, "technician": names.join(", ") }));
    let step = format!("{}:{}:{day}", template.as_str(), order.visit);
    Ok(party.message(tx, template, data, format!("work_order:{work_order}"), &step))
}

async fn active(
    tx: &mut Tx,
    catalog: &Catalog,
    subscription: SubscriptionId,
) -> Result<Vec<NewMessage>> {
    let Some((party, plan)) = of_subscription(tx, catalog, subscription).await? else {
        return Ok(Vec::new());
    };
    let account = network::account::of_subscription(tx, subscription).await?;
    let username = account.map_or_else(|| "-".to_owned(), |a| a.username);
    let data = with(common(catalog, &party.name), json!({ "plan": plan, "username": username }));
    let subject = format!("subscription:{subscription}");
    Ok(party.message(tx, Template::InternetActive, data, subject, "active"))
}

async fn ended(
    tx: &mut Tx,
    catalog: &Catalog,
    subscription: SubscriptionId,
) -> Result<Vec<NewMessage>> {
    let Some((party, plan)) = of_subscription(tx, catalog, subscription).await? else {
        return Ok(Vec::new());
    };
    let today = tx.now().day(catalog.zone(party.branch_id));
    let last: Option<Option<Day>> = tx
        .value_opt(
            "select terminated_on from billing_subscription where id = $1",
            args![subscription],
        )
        .await?;
    let day = last.flatten().unwrap_or(today).short(lang_of(&party.lang));
    let data = with(common(catalog, &party.name), json!({ "plan": plan, "day": day }));
    let subject = format!("subscription:{subscription}");
    Ok(party.message(tx, Template::Terminated, data, subject, "terminated"))
}

/// A thousand bills are read and queued at once.
async fn bills(tx: &mut Tx, catalog: &Catalog, ids: &[InvoiceId]) -> Result<Vec<NewMessage>> {
    let sql = format!("{BILL} where i.id {{AMONG}}($1) and i.total > 0 order by i.id");
    let rows: Vec<Bill> = tx.rows(&sql, args![ids]).await?;
    let mut said = Vec::with_capacity(rows.len());
    for bill in rows {
        let first = bill.state.as_deref() == Some("ready");
        let template = if first { Template::FirstInvoice } else { Template::InvoiceIssued };
        said.extend(bill_messages(tx, catalog, bill, template));
    }
    Ok(said)
}

fn bill_messages(tx: &Tx, catalog: &Catalog, bill: Bill, template: Template) -> Vec<NewMessage> {
    let lang = lang_of(&bill.lang);
    let today = tx.now().day(catalog.zone(bill.branch_id));
    let link = QueryExt::ext::<Signer>(tx)
        .map_or_else(|| "/pay".to_owned(), |s| s.url(bill.id, &bill.phone, today));
    let data = with(
        common(catalog, &bill.name),
        json!({
            "number": bill.number.unwrap_or_default(), "period": bill.period_from.month_name(lang),
            "total": bill.outstanding.to_string(), "due": bill.due_on.short(lang), "link": link,
        }),
    );
    let party = Party {
        id: bill.customer_id,
        name: bill.name,
        phone: bill.phone,
        email: bill.email,
        lang: bill.lang,
        branch_id: bill.branch_id,
        partner_id: bill.partner_id,
    };
    party.papers(tx, template, data, format!("invoice:{}", bill.id), template.as_str())
}

async fn paid(
    tx: &mut Tx,
    catalog: &Catalog,
    payment: PaymentId,
    template: Template,
) -> Result<Vec<NewMessage>> {
    let found: Option<Paid> = tx
        .row_opt(
            "select customer_id, amount, receipt_number, reversed_why,
               case when state = 'settled' then amount - allocated - refunded else 0 end as left_over
             from billing_payment where id = $1",
            args![payment],
        )
        .await?;
    let Some(paid) = found else { return Ok(Vec::new()) };
    let party: Option<Party> = tx.row_opt(PARTY, args![paid.customer_id]).await?;
    let Some(party) = party else { return Ok(Vec::new()) };
    let credit =
        if paid.left_over.is_positive() { paid.left_over.to_string() } else { String::new() };
    let data = with(
        common(catalog, &party.name),
        json!({ "amount": paid.amount.to_string(), "receipt": paid.receipt_number.unwrap_or_default(),
            "why": paid.reversed_why.unwrap_or_default(), "credit": credit }),
    );
    Ok(party.papers(tx, template, data, format!("payment:{payment}"), template.as_str()))
}

async fn access(
    tx: &mut Tx,
    catalog: &Catalog,
    subscription: SubscriptionId,
) -> Result<Vec<NewMessage>> {
    let changes: Vec<(i64, DesiredKind, Json)> = tx
        .rows(
            "select version, desired, why from network_access_change
             where subscription_id = $1 and effect = true order by version desc limit 2",
            args![subscription],
        )
        .await?;
    let mut changes = changes.into_iter();
    let Some((version, desired, why)) = changes.next() else { return Ok(Vec::new()) };
    let change = Change { version, desired, why, was: changes.next().map(|c| c.1) };
    let code = change.why.get("code").and_then(Json::as_str).unwrap_or_default();
    let template = match (change.was, change.desired, code) {
        (Some(DesiredKind::Full), DesiredKind::Isolated, "quota_used") => Template::QuotaUsed,
        (Some(DesiredKind::Full), DesiredKind::Isolated, code) if code != "paused" => {
            Template::Isolated
        }
        (Some(DesiredKind::Isolated), DesiredKind::Full, _) if change.version > 2 => {
            Template::Reconnected
        }
        _ => return Ok(Vec::new()),
    };
    let Some((party, _)) = of_subscription(tx, catalog, subscription).await? else {
        return Ok(Vec::new());
    };
    let lang = lang_of(&party.lang);
    let sentence = change.why.get(lang.code()).and_then(Json::as_str).unwrap_or_default();
    let link = QueryExt::ext::<Signer>(tx).map_or_else(|| "/pay".to_owned(), |s| s.plain_url());
    let data = with(common(catalog, &party.name), json!({ "why": sentence, "link": link }));
    let step = format!("access:{}", change.version);
    Ok(party.message(tx, template, data, format!("subscription:{subscription}"), &step))
}

async fn topped_up(tx: &mut Tx, catalog: &Catalog, partner: PartnerId) -> Result<Vec<NewMessage>> {
    let rows: Vec<(kernel::WalletRowId, Money, Money, Ts)> = tx
        .rows(
            "select id, amount, balance_after, at from partner_wallet_row
             where partner_id = $1 and kind = 'top_up' order by seq desc limit 3",
            args![partner],
        )
        .await?;
    let reseller = partner::reseller::find(tx, &kernel::Scope::all(), partner).await?;
    let channel = ways(&offered(tx), false).first().copied().unwrap_or(ChannelKind::Whatsapp);
    Ok(rows
        .into_iter()
        .map(|(row, amount, balance, _)| NewMessage {
            customer: None,
            branch: Some(reseller.branch_id),
            partner: Some(partner),
            channel,
            address: reseller.phone.as_str().to_owned(),
            lang: Lang::Id,
            template: Template::TopUpReceived,
            data: with(
                common(catalog, &reseller.name),
                json!({ "amount": amount.to_string(), "balance": balance.to_string() }),
            ),
            subject_key: format!("wallet:{row}"),
            step: "top_up".to_owned(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::ways;
    use notification::ChannelKind::{Email, Sms, Telegram, Whatsapp};

    #[test]
    fn people_are_told_by_what_there_is_a_sender_for() {
        for (offered, has_email, expect) in [
            (&[Whatsapp, Email][..], true, &[Whatsapp, Email][..]),
            (&[Whatsapp, Email], false, &[Whatsapp]),
            (&[Email], true, &[Email]),
            (&[Sms, Email], true, &[Sms, Email]),
            (&[Email], false, &[Whatsapp]),
            (&[Telegram], true, &[Whatsapp]),
            (&[], true, &[Whatsapp]),
        ] {
            assert_eq!(ways(offered, has_email), expect, "{offered:?} {has_email}");
        }
    }
}
