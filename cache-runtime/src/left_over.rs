//! What is under way in this process, counted, so that a test can see that nothing stays behind.
//! Not part of the public interface: it changes without notice.

use crate::background;
use crate::cache::Cache;

/// What is under way for one cache; `tasks` counts for the whole process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOver {
    /// Flights on the list.
    pub flights: usize,
    /// Entries of which somebody waits to hear how another process ends.
    pub listeners: usize,
    /// Cells of epochs in memory. What nobody depends on any more is swept when there are twice
    /// as many as the last sweep left, and never below 1024.
    pub scopes: usize,
    /// Leases in memory.
    pub leases: usize,
    /// Marks in memory.
    pub marks: usize,
    /// Invalidations that are not acknowledged.
    pub owed: usize,
    /// Tasks on the background thread, those that keep connections alive among them.
    pub tasks: usize,
}

impl Cache {
    /// What is under way.
    #[doc(hidden)]
    pub fn left_over(&self) -> LeftOver {
        LeftOver {
            flights: self.0.flights.len(),
            tasks: background::tasks(),
            ..self.0.store.left_over()
        }
    }
}
