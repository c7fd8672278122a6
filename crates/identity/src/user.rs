//! Users: the people (and resellers' people) who may log in.

use kernel::{
    BranchId, Event, Fault, FaultKind, Field, PartnerId, Permission, Phone, Result, Scope, Ts,
    UserId,
};
use serde_json::json;
use store::{Query, Tx};

use crate::matrix::Role;
use crate::store::{self as sql, UserRow};
use crate::{login, password, token};

/// A user as other code sees them: without password hash and secrets.
#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub name: String,
    pub phone: Option<Phone>,
    pub email: Option<String>,
    pub roles: Vec<Role>,
    pub branch_id: Option<BranchId>,
    pub partner_id: Option<PartnerId>,
    pub has_totp: bool,
    pub must_change: bool,
    pub disabled_at: Option<Ts>,
    pub created_at: Ts,
}

impl User {
    /// On the payroll: whoever has a working role here. The owner takes profit, not a salary, also where they climb
    /// roofs themselves; a reseller is another firm, a customer no user.
    pub fn is_employee(&self) -> bool {
        self.partner_id.is_none() && is_employee(&self.roles)
    }
}

/// As [`User::is_employee`], of somebody who is no reseller's.
pub fn is_employee(roles: &[Role]) -> bool {
    let works = |role: &Role| match role {
        Role::Sales | Role::Finance | Role::Warehouse | Role::Noc | Role::Technician | Role::Hr => {
            true
        }
        Role::Owner | Role::Reseller | Role::Customer => false,
    };
    !roles.contains(&Role::Owner) && roles.iter().any(works)
}

impl From<&UserRow> for User {
    fn from(row: &UserRow) -> Self {
        let words: Vec<String> = serde_json::from_value(row.roles.clone()).unwrap_or_default();
        Self {
            id: row.id,
            username: row.username.clone(),
            name: row.name.clone(),
            phone: row.phone.clone().map(Phone::stored),
            email: row.email.clone(),
            // A role that this program does not know allows nothing.
            roles: words.iter().filter_map(|word| Role::parse(word)).collect(),
            branch_id: row.branch_id,
            partner_id: row.partner_id,
            has_totp: row.totp_secret_enc.is_some(),
            must_change: row.must_change,
            disabled_at: row.disabled_at,
            created_at: row.created_at,
        }
    }
}

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// `[a-z0-9._-]`, 3–40 characters; capital letters are made small.
    pub username: String,
    pub name: String,
    pub phone: Option<Phone>,
    pub email: Option<String>,
    pub password: String,
    pub roles: Vec<Role>,
    /// `None`: every branch.
    pub branch: Option<BranchId>,
    /// A reseller's user, and only theirs, has one.
    pub partner: Option<PartnerId>,
}

/// What may be changed of a user.
#[derive(Clone)]
pub struct Change {
    pub name: String,
    pub phone: Option<Phone>,
    pub email: Option<String>,
    pub roles: Vec<Role>,
    pub branch: Option<BranchId>,
    pub partner: Option<PartnerId>,
}

/// Makes a user.
///
/// # Errors
/// `forbidden` without `UserWrite`; field faults for what is wrong (all at once, the password last);
/// `identity.username_taken`; `identity.not_your_branch` when somebody bound to a branch makes a user
/// of another.
pub async fn create(tx: &mut Tx, new: NewUser) -> Result<UserId> {
    tx.actor().require(Permission::UserWrite)?;
    let username = new.username.trim().to_lowercase();
    let mut wrong = check_username(&username);
    wrong.extend(check_person(&new.name, new.email.as_deref(), &new.roles, new.partner));
    if let Err(fault) = password::check("password", &new.password, &username) {
        wrong.extend(fault.fields);
    }
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    check_reach(tx, new.branch, new.partner)?;
    let id: UserId = tx.new_id();
    let row = UserRow {
        id,
        username: username.clone(),
        name: new.name.trim().to_owned(),
        phone: new.phone.map(|p| p.as_str().to_owned()),
        email: new.email.map(|e| e.trim().to_owned()),
        password_hash: password::hash(&new.password)?,
        roles: json!(new.roles),
        branch_id: new.branch,
        partner_id: new.partner,
        totp_secret_enc: None,
        totp_pending_enc: None,
        totp_last_step: 0,
        // Whoever chose the password knows it. The program itself (its command line, the demo) is told
        // one by the person who will use it.
        must_change: tx.actor().is_person(),
        disabled_at: None,
        created_at: tx.now(),
    };
    if sql::user_named(tx, &username).await?.is_some() {
        return Err(taken());
    }
    sql::insert_user(tx, &row).await.map_err(|f| if store::is_unique(&f) { taken() } else { f })?;
    tx.journal("user", id.uuid(), "created", json!(null), facts(&row)).await?;
    tx.emit(Event::UserChanged { user: id });
    Ok(id)
}

/// Changes what a user is. Their sessions go on with the new rights from the next request.
///
/// # Errors
/// As [`create`]; `identity.user_not_found`; `identity.last_owner` when nobody would be left who may
/// manage users.
pub async fn update(tx: &mut Tx, id: UserId, change: Change) -> Result<()> {
    tx.actor().require(Permission::UserWrite)?;
    let wrong = check_person(&change.name, change.email.as_deref(), &change.roles, change.partner);
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    check_reach(tx, change.branch, change.partner)?;
    let before = load_for_change(tx, id).await?;
    let mut after = before.clone();
    after.name = change.name.trim().to_owned();
    after.phone = change.phone.map(|p| p.as_str().to_owned());
    after.email = change.email.map(|e| e.trim().to_owned());
    after.roles = json!(change.roles);
    after.branch_id = change.branch;
    after.partner_id = change.partner;
    sql::update_user(tx, &after).await?;
    keep_an_owner(tx).await?;
    let mut said = facts(&after);
    said["changed"] = json!(changed(&before, &after));
    tx.emit(Event::UserChanged { user: id });
    tx.journal("user", id.uuid(), "changed", facts(&before), said).await
}

/// Locks a user out at once: ends their sessions and revokes their tokens. Doing it again changes
/// nothing.
///
/// # Errors
/// `identity.user_not_found`, `identity.last_owner`, `identity.not_yourself`.
pub async fn disable(tx: &mut Tx, id: UserId) -> Result<()> {
    tx.actor().require(Permission::UserWrite)?;
    if tx.actor().user() == Some(id) {
        return Err(Fault::conflict(
            "identity.not_yourself",
            "Anda tidak bisa menonaktifkan diri sendiri.",
            "You can't disable yourself.",
        ));
    }
    let before = load_for_change(tx, id).await?;
    if before.disabled_at.is_some() {
        return Ok(());
    }
    let mut after = before.clone();
    after.disabled_at = Some(tx.now());
    sql::update_user(tx, &after).await?;
    keep_an_owner(tx).await?;
    login::end_all(tx, id).await?;
    token::revoke_all(tx, id).await?;
    tx.emit(Event::UserChanged { user: id });
    tx.journal("user", id.uuid(), "disabled", facts(&before), facts(&after)).await
}

/// Lets a disabled user log in again. Their old sessions and tokens stay ended.
///
/// # Errors
/// `identity.user_not_found`.
pub async fn enable(tx: &mut Tx, id: UserId) -> Result<()> {
    tx.actor().require(Permission::UserWrite)?;
    let before = load_for_change(tx, id).await?;
    if before.disabled_at.is_none() {
        return Ok(());
    }
    let mut after = before.clone();
    after.disabled_at = None;
    sql::update_user(tx, &after).await?;
    tx.emit(Event::UserChanged { user: id });
    tx.journal("user", id.uuid(), "enabled", facts(&before), facts(&after)).await
}

/// Gives a user a new password, which they must change at their next login; ends their sessions and
/// revokes their tokens.
///
/// # Errors
/// `identity.user_not_found`; a field fault for a weak password.
pub async fn reset_password(tx: &mut Tx, id: UserId, plain: &str) -> Result<()> {
    tx.actor().require(Permission::UserWrite)?;
    let row = load_for_change(tx, id).await?;
    password::check("password", plain, &row.username)?;
    sql::set_password(tx, id, &password::hash(plain)?, true).await?;
    login::end_all(tx, id).await?;
    token::revoke_all(tx, id).await?;
    tx.journal("user", id.uuid(), "password_reset", json!(null), json!(null)).await
}

/// Takes a user's one-time code away (a lost phone); ends their sessions.
///
/// # Errors
/// `identity.user_not_found`.
pub async fn reset_totp(tx: &mut Tx, id: UserId) -> Result<()> {
    tx.actor().require(Permission::UserWrite)?;
    let row = load_for_change(tx, id).await?;
    sql::set_totp(tx, id, None, None).await?;
    login::end_all(tx, id).await?;
    let before = json!({ "totp": row.totp_secret_enc.is_some() });
    tx.journal("user", id.uuid(), "totp_reset", before, json!({ "totp": false })).await
}

/// One user of the scope.
///
/// # Errors
/// `identity.user_not_found`, also when out of scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: UserId) -> Result<User> {
    sql::user_in(q, scope, id).await?.map(|row| User::from(&row)).ok_or_else(unknown)
}

/// The user of this name, for commands of the program.
pub async fn by_username(q: &mut dyn Query, username: &str) -> Result<Option<User>> {
    let username = username.trim().to_lowercase();
    Ok(sql::user_named(q, &username).await?.map(|row| User::from(&row)))
}

/// Users of the scope by user name, after `after`; `search` looks in user name and name.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    after: Option<&str>,
    search: Option<&str>,
    limit: i64,
) -> Result<Vec<User>> {
    let like = search.map(str::trim).filter(|s| !s.is_empty()).map(|s| {
        let plain: String = s.to_lowercase().chars().filter(|c| !"%_\\".contains(*c)).collect();
        format!("%{plain}%")
    });
    let rows = sql::users(q, scope, after, like.as_deref(), limit).await?;
    Ok(rows.iter().map(User::from).collect())
}

/// The employees who are not locked out, of every branch.
///
/// # Errors
/// Only when the database fails.
pub async fn employees(q: &mut dyn Query) -> Result<Vec<User>> {
    let rows = sql::working(q, None).await?;
    Ok(rows.iter().map(User::from).filter(User::is_employee).collect())
}

/// The technicians who can be sent to a job of `branch`: its own and those of every branch.
pub async fn technicians(q: &mut dyn Query, branch: Option<BranchId>) -> Result<Vec<User>> {
    let rows = sql::working(q, branch).await?;
    Ok(rows.iter().map(User::from).filter(|u| u.roles.contains(&Role::Technician)).collect())
}

/// The staff who may do this for `branch`: its own people and those of every branch, by name. Resellers'
/// people are not among them.
pub async fn staff_who_may(
    q: &mut dyn Query,
    branch: Option<BranchId>,
    permission: kernel::Permission,
) -> Result<Vec<User>> {
    let rows = sql::working(q, branch).await?;
    let may = |u: &User| {
        u.partner_id.is_none() && crate::matrix::permissions_of(&u.roles).has(permission)
    };
    Ok(rows.iter().map(User::from).filter(may).collect())
}

async fn load_for_change(tx: &mut Tx, id: UserId) -> Result<UserRow> {
    tx.lock(store::Lock::Named(&format!("identity:user:{id}"))).await?;
    let scope = tx.actor().scope.clone();
    sql::user_in(tx, &scope, id).await?.ok_or_else(unknown)
}

/// Somebody bound to a branch or a reseller gives no more than that.
fn check_reach(tx: &Tx, branch: Option<BranchId>, partner: Option<PartnerId>) -> Result<()> {
    let scope = &tx.actor().scope;
    let in_branch = scope.branch.is_none() || scope.branch == branch;
    let in_partner = scope.partner.is_none() || scope.partner == partner;
    if in_branch && in_partner {
        return Ok(());
    }
    Err(Fault::field(
        "branch_id",
        "identity.not_your_branch",
        "harus cabang Anda sendiri",
        "must be your own branch",
    ))
}

/// Refuses a change after which nobody without limits could manage users.
async fn keep_an_owner(tx: &mut Tx) -> Result<()> {
    tx.lock(store::Lock::Named("identity:owners")).await?;
    let rows = sql::working(tx, None).await?;
    let is_owner = |u: User| u.roles.contains(&Role::Owner) && u.branch_id.is_none();
    if rows.iter().any(|row| is_owner(User::from(row))) {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::Conflict,
        "identity.last_owner",
        "Ini pemilik terakhir yang aktif; angkat pemilik lain lebih dulu.",
        "This is the last active owner; appoint another one first.",
    ))
}

fn check_username(username: &str) -> Vec<Field> {
    let length_ok = (3..=40).contains(&username.len());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if length_ok && username.chars().all(allowed) {
        return Vec::new();
    }
    vec![Field::new(
        "username",
        "bad_username",
        "3–40 huruf kecil, angka, titik, garis bawah atau strip",
        "3–40 small letters, digits, dots, underscores or dashes",
    )]
}

fn check_person(
    name: &str,
    email: Option<&str>,
    roles: &[Role],
    partner: Option<PartnerId>,
) -> Vec<Field> {
    let mut wrong = Vec::new();
    if name.trim().is_empty() || name.chars().count() > 100 {
        wrong.push(Field::new("name", "length", "1–100 huruf", "1–100 characters"));
    }
    if email.is_some_and(|e| !looks_like_email(e.trim())) {
        wrong.push(Field::new("email", "email", "bukan alamat e-mail", "is not an e-mail address"));
    }
    wrong.extend(check_roles(roles, partner));
    wrong
}

fn check_roles(roles: &[Role], partner: Option<PartnerId>) -> Option<Field> {
    let is_reseller = roles.contains(&Role::Reseller);
    let (id, en) = if roles.is_empty() {
        ("pilih paling sedikit satu peran", "choose at least one role")
    } else if roles.contains(&Role::Customer) {
        ("peran pelanggan bukan untuk pengguna", "customer is no role for a user")
    } else if is_reseller && roles.len() > 1 {
        ("mitra tidak boleh punya peran lain", "a reseller may have no other role")
    } else if is_reseller != partner.is_some() {
        let (id, en) =
            ("wajib untuk mitra, dan hanya untuk mitra", "is for resellers, and only for them");
        return Some(Field::new("partner_id", "partner", id, en));
    } else {
        return None;
    };
    Some(Field::new("roles", "roles", id, en))
}

fn looks_like_email(text: &str) -> bool {
    text.len() <= 200
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && matches!(text.split_once('@'), Some((name, host))
            if !name.is_empty() && !host.contains('@') && host.contains('.')
                && !host.starts_with('.') && !host.ends_with('.'))
}

fn unknown() -> Fault {
    Fault::not_found("identity.user_not_found", "Pengguna ini tidak ada.", "There is no such user.")
}

fn taken() -> Fault {
    Fault::field(
        "username",
        "identity.username_taken",
        "sudah dipakai pengguna lain",
        "is taken by another user",
    )
}

/// What the journal keeps: no personal data beyond the user name.
fn facts(row: &UserRow) -> serde_json::Value {
    json!({
        "username": row.username,
        "roles": row.roles,
        "branch_id": row.branch_id,
        "partner_id": row.partner_id,
        "disabled": row.disabled_at.is_some(),
    })
}

/// The names of the fields that differ: personal data is in the journal only by its name.
fn changed(before: &UserRow, after: &UserRow) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("phone", before.phone != after.phone),
        ("email", before.email != after.email),
        ("roles", before.roles != after.roles),
        ("branch_id", before.branch_id != after.branch_id),
        ("partner_id", before.partner_id != after.partner_id),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}
