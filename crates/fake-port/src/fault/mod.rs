//! Faults: their kinds, the requests that they apply to, and how often.

mod apply;
mod constructors;
mod kind;
mod plan;
mod queue;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::call::{Call, Route};

pub use kind::{Ending, Hint, PagingFault};
pub use plan::{FaultPlan, PlanError};
pub use queue::FaultId;

pub(crate) use apply::{Action, apply};
pub(crate) use kind::Kind;
pub(crate) use queue::Faults;

/// A fault of a request.
///
/// Made by one of the constructors, narrowed by [`on`](Self::on) and [`identifier`](Self::identifier), and given to
/// [`FakePort::inject`](crate::FakePort::inject) or to a [`FaultPlan`]. An injected fault applies to the next request
/// that it fits, unless [`times`](Self::times) or [`always`](Self::always) is set.
///
/// A fault that replaces the response (a status, a lost connection) keeps the request from being carried out, unless it
/// is [`applied`](Self::applied). With a fault that changes the real response the request is carried out.
///
/// ```
/// # #[tokio::main]
/// # async fn main() {
/// use fake_port::{FakePort, Fault, Hint, Route};
///
/// let port = FakePort::start().await;
/// port.inject(Fault::status(503).on([Route::Get, Route::List]).times(2));
/// port.inject(Fault::rate_limited(Hint::Seconds(3)));
/// port.inject(Fault::dropped().on([Route::Create]).applied()); // created, but the response is lost
/// # }
/// ```
///
/// In JSON, for plans and admin routes: `{"fault": {"status": {"code": 503}}, "on": ["get"], "times": 2}`.
/// Optional members are `on`, `identifier`, `times` (a number or `"always"`), `delayMilliseconds` and `applied`.
#[doc(alias("chaos", "failure injection"))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    #[serde(rename = "fault")]
    kind: Kind,
    /// When empty, any operation that the kind can apply to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on: Vec<Route>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    /// By default once when it is injected, always in a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<Times>,
    #[serde(default, skip_serializing_if = "is_zero")]
    delay_milliseconds: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    applied: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "expected a number of times or \"always\"")]
enum Times {
    Always,
    #[serde(untagged)]
    Number(u64),
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde calls it.
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Which requests it applies to, and how.
impl Fault {
    /// Only these operations. By default any that the fault can apply to: a paging fault applies to lists, a fault of
    /// the token to any request but those for a token.
    pub fn on(mut self, operations: impl IntoIterator<Item = Route>) -> Self {
        self.on = operations.into_iter().collect();
        self
    }

    /// Only requests for this webhook or run: their path names it or, of a create, their body.
    pub fn identifier(mut self, identifier: &str) -> Self {
        self.identifier = Some(identifier.to_owned());
        self
    }

    /// This many of the next requests, at least one. Default: one when it is injected, any number for a paging fault or
    /// in a plan.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(Times::Number(times));
        self
    }

    /// Every request.
    pub fn always(mut self) -> Self {
        self.times = Some(Times::Always);
        self
    }

    /// Waits this long before the response, in real time and whole milliseconds, or until
    /// [`clear_faults`](crate::FakePort::clear_faults).
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Carries the request out before its response is replaced or lost. With a fault that changes the real response it is
    /// carried out anyway.
    pub fn applied(mut self) -> Self {
        self.applied = true;
        self
    }

    fn fits(&self, call: Option<&Call>) -> bool {
        let Some(call) = call else {
            // No route: only a fault that names nothing.
            return self.on.is_empty() && self.identifier.is_none() && self.kind.applies_to(None);
        };
        self.kind.applies_to(Some(call.operation))
            && (self.on.is_empty() || self.on.contains(&call.operation))
            && (self.identifier.is_none() || self.identifier == call.identifier)
    }

    /// Checks that it can apply to a request, and its values.
    pub(crate) fn check(&self) -> Result<(), String> {
        let possible = |operation: &Route| {
            self.kind.applies_to(Some(*operation))
                && (self.identifier.is_none() || operation.has_identifier())
        };
        let on = if self.on.is_empty() { &Route::ALL[..] } else { &self.on };
        if self.times == Some(Times::Number(0)) {
            return Err(format!("{}: times must be at least 1", self.name()));
        }
        if !on.iter().any(possible) {
            return Err(format!("{}: cannot apply to the operations that it names", self.name()));
        }
        self.kind.check()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.kind.name()
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.delay_milliseconds)
    }
}

/// A fault that waits for requests, or is used up.
#[derive(Debug, Clone)]
pub(crate) struct ArmedFault {
    pub(crate) fault: Fault,
    /// How many more requests it may apply to; `None` for any number.
    pub(crate) left: Option<u64>,
    pub(crate) hits: u64,
}

impl ArmedFault {
    /// Arms a fault for this number of requests, unless it has a number itself.
    fn new(fault: Fault, default: Option<u64>) -> Self {
        let left = match fault.times {
            None => default,
            Some(Times::Number(number)) => Some(number),
            Some(Times::Always) => None,
        };
        Self { fault, left, hits: 0 }
    }

    fn is_spent(&self) -> bool {
        self.left == Some(0)
    }

    fn fits(&self, call: Option<&Call>) -> bool {
        !self.is_spent() && self.fault.fits(call)
    }

    /// Uses it for one request.
    fn take(&mut self) -> Fault {
        self.hits += 1;
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.fault.clone()
    }
}
