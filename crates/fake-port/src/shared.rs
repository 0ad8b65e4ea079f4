//! The state, shared by the handle, the server and whatever else acts on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::core::{self, Verdict};
use crate::request::Request;
use crate::state::State;

/// The state behind its lock, which nobody holds while waiting.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides what becomes of a request.
    pub(crate) fn answer(&self, request: Request) -> Verdict {
        core::answer(&mut self.state(), request)
    }
}
