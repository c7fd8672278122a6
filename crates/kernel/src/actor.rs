//! Who acts, what they may do, and which rows they may see.

use crate::fault::Fault;
use crate::id::{BranchId, CustomerId, PartnerId, UserId};
use crate::permission::{Permission, PermissionSet};

/// Which rows an actor may see. A row out of scope does not exist for them (404).
///
/// Every part narrows: `None` is "no limit by this".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub branch: Option<BranchId>,
    pub partner: Option<PartnerId>,
    /// Only what belongs to this technician's own jobs and bag.
    pub technician: Option<UserId>,
    pub customer: Option<CustomerId>,
}

impl Scope {
    pub const fn all() -> Self {
        Self { branch: None, partner: None, technician: None, customer: None }
    }
}

/// Who caused a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person who logged in (staff, technician, reseller).
    User(UserId),
    /// A customer, by portal, pay page or signed link.
    Customer(CustomerId),
    /// A task or command of the program, by its name.
    System(&'static str),
    /// The public form, before anybody logged in.
    Public,
}

/// The one who acts, as every use-case sees them.
#[derive(Clone, Debug)]
pub struct Actor {
    pub who: Who,
    /// As shown in the journal.
    pub name: String,
    pub permissions: PermissionSet,
    pub scope: Scope,
    /// The network address the request came from.
    pub from: Option<String>,
}

impl Actor {
    /// The program itself: may do everything, everywhere.
    pub fn system(task: &'static str) -> Self {
        Self {
            who: Who::System(task),
            name: task.to_owned(),
            permissions: PermissionSet::all(),
            scope: Scope::all(),
            from: None,
        }
    }
    /// A visitor who has not logged in.
    pub fn public(from: Option<String>) -> Self {
        Self {
            who: Who::Public,
            name: "public".to_owned(),
            permissions: PermissionSet::empty(),
            scope: Scope::all(),
            from,
        }
    }
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }
    /// # Errors
    /// `forbidden` when the actor lacks `permission`.
    pub fn require(&self, permission: Permission) -> Result<(), Fault> {
        if self.may(permission) {
            return Ok(());
        }
        Err(Fault::forbidden(
            "forbidden",
            format!("Peran Anda tidak punya izin untuk ini ({}).", permission.name()),
            format!("Your role does not allow this ({}).", permission.name()),
        ))
    }
    pub fn user(&self) -> Option<UserId> {
        match self.who {
            Who::User(id) => Some(id),
            _ => None,
        }
    }
    /// A short text for the journal: `user:<id>`, `customer:<id>`, `system:sweep`, `public`.
    pub fn tag(&self) -> String {
        match &self.who {
            Who::User(id) => format!("user:{id}"),
            Who::Customer(id) => format!("customer:{id}"),
            Who::System(task) => format!("system:{task}"),
            Who::Public => "public".to_owned(),
        }
    }
    /// A person, whose every change has a journal row.
    pub fn is_person(&self) -> bool {
        !matches!(self.who, Who::System(_))
    }
}
