//! Putting messages into the queue: once a (subject, step, channel).

use std::collections::HashSet;

use kernel::{BranchId, CustomerId, Lang, MessageId, PartnerId, Result};
use serde_json::Value as Json;
use store::{Query, QueryExt, Tx, args};

use crate::channel::ChannelKind;
use crate::quiet::next_allowed;
use crate::template::{Template, fill};
use crate::text;

/// A message to be queued.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub customer: Option<CustomerId>,
    pub branch: Option<BranchId>,
    pub partner: Option<PartnerId>,
    pub channel: ChannelKind,
    pub address: String,
    pub lang: Lang,
    pub template: Template,
    pub data: Json,
    /// What it is about: `invoice:<id>`. With `step` and the channel it is sent once.
    pub subject_key: String,
    pub step: String,
}

/// Queues one message. `false`: it was queued before, the customer opted out, or messages are off.
pub async fn queue(tx: &mut Tx, message: NewMessage) -> Result<bool> {
    Ok(queue_many(tx, vec![message]).await? == 1)
}

/// Queues many messages at once; answers how many are new.
///
/// # Errors
/// `notification.bad_template` when a text can't be filled in: nothing is queued then.
pub async fn queue_many(tx: &mut Tx, messages: Vec<NewMessage>) -> Result<u64> {
    let catalog = catalog::current(tx).await?;
    let policy = catalog.isp_policy();
    let mut messages = messages;
    if !policy.messages_on {
        messages.retain(|m| m.template.is_secret());
    }
    if messages.is_empty() {
        return Ok(0);
    }
    let own = text::own(tx).await?;
    let silent = silent_ones(tx, &messages).await?;
    let mut values = Vec::with_capacity(messages.len() * COLUMNS);
    for m in messages {
        let out = m.customer.is_some_and(|c| silent.contains(&(c, m.channel)));
        if out && !m.template.is_secret() {
            continue;
        }
        let (subject, body) = own.of(m.template, m.channel, m.lang)?;
        let (subject, body) = (fill(subject, &m.data)?, fill(body, &m.data)?);
        let zone = m.branch.map_or(kernel::Zone::Jakarta, |b| catalog.zone(b));
        let due = if m.template.is_urgent() {
            tx.now()
        } else {
            next_allowed(tx.now(), zone, policy.quiet_until_hour, policy.quiet_from_hour)
        };
        let id: MessageId = tx.new_id();
        values.extend(args![
            id,
            m.customer,
            m.branch,
            m.partner,
            m.channel,
            m.address,
            m.lang.code(),
            m.template,
            m.subject_key,
            m.step,
            subject,
            body,
            "queued",
            due,
            tx.now(),
            tx.trail()
        ]);
    }
    tx.bulk(
        "insert into notification_message (id, customer_id, branch_id, partner_id, channel, address, lang,
           template, subject_key, step, subject, body, state, next_attempt_at, created_at, trail)",
        "on conflict (subject_key, step, channel) do nothing",
        COLUMNS,
        values,
    )
    .await
}

const COLUMNS: usize = 16;

async fn silent_ones(
    tx: &mut Tx,
    messages: &[NewMessage],
) -> Result<HashSet<(CustomerId, ChannelKind)>> {
    // Opt-outs are few; a run of a thousand messages reads them once.
    let rows: Vec<(CustomerId, ChannelKind)> = match messages {
        [one] => {
            tx.rows(
                "select customer_id, channel from notification_optout where customer_id = $1",
                args![one.customer],
            )
            .await?
        }
        _ => tx.rows("select customer_id, channel from notification_optout", args![]).await?,
    };
    Ok(rows.into_iter().collect())
}

/// The channels by which a customer wants no messages.
pub async fn opted_out(q: &mut dyn Query, customer: CustomerId) -> Result<Vec<ChannelKind>> {
    q.values(
        "select channel from notification_optout where customer_id = $1 order by channel",
        args![customer],
    )
    .await
}

/// The customer wants no messages by this channel. Doing it twice changes nothing.
pub async fn opt_out(tx: &mut Tx, customer: CustomerId, channel: ChannelKind) -> Result<()> {
    let changed = tx
        .exec(
            "insert into notification_optout (customer_id, channel, since) values ($1,$2,$3)
             on conflict (customer_id, channel) do nothing",
            args![customer, channel, tx.now()],
        )
        .await?;
    told(tx, customer, channel, "messages_off", changed).await
}

/// The customer wants them again. Doing it twice changes nothing.
pub async fn opt_in(tx: &mut Tx, customer: CustomerId, channel: ChannelKind) -> Result<()> {
    let changed = tx
        .exec(
            "delete from notification_optout where customer_id = $1 and channel = $2",
            args![customer, channel],
        )
        .await?;
    told(tx, customer, channel, "messages_on", changed).await
}

async fn told(
    tx: &mut Tx,
    customer: CustomerId,
    channel: ChannelKind,
    action: &str,
    changed: u64,
) -> Result<()> {
    if changed == 0 {
        return Ok(());
    }
    let after = serde_json::json!({ "channel": channel });
    tx.journal("customer", customer.uuid(), action, Json::Null, after).await
}
