//! What is asked at the end of each day: every invariant of the domain, and that the RADIUS engine would
//! answer everybody as desired.

use flows::invariants::{Broken, GROUPS, check};
use kernel::Result;

use crate::world::World;

impl World {
    /// Does the day's harm, if one is planned, and asks every invariant.
    pub(crate) async fn check_day(&mut self) -> Result<()> {
        self.do_harm().await?;
        let found = self.ask_invariants().await?;
        self.tally.invariants_checked += GROUPS.len() as u64;
        self.broken = found.into_iter().next();
        Ok(())
    }

    /// Everything that is broken now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_invariants(&mut self) -> Result<Vec<Broken>> {
        let mut found = check(&mut self.db.reader(), self.now()).await?;
        for detail in self.desk.disagreements(&self.db).await? {
            found.push(Broken { invariant: "radius_differs", detail });
        }
        let aside = self.desk.spool.unappliable(5).await?;
        found.extend(aside.into_iter().map(|one| Broken {
            invariant: "accounting_lost",
            detail: format!("a record was set aside: {}", one.why),
        }));
        Ok(found)
    }
}
