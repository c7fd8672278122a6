//! A customer's subscriptions, each with everything that hangs on it: account, device, session, access,
//! port, work order.

use billing::words::{Mode, SubscriptionState};
use inventory::Owner;
use kernel::{
    AccountId, CustomerId, Day, ItemId, Money, PlanId, Result, Scope, SessionId, SubscriptionId,
    Ts, WorkOrderId,
};
use store::{Query, QueryExt, args};

store::row! {
    /// One subscription, whole.
    pub struct ChainRow {
        pub subscription_id: SubscriptionId,
        pub number: String,
        pub label: Option<String>,
        pub plan_id: PlanId,
        pub plan_name: String,
        pub mode: Mode,
        pub state: SubscriptionState,
        pub activated_on: Option<Day>,
        pub billed_to: Option<Day>,
        pub terminated_on: Option<Day>,
        pub outstanding: Money,
        pub account_id: Option<AccountId>,
        pub username: Option<String>,
        pub account_state: Option<String>,
        pub account_mac: Option<String>,
        pub item_id: Option<ItemId>,
        pub serial: Option<String>,
        pub item_mac: Option<String>,
        pub item_type: Option<String>,
        pub item_owner: Option<Owner>,
        pub session_id: Option<SessionId>,
        pub session_state: Option<String>,
        pub framed_ip: Option<String>,
        pub session_started_at: Option<Ts>,
        pub session_isolated: Option<bool>,
        pub nas_name: Option<String>,
        pub desired: Option<String>,
        /// `{code, id, en, evidence}` as the decision wrote it.
        pub why: Option<serde_json::Value>,
        /// The kinds of holds in force.
        pub holds: Option<serde_json::Value>,
        pub caused_at: Option<Ts>,
        pub enforced: Option<bool>,
        pub enforced_at: Option<Ts>,
        pub odp_code: Option<String>,
        pub port: Option<i64>,
        pub work_order_id: Option<WorkOrderId>,
        pub work_order_number: Option<String>,
        pub work_order_kind: Option<String>,
        pub work_order_state: Option<String>,
    }
}

/// The customer's subscriptions, oldest first. Empty when the customer is out of scope.
///
/// Shown are the live account, our device before the customer's own, the newest open session (a live one before a
/// suspect one), and the newest work order that is not finished.
///
/// # Errors
/// Only when the database fails.
pub async fn of_customer(
    q: &mut dyn Query,
    scope: &Scope,
    customer: CustomerId,
) -> Result<Vec<ChainRow>> {
    if scope.technician.is_some() || scope.customer.is_some_and(|own| own != customer) {
        return Ok(Vec::new());
    }
    q.rows(
        "select s.id as subscription_id, s.number, s.label, s.plan_id, p.name as plan_name, s.mode,
           s.state, s.activated_on, s.billed_to, s.terminated_on,
           cast(coalesce((select sum(i.total - i.paid - i.credited - i.withheld - i.written_off)
             from billing_invoice i where i.subscription_id = s.id and i.state = 'issued'), 0) as bigint)
             as outstanding,
           a.id as account_id, a.username, a.state as account_state, a.mac as account_mac,
           d.id as item_id, d.serial, d.mac as item_mac, t.name as item_type, d.owner as item_owner,
           n.id as session_id, n.state as session_state, n.framed_ip,
           n.started_at as session_started_at, n.isolated as session_isolated, r.name as nas_name,
           x.desired, x.why, x.holds, x.caused_at, (x.enforced_version >= x.version) as enforced,
           x.enforced_at, o.code as odp_code, op.port,
           w.id as work_order_id, w.number as work_order_number, w.kind as work_order_kind,
           w.state as work_order_state
         from billing_subscription s
         join catalog_plan p on p.id = s.plan_id
         left join network_account a on a.subscription_id = s.id and a.state <> 'closed'
         left join inventory_item d on d.id = (select i.id from inventory_item i
           where i.subscription_id = s.id and i.state = 'installed' order by i.owner desc, i.id desc
           limit 1)
         left join inventory_item_type t on t.id = d.type_id
         left join network_session n on n.id = (select y.id from network_session y
           where y.subscription_id = s.id and y.state <> 'closed'
           order by y.state, y.started_at desc limit 1)
         left join network_nas r on r.id = n.nas_id
         left join network_access x on x.subscription_id = s.id
         left join crm_odp_port op on op.subscription_id = s.id
         left join crm_odp o on o.id = op.odp_id
         left join fulfilment_work_order w on w.id = (select z.id from fulfilment_work_order z
           where z.subscription_id = s.id and z.state not in ('done', 'cancelled')
           order by z.id desc limit 1)
         where s.customer_id = $1 and ($2 is null or s.branch_id = $2)
           and ($3 is null or s.partner_id = $3)
         order by s.id",
        args![customer, scope.branch, scope.partner],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Ground, put};
    use super::*;
    use kernel::{Id, NasId, PartnerId};
    use serde_json::json;
    use store::Db;
    use store::testing::{both, now};

    fn id<T>(n: u8) -> Id<T> {
        format!("0193a9d0-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
    }

    async fn session(db: &Db, n: u8, of: SubscriptionId, branch: kernel::BranchId, state: &str) {
        let nas: NasId = id(1);
        put(
            db,
            "insert into network_session (id, nas_id, subscription_id, branch_id, acct_session_id,
               username, framed_ip, started_at, updated_at, state)
             values ($1,$2,$3,$4,$5,'budi','10.0.0.1',$6,$6,$7)",
            args![
                id::<()>(n),
                nas,
                of,
                branch,
                format!("s{n}"),
                now().plus_secs(i64::from(n)),
                state
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn everything_that_hangs_on_a_subscription_is_one_row() {
        both(&crate::schema(), async |db: Db| {
            let ground = Ground::lay(&db).await;
            let customer = ground.customer(&db, 1, "Budi").await;
            let sub = ground.subscription(&db, customer, "isolated").await;
            let (account, branch) = (id::<()>(2), ground.branch);
            put(
                &db,
                "insert into network_nas (id, name, address, secret_enc, vendor, branch_id,
                   message_authenticator, created_at, changed_at)
                 values ($1,'BRAS 1','10.9.9.9',$2,'mikrotik',$3,'required',$4,$4)",
                args![id::<()>(1), vec![0_u8], branch, now()],
            )
            .await;
            for (n, name, state) in [(2_u8, "budi", "live"), (3, "budi.lama", "closed")] {
                put(
                    &db,
                    "insert into network_account (id, subscription_id, customer_id, branch_id, username,
                       password_enc, kind, state, mac, mac_policy, created_at, changed_at)
                     values ($1,$2,$3,$4,$5,$6,'pppoe',$7,'AA:BB:CC:00:00:01','scan',$8,$8)",
                    args![id::<()>(n), sub, customer, branch, name, vec![0_u8], state, now()],
                )
                .await;
            }
            put(
                &db,
                "insert into network_access (subscription_id, account_id, desired, holds, why, version,
                   caused_at, since, enforced_version, changed_at, trail)
                 values ($1,$2,'isolated',$3,$4,7,$5,$5,6,$5,$6)",
                args![sub, account, json!(["unpaid"]), json!({"id": "belum bayar"}), now(), id::<()>(9)],
            )
            .await;
            // Of two open sessions the live one is shown, though the suspect one is newer.
            session(&db, 20, sub, branch, "live").await;
            session(&db, 21, sub, branch, "suspect").await;
            session(&db, 22, sub, branch, "closed").await;

            let rows = of_customer(&mut db.reader(), &Scope::all(), customer).await.unwrap();
            let row = rows.first().unwrap();
            assert_eq!((rows.len(), row.subscription_id, row.plan_name.as_str()), (1, sub, "Rumah 20"));
            assert_eq!((row.state, row.username.as_deref()), (SubscriptionState::Isolated, Some("budi")));
            assert_eq!((row.session_id, row.nas_name.as_deref()), (Some(id(20)), Some("BRAS 1")));
            assert_eq!((row.desired.as_deref(), row.enforced), (Some("isolated"), Some(false)));
            assert_eq!((row.holds.clone(), row.outstanding), (Some(json!(["unpaid"])), Money::ZERO));
            assert_eq!((row.item_id, row.work_order_id, row.odp_code.clone()), (None, None, None));

            let mut reader = db.reader();
            for scope in [
                Scope { branch: Some(ground.other), ..Scope::all() },
                Scope { partner: Some(PartnerId::nil()), ..Scope::all() },
                Scope { customer: Some(CustomerId::nil()), ..Scope::all() },
                Scope { technician: Some(kernel::UserId::nil()), ..Scope::all() },
            ] {
                assert!(of_customer(&mut reader, &scope, customer).await.unwrap().is_empty());
            }
            let own = Scope { customer: Some(customer), ..Scope::all() };
            assert_eq!(of_customer(&mut reader, &own, customer).await.unwrap().len(), 1);
        })
        .await;
    }
}
