//! What a worker does next, drawn from its dice.

use std::collections::BTreeMap;
use std::time::Duration;

use fake_port::{FakePort, Route};
use port_webhooks::{
    NewWebhook, Retry, WebhookPatch,
    types::{Strategy, WebhookReplacement},
};

use super::dice::Dice;
use super::faults::{self, Named};
use crate::support::PAGE_URL;

/// The most attempts that a policy here allows.
pub const ATTEMPTS: usize = 3;

pub enum Action {
    Create(NewWebhook),
    Get,
    Update(WebhookPatch),
    Replace(WebhookReplacement),
    Delete,
    List,
    Stream { per_page: u32 },
}

pub struct Step {
    pub action: Action,
    pub reconcile: bool,
    pub retry: Retry,
    /// As many as the policy allows.
    pub attempts: usize,
    pub timeout: Option<Duration>,
    /// What goes wrong with the first request, the second and so on.
    pub faults: Vec<Option<Named>>,
    /// The same, of what a create that finds out what became of it reads.
    pub look_faults: Vec<Option<Named>>,
    /// What somebody else does to every token before it.
    pub mischief: Option<fn(&FakePort)>,
    /// How much time goes by before it.
    pub passes: Duration,
}

/// The faults of each operation, made once.
pub type Catalogue = BTreeMap<Route, Vec<Named>>;

/// The faults of a history, which replays exactly or not.
pub fn catalogue(exact: bool) -> Catalogue {
    let faults = |route| match route {
        Route::Get => faults::of_reads(),
        Route::List => faults::of_lists(),
        route => faults::of_writes(route),
    };
    let fits = |(name, _): &Named| !exact || !faults::RACES.contains(name);
    Route::ALL.map(|route| (route, faults(route).into_iter().filter(fits).collect())).into()
}

impl Action {
    pub fn operation(&self) -> Route {
        match self {
            Self::Create(_) => Route::Create,
            Self::Get => Route::Get,
            Self::Update(_) => Route::Update,
            Self::Replace(_) => Route::Replace,
            Self::Delete => Route::Delete,
            Self::List | Self::Stream { .. } => Route::List,
        }
    }
}

/// Draws a step for a webhook. The number of the call makes what it writes its own.
pub fn draw(dice: &mut Dice, catalogue: &Catalogue, identifier: &str, number: u64) -> Step {
    let action = action(dice, identifier, number);
    let (retry, attempts) = policy(dice);
    let operation = action.operation();
    Step {
        reconcile: dice.percent(40),
        retry,
        attempts,
        timeout: dice.percent(5).then(|| Duration::from_secs(2)),
        faults: unlucky(dice, &catalogue[&operation], 2 * ATTEMPTS),
        look_faults: unlucky(dice, &catalogue[&Route::Get], 2 * ATTEMPTS),
        mischief: match dice.below(100) {
            0 => Some(FakePort::expire_tokens),
            1 => Some(FakePort::revoke_tokens),
            _ => None,
        },
        passes: Duration::from_millis(dice.below(400)),
        action,
    }
}

fn action(dice: &mut Dice, identifier: &str, number: u64) -> Action {
    match dice.below(100) {
        0..30 => Action::Create(new_webhook(dice, identifier, number)),
        30..42 => Action::Get,
        42..60 => Action::Update(patch(dice, number)),
        60..71 => Action::Replace(replacement(dice, identifier, number)),
        71..89 => Action::Delete,
        89..95 => Action::List,
        _ => Action::Stream { per_page: 2 + u32::try_from(dice.below(4)).unwrap() },
    }
}

/// Each request meets a fault in one of ten cases, and more often after one that did: troubles come together.
fn unlucky(dice: &mut Dice, faults: &[Named], requests: usize) -> Vec<Option<Named>> {
    let mut chance = 10;
    let mut drawn: Vec<Option<Named>> = (0..requests)
        .map(|_| {
            let fault = dice.percent(chance).then(|| dice.pick(faults).clone());
            chance = if fault.is_some() { 25 } else { 10 };
            fault
        })
        .collect();
    let last = drawn.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
    drawn.truncate(last);
    drawn
}

fn policy(dice: &mut Dice) -> (Retry, usize) {
    // Random waits would differ in each replay.
    let retry = Retry::new().jitter(false);
    match dice.below(10) {
        0 => (Retry::none(), 1),
        1 => (retry.attempts(2), 2),
        2 => (retry.base(Duration::ZERO), ATTEMPTS),
        3 => (retry.strategy(Strategy::Constant), ATTEMPTS),
        4 => (retry.strategy(Strategy::custom(|n| Duration::from_millis(n.into()))), ATTEMPTS),
        5 => (retry.give_up_after(Duration::from_secs(1)), ATTEMPTS),
        _ => (retry, ATTEMPTS),
    }
}

fn title(number: u64) -> String {
    format!("Call {number}")
}

fn new_webhook(dice: &mut Dice, identifier: &str, number: u64) -> NewWebhook {
    let webhook = NewWebhook::subscription(identifier, PAGE_URL).events(["entity.created"]);
    // Some ask for the same as others before them.
    let webhook = if dice.percent(20) { webhook } else { webhook.title(title(number)) };
    let webhook = if dice.percent(30) { webhook.secret(format!("secret {number}")) } else { webhook };
    if dice.percent(30) { webhook.header("X-Key", format!("key {number}")) } else { webhook }
}

fn replacement(dice: &mut Dice, identifier: &str, number: u64) -> WebhookReplacement {
    let whole =
        WebhookReplacement::subscription(identifier, PAGE_URL).events(["run.created"]).title(title(number));
    if dice.percent(30) { whole.enabled(false).secret(format!("secret {number}")) } else { whole }
}

fn patch(dice: &mut Dice, number: u64) -> WebhookPatch {
    let patch = WebhookPatch::new().title(title(number));
    match dice.below(6) {
        0 => patch.description("äöü").enabled(dice.percent(50)),
        1 => patch.clear_description().clear_secret(),
        2 => patch.secret(format!("secret {number}")),
        3 => patch.headers([("X-Key", format!("key {number}"))]),
        4 => patch.clear_security().clear_headers(),
        _ => patch.events(["run.updated", "run.completed"]),
    }
}
