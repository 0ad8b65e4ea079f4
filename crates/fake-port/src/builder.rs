//! How a fake is configured and started, and why it may fail to start.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use serde_json::Value;
use tokio::runtime::Handle;
use url::Url;

use crate::adapter::Server;
use crate::clock::Clock;
use crate::delivery::Deliveries;
use crate::fault::FaultPlan;
use crate::handle::FakePort;
use crate::profile::{Profile, Unverified};
use crate::rate_limit::{Meter, RequestLimit};
use crate::read::Recording;
use crate::seed::SeedError;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::state::{Data, State};

const NEEDS_OWN_SERVER: &str = "one of its faults needs the fake's own server: Builder::serve";
const CLIENT_ID: &str = "fake-client-id";
const CLIENT_SECRET: &str = "fake-client-secret";
const ORGANIZATION: &str = "fake-org-id";
/// How long Port's own tokens live.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3 * 60 * 60);

/// Configures a [`FakePort`] before it starts. Made by [`FakePort::builder`].
pub struct Builder {
    settings: Settings,
    unreachable: Vec<String>,
    seeds: Vec<Value>,
    clock: Clock,
    rate_limit: Option<RequestLimit>,
    plan: Option<FaultPlan>,
    /// `None`: decided by `start` or `serve`.
    recording: Option<Recording>,
    address: Address,
}

enum Address {
    Port(u16),
    Listener(TcpListener),
}

impl Address {
    /// The port that was asked for; 0 when the system was to choose, or somebody has chosen already.
    fn asked(&self) -> u16 {
        match self {
            Self::Port(port) => *port,
            Self::Listener(_) => 0,
        }
    }
}

/// How a fake begins.
impl FakePort {
    /// Starts a fake of the documented profile on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, and when the system has no free port. [`Builder::start`] returns the latter as an
    /// error.
    pub async fn start() -> Self {
        #[allow(clippy::expect_used)] // A test that cannot have its server is over; documented above.
        Self::builder().start().await.expect("no local port for the fake Port")
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
            profile: Profile::default(),
            unverified: Unverified::default(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            token_lifetime: TOKEN_LIFETIME,
            unreachable: Vec::new(),
            organization: ORGANIZATION.to_owned(),
            deliveries: Deliveries::default(),
            admin: false,
        };
        Self {
            settings,
            unreachable: Vec::new(),
            seeds: Vec::new(),
            clock: Clock::default(),
            rate_limit: None,
            plan: None,
            recording: None,
            address: Address::Port(0),
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

    /// How to behave where nobody has verified what Port does.
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

    /// Whether the fake under its own server ([`serve`](Self::serve)) has routes below `/_fake` to seed it, inject
    /// faults, emit events and read back, for programs that are not Rust. Default: no.
    ///
    /// Whoever reaches the port can use them, except for pages in a browser: a request with an `Origin`, or whose
    /// `Host` is neither `localhost` nor a loopback address, is rejected with 403.
    pub fn admin(mut self, admin: bool) -> Self {
        self.settings.admin = admin;
        self
    }

    /// Takes the time from this function instead of the system's clock, for the age of tokens, timestamps, the window
    /// of the rate limit and dates in headers. [`FakePort::advance`] adds to it. The function must not call the fake.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// How many requests, applied writes and deliveries to keep. Default: all under [`start`](Self::start), none under
    /// [`serve`](Self::serve).
    pub fn record(mut self, recording: Recording) -> Self {
        self.recording = Some(recording);
        self
    }

    /// Listens on this listener instead of a free port of 127.0.0.1.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.address = Address::Listener(listener);
        self
    }

    /// Listens on this port of 127.0.0.1. Default: 0, for which the system chooses a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address = Address::Port(port);
        self
    }

    /// Starts the fake under wiremock, for a test. It is ready for requests when this returns.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the address, a seed cannot be stored, a text given to
    /// [`unreachable`](Self::unreachable) is not a URL, or a fault of the plan can never happen. Also when something
    /// was asked for that needs [`serve`](Self::serve): a fault that wiremock cannot do, or [`admin`](Self::admin)
    /// routes.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> Result<FakePort, StartError> {
        if self.plan.as_ref().is_some_and(FaultPlan::needs_own_server) {
            return Err(StartError::Faults(NEEDS_OWN_SERVER.to_owned()));
        }
        if self.settings.admin {
            return Err(StartError::Admin);
        }
        let (shared, listener, uri) = self.prepare(Recording::All)?;
        let server = Server::wiremock(shared.clone(), listener).await;
        Ok(FakePort::new(shared, uri, server))
    }

    /// Starts the fake under its own server, on the current tokio runtime. It speaks HTTP/1.1, can do every fault,
    /// counts connections and bytes, and can run for days: it keeps no requests unless [`record`](Self::record) says
    /// so.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), fake_port::StartError> {
    /// use fake_port::{Ending, FakePort, Fault};
    ///
    /// let port = FakePort::builder().serve().await?;
    /// port.inject(Fault::broken_body(10, Ending::Reset));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When it cannot listen on the address, a seed cannot be stored, a text given to
    /// [`unreachable`](Self::unreachable) is not a URL, or a fault of the plan can never happen.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[allow(clippy::unused_async)] // It needs a runtime, and is called like `start`.
    pub async fn serve(self) -> Result<FakePort, StartError> {
        let asked = self.address.asked();
        let (shared, listener, uri) = self.prepare(Recording::Off)?;
        let server = Server::own(shared.clone(), listener)
            .map_err(|source| StartError::Listen { port: asked, source })?;
        Ok(FakePort::new(shared, uri, server))
    }

    fn prepare(self, recording: Recording) -> Result<(Shared, TcpListener, String), StartError> {
        let mut settings = self.settings;
        for url in self.unreachable {
            let parsed = Url::parse(&url).map_err(|_| StartError::Url(url))?;
            settings.unreachable.push(parsed);
        }
        let data = Data::new(self.clock, self.rate_limit.map(Meter::new));
        let mut state = State::new(settings, data, self.recording.unwrap_or(recording));
        state.seed(self.seeds).map_err(StartError::Seed)?;
        if let Some(plan) = self.plan {
            plan.check().map_err(StartError::Faults)?;
            state.faults.follow(plan);
        }
        state.begin();

        let asked = self.address.asked();
        let bound = match self.address {
            Address::Port(port) => TcpListener::bind((Ipv4Addr::LOCALHOST, port)),
            Address::Listener(listener) => Ok(listener),
        };
        let (listener, address) = bound
            .and_then(|listener| listener.local_addr().map(|address| (listener, address)))
            .map_err(|source| StartError::Listen { port: asked, source })?;
        Ok((Shared::new(state, Handle::current()), listener, format!("http://{address}")))
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
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot listen on the address, for instance because something else does.
    #[non_exhaustive]
    Listen {
        /// The port that was asked for; 0 when the system was to choose one, or a listener was given.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A webhook given to [`Builder::webhook`] cannot be stored.
    Seed(SeedError),
    /// A text given to [`Builder::unreachable`] is not an absolute URL.
    Url(String),
    /// The plan given to [`Builder::faults`] has a fault that can never happen, or that needs [`Builder::serve`]. The
    /// text says which and why.
    Faults(String),
    /// [`Builder::admin`] needs [`Builder::serve`].
    Admin,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { port, .. } => write!(f, "cannot listen on 127.0.0.1:{port}"),
            Self::Seed(error) => error.fmt(f),
            Self::Url(url) => write!(f, "not an absolute URL: {url}"),
            Self::Admin => f.write_str("the admin routes need the fake's own server: Builder::serve"),
            Self::Faults(problem) => write!(f, "the plan of faults cannot be followed: {problem}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } => Some(source),
            // Their messages are this error's message.
            Self::Seed(_) | Self::Url(_) | Self::Faults(_) | Self::Admin => None,
        }
    }
}
