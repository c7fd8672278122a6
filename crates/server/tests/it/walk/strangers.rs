//! Those who ask for what is not theirs.

use identity::Role;
use kernel::BranchId;
use serde_json::json;

use crate::isp::{client, made, parsed};
use crate::street::Street;
use crate::world::World;

/// Somebody who has nothing to do with the estate.
pub(super) struct Stranger {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) user: kernel::UserId,
}

pub(super) async fn strangers(world: &World, street: &Street, bandung: BranchId) -> Vec<Stranger> {
    let jakarta = street.isp.jakarta;
    let partner = async |code: &str, branch: BranchId| {
        let body = json!({ "code": code, "name": format!("Mitra {code}"), "phone": "081277770001",
                           "branch_id": branch });
        let ask = world.ask("post", "/api/v1/partners").session(&street.owner).json(&body);
        parsed(&made(ask.send().await))
    };
    let mut all = Vec::new();
    for role in Role::ALL.iter().filter(|role| **role != Role::Customer) {
        let own = match role {
            Role::Reseller => Some(partner("MB", bandung).await),
            _ => None,
        };
        let name = format!("lain.{role}");
        let (user, _) = client(world, &name, *role, Some(bandung), own).await;
        all.push(Stranger { name: "of the other branch", role: *role, user });
    }
    let rival = partner("MR", jakarta).await;
    let (user, _) = client(world, "lain.mitra", Role::Reseller, Some(jakarta), Some(rival)).await;
    all.push(Stranger { name: "another reseller of the branch", role: Role::Reseller, user });
    let (user, _) = client(world, "lain.teknisi", Role::Technician, Some(jakarta), None).await;
    all.push(Stranger { name: "another technician of the branch", role: Role::Technician, user });
    all
}
