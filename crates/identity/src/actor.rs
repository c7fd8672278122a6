//! From a user to the one who acts: permissions and scope.

use kernel::actor::Who;
use kernel::{Actor, Scope};

use crate::matrix::{Role, own_only, permissions_of};
use crate::user::User;

/// What somebody must do before anything else is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// The password was given by somebody else.
    ChangePassword,
    /// The ISP requires a one-time code of this person's role.
    SetUpTotp,
}

/// What `user` must do first, given the roles that need a one-time code.
pub fn duty_of(user: &User, totp_required: &[Role]) -> Option<Duty> {
    if user.must_change {
        Some(Duty::ChangePassword)
    } else if !user.has_totp && user.roles.iter().any(|role| totp_required.contains(role)) {
        Some(Duty::SetUpTotp)
    } else {
        None
    }
}

/// The actor that `user` is. With a duty open only their own account is left to them.
pub fn actor_of(user: &User, duty: Option<Duty>, from: Option<String>) -> Actor {
    let permissions = permissions_of(&user.roles);
    Actor {
        who: Who::User(user.id),
        name: user.name.clone(),
        permissions: if duty.is_some() {
            permissions.intersection(own_only())
        } else {
            permissions
        },
        scope: scope_of(user),
        from,
    }
}

/// The rows that `user` sees: their branch's, their reseller's, and a technician who is nothing else
/// only what belongs to their own jobs and bag.
pub fn scope_of(user: &User) -> Scope {
    let field_only = user.roles.contains(&Role::Technician)
        && user.roles.iter().all(|role| matches!(role, Role::Technician | Role::Hr));
    Scope {
        branch: user.branch_id,
        partner: user.partner_id,
        technician: field_only.then_some(user.id),
        customer: None,
    }
}
