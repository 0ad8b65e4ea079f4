//! The fake as tests hold it.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, mem, thread};

use serde_json::Value;

use crate::admin;
use crate::data_source::IngestedEvent;
use crate::delivery::{Order, PortEvent, SentDelivery};
use crate::engine::Engine;
use crate::fault::{Fault, FaultId, FaultPlan};
use crate::mocks::Mocks;
use crate::recording::{AppliedWrite, Counts, Requests};
use crate::runs::{Invocation, InvokeError, StoredRun};
use crate::seed::SeedError;
use crate::server::Server;
use crate::settings::Settings;
use crate::state::Data;

/// A running fake Port, on its own thread. It stops when it is dropped. When a test fails while the fake follows a
/// [`FaultPlan`](crate::FaultPlan), dropping it prints the plan's seed on standard error.
///
/// ```
/// # #[tokio::main]
/// # async fn main() {
/// let port = fake_port::FakePort::start().await;
/// assert!(port.uri().starts_with("http://127.0.0.1:"));
/// # }
/// ```
#[doc(alias("mock", "stub", "test double", "test server", "mock server", "fake server"))]
pub struct FakePort {
    engine: Engine,
    settings: Arc<Settings>,
    mocks: Arc<Mocks>,
    /// Is `None` only while it is dropped.
    server: Option<Server>,
}

impl FakePort {
    pub(crate) fn new(engine: Engine, mocks: Arc<Mocks>, server: Server) -> Self {
        let settings = Arc::clone(&engine.state().settings);
        Self { engine, settings, mocks, server: Some(server) }
    }

    /// The base URL, without a slash at the end: `http://127.0.0.1:4010`.
    pub fn uri(&self) -> String {
        self.settings.uri.clone()
    }

    /// The client id that the token route accepts.
    pub fn client_id(&self) -> &str {
        &self.settings.client_id
    }

    /// The client secret that the token route accepts.
    pub fn client_secret(&self) -> &str {
        &self.settings.client_secret
    }

    /// Stores a webhook as if it had always been there.
    ///
    /// A seed is not validated like a request: fields and events that a request may not have are kept, so that a test
    /// can show whether a client keeps them too. `enabled`, the times and whatever else the server sets are added where
    /// they are missing.
    ///
    /// # Errors
    ///
    /// When the seed is not an object, or its `identifier` is empty, not a string, taken by another webhook,
    /// or missing (the live profile makes one).
    pub fn seed(&self, webhook: Value) -> Result<(), SeedError> {
        self.seed_all([webhook])
    }

    /// Stores several webhooks like [`seed`](Self::seed): all of them or none.
    ///
    /// # Errors
    ///
    /// When one of them cannot be stored; [`SeedError::index`] says which.
    pub fn seed_all(&self, webhooks: impl IntoIterator<Item = Value>) -> Result<(), SeedError> {
        // The caller's iterator may call this fake, so it is done before the lock.
        let webhooks: Vec<Value> = webhooks.into_iter().collect();
        self.engine.state().seed(webhooks)
    }

    /// All stored webhooks in the order of their creation.
    pub fn webhooks(&self) -> Vec<Value> {
        self.engine.state().data.listed()
    }

    /// The stored webhook with this identifier.
    pub fn webhook(&self, identifier: &str) -> Option<Value> {
        self.engine.state().data.webhooks.get(identifier).cloned().map(Value::Object)
    }

    /// The requests since the start or the last [`clear_requests`](Self::clear_requests), oldest first, to
    /// filter and to assert on. A fake that was started with [`Builder::serve`](crate::Builder::serve) keeps none
    /// unless [`Builder::record`](crate::Builder::record) says so.
    pub fn requests(&self) -> Requests {
        Requests::new(self.engine.state().requests.to_vec())
    }

    /// Forgets the recorded requests. Webhooks, tokens and the ledger stay.
    pub fn clear_requests(&self) {
        self.engine.state().requests.clear();
    }

    /// The writes that changed webhooks, oldest first, whatever the response. Recorded like
    /// [`requests`](Self::requests).
    pub fn ledger(&self) -> Vec<AppliedWrite> {
        self.engine.state().writes.to_vec()
    }

    /// Profile, time, counts, webhooks, faults and the rest of the state as the routes below `/_fake` show them, secrets of
    /// webhooks included. For people: keys may come and go.
    pub fn overview(&self) -> Value {
        admin::overview(&self.engine)
    }

    /// How much was done since the start.
    pub fn counts(&self) -> Counts {
        self.engine.counts()
    }

    /// The webhooks, runs, entities, tokens, rate limit and clock as they are now, to compare or to [`restore`](Self::restore).
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let port = fake_port::FakePort::start().await;
    /// let before = port.snapshot();
    /// port.seed(serde_json::json!({ "identifier": "a" }))?;
    /// assert_ne!(port.snapshot(), before);
    /// port.restore(&before);
    /// assert_eq!(port.snapshot(), before);
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.engine.state().data.clone())
    }

    /// Goes back to a snapshot of this fake: webhooks, runs, entities, tokens, rate limit and clock. Faults, counts and recordings
    /// stay.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.engine.state().data = snapshot.0.clone();
    }

    /// Goes back to the start: webhooks, runs, entities, clock, rate limit and plan of faults are what they were then. All tokens,
    /// injected faults, recordings and counts are gone, except for the counts of connections and bytes. Pending
    /// deliveries are cancelled. Mocks stay.
    pub fn reset(&self) {
        self.engine.reset();
    }

    /// Expires every token, as if its time were over.
    pub fn expire_tokens(&self) {
        self.engine.state().expire_tokens();
    }

    /// Revokes every token.
    pub fn revoke_tokens(&self) {
        self.engine.state().data.tokens.revoke(None);
    }

    /// How many requests to the token route succeeded.
    pub fn tokens_issued(&self) -> u64 {
        self.engine.state().counts.tokens_issued
    }

    /// A new valid token, for a client that is configured with one. [`tokens_issued`](Self::tokens_issued) does not
    /// count it.
    pub fn issue_token(&self) -> String {
        self.engine.state().issue_token()
    }

    /// Moves the fake's clock forward: tokens expire, the window of a rate limit ends, and timestamps are later.
    pub fn advance(&self, by: Duration) {
        self.engine.state().data.clock.advance(by);
    }
}

/// Faults.
impl FakePort {
    /// Makes the next request that the fault fits go wrong, or as many as the fault says. Of several faults that fit a
    /// request, the one that was injected first applies.
    ///
    /// # Panics
    ///
    /// When the fault cannot apply to any of the operations that it names, has 0 [times](Fault::times), or has a
    /// [hint](crate::Hint::Header) that is not valid as a header.
    #[track_caller]
    pub fn inject(&self, fault: Fault) -> FaultId {
        let fault = fault.checked();
        self.engine.state().faults.inject(fault)
    }

    /// Makes a share of all requests go wrong. Injected faults come first; a new plan replaces the old one.
    ///
    /// # Panics
    ///
    /// When a fault of the plan would make [`inject`](Self::inject) panic, or the share of a plan that was read from JSON
    /// is not between 0 and 1.
    #[track_caller]
    #[allow(clippy::panic)] // A mistake in a test; documented.
    pub fn follow(&self, plan: FaultPlan) {
        if let Err(problem) = plan.check() {
            panic!("{problem}");
        }
        self.engine.state().faults.follow(plan);
    }

    /// How many requests a fault was applied to. `None` when it was withdrawn, or was used up and 1,000 other faults
    /// were used up after it.
    pub fn hits(&self, fault: FaultId) -> Option<u64> {
        self.engine.state().faults.hits(fault)
    }

    /// Removes a fault, used up or not.
    pub fn withdraw(&self, fault: FaultId) {
        self.engine.state().faults.withdraw(fault);
    }

    /// Removes every fault and the plan. Responses that a fault delays are sent at once.
    pub fn clear_faults(&self) {
        self.engine.state().faults.clear();
    }
}

/// Deliveries.
impl FakePort {
    /// Posts an event to every enabled webhook that is subscribed to it, waits until all deliveries have ended, and
    /// returns them in the order in which they were queued.
    ///
    /// Deliveries to one webhook are made one after the other, those to different webhooks at once. Only this machine is
    /// called; other deliveries are [refused](crate::DeliveryOutcome::Refused) unless
    /// [`Deliveries::anywhere`](crate::Deliveries::anywhere) is set.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use fake_port::{PortEvent, FakePort, Script, ScriptedServer};
    /// use serde_json::json;
    ///
    /// let receiver = ScriptedServer::start([Script::response(200, "{}")]).await?;
    /// let port = FakePort::start().await;
    /// port.seed(json!({
    ///     "identifier": "a", "url": receiver.uri(), "events": ["entity.created"],
    ///     "security": { "secret": "s3cret" },
    /// }))?;
    ///
    /// let deliveries = port.emit(PortEvent::entity_created(json!({ "identifier": "payment-service" }))).await;
    /// assert!(deliveries[0].is_delivered());
    /// assert!(deliveries[0].header("x-port-signature").is_some_and(|value| value.starts_with("sha256=")));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn emit(&self, event: PortEvent) -> Vec<SentDelivery> {
        self.emit_all([event], Order::Given).await
    }

    /// Posts several events like [`emit`](Self::emit). Each webhook gets those that it is subscribed to in this order.
    pub async fn emit_all(
        &self,
        events: impl IntoIterator<Item = PortEvent>,
        order: Order,
    ) -> Vec<SentDelivery> {
        self.engine.emit(events.into_iter().collect(), order).await
    }

    /// The deliveries since the start, in the order in which they ended. Recorded like
    /// [`requests`](Self::requests).
    pub fn deliveries(&self) -> Vec<SentDelivery> {
        self.engine.state().deliveries.to_vec()
    }

    /// Forgets the recorded deliveries.
    pub fn clear_deliveries(&self) {
        self.engine.state().deliveries.clear();
    }

    /// Waits until no delivery is pending. Those of [changes](crate::Deliveries::of_changes) are made after the client
    /// that made the change has its response.
    pub async fn settled(&self) {
        self.engine.dispatcher.settled().await;
    }
}

/// Runs.
impl FakePort {
    /// Invokes an action, as somebody does who runs it in Port's portal, and waits until its service has answered.
    /// `action` is the action's definition in Port's JSON. The profile has to be [`Live`](crate::Profile::Live).
    ///
    /// Of the definition `identifier`, `invocationMethod` (`type: WEBHOOK`, `url`, `method`, `headers`, `body`,
    /// `synchronized`, `agent`), `trigger` with its `userInputs`, and `requiredApproval` have an effect. Its templates are
    /// rendered from the trigger data, which needs the feature `mappings` where it has any. Without a `body` the default
    /// body is sent.
    ///
    /// The run is in progress until its service reports that it has ended. If the action is synchronized, the answer ends
    /// it. If it requires approval, the run waits, and the service is called once the run is approved.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use fake_port::{FakePort, Profile, Script, ScriptedServer};
    /// use serde_json::json;
    ///
    /// let service = ScriptedServer::start([Script::response(200, r#"{"replicas":3}"#)]).await?;
    /// let port = FakePort::builder().profile(Profile::Live).start().await?;
    /// let action = json!({
    ///     "identifier": "scale",
    ///     "trigger": { "type": "self-service", "operation": "CREATE" },
    ///     "invocationMethod": {
    ///         "type": "WEBHOOK", "url": service.uri(), "synchronized": true,
    ///         "body": { "replicas": "{{ .inputs.replicas }}", "run_id": "{{ .run.id }}" },
    ///     },
    /// });
    ///
    /// let invoked = port.invoke(action, json!({ "replicas": 3 })).await?;
    /// let run = port.run(&invoked.run_id).expect("it was invoked");
    /// assert_eq!(run.status(), "SUCCESS");
    /// assert_eq!(run.response(), Some(&json!({ "replicas": 3 })));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the definition is wrong, an input is missing or not one of the action's, or the fake would not call the URL
    /// (see [`Deliveries::anywhere`](crate::Deliveries::anywhere)). There is no run then.
    pub async fn invoke(&self, action: Value, inputs: Value) -> Result<Invocation, InvokeError> {
        self.invoke_on(action, inputs, Value::Null).await
    }

    /// Invokes an action like [`invoke`](Self::invoke), on an entity: an object with `identifier` and `blueprint`.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    pub async fn invoke_on(
        &self,
        action: Value,
        inputs: Value,
        entity: Value,
    ) -> Result<Invocation, InvokeError> {
        self.engine.invoke(&action, inputs, entity).await
    }

    /// The run with this id, of an action or of a workflow node, as it is now.
    pub fn run(&self, id: &str) -> Option<StoredRun> {
        self.engine.state().data.runs.of(id).cloned()
    }

    /// All runs in the order of their creation.
    pub fn runs(&self) -> Vec<StoredRun> {
        self.engine.state().data.runs.iter().cloned().collect()
    }

    /// Stores a run as if it had always been there: with the fields of a run of the API and, in `logs`, its log, as texts
    /// or objects with a `message`. One whose `id` begins with `wfnr_` is that of a workflow node. What is missing is
    /// added; without a `status` the run is in progress.
    ///
    /// # Errors
    ///
    /// When the seed is not an object, its `id` is empty, not a string or that of another run, or its `logs` are not of
    /// that form.
    pub fn seed_run(&self, run: Value) -> Result<(), SeedError> {
        self.seed(Value::Object([("run".to_owned(), run)].into_iter().collect()))
    }
}

/// Events of data sources.
impl FakePort {
    /// The entities of a blueprint that events have made, in the order of their creation. Feature `mappings`.
    ///
    /// An entity has `blueprint`, `identifier`, `properties`, `relations` and, where a mapping has them, `title`, `icon` and
    /// `team`. Later events have merged their properties and relations into it. It is there before the sender of the event
    /// has its response.
    #[cfg(feature = "mappings")]
    pub fn entities(&self, blueprint: &str) -> Vec<Value> {
        self.engine.state().data.entities.of(Some(blueprint))
    }

    /// The events that arrived at the `url` of a data source and were answered with 202, with what became of each. Recorded
    /// like [`requests`](Self::requests).
    pub fn events(&self, identifier: &str) -> Vec<IngestedEvent> {
        let state = self.engine.state();
        state.events.iter().filter(|event| event.webhook == identifier).cloned().collect()
    }
}

/// Mocks of your own, beside the fake.
impl FakePort {
    /// Mounts a [wiremock] mock on the address of the fake, for routes of Port that the fake does not serve, or in place
    /// of one that it does. Until the fake is dropped, which panics when an expectation of the mock is not met.
    ///
    /// A request goes to the mocks first, and to the fake when none matches: to those of the highest
    /// [priority](wiremock::Mock::with_priority), which is 1, first, and to those of the same priority in the order in which
    /// they were mounted. The fake's own routes have the priority 100 and come last of it, so a mock with a priority from 1
    /// to 100, the default of 5 included, can replace any route, and one from 101 to 255 gets only requests for routes that
    /// the fake does not serve.
    ///
    /// When a matcher or a responder panics, the response is a 500 with the text of the panic, and dropping the fake panics.
    /// A panic hook finds such panics and calls the hook that was set before. A test that sets a hook of its own after it
    /// has mounted a mock has to call the hook before it as well.
    ///
    /// A request that a mock answers needs no token, unless the mock matches one. No fault and no rate limit applies to it,
    /// and it changes no webhook, so it is not in the [ledger](Self::ledger). [`requests`](Self::requests) and
    /// [`counts`](Self::counts) have it, [marked](crate::RecordedRequest::mocked). Of a body mocks see the first 16 MiB.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use fake_port::FakePort;
    /// use fake_port::wiremock::matchers::{method, path};
    /// use fake_port::wiremock::{Mock, ResponseTemplate};
    ///
    /// let port = FakePort::start().await;
    /// let blueprint = ResponseTemplate::new(200).set_body_string(r#"{"ok":true,"blueprint":{"identifier":"svc"}}"#);
    /// let mock = Mock::given(method("GET")).and(path("/v1/blueprints/svc"));
    /// port.mount(mock.respond_with(blueprint).expect(1)).await;
    ///
    /// let response = reqwest::get(format!("{}/v1/blueprints/svc", port.uri())).await?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn mount(&self, mock: wiremock::Mock) {
        self.mocks.mount(mock).await;
    }
}

impl fmt::Debug for FakePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakePort").field("uri", &self.settings.uri).finish_non_exhaustive()
    }
}

impl Drop for FakePort {
    #[allow(clippy::panic)] // An expectation that a test set is not met; documented.
    fn drop(&mut self) {
        let failing = thread::panicking();
        // The server shares the mocks, so it stops first.
        drop(self.server.take());
        let mocks = Arc::into_inner(mem::take(&mut self.mocks)).map_or(Ok(()), |mocks| mocks.verify(failing));
        let plan = self.engine.state().faults.plan().map(FaultPlan::seed);
        if let Some(seed) = plan.filter(|_| failing || mocks.is_err()) {
            eprintln!(
                "the fake Port followed a plan of faults with the seed {seed}; to replay it: FaultPlan::seeded({seed}), \
                 or FAKE_PORT_SEED={seed} where the test uses FaultPlan::random()"
            );
        }
        if let Err(unmet) = mocks {
            panic!("{unmet}\narrived:\n{}", self.requests());
        }
    }
}

/// The state of a fake at one moment: webhooks, runs, entities, tokens, rate limit and clock.
///
/// Made by [`FakePort::snapshot`]; [`restore`](FakePort::restore) goes back to it. Recordings, counts and faults are not
/// part of it. Two snapshots are equal when their webhooks are.
///
/// ```
/// use fake_port::FakePort;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let port = FakePort::start().await;
/// let before = port.snapshot();
/// port.seed(serde_json::json!({ "identifier": "a", "url": "https://example.com", "events": ["run.created"] }))?;
/// port.restore(&before);
/// assert!(port.webhook("a").is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Snapshot(Data);

impl Snapshot {
    /// The webhooks in the order of their creation, to compare or to write to a seed file.
    pub fn webhooks(&self) -> Vec<Value> {
        self.0.listed()
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        // Order counts: it is the order of the list.
        self.0.webhooks.values().eq(other.0.webhooks.values())
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("webhooks", &self.0.webhooks.values()).finish_non_exhaustive()
    }
}
