//! The customers' portal: who comes in, and what they see of their own.
//!
//! A phone is proven by a one-time code; whose it is says the customers' register, at every request anew, so
//! that a session ends with the number. A customer acts with the customer's row of the matrix and a scope of
//! nothing but themselves. What the portal says is said in plain words, without a router's or a clerk's.

mod ask;
mod home;
mod words;

use crm::customer::{self, Customer};
use identity::portal::{self, Opened, Tried};
use identity::{Role, matrix};
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{Actor, Cause, CustomerId, Fault, LoginId, Phone, Result, Scope, Ts};
use store::{Db, Query, Tx};

pub use ask::{Asked, ask, offers};
pub use home::{Condition, Home, Line, Quota, home, status};

/// A session of the portal.
#[derive(Clone, Debug)]
pub struct Session {
    pub login: LoginId,
    pub phone: Phone,
    /// None while somebody whose phone several customers have has not chosen.
    pub customer: Option<CustomerId>,
    pub actor: Actor,
    /// "Last seen" is old enough to be written again.
    pub stale: bool,
}

fn phone_of(text: &str) -> Result<Phone> {
    Phone::parse(text)
        .ok_or_else(|| Fault::field("phone", "phone", "bukan nomor HP", "is not a phone number"))
}

/// Sends a code to this phone; answers until when it works. Alike for a phone that nobody has.
///
/// # Errors
/// A field fault on `phone`; `identity.too_many_codes`.
pub async fn send_code(db: &Db, cause: &Cause, phone: &str, address: &str) -> Result<Ts> {
    let phone = phone_of(phone)?;
    db.write(cause, async |tx: &mut Tx| portal::charge_code(tx, &phone, address).await).await?;
    db.write(cause, async |tx: &mut Tx| {
        let code = portal::make_code(tx, &phone).await?;
        if let Some(first) = customers_of(tx, &phone).await?.first() {
            crate::messages::login_code(tx, first, &code.digits).await?;
        }
        Ok(code.expires_at)
    })
    .await
}

/// The customers that this phone may act as, oldest first.
pub async fn customers_of(q: &mut dyn Query, phone: &Phone) -> Result<Vec<Customer>> {
    let all = customer::by_phone(q, &Scope::all(), phone).await?;
    Ok(all.into_iter().filter(|c| c.archived_at.is_none()).collect())
}

/// Opens a session with the code that was sent; as the customer when the phone is only one's.
///
/// # Errors
/// A field fault on `phone`; `identity.portal_code_wrong`, `…_spent`, `…_expired`; `identity.too_many_tries`.
pub async fn log_in(
    db: &Db,
    cause: &Cause,
    (phone, code): (&str, &str),
    (address, agent): (&str, Option<&str>),
) -> Result<Opened> {
    let phone = phone_of(phone)?;
    db.write(cause, async |tx: &mut Tx| portal::charge_try(tx, &phone, address).await).await?;
    let (tried, opened) = db
        .write(cause, async |tx: &mut Tx| {
            let tried = portal::try_code(tx, &phone, code).await?;
            let customers = customers_of(tx, &phone).await?;
            if tried != Tried::Right || customers.is_empty() {
                return Ok((tried, None));
            }
            let only = match customers.as_slice() {
                [one] => Some(one.id),
                _ => None,
            };
            let opened = portal::open(tx, &phone, only, (Some(address), agent)).await?;
            Ok((tried, Some(opened)))
        })
        .await?;
    match (tried.fault(), opened) {
        (None, Some(opened)) => Ok(opened),
        (Some(fault), _) => Err(fault),
        // The right code, but the customer was archived since it was sent.
        (None, None) => Err(Tried::Expired.fault().unwrap_or_else(|| Fault::bug("no refusal"))),
    }
}

/// Who holds this token.
///
/// # Errors
/// `unauthenticated` when there is no such session any more, or the phone is not the customer's any more.
pub async fn session(
    q: &mut dyn Query,
    token: &str,
    now: Ts,
    from: Option<String>,
) -> Result<Session> {
    let open = portal::session(q, token, now).await?;
    let chosen = match open.customer_id {
        None => None,
        Some(id) => {
            let found = customer::find(q, &Scope::all(), id).await.ok();
            let same = found.filter(|c| c.archived_at.is_none() && c.phone == open.phone);
            Some(same.ok_or_else(logged_out)?)
        }
    };
    Ok(Session {
        login: open.id,
        phone: open.phone.clone(),
        customer: open.customer_id,
        actor: actor_of(chosen.as_ref(), from),
        stale: open.is_stale(now),
    })
}

/// The customer as the one who acts; nobody in particular before they chose.
fn actor_of(customer: Option<&Customer>, from: Option<String>) -> Actor {
    let id = customer.map_or_else(CustomerId::nil, |c| c.id);
    let permissions: PermissionSet = match customer {
        Some(_) => matrix::permissions(Role::Customer),
        None => matrix::own_only(),
    };
    Actor {
        who: Who::Customer(id),
        name: customer.map_or_else(String::new, |c| c.name.clone()),
        permissions,
        scope: Scope { customer: Some(id), ..Scope::all() },
        from,
    }
}

fn logged_out() -> Fault {
    Fault::new(
        kernel::FaultKind::Unauthenticated,
        "unauthenticated",
        "Silakan masuk dulu.",
        "Please log in first.",
    )
}

/// The session goes on as this customer of the phone.
///
/// # Errors
/// `crm.customer_not_found` for anybody else.
pub async fn choose(tx: &mut Tx, session: &Session, id: CustomerId) -> Result<()> {
    let theirs = customers_of(tx, &session.phone).await?;
    if !theirs.iter().any(|c| c.id == id) {
        // The same as for an id that nobody has.
        return customer::find(
            tx,
            &Scope { customer: Some(CustomerId::nil()), ..Scope::all() },
            id,
        )
        .await
        .map(|_| ());
    }
    portal::choose(tx, session.login, id).await
}
