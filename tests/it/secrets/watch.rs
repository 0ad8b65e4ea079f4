//! An observer that notes its events.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use port_webhooks::types::{Attempt, Observer, Waiting};

/// Notes its events.
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
