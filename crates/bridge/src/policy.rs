//! What is done about a difference, a field: decided in code, decided otherwise by the ISP in a table.

use kernel::Result;
use store::{Query, QueryExt, Tx, args};

use crate::kind::{Engine, Subject};

store::words! {
    /// What happens when a field differs.
    pub enum Choice {
        /// The engine's value becomes ours, by the use-case that a person would call.
        Adopt = "adopt",
        /// Our value is written there again.
        Heal = "heal",
        /// It waits for a person.
        Ask = "ask",
    }
}

/// The code's answer. What says who may be online, and our issued papers, are ours; a password or a device
/// that somebody at the engine's screen just gave a customer is kept, or the customer stands in the rain;
/// what nobody can tell is asked.
pub fn default(engine: Engine, subject: Subject, field: &str) -> Choice {
    match (engine, subject, field) {
        (Engine::Freeradius, Subject::Account, "password" | "mac") => Choice::Adopt,
        (
            Engine::Freeradius,
            Subject::Account,
            "group" | "isolated" | "attributes" | "contact" | "missing",
        ) => Choice::Heal,
        (Engine::Freeradius, Subject::Nas, "secret" | "type" | "name" | "missing") => Choice::Heal,
        (Engine::Freeradius, Subject::Profile, "missing") => Choice::Heal,
        // The newest move is right; what is received there was received.
        (Engine::Inventree, Subject::Item, "place" | "missing_here") => Choice::Adopt,
        (_, Subject::Invoice | Subject::CreditNote, _) => Choice::Ask,
        _ => Choice::Ask,
    }
}

/// What is done about a difference in `field`.
pub async fn of(
    q: &mut dyn Query,
    engine: Engine,
    subject: Subject,
    field: &str,
) -> Result<Choice> {
    let own: Option<Choice> = q
        .value_opt(
            "select choice from bridge_policy where engine = $1 and subject = $2 and field = $3",
            args![engine, subject, field],
        )
        .await?;
    Ok(own.unwrap_or_else(|| default(engine, subject, field)))
}

/// Decides otherwise than the code; `None` goes back to it.
pub async fn set(
    tx: &mut Tx,
    engine: Engine,
    subject: Subject,
    field: &str,
    choice: Option<Choice>,
) -> Result<()> {
    let before = of(tx, engine, subject, field).await?;
    match choice {
        Some(choice) => {
            tx.exec(
                "insert into bridge_policy (engine, subject, field, choice) values ($1,$2,$3,$4)
                 on conflict (engine, subject, field) do update set choice = excluded.choice",
                args![engine, subject, field, choice],
            )
            .await?
        }
        None => {
            tx.exec(
                "delete from bridge_policy where engine = $1 and subject = $2 and field = $3",
                args![engine, subject, field],
            )
            .await?
        }
    };
    let after = of(tx, engine, subject, field).await?;
    let id = crate::engine::row_id(tx, engine).await?;
    let named = |choice: Choice| serde_json::json!({ "subject": subject, "field": field, "choice": choice });
    tx.journal("engine", id, "policy", named(before), named(after)).await
}
