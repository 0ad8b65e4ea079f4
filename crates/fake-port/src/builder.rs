//! How a fake is configured and started, and why it may fail to start.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use serde_json::Value;
use url::Url;

use crate::access::{Access, parse_name};
use crate::activity::{Activity, Observer};
use crate::clock::{self, Clock};
use crate::delivery::Deliveries;
use crate::engine::Engine;
use crate::fake_port::FakePort;
use crate::fault::FaultPlan;
use crate::mocks::Mocks;
use crate::profile::{Profile, Unverified};
use crate::rate_limit::{Meter, RequestLimit};
use crate::recording::Recording;
use crate::seed::SeedError;
use crate::server::{Served, Server};
use crate::settings::Settings;
use crate::state::{Data, State};

const CLIENT_ID: &str = "fake-client-id";
const CLIENT_SECRET: &str = "fake-client-secret";
const ORGANIZATION: &str = "fake-org-id";
/// How long Port's own tokens live.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3 * 60 * 60);

/// Configures a [`FakePort`] before it starts. Made by [`FakePort::builder`].
///
/// ```
/// use fake_port::{FakePort, Fault, FaultPlan, Profile};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), fake_port::StartError> {
/// let fake = FakePort::builder()
///     .profile(Profile::Live)
///     .credentials("my-id", "my-secret")
///     .faults(FaultPlan::random().share(0.1).faults([Fault::status(503)]))
///     .start()
///     .await?;
/// assert_eq!(fake.client_id(), "my-id");
/// # Ok(())
/// # }
/// ```
pub struct Builder {
    settings: Settings,
    unreachable: Vec<String>,
    seeds: Vec<Value>,
    clock: Clock,
    rate_limit: Option<RequestLimit>,
    plan: Option<FaultPlan>,
    /// `None`: decided by `start` or `serve`.
    recording: Option<Recording>,
    address: SocketAddr,
    /// In place of the address.
    listener: Option<TcpListener>,
    admin: bool,
    allowed_hosts: Vec<String>,
}

/// How a fake begins.
impl FakePort {
    /// Starts a fake of the documented profile on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When the system has no free port, or a test has paused the clock of the tokio runtime. [`Builder::start`] returns
    /// these as errors.
    pub async fn start() -> Self {
        #[allow(clippy::expect_used)] // A test that cannot have its server is over; documented above.
        Self::builder().start().await.expect("the fake Port cannot start")
    }

    /// A builder, to configure the fake before it starts.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), fake_port::StartError> {
    /// use fake_port::{FakePort, Profile};
    ///
    /// let port = FakePort::builder()
    ///     .profile(Profile::Live)
    ///     .webhook(serde_json::json!({ "identifier": "github", "title": "GitHub", "enabled": true }))
    ///     .start()
    ///     .await?;
    /// assert_eq!(port.webhooks().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    fn new() -> Self {
        let settings = Settings {
            uri: String::new(),
            profile: Profile::default(),
            unverified: Unverified::default(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            token_lifetime: TOKEN_LIFETIME,
            unreachable: Vec::new(),
            organization: ORGANIZATION.to_owned(),
            deliveries: Deliveries::default(),
            observer: Observer::default(),
        };
        Self {
            settings,
            unreachable: Vec::new(),
            seeds: Vec::new(),
            clock: Clock::default(),
            rate_limit: None,
            plan: None,
            recording: None,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            listener: None,
            admin: false,
            allowed_hosts: Vec::new(),
        }
    }

    /// The contract to follow. Default: [`Profile::Documented`].
    pub fn profile(mut self, profile: Profile) -> Self {
        self.settings.profile = profile;
        self
    }

    /// The client id and secret that the token route accepts.
    pub fn credentials(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client_id(id).client_secret(secret)
    }

    /// The client id that the token route accepts. Default: `fake-client-id`.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.settings.client_id = id.into();
        self
    }

    /// The client secret that the token route accepts. Default: `fake-client-secret`.
    pub fn client_secret(mut self, secret: impl Into<String>) -> Self {
        self.settings.client_secret = secret.into();
        self
    }

    /// How long a token is valid. Default: three hours. The token route answers with whole seconds, rounded down.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// How to behave where the behavior of Port is not verified.
    pub fn unverified(mut self, switches: Unverified) -> Self {
        self.settings.unverified = switches;
        self
    }

    /// Adds a URL that the fake rejects in a subscription as not reachable. It checks no other URL.
    pub fn unreachable(mut self, url: impl Into<String>) -> Self {
        self.unreachable.push(url.into());
        self
    }

    /// Adds a webhook to start with; see [`FakePort::seed`].
    pub fn webhook(mut self, webhook: Value) -> Self {
        self.seeds.push(webhook);
        self
    }

    /// Adds several webhooks like [`webhook`](Self::webhook).
    pub fn webhooks(mut self, webhooks: impl IntoIterator<Item = Value>) -> Self {
        self.seeds.extend(webhooks);
        self
    }

    /// Adds a run to start with; see [`FakePort::seed_run`].
    pub fn run(self, run: Value) -> Self {
        self.webhook(Value::Object([("run".to_owned(), run)].into_iter().collect()))
    }

    /// Sets a rate limit. Default: no limit, and no headers about one.
    pub fn rate_limit(mut self, limit: RequestLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Follows a plan of faults from the start; see [`FakePort::follow`].
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.plan = Some(plan);
        self
    }

    /// How events are delivered. Default: [`Deliveries::new`].
    pub fn deliveries(mut self, deliveries: Deliveries) -> Self {
        self.settings.deliveries = deliveries;
        self
    }

    /// The organization that events name. Default: `fake-org-id`.
    pub fn organization(mut self, organization: impl Into<String>) -> Self {
        self.settings.organization = organization.into();
        self
    }

    /// Whether the fake has routes below `/_fake` to seed it, inject faults, emit events and read back, for programs that
    /// are not Rust. Default: no. Whoever reaches the port can use them.
    pub fn admin(mut self, admin: bool) -> Self {
        self.admin = admin;
        self
    }

    /// Accepts requests that address the fake by this name, given without scheme and port: `fake`, `10.0.0.7`. Also
    /// accepts requests from web pages of this host.
    ///
    /// Without it only `localhost`, loopback addresses and the address of [`host`](Self::host) are accepted, and no page in
    /// a browser: a request with another `Host`, or with an `Origin`, is answered with 403 and neither counted nor recorded.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Takes the time from this function instead of the system's clock, for the age of tokens, timestamps, the window
    /// of the rate limit and dates in headers. [`FakePort::advance`] adds to it. The function must not call the fake.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// How many requests, applied writes, deliveries and events of data sources to keep. Default: all under
    /// [`start`](Self::start), none under [`serve`](Self::serve).
    pub fn record(mut self, recording: Recording) -> Self {
        self.recording = Some(recording);
        self
    }

    /// Calls this function for whatever the fake does, as it happens, recorded or not. The function must neither block nor
    /// call the fake, which waits for it.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use fake_port::{Activity, FakePort};
    ///
    /// let (seen, activities) = std::sync::mpsc::channel();
    /// let port = FakePort::builder().on_activity(move |activity| drop(seen.send(activity))).serve().await?;
    /// reqwest::get(format!("{}/v1/webhooks", port.uri())).await?;
    /// let Activity::Request { request, .. } = activities.recv()? else { panic!("a request") };
    /// assert_eq!(request.status, Some(401));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_activity(mut self, observe: impl Fn(Activity) + Send + Sync + 'static) -> Self {
        self.settings.observer = Observer::new(observe);
        self
    }

    /// Listens on this listener instead of a free port of 127.0.0.1.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Listens on this port. Default: 0, for which the system chooses a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Listens on this address of the machine. Default: 127.0.0.1. With `0.0.0.0` or `::` other machines and containers
    /// reach the fake, by the names that [`allow_host`](Self::allow_host) accepts.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.address.set_ip(host);
        self
    }

    /// Starts the fake for a test. It records everything, and is ready for requests when this returns.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the address, a seed cannot be stored, a text given to [`unreachable`](Self::unreachable)
    /// is not a URL or one given to [`allow_host`](Self::allow_host) not a host, a fault of the plan can never happen, or a
    /// test has paused the clock of the tokio runtime.
    #[allow(clippy::unused_async)] // Binding a port and starting a thread may become asynchronous.
    pub async fn start(self) -> Result<FakePort, StartError> {
        self.start_now(Recording::All)
    }

    /// Starts the fake like [`start`](Self::start), in a program without an async runtime.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start).
    pub fn start_blocking(self) -> Result<FakePort, StartError> {
        self.start_now(Recording::All)
    }

    /// Starts the fake like [`start`](Self::start), for any time: it keeps no requests unless [`record`](Self::record) says
    /// so.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start).
    #[allow(clippy::unused_async)]
    pub async fn serve(self) -> Result<FakePort, StartError> {
        self.start_now(Recording::Off)
    }

    fn start_now(self, recording: Recording) -> Result<FakePort, StartError> {
        if clock::is_paused() {
            return Err(StartError::PausedClock);
        }
        let mut settings = self.settings;
        for url in self.unreachable {
            let parsed = Url::parse(&url).map_err(|_| StartError::Url(url))?;
            settings.unreachable.push(parsed);
        }
        let host = |name: String| parse_name(&name).ok_or(StartError::Host(name));
        let names = self.allowed_hosts.into_iter().map(host).collect::<Result<_, _>>()?;
        let address = self.address;
        let failed = |source| StartError::Listen { address, source };
        let listener = self.listener.map_or_else(|| TcpListener::bind(address), Ok).map_err(failed)?;
        let mut own = listener.local_addr().map_err(failed)?;
        let access = Arc::new(Access::new(names, own.ip()));
        // A client cannot connect to a wildcard everywhere.
        match own.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => own.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => own.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        settings.uri = format!("http://{own}");
        let data = Data::new(self.clock, self.rate_limit.map(Meter::new));
        let mut state = State::new(settings, data, self.recording.unwrap_or(recording));
        state.seed(self.seeds).map_err(StartError::Seed)?;
        if let Some(plan) = self.plan {
            plan.check().map_err(StartError::Faults)?;
            state.faults.follow(plan);
        }
        state.begin();

        let serve = || {
            let runtime = Server::runtime()?;
            let engine = Engine::new(state, runtime.handle().clone());
            let mocks = Arc::<Mocks>::default();
            let content =
                Served { engine: engine.clone(), mocks: Arc::clone(&mocks), access, admin: self.admin };
            let server = Server::start(runtime, listener, content)?;
            Ok(FakePort::new(engine, mocks, server))
        };
        serve().map_err(failed)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("profile", &self.settings.profile)
            .field("unverified", &self.settings.unverified)
            .finish_non_exhaustive()
    }
}

/// Why a fake did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot listen on the address, for instance because something else does.
    #[error("cannot listen on {address}")]
    #[non_exhaustive]
    Listen {
        /// The address that was asked for; its port is 0 when the system was to choose one.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
    /// A webhook given to [`Builder::webhook`] cannot be stored.
    #[error(transparent)]
    Seed(SeedError),
    /// A text given to [`Builder::unreachable`] is not an absolute URL.
    #[error("not an absolute URL: {0}")]
    Url(String),
    /// A text given to [`Builder::allow_host`] is not a host name or an address.
    #[error("not a host name or an address, without scheme and port: {0:?}")]
    Host(String),
    /// The plan given to [`Builder::faults`] has a fault that can never happen. The text says which and why.
    #[error("the plan of faults cannot be followed: {0}")]
    Faults(String),
    /// A test has paused the clock of the tokio runtime (`start_paused`, `tokio::time::pause`). Its timers end at once when
    /// nothing else is to do, so every time limit of a client would end before a response arrives.
    #[error(
        "the clock of the tokio runtime is paused, so time limits of a client would end before a response arrives: \
         start the runtime without start_paused, and give the client and Builder::clock a clock of the test"
    )]
    PausedClock,
}
