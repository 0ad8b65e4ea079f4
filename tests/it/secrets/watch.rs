//! An observer that notes what it is told.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use port_webhooks::{Attempt, Observer, Waiting};

/// Notes what it is told.
#[derive(Clone, Default)]
pub struct Watcher(Arc<Mutex<String>>);

impl Watcher {
    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Watcher {
    fn attempted(&self, attempt: &Attempt<'_>) {
        let _ = writeln!(self.0.lock().unwrap(), "{attempt:?} {attempt:#?}");
    }

    fn waiting(&self, wait: &Waiting<'_>) {
        let _ = writeln!(self.0.lock().unwrap(), "{wait:?} {wait:#?}");
    }
}
